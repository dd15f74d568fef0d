"""course.toml is validated when it is read: an error names the line, the key and the remedy."""

from __future__ import annotations

import re

import pytest

from autograder.course import CourseError, find_course, load_course
from tests.autograder.conftest import FILES, write_course

TOML = FILES["course.toml"]


def load(tmp_path, old: str, new: str):
    """The small course with a change in course.toml."""
    assert old in TOML
    return load_course(write_course(tmp_path, FILES | {"course.toml": TOML.replace(old, new)}))


def test_the_small_course(course):
    assignment = course.assignment("a1")
    notebook = assignment.notebook("double")
    assert course.title == "Small course"
    assert assignment.max_score == 7.0
    assert notebook.points == {"double": 3.0, "mean": 3.0, "answer_half": 1.0}
    assert notebook.manual == {"why": 2.0}
    assert assignment.limits.test_seconds == 2.0


def test_the_seed_is_in_no_repr(course):
    assert "secret" not in repr(course)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Small course"', "", r"course needs the key 'title' \(text\)"),
        ('seed = "secret"', "seed = 5", "course.seed is 5, expected text"),
        ("[course]", "[curse]", "the file has no key 'curse', but course, .*: did you mean course"),
        ("weight = 1.0", "weight = 7", "assignments.a1.weight is 7.0, expected a share between 0 and 1"),
        ("weight = 1.0", 'weight = "all"', "assignments.a1.weight is 'all', expected a number"),
        ("weight = 1.0", "weight = true", "assignments.a1.weight is True, expected a number"),
        ("test_seconds = 2.0", "tests_seconds = 2.0", "assignments.a1.limits has no key 'tests_seconds'"),
        (
            "test_seconds = 2.0",
            'test_seconds = "2"',
            "assignments.a1.limits.test_seconds is '2', expected a number above 0",
        ),
        (
            "test_seconds = 2.0",
            "test_seconds = -1",
            "assignments.a1.limits.test_seconds is -1, expected a number above 0",
        ),
        (
            "[assignments.a1.notebooks.double]",
            "[assignments.a1.notebooks.triple]",
            "triple has no folder .*: create it or",
        ),
        (
            'libraries = ["numpy"]',
            'libraries = "numpy"',
            "double.libraries is 'numpy', expected a list such as",
        ),
        ('libraries = ["numpy"]', "libraries = [1]", r"double.libraries is \[1\], expected a list such as"),
        ('provided = ["check"]', 'provided = ["chek"]', "double.provided: cs_lib has no module 'chek'"),
        ('libraries = ["numpy"]', "", "notebooks.double needs the key 'libraries'"),
        ("[assignments.a1]", "[[assignments.a1]]", "assignments"),
        ('title = "Small course"', "title = ", "not valid TOML"),
    ],
)
def test_an_error_names_the_line_the_key_and_what_is_expected(tmp_path, old, new, message):
    with pytest.raises(CourseError, match=message) as caught:
        load(tmp_path, old, new)
    path = tmp_path / "assignments" / "course.toml"
    assert re.match(rf"{re.escape(str(path))}, line \d+: ", str(caught.value))


def test_a_course_without_its_first_table_is_refused(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text('[assignments.a1]\ntitle = "x"\n')
    with pytest.raises(CourseError, match=r"the table \[course\] is missing: write it, with title and seed"):
        load_course(path)


def test_an_assignment_without_notebooks_says_how_to_begin_one(tmp_path):
    with pytest.raises(CourseError) as caught:
        load(tmp_path, "[assignments.a1]", '[assignments.b1]\ntitle = "New"\nweight = 0\n\n[assignments.a1]')
    assert str(caught.value).endswith(
        'line 5: assignments.b1 has no notebook: begin one with course add-notebook b1 NAME --title "..."'
    )


def test_a_course_without_assignments_is_refused(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text('[course]\ntitle = "x"\nseed = "y"\n')
    with pytest.raises(CourseError, match=r"at least one table \[assignments\.NAME\]"):
        load_course(path)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"nowhere\.toml: there is no such file"):
        load_course(tmp_path / "nowhere.toml")


def test_an_unknown_name_is_answered_with_those_there_are(course):
    with pytest.raises(CourseError, match=r"no assignment 'a9': course\.toml has a1"):
        course.assignment("a9")
    with pytest.raises(CourseError, match="a1 has no notebook 'x': it has double"):
        course.assignment("a1").notebook("x")


def test_the_course_is_found_from_any_folder_below(tmp_path):
    write_course(tmp_path)
    below = tmp_path / "assignments" / "a1" / "double"
    assert find_course(below).root == tmp_path


def test_a_class_in_a_course_belongs_to_it_wherever_the_command_is_started(tmp_path, monkeypatch):
    autumn, other = tmp_path / "autumn", tmp_path / "other"
    write_course(autumn)
    write_course(other)
    monkeypatch.chdir(other)
    assert find_course(class_folder=autumn / "class").root == autumn
    assert find_course(class_folder=tmp_path / "class").root == other
    assert find_course(other, class_folder=autumn / "class").root == other


def test_a_course_that_was_asked_for_is_not_replaced_by_another(tmp_path):
    with pytest.raises(CourseError, match=r"autum: no assignments/course\.toml .* correct --course$"):
        find_course(tmp_path / "autum")
