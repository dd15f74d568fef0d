"""Which attempt counts and what lateness costs: worked examples, and what holds for every history."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.term.explain import reason
from autograder.term.late import Graded, Settlement, settle, settle_all
from autograder.term.policy import Dates, Extension, LatePolicy, Rules, Term, days_late, is_too_late

PACIFIC = ZoneInfo("America/Los_Angeles")


def at(text: str) -> datetime:
    """A moment in October 2026: "05 20:00"."""
    return datetime.strptime(f"2026 10 {text}", "%Y %m %d %H:%M").replace(tzinfo=PACIFIC)


DEFAULT = LatePolicy()


def term_of(policy: LatePolicy = DEFAULT, extensions: dict | None = None, **due: str | Dates) -> Term:
    """A course whose assignments all count alike, due on these days at 23:59."""
    dates = {n: d if isinstance(d, Dates) else Dates(at(f"{d} 23:59")) for n, d in due.items()}
    return Term(policy, {n: Rules(n, dates=d) for n, d in dates.items()}, extensions or {}, PACIFIC)


def attempt(name: str, assignment: str, when: str, score: float, student: str = "ada") -> Graded:
    return Graded(student, assignment, name, at(when), score, 100)


def scores(settlement: Settlement) -> dict[str, float]:
    return {name: decision.score for name, decision in settlement.decisions.items()}


def days(settlement: Settlement) -> dict[str, int]:
    return {name: decision.free_days for name, decision in settlement.decisions.items() if decision.free_days}


def why(term: Term, settlement: Settlement, assignment: str) -> str:
    return reason(term.assignments[assignment], term.policy, settlement.decisions[assignment])


class TestWorkedExamples:
    def test_work_on_time_costs_nothing(self):
        term = term_of(a1="05")
        settled = settle(term, "ada", [attempt("1", "a1", "05 20:00", 80)])
        assert (scores(settled), settled.days_used, settled.days_left) == ({"a1": 80}, 0, 4)
        assert why(term, settled, "a1") == "Attempt 1 counts: it is the only one. It was on time."

    def test_two_of_a_group_may_have_attempts_of_one_name(self):
        term = term_of(a1="05")
        history = [attempt("1", "a1", "05 20:00", 80), attempt("1", "a1", "05 21:00", 90, student="bob")]
        settled = settle(term, "ada", history)
        assert why(term, settled, "a1").startswith(
            "Attempt 1 of bob counts: it gives 90 points, attempt 1 of ada 80."
        )

    def test_where_nothing_can_be_gained_in_the_course_no_free_days_are_spent_and_it_says_why(self):
        term = term_of(a1="05")
        term = replace(term, assignments={"a1": replace(term.assignments["a1"], weight=0)})
        settled = settle(term, "ada", [attempt("1", "a1", "06 20:00", 80)])
        assert (scores(settled), settled.days_left) == ({"a1": 55}, 4)
        assert why(term, settled, "a1").endswith(
            "It has no weight in the course, so no free days are spent on it."
        )

    def test_two_free_days_cover_two_late_days_and_the_third_costs_a_quarter(self):
        term = term_of(a1="05")
        settled = settle(term, "ada", [attempt("1", "a1", "08 20:00", 80)])
        assert (scores(settled), settled.days_used) == ({"a1": 55}, 2)
        assert settled.decisions["a1"].penalty == 25
        assert why(term, settled, "a1").endswith(
            "It was 3 days late: 2 free days, and 1 day at 25 % of 100, which took 25 points off."
        )

    def test_the_penalty_takes_no_more_than_there_is(self):
        settled = settle(term_of(a1="05"), "ada", [attempt("1", "a1", "08 20:00", 20)])
        assert (scores(settled), settled.decisions["a1"].penalty) == ({"a1": 0}, 20)

    def test_free_days_are_kept_where_they_would_save_nothing(self):
        settled = settle(term_of(a1="05"), "ada", [attempt("1", "a1", "20 20:00", 100)])
        assert (scores(settled), settled.days_left) == ({"a1": 0}, 4)

    def test_a_late_attempt_that_is_worse_does_not_replace_the_one_on_time(self):
        term = term_of(a1="05")
        settled = settle(
            term, "ada", [attempt("1", "a1", "05 20:00", 80), attempt("2", "a1", "06 20:00", 70)]
        )
        assert (scores(settled), settled.days_used) == ({"a1": 80}, 0)
        assert why(term, settled, "a1") == (
            "Attempt 1 counts: it gives 80 points, attempt 2 45 after lateness. It was on time."
        )

    def test_a_late_attempt_that_is_as_good_takes_no_free_day(self):
        term = term_of(a1="05")
        settled = settle(
            term, "ada", [attempt("1", "a1", "05 20:00", 80), attempt("2", "a1", "06 20:00", 80)]
        )
        assert (settled.decisions["a1"].counted.graded.attempt, settled.days_used) == ("1", 0)

    def test_of_attempts_that_give_the_same_the_one_that_is_less_late_counts(self):
        term = term_of(LatePolicy(free_days=0, free_days_per_assignment=0), a1="05")
        settled = settle(
            term, "ada", [attempt("1", "a1", "05 20:00", 50), attempt("2", "a1", "06 20:00", 75)]
        )
        assert why(term, settled, "a1") == (
            "Attempt 1 counts: it gives as many points as attempt 2, and is less late. It was on time."
        )

    def test_of_equal_attempts_on_time_the_last_counts(self):
        term = term_of(a1="05")
        settled = settle(
            term, "ada", [attempt("1", "a1", "05 19:00", 80), attempt("2", "a1", "05 20:00", 80)]
        )
        assert why(term, settled, "a1").startswith(
            "Attempt 2 counts: it gives as many points as attempt 1, and came last."
        )

    def test_free_days_go_where_they_save_most_points(self):
        # a1 came first, but its late attempt gains 5; those of a2 and a3 save 25 a day.
        term = term_of(a1="05", a2="12", a3="19")
        history = [
            attempt("1", "a1", "05 20:00", 80), attempt("2", "a1", "06 20:00", 85),
            attempt("1", "a2", "14 20:00", 90), attempt("1", "a3", "21 20:00", 90),
        ]  # fmt: skip
        settled = settle(term, "ada", history)
        assert days(settled) == {"a2": 2, "a3": 2}
        assert scores(settled) == {"a1": 80, "a2": 90, "a3": 90}
        assert why(term, settled, "a1").endswith("More free days here would have cost more elsewhere.")

    def test_points_are_weighed_by_what_the_assignment_counts_in_the_course(self):
        term = term_of(LatePolicy(free_days=1, free_days_per_assignment=1), a1="05", a2="12")
        heavy = {
            name: replace(rules, weight={"a1": 0.1, "a2": 0.2}[name])
            for name, rules in term.assignments.items()
        }
        history = [attempt("1", "a1", "06 20:00", 90), attempt("1", "a2", "13 20:00", 90)]
        assert days(settle(replace(term, assignments=heavy), "ada", history)) == {"a2": 1}

    def test_a_day_that_saves_as_much_in_two_places_goes_to_the_earlier_due_date(self):
        term = term_of(LatePolicy(free_days=1, free_days_per_assignment=1), b="05", a="12")
        history = [attempt("1", "a", "13 20:00", 90), attempt("1", "b", "06 20:00", 90)]
        assert days(settle(term, "ada", history)) == {"b": 1}

    def test_where_due_dates_are_equal_too_the_name_decides(self):
        term = term_of(LatePolicy(free_days=1, free_days_per_assignment=1), b="05", a="05")
        history = [attempt("1", "b", "06 20:00", 90), attempt("1", "a", "06 20:00", 90)]
        assert days(settle(term, "ada", history)) == {"a": 1}
        assert days(settle(term, "ada", history[::-1])) == {"a": 1}

    def test_an_extension_granted_afterwards_gives_the_free_days_back(self):
        history = [attempt("1", "a1", "07 20:00", 90), attempt("1", "a2", "15 20:00", 90)]
        before = settle(term_of(a1="05", a2="12"), "ada", history)
        assert (scores(before), before.days_left) == ({"a1": 90, "a2": 65}, 0)
        granted = term_of(a1="05", a2="12", extensions={("ada", "a2"): Extension(days=3, reason="illness")})
        after = settle(granted, "ada", history)
        assert (scores(after), after.days_left) == ({"a1": 90, "a2": 90}, 2)

    def test_nothing_counts_after_the_cut_off_not_even_with_free_days(self):
        term = term_of(a1=Dates(at("05 23:59"), cutoff=at("06 12:00")))
        settled = settle(term, "ada", [attempt("1", "a1", "06 12:01", 90)])
        assert (scores(settled), settled.days_left) == ({"a1": 0}, 4)
        assert why(term, settled, "a1") == "Everything came after the cut-off, so nothing counts."
        early = [attempt("1", "a1", "06 12:01", 90), attempt("0", "a1", "06 11:59", 40)]
        settled = settle(term, "ada", early)
        assert (scores(settled), settled.days_used) == ({"a1": 40}, 1)
        assert why(term, settled, "a1").startswith("Attempt 0 counts: it is the only one before the cut-off.")

    def test_grace_minutes_are_not_late(self):
        term = term_of(LatePolicy(grace=timedelta(minutes=10)), a1="05")
        assert settle(term, "ada", [attempt("1", "a1", "06 00:09", 90)]).days_used == 0
        assert settle(term, "ada", [attempt("1", "a1", "06 00:10", 90)]).days_used == 1

    def test_an_assignment_that_was_not_handed_in_gives_nothing(self):
        term = term_of(a1="05")
        settled = settle(term, "ada", [])
        assert (scores(settled), settled.decisions["a1"].counted) == ({"a1": 0}, None)
        assert why(term, settled, "a1") == "Nothing was handed in."

    def test_the_last_attempt_counts_if_the_course_says_so(self):
        term = term_of(LatePolicy(counts="latest"), a1="05")
        settled = settle(
            term, "ada", [attempt("1", "a1", "05 20:00", 80), attempt("2", "a1", "06 20:00", 70)]
        )
        assert (scores(settled), settled.days_used) == ({"a1": 70}, 1)
        assert why(term, settled, "a1").startswith("Attempt 2 counts: it is the last one before the cut-off.")

    def test_points_that_wait_for_a_person_are_told(self):
        term = term_of(a1="05")
        waits = replace(attempt("2", "a1", "05 21:00", 70), waiting=(("why", 20.0),))
        settled = settle(term, "ada", [attempt("1", "a1", "05 20:00", 80), waits])
        assert why(term, settled, "a1").endswith(
            "Another attempt may come to count when a person has graded it."
        )


class TestGroups:
    TERM = replace(
        term_of(a1="05", a2="12"),
        assignments={n: Rules(n, dates=Dates(at(f"{d} 23:59")), group_work=g) for n, d, g in
                     [("a1", "05", False), ("a2", "12", True)]},
    )  # fmt: skip

    def test_what_one_hands_in_counts_for_both_in_group_work_only(self):
        attempts = [attempt("1", "a1", "05 20:00", 80), attempt("1", "a2", "12 20:00", 90)]
        settled = settle_all(self.TERM, attempts, {"ada": ["ada", "bob"], "bob": ["ada", "bob"], "eve": []})
        assert scores(settled["bob"]) == {"a1": 0, "a2": 90}
        assert scores(settled["eve"]) == {"a1": 0, "a2": 0}

    def test_each_pays_with_free_days_of_their_own(self):
        attempts = [attempt("1", "a1", "07 20:00", 80), attempt("1", "a2", "15 20:00", 90)]
        settled = settle_all(self.TERM, attempts, {"ada": ["bob"], "bob": ["ada"]})
        assert (days(settled["ada"]), days(settled["bob"])) == ({"a1": 2, "a2": 2}, {"a2": 2})


class TestWhatIsRefused:
    def test_an_attempt_of_no_assignment(self):
        with pytest.raises(
            ValueError, match=r"ada, a9, attempt 1: course.toml has no such assignment: add it, or correct"
        ):
            settle(term_of(a1="05"), "ada", [attempt("1", "a9", "05 20:00", 80)])

    def test_two_attempts_of_one_name(self):
        with pytest.raises(ValueError, match="given twice, with different times or scores"):
            settle(term_of(a1="05"), "ada", [attempt("1", "a1", "05 20:00", s) for s in (1, 2)])

    @pytest.mark.parametrize("score", [-1, 101, math.nan, math.inf])
    def test_a_score_out_of_bounds(self, score):
        with pytest.raises(ValueError, match="ada, a1, attempt 1: the score"):
            attempt("1", "a1", "05 20:00", score)


# Histories: four assignments, two of them due at once, one cut off; times in steps of hours around them.
START = datetime(2026, 10, 1, tzinfo=UTC)
NAMES = ("a1", "a2", "a3", "a4")


def random_term(policy: LatePolicy, rows: tuple[tuple[int, int | None, float], ...]) -> Term:
    """Four assignments from (due day, cut-off in days after it, weight)."""
    due = [START + timedelta(days=day) for day, _, _ in rows]
    cutoff = [None if row[1] is None else day + timedelta(row[1]) for day, row in zip(due, rows, strict=True)]
    dates = [Dates(day, cutoff=last) for day, last in zip(due, cutoff, strict=True)]
    rules = [Rules(n, weight=r[2], dates=d) for n, r, d in zip(NAMES, rows, dates, strict=True)]
    return Term(policy, {r.name: r for r in rules}, zone=PACIFIC)


policies = st.builds(
    LatePolicy,
    free_days=st.integers(0, 5),
    free_days_per_assignment=st.integers(0, 3),
    penalty_per_day=st.sampled_from([0.25, 0.1, 1.0, 0.0]),
    grace=st.sampled_from([timedelta(0), timedelta(minutes=30)]),
)
rows = st.tuples(st.integers(1, 40), st.sampled_from([None, 0, 2, 5]), st.sampled_from([0.1, 0.2, 0.15, 0.0]))
terms = st.builds(random_term, policies, st.tuples(rows, rows, rows, rows))
attempts = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(0, 24 * 50), st.integers(0, 30)), max_size=12
).map(
    lambda rows: [
        Graded("ada", name, str(i), START + timedelta(hours=hours), score / 3, 10)
        for i, (name, hours, score) in enumerate(rows)
    ]
)


def grade(term: Term, settlement: Settlement) -> float:
    return sum(term.assignments[n].weight * d.score / 10 for n, d in settlement.decisions.items())


class TestWhatAlwaysHolds:
    @given(terms, attempts)
    def test_scores_stay_in_bounds_and_no_day_is_spent_twice(self, term, history):
        settled, policy = settle(term, "ada", history), term.policy
        assert settled.days_left == policy.free_days - settled.days_used >= 0
        for decision in settled.decisions.values():
            late = decision.counted.days_late if decision.counted else 0
            assert 0 <= decision.free_days <= min(late, policy.free_days_per_assignment)
            assert 0 <= decision.score <= 10
            assert 0 <= decision.penalty <= 10
            assert all(0 <= c.score <= c.graded.score + 1e-9 for c in decision.considered)
            assert reason(term.assignments[decision.assignment], policy, decision).endswith(".")

    @given(terms, attempts, st.randoms(use_true_random=False))
    def test_the_order_of_the_history_and_repetitions_change_nothing(self, term, history, rng: random.Random):
        again = history + history[: len(history) // 2]
        rng.shuffle(again)
        assert settle(term, "ada", again) == settle(term, "ada", history)

    @given(terms, attempts, st.sampled_from(NAMES), st.integers(1, 6))
    def test_an_extension_never_hurts(self, term, history, name, days):
        longer = replace(term, extensions={("ada", name): Extension(days=days)})
        assert (
            grade(longer, settle(longer, "ada", history)) >= grade(term, settle(term, "ada", history)) - 1e-12
        )

    @given(terms, attempts)
    def test_another_attempt_never_hurts(self, term, history):
        assert (
            grade(term, settle(term, "ada", history))
            >= grade(term, settle(term, "ada", history[:-1])) - 1e-12
        )

    @given(terms, attempts)
    def test_no_other_way_to_spend_the_days_gives_more(self, term, history):
        policy = term.policy

        def worth(name: str, free: int) -> float:
            dates = term.assignments[name].dates
            late = [
                (g.score, days_late(g.timestamp, dates, policy, PACIFIC))
                for g in history
                if g.assignment == name and not is_too_late(g.timestamp, dates, policy)
            ]
            return max(
                (max(0, s - 10 * policy.penalty_per_day * max(0, d - free)) for s, d in late), default=0
            )

        tables = [[worth(n, free) for free in range(policy.free_days_per_assignment + 1)] for n in NAMES]
        best = max(
            sum(
                term.assignments[n].weight * t[free] / 10
                for n, t, free in zip(NAMES, tables, way, strict=True)
            )
            for way in itertools.product(range(policy.free_days_per_assignment + 1), repeat=4)
            if sum(way) <= policy.free_days
        )
        assert grade(term, settle(term, "ada", history)) == pytest.approx(best, abs=1e-9)
