"""Optimisers: what to do with a gradient.

    w, config = adam(w, dw, config)     # at first {"learning_rate": 1e-3}, or None; then what came back

`first_order` and `adaptive` hold the rules for noisy gradients, `second_order` those that use curvature,
`clipping` and `averaging` do what they say, `landscapes` has small functions to watch them on.
Not for: learning rates that change (`cs_lib.schedules`), or the training loop.
"""

from collections.abc import Callable

from cs_lib.optim.adaptive import adagrad, adam, adam_without_correction, adamw, rmsprop
from cs_lib.optim.averaging import average_weights, running_average
from cs_lib.optim.clipping import clip_by_norm, clip_by_value
from cs_lib.optim.first_order import heavy_ball, nesterov_lookahead, nesterov_momentum, sgd, sgd_momentum
from cs_lib.optim.second_order import lbfgs, minimize_lbfgs, newton_step

# Rules (w, dw, config=None) -> (next_w, config) for mini-batches, by name; their state is arrays and numbers.
OPTIMIZERS: dict[str, Callable] = {
    "sgd": sgd,
    "sgd_momentum": sgd_momentum,
    "heavy_ball": heavy_ball,
    "nesterov_momentum": nesterov_momentum,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adam_without_correction": adam_without_correction,
    "adamw": adamw,
}

__all__ = [
    "OPTIMIZERS",
    "adagrad",
    "adam",
    "adam_without_correction",
    "adamw",
    "average_weights",
    "clip_by_norm",
    "clip_by_value",
    "heavy_ball",
    "lbfgs",
    "minimize_lbfgs",
    "nesterov_lookahead",
    "nesterov_momentum",
    "newton_step",
    "rmsprop",
    "running_average",
    "sgd",
    "sgd_momentum",
]
