"""Fractional max pooling: against torch with the same random offsets, and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.gradients import grad_check
from cs_lib.layers.fractional_pooling import fractional_max_pool_backward, fractional_max_pool_forward

SOON = settings(max_examples=60)
PARAM = {"pool_height": 2, "pool_width": 2, "output_size": (6, 5), "seed": 1}
rng = np.random.default_rng(19)


@st.composite
def fractional_pools(draw):
    """(x, pool_param): windows of any form and number that fit; no two elements alike."""
    whole = st.integers
    window, out = draw(st.tuples(whole(1, 3), whole(1, 3))), draw(st.tuples(whole(1, 5), whole(1, 5)))
    size = (k + o - 1 + draw(whole(0, 5)) for k, o in zip(window, out, strict=True))
    shape = (*draw(st.tuples(whole(1, 2), whole(1, 2))), *size)
    values = np.random.default_rng(draw(whole(0, 2**32 - 1)))
    offsets = tuple(values.random(2).tolist())
    pool_param = {"pool_height": window[0], "pool_width": window[1], "output_size": out, "offsets": offsets}
    return 0.1 * values.permutation(np.prod(shape)).reshape(shape), pool_param


@given(case=fractional_pools())
@SOON
def test_output_and_gradient_equal_torch_with_the_same_offsets(case):
    x, pool_param = case
    leaf = torch.from_numpy(x).requires_grad_()
    window = (pool_param["pool_height"], pool_param["pool_width"])
    # torch draws offsets for each image and channel, the columns' first
    samples = torch.tensor(pool_param["offsets"][::-1], dtype=leaf.dtype).expand(*x.shape[:2], 2)
    expected = torch.nn.functional.fractional_max_pool2d(
        leaf, window, output_size=pool_param["output_size"], _random_samples=samples.contiguous()
    )
    out, cache = fractional_max_pool_forward(x, pool_param)
    np.testing.assert_array_equal(out, expected.detach().numpy())
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    (wanted,) = torch.autograd.grad(expected, leaf, torch.from_numpy(dout))
    np.testing.assert_allclose(fractional_max_pool_backward(dout, cache), wanted.numpy())


@given(case=fractional_pools())
@SOON
def test_gradient_equals_central_differences(case):
    x, pool_param = case
    out, cache = fractional_max_pool_forward(x, pool_param)
    dout = np.cos(np.arange(out.size)).reshape(out.shape)
    dx = fractional_max_pool_backward(dout, cache)
    report = grad_check(lambda x: fractional_max_pool_forward(x, pool_param)[0], x, dx, dout, sample=20)
    assert report, report


def test_the_steps_are_irregular_and_the_seed_chooses_them():
    x = rng.standard_normal((2, 3, 9, 8))
    first, same, other = (fractional_max_pool_forward(x, PARAM | {"seed": seed})[0] for seed in (1, 1, 4))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_float32_stays_float32_and_the_input_is_not_modified():
    x = rng.standard_normal((2, 3, 9, 8), np.float32)
    before = x.copy()
    out, cache = fractional_max_pool_forward(x, PARAM)
    assert (out.dtype, fractional_max_pool_backward(out, cache).dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(x, before)


def test_a_missing_size_is_refused():
    with pytest.raises(ValueError, match="pool_param has no output_size"):
        fractional_max_pool_forward(np.zeros((1, 1, 9, 9)), {"pool_height": 2, "pool_width": 2})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"output_size": 9}, "9 windows of 2 do not fit into an input of 9"),
        ({"output_size": 0}, "output_size is 0, expected at least 1"),
        ({"pool_width": 0}, "pool_width is 0"),
        ({"offsets": (0.5, 1.0)}, r"offsets holds 1.0, expected numbers in \[0, 1\)"),
        ({"stride": 2}, "a key of pool_param is 'stride'"),
    ],
)
def test_bad_arguments_raise_an_error_that_says_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        fractional_max_pool_forward(np.zeros((1, 1, 9, 9)), PARAM | changes)
