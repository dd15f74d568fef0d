"""The lectures' numbers on training, on patches of photographs in place of CIFAR-10."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cs_lib.models import TwoLayerNet
from cs_lib.training import DivergenceWarning, Solver


def lecture_net(reg=0.0):
    """50 hidden units on 3072 pixels, as in the lecture's babysitting example."""
    return TwoLayerNet(3072, 50, 10, weight_scale=1e-4, reg=reg, seed=0, dtype=np.float32)


def train(patches, rate, **options):
    options = {"num_epochs": 10, "batch_size": 50, "seed": 0, "num_train_samples": 500} | options
    return Solver(lecture_net(1e-6), patches, optim_config={"learning_rate": rate}, **options).train()


def test_first_loss_is_log_c_2_30_and_with_reg_1e3_it_goes_up_to_3_07(patches):
    X, y = patches["X_train"][:100], patches["y_train"][:100]
    assert lecture_net().loss(X, y)[0] == pytest.approx(2.30, abs=0.005)
    assert lecture_net(reg=1e3).loss(X, y)[0] == pytest.approx(3.07, abs=0.01)


def test_20_examples_are_overfitted_to_100_percent_in_200_epochs_at_lr_1e_3_loss_2_30_to_under_0_01(patches):
    twenty = {name: patches[name][:20] for name in ("X_train", "y_train")}
    rate = {"learning_rate": 1e-3}
    history = Solver(lecture_net(), twenty, optim_config=rate, num_epochs=200, seed=0).train()
    assert history.loss[0] == pytest.approx(2.30, abs=0.005)
    assert history.loss[-1] < 0.01  # 0.0026 on the slide's twenty images
    assert history.train_accuracy[-1] == 1.0


def test_learning_rate_1e_6_the_loss_barely_moves_yet_accuracy_reaches_20_percent(patches):
    history = train(patches, 1e-6, batch_size=4, num_epochs=8)
    assert history.loss[0] == pytest.approx(2.30, abs=0.005)
    assert np.mean(history.loss[-50:]) == pytest.approx(2.30, abs=0.005)
    assert history.val_accuracy[-1] >= 0.2


def test_learning_rate_3e_3_explodes_and_is_stopped_at_3_times_the_first_loss(patches):
    with pytest.warns(DivergenceWarning, match=r"more than 3 times the first, 2\.30"):
        history = train(patches, 3e-3)
    assert history.loss[-1] > 3 * history.loss[0]


def test_learning_rate_1e6_gives_nan_which_is_caught(patches):
    with pytest.warns(DivergenceWarning, match="the loss is nan after"):
        history = train(patches, 1e6, max_loss_ratio=math.inf)
    assert math.isnan(history.loss[-1])
    assert len(history.loss) < 20
    with pytest.warns(DivergenceWarning, match="after 1 steps"):
        train(patches, 1e6)


def test_the_range_of_learning_rates_is_1e_3_to_1e_5(patches):
    gain = {}
    for rate in (1e-3, 1e-5):
        losses = train(patches, rate, num_epochs=4).loss
        gain[rate] = losses[0] - np.mean(losses[-10:])
    assert gain[1e-3] > 0.1 > gain[1e-5] > 0
