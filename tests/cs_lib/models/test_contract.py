"""What every net keeps to, whatever its layers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cs_lib.gradients import grad_check
from cs_lib.models import ConvNet, FullyConnectedNet, ThreeLayerConvNet, TwoLayerNet, one_hot
from cs_lib.training import get_state, set_state

CLASSES = 10
IMAGE = (3, 8, 8)
EVERYTHING = [
    ("conv", 4, 3), "batchnorm", "relu", ("pool", 2),
    ("conv", 6, 3, {"stride": 2, "pad": 1, "groups": 2}), ("groupnorm", 3), "leaky_relu",
    ("conv", 4, 2, {"dilation": 1, "pad": 1}), "layernorm", "tanh", ("avg_pool", 2),
    ("affine", 7), "layernorm", "elu", ("dropout", 0.6), ("affine", 6), "batchnorm", "sigmoid",
]  # fmt: skip

# name: (dtype, seed, reg, scale) -> a net on images of 3x8x8
NETS = {
    "two layers": lambda dtype, seed, reg, scale: TwoLayerNet(
        192, 9, CLASSES, weight_scale=scale, reg=reg, dtype=dtype, seed=seed
    ),
    "fully connected": lambda dtype, seed, reg, scale: FullyConnectedNet(
        [9, 8, 7], 192, CLASSES, reg=reg, weight_scale=scale, dtype=dtype, seed=seed
    ),
    "fully connected with all options": lambda dtype, seed, reg, scale: FullyConnectedNet(
        [9, 8], 192, CLASSES, 0.7, "batchnorm", reg, scale, dtype, seed
    ),
    "fully connected with layer norm": lambda dtype, seed, reg, scale: FullyConnectedNet(
        [9, 8], 192, CLASSES, 1, "layernorm", reg, scale, dtype, seed
    ),
    "three-layer ConvNet": lambda dtype, seed, reg, scale: ThreeLayerConvNet(
        IMAGE, 4, 3, 9, CLASSES, scale, reg, dtype, seed=seed
    ),
    "ConvNet with every kind of block": lambda dtype, seed, reg, scale: ConvNet(
        EVERYTHING, IMAGE, CLASSES, reg=reg, weight_scale=scale, dtype=dtype, seed=seed
    ),
    "ConvNet with nothing but the classes": lambda dtype, seed, reg, scale: ConvNet(
        ["global_avg_pool"], IMAGE, CLASSES, reg=reg, weight_scale=scale, dtype=dtype, seed=seed
    ),
}
each_net = pytest.mark.parametrize("make", NETS.values(), ids=NETS)


def net_of(make, *, dtype=np.float64, seed=0, reg=0.0, scale=0.3):
    return make(dtype, seed, reg, scale)


def batch(dtype=np.float64, examples=6):
    rng = np.random.default_rng(1)
    return rng.standard_normal((examples, *IMAGE)).astype(dtype), rng.integers(CLASSES, size=examples)


def repeatable(net):
    """The net's loss on a batch as a function that always draws the same dropout masks."""
    state = net.rng.bit_generator.state

    def loss(X, y):
        net.rng.bit_generator.state = state
        return net.loss(X, y)

    return loss


@each_net
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "soft labels"])
def test_gradients_equal_central_differences(make, soft):
    net = net_of(make, reg=0.1)
    rng = np.random.default_rng(2)
    for name in net.params:  # away from zero biases, which make kinks and symmetric sums
        net.params[name] = net.params[name] + 0.1 * rng.standard_normal(net.params[name].shape)
    X, y = batch()
    y = one_hot(y, CLASSES, smoothing=0.3) if soft else y
    loss = repeatable(net)
    _, grads = loss(X, y)
    assert grads.keys() == net.params.keys()
    for name, values in list(net.params.items()):

        def at(moved, name=name):
            net.params[name] = moved
            return loss(X, y)[0]

        report = grad_check(at, values, grads[name], sample=6, tolerance=1e-5)
        net.params[name] = values
        if np.abs(grads[name]).max() < 1e-14:  # a bias before batch norm has no effect
            assert abs(report.expected) < 1e-8
        else:
            assert report, f"{name}: {report}"


@each_net
def test_first_loss_is_log_of_the_number_of_classes_2_30(make):
    net = net_of(make, scale=1e-4)
    assert net.loss(*batch())[0] == pytest.approx(math.log(10), abs=0.01)
    assert math.log(10) == pytest.approx(2.30, abs=0.005)


@each_net
def test_regularization_adds_half_reg_times_the_squares_of_the_weights_only(make):
    X, y = batch()
    plain, strong = net_of(make), net_of(make, reg=1e3)
    for net in (plain, strong):
        for name in net.params:
            if not name.startswith("W"):
                net.params[name] = net.params[name] + 0.5
    squares = sum(np.sum(w**2) for name, w in plain.params.items() if name.startswith("W"))
    loss, grads = repeatable(plain)(X, y)
    strong_loss, strong_grads = repeatable(strong)(X, y)
    assert strong_loss > loss
    assert strong_loss - loss == pytest.approx(500 * squares)
    for name, w in plain.params.items():
        wanted = grads[name] + (1e3 * w if name.startswith("W") else 0)
        np.testing.assert_allclose(strong_grads[name], wanted, rtol=1e-6, atol=1e-9)


@each_net
def test_float32_stays_float32(make):
    net = net_of(make, dtype=np.float32, reg=0.1)
    X, y = batch()
    loss, grads = net.loss(X, y)
    assert isinstance(loss, float)
    assert {a.dtype for a in (*net.params.values(), *grads.values(), net.loss(X))} == {np.dtype(np.float32)}
    assert all(grads[name].shape == w.shape for name, w in net.params.items())
    exact = net_of(make, reg=0.1)
    assert loss == pytest.approx(repeatable(exact)(X, y)[0], rel=1e-3)


@each_net
def test_batch_and_parameters_are_not_modified(make):
    net = net_of(make)
    X, y = batch()
    X.flags.writeable = y.flags.writeable = False
    for values in net.params.values():
        values.flags.writeable = False
    net.loss(X, y)
    net.loss(X)


@each_net
def test_the_same_seed_gives_the_same_net_and_another_seed_another(make):
    one, same, other = net_of(make, seed=0), net_of(make, seed=0), net_of(make, seed=1)
    for name, values in one.params.items():
        np.testing.assert_array_equal(values, same.params[name])
    assert any((values != other.params[name]).any() for name, values in one.params.items())


@each_net
def test_scores_of_an_example_do_not_depend_on_the_others(make):
    net = net_of(make)
    X, y = batch()
    for _ in range(3):
        net.loss(X, y)
    scores = net.loss(X)
    assert scores.shape == (len(X), CLASSES)
    np.testing.assert_allclose(net.loss(X[:1]), scores[:1], rtol=1e-9)
    np.testing.assert_array_equal(net.loss(X), scores)


@each_net
def test_weights_that_have_diverged_make_a_loss_of_nan(make):
    net = net_of(make)
    net.params["W1"] = np.full_like(net.params["W1"], np.nan)
    with np.errstate(invalid="ignore"):
        assert math.isnan(net.loss(*batch())[0])


@each_net
def test_its_state_makes_another_net_the_same(make):
    net, other = net_of(make), net_of(make, seed=1)
    X, y = batch()
    net.loss(X, y)
    set_state(other, get_state(net))
    np.testing.assert_array_equal(other.loss(X), net.loss(X))


@each_net
def test_wrong_input_is_said_in_words(make):
    net = net_of(make)
    X, y = batch()
    with pytest.raises(ValueError, match="shape"):
        net.loss(X[:, :2, :, :5], y)
    with pytest.raises(ValueError, match="labels from"):
        net.loss(X, y + CLASSES)
    with pytest.raises(ValueError, match="reg is -1"):
        net_of(make, reg=-1.0)
    with pytest.raises(TypeError, match="dtype is int64"):
        net_of(make, dtype=np.int64)
