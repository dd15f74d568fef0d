"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import numpy as np
import pytest

from cs_lib.check import expect, remembered
from cs_lib.layers import convolution_im2col, pooling
from cs_lib.layers.convolution_geometry import Geometry
from cs_lib.models import ThreeLayerConvNet


@remembered
def convolved(x, w, b, param):
    """The output that is expected."""
    return convolution_im2col.conv_forward_im2col(x, w, b, param)[0]


@remembered
def convolution_gradients(dout, x, w, b, param):
    """The gradients that are expected."""
    _, cache = convolution_im2col.conv_forward_im2col(x, w, b, param)
    return convolution_im2col.conv_backward_im2col(dout, cache)


@remembered
def pooled(x, param):
    """The output that is expected."""
    return pooling.max_pool_forward_fast(x, param)[0]


@remembered
def pool_gradient(dout, x, param):
    """The gradient that is expected."""
    _, cache = pooling.max_pool_forward_fast(x, param)
    return pooling.max_pool_backward_fast(dout, cache)


@remembered
def net_results(params, X, y, options):
    """Scores, loss and gradients that are expected of a net with these parameters."""
    net = ThreeLayerConvNet(**options)
    net.params = dict(params)
    return (net.loss(X), *net.loss(X, y))


def numbers(rng, *shape, dtype="float64"):
    """Normal numbers; no two are equal, so that no maximum is tied."""
    return rng.standard_normal(shape).astype(dtype)


# --- convolution, for both ways

# Shapes of x and w, stride, pad, dtype.
CASES = pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad", "dtype"),
    [
        ((2, 3, 5, 8), (4, 3, 3, 3), 1, 0, "float64"),
        ((3, 2, 9, 6), (2, 2, 3, 3), 2, 1, "float32"),
        ((2, 2, 6, 7), (3, 2, 2, 4), 1, 2, "float64"),
        ((1, 3, 8, 9), (2, 3, 3, 2), 3, 0, "float64"),
        ((2, 4, 4, 5), (3, 4, 1, 1), 1, 0, "float32"),
        ((1, 1, 3, 5), (1, 1, 3, 5), 1, 0, "float64"),
        ((2, 1, 7, 10), (2, 1, 3, 2), 4, 2, "float64"),
    ],
    ids=[
        "a wide image, pad 0",
        "a tall image, stride 2, float32",
        "a 2 x 4 filter, pad 2",
        "stride 3 leaves a rest",
        "1 x 1 filters, float32",
        "one of everything, the filter as large as the image",
        "stride larger than the filter",
    ],
)


def arrays(rng, size, kernel, dtype):
    """x, w and b."""
    shapes = size, kernel, kernel[:1]
    return tuple(numbers(rng, *shape, dtype=dtype) for shape in shapes)


def closeness(dtype):
    """How far sums may be off that were added up in another order: terms of either sign cancel."""
    return 1e-4 if dtype == "float32" else 1e-8


def expect_forward(student, forward, rng, size, kernel, stride, pad, dtype):
    """The output is right."""
    x, w, b = arrays(rng, size, kernel, dtype)
    param = {"stride": stride, "pad": pad}
    out, _ = getattr(student, forward)(x, w, b, param)
    expect.close(out, convolved(x, w, b, param), "out", atol=closeness(dtype))


def expect_backward(student, forward, backward, rng, size, kernel, stride, pad, dtype):
    """The gradients are right, from the submission's own cache."""
    x, w, b = arrays(rng, size, kernel, dtype)
    param = {"stride": stride, "pad": pad}
    dout = numbers(rng, *convolved(x, w, b, param).shape, dtype=dtype)
    _, cache = getattr(student, forward)(x, w, b, param)
    expect_gradients(
        getattr(student, backward)(dout, cache), convolution_gradients(dout, x, w, b, param), dtype
    )


def expect_gradients(got, wanted, dtype="float64"):
    """The three gradients, in this order."""
    expect.true(type(got) in (tuple, list) and len(got) == 3, "Return three arrays: dx, dw, db.")
    for array, expected, name in zip(got, wanted, ("dx", "dw", "db"), strict=True):
        expect.close(array, expected, name, atol=closeness(dtype))


def expect_read_only(student, forward, backward, rng):
    """Both leave their arguments alone and give the same again when they are called again."""
    x, w, b = arrays(rng, (2, 2, 5, 4), (3, 2, 3, 3), "float64")
    param = {"stride": 1, "pad": 1}
    dout = numbers(rng, 2, 3, 5, 4)
    for what in ("out", "out of the second call"):
        out, cache = getattr(student, forward)(x, w, b, param)
        expect.close(out, convolved(x, w, b, param), what)
        for before, after, name in zip((x, w, b), student.arguments_(), "xwb", strict=False):
            expect.unchanged(before, after, name)
    if backward:
        for _ in range(2):
            got = getattr(student, backward)(dout, cache)
            expect_gradients(got, convolution_gradients(dout, x, w, b, param))
            expect.unchanged(dout, student.arguments_()[0], "dout")


@pytest.mark.graded("conv_forward_naive", points=0.375)
@CASES
def test_forward(student, rng, size, kernel, stride, pad, dtype):
    """Images and filters of all shapes."""
    expect_forward(student, "conv_forward_naive", rng, size, kernel, stride, pad, dtype)


@pytest.mark.graded("conv_forward_naive", points=0.375)
def test_forward_twice(student, rng):
    """x, w and b stay as they are, and a second call gives the same."""
    expect_read_only(student, "conv_forward_naive", None, rng)


@pytest.mark.graded("conv_backward_naive", points=0.4375)
@CASES
def test_backward(student, rng, size, kernel, stride, pad, dtype):
    """Images and filters of all shapes."""
    forward, backward = "conv_forward_naive", "conv_backward_naive"
    expect_backward(student, forward, backward, rng, size, kernel, stride, pad, dtype)


@pytest.mark.graded("conv_backward_naive", points=0.4375)
def test_backward_twice(student, rng):
    """dout stays as it is, and a second call with the same cache gives the same."""
    expect_read_only(student, "conv_forward_naive", "conv_backward_naive", rng)


# --- pooling

# Shape of x, window, stride, dtype.
POOLS = pytest.mark.parametrize(
    ("size", "window", "stride", "dtype"),
    [
        ((2, 3, 6, 8), (2, 2), 2, "float64"),
        ((3, 2, 7, 5), (3, 3), 2, "float32"),
        ((2, 2, 6, 9), (2, 3), 1, "float64"),
        ((1, 1, 8, 7), (3, 1), 2, "float64"),
        ((2, 2, 9, 8), (1, 2), 3, "float64"),
        ((1, 2, 4, 5), (4, 5), 1, "float32"),
    ],
    ids=[
        "2 x 2 windows",
        "3 x 3 windows that overlap, float32",
        "2 x 3 windows, stride 1",
        "3 x 1 windows, one image and channel",
        "stride larger than the window",
        "one window, float32",
    ],
)


def pool_param(window, stride):
    """The dictionary of a pool."""
    return {"pool_height": window[0], "pool_width": window[1], "stride": stride}


@pytest.mark.graded("max_pool_forward_naive", points=0.25)
@POOLS
def test_pool(student, rng, size, window, stride, dtype):
    """All shapes; about half of the images are below zero throughout."""
    x = numbers(rng, *size, dtype=dtype)
    x[::2] -= 10
    param = pool_param(window, stride)
    out, _ = student.max_pool_forward_naive(x, param)
    expect.close(out, pooled(x, param), "out")


@pytest.mark.graded("max_pool_forward_naive", points=0.25)
def test_pool_twice(student, rng):
    """x stays as it is, and a second call gives the same."""
    x, param = numbers(rng, 2, 2, 5, 6), pool_param((2, 3), 2)
    for what in ("out", "out of the second call"):
        out, _ = student.max_pool_forward_naive(x, param)
        expect.close(out, pooled(x, param), what)
        expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("max_pool_backward_naive", points=0.375)
@POOLS
def test_pool_backward(student, rng, size, window, stride, dtype):
    """All shapes; about half of the images are below zero throughout."""
    x = numbers(rng, *size, dtype=dtype)
    x[::2] -= 10
    param = pool_param(window, stride)
    dout = numbers(rng, *pooled(x, param).shape, dtype=dtype)
    _, cache = student.max_pool_forward_naive(x, param)
    dx = student.max_pool_backward_naive(dout, cache)
    expect.close(dx, pool_gradient(dout, x, param), "dx", atol=closeness(dtype))


@pytest.mark.graded("max_pool_backward_naive", points=0.25)
def test_pool_backward_twice(student, rng):
    """dout stays as it is, and a second call with the same cache gives the same."""
    x, param = numbers(rng, 2, 2, 5, 6), pool_param((3, 2), 1)
    dout = numbers(rng, 2, 2, 3, 5)
    _, cache = student.max_pool_forward_naive(x, param)
    for what in ("dx", "dx of the second call"):
        expect.close(student.max_pool_backward_naive(dout, cache), pool_gradient(dout, x, param), what)
        expect.unchanged(dout, student.arguments_()[0], "dout")


# --- im2col


@pytest.mark.graded("im2col", points=0.5)
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad", "dtype"),
    [
        ((2, 3, 4, 7), (3, 3), 1, 0, "float64"),
        ((3, 2, 7, 4), (2, 4), 2, 1, "float32"),
        ((1, 1, 8, 5), (3, 2), 3, 2, "float64"),
        ((2, 4, 3, 5), (1, 1), 1, 0, "float64"),
        ((2, 2, 4, 3), (4, 3), 1, 0, "float64"),
    ],
    ids=[
        "a wide image",
        "2 x 4 windows, stride 2, float32",
        "one image, stride 3, pad 2",
        "1 x 1 windows",
        "one window",
    ],
)
def test_columns(student, rng, size, kernel, stride, pad, dtype):
    """Windows of all shapes; x stays as it is."""
    x = numbers(rng, *size, dtype=dtype)
    geometry = Geometry(size[0], size[1], size[2:], 1, kernel, (stride, stride), (pad, pad))
    columns = student.im2col(x, *kernel, stride, pad)
    expect.close(columns, convolution_im2col.im2col(x, geometry), "The columns")
    expect.unchanged(x, student.arguments_()[0], "x")


SLOW = "This takes as long as loops over all windows do: let im2col and matrix products do the work."
LARGE = (8, 1, 32, 32), (64, 1, 3, 3)  # half a million windows and filters: loops take many seconds


@pytest.mark.graded("conv_forward_im2col", points=0.1875)
@CASES
def test_product(student, rng, size, kernel, stride, pad, dtype):
    """Images and filters of all shapes."""
    expect_forward(student, "conv_forward_im2col", rng, size, kernel, stride, pad, dtype)


@pytest.mark.graded("conv_forward_im2col", points=0.4375, seconds=2, hint=SLOW)
def test_product_on_large_images(student, rng):
    """Eight images of 32 x 32 and 64 filters within two seconds, for which a matrix product needs a tenth."""
    x, w, b = arrays(rng, *LARGE, "float32")
    param = {"stride": 1, "pad": 1}
    out, _ = student.conv_forward_im2col(x, w, b, param)
    expect.close(out, convolved(x, w, b, param), "out", atol=1e-4)


@pytest.mark.graded("conv_backward_im2col", points=0.3125)
@CASES
def test_product_backward(student, rng, size, kernel, stride, pad, dtype):
    """Images and filters of all shapes."""
    forward, backward = "conv_forward_im2col", "conv_backward_im2col"
    expect_backward(student, forward, backward, rng, size, kernel, stride, pad, dtype)


@pytest.mark.graded("conv_backward_im2col", points=0.3125)
def test_product_backward_twice(student, rng):
    """x, w, b and dout stay as they are, and a second call gives the same."""
    expect_read_only(student, "conv_forward_im2col", "conv_backward_im2col", rng)


# --- receptive fields


def field(layers):
    """How many inputs one output depends on, followed from the output down to the input."""
    first = last = 0
    for kernel, stride, *dilation in reversed(layers):
        first, last = first * stride, last * stride + sum(dilation or [1]) * (kernel - 1)
    return last - first + 1


@pytest.mark.graded("receptive_field", points=0.25)
@pytest.mark.parametrize(
    "kind",
    [
        "one layer",
        "stride 1",
        "strides",
        "dilations",
        "strides and dilations",
        "1 x 1 layers",
        "thirty layers",
    ],
)
def test_receptive_field(student, rng, kind):
    """Layers of different kernels, strides and dilations, with and without a third number."""
    count = {"one layer": 1, "thirty layers": 30}.get(kind, 5)
    layers = []
    for i in range(count):
        kernel = 1 if kind == "1 x 1 layers" and i % 2 else int(rng.integers(2, 8))
        stride = 1 if kind in ("stride 1", "dilations") or i > 12 else int(rng.integers(1, 4))
        layer = (kernel, stride)
        if kind == "dilations" or (kind in ("strides and dilations", "thirty layers") and i % 2):
            layer += (int(rng.integers(1, 6)),)
        layers.append(layer)
    expect.equal(student.receptive_field(layers), field(layers), "The receptive field")


# --- the net

# input_dim, num_filters, filter_size, hidden_dim, num_classes, reg, dtype
NETS = {
    "wide images": ((3, 6, 10), 4, 3, 7, 5, 0.3, "float64"),
    "odd sizes, float32": ((2, 7, 5), 3, 5, 4, 3, 0.3, "float32"),
    "one channel, 1 x 1 filters": ((1, 4, 6), 2, 1, 3, 2, 0.0, "float64"),
    "one image": ((3, 8, 6), 5, 3, 6, 4, 0.3, "float64"),
}
NET_CASES = pytest.mark.parametrize("name", list(NETS), ids=list(NETS))


def net_options(name):
    """The arguments of one of these nets."""
    names = "input_dim", "num_filters", "filter_size", "hidden_dim", "num_classes", "reg", "dtype"
    return dict(zip(names, NETS[name], strict=True))


def net_arrays(rng, options, num_examples):
    """Parameters, images and labels, in the net's dtype."""
    (channels, height, width), dtype = options["input_dim"], np.dtype(options["dtype"])
    filters, size, hidden = options["num_filters"], options["filter_size"], options["hidden_dim"]
    shapes = {
        "W1": (filters, channels, size, size), "b1": (filters,),
        "W2": (filters * (height // 2) * (width // 2), hidden), "b2": (hidden,),
        "W3": (hidden, options["num_classes"]), "b3": (options["num_classes"],),
    }  # fmt: skip
    params = {key: numbers(rng, *shape, dtype=dtype) / 2 for key, shape in shapes.items()}
    X = numbers(rng, num_examples, *options["input_dim"], dtype=dtype)
    return params, X, rng.integers(0, options["num_classes"], num_examples)


def with_params(student, options, params):
    """A net of the submission with these parameters."""
    net = student.ThreeLayerConvNet(**options)
    net["params"] = params
    return net


def expect_net(net, X, y, wanted, dtype):
    """The net's scores, loss and gradients."""
    scores, loss, gradients = wanted
    expect.close(net.loss(X), scores, "The array of scores", atol=closeness(dtype))
    got = net.loss(X, y)
    expect.true(
        type(got) in (tuple, list) and len(got) == 2, "Return two things: the loss and the gradients."
    )
    expect.close(got[0], loss, "The loss", atol=closeness(dtype))
    expect.true(type(got[1]) is dict, "The gradients are not a dictionary.")
    for key, expected in gradients.items():
        expect.true(key in got[1], f"The gradients have no {key}.")
        expect.close(got[1][key], expected, f"The gradient {key}", atol=closeness(dtype))
    return got[1]


@pytest.mark.graded("ThreeLayerConvNet", points=0.375)
@NET_CASES
def test_net(student, rng, name):
    """Scores, loss and gradients on images of different shapes."""
    options = net_options(name)
    params, X, y = net_arrays(rng, options, 1 if name == "one image" else 4)
    net = with_params(student, options, params)
    expect_net(net, X, y, net_results(params, X, y, options), np.dtype(options["dtype"]).name)


@pytest.mark.graded("ThreeLayerConvNet", points=0.25)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_net_starts_right(student, dtype):
    """Arrays of the dtype, weights of the deviation weight_scale and mean 0, biases 0, and nothing else."""
    net = student.ThreeLayerConvNet(
        input_dim=(2, 12, 9), num_filters=40, filter_size=5, hidden_dim=60, num_classes=50, weight_scale=0.02,
        dtype=dtype,
    )  # fmt: skip
    params = net["params"]
    shapes = {"W1": (40, 2, 5, 5), "b1": (40,), "W2": (960, 60), "b2": (60,), "W3": (60, 50), "b3": (50,)}
    expect.true(
        type(params) is dict and set(params) == set(shapes), f"params should hold {', '.join(shapes)}."
    )
    for key, shape in shapes.items():
        expect.shape(params[key], shape, key)
        expect.dtype(params[key], dtype, key)
        if key.startswith("b"):
            expect.close(params[key], np.zeros(shape), key)
        else:  # 2000 numbers or more: the mean is within 0.003 but once in 10^10 times
            expect.close(np.std(params[key]), 0.02, f"The deviation of {key}", rtol=0.15)
            expect.close(np.mean(params[key]), 0, f"The mean of {key}", atol=0.003)


@pytest.mark.graded("ThreeLayerConvNet", points=0.5)
def test_net_by_default(student):
    """What the arguments are if nothing is said."""
    net = student.ThreeLayerConvNet()
    params = net["params"]
    expect.true(type(params) is dict and "W1" in params and "W2" in params, "params holds no W1 or W2.")
    for key, shape in {"W1": (32, 3, 7, 7), "W2": (8192, 100), "W3": (100, 10)}.items():
        expect.shape(params[key], shape, key)
        expect.dtype(params[key], np.float32, key)
    expect.close(np.std(params["W2"]), 1e-3, "The deviation of W2", rtol=0.15)


@pytest.mark.graded("ThreeLayerConvNet", points=0.5)
def test_net_takes_a_step(student, rng):
    """One step of gradient descent, and the loss after it. The net changes neither its parameters nor X."""
    options = net_options("wide images")
    params, X, y = net_arrays(rng, options, 3)
    net = with_params(student, options, params)
    gradients = expect_net(net, X, y, net_results(params, X, y, options), "float64")
    expect.unchanged(X, student.arguments_()[0], "X")
    kept = net["params"]
    for key, values in params.items():
        expect.close(kept[key], values, f"{key} after a call of loss")
    params = {key: values - 0.1 * np.asarray(gradients[key]) for key, values in params.items()}
    net["params"] = params
    expect_net(net, X, y, net_results(params, X, y, options), "float64")


@pytest.mark.graded("ThreeLayerConvNet", points=0.5)
def test_net_on_large_scores(student, rng):
    """Scores of some 10,000: the loss is large and finite."""
    options = net_options("wide images")
    params, X, y = net_arrays(rng, options, 3)
    params["W3"] = params["W3"] * 3000
    net = with_params(student, options | {"reg": 0.0}, params)
    expect_net(net, X, y, net_results(params, X, y, options | {"reg": 0.0}), "float64")


# --- the questions


@pytest.mark.graded("answer_parameters", points=1)
def test_parameters(student):
    """Ten filters of 5 x 5 x 3 weights and a bias."""
    expect.close(student["answer_parameters"], 10 * (5 * 5 * 3 + 1), "answer_parameters")


@pytest.mark.graded("answer_padding", points=1)
def test_padding(student):
    """(7 - 3 + 2 P) / 3 is whole for the first time at P = 1."""
    expect.close(student["answer_padding"], 1, "answer_padding")


@pytest.mark.graded("answer_one_bright_pixel", points=1)
def test_one_bright_pixel(student):
    """The first window that reaches the pixel lays its last weight on it: the filter turned around."""
    expect.answered(student["answer_one_bright_pixel"], "answer_one_bright_pixel")
    expect.equal(student["answer_one_bright_pixel"], "b", "answer_one_bright_pixel")


@pytest.mark.graded("answer_fc6", points=1)
def test_fc6(student):
    """Each of 4096 units has a weight for each of 7 x 7 x 512 inputs."""
    expect.close(student["answer_fc6"], 7 * 7 * 512 * 4096, "answer_fc6")
