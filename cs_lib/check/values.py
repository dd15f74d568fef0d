"""Values as both sides of a test see them: plain data, and handles for everything else.

A learner's function may return anything. A test looks only at plain data: None, bool, int, float,
str, bytes, list, tuple, dict, NumPy arrays and scalars of ordinary number types, and torch tensors.
Types are compared exactly: an object that merely claims to be equal to everything stays a handle.
This module runs beside student code too, so it imports the standard library and NumPy only.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ATOMS = (type(None), bool, int, float, str, bytes)
DTYPES = frozenset(np.dtype(name).str for name in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
))  # fmt: skip
MAX_DEPTH = 20
LIBRARIES = ("<frozen", *(os.path.dirname(os.path.dirname(np.__file__)), os.path.dirname(os.__file__)))


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays where the student's code is: an instance, a cache."""

    id: int
    type_name: str


def to_plain(value: Any, keep: Callable[[Any], Handle], depth: int = 0) -> Any:
    """Copy `value` as plain data; what is not plain is replaced by `keep(part)`."""
    kind = type(value)
    if kind in ATOMS:
        return value
    if depth >= MAX_DEPTH:
        return keep(value)
    if kind is list or kind is tuple:
        return kind(to_plain(item, keep, depth + 1) for item in value)
    if kind is dict:
        if all(type(key) in (str, int) for key in value):
            return {key: to_plain(item, keep, depth + 1) for key, item in value.items()}
        return keep(value)
    if kind is np.ndarray or (isinstance(value, np.generic) and kind.__module__ == "numpy"):
        if value.dtype.newbyteorder("=").str in DTYPES:
            return value.astype(value.dtype.newbyteorder("="), copy=True) if kind is np.ndarray else value
        return keep(value)
    if is_tensor(value):
        return value.detach().clone()
    return keep(value)


def from_plain(value: Any, find: Callable[[Handle], Any]) -> Any:
    """The inverse of `to_plain`: handles are replaced by the objects that `find` knows."""
    kind = type(value)
    if kind is Handle:
        return find(value)
    if kind is list or kind is tuple:
        return kind(from_plain(item, find) for item in value)
    if kind is dict:
        return {key: from_plain(item, find) for key, item in value.items()}
    return value


def is_tensor(value: Any) -> bool:
    """Whether value is a torch tensor (or Parameter), without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter)


def as_array(value: Any) -> np.ndarray:
    """np.asarray, also of a tensor that takes part in a graph or is too short for NumPy (bfloat16)."""
    if not is_tensor(value):
        return np.asarray(value)
    value = value.detach()
    return np.asarray(value.float() if str(value.dtype) == "torch.bfloat16" else value)


def type_name(value: Any) -> str:
    """The name of a value's type, for an object on the student's side too."""
    handle = getattr(value, "_handle", value) if type(value).__module__.startswith("cs_lib.check") else value
    return handle.type_name if type(handle) is Handle else type(value).__name__


def describe(value: Any) -> str:
    """A short phrase for a message: `array of shape (3, 4), float64`, `the number 2.5`."""
    kind = type(value)
    if kind is np.ndarray:
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, np.generic) or kind in (int, float):
        return f"the number {number(value)}"
    if is_tensor(value):
        return f"a tensor of shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}"
    if value is None:
        return "None"
    if kind in (bool, str):
        return shorten(repr(value))
    if kind in (list, tuple, dict):
        return f"a {kind.__name__} of {len(value)}"
    return f"an object of type {type_name(value)}"


def preview(value: Any, limit: int = 300) -> str:
    """The value itself as short text, for arrays with few digits."""
    if type(value) is np.ndarray or is_tensor(value):
        text = np.array2string(as_array(value), precision=5, threshold=24, edgeitems=3, separator=", ")
        return shorten(text, limit)
    if isinstance(value, float | np.floating):
        return number(value)
    if type(value) in (list, tuple, dict, *ATOMS) or isinstance(value, np.generic):
        with np.printoptions(legacy="1.25", precision=5):  # `1.5`, not `np.float64(1.5)`
            return shorten(repr(value), limit)
    return describe(value)


def traceback_of(error: BaseException, without: Sequence[str] = (), places: int = 4) -> str:
    """What Python says of an error, with the last places in the learner's own code and none in libraries.

    without: files that are not the learner's either.
    """
    tb = traceback.extract_tb(error.__traceback__)
    own = [place for place in tb if not place.filename.startswith((*LIBRARIES, *without))][-places:]
    shown = ["Traceback (most recent call last):\n", *traceback.format_list(own)] if own else []
    return "".join(shown + traceback.format_exception_only(error))


def number(value: Any) -> str:
    """A number with the digits that matter."""
    return f"{value:.8g}" if isinstance(value, float | np.floating) else str(value)


def shorten(text: str, limit: int = 300) -> str:
    """Cut text to `limit` characters, marking the cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
