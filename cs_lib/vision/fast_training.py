"""How a net learns to paint: the losses of style transfer, on many pictures instead of one.

Johnson, Alahi and Fei-Fei 2016, section 3.2. Deviations: the losses are scaled by their gradients, as in
`style_transfer`; and of the squared distances of Gram matrices the root is taken, so that no single picture
outweighs the others of its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib.validation import expect_positive, expect_shapes
from cs_lib.vision.fast_style import ConditionalTransformNet
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.images import photograph, photographs
from cs_lib.vision.losses import gram_matrix, tv_loss
from cs_lib.vision.random_net import normalized_vgg

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")
CONTENT_LAYER = "conv2_2"
NUDGE = 0.1  # deviation of the noise beside the content at which the content's gradient is measured


class PaintingLoss:
    """How far pictures are from the content they were made of and from the style they should have.

    Every term is divided by the norm of its gradient at the contents, as in `style_transfer.Objective`, so
    that the weights mean the same for every net and every style.
    """

    def __init__(
        self,
        net: nn.Module,
        contents: Tensor,
        styles: Sequence[Tensor],
        content_weight: float,
        tv_weight: float,
    ) -> None:
        self.net = net
        self.layers = [layer for layer in STYLE_LAYERS if layer in layer_names(net)]
        with torch.no_grad():
            found = [features(net, style, self.layers) for style in styles]
            self.grams = {
                layer: torch.cat([gram_matrix(each[layer]) for each in found]) for layer in self.layers
            }
        self.weights = {"content": content_weight, "tv": tv_weight} | {
            layer: torch.ones(len(styles)).to(contents) for layer in self.layers
        }
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(contents.shape, generator=generator).to(contents)
        self.weights["content"] /= self._size("content", contents + NUDGE * noise, contents, 0)
        self.weights["tv"] /= self._size("tv", contents, contents, 0)
        for layer in self.layers:
            for style in range(len(styles)):
                self.weights[layer][style] /= self._size(layer, contents, contents, style)

    def terms(self, images: Tensor, contents: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        """Each term, one number an image. images, contents: (N, 3, H, W); chosen: (N,), each one's style."""
        found = features(self.net, images, [*self.layers, CONTENT_LAYER])
        with torch.no_grad():
            goal = features(self.net, contents, [CONTENT_LAYER])[CONTENT_LAYER]
        pixels = images[0].numel()
        terms = {"content": (found[CONTENT_LAYER] - goal).square().flatten(1).mean(1)}
        terms["tv"] = torch.stack([tv_loss(image[None], 1 / pixels) for image in images])
        for layer in self.layers:
            gaps = gram_matrix(found[layer]) - self.grams[layer][chosen]
            terms[layer] = gaps.square().sum(dim=(1, 2)).add(1e-12).sqrt()
        return terms

    def __call__(self, images: Tensor, contents: Tensor, chosen: Tensor) -> Tensor:
        """The weighted sum of the terms, averaged over the images; a scalar."""
        terms = self.terms(images, contents, chosen)
        total = self.weights["content"] * terms["content"] + self.weights["tv"] * terms["tv"]
        for layer in self.layers:
            total = total + self.weights[layer][chosen] * terms[layer]
        return total.mean()

    def _size(self, term: str, images: Tensor, contents: Tensor, style: int) -> float:
        """The average norm of one term's gradient with respect to an image."""
        images = images.detach().clone().requires_grad_()
        chosen = torch.full((len(images),), style, device=images.device)
        value = self.terms(images, contents, chosen)[term].sum()
        gradient = torch.autograd.grad(value, images)[0]
        return max(float(gradient.flatten(1).norm(dim=1).mean()), 1e-12)


def train(
    net: ConditionalTransformNet,
    images: Tensor,
    styles: Sequence[Tensor],
    loss_net: nn.Module | None = None,
    *,
    steps: int = 400,
    batch_size: int = 4,
    learning_rate: float = 4e-3,
    content_weight: float = 0.3,
    tv_weight: float = 0.05,
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
    loss_of = PaintingLoss(loss_net, some, styles, content_weight, tv_weight)
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
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if on_step is not None:
            on_step(step, losses[-1])
    return losses


def training_crops(count: int, size: int = 96, seed: int = 0) -> Tensor:
    """Pictures to train on, (count, 3, size, size) in 0..1: crops of photographs, half of them mirrored.

    Crops have one to three times `size`; every fourth picture is one of patches10 instead, enlarged.
    """
    from cs_lib import data

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
