"""A VGG-shaped net that was never trained, made useful by rescaling its filters on the images at hand.

Even random filters carry style and content (He, Wang and Hopcroft 2016; Ustyuzhaninov et al. 2016), once
the response of each has mean 0 and deviation 1 on the images: otherwise the deeper layers fade or drown in
one sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_positive, expect_shapes
from cs_lib.vision.vgg import POOL, VGG

SMALL = (32, 32, POOL, 64, 64, POOL, 128, 128)  # 288 thousand parameters


def normalized_vgg(images: Tensor, layers: Sequence[int] = SMALL, seed: int = 0) -> VGG:
    """The convolutional part of a VGG with random filters, rescaled on images (N, 3, H, W).

    Average pooling and reflected borders, which look better in a picture. Its parameters need no gradient.
    Raises ValueError for other shapes, and for images that the poolings leave less than 2 x 2 pixels of.
    """
    expect_positive(N=expect_shapes(images=(images, "N 3 H W"))["N"])
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):  # torch's own initialisation, not used here, draws from it
        net = VGG(layers, num_classes=None, pooling="average", padding="reflect")
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            with torch.no_grad():
                part.weight.copy_(torch.randn(part.weight.shape, generator=generator))
                part.bias.zero_()
    return rescale_filters(net.to(images), images)


@torch.no_grad()
def rescale_filters(net: VGG, images: Tensor) -> VGG:
    """Rescale each filter so that its response on the images has mean 0 and deviation 1; returns the net.

    images: (N, 3, H, W). Raises ValueError for images that the poolings leave less than 2 x 2 pixels of.
    """
    x = net.normalize(images)
    for part in net.features:
        if isinstance(part, nn.Conv2d):
            if min(x.shape[-2:]) < 2:
                height, width = images.shape[-2:]
                raise ValueError(f"images are {width} wide and {height} high, too small for so many poolings")
            response = part(x)
            deviation = response.std(dim=(0, 2, 3)).clamp_min(1e-8)
            part.bias.copy_((part.bias - response.mean(dim=(0, 2, 3))) / deviation)
            part.weight.div_(deviation.view(-1, 1, 1, 1))
        x = part(x)
    return net.requires_grad_(False).eval()
