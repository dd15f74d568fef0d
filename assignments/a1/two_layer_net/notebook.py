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
# # A two-layer network
#
# **What does a second layer buy, and who tells its weights what to do?** A linear classifier has one template for each
# class, and adds up. Put a layer of *features* in between, each a little template of its own, and the classes can be put
# together from those. That is a large step up, as you will see on the very first page.
#
# It comes at a price. The gradient of a linear classifier fits on one line. Now there are weights in the middle whose
# influence on the loss runs through everything behind them. The answer to that is one idea, **backpropagation**, and
# it carries all the way from here to the largest networks there are: nobody has to know the whole, if each piece knows
# how to hand a gradient on. You will do it by hand on single numbers, then on arrays, then build a network of such pieces and
# train it.
#
# | Part | You write | Points |
# |---|---|---|
# | 1, 2, 3 | three short questions, checked automatically | 1 + 1 + 1 |
# | 4 | the affine layer: forward, backward | 2 + 3 |
# | 4 | the ReLU: forward, backward | 1 + 2 |
# | 5 | two losses with their gradients: SVM, softmax | 4 + 4 |
# | 6 | the network | 8 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like: it says what was called,
# what came back and what was expected. Grading runs more tests of the same kind on other numbers; every
# special case that they visit is named in the exercise's text. Use NumPy: it is the only library that is there when your
# work is graded (no torch, no SciPy).

# %%
import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check, numerical_gradient
from cs_lib.plots.style import new_figure

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. What one layer cannot do
#
# Four heaps of points. A point is *orange* if its two numbers have the same sign, and *blue* if the signs differ. Nothing could be
# simpler to say. So let us ask for the best straight line between orange and blue, the stubborn way: try 20,000 random ones.

# %%
rng = np.random.default_rng(0)
points = rng.choice([-1.0, 1.0], size=(200, 2)) + 0.3 * rng.standard_normal((200, 2))
same_sign = points[:, 0] * points[:, 1] > 0

lines, offsets = rng.standard_normal((2, 20_000)), rng.standard_normal(20_000)
right = np.mean((points @ lines + offsets > 0) == same_sign[:, np.newaxis], axis=0)
print(f"the best of 20,000 lines puts {right.max():.0%} of the points on the right side")

# %% [markdown]
# One heap is always in the wrong place. No straight line does much better, and a linear classifier *is* a straight line. (In
# pictures: one template can't stand for horses that look left and for horses that look right.)
#
# Now with one layer in between. The four hidden units below are linear functions too, but each is cut off at zero: where it would be
# negative, it says 0. This cut is called **ReLU**, $\max(0, x)$. Read the columns of `W1`: the first two units are
# $\max(0, x_1 + x_2)$ and $\max(0, -x_1 - x_2)$, which together make $|x_1 + x_2|$. The other two make $|x_1 - x_2|$. And a
# sum is larger than a difference exactly where the signs agree:

# %%
W1 = np.array([[1.0, -1, 1, -1], [1, -1, -1, 1]])
W2 = np.array([[1.0], [1], [-1], [-1]])


def says_same_sign(x):
    """1 where the net's score is positive, for points x of shape (N, 2)."""
    hidden = np.maximum(0, x @ W1)
    return (hidden @ W2 > 0)[:, 0].astype(int)


print(f"right: {np.mean(says_same_sign(points) == same_sign):.1%}")
plots.decision_boundary(
    says_same_sign,
    points,
    same_sign.astype(int),
    ("signs differ", "same sign"),
    feature_names=("$x_1$ (no unit)", "$x_2$ (no unit)"),
    title="Four hidden units, chosen by hand",
)

# %% [markdown]
# The hidden layer folds the plane, twice, and in the folded plane a straight line will do. All of the magic is in the
# fold. Leave the `maximum` out, and two layers are worth no more than one, because
#
# $$(x W_1)\, W_2 = x\, (W_1 W_2)$$
#
# and $W_1 W_2$ is just another matrix. For our hand-made net it is not even an interesting one:

# %%
print("W1 @ W2 =", (W1 @ W2).ravel())

# %% [markdown]
# ### 1.1 A question (1 point)
#
# In a net $\text{scores} = g(x W_1 + b_1)\, W_2 + b_2$, the function $g$ is applied to each number by itself. With one of these $g$, the net
# can do no more than a linear classifier, however many hidden units it has. Which one?
#
# - `"a"`: $g(t) = t^2$
# - `"b"`: $g(t) = |t|$
# - `"c"`: $g(t) = 3t - 1$
# - `"d"`: $g(t) = \max(t/100,\; t)$
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_no_fold"
answer_no_fold = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_no_fold = "c"
# 3t - 1 only scales and shifts: 3 (x W1 + b1) - 1 is affine in x, and so is whatever W2 and b2 make of
# it. The others bend at 0: a square (a), an absolute value (b), a ReLU that lets through a hundredth (d).
### END SOLUTION

# %% grades="answer_no_fold"
check("answer_no_fold")

# %% [markdown]
# ## 2. Backpropagation with a pencil
#
# I chose those twelve weights by thinking. For a million weights we need gradients: for each weight, how much does the loss
# change if the weight changes a little? Begin with the smallest computation in which there is something to see:
#
# $$f(x, y, z) = (x + y)\, z \qquad\text{at}\qquad x = -2,\; y = 5,\; z = -4$$
#
# Cut it into steps, each so simple that its derivatives can be looked up: $q = x + y$, then $f = q z$. **Forward**, from left to
# right, we compute the values. **Backward**, from right to left, we compute the derivative of $f$ by each of them. The last one
# is easy: $f$ changes by exactly as much as $f$ changes, so $df/df = 1$. From there on every step does the same small thing:
#
# $$\underbrace{\frac{df}{dx}}_{\text{to hand on}} = \underbrace{\frac{df}{dq}}_{\text{came from behind}} \cdot \underbrace{\frac{dq}{dx}}_{\text{the step's own}}
# \qquad\text{downstream} = \text{upstream} \times \text{local}$$
#
# The step needs to know nothing of what comes before or after it. It gets a number from behind, the **upstream** gradient,
# multiplies it by its own **local** derivative and hands the product on.

# %%
x, y, z = -2.0, 5.0, -4.0
q = x + y  # forward
f = q * z

df = 1.0  # backward
dq, dz = df * z, df * q  # f = q z: the derivative by q is z, by z it is q
dx, dy = dq * 1, dq * 1  # q = x + y: the derivative by either is 1
print(f"f = {f:g}   df/dx = {dx:g}   df/dy = {dy:g}   df/dz = {dz:g}")

# %% [markdown]
# Is that true? There is a way to find out which needs no understanding at all: wiggle each input a little and see what $f$
# does. It is slow and not quite exact, which makes it useless for training and perfect for checking:

# %%
print(numerical_gradient(lambda v: (v[0] + v[1]) * v[2], np.array([x, y, z])))

# %% [markdown]
# Here is the same as a picture. Values stand above the arrows in blue, gradients below them in red. (The next cell only draws;
# you need not read it.)

# %%
BLUE, RED = "#0072B2", "#D55E00"
TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"


def number(value):
    """A number as it stands in the pictures, with a real minus sign."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace("-", MINUS)


def draw_graph(axes, gates, wires, title=None):
    """Draw a computation: gates {name: (x, y, sign)}, wires [(from, to, label, value, gradient)].

    A wire begins or ends at a gate's name or at a place (x, y).
    """
    places = []
    for start, end, label, value, gradient in wires:
        a, b = (np.array(gates[p][:2] if isinstance(p, str) else p, dtype=float) for p in (start, end))
        places += [a, b]
        axes.annotate("", b, a, arrowprops={"arrowstyle": "->", "color": "0.6", "shrinkA": 14, "shrinkB": 14})
        style = {"ha": "center", "fontsize": 10, "bbox": {"fc": "white", "ec": "none", "pad": 0.5}}
        x, y = a + 0.5 * (b - a)
        axes.text(x, y + 0.04, number(value), color=BLUE, va="bottom", **style)
        axes.text(x, y - 0.04, number(gradient), color=RED, va="top", **style)
        axes.text(*a, label, ha="center", va="center", fontsize=12)
    for x, y, sign in gates.values():
        circle = {"boxstyle": "circle,pad=0.35", "fc": "0.93", "ec": "0.5"}
        axes.text(x, y, sign, ha="center", va="center", fontsize=10, bbox=circle)
    low, high = np.min(places, axis=0) - 0.4, np.max(places, axis=0) + 0.4
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.axis("off")
    if title:
        axes.set_title(title, fontweight="bold")


figure = new_figure(6.5, 3)
axes = figure.add_subplot()
draw_graph(
    axes,
    {"q": (1.5, 1.5, "+"), "f": (3, 0.9, TIMES)},
    [
        ((0, 2), "q", "$x$", x, dx),
        ((0, 1), "q", "$y$", y, dy),
        ((0, 0), "f", "$z$", z, dz),
        ("q", "f", "", q, dq),
        ("f", (4.2, 0.9), "", f, df),
    ],
    "$f = (x + y)\\,z$: values above, gradients below each arrow",
)
figure

# %% [markdown]
# ### 2.1 Four patterns to know by heart
#
# With a little practice you read gradients off a picture without any calculus, because the same few gates come again and
# again. Cover the red numbers and guess them, then look:

# %%
figure = new_figure(8.6, 4.4)
panels = figure.subplots(2, 2)
gate = {"g": (1.4, 0.5, "+")}
draw_graph(
    panels[0, 0], gate, [((0, 1), "g", "", 3, 2), ((0, 0), "g", "", 4, 2), ("g", (2.8, 0.5), "", 7, 2)]
)
panels[0, 0].set_title("add hands the gradient to all")
gate = {"g": (1.4, 0.5, TIMES)}
draw_graph(
    panels[0, 1], gate, [((0, 1), "g", "", 2, 15), ((0, 0), "g", "", 3, 10), ("g", (2.8, 0.5), "", 6, 5)]
)
panels[0, 1].set_title("multiply swaps the inputs")
gate = {"g": (1.4, 0.5, "max")}
draw_graph(
    panels[1, 0], gate, [((0, 1), "g", "", 4, 0), ((0, 0), "g", "", 5, 9), ("g", (2.8, 0.5), "", 5, 9)]
)
panels[1, 0].set_title("max sends it to the winner only")
gate = {"g": (1.4, 0.5, "copy")}
draw_graph(
    panels[1, 1], gate, [((0, 0.5), "g", "", 7, 6), ("g", (2.9, 1.1), "", 7, 4), ("g", (2.9, -0.1), "", 7, 2)]
)
panels[1, 1].set_title("copy adds what comes back")
figure

# %% [markdown]
# - **Add** has the local derivatives 1 and 1: whatever arrives goes to both inputs, unchanged.
# - **Multiply** by 3 makes a wiggle 3 times as large: each input gets the upstream gradient times the *other* input. (So large inputs
#   make large gradients for the weights that they are multiplied by. This is why one scales data before training.)
# - **Max** is a switch: the loser could wiggle without anyone noticing, so its gradient is 0. ReLU is a max with 0.
# - **Copy** is easy to forget, because it is not written anywhere: it happens whenever a value is *used twice*. Each use sends a gradient
#   back, and they **add up**. Nearly every bug in nearly every first backward pass is a copy that nobody noticed.
#
# ### 2.2 A neuron, step by step
#
# This one is longer, but there is nothing new in it. A neuron with two inputs and a **sigmoid** at the end, which squeezes any number
# into the range from 0 to 1:
#
# $$f = \sigma(w_0 x_0 + w_1 x_1 + w_2), \qquad \sigma(s) = \frac{1}{1 + e^{-s}}$$
#
# The backward pass is the forward pass read from the bottom up, one line for each line. Look up a local derivative where you
# don't know it: that of $e^t$ is $e^t$, that of $1/t$ is $-1/t^2$.

# %%
w0, x0, w1, x1, w2 = 2.0, -1.0, -3.0, -2.0, -3.0

a = w0 * x0  # forward
b = w1 * x1
c = a + b
s = c + w2
n = -s
e = np.exp(n)
d = 1 + e
f = 1 / d

df = 1.0  # backward
dd = df * (-1 / d**2)
de = dd * 1
dn = de * e
ds = dn * -1
dc, dw2 = ds, ds
da, db = dc, dc
dw1, dx1 = db * x1, db * w1
dw0, dx0 = da * x0, da * w0

figure = new_figure(11.5, 5)
axes = figure.add_subplot()
draw_graph(
    axes,
    {
        "a": (1.3, 3.5, TIMES),
        "b": (1.3, 1.5, TIMES),
        "c": (2.6, 2.5, "+"),
        "s": (3.9, 1.6, "+"),
        "n": (5.2, 1.6, MINUS + "1" + TIMES),
        "e": (6.5, 1.6, "exp"),
        "d": (7.8, 1.6, "1+"),
        "f": (9.1, 1.6, "1/t"),
    },
    [
        ((0, 4), "a", "$w_0$", w0, dw0),
        ((0, 3), "a", "$x_0$", x0, dx0),
        ((0, 2), "b", "$w_1$", w1, dw1),
        ((0, 1), "b", "$x_1$", x1, dx1),
        ((0, 0), "s", "$w_2$", w2, dw2),
        ("a", "c", "", a, da),
        ("b", "c", "", b, db),
        ("c", "s", "", c, dc),
        ("s", "n", "", s, ds),
        ("n", "e", "", n, dn),
        ("e", "d", "", e, de),
        ("d", "f", "", d, dd),
        ("f", (10.3, 1.6), "", f, df),
    ],
    "A sigmoid neuron: values above, gradients below each arrow",
)
figure

# %% [markdown]
# The neuron says **0.73**. At the sum its gradient is **0.2**, the two add gates hand that on, and the multiply gates swap:
# −0.20 for $w_0$, 0.39 for $x_0$, −0.39 for $w_1$, −0.59 for $x_1$, 0.20 for $w_2$.
#
# Where you cut is up to you. The last four gates together are the sigmoid, and its derivative can be worked out once and for all:
# $d\sigma/ds = \sigma\,(1 - \sigma)$. So from the value alone, with no $e$ in sight:

# %%
print(f"gate by gate: {ds:.6f}     the sigmoid at one go: {f * (1 - f):.6f}")

# %% [markdown]
# This is what we are after for the rest of the notebook: **large gates with a backward pass worked out once**. We shall take
# whole layers as gates.
#
# ### 2.3 A question (1 point)
#
# $$f(x, y, z) = x\, y + \max(x, z) \qquad\text{at}\qquad x = 3,\; y = -4,\; z = 2$$
#
# What is $df/dx$? Draw the graph, with all the gates that are in it, and walk back.

# %% solution="answer_gradient_of_x"
answer_gradient_of_x = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_gradient_of_x = -3
# x is used twice. The product sends back y = -4; the max sends back 1, since x = 3 beats z = 2; the copy
# adds both.
### END SOLUTION

# %% grades="answer_gradient_of_x"
check("answer_gradient_of_x")

# %% [markdown]
# ## 3. From numbers to arrays
#
# In a network the wires carry arrays, and one thing stays as it was: **the gradient of the loss by an array has the shape of that
# array**. For each number in it, how much does the loss (a single number) change with it?
#
# What does change is the local derivative. If a gate takes 4 numbers and gives 4 numbers, each output may depend on each input: that makes 16
# derivatives, a table that is called the **Jacobian**. Here it is for the ReLU, with the numbers of a lecture:

# %%
x = np.array([1.0, -2.0, 3.0, -1.0])
upstream = np.array([4.0, -1.0, 5.0, 9.0])

jacobian = np.diag((x > 0).astype(float))  # row: which output, column: which input
print(jacobian)
print("downstream = upstream @ jacobian =", upstream @ jacobian)

# %% [markdown]
# Sixteen numbers, of which two matter. Nobody would write it like that: a ReLU lets the upstream gradient pass where its input was
# positive, and blocks it elsewhere. Four numbers in, four numbers out, no table.
#
# For a layer $y = x w$ it gets worse. Here is a lecture's example, two examples with three features each:

# %%
x = np.array([[2.0, 1, -3], [-3, 4, 2]])
w = np.array([[3.0, 2, 1, -1], [2, 1, 3, 2], [3, 2, 1, -2]])
on_the_slide = np.array([[13.0, 9, -2, -6], [5, 2, 17, 1]])

y = x @ w
print("x @ w =")
print(y)
print("right on the slide:")
print(on_the_slide == y)

# %% [markdown]
# Never trust a slide: of the eight numbers that were printed there, $\begin{pmatrix} 13 & 9 & -2 & -6 \\ 5 & 2 & 17 & 1 \end{pmatrix}$, only the
# 5 and the 2 are right. Check one of the others by hand: the first is $2 \cdot 3 + 1 \cdot 2 - 3 \cdot 3 = -1$.
#
# ### 3.1 The layer without its Jacobian
#
# How does the loss depend on one entry of $x$, say example $n$, feature $d$? It goes into each output of that example, so it is *copied* $M$ times,
# and multiplied by a weight each time. Copies add:
#
# $$y_{nm} = \sum_d x_{nd}\, w_{dm} \qquad\Longrightarrow\qquad \frac{dL}{dx_{nd}} = \sum_m \frac{dL}{dy_{nm}}\; w_{dm}$$
#
# And a weight $w_{dm}$ is used once for each example: $\;dL/dw_{dm} = \sum_n x_{nd}\; dL/dy_{nm}$. Both sums are matrix products
# in disguise. With $dx$, $dw$ and $dy$ for the gradients of the loss by these arrays, as in the code of part 2, they are
#
# $$dx = dy\; w^\top, \qquad dw = x^\top dy$$
#
# You need not remember on which side the transpose stands. `dx` has the shape of `x`, $(N, D)$; you have `dy` of shape $(N, M)$ and `w` of shape
# $(D, M)$; there is only one way to multiply them that fits. It is the multiply gate again: each side gets the upstream gradient times the other.
#
# What have we saved? A layer of usual size, in single precision (4 bytes a number):

# %%
N, D, M = 64, 4096, 4096
print(f"the Jacobian of y by x: {(N * M) * (N * D) * 4 / 2**30:.0f} GB")
print(f"x, w, dy, dx and dw together: {(2 * N * D + 2 * D * M + N * M) * 4 / 2**30:.2f} GB")

# %% [markdown]
# ### 3.2 A question (1 point)
#
# That Jacobian holds the derivative of each number $y_{nm}$ by each number $x_{ij}$. Most of them are 0 whatever the weights are. What
# **share** of its entries can be different from 0, for $N = 64$ and $D = M = 4096$? A number between 0 and 1, or an expression such as `3 / 7`. (If you are
# stuck, write the table down for $N = 2$, $D = M = 2$.)

# %% solution="answer_share_of_jacobian"
answer_share_of_jacobian = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_share_of_jacobian = 1 / 64
# The scores y[n] of an example depend on that example alone, so of all x[i, j] only those with i = n
# count: one example in N. Which feature and which unit it is plays no part.
### END SOLUTION

# %% grades="answer_share_of_jacobian"
check("answer_share_of_jacobian")

# %% [markdown]
# ## 4. Layers
#
# Each layer is a pair of functions. `..._forward` returns its output and a **cache**: whatever its backward pass will need to know again.
# `..._backward` gets the upstream gradient `dout`, which has the shape of the output, and that cache. It returns the
# gradients of everything that went in. What you put into the cache is your own affair, nobody else looks inside.
#
# For all functions of parts 4 and 5:
# - arrays may be float64 or float32, and `N` may be 1;
# - the arguments of the forward passes and the losses are **read only**. They belong to the caller, who still needs
#   them (the backward pass to begin with). An upstream gradient `dout` is yours: you may write into it.
#
# ### 4.1 Affine, forward (2 points)
#
# The layer of part 3 with a bias: `out = x w + b`, where every example gets the same `b` added.
#
# `x` need not be a table. It may be pictures of shape `(N, 32, 32, 3)`, or anything else that begins with `N`: `(N, d1, ..., dk)`, with one or more
# further axes. Each example is flattened to a row of `D = d1 * ... * dk` numbers, in NumPy's usual order, as `reshape` does it.
# (`D`, `M` and `N` all differ in general; `M` or `D` may be 1.)


# %% solution="affine_forward"
def affine_forward(x, w, b):
    """An affine layer: out = x w + b.

    x has shape (N, d1, ..., dk), w has shape (D, M) with D = d1 * ... * dk, b has shape (M,).
    Returns (out, cache), out of shape (N, M), cache for affine_backward.
    """
    ### BEGIN SOLUTION
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w)
    ### END SOLUTION
    return out, cache


# %% grades="affine_forward"
check("affine_forward")

# %% [markdown]
# ### 4.2 Affine, backward (3 points)
#
# Part 3 has all you need for `dx` and `dw`. And `db`? Each bias is copied to every example, and you know what copies do.
#
# - Each gradient has the shape of what it belongs to. For `dx` that is the shape in which `x` came, `(N, d1, ..., dk)`.
# - `cache` is what your own `affine_forward` returned.


# %% solution="affine_backward"
def affine_backward(dout, cache):
    """The way back through an affine layer.

    dout has shape (N, M), cache is from affine_forward.
    Returns (dx, dw, db) in the shapes of x, w and b.
    """
    ### BEGIN SOLUTION
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    ### END SOLUTION
    return dx, dw, db


# %% grades="affine_backward"
check("affine_backward")

# %% [markdown]
# With that, the lecture's example can be finished. The upstream gradient was given on the slide:

# %%
dy = np.array([[2.0, 3, -3, 9], [-8, 1, 4, 6]])
y, cache = affine_forward(x, w, np.zeros(4))
dx, dw, _ = affine_backward(dy, cache)
print("dx =", dx, "dw =", dw, sep="\n")

# %% [markdown]
# ### 4.3 ReLU (1 + 2 points)
#
# `out = max(0, x)` for every number of an array of **any** shape. (All of its numbers may be negative, or all positive.) On the way back the gradient passes where `x` was
# positive. At exactly 0 there is no derivative; take whatever you like there, nobody will ask.


# %% solution="relu_forward"
def relu_forward(x):
    """max(0, x), for x of any shape. Returns (out, cache), out shaped like x."""
    ### BEGIN SOLUTION
    out = np.maximum(0, x)
    cache = x
    ### END SOLUTION
    return out, cache


# %% grades="relu_forward"
check("relu_forward")


# %% solution="relu_backward"
def relu_backward(dout, cache):
    """The way back through a ReLU: dx, shaped like dout. cache is from relu_forward."""
    ### BEGIN SOLUTION
    x = cache
    dx = dout * (x > 0)
    ### END SOLUTION
    return dx


# %% grades="relu_backward"
check("relu_backward")

# %% [markdown]
# ## 5. Losses
#
# At the end of the net stand the scores, `x` of shape `(N, C)`: for each of `N` examples one number for each of `C` classes. `y` of shape `(N,)` holds
# the number of the right class, from 0 to C − 1. A loss turns that into a single number, **the mean over the examples**, and because nothing comes after it, its
# backward pass needs no upstream gradient. So one function returns both: `(loss, dx)`, with `dx` shaped like `x`.
#
# There are no weights here and no regularisation; the net will see to that. All of this can be done without a loop, and loops
# are allowed.
#
# ### 5.1 SVM loss (4 points)
#
# The hinge loss asks that the right class beat each other class by a margin of 1. Whatever is missing is the loss:
#
# $$L_i = \sum_{j \ne y_i} \max(0,\; x_{ij} - x_{iy_i} + 1), \qquad L = \frac{1}{N} \sum_i L_i$$
#
# For the gradient, read it as a graph: a max gate for each $j \ne y_i$, and $x_{iy_i}$ is *copied* to all of them, with a minus sign.
#
# - There are at least two classes. A class may not occur in `y` at all, or be the right one everywhere.
# - Scores may be in the tens of thousands.
# - The loss may be 0, with all gradients 0.
# - No score lies exactly on the edge of the margin.


# %% solution="svm_loss"
def svm_loss(x, y):
    """The multiclass SVM loss with margin 1, a mean over examples.

    x has shape (N, C), y has shape (N,). Returns (loss, dx), dx of shape (N, C).
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(x)
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    dx /= len(x)
    ### END SOLUTION
    return loss, dx


# %% grades="svm_loss"
check("svm_loss")

# %% [markdown]
# ### 5.2 Softmax loss (4 points)
#
# The softmax turns the scores of an example into probabilities, and the loss is how surprised they are by the truth:
#
# $$p_{ij} = \frac{e^{x_{ij}}}{\sum_k e^{x_{ik}}}, \qquad L = -\frac{1}{N} \sum_i \log p_{iy_i}$$
#
# (natural logarithms). Its gradient is a small wonder. All those exponentials and logarithms, and what is left is
#
# $$\frac{dL}{dx_{ij}} = \frac{1}{N}\, \big(p_{ij} - [j = y_i]\big)$$
#
# what the net said, minus what it should have said. ($[j = y_i]$ is 1 for the right class and 0 elsewhere. Derive it once: with
# $L_i = -x_{iy_i} + \log \sum_k e^{x_{ik}}$ it takes one line.)
#
# **One trap.** $e^{1000}$ is too large for any float. But adding the same number to all scores of an example does not change
# $p$, so subtract the largest one first: then the largest exponential is $e^0 = 1$ and nothing can overflow.
#
# - Scores may be as large as 10,000 and as low as −10,000, and the examples may lie on different levels: one row around 10,000, the next one around −10,000.
# - Within a row, the right class is never so far behind that its probability is 0 in float64. But it may be 1e-10, so
#   add no small number "for safety" inside the logarithm: it would be seen.
# - There are at least two classes. A class may not occur in `y` at all, or be the right one everywhere.


# %% solution="softmax_loss"
def softmax_loss(x, y):
    """The cross-entropy of the softmax, a mean over examples.

    x has shape (N, C), y has shape (N,). Returns (loss, dx), dx of shape (N, C).
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[rows, y].mean()
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    dx /= len(x)
    ### END SOLUTION
    return loss, dx


# %% grades="softmax_loss"
check("softmax_loss")

# %% [markdown]
# The two losses have different tempers. Four sets of scores, class 0 is right each time:

# %%
print("scores                   SVM loss   softmax loss")
for scores in ([10, -2, 3], [10, 9, 9], [10, -100, -100], [20, 9, 9]):
    row, label = np.array([scores], dtype=float), np.array([0])
    svm, softmax = (abs(f(row, label)[0]) for f in (svm_loss, softmax_loss))  # abs: no -0, please
    print(f"{scores!s:24} {svm:8.4g} {softmax:14.4g}")

# %% [markdown]
# The SVM loss is content as soon as the margin is kept, and does not care by how much. The softmax loss is never content: a surer
# answer is always a little better. The net below uses softmax.

# %% [markdown]
# ## 6. The network (8 points)
#
# Now put the pieces together:
#
# $$\text{scores} = \max(0,\; X W_1 + b_1)\; W_2 + b_2$$
#
# affine – ReLU – affine, then the softmax loss, and back through all of it in reverse order. With your functions, each of these is one line.
#
# **The constructor**
# - takes `input_dim`, `hidden_dim`, `num_classes`, `weight_scale` and `reg`, by position or by name, with the defaults below;
# - makes `self.params`, a dictionary with the arrays `"W1"`, `"b1"`, `"W2"`, `"b2"`;
# - weights are drawn from a normal distribution with mean 0 and standard deviation `weight_scale`, all independently; biases are zeros;
# - `W1` has shape `(input_dim, hidden_dim)`, `W2` `(hidden_dim, num_classes)`, and each `b` is a vector with as many numbers as its `W` has columns.
#
# **`loss(X, y=None)`**
# - reads the weights from `self.params` every time, because training changes them. It changes neither them nor `X`, so a second call gives the same.
# - `X` has shape `(N, d1, ..., dk)`, a table or pictures, as for `affine_forward`. `N` may be 1, and then `y` is `array([0])` for instance.
# - Without `y` it returns the scores, shape `(N, num_classes)`: raw ones, with no softmax and no ReLU over them.
# - With `y` it returns `(loss, grads)`. The loss is the softmax loss plus the regularisation
#   $\;\frac{1}{2}\, \text{reg}\, \big(\sum W_1^2 + \sum W_2^2\big)$, which leaves the biases alone. The half is there so that its gradient is simply
#   $\text{reg} \cdot W$.
# - `grads` has the same keys as `params`, with arrays of the same shapes: the gradient of that loss, regularisation included.
#
# No size has anything to do with another: there may be fewer hidden units than inputs, or more. Grading sets `params` to numbers of its own and looks at what `loss` returns. It also takes a few steps of training.


# %% solution="TwoLayerNet"
class TwoLayerNet:
    """affine - ReLU - affine - softmax."""

    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        """Draw the weights. reg is the strength of the regularisation."""
        self.reg = reg
        self.params = {}
        ### BEGIN SOLUTION
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)
        ### END SOLUTION

    def loss(self, X, y=None):
        """Scores of shape (N, num_classes) without y, (loss, grads) with y of shape (N,)."""
        ### BEGIN SOLUTION
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        before, cache1 = affine_forward(X, W1, b1)
        hidden, cache_relu = relu_forward(before)
        scores, cache2 = affine_forward(hidden, W2, b2)
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2))

        grads = {}
        dhidden, grads["W2"], grads["b2"] = affine_backward(dscores, cache2)
        dbefore = relu_backward(dhidden, cache_relu)
        _, grads["W1"], grads["b1"] = affine_backward(dbefore, cache1)
        grads["W1"] += self.reg * W1
        grads["W2"] += self.reg * W2
        ### END SOLUTION
        return loss, grads


# %% grades="TwoLayerNet"
check("TwoLayerNet")

# %% [markdown]
# ### 6.1 Three looks before training
#
# A net that is subtly wrong often learns all the same, only worse, and you would never know. So before the first long run one looks at three
# things, which take a minute together and save days.
#
# **First look: the gradient.** Wiggle every weight of a tiny net, and compare. (`grad_check` does what part 2 did with `numerical_gradient`, and says where
# the difference is largest.)

# %%
np.random.seed(0)
tiny = TwoLayerNet(5, 4, 3, weight_scale=0.5, reg=0.1)
X_tiny, y_tiny = rng.standard_normal((6, 5)), np.array([0, 1, 2, 2, 1, 0])
_, grads = tiny.loss(X_tiny, y_tiny)


def loss_with(name, values):
    """The loss of the tiny net with one of its arrays replaced."""
    kept = tiny.params[name]
    tiny.params[name] = values
    loss, _ = tiny.loss(X_tiny, y_tiny)
    tiny.params[name] = kept
    return loss


for name in sorted(tiny.params):
    report = grad_check(lambda values, name=name: loss_with(name, values), tiny.params[name], grads[name])
    print(f"{name}: {str(report).splitlines()[0]}")

# %% [markdown]
# **Second look: the first loss.** With tiny weights all scores are nearly 0, so each of ten classes gets probability 1/10, and the loss has to
# be $\log 10 = 2.30$. Turn the regularisation up, and the loss has to go *up*: here by $\frac12 \cdot 1000$ times the sum of 154,100 squares of about $10^{-8}$ each.
# Work that out before you run the cell.

# %%
X_random, y_random = rng.standard_normal((100, 3072)), rng.integers(10, size=100)
for reg in (0.0, 1e3):
    np.random.seed(0)
    loss, _ = TwoLayerNet(3072, 50, 10, weight_scale=1e-4, reg=reg).loss(X_random, y_random)
    print(f"reg = {reg:6g}: the first loss is {loss:.2f}")

# %% [markdown]
# **Third look: can it learn twenty examples by heart?** If it can't even do that, no amount of data will help. For this, and for the rest, we need a
# training loop. Here is one, the plainest there is: take a random handful of examples (a *mini-batch*), ask for the gradient, take a
# step downhill, repeat. After each pass through the data (an *epoch*) the steps get a little shorter.


# %%
def train(net, X, y, X_val, y_val, rate=0.05, decay=0.95, epochs=20, batch=50, seed=0):
    """Plain SGD. Returns the loss of each step, and training and validation accuracy after each epoch."""
    shuffle = np.random.default_rng(seed)
    losses, accuracies = [], {"training": [], "validation": []}
    for _ in range(epochs):
        order = shuffle.permutation(len(X))
        for start in range(0, len(X), batch):
            chosen = order[start : start + batch]
            loss, grads = net.loss(X[chosen], y[chosen])
            for name in net.params:
                net.params[name] = net.params[name] - rate * grads[name]
            losses.append(loss)
        rate *= decay
        accuracies["training"].append(accuracy(net, X[:1000], y[:1000]))
        accuracies["validation"].append(accuracy(net, X_val, y_val))
    return losses, accuracies


def accuracy(net, X, y):
    """The share of examples whose highest score is that of their class."""
    return np.mean(np.argmax(net.loss(X), axis=1) == y)


def new_net(hidden_dim, reg=0.0, weight_scale=1e-2, seed=0):
    """A net for our pictures, in single precision: half the memory, twice the speed."""
    np.random.seed(seed)
    net = TwoLayerNet(X_train.shape[1], hidden_dim, len(images.classes), weight_scale, reg)
    net.params = {name: values.astype(np.float32) for name, values in net.params.items()}
    return net


# %% [markdown]
# And pictures. The mean picture of the training set is subtracted, so that the numbers lie around 0, and they are divided by 64, so that they are about as large as 1: remember
# that a multiply gate makes the gradient of a weight as large as its input.

# %%
images = data.load(DATASET, train=5000, val=500, test=1000)
rows = images.flat(np.float32)
mean_picture = rows.x_train.mean(axis=0)
X_train, X_val, X_test = ((x - mean_picture) / 64 for x in (rows.x_train, rows.x_val, rows.x_test))
y_train, y_val, y_test = rows.y_train, rows.y_val, rows.y_test
images

# %%
net = new_net(100)
losses, _ = train(net, X_train[:20], y_train[:20], X_val, y_val, rate=0.05, decay=1, epochs=100, batch=20)
print(f"loss {losses[0]:.2f} at first, {losses[-1]:.4f} after 100 steps")
print(
    f"on the twenty: {accuracy(net, X_train[:20], y_train[:20]):.0%},",
    f"on others: {accuracy(net, X_val, y_val):.0%}",
)

# %% [markdown]
# By heart indeed. On the others it does better than guessing, for the colours give some classes away, but a perfect score on what was
# learned says little about what was not.

# %% [markdown]
# ## 7. All of it in twenty lines
#
# Before the pictures, a look at how little this is. Here is a whole network with its training, with your functions and without the class: 64 examples
# of 1000 random numbers, 100 hidden units, ten classes drawn by lot, 2000 steps.

# %%
N, D, H, C = 64, 1000, 100, 10
X, y = rng.standard_normal((N, D)), rng.integers(C, size=N)
W1, b1 = rng.standard_normal((D, H)) / np.sqrt(D), np.zeros(H)
W2, b2 = rng.standard_normal((H, C)) / np.sqrt(H), np.zeros(C)

losses = []
for _ in range(2000):
    before, cache1 = affine_forward(X, W1, b1)
    hidden, cache_relu = relu_forward(before)
    scores, cache2 = affine_forward(hidden, W2, b2)
    loss, dscores = softmax_loss(scores, y)
    losses.append(loss)

    dhidden, dW2, db2 = affine_backward(dscores, cache2)
    dbefore = relu_backward(dhidden, cache_relu)
    _, dW1, db1 = affine_backward(dbefore, cache1)
    for weights, gradient in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
        weights -= 0.1 * gradient

print(f"right: {np.mean(np.argmax(scores, axis=1) == y):.0%}")
plots.learning_curves(losses, window=20, log=True, title="64 examples of pure noise")

# %% [markdown]
# It learned **noise**, to the last example. There is nothing to be understood in labels that are drawn by lot. With 100,000 weights for 64 examples
# a net can learn anything by heart, so a falling training loss proves nothing but that the code works. What counts is
# how it does on pictures that it has not seen.
#
# ## 8. Pictures
#
# For comparison, first the linear classifier, as a net with a single layer. It goes into the same training loop, because it keeps to
# the same agreement: `params`, and a `loss` that returns scores or the loss with its gradients.


# %%
class OneLayerNet:
    """affine - softmax: a linear classifier."""

    def __init__(self, input_dim, num_classes):
        self.params = {
            "W1": np.zeros((input_dim, num_classes), dtype=np.float32),
            "b1": np.zeros(num_classes, dtype=np.float32),
        }

    def loss(self, X, y=None):
        """Scores without y, (loss, grads) with y."""
        scores, cache = affine_forward(X, self.params["W1"], self.params["b1"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        _, dW1, db1 = affine_backward(dscores, cache)
        return loss, {"W1": dW1, "b1": db1}


linear = OneLayerNet(X_train.shape[1], len(images.classes))
linear_losses, linear_accuracies = train(linear, X_train, y_train, X_val, y_val, rate=0.01)

net = new_net(100, reg=1e-3)
first_weights = net.params["W1"].copy()
net_losses, net_accuracies = train(net, X_train, y_train, X_val, y_val)

# %%
plots.learning_curves(
    {"one layer": linear_losses, "two layers": net_losses},
    {
        "one layer, training": linear_accuracies["training"],
        "one layer, validation": linear_accuracies["validation"],
        "two layers, training": net_accuracies["training"],
        "two layers, validation": net_accuracies["validation"],
    },
    title="One layer and two",
)

# %% [markdown]
# Read it in three steps. The **loss** of one layer soon falls very slowly: flat boundaries have little more to give. Two layers go on and on. In **training accuracy**
# the hidden layer is far ahead. And the **gap** between training and validation grows all the while: that is the part learned by heart. As long as the validation
# curve still rises, it is worth the trouble; towards the end of this run it hardly does.
#
# ### 8.1 What the hidden units look for
#
# Each column of `W1` holds as many numbers as a picture has, so it can be looked at. Grey is a weight of 0. Here are 20 units before training, and the
# same 20 afterwards:

# %%
some_units = np.argsort(-np.linalg.norm(net.params["W1"], axis=0))[:20]
picture_shape = images.x_train.shape[1:]
plots.weight_templates(
    first_weights[:, some_units], picture_shape, columns=10, title="Twenty hidden units before training"
)

# %%
plots.weight_templates(
    net.params["W1"][:, some_units], picture_shape, columns=10, title="The same twenty after training"
)

# %% [markdown]
# Out of noise came colours, and places for them: yellow on one side and blue on the other. And out of it came *stripes*, upright and
# slanting, the kind of thing that bricks, rockets and tissue are made of. No one class owns them: they are *parts*, shared by all
# classes, and `W2` says which class makes what of each. The fine grain that is left is worth a look too: smooth templates are a sign of health, pure noise one of too little training, too small a learning rate or
# too little regularisation.
#
# Do all units work? A unit whose input is negative for *every* picture always says 0, gets no gradient, and can never come back: a
# *dead* unit. Let us count how often each one speaks up.

# %%
before, _ = affine_forward(X_train, net.params["W1"], net.params["b1"])
speaks = np.mean(before > 0, axis=0)
print(f"the units are active for {speaks.min():.0%} to {speaks.max():.0%} of the pictures")
print(f"dead units: {np.sum(speaks == 0)}")

# %% [markdown]
# All alive, and each of them undecided enough to tell pictures apart.
#
# ### 8.2 Which settings?
#
# I gave you 100 hidden units and a rate of 0.05, and did not say where I had them from: from trying. These are *hyperparameters*, and they are chosen by their accuracy on the
# validation pictures. A small search, on part of the data and for a few epochs only, tells most of the story. Note the steps: rates are tried at *multiples*, not at equal
# distances, because what matters is whether a step is three times as long.

# %%
rates, sizes = (0.003, 0.01, 0.03, 0.1, 0.3), (5, 20, 80)
table = np.zeros((len(sizes), len(rates)))
for i, hidden_dim in enumerate(sizes):
    for j, rate in enumerate(rates):
        candidate = new_net(hidden_dim)
        with np.errstate(all="ignore"):  # too large a rate may end in numbers that are none
            _, curve = train(candidate, X_train[:2500], y_train[:2500], X_val, y_val, rate=rate, epochs=5)
        table[i, j] = curve["validation"][-1]

figure = new_figure(7, 3.2)
axes = figure.add_subplot()
shown = axes.imshow(table, cmap="cividis", vmin=0.1)
for (i, j), value in np.ndenumerate(table):
    axes.text(j, i, f"{value:.0%}", ha="center", va="center", color="white" if value < 0.3 else "black")
axes.set_title("Validation accuracy after 5 epochs on 2500 pictures", fontweight="bold")
axes.set(
    xlabel="Learning rate (no unit)",
    ylabel="Hidden units",
    xticks=range(len(rates)),
    yticks=range(len(sizes)),
)
axes.set_xticklabels(rates)
axes.set_yticklabels(sizes)
figure.colorbar(shown, label="Share of right answers")
figure

# %% [markdown]
# The rate decides more than the size. To the left the steps are too short to get anywhere in five epochs. In the last column they are so long that each
# one makes matters worse, until the weights are no numbers any more (NaN), and what is left is guessing. The best rate lies a little below that
# edge: 0.03 wins, and 0.1 is shaky already. Hence 0.05 for the long run. Had the best column been
# the first or the last one, the search would have had to go on in that direction: **a best value at the edge of the range is a warning.**
#
# ### 8.3 The test, once
#
# The settings are chosen and the net is trained. Now, and only now, the test pictures:

# %%
print(f"one layer:  {accuracy(linear, X_test, y_test):.1%} of the test pictures")
print(f"two layers: {accuracy(net, X_test, y_test):.1%}")
plots.confusion_matrix(y_test, np.argmax(net.loss(X_test), axis=1), images.classes, title="Two layers")

# %% [markdown]
# That is what a second layer buys: a third more right answers. Grass and gravel, hopeless cases for nearest neighbours, are now mostly told from
# everything else, though not from each other. And look at what it does *not* buy: every hidden unit still compares with a template that has each colour at
# a fixed place. A pattern that moves by three pixels meets quite other weights. In the next notebook we choose better features by hand; later on, networks will
# look at small windows instead of whole pictures, and learn for themselves what to look for in them. The way back through all of those is the one
# that you have just written.
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a1")
