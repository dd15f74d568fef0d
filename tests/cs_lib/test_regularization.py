"""Regularisation: penalties with their gradients, and the max-norm projection."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.gradients import grad_check
from cs_lib.regularization import REGULARIZERS, elastic_net, l1, l2, max_norm, project_max_norm

TORCH = {
    "l2": lambda W: (W**2).sum(),
    "l1": lambda W: W.abs().sum(),
    "elastic_net": lambda W: (0.5 * W**2 + W.abs()).sum(),
    "max_norm": lambda W: torch.linalg.vector_norm(W, dim=0).max(),
}


@pytest.fixture
def W():
    return np.random.default_rng(0).standard_normal((5, 3))


@pytest.mark.parametrize("name", REGULARIZERS)
def test_value_and_gradient_equal_torchs(name, W):
    value, dW = REGULARIZERS[name](W, 0.3)
    weights = torch.tensor(W, requires_grad=True)
    expected = 0.3 * TORCH[name](weights)
    expected.backward()
    assert value == pytest.approx(expected.item())
    np.testing.assert_allclose(dW, weights.grad.numpy())


@pytest.mark.parametrize("name", REGULARIZERS)
def test_the_gradient_agrees_with_finite_differences(name, W):
    regularizer = REGULARIZERS[name]
    report = grad_check(lambda W: regularizer(W, 0.3)[0], W, regularizer(W, 0.3)[1])
    assert report, report


@pytest.mark.parametrize("name", REGULARIZERS)
def test_float32_stays_float32_and_the_weights_are_not_modified(name, W):
    W = W.astype(np.float32)
    before = W.copy()
    assert REGULARIZERS[name](W, np.float64(0.3))[1].dtype == np.float32
    assert project_max_norm(W, np.float64(0.3)).dtype == np.float32
    np.testing.assert_array_equal(W, before)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_weights_of_zero_cost_nothing_and_get_no_gradient(name):
    value, dW = REGULARIZERS[name](np.zeros((4, 2)), 1.0)
    assert value == 0
    np.testing.assert_array_equal(dW, np.zeros((4, 2)))


@pytest.mark.parametrize("name", REGULARIZERS)
def test_a_negative_strength_is_refused(name, W):
    with pytest.raises(ValueError, match="reg is -1"):
        REGULARIZERS[name](W, -1)


def test_max_norm_needs_columns():
    with pytest.raises(ValueError, match=r"W has shape \(3,\), expected \(D, C\)"):
        max_norm(np.ones(3), 1.0)


def test_lecture_equal_scores_l2_prefers_spread_weights_and_l1_does_not_care():
    x, one, spread = np.ones(4), np.array([1.0, 0, 0, 0]), np.full(4, 0.25)
    assert x @ one == x @ spread == 1
    assert (l2(one, 1)[0], l2(spread, 1)[0]) == (1, 0.25)
    assert l1(one, 1)[0] == l1(spread, 1)[0] == 1


def test_lecture_elastic_net_is_beta_squares_plus_absolute_values():
    W = np.array([1.0, -2.0])
    assert elastic_net(W, 1.0, beta=0.1)[0] == pytest.approx(0.1 * 5 + 3)


def test_projection_shortens_long_columns_to_the_limit_and_leaves_the_others():
    W = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    np.testing.assert_allclose(project_max_norm(W, 1.0), [[0.6, 0.3, 0.0], [0.8, 0.4, 0.0]])
    np.testing.assert_array_equal(project_max_norm(W, 5.0), W)


def test_projection_does_what_torchs_renorm_does(W):
    expected = torch.renorm(torch.tensor(W), p=2, dim=1, maxnorm=1.2).numpy()
    np.testing.assert_allclose(project_max_norm(W, 1.2), expected, rtol=1e-6)
