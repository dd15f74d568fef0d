"""What only shows when it is tried: wrong solutions, stubs that work, mistakes that no test rejects."""
# ruff: noqa: E501 - a case is read in one line

from __future__ import annotations

import pytest

from autograder.authoring import tried
from autograder.authoring.findings import Finding, Standard, Subject
from tests.autograder.authoring.complete import MISTAKES, PRIVATE, PUBLIC, SOURCE, course_with

FIND = {find.__name__: find for find in (tried.stubs, tried.solution, tried.mistakes)}


def found(tmp_path, find: str, *changes: tuple[str, str, str]) -> list[Finding]:
    """What is found in the complete course with these changes."""
    course = course_with(tmp_path, *changes)
    assignment = course.assignment("a1")
    subject = Subject(course, assignment, assignment.notebooks[0], Standard.of(course))
    return list(FIND[find](subject))


@pytest.mark.bubblewrap
@pytest.mark.parametrize("find", FIND)
def test_nothing_is_missing_in_the_complete_course(tmp_path, find):
    assert found(tmp_path, find) == []


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("find", "change", "where", "what", "remedy"),
    [
        ("solution", (SOURCE, "return 2 * x", "return 2 + x"), "notebook.py, line 8",
         "the solution of double is wrong_value in test_three_doubled_is_six (", "or test_three_doubled_is_six"),
        ("solution", (PRIVATE, "np.mean(x)", "np.median(x)"), "notebook.py, line 18",
         "the solution of mean is wrong_value in test_mean_of_random_numbers (", "or test_mean_of_random_numbers"),
        ("solution", (SOURCE, "return x.sum() / len(x)", "import scipy\n            return x.sum() / len(x)"),
         "notebook.py, line 18", "the solution of mean is forbidden in", "correct the solution"),
        ("stubs", (SOURCE, "            ### BEGIN SOLUTION\n            return 2 * x",
                   "            return 2 * x\n            ### BEGIN SOLUTION"),
         "notebook.py, line 8", "what students are given of double is passed in", "between BEGIN SOLUTION and END"),
        ("stubs", (SOURCE, "answer_half = ...  #", "answer_half = ...; answer_half = 3  #"),
         "notebook.py, line 28", "what students are given of answer_half is passed in", "between BEGIN SOLUTION"),
        ("mistakes", (MISTAKES, "return x**2", "return x + x"), "mistakes.py, line 18",
         "no private test rejects squares, a mistake in double", "in which it differs from the solution"),
        ("mistakes", (MISTAKES, "return x + x", "return x + x + 1"), "mistakes.py, line 28",
         "adds is right, and test_three_doubled_is_six rejects it: ", "call it a mistake"),
        ("mistakes", (PUBLIC, "student.mean(np.array([1.0, 3.0])), 2.0", "student.mean(np.array([2.0])), 2.0"),
         "public_tests.py", "public tests reject 33% of the mistakes, not sums, answer_half = 2.0", "50%"),
        ("mistakes", (PUBLIC, "student.mean(np.array([1.0, 3.0])), 2.0", "student.mean(np.array([2.0])), 2.0"),
         "mistakes.py", "33% of the mistakes get their own hint, not sums, answer_half = 2.0", "50%"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, find, change, where, what, remedy):
    findings = found(tmp_path, find, change)
    named = [f for f in findings if f.where == f"assignments/a1/double/{where}" and what in f.what]
    assert named, findings
    assert remedy in named[0].remedy


def test_the_bundle_of_the_complete_course_holds_nothing_secret(tmp_path):
    course = course_with(tmp_path)
    assert list(tried.bundle(course, course.assignment("a1"))) == []


def test_a_solution_in_the_public_tests_is_found_in_the_bundle(tmp_path):
    longer = (SOURCE, "return 2 * x", "doubled = 2 * x\n            return doubled")
    copied = (PUBLIC, "expect.close(student.double(3.0)",
              "doubled = 2 * x\n            return doubled\n            expect.close(student.double(3.0)")  # fmt: skip
    course = course_with(tmp_path, longer, copied)
    (finding,) = tried.bundle(course, course.assignment("a1"))
    assert finding.where == "checks/double/public_tests.py in the bundle of a1"
    assert finding.what == "students get the solution `doubled = 2 * x ...`"
