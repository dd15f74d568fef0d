"""Gradient clipping against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.optim import clip_by_norm, clip_by_value


@pytest.fixture
def grads():
    rng = np.random.default_rng(0)
    return {"W": rng.standard_normal((4, 3)), "b": rng.standard_normal(3)}


def in_torch(grads, clip, limit):
    params = {name: torch.zeros(grad.shape, dtype=torch.float64) for name, grad in grads.items()}
    for name, param in params.items():
        param.grad = torch.tensor(grads[name])
    result = clip(list(params.values()), limit)
    return {name: param.grad.numpy() for name, param in params.items()}, result


@pytest.mark.parametrize("max_norm", [0, 0.5, 2, 100])
def test_clipping_by_norm_does_what_torch_does(grads, max_norm):
    clipped, norm = clip_by_norm(grads, max_norm)
    expected, expected_norm = in_torch(grads, torch.nn.utils.clip_grad_norm_, max_norm)
    assert norm == pytest.approx(expected_norm.item())
    for name in grads:
        np.testing.assert_allclose(clipped[name], expected[name], rtol=1e-6)


def test_the_norm_after_clipping_is_the_limit(grads):
    assert clip_by_norm(clip_by_norm(grads, 0.5)[0], 1)[1] == pytest.approx(0.5)


def test_gradients_of_zero_stay_zero():
    clipped, norm = clip_by_norm({"W": np.zeros(3)}, 1)
    assert norm == 0
    np.testing.assert_array_equal(clipped["W"], 0)


@pytest.mark.parametrize("limit", [0, 0.3, 100])
def test_clipping_by_value_does_what_torch_does(grads, limit):
    expected, _ = in_torch(grads, torch.nn.utils.clip_grad_value_, limit)
    for name, grad in clip_by_value(grads, limit).items():
        np.testing.assert_array_equal(grad, expected[name])


def test_float32_stays_float32_and_nothing_is_modified(grads):
    grads = {name: grad.astype(np.float32) for name, grad in grads.items()}
    before = {name: grad.copy() for name, grad in grads.items()}
    for clipped in (clip_by_norm(grads, np.float64(0.1))[0], clip_by_value(grads, np.float64(0.1))):
        assert {grad.dtype for grad in clipped.values()} == {np.dtype(np.float32)}
    for name in grads:
        np.testing.assert_array_equal(grads[name], before[name])


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
def test_gradients_that_are_not_finite_and_negative_limits_are_refused(clip):
    with pytest.raises(ValueError, match=r"W holds inf at \(1,\)"):
        clip({"W": np.array([1, np.inf])}, 1)
    with pytest.raises(ValueError, match="is -1, expected at least 0"):
        clip({"W": np.ones(2)}, -1)
