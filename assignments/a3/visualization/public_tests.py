"""The tests that everybody sees: models of a few weights, for which the answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest
import torch

from cs_lib.check import expect

# --- models and images


def whole(*shape, step=7, modulus=11):
    """A tensor of small whole numbers (as float64) in no obvious order, always the same."""
    numbers = np.arange(np.prod(shape)) * step % modulus - modulus // 2
    return torch.from_numpy(numbers.reshape(shape).astype(float))


def at_places(shape, entries):
    """A tensor of zeros (float64) with the given entries, {place: value}."""
    tensor = torch.zeros(shape, dtype=torch.float64)
    for place, value in entries.items():
        tensor[place] = value
    return tensor


# Three classes on images of 2 x 3. Class 0 looks at two pixels, class 1 at none, class 2 at everything.
WEIGHTS = at_places((3, 3, 2, 3), {(0, 0, 0, 1): 2.0, (0, 2, 0, 1): -5.0, (0, 1, 1, 2): 3.0})
WEIGHTS[2] = whole(3, 2, 3)
WEIGHTS[2, :, 0, 0] = torch.tensor([-3.0, -1.0, -2.0])
IMAGES = 0.25 * whole(4, 3, 2, 3, step=5, modulus=13)


# --- compute_saliency_maps


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_of_a_linear_model(student):
    """Scores that are weighted sums of pixels: the largest absolute weight of each, whatever the image."""
    got = student.compute_saliency_maps(IMAGES[:1], torch.tensor([0]), student.LinearNet(WEIGHTS))
    expect.close(got, [[[0, 5, 0], [0, 0, 3]]], "The map of class 0")


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_of_each_image_for_its_own_class(student):
    """Four images of classes 2, 0, 1 and 2: class 1 looks at nothing."""
    y = torch.tensor([2, 0, 1, 2])
    got = student.compute_saliency_maps(IMAGES, y, student.LinearNet(WEIGHTS))
    strongest = np.abs(WEIGHTS[2].numpy()).max(axis=0)
    zeros = np.zeros((2, 3))
    expect.close(got, [strongest, [[0, 5, 0], [0, 0, 3]], zeros, strongest], "The array of maps")


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_behind_a_relu(student):
    """The hidden unit of a pixel is its red + green + blue: where that is negative, nothing gets through."""
    image = torch.zeros(1, 3, 2, 2, dtype=torch.float64)
    image[0, 1] = torch.tensor([[1.0, -1.0], [-2.0, 3.0]])
    filters, weights = (
        torch.ones(1, 3, 1, 1, dtype=torch.float64),
        -torch.ones(2, 1, 2, 2, dtype=torch.float64),
    )
    weights[1, 0, 1, 1] = -4
    got = student.compute_saliency_maps(image, torch.tensor([1]), student.ConvNet(filters, weights))
    expect.close(got, [[[1, 0], [0, 4]]], "The map of class 1")


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_asked_for_twice(student):
    """The same tensors a second time: the same answer, and the pixels of X are as before."""
    y, model = torch.tensor([0]), student.LinearNet(WEIGHTS)
    got = student.twice(student["compute_saliency_maps"], IMAGES[:1], y, model)
    expect.close(got, [[[0, 5, 0], [0, 0, 3]]], "The map of the second call")
    expect.unchanged(IMAGES[:1], student.arguments_()[1], "X")


# --- occlusion_map

# Each pixel of a 4 x 5 image counts what its place says, in all three colours alike: score = sum over places.
COUNTS = torch.arange(1.0, 21.0, dtype=torch.float64).reshape(4, 5)
WHITE = torch.ones(1, 3, 4, 5, dtype=torch.float64)


def counting(student):
    """The score of class 1 on white is 1 + 2 + ... + 20; class 0 is blind, class 2 three times as loud."""
    weights = torch.stack([class_weight * COUNTS.expand(3, 4, 5) / 3 for class_weight in (0, 1, 3)])
    return student.LinearNet(weights)


@pytest.mark.graded("occlusion_map", points=0.5)
def test_occlusion_pixel_by_pixel(student):
    """A square of one pixel, black: each place lacks its own count of the 210."""
    got = student.occlusion_map(WHITE, 1, counting(student), size=1, stride=1, fill=0.0)
    expect.close(got, 210 - COUNTS, "The map")


@pytest.mark.graded("occlusion_map", points=0.5)
def test_occlusion_by_squares(student):
    """Squares of 2 x 2, two pixels apart: 1 + 2 + 6 + 7 = 16 are missing first. The last column stays."""
    got = student.occlusion_map(WHITE, 1, counting(student), size=2, stride=2, fill=0.0)
    expect.close(got, [[210 - 16, 210 - 24], [210 - 56, 210 - 64]], "The map")


@pytest.mark.graded("occlusion_map", points=0.5)
def test_occlusion_in_grey(student):
    """Squares of 3 x 3, one pixel apart, in the usual grey: half of what they cover is missing."""
    got = student.occlusion_map(WHITE, 1, counting(student), size=3, stride=1)
    expect.close(got, 210 - np.array([[63, 72, 81], [108, 117, 126]]) / 2, "The map")
    expect.unchanged(WHITE, student.arguments_()[0], "image")


# --- guided_relu_backward


@pytest.mark.graded("guided_relu_backward", points=0.5)
def test_guided_rule_on_four_cases(student):
    """Input and gradient above or below 0, in all four combinations: one of them gets through."""
    x = torch.tensor([2.0, 3.0, -1.0, -4.0])
    got = student.guided_relu_backward(torch.tensor([0.5, -2.0, 0.25, -3.0]), x)
    expect.close(got, [0.5, 0, 0, 0], "The gradient")


@pytest.mark.graded("guided_relu_backward", points=0.5)
def test_guided_rule_on_maps(student):
    """Two channels of 2 x 2, and both inputs stay as they are."""
    x = torch.tensor([[[[1.5, -2.0], [0.1, 7.0]], [[-3.0, 2.0], [4.0, -1.0]]]])
    upstream = torch.tensor([[[[3.0, 4.0], [-0.5, 0.25]], [[1.0, 6.0], [-2.0, -7.0]]]])
    got = student.guided_relu_backward(upstream, x)
    expect.close(got, [[[[3, 0], [0, 0.25]], [[0, 6], [0, 0]]]], "The gradient")
    for before, after, name in zip((upstream, x), student.arguments_(), ("upstream", "x"), strict=True):
        expect.unchanged(before, after, name)


# --- make_fooling_image

# The score of class 0 is the sum of four numbers of the image. The score of class 1 is 3: three times a pixel
# of 1. So the gradient of score 0 has length 2, and a step of length 0.5 adds 1/4 to each of the four.
FOUR = at_places((2, 3, 2, 2), {(0, 0, 0, 0): 1.0, (0, 1, 0, 1): 1.0, (0, 2, 1, 0): 1.0, (0, 0, 1, 1): 1.0})
FOUR[1, 1, 1, 1] = 3
START = at_places((1, 3, 2, 2), {(0, 1, 1, 1): 1.0})


def after_steps(quarters):
    """START with so many quarters added to each of the four numbers."""
    return START + FOUR[:1] * quarters / 4


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_fooling_stops_when_the_model_is_fooled(student):
    """Score 0 begins at 0.5 and rises by 1 a step: after three steps it is 3.5, above the 3 of class 1."""
    X = after_steps(0.5)
    got = student.make_fooling_image(X, 0, student.LinearNet(FOUR), learning_rate=0.5)
    expect.close(got, after_steps(3.5), "The fooling image")
    expect.unchanged(X, student.arguments_()[0], "X")


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_fooling_gives_up(student):
    """The gradient (2, -1, 2) has length 3. Three steps are too few: the image after them is returned."""
    towards = at_places((1, 3, 2, 2), {(0, 0, 0, 0): 2.0, (0, 1, 0, 1): -1.0, (0, 2, 1, 0): 2.0})
    model = student.LinearNet(torch.cat([towards, 100 * START]))
    got = student.make_fooling_image(START, 0, model, learning_rate=0.3, max_steps=3)
    expect.close(got, START + 0.3 * towards, "The image after three steps")


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_no_need_to_fool(student):
    """The model says class 1 already."""
    got = student.make_fooling_image(after_steps(1), 1, student.LinearNet(FOUR))
    expect.close(got, after_steps(1), "The image")


def four_pixels(student):
    """An image and a ConvNet: class 1 likes the first pixel and dislikes the third; the second is shut off.

    A step of a quarter of the root of 6 shuts off the third, too. Scores 0 and 1 are 4 and 1 to begin with,
    4 and 3.5 after one step, and 4 and 5.6 after two. Also returns the image after two steps.
    """
    image = torch.zeros(1, 3, 1, 4, dtype=torch.float64)
    image[0, 0, 0] = torch.tensor([1.0, -2.0, 0.5, 4.0])
    filters, weights = (
        torch.ones(1, 3, 1, 1, dtype=torch.float64),
        torch.zeros(2, 1, 1, 4, dtype=torch.float64),
    )
    weights[:, 0, 0] = torch.tensor([[0.0, 0.0, 0.0, 1.0], [2.0, 5.0, -2.0, 0.0]])
    after = image.clone()
    after[0, :, 0, 2] -= 0.25
    after[0, :, 0, 0] += 0.25 + 0.25 * 2**0.5
    return image, student.ConvNet(filters, weights), after


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_fooling_a_convnet(student):
    """Two steps in different directions: after the first, a ReLU has shut."""
    image, model, after = four_pixels(student)
    got = student.make_fooling_image(image, 1, model, learning_rate=0.25 * 6**0.5)
    expect.close(got, after, "The fooling image")


# --- class_visualization_update_step


def stepped(student, img, *arguments, times=1):
    """img after update steps (the function is to change it in place)."""
    return student.changed(student["class_visualization_update_step"], img, *arguments, times=times)


def ready(values):
    """A leaf tensor that requires a gradient, as an image under construction does."""
    return values.clone().requires_grad_()


@pytest.mark.graded("class_visualization_update_step", points=0.5)
def test_step_without_regularisation(student):
    """The gradient of class 0 is 2, -5 and 3 at three places, so its length is the root of 38."""
    got = stepped(student, ready(IMAGES[:1]), student.LinearNet(WEIGHTS), 0, 0.0, 0.5)
    expect.close(got, IMAGES[:1] + 0.5 * WEIGHTS[:1] / 38**0.5, "img after the step")


@pytest.mark.graded("class_visualization_update_step", points=0.5)
def test_step_by_regularisation_alone(student):
    """Class 1 has no gradient: what is left leads straight towards 0, one learning rate nearer."""
    img = at_places((1, 3, 2, 3), {(0, 0, 0, 0): 3.0, (0, 2, 1, 1): -4.0})
    got = stepped(student, ready(img), student.LinearNet(WEIGHTS), 1, 0.2, 1.0)
    expect.close(got, img * (4 / 5), "img after the step")


@pytest.mark.graded("class_visualization_update_step", points=0.5)
def test_step_with_both(student):
    """Score gradient minus 2 * 0.5 * img: (2, -5, 3) minus (1, 0, -1) at the places that class 0 looks at."""
    places = [(0, 0, 0, 1), (0, 2, 0, 1), (0, 1, 1, 2)]
    img = at_places((1, 3, 2, 3), dict(zip(places, (1.0, 0.0, -1.0), strict=True)))
    direction = at_places((1, 3, 2, 3), dict(zip(places, (1.0, -5.0, 4.0), strict=True)))
    got = stepped(student, ready(img), student.LinearNet(WEIGHTS), 0, 0.5, 2.0)
    expect.close(got, img + 2 * direction / 42**0.5, "img after the step")


@pytest.mark.graded("class_visualization_update_step", points=0.5)
def test_two_steps(student):
    """Two steps with the same tensor: the second must know nothing of the first one's gradient."""
    image, model, after = four_pixels(student)
    got = stepped(student, ready(image), model, 1, 0.0, 0.25 * 6**0.5, times=2)
    expect.close(got, after, "img after two steps")


# --- the questions


@pytest.mark.graded("answer_forward_passes", points=0)
def test_forward_passes_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_forward_passes"], "answer_forward_passes")


@pytest.mark.graded("answer_many_pixels", points=0)
def test_many_pixels_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_many_pixels"], ("a", "b", "c", "d"), "answer_many_pixels")
