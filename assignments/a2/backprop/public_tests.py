"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect


def expect_gradients(got, wanted, names):
    """The function returned a gradient for each input, and these are they."""
    several = type(got) in (tuple, list) and len(got) == len(wanted)
    listed = ", ".join(names)
    expect.true(several, f"Expected {len(wanted)} gradients, ({listed}).", status="wrong_type")
    for gradient, right, name in zip(got, wanted, names, strict=True):
        expect.close(gradient, right, name)


# --- gates


@pytest.mark.graded("multiply_backward", points=0.4)
def test_multiply_numbers(student):
    """The gate of part 1: 3 times -4, and 1 comes from upstream."""
    expect_gradients(student.multiply_backward(1.0, -12.0, 3.0, -4.0), (-4.0, 3.0), ("dx", "dy"))


@pytest.mark.graded("multiply_backward", points=0.4)
def test_multiply_arrays(student):
    """Three numbers at once, a 0 among them, with an upstream gradient. The arrays stay as they are."""
    dout, x, y = np.array([-2.0, 1, 3]), np.array([0.0, 2, -1]), np.array([5.0, -3, 4])
    got = student.multiply_backward(dout, x * y, x, y)
    expect_gradients(got, ([-10.0, -3, 12], [0.0, 2, -3]), ("dx", "dy"))
    expect.unchanged(x, student.arguments_()[2], "x")


@pytest.mark.graded("divide_backward", points=0.4)
def test_divide_numbers(student):
    """6 divided by -2, and 1 comes from upstream."""
    expect_gradients(student.divide_backward(1.0, -3.0, 6.0, -2.0), (-0.5, -1.5), ("dx", "dy"))


@pytest.mark.graded("divide_backward", points=0.4)
def test_divide_arrays(student):
    """Three numbers at once, a 0 among them, with an upstream gradient."""
    dout, x, y = np.array([8.0, -2, 3]), np.array([0.0, 3, -5]), np.array([4.0, 0.5, 2])
    got = student.divide_backward(dout, x / y, x, y)
    expect_gradients(got, ([2.0, -4, 1.5], [0.0, 24, 3.75]), ("dx", "dy"))


@pytest.mark.graded("maximum_backward", points=0.4)
def test_maximum_numbers(student):
    """The larger of 3 and -4 takes all of the upstream gradient 5; so does the larger of -7 and -2."""
    expect_gradients(student.maximum_backward(5.0, 3.0, 3.0, -4.0), (5.0, 0.0), ("dx", "dy"))
    expect_gradients(student.maximum_backward(-1.5, -2.0, -7.0, -2.0), (0.0, -1.5), ("dx", "dy"))


@pytest.mark.graded("maximum_backward", points=0.4)
def test_maximum_arrays(student):
    """The lecture's ReLU: the maximum of [1, -2, 3, -1] and zeros, with [4, -1, 5, 9] from upstream."""
    x, zeros = np.array([1.0, -2, 3, -1]), np.zeros(4)
    got = student.maximum_backward(np.array([4.0, -1, 5, 9]), np.array([1.0, 0, 3, 0]), x, zeros)
    expect_gradients(got, ([4.0, 0, 5, 0], [0.0, -1, 0, 9]), ("dx", "dy"))


# --- the order


def names_in_order(student, value):
    """The names of the values in the student's order of `value`."""
    order = student.topological_order(value)
    expect.true(type(order) in (list, tuple), "The order is no list.", status="wrong_type")
    return [node["name"] for node in order]


def expect_order(got, wanted):
    """Each name occurs once and after its inputs. wanted: {name: names of its inputs}, the result last."""
    expect.true(sorted(got) == sorted(wanted), f"The order holds {got}, expected {list(wanted)} once each.")
    for position, name in enumerate(got):
        for source in wanted[name]:
            expect.true(source in got[:position], f"{name} comes before its input {source} in {got}.")
    last = list(wanted)[-1]
    expect.true(got[-1] == last, f"The last of the order is {got[-1]}, expected the result {last}.")


def named(student, name, gate, *inputs):
    """A value with a name: a given number, or what a gate makes of its inputs."""
    value = student.Value(gate) if not inputs else student.apply(gate, *inputs)
    value["name"] = name
    return value


@pytest.mark.graded("topological_order", points=0.5)
def test_order_of_the_first_example(student):
    """f = (x + y) z."""
    x, y, z = (named(student, name, number) for name, number in (("x", -2.0), ("y", 5.0), ("z", -4.0)))
    q = named(student, "q", "add", x, y)
    f = named(student, "f", "multiply", q, z)
    expect_order(names_in_order(student, f), {"x": "", "y": "", "z": "", "q": "xy", "f": "qz"})


@pytest.mark.graded("topological_order", points=0.5)
def test_order_where_a_value_is_used_twice(student):
    """f = e / (e + 1) with e = exp(x), used by two gates."""
    x, one = named(student, "x", 0.5), named(student, "1", 1.0)
    e = named(student, "e", "exp", x)
    s = named(student, "s", "add", e, one)
    f = named(student, "f", "divide", e, s)
    expect_order(names_in_order(student, f), {"x": "", "1": "", "e": "x", "s": "e1", "f": "es"})


@pytest.mark.graded("topological_order", points=0.3)
def test_order_of_equal_numbers(student):
    """Two different values that hold 2.0 and are both called a: their product has an order of three."""
    product = named(student, "product", "multiply", student.Value(2.0, "a"), student.Value(2.0, "a"))
    expect.equal(names_in_order(student, product).count("a"), 2, "The number of values called a in the order")


@pytest.mark.graded("topological_order", points=0.3)
def test_order_of_a_given_value_and_again(student):
    """The order of a value that was given is itself, and a second call gives the same."""
    x = named(student, "x", 3.0)
    for _ in range(2):
        expect_order(names_in_order(student, x), {"x": ""})


# --- the sweep


def expect_grads(values, wanted):
    """The grad of each value is as wanted. values: by name; wanted: numbers by name."""
    got = {name: values[name]["grad"] for name in wanted}
    for name, number in wanted.items():
        expect.close(got[name], number, f"{name}.grad")


@pytest.mark.graded("backward", points=0.5)
def test_backward_through_the_first_example(student):
    """f = (x + y) z at -2, 5, -4. Calling it again changes nothing."""
    x, y, z = (student.Value(number) for number in (-2.0, 5.0, -4.0))
    q = student.apply("add", x, y)
    f = student.apply("multiply", q, z)
    for _ in range(2):
        student.backward(f)
        expect_grads(
            {"x": x, "y": y, "z": z, "q": q, "f": f}, {"f": 1.0, "q": -4.0, "z": 3.0, "x": -4.0, "y": -4.0}
        )


@pytest.mark.graded("backward", points=0.5)
def test_backward_where_a_value_is_used_twice(student):
    """f = x x + x at 3: 2 x + 1 = 7. Before that, x alone: it changes with itself by 1."""
    x = student.Value(3.0)
    student.backward(x)
    expect_grads({"x": x}, {"x": 1.0})
    square = student.apply("multiply", x, x)
    f = student.apply("add", square, x)
    student.backward(f)
    expect_grads({"x": x, "the square": square}, {"the square": 1.0, "x": 7.0})


@pytest.mark.graded("backward", points=0.5)
def test_backward_waits_for_all_shares(student):
    """f = e / (e + 1) with e = exp(x) at 0: e gets 1/2 from one gate and -1/4 from the other."""
    x = student.Value(0.0)
    e = student.apply("exp", x)
    s = student.apply("add", e, 1.0)
    f = student.apply("divide", e, s)
    student.backward(f)
    expect_grads({"x": x, "e": e, "s": s, "f": f}, {"f": 1.0, "s": -0.25, "e": 0.25, "x": 0.25})


@pytest.mark.graded("backward", points=0.5)
def test_backward_through_the_neuron(student):
    """The sigmoid of w x + b at w = 2, x = -1, b = 3, in single gates: 0.73, and 0.2 arrives at the sum."""
    w, x, b = (student.Value(number) for number in (2.0, -1.0, 3.0))
    s = student.apply("add", student.apply("multiply", w, x), b)
    e = student.apply("exp", student.apply("multiply", s, -1.0))
    f = student.apply("divide", 1.0, student.apply("add", e, 1.0))
    student.backward(f)
    slope = np.exp(-1) / (1 + np.exp(-1)) ** 2
    expect_grads({"s": s, "w": w, "x": x, "b": b}, {"s": slope, "w": -slope, "x": 2 * slope, "b": slope})


# --- arrays


@pytest.mark.graded(
    "sum_to_shape",
    points=0.6,
    hint="Two steps: first sum away the axes in front, gradient.ndim - len(shape) of them. Then sum the "
    "axes that are 1 long in shape, and keep them (keepdims).",
)
def test_sum_over_the_rows(student):
    """A bias of shape (3,) was added to two rows; one of shape (1, 3) as well."""
    gradient = np.array([[1.0, 2, 3], [10, 20, 30]])
    bias, row = student.sum_to_shape(gradient, (3,)), student.sum_to_shape(gradient, (1, 3))
    expect.close(bias, [11.0, 22, 33], "The gradient of shape (3,)")
    expect.close(row, [[11.0, 22, 33]], "The gradient of shape (1, 3)")


@pytest.mark.graded(
    "sum_to_shape",
    points=0.6,
    hint="Two steps: first sum away the axes in front, gradient.ndim - len(shape) of them. Then sum the "
    "axes that are 1 long in shape, and keep them (keepdims).",
)
def test_sum_over_the_columns_and_over_all(student):
    """A column of shape (2, 1) was spread to the right, and a number everywhere. Then nothing was spread."""
    gradient = np.array([[1.0, 2, 3], [10, 20, 30]])
    column, number, same = (student.sum_to_shape(gradient, shape) for shape in ((2, 1), (), (2, 3)))
    expect.unchanged(gradient, student.arguments_()[0], "gradient")
    expect.close(column, [[6.0], [60]], "The gradient of shape (2, 1)")
    expect.close(number, 66.0, "The gradient of shape ()")
    expect.close(same, gradient, "The gradient of shape (2, 3)")


LECTURE_X = np.array([[2.0, 1, -3], [-3, 4, 2]])
LECTURE_W = np.array([[3.0, 2, 1, -1], [2, 1, 3, 2], [3, 2, 1, -2]])
LECTURE_DY = np.array([[2.0, 3, -3, 9], [-8, 1, 4, 6]])


@pytest.mark.graded("matmul_backward", points=0.6)
def test_matmul_by_hand(student):
    """One example, two numbers in, two out."""
    x, w, dout = np.array([[1.0, 2]]), np.array([[3.0, 4], [5, 6]]), np.array([[1.0, -1]])
    got = student.matmul_backward(dout, x @ w, x, w)
    expect_gradients(got, ([[-1.0, -1]], [[1.0, -1], [2, -2]]), ("dx", "dw"))
    expect.unchanged(dout, student.arguments_()[0], "dout")


@pytest.mark.graded("matmul_backward", points=0.6)
def test_matmul_of_the_lecture(student):
    """x: (2, 3) and w: (3, 4). Each gradient number agrees with the difference that a nudge makes."""
    got = student.matmul_backward(LECTURE_DY, LECTURE_X @ LECTURE_W, LECTURE_X, LECTURE_W)
    total = np.sum(LECTURE_X @ LECTURE_W * LECTURE_DY)
    dx, dw = np.zeros((2, 3)), np.zeros((3, 4))
    for index in np.ndindex(2, 3):  # the product is linear in x and in w: a step of 1 is exact
        moved = LECTURE_X.copy()
        moved[index] += 1
        dx[index] = np.sum(moved @ LECTURE_W * LECTURE_DY) - total
    for index in np.ndindex(3, 4):
        moved = LECTURE_W.copy()
        moved[index] += 1
        dw[index] = np.sum(LECTURE_X @ moved * LECTURE_DY) - total
    expect_gradients(got, (dx, dw), ("dx", "dw"))


# --- softsign


def softsigned(student, x):
    """(out, cache) of the forward function. A hint is looked up by out: a cache is everybody's own affair."""
    got = student.softsign_forward(x)
    pair = type(got) in (tuple, list) and len(got) == 2
    expect.true(pair, "Expected two things, (out, cache).", status="wrong_type")
    student.calls_[-1].outcome = got[0]
    return got


@pytest.mark.graded("softsign_forward", points=0.4)
def test_softsign(student):
    """At -3, -1/2, 0, 1 and 4; x stays as it is."""
    x = np.array([[-3.0, -0.5, 0, 1, 4]])
    out, _ = softsigned(student, x)
    expect.close(out, [[-0.75, -1 / 3, 0, 0.5, 0.8]], "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("softsign_backward", points=0.6)
def test_softsign_slopes(student):
    """The slope is 1 at 0, 1/4 at 1, 4/9 at -1/2, 1/16 at -3, 1/25 at 4."""
    x = np.array([[-3.0, -0.5, 0, 1, 4]])
    _, cache = softsigned(student, x)
    got = student.softsign_backward(np.ones((1, 5)), cache)
    expect.close(got, [[1 / 16, 4 / 9, 1, 1 / 4, 1 / 25]], "dx")


@pytest.mark.graded("softsign_backward", points=0.6)
def test_softsign_numerically(student):
    """Central differences of the softsign, with an upstream gradient."""
    x = np.array([[0.3, -1.7], [2.2, -0.4]])
    dout = np.array([[2.0, -3.0], [0.5, 10.0]])
    _, cache = softsigned(student, x)
    slope = ((x + 1e-5) / (1 + np.abs(x + 1e-5)) - (x - 1e-5) / (1 + np.abs(x - 1e-5))) / 2e-5
    expect.close(student.softsign_backward(dout, cache), dout * slope, "dx")
    expect.unchanged(dout, student.arguments_()[0], "dout")


# --- the net


def small_net(student, reg=0.0):
    """A net of 3 inputs, 4 and 5 hidden units, 3 classes, in float64, with weights that are easy to write."""
    net = student.FullyConnectedNet(
        [4, 5], input_dim=3, num_classes=3, reg=reg, weight_scale=0.0, dtype="float64"
    )
    sizes, params = (3, 4, 5, 3), {}
    for i in (1, 2, 3):
        count = sizes[i - 1] * sizes[i]
        params[f"W{i}"] = np.cos(1.3 * np.arange(1.0, count + 1) + i).reshape(sizes[i - 1], sizes[i])
        params[f"b{i}"] = 0.3 * np.sin(2.0 * np.arange(sizes[i]) + i)
    net["params"] = params
    return net, params


SMALL_X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-2.0, 1.0, 1.0], [0.75, -0.5, -1.5]])
SMALL_Y = np.array([2, 0, 1, 1])


def dictionary(got, what):
    """What was returned, if it is a dictionary."""
    expect.true(type(got) is dict, f"{what} is no dictionary.", status="wrong_type")
    return got


def loss_and_grads(got):
    """The two things that `loss` returns when there are labels."""
    pair = type(got) in (tuple, list) and len(got) == 2
    expect.true(pair, "Expected two things, (loss, grads).", status="wrong_type")
    return got[0], dictionary(got[1], "grads")


@pytest.mark.graded("FullyConnectedNet", points=0.4)
def test_net_has_its_parameters(student):
    """Names and shapes of the parameters; all of them 0, for a weight_scale of 0."""
    net = student.FullyConnectedNet([5, 4], input_dim=6, num_classes=3, weight_scale=0.0)
    params = dictionary(net["params"], "params")
    shapes = {"W1": (6, 5), "b1": (5,), "W2": (5, 4), "b2": (4,), "W3": (4, 3), "b3": (3,)}
    expect.true(
        set(params) == set(shapes), f"params has the keys {sorted(params)}, expected {sorted(shapes)}."
    )
    for name, shape in shapes.items():
        expect.close(params[name], np.zeros(shape), name)


@pytest.mark.graded("FullyConnectedNet", points=0.2)
@pytest.mark.parametrize(
    ("options", "dtype"), [({}, "float32"), ({"dtype": "float64"}, "float64")], ids=["by default", "float64"]
)
def test_net_parameters_have_a_type(student, options, dtype):
    """float32 if nothing is said, else what is asked for."""
    net = student.FullyConnectedNet([5], input_dim=6, num_classes=3, weight_scale=0.0, **options)
    for name, array in dictionary(net["params"], "params").items():
        expect.dtype(array, dtype, name)


@pytest.mark.graded(
    "FullyConnectedNet",
    points=0.4,
    hint="Weights are drawn from a normal distribution around 0 with the deviation weight_scale: "
    "no variance, no range, and the same one for every layer.",
)
def test_net_weights_are_random(student):
    """The deviation of 10 000 weights is near the weight_scale of 0.3; some weights are far from 0."""
    net = student.FullyConnectedNet([100], input_dim=100, num_classes=100, weight_scale=0.3)
    params = dictionary(net["params"], "params")
    for name in ("W1", "W2"):
        expect.true(name in params, f"params has no {name}.")
        weights = np.asarray(params[name], dtype=np.float64)
        expect.close(weights.std(), 0.3, f"The deviation of {name}", rtol=0.1)
        expect.true(abs(weights.mean()) < 0.03, f"The mean of {name} is {weights.mean():.3f}, not near 0.")
        expect.true(np.abs(weights).max() > 0.75, f"{name} is not normal: no weight is far from 0.")


@pytest.mark.graded("FullyConnectedNet", points=0.6)
def test_net_by_hand(student):
    """[1, -2] becomes [1, -2, 3] and [1, 0, 3] by the ReLU, then [-2, 4] and [0, 4], then [2, -3.5]."""
    net = student.FullyConnectedNet([3, 2], input_dim=2, num_classes=2, weight_scale=0.0, dtype="float64")
    net["params"] = {
        "W1": np.array([[1.0, 0, 1], [0, 1, -1]]),
        "b1": np.zeros(3),
        "W2": np.array([[1.0, 0], [7, 7], [-1, 1]]),
        "b2": np.array([0.0, 1]),
        "W3": np.array([[5.0, 5], [0.5, -1]]),
        "b3": np.array([0.0, 0.5]),
    }
    expect.close(net.loss(np.array([[1.0, -2]])), [[2.0, -3.5]], "The array of scores")


@pytest.mark.graded("FullyConnectedNet", points=0.4)
def test_net_at_the_start(student):
    """With all parameters 0 the loss is log C, here of 7 classes; regularisation of zeros adds nothing."""
    net = student.FullyConnectedNet(
        [4, 4, 4], input_dim=3, num_classes=7, reg=5.0, weight_scale=0.0, dtype="float64"
    )
    shapes = {"W1": (3, 4), "W2": (4, 4), "W3": (4, 4), "W4": (4, 7), "b1": 4, "b2": 4, "b3": 4, "b4": 7}
    net["params"] = {name: np.zeros(shape) for name, shape in shapes.items()}
    loss, _ = loss_and_grads(net.loss(SMALL_X, np.array([0, 6, 3, 3])))
    expect.close(loss, np.log(7), "The loss")


@pytest.mark.graded("FullyConnectedNet", points=0.3)
def test_net_with_large_scores(student):
    """No hidden layer, scores of 10 000 and -10 000: the loss is 0 for one label, 20 000 for the other."""
    net = student.FullyConnectedNet([], input_dim=1, num_classes=2, weight_scale=0.0, dtype="float64")
    net["params"] = {"W1": np.array([[1e4, -1e4]]), "b1": np.zeros(2)}
    for label, wanted in ((0, 0.0), (1, 20000.0)):
        loss, _ = loss_and_grads(net.loss(np.ones((1, 1)), np.array([label])))
        expect.close(loss, wanted, "The loss")


@pytest.mark.graded("FullyConnectedNet", points=0.3)
def test_net_leaves_its_parameters_alone(student):
    """After a call of `loss`, params holds what it held before."""
    net, params = small_net(student, reg=0.5)
    net.loss(SMALL_X, SMALL_Y)
    kept = dictionary(net["params"], "params")
    expect.true(set(kept) == set(params), f"params has the keys {sorted(kept)} after a call of loss.")
    for name, array in params.items():
        expect.unchanged(array, kept[name], name)


@pytest.mark.graded("FullyConnectedNet", points=0.4)
def test_net_regularisation(student):
    """The loss with reg = 0.5, less the loss without, is a quarter of the sum of all squared weights."""
    plain, _ = loss_and_grads(small_net(student)[0].loss(SMALL_X, SMALL_Y))
    net, params = small_net(student, reg=0.5)
    loss, _ = loss_and_grads(net.loss(SMALL_X, SMALL_Y))
    penalty = 0.25 * sum(np.sum(array**2) for name, array in params.items() if name.startswith("W"))
    expect.close(np.subtract(loss, plain), penalty, "What regularisation adds to the loss")


@pytest.mark.graded("FullyConnectedNet", points=0.4)
@pytest.mark.parametrize("reg", [0.0, 0.3])
def test_net_gradients_numerically(student, reg):
    """Two nudges of each parameter, in the direction of a wave, against your gradient; two hidden layers."""
    net, params = small_net(student, reg)
    _, grads = loss_and_grads(net.loss(SMALL_X, SMALL_Y))
    for name, array in params.items():
        expect.true(name in grads, f"grads has no {name}.")
        expect.shape(grads[name], array.shape, f"grads['{name}']")
        nudge = 1e-5 * np.cos(np.arange(array.size) ** 2.0).reshape(array.shape)
        losses = []
        for sign in (1, -1):
            net["params"] = params | {name: array + sign * nudge}
            losses.append(loss_and_grads(net.loss(SMALL_X, SMALL_Y))[0])
        slope = float(np.subtract(*losses)) / 2
        got = float(np.sum(grads[name] * nudge))
        expect.close(1e5 * got, 1e5 * slope, f"The slope that grads['{name}'] promises", rtol=1e-5, atol=1e-6)


# --- the questions


@pytest.mark.graded("answer_overwritten_gradient", points=0)
def test_overwritten_gradient_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    name = "answer_overwritten_gradient"
    expect.one_of(student[name], ("a", "b", "c", "d"), name)


@pytest.mark.graded("answer_jacobian_size", points=0)
def test_jacobian_size_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_jacobian_size"], "answer_jacobian_size")


@pytest.mark.graded("answer_sigmoid_chain", points=0)
def test_sigmoid_chain_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_sigmoid_chain"], "answer_sigmoid_chain")
