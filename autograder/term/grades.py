"""The final grades: what each assignment gives after lateness, by its weight, and what is still missing.

An assignment with weight 0.2 gives up to 20 % of the course. Extra credit is added to what is reached, and
not to what is possible, so it can only help; the sum is not cut off at what is possible.
"""

from __future__ import annotations

import csv
import difflib
import functools
import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.halves import Divide, whole
from autograder.tables import _cell as spreadsheet_cell  # the one guard against formulas
from autograder.templates import harmless
from autograder.term.attempts import Attempt
from autograder.term.explain import reason
from autograder.term.late import UNIT, Decision, Graded, Settlement, settle, shared, units
from autograder.term.policy import LatePolicy, Rules, Term
from autograder.term.roster import Roster, Student

# How an assignment stands, and what that means.
STATUSES = {
    "graded": "all of its points are given",
    "waiting": "a person has still to give points",
    "not graded": "an attempt has no report yet",
    "too late": "everything came after the cut-off",
    "missing": "nothing was handed in",
    "open": "nothing was handed in, and it is not due yet or has no due date",
}


@dataclass(frozen=True)
class Waiting:
    """A question that a person has still to grade."""

    attempt: Graded
    question: str
    points: float  # what it may give


@dataclass(frozen=True)
class Line:
    """How one assignment of one student stands."""

    rules: Rules
    decision: Decision
    status: str
    policy: LatePolicy
    waiting: tuple[Waiting, ...] = ()  # in the attempt that counts, or that may come to count by them
    ungraded: tuple[Attempt, ...] = ()

    @functools.cached_property
    def reason(self) -> str:
        """Why an attempt counts, and what lateness cost, in words."""
        return reason(self.rules, self.policy, self.decision, self.ungraded)

    @property
    def matters(self) -> bool:
        """Whether its status says anything: extra credit that was not handed in is missed by nobody."""
        return self.counts or bool(self.decision.considered or self.ungraded)

    @functools.cached_property
    def share(self) -> float:
        """How much of the assignment's maximum was reached, after lateness."""
        counted = self.decision.counted
        if counted is None or not counted.graded.max_score:
            return 0.0
        return units(counted.score) / units(counted.graded.max_score)

    @property
    def counts(self) -> bool:
        """Whether it is part of what could be reached so far."""
        pending = self.status == "open" or (self.status == "not graded" and not self.decision.counted)
        return not self.rules.extra_credit and not pending


@dataclass(frozen=True)
class FinalGrade:
    """The course grade of one student, with all that it comes from."""

    student: Student
    settlement: Settlement
    lines: tuple[Line, ...]

    @functools.cached_property
    def reached(self) -> float:
        """Percent of the course that was reached."""
        return 100 * sum(units(line.rules.weight) * units(line.share) for line in self.lines) / UNIT**2

    @functools.cached_property
    def possible(self) -> float:
        """Percent of the course that could be reached so far without extra credit."""
        return 100 * sum(units(line.rules.weight) for line in self.lines if line.counts) / UNIT

    @property
    def percent(self) -> float | None:
        """What was reached, in percent of what was possible; None while nothing was."""
        return 100 * self.reached / self.possible if self.possible else None

    def standing(self, *statuses: str) -> list[str]:
        """The assignments that stand so; extra credit is missed by nobody."""
        return [line.rules.name for line in self.lines if line.matters and line.status in statuses]

    @property
    def waiting(self) -> list[tuple[str, str, float]]:
        """What a person has still to grade: (assignment, question, points)."""
        return [(line.rules.name, w.question, w.points) for line in self.lines for w in line.waiting]


def final_grades(
    term: Term,
    roster: Roster,
    graded: Iterable[Graded],
    ungraded: Iterable[Attempt] = (),
    now: datetime | None = None,
    divide: Divide = whole,
) -> list[FinalGrade]:
    """The grades of everybody on the roster, in its order.

    now: while an assignment is not due, not to have handed it in is no lack, and never where it has no due
    date. Without it the term is over.
    """
    groups = roster.groups()
    handed_in = shared(term, [g for g in graded if g.student in groups], groups)
    open_work = shared(term, [a for a in ungraded if a.student in groups], groups)

    def grades_of(students: Sequence[Student]) -> list[FinalGrade]:
        return [_final_grade(term, s, handed_in[s.id], open_work[s.id], now) for s in students]

    return list(itertools.chain(*divide(grades_of, roster.students)))


def remarks(term: Term, roster: Roster, attempts: Iterable[Attempt]) -> list[str]:
    """What nothing else would say: names that are not on the roster, weights of too much, no due dates."""
    ids = [student.id for student in roster]
    known, texts = set(ids), {term.overweight} - {""}
    undated = [
        n for n, rules in term.assignments.items() if rules.weight and not (rules.dates or rules.extra_credit)
    ]
    if undated:
        texts.add(
            f"{', '.join(undated)}: no due date in course.toml, so what is not handed in does not count as"
            " missing"
        )
    for attempt in attempts:  # they were collected for somebody who was on the roster then
        if attempt.student not in known:
            texts.add(
                f"{attempt.student} handed in {attempt.assignment} (attempt {attempt.attempt}), and is no"
                " longer on the roster: add whoever has not left the course"
            )
    for student, name in term.extensions:
        if student not in known:
            close = difflib.get_close_matches(student, ids, 1)
            remedy = f"did you mean {close[0]}?" if close else "correct the name, or add it to the roster"
            place = term.place("extensions", student, name)
            texts.add(f"{place}: nobody on the roster is {student}: {remedy}")
    return sorted(map(harmless, texts))


def table(grades: Sequence[FinalGrade]) -> list[dict[str, Any]]:
    """The grades as rows: text and numbers, the same columns in each."""
    return [_row(grade) for grade in grades]


def grades_csv(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as CSV for a spreadsheet: text is quoted, and never a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([spreadsheet_cell(name) for name in rows[0]] if rows else [])
    writer.writerows([spreadsheet_cell("" if v is None else v) for v in row.values()] for row in rows)
    return stream.getvalue()


def write_parquet(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the rows as Parquet, with the types of their columns. Raises CourseError without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CourseError(
            f"{path}: Parquet needs pyarrow: pip install pyarrow, or write CSV, which needs nothing"
        ) from None
    types = {str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64()}
    columns = {}
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        kinds = {type(value) for value in values if value is not None} or {float}
        columns[name] = pyarrow.array(values, types[kinds.pop()])
    parquet.write_table(pyarrow.table(columns), path)


def _final_grade(
    term: Term, student: Student, own: Sequence[Graded], ungraded: Iterable[Attempt], now: datetime | None
) -> FinalGrade:
    settled = settle(term, student.id, own)
    hoped = settle(term, student.id, [g.hoped for g in own]) if any(g.waiting for g in own) else settled
    lines = []
    for name, rules in term.assignments.items():
        decision = settled.decisions[name]
        waiting = _waiting(decision, hoped.decisions[name])
        dates = term.dates(student.id, name)
        is_open = now is not None and (dates is None or now <= dates.due)
        to_grade = tuple(attempt for attempt in ungraded if attempt.assignment == name)
        status = _status(decision, bool(to_grade), bool(waiting), is_open)
        lines.append(Line(rules, decision, status, term.policy, waiting, to_grade))
    return FinalGrade(student, settled, tuple(lines))


def _waiting(decision: Decision, hoped: Decision) -> tuple[Waiting, ...]:
    """What waits in the attempt that would count if people gave all points, or else in the one that does."""
    best = hoped.counted.graded.key if hoped.counted else None
    known = {considered.graded.key: considered.graded for considered in decision.considered}
    found = [known[best]] if best else []
    found += [decision.counted.graded] if decision.counted else []
    graded = next((g for g in found if g.waiting), None)
    return tuple(Waiting(graded, *question) for question in graded.waiting) if graded else ()


def _status(decision: Decision, is_to_grade: bool, is_waiting: bool, is_open: bool) -> str:
    if is_to_grade:
        return "not graded"
    if decision.counted:
        return "waiting" if is_waiting else "graded"
    if decision.considered:
        return "too late"
    return "open" if is_open else "missing"


def _row(grade: FinalGrade) -> dict[str, Any]:
    student = grade.student
    row: dict[str, Any] = {key: getattr(student, key) for key in ("id", "name", "email", "section", "group")}
    row["percent"] = None if grade.percent is None else round(grade.percent, 6)
    row["reached"] = round(grade.reached, 6)
    row["possible"] = round(grade.possible, 6)
    row["free_days_left"] = grade.settlement.days_left
    row["missing"] = ", ".join(grade.standing("missing", "too late"))
    row["not_graded"] = ", ".join(grade.standing("not graded"))
    row["waiting_points"] = float(sum(points for _, _, points in grade.waiting))
    for line in grade.lines:
        row |= {f"{line.rules.name}.{key}": value for key, value in _cells(line).items()}
    return row


def _cells(line: Line) -> dict[str, Any]:
    decision, counted = line.decision, line.decision.counted
    return {
        "score": round(decision.score, 6),
        "max_score": float(counted.graded.max_score) if counted else None,
        "before_lateness": float(counted.graded.score) if counted else None,
        "penalty": decision.penalty,
        "days_late": counted.days_late if counted else 0,
        "free_days": decision.free_days,
        "attempt": counted.graded.attempt if counted else "",
        "attempts": len(decision.considered) + len(line.ungraded),
        "status": line.status,
        "reason": line.reason,
    }
