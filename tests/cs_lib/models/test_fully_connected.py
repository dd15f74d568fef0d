from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.models import FullyConnectedNet


def random_batch(examples=7, features=6, classes=3):
    rng = np.random.default_rng(3)
    return rng.standard_normal((examples, features)), rng.integers(classes, size=examples)


@pytest.mark.parametrize("hidden", [[], [4], [5, 4], [6, 5, 4, 3]])
def test_any_depth_has_its_parameters(hidden):
    net = FullyConnectedNet(hidden, 6, 3, normalization="batchnorm")
    sizes = [6, *hidden, 3]
    for layer in range(1, len(sizes)):
        assert net.params[f"W{layer}"].shape == (sizes[layer - 1], sizes[layer])
        assert net.params[f"b{layer}"].shape == (sizes[layer],)
    assert len(net.params) == 2 * (len(sizes) - 1) + 2 * len(hidden)
    for layer, width in enumerate(hidden, start=1):
        np.testing.assert_array_equal(net.params[f"gamma{layer}"], np.ones(width))
        np.testing.assert_array_equal(net.params[f"beta{layer}"], np.zeros(width))
    assert len(net.bn_params) == len(hidden)


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_loss_and_gradients_equal_those_of_torch(normalization):
    net = FullyConnectedNet([5, 4], 6, 3, 1, normalization, 0.2, 0.7, np.float64, seed=0)
    X, y = random_batch()
    p = {name: torch.tensor(values, requires_grad=True) for name, values in net.params.items()}
    out = torch.tensor(X)
    for layer in (1, 2):
        out = out @ p[f"W{layer}"] + p[f"b{layer}"]
        if normalization == "batchnorm":
            out = torch.nn.functional.batch_norm(
                out, None, None, p[f"gamma{layer}"], p[f"beta{layer}"], training=True
            )
        elif normalization == "layernorm":
            out = torch.nn.functional.layer_norm(out, out.shape[1:], p[f"gamma{layer}"], p[f"beta{layer}"])
        out = torch.relu(out)
    scores = out @ p["W3"] + p["b3"]
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    expected = expected + 0.1 * sum((p[f"W{layer}"] ** 2).sum() for layer in (1, 2, 3))
    expected.backward()

    loss, grads = net.loss(X, y)
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    for name in p:
        np.testing.assert_allclose(grads[name], p[name].grad.numpy(), rtol=1e-6, atol=1e-9)


def test_batch_norm_uses_the_batch_in_training_and_its_memory_in_test():
    net = FullyConnectedNet([5], 6, 3, normalization="batchnorm", weight_scale=1.0, dtype=np.float64, seed=0)
    X, y = random_batch(50)
    before = net.loss(X)
    for _ in range(200):  # 0.9 ** 200 of the first memory is left: nothing
        net.loss(X, y)
    assert net.bn_params[0]["mode"] == "train"
    hidden = X @ net.params["W1"]
    np.testing.assert_allclose(net.bn_params[0]["running_mean"], hidden.mean(axis=0), atol=1e-8)
    assert abs(net.loss(X) - before).max() > 0.1
    assert net.bn_params[0]["mode"] == "test"


def test_dropout_is_active_in_training_only():
    net = FullyConnectedNet([50], 6, 3, 0.5, weight_scale=1.0, seed=np.random.default_rng(0))
    X, y = random_batch()
    assert net.loss(X, y)[0] != net.loss(X, y)[0]
    np.testing.assert_array_equal(net.loss(X), net.loss(X))
    without = FullyConnectedNet([50], 6, 3, 1, weight_scale=1.0, seed=np.random.default_rng(0))
    np.testing.assert_array_equal(net.loss(X), without.loss(X))


def test_a_whole_number_as_seed_fixes_the_mask():
    net = FullyConnectedNet([50], 6, 3, 0.5, weight_scale=1.0, seed=0)
    X, y = random_batch()
    assert net.loss(X, y)[0] == net.loss(X, y)[0]
    assert net.dropout_param["p"] == 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"normalization": "batch"}, "normalization is 'batch', expected one of None, 'batchnorm'"),
        ({"dropout_keep_ratio": 0}, "expected a probability of keeping"),
        ({"hidden_dims": [5, 0]}, "size is 0"),
        ({"weight_scale": -1}, "weight_scale is -1"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        FullyConnectedNet(**{"hidden_dims": [5]} | options)
