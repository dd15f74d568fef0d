"""Gradient descent and its momentum forms.

Every rule is called as rule(w, dw, config) and returns (next_w, config): w and dw are arrays of one shape,
config holds settings and state, and comes back to be handed in with the next gradient. Nothing that came in
is modified; float32 stays float32. All raise TypeError or ValueError for arrays that do not fit, unknown
entries of config, and settings out of range. Not for: rules that scale each weight by itself
(`cs_lib.optim.adaptive`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs_lib.optim.settings import prepare

Config = dict[str, Any]
Update = tuple[np.ndarray, Config]


def sgd(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """w - learning_rate * dw. Settings: learning_rate 1e-2. As torch.optim.SGD."""
    w, dw, c = prepare(w, dw, config, learning_rate=1e-2)
    return w - c["learning_rate"] * dw, c


def sgd_momentum(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """v = momentum * v - learning_rate * dw; w + v (Polyak 1964), the learning rate inside v.

    Settings: learning_rate 1e-2, momentum 0.9; state: velocity, w's shape.
    For a constant learning rate the path is that of torch.optim.SGD(momentum); when the rate changes, the old
    velocity here keeps the old rate, there takes the new one. `heavy_ball` is torch's form.
    """
    w, dw, c = prepare(w, dw, config, ("velocity",), learning_rate=1e-2, momentum=0.9)
    c["velocity"] = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + c["velocity"], c


def heavy_ball(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """v = momentum * v + dw; w - learning_rate * v, the learning rate outside v.

    Settings and state as `sgd_momentum`, whose velocity is this one times -learning_rate.
    As torch.optim.SGD(momentum).
    """
    w, dw, c = prepare(w, dw, config, ("velocity",), learning_rate=1e-2, momentum=0.9)
    c["velocity"] = c["momentum"] * c["velocity"] + dw
    return w - c["learning_rate"] * c["velocity"], c


def nesterov_lookahead(
    w: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray], config: Config | None = None
) -> Update:
    """v = momentum * v - learning_rate * gradient(w + momentum * v); w + v (Nesterov 1983).

    The gradient is taken where the momentum is about to carry w, so this form wants it as a function, not as
    an array. Settings and state as `sgd_momentum`. `nesterov_momentum` needs no function.
    """
    w, _, c = prepare(w, w, config, ("velocity",), learning_rate=1e-2, momentum=0.9)
    ahead = w + c["momentum"] * c["velocity"]
    return sgd_momentum(w, gradient(ahead), c)


def nesterov_momentum(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """The same, told of the look-ahead point: w here stands for w + momentum * v there.

    v_next = momentum * v - learning_rate * dw; w - momentum * v + (1 + momentum) * v_next
    (Bengio et al. 2013, "Advances in optimizing recurrent networks", section 3.5).
    Settings and state as `sgd_momentum`. As torch.optim.SGD(nesterov=True) for a constant learning rate.
    """
    w, dw, c = prepare(w, dw, config, ("velocity",), learning_rate=1e-2, momentum=0.9)
    before = c["velocity"]
    c["velocity"] = c["momentum"] * before - c["learning_rate"] * dw
    return w - c["momentum"] * before + (1 + c["momentum"]) * c["velocity"], c
