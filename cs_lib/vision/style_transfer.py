"""Style transfer: the content of one picture in the style of another, or of several.

Gatys, Ecker and Bethge 2016: change the pixels until the activations are those of the content, and their
Gram matrices those of the style. Here each loss is divided by the norm of its gradient with respect to the
image, measured once before the first step: the weights then mean the same for every net, trained or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_between, expect_choice, expect_positive
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.images import resized
from cs_lib.vision.losses import gram_matrix, tv_loss
from cs_lib.vision.pictures import expect_large_enough, expect_pictures
from cs_lib.vision.random_net import normalized_vgg

# As many of them as the net has: the fire modules are SqueezeNet's.
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "fire3", "fire4", "fire5")
# The first of them that the net has: of the VGGs (Gatys et al. 2016), of the small nets, of SqueezeNet.
CONTENT_LAYERS = ("conv4_2", "conv2_2", "fire2")
LUMINANCE = (0.299, 0.587, 0.114)  # the Y of YIQ (Gatys et al. 2016, "Preserving color")


# On the scale where a layer's gradient has norm 1 at the start.
CONTENT_WEIGHT = 0.004
TV_WEIGHT = 0.002
NUDGE = 0.1  # deviation of the noise beside the content where the content's gradient is measured
STARTS = ("content", "noise")


@dataclass(frozen=True)
class Progress:
    """Where a transfer stands after a step."""

    step: int  # from 1
    steps: int
    loss: float  # before the step
    image: Tensor  # (1, 3, H, W), not yet brought to 0..1


def style_transfer(
    content: Tensor,
    styles: Tensor | Sequence[Tensor],
    net: nn.Module | None = None,
    *,
    steps: int = 60,
    optimizer: str = "lbfgs",
    learning_rate: float | None = None,
    content_weight: float = CONTENT_WEIGHT,
    style_weights: Sequence[float] | None = None,
    tv_weight: float = TV_WEIGHT,
    mix: Sequence[float] | None = None,
    style_size: int | None = None,
    keep_colors: bool = False,
    style_layers: Sequence[str] | None = None,
    content_layer: str | None = None,
    start: str = "content",
    seed: int = 0,
    on_step: Callable[[Progress], None] | None = None,
) -> Tensor:
    """The content picture (1, 3, H, W), painted in the style of another, as (1, 3, H, W) in 0..1.

    styles: a picture (1, 3, H', W'), or several, whose Gram matrices are averaged with the shares of mix
        (default: equal).
    net: a net that `features` can look into; by default one with random weights, fitted to the pictures.
    optimizer: "lbfgs", or "adam", which is slower and can't leap too far.
    style_weights: one for each of style_layers (default: all 1).
    style_layers, content_layer: names that `features` knows (default: of STYLE_LAYERS those that the net has,
        of CONTENT_LAYERS the first).
    style_size: pixels of the styles' longer side, and so the size of their strokes (default: the content's).
    keep_colors: take from the result the brightness only, and the colours from the content.
    start: "content", or "noise" with this seed.
    on_step: called after each step.

    Raises ValueError for settings that do not fit together, and for pictures that are thinner than
    `pictures.SMALLEST` or hold NaN or infinity; TypeError for pictures of whole numbers.
    """
    styles = [styles] if isinstance(styles, Tensor) else list(styles)
    if not styles:
        raise ValueError("styles is empty, expected one picture or more")
    expect_pictures(content=content, **_numbered(styles))
    expect_positive(steps=steps)
    expect_choice("start", start, STARTS)
    mix = _shares(mix, len(styles))
    longer = max(content.shape[-2:]) if style_size is None else style_size
    content = content.detach()
    styles = [resized(style.to(content), longer) for style in styles]
    expect_large_enough(content=content, **_numbered(styles))
    if net is None:
        net = normalized_vgg(_same_size([content, *styles]), seed=seed)
    if style_layers is None:
        style_layers = [layer for layer in STYLE_LAYERS if layer in layer_names(net)]
    if style_weights is None:
        style_weights = [1.0] * len(style_layers)
    if len(style_weights) != len(style_layers):
        raise ValueError(f"there are {len(style_weights)} style_weights for {len(style_layers)} style_layers")
    weights = {f"style_weights[{i}]": weight for i, weight in enumerate(style_weights)}
    weights |= {"content_weight": content_weight, "tv_weight": tv_weight}
    expect_between(0, **weights)
    expect_positive(sum_of_all_weights=sum(weights.values()))
    image = content.clone() if start == "content" else noise_like(content, seed)
    objective = Objective(
        net,
        image,
        content,
        styles,
        mix,
        style_layers,
        style_weights,
        content_layer,
        content_weight,
        tv_weight,
    )
    image = Descent(objective, image, optimizer, learning_rate).run(steps, on_step).clamp(0, 1)
    return with_colors_of(image, content) if keep_colors else image


def usual_content_layer(net: nn.Module) -> str:
    """The first of CONTENT_LAYERS that the net has. Raises ValueError if it has none of them."""
    names = layer_names(net)
    found = next((layer for layer in CONTENT_LAYERS if layer in names), None)
    if found is None:
        usual, there = ", ".join(CONTENT_LAYERS), ", ".join(names)
        raise ValueError(f"the net has none of {usual}; give a content_layer, one of {there}")
    return found


class Descent:
    """An image on its way down an objective. One step is one evaluation, forward and backward."""

    def __init__(
        self,
        objective: Callable[[Tensor], Tensor],
        start: Tensor,
        optimizer: str = "lbfgs",
        learning_rate: float | None = None,
    ) -> None:
        expect_choice("optimizer", optimizer, tuple(OPTIMIZERS))
        make, usual_rate = OPTIMIZERS[optimizer]
        self.objective = objective
        self.image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
        self.optimizer = make([self.image], usual_rate if learning_rate is None else learning_rate)

    def step(self) -> Tensor:
        """Change the image; returns the loss before."""
        return self.optimizer.step(self._evaluate)

    def _evaluate(self) -> Tensor:
        loss = self.objective(self.image)
        (self.image.grad,) = torch.autograd.grad(loss, self.image)
        return loss

    def run(self, steps: int, on_step: Callable[[Progress], None] | None = None) -> Tensor:
        """The image that so many steps lead to."""
        for number in range(1, steps + 1):
            loss = self.step()
            if on_step is not None:
                on_step(Progress(number, steps, float(loss.detach()), self.image.detach()))
        return self.image.detach()


# Optimisers by name, with their usual learning rate. max_iter=1: a step is one evaluation.
OPTIMIZERS = {
    "lbfgs": (lambda p, lr: torch.optim.LBFGS(p, lr=lr, max_iter=1, history_size=5), 1.0),
    "adam": (lambda p, lr: torch.optim.Adam(p, lr=lr), 0.03),
}


def noise_like(image: Tensor, seed: int) -> Tensor:
    """Grey noise in the shape of image, the same for the same seed on every device."""
    generator = torch.Generator().manual_seed(seed)
    return (0.5 + 0.1 * torch.randn(image.shape, generator=generator)).to(image)


def with_colors_of(image: Tensor, content: Tensor) -> Tensor:
    """The brightness of image with the colours of content, both (1, 3, H, W); in 0..1."""
    weights = torch.tensor(LUMINANCE).to(content).view(1, 3, 1, 1)
    change = ((image - content) * weights).sum(dim=1, keepdim=True)  # equal in all three: a change of grey
    return (content + change).clamp(0, 1)


class Objective:
    """The loss of an image: content, style and total variation, each on a scale of its own gradient.

    content: (1, 3, H, W), or None for a texture without content. styles: images (1, 3, H', W') of any sizes.
    mix: a share of the style for each of them (their Gram matrices are averaged).
    """

    def __init__(
        self,
        net: nn.Module,
        start: Tensor,
        content: Tensor | None,
        styles: Sequence[Tensor],
        mix: Sequence[float],
        style_layers: Sequence[str],
        style_weights: Sequence[float],
        content_layer: str | None = None,
        content_weight: float = 0.0,
        tv_weight: float = 0.0,
    ) -> None:
        if content is not None and content_layer is None:
            content_layer = usual_content_layer(net)
        self.net, self.content_layer, self.tv_weight = net, content_layer, tv_weight
        self.style_layers = list(style_layers)
        self.layers = [*style_layers, *([] if content is None else [content_layer])]
        with torch.no_grad():
            self.content = None if content is None else features(net, content, [content_layer])[content_layer]
            found = [features(net, style, style_layers) for style in styles]
            self.grams = {
                layer: sum(share * gram_matrix(each[layer]) for share, each in zip(mix, found, strict=True))
                for layer in style_layers
            }
        sizes = self._gradient_norms(start)
        # A gradient of 0 means that the loss has reached its minimum: it needs no scale.
        self.weights = {
            name: weight / sizes[name] if sizes[name] > 0 else 0.0
            for name, weight in [*zip(style_layers, style_weights, strict=True), ("content", content_weight)]
            if name in sizes
        }
        self.tv_scale = tv_weight / sizes["tv"] if sizes.get("tv", 0.0) > 0 else 0.0

    def __call__(self, image: Tensor) -> Tensor:
        """The loss of image (1, 3, H, W), a scalar."""
        found = features(self.net, image, self.layers)
        # Where no term is left, as with flat pictures, the gradient is 0.
        loss = self.tv_scale * tv_loss(image, 1.0) if self.tv_scale else 0 * image.sum()
        for name, weight in self.weights.items():
            if weight:
                loss = loss + weight * self._term(name, found)
        return loss

    def _term(self, name: str, found: dict[str, Tensor]) -> Tensor:
        if name == "content":
            return (found[self.content_layer] - self.content).square().sum()
        return GramDistance.apply(found[name], self.grams[name])

    @torch.enable_grad()
    def _gradient_norms(self, start: Tensor) -> dict[str, float]:
        """The norm of each term's gradient with respect to the image, at the start."""
        image = start.clone().requires_grad_()
        found = features(self.net, image, self.layers)
        terms = {layer: self._term(layer, found) for layer in self.style_layers}
        if self.tv_weight:
            terms["tv"] = tv_loss(image, 1.0)
        norms = {name: _gradient_norm(term, image) for name, term in terms.items()}
        if self.content is not None:
            # The content itself is where we start, and its gradient is 0 there: measured beside it.
            generator = torch.Generator().manual_seed(0)
            noise = torch.randn(start.shape, generator=generator).to(start)
            image = (start + NUDGE * noise).requires_grad_()
            found = features(self.net, image, [self.content_layer])
            norms["content"] = _gradient_norm(self._term("content", found), image)
        return norms


class GramDistance(torch.autograd.Function):
    """The squared difference of features' Gram matrix (1, C, C) from a target, with its gradient by hand.

    As a Gram matrix is symmetric, so is the difference D, and the gradient is one product, 4 D F / (C H W),
    where autograd, which can't know that, takes two.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor) -> Tensor:
        difference = gram_matrix(features) - target
        ctx.save_for_backward(features, difference)
        return difference.square().sum()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        features, difference = ctx.saved_tensors
        scale = 4 * upstream / features[0].numel()
        return ((scale * difference) @ features.flatten(2)).view_as(features), None


def _gradient_norm(loss: Tensor, image: Tensor) -> float:
    return float(torch.autograd.grad(loss, image, retain_graph=True)[0].norm())


def _numbered(styles: Sequence[Tensor]) -> dict[str, Tensor]:
    return {f"styles[{number}]": style for number, style in enumerate(styles)}


def _shares(mix: Sequence[float] | None, count: int) -> list[float]:
    """The share of each style, all together 1."""
    mix = [1.0] * count if mix is None else list(mix)
    if len(mix) != count or not all(0 <= share < math.inf for share in mix) or not sum(mix) > 0:
        raise ValueError(
            f"mix is {mix}, expected a finite share of at least 0 for each of the {count} styles, not all 0"
        )
    return [share / sum(mix) for share in mix]


def _same_size(images: Sequence[Tensor]) -> Tensor:
    """All images in the size of the first, as one batch."""
    size = tuple(images[0].shape[-2:])
    return torch.cat([resized(image, size) for image in images])
