"""A key of course.toml that nothing reads is refused, and the message says where it belongs."""
# ruff: noqa: E501 - a case is read in one line

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from autograder.authoring.findings import Standard
from autograder.course import CourseError, load_course
from autograder.course_file import parse_course_file
from autograder.course_keys import KNOWN, header
from autograder.sandbox.limits import Limits
from autograder.term.settings import read_term

PATH = Path("course.toml")
TEXT = """
[course]
title = "Small"
seed = "secret"

[course.late]
free_days = 3

[assignments.a1]
title = "First"
weight = 0.5

[assignments.a1.notebooks.double]
title = "Doubling"

[assignments.a1.dates]
due = 2026-10-05T23:59:00

[extensions.ada.a1]
days = 3
"""
NAMES = {"ASSIGNMENT": "a1", "NOTEBOOK": "double", "STUDENT": "ada"}
VALUES = {
    "title": '"x"', "seed": '"x"', "weight": "1", "libraries": "[]", "provided": "[]",
    "due": "2026-10-05T23:59:00", "days": "3",
}  # fmt: skip
ASSIGNMENT = "title, weight, extra_credit, group_work, dates, limits, notebooks"
COURSE = "title, seed, time_zone, students_by, late, standard"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[course.late]", "[late]",
         "line 6: the file has no key 'late', but course, assignments, extensions: write [course.late]"),
        ('[course]\ntitle = "Small"', 'title = "Small"\n[course]',
         "line 2: the file has no key 'title', but course, assignments, extensions: title belongs to [course]"),
        ('seed = "secret"', "free_days = 3",
         f"line 4: course has no key 'free_days', but {COURSE}: free_days belongs to [course.late]"),
        ('seed = "secret"', "free_dayz = 3",
         f"line 4: course has no key 'free_dayz', but {COURSE}: free_days belongs to [course.late]"),
        ('seed = "secret"', 'tz = "UTC"',
         f"line 4: course has no key 'tz', but {COURSE}: correct or remove it"),
        ('seed = "secret"', "limits.test_seconds = 2",
         f"line 4: course has no key 'limits', but {COURSE}: write [assignments.ASSIGNMENT.limits]"),
        ("weight = 0.5", "due = 2026-10-05T23:59:00",
         f"line 11: assignments.a1 has no key 'due', but {ASSIGNMENT}: due belongs to [assignments.a1.dates]"),
        ("weight = 0.5", "days = 3",
         f"line 11: assignments.a1 has no key 'days', but {ASSIGNMENT}: days belongs to [extensions.STUDENT.a1]"),
        ("weight = 0.5", "bonus = true",
         f"line 11: assignments.a1 has no key 'bonus', but {ASSIGNMENT}: correct or remove it"),
        ("weight = 0.5", "extra_credits = true",
         f"line 11: assignments.a1 has no key 'extra_credits', but {ASSIGNMENT}: did you mean extra_credit?"),
        ('title = "Doubling"', "weight = 0.5",
         "line 14: assignments.a1.notebooks.double has no key 'weight', but title, libraries, provided,"
         " building_blocks: weight belongs to [assignments.a1]"),
        ("]\ndays = 3", "]\nrelease = 2026-10-05T23:59:00",
         "line 20: extensions.ada.a1 has no key 'release', but days, due, cutoff, reason:"
         " release belongs to [assignments.a1.dates]"),
        ("]\ndays = 3", "]\ntitle = 3",
         "line 20: extensions.ada.a1 has no key 'title', but days, due, cutoff, reason:"
         " title belongs to [course]"),
        ("[extensions.ada.a1]", "[extensions.ada.b.a1]",
         "line 19: extensions.ada.b has no key 'a1', but days, due, cutoff, reason:"
         ' write a name with a dot in quotes: [extensions."ada.b".a1]'),
        ("[extensions.ada.a1]", "[extensions.ada.b.c.a1]",
         "line 19: extensions.ada.b has no key 'c', but days, due, cutoff, reason:"
         ' write a name with a dot in quotes: [extensions."ada.b.c".a1]'),
    ],
)  # fmt: skip
def test_a_key_in_the_wrong_table_is_refused_with_the_place_where_it_belongs(old, new, message):
    assert old in TEXT
    parse_course_file(PATH, TEXT)
    with pytest.raises(CourseError) as caught:
        parse_course_file(PATH, TEXT.replace(old, new))
    assert str(caught.value) == f"course.toml, {message}"


def test_any_name_will_do_for_an_assignment_a_notebook_and_a_student():
    text = TEXT.replace("a1", '"late"').replace("double", '"due date"').replace("ada", '"ada@example.org"')
    assert parse_course_file(PATH, text).table("assignments").table("late").entries["weight"] == 0.5


def test_what_should_be_a_table_and_is_none_is_left_to_its_reader():
    file = parse_course_file(
        PATH, '[course]\nlate = 3\n[[assignments.a1]]\nwate = 1\n[extensions]\nada = "a1"\n'
    )
    with pytest.raises(CourseError, match=r"line 2: course\.late is 3, expected a table"):
        file.table("course").table("late")


def course_toml(spoiled: tuple[str, ...]) -> str:
    """A course with every key that has to be there, and one that is of no kind that any may be."""
    lines = []
    for pattern, keys in KNOWN.items():
        if pattern[: len(spoiled)] == spoiled:
            continue
        lines += [f"[{header(tuple(NAMES.get(part, part) for part in pattern))}]"] if pattern else []
        for key in keys:
            if (*pattern, key) == spoiled:
                lines.append(f"{key} = [[]]")
            elif key in VALUES and (pattern[0], key) != ("extensions", "due"):
                lines.append(f"{key} = {VALUES[key]}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "spoiled", [(), *((*table, key) for table, keys in KNOWN.items() for key in keys)], ids=header
)
def test_every_key_that_there_may_be_is_read(tmp_path, spoiled):
    path = tmp_path / "assignments" / "course.toml"
    (path.parent / "a1" / "double").mkdir(parents=True)

    def read():
        course = load_course(path)
        read_term(course)
        Standard.of(course)

    path.write_text(course_toml(("nothing",)))
    read()
    if spoiled:
        path.write_text(course_toml(spoiled))
        where = header(tuple(NAMES.get(part, part) for part in spoiled))
        with pytest.raises(CourseError, match=rf"line \d+: {re.escape(where)} is \[\[\]\], expected"):
            read()


def test_all_limits_and_all_that_is_asked_of_notebooks_may_be_set():
    limits = KNOWN["assignments", "ASSIGNMENT", "limits"]
    assert sorted(limits) == sorted(item.name for item in fields(Limits))
    assert sorted(KNOWN["course", "standard"]) == sorted(item.name for item in fields(Standard))
