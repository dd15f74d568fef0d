"""Smaller nets: fewer bits a weight, or fewer weights.

    masks = smallest_weights_off(net.params, share=0.8)
    set_state(net, state_before_training)               # the lottery ticket: the first weights, but not all
    Solver(Pruned(net, masks), data).train()

Not for: teaching a small net by a large one (`models.distillation_targets`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs_lib.training.state import Model
from cs_lib.validation import as_floats, expect_between, expect_positive

Masks = dict[str, np.ndarray]


def round_to_bits(W: np.ndarray, bits: int = 10, rng: np.random.Generator | None = None) -> np.ndarray:
    """W, any shape, on 2^bits - 1 evenly spaced values from -max |W| to max |W|.

    With rng a number is rounded up or down by chance, so that it is right on average and small steps are not
    lost while training (Gupta et al. 2015, section 3.1). Ten bits do for training: Courbariaux et al. 2015.
    Raises ValueError for fewer than 2 bits.
    """
    W = as_floats("W", W)
    expect_between(2, bits=bits)
    largest = float(np.abs(W).max(initial=0))
    if largest == 0:
        return W.copy()
    step = largest / (2 ** (bits - 1) - 1)
    below = np.floor(W / step + (0.5 if rng is None else rng.random(W.shape)))
    return (below * step).astype(W.dtype)


def binarize(W: np.ndarray) -> np.ndarray:
    """sign(W) * mean |W|: one bit a weight and one number for all; the nearest array of that kind.

    Source: Rastegari et al. 2016, equation 6, with one scale for the whole array; a zero counts as positive.
    Raises TypeError for what is no array of numbers.
    """
    W = as_floats("W", W)
    return np.where(W >= 0, 1, -1).astype(W.dtype) * np.abs(W).mean(dtype=W.dtype)


def smallest_weights_off(params: Mapping[str, np.ndarray], share: float) -> Masks:
    """For each weight array (those that begin with W) a mask of booleans, off at the share that is smallest.

    Source: Han et al. 2015, with the share in place of a threshold, array by array.
    Raises ValueError for a share outside [0, 1).
    """
    expect_between(0, 1, share=share)
    masks = {}
    for name, W in params.items():
        if name.startswith("W"):
            masks[name] = np.ones(W.shape, bool)
            masks[name].ravel()[np.argsort(np.abs(W), axis=None)[: int(share * W.size)]] = False
    return masks


class Pruned:
    """A model of which some weights are zero, and stay so in training: they get no gradient.

    Retrained from its first weights it is a lottery ticket (Frankle and Carbin 2019). Attributes are the
    model's own.
    """

    def __init__(self, model: Model, masks: Masks) -> None:
        """masks: booleans by name, like the weights; where they are off, the model's weights become zero."""
        self.model, self.masks, self.params = model, masks, model.params
        self.bn_params, self.rng = getattr(model, "bn_params", []), getattr(model, "rng", None)
        for name, mask in masks.items():
            if mask.shape != self.params[name].shape:
                raise ValueError(
                    f"the mask of {name} has shape {mask.shape}, expected {self.params[name].shape}"
                )
            self.params[name] = self.params[name] * mask

    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> Any:
        """As the model's own, X: (N, ...) and y: (N,), the gradients of what is off set to zero."""
        if y is None:
            return self.model.loss(X)
        loss, grads = self.model.loss(X, y)
        return loss, grads | {name: grads[name] * mask for name, mask in self.masks.items()}


def compression(masks: Masks) -> float:
    """How many times fewer weights are on than there are. Raises ValueError if none is on."""
    on = sum(int(mask.sum()) for mask in masks.values())
    expect_positive(weights_that_are_on=on)
    return sum(mask.size for mask in masks.values()) / on
