"""Rules that give every weight a step of its own, from the sizes of its gradients so far.

Called as the rules of `cs_lib.optim.first_order`, w and dw of one shape, and raise what those raise. Not for:
curvature, of which these know nothing: they divide by the gradient's typical size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs_lib.optim.settings import prepare

Config = dict[str, Any]
Update = tuple[np.ndarray, Config]


def adagrad(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """cache += dw^2; w - learning_rate * dw / (sqrt(cache) + epsilon) (Duchi, Hazan, Singer 2011).

    The cache only grows, so the steps decay to zero.
    Settings: learning_rate 1e-2, epsilon 1e-8; state: cache, w's shape.
    As torch.optim.Adagrad, whose default for epsilon is 1e-10.
    """
    w, dw, c = prepare(w, dw, config, ("cache",), learning_rate=1e-2, epsilon=1e-8)
    c["cache"] = c["cache"] + dw**2
    return w - c["learning_rate"] * dw / (np.sqrt(c["cache"]) + c["epsilon"]), c


def rmsprop(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """AdaGrad that forgets: cache = decay_rate * cache + (1 - decay_rate) * dw^2 (Tieleman and Hinton 2012).

    Settings: learning_rate 1e-2, decay_rate 0.99, epsilon 1e-8 (some texts have 1e-7); state: cache, w's
    shape.
    As torch.optim.RMSprop: epsilon is added outside the root.
    """
    w, dw, c = prepare(w, dw, config, ("cache",), learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
    c["cache"] = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * dw**2
    return w - c["learning_rate"] * dw / (np.sqrt(c["cache"]) + c["epsilon"]), c


def adam_without_correction(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """Half of Adam, momentum over RMSProp: w - learning_rate * m / (sqrt(v) + epsilon).

    The averages are m = beta1 * m + (1 - beta1) * dw and v = beta2 * v + (1 - beta2) * dw^2. Both start
    at zero, v stays too small for longer, and so the first steps are too large. Settings and state as `adam`.
    """
    w, dw, c = _moments(w, dw, config)
    return w - c["learning_rate"] * c["m"] / (np.sqrt(c["v"]) + c["epsilon"]), c


def adam(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """The same with both averages corrected for their start at zero: m / (1 - beta1^t), v / (1 - beta2^t).

    Source: Kingma and Ba 2015, algorithm 1. Settings: learning_rate 1e-3, beta1 0.9, beta2 0.999,
    epsilon 1e-8 (some texts have 1e-7); state: m, v, w's shape, and t, the number of steps taken.
    As torch.optim.Adam. The paper's "efficient" form, with epsilon before the correction, differs slightly.
    """
    w, dw, c = _moments(w, dw, config)
    return w - c["learning_rate"] * _corrected(c), c


def adamw(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> Update:
    """Adam with weight decay beside the gradient: w - learning_rate * (Adam's direction + weight_decay * w).

    Source: Loshchilov and Hutter 2019, algorithm 2, with the schedule in the learning rate.
    Settings and state as `adam`, and weight_decay 1e-2. As torch.optim.AdamW.
    """
    w, dw, c = _moments(w, dw, config, weight_decay=1e-2)
    return w - c["learning_rate"] * (_corrected(c) + c["weight_decay"] * w), c


def _moments(
    w: np.ndarray, dw: np.ndarray, config: Config | None, **more: float
) -> tuple[np.ndarray, np.ndarray, Config]:
    """Check the arguments, count the step, and update the averages of dw and dw^2."""
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    w, dw, c = prepare(w, dw, config, ("m", "v"), **defaults, **more)
    c["t"] += 1
    c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
    return w, dw, c


def _corrected(c: Config) -> np.ndarray:
    """Adam's direction: both averages as they would be had they not started at zero."""
    m = c["m"] / (1 - c["beta1"] ** c["t"])
    v = c["v"] / (1 - c["beta2"] ** c["t"])
    return m / (np.sqrt(v) + c["epsilon"])
