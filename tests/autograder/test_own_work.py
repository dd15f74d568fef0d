"""One's own work is judged as a class's is, and told more."""

from __future__ import annotations

import pytest

from autograder.course import CourseError
from autograder.own_work import check_own_work
from tests.autograder.conftest import RIGHT, write_submission


def test_right_work_passes_private_tests_too(course, tmp_path):
    report = check_own_work(course, write_submission(tmp_path, "me", RIGHT))
    assert report.passed
    assert report.text().endswith("the private ones too.")
    assert "7 of 7 points" in report.text()


def test_a_private_test_says_the_call_and_the_numbers(course, tmp_path):
    wrong = RIGHT.replace("np.mean(x)", "x.sum() / 2")
    report = check_own_work(course, write_submission(tmp_path, "me", wrong))
    (failed,) = [result for result in report.results if not result.passed]
    assert failed.visibility == "private"
    assert failed.message.startswith("Called mean(array (7,) float64). ")


def test_a_module_is_taken_too(course, tmp_path):
    path = tmp_path / "double.py"
    path.write_text(RIGHT, encoding="utf-8")
    assert check_own_work(course, path).passed


def test_unknown_files_and_notebooks_are_named(course, tmp_path):
    with pytest.raises(CourseError, match="no such file"):
        check_own_work(course, tmp_path / "double.ipynb")
    path = write_submission(tmp_path, "me", RIGHT, name="other")
    with pytest.raises(CourseError, match=r"no notebook 'other'.*there are double"):
        check_own_work(course, path)
    assert check_own_work(course, path, "double").passed
