"""Histograms of oriented gradients (HOG): where edges are and which way they run, without colour.

Source: N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human Detection" (2005).
Unlike the paper, a gradient votes for one orientation and one cell only, without interpolation,
and no Gaussian window weights a block.
"""

from __future__ import annotations

import numpy as np

from cs_lib.validation import expect_choice, expect_positive, expect_shapes

EPSILON = 1e-5  # keeps the norm of a block without edges away from 0
LUMINANCE = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)
NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")


def hog_feature(im: np.ndarray) -> np.ndarray:
    """Edges of an image im: (H, W) grey or (H, W, 3) in colour, as H//8 * W//8 * 9 numbers.

    Cells of 8x8 pixels, 9 orientations of 20 degrees each, and no blocks: a 320x240 image gives
    40 * 30 * 9 = 10,800 numbers. A colour image is turned into grey first. Raises ValueError for
    other shapes or images smaller than a cell.
    """
    im = np.asarray(im)
    if im.ndim == 3:
        expect_shapes(im=(im, "H W 3"))
        im = im @ np.asarray(LUMINANCE, dtype=np.result_type(im, np.float32))
    return cell_histograms(im, cell=8, bins=9).ravel()


def hog(image: np.ndarray, cell: int = 8, bins: int = 9, block: int = 2, norm: str = "L2-Hys") -> np.ndarray:
    """Cell histograms of an image (H, W) or (H, W, C), normalised in overlapping blocks of cells.

    Every block of block x block cells is divided by its own norm ("L1", "L1-sqrt", "L2", or
    "L2-Hys": L2, cut off at 0.2, then L2 again), which removes local contrast. Returns the blocks
    row by row, (rows - block + 1) * (columns - block + 1) * block^2 * bins numbers: what
    `skimage.feature.hog(image, bins, (cell, cell), (block, block), norm)` gives.
    Raises ValueError for an unknown norm or an image smaller than a block.
    """
    expect_choice("norm", norm, NORMS)
    expect_positive(block=block)
    cells = cell_histograms(image, cell, bins)
    if min(cells.shape[:2]) < block:
        raise ValueError(
            f"image has {cells.shape[0]} x {cells.shape[1]} cells, expected at least {block} x {block}"
        )
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (block, block), axis=(0, 1))
    blocks = blocks.transpose(0, 1, 3, 4, 2)  # (rows, columns, block, block, bins)
    return _normalized(blocks, norm).ravel()


def cell_histograms(image: np.ndarray, cell: int = 8, bins: int = 9) -> np.ndarray:
    """Gradient magnitude by orientation in each cell of an image (H, W) or (H, W, C).

    Returns (H // cell, W // cell, bins): mean over the cell's pixels of the magnitudes whose
    orientation, from 0 to 180 degrees, falls into each bin. Pixels right of or below the last whole
    cell are left out. Raises ValueError for other shapes or an image smaller than a cell.
    """
    expect_positive(cell=cell, bins=bins)
    down, across = _gradients(image)
    rows, columns = down.shape[0] // cell, down.shape[1] // cell
    if rows == 0 or columns == 0:
        raise ValueError(f"image has shape {np.shape(image)}, expected at least {cell} x {cell} pixels")
    down, across = (g[: rows * cell, : columns * cell] for g in (down, across))

    degrees = np.rad2deg(np.arctan2(down, across)) % 180
    orientation = (degrees * bins / 180).astype(int) % bins  # rounding may give 180, which is 0
    of_row = np.arange(rows * cell)[:, np.newaxis] // cell
    of_column = np.arange(columns * cell) // cell
    slot = (of_row * columns + of_column) * bins + orientation
    sums = np.bincount(slot.ravel(), np.hypot(down, across).ravel(), rows * columns * bins)
    return (sums / cell**2).reshape(rows, columns, bins).astype(down.dtype)


def _gradients(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central differences (H, W) down and across, 0 at the border; of the steepest channel if several."""
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(f"image has shape {image.shape}, expected (H, W) or (H, W, C)")
    if not np.issubdtype(image.dtype, np.floating):
        image = image.astype(np.float64)
    down, across = np.zeros_like(image), np.zeros_like(image)
    down[1:-1] = image[2:] - image[:-2]
    across[:, 1:-1] = image[:, 2:] - image[:, :-2]
    if image.ndim == 2:
        return down, across
    steepest = np.hypot(down, across).argmax(axis=-1)[..., np.newaxis]
    return tuple(np.take_along_axis(g, steepest, axis=-1)[..., 0] for g in (down, across))


def _normalized(blocks: np.ndarray, norm: str) -> np.ndarray:
    """Blocks (..., block, block, bins), each divided by its own norm."""
    inside = (-3, -2, -1)
    if norm in ("L1", "L1-sqrt"):
        blocks = blocks / (np.abs(blocks).sum(axis=inside, keepdims=True) + EPSILON)
        return np.sqrt(blocks) if norm == "L1-sqrt" else blocks
    blocks = _divided_by_l2(blocks, inside)
    return _divided_by_l2(np.minimum(blocks, 0.2), inside) if norm == "L2-Hys" else blocks


def _divided_by_l2(blocks: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return blocks / np.sqrt((blocks**2).sum(axis=axes, keepdims=True) + EPSILON**2)
