"""Averages of weights: steadier at test time than the last ones, and never trained themselves.

Not for: averaging predictions of several models, which is an ensemble.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cs_lib.validation import as_floats, expect_between

Params = Mapping[str, np.ndarray]


def running_average(average: Params | None, params: Params, decay: float = 0.999) -> dict[str, np.ndarray]:
    """decay * average + (1 - decay) * params, to be called after each step (Polyak and Juditsky 1992).

    average: what the last call returned, or None at first, when a copy of params comes back.
    params: weights by name, any shapes. Nothing is modified.
    Raises ValueError if names or shapes differ, or decay is not in [0, 1).
    """
    expect_between(0, 1, decay=decay)
    if average is None:
        return {name: as_floats(name, weights).copy() for name, weights in params.items()}
    _expect_alike(average, params)
    keep = float(decay)
    return {name: keep * average[name] + (1 - keep) * params[name] for name in params}


def average_weights(checkpoints: Sequence[Params]) -> dict[str, np.ndarray]:
    """The plain mean of several checkpoints' weights, by name. Errors as `running_average`."""
    if not checkpoints:
        raise ValueError("checkpoints is empty: there is nothing to average")
    for checkpoint in checkpoints[1:]:
        _expect_alike(checkpoints[0], checkpoint)
    return {name: np.mean([c[name] for c in checkpoints], axis=0) for name in checkpoints[0]}


def _expect_alike(first: Params, second: Params) -> None:
    if first.keys() != second.keys():
        raise ValueError(f"names differ: {', '.join(sorted(first))} and {', '.join(sorted(second))}")
    for name in first:
        if np.shape(first[name]) != np.shape(second[name]):
            raise ValueError(f"{name} has shape {np.shape(second[name])}, expected {np.shape(first[name])}")
