"""What a model has learned, as arrays of any shape by name: to keep the best, to go back, to write to a file.

A model here is anything with `params`, arrays by name, and `loss(X, y=None)`; running statistics in
`bn_params` and a Generator in `rng` are kept too where they exist. Not for: the optimiser's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

State = dict[str, np.ndarray]


class Model(Protocol):
    """What training asks of a model: scores (N, C) from `loss(X)`, (loss, grads) from `loss(X, y)`."""

    params: dict[str, np.ndarray]

    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
        """Scores (N, C) of X: (N, ...), or with y: (N,) the loss and its gradients by name."""


def get_state(model: Model) -> State:
    """Copies of the model's arrays: "params/W1", ..., "bn_params/0/running_mean", ..."""
    state = {f"params/{name}": values.copy() for name, values in model.params.items()}
    for number, param in enumerate(getattr(model, "bn_params", ())):
        arrays = {key: value for key, value in param.items() if isinstance(value, np.ndarray)}
        state |= {f"bn_params/{number}/{key}": value.copy() for key, value in arrays.items()}
    return state


def set_state(model: Model, state: Mapping[str, np.ndarray]) -> None:
    """Put arrays from `get_state` into a model of the same architecture.

    Raises ValueError, and leaves the model as it is, if names or shapes differ.
    """
    params, statistics = split(state, "params"), split(state, "bn_params")
    expect_same_shapes(model.params, params)
    bn_params = getattr(model, "bn_params", [])
    if any(int(key.split("/")[0]) >= len(bn_params) for key in statistics):
        raise ValueError(f"the state has statistics of batch norm, the model {len(bn_params)} such layers")
    for name, values in params.items():
        model.params[name] = values.copy()
    for key, values in statistics.items():
        number, name = key.split("/")
        bn_params[int(number)][name] = values.copy()


def split(state: Mapping[str, np.ndarray], start: str) -> State:
    """The arrays whose names begin with `start/`, without it."""
    return {key.removeprefix(f"{start}/"): state[key] for key in state if key.startswith(f"{start}/")}


def join(**parts: Mapping[str, np.ndarray]) -> State:
    """The reverse: join(best=state) has the names "best/..."."""
    return {f"{start}/{key}": values for start, part in parts.items() for key, values in part.items()}


def expect_same_shapes(wanted: Mapping[str, np.ndarray], got: Mapping[str, np.ndarray]) -> None:
    """Raises ValueError that says which names or shapes differ."""
    if wanted.keys() != got.keys():
        missing, extra = sorted(wanted.keys() - got.keys()), sorted(got.keys() - wanted.keys())
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(extra)}"] * bool(extra)
        raise ValueError(f"the state is of another model: it {' and '.join(parts)}")
    for name in wanted:
        if wanted[name].shape != got[name].shape:
            raise ValueError(
                f"the state is of another model: {name} has shape {got[name].shape}, "
                f"expected {wanted[name].shape}"
            )
