"""What style transfer costs beyond the net, and what a GPU gives.

    python benchmarks/style.py [--threads 1] [--repeats 15]

An iteration, a plain forward and backward pass of the same net, and one of its layers up to the deepest
that the style needs (a transfer leaves out the last one) take turns on the same image. `overhead` compares
with the whole net, `overhead_same_layers` with those layers. `seconds_160px` is a whole transfer at 160 x
160 with its usual settings. Where PyTorch finds a GPU, everything is run there, too: `gpu_overhead`, and
`gpu_speedup_*` over the processor in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from _timing import interleaved, use_threads

SIZE = 160
LARGE = 512  # where a GPU has enough to do


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    use_threads(arguments.threads)

    import torch

    result = measured("cpu", SIZE, arguments.repeats)
    result["seconds_160px"] = transfer_seconds("cpu")
    if torch.cuda.is_available():
        transfer_seconds("cuda")  # what is set up once
        there = measured("cuda", SIZE, arguments.repeats)
        large = {device: measured(device, LARGE, 3) for device in ("cpu", "cuda")}
        result |= {
            "gpu_overhead": there["overhead"],
            "gpu_speedup_160px": result["seconds_160px"] / transfer_seconds("cuda"),
            f"gpu_speedup_iteration_{LARGE}px": large["cpu"]["iteration_ms"] / large["cuda"]["iteration_ms"],
        }
    else:
        print("no GPU: PyTorch finds none here")
    for name, value in result.items():
        print(f"{name:32}{value:10.3f}")
    print("RESULT", json.dumps({name: round(value, 3) for name, value in result.items()}))


def measured(device: str, size: int, repeats: int) -> dict[str, float]:
    """Milliseconds of an iteration, and its ratios to the net's own passes on the same device."""
    import torch

    from cs_lib.vision.features import features, layer_names
    from cs_lib.vision.random_net import normalized_vgg
    from cs_lib.vision.style_transfer import CONTENT_WEIGHT, TV_WEIGHT, Descent, Objective

    content, style = pictures(device, size)
    net = normalized_vgg(torch.cat([content, style]))
    objective = Objective(
        net, content, content, [style], [1.0], ("conv1_1", "conv2_1", "conv3_1"), (1.0, 1.0, 1.0),
        content_weight=CONTENT_WEIGHT, tv_weight=TV_WEIGHT,
    )  # fmt: skip
    descent = Descent(objective, content)
    image = content.clone().requires_grad_()

    def plain(layer: str) -> None:
        activation = features(net, image, [layer])[layer]
        torch.autograd.grad(activation.sum(), image)
        finish(device)

    def iteration() -> None:
        descent.step()
        finish(device)

    for _ in range(7):  # fill the history of L-BFGS
        descent.step()
    times = interleaved(
        {
            "iteration": iteration,
            "overhead": lambda: plain(layer_names(net)[-1]),
            "overhead_same_layers": lambda: plain("conv3_1"),
        },
        repeats,
    )
    ours = times.pop("iteration")
    ratios = {
        name: statistics.median(a / b for a, b in zip(ours, limit, strict=True))
        for name, limit in times.items()
    }
    return ratios | {"iteration_ms": 1e3 * statistics.median(ours)}


def transfer_seconds(device: str) -> float:
    """Seconds of a whole transfer."""
    from cs_lib.vision.style_transfer import style_transfer

    content, style = pictures(device, SIZE)
    finish(device)
    start = time.perf_counter()
    style_transfer(content, style)
    finish(device)
    return time.perf_counter() - start


def pictures(device: str, size: int) -> tuple:
    """Content and style on a device."""
    from cs_lib.vision.images import drawn_style, photograph, resized

    content = resized(photograph("astronaut"), (size, size)).to(device)
    return content, drawn_style("strokes", size).to(device)


def finish(device: str) -> None:
    """Wait for what a GPU still has to do."""
    if device != "cpu":
        import torch

        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
