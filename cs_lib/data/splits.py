"""How many images each part gets, and which: sizes checked, draws that every machine repeats.

NumPy promises that the raw numbers of a bit generator never change, but not that
`Generator.integers` or `shuffle` keep theirs (NEP 19): all draws are made from the raw numbers.
"""

from __future__ import annotations

import operator

import numpy as np

from cs_lib.data.dataset import Dataset


def expect_size(name: str, part: str, size: int, limit: int) -> int:
    """Check a number of images; raises TypeError for no whole number, ValueError for one out of range."""
    try:
        size = int(operator.index(size))
    except TypeError:
        raise TypeError(f"{part} is {size!r}, expected a whole number of images") from None
    if not 0 <= size <= limit:
        raise ValueError(f"{part} is {size}, expected 0 to {limit} images of {name}")
    return size


def expect_seed(seed: int) -> int:
    """Check a seed; raises TypeError for no whole number, ValueError for one below 0."""
    try:
        seed = int(operator.index(seed))
    except TypeError:
        raise TypeError(f"seed is {seed!r}, expected a whole number") from None
    if seed < 0:
        raise ValueError(f"seed is {seed}, expected 0 or more")
    return seed


def stream(seed: int, *purpose: int) -> np.random.PCG64:
    """A source of random bits that belongs to this seed and purpose alone."""
    return np.random.PCG64([seed, *purpose])


def uniforms(bits: np.random.PCG64, *shape: int) -> np.ndarray:
    """Numbers in [0, 1), float64 of the given shape, drawn row by row."""
    raw = bits.random_raw(int(np.prod(shape))).reshape(shape)
    return (raw >> np.uint64(11)) * 2.0**-53  # the upper 53 bits: all that a float64 can hold


def permutation(bits: np.random.PCG64, n: int) -> np.ndarray:
    """The numbers 0 to n - 1 in random order, (n,) int64."""
    return np.argsort(uniforms(bits, n), kind="stable")


def pooled_sizes(
    name: str,
    pool: int,
    test_pool: int,
    val_default: int,
    train: int | None,
    val: int | None,
    test: int | None,
) -> tuple[int, int, int]:
    """Sizes of a set that has `pool` images for training and validation and `test_pool` for testing.

    None stands for the default: `val_default` for validation, everything that is left for training, all
    for testing. Raises as `expect_size`, also when training and validation together ask for too much.
    """
    if val is None:
        left = pool if train is None else pool - expect_size(name, "train", train, pool)
        val = min(val_default, left)
    val = expect_size(name, "val", val, pool)
    train = expect_size(name, "train", pool - val if train is None else train, pool)
    test = expect_size(name, "test", test_pool if test is None else test, test_pool)
    if train + val > pool:
        raise ValueError(f"train + val is {train + val}, but {name} has {pool} images for both together")
    return train, val, test


def pick(
    name: str,
    classes: tuple[str, ...],
    pool: tuple[np.ndarray, np.ndarray],
    test_pool: tuple[np.ndarray, np.ndarray],
    sizes: tuple[int, int, int],
    seed: int,
) -> Dataset:
    """Draw the three parts from (images, labels) pools without drawing any image twice.

    Validation comes from the far end of the shuffled pool, so that another number of training images
    leaves it as it is.
    """
    train, val, test = sizes
    order = permutation(stream(seed, 0), len(pool[1]))
    for_test = permutation(stream(seed, 1), len(test_pool[1]))[:test]
    for_train, for_val = order[:train], order[len(order) - val :]
    return Dataset(
        name,
        classes,
        x_train=pool[0][for_train],
        y_train=pool[1][for_train].astype(np.int64),
        x_val=pool[0][for_val],
        y_val=pool[1][for_val].astype(np.int64),
        x_test=test_pool[0][for_test],
        y_test=test_pool[1][for_test].astype(np.int64),
    )
