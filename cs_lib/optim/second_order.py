"""Rules that use curvature: Newton's step, and L-BFGS, which learns it from the gradients it meets.

The Hessian of N weights has N^2 elements and takes N^3 operations to invert, hence Newton's step is for
small problems. L-BFGS keeps a few pairs of vectors instead. Both trust gradients to be exact.
Not for: mini-batches, whose noise L-BFGS takes for curvature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs_lib.optim.settings import prepare
from cs_lib.validation import as_floats, expect_positive, expect_shapes

Config = dict[str, Any]


def newton_step(w: np.ndarray, dw: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """w - H^-1 dw, the minimum (or the saddle point) of the quadratic that touches the loss at w.

    w, dw: (D,); hessian: (D, D). No learning rate: on a quadratic, one step is all.
    Raises ValueError for shapes that do not fit or a Hessian that cannot be inverted.
    """
    expect_shapes(w=(w, "D"), dw=(dw, "D"), hessian=(hessian, "D D"))
    w, dw, hessian = as_floats("w", w), as_floats("dw", dw), as_floats("hessian", hessian)
    try:
        return w - np.linalg.solve(hessian, dw)
    except np.linalg.LinAlgError:
        raise ValueError("hessian is singular: in some direction the loss has no curvature") from None


def lbfgs(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """w + learning_rate * d, where d is about -H^-1 dw, from past steps and what they did to the gradient.

    w, dw: any shape; all that is optimised together belongs in one array.
    Source: Nocedal 1980; Nocedal and Wright 2006, algorithm 7.4 (two loops) with (7.20) for the first scale.
    Settings: learning_rate 1, history_size 10. State: steps and changes, at most history_size arrays each,
    and the last w and dw. As torch.optim.LBFGS without line search (whose history_size is 100): the first
    step is gradient descent of length at most learning_rate, and pairs whose product is under 1e-10 are not
    kept.
    """
    state = {"steps": (), "changes": (), "last_w": None, "last_dw": None}
    w, dw, c = prepare(w, dw, config, learning_rate=1.0, history_size=10, **state)
    if c["last_w"] is None:
        direction = -dw * min(1.0, 1 / max(float(np.abs(dw).sum()), np.finfo(w.dtype).tiny))
    else:
        step, change = w - c["last_w"], dw - c["last_dw"]
        if np.vdot(step, change) > 1e-10:
            c["steps"] = (*c["steps"], step)[-c["history_size"] :]
            c["changes"] = (*c["changes"], change)[-c["history_size"] :]
        direction = -_inverse_hessian_times(dw, c["steps"], c["changes"])
    c["last_w"], c["last_dw"] = w.copy(), dw.copy()
    return w + c["learning_rate"] * direction, c


def _inverse_hessian_times(
    dw: np.ndarray, steps: tuple[np.ndarray, ...], changes: tuple[np.ndarray, ...]
) -> np.ndarray:
    """The two loops: H^-1 dw for the H that takes every kept step to its change of gradient."""
    if not steps:
        return dw
    q, weights = dw, []
    for s, y in zip(reversed(steps), reversed(changes), strict=True):
        alpha = np.vdot(s, q) / np.vdot(s, y)
        q = q - alpha * y
        weights.append(alpha)
    r = q * (np.vdot(steps[-1], changes[-1]) / np.vdot(changes[-1], changes[-1]))
    for s, y, alpha in zip(steps, changes, reversed(weights), strict=True):
        r = r + s * (alpha - np.vdot(y, r) / np.vdot(s, y))
    return r


def minimize_lbfgs(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]],
    w: np.ndarray,
    max_iter: int = 100,
    history_size: int = 10,
) -> tuple[np.ndarray, list[float]]:
    """L-BFGS with a line search, until it converges or max_iter steps are taken, for full batches.

    loss: weights in w's shape -> (value, gradient); w: where to start, any shape, not modified.
    Returns (w, losses), the loss after each step. SciPy's implementation (Zhu, Byrd, Lu, Nocedal 1997)
    computes in float64; w comes back in its own dtype.
    Raises ValueError for a w that is not finite, or settings below 1.
    """
    from scipy.optimize import minimize

    w = as_floats("w", w, finite=True)
    expect_positive(max_iter=max_iter, history_size=history_size)

    def flat(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, dw = loss(x.reshape(w.shape).astype(w.dtype))
        return float(value), np.asarray(dw, dtype=np.float64).ravel()

    losses: list[float] = []
    result = minimize(
        flat, w.astype(np.float64).ravel(), jac=True, method="L-BFGS-B",
        callback=lambda intermediate_result: losses.append(float(intermediate_result.fun)),
        options={"maxiter": max_iter, "maxcor": history_size},
    )  # fmt: skip
    return result.x.reshape(w.shape).astype(w.dtype), losses
