"""Gradients by finite differences, and a check of yours against them that says where it is wrong.

    report = grad_check(f, x, dx)           # f: array -> number; dx: what your code says, in x's shape
    report = grad_check(f, x, dx, dout)     # f: array -> array; dout: the upstream gradient
    assert report, report

Numerical gradients are slow, approximate and easy; analytic ones exact, fast and easy to get wrong:
so compute the one, and check it with the other. Not for: training anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cs_lib.validation import as_floats, expect_positive

Function = Callable[[np.ndarray], np.ndarray | float]
Slope = Callable[[tuple[int, ...], float, float], float]


def numerical_gradient(
    f: Function, x: np.ndarray, upstream: np.ndarray | None = None, h: float = 1e-5
) -> np.ndarray:
    """Central differences (f(x + h) - f(x - h)) / 2h, one element of x at a time, in float64.

    f maps an array of x's shape to a number, or, with upstream, to an array of upstream's shape: then this is
    the gradient of sum(f(x) * upstream). x: any shape, not modified; the result: float64, x's shape.
    The error is of the order h^2 for the formula, and 1e-16 |f| / h for the rounding.
    """
    x, slope = _slopes(f, x, upstream, h)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = slope(index, h, -h)
    return gradient


def one_sided_gradient(f: Function, x: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """The definition of the derivative taken literally: (f(x + h) - f(x)) / h, its error of the order h.

    f maps an array of x's shape to a number. x: any shape; the result: float64, x's shape.
    """
    x, slope = _slopes(f, x, None, h)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = slope(index, h, 0.0)
    return gradient


def relative_error(got: np.ndarray, expected: np.ndarray, floor: float = 1e-8) -> float:
    """The largest |got - expected| / max(|got| + |expected|, floor) over all elements; NaN if any is NaN.

    Raises ValueError unless got and expected have the same shape: nothing is broadcast.
    """
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if got.shape != expected.shape:
        raise ValueError(f"shapes differ: got {got.shape}, expected {expected.shape}")
    return float(_relative_errors(got, expected, floor).max(initial=0.0))


@dataclass(frozen=True)
class GradCheck:
    """What a gradient check found. True in a condition if it passed; as text, it says where it is worst."""

    passed: bool
    error: float  # the largest relative error
    index: tuple[int, ...] | None  # where it is: None if shapes differ, or nothing was checked
    got: float
    expected: float
    tolerance: float
    checked: int  # how many elements were looked at
    hint: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        verdict = "agrees" if self.passed else "is wrong"
        lines = [f"gradient {verdict}"]
        if self.index is not None:
            lines[0] += f": relative error {self.error:.1e} (tolerance {self.tolerance:.0e})"
            lines.append(f"worst of {self.checked} elements: {list(self.index)}")
            lines.append(f"  got      {self.got:.10g}")
            lines.append(f"  expected {self.expected:.10g}  (central differences)")
        return "\n".join(lines + ([self.hint] if self.hint else []))


def grad_check(
    f: Function,
    x: np.ndarray,
    got: np.ndarray,
    upstream: np.ndarray | None = None,
    *,
    h: float = 1e-5,
    tolerance: float = 1e-6,
    sample: int | None = None,
    seed: int = 0,
) -> GradCheck:
    """Compare an analytic gradient with central differences of f at x.

    f, x, upstream, h: as in `numerical_gradient`. got: the analytic gradient, expected in x's shape.
    sample: look only at that many random elements, for arrays too large to go through.
    The error is relative, |got - expected| / (|got| + |expected|); elements under a thousandth of the largest
    expected one are judged on that scale, because differences do not resolve them.
    Returns a `GradCheck`; a wrong gradient is a finding, not an exception.
    """
    x, slope = _slopes(f, x, upstream, h)
    got = np.asarray(got, dtype=np.float64)
    if got.shape != x.shape:
        hint = f"it has shape {got.shape}, expected that of x, {x.shape}"
        return GradCheck(False, np.nan, None, np.nan, np.nan, tolerance, 0, hint)
    places = _places(x, sample, seed)
    if not places:
        hint = "x is empty: there is nothing to check"
        return GradCheck(True, 0.0, None, np.nan, np.nan, tolerance, 0, hint)
    expected = np.array([slope(place, h, -h) for place in places])
    got = np.array([got[place] for place in places])
    errors = _relative_errors(got, expected, floor=max(1e-3 * np.abs(expected).max(), 1e-8))
    worst = int(np.where(np.isnan(errors), np.inf, errors).argmax())
    passed = bool(errors[worst] <= tolerance)
    kink = "" if passed else _kink(slope(places[worst], 0.0, -h), slope(places[worst], h, 0.0), h)
    hint = "" if passed else kink or _likely_cause(got, expected)
    found = (float(errors[worst]), places[worst], float(got[worst]), float(expected[worst]))
    return GradCheck(passed, *found, tolerance, len(places), hint)


def _slopes(f: Function, x: np.ndarray, upstream: np.ndarray | None, h: float) -> tuple[np.ndarray, Slope]:
    """Give x in float64, and slope(index, a, b): that of f between x[index] + a and x[index] + b."""
    expect_positive(h=h)
    x = as_floats("x", x, finite=True).astype(np.float64)
    weight = np.ones(()) if upstream is None else np.asarray(upstream, dtype=np.float64)

    def value(index: tuple[int, ...], step: float) -> np.ndarray:
        moved = x.copy()  # copies, both ways: f may change its argument, or return the same buffer twice
        moved[index] += step
        out = np.array(f(moved), dtype=np.float64)
        if upstream is None and out.size != 1:
            raise ValueError(f"f returned shape {out.shape}: give upstream, or return a number")
        if upstream is not None and out.shape != weight.shape:
            raise ValueError(f"f returned shape {out.shape}, expected upstream's {weight.shape}")
        return out

    def slope(index: tuple[int, ...], a: float, b: float) -> float:
        return float(((value(index, a) - value(index, b)) * weight).sum() / (a - b))

    return x, slope


def _relative_errors(got: np.ndarray, expected: np.ndarray, floor: float) -> np.ndarray:
    return np.abs(got - expected) / np.maximum(np.abs(got) + np.abs(expected), floor)


def _places(x: np.ndarray, sample: int | None, seed: int) -> list[tuple[int, ...]]:
    flat: Iterable[int] = range(x.size)
    if sample is not None and sample < x.size:
        expect_positive(sample=sample)
        flat = np.random.default_rng(seed).choice(x.size, size=sample, replace=False)
    return [tuple(int(i) for i in np.unravel_index(place, x.shape)) for place in flat]


def _kink(before: float, after: float, h: float) -> str:
    """A sentence if the slope jumps, by more than a second derivative of 100 would make it."""
    if abs(after - before) <= max(1e-2 * max(abs(after), abs(before)), 100 * h):
        return ""
    return f"f has a kink there (slope {before:.3g} before, {after:.3g} after): move x away from it"


def _likely_cause(got: np.ndarray, expected: np.ndarray) -> str:
    """One sentence on why the gradient is wrong, as far as the numbers tell; got, expected: (checked,)."""
    if not np.isfinite(got).all():
        return f"{np.count_nonzero(~np.isfinite(got))} of its elements are not finite"
    if not np.isfinite(expected).all():
        return "f itself is not finite there"
    large = np.abs(expected) > 1e-3 * np.abs(expected).max()
    ratios = got[large] / expected[large]
    if len(ratios) > 1 and np.ptp(ratios) < 1e-4 * abs(ratios.mean()):
        return f"it is {ratios.mean():.6g} times what is expected everywhere: a factor (or a sign) is amiss"
    wrong = np.count_nonzero(_relative_errors(got, expected, 1e-8) > 1e-4)
    return f"{wrong} of {len(got)} elements are off by more than 1e-4"
