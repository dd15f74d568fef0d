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
# # Regularisation
#
# **What do you do when you have too few pictures?** A net with a few hundred thousand weights learns 500 pictures by heart in
# a minute. It is right about every one of them, and wrong about every second picture that it meets next. This
# notebook is about everything that stands between learning by heart and learning: switching units off at random, pulling
# weights towards zero, making new pictures out of old ones, stopping in time, and asking several nets instead of one.
#
# You build each of them in a few lines, watch what it does to one and the same overfitting net, and then find
# out which of them was worth it *here*. The answer is clearer than you may expect.
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | dropout, forward and backward | 5 + 3 |
# | 3 | a fully connected net with dropout | 6 |
# | 4 | a step with weight decay | 3 |
# | 5 | crops and mirror images | 4 |
# | 6 | early stopping | 4 |
# | 7 | the average of an ensemble | 4 |
# | 2, 4, 5 | three short questions, checked automatically | 1 + 1 + 1 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like. Grading runs more tests of the same kind on
# other numbers; every special case that they visit is named in the exercise's text. Graded code runs where there is NumPy
# and nothing else to compute with (no torch, no scipy), and where `cs_lib` has the layers that the next cell imports.

# %%
import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax, softmax_loss
from cs_lib.plots.style import new_figure

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. Learning by heart
#
# The pictures are small cuts from ten photographs, a class each. To keep every experiment down to seconds, we halve their
# sides to 16 pixels, and bring the colours to mean 0 and deviation 1. Arrays of pictures are `(N, C, H, W)` from here on.


# %%
def prepared(pictures):
    """Pictures (N, H, W, 3) of bytes as (N, 3, H/2, W/2) of floats: each pixel the mean of four."""
    N, H, W, C = pictures.shape
    return pictures.reshape(N, H // 2, 2, W // 2, 2, C).mean(axis=(2, 4)).transpose(0, 3, 1, 2) / 255


images = data.load(DATASET, train=5000, val=2000, test=2000)
X_many, X_val, X_test = (prepared(x) for x in (images.x_train, images.x_val, images.x_test))
y_many, y_val, y_test = images.y_train, images.y_val, images.y_test

mean, deviation = X_many.mean(axis=(0, 2, 3), keepdims=True), X_many.std(axis=(0, 2, 3), keepdims=True)
X_many, X_val, X_test = (((x - mean) / deviation).astype(np.float32) for x in (X_many, X_val, X_test))
X_train, y_train = X_many[:500], y_many[:500]  # this is all that we allow ourselves
print("training:", X_train.shape, "  validation:", X_val.shape, "  test:", X_test.shape)


# %%
def to_show(x):
    """Prepared pictures back in the colours of a photograph, (N, H, W, 3) from 0 to 1."""
    return np.clip(x * deviation + mean, 0, 1).transpose(0, 2, 3, 1)


plots.image_grid(
    to_show(X_train[:20]), y_train[:20], images.classes, title="Twenty of our 500 training pictures"
)

# %% [markdown]
# What does "too few" look like? Take the simplest classifier there is, a linear one, and train it on 50, 100, ... 5000 pictures.
# Then ask it about the pictures that it was trained on, and about 2000 others.


# %%
def linear_accuracies(count, steps=300, learning_rate=0.05):
    """Accuracy on the training and the validation pictures of a linear classifier that saw `count` pictures."""
    w, b = np.zeros((X_train[0].size, 10), dtype=np.float32), np.zeros(10, dtype=np.float32)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        chosen = rng.integers(0, count, 100)
        scores, cache = affine_forward(X_many[chosen], w, b)
        _, dw, db = affine_backward(softmax_loss(scores, y_many[chosen])[1], cache)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return [
        np.mean(affine_forward(x, w, b)[0].argmax(axis=1) == y)
        for x, y in ((X_many[:count], y_many[:count]), (X_val, y_val))
    ]


counts = [50, 100, 200, 500, 1000, 2000, 5000]
seen, unseen = np.array([linear_accuracies(count) for count in counts]).T

figure = new_figure(7.5, 4)
axes = figure.subplots()
axes.semilogx(counts, seen, "o-", color="#0072B2", label="pictures that it was trained on")
axes.semilogx(counts, unseen, "s--", color="#D55E00", label="pictures that it has not seen")
axes.fill_between(counts, unseen, seen, color="#999999", alpha=0.2, label="the gap")
axes.set_xticks(counts, [str(count) for count in counts])
axes.minorticks_off()
axes.set(xlabel="Number of training pictures", ylabel="Share named correctly", ylim=(0, 1.02))
axes.set_title("The fewer pictures, the wider the gap")
axes.grid(color="#DDDDDD")
axes.legend(frameon=False)
figure

# %% [markdown]
# With 50 pictures the classifier is perfect on what it knows, because it has learned *these pictures* and not *these classes*. With
# 5000 it can no longer learn them all by heart, and what it does on new pictures comes closer to what it
# does on old ones. **The gap is the thing to watch**, and more data is the best remedy. This notebook is about the others. Most of
# them make it harder to be right about the training pictures, each in its own way.

# %% [markdown]
# ## 2. Dropout
#
# While we train, let every unit of a layer fall silent at random: it is kept with probability $p$, otherwise its output is 0.
# The next mini-batch draws anew. No unit can rely on the presence of any other, so it does not pay to form
# little conspiracies that recognise one training picture. Each has to be of some use on its own.
#
# There is another way to see it. Each set of units that are kept is a net of its own, and all these nets share
# their weights. A layer of 10 units holds $2^{10} = 1024$ of them, a layer of 4096 more than there are atoms in the universe. Training
# with dropout trains a crowd of nets, each for an instant. At test time we want the opinion of the whole crowd: part 7 comes back to that.
#
# ### What happens to the sum
#
# Take a unit with two inputs, $a = w_1 x + w_2 y$, and keep each input with probability one half. There are four cases, equally likely:
#
# $$\tfrac14 (w_1 x + w_2 y) + \tfrac14 (w_1 x + 0) + \tfrac14 (0 + w_2 y) + \tfrac14 (0 + 0) = \tfrac12 (w_1 x + w_2 y)$$
#
# On average the unit sees half of what it would see with nothing dropped, in general $p$ times as much. If all units are
# present at test time, everything is suddenly too large. Something has to give:
#
# | | while training | at test time |
# |---|---|---|
# | **vanilla** dropout | $x \cdot \text{mask}$ | $x \cdot p$ |
# | **inverted** dropout | $x \cdot \text{mask} / p$ | $x$ |
#
# In both of them what is expected in training is what comes at test time. The inverted form leaves the test alone: the trained net is
# an ordinary net which need not know that dropout ever existed. Everybody uses it, and so do we.

# %%
draws = np.random.default_rng(0).random((100_000, 2)) < 0.5  # 100 000 masks for two inputs
inputs, weights = np.array([3.0, 1.0]), np.array([2.0, -1.0])
print("nothing dropped:            ", inputs @ weights)
print("vanilla, mean over masks:   ", f"{np.mean((inputs * draws) @ weights):.2f}")
print("inverted, mean over masks:  ", f"{np.mean((inputs * draws / 0.5) @ weights):.2f}")

# %% [markdown]
# ### 2.1 Forward (5 points)
#
# `dropout_forward(x, dropout_param)` returns `(out, cache)`. The dictionary `dropout_param` holds
# - `"mode"`: `"train"` or `"test"`. In test mode `out` is `x`, nothing is dropped or scaled;
# - `"p"`: the probability that a unit is **kept**, above 0 and at most 1. (Some papers and libraries mean the probability of dropping it:
#   read twice whenever you meet a `p`.) With `p = 1` everything is kept, in training too;
# - `"seed"`, perhaps: a whole number. If it is there, every call with the same seed and the same shape draws the same mask, which is what a
#   gradient check needs. **0 is a seed too.** If it is not there, every call draws another mask.
#
# In training mode each number of `x` is decided about **on its own**: neighbours in a row, in a column, or in another example have no say.
# What is kept is divided by `p`, all else is 0. `x` may have any number of axes, `(N,)`, `(N, D)` or `(N, C, H, W)`, may be float64 or float32, and
# is read only. What you put into `cache` is up to you: only your own `dropout_backward` will look at it.
#
# A generator for the mask: `rng = np.random.default_rng(dropout_param.get("seed"))`. Without a seed, `get` gives `None`, and the
# generator begins somewhere else each time. `rng.random(shape)` gives numbers between 0 and 1: which share of them is below `p`?


# %% solution="dropout_forward"
def dropout_forward(x, dropout_param):
    """Inverted dropout: in training mode each number of x is kept with probability p and divided by p.

    x: any shape. dropout_param: a dictionary with "mode", "p", and perhaps "seed".
    Returns (out, cache), out shaped like x.
    """
    mode, p = dropout_param["mode"], dropout_param["p"]
    ### BEGIN SOLUTION
    if mode == "test":
        return x.copy(), None
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = (rng.random(x.shape) < p) / p
    out, cache = x * mask, mask
    ### END SOLUTION
    return out, cache


# %% grades="dropout_forward"
check("dropout_forward")

# %% [markdown]
# Look at a few masks. Black is dropped; a layer of 100 units is drawn as a row, and each row is another example of the mini-batch.

# %%
figure = new_figure(10, 2.6)
panels = figure.subplots(1, 3, sharey=True)
for axes, p in zip(panels, (0.9, 0.5, 0.2), strict=True):
    out, _ = dropout_forward(np.ones((20, 100)), {"mode": "train", "p": p})
    axes.imshow(out, cmap="gray", vmin=0, vmax=1 / p, aspect="auto", interpolation="nearest")
    axes.set_title(f"p = {p}: {np.mean(out > 0):.0%} kept, mean {out.mean():.2f}", fontsize=10)
    axes.set(xlabel="Unit")
panels[0].set(ylabel="Example")
figure.suptitle("White is kept, black is dropped", fontweight="bold")
figure

# %% [markdown]
# The mean stays near 1 whatever `p` is: that is what dividing by `p` is for. What grows as `p` falls is the *noise*.
#
# ### 2.2 How much noise? (1 point)
#
# A unit has the value 6 and goes through inverted dropout with `p = 0.75`. Over many masks its mean stays 6. What is the **variance** of what
# comes out? A number, or an expression such as `3 * 7`. (Which two values can come out, and how often does each?)
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_dropout_variance"
answer_dropout_variance = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_dropout_variance = 0.75 * (6 / 0.75) ** 2 - 6**2
# 12: the unit comes out as 6 / 0.75 = 8 in three cases of four, else as 0. The mean of the
# squares is 48, the square of the mean 36.
### END SOLUTION

# %% grades="answer_dropout_variance"
check("answer_dropout_variance")

# %% [markdown]
# ### 2.3 Backward (3 points)
#
# Dropout multiplies each number by a factor, 0 or $1/p$, that does not depend on `x`. So the gradient is multiplied by the
# **same** factor on its way back: what did not contribute to the output learns nothing from it.
#
# `dropout_backward(dout, cache)` returns `dx`, shaped like `dout`. `cache` is what your forward pass returned. After a forward pass in test mode, the gradient goes
# through unchanged. Calling it twice with the same cache gives the same twice, and `dout` is read only.


# %% solution="dropout_backward"
def dropout_backward(dout, cache):
    """The gradient of dropout's input, from that of its output: the forward pass's own mask decides."""
    ### BEGIN SOLUTION
    dx = dout.copy() if cache is None else dout * cache
    ### END SOLUTION
    return dx


# %% grades="dropout_backward"
check("dropout_backward")

# %% [markdown]
# A gradient check with a random layer works only if it draws the same mask each time. So here the seed comes in:

# %%
rng = np.random.default_rng(0)
x, dout = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
param = {"mode": "train", "p": 0.6, "seed": 0}
_, cache = dropout_forward(x, param)
print(grad_check(lambda x: dropout_forward(x, param)[0], x, dropout_backward(dout, cache), dout))

# %% [markdown]
# ## 3. A net with dropout
#
# ### 3.1 FullyConnectedNet (6 points)
#
# You may have written this class already, in the notebook on backpropagation. Then bring it here and add dropout. If not, now is the
# time. With $L - 1$ hidden layers:
#
# > { affine → ReLU → dropout } × (L − 1) → affine → softmax
#
# **Building it.** `FullyConnectedNet(hidden_dims, input_dim=3*32*32, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0,
# weight_scale=1e-2, dtype=np.float32, seed=None)`
# - `hidden_dims` is a list with the width of each hidden layer: one, two, or more of them, of different widths.
# - `self.params` is a dictionary with `W1`, `b1`, `W2`, `b2`, ... `WL`, `bL`. Weights are `(inputs, outputs)`, normal with mean 0 and deviation
#   `weight_scale`; biases are 0. All of them have the type
#   `dtype`: a NumPy type or its name, `np.float32` or `"float64"`.
# - `dropout_keep_ratio` is the `p` of dropout after each hidden layer's ReLU. With 1 nothing is dropped. The inputs and the scores are never dropped.
# - `seed` belongs to dropout: if it is a whole number, every call of `loss` draws the same masks (0 is a seed too); with `None` every call draws others. Keep it in
#   `self.dropout_param`, beside `mode` and `p`.
# - `normalization` is there because the other notebooks' nets have it. Here it stays `None`.
#
# **Using it.** `loss(X, y=None)`, X of shape `(N, d1, ..., dk)` with `input_dim` numbers to an example:
# - without `y` it returns the scores `(N, num_classes)`, **in test mode**: nothing is dropped, and two calls give the same;
# - with `y` it returns `(loss, grads)` in training mode. `loss` is the mean cross-entropy plus $\tfrac12\,\text{reg}\sum W^2$ over all the weight matrices, not the biases. `grads`
#   has the same names as `self.params`;
# - the two kinds of call may take turns in any order, and tests replace the numbers in `net.params`, so look them up when `loss` is called.
#
# Given are `affine_forward(x, w, b)`, `affine_backward(dout, cache)` which returns `(dx, dw, db)`, `relu_forward(x)`, `relu_backward(dout, cache)`, and
# `softmax_loss(scores, y)` which returns `(loss, dscores)`. The affine layer flattens `X` itself.


# %% solution="FullyConnectedNet"
class FullyConnectedNet:
    """A net of any depth: affine, ReLU, dropout, again and again; then affine and softmax."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.reg, self.dtype = reg, dtype
        self.params = {}
        self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
        ### BEGIN SOLUTION
        if seed is not None:
            self.dropout_param["seed"] = seed
        rng = np.random.default_rng(seed)
        sizes = [input_dim, *hidden_dims, num_classes]
        self.num_layers = len(sizes) - 1
        for i in range(self.num_layers):
            weights = weight_scale * rng.standard_normal((sizes[i], sizes[i + 1]))
            self.params[f"W{i + 1}"] = weights.astype(dtype)
            self.params[f"b{i + 1}"] = np.zeros(sizes[i + 1], dtype=dtype)
        ### END SOLUTION

    def loss(self, X, y=None):
        """Scores (N, num_classes) in test mode without y; with labels y: (N,) the pair (loss, grads)."""
        X = X.astype(self.dtype)
        ### BEGIN SOLUTION
        self.dropout_param["mode"] = "test" if y is None else "train"
        out, caches = X, []
        for i in range(1, self.num_layers):
            out, affine_cache = affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            out, relu_cache = relu_forward(out)
            out, dropout_cache = dropout_forward(out, self.dropout_param)
            out = out.astype(self.dtype, copy=False)  # a mask of float64 would double the work
            caches.append((affine_cache, relu_cache, dropout_cache))
        last = self.num_layers
        scores, last_cache = affine_forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        if y is None:
            return scores

        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dout, last_cache)
        for i in range(last - 1, 0, -1):
            affine_cache, relu_cache, dropout_cache = caches[i - 1]
            dout = dropout_backward(dout, dropout_cache).astype(self.dtype, copy=False)
            dout = relu_backward(dout, relu_cache)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine_cache)
        for i in range(1, last + 1):
            W = self.params[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(W * W)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * W
        return loss, grads
        ### END SOLUTION


# %% grades="FullyConnectedNet"
check("FullyConnectedNet")

# %% [markdown]
# ### 3.2 One net, two ways to train it
#
# This is the training loop for the rest of the notebook: mini-batches and plain gradient descent, with steps that
# become shorter from epoch to epoch so that the curves come to rest. It has places where
# you can put in what comes later: another way to take a step, another way to get the loss, and something that changes the pictures. After every fourth
# epoch it notes how the net does.


# %%
def plain_step(params, grads, learning_rate):
    """Gradient descent: every array against its gradient."""
    return {name: params[name] - learning_rate * grads[name] for name in params}


def plain_loss(net, X, y, rng):
    """The loss of a mini-batch and its gradients."""
    return net.loss(X, y)


def new_net(dropout_keep_ratio=1):
    """The net that all experiments begin with: two hidden layers of 200 units."""
    return FullyConnectedNet(
        [200, 200],
        input_dim=X_train[0].size,
        weight_scale=0.05,
        dropout_keep_ratio=dropout_keep_ratio,
    )


def accuracy(net, X, y):
    """The share of pictures whose largest score belongs to the right class."""
    return np.mean(net.loss(X).argmax(axis=1) == y)


def train(
    net, step=plain_step, loss=plain_loss, change=None, epochs=80, learning_rate=0.1, seed=0, watch=True
):
    """Train on our 500 pictures. Returns accuracies and losses, one number for every fourth epoch."""
    rng = np.random.default_rng(seed)
    history = {"epoch": [], "training": [], "validation": [], "validation loss": []}
    for epoch in range(epochs):
        rate = learning_rate * (1 - epoch / epochs)
        for chosen in rng.permutation(len(X_train)).reshape(-1, 50):
            X, y = X_train[chosen], y_train[chosen]
            if change is not None:
                X = change(X, rng)
            _, grads = loss(net, X, y, rng)
            net.params = step(net.params, grads, rate)
        if watch and epoch % 4 == 3:
            scores = net.loss(X_val)
            history["epoch"].append(epoch + 1)
            history["training"].append(accuracy(net, X_train, y_train))
            history["validation"].append(np.mean(scores.argmax(axis=1) == y_val))
            history["validation loss"].append(softmax_loss(scores, y_val)[0])
    return history


def show_runs(histories):
    """Accuracies and validation loss of several runs over the epochs."""
    figure = new_figure(12, 4.2)
    panels = figure.subplots(1, 3)
    titles = ("On the training pictures", "On the validation pictures", "Loss on the validation pictures")
    for axes, key, title in zip(panels, ("training", "validation", "validation loss"), titles, strict=True):
        for i, (name, history) in enumerate(histories.items()):
            color = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#000000"][i]
            axes.plot(history["epoch"], history[key], ["-", "--", "-."][i % 3], color=color, lw=2, label=name)
        unit = "Cross-entropy (nats)" if "loss" in key else "Share named correctly"
        axes.set(xlabel="Epoch", ylabel=unit, title=title)
        axes.grid(color="#DDDDDD")
    panels[0].set_ylim(0, 1.02)
    panels[1].set_ylim(0, 1.02)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    return figure


# %%
nets, runs = {}, {}

nets["plain"] = new_net()
runs["plain"] = train(nets["plain"])

nets["dropout"] = new_net(dropout_keep_ratio=0.5)
runs["dropout"] = train(nets["dropout"])

show_runs(runs)

# %% [markdown]
# Look at the plain net (blue). It ends with nearly every training picture right. On the validation pictures it is right
# about fewer than half, and it got there early. The panel on the right is worse: the validation *loss* is at its lowest
# after a few epochs and then **rises**. The wrong answers do not become more, they become more *certain*. The net has learned by
# heart, and it believes in what it has learned.
#
# Dropout (orange) takes longer over the training pictures. In *accuracy* it buys nothing here, or next to nothing. But look at the loss: the
# net no longer talks itself into its mistakes nearly as much. If somebody is going to rely on the probabilities that your net
# gives, that is worth a lot.

# %% [markdown]
# ## 4. Weight decay
#
# The oldest remedy: large weights make sharp, brittle decisions, so let every weight shrink a little at each step, and only what the
# data keep renewing will last. With the learning rate $\alpha$ and the strength $\lambda$,
#
# $$W \leftarrow W - \alpha \, \frac{\partial L}{\partial W} - \alpha \lambda W$$
#
# You know a close relative: the penalty $\tfrac12 \lambda \sum W^2$ in the loss, whose gradient is $\lambda W$. For plain gradient descent the two are the same thing. They part as soon as the
# optimiser rescales gradients: Adam would divide the penalty's gradient by the size of past gradients too, so that the weights with the largest gradients
# shrink the least. To decay weights *beside* the gradient, as in the formula above, is called **decoupled** weight decay, and Adam with it is called AdamW.
#
# ### 4.1 A step (3 points)
#
# `weight_decay_step(params, grads, learning_rate, weight_decay)` returns the parameters after one step, in a **new** dictionary with the same names; `params`, `grads` and the
# arrays in them are read only.
# - Only weights decay: the arrays whose name begins with a capital `W`, such as `W1` or `W12`, whatever their shape. All others (`b1`, `gamma1`, `beta1`, ...) take a plain step.
# - What decays is the weight **before** the step: the formula uses the old $W$ in both places.
# - `weight_decay` may be 0. Arrays may be float64 or float32. `grads` may hold its names in another order than `params`.


# %% solution="weight_decay_step"
def weight_decay_step(params, grads, learning_rate, weight_decay):
    """One step of gradient descent with decoupled weight decay on the weights (names that begin with W).

    params, grads: dictionaries of arrays by name. Returns a new dictionary of parameters.
    """
    new_params = {}
    ### BEGIN SOLUTION
    for name, value in params.items():
        decay = weight_decay * value if name.startswith("W") else 0
        new_params[name] = value - learning_rate * (grads[name] + decay)
    ### END SOLUTION
    return new_params


# %% grades="weight_decay_step"
check("weight_decay_step")


# %%
def decaying_step(params, grads, learning_rate):
    """A step with a strength that suits our net."""
    return weight_decay_step(params, grads, learning_rate, weight_decay=0.02)


nets["weight decay"] = new_net()
runs["weight decay"] = train(nets["weight decay"], step=decaying_step)
show_runs(runs)

for name, net in {"a new net": new_net(), **nets}.items():
    lengths = [np.sqrt(np.sum(net.params[key] ** 2)) for key in ("W1", "W2", "W3")]
    print(f"{name:12}  length of W1, W2, W3:", "  ".join(f"{length:5.1f}" for length in lengths))

# %% [markdown]
# The same story: no more accuracy to speak of, and a lower loss. The lengths of the weight matrices show by what means. The other nets
# still carry the random weights that they began with, and what they learned came on top. Here, all that no picture asked for has
# died away, and what is left makes softer decisions.
#
# ### 4.2 Half-life (1 point)
#
# A weight's gradient is always 0: its unit is dead. With $\alpha = 0.1$ and $\lambda = 0.01$, how many steps does it take until less than half of the weight is left? A whole number.

# %% solution="answer_half_life"
answer_half_life = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_half_life = int(np.ceil(np.log(0.5) / np.log(1 - 0.1 * 0.01)))
# 693: each step leaves 1 - 0.1 * 0.01 = 0.999 of the weight, and 0.999**t falls below one half
# between t = 692 and 693.
### END SOLUTION

# %% grades="answer_half_life"
check("answer_half_life")

# %% [markdown]
# ## 5. New pictures out of old ones
#
# A retina that is mirrored is still a retina. Grass that is moved by a pixel is still grass. You know that, the net does not, and 500 pictures are too few to find it out.
# So tell it, in the one language that it understands: by examples. Change each picture at random whenever its turn comes, in a way that leaves its label true. That is **augmentation**, and
# it is different in kind from dropout and weight decay: they say "be modest", it says something about the *world*.
#
# ### 5.1 Crops and mirror images (4 points)
#
# Add a frame of `pad` zeros around a picture, and cut a window of the picture's own size out of the result: the picture has moved by up to `pad` pixels in any direction, and zeros (our mean colour) have come in from outside. Then, perhaps, mirror it.
#
# The dice are thrown elsewhere, so that you can see exactly what your function does. `crop_and_flip(X, top, left, mirror, pad)`:
# - `X` holds the pictures `(N, C, H, W)`, float64 or float32. H and W may differ, and C may be 1.
# - `top` and `left` are arrays of N whole numbers from 0 to `2 * pad`: picture `i`'s window begins at row `top[i]` and column `left[i]` of the *framed* picture. So `top[i] = left[i] = pad` gives the picture itself.
# - `mirror` is an array of N booleans. Where it is true, the **window** is mirrored left to right, after it was cut.
# - Each picture has its own `top`, `left` and `mirror`; all channels of a picture move together.
# - `pad` may be 0. The result is a new array of the shape of `X`; `X` is read only.


# %% solution="crop_and_flip"
def crop_and_flip(X, top, left, mirror, pad):
    """Each picture of X: (N, C, H, W) moved inside a frame of `pad` zeros, and mirrored where `mirror` says so.

    top, left: (N,) where the windows begin, from 0 to 2 * pad. mirror: (N,) booleans.
    Returns a new array of the shape of X.
    """
    N, _, H, W = X.shape
    ### BEGIN SOLUTION
    framed = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.empty_like(X)
    for i in range(N):
        window = framed[i, :, top[i] : top[i] + H, left[i] : left[i] + W]
        out[i] = window[:, :, ::-1] if mirror[i] else window
    ### END SOLUTION
    return out


# %% grades="crop_and_flip"
check("crop_and_flip")

# %% [markdown]
# Now the dice. And since we are at it, three more ways to make life harder for the net: **cutout** hides a square, **noise** adds some to every pixel, and
# **mixup** lays two pictures over each other and asks for both labels, in the same proportion. (Its loss is the same mixture: `share` times the loss with the one label plus `1 - share` times that with the other.)


# %%
def random_crops(X, rng, pad=2):
    """Move each picture by up to two pixels, mirror half of them."""
    top, left = rng.integers(0, 2 * pad + 1, (2, len(X)))
    return crop_and_flip(X, top, left, rng.random(len(X)) < 0.5, pad)


def cutout(X, rng, size=6):
    """A square of each picture in the mean colour."""
    X = X.copy()
    for picture, (row, column) in zip(X, rng.integers(0, 17 - size, (len(X), 2)), strict=True):
        picture[:, row : row + size, column : column + size] = 0
    return X


def noise(X, rng, strength=0.5):
    """A random number added to every pixel."""
    return X + strength * rng.standard_normal(X.shape).astype(X.dtype)


def mixed(X, rng, share):
    """Pictures laid over others of the same batch, and the numbers of these others."""
    partner = rng.permutation(len(X))
    return np.float32(share) * X + np.float32(1 - share) * X[partner], partner


def mixup_loss(net, X, y, rng):
    """Two pictures at once, two labels at once."""
    share = rng.random()
    X, partner = mixed(X, rng, share)
    loss, grads = net.loss(X, y)
    other_loss, other_grads = net.loss(X, y[partner])
    share = np.float32(share)
    both = {name: share * grads[name] + (1 - share) * other_grads[name] for name in grads}
    return share * loss + (1 - share) * other_loss, both


rng = np.random.default_rng(4)
ten = X_train[:10]
rows = [ten, random_crops(ten, rng), random_crops(ten, rng), cutout(ten, rng), noise(ten, rng)]
names = ["as it is", "crop, mirror", "and again", "cutout", "noise"]
blend, partner = mixed(ten, np.random.default_rng(1), 0.6)
figure = new_figure(10, 6.4)
panels = figure.subplots(6, 10)
for row, pictures, name in zip(panels, [*rows, blend], [*names, "mixup, 60 : 40"], strict=True):
    for axes, picture in zip(row, to_show(pictures), strict=True):
        axes.imshow(picture, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
    row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
for axes, one, other in zip(panels[-1], y_train[:10], y_train[:10][partner], strict=True):
    axes.set_xlabel(f"{images.classes[one]}\n+ {images.classes[other]}", fontsize=8)
figure.suptitle("Ten training pictures, and what can be made of them", fontweight="bold")
figure

# %%
for name, options in {
    "crops and mirror": {"change": random_crops},
    "mixup": {"loss": mixup_loss},
    "noise": {"change": noise},
}.items():
    nets[name] = new_net()
    runs[name] = train(nets[name], **options)

show_runs(runs)

# %% [markdown]
# There it is. Moving and mirroring leaves all the others behind, in accuracy and in loss, and it is the only one whose gap has
# become visibly smaller from both sides: less on the training pictures, more on the others.
#
# Why this and not the rest? Because it **adds knowledge**. Dropout, decay, noise and mixup say, each in its way, that a net should not be too sure of itself. That is true of all nets on all data, and so it says
# little about this one. That a photograph may be moved and mirrored is a fact about photographs. (For handwritten digits, mirroring would be a lie, and it would cost you.)
#
# ### 5.2 What has happened? (1 point)
#
# Somebody trains a net with dropout and augmentation and prints, after each epoch, the mean accuracy over the *mini-batches just trained on*, as they went into the net: 61 %. On the validation pictures the same net reaches 66 %. What is the most likely explanation?
#
# - `"a"`: The net overfits, so it needs more dropout.
# - `"b"`: Training pictures have found their way into the validation set.
# - `"c"`: The 61 % were measured on changed pictures with units switched off, the 66 % on clean pictures with the whole net.
# - `"d"`: There is a mistake in the backward pass; no net can be better on validation pictures than on training pictures.

# %% solution="answer_better_on_validation"
answer_better_on_validation = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_better_on_validation = "c"
# In training the pictures are harder (augmented) and the net is weaker (units dropped); on the
# validation pictures neither is done. To compare, measure both on clean pictures with the whole
# net.
### END SOLUTION

# %% grades="answer_better_on_validation"
check("answer_better_on_validation")

# %% [markdown]
# ## 6. Stopping in time
#
# The plain net's validation loss was lowest after a few epochs, and its accuracy stood still from about the middle on. The rest was wasted, or worse. So look at the validation accuracy after every epoch, keep the best
# weights so far, and stop when it has not become better for a while. How long is a while? That is the **patience**. Too little, and a chance dip ends the training; too much, and you wait for nothing.
#
# ### 6.1 The rule (4 points)
#
# `early_stopping(scores, patience)` gets a list with one number for each epoch, larger is better, and says what would have happened. It returns two whole numbers, `(best_epoch, last_epoch)`, counted from 0:
# - Go through the epochs in order. An epoch is a **new best** if its number is strictly larger than all before it; being equal is not enough. Epoch 0 always is one.
# - Training stops at the end of the first epoch that is the `patience`-th in a row without a new best. That epoch is `last_epoch`. If it never comes to that, `last_epoch` is the last one of the list.
# - `best_epoch` is the latest new best up to then: the one whose weights we keep. What comes after `last_epoch` is never seen.
# - Scores may be any numbers, negative ones too (such as minus the validation loss). `patience` is at least 1, and the list holds at least one number.
#
# An example: with `scores = [0.3, 0.5, 0.4, 0.5, 0.4, 0.7]` and `patience = 3` the epochs 2, 3 and 4 bring no new best, so training stops after epoch 4, and the weights of epoch 1 are kept. Epoch 5 would have been better. Bad luck.


# %% solution="early_stopping"
def early_stopping(scores, patience):
    """The epoch whose weights are kept, and the epoch after which training stops; both counted from 0.

    scores: one number an epoch, larger is better. patience: so many epochs in a row without a new best are enough.
    Returns (best_epoch, last_epoch).
    """
    ### BEGIN SOLUTION
    best_epoch = 0
    for epoch, score in enumerate(scores):
        if score > scores[best_epoch]:
            best_epoch = epoch
        if epoch - best_epoch == patience:
            break
    last_epoch = epoch
    ### END SOLUTION
    return best_epoch, last_epoch


# %% grades="early_stopping"
check("early_stopping")

# %%
figure = new_figure(9, 4)
axes = figure.subplots()
scores, epochs = runs["plain"]["validation"], runs["plain"]["epoch"]
axes.plot(epochs, scores, color="#0072B2", label="plain net, validation")
for patience, color, marker in ((1, "#D55E00", "v"), (2, "#E69F00", "s"), (5, "#009E73", "o")):
    best, last = early_stopping(scores, patience)
    axes.plot(epochs[best], scores[best], marker, ms=11, color=color, label=f"patience {patience}: kept")
    axes.axvline(epochs[last], color=color, ls="--", lw=1.5)
    print(f"patience {patience}: keeps epoch {epochs[best]} ({scores[best]:.1%}), stops at {epochs[last]}")
axes.set(xlabel="Epoch", ylabel="Share named correctly", title="When to stop (dashed), and what to keep")
axes.grid(color="#DDDDDD")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure

# %% [markdown]
# (The net was tested after every fourth epoch, so patience counts these.) Stopping early is the only remedy here that makes training *cheaper*. Its price: the accuracy that picked the best epoch is a little
# too good, because chance had a part in being the best. For an honest number, ask pictures that took no part in the choice.

# %% [markdown]
# ## 7. Ask several
#
# Ten nets that begin with different weights make different mistakes. Where they are right, they agree, and where they are wrong, they are wrong in
# different ways. So ask all of them. For each picture, turn each net's scores into probabilities, take the **mean of the probabilities**, and answer with the class that has the largest. In most people's experience that is good for about 2 percent, whatever the nets, and it
# won most of the competitions that there have been.
#
# ### 7.1 The average (4 points)
#
# `ensemble_predict(scores)` gets the raw scores of K members for N pictures: an array `(K, N, C)`, or a list of K arrays `(N, C)`. It returns `(labels, probabilities)`:
# - `probabilities` has shape `(N, C)`: the mean over members of the softmax of each member's scores. Not the softmax of mean scores: a member whose scores are ten times as large would then have ten times the say.
# - `labels` has shape `(N,)`: whole numbers, the class with the largest mean probability.
# - K, N may be 1, and the number of classes is arbitrary. Scores may be as large as 10 000 or as small as -10 000, in float64 or float32, and no result may be NaN. (Remember how softmax is kept from overflowing.) They are read only.
#
# Write the softmax yourself, or use `softmax(scores)`, which is given: it works along the last axis and does not overflow.


# %% solution="ensemble_predict"
def ensemble_predict(scores):
    """The labels (N,) and the mean probabilities (N, C) of an ensemble, from its members' raw scores (K, N, C)."""
    ### BEGIN SOLUTION
    probabilities = np.mean([softmax(member) for member in scores], axis=0)
    labels = probabilities.argmax(axis=1)
    ### END SOLUTION
    return labels, probabilities


# %% grades="ensemble_predict"
check("ensemble_predict")

# %% [markdown]
# Your function does not care where the members come from. That makes it good for **three** things that have different names:
#
# - **Several nets**: train the same net several times, from other first weights.
# - **Monte Carlo dropout**: take *one* net with dropout and leave dropout on at test time. Each mask is another net of the crowd. Test mode only
#   approximates the crowd's opinion; this asks a few dozen members and averages.
# - **Several views**: show *one* net the same picture several times, moved and mirrored. Competition winners do it with **ten crops**, the four corners and the centre, each of them mirrored too.
#
# First we train three more of the plain nets, and three more with crops.

# %%
for number in range(1, 4):
    for name, options in {"plain": {}, "crops and mirror": {"change": random_crops}}.items():
        nets[f"{name} {number}"] = new_net()
        train(nets[f"{name} {number}"], seed=number, watch=False, **options)


# %%
def monte_carlo_scores(net, X, samples=20):
    """Scores (samples, N, C) of a net with dropout that stays switched on."""
    all_scores = []
    for _ in range(samples):
        out = X
        for layer in (1, 2):
            out, _ = affine_forward(out, net.params[f"W{layer}"], net.params[f"b{layer}"])
            out, _ = dropout_forward(relu_forward(out)[0], {"mode": "train", "p": net.dropout_param["p"]})
        all_scores.append(affine_forward(out, net.params["W3"], net.params["b3"])[0])
    return np.array(all_scores)


def ten_views(net, X, pad=1):
    """Scores (10, N, C) of a net that sees each picture in the corners and the centre of a frame, and mirrored."""
    places = [(0, 0), (0, 2 * pad), (2 * pad, 0), (2 * pad, 2 * pad), (pad, pad)]
    ones = np.ones(len(X), dtype=int)
    return np.array(
        [
            net.loss(crop_and_flip(X, top * ones, left * ones, mirror * ones > 0, pad))
            for top, left in places
            for mirror in (0, 1)
        ]
    )


def share_right(scores, y):
    """The share of pictures that an ensemble with these scores names correctly."""
    return np.mean(ensemble_predict(scores)[0] == y)


families = {
    name: [nets[key] for key in (name, *(f"{name} {number}" for number in (1, 2, 3)))]
    for name in ("plain", "crops and mirror")
}
crops = families["crops and mirror"]
masks = monte_carlo_scores(nets["dropout"], X_val)
gains = {
    "one plain net (mean of 4)": np.mean([accuracy(net, X_val, y_val) for net in families["plain"]]),
    "four plain nets": share_right([net.loss(X_val) for net in families["plain"]], y_val),
    "one net with dropout": accuracy(nets["dropout"], X_val, y_val),
    "   the same, 20 masks": share_right(masks, y_val),
    "one net with crops (mean of 4)": np.mean([accuracy(net, X_val, y_val) for net in crops]),
    "   one, ten views (mean of 4)": np.mean([share_right(ten_views(net, X_val), y_val) for net in crops]),
    "four nets with crops": share_right([net.loss(X_val) for net in crops], y_val),
    "   four, ten views": share_right(np.concatenate([ten_views(net, X_val) for net in crops]), y_val),
}
plots.bars(
    gains, label="Share of validation pictures named correctly", form=".1%", title="One asked, several asked"
)

# %%
for name, members in {"all units": [nets["dropout"].loss(X_val)], "20 masks": masks}.items():
    _, p = ensemble_predict(members)
    print(f"dropout, {name}: loss {-np.mean(np.log(p[np.arange(len(p)), y_val])):.2f}")

# %% [markdown]
# How much it gives depends on how *different* the members are. Our four nets have all seen the same 500 pictures and
# largely fail on the same new ones, so a percent or two is what there is to gain; with views on top, the gains overlap. The views of a single net
# are a bargain: no second net has to be trained. The masks of Monte Carlo dropout hardly change the answers (they may even cost a few), but the
# probabilities become more honest, as the loss shows. The rule of thumb, about 2 percent, is of the right size.
#
# There is a cheaper cousin: average the **weights** of one net at several times in its training (checkpoints), or keep a running average of them all along. That costs nothing at test time, because it is one net again. (You cannot average the weights of nets that began differently: unit 17 of the one has nothing to do with unit 17 of the other.)
#
# ### 7.2 The family
#
# All these have one pattern in common: **add randomness in training, average it out at test time.**
#
# | | random in training | at test time |
# |---|---|---|
# | dropout | which units are 0 | all units (or Monte Carlo) |
# | DropConnect | which *weights* are 0 | all weights |
# | stochastic depth | which residual blocks are skipped | all blocks, each times its probability |
# | fractional pooling | where the pooling windows lie | the mean over several grids |
# | augmentation | crop, mirror, colour, scale | one centre crop, or ten |
# | cutout, noise | what is hidden or disturbed | the clean picture |
# | mixup | who is mixed with whom | the picture alone |
# | batch norm | who is in the mini-batch | running averages |
#
# The last row is no slip: a picture in a mini-batch is normalised by whoever happens to be in it, and that noise regularises too. It is one reason why nets with batch norm often need little dropout.

# %% [markdown]
# ## 8. The test, once
#
# Everything has been chosen on the validation pictures. Now the test pictures, which come from *other parts* of the photographs.

# %%
plain = families["plain"]
final = {
    "plain net (mean of 4)": np.mean([accuracy(net, X_test, y_test) for net in plain]),
    "dropout": accuracy(nets["dropout"], X_test, y_test),
    "weight decay": accuracy(nets["weight decay"], X_test, y_test),
    "mixup": accuracy(nets["mixup"], X_test, y_test),
    "crops and mirror (mean of 4)": np.mean([accuracy(net, X_test, y_test) for net in crops]),
    "four plain nets": share_right([net.loss(X_test) for net in plain], y_test),
    "four nets with crops, ten views": share_right(
        np.concatenate([ten_views(net, X_test) for net in crops]), y_test
    ),
}
plots.bars(
    final,
    label="Share of test pictures named correctly",
    form=".1%",
    title="500 training pictures, new places",
)

# %% [markdown]
# Everything is lower and the steps are smaller, but what stood out before stands out again: saying what you know about pictures, and
# asking several. And nothing above taught the net about parts of the photographs of which it has never seen anything.
# **Regularisation closes the gap to new pictures of the same kind, not to pictures of another kind.**
#
# What to take home:
# 1. Look at the gap between training and validation first. No gap, no need for any of this: then the net is too small or not trained enough.
# 2. More data beats everything; the next best thing is to say what you *know*, by augmentation.
# 3. Then weight decay and dropout, gently, watching the loss and not the accuracy alone.
# 4. Keep the best epoch. Average whatever you can average.

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a2")
