"""The rows of a ConvNet's table: each kind of block says which arrays it needs and what shape it gives.

A block is a pair of layer functions with what they are called with. All layers share one form,
`forward(x, *arrays, *options) -> (out, cache)`, so that a new kind is one function and one row of BUILDERS.
Not for: putting blocks together, which `conv_net` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs_lib import layers
from cs_lib.layers.arguments import keep_probability
from cs_lib.layers.convolution_geometry import output_size
from cs_lib.validation import expect_positive

Shape = tuple[int, ...]  # of one example: (C, H, W) or (D,)
Draw = Callable[[Shape], np.ndarray]  # weights of a shape


@dataclass(frozen=True)
class Block:
    """forward(x, *arrays, *options) and backward(dout, cache); shape: of one example that comes out.

    arrays: first values by the beginning of their names ("W", "b"); mode_param: the option that holds the
    mode, if training and test differ.
    """

    forward: Callable
    backward: Callable
    shape: Shape
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    options: tuple = ()
    mode_param: dict[str, Any] | None = None


def conv(
    shape: Shape,
    draw: Draw,
    filters: int,
    size: int,
    *,
    stride: int = 1,
    pad: int | None = None,
    dilation: int = 1,
    groups: int = 1,
) -> Block:
    """`filters` filters of size x size; without pad, as much as keeps height and width at stride 1.

    Raises ValueError for sizes out of range, or that do not fit.
    """
    channels, *sides = _image(shape, "conv")
    expect_positive(filters=filters, size=size, groups=groups)
    pad = dilation * (size - 1) // 2 if pad is None else pad
    height, width = (output_size(side, size, stride, pad, dilation) for side in sides)
    return Block(
        layers.conv_forward_fast,
        layers.conv_backward_fast,
        (filters, height, width),
        {"W": draw((filters, channels // groups, size, size)), "b": np.zeros(filters)},
        ({"stride": stride, "pad": pad, "dilation": dilation, "groups": groups},),
    )


def affine(shape: Shape, draw: Draw, units: int) -> Block:
    """A fully connected layer; images are flattened. Raises ValueError for units below 1."""
    expect_positive(units=units)
    arrays = {"W": draw((math.prod(shape), units)), "b": np.zeros(units)}
    return Block(layers.affine_forward, layers.affine_backward, (units,), arrays)


def batchnorm(shape: Shape, draw: Draw, *, momentum: float = 0.9, eps: float = 1e-5) -> Block:
    """Batch norm, over channels where it is given images."""
    param = {"mode": "train", "momentum": momentum, "eps": eps}
    spatial = len(shape) == 3
    return Block(
        layers.spatial_batchnorm_forward if spatial else layers.batchnorm_forward,
        layers.spatial_batchnorm_backward if spatial else layers.batchnorm_backward_alt,
        shape, _scale_and_shift(shape[0]), (param,), param,
    )  # fmt: skip


def layernorm(shape: Shape, draw: Draw, *, eps: float = 1e-5) -> Block:
    """Layer norm; for images the group norm of one group."""
    if len(shape) == 3:
        return groupnorm(shape, draw, 1, eps=eps)
    arrays = _scale_and_shift(shape[0])
    return Block(layers.layernorm_forward, layers.layernorm_backward, shape, arrays, ({"eps": eps},))


def groupnorm(shape: Shape, draw: Draw, groups: int, *, eps: float = 1e-5) -> Block:
    """Group norm of images."""
    channels, *_ = _image(shape, "groupnorm")
    arrays = {name: values.reshape(1, -1, 1, 1) for name, values in _scale_and_shift(channels).items()}
    pair = layers.spatial_groupnorm_forward, layers.spatial_groupnorm_backward
    return Block(*pair, shape, arrays, (groups, {"eps": eps}))


def max_pool(shape: Shape, draw: Draw, size: int, *, stride: int | None = None) -> Block:
    """The maximum of size x size windows, side by side unless stride says otherwise."""
    pair = layers.max_pool_forward_fast, layers.max_pool_backward_fast
    return _pool(pair, _image(shape, "pool"), size, stride)


def avg_pool(shape: Shape, draw: Draw, size: int, *, stride: int | None = None) -> Block:
    """The mean of size x size windows."""
    return _pool((layers.avg_pool_forward, layers.avg_pool_backward), _image(shape, "avg_pool"), size, stride)


def global_avg_pool(shape: Shape, draw: Draw) -> Block:
    """The mean of each channel."""
    pair = layers.global_avg_pool_forward, layers.global_avg_pool_backward
    return Block(*pair, _image(shape, "global_avg_pool")[:1])


def dropout(shape: Shape, draw: Draw, keep_ratio: float) -> Block:
    """Dropout that keeps a unit with probability keep_ratio; the net puts its Generator into the option."""
    param = {"mode": "train", "p": keep_ratio}
    keep_probability(param, "dropout")
    return Block(layers.dropout_forward, layers.dropout_backward, shape, {}, (param,), param)


def _activation(name: str) -> Callable[..., Block]:
    row = layers.ACTIVATIONS[name]
    return lambda shape, draw: Block(row.forward, row.backward, shape)


BUILDERS: dict[str, Callable[..., Block]] = {
    "conv": conv,
    "affine": affine,
    "batchnorm": batchnorm,
    "layernorm": layernorm,
    "groupnorm": groupnorm,
    "pool": max_pool,
    "avg_pool": avg_pool,
    "global_avg_pool": global_avg_pool,
    "dropout": dropout,
    **{name: _activation(name) for name in layers.ACTIVATIONS},
}


def _pool(pair: tuple[Callable, Callable], shape: Shape, size: int, stride: int | None) -> Block:
    channels, *sides = shape
    stride = size if stride is None else stride
    height, width = (output_size(side, size, stride) for side in sides)
    param = {"pool_height": size, "pool_width": size, "stride": stride}
    return Block(*pair, (channels, height, width), options=(param,))


def _scale_and_shift(count: int) -> dict[str, np.ndarray]:
    return {"gamma": np.ones(count), "beta": np.zeros(count)}


def _image(shape: Shape, kind: str) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"{kind} is given examples of shape {shape}, expected images (C, H, W)")
    return shape
