"""The author's commands, one after the other, as a new author types them."""
# ruff: noqa: E501 - output is read in one line

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.autograder.authoring.complete import TOML, course_with

pytestmark = pytest.mark.bubblewrap
MAIN = "from autograder.cli import main; main()"


def course(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run `course` in a folder."""
    command = [sys.executable, "-c", MAIN, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_from_a_new_course_to_a_new_notebook_and_what_is_missing_in_it(tmp_path):
    course_with(tmp_path / "old")
    made = course(tmp_path / "old", "new", "../mine", "--title", "My course", "--assignments", "a1")
    assert (made.returncode, made.stdout.splitlines()[0]) == (0, "../mine holds My course: a1")
    mine = tmp_path / "mine"

    added = course(mine, "add-notebook", "a1", "triple", "--title", "Three times", "--function", "triple")
    assert added.returncode == 0, added.stderr
    assert "What is to be written says: course validate a1/triple" in added.stdout

    checked = course(mine, "validate", "a1/triple", "--quick", "--jobs", "1")
    assert checked.returncode == 1
    lines = checked.stdout.splitlines()
    assert lines[0] == "assignments/a1/triple/notebook.py, line 17: still to do"
    assert lines[1] == "    the question that this notebook answers, **in bold and in one sentence**"
    assert "    write 1 more with" not in checked.stdout  # the course's own standard came with it
    assert "12 findings." in lines
    assert "Not tried, for --quick: the tests against known mistakes, and the bundle." in lines


def test_a_course_in_which_nothing_is_missing_is_said_so(tmp_path):
    course_with(tmp_path)
    checked = course(tmp_path, "validate", "--jobs", "2")
    assert (checked.returncode, checked.stdout.strip()) == (0, "Nothing is missing in 1 notebook.")


def test_an_error_in_course_toml_is_one_line_that_names_its_line(tmp_path):
    course_with(tmp_path)
    path = tmp_path / "assignments" / "course.toml"
    path.write_text(path.read_text().replace("weight = 1.0", "weight = 7"))
    checked = course(tmp_path, "validate")
    line = path.read_text().splitlines().index("weight = 7") + 1
    assert checked.returncode == 2
    assert checked.stderr == (
        f"course: {path}, line {line}: assignments.a1.weight is 7.0, expected a share between 0 and 1\n"
    )


def test_an_error_in_the_terms_settings_is_a_finding_and_the_rest_goes_on(tmp_path):
    late = (TOML, "[course.standard]", "[course.late]\n        free_days = -1\n\n        [course.standard]")
    course_with(tmp_path, late)
    checked = course(tmp_path, "validate", "--jobs", "1")
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        "assignments/course.toml, line 6: course.late.free_days is -1, expected a whole number of days, 0 or more",
        "",
        "1 finding.",
    ]
