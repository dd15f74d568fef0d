"""CIFAR-10 (Krizhevsky 2009): 60,000 colour images of 32x32 in ten classes, from the binary archive.

The archive of the binary version holds plain bytes: a label, then 1024 red, 1024 green and 1024 blue
values, row by row, for each image. The better known Python version holds pickles, which could run
anything; it is not read here.
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np

from cs_lib.data import download
from cs_lib.data.dataset import Dataset
from cs_lib.data.errors import BrokenFileError
from cs_lib.data.manifest import Entry
from cs_lib.data.splits import pick, pooled_sizes

VAL = 1000
FOLDER = "cifar-10-batches-bin"
TRAIN_BATCHES = tuple(f"{FOLDER}/data_batch_{i}.bin" for i in range(1, 6))
TEST_BATCHES = (f"{FOLDER}/test_batch.bin",)
RECORD = 1 + 3 * 32 * 32


def load(
    entry: Entry, cache: Path, train: int | None, val: int | None, test: int | None, seed: int
) -> Dataset:
    """Images (N, 32, 32, 3) uint8; by default 49,000 training, 1,000 validation, 10,000 test."""
    sizes = pooled_sizes("cifar10", entry.train, entry.test, VAL, train, val, test)
    path = fetch(entry, cache) / entry.files[0].name
    pool = _read(path, TRAIN_BATCHES, entry.train, len(entry.classes))
    test_pool = _read(path, TEST_BATCHES, entry.test, len(entry.classes))
    return pick("cifar10", entry.classes, pool, test_pool, sizes, seed)


def fetch(entry: Entry, cache: Path) -> Path:
    """Download what is missing; returns the folder."""
    download.fetch_files(entry, cache / "cifar10")
    return cache / "cifar10"


def is_cached(entry: Entry, cache: Path) -> bool:
    """Whether the archive is here already."""
    return download.have_files(entry, cache / "cifar10")


def _read(path: Path, batches: tuple[str, ...], count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 32, 32, 3) and labels (count,) of some batches; raises BrokenFileError."""
    expected = count // len(batches) * RECORD
    records = []
    try:
        with tarfile.open(path, "r:gz") as archive:
            for batch in batches:
                file = archive.extractfile(batch)  # None for a folder
                data = file.read(expected + 1) if file else b""  # no more, whatever the archive says
                if len(data) != expected:
                    raise _broken(path, f"holds {batch} with other than {expected} bytes")
                records.append(np.frombuffer(data, np.uint8).reshape(-1, RECORD))
    except KeyError as error:
        raise _broken(path, f"is no CIFAR-10 archive: {error.args[0]}") from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _broken(path, f"cannot be unpacked ({error})") from None
    table = np.concatenate(records)
    labels = table[:, 0]
    if labels.max() >= classes:
        raise _broken(path, f"holds label {labels.max()}, expected 0 to {classes - 1}")
    images = table[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), labels


def _broken(path: Path, fault: str) -> BrokenFileError:
    return BrokenFileError(path, fault, download.remedy(path))
