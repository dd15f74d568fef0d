"""Walking through a described net: a row of numbers for each layer, their totals, a table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cs_lib.architectures.describe import Branches, Layer, Net, Pair, Shape

BYTES = 4  # of a float32


@dataclass(frozen=True)
class Row:
    """What one layer costs for one image.

    shape: (C, H, W) of its output; floats: how many numbers that is (0 where branches join: these
    are the branches' own numbers); multiply_adds: one of each counts once; receptive_field: pixels
    (down, across) of the input that one output sees; depth: how many branches deep it stands.
    """

    name: str
    shape: Shape
    floats: int
    weights: int
    biases: int
    multiply_adds: int
    receptive_field: Pair
    depth: int = 0

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases

    @property
    def megabytes(self) -> float:
        """The output's memory in MB of 10^6 bytes."""
        return self.floats * BYTES / 1e6


@dataclass(frozen=True)
class _Sight:
    """How far an output sees, (down, across): field pixels each; neighbours are jump pixels apart."""

    field: Pair = (1, 1)
    jump: Pair = (1, 1)

    def through(self, layer: Layer, shape: Shape) -> _Sight:
        """The sight after a layer on an input of this shape: a window of k pixels adds k - 1 jumps."""
        spans, strides = layer.window(shape)
        return _Sight(
            tuple(f + (k - 1) * j for f, k, j in zip(self.field, spans, self.jump, strict=True)),
            tuple(j * s for j, s in zip(self.jump, strides, strict=True)),
        )


def rows(net: Net) -> list[Row]:
    """The input and then every layer of net, those inside branches before the row of their joining.

    The receptive field is that of the formula, as if images had no border. Raises ValueError where
    a layer does not fit its input.
    """
    start = Row("input", net.input, math.prod(net.input), 0, 0, 0, (1, 1))
    return [start, *_walk(net.layers, net.input, _Sight(), depth=0)[0]]


def totals(rows: Iterable[Row]) -> Row:
    """The sums over rows; shape and receptive field are those of the last one."""
    rows = list(rows)
    summed = ("floats", "weights", "biases", "multiply_adds")
    sums = {field: sum(getattr(row, field) for row in rows) for field in summed}
    return Row("total", rows[-1].shape, **sums, receptive_field=rows[-1].receptive_field)


def table(net: Net) -> str:
    """The rows of net and their totals as text, one line each, under a line of headings."""
    layers = rows(net)
    headings = ("layer", "output", "floats", "MB", "weights", "biases", "multiply-adds", "sees")
    lines = [headings, *map(_cells, layers), _cells(totals(layers))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            [cells[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        )
        for cells in lines
    ]
    rule = "-" * len(text[0])
    return "\n".join([net.name, text[0], rule, *text[1:-1], rule, text[-1]])


def _walk(
    layers: tuple[Layer, ...], shape: Shape, sight: _Sight, depth: int
) -> tuple[list[Row], Shape, _Sight]:
    """The rows of layers on an input of this shape and sight, and shape and sight at their end."""
    found: list[Row] = []
    for layer in layers:
        if isinstance(layer, Branches):
            paths = [_walk(path, shape, sight, depth + 1) for path in layer.paths]
            found += [row for path_rows, _, _ in paths for row in path_rows]
            shape = layer.joined([output for _, output, _ in paths])
            sight = max((seen for _, _, seen in paths), key=lambda seen: seen.field)
            found.append(Row(f"{layer.name} ({layer.join})", shape, 0, 0, 0, 0, sight.field, depth))
        else:
            counts = (layer.weights(shape), layer.biases(shape), layer.multiply_adds(shape))
            sight, shape = sight.through(layer, shape), layer.output(shape)
            found.append(Row(layer.name, shape, math.prod(shape), *counts, sight.field, depth))
    return found, shape, sight


def _cells(row: Row) -> tuple[str, ...]:
    channels, height, width = row.shape
    flat = (height, width) == (1, 1)
    return (
        "  " * row.depth + row.name,
        f"{channels}" if flat else f"{height}x{width}x{channels}",
        f"{row.floats:,}",
        f"{row.megabytes:.2f}",
        f"{row.weights:,}",
        f"{row.biases:,}",
        f"{row.multiply_adds:,}",
        "{}x{}".format(*row.receptive_field),
    )
