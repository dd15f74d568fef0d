"""How weights start, and what that does to the activations of a deep net.

Weights (D, M) act as x @ w; filters are (F, C, HH, WW). Each initialiser draws from `rng`: a Generator,
a seed, or None for a fresh one. Biases start at zero and need no function. Constants, zero among them,
are no initialisation: all units of a layer would get the same gradient and stay copies of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cs_lib.layers.activations import ACTIVATIONS
from cs_lib.validation import expect_choice, expect_positive

Shape = tuple[int, ...]
Source = np.random.Generator | int | None


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out): how many numbers each output sums up, and how many outputs each input reaches.

    Raises ValueError unless shape is (D, M) or (F, C, HH, WW).
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) == 4:
        F, C, HH, WW = shape
        return C * HH * WW, F * HH * WW
    raise ValueError(f"shape is {shape}, expected (D, M) or (F, C, HH, WW)")


def small_random(shape: Shape, std: float = 0.01, rng: Source = None) -> np.ndarray:
    """Normal with deviation std: fine for shallow nets; in deep ones the activations die out or saturate."""
    return std * np.random.default_rng(rng).standard_normal(shape)


def xavier(shape: Shape, rng: Source = None, average: bool = False) -> np.ndarray:
    """Normal with variance 1 / fan_in: a linear (or tanh, near zero) layer keeps its input's variance.

    average=True uses the mean of fan_in and fan_out, so that gradients are kept about as well: equation 12
    of Glorot and Bengio 2010, who draw from a uniform distribution of that variance.
    """
    fan_in, fan_out = fans(shape)
    return small_random(shape, (1 / ((fan_in + fan_out) / 2 if average else fan_in)) ** 0.5, rng)


def kaiming(shape: Shape, rng: Source = None, slope: float = 0.0) -> np.ndarray:
    """Normal with variance 2 / fan_in, as ReLU throws half of it away; He et al. 2015, equations 10 and 15.

    slope: of a leaky ReLU's negative side; the variance is 2 / ((1 + slope^2) fan_in).
    """
    return small_random(shape, (2 / ((1 + slope**2) * fans(shape)[0])) ** 0.5, rng)


def orthogonal(shape: Shape, rng: Source = None, gain: float = 1.0) -> np.ndarray:
    """Orthonormal rows or columns, whichever are fewer, times gain; Saxe et al. 2014.

    Filters count as a matrix (F, C * HH * WW). The signs are set so that every rotation is equally likely.
    """
    fans(shape)  # for its check of the shape
    rows, columns = shape[0], int(np.prod(shape[1:]))
    tall = np.random.default_rng(rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return gain * (q if rows >= columns else q.T).reshape(shape)


class LayerStatistics(NamedTuple):
    """What one layer of the experiment puts out."""

    mean: float
    std: float
    saturated: (
        float  # the share of outputs where the activation's slope is under 0.05: little gradient passes
    )
    outputs: np.ndarray  # (num_inputs, width), for a histogram


def activation_statistics(
    init: Callable[..., np.ndarray],
    activation: str = "tanh",
    depth: int = 10,
    width: int = 500,
    num_inputs: int = 1000,
    rng: Source = None,
) -> list[LayerStatistics]:
    """Send normal inputs (num_inputs, width) through layers activation(x @ w); the statistics of each.

    init(shape, rng=rng) returns the weights of a layer: `xavier`, say, or
    `functools.partial(small_random, std=0.05)`. Raises ValueError for an unknown activation.
    """
    expect_choice("activation", activation, tuple(ACTIVATIONS))
    expect_positive(depth=depth, width=width, num_inputs=num_inputs)
    rng = np.random.default_rng(rng)
    forward, backward, *_ = ACTIVATIONS[activation]
    x = rng.standard_normal((num_inputs, width))
    layers = []
    for _ in range(depth):
        x, cache = forward(x @ init((width, width), rng=rng))
        slopes = backward(np.ones_like(x), cache)
        layers.append(LayerStatistics(x.mean(), x.std(), (np.abs(slopes) < 0.05).mean(), x))
    return layers
