"""Layer, group and instance normalisation: each example is standardised on its own.

Unlike batch norm there is nothing to remember between calls, and training and test are the same.
The three differ only in which numbers of an example share a mean and a variance:
all of them (layer), the channels of one group (group), one channel (instance).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cs_lib.layers.arguments import expect_upstream
from cs_lib.validation import expect_shapes

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


class NormCache(NamedTuple):
    """What backward needs."""

    x_hat: np.ndarray  # (N, G, D / G), standardised along the last axis
    inv_std: np.ndarray  # (N, G, 1)
    gamma: np.ndarray  # (D,) or (1, C, 1, 1)
    shape: tuple[int, ...]  # of x


def layernorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, ln_param: dict
) -> tuple[np.ndarray, NormCache]:
    """Return (out, cache) with every row of x: (N, D) standardised, times gamma: (D,), plus beta: (D,).

    ln_param may hold `eps` (1e-5). Source: Ba, Kiros and Hinton 2016, equation 4.
    Raises ValueError for shapes that do not fit.
    """
    expect_shapes(x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    return _forward(x, gamma, beta, 1, ln_param)


def layernorm_backward(dout: np.ndarray, cache: NormCache) -> Gradients:
    """Return (dx, dgamma, dbeta) in the shapes of x, gamma and beta, from dout: (N, D)."""
    return _backward(dout, cache, over=(0,))


def spatial_groupnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, G: int, gn_param: dict
) -> tuple[np.ndarray, NormCache]:
    """Return (out, cache): in each image, G groups of C / G neighbouring channels are standardised.

    Args:
        x: (N, C, H, W).
        gamma, beta: (1, C, 1, 1).
        G: the number of groups; 1 is layer norm over the whole image, C is instance norm.
        gn_param: may hold `eps` (1e-5).

    Source: Wu and He 2018, equation 7. Raises ValueError if G does not divide C.
    """
    C = expect_shapes(x=(x, "N C H W"), gamma=(gamma, "1 C 1 1"), beta=(beta, "1 C 1 1"))["C"]
    if G < 1 or C % G:
        raise ValueError(f"G is {G}, expected a number of groups that divides the {C} channels")
    return _forward(x, gamma, beta, G, gn_param)


def spatial_groupnorm_backward(dout: np.ndarray, cache: NormCache) -> Gradients:
    """Return (dx, dgamma, dbeta) in the shapes of x, gamma and beta, from dout: (N, C, H, W)."""
    return _backward(dout, cache, over=(0, 2, 3))


def spatial_instancenorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, in_param: dict
) -> tuple[np.ndarray, NormCache]:
    """Each channel of each image on its own: group norm with G = C. Source: Ulyanov et al. 2016.

    Shapes and errors as `spatial_groupnorm_forward`.
    """
    C = expect_shapes(x=(x, "N C H W"))["C"]
    return spatial_groupnorm_forward(x, gamma, beta, C, in_param)


spatial_instancenorm_backward = spatial_groupnorm_backward


def _forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, groups: int, param: dict
) -> tuple[np.ndarray, NormCache]:
    if x[:1].size == 0:
        raise ValueError(f"x has shape {x.shape}: there is no mean over an empty example")
    grouped = x.reshape(len(x), groups, x[0].size // groups)
    centred = grouped - grouped.mean(axis=2, keepdims=True)
    var = (centred**2).mean(axis=2, keepdims=True)
    inv_std = 1 / np.sqrt(var + float(param.get("eps", 1e-5)))
    x_hat = centred * inv_std
    out = gamma * x_hat.reshape(x.shape) + beta
    return out, NormCache(x_hat, inv_std, gamma, x.shape)


def _backward(dout: np.ndarray, cache: NormCache, over: tuple[int, ...]) -> Gradients:
    """dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / std, the means within each group."""
    x_hat, inv_std, gamma, shape = cache
    expect_upstream(dout, shape)
    dbeta = dout.sum(axis=over).reshape(gamma.shape)
    dgamma = (dout * x_hat.reshape(shape)).sum(axis=over).reshape(gamma.shape)
    dx_hat = (dout * gamma).reshape(x_hat.shape)
    dx = dx_hat - dx_hat.mean(axis=2, keepdims=True)
    dx -= x_hat * (dx_hat * x_hat).mean(axis=2, keepdims=True)
    dx *= inv_std
    return dx.reshape(shape), dgamma, dbeta
