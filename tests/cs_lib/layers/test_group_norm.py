"""Layer, group and instance norm: which numbers share statistics. Gradients: test_contract.py."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.layers import (
    batchnorm_forward,
    layernorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
    spatial_instancenorm_forward,
)

RNG = np.random.default_rng(0)
IMAGES = 3 + 2 * RNG.standard_normal((2, 6, 4, 5))
ONE, ZERO = np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1))


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_each_group_of_neighbouring_channels_has_mean_0_and_deviation_1(G):
    out, _ = spatial_groupnorm_forward(IMAGES, ONE, ZERO, G, {})
    for image in out:
        for group in np.split(image, G):
            assert group.mean() == pytest.approx(0, abs=1e-12)
            assert group.std() == pytest.approx(1, rel=1e-4)


def test_one_group_is_layer_norm_over_the_whole_image():
    as_groups, _ = spatial_groupnorm_forward(IMAGES, ONE, ZERO, 1, {})
    as_rows, _ = layernorm_forward(IMAGES.reshape(2, -1), np.ones(120), np.zeros(120), {})
    np.testing.assert_allclose(as_groups.reshape(2, -1), as_rows)


def test_as_many_groups_as_channels_are_instance_norm():
    as_groups, _ = spatial_groupnorm_forward(IMAGES, ONE, ZERO, 6, {})
    np.testing.assert_array_equal(spatial_instancenorm_forward(IMAGES, ONE, ZERO, {})[0], as_groups)


def test_layer_norm_is_batch_norm_with_rows_and_columns_exchanged():
    x = RNG.standard_normal((5, 7))
    by_layer, _ = layernorm_forward(x, np.ones(7), np.zeros(7), {})
    by_batch, _ = batchnorm_forward(x.T, np.ones(5), np.zeros(5), {"mode": "train"})
    np.testing.assert_allclose(by_layer, by_batch.T)


def test_examples_do_not_influence_each_other():
    alone, _ = spatial_groupnorm_forward(IMAGES[:1], ONE, ZERO, 3, {})
    together, _ = spatial_groupnorm_forward(IMAGES, ONE, ZERO, 3, {})
    np.testing.assert_array_equal(together[:1], alone)


def test_scale_and_shift_belong_to_a_channel_not_to_a_group():
    gamma, beta = (np.arange(start, start + 6.0).reshape(1, 6, 1, 1) for start in (1, 10))
    plain, _ = spatial_groupnorm_forward(IMAGES, ONE, ZERO, 2, {})
    out, _ = spatial_groupnorm_forward(IMAGES, gamma, beta, 2, {})
    np.testing.assert_allclose(out, plain * gamma + beta)


@pytest.mark.parametrize("mode", ["train", "test"])
def test_a_mode_makes_no_difference(mode):
    out, _ = layernorm_forward(IMAGES[0, 0], np.ones(5), np.zeros(5), {"mode": mode})
    np.testing.assert_array_equal(out, layernorm_forward(IMAGES[0, 0], np.ones(5), np.zeros(5), {})[0])


def test_eps_stands_under_the_root():
    x = np.array([[-1.0, 1.0]])
    out, _ = layernorm_forward(x, np.ones(2), np.zeros(2), {"eps": 3.0})
    np.testing.assert_allclose(out, [[-0.5, 0.5]])


def test_a_group_of_a_single_number_gives_beta_and_no_gradient_to_x():
    x, beta = IMAGES[:, :, :1, :1], np.full((1, 6, 1, 1), 4.0)
    out, cache = spatial_groupnorm_forward(x, ONE, beta, 6, {})
    np.testing.assert_array_equal(out, 4)
    np.testing.assert_array_equal(spatial_groupnorm_backward(np.ones_like(x), cache)[0], 0)


@pytest.mark.parametrize("G", [4, 5, 7, 12, 0, -1])
def test_a_group_count_that_does_not_divide_the_channels_is_refused(G):
    with pytest.raises(
        ValueError, match=f"G is {G}, expected a number of groups that divides the 6 channels"
    ):
        spatial_groupnorm_forward(IMAGES, ONE, ZERO, G, {})


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"gamma has shape \(6,\), expected \(1, C, 1, 1\)"):
        spatial_groupnorm_forward(IMAGES, np.ones(6), ZERO, 2, {})
    with pytest.raises(ValueError, match=r"x has shape \(6, 4, 5\), expected \(N, C, H, W\)"):
        spatial_instancenorm_forward(IMAGES[0], ONE, ZERO, {})
    with pytest.raises(ValueError, match=r"beta has shape \(5,\), expected \(D,\) with D=4 as in x"):
        layernorm_forward(np.ones((3, 4)), np.ones(4), np.ones(5), {})
    with pytest.raises(ValueError, match="no mean over an empty example"):
        layernorm_forward(np.ones((3, 0)), np.ones(0), np.ones(0), {})
