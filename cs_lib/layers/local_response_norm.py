"""Local response normalisation: a unit is damped by the strong responses of its neighbouring channels.

Source: Krizhevsky et al. 2012, section 3.3: b = a / (k + alpha * sum of a^2 over n channels around it)^beta,
with that paper's n = 5, k = 2, alpha = 1e-4, beta = 0.75. It has no weights, and was given up for batch norm.
torch divides alpha by n: its alpha is n times this one.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cs_lib.layers.arguments import expect_upstream
from cs_lib.validation import expect_positive, expect_shapes

DEFAULTS = {"n": 5, "k": 2.0, "alpha": 1e-4, "beta": 0.75}


def local_response_norm_forward(x: np.ndarray, lrn_param: dict | None = None) -> tuple[np.ndarray, tuple]:
    """Return (out, cache) for x: (N, C, H, W); lrn_param may hold n, k, alpha and beta.

    Near the first and last channel the window is cut off; with an even n it reaches one channel further
    back than forward. Raises ValueError for n below 1 or an unknown key.
    """
    expect_shapes(x=(x, "N C H W"))
    param = DEFAULTS | (lrn_param or {})
    if unknown := param.keys() - DEFAULTS.keys():
        raise ValueError(f"lrn_param has {', '.join(sorted(unknown))}, expected only {', '.join(DEFAULTS)}")
    expect_positive(n=param["n"])
    n, k, alpha, beta = int(param["n"]), *(float(param[key]) for key in ("k", "alpha", "beta"))
    base = k + alpha * _window_sum(x**2, n // 2, (n - 1) // 2)
    return x * base**-beta, (x, base, n, alpha, beta)


def local_response_norm_backward(dout: np.ndarray, cache: tuple) -> np.ndarray:
    """Return dx: a unit acts on its own output, and on the base of every window that it lies in.

    dout: (N, C, H, W). Raises ValueError if dout is not shaped like out.
    """
    x, base, n, alpha, beta = cache
    expect_upstream(dout, x.shape)
    dbase = -beta * dout * x * base ** (-beta - 1)
    dsquares = alpha * _window_sum(dbase, (n - 1) // 2, n // 2)  # the windows, seen from inside
    return dout * base**-beta + 2 * x * dsquares


def _window_sum(values: np.ndarray, before: int, after: int) -> np.ndarray:
    """For each channel the sum from `before` channels earlier to `after` later, zeros outside."""
    padded = np.pad(values, [(0, 0), (before, after), (0, 0), (0, 0)])
    return sliding_window_view(padded, before + 1 + after, axis=1).sum(axis=-1)
