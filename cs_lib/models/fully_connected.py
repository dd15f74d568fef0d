"""Fully connected nets of any depth: {affine - [norm] - ReLU - [dropout]} x (L - 1) - affine - softmax."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.arguments import keep_probability
from cs_lib.layers.batch_norm import batchnorm_backward_alt, batchnorm_forward
from cs_lib.layers.dropout import dropout_backward, dropout_forward
from cs_lib.layers.group_norm import layernorm_backward, layernorm_forward
from cs_lib.models.net import Arrays, Net
from cs_lib.validation import expect_between, expect_choice, expect_positive

NORMALIZATIONS = {
    "batchnorm": (batchnorm_forward, batchnorm_backward_alt),
    "layernorm": (layernorm_forward, layernorm_backward),
}


class FullyConnectedNet(Net):
    """params: W1, b1, ..., WL, bL, and if normalised gamma1, beta1, ... of the L - 1 hidden layers."""

    def __init__(
        self,
        hidden_dims: Sequence[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        dropout_keep_ratio: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: type = np.float32,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Weights are normal with deviation weight_scale, biases and shifts zero, scales one.

        hidden_dims: the width of each hidden layer; dropout_keep_ratio: the probability that a unit is kept,
        1 for no dropout; normalization: None, "batchnorm" or "layernorm"; reg: of 0.5 * reg * sum W^2.
        seed: a whole number repeats the weights, and the same dropout mask at each call, for gradient checks;
        a Generator repeats the weights, with a new mask at each call, for training.
        Raises ValueError for sizes, ratios or names out of range.
        """
        super().__init__(reg, dtype, seed)
        sizes = [input_dim, *hidden_dims, num_classes]
        for size in sizes:
            expect_positive(size=size)
        expect_between(0, weight_scale=weight_scale)
        expect_choice("normalization", normalization, (None, *NORMALIZATIONS))
        self.num_layers = len(sizes) - 1
        self.normalization = normalization
        for layer, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            self._add_affine(layer, inputs, outputs, weight_scale)
            if normalization and layer < self.num_layers:
                self._add(f"gamma{layer}", np.ones(outputs))
                self._add(f"beta{layer}", np.zeros(outputs))
        if normalization:
            self.bn_params = [{} for _ in hidden_dims]
        self.dropout_param: dict[str, Any] = {}
        if dropout_keep_ratio != 1:
            source = {"seed": int(seed)} if isinstance(seed, int | np.integer) else {"rng": self.rng}
            self.dropout_param = {"p": dropout_keep_ratio, **source}
            keep_probability(self.dropout_param, "dropout_param")
            self.dropout_params = [self.dropout_param]
        self.set_mode("train")

    def forward(self, X: np.ndarray) -> tuple[np.ndarray, list]:
        """(scores, caches) for X: (N, ...) with input_dim numbers each; scores: (N, num_classes)."""
        out, caches = X, []
        for layer in range(1, self.num_layers):
            out, cache = self._hidden_forward(out, layer)
            caches.append(cache)
        last = self.num_layers
        scores, cache = affine_forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        return scores, [*caches, cache]

    def backward(self, dscores: np.ndarray, cache: list) -> Arrays:
        """The same way back, from dscores: (N, C)."""
        *caches, last_cache = cache
        dout, dW, db = affine_backward(dscores, last_cache)
        grads = {f"W{self.num_layers}": dW, f"b{self.num_layers}": db}
        for layer in range(self.num_layers - 1, 0, -1):
            dout = self._hidden_backward(dout, caches[layer - 1], layer, grads)
        return grads

    def _hidden_forward(self, x: np.ndarray, layer: int) -> tuple[np.ndarray, dict[str, Any]]:
        """affine - [norm] - ReLU - [dropout]; the cache holds a part for each."""
        p, cache = self.params, {}
        out, cache["affine"] = affine_forward(x, p[f"W{layer}"], p[f"b{layer}"])
        if self.normalization:
            forward, _ = NORMALIZATIONS[self.normalization]
            param = self.bn_params[layer - 1]
            out, cache["norm"] = forward(out, p[f"gamma{layer}"], p[f"beta{layer}"], param)
        out, cache["relu"] = relu_forward(out)
        if self.dropout_params:
            out, cache["dropout"] = dropout_forward(out, self.dropout_param)
        return out, cache

    def _hidden_backward(
        self, dout: np.ndarray, cache: dict[str, Any], layer: int, grads: Arrays
    ) -> np.ndarray:
        """dx of one hidden layer; writes the gradients of its arrays into grads."""
        if self.dropout_params:
            dout = dropout_backward(dout, cache["dropout"])
        dout = relu_backward(dout, cache["relu"])
        if self.normalization:
            _, backward = NORMALIZATIONS[self.normalization]
            dout, grads[f"gamma{layer}"], grads[f"beta{layer}"] = backward(dout, cache["norm"])
        dx, grads[f"W{layer}"], grads[f"b{layer}"] = affine_backward(dout, cache["affine"])
        return dx
