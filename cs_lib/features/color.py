"""Colour without shape: the conversion to hue, saturation and value, and the histogram of hues."""

from __future__ import annotations

import numpy as np

from cs_lib.validation import expect_positive, expect_shapes


def rgb_to_hsv(image: np.ndarray) -> np.ndarray:
    """Hue, saturation and value (..., 3), all in [0, 1], of red, green and blue (..., 3) in [0, 1].

    Value is the largest of the three, saturation the spread relative to it, and hue the place on
    the colour circle: red at 0, green at 1/3, blue at 2/3; a grey has hue 0.
    Source: A. R. Smith, "Color Gamut Transform Pairs" (1978). Raises ValueError for other shapes or
    values out of range.
    """
    image = np.asarray(image)
    expect_shapes(image=(image, "... 3"))
    if not np.issubdtype(image.dtype, np.floating):
        image = image.astype(np.float64)
    if image.size and not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(f"image holds values from {image.min()} to {image.max()}, expected 0 to 1")
    red, green, blue = np.ascontiguousarray(np.moveaxis(image, -1, 0))
    value = np.maximum(np.maximum(red, green), blue)  # several times faster than max over 3 numbers
    spread = value - np.minimum(np.minimum(red, green), blue)
    safe = np.where(spread > 0, spread, 1)
    sixths = np.where(
        value == red,
        (green - blue) / safe % 6,
        np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )  # all three are equal in a grey, which makes it 0
    saturation = spread / np.where(value > 0, value, 1)
    return np.stack([sixths / 6, saturation, value], axis=-1)


def color_histogram_hsv(
    im: np.ndarray, nbin: int = 10, xmin: float = 0, xmax: float = 255, normalized: bool = True
) -> np.ndarray:
    """How often each hue occurs in the RGB image im: (H, W, 3), as (nbin,) numbers.

    Colours in im, and the hues that are counted, run from 0 to xmax; the bins divide [xmin, xmax]
    evenly. normalized: shares of the counted pixels instead of counts. Raises ValueError for other
    shapes or values out of range.
    """
    im = np.asarray(im)
    expect_shapes(im=(im, "H W 3"))
    expect_positive(nbin=nbin, xmax=xmax, range=xmax - xmin)
    hues = rgb_to_hsv(im / xmax)[..., 0] * xmax
    counts, _ = np.histogram(hues, bins=nbin, range=(xmin, xmax))
    return counts / max(counts.sum(), 1) if normalized else counts.astype(np.float64)
