"""k-means: k centres such that every point is near one of them.

Source: S. Lloyd, "Least squares quantization in PCM" (1982); the start is that of D. Arthur,
S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding" (2007).
"""

from __future__ import annotations

import numpy as np

from cs_lib.knn import l2_distances
from cs_lib.validation import expect_positive, expect_shapes


def kmeans(
    X: np.ndarray,
    k: int,
    *,
    num_iters: int = 100,
    rng: np.random.Generator | None = None,
    centers: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Centres (k, D) of the points X: (N, D), and for each point the index (N,) of its nearest centre.

    Two steps in turn, at most num_iters times, until no point changes its centre: every point goes
    to the nearest centre, every centre to the mean of its points. A centre that no point is nearest
    to starts again at the point that is worst off. centers: where to start, instead of k-means++
    with rng. Finds a local optimum. Raises ValueError for shapes that do not fit or k above N.
    """
    num_points = expect_shapes(X=(X, "N D"))["N"]
    expect_positive(k=k, num_iters=num_iters)
    if k > num_points:
        raise ValueError(f"k is {k}, expected at most the number of points, {num_points}")
    if centers is None:
        centers = _spread_out(X, k, rng if rng is not None else np.random.default_rng(0))
    expect_shapes(X=(X, "N D"), centers=(centers, f"{k} D"))

    nearest = np.full(num_points, -1)
    for _ in range(num_iters):
        distances = l2_distances(X, centers)
        before, nearest = nearest, distances.argmin(axis=1)
        if np.array_equal(nearest, before):
            break
        centers = _means(X, nearest, k, worst_off=np.argsort(distances.min(axis=1))[::-1])
    else:
        nearest = l2_distances(X, centers).argmin(axis=1)
    return centers, nearest


def _means(X: np.ndarray, nearest: np.ndarray, k: int, worst_off: np.ndarray) -> np.ndarray:
    """The mean (k, D) of the points of each centre; for centres without points, the worst off points."""
    counts = np.bincount(nearest, minlength=k)
    order = np.argsort(nearest, kind="stable")
    used = np.flatnonzero(counts)
    sums = np.add.reduceat(X[order], (np.cumsum(counts) - counts)[used], axis=0)
    centers = np.empty((k, X.shape[1]), dtype=sums.dtype)
    centers[used] = sums / counts[used, np.newaxis]
    empty = np.flatnonzero(counts == 0)
    centers[empty] = X[worst_off[: len(empty)]]
    return centers


def _spread_out(X: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k of the points (k, D), each drawn with a chance in proportion to its squared distance so far."""
    chosen = [int(rng.integers(len(X)))]
    squared = np.full(len(X), np.inf)
    for _ in range(k - 1):
        squared = np.minimum(squared, l2_distances(X, X[chosen[-1:]])[:, 0].astype(np.float64) ** 2)
        squared[chosen] = 0
        total = squared.sum()  # 0 when every point coincides with a chosen one
        chosen.append(int(rng.choice(len(X), p=squared / total if total > 0 else None)))
    return X[chosen].copy()
