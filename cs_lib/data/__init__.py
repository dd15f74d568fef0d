"""Data for the course: images with labels, in three parts, checked and kept.

    from cs_lib import data
    photos = data.load("patches10")            # real colour images, no network needed
    rows = photos.flat()                       # (N, D) floats, for learners that compute
    data.load("cifar10", train=5000)           # downloaded once, checked, kept

What there is, where it comes from and who may use it: `datasets/README.md`.
"""

from cs_lib.data.dataset import Dataset
from cs_lib.data.errors import BrokenFileError, DataError, DownloadError, ManifestError
from cs_lib.data.registry import DatasetInfo, available, fetch, load

__all__ = [
    "BrokenFileError",
    "DataError",
    "Dataset",
    "DatasetInfo",
    "DownloadError",
    "ManifestError",
    "available",
    "fetch",
    "load",
]
