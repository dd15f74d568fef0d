"""Local response norm: the window and the constants of AlexNet. Gradients: test_contract.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.layers import local_response_norm_forward


def test_defaults_are_alexnets_and_torch_spells_alpha_five_times_larger():
    x = 30 * np.random.default_rng(0).standard_normal((2, 8, 3, 3))
    layer = torch.nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)
    np.testing.assert_allclose(local_response_norm_forward(x)[0], layer(torch.from_numpy(x)).numpy())


def test_a_window_of_three_sees_one_neighbour_on_each_side():
    x = np.array([1.0, 2, 0, 3]).reshape(1, 4, 1, 1)
    out, _ = local_response_norm_forward(x, {"n": 3, "k": 1, "alpha": 1, "beta": 1})
    np.testing.assert_allclose(out.ravel(), [1 / 6, 2 / 6, 0, 3 / 10])


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ({"n": 0}, "n is 0, expected a number above 0"),
        ({"size": 5}, "lrn_param has size, expected only n, k, alpha, beta"),
    ],
)
def test_what_is_not_understood_is_refused(param, message):
    with pytest.raises(ValueError, match=message):
        local_response_norm_forward(np.ones((1, 3, 2, 2)), param)


def test_images_are_wanted():
    with pytest.raises(ValueError, match=r"x has shape \(3, 2\), expected \(N, C, H, W\)"):
        local_response_norm_forward(np.ones((3, 2)))
