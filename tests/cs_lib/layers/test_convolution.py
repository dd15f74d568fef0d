"""Convolution: every method against torch, finite differences and the lectures' numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.gradients import grad_check
from cs_lib.layers.convolution import (
    METHODS,
    conv_backward_fast,
    conv_backward_im2col,
    conv_backward_naive,
    conv_forward_fast,
    conv_forward_naive,
    convolution_matrix,
    convolve,
)

BACKWARD = {"naive": conv_backward_naive, "im2col": conv_backward_im2col, "fast": conv_backward_fast}
SOON = settings(max_examples=60)
rng = np.random.default_rng(7)


@st.composite
def convolutions(draw, winograd=False):
    """(x, w, b, conv_param) of small random sizes, all that fit: strides that leave a rest, wide padding."""
    whole = st.integers
    n, groups = draw(whole(1, 2)), draw(whole(1, 3))
    channels, filters = groups * draw(whole(1, 2)), groups * draw(whole(1, 3))
    pair = {low: st.tuples(whole(low, low + 2), whole(low, low + 2)) for low in (0, 1)}
    kernel, stride, pad, dilation = draw(pair[1]), draw(pair[1]), draw(pair[0]), draw(pair[1])
    if winograd:
        kernel, stride, dilation = (3, 3), (1, 1), (1, 1)
    height, width = (
        max(1, d * (k - 1) + 1 - 2 * p + draw(whole(0, 4)))
        for d, k, p in zip(dilation, kernel, pad, strict=True)
    )
    values = np.random.default_rng(draw(whole(0, 2**32 - 1)))
    x = values.standard_normal((n, channels, height, width))
    w = values.standard_normal((filters, channels // groups, *kernel))
    conv_param = {"stride": stride, "pad": pad, "dilation": dilation, "groups": groups}
    return x, w, values.standard_normal(filters), conv_param


def in_torch(x, w, b, conv_param):
    """out, and a function from dout to (dx, dw, db), by torch."""
    leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
    names = {"stride": "stride", "pad": "padding", "dilation": "dilation", "groups": "groups"}
    out = torch.nn.functional.conv2d(*leaves, **{names[key]: value for key, value in conv_param.items()})

    def backward(dout):
        gradients = torch.autograd.grad(out, leaves, torch.from_numpy(dout), retain_graph=True)
        return [gradient.numpy() for gradient in gradients]

    return out.detach().numpy(), backward


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"winograd"}))
@given(case=convolutions())
@SOON
def test_forward_equals_torch(method, case):
    expected, _ = in_torch(*case)
    np.testing.assert_allclose(convolve(*case, method=method), expected, rtol=1e-9, atol=1e-11)


@given(case=convolutions(winograd=True))
@SOON
def test_winograd_equals_torch(case):
    expected, _ = in_torch(*case)
    np.testing.assert_allclose(convolve(*case, method="winograd"), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", BACKWARD)
@given(case=convolutions())
@SOON
def test_gradients_equal_torch(method, case):
    out, backward = in_torch(*case)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    _, cache = conv_forward_fast(*case)
    for got, expected in zip(BACKWARD[method](dout, cache), backward(dout), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11)


@given(case=convolutions())
@SOON
def test_gradients_equal_central_differences(case):
    x, w, b, conv_param = case
    out, cache = conv_forward_fast(*case)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    dx, dw, db = conv_backward_fast(dout, cache)
    for f, at, got in [
        (lambda x: convolve(x, w, b, conv_param), x, dx),
        (lambda w: convolve(x, w, b, conv_param), w, dw),
        (lambda b: convolve(x, w, b, conv_param), b, db),
    ]:
        report = grad_check(f, at, got, dout, sample=12, h=1e-3)  # linear in each: a large step is exact
        assert report, report


EDGES = {  # x's shape, w's shape, conv_param
    "stride that does not divide": ((2, 3, 8, 7), (4, 3, 3, 3), {"stride": 3, "pad": 1}),
    "stride beyond the kernel": ((2, 2, 9, 9), (3, 2, 2, 2), {"stride": 4, "pad": 0}),
    "kernel as large as the input": ((2, 3, 4, 5), (4, 3, 4, 5), {"stride": 1, "pad": 0}),
    "batch of one, one channel, one filter": ((1, 1, 5, 5), (1, 1, 3, 3), {"stride": 1, "pad": 1}),
    "one pixel": ((2, 2, 1, 1), (3, 2, 1, 1), {"stride": 1, "pad": 0}),
    "even and non-square kernel": ((2, 3, 6, 9), (4, 3, 2, 4), {"stride": 2, "pad": 1}),
    "padding beyond the kernel": ((2, 2, 3, 3), (2, 2, 2, 2), {"stride": 1, "pad": 3}),
    "depthwise": ((2, 6, 5, 5), (6, 1, 3, 3), {"stride": 1, "pad": 1, "groups": 6}),
    "depthwise with a multiplier": ((2, 3, 5, 5), (6, 1, 3, 3), {"stride": 2, "pad": 1, "groups": 3}),
    "dilated": ((2, 2, 9, 9), (3, 2, 3, 3), {"stride": 2, "pad": 2, "dilation": 3}),
    "two groups": ((2, 4, 5, 6), (6, 2, 3, 3), {"stride": 1, "pad": 1, "groups": 2}),
}


def edge(name, dtype=np.float64):
    shape_x, shape_w, conv_param = EDGES[name]
    arrays = (rng.standard_normal(shape).astype(dtype) for shape in (shape_x, shape_w, shape_w[:1]))
    return (*arrays, conv_param)


@pytest.mark.parametrize("name", EDGES)
def test_all_methods_agree_at_the_edges(name):
    x, w, b, conv_param = edge(name)
    expected, backward = in_torch(x, w, b, conv_param)
    fits_winograd = w.shape[2:] == (3, 3) and conv_param["stride"] == 1 and "dilation" not in conv_param
    for method, forward in METHODS.items():
        if method == "winograd" and not fits_winograd:
            continue
        out, cache = forward(x, w, b, conv_param)
        np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-11, err_msg=method)
    dout = rng.standard_normal(expected.shape)
    for method, conv_backward in BACKWARD.items():
        for got, wanted in zip(conv_backward(dout, cache), backward(dout), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11, err_msg=method)


@pytest.mark.parametrize("name", ["two groups", "dilated", "even and non-square kernel"])
def test_float32_stays_float32(name):
    x, w, b, conv_param = edge(name, np.float32)
    for method in METHODS if name == "two groups" else BACKWARD:
        assert convolve(x, w, b, conv_param, method=method).dtype == np.float32
    out, cache = conv_forward_fast(x, w, b, conv_param)
    for conv_backward in BACKWARD.values():
        assert {gradient.dtype for gradient in conv_backward(out, cache)} == {np.dtype(np.float32)}


def test_inputs_that_are_not_contiguous_give_the_same_and_are_not_modified():
    x, w, b, conv_param = edge("two groups")
    layouts = x[:, :, ::-1].transpose(0, 1, 3, 2), w[:, :, :, ::-1], np.repeat(b, 2)[::2]
    copies = [np.ascontiguousarray(a) for a in layouts]
    for method, forward in METHODS.items():
        out, _ = forward(*layouts, conv_param)
        np.testing.assert_allclose(out, forward(*copies, conv_param)[0], rtol=1e-12, err_msg=method)
    out, cache = conv_forward_fast(*layouts, conv_param)
    dout = out.transpose(0, 1, 3, 2).copy().transpose(0, 1, 3, 2)
    for conv_backward in BACKWARD.values():
        got = conv_backward(dout, cache)
        for a, e in zip(got, conv_backward_naive(out.copy(), (*copies, conv_param)), strict=True):
            np.testing.assert_allclose(a, e, rtol=1e-9, atol=1e-12)
    for now, before in zip(layouts, copies, strict=True):
        np.testing.assert_array_equal(now, before)


def test_whole_numbers_are_convolved_as_well():
    x, w, b = np.arange(32).reshape(1, 2, 4, 4), np.arange(18).reshape(1, 2, 3, 3), np.ones(1, int)
    expected, _ = in_torch(*(a.astype(float) for a in (x, w, b)), {"pad": 1})
    for method in METHODS:
        np.testing.assert_allclose(convolve(x, w, b, {"pad": 1}, method=method), expected)


def test_an_empty_batch_gives_an_empty_output():
    x, w, b, conv_param = edge("two groups")
    for method in METHODS:
        assert convolve(x[:0], w, b, conv_param, method=method).shape == (0, 6, 5, 6)


@pytest.mark.parametrize("method", ["naive", "im2col", "fast"])
def test_a_nan_reaches_only_the_outputs_that_see_it(method):
    x = np.zeros((2, 3, 7, 7))
    x[1, 2, 3, 3] = np.nan
    w, b = np.ones((4, 3, 3, 3)), np.zeros(4)
    out = convolve(x, w, b, {"stride": 1, "pad": 1}, method=method)
    seen = np.zeros((2, 4, 7, 7), bool)
    seen[1, :, 2:5, 2:5] = True
    np.testing.assert_array_equal(np.isnan(out), seen)


def test_lecture_ten_5x5_filters_at_pad_2_keep_32x32_and_have_760_parameters():
    x, w, b = np.zeros((1, 3, 32, 32)), np.zeros((10, 3, 5, 5)), np.zeros(10)
    assert convolve(x, w, b, {"stride": 1, "pad": 2}).shape == (1, 10, 32, 32)
    assert w.size + b.size == 760


def test_lecture_six_filters_of_5x5x3_on_3x32x32_give_6x28x28():
    out = convolve(np.zeros((2, 3, 32, 32)), np.zeros((6, 3, 5, 5)), np.zeros(6), {"stride": 1, "pad": 0})
    assert out.shape == (2, 6, 28, 28)


def test_lecture_1x1_convolution_maps_56x56x64_to_56x56x32_as_a_dot_product_at_each_pixel():
    x, w, b = rng.standard_normal((1, 64, 56, 56)), rng.standard_normal((32, 64, 1, 1)), np.zeros(32)
    out = convolve(x, w, b, {"stride": 1, "pad": 0})
    assert out.shape == (1, 32, 56, 56)
    np.testing.assert_allclose(out, np.tensordot(w[:, :, 0, 0], x, axes=(1, 1)).swapaxes(0, 1))


def test_lecture_2x2_kernel_on_3x3_input_is_a_4x9_matrix():
    matrix = convolution_matrix(np.array([[1, 2], [3, 4]]), (3, 3))
    assert matrix.shape == (4, 9)
    np.testing.assert_array_equal(
        matrix,
        [
            [1, 2, 0, 3, 4, 0, 0, 0, 0],
            [0, 1, 2, 0, 3, 4, 0, 0, 0],
            [0, 0, 0, 1, 2, 0, 3, 4, 0],
            [0, 0, 0, 0, 1, 2, 0, 3, 4],
        ],
    )


@pytest.mark.parametrize("name", ["two groups", "dilated", "stride that does not divide"])
def test_the_convolution_matrix_convolves_and_its_transpose_is_the_backward_pass(name):
    x, w, b, conv_param = edge(name)
    matrix = convolution_matrix(w, x.shape[2:], conv_param)
    out, cache = conv_forward_naive(x, w, np.zeros_like(b), conv_param)
    np.testing.assert_allclose(x.reshape(len(x), -1) @ matrix.T, out.reshape(len(x), -1))
    dx, _, _ = conv_backward_fast(out, cache)
    np.testing.assert_allclose(out.reshape(len(x), -1) @ matrix, dx.reshape(len(x), -1))


def test_convolution_is_not_flipped_and_pads_with_zeros():
    x = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    w = np.array([[[[0.0, 0, 0], [0, 0, 1], [0, 0, 0]]]])  # takes the right neighbour
    out = convolve(x, w, np.zeros(1), {"stride": 1, "pad": 1})
    np.testing.assert_array_equal(out[0, 0], [[2, 3, 0], [5, 6, 0], [8, 9, 0]])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x": np.zeros((2, 5, 6, 6))}, ValueError, "x has 5 channels"),
        ({"x": np.zeros((4, 6, 6))}, ValueError, r"x has shape \(4, 6, 6\), expected \(N, C, H, W\)"),
        ({"x": [[1.0]]}, TypeError, "x is a list"),
        ({"b": np.zeros(5)}, ValueError, "b has shape"),
        ({"x": np.zeros((2, 4, 2, 6)), "pad": 0}, ValueError, "a kernel that covers 3 does not fit"),
        ({"dilation": 4, "pad": 1}, ValueError, "a kernel that covers 9 does not fit into an input of 6"),
        ({"stride": 0}, ValueError, "stride is 0, expected at least 1"),
        ({"stride": 1.5}, TypeError, "stride is 1.5, expected a whole number"),
        ({"stride": (1, 1, 1)}, ValueError, "expected a number or a pair"),
        ({"pad": -1}, ValueError, "pad is -1"),
        ({"dilation": 0}, ValueError, "dilation is 0"),
        ({"groups": 3}, ValueError, "groups is 3, expected a divisor of the 4 channels"),
        ({"groups": 2}, ValueError, "x has 4 channels, but w has shape"),
        ({"padding": 1}, ValueError, "a key of conv_param is 'padding'"),
    ],
)
def test_bad_arguments_raise_an_error_that_says_what_is_wrong(method, changes, error, message):
    arguments = {"x": np.zeros((2, 4, 6, 6)), "w": np.zeros((6, 4, 3, 3)), "b": np.zeros(6)}
    conv_param = {"stride": 1, "pad": 1}
    for key, value in changes.items():
        (arguments if key in arguments else conv_param)[key] = value
    with pytest.raises(error, match=message):
        convolve(*arguments.values(), conv_param, method=method)


def test_bad_upstream_gradients_and_methods_are_refused():
    x, w, b, conv_param = edge("two groups")
    _, cache = conv_forward_fast(x, w, b, conv_param)
    for conv_backward in BACKWARD.values():
        with pytest.raises(ValueError, match="dout has shape"):
            conv_backward(np.zeros((2, 6, 5, 5)), cache)
    with pytest.raises(ValueError, match="method is 'fastest', expected one of 'naive'"):
        convolve(x, w, b, conv_param, method="fastest")
    with pytest.raises(ValueError, match=r"needs stride \(1, 1\), got \(2, 2\)"):
        convolve(x, w, b, conv_param | {"stride": 2}, method="winograd")
