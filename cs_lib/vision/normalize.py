"""What a net expects of its images, as its first layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Mean and deviation of ImageNet's channels in 0..1, with which the published weights were trained.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Normalize(nn.Module):
    """(x - mean) / std, channel by channel. x: (N, C, H, W); mean, std: C numbers each, not learned."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The normalised images, in x's shape."""
        return (x - self.mean) / self.std
