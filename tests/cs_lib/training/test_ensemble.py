from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cs_lib.losses import softmax
from cs_lib.models import ConvNet, FullyConnectedNet, TwoLayerNet
from cs_lib.training import Solver, accuracy, get_state, predict
from cs_lib.training.ensemble import (
    average_checkpoints,
    ensemble_predict,
    ensemble_probabilities,
    monte_carlo_probabilities,
    probabilities,
)

from .conftest import blobs


def test_an_ensemble_averages_probabilities_not_scores():
    class Fixed:
        def __init__(self, scores):
            self.params, self.scores = {}, np.array([scores])

        def loss(self, X, y=None):
            return self.scores

    models, X = [Fixed([0.0, 9.0, 0.0]), Fixed([1.0, 0.0, 0.9]), Fixed([1.0, 0.0, 0.9])], np.zeros((1, 2))
    mean = ensemble_probabilities(models, X)
    np.testing.assert_allclose(mean.sum(), 1)
    np.testing.assert_allclose(mean, sum(probabilities(model, X) for model in models) / 3)
    np.testing.assert_array_equal(ensemble_predict(models, X), mean.argmax(axis=1))


def test_an_ensemble_is_better_than_its_members_on_average():
    X, y = blobs(60, 10, 4, seed=0, spread=3.0)
    X_test, y_test = blobs(2000, 10, 4, seed=1, spread=3.0)
    models = [TwoLayerNet(10, 30, 4, weight_scale=0.5, seed=seed) for seed in range(5)]
    for seed, model in enumerate(models):
        data = {"X_train": X, "y_train": y}
        Solver(
            model, data, update_rule="adam", optim_config={"learning_rate": 0.01}, num_epochs=40, seed=seed
        ).train()
    members = [accuracy(predict(model, X_test), y_test) for model in models]
    together = accuracy(ensemble_predict(models, X_test), y_test)
    assert together > np.mean(members) + 0.01  # "about 2 %"


def test_monte_carlo_dropout_averages_over_masks_as_the_mean_over_all_of_them_does():
    net = ConvNet(
        [("affine", 3), "tanh", ("dropout", 0.5)], (2,), 4, weight_scale=1.0, dtype=np.float64, seed=0
    )
    X = np.array([[0.5, -1.0]])
    hidden = np.tanh(X @ net.params["W1"])
    masks = [np.array(mask) / 0.5 for mask in product((0, 1), repeat=3)]  # all eight are equally likely
    expected = np.mean([softmax(hidden * mask @ net.params["W2"]) for mask in masks], axis=0)
    sampled = monte_carlo_probabilities(net, X, samples=4000)
    np.testing.assert_allclose(sampled, expected, atol=0.02)
    assert np.abs(probabilities(net, X) - expected).max() > 1e-3  # test mode is an approximation


def test_averaging_checkpoints_averages_weights_and_running_statistics():
    X, y = blobs(50)
    model = FullyConnectedNet([5], 6, 3, normalization="batchnorm", dtype=np.float64, seed=0)
    states = []
    for _ in range(3):
        Solver(model, {"X_train": X, "y_train": y}, optim_config={"learning_rate": 0.1}, num_epochs=2).train()
        states.append(get_state(model))
    average_checkpoints(model, states)
    for name, values in get_state(model).items():
        np.testing.assert_allclose(values, sum(state[name] for state in states) / 3)


def test_nothing_to_average_is_refused():
    with pytest.raises(ValueError, match="models is empty"):
        ensemble_probabilities([], np.zeros((1, 2)))
    with pytest.raises(ValueError, match="checkpoints is empty"):
        average_checkpoints(TwoLayerNet(2, 2, 2), [])
