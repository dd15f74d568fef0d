from __future__ import annotations

import numpy as np
import pytest

from cs_lib.models import TwoLayerNet
from cs_lib.training import Solver, get_state, set_state
from cs_lib.training.compression import Pruned, binarize, compression, round_to_bits, smallest_weights_off


def weights(seed=0, shape=(50, 40), dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("bits", [2, 4, 10])
def test_few_bits_leave_few_values_each_half_a_step_away_at_most(bits):
    W = weights()
    rounded = round_to_bits(W, bits)
    step = np.abs(W).max() / (2 ** (bits - 1) - 1)
    assert len(np.unique(rounded)) <= 2**bits - 1
    assert np.abs(rounded - W).max() <= step / 2 * (1 + 1e-9)
    np.testing.assert_allclose(rounded / step, np.rint(rounded / step), atol=1e-9)


def test_rounding_by_chance_is_right_on_average():
    W = np.append(np.full(20_000, 0.3), 1.0)
    rng = np.random.default_rng(0)
    rounded = round_to_bits(W, 2, rng)
    assert set(np.unique(rounded)) == {0.0, 1.0}
    assert abs(rounded.mean() - 0.3) < 0.01
    assert (round_to_bits(W, 2)[:-1] == 0).all()  # to the nearest, it is lost


def test_10_bits_hardly_change_what_a_net_says_and_binary_weights_do(data):
    net = TwoLayerNet(6, 30, 3, weight_scale=0.5, seed=0)
    Solver(net, data, optim_config={"learning_rate": 0.1}, seed=0).train()
    scores = net.loss(data["X_val"])
    trained = get_state(net)
    change = {}
    for name, compress in (("ten bits", round_to_bits), ("binary", binarize)):
        set_state(net, trained)
        for W in ("W1", "W2"):
            net.params[W] = compress(net.params[W])
        change[name] = np.abs(net.loss(data["X_val"]) - scores).max() / np.abs(scores).max()
    assert change["ten bits"] < 0.01 < 0.1 < change["binary"]


def test_lecture_half_the_bytes_from_fp64_to_fp32_to_fp16_and_about_half_the_digits():
    X = weights(1, (20, 6))
    exact = TwoLayerNet(6, 30, 3, weight_scale=0.5, seed=0, dtype=np.float64)
    scores, size = exact.loss(X), sum(values.nbytes for values in exact.params.values())
    for dtype, part, error in ((np.float32, 2, 1e-6), (np.float16, 4, 1e-2)):
        net = TwoLayerNet(6, 30, 3, weight_scale=0.5, seed=0, dtype=dtype)
        set_state(net, {name: values.astype(dtype) for name, values in get_state(exact).items()})
        assert sum(values.nbytes for values in net.params.values()) == size / part
        got = net.loss(X)
        assert got.dtype == dtype
        assert error / 100 < np.abs(got - scores).max() / np.abs(scores).max() < error


def test_binary_weights_are_the_nearest_of_their_kind():
    W = weights()
    best = np.sum((W - binarize(W)) ** 2)
    for scale in np.linspace(0.1, 2, 50):
        assert best <= np.sum((W - scale * np.sign(W)) ** 2)
    assert len(np.unique(binarize(weights(dtype=np.float32)))) == 2
    assert (
        binarize(weights(dtype=np.float32)).dtype
        == round_to_bits(weights(dtype=np.float32)).dtype
        == np.float32
    )


def test_the_smallest_weights_are_turned_off():
    params = {"W1": weights(), "b1": np.zeros(3), "W2": weights(1, (5, 4))}
    masks = smallest_weights_off(params, 0.75)
    assert masks.keys() == {"W1", "W2"}
    for name, mask in masks.items():
        assert mask.mean() == 0.25
        assert np.abs(params[name][~mask]).max() <= np.abs(params[name][mask]).min()
    assert compression(masks) == 4


@pytest.mark.parametrize("rule", ["sgd_momentum", "adamw"])
def test_a_lottery_ticket_is_trained_from_its_first_weights_and_stays_sparse(rule, data):
    net = TwoLayerNet(6, 30, 3, weight_scale=0.5, reg=1e-3, seed=0)
    first = get_state(net)
    options = {"update_rule": rule, "optim_config": {"learning_rate": 0.02}, "num_epochs": 20, "seed": 0}
    Solver(net, data, **options).train()
    masks = smallest_weights_off(net.params, 0.7)
    set_state(net, first)
    history = Solver(Pruned(net, masks), data, **options).train()
    assert max(history.val_accuracy) > 0.9
    for name, mask in masks.items():
        assert not net.params[name][~mask].any()
        assert (net.params[name][mask] != first[f"params/{name}"][mask]).all()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="bits is 1"):
        round_to_bits(weights(), 1)
    with pytest.raises(ValueError, match="share is 1"):
        smallest_weights_off({}, 1)
    with pytest.raises(ValueError, match=r"mask of W1 has shape \(2,\)"):
        Pruned(TwoLayerNet(6, 5, 3), {"W1": np.ones(2, bool)})
    assert not round_to_bits(np.zeros(3)).any()
