"""A course of one's own holds what was chosen of another, and works by itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from autograder.authoring.new_course import new_course, settings
from autograder.authoring.validate import choose, course_findings
from autograder.course import CourseError, find_course
from autograder.release import release
from tests.autograder.authoring.complete import course_with

TEXT = """\
# The course.

[course]
title = "Old"
# Keep it to yourself.
seed = "old"

[course.late]
free_days = 5

# How notebooks are described: libraries, provided.

# The first.
[assignments.a1]
title = "One"  # to begin with
weight = 0.5

[assignments.a1.dates]
# Of that term.
due = 2025-10-05T23:59:00

[assignments.a1.notebooks.x]
provided = [
    "check",  # all need it
]

# The second.
[assignments.a2]
title = "Two"
weight = 0.5

# About x in a2.

[assignments.a2.notebooks.x]
provided = []

[extensions.ada.a1]
days = 3
"""
FIRST_ONLY = """\
# The course.

[course]
title = "My \\"own\\""
# Keep it to yourself.
seed = "new"

[course.late]
free_days = 5

# How notebooks are described: libraries, provided.

# The first.
[assignments.a1]
title = "One"  # to begin with
weight = 0.5

[assignments.a1.notebooks.x]
provided = [
    "check",  # all need it
]

"""


def test_settings_keep_what_was_chosen_as_it_is_written():
    assert settings(TEXT, ["a1"], {"title": 'My "own"', "seed": "new"}) == FIRST_ONLY


def test_comments_go_where_what_they_are_about_goes():
    text = settings(TEXT, ["a2"], {"title": "x", "seed": "y"})
    assert "# The second." in text
    assert "# About x in a2." in text
    assert "# How notebooks are described" in text
    assert "# The first." not in text
    assert "# Of that term." not in text


def test_settings_that_cannot_be_divided_by_lines_are_refused():
    text = '[course]\ntitle = "x"\nseed = "y"\n[assignments]\na1 = {}\na2 = {}\n'
    assert tomllib.loads(settings(text, ["a1"], {}))["assignments"] == {"a1": {}}
    with pytest.raises(CourseError, match="give each assignment a table"):
        settings('assignments = { a1 = {}, a2 = {} }\n[course]\ntitle = "x"\n', ["a1"], {})


@pytest.fixture
def made(tmp_path: Path):
    """A new course made from the complete one."""
    old = course_with(tmp_path / "old")
    (tmp_path / "old" / "datasets" / "manifest.toml").write_text("[x]\n")
    (tmp_path / "old" / "assignments" / "a1" / "double" / "__pycache__").mkdir()
    return old, new_course(old, tmp_path / "new", "Mine", ["a1"])


def test_it_has_a_seed_of_its_own_and_all_files(made):
    old, new = made
    assert (new.title, list(new.assignments)) == ("Mine", ["a1"])
    assert len(new.assignment("a1").seed) == 32
    found = sorted(p.relative_to(new.root).as_posix() for p in new.root.rglob("*") if p.is_file())
    assert found == [
        ".gitignore",
        "README.md",
        "assignments/a1/double/mistakes.py",
        "assignments/a1/double/notebook.py",
        "assignments/a1/double/private_tests.py",
        "assignments/a1/double/public_tests.py",
        "assignments/course.toml",
        "datasets/manifest.toml",
        "pytest.ini",
    ]
    assert {p.name for p in new.root.parent.iterdir()} == {"old", "new"}  # nothing is left of making it
    again = new_course(old, new.root.parent / "again", None, ["a1"])
    assert again.assignment("a1").seed != new.assignment("a1").seed


def test_it_is_found_from_within_and_can_be_released(made, tmp_path):
    _, new = made
    found = find_course(new.root / "assignments" / "a1")
    assert found.root == new.root
    assert course_findings(found) == []
    assert [n.name for _, n in choose(found, ())] == ["double"]
    bundle = release(found, found.assignment("a1"), tmp_path / "bundle")
    assert (bundle / "double.ipynb").is_file()


def test_its_readme_names_its_own_assignments(made):
    _, new = made
    text = (new.root / "README.md").read_text()
    assert text.startswith("# Mine\n")
    assert "| a1 | First |" in text
    assert "course release a1 --class class" in text


def test_all_assignments_of_this_course_can_be_taken(tmp_path):
    this = find_course()
    new = new_course(this, tmp_path / "new", None, this.assignments)
    assert list(new.assignments) == list(this.assignments)
    assert (new.root / "nbgrader_config.py").read_bytes() == (this.root / "nbgrader_config.py").read_bytes()
    assert "-e 'CHECKOUT[torch]'" in (new.root / "README.md").read_text()
    assert course_findings(new) == []


def test_an_empty_folder_is_filled_and_another_is_left_alone(tmp_path):
    old = course_with(tmp_path / "old")
    (tmp_path / "empty").mkdir()
    assert new_course(old, tmp_path / "empty", None, ["a1"]).root == tmp_path / "empty"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    for place in (tmp_path / "mine", tmp_path / "mine" / "thesis.tex"):
        with pytest.raises(CourseError, match="is there already, and not empty: choose another folder"):
            new_course(old, place, None, ["a1"])
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_nothing_is_left_when_an_assignment_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="no assignment 'a9'"):
        new_course(course_with(tmp_path / "old"), tmp_path / "new", None, ["a1", "a9"])
    assert [p.name for p in tmp_path.iterdir()] == ["old"]
