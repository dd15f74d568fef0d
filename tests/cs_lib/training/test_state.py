from __future__ import annotations

import numpy as np
import pytest

from cs_lib.models import FullyConnectedNet, TwoLayerNet
from cs_lib.training import get_state, set_state


def test_a_state_is_a_copy_both_ways():
    model = TwoLayerNet(4, 5, 3, seed=0)
    state = get_state(model)
    model.params["W1"] += 1
    assert (state["params/W1"] != model.params["W1"]).all()
    set_state(model, state)
    state["params/W1"] += 1
    assert (state["params/W1"] != model.params["W1"]).all()


def test_running_statistics_are_part_of_it():
    model = FullyConnectedNet([5], 4, 3, normalization="batchnorm", seed=0)
    model.loss(np.ones((2, 4)), np.array([0, 1]))
    assert {"bn_params/0/running_mean", "bn_params/0/running_var"} < get_state(model).keys()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: TwoLayerNet(4, 6, 3), r"W1 has shape \(4, 6\), expected \(4, 5\)"),
        (lambda: FullyConnectedNet([5], 4, 3, normalization="batchnorm"), "it has beta1, gamma1"),
        (lambda: FullyConnectedNet([], 4, 3), "it lacks W2, b2"),
    ],
)
def test_the_state_of_another_model_is_refused(other, words):
    with pytest.raises(ValueError, match=f"the state is of another model: {words}"):
        set_state(TwoLayerNet(4, 5, 3), get_state(other()))


def test_statistics_without_a_layer_for_them_are_refused():
    state = get_state(TwoLayerNet(4, 5, 3)) | {"bn_params/0/running_mean": np.zeros(5)}
    with pytest.raises(ValueError, match="statistics of batch norm, the model 0 such layers"):
        set_state(TwoLayerNet(4, 5, 3), state)
