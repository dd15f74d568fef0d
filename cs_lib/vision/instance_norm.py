"""Instance norm, and the conditional one that holds many styles.

Ulyanov, Vedaldi and Lempitsky 2016, "Instance normalization: the missing ingredient for fast stylization";
Dumoulin, Shlens and Kudlur 2017, "A learned representation for artistic style", equation 5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cs_lib.validation import expect_shapes

EPS = 1e-5


def instance_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = EPS) -> Tensor:
    """Each channel of each image to mean 0 and variance 1 over its own pixels, then scaled and shifted.

    x: (N, C, H, W). gamma, beta: (C,), or (N, C) for a scale and a shift of each image's own.
    Raises ValueError for other shapes.
    """
    expect_shapes(x=(x, "N C H W"), gamma=(gamma, _each(gamma, "C")), beta=(beta, _each(beta, "C")))
    mean = x.mean(dim=(2, 3), keepdim=True)
    variance = x.var(dim=(2, 3), keepdim=True, unbiased=False)
    return gamma[..., None, None] * (x - mean) / torch.sqrt(variance + eps) + beta[..., None, None]


def conditional_instance_norm(
    x: Tensor, gammas: Tensor, betas: Tensor, mix: Tensor, eps: float = EPS
) -> Tensor:
    """Instance norm whose scale and shift are those of the styles, mixed.

    x: (N, C, H, W). gammas, betas: (S, C), a row for each style. mix: (N, S), the share of each style in
    each image, or (S,) for all images alike. Raises ValueError for other shapes.
    """
    expect_shapes(x=(x, "N C H W"), gammas=(gammas, "S C"), betas=(betas, "S C"), mix=(mix, _each(mix, "S")))
    return instance_norm(x, mix @ gammas, mix @ betas, eps)


def _each(numbers: Tensor, axis: str) -> str:
    """The pattern of numbers for all images alike, (axis,), or of those of each image, (N, axis)."""
    return axis if numbers.ndim == 1 else f"N {axis}"


class ConditionalInstanceNorm(nn.Module):
    """`conditional_instance_norm` with its scales and shifts, which are learned."""

    def __init__(self, channels: int, num_styles: int) -> None:
        super().__init__()
        self.gammas = nn.Parameter(torch.ones(num_styles, channels))
        self.betas = nn.Parameter(torch.zeros(num_styles, channels))

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        """The normalised x (N, C, H, W), for mix: (N, S)."""
        return conditional_instance_norm(x, self.gammas, self.betas, mix)
