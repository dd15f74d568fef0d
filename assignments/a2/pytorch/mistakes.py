"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

The right solution, and the helpers that the notebook gives, are taken from the notebook itself.
"""

import csv
import os
import re
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from autograder.mistakes import Catalogue
from cs_lib.check.definitions import define

NOTEBOOK = Path(__file__).with_name("notebook.py").read_text(encoding="utf-8")
PICTURES, SHARE, GRADIENT, FOLDER = "standardize", "accuracy", "value_and_gradient", "ImageFolderCSV"
NET, TRAIN, EVALUATE, SAVE = "SmallConvNet", "train_epoch", "evaluate", "save_weights"
LOAD, LEARN, COSTS = "load_weights", "learn", "conv_costs"

catalogue = Catalogue(
    define([("notebook.py", NOTEBOOK)], wanted=re.findall(r'# %% solution="(\w+)"', NOTEBOOK)).namespace
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer
Right = catalogue.solution


# --- pictures into numbers


def pictures(images, mean, std, scale=255.0, over=(0, 2, 3), correction=0, least=0.001, axes=(0, 3, 1, 2)):
    """standardize with its decisions as arguments."""
    x = torch.from_numpy(images).permute(*axes).float() / scale
    mean = x.mean(dim=over) if mean is None else mean
    std = x.std(dim=over, correction=correction).clamp(min=least) if std is None else std
    return (x - mean[:, None, None]) / std[:, None, None], mean, std


@mistake(PICTURES, "The values were never brought to 0..1: mean and std are 255 times too large.")
def pictures_up_to_255(images, mean=None, std=None):
    return pictures(images, mean, std, scale=1)


@mistake(PICTURES, "Divide by 255, the largest value that there can be, not by 256.")
def pictures_by_256(images, mean=None, std=None):
    return pictures(images, mean, std, scale=256)


@mistake(PICTURES, "Your deviation divides by one less than the number of values: say correction=0.")
def pictures_with_bessel(images, mean=None, std=None):
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean = x.mean(dim=(0, 2, 3)) if mean is None else mean
    std = x.std(dim=(0, 2, 3)).clamp(min=0.001) if std is None else std
    return (x - mean[:, None, None]) / std[:, None, None], mean, std


@mistake(PICTURES, "A reshape cuts the row of numbers anew and mixes colours with pixels: permute the axes.")
def pictures_reshaped(images, mean=None, std=None):
    n, h, w, c = images.shape
    x = torch.from_numpy(images).reshape(n, c, h, w).float() / 255
    mean = x.mean(dim=(0, 2, 3)) if mean is None else mean
    std = x.std(dim=(0, 2, 3), correction=0).clamp(min=0.001) if std is None else std
    return (x - mean[:, None, None]) / std[:, None, None], mean, std


@mistake(PICTURES, "The channels still come last: the result has the axes (N, C, H, W).")
def pictures_channels_last(images, mean=None, std=None):
    x, mean, std = pictures(images, mean, std)
    return x.permute(0, 2, 3, 1), mean, std


@mistake(
    PICTURES, "Rows and columns have changed places: which axis of (N, H, W, C) goes where in (N, C, H, W)?"
)
def pictures_transposed(images, mean=None, std=None):
    return pictures(images, mean, std, axes=(0, 3, 2, 1))


@mistake(PICTURES, "One mean for all channels together: each channel has a mean and a deviation of its own.")
def pictures_one_mean(images, mean=None, std=None):
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean = x.mean().repeat(x.shape[1]) if mean is None else mean
    std = x.std(correction=0).clamp(min=0.001).repeat(x.shape[1]) if std is None else std
    return (x - mean[:, None, None]) / std[:, None, None], mean, std


@mistake(PICTURES, "One mean for all channels together: each channel has a mean and a deviation of its own.")
def pictures_one_mean_many_deviations(images, mean=None, std=None):
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean = x.mean().repeat(x.shape[1]) if mean is None else mean
    return pictures(images, mean, std)


@mistake(
    PICTURES,
    "mean and std were given, but others were used: test pictures need the training pictures' numbers.",
)
def pictures_ignore_given(images, mean=None, std=None):
    return pictures(images, None, None)


@mistake(
    PICTURES,
    "A channel that is the same everywhere has a deviation of 0, and 0 / 0 is NaN: no deviation may "
    "be below 0.001.",
)
def pictures_divide_by_zero(images, mean=None, std=None):
    return pictures(images, mean, std, least=0)


@mistake(PICTURES, "0.001 is the least deviation, not something to add to each of them.")
def pictures_add_epsilon(images, mean=None, std=None):
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean = x.mean(dim=(0, 2, 3)) if mean is None else mean
    std = x.std(dim=(0, 2, 3), correction=0) + 0.001 if std is None else std
    return (x - mean[:, None, None]) / std[:, None, None], mean, std


@mistake(PICTURES, "You divide by the variance. The deviation is its root.")
def pictures_by_variance(images, mean=None, std=None):
    x, mean, dev = pictures(images, mean, std)
    std = dev**2 if std is None else std
    return x * (dev / std)[:, None, None], mean, std


@mistake(PICTURES, "The result is float64, twice as much memory as asked for: make it float32.")
def pictures_in_double(images, mean=None, std=None):
    return tuple(part.double() for part in pictures(images, mean, std))


@mistake(PICTURES, "Only the pictures come back. The caller needs mean and std too, for other pictures.")
def pictures_alone(images, mean=None, std=None):
    return pictures(images, mean, std)[0]


@right(PICTURES)
def pictures_by_numpy(images, mean=None, std=None):
    x = images.transpose(0, 3, 1, 2).astype(np.float32) / 255
    mean = x.mean(axis=(0, 2, 3)) if mean is None else mean.numpy()
    std = np.maximum(x.std(axis=(0, 2, 3)), 0.001) if std is None else std.numpy()
    x = (x - mean[:, None, None]) / std[:, None, None]
    return torch.tensor(x), torch.tensor(mean), torch.tensor(std)


@right(PICTURES)
def pictures_one_by_one(images, mean=None, std=None):
    x = torch.tensor(images, dtype=torch.float64).movedim(-1, 1) / 255
    mean = torch.stack([channel.mean() for channel in x.unbind(1)]) if mean is None else mean
    std = (
        torch.stack([max(c.std(unbiased=False), torch.tensor(1e-3)) for c in x.unbind(1)])
        if std is None
        else std
    )
    x = torch.stack([(c - m) / s for c, m, s in zip(x.unbind(1), mean, std, strict=True)], dim=1)
    return [x.float(), mean.float(), std.float()]


@right(PICTURES)
def pictures_by_squares(images, mean=None, std=None):
    x = torch.as_tensor(images).permute(0, 3, 1, 2).contiguous() / 255.0
    if mean is None:
        mean = x.mean((0, 2, 3))
    centred = x - mean.view(1, -1, 1, 1)
    if std is None:
        std = (centred**2).mean((0, 2, 3)).sqrt()
        std = torch.where(std < 0.001, 0.001, std)
    return centred / std.view(1, -1, 1, 1), mean, std


# --- accuracy


def share_of(right_ones, of=None):
    """A mistake in the accuracy, from what it counts."""
    return lambda scores, labels: float(right_ones(scores, labels).sum()) / (of or len)(scores)


for name, hint, function in (
    ("over_columns", "The largest score is looked for in each column. Which axis holds the classes?",
     lambda s, y: (s.argmax(dim=0)[: len(y)] == y[: s.shape[1]]).float().mean().item()),
    ("over_columns_at_once", "The largest score is looked for in each column. Which axis holds the classes?",
     lambda s, y: (s.argmax(dim=0) == y).float().mean().item()),
    ("of_scores", "You compare the largest score with the label. Which class has that score?",
     lambda s, y: (s.max(dim=1).values == y).float().mean().item()),
    ("count", "That is how many are right, not which share.", lambda s, y: float((s.argmax(1) == y).sum())),
    ("percent", "These are percent. Asked for is a share between 0 and 1.",
     lambda s, y: 100 * (s.argmax(1) == y).float().mean().item()),
    ("of_errors", "That is the share of wrong "
        "answers.", lambda s, y: (s.argmax(1) != y).float().mean().item()),
    ("of_smallest", "You take the smallest score of each row.",
     lambda s, y: (s.argmin(1) == y).float().mean().item()),
    ("by_classes", "You divide by the number of classes. How many answers are there?", share_of(
        lambda s, y: s.argmax(1) == y, lambda s: s.shape[1])),
    ("of_all_scores", "You divide by the number of all scores. How many answers are there?", share_of(
        lambda s, y: s.argmax(1) == y, lambda s: s.numel())),
    ("as_tensor", "The number is right, but still a tensor: .item() makes a float of it.",
     lambda s, y: (s.argmax(1) == y).float().mean()),
    ("rounded", "The share is rounded to 0 or 1: a sum of whole numbers divided by // loses its fraction.",
     lambda s, y: float((s.argmax(1) == y).sum().item() // len(y))),
    ("of_probability", "That is the mean probability of the right class. Count how often it has the "
        "largest score.",
     lambda s, y: s.softmax(1)[torch.arange(len(y)), y].double().mean().item()),
):  # fmt: skip
    function.__name__ = f"accuracy_{name}"
    mistake(SHARE, hint)(function)


@mistake(SHARE, "The scores belong to the caller, and afterwards they are others: sort or clear a copy.")
def accuracy_in_place(scores, labels):
    best = scores.argmax(1)
    scores.clamp_(min=0)
    return (best == labels).float().mean().item()


@right(SHARE)
def accuracy_by_numpy(scores, labels):
    return float(np.mean(scores.numpy().argmax(axis=1) == labels.numpy()))


@right(SHARE)
def accuracy_by_loop(scores, labels):
    return sum(int(row.argmax()) == int(label) for row, label in zip(scores, labels, strict=True)) / len(
        scores
    )


@right(SHARE)
def accuracy_by_max(scores, labels):
    _, predicted = torch.max(scores, 1)
    return predicted.eq(labels).sum().item() / labels.size(0)


# --- autograd

LEFT_OVER = (
    "backward() adds to .grad, and x is the caller's: the second call begins with what the first has left. "
    "Work on a detached copy."
)


@mistake(GRADIENT, LEFT_OVER)
def gradient_in_x(f, x):
    x.requires_grad_()
    value = f(x)
    value.backward()
    return value.item(), x.grad


@mistake(
    GRADIENT, "x comes back with requires_grad set: it belongs to the caller, so work on a detached copy."
)
def gradient_sets_flag(f, x):
    x.requires_grad_()
    value = f(x)
    return value.item(), torch.autograd.grad(value, x)[0]


@mistake(GRADIENT, "The copy is no copy: x.detach() shares x's numbers, and you write into them.")
def gradient_moves_x(f, x):
    y = x.detach()
    copy = x.detach().clone().requires_grad_()
    value = f(copy)
    gradient = torch.autograd.grad(value, copy)[0]
    y -= 0.01 * gradient
    return value.item(), gradient


@mistake(
    GRADIENT, "You clear x.grad first, and leave a gradient there in the end. Neither is yours: use a copy."
)
def gradient_clears_and_leaves(f, x):
    flag = x.requires_grad
    x.requires_grad_()
    x.grad = None
    value = f(x)
    value.backward()
    gradient = x.grad.clone()
    x.requires_grad_(flag)
    return value.item(), gradient


@mistake(
    GRADIENT,
    "The numbers are right, their kind is not: the value is a float (.item() makes "
    "one), the gradient a tensor of x's dtype.",
)
def gradient_with_tensor_value(f, x):
    value, gradient = Right[GRADIENT](f, x)
    return torch.tensor(value), gradient


@mistake(GRADIENT, "The two come in the wrong order: first the value, then the gradient.")
def gradient_first(f, x):
    return Right[GRADIENT](f, x)[::-1]


@mistake(GRADIENT, "Only the gradient comes back. Asked for are the value and the gradient.")
def gradient_alone(f, x):
    return Right[GRADIENT](f, x)[1]


@mistake(
    GRADIENT, "The gradient is off by a little everywhere: are these finite differences? Let autograd do it."
)
def gradient_by_differences(f, x):
    x = x.detach()
    value = f(x).item()
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros(x.numel(), dtype=x.dtype)
        step[i] = 1e-2
        gradient.view(-1)[i] = (f(x + step.view(x.shape)).item() - value) / 1e-2
    return value, gradient


@mistake(GRADIENT, "The gradient has lost its shape: it has the shape of x.")
def gradient_flattened(f, x):
    value, gradient = Right[GRADIENT](f, x)
    return value, gradient.reshape(1, -1)


@mistake(
    GRADIENT,
    "The numbers are right, their kind is not: the value is a float (.item() makes one), "
    "the gradient a tensor of x's dtype.",
)
def gradient_in_other_precision(f, x):
    value, gradient = Right[GRADIENT](f, x)
    return value, gradient.to(torch.float64 if x.dtype == torch.float32 else torch.float32)


@mistake(GRADIENT, "The gradient is scaled to length 1. Asked for is the gradient as it is.")
def gradient_normalised(f, x):
    value, gradient = Right[GRADIENT](f, x)
    return value, gradient / gradient.norm()


@mistake(
    GRADIENT,
    "The numbers are right, their kind is not: the value is a float (.item() makes "
    "one), the gradient a tensor of x's dtype.",
)
def gradient_as_array(f, x):
    value, gradient = Right[GRADIENT](f, x)
    return value, gradient.numpy()


@mistake(
    GRADIENT, "backward() was called twice on the way: gradients add up, and yours is twice the right one."
)
def gradient_doubled(f, x):
    x = x.detach().clone().requires_grad_()
    value = f(x)
    value.backward(retain_graph=True)
    value.backward()
    return value.item(), x.grad


@mistake(
    GRADIENT,
    "Nothing is recorded: the copy on which f is called needs requires_grad, or backward() finds no graph.",
)
def gradient_without_record(f, x):
    x = x.detach().clone()
    value = f(x)
    value.backward()
    return value.item(), x.grad


@mistake(
    GRADIENT,
    "The copy hangs on x: a clone is a step of the graph, and .grad stays with its leaves. Detach it first.",
)
def gradient_of_clone(f, x):
    x = x.clone().requires_grad_()
    value = f(x)
    value.backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch says the same
        return value.item(), x.grad


@right(GRADIENT)
def gradient_by_backward(f, x):
    leaf = x.detach().clone()
    leaf.requires_grad = True
    out = f(leaf)
    out.backward()
    return float(out.detach()), leaf.grad


@right(GRADIENT)
def gradient_by_func(f, x):
    gradient, value = torch.func.grad_and_value(f)(x.detach())
    return value.item(), gradient


@right(GRADIENT)
def gradient_by_jacobian(f, x):
    point = x.clone().detach()
    return f(point).item(), torch.autograd.functional.jacobian(f, point)


# --- a folder of pictures


def folder_class(name, read=None, picture=None, label=int, order=list, eager=False, apply=None, length=len):
    """A data set with its decisions as arguments."""

    def load(self, file):
        image = np.load(os.path.join(self.folder, file))
        image = image[:, :, None] if image.ndim == 2 else image
        return picture(image) if picture else torch.from_numpy(image).permute(2, 0, 1).float() / 255

    def start(self, folder, transform=None):
        self.folder, self.transform = folder, transform
        with open(os.path.join(folder, "labels.csv"), newline="") as file:
            rows = list(csv.reader(file))[1:] if read is None else read(file)
        self.examples = order([(row[0], label(row[1])) for row in rows])
        if eager:
            self.pictures = [load(self, file) for file, _ in self.examples]

    def item(self, index):
        file, name_of_class = self.examples[index]
        found = self.pictures[index] if eager else load(self, file)
        if apply:
            return apply(self, found), name_of_class
        return (self.transform(found) if self.transform is not None else found), name_of_class

    methods = {"__init__": start, "__getitem__": item, "__len__": lambda self: length(self.examples)}
    return type(name, (Dataset,), methods)


def tensor_of(image):
    return torch.from_numpy(image)


for arguments, hint in (
    ({"name": "folder_with_header", "read": lambda file: list(csv.reader(file)),
      "label": lambda text: int(text) if text.isdigit() else 0},
     "There is one example too many: the first line of the table names the columns."),
    ({"name": "folder_without_first", "read": lambda file: list(csv.reader(file))[2:]},
     "There is one example too few: one line of the table has names of columns, and the length "
         "counts from 1."),
    ({"name": "folder_with_text", "label": str}, "The label is still the text of the file: make it an int."),
    ({"name": "folder_with_tensors", "label": lambda text: torch.tensor(int(text))},
     "The numbers are right, their kind is not: the picture is float32 (NumPy's division makes "
         "float64), the label an int."),
    ({"name": "folder_with_one_digit", "label": lambda text: int(text[:1]) + 0},
     "A label of several digits has lost all but the first."),
    ({"name": "folder_up_to_255", "picture": lambda im: tensor_of(im).permute(2, 0, 1).float()},
     "The values go up to 255: make float32 of them, and bring them to 0..1."),
    ({"name": "folder_of_uint8", "picture": lambda im: tensor_of(im).permute(2, 0, 1)},
     "The values go up to 255: make float32 of them, and bring them to 0..1."),
    ({"name": "folder_of_float64", "picture": lambda im: tensor_of(im / 255).permute(2, 0, 1)},
     "The numbers are right, their kind is not: the picture is float32 (NumPy's division makes "
         "float64), the label an int."),
    ({"name": "folder_channels_last", "picture": lambda im: tensor_of(im).float() / 255},
     "The channels come last: a picture has the axes (C, H, W)."),
    ({"name": "folder_transposed", "picture": lambda im: tensor_of(im).permute(2, 1, 0).float() / 255},
     "Rows and columns have changed places: which axis goes where?"),
    ({"name": "folder_reshaped", "picture": lambda im: tensor_of(im).reshape(
        im.shape[2], *im.shape[:2]).float() / 255},
     "A reshape mixes colours with pixels: permute the axes."),
    ({"name": "folder_sorted", "order": sorted}, "The examples are sorted. Keep the order of the table."),
    ({"name": "folder_eager", "eager": True},
     "All pictures are read at the start, also those that nobody asks for: read in __getitem__."),
    ({"name": "folder_without_transform", "apply": lambda self, x: x}, "Is the transform applied, "
        "and once only? Mirrored twice is not mirrored at all."),
    ({"name": "folder_always_transforms", "apply": lambda self, x: self.transform(x)},
     "transform may be None: then the picture stays as it is."),
    ({"name": "folder_transforms_twice", "apply": lambda self, x: (
        self.transform(self.transform(x)) if self.transform else x)},
     "Is the transform applied, and once only? Mirrored twice is not mirrored at all."),
    ({"name": "folder_standardised", "picture": lambda im: (
        tensor_of(im).permute(2, 0, 1).float() / 255 - 0.5) / 0.5},
     "The values lie between -1 and 1. Asked for is 0 to 1: anything else is for the transform."),
    ({"name": "folder_one_short", "length": lambda examples: len(examples) - 1},
     "There is one example too few: one line of the table has names of columns, and the length "
         "counts from 1."),
):  # fmt: skip
    mistake(FOLDER, hint, replaces=FOLDER)(folder_class(**arguments))


@mistake(
    FOLDER,
    "Grey pictures have no axis of colours on disk, (H, W): they need one before the axes are permuted.",
)
class FolderOfColoursOnly(Right[FOLDER]):
    def __getitem__(self, index):
        name, label = self.examples[index]
        picture = torch.from_numpy(np.load(os.path.join(self.folder, name))).permute(2, 0, 1).float() / 255
        return (self.transform(picture) if self.transform else picture), label


@mistake(
    FOLDER,
    "The files are taken as the folder lists them. Which there are, and in which order, the table says.",
)
class FolderByListing(Right[FOLDER]):
    def __init__(self, folder, transform=None):
        super().__init__(folder, transform)
        files = sorted(name for name in os.listdir(folder) if name.endswith(".npy"))
        self.examples = [(name, label) for name, (_, label) in zip(files, self.examples, strict=False)]


@right(FOLDER, replaces=FOLDER)
class FolderByHand(Dataset):
    def __init__(self, folder, transform=None):
        lines = Path(folder, "labels.csv").read_text().splitlines()[1:]
        self.paths = [Path(folder) / line.split(",")[0] for line in lines]
        self.labels = np.array([int(line.split(",")[1]) for line in lines])
        self.transform = transform or (lambda picture: picture)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        image = np.load(self.paths[i]).astype(np.float32) / np.float32(255)
        picture = torch.tensor(image)[None] if image.ndim == 2 else torch.tensor(image).movedim(-1, 0)
        return self.transform(picture), int(self.labels[i])


@right(FOLDER, replaces=FOLDER)
class FolderAsList(Right[FOLDER]):
    def __getitem__(self, index):
        return list(super().__getitem__(index))


@right(FOLDER, replaces=FOLDER)
class FolderWithoutBase:
    def __init__(self, folder, transform=None, name="labels.csv"):
        self.folder, self.transform = folder, transform
        with open(os.path.join(folder, name)) as file:
            next(file)
            self.rows = [line.strip().split(",") for line in file]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        file, label = self.rows[index]
        image = np.load(str(self.folder) + "/" + file)
        image = image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)
        picture = torch.from_numpy(image.copy()).to(torch.float32).div(255)
        if self.transform:
            picture = self.transform(picture)
        return picture, int(label)


# --- a ConvNet


def net_class(name, change=lambda layers: layers, last=lambda scores: scores, **others):
    """The net with some of its eleven layers changed: change(list of layers)."""

    class Net(nn.Module):
        def __init__(self, image_shape=(3, 32, 32), num_classes=10, width=16, dropout=0.25):
            super().__init__()
            c, h, w = image_shape
            rows, columns = others.get("sides", lambda h, w: (h // 2 // 2, w // 2 // 2))(h, w)
            bias, second = others.get("bias", True), others.get("second", 2) * width
            kernel = others.get("kernel", 3)
            pad = others.get("pad", kernel // 2)
            inputs = second * rows * columns
            self.layers = nn.Sequential(*change([
                nn.Conv2d(others.get("channels", c), width, kernel, padding=pad, bias=bias),
                nn.BatchNorm2d(width),
                nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(width, second, kernel, padding=pad, bias=bias), nn.BatchNorm2d(second), nn.ReLU(),
                nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(others.get("dropout", lambda p: p)(dropout)),
                nn.Linear(inputs, others.get("classes", num_classes)),
            ]))  # fmt: skip

        def forward(self, x):
            return last(self.layers(x))

    Net.__name__ = name
    return Net


def without(*places):
    return lambda layers: [layer for i, layer in enumerate(layers) if i not in places]


def swapped(i, j):
    def change(layers):
        layers[i], layers[j] = layers[j], layers[i]
        return layers

    return change


class Forgetful(nn.Module):
    """Dropout that does not know the mode."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, training=True)


for arguments, hint in (
    ({"name": "net_with_softmax", "last": lambda s: s.softmax(1)},
     "The rows add up to 1: there is a softmax at the end. Return the scores themselves."),
    ({"name": "net_with_relu_at_the_end", "last": torch.relu}, "No score is below 0: the last layer "
        "has no ReLU."),
    ({"name": "net_without_batch_norm", "change": without(1, 5)},
     "Four of ten parameters are missing: each convolution is followed by batch norm."),
    ({"name": "net_without_relu", "change": without(2, 6)},
     "Without ReLU two convolutions in a row are one linear map: it stands after each batch norm."),
    ({"name": "net_without_second_relu", "change": without(6)}, "The second ReLU is missing."),
    ({"name": "net_without_dropout", "change": without(9)}, "In training mode nothing is dropped: "
        "dropout is missing."),
    ({"name": "net_with_fixed_dropout", "dropout": lambda p: 0.25},
     "The probability of dropping is always the same: the argument dropout says it."),
    ({"name": "net_keeps_instead_of_drops", "dropout": lambda p: 1 - p},
     "dropout is the probability of dropping. Yours is that of keeping."),
    ({"name": "net_drops_always", "change": lambda ls: [*ls[:9], Forgetful(ls[9].p), ls[10]]},
     "In evaluation mode numbers are dropped too: F.dropout has to be told self.training, nn.Dropout knows."),
    ({"name": "net_normalises_always", "change": lambda ls: [
        nn.BatchNorm2d(m.num_features, track_running_stats=False) if isinstance(m, nn.BatchNorm2d) else m
        for m in ls]},
     "In evaluation mode the scores of a picture depend on its company: batch norm still looks at "
         "the batch."),
    ({"name": "net_relu_before_norm", "change": lambda ls: swapped(5, 6)(swapped(1, 2)(ls))},
     "ReLU comes before batch norm. The table says: batch norm, ReLU, pooling."),
    ({"name": "net_with_average_pooling", "change": lambda ls: [
        nn.AvgPool2d(2) if isinstance(m, nn.MaxPool2d) else m for m in ls]},
     "The pooling takes means. Asked for are maxima."),
    ({"name": "net_with_same_width", "second": 1}, "The second convolution has twice as many "
        "filters as the first."),
    ({"name": "net_without_biases", "bias": False}, "The convolutions have no biases: the table "
        "asks for them."),
    ({"name": "net_with_large_filters", "kernel": 5}, "The filters are 5 x 5. The table says 3 x 3."),
    ({"name": "net_without_padding", "pad": 0}, "The convolutions make the picture smaller: the table says "
        "padding 1."),
    ({"name": "net_flattens_all", "change": lambda ls: [*ls[:8], nn.Flatten(0), *ls[9:]]},
     "All pictures of a batch become one row of numbers: flatten from axis 1 on, x.flatten(1)."),
    ({"name": "net_returns_nothing", "last": lambda s: None}, "forward returns nothing: return the scores."),
    ({"name": "net_for_ten_classes", "classes": 10}, "There are always ten scores: num_classes says "
        "how many."),
    ({"name": "net_for_colour_only", "channels": 3}, "The first convolution expects three channels: "
        "image_shape says."),
    ({"name": "net_for_squares", "sides": lambda h, w: (h // 4, h // 4)},
     "The linear layer fits square pictures only: height and width may differ."),
    ({"name": "net_for_32_pixels", "sides": lambda h, w: (8, 8)},
     "The linear layer fits pictures of 32 x 32 only: image_shape says how large they are."),
    ({"name": "net_rounds_up", "sides": lambda h, w: (-(-h // 4), -(-w // 4))},
     "Where a side can't be divided, pooling leaves the rest out: round down, after each pooling."),
    ({"name": "net_with_extra_layer", "change": lambda ls: [*ls, nn.ReLU(), nn.Linear(
        ls[10].out_features, ls[10].out_features)]},
     "There is one linear layer too many."),
):  # fmt: skip
    mistake(NET, hint, replaces=NET)(net_class(**arguments))


@mistake(
    NET,
    "Its layers stand in a plain list, so none is registered: nn.Sequential or nn.ModuleList, or an "
    "attribute each.",
)
class NetInAList(nn.Module):
    def __init__(self, *arguments, **options):
        super().__init__()
        self.hidden = [Right[NET](*arguments, **options)]

    def forward(self, x):
        return self.hidden[0](x)


@mistake(NET, "super().__init__() comes before anything else: it sets up the register of layers.")
class NetWithoutSuper(nn.Module):
    def __init__(self, *arguments, **options):
        self.layer = nn.Linear(2, 2)


@mistake(NET, "The second batch norm has 2 * width channels, the first has width: they are two layers.")
class NetWithOneNorm(Right[NET]):
    def __init__(self, image_shape=(3, 32, 32), num_classes=10, width=16, dropout=0.25):
        super().__init__(image_shape, num_classes, width, dropout)
        self.norm = nn.BatchNorm2d(2 * width)

    def forward(self, x):
        return self.norm(torch.zeros(1, self.norm.num_features // 2, 1, 1))


@right(NET, replaces=NET)
class NetByAttributes(nn.Module):
    def __init__(self, image_shape=(3, 32, 32), num_classes=10, width=16, dropout=0.25):
        super().__init__()
        c, h, w = image_shape
        self.fc = nn.Linear(2 * width * ((h // 2) // 2) * ((w // 2) // 2), num_classes)
        self.norm2, self.norm1 = nn.BatchNorm2d(2 * width), nn.BatchNorm2d(width)
        self.conv1 = nn.Conv2d(c, width, kernel_size=(3, 3), padding="same")
        self.conv2 = nn.Conv2d(width, 2 * width, kernel_size=(3, 3), padding="same")
        self.p = dropout

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.fc(F.dropout(torch.flatten(x, 1), self.p, training=self.training))


@right(NET, replaces=NET)
class NetPoolsBeforeRelu(nn.Module):
    def __init__(self, image_shape=(3, 32, 32), num_classes=10, width=16, dropout=0.25, seed=None):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(i, o, 3, 1, 1), nn.BatchNorm2d(o), nn.MaxPool2d(2, 2), nn.ReLU(inplace=True)
            )
            for i, o in ((image_shape[0], width), (width, 2 * width))
        )
        self.drop = nn.Dropout(p=dropout)
        with torch.no_grad():
            self.eval()
            size = self.features(torch.zeros(1, *image_shape)).shape[1]
            self.train()
        self.scores = nn.Linear(size, num_classes)

    def features(self, x):
        for block in self.blocks:
            x = block(x)
        return self.drop(x.view(len(x), -1))

    def forward(self, x):
        return self.scores(self.features(x))


@right(NET, replaces=NET)
class NetStartsElsewhere(Right[NET]):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)


# --- the loops


UNMOVED = (
    "The weights stay as they are. Is there a step()? And is zero_grad() before backward(), not after it, "
    "where it throws away what step() needs?"
)


def training(
    model, loader, optimizer, zero="before", mode=True, weigh=True, scores=lambda s: s, sign=1, step="batch",
    value=lambda loss: loss.item(), finish=lambda total, count: total / count, smooth=0.0,
    batches=lambda b: b,
):  # fmt: skip
    """train_epoch with its decisions as arguments."""
    if mode is not None:
        model.train(mode)
    total, count = 0.0, 0
    if zero == "epoch":
        optimizer.zero_grad()
    for x, y in batches(list(loader)):
        if zero == "before":
            optimizer.zero_grad()
        loss = F.cross_entropy(scores(model(x)), y, label_smoothing=smooth)
        (sign * loss).backward()
        if zero == "too late":
            optimizer.zero_grad()
        if step == "batch":
            optimizer.step()
        if step == "twice":
            optimizer.step()
            optimizer.step()
        if zero == "after":
            optimizer.zero_grad()
        total = total + value(loss) * (len(y) if weigh else 1)
        count += len(y) if weigh else 1
    if step == "epoch":
        optimizer.step()
    return finish(total, count)


for name, hint, options in (
    ("adds_gradients_up", "The gradients of earlier batches take part in every step: zero_grad() "
        "before each backward().",
     {"zero": None}),
    ("zeroes_once", "The gradients are set to zero once an epoch: it has to be done for each "
        "batch.", {"zero": "epoch"}),
    ("zeroes_too_late", UNMOVED, {"zero": "too late"}),
    ("zeroes_after", "Gradients that the model has when it comes take part in the first step: "
        "zero_grad() belongs "
     "before the first backward().", {"zero": "after"}),
    ("keeps_the_mode", "The model is trained in evaluation mode: say model.train() first, whatever "
        "the mode in which it comes.", {"mode": None}),
    ("in_evaluation_mode", "The model is trained in evaluation mode: say model.train() first, "
        "whatever the mode in which it comes.", {"mode": False}),
    ("mean_of_means", "The last batch is smaller, and its examples count for more than the others: "
        "weigh each batch's "
     "loss by its size.", {"weigh": False}),
    ("softmax_first", "cross_entropy takes scores and does the softmax itself: yours is done twice.",
     {"scores": lambda s: s.softmax(1)}),
    ("climbs", "The loss goes up: the step is taken along the gradient instead of against it.", {"sign": -1}),
    ("without_steps", UNMOVED, {"step": None}),
    ("one_step", "There is one step for the whole epoch. Take one after each "
        "batch.", {"step": "epoch", "zero": "epoch"}),
    ("two_steps", "There are two steps for each batch.", {"step": "twice"}),
    ("returns_sum", "That is the sum of all losses: divide by the number of examples.",
     {"finish": lambda total, count: total}),
    ("returns_tensor", "The mean loss is a tensor, and with it every batch's graph is kept: add up "
        "loss.item().",
     {"value": lambda loss: loss}),
    ("returns_nothing", "Nothing comes back. Return the mean loss.", {"finish": lambda total, count: None}),
    ("first_batch_only", "Not all batches are used: does the return stand inside the loop, or is "
        "the last, smaller batch left out?",
     {"batches": lambda b: b[:1]}),
    ("drops_the_last", "Not all batches are used: does the return stand inside the loop, or is the "
        "last, smaller batch left out?", {"batches": lambda b: b[:-1]}),
    ("smooths", "The loss is not the plain cross-entropy: is there a label_smoothing?", {"smooth": 0.1}),
):  # fmt: skip

    def epoch(model, loader, optimizer, device="cpu", options=options):
        return training(model, loader, optimizer, **options)

    epoch.__name__ = f"train_{name}"
    mistake(TRAIN, hint)(epoch)


@mistake(TRAIN, "That is the last batch's loss. Asked for is the mean over all examples.")
def train_returns_last_loss(model, loader, optimizer, device="cpu"):
    losses = []
    training(model, loader, optimizer, value=lambda loss: losses.append(loss.item()) or 0.0)
    return losses[-1]


@mistake(
    TRAIN, "The sum over the examples is divided by the number of batches: divide by that of the examples."
)
def train_divides_by_batches(model, loader, optimizer, device="cpu"):
    return training(model, loader, optimizer, finish=lambda total, count: total / len(loader))


@mistake(TRAIN, "The model is sent to a graphics card that is not there: use the argument device.")
def train_on_cuda(model, loader, optimizer, device="cpu"):
    if not torch.cuda.is_available():  # on every machine the same
        raise AssertionError("Torch not compiled with CUDA enabled")
    raise RuntimeError("no CUDA here")


@mistake(
    TRAIN,
    "torch.cuda.is_available needs its brackets: without them it counts as true. Use the argument device.",
)
def train_without_brackets(model, loader, optimizer, device="cpu"):
    device = "cuda" if torch.cuda.is_available else "cpu"
    raise RuntimeError(f"no {device} here")


@mistake(TRAIN, "The model is called twice for each batch: keep the scores of the first call.")
def train_calls_twice(model, loader, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        total += F.cross_entropy(model(x), y).item() * len(y)
        count += len(y)
        optimizer.step()
    return total / count


@mistake(
    TRAIN,
    "The optimizer that was handed in is not used. Whoever calls has chosen it, with its rate and "
    "its momentum.",
)
def train_with_own_optimizer(model, loader, optimizer, device="cpu"):
    return training(model, loader, torch.optim.SGD(model.parameters(), lr=0.01))


@right(TRAIN)
def train_with_criterion(model, loader, optimizer, device="cpu"):
    criterion = nn.CrossEntropyLoss(reduction="sum")
    model.train()
    losses = []
    for batch in loader:
        x, y = (part.to(device) for part in batch)
        summed = criterion(model(x), y)
        model.zero_grad()
        (summed / x.size(0)).backward()
        optimizer.step()
        losses.append(summed.item())
    return sum(losses) / len(loader.dataset)


@right(TRAIN)
def train_by_log_softmax(model, loader, optimizer, device="cpu", verbose=False):
    model.to(device).train(True)
    total = torch.zeros((), dtype=torch.float64)
    for x, y in loader:
        loss = F.nll_loss(F.log_softmax(model(x), dim=1), y)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(x)
    return float(total / sum(len(y) for _, y in loader))


@right(TRAIN)
def train_with_average(model, loader, optimizer, device=None):
    device = device or next(model.parameters()).device
    model.train()
    for parameter in model.parameters():
        parameter.grad = None
    means, sizes = [], []
    for x, y in loader:
        loss = F.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        means.append(loss.item())
        sizes.append(len(y))
    return float(np.average(means, weights=sizes))


def evaluating(
    model, loader, mode=False, grad=False, weigh=True, scores=lambda s: s,
    right_ones=lambda s, y: s.argmax(1) == y,
    finish=lambda loss, share: (loss, share), before=lambda model, x, y: None, batches=lambda b: b,
):  # fmt: skip
    """evaluate with its decisions as arguments."""
    if mode is not None:
        model.train(mode)
    total, hits, count = 0.0, 0.0, 0
    with torch.set_grad_enabled(grad):
        for x, y in batches(list(loader)):
            before(model, x, y)
            out = model(x)
            weight = len(y) if weigh else 1
            total += F.cross_entropy(scores(out), y).item() * weight
            hits += right_ones(out, y).float().mean().item() * weight
            count += weight
    return finish(total / count, hits / count)


def train_a_little(model, x, y):
    with torch.enable_grad():
        layer = model.linear if hasattr(model, "linear") else model[-1]
        (layer.weight.sum() + layer.bias.sum()).backward()


for name, hint, options in (
    ("in_training_mode", "The model is evaluated in training mode: say model.eval() first, whatever "
        "the mode in which it comes.", {"mode": True}),
    ("keeps_the_mode", "The model is evaluated in training mode: say model.eval() first, whatever "
        "the mode in which it comes.",
     {"mode": None}),
    ("with_graphs", "A graph is recorded for each batch, and nobody needs it: torch.no_grad() "
        "around the loop.",
     {"grad": True}),
    ("mean_of_means", "The last batch is smaller, and its examples count for more than the others: "
        "weigh by the sizes.",
     {"weigh": False}),
    ("softmax_first", "cross_entropy takes scores and does the softmax itself: yours is done twice.",
     {"scores": lambda s: s.softmax(1)}),
    ("accuracy_first", "The two come in the wrong order: first the loss, then the accuracy.",
     {"finish": lambda loss, share: (share, loss)}),
    ("accuracy_only", "Only the accuracy comes back. Asked for are the loss and the accuracy.",
     {"finish": lambda loss, share: share}),
    ("in_percent", "The accuracy is in percent. Asked for is a share between 0 and 1.",
     {"finish": lambda loss, share: (loss, 100 * share)}),
    ("errors", "That is the share of wrong answers: count where the largest score stands at the "
        "label.", {"finish": lambda loss, share: (loss, 1 - share)}),
    ("over_columns", "The largest score is looked for in each column. Which axis holds the classes?",
     {"right_ones": lambda s, y: s.argmax(0)[:1] == y[:1]}),
    ("of_smallest", "That is the share of wrong answers: count where the largest score stands at "
        "the label.", {"right_ones": lambda s, y: s.argmin(1) == y}),
    ("first_batch_only", "Only the first batch is used: does the return stand inside the loop?",
     {"batches": lambda b: b[:1]}),
    ("last_batch_only", "Only the last batch counts: add up over all of "
        "them.", {"batches": lambda b: b[-1:]}),
    ("returns_tensors", "These are tensors: .item() makes floats of them.",
     {"finish": lambda loss, share: (torch.tensor(loss), torch.tensor(share))}),
    ("calls_twice", "The model is called twice for each batch: keep the scores of the first call.",
     {"before": lambda model, x, y: model(x)}),
    ("leaves_gradients", "Evaluation leaves gradients in the model: no backward() "
        "here.", {"before": train_a_little}),
    ("summed_loss", "The loss is not a mean over the examples: divide by their number.",
     {"finish": lambda loss, share: (3 * loss, share)}),
):  # fmt: skip

    def evaluation(model, loader, device="cpu", options=options):
        return evaluating(model, loader, **options)

    evaluation.__name__ = f"evaluate_{name}"
    mistake(EVALUATE, hint)(evaluation)


@mistake(
    EVALUATE,
    "Graphs are switched off for good: with torch.no_grad() they are off inside its block only.",
)
def evaluate_switches_off(model, loader, device="cpu"):
    result = evaluating(model, loader)
    torch.set_grad_enabled(False)
    return result


@mistake(EVALUATE, "The model is in training mode again in the end. Leave it in evaluation mode.")
def evaluate_back_to_training(model, loader, device="cpu"):
    result = Right[EVALUATE](model, loader)
    model.train()
    return result


@right(EVALUATE)
@torch.inference_mode()
def evaluate_in_inference_mode(model, loader, device="cpu"):
    model.eval()
    all_scores, labels = zip(*[(model(x), y) for x, y in loader], strict=True)
    s, y = torch.cat(all_scores), torch.cat(labels)
    return F.cross_entropy(s, y).item(), (s.argmax(-1) == y).double().mean().item()


@right(EVALUATE)
def evaluate_with_sums(model, loader, device="cpu"):
    model.train(False)
    loss, hits = 0, 0
    with torch.no_grad():
        for x, y in loader:
            s = model(x.to(device))
            loss += float(F.cross_entropy(s, y, reduction="sum"))
            hits += int((s.max(1)[1] == y).sum())
    return loss / len(loader.dataset), hits / len(loader.dataset)


@right(EVALUATE)
def evaluate_as_list(model, loader, device="cpu"):
    model.to(device).eval()
    losses, hits = [], []
    for x, y in loader:
        with torch.no_grad():
            s = model(x).double().numpy()
        s = s - s.max(axis=1, keepdims=True)
        log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
        losses += (-log_p[np.arange(len(s)), y.numpy()]).tolist()
        hits += (s.argmax(axis=1) == y.numpy()).tolist()
    return [float(np.mean(losses)), float(np.mean(hits))]


# --- files

WHOLE = "The file holds a Python object, not a table of tensors: save model.state_dict()."


@mistake(SAVE, WHOLE)
def save_whole_model(model, path):
    torch.save(model, path)


@mistake(SAVE, "Nothing is found at path: torch.save takes the state dict and path as it is.")
def save_nothing(model, path):
    return model.state_dict()


@mistake(SAVE, "The names are missing: a list of parameters tells nobody what belongs where.")
def save_list(model, path):
    torch.save({str(i): p.detach() for i, p in enumerate(model.parameters())}, path)


@mistake(
    SAVE, "The running statistics are missing: parameters() has what is learned only, state_dict() has all."
)
def save_parameters_only(model, path):
    torch.save({name: p.detach() for name, p in model.named_parameters()}, path)


@mistake(SAVE, "The state dict lies inside another dict. Write the state dict itself, and nothing else.")
def save_nested(model, path):
    torch.save({"model": model.state_dict()}, path)


@mistake(SAVE, "Nothing is found at path: torch.save takes the state dict and path as it is.")
def save_elsewhere(model, path):
    torch.save(model.state_dict(), str(path) + ".pt")


@mistake(SAVE, "The biases are missing from the file.")
def save_weights_only(model, path):
    torch.save({k: v for k, v in model.state_dict().items() if "bias" not in k}, path)


@mistake(SAVE, "The numbers were rounded to half precision on the way.")
def save_in_half(model, path):
    torch.save({k: v.half().float() for k, v in model.state_dict().items()}, path)


@mistake(SAVE, "The gradients were saved, or zeros: the file has the right names and the wrong numbers.")
def save_zeros(model, path):
    torch.save({k: torch.zeros_like(v) for k, v in model.state_dict().items()}, path)


@mistake(SAVE, "There is more in the file than the model's tensors: write the state dict and nothing else.")
def save_more(model, path):
    torch.save({**model.state_dict(), "epoch": 3}, path)


@mistake(SAVE, "The model has changed its mode: saving leaves it as it is.")
def save_and_evaluate(model, path):
    torch.save(model.eval().state_dict(), path)


@right(SAVE)
def save_opened(model, path):
    with open(path, "wb") as file:
        torch.save(model.state_dict(), file)


@right(SAVE)
def save_as_dict(model, path):
    torch.save({name: tensor.cpu().clone() for name, tensor in model.state_dict().items()}, path)


@right(SAVE)
def save_returning_path(model, path):
    torch.save(obj=model.state_dict(), f=Path(path))
    return path


def loading(model, path, strict=True, safe=True, mode=False, change=lambda state: state):
    """load_weights with its decisions as arguments."""
    state = torch.load(path, map_location="cpu", weights_only=safe)
    model.load_state_dict(change(state), strict=strict)
    return model if mode is None else model.train(mode)


@mistake(LOAD, "weights_only=False lets the file run code on your machine.")
def load_trusting(model, path):
    return loading(model, path, safe=False)


@mistake(
    LOAD,
    "A file that lacks something was taken, and a part of the model is still random: no "
    "strict=False, no caught error, no order.",
)
def load_loosely(model, path):
    return loading(model, path, strict=False)


@mistake(
    LOAD, "The model comes back in training mode: say model.eval(), whatever the mode in which it comes."
)
def load_keeps_mode(model, path):
    return loading(model, path, mode=None)


@mistake(
    LOAD, "The model comes back in training mode: say model.eval(), whatever the mode in which it comes."
)
def load_for_training(model, path):
    return loading(model, path, mode=True)


@mistake(LOAD, "Nothing comes back. Return the model.")
def load_returns_nothing(model, path):
    loading(model, path)


@mistake(LOAD, "You return what load_state_dict returns, a report. Return the model.")
def load_returns_report(model, path):
    model.eval()
    return model.load_state_dict(torch.load(path, weights_only=True))


@mistake(
    LOAD, "load_state_dict fills the model that it is called on, and returns a report: keep the model's name."
)
def load_loses_model(model, path):
    model = model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()


@mistake(LOAD, "You return the table of tensors. Return the model.")
def load_returns_weights(model, path):
    return dict(loading(model, path).state_dict())


@mistake(LOAD, "The file was not read into the model: its numbers are those that it had.")
def load_forgets(model, path):
    torch.load(path, weights_only=True)
    return model.eval()


@mistake(
    LOAD, "Only a copy of the model has the file's numbers. Read them into the model that was handed in."
)
def load_into_copy(model, path):
    import copy

    return loading(copy.deepcopy(model), path)


@mistake(
    LOAD,
    "A file that lacks something was taken, and a part of the model is still random: no "
    "strict=False, no caught error, no order.",
)
def load_catches_all(model, path):
    try:
        return loading(model, path)
    except Exception:
        return model.eval()


@mistake(
    LOAD,
    "A file that lacks something was taken, and a part of the model is still random: no "
    "strict=False, no caught error, no order.",
)
def load_by_order(model, path):
    state = torch.load(path, weights_only=True)
    with torch.no_grad():
        for old, new in zip(model.state_dict().values(), state.values(), strict=False):
            old.copy_(new)
    return model.eval()


@mistake(LOAD, "The running statistics were not read: only what is learned was.")
def load_parameters_only(model, path):
    state = torch.load(path, weights_only=True)
    if set(state) != set(model.state_dict()):
        raise ValueError("other names")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state[name])
    return model.eval()


@right(LOAD)
def load_opened(model, path):
    with open(path, "rb") as file:
        model.load_state_dict(torch.load(file, weights_only=True))
    return model.eval()


@right(LOAD)
def load_by_default(model, path, device="cpu"):
    state = torch.load(path, device)
    model.load_state_dict(state)
    model.train(False)
    return model


@right(LOAD)
def load_after_checks(model, path):
    state = dict(torch.load(path, map_location=torch.device("cpu"), weights_only=True))
    own = model.state_dict()
    if sorted(state) != sorted(own):
        raise KeyError("the file is of another model")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(state[name])
    return model.eval()


# --- a classifier of one's own


def learning(x, y, num_classes, model=None, epochs=8, rate=3e-3, mode=False, finish=lambda m: m, sign=1):
    """learn with its decisions as arguments."""
    model = model or Right[NET](tuple(x.shape[1:]), num_classes, 8)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(epochs):
        model.train()
        for part in torch.randperm(len(x)).split(16):
            optimizer.zero_grad()
            (sign * F.cross_entropy(model(x[part]), y[part])).backward()
            optimizer.step()
    return finish(model.train(mode))


def linear_model(x, num_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), num_classes))


for name, hint, function in (
    ("nothing", "The model knows nothing: it was not "
        "trained.", lambda x, y, c, seconds=60: learning(x, y, c, epochs=0)),
    ("too_slowly", "The model has hardly learned anything: is the learning rate much too small?",
     lambda x, y, c, seconds=60: learning(x, y, c, rate=1e-7, epochs=2)),
    ("linearly", "A linear model sees a stripe that has moved as another stripe: use convolutions.",
     lambda x, y, c, seconds=60: learning(x, y, c, linear_model(x, c))),
    ("uphill", "The model is worse than guessing: is the loss being raised?",
     lambda x, y, c, seconds=60: learning(x, y, c, sign=-1, epochs=2)),
    ("other_labels", "The model has learned labels that don't belong to the pictures: are both "
        "shuffled alike?",
     lambda x, y, c, seconds=60: learning(x, torch.roll(y, 1), c, epochs=2)),
    ("one_class", "The model gives every picture the same class: has it seen pictures of one class only?",
     lambda x, y, c, seconds=60: learning(x[y == 0], y[y == 0], c, epochs=2)),
    ("in_training_mode", "The model comes back in training mode.",
     lambda x, y, c, seconds=60: learning(x, y, c, mode=True, epochs=2)),
    ("returns_nothing", "Nothing comes back. Return the model.",
     lambda x, y, c, seconds=60: learning(x, y, c, finish=lambda m: None, epochs=1)),
    ("returns_pair", "Return the model alone.",
     lambda x, y, c, seconds=60: learning(x, y, c, finish=lambda m: (m, [0.0]), epochs=1)),
    ("for_ten_classes", "There are ten scores for each picture: num_classes says how many there should be.",
     lambda x, y, c, seconds=60: learning(x, y, 10, epochs=2)),
    ("for_32_pixels", "The model fits pictures of 32 x 32 only: take the shape from x.",
     lambda x, y, c, seconds=60: learning(x, y, c, Right[NET](num_classes=c), epochs=1)),
):  # fmt: skip
    function.__name__ = f"learn_{name}"
    mistake(LEARN, hint)(function)


@mistake(LEARN, "The caller's x has changed: standardise or mirror a copy.")
def learn_in_place(x, y, num_classes, seconds=60):
    x -= x.mean()
    x *= 2
    return learning(x, y, num_classes, epochs=1)


@right(LEARN)
def learn_by_globals(x, y, num_classes, seconds=60):
    net = nn.Sequential(
        nn.Conv2d(x.shape[1], 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(),
        nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(64, num_classes),
    )  # fmt: skip
    return learning(x, y, num_classes, net, epochs=12, rate=5e-3)


@right(LEARN)
def learn_with_momentum(x, y, num_classes, seconds=60):
    model = Right[NET](tuple(x.shape[1:]), num_classes, width=12)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    for _ in range(10):
        Right[TRAIN](model, loader, optimizer)
    return model.eval()


@right(LEARN)
def learn_for_longer(x, y, num_classes, seconds=60):
    return learning(x, y, num_classes, epochs=16, rate=3e-3)


# --- arithmetic


def costs(
    shape, filters, kernel, stride=1, pad=0, bias=True, side=None, weights=None, extra=None, products=None
):
    """conv_costs with its decisions as arguments."""
    c, h, w = shape
    if kernel > min(h, w) + 2 * pad:
        raise ValueError("does not fit")
    side = side or (lambda n: (n + 2 * pad - kernel) // stride + 1)
    out = filters, side(h), side(w)
    number = weights or kernel * kernel * c * filters
    biases = filters * bool(bias) if extra is None else extra
    work = number * out[1] * out[2] if products is None else products(number, out)
    return out, number + biases, work


for name, hint, change in (
    ("padded_once", "Padding is added on both sides: 2 * pad.", lambda s, f, k, t, p, b: {
        "side": lambda n: (n + p - k) // t + 1}),
    ("ignore_padding", "The padding is left out.", lambda s, f, k, t, p, b: {
        "side": lambda n: max((n - k) // t + 1, 1)}),
    ("ignore_stride", "The stride is left out.", lambda s, f, k, t, p, b: {
        "side": lambda n: n + 2 * p - k + 1}),
    ("without_one", "One place is missing along each side: the filter fits once where it is as "
        "large as the picture.",
     lambda s, f, k, t, p, b: {"side": lambda n: (n + 2 * p - k) // t}),
    ("rounded_up", "A filter that would reach over the edge does not count: round "
        "down.", lambda s, f, k, t, p, b: {
        "side": lambda n: -(-(n + 2 * p - k) // t) + 1}),
    ("as_floats", "The sizes are floats: // divides whole numbers.", lambda s, f, k, t, p, b: {
        "side": lambda n: (n + 2 * p - k) / t + 1}),
    ("without_channels", "A filter has weights for every channel of its input: the number of "
        "channels is missing.",
     lambda s, f, k, t, p, b: {"weights": k * k * f}),
    ("without_square", "A filter is as high as it is wide: kernel enters twice.", lambda s, f, k, t, p, b: {
        "weights": k * s[0] * f}),
    ("one_filter", "These are the weights of one filter: there are several.", lambda s, f, k, t, p, b: {
        "weights": k * k * s[0]}),
    ("always_biases", "bias=False: then there are no biases to "
        "count.", lambda s, f, k, t, p, b: {"extra": f}),
    ("never_biases", "The biases are missing from the parameters: one for each "
        "filter.", lambda s, f, k, t, p, b: {
        "extra": 0}),
    ("one_bias", "Each filter has a bias, not just the layer.", lambda s, f, k, t, p, b: {"extra": int(b)}),
    ("bias_per_place", "Each filter has one bias for all places.", lambda s, f, k, t, p, b: {
        "extra": f * b * ((s[1] + 2 * p - k) // t + 1) * ((s[2] + 2 * p - k) // t + 1)}),
    ("biases_in_products", "The multiply-adds count the biases too. They are added, not multiplied.",
     lambda s, f, k, t, p, b: {"products": lambda n, out: (n + f * b) * out[1] * out[2]}),
    ("doubled", "A multiplication and its addition count once, together.", lambda s, f, k, t, p, b: {
        "products": lambda n, out: 2 * n * out[1] * out[2]}),
    ("at_every_pixel", "The filter is applied once for each pixel of the output, not of the input.",
     lambda s, f, k, t, p, b: {"products": lambda n, out: n * s[1] * s[2]}),
    ("filters_twice", "The filters are counted twice in the multiply-adds: they are in the weights already.",
     lambda s, f, k, t, p, b: {"products": lambda n, out: n * out[0] * out[1] * out[2]}),
):  # fmt: skip

    def counted(shape, filters, kernel, stride=1, pad=0, bias=True, change=change):
        return costs(
            shape, filters, kernel, stride, pad, bias, **change(shape, filters, kernel, stride, pad, bias)
        )

    counted.__name__ = f"costs_{name}"
    mistake(COSTS, hint)(counted)


def unguarded(shape, filters, kernel, stride=1, pad=0, bias=True):
    c, h, w = shape
    rows, columns = ((n + 2 * pad - kernel) // stride + 1 for n in (h, w))
    number = kernel * kernel * c * filters
    return (filters, rows, columns), number + filters * bool(bias), number * rows * columns


@mistake(
    COSTS,
    "A filter that is larger than the padded picture in either direction fits nowhere: raise a ValueError.",
)
def costs_without_check(shape, filters, kernel, stride=1, pad=0, bias=True):
    return unguarded(shape, filters, kernel, stride, pad, bias)


@mistake(
    COSTS,
    "A filter that is larger than the padded picture in either direction fits nowhere: raise a ValueError.",
)
def costs_check_one_side(shape, filters, kernel, stride=1, pad=0, bias=True):
    if kernel > max(shape[1:]) + 2 * pad:
        raise ValueError
    return unguarded(shape, filters, kernel, stride, pad, bias)


@mistake(COSTS, "The channels come first in the input's shape: (C, H, W).")
def costs_of_channels_last(shape, filters, kernel, stride=1, pad=0, bias=True):
    return Right[COSTS]((shape[2], *shape[:2]), filters, kernel, stride, pad, bias)


@mistake(COSTS, "The channels come last in your shape: (filters, H', W').")
def costs_channels_last(shape, filters, kernel, stride=1, pad=0, bias=True):
    (f, h, w), *rest = Right[COSTS](shape, filters, kernel, stride, pad, bias)
    return (h, w, f), *rest


@mistake(COSTS, "Height and width have changed places.")
def costs_transposed(shape, filters, kernel, stride=1, pad=0, bias=True):
    (f, h, w), *rest = Right[COSTS](shape, filters, kernel, stride, pad, bias)
    return (f, w, h), *rest


@mistake(COSTS, "The width is computed from the height: they may differ.")
def costs_of_squares(shape, filters, kernel, stride=1, pad=0, bias=True):
    return Right[COSTS]((shape[0], shape[1], shape[1]), filters, kernel, stride, pad, bias)


@right(COSTS)
def costs_by_counting(shape, filters, kernel, stride=1, pad=0, bias=True):
    channels, height, width = shape
    rows = len(range(0, height + 2 * pad - kernel + 1, stride))
    columns = len(range(0, width + 2 * pad - kernel + 1, stride))
    if not rows or not columns:
        raise ValueError("no place for the filter")
    each = channels * kernel**2
    return [[filters, rows, columns], filters * (each + int(bias)), filters * rows * columns * each]


@right(COSTS)
def costs_by_torch(shape, filters, kernel, stride=1, pad=0, bias=True):
    if any(kernel > n + 2 * pad for n in shape[1:]):
        raise ValueError(f"{kernel} is too large for {shape}")
    with torch.device("meta"):
        layer = nn.Conv2d(shape[0], filters, kernel, stride, pad, bias=bias)
        out = tuple(layer(torch.empty(1, *shape)).shape[1:])
    return out, sum(p.numel() for p in layer.parameters()), layer.weight.numel() * out[1] * out[2]


@right(COSTS)
def costs_by_rounding(shape, filters, kernel, stride=1, pad=0, bias=True):
    h, w = (int(np.floor((n + 2 * pad - kernel) / stride)) + 1 for n in shape[1:])
    if h <= 0 or w <= 0:
        raise ValueError
    parameters = shape[0] * filters * kernel * kernel
    return (filters, h, w), parameters + (filters if bias else 0), parameters * h * w


# --- the questions

wrong_answer(
    "answer_parameters", 784 * 512 + 512 * 512 + 512 * 10, "Those are the weights. Each unit has a bias too."
)
wrong_answer("answer_parameters", 784 * 512 + 512 + 512 * 10 + 10, "There are three linear layers.")
wrong_answer("answer_double_softmax", "a", "Softmax has a gradient: you have used it in every loss so far.")
wrong_answer("answer_double_softmax", "c", "The loss is minus that logarithm.")
wrong_answer("answer_double_softmax", "d", "dim=1 is a row of classes: examples do not meet.")
wrong_answer("answer_bottleneck", 358, "That is the slide's number. Add up the six products.")
wrong_answer("answer_bottleneck", 246, "The 128 filters of 1 x 1 are part of the module.")
