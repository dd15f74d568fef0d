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
# # Fast style transfer
#
# **Can a style be learned once, and then be had for nothing?** Style transfer as you know it is slow: every picture is an
# optimisation of its own, hundreds of steps through a large net, and nothing is kept of it for the next picture. But the steps are
# always the same kind of work. So let a small net do them all at once: train it on many photographs until what it paints has the
# style's statistics and the photograph's content. The training takes a while. After that, a picture takes one pass, a fraction
# of a second.
#
# The idea worked at once (Johnson, Alahi and Fei-Fei 2016), and looked a little dull. What made it good was one line, changed in every
# layer (Ulyanov, Vedaldi and Lempitsky 2016). That line is your first exercise. What nobody had expected came the year after: the
# same line can hold *many* styles, and everything between them (Dumoulin, Shlens and Kudlur 2017).
#
# | Part | You write | Points |
# |---|---|---|
# | 1 | instance norm | 2 |
# | 2 | a loss that asks for a style's means and deviations | 1 |
# | 4 | conditional instance norm, for styles and their blends | 2 |
# | 1, 6 | two short questions, checked automatically | 0.5 + 0.5 |
#
# This notebook is extra credit. Your functions may use NumPy and PyTorch, but not `torch.nn.functional.instance_norm` and its
# relatives for the whole work: write the formula. Images are float tensors `(N, 3, H, W)` with values from 0 to 1.

# %%
import time

import torch
import torch.nn.functional as F
from torch import nn

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.plots.style import new_figure
from cs_lib.vision.features import features
from cs_lib.vision.images import drawn_styles, photograph, photographs, to_array
from cs_lib.vision.random_net import normalized_vgg

DATASET = "patches10"  # or "cifar10": small pictures to train on, beside the photographs


def show(pictures, width=2.6, columns=5):
    """A figure of pictures (1, 3, H, W), a dict from titles."""
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    height, breadth = next(iter(pictures.values())).shape[-2:]
    figure = new_figure(width * columns, rows * (width * height / breadth + 0.3))
    places = figure.subplots(rows, columns, squeeze=False)
    for place in places.flat:
        place.axis("off")
    for place, (title, picture) in zip(places.flat, pictures.items(), strict=False):
        place.imshow(to_array(picture))
        place.set_title(title)
    return figure


# %% [markdown]
# ## 1. Instance norm (2 points)
#
# A photograph may be pale or glaring, and a painting in the style of a woodcut should be a woodcut either way: **the contrast of the
# photograph should not matter**. A net would have to learn to divide it out, which convolutions are bad at. So do it for the net.
#
# Batch norm takes mean and variance of a channel over the whole batch. *Instance norm* takes them over the pixels of **one channel of
# one image**:
#
# $$\mu_{nc} = \frac{1}{HW}\sum_{y,x} x_{ncyx}, \qquad \sigma^2_{nc} = \frac{1}{HW}\sum_{y,x} (x_{ncyx} - \mu_{nc})^2, \qquad
# z_{ncyx} = \gamma_c\, \frac{x_{ncyx} - \mu_{nc}}{\sqrt{\sigma^2_{nc} + \epsilon}} + \beta_c$$
#
# - `x` has shape `(N, C, H, W)`, where `H` and `W` may differ and `N` may be 1. `gamma` and `beta` have shape `(C,)`;
# - the variance is divided by `H * W`, not by one less, and $\epsilon$ (`eps`, which the caller may choose) is added under the root;
# - a channel that is constant in an image becomes `beta[c]` there, and never NaN;
# - there is nothing to remember: it does the same in training and afterwards, and no image of the batch sees another;
# - float32 and float64 both work, and the result has the dtype of `x`. Nothing is changed in place, since the net needs `x` for its gradient.
#   Stay in PyTorch, for the same reason.
#
# By hand: one channel with the pixels 1, 3, 5, 7 has mean 4 and variance 5. With $\epsilon = 4$, $\gamma = 2$ and $\beta = 1$ they become
# $-1,\ \tfrac13,\ \tfrac53,\ 3$.


# %% solution="instance_norm"
def instance_norm(x, gamma, beta, eps=1e-5):
    """Each channel of each image to mean 0 and variance 1, then scaled by gamma and shifted by beta.

    x: (N, C, H, W). gamma, beta: (C,). Returns (N, C, H, W).
    """
    ### BEGIN SOLUTION
    mean = x.mean(dim=(2, 3), keepdim=True)
    variance = x.var(dim=(2, 3), keepdim=True, unbiased=False)
    z = (x - mean) / torch.sqrt(variance + eps)
    z = gamma.view(1, -1, 1, 1) * z + beta.view(1, -1, 1, 1)
    ### END SOLUTION
    return z


# %% [markdown]
# A net learns through your function, so its *gradient* has to be right, too: mean and deviation depend on `x`. Here is a small tool that asks
# PyTorch for it, for yourself and for the checks.


# %%
def gradient_of(function, weights, x, *arguments):
    """The gradient of the sum of weights * function(x, *arguments) with respect to x."""
    x = x.detach().clone().requires_grad_()
    result = function(x, *arguments)
    if not (isinstance(result, torch.Tensor) and result.requires_grad):
        raise ValueError("the result is not connected with x: PyTorch can't find a gradient")
    return torch.autograd.grad((weights * result).sum(), x)[0]


# %% grades="instance_norm"
check("instance_norm")

# %% [markdown]
# What it does to pictures: the same photograph glaring, as it is, and pale, and below each its instance norm (with $\gamma = 0.2$ and
# $\beta = 0.5$, so that it can be shown).

# %%
cat = photograph("cat", 160)
versions = {"glaring": (2 * cat - 0.4).clamp(0, 1), "as it is": cat, "pale": 0.3 * cat + 0.6}
normed = {
    f"{name}, normed": instance_norm(x, torch.full((3,), 0.2), torch.full((3,), 0.5))
    for name, x in versions.items()
}
show(versions | normed, columns=3)

# %% [markdown]
# The pale one comes out like the original, and so does the glaring one, but for what was cut off: mean and contrast are gone, the drawing is
# left. Remember the two numbers that were taken away; they come back in part 4.
#
# ### 1.1 Who sees whom? (0.5 points)
#
# A net that paints is trained on batches of 4 photographs, with `x` of shape `(4, 16, 64, 64)` in its first layer. How many means does
# **instance norm** compute there, and how many would **batch norm** in training? Give the first number divided by the second.

# %% solution="answer_means"
answer_means = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_means = 4
### END SOLUTION

# %% grades="answer_means"
check("answer_means")

# %% [markdown]
# ## 2. A style is a handful of means and deviations (1 point)
#
# What should the net be trained *for*? You know one description of style, the Gram matrices of a net's activations. Here is a shorter one, which
# does nearly as well (Li, Wang, Liu and Hou 2017): for each channel of a layer only its **mean** and its **standard deviation** over the
# picture. Two numbers a channel: how much of a pattern there is, and how unevenly it is spread. If these agree in a few layers, pictures look
# alike in colours, lines and grain, wherever everything is.
#
# $$L = \frac1N \sum_{n} \sum_{c} \left[ (\mu_{nc} - \mu^*_{c})^2 + (\sigma_{nc} - \sigma^*_{c})^2 \right], \qquad
# \sigma = \sqrt{\text{variance} + \epsilon}$$
#
# - `current`: activations `(N, C, H, W)` of N painted images; `style`: activations `(1, C, H', W')` of the style image, mostly of another size;
# - means and variances as in part 1: over the pixels of each channel of each image by itself, divided by the number of pixels. The
#   $\epsilon$ (`eps`) under the root applies to both, so that the gradient exists for flat channels, too;
# - summed over the channels, averaged over the images; the result is a tensor with one number, shape `()`, connected with `current`, so that
#   PyTorch can find its gradient: no `.item()`, no `.detach()`.


# %% solution="moments_loss"
def moments_loss(current, style, eps=1e-5):
    """How far the channels' means and deviations are from those of a style; a scalar.

    current: (N, C, H, W). style: (1, C, H', W').
    """
    ### BEGIN SOLUTION
    means = current.mean(dim=(2, 3)) - style.mean(dim=(2, 3))
    deviations = [torch.sqrt(a.var(dim=(2, 3), unbiased=False) + eps) for a in (current, style)]
    loss = (means**2 + (deviations[0] - deviations[1]) ** 2).sum(dim=1).mean()
    ### END SOLUTION
    return loss


# %% grades="moments_loss"
check("moments_loss")

# %% [markdown]
# ## 3. The net that looks, and what it is shown
#
# The losses are measured inside a net that is never trained, a small VGG with random filters, scaled so that each filter's response on
# our pictures has mean 0 and deviation 1. Random filters are enough to tell colours, edges and corners apart.
#
# Two styles, drawn by code, and photographs to practise on: crops from a dozen photographs, and some small pictures of the data set.

# %%
styles = {name: style for name, style in drawn_styles(128).items() if name in ("mosaic", "ink")}
names = list(styles)


def practice_pictures(count, size, seed=0):
    """Crops of photographs and small pictures, (count, 3, size, size)."""
    generator = torch.Generator().manual_seed(seed)
    photos = [photograph(name, 240) for name in photographs()]
    small = torch.from_numpy(data.load(DATASET).x_train[:count]).permute(0, 3, 1, 2) / 255
    pictures = []
    for i in range(count):
        if i % 4 == 0:
            pictures.append(F.interpolate(small[i : i + 1], (size, size), mode="bilinear"))
            continue
        photo = photos[i % len(photos)]
        top, left = (
            int(torch.randint(side - size + 1, (1,), generator=generator)) for side in photo.shape[2:]
        )
        pictures.append(photo[..., top : top + size, left : left + size])
    return torch.cat(pictures)


practice = practice_pictures(240, 64)
show(styles | {f"practice {i}": practice[i : i + 1] for i in range(1, 4)})

# %% [markdown]
# ## 4. Many styles in one net (2 points)
#
# A net for each style would be easy, and wasteful: most of what it has to do, finding edges and areas and drawing them anew, is the same
# for all. What differs? In part 2 a style was a list of means and deviations. Instance norm takes both away and puts $\beta$ and $\gamma$ in their
# place. So let **all the styles share every convolution, and give each style its own $\gamma$ and $\beta$**.
#
# With $S$ styles, `gammas` and `betas` have shape `(S, C)`, a row for each. Which row counts is said by `mix`, shape `(N, S)`: a row for each image. For
# image $n$
#
# $$\gamma_{nc} = \sum_s \text{mix}_{ns}\, \text{gammas}_{sc}, \qquad \beta_{nc} = \sum_s \text{mix}_{ns}\, \text{betas}_{sc},$$
#
# and these take the places of $\gamma_c$ and $\beta_c$ in part 1. A row such as `(0, 1)` is the second style, `(0.5, 0.5)` is half of each.
#
# - Images of one batch may have different mixes. `mix` may also have shape `(S,)`: then it holds for all images.
# - The shares are used as they are: they need not add up to 1, and may be negative (what is less than none of a style?).
# - `N`, `C` or `S` may be 1, or equal to each other. Everything else is as in part 1, which you may call or not.


# %% solution="conditional_instance_norm"
def conditional_instance_norm(x, gammas, betas, mix, eps=1e-5):
    """Instance norm with the scales and shifts of several styles, mixed for each image.

    x: (N, C, H, W). gammas, betas: (S, C). mix: (N, S) or (S,). Returns (N, C, H, W).
    """
    ### BEGIN SOLUTION
    channels = x.shape[1]
    ones, zeros = x.new_ones(channels), x.new_zeros(channels)
    gamma, beta = mix @ gammas, mix @ betas  # (N, C) or (C,)
    z = gamma[..., None, None] * instance_norm(x, ones, zeros, eps) + beta[..., None, None]
    ### END SOLUTION
    return z


# %% grades="conditional_instance_norm"
check("conditional_instance_norm")

# %% [markdown]
# The net around it: two layers that halve the picture, two residual blocks on the small one, two layers that bring it back, and add what was
# found in that size on the way down, so that lines stay sharp. Your function stands behind every convolution, the last one too: there its
# $\gamma$ and $\beta$ are the contrast and the mean of the three colours, and a sigmoid keeps them between 0 and 1. Coarse noise goes in beside the
# photograph: a flat sky would give the net nothing to paint with.


# %%
class Layer(nn.Module):
    """Enlarge if asked for, convolve, normalise."""

    def __init__(self, inputs, outputs, num_styles, size=3, stride=1, enlarge=1):
        super().__init__()
        self.enlarge = enlarge
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, padding_mode="reflect", bias=False)
        self.gammas = nn.Parameter(torch.ones(num_styles, outputs))
        self.betas = nn.Parameter(torch.zeros(num_styles, outputs))

    def forward(self, x, mix):
        if self.enlarge > 1:
            x = F.interpolate(x, scale_factor=self.enlarge, mode="bilinear")
        return conditional_instance_norm(self.conv(x), self.gammas, self.betas, mix)


class Painter(nn.Module):
    """Images (N, 3, H, W) and mixes (N, S) to painted images; H and W are multiples of 4."""

    def __init__(self, num_styles, width=16):
        super().__init__()
        a, b, c, s = width, 2 * width, 4 * width, num_styles
        self.down = nn.ModuleList([Layer(5, a, s, 5), Layer(a, b, s, stride=2), Layer(b, c, s, stride=2)])
        self.blocks = nn.ModuleList([nn.ModuleList([Layer(c, c, s), Layer(c, c, s)]) for _ in range(2)])
        self.up = nn.ModuleList([Layer(c, b, s, enlarge=2), Layer(b, a, s, enlarge=2)])
        self.paint = Layer(a, 3, s, 5)

    def forward(self, x, mix, seed=0):
        height, width = x.shape[2:]
        noise = torch.randn(1, 2, height // 4, width // 4, generator=torch.Generator().manual_seed(seed))
        noise = F.interpolate(noise, (height, width), mode="bicubic").expand(len(x), -1, -1, -1)
        h = torch.cat([4 * x - 2, noise], dim=1)
        found = []
        for layer in self.down:
            h = F.relu(layer(h, mix))
            found.append(h)
        for first, second in self.blocks:
            h = h + second(F.relu(first(h, mix)), mix)
        for layer, same_size in zip(self.up, (found[1], found[0]), strict=True):
            h = F.relu(layer(h, mix) + same_size)
        return torch.sigmoid(self.paint(h, mix))


# %% [markdown]
# ## 5. Training
#
# In every step four photographs get a style each, by lot. The loss asks for two things: the style's means and deviations in three layers, and
# that the *drawing* stays that of the photograph: the activations of one layer in the middle, for the brightness alone and after your instance norm, so
# that colours and contrast are left to the style. The $\gamma$ and $\beta$ are all that the styles don't share, and get a larger learning rate.

# %%
STYLE_LAYERS, CONTENT_LAYER = ("relu1_1", "relu2_1", "relu3_1"), "conv2_1"
CONTENT_WEIGHT, STEPS, BATCH = 0.4, 240, 4

seen = torch.cat([practice[:8], *(F.interpolate(style, (64, 64)) for style in styles.values())])
looking = normalized_vgg(seen)
goals = [features(looking, style, STYLE_LAYERS) for style in styles.values()]


def drawing(images):
    """Activations for the brightness of images (N, 3, H, W), whatever the contrast."""
    grey = images.mean(dim=1, keepdim=True).expand_as(images)
    found = features(looking, grey, [CONTENT_LAYER])[CONTENT_LAYER]
    channels = found.shape[1]
    return instance_norm(found, torch.ones(channels), torch.zeros(channels), eps=0.01)


def painting_loss(painted, photos, chosen):
    """Style and content of painted images (N, 3, H, W), whose styles are chosen (N,)."""
    found = features(looking, painted, STYLE_LAYERS)
    content = F.mse_loss(drawing(painted), drawing(photos))
    style = 0.0
    for layer in STYLE_LAYERS:
        for image, s in zip(found[layer], chosen.tolist(), strict=True):
            # The root, so that no image outweighs the others; over the number of channels.
            gap = moments_loss(image[None], goals[s][layer]) / image.shape[0]
            style = style + torch.sqrt(gap + 1e-8) / len(chosen)
    return style + CONTENT_WEIGHT * content


torch.manual_seed(0)
painter = Painter(len(styles))
shared = [parameter for name, parameter in painter.named_parameters() if "conv" in name]
own = [parameter for name, parameter in painter.named_parameters() if "conv" not in name]
groups = [{"params": shared, "lr": 8e-3}, {"params": own, "lr": 8e-2}]
optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
one_style = torch.eye(len(styles))

start, losses = time.perf_counter(), []
for step in range(STEPS):
    photos = practice[torch.randint(len(practice), (BATCH,))]
    chosen = torch.randint(len(styles), (BATCH,))
    loss = painting_loss(painter(photos, one_style[chosen], seed=step), photos, chosen)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    losses.append(loss.item())

print(f"{STEPS} steps in {time.perf_counter() - start:.0f} seconds")
plots.learning_curves({"loss": losses}, window=20, title="Learning to paint")

# %% [markdown]
# Now the reward. None of these sizes was ever trained on; a net of convolutions doesn't mind.


# %%
@torch.no_grad()
def stylise(image, mix):
    """image (1, 3, H, W) painted with a mix (S,); cut to multiples of 4."""
    height, width = (side // 4 * 4 for side in image.shape[2:])
    return painter(image[..., :height, :width], mix)


subjects = {name: photograph(name, 256) for name in ("china", "cat", "coffee")}
start = time.perf_counter()
stylise(subjects["cat"], one_style[0])
print(f"one picture in {time.perf_counter() - start:.2f} seconds")

pictures = {}
for subject, image in subjects.items():
    image = F.interpolate(image, (168, 256), mode="bilinear", antialias=True)
    pictures |= {subject: image} | {
        f"{subject}, {name}": stylise(image, one_style[s]) for s, name in enumerate(names)
    }
show(pictures, columns=3, width=3.6)

# %% [markdown]
# Look at the flat places, such as the sky. The photograph has nothing there, and yet they are painted: out of the noise the net makes the grain of the
# style. Where there are lines, it follows them. It was never told which is which; the two halves of the loss pull, and this is where they
# balance. (Try `CONTENT_WEIGHT = 0.1`, or 2.)
#
# ## 6. Between the styles
#
# Nobody has ever shown the net a blend. Ask for one all the same:

# %%
show(
    {
        f"{share:.0%} {names[1]}": stylise(subjects["china"], torch.tensor([1 - share, share]))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    }
)

# %% [markdown]
# It is not a cross-fade of two pictures: every stroke is drawn once, with properties in between. The styles lie in a space with two numbers for each
# channel, and whatever lies between two points that look good mostly looks good as well.
#
# ### 6.1 What does one more style cost? (0.5 points)
#
# Our net has about 200 thousand parameters, nearly all of them in convolutions. You want to add a third style to the trained net, without touching the
# two that it has. What has to be trained and stored?
#
# - `"a"`: a second net of 200 thousand parameters, since the convolutions have learned the first two styles
# - `"b"`: one more row of `gammas` and of `betas` in each layer, 838 numbers in all
# - `"c"`: one more number, the new style's share in `mix`
# - `"d"`: nothing: the third style can be had as a blend of the first two

# %% solution="answer_one_more_style"
answer_one_more_style = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_one_more_style = "b"
### END SOLUTION

# %% grades="answer_one_more_style"
check("answer_one_more_style")

# %% [markdown]
# In the paper of 2017 that is how a net of 32 styles was taught further ones in a fraction of the time. And the next step was to leave the training out: compute
# the $\gamma$ and $\beta$ of a new style directly from its picture (adaptive instance norm, Huang and Belongie 2017). You have all the parts for that: part 2 measures them.
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. You may hand in as often as you like before the date.

# %%
HAND_IN = False

if HAND_IN:
    submit("a3x")
