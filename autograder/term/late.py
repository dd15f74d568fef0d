"""Which attempt counts, and what lateness costs: decided anew each time, from everything handed in so far.

The rule:
1. An attempt after the cut-off does not count.
2. Each day late costs a share of the assignment's maximum, unless a free day is given for it: so many for
   the whole course, so many at most on one assignment. A score does not fall below 0.
3. Free days go where the course grade gains most by them. Where two ways give the same grade: the way with
   fewer days, then the one that gives more to the assignment that is due first, then to the first by name.
4. Of an assignment, the attempt counts that gives most with the free days that the assignment has; of equal
   ones the least late, then the last. (With `counts = "latest"`: the last one before the cut-off, even if it
   is worse; then more time can do harm.)

Scores are compared as decimals, exactly, so nothing depends on the order of a sum. Since the whole history is
looked at, a free day can move to another assignment when a new attempt comes; the course grade never loses by
that.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from autograder.term.attempts import Attempt
from autograder.term.policy import LATEST, LatePolicy, Term, days_late, is_too_late, utc

PLACES = 9  # decimals of scores, weights and penalties that count
UNIT = 10**PLACES


@dataclass(frozen=True)
class Graded:
    """An attempt with its score: the automatic points and those that a person has given so far."""

    student: str
    assignment: str
    attempt: str
    timestamp: datetime
    score: float
    max_score: float
    waiting: tuple[tuple[str, float], ...] = ()  # questions that wait for a person, with their points

    def __post_init__(self) -> None:
        object.__setattr__(self, "timestamp", utc(self.timestamp))
        if not (math.isfinite(self.score) and math.isfinite(self.max_score)):
            raise ValueError(f"{self.name}: the score {self.score} of {self.max_score} is not finite")
        if not 0 <= units(self.score) <= units(self.max_score):
            raise ValueError(f"{self.name}: the score {self.score} is not between 0 and {self.max_score}")

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others."""
        return (self.student, self.assignment, self.attempt)

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.student}, {self.assignment}, attempt {self.attempt}"

    @property
    def hoped(self) -> Graded:
        """With everything that a person may still give."""
        best = min(self.score + sum(points for _, points in self.waiting), self.max_score)
        return Graded(*self.key, self.timestamp, best, self.max_score) if self.waiting else self


HandedIn = TypeVar("HandedIn", Attempt, Graded)


@dataclass(frozen=True)
class Considered:
    """An attempt as it stands in its assignment."""

    graded: Graded
    days_late: int
    too_late: bool  # after the cut-off
    score: float  # after lateness, with the free days that the assignment has

    @property
    def penalty(self) -> float:
        """The points that lateness costs."""
        return (units(self.graded.score) - units(self.score)) / UNIT


@dataclass(frozen=True)
class Decision:
    """What was decided about one assignment of one student."""

    assignment: str
    counted: Considered | None
    free_days: int
    considered: tuple[Considered, ...]  # every attempt, by time

    @property
    def score(self) -> float:
        """What the assignment gives, after lateness."""
        return self.counted.score if self.counted else 0.0

    @property
    def penalty(self) -> float:
        """The points that lateness cost."""
        return self.counted.penalty if self.counted else 0.0


@dataclass(frozen=True)
class Settlement:
    """What was decided about all assignments of one student."""

    student: str
    decisions: Mapping[str, Decision]
    days_left: int

    @property
    def days_used(self) -> int:
        """The free days spent."""
        return sum(decision.free_days for decision in self.decisions.values())


def settle(term: Term, student: str, attempts: Iterable[Graded]) -> Settlement:
    """Decide about all assignments of a student from everything that counts for the student.

    Raises ValueError for an attempt of no assignment, and for two attempts of one name that differ.
    """
    by_assignment: dict[str, list[Graded]] = {name: [] for name in term.assignments}
    handed_in = _distinct(attempts)
    for graded in handed_in:
        if graded.assignment not in by_assignment:
            raise ValueError(
                f"{graded.name}: course.toml has no such assignment: add it, or correct the name"
            )
        by_assignment[graded.assignment].append(graded)
    order = term.in_order(student)
    late = {name: _lateness(term, student, name, by_assignment[name]) for name in order}
    whole = _whole(handed_in)
    free = dict(zip(order, _spend(term, [late[name] for name in order], order, whole), strict=True))
    decisions = {name: _decision(term.policy, name, late[name], free[name], whole) for name in order}
    return Settlement(student, decisions, term.policy.free_days - sum(free.values()))


def settle_all(
    term: Term, attempts: Iterable[Graded], groups: Mapping[str, Iterable[str]]
) -> dict[str, Settlement]:
    """Decide about all students, each with free days and extensions of their own."""
    return {student: settle(term, student, own) for student, own in shared(term, attempts, groups).items()}


def counted_of(settled: Mapping[str, Settlement], assignment: str) -> dict[str, list[str]]:
    """The attempt that counts for each student: who handed it in, and what it is called."""
    counted = {student: settlement.decisions[assignment].counted for student, settlement in settled.items()}
    return {student: [c.graded.student, c.graded.attempt] for student, c in counted.items() if c}


def shared(
    term: Term, attempts: Iterable[HandedIn], groups: Mapping[str, Iterable[str]]
) -> dict[str, list[HandedIn]]:
    """What counts for each student: their own attempts, and in group work those of the group.

    groups: the students, and with whom each of them works (the student may be among them).
    """
    own: dict[str, list[HandedIn]] = {student: [] for student in groups}
    for attempt in attempts:
        own.setdefault(attempt.student, []).append(attempt)
    together = {name for name, rules in term.assignments.items() if rules.group_work}
    found = {}
    for student, theirs in sorted(own.items()):
        mates = [mate for mate in groups.get(student, ()) if mate != student]
        found[student] = theirs + [a for m in mates for a in own.get(m, ()) if a.assignment in together]
    return found


def worth(policy: LatePolicy, graded: Graded, days: int, free: int) -> int:
    """The score of an attempt after lateness, in units of a unit."""
    return _left(graded.score, graded.max_score, max(0, days - free), policy.penalty_per_day)


@functools.lru_cache(maxsize=100_000)  # a class reaches the same scores over and over
def units(number: float) -> int:
    """The decimal number that is meant, without what adding binary fractions left behind, in units.

    Sums and comparisons of integers are exact, and fast.
    """
    return int(Fraction(repr(round(float(number), PLACES))) * UNIT)


@functools.lru_cache(maxsize=100_000)
def _left(score: float, max_score: float, paid_days: int, penalty: float) -> int:
    """A score after the days that are not free, in units of a unit."""
    return max(0, units(score) * UNIT - paid_days * units(penalty) * units(max_score))


Late = tuple[Graded, int, bool]  # an attempt, its days late, whether it came after the cut-off


def _distinct(attempts: Iterable[Graded]) -> list[Graded]:
    """Each attempt once, by time: the same history in another order is the same history."""
    known: dict[tuple[str, str, str], Graded] = {}
    for graded in attempts:
        if known.setdefault(graded.key, graded) != graded:
            raise ValueError(f"{graded.name}: given twice, with different times or scores; keep one of them")
    return sorted(known.values(), key=lambda g: (g.timestamp, g.attempt, g.student))


def _lateness(term: Term, student: str, assignment: str, attempts: list[Graded]) -> list[Late]:
    dates = term.dates(student, assignment)
    return [
        (
            g,
            days_late(g.timestamp, dates, term.policy, term.zone),
            is_too_late(g.timestamp, dates, term.policy),
        )
        for g in attempts
    ]


def _choose(policy: LatePolicy, attempts: list[Late], free: int, whole: int) -> Late | None:
    """The attempt that counts if the assignment has so many free days."""
    in_time = [late for late in attempts if not late[2]]
    if policy.counts == LATEST or len(in_time) < 2:
        return in_time[-1] if in_time else None
    # The attempts come by time, and of equal ones max takes the first: so the last comes first here.
    return max(reversed(in_time), key=lambda t: (_share(policy, t, free, whole), -t[1]))


def _share(policy: LatePolicy, late: Late | None, free: int, whole: int) -> int:
    """How much of the maximum an attempt gives; `whole` is a multiple of every maximum, in units."""
    if late is None or not late[0].max_score:
        return 0
    graded, days, _ = late
    return worth(policy, graded, days, free) * (whole // units(graded.max_score))


def _whole(attempts: Iterable[Graded]) -> int:
    """A number of units in which the share of every attempt is a whole number."""
    return math.lcm(*{units(graded.max_score) or 1 for graded in attempts})


def _spend(term: Term, attempts: list[list[Late]], order: list[str], whole: int) -> tuple[int, ...]:
    """The free days of each assignment, in order: exactly the best way (rule 3)."""
    policy, named = term.policy, zip(order, attempts, strict=True)
    gains = [_gains(policy, term.assignments[name].weight, late, whole) for name, late in named]
    if all(len(ways) == 1 for ways in gains):
        return (0,) * len(order)
    # best[d]: the best way to give at most d days to the assignments looked at, from the last to the first:
    # (what it gives of the course grade, minus the days it takes, the days of each)
    best: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())] * (policy.free_days + 1)
    for ways in reversed(gains):
        best = [
            max(
                (gain + rest[0], rest[1] - n, (n, *rest[2]))
                for n, gain in ways
                if n <= days
                for rest in (best[days - n],)
            )
            for days in range(policy.free_days + 1)
        ]
    return best[-1][2]


def _gains(policy: LatePolicy, weight: float, attempts: list[Late], whole: int) -> list[tuple[int, int]]:
    """Numbers of free days, with what the assignment then gives of the course grade.

    A day that gains nothing is left out: by rule 3 it is not given.
    """
    late = max((days for _, days, too_late in attempts if not too_late), default=0)
    found: list[tuple[int, int]] = []
    for n in range(min(policy.free_days_per_assignment, late) + 1):
        chosen = _choose(policy, attempts, n, whole)
        gain = units(weight) * _share(policy, chosen, n, whole)
        if not found or gain > found[-1][1]:
            found.append((n, gain))
    return found


def _decision(policy: LatePolicy, assignment: str, attempts: list[Late], free: int, whole: int) -> Decision:
    chosen, counted, considered = _choose(policy, attempts, free, whole), None, []
    for late in attempts:
        graded, days, too_late = late
        score = 0.0 if too_late else worth(policy, graded, days, free) / UNIT**2
        considered.append(Considered(graded, days, too_late, score))
        if late is chosen:
            counted = considered[-1]
    return Decision(assignment, counted, free, tuple(considered))
