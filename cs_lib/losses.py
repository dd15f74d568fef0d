"""Losses on scores or outputs: the value and its gradient, side by side.

    loss, dx = softmax_loss(x, y)     # scores x: (N, C), labels y: (N,), dx like x

Every loss is a mean over examples. Not for: regularisation (`cs_lib.regularization`), or the gradient
with respect to weights (`cs_lib.linear`, or a net's backward pass). Scores of NaN, which a diverged net
gives, make a loss of NaN rather than an error, so that a training loop can see it and stop.
"""

from __future__ import annotations

import numpy as np

from cs_lib.validation import as_floats, expect_labels, expect_shapes


def svm_loss(x: np.ndarray, y: np.ndarray, margin: float = 1.0) -> tuple[float, np.ndarray]:
    """Multiclass hinge loss, mean over examples of sum over j != y of max(0, x_j - x_y + margin).

    x: scores (N, C); y: labels (N,), integers in [0, C). Returns (loss, dx), dx: (N, C).
    At the kink the subgradient 0 is taken.
    Raises TypeError or ValueError for wrong shapes, dtypes or labels.

    Source: Weston and Watkins 1999, "Support vector machines for multi-class pattern recognition".
    torch's multi_margin_loss divides by C as well.
    """
    margins, rows = _margins(x, y, margin)
    dx = (margins > 0).astype(margins.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    return float(margins.sum() / len(rows)), dx / len(rows)


def squared_hinge_loss(x: np.ndarray, y: np.ndarray, margin: float = 1.0) -> tuple[float, np.ndarray]:
    """The same sum with max(0, x_j - x_y + margin) squared: large violations weigh more, no kink.

    x: scores (N, C); y: labels (N,). Returns (loss, dx), dx: (N, C). Errors as `svm_loss`.
    """
    margins, rows = _margins(x, y, margin)
    dx = 2 * margins
    dx[rows, y] = -dx.sum(axis=1)
    return float((margins**2).sum() / len(rows)), dx / len(rows)


def log_softmax(x: np.ndarray) -> np.ndarray:
    """Log of the softmax over the last axis; x: (..., C), and so is the result.

    The largest score is subtracted first: the result is the same, and exp cannot overflow.
    """
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(x: np.ndarray) -> np.ndarray:
    """Probabilities exp(x_j) / sum_k exp(x_k) over the last axis; x: (..., C), and so is the result."""
    return np.exp(log_softmax(x))


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of the softmax, mean over examples of -log p_y, in natural logarithms.

    x: scores (N, C); y: labels (N,), integers in [0, C). Returns (loss, dx),
    dx = (p - one_hot(y)) / N: (N, C).
    Raises TypeError or ValueError for wrong shapes, dtypes or labels.
    """
    x, rows = _scores(x, y)
    log_p = log_softmax(x)
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return float(-log_p[rows, y].sum() / len(rows)), dx / len(rows)


def mse_loss(x: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean of (x - target)^2 over all elements, for regression.

    x, target: (N, ...), the same shape: nothing is broadcast. Returns (loss, dx), dx in x's shape.
    Raises TypeError for what is no array of numbers, ValueError for shapes that differ or hold nothing.
    """
    x, target = as_floats("x", x), as_floats("target", target)
    if x.shape != target.shape:
        raise ValueError(f"target has shape {target.shape}, expected x's {x.shape}")
    if x.size == 0:
        raise ValueError(f"x has shape {x.shape}: there is nothing to average over")
    difference = x - target.astype(x.dtype, copy=False)
    return float((difference**2).mean()), difference * (2 / x.size)


def _scores(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check scores x: (N, C) and labels y: (N,); give x as floats, and the row numbers 0 to N-1."""
    sizes = expect_shapes(x=(x, "N C"), y=(y, "N"))
    x = as_floats("x", x)
    expect_labels(y, sizes["C"])
    if sizes["N"] == 0:
        raise ValueError(f"x has shape {x.shape}: there are no examples to average over")
    return x, np.arange(sizes["N"])


def _margins(x: np.ndarray, y: np.ndarray, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """max(0, x_j - x_y + margin), and 0 in the correct class's place: (N, C); and the row numbers."""
    x, rows = _scores(x, y)
    margins = np.maximum(0, x - x[rows, y][:, None] + float(margin))
    margins[rows, y] = 0
    return margins, rows
