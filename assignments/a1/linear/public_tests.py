"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import math

import numpy as np
import pytest

from cs_lib.check import expect


def loss_and_gradient(got):
    """The two things that a loss returns."""
    pair = type(got) in (tuple, list) and len(got) == 2
    expect.true(pair, "Return two things: the loss and its gradient dW.", status="wrong_type")
    return got


def expect_loss(got, loss):
    """The first of the two is the loss."""
    expect.close(loss_and_gradient(got)[0], loss, "The loss")


def expect_gradient(got, dW):
    """The second of the two is the gradient."""
    expect.close(loss_and_gradient(got)[1], dW, "The gradient dW")


def expect_read_only(student, loss_function):
    """W, X and y are the same after the call as before."""
    W, X, y = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]), np.array([[2.0, 1.0], [-1.0, 4.0]]), [2, 0]
    loss_and_gradient(loss_function(W, X, np.array(y), 0.25))
    for before, after, name in zip((W, X, y), student.arguments_(), "WXy", strict=False):
        expect.unchanged(before, after, name)


# The scores of three pictures for cat, car and frog: W itself, if each picture has a 1 in its own column.
SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
CAT_CAR_FROG = np.array([0, 1, 2])

# Scores of (-1, 2, 2), (3, -2, -4), (0, 6, 3) and (2, 4, 0), with the losses 1, 11, 4 and 3.
W_WHOLE = np.array([[1.0, 0, -1], [0, 2, 1]])
X_WHOLE = np.array([[-1.0, 1], [3, -1], [0, 3], [2, 2]])
Y_WHOLE = np.array([1, 2, 2, 0])
SVM_GRADIENT = np.array([[1.25, 1.5, -2.75], [-0.75, 2.75, 1]])  # with reg = 0.5

# Every example has a correct class that leads by 1 or more: nothing is to be paid, and no slope is left.
LEADS = np.array([[10.0, -2, 3], [10, 9, 9], [10, -100, -100]])


@pytest.mark.graded("svm_loss_naive", points=0.5)
def test_svm_naive_on_three_pictures(student):
    """The losses 2.9, 0 and 12.9 have the mean 5.27; no regularisation."""
    expect_loss(student.svm_loss_naive(SCORES, np.eye(3), CAT_CAR_FROG, 0.0), 15.8 / 3)


@pytest.mark.graded("svm_loss_naive", points=0.5)
def test_svm_naive_loss_in_whole_numbers(student):
    """Four examples with the losses 1, 11, 4 and 3, and reg = 0.5 times a sum of squares of 7."""
    expect_loss(student.svm_loss_naive(W_WHOLE, X_WHOLE, Y_WHOLE, 0.5), 19 / 4 + 3.5)


@pytest.mark.graded("svm_loss_naive", points=0.5)
def test_svm_naive_gradient_in_whole_numbers(student):
    """The gradient of the same."""
    expect_gradient(student.svm_loss_naive(W_WHOLE, X_WHOLE, Y_WHOLE, 0.5), SVM_GRADIENT)


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_where_all_margins_are_met(student):
    """Leads of 7 and more, of exactly 1, and of 110: the loss is 0, and so is the gradient."""
    got = student.svm_loss_naive(LEADS, np.eye(3), np.zeros(3, dtype=int), 0.0)
    expect_loss(got, 0.0)
    expect_gradient(got, np.zeros((3, 3)))


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_only_reads(student):
    """W, X and y are the same after the call."""
    expect_read_only(student, student.svm_loss_naive)


@pytest.mark.graded("svm_loss_vectorized", points=0.5)
def test_svm_vectorized_on_three_pictures(student):
    """The losses 2.9, 0 and 12.9 have the mean 5.27; no regularisation."""
    expect_loss(student.svm_loss_vectorized(SCORES, np.eye(3), CAT_CAR_FROG, 0.0), 15.8 / 3)


@pytest.mark.graded("svm_loss_vectorized", points=0.5)
def test_svm_vectorized_loss_in_whole_numbers(student):
    """Four examples with the losses 1, 11, 4 and 3, and reg = 0.5 times a sum of squares of 7."""
    expect_loss(student.svm_loss_vectorized(W_WHOLE, X_WHOLE, Y_WHOLE, 0.5), 19 / 4 + 3.5)


@pytest.mark.graded("svm_loss_vectorized", points=0.5)
def test_svm_vectorized_gradient_in_whole_numbers(student):
    """The gradient of the same."""
    expect_gradient(student.svm_loss_vectorized(W_WHOLE, X_WHOLE, Y_WHOLE, 0.5), SVM_GRADIENT)


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_where_all_margins_are_met(student):
    """Leads of 7 and more, of exactly 1, and of 110: the loss is 0, and so is the gradient."""
    got = student.svm_loss_vectorized(LEADS, np.eye(3), np.zeros(3, dtype=int), 0.0)
    expect_loss(got, 0.0)
    expect_gradient(got, np.zeros((3, 3)))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_only_reads(student):
    """W, X and y are the same after the call."""
    expect_read_only(student, student.svm_loss_vectorized)


# One picture, a cat, with one number that is 1.
ONE_CAT = SCORES[:1], np.ones((1, 1)), np.array([0])
ONE_CAT_LOSS = math.log(math.exp(3.2) + math.exp(5.1) + math.exp(-1.7)) - 3.2

# Logarithms, for the probabilities (1, 2, 3) / 6, (2, 2, 1) / 5, (2, 4, 3) / 9 and (1, 2, 3) / 6.
W_LOGS = np.log([[1.0, 2, 3], [2, 2, 1]])
X_LOGS = np.array([[1.0, 0], [0, 1], [1, 1], [1, 0]])
Y_LOGS = np.array([0, 2, 1, 2])
LOGS_LOSS = math.log(135) / 4 + 0.5 * (3 * math.log(2) ** 2 + math.log(3) ** 2)  # with reg = 0.5
LOGS_GRADIENT = np.array([[-4 / 9, 1 / 9, 1 / 3], [28 / 45, -7 / 45, -21 / 45]]) / 4 + W_LOGS

# Scores around 1000 and around -1000, with the probabilities (1, 2, 3) / 6 and (6, 3, 2) / 11.
LARGE = np.array([[1000.0], [-1000]]) + np.log([[1.0, 2, 3], [6, 3, 2]]), np.eye(2), np.array([0, 2])
LARGE_LOSS = math.log(6 * 11 / 2) / 2
LARGE_GRADIENT = np.array([[-5 / 6, 2 / 6, 3 / 6], [6 / 11, 3 / 11, -9 / 11]]) / 2

# The correct class is 25 behind: its probability is 1.4e-11, the loss 25 and a trace.
CONFIDENT = np.array([[0.0, 25.0]]), np.ones((1, 1)), np.array([0])


@pytest.mark.graded("softmax_loss_naive", points=0.25)
def test_softmax_naive_on_one_picture(student):
    """The scores 3.2, 5.1 and -1.7 of a cat: the loss is 2.04."""
    expect_loss(student.softmax_loss_naive(*ONE_CAT, 0.0), ONE_CAT_LOSS)


@pytest.mark.graded("softmax_loss_naive", points=0.5)
def test_softmax_naive_loss_of_four_examples(student):
    """The correct classes have the probabilities 1/6, 1/5, 4/9 and 1/2; reg is 0.5."""
    expect_loss(student.softmax_loss_naive(W_LOGS, X_LOGS, Y_LOGS, 0.5), LOGS_LOSS)


@pytest.mark.graded("softmax_loss_naive", points=0.5)
def test_softmax_naive_gradient_of_four_examples(student):
    """The gradient of the same."""
    expect_gradient(student.softmax_loss_naive(W_LOGS, X_LOGS, Y_LOGS, 0.5), LOGS_GRADIENT)


@pytest.mark.graded("softmax_loss_naive", points=0.5)
def test_softmax_naive_on_large_scores(student):
    """One example has scores around 1000, the other around -1000: exp() has to bear both."""
    got = student.softmax_loss_naive(*LARGE, 0.0)
    expect_loss(got, LARGE_LOSS)
    expect_gradient(got, LARGE_GRADIENT)


@pytest.mark.graded("softmax_loss_naive", points=0.125)
def test_softmax_naive_on_a_confident_mistake(student):
    """The correct class is 25 behind the other: so is the loss, and the gradient is -1 and 1."""
    got = student.softmax_loss_naive(*CONFIDENT, 0.0)
    expect_loss(got, 25.0)
    expect_gradient(got, [[-1.0, 1.0]])


@pytest.mark.graded("softmax_loss_naive", points=0.125)
def test_softmax_naive_only_reads(student):
    """W, X and y are the same after the call."""
    expect_read_only(student, student.softmax_loss_naive)


@pytest.mark.graded("softmax_loss_vectorized", points=0.25)
def test_softmax_vectorized_on_one_picture(student):
    """The scores 3.2, 5.1 and -1.7 of a cat: the loss is 2.04."""
    expect_loss(student.softmax_loss_vectorized(*ONE_CAT, 0.0), ONE_CAT_LOSS)


@pytest.mark.graded("softmax_loss_vectorized", points=0.5)
def test_softmax_vectorized_loss_of_four_examples(student):
    """The correct classes have the probabilities 1/6, 1/5, 4/9 and 1/2; reg is 0.5."""
    expect_loss(student.softmax_loss_vectorized(W_LOGS, X_LOGS, Y_LOGS, 0.5), LOGS_LOSS)


@pytest.mark.graded("softmax_loss_vectorized", points=0.5)
def test_softmax_vectorized_gradient_of_four_examples(student):
    """The gradient of the same."""
    expect_gradient(student.softmax_loss_vectorized(W_LOGS, X_LOGS, Y_LOGS, 0.5), LOGS_GRADIENT)


@pytest.mark.graded("softmax_loss_vectorized", points=0.5)
def test_softmax_vectorized_on_large_scores(student):
    """One example has scores around 1000, the other around -1000: exp() has to bear both."""
    got = student.softmax_loss_vectorized(*LARGE, 0.0)
    expect_loss(got, LARGE_LOSS)
    expect_gradient(got, LARGE_GRADIENT)


@pytest.mark.graded("softmax_loss_vectorized", points=0.125)
def test_softmax_vectorized_on_a_confident_mistake(student):
    """The correct class is 25 behind the other: so is the loss, and the gradient is -1 and 1."""
    got = student.softmax_loss_vectorized(*CONFIDENT, 0.0)
    expect_loss(got, 25.0)
    expect_gradient(got, [[-1.0, 1.0]])


@pytest.mark.graded("softmax_loss_vectorized", points=0.125)
def test_softmax_vectorized_only_reads(student):
    """W, X and y are the same after the call."""
    expect_read_only(student, student.softmax_loss_vectorized)


# Where all examples are alike, every batch is the same, and each step can be worked out by hand.
ALIKE, ALL_1 = np.ones((5, 1)), np.ones(5, dtype=int)
HARDLY = 1e-12  # a learning rate that leaves the weights where they are


def machine(student, W=None):
    """A linear SVM, with the weights W if any are given."""
    svm = student.LinearSVM()
    if W is not None:
        svm["W"] = np.array(W)
    return svm


@pytest.mark.graded("train", points=0.5)
def test_train_three_steps(student):
    """Five examples that are alike, from weights of 0: losses of 1, 0.8 and 0.6, weights of -0.3 and 0.3."""
    svm = machine(student, [[0.0, 0.0]])
    losses = svm.train(ALIKE, ALL_1, learning_rate=0.1, reg=0.0, num_iters=3, batch_size=4)
    expect.close(losses, [1.0, 0.8, 0.6], "The list of losses")
    expect.close(svm["W"], [[-0.3, 0.3]], "self.W")


@pytest.mark.graded("train", points=0.25)
def test_train_two_steps_with_regularisation(student):
    """From weights of 1 and -1, reg = 0.5, batches of 7: losses of 4 and 3.24, weights of 0.62 and -0.62."""
    svm = machine(student, [[1.0, -1.0]])
    losses = svm.train(ALIKE, ALL_1, learning_rate=0.1, reg=0.5, num_iters=2, batch_size=7)
    expect.close(losses, [4.0, 3.24], "The list of losses")
    expect.close(svm["W"], [[0.62, -0.62]], "self.W")


@pytest.mark.graded(
    "train",
    points=0.25,
    hint="The first weights are 0.001 times normal random numbers, with a row for each column of X and a "
    "column for each class from 0 up to the largest label.",
)
def test_train_creates_small_random_weights(student):
    """Weights for 300 numbers and 4 classes, of which one does not occur: random, about 0.001, around 0."""
    svm = machine(student)
    svm.train(
        np.ones((8, 300)), np.array([3, 0, 1, 3, 0, 0, 1, 1]), learning_rate=HARDLY, num_iters=1, batch_size=5
    )
    W = svm["W"]
    expect.shape(W, (300, 4), "self.W")
    expect.true(
        0.0008 < np.std(W) < 0.0012 and abs(np.mean(W)) < 0.0003,
        f"The first weights have mean {np.mean(W):.2g} and standard deviation {np.std(W):.2g}, "
        "expected about 0 and about 0.001.",
    )


@pytest.mark.graded(
    "train",
    points=0.5,
    hint="If the loss passes its own check, then pictures and labels of a batch don't belong together: draw "
    "numbers of rows once, and take both by them.",
)
def test_train_keeps_examples_and_labels_together(student):
    """These weights know each of three examples: all losses are 0, if each example comes with its label."""
    svm = machine(student, 5 * np.eye(3))
    X, y = np.eye(3)[[0, 1, 2, 1, 0, 2]], np.array([0, 1, 2, 1, 0, 2])
    losses = svm.train(X, y, learning_rate=0.1, reg=0.0, num_iters=20, batch_size=6)
    expect.close(losses, np.zeros(20), "The list of losses")


@pytest.mark.graded(
    "train",
    points=0.5,
    hint="If the loss passes its own check, then some examples are never drawn: draw a new batch from all of "
    "X in each iteration.",
)
def test_train_draws_from_all_examples(student):
    """Eight examples with the losses 2, 3, ... 9, one at a time: among 150 losses each of them occurs."""
    svm = machine(student, [[1.0, 0.0]])
    X = np.arange(1.0, 9.0)[:, np.newaxis]
    losses = svm.train(X, np.ones(8, dtype=int), learning_rate=HARDLY, reg=0.0, num_iters=150, batch_size=1)
    expect.shape(losses, (150,), "The list of losses")
    expect.equal(np.unique(np.rint(losses)), np.arange(2.0, 10.0), "The array of different losses")


@pytest.mark.graded("predict", points=0.5)
def test_predict_the_largest_score(student):
    """Scores of (-6, -2, -7), (3, 1, 2) and (1, 0, 4): the classes 1, 0 and 2, as whole numbers."""
    got = machine(student, [[-6.0, -2, -7], [3, 1, 2], [1, 0, 4]]).predict(np.eye(3))
    expect.equal(got, [1, 0, 2], "The array of labels")
    expect.whole_numbers(got, "The array of labels")


@pytest.mark.graded("predict", points=0.25)
def test_predict_one_example(student):
    """One example with the scores (0.3, 0.1, 0.2, 0.7): an array of one label."""
    got = machine(student, [[0.3, 0.1, 0.2, 0.7]]).predict(np.ones((1, 1)))
    expect.equal(got, [3], "The array of labels")


@pytest.mark.graded("predict", points=0.25)
def test_predict_only_reads(student):
    """Three examples and three classes; X is the same after the call."""
    svm, X = machine(student, [[1.0, 2, 0], [0, 1, 3]]), np.array([[2.0, 1], [-1, -3], [1, 0]])
    expect.equal(svm.predict(X), [1, 0, 1], "The array of labels")
    expect.unchanged(X, student.arguments_()[0], "X")


@pytest.mark.graded("answer_left_out", points=0)
def test_left_out_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_left_out"], "answer_left_out")


@pytest.mark.graded("answer_calls_for_one_gradient", points=0)
def test_calls_for_one_gradient_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_calls_for_one_gradient"], "answer_calls_for_one_gradient")


@pytest.mark.graded("answer_which_column", points=0)
def test_which_column_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_which_column"], ("a", "b", "c", "d"), "answer_which_column")
