"""What style transfer costs beyond the net: time per iteration over a plain forward and backward pass.

    python benchmarks/style.py [--threads 1] [--repeats 15] [--device cpu]

Both run the same layers of the same net on the same image, in turns. `seconds_160px` is a whole transfer at
160 x 160 with its usual settings.
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

    from cs_lib.vision.features import features
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

    def plain() -> None:
        deepest = features(net, image, ["conv3_1"])["conv3_1"]
        torch.autograd.grad(deepest.sum(), image)
        finish()

    def iteration() -> None:
        descent.step()
        finish()

    for _ in range(7):  # fill the history of L-BFGS
        descent.step()
    times = interleaved({"plain": plain, "iteration": iteration}, arguments.repeats)
    overhead = statistics.median(
        ours / limit for ours, limit in zip(times["iteration"], times["plain"], strict=True)
    )
    start = time.perf_counter()
    style_transfer(content, style)
    finish()
    seconds = time.perf_counter() - start

    for name, values in times.items():
        print(f"{name:>12} {1e3 * statistics.median(values):8.1f} ms")
    print(f"a whole transfer at {SIZE} px: {seconds:.1f} s")
    print("RESULT", json.dumps({"overhead": round(overhead, 3), "seconds_160px": round(seconds, 2)}))


if __name__ == "__main__":
    main()
