"""Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 70,000 grey images of clothes, 28x28, in ten classes.

The files have MNIST's IDX format (LeCun): big-endian, two zero bytes, the type of the values (8: unsigned
byte), the number of axes, the size of each as 32 bits, then the values.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from cs_lib.data import download
from cs_lib.data.dataset import Dataset
from cs_lib.data.errors import BrokenFileError
from cs_lib.data.manifest import Entry
from cs_lib.data.splits import pick, pooled_sizes

VAL = 1000
SIDE = 28


def load(
    entry: Entry, cache: Path, train: int | None, val: int | None, test: int | None, seed: int
) -> Dataset:
    """Images (N, 28, 28) uint8; by default 59,000 training, 1,000 validation, 10,000 test."""
    sizes = pooled_sizes("fashion_mnist", entry.train, entry.test, VAL, train, val, test)
    folder = fetch(entry, cache)
    images, labels, test_images, test_labels = (folder / file.name for file in entry.files)
    pool = _read_pair(images, labels, entry.train, len(entry.classes))
    test_pool = _read_pair(test_images, test_labels, entry.test, len(entry.classes))
    return pick("fashion_mnist", entry.classes, pool, test_pool, sizes, seed)


def fetch(entry: Entry, cache: Path) -> Path:
    """Download what is missing; returns the folder."""
    download.fetch_files(entry, cache / "fashion_mnist")
    return cache / "fashion_mnist"


def is_cached(entry: Entry, cache: Path) -> bool:
    """Whether the four files are here already."""
    return download.have_files(entry, cache / "fashion_mnist")


def _read_pair(images: Path, labels: Path, count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    x = _read_idx(images, (count, SIDE, SIDE))
    y = _read_idx(labels, (count,))
    if y.max() >= classes:
        raise _broken(labels, f"holds label {y.max()}, expected 0 to {classes - 1}")
    return x, y


def _read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """An IDX file's array of unsigned bytes, which must have the given shape; raises BrokenFileError."""
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
    size = int(np.prod(shape))
    try:
        with gzip.open(path) as file:
            data = file.read(len(header) + size + 1)  # no more than that, whatever the file says
    except (OSError, EOFError, zlib.error) as error:
        raise _broken(path, f"cannot be unpacked ({error})") from None
    if data[:4] != header[:4]:
        raise _broken(path, f"starts with {data[:4].hex()}, expected {header[:4].hex()}")
    if data[4 : len(header)] != header[4:]:
        found = tuple(np.frombuffer(data[4 : len(header)].ljust(4 * len(shape), b"\0"), ">u4").tolist())
        raise _broken(path, f"holds an array of shape {found}, expected {shape}")
    if len(data) != len(header) + size:
        raise _broken(path, f"holds other than {size} values")
    return np.frombuffer(data, np.uint8, offset=len(header)).reshape(shape)


def _broken(path: Path, fault: str) -> BrokenFileError:
    return BrokenFileError(path, fault, download.remedy(path))
