"""The gates: each operation beside its derivative, one row each.

Every gate has the same two signatures, so that the table reads in columns:

    forward(*inputs, **options) -> out
    backward(dout, out, *inputs, **options) -> a gradient for each input

dout has out's shape. A gradient may come in the shape that its input was broadcast to: the graph sums it
back. Inputs and output are what is saved for the backward pass. Not for: order, or the chain rule
(`cs_lib.autodiff.graph`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Gate:
    """An operation: how it is written, its value, and the gradients of its inputs."""

    notation: str  # one {} for each input, options by name
    forward: Callable[..., Array]
    backward: Callable[..., tuple[Array, ...]]


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * x))  # 1 / (1 + exp(-x)) that can't overflow


def _matmul_backward(dout: Array, out: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """dx = dout w^T, dw = x^T dout; vectors are taken for the matrices that matmul makes of them."""
    if w.ndim == 1:
        dout = dout[..., None]
    if x.ndim == 1:
        dout = dout[..., None, :]
    rows, columns = np.atleast_2d(x), w[:, None] if w.ndim == 1 else w
    dx, dw = dout @ columns.swapaxes(-1, -2), rows.swapaxes(-1, -2) @ dout
    return dx[..., 0, :] if x.ndim == 1 else dx, dw[..., 0] if w.ndim == 1 else dw


def _sum_backward(dout: Array, out: Array, x: Array, axis=None, keepdims: bool = False) -> tuple[Array]:
    if axis is not None and not keepdims:
        dout = np.expand_dims(dout, axis)
    return (np.broadcast_to(dout, x.shape),)


def _transpose_backward(dout: Array, out: Array, x: Array, axes=None) -> tuple[Array]:
    return (dout.transpose(None if axes is None else np.argsort(np.mod(axes, x.ndim))),)


def _index_backward(dout: Array, out: Array, x: Array, key) -> tuple[Array]:
    dx = np.zeros_like(x)
    np.add.at(dx, key, dout)  # an element that was picked twice gets both gradients
    return (dx,)


# fmt: off
GATES: dict[str, Gate] = {
    # Adding distributes the gradient, multiplying swaps the inputs, a maximum routes it (ties: to the first).
    "add":     Gate("{} + {}", lambda x, y: x + y, lambda d, out, x, y: (d, d)),
    "sub":     Gate("{} - {}", lambda x, y: x - y, lambda d, out, x, y: (d, -d)),
    "mul":     Gate("{} * {}", lambda x, y: x * y, lambda d, out, x, y: (d * y, d * x)),
    "div":     Gate("{} / {}", lambda x, y: x / y, lambda d, out, x, y: (d / y, -d * out / y)),
    "maximum": Gate("max({}, {})", np.maximum,     lambda d, out, x, y: (d * (x >= y), d * (x < y))),
    "matmul":  Gate("{} @ {}", lambda x, w: x @ w, _matmul_backward),

    "neg":        Gate("-{}",       lambda x: -x,              lambda d, out, x: (-d,)),
    "reciprocal": Gate("1 / {}",    lambda x: 1 / x,           lambda d, out, x: (-d * out * out,)),
    "exp":        Gate("exp({})",   np.exp,                    lambda d, out, x: (d * out,)),
    "log":        Gate("log({})",   np.log,                    lambda d, out, x: (d / x,)),
    "tanh":       Gate("tanh({})",  np.tanh,                   lambda d, out, x: (d * (1 - out * out),)),
    "sigmoid":    Gate("sigma({})", _sigmoid,                  lambda d, out, x: (d * out * (1 - out),)),
    "relu":       Gate("relu({})",  lambda x: np.maximum(0, x), lambda d, out, x: (d * (x > 0),)),

    "power": Gate("{} ** {n}", lambda x, n: x**n, lambda d, out, x, n: (d * n * x ** (n - 1),)),
    "half_squared_error": Gate(
        "({} - {})^2 / 2", lambda y, t: (y - t) ** 2 / 2, lambda d, out, y, t: (d * (y - t), d * (t - y))
    ),

    "sum": Gate("sum({})", lambda x, axis=None, keepdims=False: x.sum(axis, keepdims=keepdims),
                _sum_backward),
    "reshape": Gate("reshape({}, {shape})", lambda x, shape: x.reshape(shape),
                    lambda d, out, x, shape: (d.reshape(x.shape),)),
    "transpose": Gate("{}^T", lambda x, axes=None: x.transpose(axes), _transpose_backward),
    "index": Gate("{}[{key}]", lambda x, key: x[key], _index_backward),
}
# fmt: on
