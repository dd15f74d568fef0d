"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference, computed in float64 whatever the type of the inputs.
"""

from itertools import pairwise

import numpy as np
import pytest

from cs_lib import layers as reference
from cs_lib.check import CheckFailed, expect, remembered
from cs_lib.models import FullyConnectedNet as ReferenceNet

DTYPES = {"float64": 1e-9, "float32": 2e-5}  # absolute tolerance, relative to the largest number


def double(arrays):
    """Arrays in float64; all else as it is."""
    return [a.astype(np.float64) if isinstance(a, np.ndarray) else a for a in arrays]


def copy_of(param):
    """A parameter dictionary whose arrays may be changed."""
    return {key: np.array(value) if isinstance(value, np.ndarray) else value for key, value in param.items()}


@remembered
def expected_forward(function, arguments, param):
    """(out, param) of the reference."""
    param = copy_of(param)
    out, _ = getattr(reference, function)(*double(arguments), param)
    return out, param


@remembered
def expected_gradients(function, arguments, param, dout):
    """(dx, dgamma, dbeta) of the reference."""
    _, cache = getattr(reference, f"{function}_forward")(*double(arguments), copy_of(param))
    return getattr(reference, f"{function}_backward")(dout.astype(np.float64), cache)


def close(got, expected, what, dtype="float64"):
    """Compare with a tolerance that fits the type of the inputs."""
    scale = max(float(np.max(np.abs(expected), initial=0)), 1e-3)
    rtol = 2e-4 if dtype == "float32" else None
    expect.close(got, expected, what, rtol=rtol, atol=DTYPES[dtype] * scale)


def close_all(triples, dtype="float64"):
    """Compare several (got, expected, what); one that has only the wrong shape is reported last."""
    nit = None
    for got, expected, what in triples:
        try:
            close(got, expected, what, dtype)
        except CheckFailed as failure:
            if failure.status != "values_right_shape_wrong":
                raise
            nit = nit or failure
    if nit is not None:
        raise nit


def forward(student, function, *arguments):
    """(out, cache) of one of the student's forward functions."""
    result = getattr(student, function)(*arguments)
    pair = type(result) in (list, tuple) and len(result) == 2
    expect.true(pair, f"{function} has to return two things: (out, cache).", status="wrong_type")
    student.calls_[-1].outcome = result[0]
    return result


def expect_forward(student, function, arguments, param, dtype="float64"):
    """The forward function gives the reference's out, and leaves the reference's running averages."""
    out, _ = forward(student, function, *arguments, param)
    after = student.arguments_()
    expected, expected_param = expected_forward(function, arguments, param)
    triples = [(out, expected, "out")]
    for key in ("running_mean", "running_var"):
        if key in expected_param:
            expect.true(key in after[-1], f'There is no "{key}" in bn_param after the call.')
            triples.append((after[-1][key], expected_param[key], f'bn_param["{key}"]'))
    close_all(triples, dtype)
    return after


def expect_backward(student, name, arguments, param, dout, dtype="float64", function=None, calls=1):
    """The backward function, on the cache of the student's forward, gives the reference's gradients."""
    function = function or f"{name}_backward"
    _, cache = forward(student, f"{name}_forward", *arguments, param)
    expected = expected_gradients(name, arguments, param, dout)
    for _ in range(calls):
        got = getattr(student, function)(dout, cache)
        three = type(got) in (list, tuple) and len(got) == 3
        expect.true(three, f"{function} has to return (dx, dgamma, dbeta).", status="wrong_type")
        if calls > 1:
            expect.unchanged(dout, student.arguments_()[0], "dout")
        close_all(zip(got, expected, ("dx", "dgamma", "dbeta"), strict=True), dtype)


def numbers(rng, shape, gamma_shape, dtype="float64", offset=2.0):
    """[x, gamma, beta]: features of different sizes, gammas of either sign."""
    x = rng.standard_normal(shape) * rng.uniform(0.5, 3, gamma_shape) + offset * rng.standard_normal(
        gamma_shape
    )
    gamma = rng.uniform(0.5, 2, gamma_shape) * rng.choice([-1, 1], gamma_shape)
    return [a.astype(dtype) for a in (x, gamma, rng.standard_normal(gamma_shape))]


def training(**more):
    """bn_param of a training step."""
    return {"mode": "train", **more}


def running(rng, size, dtype="float64", **more):
    """bn_param with running averages."""
    mean, var = rng.standard_normal(size), rng.uniform(0.2, 4, size)
    return {"running_mean": mean.astype(dtype), "running_var": var.astype(dtype), **more}


# --- the deviation of weights


@pytest.mark.graded("weight_std", points=0.3)
@pytest.mark.parametrize(
    ("shape", "activation"),
    [
        ((3072, 100), "relu"),
        ((7, 300), "tanh"),
        ((90, 11), "linear"),
        ((24, 3, 5, 7), "tanh"),
        ((5, 16, 3, 1), "relu"),
        ((12, 40, 1, 1), "linear"),
    ],
)
def test_weight_std(student, shape, activation):
    """Layers and filters of different shapes, and all three activations."""
    fan_in = np.prod(shape) / (shape[1] if len(shape) == 2 else shape[0])
    expected = (2 if activation == "relu" else 1) ** 0.5 / fan_in**0.5
    expect.close(student.weight_std(shape, activation), expected, "The deviation")


# --- batch norm


@pytest.mark.graded("batchnorm_forward", points=0.4)
@pytest.mark.parametrize(
    ("shape", "dtype", "offset"),
    [((7, 5), "float64", 2.0), ((4, 4), "float32", 2.0), ((6, 3), "float64", 1e4)],
    ids=["float64", "square in float32", "far from zero"],
)
def test_batchnorm_training(student, rng, shape, dtype, offset):
    """Training steps without running averages to begin with, eps and momentum by default."""
    arguments = numbers(rng, shape, shape[1:], dtype, offset)
    expect_forward(student, "batchnorm_forward", arguments, training(), dtype)


@pytest.mark.graded("batchnorm_forward", points=0.6)
def test_batchnorm_several_steps(student, rng):
    """Three training steps with another momentum and eps, bn_param handed on, then test mode."""
    param = training(eps=0.3, momentum=0.6)
    expected = dict(param)
    _, gamma, beta = numbers(rng, (5, 4), (4,))
    for _ in range(3):
        x = rng.standard_normal((5, 4)) * 2 + 1
        forward(student, "batchnorm_forward", x, gamma, beta, param)
        param = student.arguments_()[3]
        _, expected = expected_forward("batchnorm_forward", [x, gamma, beta], expected)
    x = rng.standard_normal((3, 4))
    out, _ = forward(student, "batchnorm_forward", x, gamma, beta, param | {"mode": "test"})
    wanted, _ = expected_forward("batchnorm_forward", [x, gamma, beta], expected | {"mode": "test"})
    triples = [(out, wanted, "out in test mode")]
    for key in ("running_mean", "running_var"):
        expect.true(key in param, f'There is no "{key}" in bn_param after training.')
        triples.append((param[key], expected[key], f'bn_param["{key}"]'))
    close_all(triples)


@pytest.mark.graded("batchnorm_forward", points=0.6)
@pytest.mark.parametrize(("rows", "dtype", "eps"), [(1, "float64", 0.7), (6, "float32", 1e-3)])
def test_batchnorm_test_mode(student, rng, rows, dtype, eps):
    """Running averages, in test mode with another eps; bn_param and the inputs stay as they are."""
    arguments = numbers(rng, (rows, 6), (6,), dtype)
    param = running(rng, 6, dtype, mode="test", eps=eps)
    after = expect_forward(student, "batchnorm_forward", arguments, param, dtype)
    for before, now, name in zip(arguments, after, ("x", "gamma", "beta"), strict=False):
        expect.unchanged(before, now, name)


@pytest.mark.graded("batchnorm_forward", points=0.3)
@pytest.mark.parametrize("rows", [1, 4], ids=["one example", "constant features"])
def test_batchnorm_without_variance(student, rng, rows):
    """A mini-batch of one, and features that are the same in all examples: beta comes out."""
    x, gamma, beta = numbers(rng, (rows, 3), (3,))
    x[:, :] = np.round(8 * x[0]) / 8  # so that the mean is exact
    expect_forward(student, "batchnorm_forward", [x, gamma, beta], training())


BACKWARDS = ["batchnorm_backward", "batchnorm_backward_alt"]


def backward_case(rng, shape, dtype="float64", offset=2.0):
    """[x, gamma, beta] and dout."""
    arguments = numbers(rng, shape, shape[1:], dtype, offset)
    return arguments, (rng.standard_normal(shape) + 0.3).astype(dtype)


SHAPES = pytest.mark.parametrize(
    ("shape", "dtype", "eps"),
    [((8, 5), "float64", 1e-5), ((3, 3), "float32", 0.4), ((2, 9), "float64", 1.5)],
    ids=["float64", "square in float32", "two examples"],
)


@pytest.mark.graded("batchnorm_backward", points=0.6)
@SHAPES
def test_batchnorm_backward(student, rng, shape, dtype, eps):
    """Different shapes, types and eps."""
    arguments, dout = backward_case(rng, shape, dtype)
    expect_backward(student, "batchnorm", arguments, training(eps=eps), dout, dtype)


@pytest.mark.graded("batchnorm_backward_alt", points=0.35)
@SHAPES
def test_short_backward(student, rng, shape, dtype, eps):
    """Different shapes, types and eps."""
    arguments, dout = backward_case(rng, shape, dtype)
    expect_backward(student, "batchnorm", arguments, training(eps=eps), dout, dtype, "batchnorm_backward_alt")


def without_variance(rng):
    """Three examples, of which two features are constant; one example."""
    for rows in (3, 1):
        (x, gamma, beta), dout = backward_case(rng, (rows, 4))
        x[:, 1:3] = 0.5
        yield [x, gamma, beta], dout


@pytest.mark.graded("batchnorm_backward", points=0.6)
def test_batchnorm_backward_without_variance(student, rng):
    """Constant features, and a mini-batch of one, where dx is 0."""
    for arguments, dout in without_variance(rng):
        expect_backward(student, "batchnorm", arguments, training(), dout)


@pytest.mark.graded("batchnorm_backward_alt", points=0.35)
def test_short_backward_without_variance(student, rng):
    """Constant features, and a mini-batch of one, where dx is 0."""
    for arguments, dout in without_variance(rng):
        expect_backward(student, "batchnorm", arguments, training(), dout, function="batchnorm_backward_alt")


@pytest.mark.graded("batchnorm_backward", points=0.6)
def test_batchnorm_backward_twice(student, rng):
    """Far from zero; dout and the cache stay as they are, so that a second call gives the same."""
    arguments, dout = backward_case(rng, (6, 4), offset=50.0)
    expect_backward(student, "batchnorm", arguments, training(momentum=0.5), dout, calls=2)


@pytest.mark.graded("batchnorm_backward_alt", points=0.4)
def test_short_backward_twice(student, rng):
    """Far from zero; dout and the cache stay as they are, so that a second call gives the same."""
    arguments, dout = backward_case(rng, (6, 4), offset=50.0)
    expect_backward(
        student, "batchnorm", arguments, training(), dout, function="batchnorm_backward_alt", calls=2
    )


# --- layer norm


@pytest.mark.graded("layernorm_forward", points=0.4)
@pytest.mark.parametrize(
    ("shape", "dtype", "param"),
    [
        ((5, 7), "float64", {"eps": 0.3}),
        ((4, 4), "float32", {}),
        ((1, 6), "float64", {"mode": "test", "eps": 2.0}),
        ((3, 1), "float64", {}),
    ],
    ids=["float64", "square in float32", "one example", "D is 1"],
)
def test_layernorm(student, rng, shape, dtype, param):
    """Different shapes, types and eps; the inputs stay as they are."""
    arguments = numbers(rng, shape, shape[1:], dtype)
    after = expect_forward(student, "layernorm_forward", arguments, param, dtype)
    for before, now, name in zip(arguments, after, ("x", "gamma", "beta"), strict=False):
        expect.unchanged(before, now, name)


@pytest.mark.graded("layernorm_forward", points=0.2)
def test_layernorm_constant_example(student, rng):
    """An example whose features are all the same, beside others."""
    x, gamma, beta = numbers(rng, (4, 6), (6,))
    x[2] = 3.0
    expect_forward(student, "layernorm_forward", [x, gamma, beta], {})


@pytest.mark.graded("layernorm_backward", points=0.4)
@pytest.mark.parametrize(
    ("shape", "dtype", "param"),
    [
        ((3, 8), "float64", {}),
        ((9, 4), "float64", {"eps": 0.5}),
        ((5, 5), "float32", {"eps": 0.1}),
        ((1, 6), "float64", {"eps": 1.2}),
        ((4, 1), "float64", {}),
    ],
    ids=["float64", "another eps", "square in float32", "one example", "D is 1"],
)
def test_layernorm_backward(student, rng, shape, dtype, param):
    """Different shapes, types and eps."""
    arguments, dout = backward_case(rng, shape, dtype)
    expect_backward(student, "layernorm", arguments, param, dout, dtype)


@pytest.mark.graded("layernorm_backward", points=0.4)
def test_layernorm_backward_twice(student, rng):
    """One example is constant; dout and the cache stay as they are."""
    (x, gamma, beta), dout = backward_case(rng, (4, 6))
    x[1] = -2.0
    expect_backward(student, "layernorm", [x, gamma, beta], {}, dout, calls=2)


# --- the net


def parameters(rng, sizes):
    """Arrays for a net of these sizes, inputs and classes included."""
    params = {}
    for i, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        params[f"W{i}"] = rng.standard_normal((inputs, outputs)) * 1.2 / np.sqrt(inputs)
        params[f"b{i}"] = 0.3 * rng.standard_normal(outputs)
        if i < len(sizes) - 1:
            params[f"gamma{i}"] = rng.uniform(0.6, 1.5, outputs)
            params[f"beta{i}"] = 0.4 * rng.standard_normal(outputs)
    return params


def make(cls, sizes, normalization, reg=0.0, dtype="float64"):
    """A net of these sizes."""
    settings = {"input_dim": sizes[0], "num_classes": sizes[-1], "normalization": normalization, "reg": reg}
    return cls(list(sizes[1:-1]), weight_scale=0.05, dtype=dtype, seed=3, **settings)


@remembered
def expected_training(sizes, normalization, reg, params, batches, X_test, learning_rate=0.2):
    """Losses, the gradients of the first step, the last parameters and scores, as the reference trains."""
    net = make(ReferenceNet, sizes, normalization, reg)
    net.params, losses, first = dict(params), [], None
    for X, y in batches:
        loss, grads = net.loss(X, y)
        first = first or grads
        losses.append(loss)
        net.params = {name: values - learning_rate * grads[name] for name, values in net.params.items()}
    return losses, first, net.loss(X_test)


def loss_of(net, X, y):
    """(loss, grads) of the student's net."""
    result = net.loss(X, y)
    pair = type(result) in (list, tuple) and len(result) == 2 and type(result[1]) is dict
    expect.true(pair, "loss(X, y) has to return two things: (loss, grads).", status="wrong_type")
    return result


def batch(rng, rows, sizes, shape=None):
    """Examples and labels."""
    return rng.standard_normal((rows, *(shape or sizes[:1]))) + 0.5, rng.integers(sizes[-1], size=rows)


NORMS = pytest.mark.parametrize("normalization", ["batchnorm", "layernorm"])


@pytest.mark.graded("FullyConnectedNet", points=0.5)
@NORMS
@pytest.mark.parametrize(
    ("sizes", "reg"), [((6, 7, 4), 0.0), ((4, 5, 3, 6, 5), 0.7)], ids=["one hidden layer", "three"]
)
def test_net_loss_and_gradients(student, rng, normalization, sizes, reg):
    """Loss and all gradients for parameters that are put in, with and without a penalty."""
    params, (X, y) = parameters(rng, sizes), batch(rng, 7, sizes)
    (loss,), expected, _ = expected_training(sizes, normalization, reg, params, [(X, y)], X)
    net = make(student.FullyConnectedNet, sizes, normalization, reg)
    net["params"] = params
    got, grads = loss_of(net, X, y)
    close(got, loss, "The loss")
    expect.true(set(grads) == set(params), f"grads has the keys {sorted(grads)}.")
    close_all([(grads[name], expected[name], f'grads["{name}"]') for name in params])


@pytest.mark.graded("FullyConnectedNet", points=0.8)
@NORMS
def test_net_trains(student, rng, normalization):
    """Four steps of gradient descent on images, scores asked for in between; then scores of single images."""
    sizes, shape = (12, 5, 8, 4), (3, 2, 2)
    params = parameters(rng, sizes)
    batches = [batch(rng, 6, sizes, shape) for _ in range(4)]
    X_test = rng.standard_normal((3, *shape))
    losses, _, scores = expected_training(sizes, normalization, 0.1, params, batches, X_test)
    net = make(student.FullyConnectedNet, sizes, normalization, 0.1)
    got = []
    for X, y in batches:
        net["params"] = params
        loss, grads = loss_of(net, X, y)
        got.append(loss)
        expect.true(set(grads) == set(params), f"grads has the keys {sorted(grads)}.")
        params = {name: values - 0.2 * grads[name] for name, values in params.items()}
        net.loss(X_test)
    net["params"] = params
    close(np.array(got, dtype="float64"), np.array(losses), "The losses of four steps")
    together = net.loss(X_test)
    close(together, scores, "The scores after four steps")
    close(net.loss(X_test[1:2]), scores[1:2], "The scores of one image by itself")


@pytest.mark.graded("FullyConnectedNet", points=0.6)
@NORMS
def test_other_nets_at_the_start(student, rng, normalization):
    """Names, shapes, types and sizes of the arrays, and the names of the gradients, in both types."""
    for dtype in ("float32", "float64"):
        net = student.FullyConnectedNet(
            [40, 30, 20], 60, 50, normalization=normalization, weight_scale=0.3, reg=0.1, dtype=dtype
        )
        params = net["params"]
        sizes = (60, 40, 30, 20, 50)
        wanted = {name: values.shape for name, values in parameters(rng, sizes).items()}
        expect.true(
            type(params) is dict and set(params) == set(wanted), "params has other keys than expected."
        )
        for name, shape in wanted.items():
            expect.shape(params[name], shape, name)
            expect.dtype(params[name], dtype, name)
            if name.startswith("W"):
                expect.close(np.std(params[name]), 0.3, f"The deviation of {name}", rtol=0.15)
                expect.close(np.mean(params[name]), 0, f"The mean of {name}", atol=0.06)
            else:
                expect.close(params[name], np.full(shape, float(name.startswith("gamma"))), name)
        X, y = batch(rng, 5, sizes)
        _, grads = loss_of(net, X, y)
        expect.true(set(grads) == set(wanted), f"grads has the keys {sorted(grads)}.")


# --- images


@pytest.mark.graded("spatial_batchnorm_forward", points=0.3)
@pytest.mark.parametrize(
    ("shape", "dtype", "more"),
    [
        ((3, 4, 2, 5), "float64", {"eps": 0.2, "momentum": 0.5}),
        ((4, 3, 3, 3), "float32", {}),
        ((1, 5, 3, 2), "float64", {}),
    ],
    ids=["not square", "square in float32", "one picture"],
)
def test_spatial_batchnorm(student, rng, shape, dtype, more):
    """Training steps, with running averages to begin with."""
    x, gamma, beta = numbers(rng, shape, (shape[1], 1, 1), dtype)
    param = running(rng, shape[1], dtype, mode="train", **more)
    arguments = [x, gamma.ravel(), beta.ravel()]
    after = expect_forward(student, "spatial_batchnorm_forward", arguments, param, dtype)
    expect.unchanged(x, after[0], "x")


@pytest.mark.graded("spatial_batchnorm_forward", points=0.3)
def test_spatial_batchnorm_test_mode_on_other_shapes(student, rng):
    """One picture in test mode, with another eps; running averages stay as they are."""
    x, gamma, beta = numbers(rng, (1, 4, 3, 2), (4, 1, 1))
    param = running(rng, 4, mode="test", eps=0.6)
    expect_forward(student, "spatial_batchnorm_forward", [x, gamma.ravel(), beta.ravel()], param)


@pytest.mark.graded("spatial_batchnorm_backward", points=0.4)
@pytest.mark.parametrize(
    ("shape", "dtype", "eps"),
    [((3, 4, 2, 5), "float64", 0.5), ((2, 3, 3, 3), "float32", 0.1), ((1, 2, 4, 3), "float64", 1e-5)],
    ids=["not square", "square in float32", "one picture"],
)
def test_spatial_batchnorm_backward(student, rng, shape, dtype, eps):
    """Different shapes, types and eps; dout stays as it is."""
    x, gamma, beta = numbers(rng, shape, (shape[1], 1, 1), dtype)
    dout = (rng.standard_normal(shape) + 0.2).astype(dtype)
    arguments = [x, gamma.ravel(), beta.ravel()]
    expect_backward(student, "spatial_batchnorm", arguments, training(eps=eps), dout, dtype, calls=2)


GROUPS = pytest.mark.parametrize(
    ("shape", "G", "dtype", "param"),
    [
        ((3, 6, 2, 4), 3, "float64", {}),
        ((2, 6, 3, 3), 2, "float32", {"eps": 0.2}),
        ((1, 4, 3, 2), 1, "float64", {"eps": 0.7}),
        ((4, 4, 2, 3), 4, "float64", {}),
    ],
    ids=["three groups", "two groups in float32", "one group", "a group for each channel"],
)


def group_arguments(rng, shape, G, dtype="float64"):
    """[x, gamma, beta, G]."""
    return [*(numbers(rng, shape, (1, shape[1], 1, 1), dtype)), G]


@pytest.mark.graded("spatial_groupnorm_forward", points=0.5)
@GROUPS
def test_groupnorm(student, rng, shape, G, dtype, param):
    """Different shapes, types, numbers of groups and eps; x stays as it is."""
    arguments = group_arguments(rng, shape, G, dtype)
    after = expect_forward(student, "spatial_groupnorm_forward", arguments, param, dtype)
    expect.unchanged(arguments[0], after[0], "x")


@pytest.mark.graded("spatial_groupnorm_forward", points=0.4)
def test_groupnorm_constant_group(student, rng):
    """A group in which all numbers are the same, beside others."""
    arguments = group_arguments(rng, (2, 6, 2, 3), 3)
    arguments[0][1, 2:4] = -1.5
    expect_forward(student, "spatial_groupnorm_forward", arguments, {})


@pytest.mark.graded("spatial_groupnorm_backward", points=0.5)
@GROUPS
def test_groupnorm_backward(student, rng, shape, G, dtype, param):
    """Different shapes, types, numbers of groups and eps."""
    dout = (rng.standard_normal(shape) + 0.2).astype(dtype)
    arguments = group_arguments(rng, shape, G, dtype)
    expect_backward(student, "spatial_groupnorm", arguments, param, dout, dtype)


@pytest.mark.graded("spatial_groupnorm_backward", points=0.4)
def test_groupnorm_backward_twice(student, rng):
    """A group is constant; dout and the cache stay as they are."""
    arguments, dout = group_arguments(rng, (2, 6, 2, 3), 3), rng.standard_normal((2, 6, 2, 3))
    arguments[0][0, 4:] = 2.0
    expect_backward(student, "spatial_groupnorm", arguments, {}, dout, calls=2)


# --- the questions


@pytest.mark.graded("answer_growth", points=1)
def test_growth(student):
    """A factor of 0.05 * sqrt(1024) = 1.6 for each of three layers."""
    expect.close(student["answer_growth"], 1.6**3, "answer_growth", rtol=5e-3)


@pytest.mark.graded("answer_warm_up_steps", points=1)
def test_warm_up_steps(student):
    """0.9 ** 43 is still above 0.01, 0.9 ** 44 is below."""
    expect.close(student["answer_warm_up_steps"], 44, "answer_warm_up_steps")


@pytest.mark.graded("answer_bias_gradient", points=1)
def test_bias_gradient(student):
    """Batch norm takes every constant away, so its dx sums up to 0 over the batch."""
    expect.answered(student["answer_bias_gradient"], "answer_bias_gradient")
    expect.equal(student["answer_bias_gradient"], "c", "answer_bias_gradient")
