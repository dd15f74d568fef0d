"""VGG: nothing but 3x3 convolutions and 2x2 pooling, as a table and one builder.

Simonyan and Zisserman 2014, "Very deep convolutional networks for large-scale image recognition", table 1,
columns D and E. The names of the parameters are those of the published checkpoints (`features.0.weight`,
..., `classifier.6.bias`), so that these load unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_choice
from cs_lib.vision.normalize import IMAGENET, Normalize

POOL = 0
# A number is a 3x3 convolution with so many filters, padded to keep the size; POOL halves it.
TABLE: dict[str, tuple[int, ...]] = {
    "vgg16": (
        64, 64, POOL, 128, 128, POOL, 256, 256, 256, POOL, 512, 512, 512, POOL, 512, 512, 512, POOL,
    ),
    "vgg19": (
        64, 64, POOL, 128, 128, POOL, 256, 256, 256, 256, POOL,
        512, 512, 512, 512, POOL, 512, 512, 512, 512, POOL,
    ),
}  # fmt: skip
POOLINGS = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class VGG(nn.Module):
    """Images (N, 3, H, W) in 0..1 to scores (N, num_classes).

    layers: a row of TABLE. With num_classes=None there is no classifier, only the convolutional part, and the
    net gives its activations.
    pooling: "max", or "average", which gives smoother pictures in style transfer (Gatys et al. 2016).
    """

    def __init__(
        self,
        layers: Sequence[int],
        num_classes: int | None = 1000,
        pooling: str = "max",
        padding: str = "zeros",
    ) -> None:
        super().__init__()
        self.normalize = Normalize(*IMAGENET)
        self.features = convolutions(layers, pooling, padding)
        self.classifier = None
        if num_classes is not None:
            self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
            self.classifier = nn.Sequential(
                nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(),
                nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
                nn.Linear(4096, num_classes),
            )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, num_classes) of x (N, 3, H, W), or without a classifier activations (N, C, H', W')."""
        x = self.features(self.normalize(x))
        return x if self.classifier is None else self.classifier(torch.flatten(self.avgpool(x), 1))


def convolutions(layers: Sequence[int], pooling: str = "max", padding: str = "zeros") -> nn.Sequential:
    """The convolutional part of a row of TABLE: convolution and ReLU, convolution and ReLU, pooling, ...

    padding: "zeros", or "reflect", which shows less at the border of a picture. Raises ValueError for a
    pooling that is not in POOLINGS.
    """
    expect_choice("pooling", pooling, POOLINGS)
    parts: list[nn.Module] = []
    channels = 3
    for filters in layers:
        if filters == POOL:
            parts.append(POOLINGS[pooling](2))
        else:
            parts += [nn.Conv2d(channels, filters, 3, padding=1, padding_mode=padding), nn.ReLU()]
            channels = filters
    return nn.Sequential(*parts)


def vgg16(num_classes: int | None = 1000, pooling: str = "max") -> VGG:
    """VGG-16, column D: 13 convolutions and 3 fully connected layers, 138,357,544 parameters."""
    return VGG(TABLE["vgg16"], num_classes, pooling)


def vgg19(num_classes: int | None = 1000, pooling: str = "max") -> VGG:
    """VGG-19, column E: 16 convolutions and 3 fully connected layers, 143,667,240 parameters."""
    return VGG(TABLE["vgg19"], num_classes, pooling)
