"""The data sets by name: load one, fetch one, list all. Adding one is a row here and one in the manifest.

Each module named here offers load, fetch and is_cached with the same arguments; it is imported when its
set is asked for.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from cs_lib.data import cache, manifest
from cs_lib.data.dataset import Dataset
from cs_lib.data.errors import ManifestError
from cs_lib.data.splits import expect_seed
from cs_lib.validation import expect_choice

NAMES = ("patches10", "digits", "cifar10", "fashion_mnist")


@dataclass(frozen=True)
class DatasetInfo:
    """A row of the list of data: what it is, who may use it, whether it is here already."""

    name: str
    title: str
    classes: int
    size: str
    licence: str
    cached: bool
    needs_network: bool


def load(
    name: str,
    *,
    train: int | None = None,
    val: int | None = None,
    test: int | None = None,
    seed: int = 0,
    cache_dir: str | os.PathLike | None = None,
) -> Dataset:
    """Load a data set: "patches10", "digits" (both need no network), "cifar10" or "fashion_mnist".

    train, val, test: number of images in each part; None stands for the set's default.
    seed: which images are drawn; the same seed gives the same data.
    cache_dir: where data is kept; default the variable CS_LIB_CACHE, else the system's place for caches.

    Raises ValueError for an unknown name, a size below 0 or above what there is, DataError for files that
    are missing, broken or cannot be downloaded.

    >>> load("digits", train=1000, val=200, test=300).x_train.shape
    (1000, 8, 8)
    """
    module, entry = _find(name)
    return module.load(entry, cache.directory(cache_dir), train, val, test, expect_seed(seed))


def fetch(name: str, *, cache_dir: str | os.PathLike | None = None) -> Path:
    """Download or build a data set so that `load` finds it ready; returns the file or folder."""
    module, entry = _find(name)
    return module.fetch(entry, cache.directory(cache_dir))


def available(*, cache_dir: str | os.PathLike | None = None) -> list[DatasetInfo]:
    """All data sets, those that need no network first."""
    folder = cache.directory(cache_dir)
    rows = []
    for name in NAMES:
        module, entry = _find(name)
        cached = module.is_cached(entry, folder)
        rows.append(
            DatasetInfo(
                name, entry.title, len(entry.classes), entry.size, entry.licence, cached, bool(entry.files)
            )
        )
    return rows


def _find(name: str) -> tuple[ModuleType, manifest.Entry]:
    expect_choice("name", name, NAMES)
    entries = manifest.read()
    if name not in entries:
        raise ManifestError(
            f"{manifest.PATH} has no entry [{name}]: get it anew from where you got the course"
        )
    return importlib.import_module(f"cs_lib.data.{name}"), entries[name]
