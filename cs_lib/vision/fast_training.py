"""How a net learns to paint: the losses of style transfer, on many pictures instead of one.

Johnson, Alahi and Fei-Fei 2016, section 3.2. Deviations: content is compared in brightness alone, and
instance-normed, so that a style is free in its colours and its contrast; distances are relative, and of those
of the style the root is taken, so that no single picture outweighs the others of its batch; the scales and
shifts of the norms, the only place where styles differ, learn faster than the convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib import data
from cs_lib.validation import expect_positive, expect_shapes
from cs_lib.vision.fast_style import ConditionalTransformNet
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.images import photograph, photographs
from cs_lib.vision.instance_norm import ConditionalInstanceNorm, instance_norm
from cs_lib.vision.losses import content_loss, gram_matrix, tv_loss
from cs_lib.vision.pictures import expect_pictures
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.style_transfer import LUMINANCE

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")
CONTENT_LAYER = "conv2_1"
NORM_RATE = 10  # the learning rate of the norms, in units of the convolutions'
WARM_UP = 20  # steps
FLAT = 1e-2  # variance below which a channel counts as flat, where content is compared


def drawing(net: nn.Module, images: Tensor) -> Tensor:
    """What is to be seen in images (N, 3, H, W) whatever their colours and contrast: (N, C, H', W').

    The net's activations for their brightness, each channel to mean 0 and deviation 1.
    """
    grey = (images * images.new_tensor(LUMINANCE).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
    seen = features(net, grey.expand_as(images), [CONTENT_LAYER])[CONTENT_LAYER]
    channels = seen.shape[1]
    return instance_norm(seen, seen.new_ones(channels), seen.new_zeros(channels), eps=FLAT)


class PaintingLoss:
    """How far pictures are from the content they were made of and from the style they should have.

    Distances are relative, so that they mean the same for every net: of Gram matrices to the size of the
    style's, of drawings to the size of the photographs'. net: what looks at the pictures. styles: images
    (1, 3, H, W) of any sizes.
    """

    def __init__(
        self, net: nn.Module, styles: Sequence[Tensor], content_weight: float, tv_weight: float
    ) -> None:
        self.net, self.content_weight, self.tv_weight = net, content_weight, tv_weight
        self.layers = [layer for layer in STYLE_LAYERS if layer in layer_names(net)]
        with torch.no_grad():
            found = [features(net, style, self.layers) for style in styles]
            self.goals = {
                layer: torch.cat([gram_matrix(each[layer]) for each in found]) for layer in self.layers
            }

    def terms(self, images: Tensor, contents: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        """Content, total variation and each layer's style, averaged over the images.

        images, contents: (N, 3, H, W). chosen: (N,), the number of each image's style.
        """
        found = features(self.net, images, self.layers)
        with torch.no_grad():
            goal = drawing(self.net, contents)
        content = content_loss(1.0, drawing(self.net, images), goal) / _size(goal)
        terms = {"content": content, "tv": tv_loss(images, 1 / images.numel())}
        for layer in self.layers:
            wanted = self.goals[layer][chosen]
            gaps = (gram_matrix(found[layer]) - wanted).square().sum(dim=(1, 2))
            relative = gaps / wanted.square().sum(dim=(1, 2))
            terms[layer] = torch.sqrt(relative + 1e-8).mean()  # a root has no gradient at 0
        return terms

    def __call__(self, images: Tensor, contents: Tensor, chosen: Tensor) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        terms = self.terms(images, contents, chosen)
        loss = self.content_weight * terms["content"] + self.tv_weight * terms["tv"]
        return loss + torch.stack([terms[layer] for layer in self.layers]).sum()


def _size(drawn: Tensor) -> Tensor:
    """The sum of squares of a drawing, and at least FLAT for each of its numbers: flat pictures have none."""
    return drawn.square().sum().clamp_min(FLAT * drawn.numel())


def train(
    net: ConditionalTransformNet,
    images: Tensor,
    styles: Sequence[Tensor],
    loss_net: nn.Module | None = None,
    *,
    steps: int = 400,
    batch_size: int = 4,
    learning_rate: float = 8e-3,
    content_weight: float = 0.8,
    tv_weight: float = 0.0,
    seed: int = 0,
    on_step: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train net in place to paint images (N, 3, H, W) in the styles, each (1, 3, H', W') in 0..1.

    loss_net: where content and style are measured; by default `normalized_vgg` on the styles and some images.
    Adam, whose rate rises for `WARM_UP` steps and falls to 0 along half a cosine; that of the norms is
    `NORM_RATE` times as large. In each step every image gets a style at random. Strokes come out in the size
    that they have in the pictures of the styles.
    on_step(step, loss) is called after each step, from 1 on. Returns the losses.
    Raises ValueError if the number of styles is not the net's, for other shapes and for no images.
    """
    sizes = expect_shapes(images=(images, "N 3 H W"))
    expect_positive(N=sizes["N"], steps=steps, batch_size=batch_size, learning_rate=learning_rate)
    if len(styles) != net.num_styles:
        raise ValueError(f"there are {len(styles)} styles, expected {net.num_styles} for this net")
    expect_pictures(**{f"styles[{i}]": style for i, style in enumerate(styles)})
    generator = torch.Generator().manual_seed(seed)
    some = images[torch.randperm(len(images), generator=generator)[:8].to(images.device)]
    if loss_net is None:
        seen = [F.interpolate(style, some.shape[-2:], mode="area") for style in styles]
        loss_net = normalized_vgg(torch.cat([some, *seen]), seed=seed)
    loss_of = PaintingLoss(loss_net, styles, content_weight, tv_weight)
    optimizer = torch.optim.Adam(_groups(net, learning_rate), betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda done: min((done + 1) / WARM_UP, (1 + math.cos(math.pi * done / steps)) / 2)
    )
    mixes = torch.eye(net.num_styles).to(images)
    losses: list[float] = []
    for step in range(1, steps + 1):
        batch = images[torch.randint(len(images), (batch_size,), generator=generator).to(images.device)]
        chosen = torch.randint(net.num_styles, (batch_size,), generator=generator).to(images.device)
        loss = loss_of(net(batch, mixes[chosen], seed=step), batch, chosen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if on_step is not None:
            on_step(step, losses[-1])
    return losses


def _groups(net: nn.Module, learning_rate: float) -> list[dict[str, Any]]:
    """Adam's parameter groups: the norms' scales and shifts, and the others."""
    norms = [part for part in net.modules() if isinstance(part, ConditionalInstanceNorm)]
    quick = [parameter for norm in norms for parameter in norm.parameters()]
    known = set(map(id, quick))
    slow = [parameter for parameter in net.parameters() if id(parameter) not in known]
    return [{"params": slow, "lr": learning_rate}, {"params": quick, "lr": NORM_RATE * learning_rate}]


def training_crops(count: int, size: int = 64, seed: int = 0) -> Tensor:
    """Pictures to train on, (count, 3, size, size) in 0..1: crops of photographs, half of them mirrored.

    Crops have one to three times `size`; every fourth picture is one of patches10 instead, enlarged. Raises
    ValueError for a count or a size that is not above 0.
    """
    expect_positive(count=count, size=size)
    generator = torch.Generator().manual_seed(seed)
    photos = [photograph(name) for name in photographs()]
    patches = torch.from_numpy(data.load("patches10").x_train).permute(0, 3, 1, 2)
    crops = []
    for i in range(count):
        a, b, c, d, e = torch.rand(5, generator=generator).tolist()
        if i % 4 == 3:
            crop = patches[int(a * len(patches))][None].float() / 255
        else:
            photo = photos[int(a * len(photos))]
            height, width = photo.shape[-2:]
            side = min(int(size * (1 + 2 * b)), height, width)
            top, left = int(c * (height - side + 1)), int(d * (width - side + 1))
            crop = photo[..., top : top + side, left : left + side]
        crop = F.interpolate(crop, (size, size), mode="bilinear", antialias=True, align_corners=False)
        crops.append(crop.flip(3) if e < 0.5 else crop)
    return torch.cat(crops).clamp(0, 1)
