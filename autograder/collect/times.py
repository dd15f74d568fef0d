"""The times that an instructor gives where a platform gives none: one for all, or one for each.

    --handed-in 2026-10-05T23:59       all that is collected
    --times FILE                       a table (CSV) with the columns student, timestamp and perhaps attempt,
                                       or what Canvas's interface for programs says of an assignment (JSON):
                                       /api/v1/courses/COURSE/assignments/ASSIGNMENT/submissions
                                       ?per_page=100&include[]=submission_history

A time without an offset is one of the course's zone. The record of attempts keeps a time for ever, so one
that is in the future, that the clocks show twice or never, or that is a whole day, is an error.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.collect.canvas import kinds_of_number
from autograder.course import CourseError
from autograder.files import read_table, table_rows
from autograder.term.roster import DISTINCT, Roster

COLUMNS = ("student", "timestamp")
GUARD = "while(1);"  # before what Canvas answers to a browser
Row = tuple[str, tuple[str, ...], str, str]  # who, as which kinds of the roster, the attempt, the time


@dataclass(frozen=True)
class Times:
    """When things were handed in, as the instructor says."""

    each: Mapping[tuple[str, str], datetime] = field(
        default_factory=dict
    )  # by student and attempt; "" is any
    all: datetime | None = None
    unused: tuple[str, ...] = ()  # what gave no time, though somebody must have meant it to

    def __bool__(self) -> bool:
        return bool(self.each) or self.all is not None

    def of(self, student: str, attempt: str) -> datetime | None:
        """The time of a student's attempt itself, if it was given."""
        return self.each.get((student, attempt)) or self.each.get((student, ""))


def read_times(files: Iterable[Path], handed_in: str | None, roster: Roster, zone: ZoneInfo) -> Times:
    """What the options say. Raises CourseError naming the file and the line.

    A row of nobody on the roster is unused, and an error if one time for all would take the place of its own.
    Canvas tells of whoever was in the course at any time: there it matters only if nobody is known.
    """
    each: dict[tuple[str, str], datetime] = {}
    by_hand: list[str] = []
    others: list[str] = []
    for path in files:
        rows = list(_rows(path, roster))
        others += [] if rows else [f"{path}: gives nobody a time: fill it in, or save it again"]
        for place, (who, kinds, attempt, text) in rows:
            when = moment(text, zone, place)
            try:
                student = roster.find(who, kinds).id
            except CourseError as error:
                (by_hand if kinds == DISTINCT else others).append(f"{place}: {error}")
                continue
            if each.setdefault((student, attempt), when) != when:
                raise CourseError(
                    f"{place}: {who} has another time in another line: name the attempts in a column attempt"
                )
    unused = (*by_hand, *(() if each else others))
    if unused and handed_in:
        raise CourseError(
            f"{unused[0]}\n    Nothing is collected, since the time of --handed-in would be recorded instead"
        )
    return Times(each, moment(handed_in, zone, "--handed-in") if handed_in else None, unused)


def moment(text: str, zone: ZoneInfo, place: str) -> datetime:
    """A time in the past. Raises CourseError naming the place."""
    with contextlib.suppress(ValueError):
        day = date.fromisoformat(text.strip())
        raise CourseError(f"{place}: {text!r} has no time of day: write it like {day}T23:59:00")
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise CourseError(f"{place}: {text!r} is no time: write it like 2026-10-05T23:59:00") from None
    if when.tzinfo is None:
        moments = {when.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        if len(moments) > 1:
            raise CourseError(
                f"{place}: the clocks of {zone.key} show {text} twice or never: append the offset meant"
            )
        when = moments.pop()
    if when > datetime.now(UTC) + timedelta(minutes=5):
        raise CourseError(f"{place}: {text} is in the future: correct it")
    return when.astimezone(UTC)


def _rows(path: Path, roster: Roster) -> Iterator[tuple[str, Row]]:
    """The rows of a file, each with its place in it."""
    text = read_table(path).lstrip().removeprefix(GUARD)
    if text.startswith(("[", "{")):
        yield from _of_canvas(path, text, kinds_of_number(roster))
    else:
        yield from _of_table(path, text)


def _of_table(path: Path, text: str) -> Iterator[tuple[str, Row]]:
    header, rows = table_rows(text, path)
    columns = [name.casefold() for name in header]
    if not set(COLUMNS) <= set(columns):
        raise CourseError(f"{path}, row 1: needs the columns {' and '.join(COLUMNS)}")
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=False))
        student, when, attempt = (row.get(column, "").strip() for column in (*COLUMNS, "attempt"))
        if student and when:
            yield f"{path}, row {number}", (student, DISTINCT, attempt, when)


def _of_canvas(path: Path, text: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """Canvas names no attempt in its archive, but the files: the last file's number tells an attempt."""
    try:
        data = json.loads(text)
        listed = [old for one in data for old in [one, *(one.get("submission_history") or [])]]
        for one in listed:
            numbers = [int(file["id"]) for file in one.get("attachments") or []]
            if numbers and one.get("submitted_at"):
                row = (str(one["user_id"]), kinds, str(max(numbers)), one["submitted_at"])
                yield f"{path}, user {one['user_id']}", row
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise CourseError(
            f"{path}: begins with {text[:60]!r}, which is not what Canvas says of submissions: open the"
            " address (docs/instructor.md, Collect) where you are logged in to Canvas, and save the page"
        ) from None
