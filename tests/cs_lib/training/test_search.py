from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_lib.training import EdgeWarning, coarse_to_fine, grid_search, log_uniform, random_search, uniform
from cs_lib.training.search import COARSE, FINE

# Where a search only needs some score, its best may lie anywhere.
pytestmark = pytest.mark.filterwarnings("ignore::cs_lib.training.EdgeWarning")


def drawn(space, tries=2000):
    search = random_search(lambda **config: 0.0, space, tries, seed=0)
    return {name: np.array([trial.config[name] for trial in search.trials]) for name in space}


@pytest.mark.parametrize(
    ("space", "learning_rate", "reg"), [(COARSE, (-6, -3), (-5, 5)), (FINE, (-4, -3), (-4, 0))]
)
def test_coarse_range_is_lr_10_to_minus_6_to_3_reg_10_to_minus_5_to_5_and_fine_within(
    space, learning_rate, reg
):
    for name, (low, high) in (("learning_rate", learning_rate), ("reg", reg)):
        exponents = np.log10(drawn(space)[name])
        assert low <= exponents.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < exponents.max() <= high
        quarters = np.histogram(exponents, 4, (low, high))[0]
        assert (np.abs(quarters - 500) < 100).all()  # each power of ten as often as the others


def test_uniform_draws_numbers_evenly_and_a_sequence_is_a_choice():
    values = drawn({"width": uniform(10, 30), "rule": ["sgd", "adam"]})
    assert abs(values["width"].mean() - 20) < 0.5
    assert values["width"].min() >= 10
    assert abs(np.mean(values["rule"] == "adam") - 0.5) < 0.05


def test_random_search_beats_grid_search_where_only_one_hyperparameter_matters():
    space = {"important": uniform(0, 1), "unimportant": uniform(0, 1)}

    def run(important, unimportant, peak):
        return math.exp(-(((important - peak) / 0.1) ** 2)) + 0.01 * unimportant

    better = 0
    for seed in range(100):
        peak = np.random.default_rng(seed).random()

        def score(important, unimportant, peak=peak):
            return run(important, unimportant, peak)

        grid, random = grid_search(score, space, 3), random_search(score, space, 9, seed=seed)
        assert len(grid.trials) == len(random.trials) == 9
        assert len({trial.config["important"] for trial in grid.trials}) == 3
        assert len({trial.config["important"] for trial in random.trials}) == 9
        better += random.best.score > grid.best.score
    assert better >= 60


def test_a_best_value_at_the_edge_of_its_range_is_a_warning():
    space = {"learning_rate": log_uniform(1e-6, 1e-3), "reg": log_uniform(1e-5, 1e5)}

    def score(learning_rate, reg):
        return 10 * math.log(learning_rate) - abs(math.log(reg))

    with pytest.warns(
        EdgeWarning, match=r"best learning_rate, .* at the high end of its range \(1e-06 to 0.001\)"
    ):
        search = random_search(score, space, 300, seed=0)
    assert search.at_edge() == {"learning_rate": "high"}


def test_an_edge_of_a_grid_is_its_first_or_last_point():
    def score(a, b):
        return -abs(a - 1) - abs(b)

    space = {"a": uniform(1, 5), "b": uniform(-2, 2)}
    with pytest.warns(EdgeWarning, match="best a, 1, lies at the low end"):
        assert grid_search(score, space, 5).at_edge() == {"a": "low"}


def test_no_edge_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grid_search(lambda a, rule: -(a**2), {"a": uniform(-1, 1), "rule": ["x", "y"]}, 3)


def test_a_grid_is_every_combination_of_evenly_spaced_values():
    search = grid_search(lambda **_: 0.0, {"a": log_uniform(1e-4, 1), "b": (True, False)}, {"a": 3})
    configs = [(round(trial.config["a"], 9), trial.config["b"]) for trial in search.trials]
    assert configs == [(a, b) for a in (1e-4, 1e-2, 1.0) for b in (True, False)]


def test_coarse_to_fine_closes_in_on_the_best():
    def score(learning_rate):
        return -abs(math.log10(learning_rate) + 3.7)

    coarse, middle, fine = coarse_to_fine(
        score, {"learning_rate": log_uniform(1e-6, 1e-1)}, (6, 6, 6), seed=0
    )
    assert fine.best.score > coarse.best.score
    ranges = [each.space["learning_rate"] for each in (coarse, middle, fine)]
    for outer, inner in pairwise(ranges):
        assert math.log(inner.high / inner.low) == pytest.approx(math.log(outer.high / outer.low) / 3)
        assert outer.low * 0.999 <= inner.low < inner.high <= outer.high * 1.001


@given(st.floats(1e-6, 1e3), st.floats(1.5, 1e6), st.floats(0, 1), st.booleans())
def test_share_undoes_at_and_ranges_around_stay_inside(low, factor, share, log):
    whole = (log_uniform if log else uniform)(low, low * factor)
    value = whole.at(share)
    assert whole.share(value) == pytest.approx(share, abs=1e-6)
    part = whole.around(value, 0.25)
    assert whole.low * (1 - 1e-9) <= part.low <= value * (1 + 1e-9)
    assert value * (1 - 1e-9) <= part.high <= whole.high * (1 + 1e-9)


def test_a_run_that_diverged_scores_worst():
    search = grid_search(lambda a: math.nan if a < 2 else -a, {"a": uniform(1, 5)}, 5)
    assert search.best.config == {"a": 2.0}


def test_the_same_seed_gives_the_same_trials():
    one, same, other = (random_search(lambda **_: 0.0, COARSE, 5, seed=seed) for seed in (0, 0, 1))
    assert one.trials == same.trials != other.trials


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: log_uniform(0, 1), "from 0 to 1, expected finite 0 < low < high"),
        (lambda: uniform(2, 1), "from 2 to 1, expected finite low < high"),
        (lambda: random_search(len, {}, 3), "space is empty"),
        (lambda: grid_search(len, {"a": []}, 3), "nothing to choose from for a"),
        (lambda: random_search(len, COARSE, 0), "tries is 0"),
    ],
)
def test_bad_spaces_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
