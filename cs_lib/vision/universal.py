"""One small change that fools a net on most images at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from cs_lib.validation import expect_positive, expect_shapes

Model = Callable[[Tensor], Tensor]


def universal_perturbation(
    model: Model,
    X: Tensor,
    radius: float = 0.04,
    *,
    steps: int = 100,
    batch: int = 64,
    seed: int = 0,
) -> Tensor:
    """One perturbation (1, 3, H, W), no entry above `radius`, that changes the model's mind on most of X.

    X: images (N, 3, H, W) in 0..1. Climbs the loss of the model's own first answers, a random batch a step,
    by the sign of the gradient, and stays within the radius and the images in 0..1 (Shafahi et al. 2020,
    "Universal adversarial training", section 4; Moosavi-Dezfooli et al. 2017 found such perturbations).
    Raises ValueError for no images, and a radius that is not above 0.
    """
    sizes = expect_shapes(X=(X, "N 3 H W"))
    expect_positive(N=sizes["N"], radius=radius, steps=steps, batch=batch)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        answers = torch.cat([model(part).argmax(dim=1) for part in X.split(256)])
    delta = torch.zeros_like(X[:1])
    for step in range(steps):
        chosen = torch.randint(len(X), (min(batch, len(X)),), generator=random).to(X.device)
        with torch.enable_grad():
            moved = delta.clone().requires_grad_()
            loss = functional.cross_entropy(model((X[chosen] + moved).clamp(0, 1)), answers[chosen])
            gradient = torch.autograd.grad(loss.clamp_max(20), moved)[0]
        size = radius / 4 * (1 - step / steps)
        delta = (delta + size * gradient.sign()).clamp(-radius, radius)
    return delta
