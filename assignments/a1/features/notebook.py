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
# # Image features
#
# **What should a machine look at?** So far it was given everything: all 3072 numbers of a picture, pixel by pixel. That sounds
# generous. It is like being handed a novel as a list of letters with their positions.
#
# When *you* tell grass from gravel you don't look at pixel (17, 5). You notice a colour, the way in which edges run, little
# parts that occur again and again. In this notebook you write down these three observations as numbers, 254 for each
# picture, and hand those to the same simple classifiers as before. How much can that change? Make a guess now: a linear classifier names
# about 35 % of our test pictures correctly when it sees the 3072 pixels. What will it reach with your 254 numbers?
#
# | Part | You write | Points |
# |---|---|---|
# | 2 | colour: the hue, and its histogram | 3 + 4 |
# | 3 | edges: gradients, histograms of cells, HOG | 2 + 5 + 3 |
# | 4 | from pictures to a matrix of features | 3 |
# | 5 | parts: the two steps of k-means, counting words | 2 + 3 + 3 |
# | 8 | three short questions, checked automatically | 1 + 1 + 1 |
#
# Under each exercise stands a cell with `check(...)`. Run it as often as you like: it says what was called, what came back and
# what was expected. Grading runs more tests of the same kind on other numbers; every special case that they visit is named in
# the exercise's text. While your functions are graded, NumPy is the only library that they can import.

# %%
import warnings

import numpy as np

from cs_lib import data, plots
from cs_lib.check import check, submit

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. The yardstick
#
# `patches10` again: ten photographs, 32 × 32 pixels cut from each of them, mirrored, brightened, darkened or tinted at random.
# Training pictures come from the left part of a photograph and test pictures from the right.

# %%
images = data.load(DATASET, train=3000, val=500, test=1000)
plots.images_by_class(
    images.x_train,
    images.y_train,
    images.classes,
    per_class=12,
    title="Twelve training pictures of each class",
)

# %% [markdown]
# First the number to beat: a linear classifier on pixels. Training is not the topic today, so scikit-learn does it, and
# three lines of our own prepare the data. Every feature is **standardised**: minus its mean, divided by its standard deviation, both
# measured on the *training* pictures. Otherwise a feature counts for more just because its numbers happen to be large.
# `LogisticRegression` is the linear softmax classifier with L2 regularisation; `C` says how freely its weights may grow (it
# is one over the strength of the regularisation), and is chosen on the validation pictures.


# %%
def standardised(train, *others):
    """Features (N, F) with mean 0 and deviation 1; the others are shifted and scaled as the training ones are."""
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-6
    return [((part - mean) / deviation).astype(np.float32) for part in (train, *others)]


def linear_classifier(X, y, X_val, y_val):
    """A softmax classifier trained on X, y: of three, the one that does best on the validation examples."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 60 steps are near enough
        tried = [LogisticRegression(C=C, max_iter=60).fit(X, y) for C in (0.001, 0.01, 0.1)]
    return max(tried, key=lambda classifier: classifier.score(X_val, y_val))


def pixels(pictures):
    """Every picture as a row of pixels."""
    return pictures.reshape(len(pictures), -1).astype(np.float32)


features = {"pixels": [pixels(part) for part in (images.x_train, images.x_val, images.x_test)]}
linear = {}  # the linear classifier on each kind of features

X_train, X_val, _ = standardised(*features["pixels"])
linear["pixels"] = linear_classifier(X_train, images.y_train, X_val, images.y_val)
for name, X, y in [("training", X_train, images.y_train), ("validation", X_val, images.y_val)]:
    print(f"pixels into a linear classifier: {linear['pixels'].score(X, y):.1%} of the {name} pictures")

# %% [markdown]
# It knows the training pictures half by heart and has little to say about new ones. There is one weight for each pixel, so a
# blade of grass that moves by two pixels meets entirely different weights.

# %% [markdown]
# ## 2. Colour
#
# ### 2.1 The colour circle
#
# A shadow falls on a red wall, and all three numbers of its pixels change: (200, 60, 40) becomes (100, 30, 20). It is still
# red to us. Red, green and blue are good for screens. For describing what we see there are better coordinates:
#
# - the **value** is how bright a colour is: the largest of the three numbers, $V = \max(R, G, B)$;
# - the **spread** $S = \max(R, G, B) - \min(R, G, B)$ is how far it is from grey;
# - the **hue** is what remains: the place on a circle that runs from red over yellow, green, cyan, blue and magenta back to red.
#
# The circle has six stretches. On each of them one of R, G, B stays on top, one at the bottom, and the third moves
# between them. That gives the hue in sixths of the circle:
#
# $$6h = \begin{cases} \dfrac{G - B}{S} \bmod 6 & \text{if } R \text{ is the largest} \\
# 2 + \dfrac{B - R}{S} & \text{if } G \text{ is the largest} \\
# 4 + \dfrac{R - G}{S} & \text{if } B \text{ is the largest} \end{cases}$$
#
# Around green, $2 + (B - R)/S$ runs from 1 (yellow) to 3 (cyan). Around blue the numbers run from 3 to 5. Around red they run from
# −1 (magenta) over 0 to 1, and a circle has no −1: the *mod* turns it into 5. (In Python, `-0.25 % 6` is 5.75.)
#
# By hand, for the red wall: $R$ is the largest, $S = 160$, $6h = 20/160 = 0.125$, so $h = 0.0208$. In the shadow: $10/80$, the same.
#
# ### 2.2 The hue of every pixel (3 points)
#
# - `im` has shape `(H, W, 3)`, with red, green and blue in this order; the result has shape `(H, W)`. H and W may differ, and be 1.
# - The hue is a number from 0 up to, but not including, 1: the $h$ above, not the $6h$.
# - A **grey** pixel (R = G = B; black and white too) has no hue. Let it be 0, without a division by zero: no NaN.
# - If two of the three share the largest value, both rules give the same.
# - `im` may hold whole numbers of 8 bits, as our pictures do, or floats of any range (float32 or float64). In 8 bits, 3 − 5 is 254,
#   so make floats of them first. Values of 0 to 255 and of 0 to 1 give the same hue.
# - `im` is read only.


# %% solution="image_hue"
def image_hue(im):
    """The hue of every pixel of an image im: (H, W, 3), as numbers (H, W) from 0 to 1 (excluded); 0 for greys."""
    ### BEGIN SOLUTION
    red, green, blue = np.moveaxis(np.asarray(im, dtype=float), -1, 0)
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    safe = np.where(spread > 0, spread, 1)  # the differences of a grey are 0 anyway
    sixths = np.where(
        value == red,
        (green - blue) / safe % 6,
        np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = sixths / 6
    ### END SOLUTION
    return hue


# %% grades="image_hue"
check("image_hue")

# %% [markdown]
# To see whether the circle closes, give your function a wheel of all colours. What it returns is drawn on the right. Go once
# around: it should rise evenly from 0 to 1, with a single jump, at red.


# %%
def to_rgb(hue, saturation, value):
    """Colours (..., 3) from 0 to 1 of these hues, saturations and values: the way back."""
    from matplotlib.colors import hsv_to_rgb

    return hsv_to_rgb(np.stack(np.broadcast_arrays(hue, saturation, value), axis=-1))


down, across = np.mgrid[-1:1:201j, -1:1:201j]
angle, radius = np.arctan2(-down, across) / (2 * np.pi) % 1, np.hypot(down, across)
wheel = to_rgb(angle, np.minimum(radius, 1), 0.95)
outside = (radius > 1) | (radius < 0.2)

figure = plots.style.new_figure(8.6, 3.6)
(left, right) = figure.subplots(1, 2)
left.imshow(np.where(outside[..., np.newaxis], 1, wheel))
left.set_title("A wheel of colours")
shown = right.imshow(np.ma.masked_array(image_hue(wheel), outside), cmap="cividis", vmin=0, vmax=1)
right.set_title("Its hue, by your function")
for axes in (left, right):
    for sixth, name in enumerate(["red", "yellow", "green", "cyan", "blue", "magenta"]):
        x, y = np.cos(sixth * np.pi / 3), -np.sin(sixth * np.pi / 3)
        axes.text(
            100 + 118 * x, 100 + 112 * y, name, ha="left" if x > 0 else "right", va="center", fontsize=9
        )
    axes.set(xlim=(-50, 250), ylim=(215, -15))
    axes.set_axis_off()
figure.colorbar(shown, ax=right, label="hue (0 to 1)", shrink=0.9)
figure

# %% [markdown]
# ### 2.3 The histogram of hues (4 points)
#
# Where a colour stands in the picture changes with every step that the photographer takes. *How much* of it there is hardly changes.
# So forget the places and count: cut the circle into `nbin` equal pieces and count the pixels in each. That is the first feature.
#
# The function has an interface that is older than this course, and that is why its numbers run to 255:
# - The hues are scaled first: times `xmax`. With `xmax=255`, cyan, halfway round, is at 127.5.
# - `nbin` bins of equal width divide the range from `xmin` to `xmax`. A number on the edge between two bins belongs to the upper one.
# - Scaled hues below `xmin` are **not counted**, in no bin. (The scaling uses `xmax` only; `xmin` leaves it as it is.)
# - `normalized=True`: **shares** of the pixels that were counted, which add up to 1. If no pixel was counted, all of
#   them are 0, not NaN. `normalized=False`: the counts themselves.
# - Greys have hue 0 by our convention, and are counted as such.
# - The result is an array of shape `(nbin,)`. `im` is as in 2.2; its own values need no scaling, since the hue doesn't depend on their range.
#
# `np.histogram` counts well, but read what its arguments mean, and what it returns. Use your `image_hue`.


# %% solution="color_histogram_hsv"
def color_histogram_hsv(im, nbin=10, xmin=0, xmax=255, normalized=True):
    """How often hues occur in an image im: (H, W, 3), in nbin equal bins from xmin to xmax, as (nbin,) numbers.

    normalized: shares of the counted pixels instead of counts.
    """
    ### BEGIN SOLUTION
    hues = image_hue(im) * xmax
    counts, _ = np.histogram(hues, bins=nbin, range=(xmin, xmax))
    histogram = counts / max(counts.sum(), 1) if normalized else counts.astype(float)
    ### END SOLUTION
    return histogram


# %% grades="color_histogram_hsv"
check("color_histogram_hsv")

# %%
figure = plots.style.new_figure(11, 3.9)
panels = figure.subplots(2, 6, height_ratios=[1.3, 1])
for (top, bottom), label in zip(panels.T, (0, 2, 4, 5, 7, 9), strict=True):
    picture = images.x_train[images.y_train == label][1]
    top.imshow(picture)
    top.set_title(images.classes[label])
    top.set_axis_off()
    middles = (np.arange(10) + 0.5) / 10
    bars = to_rgb(middles, 0.8, 0.85)
    bottom.bar(
        middles, color_histogram_hsv(picture), width=0.09, color=bars, edgecolor="black", linewidth=0.5
    )
    bottom.set(ylim=(0, 1), xticks=[0, 0.5, 1], xlabel="hue (0 to 1)", yticks=[0, 1])
panels[1, 0].set_ylabel("share of\npixels")
figure

# %% [markdown]
# Ten numbers instead of 3072, and they don't care whether a picture is mirrored, turned upside down or put in the shade, and hardly whether it is moved.
# They don't care either whether it shows a cat or the cat's fur through a blender.

# %% [markdown]
# ## 3. Edges
#
# ### 3.1 The gradient (2 points)
#
# Draw a thing with a pencil and we recognise it, without any colour: we see edges. An edge is where the brightness changes
# quickly, and which way it changes fastest is the gradient. For pixels, differences do:
#
# $$\text{down}_{ij} = g_{i+1,j} - g_{i-1,j} \qquad\qquad \text{across}_{ij} = g_{i,j+1} - g_{i,j-1}$$
#
# Below and above minus each other, right and left minus each other, with the pixel itself in the middle. (To be an exact slope they
# would have to be halved. We leave that out, as is usual for this feature.)
#
# - `grey` has shape `(H, W)`, with H and W at least 1. Row `i` is counted from the top, so `down` is positive where it gets
#   brighter towards the **bottom**; `across` is positive where it gets brighter towards the **right**.
# - Return `(down, across)`, in this order, each of shape `(H, W)`.
# - The first and the last **row** have no neighbour above or below: `down` is 0 there. The first and the last **column** have
#   `across` 0. But `across` is computed in the first row as anywhere else, and so is `down` in the first column.
# - `grey` may be 8-bit whole numbers, float32 or float64. Mind the 254.


# %% solution="image_gradients"
def image_gradients(grey):
    """Central differences (down, across), each (H, W), of an image grey: (H, W); 0 where a neighbour is missing."""
    ### BEGIN SOLUTION
    grey = np.asarray(grey, dtype=float)
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[1:-1] = grey[2:] - grey[:-2]
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    ### END SOLUTION
    return down, across


# %% grades="image_gradients"
check("image_gradients")

# %%
GREY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look to us


def cup_of_coffee():
    """A photograph of 240 rows and 320 columns."""
    from skimage.data import coffee

    return coffee()[60:300, 140:460]


photograph = cup_of_coffee()
down, across = image_gradients(photograph @ GREY)

figure = plots.style.new_figure(11, 3.2)
panels = figure.subplots(1, 3)
panels[0].imshow(photograph)
panels[0].set_title("A photograph")
for axes, gradient, name in [(panels[1], down, "down"), (panels[2], across, "across")]:
    shown = axes.imshow(gradient, cmap="RdBu_r", vmin=-120, vmax=120)
    axes.set_title(f"Gradient {name}")
figure.colorbar(shown, ax=panels[1:], label="difference in brightness (of 255)", shrink=0.8)
for axes in panels:
    axes.set_axis_off()
figure

# %% [markdown]
# Red and blue rims: each edge appears where the gradient crosses it, and vanishes where it runs along. Look at the rim of
# the cup: it is bold in one picture where it is faint in the other.
#
# ### 3.2 Which way, and how strongly? (5 points)
#
# From the two differences follow, for each pixel, the **magnitude** $\sqrt{\text{down}^2 + \text{across}^2}$ and the
# **orientation**, the angle of the arrow (across, down). An edge between a dark cup and a light table should count like one between a light
# cup and a dark table. So opposite arrows are the same to us, and an orientation lies between 0 and 180 degrees ("unsigned").
#
# | across | down | arrow | orientation | bin of 9 |
# |---|---|---|---|---|
# | 1 | 0 | to the right | 0° | 0 |
# | −1 | 0 | to the left | 180°, that is 0° | 0 |
# | 0 | 1 | to the bottom | 90° | 4 |
# | 1 | 1 | to the lower right | 45° | 2 |
# | 1 | −1 | to the upper right | −45°, that is 135° | 6 |
#
# `np.arctan2` gives the angle between −π and π of an arrow, whatever its direction. Look up which argument comes first, and in which unit
# the answer is.
#
# Now the same idea as for colours: count. But not over the whole picture, since a wheel has its edges in other places than a tree. Divide the picture
# into **cells** of 8 × 8 pixels and make a histogram for each: *about here, edges run about that way.* And not every pixel should count the same:
# a clear edge matters, a little noise on a wall does not. So each pixel adds its **magnitude** to the bin of its orientation.
#
# - Compute the gradients of the **whole** image first (with `image_gradients`), and cut into cells afterwards: a pixel at the rim of a cell has neighbours in the next one.
# - Cell `(r, c)` holds the rows from `r * cell` and the columns from `c * cell`. Pixels to the right of or below the last whole cell are left
#   out. The result has shape `(H // cell, W // cell, bins)`. H and W may differ; both are at least `cell`.
# - The range from 0° to 180° is divided into `bins` equal bins that begin at 0°: for nine bins, bin 0 holds the
#   orientations from 0° up to, but not including, 20°. Angles of 180° count as 0°.
# - An entry is the sum of the magnitudes of the cell's pixels in that bin, divided by the number of **all** pixels in
#   the cell, `cell * cell`. Nothing else is normalised.
# - `grey` is as in 3.1. Other values of `cell` and `bins` are tested too.


# %% solution="cell_histograms"
def cell_histograms(grey, cell=8, bins=9):
    """Histograms of the gradients' orientation in each cell of an image grey: (H, W), weighted by magnitude.

    Returns (H // cell, W // cell, bins).
    """
    ### BEGIN SOLUTION
    down, across = image_gradients(grey)
    magnitude = np.hypot(down, across)
    degrees = np.rad2deg(np.arctan2(down, across)) % 180
    which = (degrees * bins / 180).astype(int) % bins  # rounding may give 180 degrees, which are 0
    rows, columns = magnitude.shape[0] // cell, magnitude.shape[1] // cell
    histograms = np.zeros((rows, columns, bins))
    for r in range(rows):
        for c in range(columns):
            here = np.s_[r * cell : (r + 1) * cell, c * cell : (c + 1) * cell]
            sums = np.bincount(which[here].ravel(), magnitude[here].ravel(), minlength=bins)
            histograms[r, c] = sums / cell**2
    ### END SOLUTION
    return histograms


# %% grades="cell_histograms"
check("cell_histograms")

# %% [markdown]
# A feature that can be drawn can be understood. In each cell we draw nine short lines **along the edge** (at a right angle to the
# gradient), the longer and darker the more edge of this kind there is. (They show the root of the numbers, or faint edges could not be seen.)


# %%
def draw_glyphs(axes, histograms, cell=8, color="black", width=1.5):
    """Draw cell histograms (rows, columns, bins) as a little star of edges in each cell."""
    from matplotlib.collections import LineCollection

    rows, columns, bins = histograms.shape
    strength = np.sqrt(histograms / max(np.quantile(histograms.max(axis=-1), 0.98), 1e-9))
    lines, opacities = [], []
    for r, c, b in np.ndindex(rows, columns, bins):
        along = np.deg2rad((b + 0.5) * 180 / bins + 90)
        step = 0.47 * cell * min(strength[r, c, b], 1) * np.array([np.cos(along), np.sin(along)])
        middle = np.array([c + 0.5, r + 0.5]) * cell - 0.5
        lines.append([middle - step, middle + step])
        opacities.append(min(strength[r, c, b], 1))
    axes.add_collection(LineCollection(lines, colors=color, linewidths=width, alpha=opacities))
    axes.set(xlim=(-0.5, columns * cell - 0.5), ylim=(rows * cell - 0.5, -0.5), aspect="equal")
    axes.set_axis_off()


y, x = np.mgrid[:96, :96]
disc = 255.0 * (np.hypot(x - 47.5, y - 47.5) < 34)
stripes = 127 + 100 * np.sin((x + 0.6 * y) / 3)
figure = plots.style.new_figure(11, 3)
panels = figure.subplots(1, 4)
for (before, after), picture, name in [(panels[:2], disc, "A disc"), (panels[2:], stripes, "Stripes")]:
    before.imshow(picture, cmap="gray", vmin=0, vmax=255)
    before.set_title(name)
    before.set_axis_off()
    draw_glyphs(after, cell_histograms(picture))
    after.set_title("its cells")
figure

# %% [markdown]
# Where a cell holds one straight edge, there is one line; where the disc's rim bends, a narrow fan; inside and outside nothing. Every cell of
# the stripes says the same, although not two cells are alike pixel by pixel. If your picture
# has its lines *across* the rim instead of along, down and across have changed places.
#
# ### 3.3 HOG: the cells in a row (3 points)
#
# The feature is called **HOG**, *histogram of oriented gradients*, and was invented in 2005 for finding pedestrians. Ours is its simplest form.
#
# - `im` is a colour image `(H, W, 3)` or already grey, `(H, W)`; whole numbers of 8 bits or floats. H and W may differ and
#   need not be multiples of 8.
# - Colour becomes grey by the weights that fit our eyes: `0.299 * red + 0.587 * green + 0.114 * blue`, as floats, not rounded.
# - Then cells of 8 × 8 pixels with 9 bins, put into **one flat array**: the cells row by row from the upper left one, and for
#   each cell its nine bins in order. That is the order of `.ravel()`. Its length is `(H // 8) * (W // 8) * 9`.
# - `im` is read only.


# %% solution="hog_feature"
def hog_feature(im):
    """HOG of an image im: (H, W, 3) in colour or (H, W) grey, as a flat array of (H // 8) * (W // 8) * 9 numbers."""
    ### BEGIN SOLUTION
    im = np.asarray(im)
    grey = im @ np.array([0.299, 0.587, 0.114]) if im.ndim == 3 else im
    feature = cell_histograms(grey, cell=8, bins=9).ravel()
    ### END SOLUTION
    return feature


# %% grades="hog_feature"
check("hog_feature")

# %%
feature = hog_feature(photograph)
print(
    f"HOG of a {photograph.shape[1]} x {photograph.shape[0]} picture: 40 * 30 * 9 = {len(feature):,} numbers"
)
print(f"HOG of one of our pictures: 4 * 4 * 9 = {len(hog_feature(images.x_train[0]))} numbers")

figure = plots.style.new_figure(11, 4.6)
panels = figure.subplots(1, 2)
panels[0].imshow(photograph)
panels[0].set_axis_off()
panels[0].set_title("What we see")
draw_glyphs(panels[1], feature.reshape(30, 40, 9), width=1)
panels[1].set_title("What HOG keeps of it")
figure

# %% [markdown]
# The cup with its rim, the saucer and the coffee's edge can be made out without the photograph. Colour is gone, so is the pattern inside
# each cell, and still a good part of *what is where* is there.
#
# Our little pictures have 4 × 4 cells only. Here are six of them, with their edges drawn on top:

# %%
figure = plots.style.new_figure(11, 2.3)
panels = figure.subplots(1, 6)
for axes, label in zip(panels, (0, 2, 3, 4, 8, 9), strict=True):
    picture = images.x_train[images.y_train == label][1]
    axes.imshow(0.45 * (picture @ GREY) + 140, cmap="gray", vmin=0, vmax=255)
    draw_glyphs(axes, hog_feature(picture).reshape(4, 4, 9), color=plots.style.VERMILION, width=2)
    axes.set_title(images.classes[label])
figure

# %% [markdown]
# ## 4. From pictures to a matrix (3 points)
#
# A classifier wants one row for each picture. Write the function that calls any number of feature functions on any number of pictures.
#
# - `imgs` holds N pictures: an array `(N, H, W, 3)`, or a list of such pictures. N may be 1.
# - `feature_fns` is a list of functions. Each takes one picture and returns a **flat array**; different functions return different numbers of
#   features, but each one the same number for every picture. There may be only one function.
# - The result is an array of shape `(N, F)`: row `i` belongs to picture `i`, and in it stand the features of the first function, then those of the second,
#   and so on, in the order of the list. F is the sum of their lengths.
# - Some functions return whole numbers, others fractions: no fraction may be lost, whichever comes first in the list.
# - `verbose=True` may print how far it has come. It changes nothing in the result.
#
# Two more small features are given, since they are handy for trying it out. Keep them: grading uses them too.


# %%
def mean_color(im):
    """The average red, green and blue of an image: three numbers."""
    return np.asarray(im, dtype=float).mean(axis=(0, 1))


def bright_pixels(im):
    """How many red, green and blue values are above 127: one whole number, as an array of length 1."""
    return np.array([np.count_nonzero(np.asarray(im) > 127)])


# %% solution="extract_features"
def extract_features(imgs, feature_fns, verbose=False):
    """All features of all images, as a matrix (N, F).

    imgs: N images. feature_fns: functions from an image to a flat array; F is the sum of their lengths.
    """
    ### BEGIN SOLUTION
    rows = []
    for i, im in enumerate(imgs):
        rows.append(np.concatenate([function(im) for function in feature_fns]))
        if verbose and (i + 1) % 1000 == 0:
            print(f"{i + 1} of {len(imgs)} pictures done")
    features = np.stack(rows)
    ### END SOLUTION
    return features


# %% grades="extract_features"
check("extract_features")

# %% [markdown]
# Now the first comparison. Same classifier, same pictures, other numbers:

# %%
for name, functions in [("colour", [color_histogram_hsv]), ("HOG", [hog_feature])]:
    features[name] = [
        extract_features(part, functions) for part in (images.x_train, images.x_val, images.x_test)
    ]
features["colour + HOG"] = [np.hstack(both) for both in zip(features["colour"], features["HOG"], strict=True)]

for name, parts in features.items():
    X_train, X_val, _ = standardised(*parts)
    if name not in linear:
        linear[name] = linear_classifier(X_train, images.y_train, X_val, images.y_val)
    accuracy = linear[name].score(X_val, images.y_val)
    print(f"{name:13} {X_train.shape[1]:5} numbers: {accuracy:.1%} of the validation pictures")

# %% [markdown]
# Colour alone falls short of the pixels, with ten numbers against 3072. HOG alone is ahead of them with 144. Together they are
# clearly better than either: **each sees what the other one is blind to.** That is why features are put side by side.

# %% [markdown]
# ## 5. Parts: a bag of visual words
#
# Both features so far were thought up by people. The third one is **learned from the pictures**, although nobody tells it what they
# show. Whether that is what makes it good, part 6 will test.
#
# The idea is borrowed from texts. To find out what an article is about, it often suffices to count words: many *goals* and *referees*,
# it's football. The order of the words plays no part; they may be shaken in a bag. What would be the words of a picture? Small pieces, 6 × 6 pixels: a bit of
# edge, a corner, a dot, a patch of green. There are endlessly many of them, so similar ones have to count as the same word:
#
# 1. cut a great many patches out of the training pictures at random;
# 2. sort them into 100 heaps of similar ones. The mean of each heap is a **visual word**, all of them are the **codebook**;
# 3. describe a picture by the share of its patches that belong to each word: 100 numbers.
#
# Three helpers are given. `same_contrast` takes each patch's mean away and divides by its deviation, so that a word means a pattern
# and not its brightness.

# %%
PATCH = 6  # pixels


def random_patches(pictures, count, size, rng):
    """Patches of size x size from random places of random pictures (N, H, W, 3), as (count, size * size * 3)."""
    which = rng.integers(0, len(pictures), count)
    top = rng.integers(0, pictures.shape[1] - size + 1, count)
    left = rng.integers(0, pictures.shape[2] - size + 1, count)
    return np.stack(
        [pictures[n, i : i + size, j : j + size].ravel() for n, i, j in zip(which, top, left, strict=True)]
    )


def image_patches(im, size, stride):
    """All patches of size x size of a picture (H, W, 3), one every stride pixels, as (count, size * size * 3)."""
    windows = np.lib.stride_tricks.sliding_window_view(im, (size, size), axis=(0, 1))[::stride, ::stride]
    return windows.transpose(0, 1, 3, 4, 2).reshape(-1, size * size * im.shape[2])


def same_contrast(patches):
    """Patches (N, D), each minus its mean and divided by its deviation (a little more, so that noise stays small)."""
    patches = np.asarray(patches, dtype=float)
    centred = patches - patches.mean(axis=1, keepdims=True)
    return centred / np.sqrt(patches.var(axis=1, keepdims=True) + 10)


rng = np.random.default_rng(0)
raw_patches = random_patches(images.x_train, 10_000, PATCH, rng)
patches = same_contrast(raw_patches)
plots.image_grid(
    raw_patches[:60].reshape(-1, PATCH, PATCH, 3),
    columns=20,
    tile=0.42,
    title="Sixty of 10,000 random patches",
)

# %% [markdown]
# Sorting into heaps is called *clustering*, and **k-means** is one of the oldest ways of doing it, and still in use everywhere. Begin with any 100 patches as words. Then repeat
# two steps:
# - **assign**: every patch goes to the nearest word;
# - **update**: every word moves to the mean of its patches.
#
# Neither step can make the sum of squared distances between the patches and their words larger. So it goes down until nothing changes any more.
#
# ### 5.1 Assign (2 points)
#
# - `patches` has shape `(N, D)`, `words` has shape `(k, D)`. N may be smaller than k, and each of N, D, k may be 1.
# - The answer is an array of N whole numbers: for each patch the **index** of the word at the smallest Euclidean (L2) distance, counted from 0.
# - Equal distances don't occur in the tests.
# - Inputs are float32 or float64, and are read only.
#
# For our data an array of all differences, `(N, k, D)`, would take 0.9 GB. Use a loop over the words, or the matrix product by
# which all pairs of distances can be found without any loop: $\|p - w\|^2 = \|p\|^2 - 2\, p \cdot w + \|w\|^2$. (Does a term that is the same
# for all words change which word is nearest?)


# %% solution="assign_words"
def assign_words(patches, words):
    """The index (N,) of the word, of words: (k, D), that is nearest to each of the patches: (N, D)."""
    ### BEGIN SOLUTION
    squares = np.sum(words**2, axis=1) - 2 * patches @ words.T  # plus |p|^2, the same for all words
    nearest = np.argmin(squares, axis=1)
    ### END SOLUTION
    return nearest


# %% grades="assign_words"
check("assign_words")

# %% [markdown]
# ### 5.2 Update (3 points)
#
# - `nearest` is what `assign_words` returned: N whole numbers from 0 to k − 1.
# - Return the new words, shape `(k, D)`: row `j` is the mean of the patches with `nearest == j`.
# - It happens that a word is nearest to **no** patch, the last word too. There is no mean of nothing: such a word stays where it is, unchanged.
# - `words` belongs to the caller: return a **new** array, and leave `words` and `patches` as they are.
# - `words` may be stored as whole numbers. The means are fractions all the same.


# %% solution="update_words"
def update_words(patches, nearest, words):
    """New words (k, D): each is the mean of its patches (N, D), and stays as it is in words if it has none.

    nearest: (N,), the index of each patch's word.
    """
    ### BEGIN SOLUTION
    new_words = np.array(words, dtype=np.result_type(patches, np.float32))
    for j in range(len(words)):
        if np.any(nearest == j):
            new_words[j] = patches[nearest == j].mean(axis=0)
    ### END SOLUTION
    return new_words


# %% grades="update_words"
check("update_words")

# %%
words = patches[:100].copy()
errors = []
for _ in range(25):
    nearest = assign_words(patches, words)
    errors.append(np.mean(np.sum((patches - words[nearest]) ** 2, axis=1)) / patches.shape[1])
    words = update_words(patches, nearest, words)

figure = plots.style.new_figure(7, 3)
axes = figure.subplots()
axes.plot(range(1, 26), errors, "o-", color=plots.style.BLUE)
axes.set(
    xlabel="round of k-means",
    ylabel="mean squared distance\n(per number of a patch)",
    title="It only ever goes down",
)
plots.style.light_grid(axes)
figure

# %% [markdown]
# If a curve of k-means ever rises, there is a mistake in one of the two steps: that is a theorem, and a good test. Here are the words, the most frequent ones first:

# %%
often = np.argsort(-np.bincount(assign_words(patches, words), minlength=len(words)))
plots.image_grid(
    words[often].reshape(-1, PATCH, PATCH, 3),
    columns=20,
    tile=0.42,
    rescale=True,
    title="A hundred visual words, each in full contrast",
)

# %% [markdown]
# Nobody has told k-means that there is such a thing as an edge. Yet it found them: light to dark in all directions, thin lines, corners, spots,
# patches of a colour. Patches of photographs simply *are* mostly like that. Keep this picture in mind. When we train networks with
# millions of weights, their first layer will look much like it.
#
# ### 5.3 Count the words of a picture (3 points)
#
# - Cut the picture into patches of `size` × `size` pixels, one every `stride` pixels (`image_patches`), bring them to equal contrast
#   (`same_contrast`), and find the nearest word of each.
# - The result has shape `(k,)`, as many numbers as there are words, in their order: the **share** of the picture's patches that belong to each word. The
#   shares add up to 1. Words that don't occur in the picture get 0, the last one too.
# - `im` has shape `(H, W, 3)`, 8-bit numbers or floats, and is read only. H and W may differ. `size` and `stride` are not always 6 and 2, and k is not always 100.


# %% solution="encode"
def encode(im, words, size=6, stride=2):
    """The share (k,) of the patches of a picture im: (H, W, 3) that belong to each of the words: (k, size * size * 3)."""
    ### BEGIN SOLUTION
    nearest = assign_words(same_contrast(image_patches(im, size, stride)), words)
    shares = np.bincount(nearest, minlength=len(words)) / len(nearest)
    ### END SOLUTION
    return shares


# %% grades="encode"
check("encode")


# %%
def word_shares(im):
    """The bag of visual words of a picture, with our codebook."""
    return encode(im, words)


features["words"] = [
    extract_features(part, [word_shares]) for part in (images.x_train, images.x_val, images.x_test)
]
features["all together"] = [
    np.hstack(three) for three in zip(features["colour"], features["HOG"], features["words"], strict=True)
]

shares = features["words"][0]
by_class = np.stack([shares[images.y_train == label].mean(axis=0) for label in range(len(images.classes))])
special = np.argsort(-(by_class - shares.mean(axis=0)) / np.sqrt(shares.mean(axis=0) + 1e-3), axis=1)[:, :12]
plots.images_by_class(
    words[special.ravel()].reshape(-1, PATCH, PATCH, 3),
    np.repeat(np.arange(len(images.classes)), 12),
    images.classes,
    per_class=12,
    rescale=True,
    tile=0.45,
    title="The words that speak for each class",
)

# %% [markdown]
# These are the words that occur much more often in a class than elsewhere. Compare them with the pictures of part 1. Some are easy to translate: blue sky and thin
# bars for the rocket, specks on black for the galaxies, colourless spots and edges in all directions for grass and gravel. Bricks have flat pieces in any tint, and light joints.

# %% [markdown]
# ## 6. What do features buy?
#
# Everything is ready for the comparison that this notebook is about. Six ways to describe a picture; two classifiers, a linear
# one and a small network with one hidden layer of 100 units. All choices are made, so the test pictures may come out, once.


# %%
def small_net(X, y):
    """A network with 100 hidden units, trained until a tenth of the examples, kept apart, gets no better."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier((100,), alpha=1, early_stopping=True, n_iter_no_change=8, max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return net.fit(X, y)


accuracies = {}
for name, parts in features.items():
    X_train, X_val, X_test = standardised(*parts)
    if name not in linear:
        linear[name] = linear_classifier(X_train, images.y_train, X_val, images.y_val)
    net = small_net(X_train, images.y_train)
    accuracies[name] = [linear[name].score(X_test, images.y_test), net.score(X_test, images.y_test)]
predicted = net.predict(X_test)  # by the last one: the net that sees all features

order = ["pixels", "colour", "HOG", "colour + HOG", "words", "all together"]
figure = plots.style.new_figure(9, 4.4)
axes = figure.subplots()
for i, (name, color, hatch) in enumerate(
    [("linear classifier", plots.style.BLUE, ""), ("small net", plots.style.ORANGE, "//")]
):
    drawn = axes.barh(
        np.arange(6) + 0.38 * i - 0.19,
        [100 * accuracies[key][i] for key in order],
        height=0.36,
        color=color,
        hatch=hatch,
        edgecolor="white",
        label=name,
    )
    axes.bar_label(drawn, fmt="%.0f %%", padding=4)
axes.axvline(10, color="black", linestyle=":", label="guessing")
axes.set(
    yticks=np.arange(6),
    yticklabels=[f"{key}\n({features[key][0].shape[1]:,} numbers)" for key in order],
    xlabel="test pictures named correctly (%)",
    xlim=(0, 88),
    title="The same pictures, seen in six ways",
)
axes.invert_yaxis()
axes.legend(loc="upper right", frameon=False)
plots.style.light_grid(axes, "x")
figure

# %% [markdown]
# How good was your guess? The linear classifier doubles its score, from a twelfth of the numbers.
#
# - **The features matter more than the classifier.** A linear classifier on words beats the network on pixels by far. Changing what
#   it sees did more than changing what it is.
# - **Less is more.** The 3072 pixels hold all the information, the words' included, since words are computed from pixels. The information was
#   there. It was not where a linear classifier could reach it.
# - **Don't read too much into small differences.** Of 1000 pictures some 70 % are right: with another 1000, that would easily be 1 or 2 percent more or
#   less. Whether colour and HOG add anything to the words, this picture does not tell.
#
# (Most scores are lower than on the validation pictures. Those come from the same part of each photograph as the training pictures and overlap with them.)
#
# ### What was it that helped?
#
# The words are far ahead. Why? It is tempting to answer at once: because they were *learned*. But they differ from HOG in several ways. They see colour. They are counted over
# the whole picture, wherever they stand. And they were learned by k-means. To find out what matters, change **one thing at a time**:
#
# - *learning*: take random patches for words, without any k-means; or even random numbers;
# - *colour*: learn the words from grey pictures;
# - *place*: add up HOG's 16 cells, so that of 144 numbers 9 remain.
#
# Each codebook is made three times, with other random numbers, because one lucky draw proves nothing. Guess first: which change costs most?


# %%
def in_grey(pictures):
    """Pictures (N, H, W, 3) without colour: red, green and blue are the same."""
    return np.repeat((pictures @ GREY)[..., np.newaxis], 3, axis=-1)


def k_means(points, k, rounds=15):
    """The words after some rounds of k-means."""
    found = points[:k].copy()
    for _ in range(rounds):
        found = update_words(points, assign_words(points, found), found)
    return found


def validation_accuracy(functions, train, val):
    """Of a linear classifier on the features that the functions give, trained on half of the training pictures."""
    X_train, X_val = standardised(extract_features(train, functions), extract_features(val, functions))
    y = images.y_train[: len(train)]
    return linear_classifier(X_train, y, X_val, images.y_val).score(X_val, images.y_val)


def with_codebook(make, seed, convert=np.asarray):
    """Validation accuracy with 100 words that are made of 5000 random patches."""
    rng = np.random.default_rng(seed)
    train, val = convert(images.x_train[:1500]), convert(images.x_val)
    codebook = make(same_contrast(random_patches(train, 5000, PATCH, rng)), rng)
    return validation_accuracy([lambda im: encode(im, codebook)], train, val)


def hog_without_places(im):
    """HOG, added up over all cells: nine numbers."""
    return hog_feature(im).reshape(-1, 9).sum(axis=0)


trials = {
    "words by k-means": [with_codebook(lambda p, rng: k_means(p, 100), seed) for seed in (1, 2, 3)],
    "words are random patches": [with_codebook(lambda p, rng: p[:100], seed) for seed in (1, 2, 3)],
    "words are random numbers": [
        with_codebook(lambda p, rng: rng.standard_normal((100, p.shape[1])), seed) for seed in (1, 2, 3)
    ],
    "words by k-means, in grey": [
        with_codebook(lambda p, rng: k_means(p, 100), seed, in_grey) for seed in (1, 2, 3)
    ],
    "HOG": [validation_accuracy([hog_feature], images.x_train[:1500], images.x_val)],
    "HOG without places": [validation_accuracy([hog_without_places], images.x_train[:1500], images.x_val)],
}

figure = plots.style.new_figure(8.5, 3.2)
axes = figure.subplots()
for i, scores in enumerate(trials.values()):
    axes.plot(100 * np.mean(scores), i, "|", markersize=26, markeredgewidth=3, color=plots.style.BLUE)
    axes.plot(100 * np.array(scores), [i] * len(scores), "o", markersize=6, color=plots.style.ORANGE)
axes.set(
    yticks=range(len(trials)),
    yticklabels=trials,
    ylim=(len(trials) - 0.4, -0.6),
    xlim=(30, 80),
    xlabel="validation pictures named correctly by a linear classifier (%)",
    title="One thing at a time (dots: trials, lines: their means)",
)
plots.style.light_grid(axes, "x")
figure

# %% [markdown]
# Was your guess right? On these pictures
#
# - **learning hardly matters**: random patches do as well as the words of k-means. Only random *numbers*, which look like no
#   piece of a picture, are worse, and even they are far ahead of HOG;
# - **colour hardly matters**: without it the words do about as well;
# - **place does not matter**: nine numbers do as well as 144. Our pictures were cut from photographs at random, so nothing has a place in them. Where
#   things stand upright in the middle of the picture, you should expect otherwise.
#
# What is left? Words compare a patch as a whole, with a hundred others, overlapping and at equal contrast; HOG sorts single pixels by nine directions. Which of these
# differences it is, this experiment does not tell: that would take more of the same kind. What it does tell is that the first answer that came
# to mind was wrong. (For learning, others have found the same on larger collections
# of pictures: A. Coates, A. Ng, "The Importance of Encoding Versus Training with Sparse Coding and Vector Quantization", 2011.) **Before you believe why something works, take that reason away and look.**
#
# ### The test of moving
#
# Move every test picture aside by three pixels. Is it then still nearer to its old self than to the nearest training picture of
# **another** class? With distances between pixels, it often is not. With features:


# %%
def shifted(pictures, by=3):
    """Pictures (N, H, W, 3) moved to the right; the left edge is repeated."""
    moved = np.roll(pictures, by, axis=2)
    moved[:, :, :by] = pictures[:, :, :1]
    return moved


def fooled(parts, moved):
    """The share of test pictures that a picture of another class is nearer to than their own moved copy."""
    train, test, moved = standardised(parts[0], parts[2], moved)
    own = np.sqrt(np.sum((test - moved) ** 2, axis=1))
    squares = np.sum(test**2, axis=1)[:, np.newaxis] - 2 * test @ train.T + np.sum(train**2, axis=1)
    strangers = np.where(images.y_test[:, np.newaxis] == images.y_train, np.inf, squares)
    return np.mean(own**2 > strangers.min(axis=1))


moved = shifted(images.x_test)
kinds = {"pixels": None, "colour": [color_histogram_hsv], "HOG": [hog_feature], "words": [word_shares]}
kinds["all together"] = kinds["colour"] + kinds["HOG"] + kinds["words"]
plots.bars(
    {
        name: 100
        * fooled(features[name], pixels(moved) if functions is None else extract_features(moved, functions))
        for name, functions in kinds.items()
    },
    label="test pictures nearer to a stranger than to themselves, moved by 3 pixels (%)",
    title="Who is fooled by moving?",
    form=".0f",
)

# %% [markdown]
# For pixels, moving by three is often worse than being something else; for HOG and words rarely. With colour it is not the moving: ten numbers are few, and among 2700
# strangers there is often one with nearly the same. With all three side by side it hardly ever happens.
#
# What is gained has its price. A feature that ignores *where* cannot tell a face from a face with its eyes below its mouth.
# **Choosing features means choosing what to be blind to.**

# %% [markdown]
# ## 7. What is still wrong?

# %%
plots.confusion_matrix(images.y_test, predicted, images.classes)

# %%
wrong = np.flatnonzero(predicted != images.y_test)
_, first = np.unique(images.y_test[wrong] * 100 + predicted[wrong], return_index=True)
chosen = wrong[np.sort(first)][:24]
plots.image_grid(
    images.x_test[chosen],
    [f"{images.classes[images.y_test[i]]}\nnot {images.classes[predicted[i]]}" for i in chosen],
    columns=8,
    tile=1.2,
    title="Named wrongly by the net that sees all features",
)

# %% [markdown]
# If you have done the notebook on nearest neighbours, look at grass and gravel: it was worse than guessing there, and now about nine in ten are right.
#
# Would you have got the wrong ones right? Some show a smooth piece of something that could be from anywhere: no feature will help there. With others
# you would not hesitate. The rocket's scaffold, thin lines that cross on black, is called grass or galaxies: as far as patches of 6 × 6 pixels go, that is not
# even unreasonable. But you see the scaffold *as a whole*. To see it we would have to put words together to phrases, and phrases to sentences: features of features.

# %% [markdown]
# ## 8. Three short questions (1 point each)
#
# (The checks say only whether your answer can be read. Whether it is right, you learn with your grade.)
#
# **How long is it?** A picture is 100 pixels wide and 70 pixels high. A hue histogram of 12 bins, HOG as in this notebook, and a
# codebook of 50 words are put side by side. How many numbers describe the picture? A number, or an expression such as `3 * 7`.

# %% solution="answer_feature_length"
answer_feature_length = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_feature_length = 12 + (70 // 8) * (100 // 8) * 9 + 50
# 926: HOG has 8 whole cells of 8 pixels in the height of 70 and 12 in the width of 100, of 9
# numbers each. Pixels beyond the last whole cell are left out.
### END SOLUTION

# %% grades="answer_feature_length"
check("answer_feature_length")

# %% [markdown]
# **Half the light.** Every red, green and blue value of a picture is divided by 2 (as floats, nothing is rounded). What becomes of its hue histogram, and of
# its `hog_feature`?
#
# - `"a"`: both stay exactly as they are
# - `"b"`: the histogram stays as it is, all numbers of HOG are halved
# - `"c"`: the histogram moves to other bins, HOG stays as it is
# - `"d"`: all numbers of both are halved

# %% solution="answer_half_the_light"
answer_half_the_light = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_half_the_light = "b"
# The hue is made of differences divided by a difference, so the halves cancel. HOG adds up
# lengths of differences of grey values, and these are halved, while their directions stay.
### END SOLUTION

# %% grades="answer_half_the_light"
check("answer_half_the_light")

# %% [markdown]
# **Shaken pixels.** Somebody has put the pixels of our pictures into another order, drawn at random, but the same order for all pictures, training and test. (A
# pixel keeps its three colours.) The codebook is learned again and all classifiers are trained again. Which *linear* classifiers do as well as before?
#
# - `"a"`: none of them
# - `"b"`: only the one on hue histograms
# - `"c"`: those on hue histograms and on pixels
# - `"d"`: those on hue histograms and on words

# %% solution="answer_shaken_pixels"
answer_shaken_pixels = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_shaken_pixels = "c"
# A hue histogram never knew the places. A linear classifier on pixels has a weight for each
# place, and learns the same weights in the new order. HOG and words compare neighbours, and these
# are torn apart: what patches show is noise.
### END SOLUTION

# %% grades="answer_shaken_pixels"
check("answer_shaken_pixels")

# %% [markdown]
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows a receipt.
# You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a1")
