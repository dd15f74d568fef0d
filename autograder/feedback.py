"""The page that a student is given: what passed, what did not and why, and what helps.

Of a private test it knows the verdict, the function and an authored hint. The page is filled in from `Row`,
never from a `TestResult`, so a private test's name, call, values and details cannot get into it.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.course import Assignment
from autograder.report import Report
from autograder.tables import (
    NOTHING_THERE,
    by_function,
    by_notebook,
    standing,
    status_word,
    total,
    total_possible,
)
from autograder.templates import fill
from cs_lib.check.result import TestResult


@dataclass(frozen=True)
class Row:
    """What a student may know of one test, or of several private ones that went alike."""

    label: str
    mark: str  # "full", "some" (points), "none", or "nothing" to run
    message: str
    hint: str | None
    hint_seen: str | None  # the test above with the same hint
    score: float
    max_score: float
    facts: tuple[tuple[str, str], ...] = ()  # of a public test: what was called, expected, returned
    traceback: str = ""


@dataclass(frozen=True)
class Function:
    """One graded function or answer with its tests."""

    name: str
    mark: str
    score: float
    max_score: float
    tests: int
    rows: tuple[Row, ...]

    @property
    def same(self) -> str | None:
        """The one sentence that all its tests say, if they say no more than that."""
        alike = len({(row.mark, row.message) for row in self.rows}) == 1
        plain = not any(row.facts or row.hint or row.traceback for row in self.rows)
        return self.rows[0].message if alike and plain and self.tests > 1 else None


@dataclass(frozen=True)
class Section:
    """One notebook with its functions."""

    title: str
    score: float
    max_score: float
    functions: tuple[Function, ...]


def feedback_html(report: Report, assignment: Assignment) -> str:
    """A page for the student that needs nothing else and runs nothing."""
    return fill("feedback.html", **_values(report, assignment))


def feedback_text(report: Report, assignment: Assignment) -> str:
    """The same as plain text."""
    return fill("feedback.txt", **_values(report, assignment))


def _values(report: Report, assignment: Assignment) -> dict[str, object]:
    sections = _sections(report, assignment)
    functions = [function for section in sections for function in section.functions]
    return {
        "report": dataclasses.replace(report, tests=()),  # the page's own are in its sections
        "tests": len(report.tests),
        "title": assignment.title,
        "sections": sections,
        "passed": sum(test.passed for test in report.tests),
        "status": status_word(report),
        "missing": any(test.status == "not_defined" for test in report.tests),
        "next": next((function for function in functions if function.mark != "full"), None),
    }


def _sections(report: Report, assignment: Assignment) -> list[Section]:
    titles = {notebook.name: notebook.title for notebook in assignment.notebooks}
    functions = {key: _function(key[1], tests) for key, tests in by_function(report).items()}
    return [
        Section(
            titles.get(notebook, notebook),
            total(tests),
            total_possible(tests),
            tuple(function for (where, _), function in functions.items() if where == notebook),
        )
        for notebook, tests in by_notebook(report).items()
    ]


def _function(name: str, tests: Sequence[TestResult]) -> Function:
    mark, rows = standing(tests), tuple(_rows(name, tests))
    return Function(name, mark, total(tests), total_possible(tests), len(tests), rows)


def _rows(name: str, tests: Sequence[TestResult]) -> Iterator[Row]:
    """One row for each public test, then one for each outcome of private tests.

    Private tests are numbered, because their names tell something of their inputs.
    """
    hints: dict[str | None, str] = {}  # hint -> the test that said it first
    numbers, outcomes = itertools.count(1), {}
    for test in tests:
        if test.visibility == "public":
            yield _row(test.id, [test], hints)
        else:
            outcomes.setdefault((test.status, test.message, test.hint), []).append((next(numbers), test))
    for outcome in outcomes.values():
        which, same = zip(*outcome, strict=True)
        yield _row(f"private test{'s' * (len(which) > 1)} {_listed(which)} of {name}", same, hints)


def _row(label: str, tests: Sequence[TestResult], hints: dict[str | None, str]) -> Row:
    """The row of tests that went alike. Only a public test, which stands alone, tells its details."""
    test = tests[0]
    tells = test.visibility == "public" and test.status not in NOTHING_THERE
    seen = hints.setdefault(test.hint, label)
    return Row(
        label=label,
        mark=standing(tests),
        message=test.message,
        hint=test.hint,
        hint_seen=seen if seen != label else None,
        score=total(tests),
        max_score=total_possible(tests),
        facts=_facts(test) if tells else (),
        traceback=(test.detail or "").partition("\n")[2] if tells else "",
    )


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def _facts(test: TestResult) -> tuple[tuple[str, str], ...]:
    """What a public test knows beyond its message."""
    error = None if test.relative_error is None else f"{test.relative_error:.2g}"
    call = test.call if test.call and test.call not in test.message else None
    known = {"Called": call, "Expected": test.expected, "Got": test.got, "Relative error": error}
    return tuple((name, text) for name, text in known.items() if text)
