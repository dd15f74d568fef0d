"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import numpy as np
import pytest

from cs_lib import knn as reference
from cs_lib.check import expect, remembered


@remembered
def distances(X, X_train):
    """The distances that are expected, found pair by pair."""
    knn = reference.KNearestNeighbor()
    knn.train(X_train, np.zeros(len(X_train), dtype=int))
    return knn.compute_distances_one_loop(X)


@remembered
def labels(dists, y, k):
    """The labels that are expected."""
    knn = reference.KNearestNeighbor()
    knn.train(np.zeros((len(y), 1)), y)
    return knn.predict_labels(dists, k)


cross_validate = remembered(reference.cross_validate)


def trained(student, X, y=None):
    """The student's classifier with the examples X and the labels y (all 0 if none are given)."""
    knn = student.KNearestNeighbor()
    knn.train(X, np.zeros(len(X), dtype=int) if y is None else y)
    return knn


def rounding(got, *points):
    """How far distances may be off if they come from the multiplied-out square.

    Rounding moves a squared distance by some eps times the squared norms, so where two points are close it
    moves the distance itself by the root of that. The coarsest dtype on the way counts.
    """
    dtypes = [array.dtype for array in (got, *points) if isinstance(array, np.ndarray)]
    eps = max(np.finfo(dtype).eps for dtype in dtypes if dtype.kind == "f")
    return 4 * np.sqrt(eps) * max(np.linalg.norm(rows, axis=1).max() for rows in points)


def expect_distances(student, method, X, X_train):
    """The method gives the distances of X from X_train."""
    got = getattr(trained(student, X_train), method)(X)
    expect.close(got, distances(X, X_train), "The matrix of distances", atol=rounding(got, X, X_train))


def expect_inputs_unchanged(student, method, X, X_train):
    """The method leaves X alone, and gives the same again when it is called again."""
    knn = trained(student, X_train)
    for what in ("The matrix of distances", "The matrix of the second call"):
        got = getattr(knn, method)(X)
        expect.close(got, distances(X, X_train), what, atol=rounding(got, X, X_train))
        expect.unchanged(X, student.arguments_()[0], "X")


# Shapes of test and training points, and their dtypes.
EDGES = pytest.mark.parametrize(
    ("shape", "train_shape", "dtype"),
    [
        ((4, 6), (9, 6), "float64"),
        ((7, 3), (2, 3), "float32"),
        ((1, 5), (6, 5), "float64"),
        ((3, 1), (5, 1), "float32"),
    ],
    ids=["more training points", "more test points in float32", "one test point", "D is 1 in float32"],
)
FEW, WIDE = 300, 3000  # FEW x FEW x WIDE numbers take 2.2 GB, more than the sandbox has


@pytest.mark.graded("compute_distances_two_loops", points=0.375)
@EDGES
def test_two_loops(student, rng, shape, train_shape, dtype):
    """Different numbers of test and training points, one of them, one number to a point."""
    X, X_train = (3 * rng.standard_normal(s).astype(dtype) for s in (shape, train_shape))
    expect_distances(student, "compute_distances_two_loops", X, X_train)


@pytest.mark.graded("compute_distances_two_loops", points=0.5)
def test_two_loops_twice(student, rng):
    """Some points are identical, the inputs stay as they are, and a second call gives the same."""
    X_train = 5 * rng.standard_normal((6, 4))
    expect_inputs_unchanged(student, "compute_distances_two_loops", X_train[[3, 0, 5]], X_train)


@pytest.mark.graded("compute_distances_one_loop", points=0.375)
@EDGES
def test_one_loop(student, rng, shape, train_shape, dtype):
    """Different numbers of test and training points, one of them, one number to a point."""
    X, X_train = (3 * rng.standard_normal(s).astype(dtype) for s in (shape, train_shape))
    expect_distances(student, "compute_distances_one_loop", X, X_train)


@pytest.mark.graded("compute_distances_one_loop", points=0.5)
def test_one_loop_twice(student, rng):
    """Some points are identical, the inputs stay as they are, and a second call gives the same."""
    X_train = 5 * rng.standard_normal((6, 4))
    expect_inputs_unchanged(student, "compute_distances_one_loop", X_train[[3, 0, 5]], X_train)


@pytest.mark.graded("compute_distances_no_loops", points=0.125)
@EDGES
def test_no_loops(student, rng, shape, train_shape, dtype):
    """Different numbers of test and training points, one of them, one number to a point."""
    X, X_train = (3 * rng.standard_normal(s).astype(dtype) for s in (shape, train_shape))
    expect_distances(student, "compute_distances_no_loops", X, X_train)


@pytest.mark.graded("compute_distances_no_loops", points=0.25)
def test_no_loops_twice(student, rng):
    """The inputs stay as they are, and a second call gives the same."""
    X, X_train = rng.standard_normal((3, 4)), rng.standard_normal((6, 4))
    expect_inputs_unchanged(student, "compute_distances_no_loops", X, X_train)


@pytest.mark.graded("compute_distances_no_loops", points=0.25)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_loops_on_identical_points(student, rng, dtype):
    """Never NaN: each of 200 points is nearly 0 away from itself."""
    points = (10 * rng.standard_normal((200, 12))).astype(dtype)
    got = trained(student, points).compute_distances_no_loops(points)
    expect.shape(got, (200, 200), "The matrix of distances")
    own = np.diagonal(got)
    expect.close(own, np.zeros(200), "The distance of each point from itself", atol=rounding(own, points))


@pytest.mark.graded(
    "compute_distances_no_loops",
    points=0.75,
    seconds=20,  # loops take about one
    hint="Build no array of shape (num_test, num_train, D) on the way: one matrix product does it.",
)
def test_no_loops_on_wide_points(student, rng):
    """All differences at once do not fit into memory; the matrix product and loops take no notice."""
    X, X_train = rng.random((FEW, WIDE)), rng.random((FEW, WIDE))
    got = trained(student, X_train).compute_distances_no_loops(X)
    expect.shape(got, (FEW, FEW), "The matrix of distances")
    part, wanted = np.asarray(got)[::37, ::41], distances(X[::37], X_train[::41])
    expect.close(part, wanted, "A part of the distances", atol=rounding(part, X, X_train))


def with_neighbours(rng, y, sequences):
    """Distances, a row for each sequence: the labels of the nearest examples, nearest first."""
    dists = np.empty((len(sequences), len(y)))
    for row, sequence in zip(dists, sequences, strict=True):
        columns = rng.permutation(len(y)).tolist()
        nearest = []
        for label in sequence:
            nearest.append(next(column for column in columns if y[column] == label))
            columns.remove(nearest[-1])
        row[nearest + columns] = np.sort(rng.uniform(0.5, 4.5, len(y)))
    return dists


Y = np.array([40, 3, 700, 3, 40, 700, 0, 40, 3, 700, 0, 700])  # labels of twelve training examples, with gaps


@pytest.mark.graded("predict_labels", points=0.25)
@pytest.mark.parametrize(("k", "dtype"), [(1, "float64"), (3, "float64"), (5, "float32")])
def test_labels(student, rng, k, dtype):
    """Labels with gaps between them; in each row a single label has the most votes."""
    sequences = [
        [3, 40, 3, 700, 3],
        [700, 0, 0, 40, 3],
        [0, 700, 700, 40, 700],
        [40, 40, 0, 3, 40],
        [3, 700, 700, 0, 40],
    ]
    dists = with_neighbours(rng, Y, sequences).astype(dtype)
    got = trained(student, np.zeros((len(Y), 2)), Y).predict_labels(dists, k=k)
    expect.equal(got, labels(dists, Y, k), "The array of labels")


@pytest.mark.graded("predict_labels", points=0.25)
@pytest.mark.parametrize(
    "sequences",
    [
        [[700, 3, 700, 3], [3, 700, 3, 700], [700, 700, 3, 3], [3, 3, 700, 700]],
        [[40, 3, 700, 0], [700, 40, 3, 0], [0, 3, 40, 700], [40, 700, 700, 40]],
    ],
    ids=["two pairs", "four different labels"],
)
def test_ties(student, rng, sequences):
    """Several labels have the most of four votes, in each order: the smallest wins."""
    dists = with_neighbours(rng, Y, sequences)
    got = trained(student, np.zeros((len(Y), 2)), Y).predict_labels(dists, k=4)
    expect.equal(got, labels(dists, Y, 4), "The array of labels")


@pytest.mark.graded("predict_labels", points=0.25)
def test_all_training_examples_vote(student, rng):
    """k is the number of training examples."""
    y = rng.permutation([7, 1, 7, 11, 1, 7, 4, 11, 12])
    dists = rng.random((3, len(y)))
    expect.equal(
        trained(student, np.zeros((len(y), 2)), y).predict_labels(dists, k=len(y)),
        [7, 7, 7],
        "The array of labels",
    )


@pytest.mark.graded("predict_labels", points=0.25)
def test_one_test_example(student, rng):
    """One row of distances, five votes: an array of one whole number."""
    dists = with_neighbours(rng, Y, [[40, 0, 3, 700, 3]])
    got = trained(student, np.zeros((len(Y), 2)), Y).predict_labels(dists, k=5)
    expect.equal(got, [3], "The array of labels")
    expect.whole_numbers(got, "The array of labels")


@pytest.mark.graded("predict_labels", points=0.25)
def test_distances_stay_as_they_are(student, rng):
    """The caller's dists are the same after the call."""
    dists = with_neighbours(rng, Y, [[700, 0, 0], [3, 40, 3]])
    got = trained(student, np.zeros((len(Y), 2)), Y).predict_labels(dists, k=3)
    expect.equal(got, [0, 3], "The array of labels")
    expect.unchanged(dists, student.arguments_()[0], "dists")


# In cross-validation there are two classes and every k is odd: no vote is tied, so that a wrong rule for ties
# costs its own points only. Any distances in the right order will do as well.
def two_heaps(rng, num_examples, dtype="float64"):
    """Examples of two classes that overlap, in no order."""
    y = rng.permutation(np.arange(num_examples) % 2)
    return (rng.standard_normal((num_examples, 3)) + 0.8 * y[:, np.newaxis]).astype(dtype), y


@pytest.mark.graded("cross_validation_accuracies", points=0.5)
@pytest.mark.parametrize(
    ("num_examples", "ks", "num_folds"),
    [(43, [5, 1, 9, 3], 6), (20, [3, 1], 2), (21, [3], 21)],
    ids=["folds of unequal length", "two folds", "every example a fold"],
)
def test_cross_validation(student, rng, num_examples, ks, num_folds):
    """Different numbers of examples, ks and folds."""
    X, y = two_heaps(rng, num_examples)
    got = student.cross_validation_accuracies(X, y, ks, num_folds=num_folds)
    expect.close(got, cross_validate(X, y, ks, num_folds), "The table of accuracies")


@pytest.mark.graded("cross_validation_accuracies", points=0.25)
def test_cross_validation_by_default(student, rng):
    """Five folds unless told otherwise; float32."""
    X, y = two_heaps(rng, 33, "float32")
    got = student.cross_validation_accuracies(X, y, [1, 7, 3])
    expect.close(got, cross_validate(X, y, [1, 7, 3], 5), "The table of accuracies")


@pytest.mark.graded("cross_validation_accuracies", points=0.25)
def test_cross_validation_changes_no_input(student, rng):
    """X and y are the same after the call."""
    X, y = two_heaps(rng, 24)
    got = student.cross_validation_accuracies(X, y, [1, 5], num_folds=4)
    expect.close(got, cross_validate(X, y, [1, 5], 4), "The table of accuracies")
    for before, after, name in zip((X, y), student.arguments_()[:2], "Xy", strict=True):
        expect.unchanged(before, after, name)


@pytest.mark.graded("answer_number_of_distances", points=1)
def test_number_of_distances(student):
    """Five folds of 200, each compared with the other 800."""
    expect.close(student["answer_number_of_distances"], 5 * 200 * 800, "answer_number_of_distances")


@pytest.mark.graded("answer_what_changes_the_vote", points=1)
def test_what_changes_the_vote(student):
    """Only the red channel's new weight changes the order of the distances."""
    expect.answered(student["answer_what_changes_the_vote"], "answer_what_changes_the_vote")
    expect.equal(student["answer_what_changes_the_vote"], "d", "answer_what_changes_the_vote")
