"""The three-layer ConvNet, conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

from __future__ import annotations

import numpy as np

from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.combined import (
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from cs_lib.layers.convolution_geometry import output_size
from cs_lib.models.net import Arrays, Net
from cs_lib.validation import expect_between, expect_positive

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


class ThreeLayerConvNet(Net):
    """params: W1 (F, C, HH, WW), b1, W2 (F * PH * PW, hidden_dim), b2, W3 (hidden_dim, num_classes), b3."""

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: type = np.float32,
        *,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Weights are normal with deviation weight_scale, biases zero; reg: strength of 0.5 * reg * sum W^2.

        input_dim: (C, H, W). Stride 1 and padding (filter_size - 1) // 2 keep height and width where the
        filter's size is odd. Raises ValueError for sizes that are not positive or images under 2x2.
        """
        super().__init__(reg, dtype, seed)
        channels, height, width = input_dim
        expect_positive(num_filters=num_filters, filter_size=filter_size, hidden_dim=hidden_dim)
        expect_positive(channels=channels, num_classes=num_classes)
        expect_between(0, weight_scale=weight_scale)
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}
        convolved = (output_size(size, filter_size, **self.conv_param) for size in (height, width))
        pooled = [output_size(size, 2, stride=2) for size in convolved]
        filters = (num_filters, channels, filter_size, filter_size)
        self._add("W1", weight_scale * self.rng.standard_normal(filters))
        self._add("b1", np.zeros(num_filters))
        self._add_affine(2, num_filters * pooled[0] * pooled[1], hidden_dim, weight_scale)
        self._add_affine(3, hidden_dim, num_classes, weight_scale)

    def forward(self, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(scores, cache) for X: (N, C, H, W); scores: (N, num_classes)."""
        p = self.params
        maps, conv_cache = conv_relu_pool_forward(X, p["W1"], p["b1"], self.conv_param, POOL)
        hidden, hidden_cache = affine_relu_forward(maps, p["W2"], p["b2"])
        scores, scores_cache = affine_forward(hidden, p["W3"], p["b3"])
        return scores, (conv_cache, hidden_cache, scores_cache)

    def backward(self, dscores: np.ndarray, cache: tuple) -> Arrays:
        """The same way back, from dscores: (N, C)."""
        conv_cache, hidden_cache, scores_cache = cache
        dhidden, dW3, db3 = affine_backward(dscores, scores_cache)
        dmaps, dW2, db2 = affine_relu_backward(dhidden, hidden_cache)
        _, dW1, db1 = conv_relu_pool_backward(dmaps, conv_cache)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
