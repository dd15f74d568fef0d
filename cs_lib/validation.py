"""One way to check arguments, and one voice for what is wrong with them.

    dims = expect_shapes(x=(x, "N D"), w=(w, "D M"), b=(b, "M"))

A letter stands for the same size wherever it occurs; a number stands for itself; a leading
"..." stands for any number of axes. Not for: checking values that are expensive to look at.
"""

from __future__ import annotations

import numpy as np


def expect_shapes(**arrays: tuple[np.ndarray, str]) -> dict[str, int]:
    """Check that arrays have the shapes that their patterns describe, and agree on shared sizes.

    Each keyword is `name=(array, pattern)`. Returns the size that each letter stands for.
    Raises TypeError if something is no array, ValueError if a shape does not fit.
    """
    sizes: dict[str, int] = {}
    origin: dict[str, str] = {}
    for name, (array, pattern) in arrays.items():
        axes = pattern.split()
        shape = _shape(name, array)
        if axes[0] == "...":
            axes = axes[1:]
            fits = len(shape) >= len(axes)
            shape = shape[len(shape) - len(axes) :]
        else:
            fits = len(shape) == len(axes)
        wanted = f"({', '.join(pattern.split())}{',' if len(pattern.split()) == 1 else ''})"
        if not fits:
            raise ValueError(f"{name} has shape {_shape(name, array)}, expected {wanted}")
        for axis, size in zip(axes, shape, strict=True):
            known = int(axis) if axis.isdigit() else sizes.setdefault(axis, size)
            origin.setdefault(axis, name)
            if size != known:
                because = "" if axis.isdigit() else f" with {axis}={known} as in {origin[axis]}"
                raise ValueError(f"{name} has shape {_shape(name, array)}, expected {wanted}{because}")
    return sizes


def expect_labels(y: np.ndarray, num_classes: int, name: str = "y") -> None:
    """Check that y: (N,) holds whole numbers in [0, num_classes).

    Raises TypeError for labels that are no integers, ValueError for labels out of range.
    """
    y = np.asarray(y)
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"{name} holds {y.dtype}, expected integer class labels")
    if y.size and not 0 <= y.min() <= y.max() < num_classes:
        raise ValueError(
            f"{name} holds labels from {y.min()} to {y.max()}, expected 0 to {num_classes - 1} "
            f"for {num_classes} classes"
        )


def expect_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Check that value is one of choices; raises ValueError that lists them."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}")


def expect_positive(**numbers: float) -> None:
    """Check that every keyword's number is above zero; raises ValueError that names it."""
    for name, number in numbers.items():
        if not number > 0:
            raise ValueError(f"{name} is {number}, expected a number above 0")


def expect_between(low: float, below: float = np.inf, /, **numbers: float) -> None:
    """Check that low <= number < below for every keyword.

    Raises ValueError that names the first number out of range; NaN and infinity are out of every range.
    """
    for name, number in numbers.items():
        if not low <= number < below:
            wanted = f"at least {low}" if below == np.inf else f"from {low} to under {below}"
            raise ValueError(f"{name} is {number}, expected {wanted}")


def as_floats(name: str, array: np.ndarray, finite: bool = False) -> np.ndarray:
    """Give array, any shape, as floats: float32 stays float32, whole numbers become float64.

    Raises TypeError for what is no array of real numbers; with `finite`, ValueError for NaN or infinity
    (it names the first place).
    """
    _shape(name, array)
    array = np.asarray(array)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} holds {array.dtype}, expected real numbers")
    if array.dtype.kind != "f":
        return array.astype(np.float64)
    if finite and not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds {array[first]} at {first}, expected finite numbers")
    return array


def _shape(name: str, array: object) -> tuple[int, ...]:
    if not hasattr(array, "shape"):
        raise TypeError(f"{name} is a {type(array).__name__}, expected a NumPy array or a tensor")
    return tuple(array.shape)
