"""Winograd's F(2x2, 3x3): four outputs of a 3x3 kernel with 16 multiplications instead of 36.

The output is cut into 2x2 tiles, each made from a 4x4 tile d of the input (Lavin and Gray 2016,
arXiv:1509.09308, equation 8), with * element by element and summed over the channels:

    Y = A^T [(G g G^T) * (B^T d B)] A

Only for 3x3 kernels at stride 1 without dilation. On a GPU it pays; in NumPy the transforms cost more
than they save. A NaN reaches its whole output tile.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cs_lib.layers.convolution_geometry import Geometry, pad_images, read_geometry

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]

B = np.array([[1, 0, 0, 0], [0, 1, -1, 1], [-1, 1, 1, 0], [0, 0, 0, -1]])
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
A = np.array([[1, 0], [1, 1], [1, -1], [0, -1]])


def conv_forward_winograd(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """As conv_forward_naive for x: (N, C, H, W), w: (F, C / groups, 3, 3), b: (F,) at stride 1.

    Raises ValueError for another kernel, stride or dilation.
    """
    geometry = read_geometry(x, w, b, conv_param)
    wanted = {"kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1)}
    for name, value in wanted.items():
        if getattr(geometry, name) != value:
            raise ValueError(f"Winograd F(2x2, 3x3) needs {name} {value}, got {getattr(geometry, name)}")
    dtype = np.result_type(x, w, b, 0.5)  # whole numbers too become floats, for G has halves
    groups, (oh, ow) = geometry.groups, geometry.out
    channels, filters = geometry.per_group
    tiles = _tiles(x, geometry)
    down, right = tiles.shape[2:4]
    b_t, g, a_t = B.T.astype(dtype), G.astype(dtype), A.T.astype(dtype)

    u = np.einsum("ia,fcab,jb->ijfc", g, w, g, optimize=True)  # G g G^T
    v = np.einsum("ia,ncyxab,jb->ijcnyx", b_t, tiles, b_t, optimize=True)  # B^T d B
    u = u.reshape(4, 4, groups, filters, channels)
    m = u @ v.reshape(4, 4, groups, channels, geometry.batch * down * right)
    m = m.reshape(4, 4, geometry.filters, geometry.batch, down, right)
    y = np.einsum("ia,abfnyx,jb->nfyixj", a_t, m, a_t, optimize=True)  # A^T m A

    out = y.reshape(geometry.batch, geometry.filters, 2 * down, 2 * right)[:, :, :oh, :ow]
    return (out + b[:, None, None]).astype(dtype, copy=False), (x, w, b, conv_param)


def _tiles(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    """4x4 tiles of the padded x: (N, C, H, W), two apart: (N, C, down, right, 4, 4), a view.

    An odd output gets a row and a column more, which are cut off again at the end.
    """
    (oh, ow), padded = geometry.out, pad_images(x, geometry.pad)
    even = np.pad(padded, ((0, 0), (0, 0), (0, oh % 2), (0, ow % 2)))
    return sliding_window_view(even, (4, 4), axis=(2, 3))[:, :, ::2, ::2]
