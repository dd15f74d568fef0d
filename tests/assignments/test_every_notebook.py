"""What holds for every graded notebook of the course: all that `course validate` looks for."""

from __future__ import annotations

import pytest

from autograder.authoring.findings import Standard, Subject
from autograder.authoring.validate import CHECKS, Check, course_findings
from autograder.course import Assignment, Notebook, find_course
from autograder.mistakes import load_catalogue

COURSE = find_course()
NOTEBOOKS = [(a, n) for a in COURSE.assignments.values() for n in a.notebooks]


@pytest.mark.parametrize(
    ("check", "assignment", "notebook"),
    [
        pytest.param(
            check,
            assignment,
            notebook,
            id=f"{check.name.replace(' ', '-')}-{assignment.name}-{notebook.name}",
            marks=[pytest.mark.bubblewrap] * check.sandboxed,
        )
        for check in CHECKS
        for assignment, notebook in NOTEBOOKS
    ],
)
def test_nothing_is_missing(check: Check, assignment: Assignment, notebook: Notebook):
    assert list(check.find(Subject(COURSE, assignment, notebook, Standard()))) == []


def test_the_settings_of_the_course_are_right():
    assert course_findings(COURSE) == []
    assert Standard.of(COURSE) == Standard()


def test_over_250_mistakes_are_known():
    assert sum(len(load_catalogue(notebook).mistakes) for _, notebook in NOTEBOOKS) > 250
