"""SqueezeNet 1.1: AlexNet's accuracy with fifty times fewer parameters.

Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
with the changes of its version 1.1. The names of the parameters are those of the published checkpoint.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cs_lib.vision.normalize import IMAGENET, Normalize

# Fire modules: channels in, after the squeeze, after each of the two expansions; None is a pooling layer.
FIRES: tuple[tuple[int, int, int] | None, ...] = (
    (64, 16, 64), (128, 16, 64), None, (128, 32, 128), (256, 32, 128), None,
    (256, 48, 192), (384, 48, 192), (384, 64, 256), (512, 64, 256),
)  # fmt: skip


class Fire(nn.Module):
    """Squeeze the channels by 1x1 filters, then expand them by 1x1 and by 3x3 ones, side by side."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.squeeze_activation = nn.ReLU()
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand1x1_activation = nn.ReLU()
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)
        self.expand3x3_activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, 2 * expanded, H, W)."""
        x = self.squeeze_activation(self.squeeze(x))
        wide = [self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))]
        return torch.cat(wide, 1)


class SqueezeNet(nn.Module):
    """Images (N, 3, H, W) in 0..1 to scores (N, num_classes); 1,235,496 parameters for 1000 classes."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.normalize = Normalize(*IMAGENET)
        blocks = [nn.MaxPool2d(3, 2, ceil_mode=True) if fire is None else Fire(*fire) for fire in FIRES]
        first = [nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)]
        self.features = nn.Sequential(*first, *blocks)
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(512, num_classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, num_classes) of images x (N, 3, H, W)."""
        return torch.flatten(self.classifier(self.features(self.normalize(x))), 1)
