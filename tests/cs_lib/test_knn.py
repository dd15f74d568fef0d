"""Nearest neighbours against SciPy, scikit-learn and the lectures' numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from cs_lib import knn
from cs_lib.knn import KNearestNeighbor, cross_validate, l1_distances, l2_distances

METHODS = ["compute_distances_two_loops", "compute_distances_one_loop", "compute_distances_no_loops"]


def _points(seed: int, rows: int, dim: int, dtype=np.float64) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, dim)).astype(dtype)


def _trained(X: np.ndarray, y: np.ndarray) -> KNearestNeighbor:
    model = KNearestNeighbor()
    model.train(X, y)
    return model


def test_l1_distance_of_the_lectures_example_is_456():
    test = np.array([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]], np.uint8)
    train = np.array([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]], np.uint8)
    assert l1_distances(test.reshape(1, -1), train.reshape(1, -1)).item() == 456


@given(st.integers(1, 7), st.integers(1, 6), st.integers(1, 9), st.integers(0, 99))
def test_all_distances_equal_scipys(num_test, num_train, dim, seed):
    a, b = _points(seed, num_test, dim), _points(seed + 1, num_train, dim)
    model = _trained(b, np.zeros(num_train, int))
    for method in METHODS:
        np.testing.assert_allclose(getattr(model, method)(a), cdist(a, b), rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(l1_distances(a, b), cdist(a, b, "cityblock"), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_float32_stays_float32_and_inputs_are_not_modified(method):
    a, b = _points(0, 5, 12, np.float32), _points(1, 6, 12, np.float32)
    a_before, b_before = a.copy(), b.copy()
    distances = getattr(_trained(b, np.zeros(6, int)), method)(a)
    assert distances.dtype == np.float32
    np.testing.assert_allclose(distances, cdist(a, b), rtol=1e-4)
    np.testing.assert_array_equal(a, a_before)
    np.testing.assert_array_equal(b, b_before)


@pytest.mark.parametrize("method", METHODS)
def test_uint8_images_do_not_wrap_around(method):
    model = _trained(np.array([[200, 0]], np.uint8), np.array([0]))
    assert getattr(model, method)(np.array([[0, 150]], np.uint8)).item() == 250


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_identical_points_are_zero_apart_and_never_nan(dtype):
    X = 255 * np.random.default_rng(0).random((40, 3072)).astype(dtype)
    distances = l2_distances(X, X)
    assert np.isfinite(distances).all()
    # Rounding of |a|^2 + |b|^2 (about 1.3e8 here), then the root.
    assert distances.diagonal().max() < 4 * np.sqrt(1.3e8 * np.finfo(dtype).eps)
    whole = np.round(X).astype(np.float64)
    assert (l2_distances(whole, whole).diagonal() == 0).all()


def test_non_contiguous_points_give_the_same_distances():
    a, b = _points(0, 8, 10), _points(1, 12, 10)
    np.testing.assert_allclose(l2_distances(a[::2, ::-2], b[::3, ::-2]), cdist(a[::2, ::-2], b[::3, ::-2]))


def test_vote_ties_go_to_the_smallest_label():
    model = _trained(np.zeros((5, 1)), np.array([7, 2, 7, 2, 9]))
    dists = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [5.0, 4.0, 3.0, 2.0, 1.0]])
    assert model.predict_labels(dists, k=4).tolist() == [2, 2]
    assert model.predict_labels(dists, k=2).tolist() == [2, 2]
    assert model.predict_labels(dists, k=1).tolist() == [7, 9]
    assert model.predict_labels(dists, k=3).tolist() == [7, 2]


def test_of_equally_far_examples_the_first_ones_vote():
    model = _trained(np.zeros((4, 1)), np.array([3, 1, 1, 0]))
    dists = np.ones((1, 4))
    assert model.predict_labels(dists, k=1).tolist() == [3]
    assert model.predict_labels(dists, k=4).tolist() == [1]


def test_a_distance_that_is_nan_counts_as_farthest():
    model = _trained(np.zeros((3, 1)), np.array([5, 6, 7]))
    assert model.predict_labels(np.array([[np.nan, 2.0, np.nan]]), k=1).tolist() == [6]
    assert model.predict_labels(np.array([[np.nan, 2.0, np.nan]]), k=2).tolist() == [5]


def test_k_may_be_the_number_of_examples_and_a_numpy_integer():
    model = _trained(_points(0, 6, 3), np.array([0, 0, 1, 1, 1, 0]))
    assert model.predict(_points(1, 4, 3), k=np.int64(6)).tolist() == [0, 0, 0, 0]


def test_labels_keep_their_dtype_and_distances_are_not_reordered():
    model = _trained(_points(0, 6, 3), np.arange(6, dtype=np.int16))
    dists = model.compute_distances_no_loops(_points(1, 4, 3))
    before = dists.copy()
    assert model.predict_labels(dists, k=2).dtype == np.int16
    np.testing.assert_array_equal(dists, before)


@pytest.mark.parametrize("k", [1, 2, 5, 60])
@pytest.mark.parametrize("num_loops", [0, 1, 2])
def test_predictions_equal_scikit_learns(k, num_loops):
    X, X_test = _points(0, 60, 5), _points(1, 20, 5)
    y = np.random.default_rng(2).integers(0, 4, 60)
    expected = KNeighborsClassifier(k, algorithm="brute").fit(X, y).predict(X_test)
    np.testing.assert_array_equal(_trained(X, y).predict(X_test, k, num_loops), expected)


def test_training_only_remembers_and_predicting_looks_at_every_example():
    X, y = _points(0, 50, 8), np.arange(50)
    model = _trained(X, y)
    assert np.shares_memory(model.X_train, X)  # O(1): not even a copy
    assert model.compute_distances_no_loops(X[:3]).shape == (3, 50)  # O(N)


def test_lecture_a_shifted_an_occluded_and_a_tinted_copy_can_be_equally_far():
    image = np.random.default_rng(0).normal(size=(16, 16, 3))
    shifted = np.roll(image, 1, axis=1)
    distance = l2_distances(shifted.reshape(1, -1), image.reshape(1, -1)).item()
    tinted = image + distance / np.sqrt(image.size)
    occluded = image.copy()
    box = occluded[4:12, 4:12]
    box += distance / np.sqrt(box.size)  # as a bright patch on it
    copies = np.stack([shifted, tinted, occluded]).reshape(3, -1)
    np.testing.assert_allclose(l2_distances(copies, image.reshape(1, -1)), distance)
    assert l2_distances(copies, copies)[np.triu_indices(3, 1)].min() > distance / 2  # and are not alike


def test_lecture_curse_of_dimensionality_the_nearest_is_hardly_nearer_than_the_farthest():
    rng = np.random.default_rng(0)
    contrast = []
    for dim in (1, 10, 1000):
        distances = l2_distances(rng.random((20, dim)), rng.random((500, dim)))
        contrast.append(np.mean(distances.max(axis=1) / distances.min(axis=1)))
    assert contrast[0] > 100 > contrast[1] > 2
    assert contrast[2] < 1.3


def test_k_of_1_is_always_right_on_the_training_data():
    X, y = _points(0, 50, 8), np.random.default_rng(1).integers(0, 10, 50)
    np.testing.assert_array_equal(_trained(X, y).predict(X, k=1), y)


def test_cross_validation_equals_scikit_learns_fold_by_fold():
    X, y = _points(0, 53, 4), np.random.default_rng(1).integers(0, 3, 53)
    ks = [1, 3, 8]
    accuracies = cross_validate(X, y, ks, num_folds=5)
    assert accuracies.shape == (3, 5)
    for k, row in zip(ks, accuracies, strict=True):
        expected = cross_val_score(KNeighborsClassifier(k, algorithm="brute"), X, y, cv=KFold(5))
        np.testing.assert_allclose(row, expected)


def test_cross_validation_finds_the_distances_of_a_fold_once_for_all_ks():
    calls = []

    def counted(a, b):
        calls.append((len(a), len(b)))
        return l1_distances(a, b)

    X, y = _points(0, 12, 3), np.arange(12) % 2
    cross_validate(X, y, ks=[1, 3, 5, 7], num_folds=3, distances=counted)
    assert calls == [(4, 8)] * 3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.predict_labels(np.ones((2, 4)), k=0), ValueError, "k is 0, expected 1 to 4"),
        (lambda m: m.predict_labels(np.ones((2, 4)), k=5), ValueError, "k is 5, expected 1 to 4"),
        (lambda m: m.predict_labels(np.ones((2, 4)), k=2.0), TypeError, "k is 2.0, expected a whole"),
        (lambda m: m.predict_labels(np.ones((2, 3))), ValueError, r"dists has shape \(2, 3\)"),
        (lambda m: m.predict(np.ones((2, 3)), num_loops=3), ValueError, "num_loops is 3"),
        (lambda m: m.predict(np.ones((2, 5))), ValueError, "X_train has shape"),
        (lambda m: m.predict(np.ones(3)), ValueError, r"X has shape \(3,\)"),
        (lambda m: m.train(np.ones((3, 2)), np.zeros(4)), ValueError, "y has shape"),
        (lambda m: m.train(np.ones((0, 2)), np.zeros(0)), ValueError, "X has no rows"),
        (lambda m: cross_validate(m.X_train, m.y_train, [1], 1), ValueError, "num_folds is 1"),
        (lambda m: cross_validate(m.X_train, m.y_train, [], 2), ValueError, "ks is empty"),
        (lambda m: cross_validate(m.X_train, m.y_train, [3], 2), ValueError, "k is 3, expected 1 to 2"),
        (lambda m: l1_distances(np.ones((1, 2)), np.ones((1, 3))), ValueError, "b has shape"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call(_trained(_points(0, 4, 3), np.array([0, 1, 0, 1])))


@pytest.mark.parametrize("method", [*METHODS, "predict", "predict_labels"])
def test_an_untrained_classifier_says_so(method):
    with pytest.raises(RuntimeError, match="call train"):
        getattr(knn.KNearestNeighbor(), method)(np.ones((1, 1)))
