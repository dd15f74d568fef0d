"""Judges one's own work as a class is judged, private tests and all, and shows all there is to show."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from autograder.course import Assignment, Course, CourseError, Notebook
from autograder.grade import grade
from autograder.hints import Recorded, hints_of, public_hints_of
from autograder.sandbox.process import available_levels
from autograder.submission import Submission, Unreadable, read_cells, read_submission
from cs_lib.check.result import TestResult
from cs_lib.check.show import CheckReport, Outcome

DONE = "Well done: every test passes, the private ones too."


def check_own_work(course: Course, file: Path, notebook: str | None = None) -> CheckReport:
    """All tests of a notebook on a file, in the strongest sandbox that works here.

    Raises CourseError if no notebook of the course has that name (the file's, unless one is given), or if
    there is no such file or no notebook in it.
    """
    if not file.is_file():
        raise CourseError(f"{file}: there is no such file")
    assignment, chosen = _find(course, notebook or file.stem)
    alone = dataclasses.replace(assignment, notebooks=(chosen,))
    submission = _read(file, chosen.name)
    hints = {chosen.name: hints_of(chosen, assignment.seed)}
    report = grade(alone, submission, sandbox=available_levels()[0], hints=hints)
    outcomes = tuple(Outcome(_with_details(result)) for result in report.tests)
    return CheckReport(chosen.title, outcomes, report.repairs + report.problems, done=DONE)


def public_hints(course: Course, file: Path, notebook: str | None = None) -> dict[str, Recorded] | None:
    """The hints of the public tests of a file's notebook; None if the course has no such notebook."""
    try:
        assignment, chosen = _find(course, notebook or file.stem)
    except CourseError:
        return None
    return {chosen.name: public_hints_of(chosen, assignment.seed)}


def _read(file: Path, notebook: str) -> Submission:
    """The file as a submission of that notebook, whatever the file is called."""
    if file.suffix != ".ipynb":
        return read_submission(file, "you", (notebook,))
    repairs: list[str] = []
    try:
        cells = read_cells(file.name, file.read_bytes(), repairs)
    except Unreadable as error:
        raise CourseError(str(error)) from None
    return Submission("you", {notebook: cells}, repairs=tuple(repairs))


def _find(course: Course, name: str) -> tuple[Assignment, Notebook]:
    found = {n.name: (a, n) for a in course.assignments.values() for n in a.notebooks}
    if name not in found:
        raise CourseError(
            f"the course has no notebook {name!r}: name it with --notebook; there are {', '.join(found)}"
        )
    return found[name]


def _with_details(result: TestResult) -> TestResult:
    """A private test's result as a public one's is shown: with the call and the numbers."""
    if result.visibility == "public" or result.passed or not result.detail:
        return result
    first = result.detail.splitlines()[0]
    return dataclasses.replace(result, message=f"Called {result.call}. {first}" if result.call else first)
