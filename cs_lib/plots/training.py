"""How training goes: losses and accuracies, activations of the layers, sizes of the updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.plots.style import (
    BLUE,
    CAPTION_SIZE,
    COLORS,
    GREY,
    LINES,
    MARKERS,
    light_grid,
    new_figure,
    styled,
)
from cs_lib.validation import expect_positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = Mapping[str, Sequence[float]]


@styled
def learning_curves(
    losses: Sequence[float] | Curves,
    accuracies: Curves | None = None,
    *,
    window: int | None = None,
    log: bool = False,
    title: str = "Learning curves",
) -> Figure:
    """Loss over iterations, its moving average, and beside it accuracies over epochs.

    losses: one number an iteration, or such series by name to compare runs. accuracies: series by
    name, one number an epoch. window: iterations in the average (a fiftieth of the longest series
    if None). log: logarithmic losses. Raises ValueError for empty series or a window below 1.
    """
    series = _series("losses", losses if isinstance(losses, Mapping) else {"": losses})
    window = window if window is not None else max(1, max(map(len, series.values())) // 50)
    expect_positive(window=window)
    accuracies = _series("accuracies", accuracies) if accuracies is not None else {}

    figure = new_figure(11 if accuracies else 8, 4.2)
    panels = figure.subplots(1, 2 if accuracies else 1, squeeze=False)[0]
    figure.suptitle(title, fontweight="bold")
    _draw_losses(panels[0], series, window, log)
    if accuracies:
        _draw_accuracies(panels[1], accuracies)
    return figure


@styled
def activation_histograms(
    activations: Mapping[str, np.ndarray],
    *,
    bins: int = 41,
    title: str = "Activations of each layer",
) -> Figure:
    """A histogram of each layer's activations (arrays of any shape, by name), on one common range.

    Mean and standard deviation stand above each. Raises ValueError for no layers, an empty layer, or
    values that are not finite.
    """
    layers = _series("activations", activations)
    expect_positive(bins=bins)
    low, high = min(a.min() for a in layers.values()), max(a.max() for a in layers.values())
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    columns = min(len(layers), 5)
    rows = -(-len(layers) // columns)

    figure = new_figure(max(2.2 * columns, 4), 2.1 * rows + 0.5)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    figure.suptitle(title, fontweight="bold")
    for panel, (name, values) in zip(panels, layers.items(), strict=False):
        panel.hist(values, edges, color=BLUE)
        heading = f"{name}\nmean {values.mean():.3g}\nstd {values.std():.3g}"
        panel.set_title(heading, fontsize=CAPTION_SIZE, fontweight="normal")
        panel.set(xlim=(edges[0], edges[-1]), yticks=[])
        panel.spines["left"].set_visible(False)
    for panel in panels[len(layers) :]:
        panel.remove()
    figure.supxlabel("Activation")
    figure.supylabel("Number of units (own scale)")
    return figure


@styled
def update_ratios(
    ratios: Curves, *, good: float = 1e-3, title: str = "Size of the updates relative to the weights"
) -> Figure:
    """|update| / |weight| of each parameter over iterations, with the rule of thumb as a line.

    ratios: series of positive numbers by the parameter's name. Raises ValueError for empty series
    or numbers that are not above 0.
    """
    series = _series("ratios", ratios)
    if min(values.min() for values in series.values()) <= 0:
        raise ValueError("ratios holds numbers that are not above 0, expected |update| / |weight|")
    figure = new_figure(8, 4.2)
    axes = figure.add_subplot()
    for (name, values), color, line in zip(series.items(), cycle(COLORS), cycle(LINES), strict=False):
        axes.plot(values, color=color, linestyle=line, label=name, linewidth=1.5)
    axes.axhline(good, color=GREY, linestyle=":", label=f"rule of thumb: {good:g}")
    axes.set(title=title, xlabel="Iteration", ylabel="|update| / |weight| (no unit)", yscale="log")
    light_grid(axes)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def moving_average(values: Sequence[float], window: int) -> np.ndarray:
    """Mean (N,) of each of values: (N,) and the window - 1 before it, fewer at the start.

    Raises ValueError for a window below 1.
    """
    expect_positive(window=window)
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _draw_losses(axes: Axes, series: dict[str, np.ndarray], window: int, log: bool) -> None:
    for (name, values), color, line in zip(series.items(), cycle(COLORS), cycle(LINES), strict=False):
        if window > 1:
            axes.plot(values, ".", color=color, alpha=0.2, markersize=3)
        label = f"{name}, mean of {window}" if name else f"mean of {window} iterations"
        axes.plot(moving_average(values, window), color=color, linestyle=line, label=label)
    axes.set(xlabel="Iteration", ylabel="Loss (mean over the batch)", yscale="log" if log else "linear")
    light_grid(axes)
    axes.legend()


def _draw_accuracies(axes: Axes, series: dict[str, np.ndarray]) -> None:
    looks = zip(series.items(), cycle(COLORS), cycle(MARKERS), cycle(LINES), strict=False)
    for (name, values), color, marker, line in looks:
        epochs = np.arange(1, len(values) + 1)
        axes.plot(epochs, values, color=color, marker=marker, linestyle=line, label=name)
    axes.set(xlabel="Epoch", ylabel="Accuracy (fraction correct)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    light_grid(axes)
    axes.legend()


def _series(name: str, values: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    """Flat float arrays by name, after checking that there are some and that they are finite."""
    series = {key: np.ravel(np.asarray(each, dtype=np.float64)) for key, each in values.items()}
    if not series or any(len(each) == 0 for each in series.values()):
        raise ValueError(f"{name} is empty, expected at least one series of numbers")
    for key, each in series.items():
        if not np.isfinite(each).all():
            raise ValueError(f"{name}{f' {key!r}' if key else ''} holds NaN or infinite values")
    return series
