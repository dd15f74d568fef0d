"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference, where it has the function, and from another way to the same result
where it does not. Masks are drawn by the student's own generator, so what is tested of them is what holds for
every mask, or for all but one in a hundred million.
"""

import numpy as np
import pytest

from cs_lib import losses, regularization
from cs_lib.check import expect
from cs_lib.models import FullyConnectedNet
from cs_lib.optim import sgd
from cs_lib.training import augmentation

# --- dropout


def pair(result, function):
    """The two things that a function has to return."""
    right = isinstance(result, tuple | list) and len(result) == 2
    expect.true(right, f"{function} has to return two things.", status="wrong_type")
    return result


def drop(student, x, **dropout_param):
    """(out, cache) of a forward pass. A hint is looked up by out: a cache is everybody's own affair."""
    result = pair(student.dropout_forward(x, dropout_param), "dropout_forward")
    student.calls_[-1].outcome = result[0]
    return result


def expect_zero_or_divided(out, x, p, what="out"):
    """Every number of out is 0, or that of x divided by p; gives the mask."""
    expect.shape(out, x.shape, what)
    kept = np.abs(out) > np.abs(out - x / p)
    expect.close(out, np.where(kept, x / p, 0), what)
    return kept


def expect_independent(kept, p):
    """The share of the kept is p over all and in every slice, and neighbours don't go together."""
    slack = 6.5 * np.sqrt(p * (1 - p))
    expect.true(abs(kept.mean() - p) < slack / np.sqrt(kept.size), "Not the share p of all numbers is kept.")
    for axis in range(kept.ndim):
        shares = np.moveaxis(kept, axis, 0).reshape(kept.shape[axis], -1)
        expect.true(
            np.all(np.abs(shares.mean(axis=1) - p) < slack / np.sqrt(shares.shape[1])),
            f"Along axis {axis} some numbers are kept more often than others.",
        )
        both = np.diff(kept.astype(int), axis=axis) == 0
        expect.true(
            abs(both.mean() - p * p - (1 - p) ** 2) < 6.5 / np.sqrt(both.size),
            f"Neighbours along axis {axis} are kept or dropped together.",
        )


@pytest.mark.graded("dropout_forward", points=0.2)
@pytest.mark.parametrize(
    ("shape", "dtype", "p"),
    [
        ((50,), "float64", 0.7),
        ((1, 9), "float32", 0.25),
        ((6, 5), "float32", 0.9),
        ((3, 4, 2, 5), "float64", 0.5),
    ],
    ids=["one axis", "one example in float32", "two axes in float32", "four axes"],
)
def test_dropout_of_other_shapes(student, rng, shape, dtype, p):
    """0 or x / p in arrays of one, two and four axes; in test mode x itself; x stays as it is."""
    x = (rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 3, shape)).astype(dtype)
    expect_zero_or_divided(drop(student, x, mode="train", p=p)[0], x, p)
    expect.unchanged(x, student.arguments_()[0], "x")
    expect.close(drop(student, x, mode="test", p=p)[0], x, "out in test mode")


@pytest.mark.graded("dropout_forward", points=0.4)
@pytest.mark.parametrize("p", [0.9, 0.3])
def test_each_number_on_its_own(student, p):
    """Of a mini-batch of pictures each number is kept with probability p, whatever happens to the others."""
    x = np.ones((40, 6, 10, 12))
    expect_independent(expect_zero_or_divided(drop(student, x, mode="train", p=p)[0], x, p), p)


@pytest.mark.graded("dropout_forward", points=0.4)
def test_how_many_are_kept_varies(student):
    """With p = 0.5 twelve calls don't all keep the same number, and neither do all rows of a call."""
    counts = []
    for _ in range(12):
        out, _ = drop(student, np.ones((60, 50)), mode="train", p=0.5)
        expect.shape(out, (60, 50), "out")
        counts.append((np.asarray(out) != 0).sum(axis=1))
    counts = np.array(counts)
    varies = np.ptp(counts.sum(axis=1)) > 0 and np.ptp(counts) > 0
    expect.true(
        varies, "The same number of units is kept each time: each has to be decided about on its own."
    )


@pytest.mark.graded("dropout_forward", points=0.25)
def test_dropout_that_keeps_all(student, rng):
    """p = 1 in training mode."""
    x = rng.standard_normal((30, 40))
    expect.close(drop(student, x, mode="train", p=1)[0], x, "out with p = 1")
    expect.close(drop(student, x, mode="train", p=1.0, seed=4)[0], x, "out with p = 1")


@pytest.mark.graded("dropout_forward", points=0.25)
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_seeded_masks(student, rng, seed):
    """The same seed gives the same mask for other numbers too; another seed and no seed give another."""
    x, other = rng.uniform(1, 2, (2, 15, 20))
    kept = [
        expect_zero_or_divided(drop(student, z, mode="train", p=0.6, seed=seed)[0], z, 0.6)
        for z in (x, other)
    ]
    expect.equal(kept[1], kept[0], "What is kept with the same seed")
    again = [drop(student, x, mode="train", p=0.6, **options)[0] for options in ({"seed": seed + 1}, {}, {})]
    for out in again:
        expect.true(np.any((np.asarray(out) != 0) != kept[0]), "Another seed, or none, drew the same mask.")
    expect.true(np.any(np.asarray(again[1]) != again[2]), "Two calls without a seed drew the same mask.")


@pytest.mark.graded("dropout_backward", points=0.25)
@pytest.mark.parametrize(
    ("shape", "dtype", "p", "options"),
    [
        ((7, 8), "float64", 0.5, {}),
        ((30,), "float64", 0.9, {"seed": 0}),
        ((5, 3, 4, 2), "float32", 0.2, {}),
        ((4, 5), "float64", 1, {}),
    ],
    ids=["no seed", "seed 0", "four axes in float32", "p is 1"],
)
def test_dropout_backward(student, rng, shape, dtype, p, options):
    """The factors of the forward pass, and the same again in a second call; dout stays as it is."""
    x = rng.uniform(1, 3, shape).astype(dtype)
    dout = (rng.choice([-1.0, 1.0], shape) * rng.uniform(1, 2, shape)).astype(dtype)
    out, cache = drop(student, x, mode="train", p=p, **options)
    kept = expect_zero_or_divided(out, x, p)
    for _ in "ab":
        expect.close(student.dropout_backward(dout, cache), np.where(kept, dout / p, 0), "dx")
        expect.unchanged(dout, student.arguments_()[0], "dout")


@pytest.mark.graded("dropout_backward", points=0.25)
def test_two_forward_passes(student, rng):
    """Each cache belongs to its own forward pass, though another one came after it."""
    x, dout = rng.uniform(1, 2, (2, 10, 12))
    passes = [drop(student, x, mode="train", p=0.5) for _ in "ab"]
    for out, cache in passes:
        expect.close(student.dropout_backward(dout, cache), dout * (out / x), "dx")


@pytest.mark.graded("dropout_backward", points=0.25)
@pytest.mark.parametrize(("p", "dtype"), [(0.3, "float64"), (0.8, "float32")])
def test_dropout_backward_in_test_mode(student, rng, p, dtype):
    """After a forward pass in test mode the gradient goes through unchanged."""
    x, dout = rng.standard_normal((2, 3, 4, 5)).astype(dtype)
    _, cache = drop(student, x, mode="test", p=p)
    expect.close(student.dropout_backward(dout, cache), dout, "dx")


# --- the net


def net_pair(student, rng, hidden, inputs, classes, dtype, reg, **options):
    """The student's net and the reference's without dropout, with the same random numbers in them."""
    common = {"input_dim": inputs, "num_classes": classes, "reg": reg, "dtype": dtype}
    net = student.FullyConnectedNet(hidden, **common, **options)
    twin = FullyConnectedNet(hidden, **common)
    for name, w in twin.params.items():
        spread = 0.5 if name[0] == "W" else 0.3
        twin.params[name] = (spread * rng.standard_normal(w.shape)).astype(dtype)
    net["params"] = twin.params
    return net, twin


def expect_loss(net, X, y, loss, grads):
    """The net's loss and all its gradients are these."""
    got, got_grads = pair(net.loss(X, y), "loss")
    expect.close(got, loss, "The loss")
    expect.true(isinstance(got_grads, dict), "The gradients have to be a dictionary.", status="wrong_type")
    expect.equal(" ".join(sorted(got_grads)), " ".join(sorted(grads)), "The names of grads, in order,")
    for name, value in grads.items():
        slack = 1e-5 * np.abs(value).max() if value.dtype == np.float32 else 1e-9
        expect.close(got_grads[name], value, f"The gradient of {name}", atol=slack)


@pytest.mark.graded("FullyConnectedNet", points=0.25)
@pytest.mark.parametrize(
    ("hidden", "shape", "dtype", "reg"),
    [
        ([7], (5, 2, 3, 2), "float64", 0.0),
        ([6, 4, 9], (8, 5), "float64", 1.3),
        ([5, 6], (1, 4), "float32", 0.4),
    ],
    ids=["one hidden layer, pictures", "three hidden layers, reg", "one example in float32"],
)
def test_net_without_dropout(student, rng, hidden, shape, dtype, reg):
    """Scores, loss and gradients, for one to three hidden layers."""
    X, y = rng.standard_normal(shape).astype(dtype), rng.integers(0, 3, shape[0])
    net, twin = net_pair(student, rng, hidden, int(np.prod(shape[1:])), 3, dtype, reg)
    expect.close(net.loss(X), twin.loss(X), "The scores", atol=1e-5)
    expect_loss(net, X, y, *twin.loss(X, y))


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_defaults(student, rng):
    """Pictures of 3 x 32 x 32, ten classes, deviation 0.01, float32, biases 0, no dropout."""
    net = student.FullyConnectedNet([20])
    params = net["params"]
    expect.shape(params["W1"], (3072, 20), "W1")
    expect.shape(params["W2"], (20, 10), "W2")
    expect.dtype(params["W1"], "float32", "W1")
    expect.close(np.std(params["W1"]), 0.01, "The deviation of W1", rtol=0.05)
    expect.true(abs(np.mean(params["W1"])) < 0.0005, "The weights' mean is not 0.")
    expect.equal(params["b1"], np.zeros(20), "b1")
    X = rng.standard_normal((2, 3, 32, 32)).astype(np.float32)
    expect.shape(net.loss(X), (2, 10), "The scores")
    loss, _ = pair(net.loss(X, np.array([3, 9])), "loss")
    expect.close(loss, np.log(10), "The first loss, which is the logarithm of 10 or nearly so", rtol=0.2)


@pytest.mark.graded("FullyConnectedNet", points=0.125)
@pytest.mark.parametrize(("scale", "dtype"), [(0.5, "float64"), (0.002, "float32")])
def test_first_weights(student, scale, dtype):
    """Weights of a net with three hidden layers: shapes, deviation, mean and type; biases are 0."""
    sizes = [60, 50, 40, 70, 6]
    net = student.FullyConnectedNet(
        sizes[1:-1], input_dim=60, num_classes=6, dropout_keep_ratio=0.5, weight_scale=scale, dtype=dtype
    )
    params = net["params"]
    for i in range(1, 5):
        W, shape = params[f"W{i}"], (sizes[i - 1], sizes[i])
        expect.shape(W, shape, f"W{i}")
        expect.dtype(W, dtype, f"W{i}")
        error = scale / np.sqrt(W.size)
        expect.true(abs(np.std(W) - scale) < 6 * error, f"The deviation of W{i} is not weight_scale.")
        expect.true(abs(np.mean(W)) < 6 * error, f"The mean of W{i} is not 0.")
        expect.equal(params[f"b{i}"], np.zeros(sizes[i]), f"b{i}")


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_net_in_test_mode(student, rng):
    """Scores are those of the net without dropout, before a training call and after it, again and again."""
    X, y = rng.standard_normal((6, 5)), rng.integers(0, 4, 6)
    net, twin = net_pair(student, rng, [12, 10], 5, 4, "float64", 0.2, dropout_keep_ratio=0.5)
    for _ in "ab":
        expect.close(net.loss(X), twin.loss(X), "The scores")
        pair(net.loss(X, y), "loss")


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_keep_ratio_of_one(student, rng):
    """Nothing is dropped, with a seed and a ratio of 1.0, and with neither."""
    X, y = rng.standard_normal((6, 5)), rng.integers(0, 4, 6)
    for options in ({}, {"dropout_keep_ratio": 1.0, "seed": 3}):
        net, twin = net_pair(student, rng, [9], 5, 4, "float64", 0.2, **options)
        expect_loss(net, X, y, *twin.loss(X, y))


def expect_dropout_inside(params, x, y, p, reg, loss, grads):
    """Read from one example's gradients which units were kept; check the loss and every gradient with that.

    With one example the gradient of a weight is the unit's output times the gradient of the bias behind it.
    """
    count = len(params) // 2
    units, slopes = [x], []
    for layer in range(1, count):
        before = units[-1] @ params[f"W{layer}"] + params[f"b{layer}"]
        behind = np.asarray(grads[f"b{layer + 1}"])
        column = np.argmax(np.abs(behind))
        expect.true(abs(behind[column]) > 1e-12, f"The gradient of b{layer + 1} is 0 everywhere.")
        data = np.asarray(grads[f"W{layer + 1}"]) - reg * params[f"W{layer + 1}"]
        out = data[:, column] / behind[column]
        active = np.maximum(before, 0)
        kept = expect_zero_or_divided(out, active, p, f"What comes out of hidden layer {layer}")
        units.append(np.where(kept, active / p, 0))
        slopes.append(np.where(kept, (before > 0) / p, 0))
    scores = units[-1] @ params[f"W{count}"] + params[f"b{count}"]
    wanted, d = losses.softmax_loss(scores[None], np.array([y]))
    wanted += sum(regularization.l2(params[f"W{i}"], reg / 2)[0] for i in range(1, count + 1))
    expect.close(loss, wanted, "The loss")
    d = d[0]
    for layer in range(count, 0, -1):
        expect.close(grads[f"b{layer}"], d, f"The gradient of b{layer}")
        dW = np.outer(units[layer - 1], d) + reg * params[f"W{layer}"]
        expect.close(grads[f"W{layer}"], dW, f"The gradient of W{layer}")
        if layer > 1:
            d = (params[f"W{layer}"] @ d) * slopes[layer - 2]
    return [unit > 0 for unit in units[1:]]


@pytest.mark.graded("FullyConnectedNet", points=0.5)
@pytest.mark.parametrize(
    ("hidden", "p", "reg"), [([40], 0.5, 0.0), ([30, 45, 35], 0.7, 0.1)], ids=["one layer", "three layers"]
)
def test_net_with_dropout(student, rng, hidden, p, reg):
    """One example: behind every ReLU units are 0 or divided by p, and all gradients fit."""
    x, y = rng.standard_normal(20), int(rng.integers(0, 3))
    net, twin = net_pair(student, rng, hidden, 20, 3, "float64", reg, dropout_keep_ratio=p)
    params = {}
    for name, w in twin.params.items():
        last = name[1:] == str(len(hidden) + 1)  # small scores: no probability is nearly 0 or 1
        params[name] = w * (0.1 if last else 0.4) + (0.8 if name[0] == "b" and not last else 0)
    net["params"] = params
    loss, grads = pair(net.loss(x[None], np.array([y])), "loss")
    expect_dropout_inside(params, x, y, p, reg, loss, grads)


@pytest.mark.graded("FullyConnectedNet", points=0.1875)
@pytest.mark.parametrize("seed", [0, 8])
def test_gradient_with_a_seed(student, rng, seed):
    """With a seed the masks stay, so the loss's slope along a direction is what the gradients say."""
    X, y = rng.standard_normal((6, 5)), rng.integers(0, 4, 6)
    net, twin = net_pair(student, rng, [14, 12], 5, 4, "float64", 0.3, dropout_keep_ratio=0.6, seed=seed)
    _, grads = pair(net.loss(X, y), "loss")
    direction = {name: rng.standard_normal(w.shape) for name, w in twin.params.items()}
    h, values = 1e-7, []
    for step in (h, -h):
        net["params"] = {name: w + step * direction[name] for name, w in twin.params.items()}
        values.append(pair(net.loss(X, y), "loss")[0])
    slope = sum(np.sum(grads[name] * direction[name]) for name in direction)
    expect.close(slope, (values[0] - values[1]) / (2 * h), "The slope by the gradients", rtol=1e-4)


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_masks_of_calls(student, rng):
    """Without a seed two training calls differ, with a seed they don't."""
    X, y = rng.standard_normal((6, 5)), rng.integers(0, 4, 6)
    for seed in (None, 0, 5):
        net, _ = net_pair(student, rng, [60, 50], 5, 4, "float64", 0.0, dropout_keep_ratio=0.5, seed=seed)
        net.loss(X)
        first, second = (pair(net.loss(X, y), "loss")[0] for _ in "ab")
        if seed is None:
            expect.true(first != second, "Two training calls without a seed gave the same loss.")
        else:
            expect.close(second, first, f"The loss of a second call with the seed {seed}")


@pytest.mark.graded("FullyConnectedNet", points=0.25)
def test_training_step(student, rng):
    """A few steps of gradient descent follow the reference's path."""
    X, y = rng.standard_normal((10, 6)), rng.integers(0, 3, 10)
    net, twin = net_pair(student, rng, [8, 7], 6, 3, "float64", 0.1)
    for _ in range(3):
        loss, grads = twin.loss(X, y)
        expect_loss(net, X, y, loss, grads)
        twin.params = {name: w - 0.2 * grads[name] for name, w in twin.params.items()}
        net["params"] = twin.params
    expect.close(net.loss(X), twin.loss(X), "The scores after three steps")


# --- weight decay

SHAPES = {
    "b1": (4,),
    "W1": (3, 4),
    "beta1": (4,),
    "gamma1": (4,),
    "W2": (2, 3, 3, 2),
    "W10": (4, 1),
    "b10": (1,),
}


def expect_step(student, rng, dtype, learning_rate, decay):
    """A step of random arrays is that of plain gradient descent on the loss with the L2 penalty."""
    params, grads = ({n: rng.uniform(0.5, 2, s).astype(dtype) for n, s in SHAPES.items()} for _ in "ab")
    grads = dict(reversed(grads.items()))
    got = student.weight_decay_step(params, grads, learning_rate, decay)
    expect.true(isinstance(got, dict), "The result has to be a dictionary.", status="wrong_type")
    expect.equal(" ".join(sorted(got)), " ".join(sorted(SHAPES)), "The names in the result, in order,")
    for name, w in params.items():
        penalty = regularization.l2(w, decay / 2)[1] if name[0] == "W" else 0
        wanted, _ = sgd(w, grads[name] + penalty, {"learning_rate": learning_rate})
        expect.close(got[name], wanted, name)
    for before, after, what in zip(
        (params, grads), student.arguments_()[:2], ("params", "grads"), strict=True
    ):
        expect.equal(" ".join(after), " ".join(before), f"The names in {what}")
        for name, values in before.items():
            expect.unchanged(values, after[name], f"{what}['{name}']")


@pytest.mark.graded("weight_decay_step", points=0.4375)
@pytest.mark.parametrize(
    ("dtype", "learning_rate", "decay"),
    [("float64", 0.3, 0.9), ("float32", 0.05, 2.0), ("float64", 0.7, 0), ("float64", 1.0, 0.25)],
    ids=["a strong decay", "in float32", "no decay", "learning rate 1"],
)
def test_decay_of_weights_only(student, rng, dtype, learning_rate, decay):
    """Weights of any shape and number decay, all else takes a plain step; nothing is changed in place."""
    expect_step(student, rng, dtype, learning_rate, decay)


# --- crops and mirror images


@pytest.mark.graded("crop_and_flip", points=0.5)
@pytest.mark.parametrize(
    ("shape", "pad", "dtype"),
    [
        ((9, 3, 6, 6), 2, "float64"),
        ((7, 1, 4, 7), 3, "float32"),
        ((12, 2, 8, 3), 1, "float64"),
        ((6, 3, 5, 4), 0, "float64"),
        ((1, 4, 3, 5), 5, "float32"),
    ],
    ids=["square", "wide, one channel, float32", "tall", "no frame", "one picture in a wide frame"],
)
def test_crops(student, rng, shape, pad, dtype):
    """Windows anywhere in the frame, some of them mirrored; X stays as it is."""
    X, seed = rng.uniform(1, 2, shape).astype(dtype), int(rng.integers(1000))
    top, left = np.random.default_rng(seed).integers(0, 2 * pad + 1, (2, shape[0]))
    mirror = np.random.default_rng(seed).random(shape[0]) < 0.5
    wanted = augmentation.random_crop(X, np.random.default_rng(seed), pad)
    wanted = augmentation.horizontal_flip(wanted, np.random.default_rng(seed))
    got = student.crop_and_flip(X, top, left, mirror, pad)
    expect.close(got, wanted, "The pictures")
    expect.unchanged(X, student.arguments_()[0], "X")


# --- early stopping


def when_to_stop(scores, patience):
    """The same rule, from the other end: the last `patience` numbers bring nothing new."""
    stops = [
        end
        for end in range(patience, len(scores))
        if max(scores[end - patience + 1 : end + 1]) <= max(scores[: end - patience + 1])
    ]
    last = stops[0] if stops else len(scores) - 1
    return [int(np.argmax(scores[: last + 1])), last]


def expect_stop(student, scores, patience):
    """The student's rule gives what the other way gives."""
    got = pair(student.early_stopping(list(scores), patience), "early_stopping")
    expect.equal(list(got), when_to_stop(scores, patience), "(best_epoch, last_epoch)")


@pytest.mark.graded("early_stopping", points=0.25)
@pytest.mark.parametrize("patience", [1, 2, 3, 5, 8])
def test_noisy_histories(student, rng, patience):
    """Ten noisy histories of whole percents, with ties, that rise and then fall."""
    for _ in range(10):
        rise = np.cumsum(rng.integers(-4, 6, 30)) + 20 - 0.05 * np.arange(30) ** 2
        expect_stop(student, (np.rint(rise) / 100).tolist(), patience)


@pytest.mark.graded("early_stopping", points=0.25)
@pytest.mark.parametrize(
    ("scores", "patience"),
    [
        ([0.5, 0.5, 0.5, 0.5, 0.6], 3),
        ([0.9, 0.1, 0.2, 0.3, 0.4, 0.95], 4),
        ([-5.0, -4.0, -4.5, -4.2, -3.0, -2.0], 3),
        ([0.2, 0.3, 0.1], 2),
        ([0.0, 0.0, 0.0], 1),
    ],
    ids=["ties", "rising below the best", "negative", "too short to stop", "zeros"],
)
def test_edges_of_stopping(student, scores, patience):
    """Ties, a rise that stays below the best, negative numbers, a list that ends first, zeros."""
    expect_stop(student, scores, patience)


# --- ensembles


@pytest.mark.graded("ensemble_predict", points=0.5)
@pytest.mark.parametrize(
    ("shape", "scale", "dtype"),
    [
        ((4, 30, 5), 3.0, "float64"),
        ((3, 3, 3), 2.0, "float64"),
        ((5, 1, 12), 4.0, "float32"),
        ((1, 8, 2), 2.0, "float64"),
        ((6, 20, 4), 5000.0, "float64"),
    ],
    ids=["as usual", "as many of each", "one picture in float32", "one member", "enormous scores"],
)
def test_ensembles(student, rng, shape, scale, dtype):
    """Members of different confidence, as an array and as a list; the scores stay as they are."""
    confidence = rng.uniform(0.1, 2, (shape[0], 1, 1))
    scores = (scale * np.clip(confidence * rng.standard_normal(shape), -2, 2)).astype(dtype)
    wanted = losses.softmax(scores.astype(np.float64)).mean(axis=0)
    for given in (scores, list(scores)):
        labels, probabilities = pair(student.ensemble_predict(given), "ensemble_predict")
        expect.close(probabilities, wanted, "The mean probabilities", atol=1e-6)
        top = np.sort(wanted, axis=1)
        clear = top[:, -1] - top[:, -2] > 1e-4  # where two classes are equal, either will do
        expect.shape(labels, (shape[1],), "The array of labels")
        expect.equal(np.asarray(labels)[clear], wanted.argmax(axis=1)[clear], "The array of labels")
        expect.whole_numbers(labels, "The array of labels")
    expect.unchanged(np.array(scores), np.array(student.arguments_()[0]), "scores")


# --- questions


@pytest.mark.graded("answer_dropout_variance", points=1)
def test_variance(student):
    """8 with probability 3/4, else 0: the mean of the squares is 48, the square of the mean 36."""
    expect.answered(student["answer_dropout_variance"], "answer_dropout_variance")
    expect.close(student["answer_dropout_variance"], 12, "answer_dropout_variance", rtol=1e-3)


@pytest.mark.graded("answer_half_life", points=1)
def test_half_life(student):
    """A thousandth is lost at each step: 0.999 to the 693rd is just below one half."""
    expect.answered(student["answer_half_life"], "answer_half_life")
    expect.close(student["answer_half_life"], 693, "answer_half_life", rtol=0, atol=1.01)


@pytest.mark.graded("answer_better_on_validation", points=1)
def test_better_on_validation(student):
    """What is measured while training is measured on changed pictures and with units switched off."""
    expect.answered(student["answer_better_on_validation"], "answer_better_on_validation")
    expect.equal(student["answer_better_on_validation"], "c", "answer_better_on_validation")
