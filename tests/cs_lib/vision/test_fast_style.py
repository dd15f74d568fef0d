"""The nets that paint in one pass: size, range, styles, blends, and that they repeat themselves."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision.fast_style import ConditionalTransformNet, TransformNet, blend, stylise


def images(count=1, height=20, width=24, seed=0):
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("height", "width"), [(20, 24), (13, 31), (12, 12)])
def test_size_and_range_are_kept(height, width):
    net = TransformNet(width=4, blocks=1)
    x = images(2, height, width)
    before = x.clone()
    got = net(x)
    assert got.shape == x.shape
    assert got.min() >= 0
    assert got.max() <= 1
    assert torch.equal(x, before)
    assert torch.equal(got, net(x))


def test_pictures_of_a_batch_do_not_see_each_other():
    net = ConditionalTransformNet(2, width=4, blocks=1)
    x, mix = images(3), torch.tensor([[1.0, 0], [0, 1], [0.5, 0.5]])
    torch.testing.assert_close(net(x, mix)[1:2], net(x[1:2], mix[1]))


def test_styles_differ_by_scales_and_shifts_only():
    net = ConditionalTransformNet(2, width=4, blocks=1)
    x, first, second = images(), torch.tensor([1.0, 0]), torch.tensor([0, 1.0])
    assert torch.equal(net(x, first), net(x, second))  # they begin alike
    net.down[0].norm.betas.data[1] = 1
    assert not torch.allclose(net(x, first), net(x, second))


def test_a_blend_has_shares_that_sum_to_one():
    assert blend(4, {1: 3, 2: 1}).tolist() == [0, 0.75, 0.25, 0]
    with pytest.raises(ValueError, match="sum_of_shares is 0"):
        blend(2, {0: 0.0})
    with pytest.raises(ValueError, match=r"shares\[1\] is -1"):
        blend(2, {0: 2, 1: -1})


@pytest.mark.parametrize("style", [-1, 3])
def test_a_blend_of_a_style_that_there_is_not_is_refused(style):
    with pytest.raises(ValueError, match=f"style is {style}, expected from 0 to under 3"):
        blend(3, {style: 1.0})


def test_stylise_keeps_no_graph_and_asks_for_a_mix():
    net = ConditionalTransformNet(2, width=4, blocks=1)
    assert not stylise(net, images(), blend(2, {0: 1})).requires_grad
    assert stylise(TransformNet(width=4, blocks=1), images()).shape == (1, 3, 20, 24)
    with pytest.raises(ValueError, match="2 styles"):
        stylise(net, images())


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="x has shape"):
        TransformNet(width=4)(torch.zeros(1, 1, 16, 16))
    with pytest.raises(ValueError, match="width is 11, expected at least 12"):
        TransformNet(width=4)(torch.zeros(1, 3, 12, 11))


def test_a_mix_for_another_number_of_images_is_refused():
    net = ConditionalTransformNet(2, width=4, blocks=1)
    with pytest.raises(ValueError, match=r"mix has shape \(2, 2\), expected \(N, 2\) with N=3 as in x"):
        net(images(3), torch.ones(2, 2))


def test_a_net_may_do_without_blocks_but_not_with_fewer():
    assert TransformNet(width=4, blocks=0)(images()).shape == (1, 3, 20, 24)
    with pytest.raises(ValueError, match="blocks is -1"):
        TransformNet(width=4, blocks=-1)
