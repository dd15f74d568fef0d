"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the library's own engine and nets, and are computed once for all submissions.
"""

import numpy as np
import pytest

from cs_lib import autodiff
from cs_lib.check import expect, remembered
from cs_lib.models import FullyConnectedNet

GATES = {"add": "add", "multiply": "mul", "divide": "div", "maximum": "maximum", "exp": "exp"}


@remembered
def gradients(gate, dout, *inputs):
    """The gradients of a gate's inputs, by the library's engine."""
    values = [autodiff.Value(x) for x in inputs]
    autodiff.apply(gate, *values).backward(np.asarray(dout))
    return [value.grad for value in values]


def expect_gradients(got, wanted, names):
    """The function returned a gradient for each input, and these are they."""
    several = type(got) in (tuple, list) and len(got) == len(wanted)
    listed = ", ".join(names)
    expect.true(several, f"Expected {len(wanted)} gradients, ({listed}).", status="wrong_type")
    for gradient, right, name in zip(got, wanted, names, strict=True):
        expect.close(gradient, right, name)


# --- gates


def away_from_zero(rng, shape=()):
    """Random numbers of both signs between 0.5 and 2."""
    return rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def expect_gate(student, gate, *arrays):
    """The backward function of a gate gives the right gradients, and leaves its arguments alone."""
    dout, x, y = arrays
    with np.errstate(all="ignore"):
        out = {"multiply": np.multiply, "divide": np.divide, "maximum": np.maximum}[gate](x, y)
    got = getattr(student, f"{gate}_backward")(dout, out, x, y)
    expect_gradients(got, gradients(GATES[gate], dout, x, y), ("dx", "dy"))
    for before, after, name in zip(
        (dout, out, x, y), student.arguments_(), ("dout", "out", "x", "y"), strict=True
    ):
        expect.unchanged(before, after, name)


def three_tests(gate):
    """The private tests of a gate: numbers, arrays of several shapes and types, zeros among the x."""

    def numbers(student, rng):
        for _ in range(3):
            expect_gate(student, gate, *(float(away_from_zero(rng)) for _ in range(3)))

    def arrays(student, rng, shape, dtype):
        expect_gate(student, gate, *(away_from_zero(rng, shape).astype(dtype) for _ in range(3)))

    def zeros(student, rng):
        dout, x, y = (away_from_zero(rng, (3, 4)) for _ in range(3))
        x[1] = 0.0
        expect_gate(student, gate, dout, x, y)

    numbers.__name__, numbers.__doc__ = f"test_{gate}_of_numbers", "Single numbers of both signs."
    arrays.__name__, arrays.__doc__ = f"test_{gate}_of_arrays", "Arrays of one shape, element by element."
    zeros.__name__, zeros.__doc__ = f"test_{gate}_at_zero", "Some x are 0."
    shapes = pytest.mark.parametrize(
        ("shape", "dtype"),
        [((3, 3), "float64"), ((5,), "float32"), ((2, 1, 4), "float64")],
        ids=["square", "a row in float32", "three axes"],
    )
    marked = [pytest.mark.graded(f"{gate}_backward", points=p) for p in (0.3, 0.2, 0.3)]
    return marked[0](numbers), marked[1](shapes(arrays)), marked[2](zeros)


test_multiply_of_numbers, test_multiply_of_arrays, test_multiply_at_zero = three_tests("multiply")
test_divide_of_numbers, test_divide_of_arrays, test_divide_at_zero = three_tests("divide")
test_maximum_of_numbers, test_maximum_of_arrays, test_maximum_at_zero = three_tests("maximum")


# --- graphs, written down as (result, gate, inputs); whatever is no result was given

SKIP = [  # x is used at the start and at the end, so the shortest way to it misleads
    ("a", "multiply", "xy"),
    ("b", "exp", "a"),
    ("c", "add", "bx"),
    ("d", "divide", "cy"),
    ("f", "multiply", "dx"),
]
WEB = [  # several values are used more than once, by gates at different depths
    ("a", "multiply", "xy"),
    ("b", "add", "az"),
    ("c", "multiply", "ab"),
    ("d", "maximum", "cx"),
    ("e", "multiply", "bb"),
    ("g", "divide", "dy"),
    ("h", "add", "ge"),
    ("i", "multiply", "ha"),
    ("f", "add", "ih"),
]
FORK = [  # the long arm comes second, then first
    ("a", "exp", "x"),
    ("b", "multiply", "ay"),
    ("c", "add", "bz"),
    ("d", "add", "ac"),
    ("e", "multiply", "ca"),
    ("f", "multiply", "ed"),
]
PROGRAMS = pytest.mark.parametrize("program", [SKIP, WEB, FORK], ids=["skip", "web", "fork"])


def run(program, given, operate):
    """Everything that has a name. operate(gate, *inputs) makes a value."""
    known = dict(given)
    for result, gate, inputs in program:
        known[result] = operate(gate, *(known[name] for name in inputs))
    return known


def numbers_for(program, rng):
    """A random number for each name that is given, not computed."""
    results = {result for result, _, _ in program}
    given = sorted({name for _, _, inputs in program for name in inputs} - results)
    return {name: float(away_from_zero(rng)) for name in given}


@remembered
def reference_grads(program, given, result="f"):
    """The gradients of everything that the result of a program depends on."""
    values = {name: autodiff.Value(number) for name, number in given.items()}
    known = run(program, values, lambda gate, *inputs: autodiff.apply(GATES[gate], *inputs))
    known[result].backward()
    return {name: float(value.grad) for name, value in known.items() if value.grad is not None}


def expect_grads(known, wanted):
    """The grad of each value that is named in `wanted`."""
    for name, number in wanted.items():
        expect.close(known[name]["grad"], number, f"{name}.grad")


def in_students_engine(student, program, given):
    """The values of a program, in the student's notebook."""
    return run(program, {name: student.Value(number) for name, number in given.items()}, student.apply)


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


@pytest.mark.graded("topological_order", points=0.4)
@PROGRAMS
def test_order(student, rng, program):
    """Graphs in which values are used by several gates at different depths, asked for twice."""
    given = numbers_for(program, rng)
    known = in_students_engine(student, program, given)
    for name, value in known.items():
        value["name"] = name
    wanted = dict.fromkeys(given, "") | {result: inputs for result, _, inputs in program}
    for _ in range(2):
        expect_order(names_in_order(student, known["f"]), wanted)


@pytest.mark.graded("topological_order", points=0.3)
def test_order_of_twins(student, rng):
    """Two different values with the same number and the same name are two; one that is used twice is one."""
    number = float(rng.uniform(1, 2))
    first, second = student.Value(number, "twin"), student.Value(number, "twin")
    product = student.apply("multiply", student.apply("multiply", first, second), first)
    names = names_in_order(student, product)
    expect.true(names.count("twin") == 2, "Two different values are not listed once each.")
    expect.true(len(names) == 4, "The order holds too many values, or too few.")


@pytest.mark.graded("topological_order", points=0.5)
def test_order_of_a_part(student, rng):
    """The order of a value in the middle holds what it was computed from and nothing else."""
    given = numbers_for(WEB, rng)
    known = in_students_engine(student, WEB, given)
    for name, value in known.items():
        value["name"] = name
    expect_order(
        names_in_order(student, known["c"]), {"x": "", "y": "", "z": "", "a": "xy", "b": "az", "c": "ab"}
    )
    expect_order(names_in_order(student, known["x"]), {"x": ""})
    whole = dict.fromkeys(given, "") | {result: inputs for result, _, inputs in WEB}
    expect_order(names_in_order(student, known["f"]), whole)


@pytest.mark.graded("topological_order", points=0.4)
def test_order_of_a_long_chain(student):
    """Sixty gates in a row, and a value that was used twice by one gate ten times over."""
    value = student.Value(1.0)
    for _ in range(60):
        value = student.apply("add", value, 0.5)
    for _ in range(10):
        value = student.apply("add", value, value)
    got = student.topological_order(value)
    expect.true(type(got) in (list, tuple), "The order is no list.", status="wrong_type")
    expect.true(len(got) == 131, f"The order holds {len(got)} values, expected 131.")


@pytest.mark.graded("backward", points=0.4)
@PROGRAMS
def test_backward(student, rng, program):
    """Gradients of all values of a graph, those in between too."""
    given = numbers_for(program, rng)
    known = in_students_engine(student, program, given)
    student.backward(known["f"])
    expect_grads(known, reference_grads(program, given))


@pytest.mark.graded("backward", points=0.5)
def test_backward_again(student, rng):
    """Three calls give what one gives, for a value in the middle of the graph as well."""
    given = numbers_for(WEB, rng)
    known = in_students_engine(student, WEB, given)
    for result in "ffcf":
        student.backward(known[result])
        expect_grads(known, reference_grads(WEB, given, result))


@pytest.mark.graded("backward", points=0.5)
def test_backward_of_two_results(student, rng):
    """Two results share inputs: what the first left does not count in the second."""
    x, y = (float(away_from_zero(rng)) for _ in range(2))
    first, second = student.Value(x), student.Value(y)
    product, total = student.apply("multiply", first, second), student.apply("add", first, second)
    student.backward(product)
    expect_grads({"x": first, "y": second}, {"x": y, "y": x})
    student.backward(total)
    expect_grads({"x": first, "y": second}, {"x": 1.0, "y": 1.0})


@pytest.mark.graded("backward", points=0.4)
def test_backward_of_a_given_value(student, rng):
    """A value that was given changes with itself, by 1, also after another sweep."""
    number = float(away_from_zero(rng))
    x = student.Value(number)
    student.backward(x)
    expect.close(x["grad"], 1.0, "x.grad")
    student.backward(student.apply("multiply", x, 5.0))
    expect.close(x["grad"], 5.0, "x.grad")
    student.backward(x)
    expect.close(x["grad"], 1.0, "x.grad")
    expect.close(x["data"], number, "x.data")


@pytest.mark.graded("backward", points=0.4)
def test_backward_through_doublings(student, rng):
    """x + x, doubled again and again, and squared at the end: one value, twice into the same gate."""
    number = float(away_from_zero(rng))
    x = value = student.Value(number)
    for _ in range(5):
        value = student.apply("add", value, value)
    result = student.apply("multiply", value, value)
    student.backward(result)
    expect.close(value["grad"], 2 * 32 * number, "The gradient of the value before the square")
    expect.close(x["grad"], 2 * 32 * 32 * number, "The gradient of x")
    expect.close(result["data"], (32 * number) ** 2, "The result's data")


# --- arrays


@remembered
def summed(gradient, shape):
    """What the library's engine hands back to an array that was broadcast."""
    value = autodiff.Value(np.ones(shape, gradient.dtype))
    (value * np.ones(gradient.shape, gradient.dtype)).backward(gradient)
    return value.grad


@pytest.mark.graded("sum_to_shape", points=0.15)
@pytest.mark.parametrize(
    ("from_shape", "shape", "dtype"),
    [
        ((6, 4), (4,), "float32"),
        ((2, 5, 3), (3,), "float64"),
        ((2, 5, 3), (5, 3), "float64"),
        ((4, 4), (4, 1), "float64"),
        ((4, 4), (1, 4), "float64"),
        ((4, 5, 3), (5, 1), "float64"),
        ((2, 5, 3), (2, 1, 3), "float32"),
        ((2, 3, 4), (), "float64"),
        ((3, 1, 4), (3, 1, 1), "float64"),
    ],
    ids=[
        "rows in float32",
        "two axes in front",
        "one axis in front",
        "a column",
        "a row",
        "both at once",
        "the middle",
        "a number",
        "1 long in both",
    ],
)
def test_sum_to_shape(student, rng, from_shape, shape, dtype):
    """Axes in front, axes that were 1 long, both, all of them."""
    gradient = rng.standard_normal(from_shape).astype(dtype)
    got = student.sum_to_shape(gradient, shape)
    expect.close(got, summed(gradient, shape), "The gradient", atol=1e-5)
    expect.unchanged(gradient, student.arguments_()[0], "gradient")


@pytest.mark.graded("sum_to_shape", points=0.15)
@pytest.mark.parametrize("shape", [(3, 4), (1, 4), (5,)], ids=["table", "one row", "one axis"])
def test_sum_to_the_same_shape(student, rng, shape):
    """Nothing was spread."""
    gradient = rng.standard_normal(shape)
    expect.close(student.sum_to_shape(gradient, shape), gradient, "The gradient")


@pytest.mark.graded("matmul_backward", points=0.3)
@pytest.mark.parametrize(
    ("sizes", "dtype"),
    [
        ((4, 4, 4), "float64"),
        ((3, 5, 2), "float64"),
        ((6, 2, 7), "float32"),
        ((1, 4, 3), "float64"),
        ((5, 1, 1), "float64"),
        ((3, 3, 1), "float64"),
    ],
    ids=["all equal", "all different", "float32", "one example", "one number in and out", "one out"],
)
def test_matmul(student, rng, sizes, dtype):
    """Sizes (N, D, M) that are equal, different or 1."""
    N, D, M = sizes
    x, w, dout = (rng.standard_normal(shape).astype(dtype) for shape in ((N, D), (D, M), (N, M)))
    got = student.matmul_backward(dout, x @ w, x, w)
    several = type(got) in (tuple, list) and len(got) == 2
    expect.true(several, "Expected 2 gradients, (dx, dw).", status="wrong_type")
    for gradient, right, name in zip(got, gradients("matmul", dout, x, w), ("dx", "dw"), strict=True):
        expect.close(gradient, right, name, atol=1e-5 if dtype == "float32" else 1e-8)
    after, _, x_after, w_after = student.arguments_()
    for before, now, name in ((dout, after, "dout"), (x, x_after, "x"), (w, w_after, "w")):
        expect.unchanged(before, now, name)


# --- softsign


@remembered
def softsign(x, dout):
    """(out, dx) by the library's engine, from its own gates."""
    value = autodiff.Value(x)
    out = value / (autodiff.maximum(value, -value) + np.ones_like(x))
    out.backward(dout)
    return out.data, value.grad


SOFTSIGN_EDGES = pytest.mark.parametrize(
    ("shape", "scale", "dtype"),
    [
        ((4, 3), 3.0, "float64"),
        ((2, 3, 2, 2), 2.0, "float32"),
        ((5,), 1e4, "float64"),
        ((1, 1), 1.0, "float64"),
    ],
    ids=["rows", "pictures in float32", "large numbers", "one number"],
)


def softsigned(student, x):
    """(out, cache) of the forward function. A hint is looked up by out: a cache is everybody's own affair."""
    got = student.softsign_forward(x)
    pair = type(got) in (tuple, list) and len(got) == 2
    expect.true(pair, "Expected two things, (out, cache).", status="wrong_type")
    student.calls_[-1].outcome = got[0]
    return got


@pytest.mark.graded("softsign_forward", points=0.15)
@SOFTSIGN_EDGES
def test_softsign_of_any_shape(student, rng, shape, scale, dtype):
    """Any shape, both signs, large numbers; x stays as it is."""
    x = (scale * away_from_zero(rng, shape)).astype(dtype)
    out, _ = softsigned(student, x)
    expect.close(out, softsign(x, x)[0], "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("softsign_backward", points=0.35)
@SOFTSIGN_EDGES
def test_softsign_gradient(student, rng, shape, scale, dtype):
    """Any shape, both signs, large numbers, an upstream gradient of both signs; dout stays as it is."""
    x, dout = (scale * away_from_zero(rng, shape)).astype(dtype), rng.standard_normal(shape).astype(dtype)
    _, cache = softsigned(student, x)
    expect.close(student.softsign_backward(dout, cache), softsign(x, dout)[1], "dx", atol=1e-12)
    expect.unchanged(dout, student.arguments_()[0], "dout")


@pytest.mark.graded("softsign_backward", points=0.4)
def test_softsign_gradient_at_zero(student, rng):
    """Where x is 0 the slope is 1: the upstream gradient passes as it is."""
    x, dout = away_from_zero(rng, (3, 4)), rng.standard_normal((3, 4))
    wanted = softsign(x, dout)[1]
    x[1], wanted[1] = 0.0, dout[1]
    _, cache = softsigned(student, x)
    expect.close(student.softsign_backward(dout, cache), wanted, "dx")


# --- the net


def parameters(rng, hidden_dims, input_dim, num_classes, dtype="float64", scale=0.7):
    """Random weights and biases of a net."""
    sizes, params = [input_dim, *hidden_dims, num_classes], {}
    for i in range(1, len(sizes)):
        params[f"W{i}"] = (scale * rng.standard_normal((sizes[i - 1], sizes[i]))).astype(dtype)
        params[f"b{i}"] = (0.5 * scale * rng.standard_normal(sizes[i])).astype(dtype)
    return params


def reference_net(params, reg):
    """The library's net with these parameters."""
    weights = [array for name, array in params.items() if name.startswith("W")]
    widths = [array.shape[1] for array in weights]
    dtype = weights[0].dtype
    net = FullyConnectedNet(widths[:-1], len(weights[0]), widths[-1], reg=reg, dtype=dtype)
    net.params = params
    return net


@remembered
def reference(params, reg, X, y=None):
    """What `loss` returns."""
    return reference_net(params, reg).loss(X, y)


def loss_and_grads(got):
    """The two things that `loss` returns when there are labels."""
    pair = type(got) in (tuple, list) and len(got) == 2 and type(got[1]) is dict
    expect.true(pair, "Expected two things, (loss, grads), grads being a dictionary.", status="wrong_type")
    return got


def expect_loss_and_grads(got, wanted, atol=1e-8):
    """The loss is right and so is each gradient."""
    loss, grads = loss_and_grads(got)
    expect.close(loss, wanted[0], "The loss")
    for name, gradient in wanted[1].items():
        expect.true(name in grads, f"grads has no {name}.")
        expect.close(grads[name], gradient, f"grads['{name}']", atol=atol)


def students_net(student, params, hidden_dims, reg=0.0, dtype="float64"):
    """The student's net with given parameters."""
    last = len(hidden_dims) + 1
    net = student.FullyConnectedNet(
        hidden_dims,
        input_dim=len(params["W1"]),
        num_classes=len(params[f"b{last}"]),
        reg=reg,
        dtype=dtype,
    )
    net["params"] = params
    return net


DEPTHS = pytest.mark.parametrize(
    ("hidden_dims", "shape", "num_classes", "reg", "dtype"),
    [
        ([5], (4, 6), 3, 0.0, "float64"),
        ([6, 6], (6, 6), 6, 0.4, "float64"),
        ([7, 1, 4, 5], (3, 5), 4, 0.3, "float64"),
        ([], (5, 4), 3, 0.8, "float64"),
        ([4, 3], (1, 3, 2, 2), 5, 0.2, "float64"),
        ([5, 4], (6, 7), 3, 0.5, "float32"),
    ],
    ids=["one hidden", "all widths equal", "four hidden", "none hidden", "one picture", "float32"],
)


@pytest.mark.graded("FullyConnectedNet", points=0.2)
@DEPTHS
def test_net_scores(student, rng, hidden_dims, shape, num_classes, reg, dtype):
    """Scores without labels, for nets of different depth."""
    params = parameters(rng, hidden_dims, int(np.prod(shape[1:])), num_classes, dtype)
    X = rng.standard_normal(shape).astype(dtype)
    got = students_net(student, params, hidden_dims, reg, dtype).loss(X)
    expect.close(got, reference(params, reg, X), "The array of scores", atol=1e-5)


@pytest.mark.graded("FullyConnectedNet", points=0.3)
@DEPTHS
def test_net_gradients(student, rng, hidden_dims, shape, num_classes, reg, dtype):
    """Loss and gradients for nets of different depth, regularised; the parameters stay as they are."""
    params = parameters(rng, hidden_dims, int(np.prod(shape[1:])), num_classes, dtype)
    X, y = rng.standard_normal(shape).astype(dtype), rng.integers(0, num_classes, shape[0])
    net = students_net(student, params, hidden_dims, reg, dtype)
    got = net.loss(X, y)
    expect_loss_and_grads(got, reference(params, reg, X, y), atol=1e-5 if dtype == "float32" else 1e-8)
    kept = net["params"]
    expect.true(
        type(kept) is dict and set(kept) == set(params), "params has other keys after a call of loss."
    )
    for name, array in params.items():
        expect.unchanged(array, kept[name], name)


@pytest.mark.graded("FullyConnectedNet", points=0.2)
@pytest.mark.parametrize(
    ("hidden_dims", "dtype"),
    [([], "float32"), ([1], "float64"), ([8, 3, 6, 2], "float64")],
    ids=["none hidden", "one unit", "four hidden"],
)
def test_net_parameters(student, hidden_dims, dtype):
    """Names, shapes and types of the parameters; biases are 0."""
    net = student.FullyConnectedNet(hidden_dims, input_dim=7, num_classes=4, dtype=dtype)
    params, sizes = net["params"], [7, *hidden_dims, 4]
    count = len(sizes) - 1
    names = {f"{kind}{i}" for kind in "Wb" for i in range(1, count + 1)}
    expect.true(
        type(params) is dict and set(params) == names, "params has the wrong keys, or is no dictionary."
    )
    for i in range(1, count + 1):
        expect.shape(params[f"W{i}"], (sizes[i - 1], sizes[i]), f"W{i}")
        expect.close(params[f"b{i}"], np.zeros(sizes[i]), f"b{i}")
        for name in (f"W{i}", f"b{i}"):
            expect.dtype(params[name], dtype, name)


@pytest.mark.graded("FullyConnectedNet", points=0.6)
def test_net_weight_scale(student):
    """Each weight matrix is normal with mean 0 and the deviation that was asked for, or 0.01."""
    for scale, options in ((0.01, {}), (0.3, {"weight_scale": 0.3})):
        net = student.FullyConnectedNet([60, 70], input_dim=80, num_classes=50, **options)
        params = net["params"]
        for name in ("W1", "W2", "W3"):
            # 3500 numbers or more: deviations scatter by 1.2 %, means by 1.7 % of the deviation.
            weights = np.asarray(params[name], dtype=np.float64) / scale
            expect.close(
                weights.std(), 1.0, f"The deviation of {name}, as a multiple of weight_scale", rtol=0.12
            )
            expect.true(abs(weights.mean()) < 0.12, f"The mean of {name} is not near 0.")
            expect.true(np.abs(weights).max() > 2.5, f"{name} is not normal: no weight is far from 0.")


@pytest.mark.graded("FullyConnectedNet", points=0.8)
def test_net_with_larger_scores(student, rng):
    """Scores of some 10 000: the loss and its gradients are finite, and right."""
    params = parameters(rng, [4, 5], 3, 4, scale=20.0)
    X, y = rng.standard_normal((5, 3)), rng.integers(0, 4, 5)
    got = students_net(student, params, [4, 5]).loss(X, y)
    expect_loss_and_grads(got, reference(params, 0.0, X, y))


@pytest.mark.graded("FullyConnectedNet", points=1.0)
def test_net_learns(student, rng):
    """Three steps of gradient descent from the student's own first weights."""
    net = student.FullyConnectedNet(
        [6, 5], input_dim=4, num_classes=3, weight_scale=0.5, reg=0.1, dtype="float64", seed=3
    )
    params = net["params"]
    X, y = rng.standard_normal((7, 4)), rng.integers(0, 3, 7)
    for _ in range(3):
        got = net.loss(X, y)
        expect_loss_and_grads(got, reference_net(params, 0.1).loss(X, y))
        params = {name: array - 0.2 * got[1][name] for name, array in params.items()}
        net["params"] = params
    expect.close(loss_and_grads(net.loss(X, y))[0], reference_net(params, 0.1).loss(X, y)[0], "The loss")


# --- the questions


@pytest.mark.graded("answer_overwritten_gradient", points=1)
def test_overwritten_gradient(student):
    """Only where each value is used once does it not matter."""
    expect.answered(student["answer_overwritten_gradient"], "answer_overwritten_gradient")
    expect.equal(student["answer_overwritten_gradient"], "b", "answer_overwritten_gradient")


@pytest.mark.graded("answer_jacobian_size", points=1)
def test_jacobian_size(student):
    """All outputs times all inputs."""
    expect.close(student["answer_jacobian_size"], 128 * 512 * 128 * 1024, "answer_jacobian_size")


@pytest.mark.graded("answer_sigmoid_chain", points=1)
def test_sigmoid_chain(student):
    """Each neuron multiplies by its weight, 2, and by 1/4 at the most."""
    expect.close(student["answer_sigmoid_chain"], 0.5**10, "answer_sigmoid_chain")
