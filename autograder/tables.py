"""Grades as tables: tests by notebook and function, how a function stands, and a class's grades as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from autograder.report import Report
from autograder.templates import harmless
from cs_lib.check.result import TestResult

Function = tuple[str, str]  # (notebook, function): two notebooks may grade functions of one name

# Verdicts that say that there is nothing to run, for whatever reason.
NOTHING_THERE = frozenset({"not_implemented", "not_defined", "not_answered"})

WRONG_NAME = ": not a notebook of this assignment"  # and nothing is known of what is in it

# What a spreadsheet may take for a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def by_notebook(report: Report) -> dict[str, tuple[TestResult, ...]]:
    """The tests of each notebook. Ids repeat between notebooks, so the order decides."""
    tests = iter(report.tests)
    return {name: tuple(islice(tests, len(ids))) for name, ids in report.notebooks.items()}


def by_function(report: Report) -> dict[Function, list[TestResult]]:
    """The tests of each graded function or answer, in the order of the tests."""
    functions: dict[Function, list[TestResult]] = {}
    for notebook, tests in by_notebook(report).items():
        for test in tests:
            functions.setdefault((notebook, test.function), []).append(test)
    return functions


def total(tests: Iterable[TestResult]) -> float:
    """The points that the tests gave."""
    return round(sum(test.score for test in tests), 9)


def total_possible(tests: Iterable[TestResult]) -> float:
    """The points that the tests could have given."""
    return round(sum(test.max_score for test in tests), 9)


def standing(tests: Sequence[TestResult]) -> str:
    """How a function stands by its tests: "full", "some" (points), "none", or "nothing" to run."""
    statuses = {test.status for test in tests}
    if statuses == {"passed"}:
        return "full"
    if any(test.score for test in tests):
        return "some"
    return "nothing" if statuses <= NOTHING_THERE else "none"


def status_word(report: Report) -> str:
    """A submission in a word or two, and no more than is known of it."""
    missed = _missed(report)
    unread = [text for text in causes(report) if WRONG_NAME not in text]
    if not report.sha256:
        return "not readable" if unread else "nothing to grade"
    if report.tests and all(test.status == "not_defined" for test in report.tests):
        return "not readable" if unread and missed <= set(report.problems) else "nothing defined"
    return "graded"


def causes(report: Report) -> list[str]:
    """The problems of a submission that say more than that a notebook is not there."""
    missed = _missed(report)
    return [text for text in report.problems if text not in missed]


def _missed(report: Report) -> set[str]:
    """What is said of each notebook that is not there."""
    return {f"{name}: {name}.ipynb was not handed in, or could not be read." for name in report.notebooks}


def grades_csv(reports: Iterable[Report]) -> str:
    """The grades of a class, one line a student, sorted by name, for a spreadsheet.

    Text that a spreadsheet could take for a formula is prefixed with an apostrophe, and all text is quoted.
    A function that was not tested in a submission has an empty cell.
    """
    reports = sorted(reports, key=lambda report: report.student)
    notebooks = list(dict.fromkeys(name for report in reports for name in report.notebooks))
    tables = [by_function(report) for report in reports]
    functions = list(dict.fromkeys(function for table in tables for function in table))
    fixed = [
        "student",
        "assignment",
        "status",
        "score",
        "max_score",
        "manual_points_open",
        "repairs",
        "problems",
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([_cell(name) for name in fixed + notebooks + [".".join(f) for f in functions]])
    for report, table in zip(reports, tables, strict=True):
        sections = by_notebook(report)
        row = [report.student, report.assignment, status_word(report), report.score, report.max_score]
        row += [sum(report.manual.values()), len(report.repairs), len(report.problems)]
        row += [total(sections[name]) if name in sections else "" for name in notebooks]
        row += [total(table[function]) if function in table else "" for function in functions]
        writer.writerow([_cell(value) for value in row])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """A number as it is; text on one line, cut, and never a formula."""
    if not isinstance(value, str):
        return value
    guard = "'" if value.lstrip(" \xa0").startswith(FORMULA) else ""
    return guard + harmless(value, 200).replace("\n", "\\n").replace("\t", "\\t")
