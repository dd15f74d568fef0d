"""Convolution behind one door: five ways to compute it, one interface, one cache.

    out = convolve(x, w, b, {"stride": 1, "pad": 1}, method="winograd")

Every method takes the same arguments and makes the same cache, so that any forward pass goes with any
backward pass. What each one costs: benchmarks/convolution.py. Layers use the fast one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cs_lib.layers.convolution_fast import conv_backward_fast, conv_forward_fast
from cs_lib.layers.convolution_fft import conv_forward_fft
from cs_lib.layers.convolution_geometry import output_size
from cs_lib.layers.convolution_im2col import conv_backward_im2col, conv_forward_im2col
from cs_lib.layers.convolution_naive import conv_backward_naive, conv_forward_naive
from cs_lib.layers.convolution_transposed import conv_transpose_backward, conv_transpose_forward
from cs_lib.layers.convolution_winograd import conv_forward_winograd
from cs_lib.layers.locally_connected import locally_connected_backward, locally_connected_forward
from cs_lib.validation import expect_choice, expect_shapes

__all__ = [
    "METHODS",
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_naive",
    "conv_forward_fast",
    "conv_forward_fft",
    "conv_forward_im2col",
    "conv_forward_naive",
    "conv_forward_winograd",
    "conv_transpose_backward",
    "conv_transpose_forward",
    "convolution_matrix",
    "convolve",
    "locally_connected_backward",
    "locally_connected_forward",
    "output_size",
]

METHODS: dict[str, Callable] = {
    "naive": conv_forward_naive,
    "im2col": conv_forward_im2col,
    "fast": conv_forward_fast,
    "fft": conv_forward_fft,
    "winograd": conv_forward_winograd,
}


def convolve(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping, method: str = "fast"
) -> np.ndarray:
    """Convolve x: (N, C, H, W) with w: (F, C / groups, HH, WW) and b: (F,); returns (N, F, OH, OW).

    conv_param: `stride`, `pad`, optionally `dilation`, `groups`; method: a key of METHODS.
    Raises ValueError for an unknown method, or for "winograd" with anything but 3x3 at stride 1.
    """
    expect_choice("method", method, tuple(METHODS))
    out, _ = METHODS[method](x, w, b, conv_param)
    return out


def convolution_matrix(w: np.ndarray, size: tuple[int, int], conv_param: Mapping | None = None) -> np.ndarray:
    """The matrix of a convolution: (OH * OW, H * W) for a kernel w: (HH, WW) on an image of size (H, W).

    For w: (F, C / groups, HH, WW) it is (F * OH * OW, C * H * W). Each row holds one window, and zeros
    elsewhere: a fully connected layer with few and shared weights. Raises ValueError as `convolve`.

    >>> convolution_matrix(np.array([[1, 2], [3, 4]]), (3, 3))
    array([[1, 2, 0, 3, 4, 0, 0, 0, 0],
           [0, 1, 2, 0, 3, 4, 0, 0, 0],
           [0, 0, 0, 1, 2, 0, 3, 4, 0],
           [0, 0, 0, 0, 1, 2, 0, 3, 4]])
    """
    conv_param = conv_param or {}
    if w.ndim == 2:
        w = w[None, None]
    filters, channels = expect_shapes(w=(w, "F C HH WW"))["F"], w.shape[1] * conv_param.get("groups", 1)
    # A matrix's columns are its responses to the unit vectors: here, to images of a single one.
    inputs = channels * size[0] * size[1]
    impulses = np.eye(inputs, dtype=w.dtype).reshape(inputs, channels, *size)
    responses = convolve(impulses, w, np.zeros(filters, w.dtype), conv_param)
    return responses.reshape(inputs, -1).T
