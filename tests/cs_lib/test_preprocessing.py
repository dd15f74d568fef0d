"""Centring, scaling, PCA and whitening against scikit-learn and what they promise."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.decomposition
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.preprocessing import pca, standardize_channels, subtract_channel_mean, subtract_mean_image


def _images(dtype=np.float64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 5, 4, 3)).astype(dtype)


def _data(rows: int, dim: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, dim)) @ rng.normal(size=(dim, dim)) + rng.normal(size=dim)


def test_after_subtracting_the_mean_image_every_pixel_has_mean_0():
    X = _images()
    centred = subtract_mean_image(X)(X)
    np.testing.assert_allclose(centred.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(centred[0] - centred[1], X[0] - X[1])


@pytest.mark.parametrize("channel_axis", [-1, 1])
def test_after_subtracting_the_channel_mean_every_channel_has_mean_0(channel_axis):
    X = np.moveaxis(_images(), -1, channel_axis)
    centred = np.moveaxis(subtract_channel_mean(X, channel_axis)(X), channel_axis, -1)
    np.testing.assert_allclose(centred.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(centred.std(axis=(0, 1, 2)), _images().std(axis=(0, 1, 2)))


@pytest.mark.parametrize("channel_axis", [-1, 1])
def test_standardized_channels_have_mean_0_and_deviation_1(channel_axis):
    X = np.moveaxis(_images(), -1, channel_axis)
    scaled = np.moveaxis(standardize_channels(X, channel_axis)(X), channel_axis, -1)
    np.testing.assert_allclose(scaled.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=(0, 1, 2)), 1)


def test_other_data_is_scaled_by_what_the_training_data_showed():
    X = _images()
    scaling = standardize_channels(X)
    np.testing.assert_allclose(scaling(X[:3] + 7), (X[:3] + 7 - scaling.mean) / scaling.std)
    assert (scaling(X[:3] + 7) != standardize_channels(X[:3] + 7)(X[:3] + 7)).any()


@pytest.mark.parametrize("fit", [subtract_mean_image, subtract_channel_mean, standardize_channels])
def test_float32_stays_float32_bytes_become_floats_and_inputs_stay(fit):
    X = _images(np.float32)
    before = X.copy()
    assert fit(X)(X).dtype == np.float32
    np.testing.assert_array_equal(X, before)
    np.testing.assert_allclose(fit(X.astype(np.uint8))(X.astype(np.uint8)), fit(X)(X), rtol=1e-5, atol=1e-5)


def test_a_constant_channel_is_only_centred():
    X = np.full((3, 2, 2, 1), 9.0)
    assert (standardize_channels(X)(X) == 0).all()


@settings(max_examples=50)
@given(st.integers(3, 20), st.integers(1, 12), st.integers(0, 99))
def test_pca_equals_scikit_learns_up_to_the_sign(rows, dim, seed):
    X = _data(rows, dim, seed)
    num = min(rows - 1, dim)  # centring takes one rank away
    ours, theirs = pca(X, num), sklearn.decomposition.PCA(num, svd_solver="full").fit(X)
    signs = np.sign((ours.components * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.components, signs[:, None] * theirs.components_, atol=1e-7)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(ours.project(X), signs * theirs.transform(X), atol=1e-7)
    np.testing.assert_allclose(
        ours.reconstruct(ours.project(X)), theirs.inverse_transform(theirs.transform(X)), atol=1e-7
    )


def test_whitening_equals_scikit_learns_up_to_the_sign():
    X = _data(60, 5)
    theirs = sklearn.decomposition.PCA(whiten=True).fit_transform(X)
    ours = pca(X).whiten(X, epsilon=0)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-9)
    np.testing.assert_allclose(np.cov(ours.T), np.eye(5), atol=1e-9)


def test_zca_is_white_too_and_changes_the_data_least():
    X = _data(200, 4)
    X = (X - X.mean(axis=0)) / X.std()
    model = pca(X)
    zca, whitened = model.zca(X, epsilon=0), model.whiten(X, epsilon=0)
    np.testing.assert_allclose(np.cov(zca.T), np.eye(4), atol=1e-9)
    assert np.sum((zca - X) ** 2) < np.sum((whitened - X) ** 2)


def test_the_components_sign_is_settled_and_float32_stays_float32():
    model = pca(_data(30, 6).astype(np.float32))
    largest = np.abs(model.components).argmax(axis=1)
    assert (model.components[np.arange(6), largest] > 0).all()
    assert {model.mean.dtype, model.components.dtype, model.variances.dtype} == {np.dtype(np.float32)}
    assert model.whiten(_data(30, 6).astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: subtract_mean_image(np.ones((0, 3))), r"X has shape \(0, 3\)"),
        (lambda: standardize_channels(np.ones(3)), r"X has shape \(3,\)"),
        (lambda: pca(np.ones((4, 3)), 5), "num_components is 5 for X of shape"),
        (lambda: pca(np.ones((4, 3)), 0), "num_components is 0"),
        (lambda: pca(np.ones((1, 3))), "two examples"),
        (lambda: pca(np.ones(3)), "X has shape"),
        (lambda: pca(_data(9, 3)).project(np.ones((2, 4))), "mean has shape"),
        (lambda: pca(_data(9, 3), 2).reconstruct(np.ones((2, 3))), "components has shape"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
