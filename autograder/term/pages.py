"""The pages of a term: how everybody stands, for instructors, and one for each student."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from autograder.class_report import histogram
from autograder.templates import fill, link, points
from autograder.term.attempts import Attempt
from autograder.term.explain import on_the_clock, plural, rule
from autograder.term.grades import STATUSES, FinalGrade, Line
from autograder.term.late import Considered
from autograder.term.manual import Given, Manual
from autograder.term.policy import Rules, Term

# The class that colours a status, and the sign that says the same beside the colour.
SIGNS = {
    "graded": ("f", ""), "waiting": ("s", "…"), "not graded": ("o", "?"), "too late": ("n", "late"),
    "missing": ("n", "✗"), "open": ("o", "·"),
}  # fmt: skip
NAMES = 12  # that are listed of those who wait for the same question

Worth = Mapping[str, Mapping[str, float]]  # assignment -> question that a person grades -> its points


@dataclass(frozen=True)
class Summary:
    """How a class stands with one assignment."""

    rules: Rules
    due: str
    counts: Counter[str]  # by status
    mean: float | None  # share of the maximum, of those for whom something counts


@dataclass(frozen=True)
class Queue:
    """A question, with those who wait for a person to grade it."""

    assignment: str
    question: str
    points: float
    students: tuple[str, ...]


class Try(NamedTuple):
    """An attempt, as its student is told of it."""

    name: str
    by: str  # who handed it in, if somebody else of the group
    when: str
    late: str
    score: str
    after: str  # after lateness
    counts: bool


@dataclass(frozen=True)
class Section:
    """An assignment, as its student is told of it."""

    heading: str
    score: str
    status: str  # none for extra credit that was not handed in
    colour: str
    worth: str
    extension: str
    reason: str
    attempts: tuple[Try, ...]
    given: tuple[tuple[str, str, str], ...]  # by people: question, points, comment
    feedback: str  # the page, if there is one


def index_html(
    title: str, term: Term, grades: Sequence[FinalGrade], remarks: Iterable[str], now: datetime
) -> str:
    """The page for instructors: distribution, what waits, everybody's standing."""
    percents = [grade.percent for grade in grades if grade.percent is not None]
    return fill(
        "term_index.html",
        title=title,
        now=on_the_clock(now.replace(second=0), term.zone),
        grades=grades,
        percents=sorted(percents),
        middle=_quartiles(percents),
        histogram=histogram([min(percent, 100) for percent in percents], 100.0),
        summaries=[_summary(term, name, grades) for name in term.assignments],
        statuses=STATUSES,
        signs=SIGNS,
        waiting=_queues(grades),
        names=NAMES,
        remarks=list(remarks),
        rows=[(grade, student_file(grade), [_cell(line) for line in grade.lines]) for grade in grades],
        labels=_labels(grades),
        rule=rule(term.policy),
    )


def student_html(
    title: str, term: Term, grade: FinalGrade, manual: Manual, worth: Worth, feedback: Mapping[str, str]
) -> str:
    """The page for a student: what counts and why. feedback: the page of each assignment that has one."""
    return fill(
        "term_student.html",
        title=title,
        grade=grade,
        rule=rule(term.policy),
        used=plural(grade.settlement.days_used, "free day"),
        left=grade.settlement.days_left,
        sections=[
            _section(
                term, grade, line, manual, worth.get(line.rules.name, {}), feedback.get(line.rules.name, "")
            )
            for line in grade.lines
        ],
    )


def student_file(grade: FinalGrade) -> str:
    """The name of a student's page, as a link has it."""
    return link("students", f"{grade.student.id}.html")


def _summary(term: Term, name: str, grades: Iterable[FinalGrade]) -> Summary:
    lines = [line for grade in grades for line in grade.lines if line.rules.name == name]
    shares = [line.share for line in lines if line.decision.counted]
    rules = term.assignments[name]
    due = on_the_clock(rules.dates.due, term.zone) if rules.dates else "no due date"
    mean = statistics.fmean(shares) if shares else None
    return Summary(
        rules, due, Counter(line.status for line in lines if line.matters or line.status == "open"), mean
    )


def _labels(grades: Iterable[FinalGrade]) -> dict[str, str]:
    """What the page calls each student: the name, and the id where there is none or two have one name."""
    students = [grade.student for grade in grades]
    often = Counter(student.name for student in students)
    return {
        s.id: (s.name if often[s.name] == 1 else f"{s.name} ({s.id})") if s.name else s.id for s in students
    }


def _queues(grades: Sequence[FinalGrade]) -> list[Queue]:
    """What waits, by question; of group work once, under the name of who handed it in."""
    names = _labels(grades)
    found: dict[tuple[str, str], dict[str, None]] = {}
    worth = {}
    for grade in grades:
        for line in grade.lines:
            for w in line.waiting:
                key = (line.rules.name, w.question)
                worth[key] = w.points
                found.setdefault(key, {})[w.attempt.student] = None
    return [
        Queue(*key, worth[key], tuple(names.get(student, student) for student in students))
        for key, students in found.items()
    ]


def _cell(line: Line) -> tuple[str, str, str]:
    """(class that colours it, what counts, what lateness costs)"""
    colour, sign = SIGNS[line.status]
    if not line.decision.counted:
        return (colour, sign, "") if line.matters or line.status == "open" else ("x", "", "")
    penalty = line.decision.penalty
    return colour, f"{points(line.decision.score)}{sign}", f"-{points(penalty)}" if penalty else ""


def _section(
    term: Term, grade: FinalGrade, line: Line, manual: Manual, worth: Mapping[str, float], feedback: str
) -> Section:
    rules, student, counted = line.rules, grade.student.id, line.decision.counted
    dates = term.dates(student, rules.name)
    due = f"due {on_the_clock(dates.due, term.zone)}" if dates else "no due date"
    if dates and dates.cutoff:
        due += f", cut off {on_the_clock(dates.cutoff, term.zone)}"
    granted = term.extensions.get((student, rules.name))
    extension = ""
    if granted and rules.dates:
        why = f" ({granted.reason})" if granted.reason else ""
        extension = (
            f"With an extension{why}; for the others it is {on_the_clock(rules.dates.due, term.zone)}."
        )
    extra = ", as extra credit" if rules.extra_credit else ""
    return Section(
        heading=f"{rules.name}: {rules.title}",
        score=f"{points(counted.score)} of {points(counted.graded.max_score)}" if counted else "",
        status=line.status if line.matters or line.status == "open" else "",
        colour=SIGNS[line.status][0],
        worth=f"{points(100 * rules.weight)} percent of the course{extra}; {due}.",
        extension=extension,
        reason=line.reason,
        attempts=(
            *(_try(term, student, c, c is counted) for c in line.decision.considered),
            *(_not_graded(term, student, attempt) for attempt in line.ungraded),
        ),
        given=_given(line, manual, worth),
        feedback=feedback,
    )


def _try(term: Term, student: str, considered: Considered, counts: bool) -> Try:
    graded = considered.graded
    late = plural(considered.days_late, "day") + " late" if considered.days_late else "on time"
    return Try(
        graded.attempt,
        "" if graded.student == student else graded.student,
        on_the_clock(graded.timestamp, term.zone),
        "after the cut-off" if considered.too_late else late,
        f"{points(graded.score)} of {points(graded.max_score)}",
        points(considered.score),
        counts,
    )


def _not_graded(term: Term, student: str, attempt: Attempt) -> Try:
    by = "" if attempt.student == student else attempt.student
    return Try(
        attempt.attempt, by, on_the_clock(attempt.timestamp, term.zone), "", "not graded yet", "", False
    )


def _given(line: Line, manual: Manual, worth: Mapping[str, float]) -> tuple[tuple[str, str, str], ...]:
    """What people gave for the attempt that counts."""
    if line.decision.counted is None:
        return ()
    key = line.decision.counted.graded.key
    others = sorted(manual.questions(*key[:2]) - set(worth))
    found = []
    for question in (*worth, *others):
        said = manual.of(*key, question)
        if said or question in worth:
            blank = manual.is_blank(*key, question) and not manual.given(*key, question)
            told = "nothing was written" if blank else (said and said.comment) or ""
            found.append((question, _points(said, worth.get(question)), told))
    return tuple(found)


def _points(said: Given | None, worth: float | None) -> str:
    of = f" of {points(worth)}" if worth is not None else ""
    if said is None or said.points is None:
        return f"{points(worth)} may be given" if worth is not None else ""
    extra = f", and {points(said.extra)} as extra credit" if said.extra else ""
    return f"{points(said.points)}{of}{extra}"


def _quartiles(values: Sequence[float]) -> tuple[float, ...]:
    if len(values) < 2:
        return tuple(values) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))
