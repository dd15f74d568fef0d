"""Nets whose weights are given: small enough to work out by hand what a method that looks inside has to find.

    model = LinearNet(weights)             # its saliency is its weights
    model = ConvNet(filters, weights)      # with one ReLU in between

Not for training.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class LinearNet(nn.Module):
    """Images (N, 3, H, W) to scores (N, C): inner products with weights (C, 3, H, W)."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, C) of images x (N, 3, H, W)."""
        return torch.flatten(x, 1) @ torch.flatten(self.weights, 1).T


class ConvNet(nn.Module):
    """Images (N, 3, H, W) to scores (N, C): filters, ReLU, then weights for each filter and place.

    filters: (F, 3, k, k), k odd, padded to keep the size. weights: (C, F, H, W).
    """

    def __init__(self, filters: Tensor, weights: Tensor) -> None:
        super().__init__()
        self.filters = nn.Parameter(filters.detach().clone())
        self.weights = nn.Parameter(weights.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, C) of images x (N, 3, H, W)."""
        hidden = torch.relu(functional.conv2d(x, self.filters, padding=self.filters.shape[-1] // 2))
        return torch.flatten(hidden, 1) @ torch.flatten(self.weights, 1).T


def twice(function: Callable, *arguments: Any) -> Any:
    """What function(*arguments) returns when it is called for the second time with the very same arguments.

    It shows what the first call left behind, such as gradients that add up in a tensor's `grad`.
    """
    function(*arguments)
    return function(*arguments)


def changed(function: Callable, tensor: Tensor, *arguments: Any, times: int = 1) -> Tensor:
    """A tensor, of any shape, after function(tensor, *arguments) has changed it in place, `times` times."""
    for _ in range(times):
        function(tensor, *arguments)
    return tensor.detach()
