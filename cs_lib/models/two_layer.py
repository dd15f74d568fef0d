"""The two-layer net, affine - ReLU - affine - softmax: the smallest that is not linear."""

from __future__ import annotations

import numpy as np

from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.combined import affine_relu_backward, affine_relu_forward
from cs_lib.models.net import Arrays, Net
from cs_lib.validation import expect_between, expect_positive


class TwoLayerNet(Net):
    """params: W1 (input_dim, hidden_dim), b1, W2 (hidden_dim, num_classes), b2."""

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        *,
        dtype: type = np.float64,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Weights are normal with deviation weight_scale, biases zero; reg: of 0.5 * reg * sum W^2."""
        super().__init__(reg, dtype, seed)
        expect_positive(input_dim=input_dim, hidden_dim=hidden_dim, num_classes=num_classes)
        expect_between(0, weight_scale=weight_scale)
        self._add_affine(1, input_dim, hidden_dim, weight_scale)
        self._add_affine(2, hidden_dim, num_classes, weight_scale)

    def forward(self, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(scores, cache) for X: (N, ...) with input_dim numbers each; scores: (N, num_classes)."""
        p = self.params
        hidden, hidden_cache = affine_relu_forward(X, p["W1"], p["b1"])
        scores, scores_cache = affine_forward(hidden, p["W2"], p["b2"])
        return scores, (hidden_cache, scores_cache)

    def backward(self, dscores: np.ndarray, cache: tuple) -> Arrays:
        """The same way back, from dscores: (N, C)."""
        hidden_cache, scores_cache = cache
        dhidden, dW2, db2 = affine_backward(dscores, scores_cache)
        _, dW1, db1 = affine_relu_backward(dhidden, hidden_cache)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
