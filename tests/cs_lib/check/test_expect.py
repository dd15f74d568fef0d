"""Type, then shape, then finiteness, then values: each comparison says which one failed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cs_lib.check import CheckFailed, expect
from cs_lib.check.values import Handle

ROW = np.array([1.0, 2.0, 3.0])


def failure(check, *args, **kwargs) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        check(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize(
    "got",
    [ROW, ROW.astype(np.float32), [1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3]), ROW + 1e-9],
    ids=["array", "float32", "list", "tuple", "integers", "rounding"],
)
def test_the_same_numbers_pass_in_any_ordinary_form(got):
    expect.close(got, ROW)


@pytest.mark.parametrize(
    ("got", "status", "words"),
    [
        (None, "wrong_type", "None, expected an array of shape (3,)"),
        ("1 2 3", "wrong_type", "'1 2 3'"),
        ([1, [2, 3]], "wrong_type", "a list of 2"),
        (Handle(1, "DataFrame"), "wrong_type", "an object of type DataFrame"),
        (ROW + 1j, "wrong_type", "complex"),
        (Handle(1, "ellipsis"), "not_answered", "replace the placeholder"),
        (ROW[:2], "wrong_shape", "shape (2,), expected (3,)"),
        (np.array([1.0, np.nan, 3.0]), "not_finite", "nan at [1], expected the finite number 2"),
        (np.array([1.0, 2.0, np.inf]), "not_finite", "inf at [2]"),
        (np.array([1.0, 2.5, 3.0]), "wrong_value", "is 2.5 at [1], expected 2 (1 of 3 numbers are off)"),
        (10**400, "wrong_type", "expected an array"),
    ],
)
def test_a_failure_says_what_came_and_what_was_expected(got, status, words):
    found = failure(expect.close, got, ROW)
    assert found.status == status
    assert words in found.message
    assert found.credit == 0


def test_the_worst_number_is_the_one_that_is_named():
    assert "is 9 at [0, 1], expected 2" in failure(expect.close, [[1, 9], [3, 5]], [[1, 2], [3, 4]]).message


def test_a_scalar_is_not_an_array_of_one():
    assert failure(expect.close, np.array([2.0]), 2.0).status == "values_right_shape_wrong"


@pytest.mark.parametrize("got", [ROW[:, None], ROW[None]], ids=["column", "row"])
def test_right_values_with_an_extra_axis_earn_half(got):
    found = failure(expect.close, got, ROW)
    assert (found.status, found.credit) == ("values_right_shape_wrong", 0.5)


def test_a_transpose_is_no_mere_nit():
    table = np.arange(6.0).reshape(2, 3)
    found = failure(expect.close, table.T, table)
    assert (found.status, found.credit) == ("wrong_shape", 0)
    assert "transposed" in found.message


def test_float32_is_compared_with_the_tolerance_of_float32():
    expect.close(np.float32(1.0001), 1.0)
    assert failure(expect.close, np.float64(1.0001), 1.0).status == "wrong_value"
    assert failure(expect.close, np.float32(1.001), 1.0).status == "wrong_value"


def test_expected_infinity_has_to_come_back_as_infinity():
    expect.close([1.0, np.inf], [1.0, np.inf])
    assert failure(expect.close, [1.0, 2.0], [1.0, np.inf]).status == "wrong_value"


def test_tensors_are_compared_like_arrays():
    import torch

    expect.close(torch.tensor([1.0, 2.0, 3.0]), ROW)
    expect.close(ROW, torch.tensor([1.0, 2.0, 3.0], requires_grad=True))
    expect.close(torch.tensor([1.0, 2.0, 3.0], dtype=torch.bfloat16), ROW)
    leaf = torch.ones(2, requires_grad=True)
    expect.unchanged(leaf, leaf.detach().clone(), "x")
    assert failure(expect.unchanged, leaf, torch.zeros(2), "x").status == "input_changed"


def test_booleans_can_be_compared_as_numbers():
    assert failure(expect.close, np.array([True]), np.array([False])).status == "wrong_value"


floats = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e6, 1e6))


@given(floats)
def test_any_array_is_close_to_itself_and_not_to_itself_plus_one(array):
    expect.close(array, array)
    assert expect.relative_error(array, array) == 0
    assert failure(expect.close, array + 1 + abs(array), array).status == "wrong_value"


def test_the_relative_error_is_the_lectures_formula():
    """|a - b| / max(|a| + |b|, 1e-8), the largest over all elements."""
    assert expect.relative_error([1.0, 3.0], [1.0, 1.0]) == 0.5
    assert expect.relative_error([0.0], [0.0]) == 0.0
    assert expect.relative_error([1e-9], [0.0]) == pytest.approx(0.1)
    assert expect.relative_error([], []) == 0.0


@pytest.mark.parametrize(
    ("got", "wanted"),
    [(1, 1), (np.int64(1), 1), ([1, 2], [1, 2]), ([1.0, 2.0], [1, 2]), (np.True_, True), ("a", "a")],
)
def test_equal_things_are_equal(got, wanted):
    expect.equal(got, wanted)


@pytest.mark.parametrize(
    ("got", "wanted", "status"),
    [
        ([1, 3], [1, 2], "wrong_value"),
        ("b", "a", "wrong_value"),
        (1, True, "wrong_value"),
        (0, None, "wrong_value"),
        ([1], [1, 2], "wrong_shape"),
        (None, [1, 2], "wrong_type"),
        (Handle(1, "ellipsis"), "a", "not_answered"),
    ],
)
def test_other_things_are_not(got, wanted, status):
    assert failure(expect.equal, got, wanted).status == status


def test_only_shapes_or_dtypes_can_be_asked_for():
    expect.shape(np.ones((2, 3)), (2, 3))
    assert failure(expect.shape, np.ones((3, 2)), (2, 3)).status == "wrong_shape"
    expect.dtype(np.ones(2, np.float32), np.float32)
    found = failure(expect.dtype, np.ones(2), np.float32)
    assert (found.status, found.expected, found.got) == ("wrong_type", "float32", "float64")


def test_a_tensor_of_a_dtype_can_be_asked_for():
    import torch

    expect.dtype(torch.ones(2), "torch.float32")
    found = failure(expect.dtype, np.ones(2, np.float32), "torch.float32", "z")
    assert found.message == "z is an array of shape (2,), float32, expected a tensor of dtype float32."
    assert failure(expect.dtype, torch.ones(2).double(), torch.float32).status == "wrong_type"


def test_labels_are_whole_numbers():
    expect.whole_numbers(np.array([1, 2]))
    assert failure(expect.whole_numbers, np.array([1.0, 2.0])).status == "wrong_type"
    assert failure(expect.whole_numbers, [1, 2]).status == "wrong_type"


def test_a_bound_holds_or_not():
    expect.at_least(0.5, 0.4)
    assert (
        failure(expect.at_least, 0.3, 0.4, "The accuracy").message
        == "The accuracy is 0.3, expected at least 0.4."
    )
    assert failure(expect.at_least, np.nan, 0.4).status == "wrong_value"


@pytest.mark.parametrize("placeholder", [None, Handle(1, "ellipsis")])
@pytest.mark.parametrize("check", [expect.a_number, expect.answered, lambda got: expect.one_of(got, ("a",))])
def test_a_placeholder_is_no_answer(check, placeholder):
    assert failure(check, placeholder).status == "not_answered"


def test_an_answer_is_one_of_the_choices_or_one_number():
    expect.one_of("L1", ("L1", "L2"))
    found = failure(expect.one_of, "L3", ("L1", "L2"))
    assert (found.status, found.expected) == ("wrong_type", "one of 'L1', 'L2'")
    expect.a_number(2)
    assert failure(expect.a_number, [1.0]).status == "wrong_type"
    assert failure(expect.a_number, True).status == "wrong_type"


def test_changed_arguments_and_conditions_are_named():
    expect.unchanged(ROW, ROW.copy(), "x")
    assert "changed x" in failure(expect.unchanged, ROW, ROW + 1, "x").message
    expect.true(True, "fine")
    assert failure(expect.true, False, "not so", status="input_changed").status == "input_changed"
