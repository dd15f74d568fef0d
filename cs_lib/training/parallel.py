"""Two ways to spread training over workers, done here one worker after the other: the sums are what counts.

Data parallel: every worker has the whole net and a part of the batch, and gradients are averaged. Model
parallel: every worker has a part of the net and the whole batch. Not for: speed.
"""

from __future__ import annotations

import numpy as np

from cs_lib.layers.affine import affine_forward
from cs_lib.training.state import Model, State
from cs_lib.validation import expect_positive


def data_parallel_loss(model: Model, X: np.ndarray, y: np.ndarray, workers: int) -> tuple[float, State]:
    """(loss, grads) of a batch X: (N, ...), y: (N,), from as many parts as there are workers.

    The same as `model.loss(X, y)`, unless examples meet in a layer: batch norm then sees its part only.
    Raises ValueError for more workers than examples.
    """
    expect_positive(workers=workers)
    if workers > len(X):
        raise ValueError(f"workers is {workers}, expected at most the {len(X)} examples")
    total, sums = 0.0, {}
    for X_part, y_part in zip(np.array_split(X, workers), np.array_split(y, workers), strict=True):
        loss, grads = model.loss(X_part, y_part)
        weight = len(X_part) / len(X)  # parts may differ in size
        total += weight * loss
        sums = {name: sums.get(name, 0) + weight * grad for name, grad in grads.items()}
    return total, sums


def model_parallel_affine(x: np.ndarray, w: np.ndarray, b: np.ndarray, workers: int) -> np.ndarray:
    """affine_forward's out (N, M), with the columns of w: (D, M) divided among workers; x goes to all.

    Raises ValueError for workers below 1.
    """
    expect_positive(workers=workers)
    columns = zip(np.array_split(w, workers, axis=1), np.array_split(b, workers), strict=True)
    return np.concatenate([affine_forward(x, w_part, b_part)[0] for w_part, b_part in columns], axis=1)
