"""The one look of all figures: colours, sizes, and how a figure is made.

The colours are Okabe and Ito's, which people with any kind of colour vision tell apart; where
colour carries a meaning, a marker, a line style or a word carries it too.
Source: M. Okabe, K. Ito, "Color Universal Design" (2008).
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
COLORS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK, YELLOW)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
GREY = "#666666"
SEQUENTIAL, HEAT = "Blues", "cividis"  # both run evenly from light to dark or dark to light

CAPTION_SIZE = 9  # points; the smallest letters that any figure uses
STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.prop_cycle": f"cycler('color', {list(COLORS)})",
    "grid.color": "#DDDDDD",
    "legend.frameon": False,
    "lines.linewidth": 2,
}


def styled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a plotting function run with the course's settings, and leave the reader's own alone."""

    @functools.wraps(function)
    def with_style(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return function(*args, **kwargs)

    return with_style


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of width x height inches that a notebook shows as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    # Most of a style is taken when axes are made, so that figures drawn in a notebook's cell have it, too.
    figure.add_subplot = styled(figure.add_subplot)
    figure.subplots = styled(figure.subplots)
    # IPython asks for this method, so no pyplot state is needed, and no figure is shown twice.
    figure._repr_png_ = functools.partial(_png, figure)
    return figure


def light_grid(axes: Axes, axis: str = "both") -> None:
    """Thin lines behind the data of axes, to read values from."""
    axes.grid(True, axis=axis, linewidth=0.8)
    axes.set_axisbelow(True)


def name_of(label: object, class_names: Sequence[str] | None) -> str:
    """What to call a class: its name if class_names has one, else the label itself."""
    return str(label) if class_names is None else str(class_names[label])


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
