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
# # Looking inside a network
#
# **The network says "cat". What has it seen?** Millions of numbers were multiplied and added, and one score
# came out on top. If you ask why, nobody answers. But a network is the most patient patient there is: you may measure every
# cell of it, cover one of its eyes, show it pictures that don't exist, and ask the same question a million times.
#
# In this notebook you build the instruments. Some ask *where* in a picture the evidence is, some ask *what* a network
# would like to see best, and one shows how easily it is fooled. You will also see that some of these
# instruments produce beautiful pictures that mean less than they seem to, and how one finds out.
#
# | Part | You write | Points |
# |---|---|---|
# | 4 | occlusion: cover up and ask again | 4 |
# | 5 | saliency by backpropagation | 5 |
# | 6 | the guided rule for ReLUs | 2 |
# | 7 | a step towards the picture that a class likes best | 4 |
# | 8 | fooling images | 5 |
# | 4, 8 | two short questions, checked automatically | 1 + 1 |
# | 9 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like: it says what was called, what came
# back and what was expected. Grading runs more tests of the same kind on other numbers; every special case that they visit is
# named in the exercise's text. Your functions may use NumPy and PyTorch; where they are graded, other libraries are not there.

# %%
import numpy as np
import torch
from torch.nn import functional

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.plots.style import new_figure
from cs_lib.vision.feature_space import (
    maximally_activating_patches,
    nearest_neighbours,
    project,
    receptive_field,
)
from cs_lib.vision.features import features
from cs_lib.vision.hand_made import ConvNet, LinearNet, changed, twice
from cs_lib.vision.images import photograph
from cs_lib.vision.patches_net import load_patches_net
from cs_lib.vision.segmentation import segment
from cs_lib.vision.universal import universal_perturbation

DATASET = "patches10"  # the data that the network of this notebook was trained on

# %% [markdown]
# ## 1. The patient
#
# A small convolutional network: six convolutions of 3 × 3 with ReLUs, two poolings, and at the end the mean of each of 128
# activation maps, from which one linear layer makes ten scores. It was trained on `patches10`, pictures of 32 × 32 pixels that were cut
# from ten photographs, and has never seen the part of the photographs from which the test pictures come.

# %%
images = data.load(DATASET, train=2000, val=100, test=1000)


def as_tensor(pictures):
    """Pictures (N, H, W, 3) of whole numbers as the network wants them: (N, 3, H, W), from 0 to 1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def as_pictures(x):
    """Tensors (N, 3, H, W) as arrays that can be shown: (N, H, W, 3), clipped to 0..1."""
    return x.detach().clamp(0, 1).permute(0, 2, 3, 1).numpy()


def panels(rows, columns, width, height):
    """A figure of width x height inches with so many panels for pictures, without axes."""
    figure = new_figure(width, height)
    axes = figure.subplots(rows, columns)
    for panel in axes.flat:
        panel.axis("off")
    return figure, axes


net = load_patches_net()
x_train, x_test = as_tensor(images.x_train), as_tensor(images.x_test)
y_test = torch.from_numpy(images.y_test).long()
with torch.no_grad():
    scores = net(x_test)
answers = scores.argmax(dim=1)
right = answers == y_test
print(f"{sum(p.numel() for p in net.parameters()):,} numbers in the net")
print(f"{right.float().mean():.1%} of the test pictures are named correctly")

surest = functional.softmax(scores, dim=1).amax(dim=1) * right
chosen = [int((surest * (y_test == c)).argsort(descending=True)[10]) for c in range(10)]
plots.image_grid(
    images.x_test[chosen], images.y_test[chosen], images.classes, title="One test picture of each class"
)

# %% [markdown]
# Remember the nearest neighbours of the first assignment, which counted pixels and were worse than guessing on grass and gravel? The
# network is right on all of both. It must look at something else. Let us see at what.
#
# ## 2. What the first layers answer to
#
# The filters of the first layer are multiplied with pixels, so they can be shown as little pictures:

# %%
plots.filters(net.features[0].weight.numpy(), columns=16, title="The 32 filters of the first layer")

# %% [markdown]
# Three pixels are not much of a canvas, and yet you can make out the classics: edges in several directions (bright on one
# side, dark on the other), and spots of one colour against its opposite. Networks of every size that are trained on photographs begin like
# this, and so, as far as one knows, do cats and people.
#
# From the second layer on this does not work any more: its filters are multiplied with 32 activation maps, not with three colours. But
# we can look at what comes **out**, the activation maps:

# %%
cat = photograph("cat", size=160)
found = features(net, cat, ["relu1_1", "relu2_2", "relu3_2"])
figure, axes = panels(3, 7, 12, 4.6)
for row, (name, maps) in zip(axes, found.items(), strict=True):
    busiest = maps[0].mean(dim=(1, 2)).argsort(descending=True)[:6]
    row[0].imshow(as_pictures(cat)[0])
    for panel, channel in zip(row[1:], busiest, strict=True):
        panel.imshow(maps[0, channel], cmap="gray")
        panel.set_title(f"{name}, map {channel}", fontsize=8)
figure.suptitle("A photograph, and the six busiest maps of three layers (bright: active)")
figure

# %% [markdown]
# The network was trained on squares of 32 pixels, but a convolution does not care how large a picture is, nor does the
# mean at the end. So we may show it whole photographs. (The left part of each was the source of its training pictures: what we are
# after is not how good it is, but how it sees.)
#
# The maps of the first layer are drawings of the cat. Deeper down they get coarser, and about half of their numbers are 0: each map
# waits for something particular. For what? Ask all 2000 training pictures, and keep for each channel the places that excite it most:

# %%
figure, axes = panels(3, 3, 12, 3.2)
for row, layer in zip(axes, ("relu1_2", "relu2_2", "relu3_2"), strict=True):
    size = receptive_field(net, layer)[0]
    strongest = features(net, x_train[:200], [layer])[layer].amax(dim=(2, 3))  # of each picture and channel
    channels = strongest.std(dim=0).argsort(descending=True)[:3].tolist()
    patches, _ = maximally_activating_patches(net, x_train, layer, channels, count=8)
    for panel, channel, strip in zip(row, channels, patches, strict=True):
        tiles = functional.pad(strip, (1, 1, 1, 1), value=1.0)
        panel.imshow(as_pictures(torch.cat(list(tiles), dim=2).unsqueeze(0))[0])
        panel.set_title(f"{layer}, channel {channel} ({size} x {size} pixels)", fontsize=8)
figure.suptitle("The eight patches that excite a channel most")
figure

# %% [markdown]
# Each strip is one channel's collection, as large as the part of the picture that it sees. The early channels collect
# edges and colours whatever they belong to. The late ones collect *stuff*: the rim of the retina, a bright point before black, brown grain. (Grey
# is what lies beyond the picture's border.) Nobody told them to. Note that a collection shows what excites a channel *most*; what it does in
# between stays hidden.
#
# ## 3. The space in which it is easy
#
# Just before the last layer every picture has become 128 numbers, the means of the deepest maps. The last layer is linear: if the
# network is right on 92 %, the classes must be neatly separated *in this space*. Let us ask for neighbours as in the very first
# notebook, once by pixels and once by these 128 numbers:


# %%
def codes(x):
    """The 128 numbers of each picture, (N, 128)."""
    maps = [features(net, part, ["relu3_2"])["relu3_2"] for part in x.split(250)]
    return torch.cat([part.mean(dim=(2, 3)) for part in maps])


codes_train, codes_test = codes(x_train), codes(x_test)


def show_neighbours(queries, points, title):
    """Draw some test pictures with their five nearest training pictures."""
    numbers, distances = nearest_neighbours(queries[some], points, k=5)
    return plots.neighbours(
        images.x_test[some],
        images.x_train[numbers],
        distances.numpy(),
        images.y_test[some],
        images.y_train[numbers],
        images.classes,
        title=title,
    )


some = [chosen[c] for c in (1, 3, 8, 9)]
show_neighbours(x_test.flatten(1), x_train.flatten(1), "Nearest by pixels")

# %%
show_neighbours(codes_test, codes_train, "Nearest by what the network makes of them")

# %% [markdown]
# By pixels, gravel is like anything of medium brightness. By the network's numbers, its neighbours are gravel whose stones lie
# *elsewhere*: position has been forgotten, texture kept.
#
# 128 dimensions don't fit on paper. Two ways to draw them all the same: **PCA** takes the shadow in the two directions in which the
# points spread most. **t-SNE** bends the space so that whoever is near stays near. It draws the nicer clusters,
# but only neighbourhoods in it mean something: neither the distance between two clusters nor their size does.

# %%
sample = torch.randperm(len(x_test), generator=torch.Generator().manual_seed(0))[:400]
views = {
    "pixels, PCA": project(x_test[sample].flatten(1)),
    "128 numbers, PCA": project(codes_test[sample]),
    "128 numbers, t-SNE": project(codes_test[sample], "tsne"),
}
figure, axes = panels(1, 3, 13, 4.6)
colors = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"] * 2
for panel, (title, points) in zip(axes, views.items(), strict=True):
    for c, name in enumerate(images.classes):
        of_class = points[y_test[sample].numpy() == c]
        marker = "o" if c < 5 else "^"
        panel.scatter(*of_class.T, s=16, color=colors[c], marker=marker, alpha=0.7, label=name)
    panel.axis("on")
    panel.set(title=title, xticks=[], yticks=[], xlabel="first direction", ylabel="second direction")
axes[2].set(xlabel="", ylabel="")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
figure

# %% [markdown]
# On the left everything lies on top of everything: that is what a linear classifier of pixels has to work with. In the middle and on the
# right sits the same data after six convolutions. **The last layer is no cleverer than a linear classifier. It has been
# given an easy problem.** Where classes still run together, ask yourself what the pictures share.
#
# ## 4. Where is the evidence? Cover it up
#
# The most direct question that one can ask: what if *this part* were not there? Put a grey square on the picture, ask
# for the score again, and move the square over the whole picture. Where the score falls, there was evidence.
#
# ### 4.1 Occlusion (4 points)
#
# - `image` has shape `(1, 3, H, W)` and need not be square. The square has `size` × `size` pixels. For entry `[i, j]` of the result its **upper
#   left corner** is at row `i * stride`, column `j * stride`.
# - Only squares that lie within the image count. So the result has `(H - size) // stride + 1` rows and
#   `(W - size) // stride + 1` columns. What is left over at the right and below is never covered. The stride may be
#   larger than the square, and the square as high or as wide as the image.
# - Under the square all three colours are `fill`. The rest of the image is seen as it is.
# - An entry is the **score** of class `y`, as `model` returns it for the covered image: not the probability, and not how far the
#   score has fallen. `model` maps images `(N, 3, H, W)` to scores `(N, C)`.
# - The caller's `image` stays as it is. Images may be float32 or float64. No gradients are needed: `with torch.no_grad():` saves time.


# %% solution="occlusion_map"
def occlusion_map(image, y, model, size=8, stride=4, fill=0.5):
    """The score of class y with a square of the image covered, for each place of the square.

    image is a tensor of shape (1, 3, H, W), y a whole number. Returns a tensor of shape
    ((H - size) // stride + 1, (W - size) // stride + 1).
    """
    ### BEGIN SOLUTION
    height, width = image.shape[2:]
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    scores = torch.zeros(rows, columns, dtype=image.dtype)
    with torch.no_grad():
        for i in range(rows):
            for j in range(columns):
                top, left = i * stride, j * stride
                covered = image.clone()
                covered[:, :, top : top + size, left : left + size] = fill
                scores[i, j] = model(covered)[0, y]
    ### END SOLUTION
    return scores


# %% grades="occlusion_map"
check("occlusion_map")

# %%
names = ("astronaut", "cat", "coffee", "rocket")
photos = {name: photograph(name, size=120) for name in names}
labels = {name: images.classes.index(name) for name in names}

figure, axes = panels(2, 4, 12, 5.4)
for (above, below), (name, photo) in zip(axes.T, photos.items(), strict=True):
    with torch.no_grad():
        whole = net(photo)[0, labels[name]]
    drop = whole - occlusion_map(photo, labels[name], net, size=24, stride=8)
    above.imshow(as_pictures(photo)[0])
    above.set_title(f"{name}, score {whole:.1f}")
    limit = float(drop.abs().max())
    shown = below.imshow(drop, cmap="PuOr_r", vmin=-limit, vmax=limit)
    figure.colorbar(shown, ax=below, shrink=0.8)
figure.suptitle("What it costs to cover 24 x 24 pixels there (orange: the score falls, purple: it rises)")
figure

# %% [markdown]
# Orange is what speaks for the class, and it is not always what gave the class its name. The astronaut is known by her orange
# suit, not by her face. The rocket can be covered without loss: the evidence is in the sky and the scaffold around it. For a net that has seen ten photographs, these
# are as good a sign. It is the most useful thing that such maps can tell you: **what a network
# has learned is what separates the classes, not what you call them.** Purple is what speaks *against* the class: cover the dark, shiny helmet, and the network
# becomes more sure.
#
# ### 4.2 A short question (1 point)
#
# Occlusion is honest, but slow. A picture of 224 × 224 pixels, a square of 32 × 32, a stride of 8: how many covered images does
# the model have to look at? A number, or an expression such as `3 * 7`.

# %% solution="answer_forward_passes"
answer_forward_passes = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_forward_passes = ((224 - 32) // 8 + 1) ** 2
### END SOLUTION

# %% grades="answer_forward_passes"
check("answer_forward_passes")

# %% [markdown]
# ## 5. Where is the evidence? Ask for the gradient
#
# Could we ask about all pixels *at once*? For small changes, yes: the score is a function of the pixels, and backpropagation gives its
# derivative with respect to every pixel for the price of about two forward passes. You have used it a thousand times to change weights. Nothing
# keeps you from going one step further, to the input.
#
# $$M_{ij} = \max_{c} \left| \frac{\partial\, s_y}{\partial\, x_{c\,i\,j}} \right|$$
#
# Large where changing a pixel a little would change the score $s_y$ most, whether up or down, in whichever colour $c$.
#
# ### 5.1 Saliency maps (5 points)
#
# - `X` holds N images, `(N, 3, H, W)`, and `y` the class to ask about for each, N whole numbers. N may be 1, may be more than there are
#   classes, and several images may have the same class. Images need not be square, and may be float32 or float64.
# - Differentiate the **score** of class `y[n]`, not a loss and not a probability. When the model is sure, probabilities are flat and have no
#   gradient worth the name; scores have.
# - An image's pixels have no influence on the scores of another image. So the gradient of the **sum** of the N scores holds the gradients of all.
# - First the absolute values, then the largest of the three colours: `(N, H, W)`.
# - `X` keeps its values, and calling the function again with the same tensors gives the same again. (Look out: `backward()` *adds* to
#   what is in `X.grad` already. `torch.autograd.grad(number, tensor)` doesn't.)


# %% solution="compute_saliency_maps"
def compute_saliency_maps(X, y, model):
    """How strongly the score of each image's class answers to each pixel.

    X is a tensor of shape (N, 3, H, W), y of shape (N,). Returns a tensor of shape (N, H, W).
    """
    ### BEGIN SOLUTION
    X = X.detach().clone().requires_grad_()
    scores = model(X)
    own = scores[torch.arange(len(y)), y]
    gradients = torch.autograd.grad(own.sum(), X)[0]
    maps = gradients.abs().amax(dim=1)
    ### END SOLUTION
    return maps


# %% grades="compute_saliency_maps"
check("compute_saliency_maps")

# %% [markdown]
# The tests use models so small that the answer can be read off, and so can you. The score of a linear model is a weighted sum of pixels,
# so its saliency is simply its weights, whatever the picture:

# %%
weights = torch.zeros(1, 3, 3, 3)
weights[0, 0, 1, 1], weights[0, 2, 1, 1], weights[0, 1, 2, 0] = 2.0, -5.0, 3.0
print(compute_saliency_maps(torch.rand(1, 3, 3, 3), torch.tensor([0]), LinearNet(weights))[0].numpy())

# %%
larger = {name: photograph(name, size=200) for name in names}


def brightened(values):
    """A map from 0 to 1, its largest percent cut off, so that single pixels don't darken the rest."""
    return (values / values.flatten().quantile(0.99)).clamp(0, 1)


figure, axes = panels(2, 4, 12, 5.2)
for (above, below), (name, photo) in zip(axes.T, larger.items(), strict=True):
    saliency = compute_saliency_maps(photo, torch.tensor([labels[name]]), net)[0]
    above.imshow(as_pictures(photo)[0])
    below.imshow(brightened(saliency), cmap="gray")
    above.set_title(name)
figure.suptitle("Photographs, and where the score of their class is most sensitive")
figure

# %% [markdown]
# Are you disappointed? One sees *something*: the saucer's outline, the masts. But it is grainy, and the brightest parts are the
# astronaut's white wall and the rocket's empty sky, where there is nothing at all. That is no error. Remember what was asked: not "where is the evidence", but "where
# would a *small change* matter". On an empty wall the slightest scratch would be news; on the busy suit it would drown. **The
# gradient answers the question that you asked, which is not always the one you had in mind.**
#
# Saliency can even be used to cut things out, without any training for it: take the most salient pixels as certainly belonging to the
# thing, the least salient as certainly not, and let the colours decide the rest.

# %%
figure, axes = panels(1, 6, 13, 2.5)
for trio, (name, label) in zip(axes.reshape(2, 3), (("retina", 4), ("coffee", 2)), strict=True):
    photo = photograph(name, size=160)
    saliency = compute_saliency_maps(photo, torch.tensor([label]), net)[0]
    smooth = functional.avg_pool2d(saliency[None], 9, stride=1, padding=4, count_include_pad=False)[0]
    cut_out = photo * segment(photo, smooth, foreground=0.8, background=0.3)
    trio[0].imshow(as_pictures(photo)[0])
    trio[1].imshow(brightened(smooth), cmap="gray")
    trio[2].imshow(as_pictures(cut_out)[0])
    for panel, title in zip(trio, (name, "saliency, smoothed", "cut out"), strict=True):
        panel.set_title(title, fontsize=9)
figure

# %% [markdown]
# The retina comes out of its black frame. From the coffee we are handed the table: for this network the coffee *is* mostly its table.
#
# ## 6. Only good news: guided backpropagation
#
# A trick gives much sharper pictures. On its way back, a gradient passes many ReLUs. Each stops it where its own input was
# negative, for there it was shut. What gets through is a wild mixture of "more of this, please" and "less of this", which cancel and turn into grain.
# *Guided* backpropagation also stops what is negative on the way back. Only encouragement is handed on:
#
# | input `x` of the ReLU | gradient `upstream` from above | ReLU's own rule | guided rule |
# |---|---|---|---|
# | 2 | 0.5 | 0.5 | **0.5** |
# | 3 | −2 | −2 | **0** |
# | −1 | 0.25 | 0 | **0** |
# | −4 | −3 | 0 | **0** |
#
# ### 6.1 The guided rule (2 points)
#
# - `upstream` and `x` have the same shape, any shape, float32 or float64. The result has that shape, too.
# - What gets through is `upstream` itself, at the places where both `x` and `upstream` are above 0. The tests have no `x` of exactly 0.
# - Both inputs stay as they are.


# %% solution="guided_relu_backward"
def guided_relu_backward(upstream, x):
    """The gradient that a ReLU with input x hands on, if it hands on encouragement only.

    upstream and x are tensors of the same shape; returns a tensor of that shape.
    """
    ### BEGIN SOLUTION
    result = upstream * (x > 0) * (upstream > 0)
    ### END SOLUTION
    return result


# %% grades="guided_relu_backward"
check("guided_relu_backward")

# %% [markdown]
# To use it, every ReLU of the network has to be replaced by one whose backward pass is yours. PyTorch lets us write such a function: it is
# given both directions.


# %%
class GuidedReLU(torch.autograd.Function):
    """A ReLU forwards, the guided rule backwards."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, upstream):
        return guided_relu_backward(upstream, *context.saved_tensors)


def guided_model(x, classifier=None):
    """The same network with guided ReLUs."""
    x = net.normalize(x)
    for part in net.features:
        x = GuidedReLU.apply(x) if isinstance(part, torch.nn.ReLU) else part(x)
    return (classifier or net.classifier)(x.mean(dim=(2, 3)))


def pixel_gradients(photo, label, model):
    """The gradient of a class score with respect to the pixels, as a picture around grey."""
    x = photo.clone().requires_grad_()
    gradient = torch.autograd.grad(model(x)[0, label], x)[0]
    return as_pictures(0.5 + 0.5 * gradient / gradient.abs().flatten().quantile(0.99))[0]


figure, axes = panels(2, 4, 12, 5.2)
for (above, below), (name, photo) in zip(axes.T, larger.items(), strict=True):
    above.imshow(pixel_gradients(photo, labels[name], net))
    below.imshow(pixel_gradients(photo, labels[name], guided_model))
    above.set_title(f"{name}: gradient")
    below.set_title(f"{name}: guided")
figure.suptitle("The gradient of the class score with respect to the pixels (grey is 0)")
figure

# %% [markdown]
# What a difference! Whiskers, eyes, the rim of the cup, the lattice of the masts. So this is what makes a cat a cat to the network?
#
# Let us be careful and do what a physician would do with a new instrument: point it at something healthy. We ask about the *wrong* class. And we ask a
# network whose last layer has been **replaced by random numbers**, so that it knows nothing about classes any more. An
# instrument that shows why the network says "cat" should show something else then.

# %%
torch.manual_seed(0)
random_classifier = torch.nn.Linear(128, 10).requires_grad_(False)
views = {
    "guided, class cat": pixel_gradients(larger["cat"], 1, guided_model),
    "guided, class rocket": pixel_gradients(larger["cat"], 3, guided_model),
    "guided, random last layer": pixel_gradients(
        larger["cat"], 1, lambda x: guided_model(x, random_classifier)
    ),
}
figure, axes = panels(1, 3, 12, 2.9)
for panel, (title, picture) in zip(axes, views.items(), strict=True):
    panel.imshow(picture)
    panel.set_title(title)
figure.suptitle("Asked about another class, and asked of a network that knows no classes (grey is 0)")

pairs = {
    "plain gradient": [pixel_gradients(larger["cat"], label, net) for label in (1, 3)],
    "guided": [views["guided, class cat"], views["guided, class rocket"]],
}
for name, (first, second) in pairs.items():
    alike = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    print(f"{name}: correlation of the pictures for cat and for rocket {alike:+.2f}")
figure

# %% [markdown]
# The pictures are nearly the same. Guided backpropagation draws the edges that the early layers have found, whatever
# you ask about and whoever is asked. It is a fine instrument for *what the layers can see* and a poor one for *why the answer is cat*. The plain
# gradient is ugly, but it does answer the question: for cat and rocket it shows something different. **Do not choose an explanation by its looks.** (Adebayo and others
# made this test in 2018, and several popular methods failed it.)
#
# ## 7. The picture that a class likes best
#
# So far we have explained given pictures. Now turn the question round: which picture would have the *highest* score for a class? We
# need no picture to begin with. Start from faint noise, ask for the gradient of the score with respect to the pixels, and take a step uphill. And again, and
# again. The weights stay, the picture learns.
#
# Left alone, this ends in shrill pixels far outside anything that can be photographed. So we subtract a penalty for large values:
#
# $$\text{goal}(I) \;=\; s_y(I) \;-\; \lambda \sum I^2$$
#
# ### 7.1 One step uphill (4 points)
#
# - `img` has shape `(1, 3, H, W)`, need not be square, may be float32 or float64, and comes with `requires_grad=True`.
# - Take the gradient $g$ of the goal, **both terms**, with respect to `img`; `l2_reg` is the λ, and may be 0.
# - Divide it by its length, $\lVert g \rVert = \sqrt{\sum g^2}$ over all entries of `img`: a step is exactly `learning_rate` long. In the tests $g$ is never 0.
# - Change `img` **in place**: its caller keeps the tensor. PyTorch forbids that for a leaf that requires a gradient, unless you say
#   `with torch.no_grad():`. What you return does not matter.
# - The function is called many times with the same tensor: nothing of one step's gradient may be left in the next. Don't clip.


# %% solution="class_visualization_update_step"
def class_visualization_update_step(img, model, target_y, l2_reg, learning_rate):
    """One step of gradient ascent on (score of target_y) - l2_reg * (sum of the squares of img), in place.

    img is a tensor of shape (1, 3, H, W) that requires a gradient, target_y a whole number.
    """
    ### BEGIN SOLUTION
    goal = model(img)[0, target_y] - l2_reg * (img**2).sum()
    gradient = torch.autograd.grad(goal, img)[0]
    with torch.no_grad():
        img += learning_rate * gradient / gradient.norm()
    ### END SOLUTION


# %% grades="class_visualization_update_step"
check("class_visualization_update_step")

# %% [markdown]
# Two more tricks make the pictures easier on the eye. Before each step the picture is moved by a pixel or two in a random
# direction, and back afterwards (*jitter*), so that no pattern can lock into single pixels. And now and then it is blurred a little,
# which costs a true shape nothing and single pixels everything. What we optimise is the difference from grey, so that grey is what the penalty pulls
# towards.


# %%
def blurred(img):
    """The picture, each pixel mixed with its neighbours a little."""
    kernel = torch.tensor([0.1, 0.8, 0.1])
    kernel = (kernel[:, None] * kernel).expand(3, 1, 3, 3)
    return functional.conv2d(functional.pad(img, (1, 1, 1, 1), mode="reflect"), kernel, groups=3)


def class_picture(label, tricks=True, l2_reg=0.02, steps=100, size=48):
    """A picture that the network gives a high score for a class, (1, 3, size, size)."""
    generator = torch.Generator().manual_seed(label)
    img = 0.05 * torch.randn(1, 3, size, size, generator=generator)
    for step in range(steps):
        rate = 0.5 * (1 - step / steps) + 0.05
        shift = torch.randint(-2, 3, (2,), generator=generator).tolist() if tricks else [0, 0]
        img = img.roll(shift, dims=(2, 3)).requires_grad_()
        class_visualization_update_step(img, lambda x: net(x + 0.5), label, l2_reg, rate)
        img = img.detach().roll([-s for s in shift], dims=(2, 3)).clamp(-0.5, 0.5)
        if tricks and step % 8 == 0:
            img = blurred(img)
    return img + 0.5


def more_contrast(x):
    """The picture's deviations from grey, enlarged."""
    return 0.5 + 0.2 * (x - 0.5) / (x - 0.5).std()


favourites = torch.cat([class_picture(c) for c in range(10)])
with torch.no_grad():
    scores = functional.softmax(net(favourites), dim=1)
plots.image_grid(
    as_pictures(torch.cat([more_contrast(x[None]) for x in favourites])),
    [f"{name}\n{scores[c, c]:.0%} sure" for c, name in enumerate(images.classes)],
    columns=5,
    tile=1.6,
    title="What the network would like to see (contrast enhanced)",
)

# %% [markdown]
# Gravel: pebbles, side by side; grass: a tangle of blades. Nobody drew them; they were in the weights. And look what is *not* there: no
# cat with two eyes, no cup, no rocket that stands upright. From squares of 32 pixels at any place the network could learn fur, grain and edges, and for telling ten
# photographs apart that was enough. Where it is not so sure of its own favourite, another class likes the picture as well: we
# climbed one score, and nobody kept the others down.
#
# What do penalty and tricks contribute? The same class without them:

# %%
comparison = {
    "nothing": class_picture(9, tricks=False, l2_reg=0.0),
    "L2 penalty": class_picture(9, tricks=False, l2_reg=0.02),
    "jitter and blur": class_picture(9, l2_reg=0.0),
    "both": class_picture(9),
}
plots.image_grid(
    as_pictures(torch.cat([more_contrast(x) for x in comparison.values()])),
    [f"{name}\nscore {float(net(x)[0, 9]):.1f}" for name, x in comparison.items()],
    tile=1.7,
    title="Gravel, with and without help (contrast enhanced)",
)

# %% [markdown]
# The network takes all four for gravel. What makes the difference to *us* is what the network does not care about. Whoever shows you
# such a picture has also chosen the tricks.
#
# ## 8. Fooling the network
#
# In the last part we climbed from noise. What if we climb from a *photograph*, towards a class that it does not belong to? How far do we have to
# go until the network changes its mind?
#
# ### 8.1 Fooling images (5 points)
#
# Repeat at most `max_steps` times:
# 1. Ask the model about the image as it is now. If `target_y` has the highest score, stop.
# 2. Take the gradient $g$ of the score of `target_y` (of this score alone) with respect to the image, and go one step uphill: $x \leftarrow x + \text{learning rate} \cdot g / \lVert g \rVert$.
#
# - `X` has shape `(1, 3, H, W)`, need not be square, may be float32 or float64. The result has its shape.
# - $\lVert g \rVert$ is the length of the whole gradient, the root of the sum of all its squares; in the tests it is never 0.
# - If the model says `target_y` to begin with, the image is returned unchanged. If it still doesn't after `max_steps` steps, return what you
#   have; `max_steps` may be 0.
# - Don't clip: values may leave 0..1.
# - `X` itself stays as it is, and a second call gives the same again.


# %% solution="make_fooling_image"
def make_fooling_image(X, target_y, model, learning_rate=0.05, max_steps=100):
    """An image near X that the model takes for target_y.

    X is a tensor of shape (1, 3, H, W), target_y a whole number. Returns a tensor of X's shape.
    """
    X_fooling = X.detach().clone()
    ### BEGIN SOLUTION
    for _ in range(max_steps):
        X_fooling.requires_grad_()
        scores = model(X_fooling)
        if scores[0].argmax() == target_y:
            break
        gradient = torch.autograd.grad(scores[0, target_y], X_fooling)[0]
        X_fooling = X_fooling.detach() + learning_rate * gradient / gradient.norm()
    ### END SOLUTION
    return X_fooling.detach()


# %% grades="make_fooling_image"
check("make_fooling_image")

# %%
pairs = [(1, 3), (8, 7), (4, 5), (9, 8)]
rows = []
for c, target in pairs:
    before = x_test[chosen[c]].unsqueeze(0)
    after = make_fooling_image(before, target, net).clamp(0, 1)
    after = (after * 255).round() / 255  # as it would be saved in a file
    with torch.no_grad():
        says = images.classes[int(net(after).argmax())]
    change = after - before
    rows += [
        (before, f"{images.classes[c]}"),
        (after, f"taken for {says}"),
        (0.5 + 10 * change, f"change x 10\n(mean {255 * change.abs().mean():.1f} of 255)"),
    ]
plots.image_grid(
    as_pictures(torch.cat([x for x, _ in rows])),
    [text for _, text in rows],
    columns=6,
    tile=1.6,
    title="Before, after, and what was changed",
)

# %% [markdown]
# Can you tell them apart? A few parts in 255 for each pixel, in the direction that hurts most, are enough, sometimes less than one. And where
# "taken for" is followed by the true class again, the rounding to whole numbers has undone the work: we had stopped just behind the
# border.
#
# How can so little do so much? Not because the network is complicated, but because it is so nearly *linear*, with so many inputs. Take the
# score of a linear model, $s = \sum_j w_j x_j$, and change each of $n$ pixels by the same tiny $\varepsilon$, upwards where $w_j > 0$ and downwards
# where $w_j < 0$.
#
# ### 8.2 A short question (1 point)
#
# Images get larger: $n$ grows. The average of $|w_j|$ stays the same, and so does $\varepsilon$. How does the change of the score grow with $n$?
#
# - `"a"`: it does not depend on $n$
# - `"b"`: like the square root of $n$
# - `"c"`: like $n$
# - `"d"`: like the square of $n$
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_many_pixels"
answer_many_pixels = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_many_pixels = "c"
### END SOLUTION

# %% grades="answer_many_pixels"
check("answer_many_pixels")

# %% [markdown]
# ### 8.3 One change for all
#
# Even more remarkable: *one and the same* small change fools the network on most pictures. Nobody has to know the picture. Here it is
# found by climbing the loss of a few training pictures at a time; no pixel moves by more than 8 of 255. Random noise of the same size is
# there for comparison.

# %%
radius = 8 / 255
delta = universal_perturbation(net, x_train[:600], radius=radius, steps=30, batch=32)
noise = radius * torch.sign(torch.randn(delta.shape, generator=torch.Generator().manual_seed(0)))
with torch.no_grad():
    for name, change in (("random noise", noise), ("the universal change", delta)):
        disturbed = net((x_test + change).clamp(0, 1)).argmax(dim=1)
        print(
            f"{name} changes the answer on {(disturbed != answers).float().mean():.0%} of the test pictures"
        )

plots.image_grid(
    as_pictures(torch.cat([0.5 + delta / (2 * radius), x_test[chosen[6:]], (x_test + delta)[chosen[6:]]])),
    ["the change,\nenlarged"]
    + [images.classes[int(answers[i])] for i in chosen[6:]]
    + [f"now: {images.classes[int(disturbed[i])]}" for i in chosen[6:]],
    columns=9,
    tile=1.2,
    title="One change for all: four test pictures before, and after",
)

# %% [markdown]
# Noise is not harmless to this small network either, but one fixed pattern does far more. It is a fine grain, of the kind that the first
# layers answer to.
#
# ## 9. In your own words (3 points)
#
# A hospital has trained a network to find pneumonia in X-ray images, and it is right on 95 % of new images from the same hospital. A
# colleague shows you guided backpropagation for some images. The ribs and the outline of the lung stand out beautifully. "You see," she says,
# "it looks at the lung."
#
# 1. Why do these pictures not show what she says? Name a check that would reveal it.
# 2. Suggest an experiment of this notebook by which you could find out whether the network uses something *beside* the lung, such as a metal marker in a corner
#    that is put on in the ward where the sickest are. What would you see if it does?
# 3. You compute saliency by gradient and by occlusion for the same image, and they disagree: the gradient on the marker is nearly 0, and yet the
#    score collapses when it is covered. How can both be right?
#
# Five or six sentences are enough.

# %% [markdown] manual="question_trusting_explanations" points=3
# <!-- BEGIN SOLUTION -->
# Guided backpropagation draws the edges that the early layers pass on, and it draws nearly the same for every class and even for a network whose last layer is
# random. That the ribs stand out says that there are edges, not that the answer rests on them. Check: ask for another class, or replace the last layer's weights (or
# the whole network's) by random ones. If the picture stays the same, it does not explain the answer.
#
# Occlusion: move a grey square over many images, or cover just the corner with the marker, and compare the scores. If the network uses the marker, the
# score of pneumonia falls when the corner is covered and hardly changes when parts of the lung are. (Or: copy the marker into images of healthy lungs and
# see whether the score rises. Or: look at the strongest patches of the last layer's channels.)
#
# The gradient asks what a small change of a pixel does, occlusion what happens when the thing disappears. Where a unit is saturated, or its ReLU
# is shut or the marker is so clear that a little more or less makes no difference, the slope is 0, although the total effect is
# large: a plateau is flat even if it is high.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: guided backpropagation hardly depends on the class or on the last layers (it shows edges), with a check: other class, random weights. Half a
#   point for only one of the two.
# 1 point: an experiment that takes the marker away or puts it in (occlusion, covering, copying it into healthy images), and what is expected if it
#   is used. Half a point without the expectation. No point for "look at the saliency map".
# 1 point: gradient is about small changes, occlusion about removing; saturation or a flat region explains the difference. Half a point for "one is local, the
#   other is not" without a reason for the zero gradient.
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
