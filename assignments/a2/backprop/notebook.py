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
# # Backpropagation, from a scalar engine to deep nets
#
# **Here is a machine with a million knobs and one dial. Which way should you turn each knob so that the dial falls?**
# You could nudge one knob, read the dial, nudge the next: a million readings for a single step. Backpropagation gets all
# million answers for the price of about *three* readings. It is the reason why deep learning is possible at all, and
# it is a much smaller idea than its name.
#
# You will build it twice. First as an engine for single numbers, so small that you can watch it work on a sheet
# of paper. Then the numbers become arrays, the same engine trains its first net, and from its pieces you
# build nets of any depth. At the end stands a riddle: ten layers deep, some nets stop learning. You will see why.
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | three gates: multiply, divide, maximum | 2 + 2 + 2 |
# | 3 | the order, and the sweep backwards | 4 + 5 |
# | 4 | arrays: undo a spreading, the matrix product | 3 + 3 |
# | 5 | an activation with its backward pass | 1 + 3 |
# | 6 | a fully connected net of any depth | 10 |
# | 3, 4, 7 | three short questions, checked automatically | 1 + 1 + 1 |
# | 7 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like. Grading runs more tests of the same
# kind on other numbers; every special case that they visit is named in the exercise's text. Graded functions may use
# NumPy, what is defined or imported in this notebook, and nothing else: a library that differentiates for you is not there.

# %%
import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check
from cs_lib.layers.activations import ACTIVATIONS, relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax_loss

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. One formula, taken apart
#
# Take $f(x, y, z) = (x + y) \cdot z$ at $x = -2,\; y = 5,\; z = -4$. Don't look at it as a formula but as two little machines in a
# row: an *add gate* that makes $q = x + y = 3$, and a *multiply gate* that makes $f = q z = -12$.
#
# Each gate is so simple that its own derivatives are no work at all. They are called its **local gradients**:
#
# - add: $\;\partial q / \partial x = 1$, $\;\partial q / \partial y = 1$
# - multiply: $\;\partial f / \partial q = z = -4$, $\;\partial f / \partial z = q = 3$
#
# The chain rule says how to combine them. Start at the end, where $\partial f/\partial f = 1$, and walk backwards. Each gate is
# handed one number, the **upstream gradient**: how much does the final result change if *my output* changes? It multiplies
# that by its local gradient for each of its inputs and hands the products on:
#
# $$\underbrace{\frac{\partial f}{\partial x}}_{\text{to be handed on}} \;=\; \underbrace{\frac{\partial f}{\partial q}}_{\text{upstream}} \cdot \underbrace{\frac{\partial q}{\partial x}}_{\text{local}} \;=\; -4 \cdot 1 \;=\; -4$$
#
# So $\partial f/\partial x = -4$, $\;\partial f/\partial y = -4$, $\;\partial f/\partial z = 3$. No gate had to know the whole formula. That is
# all of backpropagation. What is left is book-keeping: who is whose input, and in which order to go. In code:


# %%
class Value:
    """A number that remembers which gate made it, and from which inputs. (In part 4: an array.)"""

    def __init__(self, data, name=""):
        self.data = data  # what came out on the way forwards
        self.grad = 0.0  # how the final result changes with it, once `backward` has been there
        self.gate = None  # the name of the gate; None for a value that was given, not computed
        self.inputs = ()  # what went into the gate
        self.name = name

    def shares(self):
        """What this value hands back: for each of its inputs, upstream times local gradient."""
        _, gate_backward = GATES[self.gate]
        return gate_backward(self.grad, self.data, *[source.data for source in self.inputs])

    def __add__(self, other):
        return apply("add", self, other)

    def __mul__(self, other):
        return apply("multiply", self, other)

    def __truediv__(self, other):
        return apply("divide", self, other)

    def __sub__(self, other):
        return self + other * -1.0 if isinstance(other, Value) else self + -other

    def __radd__(self, other):
        return apply("add", other, self)

    def __rmul__(self, other):
        return apply("multiply", other, self)

    def __rtruediv__(self, other):
        return apply("divide", other, self)

    def exp(self):
        """e to the power of this value."""
        return apply("exp", self)

    def __repr__(self):
        return f"Value({self.name or self.gate}: data={self.data}, grad={self.grad})"


def apply(gate, *inputs):
    """Send inputs (values or plain numbers) through a gate; the result remembers both."""
    inputs = tuple(x if isinstance(x, Value) else Value(x) for x in inputs)
    gate_forward, _ = GATES[gate]
    result = Value(gate_forward(*[x.data for x in inputs]))
    result.gate, result.inputs = gate, inputs
    return result


# %% [markdown]
# ## 2. Gates
#
# A gate is a pair of functions. The forward one is obvious. The backward one has the same shape for every gate:
#
#     something_backward(dout, out, x, y)  ->  (dx, dy)
#
# `dout` is the upstream gradient, `out` what the gate had computed, `x` and `y` what went in. It returns one gradient for each
# input, in the inputs' order. Two gates are given as examples:


# %%
def add_backward(dout, out, x, y):
    """Adding distributes: both inputs get the upstream gradient as it is."""
    return dout, dout


def exp_backward(dout, out, x):
    """exp is its own derivative, and what it gave is still at hand: no need to compute it again."""
    return (dout * out,)


# %% [markdown]
# Now it is your turn. What holds for **all three** gates that you write:
#
# - return two gradients, `(dx, dy)`, the upstream gradient included;
# - inputs may be negative, and `x` may be 0, without anything turning to NaN;
# - in part 4 the same gates will get **arrays**: then `dout`, `out`, `x` and `y` are all of one shape, with any number of axes, in
#   float64 or float32, and the gate acts on each element on its own. Write formulas that don't mind, so no `if x > y`;
# - inputs are read only.
#
# ### 2.1 Multiply (2 points)
#
# $f = x \cdot y$. People say that a multiply gate *swaps*. You will see why.


# %% solution="multiply_backward"
def multiply_backward(dout, out, x, y):
    """(dx, dy) of out = x * y, given the gradient dout of out. All are numbers, or arrays of one shape."""
    ### BEGIN SOLUTION
    return dout * y, dout * x
    ### END SOLUTION


# %% grades="multiply_backward"
check("multiply_backward")

# %% [markdown]
# ### 2.2 Divide (2 points)
#
# $f = x / y$, where `y` is never 0. If you don't remember the quotient rule: $x / y$ is $x \cdot y^{-1}$. With $x = 1$ this
# is the $1/y$ that a sigmoid ends with.


# %% solution="divide_backward"
def divide_backward(dout, out, x, y):
    """(dx, dy) of out = x / y, given the gradient dout of out. All are numbers, or arrays of one shape."""
    ### BEGIN SOLUTION
    return dout / y, -dout * x / y**2
    ### END SOLUTION


# %% grades="divide_backward"
check("divide_backward")

# %% [markdown]
# ### 2.3 Maximum (2 points)
#
# $f = \max(x, y)$. Wiggle the smaller one a little: what happens to the result? So a maximum gate *routes*: it passes the whole
# gradient to one input and 0 to the other. (Where both are equal there is no derivative; the tests keep away from
# such places.)


# %% solution="maximum_backward"
def maximum_backward(dout, out, x, y):
    """(dx, dy) of out = max(x, y), given the gradient dout of out. All are numbers, or arrays of one shape."""
    ### BEGIN SOLUTION
    return dout * (x > y), dout * (y > x)
    ### END SOLUTION


# %% grades="maximum_backward"
check("maximum_backward")

# %% [markdown]
# Here is the table of all gates so far. A new operation is one new row, and nothing else changes.

# %%
GATES = {
    "add": (lambda x, y: x + y, add_backward),
    "multiply": (lambda x, y: x * y, multiply_backward),
    "divide": (lambda x, y: x / y, divide_backward),
    "maximum": (np.maximum, maximum_backward),
    "exp": (np.exp, exp_backward),
}

x, y, z = Value(-2.0, "x"), Value(5.0, "y"), Value(-4.0, "z")
f = (x + y) * z
f

# %% [markdown]
# ## 3. The engine
#
# ### 3.1 In which order? (4 points)
#
# A gate may only hand back gradients once it knows its own upstream gradient **completely**. Look at $f = e^x / (1 + e^x)$ with
# $e^x$ computed once: the value $e = e^x$ feeds two gates, and has to wait for what both of them hand back. So before we walk, we
# need an order in which **every value comes after all of its inputs**. Forwards, that is an order in which the formula can be
# computed; walked in reverse, every gate's turn comes after all the gates that used its result. It is called a *topological order*.
#
# The usual way is a depth-first search: to list a value, first list its inputs, then the value itself, and skip what has been
# listed before.
#
# - The result is a **list** that holds each value from which the result was computed exactly **once**: given ones, constants
#   and computed ones; and `value` itself as the last.
# - There are many such orders. Any of them is right.
# - A value may be used twice, by two gates or by the same one (`x * x`). Two *different* values may hold the same number or
#   have the same name: they are still two. (`==` and `in` tell values apart correctly, and values can be put into a
#   `set` or used as keys of a `dict`.)
# - A value that was given, not computed, has no inputs: its order is the list of itself.
# - Calling the function again, on the same or on another value, has to work. Nothing about the values is changed.
# - Paths are at most 100 gates long, so a recursive function is fine.


# %% solution="topological_order"
def topological_order(value):
    """All values that `value` was computed from, each once and after its inputs; `value` itself is the last.

    value.inputs is the tuple of values that value was computed from, () if it was given.
    """
    ### BEGIN SOLUTION
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for source in node.inputs:
            visit(source)
        order.append(node)

    visit(value)
    return order
    ### END SOLUTION


# %% grades="topological_order"
check("topological_order")

# %% [markdown]
# ### 3.2 The sweep backwards (5 points)
#
# Now all is in place. Give the result the gradient 1, walk the order in reverse, and let every computed value hand its shares to its
# inputs: `value.shares()` returns one share for each of `value.inputs`, in their order.
#
# One thing decides whether it works. If a value is used in several places, its gradient is the **sum** of what they hand back:
# forwards, the value was *copied* to them, and wiggling it wiggles all copies at once. Copy forwards, add backwards.
#
# - Afterwards each value of the graph holds in `grad` how `value` changes with it: given values and those in between, and 1 in
#   `value` itself.
# - Old gradients don't count: calling `backward` **again**, or on **another** result that shares inputs with the first, leaves in
#   `grad` what a single call would. So set the gradients of the whole graph to 0 first.
# - A value may be used twice by one gate, or by gates that are far apart in the graph.
# - `value` may be a given one, with no gate: it has no shares.
# - `data`, `inputs` and `gate` stay as they are. Nothing is returned.


# %% solution="backward"
def backward(value):
    """Set `grad` of every value that `value` was computed from, and of `value` itself, to d value / d that value."""
    ### BEGIN SOLUTION
    order = topological_order(value)
    for node in order:
        node.grad = 0.0
    value.grad = 1.0
    for node in reversed(order):
        if node.gate is not None:
            for source, share in zip(node.inputs, node.shares(), strict=True):
                source.grad = source.grad + share
    ### END SOLUTION


Value.backward = backward

# %% grades="backward"
check("backward")

# %% [markdown]
# ### 3.3 Watch it
#
# A picture of the graph: values in **blue** above each gate, gradients in *vermilion* below. (The drawing is given; it only needs your
# `topological_order`.)

# %%
SYMBOLS = {"add": "+", "multiply": "\N{MULTIPLICATION SIGN}", "divide": "/", "maximum": "max"}
BLUE, VERMILION = "#0072B2", "#D55E00"  # two colours that everybody can tell apart
MINUS = "\N{MINUS SIGN}"


def places_of(order):
    """(column, row) of each value: results to the right of their inputs, given values next to where they are used."""
    column = {}
    for node in order:
        column[node] = 1 + max((column[source] for source in node.inputs), default=-1)
    for node in order:
        if not node.inputs:
            column[node] = min(column[user] for user in order if node in user.inputs) - 1
    members = {c: [node for node in order if column[node] == c] for c in column.values()}
    height = max(map(len, members.values()))
    return {
        node: (c, i + (height - len(nodes)) / 2)
        for c, nodes in members.items()
        for i, node in enumerate(nodes)
    }


def draw(value, title):
    """The graph of a value, the computation from left to right."""
    order = topological_order(value)
    places = places_of(order)
    columns, rows = (max(place[i] for place in places.values()) + 1 for i in (0, 1))
    figure = plots.style.new_figure(1.25 * columns, rows + 0.6)
    axes = figure.add_subplot()
    for node in order:
        x, y = places[node]
        for source in set(node.inputs):
            arrow = {"arrowstyle": "->", "color": "0.55", "shrinkA": 19, "shrinkB": 13}
            axes.annotate("", xy=(x, y), xytext=places[source], arrowprops=arrow)
        inside = SYMBOLS.get(node.gate, node.gate) or node.name or "·"
        outside = node.name if node.gate and node.name else ""
        shape = {"boxstyle": "circle,pad=0.3" if node.gate else "square,pad=0.35", "fc": "white", "ec": "0.4"}
        axes.text(x, y, inside, ha="center", va="center", fontsize=10, bbox=shape, zorder=3)
        axes.text(
            x,
            y - 0.31,
            f"{node.data:.3g}".replace("-", MINUS),
            color=BLUE,
            ha="center",
            va="center",
            weight="bold",
            zorder=4,
        )
        axes.text(
            x,
            y + 0.33,
            f"{node.grad:.3g}".replace("-", MINUS),
            color=VERMILION,
            ha="center",
            va="center",
            style="italic",
            zorder=4,
        )
        axes.text(x + 0.26, y - 0.05, outside, ha="left", va="center", fontsize=10, zorder=4)
    axes.set(xlim=(-0.5, columns - 0.4), ylim=(rows - 0.4, -0.6), title=title)
    axes.axis("off")
    return figure


f.backward()
draw(f, "(x + y) z: values above, gradients below")

# %% [markdown]
# Read it from right to left. The multiply gate gets 1 and swaps: −4 goes to the sum, 3 goes to z. The add gate gets −4 and
# distributes it: −4 to x and −4 to y. The numbers of part 1, and nobody had to derive anything.
#
# Something longer: a neuron with two inputs and a sigmoid, $\;1 / (1 + e^{-(w_0 x_0 + w_1 x_1 + w_2)})$. Cover the
# vermilion numbers and try to fill them in from the right, gate by gate.

# %%
w0, x0 = Value(2.0, "w0"), Value(-1.0, "x0")
w1, x1 = Value(-3.0, "w1"), Value(-2.0, "x1")
w2 = Value(-3.0, "w2")
total = w0 * x0 + w1 * x1 + w2
total.name = "s"
neuron = 1.0 / ((total * -1.0).exp() + 1.0)
neuron.backward()
draw(neuron, "A neuron, gate by gate")

# %% [markdown]
# The output is 0.73, and a change of the sum `s` arrives there as 0.2 of itself. The weight $w_0$ has a gradient of −0.2 and the input $x_0$ of 0.39:
# multiply gates swap, so a gradient with respect to a *weight* has the size of the *input*, and the other way round. (This is why
# inputs a thousand times larger make the weights' gradients a thousand times larger.)
#
# The four gates from `s` to the end are walked together so often that it pays to make one gate of them. A little algebra gives its
# derivative a beautiful form,
#
# $$\sigma(s) = \frac{1}{1 + e^{-s}}, \qquad \frac{d\sigma}{ds} = \sigma(s)\,\bigl(1 - \sigma(s)\bigr)$$
#
# and at once $0.73 \cdot (1 - 0.73) = 0.2$. A gate may be as large or as small as you like, as long as somebody writes down its local
# gradient. A framework's library of layers is just that: a long table of large gates. We add two rows to ours.

# %%
GATES |= {
    "sigmoid": (lambda s: 1 / (1 + np.exp(-s)), lambda dout, out, s: (dout * out * (1 - out),)),
    "loss": (lambda y, t: (y - t) ** 2 / 2, lambda dout, out, y, t: (dout * (y - t), dout * (t - y))),
}

sigmoid_gate = apply("sigmoid", w0 * x0 + w1 * x1 + w2)
sigmoid_gate.backward()
print(f"output {sigmoid_gate.data:.2f}")
for leaf in (w0, x0, w1, x1, w2):
    print(f"  {leaf.name}: gradient {leaf.grad:5.2f}")

# %% [markdown]
# ### 3.4 Three ways to a derivative
#
# There are two other ways in which a computer can find derivatives. Compare all three on the squared error of a logistic neuron,
# $y = \sigma(w x + b)$, $\;L = (y - t)^2 / 2$, at $w = 0.5,\ x = 2,\ b = -1,\ t = 1$.
#
# **Symbolic**: differentiate the formula, as in school. $\;\partial L / \partial w = (y - t)\, y\, (1 - y)\, x$. Exact, but the formulas grow: for a deep net
# they would fill books, with the same parts repeated over and over.
#
# **Numeric**: wiggle and look, $\;\bigl(L(w + h) - L(w - h)\bigr) / 2h$. No thinking at all, but two evaluations *for each variable*, and
# it is never exact.
#
# **Automatic**: what you built. The program is cut into seven primitive operations, walked once forwards and once backwards for *all* variables.

# %%
w, x, b, t = Value(0.5, "w"), Value(2.0, "x"), Value(-1.0, "b"), 1.0
steps = [w * x]
steps.append(steps[-1] + b)
steps.append(steps[-1] * -1.0)
steps.append(steps[-1].exp())
steps.append(steps[-1] + 1.0)
steps.append(1.0 / steps[-1])
steps.append(apply("loss", steps[-1], t))
for step, name in zip(
    steps, ("t1 = w x", "z = t1 + b", "t2 = -z", "t3 = exp t2", "t4 = 1 + t3", "y = 1 / t4", "L"), strict=True
):
    step.name = name
steps[-1].backward()

print("operation      value   gradient")
for step in steps:
    print(f"{step.name:12} {step.data + 0.0:7.4f}   {step.grad:8.4f}")


def neuron_loss(w, x=2.0, b=-1.0, t=1.0):
    """The same in plain NumPy, for wiggling."""
    return (1 / (1 + np.exp(-(w * x + b))) - t) ** 2 / 2


out = steps[-2].data
h = 1e-4
print("\ndL/dw  symbolic ", (out - 1) * out * (1 - out) * 2)
print("       numeric  ", (neuron_loss(0.5 + h) - neuron_loss(0.5 - h)) / (2 * h))
print("       automatic", w.grad)

# %% [markdown]
# How small should $h$ be? The smaller the better, says calculus. Let us try every size. One-sided means $(L(w+h) - L(w))/h$, and central is the
# formula from above.

# %%
sizes = 10.0 ** np.arange(-15, 0, 0.25)
one_sided = np.abs((neuron_loss(0.5 + sizes) - neuron_loss(0.5)) / sizes - w.grad)
central = np.abs((neuron_loss(0.5 + sizes) - neuron_loss(0.5 - sizes)) / (2 * sizes) - w.grad)

figure = plots.style.new_figure(7.5, 4)
axes = figure.add_subplot()
axes.loglog(sizes, one_sided, "s--", color=VERMILION, markersize=4, label="one-sided")
axes.loglog(sizes, central, "o-", color=BLUE, markersize=4, label="central")
axes.set(
    title="How far the numeric derivative is off",
    xlabel="step h (no unit)",
    ylabel="absolute error of dL/dw (no unit)",
)
axes.grid(color="0.87")
axes.legend(frameon=False)
figure

# %% [markdown]
# On the right the step is too long, and the curve bends away under it: the error falls with $h$ (one-sided) or with $h^2$ (central). On the left the two
# losses differ in their last digits only, and subtracting them leaves rounding noise. In between, at about $10^{-5}$, the central one has some ten right digits. So
# numeric gradients are no way to train a net. They are an excellent way to **check** one, and `check` will do so with your net.
#
# ### 3.5 A short question (1 point)
#
# In the sweep of 3.2 somebody has written `source.grad = share` instead of *adding* the share. For which of these functions are all gradients of the
# given values still right, at every point?
#
# - `"a"`: `x * x`
# - `"b"`: `(x + y) * z`
# - `"c"`: `x * y + x`
# - `"d"`: `e / (e + 1.0)` with `e = x.exp()`
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_overwritten_gradient"
answer_overwritten_gradient = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_overwritten_gradient = "b"
# Where a value is used once, setting and adding are the same, and in (x + y) * z each is used
# once. In x * x (a) and x * y + x (c), x is used twice, in (d) e is: the later share wipes out
# the earlier one.
### END SOLUTION

# %% grades="answer_overwritten_gradient"
check("answer_overwritten_gradient")

# %% [markdown]
# ## 4. From numbers to arrays
#
# A net has no use for single numbers. Is there a whole new theory for arrays? Hardly. A gradient has **the shape of the thing that it
# belongs to**, one number for each number. And a gate that acts on each element alone does so backwards as well. Take a ReLU,
# $\max(0, x)$, on a row of four numbers:

# %%
row, zeros = Value(np.array([1.0, -2, 3, -1])), Value(np.zeros(4))
relu = apply("maximum", row, zeros)
relu.grad = np.array([4.0, -1, 5, 9])  # handed back from above
print("forwards: ", relu.data)
print("backwards:", relu.shares()[0] + 0.0)  # + 0.0 makes 0 of -0

# %% [markdown]
# (The textbooks would say: multiply the upstream gradient by the Jacobian, the 4 × 4 matrix of all derivatives of all outputs with respect to all inputs.
# It is 0 almost everywhere. Nobody ever writes it down, and 4.3 asks what it would cost.)
#
# Two things are really new: arrays of *different* shapes meet, and there is the matrix product.
#
# ### 4.1 Spread forwards, sum backwards (3 points)
#
# A bias of shape `(3,)` is added to each of 100 rows: forwards, NumPy spreads it to `(100, 3)`. Each number of the bias has been copied 100 times. You know
# already what happens to the gradient of a value that is copied: *copy forwards, add backwards*.
#
# `sum_to_shape(gradient, shape)` undoes any spreading that NumPy's broadcasting can do, from `shape` to the shape of `gradient`:
#
# - axes that were put **in front** are summed away: from `(100, 3)` to `(3,)`, from `(2, 5, 3)` to `(3,)`;
# - axes that were **1 long** are summed and stay, 1 long: from `(100, 3)` to `(100, 1)` or `(1, 3)`;
# - both can happen at once, from `(4, 5, 3)` to `(5, 1)`; an axis in the middle can be the one that is 1 long;
# - `shape` may be `()`, a plain number that went everywhere: everything is summed, to a number or an array of shape `()`;
# - nothing was spread: the gradient comes back as it is. Also if an axis is 1 long in both;
# - float32 or float64; `gradient` is read only.


# %% solution="sum_to_shape"
def sum_to_shape(gradient, shape):
    """The gradient of an array of the given shape that was broadcast to gradient.shape. `shape` is a tuple."""
    ### BEGIN SOLUTION
    in_front = gradient.ndim - len(shape)
    gradient = gradient.sum(axis=tuple(range(in_front)))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return gradient.sum(axis=stretched, keepdims=True)
    ### END SOLUTION


# %% grades="sum_to_shape"
check("sum_to_shape")

# %% [markdown]
# ### 4.2 The matrix product (3 points)
#
# $y = x w$ with $x$ of shape `(N, D)`, $w$ of shape `(D, M)`, $y$ of shape `(N, M)`. Start from a single number in it:
#
# $$y_{nm} = \sum_d x_{nd}\, w_{dm}$$
#
# Which elements of $y$ does $x_{nd}$ take part in? Those of row $n$, all $M$ of them, each time multiplied by a weight. Its gradient is the sum over these $M$
# uses: $\;dx_{nd} = \sum_m dy_{nm}\, w_{dm}$. Now that is itself a matrix product. Of which matrices, and which one has to be transposed? Do the same for
# $w_{dm}$, which takes part in column $m$, once for each of the $N$ examples.
#
# If you forget it some day, the shapes bring it back: $dx$ has to be `(N, D)`, made of $dy$ `(N, M)` and $w$ `(D, M)`, and there is only one way to
# multiply these that fits.
#
# The function is a gate like the others, `(dout, out, x, w)` in, `(dx, dw)` out. `N`, `D` and `M` may be equal or different, and any of them may be 1. float32 or float64.


# %% solution="matmul_backward"
def matmul_backward(dout, out, x, w):
    """(dx, dw) of out = x @ w. x: (N, D), w: (D, M), out and dout: (N, M)."""
    ### BEGIN SOLUTION
    return dout @ w.T, x.T @ dout
    ### END SOLUTION


# %% grades="matmul_backward"
check("matmul_backward")

# %% [markdown]
# An example by hand, worth a second look. It comes from a well-known lecture, whose slide says that $y = xw$ is `[[13, 9, -2, -6], [5, 2, 17, 1]]`.

# %%
x = np.array([[2.0, 1, -3], [-3, 4, 2]])
w = np.array([[3.0, 2, 1, -1], [2, 1, 3, 2], [3, 2, 1, -2]])
dy = np.array([[2.0, 3, -3, 9], [-8, 1, 4, 6]])
slide = np.array([[13.0, 9, -2, -6], [5, 2, 17, 1]])

dx, dw = matmul_backward(dy, x @ w, x, w)
print("y\n", x @ w)
print("the slide agrees at\n", x @ w == slide)
print("dx\n", dx)
print("dw\n", dw)

# %% [markdown]
# Six of the eight numbers on the slide are wrong, and thousands of students have looked at them. (Do check $y_{11}$ yourself: $2 \cdot 3 + 1 \cdot 2 - 3 \cdot 3 = -1$.)
# Note that $dx$ and $dw$ need no $y$: that slip does no harm to the rest.
#
# ### 4.3 What is never written down (1 point)
#
# The Jacobian of $y$ with respect to $x$ holds the derivative of *every* element of $y$ with respect to *every* element of $x$. For a mini-batch of 64 and layers of
# 4096 units, this is one number for each pair of 64 · 4096 outputs and 64 · 4096 inputs: 256 GB in float32, for one layer. Your `matmul_backward` gets along without, in one
# matrix product.
#
# Now you: a mini-batch of **128** examples, **1024** numbers come in, **512** go out. How many numbers does the Jacobian of $y$ with respect to $x$ hold? A number, or an
# expression such as `3 * 7`.

# %% solution="answer_jacobian_size"
answer_jacobian_size = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_jacobian_size = (128 * 512) * (128 * 1024)
# 8,589,934,592: one number for each pair of an output, 128 * 512 of them, and an input, 128 *
# 1024.
### END SOLUTION

# %% grades="answer_jacobian_size"
check("answer_jacobian_size")

# %% [markdown]
# ### 4.4 Your engine trains a net
#
# Three new rows in the table, and the engine can do nets. Nothing in `Value`, `topological_order` or `backward` has to change: they never
# asked what a number is.

# %%
GATES |= {
    "matmul": (lambda x, w: x @ w, matmul_backward),
    "spread": (
        lambda x, like: np.broadcast_to(x, like.shape),
        lambda dout, out, x, like: (sum_to_shape(dout, x.shape), np.zeros_like(like)),
    ),
    "mean": (np.mean, lambda dout, out, x: (np.full(x.shape, dout / x.size),)),
}


def affine(x, w, b):
    """x w + b, the bias spread over the rows."""
    product = apply("matmul", x, w)
    return product + apply("spread", b, product)


def small_net(X, layers):
    """One score for each row of X, with a ReLU after each layer but the last."""
    out = Value(X)
    for i, (w, b) in enumerate(layers):
        out = affine(out, w, b)
        if i < len(layers) - 1:
            out = apply("maximum", out, Value(np.zeros(out.data.shape)))
    return out


rng = np.random.default_rng(0)
labels = np.arange(300) % 2
angle = rng.uniform(0.35, 2.3, 300) * np.pi
points = np.stack([np.cos(angle + np.pi * labels), np.sin(angle + np.pi * labels)], axis=1)
points = points * angle[:, np.newaxis] / 3.6 + 0.05 * rng.standard_normal((300, 2))
target = Value(2.0 * labels[:, np.newaxis] - 1)  # -1 or 1

layers = []
for inputs, outputs in ((2, 24), (24, 24), (24, 1)):
    w = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs))
    layers.append((Value(w), Value(0.3 * rng.standard_normal(outputs))))

losses = []
for _ in range(1000):
    error = small_net(points, layers) - target
    loss = apply("mean", error * error)
    loss.backward()
    for layer in layers:
        for weights in layer:
            weights.data = weights.data - 0.1 * weights.grad
    losses.append(float(loss.data))

print(f"loss {losses[0]:.2f} at the start, {losses[-1]:.3f} after {len(losses)} steps")
plots.decision_boundary(
    lambda X: (small_net(X, layers).data[:, 0] > 0).astype(int),
    points,
    labels,
    title="Two spirals, told apart by your engine",
)

# %% [markdown]
# A net of 697 weights and biases, trained by a few dozen lines of which you wrote the ones that think. Every framework is this, with more rows in the table.
#
# ## 5. Layers
#
# Our engine spends its time with book-keeping: seven values for one affine layer with a ReLU. In a net whose shape is known beforehand the order is known
# too, and one can write it down once and for all: forwards layer by layer, and backwards the same way in reverse. A **layer** is a large gate in the form that
# the last assignment used:
#
#     out, cache = something_forward(x, ...)         # cache: whatever the way back will need
#     dx, ...    = something_backward(dout, cache)
#
# ### 5.1 Softsign (1 + 3 points)
#
# Here is one that is not in the library. The *softsign* is a cousin of tanh, made without an expensive exp:
#
# $$f(x) = \frac{x}{1 + |x|}$$
#
# Derive $f'(x)$ on paper first, for $x > 0$ and for $x < 0$, and then find one expression for both. It is simple. Is there really a kink at 0, as the $|x|$ makes
# you fear? Draw $f$ near 0 and you will see.
#
# - `x` has any shape, in float64 or float32, with positive and negative numbers and zeros. At 0 the derivative is 1.
# - In float64 numbers may be as large as ±10 000.
# - `softsign_forward` returns `(out, cache)`. The cache is yours: grading hands it back to your `softsign_backward` as it was.
# - `x` and `dout` are read only.


# %% solution="softsign_forward"
def softsign_forward(x):
    """(out, cache) with out = x / (1 + |x|) in the shape of x."""
    ### BEGIN SOLUTION
    out = x / (1 + np.abs(x))
    return out, x
    ### END SOLUTION


# %% grades="softsign_forward"
check("softsign_forward")


# %% solution="softsign_backward"
def softsign_backward(dout, cache):
    """dx in the shape of x, given the gradient dout of out and the cache of softsign_forward."""
    ### BEGIN SOLUTION
    # For x > 0 the quotient rule gives ((1 + x) - x) / (1 + x)^2 = 1 / (1 + x)^2. For x < 0 the
    # denominator is 1 - x, and it gives 1 / (1 - x)^2. Both tend to 1 at 0: there is no kink.
    x = cache
    return dout / (1 + np.abs(x)) ** 2
    ### END SOLUTION


# %% grades="softsign_backward"
check("softsign_backward")

# %% [markdown]
# You can check any backward pass in this way yourself. `grad_check` wiggles every element of `x`, and is told what your code says:

# %%
rng = np.random.default_rng(1)
x, dout = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
_, cache = softsign_forward(x)
print(grad_check(lambda x: softsign_forward(x)[0], x, softsign_backward(dout, cache), dout))

# %% [markdown]
# ### 5.2 The family
#
# Without something bent between the layers, a deep net is a fraud: $(x W_1) W_2 = x (W_1 W_2)$, one matrix in the end. But what should it be? Here are eight
# that people have used, each with its derivative, drawn by their forward and backward functions.

# %%
family = {name: ACTIVATIONS[name][:2] for name in ("sigmoid", "tanh")}
family["softsign (yours)"] = (softsign_forward, softsign_backward)
family |= {name: ACTIVATIONS[name][:2] for name in ("relu", "leaky_relu", "elu", "selu", "gelu")}

x = np.linspace(-5, 5, 401)
figure = plots.style.new_figure(12, 5.6)
panels = figure.subplots(2, 4, sharex=True, sharey=True)
for panel, (name, (act_forward, act_backward)) in zip(panels.flat, family.items(), strict=True):
    out, cache = act_forward(x)
    panel.axhline(0, color="0.85", zorder=0)
    panel.axvline(0, color="0.85", zorder=0)
    panel.plot(x, out, color=BLUE, linewidth=2, label="f(x)")
    panel.plot(x, act_backward(np.ones_like(x), cache), "--", color=VERMILION, linewidth=2, label="f'(x)")
    panel.set(title=name.replace("_", " "), ylim=(-2, 2.5))
panels[0, 0].legend(frameon=False, loc="upper left")
figure.supxlabel("x (no unit)")
figure.supylabel("f(x) and f'(x)")
figure.suptitle("Activations (solid) and their derivatives (dashed)", fontweight="bold")
figure

# %% [markdown]
# Look at the dashed curves. They are what the upstream gradient gets multiplied by.
#
# - **sigmoid**: never more than 1/4, and far from 0 next to nothing: it *saturates*, and a saturated unit passes no gradient. Its output is always positive as well.
# - **tanh** is centred at 0 and passes 1 there, but saturates just as fast. **softsign** saturates too, only more gently: its derivative falls like $1/x^2$, not exponentially.
# - **ReLU** passes 1 or nothing. It is cheap and doesn't saturate on the right. A unit that is negative for *every* example, however, gets no gradient, and may be dead for good.
# - **Leaky ReLU** lets one percent through on the left (with a slope that is learned: *PReLU*). **ELU** and **SELU** bend down to a negative value,
#   ELU smoothly, SELU with a kink at 0. SELU's two constants, 1.6733 and 1.0507, are such that mean 0 and deviation 1 are kept from layer to layer.
#   **GELU** and its near relative SiLU, $x\, \sigma(x)$, are what the large language models use.
#
# A word on *maxout*, which does not fit into this picture: it takes the larger of two affine pieces, $\max(x W_1 + b_1,\, x W_2 + b_2)$, with twice the weights. Your maximum gate is
# all it needs.

# %% [markdown]
# ## 6. A net of any depth (10 points)
#
# Now the classic. `FullyConnectedNet([100, 50])` is the net
#
# affine (input → 100), ReLU, affine (100 → 50), ReLU, affine (50 → `num_classes`), softmax loss.
#
# The layers are given: `affine_forward(x, w, b)`, `affine_backward(dout, cache)` → `(dx, dw, db)`, `relu_forward(x)`, `relu_backward(dout, cache)` and
# `softmax_loss(scores, y)` → `(loss, dscores)`. They are those that you wrote in assignment 1. (`affine_forward` flattens pictures by itself.)
# Your work is what an engine would do: set up the parameters, call the layers in order, keep their caches, and come back in reverse.
#
# **`__init__`**
# - With `L = len(hidden_dims) + 1` affine layers, `self.params` holds exactly `W1, b1, W2, b2, ..., WL, bL`, counted from 1. `Wi` has shape `(numbers in, numbers out)`, `bi` `(numbers out,)`.
# - Weights are normally distributed with mean 0 and deviation `weight_scale` (0 is allowed), biases are 0.
# - All are of type `dtype`: `np.float32` if nothing is said, or any other that NumPy knows, such as `np.float64` or `"float64"`.
# - `hidden_dims` may have any length. An empty list means a linear classifier, `W1` and `b1` only. Layers may be 1 wide; `num_classes` need not be 10.
#
# **`loss(X, y=None)`**
# - `X` is `(N, input_dim)` or pictures such as `(N, 3, 4, 4)`; `N` may be 1. With `y=None` it returns the scores `(N, num_classes)` as they come out of the
#   last affine layer: no ReLU and no softmax after it.
# - With labels `y`, `(N,)`, it returns `(loss, grads)`. To the mean softmax loss, add `0.5 * reg * np.sum(W * W)` for **each** weight matrix, the last included; biases are not regularised.
#   `grads` has the keys of `self.params`, each gradient in the shape of its parameter. What does the regularisation add to them?
# - The parameters are read from `self.params` at every call (whoever trains puts new ones there), and are not changed.
# - Scores may be as large as 10 000; nothing turns to NaN then.


# %% solution="FullyConnectedNet"
class FullyConnectedNet:
    """{affine - ReLU} x (L - 1) - affine - softmax, with any number of hidden layers."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        """hidden_dims: a list with the width of each hidden layer. seed: for the same weights each time."""
        self.reg = reg
        self.dtype = dtype
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        rng = np.random.default_rng(seed)
        ### BEGIN SOLUTION
        sizes = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            weights = weight_scale * rng.standard_normal((sizes[i - 1], sizes[i]))
            self.params[f"W{i}"] = weights.astype(dtype)
            self.params[f"b{i}"] = np.zeros(sizes[i], dtype=dtype)
        ### END SOLUTION

    def loss(self, X, y=None):
        """Scores (N, num_classes) without y; with labels y: (N,), the loss and a dictionary of gradients."""
        X = X.astype(self.dtype)
        ### BEGIN SOLUTION
        caches = []
        out = X
        for i in range(1, self.num_layers + 1):
            out, affine_cache = affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            relu_cache = None
            if i < self.num_layers:
                out, relu_cache = relu_forward(out)
            caches.append((affine_cache, relu_cache))
        if y is None:
            return out

        loss, dout = softmax_loss(out, y)
        grads = {}
        for i in range(self.num_layers, 0, -1):
            affine_cache, relu_cache = caches[i - 1]
            if i < self.num_layers:
                dout = relu_backward(dout, relu_cache)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine_cache)
            W = self.params[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(W * W)
            grads[f"W{i}"] += self.reg * W
        return loss, grads
        ### END SOLUTION


# %% grades="FullyConnectedNet"
check("FullyConnectedNet")

# %% [markdown]
# Two roads to one place: your engine and your net should agree on the gradients. The engine has no softmax, but it needs none: the net's `softmax_loss` says how the loss changes
# with each score, and the engine takes over from there.

# %%
rng = np.random.default_rng(2)
X, y = rng.standard_normal((6, 8)), rng.integers(0, 3, 6)
net = FullyConnectedNet([7, 5], input_dim=8, num_classes=3, weight_scale=0.5, dtype=np.float64, seed=0)
_, grads = net.loss(X, y)

leaves = {name: Value(array, name) for name, array in net.params.items()}
hidden = Value(X)
for i in (1, 2, 3):
    hidden = affine(hidden, leaves[f"W{i}"], leaves[f"b{i}"])
    if i < 3:
        hidden = apply("maximum", hidden, Value(np.zeros(hidden.data.shape)))
_, dscores = softmax_loss(hidden.data, y)
weighted = hidden * Value(
    dscores * dscores.size
)  # its mean has the gradient dscores with respect to the scores
apply("mean", weighted).backward()

for name, gradient in grads.items():
    print(f"{name}: largest difference {np.abs(gradient - leaves[name].grad).max():.1e}")

# %% [markdown]
# ### 6.1 Before you train: three checks that take a minute
#
# Nets fail silently. A net with a wrong gradient often learns *something*, just not as much as it should. So people who train many of them have habits.
#
# **First habit: look at the first loss.** An untrained net with small weights knows nothing, gives every one of $C$ classes about $1/C$, and has a loss of $\log C$. With ten classes this is
# $\log 10 = 2.303$. Regularisation must make it larger. (Pixels are centred and scaled first, so that inputs are of the order of 1.)

# %%
images = data.load(DATASET, train=2000, val=500, test=500)
rows = images.flat(np.float32)
mean, deviation = rows.x_train.mean(axis=0), rows.x_train.std()
x_train, x_val = (rows.x_train - mean) / deviation, (rows.x_val - mean) / deviation

print(f"log 10 = {np.log(10):.3f}")
for reg in (0.0, 0.01, 0.1):
    net = FullyConnectedNet([100, 100], reg=reg, seed=0)
    loss, _ = net.loss(x_train[:200], rows.y_train[:200])
    print(f"reg {reg:4}: first loss {loss:.3f}")

# %% [markdown]
# **Second habit: check the gradient**, as above. **Third habit: overfit on purpose.** Take 20 examples and switch off regularisation. A net that can't learn even 20 pictures by heart is broken, or is
# trained wrongly, and no amount of data will help. Here is a small training loop, plain gradient descent; the next notebook is about better ones.


# %%
def train(net, X, y, learning_rate, steps, batch_size=None, seed=0):
    """Plain gradient descent, on all examples or on random mini-batches.

    Returns the losses and, without mini-batches, the accuracies on all.
    """
    rng = np.random.default_rng(seed)
    losses, accuracies = [], []
    for _ in range(steps):
        chosen = slice(None) if batch_size is None else rng.choice(len(X), batch_size)
        loss, grads = net.loss(X[chosen], y[chosen])
        for name, gradient in grads.items():
            net.params[name] = net.params[name] - learning_rate * gradient
        losses.append(loss)
        if batch_size is None:
            accuracies.append(accuracy(net, X, y))
    return losses, accuracies


def accuracy(net, X, y):
    """The share of the examples that the net names correctly."""
    return float(np.mean(net.loss(X).argmax(axis=1) == y))


net = FullyConnectedNet([100, 100], weight_scale=0.03, seed=0)
losses, accuracies = train(net, x_train[:20], rows.y_train[:20], learning_rate=0.05, steps=200)
print(f"loss {losses[0]:.2f} at the start, {losses[-1]:.4f} at the end; accuracy {accuracies[-1]:.0%}")
plots.learning_curves(
    losses,
    {"20 training pictures": accuracies},
    log=True,
    title="Overfitting 20 pictures, on purpose",
)

# %% [markdown]
# All 20 by heart: loss and gradient fit together, and the net can learn. (What these numbers don't say is whether it knows anything about other pictures. The notebook on regularisation takes that up.)
#
# On 2000 pictures, with a validation set that it has not seen:

# %%
net = FullyConnectedNet([100, 100], weight_scale=0.03, reg=1e-3, seed=0)
losses, _ = train(net, x_train, rows.y_train, learning_rate=0.05, steps=600, batch_size=100)
print(f"{accuracy(net, x_train, rows.y_train):.0%} of the training pictures,", end=" ")
print(f"{accuracy(net, x_val, rows.y_val):.0%} of the validation pictures")

# %% [markdown]
# ## 7. Deeper, and stuck
#
# Depth is a number in a list now. Let us try it: the same training on 20 pictures, with one, three and seven hidden layers, all with the usual small weights of deviation 0.03.

# %%
curves = {}
for depth in (1, 3, 7):
    net = FullyConnectedNet([100] * depth, weight_scale=0.03, seed=0)
    curves[f"{depth} hidden"], _ = train(net, x_train[:20], rows.y_train[:20], learning_rate=0.05, steps=200)
plots.learning_curves(curves, title="The same 20 pictures, nets of different depth")

# %% [markdown]
# The deepest one hardly learns, not even by heart, although it could do everything that the shallow one can. What little it gains, its last bias
# gains alone: it finds out how often each class occurs among the 20 and says the same of every picture.
#
# The gradient has to come all the way back, and each layer multiplies it by something. Let us measure what arrives. We send 200 pictures through 15 layers of 100 units, hand a random gradient
# back from the end, and note how large it is when it arrives at each layer. Weights have the deviation $1/\sqrt{100}$, so that the matrices by themselves neither shrink nor stretch
# what passes through them, on average. Only the activation differs.


# %%
def gradient_sizes(activation, depth=15, width=100, scale=1.0):
    """The root mean square of the gradient that arrives at each layer's output, from the first to the last."""
    act_forward, act_backward = family[activation]
    rng = np.random.default_rng(0)
    out = x_train[:200].astype(np.float64)
    caches = []
    for _ in range(depth):
        w = rng.standard_normal((out.shape[1], width)) * scale / np.sqrt(out.shape[1])
        out, affine_cache = affine_forward(out, w, np.zeros(width))
        out, act_cache = act_forward(out)
        caches.append((affine_cache, act_cache))
    dout = rng.standard_normal(out.shape)
    sizes = []
    for affine_cache, act_cache in reversed(caches):
        sizes.append(np.sqrt(np.mean(dout**2)))
        dout, _, _ = affine_backward(act_backward(dout, act_cache), affine_cache)
    return sizes[::-1]


sizes = {
    "sigmoid": gradient_sizes("sigmoid"),
    "ReLU": gradient_sizes("relu"),
    "softsign": gradient_sizes("softsign (yours)"),
    "tanh": gradient_sizes("tanh"),
    "ReLU, weights √2 larger": gradient_sizes("relu", scale=np.sqrt(2)),
}
figure = plots.style.new_figure(9, 4.6)
axes = figure.add_subplot()
for (name, values), color, marker in zip(
    sizes.items(), plots.style.COLORS, plots.style.MARKERS, strict=False
):
    axes.plot(range(1, 16), values, color=color, marker=marker, markersize=5, label=name)
axes.set(
    title="How much of the gradient arrives at each layer",
    xlabel="Layer (the gradient comes in at 15 and travels left)",
    ylabel="Root mean square of the gradient (no unit)",
    yscale="log",
)
axes.grid(color="0.87")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure

# %%
for name, values in sizes.items():
    factor = (values[0] / values[-1]) ** (1 / 14)
    print(f"{name:24} times {factor:.2f} at each layer on average, {values[0] / values[-1]:.1e} over all")

# %% [markdown]
# ### 7.1 How much can arrive? (1 point)
#
# A chain of **10** neurons, each with one input, a sigmoid, and a weight of **2**: the input is multiplied by 2, a bias is added, the sigmoid is taken, the result goes to the next neuron. The biases
# may be anything. What is the *largest* value that the derivative of the last output with respect to the first input can have? A number, or an expression such as `3**7`.

# %% solution="answer_sigmoid_chain"
answer_sigmoid_chain = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_sigmoid_chain = (2 * 0.25) ** 10
# About 0.001. Each neuron multiplies by its weight, 2, and by the slope of the sigmoid, which is
# 1/4 at most, at 0. The biases can put all ten there, so the factor of 1/2 is reached ten times.
### END SOLUTION

# %% grades="answer_sigmoid_chain"
check("answer_sigmoid_chain")

# %% [markdown]
# ### 7.2 In your own words (3 points)
#
# Look at the picture above and at the one of the activations.
#
# 1. The line of the sigmoid is nearly *straight* on this logarithmic axis. What does that say about the gradient, and which property of the sigmoid explains how steep it is?
# 2. Plain gradient descent trains such a sigmoid net with one learning rate for all layers. What will happen in the first layers, and what in the last? Why does a larger learning rate not
#    repair it?
# 3. ReLU's derivative is 1 wherever the unit is active, and still its gradient shrinks with the same weights. Why, and why does the factor √2 repair it?
#
# Four to six sentences are enough.

# %% [markdown] manual="question_vanishing_gradient" points=3
# <!-- BEGIN SOLUTION -->
# A straight line on a logarithmic axis means that every layer multiplies the gradient by about the same factor, here about a quarter: it falls exponentially with depth. The sigmoid's
# derivative is σ(1 − σ), which is 1/4 at the most (at 0) and less where the unit saturates, and the weight matrices, scaled by 1/√n, don't make up for it.
#
# The first layers get a gradient that is smaller by a factor of about 10⁻⁸ to 10⁻⁹, so they practically keep their random weights, while the last layers learn on top of what random layers give them. A learning rate that is
# large enough for the first layers would be hundreds of millions of times too large for the last ones, and they would diverge.
#
# About half of the ReLUs are inactive for an example and pass nothing. Half of the terms in each sum are missing, so its variance is halved and its size shrinks by √½ at each layer. Weights that are √2 larger double
# the variance again (this is Kaiming's initialisation).
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: a constant factor a layer, so an exponential decrease with depth (half a point), and the largest slope 1/4 of the sigmoid, or saturation, as
#   its reason (half a point).
# 1 point: the first layers hardly change while the last ones learn (half a point), and a learning rate that suits the first is far too large for the last, which diverge (half a point).
# 1 point: about half of the units are off and pass no gradient (half a point), so the mean square is halved at each layer, and weights larger by √2 double it again (half a point). Half a point only
#   for "dead ReLUs" without the half.
# ### END MARK SCHEME

# %% [markdown]
# ## What you have now
#
# An engine that differentiates anything you can write down, from gates of two lines each, and a net of any depth, made of the same idea in larger pieces. What the riddle of part 7 needs comes
# next: better ways to walk down the slope (*optimizers*), and ways to keep what flows through a deep net at a healthy size (*normalization*).
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a2")
