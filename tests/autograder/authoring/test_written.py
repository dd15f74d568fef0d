"""What is missing in a notebook's files is named with its file, its line and what to write."""
# ruff: noqa: E501 - a case is read in one line

from __future__ import annotations

import pytest

from autograder.authoring.findings import Finding, Standard, Subject
from autograder.authoring.validate import CHECKS
from tests.autograder.authoring.complete import MISTAKES, PRIVATE, PUBLIC, SOURCE, course_with

CHECK = {check.name: check for check in CHECKS}


def found(tmp_path, check: str, *changes: tuple[str, str, str]) -> list[Finding]:
    """What a check finds in the complete course with these changes."""
    course = course_with(tmp_path, *changes)
    assignment = course.assignment("a1")
    subject = Subject(course, assignment, assignment.notebooks[0], Standard.of(course))
    return list(CHECK[check].find(subject))


@pytest.mark.parametrize("check", ["files", "nothing left to do", "exercises", "tests", "known mistakes"])
def test_nothing_is_missing_in_the_complete_course(tmp_path, check):
    assert found(tmp_path, check) == []


RATIO = "def test_mean_of_one_and_three_is_two"


@pytest.mark.parametrize(
    ("check", "change", "where", "what", "remedy"),
    [
        ("files", (SOURCE, "return 2 * x", "return 2 *"), "notebook.py, line 12", "not valid Python", "correct"),
        ("files", (PUBLIC, "import numpy", "import\0numpy"), "public_tests.py", "not valid Python", "correct"),
        ("nothing left to do", (PRIVATE, "x = rng.standard_normal(7)", "x = 7  # TODO: draw **numbers**"),
         "private_tests.py, line 16", "still to do", "draw **numbers**"),
        ("nothing left to do", (MISTAKES, '"You square x: multiply it by two."', '"TODO: what you do (x)."'),
         "mistakes.py, line 17", "still to do", "what you do (x)"),
        ("nothing left to do", (MISTAKES, "return x**2", 'return x**2  # TODO: or is it "x**x"'),
         "mistakes.py, line 19", "still to do", 'or is it "x**x"'),
        ("nothing left to do", (SOURCE, '"""Twice x."""', '"""TODO"""'),
         "notebook.py, line 10", "still to do", "finish it"),
        ("exercises", (SOURCE, '# %% grades="mean"\n        check("mean")', ""),
         "notebook.py, line 18", "no check follows mean", '# %% grades="mean"'),
        ("exercises", (SOURCE, 'solution="mean"', 'solution="average"'),
         "notebook.py, line 25", "mean is checked, but not asked for", '# %% solution="mean"'),
        ("exercises", (SOURCE, 'solution="mean"', 'solution="double"'),
         "notebook.py", "2 cells are called double", "a name of its own"),
        ("exercises", (SOURCE, 'solution="mean"', 'solved="mean"'),
         "notebook.py, line 18", "a solution in a cell without a role", '# %% solution="f"'),
        ("exercises", (SOURCE, "return 2 * x\n            ### END SOLUTION", "return 2 * x"),
         "notebook.py, line 8", "1 times BEGIN SOLUTION, 0 times END SOLUTION", "pairs"),
        ("exercises", (SOURCE, "def mean", "def average"),
         "notebook.py, line 18", "mean is not defined in its cell", "define mean"),
        ("exercises", (SOURCE, "answer_half = ...  #", "answer_half = 0  #"),
         "notebook.py, line 28", "nothing to replace in answer_half", "answer_half = ..."),
        ("exercises", (SOURCE, " points=2", ""), "notebook.py, line 37", "no points for why", "points=2"),
        ("exercises", (SOURCE, "2 points: two halves make a whole.", ""),
         "notebook.py, line 37", "no rubric for why", "BEGIN MARK SCHEME"),
        ("exercises", (SOURCE, "# Because two halves make a whole.\n        # ### END SOLUTION", ""),
         "notebook.py, line 37", "1 times BEGIN SOLUTION, 0 times", "pairs"),
        ("tests", (PUBLIC, 'graded("mean"', 'graded("double"'),
         "public_tests.py", "no test of mean", '@pytest.mark.graded("mean", points=1)'),
        ("tests", (PRIVATE, 'graded("mean"', 'graded("double"'),
         "private_tests.py", "no test of mean", '@pytest.mark.graded("mean", points=1)'),
        ("tests", (PUBLIC, 'graded("mean"', 'graded("mode"'),
         "public_tests.py, line 13", "mode is tested, but no exercise", "correct the name"),
        ("tests", (PRIVATE, 'graded("answer_half", points=1)', 'graded("answer_half", points=0)'),
         "private_tests.py", "no points for answer_half", "points=1"),
        ("tests", (PRIVATE, "test_half", "test_answer_is_a_number"),
         "private_tests.py, line 21", "test_answer_is_a_number is in public_tests.py, too", "another name"),
        ("tests", (PUBLIC, "points=1", "points=4"),
         "public_tests.py", "public tests give 8 of the functions' 12 points, 67%", "30% to 50%"),
        ("tests", (PUBLIC, "import numpy as np", "import scipy, cs_lib.knn\n        import numpy as np"),
         "public_tests.py, line 1", "students do not have scipy", "`libraries`"),
        ("tests", (PUBLIC, "import numpy as np", "import numpy as np\n        from cs_lib.knn import l2_distances"),
         "public_tests.py, line 2", "students do not have cs_lib.knn", "`provided`"),
        ("known mistakes", (MISTAKES, '@catalogue.mistake("mean", hint', '@catalogue.mistake("double", hint'),
         "mistakes.py", "known mistakes in mean: 0, and 1 are asked for", "what do students get wrong?"),
        ("known mistakes", (MISTAKES, 'catalogue.wrong_answer("answer_half", 2.0, hint="That is twice one.")', ""),
         "mistakes.py", "known wrong answers to answer_half: 0, and 1 are asked for", "catalogue.wrong_answer"),
        ("known mistakes", (MISTAKES, '@catalogue.right("mean")', '@catalogue.right("double")'),
         "mistakes.py", "right versions of mean besides the solution: 0, and 1 are", "how else can it be done?"),
        ("known mistakes", (MISTAKES, '"mean": mean, ', ""),
         "mistakes.py, line 14", "no solution of mean", "Catalogue(...)"),
        ("known mistakes", (MISTAKES, '"You square x: multiply it by two."', '" "'),
         "mistakes.py, line 18", "no hint for squares", "without the solution"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(tmp_path, check, change, where, what, remedy):
    findings = found(tmp_path, check, change)
    named = [f for f in findings if f.where == f"assignments/a1/double/{where}" and what in f.what]
    assert named, findings
    assert named[0].remedy == remedy if check == "nothing left to do" else remedy in named[0].remedy


def test_a_file_that_is_missing_is_named(tmp_path):
    course = course_with(tmp_path)
    assignment = course.assignment("a1")
    (assignment.notebooks[0].folder / "mistakes.py").unlink()
    subject = Subject(course, assignment, assignment.notebooks[0], Standard())
    (finding,) = CHECK["files"].find(subject)
    assert finding.where == "assignments/a1/double/mistakes.py"
    assert finding.what == "there is no such file"


def test_the_standard_is_that_of_the_course(tmp_path):
    course = course_with(tmp_path)
    assert Standard.of(course).mistakes == 1
    assignment = course.assignment("a1")
    asked = Subject(course, assignment, assignment.notebooks[0], Standard())
    assert [f.what for f in CHECK["known mistakes"].find(asked)] == [
        "known mistakes in double: 1, and 8 are asked for",
        "right versions of double besides the solution: 1, and 3 are asked for",
        "known mistakes in mean: 1, and 8 are asked for",
        "right versions of mean besides the solution: 1, and 3 are asked for",
    ]
