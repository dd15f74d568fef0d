"""How a net learns to paint: the losses of style transfer, on many pictures instead of one.

Johnson, Alahi and Fei-Fei 2016, section 3.2. Deviations: a style is described by each channel's mean and
deviation (Li et al. 2017, "Demystifying neural style transfer"), which short training learns better than
Gram matrices; distances are relative, and of those of the style the root is taken, so that no single picture
outweighs the others of its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib import data
from cs_lib.validation import expect_positive, expect_shapes
from cs_lib.vision.fast_style import ConditionalTransformNet
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.images import photograph, photographs
from cs_lib.vision.losses import content_loss, tv_loss
from cs_lib.vision.random_net import normalized_vgg

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1")
CONTENT_LAYER = "relu2_2"


def moments(activations: Tensor, eps: float = 1e-5) -> Tensor:
    """The means and deviations of the channels of activations (N, C, H, W), as (N, 2 C).

    eps is added to the variance, so that a flat channel has a gradient, too.
    """
    deviations = torch.sqrt(activations.var(dim=(2, 3), unbiased=False) + eps)
    return torch.cat([activations.mean(dim=(2, 3)), deviations], dim=1)


class PaintingLoss:
    """How far pictures are from the content they were made of and from the style they should have.

    Distances are relative, so that they mean the same for every net: of moments to the size of the style's,
    of activations to the size of the photographs'. net: what looks at the pictures. styles: images
    (1, 3, H, W) of any sizes.
    """

    def __init__(
        self, net: nn.Module, styles: Sequence[Tensor], content_weight: float, tv_weight: float
    ) -> None:
        self.net, self.content_weight, self.tv_weight = net, content_weight, tv_weight
        self.layers = [layer for layer in STYLE_LAYERS if layer in layer_names(net)]
        with torch.no_grad():
            found = [features(net, style, self.layers) for style in styles]
            self.goals = {layer: torch.cat([moments(each[layer]) for each in found]) for layer in self.layers}

    def terms(self, images: Tensor, contents: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        """Content, total variation and each layer's style, averaged over the images.

        images, contents: (N, 3, H, W). chosen: (N,), the number of each image's style.
        """
        found = features(self.net, images, [*self.layers, CONTENT_LAYER])
        with torch.no_grad():
            goal = features(self.net, contents, [CONTENT_LAYER])[CONTENT_LAYER]
        content = content_loss(1.0, found[CONTENT_LAYER], goal) / goal.square().sum()
        terms = {"content": content, "tv": tv_loss(images, 1 / images.numel())}
        for layer in self.layers:
            wanted = self.goals[layer][chosen]
            gaps = (moments(found[layer]) - wanted).square().sum(dim=1) / wanted.square().sum(dim=1)
            terms[layer] = torch.sqrt(gaps + 1e-8).mean()  # a root has no gradient at 0
        return terms

    def __call__(self, images: Tensor, contents: Tensor, chosen: Tensor) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        terms = self.terms(images, contents, chosen)
        loss = self.content_weight * terms["content"] + self.tv_weight * terms["tv"]
        return loss + torch.stack([terms[layer] for layer in self.layers]).sum()


def train(
    net: ConditionalTransformNet,
    images: Tensor,
    styles: Sequence[Tensor],
    loss_net: nn.Module | None = None,
    *,
    steps: int = 400,
    batch_size: int = 4,
    learning_rate: float = 4e-3,
    content_weight: float = 0.5,
    tv_weight: float = 0.0,
    seed: int = 0,
    on_step: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train net in place to paint images (N, 3, H, W) in the styles, each (1, 3, H', W') in 0..1.

    loss_net: where content and style are measured; by default `normalized_vgg` on the styles and some images.
    Adam, whose rate falls to 0 along half a cosine. In each step every image gets a style at random.
    on_step(step, loss) is called after each step, from 1 on. Returns the losses.
    Raises ValueError if the number of styles is not the net's.
    """
    expect_shapes(images=(images, "N 3 H W"))
    expect_positive(steps=steps, batch_size=batch_size, learning_rate=learning_rate)
    if len(styles) != net.num_styles:
        raise ValueError(f"there are {len(styles)} styles, expected {net.num_styles} for this net")
    generator = torch.Generator().manual_seed(seed)
    some = images[torch.randperm(len(images), generator=generator)[:8].to(images.device)]
    if loss_net is None:
        seen = [F.interpolate(style, some.shape[-2:], mode="area") for style in styles]
        loss_net = normalized_vgg(torch.cat([some, *seen]), seed=seed)
    loss_of = PaintingLoss(loss_net, styles, content_weight, tv_weight)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    mixes = torch.eye(net.num_styles).to(images)
    losses: list[float] = []
    for step in range(1, steps + 1):
        batch = images[torch.randint(len(images), (batch_size,), generator=generator).to(images.device)]
        chosen = torch.randint(net.num_styles, (batch_size,), generator=generator).to(images.device)
        loss = loss_of(net(batch, mixes[chosen]), batch, chosen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if on_step is not None:
            on_step(step, losses[-1])
    return losses


def training_crops(count: int, size: int = 64, seed: int = 0) -> Tensor:
    """Pictures to train on, (count, 3, size, size) in 0..1: crops of photographs, half of them mirrored.

    Crops have one to three times `size`; every fourth picture is one of patches10 instead, enlarged.
    """
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
