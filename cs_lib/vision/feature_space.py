"""Images as points: who is near whom, the cloud drawn on paper, and what makes one channel fire."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from cs_lib.validation import expect_between, expect_choice, expect_positive, expect_shapes
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.squeezenet import Fire

METHODS = ("pca", "tsne")
SAME = 1e-12  # t-SNE divides by the deviation of the points: those that lie closer count as one


def nearest_neighbours(queries: Tensor, points: Tensor, k: int = 5) -> tuple[Tensor, Tensor]:
    """The k points nearest to each query, nearest first: their numbers (N, k) and distances (N, k).

    queries: (N, D); points: (M, D). Distances are Euclidean. Raises ValueError for other shapes, and
    unless 1 <= k <= M.
    """
    expect_shapes(queries=(queries, "N D"), points=(points, "M D"))
    expect_between(1, len(points) + 1, k=k)
    distances, numbers = torch.cdist(queries, points).topk(k, dim=1, largest=False)
    return numbers, distances


def project(points: Tensor, method: str = "pca", seed: int = 0) -> np.ndarray:
    """Points (N, D) as points (N, 2) on paper; method "pca" or "tsne".

    PCA keeps the two directions of largest variance: distances on paper are those of a shadow. t-SNE (van der
    Maaten and Hinton 2008) keeps neighbourhoods: only who is near whom means something, not how far clusters
    are apart. Points that are all the same are all at 0. Raises ValueError for another method or shape, and
    if there is no point.
    """
    expect_choice("method", method, METHODS)
    sizes = expect_shapes(points=(points, "N D"))
    expect_positive(N=sizes["N"], D=sizes["D"])
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    values = points.detach().cpu().double().numpy()
    if np.ptp(values, axis=0).max() < SAME:
        return np.zeros((len(values), 2))
    principal = PCA(n_components=min(50, *values.shape), random_state=seed).fit_transform(values)
    principal = np.pad(principal, ((0, 0), (0, max(0, 2 - principal.shape[1]))))
    if method == "pca":
        return principal[:, :2]
    perplexity = min(30.0, (len(values) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(principal)


def receptive_field(net: nn.Module, layer: str) -> tuple[int, int, int]:
    """(size, stride, offset) of a layer in pixels, for square windows.

    Position (i, j) of the layer sees rows offset + i * stride to offset + i * stride + size - 1, and columns
    likewise; the offset is negative where there is padding. Raises ValueError for a layer that the net does
    not have.
    """
    names = layer_names(net)
    expect_choice("layer", layer, tuple(names))
    size, stride, offset = 1, 1, 0
    for name, part in zip(names, net.features, strict=True):
        for window, step, padding in _windows(part):
            offset -= padding * stride
            size += (window - 1) * stride
            stride *= step
        if name == layer:
            break
    return size, stride, offset


@torch.no_grad()
def maximally_activating_patches(
    net: nn.Module, images: Tensor, layer: str, channels: list[int], count: int = 8, batch: int = 256
) -> tuple[Tensor, Tensor]:
    """What the channels of a layer answer to most: patches and activations, strongest first.

    images: (N, 3, H, W). For each channel the `count` images with the highest activation, one patch each: as
    large as the layer's receptive field (grey where that reaches over the border). Returns patches
    (len(channels), count, 3, size, size) and activations (len(channels), count).
    Girshick et al. 2014, section 3.1. Raises ValueError for an unknown layer or channel, for no channel, or
    for a count above N.
    """
    expect_shapes(images=(images, "N 3 H W"))
    expect_between(1, len(images) + 1, count=count)
    expect_positive(number_of_channels=len(channels), batch=batch)
    strongest, places = [], []
    for part in images.split(batch):
        found = features(net, part, [layer])[layer]
        for channel in channels:
            expect_between(0, found.shape[1], channel=channel)
        width = found.shape[3]
        values, where = found[:, channels].flatten(2).max(dim=2)  # (n, len(channels))
        strongest.append(values)
        places.append(torch.stack((where // width, where % width), dim=-1))
    activations, numbers = torch.cat(strongest).topk(count, dim=0)  # (count, len(channels))
    corners = torch.cat(places)
    size, stride, offset = receptive_field(net, layer)
    padded = nn.functional.pad(images, (size,) * 4, value=0.5)
    patches = []
    for column in range(len(channels)):
        for number in numbers[:, column].tolist():
            row, col = (size + offset + place * stride for place in corners[number, column].tolist())
            patches.append(padded[number, :, row : row + size, col : col + size])
    shape = (len(channels), count, *patches[0].shape)
    return torch.stack(patches).view(shape), activations.T


def _windows(part: nn.Module) -> list[tuple[int, int, int]]:
    """(window, stride, padding) of a part of a net, as far as it has a window."""
    if isinstance(part, Fire):
        return [(3, 1, 1)]
    if isinstance(part, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        return [tuple(_square(part, name) for name in ("kernel_size", "stride", "padding"))]
    return []


def _square(part: nn.Module, name: str) -> int:
    value = getattr(part, name)
    return value if isinstance(value, int) else value[0]
