"""Layers as data: each says what it makes of an input's shape, and what that costs.

Every layer answers the same `Questions`. What changes none of the answers is left out: activations,
dropout, response normalisation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from cs_lib.layers.convolution_geometry import output_size
from cs_lib.validation import expect_choice, expect_positive

Shape = tuple[int, int, int]
Pair = tuple[int, int]


def transposed_output_size(
    size: int, kernel: int, stride: int = 1, pad: int = 0, dilation: int = 1, output_padding: int = 0
) -> int:
    """The size before a convolution that gave size: (size - 1) stride - 2 pad + dilation (kernel - 1) + 1.

    With a stride several sizes give the same; output_padding, below stride or dilation, chooses one.
    Raises ValueError for another output_padding or a result below 1.
    """
    expect_positive(size=size, kernel=kernel, stride=stride, dilation=dilation)
    if not 0 <= output_padding < max(stride, dilation):
        raise ValueError(f"output_padding is {output_padding}, expected 0 to {max(stride, dilation) - 1}")
    result = (size - 1) * stride - 2 * pad + dilation * (kernel - 1) + 1 + output_padding
    expect_positive(output_size=result)
    return result


def pair(value: int | Pair) -> Pair:
    """(down, across) of one number that stands for both, or of two numbers."""
    return (value, value) if isinstance(value, int) else value


class Questions(Protocol):
    """What a layer is asked about an input of shape (C, H, W)."""

    def output(self, shape: Shape) -> Shape:
        """The output's shape. Raises ValueError for an input that the layer does not fit."""

    def weights(self, shape: Shape) -> int:
        """How many weights are learned."""

    def biases(self, shape: Shape) -> int:
        """How many biases are learned."""

    def multiply_adds(self, shape: Shape) -> int:
        """How many products are added up for one image."""

    def window(self, shape: Shape) -> tuple[Pair, Pair]:
        """The pixels that one output spans, and the stride, each (down, across)."""


@dataclass(frozen=True)
class Conv(Questions):
    """A convolution: F^2 C K / groups weights and K biases for K filters of size F on C channels.

    kernel, stride, pad, dilation: one number for both directions, or (down, across). batch_norm: a
    batch normalisation follows, whose scale counts as a weight and whose shift as a bias.
    """

    name: str
    filters: int
    kernel: int | Pair
    stride: int | Pair = 1
    pad: int | Pair = 0
    dilation: int | Pair = 1
    groups: int = 1
    bias: bool = True
    batch_norm: bool = False

    def __post_init__(self) -> None:
        expect_positive(filters=self.filters, groups=self.groups)

    def output(self, shape: Shape) -> Shape:
        channels, *size = shape
        if channels % self.groups or self.filters % self.groups:
            raise ValueError(f"{self.name}: {self.groups} groups do not divide {channels} and {self.filters}")
        sides = zip(
            size, pair(self.kernel), pair(self.stride), pair(self.pad), pair(self.dilation), strict=True
        )
        return (self.filters, *(output_size(*side) for side in sides))

    def weights(self, shape: Shape) -> int:
        return self._products(shape) + self.filters * self.batch_norm

    def biases(self, shape: Shape) -> int:
        return self.filters * (self.bias + self.batch_norm)

    def multiply_adds(self, shape: Shape) -> int:
        return self._products(shape) * math.prod(self.output(shape)[1:])

    def window(self, shape: Shape) -> tuple[Pair, Pair]:
        kernels, dilations = pair(self.kernel), pair(self.dilation)
        spans = tuple(d * (k - 1) + 1 for k, d in zip(kernels, dilations, strict=True))
        return spans, pair(self.stride)

    def _products(self, shape: Shape) -> int:
        return self.filters * shape[0] // self.groups * math.prod(pair(self.kernel))


@dataclass(frozen=True)
class _NoParameters(Questions):
    name: str

    def weights(self, shape: Shape) -> int:
        return 0

    def biases(self, shape: Shape) -> int:
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        return 0


@dataclass(frozen=True)
class Pool(_NoParameters):
    """Max or average pooling; ceil: one more window may reach over the edge, where pixels are left."""

    kernel: int | Pair
    stride: int | Pair
    pad: int | Pair = 0
    ceil: bool = False

    def output(self, shape: Shape) -> Shape:
        sides = zip(shape[1:], pair(self.kernel), pair(self.stride), pair(self.pad), strict=True)
        return (shape[0], *(self._windows(*side) for side in sides))

    def window(self, shape: Shape) -> tuple[Pair, Pair]:
        return pair(self.kernel), pair(self.stride)

    def _windows(self, size: int, kernel: int, stride: int, pad: int) -> int:
        count = output_size(size, kernel, stride, pad)
        rest = size + 2 * pad - kernel - (count - 1) * stride
        starts_inside = count * stride < size + pad  # a window in the far padding alone sees nothing
        return count + (self.ceil and rest > 0 and starts_inside)


@dataclass(frozen=True)
class GlobalPool(_NoParameters):
    """The mean of each channel."""

    def output(self, shape: Shape) -> Shape:
        return (shape[0], 1, 1)

    def window(self, shape: Shape) -> tuple[Pair, Pair]:
        return shape[1:], (1, 1)


@dataclass(frozen=True)
class Linear(Questions):
    """A fully connected layer on all numbers of its input."""

    name: str
    units: int
    bias: bool = True

    def __post_init__(self) -> None:
        expect_positive(units=self.units)

    def output(self, shape: Shape) -> Shape:
        return (self.units, 1, 1)

    def weights(self, shape: Shape) -> int:
        return math.prod(shape) * self.units

    def biases(self, shape: Shape) -> int:
        return self.units * self.bias

    def multiply_adds(self, shape: Shape) -> int:
        return self.weights(shape)

    def window(self, shape: Shape) -> tuple[Pair, Pair]:
        return shape[1:], (1, 1)


@dataclass(frozen=True)
class Branches:
    """Several paths from the same input, whose outputs are stacked as channels or added.

    A path is a tuple of layers; the empty one passes its input on (a shortcut).
    """

    name: str
    paths: tuple[tuple[Layer, ...], ...]
    join: str = "concat"

    def joined(self, outputs: list[Shape]) -> Shape:
        """The shape of the paths' outputs together; raises ValueError if they do not fit."""
        expect_choice("join", self.join, ("concat", "add"))
        alike = {shape if self.join == "add" else shape[1:] for shape in outputs}
        if len(alike) != 1:
            raise ValueError(f"{self.name}: cannot {self.join} outputs of shapes {outputs}")
        channels = outputs[0][0] if self.join == "add" else sum(shape[0] for shape in outputs)
        return (channels, *outputs[0][1:])


Layer = Conv | Pool | GlobalPool | Linear | Branches


@dataclass(frozen=True)
class Net:
    """A network: its name, the shape (C, H, W) of its input, its layers, and where it is from."""

    name: str
    input: Shape
    layers: tuple[Layer, ...]
    source: str = ""
