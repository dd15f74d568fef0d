"""Non-linearities, each with its derivative beside it, and a table of them all.

All act on every element of an array of any shape and use the element's value only; `prelu` also
learns a slope, and `maxout` takes the largest of several affine pieces, so these two stand apart.
At a kink the derivative is that of the left side (0 for ReLU), as in torch. Every backward pass raises
TypeError or ValueError for a dout that is not shaped like out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.validation import expect_shapes

Pair = tuple[np.ndarray, np.ndarray]
Cached = Pair  # (out, cache), both in the shape of x

# Klambauer et al. 2017, equation 14: with these two, mean 0 and variance 1 are a fixed point.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_LAMBDA = 1.0507009873554804934193349852946
GELU_SCALE = float(np.sqrt(2 / np.pi))


def sigmoid_forward(x: np.ndarray) -> Cached:
    """1 / (1 + exp(-x)), written so that exp never overflows; the cache is out."""
    z = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, z) / (1 + z)
    return out, out


def sigmoid_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout * out (1 - out)."""
    expect_upstream(dout, cache.shape)
    return dout * cache * (1 - cache)


def tanh_forward(x: np.ndarray) -> Cached:
    """tanh(x); the cache is out."""
    out = np.tanh(x)
    return out, out


def tanh_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout * (1 - out^2)."""
    expect_upstream(dout, cache.shape)
    return dout * (1 - cache**2)


def relu_forward(x: np.ndarray) -> Cached:
    """max(0, x); the cache is x."""
    return np.maximum(x, 0), x


def relu_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout where x > 0, else 0."""
    expect_upstream(dout, cache.shape)
    return dout * (cache > 0)


def leaky_relu_forward(x: np.ndarray, slope: float = 0.01) -> tuple[np.ndarray, tuple[np.ndarray, float]]:
    """x where x > 0, else slope * x; the cache is (x, slope). Maas et al. 2013."""
    return np.where(x > 0, x, slope * x), (x, slope)


def leaky_relu_backward(dout: np.ndarray, cache: tuple[np.ndarray, float]) -> np.ndarray:
    """dout where x > 0, else slope * dout."""
    x, slope = cache
    expect_upstream(dout, x.shape)
    return np.where(x > 0, dout, slope * dout)


def elu_forward(x: np.ndarray, alpha: float = 1.0) -> tuple[np.ndarray, tuple[np.ndarray, float]]:
    """x where x > 0, else alpha (exp(x) - 1); the cache is (x, alpha). Clevert et al. 2016."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), (x, alpha)


def elu_backward(dout: np.ndarray, cache: tuple[np.ndarray, float]) -> np.ndarray:
    """dout where x > 0, else dout * alpha exp(x)."""
    x, alpha = cache
    expect_upstream(dout, x.shape)
    return dout * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))


def selu_forward(x: np.ndarray) -> Cached:
    """lambda * ELU with the two constants of Klambauer et al. 2017; the cache is x."""
    return SELU_LAMBDA * elu_forward(x, SELU_ALPHA)[0], x


def selu_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """lambda * ELU's gradient."""
    return SELU_LAMBDA * elu_backward(dout, (cache, SELU_ALPHA))


def softplus_forward(x: np.ndarray) -> Cached:
    """log(1 + exp(x)), the smooth ReLU; the cache is x."""
    return np.logaddexp(0, x, dtype=np.result_type(x, np.float32)), x


def softplus_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout * sigmoid(x)."""
    expect_upstream(dout, cache.shape)
    return dout * sigmoid_forward(cache)[0]


def swish_forward(x: np.ndarray) -> Cached:
    """x sigmoid(x), also called SiLU; the cache is x. Ramachandran et al. 2017."""
    return x * sigmoid_forward(x)[0], x


def swish_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout * s (1 + x (1 - s)) with s = sigmoid(x)."""
    expect_upstream(dout, cache.shape)
    s = sigmoid_forward(cache)[0]
    return dout * s * (1 + cache * (1 - s))


def gelu_forward(x: np.ndarray) -> Cached:
    """x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), the tanh form of Hendrycks and Gimpel 2016."""
    return 0.5 * x * (1 + np.tanh(GELU_SCALE * (x + 0.044715 * x**3))), x


def gelu_backward(dout: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """dout times the product rule's two terms."""
    x = cache
    expect_upstream(dout, x.shape)
    t = np.tanh(GELU_SCALE * (x + 0.044715 * x**3))
    inner = GELU_SCALE * (1 + 3 * 0.044715 * x**2)
    return dout * 0.5 * (1 + t + x * (1 - t**2) * inner)


class Activation(NamedTuple):
    """A row of the table: the pair of functions, and the open or closed range of the outputs."""

    forward: Callable
    backward: Callable
    low: float
    high: float


INF = float("inf")
SELU_LOW = -SELU_ALPHA * SELU_LAMBDA

# fmt: off
ACTIVATIONS: dict[str, Activation] = {
    # name                   forward             backward             low       high
    "sigmoid":    Activation(sigmoid_forward,    sigmoid_backward,    0,        1),
    "tanh":       Activation(tanh_forward,       tanh_backward,       -1,       1),
    "relu":       Activation(relu_forward,       relu_backward,       0,        INF),
    "leaky_relu": Activation(leaky_relu_forward, leaky_relu_backward, -INF,     INF),
    "elu":        Activation(elu_forward,        elu_backward,        -1,       INF),
    "selu":       Activation(selu_forward,       selu_backward,       SELU_LOW, INF),
    "softplus":   Activation(softplus_forward,   softplus_backward,   0,        INF),
    "swish":      Activation(swish_forward,      swish_backward,      -0.279,   INF),
    "gelu":       Activation(gelu_forward,       gelu_backward,       -0.171,   INF),
}
# fmt: on


def prelu_forward(x: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, Pair]:
    """x where x > 0, else a * x with a learned slope; the cache is (x, a). He et al. 2015, equation 1.

    Args:
        x: (N, C, ...) or, with one slope for all, any shape.
        a: (1,) one slope for all, or (C,) one for each channel.
    """
    slope = _slope(x, a)
    return np.where(x > 0, x, slope * x), (x, a)


def prelu_backward(dout: np.ndarray, cache: Pair) -> Pair:
    """Return (dx, da) in the shapes of x and a; each slope collects x * dout wherever x <= 0."""
    x, a = cache
    expect_upstream(dout, x.shape)
    slope = _slope(x, a)
    dx = np.where(x > 0, dout, slope * dout)
    dslope = dout * np.minimum(x, 0)
    shared = tuple(axis for axis in range(x.ndim) if len(a) == 1 or axis != 1)
    return dx, dslope.sum(axis=shared).reshape(a.shape)


def _slope(x: np.ndarray, a: np.ndarray) -> np.ndarray:
    """a in a shape that broadcasts along the channels of x."""
    expect_shapes(a=(a, "C"))
    if len(a) == 1:
        return a
    if x.ndim < 2 or x.shape[1] != len(a):
        raise ValueError(f"a has shape {a.shape}, expected (1,) or one slope a channel of x {x.shape}")
    return a.reshape(-1, *[1] * (x.ndim - 2))


def maxout_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The largest of K affine pieces, out = max_k (x w_k + b_k); Goodfellow et al. 2013.

    Args:
        x: (N, D).
        w: (K, D, M) weights of the K pieces.
        b: (K, M) their biases.

    Returns out: (N, M) and the cache (x, w, winner), winner: (N, M) the piece that each output came from.
    Raises ValueError for shapes that do not fit.
    """
    expect_shapes(x=(x, "N D"), w=(w, "K D M"), b=(b, "K M"))
    pieces = x @ w + b[:, np.newaxis, :]  # (K, N, M)
    return pieces.max(axis=0), (x, w, pieces.argmax(axis=0))


def maxout_backward(
    dout: np.ndarray, cache: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db): the gradient goes to the winning piece only, the first of those that tie."""
    x, w, winner = cache
    expect_upstream(dout, winner.shape)
    won = winner == np.arange(len(w)).reshape(-1, 1, 1)
    dpieces = won * dout  # (K, N, M)
    dx = (dpieces @ w.transpose(0, 2, 1)).sum(axis=0)
    return dx, x.T @ dpieces, dpieces.sum(axis=1)
