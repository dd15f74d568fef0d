"""The tests' own numerical gradients: central differences in float64, one element at a time."""

from __future__ import annotations

import numpy as np


def numerical_gradients(f, arrays, dout, h=1e-5):
    """The gradient of sum(f(*arrays) * dout) for each of the arrays, float64."""
    arrays = [np.array(a, dtype=np.float64) for a in arrays]
    gradients = [np.empty_like(a) for a in arrays]
    for array, gradient in zip(arrays, gradients, strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + h
            above = np.copy(f(*arrays))  # a copy, for f may return its argument
            array[index] = kept - h
            below = np.copy(f(*arrays))
            array[index] = kept
            gradient[index] = ((above - below) * dout).sum() / (2 * h)
    return gradients


def relative_error(a, b):
    """The largest difference, relative to the largest element; gradients under 1e-3 count as that large."""
    if a.size == 0:
        return 0.0
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), 1e-3)
