"""Activations: the lectures' numbers, the table, extreme values. Gradients are in test_contract.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.layers import (
    ACTIVATIONS,
    elu_backward,
    elu_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    maxout_backward,
    maxout_forward,
    prelu_backward,
    prelu_forward,
    relu_backward,
    relu_forward,
    selu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_forward,
)
from cs_lib.layers.activations import SELU_ALPHA, SELU_LAMBDA

each_activation = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=ACTIVATIONS)


def test_relu_backward_of_4_minus1_5_9_is_4_0_5_0():
    out, cache = relu_forward(np.array([1.0, -2, 3, -1]))
    np.testing.assert_array_equal(out, [1, 0, 3, 0])
    np.testing.assert_array_equal(relu_backward(np.array([4.0, -1, 5, 9]), cache), [4, 0, 5, 0])


def test_sigmoid_neuron_gives_0_73_and_a_slope_of_0_2():
    out, cache = sigmoid_forward(np.array([1.0]))  # 2 * -1 - 3 * -2 - 3 = 1
    assert out.item() == pytest.approx(0.73, abs=0.005)
    assert sigmoid_backward(np.ones(1), cache).item() == pytest.approx(0.2, abs=0.005)


def test_sigmoid_passes_a_quarter_of_the_gradient_at_most():
    x = np.linspace(-6, 6, 101)
    slopes = sigmoid_backward(np.ones(101), sigmoid_forward(x)[1])
    assert slopes.max() == slopes[50] == 0.25


def test_tanh_is_a_sigmoid_stretched_to_be_zero_centred():
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(tanh_forward(x)[0], 2 * sigmoid_forward(2 * x)[0] - 1, atol=1e-15)


def test_leaky_relu_keeps_a_hundredth_of_what_is_negative():
    out, cache = leaky_relu_forward(np.array([-200.0, 3]))
    np.testing.assert_allclose(out, [-2, 3])
    np.testing.assert_allclose(leaky_relu_backward(np.ones(2), cache), [0.01, 1])


@pytest.mark.parametrize(
    ("forward", "backward", "oracle", "value"),
    [
        (leaky_relu_forward, leaky_relu_backward, torch.nn.functional.leaky_relu, 0.3),
        (leaky_relu_forward, leaky_relu_backward, torch.nn.functional.leaky_relu, 2.0),
        (elu_forward, elu_backward, torch.nn.functional.elu, 1.7),
    ],
)
def test_another_slope_or_alpha_equals_torch(forward, backward, oracle, value):
    x = torch.tensor([-2.0, -0.5, 0.5, 2], dtype=torch.float64, requires_grad=True)
    expected = oracle(x, value)
    (slope,) = torch.autograd.grad(expected.sum(), x)
    out, cache = forward(x.detach().numpy(), value)
    np.testing.assert_allclose(out, expected.detach().numpy())
    np.testing.assert_allclose(backward(np.ones(4), cache), slope.numpy())


def test_selu_constants_1_6733_and_1_0507_make_mean_0_and_variance_1_a_fixed_point():
    assert (round(SELU_ALPHA, 4), round(SELU_LAMBDA, 4)) == (1.6733, 1.0507)
    # Moments of selu(z) for z normal, by the trapezoid rule: a check of both constants' digits.
    z = np.linspace(-12, 12, 400_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    out = selu_forward(z)[0]
    assert np.trapezoid(out * density, z) == pytest.approx(0, abs=1e-9)
    assert np.trapezoid(out**2 * density, z) == pytest.approx(1, abs=1e-9)


@each_activation
def test_outputs_lie_in_the_range_of_the_table_and_reach_its_ends(row):
    out = row.forward(np.linspace(-50, 50, 100_001))[0]
    assert row.low <= out.min()
    assert out.max() <= row.high
    for end, reached in ((row.low, out.min()), (row.high, out.max())):
        assert reached == pytest.approx(end, abs=1e-3) if np.isfinite(end) else abs(reached) > 0.4


@each_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_inputs_neither_overflow_nor_become_nan(row, dtype):
    x = np.array([-1e4, -800, -90, 90, 800, 1e4], dtype)
    out, cache = row.forward(x)
    assert np.isfinite(out).all()
    assert np.isfinite(row.backward(np.ones_like(x), cache)).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_at_zero_every_derivative_is_that_of_torch(name):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    options = {"approximate": "tanh"} if name == "gelu" else {}
    function = getattr(torch.nn.functional, "silu" if name == "swish" else name)
    (expected,) = torch.autograd.grad(function(x, **options), x)
    row = ACTIVATIONS[name]
    assert row.backward(np.ones(1), row.forward(np.zeros(1))[1]) == pytest.approx(expected.item())


def test_sigmoid_keeps_its_precision_far_from_zero():
    assert sigmoid_forward(np.array([-100.0]))[0].item() == pytest.approx(np.exp(-100), rel=1e-12)


@each_activation
def test_whole_numbers_are_taken_as_real_ones(row):
    np.testing.assert_allclose(row.forward(np.array([-2, 3]))[0], row.forward(np.array([-2.0, 3]))[0])


def test_prelu_learns_one_slope_a_channel():
    x = np.array([[-1.0, -1], [-2, 5]])
    a = np.array([0.1, 0.5])
    out, cache = prelu_forward(x, a)
    np.testing.assert_allclose(out, [[-0.1, -0.5], [-0.2, 5]])
    np.testing.assert_array_equal(prelu_backward(np.ones((2, 2)), cache)[1], [-3, -1])


def test_prelu_with_one_slope_takes_a_vector():
    out, cache = prelu_forward(np.array([-4.0, 4]), np.array([0.25]))
    np.testing.assert_array_equal(out, [-1, 4])
    np.testing.assert_array_equal(prelu_backward(np.ones(2), cache)[1], [-4])


@pytest.mark.parametrize(("x", "a"), [((2, 3), (2,)), ((3,), (3,)), ((2, 3, 4), (4,))])
def test_prelu_refuses_slopes_that_do_not_match_the_channels(x, a):
    with pytest.raises(ValueError, match=r"a has shape .* one slope a channel"):
        prelu_forward(np.zeros(x), np.zeros(a))


def test_maxout_of_x_and_zero_is_relu_and_of_x_and_minus_x_the_absolute_value():
    x = np.array([[-2.0], [3.0]])
    relu, _ = maxout_forward(x, np.array([[[1.0]], [[0.0]]]), np.zeros((2, 1)))
    absolute, _ = maxout_forward(x, np.array([[[1.0]], [[-1.0]]]), np.zeros((2, 1)))
    np.testing.assert_array_equal(relu, [[0], [3]])
    np.testing.assert_array_equal(absolute, [[2], [3]])


def test_maxout_gives_a_tie_to_one_piece():
    _, cache = maxout_forward(np.ones((1, 1)), np.ones((2, 1, 1)), np.zeros((2, 1)))
    dx, dw, _ = maxout_backward(np.ones((1, 1)), cache)
    np.testing.assert_array_equal(dx, [[1]])
    np.testing.assert_array_equal(dw.ravel(), [1, 0])


def test_maxout_names_the_shape_that_does_not_fit():
    with pytest.raises(ValueError, match=r"b has shape \(3, 2\), expected \(K, M\) with K=2 as in w"):
        maxout_forward(np.zeros((4, 5)), np.zeros((2, 5, 2)), np.zeros((3, 2)))
