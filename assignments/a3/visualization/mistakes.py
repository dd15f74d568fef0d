"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently."""

import torch
from torch.nn import functional

from autograder.mistakes import Catalogue
from cs_lib.vision import saliency, synthesis
from cs_lib.vision.hand_made import ConvNet, LinearNet, changed, twice

MAPS, OCCLUSION, GUIDED = "compute_saliency_maps", "occlusion_map", "guided_relu_backward"
FOOL, STEP = "make_fooling_image", "class_visualization_update_step"

catalogue = Catalogue(
    {
        MAPS: saliency.compute_saliency_maps,
        OCCLUSION: saliency.occlusion_map,
        GUIDED: saliency.guided_relu_backward,
        FOOL: synthesis.make_fooling_image,
        STEP: synthesis.class_visualization_update_step,
        "ConvNet": ConvNet,
        "LinearNet": LinearNet,
        "twice": twice,
        "changed": changed,
        "answer_forward_passes": 625,
        "answer_many_pixels": "c",
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def named(function, name):
    """The function under another name, by which the catalogue knows it."""
    function.__name__ = name
    return function


def gradient(goal, x):
    """The gradient of a number with respect to x, or zeros where x has no say."""
    return torch.autograd.grad(goal, x)[0]


# --- saliency: a gradient of something, and how its three channels become one number


def of_scores(x, y, model):
    return gradient(model(x)[torch.arange(len(y)), y].sum(), x)


def over_channels(gradients):
    return gradients.abs().amax(dim=1)


def maps(of=of_scores, reduce=over_channels):
    """compute_saliency_maps with another gradient, or another way to make one number of three."""

    def compute_saliency_maps(X, y, model):
        return reduce(of(X.detach().clone().requires_grad_(), y, model))

    return compute_saliency_maps


for name, reduce, hint in [
    ("saliency_signed", lambda g: g.amax(dim=1),
     "A pixel that speaks against the class is salient, too: take absolute values before the maximum."),
    ("saliency_abs_after_max", lambda g: g.amax(dim=1).abs(),
     "The order matters: of -5 and 2 the larger in size is 5. Absolute values first, then the maximum."),
    ("saliency_mean", lambda g: g.abs().mean(dim=1),
     "These are means over the three channels. Asked for is the largest of them."),
    ("saliency_sum", lambda g: g.abs().sum(dim=1),
     "These are sums over the channels. Asked for is the largest."),
    ("saliency_norm", lambda g: g.norm(dim=1),
     "This is the Euclidean length over the channels. Asked for is the largest absolute value."),
    ("saliency_squared", lambda g: (g**2).amax(dim=1), "These are squares. Asked for are absolute values."),
    ("saliency_keeps_channels", lambda g: g.abs(),
     "The result still has a channel axis: one number a pixel is asked for, shape (N, H, W)."),
    ("saliency_pair", lambda g: g.abs().max(dim=1),
     "max with a dim returns two things, the values and where they were: take the values only."),
    ("saliency_over_height", lambda g: g.abs().amax(dim=2),
     "The maximum is taken along the wrong axis: in (N, 3, H, W) the channels are axis 1."),
    ("saliency_scaled", lambda g: g.abs().amax(dim=1) / g.abs().amax(dim=(1, 2, 3)).view(-1, 1, 1),
     "The maps are scaled so that their largest entry is 1. That is for the picture, not for the function."),
    ("saliency_over_images", lambda g: g.abs().amax(dim=0),
     "The maximum is taken over the images: in (N, 3, H, W) the channels are axis 1."),
    ("saliency_one_channel_left", lambda g: g.abs().amax(dim=1, keepdim=True),
     "The channel axis is still there, one long: keepdim keeps it."),
    ("saliency_of_first_image", lambda g: g.abs().amax(dim=1)[0],
     "Only the first image has a map, or the axis of the images got lost: the result is (N, H, W)."),
    ("saliency_squeezed", lambda g: g.abs().amax(dim=1).squeeze(),
     "squeeze takes away every axis that is one long, that of a single image, too: the result is (N, H, W)."),
]:  # fmt: skip
    mistake(MAPS, hint)(named(maps(reduce=reduce), name))

for name, of, hint in [
    ("saliency_of_all_scores", lambda x, y, model: gradient(model(x).sum(), x),
     "You add up the scores of all classes. Pick the score of its own class for each image."),
    ("saliency_of_the_winner", lambda x, y, model: gradient(model(x).max(dim=1).values.sum(), x),
     "You take the highest score, whatever class it belongs to. The class to ask about is in y."),
    ("saliency_of_the_loss", lambda x, y, model: gradient(functional.cross_entropy(model(x), y), x),
     "This is the gradient of a loss, in which the other classes have a say, too. Asked for is that of "
     "the score."),
    ("saliency_of_probabilities",
     lambda x, y, model: gradient(functional.softmax(model(x), dim=1)[torch.arange(len(y)), y].sum(), x),
     "This is the gradient of a probability: it falls when other scores rise, and vanishes when the model is "
     "sure. Leave the softmax out."),
    ("saliency_of_mean_score",
     lambda x, y, model: gradient(model(x)[torch.arange(len(y)), y].mean(), x),
     "All maps are too small by the same factor, the number of images: add the scores up, don't average "
     "them."),
    ("saliency_of_first_class", lambda x, y, model: gradient(model(x)[:, y[0]].sum(), x),
     "All images are asked about the class of the first one: each has its own in y."),
    ("saliency_of_columns", lambda x, y, model: gradient(model(x)[:, y].sum(), x),
     "scores[:, y] takes all columns y from every row. One entry a row is wanted: gather, or two index "
     "arrays."),
    ("saliency_of_first_score", lambda x, y, model: gradient(model(x)[0, y[0]], x),
     "Only the first image's score is differentiated, so all other maps are 0. Add the scores of all images "
     "up."),
    ("saliency_pixel_times_gradient", lambda x, y, model: x.detach() * of_scores(x, y, model),
     "The gradient is multiplied by the pixels. Asked for is the gradient itself."),
]:  # fmt: skip
    mistake(MAPS, hint)(named(maps(of=of), name))


@mistake(
    MAPS,
    "The second call with the same X gives another answer: backward adds to what is in X.grad already. "
    "Work on a "
    "copy of X, or clear the gradient first.",
)
def saliency_adds_up(X, y, model):
    X.requires_grad_()
    model(X).gather(1, y.view(-1, 1)).sum().backward()
    return X.grad.abs().amax(dim=1)


@mistake(MAPS, "There is no gradient: the copy of X that the model sees needs requires_grad.")
def saliency_without_record(X, y, model):
    X = X.detach().clone()
    model(X).gather(1, y.view(-1, 1)).sum().backward()
    return X.grad.abs().amax(dim=1)


@mistake(MAPS, "There is no gradient: the copy of X that the model sees needs requires_grad.")
def saliency_without_a_leaf(X, y, model):
    return gradient(model(X).gather(1, y.view(-1, 1)).sum(), X).abs().amax(dim=1)


@mistake(MAPS, "backward() starts from one number: add the scores of the images up.")
def saliency_not_summed(X, y, model):
    X = X.detach().clone().requires_grad_()
    model(X)[torch.arange(len(y)), y].backward()
    return X.grad.abs().amax(dim=1)


@mistake(MAPS, "X itself gets other numbers: it belongs to the caller.")
def saliency_changes_pixels(X, y, model):
    result = saliency.compute_saliency_maps(X, y, model)
    X -= X.mean()
    return result


@right(MAPS)
def saliency_by_backward(X, y, model):
    X = X.clone().detach().requires_grad_(True)
    model(X).gather(1, y.view(-1, 1)).squeeze().sum().backward()
    result, _ = torch.max(torch.abs(X.grad), dim=1)
    return result


@right(MAPS)
def saliency_with_cleared_gradient(X, y, model):
    X.requires_grad_()
    X.grad = None
    scores = model(X)
    scores.backward(functional.one_hot(y, scores.shape[1]).to(scores))
    return X.grad.data.abs().max(1)[0]


@right(MAPS)
def saliency_one_by_one(X, y, model):
    result = torch.zeros(X.shape[0], *X.shape[2:], dtype=X.dtype)
    for n in range(len(X)):
        x = X[n : n + 1].clone().requires_grad_()
        result[n] = gradient(model(x)[0, y[n]], x)[0].abs().max(dim=0).values
    return result


@right(MAPS)
def saliency_as_an_array(X, y, model):
    return saliency.compute_saliency_maps(X, y, model).numpy()


# --- occlusion


def occlusion(corner=1, cover=None, number=None, places=None, finish=None):
    """occlusion_map, in which one thing is different."""

    def occlusion_map(image, y, model, size=8, stride=4, fill=0.5):
        height, width = image.shape[2:]
        rows, cols = (height - size) // stride + 1, (width - size) // stride + 1
        if places:
            rows, cols = places(height, width, size, stride)
        result = torch.zeros(rows, cols, dtype=image.dtype)
        with torch.no_grad():
            for i in range(rows):
                for j in range(cols):
                    top, left = (i * stride, j * stride) if corner else (i, j)
                    covered = image.clone()
                    if cover:
                        cover(covered, top, left, size, fill)
                    else:
                        covered[:, :, top : top + size, left : left + size] = fill
                    scores = model(covered)
                    result[i, j] = number(scores, y) if number else scores[0, y]
            return finish(result, image, y, model) if finish else result

    return occlusion_map


def cover_first_channel(covered, top, left, size, fill):
    covered[:, 0, top : top + size, left : left + size] = fill


def cover_around_the_corner(covered, top, left, size, fill):
    half = size // 2
    covered[:, :, max(top - half, 0) : top - half + size, max(left - half, 0) : left - half + size] = fill


def cover_around_the_corner_inside(covered, top, left, size, fill):
    top, left = max(top - size // 2, 0), max(left - size // 2, 0)
    covered[:, :, top : top + size, left : left + size] = fill


def cover_everything_else(covered, top, left, size, fill):
    seen = covered[:, :, top : top + size, left : left + size].clone()
    covered[:] = fill
    covered[:, :, top : top + size, left : left + size] = seen


def cover_swapped(covered, top, left, size, fill):
    covered[:, :, left : left + size, top : top + size] = fill


def cover_too_much(covered, top, left, size, fill):
    covered[:, :, top : top + size + 1, left : left + size + 1] = fill


def add_fill(covered, top, left, size, fill):
    covered[:, :, top : top + size, left : left + size] += fill


for name, change, hint in [
    ("occlusion_drop", {"finish": lambda result, image, y, model: model(image)[0, y] - result},
     "This is how far the score falls. Asked for is the score that is left; the picture takes care of "
     "the rest."),
    ("occlusion_negative", {"finish": lambda result, image, y, model: result - model(image)[0, y]},
     "This is the change of the score. Asked for is the score that is left."),
    ("occlusion_probability", {"number": lambda scores, y: scores.softmax(dim=1)[0, y]},
     "These are probabilities. Asked for are scores, as the model returns them."),
    ("occlusion_best_score", {"number": lambda scores, y: scores.max()},
     "This is the highest score of all classes. The class to ask about is y."),
    ("occlusion_all_scores", {"number": lambda scores, y: scores.sum()},
     "You add up the scores of all classes. The class to ask about is y."),
    ("occlusion_ignores_stride", {"corner": 0},
     "The square moves by one pixel at a time: entry [i, j] belongs to row i * stride, column j * stride."),
    ("occlusion_first_channel", {"cover": cover_first_channel},
     "Only the first channel is covered: cover red, green and blue."),
    ("occlusion_centred", {"cover": cover_around_the_corner},
     "The square is centred on (i * stride, j * stride). That is to be its upper left corner."),
    ("occlusion_centred_inside", {"cover": cover_around_the_corner_inside},
     "The square is centred on (i * stride, j * stride). That is to be its upper left corner."),
    ("occlusion_inverted", {"cover": cover_everything_else},
     "You cover everything but the square. It is the square that gets covered."),
    ("occlusion_swapped", {"cover": cover_swapped},
     "Rows and columns of the square have changed places: rows are axis 2 of the image, columns axis 3."),
    ("occlusion_too_much", {"cover": cover_too_much},
     "The square is one pixel too large: a slice stops before its end."),
    ("occlusion_adds", {"cover": add_fill}, "The fill is added to the pixels: it is to take their place."),
    ("occlusion_always_grey", {"cover": lambda c, t, l, s, f: c[:, :, t : t + s, l : l + s].fill_(0.5)},
     "It is always covered in 0.5: which colour, fill says."),
    ("occlusion_always_black", {"cover": lambda c, t, l, s, f: c[:, :, t : t + s, l : l + s].fill_(0)},
     "It is always covered in black: which colour, fill says."),
    ("occlusion_transposed", {"finish": lambda result, image, y, model: result.T.contiguous()},
     "The map is transposed: its rows belong to rows of the image."),
    ("occlusion_ragged", {"places": lambda h, w, s, d: (-(-h // d), -(-w // d))},
     "Some squares stick out of the image. Only those that fit count: how many is (H - size) // stride + 1?"),
    ("occlusion_one_short", {"places": lambda h, w, s, d: ((h - s) // d or 1, (w - s) // d or 1)},
     "The last row and column of places are missing. There is one place more than there are strides "
     "between them."),
    ("occlusion_one_row_short", {"places": lambda h, w, s, d: ((h - s) // d or 1, (w - s) // d + 1)},
     "The last row of places is missing. There is one place more than there are strides between them."),
    ("occlusion_square_map", {"places": lambda h, w, s, d: ((h - s) // d + 1,) * 2},
     "The map is as wide as it is high, but the image need not be: use H for the rows and W for the "
     "columns."),
]:  # fmt: skip
    mistake(OCCLUSION, hint)(named(occlusion(**change), name))


@mistake(
    OCCLUSION,
    "The holes stay: each place is covered on top of those before. Begin with a fresh copy of the image "
    "each time.",
)
def occlusion_accumulates(image, y, model, size=8, stride=4, fill=0.5):
    covered = image.clone()

    def cover(_, top, left, size, fill):
        covered[:, :, top : top + size, left : left + size] = fill
        _.copy_(covered)

    return occlusion(cover=cover)(image, y, model, size, stride, fill)


@mistake(OCCLUSION, "The caller's image has holes after the call: cover a copy.")
def occlusion_in_place(image, y, model, size=8, stride=4, fill=0.5):
    result = saliency.occlusion_map(image, y, model, size, stride, fill)
    image[:, :, :size, :size] = fill
    return result


@right(OCCLUSION)
def occlusion_in_a_batch(image, y, model, size=8, stride=4, fill=0.5):
    _, _, height, width = image.shape
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    batch = image.repeat(len(tops) * len(lefts), 1, 1, 1)
    for n, (top, left) in enumerate((top, left) for top in tops for left in lefts):
        batch[n, :, top : top + size, left : left + size] = fill
    return model(batch)[:, y].reshape(len(tops), len(lefts))


@right(OCCLUSION)
def occlusion_with_a_mask(image, y, model, size=8, stride=4, fill=0.5):
    rows = []
    for top in range(0, image.shape[2] - size + 1, stride):
        row = []
        for left in range(0, image.shape[3] - size + 1, stride):
            mask = torch.zeros_like(image)
            mask[..., top : top + size, left : left + size] = 1
            row.append(model(image * (1 - mask) + fill * mask)[0, y].item())
        rows.append(row)
    return torch.tensor(rows)


@right(OCCLUSION)
def occlusion_that_repairs(image, y, model, size=8, stride=4, fill=0.5):
    def cover(covered, top, left, size, fill):
        covered[0, :, top : top + size, left : left + size] = torch.full((3, size, size), fill)

    return occlusion(cover=cover)(image, y, model, size, stride, fill)


# --- guided ReLU

for name, rule, hint in [
    ("guided_plain_relu", lambda g, x: g * (x > 0),
     "This is ReLU's own rule, which looks at the input only. What if the gradient itself is negative?"),
    ("guided_deconvnet", lambda g, x: g.clamp(min=0),
     "You look at the gradient only. Where the input was below 0 the ReLU was shut: nothing gets through "
     "there."),
    ("guided_or", lambda g, x: g * ((x > 0) | (g > 0)),
     "One of the two conditions is enough for you. Both have to hold."),
    ("guided_abs", lambda g, x: g.abs() * (x > 0),
     "Negative gradients come out positive. They are to be stopped."),
    ("guided_identity", lambda g, x: g * 1.0,
     "Everything gets through. Two conditions have to hold for that."),
    ("guided_mask", lambda g, x: ((x > 0) & (g > 0)).to(g.dtype),
     "That is where the gradient gets through. Asked for is the gradient itself at these places."),
    ("guided_truth_values", lambda g, x: (x > 0) & (g > 0),
     "That is where the gradient gets through. Asked for is the gradient itself at these places."),
    ("guided_forward", lambda g, x: x * ((x > 0) & (g > 0)),
     "You return the input at the right places. It is the gradient that is handed on."),
    ("guided_product", lambda g, x: (g * x).clamp(min=0),
     "You hand on the product of gradient and input. The input only decides whether the gradient gets "
     "through."),
    ("guided_product_of_both", lambda g, x: g.clamp(min=0) * x.clamp(min=0),
     "You hand on the product of gradient and input. The input only decides whether the gradient gets "
     "through."),
    ("guided_selected", lambda g, x: g[(x > 0) & (g > 0)],
     "Indexing by a mask leaves only the entries that get through. The result has the shape of upstream, "
     "with 0 everywhere else."),
    ("guided_sign_of_product", lambda g, x: g * (g * x > 0),
     "Two negatives make a positive product, but neither condition holds there: test both, one by one."),
    ("guided_reversed", lambda g, x: g * ((x < 0) & (g < 0)),
     "The signs are the wrong way round: above 0, not below."),
    ("guided_negative_only", lambda g, x: g * ((x > 0) & (g < 0)),
     "You let the negative gradients through, and stop the positive ones."),
    ("guided_flat", lambda g, x: (g * (x > 0) * (g > 0)).reshape(-1),
     "The shape got lost: the result has the shape of upstream."),
]:  # fmt: skip
    mistake(GUIDED, hint)(named(lambda upstream, x, rule=rule: rule(upstream, x), name))


@mistake(GUIDED, "upstream itself gets other numbers: it belongs to the caller, so work on a copy.")
def guided_in_place(upstream, x):
    upstream[(x < 0) | (upstream < 0)] = 0
    return upstream


@right(GUIDED)
def guided_by_where(upstream, x):
    return torch.where((x > 0) & (upstream > 0), upstream, torch.zeros_like(upstream))


@right(GUIDED)
def guided_by_relu(upstream, x):
    return torch.relu(upstream) * (x > 0).float()


@right(GUIDED)
def guided_by_indexing(upstream, x):
    result = upstream.clone()
    result[x <= 0] = 0
    result[upstream <= 0] = 0
    return result


@right(GUIDED)
def guided_by_multiplication(upstream, x):
    return upstream * (x >= 0) * (upstream >= 0)


# --- fooling images


def target_score(x, target, model):
    return model(x)[0, target]


def unit(g):
    return g / g.norm()


def fooling(goal=target_score, scale=unit, sign=1, start=None, stop=None, extra=0, finish=None, drift=None):
    """make_fooling_image, in which one thing is different."""

    def make_fooling_image(X, target_y, model, learning_rate=0.05, max_steps=100):
        image = start(X) if start else X.detach().clone()
        for step in range(max_steps):
            with torch.no_grad():
                scores = model(image)
            if (stop or (lambda scores, target, _: scores.argmax() == target))(scores, target_y, step):
                break
            x = image.detach().clone().requires_grad_()
            image = image + sign * learning_rate * scale(gradient(goal(x, target_y, model), x))
            if drift:
                image = drift(image)
        return finish(image, X) if finish else image

    return make_fooling_image


NEVER_STOPS = (
    "It goes on after the model is fooled. Ask the model before each step, and stop as soon as it says "
    "target_y."
)


def change_in_place(X, target_y, model, learning_rate=0.05, max_steps=100):
    image = synthesis.make_fooling_image(X, target_y, model, learning_rate, max_steps)
    X.data.copy_(image)
    return X


mistake(FOOL, "X itself gets changed: it belongs to the caller. Begin with a copy.")(
    named(change_in_place, "fooling_in_place")
)
for name, change, hint in [
    ("fooling_never_stops", {"stop": lambda scores, target, step: False}, NEVER_STOPS),
    ("fooling_steps_first", {"stop": lambda scores, target, step: step > 0 and scores.argmax() == target},
     "The first step is taken before the model is asked. An image that is taken for target_y already "
     "needs none."),
    ("fooling_per_channel", {"scale": lambda g: g / g.norm(dim=(2, 3), keepdim=True)},
     "Each channel is scaled by itself. One length for the whole gradient: the root of the sum of all "
     "squares."),
    ("fooling_per_pixel", {"scale": lambda g: g / g.norm(dim=1, keepdim=True).clamp_min(1e-12)},
     "Each pixel's gradient is scaled by itself. One length for the whole gradient."),
    ("fooling_not_scaled", {"scale": lambda g: g},
     "The step's length depends on the gradient's: divide the gradient by its length."),
    ("fooling_by_sign", {"scale": torch.sign},
     "You take the sign of the gradient. Asked for is the gradient itself, divided by its length."),
    ("fooling_by_largest", {"scale": lambda g: g / g.abs().max()},
     "The gradient is divided by its largest entry. Its length is the root of the sum of its squares."),
    ("fooling_squared_length", {"scale": lambda g: g / (g**2).sum()},
     "The gradient is divided by the square of its length: a root is missing."),
    ("fooling_l1_length", {"scale": lambda g: g / g.abs().sum()},
     "The gradient is divided by the sum of its absolute values. The Euclidean length squares them, and "
     "takes a root."),
    ("fooling_mean_length", {"scale": lambda g: g / (g**2).mean().sqrt()},
     "The gradient is divided by the root of the mean square, so the steps are too long: sum, not mean."),
    ("fooling_descends", {"sign": -1},
     "The score of target_y falls from step to step: climb, don't go down."),
    ("fooling_away_from_the_answer", {"goal": lambda x, t, model: -model(x).max()},
     "You lower the score of what the model says now. Asked for is to raise that of target_y."),
    ("fooling_by_loss",
     {"goal": lambda x, t, model: -functional.cross_entropy(model(x), torch.tensor([t]))},
     "This is the gradient of a loss, which lowers the other scores too. Asked for is that of target_y's "
     "score alone."),
    ("fooling_difference", {"goal": lambda x, t, model: model(x)[0, t] - model(x).max()},
     "You also lower the highest score. Only the score of target_y is climbed."),
    ("fooling_all_scores", {"goal": lambda x, t, model: model(x).sum()},
     "You add up the scores of all classes. Only target_y's counts."),
    ("fooling_clipped", {"drift": lambda image: image.clamp(0, 1)},
     "The pixels are clipped to 0..1. The exercise leaves them as they come; clip when you show them."),
    ("fooling_returns_difference", {"finish": lambda image, X: image - X},
     "That is what was added. Asked for is the image with it."),
    ("fooling_drops_the_batch", {"finish": lambda image, X: image[0]},
     "The first axis got lost: the result has the shape of X, (1, 3, H, W)."),
    ("fooling_from_grey", {"start": lambda X: torch.full_like(X, 0.5)},
     "You begin with another image than X, so the result is nowhere near it."),
    ("fooling_returns_x", {"finish": lambda image, X: X.clone()},
     "You return what you were given: is it the changed copy that you return?"),
    ("fooling_one_step", {"stop": lambda scores, target, step: step > 0 or scores.argmax() == target},
     "It stops after one step, whether the model is fooled or not."),
    ("fooling_stops_when_unsure", {"stop": lambda scores, target, step: scores.softmax(1)[0, target] > 0.9},
     "You wait until the model is sure. It is enough that target_y has the highest score."),
]:  # fmt: skip
    mistake(FOOL, hint)(named(fooling(**change), name))


@mistake(FOOL, "It takes 100 steps at most, whatever max_steps says.")
def fooling_ignores_max_steps(X, target_y, model, learning_rate=0.05, max_steps=100):
    return synthesis.make_fooling_image(X, target_y, model, learning_rate, 100)


@mistake(
    FOOL, "One step too many or too few: max_steps counts the steps, not the times that the model is asked."
)
def fooling_one_step_short(X, target_y, model, learning_rate=0.05, max_steps=100):
    return synthesis.make_fooling_image(X, target_y, model, learning_rate, max(max_steps - 1, 0))


@mistake(FOOL, "It always takes the same step, whatever learning_rate says.")
def fooling_ignores_learning_rate(X, target_y, model, learning_rate=0.05, max_steps=100):
    return synthesis.make_fooling_image(X, target_y, model, 0.05, max_steps)


@mistake(
    FOOL,
    "Gradients of earlier steps are still in the sum: backward adds to what is in grad. Clear it before "
    "each step.",
)
def fooling_accumulates(X, target_y, model, learning_rate=0.05, max_steps=100):
    image = X.detach().clone().requires_grad_()
    for _ in range(max_steps):
        scores = model(image)
        if scores.argmax() == target_y:
            break
        scores[0, target_y].backward()
        with torch.no_grad():
            image += learning_rate * image.grad / image.grad.norm()
    return image


@mistake(
    FOOL,
    "PyTorch lets nobody change a leaf in place while graphs are recorded: make a new, detached image in "
    "each step, or change it under torch.no_grad().",
)
def fooling_leaf_in_place(X, target_y, model, learning_rate=0.05, max_steps=100):
    image = X.detach().clone().requires_grad_()
    for _ in range(max_steps):
        scores = model(image)
        if scores.argmax() == target_y:
            break
        g = gradient(scores[0, target_y], image)
        image += learning_rate * g / g.norm()
    return image


@mistake(
    FOOL,
    "One step too many: the model is asked, but the step is taken before its answer counts. Stop first.",
)
def fooling_stops_late(X, target_y, model, learning_rate=0.05, max_steps=100):
    image = X.detach().clone()
    for _ in range(max_steps):
        x = image.clone().requires_grad_()
        scores = model(x)
        image = image + learning_rate * unit(gradient(scores[0, target_y], x))
        if scores.argmax() == target_y:
            break
    return image


@mistake(
    FOOL,
    "The gradient is always that at X. It changes with the image: compute it anew before each step.",
)
def fooling_along_one_gradient(X, target_y, model, learning_rate=0.05, max_steps=100):
    x = X.detach().clone().requires_grad_()
    step = learning_rate * unit(gradient(model(x)[0, target_y], x))
    image = X.detach().clone()
    for _ in range(max_steps):
        if model(image).argmax() == target_y:
            break
        image = image + step
    return image


@right(FOOL)
def fooling_with_backward(X, target_y, model, learning_rate=0.05, max_steps=100):
    X_fooling = X.clone()
    X_fooling = X_fooling.requires_grad_()
    for _ in range(max_steps):
        scores = model(X_fooling)
        if scores.data.max(1)[1][0].item() == target_y:
            break
        scores[0, target_y].backward()
        grad = X_fooling.grad.data
        X_fooling.data += learning_rate * (grad / grad.norm(2))
        X_fooling.grad.zero_()
    return X_fooling


@right(FOOL)
def fooling_with_while(X, target_y, model, learning_rate=0.05, max_steps=100):
    image, steps = X + 0, 0
    while steps < max_steps and int(torch.argmax(model(image), dim=1)) != target_y:
        image = image.detach().requires_grad_()
        g = gradient(model(image)[:, target_y].sum(), image)
        image = image.detach() + learning_rate * g / torch.sqrt((g * g).sum())
        steps += 1
    return image


@right(FOOL)
def fooling_with_counted_steps(X, target_y, model, learning_rate=0.05, max_steps=100):
    return fooling(scale=lambda g: functional.normalize(g.flatten(), dim=0).view_as(g))(
        X, target_y, model, learning_rate, max_steps
    )


# --- class visualisation


def update(score=target_score, l2=2.0, scale=unit, sign=1, write=None):
    """class_visualization_update_step, in which one thing is different."""

    def class_visualization_update_step(img, model, target_y, l2_reg, learning_rate):
        x = img.detach().clone().requires_grad_()
        g = gradient(score(x, target_y, model), x)
        g = g - (l2(x.detach(), l2_reg) if callable(l2) else l2 * l2_reg * x.detach())
        change = sign * learning_rate * scale(g)
        if write:
            return write(img, change)
        with torch.no_grad():
            img += change

    return class_visualization_update_step


for name, change, hint in [
    ("step_l2_added", {"l2": -2.0},
     "The regularisation pushes away from 0: its sign is wrong. It is subtracted from the score."),
    ("step_l2_without_two", {"l2": 1.0},
     "The derivative of a square is twice the number: a factor 2 is missing in the regularisation."),
    ("step_without_l2", {"l2": 0.0},
     "l2_reg has no effect: subtract the gradient of its term before you scale."),
    ("step_l2_of_norm", {"l2": lambda x, reg: reg * x / x.norm()},
     "This is the gradient of the norm. Asked for is the squared norm, the sum of all squares."),
    ("step_l2_of_mean", {"l2": lambda x, reg: 2 * reg * x / x.numel()},
     "You regularise by the mean of the squares. Asked for is their sum."),
    ("step_l1", {"l2": lambda x, reg: reg * x.sign()},
     "That is an L1 term, the same push for each pixel. The squared norm pulls large pixels harder."),
    ("step_not_scaled", {"scale": lambda g: g},
     "The step's length depends on the gradient's: divide the gradient by its length."),
    ("step_squared_length", {"scale": lambda g: g / (g**2).sum()},
     "The gradient is divided by the square of its length: a root is missing."),
    ("step_by_largest", {"scale": lambda g: g / g.abs().max()},
     "The gradient is divided by its largest entry. Its length is the root of the sum of its squares."),
    ("step_per_pixel", {"scale": lambda g: g / g.norm(dim=1, keepdim=True).clamp_min(1e-12)},
     "Each pixel's gradient is scaled by itself. One length for the whole gradient."),
    ("step_per_channel", {"scale": lambda g: g / g.norm(dim=(2, 3), keepdim=True).clamp_min(1e-12)},
     "Each channel's gradient is scaled by itself. One length for the whole gradient."),
    ("step_per_pixel_unguarded", {"scale": lambda g: g / g.norm(dim=1, keepdim=True)},
     "Each pixel's gradient is scaled by itself. One length for the whole gradient."),
    ("step_per_channel_unguarded", {"scale": lambda g: g / g.norm(dim=(2, 3), keepdim=True)},
     "Each channel's gradient is scaled by itself. One length for the whole gradient."),
    ("step_by_sign", {"scale": torch.sign},
     "You take the sign of the gradient. Asked for is the gradient itself, divided by its length."),
    ("step_descends", {"sign": -1}, "The score falls: it is gradient ascent, so add the step."),
    ("step_of_probability", {"score": lambda x, t, model: model(x).softmax(dim=1)[0, t]},
     "This is the gradient of a probability. Asked for is that of the score."),
    ("step_of_all_scores", {"score": lambda x, t, model: model(x).sum()},
     "You add up the scores of all classes. Only target_y's counts."),
    ("step_of_the_winner", {"score": lambda x, t, model: model(x).max()},
     "You climb the highest score. The class is target_y."),
    ("step_on_a_copy", {"write": lambda img, change: img + change},
     "img is the same as before: it has to be changed in place, since its caller keeps the tensor."),
    ("step_replaces_img", {"write": lambda img, change: img.data.copy_(change)},
     "img now holds the step alone: add it to what was there."),
]:  # fmt: skip
    mistake(STEP, hint)(named(update(**change), name))


@mistake(STEP, "The regularisation is added after the scaling: scale the gradient of both terms together.")
def step_l2_after_scaling(img, model, target_y, l2_reg, learning_rate):
    x = img.detach().clone().requires_grad_()
    g = torch.autograd.grad(model(x)[0, target_y], x)[0]
    img.data += learning_rate * (g / g.norm() - 2 * l2_reg * x.detach())


@mistake(
    STEP,
    "The second step goes wrong: backward adds to the gradient of the first one, which is still in img.grad.",
)
def step_accumulates(img, model, target_y, l2_reg, learning_rate):
    (model(img)[0, target_y] - l2_reg * (img**2).sum()).backward()
    with torch.no_grad():
        img += learning_rate * img.grad / img.grad.norm()


@mistake(STEP, "PyTorch lets nobody change a leaf in place while graphs are recorded: with torch.no_grad().")
def step_while_recording(img, model, target_y, l2_reg, learning_rate):
    g = gradient(model(img)[0, target_y] - l2_reg * (img**2).sum(), img)
    img += learning_rate * g / g.norm()


@mistake(STEP, "The length of the step is always the same, whatever learning_rate says.")
def step_ignores_learning_rate(img, model, target_y, l2_reg, learning_rate):
    synthesis.class_visualization_update_step(img, model, target_y, l2_reg, 1.0)


@mistake(STEP, "img is clipped to 0..1. The exercise leaves that to the loop around the step.")
def step_clips(img, model, target_y, l2_reg, learning_rate):
    synthesis.class_visualization_update_step(img, model, target_y, l2_reg, learning_rate)
    img.data.clamp_(0, 1)


@right(STEP)
def step_by_backward(img, model, target_y, l2_reg, learning_rate):
    score = model(img)[0, target_y] - l2_reg * torch.sum(img * img)
    score.backward()
    img.data += learning_rate * img.grad / torch.norm(img.grad)
    img.grad.zero_()


@right(STEP)
def step_cleared_first(img, model, target_y, l2_reg, learning_rate):
    img.grad = None
    model(img)[:, target_y].sum().backward()
    dimg = img.grad - 2 * l2_reg * img.detach()
    img.data.add_(learning_rate * dimg / dimg.norm())
    return img


@right(STEP)
def step_by_copy(img, model, target_y, l2_reg, learning_rate):
    x = img.detach().clone().requires_grad_()
    loss = l2_reg * x.norm() ** 2 - model(x)[0, target_y]
    g = gradient(loss, x)
    with torch.no_grad():
        img.copy_(x - learning_rate * g / torch.sqrt(torch.sum(g**2)))


# --- the questions

wrong_answer(
    "answer_forward_passes",
    28 * 28,
    "224 / 8 places would leave squares that stick out: only those that fit count.",
)
wrong_answer(
    "answer_forward_passes",
    24 * 24,
    "Between the first place and the last are 24 strides: how many places is that?",
)
wrong_answer("answer_forward_passes", 49, "That is for squares that don't overlap. The stride is 8.")
wrong_answer("answer_forward_passes", 25, "That is one row of places.")
wrong_answer(
    "answer_many_pixels",
    "a",
    "Write the change down for two pixels, then for four: which terms are added up?",
)
wrong_answer(
    "answer_many_pixels",
    "b",
    "The square root would come if the terms had random signs. Which sign has each of them here?",
)
wrong_answer("answer_many_pixels", "d", "Each pixel contributes one term, whatever the others do.")
