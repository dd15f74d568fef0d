"""What several layers ask of their arguments, in one voice. Not for what only one layer needs."""

from __future__ import annotations

import numpy as np

from cs_lib.validation import expect_choice


def expect_upstream(dout: np.ndarray, shape: tuple[int, ...]) -> None:
    """Check that the upstream gradient has the shape of the output that it belongs to.

    Raises TypeError if dout is no array, ValueError if its shape differs.
    """
    if not hasattr(dout, "shape"):
        raise TypeError(f"dout is a {type(dout).__name__}, expected a NumPy array")
    if tuple(dout.shape) != tuple(shape):
        raise ValueError(f"dout has shape {tuple(dout.shape)}, expected {tuple(shape)}, the output's shape")


def is_training(param: dict, name: str) -> bool:
    """Read `param["mode"]`, which must be "train" or "test"; raises ValueError if it is neither."""
    mode = param.get("mode")
    expect_choice(f"{name}['mode']", mode, ("train", "test"))
    return mode == "train"


def keep_probability(param: dict, name: str) -> float:
    """Read `param["p"]`, the probability of keeping; raises ValueError unless 0 < p <= 1."""
    p = param.get("p")
    if p is None or not 0 < p <= 1:
        raise ValueError(f"{name}['p'] is {p}, expected a probability of keeping in (0, 1]")
    return float(p)  # a plain float leaves float32 arrays float32


def random_source(param: dict) -> np.random.Generator:
    """The generator at `param["rng"]`, which moves on with each call, or a new one from `param["seed"]`."""
    return param.get("rng") or np.random.default_rng(param.get("seed"))
