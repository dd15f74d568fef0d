"""Neighbours, shadows and patches: against NumPy, and receptive fields against what a gradient reaches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.vision import feature_space
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.patches_net import PatchesNet
from cs_lib.vision.squeezenet import SqueezeNet


def test_neighbours_equal_those_found_one_by_one():
    generator = torch.Generator().manual_seed(0)
    queries, points = (torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (4, 9))
    numbers, distances = feature_space.nearest_neighbours(queries, points, k=3)
    for query, found, far in zip(queries.numpy(), numbers, distances, strict=True):
        all_distances = np.sqrt(((points.numpy() - query) ** 2).sum(axis=1))
        assert found.tolist() == np.argsort(all_distances)[:3].tolist()
        assert far.numpy() == pytest.approx(np.sort(all_distances)[:3])
    with pytest.raises(ValueError, match="k is 10"):
        feature_space.nearest_neighbours(queries, points, k=10)


def test_pca_keeps_the_plane_that_the_points_lie_in():
    generator = torch.Generator().manual_seed(1)
    plane = torch.randn(30, 2, generator=generator, dtype=torch.float64) * torch.tensor([5.0, 1.0])
    basis = torch.linalg.qr(torch.randn(7, 2, generator=generator, dtype=torch.float64))[0]
    shadow = torch.from_numpy(feature_space.project(plane @ basis.T))
    torch.testing.assert_close(torch.cdist(shadow, shadow), torch.cdist(plane, plane))
    assert shadow[:, 0].var() > shadow[:, 1].var()


def test_tsne_keeps_two_heaps_apart_and_repeats_by_seed():
    generator = torch.Generator().manual_seed(2)
    points = torch.randn(40, 6, generator=generator) + 30 * (torch.arange(40) % 2).view(-1, 1)
    paper = feature_space.project(points, "tsne", seed=3)
    even, odd = paper[::2], paper[1::2]
    spread = max(even.std(), odd.std())
    assert np.linalg.norm(even.mean(axis=0) - odd.mean(axis=0)) > 2 * spread
    assert np.array_equal(paper, feature_space.project(points, "tsne", seed=3))
    with pytest.raises(ValueError, match="'umap'"):
        feature_space.project(points, "umap")


@pytest.mark.parametrize("method", feature_space.METHODS)
@pytest.mark.parametrize("shape", [(1, 4), (2, 4), (3, 1), (6, 4)])
def test_few_points_few_axes_and_points_that_are_all_the_same_are_put_on_paper_too(method, shape):
    generator = torch.Generator().manual_seed(4)
    for points in (torch.randn(shape, generator=generator), torch.full(shape, 0.1)):
        paper = feature_space.project(points, method)
        assert paper.shape == (shape[0], 2)
        assert np.isfinite(paper).all()
    assert not paper.any()  # all the same


def test_what_is_no_cloud_of_points_is_refused():
    images = torch.rand(2, 3, 8, 8)
    with pytest.raises(ValueError, match=r"points has shape \(2, 3, 8, 8\), expected \(N, D\)"):
        feature_space.project(images)
    with pytest.raises(ValueError, match="N is 0"):
        feature_space.project(torch.ones(0, 4))
    with pytest.raises(ValueError, match="queries has shape"):
        feature_space.nearest_neighbours(images, images, k=1)
    with pytest.raises(ValueError, match=r"points has shape \(2, 5\), expected \(M, D\) with D=4"):
        feature_space.nearest_neighbours(torch.ones(3, 4), torch.ones(2, 5), k=1)


@pytest.mark.parametrize(("make", "side"), [(PatchesNet, 48), (lambda: SqueezeNet(10), 96)])
def test_receptive_fields_are_what_a_gradient_reaches(make, side):
    torch.manual_seed(0)
    net = make().eval()
    image = torch.rand(1, 3, side, side, requires_grad=True)
    names = [name for name in layer_names(net) if name.startswith(("conv", "relu", "pool", "fire"))]
    for name in [name for name in names if feature_space.receptive_field(net, name)[0] < 40]:
        size, stride, offset = feature_space.receptive_field(net, name)
        found = features(net, image, [name])[name]
        place = min(found.shape[2] // 2, found.shape[2] - 1)
        gradient = torch.autograd.grad(found[0, :, place, place].sum(), image, retain_graph=True)[0]
        rows = gradient[0].abs().sum(dim=(0, 2)).nonzero().flatten()
        first = offset + place * stride
        # Max pooling and ReLU let some pixels go: the gradient stays within the field.
        assert first <= rows.min(), name
        assert rows.max() < first + size, name
        assert rows.max() - rows.min() + 1 >= 0.6 * size, name


def test_receptive_fields_of_vggs_first_layers():
    net = PatchesNet()
    wanted = {
        "conv1_1": 3,
        "relu1_2": 5,
        "pool1": 6,
        "conv2_1": 10,
        "conv2_2": 14,
        "pool2": 16,
        "conv3_2": 32,
    }
    assert {name: feature_space.receptive_field(net, name)[0] for name in wanted} == wanted


def test_the_strongest_patches_are_those_that_hold_the_spot():
    torch.manual_seed(0)
    net = PatchesNet()
    images = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    patches, strengths = feature_space.maximally_activating_patches(
        net, images, "conv1_1", [4, 20], count=3, batch=4
    )
    assert patches.shape == (2, 3, 3, 3, 3)
    found = features(net, images, ["conv1_1"])["conv1_1"][:, [4, 20]].amax(dim=(2, 3))
    torch.testing.assert_close(strengths, found.topk(3, dim=0).values.T)
    # Each patch by itself gives the activation that it was chosen for, unless it lies at the border.
    weight, bias = net.features[0].weight[4], net.features[0].bias[4]
    for patch, strength in zip(patches[0], strengths[0], strict=True):
        if not (patch == 0.5).any():
            assert ((net.normalize(patch) * weight).sum() + bias).item() == pytest.approx(
                strength.item(), rel=1e-4
            )


def test_unknown_channels_and_too_many_patches_are_refused():
    net, images = PatchesNet(), torch.rand(2, 3, 8, 8)
    with pytest.raises(ValueError, match="channel is 32"):
        feature_space.maximally_activating_patches(net, images, "relu1_1", [32], count=1)
    with pytest.raises(ValueError, match="count is 3"):
        feature_space.maximally_activating_patches(net, images, "relu1_1", [3], count=3)
    with pytest.raises(ValueError, match="relu7_1"):
        feature_space.receptive_field(net, "relu7_1")
    with pytest.raises(ValueError, match="number_of_channels is 0"):
        feature_space.maximally_activating_patches(net, images, "relu1_1", [], count=1)
    with pytest.raises(ValueError, match="images has shape"):
        feature_space.maximally_activating_patches(net, images[0], "relu1_1", [3], count=1)
