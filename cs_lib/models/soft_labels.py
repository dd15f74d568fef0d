"""Labels that are not sure: a probability for each class, and the cross-entropy for them.

What mixup, label smoothing and distillation have in common. Not for: labels that are whole numbers, which
`cs_lib.losses.softmax_loss` takes as they are.
"""

from __future__ import annotations

import numpy as np

from cs_lib.losses import log_softmax, softmax
from cs_lib.validation import as_floats, expect_between, expect_labels, expect_positive, expect_shapes


def one_hot(y: np.ndarray, num_classes: int, smoothing: float = 0.0) -> np.ndarray:
    """(N, C) float64 with 1 at the label of each row, for y: (N,).

    smoothing: how much of the 1 is spread over all classes evenly (Szegedy et al. 2016, section 7).
    Raises TypeError or ValueError for labels that are no whole numbers or out of range.
    """
    expect_shapes(y=(y, "N"))
    expect_labels(y, num_classes)
    expect_between(0, 1, smoothing=smoothing)
    return (1 - smoothing) * np.eye(num_classes)[y] + smoothing / num_classes


def soft_label_loss(scores: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean over examples of -sum_c targets_c log p_c, p the softmax of scores.

    scores: (N, C); targets: (N, C), rows that sum up to 1. Returns (loss, dscores), dscores: (N, C).
    With one-hot targets it is `softmax_loss`. Raises ValueError for shapes that do not fit.
    """
    sizes = expect_shapes(scores=(scores, "N C"), targets=(targets, "N C"))
    if sizes["N"] == 0:
        raise ValueError(f"scores has shape {scores.shape}: there are no examples to average over")
    scores = as_floats("scores", scores)
    targets = targets.astype(scores.dtype, copy=False)
    log_p = log_softmax(scores)
    loss = float(-(targets * log_p).sum() / len(scores))
    return loss, (np.exp(log_p) * targets.sum(axis=1, keepdims=True) - targets) / len(scores)


def distillation_targets(teacher_scores: np.ndarray, temperature: float = 2.0) -> np.ndarray:
    """What a teacher's scores (N, C) say of all classes: softmax(scores / temperature), (N, C).

    A higher temperature shows more of how the wrong classes compare (Hinton, Vinyals, Dean 2015, equation 1;
    the student's scores are divided by the same temperature while it learns).
    Raises ValueError for a temperature of 0 or less.
    """
    expect_positive(temperature=temperature)
    return softmax(as_floats("teacher_scores", teacher_scores) / float(temperature))
