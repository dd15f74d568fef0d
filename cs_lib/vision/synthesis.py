"""Pictures that a net likes: a class painted from noise, and an image pushed over the border to another.

Every `model` maps images (N, 3, H, W) to scores (N, C). Its parameters and their gradients are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from cs_lib.validation import expect_between, expect_positive, expect_shapes

Model = Callable[[Tensor], Tensor]


def class_visualization_update_step(
    img: Tensor, model: Model, target_y: int, l2_reg: float, learning_rate: float
) -> None:
    """One step of gradient ascent on (score of target_y) - l2_reg * (sum of squares of img), in place.

    img: (1, 3, H, W). The gradient is scaled to length 1 (Euclidean, over all of img), so that the step is
    learning_rate long; a gradient of 0 leaves img alone. Simonyan, Vedaldi and Zisserman 2014, section 2.
    Raises ValueError for another shape and a class that there is not.
    """
    gradient = _ascent_direction(img, model, target_y, l2_reg)
    with torch.no_grad():
        img += learning_rate * unit(gradient)


def class_visualization(
    model: Model,
    target_y: int,
    shape: tuple[int, int] = (32, 32),
    *,
    steps: int = 200,
    l2_reg: float = 1e-3,
    learning_rate: float = 0.5,
    max_jitter: int = 2,
    blur_every: int = 10,
    blur_sigma: float = 0.5,
    small_pixels: float = 0.0,
    small_gradients: float = 0.0,
    seed: int = 0,
    device: str | torch.device = "cpu",
    on_step: Callable[[int, Tensor], None] | None = None,
) -> Tensor:
    """An image (1, 3, H, W) in 0..1 for which the model's score of target_y is high; shape: (H, W).

    Begins with faint noise around grey and climbs; l2_reg pulls towards grey. Every step the image is moved
    by up to max_jitter pixels and back, and after every `blur_every` steps it is blurred: both keep patterns
    from locking into single pixels. Of pixels, the share `small_pixels` of least norm is set to grey after
    each step, and those whose pixel times gradient is smallest, the share `small_gradients` (Yosinski et al.
    2015, section 4). Raises ValueError for shares outside [0, 1), a negative max_jitter and a class
    that there is not.
    """
    expect_between(0, max_jitter=max_jitter)
    expect_between(0, 1, small_pixels=small_pixels, small_gradients=small_gradients)
    expect_positive(steps=steps, learning_rate=learning_rate)
    random = torch.Generator().manual_seed(seed)
    # What is optimised is the difference from grey, so that grey is what the L2 term pulls towards.
    off_grey = (0.05 * torch.randn(1, 3, *shape, generator=random)).to(device)

    def grey_model(x: Tensor) -> Tensor:
        return model(x + 0.5)

    for step in range(steps):
        dy, dx = torch.randint(-max_jitter, max_jitter + 1, (2,), generator=random).tolist()
        off_grey = off_grey.roll((dy, dx), dims=(2, 3))
        if small_gradients:
            contribution = (off_grey * _ascent_direction(off_grey, grey_model, target_y, 0.0)).sum(dim=1)
            off_grey = off_grey * _above_quantile(contribution.abs(), small_gradients)
        class_visualization_update_step(off_grey, grey_model, target_y, l2_reg, learning_rate)
        off_grey = off_grey.roll((-dy, -dx), dims=(2, 3)).clamp(-0.5, 0.5)
        if blur_every and step % blur_every == 0:
            off_grey = blur(off_grey, blur_sigma)
        if small_pixels:
            off_grey = off_grey * _above_quantile(off_grey.norm(dim=1), small_pixels)
        if on_step:
            on_step(step, off_grey + 0.5)
    return off_grey + 0.5


def blur(images: Tensor, sigma: float) -> Tensor:
    """Images (N, C, H, W) blurred by a Gaussian of `sigma` pixels; borders are mirrored. 0 leaves them alone.

    Raises ValueError for a negative sigma.
    """
    expect_between(0, sigma=sigma)
    if sigma == 0:
        return images
    radius = min(math.ceil(3 * sigma), min(images.shape[-2:]) - 1)
    offsets = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    weights = (weights / weights.sum()).expand(images.shape[1], 1, 1, -1)
    channels = images.shape[1]
    padded = functional.pad(images, (radius,) * 4, mode="reflect")
    along_rows = functional.conv2d(padded, weights, groups=channels)
    return functional.conv2d(along_rows, weights.transpose(2, 3), groups=channels)


def make_fooling_image(
    X: Tensor, target_y: int, model: Model, learning_rate: float = 0.05, max_steps: int = 100
) -> Tensor:
    """An image (1, 3, H, W) near X (1, 3, H, W) that the model takes for target_y.

    Gradient ascent on the score of target_y with steps of length learning_rate, which stops as soon as
    target_y has the highest score, and after max_steps in any case. Nothing keeps the pixels in 0..1.
    Szegedy et al. 2014; the plain gradient in place of their L-BFGS. Raises ValueError for more than one
    image and a class that there is not.
    """
    expect_shapes(X=(X, "1 3 H W"))
    fooling = X.detach().clone()
    for _ in range(max_steps):
        with torch.no_grad():
            if model(fooling).argmax(dim=1).item() == target_y:
                break
        gradient = _ascent_direction(fooling, model, target_y, 0.0)
        fooling += learning_rate * unit(gradient)
    return fooling


def unit(gradient: Tensor) -> Tensor:
    """The gradient, of any shape, scaled to length 1 (Euclidean, over all of it); zeros stay zeros."""
    return gradient / gradient.norm().clamp_min(torch.finfo(gradient.dtype).tiny)


def _ascent_direction(img: Tensor, model: Model, target_y: int, l2_reg: float) -> Tensor:
    """The gradient (1, 3, H, W) of the score minus l2_reg times the squared norm of img."""
    expect_shapes(img=(img, "1 3 H W"))
    with torch.enable_grad():
        pixels = img.detach().clone().requires_grad_()
        scores = model(pixels)
        expect_between(0, scores.shape[1], target_y=target_y)
        goal = scores[0, target_y] - l2_reg * (pixels**2).sum()
        return torch.autograd.grad(goal, pixels)[0]


def _above_quantile(values: Tensor, share: float) -> Tensor:
    """1 where values (1, H, W) lie above their quantile, 0 elsewhere, as (1, 1, H, W)."""
    return (values > torch.quantile(values, share)).to(values).unsqueeze(1)
