"""Fair timing: one number of threads for every library, and repeats that take turns.

Imports nothing that reads the number of threads, so that `use_threads` can come before NumPy.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def use_threads(threads: int) -> None:
    """Limit NumPy's and torch's libraries; call it before they are imported."""
    for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def interleaved(functions: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each repeat of each function, in turns, after one call to warm up.

    Taking turns, whatever else the machine does hits all of them alike.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    return times
