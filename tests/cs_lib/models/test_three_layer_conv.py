from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.models import ThreeLayerConvNet


def test_default_parameters_have_the_shapes_of_the_interface():
    net = ThreeLayerConvNet()
    assert {name: values.shape for name, values in net.params.items()} == {
        "W1": (32, 3, 7, 7),
        "W2": (32 * 16 * 16, 100),
        "W3": (100, 10),
        "b1": (32,),
        "b2": (100,),
        "b3": (10,),
    }
    assert {values.dtype for values in net.params.values()} == {np.dtype(np.float32)}
    assert net.params["W2"].std() == pytest.approx(1e-3, rel=0.02)


@pytest.mark.parametrize(("image", "size"), [((3, 8, 8), 3), ((1, 7, 10), 5), ((2, 9, 6), 1), ((3, 8, 6), 4)])
def test_loss_and_gradients_equal_those_of_torch(image, size):
    rng = np.random.default_rng(0)
    net = ThreeLayerConvNet(image, 4, size, 5, 3, weight_scale=0.3, reg=0.2, dtype=np.float64, seed=0)
    X, y = rng.standard_normal((5, *image)), rng.integers(3, size=5)
    p = {name: torch.tensor(values, requires_grad=True) for name, values in net.params.items()}
    maps = torch.relu(torch.nn.functional.conv2d(torch.tensor(X), p["W1"], p["b1"], padding=(size - 1) // 2))
    hidden = torch.relu(torch.nn.functional.max_pool2d(maps, 2).flatten(1) @ p["W2"] + p["b2"])
    scores = hidden @ p["W3"] + p["b3"]
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    expected = expected + 0.1 * sum((p[f"W{layer}"] ** 2).sum() for layer in (1, 2, 3))
    expected.backward()

    loss, grads = net.loss(X, y)
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    for name in p:
        np.testing.assert_allclose(grads[name], p[name].grad.numpy(), rtol=1e-7, atol=1e-10)


def test_images_too_small_to_pool_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        ThreeLayerConvNet((3, 1, 8))
