"""Random changes that leave a label true, or change it along: more training data for nothing.

    augment = pipeline(horizontal_flip, partial(random_crop, pad=4), mix=partial(mixup, num_classes=10))
    Solver(net, data, augment=augment)

Each takes a batch X: (N, C, H, W) of floats and a Generator, treats every image in its own way, and returns
a new batch of the same shape and dtype. All are vectorised. All raise TypeError or ValueError for what is no
such batch, and ValueError for settings out of range. Not for: test time (see `crops`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cs_lib.models.soft_labels import one_hot
from cs_lib.preprocessing import pca
from cs_lib.validation import as_floats, expect_between, expect_positive, expect_shapes

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Batch = tuple[np.ndarray, np.ndarray]


def pipeline(
    *changes: Change, mix: Callable[[np.ndarray, np.ndarray, np.random.Generator], Batch] | None = None
) -> Callable[[np.ndarray, np.ndarray, np.random.Generator], Batch]:
    """All changes, in order, and then mix, which may change labels: a function (X, y, rng) -> (X, y)."""

    def augment(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Batch:
        for change in changes:
            X = change(X, rng)
        return mix(X, y, rng) if mix else (X, y)

    return augment


def horizontal_flip(X: np.ndarray, rng: np.random.Generator, p: float = 0.5) -> np.ndarray:
    """Mirror each image with probability p: right for photographs, wrong for text and digits."""
    X, draw = _prepared(X, rng)
    return np.where(draw() < p, X[..., ::-1], X)


def random_crop(X: np.ndarray, rng: np.random.Generator, pad: int = 4) -> np.ndarray:
    """Move each image by up to pad pixels in each direction; zeros come in from outside."""
    X, _ = _prepared(X, rng)
    expect_between(0, pad=pad)
    N, _, H, W = X.shape
    padded = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(padded, (H, W), axis=(2, 3))  # (N, C, places down, places across, H, W)
    top, left = rng.integers(0, 2 * pad + 1, (2, N))
    return windows[np.arange(N), :, top, left]


def random_scale(X: np.ndarray, rng: np.random.Generator, smallest: float = 0.7) -> np.ndarray:
    """Cut a part out of each image, between `smallest` and all of its sides, and enlarge it to full size.

    Bilinear interpolation, written as a product with a matrix for the rows and one for the columns.
    """
    X, _ = _prepared(X, rng)
    if not 0 < smallest <= 1:
        raise ValueError(f"smallest is {smallest}, expected a share of the side in (0, 1]")
    N, _, H, W = X.shape
    share = rng.uniform(smallest, 1, N)
    rows, columns = (_enlarging(size, share, rng.random(N)).astype(X.dtype) for size in (H, W))
    return rows[:, None] @ X @ columns[:, None].swapaxes(-1, -2)


def color_jitter(
    X: np.ndarray,
    rng: np.random.Generator,
    brightness: float = 0.2,
    contrast: float = 0.2,
    saturation: float = 0.2,
    tint: float = 0.0,
) -> np.ndarray:
    """Another light: each number is the largest change, 0 for none.

    contrast and saturation stretch the differences, from the image's mean and from the pixel's grey, by a
    factor of 1 - c to 1 + c; tint does so with each channel; brightness adds up to b, in the units of X.
    """
    X, draw = _prepared(X, rng)
    expect_between(0, brightness=brightness, contrast=contrast, saturation=saturation, tint=tint)

    def change(strength: float, channels: int = 1) -> np.ndarray:
        return (strength * (2 * draw(channels) - 1)).astype(X.dtype)

    mean = X.mean(axis=(1, 2, 3), keepdims=True)
    X = mean + (X - mean) * (1 + change(contrast))
    grey = X.mean(axis=1, keepdims=True)
    X = grey + (X - grey) * (1 + change(saturation))
    return X * (1 + change(tint, X.shape[1])) + change(brightness)


def color_directions(X: np.ndarray) -> np.ndarray:
    """(C, C): the directions in which the colours of training images X: (N, C, H, W) vary, as rows.

    Each is as long as the deviation along it.
    """
    C = expect_shapes(X=(X, "N C H W"))["C"]
    found = pca(as_floats("X", X).transpose(0, 2, 3, 1).reshape(-1, C))
    return found.components * np.sqrt(found.variances)[:, None]


def pca_color(
    X: np.ndarray, rng: np.random.Generator, directions: np.ndarray, strength: float = 0.1
) -> np.ndarray:
    """Add to each image a random colour along the `color_directions`, strength times a normal number each.

    Source: Krizhevsky et al. 2012, section 4.1, who multiply by the variance where this has the deviation,
    which means the same in any units.
    """
    X, _ = _prepared(X, rng)
    expect_shapes(X=(X, "N C H W"), directions=(directions, "C C"))
    colors = strength * rng.standard_normal((len(X), len(directions))) @ directions
    return X + colors[:, :, None, None].astype(X.dtype)


def cutout(X: np.ndarray, rng: np.random.Generator, size: int = 8) -> np.ndarray:
    """Set a square of size x size in each image to 0; its centre is a pixel, so part of it may lie outside.

    Source: DeVries and Taylor 2017.
    """
    X, _ = _prepared(X, rng)
    expect_positive(size=size)
    inside = []
    for side in X.shape[2:]:
        start = rng.integers(0, side, (len(X), 1)) - size // 2
        inside.append((start <= np.arange(side)) & (np.arange(side) < start + size))
    rows, columns = inside
    return np.where((rows[:, :, None] & columns[:, None, :])[:, None], 0, X).astype(X.dtype)


def noise(X: np.ndarray, rng: np.random.Generator, std: float = 0.1) -> np.ndarray:
    """Add normal noise of deviation std, in the units of X."""
    X, _ = _prepared(X, rng)
    expect_between(0, std=std)
    return X + (std * rng.standard_normal(X.shape)).astype(X.dtype)


def mixup(
    X: np.ndarray, y: np.ndarray, rng: np.random.Generator, num_classes: int, alpha: float = 0.2
) -> Batch:
    """Mix each example with another one of the batch, and their labels alike.

    share * X + (1 - share) * X_other, share from Beta(alpha, alpha); y: (N,) becomes probabilities (N, C).
    Source: Zhang et al. 2018, equation 1; a share for each pair, where their code has one a batch.
    """
    X, _ = _prepared(X, rng)
    expect_positive(alpha=alpha)
    share, partner = rng.beta(alpha, alpha, len(X)), rng.permutation(len(X))
    of_images, of_labels = share[:, None, None, None].astype(X.dtype), share[:, None]
    labels = one_hot(y, num_classes)
    return (
        of_images * X + (1 - of_images) * X[partner],
        of_labels * labels + (1 - of_labels) * labels[partner],
    )


def _prepared(X: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Callable[..., np.ndarray]]:
    """X checked, and a function that draws numbers in [0, 1) for each image: (N, channels, 1, 1)."""
    expect_shapes(X=(X, "N C H W"))
    if X.dtype.kind != "f":
        raise TypeError(f"X holds {X.dtype}, expected floats: convert images first")
    return X, lambda channels=1: rng.random((len(X), channels, 1, 1))


def _enlarging(size: int, share: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(N, size, size): row i holds how much of each old pixel is in new pixel i.

    share: (N,), the part of the side that is kept; place: (N,), where in the rest it begins, from 0 to 1.
    """
    start = place * (1 - share) * size
    centres = start[:, None] + (np.arange(size) + 0.5) * share[:, None] - 0.5
    centres = np.clip(centres, 0, size - 1)
    return np.maximum(0, 1 - np.abs(centres[:, :, None] - np.arange(size)))
