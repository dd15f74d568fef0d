"""Locally connected layer: windows as in a convolution, but each place has filters of its own.

Without sharing there are OH * OW times as many weights, for images whose places mean different things,
such as aligned faces (Taigman et al. 2014, "DeepFace"). Not translation equivariant.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import Geometry, read_conv_param
from cs_lib.layers.convolution_im2col import col2im, im2col
from cs_lib.validation import expect_shapes

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def locally_connected_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """x: (N, C, H, W) with filters w: (OH, OW, F, C, HH, WW) and biases b: (F, OH, OW).

    conv_param: `stride`, `pad`, optionally `dilation`, as in a convolution; no groups.
    Returns out: (N, F, OH, OW) and the cache. Raises ValueError if w does not have as many places as the
    convolution's output.
    """
    geometry = _geometry(x, w, b, conv_param)
    columns = im2col(x, geometry)  # (N, K, P), with K = C * HH * WW and P = OH * OW
    out = columns.transpose(2, 0, 1) @ _by_place(w, geometry)  # (P, N, K) @ (P, K, F)
    out = out.transpose(1, 2, 0).reshape(geometry.out_shape)
    return out + b, (x, w, b, conv_param)


def locally_connected_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients dx, dw, db, shaped as x, w and b, for dout: (N, F, OH, OW).

    Raises ValueError if dout is not shaped like out.
    """
    x, w, b, conv_param = cache
    geometry = _geometry(x, w, b, conv_param)
    expect_upstream(dout, geometry.out_shape)
    upstream = dout.reshape(geometry.batch, geometry.filters, -1).transpose(2, 0, 1)  # (P, N, F)
    dw = upstream.swapaxes(1, 2) @ im2col(x, geometry).transpose(2, 0, 1)  # (P, F, K)
    dcolumns = upstream @ _by_place(w, geometry).swapaxes(1, 2)  # (P, N, K)
    dx = col2im(dcolumns.transpose(1, 2, 0), geometry)
    return dx, dw.reshape(w.shape), dout.sum(axis=0)


def _by_place(w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """w as one matrix a place: (P, K, F)."""
    return w.reshape(geometry.places, geometry.filters, -1).swapaxes(1, 2)


def _geometry(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping) -> Geometry:
    sizes = expect_shapes(x=(x, "N C H W"), w=(w, "OH OW F C HH WW"), b=(b, "F OH OW"))
    stride, pad, dilation, groups = read_conv_param(conv_param)
    if groups != 1:
        raise ValueError(f"groups is {groups}, but a locally connected layer has none")
    n, c, f = (sizes[axis] for axis in "NCF")
    size, kernel = (sizes["H"], sizes["W"]), (sizes["HH"], sizes["WW"])
    geometry = Geometry(n, c, size, f, kernel, stride, pad, dilation)
    if geometry.out != (sizes["OH"], sizes["OW"]):
        raise ValueError(
            f"w has filters for {sizes['OH']} x {sizes['OW']} places, but the output has "
            f"{geometry.out[0]} x {geometry.out[1]}"
        )
    return geometry
