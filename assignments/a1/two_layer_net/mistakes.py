"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently."""

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib import losses
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax, softmax_loss, svm_loss
from cs_lib.models import TwoLayerNet

FORWARD, BACKWARD = "affine_forward", "affine_backward"
RELU, RELU_BACK = "relu_forward", "relu_backward"
SVM, SOFTMAX, NET = "svm_loss", "softmax_loss", "TwoLayerNet"

RNG = np.random.default_rng(0)

catalogue = Catalogue(
    {
        FORWARD: affine_forward,
        BACKWARD: affine_backward,
        RELU: relu_forward,
        RELU_BACK: relu_backward,
        SVM: svm_loss,
        SOFTMAX: softmax_loss,
        NET: TwoLayerNet,
        "answer_no_fold": "c",
        "answer_gradient_of_x": -3,
        "answer_share_of_jacobian": 1 / 64,
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def flat(x):
    """Each example as a row."""
    return x.reshape(len(x), -1)


# --- affine, forward

TABLES_ONLY = (
    "It works for tables only. Pictures come as (N, height, width, ...): flatten each example to a row first."
)


@mistake(FORWARD, "The bias is missing from your output: every example gets b added.")
def affine_without_bias(x, w, b):
    return flat(x) @ w, (x, w)


@mistake(FORWARD, TABLES_ONLY)
def affine_of_tables_only(x, w, b):
    return x @ w + b, (x, w)


@mistake(FORWARD, TABLES_ONLY)
def affine_of_tables_only_by_dot(x, w, b):
    return np.dot(x, w) + b, (x, w)


@mistake(
    FORWARD,
    "Your D is the length of the second axis alone. It is the product of all axes but the first.",
)
def affine_flattened_by_the_second_axis(x, w, b):
    rows = x.reshape(-1, x.shape[1])
    return rows @ w[: x.shape[1]] + b, (x, w)


@mistake(
    FORWARD, "The numbers of a picture are in another order than w expects: flatten each example by reshape."
)
def affine_flattened_by_columns(x, w, b):
    return np.transpose(x, (0, *range(1, x.ndim)[::-1])).reshape(len(x), -1) @ w + b, (x, w)


@mistake(
    FORWARD, "Examples are mixed: with N left for reshape's -1 at the end, whose numbers stand in one row?"
)
def affine_mixes_examples(x, w, b):
    return x.reshape(-1, len(x)).T @ w + b, (x, w)


@mistake(FORWARD, "The bias is subtracted.")
def affine_minus_bias(x, w, b):
    return flat(x) @ w - b, (x, w)


@mistake(FORWARD, "Your output is transposed: a row for each example, a column for each output.")
def affine_transposed(x, w, b):
    return (flat(x) @ w + b).T, (x, w)


@mistake(FORWARD, "There is a ReLU in your affine layer: outputs may be negative.")
def affine_with_relu(x, w, b):
    return np.maximum(0, flat(x) @ w + b), (x, w)


@mistake(
    FORWARD, "You write into x, which belongs to the caller: x *= ... and x -= ... change it for everybody."
)
def affine_writes_into_x(x, w, b):
    out = flat(x) @ w + b
    x *= 0
    return out, (x, w)


@mistake(FORWARD, "The bias is added once for each example: every output gets it only once.")
def affine_bias_times_examples(x, w, b):
    return flat(x) @ w + len(x) * b, (x, w)


@mistake(FORWARD, "You return out alone. The backward pass needs the cache: return both, out first.")
def affine_without_cache(x, w, b):
    return flat(x) @ w + b


@mistake(FORWARD, "Your output is rounded: the array that you write it into can hold whole numbers only.")
def affine_into_whole_numbers(x, w, b):
    out = np.zeros((len(x), w.shape[1]), dtype=int)
    out[:] = (flat(x) @ w + b) // 1
    return out, (x, w)


@right(FORWARD)
def affine_by_loops(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        out[n] = np.dot(x[n].flatten(), w) + b
    return out, {"x": x, "w": w, "b": b}


@right(FORWARD)
def affine_by_einsum(x, w, b):
    return np.einsum("nd,dm->nm", x.reshape(x.shape[0], np.prod(x.shape[1:])), w) + b[None, :], (x, w, b)


@right(FORWARD)
def affine_with_bias_as_a_weight(x, w, b):
    rows = np.hstack([flat(x), np.ones((len(x), 1), dtype=x.dtype)])
    return rows.dot(np.vstack([w, b])), [x, w]


# --- affine, backward


def affine_back(dx=None, dw=None, db=None):
    """A backward pass in which one of the three gradients is computed otherwise, from x, w and dout."""

    def backward(dout, cache):
        x, w = cache
        usual = affine_backward(dout, cache)
        other = [f(x, w, dout) if f else mine for f, mine in zip((dx, dw, db), usual, strict=True)]
        return tuple(other)

    return backward


def register(decorator, function, name, implementation):
    """Register what a factory made, under a name of its own."""
    implementation.__name__ = name
    decorator(implementation)


for name, hint, changed in [
    (
        "affine_back_dx_flat",
        "dx has to have the shape in which x came: give the rows their axes back.",
        {"dx": lambda x, w, dout: dout @ w.T},
    ),
    (
        "affine_back_dw_transposed",
        "dw comes out transposed: it has the shape of w, (D, M).",
        {"dw": lambda x, w, dout: dout.T @ flat(x)},
    ),
    (
        "affine_back_db_mean",
        "db is a sum over the examples. The mean belongs to the loss, which has seen to it.",
        {"db": lambda x, w, dout: dout.mean(axis=0)},
    ),
    (
        "affine_back_db_of_examples",
        "db is summed along the outputs: there is a bias for each output, so sum over the examples.",
        {"db": lambda x, w, dout: dout.sum(axis=1)},
    ),
    (
        "affine_back_db_one_number",
        "db is summed over everything, to one number. Each output has a bias of its own.",
        {"db": lambda x, w, dout: dout.sum()},
    ),
    (
        "affine_back_db_as_table",
        "db has a row too many axes: it has the shape of b, (M,).",
        {"db": lambda x, w, dout: dout.sum(axis=0, keepdims=True)},
    ),
    (
        "affine_back_db_not_summed",
        "db is not summed: each bias is copied to all examples, and what copies send back adds up.",
        {"db": lambda x, w, dout: dout},
    ),
    (
        "affine_back_dw_mean",
        "dw is divided by N. The mean belongs to the loss, which has seen to it.",
        {"dw": lambda x, w, dout: flat(x).T @ dout / len(x)},
    ),
    (
        "affine_back_dx_mean",
        "dx is divided by N. The mean belongs to the loss, which has seen to it.",
        {"dx": lambda x, w, dout: (dout @ w.T / len(x)).reshape(x.shape)},
    ),
    (
        "affine_back_ignores_dout",
        "dw knows nothing of the upstream gradient: local times upstream.",
        {"dw": lambda x, w, dout: np.repeat(flat(x).sum(axis=0)[:, None], w.shape[1], axis=1)},
    ),
    (
        "affine_back_dx_columns_first",
        "dx has the right shape, but its numbers are in another order than those of x: undo the reshape.",
        {"dx": lambda x, w, dout: (dout @ w.T).T.reshape(x.shape)},
    ),
    (
        "affine_back_signs",
        "dx has the wrong sign: the gradient points uphill, the minus belongs to the training step.",
        {"dx": lambda x, w, dout: -(dout @ w.T).reshape(x.shape)},
    ),
    (
        "affine_back_first_example",
        "dw comes from the first example only: each weight is used once for every example, and copies add.",
        {"dw": lambda x, w, dout: flat(x)[:1].T @ dout[:1]},
    ),
]:
    register(mistake(BACKWARD, hint), BACKWARD, name, affine_back(**changed))


@mistake(BACKWARD, "The order is dx, dw, db, as the arguments of the forward pass are x, w, b.")
def affine_back_in_another_order(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dw, dx, db


BACK_OF_TABLES_ONLY = (
    "It works for tables only: x in the cache may be pictures, flatten it as the forward pass did."
)


@mistake(BACKWARD, BACK_OF_TABLES_ONLY)
def affine_back_of_tables_only(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


@mistake(BACKWARD, BACK_OF_TABLES_ONLY)
def affine_back_flattens_for_dx_only(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.T @ dout, dout.sum(axis=0)


@right(BACKWARD)
def affine_back_by_loops(dout, cache):
    x, w = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[1])
    for n in range(len(x)):
        dx[n] = w.dot(dout[n]).reshape(x.shape[1:])
        dw += np.outer(x[n], dout[n])
        db += dout[n]
    return dx, dw, db


@right(BACKWARD)
def affine_back_by_ones(dout, cache):
    x, w = cache
    db = np.ones(len(dout)) @ dout
    return [np.reshape(dout.dot(w.T), x.shape), np.dot(flat(x).T, dout), db]


@right(BACKWARD)
def affine_back_by_einsum(dout, cache):
    x, w = cache
    dw = np.einsum("nd,nm->dm", flat(x), dout)
    return np.einsum("nm,dm->nd", dout, w).reshape(x.shape), dw, np.einsum("nm->m", dout)


# --- ReLU


@mistake(RELU, "You return where x is positive, 0 or 1. Asked for is x itself there.")
def relu_mask(x):
    return (x > 0).astype(x.dtype), x


@mistake(RELU, "Negative numbers leak through: that is a leaky ReLU. Here they become 0.")
def relu_leaky(x):
    return np.where(x > 0, x, 0.01 * x), x


@mistake(RELU, "That is the absolute value: negative numbers become 0, not positive.")
def relu_absolute(x):
    return np.abs(x), x


@mistake(RELU, "You keep the negative numbers and drop the positive ones.")
def relu_upside_down(x):
    return np.minimum(0, x), x


@mistake(RELU, "You write into x, which belongs to the caller. Make a new array.")
def relu_in_place(x):
    x[x < 0] = 0
    return x, x


@mistake(RELU, "You return out alone. The backward pass needs the cache: return both, out first.")
def relu_without_cache(x):
    return np.maximum(0, x)


@mistake(
    RELU, "You return one number, the largest of all. The maximum with 0 is taken for each number by itself."
)
def relu_largest(x):
    return max(0, x.max()), x


@mistake(RELU, "Large numbers are cut off as well: a ReLU has no upper end.")
def relu_clipped(x):
    return np.clip(x, 0, 1), x


@mistake(RELU, "Your output is flat: it has the shape of x.")
def relu_flat(x):
    return np.maximum(0, x).reshape(len(x), -1), x


@mistake(RELU, "You drop numbers below 1, not below 0.")
def relu_from_one(x):
    return np.where(x > 1, x, 0), x


@right(RELU)
def relu_by_mask(x):
    return x * (x > 0), (x > 0)


@right(RELU)
def relu_by_copy(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out


@right(RELU)
def relu_by_where(x):
    return np.where(x < 0, 0, x), {"x": x}


@right(RELU)
def relu_by_absolute(x):
    return (x + np.abs(x)) / 2, x


@mistake(RELU_BACK, "You look at the sign of dout. What counts is where x was positive.")
def relu_back_by_dout(dout, cache):
    return dout * (dout > 0)


@mistake(RELU_BACK, "You return the local derivative alone: multiply it by the upstream gradient.")
def relu_back_mask(dout, cache):
    return (cache > 0).astype(dout.dtype)


@mistake(RELU_BACK, "Everything gets through: where x was negative, nobody notices a wiggle.")
def relu_back_passes_all(dout, cache):
    return dout


@mistake(RELU_BACK, "You block where x was positive and let pass where it was negative.")
def relu_back_upside_down(dout, cache):
    return dout * (cache < 0)


@mistake(RELU_BACK, "You multiply by x. The derivative of the ReLU is 1 where x is positive, not x.")
def relu_back_times_x(dout, cache):
    return dout * np.maximum(0, cache)


@mistake(RELU_BACK, "You apply the ReLU to the gradient as well: negative gradients pass like others.")
def relu_back_with_relu(dout, cache):
    return np.maximum(0, dout * (cache > 0))


@mistake(RELU_BACK, "A little gets through where x was negative: that is a leaky ReLU's gradient.")
def relu_back_leaky(dout, cache):
    return np.where(cache > 0, dout, 0.01 * dout)


@mistake(
    RELU_BACK, "Blocked gradients come out with the opposite sign: the local derivative is 0 there, not -1."
)
def relu_back_of_absolute(dout, cache):
    return dout * np.sign(cache)


@mistake(RELU_BACK, "You return x where it is positive. What is to be handed on is dout.")
def relu_back_returns_x(dout, cache):
    return np.where(cache > 0, cache, 0)


@mistake(RELU_BACK, "Your gradient is flat: it has the shape of x.")
def relu_back_flat(dout, cache):
    return (dout * (cache > 0)).reshape(len(dout), -1)


@mistake(RELU_BACK, "You let pass where x was above 1. The cut is at 0.")
def relu_back_from_one(dout, cache):
    return dout * (cache > 1)


@right(RELU_BACK)
def relu_back_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


@right(RELU_BACK)
def relu_back_passes_at_zero(dout, cache):
    return np.where(cache >= 0, dout, 0)


@right(RELU_BACK)
def relu_back_by_half_signs(dout, cache):
    return dout * (np.sign(cache) + 1) / 2


# --- SVM loss


def margins_of(x, y, delta=1.0):
    """Margins with 0 for the right class, and the rows."""
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + delta)
    margins[rows, y] = 0
    return margins, rows


def svm(delta=1.0, own=0.0, edge=0, over=len, grad_over=len, count=True, loss_of=np.sum):
    """An SVM loss with some of its parts changed."""

    def loss_function(x, y):
        margins, rows = margins_of(x, y, delta)
        dx = (margins > edge).astype(float)
        dx[rows, y] = -dx.sum(axis=1) if count else 0
        return loss_of(margins) / over(x) + own, dx / grad_over(x)

    return loss_function


def one(x):
    """No mean."""
    return 1


def classes(x):
    """The number of classes instead of that of examples."""
    return x.shape[1]


def cells(x):
    """The mean over all scores."""
    return x.size


OWN_CLASS = "Your loss is too large by exactly 1: the right class itself has no margin to keep."

for name, hint, implementation in [
    (
        "svm_own_class_counted",
        OWN_CLASS,
        svm(own=1.0),
    ),
    ("svm_no_margin", "The margin is missing: each other class has to stay behind by 1.", svm(delta=0.0)),
    ("svm_margin_ten", "The margin is 1 here, not 10.", svm(delta=10.0)),
    (
        "svm_margin_subtracted",
        "The margin has the wrong sign: being close behind costs something.",
        svm(-1.0),
    ),
    ("svm_loss_summed", "The loss is a sum over the examples: make it a mean.", svm(over=one)),
    (
        "svm_gradient_summed",
        "The loss is a mean, so its gradient has to be divided by N as well.",
        svm(grad_over=one),
    ),
    (
        "svm_both_summed",
        "Loss and gradient are sums over the examples: make both means.",
        svm(over=one, grad_over=one),
    ),
    (
        "svm_over_classes",
        "You divide by the number of classes: the mean is one over the examples.",
        svm(over=classes, grad_over=classes),
    ),
    (
        "svm_over_everything",
        "You take the mean over all margins: sum over the classes, the mean is over the examples only.",
        svm(over=cells, grad_over=cells),
    ),
    (
        "svm_no_gradient_of_own",
        "The right class has no gradient in yours: its score is copied to all the others, with a minus.",
        svm(count=False),
    ),
    (
        "svm_squared",
        "You square the margins: that is another loss, the squared hinge.",
        svm(loss_of=lambda margins: np.sum(margins**2)),
    ),
    (
        "svm_largest_only",
        "Only the worst competitor counts in your loss. Here all that come too close add up.",
        svm(loss_of=lambda margins: margins.max(axis=1).sum()),
    ),
]:
    register(mistake(SVM, hint), SVM, name, implementation)


@mistake(SVM, "The maximum with 0 is missing: a class that is far behind must not earn anything.")
def svm_without_max(x, y):
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, None] + 1
    margins[rows, y] = 0
    dx = np.ones_like(x)
    dx[rows, y] = -(x.shape[1] - 1)
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, "x[y] takes whole rows. Of each row you want the number in column y: index with two arrays.")
def svm_rows_for_scores(x, y):
    right_scores = x[y % len(x)].max(axis=1)
    margins = np.maximum(0, x - right_scores[:, None] + 1)
    margins[np.arange(len(x)), y] = 0
    return margins.sum() / len(x), svm_loss(x, y)[1]


@mistake(SVM, "Subtract the right scores as a column, shape (N, 1): a row goes to the wrong examples.")
def svm_right_scores_as_a_row(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, OWN_CLASS)
def svm_own_class_everywhere(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, "All margins of 0 count in your gradient, too: it has to be > 0, and the right class left out.")
def svm_counts_zeros(x, y):
    margins, rows = margins_of(x, y)
    dx = (margins >= 0).astype(float)
    dx[rows, y] = 1 - dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, "The right class always gets -1. It is -1 for each class that comes too close: count them.")
def svm_own_gradient_minus_one(x, y):
    margins, rows = margins_of(x, y)
    dx = (margins > 0).astype(float)
    dx[rows, y] = -1
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, "The count for the right class includes the right class itself.")
def svm_count_includes_own(x, y):
    margins, rows = margins_of(x, y)
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1) - 1
    return margins.sum() / len(x), dx / len(x)


@mistake(
    SVM,
    "Your gradient holds the margins themselves. Where a margin is violated, the slope is 1, not its size.",
)
def svm_margins_as_gradient(x, y):
    margins, rows = margins_of(x, y)
    dx = margins.copy()
    dx[rows, y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


@mistake(SVM, "Your loss counts the violations. Add up how large they are.")
def svm_counts_violations(x, y):
    margins, _ = margins_of(x, y)
    return (margins > 0).sum() / len(x), svm_loss(x, y)[1]


@mistake(SVM, "The gradient has the wrong sign: raising the right class's score lowers the loss.")
def svm_sign(x, y):
    loss, dx = svm_loss(x, y)
    return loss, -dx


@mistake(SVM, "You write into the scores, which belong to the caller: work on a new array.")
def svm_in_place(x, y):
    loss, dx = svm_loss(x, y)
    x -= x[np.arange(len(x)), y][:, None]
    return loss, dx


@mistake(SVM, "Only the last example counts: is the sum inside the loop over the examples?")
def svm_last_example(x, y):
    margins, _ = margins_of(x, y)
    return margins[-1].sum() / len(x), svm_loss(x, y)[1]


@right(SVM)
def svm_by_loops(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            margin = x[i, j] - x[i, y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / len(x), dx / len(x)


@right(SVM)
def svm_own_class_taken_off(x, y):
    margins = np.maximum(0, x - np.take_along_axis(x, y[:, None], axis=1) + 1.0)
    loss = np.sum(margins) / x.shape[0] - 1
    dx = (margins > 0) * np.ones(x.shape)
    np.subtract.at(dx, (np.arange(x.shape[0]), y), np.sum(margins > 0, axis=1))
    return loss, dx / x.shape[0]


@right(SVM)
def svm_by_one_hot(x, y):
    one_hot = np.eye(x.shape[1])[y]
    margins = (1 - one_hot) * np.maximum(0, 1 + x - (x * one_hot).sum(axis=1, keepdims=True))
    active = np.where(margins > 0, 1.0, 0.0)
    return np.mean(np.sum(margins, axis=1)), (active - one_hot * active.sum(axis=1, keepdims=True)) / len(y)


# --- softmax loss


def cross_entropy(p, y):
    """The mean of -log p_y, and p - one hot, divided by N."""
    rows = np.arange(len(p))
    with np.errstate(all="ignore"):
        return -np.log(p[rows, y]).mean(), (p - np.eye(p.shape[1])[y]) / len(p)


@mistake(SOFTMAX, "exp overflows for large scores: subtract each row's largest score first.")
def softmax_without_shift(x, y):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        return cross_entropy(e / e.sum(axis=1, keepdims=True), y)


@mistake(
    SOFTMAX,
    "You subtract the largest of all scores. A row that lies far below is all 0 then: take each row's own.",
)
def softmax_one_shift_for_all(x, y):
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max())
        return cross_entropy(e / e.sum(axis=1, keepdims=True), y)


@mistake(
    SOFTMAX, "You clip the scores before exp. That changes p: subtract each row's largest score instead."
)
def softmax_clips_scores(x, y):
    return cross_entropy(softmax(np.clip(x, -500, 500)), y)


@mistake(
    SOFTMAX, "A small number is added inside the logarithm, and it shows where p is small. Leave it out."
)
def softmax_small_number(x, y):
    p = softmax(x)
    return -np.log(p[np.arange(len(x)), y] + 1e-8).mean(), cross_entropy(p, y)[1]


@mistake(SOFTMAX, "You normalise along axis 0, over the examples. Each example's probabilities add up to 1.")
def softmax_over_examples(x, y):
    return cross_entropy(softmax(x.T).T, y)


@mistake(SOFTMAX, "You divide by the sum of everything. Each example has a sum of its own.")
def softmax_over_everything(x, y):
    return cross_entropy(softmax(x.reshape(-1)).reshape(x.shape), y)


@mistake(SOFTMAX, "The sums of the rows have to be a column, shape (N, 1): keepdims=True keeps them one.")
def softmax_sums_as_a_row(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return cross_entropy(e / e.sum(axis=1), y)


WHOLE_COLUMNS = "p[:, y] means all rows and these columns: one entry a row needs two lists of numbers."


@mistake(SOFTMAX, WHOLE_COLUMNS)
def softmax_takes_whole_columns(x, y):
    p = softmax(x)
    return -np.log(p[:, y]).mean(), cross_entropy(p, y)[1]


@mistake(SOFTMAX, WHOLE_COLUMNS)
def softmax_whole_columns_everywhere(x, y):
    p = softmax(x)
    loss = -np.log(p[:, y]).mean()
    p[:, y] -= 1
    return loss, p / len(x)


@mistake(SOFTMAX, "The gradient is not divided by N: the loss is a mean.")
def softmax_gradient_summed(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx * len(x)


@mistake(SOFTMAX, "The loss is a sum over the examples: make it a mean.")
def softmax_loss_summed(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * len(x), dx


@mistake(SOFTMAX, "Loss and gradient are sums over the examples: make both means.")
def softmax_both_summed(x, y):
    loss, dx = softmax_loss(x, y)
    return loss * len(x), dx * len(x)


@mistake(SOFTMAX, "You divide by the number of scores. The mean is over the examples.")
def softmax_over_cells(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / x.shape[1], dx / x.shape[1]


@mistake(
    SOFTMAX,
    "The -1 for the right class is missing from the gradient: what it said minus what it should have said.",
)
def softmax_no_minus_one(x, y):
    return softmax_loss(x, y)[0], softmax(x) / len(x)


@mistake(
    SOFTMAX, "Only the right class has a gradient. The others have p: raising their scores raises the loss."
)
def softmax_own_class_only(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, dx * np.eye(x.shape[1])[y]


@mistake(SOFTMAX, "Your gradient uses the scores where the probabilities belong.")
def softmax_gradient_of_scores(x, y):
    return softmax_loss(x, y)[0], (x - np.eye(x.shape[1])[y]) / len(x)


@mistake(SOFTMAX, "Your gradient uses the exponentials before they were divided by their sum.")
def softmax_not_normalised(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return softmax_loss(x, y)[0], (e - np.eye(x.shape[1])[y]) / len(x)


@mistake(SOFTMAX, "You take the log of the mean probability. It is the mean of the logs that is asked for.")
def softmax_log_of_mean(x, y):
    p = softmax(x)
    return -np.log(p[np.arange(len(x)), y].mean()), softmax_loss(x, y)[1]


@mistake(SOFTMAX, "Your logarithm has the base 10 (or 2). The natural one is np.log.")
def softmax_base_ten(x, y):
    loss, dx = softmax_loss(x, y)
    return loss / np.log(10), dx


@mistake(SOFTMAX, "The loss has the wrong sign: the logarithm of a probability is negative, a loss is not.")
def softmax_minus_forgotten(x, y):
    loss, dx = softmax_loss(x, y)
    return -loss, dx


@mistake(SOFTMAX, "The gradient has the wrong sign: raising the right class's score lowers the loss.")
def softmax_gradient_sign(x, y):
    loss, dx = softmax_loss(x, y)
    return loss, -dx


@mistake(SOFTMAX, "The right class is left out of the sum under the fraction. All classes belong to it.")
def softmax_sum_of_others(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    rows = np.arange(len(x))
    others = e.sum(axis=1) - e[rows, y]
    return -np.log(e[rows, y] / others).mean(), softmax_loss(x, y)[1]


@mistake(SOFTMAX, "The logarithms of all classes are in your loss. Only the right class's counts.")
def softmax_all_classes(x, y):
    return -losses.log_softmax(x).sum() / len(x), softmax_loss(x, y)[1]


@mistake(SOFTMAX, "Only the last example counts: is the sum inside the loop over the examples?")
def softmax_last_example(x, y):
    log_p = losses.log_softmax(x)
    return -log_p[-1, y[-1]] / len(x), softmax_loss(x, y)[1]


@mistake(
    SOFTMAX, "You write into the scores, which belong to the caller: x -= ... changes x, x - ... does not."
)
def softmax_in_place(x, y):
    loss, dx = softmax_loss(x, y)
    x -= x.max(axis=1, keepdims=True)
    return loss, dx


@right(SOFTMAX)
def softmax_by_loops(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(x.shape[0]):
        row = x[i] - np.max(x[i])
        total = np.sum(np.exp(row))
        loss += np.log(total) - row[y[i]]
        for j in range(x.shape[1]):
            dx[i, j] = np.exp(row[j]) / total - (j == y[i])
    return loss / x.shape[0], dx / x.shape[0]


@right(SOFTMAX)
def softmax_log_of_p(x, y):
    e = np.exp(x - np.max(x, axis=1)[:, np.newaxis])
    p = e / np.sum(e, axis=1)[:, np.newaxis]
    loss = np.sum(-np.log(p[range(x.shape[0]), y])) / x.shape[0]
    p[range(x.shape[0]), y] -= 1
    return loss, p / x.shape[0]


@right(SOFTMAX)
def softmax_by_logaddexp(x, y):
    log_sum = np.logaddexp.reduce(x, axis=1, keepdims=True)
    one_hot = (y[:, None] == np.arange(x.shape[1])).astype(x.dtype)
    return np.mean(log_sum[:, 0] - (x * one_hot).sum(axis=1)), (np.exp(x - log_sum) - one_hot) / len(x)


# --- the network


class Plain:
    """A right network in one piece, whose parts can be replaced one by one."""

    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * RNG.standard_normal((input_dim, hidden_dim)),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * RNG.standard_normal((hidden_dim, num_classes)),
            "b2": np.zeros(num_classes),
        }

    def before(self, X):
        return flat(X) @ self.params["W1"] + self.params["b1"]

    def hidden(self, before):
        return np.maximum(0, before)

    def scores(self, hidden):
        return hidden @ self.params["W2"] + self.params["b2"]

    def data_loss(self, scores, y):
        return softmax_loss(scores, y)

    def back(self, before, dhidden):
        return dhidden * (before > 0)

    def penalty(self, p):
        return 0.5 * self.reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))

    def more(self, p):
        return {"W1": self.reg * p["W1"], "W2": self.reg * p["W2"]}

    def grads(self, grads):
        return grads

    def loss(self, X, y=None):
        before = self.before(X)
        hidden = self.hidden(before)
        scores = self.scores(hidden)
        if y is None:
            return scores
        loss, dscores = self.data_loss(scores, y)
        dbefore = self.back(before, dscores @ self.params["W2"].T)
        grads = {
            "W1": flat(X).T @ dbefore,
            "b1": dbefore.sum(axis=0),
            "W2": hidden.T @ dscores,
            "b2": dscores.sum(axis=0),
        }
        for name, value in self.more(self.params).items():
            grads[name] = grads[name] + value
        return loss + self.penalty(self.params), self.grads(grads)


def drawn(**arrays):
    """A constructor that makes some of the arrays otherwise: name=function of (D, H, C, scale)."""

    def init(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        Plain.__init__(self, input_dim, hidden_dim, num_classes, weight_scale, reg)
        for name, make in arrays.items():
            self.params[name] = make(input_dim, hidden_dim, num_classes, weight_scale)

    return {"__init__": init}


SPREAD = (
    "weight_scale is the standard deviation: a normal number with deviation 1, times weight_scale. "
    "Biases begin as zeros."
)

NETS = [
    (
        "net_without_b1",
        "b1 is missing from the hidden layer.",
        {"before": lambda self, X: flat(X) @ self.params["W1"]},
    ),
    (
        "net_without_b2",
        "b2 is missing from the scores.",
        {"scores": lambda self, hidden: hidden @ self.params["W2"]},
    ),
    (
        "net_relu_on_scores",
        "There is a ReLU over your scores too. They may be negative: it belongs between the layers only.",
        {"scores": lambda self, hidden: np.maximum(0, Plain.scores(self, hidden))},
    ),
    (
        "net_without_relu",
        "There is no ReLU between the layers: without it, two layers are worth no more than one.",
        {"hidden": lambda self, before: before},
    ),
    (
        "net_absolute",
        "Hidden units must not be negative, but what is negative before becomes 0, not positive.",
        {"hidden": lambda self, before: np.abs(before)},
    ),
    (
        "net_hidden_not_masked",
        "The gradient goes straight through the ReLU: on the way back it is a gate as well.",
        {"back": lambda self, before, dhidden: dhidden},
    ),
    (
        "net_masked_by_gradient",
        "The ReLU's backward pass looks at the gradient. What counts is where its input was positive.",
        {"back": lambda self, before, dhidden: dhidden * (dhidden > 0)},
    ),
    (
        "net_softmax_over_examples",
        "Your softmax runs over the examples: each example's probabilities add up to 1.",
        {"data_loss": lambda self, scores, y: softmax_over_examples(scores, y)},
    ),
    (
        "net_svm",
        "That is the SVM loss. The net asks for softmax_loss.",
        {"data_loss": lambda self, scores, y: svm_loss(scores, y)},
    ),
    (
        "net_gradient_summed",
        "The gradients are N times too large: is the mean taken in the loss only?",
        {"data_loss": lambda self, scores, y: softmax_gradient_summed(scores, y)},
    ),
    (
        "net_reg_of_biases",
        "Biases are regularised in your loss. Only W1 and W2 are.",
        {
            "penalty": lambda self, p: 0.5 * self.reg * sum(np.sum(p[n] ** 2) for n in p),
            "more": lambda self, p: {n: self.reg * p[n] for n in p},
        },
    ),
    (
        "net_reg_gradient_doubled",
        "The regularisation has a half in the loss, so its gradient is reg times W, without a 2.",
        {"more": lambda self, p: {n: 2 * self.reg * p[n] for n in ("W1", "W2")}},
    ),
    (
        "net_reg_without_half",
        "The half is missing from the regularisation in the loss.",
        {"penalty": lambda self, p: 2 * Plain.penalty(self, p)},
    ),
    (
        "net_reg_without_half_consistently",
        "Yours is reg times the sum of W squared. Here it is half of that, in the loss and in the gradient.",
        {
            "penalty": lambda self, p: 2 * Plain.penalty(self, p),
            "more": lambda self, p: {n: 2 * self.reg * p[n] for n in ("W1", "W2")},
        },
    ),
    (
        "net_reg_gradient_halved",
        "The gradient of half a square has no half left: reg times W.",
        {"more": lambda self, p: {n: 0.5 * self.reg * p[n] for n in ("W1", "W2")}},
    ),
    (
        "net_reg_of_w1_only",
        "W2 is not regularised. Both layers' weights are.",
        {
            "penalty": lambda self, p: 0.5 * self.reg * np.sum(p["W1"] ** 2),
            "more": lambda self, p: {"W1": self.reg * p["W1"]},
        },
    ),
    (
        "net_reg_of_w2_only",
        "W1 is not regularised. Both layers' weights are.",
        {
            "penalty": lambda self, p: 0.5 * self.reg * np.sum(p["W2"] ** 2),
            "more": lambda self, p: {"W2": self.reg * p["W2"]},
        },
    ),
    (
        "net_reg_in_loss_only",
        "The regularisation is in your loss but not in your gradients.",
        {"more": lambda self, p: {}},
    ),
    (
        "net_reg_without_half_in_loss_only",
        "The regularisation is in your loss (and without its half) but not in your gradients.",
        {"penalty": lambda self, p: 2 * Plain.penalty(self, p), "more": lambda self, p: {}},
    ),
    (
        "net_reg_in_gradient_only",
        "The regularisation is in your gradients but not in your loss.",
        {"penalty": lambda self, p: 0.0},
    ),
    (
        "net_reg_ignored",
        "reg changes nothing: the regularisation is missing, in the loss and in the gradients.",
        {"penalty": lambda self, p: 0.0, "more": lambda self, p: {}},
    ),
    (
        "net_reg_of_matrix_product",
        "W @ W.T is a matrix product. For the squares of the weights, square each by itself.",
        {"penalty": lambda self, p: 0.5 * self.reg * sum(np.sum(p[n] @ p[n].T) for n in ("W1", "W2"))},
    ),
    (
        "net_grads_without_biases",
        "grads has the weights' gradients only. The biases are learned as well.",
        {"grads": lambda self, grads: {n: grads[n] for n in ("W1", "W2")}},
    ),
    (
        "net_bias_gradients_as_tables",
        "The gradient of a bias has a row too many axes: it has the shape of the bias.",
        {"grads": lambda self, grads: {n: g[np.newaxis] if n[0] == "b" else g for n, g in grads.items()}},
    ),
    (
        "net_bias_gradient_mean",
        "The gradients of the biases are means. They are sums: the mean is in the loss already.",
        {"grads": lambda self, grads: {n: g / 2 if n[0] == "b" else g for n, g in grads.items()}},
    ),
    (
        "net_gradients_swapped_sign",
        "All gradients have the wrong sign. The minus belongs to the training step.",
        {"grads": lambda self, grads: {n: -g for n, g in grads.items()}},
    ),
    (
        "net_scale_as_variance",
        SPREAD,
        drawn(
            W1=lambda D, H, C, s: np.sqrt(s) * RNG.standard_normal((D, H)),
            W2=lambda D, H, C, s: np.sqrt(s) * RNG.standard_normal((H, C)),
        ),
    ),
    (
        "net_scale_ignored",
        SPREAD,
        drawn(
            W1=lambda D, H, C, s: 1e-3 * RNG.standard_normal((D, H)),
            W2=lambda D, H, C, s: 1e-3 * RNG.standard_normal((H, C)),
        ),
    ),
    (
        "net_uniform_weights",
        SPREAD,
        drawn(W1=lambda D, H, C, s: s * RNG.random((D, H)), W2=lambda D, H, C, s: s * RNG.random((H, C))),
    ),
    (
        "net_xavier",
        SPREAD,
        drawn(
            W1=lambda D, H, C, s: RNG.standard_normal((D, H)) / np.sqrt(D),
            W2=lambda D, H, C, s: RNG.standard_normal((H, C)) / np.sqrt(H),
        ),
    ),
    (
        "net_all_zero",
        SPREAD,
        drawn(W1=lambda D, H, C, s: np.zeros((D, H)), W2=lambda D, H, C, s: np.zeros((H, C))),
    ),
    (
        "net_random_biases",
        SPREAD,
        drawn(
            b1=lambda D, H, C, s: s * RNG.standard_normal(H),
            b2=lambda D, H, C, s: s * RNG.standard_normal(C),
        ),
    ),
    (
        "net_uniform_of_right_spread",
        "Your weights are uniform. Normal ones come from np.random.randn, or a generator's standard_normal.",
        drawn(
            W1=lambda D, H, C, s: s * np.sqrt(3) * RNG.uniform(-1, 1, (D, H)),
            W2=lambda D, H, C, s: s * np.sqrt(3) * RNG.uniform(-1, 1, (H, C)),
        ),
    ),
    (
        "net_scale_of_w2_forgotten",
        "W2 does not follow weight_scale.",
        drawn(W2=lambda D, H, C, s: RNG.standard_normal((H, C))),
    ),
    (
        "net_ten_classes_always",
        "There are always ten classes. How many are asked for, num_classes says.",
        drawn(W2=lambda D, H, C, s: s * RNG.standard_normal((H, 10)), b2=lambda D, H, C, s: np.zeros(10)),
    ),
    (
        "net_biases_as_tables",
        "Biases have an axis too many: b1 has the shape (hidden_dim,).",
        drawn(b1=lambda D, H, C, s: np.zeros((1, H)), b2=lambda D, H, C, s: np.zeros((1, C))),
    ),
    (
        "net_biases_of_the_wrong_length",
        "Your biases are as long as their weights have rows. There is one for each column, for each output.",
        drawn(b1=lambda D, H, C, s: np.zeros(D), b2=lambda D, H, C, s: np.zeros(H)),
    ),
    (
        "net_weights_transposed",
        "W1 and W2 are transposed: inputs are rows, outputs columns.",
        drawn(
            W1=lambda D, H, C, s: s * RNG.standard_normal((H, D)),
            W2=lambda D, H, C, s: s * RNG.standard_normal((C, H)),
        ),
    ),
]
for name, hint, changed in NETS:
    register(mistake(NET, hint), NET, name, type("TwoLayerNet", (Plain,), changed))


@mistake(NET, "Without y you return probabilities. Asked for are the scores before the softmax.", NET)
class ScoresAfterSoftmax(Plain):
    def loss(self, X, y=None):
        return softmax(Plain.loss(self, X)) if y is None else Plain.loss(self, X, y)


@mistake(NET, "It fails without y: return the scores before anything looks at y.", NET)
class LossBeforeScores(Plain):
    def loss(self, X, y=None):
        softmax_loss(Plain.loss(self, X), y)
        return Plain.loss(self, X, y)


@mistake(NET, "Without y you return the winning class. Asked for are all the scores.", NET)
class ReturnsClasses(Plain):
    def loss(self, X, y=None):
        return Plain.loss(self, X).argmax(axis=1) if y is None else Plain.loss(self, X, y)


@mistake(NET, "`if y` asks whether the label is 0 (and fails for several). Ask whether y is None.", NET)
class AsksWhetherYIsTrue(Plain):
    def loss(self, X, y=None):
        return Plain.loss(self, X, y if np.any(y) else None)


@mistake(
    NET, "The weights of the constructor are kept aside. Training changes self.params: read them there.", NET
)
class KeepsFirstWeights(Plain):
    def __init__(self, *args, **kwargs):
        Plain.__init__(self, *args, **kwargs)
        self.first = self.params

    def loss(self, X, y=None):
        changed, self.params = self.params, {n: 0 * p for n, p in self.first.items()}
        result = Plain.loss(self, X, y)
        self.params = changed
        return result


@mistake(NET, "A call of loss changes the weights. That is for the training loop to do.", NET)
class TrainsInLoss(Plain):
    def loss(self, X, y=None):
        result = Plain.loss(self, X, y)
        if y is not None:
            self.params = {n: p - 0.1 * result[1][n] for n, p in self.params.items()}
        return result


@mistake(
    NET, "The regularisation is added into self.params['W...']: W *= changes the weights themselves.", NET
)
class ShrinksWeightsInPlace(Plain):
    def loss(self, X, y=None):
        result = Plain.loss(self, X, y)
        if y is not None:
            for name in ("W1", "W2"):
                self.params[name] *= 1 - self.reg
        return result


@mistake(NET, "It works for tables only: X may be pictures. affine_forward knows how to flatten them.", NET)
class TablesOnly(Plain):
    def loss(self, X, y=None):
        if X.ndim > 2:
            raise ValueError("matmul: mismatch in core dimension")
        return Plain.loss(self, X, y)


@mistake(NET, "W1 and W2 begin with the same random numbers: draw each anew.", NET)
class SameNumbersTwice(Plain):
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        Plain.__init__(self, input_dim, hidden_dim, num_classes, weight_scale, reg)
        size = min(input_dim, hidden_dim), min(hidden_dim, num_classes)
        self.params["W2"][: size[0], : size[1]] = self.params["W1"][: size[0], : size[1]]


@right(NET, NET)
class Generator(Plain):
    def __init__(
        self,
        input_dim=3072,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=float,
        seed=None,
    ):
        rng = np.random.default_rng(seed)
        self.reg, self.dtype = reg, dtype
        W1 = rng.normal(0, weight_scale, (input_dim, hidden_dim))
        W2 = rng.normal(scale=weight_scale, size=(hidden_dim, num_classes))
        arrays = {"W1": W1, "W2": W2, "b1": 0 * W1[0], "b2": 0 * W2[0]}
        self.params = {name: values.astype(dtype) for name, values in arrays.items()}


@right(NET, NET)
class OfLayers:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params, self.reg = {}, reg
        for i, (a, b) in enumerate(((input_dim, hidden_dim), (hidden_dim, num_classes)), 1):
            self.params[f"W{i}"] = RNG.normal(loc=0.0, scale=weight_scale, size=(a, b))
            self.params[f"b{i}"] = np.zeros((b,))

    def loss(self, X, y=None):
        h, cache1 = affine_forward(X, self.params["W1"], self.params["b1"])
        r, cache2 = relu_forward(h)
        scores, cache3 = affine_forward(r, self.params["W2"], self.params["b2"])
        if y is None:
            return scores
        loss, dx = softmax_loss(scores, y)
        dr, dW2, db2 = affine_backward(dx, cache3)
        _, dW1, db1 = affine_backward(relu_backward(dr, cache2), cache1)
        grads = {"W2": dW2 + self.reg * self.params["W2"], "b2": db2, "b1": db1}
        grads["W1"] = dW1 + self.reg * self.params["W1"]
        for name in ("W1", "W2"):
            loss += self.reg * 0.5 * np.linalg.norm(self.params[name]) ** 2
        return loss, grads


@right(NET, NET)
class Older(Plain):
    """The field's older form, with reg as an argument of loss and no half."""

    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        Plain.__init__(self, input_size, hidden_size, output_size, std)

    def loss(self, X, y=None, reg=0.0):
        self.reg = 2 * reg
        return Plain.loss(self, X, y)


@right(NET, NET)
class ReadsWithoutCopies(Plain):
    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[n] for n in ("W1", "b1", "W2", "b2"))
        N = X.shape[0]
        a = np.maximum(X.reshape(N, -1).dot(W1) + b1, 0)
        scores = a.dot(W2) + b2
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1).reshape(N, 1)
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1).reshape(N, 1)
        loss = -np.sum(np.log(p[np.arange(N), y])) / N + 0.5 * self.reg * ((W1 * W1).sum() + (W2 * W2).sum())
        p[np.arange(N), y] -= 1
        p /= N
        da = p.dot(W2.T)
        da[a <= 0] = 0
        grads = {"W2": a.T.dot(p) + self.reg * W2, "b2": p.sum(0), "b1": da.sum(0)}
        grads["W1"] = X.reshape(N, -1).T.dot(da) + self.reg * W1
        return loss, grads


# --- the questions

wrong_answer("answer_no_fold", "a", "A square bends the line. Which of the four draws a straight line?")
wrong_answer(
    "answer_no_fold", "b", "The absolute value folds like two ReLUs. Which of the four draws a straight line?"
)
wrong_answer("answer_no_fold", "d", "That one has a kink at 0, a leaky ReLU's. Which of the four has none?")
wrong_answer("answer_gradient_of_x", -4, "x is used twice. What does the other use send back?")
wrong_answer("answer_gradient_of_x", 1, "x is used twice. What does the other use send back?")
wrong_answer("answer_gradient_of_x", 4, "A product hands on the other input, as it is: y is negative.")
wrong_answer("answer_gradient_of_x", 3, "A multiply gate swaps: what does x get, x or y?")
wrong_answer("answer_gradient_of_x", -9, "That is the value of f. Walk back from it.")
wrong_answer(
    "answer_share_of_jacobian", 1 / 4096, "How many inputs does an output depend on? Count for N = 2, D = 2."
)
wrong_answer(
    "answer_share_of_jacobian",
    1 / (64 * 4096),
    "That is a diagonal. But each output depends on all D features of its example.",
)
wrong_answer(
    "answer_share_of_jacobian", 1, "Does an output of the first example depend on the second example?"
)
