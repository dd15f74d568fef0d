"""Everything runs on the device of what it is given, and gives there what it gives on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from cs_lib.vision.dream import deep_dream
from cs_lib.vision.fast_style import ConditionalTransformNet, blend, stylise
from cs_lib.vision.fast_training import train
from cs_lib.vision.feature_space import maximally_activating_patches, nearest_neighbours, project
from cs_lib.vision.features import features
from cs_lib.vision.images import photograph, resized, to_array
from cs_lib.vision.inversion import invert_features
from cs_lib.vision.losses import content_loss, gram_matrix, style_loss, tv_loss
from cs_lib.vision.patches_net import load_patches_net
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.saliency import compute_saliency_maps, guided_backprop, occlusion_map
from cs_lib.vision.segmentation import segment
from cs_lib.vision.style_transfer import style_transfer
from cs_lib.vision.synthesis import class_visualization, make_fooling_image
from cs_lib.vision.textures import by_gram, by_neighbours
from cs_lib.vision.universal import universal_perturbation
from tests.cs_lib.another_device import ANOTHER, AnotherDevice

DEVICES = [ANOTHER, *(["cuda"] if torch.cuda.is_available() else [])]
Device = str | torch.device


@pytest.fixture(autouse=True)
def another_device() -> Iterator[None]:
    with AnotherDevice():
        yield


def picture(device: Device, size: int = 32) -> Tensor:
    return photograph("cat", size).to(device)


def style(device: Device) -> Tensor:
    return photograph("rocket", 32).to(device)


def images(device: Device) -> Tensor:
    return torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0)).to(device)


def classes(device: Device) -> Tensor:
    return (torch.arange(6) % 3).to(device)


def patches_net(device: Device) -> torch.nn.Module:
    return load_patches_net().to(device)


def painted_fast(device: Device) -> Tensor:
    torch.manual_seed(0)
    net = ConditionalTransformNet(2, width=4, blocks=1).to(device)
    train(net, images(device), [style(device), picture(device)], steps=2, batch_size=2)
    return stylise(net, picture(device), blend(2, {0: 1.0, 1: 3.0}).to(device))


def losses(device: Device) -> Tensor:
    net, image = normalized_vgg(picture(device)), picture(device)
    ours, theirs = (features(net, x, ["conv1_1", "conv2_1"]) for x in (image, style(device)))
    loss = content_loss(0.5, ours["conv1_1"], theirs["conv1_1"])
    targets = [gram_matrix(features) for features in theirs.values()]
    return loss + style_loss(list(ours.values()), [0, 1], targets, [2.0, 3.0]) + tv_loss(image, 0.1)


# name -> what is computed on a device
COMPUTED: dict[str, Callable[[Device], Any]] = {
    "saliency": lambda d: compute_saliency_maps(images(d), classes(d), patches_net(d)),
    "guided backprop": lambda d: guided_backprop(images(d), classes(d), patches_net(d)),
    "occlusion": lambda d: occlusion_map(images(d)[:1], 1, patches_net(d)),
    "class visualisation": lambda d: class_visualization(
        patches_net(d), 2, steps=12, small_pixels=0.1, small_gradients=0.1, device=d
    ),
    "fooling": lambda d: make_fooling_image(images(d)[:1], 3, patches_net(d)),
    "universal": lambda d: universal_perturbation(patches_net(d), images(d), steps=3, batch=4),
    "segmentation": lambda d: segment(picture(d), picture(d)[0, 0]),
    "dream": lambda d: deep_dream(picture(d), normalized_vgg(picture(d)), "conv2_1", steps=2),
    "inversion": lambda d: invert_features(
        features(normalized_vgg(picture(d)), picture(d), ["conv1_1"])["conv1_1"],
        normalized_vgg(picture(d)), "conv1_1", tuple(picture(d).shape[-2:]), steps=3,
    ),
    "neighbours": lambda d: nearest_neighbours(images(d).flatten(1), images(d).flatten(1), 2),
    "projection": lambda d: torch.from_numpy(project(images(d).flatten(1))).abs(),
    "activating patches": lambda d: maximally_activating_patches(
        normalized_vgg(images(d)), images(d), "conv1_1", [0, 1], count=2
    ),
    "losses": losses,
    "style transfer": lambda d: style_transfer(picture(d), style(d), steps=4),
    "style transfer by Adam, two styles, colours kept": lambda d: style_transfer(
        picture(d), [style(d), picture(d)], steps=3, optimizer="adam", start="noise", keep_colors=True,
        style_size=24,
    ),
    "texture by Gram matrices": lambda d: by_gram(style(d), 16, 16, steps=3),
    "texture by neighbours": lambda d: by_neighbours(style(d), 8, 8, window=3),
    "fast style": painted_fast,
    "a picture to show": lambda d: torch.from_numpy(to_array(resized(picture(d), 16))),
}  # fmt: skip


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", COMPUTED)
def test_a_device_changes_nothing(name: str, device: Device) -> None:
    expected = COMPUTED[name]("cpu")
    computed = tree_map(lambda tensor: tensor.cpu(), COMPUTED[name](device))
    torch.testing.assert_close(computed, expected, rtol=1e-3, atol=2e-3)


def test_mixing_devices_is_refused() -> None:
    with pytest.raises(RuntimeError, match="same device"):
        picture(ANOTHER) + picture("cpu")
    with pytest.raises((RuntimeError, TypeError), match="numpy"):
        picture(ANOTHER).numpy()
