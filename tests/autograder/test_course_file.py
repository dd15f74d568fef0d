"""Errors in course.toml name the line, however the file is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from autograder.course import find_course
from autograder.course_file import CourseError, parse_course_file, read_course_file, statements

PATH = Path("course.toml")
TEXT = """\
# The course.

[course]
title = "One \u2028 title"  # a separator that ends no line of TOML
seed = \"\"\"
a seed of
[three] lines\"\"\"
late = { free_days = 4, counts = "best" }

[assignments."a 1".notebooks.knn]
title = "x"
libraries = [
    "one",  # ] not yet
    "two",
]
[assignments . 'a 1']
weight = 0.1
limits.test_seconds = 2.0
"""
LINES = {
    ("course",): 3,
    ("course", "title"): 4,
    ("course", "seed"): 5,
    ("course", "late"): 8,
    ("course", "late", "counts"): 8,
    ("assignments", "a 1", "notebooks", "knn"): 10,
    ("assignments", "a 1", "notebooks", "knn", "title"): 11,
    ("assignments", "a 1", "notebooks", "knn", "libraries"): 12,
    ("assignments", "a 1"): 16,
    ("assignments", "a 1", "weight"): 17,
    ("assignments", "a 1", "limits"): 18,
    ("assignments", "a 1", "limits", "test_seconds"): 18,
}


@pytest.mark.parametrize(("keys", "line"), LINES.items(), ids=[".".join(keys) for keys in LINES])
def test_a_key_is_found_where_it_is_written(keys, line):
    file = parse_course_file(PATH, TEXT).file
    assert str(file.error(keys, "wrong")) == f"course.toml, line {line}: wrong"


def test_a_key_that_is_missing_is_missed_at_its_table():
    file = parse_course_file(PATH, TEXT).file
    assert str(file.error(("course", "late", "days"), "no")) == "course.toml, line 8: no"
    assert str(file.error(("curse", "late"), "no")) == "course.toml, line 1: no"


def test_a_table_is_found_at_its_last_header_in_an_array_of_tables():
    with pytest.raises(CourseError, match=r"line 3: course\.late is \[\{'c': 1\}\], expected a table \[co"):
        parse_course_file(PATH, "# c\n\n[[course.late]]\nc = 1\n").table("course").table("late")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "",
        "\n\n",
        "a = 1",
        "# only a comment",
        (find_course().root / "assignments/course.toml").read_text(),
    ],
    ids=["all sorts", "empty", "empty lines", "no newline at the end", "comment", "this course"],
)
def test_statements_together_are_the_file(text):
    found = list(statements(text))
    assert "".join(statement.text for statement in found) == text
    assert [statement.line for statement in found] == [
        1 + "".join(statement.text for statement in found[:i]).count("\n") for i in range(len(found))
    ]


def test_every_key_of_this_course_has_a_line_that_names_it():
    file = read_course_file(find_course().root / "assignments" / "course.toml").file
    lines = file.text.splitlines()

    def check(entries, above):
        for key, value in entries.items():
            assert key in lines[file.lines[(*above, key)] - 1]
            if isinstance(value, dict):
                check(value, (*above, key))

    check(tomllib.loads(file.text), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[course]\ntitle = \n", "course.toml, line 2: not valid TOML: Invalid value: correct it"),
        ("[course]\nx = [1,\n2", "course.toml, line 3: not valid TOML: Unclosed array: correct it"),
        ("x = 1\nx = 2\n", "course.toml, line 2: not valid TOML: Cannot overwrite a value: correct it"),
    ],
)
def test_what_is_not_toml_is_refused_with_the_line(text, message):
    with pytest.raises(CourseError) as caught:
        parse_course_file(PATH, text)
    assert str(caught.value) == message


def test_what_is_not_utf8_is_refused_with_the_line(tmp_path):
    path = tmp_path / "course.toml"
    path.write_bytes("[course]\ntitle = 'é'\n".encode("latin-1"))
    with pytest.raises(CourseError, match=r"course\.toml, line 2: not in UTF-8: save the file as UTF-8"):
        read_course_file(path)
