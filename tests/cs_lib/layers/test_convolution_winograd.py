"""Winograd's matrices, as the lecture and the paper print them, and the count of multiplications."""

from __future__ import annotations

import numpy as np

from cs_lib.layers.convolution_winograd import A, B, G

rng = np.random.default_rng(5)


def test_lecture_f_2_3_in_one_dimension_takes_four_multiplications_for_two_outputs():
    d, g = rng.standard_normal(4), rng.standard_normal(3)
    products = (G @ g) * (B.T @ d)
    assert products.shape == (4,)  # where the two dot products take six
    np.testing.assert_allclose(A.T @ products, np.correlate(d, g))


def test_lecture_f_2x2_3x3_takes_16_multiplications_where_the_windows_take_36():
    d, g = rng.standard_normal((4, 4)), rng.standard_normal((3, 3))
    products = (G @ g @ G.T) * (B.T @ d @ B)
    windows = [[np.sum(d[y : y + 3, x : x + 3] * g) for x in range(2)] for y in range(2)]
    np.testing.assert_allclose(A.T @ products @ A, windows)
    assert (products.size, 2 * 2 * g.size) == (16, 36)


def test_lecture_the_matrices_b_g_and_a():
    np.testing.assert_array_equal(B.T, [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
    np.testing.assert_array_equal(2 * G, [[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]])
    np.testing.assert_array_equal(A.T, [[1, 1, 1, 0], [0, 1, -1, -1]])
