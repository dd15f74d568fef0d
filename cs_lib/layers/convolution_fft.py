"""Convolution by the Fourier transform: a product at each frequency instead of a sum over each window.

By the correlation theorem the transform of x correlated with w is X * conj(W), summed over channels
(Mathieu, Henaff and LeCun 2014, arXiv:1312.5851). The work hardly depends on the kernel's size, so it
pays for large kernels and not for 3x3. A circular correlation over the padded image's size wraps
around only where the kernel would not fit anyway, so no further padding is needed.
Each output element depends on every input element through rounding, and a NaN reaches them all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.layers.convolution_geometry import pad_images, read_geometry

Cache = tuple[np.ndarray, np.ndarray, np.ndarray, Mapping]


def conv_forward_fft(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping
) -> tuple[np.ndarray, Cache]:
    """As conv_forward_naive, by FFT: x (N, C, H, W), w (F, C / groups, HH, WW), b (F,).

    All places at stride 1 are computed; a larger stride keeps some of them.
    """
    geometry = read_geometry(x, w, b, conv_param)
    n, groups, (channels, filters) = geometry.batch, geometry.groups, geometry.per_group
    (oh, ow), (sh, sw) = geometry.out, geometry.stride
    padded = pad_images(x, geometry.pad)
    size = padded.shape[2:]
    x_hat = np.fft.rfft2(padded, size)
    x_hat = x_hat.reshape(n, groups, channels, *x_hat.shape[2:])
    w_hat = np.fft.rfft2(spread(w, geometry.dilation), size)
    w_hat = w_hat.reshape(groups, filters, *x_hat.shape[2:])
    # One matrix product (F / groups, C / groups) @ (C / groups, N) for each group and frequency.
    products = w_hat.conj().transpose(0, 3, 4, 1, 2) @ x_hat.transpose(1, 3, 4, 2, 0)
    products = products.transpose(4, 0, 3, 1, 2).reshape(n, geometry.filters, *x_hat.shape[3:])
    out = np.fft.irfft2(products, size)[:, :, : (oh - 1) * sh + 1 : sh, : (ow - 1) * sw + 1 : sw]
    dtype = np.result_type(x, w, b, 0.5)  # whole numbers come back as floats, nearly whole
    out = out.astype(dtype, copy=False) + b[:, None, None]
    return out, (x, w, b, conv_param)


def spread(w: np.ndarray, dilation: tuple[int, int]) -> np.ndarray:
    """w: (F, C, HH, WW) with dilation - 1 zeros between neighbours: the dilated kernel written out."""
    (dh, dw), (kh, kw) = dilation, w.shape[2:]
    wide = np.zeros((*w.shape[:2], dh * (kh - 1) + 1, dw * (kw - 1) + 1), w.dtype)
    wide[:, :, ::dh, ::dw] = w
    return wide
