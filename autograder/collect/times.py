"""The times that an instructor gives where a platform gives none: one for all, or one for each.

    --handed-in 2026-10-05T23:59       all that is collected
    --times FILE                       a table (CSV) with the columns student, timestamp and perhaps attempt,
                                       or what Canvas's interface for programs says of an assignment (JSON):
                                       /api/v1/courses/COURSE/assignments/ASSIGNMENT/submissions
                                       ?per_page=100&include[]=submission_history

A time without an offset is one of the course's zone. The record of attempts keeps a time for ever, so one
that is in the future, or that the clocks show twice or never, is an error.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.collect.canvas import kinds_of_number
from autograder.course import CourseError
from autograder.files import read_table
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

    def __bool__(self) -> bool:
        return bool(self.each) or self.all is not None

    def of(self, student: str, attempt: str) -> datetime | None:
        """The time of a student's attempt itself, if it was given."""
        return self.each.get((student, attempt)) or self.each.get((student, ""))


def read_times(files: Iterable[Path], handed_in: str | None, roster: Roster, zone: ZoneInfo) -> Times:
    """What the options say. Raises CourseError naming the file and the line."""
    each: dict[tuple[str, str], datetime] = {}
    for path in files:
        for place, (who, kinds, attempt, text) in _rows(path, roster):
            when = moment(text, zone, place)
            try:
                student = roster.find(who, kinds).id
            except CourseError:
                continue  # who is on the roster and missing here will be named
            if each.setdefault((student, attempt), when) != when:
                raise CourseError(
                    f"{place}: {who} has another time in another line: name the attempts in a column attempt"
                )
    return Times(each, moment(handed_in, zone, "--handed-in") if handed_in else None)


def moment(text: str, zone: ZoneInfo, place: str) -> datetime:
    """A time in the past. Raises CourseError naming the place."""
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
    table = csv.DictReader(text.splitlines(), strict=True)
    try:
        if not set(COLUMNS) <= set(table.fieldnames or ()):
            raise CourseError(f"{path}, row 1: needs the columns {' and '.join(COLUMNS)}")
        for number, row in enumerate(table, 2):
            student, when = ((row[column] or "").strip() for column in COLUMNS)
            if student and when:
                yield f"{path}, row {number}", (student, DISTINCT, (row.get("attempt") or "").strip(), when)
    except csv.Error as error:
        raise CourseError(f"{path}: not a CSV file: {error}") from None


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
