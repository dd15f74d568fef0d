"""Validation looks at everything, in order, and goes on whatever it meets."""
# ruff: noqa: E501 - a case is read in one line

from __future__ import annotations

import pytest

from autograder.authoring.findings import Finding
from autograder.authoring.validate import (
    CHECKS,
    Step,
    choose,
    course_findings,
    plan,
    remarks,
    summary,
    validate,
)
from autograder.course import CourseError, find_course
from tests.autograder.authoring.complete import MISTAKES, PRIVATE, PUBLIC, SOURCE, TOML, course_with

pytestmark = pytest.mark.bubblewrap


def looked(course, quick: bool = False, jobs: int = 1) -> dict[str, tuple[Finding, ...] | None]:
    """What each check of the course's one notebook has found."""
    steps = plan(choose(course, ()), quick)
    return {result.step.check: result.findings for result in validate(course, steps, jobs, "bubblewrap")}


def test_a_complete_course_is_clean_in_every_check(tmp_path):
    results = looked(course_with(tmp_path), jobs=2)
    assert list(results) == [*(check.name for check in CHECKS), "bundle"]
    assert set(results.values()) == {()}


def test_what_builds_on_a_finding_waits(tmp_path):
    results = looked(course_with(tmp_path, (SOURCE, "def mean", "def average")))
    assert len(results["exercises"]) == 1
    assert [name for name, findings in results.items() if findings is None] == [
        "tests", "known mistakes", "released stubs", "worked solution", "tests against mistakes", "bundle",
    ]  # fmt: skip


def test_what_does_not_build_on_a_finding_is_looked_at(tmp_path):
    todo = (PUBLIC, "import numpy as np", "import numpy as np  # TODO")
    few = (MISTAKES, '@catalogue.right("mean")', '@catalogue.right("double")')
    results = looked(course_with(tmp_path, todo, few))
    assert len(results["nothing left to do"]) == len(results["known mistakes"]) == 1
    assert results["worked solution"] == ()
    assert results["tests against mistakes"] is results["bundle"] is None


def test_quick_runs_no_mistakes_and_makes_no_bundle(tmp_path):
    loops = (MISTAKES, "return x**2", "raise SystemExit")
    results = looked(course_with(tmp_path, loops), quick=True)
    assert list(results) == [check.name for check in CHECKS if not check.runs_mistakes]


@pytest.mark.parametrize(
    ("change", "check", "where", "what"),
    [
        ((PUBLIC, "import numpy as np", "import nothing_of_the_kind"), "tests",
         "assignments/a1/double/public_tests.py", "cannot be imported: ModuleNotFoundError"),
        ((PRIVATE, "def test_half(student)", "def test_half(pupil)"), "tests",
         "assignments/a1/double/private_tests.py", "test_half has the unknown argument pupil"),
        ((MISTAKES, "catalogue = Catalogue(", "others = Catalogue("), "known mistakes",
         "assignments/a1/double/mistakes.py", "cannot be imported: NameError"),
        ((MISTAKES, 'mistake("double"', 'mistake("triple"'), "known mistakes",
         "assignments/a1/double/mistakes.py", "triple is graded by no test"),
        ((MISTAKES, '"answer_half": 0.5', '"answer_half": []'), "tests against mistakes",
         "assignments/a1/double/mistakes.py", "the solution is right, and test_answer_is_a_number rejects it"),
    ],
)  # fmt: skip
def test_errors_of_the_courses_files_are_findings(tmp_path, change, check, where, what):
    results = looked(course_with(tmp_path, change))
    assert results[check][0].where == where
    assert what in results[check][0].what


def test_the_settings_of_the_course_are_looked_at(tmp_path):
    bad = (TOML, "mistakes = 1\n", "mistakes = -1\n")
    term = (TOML, "[course.standard]", "[course.late]\n        free_days = -1\n\n        [course.standard]")
    course = course_with(tmp_path, bad, term)
    (tmp_path / "datasets").rmdir()
    assert [(f.where, f.what.partition(":")[0]) for f in course_findings(course)] == [
        (
            "assignments/course.toml, line 6",
            "course.late.free_days is -1, expected a whole number of days, 0 or more",
        ),
        (
            "assignments/course.toml, line 9",
            "course.standard.mistakes is -1, expected a whole number, 0 or more",
        ),
        ("datasets", "there is no such folder"),
    ]


EXAM = """[assignments.exam]
        title = "Exam"
        weight = 0.25
        notebooks = {}

        [assignments.a1]"""


def test_weights_that_add_up_to_more_than_the_course_are_found_with_their_sum(tmp_path):
    (found,) = course_findings(course_with(tmp_path / "more", (TOML, "[assignments.a1]", EXAM)))
    assert (found.where, found.what) == (
        "assignments/course.toml, line 13",
        "assignments: the weights add up to 1.25, more than the whole course: lower them, or write"
        " extra_credit = true where an assignment counts beside the others",
    )
    beside = EXAM.replace("notebooks", "extra_credit = true\n        notebooks")
    assert course_findings(course_with(tmp_path / "beside", (TOML, "[assignments.a1]", beside))) == []


def test_one_notebook_or_one_assignment_can_be_chosen(tmp_path):
    course = course_with(tmp_path)
    assert choose(course, ["a1/double", "a1"]) == choose(course, ()) == choose(course, ["a1"])
    with pytest.raises(CourseError, match="a1 has no notebook 'triple': it has double"):
        choose(course, ["a1/triple"])
    with pytest.raises(CourseError, match="no assignment 'a9'"):
        choose(course, ["a9"])


def test_the_summary_says_what_waits():
    assert list(summary([], [], 1)) == ["Nothing is missing in 1 notebook."]
    waiting = [Step("tests", "a1", "x"), Step("tests", "a1", "y"), Step("bundle", "a1")]
    assert list(summary([Finding("a", "b", "c")], waiting, 2)) == [
        "1 finding.", "What builds on that was not looked at yet: tests, bundle.",
    ]  # fmt: skip


def test_a_seed_that_everybody_knows_is_remarked(tmp_path):
    assert 'still "change-me": set your own' in " ".join(remarks(find_course(), quick=False))
    assert list(remarks(course_with(tmp_path), quick=False)) == []
