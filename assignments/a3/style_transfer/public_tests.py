"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import pytest
import torch

from cs_lib.check import expect


def numbers(values, *shape):
    """A tensor of these numbers in float64."""
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


CURRENT, ORIGINAL = numbers([1, 2, 5, 3, 4, 0], 1, 2, 1, 3), numbers([0, 4, 5, 3, 1, 2], 1, 2, 1, 3)


@pytest.mark.graded("content_loss", points=0.5)
def test_content_loss_by_hand(student):
    """Two channels, one row of three places; the differences are 1, -2, 0, 0, 3 and -2."""
    expect.close(student.content_loss(3.0, CURRENT, ORIGINAL), 54.0, "The loss")
    for place, before in ((1, CURRENT), (2, ORIGINAL)):
        expect.unchanged(before, student.arguments_()[place], "the features")


@pytest.mark.graded("content_loss", points=0.2)
def test_content_loss_of_the_same(student):
    """The features of the original itself."""
    expect.close(student.content_loss(3.0, ORIGINAL, ORIGINAL), 0.0, "The loss")


@pytest.mark.graded("content_loss", points=0.5)
def test_content_loss_gradient_by_hand(student):
    """The gradient with respect to the current features: twice the weight times the differences."""
    got = student.gradient_of(student["content_loss"], 1, 0.5, CURRENT, ORIGINAL)
    expect.close(got, numbers([1, -2, 0, 0, 3, -2], 1, 2, 1, 3), "The gradient")


# The text's example: two filters at three places.
TWO = numbers([1, 2, 0, 3, -1, 4], 1, 2, 1, 3)


@pytest.mark.graded("gram_matrix", points=0.6)
def test_gram_matrix_by_hand(student):
    """The text's example, two filters at three places, not normalised."""
    got = student.gram_matrix(TWO, normalize=False)
    expect.close(got, [[[5, 1], [1, 26]]], "The Gram matrix")


@pytest.mark.graded("gram_matrix", points=0.4)
def test_gram_matrix_normalised(student):
    """The same, divided by C * H * W = 6: that is what it does if nothing else is said."""
    wanted = [[[5 / 6, 1 / 6], [1 / 6, 26 / 6]]]
    expect.close(student.gram_matrix(TWO, normalize=True), wanted, "The Gram matrix with normalize=True")
    expect.unchanged(TWO, student.arguments_()[0], "the features")
    expect.close(student.gram_matrix(TWO), wanted, "The Gram matrix if nothing is said about normalize")
    plain = student.gram_matrix(TWO, normalize=False)
    expect.close(plain, [[[5, 1], [1, 26]]], "The Gram matrix with normalize=False")


@pytest.mark.graded("gram_matrix", points=0.6)
def test_gram_matrix_of_two_pictures(student):
    """Two pictures, two filters, three rows of one place: each picture has a Gram matrix of its own."""
    features = numbers([1, 0, 2, 1, 0, 3, 1, 1, -1, 2, 0, 1], 2, 2, 3, 1)
    wanted = numbers([5, 7, 7, 10, 3, 1, 1, 5], 2, 2, 2)
    plain = student.gram_matrix(features, False)
    expect.close(plain, wanted, "The batch of Gram matrices that are not normalised")
    expect.close(student.gram_matrix(features), wanted / 6, "The batch of normalised Gram matrices")


@pytest.mark.graded("gram_matrix", points=0.4)
def test_gram_matrix_gradient_by_hand(student):
    """The gradient of the sum of all its entries: twice the sum of all filters at that place."""
    got = student.gradient_of(student["gram_matrix"], 0, TWO, False)
    expect.close(got, numbers([8, 2, 8, 8, 2, 8], 1, 2, 1, 3), "The gradient of the Gram matrix's sum")


FEATS = [numbers([2, 0, 2], 1, 1, 1, 3), TWO, numbers([1, 2, 2, 4, 0, 0, 2, 1], 1, 2, 2, 2)]


@pytest.mark.graded("style_loss", points=0.5)
def test_style_loss_of_one_layer(student):
    """The text's example as layer 1 of three, against a Gram matrix of zeros but for one entry."""
    target = numbers([0, 0, 0, 26 / 6], 1, 2, 2)
    # (5^2 + 1 + 1) / 36 * 4
    expect.close(student.style_loss(FEATS, [1], [target], [4.0]), 3.0, "The style loss")


@pytest.mark.graded("style_loss", points=0.6)
def test_style_loss_of_three_layers(student):
    """Layers 2, 0 and 1, in this order, each with its own target and weight."""
    # The Gram matrices are [[25, 8], [8, 5]] / 8, then 8 / 3, then [[5, 1], [1, 26]] / 6.
    targets = [
        numbers([3, 0.75, 0.75, 0.625], 1, 2, 2),
        numbers([5 / 3], 1, 1, 1),
        numbers([5 / 6, 1 / 6, 1 / 6, 26 / 6 - 0.5], 1, 2, 2),
    ]
    got = student.style_loss(FEATS, [2, 0, 1], targets, [64.0, 5.0, 8.0])
    expect.close(got, (1 + 4 + 4) + 5 + 2, "The style loss")
    left = student.arguments_()
    expect.true(
        len(left[2]) == 3, "The list of targets has lost some of its entries.", status="input_changed"
    )
    for before, after in zip(FEATS + targets, [*left[0], *left[2]], strict=True):
        expect.unchanged(before, after, "the features or the targets")


@pytest.mark.graded("style_loss", points=0.5)
def test_style_loss_gradient_by_hand(student):
    """The gradient with respect to all features: layer 0 has F = (2, 0, 2), layers 1 and 2 don't count."""
    # 2 * (8/3 - 5/3) * 2 * F / 3 * 1.5
    got = student.gradient_of(student["style_loss"], 0, FEATS, [0], [numbers([5 / 3], 1, 1, 1)], [1.5])
    for layer, wanted in enumerate([2 * FEATS[0], 0 * FEATS[1], 0 * FEATS[2]]):
        expect.close(got[layer], wanted, f"The gradient for layer {layer}")


# One picture, two rows of three pixels.
RED = [1, 2, 4, 0, 3, 1]
IMAGE = numbers([*RED, *[5] * 6, 0, 0, 0, 1, 1, 1], 1, 3, 2, 3)


@pytest.mark.graded("tv_loss", points=0.4)
def test_tv_loss_by_hand(student):
    """Red has differences of 1, 2, 3, -2 and -1, 1, -3; green none; blue is a row of 0 over one of 1."""
    expect.close(student.tv_loss(IMAGE, 2.0), 2.0 * (18 + 11 + 3), "The total variation")
    expect.unchanged(IMAGE, student.arguments_()[0], "img")


@pytest.mark.graded("tv_loss", points=0.2)
def test_tv_loss_of_an_even_picture(student):
    """All pixels alike: nothing is added at the border."""
    expect.close(student.tv_loss(numbers([0.25] * 24, 1, 3, 2, 4), 7.0), 0.0, "The total variation")


@pytest.mark.graded("tv_loss", points=0.2)
def test_tv_loss_of_two_pictures_of_one_row(student):
    """There are no neighbours below; to the right they differ by 1, -2 and by 2, 4, in each colour."""
    rows = numbers([*[0, 1, -1] * 3, *[1, 3, 7] * 3], 2, 3, 1, 3)
    expect.close(student.tv_loss(rows, 1.0), 3 * (1 + 4) + 3 * (4 + 16), "The total variation")


@pytest.mark.graded("tv_loss", points=0.4)
def test_tv_loss_gradient_by_hand(student):
    """The gradient: each pixel is drawn to its neighbours, and only to these."""
    got = student.gradient_of(
        student["tv_loss"], 0, numbers([0, 0, 0, 0, 1, 0, 0, 0, 0] * 3, 1, 3, 3, 3), 0.5
    )
    expect.close(got, numbers([0, -1, 0, -1, 4, -1, 0, -1, 0] * 3, 1, 3, 3, 3), "The gradient")


# Filters that pass red through, and that double what they get.
RED_ONLY = torch.zeros(1, 3, 3, 3, dtype=torch.float64)
RED_ONLY[0, 0, 1, 1] = 1.0
DOUBLE = torch.zeros(1, 1, 3, 3, dtype=torch.float64)
DOUBLE[0, 0, 1, 1] = 2.0


def step(student, img, net, again=False, **changes):
    """style_transfer_step, everything switched off but for the changes; a pair, once it is sure to be one.

    again: of two calls with the same arguments, the second.
    """
    settings = {
        "content_layer": 0, "content_target": torch.zeros(1, 1, *img.shape[2:], dtype=img.dtype),
        "content_weight": 0.0, "style_layers": [0], "style_targets": [torch.zeros(1, 1, 1, dtype=img.dtype)],
        "style_weights": [0.0], "tv_weight": 0.0, "learning_rate": 0.1,
    } | changes  # fmt: skip
    arguments = (img, net, *settings.values())
    if again:
        result = student.twice(student["style_transfer_step"], *arguments)
    else:
        result = student.style_transfer_step(*arguments)
    pair = isinstance(result, tuple | list) and len(result) == 2
    expect.true(
        pair, "style_transfer_step has to return two things: the picture and the loss.", status="wrong_type"
    )
    return result


PICTURE = numbers([0.5, 0.2, 0.9, 0.4] * 3, 1, 3, 2, 2)


@pytest.mark.graded("style_transfer_step", points=0.4)
def test_step_towards_the_content(student):
    """A net that answers with the picture's red: only red changes, by -0.1 * 2 * (red - target)."""
    target = numbers([0.5, 0.7, 0.4, 0.4], 1, 1, 2, 2)
    net = student.small_net([RED_ONLY, DOUBLE])
    wanted = PICTURE.clone()
    wanted[0, 0] = numbers([0.5, 0.3, 0.8, 0.4], 2, 2)
    for which in ("", " of the second call"):  # which is to give the same
        new, loss = step(student, PICTURE, net, bool(which), content_target=target, content_weight=1.0)
        expect.close(loss, 0.5, f"The loss before the step{which}")
        expect.close(new, wanted, f"The new picture{which}")
        expect.unchanged(PICTURE, student.arguments_()[1 if which else 0], "img")


@pytest.mark.graded("style_transfer_step", points=0.4)
def test_step_towards_the_style(student):
    """The same net: one filter, whose Gram matrix is the mean of the squared red values, 1.26 / 4."""
    net = student.small_net([RED_ONLY])
    new, loss = step(student, PICTURE, net, style_targets=[numbers([0.065], 1, 1, 1)], style_weights=[8.0])
    expect.close(loss, 8 * 0.25**2, "The loss before the step")
    wanted = PICTURE.clone()
    wanted[0, 0] *= 1 - 0.1 * 8 * 2 * 0.25 * 2 / 4
    expect.close(new, wanted, "The new picture")


@pytest.mark.graded("style_transfer_step", points=0.4)
def test_step_that_is_clipped(student):
    """Total variation alone, and a step that is much too long: the picture stays within 0 and 1."""
    img = numbers([0.0, 1.0, 0.0, 1.0] * 3, 1, 3, 2, 2)
    new, loss = step(student, img, student.small_net([RED_ONLY]), tv_weight=0.5, learning_rate=1.5)
    expect.close(loss, 3.0, "The loss before the step")
    expect.close(new, 1 - img, "The new picture")


@pytest.mark.graded("answer_numbers_in_gram", points=0)
def test_numbers_in_gram_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_numbers_in_gram"], "answer_numbers_in_gram")


@pytest.mark.graded("answer_blind_to", points=0)
def test_blind_to_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_blind_to"], ("a", "b", "c", "d"), "answer_blind_to")
