"""What people gave, in a file that only grows: points, extra credit and comments, one JSON object a line.

    {"student": "ada", "assignment": "a1", "attempt": "118021", "question": "why", "points": 1.5}
    {"student": "ada", "assignment": "a1", "attempt": "118021", "question": "why", "comment": "Why a half?"}
    {"student": "ada", "assignment": "a1", "attempt": "118021", "question": "why", "withdrawn": true}

What a person gives is given to an answer: attempts with the same written answer have it too, and the last
line about an answer counts, field by field. A line without an attempt is for all attempts of the student.
The question is the name of a written one; what a person changed of an automatic score is of `NOTEBOOK.CELL`,
and of its attempt alone.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.templates import harmless
from autograder.term.journal import append_lines, read_lines

TEXTS = ("student", "assignment", "question")


@dataclass(frozen=True)
class Given:
    """What a person gave for a question of an attempt; None is nothing said, not zero."""

    student: str
    assignment: str
    question: str
    points: float | None = None
    attempt: str | None = None
    extra: float | None = None  # extra credit, on top of the points
    comment: str | None = None
    withdrawn: bool = False  # everything that was given before, for the same answer

    def __post_init__(self) -> None:
        for name in TEXTS:
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected text")
        for name in ("attempt", "comment"):
            if not isinstance(getattr(self, name), str | None):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected text")
        for name in ("points", "extra"):
            value = getattr(self, name)
            if value is not None and (type(value) not in (int, float) or not math.isfinite(value)):
                raise ValueError(f"{name} is {value!r}, expected a number")
        if type(self.withdrawn) is not bool:
            raise ValueError(f"withdrawn is {self.withdrawn!r}, expected true")

    def to_json(self) -> str:
        """It as one line."""
        said = {name: getattr(self, name) for name in FIELDS}
        return json.dumps({k: v for k, v in said.items() if v is not None and v is not False})

    @classmethod
    def from_json(cls, text: str) -> Given:
        """The inverse of `to_json`. Raises ValueError for anything else."""
        data: Any = json.loads(text)
        if not isinstance(data, dict) or not set(TEXTS) <= data.keys() <= set(FIELDS):
            others = ", ".join(FIELDS[len(TEXTS) :])
            raise ValueError(f"expected an object with {', '.join(TEXTS)}, and of the rest {others}")
        return cls(**data)


FIELDS = tuple(field.name for field in fields(Given))
Answers = Mapping[
    tuple[str, str, str], Mapping[str, str]
]  # attempt -> question -> what is written; "" nothing


class Manual:
    """All that people gave, by answer."""

    def __init__(self, lines: Iterable[Given] = (), answers: Answers | None = None) -> None:
        self._answers = answers or {}
        self._given: dict[tuple[str | None, ...], Given] = {}
        self._questions: dict[tuple[str, str], set[str]] = {}
        for line in lines:
            self.add(line)

    def add(self, line: Given) -> bool:
        """Take a further line into account; whether it says anything new."""
        key = self._key(line.student, line.assignment, line.attempt, line.question)
        before = self._given.get(key)
        self._given[key] = after = _merged(before, line)
        self._questions.setdefault((line.student, line.assignment), set()).add(line.question)
        return before is None or _said(before) != _said(after)

    def of(self, student: str, assignment: str, attempt: str, question: str) -> Given | None:
        """What counts for a question of an attempt. Where nothing is written, 0 points need no person."""
        found = self.given(student, assignment, attempt, question)
        if self.is_blank(student, assignment, attempt, question):
            zero = Given(student, assignment, question, 0.0, attempt)
            found = _merged(zero, found) if found else zero
        return found

    def given(self, student: str, assignment: str, attempt: str, question: str) -> Given | None:
        """What people gave for a question of an attempt, or for the same answer in another."""
        found = None
        for which in (None, attempt):
            line = self._given.get(self._key(student, assignment, which, question))
            found = _merged(found, line) if line else found
        return found

    def is_blank(self, student: str, assignment: str, attempt: str, question: str) -> bool:
        """Whether it is known that nothing is written there."""
        return self._written(student, assignment, attempt, question) == ""

    def questions(self, student: str, assignment: str) -> set[str]:
        """The questions of a student for which something was given."""
        return self._questions.get((student, assignment), set())

    def about(self) -> Iterable[tuple[str, str]]:
        """(student, assignment) of everything that was given."""
        return self._questions.keys()

    def _written(self, student: str, assignment: str, attempt: str | None, question: str) -> str | None:
        return self._answers.get((student, assignment, attempt or ""), {}).get(question)

    def _key(
        self, student: str, assignment: str, attempt: str | None, question: str
    ) -> tuple[str | None, ...]:
        """The same for attempts with the same answer."""
        written = self._written(student, assignment, attempt, question)
        return (student, assignment, None if written else attempt, question, written or None)


def read_given(path: Path) -> list[Given]:
    """Every line, in order; none if there is no file. Raises CourseError naming the line."""
    return list(_parsed(path, read_lines(path)))


def unknown_names(
    path: Path, manual: Manual, students: Collection[str], assignments: Collection[str]
) -> list[str]:
    """What was given for a student or an assignment that is not known, by the first line that says so.

    path: the file that `manual` was read from. students: everybody who has a place or an attempt in the term.
    """
    if all(student in students and assignment in assignments for student, assignment in manual.about()):
        return []
    told: dict[tuple[str, str], str] = {}
    for number, line in enumerate(read_given(path), 1):
        for what, name, known, where in (
            ("student", line.student, students, "the roster"),
            ("assignment", line.assignment, assignments, "course.toml"),
        ):
            if name not in known and (what, name) not in told:
                close = difflib.get_close_matches(name, known, 1)
                remedy = f"did you mean {close[0]}? Correct" if close else "correct"
                told[what, name] = (
                    f"{path}, line {number}: {where} has no {what} {name}, so what is given there counts for"
                    f" nobody: {remedy} or remove each such line"
                )
    return [harmless(remark) for remark in told.values()]


def record_given(path: Path, given: Iterable[Given], answers: Answers) -> int:
    """Append what says anything new, and return how many lines that took."""

    def new(lines: list[bytes]) -> list[str]:
        manual = Manual(_parsed(path, lines), answers)
        return [line.to_json() for line in given if manual.add(line)]

    return append_lines(path, new)


def _parsed(path: Path, lines: list[bytes]) -> Iterator[Given]:
    for number, line in enumerate(lines, 1):
        try:
            yield Given.from_json(line.decode())
        except ValueError as error:
            raise CourseError(
                f"{path}, line {number}: not what a person gave: {error}. Correct the line, or restore the"
                " file from a copy"
            ) from None


def _merged(before: Given | None, line: Given) -> Given:
    """A line after what was said before it about the same answer."""
    if before is None or line.withdrawn:
        return line
    kept = {k: getattr(before, k) for k in ("points", "extra", "comment") if getattr(line, k) is None}
    return replace(line, **kept)


def _said(given: Given) -> tuple[float | None, float | None, str | None]:
    return given.points, given.extra, given.comment
