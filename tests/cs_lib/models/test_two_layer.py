from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.models import TwoLayerNet


def test_parameters_have_the_shapes_and_the_deviation_asked_for():
    net = TwoLayerNet(seed=0)
    shapes = {name: values.shape for name, values in net.params.items()}
    assert shapes == {"W1": (3072, 100), "b1": (100,), "W2": (100, 10), "b2": (10,)}
    assert net.params["W1"].std() == pytest.approx(1e-3, rel=0.02)
    assert not net.params["b1"].any()
    assert not net.params["b2"].any()
    assert net.params["W1"].dtype == np.float64


def test_loss_and_gradients_equal_those_of_torch():
    rng = np.random.default_rng(0)
    net = TwoLayerNet(12, 9, 4, weight_scale=0.5, reg=0.3, seed=0)
    X, y = rng.standard_normal((5, 3, 2, 2)), rng.integers(4, size=5)
    p = {name: torch.tensor(values, requires_grad=True) for name, values in net.params.items()}
    scores = torch.relu(torch.tensor(X).flatten(1) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    expected = expected + 0.15 * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
    expected.backward()

    loss, grads = net.loss(X, y)
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(net.loss(X), scores.detach().numpy(), rtol=1e-12)
    for name in p:
        np.testing.assert_allclose(grads[name], p[name].grad.numpy(), rtol=1e-9, atol=1e-12)
