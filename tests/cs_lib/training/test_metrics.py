from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from cs_lib.models import TwoLayerNet
from cs_lib.training import accuracy, class_accuracies, confusion_matrix, predict, scores_of, top_k_accuracy


@pytest.fixture
def guesses():
    rng = np.random.default_rng(0)
    return rng.standard_normal((200, 6)), rng.integers(6, size=200)


def test_counts_equal_those_of_scikit_learn(guesses):
    scores, y = guesses
    predicted = scores.argmax(axis=1)
    assert accuracy(predicted, y) == pytest.approx(theirs.accuracy_score(y, predicted))
    np.testing.assert_array_equal(confusion_matrix(predicted, y, 6), theirs.confusion_matrix(y, predicted))
    np.testing.assert_allclose(
        class_accuracies(predicted, y, 6), theirs.recall_score(y, predicted, average=None)
    )
    for k in (1, 2, 5):
        assert top_k_accuracy(scores, y, k) == pytest.approx(theirs.top_k_accuracy_score(y, scores, k=k))


def test_all_classes_are_the_first_c_guesses(guesses):
    scores, y = guesses
    assert top_k_accuracy(scores, y, 6) == 1
    assert top_k_accuracy(scores, y, 1) == accuracy(scores.argmax(axis=1), y)


def test_equal_scores_are_no_hit():
    assert top_k_accuracy(np.zeros((4, 3)), np.array([0, 1, 2, 0]), 2) == 0


def test_a_class_without_examples_has_no_accuracy():
    rates = class_accuracies(np.array([0, 1]), np.array([0, 0]), 3)
    np.testing.assert_array_equal(rates, [0.5, np.nan, np.nan])


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_prediction_in_batches_is_the_same(batch_size):
    model = TwoLayerNet(4, 5, 3, weight_scale=1.0, seed=0)
    X = np.random.default_rng(0).standard_normal((7, 4))
    np.testing.assert_allclose(scores_of(model, X, batch_size), model.loss(X))
    np.testing.assert_array_equal(predict(model, X, batch_size), model.loss(X).argmax(axis=1))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: accuracy(np.zeros(0, int), np.zeros(0, int)), "y is empty"),
        (lambda: accuracy(np.zeros(3, int), np.zeros(2, int)), "y has shape"),
        (
            lambda: confusion_matrix(np.array([0, 3]), np.array([0, 1]), 3),
            "predicted holds labels from 0 to 3",
        ),
        (lambda: scores_of(TwoLayerNet(4), np.zeros((0, 4))), "there are no examples"),
    ],
)
def test_bad_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
