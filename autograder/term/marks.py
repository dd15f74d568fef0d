"""The points of each attempt: what grading wrote into its report, and what a person has given.

A person's points for a question count up to what it is worth; points for an automatic test take the place of
what the tests gave, in that attempt only. Extra credit is added to the sum, which does not go beyond what the
assignment is worth.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.halves import Divide, whole
from autograder.report import SUMMARY, Report
from autograder.tables import by_function, total, total_possible
from autograder.templates import harmless, points
from autograder.term.attempts import Attempt
from autograder.term.late import Graded
from autograder.term.manual import Given, Manual

BEGINNING = 4096  # bytes of a report that are read at first
TEST = "test_"  # the cell that holds the points of f is called test_f


@dataclass(frozen=True)
class Points:
    """The attempts with their points, those without a usable report, and what nothing else would say."""

    graded: tuple[Graded, ...]
    ungraded: tuple[Attempt, ...]
    remarks: tuple[str, ...]


def points_of(
    attempts: Sequence[Attempt], root: Path, manual: Manual | None = None, divide: Divide = whole
) -> Points:
    """The points of attempts. root: where the paths of reports begin.

    A report that is not there or is of something else leaves its attempt ungraded, and is told.
    """
    manual = manual or Manual()

    def points_of_some(attempts: Sequence[Attempt]) -> tuple[list[Graded], list[Attempt], list[str]]:
        graded, ungraded, remarks = [], [], []
        for attempt in attempts:
            found = _read(attempt, f"{root}/{attempt.report}", manual, remarks) if attempt.report else None
            if found:
                graded.append(found)
            else:
                ungraded.append(attempt)
        return graded, ungraded, [harmless(remark) for remark in remarks]

    parts = divide(points_of_some, attempts)
    return Points(*(tuple(itertools.chain(*kind)) for kind in zip(*parts, strict=True)))


def _read(attempt: Attempt, path: str, manual: Manual, remarks: list[str]) -> Graded | None:
    try:
        return _graded(attempt, path, manual, remarks)
    except (CourseError, ValueError) as error:
        remarks.append(str(error))
        return None


def _graded(attempt: Attempt, path: str, manual: Manual, remarks: list[str]) -> Graded:
    report = read_summary(path)
    if (report["student"], report["assignment"]) != (attempt.student, attempt.assignment):
        raise CourseError(
            f"{path}: the report is of {report['student']}, {report['assignment']}, but the attempt"
            f" {attempt.attempt} is of {attempt.student}, {attempt.assignment}: grade the attempt again"
        )
    worth: dict[str, float] = report["manual"]
    given = {question: manual.of(*attempt.key, question) for question in worth}
    waiting = tuple((q, worth[q]) for q, said in given.items() if said is None or said.points is None)
    score, most = report["score"], report["max_score"] + sum(worth.values())
    score += sum(_within(said, worth[q], remarks) for q, said in given.items() if said)
    for question in sorted(manual.questions(attempt.student, attempt.assignment) - set(worth)):
        said = manual.of(*attempt.key, question)
        if said:
            given[question] = said
            score += _changed(said, path, worth, remarks)
    score += sum(said.extra for said in given.values() if said and said.extra)
    return Graded(*attempt.key, attempt.timestamp, min(max(score, 0), most), most, waiting)


def _within(said: Given, worth: float, remarks: list[str]) -> float:
    """The points that were given, as far as the question is worth them."""
    value = said.points or 0.0
    if not 0 <= value <= worth:
        counts = points(min(max(value, 0.0), worth))
        remarks.append(
            f"{_place(said)}: {points(value)} of {points(worth)} points were given, which count as {counts}:"
            " correct them in formgrader"
        )
    return min(max(value, 0.0), worth)


def _changed(said: Given, path: str, worth: dict[str, float], remarks: list[str]) -> float:
    """What points for an automatic test change."""
    if said.points is None:
        return 0.0
    notebook, _, cell = said.question.partition(".")
    tests = by_function(_whole(path)).get((notebook, cell.removeprefix(TEST)))
    if not (tests and cell.startswith(TEST)):
        known = ", ".join(worth) or "no question"
        remarks.append(
            f"{_place(said)}: {points(said.points)} points were given, but a person grades {known}: they do"
            " not count"
        )
        return 0.0
    return _within(said, total_possible(tests), remarks) - total(tests)


def _whole(path: str) -> Report:
    try:
        return Report.from_json(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: {error}: grade the attempt again") from None


def read_summary(path: str | Path) -> dict[str, Any]:
    """What a report begins with, in a fraction of the time that the whole takes. Raises CourseError."""
    try:
        with open(path, "rb", buffering=0) as file:
            content = file.read(BEGINNING)
            # Reports are written with an indent of 1, and no text in JSON goes over a line's end.
            end = content.find(b',\n "schema": ')
            content = content[:end] + b"}" if end >= 0 else content + file.readall()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}): grade the attempt again") from None
    try:
        report = json.loads(content.decode())
        needed = {key: report[key] for key in SUMMARY}
        if not math.isfinite(needed["score"] + needed["max_score"] + sum(needed["manual"].values())):
            raise ValueError("a score is not finite")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path}: not a report ({type(error).__name__}: {error}): grade the attempt again"
        ) from None
    return needed


def _place(said: Given) -> str:
    attempt = f", attempt {said.attempt}" if said.attempt else ""
    return f"{said.student}, {said.assignment}{attempt}, {said.question}"
