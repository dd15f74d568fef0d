"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Not in here: loops in conv_forward_im2col, which give the right numbers. They fail by their time, which is
not limited in this process.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.mistakes import Catalogue
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.layers.convolution_im2col import conv_backward_im2col, conv_forward_im2col
from cs_lib.layers.convolution_naive import conv_backward_naive, conv_forward_naive
from cs_lib.layers.pooling import max_pool_backward_naive, max_pool_forward_naive
from cs_lib.losses import softmax_loss
from cs_lib.models import ThreeLayerConvNet

FORWARD, BACKWARD = "conv_forward_naive", "conv_backward_naive"
POOL, POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
COLUMNS, PRODUCT, PRODUCT_BACK = "im2col", "conv_forward_im2col", "conv_backward_im2col"
FIELD, NET = "receptive_field", "ThreeLayerConvNet"


def pad_images(x, pad, **options):
    """x with `pad` more pixels on each side, zeros unless the options say otherwise."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), **options)


def im2col(x, kernel_height, kernel_width, stride, pad):
    """Windows as columns, (N, C * kernel_height * kernel_width, places)."""
    view = sliding_window_view(pad_images(x, pad), (kernel_height, kernel_width), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


def receptive_field(layers):
    """The size of the window of the input that one output sees."""
    field, jump = 1, 1
    for kernel, stride, *dilation in layers:
        field += jump * (kernel - 1) * (dilation[0] if dilation else 1)
        jump *= stride
    return field


catalogue = Catalogue(
    {
        FORWARD: conv_forward_naive,
        BACKWARD: conv_backward_naive,
        POOL: max_pool_forward_naive,
        POOL_BACK: max_pool_backward_naive,
        COLUMNS: im2col,
        PRODUCT: conv_forward_im2col,
        PRODUCT_BACK: conv_backward_im2col,
        FIELD: receptive_field,
        NET: ThreeLayerConvNet,
        "answer_parameters": 760,
        "answer_padding": 1,
        "answer_one_bright_pixel": "b",
        "answer_fc6": 7 * 7 * 512 * 4096,
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def both(functions, hint):
    """Register a mistake that can be made in several functions."""

    def register(implementation: Callable) -> Callable:
        for function in functions:
            mistake(function, hint)(implementation)
        return implementation

    return register


# --- as one writes it first, in loops


def in_loops(x, w, b, conv_param, padded):
    """The forward pass in loops over pictures that were padded somehow."""
    stride, pad, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    OH, OW = (x.shape[2] + 2 * pad - HH) // stride + 1, (x.shape[3] + 2 * pad - WW) // stride + 1
    out = np.zeros((len(x), len(w), OH, OW))
    for n, f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(padded[n, :, top : top + HH, left : left + WW] * w[f]) + b[f]
    return out


@mistake(
    FORWARD,
    "np.pad with one number pads all four axes, pictures and channels too: give it a pair for each axis.",
)
def padded_on_all_axes(x, w, b, conv_param):
    padded = np.pad(x, conv_param["pad"])
    return in_loops(x, w, b, conv_param, padded), (x, w, b, conv_param)


@mistake(
    BACKWARD,
    "Each window overwrites what the ones before have left: everybody gets the sum, so += and not =.",
)
def overwriting_all(dout, cache):
    x, w, b, conv_param = cache
    stride, pad, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    padded = pad_images(x, pad)
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
        dw[f] = dout[n, f, i, j] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] = dout[n, f, i, j] * w[f]
        db[f] = dout[n, f, i, j]
    return dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, db


@mistake(
    PRODUCT_BACK,
    "Where slices overlap, dx gets the last share only: add to what is there already, += and not =.",
)
def overwriting_slices(dout, cache):
    x, w, _, conv_param = cache
    stride, pad, (HH, WW) = conv_param["stride"], conv_param["pad"], w.shape[2:]
    _, dw, db = conv_backward_im2col(dout, cache)
    N, F, OH, OW = dout.shape
    shares = (w.reshape(F, -1).T @ dout.reshape(N, F, -1)).reshape(N, x.shape[1], HH, WW, OH, OW)
    dpadded = np.zeros_like(pad_images(x, pad))
    for i, j in np.ndindex(HH, WW):
        dpadded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] = shares[:, :, i, j]
    return dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]], dw, db


@mistake(
    PRODUCT_BACK, "dw is a mean over the pictures. All of them used the same filters: their gradients add up."
)
def mean_over_pictures(dout, cache):
    dx, dw, db = conv_backward_im2col(dout, cache)
    return dx, dw / len(dout), db


@mistake(
    PRODUCT, "b has one number for each filter, which are rows here: b[:, np.newaxis] makes a column of it."
)
def bias_as_a_row(x, w, b, conv_param):
    OH, OW = conv_forward_im2col(x, w, b, conv_param)[0].shape[2:]
    columns = im2col(x, *w.shape[2:], conv_param["stride"], conv_param["pad"])
    out = w.reshape(len(w), -1) @ columns + b
    return out.reshape(len(x), len(w), OH, OW), (x, w, b, conv_param)


@mistake(
    COLUMNS,
    "The windows are collected place by place, so their axis comes first: transpose to (N, numbers, places).",
)
def places_first(x, kernel_height, kernel_width, stride, pad):
    return im2col(x, kernel_height, kernel_width, stride, pad).transpose(2, 0, 1)


@mistake(
    COLUMNS,
    "A slice's end is a place in the picture: OH steps of stride pixels from row i end at i + stride * OH.",
)
def slices_end_too_early(x, kernel_height, kernel_width, stride, pad):
    right = im2col(x, kernel_height, kernel_width, stride, pad)
    padded = pad_images(x, pad)
    OH = (padded.shape[2] - kernel_height) // stride + 1
    OW = (padded.shape[3] - kernel_width) // stride + 1
    columns = np.zeros((len(x), x.shape[1], kernel_height, kernel_width, OH, OW))
    for i, j in np.ndindex(kernel_height, kernel_width):
        columns[:, :, i, j] = padded[:, :, i : i + OH : stride, j : j + OW : stride]
    return columns.reshape(right.shape)


def pool_of_size(size):
    """Max pooling with size(height, pool, stride) outputs along an axis."""

    def pool(x, pool_param):
        tall, wide, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        OH, OW = size(x.shape[2], tall, stride), size(x.shape[3], wide, stride)
        out = np.zeros((*x.shape[:2], OH, OW))
        for i, j in np.ndindex(OH, OW):
            window = x[:, :, i * stride : i * stride + tall, j * stride : j * stride + wide]
            out[:, :, i, j] = window.max(axis=(2, 3))
        return out, (x, pool_param)

    return pool


POOL_SIZE = "The size of the output needs both: (height - pool_height) // stride + 1, and alike across."


@mistake(POOL, POOL_SIZE)
def pooled_by_stride(x, pool_param):
    return pool_of_size(lambda side, window, stride: side // stride)(x, pool_param)


@mistake(POOL, POOL_SIZE)
def pooled_by_window(x, pool_param):
    return pool_of_size(lambda side, window, stride: side // window)(x, pool_param)


@mistake(
    FIELD, "An entry may have a third number, the dilation: take the entry apart after a look at its length."
)
def field_of_pairs(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


# --- the forward pass, in loops or by a product


def convolve(x, w, b, stride, pad, **padding):
    """A convolution."""
    view = sliding_window_view(pad_images(x, pad, **padding), w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,fcij->nfhw", view[:, :, ::stride, ::stride], w) + b[:, None, None]


def forward_mistake(hint):
    """Register a wrong out(x, w, b, stride, pad) for both ways to convolve."""

    def register(out: Callable) -> Callable:
        def forward(x, w, b, conv_param):
            return out(x, w, b, conv_param["stride"], conv_param["pad"]), (x, w, b, conv_param)

        forward.__name__ = out.__name__
        both((FORWARD, PRODUCT), hint)(forward)
        return out

    return register


def fitted(out, height, width):
    """out cut, or filled up with zeros, to this height and width."""
    result = np.zeros((*out.shape[:2], height, width))
    part = out[:, :, :height, :width]
    result[:, :, : part.shape[2], : part.shape[3]] = part
    return result


@forward_mistake("There is always one pixel of padding, whatever conv_param['pad'] says.")
def always_pads_by_one(x, w, b, stride, pad):
    return convolve(x, w, b, stride, 1)


@forward_mistake(
    "The images have not been padded. How many rows and columns of zeros does conv_param ask for?"
)
def never_pads(x, w, b, stride, pad):
    return convolve(x, w, b, stride, 0)


@forward_mistake("Your window moves by one pixel and the output is too large: where do you use the stride?")
def ignores_stride(x, w, b, stride, pad):
    return convolve(x, w, b, 1, pad)


@forward_mistake(
    "The output has the right size, but its windows are those of stride 1: output (y, x) looks at "
    "which rows of the image?"
)
def stride_in_the_size_only(x, w, b, stride, pad):
    out = convolve(x, w, b, stride, pad)
    return convolve(x, w, b, 1, pad)[:, :, : out.shape[2], : out.shape[3]]


@forward_mistake(
    "The output's width is computed from the height. Images need not be square: compute both sizes, "
    "each from its own."
)
def square_images_only(x, w, b, stride, pad):
    out = convolve(x, w, b, stride, pad)
    return fitted(out, out.shape[2], (x.shape[2] + 2 * pad - w.shape[3]) // stride + 1)


@forward_mistake(
    "The output's width is computed from the height. Images need not be square: compute both sizes, "
    "each from its own."
)
def as_wide_as_high(x, w, b, stride, pad):
    out = convolve(x, w, b, stride, pad)
    return fitted(out, out.shape[2], out.shape[2])


@forward_mistake("Your filter is as wide as it is high. Take its width from w.shape[3].")
def square_filters_only(x, w, b, stride, pad):
    size = w.shape[2]
    square = np.zeros((*w.shape[:2], size, size))
    part = w[..., :size]
    square[..., : part.shape[3]] = part
    return convolve(x, square, b, stride, pad)


@forward_mistake(
    "The filter is turned by 180 degrees before it is used. That is what mathematicians call a convolution; "
    "here window and filter are multiplied as they lie."
)
def turns_the_filter(x, w, b, stride, pad):
    return convolve(x, w[:, :, ::-1, ::-1], b, stride, pad)


@forward_mistake("Rows and columns of the output have changed places.")
def output_transposed(x, w, b, stride, pad):
    return convolve(x, w, b, stride, pad).swapaxes(2, 3)


@forward_mistake("The biases are missing: each filter adds its own to each of its outputs.")
def no_bias(x, w, b, stride, pad):
    return convolve(x, w, 0 * b, stride, pad)


@forward_mistake("The bias is added once for each channel. Once for each window is enough.")
def bias_for_each_channel(x, w, b, stride, pad):
    return convolve(x, w, x.shape[1] * b, stride, pad)


@forward_mistake("The bias is added once for each product. Add up the products first, then the bias.")
def bias_for_each_product(x, w, b, stride, pad):
    return convolve(x, w, w[0].size * b, stride, pad)


@forward_mistake(
    "Only the first image of the batch is convolved, the others stay 0: where does your outer loop end?"
)
def first_image_only(x, w, b, stride, pad):
    out = convolve(x, w, b, stride, pad)
    out[1:] = 0
    return out


@forward_mistake("The last filter is never used: where does the loop over the filters end?")
def one_filter_short(x, w, b, stride, pad):
    out = convolve(x, w, b, stride, pad)
    out[:, -1] = 0
    return out


@forward_mistake("The padding repeats the border of the image. Asked for are zeros.")
def pads_with_the_edge(x, w, b, stride, pad):
    return convolve(x, w, b, stride, pad, mode="edge")


@forward_mistake(
    "You pad on one side only: pad rows above and below, pad columns on the left and on the right."
)
def pads_on_one_side(x, w, b, stride, pad):
    return convolve(np.pad(x, ((0, 0), (0, 0), (0, pad), (0, pad))), w, b, stride, 0)


@forward_mistake(
    "The batch is padded too, so there are more images than before. np.pad takes a pair for each "
    "axis: (0, 0) for the first two."
)
def pads_the_batch_too(x, w, b, stride, pad):
    return convolve(np.pad(x, ((pad, pad), (0, 0), (pad, pad), (pad, pad))), w, b, stride, 0)


@forward_mistake("One window too many at the end: a window that does not fit is left out, so round down.")
def rounds_the_size_up(x, w, b, stride, pad):
    rests = [
        -(size + 2 * pad - kernel) % stride for size, kernel in zip(x.shape[2:], w.shape[2:], strict=True)
    ]
    return convolve(
        np.pad(pad_images(x, pad), ((0, 0), (0, 0), (0, rests[0]), (0, rests[1]))), w, b, stride, 0
    )


@forward_mistake("One window too few in each direction: the first one counts too, so + 1.")
def one_window_short(x, w, b, stride, pad):
    return convolve(x, w, b, stride, pad)[:, :, :-1, :-1]


@forward_mistake(
    "Only the first channel is used. A filter has weights for all channels, and adds them all up."
)
def first_channel_only(x, w, b, stride, pad):
    return convolve(x[:, :1], w[:, :1], b, stride, pad)


@forward_mistake("You take means over the window. A convolution adds the products up.")
def means_of_products(x, w, b, stride, pad):
    return convolve(x, w / w[0].size, b, stride, pad)


@forward_mistake("Your output holds whole numbers: the array that you write into has an integer dtype.")
def whole_numbers_only(x, w, b, stride, pad):
    return np.trunc(convolve(x, w, b, stride, pad))


@mistake(
    FORWARD,
    "Your window is laid around a centre, which works for odd filters only: let it begin at (y * "
    "stride, x * stride).",
)
def centred_windows(x, w, b, conv_param):
    even = [(size + 1) % 2 for size in w.shape[2:]]  # a window around a centre is one larger than these
    odd = np.pad(w, ((0, 0), (0, 0), (even[0], 0), (even[1], 0)))
    wide = np.pad(pad_images(x, conv_param["pad"]), ((0, 0), (0, 0), (0, even[0]), (0, even[1])))
    return convolve(wide, odd, b, conv_param["stride"], 0), (x, w, b, conv_param)


@mistake(FORWARD, "The results are right, but x comes back changed: it belongs to the caller.")
def forward_changes_x(x, w, b, conv_param):
    out = convolve(x, w, b, conv_param["stride"], conv_param["pad"])
    x -= x.mean()
    return out, (x, w, b, conv_param)


def product(x, w, b, conv_param, combine):
    """The output from filters as rows and windows as columns, put together by `combine`."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    n, (f, _, hh, ww) = len(x), w.shape
    size = [(a + 2 * pad - k) // stride + 1 for a, k in zip(x.shape[2:], (hh, ww), strict=True)]
    return combine(im2col(x, hh, ww, stride, pad), w.reshape(f, -1), b, n, f, size), (x, w, b, conv_param)


@mistake(
    PRODUCT,
    "Images and filters are mixed up: after one large product the axes have another order, and "
    "reshape alone does not move them.",
)
def product_reshaped_without_transpose(x, w, b, conv_param):
    def combine(columns, rows, b, n, f, size):
        out = rows @ columns.transpose(1, 0, 2).reshape(columns.shape[1], -1) + b[:, None]
        return out.reshape(n, f, *size)

    return product(x, w, b, conv_param, combine)


@mistake(
    PRODUCT,
    "The filters' numbers are in the wrong order: reshape w to (F, C * HH * WW), don't transpose it "
    "on the way.",
)
def product_with_transposed_filters(x, w, b, conv_param):
    mixed = w.transpose(0, 2, 3, 1).reshape(w.shape)
    out, _ = product(
        x, mixed, b, conv_param, lambda c, r, b, n, f, size: (r @ c + b[:, None]).reshape(n, f, *size)
    )
    return out, (x, w, b, conv_param)


@mistake(PRODUCT, "You return the matrix product as it is: shape it into (N, F, OH, OW).")
def product_left_flat(x, w, b, conv_param):
    return product(x, w, b, conv_param, lambda c, r, b, n, f, size: r @ c + b[:, None])


@mistake(PRODUCT, "The output's height and width have changed places in your last reshape.")
def product_with_sizes_exchanged(x, w, b, conv_param):
    return product(
        x, w, b, conv_param, lambda c, r, b, n, f, size: (r @ c + b[:, None]).reshape(n, f, size[1], size[0])
    )


@right(FORWARD)
@right(PRODUCT)
def forward_by_einsum(x, w, b, conv_param):
    return convolve(x, w, b, conv_param["stride"], conv_param["pad"]), {
        "x": x,
        "w": w,
        "b": b,
        "param": conv_param,
    }


@right(FORWARD)
def forward_in_six_loops(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    (n, _, h, width), (f, _, hh, ww) = x.shape, w.shape
    out = np.zeros((n, f, 1 + (h + 2 * pad - hh) // stride, 1 + (width + 2 * pad - ww) // stride))
    for image, k, y, u in np.ndindex(out.shape):
        total = b[k]
        for i in range(hh):
            for j in range(ww):
                row, column = y * stride + i - pad, u * stride + j - pad
                if 0 <= row < h and 0 <= column < width:
                    total = total + x[image, :, row, column] @ w[k, :, i, j]
        out[image, k, y, u] = total
    return out, [x, w, b, conv_param]


@right(FORWARD)
@right(PRODUCT)
def forward_by_shifted_images(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded, (hh, ww) = pad_images(x, pad), w.shape[2:]
    height, width = ((s - k) // stride + 1 for s, k in zip(padded.shape[2:], (hh, ww), strict=True))
    out = np.zeros((len(x), len(w), height, width), dtype=x.dtype) + b.reshape(1, -1, 1, 1)
    for i in range(hh):
        for j in range(ww):
            part = padded[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            out += np.tensordot(w[:, :, i, j], part, axes=(1, 1)).transpose(1, 0, 2, 3)
    return out, (padded, w, pad, stride)


@right(PRODUCT)
def forward_by_one_large_product(x, w, b, conv_param):
    columns = im2col(x, *w.shape[2:], conv_param["stride"], conv_param["pad"])
    flat = w.reshape(len(w), -1) @ np.hstack(list(columns))
    width = (x.shape[3] + 2 * conv_param["pad"] - w.shape[3]) // conv_param["stride"] + 1
    out = flat.reshape(len(w), len(x), -1, width).transpose(1, 0, 2, 3) + b.reshape(-1, 1, 1)
    return out, (x, w, b, conv_param, columns)


# --- the backward pass, in loops or by products


def slopes(dout, cache, read=None, write=None, add=True, turn=False):
    """(dpadded, dw, db) with loops over images, filters and places; the options make it wrong.

    read, write: (row, column) where the window of an output begins, for dw and for dx. add: whether
    overlapping gradients add up. turn: whether the filter is turned for dx.
    """
    x, w, _, param = cache
    stride, pad = param["stride"], param["pad"]
    padded, (hh, ww) = pad_images(x, pad), w.shape[2:]
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    starts = lambda y, u: (y * stride, u * stride)  # noqa: E731
    read, write = read or starts, write or starts
    for n, f, y, u in np.ndindex(dout.shape):
        top, left = read(y, u)
        dw[f] += dout[n, f, y, u] * padded[n, :, top : top + hh, left : left + ww]
        top, left = write(y, u)
        part = dout[n, f, y, u] * (w[f, :, ::-1, ::-1] if turn else w[f])
        if add:
            dpadded[n, :, top : top + hh, left : left + ww] += part
        else:
            dpadded[n, :, top : top + hh, left : left + ww] = part
    return dpadded, dw, dout.sum(axis=(0, 2, 3))


def cut(dpadded, cache):
    """The part of dpadded that belongs to the image."""
    (_, _, height, width), pad = cache[0].shape, cache[3]["pad"]
    return dpadded[:, :, pad : pad + height, pad : pad + width]


def backward_mistake(hint):
    """Register a wrong backward(dout, cache) for both ways to convolve."""
    return both((BACKWARD, PRODUCT_BACK), hint)


def correct(dout, cache):
    """The right gradients, for mistakes that spoil one of them."""
    dpadded, dw, db = slopes(dout, cache)
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "With pad 0 your dx is empty: the slice [0:-0] holds nothing. Name the end by its number, pad + H."
)
def cuts_by_minus_pad(dout, cache):
    dpadded, dw, db = slopes(dout, cache)
    pad = cache[3]["pad"]
    return dpadded[:, :, pad:-pad, pad:-pad], dw, db


@backward_mistake("You always cut one pixel off dx on each side. How many there are, conv_param says.")
def cuts_by_one(dout, cache):
    dpadded, dw, db = slopes(dout, cache)
    return dpadded[:, :, 1:-1, 1:-1], dw, db


@backward_mistake(
    "dx has the size of the padded images: the gradient of the padding itself is not asked for."
)
def dx_left_padded(dout, cache):
    return slopes(dout, cache)


@backward_mistake(
    "dx is that of a filter turned by 180 degrees. Each gradient goes back with the very weight "
    "that it came with."
)
def turns_the_filter_back(dout, cache):
    dpadded, dw, db = slopes(dout, cache, turn=True)
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "dw is multiplied with windows that begin at the wrong column: does the stride enter there too?"
)
def dw_column_without_stride(dout, cache):
    stride = cache[3]["stride"]
    dpadded, dw, db = slopes(dout, cache, read=lambda y, u: (y * stride, u))
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "dw is multiplied with windows of stride 1: window (y, x) begins at y * stride and x * stride."
)
def dw_without_stride(dout, cache):
    dpadded, dw, db = slopes(dout, cache, read=lambda y, u: (y, u))
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "The gradients in dx land where stride 1 would have put them: window (y, x) begins at y * "
    "stride and x * stride."
)
def dx_without_stride(dout, cache):
    dpadded, dw, db = slopes(dout, cache, write=lambda y, u: (y, u))
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "Where windows overlap, the last one wins. A pixel that was used several times gets the sum: += "
    "instead of =."
)
def dx_overwritten(dout, cache):
    dpadded, dw, db = slopes(dout, cache, add=False)
    return cut(dpadded, cache), dw, db


@backward_mistake(
    "db has a number for each image. There is a bias for each filter: over which axes of dout do you add up?"
)
def db_over_wrong_axes(dout, cache):
    dx, dw, _ = correct(dout, cache)
    return dx, dw, dout.sum(axis=(1, 2, 3))


@backward_mistake(
    "db is a mean. The bias was added to every output, so it gets the sum of all their gradients."
)
def db_as_a_mean(dout, cache):
    dx, dw, _ = correct(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@backward_mistake("db comes from the first image only. Add up over the batch as well.")
def db_of_the_first_image(dout, cache):
    dx, dw, _ = correct(dout, cache)
    return dx, dw, dout[0].sum(axis=(1, 2))


@backward_mistake("db is one number for all filters: each filter has a bias of its own.")
def db_of_all_filters(dout, cache):
    dx, dw, db = correct(dout, cache)
    return dx, dw, np.full_like(db, db.sum())


@backward_mistake(
    "Your dw is averaged over the batch. The mean has been taken by the loss; here gradients add up."
)
def dw_averaged(dout, cache):
    dx, dw, db = correct(dout, cache)
    windows = dout.shape[0] * dout.shape[2] * dout.shape[3]
    return dx, dw / windows, db


@backward_mistake("dw comes from one image only. The same weights serve all images: add up over the batch.")
def dw_of_the_last_image(dout, cache):
    x, w, b, param = cache
    dx, _, db = correct(dout, cache)
    return dx, slopes(dout[-1:], (x[-1:], w, b, param))[1], db


@backward_mistake(
    "Your dw comes from the images without padding. The filter also saw the zeros around them: pad "
    "as in forward."
)
def dw_of_images_not_padded(dout, cache):
    x, w, b, param = cache
    dx, _, db = correct(dout, cache)
    wide = np.pad(x, ((0, 0), (0, 0), (0, 2 * param["pad"]), (0, 2 * param["pad"])))
    return dx, slopes(dout, (wide, w, b, param | {"pad": 0}))[1], db


@backward_mistake(
    "dx comes from one filter only. Every filter looked at the images: add up over the filters."
)
def dx_of_the_last_filter(dout, cache):
    x, w, b, param = cache
    _, dw, db = correct(dout, cache)
    return cut(slopes(dout[:, -1:], (x, w[-1:], b[-1:], param))[0], cache), dw, db


@backward_mistake("dx is the same in all channels. Each channel has weights of its own.")
def dx_the_same_in_all_channels(dout, cache):
    dx, dw, db = correct(dout, cache)
    return np.broadcast_to(dx.sum(axis=1, keepdims=True), dx.shape), dw, db


@backward_mistake("Right gradients in the wrong order: return dx, dw, db.")
def gradients_in_another_order(dout, cache):
    dx, dw, db = correct(dout, cache)
    return dw, dx, db


@backward_mistake("Your loops run over a square: the height of dout is taken for its width.")
def square_outputs_only(dout, cache):
    side = min(dout.shape[2:])
    part = dout.copy()
    part[:, :, side:], part[:, :, :, side:] = 0, 0
    return correct(part, cache)


@backward_mistake("dw is turned by 180 degrees. Weight (i, j) met pixel (i, j) of its window.")
def dw_turned(dout, cache):
    dx, dw, db = correct(dout, cache)
    return dx, dw[:, :, ::-1, ::-1], db


@backward_mistake(
    "The gradients in dx carry no weights: each goes back multiplied by the weight that its pixel met."
)
def dx_without_weights(dout, cache):
    x, w, b, param = cache
    _, dw, db = correct(dout, cache)
    return cut(slopes(dout, (x, np.ones_like(w), b, param))[0], cache), dw, db


@mistake(
    PRODUCT_BACK,
    "dw has the transposed filters' numbers in it: look at the shapes of the two factors and which "
    "one has to be transposed.",
)
def product_dw_transposed(dout, cache):
    dx, dw, db = correct(dout, cache)
    return dx, dw.reshape(len(dw), -1).T.reshape(dw.shape), db


@mistake(
    PRODUCT_BACK,
    "dx is the transposed image of what it should be: look at the order of the places in your columns.",
)
def product_dx_with_places_exchanged(dout, cache):
    _, dw, db = correct(dout, cache)
    other = dout.swapaxes(2, 3).reshape(dout.shape)
    return correct(other, cache)[0], dw, db


@mistake(PRODUCT_BACK, "dout comes back changed: it belongs to the caller.")
def product_changes_dout(dout, cache):
    gradients = correct(dout, cache)
    dout *= 2
    return gradients


@mistake(BACKWARD, "dout comes back changed: it belongs to the caller.")
def backward_changes_dout(dout, cache):
    gradients = correct(dout, cache)
    dout -= dout.mean()
    return gradients


@right(BACKWARD)
@right(PRODUCT_BACK)
def backward_in_loops(dout, cache):
    return list(correct(dout, cache))


@right(BACKWARD)
@right(PRODUCT_BACK)
def backward_by_scattered_columns(dout, cache):
    x, w, _, param = cache
    (n, c, h, width), (f, _, hh, ww), stride, pad = x.shape, w.shape, param["stride"], param["pad"]
    upstream = dout.reshape(n, f, -1)
    dw = np.einsum("nfp,nkp->fk", upstream, im2col(x, hh, ww, stride, pad)).reshape(w.shape)
    numbers = np.arange(n * c * (h + 2 * pad) * (width + 2 * pad)).reshape(n, c, h + 2 * pad, -1)
    places = im2col(numbers, hh, ww, stride, 0)
    flat = np.zeros(numbers.size)
    np.add.at(flat, places, np.einsum("fk,nfp->nkp", w.reshape(f, -1), upstream))
    return cut(flat.reshape(numbers.shape), cache), dw, upstream.sum(axis=(0, 2))


@right(BACKWARD)
@right(PRODUCT_BACK)
def backward_by_shifted_images(dout, cache):
    x, w, b, param = cache
    stride, pad, (oh, ow) = param["stride"], param["pad"], dout.shape[2:]
    padded = pad_images(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i, j in np.ndindex(w.shape[2:]):
        part = np.s_[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
        dw[:, :, i, j] = np.einsum("nfyx,ncyx->fc", dout, padded[part])
        dpadded[part] += np.einsum("nfyx,fc->ncyx", dout, w[:, :, i, j])
    return cut(dpadded, cache), dw, np.einsum("nfyx->f", dout).astype(b.dtype)


# --- max pooling


def pool(x, param, reduce=np.max, size=None, step=None):
    """reduce over windows (n, c, i, j) of x; size and step are what the parameters say, or else."""
    height, width = size or (param["pool_height"], param["pool_width"])
    step = step or (param["stride"], param["stride"])
    view = sliding_window_view(x, (height, width), axis=(2, 3))[:, :, :: step[0], :: step[1]]
    return reduce(view, axis=(4, 5)), (x, param)


@mistake(POOL, "Your windows are as wide as they are high. The width is pool_width.")
def pool_square_windows(x, param):
    return pool(x, param, size=(param["pool_height"],) * 2)


@mistake(POOL, "The output's width comes from pool_height: compute each size from its own window.")
def pool_width_from_height(x, param):
    out, cache = pool(x, param)
    return fitted(out, out.shape[2], (x.shape[3] - param["pool_height"]) // param["stride"] + 1), cache


@mistake(POOL, "pool_height and pool_width have changed places.")
def pool_sizes_exchanged(x, param):
    return pool(x, param, size=(param["pool_width"], param["pool_height"]))


@mistake(
    POOL,
    "Your windows lie side by side. They begin `stride` pixels apart, which may be less or more "
    "than their size.",
)
def pool_steps_by_its_size(x, param):
    return pool(x, param, step=(param["pool_height"], param["pool_width"]))


@mistake(POOL, "Your windows begin one pixel apart: where do you use the stride?")
def pool_without_stride(x, param):
    return pool(x, param, step=(1, 1))


@mistake(POOL, "Negative maxima have become 0: is 0 among the numbers that you compare?")
def pool_starts_at_zero(x, param):
    out, cache = pool(x, param)
    return np.maximum(out, 0), cache


@mistake(POOL, "These are means. Asked for is the largest number of each window.")
def pool_of_means(x, param):
    return pool(x, param, np.mean)


@mistake(POOL, "These are the smallest numbers of the windows.")
def pool_of_minima(x, param):
    return pool(x, param, np.min)


@mistake(POOL, "You take the number that is farthest from 0. -5 is not larger than 3.")
def pool_of_magnitudes(x, param):
    low, cache = pool(x, param, np.min)
    high, _ = pool(x, param)
    return np.where(-low > high, low, high), cache


@mistake(POOL, "All channels give the same: each has a maximum of its own.")
def pool_over_channels(x, param):
    out, cache = pool(x, param)
    return np.broadcast_to(out.max(axis=1, keepdims=True), out.shape), cache


@mistake(POOL, "All images give the same: each has maxima of its own.")
def pool_over_images(x, param):
    out, cache = pool(x, param)
    return np.broadcast_to(out.max(axis=0, keepdims=True), out.shape), cache


@mistake(
    POOL, "Windows that reach over the border have been counted: a window that does not fit is left out."
)
def pool_with_partial_windows(x, param):
    sizes = param["pool_height"], param["pool_width"]
    rests = [-(s - k) % param["stride"] for s, k in zip(x.shape[2:], sizes, strict=True)]
    wide = np.pad(x, ((0, 0), (0, 0), (0, rests[0]), (0, rests[1])), constant_values=-np.inf)
    return pool(wide, param)[0], (x, param)


@mistake(POOL, "One window too few in each direction: the first one counts too, so + 1.")
def pool_one_window_short(x, param):
    out, cache = pool(x, param)
    return out[:, :, :-1, :-1], cache


@mistake(POOL, "Only the first image is pooled: where does your outer loop end?")
def pool_of_the_first_image(x, param):
    out, cache = pool(x, param)
    return np.where(np.arange(len(x))[:, None, None, None] == 0, out, 0), cache


@mistake(POOL, "Rows and columns of the output have changed places.")
def pool_transposed(x, param):
    out, cache = pool(x, param)
    return out.swapaxes(2, 3), cache


@mistake(POOL, "x comes back changed: it belongs to the caller.")
def pool_changes_x(x, param):
    out, cache = pool(x.copy(), param)
    x[:, :, 0, 0] = 0
    return out, cache


@right(POOL)
def pool_by_a_view(x, param):
    return pool(x, param)[0], {"x": x, **param}


@right(POOL)
def pool_in_four_loops(x, param):
    h, w, s = param["pool_height"], param["pool_width"], param["stride"]
    out = np.full((*x.shape[:2], (x.shape[2] - h) // s + 1, (x.shape[3] - w) // s + 1), -np.inf)
    for n, c, y, u in np.ndindex(out.shape):
        out[n, c, y, u] = max(x[n, c, y * s : y * s + h, u * s : u * s + w].ravel())
    return out, [x, h, w, s]


@right(POOL)
def pool_by_shifted_images(x, param):
    h, w, s = param["pool_height"], param["pool_width"], param["stride"]
    oh, ow = (x.shape[2] - h) // s + 1, (x.shape[3] - w) // s + 1
    parts = [x[:, :, i : i + s * oh : s, j : j + s * ow : s] for i in range(h) for j in range(w)]
    return np.max(parts, axis=0), (x, param, np.argmax(parts, axis=0))


def spread(dout, cache, place, height=None, width=None, step=None, add=True):
    """dx with dout at place(window) of each window, or where the options say."""
    x, param = cache
    height, width = height or param["pool_height"], width or param["pool_width"]
    step = step or (param["stride"], param["stride"])
    dx = np.zeros(x.shape)
    for n, c, y, u in np.ndindex(dout.shape):
        top, left = y * step[0], u * step[1]
        window = x[n, c, top : top + height, left : left + width]
        share = dout[n, c, y, u] * place(window)
        part = dx[n, c, top : top + height, left : left + width]
        part[...] = part + share if add else np.where(share != 0, share, part)
    return dx


def at(index, window):
    """1 at a flat index of a window, 0 elsewhere."""
    mask = np.zeros(window.shape)
    mask.flat[index] = 1
    return mask


def at_max(window):
    """1 at the maximum of a window, 0 elsewhere."""
    return at(window.argmax(), window)


@mistake(
    POOL_BACK, "A pixel that is the maximum of several windows gets the last gradient only: += instead of =."
)
def pool_back_overwrites(dout, cache):
    return spread(dout, cache, at_max, add=False)


@mistake(
    POOL_BACK, "The gradient is shared out among the whole window. Only the maximum had a part in the output."
)
def pool_back_shares(dout, cache):
    return spread(dout, cache, lambda window: np.full(window.shape, 1 / window.size))


@mistake(POOL_BACK, "Every pixel of a window gets the gradient. Only the maximum had a part in the output.")
def pool_back_to_all(dout, cache):
    return spread(dout, cache, lambda window: np.ones(window.shape))


@mistake(POOL_BACK, "The gradient goes to the number farthest from 0, not to the largest one.")
def pool_back_to_the_largest_magnitude(dout, cache):
    return spread(dout, cache, lambda window: at(np.abs(window).argmax(), window))


@mistake(POOL_BACK, "The gradient goes to the smallest number of each window.")
def pool_back_to_the_minimum(dout, cache):
    return spread(dout, cache, lambda window: at(window.argmin(), window))


@mistake(
    POOL_BACK,
    "The gradient arrives at the maximum's place counted from the window's corner: add where the "
    "window begins.",
)
def pool_back_without_offset(dout, cache):
    x, param = cache
    s, h, w = param["stride"], param["pool_height"], param["pool_width"]
    dx = np.zeros(x.shape)
    for n, c, y, u in np.ndindex(dout.shape):
        window = x[n, c, y * s : y * s + h, u * s : u * s + w]
        dx[n, c][np.unravel_index(window.argmax(), window.shape)] += dout[n, c, y, u]
    return dx


@mistake(POOL_BACK, "Row and column of the maximum have changed places in its window.")
def pool_back_row_for_column(dout, cache):
    return spread(dout, cache, lambda window: at(window.T.argmax(), window))


@mistake(POOL_BACK, "The maximum is looked for in all channels at once: each channel has its own.")
def pool_back_over_channels(dout, cache):
    x, param = cache
    s, h, w = param["stride"], param["pool_height"], param["pool_width"]
    dx = np.zeros(x.shape)
    for n, y, u in np.ndindex(dout.shape[0], *dout.shape[2:]):
        window = x[n, :, y * s : y * s + h, u * s : u * s + w]
        dx[n, :, y * s : y * s + h, u * s : u * s + w] += at_max(window) * dout[n, :, y, u].sum()
    return dx


@mistake(POOL_BACK, "Your windows lie side by side. They begin `stride` pixels apart, as in forward.")
def pool_back_steps_by_size(dout, cache):
    param = cache[1]
    x = np.pad(cache[0], ((0, 0), (0, 0), (0, 30), (0, 30)), constant_values=-np.inf)
    dx = spread(dout, (x, param), at_max, step=(param["pool_height"], param["pool_width"]))
    return dx[:, :, : cache[0].shape[2], : cache[0].shape[3]]


@mistake(POOL_BACK, "Your windows begin one pixel apart: where do you use the stride?")
def pool_back_without_stride(dout, cache):
    return spread(dout, cache, at_max, step=(1, 1))


@mistake(POOL_BACK, "Your windows are as wide as they are high. The width is pool_width.")
def pool_back_square_windows(dout, cache):
    return spread(dout, cache, at_max, width=cache[1]["pool_height"])


@mistake(POOL_BACK, "Your windows are as high as they are wide. The height is pool_height.")
def pool_back_square_windows_by_width(dout, cache):
    return spread(dout, cache, at_max, height=cache[1]["pool_width"])


@mistake(POOL_BACK, "The maxima are marked by 1: what comes back is dout, at these places.")
def pool_back_marks_only(dout, cache):
    return spread(np.ones_like(dout), cache, at_max)


@mistake(
    POOL_BACK, "The gradient is multiplied by the maximum. The maximum is passed on as it is: its slope is 1."
)
def pool_back_times_x(dout, cache):
    return spread(dout * pool(*cache)[0], cache, at_max)


@mistake(POOL_BACK, "Only the first image has a gradient: where does your outer loop end?")
def pool_back_of_the_first_image(dout, cache):
    return spread(dout[:1], cache, at_max)


@mistake(POOL_BACK, "dout comes back changed: it belongs to the caller.")
def pool_back_changes_dout(dout, cache):
    dx = spread(dout, cache, at_max)
    dout *= 0
    return dx


@right(POOL_BACK)
def pool_back_by_mask(dout, cache):
    return spread(dout, cache, lambda window: window == window.max())


@right(POOL_BACK)
def pool_back_by_shares_of_ties(dout, cache):
    return spread(dout, cache, lambda window: (window == window.max()) / np.sum(window == window.max()))


@right(POOL_BACK)
def pool_back_for_all_images_at_once(dout, cache):
    x, param = cache
    s, h, w = param["stride"], param["pool_height"], param["pool_width"]
    dx = np.zeros_like(x)
    for y, u in np.ndindex(dout.shape[2:]):
        window = np.s_[:, :, y * s : y * s + h, u * s : u * s + w]
        biggest = x[window].max(axis=(2, 3), keepdims=True)
        dx[window] += (x[window] == biggest) * dout[:, :, y : y + 1, u : u + 1]
    return dx


# --- im2col


def windows(x, kernel_height, kernel_width, stride, pad, **padding):
    """All windows, (N, C, OH, OW, kernel_height, kernel_width)."""
    view = sliding_window_view(pad_images(x, pad, **padding), (kernel_height, kernel_width), axis=(2, 3))
    return view[:, :, ::stride, ::stride]


@mistake(
    COLUMNS,
    "Your rows go through the channels fastest. The order is channel, row, column, as in w.reshape(F, -1).",
)
def columns_channels_last(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad).transpose(0, 4, 5, 1, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(
    COLUMNS,
    "Your places go down the image first. The order is that of reading: along each row, then the next row.",
)
def columns_down_first(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad).transpose(0, 1, 4, 5, 3, 2)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(COLUMNS, "Within a window you go down first. The order is channel, row, column.")
def columns_windows_transposed(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad).transpose(0, 1, 5, 4, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(COLUMNS, "Your windows are rows. Each window becomes a column: (N, C * HH * WW, places).")
def columns_as_rows(x, kernel_height, kernel_width, stride, pad):
    return im2col(x, kernel_height, kernel_width, stride, pad).swapaxes(1, 2)


@mistake(
    COLUMNS,
    "The shape is right but the numbers are not: reshape does not move an axis. Transpose before "
    "you reshape.",
)
def columns_reshaped_only(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(COLUMNS, "The images have not been padded.")
def columns_without_padding(x, kernel_height, kernel_width, stride, pad):
    return im2col(x, kernel_height, kernel_width, stride, 0)


@mistake(COLUMNS, "There are as many columns as with stride 1: where do you use the stride?")
def columns_without_stride(x, kernel_height, kernel_width, stride, pad):
    return im2col(x, kernel_height, kernel_width, 1, pad)


@mistake(
    COLUMNS,
    "The right number of columns, but of neighbouring windows: window (y, x) begins at y * stride "
    "and x * stride.",
)
def columns_of_neighbours(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, 1, pad)
    oh, ow = windows(x, kernel_height, kernel_width, stride, pad).shape[2:4]
    view = view[:, :, :oh, :ow].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(
    COLUMNS, "The columns of all images lie side by side in one matrix. Asked for is a matrix for each image."
)
def columns_of_all_images(x, kernel_height, kernel_width, stride, pad):
    return np.hstack(list(im2col(x, kernel_height, kernel_width, stride, pad)))


@mistake(COLUMNS, "Your windows are square: kernel_width is not used.")
def columns_of_square_windows(x, kernel_height, kernel_width, stride, pad):
    return im2col(x, kernel_height, kernel_height, stride, pad)


@mistake(COLUMNS, "The windows are turned by 180 degrees.")
def columns_turned(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad)[..., ::-1, ::-1].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(COLUMNS, "The border is padded with copies of the image's edge. Asked for are zeros.")
def columns_with_edges(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad, mode="edge").transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, -1)


@mistake(COLUMNS, "The last window of each row is missing: how many places are there, along each axis?")
def columns_one_short(x, kernel_height, kernel_width, stride, pad):
    view = windows(x, kernel_height, kernel_width, stride, pad)[:, :, :, :-1].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(len(x), x.shape[1] * kernel_height * kernel_width, view.shape[4] * view.shape[5])


@mistake(COLUMNS, "Windows and places are six axes where three are asked for: flatten them.")
def columns_left_as_windows(x, kernel_height, kernel_width, stride, pad):
    return windows(x, kernel_height, kernel_width, stride, pad).transpose(0, 1, 4, 5, 2, 3)


@right(COLUMNS)
def columns_by_slices(x, kernel_height, kernel_width, stride, pad):
    padded = pad_images(x, pad)
    oh = 1 + (padded.shape[2] - kernel_height) // stride
    ow = 1 + (padded.shape[3] - kernel_width) // stride
    rows = [
        padded[:, c, i : i + stride * oh : stride, j : j + stride * ow : stride].reshape(len(x), -1)
        for c in range(x.shape[1])
        for i in range(kernel_height)
        for j in range(kernel_width)
    ]
    return np.stack(rows, axis=1)


@right(COLUMNS)
def columns_window_by_window(x, kernel_height, kernel_width, stride, pad):
    padded = pad_images(x, pad)
    columns = [
        padded[:, :, y : y + kernel_height, u : u + kernel_width].reshape(len(x), -1)
        for y in range(0, padded.shape[2] - kernel_height + 1, stride)
        for u in range(0, padded.shape[3] - kernel_width + 1, stride)
    ]
    return np.array(columns).transpose(1, 2, 0)


@right(COLUMNS)
def columns_by_indices(x, kernel_height, kernel_width, stride, pad):
    padded = pad_images(x, pad)
    oh = (padded.shape[2] - kernel_height) // stride + 1
    ow = (padded.shape[3] - kernel_width) // stride + 1
    c, i, j = (a.reshape(-1, 1) for a in np.indices((x.shape[1], kernel_height, kernel_width)))
    y, u = (stride * a.reshape(1, -1) for a in np.indices((oh, ow)))
    return padded[:, c, i + y, j + u]


# --- receptive fields


def field_mistake(hint):
    """Register a wrong receptive field, as a function of [(kernel, stride, dilation), ...]."""

    def register(field: Callable) -> Callable:
        def wrong(layers):
            return field([(layer[0], layer[1], layer[2] if len(layer) > 2 else 1) for layer in layers])

        wrong.__name__ = field.__name__
        mistake(FIELD, hint)(wrong)
        return field

    return register


@field_mistake(
    "The strides play no part in your sum. After a stride of 2, a step to the next place is two "
    "pixels of the input."
)
def field_without_strides(layers):
    return 1 + sum(d * (k - 1) for k, _, d in layers)


@field_mistake(
    "A layer's own stride comes too early: it spreads what the layers after it see, not what this one sees."
)
def field_with_own_stride(layers):
    size, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        size += jump * d * (k - 1)
    return size


@field_mistake("Dilation plays no part in your sum: a kernel of 3 with dilation 2 reaches over 5.")
def field_without_dilation(layers):
    return receptive_field([(k, s) for k, s, _ in layers])


@field_mistake("A dilated kernel covers dilation * (kernel - 1) + 1, which is less than dilation * kernel.")
def field_with_too_wide_kernels(layers):
    size, jump = 1, 1
    for k, s, d in layers:
        size += jump * (d * k - 1)
        jump *= s
    return size


@field_mistake(
    "Dilation spreads one layer's own weights. The layers after it still step from pixel to pixel."
)
def field_with_dilation_as_stride(layers):
    size, jump = 1, 1
    for k, s, d in layers:
        size += jump * d * (k - 1)
        jump *= s * d
    return size


@field_mistake("You start from 0. With no layer at all, a pixel sees itself.")
def field_from_zero(layers):
    return receptive_field(layers) - 1


@field_mistake("You add up the kernels. Neighbouring windows overlap: a further 3 x 3 layer adds 2, not 3.")
def field_as_sum_of_kernels(layers):
    size, jump = 0, 1
    for k, s, d in layers:
        size += jump * (d * (k - 1) + 1)
        jump *= s
    return size


@field_mistake("You multiply the kernels. Each layer adds to the field.")
def field_as_product_of_kernels(layers):
    return int(np.prod([d * (k - 1) + 1 for k, _, d in layers], dtype=int))


@field_mistake(
    "The strides add up in your jump. Two layers of stride 2 make steps of four pixels, three make eight."
)
def field_with_added_strides(layers):
    size, jump = 1, 1
    for k, s, d in layers:
        size += jump * d * (k - 1)
        jump += s - 1
    return size


@field_mistake("Only the stride of the layer just before is used. All strides below multiply.")
def field_with_last_stride_only(layers):
    size, jump = 1, 1
    for k, s, d in layers:
        size += jump * d * (k - 1)
        jump = s
    return size


@field_mistake("You go through the layers in the wrong direction: a stride spreads what comes after it.")
def field_from_the_end(layers):
    return receptive_field(layers[::-1])


@field_mistake("Of the last layer nothing is added: where does your loop end?")
def field_without_the_last_layer(layers):
    return receptive_field(layers[:-1])


@field_mistake("You return the number of pixels in the field. Asked for is its side.")
def field_as_an_area(layers):
    return receptive_field(layers) ** 2


@mistake(FIELD, "The third number may be missing: then the dilation is 1, not 0.")
def field_without_default_dilation(layers):
    return receptive_field([(*layer, 0)[:3] for layer in layers])


@right(FIELD)
def field_from_the_output(layers):
    size = 1
    for layer in reversed(layers):
        kernel, stride, dilation = (*layer, 1)[:3]
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
    return size


@right(FIELD)
def field_by_recursion(layers):
    if not layers:
        return 1
    kernel, stride = layers[0][:2]
    dilation = layers[0][2] if len(layers[0]) == 3 else 1
    return dilation * (kernel - 1) + stride * (field_by_recursion(layers[1:]) - 1) + 1


@right(FIELD)
def field_by_cumulative_products(layers):
    full = np.array([(*layer, 1)[:3] for layer in layers], dtype=np.int64).reshape(-1, 3)
    jumps = np.cumprod(np.concatenate([[1], full[:, 1]]))[:-1]
    return 1 + np.sum(jumps * full[:, 2] * (full[:, 0] - 1))


# --- the net

RANDOM = np.random.default_rng()
TWO_BY_TWO = {"pool_height": 2, "pool_width": 2, "stride": 2}


class Net:
    """A right net, with methods in which mistakes can be made one at a time."""

    regularised = ("W1", "W2", "W3")
    loss_factor, gradient_factor = 0.5, 1.0

    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):  # fmt: skip
        self.reg, self.dtype = reg, dtype
        channels, height, width = input_dim
        shapes = self.shapes(channels, height, width, num_filters, filter_size, hidden_dim, num_classes)
        self.params = {}
        for i, shape in enumerate(shapes, 1):
            self.params[f"W{i}"] = self.weights(weight_scale, shape).astype(dtype)
            self.params[f"b{i}"] = self.biases(shape[0] if i == 1 else shape[1]).astype(dtype)

    def shapes(self, channels, height, width, filters, size, hidden, classes):
        pooled = filters * (height // 2) * (width // 2)
        return (filters, channels, size, size), (pooled, hidden), (hidden, classes)

    def weights(self, scale, shape):
        return scale * RANDOM.standard_normal(shape)

    def biases(self, size):
        return np.zeros(size)

    def convolution(self, W1):
        return {"stride": 1, "pad": (W1.shape[2] - 1) // 2}

    def relu(self, x, layer):
        return np.maximum(x, 0)

    def relu_back(self, d, before, layer):
        return d * (before > 0) if self.relu(np.array(-1.0), layer) == 0 else d

    def loss(self, X, y=None):
        p = self.params
        conv, conv_cache = conv_forward_im2col(
            X.astype(self.dtype), p["W1"], p["b1"], self.convolution(p["W1"])
        )
        size = conv.shape[2:]
        conv = fitted(conv, *X.shape[2:])  # only maps that are wrong need it
        active = self.relu(conv, 1)
        pooled, pool_cache = max_pool_forward_naive(active, TWO_BY_TWO)
        hidden, hidden_cache = affine_forward(pooled, p["W2"], p["b2"])
        scores, scores_cache = affine_forward(self.relu(hidden, 2), p["W3"], p["b3"])
        scores = self.relu(scores, 3) if self.relu_on_scores else scores
        if y is None:
            return self.answer(scores)
        loss, d = softmax_loss(scores, y)
        if self.relu_on_scores:
            d = d * (scores > 0)
        grads = {}
        d, grads["W3"], grads["b3"] = affine_backward(d, scores_cache)
        d = self.relu_back(d, hidden, 2)
        d, grads["W2"], grads["b2"] = affine_backward(d, hidden_cache)
        d = max_pool_backward_naive(d, pool_cache)
        d = self.relu_back(d, conv, 1)
        _, grads["W1"], grads["b1"] = conv_backward_im2col(fitted(d, *size), conv_cache)
        for name in self.regularised:
            loss += self.loss_factor * self.reg * np.sum(p[name] ** 2)
            grads[name] = grads[name] + self.gradient_factor * self.reg * p[name]
        return loss, self.gradients(grads)

    relu_on_scores = False

    def answer(self, scores):
        return scores

    def gradients(self, grads):
        return grads


def net_mistake(hint, **changes):
    """A decorator that makes a wrong net of a class whose body holds what differs."""

    def register(body: type) -> type:
        differs = {k: v for k, v in vars(body).items() if not k.startswith("__") or k == "__init__"}
        wrong = type(body.__name__, (Net,), differs | changes)
        mistake(NET, hint)(wrong)
        return wrong

    return register


@net_mistake(
    "On the way back the ReLU behind the convolution is left out: it stops gradients where it was shut."
)
class NetWithoutFirstReluBack:
    def relu_back(self, d, before, layer):
        return d if layer == 1 else Net.relu_back(self, d, before, layer)


@net_mistake("On the way back the ReLU between the affine layers is left out: it stops gradients, too.")
class NetWithoutSecondReluBack:
    def relu_back(self, d, before, layer):
        return d if layer == 2 else Net.relu_back(self, d, before, layer)


@net_mistake("On the way back both ReLUs are left out: where one was shut, its gradient is 0.")
class NetWithoutReluBack:
    def relu_back(self, d, before, layer):
        return d


@net_mistake(
    "The loss has no regularisation: reg / 2 times the sum of the squared weights is missing, and "
    "its gradient."
)
class NetWithoutRegularisation:
    regularised = ()


@net_mistake("The loss is regularised, its gradients are not: add reg * W to each.")
class NetWithRegularisedLossOnly:
    gradient_factor = 0.0


@net_mistake("The gradients are regularised, the loss is not.")
class NetWithRegularisedGradientsOnly:
    loss_factor = 0.0


@net_mistake("The loss has reg times the squares, without the half.")
class NetWithoutTheHalf:
    loss_factor, gradient_factor = 1.0, 2.0


@net_mistake("Loss and gradients don't fit together: the derivative of 0.5 * reg * W**2 is reg * W.")
class NetWithTwiceTheGradient:
    gradient_factor = 2.0


@net_mistake("Loss and gradients don't fit together: the loss has reg times the squares, without the half.")
class NetWithFullSquares:
    loss_factor = 1.0


@net_mistake("W1 is not regularised: the filters are weights too.")
class NetWithFreeFilters:
    regularised = ("W2", "W3")


@net_mistake("W3 is not regularised: the last layer's weights count too.")
class NetWithFreeLastLayer:
    regularised = ("W1", "W2")


@net_mistake("The biases are regularised. Only the weights W1, W2 and W3 should be.")
class NetWithRegularisedBiases:
    regularised = ("W1", "W2", "W3", "b1", "b2", "b3")


@net_mistake("There are always ten classes: use num_classes.")
class NetOfTenClasses:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, width, filters, size, hidden, 10)


@net_mistake("There are always 32 filters: use num_filters.")
class NetOfManyFilters:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, width, 32, size, hidden, classes)


@net_mistake("The filters are always 7 x 7: use filter_size.")
class NetOfLargeFilters:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, width, filters, 7, hidden, classes)


@net_mistake("There are always 100 hidden units: use hidden_dim.")
class NetOfManyUnits:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, width, filters, size, 100, classes)


@net_mistake("The images always have three channels: take the number from input_dim.")
class NetOfThreeChannels:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, 3, height, width, filters, size, hidden, classes)


@net_mistake("W2 is made for images of 32 x 32: compute its size from input_dim.")
class NetFor32Pixels:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, 32, 32, filters, size, hidden, classes)


@net_mistake("W2 is made for square images: height and width may differ.")
class NetForSquares:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, height, filters, size, hidden, classes)


@net_mistake(
    "W2 has height * width // 4 inputs for each filter. Where a side is odd, pooling leaves its "
    "last line out: halve each side."
)
class NetForEvenSides:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return (filters, channels, size, size), (filters * (height * width // 4), hidden), (hidden, classes)


@net_mistake("W2 is made for maps that have not been pooled.")
class NetWithoutPoolingInMind:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return (filters, channels, size, size), (filters * height * width, hidden), (hidden, classes)


@net_mistake("W3 is as wide as it is high: it leads from the hidden units to the classes.")
class NetWithSquareW3:
    def shapes(self, channels, height, width, filters, size, hidden, classes):
        return Net.shapes(self, channels, height, width, filters, size, hidden, hidden)


@net_mistake("The weights don't have the deviation weight_scale.")
class NetByXavier:
    def weights(self, scale, shape):
        return RANDOM.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))


@net_mistake("The weights have the variance weight_scale. It should be their deviation.")
class NetByVariance:
    def weights(self, scale, shape):
        return np.sqrt(scale) * RANDOM.standard_normal(shape)


@net_mistake("The weights are drawn from rand, which has no negative numbers. Use normal numbers.")
class NetOfPositiveWeights:
    def weights(self, scale, shape):
        return scale * RANDOM.random(shape)


@net_mistake("The biases begin as random numbers. Let them begin at 0.")
class NetOfRandomBiases:
    def biases(self, size):
        return 0.01 * RANDOM.standard_normal(size)


@net_mistake("The biases begin at 1. Let them begin at 0.")
class NetOfLargeBiases:
    def biases(self, size):
        return np.ones(size)


@net_mistake("The parameters are float64, whatever dtype says.")
class NetOfDoubles:
    def __init__(self, *args, **kwargs):
        Net.__init__(self, *args, **kwargs)
        self.params = {name: values.astype(np.float64) for name, values in self.params.items()}


@net_mistake("The filters need padding of (filter_size - 1) // 2, so that the maps keep the images' size.")
class NetWithoutPadding:
    def convolution(self, W1):
        return {"stride": 1, "pad": 0}


@net_mistake("Padding is always 3, which fits filters of 7 only: (filter_size - 1) // 2.")
class NetPaddedFor7:
    def convolution(self, W1):
        return {"stride": 1, "pad": 3}


@net_mistake("There is no ReLU between the convolution and the pooling.")
class NetWithoutFirstRelu:
    def relu(self, x, layer):
        return x if layer == 1 else np.maximum(x, 0)


@net_mistake("There is no ReLU between the two affine layers.")
class NetWithoutSecondRelu:
    def relu(self, x, layer):
        return x if layer == 2 else np.maximum(x, 0)


@net_mistake("The scores have gone through a ReLU: negative scores are scores too.")
class NetWithReluOnScores:
    relu_on_scores = True


@net_mistake("Without y, return the scores as they are, not their probabilities.")
class NetReturnsProbabilities:
    def answer(self, scores):
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exp / exp.sum(axis=1, keepdims=True)


@net_mistake("Without y, return the class scores, not the best class.")
class NetReturnsLabels:
    def answer(self, scores):
        return scores.argmax(axis=1)


@net_mistake("The gradients of the biases are missing.")
class NetWithoutBiasGradients:
    def gradients(self, grads):
        return {name: values for name, values in grads.items() if name.startswith("W")}


@net_mistake("The gradient W1 is 0: the gradients have to go back through pooling, ReLU and convolution too.")
class NetThatStopsAtTheMaps:
    def gradients(self, grads):
        return grads | {"W1": 0 * grads["W1"], "b1": 0 * grads["b1"]}


@net_mistake("The parameters change while you compute the loss: steps are taken by the training loop.")
class NetThatTakesSteps:
    def gradients(self, grads):
        for name, values in grads.items():
            self.params[name] = self.params[name] - 0.01 * values
        return grads


@net_mistake("The net goes on with the arrays that it was born with: read self.params anew in each call.")
class NetWithOldArrays:
    def __init__(self, *args, **kwargs):
        Net.__init__(self, *args, **kwargs)
        self.first = {name: 0.5 + 0 * values for name, values in self.params.items()}

    def loss(self, X, y=None):
        net = Net.__new__(Net)
        net.__dict__ = self.__dict__ | {"params": self.first}
        return Net.loss(net, X, y)


@right(NET)
class RightNet(Net):
    """The right net of this file."""


@right(NET)
class NetInLoops(ThreeLayerConvNet):
    """Scores and gradients in float64 whatever the dtype; extra attributes."""

    def __init__(self, *args, seed=1, **kwargs):
        super().__init__(*args, **kwargs)
        self.history, self.seed = [], seed

    def loss(self, X, y=None):
        result = super().loss(X, y)
        self.history.append(result if y is None else result[0])
        return result if y is None else [result[0], dict(reversed(result[1].items()))]


@right(NET)
class NetWithInPlaceSums(Net):
    """The maps pooled by reshaping, the sums taken in place."""

    gradient_factor, loss_factor = 0.0, 0.0

    def loss(self, X, y=None):
        result = super().loss(X, y)
        if y is None:
            return result
        loss, grads = result
        for name in ("W1", "W2", "W3"):
            grads[name] += self.reg * self.params[name]
        return float(loss) + self.reg / 2 * sum(
            float(np.sum(self.params[n] ** 2)) for n in ("W1", "W2", "W3")
        ), grads


# --- the questions

wrong_answer("answer_parameters", 750, "Each filter has a bias as well.")
wrong_answer("answer_parameters", 10 * 26, "Each filter looks at all three channels.")
wrong_answer(
    "answer_parameters", 32 * 32 * 760, "The same filter is used at every place: its weights count once."
)
wrong_answer("answer_parameters", 76, "There are ten filters.")
wrong_answer("answer_padding", 0, "Without padding (7 - 3) / 3 is not whole.")
wrong_answer("answer_padding", 2, "Two would leave a rest: (7 - 3 + 4) / 3.")
wrong_answer("answer_padding", 4, "That fits, but a smaller padding does too.")
wrong_answer(
    "answer_one_bright_pixel",
    "a",
    "Try it on squared paper: which weight does the first window that reaches the pixel lay on it?",
)
wrong_answer("answer_one_bright_pixel", "c", "Both directions behave alike.")
wrong_answer(
    "answer_one_bright_pixel", "d", "Windows move right and down; does anything exchange rows and columns?"
)
wrong_answer("answer_fc6", 7 * 7 * 512, "That is how many inputs one unit has. There are 4096 units.")
wrong_answer("answer_fc6", 512 * 4096, "A unit of a fully connected layer looks at all 7 x 7 places.")
wrong_answer("answer_fc6", 4096 * 4096, "That is the layer after it.")
