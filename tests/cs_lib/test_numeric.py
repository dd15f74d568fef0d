"""Checks on numbers say what is wrong and where."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.numeric import as_floats, expect_between


@pytest.mark.parametrize(
    ("dtype", "result"), [(np.float32, np.float32), (np.float64, np.float64), (np.int8, np.float64)]
)
def test_floats_keep_their_dtype_and_whole_numbers_become_float64(dtype, result):
    assert as_floats("x", np.ones(3, dtype=dtype)).dtype == result


def test_what_is_not_an_array_of_real_numbers_is_refused():
    with pytest.raises(TypeError, match="x is a list, expected a NumPy array"):
        as_floats("x", [1.0])
    with pytest.raises(TypeError, match="x holds complex128, expected real numbers"):
        as_floats("x", np.array([1j]))


def test_the_first_element_that_is_not_finite_is_named():
    x = np.ones((2, 3))
    x[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"x holds nan at \(1, 2\), expected finite numbers"):
        as_floats("x", x, finite=True)
    assert np.isnan(as_floats("x", x)[1, 2])


@pytest.mark.parametrize(
    ("limits", "value", "message"),
    [
        ((0,), -1, "rate is -1, expected at least 0"),
        ((0, 1), 1, "rate is 1, expected from 0 to under 1"),
        ((0,), np.nan, "rate is nan"),
        ((0,), np.inf, "rate is inf"),
    ],
)
def test_a_number_out_of_range_is_named_with_its_range(limits, value, message):
    with pytest.raises(ValueError, match=message):
        expect_between(*limits, rate=value)
    expect_between(*limits, rate=0.5)
