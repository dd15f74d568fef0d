from __future__ import annotations

import numpy as np
import pytest

from cs_lib.losses import softmax
from cs_lib.models import ConvNet
from cs_lib.training.crops import ten_crop, ten_crop_probabilities


def test_ten_crops_are_four_corners_the_centre_and_their_mirror_images():
    X = np.arange(2 * 3 * 6 * 8, dtype=float).reshape(2, 3, 6, 8)
    crops = ten_crop(X, 4)
    assert crops.shape == (10, 2, 3, 4, 4)
    np.testing.assert_array_equal(crops[0], X[:, :, :4, :4])
    np.testing.assert_array_equal(crops[3], X[:, :, -4:, -4:])
    np.testing.assert_array_equal(crops[4], X[:, :, 1:5, 2:6])
    for number in range(5):
        np.testing.assert_array_equal(crops[number + 5], np.flip(crops[number], axis=-1))


def test_their_probabilities_are_averaged():
    model = ConvNet([("conv", 3, 3), "relu", ("affine", 5), "relu"], (1, 4, 4), 3, dtype=np.float64, seed=0)
    X = np.random.default_rng(0).standard_normal((2, 1, 6, 6))
    each = [softmax(model.loss(crop)) for crop in ten_crop(X, 4)]
    np.testing.assert_allclose(ten_crop_probabilities(model, X, 4), sum(each) / 10)


def test_crops_larger_than_the_images_are_refused():
    with pytest.raises(ValueError, match="size is 7, expected at most the images' 6 x 8"):
        ten_crop(np.zeros((1, 3, 6, 8)), 7)
