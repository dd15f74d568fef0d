"""Nearest neighbours: remember every example, predict by the vote of the k closest ones.

Distances between all pairs of two sets of points, the vote, and the choice of k by cross-validation.
Not for large sets: a distance matrix of M test and N training points holds M * N numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import numpy as np

from cs_lib.validation import expect_choice, expect_shapes

Distances = Callable[[np.ndarray, np.ndarray], np.ndarray]


def l2_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distance of every row of a: (M, D) from every row of b: (N, D), as (M, N).

    Uses |a - b|^2 = |a|^2 - 2 a.b + |b|^2, so that nearly all the work is one matrix product. The
    difference of large, nearly equal numbers can come out a little below zero; it is set to 0
    before the root, so that a point is 0 and not NaN away from itself. For the same reason the
    distance of *almost* equal points has only about half of the dtype's digits. Raises ValueError
    if the shapes do not fit.
    """
    a, b = _as_floats(a=a, b=b)
    distances = (a * -2) @ b.T
    distances += np.vecdot(a, a)[:, np.newaxis]
    distances += np.vecdot(b, b)
    np.maximum(distances, 0, out=distances)
    return np.sqrt(distances, out=distances)


def l1_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sum of absolute differences of every row of a: (M, D) from every row of b: (N, D), as (M, N).

    There is no matrix product in it: one row of a at a time keeps the temporary at (N, D) instead
    of (M, N, D). Raises ValueError if the shapes do not fit.
    """
    a, b = _as_floats(a=a, b=b)
    distances = np.empty((len(a), len(b)), dtype=np.result_type(a, b))
    for i, row in enumerate(a):
        distances[i] = np.abs(b - row).sum(axis=1)
    return distances


class KNearestNeighbor:
    """A k-nearest-neighbour classifier with the Euclidean distance.

    Training is O(1), it only remembers; predicting is O(N), it looks at every example. The three
    `compute_distances_*` methods return the same (num_test, num_train) matrix and differ in speed.
    """

    X_train: np.ndarray | None = None
    y_train: np.ndarray | None = None

    def train(self, X: np.ndarray, y: np.ndarray) -> None:
        """Remember the examples X: (num_train, D) and their labels y: (num_train,).

        Integer images are kept as floats, because differences of uint8 wrap around. Raises
        ValueError if the shapes do not fit or there are no examples.
        """
        y = np.asarray(y)
        expect_shapes(X=(X, "N D"), y=(y, "N"))
        if len(y) == 0:
            raise ValueError("X has no rows, expected at least one training example")
        (self.X_train,) = _as_floats(X=X)
        self.y_train = y

    def compute_distances_two_loops(self, X: np.ndarray) -> np.ndarray:
        """Distances (num_test, num_train) of X: (num_test, D), one pair at a time: slow and plain."""
        X, X_train = self._points(X)
        distances = np.empty((len(X), len(X_train)), dtype=np.result_type(X, X_train))
        for i in range(len(X)):
            for j in range(len(X_train)):
                distances[i, j] = np.sqrt(np.sum((X[i] - X_train[j]) ** 2))
        return distances

    def compute_distances_one_loop(self, X: np.ndarray) -> np.ndarray:
        """Distances (num_test, num_train) of X: (num_test, D), one test example at a time."""
        X, X_train = self._points(X)
        distances = np.empty((len(X), len(X_train)), dtype=np.result_type(X, X_train))
        for i in range(len(X)):
            distances[i] = np.sqrt(np.sum((X_train - X[i]) ** 2, axis=1))
        return distances

    def compute_distances_no_loops(self, X: np.ndarray) -> np.ndarray:
        """Distances (num_test, num_train) of X: (num_test, D) by one matrix product (`l2_distances`)."""
        return l2_distances(*self._points(X))

    def predict_labels(self, dists: np.ndarray, k: int = 1) -> np.ndarray:
        """The majority label (num_test,) of the k nearest examples, given dists: (num_test, num_train).

        If several labels have the most votes, the smallest label wins. If several examples are
        equally far and not all of them are among the k, those that come first in training count.
        Raises ValueError for a k outside 1..num_train or a dists of another width, RuntimeError
        before `train`.
        """
        _, y_train = self._trained()
        dists = np.asarray(dists)
        expect_shapes(dists=(dists, f"M {len(y_train)}"))
        k = _expect_k(k, len(y_train))
        return _vote(y_train[_nearest(dists, k)])

    def predict(self, X: np.ndarray, k: int = 1, num_loops: int = 0) -> np.ndarray:
        """Labels (num_test,) of X: (num_test, D); num_loops (0, 1, 2) chooses how distances are found.

        Raises ValueError for another num_loops, and whatever the two steps raise.
        """
        expect_choice("num_loops", num_loops, (0, 1, 2))
        distances = (
            self.compute_distances_no_loops,
            self.compute_distances_one_loop,
            self.compute_distances_two_loops,
        )[num_loops]
        return self.predict_labels(distances(X), k)

    def _trained(self) -> tuple[np.ndarray, np.ndarray]:
        if self.X_train is None or self.y_train is None:
            raise RuntimeError("the classifier has no examples yet: call train(X, y) first")
        return self.X_train, self.y_train

    def _points(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        X_train, _ = self._trained()
        X, X_train = _as_floats(X=X, X_train=X_train)
        return X, X_train


def cross_validate(
    X: np.ndarray,
    y: np.ndarray,
    ks: Sequence[int],
    num_folds: int = 5,
    distances: Distances = l2_distances,
) -> np.ndarray:
    """Validation accuracy (len(ks), num_folds) of every k on every fold of X: (N, D), y: (N,).

    The folds are consecutive parts of nearly equal length, so shuffle X and y first if their order
    means something. Each fold is predicted from all the others. Its distances and its neighbours
    do not depend on k, so they are found once for all ks. Raises ValueError for shapes that do not
    fit, num_folds outside 2..N, no ks, or a k above the smallest number of training examples.
    """
    y = np.asarray(y)
    (X,) = _as_floats(X=X)
    num_examples = expect_shapes(X=(X, "N D"), y=(y, "N"))["N"]
    if not 2 <= num_folds <= num_examples:
        raise ValueError(
            f"num_folds is {num_folds}, expected 2 to {num_examples} for {num_examples} examples"
        )
    if len(ks) == 0:
        raise ValueError("ks is empty, expected at least one k to try")
    folds = np.array_split(np.arange(num_examples), num_folds)
    ks = [_expect_k(k, num_examples - len(folds[0])) for k in ks]

    accuracies = np.empty((len(ks), num_folds))
    for column, fold in enumerate(folds):
        X_rest, y_rest = np.delete(X, fold, axis=0), np.delete(y, fold)
        neighbours = y_rest[_nearest(distances(X[fold], X_rest), max(ks))]
        for row, k in enumerate(ks):
            accuracies[row, column] = np.mean(_vote(neighbours[:, :k]) == y[fold])
    return accuracies


def _nearest(dists: np.ndarray, k: int) -> np.ndarray:
    """Columns (M, k) of the k smallest of each row of dists: (M, N), nearest first, ties in order.

    Only the candidates up to the k-th smallest value are sorted: sorting whole rows would take
    longer than the distances themselves.
    """
    limits = np.partition(dists, k - 1, axis=1)[:, k - 1]
    nearest = np.empty((len(dists), k), dtype=np.intp)
    for i, (row, limit) in enumerate(zip(dists, limits, strict=True)):
        candidates = np.flatnonzero(~(row > limit))  # so put, NaN counts as farthest
        nearest[i] = candidates[np.argsort(row[candidates], kind="stable")[:k]]
    return nearest


def _vote(labels: np.ndarray) -> np.ndarray:
    """The most frequent label (M,) of each row of labels: (M, k), the smallest one if several are."""
    classes, indices = np.unique(labels, return_inverse=True)
    num_rows, num_classes = len(labels), len(classes)
    flat = np.arange(num_rows)[:, np.newaxis] * num_classes + indices.reshape(labels.shape)
    votes = np.bincount(flat.ravel(), minlength=num_rows * num_classes).reshape(num_rows, num_classes)
    return classes[votes.argmax(axis=1)]  # classes are sorted and argmax takes the first maximum


def _as_floats(**points: np.ndarray) -> list[np.ndarray]:
    """The named (rows, D) arrays as floating point, after checking that they agree on D."""
    points = {name: np.asarray(array) for name, array in points.items()}
    expect_shapes(**{name: (array, f"rows_of_{name} D") for name, array in points.items()})
    return [
        array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)
        for array in points.values()
    ]


def _expect_k(k: int, num_train: int) -> int:
    try:
        k = operator.index(k)
    except TypeError:
        raise TypeError(f"k is {k!r}, expected a whole number") from None
    if not 1 <= k <= num_train:
        raise ValueError(f"k is {k}, expected 1 to {num_train} for {num_train} training examples")
    return k
