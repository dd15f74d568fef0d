"""Handwritten digits, 8x8 pixels of 0 to 16, which scikit-learn carries: nothing to download."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from cs_lib.data.dataset import Dataset
from cs_lib.data.errors import BrokenFileError
from cs_lib.data.manifest import Entry
from cs_lib.data.splits import pick, pooled_sizes

VAL = 200


def load(
    entry: Entry, cache: Path, train: int | None, val: int | None, test: int | None, seed: int
) -> Dataset:
    """Images (N, 8, 8) uint8; by default 1,097 training, 200 validation, 500 test.

    The test images are drawn from the last 500 of scikit-learn's file.
    """
    sizes = pooled_sizes("digits", entry.train, entry.test, VAL, train, val, test)
    images, labels = _read(entry)
    pool, test_pool = (
        (images[: entry.train], labels[: entry.train]),
        (images[entry.train :], labels[entry.train :]),
    )
    return pick("digits", entry.classes, pool, test_pool, sizes, seed)


def fetch(entry: Entry, cache: Path) -> Path:
    """Nothing to fetch; returns where scikit-learn keeps its data."""
    import sklearn.datasets

    return Path(sklearn.datasets.__file__).parent / "data"


def is_cached(entry: Entry, cache: Path) -> bool:
    """Always: they come with scikit-learn."""
    return True


def _read(entry: Entry) -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 8, 8) and labels (1797,), both uint8, checked against the manifest."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.uint8)
    # Of the values, not of the file: scikit-learn may pack it differently one day.
    if hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() != entry.sha256:
        path = fetch(entry, Path())
        raise BrokenFileError(path, "holds other digits than the course expects", "Reinstall scikit-learn")
    return images, labels
