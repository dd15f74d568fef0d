"""Hue, saturation, value and their histogram against matplotlib and scikit-image."""

from __future__ import annotations

import matplotlib.colors
import numpy as np
import pytest
import skimage.color
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cs_lib.features import color_histogram_hsv, rgb_to_hsv


@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))))
def test_hsv_equals_matplotlibs_and_scikit_images(bytes_):
    image = bytes_ / 255
    np.testing.assert_allclose(rgb_to_hsv(image), matplotlib.colors.rgb_to_hsv(image), atol=1e-12)
    np.testing.assert_allclose(rgb_to_hsv(image), skimage.color.rgb2hsv(image), atol=1e-12)


@pytest.mark.parametrize(
    ("rgb", "hsv"),
    [
        ((1, 0, 0), (0, 1, 1)),
        ((0, 1, 0), (1 / 3, 1, 1)),
        ((0, 0, 1), (2 / 3, 1, 1)),
        ((0.5, 0.5, 0.5), (0, 0, 0.5)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 1), (5 / 6, 1, 1)),
    ],
)
def test_hsv_of_plain_colours(rgb, hsv):
    np.testing.assert_allclose(rgb_to_hsv(np.array(rgb)), hsv)


def test_hsv_of_float32_is_float32():
    assert rgb_to_hsv(np.ones((2, 2, 3), np.float32)).dtype == np.float32


def test_colour_histogram_counts_the_hues_of_matplotlibs_hsv():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    hues = matplotlib.colors.rgb_to_hsv(image / 255)[..., 0]
    expected = np.histogram(hues, 10, (0, 1))[0]
    np.testing.assert_array_equal(color_histogram_hsv(image, normalized=False), expected)
    np.testing.assert_allclose(color_histogram_hsv(image), expected / 63)
    np.testing.assert_allclose(color_histogram_hsv(image / 255, xmax=1), expected / 63)


def test_colour_histogram_looks_at_the_hue_only():
    image = np.zeros((2, 2, 3), np.uint8)
    image[..., 2] = [[255, 40], [90, 7]]
    expected = np.zeros(6)
    expected[4] = 1  # blue, at two thirds of the circle
    np.testing.assert_array_equal(color_histogram_hsv(image, nbin=6), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rgb_to_hsv(np.ones((2, 2))), "image has shape"),
        (lambda: rgb_to_hsv(np.full((2, 3), 2.0)), "image holds values from 2.0"),
        (lambda: rgb_to_hsv(np.full((2, 3), np.nan)), "image holds values from nan"),
        (lambda: color_histogram_hsv(np.ones((2, 2))), "im has shape"),
        (lambda: color_histogram_hsv(np.ones((2, 2, 3)), nbin=0), "nbin is 0"),
        (lambda: color_histogram_hsv(np.ones((2, 2, 3)), xmin=300), "range is -45"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
