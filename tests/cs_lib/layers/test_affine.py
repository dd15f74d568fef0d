"""The affine layer: the lectures' numbers, and what it says to shapes that do not fit.

Its gradients are checked in test_contract.py, like those of every layer.
"""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.layers import affine_backward, affine_forward

X = np.array([[2.0, 1, -3], [-3, 4, 2]])
W = np.array([[3.0, 2, 1, -1], [2, 1, 3, 2], [3, 2, 1, -2]])
DY = np.array([[2.0, 3, -3, 9], [-8, 1, 4, 6]])
SLIDE = np.array([[13, 9, -2, -6], [5, 2, 17, 1]])


def test_matrix_example_true_product_is_not_the_one_of_the_slide():
    y, _ = affine_forward(X, W, np.zeros(4))
    np.testing.assert_array_equal(y, [[-1, -1, 2, 6], [5, 2, 11, 7]])
    np.testing.assert_array_equal(y == SLIDE, [[False] * 4, [True, True, False, False]])


def test_matrix_example_gradients():
    _, cache = affine_forward(X, W, np.zeros(4))
    dx, dw, db = affine_backward(DY, cache)
    # By hand, such as dx[0, 0] = 2*3 + 3*2 - 3*1 + 9*-1 and dw[0, 0] = 2*2 + -3*-8.
    np.testing.assert_array_equal(dx, [[0, 16, -9], [-24, 9, -30]])
    np.testing.assert_array_equal(dw, [[28, 3, -18, 0], [-30, 7, 13, 33], [-22, -7, 17, -15]])
    np.testing.assert_array_equal(db, [-6, 4, 1, 15])


def test_jacobian_of_n_64_d_m_4096_would_fill_256_gb():
    N, D, M = 64, 4096, 4096
    assert (N * D) * (N * M) * np.dtype(np.float32).itemsize == 256 * 2**30


def test_one_weight_changes_one_column_of_the_output():
    changed = W.copy()
    changed[1, 2] += 1
    difference = affine_forward(X, changed, np.zeros(4))[0] - affine_forward(X, W, np.zeros(4))[0]
    np.testing.assert_array_equal(difference, [[0, 0, 1, 0], [0, 0, 4, 0]])


def test_two_affine_layers_without_a_nonlinearity_are_one():
    rng = np.random.default_rng(0)
    x, w1, b1, w2, b2 = (rng.standard_normal(s) for s in ((5, 4), (4, 7), 7, (7, 3), 3))
    two, _ = affine_forward(affine_forward(x, w1, b1)[0], w2, b2)
    one, _ = affine_forward(x, w1 @ w2, b1 @ w2 + b2)
    np.testing.assert_allclose(two, one, atol=1e-12)


def test_images_are_flattened_and_their_gradient_is_not():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    out, cache = affine_forward(x, np.eye(12), np.zeros(12))
    np.testing.assert_array_equal(out, x.reshape(2, 12))
    assert affine_backward(out, cache)[0].shape == x.shape


def test_an_empty_batch_gives_empty_outputs_and_zero_gradients():
    out, cache = affine_forward(np.zeros((0, 2, 2)), np.ones((4, 3)), np.ones(3))
    dx, dw, db = affine_backward(out, cache)
    assert out.shape == (0, 3)
    assert dx.shape == (0, 2, 2)
    np.testing.assert_array_equal(dw, np.zeros((4, 3)))
    np.testing.assert_array_equal(db, np.zeros(3))


@pytest.mark.parametrize(
    ("x", "w", "b", "message"),
    [
        ((2, 5), (4, 3), (3,), r"x has shape \(2, 5\), expected .* = 4 as in w"),
        ((2, 2, 3), (4, 3), (3,), r"x has shape \(2, 2, 3\), expected .* = 4 as in w"),
        ((4,), (4, 3), (3,), r"x has shape \(4,\)"),
        ((2, 4), (4, 3), (4,), r"b has shape \(4,\), expected \(M,\) with M=3 as in w"),
        ((2, 4), (4, 3), (1, 3), r"b has shape \(1, 3\)"),
        ((2, 4), (4,), (3,), r"w has shape \(4,\), expected \(D, M\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(x, w, b, message):
    with pytest.raises(ValueError, match=message):
        affine_forward(np.zeros(x), np.zeros(w), np.zeros(b))


def test_a_list_is_no_array():
    with pytest.raises(TypeError, match="x is a list"):
        affine_forward([[1.0, 2.0]], np.zeros((2, 1)), np.zeros(1))
