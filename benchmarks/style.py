"""What style transfer costs beyond the net: time per iteration over a plain forward and backward pass.

    python benchmarks/style.py [--threads 1] [--repeats 15] [--device cpu]

All take turns on the same image. `overhead` compares with the whole net, `overhead_same_layers` with
its layers up to the deepest that the style needs (a transfer leaves out the last one). `seconds_160px` is a
whole transfer at 160 x 160 with its usual settings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from _timing import interleaved, use_threads

SIZE = 160


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    use_threads(arguments.threads)

    import torch

    from cs_lib.vision.features import features, layer_names
    from cs_lib.vision.images import drawn_style, photograph, resized
    from cs_lib.vision.random_net import normalized_vgg
    from cs_lib.vision.style_transfer import CONTENT_WEIGHT, TV_WEIGHT, Descent, Objective, style_transfer

    content = resized(photograph("astronaut"), (SIZE, SIZE)).to(arguments.device)
    style = drawn_style("strokes", SIZE).to(arguments.device)
    net = normalized_vgg(torch.cat([content, style]))
    objective = Objective(
        net, content, content, [style], [1.0], ("conv1_1", "conv2_1", "conv3_1"), (1.0, 1.0, 1.0),
        content_weight=CONTENT_WEIGHT, tv_weight=TV_WEIGHT,
    )  # fmt: skip
    descent = Descent(objective, content)
    image = content.clone().requires_grad_()

    def finish() -> None:
        if arguments.device != "cpu":
            torch.cuda.synchronize()

    def plain(layer: str) -> None:
        activation = features(net, image, [layer])[layer]
        torch.autograd.grad(activation.sum(), image)
        finish()

    def iteration() -> None:
        descent.step()
        finish()

    for _ in range(7):  # fill the history of L-BFGS
        descent.step()
    times = interleaved(
        {
            "iteration": iteration,
            "plain": lambda: plain(layer_names(net)[-1]),
            "same layers": lambda: plain("conv3_1"),
        },
        arguments.repeats,
    )
    overhead, overhead_same_layers = (
        statistics.median(ours / limit for ours, limit in zip(times["iteration"], times[name], strict=True))
        for name in ("plain", "same layers")
    )
    start = time.perf_counter()
    style_transfer(content, style)
    finish()
    seconds = time.perf_counter() - start

    for name, values in times.items():
        print(f"{name:>12} {1e3 * statistics.median(values):8.1f} ms")
    print(f"a whole transfer at {SIZE} px: {seconds:.1f} s")
    result = {
        "overhead": overhead, "overhead_same_layers": overhead_same_layers, "seconds_160px": seconds,
    }  # fmt: skip
    print("RESULT", json.dumps({name: round(value, 3) for name, value in result.items()}))


if __name__ == "__main__":
    main()
