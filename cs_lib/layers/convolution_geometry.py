"""The sizes of a convolution: read from the arguments, checked once, used by every method.

Not for: doing the convolution. Each axis obeys floor((size + 2 pad - extent) / stride) + 1, where
extent = dilation (kernel - 1) + 1 is what a dilated kernel covers (Dumoulin and Visin 2016, "A guide
to convolution arithmetic for deep learning", relationships 6 and 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cs_lib.validation import expect_choice, expect_positive, expect_shapes

Pair = tuple[int, int]


def output_size(
    size: int, kernel: int, stride: int = 1, pad: int = 0, dilation: int = 1, exact: bool = False
) -> int:
    """Number of places where a kernel fits along one axis: floor((W + 2P - D(F - 1) - 1) / S) + 1.

    A stride that does not divide leaves a remainder of the input unseen; `exact=True` refuses it.
    Raises ValueError if the kernel does not fit into the padded input.
    """
    expect_positive(kernel=kernel, stride=stride, dilation=dilation)
    extent = dilation * (kernel - 1) + 1
    room = size + 2 * pad - extent
    if room < 0:
        raise ValueError(
            f"a kernel that covers {extent} does not fit into an input of {size} with padding {pad}"
        )
    if exact and room % stride:
        raise ValueError(
            f"stride {stride} does not fit: ({size} - {extent} + 2*{pad}) / {stride} is not whole"
        )
    return room // stride + 1


@dataclass(frozen=True)
class Geometry:
    """All sizes of one convolution of x: (N, C, H, W) with w: (F, C / groups, HH, WW)."""

    batch: int
    channels: int
    size: Pair
    filters: int
    kernel: Pair
    stride: Pair = (1, 1)
    pad: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def out(self) -> Pair:
        """Height and width of the output."""
        axes = zip(self.size, self.kernel, self.stride, self.pad, self.dilation, strict=True)
        height, width = (output_size(*axis) for axis in axes)
        return height, width

    @property
    def out_shape(self) -> tuple[int, int, int, int]:
        """Shape (N, F, OH, OW) of the output."""
        return (self.batch, self.filters, *self.out)

    @property
    def places(self) -> int:
        """Number of output places, OH * OW."""
        return self.out[0] * self.out[1]

    @property
    def per_group(self) -> Pair:
        """Channels and filters of one group."""
        return self.channels // self.groups, self.filters // self.groups

    def one_image(self) -> Geometry:
        """The same convolution of a batch of one."""
        return replace(self, batch=1)


CONV_DEFAULTS: dict[str, int] = {"stride": 1, "pad": 0, "dilation": 1, "groups": 1}


def read_geometry(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping) -> Geometry:
    """Check a convolution's arguments and return its sizes.

    x: (N, C, H, W); w: (F, C / groups, HH, WW); b: (F,); conv_param: `stride`, `pad`, and optionally
    `dilation` (each a number or a pair for height and width) and `groups`.
    Raises TypeError for what is no array or no whole number, ValueError for what does not fit together.
    """
    sizes = expect_shapes(x=(x, "N C H W"), w=(w, "F K HH WW"), b=(b, "F"))
    channels, filters = sizes["C"], sizes["F"]
    stride, pad, dilation, groups = read_conv_param(conv_param)
    expect_groups(groups, channels=channels, filters=filters)
    if channels != sizes["K"] * groups:
        raise ValueError(
            f"x has {channels} channels, but w has shape {w.shape}: with groups={groups} "
            f"it expects {sizes['K'] * groups}"
        )
    kernel = (sizes["HH"], sizes["WW"])
    geometry = Geometry(
        sizes["N"], channels, (sizes["H"], sizes["W"]), filters, kernel, stride, pad, dilation, groups
    )
    _ = geometry.out  # raises if the kernel does not fit
    return geometry


def read_conv_param(conv_param: Mapping, **more: int) -> tuple:
    """stride, pad, dilation (pairs), groups, and then what else `more` names, from a conv_param.

    Raises ValueError for an unknown key or a value out of range.
    """
    defaults = CONV_DEFAULTS | more
    for key in conv_param:
        expect_choice("a key of conv_param", key, tuple(defaults))
    values = {key: conv_param.get(key, default) for key, default in defaults.items()}
    groups = whole_number("groups", values.pop("groups"), at_least=1)
    smallest = {"stride": 1, "dilation": 1}
    stride, pad, dilation, *rest = (whole_pair(key, v, smallest.get(key, 0)) for key, v in values.items())
    return (stride, pad, dilation, groups, *rest)


def expect_groups(groups: int, **counts: int) -> None:
    """Check that groups divides every count; raises ValueError that names the first that it does not."""
    for name, count in counts.items():
        if count % groups:
            raise ValueError(f"groups is {groups}, expected a divisor of the {count} {name}")


def whole_number(name: str, value: object, at_least: int = 0) -> int:
    """value as an int; raises TypeError if it is not whole, ValueError if it is below at_least."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < at_least:
        raise ValueError(f"{name} is {value}, expected at least {at_least}")
    return int(value)


def whole_pair(name: str, value: object, at_least: int = 0) -> Pair:
    """A number for both axes, or a pair (height, width), as a pair of ints.

    Raises ValueError for anything else, or below at_least.
    """
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} is {value!r}, expected a number or a pair (height, width)")
    return whole_number(name, pair[0], at_least), whole_number(name, pair[1], at_least)


def pad_images(x: np.ndarray, pad: Pair) -> np.ndarray:
    """x: (N, C, H, W) with zeros around: (N, C, H + 2 pad, W + 2 pad)."""
    (top, left) = pad
    return np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))


def windows(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    """What each kernel element sees, as a read-only view: (N, C, HH, WW, OH, OW) of padded x."""
    (kh, kw), (sh, sw), (dh, dw) = geometry.kernel, geometry.stride, geometry.dilation
    extents = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    view = sliding_window_view(pad_images(x, geometry.pad), extents, axis=(2, 3))
    return view[:, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 4, 5, 2, 3)
