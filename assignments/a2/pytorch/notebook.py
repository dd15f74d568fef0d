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
# # PyTorch
#
# **What is left to do when the machine takes the derivatives?** You have written the backward pass of a fully
# connected layer, of ReLU, of softmax, perhaps of a convolution. Each took an evening and a gradient check. PyTorch
# takes them all off your hands: you write the forward pass, and the gradient is there.
#
# So this notebook should be short? What it takes off your hands is the calculus. What stays is everything that goes
# wrong without an error message: gradients that add up behind your back, a net that is left in the wrong mode, a mean
# that is not a mean, a softmax too many. Nothing stops, and what comes out is worse than it could be. You will
# build each part of a training program once, properly, and keep it.
#
# | Part | You write | Points |
# |---|---|---|
# | 1 | tensors: pictures into numbers, and an accuracy | 3 + 2 |
# | 2 | a value and its gradient, by autograd | 3 |
# | 3 | a data set that reads a folder of pictures | 4 |
# | 4 | a ConvNet as a module | 4 |
# | 5 | the training loop and the evaluation loop | 4 + 4 |
# | 6 | saving and loading | 1 + 2 |
# | 7 | a classifier of your own that has to be good enough, soon enough | 3 |
# | 8 | what a convolution costs; the famous architectures in figures | 3 |
# | all over | three short questions, checked automatically | 1 each |
# | 7 | one question in your own words | 3 |
#
# Under each exercise stands a cell with `check(...)`: it says what was called, what came back and what was expected.
# Grading runs more tests of the same kind on other numbers; every special case that they visit is named in the
# exercise's text. What may be imported where your work is graded: Python's own library, NumPy and PyTorch.

# %%
import csv
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from cs_lib import data, plots
from cs_lib.check import check, submit
from cs_lib.plots.style import new_figure

DATASET = "patches10"  # or "cifar10", which is downloaded the first time (170 MB)

# %% [markdown]
# ## 1. Tensors
#
# A tensor is an array that knows two more things: on which **device** its numbers live, and whether somebody will
# ask for a **gradient**. Everything else you know from NumPy, down to broadcasting.

# %%
from_a_list = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
ones = torch.ones_like(from_a_list)
print("shape ", tuple(from_a_list.shape))
print("dtype ", from_a_list.dtype, "  (a list of floats becomes float32, in NumPy it would be float64)")
print("device", from_a_list.device)
print("second column ", from_a_list[:, 1])
print("elementwise   ", from_a_list * from_a_list)
print("matrix product", from_a_list @ from_a_list.T)
print("side by side  ", torch.cat([from_a_list, ones], dim=1))

# %% [markdown]
# **One memory, two names.** `torch.from_numpy` does not copy. The tensor and the array look at the same bytes, so
# whoever writes into one writes into both. That is fast, and once in a while it is a surprise:

# %%
array = np.zeros(3)
shared, copied = torch.from_numpy(array), torch.tensor(array)
array[0] = 7
print("from_numpy:", shared, "   tensor:", copied)

# %% [markdown]
# **Where does it run?** The same program should run on a machine with a graphics card and on one without. So nobody
# writes `.cuda()`. One line chooses the device, and everything is sent there by `.to(device)`. Mind the brackets:
# `torch.cuda.is_available` without them is a function, a function counts as true, and your program dies on every
# machine but your own.

# %%
device = "cuda" if torch.cuda.is_available() else "cpu"
print("this notebook computes on:", device)

# %% [markdown]
# How exact does a number have to be? `float64` has 16 digits and `float32` seven. `bfloat16` has not even three, and
# `float16` three, but each takes two bytes instead of eight. Hardware that is made for short numbers is many times
# faster with them; hardware that is not has to emulate them. Which is yours?

# %%
seconds = {}
for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
    a, b = torch.randn(2, 384, 384, dtype=torch.float64).to(device, dtype)
    a @ b  # once without the clock: the first call sets things up
    start = time.perf_counter()
    for _ in range(3):
        product = a @ b
    product.cpu()  # a graphics card answers before it is done: this waits for it
    seconds[str(dtype).removeprefix("torch.")] = (time.perf_counter() - start) / 3

plots.times(seconds, title=f"A matrix product of 384 x 384, on {device}")

# %%
third = torch.tensor(1 / 3, dtype=torch.float64)
for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
    big = torch.tensor(70000.0).to(dtype)
    print(
        f"{str(dtype).removeprefix('torch.'):9} 1/3 is {third.to(dtype).item():.17f}   70000 is {big.item():g}"
    )

# %% [markdown]
# `float16` overflows beyond 65504, which a sum of squares reaches in no time. `bfloat16` keeps the range of `float32`
# and gives up digits instead: training forgives rough gradients more easily than infinite ones. (Ten bits have been
# tried, too, and even weights of a single bit, which are plus or minus one.)
#
# ### 1.1 Pictures into numbers (3 points)
#
# Pictures lie on disk as whole numbers from 0 to 255, the colours last: `(N, H, W, C)`. A net wants floats around 0,
# and PyTorch wants the channels before the rows: `(N, C, H, W)`. Write the function that does both.
#
# - `images` is a NumPy array of `uint8`, shape `(N, H, W, C)`; height and width may differ, and there may be one
#   channel or one picture only. It is read only.
# - First bring the values to 0..1 (divide by 255). Then subtract from each **channel** its mean, and divide by its
#   standard deviation, both taken over all pictures, rows and columns.
# - The deviation is the root of the mean squared difference. PyTorch's `std` divides by one less than the number of
#   values unless you tell it otherwise: say `correction=0`.
# - A channel may be the same everywhere. Then its deviation is 0, or what rounding makes of 0. So no deviation may be
#   below 0.001: if it is, take 0.001 instead.
# - If `mean` and `std` are given, of shape `(C,)` each, use these and compute none (and leave them as they are).
#   Test pictures have to be treated with the numbers of the *training* pictures.
# - Returns three `float32` tensors: the pictures, `(N, C, H, W)`, and the `mean` and `std` that were used, `(C,)`.


# %% solution="standardize"
def standardize(images, mean=None, std=None):
    """Pictures (N, H, W, C), uint8, as a float32 tensor (N, C, H, W) whose channels have mean 0, deviation 1.

    Returns (pictures, mean, std); mean and std, (C,), are computed from these pictures unless they are given.
    """
    ### BEGIN SOLUTION
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    if mean is None:
        mean = x.mean(dim=(0, 2, 3))
    if std is None:
        std = x.std(dim=(0, 2, 3), correction=0).clamp(min=0.001)
    x = (x - mean[:, None, None]) / std[:, None, None]
    return x, mean, std
    ### END SOLUTION


# %% grades="standardize"
check("standardize")

# %% [markdown]
# ### 1.2 How many are right? (2 points)
#
# `scores` has a row for each picture and a column for each class, shape `(N, C)`; `labels` are whole numbers, `(N,)`.
# The answer of a net is the class with the largest score. Which share of the answers is right?
#
# - Return a Python `float` between 0 and 1, also for a single picture. `.item()` makes one of a tensor with one number.
# - Scores may be of any sign and size, `float32` or `float64`; no two in a row are equal. Both tensors are read only.


# %% solution="accuracy"
def accuracy(scores, labels):
    """The share of rows of scores, (N, C), whose largest entry stands at the label, labels: (N,). A float."""
    ### BEGIN SOLUTION
    return (scores.argmax(dim=1) == labels).float().mean().item()
    ### END SOLUTION


# %% grades="accuracy"
check("accuracy")

# %% [markdown]
# Try it on our data. A net that knows nothing gives random scores:

# %%
images = data.load(DATASET, train=5000, val=500, test=1000)
x_train, channel_mean, channel_std = standardize(images.x_train)
x_val, _, _ = standardize(images.x_val, channel_mean, channel_std)
x_test, _, _ = standardize(images.x_test, channel_mean, channel_std)
y_train, y_val, y_test = (torch.from_numpy(y) for y in (images.y_train, images.y_val, images.y_test))

print("training pictures", tuple(x_train.shape), x_train.dtype)
random_scores = torch.randn(len(y_train), 10, generator=torch.Generator().manual_seed(0))
print(f"guessing is right {accuracy(random_scores, y_train):.1%} of the time")
plots.images_by_class(images.x_train, images.y_train, images.classes, per_class=10, title="The pictures")

# %% [markdown]
# ## 2. Autograd
#
# Mark a tensor with `requires_grad`, compute with it, and PyTorch writes down every step: which operation, on what,
# with what result. That record is the graph that you have drawn by hand. `backward()` walks it from the end to the
# beginning, one local gradient at a time, and leaves what it finds in `.grad`.

# %%
x = torch.tensor(-2.0, requires_grad=True)
y = torch.tensor(5.0, requires_grad=True)
z = torch.tensor(-4.0, requires_grad=True)
f = (x + y) * z
f.backward()
print("f =", f.item(), "  df/dx =", x.grad.item(), "  df/dy =", y.grad.item(), "  df/dz =", z.grad.item())
print("the last step was", f.grad_fn.name(), "and before it came", f.grad_fn.next_functions[0][0].name())

# %% [markdown]
# Is it right? Here is the backward pass of a two-layer net by hand, in NumPy, the way you have learned it, and the
# same net by autograd:


# %%
def two_layers_by_hand(X, W1, W2, labels):
    """Mean softmax loss of relu(X W1) W2, and its gradients for W1 and W2."""
    hidden = np.maximum(X @ W1, 0)
    scores = hidden @ W2
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(X)), labels]).mean()
    dscores = p.copy()
    dscores[np.arange(len(X)), labels] -= 1
    dscores /= len(X)
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    return loss, X.T @ dhidden, hidden.T @ dscores


rng = np.random.default_rng(0)
X, W1, W2 = rng.standard_normal((20, 8)), rng.standard_normal((8, 6)), rng.standard_normal((6, 3))
labels = rng.integers(0, 3, 20)
loss, dW1, dW2 = two_layers_by_hand(X, W1, W2, labels)

tensor_W1, tensor_W2 = (torch.tensor(W, requires_grad=True) for W in (W1, W2))
torch_loss = F.cross_entropy((torch.from_numpy(X) @ tensor_W1).relu() @ tensor_W2, torch.from_numpy(labels))
torch_loss.backward()
for name, ours, theirs in (
    ("loss", loss, torch_loss.item()),
    ("dW1", dW1, tensor_W1.grad.numpy()),
    ("dW2", dW2, tensor_W2.grad.numpy()),
):
    print(f"{name:4} by hand and by autograd differ by at most {np.abs(ours - theirs).max():.1e}")

# %% [markdown]
# Eleven lines became three, and the two agree to the last digit. Note that `F.cross_entropy` takes **scores**: it
# does the softmax itself, in a way that does not overflow. If you give it probabilities, it does a second softmax on
# top, and nobody tells you.
#
# ### The surprise
#
# Call `backward()` twice:

# %%
w = torch.tensor(3.0, requires_grad=True)
for _ in range(3):
    (w**2).backward()
    print("the gradient of w² at 3 is", w.grad.item())

# %% [markdown]
# It is 6, of course. But `backward()` does not *set* `.grad`: it **adds** to it. There are uses for that (a batch that
# does not fit into memory can be cut into pieces). But forget it in a training loop, and every step walks along
# the sum of all gradients since the beginning.
#
# ### 2.1 A value and its gradient (3 points)
#
# Write a function that has no such surprises.
#
# - `f` takes a tensor of the shape and dtype of `x` and returns a tensor with one number, by operations that autograd
#   knows. `x` may have any shape, no axes included, and be `float32` or `float64`.
# - Return `(value, gradient)`: the value as a Python `float`, and the gradient as a tensor of the shape and dtype of
#   `x`.
# - **Nothing may be left over.** `x` belongs to its caller: its numbers, its `requires_grad` and its `.grad` are
#   afterwards what they were before, and a second call gives the same as the first, whether or not `x` has
#   `requires_grad` set when it comes. Work on a detached copy.
# - `f` may leave parts of `x` unused: their gradient is 0.


# %% solution="value_and_gradient"
def value_and_gradient(f, x):
    """The value of f at x, a float, and its gradient there, a tensor like x. x stays as it is."""
    ### BEGIN SOLUTION
    x = x.detach().clone().requires_grad_()
    value = f(x)
    (gradient,) = torch.autograd.grad(value, x)
    return value.item(), gradient
    ### END SOLUTION


# %% [markdown]
# Some functions to try it on, and a small helper: it calls a function twice with the very same tensors.


# %%
def squares(x):
    """The sum of all squares."""
    return (x**2).sum()


def valley(x):
    """Rosenbrock's banana-shaped valley, along a vector of two or more numbers; lowest at (1, 1, ...)."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def soft_maximum(x):
    """The logarithm of the sum of all exponentials."""
    return torch.logsumexp(x.flatten(), dim=0)


def first_only(x):
    """Three times the first number, the others are not looked at."""
    return 3 * x.flatten()[0]


def call_twice(function, f, x):
    """What function(f, x) gives the first and the second time, and what x.grad and x.requires_grad are then."""
    first, second = function(f, x), function(f, x)
    return first, second, x.grad, x.requires_grad


# %% grades="value_and_gradient"
check("value_and_gradient")

# %% [markdown]
# With it, walking downhill is a matter of three lines, on any function that you can write down:

# %%
point, path = torch.tensor([-1.2, 1.0], dtype=torch.float64), []
for _ in range(3000):
    _, gradient = value_and_gradient(valley, point)
    point = point - 0.0015 * gradient
    path.append(point.numpy())
path = np.array(path)

across, up = np.meshgrid(np.linspace(-1.6, 1.6, 160), np.linspace(-0.6, 1.8, 120))
heights = 100 * (up - across**2) ** 2 + (1 - across) ** 2
figure = new_figure(7, 4.2)
axes = figure.add_subplot()
axes.contourf(across, up, np.log10(heights + 1e-3), levels=20, cmap="cividis")
axes.plot(path[:, 0], path[:, 1], color="white", linewidth=1.5, label="3000 steps")
axes.plot(1, 1, marker="*", markersize=13, color="#d55e00", linestyle="none", label="the lowest point")
axes.set(title="Gradient descent in a banana-shaped valley", xlabel="x[0] (no unit)", ylabel="x[1] (no unit)")
axes.legend(loc="lower right", facecolor="#555555", labelcolor="white")
figure

# %% [markdown]
# Into the valley it falls in a few steps, then it crawls. Autograd gives the gradient; whether the gradient is a
# good direction is another matter, and the subject of the notebook on optimisers.
#
# ## 3. Data: one example at a time
#
# In the notebooks so far the data was one array. Ten million photographs are not. PyTorch cuts the problem in two:
# a **Dataset** knows how many examples there are and how to fetch number `i`. A **DataLoader** shuffles the numbers,
# fetches, and stacks what it gets into batches.
#
# The usual form of a set of pictures is a folder of files with a table of names and labels:
#
# ```
# folder/labels.csv      file,label
#                        a7.npy,3
#                        b1.npy,0
# folder/a7.npy
# folder/b1.npy
# ```
#
# Ours holds NumPy arrays, which `np.load` reads. For JPEG files one line would be different.
#
# ### 3.1 A folder of pictures (4 points)
#
# - `folder` is a `pathlib.Path`, so `folder / "labels.csv"` is the table in it. The table's first line names the columns,
#   `file` and `label`; each line after it is one example. Keep their order. `csv.DictReader` reads such a table.
# - `len(dataset)` is the number of examples; there may be one only.
# - `dataset[i]` is a pair `(picture, label)`. The picture is a `float32` tensor `(C, H, W)` with values from 0 to 1.
#   On disk it is `uint8`, `(H, W, C)` in colour or `(H, W)` in grey, which becomes one channel. Height and width may
#   differ. The label is a whole number, an `int`, not the text that stands in the file.
# - If a `transform` is given, the picture goes through it after all this, and what it returns is what `dataset[i]`
#   holds.
# - **Lazy.** `__init__` reads the table and no picture. A picture is read when it is asked for, so a data set may be
#   larger than memory, and a file that is missing troubles nobody until its number comes up.


# %% solution="ImageFolderCSV"
class ImageFolderCSV(Dataset):
    """The pictures of a folder, with their labels from its labels.csv."""

    def __init__(self, folder, transform=None):
        """Read the table; transform, if there is one, is a function from picture to picture."""
        self.folder = folder
        self.transform = transform
        ### BEGIN SOLUTION
        with open(folder / "labels.csv", newline="") as file:
            self.examples = [(row["file"], int(row["label"])) for row in csv.DictReader(file)]
        ### END SOLUTION

    def __len__(self):
        """How many examples there are."""
        ### BEGIN SOLUTION
        return len(self.examples)
        ### END SOLUTION

    def __getitem__(self, index):
        """Example number index: a float32 tensor (C, H, W) with values from 0 to 1, and a whole number."""
        ### BEGIN SOLUTION
        name, label = self.examples[index]
        image = np.load(self.folder / name)
        if image.ndim == 2:
            image = image[:, :, np.newaxis]
        picture = torch.from_numpy(image).permute(2, 0, 1).float() / 255
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, label
        ### END SOLUTION


# %% [markdown]
# A few helpers: the check uses them to write a folder and to look into your data set, and so can you.


# %%
def write_folder(images, labels, missing=()):
    """A new folder with these pictures, all but the missing ones, and their table; returns its path."""
    folder = Path(tempfile.mkdtemp())
    names = [f"{9999 - 4 * i}.npy" for i in range(len(images))]  # not the order of the alphabet
    with open(folder / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *zip(names, labels, strict=True)])
    for i, (name, image) in enumerate(zip(names, images, strict=True)):
        if i not in missing:
            np.save(folder / name, image)
    return folder


def mirrored(picture):
    """The picture (C, H, W) with left and right exchanged."""
    return picture.flip(-1)


def size_of(dataset):
    """How many examples the data set has."""
    return len(dataset)


def example_of(dataset, index):
    """Example number index of the data set."""
    return dataset[index]


def batches_of(dataset, batch_size):
    """All batches of the data set, in order."""
    return [tuple(batch) for batch in DataLoader(dataset, batch_size=batch_size)]


# %% grades="ImageFolderCSV"
check("ImageFolderCSV")

# %%
folder = write_folder(images.x_train[:200], images.y_train[:200].tolist())
from_disk = ImageFolderCSV(folder, transform=mirrored)
pictures, names = next(iter(DataLoader(from_disk, batch_size=6, shuffle=True)))
print("one batch:", tuple(pictures.shape), pictures.dtype, names.dtype)
plots.image_grid(
    pictures.permute(0, 2, 3, 1).numpy(), names.numpy(), images.classes, columns=6, title="Mirrored"
)

# %% [markdown]
# The labels were ints and came out as a tensor: the loader stacks whatever it is given. (`num_workers=4` would let four
# processes read files while the net computes. Most slow trainings are not slow because of the net.)
#
# ## 4. Modules
#
# A **module** is a function with memory: it holds parameters, and it can be called. Modules hold modules. When you
# assign one to an attribute in `__init__`, it is registered, and `net.parameters()` finds all numbers that are to be
# learned, at any depth. Here is a plain net for digits of 28 × 28 pixels:


# %%
class PlainNet(nn.Module):
    """Two hidden layers of 512 units on pictures of 28 x 28."""

    def __init__(self):
        super().__init__()  # before anything else: this sets up the register
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        """Scores, (N, 10), of pictures, (N, 1, 28, 28)."""
        return self.layers(x)


PlainNet()

# %% [markdown]
# **How many numbers does it learn (1 point)?** Weights and biases of the three linear layers of `PlainNet`, together.
# Work it out with a pencil before you ask the machine. A number, or an expression such as `3 * 7`.

# %% solution="answer_parameters"
answer_parameters = ...  # replace the dots by a number
### BEGIN SOLUTION
answer_parameters = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
# 669,706: of each layer a weight for each pair of an input and an output, and a bias for each
# output.
### END SOLUTION

# %% grades="answer_parameters"
check("answer_parameters")

# %% [markdown]
# ### 4.1 A small ConvNet (4 points)
#
# Now a module of your own, for pictures of any size:
#
# | | layer | output |
# |---|---|---|
# | 1 | convolution 3 × 3, `width` filters, padding 1, with biases | `width` × H × W |
# | 2 | batch norm, ReLU, max pooling 2 × 2 | `width` × H/2 × W/2 |
# | 3 | convolution 3 × 3, `2 * width` filters, padding 1, with biases | 2 `width` × H/2 × W/2 |
# | 4 | batch norm, ReLU, max pooling 2 × 2 | 2 `width` × H/4 × W/4 |
# | 5 | flatten, dropout | a row of numbers |
# | 6 | linear, with biases | `num_classes` |
#
# - `image_shape` is `(C, H, W)`; height and width may differ. Where a side is odd, pooling leaves the rest out:
#   H/2 is `H // 2`, and H/4 is `H // 2 // 2`, at least 1.
# - The net returns **scores**: no softmax at the end, and no ReLU.
# - `dropout` is the probability of *dropping* a number, which is what `nn.Dropout` wants.
# - In evaluation mode (after `net.eval()`) the scores of a picture are the same each time, and do not depend on
#   the other pictures of its batch; a batch of one is fine. In training mode dropout and batch norm do their work.
#   Modules see to that by themselves if they are registered; functions such as `F.dropout` do not, unless you tell
#   them `self.training`.
# - Leave the initial weights to PyTorch.


# %% solution="SmallConvNet"
class SmallConvNet(nn.Module):
    """Two convolutions with batch norm and pooling, then one linear layer on what is left."""

    def __init__(self, image_shape=(3, 32, 32), num_classes=10, width=16, dropout=0.25):
        """image_shape: (C, H, W). width: filters of the first convolution, the second has twice as many."""
        super().__init__()
        channels, height, width_of_image = image_shape
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(2 * width * (height // 2 // 2) * (width_of_image // 2 // 2), num_classes),
        )
        ### END SOLUTION

    def forward(self, x):
        """Scores, (N, num_classes), of pictures, (N, C, H, W)."""
        ### BEGIN SOLUTION
        return self.layers(x)
        ### END SOLUTION


# %% [markdown]
# The check looks at your net by these:


# %%
def parameters_of(model):
    """What the model learns: name -> tensor."""
    return dict(model.named_parameters())


def sizes_of(model):
    """How many numbers there are in each of the model's parameters, sorted."""
    return sorted(parameter.numel() for parameter in model.parameters())


def scores_of(model, x):
    """The model's scores of x, in the mode that it is in."""
    with torch.no_grad():
        return model(x)


def fill(model, value):
    """Make every parameter of the model the same number."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)


def set_seed(seed):
    """Let everything random begin at the same place."""
    torch.manual_seed(seed)


# %% grades="SmallConvNet"
check("SmallConvNet")

# %%
net = SmallConvNet()
for name, parameter in net.named_parameters():
    print(f"{name:18} {tuple(parameter.shape)!s:18} {parameter.numel():6,}")
print(f"together {sum(p.numel() for p in net.parameters()):,}")

# %% [markdown]
# ## 5. The loop
#
# Five lines, in every PyTorch program of the world:
#
# ```python
# optimizer.zero_grad()                  # forget the last batch's gradients
# scores = model(x)                      # forward
# loss = F.cross_entropy(scores, y)      # the mean over this batch
# loss.backward()                        # gradients
# optimizer.step()                       # walk
# ```
#
# Around them stands what is easily forgotten.
#
# ### 5.1 One epoch of training (4 points)
#
# `train_epoch` goes once through all batches of the loader, taking one step after each, and returns the mean loss.
#
# - Put the model into **training mode** first: somebody may have evaluated it before.
# - The model may carry gradients from elsewhere when it comes. They must not take part.
# - The loss is `F.cross_entropy` of the model's scores, which no softmax has touched, and the labels.
# - Call the model once for each batch: some of its layers count how often they are called.
# - Send each batch to `device` with `.to(device)`. Grading has no graphics card.
# - Return the mean over all **examples**, a Python `float`, of the losses that you met on the way (each before its
#   step). The last batch may be smaller than the others, so that the mean of the batches' means is not it: weigh each
#   batch's loss by its size.
# - Add up numbers (`loss.item()`), not tensors: a sum of tensors would keep every batch's graph in memory.
# - The optimizer is made by the caller, of any kind. Batches are pairs of pictures and labels.


# %% solution="train_epoch"
def train_epoch(model, loader, optimizer, device="cpu"):
    """One pass through the loader, with a step after each batch. Returns the mean loss of the examples."""
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count
    ### END SOLUTION


# %% [markdown]
# To see what a loop does with a model, here is a spy: a linear model that notes the circumstances of each call.


# %%
class Spy(nn.Module):
    """A linear model that notes for each call: training mode or not, gradients on or off, how many examples."""

    def __init__(self, features, num_classes):
        super().__init__()
        self.linear = nn.Linear(features, num_classes)
        self.notes = []
        with torch.no_grad():  # always the same start
            self.linear.weight.copy_(
                torch.arange(self.linear.weight.numel()).sin().view(num_classes, features)
            )
            self.linear.bias.copy_(torch.arange(num_classes).cos())

    def forward(self, x):
        """Scores of x, which is flattened."""
        self.notes.append((self.training, torch.is_grad_enabled(), len(x)))
        return self.linear(x.flatten(1))


def normalizing_net(features, num_classes):
    """A small net with batch norm and dropout, which depends on its mode."""
    return nn.Sequential(
        nn.Flatten(), nn.BatchNorm1d(features), nn.Dropout(0.5), nn.Linear(features, num_classes)
    )


def make_loader(x, y, batch_size):
    """A loader of these tensors, in their order."""
    return DataLoader(TensorDataset(x, y), batch_size=batch_size)


def make_sgd(model, learning_rate, momentum=0.0):
    """Stochastic gradient descent on the model's parameters."""
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)


def leave_gradients(model):
    """Leave a gradient of ones behind, as another program might."""
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)


def set_mode(model, training):
    """Put the model into training mode or into evaluation mode."""
    model.train(training)


# %% grades="train_epoch"
check("train_epoch")

# %% [markdown]
# ### 5.2 Evaluation (4 points)
#
# `evaluate` goes once through the loader without learning anything and returns `(loss, accuracy)`.
#
# - Put the model into **evaluation mode** first. Leave it there; `train_epoch` sees to its own mode.
# - Switch the recording of graphs off while the model computes, with `torch.no_grad()` or `torch.inference_mode()`, and
#   only then: after the call it is on as before.
# - Both numbers are means over all **examples**, and Python `float`s. Batches may be of unequal sizes, one example
#   included. The loss is as in 5.1. Call the model once for each batch.
# - Parameters and running statistics stay as they are, and no gradients are left in the model.


# %% solution="evaluate"
def evaluate(model, loader, device="cpu"):
    """The mean loss and the accuracy of the model on all examples of the loader."""
    ### BEGIN SOLUTION
    model.eval()
    total, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            scores = model(x)
            total += F.cross_entropy(scores, y).item() * len(y)
            correct += (scores.argmax(dim=1) == y).sum().item()
            count += len(y)
    return total / count, correct / count
    ### END SOLUTION


# %%
def state_of(model):
    """All numbers that the model keeps, learned or counted: name -> tensor."""
    return dict(model.state_dict())


def gradients_left(model):
    """How many parameters of the model have a gradient."""
    return sum(parameter.grad is not None for parameter in model.parameters())


def switch_graphs_on():
    """Let graphs be recorded from here on; returns whether they were before."""
    were_on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return were_on


# %% grades="evaluate"
check("evaluate")

# %% [markdown]
# Before the net is trained: what should its loss be, with ten classes and no idea? $\log 10 = 2.303$. Always look:

# %%
torch.manual_seed(0)
net = SmallConvNet().to(device)
val_loader = DataLoader(TensorDataset(x_val, y_val), batch_size=250)
print("before training: loss {:.3f}, accuracy {:.1%}".format(*evaluate(net, val_loader, device)))

# %% [markdown]
# Now train. A shuffling loader, Adam, six epochs:

# %%
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
history = {"training": [], "validation": [], "validation accuracy": []}
start = time.perf_counter()
for _ in range(6):
    history["training"].append(train_epoch(net, train_loader, optimizer, device))
    val_loss, val_accuracy = evaluate(net, val_loader, device)
    history["validation"].append(val_loss)
    history["validation accuracy"].append(val_accuracy)
print(f"six epochs took {time.perf_counter() - start:.0f} s; validation accuracy {val_accuracy:.1%}")

figure = new_figure(10, 3.8)
losses, accuracies = figure.subplots(1, 2)
epochs = range(1, len(history["training"]) + 1)
losses.plot(epochs, history["training"], marker="o", label="training (dropout on, weights changing)")
losses.plot(epochs, history["validation"], marker="s", linestyle="--", label="validation")
losses.set(title="Loss", xlabel="Epoch", ylabel="Mean cross-entropy (nats)", ylim=(0, None))
losses.legend()
accuracies.plot(epochs, [100 * a for a in history["validation accuracy"]], marker="s", linestyle="--")
accuracies.set(title="Accuracy on validation pictures", xlabel="Epoch", ylabel="Named correctly (%)")
figure

# %% [markdown]
# ### Three slips, measured
#
# What do the slips cost of which this notebook warns? The same net, the same random numbers, 1500 pictures, three epochs,
# with one line changed each time:


# %%
def train_with_slip(slip):
    """Validation accuracy of a net that was trained on 1500 pictures for three epochs, with a slip."""
    torch.manual_seed(1)
    model = SmallConvNet(width=8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for _ in range(3):
        model.train()
        for x, y in DataLoader(TensorDataset(x_train[:1500], y_train[:1500]), batch_size=50, shuffle=True):
            if slip != "gradients never set to zero":
                optimizer.zero_grad()
            scores = model(x)
            if slip == "a softmax before cross_entropy":
                scores = scores.softmax(dim=1)
            F.cross_entropy(scores, y).backward()
            optimizer.step()
    model.train(slip == "evaluated in training mode, in tens")
    size = 10 if model.training else 250
    with torch.no_grad():
        return accuracy(torch.cat([model(part) for part in x_val.split(size)]), y_val)


slips = {
    slip: 100 * train_with_slip(slip)
    for slip in (
        "none",
        "gradients never set to zero",
        "a softmax before cross_entropy",
        "evaluated in training mode, in tens",
    )
}
plots.bars(slips, label="Validation pictures named correctly (%)", title="What a slip costs", form=".1f")

# %% [markdown]
# None of them raised an error. The first is so bad that you would have gone looking. But if you had seen only the accuracy
# of one of the other two, would you have known that there was something to look for?
#
# **Why is it (1 point)?** A net ends in a softmax layer and is trained with `F.cross_entropy`. It learns, but slowly, and
# with ten classes its loss never gets below about 1.46. Why?
#
# - `"a"`: softmax has no gradient, so only the biases of the last layer learn
# - `"b"`: cross-entropy applies a softmax of its own; on numbers between 0 and 1 even the best answer,
#   a one among zeros, gets a probability of only $e / (e + 9)$
# - `"c"`: the logarithm of a probability is negative, so the loss is maximised
# - `"d"`: softmax divides by the sum over the batch, so that examples compete with each other
#
# (The check says only whether your answer can be read. Whether it is right, you learn with your grade.)

# %% solution="answer_double_softmax"
answer_double_softmax = ...  # replace the dots by "a", "b", "c" or "d"
### BEGIN SOLUTION
answer_double_softmax = "b"
# The best that the second softmax can be given is a one among nine zeros: it makes e / (e + 9) =
# 0.23 of it, whose loss is 1.46.
### END SOLUTION

# %% grades="answer_double_softmax"
check("answer_double_softmax")

# %% [markdown]
# ### Who is taken for whom?

# %%
net.eval()
with torch.no_grad():
    predicted = torch.cat([net(part.to(device)).argmax(dim=1).cpu() for part in x_test.split(250)])
print(f"{(predicted == y_test).float().mean():.1%} of the test pictures are named correctly")
plots.confusion_matrix(y_test.numpy(), predicted.numpy(), images.classes)

# %% [markdown]
# The net is better on the validation pictures than here, and that is no accident. Both kinds are new to it. But the
# validation pictures were cut from the same parts of the ten photographs as the training pictures, and the test pictures
# from another part, where the astronaut's suit has ended and the cat is a blur. A net is as good as its validation pictures
# say only on pictures of the same kind.
#
# ## 6. Saving and loading
#
# A trained net is its numbers. `net.state_dict()` holds them by name: what was learned, and what was counted on the
# way (the running means of batch norm). Save that, not the net: a saved *object* can be read only as long as your
# code has not moved, a saved table of tensors always.
#
# And there is a darker reason. Files of Python objects are *pickles*, and reading a pickle may run code. Here is an
# object whose file makes a folder on the machine of whoever reads it. It could as well delete one.


# %%
class Trap:
    """An object that is read as: make this folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def scratch_path(name):
    """A path in a new, empty folder."""
    return Path(tempfile.mkdtemp()) / name


def set_a_trap(model, path, sprung):
    """Save the model's numbers together with a trap, which makes the folder `sprung` when it is read."""
    torch.save({**model.state_dict(), "trap": Trap(sprung)}, path)


sprung = scratch_path("sprung")
trapped = scratch_path("weights.pt")
set_a_trap(nn.Linear(2, 2), trapped, sprung)
torch.load(trapped, weights_only=False)
print("Reading a file of weights made a folder:", sprung.exists())

# %% [markdown]
# With `weights_only=True` nothing but tensors and plain data is read, and anything else is an error.
#
# ### 6.1 Save (1 point)
#
# Write the model's state dict to `path`, a `pathlib.Path`, and nothing else. The model stays as it is.


# %% solution="save_weights"
def save_weights(model, path):
    """Write the model's state dict to path."""
    ### BEGIN SOLUTION
    torch.save(model.state_dict(), path)
    ### END SOLUTION


# %%
def read_weights(path):
    """The tensors in a file of weights, by name."""
    return dict(torch.load(path, weights_only=True))


def write_weights(weights, path):
    """Write tensors by name into a file of weights."""
    torch.save(weights, path)


def is_there(path):
    """Whether there is a file or a folder of this name."""
    return path.exists()


# %% grades="save_weights"
check("save_weights")

# %% [markdown]
# ### 6.2 Load (2 points)
#
# Read a state dict from `path` into the model, and return the same model, in evaluation mode.
#
# - A file that holds anything but tensors and plain data is refused with an error, and none of its code runs.
# - So is a file whose names or shapes are not those of the model (that is what `load_state_dict` does if you let it).
# - The file may have been written on a machine with a graphics card: `map_location="cpu"` brings all tensors home.


# %% solution="load_weights"
def load_weights(model, path):
    """Read the file's state dict into the model and return it, in evaluation mode."""
    ### BEGIN SOLUTION
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model
    ### END SOLUTION


# %% grades="load_weights"
check("load_weights")

# %%
saved = scratch_path("net.pt")
save_weights(net, saved)
fresh = load_weights(SmallConvNet(), saved).to(device)
print(f"{saved.stat().st_size / 1e3:.0f} kB on disk")
print("as saved: loss {:.4f}, accuracy {:.1%}".format(*evaluate(net, val_loader, device)))
print("as read:  loss {:.4f}, accuracy {:.1%}".format(*evaluate(fresh, val_loader, device)))

# %% [markdown]
# ## 7. Good enough, soon enough (3 points)
#
# Now you are on your own. Write `learn`: it gets pictures and labels, and returns a model that names new pictures of the same
# kind. The architecture, the optimizer, the number of epochs, augmentation: all yours. Call what you have built.
#
# - `x` is a standardised `float32` tensor `(N, C, H, W)`, `y` are labels, `(N,)`, from 0 to `num_classes - 1`. Both are read
#   only. Height and width may differ, and are at least 8. There are 200 to 5000 pictures.
# - Return a model that maps pictures, `(M, C, H, W)`, to scores, `(M, num_classes)`, **in evaluation mode**.
# - `seconds` is the time you have, measured on a single core. Stop in time: look at the clock (`time.perf_counter()`) after each
#   epoch, and stop before the next one might take you beyond. Fewer epochs are fine if you need no more.
#
# On the pictures of this notebook you have reached your goal if the cell below says so: **at least 65 % of the validation
# pictures in at most 60 seconds** (nearest neighbours reach less than half). Grading uses small pictures of stripes and
# checks: 240 pictures of 12 to 16 pixels, in three or four classes that differ in the direction or the kind of
# pattern, each at a random place and with noise. There you have 4 seconds to reach 85 % on new pictures. A linear
# classifier, for which a stripe that moves is another stripe, does not get there; a small ConvNet does in less than a
# second.


# %% solution="learn"
def learn(x, y, num_classes, seconds=60):
    """A trained model, in evaluation mode, for pictures like x, (N, C, H, W), with labels y, (N,)."""
    ### BEGIN SOLUTION
    start = time.perf_counter()
    model = SmallConvNet(tuple(x.shape[1:]), num_classes)
    loader = DataLoader(TensorDataset(x, y), batch_size=max(16, min(64, len(x) // 12)), shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 8):
        loss = train_epoch(model, loader, optimizer)
        passed = time.perf_counter() - start
        if loss < 0.1 or passed * (epoch + 1) / epoch > 0.8 * seconds:
            break
    model.eval()
    return model
    ### END SOLUTION


# %% grades="learn"
check("learn")

# %%
start = time.perf_counter()
mine = learn(x_train, y_train, len(images.classes), seconds=60)
seconds = time.perf_counter() - start
_, mine_accuracy = evaluate(mine, val_loader)
verdict = "reached" if mine_accuracy >= 0.65 and seconds <= 60 else "not reached yet"
print(f"{mine_accuracy:.1%} of the validation pictures after {seconds:.0f} s: the goal is {verdict}")

# %% [markdown]
# ### 7.1 In your own words (3 points)
#
# Eve has trained a net with dropout and batch norm. In her notebook it names 92 % of the validation pictures correctly.
# In the app, where pictures come one at a time, the same weights are hardly better than guessing.
#
# 1. Name the most likely cause, and say for *each* of the two layers what happens to a single picture because of it.
# 2. Why did Eve not notice, although she measured on validation pictures? (Think of how large her batches were.)
# 3. Which two lines of the program would you look at first, and what should stand there?
#
# Four or five sentences are enough.

# %% [markdown] manual="question_one_at_a_time" points=3
# <!-- BEGIN SOLUTION -->
# The app runs the net in training mode: nobody called `eval()`. Dropout then still strikes out a random part of the numbers
# at every call, so that the answer to the same picture changes from call to call. Batch norm takes mean and deviation from
# the batch, which is the one picture itself: every channel of it is shifted to mean 0 and deviation 1 over its own pixels,
# whatever it was that made it bright or dark there, and the running statistics, which were measured for this very purpose, are not used
# (they are even overwritten).
#
# In the notebook either the mode was right, or the batches were so large that their statistics were about those of
# the whole set; the noise of dropout costs only a few percent.
#
# I would look for `model.eval()` after the line that loads the weights (with `torch.no_grad()` around the call, which saves memory and
# does not change the answer), and at the loop that evaluates in the notebook, which should begin with `model.eval()` too.
# <!-- END SOLUTION -->
# ### BEGIN MARK SCHEME
# 1 point: training mode (eval() not called), half a point; half a point for both effects: dropout still drops at random, batch norm
#   uses the statistics of the single picture instead of the running ones.
# 1 point: batches of many pictures have statistics close to the running ones (or: her evaluation set the mode, the app does
#   not). Half a point for "she did not test on the app" without the role of the batch.
# 1 point: model.eval() after loading and before predicting, half a point; a second sensible line, half a point (evaluation
#   loop, no_grad with the remark that it does not change the mode). no_grad alone as the cure earns nothing.
# ### END MARK SCHEME

# %% [markdown]
# ## 8. The architects' arithmetic
#
# Which net fits on your machine? Three numbers of each layer tell: the shape of what comes out, the parameters, and the multiply-adds.
#
# ### 8.1 What a convolution costs (3 points)
#
# For an input of shape `(C, H, W)` and `filters` filters of `kernel` × `kernel` × C numbers:
#
# - A side of n pixels becomes `(n + 2 * pad - kernel) // stride + 1` pixels. Height and width may differ.
# - Parameters: the weights of all filters, and, if `bias` is true, one bias for each filter.
# - Multiply-adds: the number of products of a weight and a pixel for one picture, those with padding included. Biases do
#   not count.
# - Return `(shape, parameters, multiply_adds)`, with shape `(filters, H', W')`, all of them Python `int`s.
# - If the filter is larger than the padded picture in either direction, raise a `ValueError`.


# %% solution="conv_costs"
def conv_costs(shape, filters, kernel, stride=1, pad=0, bias=True):
    """Output shape, parameters and multiply-adds of a convolution on an input of shape (C, H, W)."""
    ### BEGIN SOLUTION
    channels, height, width = shape
    if kernel > min(height, width) + 2 * pad:
        raise ValueError(f"a filter of {kernel} x {kernel} does not fit into {height} x {width}, pad {pad}")
    rows, columns = ((side + 2 * pad - kernel) // stride + 1 for side in (height, width))
    weights = kernel * kernel * channels * filters
    return (filters, rows, columns), weights + filters * bool(bias), weights * rows * columns
    ### END SOLUTION


# %% grades="conv_costs"
check("conv_costs")

# %% [markdown]
# A fully connected layer is a convolution whose filter is as large as the picture, so this one function is enough for a whole
# net. Below, a number F stands for a 3 × 3 convolution with F filters, `"pool"` for 2 × 2 pooling, and a tuple is a convolution
# `(filters, kernel, stride, pad)`.


# %%
def net_costs(shape, layers):
    """Rows (layer, output shape, numbers in it, parameters, multiply-adds), one for each layer."""
    rows = [("input", shape, int(np.prod(shape)), 0, 0)]
    for layer in layers:
        if isinstance(layer, str):  # "pool": 2 x 2, or "pool 3": 3 x 3, both with stride 2
            kernel = 3 if "3" in layer else 2
            shape = (shape[0], *((side - kernel) // 2 + 1 for side in shape[1:]))
            rows.append((layer, shape, int(np.prod(shape)), 0, 0))
            continue
        filters, kernel, stride, pad = layer if isinstance(layer, tuple) else (layer, 3, 1, 1)
        shape, parameters, products = conv_costs(shape, filters, kernel, stride, pad)
        rows.append((f"{kernel}x{kernel} / {stride}", shape, int(np.prod(shape)), parameters, products))
    return rows


LENET = [(6, 5, 1, 0), "pool", (16, 5, 1, 0), "pool", (120, 5, 1, 0), (84, 1, 1, 0), (10, 1, 1, 0)]
ALEXNET = [(96, 11, 4, 0), "pool 3", (256, 5, 1, 2), "pool 3", 384, 384, 256, "pool 3"]
ALEXNET += [(4096, 6, 1, 0), (4096, 1, 1, 0), (1000, 1, 1, 0)]
VGG16 = [64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", *2 * [512, 512, 512, "pool"]]
VGG16 += [(4096, 7, 1, 0), (4096, 1, 1, 0), (1000, 1, 1, 0)]
FAMOUS = {
    "LeNet-5 (1998)": ((1, 32, 32), LENET),
    "AlexNet (2012)": ((3, 227, 227), ALEXNET),
    "VGG-16 (2014)": ((3, 224, 224), VGG16),
}

print(f"{'VGG-16, layer':14}{'output':>15}{'numbers':>12}{'parameters':>14}{'multiply-adds':>16}")
for name, shape, numbers, parameters, products in net_costs(*FAMOUS["VGG-16 (2014)"]):
    print(f"{name:14}{'x'.join(map(str, shape)):>15}{numbers:12,}{parameters:14,}{products:16,}")
totals = {name: np.sum([row[2:] for row in net_costs(*net)], axis=0) for name, net in FAMOUS.items()}
print()
print(f"{'together':29}{'numbers':>12}{'parameters':>14}{'multiply-adds':>16}{'MB of numbers':>15}")
for name, (numbers, parameters, products) in totals.items():
    print(f"{name:29}{numbers:12,}{parameters:14,}{products:16,}{4 * numbers / 1e6:15.1f}")

# %% [markdown]
# Read the large table from three sides.
# - **Memory** is at the top: the first two convolutions hold 3.2 million numbers each, and for training all have to be kept. Together
#   it is 15.2 million, 61 MB of float32 for one picture. (A well-known lecture slide says 24 million and 96 MB. Its own
#   rows add up to yours.)
# - **Parameters** are at the bottom: 102.8 of 138.4 million sit in the first fully connected layer.
# - **Work** is in the middle.
#
# Three different places, so "make it smaller" means three different things. And all that came after VGG was about
# getting rid of one of them.

# %%
vgg = net_costs(*FAMOUS["VGG-16 (2014)"])[1:]
figure = new_figure(10, 5.4)
panels = figure.subplots(1, 3, sharey=True)
kinds = ["pool" if name == "pool" else "convolution" if shape[1] > 1 else "linear" for name, shape, *_ in vgg]
colours = {"convolution": "#0072b2", "pool": "#999999", "linear": "#d55e00"}
for panel, column, title in zip(
    panels, (2, 3, 4), ("Numbers that come out", "Parameters", "Multiply-adds"), strict=True
):
    for kind, colour in colours.items():
        places = [i for i, this in enumerate(kinds) if this == kind]
        panel.barh(places, [vgg[i][column] / 1e6 for i in places], color=colour, label=kind)
    panel.set(title=title, xlabel="Millions")
panels[0].set(ylabel="Layer of VGG-16, first at the top")
panels[0].set_yticks(range(len(vgg)), [name for name, *_ in vgg], fontsize=9)
figure.suptitle("VGG-16: memory at the top, parameters at the bottom, work in between", fontweight="bold")
panels[0].invert_yaxis()
panels[0].legend(loc="lower right")
figure

# %% [markdown]
# ### Bottlenecks
#
# **GoogLeNet** looks at the same 28 × 28 × 256 numbers with four eyes at once: 128 filters of 1 × 1, 192 of 3 × 3, 96 of
# 5 × 5, and a pooling, and stacks what they see. Count the products:

# %%
INPUT = (256, 28, 28)
naive = [conv_costs(INPUT, *eye)[2] for eye in ((128, 1), (192, 3, 1, 1), (96, 5, 1, 2))]
print("  +  ".join(f"{products / 1e6:.0f}M" for products in naive), f" =  {sum(naive) / 1e6:.0f}M")
print("channels that come out:", 128 + 192 + 96 + 256)

# %% [markdown]
# 854 million for one module, and the channels grow from 256 to 672, because pooling passes all of its 256 on. So next time it
# will be worse. The remedy is a convolution of 1 × 1: at each place it mixes the channels, and it can mix many into few.
#
# **What is it worth (1 point)?** Put 64 filters of 1 × 1 before the 3 × 3, another 64 before the 5 × 5, and 64 *behind* the pooling
# (which keeps the size, 28 × 28, and the 256 channels); the 128 filters of 1 × 1 stay. All numbers of filters stay as they were. How many multiply-adds does the module
# take now, all six convolutions together? In millions, to the nearest million: 854 would be the answer for the naive one.
# Use your function. (A well-known slide says 358, which is not the sum of the products that it lists.)

# %% solution="answer_bottleneck"
answer_bottleneck = ...  # replace the dots by a number, in millions
### BEGIN SOLUTION
answer_bottleneck = 271
# Per place: 128 * 256 for the 1 x 1, 3 * 64 * 256 for the new ones, 192 * 9 * 64 for the 3 x 3
# and 96 * 25 * 64 for the 5 x 5, 346,112 together; times 28 * 28 places. That is less than a
# third of the naive module.
### END SOLUTION

# %% grades="answer_bottleneck"
check("answer_bottleneck")

# %% [markdown]
# **ResNet** uses the same trick to become deep. Its blocks compute what to *add* to their input, so that a block that has
# learned nothing does no harm, and the gradient has a road past every block. From 50 layers on a block on 256 channels
# is a bottleneck: 1 × 1 down to 64, 3 × 3 on those, 1 × 1 up again. And **MobileNet** splits the 3 × 3 convolution:
# first each channel by itself, then 1 × 1 across the channels.

# %%
down, middle, up = (64, 1, 1, 0), (64, 3, 1, 1), (256, 1, 1, 0)
plain_block = sum(row[4] for row in net_costs(INPUT, [256, 256]))
bottleneck = sum(row[4] for row in net_costs(INPUT, [down, middle, up]))
separable = 256 * conv_costs((1, 28, 28), 1, 3, 1, 1)[2] + conv_costs(INPUT, 256, 1)[2]
plots.bars(
    {
        "two 3 x 3 convolutions": plain_block / 1e6,
        "ResNet's bottleneck": bottleneck / 1e6,
        "two of MobileNet's, split": 2 * separable / 1e6,
    },
    label="Multiply-adds (millions)",
    title="Blocks from 28 x 28 x 256 to 28 x 28 x 256",
    form=".0f",
)

# %% [markdown]
# ### When one machine is not enough
#
# Two ways lead to many machines. **Data parallel**: every machine has the whole net and a part of the batch, and before each
# step they average their gradients. Since the gradient of a mean is a mean of gradients, nothing changes but the time:

# %%
torch.manual_seed(0)
twin = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))


def gradient_of(part):
    """The gradient of the loss on a part of the training pictures."""
    twin.zero_grad()
    F.cross_entropy(twin(x_train[part]), y_train[part]).backward()
    return twin[1].weight.grad.clone()


together = gradient_of(slice(0, 128))
averaged = (gradient_of(slice(0, 64)) + gradient_of(slice(64, 128))) / 2
print(f"one machine, two machines: the gradients differ by at most {(together - averaged).abs().max():.0e}")

# %% [markdown]
# (With batch norm in the net it is not quite so: each machine would see the statistics of its own part only.) **Model parallel**:
# each machine has a part of the net and hands its numbers on to the next. That is needed when the net does not fit on
# one, and then most machines wait most of the time, unless you keep several batches under way.
#
# You have now all that a training program is made of, and it is yours. In the next assignment the same tools turn round:
# the net stands still, and the gradient changes the picture.
#
# ## Hand in
#
# Change `False` to `True`, save the notebook, and run the cell. It packs your notebooks into one archive and shows
# a receipt. You may hand in as often as you like before the date: no attempt is lost.

# %%
HAND_IN = False

if HAND_IN:
    submit("a2")
