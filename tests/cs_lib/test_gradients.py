"""Numerical gradients, and what the check says about wrong ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.gradients import grad_check, numerical_gradient, one_sided_gradient, relative_error


def cubes(x):
    return (x**3).sum()


def test_central_differences_find_the_gradient_of_a_number():
    x = np.random.default_rng(0).standard_normal((2, 3))
    np.testing.assert_allclose(numerical_gradient(cubes, x), 3 * x**2, rtol=1e-8, atol=1e-9)


def test_central_differences_of_an_array_carry_the_upstream_gradient():
    rng = np.random.default_rng(0)
    x, W, upstream = rng.standard_normal((4, 3)), rng.standard_normal((3, 2)), rng.standard_normal((4, 2))
    at = torch.tensor(x, requires_grad=True)
    torch.tanh(at @ torch.tensor(W)).backward(torch.tensor(upstream))
    got = numerical_gradient(lambda x: np.tanh(x @ W), x, upstream)
    np.testing.assert_allclose(got, at.grad.numpy(), rtol=1e-7, atol=1e-9)


def test_lecture_one_sided_differences_are_minus_2_5_and_0_6_and_0():
    losses = {(1e-4, 0, 0): 1.25322, (0, 1e-4, 0): 1.25353, (0, 0, 1e-4): 1.25347, (0, 0, 0): 1.25347}
    W = np.array([0.34, -1.11, 0.78])
    got = one_sided_gradient(lambda w: losses[tuple(np.round(w - W, 6))], W, h=1e-4)
    np.testing.assert_allclose(got, [-2.5, 0.6, 0], atol=1e-9)


def test_central_differences_are_exact_to_a_higher_order_than_one_sided_ones():
    x = np.array([1.0])
    one_sided = abs(one_sided_gradient(cubes, x, h=1e-3) - 3)
    central = abs(numerical_gradient(cubes, x, h=1e-3) - 3)
    assert one_sided == pytest.approx(3e-3, rel=1e-2)
    assert central == pytest.approx(1e-6, rel=1e-2)


def test_the_input_is_not_modified_and_float32_is_differentiated_in_float64():
    x = np.array([1.0, 2.0], dtype=np.float32)
    before = x.copy()

    def greedy(at):
        assert at.dtype == np.float64
        at *= at
        return at.sum()

    np.testing.assert_allclose(numerical_gradient(greedy, x), [2, 4], rtol=1e-8)
    np.testing.assert_array_equal(x, before)


def test_a_function_may_return_the_same_buffer_each_time():
    buffer = np.empty(2)
    got = numerical_gradient(lambda x: np.multiply(x, 3, out=buffer), np.ones(2), upstream=np.ones(2))
    np.testing.assert_allclose(got, 3)


def test_a_number_is_a_point_too():
    assert numerical_gradient(lambda x: x**2, np.array(3.0)) == pytest.approx(6)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: numerical_gradient(lambda x: 2 * x, np.ones(3)), ValueError, "give upstream"),
        (
            lambda: numerical_gradient(lambda x: 2 * x, np.ones(3), np.ones((3, 1))),
            ValueError,
            r"f returned shape \(3,\), expected upstream's \(3, 1\)",
        ),
        (lambda: numerical_gradient(cubes, [1.0]), TypeError, "x is a list"),
        (lambda: numerical_gradient(cubes, np.array([np.nan])), ValueError, "x holds nan"),
        (lambda: numerical_gradient(cubes, np.ones(1), h=0), ValueError, "h is 0"),
        (lambda: relative_error(np.ones(3), np.ones((3, 1))), ValueError, "shapes differ"),
    ],
)
def test_bad_input_is_refused_with_a_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_relative_error_is_the_largest_of_all_elements():
    assert relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.2])) == pytest.approx(0.2 / 4.2)
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.zeros(0), np.zeros(0)) == 0
    assert np.isnan(relative_error(np.array([np.nan]), np.ones(1)))


def check_of(got, x=None):
    x = np.array([[1.0, 2.0], [3.0, 4.0]]) if x is None else x
    return grad_check(cubes, x, np.asarray(got, dtype=float))


def test_a_right_gradient_passes():
    report = check_of([[3, 12], [27, 48]])
    assert report
    assert report.error < 1e-8
    assert str(report).startswith("gradient agrees: relative error")


def test_a_wrong_element_is_found_and_shown_with_both_values():
    report = check_of([[3, 12], [20, 48]])
    assert not report
    assert report.index == (1, 0)
    assert report.error == pytest.approx(7 / 47)
    assert "worst of 4 elements: [1, 0]" in str(report)
    assert "got      20\n  expected 27  (central" in str(report)
    assert "1 of 4 elements are off by more than 1e-4" in str(report)


@pytest.mark.parametrize(
    ("got", "hint"),
    [
        ([[6, 24], [54, 96]], "it is 2 times what is expected everywhere"),
        ([[-3, -12], [-27, -48]], "it is -1 times what is expected everywhere"),
        ([[3, 12], [np.nan, 48]], "1 of its elements are not finite"),
        ([[3, 12]], r"it has shape (1, 2), expected that of x, (2, 2)"),
    ],
)
def test_the_report_says_the_likely_cause(got, hint):
    report = check_of(got)
    assert not report
    assert hint in str(report)


def test_a_kink_is_named_as_such():
    x = np.array([-1.0, 0.0, 2.0])
    report = grad_check(lambda x: np.maximum(0, x).sum(), x, (x > 0).astype(float))
    assert report.index == (1,)
    assert "f has a kink there (slope 0 before, 1 after)" in str(report)


def test_a_flat_place_is_not_taken_for_a_kink():
    assert "kink" not in str(grad_check(lambda x: (x**2).sum(), np.array([0.0]), np.array([5.0])))


def test_an_element_that_differences_cannot_resolve_does_not_fail_the_check():
    x = np.array([1e-9, 100.0])
    assert check_of(3 * x**2, x)
    assert not check_of(3 * x**2 + [0.1, 0], x)


def test_a_sample_of_a_large_array_is_checked():
    x = np.linspace(1, 2, 1000)
    report = grad_check(cubes, x, 3 * x**2, sample=10)
    assert report
    assert report.checked == 10


def test_an_empty_array_has_nothing_to_check():
    assert "nothing to check" in str(check_of(np.zeros((0, 3)), np.zeros((0, 3))))
