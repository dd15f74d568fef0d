"""Stores scores in nbgrader's gradebook, and what formgrader shows beside it. What a person graded stays.

nbgrader decides nothing here: the automatic score of a cell is the sum of its function's tests.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import sys
import sysconfig
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.bridges.database import database, turn
from autograder.bridges.display import read_any_notebook, restore, written_answers
from autograder.course import Assignment, Course
from autograder.report import Report
from autograder.submission import notebook_files

TOGETHER = 50  # submissions that are read and written at once
Unanswered = Mapping[tuple[str, str], set[str]]  # (student, notebook) -> written answers left as released


def nbgrader_api() -> Any:
    """nbgrader's gradebook without nbgrader's server: importing the package whole takes twice as long."""
    if "nbgrader" not in sys.modules:
        spec = importlib.util.find_spec("nbgrader")
        sys.modules["nbgrader"] = importlib.util.module_from_spec(spec)
    from nbgrader import api

    return api


def find_alembic() -> None:
    """nbgrader calls the command `alembic`, which lies beside Python: make sure that it is found."""
    if shutil.which("alembic") is None:
        os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])


@contextlib.contextmanager
def opened(url: str) -> Iterator[Any]:
    """The gradebook at a URL, made if need be; other processes that open it so wait until it is closed.

    Raises CourseError, in one line without password, for what the database refuses.
    """
    find_alembic()
    with turn(url), nbgrader_api().Gradebook(url) as gradebook:
        _make_course(gradebook)
        yield gradebook


def _make_course(gradebook: Any) -> None:
    """nbgrader's assignments are of the course "" unless it is told of another, but it makes no such course.

    SQLite lets that pass; PostgreSQL refuses such an assignment.
    """
    course = nbgrader_api().Course
    if gradebook.db.get(course, "") is None:
        gradebook.db.add(course(id=""))
    gradebook.db.commit()


def update_class_folder(
    course: Course, assignment: Assignment, reports: list[Report], root: Path, submitted: Path
) -> None:
    """Write scores into the gradebook of a class folder, and what formgrader shows into root/autograded."""
    make_known(course, assignment, root)
    released = released_notebooks(root, assignment)
    unanswered: dict[tuple[str, str], set[str]] = {}
    for report in reports:
        folder = submitted / report.student / assignment.name
        for name, answers in write_shown(root, assignment, report.student, folder, released).items():
            unanswered[report.student, name] = {question for question, text in answers.items() if not text}
    with opened(database(root)) as gradebook:
        store(gradebook, reports, unanswered)


def make_known(course: Course, assignment: Assignment, root: Path) -> None:
    """Register the assignment in the gradebook of a class folder, unless it is there as it is today."""
    if not _is_registered(root, assignment):
        from autograder.release import register

        register(course, assignment, root)


def store(gradebook: Any, reports: Sequence[Report], unanswered: Unanswered) -> None:
    """Write reports of one assignment into an open gradebook, in one transaction."""
    for first in range(0, len(reports), TOGETHER):
        write_scores(gradebook, reports[first : first + TOGETHER], unanswered)
        gradebook.db.flush()
    gradebook.db.commit()


def write_scores(gradebook: Any, reports: Sequence[Report], unanswered: Unanswered) -> dict[str, Any]:
    """Write automatic scores of one assignment; returns the submissions, by student. Nothing is committed."""
    with warnings.catch_warnings(), gradebook.db.no_autoflush:
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on how nbgrader relates its tables
        submissions = _submissions(gradebook, reports)
        for report in reports:
            scores = scores_by_cell(report)
            for notebook in submissions[report.student].notebooks:
                name = notebook.notebook.name
                for entry in notebook.grades if name in report.notebooks else ():
                    left = entry.cell.name in unanswered.get((report.student, name), ())
                    _set_score(entry, scores.get((name, entry.cell.name)), left)
    return submissions


def scores_by_cell(report: Report) -> dict[tuple[str, str], float]:
    """(notebook, grade id) -> score, from the tests of the function that the cell checks."""
    tests = iter(report.tests)
    scores: dict[tuple[str, str], float] = {}
    for notebook, ids in report.notebooks.items():
        for _ in ids:
            test = next(tests)
            key = (notebook, f"test_{test.function}")
            scores[key] = scores.get(key, 0.0) + test.score
    return scores


def _set_score(entry: Any, score: float | None, unanswered: bool) -> None:
    """Set the automatic score of one cell, and whether a person has to look."""
    entry.auto_score = 0.0 if score is None and unanswered else score
    entry.needs_manual_grade = entry.auto_score is None and entry.manual_score is None


def _submissions(gradebook: Any, reports: Sequence[Report]) -> dict[str, Any]:
    """The submission of each student with all that hangs on it, in a few queries; what is missing is made."""
    if not reports:
        return {}
    api, db = nbgrader_api(), gradebook.db
    assignment = gradebook.find_assignment(reports[0].assignment)
    names = [report.student for report in reports]
    students = {s.id: s for s in db.query(api.Student).filter(api.Student.id.in_(names))}
    rows = db.query(api.SubmittedAssignment).filter_by(assignment_id=assignment.id)
    rows = rows.filter(api.SubmittedAssignment.student_id.in_(names)).options(_everything(api))
    found = {row.student_id: row for row in rows}
    for name in names:
        if name not in found:
            student = students.get(name) or api.Student(id=name)
            found[name] = _new_submission(api, assignment, student)
            db.add_all([student, found[name]])
    return found


def _everything(api: Any) -> Any:
    """Loads what hangs on submissions at once: asked for one by one, it takes a second for ten of them."""
    from sqlalchemy.orm import joinedload, selectinload

    return selectinload(api.SubmittedAssignment.notebooks).options(
        joinedload(api.SubmittedNotebook.notebook),
        selectinload(api.SubmittedNotebook.grades).selectinload(api.Grade.cell),
        selectinload(api.SubmittedNotebook.comments).selectinload(api.Comment.cell),
    )


def _new_submission(api: Any, assignment: Any, student: Any) -> Any:
    submission = api.SubmittedAssignment(assignment=assignment, student=student)
    for notebook in assignment.notebooks:
        submitted = api.SubmittedNotebook(notebook=notebook, assignment=submission)
        for cell in notebook.grade_cells:
            api.Grade(cell=cell, notebook=submitted)
        for cell in notebook.solution_cells:
            api.Comment(cell=cell, notebook=submitted)
    return submission


def is_released(root: Path, assignment: Assignment) -> bool:
    """Whether the class folder has what students were given."""
    return (root / "release" / assignment.name / "bundle.json").is_file()


def released_notebooks(root: Path, assignment: Assignment) -> dict[str, dict[str, Any]]:
    """The notebooks that students were given, from nbgrader's release folder."""
    folder = root / "release" / assignment.name
    names = [notebook.name for notebook in assignment.notebooks]
    return {name: json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8")) for name in names}


def write_shown(
    root: Path, assignment: Assignment, student: str, handed_in: Path, released: dict[str, dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """Write what formgrader shows of a student, and return the written answers of each notebook."""
    files = notebook_files(handed_in, tuple(released))
    answers = {}
    for name, original in released.items():
        shown = restore(read_any_notebook(files.get(name, b"")), original)
        answers[name] = written_answers(shown, original)
        target = root / "autograded" / student / assignment.name / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            target.unlink()  # nbgrader writes these files read-only
        target.write_text(json.dumps(shown, ensure_ascii=False), encoding="utf-8")
    return answers


def _is_registered(root: Path, assignment: Assignment) -> bool:
    """Whether the gradebook knows the assignment with today's cells and points."""
    if not is_released(root, assignment):
        return False
    with opened(database(root)) as gradebook:
        try:
            return all(_has_cells(gradebook, assignment.name, n.name, n) for n in assignment.notebooks)
        except nbgrader_api().MissingEntry:
            return False


def _has_cells(gradebook: Any, assignment: str, name: str, notebook: Any) -> bool:
    cells = {cell.name: cell.max_score for cell in gradebook.find_notebook(name, assignment).grade_cells}
    return cells == {f"test_{f}": points for f, points in notebook.points.items()} | notebook.manual
