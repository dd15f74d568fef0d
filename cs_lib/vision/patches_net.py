"""A small VGG for patches10, whose weights come with the library (made by `scripts/train_patches_net.py`).

It is trained with batch norm, which is then folded into the convolutions: what is shipped is nothing but
convolutions, ReLUs and pooling, so that every method that looks inside has a plain net to look into.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
from torch import Tensor, nn

from cs_lib.vision.normalize import Normalize
from cs_lib.vision.vgg import POOL, convolutions

LAYERS = (32, 32, POOL, 64, 64, POOL, 128, 128)
MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
WEIGHTS = Path(__file__).with_suffix(".safetensors")


class PatchesNet(nn.Module):
    """Images (N, 3, H, W) in 0..1, made for 32 x 32, to scores (N, 10) of the classes of patches10.

    With the shipped weights 92 % of the test patches are right.
    """

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalize(MEAN, STD)
        self.features = convolutions(LAYERS)
        self.classifier = nn.Linear(LAYERS[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, 10): the last activations' means over the image, and a linear classifier."""
        return self.classifier(self.features(self.normalize(x)).mean(dim=(2, 3)))


def load_patches_net(path: Path = WEIGHTS) -> PatchesNet:
    """The trained net, in evaluation mode, its parameters without gradients."""
    from safetensors.torch import load_file

    net = PatchesNet()
    net.load_state_dict(load_file(path))
    return net.requires_grad_(False).eval()


def with_batch_norm(net: PatchesNet) -> nn.Sequential:
    """The convolutional part with batch norm after each convolution, for training; it shares the weights."""
    parts: list[nn.Module] = []
    for part in net.features:
        parts.append(part)
        if isinstance(part, nn.Conv2d):
            parts.append(nn.BatchNorm2d(part.out_channels))
    return nn.Sequential(*parts)


@torch.no_grad()
def fold_batch_norm(features: nn.Sequential) -> None:
    """Put each batch norm's running statistics, scale and shift into the convolution before it.

    w * gamma / sqrt(var + eps) and (b - mean) * gamma / sqrt(var + eps) + beta, filter by filter.
    """
    for conv, norm in itertools.pairwise(features):
        if isinstance(norm, nn.BatchNorm2d):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            conv.weight.mul_(scale.view(-1, 1, 1, 1))
            conv.bias.copy_((conv.bias - norm.running_mean) * scale + norm.bias)
