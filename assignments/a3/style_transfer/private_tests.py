"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions; gradients are
PyTorch's, of the learner's function and of the reference, and differences of several calls.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cs_lib.check import expect, remembered
from cs_lib.vision import losses as reference


def tensor(rng, *shape, dtype="float64", scale=1.0):
    """Normally distributed numbers."""
    return torch.from_numpy(np.asarray(scale * rng.standard_normal(shape)).astype(dtype))


def picture(rng, *shape, dtype="float64", low=0.0, high=1.0):
    """Numbers from low to high."""
    return torch.from_numpy(rng.uniform(low, high, shape).astype(dtype))


@remembered
def value(name, *arguments):
    """What the reference gives."""
    return getattr(reference, name)(*arguments)


@remembered
def gradient(name, position, *arguments):
    """The reference's gradient with respect to one argument, a tensor or a list of tensors."""
    chosen = arguments[position]
    several = isinstance(chosen, list)
    leaves = [x.clone().requires_grad_() for x in (chosen if several else [chosen])]
    replaced = leaves if several else leaves[0]
    result = getattr(reference, name)(*arguments[:position], replaced, *arguments[position + 1 :])
    gradients = torch.autograd.grad(result.sum(), leaves, allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, gradients, strict=True)]
    return gradients if several else gradients[0]


def expect_gradient(student, name, position, *arguments):
    """PyTorch's gradient of the student's function is that of the reference."""
    got = student.gradient_of(student[name], position, *arguments)
    wanted = gradient(name, position, *arguments)
    if not isinstance(wanted, list):
        return expect.close(got, wanted, "The gradient")
    for layer, each in enumerate(wanted):
        expect.close(got[layer], each, f"The gradient for layer {layer}")


def expect_slopes(student, name, position, *arguments, rng):
    """By several calls: the values change, in three directions, as the reference's gradient says."""
    step, wanted = 1e-5, gradient(name, position, *arguments)
    for _ in range(3):
        direction = tensor(rng, *arguments[position].shape)
        values = []
        for sign in (1, -1):
            moved = list(arguments)
            moved[position] = arguments[position] + sign * step * direction
            values.append(getattr(student, name)(*moved))
            expect.shape(values[-1], (), "The loss")
        slope = (float(values[0]) - float(values[1])) / (2 * step)
        expect.close(
            slope, float((wanted * direction).sum()), "The slope between two calls", rtol=1e-4, atol=1e-6
        )


def expect_repeatable(student, name, *arguments, read_only):
    """Called twice, it gives the same, and what it was given is as before."""
    for what in ("The result", "The result of the second call"):
        expect.close(getattr(student, name)(*arguments), value(name, *arguments), what)
        for place in read_only:
            before, after = arguments[place], student.arguments_()[place]
            pairs = zip(before, after, strict=True) if isinstance(before, list) else [(before, after)]
            for b, a in pairs:
                expect.unchanged(b, a, "what it was given")


# --- content loss


@pytest.mark.graded("content_loss", points=0.2)
@pytest.mark.parametrize(
    ("shape", "dtype", "weight"),
    [
        ((1, 3, 4, 7), "float64", 0.3),
        ((1, 5, 6, 2), "float32", 2.5),
        ((1, 1, 1, 9), "float64", 40.0),
        ((1, 2, 3, 3), "float64", 0.0),
    ],
    ids=["wide", "high in float32", "one filter, one row", "weight 0"],
)
def test_content_loss(student, rng, shape, dtype, weight):
    """Features that are not square, one filter, float32, a weight of 0."""
    a, b = tensor(rng, *shape, dtype=dtype), tensor(rng, *shape, dtype=dtype)
    expect.close(student.content_loss(weight, a, b), value("content_loss", weight, a, b), "The loss")


@pytest.mark.graded("content_loss", points=0.4)
def test_content_loss_gradient(student, rng):
    """PyTorch finds the right gradient with respect to the current features."""
    expect_gradient(student, "content_loss", 1, 0.7, tensor(rng, 1, 3, 4, 5), tensor(rng, 1, 3, 4, 5))


@pytest.mark.graded("content_loss", points=0.3)
def test_content_loss_slopes(student, rng):
    """The values of several calls change as the gradient says."""
    a, b = tensor(rng, 1, 2, 3, 5), tensor(rng, 1, 2, 3, 5)
    expect_slopes(student, "content_loss", 1, 1.3, a, b, rng=rng)


@pytest.mark.graded("content_loss", points=0.3)
def test_content_loss_twice(student, rng):
    """Large numbers, a second call, and inputs that stay as they are."""
    a, b = tensor(rng, 1, 4, 3, 2, scale=1e4), tensor(rng, 1, 4, 3, 2, scale=1e4)
    expect_repeatable(student, "content_loss", 0.01, a, b, read_only=(1, 2))


# --- Gram matrix


@pytest.mark.graded("gram_matrix", points=0.25)
@pytest.mark.parametrize(
    ("shape", "dtype", "normalize"),
    [
        ((1, 3, 4, 6), "float64", True),
        ((1, 4, 5, 2), "float32", True),
        ((3, 2, 3, 4), "float64", True),
        ((4, 3, 2, 5), "float64", False),
        ((2, 5, 1, 3), "float32", False),
        ((1, 1, 6, 1), "float64", True),
        ((2, 4, 3, 3), "float64", True),
    ],
    ids=[
        "one picture", "float32", "three pictures", "four, not normalised", "one row, not normalised",
        "one filter, one column", "square",
    ],
)  # fmt: skip
def test_gram_matrix(student, rng, shape, dtype, normalize):
    """One picture and several, wide and high, one row or filter, normalised or not, float32 and float64."""
    features = tensor(rng, *shape, dtype=dtype)
    got = student.gram_matrix(features, normalize)
    expect.close(
        got,
        value("gram_matrix", features, normalize),
        "The batch of Gram matrices",
        atol=1e-6 if dtype == "float32" else 1e-8,
    )


@pytest.mark.graded("gram_matrix", points=0.35)
def test_gram_matrix_says_normalize_by_default(student, rng):
    """Called without normalize and with normalize=False, on the same features of two pictures."""
    features = tensor(rng, 2, 3, 2, 4)
    expect.close(
        student.gram_matrix(features), value("gram_matrix", features), "The batch of normalised Gram matrices"
    )
    got = student.gram_matrix(features, normalize=False)
    expect.close(
        got, value("gram_matrix", features, False), "The batch of Gram matrices that are not normalised"
    )


@pytest.mark.graded("gram_matrix", points=0.25)
@pytest.mark.parametrize("normalize", [True, False], ids=["normalised", "not normalised"])
def test_gram_matrix_gradient(student, rng, normalize):
    """PyTorch finds the right gradient of the sum of all entries, for three pictures."""
    expect_gradient(student, "gram_matrix", 0, tensor(rng, 3, 2, 4, 3), normalize)


@pytest.mark.graded("gram_matrix", points=0.4)
def test_gram_matrix_twice(student, rng):
    """Large numbers, a second call, and features that stay as they are."""
    expect_repeatable(student, "gram_matrix", tensor(rng, 2, 3, 5, 2, scale=1e3), read_only=(0,))


# --- style loss

SHAPES = [(1, 2, 6, 8), (1, 4, 3, 4), (1, 3, 3, 5), (1, 5, 2, 1), (1, 1, 4, 2)]


def style(rng, layers, dtype="float64"):
    """feats of five layers, and targets and weights for some of them."""
    feats = [tensor(rng, *shape, dtype=dtype) for shape in SHAPES]
    targets = []
    for layer in layers:
        channels = SHAPES[layer][1]
        a = tensor(rng, channels, channels, dtype=dtype)
        targets.append((a + a.T)[None] / 5)
    return feats, list(layers), targets, rng.uniform(0.5, 9.0, len(layers)).tolist()


@pytest.mark.graded("style_loss", points=0.25)
@pytest.mark.parametrize(
    ("layers", "dtype"),
    [((0, 1, 2, 3, 4), "float64"), ((3, 0), "float64"), ((1, 4, 2), "float32"), ((4,), "float64")],
    ids=["all layers", "out of order", "three in float32", "the last one only"],
)
def test_style_loss(student, rng, layers, dtype):
    """All layers or some of them, in any order, each with the target and the weight of its place."""
    arguments = style(rng, layers, dtype)
    expect.close(student.style_loss(*arguments), value("style_loss", *arguments), "The style loss")


@pytest.mark.graded("style_loss", points=0.3)
def test_style_loss_with_a_weight_of_0(student, rng):
    """A layer whose weight is 0 has no say, and the others go on."""
    feats, layers, targets, weights = style(rng, (2, 0, 1))
    weights[1] = 0.0
    arguments = feats, layers, targets, weights
    expect.close(student.style_loss(*arguments), value("style_loss", *arguments), "The style loss")


@pytest.mark.graded("style_loss", points=0.25)
def test_style_loss_at_the_target(student, rng):
    """The Gram matrices are the targets already."""
    feats, layers, _, weights = style(rng, (3, 1))
    targets = [reference.gram_matrix(feats[layer]) for layer in layers]
    expect.close(student.style_loss(feats, layers, targets, weights), 0.0, "The style loss")


@pytest.mark.graded("style_loss", points=0.5)
def test_style_loss_gradient(student, rng):
    """PyTorch finds the right gradient with respect to the features of every layer."""
    expect_gradient(student, "style_loss", 0, *style(rng, (2, 3, 0)))


@pytest.mark.graded("style_loss", points=0.35)
def test_style_loss_twice(student, rng):
    """A second call gives the same, and lists and tensors stay as they are."""
    expect_repeatable(student, "style_loss", *style(rng, (1, 3)), read_only=(0, 2))


# --- total variation


@pytest.mark.graded("tv_loss", points=0.15)
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((1, 3, 5, 8), "float64"),
        ((1, 3, 7, 2), "float32"),
        ((3, 3, 4, 3), "float64"),
        ((1, 3, 1, 6), "float64"),
        ((2, 3, 5, 1), "float64"),
    ],
    ids=["wide", "high in float32", "three pictures", "one row", "one column"],
)
def test_tv_loss(student, rng, shape, dtype):
    """Wide and high pictures, several of them, pictures of one row or one column."""
    img = picture(rng, *shape, dtype=dtype)
    expect.close(student.tv_loss(img, 1.7), value("tv_loss", img, 1.7), "The total variation")


@pytest.mark.graded("tv_loss", points=0.4)
def test_tv_loss_gradient(student, rng):
    """PyTorch finds the right gradient with respect to the pictures."""
    expect_gradient(student, "tv_loss", 0, picture(rng, 2, 3, 3, 5), 0.4)


@pytest.mark.graded("tv_loss", points=0.35)
def test_tv_loss_slopes(student, rng):
    """The values of several calls change as the gradient says."""
    expect_slopes(student, "tv_loss", 0, picture(rng, 1, 3, 4, 3), 2.2, rng=rng)


@pytest.mark.graded("tv_loss", points=0.3)
def test_tv_loss_twice(student, rng):
    """A second call gives the same, and the picture stays as it is; the weight may be 0."""
    img = picture(rng, 1, 3, 4, 6)
    expect_repeatable(student, "tv_loss", img, 3.0, read_only=(0,))
    expect.close(student.tv_loss(img, 0.0), 0.0, "The total variation with a weight of 0")


# --- one step


def filters(rng, dtype="float64"):
    """Those of a net of three convolutions."""
    return [tensor(rng, *shape, 3, 3, dtype=dtype, scale=0.4) for shape in ((4, 3), (5, 4), (3, 5))]


def answers(x, weights):
    """What the convolutions of the notebook's small_net make of x."""
    found = []
    for weight in weights:
        x = F.conv2d(x, weight, padding=1)
        found.append(x)
        if len(found) < len(weights):
            x = F.avg_pool2d(F.relu(x), 2)
    return found


@remembered
def wanted_step(img, weights, settings):
    """The picture and the loss that are expected."""
    (content_layer, target, content_weight, layers, targets, style_weights, tv_weight, rate) = settings
    x = img.clone().requires_grad_()
    feats = answers(x, weights)
    loss = (
        reference.content_loss(content_weight, feats[content_layer], target)
        + reference.style_loss(feats, layers, targets, style_weights)
        + reference.tv_loss(x, tv_weight)
    )
    (change,) = torch.autograd.grad(loss, x)
    return (x - rate * change).detach().clamp(0, 1), loss.item()


def step_settings(rng, weights, shape, dtype="float64", **changes):
    """Arguments from content_layer to learning_rate, for a content and a style of random pixels."""
    with torch.no_grad():
        content = answers(picture(rng, *shape, dtype=dtype), weights)
        painted = answers(picture(rng, 1, 3, 12, 16, dtype=dtype), weights)
    settings = {
        "content_layer": 1, "content_target": content[1], "content_weight": 0.05,
        "style_layers": [2, 0], "style_targets": [reference.gram_matrix(painted[i]) for i in (2, 0)],
        "style_weights": [30.0, 3.0], "tv_weight": 0.02, "learning_rate": 0.1,
    } | changes  # fmt: skip
    settings["content_target"] = content[settings["content_layer"]]
    return list(settings.values())


def expect_step(student, img, weights, settings, net=None, again=False):
    """A step of the student's leads where the reference's does; again: the second of two alike."""
    net = student.small_net(weights) if net is None else net
    if again:
        result = student.twice(student["style_transfer_step"], img, net, *settings)
    else:
        result = student.style_transfer_step(img, net, *settings)
    pair = isinstance(result, tuple | list) and len(result) == 2
    expect.true(
        pair, "style_transfer_step has to return two things: the picture and the loss.", status="wrong_type"
    )
    picture_wanted, loss_wanted = wanted_step(img, weights, settings)
    expect.close(result[1], loss_wanted, "The loss before the step")
    tight = img.dtype == torch.float64
    expect.close(result[0], picture_wanted, "The new picture", atol=1e-8 if tight else 1e-5)
    return result[0]


@pytest.mark.graded("style_transfer_step", points=0.25)
@pytest.mark.parametrize(
    ("shape", "dtype", "changes"),
    [
        ((1, 3, 8, 12), "float64", {}),
        ((1, 3, 12, 8), "float32", {"content_layer": 2}),
        ((1, 3, 8, 8), "float64", {"content_weight": 0.0, "tv_weight": 0.0}),
        ((1, 3, 8, 9), "float64", {"style_weights": [0.0, 0.0], "content_layer": 0, "learning_rate": 0.02}),
    ],
    ids=["wide", "high in float32", "style only", "no style"],
)
def test_step(student, rng, shape, dtype, changes):
    """Pictures of several shapes, content from several layers, each of the weights switched off once."""
    weights = filters(rng, dtype)
    settings = step_settings(rng, weights, shape, dtype, **changes)
    expect_step(student, picture(rng, *shape, dtype=dtype, low=0.3, high=0.7), weights, settings)


@pytest.mark.graded("style_transfer_step", points=0.4)
def test_step_twice(student, rng):
    """The same net again: nothing is left over from the first call, and the picture is not changed."""
    weights = filters(rng)
    settings = step_settings(rng, weights, (1, 3, 8, 8))
    img, net = picture(rng, 1, 3, 8, 8, low=0.3, high=0.7).requires_grad_(), student.small_net(weights)
    for again in (False, True):
        expect_step(student, img.detach(), weights, settings, net, again)
        expect.unchanged(img.detach(), student.arguments_()[1 if again else 0], "img")
    result = student.style_transfer_step(img, net, *settings)  # a picture that asks for a gradient
    expect.close(result[0], wanted_step(img.detach(), weights, settings)[0], "The new picture")


@pytest.mark.graded("style_transfer_step", points=0.4)
def test_three_steps_that_are_clipped(student, rng):
    """A little training: three long steps, the picture passed on, pixels at 0 and at 1."""
    weights = filters(rng)
    settings = step_settings(rng, weights, (1, 3, 8, 10), learning_rate=1.5)
    img, net = picture(rng, 1, 3, 8, 10), student.small_net(weights)
    for _ in range(3):
        new = expect_step(student, img, weights, settings, net)
        img = torch.as_tensor(np.asarray(new))
    expect.true(bool(((img == 0) | (img == 1)).any()), "No pixel of the picture was clipped.")


@pytest.mark.graded("answer_numbers_in_gram", points=1)
def test_numbers_in_gram(student):
    """A symmetric matrix of 64 rows: the diagonal and one half of the rest."""
    expect.close(student["answer_numbers_in_gram"], 64 * 65 / 2, "answer_numbers_in_gram")


@pytest.mark.graded("answer_blind_to", points=1)
def test_blind_to(student):
    """Four times as much of everything, divided by four times as many places: c."""
    expect.answered(student["answer_blind_to"], "answer_blind_to")
    expect.equal(student["answer_blind_to"], "c", "answer_blind_to")
