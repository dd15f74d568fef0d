"""The net without training: what it can't be fitted to. What it computes is in test_nets.py."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision.features import features
from cs_lib.vision.random_net import normalized_vgg


def test_images_that_poolings_leave_nothing_of_are_refused():
    with pytest.raises(ValueError, match="images are 8 wide and 7 high, too small"):
        normalized_vgg(torch.rand(1, 3, 7, 8))
    with pytest.raises(ValueError, match="images are 1 wide and 1 high, too small"):
        normalized_vgg(torch.rand(1, 3, 1, 1), layers=(4,))
    with pytest.raises(ValueError, match="N is 0"):
        normalized_vgg(torch.rand(0, 3, 8, 8))


def test_images_of_two_pixels_are_enough_without_a_pooling():
    net = normalized_vgg(torch.rand(2, 3, 2, 2, generator=torch.Generator().manual_seed(0)), layers=(4,))
    assert all(parameter.isfinite().all() for parameter in net.parameters())


def test_what_it_gives_are_the_last_activations():
    images = torch.rand(2, 3, 12, 16, generator=torch.Generator().manual_seed(0))
    net = normalized_vgg(images)
    activations = net(images)
    assert activations.shape == (2, 128, 3, 4)
    assert torch.equal(activations, features(net, images, ["relu3_2"])["relu3_2"])
