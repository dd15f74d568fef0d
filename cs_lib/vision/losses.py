"""The losses of style transfer: content, style by Gram matrices, and total variation.

Gatys, Ecker and Bethge 2016, "Image style transfer using convolutional neural networks". Here they are plain
sums with a weight in front, without the paper's factors 1/2 and 1/4: a constant factor is part of the weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cs_lib.validation import expect_between, expect_positive, expect_shapes


def content_loss(content_weight: float, content_current: Tensor, content_original: Tensor) -> Tensor:
    """content_weight times the sum of squared differences of two activations (N, C, H, W); a scalar.

    Raises ValueError if their shapes differ.
    """
    expect_shapes(
        content_current=(content_current, "N C H W"), content_original=(content_original, "N C H W")
    )
    return content_weight * (content_current - content_original).square().sum()


def gram_matrix(features: Tensor, normalize: bool = True) -> Tensor:
    """Which channels are active together, wherever that may be: G[n, i, j] = sum over places of F_i F_j.

    features: (N, C, H, W). Returns (N, C, C), divided by C * H * W if normalize. Raises ValueError for
    another number of axes, and for features of no place.
    """
    sizes = expect_shapes(features=(features, "N C H W"))
    expect_positive(C=sizes["C"], H=sizes["H"], W=sizes["W"])
    flat = features.flatten(2)  # (N, C, H * W)
    gram = flat @ flat.transpose(1, 2)
    return gram / (sizes["C"] * sizes["H"] * sizes["W"]) if normalize else gram


def style_loss(
    feats: Sequence[Tensor],
    style_layers: Sequence[int],
    style_targets: Sequence[Tensor],
    style_weights: Sequence[float],
) -> Tensor:
    """The weighted sum, over some layers, of the squared differences of Gram matrices; a scalar.

    feats: the activations of all layers, each (N, C, H, W). style_layers: the places in feats of those that
    count. style_targets[i], (N, C, C), and style_weights[i] belong to feats[style_layers[i]].
    Raises ValueError if the three sequences differ in length, for places that feats does not have, and for
    targets of another shape.
    """
    expect_positive(number_of_feats=len(feats))
    if not len(style_layers) == len(style_targets) == len(style_weights):
        raise ValueError(
            f"style_layers, style_targets and style_weights have {len(style_layers)}, {len(style_targets)}, "
            f"{len(style_weights)} entries, expected one of each for a layer"
        )
    loss = torch.zeros((), dtype=feats[0].dtype, device=feats[0].device)
    layers = zip(style_layers, style_targets, style_weights, strict=True)
    for i, (layer, target, weight) in enumerate(layers):
        expect_between(-len(feats), len(feats), **{f"style_layers[{i}]": layer})
        gram = gram_matrix(feats[layer])
        expect_shapes(gram=(gram, "N C C"), **{f"style_targets[{i}]": (target, "N C C")})
        loss = loss + weight * (gram - target).square().sum()
    return loss


def tv_loss(img: Tensor, tv_weight: float) -> Tensor:
    """tv_weight times the sum of squared differences of neighbouring pixels, down and right; a scalar.

    img: (N, 3, H, W). Total variation (Mahendran and Vedaldi 2015, with beta = 2): small for smooth images.
    Raises ValueError for another number of axes.
    """
    expect_shapes(img=(img, "N C H W"))
    down = (img[:, :, 1:] - img[:, :, :-1]).square().sum()
    right = (img[..., 1:] - img[..., :-1]).square().sum()
    return tv_weight * (down + right)
