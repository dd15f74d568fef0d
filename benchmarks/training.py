"""How well the library learns, and how long it takes: five classifiers of patches10, NumPy only.

    python benchmarks/training.py [--seeds 3] [--threads 2] [--only linear two_layer]

Each row is the test accuracy of each seed (for weights, order and augmentation; the images are the same), the
mean beside its goal, and the seconds of the slowest seed, preparing the images included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from _timing import use_threads

BLOCK = ("batchnorm", "relu")
CONV_NET = [
    ("conv", 32, 5, {"stride": 2}), *BLOCK, ("conv", 32, 3), *BLOCK, ("pool", 2),
    ("conv", 64, 3), *BLOCK, ("conv", 64, 3), *BLOCK, "global_avg_pool",
]  # fmt: skip


class Recipe(NamedTuple):
    """A net, the inputs that it learns from, and how; goal: the mean test accuracy that it must reach."""

    goal: float
    inputs: str  # a key of INPUTS
    make: Callable[..., Any]  # (cs_lib.models, shape of one example, rng) -> net
    rule: str
    rate: float  # at first, then along a cosine down to 0
    epochs: int
    changes: tuple[str, ...] = ()  # keys of CHANGES
    average_decay: float = 0.0


RECIPES = {
    "linear": Recipe(
        0.35, "images",
        lambda models, shape, rng: models.ConvNet([], shape, weight_scale=1e-3, reg=0.1, seed=rng),
        "sgd_momentum", 1e-2, 20, average_decay=0.99,
    ),
    "two_layer": Recipe(
        0.48, "images",
        lambda models, shape, rng: models.TwoLayerNet(
            3072, 300, weight_scale=0.02, reg=1e-2, dtype="float32", seed=rng
        ),
        "sgd_momentum", 5e-3, 30, ("flip", "light"),
    ),
    "features_two_layer": Recipe(
        0.54, "features",
        lambda models, shape, rng: models.TwoLayerNet(
            *shape, 500, weight_scale=0.03, reg=1e-2, dtype="float32", seed=rng
        ),
        "adam", 3e-3, 20,
    ),
    "three_layer_conv": Recipe(
        0.60, "images",
        lambda models, shape, rng: models.ThreeLayerConvNet(
            filter_size=5, weight_scale=0.05, reg=5e-3, seed=rng
        ),
        "sgd_momentum", 2e-2, 12, ("flip", "crop", "light"), average_decay=0.99,
    ),
    "conv_batchnorm": Recipe(
        0.75, "images",
        lambda models, shape, rng: models.ConvNet(CONV_NET, shape, seed=rng),
        "adam", 3e-3, 10, ("flip",),
    ),
}  # fmt: skip


def images(photos: Any) -> dict[str, Any]:
    """The images (N, 3, 32, 32) in float32, each channel with mean 0 and deviation 1 in training."""
    import numpy as np

    from cs_lib.preprocessing import standardize_channels

    parts = {part: getattr(photos, f"x_{part}").transpose(0, 3, 1, 2) for part in ("train", "val", "test")}
    scale = standardize_channels(parts["train"], channel_axis=1)
    return {part: np.ascontiguousarray(scale(x), dtype=np.float32) for part, x in parts.items()}


def features(photos: Any) -> dict[str, Any]:
    """HOG and colour histogram (N, 154), each number with mean 0 and deviation 1 in training."""
    import numpy as np

    from cs_lib.features import color_histogram_hsv, extract_features, hog_feature

    functions = [hog_feature, color_histogram_hsv]
    parts = {
        part: extract_features(getattr(photos, f"x_{part}"), functions) for part in ("train", "val", "test")
    }
    mean, std = parts["train"].mean(axis=0), parts["train"].std(axis=0)
    return {part: ((x - mean) / np.maximum(std, 1e-8)).astype(np.float32) for part, x in parts.items()}


INPUTS = {"images": images, "features": features}


def augmentation(names: tuple[str, ...]) -> Callable:
    """The named changes of a batch; "light" is contrast, brightness and tint, in which the images vary."""
    from cs_lib.training import augmentation as changes

    light = partial(changes.color_jitter, brightness=0.5, contrast=0.3, saturation=0.0, tint=0.2)
    known = {"flip": changes.horizontal_flip, "crop": partial(changes.random_crop, pad=3), "light": light}
    return changes.pipeline(*(known[name] for name in names))


def trained_accuracy(recipe: Recipe, inputs: dict[str, Any], photos: Any, seed: int) -> float:
    """Train with one seed, keep the weights that are best in validation, test once."""
    import numpy as np

    from cs_lib import models
    from cs_lib.schedules import cosine
    from cs_lib.training import Solver, accuracy, predict

    net = recipe.make(models, inputs["train"].shape[1:], np.random.default_rng(seed))
    data = {
        "X_train": inputs["train"],
        "y_train": photos.y_train,
        "X_val": inputs["val"],
        "y_val": photos.y_val,
    }
    batch_size = 100
    total = recipe.epochs * (len(photos.y_train) // batch_size)
    Solver(
        net, data, update_rule=recipe.rule, schedule=lambda step: cosine(step, recipe.rate, total),
        num_epochs=recipe.epochs, batch_size=batch_size, augment=augmentation(recipe.changes),
        average_decay=recipe.average_decay, seed=seed,
    ).train()  # fmt: skip
    return accuracy(predict(net, inputs["test"]), photos.y_test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=RECIPES, default=list(RECIPES))
    arguments = parser.parse_args()
    use_threads(arguments.threads)

    from cs_lib import data

    photos = data.load("patches10")
    print(f"{photos}\n{arguments.threads} threads; accuracy on the test images of {arguments.seeds} seeds")
    result = {}
    for name in arguments.only:
        recipe = RECIPES[name]
        start = time.perf_counter()
        inputs = INPUTS[recipe.inputs](photos)
        preparing = time.perf_counter() - start
        accuracies, seconds = [], []
        for seed in range(arguments.seeds):
            start = time.perf_counter()
            accuracies.append(trained_accuracy(recipe, inputs, photos, seed))
            seconds.append(preparing + time.perf_counter() - start)
        mean = sum(accuracies) / len(accuracies)
        verdict = "reached" if mean >= recipe.goal else "MISSED"
        each = "  ".join(f"{a:.3f}" for a in accuracies)
        print(
            f"  {name:18} {each}  mean {mean:.3f}, goal {recipe.goal:.2f} {verdict}, {max(seconds):.0f} s",
            flush=True,
        )
        result[name] = round(mean, 4)
        result[f"{name}_seconds"] = round(max(seconds), 1)
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main()
