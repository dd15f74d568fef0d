"""The tests that everybody sees: small examples whose answers can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import math

import numpy as np
import pytest
import torch

from cs_lib.check import CheckFailed, expect
from cs_lib.check.result import StudentError

NO_REFUSAL = ("not_implemented", "not_defined", "memory_limit", "time_limit", "environment", "forbidden")


def expect_tensor(got, shape, dtype, what):
    """A tensor of this shape and dtype came back."""
    if not isinstance(got, torch.Tensor):
        raise CheckFailed("wrong_type", f"{what} is of type {type(got).__name__}, expected a tensor.")
    expect.shape(got, shape, what)
    if got.dtype != dtype:
        raise CheckFailed("wrong_type", f"{what} is {got.dtype}, expected {dtype}.")


def expect_float(got, value, what, **tolerances):
    """This number came back, as a Python float."""
    expect.close(got, value, what, **tolerances)
    if type(got) is not float:
        raise CheckFailed(
            "wrong_type", f"{what} is right, but of type {type(got).__name__}: make it a float."
        )


def expect_pair(got, what):
    """Two things came back."""
    expect.true(type(got) in (tuple, list) and len(got) == 2, f"Return two things: {what}.")


def expect_three(got, what):
    """Three things came back."""
    expect.true(type(got) in (tuple, list) and len(got) == 3, f"Return three things: {what}.")


def expect_refused(call, message):
    """The call raises an error."""
    try:
        call()
    except StudentError as error:
        if error.status in NO_REFUSAL:
            raise
        return
    raise CheckFailed("wrong_value", message)


# --- pictures into numbers

# Two pictures of 1 x 2 pixels with two channels: 0, 51, 102, 153 and 255, 255, 0, 0.
PIXELS = np.array([[[[0, 255], [51, 255]]], [[[102, 0], [153, 0]]]], dtype=np.uint8)


@pytest.mark.graded("standardize", points=0.5)
def test_standardize_by_hand(student):
    """Means 0.3 and 0.5, deviations sqrt(0.05) and 0.5, channels before rows."""
    got = student.standardize(PIXELS)
    expect_three(got, "the tensor of pictures, mean and std")
    unit = 1 / math.sqrt(5)
    x, mean, std = got
    expect_tensor(x, (2, 2, 1, 2), torch.float32, "The tensor of pictures")
    expect.close(
        x, [[[[-3 * unit, -unit]], [[1, 1]]], [[[unit, 3 * unit]], [[-1, -1]]]], "The tensor of pictures"
    )
    expect_tensor(mean, (2,), torch.float32, "mean")
    expect_tensor(std, (2,), torch.float32, "std")
    expect.close(mean, [0.3, 0.5], "mean")
    expect.close(std, [math.sqrt(0.05), 0.5], "std")


@pytest.mark.graded("standardize", points=0.5)
def test_standardize_with_given_numbers(student):
    """mean and std are given: they are used, and come back."""
    mean, std = torch.tensor([0.2, 0.0]), torch.tensor([0.5, 2.0])
    got = student.standardize(PIXELS, mean, std)
    expect_three(got, "the tensor of pictures, mean and std")
    x, mean_after, std_after = got
    wanted = [[[[-0.4, 0]], [[0.5, 0.5]]], [[[0.4, 0.8]], [[0, 0]]]]
    expect.close(x, wanted, "The tensor of pictures", atol=1e-6)
    expect.close(mean_after, mean, "mean")
    expect.close(std_after, std, "std")
    expect.unchanged(PIXELS, student.arguments_()[0], "images")


@pytest.mark.graded("standardize", points=0.25)
def test_standardize_one_colour(student):
    """A grey picture of one colour: its deviation is taken as 0.001, and it becomes 0."""
    got = student.standardize(np.full((1, 3, 2, 1), 77, dtype=np.uint8))
    expect_three(got, "the tensor of pictures, mean and std")
    x, mean, std = got
    expect.close(mean, [77 / 255], "mean")
    expect.close(std, [0.001], "std")
    expect.close(x, np.zeros((1, 1, 3, 2)), "The tensor of pictures", atol=1e-3)


# --- accuracy


@pytest.mark.graded("accuracy", points=0.5)
def test_accuracy_of_five(student):
    """Two of five answers are right; negative scores too."""
    scores = torch.tensor([[1.0, 3, 2], [9, 8, 7], [-3, -2, -1], [0, 5, 1], [-7, -9, -8]])
    got = student.accuracy(scores, torch.tensor([1, 1, 0, 2, 0]))
    expect_float(got, 0.4, "The accuracy", rtol=1e-5)
    expect.unchanged(scores, student.arguments_()[0], "scores")


@pytest.mark.graded("accuracy", points=0.25)
def test_accuracy_of_one(student):
    """One picture, named correctly."""
    expect_float(student.accuracy(torch.tensor([[0.1, 0.2, 0.0]]), torch.tensor([1])), 1.0, "The accuracy")


# --- autograd


@pytest.mark.graded("value_and_gradient", points=0.5)
def test_gradient_of_squares(student):
    """The sum of squares at (1, -2, 3): 14, and twice the point."""
    x = torch.tensor([1.0, -2.0, 3.0])
    got = student.value_and_gradient(student["squares"], x)
    expect_pair(got, "the value and the gradient")
    expect_float(got[0], 14.0, "The value")
    expect_tensor(got[1], (3,), torch.float32, "The gradient")
    expect.close(got[1], [2, -4, 6], "The gradient")
    expect.unchanged(x, student.arguments_()[1], "x")


@pytest.mark.graded("value_and_gradient", points=0.5)
@pytest.mark.parametrize("requires_grad", [False, True], ids=["a plain x", "an x with requires_grad"])
def test_gradient_twice(student, requires_grad):
    """The valley at (2, 3), called twice with the same x: 101 and (802, -200), nothing left in x."""
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=requires_grad)
    first, second, grad, flag = student.call_twice(student["value_and_gradient"], student["valley"], x)
    for got, what in ((first, "of the first call"), (second, "of the second call")):
        expect_pair(got, "the value and the gradient")
        expect.close(got[0], 101.0, f"The value {what}")
        expect_tensor(got[1], (2,), torch.float64, f"The gradient {what}")
        expect.close(got[1], [802.0, -200.0], f"The gradient {what}")
    expect.true(grad is None, "Afterwards x.grad holds a gradient: x belongs to the caller, work on a copy.")
    expect.true(flag == requires_grad, f"x.requires_grad was {requires_grad} before and is {flag} now.")


# --- a folder of pictures

COLOUR = np.array([[[0, 51, 255]], [[102, 204, 153]]], dtype=np.uint8)  # 2 x 1 pixels


@pytest.mark.graded("ImageFolderCSV", points=0.75)
def test_folder_of_two(student):
    """Two colour pictures of 2 x 1 pixels with the labels 3 and 0."""
    dataset = student.ImageFolderCSV(student.write_folder([COLOUR, 255 - COLOUR], [3, 0]))
    expect.equal(student.size_of(dataset), 2, "The length")
    got = student.example_of(dataset, 0)
    expect_pair(got, "the picture and the label")
    picture, label = got
    expect_tensor(picture, (3, 2, 1), torch.float32, "The picture")
    expect.close(picture, [[[0], [0.4]], [[0.2], [0.8]], [[1], [0.6]]], "The picture")
    if type(label) is not int:
        raise CheckFailed("wrong_type", f"The label is of type {type(label).__name__}, expected int.")
    expect.equal(label, 3, "The label")
    expect.equal(student.example_of(dataset, 1)[1], 0, "The second label")


@pytest.mark.graded("ImageFolderCSV", points=0.5)
def test_folder_with_transform(student):
    """Pictures are mirrored after they have become tensors with values from 0 to 1."""
    image = np.array([[[0, 51, 255], [102, 204, 153]]], dtype=np.uint8)  # 1 x 2 pixels
    dataset = student.ImageFolderCSV(student.write_folder([image], [12]), transform=student["mirrored"])
    picture, label = student.example_of(dataset, 0)
    expect.close(picture, [[[0.4, 0]], [[0.8, 0.2]], [[0.6, 1]]], "The picture")
    expect.equal(label, 12, "The label")


@pytest.mark.graded("ImageFolderCSV", points=0.5)
def test_folder_in_grey_with_a_hole(student):
    """Grey pictures of 1 x 3 pixels. The first file is missing, the second is asked for."""
    grey = [np.array([[10, 20, 30]], dtype=np.uint8), np.array([[255, 51, 0]], dtype=np.uint8)]
    dataset = student.ImageFolderCSV(student.write_folder(grey, [1, 2], missing=[0]))
    expect.equal(student.size_of(dataset), 2, "The length")
    picture, label = student.example_of(dataset, 1)
    expect.close(picture, [[[1, 0.2, 0]]], "The picture")
    expect.equal(label, 2, "The label")


# --- a ConvNet


def small_net(student, *arguments, **options):
    """A net of the student, after the random numbers were set to a fixed start."""
    student.set_seed(3)
    return student.SmallConvNet(*arguments, **options)


@pytest.mark.graded(
    "SmallConvNet",
    points=0.5,
    hint="Print the shape after each layer (on pictures that are not square), and compare with the table.",
)
def test_net_shapes_and_parameters(student):
    """Pictures of 3 x 8 x 12 in five classes, width 4: 3 + 2 layers with parameters, 677 numbers in all."""
    net = small_net(student, (3, 8, 12), num_classes=5, width=4, dropout=0.0)
    student.fill(net, 0.1)  # the numbers that PyTorch begins with depend on the order of the layers
    scores = student.scores_of(net, torch.linspace(-1, 1, 2 * 3 * 8 * 12).view(2, 3, 8, 12))
    expect_tensor(scores, (2, 5), torch.float32, "The tensor of scores")
    expect.true(not torch.isnan(scores).any(), "The scores hold NaN.")
    counts = student.sizes_of(net)
    wanted = sorted([4 * 27, 4, 4, 4, 8 * 36, 8, 8, 8, 5 * 48, 5])
    expect.equal(sum(counts), sum(wanted), "The number of parameters")
    expect.equal(counts, wanted, "The list of the ten parameters' sizes, sorted,")


@pytest.mark.graded("SmallConvNet", points=0.25)
def test_net_in_evaluation_mode(student):
    """The scores of a picture are the same each time, alone and in company."""
    net = small_net(student, (1, 6, 4), 3, 2, dropout=0.5)
    x = torch.linspace(-2, 3, 4 * 24).sin().view(4, 1, 6, 4)
    net.eval()
    scores = student.scores_of(net, x)
    expect_tensor(scores, (4, 3), torch.float32, "The tensor of scores")
    expect.true(
        torch.allclose(student.scores_of(net, x), scores),
        "In evaluation mode the scores are other ones each time. Is dropout still at work? nn.Dropout knows "
        "the mode, F.dropout has to be told self.training.",
    )
    expect.close(
        student.scores_of(net, x[2:3]), scores[2:3], "The tensor of scores of one picture alone", atol=1e-5
    )
    expect.true(bool((scores < 0).any()), "No score is below 0: is there a ReLU or a softmax at the end?")


@pytest.mark.graded("SmallConvNet", points=0.25)
def test_net_in_training_mode(student):
    """Dropout strikes out other numbers each time, and batch norm looks at the batch."""
    x = torch.linspace(-2, 3, 4 * 64).sin().view(4, 1, 8, 8)
    net = small_net(student, (1, 8, 8), 3, 4, dropout=0.5)
    first, second = student.scores_of(net, x), student.scores_of(net, x)
    for scores in (first, second):
        expect_tensor(scores, (4, 3), torch.float32, "The tensor of scores")
    expect.true(
        not torch.equal(first, second), "In training mode two calls gave the same: dropout does nothing."
    )
    net = small_net(student, (1, 8, 8), 3, 4, dropout=0.0)
    alone, company = student.scores_of(net, x[:2]), student.scores_of(net, x)[:2]
    again = student.scores_of(net, x)[:2]
    expect.true(torch.equal(company, again), "With dropout=0.0 two calls gave different scores.")
    expect.true(
        not torch.allclose(alone, company, atol=1e-4),
        "In training mode the rest of the batch makes no difference: batch norm does nothing.",
    )


def neighbours(x):
    """The sum of the 3 x 3 numbers around each, with zeros around the edge."""
    padded = np.pad(x, 1)
    return sum(padded[i : i + x.shape[0], j : j + x.shape[1]] for i in range(3) for j in range(3))


@pytest.mark.graded("SmallConvNet", points=0.5)
def test_net_of_equal_numbers(student):
    """One filter, then two, all parameters -0.5: the scores of a picture of 4 x 8 can be followed by hand."""
    net, wanted = small_net(student, (1, 4, 8), 2, 1), np.array(PICTURE)
    student.fill(net, -0.5)
    net.eval()
    got = student.scores_of(net, torch.tensor([[PICTURE]]))
    for _ in range(2):
        wanted = -0.5 * neighbours(wanted) - 0.5  # the convolution
        wanted = np.maximum(-0.5 * wanted / math.sqrt(1 + 1e-5) - 0.5, 0)  # batch norm, ReLU
        rows, columns = wanted.shape
        wanted = wanted.reshape(rows // 2, 2, columns // 2, 2).max(axis=(1, 3))
    expect.close(got, np.full((1, 2), -0.5 * 2 * wanted.sum() - 0.5), "The tensor of scores")


PICTURE = [  # such that each line of the table makes a difference
    [3.0, 0, -3, -1, 3, -2, -2, -2],
    [0.0, 1, -1, 2, -3, 3, -3, 0],
    [0.0, 3, 0, -3, 2, 3, -4, -3],
    [1.0, 1, 0, -3, 1, -1, -1, -4],
]


# --- the loops

# A linear model of one number and two classes; weights (0, sin 1) and biases (1, cos 1) at the start,
# as those of the Spy. Three examples in batches of two and one.
X, Y = torch.tensor([[1.0], [-1.0], [2.0]]), torch.tensor([0, 1, 1])


def by_hand(rate):
    """Loss and weights after an epoch, one number at a time."""
    w, b, losses = [0.0, math.sin(1)], [1.0, math.cos(1)], []
    for batch in ([(1.0, 0), (-1.0, 1)], [(2.0, 1)]):
        dw, db = [0.0, 0.0], [0.0, 0.0]
        for x, y in batch:
            powers = [math.exp(w[c] * x + b[c]) for c in (0, 1)]
            losses.append(-math.log(powers[y] / sum(powers)))
            for c in (0, 1):
                slope = powers[c] / sum(powers) - (c == y)
                dw[c] += slope * x / len(batch)
                db[c] += slope / len(batch)
        w = [w[c] - rate * dw[c] for c in (0, 1)]
        b = [b[c] - rate * db[c] for c in (0, 1)]
    return sum(losses) / 3, w, b


@pytest.mark.graded("train_epoch", points=0.75)
def test_one_epoch(student):
    """Three examples in batches of two and one, rate 0.5."""
    spy = student.Spy(1, 2)
    got = student.train_epoch(spy, student.make_loader(X, Y, 2), student.make_sgd(spy, 0.5))
    loss, w, b = by_hand(0.5)
    weights = student.parameters_of(spy)
    expect.close(weights["linear.weight"], [[w[0]], [w[1]]], "The weight matrix after the epoch", rtol=1e-4)
    expect.close(weights["linear.bias"], b, "The vector of biases after the epoch", rtol=1e-4)
    expect_float(got, loss, "The mean loss of the examples", rtol=1e-4)


@pytest.mark.graded("train_epoch", points=0.75)
def test_training_after_others(student):
    """The model comes in evaluation mode and with gradients of somebody else."""
    spy = student.Spy(1, 2)
    student.set_mode(spy, False)
    student.leave_gradients(spy)
    student.train_epoch(spy, student.make_loader(X, Y, 2), student.make_sgd(spy, 0.5))
    expect.equal([note[2] for note in spy["notes"]], [2, 1], "The list of batch sizes that the model has met")
    expect.true(
        all(note[0] for note in spy["notes"]), "The model was in evaluation mode while it was trained."
    )
    _, w, _ = by_hand(0.5)
    weights = student.parameters_of(spy)["linear.weight"]
    expect.close(weights, [[w[0]], [w[1]]], "The weight matrix after the epoch", rtol=1e-4)


@pytest.mark.graded("evaluate", points=0.75)
def test_evaluate_three(student):
    """One of three examples is right, in batches of two and one."""
    spy = student.Spy(1, 2)
    got = student.evaluate(spy, student.make_loader(X, Y, 2))
    student.switch_graphs_on()  # whatever the next test says of that
    expect_pair(got, "the loss and the accuracy")
    loss, _, _ = by_hand(0.0)
    expect_float(got[0], loss, "The mean loss of the examples", rtol=1e-4)
    expect_float(got[1], 1 / 3, "The accuracy", rtol=1e-5)


@pytest.mark.graded("evaluate", points=0.75)
def test_evaluate_is_quiet(student):
    """Evaluation mode, no graphs, one call for each batch, and nothing left behind."""
    spy = student.Spy(1, 2)
    got = student.evaluate(spy, student.make_loader(X, 1 - Y, 2))
    were_on = student.switch_graphs_on()
    expect_pair(got, "the loss and the accuracy")
    expect.close(got[1], 2 / 3, "The accuracy with exchanged labels", rtol=1e-5)
    expect.equal([note[2] for note in spy["notes"]], [2, 1], "The list of batch sizes that the model has met")
    expect.true(
        not any(note[0] for note in spy["notes"]), "The model was in training mode while it was evaluated."
    )
    expect.true(not any(note[1] for note in spy["notes"]), "Graphs were recorded while the model computed.")
    expect.true(
        were_on,
        "After the call no graphs are recorded any more, by nobody: use with torch.no_grad().",
    )
    expect.equal(student.gradients_left(spy), 0, "The number of parameters with a gradient")
    expect.equal(spy["training"], False, "model.training afterwards")


# --- files


@pytest.mark.graded("save_weights", points=0.5)
def test_save(student):
    """The file holds all numbers of a net with batch norm, by their names; the net stays as it is."""
    student.set_seed(4)
    net, path = student.normalizing_net(2, 2), student.scratch_path("net.pt")
    student.scores_of(net, X.expand(3, 2) / 3)  # batch norm meets a batch
    wanted = student.state_of(net)
    student.save_weights(net, path)
    expect.equal(net["training"], True, "model.training afterwards")
    got = student.read_weights(path)
    expect.equal(", ".join(sorted(map(str, got))), ", ".join(sorted(wanted)), "The list of names in the file")
    for name, values in wanted.items():
        expect.close(got[name], values, name, rtol=1e-6)


WEIGHTS = {
    "linear.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
    "linear.bias": torch.tensor([5.0, 6.0]),
}


@pytest.mark.graded("load_weights", points=0.25)
def test_load(student):
    """The model takes over the file's numbers, and comes back in evaluation mode."""
    path, spy = student.scratch_path("spy.pt"), student.Spy(2, 2)
    student.write_weights(WEIGHTS, path)
    loaded = student.load_weights(spy, path)
    expect.true(hasattr(loaded, "eval"), "Return the model.")
    for model, what in ((loaded, "the model that came back"), (spy, "the model that was handed in")):
        expect.close(
            student.parameters_of(model)["linear.weight"], WEIGHTS["linear.weight"], f"A weight of {what}"
        )
    expect.equal(loaded["training"], False, "model.training")


@pytest.mark.graded("load_weights", points=0.25)
def test_load_statistics(student):
    """A net with batch norm: the running mean comes from the file too."""
    student.set_seed(4)
    net, path = student.normalizing_net(2, 2), student.scratch_path("net.pt")
    student.write_weights({**student.state_of(net), "1.running_mean": torch.tensor([3.0, 4.0])}, path)
    student.load_weights(net, path)
    expect.close(student.state_of(net)["1.running_mean"], [3, 4], "The running mean of batch norm")


@pytest.mark.graded("load_weights", points=0.25)
def test_load_springs_no_trap(student):
    """A file with a trap in it is refused, and the trap stays shut."""
    spy, path = student.Spy(2, 2), student.scratch_path("spy.pt")
    sprung = student.scratch_path("sprung")
    student.set_a_trap(spy, path, sprung)
    expect_refused(lambda: student.load_weights(spy, path), "A file with a trap was taken.")
    expect.true(not student.is_there(sprung), "The code in the file was run: it has made a folder.")


@pytest.mark.graded("load_weights", points=0.25)
def test_load_refuses_other_names(student):
    """A file that lacks one of the model's tensors is refused."""
    path, spy = student.scratch_path("spy.pt"), student.Spy(2, 2)
    student.write_weights({"linear.weight": WEIGHTS["linear.weight"]}, path)
    expect_refused(
        lambda: student.load_weights(spy, path), "A file without the biases was taken: it has to be an error."
    )


# --- a classifier of one's own


def stripes(rng, count, shape, num_classes):
    """Pictures of shape (C, H, W): stripes along rows, columns, a diagonal, or checks, anywhere, noisy."""
    _, height, width = shape
    y = np.arange(count) % num_classes
    row, column = np.mgrid[:height, :width] * np.pi / 2
    a, b = rng.uniform(0, 2 * np.pi, (2, count, 1, 1))
    kinds = [
        np.sin(row + a),
        np.sin(column + a),
        np.sin(row + column + a),
        np.sqrt(2) * np.sin(row + a) * np.sin(column + b),
    ]
    pattern = np.choose(y[:, None, None], [np.broadcast_to(kind, (count, height, width)) for kind in kinds])
    x = pattern[:, None] + 0.6 * rng.standard_normal((count, *shape))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)


@pytest.mark.graded(
    "learn",
    points=1,
    seconds=20,
    hint="Does the model look at neighbouring pixels (a convolution does), and does its training loss fall?",
)
def test_learn_stripes(student):
    """240 pictures of 12 x 12, stripes in three directions; 85 % of 150 new ones have to be right."""
    x, y = stripes(np.random.default_rng(0), 240, (3, 12, 12), 3)
    new_x, new_y = stripes(np.random.default_rng(1), 150, (3, 12, 12), 3)
    student.set_seed(0)
    model = student.learn(x, y, 3, seconds=4)
    expect.unchanged(x, student.arguments_()[0], "x")
    expect.true(hasattr(model, "eval"), "Return the model.")
    expect.equal(model["training"], False, "model.training")
    scores = student.scores_of(model, new_x)
    expect.shape(scores, (150, 3), "The tensor of scores")
    expect.at_least(float((scores.argmax(1) == new_y).float().mean()), 0.85, "The accuracy on new pictures")


# --- arithmetic


def expect_whole(got):
    """All numbers are Python ints."""
    if not all(type(value) is int for value in (*got[0], *got[1:])):
        raise CheckFailed("wrong_type", "The numbers are right, but not all of type int: // divides ints.")


@pytest.mark.graded("conv_costs", points=0.5)
def test_costs_of_alexnets_first_layer(student):
    """The lectures' numbers: 55 x 55 x 96, and 34,944 parameters."""
    got = student.conv_costs((3, 227, 227), 96, 11, stride=4)
    expect_three(got, "shape, parameters, multiply-adds")
    expect.equal(got[0], (96, 55, 55), "The shape")
    expect.equal(got[1], 34_944, "The number of parameters")
    expect.equal(got[2], 34_848 * 55 * 55, "The number of multiply-adds")
    expect_whole(got)


@pytest.mark.graded("conv_costs", points=0.5)
def test_costs_without_biases(student):
    """Two filters of 3 x 3 on a wide picture with padding, stride 2, no biases."""
    got = student.conv_costs((1, 5, 8), 2, 3, stride=2, pad=1, bias=False)
    expect_three(got, "shape, parameters, multiply-adds")
    shape, parameters, products = got
    expect.equal(shape, (2, 3, 4), "The shape")
    expect.equal(parameters, 18, "The number of parameters")
    expect.equal(products, 18 * 12, "The number of multiply-adds")


@pytest.mark.graded("conv_costs", points=0.25)
def test_costs_of_what_does_not_fit(student):
    """A filter of 5 x 5 on a picture of 9 x 4 without padding: a ValueError."""
    try:
        student.conv_costs((1, 9, 4), 2, 5)
    except StudentError as error:
        if error.error != "ValueError":
            raise
        return
    raise CheckFailed("wrong_value", "The filter is wider than the picture: raise a ValueError.")


# --- the questions


@pytest.mark.graded("answer_parameters", points=0)
def test_parameters_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_parameters"], "answer_parameters")


@pytest.mark.graded("answer_double_softmax", points=0)
def test_double_softmax_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_double_softmax"], ("a", "b", "c", "d"), "answer_double_softmax")


@pytest.mark.graded("answer_bottleneck", points=0)
def test_bottleneck_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_bottleneck"], "answer_bottleneck")
