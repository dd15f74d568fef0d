"""A small class: a course of two assignments, a roster, and attempts as they are collected."""

from __future__ import annotations

import io
import shutil
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from rich.console import Console

from autograder.batch import prepare
from autograder.bridges.gradebook import make_known
from autograder.course import Course, load_course
from autograder.report import Report
from autograder.term.attempts import Attempt, record_attempts
from autograder.term.folder import ClassFolder
from autograder.term.records import Records, read_records
from autograder.term.run import grade_term
from tests.autograder.conftest import FILES, RIGHT, write_course

DUE = datetime(2026, 10, 5, 23, 59, tzinfo=UTC)
DAY = timedelta(days=1)
TOML = """
    [assignments.a1.dates]
    due = 2026-10-05T23:59:00
    cutoff = 2026-10-10T23:59:00

    [assignments.a2]
    title = "Second"
    weight = 0.5

    [assignments.a2.notebooks.double]
    title = "Doubling again"
    libraries = ["numpy"]
    provided = ["check"]

    [assignments.a2.dates]
    due = 2026-11-05T23:59:00
"""
ROSTER = "student,name\nada,Ada Lovelace\nbob,Bob Stone\ncem,Cem Kaya\n"
PART = "def double(x):\n    return 2 * x"  # 3 of the 7 points; the question is worth 2 more
WHY = "Because two halves make a whole."


class Class:
    """A class folder in which things can be handed in and graded."""

    def __init__(self, root: Path, course: Course) -> None:
        self.course, self.folder = course, ClassFolder(root)

    def hand_in(
        self, student: str, attempt: str, code: str = RIGHT, why: str | None = None, *, days: float = -1,
        assignment: str = "a1",
    ) -> Path:  # fmt: skip
        """Hand in a notebook so many days after the due date; without `why` the question is as released."""
        when = DUE + days * DAY
        taken = Attempt(student, assignment, attempt, when, "canvas")
        cells = [new_code_cell(code)]
        if why is not None:
            cells.append(new_markdown_cell(why, metadata={"nbgrader": {"grade_id": "why"}}))
        path = self.folder.files(taken) / "double.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=cells), path)
        record_attempts(self.folder.attempts, [taken])
        return path

    def grade(self, assignment: str = "a1", gradebook: bool = True) -> dict[str, Report]:
        """`course grade --class`, without a sandbox; the reports that count."""
        self.said = io.StringIO()
        console = Console(file=self.said, width=300)
        chosen = self.course.assignment(assignment)
        reports = grade_term(self.course, chosen, self.folder, 1, "none", gradebook, console)
        return {report.student: report for report in reports}

    def reload(self) -> None:
        """Read the course anew, after a change of its files."""
        self.course = load_course(self.course.file)
        prepare.cache_clear()

    def records(self) -> Records:
        """Everything that the folder says."""
        return read_records(self.course, self.folder)


def course_files() -> dict[str, str]:
    """The small course with a second assignment, which is its first one once more, and dates."""
    files = {name.replace("a1/", "a2/"): text for name, text in FILES.items() if "/" in name}
    toml = textwrap.dedent(FILES["course.toml"]).replace("weight = 1.0", "weight = 0.5")
    return FILES | files | {"course.toml": toml + textwrap.dedent(TOML)}


def new_class(folder: Path) -> Class:
    """An empty class of three, with a course of its own, both assignments released."""
    course = load_course(write_course(folder, course_files()))
    root = folder / "class"
    root.mkdir()
    (root / "roster.csv").write_text(ROSTER)
    for assignment in course.assignments.values():
        make_known(course, assignment, root)
    return Class(root, course)


def copy_of(prepared: Class, folder: Path) -> Class:
    """A copy to change: releasing is most of the time that making a class takes."""
    shutil.copytree(prepared.folder.root.parent, folder, dirs_exist_ok=True)
    return Class(folder / "class", load_course(folder / "assignments" / "course.toml"))
