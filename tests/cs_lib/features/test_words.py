"""k-means against scikit-learn's, and the bag of visual words built on it."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.cluster
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.features import VisualWords, kmeans, learn_visual_words, random_patches
from cs_lib.features.words import same_contrast

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 12, 10, 3), dtype=np.uint8)


@settings(max_examples=30)
@given(st.integers(10, 60), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_kmeans_equals_scikit_learns_from_the_same_start(num_points, k, dim, seed):
    X = np.random.default_rng(seed).normal(size=(num_points, dim))
    start = X[:k].copy()
    theirs = sklearn.cluster.KMeans(k, init=start, n_init=1, algorithm="lloyd", tol=0).fit(X)
    centers, nearest = kmeans(X, k, centers=start)
    np.testing.assert_allclose(centers, theirs.cluster_centers_, atol=1e-9)
    np.testing.assert_array_equal(nearest, theirs.labels_)


def test_kmeans_finds_clusters_that_lie_apart():
    truth = np.repeat(np.arange(4), 25)
    X = 10 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[truth] + RNG.normal(0, 0.1, (100, 2))
    _, nearest = kmeans(X, 4, rng=np.random.default_rng(1))
    assert len(set(zip(truth, nearest, strict=True))) == 4


def test_kmeans_moves_a_centre_without_points_to_the_point_that_is_worst_off():
    X = np.array([[0.0], [1.0], [10.0]])
    centers, nearest = kmeans(X, 2, centers=np.array([[0.0], [99.0]]))
    assert sorted(centers[:, 0]) == [0.5, 10.0]
    assert nearest.tolist() == [0, 0, 1]


def test_kmeans_has_as_many_different_centres_as_there_are_points():
    X = np.arange(5.0)[:, np.newaxis]
    centers, nearest = kmeans(X, 5)
    np.testing.assert_array_equal(centers[nearest], X)


def test_kmeans_bears_points_that_coincide():
    centers, nearest = kmeans(np.ones((4, 2)), 3)
    assert np.isfinite(centers).all()
    assert len(nearest) == 4


def test_kmeans_stopped_early_returns_centres_and_assignments_that_fit():
    X = RNG.normal(size=(50, 2))
    centers, nearest = kmeans(X, 4, num_iters=1)
    expected = ((X[:, np.newaxis] - centers) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, expected)


def test_random_patches_are_cut_from_the_images():
    patches = random_patches(IMAGES, 20, 4, np.random.default_rng(0))
    assert patches.shape == (20, 48)
    windows = np.lib.stride_tricks.sliding_window_view(IMAGES, (4, 4), axis=(1, 2))
    known = {window.transpose(1, 2, 0).tobytes() for window in windows.reshape(-1, 3, 4, 4)}
    assert all(patch.tobytes() in known for patch in patches)


def test_patches_of_another_brightness_and_contrast_become_alike():
    patch = RNG.integers(0, 100, (1, 48)).astype(np.float64)
    np.testing.assert_allclose(same_contrast(patch), same_contrast(2 * patch + 30), atol=0.02)


def test_encoding_counts_the_nearest_word_of_every_patch():
    image = np.zeros((4, 4, 1), np.uint8)
    image[:, 2:] = (
        200  # the edge is in the middle column of the 3 x 3 patches, and in none of the 2 x 2 tiles
    )
    flat, edge = np.zeros(4), same_contrast(np.array([[0, 200, 0, 200]]))[0]
    book = VisualWords(np.stack([flat, edge]), patch=2)
    assert book.encode(image, stride=2).tolist() == [1, 0]
    np.testing.assert_allclose(book.encode(image, stride=1), [2 / 3, 1 / 3])


def test_a_codebook_is_repeatable_and_encodes_shares():
    books = [learn_visual_words(IMAGES, 7, patch=4, num_patches=200) for _ in range(2)]
    np.testing.assert_array_equal(books[0].words, books[1].words)
    assert books[0].words.shape == (7, 48)
    code = books[0].encode(IMAGES[0])
    assert code.shape == (7,)
    assert code.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kmeans(np.ones(3), 1), "X has shape"),
        (lambda: kmeans(np.ones((3, 1)), 4), "k is 4, expected at most the number of points, 3"),
        (lambda: kmeans(np.ones((3, 1)), 2, centers=np.ones((2, 2))), "centers has shape"),
        (lambda: random_patches(IMAGES, 3, 11, RNG), "at least 11 x 11"),
        (lambda: learn_visual_words(IMAGES, 10, num_patches=5), "k is 10"),
        (lambda: VisualWords(np.ones((2, 48)), 4).encode(np.ones((3, 9, 3))), "expected at least 4 x 4"),
        (lambda: VisualWords(np.ones((2, 48)), 4).encode(np.ones((9, 9, 1))), "b has shape"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
