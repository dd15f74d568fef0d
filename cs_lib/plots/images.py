"""Pictures in rows and columns: data, classes, and weights seen as images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.plots.style import CAPTION_SIZE, name_of, new_figure, styled
from cs_lib.validation import expect_positive, expect_shapes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 0.08  # between tiles, in tile widths
LINE_INCHES = 0.17  # the height of one line of a caption


@styled
def image_grid(
    images: np.ndarray,
    labels: Sequence[object] | None = None,
    class_names: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    title: str | None = None,
    rescale: bool = False,
    tile: float = 0.9,
) -> Figure:
    """Images (N, H, W, C) or (N, H, W) in a grid, each with its label under it.

    labels: N texts, or N integer labels that class_names turns into names. columns: images in a
    row (at most 10 if None). rescale: stretch each image to the full range (see `as_pictures`).
    tile: width of an image in inches. Raises ValueError for shapes, values or counts that do not fit.
    """
    pictures = as_pictures(images, rescale)
    columns = columns if columns is not None else min(len(pictures), 10)
    expect_positive(tile=tile, columns=columns)
    captions = None
    if labels is not None:
        _expect_count("labels", labels, len(pictures))
        captions = [name_of(label, class_names) for label in labels]
    return draw_tiles(pictures, columns, tile, captions, title=title)


@styled
def images_by_class(
    images: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str] | None = None,
    *,
    per_class: int = 8,
    title: str | None = None,
    rescale: bool = False,
    tile: float = 0.8,
) -> Figure:
    """One row for each class of labels: (N,), with the first per_class of its images (N, H, W, C).

    Raises ValueError for shapes or values that do not fit.
    """
    pictures, labels = as_pictures(images, rescale), np.asarray(labels)
    expect_shapes(images=(pictures, "N H W C"), labels=(labels, "N"))
    expect_positive(per_class=per_class, tile=tile)
    classes = np.unique(labels)
    blank = np.ones_like(pictures[0])  # a class with few images leaves the end of its row white
    rows = []
    for label in classes:
        row = pictures[labels == label][:per_class]
        rows += [*row, *[blank] * (per_class - len(row))]
    names = [name_of(label, class_names) for label in classes]
    return draw_tiles(np.stack(rows), per_class, tile, row_names=names, title=title)


@styled
def weight_templates(
    W: np.ndarray,
    image_shape: tuple[int, ...],
    class_names: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    title: str | None = "Weights as images",
    tile: float = 0.9,
) -> Figure:
    """The columns of W: (D, C) as images of image_shape, (H, W) or (H, W, channels).

    Grey is a weight of 0, brighter pixels raise the score and darker ones lower it; each template
    is scaled by its own largest weight. Raises ValueError if D is not the size of image_shape.
    """
    num_templates = expect_shapes(W=(W, f"{math.prod(image_shape)} C"))["C"]
    if class_names is not None:
        _expect_count("class_names", class_names, num_templates)
    pictures = as_pictures(_around_grey(W.T.reshape(-1, *image_shape)))
    columns = columns if columns is not None else _near_square(num_templates)
    expect_positive(columns=columns, tile=tile)
    captions = None if class_names is None else [str(name) for name in class_names]
    return draw_tiles(pictures, columns, tile, captions, title=title)


@styled
def filters(
    w: np.ndarray,
    *,
    columns: int | None = None,
    title: str | None = "First-layer filters",
    tile: float = 0.6,
) -> Figure:
    """The filters w: (F, C, H, W) of a first convolution, C being 1 or 3, scaled as `weight_templates`.

    Raises ValueError for other shapes.
    """
    num_filters = expect_shapes(w=(w, "F C H W"))["F"]
    pictures = as_pictures(_around_grey(np.moveaxis(w, 1, -1)))
    columns = columns if columns is not None else _near_square(num_filters)
    expect_positive(columns=columns, tile=tile)
    return draw_tiles(pictures, columns, tile, title=title)


def as_pictures(images: np.ndarray, rescale: bool = False) -> np.ndarray:
    """Images (N, H, W, C) or (N, H, W) as floats (N, H, W, C) in [0, 1], C being 1 or 3.

    Integers count from 0 to 255. Floats are taken as they are if they lie in [0, 1], and divided by
    255 if they lie in [0, 255]; other ranges need `rescale`, which stretches every image from its
    own smallest to its largest value. Raises ValueError for anything else.
    """
    pictures = np.asarray(images)
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or 0 in pictures.shape:
        raise ValueError(
            f"images has shape {np.shape(images)}, expected (N, H, W), (N, H, W, 1) or (N, H, W, 3)"
        )
    integers = np.issubdtype(pictures.dtype, np.integer)
    pictures = pictures.astype(np.float64)
    low, high = pictures.min(), pictures.max()
    if not np.isfinite([low, high]).all():
        raise ValueError("images holds NaN or infinite values")
    if rescale:
        lows = pictures.min(axis=(1, 2, 3), keepdims=True)
        spans = pictures.max(axis=(1, 2, 3), keepdims=True) - lows
        return (pictures - lows) / np.where(spans > 0, spans, 1)
    if low < 0 or high > 255:
        raise ValueError(
            f"images holds values from {low:.4g} to {high:.4g}, expected 0 to 1 or 0 to 255; "
            "rescale=True stretches any range"
        )
    return pictures / 255 if integers or high > 1 else pictures


def draw_tiles(
    pictures: np.ndarray,
    columns: int,
    tile: float,
    captions: list[str] | None = None,
    *,
    row_names: list[str] | None = None,
    frames: list[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Pictures (N, H, W, C) in [0, 1] on one axes, row by row, in units of a tile's width.

    One axes for all tiles instead of an axes for each is many times faster to draw.
    """
    height = pictures.shape[1] / pictures.shape[2]
    lines = 0 if captions is None else 1 + max(caption.count("\n") for caption in captions)
    pitch = height + GAP + lines * LINE_INCHES / tile
    num_rows = -(-len(pictures) // columns)
    margin = 0.09 * max(map(len, row_names)) / tile if row_names else 0.0
    width = columns * (1 + GAP)

    least = 0.11 * len(title) if title else 1.0  # inches, so that the title fits
    title_inches = 0.35 if title else 0.0
    figure = new_figure(
        max((width + margin) * tile, least) + 0.1, num_rows * pitch * tile + title_inches + 0.1
    )
    axes = figure.add_subplot()
    for i, picture in enumerate(pictures):
        x, y = i % columns * (1 + GAP), i // columns * pitch
        _draw_tile(axes, picture, (x, x + 1, y + height, y), frames[i] if frames else None)
        if captions is not None:
            where = (x + 0.5, y + height + 0.03)
            axes.text(*where, captions[i], ha="center", va="top", fontsize=CAPTION_SIZE)
    for i, name in enumerate(row_names or []):
        axes.text(-GAP, i * pitch + height / 2, name, ha="right", va="center")
    axes.set(xlim=(-margin - GAP, width), ylim=(num_rows * pitch, -GAP), aspect="equal")
    axes.set_axis_off()
    if title:
        axes.set_title(title)
    return figure


def _draw_tile(axes: Axes, picture: np.ndarray, extent: tuple[float, ...], frame: str | None) -> None:
    from matplotlib.patches import Rectangle

    left, right, bottom, top = extent
    if picture.shape[-1] == 1:
        picture = picture.repeat(3, axis=-1)
    axes.imshow(picture, extent=extent, interpolation="nearest")
    if frame is not None:
        box = Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=frame, linewidth=3)
        axes.add_patch(box)


def _around_grey(weights: np.ndarray) -> np.ndarray:
    """Weights (N, ...) in [0, 1] with 0 at 0.5, each of the N by its own largest magnitude."""
    weights = np.asarray(weights, dtype=np.float64)
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    return 0.5 + weights / (2 * np.where(largest > 0, largest, 1))


def _near_square(count: int) -> int:
    """How many columns show count tiles well: one row of up to 5, two of up to 12, then a square."""
    if count <= 5:
        return count
    return -(-count // 2) if count <= 12 else math.ceil(math.sqrt(count))


def _expect_count(name: str, values: Sequence[object], count: int) -> None:
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} entries, expected {count}, one for each image")
