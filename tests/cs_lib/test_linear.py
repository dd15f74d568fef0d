"""Linear classifiers: the lectures' numbers, loops against vectors against torch, and training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from cs_lib.gradients import grad_check
from cs_lib.linear import (
    LinearSquaredSVM,
    LinearSVM,
    Softmax,
    random_search,
    softmax_loss_naive,
    softmax_loss_vectorized,
    squared_hinge_loss_vectorized,
    svm_loss_naive,
    svm_loss_vectorized,
)

LOSSES = [
    svm_loss_naive,
    svm_loss_vectorized,
    softmax_loss_naive,
    softmax_loss_vectorized,
    squared_hinge_loss_vectorized,
]
CLASSIFIERS = [LinearSVM, LinearSquaredSVM, Softmax]


def with_torch(loss, W, X, y, reg):
    F, C = torch.nn.functional, W.shape[1]
    table = {
        "svm": lambda s, y: C * F.multi_margin_loss(s, y),
        "squared": lambda s, y: C * F.multi_margin_loss(s, y, p=2),
        "softmax": F.cross_entropy,
    }
    weights = torch.tensor(W, requires_grad=True)
    on_scores = table[loss.__name__.split("_")[0]]
    value = on_scores(torch.tensor(X) @ weights, torch.tensor(y)) + reg * (weights**2).sum()
    value.backward()
    return value.item(), weights.grad.numpy()


def problem(seed, N=6, D=5, C=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((D, C)), rng.standard_normal((N, D)), rng.integers(C, size=N)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    X = X / 16 - 0.5
    X = np.hstack([X, np.ones((len(X), 1))])
    return X[:1200], y[:1200], X[1200:], y[1200:]


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=50)
@given(
    N=st.integers(1, 5),
    D=st.integers(1, 5),
    C=st.integers(1, 5),
    reg=st.sampled_from([0, 0.1, 5]),
    seed=st.integers(0, 99),
)
def test_value_and_gradient_equal_torchs(loss, N, D, C, reg, seed):
    W, X, y = problem(seed, N, D, C)
    value, dW = loss(W, X, y, reg)
    expected, expected_dW = with_torch(loss, W, X, y, reg)
    np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dW, expected_dW, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_agrees_with_finite_differences(loss):
    W, X, y = problem(0)
    report = grad_check(lambda W: loss(W, X, y, 0.1)[0], W, loss(W, X, y, 0.1)[1])
    assert report, report


@pytest.mark.parametrize("loss", LOSSES)
def test_float32_stays_float32_and_the_arguments_are_not_modified(loss):
    W, X, y = problem(0)
    W, X = W.astype(np.float32), X.astype(np.float32)
    before = W.copy(), X.copy(), y.copy()
    value, dW = loss(W, X, y, np.float64(0.1))
    assert isinstance(value, float)
    assert dW.dtype == np.float32
    for now, then in zip((W, X, y), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("loss", [softmax_loss_naive, softmax_loss_vectorized])
def test_softmax_survives_scores_of_thousands(loss):
    value, dW = loss(np.array([[1000.0, -1000.0]]), np.ones((1, 1)), np.array([1]), 0.0)
    assert value == 2000
    np.testing.assert_array_equal(dW, [[1, -1]])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"W": np.ones((3, 2))}, ValueError, "X has shape .* expected .N, D. with D=3"),
        ({"X": np.full((2, 4), np.nan)}, ValueError, r"X holds nan at \(0, 0\)"),
        ({"X": np.full((2, 4), "a")}, TypeError, "X holds <U1, expected real numbers"),
        ({"X": [[1.0] * 4]}, TypeError, "X is a list"),
        ({"y": np.array([0, 2])}, ValueError, "labels from 0 to 2, expected 0 to 1"),
        ({"y": np.array([0.0, np.nan])}, TypeError, "expected integer class labels"),
        ({"reg": -1}, ValueError, "reg is -1"),
        ({"X": np.ones((0, 4)), "y": np.ones(0, dtype=int)}, ValueError, "no examples to average over"),
    ],
)
def test_bad_input_is_refused_with_a_reason(loss, changes, error, message):
    arguments = {"W": np.ones((4, 2)), "X": np.ones((2, 4)), "y": np.array([0, 1]), "reg": 0.0}
    with pytest.raises(error, match=message):
        loss(**(arguments | changes))


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_that_diverged_give_a_loss_of_nan(loss):
    assert np.isnan(loss(np.full((4, 2), np.nan), np.ones((1, 4)), np.array([0]), 0.0)[0])


def test_lecture_four_pixels_score_minus_96_8_and_437_9_and_60_75_not_61_95():
    W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0, 0.25, 0.2, -0.3]])
    x, b = np.array([56.0, 231, 24, 2]), np.array([1.1, 3.2, -1.2])
    np.testing.assert_allclose(W @ x + b, [-96.8, 437.9, 60.75])
    assert (W @ x)[2] == pytest.approx(61.95)  # the slide's figure: the bias left out
    classifier = Softmax()
    classifier.W = np.vstack([W.T, b])  # the bias as the weight of a column of ones
    with_one = np.append(x, 1)[None]
    np.testing.assert_allclose(with_one @ classifier.W, [[-96.8, 437.9, 60.75]])
    np.testing.assert_array_equal(classifier.predict(with_one), [1])


def test_lecture_a_loss_of_0_is_0_for_twice_the_weights_too():
    X, y, W = np.eye(3), np.arange(3), 2 * np.eye(3)
    assert svm_loss_vectorized(W, X, y, 0.0)[0] == svm_loss_vectorized(2 * W, X, y, 0.0)[0] == 0
    # Regularisation breaks the tie, for the smaller weights.
    assert svm_loss_vectorized(W, X, y, 0.1)[0] < svm_loss_vectorized(2 * W, X, y, 0.1)[0]


def accuracy_of_best_fit(X, y):
    classifier = Softmax()
    classifier.train(X, y, learning_rate=0.5, reg=0, num_iters=1000, batch_size=len(X), seed=0)
    return np.mean(classifier.predict(X) == y)


def test_lecture_a_line_cannot_separate_xor_quadrants_a_ring_or_three_modes():
    xor = np.array([[-1.0, -1, 1], [1, 1, 1], [-1, 1, 1], [1, -1, 1]])
    assert accuracy_of_best_fit(xor, np.array([0, 0, 1, 1])) < 1
    angle = np.arange(8) * np.pi / 4
    ring = np.vstack([np.c_[r * np.cos(angle), r * np.sin(angle), np.ones(8)] for r in (1, 2)])
    assert accuracy_of_best_fit(ring, np.repeat([0, 1], 8)) < 1
    modes = np.c_[np.arange(6.0), np.ones(6)]
    assert accuracy_of_best_fit(modes, np.array([0, 1, 0, 1, 0, 1])) < 1
    separable = np.c_[np.arange(6.0) - 2.5, np.ones(6)]
    assert accuracy_of_best_fit(separable, np.array([0, 0, 0, 1, 1, 1])) == 1


def test_lecture_the_best_of_1000_random_weights_beats_chance(digits):
    X, y, X_test, y_test = digits
    W, loss = random_search(X[:300], y[:300], tries=1000, seed=0)
    accuracy = np.mean((X_test @ W).argmax(axis=1) == y_test)
    assert accuracy > 0.13  # chance is 0.1; the slide has 15.5 % on CIFAR-10
    assert loss == pytest.approx(svm_loss_vectorized(W, X[:300], y[:300], 0.0)[0])


@pytest.mark.parametrize("Classifier", CLASSIFIERS)
def test_training_learns_digits(Classifier, digits):
    X, y, X_test, y_test = digits
    classifier = Classifier()
    losses = classifier.train(X, y, learning_rate=0.03, reg=1e-5, num_iters=800, seed=0)
    assert len(losses) == 800
    assert losses[-1] < losses[0] / 2
    assert np.mean(classifier.predict(X_test) == y_test) > 0.8


@pytest.mark.parametrize("Classifier", CLASSIFIERS)
def test_training_repeats_by_its_seed_and_goes_on_where_it_stopped(Classifier, digits):
    X, y = digits[:2]
    first, second = Classifier(), Classifier()
    assert first.train(X, y, num_iters=3, seed=1) == second.train(X, y, num_iters=3, seed=1)
    np.testing.assert_array_equal(first.W, second.W)
    before = first.W
    first.train(X, y, learning_rate=1e-9, num_iters=1)
    np.testing.assert_allclose(first.W, before, atol=1e-6)


def test_first_weights_are_a_thousandth_of_a_normal_deviate_and_keep_float32():
    X = np.random.default_rng(0).standard_normal((50, 2000)).astype(np.float32)
    classifier = Softmax()
    classifier.train(X, np.arange(50) % 10, learning_rate=1e-12, num_iters=1, seed=0)
    assert classifier.W.shape == (2000, 10)
    assert classifier.W.dtype == np.float32
    assert classifier.W.std() == pytest.approx(1e-3, rel=0.02)


def test_a_batch_may_be_larger_than_the_set_and_progress_is_printed_on_request(capsys):
    Softmax().train(np.eye(3), np.arange(3), num_iters=101, batch_size=200, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["iteration 0 / 101", "iteration 100 / 101"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Softmax().predict(np.eye(3)), RuntimeError, r"call train\(X, y\) first"),
        (lambda: Softmax().train(np.eye(3), np.arange(2)), ValueError, "y has shape"),
        (lambda: Softmax().train(np.eye(3), np.array([0, -1, 2])), ValueError, "labels from -1 to 2"),
        (lambda: Softmax().train(np.eye(3), np.ones(3)), TypeError, "expected integer class labels"),
        (lambda: Softmax().train(np.ones((0, 3)), np.ones(0, dtype=int)), ValueError, "y is empty"),
        (lambda: Softmax().train(np.eye(3), np.arange(3), learning_rate=0), ValueError, "learning_rate is 0"),
        (lambda: Softmax().train(np.eye(3) / 0.0, np.arange(3)), ValueError, "X holds"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_classifier_refuses_what_it_cannot_learn_from(call, error, message):
    with pytest.raises(error, match=message):
        call()
