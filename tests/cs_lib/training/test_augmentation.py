from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from cs_lib.training.augmentation import (
    color_directions,
    color_jitter,
    cutout,
    horizontal_flip,
    mixup,
    noise,
    pca_color,
    pipeline,
    random_crop,
    random_scale,
)

DIRECTIONS = np.array([[0.5, 0.4, 0.3], [0.2, -0.1, 0.0], [0.0, 0.05, -0.1]])
CHANGES = {
    "horizontal_flip": horizontal_flip,
    "random_crop": random_crop,
    "random_scale": random_scale,
    "color_jitter": partial(color_jitter, tint=0.1),
    "pca_color": partial(pca_color, directions=DIRECTIONS),
    "cutout": cutout,
    "noise": noise,
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def batch(count=40, size=(12, 10), dtype=np.float64):
    return np.random.default_rng(5).standard_normal((count, 3, *size)).astype(dtype)


def rng(seed=0):
    return np.random.default_rng(seed)


@each_change
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype_are_kept_and_the_batch_is_not_modified(change, dtype):
    X = batch(dtype=dtype)
    X.flags.writeable = False
    out = change(X, rng())
    assert out.shape == X.shape
    assert out.dtype == dtype
    assert not np.shares_memory(out, X)


@each_change
def test_every_image_is_changed_in_its_own_way_and_the_seed_repeats_it(change):
    X = np.repeat(batch(1), 40, axis=0)
    out = change(X, rng())
    assert len(np.unique(out.reshape(40, -1), axis=0)) > 1
    np.testing.assert_array_equal(out, change(X, rng()))
    assert (out != change(X, rng(1))).any()


@each_change
def test_only_batches_of_float_images_are_taken(change):
    with pytest.raises(ValueError, match="X has shape"):
        change(batch()[0], rng())
    with pytest.raises(TypeError, match="X holds uint8, expected floats"):
        change(np.zeros((2, 3, 12, 10), np.uint8), rng())


def test_a_flip_mirrors_columns_half_of_the_time():
    X = batch(1000, (4, 4))
    out = horizontal_flip(X, rng())
    flipped = (out == X[..., ::-1]).all(axis=(1, 2, 3))
    kept = (out == X).all(axis=(1, 2, 3))
    assert (flipped ^ kept).all()
    assert abs(flipped.mean() - 0.5) < 0.05
    np.testing.assert_array_equal(horizontal_flip(X, rng(), p=1.0), X[..., ::-1])


def test_a_crop_is_the_image_moved_with_zeros_from_outside():
    X = batch(300, (6, 5)) + 10  # no zeros inside
    out = random_crop(X, rng(), pad=2)
    moves = set()
    for before, after in zip(X, out, strict=True):
        candidates = {
            (down, across): ndimage.shift(before, (0, down, across), order=0)
            for down in range(-2, 3)
            for across in range(-2, 3)
        }
        found = [move for move, moved in candidates.items() if np.array_equal(moved, after)]
        assert len(found) == 1
        moves.add(found[0])
    assert len(moves) == 25
    np.testing.assert_array_equal(random_crop(X, rng(), pad=0), X)


def test_a_scaled_image_is_a_part_of_it_enlarged():
    rows, columns = np.mgrid[0:12, 0:10].astype(float)
    X = np.repeat((3 * rows + 2 * columns)[None, None], 50, axis=0)  # a ramp stays one, with less slope
    out = random_scale(X, rng(), smallest=0.5)
    inner = out[:, 0, 3:-3, 3:-3]
    down, across = np.diff(inner, axis=1), np.diff(inner, axis=2)
    np.testing.assert_allclose(down / 3, np.broadcast_to(down[:, :1, :1] / 3, down.shape))
    np.testing.assert_allclose(across[:, 0, 0] / 2, down[:, 0, 0] / 3)  # the same scale both ways
    assert 0.5 <= (down / 3).min() < 0.55 < 0.95 < (down / 3).max() <= 1
    assert X.min() <= out.min()
    assert out.max() <= X.max()
    np.testing.assert_allclose(random_scale(X, rng(), smallest=1.0), X)


def test_color_jitter_of_nothing_changes_nothing():
    np.testing.assert_allclose(color_jitter(batch(), rng(), 0, 0, 0, 0), batch(), atol=1e-14)


@pytest.mark.parametrize(
    ("kind", "statistic", "expected"),
    [
        ("brightness", lambda X, out: (out - X).mean(axis=(1, 2, 3)), 0),
        ("contrast", lambda X, out: out.std(axis=(1, 2, 3)) / X.std(axis=(1, 2, 3)), 1),
        ("saturation", lambda X, out: np.ptp(out, axis=1).mean((1, 2)) / np.ptp(X, axis=1).mean((1, 2)), 1),
        ("tint", lambda X, out: (out / X).mean(axis=(2, 3))[:, 0], 1),
    ],
)
def test_each_part_of_color_jitter_changes_its_statistic_within_its_strength(kind, statistic, expected):
    X = batch(400)
    off = dict.fromkeys(("brightness", "contrast", "saturation", "tint"), 0.0)
    change = statistic(X, color_jitter(X, rng(), **off | {kind: 0.3})) - expected
    assert -0.3 <= change.min() < -0.28
    assert 0.28 < change.max() <= 0.3


def test_pca_colours_vary_as_those_of_the_training_images_do():
    mixing = np.array([[1.0, 0.5, 0.2], [0.0, 0.6, 0.3], [0.0, 0.0, 0.1]])
    X = np.einsum("nchw,cd->ndhw", batch(500), mixing)
    pixels = X.transpose(0, 2, 3, 1).reshape(-1, 3)
    directions = color_directions(X)
    np.testing.assert_allclose(directions.T @ directions, np.cov(pixels.T), rtol=1e-9, atol=1e-12)
    added = pca_color(np.zeros((20_000, 3, 1, 1)), rng(), directions, strength=0.1)[:, :, 0, 0]
    np.testing.assert_allclose(np.cov(added.T), 0.01 * np.cov(pixels.T), rtol=0.1, atol=1e-4)
    whole = pca_color(X, rng(), directions) - X
    np.testing.assert_allclose(whole, np.broadcast_to(whole[:, :, :1, :1], X.shape), atol=1e-12)


def test_cutout_zeroes_a_square_that_may_reach_outside():
    X = np.ones((2000, 3, 12, 10))
    out = cutout(X, rng(), size=4)
    holes = (out == 0).sum(axis=(2, 3))
    assert (holes == holes[:, :1]).all()  # the same in all channels
    assert holes.max() == 16
    assert holes.min() == 4  # two rows and two columns of it, in a corner
    hole = (out[0, 0] == 0).nonzero()
    assert (np.ptp(hole[0]) + 1) * (np.ptp(hole[1]) + 1) == len(hole[0])
    assert (out == 0).any(axis=(0, 1)).all()  # every pixel is reached


def test_noise_has_the_deviation_asked_for():
    added = noise(batch(), rng(), std=0.5) - batch()
    assert added.std() == pytest.approx(0.5, rel=0.05)
    assert abs(added.mean()) < 0.02


def test_mixup_mixes_labels_as_it_mixes_images():
    y = np.arange(40) % 4
    X = np.broadcast_to(np.eye(4)[y][:, :, None, None], (40, 4, 2, 2))  # the image shows its label
    mixed, labels = mixup(X, y, rng(), num_classes=4, alpha=1.0)
    np.testing.assert_allclose(labels, mixed[:, :, 0, 0])
    np.testing.assert_allclose(labels.sum(axis=1), 1)
    assert ((labels > 0.1) & (labels < 0.9)).any()


def test_a_pipeline_applies_its_changes_in_order():
    augment = pipeline(lambda X, rng: X + 1, lambda X, rng: X * 2)
    X, y = augment(np.zeros((2, 3, 4, 4)), np.array([0, 1]), rng())
    assert (X == 2).all()
    np.testing.assert_array_equal(y, [0, 1])
    mixed = pipeline(horizontal_flip, mix=partial(mixup, num_classes=2))
    assert mixed(X, y, rng())[1].shape == (2, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda X: random_scale(X, rng(), smallest=0), "smallest is 0"),
        (lambda X: random_scale(X, rng(), smallest=1.5), "smallest is 1.5"),
        (lambda X: random_crop(X, rng(), pad=-1), "pad is -1"),
        (lambda X: cutout(X, rng(), size=0), "size is 0"),
        (lambda X: noise(X, rng(), std=-1), "std is -1"),
        (lambda X: pca_color(X, rng(), np.eye(2)), "directions has shape"),
        (lambda X: mixup(X, np.zeros(40, int), rng(), 3, alpha=0), "alpha is 0"),
    ],
)
def test_settings_out_of_range_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(batch())
