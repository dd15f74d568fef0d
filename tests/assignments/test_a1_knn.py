"""The kNN notebook: its points, and what grading says of whole notebooks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.bridges.nbgrader import ClearSolutionsAndAnswers
from autograder.course import Assignment, Notebook, load_course
from autograder.grade import grade
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


# --- whole notebooks


@pytest.mark.parametrize("level", LEVELS)
def test_worked_notebook_gets_full_marks(assignment: Assignment, notebook: Notebook, level: str):
    report = graded(assignment, code_cells(notebook), level)
    assert points_lost(report) == {}
    assert sum(test.score for test in of_knn(report)) == 20


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


# --- numbers


def test_l1_example_of_the_lectures_gives_456(notebook: Notebook):
    (cell,) = (source for _, source in code_cells(notebook) if "train_picture =" in source)
    namespace = {"np": np, "print": lambda *values: None}
    exec(cell, namespace)
    assert namespace["differences"].sum() == 456
