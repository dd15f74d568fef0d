"""Losses on scores: the lectures' numbers, torch's values and gradients, finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from cs_lib.gradients import grad_check
from cs_lib.losses import mse_loss, softmax, softmax_loss, squared_hinge_loss, svm_loss

LOSSES = [svm_loss, squared_hinge_loss, softmax_loss]
CAT, CAR, FROG = 0, 1, 2
THREE_IMAGES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
THEIR_CLASSES = np.array([CAT, CAR, FROG])


def of_one(loss, scores, label):
    return loss(np.array([scores], dtype=float), np.array([label]))[0]


def with_torch(loss, x, y):
    """The same loss from torch.nn.functional, and its gradient by autograd."""
    F, C = torch.nn.functional, x.shape[1]
    table = {  # torch's margin loss divides by C as well
        svm_loss: lambda x, y: C * F.multi_margin_loss(x, y),
        squared_hinge_loss: lambda x, y: C * F.multi_margin_loss(x, y, p=2),
        softmax_loss: F.cross_entropy,
    }
    scores = torch.tensor(x, requires_grad=True)
    value = table[loss](scores, torch.tensor(y))
    value.backward()
    return value.item(), scores.grad.numpy()


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=50)
@given(
    N=st.integers(1, 6), C=st.integers(1, 6), scale=st.sampled_from([0.1, 3, 1000]), seed=st.integers(0, 99)
)
def test_value_and_gradient_equal_torchs(loss, N, C, scale, seed):
    rng = np.random.default_rng(seed)
    x, y = scale * rng.standard_normal((N, C)), rng.integers(C, size=N)
    value, dx = loss(x, y)
    expected, expected_dx = with_torch(loss, x, y)
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_agrees_with_finite_differences(loss):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 4)), rng.integers(4, size=5)
    report = grad_check(lambda x: loss(x, y)[0], x, loss(x, y)[1])
    assert report, report


@pytest.mark.parametrize("loss", LOSSES)
def test_float32_stays_float32_and_the_scores_are_not_modified(loss):
    x, y = np.float32([[1, 2, 3], [3, 2, 1]]), np.array([0, 1])
    before = x.copy()
    value, dx = loss(x, y)
    assert isinstance(value, float)
    assert dx.dtype == np.float32
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (np.ones(3), np.array([0]), ValueError, r"x has shape \(3,\), expected \(N, C\)"),
        (np.ones((2, 3)), np.array([0, 1, 2]), ValueError, r"y has shape \(3,\), expected \(N,\) with N=2"),
        (np.ones((2, 3)), np.array([0, 3]), ValueError, "labels from 0 to 3, expected 0 to 2"),
        (np.ones((2, 3)), np.array([-1, 0]), ValueError, "labels from -1 to 0"),
        (np.ones((2, 3)), np.array([0.0, np.nan]), TypeError, "expected integer class labels"),
        (np.ones((2, 3), dtype=complex), np.array([0, 1]), TypeError, "x holds complex128"),
        (np.ones((0, 3)), np.array([], dtype=int), ValueError, "no examples to average over"),
    ],
)
def test_bad_input_is_refused_with_a_reason(loss, x, y, error, message):
    with pytest.raises(error, match=message):
        loss(x, y)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_diverged_net_gives_a_loss_of_nan(loss):
    assert np.isnan(of_one(loss, [np.nan, 1, 2], 1))


def test_lecture_svm_losses_of_three_images_are_2_9_and_0_and_12_9_and_their_mean_is_5_27():
    each = [of_one(svm_loss, x, y) for x, y in zip(THREE_IMAGES, THEIR_CLASSES, strict=True)]
    np.testing.assert_allclose(each, [2.9, 0, 12.9], atol=1e-12)
    assert round(svm_loss(THREE_IMAGES, THEIR_CLASSES)[0], 2) == 5.27


def test_lecture_svm_question_the_car_score_may_fall_by_a_half_without_a_change():
    scores = THREE_IMAGES[1] - [0, 0.5, 0]
    assert of_one(svm_loss, scores, CAR) == 0


def test_lecture_svm_question_the_loss_ranges_from_0_to_infinity():
    assert of_one(svm_loss, [100, 0, 0], 0) == 0
    assert of_one(svm_loss, [-1e300, 0, 0], 0) > 1e300


def test_lecture_svm_question_scores_of_about_0_give_C_minus_1():
    assert of_one(svm_loss, np.full(10, 1e-9), 3) == 9


def test_lecture_svm_question_the_sum_over_all_classes_is_larger_by_1():
    x, y = THREE_IMAGES, THEIR_CLASSES
    over_all = np.maximum(0, x - x[[0, 1, 2], y][:, None] + 1).sum(axis=1)
    each = [of_one(svm_loss, scores, label) for scores, label in zip(x, y, strict=True)]
    np.testing.assert_allclose(over_all - each, 1)


def test_lecture_svm_question_a_mean_over_classes_only_rescales():
    x, y = np.repeat(THREE_IMAGES, 2, axis=0), np.repeat(THEIR_CLASSES, 2)
    mean_over_classes = torch.nn.functional.multi_margin_loss(torch.tensor(x), torch.tensor(y)).item()
    assert svm_loss(x, y)[0] == pytest.approx(3 * mean_over_classes)


def test_lecture_svm_question_the_squared_hinge_is_another_loss():
    # The first image's only margin is 2.9; the third's, 6.3 and 6.6, exchange their weights.
    assert of_one(squared_hinge_loss, THREE_IMAGES[0], CAT) == pytest.approx(2.9**2)
    ratio = of_one(squared_hinge_loss, THREE_IMAGES[2], FROG) / of_one(svm_loss, THREE_IMAGES[2], FROG)
    assert ratio == pytest.approx((6.3**2 + 6.6**2) / 12.9)


def test_lecture_svm_a_loss_of_0_stays_0_when_the_weights_are_doubled():
    assert of_one(svm_loss, THREE_IMAGES[1], CAR) == of_one(svm_loss, 2 * THREE_IMAGES[1], CAR) == 0


def test_lecture_softmax_of_the_cat_is_0_13_and_0_87_and_0_00_and_its_loss_2_04():
    scores = THREE_IMAGES[0]
    np.testing.assert_allclose(np.exp(scores), [24.5, 164.0, 0.18], atol=0.05)
    np.testing.assert_array_equal(softmax(scores).round(2), [0.13, 0.87, 0.00])
    assert round(of_one(softmax_loss, scores, CAT), 2) == 2.04


def test_lecture_softmax_question_the_loss_ranges_from_0_to_infinity():
    assert of_one(softmax_loss, [1000, 0, 0], 0) == 0
    assert of_one(softmax_loss, [-1e300, 0, 0], 0) == pytest.approx(1e300)


def test_lecture_softmax_question_at_the_start_the_loss_is_log_C_which_is_2_3_for_ten_classes():
    assert of_one(softmax_loss, np.full(10, 1e-9), 3) == pytest.approx(np.log(10))
    assert round(of_one(softmax_loss, np.zeros(10), 0), 1) == 2.3


def test_lecture_cross_entropy_is_the_kl_divergence_from_the_right_answer():
    for scores, label in zip(THREE_IMAGES, THEIR_CLASSES, strict=True):
        divergence = entropy(np.eye(3)[label], softmax(scores))
        assert of_one(softmax_loss, scores, label) == pytest.approx(divergence)


def test_lecture_minimising_cross_entropy_maximises_the_likelihood():
    likelihood = np.prod([softmax(x)[y] for x, y in zip(THREE_IMAGES, THEIR_CLASSES, strict=True)])
    assert np.exp(-3 * softmax_loss(THREE_IMAGES, THEIR_CLASSES)[0]) == pytest.approx(likelihood)


def test_lecture_hinge_1_58_against_cross_entropy_1_04_which_is_0_452_in_base_10():
    scores, label = [-2.85, 0.86, 0.28], 2
    assert of_one(svm_loss, scores, label) == pytest.approx(1.58)
    cross_entropy = of_one(softmax_loss, scores, label)
    assert round(cross_entropy, 2) == 1.04
    assert round(cross_entropy / np.log(10), 3) == 0.452
    assert round(np.exp(-cross_entropy), 3) == 0.353


def test_lecture_softmax_tells_apart_what_the_svm_finds_equally_good():
    cases = [[10, -2, 3], [10, 9, 9], [10, -100, -100]]
    assert [of_one(svm_loss, scores, 0) for scores in cases] == [0, 0, 0]
    cross_entropies = [of_one(softmax_loss, scores, 0) for scores in cases]
    assert len({round(value, 6) for value in cross_entropies}) == 3
    assert cross_entropies[2] < cross_entropies[0] < cross_entropies[1]


def test_lecture_doubling_10_to_20_changes_the_softmax_loss_only():
    for others in [(-2, 3), (9, 9)]:
        assert of_one(svm_loss, [20, *others], 0) == of_one(svm_loss, [10, *others], 0) == 0
        assert of_one(softmax_loss, [20, *others], 0) < of_one(softmax_loss, [10, *others], 0)


@settings(max_examples=25)
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_mean_squared_error_equals_torchs(shape, seed):
    rng = np.random.default_rng(seed)
    x, target = rng.standard_normal(shape), rng.standard_normal(shape)
    value, dx = mse_loss(x, target)
    x_torch = torch.tensor(x, requires_grad=True)
    expected = torch.nn.functional.mse_loss(x_torch, torch.tensor(target))
    expected.backward()
    np.testing.assert_allclose(value, expected.item())
    np.testing.assert_allclose(dx, x_torch.grad.numpy())


def test_mean_squared_error_broadcasts_nothing_and_keeps_float32():
    with pytest.raises(ValueError, match=r"target has shape \(3, 1\), expected x's \(3,\)"):
        mse_loss(np.ones(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="nothing to average over"):
        mse_loss(np.ones(0), np.ones(0))
    assert mse_loss(np.ones(3, dtype=np.float32), np.zeros(3))[1].dtype == np.float32
