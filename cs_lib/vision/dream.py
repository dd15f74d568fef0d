"""DeepDream: whatever a layer sees in an image, give it more of that, at several sizes.

Mordvintsev, Olah and Tyka 2015, "Inceptionism". The objective is half the squared activations of a layer, so
that the gradient with respect to the activations is the activations themselves.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from cs_lib.validation import expect_between, expect_positive, expect_shapes
from cs_lib.vision.features import features

SMALLEST = 8  # pixels: no octave makes an image smaller than this


def deep_dream(
    image: Tensor,
    net: nn.Module,
    layer: str,
    *,
    channels: list[int] | None = None,
    octaves: int = 3,
    octave_scale: float = 1.4,
    steps: int = 15,
    step_size: float = 0.015,
    max_jitter: int = 8,
    seed: int = 0,
    on_step: Callable[[int, int, Tensor], None] | None = None,
) -> Tensor:
    """The image (1, 3, H, W) in 0..1 with more of what `layer` of the net finds in it; in the same shape.

    Begins `octaves` - 1 times `octave_scale` smaller, where patterns of the layer's size are large in the
    picture, and takes what was dreamt there, the detail, on to the next size. channels: only these channels
    of the layer. Raises ValueError for another shape, octave_scale <= 1 with several octaves, or a layer or
    a channel that the net does not have.
    """
    expect_shapes(image=(image, "1 3 H W"))
    expect_positive(octaves=octaves, steps=steps, step_size=step_size)
    expect_between(0, max_jitter=max_jitter)
    if octaves > 1 and not octave_scale > 1:
        raise ValueError(f"octave_scale is {octave_scale}, expected a number above 1")
    random = torch.Generator().manual_seed(seed)
    sizes = [
        tuple(min(side, max(SMALLEST, round(side / octave_scale**octave))) for side in image.shape[-2:])
        for octave in reversed(range(octaves))
    ]
    image = image.detach()
    detail = torch.zeros_like(resize(image, sizes[0]))
    for octave, size in enumerate(sizes):
        base = resize(image, size) if size != tuple(image.shape[-2:]) else image
        dream = (base + resize(detail, size)).clamp(0, 1)
        for step in range(steps):
            dy, dx = torch.randint(-max_jitter, max_jitter + 1, (2,), generator=random).tolist()
            dream = dream.roll((dy, dx), dims=(2, 3))
            dream = dream_step(dream, net, layer, step_size, channels)
            dream = dream.roll((-dy, -dx), dims=(2, 3))
            if on_step:
                on_step(octave, step, dream)
        detail = dream - base
    return dream


def dream_step(
    image: Tensor, net: nn.Module, layer: str, step_size: float, channels: list[int] | None = None
) -> Tensor:
    """One step of gradient ascent on half the squared activations of a layer; image: (1, 3, H, W) in 0..1.

    The gradient is divided by the mean of its absolute values, so that a pixel moves by step_size on average
    whatever the layer; the result is clipped to 0..1. Raises ValueError for another shape, or a layer or a
    channel that the net does not have.
    """
    expect_shapes(image=(image, "1 3 H W"))
    with torch.enable_grad():
        pixels = image.detach().clone().requires_grad_()
        activations = features(net, pixels, [layer])[layer]
        if channels is not None:
            for channel in channels:
                expect_between(0, activations.shape[1], channel=channel)
            activations = activations[:, channels]
        gradient = torch.autograd.grad(0.5 * (activations**2).sum(), pixels)[0]
    gradient = gradient / gradient.abs().mean().clamp_min(torch.finfo(gradient.dtype).tiny)
    return (image + step_size * gradient).clamp(0, 1).detach()


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images (N, C, H, W) in another size (height, width), without aliasing."""
    return functional.interpolate(images, size=size, mode="bilinear", align_corners=False, antialias=True)
