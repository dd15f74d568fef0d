"""Transposed convolution ("up-convolution"): the map whose matrix is a convolution's, transposed.

Its forward pass is the gradient of a convolution with respect to its input, and its backward pass is
that convolution (Dumoulin and Visin 2016, section 4). It is no inverse: it undoes the change of size,
not of values.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_fast import correlate, input_gradient, weight_gradient
from cs_lib.layers.convolution_geometry import Geometry, expect_groups, read_conv_param
from cs_lib.validation import expect_shapes

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def conv_transpose_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """Upsample x: (N, C, H, W) with w: (C, F / groups, HH, WW) and b: (F,).

    conv_param: `stride`, `pad`, `dilation`, `groups` of the convolution that is transposed, and
    `output_pad`. Returns out: (N, F, OH, OW) and the cache, with

        OH = (H - 1) stride - 2 pad + dilation (HH - 1) + 1 + output_pad.

    A strided convolution maps several sizes to one; output_pad, below the stride, says which to go
    back to. Raises TypeError or ValueError for arguments that do not fit together.
    """
    geometry = _transposed_geometry(x, w, b, conv_param)
    out = input_gradient(x, w, geometry).astype(np.result_type(x, w, b), copy=False)
    return out + b[:, None, None], (x, w, b, conv_param)


def conv_transpose_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients dx: (N, C, H, W), dw: (C, F / groups, HH, WW), db: (F,) for dout: (N, F, OH, OW).

    Raises ValueError if dout is not shaped like out.
    """
    x, w, b, conv_param = cache
    geometry = _transposed_geometry(x, w, b, conv_param)
    expect_upstream(dout, (geometry.batch, geometry.channels, *geometry.size))
    return correlate(dout, w, geometry), weight_gradient(dout, x, geometry), dout.sum(axis=(0, 2, 3))


def _transposed_geometry(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping) -> Geometry:
    """The convolution from out to x: its channels are out's, its filters are x's channels."""
    sizes = expect_shapes(x=(x, "N C H W"), w=(w, "C K HH WW"), b=(b, "F"))
    stride, pad, dilation, groups, output_pad = read_conv_param(conv_param, output_pad=0)
    expect_groups(groups, channels=sizes["C"])
    filters = sizes["K"] * groups
    expect_shapes(b=(b, f"{filters}"))
    kernel, axes = (sizes["HH"], sizes["WW"]), zip(output_pad, stride, strict=True)
    if any(more >= step for more, step in axes):
        raise ValueError(f"output_pad is {output_pad}, expected less than the stride {stride}")
    height, width = (
        (size - 1) * s - 2 * p + d * (k - 1) + 1 + more
        for size, s, p, d, k, more in zip(
            (sizes["H"], sizes["W"]), stride, pad, dilation, kernel, output_pad, strict=True
        )
    )
    if min(height, width) < 1:
        raise ValueError(f"the output would be {height} x {width}: padding {pad} leaves nothing")
    return Geometry(sizes["N"], filters, (height, width), sizes["C"], kernel, stride, pad, dilation, groups)
