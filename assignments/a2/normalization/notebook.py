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
# # Initialisation and normalisation
#
# **Why not simply stack more layers?** A deep net can say more than a shallow one, so take the net that you have and make
# it ten layers deep. You press the button, and nothing happens: the loss stands at $\log 10 = 2.303$ and stays there, however
# long you wait. There is no error in the code. All gradients are right. Nearly all of them are zero.
#
# In this notebook you find out where the signal dies, keep it alive in two ways, and put them to the test:
#
# - **initialisation** gives the weights a size at which the signal survives the *first* step,
# - **normalisation** makes every layer restore the signal at *every* step, by itself.
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | how large weights should be at the start | 3 |
# | 3 | batch norm, forward | 6 |
# | 4 | batch norm, backward: through the graph, and in one line | 5 + 3 |
# | 5 | layer norm, forward and backward | 3 + 4 |
# | 6 | a normalised net of any depth | 8 |
# | 7 | the same for images: spatial batch norm, group norm | 2 + 2 + 4 + 4 |
# | 2, 3, 4 | three short questions, checked automatically | 1 + 1 + 1 |
# | 6 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`: it says what was called, what came back and what was expected. Grading
# runs more tests of the same kind on other numbers, in float64 and float32; every special case that they visit is named in the
# exercise's text. It is done with NumPy alone: where your work is graded, no other library is there.

# %%
import time

import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.gradients import grad_check
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax_loss
from cs_lib.plots import style

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. Before the first layer
#
# What we want inside the net we can have for free at its entrance. Here is a cloud of points as data often is: far from the
# origin, longer than wide, and slanting. Three steps make it round.

# %%
rng = np.random.default_rng(0)
cloud = rng.standard_normal((300, 2)) @ [[2.0, 0.9], [0.0, 0.5]] + [4.0, 3.0]

centred = cloud - cloud.mean(axis=0)
standardised = centred / centred.std(axis=0)
_, spread, directions = np.linalg.svd(centred / np.sqrt(len(centred)), full_matrices=False)
whitened = centred @ directions.T / spread


@style.styled
def clouds(steps):
    """Draw one panel for each cloud of points, all on one scale."""
    figure = style.new_figure(11, 3.2)
    for panel, (name, points) in zip(figure.subplots(1, len(steps), sharey=True), steps.items(), strict=True):
        panel.axhline(0, color=style.GREY, linewidth=0.8)
        panel.axvline(0, color=style.GREY, linewidth=0.8)
        panel.plot(*points.T, ".", color=style.BLUE, markersize=4, alpha=0.6)
        panel.set(title=name, xlim=(-7, 10), ylim=(-7, 7), xlabel="first feature (no unit)", aspect="equal")
    figure.axes[0].set_ylabel("second feature (no unit)")
    return figure


clouds({"as it comes": cloud, "minus the mean": centred, "/ deviation": standardised, "whitened": whitened})

# %% [markdown]
# - **Subtract the mean.** If all inputs are positive, the gradients of all weights of a unit have the same sign, and
#   descent has to zigzag.
# - **Divide by the deviation**, so that no feature is loud merely because of its unit.
# - **Whiten**: turn the cloud onto its own axes (PCA) and divide there. For pictures, 3072 × 3072 covariances are a lot of
#   work for little: one subtracts the mean picture, or one mean for each colour, and perhaps divides. So do we:

# %%
images = data.load(DATASET, train=2000, val=500, test=500)
y_train, y_val, y_test = images.y_train, images.y_val, images.y_test


def halved_rows(pictures):
    """Pictures at half their size, 16 x 16 pixels, as rows of 768 numbers: enough, and four times as fast."""
    blocks = pictures.reshape(len(pictures), 16, 2, 16, 2, 3)
    return blocks.mean(axis=(2, 4), dtype=np.float32).reshape(len(pictures), -1)


X_train, X_val, X_test = map(halved_rows, (images.x_train, images.x_val, images.x_test))
mean_picture = X_train.mean(axis=0)
deviation = (X_train - mean_picture).std()
X_train, X_val, X_test = ((x - mean_picture) / deviation for x in (X_train, X_val, X_test))

print(f"training: {X_train.shape}, mean {abs(X_train.mean()):.3f}, deviation {X_train.std():.3f}")

# %% [markdown]
# Remember these two steps, subtract the mean and divide by the deviation. All of batch norm is the idea to do
# them not only here, but in front of every layer.
#
# ## 2. Ten layers and a whisper
#
# Send 1000 random inputs through ten layers of 500 tanh units, with weights as small nets like them: `0.01 * randn`. The
# deviation of a layer's activations says how much there is left of the signal.


# %%
def layer_outputs(std, nonlinearity=np.tanh, depth=10, width=500, num_inputs=1000):
    """The activations (num_inputs, width) of each layer; std is the deviation of the weights."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((num_inputs, width), dtype=np.float32)
    outputs = {}
    for layer in range(1, depth + 1):
        weights = np.float32(std) * rng.standard_normal((width, width), dtype=np.float32)
        x = nonlinearity(x @ weights)
        outputs[f"layer {layer}"] = x
    return outputs


def deviations(outputs):
    """The deviation of each layer's activations, as one line of text."""
    return "  ".join(f"{x.std():.3g}" for x in outputs.values())


small = layer_outputs(0.01)
print("deviation, layer by layer:", deviations(small))
plots.activation_histograms(small, title="Ten layers of 500 tanh units, W = 0.01 · randn")

# %% [markdown]
# From layer to layer the signal shrinks to less than a quarter. In the last layer every unit says
# "zero" to every picture. And the gradient of a weight is *input of the layer* × *gradient from above*: where the input
# is zero, so is the gradient. That is the silence of the first paragraph.
#
# Larger weights, then? A hundred times larger:

# %%
large = layer_outputs(1.0)
print("deviation, layer by layer:", deviations(large))
plots.activation_histograms(large, title="The same with W = 1.0 · randn")

# %% [markdown]
# Now every unit shouts: +1 or −1, and hardly anything in between. There tanh is flat, its derivative $1 - \tanh^2$ is zero, and
# again no gradient comes through. In between there must be a size at which the signal neither dies nor saturates. We could
# search for it. Or calculate.
#
# ### 2.1 How large should weights be?
#
# One unit, before its non-linearity, adds up $z = \sum_{i=1}^{n} x_i w_i$, where $n$ is the **fan-in**, the number of inputs
# that it sums. Let the weights be drawn independently with mean 0 and deviation $s$. The terms of the sum are uncorrelated with mean 0,
# so their variances add up:
#
# $$\operatorname{Var}(z) = \sum_i \mathbb{E}[x_i^2]\, \mathbb{E}[w_i^2] = n \, s^2 \, \mathbb{E}[x^2]$$
#
# - Without a non-linearity, or with **tanh** near 0 where it is nearly a straight line, $\mathbb{E}[x^2]$ is the variance of the
#   layer before. Variance in = variance out needs $n s^2 = 1$, so $s = 1 / \sqrt{n}$. This is **Xavier** initialisation.
# - **ReLU** sets the negative half to zero. What is left of $\mathbb{E}[z^2]$ is one half, layer after layer.
#   To make up for it we need $n s^2 = 2$, so $s = \sqrt{2 / n}$. This is **Kaiming** initialisation.
#
# Check it against what you saw: with $s = 0.01$ and $n = 500$ the factor for each layer is $0.01 \cdot \sqrt{500} = 0.224$. And indeed
# $0.0476 / 0.213 = 0.223$.
#
# ### 2.2 The deviation of the weights (3 points)
#
# Write `weight_std(shape, activation)`, the deviation with which weights of this shape should be drawn.
# - `shape` is `(D, M)` for a fully connected layer that acts as `x @ w`, or `(F, C, HH, WW)` for `F` filters, each of which
#   looks at `C` channels of a window of `HH` × `WW` pixels. How many numbers does one output sum up, in each case?
# - `activation` is the name of the non-linearity behind it: `"relu"`, `"tanh"` or `"linear"` (none at all).
# - The result is one number. The number of *outputs* (`M` or `F`) plays no part here.


# %% solution="weight_std"
def weight_std(shape, activation):
    """The deviation of weights that keeps the size of the signal.

    shape is (D, M) or (F, C, HH, WW), activation is "relu", "tanh" or "linear".
    """
    ### BEGIN SOLUTION
    fan_in = shape[0] if len(shape) == 2 else np.prod(shape[1:])
    gain = 2 if activation == "relu" else 1
    return np.sqrt(gain / fan_in)
    ### END SOLUTION


# %% grades="weight_std"
check("weight_std")

# %%
xavier = layer_outputs(weight_std((500, 500), "tanh"))
print("tanh:", deviations(xavier))
plots.activation_histograms(xavier, title="Ten tanh layers again, with your deviation")

# %% [markdown]
# Alive in all ten layers. It still fades a little (0.63, 0.49, 0.41, 0.36, …), because tanh bends away from its straight line.
#
# For ReLU it matters which of the two rules you take:


# %%
def relu(z):
    """The rectifier by itself."""
    return np.maximum(z, 0)


relu_xavier = layer_outputs(weight_std((500, 500), "tanh"), relu)
relu_kaiming = layer_outputs(weight_std((500, 500), "relu"), relu)
print("1 / sqrt(n):", deviations(relu_xavier))
print("sqrt(2 / n):", deviations(relu_kaiming))
plots.activation_histograms(
    {f"{layer}, 1/√n": relu_xavier[layer] for layer in ("layer 1", "layer 5", "layer 10")}
    | {f"{layer}, √(2/n)": relu_kaiming[layer] for layer in ("layer 1", "layer 10")},
    title="ReLU wants its factor of two",
)

# %% [markdown]
# The right size depends on the width. The same 0.01 that kills layers of 500 is not so bad for layers of 4096, and what looks like a
# harmless 0.05 saturates them. Six tanh layers:

# %%
for std in (0.01, 0.05):
    wide = layer_outputs(std, depth=6, width=4096, num_inputs=16)
    print(f"W = {std} · randn, factor {std * np.sqrt(4096):.2f} a layer: {deviations(wide)}")

# %% [markdown]
# **How fast does it grow?** Three layers of 1024 units *without any non-linearity*, inputs of deviation 1, no biases,
# `W = 0.05 * randn`. What is the deviation of the outputs of the third layer? A number, or an expression such as `2 * 3**2`.
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_growth"
answer_growth = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_growth = (0.05 * 1024**0.5) ** 3
# 4.096: a sum of 1024 products has sqrt(1024) = 32 times the deviation of one, so each layer
# multiplies by 0.05 * 32 = 1.6.
### END SOLUTION

# %% grades="answer_growth"
check("answer_growth")

# %% [markdown]
# ### 2.3 Why random at all?
#
# If the deviation is what counts, might all weights be the same number? Or zero? Here is the gradient of the weights into five
# hidden units, for three ways to start a net with one hidden layer.


# %%
def first_gradient(W1, W2, rng):
    """The gradient of W1 in a net of affine, tanh, affine on random data."""
    x, y = rng.standard_normal((50, 8)), rng.integers(3, size=50)
    hidden = np.tanh(x @ W1)
    _, dscores = softmax_loss(hidden @ W2, y)
    return x.T @ (dscores @ W2.T * (1 - hidden**2))


@style.styled
def gradient_maps(maps):
    """Draw gradients as heat maps on one scale, a panel for each start."""
    figure = style.new_figure(10, 3.4)
    limit = max(np.abs(values).max() for values in maps.values())
    panels = figure.subplots(1, len(maps), sharey=True)
    for panel, (name, values) in zip(panels, maps.items(), strict=True):
        picture = panel.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
        panel.set(title=name, xlabel="hidden unit", xticks=range(values.shape[1]))
    panels[0].set_ylabel("input")
    figure.colorbar(picture, ax=panels, label="gradient of the weight (no unit)")
    figure.suptitle("The gradient of the first layer, for three ways to start", fontweight="bold")
    return figure


random = np.random.default_rng(0).standard_normal
maps = {
    "all zero": first_gradient(np.zeros((8, 5)), np.zeros((5, 3)), np.random.default_rng(1)),
    "each unit the same": first_gradient(
        np.full((8, 5), 0.3), np.tile(random(3) / 2, (5, 1)), np.random.default_rng(1)
    ),
    "random": first_gradient(random((8, 5)) * 0.35, random((5, 3)) * 0.45, np.random.default_rng(1)),
}
gradient_maps(maps)

# %% [markdown]
# With zeros there is no gradient at all. With equal weights there is one, but it has **the same column five times**: five units
# that start alike are changed alike and stay copies of each other for ever. You pay for five and get one. Only random numbers break the symmetry.
# (Biases may start at zero: the weights have broken it already.)
#
# There are relatives. Glorot and Bengio, who gave Xavier initialisation its name, average the fan-in with the number of outputs, so that the gradients keep their size on the way back, too; and one can draw *orthogonal*
# matrices, which keep the length of every single vector. The idea is the same: neither whisper nor shout.
#
# ## 3. Batch norm: let every layer see to it
#
# A good start is only a start. Each step changes the weights, and after a while the sizes that you calculated are gone. Ioffe and
# Szegedy (2015) asked: if we want each feature to have mean 0 and deviation 1, why not *make* it so? Take the mini-batch, subtract its mean, divide by
# its deviation. These are differentiable operations, so backpropagation goes straight through them. For each feature (column) of `x`:
#
# $$\mu = \frac{1}{N}\sum_i x_i \qquad v = \frac{1}{N}\sum_i (x_i - \mu)^2 \qquad \hat x_i = \frac{x_i - \mu}{\sqrt{v + \varepsilon}} \qquad y_i = \gamma\, \hat x_i + \beta$$
#
# The small $\varepsilon$ keeps a feature that is constant from being divided by 0. The last formula gives back what the third has taken: if mean 0 and deviation 1 are *not* best, the net
# can learn a scale $\gamma$ and a shift $\beta$ for each feature.
#
# **And at test time?** Then there may be a single picture, and what the net says about it must not depend on who else is in the
# batch. So in training we keep **running averages** of the means and variances that came by, and use those in test mode, as constants.
#
# ### 3.1 Forward (6 points)
#
# `bn_param` is a dictionary:
#
# | Key | Meaning | if it is missing |
# |---|---|---|
# | `"mode"` | `"train"` or `"test"` | (never) |
# | `"eps"` | $\varepsilon$, **inside** the root, in both modes | 1e-5 |
# | `"momentum"` | how much of the old running average is kept | 0.9 |
# | `"running_mean"`, `"running_var"` | running averages, shape `(D,)` | zeros |
#
# - In **training** mode use the mini-batch's mean and variance. Divide by $N$, not by $N - 1$, everywhere. Then update the running averages,
#   $\text{running} = \text{momentum} \cdot \text{running} + (1 - \text{momentum}) \cdot \text{batch}$, and store both in `bn_param` under their keys, shape `(D,)`. No $\varepsilon$ in what you store.
# - In **test** mode use the running averages in place of $\mu$ and $v$, with $\varepsilon$, $\gamma$ and $\beta$ as ever. `bn_param` stays as it is.
# - A mini-batch of one example, or a feature that is the same in all examples, comes out as $\beta$.
# - Any sizes, `N = D` included; `x`, `gamma` and `beta` are float64 or float32, and are read only. Features may have very different sizes (a mean of 10000, say).
# - `cache` is what your backward pass will need, in any form you like. The backward pass is only called after a forward pass in training mode.


# %% solution="batchnorm_forward"
def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise each feature over the mini-batch (training) or by running averages (test).

    x has shape (N, D), gamma and beta have shape (D,); bn_param is described above.
    Returns (out, cache), out of shape (N, D).
    """
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    ### BEGIN SOLUTION
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    centred = x - mean
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = centred * inv_std
    out = gamma * x_hat + beta
    cache = (centred, inv_std, x_hat, gamma)
    ### END SOLUTION
    return out, cache


# %% grades="batchnorm_forward"
check("batchnorm_forward")

# %% [markdown]
# Now the experiment of part 2 again. For each of three sizes of the weights, the last of ten tanh layers, without and with batch norm in
# front of each tanh:


# %%
def normalise(x):
    """Batch norm in training mode with gamma = 1, beta = 0."""
    size = x.shape[1]
    return batchnorm_forward(x, np.ones(size, x.dtype), np.zeros(size, x.dtype), {"mode": "train"})[0]


last_layers = {}
for name, nonlinearity in (("without", np.tanh), ("with", lambda z: np.tanh(normalise(z)))):
    for std in (0.01, 0.05, 1.0):
        last_layers[f"{name}, W = {std} · randn"] = layer_outputs(std, nonlinearity)["layer 10"]


@style.styled
def compare_histograms(values, title):
    """Draw histograms in two rows of three on one range, each with its own height."""
    figure = style.new_figure(9, 4.4)
    panels = figure.subplots(2, 3, sharex=True).ravel()
    for panel, (name, each), color in zip(
        panels, values.items(), [style.ORANGE] * 3 + [style.BLUE] * 3, strict=True
    ):
        panel.hist(each.ravel(), bins=np.linspace(-1, 1, 42), color=color)
        panel.set(yticks=[])
        panel.set_title(f"{name}\nstd {each.std():.2g}", fontsize=10, fontweight="normal")
    figure.suptitle(title, fontweight="bold")
    figure.supxlabel("Activation")
    figure.supylabel("Number of units (own scale)")
    return figure


compare_histograms(last_layers, "Layer 10 of 10, without and with batch norm")

# %% [markdown]
# The lower row is three times the same picture. The scale of the weights has *dropped out*: multiply all weights of a layer by ten, and the batch's deviation is ten
# times larger as well, and the division undoes it. (Only the tiny $\varepsilon$ remembers.)
#
# ### 3.2 The running averages
#
# What does training leave behind in `bn_param`? Batches of 20 are drawn from a feature with mean 5 and variance 4.

# %%
rng = np.random.default_rng(0)
bn_param, history = {"mode": "train"}, []
for _ in range(80):
    batch = 5 + 2 * rng.standard_normal((20, 1))
    batchnorm_forward(batch, np.ones(1), np.zeros(1), bn_param)
    history.append((batch.mean(), bn_param["running_mean"][0], batch.var(), bn_param["running_var"][0]))


@style.styled
def running_averages(history):
    """Draw batch statistics and their running averages over the steps, with the true values."""
    figure = style.new_figure(10, 3.4)
    batch_mean, mean, batch_var, var = np.array(history).T
    steps = np.arange(1, len(history) + 1)
    for panel, name, points, line, truth in zip(
        figure.subplots(1, 2), ("mean", "variance"), (batch_mean, batch_var), (mean, var), (5, 4), strict=True
    ):
        panel.plot(steps, points, "o", color=style.ORANGE, markersize=3, label="of one batch")
        panel.plot(steps, line, color=style.BLUE, label="running average")
        panel.axhline(truth, color=style.BLACK, linestyle=":", label="of the data")
        panel.set(title=f"The {name}", xlabel="Training step", ylabel=name, ylim=(0, None))
        style.light_grid(panel)
    figure.axes[0].legend(loc="lower right")
    return figure


running_averages(history)

# %% [markdown]
# The running average is smoother than its batches, but it starts at zero and needs a while to get where it belongs. A net that is tested after
# five steps gives odd answers for this reason alone.
#
# **How long is that while?** A feature's batch mean is 7 in *every* batch, the running mean starts at 0, momentum is 0.9. After how many training steps does the running mean
# reach 99 % of 7 for the first time? A whole number.

# %% solution="answer_warm_up_steps"
answer_warm_up_steps = ...  # replace the dots by a whole number
### BEGIN SOLUTION
answer_warm_up_steps = int(np.ceil(np.log(0.01) / np.log(0.9)))
# 44: after t steps the running mean is 7 * (1 - 0.9**t), so 0.9**t has to fall to 0.01 or below.
### END SOLUTION

# %% grades="answer_warm_up_steps"
check("answer_warm_up_steps")

# %% [markdown]
# ## 4. The way back
#
# Every single number of a batch takes part in the mean and the variance, and through them it changes the output of *all other* examples. That makes
# this the first layer of the course whose gradient can't be read off example by example. So draw the graph, and trust it.


# %%
@style.styled
def graph():
    """Draw the graph of batch norm: boxes are values, arrows say what is made of what."""
    figure = style.new_figure(11, 3.3)
    axes = figure.add_subplot()
    axes.set(xlim=(-0.4, 10.6), ylim=(-0.3, 3.3), aspect="equal")
    axes.set_title("Batch norm as a graph: arrows say what is made of what")
    axes.axis("off")
    boxes = {
        "x": (0, 2.3, "x", "(N, D)", style.SKY),
        "mean": (1.8, 0.6, "μ = mean x", "(D,)", "#EEEEEE"),
        "centred": (3.3, 2.3, "c = x - μ", "(N, D)", "#EEEEEE"),
        "var": (4.7, 0.6, "v = mean c²", "(D,)", "#EEEEEE"),
        "inv": (6.7, 0.6, "s = 1 / √(v + ε)", "(D,)", "#EEEEEE"),
        "hat": (7.4, 2.3, r"$\hat{x} = c \cdot s$", "(N, D)", "#EEEEEE"),
        "out": (9.9, 2.3, r"$y = \gamma\,\hat{x} + \beta$", "(N, D)", style.ORANGE),
        "gamma": (9.2, 0.6, r"$\gamma$", "(D,)", style.SKY),
        "beta": (10.3, 0.6, r"$\beta$", "(D,)", style.SKY),
    }
    patches = {}
    for name, (x, y, formula, shape, color) in boxes.items():
        box = {"boxstyle": "round", "fc": color}
        text = axes.text(x, y, formula, ha="center", va="center", fontsize=11, bbox=box)
        axes.text(
            x, y + (0.5 if y > 1 else -0.5), shape, ha="center", va="center", fontsize=9, color=style.GREY
        )
        patches[name] = text.get_bbox_patch()
    arrows = ["x mean", "x centred", "mean centred", "centred var", "centred hat", "var inv"]
    arrows += ["inv hat", "hat out", "gamma out", "beta out"]
    for start, end in map(str.split, arrows):
        look = {"arrowstyle": "-|>", "color": style.BLACK, "shrinkA": 4, "shrinkB": 4}
        look |= {"patchA": patches[start], "patchB": patches[end]}
        axes.annotate("", boxes[end][:2], boxes[start][:2], arrowprops=look)
    return figure


graph()

# %% [markdown]
# Going back, each arrow is walked against its direction. Three rules do for all of them:
#
# 1. **Two arrows leave a box** (there are two such: $x$ and $c$): two gradients arrive, and they **add up**.
# 2. **A row `(D,)` was spread over N examples** (by broadcasting: $\mu$ in $c$, $s$ in $\hat x$, $\gamma$ and $\beta$ in $y$): on the way back, **sum over the examples**.
# 3. **A sum over examples** (the means): on the way back, **spread**. $\mu = \frac1N \sum_i x_i$ hands $\frac1N\, d\mu$ to each $x_i$.
#
# For instance the box $\hat x = c \cdot s$: it hands $d\hat x \cdot s$ to $c$, and to $s$ the sum over the examples of $d\hat x \cdot c$ (rule 2). Note that this is only the *first* of the two gradients of
# $c$: the other one comes through $v$. And the box $s = (v + \varepsilon)^{-1/2}$ hands on its derivative $-\frac12 (v + \varepsilon)^{-3/2} = -\frac12 s^3$, times $ds$.
#
# ### 4.1 Backward, box by box (5 points)
#
# - `dout` has the shape of `out`, `(N, D)`; `cache` is what *your* `batchnorm_forward` returned, in training mode.
# - Return `dx` of shape `(N, D)`, `dgamma` and `dbeta` of shape `(D,)`.
# - It has to be right for any `eps`, for features that are the same in all examples, and for a mini-batch of one example (where `dx` is 0: think why).
# - float64 or float32; `dout` and what the cache holds are read only: calling it twice gives the same twice.


# %% solution="batchnorm_backward"
def batchnorm_backward(dout, cache):
    """The gradients of batch norm in training mode, box by box through the graph.

    dout has shape (N, D). Returns (dx, dgamma, dbeta) of shapes (N, D), (D,) and (D,).
    """
    ### BEGIN SOLUTION
    centred, inv_std, x_hat, gamma = cache
    N = len(dout)
    # y = gamma x_hat + beta
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    # x_hat = c s
    dcentred = dx_hat * inv_std
    dinv_std = (dx_hat * centred).sum(axis=0)
    # s = (v + eps) ** (-1/2), and v = mean c**2
    dvar = -0.5 * inv_std**3 * dinv_std
    dcentred = dcentred + 2 / N * centred * dvar
    # c = x - mean, and mean = sum x / N
    dmean = -dcentred.sum(axis=0)
    dx = dcentred + dmean / N
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% grades="batchnorm_backward"
check("batchnorm_backward")

# %% [markdown]
# You need no test of ours to know whether a gradient is right: differences tell you, on any numbers you like.

# %%
rng = np.random.default_rng(1)
x, dout = 3 * rng.standard_normal((6, 4)) + 2, rng.standard_normal((6, 4))
gamma, beta = rng.standard_normal(4), rng.standard_normal(4)
dx, dgamma, dbeta = batchnorm_backward(dout, batchnorm_forward(x, gamma, beta, {"mode": "train"})[1])

print("dx:    ", grad_check(lambda a: batchnorm_forward(a, gamma, beta, {"mode": "train"})[0], x, dx, dout))
print(
    "dgamma:", grad_check(lambda a: batchnorm_forward(x, a, beta, {"mode": "train"})[0], gamma, dgamma, dout)
)
print("sum of dx over the batch:", np.round(dx.sum(axis=0), 12))

# %% [markdown]
# ### 4.2 All in one line
#
# Look at the last line above: the gradients of a feature sum up to 0 over the batch. They must. Add the same number to all $x_i$, and the mean takes it away again: the
# output does not notice, so the loss has no slope in that direction. In the same way, stretching all $x_i$ away from their mean changes nothing (but for $\varepsilon$). The gradient
# can't point in either of these two directions, and what comes out at the end is just that: *the incoming gradient, without its parts in these two directions*.
#
# Put the boxes together. With $g_i = dy_i\,\gamma$ for $d\hat x_i$ and $c_i = \hat x_i / s$:
#
# $$dv = -\tfrac12 s^3 \sum_j g_j c_j = -\tfrac12 s^2 \sum_j g_j \hat x_j \qquad\Rightarrow\qquad dc_i = g_i\, s + \tfrac{2}{N}\, c_i \, dv = s\Big(g_i - \hat x_i\, \tfrac1N \sum_j g_j \hat x_j\Big)$$
#
# The last box subtracts from each $dc_i$ their mean, $dx_i = dc_i - \frac1N \sum_j dc_j$. In that mean the second term drops out, because $\sum_j \hat x_j = 0$. What is left:
#
# $$dx_i = \gamma\, s\, \Big(dy_i \;-\; \underbrace{\tfrac1N \textstyle\sum_j dy_j}_{\text{mean of } dy} \;-\; \hat x_i\, \underbrace{\tfrac1N \textstyle\sum_j dy_j\, \hat x_j}_{\text{mean of } dy\, \hat x}\Big)$$
#
# And the two sums are old friends: which of your results are they?
#
# ### 4.3 Backward, short (3 points)
#
# Arguments, results and rules as in 4.1. Write the formula, without calling `batchnorm_backward`.


# %% solution="batchnorm_backward_alt"
def batchnorm_backward_alt(dout, cache):
    """The same gradients as batchnorm_backward by the short formula."""
    ### BEGIN SOLUTION
    _, inv_std, x_hat, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx = gamma * inv_std * (dout - dbeta / len(dout) - x_hat * (dgamma / len(dout)))
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% grades="batchnorm_backward_alt"
check("batchnorm_backward_alt")

# %%
x, dout = rng.standard_normal((2, 500, 1000))
_, cache = batchnorm_forward(x, np.ones(1000), np.zeros(1000), {"mode": "train"})
milliseconds, results = {}, {}
for function in (batchnorm_backward, batchnorm_backward_alt):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        results[function.__name__] = function(dout, cache)[0]
        times.append(time.perf_counter() - start)
    milliseconds[function.__name__] = 1000 * min(times)

print(f"largest difference: {np.abs(np.subtract(*results.values())).max():.1e}")
plots.bars(
    milliseconds, label="Time (ms)", form=".1f", title="500 examples, 1000 features: the best of five runs"
)

# %% [markdown]
# The arithmetic is so light that the time is spent on writing arrays and reading them again: fewer arrays, less time.
#
# **A bias that nobody needs.** In a net, `affine – batch norm – ReLU`, in training mode, the affine layer has a bias $b$. What is the gradient of the loss with respect to $b$?
#
# - `"a"`: the sum of batch norm's `dout` over the batch, as for every bias
# - `"b"`: $\gamma$ times the sum of `dout` over the batch
# - `"c"`: zero, but for rounding
# - `"d"`: zero only if $\varepsilon$ is 0

# %% solution="answer_bias_gradient"
answer_bias_gradient = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_bias_gradient = "c"
# Batch norm subtracts the mean of the batch, and with it whatever was added to every example. The
# bias changes nothing, so its gradient is 0, with any epsilon.
### END SOLUTION

# %% grades="answer_bias_gradient"
check("answer_bias_gradient")

# %% [markdown]
# ## 5. Layer norm: the same, lying down
#
# Batch norm has a weak spot: it needs a batch. With two examples the mean is a poor estimate, with one it is nonsense, and training and test are different functions. **Layer norm** (Ba, Kiros and Hinton, 2016)
# takes the mean and the variance the other way: over the features of **one example**. Nobody else takes part, nothing has to be remembered, and there are no modes.
#
# $\gamma$ and $\beta$ do *not* turn with it: there is still one of each for every **feature**.
#
# ### 5.1 Forward (3 points)
#
# - `ln_param` may hold `"eps"` (1e-5 if it is missing), which stands inside the root. It may be empty. If there is a `"mode"` in it, take no notice.
# - The variance is divided by D. An example whose features are all the same comes out as $\beta$, and so does every example if D = 1.
# - Any sizes, a single example and `N = D` included; an example alone comes out as it does in company. float64 or float32; the inputs are read only.


# %% solution="layernorm_forward"
def layernorm_forward(x, gamma, beta, ln_param):
    """Normalise each example over its features, then scale and shift each feature.

    x has shape (N, D), gamma and beta have shape (D,). Returns (out, cache), out of shape (N, D).
    """
    eps = ln_param.get("eps", 1e-5)
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = centred * inv_std
    out = gamma * x_hat + beta
    cache = (inv_std, x_hat, gamma)
    ### END SOLUTION
    return out, cache


# %% grades="layernorm_forward"
check("layernorm_forward")

# %% [markdown]
# ### 5.2 Backward (4 points)
#
# The short formula of 4.2 holds again, with means over the D features of an example in place of the N examples of a feature. Only one thing is different, and it is where most go
# wrong: $\gamma$ is no longer the same for all the numbers that share a mean. It can't be taken out of the bracket, so put it in: $g = dy \cdot \gamma$ comes first, and
# the means are those of $g$ and of $g\,\hat x$. And over what do you sum for `dgamma` and `dbeta`?
#
# - Shapes: `dx` `(N, D)`, `dgamma` and `dbeta` `(D,)`.
# - Any `eps`, a single example, an example with equal features, D = 1 (where `dx` is 0), float64 or float32; `dout` and the cache are read only.


# %% solution="layernorm_backward"
def layernorm_backward(dout, cache):
    """The gradients of layer norm. dout has shape (N, D); returns (dx, dgamma, dbeta)."""
    ### BEGIN SOLUTION
    inv_std, x_hat, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    g = dout * gamma
    along = g.mean(axis=1, keepdims=True) + x_hat * (g * x_hat).mean(axis=1, keepdims=True)
    dx = inv_std * (g - along)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% grades="layernorm_backward"
check("layernorm_backward")

# %% [markdown]
# ## 6. A normalised net
#
# Now put it to work. Take the fully connected net that you have written before and add normalisation, or write it now: it is a loop over the layers, forwards, and the same loop backwards.
#
# $$\{\text{affine} \to \text{norm} \to \text{ReLU}\} \times (L - 1) \;\to\; \text{affine} \to \text{softmax}$$
#
# ### 6.1 FullyConnectedNet (8 points)
#
# `affine_forward`, `affine_backward`, `relu_forward`, `relu_backward` and `softmax_loss` are given (imported above; each forward returns `(out, cache)`, and `softmax_loss(scores, y)` returns the loss and the gradient of the scores). The norms are yours.
#
# **The parts.**
# - `hidden_dims` lists the widths of the hidden layers; there are one or more. `self.params` is a dictionary with `W1`, `b1`, `W2`, `b2`, … for **all** layers, of shapes `(inputs, outputs)` and `(outputs,)`, and `gamma1`, `beta1`, … for each **hidden** layer: nothing is normalised after the last one.
# - At the start weights are normal with deviation `weight_scale`, biases and `beta` are zero, `gamma` is one. All have the type `dtype` (`np.float32`, or a name such as `"float64"`).
# - `normalization` is `"batchnorm"`, `"layernorm"` or `None`. Grading looks at the first two. (`dropout_keep_ratio` belongs to another notebook; here it is always 1 and you need not look at it.)
# - In batch norm, each hidden layer has a dictionary of **its own** in the list `self.bn_params`.
#
# **The loss.**
# - `loss(X)` without `y` returns the scores `(N, num_classes)` in **test** mode. `loss(X, y)` returns `(loss, grads)` in **training** mode. Calls of both kinds come in any order, so set the mode of every layer in each call; the running averages live on from call to call.
# - `grads` has the same keys and shapes as `self.params`. Take the parameters from `self.params` in each call: others may have put new arrays there.
# - The penalty is `0.5 * self.reg * np.sum(W**2)` over all weights, the last layer's included, and nothing else: no biases, no `gamma`, no `beta`. It is part of the loss and of the gradients.
# - `X` may be rows, `(N, input_dim)`, or images, `(N, d1, ..., dk)` (`affine_forward` takes both). Compute in `dtype`.


# %% solution="FullyConnectedNet"
class FullyConnectedNet:
    """A net of any depth: {affine, norm, ReLU} for each hidden layer, then affine and softmax."""

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
        self.normalization = normalization
        self.reg = reg
        self.dtype = dtype
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        self.bn_params = [{"mode": "train"} for _ in hidden_dims]
        rng = np.random.default_rng(seed)
        ### BEGIN SOLUTION
        sizes = [input_dim, *hidden_dims, num_classes]
        for layer in range(1, self.num_layers + 1):
            inputs, outputs = sizes[layer - 1], sizes[layer]
            self.params[f"W{layer}"] = weight_scale * rng.standard_normal((inputs, outputs))
            self.params[f"b{layer}"] = np.zeros(outputs)
            if normalization and layer < self.num_layers:
                self.params[f"gamma{layer}"] = np.ones(outputs)
                self.params[f"beta{layer}"] = np.zeros(outputs)
        ### END SOLUTION
        for name, values in self.params.items():
            self.params[name] = values.astype(dtype)

    def loss(self, X, y=None):
        """Scores (N, num_classes) in test mode without y; (loss, grads) in training mode with y."""
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        ### BEGIN SOLUTION
        for bn_param in self.bn_params:
            bn_param["mode"] = mode
        p, last = self.params, self.num_layers
        out, caches = X, []
        for i in range(1, last):
            out, affine_cache = affine_forward(out, p[f"W{i}"], p[f"b{i}"])
            norm_cache = None
            if self.normalization == "batchnorm":
                out, norm_cache = batchnorm_forward(out, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
            elif self.normalization == "layernorm":
                out, norm_cache = layernorm_forward(out, p[f"gamma{i}"], p[f"beta{i}"], {})
            out, relu_cache = relu_forward(out)
            caches.append((affine_cache, norm_cache, relu_cache))
        scores, last_cache = affine_forward(out, p[f"W{last}"], p[f"b{last}"])
        ### END SOLUTION
        if mode == "test":
            return scores

        grads = {}
        ### BEGIN SOLUTION
        loss, dscores = softmax_loss(scores, y)
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dscores, last_cache)
        backward = batchnorm_backward_alt if self.normalization == "batchnorm" else layernorm_backward
        for i in range(last - 1, 0, -1):
            affine_cache, norm_cache, relu_cache = caches[i - 1]
            dout = relu_backward(dout, relu_cache)
            if self.normalization:
                dout, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, norm_cache)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine_cache)
        for i in range(1, last + 1):
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * p[f"W{i}"]
        ### END SOLUTION
        return loss, grads


# %% grades="FullyConnectedNet"
check("FullyConnectedNet")

# %% [markdown]
# ### 6.2 The first race
#
# Five hidden layers of 100 units, and weights of a deviation that seems reasonable, 0.02. Plain gradient descent, the same rate and the same batches for all three.


# %%
def accuracy(net, X, y):
    """The share of the examples that the net names correctly, in test mode."""
    return float(np.mean(np.argmax(net.loss(X), axis=1) == y))


def train(net, X, y, learning_rate=0.03, epochs=8, batch_size=50, seed=0):
    """Plain gradient descent; the loss of each step, and validation accuracy after each epoch."""
    rng = np.random.default_rng(seed)
    losses, accuracies = [], []
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X) - batch_size + 1, batch_size):
            batch = order[start : start + batch_size]
            loss, grads = net.loss(X[batch], y[batch])
            losses.append(float(loss))
            for name in net.params:
                net.params[name] -= learning_rate * grads[name]
        accuracies.append(accuracy(net, X_val, y_val))
    return losses, accuracies


KINDS = {"no norm": None, "batch norm": "batchnorm", "layer norm": "layernorm"}
losses, accuracies, nets = {}, {}, {}
for name, kind in KINDS.items():
    nets[name] = FullyConnectedNet([100] * 5, X_train.shape[1], normalization=kind, weight_scale=0.02, seed=0)
    losses[name], accuracies[name] = train(nets[name], X_train, y_train)

plots.learning_curves(losses, accuracies, window=20, title="Five hidden layers, W = 0.02 · randn")

# %% [markdown]
# There it is, the flat line at 2.303 from the first paragraph: without normalisation this net learns *nothing*, and you know why. The weights are too small: $0.02 \cdot \sqrt{100 / 2} = 0.14$ for
# each of four layers, and the signal is less than a thousandth of what it was. The norms are not impressed at all.
#
# ### 6.3 How much does the start matter?
#
# The race was unfair: √(2/100) = 0.14 would have been a better start. So let us try *all* of them, from hopelessly small to absurdly large: 1000 pictures, five epochs, and the best accuracy on the validation pictures.

# %%
scales = np.logspace(-3, 0.5, 8)
best, final_loss = {}, {}
for name, kind in KINDS.items():
    best[name], final_loss[name] = [], []
    for scale in scales:
        net = FullyConnectedNet([100] * 5, X_train.shape[1], normalization=kind, weight_scale=scale, seed=0)
        with np.errstate(all="ignore"):  # the largest ones overflow without a norm
            run, scores = train(net, X_train[:1000], y_train[:1000], epochs=5)
        best[name].append(max(scores))
        final_loss[name].append(np.mean(run[-20:]))


@style.styled
def by_scale(scales, best, final_loss):
    """Draw accuracy and final loss over the deviation of the first weights."""
    figure = style.new_figure(11, 4)
    left, right = figure.subplots(1, 2)
    for k, name in enumerate(best):
        looks = {"color": style.COLORS[k], "marker": style.MARKERS[k], "linestyle": style.LINES[k]}
        left.plot(scales, best[name], label=name, **looks)
        right.plot(scales, np.fmin(final_loss[name], 6), label=name, **looks)  # NaN becomes 6, too
    left.set(title="Best validation accuracy", ylabel="Accuracy (fraction correct)", ylim=(0, None))
    right.set(title="Training loss at the end", ylabel="Loss (6: more than that, or overflow)", ylim=(0, 6.3))
    for panel in (left, right):
        panel.axvline(np.sqrt(2 / 100), color=style.GREY, linestyle=":", label="√(2/n) for n = 100")
        panel.set(xscale="log", xlabel="weight_scale, the deviation of the weights at the start")
        style.light_grid(panel)
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.28), fontsize=9)
    return figure


by_scale(scales, best, final_loss)

# %% [markdown]
# Without a norm there is one narrow window in which the net learns at all, just where the calculation in part 2 put it. A factor of three to the left nothing moves, a factor of three to the right
# the loss overflows. With batch norm every one of these starts will do, over more than three powers of ten. That is what normalisation buys first of all: freedom from having to be right.
#
# It is not quite indifferent, though, and the differences are instructive:
# - **Huge weights** make even normalised nets slow. The norm takes the size out of the signal, but a step of a given length turns a long vector of weights by less than a short one. And the last layer has no norm behind it.
# - **Tiny weights** harm layer norm more than batch norm. By the same token the first steps turn them far too much, and units die: at 0.001, a third of layer norm's units end up off for *all* pictures. Under batch norm this can hardly happen: each unit is given mean $\beta$ over the batch, so it is on for
#   some pictures and off for others. It is normalised *per unit*, and ReLU acts per unit.
#
# ### 6.4 How large should the batch be?
#
# Batch norm estimates its mean and variance from the batch. How many examples does it take? The same 1000 pictures, the same number of epochs, and five sizes of batches. (Layer norm for comparison: it never looks at the batch.)

# %%
sizes = [2, 4, 8, 20, 100]
curves, ends = {}, {name: [] for name in ("batch norm", "layer norm")}
for name in ends:
    for size in sizes:
        net = FullyConnectedNet(
            [100] * 3, X_train.shape[1], normalization=KINDS[name], weight_scale=0.1, seed=0
        )
        run, scores = train(
            net, X_train[:1000], y_train[:1000], learning_rate=0.01, epochs=5, batch_size=size
        )
        curves[name, size] = scores
        ends[name].append((np.mean(scores[-3:]), accuracy(net, X_train[:1000], y_train[:1000])))


@style.styled
def by_batch_size(curves, ends, sizes):
    """Draw validation accuracy over epochs for batch norm, and the last accuracies over the batch size."""
    figure = style.new_figure(11, 4)
    left, right = figure.subplots(1, 2)
    for k, size in enumerate(sizes):
        scores = curves["batch norm", size]
        looks = {"color": style.COLORS[k], "marker": style.MARKERS[k], "linestyle": style.LINES[k % 4]}
        left.plot(range(1, len(scores) + 1), scores, label=f"batches of {size}", **looks)
    left.set_xticks(range(1, len(scores) + 1))
    left.set(title="Batch norm", xlabel="Epoch", ylabel="Validation accuracy (fraction correct)")
    for k, (name, pairs) in enumerate(ends.items()):
        validation, training = np.array(pairs).T
        right.plot(
            sizes,
            validation,
            "-",
            color=style.COLORS[k],
            marker=style.MARKERS[k],
            label=f"{name}, validation",
        )
        right.plot(
            sizes, training, "--", color=style.COLORS[k], marker=style.MARKERS[k], label=f"{name}, training"
        )
    right.set(
        title="After the last epoch", xlabel="Batch size", ylabel="Accuracy (fraction correct)", xscale="log"
    )
    right.set_xticks(sizes, [str(size) for size in sizes])
    right.minorticks_off()
    for panel in (left, right):
        panel.set_ylim(0, 1)
        style.light_grid(panel)
        panel.legend()
    return figure


by_batch_size(curves, ends, sizes)

# %% [markdown]
# ### 6.5 In your own words (3 points)
#
# 1. Batch norm does badly with batches of 2, layer norm does not. What is it about batches of two examples? (Work out what batch norm makes of *any* two different numbers, if you can neglect $\varepsilon$.)
# 2. Both norms learn less in these five epochs with batches of 100 than with batches of 20. This has nothing to do with the norm: what else changes with the batch size in our experiment?
# 3. You train a large net on pictures of which only two fit into memory at a time. Name a normalisation that you would take in place of batch norm, and say why it does not suffer.
#
# Four or five sentences are enough.

# %% [markdown] manual="question_batch_size" points=3
# <!-- BEGIN SOLUTION -->
# With two examples, batch norm maps any two different numbers to +1 and −1: the mean is in the middle, and the deviation is half of the distance. How far
# apart they were, and on which side of zero, is lost. All that a layer learns of a picture is whether it has more or less of a feature than *the other one*, which was drawn
# at random. That is a lot of noise, and what was learned under it does not fit the running averages in test mode. Layer norm uses the features of the one example, and there
# are a hundred of them in our net, whatever the batch.
#
# With the number of epochs fixed, batches of 100 mean a fifth of the steps that batches of 20 mean (10 in place of 50 an epoch), at the same learning rate. One would have to raise the rate, or
# train longer.
#
# Group norm (or layer, or instance norm): it takes its mean and variance from one picture, from a group of channels and all places, so the number of pictures in memory plays
# no part. Training and test are the same function.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: two numbers become ±1 whatever they are, so nothing but their order is left (or: mean and variance of two examples are so noisy that an
#   example's output depends mainly on its random partner). Half a point for "the estimate is poor" without saying what is lost or what it depends on.
# 1 point: fewer steps (updates) in the same number of epochs, at the same learning rate. No point for "large batches generalise worse" alone.
# 1 point: group, layer or instance norm, with the reason that each picture is normalised by itself. Half a point without the reason.
#   Also accepted: batch statistics gathered over several devices or steps, if the reason says that more examples share the mean.
# ### END MARK SCHEME

# %% [markdown]
# ## 7. Pictures: who shares a mean?
#
# Behind a convolution there is not a row of features for each picture, but `C` channels of `H` × `W` pixels. A channel is the answer of one filter at all places, so all places of a channel should be treated alike. What does that
# mean for the norms? Draw the numbers of `x`, of shape `(N, C, H, W)`, as a block: the examples to the right, the channels upwards, the places into the depth. Numbers of one colour share a mean and a variance.


# %%
@style.styled
def who_shares_a_mean():
    """Draw four blocks (examples, channels, places); blue are the numbers that share one mean."""
    figure = style.new_figure(11, 3.4)
    n, c, places = 4, 6, 5
    sets = {
        "batch norm": lambda i, j: j == c - 1,
        "layer norm": lambda i, j: i == 0,
        "instance norm": lambda i, j: i == 0 and j == c - 1,
        "group norm, G = 3": lambda i, j: i == 0 and j >= c - 2,
    }
    for k, (name, chosen) in enumerate(sets.items(), start=1):
        axes = figure.add_subplot(1, 4, k, projection="3d")
        filled = np.ones((n, places, c), dtype=bool)
        colors = np.full(filled.shape, "#E4E4E4", dtype=object)
        for i in range(n):
            for j in range(c):
                if chosen(i, j):
                    colors[i, :, j] = style.BLUE
        axes.voxels(filled, facecolors=colors, edgecolor="#777777", linewidth=0.4, shade=False)
        axes.set(title=name, xlabel="examples", ylabel="places", zlabel="channels")
        axes.set(xticks=[], yticks=[], zticks=[])
        axes.set_box_aspect((n, places, c), zoom=0.82)
        axes.view_init(elev=22, azim=-58)
    figure.suptitle("The blue numbers share one mean and one variance", fontweight="bold")
    return figure


who_shares_a_mean()

# %% [markdown]
# For `x` of shape `(8, 6, 5, 5)`:
#
# | | shares a mean | how many means | numbers to each |
# |---|---|---|---|
# | batch norm | one channel, over all examples and places | 6 | 8 · 25 = 200 |
# | layer norm | one example, over all channels and places | 8 | 6 · 25 = 150 |
# | instance norm | one channel of one example | 48 | 25 |
# | group norm, G = 3 | two neighbouring channels of one example | 24 | 2 · 25 = 50 |
#
# ### 7.1 Spatial batch norm (2 + 2 points)
#
# One mean, one variance, one $\gamma$ and one $\beta$ for each **channel**, over `N`, `H` and `W`. There is not much to write: every pixel is an example now, with `C` features. Bring the
# channels to the end, flatten the rest, and call your `batchnorm_forward`. But mind the order: `reshape` only cuts the numbers anew in the order in which they lie, it does not move an axis. `transpose` does.
#
# - `x` has shape `(N, C, H, W)`, with `H` and `W` different or equal; `gamma`, `beta`, `running_mean`, `running_var` have shape `(C,)`. `bn_param`, both modes and all rules are those of 3.1 (momentum, eps, what is stored).
# - A single picture is fine: its channels have `H · W` numbers each.
# - Backward: `dx` in the shape of `x`, `dgamma` and `dbeta` `(C,)`, after a forward pass in training mode, for any `eps`.
# - float64 or float32; all arrays are read only.


# %% solution="spatial_batchnorm_forward"
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Batch norm of images: statistics of each channel over examples and places.

    x has shape (N, C, H, W), gamma and beta have shape (C,). Returns (out, cache), out in the shape of x.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    pixels = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return out, cache


# %% grades="spatial_batchnorm_forward"
check("spatial_batchnorm_forward")


# %% solution="spatial_batchnorm_backward"
def spatial_batchnorm_backward(dout, cache):
    """The gradients of spatial batch norm: dout (N, C, H, W) to (dx, dgamma, dbeta)."""
    ### BEGIN SOLUTION
    N, C, H, W = dout.shape
    pixels = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(pixels, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% grades="spatial_batchnorm_backward"
check("spatial_batchnorm_backward")

# %% [markdown]
# ### 7.2 Group norm (4 + 4 points)
#
# Large pictures, small batches: batch norm suffers. Layer norm treats all channels alike, though one may look for edges and another for colours. **Group norm** (Wu and He, 2018) takes the middle: in each picture, it cuts the channels into `G` groups of `C / G` **neighbouring** channels, and each group has its own mean and variance. `G = 1` is
# layer norm for pictures, and `G = C` has a name, too: instance norm. (Their ancestor, *local response norm*, divides each number by the size of its neighbours in the next few channels. AlexNet had it; batch norm replaced it.)
#
# - `x` has shape `(N, C, H, W)`; `G` divides `C` (1 and `C` included); group 0 is the first `C // G` channels, and so on.
# - `gamma` and `beta` have shape `(1, C, 1, 1)`: still one for each channel, ready for broadcasting. `dgamma` and `dbeta` have the same shape, `(1, C, 1, 1)`.
# - `gn_param` may hold `"eps"` (1e-5 if it is missing) or be empty; there are no modes.
# - `H` and `W` may differ, `N` may be 1, a group may be constant (its out is $\beta$); any `eps`; float64 or float32; all arrays are read only.
#
# A `reshape` to `(N, G, C // G, H, W)` gives each group an axis of its own, and this time the numbers lie in the right order already. For the way back the remark of 5.2 counts double: $\gamma$ differs within a group.


# %% solution="spatial_groupnorm_forward"
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Group norm of images: statistics of each picture's G groups of channels.

    x has shape (N, C, H, W), gamma and beta have shape (1, C, 1, 1). Returns (out, cache).
    """
    eps = gn_param.get("eps", 1e-5)
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    mean = groups.mean(axis=(2, 3, 4), keepdims=True)
    inv_std = 1 / np.sqrt(groups.var(axis=(2, 3, 4), keepdims=True) + eps)
    x_hat = (groups - mean) * inv_std
    out = gamma * x_hat.reshape(x.shape) + beta
    cache = (inv_std, x_hat, gamma)
    ### END SOLUTION
    return out, cache


# %% grades="spatial_groupnorm_forward"
check("spatial_groupnorm_forward")


# %% solution="spatial_groupnorm_backward"
def spatial_groupnorm_backward(dout, cache):
    """The gradients of group norm: dout (N, C, H, W) to dx like it, dgamma and dbeta (1, C, 1, 1)."""
    ### BEGIN SOLUTION
    inv_std, x_hat, gamma = cache
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat.reshape(dout.shape)).sum(axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(x_hat.shape)
    within = {"axis": (2, 3, 4), "keepdims": True}
    dx = inv_std * (g - g.mean(**within) - x_hat * (g * x_hat).mean(**within))
    dx = dx.reshape(dout.shape)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% grades="spatial_groupnorm_backward"
check("spatial_groupnorm_backward")

# %% [markdown]
# What do the norms do to real pictures? Six test pictures as they are, and after each of the norms, taken as three channels (red, green, blue). The mean becomes grey.


# %%
def as_pictures(x):
    """Images for the eye, (N, H, W, C) from 0 to 255: 0 becomes grey, and two deviations fill the range."""
    return np.clip(128 + 64 * x.transpose(0, 2, 3, 1), 0, 255).astype(np.uint8)


six = np.flatnonzero(np.isin(images.y_test, [0, 1, 3, 4, 6, 8]))
_, first = np.unique(images.y_test[six], return_index=True)
originals = images.x_test[six[first]]
x = originals.transpose(0, 3, 1, 2).astype(float)
ones, zeros = np.ones(3), np.zeros(3)
wide_ones, wide_zeros = np.ones((1, 3, 1, 1)), np.zeros((1, 3, 1, 1))
after = {
    "as they are": originals,
    "batch norm": as_pictures(spatial_batchnorm_forward(x, ones, zeros, {"mode": "train"})[0]),
    "layer norm": as_pictures(spatial_groupnorm_forward(x, wide_ones, wide_zeros, 1, {})[0]),
    "instance norm": as_pictures(spatial_groupnorm_forward(x, wide_ones, wide_zeros, 3, {})[0]),
}


@style.styled
def rows_of_pictures(after):
    """Draw a row of pictures for each norm."""
    figure = style.new_figure(7.5, 5)
    panels = figure.subplots(len(after), len(next(iter(after.values()))))
    for line, (name, pictures) in zip(panels, after.items(), strict=True):
        for panel, picture in zip(line, pictures, strict=True):
            panel.imshow(picture)
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle("Six pictures, through three norms", fontweight="bold")
    return figure


rows_of_pictures(after)

# %% [markdown]
# Batch norm brings each colour to mean grey *over the six pictures*: a dark picture stays darker than a bright one, and what is common to all, their tint, is gone. Layer norm makes
# every picture equally bright and equally rich in contrast, but leaves it its colours. Instance norm takes even these away: each colour of each picture is grey on average. (Where one wants to *change* the look of a picture, in style transfer, that is just what is needed.)

# %% [markdown]
# ## 8. At the end, it costs nothing
#
# In test mode the running averages are constants, so batch norm is a multiplication and an addition for each feature: an affine function behind an affine function. Two of these are one. With $t = \gamma / \sqrt{v + \varepsilon}$:
#
# $$\gamma\, \frac{(xw + b) - \mu}{\sqrt{v + \varepsilon}} + \beta \;=\; x\,(w\,t) + \big((b - \mu)\,t + \beta\big)$$
#
# New weights $w\,t$ and a new bias, and the norm is gone. Here is your trained net of 6.2, with all five norms **folded** into the layers before them:

# %%
net = nets["batch norm"]
folded = FullyConnectedNet([100] * 5, X_train.shape[1], normalization=None)
for name in folded.params:
    folded.params[name] = net.params[name]
for layer, bn_param in enumerate(net.bn_params, start=1):
    factor = net.params[f"gamma{layer}"] / np.sqrt(bn_param["running_var"] + 1e-5)
    folded.params[f"W{layer}"] = net.params[f"W{layer}"] * factor
    centred = net.params[f"b{layer}"] - bn_param["running_mean"]
    folded.params[f"b{layer}"] = centred * factor + net.params[f"beta{layer}"]

print(f"with batch norm: {accuracy(net, X_test, y_test):.1%} of the test pictures are named correctly")
print(f"folded:          {accuracy(folded, X_test, y_test):.1%}")
print(f"largest difference of the scores: {np.abs(net.loss(X_test) - folded.loss(X_test)).max():.1e}")

# %% [markdown]
# A plain net of five hidden layers, without any norm, that does what could not be trained without one. So the problem was never what a deep net can *express*. It was how to get there.
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a2")
