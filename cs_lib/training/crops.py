"""Testing on ten crops: the corners, the centre, and their mirror images, with the probabilities averaged.

What training on random crops and flips calls for at test time. Source: Krizhevsky et al. 2012, section 4.1.
"""

from __future__ import annotations

import numpy as np

from cs_lib.training.ensemble import probabilities
from cs_lib.training.state import Model
from cs_lib.validation import expect_positive, expect_shapes


def ten_crop(X: np.ndarray, size: int) -> np.ndarray:
    """(10, N, C, size, size): four corners and the centre of X: (N, C, H, W), then the five mirrored.

    Raises ValueError for a size that is larger than the images.
    """
    sizes = expect_shapes(X=(X, "N C H W"))
    expect_positive(size=size)
    down, across = sizes["H"] - size, sizes["W"] - size
    if min(down, across) < 0:
        raise ValueError(f"size is {size}, expected at most the images' {sizes['H']} x {sizes['W']}")
    places = [(0, 0), (0, across), (down, 0), (down, across), (down // 2, across // 2)]
    crops = np.stack([X[:, :, top : top + size, left : left + size] for top, left in places])
    return np.concatenate([crops, crops[..., ::-1]])


def ten_crop_probabilities(model: Model, X: np.ndarray, size: int) -> np.ndarray:
    """The mean of the ten crops' probabilities (N, classes), by a model that takes (N, C, size, size)."""
    return np.mean([probabilities(model, crop) for crop in ten_crop(X, size)], axis=0)
