"""Fractional max pooling: shrink by a factor between 1 and 2 with windows at random steps (Graham 2014).

The steps are 1 or 2 pixels in an irregular order, so that each pass sees another distortion of the
image: a regulariser. Deviation from arXiv:1412.6071: as in torch, the windows all have the given size and
begin at floor((i + u) alpha) - floor(u alpha), with alpha chosen so that the last one ends at the border.
One pair of offsets u is drawn for the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import whole_pair
from cs_lib.layers.pooling import read_window
from cs_lib.validation import expect_shapes

Cache = tuple[tuple[int, ...], np.ndarray, np.ndarray]


def fractional_max_pool_forward(x: np.ndarray, pool_param: Mapping) -> tuple[np.ndarray, Cache]:
    """The maximum of pseudo-randomly placed windows of x: (N, C, H, W).

    pool_param: `pool_height`, `pool_width`, `output_size` (a number or a pair), and `offsets` (two numbers
    in [0, 1), for rows and columns) or else `seed`, from which they are drawn.
    Returns out: (N, C, OH, OW) and the cache. Raises ValueError if the windows do not fit.
    """
    sizes = expect_shapes(x=(x, "N C H W"))
    window = read_window(pool_param, required=("output_size",), optional=("offsets", "seed"))
    oh, ow = whole_pair("output_size", pool_param["output_size"], at_least=1)
    offsets = pool_param.get("offsets")
    if offsets is None:
        offsets = np.random.default_rng(pool_param.get("seed")).random(2)
    rows = _members(sizes["H"], window[0], oh, offsets[0])
    columns = _members(sizes["W"], window[1], ow, offsets[1])
    # (N, C, OH, OW, pool_height, pool_width), then the window as one axis
    values = x[:, :, rows[:, None, :, None], columns[None, :, None, :]].reshape(*x.shape[:2], oh, ow, -1)
    best = values.argmax(axis=-1)
    out = np.take_along_axis(values, best[..., None], axis=-1)[..., 0]
    down, right = np.unravel_index(best, window)
    return out, (x.shape, rows[:, :1] + down, columns[:, 0] + right)


def fractional_max_pool_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dx: (N, C, H, W) for dout: (N, C, OH, OW): each gradient goes to its window's first maximum.

    Raises ValueError if dout is not shaped like out.
    """
    shape, rows, columns = cache
    expect_upstream(dout, rows.shape)
    dx = np.zeros(shape, dout.dtype)
    n, c = np.ogrid[: shape[0], : shape[1]]
    np.add.at(dx, (n[..., None, None], c[..., None, None], rows, columns), dout)
    return dx


def _members(size: int, window: int, out: int, offset: float) -> np.ndarray:
    """Which rows each of the out windows holds: (out, window)."""
    if out + window - 1 > size:
        raise ValueError(f"{out} windows of {window} do not fit into an input of {size}")
    if not 0 <= offset < 1:
        raise ValueError(f"offsets holds {offset}, expected numbers in [0, 1)")
    starts = np.full(out, size - window)
    if out > 1:
        alpha = (size - window) / (out - 1)
        steps = (np.arange(out - 1) + offset) * alpha
        starts[:-1] = steps.astype(int) - int(offset * alpha)
    return starts[:, None] + np.arange(window)
