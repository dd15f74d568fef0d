"""Which pixels count for a class score: by gradient, by guided gradient, by covering them up.

Every `model` maps images (N, 3, H, W) to scores (N, C). Its parameters and their gradients are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_between, expect_labels, expect_positive, expect_shapes

Model = Callable[[Tensor], Tensor]


def compute_saliency_maps(X: Tensor, y: Tensor, model: Model) -> Tensor:
    """How strongly the score of each image's class answers to each of its pixels.

    X: images (N, 3, H, W); y: (N,) whole numbers. Returns (N, H, W), the absolute gradient of the score of
    class y, the largest over the channels. Simonyan, Vedaldi and Zisserman 2014, section 3. Raises ValueError
    for other shapes and classes that there are not.
    """
    return score_gradients(X, y, model).abs().amax(dim=1)


def score_gradients(X: Tensor, y: Tensor, model: Model) -> Tensor:
    """The gradients (N, 3, H, W) of the scores of classes y (N,) by the images X (N, 3, H, W).

    Raises ValueError for other shapes and classes that there are not.
    """
    expect_shapes(X=(X, "N 3 H W"), y=(y, "N"))
    with torch.enable_grad():
        pixels = X.detach().clone().requires_grad_()
        scores = model(pixels)
        expect_labels(y.cpu().numpy(), scores.shape[1])
        # An image's pixels reach no other image's score, so the gradient of the sum holds all of them.
        return torch.autograd.grad(scores.gather(1, y.long().view(-1, 1)).sum(), pixels)[0]


@torch.no_grad()
def occlusion_map(
    image: Tensor, y: int, model: Model, size: int = 8, stride: int = 4, fill: float = 0.5, batch: int = 128
) -> Tensor:
    """The score of class y with a square of the image covered, for each place of the square.

    image: (1, 3, H, W). Entry [i, j] of the result, shape ((H - size) // stride + 1, (W - size) // stride +
    1), belongs to the square whose upper left corner is at row i * stride, column j * stride. Low scores show
    what the class depends on. Zeiler and Fergus 2014, section 4.2. Raises ValueError for more than one
    image, a class that there is not, and a square that does not fit.
    """
    sizes = expect_shapes(image=(image, "1 3 H W"))
    height, width = sizes["H"], sizes["W"]
    expect_positive(stride=stride, batch=batch)
    expect_between(1, min(height, width) + 1, size=size)
    corners = [
        (top, left)
        for top in range(0, height - size + 1, stride)
        for left in range(0, width - size + 1, stride)
    ]
    scores = []
    for start in range(0, len(corners), batch):
        part = corners[start : start + batch]
        covered = image.repeat(len(part), 1, 1, 1)
        for copy, (top, left) in zip(covered, part, strict=True):
            copy[:, top : top + size, left : left + size] = fill
        found = model(covered)
        expect_between(0, found.shape[1], y=y)
        scores.append(found[:, y])
    return torch.cat(scores).view((height - size) // stride + 1, -1)


def guided_relu_backward(upstream: Tensor, x: Tensor) -> Tensor:
    """The backward pass of a ReLU with input x that lets only encouragement through.

    upstream and x have the same shape, of every size. The gradient passes where the input was above 0 (as in
    ReLU's own rule) and the gradient itself is above 0; elsewhere it is 0. Springenberg et al. 2015, figure
    1.
    """
    return upstream * (x > 0) * (upstream > 0)


def guided_backprop(X: Tensor, y: Tensor, model: nn.Module) -> Tensor:
    """Like `score_gradients`, with `guided_relu_backward` in each of the model's `nn.ReLU` modules.

    X: images (N, 3, H, W); y: (N,) whole numbers. Returns (N, 3, H, W), signed. The model must not use one
    ReLU module twice, nor ReLUs as functions, which nothing can be hooked to. Raises ValueError for other
    shapes and classes that there are not.
    """
    with guided_relus(model):
        return score_gradients(X, y, model)


@contextmanager
def guided_relus(model: nn.Module) -> Iterator[None]:
    """Within it, every `nn.ReLU` of the model has the guided rule as its backward pass."""

    def guide(_: nn.Module, grad_input: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (grad_input[0].clamp_min(0),)  # ReLU's own rule has been applied to it already

    relus = [module for module in model.modules() if isinstance(module, nn.ReLU)]
    inplace = [relu.inplace for relu in relus]
    handles = [relu.register_full_backward_hook(guide) for relu in relus]
    try:
        for relu in relus:
            relu.inplace = False  # hooks and work in place don't go together
        yield
    finally:
        for relu, was, handle in zip(relus, inplace, handles, strict=True):
            relu.inplace = was
            handle.remove()
