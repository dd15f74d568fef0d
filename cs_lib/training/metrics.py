"""How often a classifier is right, over all, by class, and among its first guesses."""

from __future__ import annotations

import numpy as np

from cs_lib.training.state import Model
from cs_lib.validation import as_floats, expect_labels, expect_positive, expect_shapes


def scores_of(model: Model, X: np.ndarray, batch_size: int = 200) -> np.ndarray:
    """Scores (N, C) of X: (N, ...) in test mode, batch_size examples at a time to save memory.

    Raises ValueError for no examples, or a batch_size below 1.
    """
    expect_positive(batch_size=batch_size)
    if len(X) == 0:
        raise ValueError(f"X has shape {X.shape}: there are no examples")
    return np.concatenate([model.loss(X[at : at + batch_size]) for at in range(0, len(X), batch_size)])


def predict(model: Model, X: np.ndarray, batch_size: int = 200) -> np.ndarray:
    """The class (N,) with the largest score of each of X: (N, ...)."""
    return scores_of(model, X, batch_size).argmax(axis=1)


def accuracy(predicted: np.ndarray, y: np.ndarray) -> float:
    """The share of labels y: (N,) that predicted: (N,) has right. Raises ValueError for no labels."""
    expect_shapes(predicted=(predicted, "N"), y=(y, "N"))
    if len(y) == 0:
        raise ValueError("y is empty: there is no accuracy of no examples")
    return float(np.mean(predicted == y))


def top_k_accuracy(scores: np.ndarray, y: np.ndarray, k: int = 5) -> float:
    """How often the label is among the k largest scores (N, C); a tie at the border counts as a miss.

    Raises TypeError or ValueError for arrays or labels that do not fit, and k below 1.
    """
    sizes = expect_shapes(scores=(scores, "N C"), y=(y, "N"))
    expect_positive(k=k)
    expect_labels(y, sizes["C"])
    of_label = np.take_along_axis(as_floats("scores", scores), y[:, None], axis=1)
    at_least_as_large = (scores >= of_label).sum(axis=1)  # the label itself among them
    return accuracy(at_least_as_large <= k, np.ones(len(y), bool))


def confusion_matrix(predicted: np.ndarray, y: np.ndarray, num_classes: int) -> np.ndarray:
    """(C, C) counts: row c holds what the examples of class c were taken for.

    Raises TypeError or ValueError for labels that are no whole numbers in [0, C).
    """
    expect_shapes(predicted=(predicted, "N"), y=(y, "N"))
    expect_labels(y, num_classes)
    expect_labels(predicted, num_classes, name="predicted")
    counts = np.bincount(y * num_classes + predicted, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def class_accuracies(predicted: np.ndarray, y: np.ndarray, num_classes: int) -> np.ndarray:
    """The accuracy (C,) among the examples of each class; NaN for a class without any."""
    counts = confusion_matrix(predicted, y, num_classes)
    with np.errstate(invalid="ignore"):
        return np.diag(counts) / counts.sum(axis=1)
