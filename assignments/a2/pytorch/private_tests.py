"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody. Expected
values come from the reference library, which is NumPy, or from formulas in NumPy.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cs_lib.architectures.describe import Conv
from cs_lib.check import CheckFailed, expect
from cs_lib.check.result import StudentError
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax_loss

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
        raise CheckFailed("wrong_type", f"{what} is of type {type(got).__name__}, expected a float.")


def expect_pair(got, what):
    """Two things came back."""
    expect.true(type(got) in (tuple, list) and len(got) == 2, f"Return two things: {what}.")


def expect_refused(call, message):
    """The call raises an error."""
    try:
        call()
    except StudentError as error:
        if error.status in NO_REFUSAL:
            raise
        return
    raise CheckFailed("wrong_value", message)


def numbers(rng, *shape, dtype="float32"):
    """A tensor of normal numbers."""
    return torch.from_numpy(rng.standard_normal(shape).astype(dtype))


# --- pictures into numbers


@pytest.mark.graded("standardize", points=0.5)
@pytest.mark.parametrize(
    "shape", [(5, 4, 7, 3), (1, 6, 3, 1)], ids=["wide colour pictures", "one tall grey picture"]
)
def test_standardize(student, rng, shape):
    """Pictures of several shapes."""
    images = (rng.integers(0, 200, shape) + rng.integers(0, 55, shape[-1])).astype(np.uint8)
    got = student.standardize(images)
    expect.true(type(got) in (tuple, list) and len(got) == 3, "Return three tensors: pictures, mean, std.")
    exact = images / 255
    mean, std = exact.mean(axis=(0, 1, 2)), exact.std(axis=(0, 1, 2))
    wanted = np.moveaxis((exact - mean) / std, -1, 1)
    names = ("The tensor of pictures", "mean", "std")
    for part, values, what in zip(got, (wanted, mean, std), names, strict=True):
        expect_tensor(part, values.shape, torch.float32, what)
        expect.close(part, values, what, atol=1e-5)
    expect.unchanged(images, student.arguments_()[0], "images")


@pytest.mark.graded("standardize", points=0.5)
def test_standardize_other_pictures(student, rng):
    """With the numbers of other pictures, which stay as they are."""
    images = rng.integers(0, 256, (3, 5, 4, 3)).astype(np.uint8)
    mean, std = numbers(rng, 3), 0.5 + numbers(rng, 3).abs()
    x, mean_used, std_used = student.standardize(images, mean=mean, std=std)
    wanted = np.moveaxis((images / 255 - mean.numpy()) / std.numpy(), -1, 1)
    expect.close(x, wanted, "The tensor of pictures", atol=1e-5)
    expect.close(mean_used, mean, "mean")
    expect.close(std_used, std, "std")


@pytest.mark.graded("standardize", points=0.25)
def test_standardize_a_flat_channel(student, rng):
    """One of three channels is the same everywhere."""
    images = rng.integers(0, 256, (4, 3, 5, 3)).astype(np.uint8)
    images[..., 1] = rng.integers(20, 240)
    x, _, std = student.standardize(images)
    expect.close(std[1], 0.001, "std of the flat channel")
    expect.close(std[0], (images[..., 0] / 255).std(), "std of another channel")
    expect.close(x[:, 1], np.zeros((4, 3, 5)), "The flat channel", atol=1e-3)


# --- accuracy


@pytest.mark.graded("accuracy", points=0.25)
@pytest.mark.parametrize(
    ("count", "classes", "dtype"),
    [(17, 4, "float32"), (3, 9, "float64"), (6, 6, "float32"), (1, 5, "float64")],
    ids=["more pictures", "more classes", "as many", "one picture"],
)
def test_accuracy(student, rng, count, classes, dtype):
    """Several shapes, both precisions, scores far below 0."""
    scores = numbers(rng, count, classes, dtype=dtype) - 3
    labels = torch.from_numpy(rng.integers(0, classes, count))
    labels[: count // 2] = torch.from_numpy(scores.numpy().argmax(axis=1)[: count // 2])
    wanted = float((scores.numpy().argmax(axis=1) == labels.numpy()).mean())
    expect_float(student.accuracy(scores, labels), wanted, "The accuracy", rtol=1e-5)


@pytest.mark.graded("accuracy", points=0.25)
def test_accuracy_reads_only(student, rng):
    """Scores and labels are the same after the call."""
    scores, labels = numbers(rng, 9, 3), torch.from_numpy(rng.integers(0, 3, 9))
    wanted = float((scores.numpy().argmax(axis=1) == labels.numpy()).mean())
    expect.close(student.accuracy(scores, labels), wanted, "The accuracy", rtol=1e-5)
    expect.unchanged(scores, student.arguments_()[0], "scores")
    expect.unchanged(labels, student.arguments_()[1], "labels")


# --- autograd


def valley(x):
    """Value and gradient of the valley."""
    a, b = x[:-1], x[1:]
    gradient = np.zeros_like(x)
    gradient[1:] += 200 * (b - a**2)
    gradient[:-1] += -400 * a * (b - a**2) - 2 * (1 - a)
    return (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum(), gradient


def soft_maximum(x):
    """Value and gradient of the soft maximum."""
    powers = np.exp(x - x.max())
    return x.max() + np.log(powers.sum()), powers / powers.sum()


def first_only(x):
    """Value and gradient of three times the first number."""
    gradient = np.zeros_like(x)
    gradient.flat[0] = 3
    return 3 * x.flat[0], gradient


EXACT = {
    "squares": lambda x: ((x**2).sum(), 2 * x),
    "valley": valley,
    "soft_maximum": soft_maximum,
    "first_only": first_only,
}


@pytest.mark.graded("value_and_gradient", points=0.25)
@pytest.mark.parametrize(
    ("name", "shape", "dtype"),
    [
        ("valley", (6,), "float64"),
        ("soft_maximum", (2, 3, 4), "float32"),
        ("squares", (), "float64"),
        ("first_only", (3, 2), "float32"),
    ],
    ids=["a valley in six dimensions", "three axes, float32", "no axes", "most of x is not used"],
)
def test_value_and_gradient(student, rng, name, shape, dtype):
    """Functions, shapes and dtypes."""
    x = torch.from_numpy(np.asarray(rng.standard_normal(shape), dtype=dtype))
    got = student.value_and_gradient(student[name], x)
    expect_pair(got, "the value and the gradient")
    value, gradient = EXACT[name](x.double().numpy())
    expect_float(got[0], float(value), "The value", atol=1e-5)
    expect_tensor(got[1], shape, x.dtype, "The gradient")
    expect.close(got[1], gradient, "The gradient", atol=1e-5)
    expect.unchanged(x, student.arguments_()[1], "x")


@pytest.mark.graded("value_and_gradient", points=0.25)
@pytest.mark.parametrize("requires_grad", [False, True], ids=["a plain x", "an x with requires_grad"])
def test_nothing_is_left_over(student, rng, requires_grad):
    """The same x twice."""
    x = numbers(rng, 4, 2, dtype="float64").requires_grad_(requires_grad)
    first, second, grad, flag = student.call_twice(student["value_and_gradient"], student["soft_maximum"], x)
    value, gradient = soft_maximum(x.detach().numpy())
    for got in (first, second):
        expect_pair(got, "the value and the gradient")
        expect.close(got[0], value, "The value")
        expect.close(got[1], gradient, "The gradient")
    expect.true(grad is None, "Afterwards x.grad holds a gradient.")
    expect.true(flag == requires_grad, "x.requires_grad has changed.")


# --- a folder of pictures


@pytest.mark.graded("ImageFolderCSV", points=0.5)
@pytest.mark.parametrize(
    "shape", [(5, 7, 3), (6, 2), (1, 4, 1)], ids=["wide, in colour", "tall, in grey", "grey with an axis"]
)
def test_folder(student, rng, shape):
    """Each example, in the order of the table, with labels of several digits."""
    images = [rng.integers(0, 256, shape).astype(np.uint8) for _ in range(4)]
    labels = rng.permutation([12, 0, 7, 103]).tolist()
    dataset = student.ImageFolderCSV(student.write_folder(images, labels))
    expect.equal(student.size_of(dataset), 4, "The length")
    for index in (2, 0, 3, 1, 2):
        got = student.example_of(dataset, index)
        expect_pair(got, "the picture and the label")
        picture, label = got
        image = images[index].reshape(*shape[:2], -1)
        expect_tensor(picture, (image.shape[2], *shape[:2]), torch.float32, "The picture")
        expect.close(picture, np.moveaxis(image / 255, -1, 0), "The picture", atol=1e-6)
        if type(label) is not int:
            raise CheckFailed("wrong_type", f"The label is of type {type(label).__name__}, expected int.")
        expect.equal(label, labels[index], "The label")


@pytest.mark.graded("ImageFolderCSV", points=0.5)
def test_folder_in_batches(student, rng):
    """A loader makes batches of it; pictures are mirrored; the last batch is smaller."""
    images = rng.integers(0, 256, (5, 4, 6, 3)).astype(np.uint8)
    labels = rng.integers(0, 10, 5)
    folder = student.write_folder(list(images), labels.tolist())
    dataset = student.ImageFolderCSV(folder, transform=student["mirrored"])
    batches = student.batches_of(dataset, 2)
    expect.equal(len(batches), 3, "The number of batches of two")
    for start, (x, y) in zip((0, 2, 4), batches, strict=True):
        wanted = np.moveaxis(images[start : start + 2, :, ::-1] / 255, -1, 1)
        expect.close(x, wanted, "The tensor of pictures of a batch", atol=1e-6)
        expect.equal(y, labels[start : start + 2], "The vector of labels of a batch")


@pytest.mark.graded("ImageFolderCSV", points=0.25)
def test_folder_is_lazy(student, rng):
    """All files but one are missing."""
    images = [rng.integers(0, 256, (3, 3)).astype(np.uint8) for _ in range(3)]
    dataset = student.ImageFolderCSV(student.write_folder(images, [4, 5, 6], missing=[0, 2]))
    expect.equal(student.size_of(dataset), 3, "The length")
    picture, label = student.example_of(dataset, 1)
    expect.close(picture, images[1][None] / 255, "The picture", atol=1e-6)
    expect.equal(label, 5, "The label")


# --- a ConvNet


def expected_scores(parameters, x, width, training):
    """What the table of layers says, with the net's own parameters, which are told by their shapes."""
    double = [p.double() for p in parameters.values()]
    for count in (width, 2 * width):
        kernel = next(p for p in double if p.ndim == 4 and len(p) == count)
        # At the start the scale of batch norm is 1 and its shift 0: what is left is the convolution's bias.
        vectors = [p for p in double if p.shape == (count,)]
        bias = next((p for p in vectors if not (p == 1).all() and not (p == 0).all()), torch.zeros(count))
        x = F.conv2d(x.double(), kernel, bias.double(), padding=1)
        if training:
            mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), correction=0, keepdim=True)
        else:
            mean, var = 0.0, torch.ones(1, dtype=torch.float64)
        x = F.max_pool2d(torch.relu((x - mean) / torch.sqrt(var + 1e-5)), 2)
    weight = next(p for p in double if p.ndim == 2)
    bias = next(p for p in double if p.shape == (len(weight),))
    return x.flatten(1) @ weight.T + bias


NETS = pytest.mark.parametrize(
    ("shape", "classes", "width"),
    [((3, 8, 8), 10, 4), ((1, 5, 14), 2, 3), ((2, 11, 4), 5, 8)],
    ids=["a square", "grey, wide, an odd side", "tall, two channels"],
)


@pytest.mark.graded("SmallConvNet", points=0.5)
@NETS
def test_net(student, rng, shape, classes, width):
    """Parameters and scores, in evaluation mode and, without dropout, in training mode."""
    student.set_seed(int(rng.integers(1000)))
    net = student.SmallConvNet(shape, num_classes=classes, width=width, dropout=0.0)
    _, height, wide = shape
    inputs = 2 * width * (height // 2 // 2) * (wide // 2 // 2)
    wanted = [width * shape[0] * 9, *3 * [width], 18 * width**2, *3 * [2 * width], inputs * classes, classes]
    expect.equal(student.sizes_of(net), sorted(wanted), "The list of the parameters' sizes")
    parameters = student.parameters_of(net)
    x = numbers(rng, 3, *shape)
    net.eval()
    wanted = expected_scores(parameters, x, width, training=False)
    expect.close(student.scores_of(net, x), wanted, "The tensor of scores in evaluation mode", atol=1e-4)
    expect.close(
        student.scores_of(net, x[1:2]), wanted[1:2], "The tensor of scores of one picture", atol=1e-4
    )
    net.train()
    wanted = expected_scores(parameters, x, width, training=True)
    expect.close(
        student.scores_of(net, x), wanted, "The tensor of scores in training mode", atol=1e-4, rtol=1e-3
    )


@pytest.mark.graded("SmallConvNet", points=0.5)
def test_net_drops(student, rng):
    """With dropout 1 nothing is left but the biases; with 0.9 most is gone; in evaluation mode nothing is."""
    x = numbers(rng, 2, 1, 8, 8)
    student.set_seed(5)
    net = student.SmallConvNet((1, 8, 8), 4, 4, dropout=1.0)
    scores = student.scores_of(net, x)
    expect.close(scores[0], scores[1], "The tensor of scores of a picture with all dropped", atol=1e-6)
    net.eval()
    scores = student.scores_of(net, x)
    expect.true(
        not torch.allclose(scores[0], scores[1]), "In evaluation mode two pictures get the same scores."
    )


@pytest.mark.graded("SmallConvNet", points=0.5)
def test_net_as_it_comes(student, rng):
    """Without options: three channels of 32 x 32, ten classes, width 16, dropout 0.25."""
    net = student.SmallConvNet()
    expect.equal(sum(student.sizes_of(net)), 448 + 32 + 4640 + 64 + 20490, "The number of parameters")
    x = numbers(rng, 2, 3, 32, 32)
    expect.shape(student.scores_of(net, x), (2, 10), "The tensor of scores")
    first, second = student.scores_of(net, x), student.scores_of(net, x)
    expect.true(not torch.equal(first, second), "In training mode two calls gave the same.")


# --- the loops


def linear_loss(x, y, w, b):
    """Loss and gradients of a linear model, by the reference library."""
    scores, cache = affine_forward(x, w, b)
    loss, dscores = softmax_loss(scores, y)
    _, dw, db = affine_backward(dscores, cache)
    return loss, dw, db


def numpy_epoch(x, y, parameters, batch_size, rate, momentum, velocity):
    """The same epoch in NumPy: mean loss; parameters [w, b] and velocity change in place."""
    total = 0.0
    for start in range(0, len(x), batch_size):
        batch = slice(start, start + batch_size)
        loss, *gradients = linear_loss(x[batch], y[batch], *parameters)
        total += loss * len(x[batch])
        for p, v, gradient in zip(parameters, velocity, gradients, strict=True):
            v *= momentum
            v += gradient
            p -= rate * v
    return total / len(x)


def spied(student, features, classes):
    """A spy, and its parameters as w (D, M) and b."""
    spy = student.Spy(features, classes)
    weights = student.parameters_of(spy)
    return spy, [weights["linear.weight"].double().numpy().T.copy(), weights["linear.bias"].double().numpy()]


@pytest.mark.graded("train_epoch", points=0.75)
@pytest.mark.parametrize(
    ("count", "batch_size", "shape", "momentum"),
    [(7, 3, (2, 2, 2), 0.0), (5, 4, (3,), 0.9)],
    ids=["a last batch of one", "momentum"],
)
def test_two_epochs(student, rng, count, batch_size, shape, momentum):
    """Losses and weights of two epochs; before the second the model is in evaluation mode."""
    x, y = numbers(rng, count, *shape), torch.from_numpy(rng.integers(0, 3, count))
    spy, parameters = spied(student, int(np.prod(shape)), 3)
    velocity = [np.zeros_like(p) for p in parameters]
    student.leave_gradients(spy)
    loader, optimizer = student.make_loader(x, y, batch_size), student.make_sgd(spy, 0.3, momentum)
    for _ in range(2):
        got = student.train_epoch(spy, loader, optimizer)
        wanted = numpy_epoch(x.double().numpy(), y.numpy(), parameters, batch_size, 0.3, momentum, velocity)
        weights = student.parameters_of(spy)
        expect.close(weights["linear.weight"], parameters[0].T, "The weight matrix", rtol=1e-3, atol=1e-5)
        expect.close(weights["linear.bias"], parameters[1], "The vector of biases", rtol=1e-3, atol=1e-5)
        expect_float(got, wanted, "The mean loss of the examples", rtol=1e-4, atol=1e-6)
        student.set_mode(spy, False)
    sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
    expect.equal(
        [note[2] for note in spy["notes"]], 2 * sizes, "The list of batch sizes that the model has met"
    )
    expect.true(all(note[0] for note in spy["notes"]), "The model was trained in evaluation mode.")


@pytest.mark.graded("train_epoch", points=0.5)
def test_training_moves_the_statistics(student, rng):
    """Batch norm's running means have seen each batch once; device is named."""
    x, y = 2 + numbers(rng, 8, 3), torch.from_numpy(rng.integers(0, 2, 8))
    student.set_seed(1)
    net = student.normalizing_net(3, 2)
    student.set_mode(net, False)
    student.train_epoch(net, student.make_loader(x, y, 4), student.make_sgd(net, 0.1), device="cpu")
    state = student.state_of(net)
    running = 0.9 * 0.1 * x[:4].mean(dim=0) + 0.1 * x[4:].mean(dim=0)
    expect.close(state["1.running_mean"], running, "The vector of running means of batch norm", atol=1e-5)
    expect.equal(state["1.num_batches_tracked"], 2, "How many batches batch norm has seen")


@pytest.mark.graded("train_epoch", points=0.5)
def test_training_learns(student, rng):
    """Ten epochs on two classes: the loss falls to less than half."""
    y = torch.from_numpy(np.arange(40) % 2)
    x = numbers(rng, 40, 5) + 2.0 * y[:, None]
    spy, _ = spied(student, 5, 2)
    loader, optimizer = student.make_loader(x, y, 8), student.make_sgd(spy, 0.3)
    losses = [student.train_epoch(spy, loader, optimizer) for _ in range(10)]
    expect.true(float(losses[-1]) < 0.5 * float(losses[0]), "The loss has not fallen to half in ten epochs.")


@pytest.mark.graded("evaluate", points=0.5)
@pytest.mark.parametrize(
    ("count", "batch_size", "scale"),
    [(7, 3, 1.0), (6, 6, 1.0), (5, 2, 1e3)],
    ids=["a last batch of one", "one batch", "large scores"],
)
def test_evaluate(student, rng, count, batch_size, scale):
    """Loss and accuracy, in batches of unequal size."""
    x, y = scale * numbers(rng, count, 4), torch.from_numpy(rng.integers(0, 3, count))
    spy, (w, b) = spied(student, 4, 3)
    scores = x.double().numpy() @ w + b
    y[: count // 2] = torch.from_numpy(scores.argmax(axis=1)[: count // 2])
    got = student.evaluate(spy, student.make_loader(x, y, batch_size))
    student.switch_graphs_on()
    expect_pair(got, "the loss and the accuracy")
    expect_float(got[0], linear_loss(x.double().numpy(), y.numpy(), w, b)[0], "The mean loss", rtol=1e-3)
    share = float((scores.argmax(axis=1) == y.numpy()).mean())
    expect_float(got[1], share, "The accuracy", rtol=1e-5)
    sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
    expect.equal([note[2] for note in spy["notes"]], sizes, "The list of batch sizes that the model has met")
    modes = [note[:2] for note in spy["notes"]]
    expect.true(not any(training for training, _ in modes), "The model was evaluated in training mode.")
    expect.true(not any(graph for _, graph in modes), "Graphs were recorded.")


@pytest.mark.graded("evaluate", points=1)
def test_evaluate_changes_nothing(student, rng):
    """Batch norm and dropout, in training mode at first: the same twice, and all numbers stay."""
    x, y = 1 + numbers(rng, 9, 3), torch.from_numpy(rng.integers(0, 2, 9))
    student.set_seed(2)
    net = student.normalizing_net(3, 2)
    before = student.state_of(net)
    loader = student.make_loader(x, y, 4)
    first = student.evaluate(net, loader)
    student.set_mode(net, True)
    second = student.evaluate(net, loader)
    expect.true(student.switch_graphs_on(), "After the call no graphs are recorded any more.")
    expect_pair(first, "the loss and the accuracy")
    after = student.state_of(net)
    for name, values in before.items():
        expect.close(after[name], values, f"After the evaluation {name}")
    scores = x.double() / np.sqrt(1 + 1e-5) @ before["3.weight"].double().T + before["3.bias"].double()
    for got in (first, second):
        expect.close(got[0], softmax_loss(scores.numpy(), y.numpy())[0], "The mean loss", rtol=1e-4)
        expect.close(got[1], float((scores.argmax(1) == y).double().mean()), "The accuracy", rtol=1e-5)
    expect.equal(student.gradients_left(net), 0, "The number of parameters with a gradient")
    expect.equal(net["training"], False, "model.training")


# --- files


def trained_net(student, rng):
    """A net with batch norm that has met a batch."""
    net = student.normalizing_net(3, 2)
    student.scores_of(net, 2 + numbers(rng, 6, 3))
    return net


@pytest.mark.graded("save_weights", points=0.5)
def test_save_all(student, rng):
    """Parameters and running statistics, under their own names; the model stays as it is."""
    net, path = trained_net(student, rng), student.scratch_path("net.pt")
    before = student.state_of(net)
    student.save_weights(net, path)
    got = student.read_weights(path)
    expect.equal(", ".join(sorted(map(str, got))), ", ".join(sorted(before)), "The list of names in the file")
    after = student.state_of(net)
    for name, values in before.items():
        expect.close(got[name], values, name)
        expect.close(after[name], values, f"{name} of the model after saving")
    expect.equal(net["training"], True, "model.training after saving")


@pytest.mark.graded("load_weights", points=0.25)
def test_load_all(student, rng):
    """Parameters and running statistics of a net that was trained, into a new one."""
    net, path = trained_net(student, rng), student.scratch_path("net.pt")
    wanted = student.state_of(net)
    student.write_weights(wanted, path)
    student.set_seed(77)
    fresh = student.normalizing_net(3, 2)
    loaded = student.load_weights(fresh, path)
    expect.true(hasattr(loaded, "eval"), "Return the model.")
    for model in (loaded, fresh):
        state = student.state_of(model)
        for name, values in wanted.items():
            expect.close(state[name], values, name)
        expect.equal(model["training"], False, "model.training")


@pytest.mark.graded("load_weights", points=0.25)
def test_load_springs_no_other_trap(student, rng):
    """A file with an object in it is refused, and the object's code does not run."""
    spy = student.Spy(2, 2)
    path, sprung = student.scratch_path("spy.pt"), student.scratch_path("sprung")
    student.set_a_trap(spy, path, sprung)
    expect_refused(lambda: student.load_weights(spy, path), "A file with a trap was taken.")
    expect.true(not student.is_there(sprung), "The code in the file was run.")


@pytest.mark.graded("load_weights", points=0.25)
@pytest.mark.parametrize("kind", ["another name", "one more"])
def test_load_refuses(student, rng, kind):
    """Names that are not the model's."""
    spy, path = student.Spy(2, 2), student.scratch_path("spy.pt")
    weights = {"linear.weight": numbers(rng, 2, 2), "linear.bias": numbers(rng, 2)}
    weights["bias"] = weights.pop("linear.bias") if kind == "another name" else numbers(rng, 2)
    student.write_weights(weights, path)
    expect_refused(lambda: student.load_weights(spy, path), "A file with other names was taken.")


# --- a classifier of one's own


def patterns(rng, count, shape, num_classes):
    """Pictures of shape (C, H, W): stripes along rows, columns, a diagonal, or checks, anywhere, noisy."""
    _, height, width = shape
    y = rng.permutation(np.arange(count) % num_classes)
    row, column = np.mgrid[:height, :width] * np.pi / 2
    a, b = rng.uniform(0, 2 * np.pi, (2, count, 1, 1))
    kinds = [
        np.sin(column + a),
        np.sqrt(2) * np.sin(row + a) * np.sin(column + b),
        np.sin(row + a),
        np.sin(row - column + a),
    ]
    pattern = np.choose(y[:, None, None], [np.broadcast_to(kind, (count, height, width)) for kind in kinds])
    x = pattern[:, None] + 0.6 * rng.standard_normal((count, *shape))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)


@pytest.mark.graded(
    "learn",
    points=1,
    seconds=20,
    hint="Is the model trained for long enough, does it look at neighbouring pixels, and does it "
    "come back in "
    "evaluation mode?",
)
@pytest.mark.parametrize(
    ("shape", "classes"), [((3, 12, 16), 4), ((1, 14, 12), 3)], ids=["four classes", "in grey"]
)
def test_learn(student, rng, shape, classes):
    """240 pictures to learn from, 200 new ones, of which 85 % have to be named correctly."""
    x, y = patterns(rng, 240, shape, classes)
    new_x, new_y = patterns(rng, 200, shape, classes)
    student.set_seed(int(rng.integers(10_000)))
    model = student.learn(x, y, classes, seconds=4)
    for before, after, name in zip((x, y), student.arguments_()[:2], "xy", strict=True):
        expect.unchanged(before, after, name)
    expect.true(hasattr(model, "eval"), "Return the model.")
    expect.equal(model["training"], False, "model.training")
    scores = student.scores_of(model, new_x)
    expect.shape(scores, (200, classes), "The tensor of scores")
    expect.at_least(float((scores.argmax(1) == new_y).float().mean()), 0.85, "The accuracy on new pictures")


# --- arithmetic


@pytest.mark.graded("conv_costs", points=0.25)
@pytest.mark.parametrize(
    ("shape", "filters", "kernel", "stride", "pad", "bias"),
    [
        ((64, 56, 56), 128, 3, 1, 1, True),
        ((5, 9, 14), 7, 4, 3, 2, False),
        ((512, 7, 7), 4096, 7, 1, 0, True),
        ((3, 4, 6), 2, 6, 1, 1, True),
    ],
    ids=["square", "wide, stride 3, pad 2", "as large as the picture", "as large as the padded picture"],
)
def test_costs(student, shape, filters, kernel, stride, pad, bias):
    """Several convolutions."""
    layer = Conv("layer", filters, kernel, stride, pad, bias=bias)
    got = student.conv_costs(shape, filters, kernel, stride, pad, bias)
    expect.true(type(got) in (tuple, list) and len(got) == 3, "Return shape, parameters, multiply-adds.")
    expect.equal(got[0], layer.output(shape), "The shape")
    expect.equal(got[1], layer.weights(shape) + layer.biases(shape), "The number of parameters")
    expect.equal(got[2], layer.multiply_adds(shape), "The number of multiply-adds")
    whole = all(type(value) is int for value in (*got[0], *got[1:]))
    if not whole:
        raise CheckFailed("wrong_type", "Some of the numbers are not of type int.")


@pytest.mark.graded("conv_costs", points=0.75)
@pytest.mark.parametrize(
    ("shape", "kernel", "pad"), [((2, 3, 9), 6, 1)], ids=["too tall by one, with padding"]
)
def test_costs_refused(student, shape, kernel, pad):
    """The filter is larger than the padded picture in one direction."""
    try:
        student.conv_costs(shape, 2, kernel, pad=pad)
    except StudentError as error:
        if error.error != "ValueError":
            raise
        return
    raise CheckFailed("wrong_value", "A filter that does not fit was not refused.")


# --- the questions


@pytest.mark.graded("answer_parameters", points=1)
def test_parameters(student):
    """784 x 512 + 512, 512 x 512 + 512, 512 x 10 + 10."""
    expect.close(student["answer_parameters"], 669_706, "answer_parameters")


@pytest.mark.graded("answer_double_softmax", points=1)
def test_double_softmax(student):
    """The best that a softmax of a softmax can do is e / (e + 9)."""
    expect.answered(student["answer_double_softmax"], "answer_double_softmax")
    expect.equal(student["answer_double_softmax"], "b", "answer_double_softmax")


@pytest.mark.graded("answer_bottleneck", points=1)
def test_bottleneck(student):
    """12.8 three times, 25.7, 86.7 and 120.4 million."""
    expect.answered(student["answer_bottleneck"], "answer_bottleneck")
    value = student["answer_bottleneck"]
    expect.a_number(value, "answer_bottleneck")
    expect.close(value / 1e6 if value > 1e5 else value, 271.3, "answer_bottleneck", rtol=2e-3)
