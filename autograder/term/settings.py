"""Reads dates, late policy and extensions from course.toml, where all of them are optional.

    [course]
    time_zone = "America/Los_Angeles"        # of all dates that name no offset
    students_by = "sid"                      # what students are called here: their sid, login or email

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

Everything is validated; an error names the line, the key and the remedy.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from autograder.course import Course
from autograder.course_file import Table, read_course_file
from autograder.course_keys import written
from autograder.term.policy import BEST, LATEST, Dates, Extension, LatePolicy, Rules, Term
from autograder.term.roster import KEYS

DAYS = (366, "a whole number of days, 0 or more")
MOMENT = "a date with a time, such as 2026-10-05T23:59:00"


def read_term(course: Course) -> Term:
    """The dates and late policy of a course that was loaded. Raises CourseError."""
    return term_from(read_course_file(course.file))


def term_from(file: Table) -> Term:
    """The dates and late policy in the content of course.toml. Raises CourseError."""
    head = file.table("course")
    zone = _zone(head)
    students_by = head.entries.get("students_by", KEYS[0])
    if students_by not in KEYS:
        raise head.wrong("students_by", f"one of {', '.join(KEYS)}, columns of the roster")
    policy = _policy(head.table("late"))
    rules = {name: _rules(name, table, zone) for name, table in file.table("assignments").tables().items()}
    extensions = {}
    for student, granted in file.table("extensions").tables().items():
        for name in granted.entries:
            if name not in rules:
                raise granted.error(
                    f".{written(name)} is of no assignment: write one of {', '.join(rules)} in its place",
                    name,
                )
            extensions[student, name] = _extension(granted.table(name), rules[name].dates, zone)
    return Term(policy, rules, extensions, zone, students_by, file.place)


def _policy(table: Table) -> LatePolicy:
    free = table.count("free_days", 4, *DAYS)
    each = table.count("free_days_per_assignment", min(2, free), *DAYS)
    if each > free:
        raise table.error(
            f".free_days_per_assignment is {each}, more than the {free} free days of the whole course:"
            " lower it, or raise free_days",
            "free_days_per_assignment",
        )
    share = table.number("penalty_per_day", 0.25, 1, "a share of the maximum between 0 and 1")
    grace = table.number("grace_minutes", 0, 24 * 60, "minutes, at most those of a day")
    counts = table.entries.get("counts", BEST)
    if counts not in (BEST, LATEST):
        raise table.wrong("counts", f'"{BEST}" (the attempt that gives the student most) or "{LATEST}"')
    return LatePolicy(free, each, share, timedelta(minutes=grace), counts)


def _rules(name: str, table: Table, zone: ZoneInfo) -> Rules:
    flags = {key: table.flag(key) for key in ("extra_credit", "group_work")}
    dates = _dates(table.table("dates"), zone) if "dates" in table.entries else None
    return Rules(name, table.required("title", str), table.required("weight", float), dates, **flags)


def _dates(table: Table, zone: ZoneInfo) -> Dates:
    found = {key: _moment(table, key, zone) for key in ("release", "due", "cutoff")}
    if found["due"] is None:
        raise table.error(f" needs the key 'due': write {MOMENT}")
    for early, late in (("release", "due"), ("due", "cutoff")):
        if found[early] and found[late] and found[early] > found[late]:
            raise table.error(f".{late} is before {early}: correct one of them", late)
    return Dates(**found)


def _extension(table: Table, dates: Dates | None, zone: ZoneInfo) -> Extension:
    if dates is None:
        raise table.error(" extends nothing: the assignment needs a due date in its table dates")
    reason = table.entries.get("reason", "")
    if not isinstance(reason, str):
        raise table.wrong("reason", "text")
    due, cutoff = _moment(table, "due", zone), _moment(table, "cutoff", zone)
    found = Extension(table.count("days", 0, *DAYS), due, cutoff, reason)
    for key in ("due", "cutoff"):
        theirs, ours = getattr(found, key), getattr(dates, key)
        if theirs and ours is None:
            raise table.error(f".{key}: the assignment has none: remove the key", key)
        if theirs and theirs <= ours:
            raise table.error(
                f".{key} is not after the assignment's own ({ours.astimezone(zone):%Y-%m-%d %H:%M}): an"
                " extension gives time; correct or remove it",
                key,
            )
    if bool(found.days) == bool(found.due) and (found.days or not found.cutoff):
        raise table.error(f" needs either days = 3 or due = {MOMENT}")
    return found


def _moment(table: Table, key: str, zone: ZoneInfo) -> datetime | None:
    """A date with a time; without an offset it is a time of the course's zone."""
    value = table.entries.get(key)
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise table.wrong(key, f"{MOMENT}, without quotes")
    if value.tzinfo is not None:
        return value
    moments = [value.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if moments[0] == moments[1]:
        return moments[0]
    there = moments[0].astimezone(zone).replace(tzinfo=None) == value
    remedy = "twice: append the offset that you mean" if there else "never: choose another time"
    raise table.error(f".{key}: the clocks of {zone.key} show {value} {remedy}", key)


def _zone(head: Table) -> ZoneInfo:
    name = head.entries.get("time_zone", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError, AttributeError):
        raise head.wrong("time_zone", 'a name such as "America/Los_Angeles"') from None
