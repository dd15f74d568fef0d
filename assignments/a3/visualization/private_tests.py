"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import numpy as np
import pytest
import torch

from cs_lib.check import expect, remembered
from cs_lib.vision import saliency, synthesis
from cs_lib.vision.hand_made import ConvNet, LinearNet

ATOL = 1e-5  # in float32 sums of numbers around 1 may come out as far from 0 as that, in another order


def tensor(rng, *shape, dtype="float64"):
    """Normally distributed numbers as a tensor."""
    return torch.from_numpy(rng.standard_normal(shape).astype(dtype))


def net(rng, num_classes, height, width, dtype="float64", hidden=5):
    """The class of a model and its weights, which both the student's side and the reference build it from."""
    filters = tensor(rng, hidden, 3, 3, 3, dtype=dtype)
    return "ConvNet", (filters, tensor(rng, num_classes, hidden, height, width, dtype=dtype))


def built(model):
    """The reference's own copy of a model."""
    name, weights = model
    return {"ConvNet": ConvNet, "LinearNet": LinearNet}[name](*weights)


def on_student_side(student, model):
    """The student's copy of a model."""
    name, weights = model
    return getattr(student, name)(*weights)


# --- compute_saliency_maps


@remembered
def maps(X, y, model):
    """The saliency maps that are expected."""
    return saliency.compute_saliency_maps(X, y, built(model)).numpy()


@pytest.mark.graded("compute_saliency_maps", points=0.5)
@pytest.mark.parametrize(
    ("count", "height", "width", "dtype"),
    [(3, 6, 6, "float64"), (1, 5, 8, "float64"), (6, 7, 4, "float32")],
    ids=["three images", "one image, wider than high", "more images than classes in float32"],
)
def test_saliency(student, rng, count, height, width, dtype):
    """Other numbers of images, images that are not square, both types."""
    model = net(rng, 4, height, width, dtype)
    X = tensor(rng, count, 3, height, width, dtype=dtype)
    y = torch.from_numpy(rng.permutation(np.arange(count) % 4))
    got = student.compute_saliency_maps(X, y, on_student_side(student, model))
    expect.close(got, maps(X, y, model), "The array of maps", atol=ATOL)


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_where_the_model_is_sure(student, rng):
    """Scores in the thousands: a softmax would have no gradient left, scores have."""
    model = ("LinearNet", (1000 * tensor(rng, 3, 3, 4, 5),))
    X, y = tensor(rng, 4, 3, 4, 5), torch.tensor([0, 1, 2, 1])
    got = student.compute_saliency_maps(X, y, on_student_side(student, model))
    expect.close(got, maps(X, y, model), "The array of maps")


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_does_not_depend_on_the_other_images(student, rng):
    """All images of one class, and the same images one by one."""
    model = net(rng, 3, 5, 5)
    X, y = tensor(rng, 3, 3, 5, 5), torch.tensor([2, 2, 2])
    theirs = on_student_side(student, model)
    got = student.compute_saliency_maps(X, y, theirs)
    expect.close(got, maps(X, y, model), "The array of maps")
    alone = student.compute_saliency_maps(X[1:2], y[1:2], theirs)
    expect.close(alone, maps(X, y, model)[1:2], "The map of the second image alone")


@pytest.mark.graded("compute_saliency_maps", points=0.5)
def test_saliency_again(student, rng):
    """Two calls with the same tensors give the same, and X's numbers are left alone."""
    model = net(rng, 4, 5, 6)
    X, y = tensor(rng, 2, 3, 5, 6), torch.tensor([3, 1])
    got = student.twice(student["compute_saliency_maps"], X, y, on_student_side(student, model))
    expect.close(got, maps(X, y, model), "The maps of the second call")
    expect.unchanged(X, student.arguments_()[1], "X")


# --- occlusion_map


@remembered
def occluded(image, y, model, size, stride, fill):
    """The occlusion map that is expected."""
    return saliency.occlusion_map(image, y, built(model), size, stride, fill).numpy()


@pytest.mark.graded("occlusion_map", points=0.5)
@pytest.mark.parametrize(
    ("height", "width", "size", "stride", "fill", "dtype"),
    [
        (8, 8, 4, 2, 0.5, "float64"),
        (6, 9, 3, 1, 0.2, "float32"),
        (9, 7, 2, 3, 1.0, "float64"),
        (5, 6, 5, 4, 0.0, "float64"),
    ],
    ids=["overlapping", "wider than high in float32", "stride above size", "as high as the image"],
)
def test_occlusion(student, rng, height, width, size, stride, fill, dtype):
    """Squares that overlap, that leave pixels out, that fit only once; other fills, both types."""
    model = net(rng, 3, height, width, dtype)
    image = torch.from_numpy(rng.random((1, 3, height, width)).astype(dtype))
    got = student.occlusion_map(
        image, 2, on_student_side(student, model), size=size, stride=stride, fill=fill
    )
    expect.close(got, occluded(image, 2, model, size, stride, fill), "The map", atol=ATOL)


@pytest.mark.graded("occlusion_map", points=0.5)
def test_occlusion_leaves_the_image_alone(student, rng):
    """Twice the same, in the usual grey, and the caller's image has no holes."""
    model = net(rng, 4, 6, 7)
    image = torch.from_numpy(rng.random((1, 3, 6, 7)))
    function, theirs = student["occlusion_map"], on_student_side(student, model)
    got = student.twice(function, image, 0, theirs, 3, 2)
    expect.close(got, occluded(image, 0, model, 3, 2, 0.5), "The map of the second call")
    expect.unchanged(image, student.arguments_()[1], "image")


# --- guided_relu_backward


@pytest.mark.graded("guided_relu_backward", points=0.5)
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((7,), "float64"), ((2, 3, 5, 4), "float32")],
    ids=["a vector", "maps in float32"],
)
def test_guided_rule(student, rng, shape, dtype):
    """Other shapes and types; the inputs are left alone."""
    upstream, x = 10 * tensor(rng, *shape, dtype=dtype), tensor(rng, *shape, dtype=dtype)
    got = student.guided_relu_backward(upstream, x)
    expect.close(got, saliency.guided_relu_backward(upstream, x), "The gradient")
    for before, after, name in zip((upstream, x), student.arguments_(), ("upstream", "x"), strict=True):
        expect.unchanged(before, after, name)


# --- make_fooling_image


@remembered
def fooled(X, target_y, model, learning_rate, max_steps):
    """The fooling image that is expected."""
    return synthesis.make_fooling_image(X, target_y, built(model), learning_rate, max_steps).numpy()


def ranking(X, model):
    """The classes from the highest to the lowest score."""
    with torch.no_grad():
        return built(model)(X)[0].argsort(descending=True).tolist()


@pytest.mark.graded("make_fooling_image", points=0.5)
@pytest.mark.parametrize(
    ("height", "width", "learning_rate", "dtype"),
    [(6, 6, 0.1, "float64"), (5, 8, 0.4, "float64"), (7, 4, 0.2, "float32")],
    ids=["small steps", "large steps, wider than high", "float32"],
)
def test_fooling(student, rng, height, width, learning_rate, dtype):
    """From the answer to the class of lowest score, as few steps as it takes."""
    model = net(rng, 5, height, width, dtype)
    X = tensor(rng, 1, 3, height, width, dtype=dtype)
    target = ranking(X, model)[-1]
    theirs = on_student_side(student, model)
    got = student.make_fooling_image(X, target, theirs, learning_rate=learning_rate)
    expect.close(got, fooled(X, target, model, learning_rate, 100), "The fooling image", atol=ATOL)
    expect.unchanged(X, student.arguments_()[0], "X")


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_fooling_stops_after_max_steps(student, rng):
    """Steps too small to get there: 100 unless told otherwise, and as many as told."""
    model = net(rng, 3, 5, 5)
    X = tensor(rng, 1, 3, 5, 5)
    target = ranking(X, model)[-1]
    theirs = on_student_side(student, model)
    for options, steps in (({}, 100), ({"max_steps": 3}, 3), ({"max_steps": 0}, 0)):
        got = student.make_fooling_image(X, target, theirs, learning_rate=1e-4, **options)
        expect.close(
            1e4 * (np.asarray(got) - X.numpy()),
            1e4 * (fooled(X, target, model, 1e-4, steps) - X.numpy()),
            f"The change of the image in {steps} steps",
            rtol=1e-5,
        )


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_fooling_a_second_time(student, rng):
    """The same call again gives the same image; nothing is left of the first one."""
    model = net(rng, 4, 5, 6)
    X = tensor(rng, 1, 3, 5, 6)
    target = ranking(X, model)[-1]
    function, theirs = student["make_fooling_image"], on_student_side(student, model)
    got = student.twice(function, X, target, theirs, 0.2)
    expect.close(got, fooled(X, target, model, 0.2, 100), "The fooling image of the second call", atol=1e-6)
    expect.unchanged(X, student.arguments_()[1], "X")


@pytest.mark.graded("make_fooling_image", points=0.5)
def test_an_image_of_the_target_stays(student, rng):
    """The model says the target class already, if only just."""
    model = net(rng, 4, 4, 6)
    X = tensor(rng, 1, 3, 4, 6)
    target = ranking(X, model)[1]
    near = torch.from_numpy(fooled(X, target, model, 0.01, 1000))
    got = student.make_fooling_image(near, target, on_student_side(student, model))
    expect.close(got, near, "The image")


# --- class_visualization_update_step


@remembered
def climbed(img, model, target_y, l2_reg, learning_rate, steps):
    """The image that is expected after some steps."""
    img = img.detach().clone()
    for _ in range(steps):
        synthesis.class_visualization_update_step(img, built(model), target_y, l2_reg, learning_rate)
    return img.numpy()


@pytest.mark.graded("class_visualization_update_step", points=0.375)
@pytest.mark.parametrize(
    ("height", "width", "l2_reg", "learning_rate", "dtype"),
    [
        (6, 6, 0.1, 0.5, "float64"),
        (4, 7, 3.0, 25.0, "float64"),
        (7, 5, 1e-3, 2.0, "float32"),
        (5, 5, 0.0, 1e-3, "float64"),
    ],
    ids=["usual", "long steps", "float32", "no regularisation"],
)
def test_update_step(student, rng, height, width, l2_reg, learning_rate, dtype):
    """One step, other sizes and types, any strength of regularisation."""
    model = net(rng, 4, height, width, dtype)
    img = tensor(rng, 1, 3, height, width, dtype=dtype).requires_grad_()
    target = int(rng.integers(4))
    theirs = on_student_side(student, model)
    after = student.changed(
        student["class_visualization_update_step"], img, theirs, target, l2_reg, learning_rate
    )
    expect.close(
        after, climbed(img, model, target, l2_reg, learning_rate, 1), "img after the step", atol=ATOL
    )


@pytest.mark.graded("class_visualization_update_step", points=0.5)
def test_update_step_repeated(student, rng):
    """A second step with the very same tensor."""
    model = net(rng, 3, 6, 5)
    img = tensor(rng, 1, 3, 6, 5).requires_grad_()
    function, theirs = student["class_visualization_update_step"], on_student_side(student, model)
    after = student.changed(function, img, theirs, 1, 0.3, 0.7, times=2)
    expect.close(after, climbed(img, model, 1, 0.3, 0.7, 2), "img after two steps")


# --- the questions


@pytest.mark.graded("answer_forward_passes", points=1)
def test_forward_passes(student):
    """(224 - 32) / 8 + 1 = 25 places in each direction."""
    expect.close(student["answer_forward_passes"], 25 * 25, "answer_forward_passes")


@pytest.mark.graded("answer_many_pixels", points=1)
def test_many_pixels(student):
    """Every pixel adds eps times its own |weight|, so the sum grows with their number."""
    expect.answered(student["answer_many_pixels"], "answer_many_pixels")
    expect.equal(student["answer_many_pixels"], "c", "answer_many_pixels")
