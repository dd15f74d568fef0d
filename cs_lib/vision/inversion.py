"""What a layer remembers of an image: find an image with the same features.

Mahendran and Vedaldi 2015, "Understanding deep image representations by inverting them": minimise
|Phi(x) - Phi_0|^2 / |Phi_0|^2 + weight * R(x), where R is the total variation with exponent beta.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_between, expect_positive
from cs_lib.vision.features import features


def total_variation(images: Tensor, beta: float = 2.0, eps: float = 1e-8) -> Tensor:
    """The sum of (dx^2 + dy^2)^(beta / 2) over all pixels of images (N, C, H, W); a number as a tensor.

    dx and dy are the differences from the right and the lower neighbour, 0 at the border. beta = 1 allows
    sharp edges, beta = 2 smooths them (Mahendran and Vedaldi 2015, equation 4). Below 2 the root has no
    gradient at 0, so eps is added under it there. Raises ValueError for a beta that is not above 0.
    """
    expect_positive(beta=beta)
    dx, dy = torch.zeros_like(images), torch.zeros_like(images)
    dx[..., :, :-1] = images[..., :, 1:] - images[..., :, :-1]
    dy[..., :-1, :] = images[..., 1:, :] - images[..., :-1, :]
    squares = dx**2 + dy**2
    return squares.sum() if beta == 2 else ((squares + eps) ** (beta / 2)).sum()


def invert_features(
    target: Tensor,
    net: nn.Module,
    layer: str,
    shape: tuple[int, int],
    *,
    weight: float = 1e-4,
    beta: float = 2.0,
    steps: int = 200,
    learning_rate: float = 0.05,
    seed: int = 0,
    on_step: Callable[[int, float, Tensor], None] | None = None,
) -> Tensor:
    """An image (1, 3, H, W) in 0..1 whose features at `layer` are near target (1, C, H', W'); shape: (H, W).

    Begins with noise around grey and goes down by Adam with a falling rate, where the paper has momentum;
    after each step the pixels are clipped to 0..1. Raises ValueError for a target of zeros, a negative
    weight, or features whose shape is not the target's.
    """
    expect_positive(steps=steps, learning_rate=learning_rate, beta=beta)
    expect_between(0, weight=weight)
    target = target.detach()
    size = (target**2).sum()
    expect_positive(squared_norm_of_the_target=float(size))
    random = torch.Generator().manual_seed(seed)
    image = (0.5 + 0.1 * torch.randn(1, 3, *shape, generator=random)).clamp(0, 1).to(target).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, learning_rate / 50)
    for step in range(steps):
        with torch.enable_grad():
            got = features(net, image, [layer])[layer]
            if got.shape != target.shape:
                raise ValueError(
                    f"target has shape {tuple(target.shape)}, but {layer} of an image of {shape[0]} x "
                    f"{shape[1]} has {tuple(got.shape)}"
                )
            distance = ((got - target) ** 2).sum() / size
            image.grad = torch.autograd.grad(distance + weight * total_variation(image, beta), image)[0]
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        if on_step:
            on_step(step, distance.item(), image.detach())
    return image.detach()
