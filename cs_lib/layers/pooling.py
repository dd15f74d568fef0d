"""Pooling: one number for each window of each channel: its maximum, its mean, or the whole image's mean.

No padding: a window that does not fit is left out, as in a convolution with floored output size. Where
several elements of a window are the maximum, the gradient goes to the first of them in reading order
(any of them, or a share for each, is a valid subgradient). Pooling with windows of random size is in
fractional_pooling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import Pair, output_size, whole_number, whole_pair
from cs_lib.validation import expect_choice, expect_shapes

Cache = tuple[np.ndarray, Mapping]
FastCache = tuple[np.ndarray, np.ndarray, Mapping]


def max_pool_forward_naive(x: np.ndarray, pool_param: Mapping) -> tuple[np.ndarray, Cache]:
    """The maximum of each window of x: (N, C, H, W), window by window.

    pool_param: `pool_height`, `pool_width` and `stride` (a number or a pair; the window's size if left
    out). Returns out: (N, C, OH, OW) with OH = floor((H - pool_height) / stride) + 1, and the cache.
    Raises TypeError or ValueError for sizes that are not whole, not positive or larger than x.
    """
    pool = _read_pool(x, pool_param)
    out = np.empty((*x.shape[:2], *pool.out), x.dtype)
    for place, window in pool.windows():
        out[:, :, *place] = x[:, :, *window].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dx: (N, C, H, W) for dout: (N, C, OH, OW): each gradient goes to its window's (first) maximum.

    Raises ValueError if dout is not shaped like out.
    """
    x, pool_param = cache
    pool = _read_pool(x, pool_param)
    pool.expect_dout(dout, x)
    dx = np.zeros(x.shape, dout.dtype)
    for (y0, x0), window in pool.windows():
        for n, c in np.ndindex(x.shape[:2]):
            values = x[n, c, *window]
            row, column = np.unravel_index(values.argmax(), values.shape)
            dx[n, c, window[0].start + row, window[1].start + column] += dout[n, c, y0, x0]
    return dx


def max_pool_forward_fast(x: np.ndarray, pool_param: Mapping) -> tuple[np.ndarray, FastCache]:
    """As max_pool_forward_naive: the maximum of pool_height * pool_width strided slices of x: (N, C, H, W).

    Slice (i, j) holds element (i, j) of all windows at once.
    """
    pool = _read_pool(x, pool_param)
    first, *others = pool.slices(x)
    out = first.copy()
    for elements in others:
        np.maximum(out, elements, out=out)
    return out, (x, out, pool_param)


def max_pool_backward_fast(dout: np.ndarray, cache: FastCache) -> np.ndarray:
    """dx: (N, C, H, W) for dout: (N, C, OH, OW), slice by slice; a window with NaN passes nothing on.

    Raises ValueError if dout is not shaped like out.
    """
    x, out, pool_param = cache
    pool = _read_pool(x, pool_param)
    pool.expect_dout(dout, x)
    dx = np.zeros(x.shape, dout.dtype)
    waiting = np.ones(out.shape, bool)  # windows whose maximum has not been met yet
    for elements, gradient in zip(pool.slices(x), pool.slices(dx), strict=True):
        is_first = (elements == out) & waiting
        gradient += dout * is_first
        waiting &= ~is_first
    return dx


def avg_pool_forward(x: np.ndarray, pool_param: Mapping) -> tuple[np.ndarray, Cache]:
    """The mean of each window of x: (N, C, H, W); pool_param as for max pooling. Returns (N, C, OH, OW)."""
    pool = _read_pool(x, pool_param)
    return sum(pool.slices(x)) / pool.area, (x, pool_param)


def avg_pool_backward(dout: np.ndarray, cache: Cache) -> np.ndarray:
    """dx: (N, C, H, W) for dout: (N, C, OH, OW): every element of a window gets an equal share.

    Raises ValueError if dout is not shaped like out.
    """
    x, pool_param = cache
    pool = _read_pool(x, pool_param)
    pool.expect_dout(dout, x)
    dx = np.zeros(x.shape, dout.dtype)
    share = dout / pool.area
    for gradient in pool.slices(dx):
        gradient += share
    return dx


def global_avg_pool_forward(x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """The mean of each channel of x: (N, C, H, W); returns (N, C), ready for an affine layer.

    (Lin, Chen and Yan 2014, "Network in network", section 3.2.)
    Raises ValueError for another shape.
    """
    expect_shapes(x=(x, "N C H W"))
    return x.mean(axis=(2, 3)), x.shape


def global_avg_pool_backward(dout: np.ndarray, cache: tuple[int, ...]) -> np.ndarray:
    """dx: (N, C, H, W) for dout: (N, C). Raises ValueError if dout is not shaped like out."""
    n, c, height, width = cache
    expect_upstream(dout, (n, c))
    return np.broadcast_to(dout[:, :, None, None] / (height * width), cache).copy()


@dataclass(frozen=True)
class _Pool:
    """Window, stride and output size, each (height, width)."""

    window: Pair
    stride: Pair
    out: Pair

    @property
    def area(self) -> int:
        return self.window[0] * self.window[1]

    def windows(self) -> Iterator[tuple[Pair, tuple[slice, slice]]]:
        """Each output place with the rows and columns that its window covers."""
        for place in np.ndindex(self.out):
            starts = (place[0] * self.stride[0], place[1] * self.stride[1])
            yield place, tuple(slice(s, s + k) for s, k in zip(starts, self.window, strict=True))

    def slices(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """For each element of the window, in reading order, a view of it in all windows: (N, C, OH, OW)."""
        (sh, sw), (oh, ow) = self.stride, self.out
        for i, j in np.ndindex(self.window):
            yield x[:, :, i : i + (oh - 1) * sh + 1 : sh, j : j + (ow - 1) * sw + 1 : sw]

    def expect_dout(self, dout: np.ndarray, x: np.ndarray) -> None:
        expect_upstream(dout, (*x.shape[:2], *self.out))


def read_window(pool_param: Mapping, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> Pair:
    """(pool_height, pool_width), after a check that pool_param has these, what is required, and no other.

    Raises ValueError for another key, a missing one, or a size that is no whole number above 0.
    """
    required = ("pool_height", "pool_width", *required)
    for key in pool_param:
        expect_choice("a key of pool_param", key, (*required, *optional))
    for key in required:
        if key not in pool_param:
            raise ValueError(f"pool_param has no {key}")
    height, width = (whole_number(key, pool_param[key], at_least=1) for key in required[:2])
    return height, width


def _read_pool(x: np.ndarray, pool_param: Mapping) -> _Pool:
    sizes = expect_shapes(x=(x, "N C H W"))
    window = read_window(pool_param, optional=("stride",))
    stride = whole_pair("stride", pool_param.get("stride", window), at_least=1)
    height, width = (
        output_size(size, k, s) for size, k, s in zip((sizes["H"], sizes["W"]), window, stride, strict=True)
    )
    return _Pool(window, stride, (height, width))
