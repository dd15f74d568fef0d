"""Draws the README's pictures with the library: style transfer, fast style transfer, and what a net sees.

    python scripts/draw_gallery.py [--to docs]

Takes two or three minutes on two cores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from rich.progress import track
from torch import Tensor

from cs_lib import data
from cs_lib.vision.dream import deep_dream
from cs_lib.vision.fast_style import ConditionalTransformNet, blend, stylise
from cs_lib.vision.fast_training import train, training_crops
from cs_lib.vision.features import features
from cs_lib.vision.images import drawn_style, photograph, to_array
from cs_lib.vision.inversion import invert_features
from cs_lib.vision.patches_net import load_patches_net
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.saliency import compute_saliency_maps
from cs_lib.vision.style_transfer import style_transfer
from cs_lib.vision.synthesis import class_visualization
from cs_lib.vision.textures import by_gram

STYLES = ("mosaic", "strokes", "ink", "waves")
SIZE = 256

Row = list[tuple[str, Tensor]]  # titles and pictures (1, 3, H, W) in 0..1
NOTHING = torch.ones(1, 3, SIZE, SIZE)


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=Path("docs"))
    options = parser.parse_args()
    for name, picture in track({"style": painted, "fast_style": blended, "inside": seen}.items()):
        save(picture(), options.to / f"{name}.jpg")


def painted() -> list[Row]:
    """Two photographs in every drawn style, below the styles themselves."""
    styles = {name: drawn_style(name, SIZE) for name in STYLES}
    photos = {name: photograph(name, SIZE) for name in ("cat", "astronaut")}
    rows = [[("", style_transfer(photo, style)) for style in styles.values()] for photo in photos.values()]
    return [
        [("", NOTHING), *styles.items()],
        *([(name, photo), *row] for (name, photo), row in zip(photos.items(), rows, strict=True)),
    ]


def blended() -> list[Row]:
    """Two photographs through one feed-forward net of two styles, in four mixtures."""
    torch.manual_seed(0)
    names, net = ("mosaic", "strokes"), ConditionalTransformNet(2)
    train(net, training_crops(400), [drawn_style(name, 192) for name in names], steps=550)
    mixes = {
        "mosaic": blend(2, {0: 1}),
        "2/3 mosaic, 1/3 strokes": blend(2, {0: 2, 1: 1}),
        "1/3 mosaic, 2/3 strokes": blend(2, {0: 1, 1: 2}),
        "strokes": blend(2, {1: 1}),
    }
    photos = {name: photograph(name, SIZE) for name in ("cat", "astronaut")}
    mosaic, strokes = (("the style", drawn_style(name, SIZE)) for name in names)
    return [
        [("", NOTHING), mosaic, ("", NOTHING), ("", NOTHING), strokes],
        *(
            [(name, photo), *((title, stylise(net, photo, mix)) for title, mix in mixes.items())]
            for name, photo in photos.items()
        ),
    ]


def seen() -> list[Row]:
    """What a small trained net answers to, and what pictures can be made with a net."""
    net = load_patches_net()
    patches = data.load("patches10")
    cat, rocket = (patches.classes.index(name) for name in ("cat", "rocket"))
    rockets = torch.from_numpy(patches.x_test[patches.y_test == rocket]).permute(0, 3, 1, 2).float() / 255
    patch = rockets[:1]
    saliency = compute_saliency_maps(patch, torch.tensor([rocket]), net)
    inverted = invert_features(features(net, patch, ["conv2_2"])["conv2_2"], net, "conv2_2", (32, 32))
    photo, stones = photograph("cat", SIZE), photograph("gravel", 128)
    return [
        [
            ("a rocket's tower", patch),
            ("saliency", (saliency / saliency.max()).expand(3, -1, -1)[None]),
            ("what conv2_2 knows", inverted),
            ("most like a cat", class_visualization(net, cat, (48, 48))),
            ("most like a rocket", class_visualization(net, rocket, (48, 48))),
        ],
        [
            ("a photograph", photo),
            ("dream of conv2_2", deep_dream(photo, net, "conv2_2")),
            ("dream of conv3_2", deep_dream(photo, net, "conv3_2")),
            ("gravel", stones),
            ("texture from noise", by_gram(stones, 128, 128, normalized_vgg(stones))),
        ],
    ]


def save(rows: list[Row], path: Path) -> None:
    """Write rows of pictures with their titles."""
    columns = len(rows[0])
    figure, axes = plt.subplots(len(rows), columns, squeeze=False, figsize=(2 * columns, 2.1 * len(rows)))
    for row, line in zip(rows, axes, strict=True):
        for ax, (title, picture) in zip(line, row, strict=True):
            ax.imshow(to_array(picture))
            ax.set_title(title, fontsize=9)
            ax.axis("off")
    figure.tight_layout()
    figure.savefig(path, dpi=100, pil_kwargs={"quality": 88})
    plt.close(figure)


if __name__ == "__main__":
    main()
