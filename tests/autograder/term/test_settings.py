"""Dates, late policy and extensions in course.toml: all optional, all validated."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course import CourseError, load_course
from autograder.course_file import parse_course_file
from autograder.term.policy import Dates, Extension, LatePolicy
from autograder.term.settings import read_term, term_from
from tests.autograder.conftest import FILES, write_course

PATH = Path("course.toml")
TOML = """
[course]
time_zone = "America/Los_Angeles"

[course.late]
free_days = 5
free_days_per_assignment = 3
penalty_per_day = 0.2
grace_minutes = 10
counts = "latest"

[assignments.a1]
title = "First"
weight = 0.1
group_work = true

[assignments.a1.dates]
release = 2026-09-21T09:00:00
due = 2026-10-05T23:59:00
cutoff = 2026-10-10T23:59:00-07:00

[assignments.bonus]
title = "More"
weight = 0.05
extra_credit = true

[extensions.ada.a1]
days = 3
reason = "illness"
"""


def read(text: str):
    return term_from(parse_course_file(PATH, text))


def test_everything_is_read():
    term = read(TOML)
    assert term.policy == LatePolicy(5, 3, 0.2, timedelta(minutes=10), "latest")
    assert term.zone.key == "America/Los_Angeles"
    a1, bonus = term.assignments["a1"], term.assignments["bonus"]
    assert (a1.title, a1.weight, a1.group_work, a1.extra_credit) == ("First", 0.1, True, False)
    assert (bonus.dates, bonus.extra_credit) == (None, True)
    assert a1.dates == Dates(
        due=datetime(2026, 10, 6, 6, 59, tzinfo=UTC),
        release=datetime(2026, 9, 21, 16, 0, tzinfo=UTC),
        cutoff=datetime(2026, 10, 11, 6, 59, tzinfo=UTC),
    )
    assert term.extensions == {("ada", "a1"): Extension(days=3, reason="illness")}


def test_a_course_without_any_of_it_has_the_usual_policy_and_no_dates(course):
    term = read_term(course)
    assert term.policy == LatePolicy(4, 2, 0.25, timedelta(0), "best")
    assert term.assignments["a1"].dates is None
    assert not term.extensions


def test_a_course_with_all_of_it_is_loaded_as_before(tmp_path):
    tables = """
[course.late]
grace_minutes = 5

[assignments.a1.dates]
due = 2026-10-05T23:59:00

[extensions."ada@example.org".a1]
due = 2026-10-08T23:59:00
"""
    text = "\n".join(line.strip() for line in FILES["course.toml"].splitlines()) + tables
    course = load_course(write_course(tmp_path, FILES | {"course.toml": text}))
    assert course.assignment("a1").max_score == 7
    term = read_term(course)
    assert term.dates("ada@example.org", "a1").due == datetime(2026, 10, 8, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"America/Los_Angeles"', '"Pacific"', "course.time_zone is 'Pacific', expected a name such as"),
        ('"America/Los_Angeles"', "8", "course.time_zone is 8, expected a name such as"),
        ('"America/Los_Angeles"', '"../etc/passwd"', "course.time_zone is '../etc/passwd', expected a name"),
        ("free_days = 5", "free_day = 5", "course.late has no key 'free_day', .*: did you mean free_days"),
        ("free_days = 5", "free_days = 2.5", "course.late.free_days is 2.5, expected a whole number of days"),
        ("free_days = 5", "free_days = 2", "free_days_per_assignment is 3, more than the 2 free days"),
        ("penalty_per_day = 0.2", "penalty_per_day = 25", "penalty_per_day is 25, expected a share of the"),
        ("penalty_per_day = 0.2", "penalty_per_day = nan", "penalty_per_day is nan, expected a share of the"),
        ("grace_minutes = 10", "grace_minutes = -1", "grace_minutes is -1, expected minutes"),
        ('counts = "latest"', 'counts = "worst"', "counts is 'worst', expected \"best\""),
        ("[course.late]", "[course.lates]", "course has no key 'lates', but .*: did you mean late"),
        ("[assignments.a1.dates]", "[assignments.a1.date]", "a1 has no key 'date', .*: did you mean dates"),
        ("[extensions.ada.a1]", "[extension.ada.a1]", "has no key 'extension', but .*: did you mean ext"),
        ("group_work = true", 'group_work = "yes"', "a1.group_work is 'yes', expected true or false"),
        ("due = 2026-10-05T23:59:00", "", "a1.dates needs the key 'due': write a date with a time"),
        ("due = 2026-10-05T23:59:00", "due = 2026-10-05", "due is 2026-10-05, expected a date with a time"),
        ("due = 2026-10-05T23:59:00", 'due = "5 Oct"', "dates.due is '5 Oct', expected a date with a time"),
        ("due = 2026-10-05T23:59:00", "due = 2026-09-05T23:59:00", "a1.dates.due is before release: correct"),
        ("due = 2026-10-05T23:59:00", "due = 2026-11-05T23:59:00", "a1.dates.cutoff is before due: correct"),
        ("release = 2026-09-21T09:00:00", "release = 2026-03-08T02:30:00", "show 2026-03-08 02:30:00 never"),
        ("release = 2026-09-21T09:00:00", "release = 2025-11-02T01:30:00", "twice: append the offset"),
        ("[extensions.ada.a1]", "[extensions.ada.a9]", "ada.a9 is of no assignment: write one of a1"),
        ("[extensions.ada.a1]", "[extensions.ada.bonus]", "extends nothing: the assignment needs a due date"),
        ("[extensions.ada.a1]", "[extensions.'a b']", "extensions.\"a b\".days is of no assignment"),
        ("days = 3", "day = 3", "extensions.ada.a1 has no key 'day', but .*: did you mean days"),
        ("days = 3", "", "extensions.ada.a1 needs either days = 3 or due = a date with a time"),
        ("days = 3", "days = 3\ndue = 2026-10-08T23:59:00", "needs either days = 3 or due"),
        ("days = 3", "due = 2026-10-01T23:59:00", r"not after the assignment's own \(2026-10-05 23:59\)"),
        ('reason = "illness"', "reason = 5", "extensions.ada.a1.reason is 5, expected text"),
        ("[extensions.ada.a1]\ndays = 3", "[extensions]\nada = 3", "extensions.ada is 3, expected a table"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_the_key_and_the_remedy(old, new, message):
    assert old in TOML
    text = TOML.replace(old, new)
    with pytest.raises(CourseError, match=message) as caught:
        read(text)
    assert re.match(r"course\.toml, line \d+: ", str(caught.value))
