"""Averages of weights against torch's, and what they are good for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cs_lib.optim import OPTIMIZERS, average_weights, running_average
from cs_lib.optim.landscapes import follow, valley

CHECKPOINTS = [{"W": np.random.default_rng(i).standard_normal((2, 3)), "b": np.full(2, i)} for i in range(5)]


def torch_average(multi_avg_fn):
    model = torch.nn.Linear(3, 2).double()
    average = AveragedModel(model, multi_avg_fn=multi_avg_fn)
    for checkpoint in CHECKPOINTS:
        with torch.no_grad():
            model.weight.copy_(torch.tensor(checkpoint["W"]))
            model.bias.copy_(torch.tensor(checkpoint["b"]))
        average.update_parameters(model)
    return average.module.weight.detach().numpy()


def test_the_running_average_is_torchs_exponential_one():
    average = None
    for checkpoint in CHECKPOINTS:
        average = running_average(average, checkpoint, decay=0.9)
    np.testing.assert_allclose(average["W"], torch_average(get_ema_multi_avg_fn(0.9)))


def test_the_mean_of_checkpoints_is_torchs_equal_average():
    np.testing.assert_allclose(average_weights(CHECKPOINTS)["W"], torch_average(None))
    np.testing.assert_array_equal(average_weights(CHECKPOINTS)["b"], [2, 2])


def test_averaging_weights_calms_the_noise_of_sgd():
    path = follow(OPTIMIZERS["sgd"], valley(1), np.ones(2), 1000, noise=1, seed=0, learning_rate=0.1)
    average = None
    for w in path:
        average = running_average(average, {"w": w}, decay=0.99)
    assert np.linalg.norm(average["w"]) < np.linalg.norm(path[-200:], axis=1).mean() / 2


def test_the_first_average_is_a_copy_and_float32_stays_float32():
    params = {"W": np.ones(3, dtype=np.float32)}
    average = running_average(None, params)
    assert average["W"] is not params["W"]
    assert running_average(average, params, np.float64(0.5))["W"].dtype == np.float32
    assert average_weights([params, params])["W"].dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: running_average(None, {"W": np.ones(2)}, decay=1), "decay is 1"),
        (lambda: running_average({"W": np.ones(2)}, {"V": np.ones(2)}), "names differ: W and V"),
        (
            lambda: running_average({"W": np.ones(2)}, {"W": np.ones(3)}),
            r"W has shape \(3,\), expected \(2,\)",
        ),
        (lambda: average_weights([]), "checkpoints is empty"),
        (lambda: average_weights([{"W": np.ones(2)}, {"W": np.ones(3)}]), r"W has shape \(3,\)"),
    ],
)
def test_what_cannot_be_averaged_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
