"""Published weights: downloaded once, checked, and loaded as data and not as code.

The files are torchvision's. The last eight digits of their names are the beginning of their SHA-256, which is
how `torch.hub` checks them, too. The variable CS_LIB_WEIGHTS_URL puts another server in the place of theirs:
a folder on the web that holds the files under the same names.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from cs_lib.data import cache, progress
from cs_lib.data.download import SECONDS
from cs_lib.data.download import reason as network_reason
from cs_lib.validation import expect_choice
from cs_lib.vision.squeezenet import SqueezeNet
from cs_lib.vision.vgg import vgg16, vgg19

SERVER = "https://download.pytorch.org/models/"
VARIABLE = "CS_LIB_WEIGHTS_URL"


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
    "squeezenet": Published(SqueezeNet, "squeezenet1_1-b8a52dc0.pth", 5),
}


def load_published(
    name: str, cache_dir: str | os.PathLike | None = None, server: str | None = None
) -> nn.Module:
    """The net of that name with its published weights, in evaluation mode, its parameters without gradients.

    The file is kept in the library's cache (see `cs_lib.data.cache`), so it is downloaded once. Raises
    ValueError for a name that is not in WEIGHTS, WeightsError if the file cannot be had or is not the
    published one.
    """
    expect_choice("name", name, tuple(WEIGHTS))
    published = WEIGHTS[name]
    path = cache.directory(cache_dir) / published.file
    if not path.is_file():
        _download(published, path, server or os.environ.get(VARIABLE) or SERVER)
    elif not _is_whole(path, published.file):  # a download is checked before it gets this name
        raise WeightsError(f"{path}: is damaged or not the published file: remove it and load again")
    net = published.make()
    load_weights(net, path)
    return net.requires_grad_(False).eval()


def load_weights(net: nn.Module, path: str | os.PathLike) -> None:
    """Put the weights of a file into a net. Raises WeightsError if they are not those of such a net."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise WeightsError(
            f"{path}: holds something else than tensors, and is therefore not opened"
        ) from None
    except Exception as error:  # torch.load raises many kinds
        raise WeightsError(f"{path}: cannot be read ({_first_line(error)})") from None
    misfit = _misfit(net.state_dict(), state)
    if misfit:
        raise WeightsError(f"{path}: does not hold the weights of {type(net).__name__}: {misfit}")
    net.load_state_dict(state)


def _misfit(wanted: Mapping[str, Tensor], state: object) -> str:
    """What keeps state from being the tensors that are wanted, by name; empty if nothing does."""
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        return "it holds no tensors by name"
    shapes = [
        f"{name} has shape {tuple(state[name].shape)}, expected {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in state and state[name].shape != tensor.shape
    ]
    lacking = [f"it lacks {name}" for name in wanted if name not in state]
    unknown = [f"the net has no {name}" for name in state if name not in wanted]
    return "; ".join(_first_of(faults) for faults in (lacking, unknown, shapes) if faults)


def _first_of(faults: list[str]) -> str:
    return faults[0] if len(faults) == 1 else f"{faults[0]} (and {len(faults) - 1} more like this)"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _is_whole(path: Path, published: str) -> bool:
    """Whether a file's SHA-256 begins as the published name says."""
    digits = re.search(r"-([0-9a-f]{8,})\.", published)
    with path.open("rb") as file:
        return digits is not None and hashlib.file_digest(file, "sha256").hexdigest().startswith(digits[1])


def _download(published: Published, path: Path, server: str) -> None:
    """Put the published file there, whole and right or not at all."""
    import pooch
    import requests

    url = f"{server.rstrip('/')}/{published.file}"
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        downloader = pooch.HTTPDownloader(progressbar=progress.visible(), timeout=SECONDS)
        downloader(url, str(unfinished), None)
        if not _is_whole(unfinished, published.file):
            raise _unavailable(published, path, url, "what the server sends is not the published file")
        unfinished.replace(path)
    except requests.RequestException as error:
        raise _unavailable(published, path, url, network_reason(error)) from None
    except OSError as error:
        raise WeightsError(
            f"{path.parent}: the weights cannot be kept there ({error.strerror or error}): "
            f"let the variable {cache.VARIABLE} name a folder that can be written to"
        ) from None
    finally:
        if unfinished.is_file():
            unfinished.unlink()


def _unavailable(published: Published, path: Path, url: str, reason: str) -> WeightsError:
    return WeightsError(
        f"{url} ({published.megabytes} MB) cannot be downloaded: {reason}. Put the file into {path.parent} "
        "by hand, or do without published weights"
    )
