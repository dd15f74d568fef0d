"""The receptive field by experiment: feed zeros and NaN to a function and see where NaN comes out.

NaN survives any arithmetic, even times a weight of zero, so it marks all that depends on it.
Not for functions that look at the whole image at once or drop NaN, such as a `nanmax`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cs_lib.architectures.describe import Pair, Shape
from cs_lib.validation import expect_shapes

ImageFunction = Callable[[np.ndarray], np.ndarray]


def nan_reach(function: ImageFunction, shape: Shape, at: Pair | None = None) -> np.ndarray:
    """Which outputs one input pixel reaches, as (H', W') booleans.

    function: from images (1, C, H, W) to (1, C', H', W'); shape: (C, H, W) of its input; at: the
    pixel that is NaN in all channels (the centre if None). Raises ValueError for other shapes.
    """
    row, column = at if at is not None else (shape[1] // 2, shape[2] // 2)
    return _marked(function, shape, (slice(row, row + 1), slice(column, column + 1)))


def measured_receptive_field(function: ImageFunction, shape: Shape, at: Pair | None = None) -> Pair:
    """How many pixels (down, across) of its input one output spans.

    A whole row of NaN, then a whole column, moves over the input; the output at (its centre if None)
    is watched. Images must be larger than the field, or their border cuts it off. Raises ValueError
    for other shapes or if nothing reaches the output.
    """
    _, height, width = shape
    everything = slice(None)
    down = [_marked(function, shape, (slice(i, i + 1), everything)) for i in range(height)]
    across = [_marked(function, shape, (everything, slice(j, j + 1))) for j in range(width)]
    row, column = at if at is not None else (down[0].shape[0] // 2, down[0].shape[1] // 2)
    return _span([map_[row, column] for map_ in down]), _span([map_[row, column] for map_ in across])


def _marked(function: ImageFunction, shape: Shape, where: tuple[slice, slice]) -> np.ndarray:
    images = np.zeros((1, *shape))
    images[:, :, *where] = np.nan
    out = np.asarray(function(images))
    expect_shapes(output=(out, "1 C H W"))
    return np.isnan(out).any(axis=(0, 1))


def _span(seen: list[bool]) -> int:
    places = np.flatnonzero(seen)
    if len(places) == 0:
        raise ValueError("no pixel of the input reaches the output that is watched")
    return int(places[-1] - places[0] + 1)
