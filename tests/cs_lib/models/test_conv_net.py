from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cs_lib.models import BUILDERS, ConvNet

from .test_contract import EVERYTHING


def test_a_table_becomes_layers_in_order_with_their_shapes():
    net = ConvNet([("conv", 16, 3), "batchnorm", "relu", ("pool", 2), ("affine", 128), "relu"], (3, 32, 32))
    assert [block.shape for _, block in net.blocks] == [
        (16, 32, 32), (16, 32, 32), (16, 32, 32), (16, 16, 16), (128,), (128,), (10,),
    ]  # fmt: skip
    assert {name: values.shape for name, values in net.params.items()} == {
        "W1": (16, 3, 3, 3), "b1": (16,), "gamma1": (16,), "beta1": (16,),
        "W2": (16 * 16 * 16, 128), "b2": (128,), "W3": (128, 10), "b3": (10,),
    }  # fmt: skip


def test_the_contract_covers_every_kind_of_block():
    used = {row if isinstance(row, str) else row[0] for row in EVERYTHING} | {"global_avg_pool"}
    unused_activations = {"selu", "softplus", "swish", "gelu"}  # each is a row like "relu"
    assert used | unused_activations == set(BUILDERS)


@pytest.mark.parametrize("name", ["selu", "softplus", "swish", "gelu"])
def test_every_activation_can_stand_in_a_table(name):
    net = ConvNet([("affine", 5), name], (4,), 3, dtype=np.float64, seed=0)
    X = np.random.default_rng(0).standard_normal((6, 4))
    hidden = torch.tensor(X @ net.params["W1"])
    options = {"approximate": "tanh"} if name == "gelu" else {}
    function = torch.nn.functional.silu if name == "swish" else getattr(torch.nn.functional, name)
    expected = function(hidden, **options).numpy() @ net.params["W2"]
    np.testing.assert_allclose(net.loss(X), expected, rtol=1e-6, atol=1e-9)


def test_a_net_with_batch_norm_equals_torch_in_training_and_test():
    table = [("conv", 4, 5, {"stride": 2}), "batchnorm", "relu", ("conv", 6, 3), "batchnorm", "relu",
             "global_avg_pool"]  # fmt: skip
    net = ConvNet(table, (3, 9, 9), 4, dtype=np.float64, seed=0)
    nn = torch.nn
    theirs = nn.Sequential(
        nn.Conv2d(3, 4, 5, 2, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 6, 3, 1, 1), nn.BatchNorm2d(6),
        nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4),
    ).double()  # fmt: skip
    ours = [
        net.params[name]
        for name in ("W1", "b1", "gamma1", "beta1", "W2", "b2", "gamma2", "beta2", "W3", "b3")
    ]
    for tensor, values in zip(theirs.parameters(), ours, strict=True):
        tensor.data = torch.tensor(values.T if values.shape == (6, 4) else values)
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((8, 3, 9, 9)), rng.integers(4, size=8)

    loss, grads = net.loss(X, y)
    expected = nn.functional.cross_entropy(theirs(torch.tensor(X)), torch.tensor(y))
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    np.testing.assert_allclose(grads["W1"], theirs[0].weight.grad.numpy(), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(grads["gamma2"], theirs[4].weight.grad.numpy(), rtol=1e-6, atol=1e-9)

    for number, layer in enumerate((theirs[1], theirs[4])):  # its memory of variances is another one
        layer.running_mean = torch.tensor(net.bn_params[number]["running_mean"])
        layer.running_var = torch.tensor(net.bn_params[number]["running_var"])
    np.testing.assert_allclose(net.loss(X), theirs.eval()(torch.tensor(X)).detach().numpy(), rtol=1e-7)


def test_weights_follow_kaimings_rule_unless_told_otherwise():
    net = ConvNet([("conv", 64, 3), "relu", ("affine", 50)], seed=0)
    assert net.params["W1"].std() == pytest.approx(math.sqrt(2 / 27), rel=0.05)
    assert net.params["W2"].std() == pytest.approx(math.sqrt(2 / (64 * 1024)), rel=0.05)
    small = ConvNet([("conv", 64, 3), "relu", ("affine", 50)], weight_scale=1e-3, seed=0)
    assert small.params["W1"].std() == pytest.approx(1e-3, rel=0.05)


def test_dropout_draws_new_masks_in_training_and_none_in_test():
    net = ConvNet([("affine", 40), "relu", ("dropout", 0.5)], (6,), seed=0)
    X, y = np.ones((4, 6)), np.arange(4)
    assert net.loss(X, y)[0] != net.loss(X, y)[0]
    np.testing.assert_array_equal(net.loss(X), net.loss(X))


def test_options_of_batch_norm_arrive():
    net = ConvNet([("batchnorm", {"momentum": 0.0})], (3,), dtype=np.float64)
    X = np.random.default_rng(0).standard_normal((9, 3))
    net.loss(X, np.zeros(9, int))
    np.testing.assert_allclose(net.bn_params[0]["running_mean"], X.mean(axis=0))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (["relo"], "the name of block 1 is 'relo', expected one of 'conv'"),
        (["relu", ("pool", 33)], r"block 2, \('pool', 33\): a kernel that covers 33 does not fit"),
        ([("affine", 5), ("conv", 3, 3)], r"block 2, .*conv is given examples of shape \(5,\)"),
        ([("conv", 3)], "block 1.*missing 1 required positional argument: 'size'"),
        ([("dropout", 0)], "block 1.*probability of keeping"),
        ([("conv", 4, 3), ("groupnorm", 3)], None),
    ],
)
def test_a_table_that_does_not_work_says_which_row(table, words):
    if words is None:  # only seen when it is used
        with pytest.raises(ValueError, match="divides the 4 channels"):
            ConvNet(table).loss(np.zeros((1, 3, 32, 32)))
        return
    with pytest.raises((TypeError, ValueError), match=words):
        ConvNet(table)
