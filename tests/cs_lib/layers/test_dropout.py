"""Dropout and its relatives: what is left out, what the average is, what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cs_lib.layers import (
    dropconnect_forward,
    dropout_backward,
    dropout_forward,
    stochastic_depth_backward,
    stochastic_depth_forward,
    survival_probability,
    vanilla_dropout_forward,
)

CALLS = {
    "dropout": lambda param: dropout_forward(np.ones((2, 3)), param),
    "vanilla_dropout": lambda param: vanilla_dropout_forward(np.ones((2, 3)), param),
    "dropconnect": lambda param: dropconnect_forward(np.ones((2, 3)), np.ones((3, 4)), np.ones(4), param),
    "stochastic_depth": lambda param: stochastic_depth_forward(np.ones(2), np.ones(2), param),
}
each_kind = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def train(p, **more):
    return {"mode": "train", "p": p, **more}


@pytest.mark.parametrize("p", [0.25, 0.4, 0.7])
def test_p_is_the_share_that_is_kept(p):
    out, _ = dropout_forward(np.ones((500, 500)), train(p, seed=0))
    assert (out != 0).mean() == pytest.approx(p, abs=0.005)


@pytest.mark.parametrize("p", [0.25, 0.4, 0.7])
def test_inverted_dropout_divides_by_p_in_training_and_does_nothing_in_test(p):
    x = np.random.default_rng(0).uniform(1, 2, (6, 5))
    out, _ = dropout_forward(x, train(p, seed=1))
    np.testing.assert_allclose(out[out != 0], (x / p)[out != 0])
    np.testing.assert_array_equal(dropout_forward(x, {"mode": "test", "p": p})[0], x)


def test_vanilla_dropout_does_not_scale_in_training_and_multiplies_by_p_in_test():
    x = np.random.default_rng(0).uniform(1, 2, (6, 5))
    out, _ = vanilla_dropout_forward(x, train(0.4, seed=1))
    np.testing.assert_array_equal(out[out != 0], x[out != 0])
    np.testing.assert_allclose(vanilla_dropout_forward(x, {"mode": "test", "p": 0.4})[0], 0.4 * x)


@pytest.mark.parametrize("forward", [dropout_forward, vanilla_dropout_forward])
def test_monte_carlo_average_over_masks_comes_to_the_output_in_test_mode(forward):
    x = np.random.default_rng(0).standard_normal(6)
    masked, _ = forward(np.tile(x, (20_000, 1)), train(0.7, seed=1))
    np.testing.assert_allclose(masked.mean(axis=0), forward(x, {"mode": "test", "p": 0.7})[0], atol=0.02)


def test_ensemble_view_mean_over_all_sixteen_masks_of_four_units():
    # At p = 1/2 each of the 2^4 thinned nets is as likely: their mean is the whole net with x / 2.
    x, w = np.array([1.0, -2, 3, 5]), np.array([0.5, 1, -1, 2])
    nets = [(x * mask) @ w for mask in itertools.product([0, 1], repeat=4)]
    out, _ = vanilla_dropout_forward(x, {"mode": "test", "p": 0.5})
    assert out @ w == pytest.approx(np.mean(nets))


def test_each_element_has_its_own_draw_in_any_number_of_axes():
    out, _ = dropout_forward(np.ones((4, 5, 6, 7)), train(0.5, seed=0))
    for axis in range(4):
        assert (out.min(axis=axis) != out.max(axis=axis)).any()


def test_backward_stops_where_forward_dropped():
    out, cache = dropout_forward(np.ones((20, 20)), train(0.5, seed=0))
    np.testing.assert_array_equal(dropout_backward(np.ones((20, 20)), cache), out)


@each_kind
def test_a_seed_repeats_the_draw_and_a_generator_moves_on(call):
    np.testing.assert_array_equal(call(train(0.5, seed=3))[0], call(train(0.5, seed=3))[0])
    rngs = np.random.default_rng(0), np.random.default_rng(0)
    first, second = ([call(train(0.5, rng=rng))[0] for _ in range(20)] for rng in rngs)
    np.testing.assert_array_equal(first, second)
    assert any((out != first[0]).any() for out in first)


@each_kind
def test_nothing_is_left_out_at_p_1(call):
    np.testing.assert_array_equal(call(train(1))[0], call({"mode": "test", "p": 1})[0])


@each_kind
@pytest.mark.parametrize("p", [0, -0.1, 1.5, float("nan"), None])
def test_p_outside_0_to_1_is_refused(call, p):
    with pytest.raises(ValueError, match=r"\['p'\] is .*, expected a probability of keeping in \(0, 1\]"):
        call(train(p))


@each_kind
@pytest.mark.parametrize("mode", ["Train", None])
def test_an_unknown_mode_is_refused(call, mode):
    with pytest.raises(ValueError, match=r"\['mode'\] is .*, expected one of 'train', 'test'"):
        call({"mode": mode, "p": 0.5})


def test_a_probability_from_numpy_does_not_change_float32():
    out, _ = dropout_forward(np.ones((2, 2), np.float32), train(np.float64(0.5), seed=0))
    assert out.dtype == np.float32


def test_dropconnect_drops_weights_for_the_whole_batch_and_no_biases():
    out, _ = dropconnect_forward(np.eye(30), np.ones((30, 40)), np.full(40, 7.0), train(0.25, seed=0))
    assert set(np.unique(out)) == {7.0, 7 + 1 / 0.25}


def test_stochastic_depth_keeps_a_block_or_skips_it_as_a_whole():
    x, branch = np.ones((3, 4)), np.full((3, 4), 10.0)
    outs = [stochastic_depth_forward(x, branch, train(0.8, seed=seed))[0] for seed in range(200)]
    assert {tuple(np.unique(out)) for out in outs} == {(1.0,), (11.0,)}
    assert np.mean([out[0, 0] == 11 for out in outs]) == pytest.approx(0.8, abs=0.07)


def test_stochastic_depth_counts_the_block_by_p_in_test():
    out, cache = stochastic_depth_forward(np.ones(2), np.full(2, 10.0), {"mode": "test", "p": 0.8})
    np.testing.assert_allclose(out, 9)
    np.testing.assert_allclose(stochastic_depth_backward(np.ones(2), cache), [[1, 1], [0.8, 0.8]])


def test_stochastic_depth_refuses_a_branch_of_another_shape():
    with pytest.raises(ValueError, match=r"branch has shape \(3,\), expected \(2,\)"):
        stochastic_depth_forward(np.ones(2), np.ones(3), train(0.5))


def test_survival_falls_linearly_to_a_half_at_the_last_of_54_blocks():
    assert survival_probability(54, 54) == 0.5
    assert survival_probability(27, 54) == 0.75
    # Huang et al. 2016: with 54 blocks about three quarters of them, some 40, are active on average.
    assert sum(survival_probability(block, 54) for block in range(1, 55)) == pytest.approx(40, abs=0.5)
