"""The points of each attempt: what grading wrote into its report, and what a person has given."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.term.attempts import Attempt
from autograder.term.late import Graded


@dataclass(frozen=True)
class ManualMark:
    """The points that a person gave for a question; without an attempt, in all attempts of the student."""

    student: str
    assignment: str
    question: str
    points: float
    attempt: str | None = None


def graded_attempts(
    attempts: Iterable[Attempt], root: Path, marks: Iterable[ManualMark] = ()
) -> tuple[list[Graded], list[Attempt]]:
    """The attempts with their points, and those that were not graded yet.

    root: where the paths of reports begin. Raises CourseError for a report that is not there or is of another
    attempt, and for a mark that fits no question.
    """
    given: dict[tuple[str, str], dict[tuple[str, str | None], float]] = {}
    for mark in marks:
        own = given.setdefault((mark.student, mark.assignment), {})
        key = (mark.question, mark.attempt)
        if key in own and own[key] != mark.points:
            raise CourseError(f"{_place(mark)} has two marks: keep one of them")
        own[key] = mark.points
    graded, ungraded = [], []
    for attempt in attempts:
        if attempt.report is None:
            ungraded.append(attempt)
        else:
            own = given.get((attempt.student, attempt.assignment), {})
            graded.append(_graded(attempt, root / attempt.report, own))
    return graded, ungraded


def _graded(attempt: Attempt, path: Path, given: dict[tuple[str, str | None], float]) -> Graded:
    report = read_summary(path)
    if (report["student"], report["assignment"]) != (attempt.student, attempt.assignment):
        raise CourseError(
            f"{path}: the report is of {report['student']}, {report['assignment']}, but the attempt"
            f" {attempt.attempt} is of {attempt.student}, {attempt.assignment}: grade the attempt again"
        )
    questions: dict[str, float] = report["manual"]
    for question, _ in given:
        if question not in questions:
            known = ", ".join(questions) or "no question"
            raise CourseError(
                f"{attempt.student}, {attempt.assignment}: a mark for {question!r},"
                f" but a person grades {known}: correct the mark"
            )
    points = {q: given.get((q, attempt.attempt), given.get((q, None))) for q in questions}
    for question, value in points.items():
        if value is not None and not (math.isfinite(value) and 0 <= value <= questions[question]):
            raise CourseError(
                f"{attempt.student}, {attempt.assignment}, {question}: {value} points, expected 0 to"
                f" {questions[question]:g}: correct the mark"
            )
    return Graded(
        attempt.student,
        attempt.assignment,
        attempt.attempt,
        attempt.timestamp,
        report["score"] + sum(value for value in points.values() if value is not None),
        report["max_score"] + sum(questions.values()),
        tuple((question, questions[question]) for question, value in points.items() if value is None),
    )


def read_summary(path: Path) -> dict[str, Any]:
    """A report without its tests, in a fraction of the time that the whole takes. Raises CourseError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}): grade the attempt again") from None
    # Reports are written with an indent of 1, and no text in JSON goes over a line's end: so a line that
    # begins with one space and a bracket ends the list.
    begin = content.find(b'\n "tests": [\n')
    end = content.find(b"\n ],\n", begin)
    if 0 <= begin < end:
        content = content[:begin] + content[end + 4 :]
    try:
        report = json.loads(content)
        needed = {key: report[key] for key in ("student", "assignment", "score", "max_score", "manual")}
        float(needed["score"] + needed["max_score"] + sum(needed["manual"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path}: not a report ({type(error).__name__}: {error}): grade the attempt again"
        ) from None
    return needed


def _place(mark: ManualMark) -> str:
    attempt = f", attempt {mark.attempt}" if mark.attempt else ""
    return f"{mark.student}, {mark.assignment}{attempt}, {mark.question}"
