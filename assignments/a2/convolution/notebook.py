# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolutional networks
#
# **How many weights does it take to see an edge?** A fully connected layer that turns a picture of 32 × 32 × 3
# numbers into six maps of 28 × 28 has a weight for each pair of input and output: 3072 × 4704, **more than 14
# million**. And it learns what an edge is in the upper left corner without learning anything about the lower right
# one, where an edge looks just the same.
#
# The layer that you build here does it with **456**. It has six small filters of 5 × 5 × 3 weights and a bias each,
# and it slides them over the picture. That is all that is new. Two ideas stand behind it, *look at a small window*
# and *look everywhere with the same eyes*, and pictures reward both.
#
# | Part | You write | Points |
# |---|---|---|
# | 1 | a convolution, window by window | 5 |
# | 2 | its backward pass | 6 |
# | 3 | max pooling, forward and backward | 3 + 4 |
# | 4 | `im2col`, and with it a convolution that is fast enough to train with | 4 + 3 + 4 |
# | 5 | how far a stack of layers can see | 3 |
# | 6 | a three-layer ConvNet, which you then train | 6 |
# | all over | four short questions, checked automatically | 1 each |
# | 7 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`: it says what was called, what came back and what was
# expected. Grading runs more tests of the same kind on other numbers; every special case that they visit is named
# in the exercise's text. Everything is NumPy: the place where your work is graded has no other numeric library.

# %%
import time

import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax_loss
from cs_lib.plots.style import new_figure

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# The fully connected layer, ReLU and the softmax loss are those that you wrote in assignment 1. Here they are
# given: call them as you like.
#
# From now on a batch of pictures has the axes `(N, C, H, W)`: picture, channel, row, column. The channels of the
# first layer are red, green and blue. Those of later layers are whatever the net finds worth looking for.

# %% [markdown]
# ## 1. A filter slides over a picture
#
# Lay a filter of 3 × 3 weights on the upper left corner of a picture. Multiply each weight with the pixel under it,
# add the products up, add a bias: that is one output. Move the filter one pixel to the right, and you get the next.
# Here it is on a 3 × 3 picture and a 2 × 2 filter, where there are just four places to lay it:
#
# $$\begin{pmatrix}1&2&3\\4&5&6\\7&8&9\end{pmatrix} \star \begin{pmatrix}1&2\\3&4\end{pmatrix} = \begin{pmatrix}37&47\\67&77\end{pmatrix}
# \qquad\text{because}\qquad 1\cdot1+2\cdot2+4\cdot3+5\cdot4=37$$
#
# A colour picture has three channels, so the filter has three layers of weights: it is as deep as the picture, and
# the products of **all channels** go into the same sum. Each filter gives one map of outputs. A layer with `F`
# filters gives `F` maps, which are the channels that the next layer sees.
#
# In a formula, with stride $s$ (how far the filter moves from one place to the next) and padding $p$ (how many
# zeros are put around the picture):
#
# $$\text{out}_{n,f,y,x} \;=\; b_f + \sum_{c}\sum_{i}\sum_{j} \; \text{padded}_{\,n,\,c,\;y s + i,\;x s + j} \; w_{f,c,i,j}$$
#
# (Mathematicians turn the filter by 180 degrees first and keep the word *convolution* for that. Ours is their
# *cross-correlation*. As the weights are learned, nobody minds.)
#
# ### How large is the output?
#
# Along an axis of `W` pixels, padded by `P` on both sides, a filter of size `F` moving by `S` finds room at
#
# $$\left\lfloor \frac{W - F + 2P}{S} \right\rfloor + 1$$
#
# places. Take a picture of 7 × 7 and a filter of 3 × 3:

# %%
for stride, pad in [(1, 0), (2, 0), (3, 0), (1, 1)]:
    room = 7 - 3 + 2 * pad
    rest = f"  ({room % stride} left over: it does not fit)" if room % stride else ""
    print(
        f"stride {stride}, pad {pad}: (7 - 3 + 2*{pad}) / {stride} + 1 = {room / stride + 1:.3g}",
        f"-> {room // stride + 1}{rest}",
    )

# %% [markdown]
# With stride 3 the last column of the picture is never seen. Some libraries call that an error. Here, as nearly
# everywhere today, the size is rounded down, and the rest at the right and at the bottom stays unseen. With stride
# 1 and a padding of (F − 1) / 2 the output is as large as the picture, which is why 3 × 3 with pad 1 and 5 × 5 with
# pad 2 are met so often.
#
# **Your turn, without a computer (1 point each).** A layer has **ten filters of 5 × 5**, stride 1, pad 2, and looks
# at pictures of 32 × 32 × 3. Its output is 32 × 32 × 10. How many parameters does it have, weights and biases
# together? A number, or an expression such as `3 * 7`. (The check says only whether your answer can be read.
# Whether it is right, you learn with your grade.)

# %% solution="answer_parameters"
answer_parameters = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_parameters = 10 * (5 * 5 * 3 + 1)
# 760: each of the ten filters has a weight for each of 5 * 5 places in each of 3 channels, and
# one bias. The size of the picture plays no part.
### END SOLUTION

# %% grades="answer_parameters"
check("answer_parameters")

# %% [markdown]
# The 7 × 7 picture, 3 × 3 filter and stride 3 did not fit. What is the **smallest padding** with which they do,
# leaving nothing over?

# %% solution="answer_padding"
answer_padding = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_padding = 1
# (7 - 3 + 2 * 1) / 3 = 2 goes without a rest; (7 - 3) / 3 does not.
### END SOLUTION

# %% grades="answer_padding"
check("answer_padding")

# %% [markdown]
# ### 1.1 The forward pass (5 points)
#
# Write the formula down as loops: over pictures, filters, output rows and output columns. The innermost line takes
# one window of the padded picture, all channels of it, and multiplies it with one filter. It will be slow. It will
# also be right, and the yardstick for everything that follows.
#
# - Height and width of the pictures may differ, and so may those of the filters. Filters may be odd or even, 1 × 1,
#   or as large as the padded picture, so that there is a single place. Output `(y, x)` belongs to the window that
#   **begins** at row `y * stride` and column `x * stride` of the padded picture.
# - `pad` zeros on all four sides of each picture; 0 is allowed, and 2 or more. Only rows and columns are padded:
#   `np.pad` wants a pair of numbers for **each** axis.
# - The stride may be 1, larger than 1, and larger than the filter. Round the output's size down (`//`).
# - The bias is added once for each filter and place.
# - One picture, one channel and one filter are possible, and the result still has four axes.
# - `x`, `w` and `b` may be float64 or float32, and are read only: calling the function twice gives the same twice.
# - You may put into `cache` whatever your own backward pass needs. Nobody else looks at it.


# %% solution="conv_forward_naive"
def conv_forward_naive(x, w, b, conv_param):
    """Convolve pictures with filters, one window at a time.

    x has shape (N, C, H, W), w has shape (F, C, HH, WW), b has shape (F,);
    conv_param["stride"] and conv_param["pad"] are whole numbers.
    Returns out, shape (N, F, OH, OW), and a cache for conv_backward_naive.
    """
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    OH = (H + 2 * pad - HH) // stride + 1
    OW = (W + 2 * pad - WW) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for row in range(OH):
                for column in range(OW):
                    top, left = row * stride, column * stride
                    window = padded[n, :, top : top + HH, left : left + WW]
                    out[n, f, row, column] = np.sum(window * w[f]) + b[f]
    ### END SOLUTION
    cache = (x, w, b, conv_param)
    return out, cache


# %% grades="conv_forward_naive"
check("conv_forward_naive")

# %% [markdown]
# ### 1.2 What filters see
#
# Before nets learned their filters, people wrote them by hand. Here are five, applied to a photograph by your
# function. Look at the weights first and guess what each will do: one takes a mean, one compares left with right,
# one compares above with below...


# %%
def photograph_of_a_cat():
    """A photograph that scikit-image carries, in grey, 140 x 180 pixels, from 0 (black) to 1 (white)."""
    from skimage import data as photographs

    return photographs.chelsea()[:280, 60:420].reshape(140, 2, 180, 2, 3).mean(axis=(1, 3, 4)) / 255


cat = photograph_of_a_cat()

blur = np.full((5, 5), 1 / 25)
left_right, above_below, spots, sharper = np.zeros((4, 5, 5))
left_right[1:4, 1:4] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
above_below[1:4, 1:4] = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
spots[1:4, 1:4] = [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
sharper[1:4, 1:4] = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
by_hand = {
    "a mean: blur": blur,
    "right minus left": left_right,
    "below minus above": above_below,
    "centre minus surroundings": spots,
    "sharper": sharper,
}

filters = np.array(list(by_hand.values()))[:, np.newaxis]  # (5, 1, 5, 5): five filters, one channel
maps, _ = conv_forward_naive(cat[np.newaxis, np.newaxis], filters, np.zeros(5), {"stride": 1, "pad": 2})

figure = new_figure(11, 5.4)
axes = figure.subplots(2, 3)
axes[0, 0].imshow(cat, cmap="gray", vmin=0, vmax=1)
axes[0, 0].set_title("the photograph")
for panel, name, weights, one_map in zip(axes.flat[1:], by_hand, filters[:, 0], maps[0], strict=True):
    edges = weights.sum() < 0.5  # such filters give 0 where nothing changes: show 0 as grey
    panel.imshow(one_map, cmap="gray", vmin=-0.8 if edges else 0, vmax=0.8 if edges else 1)
    panel.set_title(name)
    inset = panel.inset_axes([0.01, 0.01, 0.3, 0.36])
    inset.imshow(weights, cmap="RdBu", vmin=-np.abs(weights).max(), vmax=np.abs(weights).max())
    inset.set(xticks=[], yticks=[])
for panel in axes.flat:
    panel.set(xticks=[], yticks=[])
figure.suptitle("Five filters by hand (small: the weights, blue above and red below zero)", fontweight="bold")
figure

# %% [markdown]
# Three of the filters have weights that add up to 0, so they answer with 0 (grey) wherever nothing changes: the
# blurred background vanishes, outlines stay. `right minus left` sees the sides of the nose and is blind to what
# runs across it; `below minus above` is the other way round. Your eyes do much the same: a good part of the cells
# that see first answer to differences, not to light. And the net of part 6 starts with random numbers and ends up
# with filters of which some do something like this.
#
# **One bright pixel (1 point).** A picture of 9 × 9 is black, 0 everywhere, but for a single 1 in its centre. You
# convolve it with one 3 × 3 filter whose nine weights are all different, bias 0, stride 1, pad 0. The 7 × 7 output
# is 0, but for a 3 × 3 block in its centre. What is in this block?
#
# - `"a"`: the filter as it is
# - `"b"`: the filter turned by 180 degrees
# - `"c"`: the filter mirrored left to right
# - `"d"`: the filter with rows and columns exchanged
#
# (You have a function that could tell you. Think first, then try.)

# %% solution="answer_one_bright_pixel"
answer_one_bright_pixel = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_one_bright_pixel = "b"
# Where the filter lies up and left of the pixel, its lower right weight meets it, and so on: each
# place sees the weight from the opposite side.
### END SOLUTION

# %% grades="answer_one_bright_pixel"
check("answer_one_bright_pixel")

# %% [markdown]
# ## 2. The way back
#
# To learn filters we need the gradients. It looks as if there were a lot to derive. There is not, if you look at
# **one product** at a time. The forward pass is nothing but many products of one pixel and one weight, each added
# to one output:
#
# `out[n, f, y, x]  gets  + padded[n, c, y s + i, x s + j] * w[f, c, i, j]`
#
# Say the loss changes by $\text{dout}$ for each unit by which this output changes. A product sends the gradient to
# each of its factors, multiplied by the **other** one:
#
# - the weight gets `dout[n, f, y, x] * pixel`,
# - the pixel gets `dout[n, f, y, x] * weight`,
# - and the bias, which was added as it is, gets `dout[n, f, y, x]`.
#
# Everybody who took part in several products gets the **sum**. A weight is used in every window of every picture,
# so its gradient is a sum over all of them. A pixel is used in every window that holds it: up to nine for a 3 × 3
# filter with stride 1, fewer with a larger stride or at a border, and none at all where the stride jumps over it.
# Its gradient is then 0.
#
# In the example of part 1, let 1 come from above for each of the four outputs. The corner pixel 1 was used once,
# with the weight 1. The pixel 5 in the middle was used four times, with all the weights: 1 + 2 + 3 + 4 = 10. And
# the weight 1 met the pixels 1, 2, 4 and 5, which makes 12:
#
# $$\text{dx} = \begin{pmatrix}1&3&2\\4&10&6\\3&7&4\end{pmatrix} \qquad \text{dw} = \begin{pmatrix}12&16\\24&28\end{pmatrix} \qquad \text{db} = 4$$
#
# ### 2.1 The backward pass (6 points)
#
# The same loops as before, and in the innermost place not one line but three. Collect the pixels' gradients in an
# array of the **padded** size, and cut the padding off at the end.
#
# - The edges are those of 1.1: all shapes of pictures and filters, strides that leave gaps or a rest, `pad` from 0
#   on. (What does `a[0:-0]` hold?)
# - Return `dx`, `dw`, `db` in this order, each in the shape of `x`, `w`, `b`. Gradients add up over the batch;
#   there is no mean to take.
# - `cache` is what your own `conv_forward_naive` returned. `dout` may be float64 or float32; it is read only, and
#   so is the cache: a second call gives the same.


# %% solution="conv_backward_naive"
def conv_backward_naive(dout, cache):
    """The gradients of a convolution, one window at a time.

    dout has shape (N, F, OH, OW), cache comes from conv_forward_naive.
    Returns dx, shape (N, C, H, W), dw, shape (F, C, HH, WW), and db, shape (F,).
    """
    x, w, b, conv_param = cache
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            for row in range(dout.shape[2]):
                for column in range(dout.shape[3]):
                    upstream = dout[n, f, row, column]
                    top, left = row * stride, column * stride
                    dw[f] += upstream * padded[n, :, top : top + HH, left : left + WW]
                    dpadded[n, :, top : top + HH, left : left + WW] += upstream * w[f]
                    db[f] += upstream
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION
    return dx, dw, db


# %% grades="conv_backward_naive"
check("conv_backward_naive")

# %% [markdown]
# Trust, but check: change each number a little, see how much the output changes, and compare. This is slow but
# knows nothing of your derivation.

# %%
rng = np.random.default_rng(0)
x, w, b = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((2, 3, 3, 2)), rng.standard_normal(2)
conv_param = {"stride": 2, "pad": 1}
out, cache = conv_forward_naive(x, w, b, conv_param)
dout = rng.standard_normal(out.shape)
dx, dw, db = conv_backward_naive(dout, cache)

print("x:", grad_check(lambda v: conv_forward_naive(v, w, b, conv_param)[0], x, dx, dout))
print("w:", grad_check(lambda v: conv_forward_naive(x, v, b, conv_param)[0], w, dw, dout))
print("b:", grad_check(lambda v: conv_forward_naive(x, w, v, conv_param)[0], b, db, dout))

# %% [markdown]
# ## 3. Pooling
#
# A net that names pictures has to forget *where* things are, little by little, and remember *that* they are there.
# **Max pooling** does it in the plainest way: cut each map into windows, and keep of each window the largest
# number. With windows of 2 × 2 and stride 2, three quarters of the numbers go:
#
# $$\begin{pmatrix}1&1&2&4\\5&6&7&8\\3&2&1&0\\1&2&3&4\end{pmatrix} \;\longrightarrow\; \begin{pmatrix}6&8\\3&4\end{pmatrix}$$
#
# There are no weights. Each channel is pooled by itself, so there are as many channels as before. (Take the mean
# instead of the maximum, and it is *average pooling*. One window as large as the map is *global* pooling, which
# many modern nets have in place of their largest fully connected layer.)
#
# ### 3.1 Max pooling forward (3 points)
#
# - Windows are `pool_height` × `pool_width`, begin `stride` pixels apart in both directions, and are never padded.
#   All three numbers may differ: windows may **overlap** (stride smaller than the window), lie apart (stride
#   larger), or be as large as the picture.
# - A window that does not fit is left out: $\lfloor (H - \text{pool\_height}) / \text{stride} \rfloor + 1$ places
#   down, and alike across. Height and width may differ.
# - All numbers of a window may be **negative**, and the maximum then is too.
# - One picture and one channel are possible. `x` may be float64 or float32, and is read only.
#
# A tip: loop over the places only, and take the maximum of the same window in all pictures and channels at once.


# %% solution="max_pool_forward_naive"
def max_pool_forward_naive(x, pool_param):
    """The largest number of each window of each channel.

    x has shape (N, C, H, W); pool_param holds "pool_height", "pool_width" and "stride".
    Returns out, shape (N, C, OH, OW), and a cache for max_pool_backward_naive.
    """
    ### BEGIN SOLUTION
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1), dtype=x.dtype)
    for row in range(out.shape[2]):
        for column in range(out.shape[3]):
            top, left = row * stride, column * stride
            out[:, :, row, column] = x[:, :, top : top + height, left : left + width].max(axis=(2, 3))
    ### END SOLUTION
    cache = (x, pool_param)
    return out, cache


# %% grades="max_pool_forward_naive"
check("max_pool_forward_naive")

# %% [markdown]
# ### 3.2 Max pooling backward (4 points)
#
# Wiggle a number that is not the largest of its window: nothing happens, so its gradient is 0. Wiggle the largest
# one: the output wiggles with it, so it gets the whole gradient, multiplied by 1. Pooling backward is a **switch**
# that sends each gradient where the maximum came from.
#
# - The edges are those of 3.1. Where windows overlap, a pixel may be the maximum of several: it gets the sum.
# - Pixels that are in no window, or nowhere the largest, get 0. `dx` has the shape of `x`.
# - Two equal maxima in a window don't occur in the tests. (Giving it to one of them or to each is both right.)
# - `cache` is your own; `dout` is read only, float64 or float32.
#
# `np.argmax` of a window gives the place of the maximum in the flattened window, and `np.unravel_index(place,
# window.shape)` its row and column.


# %% solution="max_pool_backward_naive"
def max_pool_backward_naive(dout, cache):
    """Send each gradient to the pixel that was the maximum of its window.

    dout has shape (N, C, OH, OW), cache comes from max_pool_forward_naive.
    Returns dx, shape (N, C, H, W).
    """
    x, pool_param = cache
    dx = np.zeros_like(x)
    ### BEGIN SOLUTION
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, OH, OW = dout.shape
    for n in range(N):
        for c in range(C):
            for row in range(OH):
                for column in range(OW):
                    top, left = row * stride, column * stride
                    window = x[n, c, top : top + height, left : left + width]
                    i, j = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, top + i, left + j] += dout[n, c, row, column]
    ### END SOLUTION
    return dx


# %% grades="max_pool_backward_naive"
check("max_pool_backward_naive")

# %% [markdown]
# ## 4. From loops to one matrix product
#
# Your convolution is right and hopelessly slow. How did we get rid of loops before? By finding the matrix product.
# Is there one?
#
# There must be: a convolution is linear in the picture, and everything linear is a matrix. To see *which*, feed it
# each picture that has a single 1: the answers are the matrix's columns. For our 2 × 2 filter on 3 × 3 pictures,
# nine pixels become four outputs, so it is a **4 × 9 matrix**:

# %%
single_pixels = np.eye(9).reshape(9, 1, 3, 3)  # nine pictures
kernel = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
answers, cache = conv_forward_naive(single_pixels, kernel, np.zeros(1), {"stride": 1, "pad": 0})
matrix = answers.reshape(9, 4).T

figure = new_figure(6.4, 3)
panel = figure.subplots()
panel.imshow(matrix, cmap="Blues", vmax=7)
for (i, j), value in np.ndenumerate(matrix):
    panel.text(j, i, f"{value:.0f}", ha="center", va="center", color="black" if value else "#AAAAAA")
panel.set(xticks=range(9), xticklabels=range(1, 10), yticks=range(4), yticklabels=range(1, 5))
panel.set(xlabel="pixel of the picture", ylabel="output", title="The convolution as a matrix")
figure

# %% [markdown]
# Three things can be read off it at once. It is a fully connected layer in which most weights are **0** (look at a
# small window) and the others are **the same four in every row** (look everywhere with the same eyes). Keep the
# zeros but give each row weights of its own, and it is called a *locally connected* layer. And its backward pass is
# that of any matrix, the transpose. Try that on the gradient of part 2, with 1 from above for each output:

# %%
print((matrix.T @ np.ones(4)).reshape(3, 3))

# %% [markdown]
# (That transpose, used as a layer of its own, makes nine numbers out of four: a *transposed convolution*, with
# which nets make small maps large again.)
#
# But this matrix is a bad way to compute: nearly all of it is zeros, for a 32 × 32 colour picture and six 5 × 5
# filters 14 million numbers to hold 456.
#
# ### 4.1 im2col (4 points)
#
# Turn it round. Let the *filters* be the matrix, one to a row, and write the *windows* down as columns:

# %%
picture = np.arange(1, 13).reshape(3, 4)
colors = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"]
figure = new_figure(10, 3.4)
left, right = figure.subplots(1, 2, width_ratios=(1, 1.7))
for (i, j), value in np.ndenumerate(picture):
    left.text(j, i, value, ha="center", va="center", fontsize=13)
for place, (row, column) in enumerate(np.ndindex(2, 3)):
    margin = 0.45 - 0.035 * place  # so that the frames don't hide each other
    near, far = -margin, 1 + margin
    left.plot(
        column + np.array([near, far, far, near, near]),
        row + np.array([near, near, far, far, near]),
        color=colors[place],
        linewidth=2,
    )
    for k, value in enumerate(picture[row : row + 2, column : column + 2].ravel()):
        right.text(place, k, value, ha="center", va="center", fontsize=13, color=colors[place], weight="bold")
left.set(xlim=(-0.6, 3.6), ylim=(2.6, -0.6), aspect="equal", title="A picture and its six 2 x 2 windows")
right.set(xlim=(-0.6, 5.6), ylim=(3.6, -0.6), title="im2col: each window is a column")
right.set(xticks=range(6), yticks=range(4), xlabel="place, in reading order", ylabel="pixel of the window")
left.set(xticks=[], yticks=[])
figure

# %% [markdown]
# Then the whole convolution is one product: the filters `(F, C * HH * WW)` times the columns `(C * HH * WW,
# places)`. The price is memory: a pixel is written down once for each window that holds it, nine times for a 3 × 3
# filter with stride 1.
#
# - The result has a matrix for each picture: shape `(N, C * HH * WW, OH * OW)`, `HH` and `WW` being `kernel_height`
#   and `kernel_width`.
# - **Rows**: channel by channel, within a channel row by row of the window, as `w.reshape(F, -1)` has its columns.
# - **Columns**: the places in reading order, along the first output row, then the second, and so on.
# - The edges are those of 1.1: all shapes and sizes, strides that leave a rest, `pad` from 0 on, one picture, one
#   channel, one window. `x` (float64 or float32) is read only.
#
# Many ways lead there. One that is short and fast: make an array of shape `(N, C, HH, WW, OH, OW)`, and fill it
# with `HH * WW` assignments. Its part `[:, :, i, j]` holds pixel `(i, j)` of **all** windows at once, which is a
# slice of the padded pictures with a step. `a[:, :, 1 : 1 + 2 * 5 : 2]` takes five rows, every second one from row
# 1 on.


# %% solution="im2col"
def im2col(x, kernel_height, kernel_width, stride, pad):
    """Each window of each picture as a column.

    x has shape (N, C, H, W). Returns an array of shape (N, C * kernel_height * kernel_width, OH * OW).
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    OH = (H + 2 * pad - kernel_height) // stride + 1
    OW = (W + 2 * pad - kernel_width) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    columns = np.zeros((N, C, kernel_height, kernel_width, OH, OW), dtype=x.dtype)
    for i in range(kernel_height):
        for j in range(kernel_width):
            columns[:, :, i, j] = padded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
    columns = columns.reshape(N, C * kernel_height * kernel_width, OH * OW)
    ### END SOLUTION
    return columns


# %% grades="im2col"
check("im2col")

# %% [markdown]
# ### 4.2 The fast forward pass (3 points)
#
# Now the convolution is three steps: windows to columns, one product, bias and shape. `@` multiplies a matrix `(F,
# K)` with a stack of matrices `(N, K, P)` and gives a stack `(N, F, P)`, so no loop is left, not even over the
# pictures.
#
# What `conv_forward_naive` promises holds here too, in every case of 1.1. And it is timed once: eight pictures of
# 32 × 32 and 64 filters of 3 × 3 within two seconds. The product needs less than a tenth of one, loops over all
# windows and filters need several.


# %% solution="conv_forward_im2col"
def conv_forward_im2col(x, w, b, conv_param):
    """The same as conv_forward_naive, by a matrix product.

    x has shape (N, C, H, W), w has shape (F, C, HH, WW), b has shape (F,).
    Returns out, shape (N, F, OH, OW), and a cache for conv_backward_im2col.
    """
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    OH = (H + 2 * pad - HH) // stride + 1
    OW = (W + 2 * pad - WW) // stride + 1
    columns = im2col(x, HH, WW, stride, pad)
    out = w.reshape(F, -1) @ columns + b[:, np.newaxis]
    out = out.reshape(N, F, OH, OW)
    ### END SOLUTION
    cache = (x, w, b, conv_param)
    return out, cache


# %% grades="conv_forward_im2col"
check("conv_forward_im2col")

# %% [markdown]
# ### 4.3 The fast backward pass (4 points)
#
# A product of matrices, `out = rows @ columns`, sends its gradient to both factors:
#
# - `drows = dout @ columns.T` for each picture, and added up over the pictures, because all of them used the same
#   filters;
# - `dcolumns = rows.T @ dout`, with the shape of the columns.
#
# The first, in the shape of `w`, is `dw`. The second is not yet `dx`: it has a number for each *copy* of a pixel,
# and they must be added up where the copies came from. That is im2col backwards (*col2im*): the same slices, but
# this time you **add to** them. Reshape `dcolumns` to `(N, C, HH, WW, OH, OW)` first.
#
# What holds for `conv_backward_naive` holds here, in every case of 1.1. `x`, `w`, `b` and `dout` are read only, and
# a second call with the same cache gives the same. (You may compute the columns again, or put them into the cache:
# time against memory.)


# %% solution="conv_backward_im2col"
def conv_backward_im2col(dout, cache):
    """The same as conv_backward_naive, by matrix products.

    dout has shape (N, F, OH, OW), cache comes from conv_forward_im2col.
    Returns dx, shape (N, C, H, W), dw, shape (F, C, HH, WW), and db, shape (F,).
    """
    x, w, _, conv_param = cache
    ### BEGIN SOLUTION
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    OH, OW = dout.shape[2:]
    upstream = dout.reshape(N, F, OH * OW)
    columns = im2col(x, HH, WW, stride, pad)
    dw = (upstream @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    db = dout.sum(axis=(0, 2, 3))

    dcolumns = (w.reshape(F, -1).T @ upstream).reshape(N, C, HH, WW, OH, OW)
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dcolumns.dtype)
    for i in range(HH):
        for j in range(WW):
            dpadded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] += dcolumns[:, :, i, j]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION
    return dx, dw, db


# %% grades="conv_backward_im2col"
check("conv_backward_im2col")

# %% [markdown]
# ### 4.4 The race
#
# Ten colour pictures, 16 filters of 5 × 5. How many times faster will it be? Guess, then run.

# %%
x = rng.standard_normal((10, 3, 32, 32)).astype(np.float32)
w, b = rng.standard_normal((16, 3, 5, 5)).astype(np.float32), np.zeros(16, np.float32)
conv_param = {"stride": 1, "pad": 2}


def timed(function, *arguments):
    """What the function returns, and how many seconds it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


conv_forward_im2col(x, w, b, conv_param)  # once before the race: the first call warms the memory up
seconds = {}
(out, cache), seconds["forward, in loops"] = timed(conv_forward_naive, x, w, b, conv_param)
(fast_out, fast_cache), seconds["forward, im2col"] = timed(conv_forward_im2col, x, w, b, conv_param)
slow, seconds["backward, in loops"] = timed(conv_backward_naive, out, cache)
fast, seconds["backward, im2col"] = timed(conv_backward_im2col, fast_out, fast_cache)

gap = max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip((out, *slow), (fast_out, *fast), strict=True))
print(f"largest difference: {gap:.1e} of the largest number")
plots.times(seconds, title="10 pictures of 3 x 32 x 32, 16 filters of 5 x 5")

# %% [markdown]
# Both do the very same multiplications, 12 million of them. The loops spend their time on deciding what to do next.
#
# ### 4.5 Fewer multiplications
#
# Can we get by with *fewer*? Two famous ways, to look at rather than to write.
#
# **By the Fourier transform.** A theorem says that what is a sliding sum in the picture is a plain product, number
# by number, after a Fourier transform. So: transform picture and filter, multiply, transform back. The transforms
# cost the same for a 3 × 3 filter as for a 31 × 31 one, which is why this pays for **large** filters.
#
# **Winograd's trick** is for the small ones. Two outputs of a filter of three on a line need 6 multiplications.
# Winograd needs 4, at the price of a few additions, some of which concern the filter only and are done once:

# %%
B = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])  # mixes four pixels
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])  # mixes three weights
A = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])  # collects two outputs

pixels, weights = np.array([3.0, 1, 4, 1]), np.array([2.0, 7, 1])
print("six multiplications: ", [float(pixels[i : i + 3] @ weights) for i in (0, 1)])
print("four multiplications:", A @ ((G @ weights) * (B @ pixels)))

tile, kernel = rng.standard_normal((4, 4)), rng.standard_normal((3, 3))
direct, _ = conv_forward_naive(tile[None, None], kernel[None, None], np.zeros(1), {"stride": 1, "pad": 0})
by_winograd = A @ ((G @ kernel @ G.T) * (B @ tile @ B.T)) @ A.T  # 2 x 2 outputs with 16 instead of 36
by_fourier = np.fft.irfft2(np.fft.rfft2(tile) * np.conj(np.fft.rfft2(kernel, (4, 4))), (4, 4))[:2, :2]
print(
    "in the plane, Winograd agrees:",
    np.allclose(by_winograd, direct),
    "  Fourier agrees:",
    np.allclose(by_fourier, direct),
)

# %% [markdown]
# Does it pay? Milliseconds of this course's own library, in NumPy on one core, for 8 pictures of 16 channels, 48 ×
# 48, and 16 filters:
#
# | filters | im2col | Fourier | Winograd |
# |---|---|---|---|
# | 3 × 3 | **25** | 64 | 99 |
# | 7 × 7 | 167 | **73** | |
# | 15 × 15 | 1055 | **246** | |
# | 25 × 25 | 2847 | **180** | |
#
# At 3 × 3, where nearly all convolutions of today's nets are, the plain product wins, although it multiplies 2.25
# times as often as Winograd. A multiplication inside a matrix product costs next to nothing; carrying numbers to
# and fro costs a lot. (In carefully written machine code Winograd does win, by a little, and libraries like cuDNN
# choose among all of these for every layer.) **Count the operations, then measure.**

# %% [markdown]
# ## 5. How far does it see?
#
# A 3 × 3 filter sees nine pixels. How could a net of such filters ever recognise a face? By **stacking**. An output
# of the second layer sees 3 × 3 outputs of the first, each of which sees 3 × 3 pixels, and together that is 5 × 5.
# The **receptive field** of an output is the window of the input that can influence it. It grows by 2 with each 3 ×
# 3 layer: 3, 5, 7, and in general $1 + L(K - 1)$ for $L$ layers of $K \times K$.
#
# A **stride** makes it grow faster. After a layer with stride 2, neighbouring outputs are *two* pixels apart, so
# the next 3 × 3 filter reaches twice as far; after two of them, four times. Three 3 × 3 layers with stride 2 see 3,
# then 7, then 15 pixels.
#
# **Dilation** does it without making the output smaller: the filter's weights are laid out with gaps, a dilation of
# 2 meaning every second pixel. A filter of 3 with dilation $d$ covers $2d + 1$ pixels. With stride 1 and dilations
# 1, 2, 4, the fields are again 3, 7 and 15.
#
# ### 5.1 The receptive field (3 points)
#
# Walk from the input upwards and keep two numbers: the **field** so far, and the **jump**, by how many pixels of
# the input neighbouring outputs are apart. Before the first layer both are 1. How does each layer change them? Draw
# it on squared paper, in one dimension, for two layers; then write it down.
#
# - `layers` is a list, from the input upwards. Each entry is `(kernel, stride)` or `(kernel, stride, dilation)`;
#   where there is no third number, the dilation is 1. Both kinds may stand in one list.
# - A layer's stride acts on the layers **after** it. Pooling layers count like convolutions.
# - Kernels may be 1 and even; there may be one layer, thirty, or none (a pixel sees itself: 1).
# - Return the side of the field, one whole number. Padding and the picture's border play no part.


# %% solution="receptive_field"
def receptive_field(layers):
    """How many pixels of the input, along one axis, an output of the last layer can see.

    layers is a list of (kernel, stride) or (kernel, stride, dilation), from the input upwards.
    """
    field, jump = 1, 1
    ### BEGIN SOLUTION
    for kernel, stride, *rest in layers:
        dilation = rest[0] if rest else 1
        field += jump * dilation * (kernel - 1)
        jump *= stride
    ### END SOLUTION
    return field


# %% grades="receptive_field"
check("receptive_field")

# %% [markdown]
# ### 5.2 Measured
#
# A formula is a claim. Here is a beautiful way to test it: feed the net zeros, with a single NaN among them. "Not a
# number" survives every sum and every product, so all outputs that depend on that pixel are NaN afterwards, and no
# other. We do it for every pixel in turn (a batch of pictures, each with its NaN at another place), let your
# convolution run, and ask which NaN reached the output in the centre.


# %%
def measured_field(strides, size, kernel=3):
    """Which pixels of a size x size picture the centre of the last output depends on."""
    layer = np.zeros((size * size, 1, size, size))
    layer[np.arange(size * size), 0, *np.divmod(np.arange(size * size), size)] = np.nan
    for stride in strides:
        layer, _ = conv_forward_im2col(
            layer, np.ones((1, 1, kernel, kernel)), np.zeros(1), {"stride": stride, "pad": 0}
        )
    centre = layer.shape[2] // 2
    return np.isnan(layer[:, 0, centre, centre]).reshape(size, size)


stacks = {"one layer": [1], "two layers": [1, 1], "three layers": [1, 1, 1], "three, stride 2": [2, 2, 2]}
figure = new_figure(11, 3.1)
axes = figure.subplots(1, 4)
for panel, (name, strides) in zip(axes, stacks.items(), strict=True):
    seen = measured_field(strides, size=17)
    panel.imshow(seen, cmap="Blues", vmax=1.5)
    panel.set_xticks(np.arange(-0.5, 17), [])
    panel.set_yticks(np.arange(-0.5, 17), [])
    panel.grid(color="#CCCCCC", linewidth=0.5)
    panel.tick_params(length=0)
    predicted = receptive_field([(3, stride) for stride in strides])
    panel.set_title(f"{name}\nmeasured {seen.any(axis=0).sum()}, predicted {predicted}", fontsize=11)
figure.suptitle("Pixels that one output of 3 x 3 layers depends on", fontweight="bold")
figure

# %% [markdown]
# The last one shows a stride's rest as well: of 17 rows the three layers use 15. (Dilated filters can't be measured
# like this with zeros for the gaps between the weights: 0 × NaN is NaN.)
#
# ### 5.3 Small filters, many of them
#
# Three layers of 3 × 3 see as far as one layer of 7 × 7. Which is the better buy? Say there are `C` channels going
# in and coming out everywhere (and let us forget biases):
#
# | | weights | for C = 64 | multiplications on H × W pixels |
# |---|---|---|---|
# | one 7 × 7 | 49 C² | 200,704 | 49 H W C² |
# | three 3 × 3 | 3 · 9 C² = 27 C² | 110,592 | 27 H W C² |
#
# Little more than half, and there is a ReLU after each of the three, so the stack can compute what the single layer
# can't. That is the whole idea of the VGG nets. It can be driven further, as the next cell shows: a filter of $N
# \times N$ may be taken apart into $N \times 1$ and $1 \times N$ (not every filter, but the blur of part 1 is one).
# And at the far end there is the **1 × 1 convolution**. It sees one pixel only. What can it be good for? It mixes
# the *channels* of that pixel, a small fully connected layer that is used at every place. From 64 channels it makes
# 32 for the price of 2048 weights, before an expensive layer comes. Or the two jobs are shared out altogether: a 3
# × 3 filter for each channel by itself (a *depthwise* convolution, 9 C weights), then a 1 × 1 convolution to mix
# them (C²). With 64 channels that is 4,672 weights instead of 36,864; nets for telephones are built like this.

# %%
photo = cat[np.newaxis, np.newaxis]
once, _ = conv_forward_im2col(photo, blur[np.newaxis, np.newaxis], np.zeros(1), {"stride": 1, "pad": 0})
down, _ = conv_forward_im2col(photo, np.full((1, 1, 5, 1), 1 / 5), np.zeros(1), {"stride": 1, "pad": 0})
down_and_across, _ = conv_forward_im2col(
    down, np.full((1, 1, 1, 5), 1 / 5), np.zeros(1), {"stride": 1, "pad": 0}
)
print(
    "5 x 5 blur = 5 x 1 blur, then 1 x 5 blur:",
    np.allclose(once, down_and_across),
    "  weights: 25 against 10",
)

maps, mix = rng.standard_normal((1, 64, 56, 56)), rng.standard_normal((32, 64, 1, 1))
mixed, _ = conv_forward_im2col(maps, mix, np.zeros(32), {"stride": 1, "pad": 0})
at_one_place = mix[:, :, 0, 0] @ maps[0, :, 10, 20]
print(
    "1 x 1 convolution:",
    maps.shape[1:],
    "->",
    mixed.shape[1:],
    "  at one place it is mix @ pixel:",
    np.allclose(mixed[0, :, 10, 20], at_one_place),
)

# %% [markdown]
# **Where do the weights go? (1 point)** The convolutions of VGG-16 end with maps of 7 × 7 × 512. The next layer,
# FC6, is fully connected and has 4096 units. How many **weights** does it have (biases not counted)? A number, or
# an expression. For comparison: all 13 convolutions of that net together have 14.7 million.

# %% solution="answer_fc6"
answer_fc6 = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_fc6 = 7 * 7 * 512 * 4096
# 102,760,448, seven times as many as all convolutions together: each of the 4096 units has a
# weight for each number of the maps.
### END SOLUTION

# %% grades="answer_fc6"
check("answer_fc6")

# %% [markdown]
# ## 6. A ConvNet
#
# All parts are there. The net is the smallest that deserves the name:
#
# **convolution – ReLU – 2 × 2 max pool – affine – ReLU – affine – softmax**
#
# Max pooling with windows of 2 × 2 and stride 2 is so common that it is worth a version of its own, without any
# loop over places: it takes the maximum of four slices, one with the upper left pixels of all windows, one with the
# upper right ones, and so on. (Where a side is odd, its last line is in no window.) You may use it in your net, or
# your own.


# %%
def corners(x):
    """The four slices of x that hold the four pixels of all 2 x 2 windows."""
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    return [x[:, :, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]


def max_pool_2x2_forward(x):
    """The same as max_pool_forward_naive with 2 x 2 windows and stride 2."""
    out = np.maximum.reduce(corners(x))
    return out, (x, out)


def max_pool_2x2_backward(dout, cache):
    """The same as max_pool_backward_naive with 2 x 2 windows and stride 2."""
    x, out = cache
    dx = np.zeros_like(x)
    waiting = np.ones(out.shape, dtype=bool)  # windows whose maximum has not been met yet
    for pixels, gradients in zip(corners(x), corners(dx), strict=True):
        is_maximum = waiting & (pixels == out)
        gradients += dout * is_maximum
        waiting &= ~is_maximum
    return dx


# %% [markdown]
# ### 6.1 ThreeLayerConvNet (6 points)
#
# **The parameters.** `self.params` is a dictionary with exactly six arrays, of the type `dtype` (`np.float32` or
# its name, `"float32"`: `astype` and `np.zeros` take both):
#
# | | shape | at first |
# |---|---|---|
# | `W1`, `b1` | `(num_filters, C, filter_size, filter_size)`, `(num_filters,)` | weights: normal random numbers of mean 0 and standard deviation `weight_scale` |
# | `W2`, `b2` | `(what comes out of the pool, hidden_dim)`, `(hidden_dim,)` | biases: 0 |
# | `W3`, `b3` | `(hidden_dim, num_classes)`, `(num_classes,)` | |
#
# **The way forward.** The convolution has stride 1 and pad `(filter_size - 1) // 2`; `filter_size` is odd, so the
# maps are as large as the pictures. Pooling halves each side. Height and width come from `input_dim` and may
# differ, and a side may be **odd**: pooling then leaves its last line out (7 becomes 3). There may be one channel,
# and one picture in the batch.
#
# **loss(X, y)** returns the loss and a dictionary of gradients, with the names and shapes of the parameters. The
# loss is the softmax loss of the scores plus
#
# $$\tfrac12 \,\text{reg}\, \left(\textstyle\sum W_1^2 + \sum W_2^2 + \sum W_3^2\right)$$
#
# (weights only, no biases, and don't forget what that adds to the gradients). **loss(X)** without labels returns
# the scores `(N, num_classes)`, before the softmax.
#
# - Read `self.params` anew in each call: the training loop puts other arrays there. Don't change the arrays in it
#   yourself; `X` is read only as well.
# - `X` comes in the net's `dtype`, float32 or float64. Scores may be as large as 10,000; `softmax_loss` copes with
#   that.
# - All arguments have defaults, given below, and all of them count: other numbers of filters, hidden units, classes
#   and so on are tested.


# %% solution="ThreeLayerConvNet"
class ThreeLayerConvNet:
    """conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        """Create the parameters; input_dim is (C, H, W)."""
        self.params = {}
        self.reg = reg
        self.dtype = dtype
        ### BEGIN SOLUTION
        C, H, W = input_dim
        pooled = num_filters * (H // 2) * (W // 2)
        shapes = {
            "1": (num_filters, C, filter_size, filter_size),
            "2": (pooled, hidden_dim),
            "3": (hidden_dim, num_classes),
        }
        for layer, shape in shapes.items():
            self.params["W" + layer] = (weight_scale * np.random.randn(*shape)).astype(dtype)
        for layer, size in {"1": num_filters, "2": hidden_dim, "3": num_classes}.items():
            self.params["b" + layer] = np.zeros(size, dtype=dtype)
        ### END SOLUTION

    def loss(self, X, y=None):
        """Scores (N, num_classes) of pictures X (N, C, H, W), or with labels y (N,) the loss and the gradients."""
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        ### BEGIN SOLUTION
        maps, conv_cache = conv_forward_im2col(X, W1, b1, conv_param)
        active_maps, maps_cache = relu_forward(maps)
        pooled, pool_cache = max_pool_2x2_forward(active_maps)
        hidden, affine_cache = affine_forward(pooled, W2, b2)
        active_hidden, hidden_cache = relu_forward(hidden)
        scores, scores_cache = affine_forward(active_hidden, W3, b3)
        if y is None:
            return scores

        grads = {}
        loss, dscores = softmax_loss(scores, y)
        dactive_hidden, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
        dhidden = relu_backward(dactive_hidden, hidden_cache)
        dpooled, grads["W2"], grads["b2"] = affine_backward(dhidden, affine_cache)
        dactive_maps = max_pool_2x2_backward(dpooled, pool_cache)
        dmaps = relu_backward(dactive_maps, maps_cache)
        _, grads["W1"], grads["b1"] = conv_backward_im2col(dmaps, conv_cache)
        for name in ("W1", "W2", "W3"):
            loss += 0.5 * self.reg * np.sum(self.params[name] ** 2)
            grads[name] = grads[name] + self.reg * self.params[name]
        ### END SOLUTION
        return loss, grads


# %% grades="ThreeLayerConvNet"
check("ThreeLayerConvNet")

# %% [markdown]
# ### 6.2 Three questions before you train
#
# 1. With tiny weights the net knows nothing and gives each of ten classes a tenth. Is the first loss ln 10 = 2.303?
# 2. Can it learn **twenty** pictures by heart? A net that cannot has a mistake in it.
# 3. Only then: can it learn from two thousand, and does it know pictures that it has never seen?

# %%
images = data.load(DATASET, train=2000, val=500, test=1000)


def as_batch(pictures):
    """Bytes (N, H, W, C) as (N, C, H, W) float32; each channel of the training pictures gets mean 0, deviation 1."""
    mean = images.x_train.mean(axis=(0, 1, 2))
    deviation = images.x_train.std(axis=(0, 1, 2))
    return ((pictures - mean) / deviation).astype(np.float32).transpose(0, 3, 1, 2)


x_train, x_val, x_test = as_batch(images.x_train), as_batch(images.x_val), as_batch(images.x_test)


def accuracy(net, x, y):
    """The share of pictures that the net names correctly, asked a hundred at a time: im2col needs room."""
    labels = [net.loss(x[start : start + 100]).argmax(axis=1) for start in range(0, len(x), 100)]
    return np.mean(np.concatenate(labels) == y)


def train(net, x, y, epochs, learning_rate, batch_size=50, validation=None):
    """Plain gradient descent on small batches; the rate falls to 0 along a line. Returns losses and accuracies."""
    order = np.random.default_rng(0)
    losses, accuracies = [], {"training (500 of them)": [], "validation": []}
    steps = epochs * (len(x) // batch_size)
    for _ in range(epochs):
        shuffled = order.permutation(len(x))
        for start in range(0, len(x) - batch_size + 1, batch_size):
            batch = shuffled[start : start + batch_size]
            rate = learning_rate * (1 - len(losses) / steps)
            loss, grads = net.loss(x[batch], y[batch])
            for name, gradient in grads.items():
                net.params[name] = net.params[name] - net.params[name].dtype.type(rate) * gradient
            losses.append(loss)
        accuracies["training (500 of them)"].append(accuracy(net, x[:500], y[:500]))
        if validation:
            accuracies["validation"].append(accuracy(net, *validation))
    return losses, accuracies


np.random.seed(0)
net = ThreeLayerConvNet(num_filters=8, filter_size=3)
print(f"first loss: {net.loss(x_train[:100], images.y_train[:100])[0]:.3f}")

net = ThreeLayerConvNet(num_filters=8, filter_size=3, weight_scale=0.05)
train(net, x_train[:20], images.y_train[:20], epochs=40, learning_rate=0.1, batch_size=10)
print(f"twenty pictures, learned by heart: {accuracy(net, x_train[:20], images.y_train[:20]):.0%}")

# %% [markdown]
# ### 6.3 Two nets, two thousand pictures
#
# The opponent is the two-layer net of assignment 1: affine – ReLU – affine, and no convolution in front of it. Both
# are trained by the same loop, for the same number of epochs. It takes half a minute, or a little more.


# %%
class TwoLayerNet:
    """affine - ReLU - affine - softmax, as in assignment 1."""

    def __init__(self, hidden_dim=100, weight_scale=0.02, reg=0.0, num_classes=10):
        D = x_train[0].size
        self.reg = reg
        self.params = {
            "W1": (weight_scale * np.random.randn(D, hidden_dim)).astype(np.float32),
            "b1": np.zeros(hidden_dim, np.float32),
            "W2": (weight_scale * np.random.randn(hidden_dim, num_classes)).astype(np.float32),
            "b2": np.zeros(num_classes, np.float32),
        }

    def loss(self, X, y=None):
        """Scores, or the loss and the gradients."""
        p = self.params
        hidden, affine_cache = affine_forward(X, p["W1"], p["b1"])
        active, hidden_cache = relu_forward(hidden)
        scores, scores_cache = affine_forward(active, p["W2"], p["b2"])
        if y is None:
            return scores
        grads = {}
        loss, dscores = softmax_loss(scores, y)
        dactive, grads["W2"], grads["b2"] = affine_backward(dscores, scores_cache)
        _, grads["W1"], grads["b1"] = affine_backward(relu_backward(dactive, hidden_cache), affine_cache)
        for name in ("W1", "W2"):
            loss += 0.5 * self.reg * np.sum(p[name] ** 2)
            grads[name] = grads[name] + self.reg * p[name]
        return loss, grads


def new_nets():
    """The two nets of the comparison, untrained."""
    np.random.seed(1)
    return {
        "two layers": TwoLayerNet(hidden_dim=100, weight_scale=0.02, reg=1e-3),
        "ConvNet": ThreeLayerConvNet(
            num_filters=12, filter_size=5, hidden_dim=64, weight_scale=0.03, reg=1e-3
        ),
    }


nets, losses, curves = new_nets(), {}, {}
for name, net in nets.items():
    (losses[name], accuracies), seconds = timed(
        train, net, x_train, images.y_train, 8, 0.1, 50, (x_val, images.y_val)
    )
    curves[f"{name}: training"], curves[f"{name}: validation"] = accuracies.values()
    print(
        f"{name}: {sum(values.size for values in net.params.values()):,} parameters, {seconds:.0f} s, "
        f"{accuracy(net, x_test, images.y_test):.1%} of the test pictures"
    )

plots.learning_curves(losses, curves, title="Two nets, two thousand pictures")

# %% [markdown]
# The ConvNet names more pictures correctly, with fewer parameters. And it had not even 1000 weights in its
# convolution: nearly all the others are in the fully connected layer behind it, as in VGG.
#
# What has it learned to look at? The first layer's filters have three channels, so they can be shown as small
# colour pictures: grey is a weight of 0.

# %%
plots.filters(nets["ConvNet"].params["W1"], title="Twelve learned filters of 5 x 5")

# %% [markdown]
# Rough they are, after so little training on so few pictures. But look for them: patches of one hue that answer to
# a colour, and patches with a light side and a dark one, cousins of the edge filters of part 1. Nobody told the net
# to have them.

# %% [markdown]
# ## 7. The same pixels in another order
#
# One last experiment. Draw **one** random order of the 1024 places of a picture, and move the pixels of *every*
# picture, training and test alike, to their new places. No number is lost, and the order could be undone. For us
# the pictures are beyond recognition:

# %%
order = np.random.default_rng(0).permutation(32 * 32)


def rearranged(x):
    """All pictures with their pixels in the same new order."""
    return x.reshape(*x.shape[:2], 32 * 32)[:, :, order].reshape(x.shape)


shown = images.x_train[:8]
moved = rearranged(shown.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
plots.image_grid(np.concatenate([shown, moved]), columns=8, title="Above as they were, below rearranged")

# %% [markdown]
# What will become of the two nets, trained on these pictures from the beginning? Write down your guess. Then:

# %%
rearranged_nets = new_nets()
percent = {}
for name in nets:
    train(rearranged_nets[name], rearranged(x_train), images.y_train, 8, 0.1)
    percent[f"{name}, as they were"] = 100 * accuracy(nets[name], x_test, images.y_test)
    percent[f"{name}, rearranged"] = 100 * accuracy(rearranged_nets[name], rearranged(x_test), images.y_test)

plots.bars(
    percent, label="Test pictures named correctly (%)", title="The same pixels in another order", form=".1f"
)

# %% [markdown]
# ### 7.1 In your own words (3 points)
#
# 1. The new order makes no difference to the two-layer net, but for the luck of its random start. Why must that be
#    so?
# 2. It does make a difference to the ConvNet. Which two assumptions about pictures are built into a convolution,
#    and what has the new order done to each?
# 3. Name a kind of data, other than pictures, for which you would use a convolution (along which axis or axes?),
#    and one for which you would not. A reason for each.
#
# Five or six sentences are enough.

# %% [markdown] manual="question_rearranged_pixels" points=3
# <!-- BEGIN SOLUTION -->
# The first layer of the two-layer net has a weight of its own for every pixel and adds all products up. A sum does
# not depend on the order of its terms: if the rows of W1 are put into the same new order as the pixels, the net
# computes exactly what it did before. The random start has no preference for any order, so training on rearranged
# pictures is the same problem.
#
# A convolution assumes, first, that what belongs together is close together (it looks at a small window at a time),
# and second, that the same pattern means the same wherever it is (it uses the same weights at every place). After
# the rearrangement neighbouring pixels come from anywhere in the picture, so that a window holds unrelated pixels.
# And a pattern such as an edge that moves by one pixel turns into quite a different set of places, so that there is
# nothing that the same filter could find everywhere.
#
# Sound or a heart's current: a convolution along time, because a beat or a syllable is a short stretch and looks
# the same whenever it comes. (Or text along the words, video along height, width and time, DNA along the strand.)
# Not for a table of patients with age, weight and blood values: the order of its columns is arbitrary, and a weight
# for "age next to height" means nothing for "height next to sugar".
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: a fully connected layer has its own weight for each input, so permuting the inputs equals permuting the
#   rows of W1 (or: a sum does not depend on the order). Half a point for "it does not look at neighbours" without
#   the
#   reason why the result is then the same.
# 1 point: locality (near pixels belong together) and sharing (the same pattern may occur anywhere), half a point
#   each, with what the new order does to it. No point for "the picture is destroyed".
# 1 point: half a point for data with neighbourhood and repetition along a named axis, half a point for data without
#   (columns of a table, a set), each with a reason.
# ### END MARK SCHEME

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows
# a receipt. You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a2")
