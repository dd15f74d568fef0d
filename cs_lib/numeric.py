"""Checks on numbers: arrays that hold real floats, and settings that lie in a range.

Beside `cs_lib.validation`, which checks shapes, labels and choices. Not for: converting anything
that is not already numeric.
"""

from __future__ import annotations

import numpy as np


def as_floats(name: str, array: np.ndarray, finite: bool = False) -> np.ndarray:
    """Give array, any shape, as floats: float32 stays float32, whole numbers become float64.

    Raises TypeError for what is no array of real numbers; with `finite`, ValueError for NaN or infinity
    (it names the first place).
    """
    if not hasattr(array, "shape"):
        raise TypeError(f"{name} is a {type(array).__name__}, expected a NumPy array")
    array = np.asarray(array)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} holds {array.dtype}, expected real numbers")
    if array.dtype.kind != "f":
        return array.astype(np.float64)
    if finite and not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds {array[first]} at {first}, expected finite numbers")
    return array


def expect_between(low: float, below: float = np.inf, /, **numbers: float) -> None:
    """Check that low <= number < below for every keyword.

    Raises ValueError that names the first number out of range; NaN and infinity are out of every range.
    """
    for name, number in numbers.items():
        if not low <= number < below:
            wanted = f"at least {low}" if below == np.inf else f"from {low} to under {below}"
            raise ValueError(f"{name} is {number}, expected {wanted}")
