"""Brings an nbgrader course folder up to date after grading, so that formgrader opens it."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from autograder.bridges.nbgrader import database, find_alembic, read_any_notebook, restore, store
from autograder.course import Assignment, Course
from autograder.release import register
from autograder.report import Report


def update_class_folder(
    course: Course, assignment: Assignment, reports: list[Report], root: Path, submitted: Path
) -> None:
    """Write scores into root/gradebook.db, and the notebooks that formgrader shows into root/autograded."""
    find_alembic()
    if not _is_registered(root, assignment):
        register(course, assignment, root)
    released = {
        n.name: nbformat.read(root / "release" / assignment.name / f"{n.name}.ipynb", as_version=4)
        for n in assignment.notebooks
    }
    shown = {}
    for report in reports:
        for notebook in assignment.notebooks:
            source = submitted / report.student / assignment.name / f"{notebook.name}.ipynb"
            content = source.read_bytes() if source.is_file() and not source.is_symlink() else b""
            page = restore(read_any_notebook(content), released[notebook.name])
            shown[report.student, notebook.name] = page
            target = root / "autograded" / report.student / assignment.name / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                target.unlink()  # nbgrader writes these files read-only
            target.write_text(nbformat.writes(page), encoding="utf-8")
    with Gradebook(database(root)) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on how nbgrader builds its rows
        store(gradebook, reports, shown)


def _is_registered(root: Path, assignment: Assignment) -> bool:
    """Whether the gradebook knows the assignment with today's cells and points."""
    if (
        not (root / "gradebook.db").is_file()
        or not (root / "release" / assignment.name / "bundle.json").is_file()
    ):
        return False
    with Gradebook(database(root)) as gradebook:
        try:
            gradebook.find_assignment(assignment.name)
        except MissingEntry:
            return False
        for notebook in assignment.notebooks:
            try:
                cells = {
                    cell.name: cell.max_score
                    for cell in gradebook.find_notebook(notebook.name, assignment.name).grade_cells
                }
            except MissingEntry:
                return False
            wanted = {f"test_{name}": points for name, points in notebook.points.items()} | notebook.manual
            if cells != wanted:
                return False
    return True
