"""Of everybody in a class the latest attempt and the one that counts are compared."""

from __future__ import annotations

import csv
import inspect
import json

import pytest

from autograder.similar_class import mates_of, submissions_of
from tests.autograder.classes import PART, RIGHT

LONG = inspect.getsource(csv.Sniffer)


def compared(klass):
    """(student, places) of what is compared."""
    found = submissions_of(klass.records(), klass.course.assignment("a1"))
    return [(one.student, tuple(one.notebooks)) for one in found]


@pytest.fixture
def in_groups(klass):
    """The class with group work in a1, Ada and Bob being a group."""
    toml = klass.course.file
    toml.write_text(toml.read_text().replace("[assignments.a1]", "[assignments.a1]\ngroup_work = true", 1))
    klass.folder.groups.write_text("student,group\nada,rings\nbob,rings\n")
    klass.reload()
    return klass


def test_the_attempt_that_counts_is_compared_beside_a_later_one(klass):
    klass.hand_in("ada", "1", RIGHT, days=-3)
    klass.hand_in("ada", "2", PART, days=-2)
    klass.hand_in("ada", "3", LONG, days=-1)
    klass.hand_in("bob", "1", LONG)
    assert compared(klass) == [("Ada Lovelace (ada)", ("double",)), ("Bob Stone (bob)", ("double",))]
    klass.grade(gradebook=False)
    assert compared(klass) == [
        ("Ada Lovelace (ada)", ("attempt 1, double",)),
        ("Ada Lovelace (ada)", ("attempt 3, double",)),
        ("Bob Stone (bob)", ("double",)),
    ]


def test_who_left_the_course_is_compared_under_the_name_in_the_records(klass):
    klass.hand_in("cem", "1", RIGHT)
    klass.folder.roster.write_text("student,name\nada,Ada Lovelace\n")
    assert compared(klass) == [("cem", ("double",))]


def test_in_group_work_what_counts_for_another_is_compared_as_the_work_of_who_handed_it_in(in_groups):
    in_groups.hand_in("ada", "1", RIGHT)
    in_groups.hand_in("ada", "2", PART, days=-0.5)
    in_groups.hand_in("bob", "1", PART)
    in_groups.grade(gradebook=False)
    assert json.loads(in_groups.folder.counted("a1").read_text())["bob"] == ["ada", "1"]
    assert [student for student, _ in compared(in_groups)] == [
        "Ada Lovelace (ada)",
        "Ada Lovelace (ada)",
        "Bob Stone (bob)",
    ]


def test_only_in_group_work_has_anybody_a_group(in_groups):
    a1, a2 = (in_groups.course.assignment(name) for name in ("a1", "a2"))
    mates = mates_of(in_groups.records(), a1)
    assert mates["Ada Lovelace (ada)"] == mates["Bob Stone (bob)"] != mates["Cem Kaya (cem)"]
    assert mates_of(in_groups.records(), a2) == {}
