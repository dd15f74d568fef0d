"""The tests that everybody sees: small examples that can be worked out by hand, and what holds for every mask.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect

X = np.arange(1.0, 25.0).reshape(4, 6) / 2  # no two numbers alike, none of them 0


def pair(result, function, first, second):
    """The two things that a function has to return."""
    right = isinstance(result, tuple | list) and len(result) == 2
    expect.true(right, f"{function} has to return two things: {first} and {second}.", status="wrong_type")
    return result


def dropped_out(student, x, **dropout_param):
    """out of a forward pass of dropout."""
    return pair(student.dropout_forward(x, dropout_param), "dropout_forward", "out", "cache")[0]


def expect_zero_or_divided(out, x, p):
    """Every number of out is 0, or that of x divided by p."""
    expect.shape(out, x.shape, "out")
    nearest = np.where(np.abs(out) < np.abs(out - x / p), 0, x / p)
    expect.close(out, nearest, f"A number of out, which has to be 0 or x / {p:g},")


def expect_share(share, p, count, what):
    """The share of count numbers is p, give or take six standard deviations."""
    slack = 6 * np.sqrt(p * (1 - p) / count)
    expect.true(abs(share - p) < slack, f"{what} is {share:.3f}, expected {p:g} or nearly so.")


# --- dropout


@pytest.mark.graded("dropout_forward", points=0.5)
def test_kept_numbers_are_divided(student):
    """p = 0.4: out is 0 or x / 0.4 everywhere, and x stays as it is."""
    out = dropped_out(student, X, mode="train", p=0.4, seed=3)
    expect_zero_or_divided(out, X, 0.4)
    expect.unchanged(X, student.arguments_()[0], "x")


@pytest.mark.graded("dropout_forward", points=0.5)
def test_test_mode_leaves_everything(student):
    """In test mode out is x, with a seed or without one."""
    expect.close(dropped_out(student, X, mode="test", p=0.4, seed=3), X, "out in test mode")
    expect.close(dropped_out(student, X, mode="test", p=0.4), X, "out in test mode")


@pytest.mark.graded("dropout_forward", points=0.5)
def test_share_that_is_kept(student):
    """Of 20 000 numbers 80 % are kept; in each row and each column some are kept and some are not."""
    out = dropped_out(student, np.ones((200, 100)), mode="train", p=0.8, seed=1)
    expect.shape(out, (200, 100), "out")
    kept = np.asarray(out) != 0
    expect_share(kept.mean(), 0.8, kept.size, "The share of numbers that are kept")
    for axis, name in enumerate(("column", "row")):
        mixed = kept.any(axis=axis) & ~kept.all(axis=axis)
        expect.true(
            mixed.all(), f"A whole {name} of x is kept or dropped together: decide about each number."
        )


@pytest.mark.graded("dropout_forward", points=0.5)
def test_seeds(student):
    """The same seed gives the same mask, 0 too; without a seed two calls differ."""
    for seed in (7, 0):
        first, second = (dropped_out(student, X, mode="train", p=0.5, seed=seed) for _ in "ab")
        expect.close(second, first, f"out of a second call with the seed {seed}")
    first, second = (dropped_out(student, X, mode="train", p=0.5) for _ in "ab")
    expect.true(np.any(np.asarray(first) != second), "Two calls without a seed drew the same mask.")


@pytest.mark.graded("dropout_backward", points=0.75)
def test_backward_uses_the_same_factors(student):
    """x is all ones, so out shows the factors: dx is dout times out. dout stays as it is."""
    param = {"mode": "train", "p": 0.4, "seed": 2}
    out, cache = pair(student.dropout_forward(np.ones((4, 6)), param), "dropout_forward", "out", "cache")
    expect.close(student.dropout_backward(X, cache), X * out, "dx")
    expect.unchanged(X, student.arguments_()[0], "dout")


@pytest.mark.graded("dropout_backward", points=0.5)
def test_backward_in_test_mode(student):
    """After a forward pass in test mode dx is dout."""
    param = {"mode": "test", "p": 0.4, "seed": 2}
    _, cache = pair(student.dropout_forward(np.ones((4, 6)), param), "dropout_forward", "out", "cache")
    expect.close(student.dropout_backward(X, cache), X, "dx in test mode")


# --- the net

LAYERS = {
    "W1": np.array([[1.0, -1, 0, 2], [0, 1, 1, -1], [2, 0, -1, 0]]),
    "b1": np.array([0.5, 1, 0.5, 2]),
    "W2": np.array([[1.0, 0, 1], [1, -1, 0], [0, 2, 1], [-1, 1, 0]]),
    "b2": np.array([0.25, 0.5, 1]),
    "W3": np.array([[1.0, -1], [2, 0], [0, 3]]),
    "b3": np.array([-1.0, 1]),
}
INPUTS = np.array([[1.0, 2, 0], [0, 1, 1]])
SCORES = np.array([[11.75, 14.25], [3.75, 9.25]])


def small_net(student, **options):
    """A net of 3, 4, 3 and 2 units with the numbers above."""
    net = student.FullyConnectedNet([4, 3], input_dim=3, num_classes=2, dtype="float64", **options)
    net["params"] = LAYERS
    return net


def loss_of(net, X, y):
    """(loss, grads) of a net, once it is sure that they are a number and a dictionary."""
    loss, grads = pair(net.loss(X, y), "loss", "the loss", "the gradients")
    expect.true(isinstance(grads, dict), "The gradients have to be a dictionary.", status="wrong_type")
    return loss, grads


@pytest.mark.graded("FullyConnectedNet", points=0.5)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters(student, dtype):
    """Names, shapes and types; biases are 0, and weights have about the deviation that is asked for."""
    net = student.FullyConnectedNet(
        [40, 30], input_dim=50, num_classes=7, weight_scale=0.3, dtype=dtype
    )
    params, sizes = net["params"], [50, 40, 30, 7]
    expect.equal(" ".join(sorted(params)), "W1 W2 W3 b1 b2 b3", "The names of params, in order,")
    for i in (1, 2, 3):
        expect.shape(params[f"W{i}"], (sizes[i - 1], sizes[i]), f"W{i}")
        expect.close(params[f"b{i}"], np.zeros(sizes[i]), f"b{i}")
        expect.close(np.std(params[f"W{i}"]), 0.3, f"The deviation of W{i}", rtol=0.3)
        for name in (f"W{i}", f"b{i}"):
            expect.dtype(params[name], dtype, name)


@pytest.mark.graded("FullyConnectedNet", points=0.5)
def test_scores(student):
    """Scores of two examples by a net of small whole numbers, in test mode: dropout leaves no trace."""
    net = small_net(student, dropout_keep_ratio=0.5, reg=3.0, seed=1)
    expect.close(net.loss(INPUTS), SCORES, "The scores")
    loss_of(net, INPUTS, np.array([0, 1]))
    expect.close(net.loss(INPUTS), SCORES, "The scores after a call with labels")


@pytest.mark.graded("FullyConnectedNet", points=0.5)
@pytest.mark.parametrize(
    "options", [{"reg": 0.7}, {"dropout_keep_ratio": 0.6, "seed": 5}], ids=["reg", "dropout"]
)
def test_gradients_fit_the_loss(student, options):
    """How much the loss grows along a direction is what the gradients say."""
    net, y, h = small_net(student, **options), np.array([0, 1]), 1e-6
    _, grads = loss_of(net, INPUTS, y)
    slope = 0.0
    direction = {name: np.cos(np.arange(w.size) + len(name)).reshape(w.shape) for name, w in LAYERS.items()}
    for name, w in LAYERS.items():
        expect.true(name in grads, f"grads has no {name}.", status="wrong_type")
        expect.shape(grads[name], w.shape, f"The gradient of {name}")
        slope += np.sum(grads[name] * direction[name])
    losses = []
    for step in (h, -h):
        net["params"] = {name: w + step * direction[name] for name, w in LAYERS.items()}
        losses.append(loss_of(net, INPUTS, y)[0])
    expect.close(slope, (losses[0] - losses[1]) / (2 * h), "The slope by your gradients", rtol=1e-5)


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_loss_without_dropout(student):
    """The cross-entropy of the scores, and half of reg times the squares of all weights."""
    loss, _ = loss_of(small_net(student, reg=0.1), INPUTS, np.array([1, 0]))
    cross_entropy = (np.log1p(np.exp(-2.5)) + np.log1p(np.exp(5.5))) / 2
    expect.close(loss, cross_entropy + 0.5 * 0.1 * (14 + 11 + 15), "The loss")


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_hidden_units_are_dropped(student):
    """400 hidden units are 1: the gradient of W2 shows which of them were kept, and divided by 0.75."""
    net = student.FullyConnectedNet(
        [400], input_dim=1, num_classes=2, dropout_keep_ratio=0.75, dtype="float64"
    )
    net["params"] = {
        "W1": np.ones((1, 400)),
        "b1": np.zeros(400),
        "W2": np.tile([0.001, -0.001], (400, 1)),
        "b2": np.zeros(2),
    }
    loss, grads = loss_of(net, np.ones((1, 1)), np.array([0]))
    units = grads["W2"][:, 0] / grads["b2"][0]
    expect_zero_or_divided(units, np.ones(400), 0.75)
    expect_share(np.mean(units != 0), 0.75, 400, "The share of hidden units that are kept")
    expect.close(loss, np.log1p(np.exp(-0.002 * units.sum())), "The loss with these units")


# --- weight decay

PARAMS = {
    "b1": np.array([1.0, -2]),
    "W1": np.array([[4.0, -2, 0]]),
    "W12": np.array([10.0]),
    "beta1": np.array([8.0]),
}
GRADS = {
    "W1": np.array([[1.0, 0, 2]]),
    "W12": np.array([0.0]),
    "b1": np.array([0, 4.0]),
    "beta1": np.array([1.0]),
}


@pytest.mark.graded("weight_decay_step", points=0.75)
def test_one_step_with_decay(student):
    """Learning rate 0.1, decay 0.5: weights lose a twentieth of themselves, the others nothing."""
    got = student.weight_decay_step(PARAMS, GRADS, 0.1, 0.5)
    expect.true(isinstance(got, dict), "The result has to be a dictionary.", status="wrong_type")
    expect.equal(" ".join(sorted(got)), "W1 W12 b1 beta1", "The names in the result, in order,")
    wanted = {"W1": [[3.7, -1.9, -0.2]], "W12": [9.5], "b1": [1, -2.4], "beta1": [7.9]}
    for name, values in wanted.items():
        expect.close(got[name], values, name)


@pytest.mark.graded("weight_decay_step", points=0.5)
def test_decay_changes_no_argument(student):
    """A step without decay is a plain one, and params and grads stay as they are."""
    got = student.weight_decay_step(PARAMS, GRADS, 0.5, 0)
    expect.true(isinstance(got, dict), "The result has to be a dictionary.", status="wrong_type")
    expect.close(got["W1"], [[3.5, -2, -1]], "W1")
    for before, after, what in zip(
        (PARAMS, GRADS), student.arguments_()[:2], ("params", "grads"), strict=True
    ):
        for name, values in before.items():
            expect.unchanged(values, after[name], f"{what}['{name}']")


# --- crops and mirror images

SMALL = np.array(
    [[[[1.0, 2, 3], [4, 5, 6]]], [[[7.0, 8, 9], [10, 11, 12]]]]
)  # two pictures, one channel, 2 x 3
CENTRE = np.array([1, 1])


def crops(student, X, top, left, mirror, pad):
    """What crop_and_flip gives for arrays made of these lists."""
    return student.crop_and_flip(X, np.array(top), np.array(left), np.array(mirror, dtype=bool), pad)


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_pictures_move(student):
    """Frame of 1: the first picture moves up and left, the second down and right. X stays as it is."""
    got = crops(student, SMALL, [2, 0], [2, 0], [False, False], 1)
    expect.close(got, [[[[5, 6, 0], [0, 0, 0]]], [[[0, 0, 0], [0, 7, 8]]]], "The pictures")
    expect.unchanged(SMALL, student.arguments_()[0], "X")


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_one_is_mirrored(student):
    """The second picture is mirrored left to right, the first is not, and none is moved."""
    got = crops(student, SMALL, [1, 1], [1, 1], [False, True], 1)
    expect.close(got, [SMALL[0], [[[9, 8, 7], [12, 11, 10]]]], "The pictures")
    expect.close(
        crops(student, SMALL, [0, 0], [0, 0], [True, False], 0)[0],
        [[[3, 2, 1], [6, 5, 4]]],
        "Without a frame, the first picture",
    )


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_moved_then_mirrored(student):
    """First the window is cut, one row down and one column to the right of the middle; then it is mirrored."""
    got = crops(student, SMALL, [3, 2], [3, 1], [True, True], 2)
    expect.close(got, [[[[0, 6, 5], [0, 0, 0]]], [[[8, 7, 0], [11, 10, 0]]]], "The pictures")


# --- early stopping

RUNS = [
    ([0.3, 0.5, 0.4, 0.5, 0.4, 0.7], 3, (1, 4)),
    ([0.1, 0.2, 0.3, 0.4], 2, (3, 3)),
    ([0.5, 0.4, 0.6, 0.5, 0.5, 0.9], 2, (2, 4)),
    ([-3.0, -2.0, -2.5, -1.0], 1, (1, 2)),
    ([0.6, 0.5, 0.7, 0.6, 0.8, 0.7], 2, (4, 5)),
    ([0.4], 3, (0, 0)),
]


@pytest.mark.graded("early_stopping", points=0.25)
@pytest.mark.parametrize(
    ("scores", "patience", "wanted"),
    RUNS,
    ids=["the text's example", "always better", "one good epoch", "negative", "never twice", "one epoch"],
)
def test_when_to_stop(student, scores, patience, wanted):
    """The best epoch and the last one of a short history."""
    got = pair(student.early_stopping(scores, patience), "early_stopping", "best_epoch", "last_epoch")
    expect.equal(list(got), list(wanted), "(best_epoch, last_epoch)")


# --- ensembles

SHARES = np.array([[[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]], [[0.5, 0.4, 0.1], [0.1, 0.5, 0.4]], [[0.05, 0.9, 0.05], [0.3, 0.6, 0.1]]])  # fmt: skip


def predict(student, scores):
    """(labels, probabilities) of an ensemble."""
    return pair(student.ensemble_predict(scores), "ensemble_predict", "labels", "probabilities")


@pytest.mark.graded("ensemble_predict", points=0.75)
def test_mean_of_three(student):
    """Three members, two pictures: the softmax of their scores is known. Two members would vote otherwise."""
    labels, probabilities = predict(student, np.log(SHARES) + np.array([1.0, -2.0, 0.5])[:, None, None])
    mean = [[1.15 / 3, 1.6 / 3, 0.25 / 3], [0.2, 1.3 / 3, 1.1 / 3]]
    expect.close(probabilities, mean, "The mean probabilities")
    expect.equal(labels, [1, 1], "The array of labels")
    expect.whole_numbers(labels, "The array of labels")


@pytest.mark.graded("ensemble_predict", points=0.5)
def test_large_scores_in_a_list(student):
    """A list of two members, one with enormous scores: it has no more than its half of the say."""
    scores = [np.array([[10_000.0, 0, -10_000]]), np.log([[0.1, 0.7, 0.2]])]
    labels, probabilities = predict(student, scores)
    expect.close(probabilities, [[0.55, 0.35, 0.1]], "The mean probabilities")
    expect.equal(labels, [0], "The array of labels")


@pytest.mark.graded("ensemble_predict", points=0.25)
def test_one_member(student):
    """A single member is its own mean."""
    labels, probabilities = predict(student, np.log(SHARES[:1]))
    expect.close(probabilities, SHARES[0], "The mean probabilities")
    expect.equal(labels, [0, 2], "The array of labels")


# --- questions


@pytest.mark.graded("answer_dropout_variance", points=0)
def test_variance_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_dropout_variance"], "answer_dropout_variance")


@pytest.mark.graded("answer_half_life", points=0)
def test_half_life_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_half_life"], "answer_half_life")


@pytest.mark.graded("answer_better_on_validation", points=0)
def test_better_on_validation_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    name = "answer_better_on_validation"
    expect.one_of(student[name], ("a", "b", "c", "d"), name)
