"""Time and memory of each way to convolve, over the filter's size.

    python benchmarks/convolution.py [--threads 1] [--repeats 7]

All methods take turns on the same arrays; the naive loops, much slower, run once. Memory is the peak of what
NumPy allocates during a call, the output included (for the loops, which take long to trace, it is computed).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable

from _timing import interleaved, use_threads

BATCH, CHANNELS, SIZE, FILTERS = 8, 16, 32, 16
KERNELS = (1, 3, 5, 7, 11, 15)


def candidates(kernel: int) -> dict[str, Callable[[], object]]:
    """Each method that can do it, as a call on float32 arrays with padding that keeps the size."""
    import numpy as np

    from cs_lib.layers.convolution import METHODS, convolve

    rng = np.random.default_rng(0)
    shapes = (BATCH, CHANNELS, SIZE, SIZE), (FILTERS, CHANNELS, kernel, kernel), (FILTERS,)
    arrays = [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]
    conv_param = {"stride": 1, "pad": kernel // 2}
    methods = [method for method in METHODS if method != "winograd" or kernel == 3]
    return {method: lambda method=method: convolve(*arrays, conv_param, method) for method in methods}


def peak_bytes(function: Callable[[], object]) -> int:
    """The most memory that function has allocated at any time."""
    tracemalloc.start()
    function()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def measure(kernel: int, repeats: int) -> dict[str, tuple[float, int]]:
    """Median seconds and peak bytes of each method."""
    functions = candidates(kernel)
    naive = functions.pop("naive")
    start = time.perf_counter()
    naive()
    seconds = {"naive": time.perf_counter() - start}
    seconds |= {name: statistics.median(times) for name, times in interleaved(functions, repeats).items()}
    memory = {name: peak_bytes(function) for name, function in functions.items()}
    memory["naive"] = (
        4 * BATCH * (CHANNELS * (SIZE + kernel - 1) ** 2 + FILTERS * SIZE**2)
    )  # padded x, and out
    return {name: (seconds[name], memory[name]) for name in seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    use_threads(arguments.threads)

    table = {kernel: measure(kernel, arguments.repeats) for kernel in KERNELS}
    names = list(table[3])
    print(
        f"x ({BATCH}, {CHANNELS}, {SIZE}, {SIZE}), {FILTERS} filters, float32, {arguments.threads} thread(s)"
    )
    for title, column, scale in (("time, ms", 0, 1e3), ("memory, MB", 1, 1e-6)):
        print(f"{title:>12}" + "".join(f"{name:>12}" for name in names))
        for kernel, row in table.items():
            cells = (f"{scale * row[name][column]:12.1f}" if name in row else f"{'-':>12}" for name in names)
            print(f"{f'{kernel}x{kernel}':>12}" + "".join(cells))
    fastest = {kernel: min(row, key=lambda name: row[name][0]) for kernel, row in table.items()}
    growth = table[7]["im2col"][1] / table[1]["im2col"][1]
    print("RESULT", json.dumps({"fastest": fastest, "im2col_memory_7_over_1": round(growth, 2)}))


if __name__ == "__main__":
    main()
