"""Output sizes, against the lectures' numbers and by counting."""

from __future__ import annotations

import pytest

from cs_lib.layers.convolution_geometry import output_size


@pytest.mark.parametrize(("stride", "expected"), [(1, 5), (2, 3)])
def test_lecture_7x7_input_and_3x3_kernel_at_stride_1_gives_5_and_at_stride_2_gives_3(stride, expected):
    assert output_size(7, 3, stride, exact=True) == expected


def test_lecture_7x7_input_and_3x3_kernel_at_stride_3_does_not_fit():
    with pytest.raises(ValueError, match="stride 3 does not fit"):
        output_size(7, 3, 3, exact=True)
    assert output_size(7, 3, 3) == 2  # the rest of the input is left unseen


def test_lecture_7x7_input_with_pad_1_and_3x3_kernel_keeps_7():
    assert output_size(7, 3, pad=1) == 7


def test_lecture_32_with_pad_2_and_5x5_kernel_keeps_32():
    assert output_size(32, 5, pad=2) == 32


def test_the_formula_counts_the_places_where_the_kernel_fits():
    for size in range(1, 10):
        for kernel in range(1, 5):
            for stride in range(1, 4):
                for pad in range(3):
                    for dilation in range(1, 4):
                        extent = dilation * (kernel - 1) + 1
                        places = len(range(0, size + 2 * pad - extent + 1, stride))
                        if places:
                            assert output_size(size, kernel, stride, pad, dilation) == places
                        else:
                            with pytest.raises(ValueError, match="does not fit"):
                                output_size(size, kernel, stride, pad, dilation)
