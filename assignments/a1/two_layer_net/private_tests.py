"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import math

import numpy as np
import pytest

from cs_lib import losses as reference_losses
from cs_lib.check import expect, remembered
from cs_lib.check.result import StudentError
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.models import TwoLayerNet

# Shapes of x, number of outputs, dtype.
LAYERS = pytest.mark.parametrize(
    ("shape", "outputs", "dtype"),
    [
        ((4, 6), 3, "float64"),
        ((3, 2, 4, 3), 5, "float64"),
        ((5, 3, 4), 2, "float32"),
        ((1, 3, 2), 4, "float64"),
        ((3, 1), 2, "float32"),
        ((2, 3), 1, "float64"),
    ],
    ids=["a table", "colour pictures", "grey pictures in float32", "one example", "D is 1", "M is 1"],
)


def layer(rng, shape, outputs, dtype="float64"):
    """x, w, b and dout for an affine layer."""
    shapes = (shape, (math.prod(shape[1:]), outputs), (outputs,), (shape[0], outputs))
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def slack(dtype):
    """What rounding may change in a sum of a few dozen numbers of about 1."""
    return 64 * np.finfo(dtype).eps


@pytest.mark.graded("affine_forward", points=0.15)
@LAYERS
def test_affine_forward(student, rng, shape, outputs, dtype):
    """Tables and pictures of all shapes."""
    x, w, b, _ = layer(rng, shape, outputs, dtype)
    out, _ = results(student.affine_forward(x, w, b), 2)
    expect.close(out, affine_forward(x, w, b)[0], "out", atol=slack(dtype))


@pytest.mark.graded("affine_forward", points=0.3)
def test_affine_forward_changes_no_input(student, rng):
    """x, w and b are the same after the call."""
    given = layer(rng, (3, 2, 2), 4)[:3]
    out, _ = results(student.affine_forward(*given), 2)
    expect.close(out, affine_forward(*given)[0], "out")
    for before, after, name in zip(given, student.arguments_(), "xwb", strict=True):
        expect.unchanged(before, after, name)


@pytest.mark.graded("affine_backward", points=0.08)
@LAYERS
@pytest.mark.parametrize("which", [0, 1, 2], ids=["dx", "dw", "db"])
def test_affine_backward(student, rng, shape, outputs, dtype, which):
    """Tables and pictures of all shapes: dx as x, dw as w, db as b."""
    x, w, b, dout = layer(rng, shape, outputs, dtype)
    _, cache = results(student.affine_forward(x, w, b), 2)
    got = results(student.affine_backward(dout, cache), 3)
    wanted = affine_backward(dout, affine_forward(x, w, b)[1])
    expect.close(got[which], wanted[which], ("dx", "dw", "db")[which], atol=slack(dtype))


@pytest.mark.graded("affine_backward", points=0.36)
def test_affine_backward_of_two_layers(student, rng):
    """Two layers forward, then both backward: each has a cache of its own."""
    first, second = layer(rng, (3, 4), 2), layer(rng, (2, 5), 3)
    caches = [results(student.affine_forward(*each[:3]), 2)[1] for each in (first, second)]
    for (x, w, b, dout), cache in ((second, caches[1]), (first, caches[0])):
        got = results(student.affine_backward(dout, cache), 3)
        wanted = affine_backward(dout, affine_forward(x, w, b)[1])
        for mine, theirs, name in zip(got, wanted, ("dx", "dw", "db"), strict=True):
            expect.close(mine, theirs, name)


def away_from_zero(rng, shape, dtype="float64"):
    """Random numbers none of which is close to 0."""
    return (rng.choice([-1, 1], shape) * rng.uniform(0.01, 3, shape)).astype(dtype)


RELUS = pytest.mark.parametrize(
    ("shape", "dtype"),
    [((7,), "float64"), ((3, 5), "float32"), ((2, 3, 2, 3), "float64"), ((1, 4), "float64")],
    ids=["a vector", "a table in float32", "four axes", "one example"],
)


@pytest.mark.graded("relu_forward", points=0.1)
@RELUS
def test_relu_forward(student, rng, shape, dtype):
    """Arrays of all shapes."""
    x = away_from_zero(rng, shape, dtype)
    out, _ = results(student.relu_forward(x), 2)
    expect.close(out, relu_forward(x)[0], "out")


@pytest.mark.graded("relu_forward", points=0.1)
def test_relu_forward_of_negative_numbers(student, rng):
    """Nothing gets through, however large."""
    x = -rng.uniform(1, 1e4, (2, 3))
    out, _ = results(student.relu_forward(x), 2)
    expect.close(out, np.zeros((2, 3)), "out")


@pytest.mark.graded("relu_forward", points=0.1)
def test_relu_forward_changes_no_input(student, rng):
    """x is the same after the call."""
    x = away_from_zero(rng, (3, 4))
    out, _ = results(student.relu_forward(x), 2)
    expect.close(out, relu_forward(x)[0], "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("relu_backward", points=0.2)
@RELUS
def test_relu_backward(student, rng, shape, dtype):
    """Arrays of all shapes, upstream gradients of either sign."""
    x, dout = away_from_zero(rng, shape, dtype), away_from_zero(rng, shape, dtype)
    _, cache = results(student.relu_forward(x), 2)
    expect.close(student.relu_backward(dout, cache), relu_backward(dout, x), "dx")


@pytest.mark.graded("relu_backward", points=0.2)
@pytest.mark.parametrize("sign", [-1, 1], ids=["all blocked", "all passed"])
def test_relu_backward_of_one_sign(student, rng, sign):
    """x is negative everywhere, or positive everywhere."""
    x, dout = sign * rng.uniform(0.5, 300, (3, 4)), away_from_zero(rng, (3, 4))
    _, cache = results(student.relu_forward(x), 2)
    expect.close(student.relu_backward(dout, cache), relu_backward(dout, x), "dx")


# Examples, classes, spread of the scores, dtype, labels (all classes if None).
SCORES = pytest.mark.parametrize(
    ("shape", "spread", "dtype", "labels"),
    [
        ((6, 4), 1.0, "float64", None),
        ((5, 10), 4.0, "float32", None),
        ((1, 3), 2.0, "float64", None),
        ((7, 2), 1.0, "float64", None),
        ((4, 5), 2.0, "float64", (2,)),
        ((3, 8), 0.1, "float64", (0, 7)),
    ],
    ids=["four classes", "ten in float32", "one example", "two classes", "one label", "first and last"],
)


def scores_and_labels(rng, shape, spread=1.0, dtype="float64", labels=None):
    """Random scores that keep away from the edge of the margin, and labels."""
    y = rng.choice(np.arange(shape[1]) if labels is None else np.array(labels), shape[0])
    while True:
        x = (spread * rng.standard_normal(shape)).astype(dtype)
        if np.abs(x - x[np.arange(shape[0]), y][:, np.newaxis] + 1).min() > 1e-3:
            return x, y


PARTS = pytest.mark.parametrize("part", [0, 1], ids=["loss", "gradient"])


def expect_loss(student, name, x, y, parts=(0, 1)):
    """The loss (part 0) and its gradient (part 1) are those of the reference."""
    got = results(getattr(student, name)(x, y), 2)
    wanted = getattr(reference_losses, name)(x, y)
    for part in parts:
        expect.close(got[part], wanted[part], ("The loss", "dx")[part], atol=slack(x.dtype))


@pytest.mark.graded("svm_loss", points=0.15)
@SCORES
@PARTS
def test_svm_loss(student, rng, shape, spread, dtype, labels, part):
    """Other numbers of examples and classes."""
    expect_loss(student, "svm_loss", *scores_and_labels(rng, shape, spread, dtype, labels), parts=(part,))


@pytest.mark.graded("svm_loss", points=0.2)
def test_svm_loss_of_large_scores(student, rng):
    """Scores of some 10,000."""
    expect_loss(student, "svm_loss", *scores_and_labels(rng, (4, 5), 1e4))


@pytest.mark.graded("svm_loss", points=0.2)
def test_svm_loss_of_nothing_to_lose(student, rng):
    """The right class is far ahead everywhere."""
    x, y = scores_and_labels(rng, (5, 4))
    x[np.arange(5), y] += 20
    expect_loss(student, "svm_loss", x, y)


@pytest.mark.graded("svm_loss", points=0.2)
def test_svm_loss_changes_no_input(student, rng):
    """x and y are the same after the call."""
    expect_inputs_unchanged(student, "svm_loss", *scores_and_labels(rng, (3, 4)))


@pytest.mark.graded("softmax_loss", points=0.125)
@SCORES
@PARTS
def test_softmax_loss(student, rng, shape, spread, dtype, labels, part):
    """Other numbers of examples and classes."""
    expect_loss(student, "softmax_loss", *scores_and_labels(rng, shape, spread, dtype, labels), parts=(part,))


@pytest.mark.graded("softmax_loss", points=0.2)
@pytest.mark.parametrize("level", [1000.0, 10_000.0, -10_000.0])
def test_softmax_loss_of_large_scores(student, rng, level):
    """All scores around one level far from 0."""
    x, y = scores_and_labels(rng, (4, 3))
    expect_loss(student, "softmax_loss", x + level, y)


@pytest.mark.graded("softmax_loss", points=0.1)
def test_softmax_loss_of_levels(student, rng):
    """Each example lies on a level of its own."""
    x, y = scores_and_labels(rng, (3, 4))
    expect_loss(student, "softmax_loss", x + np.array([[9500.0], [-10_000.0], [0.0]]), y)


@pytest.mark.graded("softmax_loss", points=0.1)
def test_softmax_loss_of_surprises(student, rng):
    """The right class has a probability of about 1e-9."""
    x, y = scores_and_labels(rng, (4, 3))
    x[np.arange(4), y] -= 20
    expect_loss(student, "softmax_loss", x, y)


@pytest.mark.graded("softmax_loss", points=0.1)
def test_softmax_loss_changes_no_input(student, rng):
    """x and y are the same after the call."""
    expect_inputs_unchanged(student, "softmax_loss", *scores_and_labels(rng, (3, 4)))


def expect_inputs_unchanged(student, name, x, y):
    """The loss leaves scores and labels alone."""
    expect_loss(student, name, x, y)
    for before, after, what in zip((x, y), student.arguments_(), "xy", strict=True):
        expect.unchanged(before, after, what)


def network(student, params, reg=0.0):
    """A net with these numbers, and its loss as a function of X and y.

    The field's older form is served too: reg is given to loss, and the regularisation has no half.
    """
    (size, hidden), classes = params["W1"].shape, len(params["b2"])
    try:
        net, more = student.TwoLayerNet(size, hidden, classes, reg=reg), {}
    except StudentError as error:
        if "'reg'" not in error.message:
            raise
        net, more = student.TwoLayerNet(size, hidden, classes), {"reg": reg / 2}
    net["params"] = params
    return net, lambda X, y=None: net.loss(X, **more) if y is None else net.loss(X, y, **more)


def problem(rng, shape, hidden, classes):
    """Arrays of a net with biases that are not 0, examples and labels. No unit lies close to its kink."""
    size = math.prod(shape[1:])
    while True:
        params = {
            "W1": rng.standard_normal((size, hidden)),
            "b1": rng.standard_normal(hidden),
            "W2": rng.standard_normal((hidden, classes)),
            "b2": rng.standard_normal(classes),
        }
        X, y = rng.standard_normal(shape), rng.integers(classes, size=shape[0])
        if np.abs(X.reshape(shape[0], -1) @ params["W1"] + params["b1"]).min() > 1e-3:
            return params, X, y


@remembered
def expected(params, X, y, reg):
    """Scores, loss and gradients of the reference."""
    net = reference(params, reg)
    return net.loss(X), *net.loss(X, y)


def reference(params, reg):
    """The reference's net with these numbers."""
    net = TwoLayerNet(*params["W1"].shape, len(params["b2"]), reg=reg)
    net.params = {name: values.copy() for name, values in params.items()}
    return net


def expect_grads(got, wanted):
    """The dictionary holds the gradients that are expected."""
    expect_arrays(got, "grads")
    for name in ("W2", "b2", "W1", "b1"):
        expect.close(got[name], wanted[name], f'grads["{name}"]')


def expect_arrays(got, what):
    """Fail unless a dictionary with the four arrays came."""
    right = type(got) is dict and {"W1", "b1", "W2", "b2"} <= set(got)
    expect.true(right, f"{what} is no dictionary with W1, b1, W2 and b2.", status="wrong_type")


NETS = pytest.mark.parametrize(
    ("shape", "hidden", "classes", "reg"),
    [
        ((5, 4), 6, 3, 0.0),
        ((4, 3), 2, 5, 0.7),
        ((3, 2, 2, 3), 5, 4, 0.05),
        ((1, 6), 4, 2, 1.5),
    ],
    ids=["no regularisation", "few hidden units", "pictures", "one example"],
)


@pytest.mark.graded("TwoLayerNet", points=0.15)
@NETS
def test_scores(student, rng, shape, hidden, classes, reg):
    """Without labels, the raw scores come back."""
    params, X, y = problem(rng, shape, hidden, classes)
    _, loss = network(student, params, reg)
    expect.close(loss(X), expected(params, X, y, reg)[0], "The array of scores")


@pytest.mark.graded("TwoLayerNet", points=0.175)
@NETS
@PARTS
def test_loss_and_gradients(student, rng, shape, hidden, classes, reg, part):
    """Sizes that all differ, with and without regularisation."""
    params, X, y = problem(rng, shape, hidden, classes)
    _, loss = network(student, params, reg)
    got, grads = results(loss(X, y), 2)
    _, wanted, wanted_grads = expected(params, X, y, reg)
    if part == 0:
        expect.close(got, wanted, "The loss")
    else:
        expect_grads(grads, wanted_grads)


@pytest.mark.graded("TwoLayerNet", points=0.4)
def test_label_zero_of_one_example(student, rng):
    """y is array([0]), which is a label and not nothing."""
    params, X, y = problem(rng, (1, 3), 4, 3)
    y[:] = 0
    _, loss = network(student, params, 0.2)
    got, grads = results(loss(X, y), 2)
    _, wanted, wanted_grads = expected(params, X, y, 0.2)
    expect.close(got, wanted, "The loss")
    expect_grads(grads, wanted_grads)


@pytest.mark.graded("TwoLayerNet", points=0.4)
def test_second_call(student, rng):
    """The same again when asked again: neither params nor X have changed."""
    params, X, y = problem(rng, (4, 3), 5, 3)
    net, loss = network(student, params, 0.3)
    _, wanted, wanted_grads = expected(params, X, y, 0.3)
    for _ in (1, 2):
        got, grads = results(loss(X, y), 2)
        expect.unchanged(X, student.arguments_()[0], "X")
        expect.close(got, wanted, "The loss")
        expect_grads(grads, wanted_grads)
    kept = net["params"]
    expect_arrays(kept, "params")
    for name, values in params.items():
        expect.unchanged(values, kept[name], f'params["{name}"]')


@pytest.mark.graded("TwoLayerNet", points=0.9)
def test_training_steps(student, rng):
    """Five steps of gradient descent with the net's own gradients."""
    params, X, y = problem(rng, (8, 2, 3), 7, 4)
    ours = reference(params, 0.1)
    theirs, loss = network(student, params, 0.1)
    for step in range(5):
        got, grads = results(loss(X, y), 2)
        wanted, wanted_grads = ours.loss(X, y)
        expect.close(got, wanted, f"The loss after {step} steps")
        expect_arrays(grads, "grads")
        params = {name: values - 0.05 * np.asarray(grads[name]) for name, values in params.items()}
        ours.params = {name: values - 0.05 * wanted_grads[name] for name, values in ours.params.items()}
        theirs["params"] = params
    expect.close(loss(X), ours.loss(X), "The scores after 5 steps", rtol=1e-5)


def new_network(student, size, hidden, classes, **spread):
    """A net as its constructor makes it; the older form calls the weight scale std."""
    try:
        return student.TwoLayerNet(size, hidden, classes, **spread)
    except StudentError as error:
        if "'weight_scale'" not in error.message:
            raise
        return student.TwoLayerNet(size, hidden, classes, std=spread["weight_scale"])


@pytest.mark.graded("TwoLayerNet", points=0.3)
@pytest.mark.parametrize(
    ("size", "hidden", "classes", "weight_scale"), [(120, 80, 60, 0.3), (60, 90, 110, 0.005)]
)
def test_constructor(student, size, hidden, classes, weight_scale):
    """Shapes; weights normal with the deviation that was asked for; biases zero."""
    params = new_network(student, size, hidden, classes, weight_scale=weight_scale)["params"]
    expect_arrays(params, "params")
    for name, shape in (("W1", (size, hidden)), ("W2", (hidden, classes))):
        expect.shape(params[name], shape, name)
        weights = np.asarray(params[name]) / weight_scale  # 4800 normal numbers or more
        expect.close(weights.std(), 1, f"The deviation of {name} / weight_scale", rtol=0.08)
        expect.close(weights.mean(), 0, f"The mean of {name} / weight_scale", atol=0.1)
        inside = np.mean(np.abs(weights) < 1)  # 68 % of normal numbers, 58 % of uniform ones
        expect.close(inside, 0.683, f"The share of {name} within one deviation", atol=0.05, rtol=0)
    for name, length in (("b1", hidden), ("b2", classes)):
        expect.close(params[name], np.zeros(length), name)


@pytest.mark.graded("TwoLayerNet", points=0.4)
def test_defaults(student):
    """Pictures of 3 x 32 x 32, 100 hidden units, ten classes; each weight is drawn anew."""
    try:
        params = student.TwoLayerNet()["params"]
        deviation = 1e-3
    except StudentError as error:
        if "'output_size'" not in error.message:
            raise
        params = student.TwoLayerNet(3072, 100, 10)["params"]
        deviation = 1e-4
    expect_arrays(params, "params")
    for name, shape in (("W1", (3072, 100)), ("W2", (100, 10))):
        expect.shape(params[name], shape, name)
    for name, length in (("b1", 100), ("b2", 10)):
        expect.close(params[name], np.zeros(length), name)
    expect.close(np.std(params["W1"]), deviation, "The deviation of W1", rtol=0.05)
    rows = np.asarray(params["W1"])[:100, :10]
    alike = np.mean(rows * np.asarray(params["W2"])) / deviation**2
    expect.close(alike, 0, "What W1 and W2 have in common", atol=0.3)


@pytest.mark.graded("TwoLayerNet", points=0.1)
def test_arguments_by_name(student, rng):
    """All of the constructor's arguments, named."""
    params, X, y = problem(rng, (3, 4), 5, 2)
    sizes = {"input_dim": 4, "hidden_dim": 5, "num_classes": 2}
    try:
        net = student.TwoLayerNet(reg=0.4, weight_scale=0.1, **sizes)
        net["params"] = params
        got, _ = results(net.loss(X, y), 2)
    except StudentError as error:
        if not any(f"'{name}'" in error.message for name in (*sizes, "reg", "weight_scale")):
            raise
        sizes = {"input_size": 4, "hidden_size": 5, "output_size": 2}
        net = student.TwoLayerNet(**sizes)
        net["params"] = params
        got, _ = results(net.loss(X, y, reg=0.2), 2)
    expect.close(got, expected(params, X, y, 0.4)[1], "The loss")


@pytest.mark.graded("answer_no_fold", points=1)
def test_no_fold(student):
    """An affine function between two affine functions leaves an affine one."""
    expect.answered(student["answer_no_fold"], "answer_no_fold")
    expect.equal(student["answer_no_fold"], "c", "answer_no_fold")


@pytest.mark.graded("answer_gradient_of_x", points=1)
def test_gradient_of_x(student):
    """x is copied: y from the product and 1 from the max."""
    expect.close(student["answer_gradient_of_x"], -3, "answer_gradient_of_x")


@pytest.mark.graded("answer_share_of_jacobian", points=1)
def test_share_of_jacobian(student):
    """Each output depends on its own example only."""
    expect.close(student["answer_share_of_jacobian"], 1 / 64, "answer_share_of_jacobian", rtol=1e-2)


def results(got, count):
    """What a function returned, if it is that many results."""
    right = type(got) in (tuple, list) and len(got) == count
    expect.true(right, f"It has to return {count} results.", status="wrong_type")
    return got
