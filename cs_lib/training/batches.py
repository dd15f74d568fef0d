"""Mini-batches: the examples in a new random order in each epoch, cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cs_lib.validation import expect_choice, expect_positive, expect_shapes

Augment = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]
NAMES = ("X_train", "y_train", "X_val", "y_val")


class Batches:
    """The training examples as batches, by the number of the step.

    X: (N, ...); y: (N,). Examples that fill no batch are left out, others in each epoch.
    augment: (X, y, rng) -> (X, y) for a batch, or None. rng draws the order and the augmentation.
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        batch_size: int,
        augment: Augment | None,
        rng: np.random.Generator,
    ) -> None:
        expect_positive(batch_size=batch_size)
        self.X, self.y, self.augment, self.rng = X, y, augment, rng
        self.batch_size = min(batch_size, len(X))
        self.per_epoch = len(X) // self.batch_size
        self.order = np.empty(0, np.int64)

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(X, y) of a step; to be called for each step in turn, as the first of an epoch draws its order."""
        place = step % self.per_epoch
        if place == 0:
            self.order = self.rng.permutation(len(self.X))
        batch = self.order[place * self.batch_size : (place + 1) * self.batch_size]
        X, y = self.X[batch], self.y[batch]
        return self.augment(X, y, self.rng) if self.augment else (X, y)

    def sample(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """At most count examples, spread evenly over all and always the same ones."""
        places = np.unique(np.linspace(0, len(self.X) - 1, min(len(self.X), count)).astype(int))
        return self.X[places], self.y[places]


def expect_data(data: Mapping[str, np.ndarray]) -> None:
    """Check X_train (N, ...) and y_train (N,), and X_val and y_val if there is either of them.

    Raises ValueError for a name that is unknown or missing, or numbers of examples and labels that differ.
    """
    for name in data:
        expect_choice("a name in data", name, NAMES)
    for X, y in (NAMES[:2], NAMES[2:]):
        if X == "X_val" and not {X, y} & data.keys():
            return
        for name in (X, y):
            if name not in data:
                raise ValueError(f"data has no {name}")
        expect_shapes(**{y: (data[y], "N")})
        if len(data[X]) != len(data[y]) or len(data[y]) == 0:
            raise ValueError(f"{X} has {len(data[X])} examples, {y} {len(data[y])} labels: expected as many")
