"""Comparisons for tests: type, then shape, then finiteness, then values, and a message for each.

Every function returns None or raises `CheckFailed`, which carries what was expected and what came.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs_lib.check.result import CheckFailed
from cs_lib.check.values import as_array, describe, is_tensor, number, preview, type_name

# Relative tolerance by the coarser dtype of the two: about the square root of its precision, so that
# another order of summation passes and another formula does not.
TOLERANCES = {np.dtype(np.float16): 2e-2, np.dtype(np.float32): 2e-4, np.dtype(np.float64): 1e-6}
SHAPE_CREDIT = 0.5


def close(
    got: Any,
    expected: Any,
    what: str = "The result",
    *,
    rtol: float | None = None,
    atol: float = 1e-8,
) -> None:
    """Fail unless `got` holds the numbers of `expected`, in the same shape.

    got: what student code returned. expected: array_like of numbers.
    rtol: relative tolerance; by default it fits the coarser floating dtype of the two.
    """
    wanted = as_array(expected)
    values = _array(got, wanted, what)
    if np.issubdtype(values.dtype, np.complexfloating) and not np.issubdtype(
        wanted.dtype, np.complexfloating
    ):
        raise _failed("wrong_type", f"{what} holds complex numbers, expected real ones.", wanted, got)
    if rtol is None:
        rtol = max(TOLERANCES.get(a.dtype, 1e-6) for a in (values, wanted))
        if wanted.dtype != np.float16:  # float32 is fine for float64, but half precision hides mistakes
            rtol = min(rtol, TOLERANCES[np.dtype(np.float32)])
    if values.shape != wanted.shape:
        _raise_shape(values, wanted, what, rtol, atol)
    finite = np.isfinite(values) | ~np.isfinite(wanted)
    if not finite.all():
        bad = _first(~finite)
        raise _failed(
            "not_finite",
            f"{what} holds {values[bad]}{_at(bad)}, expected the finite number {number(wanted[bad])}.",
            wanted,
            got,
        )
    error = relative_error(values, wanted)
    wrong = ~np.isclose(values, wanted, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        bad = _worst(values, wanted, wrong)
        share = f" ({int(wrong.sum())} of {wrong.size} numbers are off)" if wrong.size > 1 else ""
        raise CheckFailed(
            "wrong_value",
            f"{what} is {number(values[bad])}{_at(bad)}, expected {number(wanted[bad])}{share}.",
            expected=preview(wanted),
            got=preview(values),
            relative_error=error,
        )


def equal(got: Any, expected: Any, what: str = "The result") -> None:
    """Fail unless `got` equals `expected` exactly: labels, counts, indices, strings."""
    if isinstance(expected, str | bool | type(None)):
        got = got.item() if isinstance(got, np.generic) else got  # np.True_ is as good as True
        _not_a_placeholder(got, what)
        if type(got) is not type(expected) or got != expected:
            raise _failed(
                "wrong_value", f"{what} is {preview(got)}, expected {preview(expected)}.", expected, got
            )
        return
    wanted = as_array(expected)
    values = _array(got, wanted, what)
    if values.shape != wanted.shape:
        _raise_shape(values, wanted, what, 0.0, 0.0)
    wrong = values != wanted
    if np.any(wrong):
        bad = _first(wrong)
        share = f" ({int(wrong.sum())} of {wrong.size} are off)" if wrong.size > 1 else ""
        raise _failed(
            "wrong_value",
            f"{what} is {number(values[bad])}{_at(bad)}, expected {number(wanted[bad])}{share}.",
            wanted,
            got,
        )


def shape(got: Any, expected: tuple[int, ...], what: str = "The result") -> None:
    """Fail unless `got` is an array of this shape."""
    values = _array(got, np.empty(expected), what)
    if values.shape != tuple(expected):
        raise _failed(
            "wrong_shape",
            f"{what} has shape {values.shape}, expected {tuple(expected)}.",
            tuple(expected),
            values.shape,
        )


def dtype(got: Any, expected: Any, what: str = "The result") -> None:
    """Fail unless `got` is an array of this dtype; for one such as "torch.float32", a tensor of it."""
    if str(expected).startswith("torch."):
        if not (is_tensor(got) and str(got.dtype) == str(expected)):
            noun = f"a tensor of dtype {str(expected).removeprefix('torch.')}"
            raise _wrong_type(f"{what} is {describe(got)}, expected {noun}.", noun, got)
        return
    values = _array(got, np.empty(0, expected), what)
    if values.dtype != np.dtype(expected):
        message = f"{what} has dtype {values.dtype}, expected {np.dtype(expected)}."
        raise CheckFailed("wrong_type", message, expected=str(np.dtype(expected)), got=str(values.dtype))


def whole_numbers(got: Any, what: str = "The result") -> None:
    """Fail unless `got` is an array of an integer dtype, such as labels that index a list of names."""
    values = got.dtype if isinstance(got, np.ndarray | np.generic) else None
    if values is None or values.kind not in "iu":
        noun = "a NumPy array of whole numbers"
        raise _wrong_type(f"{what} is {describe(got)}, expected {noun}.", noun, got)


def true(condition: Any, message: str, *, status: str = "wrong_value") -> None:
    """Fail with `message` unless `condition` holds."""
    if not bool(condition):
        raise CheckFailed(status, message)


def at_least(got: Any, bound: float, what: str = "The result") -> None:
    """Fail unless `got` is a number not below `bound`."""
    values = _array(got, np.asarray(bound), what)
    if values.shape != () or not values >= bound:
        raise _failed(
            "wrong_value", f"{what} is {preview(got)}, expected at least {number(bound)}.", bound, got
        )


def one_of(got: Any, choices: tuple[str, ...], what: str = "The answer") -> None:
    """Fail unless `got` is one of a question's choices; an Ellipsis or None was not answered."""
    answered(got, what)
    if type(got) is not str or got not in choices:
        listed = ", ".join(map(repr, choices))
        raise _wrong_type(f"{what} is {preview(got)}, expected one of {listed}.", f"one of {listed}", got)


def a_number(got: Any, what: str = "The answer") -> None:
    """Fail unless `got` is one real number; an Ellipsis or None was not answered."""
    answered(got, what)
    values = _array(got, np.asarray(0.0), what)
    if values.shape != () or values.dtype.kind not in "iuf":
        raise _wrong_type(f"{what} is {preview(got)}, expected one number.", "one number", got)


def answered(got: Any, what: str = "The answer") -> None:
    """Fail with the verdict `not_answered` while a placeholder stands where the answer should."""
    if got is None or type_name(got) == "ellipsis":
        raise CheckFailed("not_answered", f"{what} has not been given yet: replace the placeholder.")


def unchanged(before: Any, after: Any, what: str) -> None:
    """Fail if an array that was passed in came back different. For texts that forbid it."""
    if not np.array_equal(as_array(before), as_array(after), equal_nan=True):
        raise CheckFailed(
            "input_changed", f"The function changed {what}, which the caller goes on using: work on a copy."
        )


def relative_error(got: Any, expected: Any) -> float:
    """The largest |a - b| / max(|a| + |b|, 1e-8) over all elements."""
    a = np.asarray(got, dtype=np.float64 if not np.iscomplexobj(got) else None)
    b = np.asarray(expected, dtype=np.float64 if not np.iscomplexobj(expected) else None)
    if a.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        error = np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-8)
    return float(np.nanmax(error)) if not np.isnan(error).all() else 0.0


def _array(got: Any, wanted: np.ndarray, what: str) -> np.ndarray:
    """`got` as an array, or the failure that names what it is instead."""
    _not_a_placeholder(got, what)
    if is_tensor(got) or isinstance(got, np.ndarray | np.generic):
        return as_array(got)
    if type(got) in (int, float, complex, bool) or (type(got) in (list, tuple) and wanted.ndim):
        try:
            values = np.asarray(got)
        except ValueError:  # a ragged list
            values = np.asarray(None)
        if values.dtype.kind in "biufc":  # and not a whole number too large for a float
            return values
    noun = "a number" if wanted.ndim == 0 else f"an array of shape {wanted.shape}"
    raise _wrong_type(f"{what} is {describe(got)}, expected {noun}.", noun, got)


def _not_a_placeholder(got: Any, what: str) -> None:
    if type_name(got) == "ellipsis":
        answered(got, what)


def _raise_shape(values: np.ndarray, wanted: np.ndarray, what: str, rtol: float, atol: float) -> None:
    message = f"{what} has shape {values.shape}, expected {wanted.shape}"
    same = values.size == wanted.size and np.allclose(
        values.reshape(-1), wanted.reshape(-1), rtol=rtol, atol=atol, equal_nan=True
    )
    # A transpose keeps the values' order only when there is one long axis; then it is no mere nit.
    if same and _squeezed(values) == _squeezed(wanted):
        raise CheckFailed(
            "values_right_shape_wrong",
            f"{message}. The values are right: only the shape needs changing.",
            expected=str(wanted.shape),
            got=str(values.shape),
            credit=SHAPE_CREDIT,
        )
    transposed = values.ndim == 2 and values.T.shape == wanted.shape
    hint = " (it looks transposed)" if transposed else ""
    raise _failed("wrong_shape", f"{message}{hint}.", wanted.shape, values.shape)


def _squeezed(array: np.ndarray) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _failed(status: str, message: str, expected: Any, got: Any) -> CheckFailed:
    return CheckFailed(status, message, expected=preview(expected), got=preview(got))


def _wrong_type(message: str, noun: str, got: Any) -> CheckFailed:
    return CheckFailed("wrong_type", message, expected=noun, got=preview(got))


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def _worst(values: np.ndarray, wanted: np.ndarray, wrong: np.ndarray) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        kind = np.result_type(values, wanted, np.float64)  # differences of bools and unsigned numbers too
        gap = np.where(wrong, np.nan_to_num(np.abs(np.subtract(values, wanted, dtype=kind)), nan=np.inf), -1)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))


def _at(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""
