"""Locally connected layer: a convolution when its filters are alike, against finite differences and torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.gradients import grad_check
from cs_lib.layers.convolution import conv_backward_fast, conv_forward_fast
from cs_lib.layers.convolution_geometry import output_size
from cs_lib.layers.locally_connected import locally_connected_backward, locally_connected_forward

SOON = settings(max_examples=60)
rng = np.random.default_rng(13)


@st.composite
def local_layers(draw):
    """(x, w, b, conv_param) of small random sizes that fit."""
    whole = st.integers
    kernel, stride, dilation = (draw(st.tuples(whole(1, 3), whole(1, 3))) for _ in range(3))
    pad = draw(st.tuples(whole(0, 2), whole(0, 2)))
    size = [
        max(1, d * (k - 1) + 1 - 2 * p + draw(whole(0, 3)))
        for d, k, p in zip(dilation, kernel, pad, strict=True)
    ]
    places = [output_size(*axis) for axis in zip(size, kernel, stride, pad, dilation, strict=True)]
    n, c, f = draw(st.tuples(whole(1, 2), whole(1, 3), whole(1, 3)))
    values = np.random.default_rng(draw(whole(0, 2**32 - 1)))
    shapes = ((n, c, *size), (*places, f, c, *kernel), (f, *places))
    conv_param = {"stride": stride, "pad": pad, "dilation": dilation}
    return (*(values.standard_normal(shape) for shape in shapes), conv_param)


@given(case=local_layers())
@SOON
def test_output_and_gradients_equal_torch_with_unfold(case):
    x, w, b, conv_param = case
    leaves = tx, tw, tb = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
    columns = torch.nn.functional.unfold(
        tx, w.shape[-2:], conv_param["dilation"], conv_param["pad"], conv_param["stride"]
    )
    expected = torch.einsum("nkp,pfk->nfp", columns, tw.reshape(columns.shape[2], w.shape[2], -1))
    expected = expected.reshape(len(x), *b.shape) + tb
    out, cache = locally_connected_forward(*case)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-9, atol=1e-11)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    wanted = torch.autograd.grad(expected, leaves, torch.from_numpy(dout))
    for got, gradient in zip(locally_connected_backward(dout, cache), wanted, strict=True):
        np.testing.assert_allclose(got, gradient.numpy(), rtol=1e-9, atol=1e-11)


@given(case=local_layers())
@SOON
def test_gradients_equal_central_differences(case):
    x, w, b, conv_param = case
    out, cache = locally_connected_forward(*case)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    dx, dw, db = locally_connected_backward(dout, cache)
    for f, at, got in [
        (lambda x: locally_connected_forward(x, w, b, conv_param)[0], x, dx),
        (lambda w: locally_connected_forward(x, w, b, conv_param)[0], w, dw),
        (lambda b: locally_connected_forward(x, w, b, conv_param)[0], b, db),
    ]:
        report = grad_check(f, at, got, dout, sample=12, h=1e-3)  # linear in each: a large step is exact
        assert report, report


def test_with_the_same_filters_everywhere_it_is_a_convolution():
    x, w, b = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((4, 3, 3, 2)), rng.standard_normal(4)
    conv_param = {"stride": 1, "pad": 1}
    expected, conv_cache = conv_forward_fast(x, w, b, conv_param)
    places = expected.shape[2:]
    everywhere = np.broadcast_to(w, (*places, *w.shape)), np.broadcast_to(b[:, None, None], (4, *places))
    out, cache = locally_connected_forward(x, *everywhere, conv_param)
    np.testing.assert_allclose(out, expected)
    dx, dw, db = locally_connected_backward(expected, cache)
    shared = conv_backward_fast(expected, conv_cache)
    for got, gradient in zip((dx, dw.sum(axis=(0, 1)), db.sum(axis=(1, 2))), shared, strict=True):
        np.testing.assert_allclose(got, gradient)  # sharing weights adds their gradients up


def test_float32_stays_float32():
    shapes = ((2, 3, 4, 4), (3, 3, 2, 3, 2, 2), (2, 3, 3))
    arrays = (rng.standard_normal(shape, np.float32) for shape in shapes)
    out, cache = locally_connected_forward(*arrays, {})
    assert {a.dtype for a in (out, *locally_connected_backward(out, cache))} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("conv_param", "message"),
    [
        ({"stride": 1, "pad": 1}, "w has filters for 3 x 3 places, but the output has 5 x 5"),
        ({"groups": 2}, "groups is 2"),
        ({"stride": 0}, "stride is 0"),
    ],
)
def test_bad_arguments_raise_an_error_that_says_what_is_wrong(conv_param, message):
    x, w, b = np.zeros((2, 3, 4, 4)), np.zeros((3, 3, 2, 3, 2, 2)), np.zeros((2, 3, 3))
    with pytest.raises(ValueError, match=message):
        locally_connected_forward(x, w, b, conv_param)
