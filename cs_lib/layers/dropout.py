"""Regularisation by leaving things out at random: units, weights, or whole blocks.

p is the probability of KEEPING everywhere. The inverted form divides by p while training, so that
nothing is left to do at test time; the vanilla form multiplies by p at test time instead.
A param dictionary holds `mode` ("train" or "test"), `p`, and optionally `seed` (the same mask at each
call, for gradient checks) or `rng` (a Generator that moves on).
"""

from __future__ import annotations

import numpy as np

from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.arguments import expect_upstream, is_training, keep_probability, random_source
from cs_lib.validation import expect_positive

DropoutCache = tuple[tuple[int, ...], np.ndarray | float]


def dropout_forward(x: np.ndarray, dropout_param: dict) -> tuple[np.ndarray, DropoutCache]:
    """Inverted dropout: x * mask / p in training, x at test time; any shape of x.

    Returns (out, cache) with the cache (shape of x, the factor on each element).
    Source: Srivastava et al. 2014, section 10 for the inverted form.
    Raises ValueError for an unknown mode or p outside (0, 1].
    """
    p = keep_probability(dropout_param, "dropout_param")
    if not is_training(dropout_param, "dropout_param"):
        return x.copy(), (x.shape, 1.0)
    scaled_mask = _mask(x, dropout_param, p) / p
    return x * scaled_mask, (x.shape, scaled_mask)


def dropout_backward(dout: np.ndarray, cache: DropoutCache) -> np.ndarray:
    """dout times the factor that the forward pass used, for inverted and for vanilla dropout.

    dout: any shape. Raises ValueError if dout is not shaped like out.
    """
    shape, factor = cache
    expect_upstream(dout, shape)
    return dout * factor


def vanilla_dropout_forward(x: np.ndarray, dropout_param: dict) -> tuple[np.ndarray, DropoutCache]:
    """Dropout as first published: x * mask in training, x * p at test time, the expected output.

    x: any shape. Errors as `dropout_forward`.
    """
    p = keep_probability(dropout_param, "dropout_param")
    factor = _mask(x, dropout_param, p) if is_training(dropout_param, "dropout_param") else p
    return x * factor, (x.shape, factor)


vanilla_dropout_backward = dropout_backward


def dropconnect_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, dropconnect_param: dict
) -> tuple[np.ndarray, tuple]:
    """An affine layer that loses weights instead of units: x (w * mask / p) + b; shapes as in affine_forward.

    Source: Wan et al. 2013. Two deviations keep it short: one mask serves the whole mini-batch (the paper
    draws one an example), and at test time the mean of the weights stands in for the paper's sampling.
    """
    p = keep_probability(dropconnect_param, "dropconnect_param")
    training = is_training(dropconnect_param, "dropconnect_param")
    factor = _mask(w, dropconnect_param, p) / p if training else 1.0
    out, affine_cache = affine_forward(x, w * factor, b)
    return out, (affine_cache, factor)


def dropconnect_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db); a weight that was left out gets no gradient.

    dout: (N, M). Raises ValueError if dout is not shaped like out.
    """
    affine_cache, factor = cache
    dx, dw, db = affine_backward(dout, affine_cache)
    return dx, dw * factor, db


def stochastic_depth_forward(
    x: np.ndarray, branch: np.ndarray, depth_param: dict
) -> tuple[np.ndarray, DropoutCache]:
    """A residual block that is skipped at random: x + branch or x in training, x + p * branch in test.

    Args:
        x: any shape, what the shortcut carries.
        branch: the shape of x, what the block adds.
        depth_param: p is the probability that the block survives (see survival_probability).

    Source: Huang et al. 2016, equations 2 and 5; one draw a mini-batch, as there.
    Raises ValueError for a branch of another shape, or p outside (0, 1].
    """
    p = keep_probability(depth_param, "depth_param")
    if branch.shape != x.shape:
        raise ValueError(f"branch has shape {branch.shape}, expected {x.shape}, the shape of x")
    factor = float(random_source(depth_param).random() < p) if is_training(depth_param, "depth_param") else p
    return x + factor * branch, (x.shape, factor)


def stochastic_depth_backward(dout: np.ndarray, cache: DropoutCache) -> tuple[np.ndarray, np.ndarray]:
    """Return (dx, dbranch); a block that was skipped gets no gradient.

    dout: any shape. Raises ValueError if dout is not shaped like out.
    """
    shape, factor = cache
    expect_upstream(dout, shape)
    return dout.copy(), dout * factor


def survival_probability(block: int, num_blocks: int, last: float = 0.5) -> float:
    """1 - l/L (1 - p_L): block l of L, counted from 1, survives less often the deeper it is (equation 4).

    Raises ValueError for a block or a number of blocks below 1.
    """
    expect_positive(block=block, num_blocks=num_blocks)
    return 1 - block / num_blocks * (1 - last)


def _mask(like: np.ndarray, param: dict, p: float) -> np.ndarray:
    """Ones with probability p, else zeros, in the shape and dtype of `like`."""
    return (random_source(param).random(like.shape) < p).astype(np.result_type(like, np.float32))
