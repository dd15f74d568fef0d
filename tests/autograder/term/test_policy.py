"""A late day ends when the clock on the wall shows the due time again; an extension never takes time away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.term.policy import (
    Dates,
    Extension,
    LatePolicy,
    Rules,
    Term,
    days_late,
    extended,
    is_too_late,
    on_the_wall,
)

PACIFIC = ZoneInfo("America/Los_Angeles")
POLICY = LatePolicy(grace=timedelta(minutes=15))


def at(text: str, zone: ZoneInfo = PACIFIC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


DUE = Dates(due=at("2026-10-05T23:59"))


@pytest.mark.parametrize(
    ("handed_in", "days"),
    [
        ("2026-10-05T12:00", 0),
        ("2026-10-05T23:59", 0),
        ("2026-10-06T00:14", 0),  # the last of the 15 minutes of grace
        ("2026-10-06T00:14:01", 1),
        ("2026-10-06T23:59", 1),
        ("2026-10-07T00:14", 1),  # each day has its grace
        ("2026-10-07T00:15", 2),
        ("2026-10-15T20:00", 10),
    ],
)
def test_every_day_that_was_begun_after_the_grace_minutes_is_a_late_day(handed_in, days):
    assert days_late(at(handed_in), DUE, POLICY, PACIFIC) == days


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        # On 1 November 2026 the clocks of California go back: this late day has 25 hours.
        ("2026-10-31T23:59", "2026-11-01T23:59", 1),
        ("2026-10-31T23:59", "2026-11-02T00:00", 2),
        # On 14 March 2027 they go forward: this one has 23 hours.
        ("2027-03-13T23:59", "2027-03-14T23:59", 1),
        ("2027-03-13T23:59", "2027-03-15T00:00", 2),
        # 02:30 is not shown at all on that day, and 01:30 twice on the other: the later moment is meant.
        ("2027-03-13T02:30", "2027-03-14T03:30", 1),
        ("2026-10-31T01:30", "2026-11-01T01:30", 1),
    ],
)
def test_a_late_day_ends_at_the_same_time_on_the_wall_when_clocks_change(due, handed_in, days):
    assert days_late(at(handed_in), Dates(at(due)), LatePolicy(), PACIFIC) == days


def test_in_the_hour_that_clocks_show_twice_moments_are_told_apart():
    due = at("2026-11-01T01:30")  # the first time
    again = due.replace(fold=1)
    assert days_late(due, Dates(due), LatePolicy(), PACIFIC) == 0
    assert days_late(again, Dates(due), LatePolicy(), PACIFIC) == 1


def test_a_day_that_ends_at_a_time_that_is_shown_twice_ends_the_second_time():
    due, again = Dates(at("2026-10-31T01:30")), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert days_late(again, due, LatePolicy(), PACIFIC) == 1
    assert days_late(again + timedelta(minutes=1), due, LatePolicy(), PACIFIC) == 2


def test_timestamps_of_another_time_zone_are_the_same_moment():
    assert days_late(at("2026-10-06T08:59", ZoneInfo("Europe/Berlin")), DUE, LatePolicy(), PACIFIC) == 0


def test_after_the_cut_off_and_its_grace_minutes_it_is_too_late():
    dates = Dates(DUE.due, cutoff=at("2026-10-08T23:59"))
    assert not is_too_late(at("2026-10-09T00:14"), dates, POLICY)
    assert is_too_late(at("2026-10-09T00:15"), dates, POLICY)
    assert not is_too_late(at("2036-10-09T00:15"), DUE, POLICY)
    assert not is_too_late(at("2036-10-09T00:15"), None, POLICY)


def test_days_of_an_extension_move_due_date_and_cut_off_alike():
    dates = Dates(at("2026-10-30T23:59"), cutoff=at("2026-11-02T12:00"))
    longer = extended(dates, Extension(days=3), PACIFIC)
    assert longer == Dates(at("2026-11-02T23:59"), cutoff=at("2026-11-05T12:00"))


def test_an_extension_may_name_the_due_date_and_the_cut_off():
    dates = Dates(at("2026-10-30T23:59"), cutoff=at("2026-11-02T12:00"))
    longer = extended(dates, Extension(due=at("2026-11-01T23:59"), cutoff=at("2026-12-01T12:00")), PACIFIC)
    assert longer == Dates(at("2026-11-01T23:59"), cutoff=at("2026-12-01T12:00"))


def test_an_extension_to_an_earlier_date_changes_nothing():
    dates = Dates(at("2026-10-30T23:59"), cutoff=at("2026-11-02T12:00"))
    earlier = Extension(due=at("2026-10-01T23:59"), cutoff=at("2026-10-01T23:59"))
    assert extended(dates, earlier, PACIFIC) == dates


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match=r"2026-10-05 23:59:00 has no time zone: append its offset"):
        Dates(datetime(2026, 10, 5, 23, 59))


def test_a_student_without_an_extension_has_everybodys_dates():
    term = Term(assignments={"a1": Rules("a1", dates=DUE)}, extensions={("ada", "a1"): Extension(days=1)})
    assert term.dates("bob", "a1") == DUE
    assert term.dates("ada", "a1").due == DUE.due + timedelta(1)


def test_assignments_come_by_due_date_then_by_name_and_last_without_one():
    later = Dates(DUE.due + timedelta(1))
    rules = {"z": DUE, "none": None, "b": later, "a": later}
    term = Term(assignments={name: Rules(name, dates=dates) for name, dates in rules.items()})
    assert term.in_order("ada") == ["z", "a", "b", "none"]


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)


@given(moments, st.integers(1, 60 * 24 * 30), st.integers(0, 120), zones)
def test_days_late_are_the_fewest_whose_end_was_not_missed(due, minutes, grace, zone):
    policy, handed_in = LatePolicy(grace=timedelta(minutes=grace)), due + timedelta(minutes=minutes)
    ends = [on_the_wall(due, n, zone) + policy.grace for n in range(40)]
    assert ends == sorted(ends)
    assert days_late(handed_in, Dates(due), policy, zone) == next(
        n for n, e in enumerate(ends) if handed_in <= e
    )
