"""Time of our no-loop nearest neighbours beside the bare matrix product, scikit-learn and torch.

    python benchmarks/knn.py [--threads 1] [--repeats 9]

All run in one process on the same number of threads, their repeats interleaved so that whatever
else the machine does hits all of them alike. The table shows medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable

from _timing import interleaved, use_threads

NUM_TEST, NUM_TRAIN, DIM, K = 500, 5000, 3072, 7


def candidates(threads: int) -> dict[str, Callable[[], object]]:
    """What is timed, by name; every one starts from the same two float32 arrays."""
    use_threads(threads)  # before NumPy and torch are imported
    import numpy as np
    import torch
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.neighbors import KNeighborsClassifier

    from cs_lib.knn import KNearestNeighbor

    torch.set_num_threads(threads)
    rng = np.random.default_rng(0)
    X = rng.random((NUM_TRAIN, DIM), dtype=np.float32)
    y = rng.integers(0, 10, NUM_TRAIN)
    X_test = rng.random((NUM_TEST, DIM), dtype=np.float32)
    ours = KNearestNeighbor()
    ours.train(X, y)
    theirs = KNeighborsClassifier(K, algorithm="brute").fit(X, y)
    X_torch, X_test_torch = torch.from_numpy(X), torch.from_numpy(X_test)
    return {
        "matrix product": lambda: X_test @ X.T,
        "distances: ours": lambda: ours.compute_distances_no_loops(X_test),
        "distances: scikit-learn": lambda: euclidean_distances(X_test, X),
        "distances: torch.cdist": lambda: torch.cdist(X_test_torch, X_torch),
        "predict: ours": lambda: ours.predict(X_test, k=K),
        "predict: scikit-learn": lambda: theirs.predict(X_test),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()

    times = interleaved(candidates(arguments.threads), arguments.repeats)
    seconds = {name: statistics.median(repeats) for name, repeats in times.items()}
    product, ours = seconds["matrix product"], seconds["distances: ours"]
    print(f"{NUM_TEST} x {NUM_TRAIN} points of {DIM} float32, k = {K}, {arguments.threads} thread(s)")
    for name, median in seconds.items():
        print(f"  {name:24} {1e3 * median:8.1f} ms   {median / product:5.2f} x the matrix product")
    ratios = {
        "knn_over_gemm": ours / product,
        "knn_over_sklearn": ours / seconds["distances: scikit-learn"],
        "knn_over_torch": ours / seconds["distances: torch.cdist"],
        "predict_over_sklearn": seconds["predict: ours"] / seconds["predict: scikit-learn"],
    }
    print("RESULT", json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main()
