from __future__ import annotations

import numpy as np
import pytest

from cs_lib.layers import affine_forward
from cs_lib.models import FullyConnectedNet, TwoLayerNet
from cs_lib.training.parallel import data_parallel_loss, model_parallel_affine

from .conftest import blobs


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_averaged_gradients_of_the_parts_are_those_of_the_batch(workers):
    X, y = blobs(20)
    net = TwoLayerNet(6, 5, 3, weight_scale=0.5, reg=0.3, seed=0)
    loss, grads = data_parallel_loss(net, X, y, workers)
    expected, expected_grads = net.loss(X, y)
    assert loss == pytest.approx(expected)
    for name, grad in expected_grads.items():
        np.testing.assert_allclose(grads[name], grad, rtol=1e-9, atol=1e-12)


def test_batch_norm_sees_its_part_only():
    X, y = blobs(20)
    net = FullyConnectedNet([5], 6, 3, normalization="batchnorm", weight_scale=0.5, dtype=np.float64, seed=0)
    assert data_parallel_loss(net, X, y, 4)[0] != pytest.approx(net.loss(X, y)[0], rel=1e-3)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_columns_of_the_weights_can_live_apart(workers):
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((4, 6)), rng.standard_normal((6, 5)), rng.standard_normal(5)
    np.testing.assert_allclose(model_parallel_affine(x, w, b, workers), affine_forward(x, w, b)[0])


def test_more_workers_than_examples_are_refused():
    with pytest.raises(ValueError, match="workers is 5, expected at most the 4 examples"):
        data_parallel_loss(TwoLayerNet(6), *blobs(4), workers=5)
