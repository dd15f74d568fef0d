"""Images and labels in three parts: what `load` returns for every data set."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

PARTS = ("train", "val", "test")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training, validation and test images with their labels.

    name: what `load` was asked for.
    classes: the name of each label; label c is `classes[c]`.
    x_train, x_val, x_test: (N, H, W, C) colour or (N, H, W) grey, uint8 as they are stored.
    y_train, y_val, y_test: (N,) int64.

    Differences of uint8 wrap around (3 - 5 is 254): compute with `flat()`, look at the images as they are.
    """

    name: str
    classes: tuple[str, ...]
    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def flat(self, dtype: type = np.float64) -> Dataset:
        """The same data with every image as a row of floats: x_train becomes (N, D), D = H * W * C.

        The values stay in the images' own range (0 to 255, digits 0 to 16).

        >>> data = load("digits", train=100).flat()
        >>> data.x_train.shape, data.x_train.dtype
        ((100, 64), dtype('float64'))
        """
        rows = {}
        for part in PARTS:
            images = getattr(self, f"x_{part}")
            rows[f"x_{part}"] = images.reshape(len(images), int(np.prod(images.shape[1:]))).astype(dtype)
        return dataclasses.replace(self, **rows)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.x_train.shape[1:]))
        counts = ", ".join(f"{len(getattr(self, f'y_{part}'))} {part}" for part in PARTS)
        return (
            f"Dataset {self.name}: {counts}; images {size} {self.x_train.dtype}; "
            f"{len(self.classes)} classes: {', '.join(self.classes)}"
        )
