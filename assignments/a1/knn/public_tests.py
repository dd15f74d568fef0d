"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect

# Corners of right-angled triangles with whole sides: every distance below can be found with a pencil.
TRAIN = np.array([[0.0, 0.0], [3.0, 4.0], [8.0, 15.0]])
TEST = np.array([[8.0, 0.0], [0.0, 0.0]])
DISTANCES = np.array([[8.0, np.sqrt(41.0), 15.0], [0.0, 5.0, 17.0]])

CORNERS = np.array([[0.0, 0, 0], [2, 3, 6], [1, 4, 8], [4, 4, 7], [2, 6, 9]])
CORNERS_FROM_ORIGIN = np.array([[0.0, 7.0, 9.0, 9.0, 11.0]])


def trained(student, X, y=None):
    """The student's classifier with the examples X and the labels y (0, 1, 2, ... if none are given)."""
    knn = student.KNearestNeighbor()
    knn.train(X, np.arange(len(X)) if y is None else np.array(y))
    return knn


@pytest.mark.graded("compute_distances_two_loops", points=0.5)
def test_two_loops_on_triangles(student):
    """Two test points and three training points in the plane."""
    expect.close(
        trained(student, TRAIN).compute_distances_two_loops(TEST), DISTANCES, "The matrix of distances"
    )


@pytest.mark.graded("compute_distances_two_loops", points=0.5)
def test_two_loops_on_one_point_in_space(student):
    """One test point, five training points, three numbers to a point."""
    got = trained(student, CORNERS).compute_distances_two_loops(CORNERS[:1])
    expect.close(got, CORNERS_FROM_ORIGIN, "The matrix of distances")


@pytest.mark.graded("compute_distances_one_loop", points=0.5)
def test_one_loop_on_triangles(student):
    """Two test points and three training points in the plane."""
    expect.close(
        trained(student, TRAIN).compute_distances_one_loop(TEST), DISTANCES, "The matrix of distances"
    )


@pytest.mark.graded("compute_distances_one_loop", points=0.5)
def test_one_loop_on_one_point_in_space(student):
    """One test point, five training points, three numbers to a point."""
    got = trained(student, CORNERS).compute_distances_one_loop(CORNERS[:1])
    expect.close(got, CORNERS_FROM_ORIGIN, "The matrix of distances")


@pytest.mark.graded("compute_distances_no_loops", points=0.5)
def test_no_loops_on_triangles(student):
    """Two test points and three training points in the plane."""
    expect.close(
        trained(student, TRAIN).compute_distances_no_loops(TEST), DISTANCES, "The matrix of distances"
    )


@pytest.mark.graded("compute_distances_no_loops", points=0.5)
def test_no_loops_on_one_point_in_space(student):
    """One test point, five training points, three numbers to a point."""
    got = trained(student, CORNERS).compute_distances_no_loops(CORNERS[:1])
    expect.close(got, CORNERS_FROM_ORIGIN, "The matrix of distances")


@pytest.mark.graded("compute_distances_no_loops", points=0.5)
def test_no_loops_as_many_test_as_training_points(student):
    """A square matrix: the distances of three points from the same three in another order."""
    got = trained(student, TRAIN).compute_distances_no_loops(TRAIN[[1, 2, 0]])
    a, b = 5.0, np.sqrt(146.0)
    expect.close(got, [[a, 0, b], [17, b, 0], [0, a, 17]], "The matrix of distances")


@pytest.mark.graded("compute_distances_no_loops", points=0.5)
def test_no_loops_on_identical_points(student):
    """Each of 60 points is among the training points: its distance from itself is 0, but for rounding."""
    points = np.sqrt(np.arange(1.0, 421.0)).reshape(60, 7)
    got = trained(student, points).compute_distances_no_loops(points)
    expect.shape(got, (60, 60), "The matrix of distances")
    own = np.diagonal(got)
    # A square is off by some 1e-16 of its terms, a distance by the root of that (in float32: 1e-7).
    expect.close(own, np.zeros(60), "The distance of each point from itself", atol=0.05)


# From near to far, the columns are 1, 0, 3, 4, 2 in the first row and 2, 0, 4, 1, 3 in the second.
VOTES = np.array([[1.9, 1.4, 9.8, 2.7, 5.1], [2.3, 6.6, 0.4, 8.2, 4.9]])


@pytest.mark.graded("predict_labels", points=0.5)
def test_nearest_label(student):
    """k = 1: the label of the nearest training example, as an array of whole numbers."""
    got = trained(student, np.zeros((5, 2)), [4, 3, 0, 1, 2]).predict_labels(VOTES, k=1)
    expect.equal(got, [3, 0], "The array of labels")
    expect.whole_numbers(got, "The array of labels")


@pytest.mark.graded("predict_labels", points=0.5)
def test_majority_of_three(student):
    """k = 3 with the votes 1, 2, 2 and 2, 2, 1 (nearest first). The dists stay as they are."""
    got = trained(student, np.zeros((5, 2)), [2, 1, 2, 2, 1]).predict_labels(VOTES, k=3)
    expect.equal(got, [2, 2], "The array of labels")
    expect.unchanged(VOTES, student.arguments_()[0], "dists")


@pytest.mark.graded("predict_labels", points=0.5)
def test_smallest_of_tied_labels(student):
    """k = 4 with the votes 7, 2, 7, 2 and 7, 2, 2, 7 (nearest first): the smaller label wins both times."""
    got = trained(student, np.zeros((5, 2)), [2, 7, 7, 7, 2]).predict_labels(VOTES, k=4)
    expect.equal(got, [2, 2], "The array of labels")


@pytest.mark.graded("predict_labels", points=0.5)
def test_everybody_votes(student):
    """k is the number of training examples: the most frequent label of all, wherever the test point is."""
    got = trained(student, np.zeros((5, 2)), [50, 60, 10, 60, 20]).predict_labels(VOTES, k=5)
    expect.equal(got, [60, 60], "The array of labels")


# Points on a line, so that the nearest others can be read off. No two are equally far from a third.
@pytest.mark.graded("cross_validation_accuracies", points=0.5)
def test_six_points_in_three_folds(student):
    """Folds of two. With k = 3 they get 1, 2 and 0 right, with k = 1 they get 2, 1 and 0 right."""
    X, y = np.array([[12.0], [0], [8], [2], [3], [19]]), np.array([1, 1, 1, 1, 0, 0])
    got = student.cross_validation_accuracies(X, y, [3, 1], num_folds=3)
    expect.close(got, [[0.5, 1, 0], [1, 0.5, 0]], "The table of accuracies")


@pytest.mark.graded("cross_validation_accuracies", points=0.5)
def test_folds_of_unequal_length(student):
    """Seven points in three folds, which np.array_split makes 3, 2 and 2 long."""
    X, y = np.array([[4.0], [31], [0], [1], [18], [10], [29]]), np.array([0, 1, 0, 1, 0, 0, 1])
    got = student.cross_validation_accuracies(X, y, [3, 1], num_folds=3)
    expect.close(got, [[2 / 3, 0, 1 / 2], [1 / 3, 1 / 2, 1]], "The table of accuracies")


@pytest.mark.graded("cross_validation_accuracies", points=0.5)
def test_five_folds_unless_told_otherwise(student):
    """Ten points and no num_folds: five folds of two. X and y stay as they are."""
    X = np.array([[38.0], [31], [21], [6], [25], [27], [34], [0], [32], [7]])
    y = np.array([0, 0, 1, 0, 0, 1, 0, 0, 0, 1])
    got = student.cross_validation_accuracies(X, y, [1])
    expect.close(got, [[1, 0, 0, 1, 0.5]], "The table of accuracies")
    expect.unchanged(X, student.arguments_()[0], "X")
    expect.unchanged(y, student.arguments_()[1], "y")


@pytest.mark.graded("cross_validation_accuracies", points=0.5)
def test_every_example_is_a_fold(student):
    """Five points in five folds: each is asked about once, and all the others are its training set."""
    X, y = np.array([[39.0], [34], [1], [10], [17]]), np.array([0, 1, 0, 1, 1])
    got = student.cross_validation_accuracies(X, y, [1, 3], num_folds=5)
    expect.close(got, [[0, 0, 0, 1, 1], [0, 1, 0, 1, 1]], "The table of accuracies")


@pytest.mark.graded("answer_number_of_distances", points=0)
def test_number_of_distances_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_number_of_distances"], "answer_number_of_distances")


@pytest.mark.graded("answer_what_changes_the_vote", points=0)
def test_what_changes_the_vote_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(
        student["answer_what_changes_the_vote"], ("a", "b", "c", "d"), "answer_what_changes_the_vote"
    )
