"""Histograms of oriented gradients against scikit-image's, number for number."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.feature
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.features import cell_histograms, hog, hog_feature

SINGLE = {"rtol": 1e-5, "atol": 1e-7}  # scikit-image adds a cell's votes up in single precision


def _image(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def test_a_320_by_240_image_gives_the_lectures_40_x_30_x_9_10800_numbers():
    assert cell_histograms(_image(240, 320)).shape == (30, 40, 9)
    assert hog_feature(_image(240, 320)).shape == (10_800,)
    assert hog_feature(_image(240, 320, 3)).shape == (10_800,)


def test_a_32_by_32_image_gives_144_numbers():
    assert hog_feature(_image(32, 32, 3)).shape == (144,)


@settings(max_examples=60)
@given(
    rows=st.integers(16, 40),
    columns=st.integers(16, 40),
    channels=st.sampled_from([None, 1, 3]),
    cell=st.integers(2, 8),
    bins=st.integers(1, 12),
    block=st.integers(1, 2),
    norm=st.sampled_from(["L1", "L1-sqrt", "L2", "L2-Hys"]),
    seed=st.integers(0, 99),
)
def test_hog_equals_scikit_images(rows, columns, channels, cell, bins, block, norm, seed):
    image = _image(rows, columns, *([] if channels is None else [channels]), seed=seed)
    expected = skimage.feature.hog(
        image,
        orientations=bins,
        pixels_per_cell=(cell, cell),
        cells_per_block=(block, block),
        block_norm=norm,
        channel_axis=None if channels is None else -1,
    )
    np.testing.assert_allclose(hog(image, cell, bins, block, norm), expected, **SINGLE)


def test_hog_feature_is_scikit_images_before_it_normalises():
    image = _image(240, 320)
    shares = skimage.feature.hog(image, cells_per_block=(1, 1), block_norm="L1").reshape(-1, 9)
    ours = hog_feature(image).reshape(-1, 9)
    np.testing.assert_allclose(ours / (ours.sum(axis=1, keepdims=True) + 1e-5), shares, **SINGLE)


def test_an_edge_votes_for_the_direction_of_its_gradient():
    upright = np.zeros((8, 8))
    upright[:, 4:] = 1  # brightness changes across: 0 degrees
    np.testing.assert_allclose(hog_feature(upright)[0], 2 * 8 / 64)
    assert hog_feature(upright)[1:].sum() == 0
    assert hog_feature(upright.T).argmax() == 4  # 90 degrees is in the bin from 80 to 100
    assert (hog_feature(-upright) == hog_feature(upright)).all()  # the sign of an edge does not count


def test_colour_counts_as_brightness_for_hog_feature():
    grey = _image(16, 16)
    np.testing.assert_allclose(hog_feature(np.stack([grey] * 3, axis=-1)), hog_feature(grey))


def test_bytes_do_not_wrap_around_and_float32_stays_float32():
    image = np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8)
    np.testing.assert_allclose(hog_feature(image), hog_feature(image.astype(np.float64)))
    assert hog(image.astype(np.float32)).dtype == np.float32
    assert hog_feature(np.ones((16, 16, 3), np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hog_feature(np.ones(9)), "expected \\(H, W\\)"),
        (lambda: hog_feature(np.ones((9, 9, 4))), "im has shape"),
        (lambda: hog_feature(np.ones((7, 9))), "expected at least 8 x 8 pixels"),
        (lambda: hog(np.ones((8, 9))), "image has 1 x 1 cells, expected at least 2 x 2"),
        (lambda: hog(np.ones((16, 16)), norm="l2"), "norm is 'l2', expected one of 'L1'"),
        (lambda: hog(np.ones((16, 16)), bins=0), "bins is 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
