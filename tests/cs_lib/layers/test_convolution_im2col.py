"""im2col: what it costs in memory, and that col2im is its transpose."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from cs_lib.layers import convolution, convolution_im2col
from cs_lib.layers.convolution_geometry import Geometry
from cs_lib.layers.convolution_im2col import col2im, im2col

rng = np.random.default_rng(3)


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_lecture_im2col_takes_k_squared_times_the_memory(k):
    x = rng.standard_normal((2, 3, 16, 16))
    geometry = Geometry(2, 3, (16, 16), 4, (k, k), pad=(k // 2, k // 2))
    assert im2col(x, geometry).nbytes == k * k * x.nbytes


@pytest.mark.parametrize("module", [convolution_im2col, convolution])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module) == (0, 1)


def test_col2im_is_the_transpose_of_im2col():
    geometry = Geometry(2, 3, (7, 6), 1, (3, 2), stride=(2, 1), pad=(1, 2), dilation=(2, 1))
    x = rng.standard_normal((2, 3, 7, 6))
    columns = im2col(x, geometry)
    other = rng.standard_normal(columns.shape)
    assert np.sum(columns * other) == pytest.approx(np.sum(x * col2im(other, geometry)))


def test_a_column_is_a_window_channel_by_channel_and_row_by_row():
    x = rng.standard_normal((1, 2, 4, 4))
    columns = im2col(x, Geometry(1, 2, (4, 4), 1, (2, 2), stride=(2, 2)))
    np.testing.assert_array_equal(columns[0, :, 1], x[0, :, 0:2, 2:4].ravel())
