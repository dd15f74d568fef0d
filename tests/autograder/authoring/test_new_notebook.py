"""A new notebook works as it is, and validation lists what is to be written in it."""
# ruff: noqa: E501 - a case is read in one line

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from autograder.authoring import tried
from autograder.authoring.findings import FILES, Standard, Subject
from autograder.authoring.new_notebook import new_notebook, with_notebook
from autograder.authoring.validate import CHECKS
from autograder.course import CourseError, load_course
from autograder.course_file import parse_course_file
from tests.autograder.authoring.complete import course_with

BEFORE = """\
[course]
title = "x"

[assignments.a1]  # first
title = "One"
weight = 0.5
[assignments.a1.notebooks.x]
title = "X"
provided = [
    "check",
]

# Of the second.
[assignments.a2]
title = "Two"
weight = 0.5"""


def subject(tmp_path: Path, *functions: str) -> Subject:
    """A new notebook in the complete course."""
    course = course_with(tmp_path)
    path = course.root / "assignments" / "course.toml"
    assert new_notebook(path, "a1", "fresh", 'A "fresh" one', functions) == path.parent / "a1" / "fresh"
    course = load_course(path)
    return Subject(course, course.assignment("a1"), course.assignment("a1").notebook("fresh"), Standard())


def test_its_table_stands_behind_the_others_and_the_rest_stays():
    text = with_notebook(parse_course_file(Path("course.toml"), BEFORE), "a1", "y", "Why?")
    assert text == BEFORE.replace(
        "]\n\n# Of",
        ']\n\n[assignments.a1.notebooks.y]\ntitle = "Why?"\nlibraries = ["numpy"]\n'
        'provided = ["data", "plots", "check"]\n\n# Of',
    )


def test_the_first_notebook_of_an_assignment_stands_at_its_end():
    text = with_notebook(parse_course_file(Path("course.toml"), BEFORE), "a2", "y", "Why?")
    assert text.startswith(BEFORE + "\n\n[assignments.a2.notebooks.y]\n")
    assert tomllib.loads(text)["assignments"]["a2"]["notebooks"]["y"]["title"] == "Why?"


@pytest.mark.parametrize(
    ("text", "assignment", "name", "message"),
    [
        (BEFORE, "a3", "y", r"line 4: assignments has no 'a3', but a1, a2: to begin one, write the table \[assignments.a3\] with a title and a weight such as 0.1, and repeat this"),
        (BEFORE, "a1", "x", r"line 7: assignments.a1.notebooks has 'x' already: choose another name"),
        (BEFORE.replace("weight = 0.5\n[a", "weight = 0.5\nnotebooks = {}\n[a").replace('.notebooks.x]\ntitle = "X"\nprovided = [\n    "check",\n]', ".dates]"),
         "a1", "y", r"line 7: assignments.a1.notebooks takes no further table"),
        ("[assignments]\na1 = {}\n", "a1", "y", r"line 2: assignments.a1.notebooks takes no further table"),
    ],
)  # fmt: skip
def test_what_cannot_be_inserted_is_refused(text, assignment, name, message):
    with pytest.raises(CourseError, match=message):
        with_notebook(parse_course_file(Path("course.toml"), text), assignment, name, "Why?")


@pytest.mark.parametrize(
    ("name", "functions", "message"),
    [
        ("two words", (), "'two words' cannot be used: choose a name such as"),
        ("../up", (), r"'\.\./up' cannot be used"),
        ("y", ("lambda",), "'lambda' cannot be used"),
        ("y", ("check",), "'check' cannot be used"),
        ("y", ("answer_it",), "'answer_it' names an answer, not a function"),
        ("double", (), "has 'double' already"),
        ("taken", (), "taken: is there already"),
    ],
)
def test_a_name_that_cannot_be_used_changes_nothing(tmp_path, name, functions, message):
    path = course_with(tmp_path).root / "assignments" / "course.toml"
    (path.parent / "a1" / "taken").mkdir()
    before = path.read_bytes()
    with pytest.raises(CourseError, match=message):
        new_notebook(path, "a1", name, "Title", functions)
    assert path.read_bytes() == before
    assert sorted(p.name for p in (path.parent / "a1").iterdir()) == ["double", "taken"]


def test_a_title_of_two_lines_is_refused(tmp_path):
    path = course_with(tmp_path).root / "assignments" / "course.toml"
    with pytest.raises(CourseError, match="cannot be a title"):
        new_notebook(path, "a1", "y", "One\nTwo")


@pytest.mark.parametrize("functions", [(), ("one",), ("one", "two", "one")], ids=["sample", "one", "two"])
def test_all_its_files_are_python_and_ask_for_each_function_once(tmp_path, functions):
    new = subject(tmp_path, *functions)
    for file in FILES:
        ast.parse(new.text(file))
    assert new.notebook.exercises == (list(dict.fromkeys(functions)) or ["double"])
    assert new.notebook.title == 'A "fresh" one'


@pytest.mark.bubblewrap
def test_validation_lists_what_to_write_and_how_much_is_asked_for(tmp_path):
    new = subject(tmp_path, "one", "two")
    found = {check.name: list(check.find(new)) for check in CHECKS if not check.runs_mistakes}
    todo = found.pop("nothing left to do")
    assert [sum(f.where.startswith(new.at(file)) for f in todo) for file in FILES] == [9, 4, 4, 6]
    assert all(f.remedy and "line" in f.where for f in todo)
    assert [f.what for f in found.pop("known mistakes")] == [
        "known mistakes in one: 1, and 8 are asked for",
        "right versions of one besides the solution: 1, and 3 are asked for",
        "known mistakes in two: 1, and 8 are asked for",
        "right versions of two besides the solution: 1, and 3 are asked for",
    ]
    assert not any(found.values()), found  # all the rest is in order from the start
    assert list(tried.mistakes(new)) == []
