"""Time of our layers beside torch's, forward alone and forward with backward.

    python benchmarks/layers.py [--threads 1] [--repeats 15]

Ours and torch's run in one process on the same number of threads, and take turns. The table shows
medians and, in brackets, the quickest repeat; a ratio is our median over torch's. `gemm_share` is the part
of the speed of a plain large matrix product that the convolution reaches.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable

from _timing import interleaved, use_threads

X, W, PAD = (64, 32, 32, 32), (32, 32, 3, 3), 1
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
PRODUCT = 1024  # rows and columns of the matrix product that stands for the machine's peak


def candidates() -> dict[str, dict[str, Callable[[], object]]]:
    """By layer, what is timed: `ours`, `torch`, and for some others beside them."""
    import numpy as np

    rng = np.random.default_rng(0)

    def normal(*shape: int, dtype: type = np.float32) -> np.ndarray:
        return rng.standard_normal(shape).astype(dtype)

    square = normal(PRODUCT, PRODUCT)
    return {
        "matrix product": {"ours": lambda: square @ square},
        "conv_forward_f32": _convolution(normal, np.float32),
        "conv_fwd_bwd_f32": _convolution(normal, np.float32, backward=True),
        "conv_forward_f64": _convolution(normal, np.float64),
        "max_pool": _max_pool(normal),
        "max_pool_fwd_bwd": _max_pool(normal, backward=True),
        "batchnorm": _batch_norm(normal, X),
        "batchnorm_1d": _batch_norm(normal, (256, 512)),
        "affine": _affine(normal),
    }


def _convolution(normal: Callable, dtype: type, backward: bool = False) -> dict[str, Callable]:
    import torch

    from cs_lib.layers import convolution as conv

    arrays = normal(*X, dtype=dtype), normal(*W, dtype=dtype), normal(W[0], dtype=dtype)
    conv_param = {"stride": 1, "pad": PAD}
    out = conv.convolve(*arrays, conv_param)
    dout = normal(*out.shape, dtype=dtype)

    def theirs(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, w, b, padding=PAD)

    if backward:
        return {
            "ours": lambda: conv.conv_backward_fast(dout, conv.conv_forward_fast(*arrays, conv_param)[1]),
            "torch": _in_torch(theirs, arrays, dout),
        }
    return {
        "ours": lambda: conv.convolve(*arrays, conv_param),
        "torch": _in_torch(theirs, arrays),
        "im2col": lambda: conv.convolve(*arrays, conv_param, method="im2col"),
    }


def _max_pool(normal: Callable, backward: bool = False) -> dict[str, Callable]:
    import torch

    from cs_lib.layers import pooling

    x = normal(*X)
    out, _ = pooling.max_pool_forward_fast(x, POOL)
    dout = normal(*out.shape) if backward else None

    def ours() -> object:
        _, cache = pooling.max_pool_forward_fast(x, POOL)
        return pooling.max_pool_backward_fast(dout, cache) if backward else cache

    return {"ours": ours, "torch": _in_torch(lambda x: torch.nn.functional.max_pool2d(x, 2), (x,), dout)}


def _batch_norm(normal: Callable, shape: tuple[int, ...]) -> dict[str, Callable]:
    import torch

    from cs_lib import layers

    name = "spatial_batchnorm" if len(shape) == 4 else "batchnorm"
    forward, backward = getattr(layers, f"{name}_forward"), getattr(layers, f"{name}_backward")
    arrays, dout = (normal(*shape), normal(shape[1]), normal(shape[1])), normal(*shape)
    bn_param = {"mode": "train", "running_mean": arrays[1] * 0, "running_var": arrays[1] * 0}
    mean, var = torch.zeros(shape[1]), torch.zeros(shape[1])

    def theirs(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training=True)

    row = {
        "ours": lambda: backward(dout, forward(*arrays, bn_param)[1]),
        "torch": _in_torch(theirs, arrays, dout),
    }
    if name == "batchnorm":
        row["by the short formula"] = lambda: layers.batchnorm_backward_alt(
            dout, forward(*arrays, bn_param)[1]
        )
    return row


def _affine(normal: Callable) -> dict[str, Callable]:
    from cs_lib import layers

    arrays, dout = (normal(128, 32, 8, 8), normal(2048, 512), normal(512)), normal(128, 512)
    return {
        "ours": lambda: layers.affine_backward(dout, layers.affine_forward(*arrays)[1]),
        "torch": _in_torch(lambda x, w, b: x.flatten(1) @ w + b, arrays, dout),
    }


def _in_torch(function: Callable, arrays: tuple, dout: object = None) -> Callable[[], object]:
    """function on the same numbers in torch; with dout, forward and backward for every array."""
    import torch

    tensors = [torch.from_numpy(array) for array in arrays]
    if dout is None:
        return torch.no_grad()(lambda: function(*tensors))
    leaves, upstream = [tensor.requires_grad_() for tensor in tensors], torch.from_numpy(dout)
    return lambda: torch.autograd.grad(function(*leaves), leaves, upstream)


def naive_seconds() -> float:
    """The naive convolution's time for the whole batch, from a few filters on one image."""
    import numpy as np

    from cs_lib.layers.convolution import convolve

    filters = 4
    arrays = [np.ones((1, *X[1:]), np.float32), np.ones((filters, *W[1:]), np.float32), np.ones(filters)]
    [seconds] = interleaved(
        {"": lambda: convolve(*arrays, {"stride": 1, "pad": PAD}, method="naive")}, 3
    ).values()
    return statistics.median(seconds) * X[0] * W[0] / filters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    import torch

    torch.set_num_threads(arguments.threads)

    table = candidates()
    functions = {(layer, who): run for layer, row in table.items() for who, run in row.items()}
    times = interleaved(functions, arguments.repeats)
    median = {key: statistics.median(seconds) for key, seconds in times.items()}

    print(
        f"x {X}, w {W}, pad {PAD}; {arguments.threads} thread(s) each, {arguments.repeats} repeats in turns"
    )
    for layer, row in table.items():
        parts = (f"{who} {1e3 * median[layer, who]:.1f} ({1e3 * min(times[layer, who]):.1f})" for who in row)
        ratio = f"{median[layer, 'ours'] / median[layer, 'torch']:.2f}x" if "torch" in row else ""
        print(f"  {layer:18} {ratio:7} {', '.join(parts)} ms")
    print(f"  the naive loops would take {naive_seconds():.1f} s for conv_forward_f32")

    flops = 2 * X[0] * X[2] * X[3] * W[0] * W[1] * W[2] * W[3] / median["conv_forward_f32", "ours"]
    peak = 2 * PRODUCT**3 / median["matrix product", "ours"]
    result = {name: median[name, "ours"] / median[name, "torch"] for name in table if "torch" in table[name]}
    print(
        "RESULT",
        json.dumps({name: round(x, 3) for name, x in (result | {"gemm_share": flops / peak}).items()}),
    )


if __name__ == "__main__":
    main()
