"""Clipping: gradients that are too long are shortened before the optimiser sees them.

Not for: gradients that are not finite, which no scale repairs: those are refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cs_lib.validation import as_floats, expect_between


def clip_by_norm(grads: Mapping[str, np.ndarray], max_norm: float) -> tuple[dict[str, np.ndarray], float]:
    """Scale all gradients together so that their common Euclidean norm is at most max_norm.

    grads: gradients by name, any shapes. Returns (grads, norm), the norm before clipping.
    The direction stays (Pascanu, Mikolov, Bengio 2013, algorithm 1).
    torch.nn.utils.clip_grad_norm_ divides by norm + 1e-6, and so clips a little more.
    Raises ValueError for a negative max_norm or gradients that are not finite.
    """
    expect_between(0, max_norm=max_norm)
    checked = {name: as_floats(name, grad, finite=True) for name, grad in grads.items()}
    norm = float(np.sqrt(sum(np.sum(np.square(grad, dtype=np.float64)) for grad in checked.values())))
    scale = float(max_norm) / norm if norm > max_norm else 1.0
    return {name: grad * scale for name, grad in checked.items()}, norm


def clip_by_value(grads: Mapping[str, np.ndarray], limit: float) -> dict[str, np.ndarray]:
    """Bring every element into [-limit, limit], which may turn the direction. Errors as `clip_by_norm`.

    grads: gradients by name, any shapes. As torch.nn.utils.clip_grad_value_.
    """
    expect_between(0, limit=limit)
    limit = float(limit)
    return {name: np.clip(as_floats(name, grad, finite=True), -limit, limit) for name, grad in grads.items()}
