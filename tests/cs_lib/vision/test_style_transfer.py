import math

import pytest
import torch

from cs_lib.vision.features import features
from cs_lib.vision.images import drawn_style, photograph, resized
from cs_lib.vision.losses import content_loss, gram_matrix, style_loss, tv_loss
from cs_lib.vision.patches_net import PatchesNet
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.squeezenet import SqueezeNet
from cs_lib.vision.style_transfer import (
    LUMINANCE,
    Descent,
    GramDistance,
    Objective,
    style_transfer,
    usual_content_layer,
    with_colors_of,
)
from cs_lib.vision.vgg import vgg19

LAYERS = ("conv1_1", "conv2_1")


@pytest.fixture(scope="module")
def pictures():
    content = resized(photograph("astronaut"), (32, 40))
    return content, drawn_style("strokes", 40), drawn_style("waves", 40)


@pytest.fixture(scope="module")
def net(pictures):
    return normalized_vgg(torch.cat([pictures[0], resized(pictures[1], (32, 40))]), layers=(8, 8, 0, 12, 12))


def gram_gap(net, image, style, layers=LAYERS):
    """How far the Gram matrices are apart, as shares of the style's."""
    a, b = features(net, image, layers), features(net, style, layers)
    gaps = [(gram_matrix(a[n]) - gram_matrix(b[n])).norm() / gram_matrix(b[n]).norm() for n in layers]
    return sum(gaps).item() / len(layers)


def test_it_comes_near_the_style_and_stays_near_the_content(pictures, net):
    content, style, _ = pictures
    image = style_transfer(content, style, net, steps=30)
    assert image.shape == content.shape
    assert 0 <= image.min() < image.max() <= 1
    assert gram_gap(net, image, style) < 0.2 * gram_gap(net, content, style)
    other = resized(photograph("cat"), (32, 40))
    a, b, c = (features(net, x, ["conv2_2"])["conv2_2"] for x in (image, content, other))
    assert (a - b).norm() < 0.8 * (a - c).norm()


def test_layers_are_chosen_by_what_the_net_has(pictures):
    with torch.device("meta"):
        assert usual_content_layer(vgg19(num_classes=None)) == "conv4_2"
    assert usual_content_layer(PatchesNet()) == "conv2_2"
    squeeze = SqueezeNet().requires_grad_(False)
    assert usual_content_layer(squeeze) == "fire2"
    content, style, _ = pictures
    assert torch.isfinite(style_transfer(content, style, squeeze, steps=1)).all()
    with pytest.raises(
        ValueError, match="none of conv4_2, conv2_2, fire2; give a content_layer, one of conv1_1"
    ):
        style_transfer(content, style, normalized_vgg(content, layers=(4,)), steps=1)


def test_the_objective_is_the_sum_of_the_losses(pictures, net):
    content, style, _ = pictures
    objective = Objective(
        net, content, content, [style], [1.0], LAYERS, (2.0, 3.0), content_weight=0.1, tv_weight=0.2
    )
    image = style[:, :, :32]
    found = features(net, image, [*LAYERS, "conv2_2"])
    weights = [objective.weights[layer] for layer in LAYERS]
    targets = [gram_matrix(f) for f in features(net, style, LAYERS).values()]
    wanted = (
        style_loss(list(found.values()), [0, 1], targets, weights)
        + content_loss(
            objective.weights["content"], found["conv2_2"], features(net, content, ["conv2_2"])["conv2_2"]
        )
        + tv_loss(image, objective.tv_scale)
    )
    torch.testing.assert_close(objective(image), wanted)


def test_each_loss_has_a_gradient_as_long_as_its_weight(pictures, net):
    content, style, _ = pictures
    for weights in ((1.0, 0.0), (0.0, 3.0)):
        objective = Objective(net, content, content, [style], [1.0], LAYERS, weights)
        image = content.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(objective(image), image)
        assert gradient.norm().item() == pytest.approx(max(weights), rel=1e-4)


def test_gram_distance_has_the_right_gradient():
    generator = torch.Generator().manual_seed(0)
    f = torch.randn(1, 3, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    target = gram_matrix(torch.randn(1, 3, 4, 5, generator=generator, dtype=torch.float64))
    assert torch.autograd.gradcheck(lambda x: 1.7 * GramDistance.apply(x, target), f)


def test_mixed_styles_lie_between(pictures, net):
    content, first, second = pictures
    alone = style_transfer(content, first, net, steps=25)
    mixed = style_transfer(content, [first, second], net, mix=[1, 3], steps=25)
    assert gram_gap(net, mixed, second) < gram_gap(net, alone, second)
    same = style_transfer(content, [first, second], net, mix=[2, 0], steps=5)
    torch.testing.assert_close(same, style_transfer(content, first, net, steps=5))


def test_more_content_weight_keeps_more_of_the_content(pictures, net):
    content, style, _ = pictures
    little, much = (
        style_transfer(content, style, net, steps=25, content_weight=w, tv_weight=0.0) for w in (1e-3, 0.1)
    )
    target = features(net, content, ["conv2_2"])["conv2_2"]
    gaps = [(features(net, x, ["conv2_2"])["conv2_2"] - target).norm() for x in (little, much)]
    assert gaps[1] < 0.8 * gaps[0]


def test_kept_colours_are_the_contents(pictures, net):
    content, style, _ = pictures
    image = with_colors_of(0.9 * style[:, :, :32], content)
    weights = torch.tensor(LUMINANCE).view(1, 3, 1, 1)
    inside = ((image > 0) & (image < 1)).all(dim=1, keepdim=True)
    change = image - content
    spread = change.max(dim=1, keepdim=True).values - change.min(dim=1, keepdim=True).values
    assert (spread * inside).abs().max() < 1e-6
    brightness = ((image - 0.9 * style[:, :, :32]) * weights).sum(dim=1, keepdim=True)
    assert (brightness * inside).abs().max() < 1e-6
    assert style_transfer(content, style, net, steps=2, keep_colors=True).shape == content.shape


def test_adam_and_noise_lower_the_loss_too(pictures, net):
    content, style, _ = pictures
    seen = []
    style_transfer(
        content, style, net, steps=20, optimizer="adam", start="noise", on_step=lambda p: seen.append(p.loss)
    )
    assert len(seen) == 20
    assert seen[-1] < 0.3 * seen[0]


def test_progress_is_reported_after_each_step(pictures, net):
    seen = []
    style_transfer(*pictures[:2], net, steps=3, on_step=seen.append)
    assert [(p.step, p.steps) for p in seen] == [(1, 3), (2, 3), (3, 3)]
    assert all(p.image.shape == pictures[0].shape and not p.image.requires_grad for p in seen)


def test_it_repeats_leaves_its_inputs_alone_and_the_global_generator(pictures):
    content, style, _ = pictures
    before, state = (content.clone(), style.clone()), torch.get_rng_state()
    first, again = (style_transfer(content, style, steps=3, seed=4, start="noise") for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(content, before[0])
    assert torch.equal(style, before[1])
    assert torch.equal(torch.get_rng_state(), state)


def test_size_and_dtype_of_the_style_do_not_matter(pictures):
    content, style, _ = pictures
    image = style_transfer(content.double(), style[:, :, :30, :20], steps=2, style_size=24)
    assert image.dtype == torch.float64
    assert image.shape == content.shape


def test_a_content_that_is_the_style_stays_what_it_is(pictures, net):
    style = pictures[1]
    torch.testing.assert_close(style_transfer(style, style, net, steps=5, tv_weight=0.0), style)


def test_descent_finds_the_bottom_of_a_bowl():
    target = torch.linspace(0, 1, 12).view(1, 3, 2, 2)
    for optimizer, steps in (("lbfgs", 20), ("adam", 300)):
        found = Descent(
            lambda x: (torch.arange(1, 13).view(1, 3, 2, 2) * (x - target).square()).sum(),
            torch.zeros(1, 3, 2, 2), optimizer,
        ).run(steps)  # fmt: skip
        torch.testing.assert_close(found, target, atol=2e-3, rtol=0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mix": [1, 2]}, "mix is"),
        ({"mix": [0]}, "not all 0"),
        ({"style_weights": [1.0]}, "style_weights for"),
        ({"style_layers": ["conv9_1"]}, "no layer 'conv9_1'"),
        ({"optimizer": "sgd"}, "expected one of 'lbfgs', 'adam'"),
        ({"start": "style"}, "expected one of 'content', 'noise'"),
        ({"steps": 0}, "steps is 0"),
        ({"content_weight": -1.0}, "content_weight is -1"),
        ({"style_weights": [1.0, math.nan]}, r"style_weights\[1\] is nan"),
        ({"content_weight": 0, "style_weights": [0, 0], "tv_weight": 0}, "sum_of_all_weights is 0"),
        ({"content_weight": 0, "style_layers": [], "tv_weight": 0}, "sum_of_all_weights is 0"),
        ({"mix": [math.inf]}, r"mix is \[inf\]"),
        ({"style_size": 1}, r"styles\[0\] is 1 wide and 1 high"),
    ],
)
def test_settings_that_do_not_fit(pictures, net, settings, said):
    with pytest.raises(ValueError, match=said):
        style_transfer(*pictures[:2], net, **settings)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_pictures_of_one_colour_have_nothing_to_change(net, optimizer):
    grey = torch.full((1, 3, 16, 20), 0.5)
    image = style_transfer(grey, grey, net, steps=3, content_weight=0.0, optimizer=optimizer)
    assert torch.equal(image, grey)


def test_the_order_of_a_pictures_numbers_in_memory_does_not_matter(pictures, net):
    content, style, _ = pictures
    permuted = content.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    image, same = (style_transfer(x, style, net, steps=3, tv_weight=0.0) for x in (permuted, content))
    torch.testing.assert_close(image, same)


def test_gradients_may_be_off_outside_and_the_content_may_need_one(pictures, net):
    content, style, _ = pictures
    wanted = style_transfer(content, style, net, steps=2, keep_colors=True)
    with torch.no_grad():
        assert torch.equal(style_transfer(content, style, net, steps=2, keep_colors=True), wanted)
    image = style_transfer(content.clone().requires_grad_(), style, net, steps=2, keep_colors=True)
    assert torch.equal(image, wanted)
    assert not image.requires_grad


def test_small_pictures_are_painted_down_to_a_limit(pictures):
    content, style, _ = pictures
    assert style_transfer(content[..., :8, :8], style, steps=2).shape == (1, 3, 8, 8)
    with pytest.raises(ValueError, match="content is 8 wide and 7 high"):
        style_transfer(content[..., :7, :8], style)
    with pytest.raises(ValueError, match=r"styles\[1\] is 1 wide and 40 high"):
        style_transfer(content, [style, style[..., :1]])


def test_pictures_that_do_not_fit(pictures, net):
    with pytest.raises(ValueError, match="content has shape"):
        style_transfer(pictures[0][0], pictures[1], net)
    with pytest.raises(ValueError, match=r"styles\[1\] has shape"):
        style_transfer(pictures[0], [pictures[1], pictures[1][:, :1]], net)
    with pytest.raises(ValueError, match="styles is empty"):
        style_transfer(pictures[0], [], net)
    with pytest.raises(ValueError, match="content holds NaN"):
        style_transfer(pictures[0] / 0, pictures[1], net)
    with pytest.raises(TypeError, match=r"styles\[0\] holds torch.uint8"):
        style_transfer(pictures[0], pictures[1].byte(), net)
