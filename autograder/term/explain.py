"""Late days in words: which attempt counts, why, and where the free days went."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from autograder.templates import harmless, points
from autograder.term.attempts import Attempt
from autograder.term.late import UNIT, Considered, Decision, Graded, Settlement, units, worth
from autograder.term.policy import LATEST, LatePolicy, Rules, Term


def explain(
    term: Term,
    settlement: Settlement,
    name: str = "",
    ungraded: Mapping[str, Sequence[Attempt]] | None = None,
) -> str:
    """What was decided about a student's late days, as lines of text.

    ungraded: the attempts at each assignment that are not graded yet.
    """
    open_work = ungraded or {}
    who = f"{name} ({settlement.student})" if name else settlement.student
    lines = [f"Late days of {harmless(who)}", "", rule(term.policy)]
    lines += [f"Free days used: {settlement.days_used}, left: {settlement.days_left}."]
    for assignment in term.in_order(settlement.student):
        decision = settlement.decisions[assignment]
        lines += ["", *_assignment(term, settlement.student, decision, open_work.get(assignment, ()))]
    return "\n".join(lines) + "\n"


@functools.cache
def rule(policy: LatePolicy) -> str:
    """The late policy, as sentences."""
    days, each = policy.free_days, policy.free_days_per_assignment
    share = f"{points(100 * policy.penalty_per_day)} % of the maximum off for each day late"
    if days:
        text = f"{plural(days, 'free day')} for the course, at most {each} on one assignment; then {share}."
        text += " They are given where they help the course grade most, so they can still move."
    else:
        text = f"{share[0].upper()}{share[1:]}."
    grace = policy.grace.total_seconds() / 60
    if grace:
        text += f" {points(grace)} minutes of grace."
    if policy.counts == LATEST:
        return f"{text} The last attempt before the cut-off counts."
    return f"{text} The attempt counts that gives the most points."


def reason(rules: Rules, policy: LatePolicy, decision: Decision, ungraded: Sequence[Attempt] = ()) -> str:
    """Why an attempt counts, and what lateness cost, as sentences.

    ungraded: the attempts at the assignment that are not graded yet.
    """
    sentences = _reasons(rules, policy, decision, bool(ungraded))
    if ungraded:
        names = ", ".join(harmless(attempt.attempt) for attempt in ungraded)
        verb = "is" if len(ungraded) == 1 else "are"
        sentences.append(f"{plural(len(ungraded), 'attempt')} ({names}) {verb} not graded yet.")
    return " ".join(sentences)


def _reasons(rules: Rules, policy: LatePolicy, decision: Decision, more: bool) -> list[str]:
    """more: whether there are attempts that are not graded yet."""
    counted = decision.counted
    if not decision.considered:
        return [] if more else ["Nothing was handed in."]
    if counted is None:
        return ["Everything came after the cut-off, so nothing counts."]
    sentences = [_choice(policy, decision, counted, more), _cost(policy, counted, decision.free_days)]
    if _could_use_more(policy, decision, counted):
        sentences.append(
            "More free days here would have cost more elsewhere."
            if rules.weight
            else "It has no weight in the course, so no free days are spent on it."
        )
    rivals = [c for c in decision.considered if c is not counted and not c.too_late]
    if policy.counts != LATEST and any(c.score + _open_points(c) > counted.score for c in rivals):
        sentences.append("Another attempt may come to count when a person has graded it.")
    return sentences


def plural(count: int, noun: str) -> str:
    """A number of things: `1 day`, `2 days`, `no days`."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


@functools.lru_cache(maxsize=10_000)
def on_the_clock(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as the clocks of the course show it: `Mon 5 Oct 2026, 23:59 PDT`; with seconds, if any."""
    local = moment.astimezone(zone)
    clock = "%H:%M:%S" if local.second else "%H:%M"
    return f"{local:%a {local.day} %b %Y, {clock} %Z}"


def _assignment(term: Term, student: str, decision: Decision, ungraded: Sequence[Attempt]) -> list[str]:
    name = decision.assignment
    rules, dates = term.assignments[name], term.dates(student, name)
    lines = [f"{name}: {rules.title}" if rules.title else name]
    due = f"due {on_the_clock(dates.due, term.zone)}" if dates else "no due date"
    if dates and dates.cutoff:
        due += f", cut off {on_the_clock(dates.cutoff, term.zone)}"
    lines.append(f"  {due}")
    extension = term.extensions.get((student, name))
    if extension and rules.dates:
        why = f" ({harmless(extension.reason)})" if extension.reason else ""
        lines.append(f"  with an extension{why}; for the others {on_the_clock(rules.dates.due, term.zone)}")
    for considered in decision.considered:
        mark = "->" if considered is decision.counted else "  "
        lines.append(f"  {mark} {_line(term, student, considered, decision.free_days)}")
    for attempt in ungraded:
        lines.append(
            f"     {_name(attempt, student)}: {on_the_clock(attempt.timestamp, term.zone)}, not graded yet"
        )
    return [*lines, f"  {reason(rules, term.policy, decision, ungraded)}"]


def _line(term: Term, student: str, considered: Considered, free: int) -> str:
    graded = considered.graded
    when = f"{_name(graded, student)}: {on_the_clock(graded.timestamp, term.zone)}"
    if considered.too_late:
        return f"{when}, after the cut-off"
    late = f"{plural(considered.days_late, 'day')} late" if considered.days_late else "on time"
    score = f"{points(graded.score)} of {points(graded.max_score)}"
    if considered.score != graded.score:
        score += f", after lateness {points(considered.score)}"
    if graded.waiting:
        score += f", {points(_open_points(considered))} more wait for a person"
    return f"{when}, {late}, {score}"


def _name(attempt: Attempt | Graded, student: str) -> str:
    """What an attempt is called, and who handed it in, if it was somebody else of the group."""
    by = "" if attempt.student == student else f" (handed in by {harmless(attempt.student)})"
    return f"{harmless(attempt.attempt)}{by}"


def _choice(policy: LatePolicy, decision: Decision, counted: Considered, more: bool) -> str:
    names = Counter(considered.graded.attempt for considered in decision.considered)

    def called(graded: Graded) -> str:  # platforms name attempts, for each of a group, by time
        return (
            f"{harmless(graded.attempt)} of {harmless(graded.student)}"
            if names[graded.attempt] > 1
            else harmless(graded.attempt)
        )

    name = f"Attempt {called(counted.graded)} counts"
    rivals = [c for c in decision.considered if c is not counted and not c.too_late]
    if len(decision.considered) == 1:
        return f"{name}: it is the only one{' that is graded' if more else ''}."
    if not rivals:
        return f"{name}: it is the only one before the cut-off."
    if policy.counts == LATEST:
        return f"{name}: it is the last one before the cut-off."
    rival = max(rivals, key=lambda c: (c.score, -c.days_late, c.graded.timestamp))
    other = f"attempt {called(rival.graded)}"
    if rival.score != counted.score:
        after = " after lateness" if rival.graded.score > rival.score else ""
        return f"{name}: it gives {points(counted.score)} points, {other} {points(rival.score)}{after}."
    if rival.days_late != counted.days_late:
        return f"{name}: it gives as many points as {other}, and is less late."
    return f"{name}: it gives as many points as {other}, and came last."


def _cost(policy: LatePolicy, counted: Considered, free: int) -> str:
    days = counted.days_late
    if not days:
        return "It was on time."
    late = f"It was {plural(days, 'day')} late: {plural(free, 'free day')}"
    if days <= free:
        return f"{late}, so it costs nothing."
    share = f"{points(100 * policy.penalty_per_day)} % of {points(counted.graded.max_score)}"
    lost = points(counted.penalty)
    return f"{late}, and {plural(days - free, 'day')} at {share}, which took {lost} points off."


def _could_use_more(policy: LatePolicy, decision: Decision, counted: Considered) -> bool:
    """Whether the assignment would give more points with all the free days that one may have."""
    most = policy.free_days_per_assignment
    rivals = [counted] if policy.counts == LATEST else [c for c in decision.considered if not c.too_late]
    return decision.free_days < most and any(
        worth(policy, c.graded, c.days_late, most) > units(counted.score) * UNIT for c in rivals
    )


def _open_points(considered: Considered) -> float:
    """The points that a person may still give."""
    return sum(points for _, points in considered.graded.waiting)
