"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
"""

import numpy as np
import pytest
import torch
from torch import nn

from cs_lib.check import expect
from cs_lib.vision import dream as reference


class OneLayer(nn.Module):
    """The net whose `relu1_1` is the notebook's `small_layer`."""

    def __init__(self, filters):
        super().__init__()
        self.normalize = nn.Identity()
        count, channels, height, width = filters.shape
        conv = nn.Conv2d(channels, count, (height, width), bias=False, dtype=filters.dtype)
        conv.weight.data = filters
        self.features = nn.Sequential(conv, nn.ReLU())


def tensors(rng, *shapes, dtype="float64", low=-1.0, high=1.0):
    """A tensor of random numbers for each shape."""
    return [torch.from_numpy(rng.uniform(low, high, shape).astype(dtype)) for shape in shapes]


def expect_step(student, image, filters, step_size):
    """The step is that of the reference; returns the student's image."""
    got = student.dream_step(image, student.small_layer(filters), step_size)
    wanted = reference.dream_step(image, OneLayer(filters.to(image.dtype)), "relu1_1", step_size)
    expect.close(got, wanted, "The image after the step", atol=1e-5 if image.dtype == torch.float32 else 1e-8)
    return got


@pytest.mark.graded("dream_step", points=0.3)
@pytest.mark.parametrize(
    ("height", "width", "dtype", "step_size"),
    [(7, 10, "float64", 0.03), (9, 5, "float32", 0.2)],
    ids=["wide", "high, float32, and clipped"],
)
def test_step(student, rng, height, width, dtype, step_size):
    """Five filters of 3 x 3 on pictures that are not square."""
    image = tensors(rng, (1, 3, height, width), dtype=dtype, low=0)[0]
    filters = tensors(rng, (5, 3, 3, 3), dtype=dtype)[0]
    got = expect_step(student, image, filters, step_size)
    expect.dtype(got, f"torch.{dtype}")


@pytest.mark.graded("dream_step", points=0.3)
@pytest.mark.parametrize("size", [1e-4, 1e3])
def test_step_does_not_depend_on_the_size_of_the_filters(student, rng, size):
    """Very weak and very strong activations move the pixels alike."""
    image = tensors(rng, (1, 3, 6, 6), low=0.3, high=0.7)[0]
    filters = tensors(rng, (4, 3, 2, 3))[0] * size
    expect_step(student, image, filters, 0.01)


@pytest.mark.graded("dream_step", points=0.1)
def test_three_steps_in_a_row(student, rng):
    """Each step goes on from the one before; nothing of the first is left in the last."""
    image = tensors(rng, (1, 3, 6, 8), low=0.2, high=0.8)[0]
    filters = tensors(rng, (4, 3, 3, 3))[0]
    for _ in range(3):
        expect_step(student, image, filters, 0.02)
        image = reference.dream_step(image, OneLayer(filters), "relu1_1", 0.02)
    hangs = student.hangs_on_a_graph(student["dream_step"], image, student.small_layer(filters), 0.02)
    expect.true(not hangs, "What comes back still hangs on the graph of the step.")


@pytest.mark.graded("dream_step", points=0.1)
def test_nothing_is_active(student, rng):
    """All activations are 0, and so is the gradient: the image comes back, in finite numbers."""
    image = tensors(rng, (1, 3, 5, 4), low=0.1)[0]
    filters = -tensors(rng, (2, 3, 2, 2), low=0.5)[0]
    got = student.dream_step(image, student.small_layer(filters), 0.05)
    expect.close(got, image, "The image after the step")


@pytest.mark.graded("dream_step", points=0.1)
def test_the_same_again(student, rng):
    """A second call gives the same, and the image is not changed."""
    image = tensors(rng, (1, 3, 6, 5), low=0)[0]
    filters = tensors(rng, (3, 3, 2, 2))[0]
    for _ in range(2):
        expect_step(student, image, filters, 0.02)
        expect.unchanged(image, student.arguments_()[0], "image")


@pytest.mark.graded("dream_step", points=0)
def test_an_image_that_needs_a_gradient(student, rng):
    """Advice: images that need a gradient already are welcome, too."""
    image = tensors(rng, (1, 3, 6, 5), low=0)[0].requires_grad_()
    filters = tensors(rng, (3, 3, 2, 2))[0]
    expect_step(student, image, filters, 0.02)


def sizes(height, width, octaves, scale):
    """Worked out in fractions of a pixel, rounded once."""
    sides = np.array([[height, width]]) / float(scale) ** np.arange(octaves)[::-1, None]
    return np.maximum(np.floor(sides + 0.5), 8).astype(int)


@pytest.mark.graded("octave_sizes", points=0.15)
@pytest.mark.parametrize(
    ("height", "width", "octaves", "scale"),
    [(335, 227, 5, 1.29), (61, 200, 4, 1.83), (97, 97, 1, 1.6), (24, 320, 6, 2)],
    ids=["five octaves", "wide", "one octave", "down to eight"],
)
def test_sizes(student, height, width, octaves, scale):
    """Pictures that are not square, one octave or several, and sides that would get too small."""
    expect.equal(
        student.octave_sizes(height, width, octaves, scale), sizes(height, width, octaves, scale), "The list"
    )


def distances(windows, around, weights):
    """Window by window, pixel by pixel."""
    found = np.zeros(len(windows))
    for p, window in enumerate(windows.double().numpy()):
        for (y, x), weight in np.ndenumerate(weights.double().numpy()):
            if weight > 0:
                gap = window[:, y, x] - around.double().numpy()[:, y, x]
                found[p] += weight * gap @ gap
    return found / float(weights.double().sum())


@pytest.mark.graded("neighbour_distances", points=0.15)
@pytest.mark.parametrize(
    ("count", "channels", "side", "dtype"),
    [(9, 3, 5, "float64"), (6, 3, 3, "float32"), (1, 3, 7, "float64"), (5, 1, 3, "float64")],
    ids=["nine windows", "float32", "one window", "one colour"],
)
def test_distances(student, rng, count, channels, side, dtype):
    """Some weights are 0, and where they are, anything may stand."""
    windows, around, weights = tensors(
        rng, (count, channels, side, side), (channels, side, side), (side, side), dtype=dtype, low=0
    )
    weights[rng.random((side, side)) < 0.4] = 0
    weights[side // 2, 0] = 0.7
    around[:, weights == 0] = 50.0
    got = student.neighbour_distances(windows, around, weights)
    expect.close(got, distances(windows, around, weights), "The vector of distances")
    for before, after, name in zip(
        (windows, around, weights), student.arguments_(), ("windows", "around", "weights"), strict=True
    ):
        expect.unchanged(before, after, name)


@pytest.mark.graded("neighbour_distances", points=0.15)
def test_a_single_known_neighbour(student, rng):
    """One pixel is known: its own squared difference counts, whatever its weight is."""
    windows, around = tensors(rng, (4, 3, 3, 3), (3, 3, 3))
    weights = torch.zeros(3, 3, dtype=torch.float64)
    weights[2, 0] = 0.01
    got = student.neighbour_distances(windows, around, weights)
    expect.close(got, distances(windows, around, weights), "The vector of distances")


@pytest.mark.graded("neighbour_distances", points=0.15)
def test_as_many_windows_as_pixels_a_side(student, rng):
    """P = C = w = 3: no axis can be told from another by its length."""
    windows, around, weights = tensors(rng, (3, 3, 3, 3), (3, 3, 3), (3, 3), low=0)
    got = student.neighbour_distances(windows, around, weights)
    expect.close(got, distances(windows, around, weights), "The vector of distances")


@pytest.mark.graded("answer_window_in_pixels", points=0.5)
def test_window_in_pixels(student):
    """Two octaves below the picture: 14 times 1.5 squared."""
    expect.close(student["answer_window_in_pixels"], 14 * 1.5**2, "answer_window_in_pixels", rtol=0.02)


@pytest.mark.graded("answer_large_window", points=0.5)
def test_large_window(student):
    """Hardly any window to choose from: the piece is copied."""
    expect.answered(student["answer_large_window"], "answer_large_window")
    expect.equal(student["answer_large_window"], "b", "answer_large_window")
