"""Output sizes, parameters and receptive fields: the lectures' numbers, and torch as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cs_lib.architectures import (
    Branches,
    Conv,
    GlobalPool,
    Linear,
    Net,
    Pool,
    measured_receptive_field,
    nan_reach,
    output_size,
    rows,
    totals,
    transposed_output_size,
)
from cs_lib.layers.convolution_naive import conv_forward_naive


def _after(layer, shape):
    """The row of one layer on an input (C, H, W)."""
    return rows(Net("one layer", shape, (layer,)))[-1]


def _field(*layers) -> tuple[int, int]:
    return totals(rows(Net("chain", (1, 99, 99), layers))).receptive_field


@pytest.mark.parametrize(("stride", "pad", "expected"), [(1, 0, 5), (2, 0, 3), (1, 1, 7)])
def test_lecture_3x3_on_7x7_gives_5_with_stride_1_3_with_stride_2_and_7_with_padding(stride, pad, expected):
    assert output_size(7, 3, stride, pad, exact=True) == expected


def test_lecture_3x3_on_7x7_does_not_fit_with_stride_3():
    with pytest.raises(ValueError, match="stride 3 does not fit"):
        output_size(7, 3, stride=3, exact=True)


def test_lecture_ten_5x5_filters_on_32x32x3_give_32x32x10_and_760_parameters():
    row = _after(Conv("conv", 10, 5, stride=1, pad=2), (3, 32, 32))
    assert row.shape == (10, 32, 32)
    assert row.parameters == 760


def test_lecture_six_5x5_filters_on_3x32x32_give_6x28x28():
    assert _after(Conv("conv", 6, 5), (3, 32, 32)).shape == (6, 28, 28)


def test_lecture_1x1_convolution_makes_56x56x32_of_56x56x64():
    assert _after(Conv("conv", 32, 1), (64, 56, 56)).shape == (32, 56, 56)


def test_lecture_a_convolution_has_f2ck_weights_and_k_biases():
    row = _after(Conv("conv", 12, 5), (7, 9, 9))
    assert (row.weights, row.biases) == (5**2 * 7 * 12, 12)


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_lecture_the_receptive_field_of_l_layers_of_k_is_1_plus_l_times_k_minus_1(depth, kernel):
    side = 1 + depth * (kernel - 1)
    assert _field(*[Conv("conv", 1, kernel)] * depth) == (side, side)


def test_lecture_two_3x3_see_5x5_and_three_see_7x7():
    conv = Conv("conv", 1, 3)
    assert [_field(*[conv] * n) for n in (1, 2, 3)] == [(3, 3), (5, 5), (7, 7)]


def test_lecture_receptive_fields_grow_as_3_7_15_with_stride_2_and_with_dilation_1_2_4():
    strided = [Conv("conv", 1, 3, stride=2)] * 3
    dilated = [Conv("conv", 1, 3, dilation=d) for d in (1, 2, 4)]
    for layers in (strided, dilated):
        assert [_field(*layers[:n])[0] for n in (1, 2, 3)] == [3, 7, 15]


def test_lecture_three_3x3_layers_have_27c2_weights_and_27hwc2_products_one_7x7_49c2_and_49hwc2():
    C, H, W = 8, 20, 24
    three = totals(rows(Net("three", (C, H, W), (Conv("conv", C, 3, pad=1, bias=False),) * 3)))
    one = totals(rows(Net("one", (C, H, W), (Conv("conv", C, 7, pad=3, bias=False),))))
    assert (three.weights, three.multiply_adds) == (27 * C**2, 27 * H * W * C**2)
    assert (one.weights, one.multiply_adds) == (49 * C**2, 49 * H * W * C**2)
    assert three.receptive_field == one.receptive_field == (7, 7)


def test_lecture_1xn_and_nx1_see_what_nxn_sees_with_2n_instead_of_n2_weights():
    pair = Net("pair", (4, 16, 16), (Conv("a", 4, (1, 7), pad=(0, 3)), Conv("b", 4, (7, 1), pad=(3, 0))))
    assert totals(rows(pair)).receptive_field == (7, 7)
    assert totals(rows(pair)).weights == 2 * 7 * 4**2
    assert _after(Conv("conv", 4, (1, 7)), (4, 16, 16)).receptive_field == (1, 7)


def test_lecture_a_1x1_bottleneck_saves_multiply_adds():
    wide = totals(rows(Net("wide", (256, 28, 28), (Conv("conv", 256, 3, pad=1),))))
    layers = (Conv("down", 64, 1), Conv("conv", 64, 3, pad=1), Conv("up", 256, 1))
    narrow = totals(rows(Net("narrow", (256, 28, 28), layers)))
    assert narrow.shape == wide.shape
    assert wide.multiply_adds / narrow.multiply_adds == pytest.approx(8.47, abs=0.01)


def test_lecture_mobilenets_depthwise_separable_convolution_needs_one_kth_plus_one_ninth_of_the_products():
    separable = (Conv("depthwise", 32, 3, pad=1, groups=32), Conv("pointwise", 64, 1))
    cheap = totals(rows(Net("cheap", (32, 10, 10), separable))).multiply_adds
    full = _after(Conv("full", 64, 3, pad=1), (32, 10, 10)).multiply_adds
    assert cheap / full == pytest.approx(1 / 64 + 1 / 9)


@settings(max_examples=80)
@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pad=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    groups=st.sampled_from([1, 2, 4]),
    bias=st.booleans(),
)
def test_a_convolutions_shape_and_parameters_are_torchs(size, kernel, stride, pad, dilation, groups, bias):
    assume(all(s + 2 * p > d * (k - 1) for s, k, p, d in zip(size, kernel, pad, dilation, strict=True)))
    theirs = torch.nn.Conv2d(
        4, 8, kernel, stride, pad, dilation=dilation, groups=groups, bias=bias, device="meta"
    )
    row = _after(Conv("conv", 8, kernel, stride, pad, dilation, groups, bias), (4, *size))
    assert row.shape == tuple(theirs(torch.empty(1, 4, *size, device="meta")).shape[1:])
    assert row.parameters == sum(p.numel() for p in theirs.parameters())


@settings(max_examples=80)
@given(
    size=st.integers(3, 20),
    kernel=st.integers(2, 5),
    stride=st.integers(1, 6),
    pad=st.integers(0, 2),
    ceil=st.booleans(),
)
def test_a_poolings_shape_is_torchs(size, kernel, stride, pad, ceil):
    assume(2 * pad <= kernel <= size + 2 * pad)
    theirs = torch.nn.MaxPool2d(kernel, stride, pad, ceil_mode=ceil)
    expected = tuple(theirs(torch.empty(2, size, size)).shape)
    assert _after(Pool("pool", kernel, stride, pad, ceil), (2, size, size)).shape == expected


@settings(max_examples=80)
@given(
    size=st.integers(1, 9),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    pad=st.integers(0, 2),
    dilation=st.integers(1, 3),
    output_padding=st.integers(0, 3),
)
def test_a_transposed_convolutions_size_is_torchs(size, kernel, stride, pad, dilation, output_padding):
    assume(output_padding < max(stride, dilation))
    assume((size - 1) * stride - 2 * pad + dilation * (kernel - 1) + output_padding >= 0)
    theirs = torch.nn.ConvTranspose2d(
        1, 1, kernel, stride, pad, output_padding, dilation=dilation, device="meta"
    )
    ours = transposed_output_size(size, kernel, stride, pad, dilation, output_padding)
    assert ours == theirs(torch.empty(1, 1, size, size, device="meta")).shape[-1]


def _convolve(kernel, stride=1, pad=0):
    def function(x):
        w = np.zeros((1, x.shape[1], kernel, kernel))
        return conv_forward_naive(x, w, np.zeros(1), {"stride": stride, "pad": pad})[0]

    return function


def test_lecture_one_nan_in_zeros_reaches_as_many_outputs_as_the_kernel_has_pixels():
    reached = nan_reach(_convolve(3, pad=1), (2, 9, 9))
    assert reached.shape == (9, 9)
    assert reached.sum() == 9
    assert reached[3:6, 3:6].all()
    corner = nan_reach(_convolve(3, pad=1), (2, 9, 9), at=(0, 0))
    assert corner.sum() == 4


def test_lecture_the_nan_experiment_measures_5x5_for_two_3x3_and_7x7_for_three():
    conv = _convolve(3)
    assert measured_receptive_field(lambda x: conv(conv(x)), (1, 11, 11)) == (5, 5)
    assert measured_receptive_field(lambda x: conv(conv(conv(x))), (1, 11, 11)) == (7, 7)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.tuples(st.integers(1, 3), st.integers(1, 3)),
            st.tuples(st.integers(1, 2), st.integers(1, 2)),
            st.integers(1, 2),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_formulas_receptive_field_is_the_measured_one(chain):
    described, modules = [], []
    for is_conv, kernel, stride, dilation in chain:
        if is_conv:
            described.append(Conv("conv", 1, kernel, stride, dilation=dilation))
            modules.append(torch.nn.Conv2d(1, 1, kernel, stride, dilation=dilation, dtype=torch.float64))
        else:
            described.append(Pool("pool", kernel, stride))
            modules.append(torch.nn.AvgPool2d(kernel, stride))
    function = torch.nn.Sequential(*modules)

    def run(x):
        with torch.no_grad():
            return function(torch.from_numpy(x)).numpy()

    assert measured_receptive_field(run, (1, 45, 45)) == _field(*described)


def test_branches_are_joined_by_channels_or_by_adding_and_see_what_the_widest_sees():
    paths = ((Conv("a", 4, 1),), (Conv("b", 6, 5, pad=2),), ())
    joined = rows(Net("net", (3, 8, 8), (Branches("mix", paths),)))
    assert [row.name for row in joined] == ["input", "a", "b", "mix (concat)"]
    assert joined[-1].shape == (13, 8, 8)
    assert joined[-1].receptive_field == (5, 5)
    assert joined[-1].floats == joined[-1].parameters == 0
    added = rows(Net("net", (3, 8, 8), (Branches("sum", ((Conv("a", 3, 3, pad=1),), ()), join="add"),)))
    assert added[-1].shape == (3, 8, 8)


def test_batch_norm_adds_a_scale_and_a_shift_for_each_filter():
    row = _after(Conv("conv", 5, 3, bias=False, batch_norm=True), (2, 9, 9))
    assert (row.weights, row.biases) == (5 * 2 * 9 + 5, 5)
    assert row.multiply_adds == 5 * 2 * 9 * 7 * 7


def test_linear_layers_and_global_pooling_see_everything():
    assert _after(Linear("fc", 3), (2, 6, 8)).receptive_field == (6, 8)
    assert _after(GlobalPool("pool"), (2, 6, 8)).receptive_field == (6, 8)
    assert _after(Linear("fc", 3, bias=False), (2, 6, 8)).parameters == 3 * 96


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _after(Conv("conv", 1, 5), (1, 4, 4)), "does not fit into an input of 4"),
        (lambda: _after(Conv("conv", 4, 1, groups=3), (4, 4, 4)), "conv: 3 groups do not divide 4 and 4"),
        (lambda: _after(Branches("b", ((), (Pool("p", 2, 2),))), (1, 4, 4)), "b: cannot concat outputs"),
        (lambda: _after(Branches("b", ((),), join="mean"), (1, 4, 4)), "join is 'mean'"),
        (lambda: _after(Conv("conv", 0, 1), (1, 4, 4)), "filters is 0"),
        (lambda: _after(Conv("conv", 1, 1, stride=0), (1, 4, 4)), "stride is 0"),
        (lambda: transposed_output_size(3, 3, stride=2, output_padding=2), "output_padding is 2"),
        (lambda: transposed_output_size(1, 1, pad=1), "output_size is -1"),
        (lambda: nan_reach(lambda x: x[0], (1, 3, 3)), "output has shape"),
        (lambda: measured_receptive_field(np.zeros_like, (1, 3, 3)), "no pixel of the input"),
    ],
)
def test_bad_descriptions_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
