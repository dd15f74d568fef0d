"""A graph of values to look at: as a table of steps, or as a picture.

    print(table(f))      # one line a value, in the order of the computation, with values and gradients
    draw(f)              # boxes and arrows, the computation from left to right

Not for: graphs of more than some dozens of values, where neither can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cs_lib.autodiff.graph import Value, topological_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VALUE_COLOUR, GRADIENT_COLOUR = "#0072B2", "#D55E00"  # Okabe and Ito's blue and vermilion


def table(value: Value) -> str:
    """The steps that lead to `value`, one a line: name, operation, value, and gradient after `backward`.

    Values without a name are called t1, t2, ... in the order of the computation; constants are not listed.
    """
    names = _names(value)
    rows = [("name", "computed as", "value", "gradient")]
    for node in topological_order(value):
        if node.gate is not None or node.name:
            rows.append((names[id(node)], _expression(node, names), _short(node.data), _short(node.grad)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def draw(value: Value, ax: Axes | None = None) -> Axes:
    """A picture of the graph: values in blue, gradients, after `backward`, in vermilion.

    ax: where to draw; a new figure when left out. Returns the axes.
    """
    import matplotlib.pyplot as plt

    names, places = _names(value), _layout(value)
    columns, rows = (1 + max(place[i] for place in places.values()) for i in (0, 1))
    if ax is None:
        _, ax = plt.subplots(figsize=(1 + 1.9 * columns, 0.6 + 1.1 * rows), layout="constrained")
    for node in topological_order(value):
        x, y = places[id(node)]
        for source in node.inputs:
            ax.annotate(
                "", xy=(x, y), xytext=places[id(source)],
                arrowprops={"arrowstyle": "->", "color": "0.5", "shrinkA": 30, "shrinkB": 34},
            )  # fmt: skip
        lines = [(_short(node.data), VALUE_COLOUR)]
        if node.gate is not None or node.name:  # a constant is its value, and nobody asks for its gradient
            lines.insert(0, (" = ".join(filter(None, (names[id(node)], _expression(node, names)))), "black"))
            lines += [(_short(node.grad), GRADIENT_COLOUR)]
        _write(ax, x, y, lines)
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6))
    ax.axis("off")
    return ax


def _write(ax: Axes, x: float, y: float, lines: list[tuple[str, str]]) -> None:
    """Lines of text, each in its colour, in a box at (x, y): one invisible text sizes the box for all."""
    style = {"ha": "center", "va": "center", "fontsize": 8}
    box = {"boxstyle": "round,pad=0.4", "facecolor": "0.97", "edgecolor": "0.6"}
    ax.text(x, y, "\n".join(line for line, _ in lines), color="none", bbox=box, **style)
    for i, (line, colour) in enumerate(lines):
        ax.text(x, y, "\n" * i + line + "\n" * (len(lines) - 1 - i), color=colour, **style)


def _names(value: Value) -> dict[int, str]:
    """A name for each value: its own, or t1, t2, ... for results, or the number of a constant."""
    names, results = {}, 0
    for node in topological_order(value):
        if node.gate is not None and not node.name:
            results += 1
        names[id(node)] = node.name or (f"t{results}" if node.gate else _short(node.data))
    return names


def _expression(node: Value, names: dict[int, str]) -> str:
    if node.gate is None:
        return ""
    return node.gate.notation.format(*(names[id(source)] for source in node.inputs), **node.options)


def _short(array: np.ndarray | None) -> str:
    """A number in four digits, an array by its elements if it has few, else by its shape."""
    if array is None:
        return ""
    if array.ndim == 0:
        return f"{array:.4g}"
    if array.size > 4:
        return f"array {array.shape}"
    return np.array2string(array, formatter={"float": lambda number: f"{number:.4g}"}).replace("\n", "")


def _layout(value: Value) -> dict[int, tuple[float, float]]:
    """(column, row) of each value: results right of all their inputs, given values just left of their use."""
    order = topological_order(value)
    column: dict[int, int] = {}
    for node in order:
        column[id(node)] = 1 + max((column[id(source)] for source in node.inputs), default=-1)
    for node in order:
        for source in node.inputs:
            if source.gate is None:
                uses = [column[id(user)] for user in order if source in user.inputs]
                column[id(source)] = min(uses) - 1
    filled: dict[int, int] = {}
    places = {}
    for node in order:
        row = filled.get(column[id(node)], 0)
        filled[column[id(node)]] = row + 1
        places[id(node)] = (float(column[id(node)]), float(row))
    height = max(filled.values())
    return {  # centre each column
        key: (x, y + (height - filled[int(x)]) / 2) for key, (x, y) in places.items()
    }
