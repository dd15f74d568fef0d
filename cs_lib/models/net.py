"""What all nets share: arrays by name, scores from a forward pass, and a loss with a gradient for each array.

A net writes down `forward` and `backward`; the loss, the penalty on the weights and the switch between
training and test are the same for all and stand here. Not for: changing the arrays, which is training.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs_lib.losses import softmax_loss
from cs_lib.models.soft_labels import soft_label_loss
from cs_lib.regularization import l2
from cs_lib.validation import as_floats, expect_between

Arrays = dict[str, np.ndarray]


class Net:
    """A classifier with the cross-entropy loss and 0.5 * reg * sum W^2 over its weights.

    Attributes: params, arrays by name, those that begin with W being weights; bn_params, a dictionary with
    running statistics for each batch norm layer; dropout_params, one for each setting of dropout; rng, a
    Generator for weights and dropout.
    """

    def __init__(self, reg: float, dtype: type, seed: int | np.random.Generator | None) -> None:
        """reg: strength of the penalty; dtype: float32 or float64, of arrays and computation; seed: for rng.

        Raises ValueError for a negative reg, TypeError for a dtype that is not floating.
        """
        expect_between(0, reg=reg)
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise TypeError(f"dtype is {self.dtype}, expected a floating type such as np.float32")
        self.reg = float(reg)
        self.rng = np.random.default_rng(seed)
        self.params: Arrays = {}
        self.bn_params: list[dict[str, Any]] = []
        self.dropout_params: list[dict[str, Any]] = []

    def forward(self, X: np.ndarray) -> tuple[np.ndarray, Any]:
        """(scores, cache), scores: (N, C)."""
        raise NotImplementedError

    def backward(self, dscores: np.ndarray, cache: Any) -> Arrays:
        """The gradient of each of `params`, by name, from dscores: (N, C)."""
        raise NotImplementedError

    def loss(self, X: np.ndarray, y: np.ndarray | None = None) -> np.ndarray | tuple[float, Arrays]:
        """Scores (N, C) in test mode without y; (loss, grads) in training mode with y.

        X: (N, ...) examples; y: (N,) labels, or (N, C) a probability for each class, as mixup makes them.
        grads: arrays by name, like `params`. Raises TypeError or ValueError for shapes or labels that do not
        fit; arrays that have diverged make a loss of NaN.
        """
        self.set_mode("test" if y is None else "train")
        scores, cache = self.forward(as_floats("X", X).astype(self.dtype, copy=False))
        if y is None:
            return scores
        loss_function = soft_label_loss if np.ndim(y) == 2 else softmax_loss
        loss, dscores = loss_function(scores, y)
        grads = self.backward(dscores, cache)
        for name in self.weight_names():
            penalty, dW = l2(self.params[name], self.reg / 2)
            loss += penalty
            grads[name] = grads[name] + dW
        return loss, grads

    def set_mode(self, mode: str) -> None:
        """In mode "train": the mini-batch's statistics, units dropped; "test": running ones, all units."""
        for param in (*self.bn_params, *self.dropout_params):
            param["mode"] = mode

    def weight_names(self) -> list[str]:
        """The arrays that the penalty acts on: weights, not biases, scales or shifts."""
        return [name for name in self.params if name.startswith("W")]

    def _add(self, name: str, values: np.ndarray) -> None:
        self.params[name] = values.astype(self.dtype)

    def _add_affine(self, number: int, inputs: int, outputs: int, scale: float) -> None:
        """W<number> (inputs, outputs), normal with deviation scale, and b<number> (outputs,), zeros."""
        self._add(f"W{number}", scale * self.rng.standard_normal((inputs, outputs)))
        self._add(f"b{number}", np.zeros(outputs))
