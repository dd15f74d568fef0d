"""The fully connected layer, out = x w + b: what every other layer with weights is a special case of."""

from __future__ import annotations

import math

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.validation import expect_shapes

AffineCache = tuple[np.ndarray, np.ndarray]


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, AffineCache]:
    """Return (out, cache) with out = x w + b of shape (N, M).

    Args:
        x: (N, d1, ..., dk), each example is flattened to a row of D = d1 * ... * dk numbers.
        w: (D, M) weights.
        b: (M,) biases.

    Raises ValueError if the shapes do not fit.
    """
    size = expect_shapes(x=(x, "..."), w=(w, "D M"), b=(b, "M"))
    if x.ndim < 2 or math.prod(x.shape[1:]) != size["D"]:
        raise ValueError(
            f"x has shape {x.shape}, expected (N, d1, ..., dk) with d1 * ... * dk = {size['D']} as in w"
        )
    return _rows(x, w) @ w + b, (x, w)


def affine_backward(dout: np.ndarray, cache: AffineCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db) in the shapes of x, w and b, from dout: (N, M).

    No Jacobian is formed: for N = 64 and D = M = 4096 each would fill 256 GB.
    Raises ValueError if dout is not shaped like out.
    """
    x, w = cache
    expect_upstream(dout, (len(x), w.shape[1]))
    dx = (dout @ w.T).reshape(x.shape)
    dw = _rows(x, w).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def _rows(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), len(w))
