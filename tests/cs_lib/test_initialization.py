"""Initialisers, and the lectures' experiment on what they do to the activations of deep nets."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from cs_lib.initialization import activation_statistics, fans, kaiming, orthogonal, small_random, xavier
from cs_lib.layers import ACTIVATIONS, affine_backward, affine_forward


def stds(init, activation="tanh", depth=10):
    return [layer.std for layer in activation_statistics(init, activation, depth, rng=0)]


# Ten layers of 500 units on 1000 inputs: the lectures' numbers.


def test_tanh_with_0_01_dies_out_0_213_then_0_0476_then_0_0106():
    measured = stds(partial(small_random, std=0.01))
    assert measured[:3] == pytest.approx([0.213, 0.0476, 0.0106], rel=0.01)
    assert measured[-1] < 1e-6


def test_tanh_with_1_saturates_at_a_deviation_of_0_98():
    layers = activation_statistics(partial(small_random, std=1.0), rng=0)
    assert [layer.std for layer in layers] == pytest.approx([0.98] * 10, abs=0.005)
    assert all(layer.saturated > 0.9 for layer in layers)
    assert all(abs(layer.mean) < 0.01 for layer in layers)


def test_tanh_with_xavier_0_623_then_0_486_0_408_0_357():
    # The first is 0.628 with exactly normal inputs, a little more than the lectures' draw.
    assert stds(xavier, depth=4) == pytest.approx([0.623, 0.486, 0.408, 0.357], abs=0.007)


def test_relu_with_xavier_loses_half_the_variance_a_layer_and_with_kaiming_none():
    lost, kept = stds(xavier, "relu"), stds(kaiming, "relu")
    assert lost[-1] / lost[0] == pytest.approx(2 ** (-9 / 2), rel=0.2)
    assert kept[-1] / kept[0] == pytest.approx(1, abs=0.25)
    # The mean square of relu(z), z of variance 2, is 1, and its mean 1/sqrt(pi).
    assert kept[0] == pytest.approx(np.sqrt(1 - 1 / np.pi), rel=0.01)


@pytest.fixture(scope="module")
def many_normal_numbers():
    return np.random.default_rng(1).standard_normal((4096, 4096), np.float32)


@pytest.mark.parametrize(
    ("std", "first", "last", "saturated"), [(0.01, 0.49, 0.05, 0.0), (0.05, 0.87, 0.85, 0.42)]
)
def test_six_layers_of_4096_die_out_with_0_01_and_saturate_with_0_05(
    std, first, last, saturated, many_normal_numbers
):
    def init(shape, rng):  # the rows of one draw, shuffled for each layer: new draws take seconds
        return std * many_normal_numbers[rng.permutation(4096)]

    layers = activation_statistics(init, "tanh", 6, 4096, num_inputs=8, rng=0)
    assert layers[0].std == pytest.approx(first, abs=0.01)
    assert layers[-1].std == pytest.approx(last, abs=0.01)
    assert layers[-1].saturated == pytest.approx(saturated, abs=0.02)


def test_the_first_layer_has_the_deviation_that_theory_says():
    # tanh of a normal variable of variance 500 * 0.01^2, by the trapezoid rule.
    z = np.linspace(-10, 10, 20_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    theory = np.sqrt(np.trapezoid(np.tanh(z * np.sqrt(500) * 0.01) ** 2 * density, z))
    assert stds(partial(small_random, std=0.01), depth=1)[0] == pytest.approx(theory, rel=0.005)


def test_the_experiment_returns_outputs_to_draw_and_repeats_by_seed():
    first, again = (activation_statistics(xavier, depth=2, width=20, num_inputs=30, rng=5) for _ in range(2))
    assert first[1].outputs.shape == (30, 20)
    np.testing.assert_array_equal(first[1].outputs, again[1].outputs)
    assert first[1].std == first[1].outputs.std()


# Symmetry.


def two_layer_gradients(w1, w2, activation):
    """Gradients of a two-layer net's weights, for random inputs and a random upstream gradient."""
    forward, backward, *_ = ACTIVATIONS[activation]
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((8, 5)), rng.standard_normal((8, w2.shape[1]))
    before, affine1 = affine_forward(x, w1, np.zeros(w1.shape[1]))
    hidden, cache = forward(before)
    _, affine2 = affine_forward(hidden, w2, np.zeros(w2.shape[1]))
    dhidden, dw2, _ = affine_backward(dout, affine2)
    _, dw1, _ = affine_backward(backward(dhidden, cache), affine1)
    return dw1, dw2


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_all_zero_weights_get_no_gradient(activation):
    for gradient in two_layer_gradients(np.zeros((5, 6)), np.zeros((6, 3)), activation):
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_constant_weights_give_every_hidden_unit_the_same_gradient(activation):
    dw1, dw2 = two_layer_gradients(np.full((5, 6), 0.3), np.full((6, 3), 0.3), activation)
    assert np.abs(dw1).max() > 0
    np.testing.assert_allclose(dw1, dw1[:, :1] * np.ones(6), rtol=1e-12)
    np.testing.assert_allclose(dw2, dw2[:1] * np.ones((6, 1)), rtol=1e-12)


def test_random_weights_break_the_symmetry():
    dw1, _ = two_layer_gradients(xavier((5, 6), 0), xavier((6, 3), 1), "tanh")
    assert np.linalg.matrix_rank(dw1) == 5  # as many directions as there are inputs


# The initialisers themselves.


@pytest.mark.parametrize("shape", [(300, 200), (40, 30, 5, 3)])
def test_deviations_are_those_that_torch_draws(shape):
    # torch keeps linear weights as (out, in), so that a (D, M) matrix is transposed there.
    tensor = torch.empty(shape if len(shape) == 4 else shape[::-1])
    generator = torch.Generator().manual_seed(0)
    torch.nn.init.xavier_normal_(tensor, generator=generator)
    assert xavier(shape, 0, average=True).std() == pytest.approx(tensor.std().item(), rel=0.03)
    torch.nn.init.kaiming_normal_(tensor, generator=generator)
    assert kaiming(shape, 0).std() == pytest.approx(tensor.std().item(), rel=0.03)
    torch.nn.init.kaiming_normal_(tensor, a=0.5, generator=generator)
    assert kaiming(shape, 0, slope=0.5).std() == pytest.approx(tensor.std().item(), rel=0.03)


def test_xavier_keeps_the_variance_of_a_linear_layer():
    x = np.random.default_rng(0).standard_normal((500, 400))
    assert (x @ xavier((400, 300), 1)).std() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("init", [small_random, xavier, kaiming, orthogonal])
@pytest.mark.parametrize("shape", [(30, 20), (8, 3, 5, 5)])
def test_every_initialiser_keeps_the_shape_and_repeats_by_seed(init, shape):
    w = init(shape, rng=3)
    assert w.shape == shape
    np.testing.assert_array_equal(w, init(shape, rng=3))
    assert (w != init(shape, rng=4)).any()


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5)])
def test_orthogonal_matrices_have_singular_values_equal_to_the_gain(shape):
    w = orthogonal(shape, rng=0, gain=1.5)
    np.testing.assert_allclose(np.linalg.svd(w, compute_uv=False), 1.5)


def test_orthogonal_filters_are_orthonormal():
    w = orthogonal((6, 3, 3, 3), rng=0).reshape(6, -1)
    np.testing.assert_allclose(w @ w.T, np.eye(6), atol=1e-12)


def test_orthogonal_layers_keep_the_length_of_every_vector_at_any_depth():
    x = np.random.default_rng(0).standard_normal((3, 40))
    out = x
    for seed in range(50):
        out = out @ orthogonal((40, 40), rng=seed)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), np.linalg.norm(x, axis=1))


def test_fans_count_the_numbers_summed_and_the_outputs_reached():
    assert fans((300, 100)) == (300, 100)
    assert fans((96, 3, 11, 11)) == (3 * 11 * 11, 96 * 11 * 11)


@pytest.mark.parametrize("init", [xavier, kaiming, orthogonal])
def test_a_shape_that_is_no_layer_is_refused(init):
    with pytest.raises(ValueError, match=r"shape is \(5,\), expected \(D, M\) or \(F, C, HH, WW\)"):
        init((5,))


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="activation is 'tan', expected one of 'sigmoid', 'tanh'"):
        activation_statistics(xavier, "tan")
