"""A whole two-layer net and its training in about twenty lines of NumPy, without any of the library.

To be read from top to bottom: the forward pass, the loss, the same way back, a step. The numbers are the
lectures': 64 random examples of 1000 features, 100 hidden units, 10 classes, 2000 steps.
"""

from __future__ import annotations

import numpy as np


def train(
    N: int = 64, D: int = 1000, H: int = 100, C: int = 10, steps: int = 2000, rate: float = 0.1, seed: int = 0
) -> list[float]:
    """Learn N random labels of N random examples by heart; returns the loss of each step."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((N, D)), rng.integers(C, size=N)
    w1, b1 = rng.standard_normal((D, H)) * np.sqrt(2 / D), np.zeros(H)
    w2, b2 = rng.standard_normal((H, C)) * np.sqrt(2 / H), np.zeros(C)
    losses = []
    for _ in range(steps):
        hidden = np.maximum(0, x @ w1 + b1)
        scores = hidden @ w2 + b2
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        losses.append(float(-np.log(p[range(N), y]).mean()))

        dscores = (p - np.eye(C)[y]) / N
        dhidden = dscores @ w2.T * (hidden > 0)
        w2, b2 = w2 - rate * hidden.T @ dscores, b2 - rate * dscores.sum(axis=0)
        w1, b1 = w1 - rate * x.T @ dhidden, b1 - rate * dhidden.sum(axis=0)
    return losses
