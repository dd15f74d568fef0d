"""Dates, late days and extensions as data, and when a late day ends. Reading them is `settings.py`'s part.

A late day ends when the clock on the wall shows the due time again, so it has 23 or 25 hours where the clocks
change. The grace minutes are added to the end of every day, to the due time and to the cut-off.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BEST, LATEST = "best", "latest"


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs: free days for the whole course first, then a share of the maximum for each day."""

    free_days: int = 4
    free_days_per_assignment: int = 2
    penalty_per_day: float = 0.25  # of the assignment's maximum
    grace: timedelta = timedelta(0)
    counts: str = BEST  # the attempt that gives the student most; or LATEST, before the cut-off


@dataclass(frozen=True)
class Dates:
    """When an assignment is handed out, due, and cut off. Without a cut-off it may be handed in for ever."""

    due: datetime
    release: datetime | None = None
    cutoff: datetime | None = None

    def __post_init__(self) -> None:
        _keep_in_utc(self, "due", "release", "cutoff")


@dataclass(frozen=True)
class Rules:
    """What an assignment is worth in the course, and when it is due."""

    name: str
    title: str = ""
    weight: float = 1.0  # share of the course grade
    dates: Dates | None = None  # without dates nothing is late
    extra_credit: bool = False  # adds to the course grade, and is missed by nobody
    group_work: bool = False  # what one of a group hands in counts for all of it


@dataclass(frozen=True)
class Extension:
    """More time for one student: days, or a due date of one's own. It never takes time away."""

    days: int = 0
    due: datetime | None = None
    cutoff: datetime | None = None  # without one, the cut-off moves as far as the due date
    reason: str = ""

    def __post_init__(self) -> None:
        _keep_in_utc(self, "due", "cutoff")


def _unplaced(*keys: str) -> str:
    """Something in course.toml, when it is not known from which file a term was read."""
    return f"course.toml: {'.'.join(keys)}"


@dataclass(frozen=True)
class Term:
    """All that decides about late days in a course."""

    policy: LatePolicy = LatePolicy()
    assignments: Mapping[str, Rules] = field(default_factory=dict)
    extensions: Mapping[tuple[str, str], Extension] = field(default_factory=dict)  # of (student, assignment)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    students_by: str = "sid"  # the column of the roster that names students in folders, records and grades
    place: Callable[..., str] = field(default=_unplaced, compare=False, repr=False)  # of keys in course.toml

    @property
    def overweight(self) -> str:
        """What to do if the assignments make up more than the whole course; empty if they do not."""
        total = round(sum(rules.weight for rules in self.assignments.values() if not rules.extra_credit), 9)
        if total <= 1:
            return ""
        return (
            f"{self.place('assignments')}: the weights add up to {total:.9g}, more than the whole course:"
            " lower them, or write extra_credit = true where an assignment counts beside the others"
        )

    def dates(self, student: str, assignment: str) -> Dates | None:
        """When an assignment is due for a student, with the student's extension."""
        dates = self.assignments[assignment].dates
        extension = self.extensions.get((student, assignment))
        return extended(dates, extension, self.zone) if dates and extension else dates

    def in_order(self, student: str, names: Iterable[str] | None = None) -> list[str]:
        """Assignments by the student's due dates, then by name; those without a due date come last."""

        def when(name: str) -> tuple[datetime, str]:
            dates = self.dates(student, name)
            return (dates.due if dates else datetime.max.replace(tzinfo=UTC), name)

        return sorted(self.assignments if names is None else names, key=when)


def extended(dates: Dates, extension: Extension, zone: ZoneInfo) -> Dates:
    """The dates with an extension: never earlier than without."""
    due = max(dates.due, on_the_wall(dates.due, extension.days, zone), extension.due or dates.due)
    if dates.cutoff is None:
        return Dates(due, dates.release)
    moved = _wall(due, zone) - _wall(dates.due, zone)
    cutoff = _moment(_wall(dates.cutoff, zone) + moved, zone)
    return Dates(due, dates.release, max(dates.cutoff, cutoff, extension.cutoff or dates.cutoff))


@functools.lru_cache(maxsize=10_000)
def on_the_wall(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """When the clocks of a time zone show the same time some days later."""
    return _moment(_wall(moment, zone) + timedelta(days), zone) if days else moment


def is_too_late(handed_in: datetime, dates: Dates | None, policy: LatePolicy) -> bool:
    """Whether something came after the cut-off and its grace minutes."""
    return dates is not None and dates.cutoff is not None and handed_in > dates.cutoff + policy.grace


def days_late(handed_in: datetime, dates: Dates | None, policy: LatePolicy, zone: ZoneInfo) -> int:
    """How many days late something is: every day that was begun after the grace minutes."""
    if dates is None or handed_in <= dates.due + policy.grace:
        return 0
    days = max(
        1, (handed_in - dates.due - policy.grace) // timedelta(1) - 1
    )  # too few: the clocks may change
    while handed_in > on_the_wall(dates.due, days, zone) + policy.grace:
        days += 1
    return days


def utc(moment: datetime) -> datetime:
    """The moment in universal time. Raises ValueError if it has no time zone.

    Moments are kept so, since Python compares two of one time zone by what clocks show, which is wrong in the
    hour that clocks show twice.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone: append its offset, such as +00:00")
    return moment.astimezone(UTC)


def _keep_in_utc(instance: Dates | Extension, *names: str) -> None:
    for name in names:
        moment = getattr(instance, name)
        object.__setattr__(instance, name, moment and utc(moment))


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks show at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which clocks show this time: the later one where they show it twice or never."""
    return max(utc(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
