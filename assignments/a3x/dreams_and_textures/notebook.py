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
# # Dreams and textures
#
# **What does a net see in the clouds?** People see faces in clouds, wallpaper and burnt toast. A net can be
# asked for the same: show it any picture, note what it thinks it has found, and change the picture so that it finds *more*
# of that. After a few rounds even a blank wall is full of what the net has learned to look for. That is DeepDream
# (Mordvintsev, Olah and Tyka 2015), and it takes a dozen lines.
#
# The second half needs no net at all: how do you get a *large* piece of brick wall from a small one? The answer, from
# 1999, is so simple that nobody had believed it would work.
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | one step of a dream | 2.5 |
# | 3 | the sizes at which to dream | 1 |
# | 5 | how alike two neighbourhoods are, when one has holes | 1.5 |
# | 4, 6 | two short questions, checked automatically | 0.5 + 0.5 |
#
# This notebook is extra credit. Your functions may use NumPy and PyTorch. Images are float tensors
# `(1, 3, height, width)` with values from 0 to 1.

# %%
import time

import numpy as np
import torch
import torch.nn.functional as F

from cs_lib.check import check, submit
from cs_lib.plots.style import new_figure
from cs_lib.vision.features import features
from cs_lib.vision.images import drawn_styles, photograph, to_array
from cs_lib.vision.patches_net import load_patches_net


def show(pictures, width=3.2, columns=4):
    """A figure of pictures (1, 3, H, W), a dict from titles."""
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    height, breadth = next(iter(pictures.values())).shape[-2:]
    figure = new_figure(width * columns, rows * (width * height / breadth + 0.35))
    places = figure.subplots(rows, columns, squeeze=False)
    for place in places.flat:
        place.axis("off")
    for place, (title, picture) in zip(places.flat, pictures.items(), strict=False):
        place.imshow(to_array(picture), interpolation="nearest")
        place.set_title(title)
    return figure


# %% [markdown]
# ## 1. A net that has seen ten photographs
#
# Our net is a small VGG with six convolutions. It was trained on `patches10`: to tell apart small cuts from ten
# photographs (bricks, grass, galaxies, a cat, ...), and it gets about nine in ten right. `layer_of(net, name)` gives a
# function from an image to the activations of one layer.

# %%
net = load_patches_net()


def layer_of(net, name):
    """The function image (1, 3, H, W) -> activations (1, C, H', W') of one layer of a net."""
    return lambda image: features(net, image, [name])[name]


sky = photograph("china", 200)
{name: tuple(layer_of(net, name)(sky).shape) for name in ("relu1_2", "relu2_2", "relu3_2")}

# %% [markdown]
# For checks and for working by hand there is a much smaller layer: one convolution with filters that you choose, without
# a bias, and a ReLU.


# %%
def small_layer(filters):
    """A layer with these filters, a tensor (F, 3, h, w): the function from an image to relu(convolution)."""
    return lambda image: torch.relu(F.conv2d(image, filters.to(image.dtype)))


def hangs_on_a_graph(function, *arguments):
    """Whether PyTorch would find a way back from what function(*arguments) returns."""
    return function(*arguments).requires_grad


# %% [markdown]
# ## 2. One step of a dream (2.5 points)
#
# "More of what you see" has to become a number that can grow. Take **half the sum of the squares** of a layer's activations:
#
# $$J(x) = \tfrac12 \sum_i a_i(x)^2, \qquad \frac{\partial J}{\partial a_i} = a_i$$
#
# The gradient that goes into the layer is the activation itself: what is strong gets stronger, and what is silent is left
# alone. Nobody has to say what to look for.
#
# Then climb. Gradients of different layers differ in size by factors of thousands, so the step is measured in pixels instead:
#
# $$x \leftarrow x + \text{step size} \cdot \frac{g}{\operatorname{mean}|g|}, \qquad g = \frac{\partial J}{\partial x}$$
#
# With a step size of 0.01 the numbers of the picture move by 0.01 on average, whatever the layer. By hand: if $g$ is
# $(4, 0, -2, 2)$, the mean of $|g|$ is 2, and the step goes by $(2, 0, -1, 1)$ times the step size.
#
# - `activations` is a function like those above. `image` has shape `(1, 3, H, W)`, `H` and `W` may differ, and it is float32 or
#   float64; the result has the same shape and dtype.
# - The mean is taken over all numbers of the gradient together, all three colours included.
# - After the step, clip the result to 0..1: a picture can't be brighter than white.
# - Where nothing in the layer is active, the gradient is 0 everywhere: then the picture comes back as it is, and not as NaN.
# - `image` belongs to the caller and is not changed: work on a copy. Detach what you return, so that the next step starts with a
#   new graph, and not at the end of a chain of old ones.


# %% solution="dream_step"
def dream_step(image, activations, step_size):
    """One step of gradient ascent on half the sum of squared activations of image, in units of pixels.

    image: (1, 3, H, W) in 0..1. activations: a function from an image to a tensor. step_size: a number.
    Returns the new image, of the same shape and dtype, in 0..1.
    """
    ### BEGIN SOLUTION
    pixels = image.detach().clone().requires_grad_()
    strength = 0.5 * (activations(pixels) ** 2).sum()
    (gradient,) = torch.autograd.grad(strength, pixels)
    size = gradient.abs().mean()
    if size > 0:
        gradient = gradient / size
    image = (image.detach() + step_size * gradient).clamp(0, 1)
    ### END SOLUTION
    return image


# %% grades="dream_step"
check("dream_step")

# %% [markdown]
# Thirty steps on a photograph, for three layers. The loop does two more things. Before each step it rolls the picture by a few pixels and afterwards
# back (*jitter*): a net with pooling has a grid in it, a pattern that sits just right on the grid would win everywhere, and you would see squares. And
# after each step it smooths what was dreamt a little, for nothing pleases a small net more than a fine checkerboard.

# %%
KERNEL = torch.tensor([1.0, 2.0, 1.0])
KERNEL = (KERNEL[:, None] * KERNEL / 16).expand(3, 1, 3, 3)


def dream_at_one_size(image, activations, steps, step_size=0.025, jitter=8, smooth=0.4, seed=0):
    """Many steps, each on the picture rolled by a few pixels, and smoothed a little."""
    generator = torch.Generator().manual_seed(seed)
    photo = image
    for _ in range(steps):
        dy, dx = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
        image = dream_step(image.roll((dy, dx), (2, 3)), activations, step_size).roll((-dy, -dx), (2, 3))
        dreamt = image - photo
        blurred = F.conv2d(F.pad(dreamt, (1, 1, 1, 1), mode="replicate"), KERNEL, groups=3)
        image = (photo + (1 - smooth) * dreamt + smooth * blurred).clamp(0, 1)
    return image


show(
    {"the photograph": sky}
    | {
        name: dream_at_one_size(sky, layer_of(net, name), steps=30)
        for name in ("relu1_2", "relu2_2", "relu3_1")
    }
)

# %% [markdown]
# The first layers dream of edges and dots, the later ones of larger things. All of it is small, though, and equally small. A unit of the last layer sees a window of 32 pixels, so nothing
# that it dreams of can be larger than that. How do we get dreams that fill the sky?

# %% [markdown]
# ## 3. Octaves (1 point)
#
# Don't make the window larger: make the picture smaller. Dream on a small copy first, enlarge what came out, and dream
# finer things into that. Each size is called an *octave*, after music, where an octave is a factor of 2.
#
# Write down the sizes. Octave number $k$ (from 0) has sides that are $\text{scale}^k$ times smaller than the picture:
#
# - the result is a list of pairs of whole numbers `(height, width)`, the **smallest first**, with `octaves` entries: the last one is
#   the picture's own size;
# - each side is computed from the picture's side, divided by the power of the scale, and **then** rounded once to the nearest whole
#   number (halves don't occur in the tests). Height and width may differ;
# - no side gets below 8 pixels, where the net would have nothing left to look at: what would be smaller is 8;
# - `octaves` may be 1, `scale` is any number above 1, such as 1.4 or 2.
#
# With `octave_sizes(150, 200, 3, 1.4)` that is `[(77, 102), (107, 143), (150, 200)]`.


# %% solution="octave_sizes"
def octave_sizes(height, width, octaves, scale):
    """The sizes at which to dream, smallest first.

    Returns a list of `octaves` pairs (height, width); the last is the size of the picture.
    """
    sizes = []
    ### BEGIN SOLUTION
    for k in reversed(range(octaves)):
        sizes.append((max(8, round(height / scale**k)), max(8, round(width / scale**k))))
    ### END SOLUTION
    return sizes


# %% grades="octave_sizes"
check("octave_sizes")

# %% [markdown]
# What is passed on from one octave to the next is only the **detail**, the dream minus the photograph at that size. The enlarged
# photograph would be blurred; this way every octave begins with a sharp one.


# %%
def resize(image, size):
    return F.interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)


def deep_dream(image, activations, octaves, scale=1.5, steps=15):
    """Dream at several sizes, the smallest first, and carry the detail on."""
    sizes = octave_sizes(image.shape[2], image.shape[3], octaves, scale)
    detail = torch.zeros_like(resize(image, sizes[0]))
    for size in sizes:
        photo = resize(image, size)
        dream = dream_at_one_size((photo + resize(detail, size)).clamp(0, 1), activations, steps)
        detail = dream - photo
    return dream


show(
    {
        f"{octaves} octave{'s' if octaves > 1 else ''}": deep_dream(
            sky, layer_of(net, "relu3_1"), octaves, steps=20
        )
        for octaves in (1, 2, 3, 4)
    },
    columns=2,
    width=4.6,
)

# %% [markdown]
# With every octave the dream gets larger things to build from, and the smaller ones grow on them. Compare what other layers make of
# another picture:

# %%
cat = photograph("cat", 220)
show(
    {
        f"{name}, {octaves} octaves": deep_dream(cat, layer_of(net, name), octaves)
        for name, octaves in [("relu2_1", 3), ("relu2_2", 3), ("relu3_1", 3), ("relu3_2", 4)]
    },
    columns=2,
    width=4.6,
)

# %% [markdown]
# This net has only ever seen bricks, gravel, galaxies and a few other things, so its dreams are of textures. The famous
# pictures full of dogs come from a net that had learned to tell 120 breeds of dogs apart. **A dream says more about the dreamer than about
# the picture.**
#
# ## 4. How large is a dream? (0.5 points)
#
# A unit of `relu2_2` sees a window of 14 × 14 pixels (3 × 3, 5 × 5, then pooling, which doubles every further step: 6, 10, 14). We dream with
# 3 octaves at a scale of 1.5. How many pixels of the *final* picture does one side of that window cover when it is dreamt in the **first**, smallest
# octave?

# %% solution="answer_window_in_pixels"
answer_window_in_pixels = ...  # replace the dots by a number, or an expression such as 3 * 7
### BEGIN SOLUTION
answer_window_in_pixels = 14 * 1.5**2
### END SOLUTION

# %% grades="answer_window_in_pixels"
check("answer_window_in_pixels")

# %% [markdown]
# ## 5. More wall from a little wall
#
# A *texture* is a picture that looks alike everywhere without ever repeating. You have a small piece, and want a large
# one. Efros and Leung (1999) grow it pixel by pixel. For the next pixel, look at its neighbours, as far as they are there already. Search
# the small piece for all the places where the neighbours look nearly the same, draw one of these places by lot, and copy the pixel in
# its middle. There is no model of bricks, no statistics, no training: the picture itself is the model.
#
# All the knowledge is in one question: **how alike are two neighbourhoods, when one of them still has holes?**
#
# ### 5.1 Neighbourhoods with holes (1.5 points)
#
# - `windows` has shape `(P, C, w, w)`: all windows of the small piece. `around` has shape `(C, w, w)`: what is known around the new
#   pixel. `weights`, shape `(w, w)`, says how much each place counts: 0 where nothing is known yet, else more the nearer to the middle;
# - the distance is the **weighted mean** of the squared differences, where those of the C colours of a pixel are added up:
#
# $$d_p = \frac{\sum_{y,x} w_{yx} \sum_c (\text{windows}_{pcyx} - \text{around}_{cyx})^2}{\sum_{y,x} w_{yx}}$$
#
# - the result has one number for each window, shape `(P,)`. `P` and `C` may be 1;
# - what stands in `around` where the weight is 0 may be any number, and has no influence. At least one weight is above 0;
# - tensors are float32 or float64, and are not changed.
#
# By hand, for one colour and windows of a single row: the window $(1, 5, 9)$ and the neighbourhood $(3, 5, ?)$ with weights $(1, 3, 0)$ are
# $(1 \cdot 4 + 3 \cdot 0)/4 = 1$ apart.


# %% solution="neighbour_distances"
def neighbour_distances(windows, around, weights):
    """How far each window is from a neighbourhood, where the weights say what is known of it.

    windows: (P, C, w, w). around: (C, w, w). weights: (w, w). Returns (P,).
    """
    ### BEGIN SOLUTION
    squares = (windows - around).square().sum(dim=1)  # (P, w, w)
    distances = (squares * weights).sum(dim=(1, 2)) / weights.sum()
    ### END SOLUTION
    return distances


# %% grades="neighbour_distances"
check("neighbour_distances")

# %% [markdown]
# Here is the rest: a bell of weights, an order of the pixels (from the middle outwards, in rings), and the lot among all places that
# are at most 10 % worse than the best.


# %%
def rings(size):
    """The pixels of a square, from the middle outwards."""
    places = [(y, x) for y in range(size) for x in range(size)]
    middle = size // 2

    def ring_and_angle(place):
        dy, dx = place[0] - middle, place[1] - middle
        return max(abs(dy), abs(dx)), np.arctan2(dy, dx)

    return sorted(places, key=ring_and_angle)


def grow(texture, size, window, seed=0):
    """A picture (1, 3, size, size) that is grown from a texture (1, 3, h, w)."""
    generator = torch.Generator().manual_seed(seed)
    windows = F.unfold(texture, window)[0].T.reshape(-1, 3, window, window)
    half = window // 2
    place = torch.arange(window) - half
    bell = torch.exp(-(place[:, None] ** 2 + place**2) / (2 * (window / 6.4) ** 2))
    canvas = torch.zeros(3, size + 2 * half, size + 2 * half)
    known = torch.zeros(canvas.shape[1:])
    for count, (y, x) in enumerate(rings(size)):
        here = slice(y, y + window), slice(x, x + window)
        if count == 0:
            pick = torch.randint(len(windows), (1,), generator=generator)
        else:
            distances = neighbour_distances(windows, canvas[:, *here], bell * known[here])
            good = torch.nonzero(distances <= 1.1 * distances.min() + 1e-9)[:, 0]
            pick = good[torch.randint(len(good), (1,), generator=generator)]
        canvas[:, y + half, x + half] = windows[pick[0], :, half, half]
        known[y + half, x + half] = 1
    return canvas[None, :, half:-half, half:-half]


pieces = {
    "bricks": photograph("brick", 128)[..., 20:52, 20:52],
    "grass": photograph("grass", 170)[..., 60:92, 30:62],
    "mosaic": drawn_styles(112)["mosaic"][..., 40:72, 40:72],
}
start = time.perf_counter()
pictures = {}
for name, piece in pieces.items():
    pictures[f"{name}: the piece"] = F.pad(piece, (12, 12, 12, 12), value=1.0)
    pictures[f"{name}: grown"] = grow(piece, 56, window=9)
print(f"{time.perf_counter() - start:.0f} seconds for {3 * 56 * 56} pixels")
show(pictures, columns=6, width=1.9)

# %% [markdown]
# The bricks are laid as in the piece and the grass is grass, though nobody said a word about either. The mosaic goes wrong, and it is worth seeing how. Its tiles
# are wider than the window of 9 pixels. In the middle of a red tile every plain red window fits perfectly, and how far away the edge
# was, nobody remembers: so the red goes on for ever.
#
# ## 6. The one setting
#
# How large should the window be, then? Here is the same piece of wall with four of them.

# %%
show(
    {"the piece": F.pad(pieces["bricks"], (12, 12, 12, 12), value=1.0)}
    | {f"window {window}": grow(pieces["bricks"], 56, window=window, seed=1) for window in (3, 5, 11, 17)},
    columns=5,
    width=2.2,
)

# %% [markdown]
# The window is the machine's memory of what a wall is: with 3 pixels it knows lines, with 11 it knows bricks. Now think of the opposite end: the window is made **nearly as large as
# the piece** (27 pixels of 32, say). What do you expect of the grown picture? (0.5 points)
#
# - `"a"`: noise, because nothing fits so many neighbours at once
# - `"b"`: long stretches copied word for word from the piece, because few windows are left to choose from
# - `"c"`: a blurred mean of all bricks, because many windows are averaged
# - `"d"`: the same as with a window of 11, because far pixels have a weight of nearly 0

# %% solution="answer_large_window"
answer_large_window = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_large_window = "b"
### END SOLUTION

# %% grades="answer_large_window"
check("answer_large_window")

# %% [markdown]
# Both halves of this notebook ask the same question: what is a picture made of? One asks a net, and gets its patterns at
# every size; the other looks up neighbourhoods, and gets exactly what was there. The next step joins them: describe the texture by what a *net*
# finds in it, and look for a picture with the same description. That is where style transfer begins.
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. You may hand in as often as you like before the date.

# %%
HAND_IN = False

if HAND_IN:
    submit("a3x")
