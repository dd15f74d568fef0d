"""Pooling: against torch, finite differences and the lectures' numbers; overlaps, ties and negatives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.gradients import grad_check
from cs_lib.layers.pooling import (
    avg_pool_backward,
    avg_pool_forward,
    global_avg_pool_backward,
    global_avg_pool_forward,
    max_pool_backward_fast,
    max_pool_backward_naive,
    max_pool_forward_fast,
    max_pool_forward_naive,
)

SOON = settings(max_examples=60)
MAX = {
    "naive": (max_pool_forward_naive, max_pool_backward_naive),
    "fast": (max_pool_forward_fast, max_pool_backward_fast),
}
POOLS = MAX | {"average": (avg_pool_forward, avg_pool_backward)}
TORCH = dict.fromkeys(MAX, torch.nn.functional.max_pool2d) | {"average": torch.nn.functional.avg_pool2d}
TWO_BY_TWO = {"pool_height": 2, "pool_width": 2, "stride": 2}
rng = np.random.default_rng(17)


@st.composite
def pools(draw):
    """(x, pool_param): windows of any form that overlap, touch or leave gaps; no two elements alike."""
    whole = st.integers
    window, stride = draw(st.tuples(whole(1, 3), whole(1, 4))), draw(st.tuples(whole(1, 3), whole(1, 3)))
    shape = (*draw(st.tuples(whole(1, 2), whole(1, 3))), *(k + draw(whole(0, 4)) for k in window))
    values = np.random.default_rng(draw(whole(0, 2**32 - 1))).permutation(np.prod(shape))
    pool_param = {"pool_height": window[0], "pool_width": window[1], "stride": stride}
    return 0.1 * values.reshape(shape) - 2.0, pool_param


@pytest.mark.parametrize("name", POOLS)
@given(case=pools())
@SOON
def test_output_and_gradient_equal_torch(name, case):
    x, pool_param = case
    forward, backward = POOLS[name]
    leaf = torch.from_numpy(x).requires_grad_()
    window = (pool_param["pool_height"], pool_param["pool_width"])
    expected = TORCH[name](leaf, window, pool_param["stride"])
    out, cache = forward(x, pool_param)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    (wanted,) = torch.autograd.grad(expected, leaf, torch.from_numpy(dout))
    np.testing.assert_allclose(backward(dout, cache), wanted.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", POOLS)
@given(case=pools())
@SOON
def test_gradient_equals_central_differences(name, case):
    x, pool_param = case
    forward, backward = POOLS[name]
    out, cache = forward(x, pool_param)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    dx = backward(dout, cache)
    report = grad_check(lambda x: forward(x, pool_param)[0], x, dx, dout, sample=20, h=1e-3)
    assert report, report


@pytest.mark.parametrize("name", MAX)
def test_lecture_2x2_max_pool_at_stride_2_gives_6_8_3_4_and_backprop_goes_to_the_argmax(name):
    forward, backward = MAX[name]
    x = np.array([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]).reshape(1, 1, 4, 4)
    out, cache = forward(x, TWO_BY_TWO)
    np.testing.assert_array_equal(out[0, 0], [[6, 8], [3, 4]])
    dx = backward(np.array([[10.0, 20], [30, 40]]).reshape(1, 1, 2, 2), cache)
    np.testing.assert_array_equal(dx[0, 0], [[0, 0, 0, 0], [0, 10, 0, 20], [30, 0, 0, 0], [0, 0, 0, 40]])


@pytest.mark.parametrize("name", MAX)
def test_of_several_maxima_the_first_in_reading_order_takes_the_gradient(name):
    forward, backward = MAX[name]
    x = np.array([[1.0, 3, 2, 2], [3, 3, 2, 2]]).reshape(1, 1, 2, 4)
    out, cache = forward(x, TWO_BY_TWO)
    dx = backward(np.ones_like(out), cache)
    np.testing.assert_array_equal(dx[0, 0], [[0, 1, 1, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize("name", MAX)
def test_an_element_that_wins_in_overlapping_windows_collects_all_their_gradients(name):
    forward, backward = MAX[name]
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 5
    out, cache = forward(x, {"pool_height": 2, "pool_width": 2, "stride": 1})
    dx = backward(np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2), cache)
    np.testing.assert_array_equal(out, np.full((1, 1, 2, 2), 5.0))
    assert dx[0, 0, 1, 1] == 10
    assert dx.sum() == 10


@pytest.mark.parametrize("name", MAX)
def test_a_window_of_negative_numbers_has_a_negative_maximum(name):
    out, _ = MAX[name][0](-1 - np.arange(16.0).reshape(1, 1, 4, 4), TWO_BY_TWO)
    np.testing.assert_array_equal(out[0, 0], [[-1, -3], [-9, -11]])


@pytest.mark.parametrize("name", POOLS)
def test_what_no_window_covers_is_left_out_and_gets_no_gradient(name):
    forward, backward = POOLS[name]
    x = rng.standard_normal((2, 3, 5, 7))
    out, cache = forward(x, TWO_BY_TWO)
    np.testing.assert_array_equal(out, forward(x[:, :, :4, :6], TWO_BY_TWO)[0])
    dx = backward(np.ones_like(out), cache)
    assert not dx[:, :, 4].any()
    assert not dx[:, :, :, 6].any()


@pytest.mark.parametrize("name", POOLS)
def test_a_nan_reaches_only_its_own_window(name):
    x = np.zeros((2, 2, 4, 4))
    x[1, 0, 2, 1] = np.nan
    out, _ = POOLS[name][0](x, TWO_BY_TWO)
    np.testing.assert_array_equal(np.argwhere(np.isnan(out)), [[1, 0, 1, 0]])


@pytest.mark.parametrize("name", POOLS)
def test_float32_stays_float32_and_inputs_are_not_modified(name):
    forward, backward = POOLS[name]
    x = rng.standard_normal((2, 2, 6, 4), np.float32)
    view = x.transpose(0, 1, 3, 2)
    before = view.copy()
    out, cache = forward(view, TWO_BY_TWO)
    np.testing.assert_array_equal(out, forward(before, TWO_BY_TWO)[0])
    assert (out.dtype, backward(out, cache).dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(view, before)


def test_the_stride_is_the_window_s_size_if_left_out():
    x = rng.standard_normal((1, 2, 6, 6))
    sizes = {"pool_height": 2, "pool_width": 3}
    np.testing.assert_array_equal(
        max_pool_forward_fast(x, sizes)[0], max_pool_forward_fast(x, sizes | {"stride": (2, 3)})[0]
    )


def test_global_average_pooling_is_average_pooling_with_the_whole_image_as_window():
    x = rng.standard_normal((2, 3, 4, 5))
    pool_param = {"pool_height": 4, "pool_width": 5, "stride": 1}
    out, cache = global_avg_pool_forward(x)
    expected, expected_cache = avg_pool_forward(x, pool_param)
    np.testing.assert_allclose(out, expected[:, :, 0, 0])
    np.testing.assert_allclose(
        global_avg_pool_backward(out, cache), avg_pool_backward(expected, expected_cache)
    )
    report = grad_check(lambda x: global_avg_pool_forward(x)[0], x, global_avg_pool_backward(out, cache), out)
    assert report, report


@given(
    shape=st.tuples(*[st.integers(1, 5)] * 4),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 9),
)
@SOON
def test_global_average_pooling_equals_torch(shape, dtype, seed):
    x = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    leaf = torch.from_numpy(x).requires_grad_()
    expected = torch.nn.functional.adaptive_avg_pool2d(leaf, 1)[:, :, 0, 0]
    out, cache = global_avg_pool_forward(x)
    (wanted,) = torch.autograd.grad(expected, leaf, torch.from_numpy(out))
    dx = global_avg_pool_backward(out, cache)
    assert (out.dtype, dx.dtype) == (dtype, dtype)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx, wanted.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"pool_height": 6}, ValueError, "a kernel that covers 6 does not fit into an input of 5"),
        ({"pool_width": 0}, ValueError, "pool_width is 0, expected at least 1"),
        ({"pool_width": 2.0}, TypeError, "pool_width is 2.0, expected a whole number"),
        ({"stride": 0}, ValueError, "stride is 0"),
        ({"pad": 1}, ValueError, "a key of pool_param is 'pad'"),
    ],
)
def test_bad_arguments_raise_an_error_that_says_what_is_wrong(name, changes, error, message):
    with pytest.raises(error, match=message):
        POOLS[name][0](np.zeros((1, 1, 5, 5)), TWO_BY_TWO | changes)


@pytest.mark.parametrize("name", POOLS)
def test_bad_shapes_and_missing_sizes_are_refused(name):
    forward, backward = POOLS[name]
    with pytest.raises(ValueError, match=r"x has shape \(4, 4\), expected \(N, C, H, W\)"):
        forward(np.zeros((4, 4)), TWO_BY_TWO)
    with pytest.raises(ValueError, match="pool_param has no pool_height"):
        forward(np.zeros((1, 1, 4, 4)), {"stride": 2})
    _, cache = forward(np.zeros((1, 1, 4, 4)), TWO_BY_TWO)
    with pytest.raises(ValueError, match="dout has shape"):
        backward(np.zeros((1, 1, 4, 4)), cache)
