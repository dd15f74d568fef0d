"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Most mistakes with a loss can be made with loops as well as without: they are registered for both functions.
"""
# ruff: noqa: NPY002 -- many learners draw with np.random.choice and randn, and are right to

import functools

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib.linear import (
    LinearSVM,
    Softmax,
    softmax_loss_naive,
    softmax_loss_vectorized,
    svm_loss_naive,
    svm_loss_vectorized,
)

SVM = SVM_NAIVE, SVM_VECTORIZED = "svm_loss_naive", "svm_loss_vectorized"
SOFTMAX = SOFTMAX_NAIVE, SOFTMAX_VECTORIZED = "softmax_loss_naive", "softmax_loss_vectorized"
TRAIN, PREDICT = "train", "predict"

catalogue = Catalogue(
    {
        SVM_NAIVE: svm_loss_naive,
        SVM_VECTORIZED: svm_loss_vectorized,
        SOFTMAX_NAIVE: softmax_loss_naive,
        SOFTMAX_VECTORIZED: softmax_loss_vectorized,
        "LinearSVM": LinearSVM,
        "Softmax": Softmax,
        "answer_left_out": -1.2,
        "answer_calls_for_one_gradient": 61460,
        "answer_which_column": "b",
    },
    methods=dict.fromkeys((TRAIN, PREDICT), "LinearSVM"),
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def quietly(function, name):
    """The function under another name, with NumPy's warnings of overflow left out."""

    @functools.wraps(function)
    def quiet(*args, **kwargs):
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    quiet.__name__ = name
    return quiet


def in_each(names, hint=None):
    """Register the decorated function for each of the names: as a mistake with the hint, or as right."""

    def register(function):
        for name in names:
            variant = quietly(function, f"{name}_{function.__name__}")
            (right(name) if hint is None else mistake(name, hint))(variant)
        return function

    return register


svm_mistake = functools.partial(in_each, SVM)
softmax_mistake = functools.partial(in_each, SOFTMAX)


# --- regularisation, in both losses alike

BASES = {SVM: svm_loss_vectorized, SOFTMAX: softmax_loss_vectorized}


def of_each_loss(hint):
    """Register a mistake that is made after the data's part (loss, dW) is known, for all four functions."""

    def register(change):
        for names, base in BASES.items():

            def function(W, X, y, reg, base=base):
                return change(W, X, reg, *base(W, X, y, 0.0))

            function.__name__ = change.__name__
            in_each(names, hint)(function)
        return change

    return register


@of_each_loss("The derivative of W² is 2W: compare the factors of W in your loss and in your gradient.")
def reg_slope_without_2(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), dW + reg * W


@of_each_loss("The regularisation is not there at all: what is to be added to the loss, and what to dW?")
def without_reg(W, X, reg, loss, dW):
    return loss, dW


@of_each_loss("The loss has its regularisation, its gradient has not: the term has a slope of its own.")
def reg_in_the_loss_only(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), dW


@of_each_loss("The gradient has its regularisation, the loss has not: add reg times the sum of squares.")
def reg_in_the_gradient_only(W, X, reg, loss, dW):
    return loss, dW + 2 * reg * W


@of_each_loss("The regularisation is divided by N. Only the sum over the examples is: add reg afterwards.")
def reg_divided_by_n(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W) / len(X), dW + 2 * reg * W / len(X)


@of_each_loss("W times its transpose mixes the weights: square each weight by itself, then add up.")
def reg_by_matrix_product(W, X, reg, loss, dW):
    return loss + reg * np.sum(W @ W.T), dW + 2 * reg * W


@of_each_loss("Your regularisation is half of what is asked for: here it is reg * sum(W²), without a half.")
def reg_with_a_half(W, X, reg, loss, dW):
    return loss + 0.5 * reg * np.sum(W * W), dW + reg * W


@of_each_loss("The loss takes half of the sum of squares, its gradient the whole: here there is no half.")
def reg_with_a_half_in_the_loss(W, X, reg, loss, dW):
    return loss + 0.5 * reg * np.sum(W * W), dW + 2 * reg * W


@of_each_loss("The sum of squares is added without reg: its weight is the caller's choice.")
def reg_ignored(W, X, reg, loss, dW):
    return loss + np.sum(W * W), dW + 2 * W


@of_each_loss("The strength of the regularisation is fixed in your code: use the argument reg.")
def reg_fixed(W, X, reg, loss, dW):
    return loss + 0.05 * np.sum(W * W), dW + 0.1 * W


@of_each_loss("You penalise the absolute values of the weights (L1). Asked for are their squares.")
def reg_by_absolute_values(W, X, reg, loss, dW):
    return loss + reg * np.sum(np.abs(W)), dW + reg * np.sign(W)


@of_each_loss("You add the length of W, the root of the sum of squares: leave the root out.")
def reg_with_a_root(W, X, reg, loss, dW):
    return loss + reg * np.linalg.norm(W), dW + 2 * reg * W


# --- what goes wrong with sums, means and shapes, in both losses alike


@of_each_loss("The loss is a sum over the examples. Divide by their number, so that it is a mean.")
def loss_summed(W, X, reg, loss, dW):
    return loss * len(X) + reg * np.sum(W * W), dW + 2 * reg * W


@of_each_loss("The loss is a mean over the examples, its gradient still a sum: divide both.")
def gradient_summed(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), dW * len(X) + 2 * reg * W


@of_each_loss("Neither the loss nor the gradient is divided by the number of examples.")
def both_summed(W, X, reg, loss, dW):
    return loss * len(X) + reg * np.sum(W * W), dW * len(X) + 2 * reg * W


@of_each_loss("You divide by the number of classes too: the mean goes over the examples only.")
def mean_over_classes_too(W, X, reg, loss, dW):
    return (loss / W.shape[1] + reg * np.sum(W * W)), dW / W.shape[1] + 2 * reg * W


@of_each_loss("The gradient points downhill. dW is the slope itself; the minus sign belongs to the step.")
def gradient_downhill(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), -dW - 2 * reg * W


@of_each_loss(
    "dW has rows and columns exchanged: it has to have W's shape, (D, C). Which factor comes first?"
)
def gradient_transposed(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), (dW + 2 * reg * W).T


@of_each_loss("The gradient is twice as large as it should be: is it added up twice, by a loop in a loop?")
def gradient_twice(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), 2 * dW + 2 * reg * W


@of_each_loss("dW is still full of zeros: the gradient is the second thing that is asked for.")
def gradient_forgotten(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), np.zeros_like(W)


@of_each_loss("You return the loss alone. Asked for are two things: the loss and dW.")
def loss_alone(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W)


NOT_YOURS = "W, X and y belong to the caller, and one of them is changed: fill dW, and work on copies."


@of_each_loss(NOT_YOURS)
def gradient_written_into_w(W, X, reg, loss, dW):
    loss = loss + reg * np.sum(W * W)
    dW = dW + 2 * reg * W
    W += dW
    return loss, dW


@of_each_loss(NOT_YOURS)
def x_written_into(W, X, reg, loss, dW):
    X /= len(X)
    return loss + reg * np.sum(W * W), dW + 2 * reg * W


@of_each_loss("dW holds whole numbers only: an array made with an integer type cuts off the fractions.")
def gradient_in_whole_numbers(W, X, reg, loss, dW):
    return loss + reg * np.sum(W * W), (dW + 2 * reg * W).astype(int)


@of_each_loss("The loss is a whole number: somewhere its fraction is cut off.")
def loss_in_whole_numbers(W, X, reg, loss, dW):
    return int(loss + reg * np.sum(W * W)), dW + 2 * reg * W


def only_last_example(base):
    """Everything after the loop's first lines is dedented."""
    return lambda W, X, y, reg: base(W, X[-1:], y[-1:], reg)


LAST_ONLY = "Only the last example counts: is part of your loop's body indented too little?"
mistake(SVM_NAIVE, LAST_ONLY)(quietly(only_last_example(svm_loss_naive), "svm_only_last_example"))
mistake(SOFTMAX_NAIVE, LAST_ONLY)(quietly(only_last_example(softmax_loss_naive), "softmax_only_last_example"))

FIRST_ONLY = "Only the first example counts: is your return inside the loop?"
mistake(SVM_NAIVE, FIRST_ONLY)(
    quietly(lambda W, X, y, r: svm_loss_naive(W, X[:1], y[:1], r), "svm_first_only")
)
mistake(SOFTMAX_NAIVE, FIRST_ONLY)(
    quietly(lambda W, X, y, r: softmax_loss_naive(W, X[:1], y[:1], r), "softmax_first_only")
)


def divided_inside_the_loop(base):
    """The division by N and reg stand in the loop over the examples."""

    def function(W, X, y, reg):
        loss, dW = 0.0, np.zeros_like(W)
        for i in range(len(X)):
            one, slope = base(W, X[i : i + 1], y[i : i + 1], 0.0)
            loss = (loss + one) / len(X) + reg * np.sum(W * W)
            dW = (dW + slope) / len(X) + 2 * reg * W
        return loss, dW

    return function


IN_THE_LOOP = "Dividing by N and adding reg happen once for each example: both belong after the loop."
mistake(SVM_NAIVE, IN_THE_LOOP)(quietly(divided_inside_the_loop(svm_loss_naive), "svm_divided_in_loop"))
mistake(SOFTMAX_NAIVE, IN_THE_LOOP)(
    quietly(divided_inside_the_loop(softmax_loss_naive), "softmax_divided_in_loop")
)


# --- the SVM loss


def on_scores(slope_of_scores):
    """A loss (W, X, y, reg) from a function of scores and labels that gives losses and slopes (N, C)."""

    @functools.wraps(slope_of_scores)
    def function(W, X, y, reg):
        losses, slopes = slope_of_scores(X @ W, y, np.arange(len(X)))
        loss = np.sum(losses) / len(X) + reg * np.sum(W * W)
        return loss, X.T @ slopes / len(X) + 2 * reg * W

    return function


def svm_slopes(margins, y, rows):
    """The right slopes for margins that are 0 for the correct class and for met ones."""
    slopes = (margins > 0).astype(float)
    slopes[rows, y] -= slopes.sum(axis=1)
    return slopes


def margins_of(scores, y, rows, delta=1.0):
    """The right margins."""
    margins = np.maximum(0, scores - scores[rows, y][:, None] + delta)
    margins[rows, y] = 0
    return margins


OWN_CLASS = "The loss is too large by exactly 1: does the correct class take part in the sum over j?"


@svm_mistake(OWN_CLASS)
@on_scores
def own_class_counted(scores, y, rows):
    margins = margins_of(scores, y, rows)
    return margins.sum(axis=1) + 1, svm_slopes(margins, y, rows)


@svm_mistake(OWN_CLASS)
@on_scores
def own_class_counted_everywhere(scores, y, rows):
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    slopes = (margins > 0).astype(float)
    slopes[rows, y] = -slopes.sum(axis=1)
    return margins, slopes


@svm_mistake(
    "To take out the correct class's 1 you take out too much: it is one for each example, before dividing."
)
@on_scores
def own_class_repaired_too_much(scores, y, rows):
    margins = margins_of(scores, y, rows)
    return margins.sum(axis=1) + 1 - len(rows), svm_slopes(margins, y, rows)


@svm_mistake("scores[y] takes whole rows. Asked for is one score of each row: that of its own correct class.")
@on_scores
def rows_instead_of_entries(scores, y, rows):
    margins = np.maximum(0, scores - scores[y] + 1)
    margins[rows, y] = 0
    return margins, svm_slopes(margins, y, rows)


@svm_mistake("The gradient is right, but the loss goes below what it can be: is max(0, ...) missing?")
@on_scores
def no_maximum_in_the_loss(scores, y, rows):
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    return margins, svm_slopes(margins_of(scores, y, rows), y, rows)


@svm_mistake("Margins that are met take part with their negative values: is max(0, ...) missing?")
@on_scores
def no_maximum(scores, y, rows):
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    slopes = np.ones_like(scores)
    slopes[rows, y] -= scores.shape[1]
    return margins, slopes


@svm_mistake("Every margin counts by its size, met or not: max(0, m) is not the absolute value of m.")
@on_scores
def absolute_margins(scores, y, rows):
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    slopes = np.sign(margins)
    slopes[rows, y] -= slopes.sum(axis=1)
    return np.abs(margins), slopes


@svm_mistake(
    "The wrong classes' columns are right, but the correct class's column of dW gets no push (minus x)."
)
@on_scores
def no_push_for_the_correct_class(scores, y, rows):
    margins = margins_of(scores, y, rows)
    return margins, (margins > 0).astype(float)


@svm_mistake("The wrong classes get no push: each class that violates its margin adds x to its own column.")
@on_scores
def push_for_the_correct_class_only(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = np.zeros_like(scores)
    slopes[rows, y] = -(margins > 0).sum(axis=1)
    return margins, slopes


@svm_mistake(
    "The correct class is pushed once too often: its own margin must not count among the violated ones."
)
@on_scores
def own_class_among_the_violators(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = svm_slopes(margins, y, rows)
    slopes[rows, y] -= 1
    return margins, slopes


@svm_mistake(
    "The correct class is pushed once for each example. It is once for each class that violates its margin."
)
@on_scores
def violators_not_counted(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = (margins > 0).astype(float)
    slopes[rows, y] = -(margins > 0).any(axis=1)
    return margins, slopes


@svm_mistake(
    "The correct class is pushed whether or not a margin is violated: it is minus the number of violators."
)
@on_scores
def push_without_violation(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = (margins > 0).astype(float)
    slopes[rows, y] = -(scores.shape[1] - 1)
    return margins, slopes


@svm_mistake("Your signs are exchanged in dW: a violating class gets plus x, the correct one minus x.")
@on_scores
def pushes_exchanged(scores, y, rows):
    margins = margins_of(scores, y, rows)
    return margins, -svm_slopes(margins, y, rows)


@svm_mistake("The margin of 1 is missing: being ahead is not enough, the correct class has to lead by 1.")
@on_scores
def margin_0(scores, y, rows):
    margins = margins_of(scores, y, rows, 0.0)
    return margins, svm_slopes(margins, y, rows)


@svm_mistake("Your margin is 10. Here the correct class has to lead by 1.")
@on_scores
def margin_10(scores, y, rows):
    margins = margins_of(scores, y, rows, 10.0)
    return margins, svm_slopes(margins, y, rows)


@svm_mistake("You subtract the margin: max(0, s_j - s_y + 1), a lead of less than 1 has to cost something.")
@on_scores
def margin_subtracted(scores, y, rows):
    margins = margins_of(scores, y, rows, -1.0)
    return margins, svm_slopes(margins, y, rows)


@svm_mistake("A margin of exactly 0 is met: it gives no slope. Compare with > and not with >=.")
@on_scores
def met_margins_have_a_slope(scores, y, rows):
    margins = scores - scores[rows, y][:, None] + 1
    slopes = (margins >= 0).astype(float)
    slopes[rows, y] = 0
    slopes[rows, y] = -slopes.sum(axis=1)
    return margins_of(scores, y, rows), slopes


@svm_mistake("After max(0, ...) every margin is >= 0, also the met ones: ask which are > 0.")
@on_scores
def all_margins_have_a_slope(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = (margins >= 0).astype(float)
    slopes[rows, y] = 0
    slopes[rows, y] = -slopes.sum(axis=1)
    return margins, slopes


@svm_mistake("The loss counts the violated margins: you turn them into ones before you add them up.")
@on_scores
def margins_overwritten_by_ones(scores, y, rows):
    margins = margins_of(scores, y, rows)
    return margins > 0, svm_slopes(margins, y, rows)


@svm_mistake("You square the margins (that is the squared hinge, another loss): add them up as they are.")
@on_scores
def squared_margins(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = 2 * margins
    slopes[rows, y] = -slopes.sum(axis=1)
    return margins**2, slopes


@svm_mistake(
    "The roles are exchanged: it costs when a wrong class comes close to the correct one, s_j - s_y + 1."
)
@on_scores
def roles_exchanged(scores, y, rows):
    margins = margins_of(-scores, y, rows)
    return margins, -svm_slopes(margins, y, rows)


@svm_mistake("Only the worst class counts in your loss. All classes that violate their margin add up.")
@on_scores
def only_the_worst_class(scores, y, rows):
    margins = margins_of(scores, y, rows)
    worst = margins * (margins == margins.max(axis=1, keepdims=True))
    return worst, svm_slopes(worst, y, rows)


@svm_mistake("dW is weighted by the margins. The slope of max(0, m) is 1 wherever m > 0, however large m is.")
@on_scores
def slopes_are_the_margins(scores, y, rows):
    margins = margins_of(scores, y, rows)
    slopes = margins.copy()
    slopes[rows, y] = -margins.sum(axis=1)
    return margins, slopes


@mistake(SVM_NAIVE, "You count the classes by y. Some may not occur there: W has a column for each.")
def svm_naive_counts_classes_in_y(W, X, y, reg):
    seen = y.max() + 1
    loss, dW = svm_loss_naive(W[:, :seen], X, y, 0.0)
    full = np.zeros_like(W)
    full[:, :seen] = dW
    return loss + reg * np.sum(W * W), full + 2 * reg * W


@mistake(SVM_NAIVE, "Your loop goes over W's rows, of which there are D. The classes are its columns.")
def svm_naive_loops_over_rows_of_w(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        for j in range(min(W.shape[0], W.shape[1])):
            if j != label and scores[j] - scores[label] + 1 > 0:
                loss += scores[j] - scores[label] + 1
                dW[:, j] += x
                dW[:, label] -= x
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


@mistake(
    SVM_NAIVE,
    "`break` ends the loop at the correct class, and the classes behind it are never seen: `continue`?",
)
def svm_naive_breaks_at_the_correct_class(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        for j in range(label):
            if scores[j] - scores[label] + 1 > 0:
                loss += scores[j] - scores[label] + 1
                dW[:, j] += x
                dW[:, label] -= x
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W


@mistake(SVM_NAIVE, "A later example overwrites what earlier ones have put into a column of dW: add to it.")
def svm_naive_overwrites_columns(W, X, y, reg):
    loss, dW = svm_loss_naive(W, X, y, reg)
    dW = np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        for j in range(W.shape[1]):
            if j != label and scores[j] - scores[label] + 1 > 0:
                dW[:, j] = x
                dW[:, label] = -x
    return loss, dW / len(X) + 2 * reg * W


@mistake(
    SVM_VECTORIZED, "Subtract the correct scores as a column, shape (N, 1): a row goes to the wrong examples."
)
@on_scores
def svm_correct_scores_as_a_row(scores, y, rows):
    margins = np.maximum(0, scores - scores[rows, y] + 1)
    margins[rows, y] = 0
    return margins, svm_slopes(margins, y, rows)


@mistake(
    SVM_VECTORIZED,
    "margins[:, y] means all rows and these columns: one entry a row needs two lists of numbers.",
)
@on_scores
def svm_clears_whole_columns(scores, y, rows):
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[:, y] = 0
    return margins, svm_slopes(margins, y, rows)


@right(SVM_NAIVE)
def svm_naive_regularised_first(W, X, y, reg):
    dW = 2 * reg * W
    loss = reg * np.square(W).sum()
    for i in range(X.shape[0]):
        s = [X[i].dot(W[:, c]) for c in range(W.shape[1])]
        for c in range(W.shape[1]):
            if c != y[i]:
                m = max(0, s[c] - s[y[i]] + 1.0)
                loss += m / X.shape[0]
                if m > 0:
                    dW[:, c] = dW[:, c] + X[i] / X.shape[0]
                    dW[:, y[i]] = dW[:, y[i]] - X[i] / X.shape[0]
    return loss, dW


@right(SVM_NAIVE)
def svm_naive_counts_violators(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(len(X)):
        scores, violators = X[i] @ W, 0
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[i]] + 1
            if j == y[i] or not margin > 0:
                continue
            loss, violators = loss + margin, violators + 1
            dW[:, j] += X[i].T
        dW[:, y[i]] -= violators * X[i]
    dW /= len(X)
    dW += reg * 2 * W
    return np.float64(loss / len(X) + reg * np.sum(W**2)), dW


@right(SVM_NAIVE)
def svm_naive_number_by_number(W, X, y, reg):
    (num, width), classes = X.shape, W.shape[1]
    loss, dW = 0.0, [[2 * reg * W[d, c] for c in range(classes)] for d in range(width)]
    for i in range(num):
        s = [sum(X[i, d] * W[d, c] for d in range(width)) for c in range(classes)]
        for c in set(range(classes)) - {int(y[i])}:
            if s[c] + 1 > s[y[i]]:
                loss += (s[c] + 1 - s[y[i]]) / num
                for d in range(width):
                    dW[d][c] += X[i, d] / num
                    dW[d][y[i]] -= X[i, d] / num
    return loss + reg * (W**2).sum(), np.array(dW)


@right(SVM_VECTORIZED)
def svm_vectorized_minus_one(W, X, y, reg):
    scores = X.dot(W)
    correct = np.take_along_axis(scores, y.reshape(-1, 1), axis=1)
    hinge = np.clip(scores - correct + 1, 0, None)
    mask = (hinge > 0) * 1.0
    mask[range(len(y)), y] -= mask.sum(axis=1)
    return hinge.sum() / len(y) - 1 + reg * (W * W).sum(), X.T.dot(mask) / len(y) + 2 * reg * W


@right(SVM_VECTORIZED)
def svm_vectorized_one_hot(W, X, y, reg):
    one_hot = np.eye(W.shape[1])[y]
    scores = X @ W
    margins = (scores - (scores * one_hot).sum(1, keepdims=True) + 1) * (1 - one_hot)
    violated = (margins > 0).astype(X.dtype)
    slopes = violated - one_hot * violated.sum(1, keepdims=True)
    loss = np.mean(np.sum(margins * violated, axis=1)) + reg * np.linalg.norm(W) ** 2
    return [loss, np.einsum("nd,nc->dc", X, slopes) / X.shape[0] + 2 * reg * W]


@right(SVM_VECTORIZED)
def svm_vectorized_in_float32(W, X, y, reg):
    loss, dW = svm_loss_vectorized(W.astype(np.float32), X.astype(np.float32), y, reg)
    return np.float32(loss), dW


# --- the softmax loss


def shifted(scores):
    """Scores whose largest is 0 in each row."""
    return scores - scores.max(axis=1, keepdims=True)


def probabilities(scores):
    """The right probabilities."""
    exps = np.exp(shifted(scores))
    return exps / exps.sum(axis=1, keepdims=True)


def cross_entropy(scores, y, rows):
    """The right losses."""
    return np.log(np.exp(shifted(scores)).sum(axis=1)) - shifted(scores)[rows, y]


def minus_one_hot(p, y, rows):
    """The right slopes."""
    slopes = p.copy()
    slopes[rows, y] -= 1
    return slopes


OVERFLOW = (
    "exp() of large scores leaves the range of numbers: subtract each example's own largest score first."
)


@softmax_mistake(OVERFLOW)
@on_scores
def no_shift(scores, y, rows):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "One shift for all examples is not enough: where it is far from an example's own scores, exp() gives 0."
)
@on_scores
def one_shift_for_all(scores, y, rows):
    exps = np.exp(scores - scores.max())
    p = exps / exps.sum(axis=1, keepdims=True)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "Numerator and denominator have to be shifted by the same number, or the probabilities don't add up to 1."
)
@on_scores
def shift_in_the_numerator_only(scores, y, rows):
    p = np.exp(shifted(scores)) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "The largest score of each column is subtracted: it has to be"
    " the same number for all classes of an example."
)
@on_scores
def shift_by_columns(scores, y, rows):
    p = np.exp(scores - scores.max(axis=0))
    p = p / p.sum(axis=1, keepdims=True)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "Something small is added to the probabilities before the "
    "logarithm: with the shift it isn't needed, and it shows."
)
@on_scores
def small_number_in_the_log(scores, y, rows):
    p = probabilities(scores)
    return -np.log(p[rows, y] + 1e-8), minus_one_hot(p, y, rows)


@softmax_mistake(
    "Small probabilities are cut off before the logarithm, so no "
    "mistake costs more than a certain loss: don't."
)
@on_scores
def probabilities_cut_off(scores, y, rows):
    p = probabilities(scores)
    return -np.log(np.maximum(p[rows, y], 1e-7)), minus_one_hot(p, y, rows)


@softmax_mistake("The sum in the denominator leaves out the correct class: it goes over all classes.")
@on_scores
def correct_class_not_in_the_sum(scores, y, rows):
    exps = np.exp(shifted(scores))
    others = exps.sum(axis=1) - exps[rows, y]
    p = exps / others[:, None]
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "dW comes from the scores themselves. Its slopes are the probabilities, minus 1 for the correct class."
)
@on_scores
def slopes_are_scores(scores, y, rows):
    return cross_entropy(scores, y, rows), minus_one_hot(shifted(scores), y, rows)


@softmax_mistake("dW comes from exp(scores) that have not been divided by their sum: it takes probabilities.")
@on_scores
def slopes_are_not_normalised(scores, y, rows):
    return cross_entropy(scores, y, rows), minus_one_hot(np.exp(shifted(scores)), y, rows)


@softmax_mistake("The correct class's slope is its probability minus 1: the minus 1 is missing in dW.")
@on_scores
def minus_one_forgotten(scores, y, rows):
    return cross_entropy(scores, y, rows), probabilities(scores)


@softmax_mistake("dW moves the correct class only. Each wrong class has a slope too: its probability.")
@on_scores
def slope_for_the_correct_class_only(scores, y, rows):
    p = probabilities(scores)
    slopes = np.zeros_like(p)
    slopes[rows, y] = p[rows, y] - 1
    return cross_entropy(scores, y, rows), slopes


@softmax_mistake("dW moves the wrong classes only. The correct one's slope is its probability minus 1.")
@on_scores
def slope_for_the_wrong_classes_only(scores, y, rows):
    slopes = probabilities(scores)
    slopes[rows, y] = 0
    return cross_entropy(scores, y, rows), slopes


@softmax_mistake(
    "Your slopes have the wrong sign: probability minus 1 for the correct class, not 1 minus probability."
)
@on_scores
def slopes_reversed(scores, y, rows):
    return cross_entropy(scores, y, rows), -minus_one_hot(probabilities(scores), y, rows)


@softmax_mistake("Divide by N after the 1 is subtracted, or divide the 1 as well.")
@on_scores
def minus_one_after_dividing(scores, y, rows):
    slopes = probabilities(scores)
    slopes[rows, y] -= len(rows)
    return cross_entropy(scores, y, rows), slopes


@softmax_mistake("You take the logarithm of a mean probability. Take the mean of the logarithms.")
@on_scores
def log_of_the_mean(scores, y, rows):
    p = probabilities(scores)
    return np.full(len(rows), -np.log(p[rows, y].mean())), minus_one_hot(p, y, rows)


@softmax_mistake(
    "Your probabilities add up to 1 along the examples. They have to over the classes of each example."
)
@on_scores
def normalised_over_examples(scores, y, rows):
    exps = np.exp(scores - scores.max(axis=0))
    p = exps / exps.sum(axis=0)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake("All probabilities together add up to 1. They have to for each example by itself.")
@on_scores
def normalised_over_everything(scores, y, rows):
    exps = np.exp(scores - scores.max())
    p = exps / exps.sum()
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@softmax_mistake(
    "The loss is negative, and would be better the more often it is wrong: where is the minus of -log p?"
)
@on_scores
def log_without_minus(scores, y, rows):
    return -cross_entropy(scores, y, rows), minus_one_hot(probabilities(scores), y, rows)


@softmax_mistake(
    "Your loss is too small by the factor 2.3026: np.log10 is not the natural logarithm, np.log is."
)
@on_scores
def log_to_base_10(scores, y, rows):
    return cross_entropy(scores, y, rows) / np.log(10), minus_one_hot(probabilities(scores), y, rows)


@softmax_mistake(
    "Your loss is too large by the factor 1.4427: np.log2 is not the natural logarithm, np.log is."
)
@on_scores
def log_to_base_2(scores, y, rows):
    return cross_entropy(scores, y, rows) / np.log(2), minus_one_hot(probabilities(scores), y, rows)


@softmax_mistake("The loss is 1 minus the probability: take minus its logarithm.")
@on_scores
def no_logarithm(scores, y, rows):
    p = probabilities(scores)
    return 1 - p[rows, y], minus_one_hot(p, y, rows)


@softmax_mistake("You add -log p of all the classes. Only the correct one's counts.")
@on_scores
def logs_of_all_classes(scores, y, rows):
    p = probabilities(scores)
    return -np.log(p), minus_one_hot(p, y, rows)


@softmax_mistake(
    "You take the loss of the most probable class, not of the correct one: that is what y is for."
)
@on_scores
def loss_of_the_most_probable_class(scores, y, rows):
    p = probabilities(scores)
    return -np.log(p.max(axis=1)), minus_one_hot(p, y, rows)


@softmax_mistake("The sign inside exp() is exchanged: a larger score has to give a larger probability.")
@on_scores
def exp_of_minus_scores(scores, y, rows):
    p = probabilities(-scores)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@mistake(SOFTMAX_NAIVE, "You count the classes by y. Some may not occur there: W has a column for each.")
def softmax_naive_counts_classes_in_y(W, X, y, reg):
    seen = y.max() + 1
    loss, dW = softmax_loss_naive(W[:, :seen], X, y, 0.0)
    full = np.zeros_like(W)
    full[:, :seen] = dW
    return loss + reg * np.sum(W * W), full + 2 * reg * W


@mistake(SOFTMAX_NAIVE, "Your loop goes over W's rows, of which there are D. The classes are its columns.")
def softmax_naive_loops_over_rows_of_w(W, X, y, reg):
    full = softmax_loss_naive(W, X, y, 0.0)[1]
    dW = np.zeros_like(W)
    for j in range(min(W.shape)):
        dW[:, j] = full[:, j]
    return softmax_loss_naive(W, X, y, reg)[0], dW + 2 * reg * W


@mistake(
    SOFTMAX_VECTORIZED, "Divide by the sums as a column, shape (N, 1): keepdims=True keeps them that way."
)
@on_scores
def softmax_sums_as_a_row(scores, y, rows):
    exps = np.exp(shifted(scores))
    p = exps / exps.sum(axis=1)
    return -np.log(p[rows, y]), minus_one_hot(p, y, rows)


@mistake(
    SOFTMAX_VECTORIZED,
    "p[:, y] means all rows and these columns: one entry a row needs two lists of numbers.",
)
@on_scores
def softmax_takes_whole_columns(scores, y, rows):
    p = probabilities(scores)
    return -np.log(p[:, y]), minus_one_hot(p, y, rows)


@right(SOFTMAX_NAIVE)
def softmax_naive_in_plain_loops(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        f = X[i].dot(W)
        f -= np.max(f)
        p = np.exp(f) / np.sum(np.exp(f))
        loss -= np.log(p[y[i]])
        for k in range(W.shape[1]):
            dW[:, k] += X[i] * (p[k] - 1 if k == y[i] else p[k])
    loss, dW = loss / X.shape[0], dW / X.shape[0]
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


@right(SOFTMAX_NAIVE)
def softmax_naive_by_outer_products(W, X, y, reg):
    total, dW = reg * (W**2).sum(), 2 * reg * W
    for x, label in zip(X, y, strict=True):
        s = x @ W
        p = np.exp(s - s.max() - np.log(np.sum(np.exp(s - s.max()))))
        total = total - np.log(p[label]) / len(X)
        dW = dW + np.outer(x, p - np.eye(len(s))[label]) / len(X)
    return total, dW


@right(SOFTMAX_NAIVE)
def softmax_naive_by_logaddexp(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for i, x in enumerate(X):
        s = x @ W
        log_p = s - np.logaddexp.reduce(s)
        loss += -log_p[y[i]] / len(X)
        for c, log in enumerate(log_p):
            dW[:, c] += (np.exp(log) - int(c == y[i])) * x / len(X)
    return np.array(loss + reg * np.sum(W**2)), dW + 2 * reg * W


@right(SOFTMAX_VECTORIZED)
def softmax_vectorized_by_probabilities(W, X, y, reg):
    scores = X.dot(W)
    scores -= np.max(scores, axis=1)[:, None]
    p = np.exp(scores)
    p /= np.sum(p, axis=1).reshape(-1, 1)
    loss = -np.sum(np.log(p[np.arange(len(y)), y])) / len(y) + reg * np.sum(W * W)
    p[np.arange(len(y)), y] -= 1
    return loss, X.T.dot(p) / len(y) + 2 * reg * W


@right(SOFTMAX_VECTORIZED)
def softmax_vectorized_one_hot(W, X, y, reg):
    one_hot = (y[:, None] == np.arange(W.shape[1])).astype(float)
    s = X @ W
    log_p = s - np.logaddexp.reduce(s, axis=1, keepdims=True)
    return -(one_hot * log_p).sum(1).mean() + reg * (W**2).sum(), ((np.exp(log_p) - one_hot).T @ X).T / len(
        X
    ) + 2 * reg * W


@right(SOFTMAX_VECTORIZED)
def softmax_vectorized_loop_over_examples(W, X, y, reg):
    pairs = [softmax_loss_vectorized(W, X[i : i + 1], y[i : i + 1], 0) for i in range(len(X))]
    loss, dW = np.mean([a for a, _ in pairs]), np.mean([b for _, b in pairs], axis=0)
    return loss + reg * np.sum(W * W), dW + 2 * reg * W


# --- training


def draw(rng, X, y, batch_size):
    """The right batch."""
    numbers = rng.integers(len(X), size=batch_size)
    return X[numbers], y[numbers]


def first_weights(rng, X, y):
    """The right weights to begin with."""
    return 0.001 * rng.standard_normal((X.shape[1], int(y.max()) + 1))


def trainer(
    batch=draw,
    first=first_weights,
    begin=lambda model, X, y: None,
    step=lambda W, rate, dW: W - rate * dW,
    note=lambda losses, loss, model, batch, reg: losses.append(loss),
    settings=lambda rate, reg, num_iters, batch_size: (rate, reg, num_iters, batch_size),
    result=lambda model, losses: losses,
):
    """A method `train`, right but for the parts that are given."""

    def train(
        self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False
    ):  # a loop like anybody's
        rate, reg, num_iters, batch_size = settings(learning_rate, reg, num_iters, batch_size)
        rng = np.random.default_rng()
        begin(self, X, y)
        if self.W is None:
            self.W = first(rng, X, y)
        losses = []
        for _ in range(num_iters):
            X_batch, y_batch = batch(rng, X, y, batch_size)
            loss, dW = self.loss(X_batch, y_batch, reg)
            before = self.W
            self.W = step(before, rate, dW)
            note(losses, loss, self, (X_batch, y_batch), reg)
        return result(self, losses)

    return train


def train_mistake(name, hint, **parts):
    """Register a `train` that differs from the right one in the given parts."""
    mistake(TRAIN, hint)(quietly(trainer(**parts), f"train_{name}"))


def weights_anew(model, X, y):
    model.W = None


def loss_after_the_step(losses, loss, model, batch, reg):
    losses.append(model.loss(*batch, reg)[0])


def loss_twice(losses, loss, model, batch, reg):
    losses += [loss, loss]


def separate_draws(rng, X, y, batch_size):
    return X[rng.integers(len(X), size=batch_size)], y[rng.integers(len(X), size=batch_size)]


def always_the_same_batch(rng, X, y, batch_size):
    numbers = np.random.default_rng(0).integers(len(X), size=batch_size)
    return X[numbers], y[numbers]


def numbers_below_the_width(rng, X, y, batch_size):
    numbers = rng.integers(min(X.shape[1], len(X)), size=batch_size)
    return X[numbers], y[numbers]


def without_replacement(rng, X, y, batch_size):
    numbers = rng.choice(len(X), batch_size, replace=False)
    return X[numbers], y[numbers]


def labels_not_drawn(rng, X, y, batch_size):
    numbers = rng.integers(len(X), size=batch_size)
    return X[numbers], np.resize(y, batch_size)


APART = (
    "If the loss passes its own check, then pictures and labels of a batch don't belong together: draw "
    "numbers of rows once, and take both by them."
)
NOT_ALL = (
    "If the loss passes its own check, then some examples are never drawn: draw a new batch from all of "
    "X in each iteration."
)
FIRST_WEIGHTS = (
    "The first weights are 0.001 times normal random numbers, with a row for each column of X and a "
    "column for each class from 0 up to the largest label."
)

train_mistake(
    "notes_each_loss_twice", "Each loss is in the list twice: append it once an iteration.", note=loss_twice
)
train_mistake(
    "goes_uphill",
    "The loss grows: you go along the gradient, which points uphill. Subtract it.",
    step=lambda W, rate, dW: W + rate * dW,
)
train_mistake("never_steps", "The weights never change: is the step missing?", step=lambda W, rate, dW: W)
train_mistake(
    "ignores_the_rate",
    "The length of your steps is not learning_rate times the gradient: is the argument used?",
    step=lambda W, rate, dW: W - 1e-3 * dW,
)
train_mistake(
    "steps_without_rate",
    "You subtract the whole gradient: the learning rate says how much of it.",
    step=lambda W, rate, dW: W - dW,
)
train_mistake(
    "steps_by_the_sign",
    "All your steps have the same length: use the gradient itself, not its sign or its direction.",
    step=lambda W, rate, dW: W - rate * np.sign(dW),
)
train_mistake(
    "forgets_where_it_was",
    "The new weights don't hold the old ones: a step starts from where you are.",
    step=lambda W, rate, dW: -rate * dW,
)
train_mistake("draws_twice", APART, batch=separate_draws)
train_mistake("draws_no_labels", APART, batch=labels_not_drawn)
train_mistake("takes_the_first_rows", NOT_ALL, batch=lambda rng, X, y, size: (X[:size], y[:size]))
train_mistake("draws_one_batch_for_all", NOT_ALL, batch=always_the_same_batch)
train_mistake("draws_below_the_width", NOT_ALL, batch=numbers_below_the_width)
train_mistake(
    "draws_without_replacement",
    "A batch may be larger than the number of examples: draw with replacement, so that a row may come twice.",
    batch=without_replacement,
)
train_mistake(
    "uses_all_examples",
    "Each step looks at all the examples: take batch_size of them, drawn at random.",
    batch=lambda rng, X, y, size: (X, y),
)
train_mistake(
    "uses_one_example",
    "Each step looks at a single example: take batch_size of them.",
    batch=lambda rng, X, y, size: draw(rng, X, y, 1),
)
train_mistake(
    "always_200",
    "Your batches always have 200 examples: how many there are to be, batch_size says.",
    batch=lambda rng, X, y, size: draw(rng, X, y, 200),
)
train_mistake(
    "notes_the_loss_after_the_step",
    "The list holds the loss after each step. Asked for is the one that the step was made from.",
    note=loss_after_the_step,
)
train_mistake(
    "returns_the_last_loss",
    "You return one loss. Asked for is the list of all of them.",
    result=lambda model, losses: losses[-1],
)
train_mistake("returns_nothing", "The list of losses is not returned.", result=lambda model, losses: None)
train_mistake(
    "returns_weights",
    "You return the weights. They stay in self.W; what is returned is the list of losses.",
    result=lambda model, losses: model.W,
)
train_mistake(
    "returns_a_running_mean",
    "Each entry mixes several iterations: note the loss of each iteration as it is.",
    result=lambda model, losses: [np.mean(losses[: i + 1]) for i in range(len(losses))],
)
train_mistake(
    "divides_by_the_batch",
    "The losses are divided by the size of the batch once more: they are means already.",
    result=lambda model, losses: [loss / 2 for loss in losses],
)
train_mistake(
    "begins_anew",
    "The weights that were there are thrown away: create new ones only if self.W is None.",
    begin=weights_anew,
)
train_mistake("begins_with_zeros", FIRST_WEIGHTS, first=lambda rng, X, y: np.zeros((X.shape[1], y.max() + 1)))
train_mistake(
    "begins_with_large_weights", FIRST_WEIGHTS, first=lambda rng, X, y: 1000 * first_weights(rng, X, y)
)
train_mistake(
    "begins_with_positive_weights",
    FIRST_WEIGHTS,
    first=lambda rng, X, y: 0.001 * rng.random((X.shape[1], y.max() + 1)),
)
train_mistake(
    "counts_labels_that_occur",
    FIRST_WEIGHTS,
    first=lambda rng, X, y: 0.001 * rng.standard_normal((X.shape[1], max(len(np.unique(y)), 2))),
)
train_mistake(
    "makes_one_column_too_few",
    FIRST_WEIGHTS,
    first=lambda rng, X, y: 0.001 * rng.standard_normal((X.shape[1], y.max())),
)
train_mistake("begins_transposed", FIRST_WEIGHTS, first=lambda rng, X, y: first_weights(rng, X, y).T)
train_mistake(
    "stops_early",
    "One iteration is missing: how often does your loop run?",
    settings=lambda rate, reg, num_iters, size: (rate, reg, num_iters - 1, size),
)
train_mistake(
    "always_100_iterations",
    "The loop always runs 100 times: how often it is to run, num_iters says.",
    settings=lambda rate, reg, num_iters, size: (rate, reg, 100, size),
)
train_mistake(
    "forgets_reg",
    "reg is not handed on to self.loss.",
    settings=lambda rate, reg, num_iters, size: (rate, 0.0, num_iters, size),
)
train_mistake(
    "reg_by_default",
    "Every loss is computed with the default of reg: hand on the one that the caller gave.",
    settings=lambda rate, reg, num_iters, size: (rate, 1e-5, num_iters, size),
)
train_mistake(
    "adds_reg_again",
    "The regularisation comes twice: self.loss has put it into the loss and into the gradient already.",
    settings=lambda rate, reg, num_iters, size: (rate, 2 * reg, num_iters, size),
)


@mistake(
    TRAIN,
    "The arguments have other names or another order than asked "
    "for: compare your first line with the text's.",
)
def train_with_an_extra_argument(self, X, y, W, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200):
    return LinearSVM.train(self, X, y, learning_rate, reg, num_iters, batch_size)


@right(TRAIN)
def train_with_choice(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
    num_train, dim = X.shape
    if self.W is None:
        self.W = 0.001 * np.random.randn(dim, np.max(y) + 1)
    loss_history = []
    for it in range(num_iters):
        idx = np.random.choice(num_train, batch_size, replace=True)
        loss, grad = self.loss(X[idx], y[idx], reg)
        loss_history.append(loss)
        self.W -= learning_rate * grad
        if verbose and it % 100 == 0:
            print(it, loss)
    return loss_history


@right(TRAIN)
def train_in_shuffled_rounds(
    self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False, decay=1.0
):
    if self.W is None:
        self.W = np.random.normal(scale=0.001, size=(X.shape[1], y.max() + 1)).astype(X.dtype)
    losses, waiting = np.zeros(num_iters), np.empty(0, dtype=int)
    for i in range(num_iters):
        while len(waiting) < batch_size:
            waiting = np.append(waiting, np.random.permutation(len(X)))
        now, waiting = waiting[:batch_size], waiting[batch_size:]
        losses[i], dW = self.loss(X[now], y[now], reg)
        self.W = self.W - learning_rate * decay**i * dW
    return losses


@right(TRAIN)
def train_with_a_seed(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
    rng = np.random.default_rng(42)
    if self.W is None:
        self.W = rng.normal(0, 0.001, (X.shape[1], 1 + max(y.tolist())))
    losses = ()
    while len(losses) < num_iters:
        rows = [int(rng.random() * len(X)) for _ in range(batch_size)]
        loss, dW = self.loss(np.take(X, rows, axis=0), np.take(y, rows), reg)
        losses += (float(loss),)
        self.W += -learning_rate * dW
    return list(losses)


# --- prediction


@mistake(PREDICT, "Your labels have a dimension too many: one label for each example, shape (N,).")
def predict_with_a_dimension_too_many(self, X):
    return (X @ self.W).argmax(axis=1)[np.newaxis]


@mistake(PREDICT, "You return the largest scores. Asked for is the class that has it.")
def predict_largest_scores(self, X):
    return (X @ self.W).max(axis=1)


@mistake(PREDICT, "You look for the best example of each class. Asked for is the best class of each example.")
def predict_along_the_examples(self, X):
    return (X @ self.W).argmax(axis=0)


@mistake(
    PREDICT, "One number comes back for all examples together: along which axis do you look for the largest?"
)
def predict_over_everything(self, X):
    return (X @ self.W).argmax()


@mistake(PREDICT, "You take the smallest score. The largest wins.")
def predict_smallest(self, X):
    return (X @ self.W).argmin(axis=1)


@mistake(PREDICT, "Negative scores win by their size: leave the signs where they are.")
def predict_largest_size(self, X):
    return np.abs(X @ self.W).argmax(axis=1)


@mistake(
    PREDICT, "Scores below 0 lose their order: compare the scores as they are, also if all are negative."
)
def predict_from_positive_scores(self, X):
    return np.maximum(X @ self.W, 0).argmax(axis=1)


@mistake(PREDICT, "You return the scores. Asked for is one label for each example.")
def predict_scores(self, X):
    return X @ self.W


@mistake(PREDICT, "You return rows of zeros with a single one. Asked for is the number of the class.")
def predict_one_hot(self, X):
    return np.eye(self.W.shape[1], dtype=int)[(X @ self.W).argmax(axis=1)]


@mistake(
    PREDICT, "Your labels are floats, and classes[2.0] is an error: give the array a type of whole numbers."
)
def predict_floats(self, X):
    labels = np.zeros(len(X))
    labels[:] = (X @ self.W).argmax(axis=1)
    return labels


@mistake(
    PREDICT, "You return a list. Make it a NumPy array, so that it can be compared with labels all at once."
)
def predict_a_list(self, X):
    return (X @ self.W).argmax(axis=1).tolist()


@mistake(PREDICT, "The classes are counted from 0: class 0 is that of the first column.")
def predict_from_1(self, X):
    return (X @ self.W).argmax(axis=1) + 1


@mistake(PREDICT, "The scores are X times W, in this order and without a transpose.")
def predict_with_the_transpose(self, X):
    return (X @ self.W.T).argmax(axis=1)


@mistake(PREDICT, "Only the first example gets an answer: is your return inside a loop?")
def predict_the_first_only(self, X):
    labels = np.zeros(len(X), dtype=int)
    labels[0] = (X[0] @ self.W).argmax()
    return labels


@mistake(PREDICT, "After the call X is another than before: it belongs to the caller, so work on a copy.")
def predict_writes_into_x(self, X):
    labels = (X @ self.W).argmax(axis=1)
    X -= X.mean(axis=0)
    return labels


@right(PREDICT)
def predict_example_by_example(self, X):
    labels = np.zeros(X.shape[0], dtype=int)
    for i in range(X.shape[0]):
        labels[i] = np.argmax(X[i].dot(self.W))
    return labels


@right(PREDICT)
def predict_by_sorting(self, X):
    return np.argsort(X.dot(self.W), axis=1)[:, -1]


@right(PREDICT)
def predict_by_comparing(self, X):
    scores = self.W.T @ X.T
    best, labels = scores[0].copy(), np.zeros(scores.shape[1], dtype=np.int32)
    for c in range(1, len(scores)):
        labels[scores[c] > best] = c
        best = np.maximum(best, scores[c])
    return labels


# --- the questions

wrong_answer("answer_left_out", 1.2, "The size is right: which sign does that number have in b or W?")
wrong_answer("answer_left_out", -0.3, "Without it, the third score would change by 0.3 times 2 only.")
wrong_answer("answer_left_out", 0.2, "Without it, the third score would change by 0.2 times 24.")
wrong_answer("answer_calls_for_one_gradient", 30730, "Central differences look to both sides of each weight.")
wrong_answer(
    "answer_calls_for_one_gradient",
    30731,
    "That is for differences to one side. Central ones look to both sides.",
)
wrong_answer("answer_calls_for_one_gradient", 2 * 3072 * 10, "The bias is a row of W too.")
wrong_answer("answer_calls_for_one_gradient", 2 * 3073, "Each of the ten classes has its own weights.")
wrong_answer(
    "answer_which_column", "a", "The sum is a score that a line can give already: nothing new comes in."
)
wrong_answer(
    "answer_which_column",
    "c",
    "The difference is a score that a line can give already: nothing new comes in.",
)
wrong_answer(
    "answer_which_column", "d", "How far a point lies from the middle says nothing about its quadrant."
)
