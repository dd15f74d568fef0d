"""Convolution as the formula says it: four loops, one window at a time.

    out[n, f, y, x] = b[f] + sum over c, i, j of x[n, c, y s + i d - p, x s + j d - p] w[f, c, i, j]

(a cross-correlation: the kernel is not flipped). Not for training: it is the reading copy, hundreds
of times slower than `conv_forward_fast`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import Geometry, pad_images, read_geometry

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def conv_forward_naive(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """Convolve x: (N, C, H, W) with filters w: (F, C / groups, HH, WW) and biases b: (F,).

    conv_param: `stride`, `pad` (zeros on each side), optionally `dilation` and `groups`.
    Returns out: (N, F, OH, OW) with OH = floor((H + 2 pad - dilation (HH - 1) - 1) / stride) + 1, and
    the cache. Raises TypeError or ValueError for arguments that do not fit together.
    """
    geometry = read_geometry(x, w, b, conv_param)
    padded = pad_images(x, geometry.pad)
    out = np.empty(geometry.out_shape, np.result_type(x, w, b))
    for n in range(geometry.batch):
        for f, channels in enumerate(_channels_of_filters(geometry)):
            for place, (rows, columns) in _places(geometry):
                out[n, f, *place] = np.sum(padded[n, channels, rows, columns] * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients dx: (N, C, H, W), dw: (F, C / groups, HH, WW), db: (F,) for dout: (N, F, OH, OW).

    Every product of the forward pass sends its upstream gradient to both factors; where windows
    overlap, the gradients add up. Raises ValueError if dout is not shaped like out.
    """
    x, w, b, conv_param = cache
    geometry = read_geometry(x, w, b, conv_param)
    expect_upstream(dout, geometry.out_shape)
    dtype = np.result_type(dout, x, w)
    padded = pad_images(x, geometry.pad)
    dpadded, dw = np.zeros(padded.shape, dtype), np.zeros(w.shape, dtype)
    for n in range(geometry.batch):
        for f, channels in enumerate(_channels_of_filters(geometry)):
            for place, (rows, columns) in _places(geometry):
                upstream = dout[n, f, *place]
                dw[f] += upstream * padded[n, channels, rows, columns]
                dpadded[n, channels, rows, columns] += upstream * w[f]
    (top, left), (height, width) = geometry.pad, geometry.size
    dx = dpadded[:, :, top : top + height, left : left + width].copy()
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _channels_of_filters(geometry: Geometry) -> Iterator[slice]:
    """For each filter, the input channels of its group."""
    channels, filters = geometry.per_group
    for f in range(geometry.filters):
        first = f // filters * channels
        yield slice(first, first + channels)


def _places(geometry: Geometry) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """Each output place (y, x) with the rows and columns of the padded input that its window covers."""
    for place in np.ndindex(geometry.out):
        yield (
            place,
            tuple(
                slice(at * stride, at * stride + dilation * (kernel - 1) + 1, dilation)
                for at, stride, dilation, kernel in zip(
                    place, geometry.stride, geometry.dilation, geometry.kernel, strict=True
                )
            ),
        )
