"""Numbers by name: bars with their values written beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cs_lib.plots.style import BLUE, light_grid, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


@styled
def bars(
    values: Mapping[str, float],
    *,
    label: str,
    title: str | None = None,
    log: bool = False,
    form: str = ".4g",
    texts: Mapping[str, str] | None = None,
) -> Figure:
    """A horizontal bar for each of values, from top to bottom in their order.

    label: what the numbers are, with their unit. form: how the numbers are written beside the bars;
    texts: what to write there instead. Raises ValueError for no values, values that are not finite,
    or with log not above 0.
    """
    numbers = np.array(list(values.values()), dtype=np.float64)
    if len(numbers) == 0 or not np.isfinite(numbers).all():
        raise ValueError(f"values is {dict(values)}, expected at least one, all of them finite")
    if log and numbers.min() <= 0:
        raise ValueError(f"values is {dict(values)}, expected numbers above 0 on a logarithmic axis")
    figure = new_figure(8, 0.9 + (0.35 if title else 0) + 0.42 * len(numbers))
    axes = figure.add_subplot()
    drawn = axes.barh(list(values), numbers, color=BLUE, height=0.65)
    written = [texts[name] if texts else f"{number:{form}}" for name, number in values.items()]
    axes.bar_label(drawn, written, padding=5)
    axes.set(xlabel=label, title=title or "", xscale="log" if log else "linear")
    axes.margins(x=0.35 if log else 0.2)  # room for the texts
    if log:
        _few_ticks(axes)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    light_grid(axes, "x")
    return figure


def times(
    seconds: Mapping[str, float], *, title: str | None = "Time for one call", log: bool = True
) -> Figure:
    """How long each of several ways took, and how many times as long as the fastest.

    seconds: seconds by name. Raises ValueError for no times or times that are not above 0.
    """
    fastest = min(seconds.values(), default=0)
    if not fastest > 0:
        raise ValueError(f"seconds is {dict(seconds)}, expected at least one time, all of them above 0")
    texts = {name: f"{duration(time)}  ({time / fastest:.3g} x)" for name, time in seconds.items()}
    return bars(seconds, label="Time (s)", title=title, log=log, texts=texts)


def _few_ticks(axes: Axes) -> None:
    """Label 1, 2 and 5 of each decade where the decades are few, else powers of ten alone."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    if high < 100 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def duration(seconds: float) -> str:
    """A time with three digits in the unit that suits it, such as '12.3 ms'."""
    scale, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"
