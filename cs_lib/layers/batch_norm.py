"""Batch normalisation: each feature or channel is standardised over the mini-batch, scaled and shifted.

Source: Ioffe and Szegedy 2015, algorithms 1 and 2. The variance is the biased one everywhere, in the
running average too (torch keeps the unbiased one there). bn_param holds `mode` ("train" or "test"),
`eps` (1e-5), `momentum` (0.9), and `running_mean`, `running_var`, each (D,), zeros at first, which training
updates in place of the old ones: running = momentum * running + (1 - momentum) * batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cs_lib.layers.arguments import expect_upstream, is_training
from cs_lib.validation import expect_shapes

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


class BatchNormCache(NamedTuple):
    """What backward needs. Statistics and gamma have shape (D,) or (C,)."""

    x: np.ndarray  # (N, D) or (N, C, H, W)
    mean: np.ndarray
    inv_std: np.ndarray  # 1 / sqrt(var + eps)
    gamma: np.ndarray
    axes: tuple[int, ...]  # those that share statistics
    training: bool  # else the statistics are constants


def batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, BatchNormCache]:
    """Return (out, cache), out = gamma * (x - mean) / sqrt(var + eps) + beta of shape (N, D).

    Args:
        x: (N, D); statistics are over the N examples.
        gamma: (D,) scales.
        beta: (D,) shifts.
        bn_param: see the module's first lines; its running statistics are updated in training.

    Raises ValueError for shapes that do not fit, an unknown mode, or an empty mini-batch in training.
    """
    expect_shapes(x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    return _forward(x, gamma, beta, bn_param, axes=(0,))


def batchnorm_backward(dout: np.ndarray, cache: BatchNormCache) -> Gradients:
    """Return (dx, dgamma, dbeta) node by node through the graph, from dout: (N, D).

    Raises ValueError if dout is not shaped like out.
    """
    x, mean, inv_std, gamma, _, training = cache
    expect_upstream(dout, x.shape)
    centred = x - mean
    x_hat = centred * inv_std
    # out = gamma * x_hat + beta
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    # x_hat = centred * inv_std
    dcentred = dx_hat * inv_std
    if not training:  # mean and var are constants, so that the graph ends here
        return dcentred, dgamma, dbeta
    dinv_std = (dx_hat * centred).sum(axis=0)
    # inv_std = (var + eps) ** (-1/2)
    dvar = -0.5 * inv_std**3 * dinv_std
    # var = sum(centred ** 2) / N
    dcentred += 2 / len(x) * centred * dvar
    # centred = x - mean, and mean = sum(x) / N
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean / len(x)
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout: np.ndarray, cache: BatchNormCache) -> Gradients:
    """The same as batchnorm_backward by the simplified formula, with fewer passes over the data:

    dx = gamma / std * (dout - mean(dout) - x_hat * mean(dout * x_hat)).
    """
    return _backward(dout, cache)


def spatial_batchnorm_forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, BatchNormCache]:
    """Batch normalisation of images, x: (N, C, H, W): one mean and variance a channel, over N, H and W.

    gamma, beta and the running statistics: (C,); all else, and what it raises, as in batchnorm_forward.
    """
    expect_shapes(x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    return _forward(x, gamma, beta, bn_param, axes=(0, 2, 3))


def spatial_batchnorm_backward(dout: np.ndarray, cache: BatchNormCache) -> Gradients:
    """Return (dx, dgamma, dbeta) in the shapes of x, gamma and beta, from dout: (N, C, H, W)."""
    return _backward(dout, cache)


def fold_batchnorm(
    w: np.ndarray, b: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of one layer that does what this layer and batch norm in test mode do.

    Args:
        w: (D, M) of an affine layer or (F, C, HH, WW) of a convolution.
        b: (M,) or (F,).
        gamma, beta: in the shape of b; bn_param: holds running statistics in that shape.

    Returns (w, b) in the same shapes: w * s and (b - mean) * s + beta, with s = gamma / sqrt(var + eps).
    Raises ValueError for shapes that do not fit.
    """
    if w.ndim not in (2, 4):
        raise ValueError(f"w has shape {w.shape}, expected (D, M) or (F, C, HH, WW)")
    expect_shapes(
        w=(w, "D M" if w.ndim == 2 else "M C HH WW"), b=(b, "M"), gamma=(gamma, "M"), beta=(beta, "M")
    )
    mean, var = _running_statistics(bn_param, like=b)
    scale = gamma / np.sqrt(var + float(bn_param.get("eps", 1e-5)))
    folded = w * scale if w.ndim == 2 else w * scale.reshape(-1, 1, 1, 1)
    return folded, (b - mean) * scale + beta


def _forward(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict, axes: tuple[int, ...]
) -> tuple[np.ndarray, BatchNormCache]:
    training = is_training(bn_param, "bn_param")
    mean, var = _running_statistics(bn_param, like=gamma)
    if training:
        if x.size == 0:
            raise ValueError(f"x has shape {x.shape}: there is no mean over an empty mini-batch")
        momentum = float(bn_param.get("momentum", 0.9))
        batch_mean = x.mean(axis=axes)
        centred = x - _spread(batch_mean, x)
        batch_var = _sum_of_products(centred, centred, axes) / (x.size // gamma.size)
        bn_param["running_mean"] = momentum * mean + (1 - momentum) * batch_mean
        bn_param["running_var"] = momentum * var + (1 - momentum) * batch_var
        mean, var = batch_mean, batch_var
    else:
        centred = x - _spread(mean, x)
    inv_std = 1 / np.sqrt(var + float(bn_param.get("eps", 1e-5)))
    out = centred  # in place from here on: a fresh array costs as much as the arithmetic
    out *= _spread(gamma * inv_std, x)
    out += _spread(beta, x)
    return out, BatchNormCache(x, mean, inv_std, gamma, axes, training)


def _backward(dout: np.ndarray, cache: BatchNormCache) -> Gradients:
    x, mean, inv_std, gamma, axes, training = cache
    expect_upstream(dout, x.shape)
    centred = x - _spread(mean, x)
    dbeta = dout.sum(axis=axes)
    dgamma = _sum_of_products(dout, centred, axes) * inv_std
    if not training:
        return dout * _spread(gamma * inv_std, x), dgamma, dbeta
    count = x.size // gamma.size
    dx = centred  # again in place: gamma / std * (dout - mean(dout) - x_hat * mean(dout * x_hat))
    dx *= _spread(-inv_std * dgamma / count, x)
    dx += dout
    dx -= _spread(dbeta / count, x)
    dx *= _spread(gamma * inv_std, x)
    return dx, dgamma, dbeta


def _spread(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """values: (C,) written out over one image, (C, H, W); those for rows, (D,), fit as they are.

    NumPy would do the same by itself, but takes twice the time with such short runs of equal numbers.
    """
    return values if x.ndim == 2 else np.broadcast_to(values[:, None, None], x.shape[1:]).copy()


def _running_statistics(bn_param: dict, like: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = bn_param.get("running_mean", np.zeros_like(like))
    var = bn_param.get("running_var", np.zeros_like(like))
    size = str(like.size)
    expect_shapes(running_mean=(mean, size), running_var=(var, size))
    return mean, var


def _sum_of_products(a: np.ndarray, b: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """(a * b).sum(axes), without writing the array of products."""
    every = list(range(a.ndim))
    return np.einsum(a, every, b, every, [axis for axis in every if axis not in axes])
