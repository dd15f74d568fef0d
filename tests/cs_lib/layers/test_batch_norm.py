"""Batch norm: statistics, running averages, test mode, images, folding. Gradients: test_contract.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.layers import (
    affine_forward,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    fold_batchnorm,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)

RNG = np.random.default_rng(0)
X, DOUT = RNG.standard_normal((2, 50, 4))
X = 3 + 2 * X
IMAGES = 3 + 2 * RNG.standard_normal((5, 3, 4, 6))
GAMMA, BETA = np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 40])


def test_training_output_has_mean_beta_and_deviation_gamma():
    out, _ = batchnorm_forward(X, GAMMA, BETA, {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), BETA)
    np.testing.assert_allclose(out.std(axis=0), GAMMA, rtol=1e-5)


def test_images_are_standardised_channel_by_channel():
    out, _ = spatial_batchnorm_forward(IMAGES, GAMMA[:3], BETA[:3], {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), BETA[:3])
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), GAMMA[:3], rtol=1e-5)


def test_running_averages_start_at_zero_and_use_the_biased_variance():
    param = {"mode": "train", "momentum": 0.7}
    mean, var = np.zeros(4), np.zeros(4)
    for step in range(3):
        x = X * (1 + step)
        batchnorm_forward(x, GAMMA, BETA, param)
        mean, var = 0.7 * mean + 0.3 * x.mean(axis=0), 0.7 * var + 0.3 * x.var(axis=0, ddof=0)
    np.testing.assert_allclose(param["running_mean"], mean)
    np.testing.assert_allclose(param["running_var"], var)


def test_running_averages_equal_torch_but_for_its_unbiased_variance():
    mean, var = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    F.batch_norm(torch.from_numpy(IMAGES), mean, var, training=True, momentum=0.1)
    param = {"mode": "train"}
    spatial_batchnorm_forward(IMAGES, np.ones(3), np.zeros(3), param)
    count = IMAGES.size // 3
    np.testing.assert_allclose(param["running_mean"], mean.numpy())
    np.testing.assert_allclose(param["running_var"], var.numpy() * (count - 1) / count)


def test_test_mode_uses_the_running_averages_and_leaves_them_alone():
    param = {"mode": "test", "running_mean": np.full(4, 1.0), "running_var": np.full(4, 4.0), "eps": 0.0}
    out, _ = batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_allclose(out, GAMMA * (X - 1) / 2 + BETA)
    np.testing.assert_array_equal(param["running_mean"], np.full(4, 1.0))
    np.testing.assert_array_equal(param["running_var"], np.full(4, 4.0))


def test_training_long_enough_makes_test_mode_agree_with_training():
    param = {"mode": "train"}
    for _ in range(300):
        trained, _ = batchnorm_forward(X, GAMMA, BETA, param)
    tested, _ = batchnorm_forward(X, GAMMA, BETA, param | {"mode": "test"})
    np.testing.assert_allclose(tested, trained, rtol=1e-9)


def test_the_callers_running_arrays_are_replaced_not_overwritten():
    before = np.zeros(4)
    param = {"mode": "train", "running_mean": before, "running_var": np.ones(4)}
    batchnorm_forward(X, GAMMA, BETA, param)
    np.testing.assert_array_equal(before, 0)
    assert param["running_mean"] is not before


def test_eps_stands_under_the_root():
    x = np.array([[-1.0], [1.0]])
    out, _ = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train", "eps": 3.0})
    np.testing.assert_allclose(out, [[-0.5], [0.5]])


@pytest.mark.parametrize("backward", [batchnorm_backward, batchnorm_backward_alt])
def test_batch_of_one_gives_beta_and_no_gradient_to_x(backward):
    out, cache = batchnorm_forward(X[:1], GAMMA, BETA, {"mode": "train"})
    np.testing.assert_array_equal(out[0], BETA)
    dx, dgamma, dbeta = backward(np.ones((1, 4)), cache)
    np.testing.assert_allclose(dx, 0, atol=1e-12)
    np.testing.assert_array_equal(dgamma, 0)
    np.testing.assert_array_equal(dbeta, 1)


@pytest.mark.parametrize("backward", [batchnorm_backward, batchnorm_backward_alt])
@settings(max_examples=30)
@given(D=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_batch_of_two_equals_torch(backward, D, seed):
    x, dout = np.random.default_rng(seed).standard_normal((2, 2, D))
    gamma, beta = np.linspace(1, 2, D), np.zeros(D)
    tensor = torch.tensor(x, requires_grad=True)
    expected = F.batch_norm(tensor, None, None, *map(torch.from_numpy, (gamma, beta)), training=True)
    (dx,) = torch.autograd.grad(expected, tensor, torch.from_numpy(dout))
    out, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(out, expected.detach().numpy(), atol=1e-9)
    np.testing.assert_allclose(backward(dout, cache)[0], dx.numpy(), atol=1e-9)


def test_gradient_of_x_sums_to_zero_and_is_orthogonal_to_x():
    # Neither a shift nor, without eps, a stretch of the batch changes the output.
    _, cache = batchnorm_forward(X, GAMMA, BETA, {"mode": "train", "eps": 0})
    dx, _, _ = batchnorm_backward(DOUT, cache)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((dx * X).sum(axis=0), 0, atol=1e-12)


def test_images_equal_rows_of_pixels():
    rows = IMAGES.transpose(0, 2, 3, 1).reshape(-1, 3)
    by_rows, cache = batchnorm_forward(rows, GAMMA[:3], BETA[:3], {"mode": "train"})
    by_images, image_cache = spatial_batchnorm_forward(IMAGES, GAMMA[:3], BETA[:3], {"mode": "train"})
    np.testing.assert_allclose(by_images.transpose(0, 2, 3, 1).reshape(-1, 3), by_rows)
    dx, dgamma, _ = batchnorm_backward(rows**2, cache)
    image_dx, image_dgamma, _ = spatial_batchnorm_backward(IMAGES**2, image_cache)
    np.testing.assert_allclose(image_dx.transpose(0, 2, 3, 1).reshape(-1, 3), dx, atol=1e-10)
    np.testing.assert_allclose(image_dgamma, dgamma)


def test_running_averages_keep_float32_and_the_shape_of_gamma():
    param = {"mode": "train", "momentum": np.float64(0.9), "eps": np.float64(1e-5)}
    one = np.ones(3, np.float32)
    out, _ = spatial_batchnorm_forward(IMAGES.astype(np.float32), one, one, param)
    assert out.dtype == param["running_mean"].dtype == param["running_var"].dtype == np.float32
    assert param["running_mean"].shape == param["running_var"].shape == (3,)


def test_large_means_do_not_spoil_the_variance():
    x = (1e4 + RNG.standard_normal((200, 3))).astype(np.float32)
    out, _ = batchnorm_forward(x, np.ones(3, np.float32), np.zeros(3, np.float32), {"mode": "train"})
    np.testing.assert_allclose(out.std(axis=0), 1, rtol=1e-2)


# Folding.

BN = {"mode": "test", "running_mean": np.array([0.5, -1, 2]), "running_var": np.array([0.1, 1, 3])}


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_an_affine_layer_swallows_the_batch_norm_after_it(eps):
    x, w, b = (RNG.standard_normal(shape) for shape in ((7, 5), (5, 3), 3))
    param = BN | {"eps": eps}
    expected, _ = batchnorm_forward(affine_forward(x, w, b)[0], GAMMA[:3], BETA[:3], param)
    out, _ = affine_forward(x, *fold_batchnorm(w, b, GAMMA[:3], BETA[:3], param))
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_a_convolution_swallows_the_batch_norm_after_it():
    x, w, b = (RNG.standard_normal(shape) for shape in ((2, 4, 6, 5), (3, 4, 3, 2), 3))

    def conv(w, b):
        return F.conv2d(*map(torch.from_numpy, (x, w, b)), stride=2, padding=1).numpy()

    expected, _ = spatial_batchnorm_forward(conv(w, b), GAMMA[:3], BETA[:3], BN)
    folded = conv(*fold_batchnorm(w, b, GAMMA[:3], BETA[:3], BN))
    np.testing.assert_allclose(folded, expected, rtol=1e-10)


# What is refused.


@pytest.mark.parametrize(
    ("x", "gamma", "beta", "param", "message"),
    [
        ((5, 4), 3, 4, {}, r"gamma has shape \(3,\), expected \(D,\) with D=4 as in x"),
        ((5, 4), 4, 1, {}, r"beta has shape \(1,\)"),
        ((5, 4, 1), 4, 4, {}, r"x has shape \(5, 4, 1\), expected \(N, D\)"),
        ((0, 4), 4, 4, {}, "no mean over an empty mini-batch"),
        ((5, 4), 4, 4, {"mode": "eval"}, r"bn_param\['mode'\] is 'eval', expected one of 'train', 'test'"),
        ((5, 4), 4, 4, {"mode": None}, r"bn_param\['mode'\] is None"),
        ((5, 4), 4, 4, {"running_mean": np.zeros((1, 4))}, r"running_mean has shape \(1, 4\)"),
        ((5, 4), 4, 4, {"running_var": np.zeros(3)}, r"running_var has shape \(3,\)"),
    ],
)
def test_what_does_not_fit_is_named(x, gamma, beta, param, message):
    with pytest.raises(ValueError, match=message):
        batchnorm_forward(np.ones(x), np.ones(gamma), np.ones(beta), {"mode": "train"} | param)


def test_spatial_batch_norm_wants_images():
    with pytest.raises(ValueError, match=r"x has shape \(5, 4\), expected \(N, C, H, W\)"):
        spatial_batchnorm_forward(np.ones((5, 4)), np.ones(4), np.ones(4), {"mode": "train"})


@pytest.mark.parametrize(
    ("w", "b", "message"),
    [
        ((5, 4), (3,), r"b has shape \(3,\)"),
        ((3, 4, 5), (3,), r"w has shape \(3, 4, 5\), expected \(D, M\) or"),
    ],
)
def test_folding_wants_an_affine_or_a_convolution_layer(w, b, message):
    with pytest.raises(ValueError, match=message):
        fold_batchnorm(np.ones(w), np.ones(b), np.ones(3), np.ones(3), BN)
