"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import numpy as np
import pytest

from cs_lib import linear as reference
from cs_lib.check import expect, remembered

svm = remembered(reference.svm_loss_vectorized)
softmax = remembered(reference.softmax_loss_vectorized)

# Numbers of examples, of numbers in each, of classes; reg; dtype.
EDGES = pytest.mark.parametrize(
    ("sizes", "reg", "dtype"),
    [
        ((9, 5, 4), 0.7, "float64"),
        ((1, 4, 6), 0.0, "float64"),
        ((5, 1, 2), 30.0, "float32"),
        ((4, 4, 4), 0.05, "float32"),
    ],
    ids=["plain", "one example", "one number and two classes in float32", "square in float32"],
)


def problem(rng, sizes, dtype="float64", num_labels=None):
    """W, X and y of these sizes. No margin is near 0, where the slope jumps, and no two scores are alike."""
    num_examples, num_features, num_classes = sizes
    y = rng.integers(num_labels or num_classes, size=num_examples)
    while True:
        W = rng.standard_normal((num_features, num_classes)).astype(dtype)
        X = 1.5 * rng.standard_normal((num_examples, num_features)).astype(dtype)
        scores = X.astype(float) @ W
        margins = scores - scores[np.arange(num_examples), y][:, np.newaxis] + 1
        if min(np.abs(margins).min(), np.diff(np.sort(scores, axis=1)).min()) > 1e-3:
            return W, X, y


def loss_and_gradient(got):
    """The two things that a loss returns."""
    pair = type(got) in (tuple, list) and len(got) == 2
    expect.true(pair, "Return two things: the loss and its gradient dW.", status="wrong_type")
    return got


def expect_loss(got, expected):
    """The first of the two is the loss."""
    expect.close(loss_and_gradient(got)[0], expected[0], "The loss")


def expect_gradient(got, expected):
    """The second of the two is the gradient."""
    dW = expected[1]
    expect.close(loss_and_gradient(got)[1], dW, "The gradient dW", atol=resolution(dW))


def resolution(numbers):
    """What rounding leaves of terms that cancel."""
    return 10 * np.finfo(numbers.dtype).eps * max(1.0, np.abs(numbers).max())


def expect_both(got, expected):
    """The loss and its gradient."""
    expect_loss(got, expected)
    expect_gradient(got, expected)


def expect_read_only(student, loss_function, arguments, expected):
    """Two calls give the same, and W, X and y are the same after them."""
    for _ in range(2):
        expect_both(loss_function(*arguments), expected)
        for before, after, name in zip(arguments[:3], student.arguments_(), "WXy", strict=False):
            expect.unchanged(before, after, name)


def with_scores(rng, scores):
    """W and X (an example for each row) that give these scores."""
    X = rng.permutation(np.eye(len(scores)))
    return X.T @ scores, X


# --- the losses: what is asked of both ways to the SVM loss


def svm_met_margins(rng):
    """Scores in whole numbers. Some margins are exactly 0, which counts as met."""
    scores = rng.integers(-9, 10, size=(6, 5)).astype(float)
    y = rng.integers(5, size=6)
    rows, others = np.arange(6), (y + rng.integers(1, 5, size=6)) % 5
    scores[rows, y] = 3.0
    scores[rows, others] = 2.0
    return *with_scores(rng, scores), y


@pytest.mark.graded("svm_loss_naive", points=0.25)
@EDGES
def test_svm_naive_loss(student, rng, sizes, reg, dtype):
    """The loss for several sizes, strengths of regularisation and dtypes."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_loss(student.svm_loss_naive(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_naive", points=0.25)
@EDGES
def test_svm_naive_gradient(student, rng, sizes, reg, dtype):
    """The gradient for the same kinds of numbers."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_gradient(student.svm_loss_naive(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_classes_without_examples(student, rng):
    """Six classes, of which only the first three occur in y."""
    arguments = *problem(rng, (8, 3, 6), num_labels=3), 0.1
    expect_both(student.svm_loss_naive(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_margins_of_exactly_0(student, rng):
    """A margin of exactly 0 gives no slope."""
    arguments = *svm_met_margins(rng), 0.0
    expect_both(student.svm_loss_naive(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_large_scores(student, rng):
    """Scores of some 10,000."""
    W, X, y = problem(rng, (5, 3, 4))
    expect_both(student.svm_loss_naive(1e4 * W, X, y, 1e-6), svm(1e4 * W, X, y, 1e-6))


@pytest.mark.graded("svm_loss_naive", points=0.25)
def test_svm_naive_twice(student, rng):
    """W, X and y stay as they are, and a second call gives the same."""
    arguments = *problem(rng, (7, 3, 5)), 0.3
    expect_read_only(student, student.svm_loss_naive, arguments, svm(*arguments))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
@EDGES
def test_svm_vectorized_loss(student, rng, sizes, reg, dtype):
    """The loss for several sizes, strengths of regularisation and dtypes."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_loss(student.svm_loss_vectorized(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
@EDGES
def test_svm_vectorized_gradient(student, rng, sizes, reg, dtype):
    """The gradient for the same kinds of numbers."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_gradient(student.svm_loss_vectorized(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_classes_without_examples(student, rng):
    """Six classes, of which only the first three occur in y."""
    arguments = *problem(rng, (8, 3, 6), num_labels=3), 0.1
    expect_both(student.svm_loss_vectorized(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_margins_of_exactly_0(student, rng):
    """A margin of exactly 0 gives no slope."""
    arguments = *svm_met_margins(rng), 0.0
    expect_both(student.svm_loss_vectorized(*arguments), svm(*arguments))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_large_scores(student, rng):
    """Scores of some 10,000."""
    W, X, y = problem(rng, (5, 3, 4))
    expect_both(student.svm_loss_vectorized(1e4 * W, X, y, 1e-6), svm(1e4 * W, X, y, 1e-6))


@pytest.mark.graded("svm_loss_vectorized", points=0.25)
def test_svm_vectorized_twice(student, rng):
    """W, X and y stay as they are, and a second call gives the same."""
    arguments = *problem(rng, (7, 3, 5)), 0.3
    expect_read_only(student, student.svm_loss_vectorized, arguments, svm(*arguments))


# --- what is asked of both ways to the softmax loss


def large_scores(rng):
    """Scores around 10,000 in one example, -10,000 in the next: their differences are small."""
    scores = np.array([[1e4], [-1e4], [3e3], [0.0]]) + rng.standard_normal((4, 5))
    return *with_scores(rng, scores), rng.integers(5, size=4)


def confident_mistakes(rng):
    """The correct class is 20 to 30 behind another one, with a probability of about 1e-11."""
    scores, y = rng.standard_normal((4, 3)), rng.integers(3, size=4)
    scores[np.arange(4), (y + 1) % 3] += rng.uniform(22, 28, size=4)
    return *with_scores(rng, scores), y


@pytest.mark.graded("softmax_loss_naive", points=0.25)
@EDGES
def test_softmax_naive_loss(student, rng, sizes, reg, dtype):
    """The loss for several sizes, strengths of regularisation and dtypes."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_loss(student.softmax_loss_naive(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_naive", points=0.25)
@EDGES
def test_softmax_naive_gradient(student, rng, sizes, reg, dtype):
    """The gradient for the same kinds of numbers."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_gradient(student.softmax_loss_naive(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_naive", points=0.125)
def test_softmax_naive_classes_without_examples(student, rng):
    """Six classes, of which only the first three occur in y."""
    arguments = *problem(rng, (8, 3, 6), num_labels=3), 0.1
    expect_both(student.softmax_loss_naive(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_naive", points=0.5)
def test_softmax_naive_scores_of_10000(student, rng):
    """Scores around 10,000 and around -10,000 in the same batch."""
    arguments = *large_scores(rng), 0.0
    expect_both(student.softmax_loss_naive(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_naive", points=0.25)
def test_softmax_naive_confident_mistakes(student, rng):
    """Correct classes with tiny probabilities."""
    arguments = *confident_mistakes(rng), 0.0
    expect_both(student.softmax_loss_naive(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_naive", points=0.125)
def test_softmax_naive_twice(student, rng):
    """W, X and y stay as they are, and a second call gives the same."""
    arguments = *problem(rng, (7, 3, 5)), 0.3
    expect_read_only(student, student.softmax_loss_naive, arguments, softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.25)
@EDGES
def test_softmax_vectorized_loss(student, rng, sizes, reg, dtype):
    """The loss for several sizes, strengths of regularisation and dtypes."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_loss(student.softmax_loss_vectorized(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.25)
@EDGES
def test_softmax_vectorized_gradient(student, rng, sizes, reg, dtype):
    """The gradient for the same kinds of numbers."""
    arguments = *problem(rng, sizes, dtype), reg
    expect_gradient(student.softmax_loss_vectorized(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.125)
def test_softmax_vectorized_classes_without_examples(student, rng):
    """Six classes, of which only the first three occur in y."""
    arguments = *problem(rng, (8, 3, 6), num_labels=3), 0.1
    expect_both(student.softmax_loss_vectorized(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.5)
def test_softmax_vectorized_scores_of_10000(student, rng):
    """Scores around 10,000 and around -10,000 in the same batch."""
    arguments = *large_scores(rng), 0.0
    expect_both(student.softmax_loss_vectorized(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.25)
def test_softmax_vectorized_confident_mistakes(student, rng):
    """Correct classes with tiny probabilities."""
    arguments = *confident_mistakes(rng), 0.0
    expect_both(student.softmax_loss_vectorized(*arguments), softmax(*arguments))


@pytest.mark.graded("softmax_loss_vectorized", points=0.125)
def test_softmax_vectorized_twice(student, rng):
    """W, X and y stay as they are, and a second call gives the same."""
    arguments = *problem(rng, (7, 3, 5)), 0.3
    expect_read_only(student, student.softmax_loss_vectorized, arguments, softmax(*arguments))


# --- training. Where all examples are alike, every batch is the same, and nothing depends on chance.

HARDLY = 1e-12  # a learning rate that leaves the weights where they are


@remembered
def trained(name, W, X, y, **settings):
    """The losses, and the weights after them, that are expected where all examples are alike."""
    model = getattr(reference, name)()
    model.W = W
    losses = model.train(X, y, **settings)
    return losses, model.W


def alike(rng, num_examples=6, num_features=3, num_classes=4, dtype="float64"):
    """First weights, and examples that are all the same."""
    x = rng.standard_normal(num_features).astype(dtype)
    W = rng.standard_normal((num_features, num_classes)).astype(dtype)
    return W, np.tile(x, (num_examples, 1)), np.full(num_examples, rng.integers(num_classes))


def machine(student, name="LinearSVM", W=None):
    """A linear classifier, with the weights W if any are given."""
    model = getattr(student, name)()
    if W is not None:
        model["W"] = W
    return model


def expect_training(student, name, W, X, y, **settings):
    """Losses and weights are those of the reference."""
    model = machine(student, name, W)
    losses, weights = trained(name, W, X, y, **settings)
    expect.close(model.train(X, y, **settings), losses, "The list of losses")
    expect.close(model["W"], weights, "self.W")


@pytest.mark.graded("train", points=0.25)
@pytest.mark.parametrize(
    ("name", "dtype", "settings"),
    [
        ("LinearSVM", "float64", {"learning_rate": 0.03, "reg": 0.2, "num_iters": 25, "batch_size": 3}),
        ("LinearSVM", "float32", {"learning_rate": 0.5, "reg": 0.0, "num_iters": 1, "batch_size": 6}),
        ("Softmax", "float64", {"learning_rate": 0.2, "reg": 0.05, "num_iters": 12, "batch_size": 1}),
        ("LinearSVM", "float64", {}),
    ],
    ids=["25 steps", "one step in float32", "softmax", "settings left to their defaults"],
)
def test_train_on_examples_that_are_alike(student, rng, name, dtype, settings):
    """Losses and weights of some steps, from given weights."""
    expect_training(student, name, *alike(rng, dtype=dtype), **settings)


@pytest.mark.graded("train", points=0.25)
def test_train_on_fewer_examples_than_a_batch(student, rng):
    """Two examples and batches of 30."""
    settings = {"learning_rate": 0.1, "reg": 0.1, "num_iters": 4, "batch_size": 30}
    expect_training(student, "LinearSVM", *alike(rng, num_examples=2), **settings)


@pytest.mark.graded("train", points=0.25)
def test_train_goes_on(student, rng):
    """A second call goes on from the weights of the first."""
    W, X, y = alike(rng)
    settings = {"learning_rate": 0.05, "reg": 0.1, "num_iters": 3, "batch_size": 4}
    model = machine(student, "LinearSVM", W)
    expected, weights = trained("LinearSVM", W, X, y, **(settings | {"num_iters": 6}))
    expect.close(model.train(X, y, **settings), expected[:3], "The list of losses")
    expect.close(model.train(X, y, **settings), expected[3:], "The second list of losses")
    expect.close(model["W"], weights, "self.W")


@pytest.mark.graded("train", points=0.25)
def test_train_creates_weights(student, rng):
    """Normal random weights of about 0.001, also for a class that does not occur."""
    y = rng.permutation([0, 4, 1, 1, 0, 2, 4])
    model = machine(student)
    model.train(rng.standard_normal((7, 400)), y, learning_rate=HARDLY, reg=0.0, num_iters=1, batch_size=5)
    W = model["W"]
    expect.shape(W, (400, 5), "self.W")
    small = 0.0008 < np.std(W) < 0.0012 and abs(np.mean(W)) < 0.0003 and np.abs(W).max() > 0.002
    expect.true(small, "The first weights are not 0.001 times normal random numbers.")


@pytest.mark.graded("train", points=0.25)
def test_train_on_batches_of_the_given_size(student, rng):
    """Of a picture, half of the copies cost 0, the others 1: a batch's loss tells its size."""
    y = rng.permutation(np.repeat([0, 1], 10))
    X = np.where(y == 0, 1.0, 0.0)[:, np.newaxis]  # scores (1, 0) for class 0, and (0, 0) for class 1
    model = machine(student, "LinearSVM", np.array([[1.0, 0.0]]))
    losses = model.train(X, y, learning_rate=HARDLY, reg=0.0, num_iters=60, batch_size=7)
    expect.shape(losses, (60,), "The list of losses")
    sevenths = 7 * np.asarray(losses)
    expect.close(
        sevenths, np.rint(sevenths), "7 times the mean loss of 7 examples that cost 0 or 1", atol=1e-6
    )
    mixed = (sevenths > 0.5) & (sevenths < 6.5)
    expect.true(mixed.any(), "There is no batch of 7 in which some examples cost 0 and others 1.")


@pytest.mark.graded("train", points=0.25)
def test_train_keeps_other_examples_and_labels_together(student, rng):
    """Weights that know all examples: each loss is 0, if each example comes with its label."""
    y = rng.integers(4, size=12)
    model = machine(student, "LinearSVM", 6 * np.eye(4))
    losses = model.train(np.eye(4)[y], y, learning_rate=0.1, reg=0.0, num_iters=15, batch_size=9)
    expect.close(losses, np.zeros(15), "The list of losses")


@pytest.mark.graded("train", points=0.25)
def test_train_draws_all_examples(student, rng):
    """Twelve examples with different losses, one at a time: in 300 iterations, each occurs."""
    X = rng.permutation(np.arange(1.0, 13.0))[:, np.newaxis]
    model = machine(student, "LinearSVM", np.array([[1.0, 0.0]]))
    settings = {"learning_rate": HARDLY, "reg": 0.0, "num_iters": 300, "batch_size": 1}
    losses = model.train(X, np.ones(12, dtype=int), **settings)
    expect.shape(losses, (300,), "The list of losses")
    expect.equal(np.unique(np.rint(losses)), np.arange(2.0, 14.0), "The array of different losses")


@pytest.mark.graded("train", points=0.25)
@pytest.mark.parametrize("name", ["LinearSVM", "Softmax"])
def test_train_three_clouds(student, rng, name):
    """From nothing to at least 95 % of three clouds of points that lie far from each other."""
    y = rng.integers(3, size=150)
    y[:3] = 0, 1, 2
    centres = np.array([[4.0, 0, 1], [-2, 3.5, 1], [-2, -3.5, 1]])
    X = centres[y] + 0.5 * rng.standard_normal((150, 3)) * [1, 1, 0]
    model = machine(student, name)
    losses = model.train(X, y, learning_rate=0.1, reg=1e-3, num_iters=60, batch_size=50)
    expect.shape(losses, (60,), "The list of losses")
    expect.true(np.mean(losses[-10:]) < 0.3 * losses[0], "The loss has not fallen to a third.")
    scores = X @ model["W"]
    expect.at_least(np.mean(scores.argmax(axis=1) == y), 0.95, "The share of points named correctly")


# --- prediction


def expect_labels(student, rng, sizes, dtype, calls=1):
    """The labels of the largest scores, whole numbers, (N,), with X unchanged."""
    W, X, _ = problem(rng, sizes, dtype)
    model = machine(student, "LinearSVM", W)
    for _ in range(calls):
        got = model.predict(X)
        expect.equal(got, (X.astype(float) @ W).argmax(axis=1), "The array of labels")
        expect.whole_numbers(got, "The array of labels")
        expect.unchanged(X, student.arguments_()[0], "X")


@pytest.mark.graded("predict", points=0.125)
@pytest.mark.parametrize(
    ("sizes", "dtype"),
    [((15, 4, 6), "float64"), ((7, 6, 3), "float32"), ((1, 3, 5), "float64"), ((5, 5, 5), "float64")],
    ids=["plain", "float32", "one example", "square"],
)
def test_predict(student, rng, sizes, dtype):
    """Several sizes and dtypes."""
    expect_labels(student, rng, sizes, dtype)


@pytest.mark.graded("predict", points=0.25)
def test_predict_negative_scores(student, rng):
    """All scores lie below 0."""
    scores = -1 - rng.random((9, 4))
    X = np.eye(9)
    expect.equal(
        machine(student, "LinearSVM", scores).predict(X), scores.argmax(axis=1), "The array of labels"
    )


@pytest.mark.graded("predict", points=0.25)
def test_predict_twice(student, rng):
    """The same question twice, the same answer."""
    expect_labels(student, rng, (8, 3, 4), "float64", calls=2)


# --- the questions


@pytest.mark.graded("answer_left_out", points=1)
def test_left_out(student):
    """61.95 is the third score without its bias of -1.2."""
    expect.close(student["answer_left_out"], -1.2, "answer_left_out")


@pytest.mark.graded("answer_calls_for_one_gradient", points=1)
def test_calls_for_one_gradient(student):
    """Two calls for each of 3073 times 10 weights."""
    expect.close(student["answer_calls_for_one_gradient"], 2 * 3073 * 10, "answer_calls_for_one_gradient")


@pytest.mark.graded("answer_which_column", points=1)
def test_which_column(student):
    """The product of the two coordinates is positive in two opposite quadrants."""
    expect.answered(student["answer_which_column"], "answer_which_column")
    expect.equal(student["answer_which_column"], "b", "answer_which_column")
