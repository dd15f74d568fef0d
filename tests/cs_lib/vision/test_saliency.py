"""Saliency: against finite differences, gradients found by hand, and models that look at one place only."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cs_lib.vision import saliency
from cs_lib.vision.hand_made import LinearNet
from cs_lib.vision.patches_net import PatchesNet
from cs_lib.vision.squeezenet import SqueezeNet


@pytest.fixture
def images():
    return torch.rand(3, 3, 8, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_saliency_of_a_linear_model_is_its_largest_absolute_weight(images):
    weights = torch.zeros(2, 3, 8, 6, dtype=torch.float64)
    weights[1, :, 2, 3] = torch.tensor([0.5, -4.0, 3.0])
    maps = saliency.compute_saliency_maps(images, torch.tensor([1, 0, 1]), LinearNet(weights))
    assert maps.shape == (3, 8, 6)
    assert maps[0, 2, 3] == maps[2, 2, 3] == 4
    assert maps.sum() == 8


def test_gradients_of_a_net_equal_finite_differences(images):
    torch.manual_seed(0)
    net = PatchesNet().double()
    y = torch.tensor([4, 0, 9])
    gradients = saliency.score_gradients(images, y, net)
    for place in ((0, 0, 3, 2), (1, 2, 7, 5), (2, 1, 0, 0)):
        step = torch.zeros_like(images)
        step[place] = 1e-6
        n = place[0]
        difference = (net(images + step)[n, y[n]] - net(images - step)[n, y[n]]) / 2e-6
        assert gradients[place].item() == pytest.approx(difference.item(), rel=1e-5)


def test_nothing_of_the_caller_is_changed_and_a_second_call_gives_the_same(images):
    net = PatchesNet().double()
    before, y = images.clone(), torch.tensor([1, 2, 3])
    first = saliency.compute_saliency_maps(images, y, net)
    with torch.no_grad():  # as evaluation code has it
        second = saliency.compute_saliency_maps(images, y, net)
    assert torch.equal(first, second)
    assert torch.equal(images, before)
    assert not images.requires_grad
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_covered_square_matters_only_where_the_model_looks():
    weights = torch.zeros(2, 3, 8, 8)
    weights[1, :, 5, 6] = 1.0
    scores = saliency.occlusion_map(torch.ones(1, 3, 8, 8), 1, LinearNet(weights), size=3, stride=2, fill=0.0)
    assert scores.shape == (3, 3)
    expected = torch.full((3, 3), 3.0)
    expected[2, 2] = 0  # rows and columns 4 to 6
    assert torch.equal(scores, expected)


def test_occlusion_in_one_batch_or_in_many_is_the_same(images):
    torch.manual_seed(0)
    net = PatchesNet().double()
    many = saliency.occlusion_map(images[:1], 3, net, size=2, stride=3, batch=2)
    assert many.shape == (3, 2)
    torch.testing.assert_close(many, saliency.occlusion_map(images[:1], 3, net, size=2, stride=3))


def test_a_square_larger_than_the_image_is_refused(images):
    with pytest.raises(ValueError, match="size is 7"):
        saliency.occlusion_map(images[:1], 0, PatchesNet(), size=7)
    with pytest.raises(ValueError, match="stride is 0"):
        saliency.occlusion_map(images[:1], 0, PatchesNet(), size=2, stride=0)


def test_more_than_one_image_and_empty_batches_of_squares_are_refused(images):
    with pytest.raises(ValueError, match=r"image has shape \(3, 3, 8, 6\), expected \(1, 3, H, W\)"):
        saliency.occlusion_map(images, 0, PatchesNet(), size=2)
    with pytest.raises(ValueError, match="y is 10, expected from 0 to under 10"):
        saliency.occlusion_map(images[:1], 10, PatchesNet().double(), size=2)
    with pytest.raises(ValueError, match="batch is 0"):
        saliency.occlusion_map(images[:1], 0, PatchesNet(), size=2, batch=0)


def test_classes_may_be_whole_numbers_of_any_kind(images):
    y, net = torch.tensor([1, 0, 2]), PatchesNet().double()
    wanted = saliency.compute_saliency_maps(images, y, net)
    assert torch.equal(saliency.compute_saliency_maps(images, y.byte(), net), wanted)


@pytest.mark.parametrize("method", [saliency.compute_saliency_maps, saliency.guided_backprop])
def test_one_class_that_there_is_for_each_image(images, method):
    net = PatchesNet().double()
    with pytest.raises(ValueError, match=r"y has shape \(1,\), expected \(N,\) with N=3 as in X"):
        method(images, torch.tensor([1]), net)
    with pytest.raises(ValueError, match="y has shape"):
        method(images, torch.arange(4), net)
    with pytest.raises(ValueError, match="y holds labels from 0 to 10, expected 0 to 9"):
        method(images, torch.tensor([0, 10, 1]), net)
    with pytest.raises(ValueError, match="X has shape"):
        method(images[0], torch.tensor([0]), net)


def test_guided_relu_on_a_table_worked_out_by_hand():
    x = torch.tensor([[2.0, -1.0], [3.0, -4.0]])
    upstream = torch.tensor([[0.5, 0.25], [-2.0, -3.0]])
    assert torch.equal(saliency.guided_relu_backward(upstream, x), torch.tensor([[0.5, 0.0], [0.0, 0.0]]))


def test_guided_backprop_equals_the_rule_applied_by_hand():
    generator = torch.Generator().manual_seed(3)
    first, second = (
        torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((7, 12), (4, 7))
    )
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 7, bias=False), nn.ReLU(), nn.Linear(7, 4, bias=False))
    model.double().requires_grad_(False)
    model[1].weight.copy_(first)
    model[3].weight.copy_(second)
    x = torch.randn(2, 3, 2, 2, generator=generator, dtype=torch.float64)
    y = torch.tensor([3, 1])
    got = saliency.guided_backprop(x, y, model)
    hidden = x.flatten(1) @ first.T
    expected = saliency.guided_relu_backward(second[y], hidden) @ first
    torch.testing.assert_close(got, expected.view_as(x))


@pytest.mark.parametrize("make", [PatchesNet, lambda: SqueezeNet(10).eval()], ids=["patches", "squeezenet"])
def test_the_net_is_as_before_after_guided_backprop(make):
    torch.manual_seed(0)
    net = make()
    x = torch.rand(1, 3, 64, 64)
    y = net(x).argmax(dim=1)
    plain = saliency.score_gradients(x, y, net)
    guided = saliency.guided_backprop(x, y, net)
    assert plain.abs().sum() > 0
    assert not torch.allclose(plain / plain.norm(), guided / guided.norm())
    assert torch.equal(plain, saliency.score_gradients(x, y, net))


def test_relus_that_work_in_place_are_guided_too(images):
    torch.manual_seed(0)
    net = PatchesNet().double()
    y = torch.tensor([0, 1, 2])
    wanted = saliency.guided_backprop(images, y, net)
    relus = [module for module in net.modules() if isinstance(module, nn.ReLU)]
    for relu in relus:
        relu.inplace = True
    torch.testing.assert_close(saliency.guided_backprop(images, y, net), wanted)
    assert all(relu.inplace for relu in relus)
