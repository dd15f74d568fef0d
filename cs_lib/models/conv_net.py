"""A net from a table: the architecture is data, and one builder makes it.

    net = ConvNet([("conv", 32, 3), "batchnorm", "relu", ("pool", 2), ("affine", 128), "relu"], (3, 32, 32))

A row is the name of a block, or a tuple of the name and its numbers, with a dictionary for what is not
usual: ("conv", 64, 3, {"stride": 2}). An affine layer to the classes is added at the end. The blocks that
there are: `blocks.BUILDERS`. Not for: nets with shortcuts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cs_lib.initialization import kaiming
from cs_lib.models.blocks import BUILDERS, Block, Shape
from cs_lib.models.net import Arrays, Net
from cs_lib.validation import expect_between, expect_choice, expect_positive

Row = str | tuple


class ConvNet(Net):
    """params: W1, b1, W2, b2, ... in the table's order, and gamma1, beta1, ... of the norms, in theirs.

    blocks: in order, the names of a block's arrays and the `Block`, whose `shape` is that of what it gives.
    """

    def __init__(
        self,
        table: Sequence[Row],
        input_dim: tuple[int, ...] = (3, 32, 32),
        num_classes: int = 10,
        *,
        reg: float = 0.0,
        weight_scale: float | None = None,
        dtype: type = np.float32,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Weights by Kaiming's rule, or normal with deviation weight_scale.

        table: the rows. input_dim: (C, H, W) of images, or (D,). reg: strength of 0.5 * reg * sum W^2.
        seed: for the weights, and for the dropout masks that follow.
        Raises ValueError for an unknown block, or one that does not fit what comes before it.
        """
        super().__init__(reg, dtype, seed)
        expect_positive(num_classes=num_classes)
        if weight_scale is not None:
            expect_between(0, weight_scale=weight_scale)
        self.weight_scale = weight_scale
        self.blocks: list[tuple[tuple[str, ...], Block]] = []  # the names of its arrays, and the block
        shape = tuple(input_dim)
        for number, row in enumerate([*table, ("affine", num_classes)], start=1):
            shape = self._append(row, number, shape)

    def forward(self, X: np.ndarray) -> tuple[np.ndarray, list]:
        """(scores, caches) for X: (N, *input_dim); scores: (N, num_classes)."""
        out, caches = X, []
        for names, block in self.blocks:
            arrays = (self.params[name] for name in names)
            out, cache = block.forward(out, *arrays, *block.options)
            caches.append(cache)
        return out, caches

    def backward(self, dscores: np.ndarray, cache: list) -> Arrays:
        """The same way back, from dscores: (N, C)."""
        dout, grads = dscores, {}
        for (names, block), block_cache in zip(reversed(self.blocks), reversed(cache), strict=True):
            if names:
                dout, *gradients = block.backward(dout, block_cache)
                grads |= zip(names, gradients, strict=True)
            else:
                dout = block.backward(dout, block_cache)
        return grads

    def _append(self, row: Row, number: int, shape: Shape) -> Shape:
        """Make one block and its arrays; returns the shape of one example that it gives."""
        kind, *numbers = (row,) if isinstance(row, str) else row
        options = numbers.pop() if numbers and isinstance(numbers[-1], dict) else {}
        expect_choice(f"the name of block {number}", kind, tuple(BUILDERS))
        try:
            block = BUILDERS[kind](shape, self._draw, *numbers, **options)
        except (TypeError, ValueError) as error:
            raise type(error)(f"block {number}, {row!r}: {error}") from None
        if kind == "batchnorm":
            self.bn_params.append(block.mode_param)
        elif kind == "dropout":
            block.mode_param["rng"] = self.rng
            self.dropout_params.append(block.mode_param)
        names = tuple(f"{start}{self._count(start) + 1}" for start in block.arrays)
        for name, values in zip(names, block.arrays.values(), strict=True):
            self._add(name, values)
        self.blocks.append((names, block))
        return block.shape

    def _count(self, start: str) -> int:
        return sum(name.rstrip("0123456789") == start for name in self.params)

    def _draw(self, shape: Shape) -> np.ndarray:
        if self.weight_scale is None:
            return kaiming(shape, self.rng)
        return self.weight_scale * self.rng.standard_normal(shape)
