from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.losses import softmax_loss
from cs_lib.models import distillation_targets, one_hot, soft_label_loss


def test_one_hot_labels_give_the_softmax_loss():
    rng = np.random.default_rng(0)
    scores, y = 3 * rng.standard_normal((6, 4)), rng.integers(4, size=6)
    loss, dscores = soft_label_loss(scores, one_hot(y, 4))
    expected, dexpected = softmax_loss(scores, y)
    assert loss == pytest.approx(expected)
    np.testing.assert_allclose(dscores, dexpected, atol=1e-15)


def test_loss_and_gradient_equal_those_of_torch():
    rng = np.random.default_rng(0)
    scores, targets = rng.standard_normal((6, 4)), rng.dirichlet(np.ones(4), 6)
    tensor = torch.tensor(scores, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(tensor, torch.tensor(targets))
    expected.backward()
    loss, dscores = soft_label_loss(scores, targets)
    assert loss == pytest.approx(expected.item())
    np.testing.assert_allclose(dscores, tensor.grad.numpy(), atol=1e-12)


def test_float32_scores_stay_float32_whatever_the_labels_are():
    _, dscores = soft_label_loss(np.ones((2, 3), np.float32), one_hot(np.array([0, 1]), 3))
    assert dscores.dtype == np.float32


def test_smoothing_spreads_a_part_evenly():
    np.testing.assert_allclose(one_hot(np.array([1]), 4, smoothing=0.2), [[0.05, 0.85, 0.05, 0.05]])


def test_a_high_temperature_makes_a_teacher_less_sure():
    scores = np.array([[5.0, 2.0, 1.0]])
    cold, hot = distillation_targets(scores, 1.0), distillation_targets(scores, 100.0)
    assert cold[0, 0] > 0.9
    np.testing.assert_allclose(hot, 1 / 3, atol=0.02)


def test_wrong_labels_and_shapes_are_refused():
    with pytest.raises(ValueError, match="labels from 0 to 3, expected 0 to 2"):
        one_hot(np.array([0, 3]), 3)
    with pytest.raises(ValueError, match="targets has shape"):
        soft_label_loss(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="no examples"):
        soft_label_loss(np.ones((0, 3)), np.ones((0, 3)))
