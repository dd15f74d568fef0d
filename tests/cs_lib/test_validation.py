"""Checks of arguments say what is wrong, where, and what was expected."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cs_lib import validation
from cs_lib.validation import (
    as_floats,
    expect_between,
    expect_choice,
    expect_labels,
    expect_positive,
    expect_shapes,
)


def test_shapes_that_fit_give_the_size_of_each_letter():
    x, w, b = np.ones((5, 4)), np.ones((4, 3)), np.ones(3)
    assert expect_shapes(x=(x, "N D"), w=(w, "D M"), b=(b, "M")) == {"N": 5, "D": 4, "M": 3}
    assert expect_shapes(image=(np.ones((2, 7, 32, 32)), "... 32 W")) == {"W": 32}


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"x": (np.ones(3), "N D")}, ValueError, r"x has shape \(3,\), expected \(N, D\)$"),
        ({"y": (np.ones((3, 1)), "N")}, ValueError, r"y has shape \(3, 1\), expected \(N,\)$"),
        ({"x": (np.ones((2, 4)), "N 3")}, ValueError, r"x has shape \(2, 4\), expected \(N, 3\)$"),
        ({"x": (np.ones(1), "... H W")}, ValueError, r"x has shape \(1,\), expected \(..., H, W\)$"),
        (
            {"x": (np.ones((5, 4)), "N D"), "w": (np.ones((3, 2)), "D M")},
            ValueError,
            r"w has shape \(3, 2\), expected \(D, M\) with D=4 as in x$",
        ),
        ({"x": ([1.0], "N")}, TypeError, "x is a list, expected a NumPy array or a tensor$"),
        ({"x": (torch.ones(1, 2), "N")}, ValueError, r"x has shape \(1, 2\), expected \(N,\)$"),
        ({"x": (torch.ones(2), "3")}, ValueError, r"x has shape \(2,\), expected \(3,\)$"),
    ],
)
def test_a_shape_that_does_not_fit_is_named_with_what_it_disagrees_with(arrays, error, message):
    with pytest.raises(error, match=message):
        expect_shapes(**arrays)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([0, 3], ValueError, "y holds labels from 0 to 3, expected 0 to 2 for 3 classes"),
        ([-1, 0], ValueError, "y holds labels from -1 to 0"),
        ([0.0, np.nan], TypeError, "y holds float64, expected integer class labels"),
        ([True, False], TypeError, "y holds bool"),
    ],
)
def test_labels_are_whole_numbers_below_the_number_of_classes(y, error, message):
    with pytest.raises(error, match=message):
        expect_labels(np.array(y), 3)
    expect_labels(np.array([0, 2], np.uint8), 3)
    expect_labels(np.array([], int), 3)


def test_a_choice_that_there_is_not_is_answered_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"mode is 'tset', expected one of 'train', 'test'"):
        expect_choice("mode", "tset", ("train", "test"))
    expect_choice("mode", "test", ("train", "test"))


@pytest.mark.parametrize("value", [0, -1, np.nan])
def test_a_number_that_is_not_above_zero_is_named(value):
    with pytest.raises(ValueError, match=f"k is {value}, expected a number above 0"):
        expect_positive(reg=1, k=value)


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


def test_it_needs_nothing_but_numpy_because_learners_are_given_the_file_alone():
    tree = ast.parse(Path(validation.__file__).read_text())
    froms = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imports | froms <= {"numpy", *sys.stdlib_module_names}
