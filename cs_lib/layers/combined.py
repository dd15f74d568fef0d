"""Layers that usually come together, as one: forward in order, backward in reverse.

The gradients are those of the first part, then of the parts after it that have weights. No new
mathematics here: an example of how a net's passes are put together from layers.
"""

from __future__ import annotations

import numpy as np

from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.batch_norm import (
    batchnorm_backward_alt,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from cs_lib.layers.convolution_fast import conv_backward_fast, conv_forward_fast
from cs_lib.layers.pooling import max_pool_backward_fast, max_pool_forward_fast


def affine_relu_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """x: (N, d1, ..., dk), w: (D, M), b: (M,) to (N, M)."""
    out, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(out)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db) from dout: (N, M)."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def affine_bn_relu_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict
) -> tuple[np.ndarray, tuple]:
    """x: (N, d1, ..., dk), w: (D, M), b, gamma and beta: (M,) to (N, M)."""
    out, affine_cache = affine_forward(x, w, b)
    out, bn_cache = batchnorm_forward(out, gamma, beta, bn_param)
    out, relu_cache = relu_forward(out)
    return out, (affine_cache, bn_cache, relu_cache)


def affine_bn_relu_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return (dx, dw, db, dgamma, dbeta) from dout: (N, M)."""
    affine_cache, bn_cache, relu_cache = cache
    dnormalised = relu_backward(dout, relu_cache)
    daffine, dgamma, dbeta = batchnorm_backward_alt(dnormalised, bn_cache)
    return *affine_backward(daffine, affine_cache), dgamma, dbeta


def conv_relu_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict
) -> tuple[np.ndarray, tuple]:
    """x: (N, C, H, W), w: (F, C, HH, WW), b: (F,) to (N, F, OH, OW)."""
    out, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(out)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db) from dout: (N, F, OH, OW)."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)


def conv_bn_relu_forward(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    conv_param: dict,
    bn_param: dict,
) -> tuple[np.ndarray, tuple]:
    """x: (N, C, H, W), w: (F, C, HH, WW), b, gamma and beta: (F,) to (N, F, OH, OW)."""
    out, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, bn_cache = spatial_batchnorm_forward(out, gamma, beta, bn_param)
    out, relu_cache = relu_forward(out)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return (dx, dw, db, dgamma, dbeta) from dout: (N, F, OH, OW)."""
    conv_cache, bn_cache, relu_cache = cache
    dnormalised = relu_backward(dout, relu_cache)
    dconv, dgamma, dbeta = spatial_batchnorm_backward(dnormalised, bn_cache)
    return *conv_backward_fast(dconv, conv_cache), dgamma, dbeta


def conv_relu_pool_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict, pool_param: dict
) -> tuple[np.ndarray, tuple]:
    """x: (N, C, H, W), w: (F, C, HH, WW), b: (F,) to (N, F, PH, PW), the pooled size."""
    out, conv_relu_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward_fast(out, pool_param)
    return out, (conv_relu_cache, pool_cache)


def conv_relu_pool_backward(dout: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dx, dw, db) from dout: (N, F, PH, PW)."""
    conv_relu_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), conv_relu_cache)
