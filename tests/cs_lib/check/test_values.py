"""Plain data survives the way to a test and back; everything else becomes a handle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.check.values import MAX_DEPTH, Handle, describe, from_plain, preview, shorten, to_plain, type_name

atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain_data = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


def never(_):
    raise AssertionError("nothing here needs a handle")


@given(plain_data)
@settings(max_examples=50)
def test_plain_data_comes_back_as_it_was(value):
    copy = from_plain(to_plain(value, never), never)
    assert copy == value
    assert type(copy) is type(value)


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint64", "float16", "float32", "float64", "complex128", ">f8"]
)
def test_arrays_of_ordinary_numbers_are_copied_in_native_byte_order(dtype):
    array = np.array([[0, 1], [1, 0]], dtype=dtype)
    copy = to_plain(array, never)
    assert np.array_equal(copy, array)
    assert copy.dtype == array.dtype.newbyteorder("=")
    assert not np.shares_memory(copy, array)


class Liar:
    """Claims to be equal to everything."""

    def __eq__(self, other):
        return True

    __hash__ = None


class ListOfMine(list):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Liar(),
        ListOfMine([1]),
        np.array([None]),
        np.array(["a"]),
        np.ma.array([1.0]),
        {(1, 2): 3},
        {1, 2},
        ...,
    ],
)
def test_everything_else_stays_where_it_is(value):
    assert to_plain(value, lambda kept: Handle(7, type(kept).__name__)) == Handle(7, type(value).__name__)


def test_a_list_inside_itself_ends_in_a_handle():
    endless: list = []
    endless.append(endless)
    plain = to_plain(endless, lambda kept: Handle(0, "list"))
    for _ in range(MAX_DEPTH):
        plain = plain[0]
    assert plain == Handle(0, "list")


def test_tensors_are_cut_off_from_their_graph():
    import torch

    weight = torch.nn.Parameter(torch.ones(2))
    copy = to_plain(weight * 2, never)
    assert not copy.requires_grad
    assert describe(copy) == "a tensor of shape (2,), float32"


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (np.zeros((3, 4)), "an array of shape (3, 4), float64"),
        (np.float32(2.5), "the number 2.5"),
        (7, "the number 7"),
        (None, "None"),
        (True, "True"),
        ("yes", "'yes'"),
        ((1, 2), "a tuple of 2"),
        (Handle(1, "DataFrame"), "an object of type DataFrame"),
    ],
)
def test_a_message_names_what_a_value_is(value, phrase):
    assert describe(value) == phrase


def test_a_preview_shows_numbers_as_a_learner_writes_them():
    assert preview([np.float64(1.5), np.int64(3)]) == "[1.5, 3]"
    assert preview(np.array([1 / 3, 2.0])) == "[0.33333, 2.     ]"
    assert preview(np.int64(3)) == "3"


def test_a_preview_of_something_long_is_cut_and_marked():
    assert len(preview(np.random.default_rng(0).random((100, 100)))) <= 300
    assert shorten("a" * 400).endswith("…")


def test_the_type_of_a_handle_is_that_of_its_object():
    assert type_name(Handle(1, "Cache")) == "Cache"
    assert type_name(...) == "ellipsis"
