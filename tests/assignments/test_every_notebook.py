"""What holds for every graded notebook of the course: its points, its tests, its mistakes, and its stubs."""

from __future__ import annotations

import ast
import functools
import sys

import pytest

from autograder.bridges.nbgrader import ClearSolutionsAndAnswers
from autograder.course import Assignment, Notebook, find_course
from autograder.grade import grade
from autograder.library import sources
from autograder.mistakes import Measure, load_catalogue, measure
from autograder.report import Report
from autograder.source import build_notebook, code_cells
from autograder.submission import Submission

COURSE = find_course()
NOTEBOOKS = [(a, n) for a in COURSE.assignments.values() for n in a.notebooks]
every_notebook = pytest.mark.parametrize(
    ("assignment", "notebook"), NOTEBOOKS, ids=[f"{a.name}-{n.name}" for a, n in NOTEBOOKS]
)


def graded(assignment: Assignment, notebook: Notebook, cells: tuple[tuple[str, str], ...]) -> Report:
    """The report on these cells, handed in for this notebook alone."""
    alone = Assignment(assignment.name, "", 0, (notebook,), assignment.seed, assignment.limits)
    return grade(alone, Submission("somebody", {notebook.name: cells}), sandbox="bubblewrap")


def released_cells(notebook: Notebook) -> tuple[tuple[str, str], ...]:
    """The code cells that students are given."""
    released, _ = ClearSolutionsAndAnswers().preprocess(build_notebook(notebook), {})
    return tuple((f"cell {i}", c.source) for i, c in enumerate(released.cells, 1) if c.cell_type == "code")


@functools.cache
def measured(notebook: Notebook) -> Measure:
    """How the notebook's tests deal with its catalogue."""
    return measure(notebook, seed="any")


@pytest.mark.bubblewrap
@every_notebook
def test_worked_notebook_gets_full_marks_and_no_remarks(assignment: Assignment, notebook: Notebook):
    report = graded(assignment, notebook, code_cells(notebook))
    assert [(test.id, test.status, test.detail) for test in report.tests if not test.passed] == []
    assert report.score == sum(notebook.points.values())
    assert report.problems == ()  # that data and plots are not there is no problem of the work
    assert report.repairs == ()


@pytest.mark.bubblewrap
@every_notebook
def test_released_notebook_gets_nothing_and_is_told_that_this_is_expected(
    assignment: Assignment, notebook: Notebook
):
    report = graded(assignment, notebook, released_cells(notebook))
    assert report.score == 0
    for test in report.tests:
        expected = "not_answered" if test.function.startswith("answer_") else "not_implemented"
        assert test.status == expected, (test.id, test.status, test.detail)


@every_notebook
def test_a_check_follows_each_exercise(assignment: Assignment, notebook: Notebook):
    roles = [(role, name) for role, name, _ in notebook.roles if role != "manual"]
    names = [name for role, name in roles if role == "solution"]
    assert roles == [(role, name) for name in names for role in ("solution", "grades")]
    assert set(names) == set(notebook.points)


@every_notebook
def test_about_two_fifths_of_the_points_are_public(assignment: Assignment, notebook: Notebook):
    public = sum(case.points for case in notebook.public_cases)
    of_functions = sum(points for name, points in notebook.points.items() if name in notebook.exercises)
    assert 0.35 <= public / of_functions <= 0.45  # an answer's points are private: a check would tell it


@every_notebook
def test_private_tests_reject_all_known_mistakes_and_nothing_right(
    assignment: Assignment, notebook: Notebook
):
    result = measured(notebook)
    assert result.survivors == ()
    assert result.rejected == ()


@every_notebook
def test_public_tests_reject_most_mistakes_and_most_get_their_own_hint(
    assignment: Assignment, notebook: Notebook
):
    result = measured(notebook)
    assert result.public_kill >= 0.6
    assert result.hinted >= 0.8, result.without_hint


@every_notebook
def test_every_function_has_eight_mistakes_and_three_right_variants(
    assignment: Assignment, notebook: Notebook
):
    catalogue = load_catalogue(notebook)
    for function in notebook.exercises:
        assert sum(variant.function == function for variant in catalogue.mistakes) >= 8, function
        assert sum(variant.function == function for variant in catalogue.right_variants) >= 3, function


def test_over_250_mistakes_are_known():
    assert sum(len(load_catalogue(notebook).mistakes) for _, notebook in NOTEBOOKS) > 250


@every_notebook
def test_public_tests_need_only_what_students_have(assignment: Assignment, notebook: Notebook):
    tree = ast.parse((notebook.folder / "public_tests.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    library = {name for name in imported if name.split(".")[0] == "cs_lib"}
    assert library <= set(sources(notebook.provided + notebook.building_blocks))
    others = {name.split(".")[0] for name in imported - library} - sys.stdlib_module_names
    assert others <= {"pytest", *notebook.libraries}


@every_notebook
def test_no_two_tests_share_an_id(assignment: Assignment, notebook: Notebook):
    ids = [case.id for case in notebook.cases]
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1]
