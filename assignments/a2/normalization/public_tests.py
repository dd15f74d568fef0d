"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

from itertools import pairwise

import numpy as np
import pytest

from cs_lib.check import CheckFailed, expect

# With eps = 9, mean 4 and variance 16 the deviation is exactly 5: 0 becomes -0.8, 8 becomes 0.8.
EPS = 9.0


def left_behind(arguments):
    """The arrays among a call's arguments after it, and the running averages."""
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    params = [a for a in arguments if type(a) is dict]
    return arrays + [p.get(key) for p in params for key in ("running_mean", "running_var")]


def forward(student, function, *arguments):
    """(out, cache) of one of the student's forward functions.

    A hint is looked up by out and by what became of the arguments: a cache is everybody's own affair.
    """
    result = getattr(student, function)(*arguments)
    pair = type(result) in (list, tuple) and len(result) == 2
    expect.true(pair, f"{function} has to return two things: (out, cache).", status="wrong_type")
    student.calls_[-1].outcome = [result[0], *left_behind(student.arguments_())]
    return result


def backward(student, function, dout, cache):
    """(dx, dgamma, dbeta) of one of the student's backward functions, which leaves dout as it is."""
    result = getattr(student, function)(dout, cache)
    three = type(result) in (list, tuple) and len(result) == 3
    expect.true(three, f"{function} has to return three things: (dx, dgamma, dbeta).", status="wrong_type")
    after = student.arguments_()[0]
    student.calls_[-1].outcome = [*result, after]
    expect.unchanged(dout, after, "dout")
    return result


def expect_gradients(got, expected):
    """Three gradients are right; one that has only the wrong shape is reported last."""
    nit = None
    for name, values, wanted in zip(("dx", "dgamma", "dbeta"), got, expected, strict=True):
        try:
            expect.close(values, wanted, name, atol=1e-7)
        except CheckFailed as failure:
            if failure.status != "values_right_shape_wrong":
                raise
            nit = nit or failure
    if nit is not None:
        raise nit


def expect_slope(student, names, x, gamma, beta, more, dout):
    """dx, dgamma and dbeta agree with differences of the forward function, each along one direction."""
    f, b = names
    _, cache = forward(student, f, x, gamma, beta, *more)
    gradients = backward(student, b, dout, cache)
    inputs, slopes, h = [x, gamma, beta], [], 1e-5
    for k, array in enumerate(inputs):
        direction = np.cos(1.0 + np.arange(array.size)).reshape(array.shape)
        up, down = ([a + s * h * direction if i == k else a for i, a in enumerate(inputs)] for s in (1, -1))
        difference = np.subtract(forward(student, f, *up, *more)[0], forward(student, f, *down, *more)[0])
        slopes.append((direction, np.sum(difference * dout) / (2 * h)))
    for name, array, got, (direction, slope) in zip(
        ("dx", "dgamma", "dbeta"), inputs, gradients, slopes, strict=True
    ):
        if np.size(got) != array.size:  # a mere nit of shape is the other tests' business
            expect.shape(got, array.shape, name)
        along = np.sum(np.reshape(got, array.shape) * direction)
        expect.close(along, slope, f"The slope along one direction, by {name},", rtol=1e-5, atol=1e-7)


# --- the deviation of weights


@pytest.mark.graded("weight_std", points=0.4)
@pytest.mark.parametrize(
    ("shape", "activation", "expected"),
    [((400, 25), "tanh", 0.05), ((50, 8), "relu", 0.2), ((16, 6, 3, 4), "relu", 1 / 6)],
    ids=["tanh", "ReLU", "filters"],
)
def test_weight_std(student, shape, activation, expected):
    """Shapes for which the deviation comes out as a round number."""
    expect.close(student.weight_std(shape, activation), expected, "The deviation")


# --- batch norm

X = np.array([[0.0, 5, 12], [8, 5, 4]])
GAMMA, BETA = np.array([10.0, 30, 5]), np.array([1.0, 2, 3])
NAMES = ("batchnorm_forward", "batchnorm_backward")
SHORT = ("batchnorm_forward", "batchnorm_backward_alt")
# Six examples of four features, for comparisons with differences.
WAVES = 2 * np.sin(np.arange(24.0) ** 1.5).reshape(6, 4) + [1, 0, -1, 3]
WAVES_GAMMA, WAVES_BETA = np.array([1.5, -0.5, 2, 0.8]), np.array([0.3, 1, -2, 0.0])
WAVES_DOUT = np.cos(np.arange(24.0) ** 1.3).reshape(6, 4)


@pytest.mark.graded("batchnorm_forward", points=0.6)
def test_batchnorm_training(student):
    """Two examples, eps 9: means 4, 5, 8, variances 16, 0, 16. The second feature is constant."""
    out, _ = forward(student, "batchnorm_forward", X, GAMMA, BETA, {"mode": "train", "eps": EPS})
    expect.close(out, [[-7, 2, 7], [9, 2, -1]], "out")
    expect.unchanged(X, student.arguments_()[0], "x")


@pytest.mark.graded("batchnorm_forward", points=0.6)
def test_batchnorm_test_mode(student):
    """Running variances 16 and 7 and eps 9: deviations 5 and 4. The input stays as it is."""
    x = np.array([[6.0, 2], [-9, -6]])
    param = {
        "mode": "test",
        "eps": EPS,
        "running_mean": np.array([1.0, -2]),
        "running_var": np.array([16.0, 7]),
    }
    out, _ = forward(student, "batchnorm_forward", x, np.array([10.0, 3]), np.array([1.0, -1]), param)
    expect.close(out, [[11, 2], [-19, -4]], "out")
    expect.unchanged(x, student.arguments_()[0], "x")
    after = student.arguments_()[3]
    expect.close(after["running_mean"], [1, -2], 'bn_param["running_mean"] after test mode')
    expect.close(after["running_var"], [16, 7], 'bn_param["running_var"] after test mode')


@pytest.mark.graded("batchnorm_forward", points=0.6)
def test_batchnorm_running_averages(student):
    """A training step with momentum 0.75 from running means 4, 0, 0 and variances 8, 8, 0; then test mode."""
    param = {
        "mode": "train",
        "eps": EPS,
        "momentum": 0.75,
        "running_mean": np.array([4.0, 0, 0]),
        "running_var": np.array([8.0, 8, 0]),
    }
    forward(student, "batchnorm_forward", X, GAMMA, BETA, param)
    after = student.arguments_()[3]
    out, _ = forward(student, "batchnorm_forward", X[:1], GAMMA, BETA, after | {"mode": "test"})
    for key, expected in (("running_mean", [4, 1.25, 2]), ("running_var", [10, 6, 4])):
        expect.true(key in after, f'There is no "{key}" in bn_param after training.')
        expect.close(after[key], expected, f'bn_param["{key}"] after the training step')
    expected = [1 - 40 / np.sqrt(19), 2 + 112.5 / np.sqrt(15), 3 + 50 / np.sqrt(13)]
    expect.close(out, [expected], "out in test mode after that step")


@pytest.mark.graded("batchnorm_forward", points=0.6)
def test_batchnorm_by_default(student):
    """No eps, momentum or running averages: 1e-5, 0.9 and zeros. Two steps, the second 4 further up."""
    x, gamma, beta = np.array([[0.0, 0.002], [8, 0.006]]), np.ones(2), np.zeros(2)
    out, _ = forward(student, "batchnorm_forward", x, gamma, beta, {"mode": "train"})
    after = student.arguments_()[3]
    forward(student, "batchnorm_forward", x + np.array([4, 0]), gamma, beta, after)
    after = student.arguments_()[3]
    second = 0.002 / np.sqrt(1.4e-5)
    expect.close(out, [[-4 / np.sqrt(16.00001), -second], [4 / np.sqrt(16.00001), second]], "out")
    for key, expected in (("running_mean", [1.16, 0.00076]), ("running_var", [3.04, 7.6e-7])):
        expect.true(key in after, f'There is no "{key}" in bn_param after training.')
        expect.close(after[key], expected, f'bn_param["{key}"] after two steps', atol=1e-12)


def expect_batchnorm_gradients(student, function):
    """Two features that can be done by hand, and one that is constant."""
    _, cache = forward(student, "batchnorm_forward", X, GAMMA, BETA, {"mode": "train", "eps": EPS})
    got = backward(student, function, np.array([[1.0, 2, 3], [0, 6, -1]]), cache)
    expect_gradients(got, ([[0.36, -20, 0.72], [-0.36, 20, -0.72]], [-0.8, 0, 3.2], [1, 8, 2]))


def expect_batchnorm_gradients_of_four(student, function):
    """One feature, four examples: 0, 0, 8, 8; only the first has an upstream gradient."""
    x, dout = np.array([[0.0], [0], [8], [8]]), np.array([[1.0], [0], [0], [0]])
    param = {"mode": "train", "eps": EPS}
    _, cache = forward(student, "batchnorm_forward", x, np.array([10.0]), np.array([1.0]), param)
    got = backward(student, function, dout, cache)
    expect_gradients(got, ([[1.18], [-0.82], [-0.18], [-0.18]], [-0.8], [1]))


@pytest.mark.graded("batchnorm_backward", points=0.7)
def test_batchnorm_backward_of_two(student):
    """Two examples with eps 9; the second feature is constant."""
    expect_batchnorm_gradients(student, "batchnorm_backward")


@pytest.mark.graded("batchnorm_backward", points=0.7)
def test_batchnorm_backward_of_four(student):
    """One feature, four examples, eps 9; the gradients of x add up to 0."""
    expect_batchnorm_gradients_of_four(student, "batchnorm_backward")


@pytest.mark.graded("batchnorm_backward", points=0.6)
def test_batchnorm_backward_by_differences(student):
    """Along one direction in x, gamma and beta, against differences of your own forward function."""
    expect_slope(student, NAMES, WAVES, WAVES_GAMMA, WAVES_BETA, [{"mode": "train"}], WAVES_DOUT)


@pytest.mark.graded("batchnorm_backward_alt", points=0.4)
def test_short_backward_of_two(student):
    """Two examples with eps 9; the second feature is constant."""
    expect_batchnorm_gradients(student, "batchnorm_backward_alt")


@pytest.mark.graded("batchnorm_backward_alt", points=0.4)
def test_short_backward_of_four(student):
    """One feature, four examples, eps 9; the gradients of x add up to 0."""
    expect_batchnorm_gradients_of_four(student, "batchnorm_backward_alt")


@pytest.mark.graded("batchnorm_backward_alt", points=0.4)
def test_short_backward_by_differences(student):
    """Along one direction in x, gamma and beta, against differences of your own forward function."""
    expect_slope(student, SHORT, WAVES, WAVES_GAMMA, WAVES_BETA, [{"mode": "train"}], WAVES_DOUT)


# --- layer norm

LAYER_X = np.array([[0.0, 8, 0, 8], [5, 5, 5, 5], [12, 4, 4, 12]])
LAYER_GAMMA, LAYER_BETA = np.array([10.0, 5, 20, 5]), np.array([1.0, 2, 3, 4])


@pytest.mark.graded("layernorm_forward", points=0.6)
def test_layernorm(student):
    """Three examples of four features, eps 9: means 4, 5, 8, variances 16, 0, 16."""
    out, _ = forward(student, "layernorm_forward", LAYER_X, LAYER_GAMMA, LAYER_BETA, {"eps": EPS})
    expect.close(out, [[-7, 6, -13, 8], [1, 2, 3, 4], [9, -2, -13, 8]], "out")
    expect.unchanged(LAYER_X, student.arguments_()[0], "x")


@pytest.mark.graded("layernorm_forward", points=0.6)
def test_layernorm_by_default(student):
    """One example, and no eps in ln_param: it is 1e-5. A mode in it changes nothing."""
    x = np.array([[0.002, 0.006]])
    out, _ = forward(student, "layernorm_forward", x, np.ones(2), np.zeros(2), {"mode": "test"})
    expect.close(out, np.array([[-0.002, 0.002]]) / np.sqrt(1.4e-5), "out")


@pytest.mark.graded("layernorm_backward", points=0.8)
def test_layernorm_backward(student):
    """Two examples of four features, eps 9, by hand; the second example is constant."""
    x = LAYER_X[:2]
    _, cache = forward(student, "layernorm_forward", x, LAYER_GAMMA, LAYER_BETA, {"eps": EPS})
    got = backward(student, "layernorm_backward", np.array([[1.0, 0, 0, 0], [0.3, 0.6, 0, 1.2]]), cache)
    dx = [[1.18, -0.18, -0.82, -0.18], [0, 0, -1, 1]]
    expect_gradients(got, (dx, [-0.8, 0, 0, 0], [1.3, 0.6, 0, 1.2]))


@pytest.mark.graded("layernorm_backward", points=0.8)
def test_layernorm_backward_by_differences(student):
    """Along one direction in x, gamma and beta, against differences of your own forward function."""
    names = ("layernorm_forward", "layernorm_backward")
    expect_slope(student, names, WAVES, WAVES_GAMMA, WAVES_BETA, [{}], WAVES_DOUT)


# --- the net


def parameters(sizes, normalization=True):
    """Fixed arrays for a net of these sizes, inputs and classes included."""
    params = {}
    for i, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        params[f"W{i}"] = 0.8 * np.sin(np.arange(1.0, inputs * outputs + 1) ** 1.4).reshape(inputs, outputs)
        params[f"b{i}"] = 0.1 * np.cos(np.arange(1.0, outputs + 1))
        if normalization and i < len(sizes) - 1:
            params[f"gamma{i}"] = 1 + 0.4 * np.sin(np.arange(1.0, outputs + 1))
            params[f"beta{i}"] = 0.3 + 0.2 * np.cos(np.arange(1.0, outputs + 1) ** 2)
    return params


def net_with(student, sizes, normalization, params, reg=0.0):
    """The student's net in float64, with these arrays put into params."""
    net = student.FullyConnectedNet(
        list(sizes[1:-1]),
        input_dim=sizes[0],
        num_classes=sizes[-1],
        normalization=normalization,
        reg=reg,
        weight_scale=0.1,
        dtype="float64",
        seed=0,
    )
    net["params"] = params
    return net


def loss_of(student, net, X, y):
    """(loss, grads) of the student's net; for hints the order of the gradients is no matter."""
    result = net.loss(X, y)
    pair = type(result) in (list, tuple) and len(result) == 2 and type(result[1]) is dict
    expect.true(pair, "loss(X, y) has to return two things: (loss, grads).", status="wrong_type")
    grads = result[1]
    student.calls_[-1].outcome = [result[0], *(grads[name] for name in sorted(grads))]
    return result


NET_X = 2 * np.sin(np.arange(1.0, 31) ** 1.7).reshape(6, 5)
NET_Y = np.array([0, 2, 1, 2, 0, 1])
NORMS = pytest.mark.parametrize("normalization", ["batchnorm", "layernorm"])


@pytest.mark.graded("FullyConnectedNet", points=0.4)
@NORMS
def test_net_at_the_start(student, normalization):
    """The arrays of a net with two hidden layers: names, shapes, types, and how they begin."""
    net = student.FullyConnectedNet(
        [30, 40], input_dim=50, num_classes=60, normalization=normalization, weight_scale=2.0, seed=0
    )
    params = net["params"]
    expect.true(type(params) is dict, "params has to be a dictionary of arrays.", status="wrong_type")
    student.calls_[-1].outcome = " ".join(
        f"{k} {np.shape(v)} {np.asarray(v).dtype} {abs(np.mean(v)):.0f} {np.std(v):.0f}"
        for k, v in params.items()
    )
    wanted = {"W1": (50, 30), "b1": (30,), "gamma1": (30,), "beta1": (30,)}
    wanted |= {"W2": (30, 40), "b2": (40,), "gamma2": (40,), "beta2": (40,), "W3": (40, 60), "b3": (60,)}
    names = ", ".join(sorted(map(str, params)))
    expect.true(
        set(params) == set(wanted), f"params has the keys {names}, expected {', '.join(sorted(wanted))}."
    )
    for name, shape in wanted.items():
        expect.shape(params[name], shape, name)
        expect.dtype(params[name], "float32", name)
        if name.startswith("W"):
            expect.close(np.std(params[name]), 2.0, f"The deviation of {name}", rtol=0.15)
        else:
            expect.close(params[name], np.full(shape, float(name.startswith("gamma"))), name)


@pytest.mark.graded("FullyConnectedNet", points=0.6)
@NORMS
def test_net_loss_and_gradients(student, normalization):
    """Two hidden layers: the gradients agree with differences of the loss, penalty included."""
    sizes, h = (5, 4, 6, 3), 1e-6
    params = parameters(sizes)
    net = net_with(student, sizes, normalization, params, reg=0.3)
    _, grads = loss_of(student, net, NET_X, NET_Y)
    expect.true(set(grads) == set(params), f"grads has the keys {sorted(grads)}, expected {sorted(params)}.")
    for name, array in params.items():
        expect.shape(grads[name], array.shape, f'grads["{name}"]')
        direction = np.cos(1.0 + np.arange(array.size)).reshape(array.shape)
        losses = []
        for step in (h, -h):
            net["params"] = params | {name: array + step * direction}
            losses.append(loss_of(student, net, NET_X, NET_Y)[0])
        slope = (losses[0] - losses[1]) / (2 * h)
        along = np.sum(grads[name] * direction)
        expect.close(
            along, slope, f'The slope along one direction, by grads["{name}"],', rtol=1e-4, atol=1e-6
        )


LOSSES = {"batchnorm": 3.6277974, "layernorm": 3.9107343}
SCORES = {
    "batchnorm": [[17.8524068, 0.4597311, -7.2021042], [14.6831354, -0.1778441, -5.3956475]],
    "layernorm": [[1.676959, 0.2467584, -1.0218899], [1.6735301, 0.2335004, -1.0048182]],
}


@pytest.mark.graded("FullyConnectedNet", points=0.6)
@NORMS
def test_net_known_loss_and_scores(student, normalization):
    """Two hidden layers, widths 4 and 6: the loss with a penalty, then two examples in test mode."""
    sizes = (5, 4, 6, 3)
    net = net_with(student, sizes, normalization, parameters(sizes), reg=0.3)
    loss, _ = loss_of(student, net, NET_X, NET_Y)
    scores = net.loss(NET_X[:2])
    again, _ = loss_of(student, net, NET_X, NET_Y)
    expect.close(loss, LOSSES[normalization], "The loss", rtol=1e-5)
    expect.close(
        scores, SCORES[normalization], "The scores in test mode, after one call in training,", rtol=1e-5
    )
    expect.close(again, LOSSES[normalization], "The loss, after scores were asked for,", rtol=1e-5)


# --- images

IMAGES = np.array([[[[0.0, 8, 8]], [[5, 5, 5]]], [[[0, 0, 8]], [[5, 5, 5]]]])  # (2, 2, 1, 3)


@pytest.mark.graded("spatial_batchnorm_forward", points=0.4)
def test_spatial_batchnorm(student):
    """Two pictures of 1 x 3 pixels, two channels: means 4 and 5, variances 16 and 0, eps 9."""
    param = {"mode": "train", "eps": EPS, "momentum": 0.75}
    gamma, beta = np.array([10.0, 30]), np.array([1.0, 2])
    out, _ = forward(student, "spatial_batchnorm_forward", IMAGES, gamma, beta, param)
    after = student.arguments_()[3]
    expect.close(out, [[[[-7, 9, 9]], [[2, 2, 2]]], [[[-7, -7, 9]], [[2, 2, 2]]]], "out")
    expect.unchanged(IMAGES, student.arguments_()[0], "x")
    for key, expected in (("running_mean", [1, 1.25]), ("running_var", [4, 0])):
        expect.true(key in after, f'There is no "{key}" in bn_param after training.')
        expect.close(after[key], expected, f'bn_param["{key}"] after one step')


@pytest.mark.graded("spatial_batchnorm_forward", points=0.4)
def test_spatial_batchnorm_test_mode(student):
    """Running variances 16 and 7 and eps 9: deviations 5 and 4."""
    param = {
        "mode": "test",
        "eps": EPS,
        "running_mean": np.array([1.0, -3]),
        "running_var": np.array([16.0, 7]),
    }
    x = np.array([[[[6.0, 1], [-9, 11]], [[1, -3], [5, -7]]]])
    out, _ = forward(student, "spatial_batchnorm_forward", x, np.array([10.0, 3]), np.array([1.0, -1]), param)
    expect.close(out, [[[[11, 1], [-19, 21]], [[2, -1], [5, -4]]]], "out")


SPATIAL = 2 * np.sin(np.arange(48.0) ** 1.5).reshape(2, 4, 2, 3) + np.array([1, 0, -1, 3]).reshape(4, 1, 1)
SPATIAL_DOUT = np.cos(np.arange(48.0) ** 1.3).reshape(2, 4, 2, 3)
SPATIAL_NAMES = ("spatial_batchnorm_forward", "spatial_batchnorm_backward")
GROUP_NAMES = ("spatial_groupnorm_forward", "spatial_groupnorm_backward")


@pytest.mark.graded("spatial_batchnorm_backward", points=0.4)
def test_spatial_batchnorm_backward(student):
    """One picture of 1 x 4 pixels with one channel: 0, 0, 8, 8, eps 9; the first pixel has a gradient."""
    x, dout = np.array([[[[0.0, 0, 8, 8]]]]), np.array([[[[1.0, 0, 0, 0]]]])
    param = {"mode": "train", "eps": EPS}
    _, cache = forward(student, SPATIAL_NAMES[0], x, np.array([10.0]), np.array([1.0]), param)
    got = backward(student, SPATIAL_NAMES[1], dout, cache)
    expect_gradients(got, ([[[[1.18, -0.82, -0.18, -0.18]]]], [-0.8], [1]))


@pytest.mark.graded("spatial_batchnorm_backward", points=0.4)
def test_spatial_batchnorm_backward_by_differences(student):
    """Two pictures of 2 x 3 pixels, four channels, against differences of your own forward function."""
    expect_slope(student, SPATIAL_NAMES, SPATIAL, WAVES_GAMMA, WAVES_BETA, [{"mode": "train"}], SPATIAL_DOUT)


@pytest.mark.graded("spatial_groupnorm_forward", points=0.8)
def test_groupnorm(student):
    """Two pictures of 1 x 2 pixels, two groups of two channels, eps 9; the second picture is constant."""
    x = np.array([0.0, 0, 8, 8, 20, 28, 28, 20, *(8 * [3])]).reshape(2, 4, 1, 2)
    gamma, beta = np.array([10.0, 5, 20, 5]).reshape(1, 4, 1, 1), np.array([1.0, 2, 3, 4]).reshape(1, 4, 1, 1)
    out, _ = forward(student, GROUP_NAMES[0], x, gamma, beta, 2, {"eps": EPS})
    expected = [-7.0, -7, 6, 6, -13, 19, 8, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    expect.close(out, np.reshape(expected, x.shape), "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("spatial_groupnorm_forward", points=0.4)
@pytest.mark.parametrize("groups", [1, 4], ids=["one group", "a group for each channel"])
def test_groupnorm_extremes(student, groups):
    """Two pictures, G = 1 and G = C, eps 1e-5 by default: each group has mean 0 and variance 1."""
    gamma, beta = np.ones((1, 4, 1, 1)), np.zeros((1, 4, 1, 1))
    out, _ = forward(student, GROUP_NAMES[0], SPATIAL, gamma, beta, groups, {})
    expect.shape(out, SPATIAL.shape, "out")
    by_group, x = np.reshape(out, (2, groups, -1)), SPATIAL.reshape(2, groups, -1)
    expect.close(by_group.mean(axis=2), np.zeros((2, groups)), "The mean of each group")
    expect.close(by_group.var(axis=2), 1 / (1 + 1e-5 / x.var(axis=2)), "The variance of each group")


@pytest.mark.graded("spatial_groupnorm_backward", points=0.8)
def test_groupnorm_backward(student):
    """One picture, four channels in two groups, eps 9, by hand; the second group is constant."""
    x = np.array([0.0, 8, 5, 5]).reshape(1, 4, 1, 1) * np.ones((1, 1, 1, 2))
    gamma, beta = np.array([10.0, 5, 20, 5]).reshape(1, 4, 1, 1), np.zeros((1, 4, 1, 1))
    _, cache = forward(student, GROUP_NAMES[0], x, gamma, beta, 2, {"eps": EPS})
    dout = np.array([1.0, 0, 0, 0, 0.3, 0.6, 0, 2.4]).reshape(1, 4, 1, 2)
    got = backward(student, GROUP_NAMES[1], dout, cache)
    dx = np.reshape([1.18, -0.82, -0.18, -0.18, -0.5, 1.5, -2.5, 1.5], (1, 4, 1, 2))
    dgamma, dbeta = (np.reshape(v, (1, 4, 1, 1)) for v in ([-0.8, 0, 0, 0], [1, 0, 0.9, 2.4]))
    expect_gradients(got, (dx, dgamma, dbeta))


@pytest.mark.graded("spatial_groupnorm_backward", points=0.8)
def test_groupnorm_backward_by_differences(student):
    """Two pictures of 2 x 3 pixels, four channels in two groups, against differences of your own forward."""
    gamma, beta = (values.reshape(1, 4, 1, 1) for values in (WAVES_GAMMA, WAVES_BETA))
    expect_slope(student, GROUP_NAMES, SPATIAL, gamma, beta, [2, {}], SPATIAL_DOUT)


# --- the questions


@pytest.mark.graded("answer_growth", points=0)
def test_growth_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_growth"], "answer_growth")


def expect_whole_number(student, name):
    """The answer is one number without a fraction."""
    answer = student[name]
    expect.a_number(answer, name)
    expect.true(
        float(answer).is_integer(), f"{name} is {answer}, expected a whole number.", status="wrong_type"
    )


@pytest.mark.graded("answer_warm_up_steps", points=0)
def test_warm_up_steps_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect_whole_number(student, "answer_warm_up_steps")


@pytest.mark.graded("answer_bias_gradient", points=0)
def test_bias_gradient_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_bias_gradient"], ("a", "b", "c", "d"), "answer_bias_gradient")
