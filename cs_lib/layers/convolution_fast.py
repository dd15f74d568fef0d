"""Convolution by one matrix product a kernel row: the library's default.

im2col copies every input element HH * WW times, and the copying costs more than it should. Here only
the kernel's columns are unrolled: `strips[c, j]` is the image shifted by kernel column j, WW copies.
In it the window's row i is the same memory, i rows further down, so that

    out = sum over kernel rows i of w[:, :, i, :] @ strips shifted down by i rows

needs no more copies. (The lowering of one axis is that of MEC, Cho and Brand 2017; summing up smaller
products that of kn2row, Vasudevan, Anderson and Gregg 2017.) The buffer holds one image and is reused.
With stride s, row y of the padded image is stored as row y // s of phase y % s, so that the rows which
one kernel row meets lie next to each other again.

Not for: reading how a convolution works (convolution_naive), or very large kernels (convolution_fft).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.layers.convolution_geometry import Geometry, read_geometry
from cs_lib.layers.convolution_im2col import col2im

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def conv_forward_fast(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """As conv_forward_naive, fast: x (N, C, H, W), w (F, C / groups, HH, WW), b (F,).

    Returns out: (N, F, OH, OW) and the cache. Raises as conv_forward_naive.
    """
    geometry = read_geometry(x, w, b, conv_param)
    return correlate(x, w, geometry, b), (x, w, b, conv_param)


def conv_backward_fast(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients dx: (N, C, H, W), dw: (F, C / groups, HH, WW), db: (F,) for dout: (N, F, OH, OW).

    Raises ValueError if dout is not shaped like out.
    """
    x, w, b, conv_param = cache
    geometry = read_geometry(x, w, b, conv_param)
    expect_upstream(dout, geometry.out_shape)
    dx = input_gradient(dout, w, geometry)
    dw = weight_gradient(x, dout, geometry)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def correlate(x: np.ndarray, w: np.ndarray, geometry: Geometry, b: np.ndarray | None = None) -> np.ndarray:
    """Slide w: (F, C / groups, HH, WW) over x: (N, C, H, W); returns (N, F, OH, OW), plus b: (F,)."""
    dtype = np.result_type(x, w) if b is None else np.result_type(x, w, b)
    groups, (_, filters) = geometry.groups, geometry.per_group
    w_rows = _kernel_rows(w.astype(dtype, copy=False), geometry)
    strips = _Strips(geometry, dtype)
    out = np.empty(geometry.out_shape, dtype)
    by_group = out.reshape(geometry.batch, groups, filters, geometry.places)
    product = np.empty(by_group.shape[1:], dtype)
    for image, target in zip(x, by_group, strict=True):
        strips.fill(image)
        np.matmul(w_rows[0], strips.rows[0], out=target)
        for i in range(1, geometry.kernel[0]):
            target += np.matmul(w_rows[i], strips.rows[i], out=product)
        if b is not None:
            target += b.reshape(groups, filters, 1)
    return out


def weight_gradient(x: np.ndarray, dout: np.ndarray, geometry: Geometry) -> np.ndarray:
    """dw: (F, C / groups, HH, WW) from x: (N, C, H, W) and dout: (N, F, OH, OW)."""
    dtype = np.result_type(x, dout)
    (kh, kw), groups, (channels, filters) = geometry.kernel, geometry.groups, geometry.per_group
    strips = _Strips(geometry, dtype)
    by_group = dout.reshape(geometry.batch, groups, filters, geometry.places)
    dw = np.zeros((kh, groups, channels * kw, filters), dtype)
    for image, upstream in zip(x, by_group, strict=True):
        strips.fill(image)
        for i in range(kh):
            dw[i] += strips.rows[i] @ upstream.swapaxes(-1, -2)
    dw = dw.reshape(kh, groups, channels, kw, filters).transpose(1, 4, 2, 0, 3)
    return dw.reshape(geometry.filters, channels, kh, kw)


def input_gradient(dout: np.ndarray, w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """dx: (N, C, H, W) from dout: (N, F, OH, OW) and w: (F, C / groups, HH, WW).

    At stride 1 this is a convolution again: dout, padded with what is left of the kernel, with w
    flipped in both directions and its filters and channels exchanged.
    """
    extra = tuple(
        d * (k - 1) - p for d, k, p in zip(geometry.dilation, geometry.kernel, geometry.pad, strict=True)
    )
    if geometry.stride != (1, 1) or min(extra) < 0:
        return _scatter(dout, w, geometry)
    mirrored = Geometry(
        geometry.batch, geometry.filters, geometry.out, geometry.channels, geometry.kernel,
        pad=extra, dilation=geometry.dilation, groups=geometry.groups,
    )  # fmt: skip
    return correlate(dout, _exchange(w, geometry)[:, :, ::-1, ::-1], mirrored)


def _scatter(dout: np.ndarray, w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """dx for any stride: each output place sends w times its gradient to its window, image by image."""
    groups, (_, filters), one = geometry.groups, geometry.per_group, geometry.one_image()
    dx = np.empty((geometry.batch, geometry.channels, *geometry.size), np.result_type(dout, w))
    w_columns = w.reshape(groups, filters, -1).swapaxes(-1, -2)
    for upstream, target in zip(dout, dx, strict=True):
        target[...] = col2im(w_columns @ upstream.reshape(groups, filters, -1), one)[0]
    return dx


def _kernel_rows(w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """w: (F, C / groups, HH, WW) as a matrix a kernel row: (HH, groups, F / groups, C / groups * WW)."""
    kh, groups, (_, filters) = geometry.kernel[0], geometry.groups, geometry.per_group
    return w.transpose(2, 0, 1, 3).reshape(kh, groups, filters, -1)


def _exchange(w: np.ndarray, geometry: Geometry) -> np.ndarray:
    """w: (F, C / groups, HH, WW) with filters and channels exchanged: (C, F / groups, HH, WW)."""
    channels, filters = geometry.per_group
    by_group = w.reshape(geometry.groups, filters, channels, *geometry.kernel)
    return by_group.swapaxes(1, 2).reshape(geometry.channels, filters, *geometry.kernel)


class _Strips:
    """One padded image, unrolled along the kernel's columns: (C, WW, phases, rows, OW).

    `rows[i]` is what kernel row i meets, (groups, C / groups * WW, OH * OW): a view, that `fill` renews.
    """

    def __init__(self, geometry: Geometry, dtype: np.dtype) -> None:
        (kh, kw), (oh, ow) = geometry.kernel, geometry.out
        phases, dilation = geometry.stride[0], geometry.dilation[0]
        height = oh + (kh - 1) * dilation // phases
        data = np.zeros((geometry.channels, kw, phases, height, ow), dtype)  # the padding stays zero
        self.copies = list(_copies(data, geometry))
        matrices = data.reshape(geometry.groups, geometry.per_group[0] * kw, phases, height * ow)
        starts = (divmod(i * dilation, phases) for i in range(kh))
        self.rows = [matrices[:, :, phase, down * ow : (down + oh) * ow] for down, phase in starts]

    def fill(self, image: np.ndarray) -> None:
        """Copy image: (C, H, W) in."""
        for target, rows, columns in self.copies:
            target[...] = image[:, rows, columns]


def _copies(data: np.ndarray, geometry: Geometry) -> Iterator[tuple[np.ndarray, slice, slice]]:
    """For each phase and kernel column, a part of the strips, and the image's rows and columns for it."""
    (top, left), (height, width), (sh, sw) = geometry.pad, geometry.size, geometry.stride
    _, kw, phases, rows, ow = data.shape
    for phase in range(phases):
        to_rows, from_rows = _inside(rows, sh, phase - top, height)
        for j in range(kw):
            to_columns, from_columns = _inside(ow, sw, j * geometry.dilation[1] - left, width)
            yield data[:, j, phase, to_rows, to_columns], from_rows, from_columns


def _inside(count: int, stride: int, offset: int, size: int) -> tuple[slice, slice]:
    """The places i < count with 0 <= i * stride + offset < size, and where they point, as slices."""
    first = max(0, -(offset // stride))
    last = min(count, (size - 1 - offset) // stride + 1)
    if last <= first:
        return slice(0), slice(0)
    return slice(first, last), slice(first * stride + offset, (last - 1) * stride + offset + 1, stride)
