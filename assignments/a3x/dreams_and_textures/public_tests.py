"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest
import torch

from cs_lib.check import expect

# One filter of one pixel that looks at red only: the activation is twice the red of a pixel.
RED = torch.tensor([2.0, 0.0, 0.0], dtype=torch.float64).view(1, 3, 1, 1)


def picture(red, green=0.5, blue=0.5):
    """(1, 3, h, w) in float64 with this red."""
    image = torch.empty(1, 3, len(red), len(red[0]), dtype=torch.float64)
    for channel, values in enumerate((red, green, blue)):
        image[0, channel] = torch.tensor(values)
    return image


@pytest.mark.graded("dream_step", points=0.3)
def test_step_by_hand(student):
    """Activations of twice the red: the gradient is 4 times the red. Its mean is taken over all colours."""
    image = picture([[0.1, 0.3, 0.2, 0.02]])  # the gradient is 0.4, 1.2, 0.8, 0.08 and eight times 0
    mean = 2.48 / 12
    moved = 0.02 * np.array([[0.4, 1.2, 0.8, 0.08]]) / mean
    got = student.dream_step(image, student.small_layer(RED), 0.02)
    expect.close(got, picture(image[0, 0].numpy() + moved), "The image after the step")


@pytest.mark.graded("dream_step", points=0.3)
def test_step_is_clipped_and_silent_units_are_left_alone(student):
    """Two filters, one of them silent; a pixel that would get above 1 and one below 0."""
    filters = torch.zeros(2, 3, 1, 1, dtype=torch.float64)
    filters[0, 0], filters[0, 1], filters[1, 2] = 1, -1, -3
    image = picture([[0.9], [0.6], [0.5]], [[0.1], [0.3], [0.7]])
    # red - green is 0.8, 0.3 and silent: the gradient is (0.8, 0.3, 0) in red, the opposite in green.
    mean = 2 * 1.1 / 9
    wanted = picture([[1.0], [0.6 + 0.15 * 0.3 / mean], [0.5]], [[0.0], [0.3 - 0.15 * 0.3 / mean], [0.7]])
    got = student.dream_step(image, student.small_layer(filters), 0.15)
    expect.close(got, wanted, "The image after the step")
    expect.unchanged(image, student.arguments_()[0], "image")


@pytest.mark.graded("dream_step", points=0.2)
def test_step_in_float32(student):
    """The result has the image's dtype."""
    image = picture([[0.25, 0.5], [0.0, 0.75]]).float()
    got = student.dream_step(image, student.small_layer(RED), 0.01)
    wanted = picture([[0.25 + 0.02, 0.5 + 0.04], [0.0, 0.75 + 0.06]]).float()
    expect.close(got, wanted, "The image after the step")
    expect.dtype(got, "torch.float32")


@pytest.mark.graded("dream_step", points=0.1)
def test_step_without_activity(student):
    """A layer that is silent everywhere: the image stays as it is."""
    image = picture([[0.25, 0.5], [0.125, 0.75]])
    got = student.dream_step(image, student.small_layer(-RED), 0.01)
    expect.close(got, image, "The image after the step")


@pytest.mark.graded("dream_step", points=0.1)
def test_step_begins_a_new_graph(student):
    """Whether the image that comes in needs a gradient or not, what comes back hangs on no graph."""
    image = picture([[0.25, 0.5], [0.125, 0.75]])
    for x in (image, image.clone().requires_grad_()):
        hangs = student.hangs_on_a_graph(student["dream_step"], x, student.small_layer(RED), 0.01)
        expect.true(not hangs, "What comes back still hangs on the graph of the step: detach it.")


@pytest.mark.graded("octave_sizes", points=0.2)
def test_sizes_of_the_text(student):
    """The example of the text."""
    expect.equal(student.octave_sizes(150, 200, 3, 1.4), [(77, 102), (107, 143), (150, 200)], "The list")


@pytest.mark.graded("octave_sizes", points=0.2)
def test_sizes_do_not_get_below_eight(student):
    """Four octaves of factor 2, of a low and wide picture; and a single octave."""
    expect.equal(student.octave_sizes(20, 88, 4, 2), [(8, 11), (8, 22), (10, 44), (20, 88)], "The list")
    expect.equal(student.octave_sizes(33, 21, 1, 1.3), [(33, 21)], "The list for one octave")


def row(*numbers):
    """A row of numbers as the middle of a window of 3 x 3."""
    window = np.zeros((1, 3, 3))
    window[0, 1] = numbers
    return window


@pytest.mark.graded("neighbour_distances", points=0.3)
def test_distances_by_hand(student):
    """Three windows of one colour; the last pixel of the row and the rows around it are unknown."""
    windows = torch.tensor(np.stack([row(1, 5, 9), row(3, 5, 0), row(5, 3, 7)]))
    around = torch.tensor(row(3, 5, 1000))
    weights = torch.tensor(row(1, 3, 0)[0])
    got = student.neighbour_distances(windows, around, weights)
    expect.close(got, [1.0, 0.0, 4.0], "The vector of distances")


@pytest.mark.graded("neighbour_distances", points=0.3)
def test_distances_of_colours(student):
    """Three colours that differ by 1, 2 and 3 everywhere: 14 a pixel, whatever the weights are."""
    windows = torch.full((1, 3, 3, 3), 2.0)
    around = windows[0] + torch.tensor([1.0, -2.0, 3.0]).view(3, 1, 1)
    weights = torch.tensor([[0.5, 0.25, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    got = student.neighbour_distances(windows, around, weights)
    expect.close(got, [14.0], "The vector of distances")
    for before, after, name in zip(
        (windows, around, weights), student.arguments_(), ("windows", "around", "weights"), strict=True
    ):
        expect.unchanged(before, after, name)


@pytest.mark.graded("answer_window_in_pixels", points=0)
def test_window_in_pixels_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_window_in_pixels"], "answer_window_in_pixels")


@pytest.mark.graded("answer_large_window", points=0)
def test_large_window_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_large_window"], ("a", "b", "c", "d"), "answer_large_window")
