"""The small losses have the gradients that they say, and the path starts at the start."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.gradients import grad_check
from cs_lib.optim import sgd
from cs_lib.optim.landscapes import follow, saddle, valley


@pytest.mark.parametrize("landscape", [valley(1), valley(50), saddle])
def test_gradients_agree_with_finite_differences(landscape):
    w = np.array([0.7, -1.3])
    report = grad_check(lambda w: landscape(w)[0], w, landscape(w)[1])
    assert report, report


def test_a_path_has_the_start_and_every_step_and_repeats_by_its_seed():
    paths = [follow(sgd, saddle, [1, 2], 5, noise=1, seed=3, learning_rate=0.1) for _ in range(2)]
    assert paths[0].shape == (6, 2)
    np.testing.assert_array_equal(paths[0][0], [1, 2])
    np.testing.assert_array_equal(*paths)


def test_a_condition_number_is_at_least_1():
    with pytest.raises(ValueError, match=r"condition is 0.5, expected at least 1"):
        valley(0.5)
