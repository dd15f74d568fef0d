"""Reads dates, late policy and extensions from course.toml, where all of them are optional.

    [course]
    time_zone = "America/Los_Angeles"        # of all dates that name no offset

    [course.late]
    free_days = 4
    free_days_per_assignment = 2
    penalty_per_day = 0.25                   # share of the maximum
    grace_minutes = 15
    counts = "best"                          # or "latest"

    [assignments.a1]
    extra_credit = false
    group_work = false

    [assignments.a1.dates]
    release = 2026-09-21T09:00:00
    due = 2026-10-05T23:59:00
    cutoff = 2026-10-10T23:59:00

    [extensions.ada.a1]
    days = 3                                 # or: due = 2026-10-08T23:59:00, cutoff = ...
    reason = "illness"

Everything is validated; an error names the file, the key and the remedy.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from autograder.course import Course, CourseError
from autograder.term.policy import BEST, LATEST, Dates, Extension, LatePolicy, Rules, Term

LATE_KEYS = ("free_days", "free_days_per_assignment", "penalty_per_day", "grace_minutes", "counts")
DATE_KEYS = ("release", "due", "cutoff")
EXTENSION_KEYS = ("days", "due", "cutoff", "reason")
MOMENT = "a date with a time, such as 2026-10-05T23:59:00"


def read_term(course: Course) -> Term:
    """The dates and late policy of a course that was loaded. Raises CourseError."""
    path = course.root / "assignments" / "course.toml"
    return term_from(path, tomllib.loads(path.read_text(encoding="utf-8")))


def term_from(path: Path, data: Mapping[str, Any]) -> Term:
    """The dates and late policy in the content of course.toml. Raises CourseError."""
    head = data.get("course", {})
    _no_near_miss(path, "the file", data, ("extensions",))
    _no_near_miss(path, "course", head, ("late", "time_zone"))
    zone = _zone(path, head.get("time_zone", "UTC"))
    policy = _policy(path, _Table(path, "course.late", head.get("late", {}), LATE_KEYS))
    rules = {name: _rules(path, name, entry, zone) for name, entry in data["assignments"].items()}
    extensions = {}
    students = _Table(path, "extensions", data.get("extensions", {}))
    for student in students.entries:
        granted = _Table(path, f"extensions.{_key(student)}", students.entries[student])
        for name, entry in granted.entries.items():
            if name not in rules:
                raise CourseError(
                    f"{path}: {granted.where}.{_key(name)} is of no assignment:"
                    f" write one of {', '.join(rules)} in its place"
                )
            table = _Table(path, f"{granted.where}.{name}", entry, EXTENSION_KEYS)
            extensions[student, name] = _extension(table, rules[name].dates, zone)
    return Term(policy, rules, extensions, zone)


def _policy(path: Path, table: _Table) -> LatePolicy:
    free = table.count("free_days", 4)
    each = table.count("free_days_per_assignment", min(2, free))
    if each > free:
        raise CourseError(
            f"{path}: {table.where}.free_days_per_assignment is {each}, more than the {free} free days of the"
            " whole course: lower it, or raise free_days"
        )
    share = table.number("penalty_per_day", 0.25, 1, "a share of the maximum between 0 and 1")
    grace = table.number("grace_minutes", 0, 24 * 60, "minutes, at most those of a day")
    counts = table.entries.get("counts", BEST)
    if counts not in (BEST, LATEST):
        table.fail("counts", f'"{BEST}" (the attempt that gives the student most) or "{LATEST}"')
    return LatePolicy(free, each, share, timedelta(minutes=grace), counts)


def _rules(path: Path, name: str, entry: Mapping[str, Any], zone: ZoneInfo) -> Rules:
    table = _Table(path, f"assignments.{name}", entry)
    _no_near_miss(path, table.where, entry, ("dates", "extra_credit", "group_work"))
    flags = {key: table.flag(key) for key in ("extra_credit", "group_work")}
    dates = None
    if "dates" in entry:
        dates = _dates(_Table(path, f"{table.where}.dates", entry["dates"], DATE_KEYS), zone)
    return Rules(name, entry["title"], float(entry["weight"]), dates, **flags)


def _dates(table: _Table, zone: ZoneInfo) -> Dates:
    found = {key: table.moment(key, zone) for key in DATE_KEYS}
    if found["due"] is None:
        raise CourseError(f"{table.path}: {table.where} needs the key 'due': write {MOMENT}")
    for early, late in (("release", "due"), ("due", "cutoff")):
        if found[early] and found[late] and found[early] > found[late]:
            raise CourseError(f"{table.path}: {table.where}.{late} is before {early}: correct one of them")
    return Dates(**found)


def _extension(table: _Table, dates: Dates | None, zone: ZoneInfo) -> Extension:
    if dates is None:
        raise CourseError(
            f"{table.path}: {table.where} extends nothing: the assignment needs a due date in its table dates"
        )
    reason = table.entries.get("reason", "")
    if not isinstance(reason, str):
        table.fail("reason", "text")
    found = Extension(table.count("days", 0), table.moment("due", zone), table.moment("cutoff", zone), reason)
    for key in ("due", "cutoff"):
        theirs, ours = getattr(found, key), getattr(dates, key)
        if theirs and ours is None:
            raise CourseError(f"{table.path}: {table.where}.{key}: the assignment has none: remove the key")
        if theirs and theirs <= ours:
            raise CourseError(
                f"{table.path}: {table.where}.{key} is not after the assignment's own"
                f" ({ours.astimezone(zone):%Y-%m-%d %H:%M}): an extension gives time; correct or remove it"
            )
    if bool(found.days) == bool(found.due) and (found.days or not found.cutoff):
        raise CourseError(f"{table.path}: {table.where} needs either days = 3 or due = {MOMENT}")
    return found


class _Table:
    """One table of course.toml, whose values are asked for by kind."""

    def __init__(self, path: Path, where: str, entries: Any, known: tuple[str, ...] = ()) -> None:
        if not isinstance(entries, dict):
            raise CourseError(f"{path}: {where} is {entries!r}, expected a table [{where}]")
        for key in entries:
            if known and key not in known:
                close = difflib.get_close_matches(key, known, 1)
                remedy = f"did you mean {close[0]}?" if close else f"it may have {', '.join(known)}"
                raise CourseError(f"{path}: {where} has no key {key!r}: {remedy}")
        self.path, self.where, self.entries = path, where, entries

    def fail(self, key: str, expected: str) -> None:
        raise CourseError(f"{self.path}: {self.where}.{key} is {self.entries[key]!r}, expected {expected}")

    def flag(self, key: str) -> bool:
        """A boolean that is false where it is not given."""
        if type(self.entries.get(key, False)) is not bool:
            self.fail(key, "true or false")
        return self.entries.get(key, False)

    def count(self, key: str, default: int) -> int:
        """A whole number of days."""
        value = self.entries.get(key, default)
        if type(value) is not int or not 0 <= value <= 366:
            self.fail(key, "a whole number of days, 0 or more")
        return value

    def number(self, key: str, default: float, most: float, expected: str) -> float:
        """A number from 0 to `most`."""
        value = self.entries.get(key, default)
        if type(value) not in (int, float) or not 0 <= value <= most:
            self.fail(key, expected)
        return float(value)

    def moment(self, key: str, zone: ZoneInfo) -> datetime | None:
        """A date with a time; without an offset it is a time of the course's zone."""
        value = self.entries.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime):
            self.fail(key, f"{MOMENT}, without quotes")
        if value.tzinfo is not None:
            return value
        moments = [value.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        if moments[0] == moments[1]:
            return moments[0]
        there = moments[0].astimezone(zone).replace(tzinfo=None) == value
        raise CourseError(
            f"{self.path}: {self.where}.{key}: the clocks of {zone.key} show {value} "
            + ("twice: append the offset that you mean" if there else "never: choose another time")
        )


def _no_near_miss(path: Path, where: str, entries: Mapping[str, Any], wanted: tuple[str, ...]) -> None:
    """Raise CourseError for a misspelt key, which would change marks silently."""
    for key in entries:
        close = [] if key in wanted else difflib.get_close_matches(key, wanted, 1, cutoff=0.75)
        if close:
            raise CourseError(f"{path}: {where} has no key {key!r}: did you mean {close[0]}?")


def _zone(path: Path, name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError, AttributeError):
        raise CourseError(
            f'{path}: course.time_zone is {name!r}, expected a name such as "America/Los_Angeles"'
        ) from None


def _key(name: str) -> str:
    """A key as TOML writes it."""
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else f'"{name}"'
