"""The kNN notebook: its points, its catalogue of mistakes, and what grading says of whole notebooks."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from autograder.bridges.nbgrader import ClearSolutionsAndAnswers
from autograder.course import Assignment, Notebook, load_course
from autograder.grade import grade
from autograder.mistakes import Measure, load_catalogue, measure
from autograder.report import Report
from autograder.source import build_notebook, code_cells
from autograder.submission import Submission

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = (
    "compute_distances_two_loops",
    "compute_distances_one_loop",
    "compute_distances_no_loops",
    "predict_labels",
    "cross_validation_accuracies",
)
QUESTIONS = ("answer_number_of_distances", "answer_what_changes_the_vote")
LEVELS = ("none", pytest.param("bubblewrap", marks=pytest.mark.bubblewrap))

LOOPS_WHERE_ONE_WAS_ASKED_FOR = """
def compute_distances_one_loop(self, X):
    return self.compute_distances_two_loops(X)

KNearestNeighbor.compute_distances_one_loop = compute_distances_one_loop
"""
ALL_DIFFERENCES_AT_ONCE = """
def compute_distances_no_loops(self, X):
    return np.sqrt(np.sum((X[:, np.newaxis] - self.X_train) ** 2, axis=2))

KNearestNeighbor.compute_distances_no_loops = compute_distances_no_loops
"""


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_course(ROOT / "assignments" / "course.toml").assignment("a1")


@pytest.fixture(scope="module")
def notebook(assignment: Assignment) -> Notebook:
    return assignment.notebook("knn")


def graded(assignment: Assignment, cells: tuple[tuple[str, str], ...], level: str) -> Report:
    return grade(assignment, Submission("somebody", {"knn": cells}), sandbox=level)


def of_knn(report: Report) -> list:
    return [test for test in report.tests if test.id in report.notebooks["knn"]]


def points_lost(report: Report) -> dict[str, str]:
    return {test.id: test.status for test in of_knn(report) if not test.passed}


def released_cells(notebook: Notebook) -> tuple[tuple[str, str], ...]:
    released, _ = ClearSolutionsAndAnswers().preprocess(build_notebook(notebook), {})
    return tuple((f"cell {i}", c.source) for i, c in enumerate(released.cells, 1) if c.cell_type == "code")


# --- points


def test_points_are_20_by_tests_and_3_by_hand(notebook: Notebook):
    assert notebook.points == dict(zip(FUNCTIONS + QUESTIONS, (3, 3, 4, 4, 4, 1, 1), strict=True))
    assert notebook.manual == {"question_choosing_k": 3}


def test_two_fifths_of_the_points_are_public(notebook: Notebook):
    assert sum(case.points for case in notebook.public_cases) == 8
    assert sum(case.points for case in notebook.private_cases) == 12


def test_a_check_follows_each_exercise(notebook: Notebook):
    roles = [(role, name) for role, name, _ in notebook.roles if role != "manual"]
    assert roles == [(role, name) for name in FUNCTIONS + QUESTIONS for role in ("solution", "grades")]


# --- whole notebooks


@pytest.mark.parametrize("level", LEVELS)
def test_worked_notebook_gets_full_marks(assignment: Assignment, notebook: Notebook, level: str):
    report = graded(assignment, code_cells(notebook), level)
    assert points_lost(report) == {}
    assert report.problems == ()  # that data and plots are not there is no problem of the work
    assert sum(test.score for test in of_knn(report)) == 20


@pytest.mark.parametrize("level", LEVELS)
def test_empty_notebook_gets_nothing_and_is_told_that_this_is_expected(
    assignment: Assignment, notebook: Notebook, level: str
):
    report = graded(assignment, released_cells(notebook), level)
    assert sum(test.score for test in of_knn(report)) == 0
    for test in of_knn(report):
        if test.function in QUESTIONS:
            assert test.status == "not_answered", test
        else:
            assert (test.status, test.message) == (
                "not_implemented",
                "Not implemented yet. This is expected until you fill it in.",
            ), test


def test_released_notebook_asks_for_answers_and_shows_none(notebook: Notebook):
    released = "\n".join(source for _, source in released_cells(notebook))
    assert "answer_number_of_distances = ...  # replace the dots by a number" in released
    assert 'answer_what_changes_the_vote = ...  # replace the dots by "a", "b", "c" or "d"' in released
    for solution in ("5 * 200 * 800", 'vote = "d"', "np.bincount", "np.maximum", "** 2, axis=1"):
        assert solution not in released
    assert released.count("raise NotImplementedError()") == len(FUNCTIONS)


@pytest.mark.bubblewrap
def test_only_what_does_not_fit_into_memory_loses_points(assignment: Assignment, notebook: Notebook):
    """Two loops where one was asked for give the right distances and keep their points."""
    other = (("cell 98", LOOPS_WHERE_ONE_WAS_ASKED_FOR), ("cell 99", ALL_DIFFERENCES_AT_ONCE))
    report = graded(assignment, code_cells(notebook) + other, "bubblewrap")
    assert points_lost(report) == {"test_no_loops_on_wide_points": "memory_limit"}


def test_wrong_rule_for_ties_costs_its_own_points_only(assignment: Assignment, notebook: Notebook):
    first_seen = """
def predict_labels(self, dists, k=1):
    from collections import Counter
    nearest = np.argsort(dists, axis=1)[:, :k]
    return np.array([Counter(row.tolist()).most_common(1)[0][0] for row in self.y_train[nearest]])

KNearestNeighbor.predict_labels = predict_labels
"""
    report = graded(assignment, (*code_cells(notebook), ("cell 99", first_seen)), "none")
    assert set(points_lost(report)) == {
        "test_smallest_of_tied_labels",
        "test_ties[two pairs]",
        "test_ties[four different labels]",
    }


# --- the catalogue


@pytest.fixture(scope="module")
def measured(notebook: Notebook) -> Measure:
    return measure(notebook, seed="any")


def test_private_tests_reject_all_mistakes_and_no_right_variant(measured: Measure):
    assert measured.survivors == ()
    assert measured.rejected == ()
    assert measured.mistakes >= 20
    assert measured.right_variants >= 5


def test_public_tests_let_only_wrong_answers_to_questions_through(measured: Measure):
    assert {name.split(" = ")[0] for name in measured.slip_through} == set(QUESTIONS)
    assert measured.public_kill >= 0.8


def test_every_other_mistake_gets_its_own_hint(measured: Measure):
    assert measured.without_hint == measured.slip_through
    assert measured.hinted >= 0.8


def test_every_function_has_mistakes_and_right_variants(notebook: Notebook):
    catalogue = load_catalogue(notebook)
    for function in FUNCTIONS:
        assert sum(variant.function == function for variant in catalogue.mistakes) >= 8
        assert sum(variant.function == function for variant in catalogue.right_variants) >= 2


# --- what students are given


def test_public_tests_need_only_what_students_have(notebook: Notebook):
    tree = ast.parse((notebook.folder / "public_tests.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert imported == {"numpy", "pytest", "cs_lib.check"}


def test_l1_example_of_the_lectures_gives_456(notebook: Notebook):
    (cell,) = (source for _, source in code_cells(notebook) if "train_picture =" in source)
    namespace = {"np": np, "print": lambda *values: None}
    exec(cell, namespace)
    assert namespace["differences"].sum() == 456
