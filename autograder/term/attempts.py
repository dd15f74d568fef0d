"""Everything that was ever handed in, in a file that only grows: one JSON object a line.

    {"student": "ada", "assignment": "a1", "attempt": "118021", "timestamp": "2026-10-05T20:14:09-07:00",
     "source": "gradescope", "report": "graded/a1/attempts/ada/118021.json"}

The timestamp is the platform's. A line is never changed: an attempt's report is named by a later line with
the same attempt, and what else the two lines say must agree. So no attempt takes an earlier one's place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.term.journal import append_lines, read_lines
from autograder.term.policy import utc

FIELDS = ("student", "assignment", "attempt", "timestamp", "source")


@dataclass(frozen=True)
class Attempt:
    """Something that was handed in."""

    student: str
    assignment: str
    attempt: str  # the platform's own number or name, distinct among the student's attempts at the assignment
    timestamp: datetime
    source: str  # the platform that says so: canvas, gradescope, nbgrader, folder
    report: str | None = None  # path of the report that grading wrote

    def __post_init__(self) -> None:
        object.__setattr__(self, "timestamp", utc(self.timestamp))
        for name in ("student", "assignment", "attempt", "source"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value or not value.isprintable():
                raise ValueError(f"{name} is {value!r}, expected printable text")

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others."""
        return (self.student, self.assignment, self.attempt)

    def to_json(self) -> str:
        """The attempt as one line."""
        line = asdict(self) | {"timestamp": self.timestamp.isoformat()}
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Attempt:
        """The inverse of `to_json`. Raises ValueError for anything else."""
        data: Any = json.loads(text)
        if not isinstance(data, dict) or not set(FIELDS) <= set(data) <= {*FIELDS, "report"}:
            raise ValueError(f"expected an object with {', '.join(FIELDS)} and perhaps report")
        if not isinstance(data["timestamp"], str):
            raise ValueError("timestamp is no text")
        if not isinstance(data.get("report"), str | None):
            raise ValueError("report is no text")
        return cls(**data | {"timestamp": datetime.fromisoformat(data["timestamp"])})


def read_attempts(path: Path) -> list[Attempt]:
    """Every attempt, by student, assignment and time; none if there is no file.

    Raises CourseError naming the line.
    """
    known = _known(path, read_lines(path))
    return sorted(known.values(), key=lambda a: (a.student, a.assignment, a.timestamp, a.attempt))


def record_attempts(path: Path, attempts: Iterable[Attempt]) -> int:
    """Append what is new, and return how many lines that took: recording a thing again changes nothing.

    Raises CourseError, before anything is written, for an attempt that is known with another time or source.
    """

    def new(lines: list[bytes]) -> list[str]:
        known = _known(path, lines)
        return [attempt.to_json() for attempt in attempts if _add(known, attempt, f"{path}")]

    return append_lines(path, new)


Known = dict[tuple[str, str, str], Attempt]


def _known(path: Path, lines: list[bytes]) -> Known:
    known: Known = {}
    for number, line in enumerate(lines, 1):
        try:
            attempt = Attempt.from_json(line.decode())
        except ValueError as error:
            raise CourseError(
                f"{path}, line {number}: not an attempt: {error}. The file is only appended to:"
                " restore it from a copy, or correct the line"
            ) from None
        _add(known, attempt, f"{path}, line {number}")
    return known


def _add(known: Known, new: Attempt, place: str) -> bool:
    """Add an attempt to those that are known; whether it says anything new."""
    old = known.get(new.key)
    if old is None:
        known[new.key] = new
        return True
    if (old.timestamp, old.source) != (new.timestamp, new.source):
        raise CourseError(
            f"{place}: {new.student}, {new.assignment}, attempt {new.attempt} is of {new.timestamp:%F %T} UTC"
            f" from {new.source}, but it is recorded as of {old.timestamp:%F %T} UTC from {old.source}:"
            " give another attempt another name"
        )
    if new.report in (None, old.report):
        return False
    known[new.key] = replace(old, report=new.report)
    return True
