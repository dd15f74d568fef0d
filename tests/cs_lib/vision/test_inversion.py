"""Feature inversion: total variation by hand, and images that are found again."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision.features import features
from cs_lib.vision.inversion import invert_features, total_variation
from cs_lib.vision.random_net import normalized_vgg


def test_total_variation_worked_out_by_hand():
    image = torch.tensor([[[[0.0, 3.0], [4.0, 4.0]]]], dtype=torch.float64)
    # Upper left: dx = 3, dy = 4; upper right: dy = 1; lower left: dx = 0.
    assert total_variation(image, beta=2).item() == 9 + 16 + 1
    assert total_variation(image, beta=1, eps=0).item() == pytest.approx(5 + 1)
    assert total_variation(image, beta=3, eps=0).item() == pytest.approx(125 + 1)
    assert total_variation(image.repeat(2, 3, 1, 1), beta=2).item() == 6 * 26


@pytest.mark.parametrize("beta", [1.0, 1.5, 2.0, 3.0])
def test_the_gradient_of_total_variation_is_right_and_finite_on_flat_images(beta):
    image = torch.rand(1, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda x: total_variation(x, beta), image.requires_grad_())
    flat = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
    total_variation(flat, beta).backward()
    assert flat.grad.isfinite().all()


@pytest.fixture(scope="module")
def scene():
    rows, cols = torch.meshgrid(torch.linspace(0, 1, 20), torch.linspace(0, 1, 16), indexing="ij")
    image = torch.stack((rows, cols, (rows - cols).abs())).unsqueeze(0)
    image[:, :, 5:11, 4:9] = torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1)
    return image, normalized_vgg(image, layers=(16, 16, 0, 24))


def test_a_shallow_layer_remembers_nearly_everything(scene):
    image, net = scene
    target = features(net, image, ["relu1_2"])["relu1_2"]
    distances = []
    found = invert_features(
        target, net, "relu1_2", (20, 16), steps=120, on_step=lambda _, d, __: distances.append(d)
    )
    assert found.shape == image.shape
    assert distances[-1] < 0.01 < distances[0]
    assert (found - image).abs().mean() < 0.05
    assert not found.requires_grad


def test_gradients_may_be_switched_off_outside(scene):
    image, net = scene
    target = features(net, image, ["relu1_1"])["relu1_1"]
    wanted = invert_features(target, net, "relu1_1", (20, 16), steps=2)
    with torch.no_grad():
        assert torch.equal(invert_features(target, net, "relu1_1", (20, 16), steps=2), wanted)


def test_a_heavier_weight_gives_a_smoother_image(scene):
    image, net = scene
    target = features(net, image, ["relu2_1"])["relu2_1"]
    rough, smooth = (
        invert_features(target, net, "relu2_1", (20, 16), steps=40, weight=weight) for weight in (0.0, 0.05)
    )
    assert total_variation(smooth) < total_variation(rough)
    assert torch.equal(rough, invert_features(target, net, "relu2_1", (20, 16), steps=40, weight=0.0))


def test_what_cannot_be_inverted_is_refused(scene):
    image, net = scene
    target = features(net, image, ["relu1_1"])["relu1_1"]
    with pytest.raises(ValueError, match="target has shape"):
        invert_features(target, net, "relu1_1", (10, 10), steps=1)
    with pytest.raises(ValueError, match="squared_norm_of_the_target is 0"):
        invert_features(torch.zeros_like(target), net, "relu1_1", (20, 16))
    with pytest.raises(ValueError, match="weight is -1"):
        invert_features(target, net, "relu1_1", (20, 16), weight=-1)
    with pytest.raises(ValueError, match="beta is 0"):
        total_variation(image, beta=0)
