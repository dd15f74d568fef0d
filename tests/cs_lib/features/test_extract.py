"""The feature matrix of a set of images."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.features import color_histogram_hsv, extract_features, hog_feature

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)


def test_features_stand_side_by_side_in_the_order_of_the_functions():
    features = extract_features(IMAGES, [hog_feature, color_histogram_hsv])
    assert features.shape == (5, 154)
    np.testing.assert_array_equal(features[3, :144], hog_feature(IMAGES[3]))
    np.testing.assert_array_equal(features[3, 144:], color_histogram_hsv(IMAGES[3]))


def test_verbose_tells_the_progress_every_1000_images(capsys):
    extract_features(np.zeros((2500, 1)), [np.ravel], verbose=True)
    assert capsys.readouterr().out.splitlines() == [
        "Features of 1000 of 2500 images extracted",
        "Features of 2000 of 2500 images extracted",
    ]
    extract_features(np.zeros((2500, 1)), [np.ravel])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("imgs", "functions", "message"),
    [
        ([], [np.ravel], "got 0 images"),
        (IMAGES, [], "0 functions"),
        (IMAGES, [np.ravel, np.mean], r"returned shapes \(3072,\), \(\), expected flat"),
        ([np.ones(2), np.ones(3)], [np.ravel], "image 1 gave 3 features, the first one 2"),
    ],
)
def test_bad_arguments_are_named(imgs, functions, message):
    with pytest.raises(ValueError, match=message):
        extract_features(imgs, functions)
