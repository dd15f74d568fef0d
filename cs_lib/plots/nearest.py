"""What nearest neighbours do: distances, the neighbours themselves, and the choice of k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.plots.images import as_pictures, draw_tiles
from cs_lib.plots.style import (
    BLUE,
    GREEN,
    GREY,
    HEAT,
    SKY,
    VERMILION,
    light_grid,
    name_of,
    new_figure,
    styled,
)
from cs_lib.validation import expect_shapes

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


@styled
def neighbours(
    queries: np.ndarray,
    neighbours: np.ndarray,
    distances: np.ndarray | None = None,
    query_labels: np.ndarray | None = None,
    neighbour_labels: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    *,
    title: str | None = "Queries (left), their nearest neighbours and how far they are",
    tile: float = 1.0,
) -> Figure:
    """Each query on the left of a row, its neighbours after it, nearest first.

    queries: (Q, H, W, C); neighbours: (Q, k, H, W, C), which is `images[indices]` for indices
    (Q, k); distances: (Q, k); query_labels: (Q,); neighbour_labels: (Q, k). With both sets of
    labels a neighbour is marked as right or wrong by a sign and by the colour of its frame.
    Raises ValueError for shapes or values that do not fit.
    """
    queries, neighbours = np.asarray(queries), np.asarray(neighbours)
    sizes = expect_shapes(queries=(queries, "Q H W C"), neighbours=(neighbours, "Q k H W C"))
    row, table = (sizes["Q"],), (sizes["Q"], sizes["k"])
    _expect_shape("distances", distances, table)
    _expect_shape("query_labels", query_labels, row)
    _expect_shape("neighbour_labels", neighbour_labels, table)

    captions: list[str] = []
    frames: list[str | None] = []
    for q in range(sizes["Q"]):
        captions.append(
            "query" if query_labels is None else f"query:\n{name_of(query_labels[q], class_names)}"
        )
        frames.append(None)
        for n in range(sizes["k"]):
            lines, frame = [], None
            if neighbour_labels is not None:
                lines.append(name_of(neighbour_labels[q][n], class_names))
            if neighbour_labels is not None and query_labels is not None:
                right = neighbour_labels[q][n] == query_labels[q]
                lines[0] += " ✓" if right else " ✗"
                frame = GREEN if right else VERMILION
            if distances is not None:
                lines.append(f"at {distances[q][n]:.4g}")
            captions.append("\n".join(lines))
            frames.append(frame)
    shown = np.concatenate([queries[:, np.newaxis], neighbours], axis=1)
    pictures = as_pictures(shown.reshape(-1, *queries.shape[1:]))
    return draw_tiles(pictures, 1 + sizes["k"], tile, captions, frames=frames, title=title)


@styled
def distance_matrix(
    dists: np.ndarray,
    test_labels: np.ndarray | None = None,
    train_labels: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    *,
    title: str = "Distances of test from training examples",
) -> Figure:
    """The matrix dists: (num_test, num_train) as a picture, dark for near and bright for far.

    A bright row is a test example unlike all training examples, a bright column the reverse.
    test_labels: (num_test,) and train_labels: (num_train,), if given, sort the rows and columns by
    class and name the classes beside them. Raises ValueError if dists is no matrix of finite numbers.
    """
    dists = np.asarray(dists)
    sizes = expect_shapes(dists=(dists, "num_test num_train"))
    _expect_shape("test_labels", test_labels, (sizes["num_test"],))
    _expect_shape("train_labels", train_labels, (sizes["num_train"],))
    if dists.size == 0 or not np.isfinite(dists).all():
        raise ValueError("dists is empty or holds NaN or infinite values, expected distances")
    if test_labels is not None:
        dists = dists[np.argsort(test_labels, kind="stable")]
    if train_labels is not None:
        dists = dists[:, np.argsort(train_labels, kind="stable")]
    figure = new_figure(8, 4.6)
    axes = figure.add_subplot()
    picture = axes.imshow(dists, cmap=HEAT, aspect="auto", interpolation="nearest")
    figure.colorbar(picture, ax=axes, label="Distance (in units of the pixels)")
    axes.set(title=title, xlabel="Training example (column)", ylabel="Test example (row)")
    for axis, labels in ((axes.xaxis, train_labels), (axes.yaxis, test_labels)):
        if labels is None:
            axis.get_major_locator().set_params(integer=True)
        else:
            _name_sorted(axis, labels, class_names)
    axes.tick_params(axis="x", labelrotation=0 if train_labels is None else 45)
    return figure


@styled
def cross_validation(
    ks: Sequence[int], accuracies: np.ndarray, *, title: str = "Cross-validation on k"
) -> Figure:
    """Accuracy over k: a point for each fold, a line through the means, bars of one deviation.

    ks: (K,); accuracies: (K, num_folds), in 0..1. The k with the best mean is named.
    Raises ValueError for shapes that do not fit.
    """
    ks, accuracies = np.asarray(ks), np.asarray(accuracies, dtype=np.float64)
    num_folds = expect_shapes(ks=(ks, "K"), accuracies=(accuracies, "K num_folds"))["num_folds"]
    if accuracies.size == 0 or not np.isfinite(accuracies).all():
        raise ValueError("accuracies is empty or holds NaN or infinite values")
    order = np.argsort(ks, kind="stable")
    ks, accuracies = ks[order], accuracies[order]
    means, deviations = accuracies.mean(axis=1), accuracies.std(axis=1)
    best = int(means.argmax())

    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    each = f"each of {num_folds} folds"
    axes.scatter(np.repeat(ks, num_folds), accuracies.ravel(), s=22, color=SKY, zorder=3, label=each)
    axes.errorbar(ks, means, deviations, color=BLUE, marker="o", capsize=4, label="mean ± standard deviation")
    axes.axvline(ks[best], color=GREY, linestyle=":", linewidth=1.2)
    found = f"best mean: k = {ks[best]}, accuracy {means[best]:.3f}"
    axes.plot(ks[best], means[best], "*", color=VERMILION, markersize=16, zorder=4, label=found)
    axes.set(title=title, xlabel="k (number of neighbours that vote)", ylabel="Accuracy (fraction correct)")
    if ks[0] > 0 and ks[-1] > 20 * ks[0]:
        axes.set_xscale("log")
    if len(ks) <= 15:
        axes.set_xticks(ks, [str(k) for k in ks])
        axes.minorticks_off()
    light_grid(axes)
    axes.legend()
    return figure


def _name_sorted(axis: Axis, labels: np.ndarray, class_names: Sequence[str] | None) -> None:
    """Name each class in the middle of its part of an axis sorted by labels, and mark where it ends."""
    classes, counts = np.unique(labels, return_counts=True)
    ends = np.cumsum(counts)
    axis.set_ticks(ends - counts / 2 - 0.5, [name_of(label, class_names) for label in classes])
    axis.set_ticks(ends[:-1] - 0.5, minor=True)
    axis.set_tick_params(which="major", length=0)
    axis.set_tick_params(which="minor", length=6)


def _expect_shape(name: str, array: np.ndarray | None, shape: tuple[int, ...]) -> None:
    if array is not None and np.shape(array) != shape:
        raise ValueError(f"{name} has shape {np.shape(array)}, expected {shape}")
