"""What a classifier decides: its regions in the plane, and which classes it confuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.plots.style import BLACK, CAPTION_SIZE, COLORS, MARKERS, SEQUENTIAL, name_of, new_figure, styled
from cs_lib.validation import expect_labels, expect_positive, expect_shapes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def decision_boundary(
    predict: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    class_names: Sequence[str] | None = None,
    *,
    resolution: int = 200,
    feature_names: tuple[str, str] = ("Feature 1 (no unit)", "Feature 2 (no unit)"),
    title: str = "Decision regions",
) -> Figure:
    """The regions in which predict gives each class, under the points X: (N, 2) of classes y: (N,).

    predict: from points (M, 2) to labels (M,). Classes differ in colour and in marker.
    Raises ValueError for shapes that do not fit or more than 8 classes.
    """
    from matplotlib.colors import ListedColormap

    X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
    expect_shapes(X=(X, "N 2"), y=(y, "N"))
    expect_positive(resolution=resolution, number_of_points=len(X))
    across, up = (_padded_range(column, resolution) for column in X.T)
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    regions = np.asarray(predict(points))
    expect_shapes(points=(points, "M 2"), predicted=(regions, "M"))
    classes = np.unique(np.concatenate([y, regions]))
    if len(classes) > len(COLORS):
        raise ValueError(f"y and predict hold {len(classes)} classes, expected at most {len(COLORS)}")

    figure = new_figure(7, 5)
    axes = figure.add_subplot()
    axes.imshow(
        np.searchsorted(classes, regions).reshape(resolution, resolution),
        cmap=ListedColormap(COLORS[: len(classes)]),
        vmin=-0.5,
        vmax=len(classes) - 0.5,
        alpha=0.3,
        origin="lower",
        extent=(across[0], across[-1], up[0], up[-1]),
        aspect="auto",
        interpolation="nearest",
    )
    for label, color, marker in zip(classes, COLORS, MARKERS, strict=False):
        mine = X[y == label]
        name = name_of(label, class_names)
        axes.scatter(*mine.T, color=color, marker=marker, edgecolor=BLACK, linewidth=0.6, s=36, label=name)
    axes.set(title=title, xlabel=feature_names[0], ylabel=feature_names[1])
    axes.legend(title="Class", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


@styled
def confusion_matrix(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    class_names: Sequence[str] | None = None,
    *,
    title: str | None = None,
) -> Figure:
    """How many examples of each class (row) were taken for each class (column).

    y_true, y_pred: (N,) integer labels. The shade is the share of the row, so that classes of
    different sizes compare. Raises ValueError for shapes or labels that do not fit.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    expect_shapes(y_true=(y_true, "N"), y_pred=(y_pred, "N"))
    expect_positive(number_of_examples=len(y_true))
    num_classes = len(class_names) if class_names is not None else 1 + int(max(y_true.max(), y_pred.max()))
    expect_labels(y_true, num_classes, "y_true")
    expect_labels(y_pred, num_classes, "y_pred")
    counts = np.zeros((num_classes, num_classes), dtype=int)
    np.add.at(counts, (y_true, y_pred), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

    side = 2.2 + 0.5 * num_classes
    figure = new_figure(max(side + 1.2, 5.5), side)
    axes = figure.add_subplot()
    picture = axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if shares[row, column] > 0.55 else BLACK
        axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=CAPTION_SIZE)
    names = [name_of(label, class_names) for label in range(num_classes)]
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, names)) > 3 else {}
    axes.set_xticks(range(num_classes), names, **slant)
    axes.set_yticks(range(num_classes), names)
    axes.spines[:].set_visible(False)
    axes.set(
        title=title or f"Confusion matrix, accuracy {np.mean(y_true == y_pred):.3f}",
        xlabel="Predicted class (cells: examples)",
        ylabel="True class",
    )
    figure.colorbar(picture, ax=axes, label="Share of the true class", shrink=0.8)
    return figure


def _padded_range(values: np.ndarray, resolution: int) -> np.ndarray:
    low, high = values.min(), values.max()
    pad = 0.1 * (high - low) or 1.0
    return np.linspace(low - pad, high + pad, resolution)
