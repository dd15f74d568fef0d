import math
import numpy as np


def sgd(w, dw, config=None):
    """Gradient descent. Settings: learning_rate.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-2, **(config or {})}
    next_w = w - config['learning_rate'] * dw
    return next_w, config


def sgd_momentum(w, dw, config=None):
    """Gradient descent with momentum. Settings: learning_rate, momentum; remembers: velocity.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    config.setdefault("velocity", np.zeros_like(w))
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config


def nesterov_momentum(w, dw, config=None):
    """Nesterov's momentum, w being the point ahead. Settings: learning_rate, momentum; remembers: velocity.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    config.setdefault("velocity", np.zeros_like(w))
    rho = config["momentum"]
    v_old = config["velocity"]
    v = rho * v_old - config["learning_rate"] * dw
    next_w = w - rho * v_old + (1 + rho) * v
    config["velocity"] = v
    return next_w, config


def adagrad(w, dw, config=None):
    """AdaGrad. Settings: learning_rate, epsilon; remembers: cache, the sum of squared gradients.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-2, "epsilon": 1e-8, **(config or {})}
    if "cache" not in config:
        config["cache"] = np.zeros_like(w)
    config["cache"] += dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w, config


def rmsprop(w, dw, config=None):
    """RMSProp. Settings: learning_rate, decay_rate, epsilon; remembers: cache, the average of squared gradients.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, **(config or {})}
    cache = config.get("cache", np.zeros_like(w))
    rho = config["decay_rate"]
    config["cache"] = rho * cache + (1 - rho) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w, config


def adam(w, dw, config=None):
    """Adam. Settings: learning_rate, beta1, beta2, epsilon; remembers: m, v, t.

    w, dw: arrays of the same shape. Returns (next_w, config).
    """
    config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, **(config or {})}
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    b1, b2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * dw**2
    m = config["m"] / (1 - b1 ** config["t"])
    v = config["v"] / (1 - b2 ** config["t"])
    next_w = w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])
    return next_w, config


def step_decay(step, initial, milestones=(30, 60, 90), factor=0.1):
    """The learning rate at a step: initial, multiplied by factor at each milestone."""
    rate = initial
    for m in milestones:
        if step >= m:
            rate *= factor
    return rate


def cosine(step, initial, total):
    """The learning rate at a step: half a cosine wave from initial at step 0 to 0 at step total, then 0."""
    rate = 0.5 * initial * (1 + np.cos(np.pi * min(step, total) / total))
    return rate


def linear_warmup(step, rate, warmup=5000):
    """The rate at a step: a share of it that rises from 0 at step 0 to all of it at step warmup, then all."""
    warmed = rate * min(1, step / warmup)
    return warmed


def has_diverged(losses, factor=3):
    """Whether the last of the losses is not finite, or more than factor times the first."""
    diverged = not np.isfinite(losses[-1]) or not np.isfinite(losses[0]) or losses[-1] > factor * losses[0]
    return diverged


def log_uniform(low, high, count, seed=None):
    """count random numbers between low and high whose logarithms are uniformly distributed."""
    rng = np.random.default_rng(seed)
    samples = 10 ** rng.uniform(np.log10(low), np.log10(high), count)
    return samples
