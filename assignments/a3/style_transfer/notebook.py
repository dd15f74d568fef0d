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
# # Style transfer
#
# **Can a network that was never trained paint?** Show a painter a photograph and say "in pen and ink, please", and you get
# the same scene in other marks. So a picture must have two parts that can be taken apart: *what* is shown, and *how*. In
# this notebook you find a number for each, and then do what you have done all along: go down the gradient. Only this
# time it is not the weights that change. It is the picture.
#
# | Part | You write | Points |
# |---|---|---|
# | 3 | the content loss | 3 |
# | 4 | the Gram matrix, and the style loss | 5 + 4 |
# | 5 | the total variation | 3 |
# | 6 | one step of painting | 3 |
# | 4 | two short questions, checked automatically | 1 + 1 |
# | 8 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like. Grading runs more tests of the same kind on
# other numbers; every special case that they visit is named in the exercise's text. The graded functions may use PyTorch, NumPy and
# Python's standard library. They have to work on whatever device and in whatever floating type they are given, so write no `.cuda()`.

# %%
import torch
from torch import nn

from cs_lib.check import check, submit
from cs_lib.vision.images import drawn_styles, photograph, resized, to_array
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.weights import load_published

NET = "random"  # what looks at the pictures; part 2 says what else there is
SIZE = 128  # pixels of a picture's longer side: twice as many look better and take four times as long
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"  # everything below happens where the pictures are

# %% [markdown]
# ## 1. The pictures
#
# Two photographs for the *what*, and four pictures for the *how*. These four were drawn by a few lines of code each, so they belong to
# nobody. Later, put in your own: `read_image("holiday.jpg", SIZE)` of `cs_lib.vision.images` reads any file.
#
# A picture is a tensor of shape `(1, 3, height, width)` with numbers from 0 to 1.


# %%
def new_figure(rows=1, columns=1, **options):
    """A figure with places to draw in."""
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, layout="constrained", **options)


def show(pictures, title=None, columns=4, inches=2.3):
    """Pictures in a grid; pictures is a dict from captions to tensors (1, 3, H, W)."""
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    figure, places = new_figure(
        rows, columns, figsize=(inches * columns, 1.12 * inches * rows), squeeze=False
    )
    for place in places.flat:
        place.axis("off")
    for place, (caption, picture) in zip(places.flat, pictures.items(), strict=False):
        place.imshow(to_array(picture), interpolation="nearest")
        place.set_title(caption, fontsize=9)
    figure.suptitle(title)


photos = {name: photograph(name, SIZE).to(DEVICE) for name in ("astronaut", "cat")}
styles = {name: resized(style, SIZE).to(DEVICE) for name, style in drawn_styles(2 * SIZE).items()}
show(photos | styles, "Two contents and four styles", columns=6, inches=1.9)

# %% [markdown]
# ## 2. A net that has learned nothing
#
# We look at pictures through a convolutional net of the shape of VGG, a small one: 3 × 3 convolutions with 32, 32, 64, 64, 128 and 128
# filters, ReLU after each, and pooling after every second. Usually one takes a net that was trained for weeks on a million
# photographs. Ours has **random** filters. They are only rescaled so that each of them answers to our pictures with
# mean 0 and deviation 1. (Surprisingly much of what a convolutional net sees comes from its shape alone.)
#
# **With a network at hand** you may look through trained filters instead: write `NET = "vgg19"` (or `"vgg16"`) in the first cell and run
# everything again. The weights, some 550 MB, are downloaded once; the first six convolutions are the same, with twice as many filters each.
# A step then takes about twice as long. What is graded does not depend on it, and the text and the questions speak of the random net.
#
# `extract_features` is all that we ever want of a net: what each convolution makes of a picture.


# %%
def extract_features(x, net):
    """What the convolutions of net make of pictures x (N, 3, H, W): a list of tensors (N, C, H', W')."""
    features = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            features.append(x)
    return features


# %%
everything = torch.cat([resized(picture, (SIZE, SIZE)) for picture in (photos | styles).values()])
vgg = normalized_vgg(everything, seed=1) if NET == "random" else load_published(NET).to(DEVICE)
net = nn.Sequential(vgg.normalize, *vgg.features[:13])  # as far as the sixth convolution
NAMES = ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2"]

for name, feature in zip(NAMES, extract_features(photos["cat"], net), strict=True):
    print(f"{name}: {tuple(feature.shape)}")

# %%
figure, places = new_figure(3, 6, figsize=(12, 4.6))
for row, layer in zip(places, (0, 2, 4), strict=True):
    for channel, place in enumerate(row):
        feature = extract_features(photos["cat"], net)[layer][0, channel].cpu()
        far = 3 * feature.std().item()
        place.imshow(feature, cmap="gray", vmin=-far, vmax=far)
        place.set_title(f"{NAMES[layer]}, filter {channel}", fontsize=8)
        place.axis("off")
title = figure.suptitle("What six filters of three layers answer to the cat (grey: 0)")

# %% [markdown]
# Without having learned anything, these filters find edges in this direction and that, light on dark, and one colour against another. Deeper
# filters see more of the picture at once, and less precisely where it is.
#
# ## 3. The *what*: content loss (3 points)
#
# Two pictures show the same thing if a layer in the middle of the net answers alike to both. Not to the last digit, and not in every pixel:
# in the answers of that layer. With $F$ for the current picture's features and $P$ for the original's,
#
# $$L_c = w_c \sum_{c, i, j} \left(F_{cij} - P_{cij}\right)^2$$
#
# - It is a **sum**, not a mean, and there is no factor 1/2: constants like these are part of the weight.
# - Both features have shape `(1, C, H, W)` and the same type, float32 or float64. Height and width may differ.
# - `content_weight` is a number, 0 included.
# - The result is a tensor that holds one number, and it must stay **connected** with `content_current`, so that PyTorch can
#   compute the gradient. `.item()`, `float(...)`, `.detach()` and `with torch.no_grad()` cut the connection.
# - What you are given is read only.


# %% solution="content_loss"
def content_loss(content_weight, content_current, content_original):
    """content_weight times the sum of the squared differences of two features.

    content_current and content_original have shape (1, C, H, W). Returns a scalar tensor.
    """
    ### BEGIN SOLUTION
    return content_weight * ((content_current - content_original) ** 2).sum()
    ### END SOLUTION


# %% [markdown]
# The value of a loss is only half of it: what paints is its **gradient**. Here is a small tool that asks PyTorch for it, for yourself and
# for the checks.


# %%
def gradient_of(function, position, *arguments):
    """The gradient of function(*arguments), summed up, with respect to the argument at that position.

    That argument may be a tensor or a list of tensors; what comes back is like it.
    """
    chosen = arguments[position]
    several = isinstance(chosen, (list, tuple))
    leaves = [x.detach().clone().requires_grad_() for x in (chosen if several else [chosen])]
    replaced = leaves if several else leaves[0]
    result = function(*arguments[:position], replaced, *arguments[position + 1 :])
    if not (isinstance(result, torch.Tensor) and result.requires_grad):
        raise ValueError("the result is not connected with the argument: PyTorch can't find a gradient")
    gradients = torch.autograd.grad(result.sum(), leaves, allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, gradients, strict=True)]
    return gradients if several else gradients[0]


# %% grades="content_loss"
check("content_loss")

# %% [markdown]
# What does a layer keep of a picture? Let us start from grey noise and change the *pixels* until one layer answers as it does
# to the astronaut. `descend` does that with L-BFGS, an optimiser that guesses the curvature from the last few gradients and needs far fewer
# steps than Adam when, as here, the loss is the same at each step.


# %%
def descend(loss_of, start, steps):
    """The picture to which so many steps of L-BFGS lead from start, and the loss before each step."""
    picture = start.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([picture], max_iter=1, history_size=8)
    losses = []

    def evaluate():
        optimizer.zero_grad()
        loss = loss_of(picture)
        loss.backward()
        return loss

    for _ in range(steps):
        losses.append(optimizer.step(evaluate).item())
    return picture.detach().clamp(0, 1), losses


def noise(shape, seed=0):
    """Grey noise, drawn on the CPU: the same on every device."""
    return (0.5 + 0.1 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))).to(DEVICE)


# %%
original = photos["astronaut"]
seen = {"the original": original, "the start": noise(original.shape)}
for layer in (0, 3, 5):
    target = extract_features(original, net)[layer]
    scale = 100 / target.square().sum()

    def loss_of(x, layer=layer, target=target, scale=scale):
        return content_loss(scale, extract_features(x, net)[layer], target)

    seen[f"from {NAMES[layer]}"], _ = descend(loss_of, noise(original.shape), steps=50)
show(seen, "The astronaut, found again from the answers of one layer", columns=5)

# %% [markdown]
# From the first layer every pixel comes back. From deeper ones the scene comes back, but grain appears that the layer does not
# notice: many pictures look the same to it. **That freedom is what we need.** If the content is only asked for in the middle of the
# net, the marks on the canvas may be changed.
#
# ## 4. The *how*: style
#
# ### 4.1 The Gram matrix (5 points)
#
# A style is everywhere in a picture: you recognise ink in any corner of it. So a number for style must not depend on *where*
# something is. Take two filters of a layer, one that answers to strokes that rise and one that answers to yellow. Multiply their answers
# place by place, and add up over all places. The sum is large if rising strokes *tend to be yellow*, wherever they are. Do that for
# each pair of filters, and you have the Gram matrix:
#
# $$G_{ab} = \sum_{i, j} F_{aij}\, F_{bij}$$
#
# Two filters at three places, by hand: if $F_1 = (1, 2, 0)$ and $F_2 = (3, -1, 4)$, then $G_{11} = 1 + 4 + 0 = 5$,
# $G_{12} = G_{21} = 3 - 2 + 0 = 1$ and $G_{22} = 9 + 1 + 16 = 26$.
#
# - `features` has shape `(N, C, H, W)`, the result `(N, C, C)`: a matrix **for each** of the N pictures, for one picture too. What
#   belongs to different pictures never meets.
# - `H` and `W` may differ, and may be 1.
# - If `normalize` is true (which it is unless somebody says otherwise) all entries are divided by `C * H * W`; `N` plays no part.
# - float32 and float64 both occur, the result has the type of `features`. Don't change `features`, and keep the connection.
# - Loops over pictures or filters are fine for the grade; one matrix product does it all at once.


# %% solution="gram_matrix"
def gram_matrix(features, normalize=True):
    """The Gram matrix of each picture: features (N, C, H, W) to (N, C, C), over C * H * W if normalize."""
    ### BEGIN SOLUTION
    N, C, H, W = features.shape
    flat = features.reshape(N, C, H * W)
    gram = flat @ flat.transpose(1, 2)
    return gram / (C * H * W) if normalize else gram
    ### END SOLUTION


# %% grades="gram_matrix"
check("gram_matrix")

# %% [markdown]
# Is that a good description of a style? Here is a test. Cut each of our six pictures into four quarters. No quarter shows what another
# one shows. How far are their Gram matrices apart?

# %%
quarters, owners = [], []
for name, picture in (photos | styles).items():
    height, width = picture.shape[2] // 2, picture.shape[3] // 2
    for top in (0, height):
        for left in (0, width):
            quarters.append(picture[:, :, top : top + height, left : left + width])
            owners.append(name)

signatures = []
for quarter in quarters:
    features = extract_features(quarter, net)
    grams = [gram_matrix(features[layer]).flatten() for layer in (0, 2, 4)]
    signatures.append(torch.cat([gram / gram.norm() for gram in grams]))
gaps = torch.cdist(torch.stack(signatures), torch.stack(signatures)).cpu()

figure, place = new_figure(figsize=(5.6, 4.8))
image = place.imshow(gaps, cmap="viridis")
ticks = [4 * i + 1.5 for i in range(6)]
place.set_xticks(ticks, list(photos | styles), rotation=45)
place.set_yticks(ticks, list(photos | styles))
place.set_title("Gram matrices of quarters: dark is near")
figure.colorbar(image, label="distance")

nearest = (gaps + 9 * torch.eye(len(gaps))).argmin(dim=1)
hits = sum(owners[i] == owners[j] for i, j in enumerate(nearest.tolist()))
print(f"for {hits} of {len(owners)} quarters, the nearest other quarter is of the same picture")

# %% [markdown]
# The squares along the diagonal are quarters of one picture. Three random layers, and not a single example to learn from, are
# enough to tell who made the marks. (Only the astronaut's quarters, a flag, a wall, a suit and a helmet, have little in common.)
#
# **How much is thrown away?** (1 point) The layer `conv2_2` has 64 filters; for a picture of 128 × 128 pixels its answers are 64 × 64 × 64
# numbers. How many numbers of its Gram matrix can be different from each other, at most? Think of the example by hand. A number, or an expression such as `3 * 7`.

# %% solution="answer_numbers_in_gram"
answer_numbers_in_gram = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_numbers_in_gram = 64 * 65 // 2
### END SOLUTION

# %% grades="answer_numbers_in_gram"
check("answer_numbers_in_gram")

# %% [markdown]
# **What does it not see?** (1 point) One of these changes leaves the normalised Gram matrix of a layer as it is, *whatever the picture and
# the filters are*. (Leave aside what happens at borders and seams, and let the sides be multiples of 8.) Which one?
#
# - `"a"`: the picture is mirrored, left to right
# - `"b"`: all pixels are made half as bright
# - `"c"`: four copies of the picture are put together, two above two, to a picture of twice the width and height
# - `"d"`: the picture is enlarged to twice the width and height
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_blind_to"
answer_blind_to = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_blind_to = "c"
### END SOLUTION

# %% grades="answer_blind_to"
check("answer_blind_to")

# %% [markdown]
# ### 4.2 The style loss (4 points)
#
# Small filters see fine grain, deep ones see whole strokes. So the style is compared in several layers, each with a weight of its own:
#
# $$L_s = \sum_{\ell} w_\ell \sum_{a, b} \left(G^\ell_{ab} - A^\ell_{ab}\right)^2$$
#
# where $G^\ell$ is the normalised Gram matrix of the current picture and $A^\ell$ that of the style picture. (The paper divides by four times
# $(C H W)^2$. With the normalised Gram matrices that square is in here already, and the 4 is part of the weight.)
#
# - `feats` is the list that `extract_features` returns: the features of **all** layers, `(1, C, H, W)`, with different C, H and W.
# - `style_layers` says which of them count, as places in `feats`: `[0, 2, 4]`. Not every layer has to occur, and they may come in any order.
# - `style_targets` and `style_weights` are as long as `style_layers` and belong to it place by place: the first target and the
#   first weight belong to the layer `style_layers[0]`, not to layer 0. A weight may be 0.
# - The sum is a sum over all entries, with no factor. Use your `gram_matrix`, normalised.
# - The result is a scalar tensor that is connected with the features. The lists and tensors that you are given are read only.


# %% solution="style_loss"
def style_loss(feats, style_layers, style_targets, style_weights):
    """The weighted sum, over some layers, of the squared differences of Gram matrices.

    feats: the features of all layers, each (1, C, H, W). style_layers: places in feats.
    style_targets[i], a Gram matrix (1, C, C), and style_weights[i] belong to feats[style_layers[i]].
    Returns a scalar tensor.
    """
    ### BEGIN SOLUTION
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        loss = loss + weight * ((gram_matrix(feats[layer]) - target) ** 2).sum()
    return loss
    ### END SOLUTION


# %% grades="style_loss"
check("style_loss")

# %% [markdown]
# And what comes out if we ask for nothing but the style? We start from noise again.
#
# **One trick matters more than all others.** The losses of different layers are on quite different scales, so whatever weights we write down,
# one layer would have all the say. So we measure, once and at the start, how long the gradient of each loss with respect to the picture
# is, and divide the loss by that. From then on a weight of 1 means the same for every layer, and for a net that was trained, too.

# %%
STYLE_LAYERS = [0, 2, 4]  # conv1_1, conv2_1, conv3_1
CONTENT_LAYER = 3  # conv2_2


def balanced(weight, loss_of, start):
    """The weight, divided by the norm of the loss's gradient at start."""
    return weight / gradient_of(loss_of, 0, start).norm().item()


def style_targets_and_weights(style, start):
    """The Gram matrices of a style picture at STYLE_LAYERS, and the balanced weights for them."""
    features = extract_features(style, net)
    targets = [gram_matrix(features[layer]) for layer in STYLE_LAYERS]
    weights = [
        balanced(1.0, lambda x, i=i, t=t: style_loss(extract_features(x, net), [i], [t], [1.0]), start)
        for i, t in zip(STYLE_LAYERS, targets, strict=True)
    ]
    return targets, weights


# %%
textures = {}
for name, style in styles.items():
    start = noise((1, 3, 96, 96))
    targets, weights = style_targets_and_weights(style, start)

    def loss_of(x, targets=targets, weights=weights):
        return style_loss(extract_features(x, net), STYLE_LAYERS, targets, weights)

    textures[name], _ = descend(loss_of, start, steps=60)
show(textures, "Style without content: noise, changed until its Gram matrices are those of a style")

# %% [markdown]
# The colours are right, the grain is right, and the marks have about the right shape and thickness. What was where is gone, as we meant it to be. These are
# **textures**, and this was how the method began.
#
# ## 5. Calming the picture: total variation (3 points)
#
# There is speckle in these pictures that nobody asked for. Neighbouring pixels of real pictures are mostly alike, so let us put a small
# price on being different:
#
# $$L_{tv} = w_t \left[\sum_{c,i,j} \left(x_{c,i+1,j} - x_{cij}\right)^2 + \sum_{c,i,j} \left(x_{c,i,j+1} - x_{cij}\right)^2\right]$$
#
# Each pixel is compared with the one below and with the one to its right, in each of the three colours.
#
# - Only where there *is* a pixel below or to the right: nothing wraps around at the border, and nothing is added to it.
# - `img` has shape `(N, 3, H, W)`; the sum goes over all N pictures. `H` or `W` may be 1, then there are no neighbours in that direction.
# - A sum, not a mean. A scalar tensor, connected with `img`, which is read only; float32 and float64 occur.


# %% solution="tv_loss"
def tv_loss(img, tv_weight):
    """tv_weight times the sum of the squared differences of neighbouring pixels of img, (N, 3, H, W).

    Returns a scalar tensor.
    """
    ### BEGIN SOLUTION
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    right = img[:, :, :, 1:] - img[:, :, :, :-1]
    return tv_weight * ((down**2).sum() + (right**2).sum())
    ### END SOLUTION


# %% grades="tv_loss"
check("tv_loss")

# %% [markdown]
# ## 6. One step of painting (3 points)
#
# Now all three together, and one step of gradient descent **on the picture**:
#
# $$x \leftarrow x - \eta\, \frac{\partial}{\partial x}\left(L_c + L_s + L_{tv}\right), \qquad \text{then clipped to } 0 \ldots 1$$
#
# - Use `extract_features(img, net)` and your three losses. The gradient is PyTorch's: `torch.autograd.grad`, or `loss.backward()` and
#   `.grad`.
# - Return two things: the new picture, in the shape and type of `img`, and the loss **before** the step, as a number (or a scalar tensor).
# - `img` may come with or without `requires_grad`, and with any numbers from 0 to 1. It is read only: the new picture is a new tensor. Called
#   twice with the same arguments, the function gives the same twice, so no gradient may be left over from the first call.
# - Clip after the step. No momentum, no change of the gradient's length.
# - Any of the three weights may be 0 (for the style: all of them).
# - The parameters of the net are not to be changed.


# %% solution="style_transfer_step"
def style_transfer_step(
    img,
    net,
    content_layer,
    content_target,
    content_weight,
    style_layers,
    style_targets,
    style_weights,
    tv_weight,
    learning_rate,
):
    """One step of gradient descent on the picture img, (1, 3, H, W).

    content_layer: the place of the content's features in extract_features(img, net); content_target: what
    they should be. The style_... arguments are those of style_loss.
    Returns the new picture, clipped to 0..1, and the loss before the step.
    """
    ### BEGIN SOLUTION
    picture = img.detach().clone().requires_grad_()
    feats = extract_features(picture, net)
    loss = (
        content_loss(content_weight, feats[content_layer], content_target)
        + style_loss(feats, style_layers, style_targets, style_weights)
        + tv_loss(picture, tv_weight)
    )
    (gradient,) = torch.autograd.grad(loss, picture)
    new_img = (picture - learning_rate * gradient).detach().clamp(0, 1)
    loss = loss.item()
    ### END SOLUTION
    return new_img, loss


# %% [markdown]
# To try a step out, a net of any size will do. `small_net` makes one of given filters. And `twice` calls a function a second time with the
# very same arguments: so you see what the first call has left behind in them. The check uses both.


# %%
def small_net(filters):
    """A net of these filters, a list of tensors (out, in, 3, 3): with ReLU and pooling between them."""
    layers = []
    for weight in filters:
        convolution = nn.Conv2d(
            weight.shape[1], weight.shape[0], 3, padding=1, bias=False, dtype=weight.dtype
        )
        convolution.weight = nn.Parameter(weight.detach().clone())
        layers += [convolution, nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(*layers[:-2])


def twice(function, *arguments):
    """What function(*arguments) returns when it is called for the second time with the same arguments."""
    function(*arguments)
    return function(*arguments)


# %% grades="style_transfer_step"
check("style_transfer_step")

# %% [markdown]
# ## 7. Painting
#
# The astronaut in ink, step by step, beginning with the photograph itself:


# %%
def settings(content, style, content_weight=0.004, tv_weight=0.002, layers=(0, 2, 4), mix=None):
    """All arguments of style_transfer_step from content_layer to tv_weight; mix: shares of several styles.

    The weights are on the scale on which the gradient of each style layer is 1 long.
    """
    several = style if isinstance(style, list) else [style]
    mix = mix or [1 / len(several)] * len(several)
    beside = content + noise(content.shape) - 0.5  # at the content itself its gradient would be 0
    content_target = extract_features(content, net)[CONTENT_LAYER]
    seen = [extract_features(each, net) for each in several]
    targets = [
        sum(share * gram_matrix(f[layer]) for share, f in zip(mix, seen, strict=True)) for layer in layers
    ]
    weights = [
        balanced(1.0, lambda x, i=i, t=t: style_loss(extract_features(x, net), [i], [t], [1.0]), content)
        for i, t in zip(layers, targets, strict=True)
    ]
    content_weight = balanced(
        content_weight,
        lambda x: content_loss(1.0, extract_features(x, net)[CONTENT_LAYER], content_target),
        beside,
    )
    tv_weight = balanced(tv_weight, lambda x: tv_loss(x, 1.0), content)
    return CONTENT_LAYER, content_target, content_weight, layers, targets, weights, tv_weight


# %%
setting = settings(photos["astronaut"], styles["ink"])
picture, stages, plain = photos["astronaut"], {}, []
for step in range(41):
    if step in (0, 1, 5, 40):
        stages[f"after {step} step{'' if step == 1 else 's'}"] = picture
    picture, loss = style_transfer_step(picture, net, *setting, learning_rate=4.0)
    plain.append(float(loss))
show(stages, "Plain gradient descent")

# %% [markdown]
# It works! It is not fast, though: a long step overshoots, a short one crawls. L-BFGS takes the same gradient and makes more of it:


# %%
def paint(content, style, steps=40, **options):
    """The content in the style, or in a mixture of several, and the loss before each step."""
    place, target, content_weight, layers, grams, weights, tv_weight = settings(content, style, **options)

    def loss_of(x):
        feats = extract_features(x, net)
        return (
            content_loss(content_weight, feats[place], target)
            + style_loss(feats, layers, grams, weights)
            + tv_loss(x, tv_weight)
        )

    return descend(loss_of, content, steps)


painted, losses = paint(photos["astronaut"], styles["ink"])

figure, place = new_figure(figsize=(5.5, 3.2))
place.semilogy(plain, "--", label="gradient descent")
place.semilogy(losses, label="L-BFGS")
place.set_xlabel("Step")
place.set_ylabel("Loss (no unit)")
place.set_title("The same loss, two ways down")
legend = place.legend()

# %%
gallery = {
    f"{content_name}, {style_name}": paint(content, style)[0]
    for content_name, content in photos.items()
    for style_name, style in styles.items()
}
show(gallery, "Two photographs, four hands")

# %% [markdown]
# Look closely at one of them. The tiles, strokes and lines were not copied from anywhere: the filters that answer to an edge of the photograph were
# told to answer *together* as they do in the style, and a tile's edge where the collar's edge has been anyway was the cheapest way of doing both.
#
# ### 7.1 How much of which?
#
# The one knob that everybody turns first: the weight of the content.

# %%
weights = {
    weight: paint(photos["astronaut"], styles["strokes"], content_weight=weight)[0]
    for weight in (0.0002, 0.04, 0.4)
} | {0.004: gallery["astronaut, strokes"]}
show({f"content weight {weight:g}": weights[weight] for weight in sorted(weights)}, "From style to content")

# %% [markdown]
# On the right the suit gets back its orange. On the left the weight is next to nothing, and yet the face is there: because we *began* with
# it, and nothing has asked for another place. (Begin with noise instead, and it is gone.) The specks that come with a large weight are
# those of part 3: `conv2_2` stands behind a pooling, and does not mind them.
#
# %% [markdown]
# ### 7.2 Which layers?
#
# The first layer sees 3 × 3 pixels: which colours there are, and what an edge between two of them looks like. Whole tiles are known to deeper
# layers only.

# %%
by_layers = {
    f"style from {NAMES[layer]}": paint(photos["cat"], styles["mosaic"], layers=[layer])[0]
    for layer in STYLE_LAYERS
} | {"from all three": gallery["cat, mosaic"]}
show(by_layers, "What the layers know of a mosaic", inches=2.6)

# %% [markdown]
# ### 7.3 Several styles at once
#
# A Gram matrix is an average over places, so an average of two Gram matrices is that of a picture half of which is in one style and half in
# the other. Nothing in the code changes but the target.

# %%
mixed = {
    f"{1 - share:.0%} strokes, {share:.0%} waves": paint(
        photos["astronaut"], [styles["strokes"], styles["waves"]], mix=[1 - share, share]
    )[0]
    for share in (0.33, 0.67)
}
show(
    {"strokes": gallery["astronaut, strokes"]} | mixed | {"waves": gallery["astronaut, waves"]},
    "From one hand to another",
)

# %% [markdown]
# ### 7.4 Keep the colours
#
# Sometimes you want the marks of a style without its colours. Take the brightness of the painted picture, and the colours of the photograph:


# %%
def with_colours_of(painted, photo):
    """The photograph, its brightness changed to that of the painted picture."""
    share = photo.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)  # how bright the eye finds each colour
    change = ((painted - photo) * share).sum(dim=1, keepdim=True)
    return (photo + change).clamp(0, 1)


show(
    {
        "the photograph": photos["cat"],
        "strokes": gallery["cat, strokes"],
        "strokes, colours kept": with_colours_of(gallery["cat, strokes"], photos["cat"]),
        "waves, colours kept": with_colours_of(gallery["cat, waves"], photos["cat"]),
    },
    "Marks without colours",
)

# %% [markdown]
# ## 8. In your own words (3 points)
#
# 1. Somebody describes style by the *mean* of each filter's answers over all places (C numbers to a layer) instead of by the Gram matrix.
#    Describe two textures which that could not tell apart, although the Gram matrix can.
# 2. Somebody else asks for the content at `conv1_1` instead of `conv2_2`, with a large weight. What will the picture look like, and why?
# 3. We began with the photograph. If we begin with noise and go on for long enough, the loss gets nearly as small, and yet the picture
#    is another one. How can that be? Say what it means for the question whether "the" stylised picture exists.
#
# Two or three sentences for each are enough.

# %% [markdown] manual="question_what_is_style" points=3
# <!-- BEGIN SOLUTION -->
# 1. The mean says how much of each feature there is, the Gram matrix also which of them occur together. A sheet of red vertical and
# blue horizontal strokes and one of blue vertical and red horizontal strokes have the same amounts of red, blue, vertical and horizontal,
# but different features occur in the same place, and so the entries for those pairs differ.
#
# 2. The picture will look like the photograph, with a faint tint or texture at best. The first layer's answers fix nearly every
# pixel (part 3: it can be inverted almost perfectly), so there is no freedom left for strokes.
#
# 3. Many different pictures have (nearly) the same features in the middle of the net and the same Gram matrices, and
# so the same loss; it has many minima, and descent finds one near its start. There is no such thing as *the* stylised picture: which one we get depends on the
# start (and the optimiser), and starting with the photograph is one more way of saying that we want to stay near it.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: two textures with equal amounts of each feature but different co-occurrence (which colour goes with which direction, say).
#   Half a point for "the Gram matrix has correlations" without an example; none for an example that differs in place only.
# 1 point: nearly the photograph, because the first layer determines the pixels (as the reconstruction showed), so that no freedom is left.
#   Half a point without a reason.
# 1 point: many pictures with the same loss or several minima (Gram matrices forget places, deep features forget detail), the start decides; hence not
#   unique. Half a point for "it gets stuck in a local minimum" alone.
# ### END MARK SCHEME

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a3")
