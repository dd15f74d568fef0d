"""Training nets that paint: the loss falls, runs repeat, and every style has a loss on the same scale."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision.fast_style import ConditionalTransformNet, TransformNet
from cs_lib.vision.fast_training import NORM_RATE, PaintingLoss, drawing, train, training_crops
from cs_lib.vision.features import features
from cs_lib.vision.losses import gram_matrix
from cs_lib.vision.random_net import normalized_vgg

TINY = (4, 4, 0, 6, 6, 0, 8)


@pytest.fixture(scope="module")
def crops():
    return training_crops(12, size=32)


def stripes(period):
    place = torch.arange(32)
    return ((place // period) % 2).float().expand(1, 3, 32, 32).contiguous()


def tinted():
    """Blue noise: a style that is mostly a colour, so that it is learned fast."""
    noise = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    return noise * torch.tensor([0.1, 0.3, 1.0]).view(1, 3, 1, 1)


def fresh(net_class, *args):
    torch.manual_seed(0)
    return net_class(*args, width=4, blocks=1)


def test_crops_are_pictures_and_repeat(crops):
    assert crops.shape == (12, 3, 32, 32)
    assert crops.min() >= 0
    assert crops.max() <= 1
    assert crops.flatten(1).std(dim=1).min() > 0.01
    assert torch.equal(crops[:3], training_crops(3, size=32))
    assert not torch.equal(crops[:3], training_crops(3, size=32, seed=1))


def test_the_loss_falls_and_runs_repeat(crops):
    losses, seen = [], []
    for _ in range(2):
        net = fresh(TransformNet)
        loss_net = normalized_vgg(crops, layers=TINY)
        losses.append(
            train(
                net,
                crops,
                [tinted()],
                loss_net,
                steps=12,
                batch_size=2,
                learning_rate=0.02,
                on_step=lambda *it: seen.append(it),
            )
        )
    assert losses[0] == losses[1]
    assert sum(losses[0][-4:]) < 0.9 * sum(losses[0][:4])
    assert seen[:12] == list(enumerate(losses[0], start=1))


def test_terms_are_those_of_style_transfer(crops):
    net, styles = normalized_vgg(crops, layers=TINY), [stripes(2), stripes(5)]
    loss = PaintingLoss(net, styles, content_weight=2.0, tv_weight=3.0)
    painted, chosen = crops[4:6], torch.tensor([1, 0])
    terms = loss.terms(painted, crops[:2], chosen)

    goal = drawing(net, crops[:2])
    assert float(terms["content"]) == pytest.approx(
        float((drawing(net, painted) - goal).norm() / goal.norm()) ** 2, rel=1e-4
    )
    distance = 0.0
    for image, style in zip(painted.split(1), chosen, strict=True):
        got, wanted = (gram_matrix(features(net, x, ["conv1_1"])["conv1_1"]) for x in (image, styles[style]))
        distance += float((got - wanted).norm() / wanted.norm()) / 2
    assert float(terms["conv1_1"]) == pytest.approx(distance, rel=1e-3)
    layers = sum(terms[layer] for layer in loss.layers)
    total = 2 * terms["content"] + 3 * terms["tv"] + layers
    assert float(loss(painted, crops[:2], chosen)) == pytest.approx(float(total), rel=1e-5)


def test_a_picture_in_its_own_style_costs_nothing(crops):
    loss = PaintingLoss(normalized_vgg(crops, layers=TINY), [stripes(2)], content_weight=1.0, tv_weight=0.0)
    assert float(loss(stripes(2), stripes(2), torch.tensor([0]))) < 1e-3


def test_a_drawing_is_the_same_in_other_colours_and_another_contrast(crops):
    net, photo = normalized_vgg(crops, layers=TINY), crops[:1]
    grey = (photo * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
    torch.testing.assert_close(drawing(net, grey.expand_as(photo)), drawing(net, photo))
    assert float((drawing(net, 0.8 * photo + 0.1) - drawing(net, photo)).abs().mean()) < 0.05
    assert float((drawing(net, photo.flip(3)) - drawing(net, photo)).abs().mean()) > 0.2


def test_norms_learn_faster_than_convolutions(crops):
    """Adam's first step is as long as the learning rate, whatever the gradient."""
    net, before = fresh(ConditionalTransformNet, 2), fresh(ConditionalTransformNet, 2)
    train(net, crops, [stripes(2), stripes(5)], normalized_vgg(crops, layers=TINY), steps=1, batch_size=4)
    moved = {
        name: float((a - b).detach().abs().max())
        for (name, a), (_, b) in zip(net.named_parameters(), before.named_parameters(), strict=True)
    }
    assert moved["paint.norm.betas"] == pytest.approx(NORM_RATE * moved["paint.conv.weight"], rel=0.05)


def test_several_styles_get_scales_and_shifts_of_their_own(crops):
    net = fresh(ConditionalTransformNet, 2)
    loss_net = normalized_vgg(crops, layers=TINY)
    train(net, crops, [stripes(2), stripes(5)], loss_net, steps=3, batch_size=4)
    gammas = net.up[0].norm.gammas
    assert not torch.allclose(gammas[0], gammas[1])


def test_as_many_styles_as_the_net_has(crops):
    with pytest.raises(ValueError, match="expected 2"):
        train(ConditionalTransformNet(2, width=4), crops, [stripes(2)])


def test_flat_pictures_and_styles_do_not_drown_the_others(crops):
    flat = torch.full((4, 3, 32, 32), 0.5)
    loss_net = normalized_vgg(crops, layers=TINY)
    for images, style in ((flat, stripes(2)), (crops, flat[:1])):
        assert max(train(fresh(TransformNet), images, [style], loss_net, steps=2, batch_size=2)) < 1000


def test_what_there_is_nothing_to_learn_from_is_refused(crops):
    net = fresh(TransformNet)
    with pytest.raises(ValueError, match="N is 0"):
        train(net, crops[:0], [stripes(2)])
    with pytest.raises(ValueError, match=r"styles\[0\] has shape \(3, 32, 32\), expected \(1, 3, H, W\)"):
        train(net, crops, stripes(2))
    with pytest.raises(ValueError, match="count is 0"):
        training_crops(0)
