"""The tests that everybody sees: small examples to work out by hand, and what holds for every mask.

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


def dropped(student, x, **dropout_param):
    """(out, cache) of a forward pass. A hint is looked up by out: a cache is everybody's own affair."""
    result = pair(student.dropout_forward(x, dropout_param), "dropout_forward", "out", "cache")
    student.calls_[-1].outcome = result[0]
    return result


def dropped_out(student, x, **dropout_param):
    """out of a forward pass of dropout."""
    return dropped(student, x, **dropout_param)[0]


def expect_zero_or_divided(out, x, p):
    """Every number of out is 0, or that of x divided by p."""
    expect.shape(out, x.shape, "out")
    wanted = np.where(np.asarray(out) != 0, x / p, 0)
    expect.close(out, wanted, f"A number of out, which has to be 0 or x / {p:g},")


def expect_share(share, p, count, what):
    """The share of count numbers is p, give or take six standard deviations."""
    slack = 6 * np.sqrt(p * (1 - p) / count)
    expect.true(abs(share - p) < slack, f"{what} is {share:.3f}, expected {p:g} or nearly so.")


# --- dropout


@pytest.mark.graded("dropout_forward", points=0.5)
def test_kept_numbers_are_divided(student):
    """p = 0.4, arrays of one, two and four axes: out is 0 or x / 0.4 everywhere, and x stays as it is."""
    for shape in ((4, 6), (24,), (2, 3, 2, 2)):
        x = X.reshape(shape)
        out = dropped_out(student, x, mode="train", p=0.4, seed=3)
        expect_zero_or_divided(out, x, 0.4)
        expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("dropout_forward", points=0.5)
def test_test_mode_leaves_everything(student):
    """In test mode out is x, after a call in training mode too."""
    dropped_out(student, X, mode="train", p=0.4, seed=3)
    expect.close(dropped_out(student, X, mode="test", p=0.4, seed=3), X, "out in test mode")
    expect.close(dropped_out(student, X, mode="test", p=0.4), X, "out in test mode")


@pytest.mark.graded("dropout_forward", points=0.5)
def test_share_that_is_kept(student):
    """Of 20 000 numbers 30 % are kept; in each row and each column some are kept and some are not."""
    out = dropped_out(student, np.ones((200, 100)), mode="train", p=0.3, seed=1)
    expect.shape(out, (200, 100), "out")
    kept = np.asarray(out) != 0
    expect_share(kept.mean(), 0.3, kept.size, "The share of numbers that are kept")
    for axis, name in enumerate(("column", "row")):
        mixed = kept.any(axis=axis) & ~kept.all(axis=axis)
        expect.true(
            mixed.all(), f"A whole {name} of x is kept or dropped together: decide about each number."
        )


@pytest.mark.graded(
    "dropout_forward",
    points=0.125,
    hint="Two calls with the same seed draw different masks: look for the seed in dropout_param.",
)
def test_same_seed(student):
    """The same seed gives the same mask."""
    first, second = (dropped_out(student, X, mode="train", p=0.5, seed=7) for _ in "ab")
    expect.close(second, first, "out of a second call with the seed 7")


@pytest.mark.graded(
    "dropout_forward",
    points=0.125,
    hint="With the seed 0 the masks differ. `if seed` is false for 0: ask whether the seed is there.",
)
def test_seed_zero(student):
    """0 is a seed too."""
    first, second = (dropped_out(student, X, mode="train", p=0.5, seed=0) for _ in "ab")
    expect.close(second, first, "out of a second call with the seed 0")


@pytest.mark.graded("dropout_forward", points=0.125)
def test_no_seed(student):
    """Without a seed two calls differ."""
    first, second = (dropped_out(student, X, mode="train", p=0.5) for _ in "ab")
    expect.true(np.any(np.asarray(first) != second), "Two calls without a seed drew the same mask.")


@pytest.mark.graded("dropout_forward", points=0.125)
def test_number_of_kept_varies(student):
    """With p = 0.5 not every mask keeps the same number of units."""
    outs = [dropped_out(student, np.ones((30, 40)), mode="train", p=0.5, seed=seed) for seed in range(1, 11)]
    counts = {int(np.count_nonzero(out)) for out in outs}
    expect.true(len(counts) > 1, f"Ten masks all keep {min(counts)} of 1200: the number has to vary.")


@pytest.mark.graded("dropout_backward", points=0.75)
def test_backward_uses_the_same_factors(student):
    """x is all ones, so out shows the factors: dx is dout times out. dout stays as it is."""
    out, cache = dropped(student, np.ones((4, 6)), mode="train", p=0.4, seed=2)
    expect.close(student.dropout_backward(X, cache), X * out, "dx")
    expect.unchanged(X, student.arguments_()[0], "dout")


@pytest.mark.graded("dropout_backward", points=0.5)
def test_backward_in_test_mode(student):
    """After a forward pass in test mode dx is dout."""
    _, cache = dropped(student, np.ones((4, 6)), mode="test", p=0.4, seed=2)
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


@pytest.mark.graded("FullyConnectedNet", points=0.125)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters(student, dtype):
    """Names, shapes and types; biases are 0."""
    net = student.FullyConnectedNet([4, 3], input_dim=5, num_classes=7, dtype=dtype, seed=0)
    params, sizes = net["params"], [5, 4, 3, 7]
    expect.equal(" ".join(sorted(params)), "W1 W2 W3 b1 b2 b3", "The names of params, in order,")
    for i in (1, 2, 3):
        expect.shape(params[f"W{i}"], (sizes[i - 1], sizes[i]), f"W{i}")
        expect.close(params[f"b{i}"], np.zeros(sizes[i]), f"b{i}")
        for name in (f"W{i}", f"b{i}"):
            expect.dtype(params[name], dtype, name)


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_weight_scale(student):
    """Weights have about the deviation that is asked for."""
    net = student.FullyConnectedNet([40, 30], input_dim=50, num_classes=7, weight_scale=0.3, seed=0)
    for i in (1, 2, 3):
        expect.close(np.std(net["params"][f"W{i}"]), 0.3, f"The deviation of W{i}", rtol=0.3)


@pytest.mark.graded("FullyConnectedNet", points=0.5)
def test_scores(student):
    """Scores of two examples by a net of small whole numbers, in test mode: dropout leaves no trace."""
    net = small_net(student, dropout_keep_ratio=0.5, reg=3.0, seed=1)
    expect.close(net.loss(INPUTS), SCORES, "The scores")
    loss_of(net, INPUTS, np.array([0, 1]))
    expect.close(net.loss(INPUTS), SCORES, "The scores after a call with labels")


@pytest.mark.graded("FullyConnectedNet", points=0.25)
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
    """One example: the gradients of W2 and W3 show what comes out of 400 and of 300 hidden units.

    It is the unit's output times the gradient of the bias behind it. Half of the 400 are 1 before dropout,
    half are 0; the 300 are all alike.
    """
    net = student.FullyConnectedNet(
        [400, 300], input_dim=1, num_classes=2, dropout_keep_ratio=0.75, dtype="float64", seed=1
    )
    net["params"] = {
        "W1": np.tile([1.0, -1.0], 200)[None],
        "b1": np.zeros(400),
        "W2": np.full((400, 300), 0.005),
        "b2": np.zeros(300),
        "W3": np.tile([0.001, -0.001], (300, 1)),
        "b3": np.zeros(2),
    }
    loss, grads = loss_of(net, np.ones((1, 1)), np.array([0]))
    column = np.argmax(np.abs(grads["b2"]))
    first = grads["W2"][:, column] / grads["b2"][column]
    expect_zero_or_divided(first, np.tile([1.0, 0.0], 200), 0.75)
    expect_share(np.mean(first[::2] != 0), 0.75, 200, "The share of hidden units that are kept")
    second = grads["W3"][:, 0] / grads["b3"][0]
    expect_zero_or_divided(second, np.full(300, first.sum() * 0.005), 0.75)
    expect_share(np.mean(second != 0), 0.75, 300, "The share of hidden units that are kept")
    expect.close(loss, np.log1p(np.exp(-0.002 * second.sum())), "The loss with these units")


@pytest.mark.graded("FullyConnectedNet", points=0.125)
def test_training_after_scores(student):
    """Whether scores were asked for in between makes no difference to the loss."""
    net, losses = small_net(student, dropout_keep_ratio=0.5, seed=4), []
    for _ in "ab":
        losses.append(loss_of(net, INPUTS, np.array([0, 1]))[0])
        net.loss(INPUTS)
    expect.close(losses[1], losses[0], "The loss after scores were asked for")


@pytest.mark.graded(
    "FullyConnectedNet",
    points=0.125,
    hint="With the seed 0 the masks differ from call to call. `if seed` is false for 0: compare with None.",
)
def test_net_with_seed_zero(student):
    """With a seed, such as 0, five calls give the same loss."""
    net = small_net(student, dropout_keep_ratio=0.5, seed=0)
    losses = [loss_of(net, INPUTS, np.array([0, 1]))[0] for _ in range(5)]
    expect.close(np.array(losses), np.full(5, losses[0]), "The losses of five calls with the seed 0")


@pytest.mark.graded("FullyConnectedNet", points=0.125)
def test_net_without_seed(student):
    """Without a seed not all of five calls give the same loss."""
    net = small_net(student, dropout_keep_ratio=0.5)
    losses = [loss_of(net, INPUTS, np.array([0, 1]))[0] for _ in range(5)]
    expect.true(np.ptp(losses) > 0, "Five training calls without a seed gave the same loss.")


# --- weight decay

PARAMS = {
    "b1": np.array([1.0, -2]),
    "W1": np.array([[4.0, -2, 0]]),
    "W12": np.array([10.0]),
    "W2": np.array([[[[2.0]]], [[[6.0]]]]),
    "beta1": np.array([8.0]),
}
GRADS = {
    "W1": np.array([[1.0, 0, 2]]),
    "W12": np.array([0.0]),
    "W2": np.array([[[[3.0]]], [[[-1.0]]]]),
    "b1": np.array([0, 4.0]),
    "beta1": np.array([1.0]),
}


def expect_step(student, learning_rate, decay, wanted):
    """One step gives these arrays, and leaves params and grads as they are."""
    got = student.weight_decay_step(PARAMS, GRADS, learning_rate, decay)
    expect.true(isinstance(got, dict), "The result has to be a dictionary.", status="wrong_type")
    expect.equal(" ".join(sorted(got)), " ".join(sorted(PARAMS)), "The names in the result, in order,")
    for name, values in wanted.items():
        expect.close(got[name], values, name)
    for before, after, what in zip(
        (PARAMS, GRADS), student.arguments_()[:2], ("params", "grads"), strict=True
    ):
        for name, values in before.items():
            expect.unchanged(values, after[name], f"{what}['{name}']")


@pytest.mark.graded("weight_decay_step", points=0.75)
def test_one_step_with_decay(student):
    """Learning rate 0.1, decay 0.5: weights lose a twentieth of themselves, the others nothing."""
    wanted = {"W1": [[3.7, -1.9, -0.2]], "W12": [9.5], "W2": [[[[1.6]]], [[[5.8]]]]}
    expect_step(student, 0.1, 0.5, wanted | {"b1": [1, -2.4], "beta1": [7.9]})


@pytest.mark.graded("weight_decay_step", points=0.5)
def test_step_without_decay(student):
    """With a decay of 0 it is a plain step."""
    wanted = {"W1": [[3.5, -2, -1]], "W12": [10], "W2": [[[[0.5]]], [[[6.5]]]]}
    expect_step(student, 0.5, 0, wanted | {"b1": [1, -4], "beta1": [7.5]})


# --- crops and mirror images


def two_channels(*pictures):
    """Pictures (2, 2, 3) out of their first channels; the second is ten times the first."""
    return np.array([[picture, 10 * np.array(picture)] for picture in pictures], dtype=float)


SMALL = two_channels([[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]])


def crops(student, top, left, mirror, pad):
    """What crop_and_flip makes of the two small pictures."""
    return student.crop_and_flip(SMALL, np.array(top), np.array(left), np.array(mirror, dtype=bool), pad)


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_pictures_move(student):
    """Frame of 1: the first picture moves up and left, the second down and right. X stays as it is."""
    got = crops(student, [2, 0], [2, 0], [False, False], 1)
    expect.close(got, two_channels([[5, 6, 0], [0, 0, 0]], [[0, 0, 0], [0, 7, 8]]), "The pictures")
    expect.unchanged(SMALL, student.arguments_()[0], "X")


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_one_is_mirrored(student):
    """One picture is mirrored left to right, the other is not, and none is moved; then without a frame."""
    got = crops(student, [1, 1], [1, 1], [False, True], 1)
    expect.close(got, two_channels([[1, 2, 3], [4, 5, 6]], [[9, 8, 7], [12, 11, 10]]), "The pictures")
    got = crops(student, [0, 0], [0, 0], [True, False], 0)
    wanted = two_channels([[3, 2, 1], [6, 5, 4]], [[7, 8, 9], [10, 11, 12]])
    expect.close(got, wanted, "The pictures without a frame")


@pytest.mark.graded("crop_and_flip", points=0.5)
def test_moved_then_mirrored(student):
    """First the window is cut, away from the middle of a frame of 2; then it is mirrored."""
    got = crops(student, [3, 2], [4, 1], [True, True], 2)
    expect.close(got, two_channels([[0, 0, 6], [0, 0, 0]], [[8, 7, 0], [11, 10, 0]]), "The pictures")


# --- early stopping

RUNS = [
    ([0.3, 0.5, 0.4, 0.5, 0.4, 0.7], 3, (1, 4)),
    ([0.1, 0.2, 0.3, 0.4], 2, (3, 3)),
    ([0.5, 0.4, 0.6, 0.5, 0.5, 0.9], 2, (2, 4)),
    ([-3.0, -4.0, -2.0, -2.5], 2, (2, 3)),
    ([0.9, 0.1, 0.2, 0.3, 0.05, 0.01], 2, (0, 2)),
    ([0.2, 0.3, 0.1, 0.4], 1, (1, 2)),
    ([0.6, 0.5, 0.7, 0.6, 0.8, 0.7], 2, (4, 5)),
    ([0.4], 3, (0, 0)),
]


@pytest.mark.graded("early_stopping", points=0.1875)
@pytest.mark.parametrize(
    ("scores", "patience", "wanted"),
    RUNS,
    ids=[
        "the text's example",
        "always better",
        "one good epoch",
        "negative",
        "below the best",
        "patience 1",
        "never twice",
        "one epoch",
    ],
)
def test_when_to_stop(student, scores, patience, wanted):
    """The best epoch and the last one of a short history."""
    got = pair(student.early_stopping(scores, patience), "early_stopping", "best_epoch", "last_epoch")
    expect.equal(list(got), list(wanted), "(best_epoch, last_epoch)")


# --- ensembles

SHARES = np.array(
    [
        [[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]],
        [[0.5, 0.4, 0.1], [0.1, 0.5, 0.4]],
        [[0.05, 0.9, 0.05], [0.3, 0.6, 0.1]],
    ]
)


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
    expect.unchanged(np.log(SHARES[:1]), student.arguments_()[0], "scores")
    expect.equal(labels, [0, 2], "The array of labels")


# --- questions


@pytest.mark.graded("answer_dropout_variance", points=0)
def test_variance_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_dropout_variance"], "answer_dropout_variance")


def expect_whole_number(student, name):
    """The answer is one number without a fraction."""
    answer = student[name]
    expect.a_number(answer, name)
    expect.true(
        float(answer).is_integer(), f"{name} is {answer}, expected a whole number.", status="wrong_type"
    )


@pytest.mark.graded("answer_half_life", points=0)
def test_half_life_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect_whole_number(student, "answer_half_life")


@pytest.mark.graded("answer_better_on_validation", points=0)
def test_better_on_validation_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    name = "answer_better_on_validation"
    expect.one_of(student[name], ("a", "b", "c", "d"), name)
