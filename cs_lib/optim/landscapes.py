"""Two-dimensional losses on which optimisers can be watched, and a loop that writes down their path.

Not for: training a model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cs_lib.validation import expect_between, expect_positive

LossAndGradient = tuple[float, np.ndarray]
Landscape = Callable[[np.ndarray], LossAndGradient]


def valley(condition: float) -> Landscape:
    """(x^2 + condition * y^2) / 2, steep across, flat along; `condition` is that of its Hessian.

    Raises ValueError below 1.
    """
    expect_between(1, condition=condition)
    curvature = np.array([1.0, float(condition)])
    return lambda w: (float(curvature @ w**2) / 2, curvature * w)


def saddle(w: np.ndarray) -> LossAndGradient:
    """x^2 - y^2: at the origin the gradient is zero, and it is no minimum. w: (2,)."""
    x, y = w
    return float(x**2 - y**2), np.array([2 * x, -2 * y])


def follow(
    rule: Callable[..., tuple[np.ndarray, dict[str, Any]]],
    landscape: Landscape,
    start: np.ndarray,
    steps: int,
    noise: float = 0.0,
    seed: int | None = None,
    **config: Any,
) -> np.ndarray:
    """Where an optimiser's rule goes: (steps + 1, D), the start first.

    start: (D,); noise: standard deviation of what is added to each gradient, as a mini-batch would;
    config: the rule's settings. Raises ValueError for steps below 1, and whatever the rule raises.
    """
    expect_positive(steps=steps)
    rng = np.random.default_rng(seed)
    path = [np.asarray(start, dtype=np.float64)]
    for _ in range(steps):
        dw = landscape(path[-1])[1]
        w, config = rule(path[-1], dw + noise * rng.standard_normal(dw.shape), config)
        path.append(w)
    return np.array(path)
