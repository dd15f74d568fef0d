"""What shows when it is tried: stubs and solutions in the sandbox, mistakes against the tests, the bundle."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.authoring.findings import MISTAKES, PRIVATE, PUBLIC, SOURCE, Finding, Subject
from autograder.authoring.leaks import leaks
from autograder.course import Assignment, Course, Notebook
from autograder.grade import grade
from autograder.mistakes import load_catalogue, measure
from autograder.release import release
from autograder.report import Report
from autograder.source import build_notebook, code_cells
from autograder.submission import Submission
from cs_lib.check.result import TestResult

Cells = tuple[tuple[str, str], ...]


def stubs(subject: Subject) -> Iterator[Finding]:
    """As released, the notebook gets nothing, and every test says that its function is not written yet."""
    report = _graded(subject, released_cells(subject.notebook))
    for test in _first_of_each(test for test in report.tests if test.status != _of_a_stub(test)):
        what = f"what students are given of {test.function} is {_said(test)}, not {_of_a_stub(test)}"
        remedy = "take everything but the signature between BEGIN SOLUTION and END SOLUTION"
        yield Finding(_asked(subject, test), what, remedy)


def solution(subject: Subject) -> Iterator[Finding]:
    """As worked, the notebook gets full marks, without a remark."""
    report = _graded(subject, code_cells(subject.notebook))
    for test in _first_of_each(test for test in report.tests if not test.passed):
        what = f"the solution of {test.function} is {_said(test)}"
        yield Finding(_asked(subject, test), what, f"correct the solution, or {test.id}")
    for remark in (*report.problems, *report.repairs):
        yield Finding(subject.at(SOURCE), f"grading says of the solution: {remark}", "correct the cell")


def mistakes(subject: Subject) -> Iterator[Finding]:
    """Private tests reject all mistakes and nothing right; public ones find most, and hints fit."""
    found, standard = measure(subject.notebook, subject.assignment.seed), subject.standard
    known = load_catalogue(subject.notebook)
    functions = {variant.name: variant.function for variant in known.mistakes}
    for name in found.survivors:
        what = f"no private test rejects {name}, a mistake in {functions[name]}"
        remedy = f"write a test in {PRIVATE} in which it differs from the solution, or call it right"
        yield Finding(subject.at(MISTAKES, f"def {name}("), what, remedy)
    for text in found.rejected:
        name, test, detail = (*text.split(": ", 2), "")[:3]
        what = f"{name} is right, and {test} rejects it: {_first_line(detail)}"
        yield Finding(subject.at(MISTAKES, f"def {name}("), what, "correct the test, or call it a mistake")
    if found.public_kill < standard.public_kill:
        what = f"public tests reject {found.public_kill:.0%} of the mistakes, not {_list(found.slip_through)}"
        remedy = f"let them reject {standard.public_kill:.0%}: choose inputs on which mistakes show"
        yield Finding(subject.at(PUBLIC), what, remedy)
    if found.hinted < standard.hinted:
        what = f"{found.hinted:.0%} of the mistakes get their own hint, not {_list(found.without_hint)}"
        remedy = (
            f"let {standard.hinted:.0%} get it: with the same values in all public tests they share the first"
        )
        yield Finding(subject.at(MISTAKES), what, remedy)


def bundle(course: Course, assignment: Assignment) -> Iterator[Finding]:
    """The bundle can be made, and holds nothing that students must not see."""
    with tempfile.TemporaryDirectory(prefix="course-validate-") as temporary:
        made = release(course, assignment, Path(temporary) / assignment.name)
        for file, what in leaks(assignment, made):
            yield Finding(f"{file} in the bundle of {assignment.name}", f"students get {what}", "take it out")


def released_cells(notebook: Notebook) -> Cells:
    """The code cells that students are given."""
    from autograder.bridges.nbgrader import ClearSolutionsAndAnswers

    released, _ = ClearSolutionsAndAnswers().preprocess(build_notebook(notebook), {})
    return tuple((f"cell {i}", c.source) for i, c in enumerate(released.cells, 1) if c.cell_type == "code")


def _graded(subject: Subject, cells: Cells) -> Report:
    """The report on these cells, handed in for this notebook alone."""
    alone = dataclasses.replace(subject.assignment, notebooks=(subject.notebook,))
    return grade(alone, Submission("worked", {subject.notebook.name: cells}), sandbox=subject.sandbox)


def _asked(subject: Subject, test: TestResult) -> str:
    return subject.at(SOURCE, f'solution="{test.function}"')


def _of_a_stub(test: TestResult) -> str:
    """The verdict on an exercise that nobody has begun."""
    return "not_answered" if test.function.startswith("answer_") else "not_implemented"


def _said(test: TestResult) -> str:
    """A verdict and its first reason."""
    return f"{test.status} in {test.id} ({_first_line(test.detail or test.message)})"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _first_of_each(tests: Iterable[TestResult]) -> list[TestResult]:
    """The first of each function: it says enough."""
    first: dict[str, TestResult] = {}
    for test in tests:
        first.setdefault(test.function, test)
    return list(first.values())
