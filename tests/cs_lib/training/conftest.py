"""Small problems to train on."""

from __future__ import annotations

import numpy as np
import pytest


def blobs(examples=120, features=6, classes=3, seed=0, spread=1.0):
    """X (N, D), y (N,): classes around points of their own."""
    rng = np.random.default_rng(seed)
    centres = 2 * np.random.default_rng(99).standard_normal((classes, features))
    y = rng.integers(classes, size=examples)
    return centres[y] + spread * rng.standard_normal((examples, features)), y


@pytest.fixture
def data():
    X, y = blobs(seed=0)
    X_val, y_val = blobs(60, seed=1)
    return {"X_train": X, "y_train": y, "X_val": X_val, "y_val": y_val}


@pytest.fixture(scope="session")
def patches():
    """1000 training and 200 validation patches as rows, the mean image of the training patches subtracted."""
    from cs_lib import data
    from cs_lib.preprocessing import subtract_mean_image

    rows = data.load("patches10", train=1000, val=200, test=0).flat(np.float32)
    centre = subtract_mean_image(rows.x_train)
    return {
        "X_train": centre(rows.x_train), "y_train": rows.y_train,
        "X_val": centre(rows.x_val), "y_val": rows.y_val,
    }  # fmt: skip
