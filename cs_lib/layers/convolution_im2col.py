"""Convolution as one matrix product: every window becomes a column (im2col), then w @ columns.

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), Geometry(1, 1, (3, 3), 1, (2, 2)))[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])

An input element is copied into every window that holds it: HH * WW times the memory at stride 1
(Chellapilla, Puri and Simard 2006). Not for training: `conv_forward_fast` copies less.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import Geometry, read_geometry, windows

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def im2col(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Windows of x: (N, C, H, W) as columns: (N, C * HH * WW, OH * OW)."""
    kh, kw = geometry.kernel
    return windows(x, geometry).reshape(geometry.batch, geometry.channels * kh * kw, geometry.places)


def col2im(cols: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The transpose of im2col: add the columns (N, C * HH * WW, OH * OW) up where they came from.

    HH * WW additions of whole strided slices. Returns (N, C, H, W).
    """
    n, c, (height, width) = geometry.batch, geometry.channels, geometry.size
    (top, left), (oh, ow), (sh, sw), (dh, dw) = geometry.pad, geometry.out, geometry.stride, geometry.dilation
    padded = np.zeros((n, c, height + 2 * top, width + 2 * left), cols.dtype)
    cols = cols.reshape(n, c, *geometry.kernel, oh, ow)
    for i, j in np.ndindex(geometry.kernel):
        rows = slice(i * dh, i * dh + (oh - 1) * sh + 1, sh)
        columns = slice(j * dw, j * dw + (ow - 1) * sw + 1, sw)
        padded[:, :, rows, columns] += cols[:, :, i, j]
    return padded[:, :, top : top + height, left : left + width]


def conv_forward_im2col(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """As conv_forward_naive, by im2col: x (N, C, H, W), w (F, C / groups, HH, WW), b (F,)."""
    geometry = read_geometry(x, w, b, conv_param)
    out = _by_group(w, geometry) @ _split(im2col(x, geometry), geometry)
    return out.reshape(geometry.out_shape) + b[:, None, None], (x, w, b, conv_param)


def conv_backward_im2col(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients (dx, dw, db) for dout: (N, F, OH, OW): two matrix products and a col2im.

    Raises ValueError if dout is not shaped like out.
    """
    x, w, b, conv_param = cache
    geometry = read_geometry(x, w, b, conv_param)
    expect_upstream(dout, geometry.out_shape)
    dout_columns = _split(dout, geometry)
    dw = (dout_columns @ _split(im2col(x, geometry), geometry).swapaxes(-1, -2)).sum(axis=0)
    dx = col2im(_by_group(w, geometry).swapaxes(-1, -2) @ dout_columns, geometry)
    return dx, dw.reshape(w.shape), dout.sum(axis=(0, 2, 3))


def _by_group(w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """w as one matrix a group: (groups, F / groups, C / groups * HH * WW)."""
    return w.reshape(geometry.groups, geometry.per_group[1], -1)


def _split(columns: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Channels split into groups, places flattened: (N, groups, channels / groups, OH * OW)."""
    n, rows = columns.shape[:2]
    return columns.reshape(n, geometry.groups, rows // geometry.groups, geometry.places)
