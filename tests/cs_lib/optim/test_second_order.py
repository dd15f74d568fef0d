"""Newton's step and L-BFGS."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from cs_lib.optim import lbfgs, minimize_lbfgs, newton_step
from cs_lib.optim.landscapes import follow, valley


def test_lecture_a_newton_step_lands_in_the_minimum_of_a_quadratic():
    rng = np.random.default_rng(0)
    root, minimum, w = rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4)
    hessian = root @ root.T + np.eye(4)
    np.testing.assert_allclose(newton_step(w, hessian @ (w - minimum), hessian), minimum)


def test_lecture_newton_steps_double_the_digits_near_a_minimum():
    w, errors = np.array([1.0, 0.2]), []  # of sum(exp(w) - 2 w), whose minimum is at log 2
    for _ in range(5):
        w = newton_step(w, np.exp(w) - 2, np.diag(np.exp(w)))
        errors.append(np.abs(w - np.log(2)).max())
    assert errors[-1] < 1e-14
    assert all(after < before**2 + 1e-15 for before, after in pairwise(errors))


def test_lecture_a_newton_step_also_lands_on_saddle_points():
    w = np.array([3.0, -2.0])
    np.testing.assert_allclose(newton_step(w, np.array([2, -2]) * w, np.diag([2.0, -2.0])), [0, 0])


def test_lecture_a_hessian_has_N_squared_elements():
    N = 3 * 32 * 32 * 10  # a linear classifier of small images
    gigabytes = 4 * N**2 / 1e9  # in float32
    assert gigabytes == pytest.approx(3.8, abs=0.05)


@pytest.mark.parametrize(
    ("hessian", "message"),
    [
        (np.ones((2, 2)), "hessian is singular"),
        (np.ones((2, 3)), r"hessian has shape \(2, 3\), expected \(D, D\)"),
    ],
)
def test_a_hessian_that_does_not_fit_is_refused(hessian, message):
    with pytest.raises(ValueError, match=message):
        newton_step(np.ones(2), np.ones(2), hessian)


def test_lecture_lbfgs_is_good_on_full_batches_and_poor_on_noisy_gradients():
    start, steps = np.ones(2), 30
    exact = follow(lbfgs, valley(100), start, steps)
    assert np.abs(exact[-1]).max() < 1e-10
    noisy = [follow(lbfgs, valley(100), start, steps, noise=1.0, seed=seed)[-10:] for seed in range(5)]
    losses = [valley(100)(w)[0] for path in noisy for w in path]
    assert np.median(losses) > 1e-2


def test_lbfgs_keeps_no_more_than_its_history():
    w, config = np.ones(5), {"history_size": 3, "learning_rate": 0.1}
    for _ in range(10):
        w, config = lbfgs(w, w**3 + w, config)
    assert len(config["steps"]) == len(config["changes"]) == 3


def test_lbfgs_stays_where_the_gradient_is_zero():
    w, config = np.ones(2), None
    for _ in range(3):
        w, config = lbfgs(w, np.zeros(2), config)
    np.testing.assert_array_equal(w, np.ones(2))


def test_minimising_with_a_line_search_finds_rosenbrocks_minimum():
    start = np.array([[-1.2, 1.0], [0.5, -0.5]])  # any shape
    before = start.copy()
    w, losses = minimize_lbfgs(lambda w: (rosen(w.ravel()), rosen_der(w.ravel()).reshape(w.shape)), start)
    np.testing.assert_allclose(w, np.ones((2, 2)), atol=1e-3)
    assert all(later <= earlier for earlier, later in pairwise(losses))
    np.testing.assert_array_equal(start, before)


def test_minimising_keeps_float32_and_stops_after_max_iter():
    w, losses = minimize_lbfgs(valley(1000), np.ones(2, dtype=np.float32), max_iter=2)
    assert w.dtype == np.float32
    assert len(losses) == 2


def test_minimising_refuses_a_bad_start():
    with pytest.raises(ValueError, match=r"w holds nan at \(0,\)"):
        minimize_lbfgs(valley(10), np.array([np.nan, 1]))
