"""One row a layer: how to call it, which shapes it takes, and what torch says it should return.

A new layer needs a row here, and then has the whole of test_contract.py, where a test asks for the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from cs_lib import layers as L

small = st.integers(1, 4)
batch = st.integers(3, 5)  # what batch norm is well-conditioned on; smaller ones are in test_batch_norm.py


class Call(NamedTuple):
    """The shapes of a layer's arrays, and its other arguments."""

    shapes: tuple[tuple[int, ...], ...]
    options: dict = {}  # noqa: RUF012 - never modified


class Case(NamedTuple):
    forward: Callable  # (*arrays, **options) -> (out, cache)
    backward: Callable  # (dout, cache) -> a gradient, or a tuple of one for each array
    calls: st.SearchStrategy  # of Call
    oracle: Callable  # (*tensors, **options) -> tensor


def arrays_for(call: Call, seed: int, dtype=np.float64) -> list[np.ndarray]:
    """Random arrays in the call's shapes, at least 0.1 away from zero, where many layers have a kink."""
    rng = np.random.default_rng(seed)
    normal = [rng.standard_normal(shape) for shape in call.shapes]
    return [(a + 0.1 * np.sign(a)).astype(dtype) for a in normal]


def calls(*strategies, shapes, options=lambda *sizes: {}):
    """Calls from drawn sizes: `shapes` and `options` are functions of what the strategies drew."""
    return st.tuples(*strategies).map(lambda sizes: Call(shapes(*sizes), options(*sizes)))


any_shape = st.lists(small, min_size=1, max_size=4).map(lambda shape: Call((tuple(shape),)))
rows = calls(batch, small, shapes=lambda N, D: ((N, D), (D,), (D,)))
wide_rows = calls(small, batch, shapes=lambda N, D: ((N, D), (D,), (D,)))
images = calls(batch, small, small, small, shapes=lambda N, C, H, W: ((N, C, H, W), (C,), (C,)))


def flat_affine(x, w, b):
    return x.flatten(1) @ w + b


affine_calls = calls(
    small,
    st.lists(small, min_size=1, max_size=3),
    small,
    shapes=lambda N, dims, M: ((N, *dims), (math.prod(dims), M), (M,)),
)


# Dropout: the layer on ones is its mask, and the rest is linear.


def masked(forward, name):
    def oracle(x, **options):
        return x * torch.from_numpy(forward(np.ones(x.shape), {**options})[0])

    return Case(
        lambda x, **options: forward(x, {**options}),
        getattr(L, f"{name}_backward"),
        calls(
            st.lists(small, min_size=1, max_size=4),
            st.sampled_from([0.3, 0.8, 1.0]),
            st.sampled_from(["train", "test"]),
            st.integers(0, 99),
            shapes=lambda shape, *_: (tuple(shape),),
            options=lambda _, p, mode, seed: {"p": p, "mode": mode, "seed": seed},
        ),
        oracle,
    )


dropconnect_calls = calls(
    small,
    small,
    small,
    st.sampled_from(["train", "test"]),
    st.integers(0, 99),
    shapes=lambda N, D, M, *_: ((N, D), (D, M), (M,)),
    options=lambda N, D, M, mode, seed: {"p": 0.6, "mode": mode, "seed": seed},
)


def dropconnect_oracle(x, w, b, **options):
    D, M = w.shape  # with the identity as input, the layer returns the weights that are left
    mask = L.dropconnect_forward(np.eye(D), np.ones((D, M)), np.zeros(M), options)[0]
    return x @ (w * torch.from_numpy(mask)) + b


def depth_oracle(x, branch, **options):
    kept = L.stochastic_depth_forward(np.zeros(1), np.ones(1), options)[0].item()
    return x + kept * branch


# Normalisation.

STATISTICS = {"mean": 0.3, "var": 1.7}


def bn_train(forward):
    return lambda x, gamma, beta: forward(x, gamma, beta, {"mode": "train", "eps": 1e-4})


def bn_train_oracle(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-4)


def bn_test(forward):
    def call(x, gamma, beta):
        running = {f"running_{name}": np.full_like(gamma, value) for name, value in STATISTICS.items()}
        return forward(x, gamma, beta, {"mode": "test", **running})

    return call


def bn_test_oracle(x, gamma, beta):
    mean, var = (torch.full_like(gamma, value) for value in STATISTICS.values())
    return F.batch_norm(x, mean.detach(), var.detach(), gamma, beta, training=False)


def group_norm_oracle(x, gamma, beta, G):
    return F.group_norm(x, G, gamma.flatten(), beta.flatten())


group_calls = calls(
    small,
    st.integers(1, 3),
    st.integers(1, 3),
    small,
    st.integers(2, 4),
    shapes=lambda N, G, size, H, W: ((N, G * size, H, W), (1, G * size, 1, 1), (1, G * size, 1, 1)),
    options=lambda N, G, *_: {"G": G},
)

lrn_calls = calls(
    small,
    st.integers(1, 6),
    small,
    small,
    st.integers(1, 6),
    shapes=lambda N, C, H, W, n: ((N, C, H, W),),
    options=lambda N, C, H, W, n: {"n": n, "k": 1.5, "alpha": 0.2, "beta": 0.75},
)


def lrn_oracle(x, n, k, alpha, beta):
    return F.local_response_norm(x, n, alpha * n, beta, k)


# Activations with weights.

prelu_calls = calls(
    small,
    small,
    st.lists(small, max_size=2),
    st.booleans(),
    shapes=lambda N, C, rest, shared: ((N, C, *rest), (1 if shared else C,)),
)

maxout_calls = calls(small, small, small, small, shapes=lambda N, K, D, M: ((N, D), (K, D, M), (K, M)))


def maxout_oracle(x, w, b):
    return torch.stack([x @ wk + bk for wk, bk in zip(w, b, strict=True)]).amax(dim=0)


# Convolution and pooling; files of their own try dilation, groups and all the edges.


def conv_calls(shapes, **more):
    """One or two images, channels and filters, kernels of 1 to 3, stride 1 or 2, pad 0 or 1."""
    return calls(
        st.integers(1, 2),
        st.integers(1, 2),
        st.integers(3, 5),
        st.integers(3, 4),
        st.integers(1, 2),
        st.tuples(st.integers(1, 3), st.integers(1, 3)),
        st.integers(1, 2),
        st.integers(0, 1),
        shapes=lambda N, C, H, W, F, k, stride, pad: shapes(N, C, H, W, F, k, stride, pad),
        options=lambda N, C, H, W, F, k, stride, pad: {"conv_param": {"stride": stride, "pad": pad}, **more},
    )


def conv_shapes(N, C, H, W, F, k, stride, pad):
    return (N, C, H, W), (F, C, *k), (F,)


def conv_bn_shapes(*sizes):
    x, w, b = conv_shapes(*sizes)
    return x, w, b, b, b


def transposed_shapes(N, C, H, W, F, k, stride, pad):
    return (N, C, H, W), (C, F, *k), (F,)


def local_shapes(N, C, H, W, F, k, stride, pad):
    places = [(size + 2 * pad - extent) // stride + 1 for size, extent in zip((H, W), k, strict=True)]
    return (N, C, H, W), (*places, F, C, *k), (F, *places)


def conv2d(x, w, b, conv_param):
    return F.conv2d(x, w, b, conv_param["stride"], conv_param["pad"])


def conv_transpose2d(x, w, b, conv_param):
    return F.conv_transpose2d(x, w, b, conv_param["stride"], conv_param["pad"])


def local_conv2d(x, w, b, conv_param):
    columns = F.unfold(x, w.shape[-2:], padding=conv_param["pad"], stride=conv_param["stride"])
    out = torch.einsum("nkp,pfk->nfp", columns, w.flatten(0, 1).flatten(2))
    return out.reshape(len(x), *b.shape) + b


def pool_calls():
    """Images of 3 to 6 pixels a side, windows of 1 to 3 that overlap, touch or leave gaps."""
    size, window = st.integers(3, 6), st.integers(1, 3)
    return calls(
        small,
        small,
        size,
        size,
        st.fixed_dictionaries({"pool_height": window, "pool_width": window, "stride": window}),
        shapes=lambda N, C, H, W, pool_param: ((N, C, H, W),),
        options=lambda N, C, H, W, pool_param: {"pool_param": pool_param},
    )


def pooled(function):
    return lambda x, pool_param: function(
        x, (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    )


FRACTIONAL = {"pool_height": 2, "pool_width": 2, "output_size": (2, 2), "offsets": (0.6, 0.3)}


def fractional_pool(x, pool_param):
    columns_first = torch.tensor(pool_param["offsets"][::-1], dtype=x.dtype).expand(*x.shape[:2], 2)
    return F.fractional_max_pool2d(
        x, 2, output_size=pool_param["output_size"], _random_samples=columns_first.contiguous()
    )


# Layers that come together.

OVERLAPPING = {"pool_height": 2, "pool_width": 1, "stride": 1}


def leaves_two_rows(call):
    (_, _, H, _), (_, _, HH, _) = call.shapes[:2]
    return H + 2 * call.options["conv_param"]["pad"] - HH >= call.options["conv_param"]["stride"]


def with_bn_param(forward):
    return lambda *arrays, **options: forward(*arrays, **options, bn_param={"mode": "train", "eps": 1e-4})


def conv_bn_relu(x, w, b, gamma, beta, conv_param):
    return torch.relu(bn_train_oracle(conv2d(x, w, b, conv_param), gamma, beta))


def conv_relu_pool(x, w, b, conv_param, pool_param):
    return pooled(F.max_pool2d)(torch.relu(conv2d(x, w, b, conv_param)), pool_param)


def activation(name, oracle):
    return Case(getattr(L, f"{name}_forward"), getattr(L, f"{name}_backward"), any_shape, oracle)


# A name is that of the functions, plus what distinguishes a second row for the same ones.
# fmt: off
CASES = {
    "affine": Case(L.affine_forward, L.affine_backward, affine_calls, flat_affine),
    "sigmoid": activation("sigmoid", torch.sigmoid),
    "tanh": activation("tanh", torch.tanh),
    "relu": activation("relu", torch.relu),
    "leaky_relu": activation("leaky_relu", F.leaky_relu),
    "elu": activation("elu", F.elu),
    "selu": activation("selu", F.selu),
    "softplus": activation("softplus", F.softplus),
    "swish": activation("swish", F.silu),
    "gelu": activation("gelu", lambda x: F.gelu(x, approximate="tanh")),
    "prelu": Case(L.prelu_forward, L.prelu_backward, prelu_calls, F.prelu),
    "maxout": Case(L.maxout_forward, L.maxout_backward, maxout_calls, maxout_oracle),
    "dropout": masked(L.dropout_forward, "dropout"),
    "vanilla_dropout": masked(L.vanilla_dropout_forward, "vanilla_dropout"),
    "dropconnect": Case(lambda x, w, b, **options: L.dropconnect_forward(x, w, b, options),
                        L.dropconnect_backward, dropconnect_calls, dropconnect_oracle),
    "stochastic_depth": Case(lambda x, branch, **options: L.stochastic_depth_forward(x, branch, options),
                             L.stochastic_depth_backward,
                             dropconnect_calls.map(lambda call: Call((call.shapes[0],) * 2, call.options)),
                             depth_oracle),
    "batchnorm": Case(bn_train(L.batchnorm_forward), L.batchnorm_backward, rows, bn_train_oracle),
    "batchnorm by the short formula":
        Case(bn_train(L.batchnorm_forward), L.batchnorm_backward_alt, rows, bn_train_oracle),
    "batchnorm in test mode": Case(bn_test(L.batchnorm_forward), L.batchnorm_backward, rows, bn_test_oracle),
    "batchnorm in test mode by the short formula":
        Case(bn_test(L.batchnorm_forward), L.batchnorm_backward_alt, rows, bn_test_oracle),
    "spatial_batchnorm":
        Case(bn_train(L.spatial_batchnorm_forward), L.spatial_batchnorm_backward, images, bn_train_oracle),
    "spatial_batchnorm in test mode":
        Case(bn_test(L.spatial_batchnorm_forward), L.spatial_batchnorm_backward, images, bn_test_oracle),
    "layernorm": Case(lambda x, gamma, beta: L.layernorm_forward(x, gamma, beta, {}), L.layernorm_backward,
                      wide_rows, lambda x, gamma, beta: F.layer_norm(x, gamma.shape, gamma, beta)),
    "spatial_groupnorm":
        Case(lambda x, gamma, beta, G: L.spatial_groupnorm_forward(x, gamma, beta, G, {}),
             L.spatial_groupnorm_backward, group_calls, group_norm_oracle),
    "spatial_instancenorm":
        Case(lambda x, gamma, beta: L.spatial_instancenorm_forward(x, gamma, beta, {}),
             L.spatial_instancenorm_backward, group_calls.map(lambda call: Call(call.shapes)),
             lambda x, gamma, beta: F.instance_norm(x, weight=gamma.flatten(), bias=beta.flatten())),
    "local_response_norm": Case(lambda x, **options: L.local_response_norm_forward(x, options),
                                L.local_response_norm_backward, lrn_calls, lrn_oracle),
    "conv_naive": Case(L.conv_forward_naive, L.conv_backward_naive, conv_calls(conv_shapes), conv2d),
    "conv_im2col": Case(L.conv_forward_im2col, L.conv_backward_im2col, conv_calls(conv_shapes), conv2d),
    "conv_fast": Case(L.conv_forward_fast, L.conv_backward_fast, conv_calls(conv_shapes), conv2d),
    "conv_transpose": Case(L.conv_transpose_forward, L.conv_transpose_backward,
                           conv_calls(transposed_shapes), conv_transpose2d),
    "locally_connected": Case(L.locally_connected_forward, L.locally_connected_backward,
                              conv_calls(local_shapes), local_conv2d),
    "max_pool_naive":
        Case(L.max_pool_forward_naive, L.max_pool_backward_naive, pool_calls(), pooled(F.max_pool2d)),
    "max_pool_fast":
        Case(L.max_pool_forward_fast, L.max_pool_backward_fast, pool_calls(), pooled(F.max_pool2d)),
    "avg_pool": Case(L.avg_pool_forward, L.avg_pool_backward, pool_calls(), pooled(F.avg_pool2d)),
    "global_avg_pool": Case(L.global_avg_pool_forward, L.global_avg_pool_backward,
                            pool_calls().map(lambda call: Call(call.shapes)), lambda x: x.mean(dim=(2, 3))),
    "fractional_max_pool":
        Case(L.fractional_max_pool_forward, L.fractional_max_pool_backward,
             pool_calls().map(lambda call: Call(call.shapes, {"pool_param": FRACTIONAL})), fractional_pool),
    "affine_relu": Case(L.affine_relu_forward, L.affine_relu_backward, affine_calls,
                        lambda x, w, b: torch.relu(flat_affine(x, w, b))),
    "affine_bn_relu":
        Case(with_bn_param(L.affine_bn_relu_forward), L.affine_bn_relu_backward,
             calls(batch, small, small, shapes=lambda N, D, M: ((N, D), (D, M), (M,), (M,), (M,))),
             lambda x, w, b, gamma, beta: torch.relu(bn_train_oracle(x @ w + b, gamma, beta))),
    "conv_relu": Case(L.conv_relu_forward, L.conv_relu_backward, conv_calls(conv_shapes),
                      lambda x, w, b, conv_param: torch.relu(conv2d(x, w, b, conv_param))),
    "conv_bn_relu": Case(with_bn_param(L.conv_bn_relu_forward), L.conv_bn_relu_backward,
                         conv_calls(conv_bn_shapes).filter(leaves_two_rows), conv_bn_relu),
    "conv_relu_pool": Case(L.conv_relu_pool_forward, L.conv_relu_pool_backward,
                           conv_calls(conv_shapes, pool_param=OVERLAPPING).filter(leaves_two_rows),
                           conv_relu_pool),
}
# fmt: on
