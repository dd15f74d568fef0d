"""Pictures made by gradient ascent: steps found by hand on linear models, goals reached on small nets."""

from __future__ import annotations

import math

import pytest
import torch

from cs_lib.vision import synthesis
from cs_lib.vision.hand_made import LinearNet
from cs_lib.vision.patches_net import PatchesNet


@pytest.fixture
def weights():
    return torch.randn(4, 3, 5, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def image():
    return torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def test_an_update_step_follows_score_minus_l2_in_place(weights, image):
    before = image.clone()
    direction = weights[2:3] - 2 * 0.3 * image
    result = synthesis.class_visualization_update_step(image, LinearNet(weights), 2, 0.3, 1.5)
    assert result is None
    torch.testing.assert_close(image, before + 1.5 * direction / direction.norm())
    assert (image - before).norm().item() == pytest.approx(1.5)


def test_an_update_step_works_on_a_leaf_that_requires_grad(weights, image):
    leaf = image.clone().requires_grad_()
    synthesis.class_visualization_update_step(leaf, LinearNet(weights), 0, 0.1, 0.5)
    synthesis.class_visualization_update_step(image, LinearNet(weights), 0, 0.1, 0.5)
    assert torch.equal(leaf.detach(), image)
    assert leaf.requires_grad
    assert leaf.grad is None


def test_class_visualization_raises_the_score_and_repeats_by_seed():
    torch.manual_seed(0)
    net = PatchesNet().requires_grad_(False)
    seen = []
    settings = {"steps": 12, "shape": (16, 20), "small_pixels": 0.1, "small_gradients": 0.1}
    picture = synthesis.class_visualization(net, 3, **settings, on_step=lambda step, x: seen.append(step))
    assert picture.shape == (1, 3, 16, 20)
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert seen == list(range(12))
    assert net(picture)[0, 3] > net(torch.full_like(picture, 0.5))[0, 3]
    assert torch.equal(picture, synthesis.class_visualization(net, 3, **settings))
    assert not torch.equal(picture, synthesis.class_visualization(net, 3, **settings, seed=1))


def test_small_pixels_become_grey():
    torch.manual_seed(0)
    picture = synthesis.class_visualization(PatchesNet(), 0, (10, 10), steps=2, small_pixels=0.4)
    assert ((picture == 0.5).all(dim=1)).float().mean() >= 0.4


def test_a_share_of_all_pixels_is_refused():
    with pytest.raises(ValueError, match="small_pixels is 1"):
        synthesis.class_visualization(PatchesNet(), 0, small_pixels=1)


def test_blur_keeps_the_mean_and_has_the_gaussians_variance():
    spot = torch.zeros(1, 2, 41, 41, dtype=torch.float64)
    spot[..., 20, 20] = 1
    blurred = synthesis.blur(spot, 2.0)
    offsets = torch.arange(41.0, dtype=torch.float64) - 20
    assert blurred.sum(dim=(2, 3)).flatten().tolist() == pytest.approx([1, 1])
    assert (blurred[0, 1].sum(dim=0) * offsets**2).sum().item() == pytest.approx(4, rel=0.03)
    torch.testing.assert_close(blurred[0, 0], blurred[0, 0].T)
    assert torch.equal(synthesis.blur(spot, 0), spot)
    with pytest.raises(ValueError, match="sigma is -1"):
        synthesis.blur(spot, -1)


def test_fooling_a_linear_model_takes_as_many_steps_as_the_margin_needs(weights, image):
    model = LinearNet(weights)
    target = int(model(image).argmin())
    fooling = synthesis.make_fooling_image(image, target, model, learning_rate=0.1)
    steps = (fooling - image).norm().item() / 0.1
    assert steps == pytest.approx(round(steps))
    assert model(fooling).argmax() == target
    previous = fooling - 0.1 * weights[target] / weights[target].norm()
    assert model(previous).argmax() != target


def test_an_image_that_is_taken_for_the_target_already_is_copied(weights, image):
    model = LinearNet(weights)
    fooling = synthesis.make_fooling_image(image, int(model(image).argmax()), model)
    assert torch.equal(fooling, image)
    assert fooling is not image


def test_fooling_gives_up_after_max_steps(image):
    # The second class is always one ahead, whatever is done to the image.
    def unbeatable(x):
        score = x.sum(dim=(1, 2, 3))
        return torch.stack((score, score + 1), dim=1)

    before = image.clone()
    fooling = synthesis.make_fooling_image(image, 0, unbeatable, learning_rate=0.2, max_steps=7)
    assert (fooling - before).norm().item() == pytest.approx(7 * 0.2)
    assert torch.equal(image, before)


def test_l2_alone_leads_to_zero(image):
    start = image.norm().item()
    for _ in range(3):
        synthesis.class_visualization_update_step(image, lambda x: x.new_zeros(1, 2) * x.sum(), 1, 1.0, 0.1)
    assert math.isclose(image.norm().item(), start - 0.3, rel_tol=1e-9)


def flat(x):
    """A model whose scores depend on no pixel."""
    return 0 * x.sum(dim=(2, 3))


def test_a_gradient_of_zero_changes_nothing(image):
    assert torch.equal(synthesis.make_fooling_image(image, 2, flat, max_steps=3), image)
    before = image.clone()
    synthesis.class_visualization_update_step(image, flat, 0, 0.0, 0.5)
    assert torch.equal(image, before)
    assert synthesis.class_visualization(flat, 0, (8, 8), steps=2, l2_reg=0.0).isfinite().all()


def test_more_than_one_picture_unknown_classes_and_a_negative_jitter_are_refused(image):
    pair = image.repeat(2, 1, 1, 1)
    with pytest.raises(ValueError, match=r"X has shape \(2, 3, 5, 6\), expected \(1, 3, H, W\)"):
        synthesis.make_fooling_image(pair, 0, flat)
    with pytest.raises(ValueError, match="img has shape"):
        synthesis.class_visualization_update_step(pair, flat, 0, 0.0, 0.5)
    for target in (-1, 3):
        with pytest.raises(ValueError, match=f"target_y is {target}, expected from 0 to under 3"):
            synthesis.make_fooling_image(image, target, flat)
    with pytest.raises(ValueError, match="max_jitter is -1"):
        synthesis.class_visualization(flat, 0, max_jitter=-1)
