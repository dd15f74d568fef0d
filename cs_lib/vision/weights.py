"""Published weights: downloaded once, checked, and loaded as data and not as code.

The files are torchvision's. The last eight digits of their names are the beginning of their SHA-256, which is
how `torch.hub` checks them, too.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from cs_lib.data import cache
from cs_lib.validation import expect_choice
from cs_lib.vision.squeezenet import SqueezeNet
from cs_lib.vision.vgg import vgg16, vgg19

SERVER = "https://download.pytorch.org/models/"


class WeightsError(Exception):
    """Published weights cannot be had, or are not what they should be; the message says what to do."""


@dataclass(frozen=True)
class Published:
    """A net whose weights are published."""

    make: Callable[[], nn.Module]
    file: str
    megabytes: int


WEIGHTS = {
    "vgg16": Published(vgg16, "vgg16-397923af.pth", 528),
    "vgg19": Published(vgg19, "vgg19-dcbb9e9d.pth", 548),
    "squeezenet1_1": Published(SqueezeNet, "squeezenet1_1-b8a52dc0.pth", 5),
}


def load_published(name: str, cache_dir: str | os.PathLike | None = None, server: str = SERVER) -> nn.Module:
    """The net of that name with its published weights, in evaluation mode.

    The file is kept in the library's cache (see `cs_lib.data.cache`), so it is downloaded once. Raises
    ValueError for a name that is not in WEIGHTS, WeightsError if the file cannot be had or is not the
    published one.
    """
    expect_choice("name", name, WEIGHTS)
    published = WEIGHTS[name]
    path = cache.directory(cache_dir) / published.file
    if not path.is_file():
        _download(published, path, server)
    expect_checksum(path)
    net = published.make()
    load_weights(net, path)
    return net.eval()


def load_weights(net: nn.Module, path: str | os.PathLike) -> None:
    """Put the weights of a file into a net. Raises WeightsError if they are not those of such a net."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        net.load_state_dict(state)
    except Exception as error:  # torch.load and load_state_dict raise many kinds
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise WeightsError(f"{path}: does not hold the weights of {type(net).__name__}: {reason}") from None


def expect_checksum(path: Path) -> None:
    """Raise WeightsError if a file's SHA-256 does not begin as its name says."""
    digits = re.search(r"-([0-9a-f]{8})\.", path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digits is None or not digest.startswith(digits[1]):
        raise WeightsError(f"{path}: is damaged or not the published file: remove it and load again")


def _download(published: Published, path: Path, server: str) -> None:
    import pooch

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        pooch.HTTPDownloader(progressbar=True, timeout=30)(server + published.file, str(unfinished), None)
    except Exception as error:  # requests raises many kinds
        unfinished.unlink(missing_ok=True)
        raise WeightsError(
            f"{server}{published.file} ({published.megabytes} MB) cannot be downloaded "
            f"({type(error).__name__}): use load_patches_net() instead, "
            f"or put the file into {path.parent}"
        ) from None
    unfinished.replace(path)
