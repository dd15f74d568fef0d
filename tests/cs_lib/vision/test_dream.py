"""DeepDream: a step worked out by hand, and that a dream has more of the layer in it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cs_lib.vision.dream import deep_dream, dream_step
from cs_lib.vision.features import features
from cs_lib.vision.random_net import normalized_vgg


class Brightness(nn.Module):
    """One 1x1 convolution whose single channel is twice the red channel."""

    def __init__(self):
        super().__init__()
        self.normalize = nn.Identity()
        self.features = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False))
        self.features[0].weight.data = torch.tensor([2.0, 0.0, 0.0]).view(1, 3, 1, 1)


def test_a_step_divides_the_gradient_by_its_mean_absolute_value_and_clips():
    image = torch.zeros(1, 3, 1, 2)
    image[0, 0] = torch.tensor([[0.1, 0.3]])
    # The gradient is 4 x the red channel: (0.4, 1.2) and four zeros, of mean 1.6 / 6.
    got = dream_step(image, Brightness(), "conv1_1", step_size=0.2)
    assert got[0, 0, 0].tolist() == pytest.approx([0.1 + 0.2 * 1.5, 0.3 + 0.2 * 4.5 - 0.2])
    assert got[0, 1:].abs().sum() == 0


@pytest.fixture
def image():
    return torch.rand(1, 3, 30, 41, generator=torch.Generator().manual_seed(0))


def test_a_dream_activates_the_layer_more_and_keeps_shape_and_range(image):
    net = normalized_vgg(image, layers=(8, 0, 12))
    before, steps = image.clone(), []
    dream = deep_dream(image, net, "relu2_1", steps=4, on_step=lambda *progress: steps.append(progress[:2]))
    assert dream.shape == image.shape
    assert dream.min() >= 0
    assert dream.max() <= 1
    assert torch.equal(image, before)
    assert steps == [(octave, step) for octave in range(3) for step in range(4)]
    strength = [features(net, x, ["relu2_1"])["relu2_1"].square().sum() for x in (image, dream)]
    assert strength[1] > 1.5 * strength[0]
    assert torch.equal(dream, deep_dream(image, net, "relu2_1", steps=4))


def test_one_channel_can_be_chosen(image):
    net = normalized_vgg(image, layers=(8,))
    dream = deep_dream(image, net, "relu1_1", channels=[5], octaves=1, steps=5)
    gained = [features(net, x, ["relu1_1"])["relu1_1"].square().sum(dim=(0, 2, 3)) for x in (image, dream)]
    assert gained[1][5] > 2 * gained[0][5]


def test_an_unknown_layer_and_octaves_that_do_not_grow_are_refused(image):
    net = normalized_vgg(image, layers=(8,))
    with pytest.raises(ValueError, match="channel is 8, expected from 0 to under 8"):
        deep_dream(image, net, "relu1_1", channels=[2, 8])
    with pytest.raises(ValueError, match="relu9_9"):
        deep_dream(image, net, "relu9_9")
    for scale in (0.5, 1.0):
        with pytest.raises(ValueError, match=f"octave_scale is {scale}, expected a number above 1"):
            deep_dream(image, net, "relu1_1", octave_scale=scale)
    assert deep_dream(image, net, "relu1_1", octave_scale=0.5, octaves=1, steps=1).shape == image.shape


def test_small_images_keep_their_size():
    image = torch.rand(1, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    assert deep_dream(image, Brightness(), "conv1_1", steps=2).shape == (1, 3, 4, 5)


def test_more_than_one_image_and_a_negative_jitter_are_refused(image):
    for dream in (deep_dream, lambda *args: dream_step(*args, step_size=0.1)):
        for wrong in (image[0], image.repeat(2, 1, 1, 1)):
            with pytest.raises(ValueError, match=r"image has shape .* expected \(1, 3, H, W\)"):
                dream(wrong, Brightness(), "conv1_1")
    with pytest.raises(ValueError, match="max_jitter is -1"):
        deep_dream(image, Brightness(), "conv1_1", max_jitter=-1)


def test_a_black_image_has_no_gradient_and_stays_black():
    assert dream_step(torch.zeros(1, 3, 2, 2), Brightness(), "conv1_1", 0.1).sum() == 0
