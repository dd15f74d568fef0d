"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import pytest
import torch

from cs_lib.check import expect


def tensor(values):
    """A tensor of float64."""
    return torch.tensor(values, dtype=torch.float64)


# One image of one channel: mean 4 and variance 5. With eps = 4 the root is 3.
PIXELS = tensor([1.0, 3.0, 5.0, 7.0]).view(1, 1, 2, 2)


@pytest.mark.graded("instance_norm", points=0.3)
def test_four_pixels(student):
    """The example of the text: 1, 3, 5, 7 with eps = 4, gamma = 2, beta = 1."""
    got = student.instance_norm(PIXELS, tensor([2.0]), tensor([1.0]), eps=4.0)
    expect.close(got, tensor([-1.0, 1 / 3, 5 / 3, 3.0]).view(1, 1, 2, 2), "The result")
    expect.dtype(got, "torch.float64")
    expect.unchanged(PIXELS, student.arguments_()[0], "x")


@pytest.mark.graded("instance_norm", points=0.2)
def test_gradient_of_the_first_pixel(student):
    """How the first of the four becomes larger: by itself, and less by what it does to mean and deviation."""
    first = tensor([1.0, 0, 0, 0]).view(1, 1, 2, 2)
    gamma, beta = tensor([2.0]), tensor([1.0])
    got = student.gradient_of(student["instance_norm"], first, PIXELS, gamma, beta, 4.0)
    # z is (-1, -1/3, 1/3, 1); gamma / root * (first - its mean - z * the mean of first * z)
    expect.close(got, tensor([1 / 3, -2 / 9, -1 / 9, 0]).view(1, 1, 2, 2), "The gradient")


@pytest.mark.graded("instance_norm", points=0.3)
def test_images_and_channels_by_themselves(student):
    """Two images, two channels, two pixels: each pair becomes -1 and 1, then gamma and beta come in."""
    x = tensor([[[1, 3], [10, 50]], [[-4, 4], [7, 8]]]).view(2, 2, 1, 2)
    got = student.instance_norm(x, tensor([1.0, 10.0]), tensor([0.0, 5.0]), eps=0.0)
    wanted = tensor([[[-1, 1], [-5, 15]], [[-1, 1], [-5, 15]]]).view(2, 2, 1, 2)
    expect.close(got, wanted, "The result")


# --- moments


@pytest.mark.graded("moments_loss", points=0.1)
def test_moments_of_two_channels(student):
    """Means 2 and 30, deviations 1 and 20; the style has means 5 and 30, deviations 1 and 16."""
    current = tensor([[1, 3], [10, 50]]).view(1, 2, 1, 2)
    style = tensor([[4, 6, 4, 6], [14, 46, 14, 46]]).view(1, 2, 2, 2)
    got = student.moments_loss(current, style, eps=0.0)
    expect.close(got, 9.0 + 16.0, "The loss")


@pytest.mark.graded("moments_loss", points=0.1)
def test_moments_with_eps(student):
    """Variances 9 and 0 with eps = 16 under the root: deviations 5 and 4. The activations are left alone."""
    current, style = tensor([5.0, 11.0]).view(1, 1, 1, 2), tensor([8.0, 8.0]).view(1, 1, 2, 1)
    expect.close(student.moments_loss(current, style, eps=16.0), 1.0, "The loss")
    expect.unchanged(current, student.arguments_()[0], "current")


@pytest.mark.graded("moments_loss", points=0.1)
def test_gradient_of_the_moments(student):
    """The mean of 8 should become 6, and the deviation of 5 become 4."""
    current, style = tensor([5.0, 11.0]).view(1, 1, 1, 2), tensor([6.0, 6.0]).view(1, 1, 2, 1)
    got = student.gradient_of(student["moments_loss"], 1.0, current, style, 16.0)
    # 2 * (8 - 6) / 2, and 2 * (5 - 4) times (x - 8) / (2 * 5)
    expect.close(got, tensor([2 - 0.6, 2 + 0.6]).view(1, 1, 1, 2), "The gradient")


@pytest.mark.graded("moments_loss", points=0.1)
def test_moments_of_two_images(student):
    """Means 2 and 8, deviations 1 and 3; the style has mean 2 and deviation 1."""
    current = tensor([[1, 3], [5, 11]]).view(2, 1, 1, 2)
    got = student.moments_loss(current, current[:1], eps=0.0)
    expect.close(got, (0.0 + 36.0 + 4.0) / 2, "The loss")


@pytest.mark.graded("conditional_instance_norm", points=0.3)
def test_mixes_of_two_styles(student):
    """1, 3, 5, 7 three times: one style, the other, and a quarter of one with three of the other."""
    x = PIXELS.expand(3, 1, 2, 2).clone()
    mix = tensor([[1, 0], [0, 1], [0.25, 0.75]])
    got = student.conditional_instance_norm(x, tensor([[3.0], [30.0]]), tensor([[1.0], [-7.0]]), mix, eps=4.0)
    scales, shifts = tensor([3, 30, 23.25]).view(3, 1, 1, 1), tensor([1, -7, -5]).view(3, 1, 1, 1)
    expect.close(got, scales * (PIXELS - 4) / 3 + shifts, "The result")


@pytest.mark.graded("conditional_instance_norm", points=0.3)
def test_one_mix_for_all_images(student):
    """A mix of shape (S,), with shares of 3, -1 and 0; two images of two channels."""
    x = tensor([[[1, 3], [10, 50]], [[-4, 4], [7, 8]]]).view(2, 2, 1, 2)
    gammas, betas = tensor([[1.0, 2], [0, 1], [5, 5]]), tensor([[0.0, 1], [2, 2], [9, 9]])
    got = student.conditional_instance_norm(x, gammas, betas, tensor([3.0, -1, 0]), eps=0.0)
    # gamma is (3, 5) and beta is (-2, 1).
    expect.close(got, tensor([[[-5, 1], [-4, 6]]] * 2).view(2, 2, 1, 2), "The result")


@pytest.mark.graded("conditional_instance_norm", points=0.2)
def test_x_is_left_alone(student):
    """No input is changed in place; the usual eps is 1e-5."""
    gammas, betas, mix = tensor([[1.0], [3.0]]), tensor([[0.0], [2.0]]), tensor([[0.5, 0.5]])
    got = student.conditional_instance_norm(PIXELS, gammas, betas, mix)
    expect.close(got, 2 * (PIXELS - 4) / (5 + 1e-5) ** 0.5 + 1, "The result")
    for before, after, name in zip(
        (PIXELS, gammas, betas, mix), student.arguments_(), ("x", "gammas", "betas", "mix"), strict=True
    ):
        expect.unchanged(before, after, name)


@pytest.mark.graded("answer_means", points=0)
def test_means_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_means"], "answer_means")


@pytest.mark.graded("answer_one_more_style", points=0)
def test_one_more_style_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_one_more_style"], ("a", "b", "c", "d"), "answer_one_more_style")
