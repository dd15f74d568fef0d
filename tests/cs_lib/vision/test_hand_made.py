"""Nets with given weights: scores worked out by hand."""

from __future__ import annotations

import torch

from cs_lib.vision.hand_made import ConvNet, LinearNet, changed, twice


def test_scores_of_a_linear_net_are_inner_products():
    weights = torch.zeros(2, 3, 2, 2)
    weights[0, 1, 0, 1], weights[1, 2, 1, 0] = 3, -2
    image = torch.arange(12.0).view(1, 3, 2, 2)
    assert LinearNet(weights)(image).tolist() == [[15, -20]]


def test_scores_of_a_conv_net_leave_out_what_the_relu_stops():
    filters = torch.zeros(2, 3, 3, 3)
    filters[0, 0, 1, 1], filters[1, 0, 1, 1] = 1, -1  # red, and minus red
    weights = torch.ones(2, 2, 1, 2) * torch.tensor([1.0, 10.0]).view(2, 1, 1, 1)
    image = torch.zeros(1, 3, 1, 2)
    image[0, 0, 0] = torch.tensor([4.0, -1.0])
    assert ConvNet(filters, weights)(image).tolist() == [[5, 50]]


def test_twice_gives_the_second_result():
    numbers = iter([1, 2, 3])
    assert twice(next, numbers) == 2


def test_changed_gives_the_tensor_itself():
    tensor = torch.ones(3, requires_grad=True)

    def double(x, factor):
        x.data *= factor

    assert changed(double, tensor, 2).tolist() == [2, 2, 2]
    assert changed(double, tensor, 3, times=2).tolist() == [18, 18, 18]
