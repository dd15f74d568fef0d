"""What every layer keeps to, checked for each row of cases.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib import layers

from .cases import CASES, arrays_for
from .gradients import numerical_gradients, relative_error

each_layer = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
seeds = st.integers(0, 2**32 - 1)


def few(examples):
    return settings(max_examples=examples)


def run(case, call, arrays, seed=0):
    """(out, dout, gradients) of one forward and backward pass with a random upstream gradient."""
    out, cache = case.forward(*arrays, **call.options)
    dout = np.random.default_rng(seed + 1).standard_normal(out.shape).astype(out.dtype)
    return out, dout, as_tuple(case.backward(dout, cache))


def as_tuple(gradients):
    return (gradients,) if isinstance(gradients, np.ndarray) else gradients


def test_every_layer_has_a_row():
    exported = {name.replace("_forward", "") for name in layers.__all__ if "_forward" in name}
    assert {name.split()[0] for name in CASES} == exported


def test_every_forward_has_its_backward():
    for name in layers.__all__:
        assert name.replace("_forward", "_backward") in layers.__all__


@each_layer
@few(50)
@given(data=st.data(), seed=seeds)
def test_output_and_gradients_equal_those_of_torch(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed)
    out, dout, gradients = run(case, call, arrays, seed)

    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = case.oracle(*tensors, **call.options)
    expected_gradients = torch.autograd.grad(expected, tensors, torch.from_numpy(dout))

    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-10, strict=True)
    for gradient, wanted in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, wanted.numpy(), rtol=1e-9, atol=1e-10, strict=True)


@each_layer
@few(6)
@given(data=st.data(), seed=seeds)
def test_gradients_agree_with_central_differences(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed)
    _, dout, gradients = run(case, call, arrays, seed)
    numerical = numerical_gradients(lambda *a: case.forward(*a, **call.options)[0], arrays, dout)
    for gradient, wanted in zip(gradients, numerical, strict=True):
        assert relative_error(gradient, wanted) < 1e-6


@each_layer
@few(3)
@given(data=st.data(), seed=seeds)
def test_float32_in_gives_float32_out_with_nearly_the_same_numbers(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed, np.float32)
    out, dout, gradients = run(case, call, arrays, seed)
    assert {a.dtype for a in (out, *gradients)} == {np.dtype(np.float32)}

    precise, cache = case.forward(*[a.astype(np.float64) for a in arrays], **call.options)
    precise_gradients = as_tuple(case.backward(dout.astype(np.float64), cache))
    for rough, exact in zip((out, *gradients), (precise, *precise_gradients), strict=True):
        np.testing.assert_allclose(rough, exact, rtol=1e-3, atol=1e-3)


@each_layer
@few(3)
@given(data=st.data(), seed=seeds)
def test_no_array_that_comes_in_is_modified(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed)
    before = [a.copy() for a in arrays]
    out, cache = case.forward(*arrays, **call.options)
    dout = np.ones_like(out)
    for result in (out, *as_tuple(case.backward(dout, cache))):
        result[...] = 7  # nor do results share their memory with what came in
    np.testing.assert_array_equal(dout, 1)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)


@each_layer
@few(3)
@given(data=st.data(), seed=seeds)
def test_the_same_call_gives_the_same_result_and_a_cache_serves_twice(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed)
    first, cache = case.forward(*arrays, **call.options)
    second, _ = case.forward(*arrays, **call.options)
    np.testing.assert_array_equal(first, second)
    dout = np.ones_like(first)
    once, twice = (as_tuple(case.backward(dout, cache)) for _ in range(2))
    for a, b in zip(once, twice, strict=True):
        np.testing.assert_array_equal(a, b)


@each_layer
@few(3)
@given(data=st.data(), seed=seeds)
def test_arrays_with_gaps_and_other_orders_are_as_good_as_contiguous_ones(case, data, seed):
    call = data.draw(case.calls)
    arrays = arrays_for(call, seed)
    out, dout, gradients = run(case, call, arrays, seed)
    strided_out, cache = case.forward(*map(with_gaps, arrays), **call.options)
    strided_gradients = as_tuple(case.backward(with_gaps(dout), cache))
    for a, b in zip((out, *gradients), (strided_out, *strided_gradients), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10, strict=True)


def with_gaps(array):
    """The same numbers in Fortran order, with an unused element between each two."""
    wide = np.full(tuple(2 * n for n in array.shape), np.nan, order="F")
    wide[(slice(None, None, 2),) * array.ndim] = array
    return wide[(slice(None, None, 2),) * array.ndim]


@each_layer
@few(3)
@given(data=st.data(), seed=seeds)
def test_an_upstream_gradient_of_the_wrong_shape_is_refused(case, data, seed):
    call = data.draw(case.calls)
    out, cache = case.forward(*arrays_for(call, seed), **call.options)
    with pytest.raises(ValueError, match=r"dout has shape .* expected"):
        case.backward(np.ones((*out.shape, 1)), cache)
    with pytest.raises(TypeError, match="dout is a float"):
        case.backward(1.0, cache)
