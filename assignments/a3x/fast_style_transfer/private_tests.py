"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference.
"""

import numpy as np
import pytest
import torch

from cs_lib.check import expect
from cs_lib.vision import instance_norm as reference


def tensors(rng, *shapes, dtype="float64"):
    """A tensor of random numbers around 1 for each shape."""
    return [torch.from_numpy((1 + 2 * rng.standard_normal(shape)).astype(dtype)) for shape in shapes]


def slack(dtype):
    """Rounding of numbers near 1."""
    return 1e-5 if dtype == "float32" else 1e-8


def expect_unchanged(student, *inputs):
    """The call left these positional arguments alone."""
    for place, (before, after) in enumerate(zip(inputs, student.arguments_(), strict=False)):
        expect.unchanged(before, after, f"argument number {place + 1}")


SHAPES = pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((3, 4, 5, 7), "float64"),
        ((2, 3, 8, 2), "float32"),
        ((1, 5, 3, 4), "float64"),
        ((3, 3, 3, 3), "float64"),
    ],
    ids=["wide", "high in float32", "one image", "all axes alike"],
)


@pytest.mark.graded("instance_norm", points=0.15)
@SHAPES
def test_instance_norm(student, rng, shape, dtype):
    """Several shapes and both dtypes; the dtype is kept."""
    x, gamma, beta = tensors(rng, shape, shape[1:2], shape[1:2], dtype=dtype)
    got = student.instance_norm(x, gamma, beta)
    expect.close(got, reference.instance_norm(x, gamma, beta), "The result", atol=slack(dtype))
    expect.dtype(got, f"torch.{dtype}")
    expect_unchanged(student, x, gamma, beta)


def gradient(function, weights, x, *arguments):
    """The gradient of the sum of weights * function(x, *arguments) with respect to x, by PyTorch."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad((weights * function(x, *arguments)).sum(), x)[0]


@pytest.mark.graded("instance_norm", points=0.1)
def test_gradient_of_instance_norm(student, rng):
    """Mean and deviation depend on x."""
    x, weights, gamma, beta = tensors(rng, (2, 3, 4, 5), (2, 3, 4, 5), (3,), (3,))
    got = student.gradient_of(student["instance_norm"], weights, x, gamma, beta)
    expect.close(got, gradient(reference.instance_norm, weights, x, gamma, beta), "The gradient", atol=1e-8)


@pytest.mark.graded("instance_norm", points=0.1)
@pytest.mark.parametrize("eps", [0.5, 1e-3])
def test_another_eps(student, rng, eps):
    """eps is the caller's choice, and stands under the root; the image is pale."""
    x, gamma, beta = tensors(rng, (2, 3, 4, 5), (3,), (3,))
    x = 0.02 * x
    got = student.instance_norm(x, gamma, beta, eps=eps)
    expect.close(got, reference.instance_norm(x, gamma, beta, eps), "The result")


@pytest.mark.graded("instance_norm", points=0.15)
def test_constant_channels(student, rng):
    """A channel without contrast becomes beta, in finite numbers."""
    gamma, beta = tensors(rng, (2,), (2,))
    x = (
        torch.tensor([[0.5, 0.0], [-2.0, 8.0]], dtype=torch.float64)[:, :, None, None]
        .expand(2, 2, 3, 4)
        .clone()
    )
    got = student.instance_norm(x, gamma, beta)
    expect.close(got, beta.view(1, 2, 1, 1).expand(x.shape), "The result")


@pytest.mark.graded("instance_norm", points=0.15)
def test_a_batch_is_its_images(student, rng):
    """An image comes out the same in company and alone, in the second call as in the first."""
    x, gamma, beta = tensors(rng, (3, 2, 4, 6), (2,), (2,))
    x[1] *= 50
    wanted = reference.instance_norm(x, gamma, beta)
    expect.close(student.instance_norm(x, gamma, beta), wanted, "The result for three images")
    expect.close(student.instance_norm(x[1:2], gamma, beta), wanted[1:2], "The result for one of them")


def moments(current, style, eps):
    """Image by image and channel by channel, by NumPy."""
    losses = []
    for image in current.double().numpy():
        pairs = list(zip(image, style[0].double().numpy(), strict=True))
        losses.append(
            sum(
                (a.mean() - b.mean()) ** 2 + (np.sqrt(a.var() + eps) - np.sqrt(b.var() + eps)) ** 2
                for a, b in pairs
            )
        )
    return np.mean(losses)


@pytest.mark.graded("moments_loss", points=0.1)
@pytest.mark.parametrize(
    ("shape", "size", "dtype", "eps"),
    [
        ((3, 4, 5, 7), (6, 3), "float64", 1e-5),
        ((1, 6, 4, 4), (4, 4), "float64", 0.3),
        ((4, 2, 6, 3), (2, 9), "float32", 1e-5),
        ((3, 3, 3, 3), (3, 3), "float64", 1e-5),
    ],
    ids=["three images", "one image, another eps", "float32", "all axes alike"],
)
def test_moments(student, rng, shape, size, dtype, eps):
    """Styles of other sizes than the images."""
    current, style = tensors(rng, shape, (1, shape[1], *size), dtype=dtype)
    got = student.moments_loss(current, style, eps=eps)
    expect.close(got, moments(current, style, eps), "The loss")
    expect_unchanged(student, current, style)


@pytest.mark.graded("moments_loss", points=0.1)
def test_gradient_of_moments(student, rng):
    """Through means and deviations of each of three images."""
    current, style = tensors(rng, (3, 4, 5, 6), (1, 4, 3, 7))
    got = student.gradient_of(student["moments_loss"], 1.0, current, style)
    x, goal = current.numpy(), style.numpy()
    mean, goal_mean = (a.mean(axis=(2, 3), keepdims=True) for a in (x, goal))
    spread, goal_spread = (np.sqrt(a.var(axis=(2, 3), keepdims=True) + 1e-5) for a in (x, goal))
    wanted = 2 / (3 * 30) * (mean - goal_mean + (spread - goal_spread) * (x - mean) / spread)
    expect.close(got, wanted, "The gradient", atol=1e-8)


@pytest.mark.graded("moments_loss", points=0.05)
def test_flat_channels(student, rng):
    """Activations that are silent everywhere; eps has its usual value."""
    current, style = tensors(rng, (2, 3, 4, 4), (1, 3, 5, 5))
    current[:, 1] = 0
    style[:, 1] = 0.01 * style[:, 1]
    got = student.moments_loss(current, style)
    expect.close(got, moments(current, style, 1e-5), "The loss")


@pytest.mark.graded("moments_loss", points=0.05)
def test_the_style_itself(student, rng):
    """An image that is the style, upside down and mirrored, costs nothing."""
    (style,) = tensors(rng, (1, 4, 5, 6))
    expect.close(student.moments_loss(style.flip(2, 3), style), 0.0, "The loss")


@pytest.mark.graded("conditional_instance_norm", points=0.15)
@pytest.mark.parametrize(
    ("shape", "num_styles", "dtype"),
    [
        ((3, 4, 5, 7), 2, "float64"),
        ((2, 5, 4, 3), 6, "float32"),
        ((1, 3, 4, 4), 3, "float64"),
        ((4, 1, 3, 5), 1, "float64"),
        ((3, 3, 3, 3), 3, "float64"),
    ],
    ids=["two styles", "six styles in float32", "one image", "one style and channel", "all axes alike"],
)
def test_conditional(student, rng, shape, num_styles, dtype):
    """Mixes with any shares, also negative ones; the dtype is kept."""
    channels = shape[1]
    x, gammas, betas, mix = tensors(
        rng, shape, (num_styles, channels), (num_styles, channels), (shape[0], num_styles), dtype=dtype
    )
    got = student.conditional_instance_norm(x, gammas, betas, mix)
    wanted = reference.conditional_instance_norm(x, gammas, betas, mix)
    expect.close(got, wanted, "The result", atol=5 * slack(dtype))
    expect.dtype(got, f"torch.{dtype}")
    expect_unchanged(student, x, gammas, betas, mix)


@pytest.mark.graded("conditional_instance_norm", points=0.15)
def test_gradient_of_conditional(student, rng):
    """The same through the mixed norm."""
    x, weights, gammas, betas, mix = tensors(rng, (2, 3, 4, 5), (2, 3, 4, 5), (4, 3), (4, 3), (2, 4))
    got = student.gradient_of(student["conditional_instance_norm"], weights, x, gammas, betas, mix)
    wanted = gradient(reference.conditional_instance_norm, weights, x, gammas, betas, mix)
    expect.close(got, wanted, "The gradient", atol=1e-8)


@pytest.mark.graded("conditional_instance_norm", points=0.1)
@pytest.mark.parametrize(("images", "num_styles"), [(3, 4), (2, 2)])
def test_one_mix(student, rng, images, num_styles):
    """A mix of shape (S,) holds for all images, also where there are as many images as styles."""
    x, gammas, betas, mix = tensors(rng, (images, 3, 4, 5), (num_styles, 3), (num_styles, 3), (num_styles,))
    got = student.conditional_instance_norm(x, gammas, betas, mix)
    expect.close(got, reference.conditional_instance_norm(x, gammas, betas, mix), "The result")


@pytest.mark.graded("conditional_instance_norm", points=0.1)
def test_conditional_with_another_eps(student, rng):
    """eps reaches the root."""
    x, gammas, betas, mix = tensors(rng, (2, 3, 4, 5), (2, 3), (2, 3), (2, 2))
    got = student.conditional_instance_norm(0.1 * x, gammas, betas, mix, eps=0.25)
    wanted = reference.conditional_instance_norm(0.1 * x, gammas, betas, mix, 0.25)
    expect.close(got, wanted, "The result")


@pytest.mark.graded("answer_means", points=0.5)
def test_means(student):
    """4 x 16 means against 16."""
    expect.close(student["answer_means"], 4, "answer_means")


@pytest.mark.graded("answer_one_more_style", points=0.5)
def test_one_more_style(student):
    """A row of gammas and of betas in each layer."""
    expect.answered(student["answer_one_more_style"], "answer_one_more_style")
    expect.equal(student["answer_one_more_style"], "b", "answer_one_more_style")
