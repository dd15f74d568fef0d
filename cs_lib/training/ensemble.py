"""Ensembles: several models, or one at several times, are right more often than each of them.

Averaging probabilities costs one run a model, at training and at test time; the lectures put the gain at
about 2 %. Averaging the weights of one run costs nothing at test time. The running average that is kept
while training is `Solver(average_decay=...)`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cs_lib.losses import softmax
from cs_lib.models.net import Net
from cs_lib.optim import average_weights
from cs_lib.training.metrics import scores_of
from cs_lib.training.state import Model, State, set_state
from cs_lib.validation import expect_positive


def probabilities(model: Model, X: np.ndarray) -> np.ndarray:
    """The softmax (N, C) of a model's scores of X: (N, ...)."""
    return softmax(scores_of(model, X))


def ensemble_probabilities(models: Sequence[Model], X: np.ndarray) -> np.ndarray:
    """The mean over models of their probabilities (N, C). Raises ValueError for no models."""
    if not models:
        raise ValueError("models is empty: there is nothing to average")
    return np.mean([probabilities(model, X) for model in models], axis=0)


def ensemble_predict(models: Sequence[Model], X: np.ndarray) -> np.ndarray:
    """The class (N,) that has the largest mean probability."""
    return ensemble_probabilities(models, X).argmax(axis=1)


def monte_carlo_probabilities(net: Net, X: np.ndarray, samples: int = 20) -> np.ndarray:
    """The mean probability (N, C) over samples of dropout masks, which test mode only approximates.

    Each mask makes another net out of the same weights, so this is an ensemble too; batch norm stays in test
    mode. Source: Gal and Ghahramani 2016, equation 6. Raises ValueError for samples below 1.
    """
    expect_positive(samples=samples)
    net.set_mode("test")
    for param in net.dropout_params:
        param["mode"] = "train"
    X = X.astype(net.dtype, copy=False)
    return np.mean([softmax(net.forward(X)[0]) for _ in range(samples)], axis=0)


def average_checkpoints(model: Model, states: Sequence[State]) -> None:
    """Give a model the mean of several of its states (see `state.get_state`), running statistics too.

    Raises ValueError for no states, or states of other models.
    """
    set_state(model, average_weights(states))
