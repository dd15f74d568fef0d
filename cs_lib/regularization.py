"""Regularisation: what a preference for simple weights costs, and its gradient.

    penalty, dW = l2(W, reg)        # W: any shape, dW like W

`max_norm` also comes as a projection, its usual form: step, then pull back. Not for: dropout and its
kin, which are layers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cs_lib.validation import as_floats, expect_between


def l2(W: np.ndarray, reg: float) -> tuple[float, np.ndarray]:
    """reg * sum W^2, which spreads weight over all inputs. Returns (value, 2 * reg * W).

    Raises TypeError for what is no array of numbers, ValueError for a negative reg, as all functions here.
    """
    W, reg = _checked(W, reg)
    return float(reg * (W * W).sum()), 2 * reg * W


def l1(W: np.ndarray, reg: float) -> tuple[float, np.ndarray]:
    """reg * sum |W|, which likes zeros. Returns (value, reg * sign(W)); the subgradient at 0 is 0."""
    W, reg = _checked(W, reg)
    return float(reg * np.abs(W).sum()), reg * np.sign(W)


def elastic_net(W: np.ndarray, reg: float, beta: float = 0.5) -> tuple[float, np.ndarray]:
    """reg * sum (beta * W^2 + |W|), both at once (Zou and Hastie 2005). Returns (value, gradient).

    Raises ValueError for a negative reg or beta.
    """
    expect_between(0, reg=reg, beta=beta)
    square, d_square = l2(W, reg * beta)
    absolute, d_absolute = l1(W, reg)
    return square + absolute, d_square + d_absolute


def max_norm(W: np.ndarray, reg: float) -> tuple[float, np.ndarray]:
    """reg * the largest Euclidean norm of a column of W: (D, C), one column an output unit.

    Returns (value, subgradient): only the longest column (the first, if several are) has a gradient.
    """
    W, reg = _checked(W, reg)
    norms = _column_norms(W)
    longest = norms.argmax()
    dW = np.zeros_like(W)
    if norms[longest] > 0:
        dW[:, longest] = reg * W[:, longest] / norms[longest]
    return float(reg * norms[longest]), dW


def project_max_norm(W: np.ndarray, limit: float) -> np.ndarray:
    """The nearest W: (D, C) whose columns have norms of at most limit; shorter columns stay as they are.

    Used after each step of the optimiser (Srivastava et al. 2014, section 5.1).
    Raises ValueError for a negative limit, or a W that is no matrix.
    """
    W = as_floats("W", W)
    expect_between(0, limit=limit)
    norms = _column_norms(W)
    scale = np.where(norms > limit, limit / np.where(norms > 0, norms, 1), 1)
    return W * scale.astype(W.dtype)


REGULARIZERS: dict[str, Callable[..., tuple[float, np.ndarray]]] = {
    "l2": l2,
    "l1": l1,
    "elastic_net": elastic_net,
    "max_norm": max_norm,
}


def _checked(W: np.ndarray, reg: float) -> tuple[np.ndarray, float]:
    expect_between(0, reg=reg)
    return as_floats("W", W), float(reg)  # a NumPy float64 would make float32 weights float64


def _column_norms(W: np.ndarray) -> np.ndarray:
    if W.ndim != 2 or W.size == 0:
        raise ValueError(f"W has shape {W.shape}, expected (D, C) with at least one column and one row")
    return np.sqrt((W * W).sum(axis=0))
