"""The tests that everybody sees: small examples in whole numbers, and properties that any right solution has.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect


def whole(*shape, step=7, modulus=11):
    """An array of small whole numbers (as floats) in no obvious order, always the same."""
    return (np.arange(np.prod(shape)) * step % modulus - modulus // 2).reshape(shape).astype(float)


def images(*rows):
    """Rows of numbers as a batch of one image with one channel."""
    return np.array([[rows]], dtype=float)


# A 3 x 3 image, a 2 x 2 filter, and everything that can be worked out about them with a pencil.
IMAGE, FILTER, BIAS = images([1, 2, 3], [4, 5, 6], [7, 8, 9]), images([1, 2], [3, 4]), np.array([100.5])

# Two images of 2 channels, 4 x 5; two filters of 3 x 2; stride 2, pad 1.
X, W, B = whole(2, 2, 4, 5), whole(2, 2, 3, 2, step=3, modulus=7), np.array([10.0, -20.0])
PARAM = {"stride": 2, "pad": 1}
OUT = np.array([[[[40, 4, 0], [-22, -29, 40]], [[-11, -9, -42], [-28, -9, 10]]],
                [[[-5, -10, 41], [28, 20, -10]], [[-16, -9, -9], [-5, -47, -28]]]])  # fmt: skip
DOUT = whole(2, 2, 2, 3, step=2, modulus=5)
DX = np.array([[[[2, -6, 0, 9, -2], [5, 7, -4, 7, -3], [1, 9, -1, -6, 2], [1, -4, 0, -4, 4]],
                [[-6, 2, -6, -1, 9], [-3, -3, 7, -4, 7], [-6, -2, 9, 0, -6], [1, -1, -4, 2, -4]]],
               [[[-2, -6, 1, 9, -1], [-3, -3, 3, -8, -1], [2, -6, 0, 9, -2], [4, 6, -2, 1, -3]],
                [[9, 1, -6, -2, 9], [7, 5, -3, -1, -8], [-6, 2, -6, -1, 9], [-4, 0, 6, -2, 1]]]])  # fmt: skip
DW = np.array([[[[14, -13], [18, -13], [2, 31]], [[-11, 4], [9, -24], [26, -24]]],
               [[[-13, 10], [4, -4], [13, -6]], [[-10, 10], [-4, -1], [-17, -25]]]])  # fmt: skip
DB = np.array([0, -1])

# One image of 5 x 6, two filters of 2 x 3, stride 3, pad 0: the third row is in no window.
X_REST, W_REST, B_REST = whole(1, 1, 5, 6), whole(2, 1, 2, 3, step=3, modulus=7), np.array([1.0, 2.0])
PARAM_REST = {"stride": 3, "pad": 0}
OUT_REST = np.array([[[[14, -18], [20, 21]], [[-5, 4], [5, 3]]]])
DOUT_REST = np.array([[[[-2.0, 0], [2, -1]], [[1, -2], [0, 2]]]])
DX_REST = images([7, -3, -6, -2, 6, 0], [5, -5, 6, -6, 2, -4], [0, 0, 0, 0, 0, 0],
                 [-6, 0, 6, 5, -6, -3], [-2, 4, -4, 7, -4, 6])  # fmt: skip
DW_REST = np.array([[[[11, -7, 8], [-9, 6, 10]]], [[[-17, -10, 8], [-8, 10, 6]]]])
DB_REST = np.array([-1, 1])


def expect_small_images(student, forward):
    """2 x 2 on 3 x 3: the first window is 1*1 + 2*2 + 4*3 + 5*4 = 37, and the bias is 100.5."""
    out, _ = getattr(student, forward)(IMAGE, FILTER, BIAS, {"stride": 1, "pad": 0})
    expect.close(out, images([137.5, 147.5], [167.5, 177.5]), "out")


def expect_copies(student, forward, stride, pad, size):
    """A filter that copies the upper left pixel of its window, on an image of 7 x 7."""
    image = np.arange(1.0, 50.0).reshape(1, 1, 7, 7)
    copy = np.zeros((1, 1, 3, 3))
    copy[0, 0, 0, 0] = 1
    out, _ = getattr(student, forward)(image, copy, np.zeros(1), {"stride": stride, "pad": pad})
    wanted = np.pad(image, ((0, 0), (0, 0), (pad, pad), (pad, pad)))[:, :, ::stride, ::stride]
    expect.close(out, wanted[:, :, :size, :size], "out")


def expect_read_only(student, **arrays):
    """The last call has left its arguments, which are named here in their order, as they were."""
    for (name, before), after in zip(arrays.items(), student.arguments_(), strict=False):
        expect.unchanged(before, after, name)


SIZES = pytest.mark.parametrize(("stride", "pad", "size"), [(1, 1, 7), (2, 0, 3)])


def expect_gradients(got, dx, dw, db):
    """The three gradients, in this order."""
    expect.true(type(got) in (tuple, list) and len(got) == 3, "Return three arrays: dx, dw, db.")
    for array, wanted, name in zip(got, (dx, dw, db), ("dx", "dw", "db"), strict=True):
        expect.close(array, wanted, name)


def expect_small_gradients(student, forward, backward):
    """2 x 2 on 3 x 3, 1 from above for each output: a pixel gets the sum of what it was multiplied by."""
    _, cache = getattr(student, forward)(IMAGE, FILTER, BIAS, {"stride": 1, "pad": 0})
    got = getattr(student, backward)(np.ones((1, 1, 2, 2)), cache)
    expect_gradients(got, images([1, 3, 2], [4, 10, 6], [3, 7, 4]), images([12, 16], [24, 28]), [4])


def expect_slopes(student, forward, backward):
    """The loss sum(dout * out) changes as much as the gradients say, along any direction."""
    x, w, b = whole(2, 3, 5, 4), whole(2, 3, 2, 3, step=4), np.array([0.5, -1.0])
    param, dout = {"stride": 1, "pad": 2}, whole(2, 2, 8, 6, step=3, modulus=7)
    _, cache = getattr(student, forward)(x, w, b, param)
    gradients = getattr(student, backward)(dout, cache)
    expect.true(type(gradients) in (tuple, list) and len(gradients) == 3, "Return three arrays: dx, dw, db.")
    directions = (
        whole(*x.shape, step=5, modulus=13),
        whole(*w.shape, step=5, modulus=13),
        np.array([1.0, 2.0]),
    )
    for i, (direction, name) in enumerate(zip(directions, ("dx", "dw", "db"), strict=True)):
        losses = []
        for step in (1, -1):  # the loss is linear in each argument, so no small step is needed
            inputs = [x, w, b]
            inputs[i] = inputs[i] + step * direction
            out, _ = getattr(student, forward)(*inputs, param)
            losses.append(np.sum(dout * np.asarray(out)))
        expect.shape(gradients[i], direction.shape, name)
        slope = np.sum(direction * np.asarray(gradients[i]))
        expect.close(slope, (losses[0] - losses[1]) / 2, f"The slope by {name}", rtol=1e-4)


# --- convolution


@pytest.mark.graded("conv_forward_naive", points=0.5)
def test_forward_by_hand(student):
    """A 2 x 2 filter on a 3 x 3 image, with a bias of 100.5."""
    expect_small_images(student, "conv_forward_naive")


@pytest.mark.graded("conv_forward_naive", points=0.25)
@SIZES
def test_forward_sizes(student, stride, pad, size):
    """A filter of 3 x 3 that copies a pixel, on an image of 7 x 7."""
    expect_copies(student, "conv_forward_naive", stride, pad, size)


@pytest.mark.graded("conv_forward_naive", points=0.5)
def test_forward_in_whole_numbers(student):
    """Two images of 2 x 4 x 5, two filters of 2 x 3 x 2, stride 2, pad 1. The inputs stay as they are."""
    out, _ = student.conv_forward_naive(X, W, B, PARAM)
    expect.close(out, OUT, "out")
    expect_read_only(student, x=X, w=W, b=B)


@pytest.mark.graded("conv_forward_naive", points=0.5)
def test_forward_with_a_rest(student):
    """An image of 5 x 6, two filters of 2 x 3, stride 3: the last rows are too few for another window."""
    out, _ = student.conv_forward_naive(X_REST, W_REST, B_REST, PARAM_REST)
    expect.close(out, OUT_REST, "out")


@pytest.mark.graded("conv_backward_naive", points=0.5)
def test_backward_by_hand(student):
    """A 2 x 2 filter on a 3 x 3 image, 1 from above for each output."""
    expect_small_gradients(student, "conv_forward_naive", "conv_backward_naive")


@pytest.mark.graded("conv_backward_naive", points=0.75)
def test_backward_in_whole_numbers(student):
    """Two images of 2 x 4 x 5, two filters of 2 x 3 x 2, stride 2, pad 1."""
    _, cache = student.conv_forward_naive(X, W, B, PARAM)
    expect_gradients(student.conv_backward_naive(DOUT, cache), DX, DW, DB)
    expect_read_only(student, dout=DOUT)


@pytest.mark.graded("conv_backward_naive", points=0.75)
def test_backward_with_a_rest(student):
    """An image of 5 x 6, stride 3, no padding: the pixels that are in no window get 0."""
    _, cache = student.conv_forward_naive(X_REST, W_REST, B_REST, PARAM_REST)
    expect_gradients(student.conv_backward_naive(DOUT_REST, cache), DX_REST, DW_REST, DB_REST)


@pytest.mark.graded("conv_backward_naive", points=0.5)
def test_backward_agrees_with_forward(student):
    """Along a direction in x, in w and in b, the outputs change as dx, dw and db say."""
    expect_slopes(student, "conv_forward_naive", "conv_backward_naive")


# --- pooling

LECTURE = images([1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4])
TWO_BY_TWO = {"pool_height": 2, "pool_width": 2, "stride": 2}
NEGATIVE = (np.arange(48) * 19 % 53 - 60.0).reshape(1, 2, 4, 6)  # all below zero, no two alike
OVERLAPPING = {"pool_height": 3, "pool_width": 2, "stride": 1}
APART = {"pool_height": 2, "pool_width": 1, "stride": 3}


@pytest.mark.graded("max_pool_forward_naive", points=0.25)
def test_pool_of_the_lecture(student):
    """2 x 2 windows with stride 2 on a 4 x 4 image."""
    out, _ = student.max_pool_forward_naive(LECTURE, TWO_BY_TWO)
    expect.close(out, images([6, 8], [3, 4]), "out")


@pytest.mark.graded("max_pool_forward_naive", points=0.5)
def test_pool_overlapping(student):
    """Windows of 3 x 2 with stride 1 on two channels of 4 x 6, all negative."""
    out, _ = student.max_pool_forward_naive(NEGATIVE, OVERLAPPING)
    wanted = [[[[-25, -14, -14, -21, -10], [-17, -14, -14, -13, -10]],
               [[-9, -9, -8, -8, -23], [-12, -19, -8, -8, -15]]]]  # fmt: skip
    expect.close(out, wanted, "out")


@pytest.mark.graded("max_pool_forward_naive", points=0.5)
def test_pool_with_gaps(student):
    """Windows of 2 x 1 with stride 3 on two images: most pixels are in no window. x stays as it is."""
    x = np.concatenate([NEGATIVE, -NEGATIVE])
    out, _ = student.max_pool_forward_naive(x, APART)
    expect.close(out, [[[[-52, -48]], [[-20, -16]]], [[[60, 56]], [[28, 24]]]], "out")
    expect.unchanged(x, student.arguments_()[0], "x")


@pytest.mark.graded("max_pool_backward_naive", points=0.25)
def test_pool_backward_by_hand(student):
    """2 x 2 windows with stride 2: 10, 20, 30, 40 go to where the 8, the 7, the 3 and the 5 are."""
    _, cache = student.max_pool_forward_naive(
        images([1, 8, 2, 4], [5, 6, 7, 0], [3, 2, 1, 0], [1, 2, 3, 5]), TWO_BY_TWO
    )
    dx = student.max_pool_backward_naive(images([10, 20], [30, 40]), cache)
    expect.close(dx, images([0, 10, 0, 0], [0, 0, 20, 0], [30, 0, 0, 0], [0, 0, 0, 40]), "dx")


@pytest.mark.graded("max_pool_backward_naive", points=0.75)
def test_pool_backward_overlapping(student):
    """Windows of 3 x 2 with stride 1: a pixel that is the maximum of several windows gets the sum."""
    _, cache = student.max_pool_forward_naive(NEGATIVE, OVERLAPPING)
    dx = student.max_pool_backward_naive(np.arange(1.0, 21.0).reshape(1, 2, 2, 5), cache)
    first = [[0, 0, 0, 0, 0, 0], [0, 0, 20, 0, 0, 15], [0, 1, 0, 0, 4, 0], [0, 6, 0, 0, 9, 0]]
    second = [[0, 23, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [16, 0, 0, 64, 0, 15], [0, 0, 17, 0, 0, 20]]
    expect.close(dx, [[first, second]], "dx")


@pytest.mark.graded("max_pool_backward_naive", points=0.5)
def test_pool_backward_with_gaps(student):
    """Windows of 2 x 1 with stride 3 on two images: pixels in no window get 0. dout stays as it is."""
    x = np.concatenate([NEGATIVE, -NEGATIVE])
    _, cache = student.max_pool_forward_naive(x, APART)
    dout = np.arange(1.0, 9.0).reshape(2, 2, 1, 2)
    dx = student.max_pool_backward_naive(dout, cache)
    wanted = np.zeros((2, 2, 4, 6))
    wanted[0, :, 1, 0], wanted[0, :, 1, 3], wanted[1, :, 0, 0], wanted[1, :, 0, 3] = (
        (1, 3),
        (2, 4),
        (5, 7),
        (6, 8),
    )
    expect.close(dx, wanted, "dx")
    expect.unchanged(dout, student.arguments_()[0], "dout")


# --- im2col


@pytest.mark.graded("im2col", points=0.5)
def test_columns_by_hand(student):
    """2 x 2 windows on one image of 2 channels, 2 x 3: two columns of eight."""
    columns = student.im2col(np.arange(1.0, 13.0).reshape(1, 2, 2, 3), 2, 2, 1, 0)
    wanted = [[[1, 2], [2, 3], [4, 5], [5, 6], [7, 8], [8, 9], [10, 11], [11, 12]]]
    expect.close(columns, wanted, "The columns")


@pytest.mark.graded("im2col", points=0.5)
def test_columns_with_padding(student):
    """3 x 2 windows with stride 2 and pad 1 on two images of 3 x 4."""
    columns = student.im2col(np.arange(1.0, 25.0).reshape(2, 1, 3, 4), 3, 2, 2, 1)
    upper = np.array([[0, 0, 0], [0, 0, 0], [0, 2, 4], [1, 3, 0], [0, 6, 8], [5, 7, 0]])
    lower = np.array([[0, 6, 8], [5, 7, 0], [0, 10, 12], [9, 11, 0], [0, 0, 0], [0, 0, 0]])
    first = np.hstack([upper, lower])
    expect.close(columns, [first, first + 12 * (first > 0)], "The columns")


@pytest.mark.graded("im2col", points=0.5)
def test_columns_make_a_convolution(student):
    """Columns in reading order: the flattened filters times the columns are the flattened output."""
    columns = student.im2col(X, 3, 2, 2, 1)
    expect.shape(columns, (2, 12, 6), "The array of columns")
    expect.close(
        W.reshape(2, 12) @ np.asarray(columns), (OUT - B[:, None, None]).reshape(2, 2, 6), "w @ columns"
    )


@pytest.mark.graded("conv_forward_im2col", points=0.25)
def test_product_by_hand(student):
    """A 2 x 2 filter on a 3 x 3 image, with a bias of 100.5."""
    expect_small_images(student, "conv_forward_im2col")


@pytest.mark.graded("conv_forward_im2col", points=0.25)
@SIZES
def test_product_sizes(student, stride, pad, size):
    """A filter of 3 x 3 that copies a pixel, on an image of 7 x 7."""
    expect_copies(student, "conv_forward_im2col", stride, pad, size)


@pytest.mark.graded("conv_forward_im2col", points=0.25)
def test_product_in_whole_numbers(student):
    """Two images of 2 x 4 x 5, two filters of 2 x 3 x 2, stride 2, pad 1."""
    out, _ = student.conv_forward_im2col(X, W, B, PARAM)
    expect.close(out, OUT, "out")
    expect_read_only(student, x=X, w=W, b=B)


@pytest.mark.graded("conv_forward_im2col", points=0.25)
def test_product_with_a_rest(student):
    """An image of 5 x 6, two filters of 2 x 3, stride 3: the last rows are too few for another window."""
    out, _ = student.conv_forward_im2col(X_REST, W_REST, B_REST, PARAM_REST)
    expect.close(out, OUT_REST, "out")


@pytest.mark.graded("conv_backward_im2col", points=0.25)
def test_product_backward_by_hand(student):
    """A 2 x 2 filter on a 3 x 3 image, 1 from above for each output."""
    expect_small_gradients(student, "conv_forward_im2col", "conv_backward_im2col")


@pytest.mark.graded("conv_backward_im2col", points=0.5)
def test_product_backward_in_whole_numbers(student):
    """Two images of 2 x 4 x 5, two filters of 2 x 3 x 2, stride 2, pad 1."""
    _, cache = student.conv_forward_im2col(X, W, B, PARAM)
    expect_gradients(student.conv_backward_im2col(DOUT, cache), DX, DW, DB)
    expect_read_only(student, dout=DOUT)


@pytest.mark.graded("conv_backward_im2col", points=0.5)
def test_product_backward_with_a_rest(student):
    """An image of 5 x 6, stride 3, no padding: the pixels that are in no window get 0."""
    _, cache = student.conv_forward_im2col(X_REST, W_REST, B_REST, PARAM_REST)
    expect_gradients(student.conv_backward_im2col(DOUT_REST, cache), DX_REST, DW_REST, DB_REST)


@pytest.mark.graded("conv_backward_im2col", points=0.25)
def test_product_backward_agrees_with_forward(student):
    """Along a direction in x, in w and in b, the outputs change as dx, dw and db say."""
    expect_slopes(student, "conv_forward_im2col", "conv_backward_im2col")


# --- receptive fields


@pytest.mark.graded("receptive_field", points=0.25)
@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ([(3, 1), (3, 1), (3, 1)], 7),
        ([(3, 2), (3, 2), (3, 2)], 15),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], 15),
        ([(5, 1), (2, 2), (5, 1), (2, 2)], 16),
        ([], 1),
    ],
    ids=["three 3 x 3", "with stride 2", "dilated by 1, 2, 4", "LeNet's first four layers", "no layer"],
)
def test_receptive_field(student, layers, size):
    """Fields that can be counted on squared paper."""
    expect.equal(student.receptive_field(layers), size, "The receptive field")


# --- the net

# One filter of 1 x 1, two hidden units, three classes, on an image of 2 x 2: all of it fits on a napkin.
NAPKIN = {
    "W1": np.array([[[[2.0]]]]), "b1": np.array([-3.0]),
    "W2": np.array([[1.0, -1.0]]), "b2": np.array([0.5, 1.0]),
    "W3": np.array([[1.0, 0.0, -1.0], [4.0, 5.0, 6.0]]), "b3": np.array([0.0, 1.0, 2.0]),
}  # fmt: skip
NAPKIN_IMAGES = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[-1.0, 0.5], [1.0, 0.0]]]])
NAPKIN_SCORES = np.array([[5.5, 1.0, -3.5], [4.5, 6.0, 7.5]])


def napkin_net(student, reg=0.0):
    """The net on the napkin."""
    net = student.ThreeLayerConvNet(
        input_dim=(1, 2, 2),
        num_filters=1,
        filter_size=1,
        hidden_dim=2,
        num_classes=3,
        reg=reg,
        dtype="float64",
    )
    net["params"] = NAPKIN
    return net


# Two images of 2 channels, 4 x 7; the third column block of a pool does not fit.
SMALL_SHAPES = {"W1": (3, 2, 3, 3), "b1": (3,), "W2": (18, 4), "b2": (4,), "W3": (4, 5), "b3": (5,)}
SMALL_PARAMS = {
    name: whole(*shape, step=5, modulus=17) / 8 + 0.01 for name, shape in SMALL_SHAPES.items()
}  # no ties, no score of exactly 0
SMALL_IMAGES = whole(2, 2, 4, 7, step=9, modulus=29) / 7


def small_net(student, reg=0.0, **more):
    """A net for images of 2 x 4 x 7 with five classes."""
    return student.ThreeLayerConvNet(
        input_dim=(2, 4, 7), num_filters=3, filter_size=3, hidden_dim=4, num_classes=5, reg=reg,
        **{"dtype": "float64"} | more,
    )  # fmt: skip


@pytest.mark.graded("ThreeLayerConvNet", points=0.5)
def test_net_parameters(student):
    """The arrays' names, shapes and type; with weight_scale=0 they are all 0."""
    params = small_net(student, weight_scale=0.0, dtype="float32")["params"]
    expect.true(type(params) is dict, "params is not a dictionary.")
    for name, shape in SMALL_SHAPES.items():
        expect.true(name in params, f"params has no {name}.")
        expect.close(params[name], np.zeros(shape), name)
        expect.dtype(params[name], "float32", name)


@pytest.mark.graded(
    "ThreeLayerConvNet", points=0.25, hint="Draw each weight from a normal distribution, times weight_scale."
)
def test_net_random_weights(student):
    """40,000 weights: about as many above 0 as below, and of the deviation that was asked for."""
    net = student.ThreeLayerConvNet(
        input_dim=(1, 20, 20), num_filters=4, filter_size=3, hidden_dim=100, num_classes=9, weight_scale=0.03
    )
    W2 = net["params"]["W2"]
    expect.shape(W2, (400, 100), "W2")
    expect.close(np.mean(W2), 0, "The mean of W2", atol=0.003)
    expect.close(np.std(W2), 0.03, "The deviation of W2", rtol=0.1)


@pytest.mark.graded("ThreeLayerConvNet", points=0.25)
def test_net_scores_by_hand(student):
    """One filter of 1 x 1 on two images of 2 x 2."""
    expect.close(napkin_net(student).loss(NAPKIN_IMAGES), NAPKIN_SCORES, "The array of scores")


@pytest.mark.graded("ThreeLayerConvNet", points=0.25)
def test_net_scores_with_padding(student):
    """Three filters of 3 x 3 on two images of 2 x 4 x 7."""
    net = small_net(student)
    net["params"] = SMALL_PARAMS
    wanted = [
        [-0.87146304, 6.93449232, -15.51063491, -3.53622643, 2.14472893],
        [6.61517868, -3.81175123, 0.9476693, 6.51374743, -6.03818248],
    ]
    expect.close(net.loss(SMALL_IMAGES), wanted, "The array of scores")


@pytest.mark.graded("ThreeLayerConvNet", points=0.25)
def test_net_loss_by_hand(student):
    """The cross-entropy of these scores, and 0.5 * reg * (4 + 2 + 79) on top of it."""
    exp = np.exp(NAPKIN_SCORES)
    loss = -np.mean(np.log(exp / exp.sum(axis=1, keepdims=True))[[0, 1], [1, 2]])
    for reg in (0.0, 0.2):
        net = napkin_net(student, reg)
        for again in ("", " in a second call"):
            got = net.loss(NAPKIN_IMAGES, np.array([1, 2]))
            both = type(got) in (tuple, list) and len(got) == 2
            expect.true(both, "Return two things: the loss and the gradients.")
            expect.close(got[0], loss + reg / 2 * 85, f"The loss with reg={reg}{again}")


@pytest.mark.graded("ThreeLayerConvNet", points=0.5)
@pytest.mark.parametrize("reg", [0.0, 0.5])
def test_net_gradients_agree_with_loss(student, reg):
    """Along a direction in each parameter, the loss changes as its gradient says. Images of 4 x 7."""
    net, y, h = small_net(student, reg), np.array([4, 1]), 1e-5
    net["params"] = SMALL_PARAMS
    _, gradients = net.loss(SMALL_IMAGES, y)
    expect.true(type(gradients) is dict, "The gradients are not a dictionary.")
    for name, values in SMALL_PARAMS.items():
        expect.true(name in gradients, f"The gradients have no {name}.")
        expect.shape(gradients[name], values.shape, f"The gradient {name}")
        direction = whole(*values.shape, step=8, modulus=13)
        losses = []
        for step in (h, -h):
            net["params"] = SMALL_PARAMS | {name: values + step * direction}
            losses.append(net.loss(SMALL_IMAGES, y)[0])
        slope = np.sum(direction * np.asarray(gradients[name]))
        expect.close(slope, (losses[0] - losses[1]) / (2 * h), f"The slope by {name}", rtol=1e-4, atol=1e-6)


# --- the questions


@pytest.mark.graded("answer_parameters", points=0)
def test_parameters_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_parameters"], "answer_parameters")


def expect_whole_number(student, name):
    """The answer is one number without a fraction."""
    answer = student[name]
    expect.a_number(answer, name)
    expect.true(
        float(answer).is_integer(), f"{name} is {answer}, expected a whole number.", status="wrong_type"
    )


@pytest.mark.graded("answer_padding", points=0)
def test_padding_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect_whole_number(student, "answer_padding")


@pytest.mark.graded("answer_one_bright_pixel", points=0)
def test_one_bright_pixel_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_one_bright_pixel"], ("a", "b", "c", "d"), "answer_one_bright_pixel")


@pytest.mark.graded("answer_fc6", points=0)
def test_fc6_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_fc6"], "answer_fc6")
