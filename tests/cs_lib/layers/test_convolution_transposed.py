"""Transposed convolution: against torch, finite differences and the matrix that it is named for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.gradients import grad_check
from cs_lib.layers.convolution import (
    conv_forward_fast,
    conv_transpose_backward,
    conv_transpose_forward,
    convolution_matrix,
)

SOON = settings(max_examples=60)
rng = np.random.default_rng(11)


@st.composite
def transposed(draw):
    """(x, w, b, conv_param) of small random sizes whose output is not empty."""
    whole = st.integers
    groups = draw(whole(1, 3))
    channels, per_group = groups * draw(whole(1, 2)), draw(whole(1, 3))
    kernel, stride, dilation = (draw(st.tuples(whole(1, 3), whole(1, 3))) for _ in range(3))
    output_pad = tuple(draw(whole(0, s - 1)) for s in stride)
    size = draw(st.tuples(whole(1, 4), whole(1, 4)))
    pad = tuple(
        draw(whole(0, min(2, ((h - 1) * s + d * (k - 1) + more) // 2)))
        for h, s, d, k, more in zip(size, stride, dilation, kernel, output_pad, strict=True)
    )
    values = np.random.default_rng(draw(whole(0, 2**32 - 1)))
    x = values.standard_normal((draw(whole(1, 2)), channels, *size))
    w = values.standard_normal((channels, per_group, *kernel))
    conv_param = {"stride": stride, "pad": pad, "output_pad": output_pad}
    conv_param |= {"dilation": dilation, "groups": groups}
    return x, w, values.standard_normal(groups * per_group), conv_param


@given(case=transposed())
@SOON
def test_output_and_gradients_equal_torch(case):
    *arrays, conv_param = case
    names = {"pad": "padding", "output_pad": "output_padding"}
    leaves = [torch.from_numpy(a).requires_grad_() for a in arrays]
    options = {names.get(key, key): value for key, value in conv_param.items()}
    expected = torch.nn.functional.conv_transpose2d(*leaves, **options)
    out, cache = conv_transpose_forward(*case)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-11)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    wanted = torch.autograd.grad(expected, leaves, torch.from_numpy(dout))
    for got, gradient in zip(conv_transpose_backward(dout, cache), wanted, strict=True):
        np.testing.assert_allclose(got, gradient.numpy(), rtol=1e-9, atol=1e-11)


@given(case=transposed())
@SOON
def test_gradients_equal_central_differences(case):
    x, w, b, conv_param = case
    out, cache = conv_transpose_forward(*case)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    dx, dw, db = conv_transpose_backward(dout, cache)
    for f, at, got in [
        (lambda x: conv_transpose_forward(x, w, b, conv_param)[0], x, dx),
        (lambda w: conv_transpose_forward(x, w, b, conv_param)[0], w, dw),
        (lambda b: conv_transpose_forward(x, w, b, conv_param)[0], b, db),
    ]:
        report = grad_check(f, at, got, dout, sample=12, h=1e-3)  # linear in each: a large step is exact
        assert report, report


def test_its_matrix_is_the_transpose_of_the_convolution_s():
    w = rng.standard_normal((2, 3, 3, 3))  # a convolution of 3 channels into 2, and back
    conv_param = {"stride": 2, "pad": 1}
    matrix = convolution_matrix(w, (5, 7), conv_param)
    x = rng.standard_normal((1, 2, 3, 4))
    out, _ = conv_transpose_forward(x, w, np.zeros(3), conv_param)
    np.testing.assert_allclose(out.ravel(), matrix.T @ x.ravel())


@pytest.mark.parametrize(("size", "output_pad"), [(5, 0), (6, 1)])
def test_output_padding_chooses_among_the_sizes_that_a_stride_maps_to_one(size, output_pad):
    w, conv_param = rng.standard_normal((2, 3, 3, 3)), {"stride": 2, "pad": 1}
    small, _ = conv_forward_fast(np.zeros((1, 3, size, size)), w, np.zeros(2), conv_param)
    assert small.shape == (1, 2, 3, 3)
    large, _ = conv_transpose_forward(small, w, np.zeros(3), conv_param | {"output_pad": output_pad})
    assert large.shape == (1, 3, size, size)


def test_float32_stays_float32():
    x, w = rng.standard_normal((2, 2, 3, 3), np.float32), rng.standard_normal((2, 3, 2, 2), np.float32)
    out, cache = conv_transpose_forward(x, w, np.zeros(3, np.float32), {"stride": 2})
    assert {array.dtype for array in (out, *conv_transpose_backward(out, cache))} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((2, 3, 5, 5))}, "w has shape"),
        ({"b": np.zeros(4)}, r"b has shape \(4,\), expected \(3,\)"),
        ({"output_pad": 2}, r"output_pad is \(2, 2\), expected less than the stride"),
        ({"pad": 9}, "leaves nothing"),
        ({"stride": 0}, "stride is 0"),
        ({"groups": 4}, "groups is 4, expected a divisor of the 2 channels"),
        ({"out_pad": 1}, "a key of conv_param is 'out_pad'"),
    ],
)
def test_bad_arguments_raise_an_error_that_says_what_is_wrong(changes, message):
    arguments = {"x": np.zeros((2, 2, 5, 5)), "w": np.zeros((2, 3, 3, 3)), "b": np.zeros(3)}
    conv_param = {"stride": 2}
    for key, value in changes.items():
        (arguments if key in arguments else conv_param)[key] = value
    with pytest.raises(ValueError, match=message):
        conv_transpose_forward(*arguments.values(), conv_param)
