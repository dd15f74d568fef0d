"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import math

import numpy as np
import pytest

from cs_lib.check import expect
from cs_lib.check.result import StudentError

# The lectures' example (with the true product), and a bias.
X = np.array([[2.0, 1, -3], [-3, 4, 2]])
W = np.array([[3.0, 2, 1, -1], [2, 1, 3, 2], [3, 2, 1, -2]])
B = np.array([10.5, 20, 30, 40])
DOUT = np.array([[2.0, 3, -3, 9], [-8, 1, 4, 6]])

# Three pictures of 2 x 2 pixels; the weights add up each picture's rows and its columns, and everything.
PICTURES = np.array([[[1.0, 2], [3, 4]], [[5, 6], [7, -8]], [[0, 1], [-1, 2]]])
SUMS = np.array([[1.0, 0, 1, 0, 1], [1, 0, 0, 1, 1], [0, 1, 1, 0, 1], [0, 1, 0, 1, 1]])


@pytest.mark.graded("affine_forward", points=0.4)
def test_affine_forward_of_the_lecture(student):
    """Two examples of three features, four outputs. x stays as it is."""
    out, _ = pair(student.affine_forward(X, W, B), "affine_forward")
    expect.close(out, [[9.5, 19, 32, 46], [15.5, 22, 41, 47]], "out")
    expect.unchanged(X, student.arguments_()[0], "x")


@pytest.mark.graded("affine_forward", points=0.4)
def test_affine_forward_of_pictures(student):
    """Three pictures of 2 x 2 pixels, flattened row by row, and five outputs."""
    out, _ = pair(student.affine_forward(PICTURES, SUMS, np.zeros(5)), "affine_forward")
    expect.close(out, [[3, 7, 4, 6, 10], [11, -1, 12, -2, 10], [1, 1, -1, 3, 2]], "out")


GRADIENTS = pytest.mark.parametrize("which", ["dx", "dw", "db"], ids=["dx", "dw", "db"])


@pytest.mark.graded("affine_backward", points=0.2)
@GRADIENTS
def test_affine_backward_of_the_lecture(student, which):
    """The lectures' x, w and upstream gradient."""
    _, cache = pair(student.affine_forward(X, W, B), "affine_forward")
    wanted = {
        "dx": [[0, 16, -9], [-24, 9, -30]],
        "dw": [[28, 3, -18, 0], [-30, 7, 13, 33], [-22, -7, 17, -15]],
        "db": [-6, 4, 1, 15],
    }
    expect.close(gradients(student.affine_backward(DOUT, cache))[which], wanted[which], which)


@pytest.mark.graded("affine_backward", points=0.2)
@GRADIENTS
def test_affine_backward_of_pictures(student, which):
    """Three pictures of 2 x 2 pixels: dx comes as pictures, too."""
    dout = np.array([[1.0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 2, 0, 3]])
    _, cache = pair(student.affine_forward(PICTURES, SUMS, np.zeros(5)), "affine_forward")
    wanted = {
        "dx": [[[1, 1], [0, 0]], [[0, 0], [1, 1]], [[5, 3], [5, 3]]],
        "dw": [[1, 5, 0, 0, 0], [2, 6, 2, 0, 3], [3, 7, -2, 0, -3], [4, -8, 4, 0, 6]],
        "db": [1, 1, 2, 0, 3],
    }
    expect.close(gradients(student.affine_backward(dout, cache))[which], wanted[which], which)


@pytest.mark.graded("relu_forward", points=0.2)
def test_relu_forward_of_a_vector(student):
    """The lectures' four numbers, which stay as they are."""
    x = np.array([1.0, -2, 3, -1])
    out, _ = pair(student.relu_forward(x), "relu_forward")
    expect.close(out, [1, 0, 3, 0], "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("relu_forward", points=0.2)
def test_relu_forward_of_pictures(student):
    """An array of shape (2, 1, 3)."""
    out, _ = pair(student.relu_forward(np.array([[[-5.0, 0.5, 2]], [[7, -0.25, -3]]])), "relu_forward")
    expect.close(out, [[[0, 0.5, 2]], [[7, 0, 0]]], "out")


@pytest.mark.graded("relu_backward", points=0.4)
def test_relu_backward_of_a_vector(student):
    """The lectures' four numbers and their upstream gradient."""
    _, cache = pair(student.relu_forward(np.array([1.0, -2, 3, -1])), "relu_forward")
    expect.close(student.relu_backward(np.array([4.0, -1, 5, 9]), cache), [4, 0, 5, 0], "dx")


@pytest.mark.graded("relu_backward", points=0.4)
def test_relu_backward_of_pictures(student):
    """An array of shape (2, 1, 3), with upstream gradients of either sign everywhere."""
    _, cache = pair(student.relu_forward(np.array([[[-5.0, 0.5, 2]], [[7, -0.25, -3]]])), "relu_forward")
    got = student.relu_backward(np.array([[[1.0, -4, 6]], [[-2, -7, 8]]]), cache)
    expect.close(got, [[[0, -4, 6]], [[-2, 0, 0]]], "dx")


PARTS = pytest.mark.parametrize("part", ["loss", "gradient"], ids=["loss", "gradient"])


def expect_part(got, part, loss, dx, **tolerance):
    """The loss, or its gradient, is what is expected."""
    if part == "loss":
        expect.close(got[0], loss, "The loss", **tolerance)
    else:
        expect.close(got[1], dx, "dx", **tolerance)


@pytest.mark.graded("svm_loss", points=0.25)
@PARTS
def test_svm_loss_of_the_lecture(student, part):
    """The lectures' three pictures: losses of 2.9, 0 and 12.9."""
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    got = pair(student.svm_loss(scores, np.array([0, 1, 2])), "svm_loss")
    expect_part(got, part, 15.8 / 3, np.array([[-1.0, 1, 0], [0, 0, 0], [1, 1, -2]]) / 3)


@pytest.mark.graded("svm_loss", points=0.2)
@PARTS
def test_svm_loss_of_four_classes(student, part):
    """Two examples, both of class 3: what is missing is 2, 0 and 0.5, then 0, 4 and 1.5."""
    scores = np.array([[3.0, -5, 1.5, 2], [-7, 2, -0.5, -1]])
    got = pair(student.svm_loss(scores, np.array([3, 3])), "svm_loss")
    expect_part(got, part, 4, [[0.5, 0, 0.5, -1], [0, 0.5, 0.5, -1]])


@pytest.mark.graded("svm_loss", points=0.175)
@PARTS
def test_svm_loss_of_equal_scores(student, part):
    """All scores alike: each of the other classes misses the whole margin. The scores stay as they are."""
    scores = np.full((2, 10), 0.25)
    got = pair(student.svm_loss(scores, np.array([7, 0])), "svm_loss")
    wanted = np.full((2, 10), 0.5)
    wanted[[0, 1], [7, 0]] = -4.5
    expect_part(got, part, 9, wanted)
    expect.unchanged(scores, student.arguments_()[0], "x")


@pytest.mark.graded("svm_loss", points=0.175)
@PARTS
def test_svm_loss_of_sure_answers(student, part):
    """Each right class is ahead by more than the margin: nothing to complain about."""
    got = pair(student.svm_loss(np.array([[10.0, -2, 3], [-4, 2, 0.5]]), np.array([0, 1])), "svm_loss")
    expect_part(got, part, 0, np.zeros((2, 3)))


@pytest.mark.graded("softmax_loss", points=0.3)
@PARTS
def test_softmax_loss_of_logarithms(student, part):
    """Scores that are logarithms: all probabilities are eighths. The scores stay as they are."""
    scores = np.log([[1.0, 2, 5], [3, 3, 2]])
    got = pair(student.softmax_loss(scores, np.array([0, 2])), "softmax_loss")
    expect_part(got, part, (math.log(8) + math.log(4)) / 2, np.array([[-7.0, 2, 5], [3, 3, -6]]) / 16)
    expect.unchanged(scores, student.arguments_()[0], "x")


@pytest.mark.graded("softmax_loss", points=0.2)
@PARTS
def test_softmax_loss_of_the_lecture(student, part):
    """The lectures' cat: a loss of 2.04 from the probabilities 0.13, 0.87 and 0.00."""
    got = pair(student.softmax_loss(np.array([[3.2, 5.1, -1.7]]), np.array([0])), "softmax_loss")
    expect_part(got, part, 2.0404, [[-0.87, 0.869, 0.001]], atol=1e-3)


@pytest.mark.graded("softmax_loss", points=0.15)
@PARTS
def test_softmax_loss_of_large_scores(student, part):
    """One row around 10,000, one around -10,000: the probabilities are thirds."""
    up = np.array([0.0, math.log(2)])
    got = pair(student.softmax_loss(np.array([10_000 + up, -10_000 + up]), np.array([1, 1])), "softmax_loss")
    expect_part(got, part, math.log(1.5), [[1 / 6, -1 / 6], [1 / 6, -1 / 6]])


@pytest.mark.graded("softmax_loss", points=0.15)
@PARTS
def test_softmax_loss_of_a_surprise(student, part):
    """The right class has the probability 1e-9, and the loss is 9 log 10."""
    scores = np.array([[0.0, math.log(1e9 - 1)]])
    got = pair(student.softmax_loss(scores, np.array([0])), "softmax_loss")
    expect_part(got, part, 9 * math.log(10), [[-1, 1]], atol=1e-6)


# Hidden units 0 and 1 are active in the first example, 0 and 2 in the second.
PARAMS = {
    "W1": np.array([[1.0, 2, -1], [1, -1, 1]]),
    "b1": np.array([0.5, 0, 0.25]),
    "W2": np.array([[1.0, -1], [0.5, 0], [0, 2]]),
    "b2": np.array([0.0, -3]),
}
EXAMPLES = np.array([[1.0, 0.5], [-1, 2]])
SCORES = np.array([[2.75, -5], [1.5, 2]])


def network(student, reg=0.0, params=PARAMS):
    """A net with these numbers, and its loss as a function of X and y.

    The field's older form is served too: reg is given to loss, and the regularisation has no half.
    """
    (size, hidden), classes = params["W1"].shape, len(params["b2"])
    try:
        net, more = student.TwoLayerNet(size, hidden, classes, reg=reg), {}
    except StudentError as error:
        if "'reg'" not in error.message:
            raise
        net, more = student.TwoLayerNet(size, hidden, classes), {"reg": reg / 2}
    net["params"] = params
    return net, lambda X, y=None: net.loss(X, **more) if y is None else net.loss(X, y, **more)


def new_network(student, size, hidden, classes, weight_scale):
    """A net as its constructor makes it; the older form calls the weight scale std."""
    try:
        return student.TwoLayerNet(size, hidden, classes, weight_scale=weight_scale)
    except StudentError as error:
        if "'weight_scale'" not in error.message:
            raise
        return student.TwoLayerNet(size, hidden, classes, std=weight_scale)


def arrays(params, what, names=("W1", "W2", "b1", "b2")):
    """Fail unless params is a dictionary with these names."""
    expect.true(type(params) is dict, f"{what} is not a dictionary.", status="wrong_type")
    missing = [name for name in names if name not in params]
    expect.true(not missing, f"{what} has no {', '.join(missing)}.", status="wrong_type")


@pytest.mark.graded("TwoLayerNet", points=0.4)
def test_shapes_of_the_arrays(student):
    """Four inputs, three hidden units, two classes, and a weight_scale of 0: nothing but zeros."""
    params = new_network(student, 4, 3, 2, 0.0)["params"]
    arrays(params, "params")
    for name, shape in (("W1", (4, 3)), ("b1", (3,)), ("W2", (3, 2)), ("b2", (2,))):
        expect.close(params[name], np.zeros(shape), name)


SPREAD = (
    "weight_scale is the standard deviation: a normal number with deviation 1, times weight_scale. "
    "Biases begin as zeros."
)


@pytest.mark.graded("TwoLayerNet", points=0.4, hint=SPREAD)
def test_spread_of_the_weights(student):
    """5000 weights with a deviation of 0.02, biases of 0."""
    params = new_network(student, 100, 50, 10, 0.02)["params"]
    arrays(params, "params")
    expect.shape(params["W1"], (100, 50), "W1")
    expect.close(np.std(params["W1"]), 0.02, "The standard deviation of W1", rtol=0.1)
    expect.close(np.mean(params["W1"]), 0, "The mean of W1", atol=0.003)
    expect.close(params["b1"], np.zeros(50), "b1")


@pytest.mark.graded("TwoLayerNet", points=0.6)
def test_scores(student):
    """Two examples, three hidden units, two classes: no y, so the scores come back. One is below 0."""
    _, loss = network(student)
    expect.close(loss(EXAMPLES), SCORES, "The array of scores")


@pytest.mark.graded("TwoLayerNet", points=0.3)
@PARTS
def test_loss_and_gradients(student, part):
    """The same net with labels. With p of the wrong class e1 and e2, everything can be found by hand."""
    _, loss = network(student)
    got, grads = pair(loss(EXAMPLES, np.array([1, 0])), "loss")
    e1, e2 = 1 / (1 + math.exp(-7.75)), 1 / (1 + math.exp(-0.5))
    if part == "loss":
        expect.close(got, (-math.log(1 - e1) - math.log(1 - e2)) / 2, "The loss")
        return
    arrays(grads, "grads")
    up = np.array([[e1, -e1], [-e2, e2]]) / 2  # the gradient of the scores
    expect.close(grads["b2"], up.sum(axis=0), 'grads["b2"]')
    hidden = np.array([[2.0, 1.5, 0], [1.5, 0, 3.25]])
    expect.close(grads["W2"], [[hidden[:, h] @ up[:, c] for c in (0, 1)] for h in (0, 1, 2)], 'grads["W2"]')
    # Back to the units that are active: the first hands on W2's row to both examples.
    dh = np.array([[e1, e1 / 4, 0], [-e2, 0, e2]])
    expect.close(grads["b1"], dh.sum(axis=0), 'grads["b1"]')
    expect.close(grads["W1"], [dh[0] - dh[1], dh[0] / 2 + 2 * dh[1]], 'grads["W1"]')


@pytest.mark.graded("TwoLayerNet", points=0.3)
@PARTS
def test_regularisation(student, part):
    """reg = 0.4 adds 0.2 * (9 + 6.25) to the loss, 0.4 * W to the gradients of weights, nothing to biases."""
    y = np.array([1, 0])
    _, plain = network(student)
    loss, grads = pair(plain(EXAMPLES, y), "loss")
    _, regularised = network(student, reg=0.4)
    more_loss, more_grads = pair(regularised(EXAMPLES, y), "loss")
    if part == "loss":
        expect.close(more_loss - loss, 0.2 * (9 + 6.25), "What the regularisation adds to the loss")
        return
    for what in (grads, more_grads):
        arrays(what, "grads")
    for name in ("W1", "W2", "b1", "b2"):
        wanted = 0.4 * PARAMS[name] if name[0] == "W" else np.zeros(PARAMS[name].shape)
        what = f'What the regularisation adds to grads["{name}"]'
        expect.close(np.asarray(more_grads[name]) - np.asarray(grads[name]), wanted, what)


@pytest.mark.graded("TwoLayerNet", points=0.6)
def test_gradients_by_differences(student):
    """Each bias of a net with reg = 0.3 is moved by 0.0001 either way, and the loss looked at."""
    y, step = np.array([0, 0]), 1e-4
    net, loss = network(student, reg=0.3)
    _, grads = pair(loss(EXAMPLES, y), "loss")
    arrays(grads, "grads")
    for name in ("b2", "b1"):
        for i in range(len(PARAMS[name])):
            moved = {key: values.copy() for key, values in PARAMS.items()}
            results = []
            for sign in (1, -1):
                moved[name][i] = PARAMS[name][i] + sign * step
                net["params"] = moved
                results.append(pair(loss(EXAMPLES, y), "loss")[0])
            slope = (results[0] - results[1]) / (2 * step)
            expect.close(np.asarray(grads[name])[i], slope, f'grads["{name}"][{i}]', rtol=1e-4, atol=1e-7)


@pytest.mark.graded("answer_no_fold", points=0)
def test_no_fold_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_no_fold"], ("a", "b", "c", "d"), "answer_no_fold")


@pytest.mark.graded("answer_gradient_of_x", points=0)
def test_gradient_of_x_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_gradient_of_x"], "answer_gradient_of_x")


@pytest.mark.graded("answer_share_of_jacobian", points=0)
def test_share_of_jacobian_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_share_of_jacobian"], "answer_share_of_jacobian")


def pair(got, function):
    """The two results of a function."""
    parts(got, 2, function)
    return got


def gradients(got):
    """The three results of affine_backward, by name."""
    parts(got, 3, "affine_backward")
    return dict(zip(("dx", "dw", "db"), got, strict=True))


def parts(got, count, function):
    """Fail unless a function returned that many results."""
    right = type(got) in (tuple, list) and len(got) == count
    message = f"{function} has to return {count} results: see its docstring."
    expect.true(right, message, status="wrong_type")
