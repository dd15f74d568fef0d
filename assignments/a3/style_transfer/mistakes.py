"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

A table for each function: the name of a mistake, its hint, and the wrong function. What the notebook gives
(extract_features, gradient_of, small_net) stands here as it stands there.
"""

import numpy as np
import torch
from torch import nn

from autograder.mistakes import Catalogue
from cs_lib.vision.losses import content_loss, gram_matrix, style_loss, tv_loss

CONTENT, GRAM, STYLE, TV, STEP = (
    "content_loss", "gram_matrix", "style_loss", "tv_loss", "style_transfer_step",
)  # fmt: skip


def extract_features(x, net):
    features = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            features.append(x)
    return features


def gradient_of(function, position, *arguments):
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


def small_net(filters):
    layers = []
    for weight in filters:
        convolution = nn.Conv2d(
            weight.shape[1], weight.shape[0], 3, padding=1, bias=False, dtype=weight.dtype
        )
        convolution.weight = nn.Parameter(weight.detach().clone())
        layers += [convolution, nn.ReLU(), nn.AvgPool2d(2)]
    return nn.Sequential(*layers[:-2])


def twice(function, *arguments):
    function(*arguments)
    return function(*arguments)


def step_that(
    loss_of=None, step=lambda x, g, rate: x - rate * g, end=lambda x: x.clamp(0, 1),
    out=lambda new, loss: (new, loss), begin=lambda img: img.detach().clone().requires_grad_(),
):  # fmt: skip
    """A step made of parts: how the loss is put together, what is done with the gradient, and the result."""
    loss_of = loss_of or (lambda content, style, tv, **_: content + style + tv)

    def style_transfer_step(
        img, net, content_layer, content_target, content_weight,
        style_layers, style_targets, style_weights, tv_weight, learning_rate,
    ):  # fmt: skip
        x = begin(img)
        feats = extract_features(x, net)
        # A learner's loss does not ask whether shapes agree.
        content = content_weight * ((feats[content_layer] - content_target) ** 2).sum()
        style = style_loss(feats, style_layers, style_targets, style_weights)
        loss = loss_of(content, style, tv_loss(x, tv_weight), x=x, tv_weight=tv_weight)
        (gradient,) = torch.autograd.grad(loss, x, allow_unused=True)
        gradient = torch.zeros_like(x) if gradient is None else gradient
        with torch.no_grad():
            new = end(step(x, gradient, learning_rate))
        return out(new.detach(), loss.item())

    return style_transfer_step


catalogue = Catalogue(
    {
        CONTENT: content_loss, GRAM: gram_matrix, STYLE: style_loss, TV: tv_loss, STEP: step_that(),
        "extract_features": extract_features, "gradient_of": gradient_of, "small_net": small_net,
        "twice": twice,
        "answer_numbers_in_gram": 2080, "answer_blind_to": "c",
    }
)  # fmt: skip


def register(function, wrong, right):
    """Put a function's mistakes (name: hint, implementation) and right variants into the catalogue."""
    for name, (hint, implementation) in wrong.items():
        implementation.__name__ = f"{function}_{name}"
        catalogue.mistake(function, hint)(implementation)
    for name, implementation in right.items():
        implementation.__name__ = f"{function}_{name}"
        catalogue.right(function)(implementation)


CUT = (
    "PyTorch finds no way from your result back to what it was computed from: did something on the way "
    "detach it, run under no_grad, or make a plain number of a tensor?"
)
CHANGES = "What you were given is other than before your call. Which of your lines writes into it?"


# --- content loss


def content_in_place(w, a, b):
    with torch.no_grad():
        a -= b
    return w * (a**2).sum()


register(
    CONTENT,
    {
        "mean": (
            "Too small by the number of features: the formula has a sum, not a mean.",
            lambda w, a, b: w * ((a - b) ** 2).mean(),
        ),
        "half": (
            "You get half of what is asked for. The formula has no factor 1/2.",
            lambda w, a, b: 0.5 * w * ((a - b) ** 2).sum(),
        ),
        "absolute": (
            "These are absolute differences. Square them instead.",
            lambda w, a, b: w * (a - b).abs().sum(),
        ),
        "norm": (
            "This is the length of the difference, the root of what is asked for.",
            lambda w, a, b: w * ((a - b) ** 2).sum().sqrt(),
        ),
        "square_of_sum": (
            "Differences of opposite sign cancel each other: square each of them before you add them up.",
            lambda w, a, b: w * (a - b).sum() ** 2,
        ),
        "without_weight": (
            "The weight has no influence on your loss.",
            lambda w, a, b: ((a - b) ** 2).sum(),
        ),
        "weight_squared": (
            "The weight is squared, too: put it outside of the square.",
            lambda w, a, b: ((w * (a - b)) ** 2).sum(),
        ),
        "added": (
            "You add the two features. What is asked for is how they differ.",
            lambda w, a, b: w * ((a + b) ** 2).sum(),
        ),
        "difference_of_squares": (
            "You square each of the features and subtract then. Subtract first.",
            lambda w, a, b: w * (a**2 - b**2).sum(),
        ),
        "over_size": (
            "You divide by 4 C H W or the like: the formula has no such factor, it is part of the weight.",
            lambda w, a, b: w * ((a - b) ** 2).sum() / (4 * a.numel()),
        ),
        "a_map": (
            "Your loss is one number for each place. Add up over everything, also over the filters.",
            lambda w, a, b: w * ((a - b) ** 2).sum(dim=1),
        ),
        "vector": (
            "Your loss holds one number, but in a tensor of shape (1,). Sum over all axes for a scalar.",
            lambda w, a, b: (w * ((a - b) ** 2).sum()).reshape(1),
        ),
        "detached": (CUT, lambda w, a, b: w * ((a.detach() - b) ** 2).sum()),
        "python_number": (
            CUT,
            lambda w, a, b: (w * ((a - b) ** 2).sum()).item(),
        ),
        "in_place": (CHANGES, content_in_place),
        "rows_only": (
            "Not all of the places count: does your code take width and height for equal?",
            lambda w, a, b: w * ((a - b)[:, :, :, : a.shape[2]] ** 2).sum(),
        ),
    },
    {
        "mse": lambda w, a, b: w * nn.functional.mse_loss(a, b, reduction="sum"),
        "by_norm": lambda w, a, b: (
            w * torch.linalg.vector_norm(a - b) ** 2 if not torch.equal(a, b) else w * ((a - b) ** 2).sum()
        ),
        "flat": lambda w, a, b: w * torch.dot((a - b).flatten(), (a - b).flatten()),
        "mean_times_count": lambda w, a, b: w * (b - a).pow(2).mean() * a.numel(),
    },
)


# --- Gram matrix


def gram_that(
    flat=lambda f: f.flatten(2), product=lambda x: x @ x.transpose(1, 2), factor=None, change=lambda g: g
):
    def gram(features, normalize=True):
        n, c, h, w = features.shape
        result = change(product(flat(features)))
        size = factor(n, c, h, w) if factor else c * h * w
        return result / size if normalize else result

    return gram


def gram_in_place(features, normalize=True):
    _, c, h, w = features.shape
    with torch.no_grad():
        features /= (c * h * w) ** 0.5 if normalize else 1
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2)


def gram_always(features, normalize=True):
    return gram_matrix(features, True)


def gram_never(features, normalize=True):
    return gram_matrix(features, False)


def gram_not_by_default(features, normalize=False):
    return gram_matrix(features, normalize)


def gram_turned(features, normalize=True):
    return gram_matrix(features, not normalize)


def gram_cosine_if_normalised(features, normalize=True):
    flat = features.flatten(2)
    flat = nn.functional.normalize(flat, dim=2) if normalize else flat
    return flat @ flat.transpose(1, 2)


def gram_by_loops(features, normalize=True):
    n, c, h, w = features.shape
    rows = [[[(features[k, a] * features[k, b]).sum() for b in range(c)] for a in range(c)] for k in range(n)]
    gram = torch.stack([torch.stack([torch.stack(row) for row in each]) for each in rows])
    return gram / (c * h * w) if normalize else gram


def gram_as_new_tensor(features, normalize=True):
    return torch.tensor(gram_matrix(features, normalize).detach().numpy())


def gram_square_places(features, normalize=True):
    _, c, h, _ = features.shape
    flat = features[:, :, :, :h].flatten(2)
    gram = flat @ flat.transpose(1, 2)
    return gram / (c * features.shape[2] * features.shape[3]) if normalize else gram


def gram_of_a_picture_in_a_loop(features, normalize=True):
    grams = []
    for each in features:
        flat = each.reshape(each.shape[0], -1)
        gram = torch.mm(flat, flat.t())
        if normalize:
            gram = gram.div(each.numel())
        grams.append(gram)
    return torch.stack(grams)


SIZES = "Your matrix is too {} by a factor that depends on the shape: divide by what the text says only."

register(
    GRAM,
    {
        "batch_in_filters": (
            "Filters of different pictures meet in one large matrix: each picture should have its own.",
            gram_that(flat=lambda f: f.reshape(1, -1, f.shape[2] * f.shape[3])),
        ),
        "one_matrix": (
            "The pictures share one large matrix. Keep their axis: (N, C, H * W), and a matrix for each.",
            gram_that(flat=lambda f: f.flatten(2).flatten(0, 1), product=lambda x: x @ x.T),
        ),
        "first_of_the_result": (
            "Only the first picture's matrix comes back, without the axis of the pictures.",
            gram_that(change=lambda g: g[0]),
        ),
        "for_squares": (
            "The number of places is H * W: height and width may differ.",
            gram_that(flat=lambda f: f.reshape(*f.shape[:2], f.shape[2] ** 2)),
        ),
        "first_picture_only": (
            "There are several pictures, and your result has the matrix of one.",
            gram_that(flat=lambda f: f[:1].flatten(2)),
        ),
        "first_picture_for_all": (
            "All pictures get the Gram matrix of the first one.",
            gram_that(flat=lambda f: f[:1].expand_as(f).flatten(2)),
        ),
        "added_over_pictures": (
            "The pictures are added up. Each should keep a matrix of its own.",
            gram_that(change=lambda g: g.sum(dim=0, keepdim=True).expand_as(g)),
        ),
        "no_batch_axis": (
            "The axis of the pictures is gone. One picture, too, has its matrix in a batch: (1, C, C).",
            gram_that(change=lambda g: g[0] if len(g) == 1 else g),
        ),
        "of_places": (
            "Your matrix compares places with each other; it should have a row and a column for each filter.",
            gram_that(product=lambda x: x.transpose(1, 2) @ x),
        ),
        "viewed_wrongly": (
            "reshape does not exchange axes: your filters at one place are places of one filter.",
            gram_that(
                flat=lambda f: f.reshape(len(f), -1, f.shape[1]), product=lambda x: x.transpose(1, 2) @ x
            ),
        ),
        "height_as_filters": (
            "Height and filters have changed roles: the second axis of the features is that of the filters.",
            gram_that(flat=lambda f: f.transpose(1, 2).flatten(2), change=lambda g: g),
        ),
        "always_normalised": ("You divide even if normalize is False.", gram_always),
        "never_normalised": ("You don't divide at all, whatever normalize says.", gram_never),
        "not_by_default": (
            "If nothing is said about normalize, the matrix should be normalised.",
            gram_not_by_default,
        ),
        "turned_around": ("You divide if normalize is False, and don't if it is True.", gram_turned),
        "over_all": (SIZES.format("small"), gram_that(factor=lambda n, c, h, w: n * c * h * w)),
        "over_places": (SIZES.format("large"), gram_that(factor=lambda n, c, h, w: h * w)),
        "over_filters": (SIZES.format("large"), gram_that(factor=lambda n, c, h, w: c)),
        "over_twice": (SIZES.format("small"), gram_that(factor=lambda n, c, h, w: 2 * c * h * w)),
        "over_filters_squared": (SIZES.format("small"), gram_that(factor=lambda n, c, h, w: c * c * h * w)),
        "over_square_places": (
            "What you divide by is right only if width and height are equal.",
            gram_that(factor=lambda n, c, h, w: c * h * h),
        ),
        "square_places": (
            "Your sum leaves out places if width and height differ.",
            gram_square_places,
        ),
        "covariance": (
            "You subtract each filter's mean: that is the covariance. Take the answers as they are.",
            gram_that(flat=lambda f: f.flatten(2) - f.flatten(2).mean(dim=2, keepdim=True)),
        ),
        "cosine": (
            "Your diagonal is 1: you divide by the filters' lengths, but how strong an answer is counts.",
            gram_that(flat=lambda f: nn.functional.normalize(f.flatten(2), dim=2)),
        ),
        "elementwise": (
            "You multiply each filter with itself only. Every pair of filters has an entry.",
            gram_that(change=lambda g: torch.diag_embed(torch.diagonal(g, dim1=1, dim2=2))),
        ),
        "cosine_if_normalised": (
            "Your diagonal is 1: you divide by the filters' lengths, but how strong an answer is counts.",
            gram_cosine_if_normalised,
        ),
        "place_by_place": (
            "You multiply each filter with itself, place by place. Multiply every filter with every other, "
            "and add up over the places.",
            gram_that(product=lambda x: x * x),
        ),
        "upper_half": (
            "Only one half of the matrix is filled. Entry (b, a) is the same number as entry (a, b).",
            gram_that(change=torch.triu),
        ),
        "over_the_first_only": (
            "a / b * c is divided by b only: put the product that you divide by in brackets.",
            gram_that(factor=lambda n, c, h, w: c / (h * w)),
        ),
        "pictures_side_by_side": (
            "The pictures are laid side by side as if they were one. Keep their axis: (N, C, H * W).",
            gram_that(flat=lambda f: f.transpose(0, 1).flatten(1), product=lambda x: x @ x.T),
        ),
        "detached": (CUT, gram_that(flat=lambda f: f.detach().flatten(2))),
        "new_tensor": (CUT, gram_as_new_tensor),
        "in_place": (CHANGES, gram_in_place),
    },
    {
        "einsum": gram_that(flat=lambda f: f, product=lambda f: torch.einsum("nchw,ndhw->ncd", f, f)),
        "by_loops": gram_by_loops,
        "bmm": gram_that(product=lambda x: torch.bmm(x, x.permute(0, 2, 1))),
        "a_picture_at_a_time": gram_of_a_picture_in_a_loop,
    },
)


# --- style loss


def style_that(
    layer=lambda i, number: number, target=lambda t, i, number: t[i], weight=lambda w, i, number: w[i],
    compare=lambda g, a: ((g - a) ** 2).sum(), gram=gram_matrix, which=lambda count: range(count),
):  # fmt: skip
    def style(feats, style_layers, style_targets, style_weights):
        loss = 0.0
        for i in which(len(style_layers)):
            number = style_layers[i]
            distance = compare(gram(feats[layer(i, number)]), target(style_targets, i, number))
            loss = loss + weight(style_weights, i, number) * distance
        return loss

    return style


def style_into_targets(feats, style_layers, style_targets, style_weights):
    loss = 0.0
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        target -= gram_matrix(feats[layer]).detach()
        loss = (
            loss
            + weight * ((gram_matrix(feats[layer]) - target - gram_matrix(feats[layer]).detach()) ** 2).sum()
        )
    return loss


def style_of_sorted(feats, style_layers, style_targets, style_weights):
    return style_that()(feats, sorted(style_layers), style_targets, style_weights)


def style_pops(feats, style_layers, style_targets, style_weights):
    loss = style_loss(feats, style_layers, style_targets, style_weights)
    style_targets.pop()
    return loss


def style_last(feats, style_layers, style_targets, style_weights):
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        loss = weight * ((gram_matrix(feats[layer]) - target) ** 2).sum()
    return loss


def style_number(feats, style_layers, style_targets, style_weights):
    return style_loss(feats, style_layers, style_targets, style_weights).item()


def style_cut(feats, style_layers, style_targets, style_weights):
    loss = torch.zeros((), dtype=feats[0].dtype)
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        loss += weight * ((gram_matrix(feats[layer]) - target) ** 2).sum().item()
    return loss


def style_returns_early(feats, style_layers, style_targets, style_weights):
    return style_loss(feats, style_layers[:1], style_targets[:1], style_weights[:1])


def style_weighted_mean(feats, style_layers, style_targets, style_weights):
    return style_loss(feats, style_layers, style_targets, style_weights) / len(style_layers)


def style_normalised_weights(feats, style_layers, style_targets, style_weights):
    return style_loss(feats, style_layers, style_targets, style_weights) / max(sum(style_weights), 1e-9)


def style_in_list(feats, style_layers, style_targets, style_weights):
    parts = [
        w * torch.sum(torch.square(gram_matrix(feats[layer]) - a))
        for layer, a, w in zip(style_layers, style_targets, style_weights, strict=True)
    ]
    return torch.stack(parts).sum()


def style_in_tensor(feats, style_layers, style_targets, style_weights):
    loss = torch.zeros(1, dtype=feats[0].dtype, device=feats[0].device)
    for i, layer in enumerate(style_layers):
        loss += style_weights[i] * nn.functional.mse_loss(
            gram_matrix(feats[layer]), style_targets[i], reduction="sum"
        )
    return loss.squeeze()


register(
    STYLE,
    {
        "targets_by_layer": (
            "style_targets[i] belongs to style_layers[i]: i is a place in a list, not the number of a layer.",
            style_that(target=lambda t, i, number: t[number]),
        ),
        "weights_by_layer": (
            "style_weights[i] belongs to style_layers[i]: i is a place in a list, not the number of a layer.",
            style_that(weight=lambda w, i, number: w[number]),
        ),
        "feats_by_place": (
            "You take the first few layers instead of those that style_layers names.",
            style_that(layer=lambda i, number: i),
        ),
        "all_by_layer": (
            "Targets and weights belong to style_layers place by place: the i-th to style_layers[i]. You "
            "look them up by the number of a layer.",
            style_that(target=lambda t, i, number: t[number], weight=lambda w, i, number: w[number]),
        ),
        "sorted": (
            "You bring the layers into another order, and the targets and weights don't follow.",
            style_of_sorted,
        ),
        "gram_of_targets": (
            "The targets are Gram matrices already: don't take theirs again.",
            style_that(target=lambda t, i, number: gram_matrix(t[i])),
        ),
        "sorted_layers": (
            "You bring the layers into another order, and the targets and weights don't follow.",
            style_that(
                weight=lambda w, i, number: w[::-1][i],
            ),
        ),
        "mean": (
            "You take the mean over the entries of a Gram matrix. The formula has a sum.",
            style_that(compare=lambda g, a: ((g - a) ** 2).mean()),
        ),
        "quarter": (
            "There is a factor 1/4 in your loss. Here it is part of the weight.",
            style_that(compare=lambda g, a: ((g - a) ** 2).sum() / 4),
        ),
        "mean_over_layers": (
            "You divide by the number of layers. The weights are all that is needed.",
            style_weighted_mean,
        ),
        "half": (
            "There is a factor 1/2 in your loss, or you count only one half of the symmetric matrix.",
            style_that(compare=lambda g, a: ((g - a) ** 2).sum() / 2),
        ),
        "not_normalised": (
            "Your Gram matrices are not normalised, but the targets are.",
            style_that(gram=lambda f: gram_matrix(f, False)),
        ),
        "absolute": (
            "These are absolute differences of Gram matrices. Square them instead.",
            style_that(compare=lambda g, a: (g - a).abs().sum()),
        ),
        "root": (
            "You take the root of the sum, a distance. The formula has the square of it.",
            style_that(compare=lambda g, a: (((g - a) ** 2).sum() + 1e-30).sqrt()),
        ),
        "square_of_sum": (
            "Differences of opposite sign cancel each other: square each entry before you add them up.",
            style_that(compare=lambda g, a: (g - a).sum() ** 2),
        ),
        "diagonal": (
            "Only the diagonal counts in your loss. The pairs of filters are what makes a style.",
            style_that(compare=lambda g, a: (torch.diagonal(g - a, dim1=1, dim2=2) ** 2).sum()),
        ),
        "without_weights": (
            "The weights have no influence on your loss.",
            style_that(weight=lambda w, i, number: 1.0),
        ),
        "weights_squared": (
            "The weights are squared, too: put each outside of its square.",
            style_that(weight=lambda w, i, number: w[i] ** 2),
        ),
        "one_weight_for_all": (
            "All layers get the weight of the first one.",
            style_that(weight=lambda w, i, number: w[0]),
        ),
        "last_layer_only": ("Only the last layer counts: the loss begins anew with each layer.", style_last),
        "first_layer_only": (
            "Only the first layer counts: does your function return inside the loop?",
            style_returns_early,
        ),
        "all_but_the_last": (
            "The last of the layers has no say: where does your range end?",
            style_that(which=lambda count: range(max(count - 1, 1)) if count > 1 else range(count)),
        ),
        "normalised_weights": (
            "You divide by the sum of the weights. Take them as they are.",
            style_normalised_weights,
        ),
        "target_zero": (
            "The targets have no influence on your loss.",
            style_that(compare=lambda g, a: (g**2).sum()),
        ),
        "on_features": (
            "You compare the features' sums and not Gram matrices.",
            style_that(gram=lambda f: f.sum(dim=(2, 3), keepdim=True)[..., 0] / f[0].numel()),
        ),
        "python_number": (
            CUT,
            style_number,
        ),
        "cut": (CUT, style_cut),
        "detached_gram": (CUT, style_that(gram=lambda f: gram_matrix(f.detach()))),
        "into_targets": (CHANGES, style_into_targets),
        "takes_from_the_list": (
            "The list of targets is shorter after your call than before. Lists, too, belong to the caller.",
            style_pops,
        ),
    },
    {
        "list": style_in_list,
        "tensor": style_in_tensor,
        "indexed": style_that(
            compare=lambda g, a: (
                torch.linalg.matrix_norm(g - a).pow(2).sum()
                if not torch.equal(g, a)
                else ((g - a) ** 2).sum()
            )
        ),
    },
)


# --- total variation


def tv_that(
    measure=lambda d: (d**2).sum(), down=True, right=True, prepare=lambda x: x, weight=lambda w, x: w
):
    def tv(img, tv_weight):
        x = prepare(img)
        total = 0.0 * x.sum()
        if down:
            total = total + measure(x[:, :, 1:] - x[:, :, :-1])
        if right:
            total = total + measure(x[..., 1:] - x[..., :-1])
        return weight(tv_weight, x) * total

    return tv


def tv_rolled(img, tv_weight):
    return tv_weight * sum(((img.roll(-1, axis) - img) ** 2).sum() for axis in (2, 3))


def tv_cropped(img, tv_weight):
    corner = img[:, :, :-1, :-1]
    return tv_weight * (
        ((img[:, :, 1:, :-1] - corner) ** 2).sum() + ((img[:, :, :-1, 1:] - corner) ** 2).sum()
    )


def tv_channels(img, tv_weight):
    return tv_weight * sum((torch.diff(img, dim=axis) ** 2).sum() for axis in (1, 2, 3))


def tv_wrong_axes(img, tv_weight):
    return tv_weight * sum((torch.diff(img, dim=axis) ** 2).sum() for axis in (1, 2))


def tv_padded(img, tv_weight):
    padded = nn.functional.pad(img, (0, 1, 0, 1))
    down, right = padded[:, :, 1:, :-1] - img, padded[:, :, :-1, 1:] - img
    return tv_weight * ((down**2).sum() + (right**2).sum())


def tv_diagonal(img, tv_weight):
    return tv_weight * ((img[:, :, 1:, 1:] - img[:, :, :-1, :-1]) ** 2).sum()


def tv_two_apart(img, tv_weight):
    down, right = img[:, :, 2:] - img[:, :, :-2], img[..., 2:] - img[..., :-2]
    return tv_weight * ((down**2).sum() + (right**2).sum())


def tv_second(img, tv_weight):
    return tv_weight * sum((torch.diff(img, dim=axis, n=2) ** 2).sum() for axis in (2, 3))


def tv_in_place(img, tv_weight):
    loss = tv_loss(img, tv_weight)
    with torch.no_grad():
        img.clamp_(0.1, 0.9)
    return loss


def tv_through_a_view(img, tv_weight):
    down = img[:, :, 1:]
    down -= img[:, :, :-1].clone()
    return tv_weight * ((down**2).sum() + ((img[..., 1:] - img[..., :-1]) ** 2).sum())


def tv_isotropic(img, tv_weight):
    corner = img[:, :, :-1, :-1]
    down, right = img[:, :, 1:, :-1] - corner, img[:, :, :-1, 1:] - corner
    return tv_weight * torch.sqrt(down**2 + right**2).sum()


def tv_weight_on_one_sum(img, tv_weight):
    return tv_that(right=False)(img, tv_weight) + tv_that(down=False)(img, 1.0)


def tv_fails_on_rows(img, tv_weight):
    if 1 in img.shape[2:]:
        raise IndexError("index 1 is out of bounds for dimension with size 1")
    return tv_loss(img, tv_weight)


def tv_by_loops(img, tv_weight):
    total = img.new_zeros(())
    height, width = img.shape[2:]
    for i in range(height):
        for j in range(width):
            if i + 1 < height:
                total = total + ((img[:, :, i + 1, j] - img[:, :, i, j]) ** 2).sum()
            if j + 1 < width:
                total = total + ((img[:, :, i, j + 1] - img[:, :, i, j]) ** 2).sum()
    return tv_weight * total


register(
    TV,
    {
        "down_only": ("The neighbours to the right are missing.", tv_that(right=False)),
        "right_only": ("The neighbours below are missing.", tv_that(down=False)),
        "absolute": (
            "These are absolute differences. Square them.",
            tv_that(measure=lambda d: d.abs().sum()),
        ),
        "square_of_sum": (
            "Differences of opposite sign cancel each other: square each of them before you add them up.",
            tv_that(measure=lambda d: d.sum() ** 2),
        ),
        "not_squared": (
            "The differences are added up without being squared, so most of them cancel.",
            tv_that(measure=lambda d: d.sum()),
        ),
        "mean": (
            "You take means. The formula has sums.",
            tv_that(measure=lambda d: (d**2).mean() if d.numel() else d.sum()),
        ),
        "mean_of_nothing": (
            "You take means. The formula has sums.",
            tv_that(measure=lambda d: (d**2).mean()),
        ),
        "over_size": ("You divide by the number of pixels.", tv_that(weight=lambda w, x: w / x.numel())),
        "half": ("There is a factor 1/2 in your sum.", tv_that(weight=lambda w, x: w / 2)),
        "without_weight": ("tv_weight has no influence on your loss.", tv_that(weight=lambda w, x: 1.0)),
        "root": (
            "You take a root. The formula has none.",
            tv_that(measure=lambda d: ((d**2).sum() + 1e-30).sqrt()),
        ),
        "wraps_around": (
            "The last row is compared with the first one, and the last column likewise: roll does that.",
            tv_rolled,
        ),
        "cropped": (
            "The last row has neighbours to the right, too, and the last column has some below.",
            tv_cropped,
        ),
        "channels_too": (
            "You compare the colours of a pixel with each other, too. Axis 1 is that of the colours.",
            tv_channels,
        ),
        "wrong_axes": (
            "You compare colours with each other. Height and width are the last two axes.",
            tv_wrong_axes,
        ),
        "padded_with_0": (
            "At the border, pixels are compared with zeros that are not in the picture.",
            tv_padded,
        ),
        "diagonal": (
            "You compare each pixel with the one that is below and to the right, diagonally.",
            tv_diagonal,
        ),
        "two_apart": ("You compare pixels that are two apart. The neighbour is the next one.", tv_two_apart),
        "second_differences": ("You take differences of differences.", tv_second),
        "first_picture_only": (
            "Only the first of several pictures counts.",
            tv_that(prepare=lambda x: x[:1]),
        ),
        "red_only": ("Only the first of the three colours counts.", tv_that(prepare=lambda x: x[:, :1])),
        "grey": (
            "You average the three colours first. Each of them is compared on its own.",
            tv_that(prepare=lambda x: x.mean(dim=1, keepdim=True)),
        ),
        "each_pair_twice": (
            "Your sum is twice as large: each pair of neighbours counts once, not once from each side.",
            tv_that(weight=lambda w, x: 2 * w),
        ),
        "fails_on_one_row": (
            "A picture may have one row or one column: then there is nothing to add in that direction.",
            tv_fails_on_rows,
        ),
        "isotropic": (
            "You take the root of both squares together. The formula adds the squares up as they are.",
            tv_isotropic,
        ),
        "weight_on_one_sum": (
            "Only the first of the two sums is multiplied by tv_weight: put both in brackets.",
            tv_weight_on_one_sum,
        ),
        "over_pictures": (
            "You divide by the number of pictures. The sum goes over all of them.",
            tv_that(weight=lambda w, x: w / len(x)),
        ),
        "through_a_view": (
            "A slice shows the same numbers as img, so `-=` writes into img itself. Write a = b - c.",
            tv_through_a_view,
        ),
        "detached": (CUT, tv_that(prepare=lambda x: x.detach())),
        "python_number": (
            CUT,
            lambda img, tv_weight: tv_loss(img, tv_weight).item(),
        ),
        "in_place": (CHANGES, tv_in_place),
    },
    {
        "diff": lambda img, tv_weight: (
            tv_weight * (torch.diff(img, dim=2).pow(2).sum() + img.diff(dim=-1).square().sum())
        ),
        "by_loops": tv_by_loops,
        "parts": tv_that(weight=lambda w, x: torch.tensor(w, dtype=x.dtype)),
    },
)


# --- one step


def step_backward(
    img, net, content_layer, content_target, content_weight,
    style_layers, style_targets, style_weights, tv_weight, learning_rate,
):  # fmt: skip
    x = nn.Parameter(img.detach().clone())
    feats = extract_features(x, net)
    loss = content_loss(content_weight, feats[content_layer], content_target)
    loss = loss + style_loss(feats, style_layers, style_targets, style_weights)
    loss = loss + tv_loss(x, tv_weight)
    loss.backward()
    with torch.no_grad():
        x -= learning_rate * x.grad
        x.clamp_(0, 1)
    return x, loss


def step_by_sgd(*arguments):
    img, net, content_layer, content_target, content_weight, *style, tv_weight, learning_rate = arguments
    x = img.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([x], lr=learning_rate)
    optimizer.zero_grad()
    feats = extract_features(x, net)
    loss = sum(
        [
            content_loss(content_weight, feats[content_layer], content_target),
            style_loss(feats, *style),
            tv_loss(x, tv_weight),
        ]
    )
    loss.backward()
    optimizer.step()
    return [torch.clip(x.data, 0.0, 1.0), loss.item()]


def step_on_what_is_given(
    img, net, content_layer, content_target, content_weight,
    style_layers, style_targets, style_weights, tv_weight, learning_rate,
):  # fmt: skip
    img.requires_grad_()
    feats = extract_features(img, net)
    loss = content_weight * ((feats[content_layer] - content_target) ** 2).sum()
    loss = loss + style_loss(feats, style_layers, style_targets, style_weights) + tv_loss(img, tv_weight)
    loss.backward()
    return (img - learning_rate * img.grad).detach().clamp(0, 1), loss.item()


def step_in_place(img, *rest):
    new, loss = step_that()(img, *rest)
    with torch.no_grad():
        img.copy_(new)
    return img, loss


def step_accumulates():
    left = {}

    def style_transfer_step(img, net, *rest):
        kept = left.get(id(net), 0)

        def step(x, gradient, rate):
            left[id(net)] = gradient + (
                kept if isinstance(kept, torch.Tensor) and kept.shape == gradient.shape else 0
            )
            return x - rate * left[id(net)]

        return step_that(step=step)(img, net, *rest)

    return style_transfer_step


def step_without_graph(
    img, net, content_layer, content_target, content_weight,
    style_layers, style_targets, style_weights, tv_weight, learning_rate,
):  # fmt: skip
    x = img.detach().clone().requires_grad_()
    with torch.no_grad():
        feats = extract_features(x, net)
    content = content_weight * ((feats[content_layer] - content_target) ** 2).sum()
    loss = content + style_loss(feats, style_layers, style_targets, style_weights) + tv_loss(x, tv_weight)
    (gradient,) = torch.autograd.grad(loss, x)
    return (x - learning_rate * gradient).detach().clamp(0, 1), loss.item()


def step_moves_the_net(img, net, *rest):
    result = step_that()(img, net, *rest)
    with torch.no_grad():
        x = img.detach().clone()
    *_, learning_rate = rest
    leaf = x.requires_grad_()
    content_layer, content_target, content_weight, *style, tv_weight, _ = rest
    feats = extract_features(leaf, net)
    loss = content_weight * ((feats[content_layer] - content_target) ** 2).sum()
    loss = loss + style_loss(feats, *style) + tv_loss(leaf, tv_weight)
    weights = list(net.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True), strict=True):
        if gradient is not None:
            weight.data -= learning_rate * gradient
    return result


def step_loss_after(img, *rest):
    new, _ = step_that()(img, *rest)
    return new, step_that()(new, *rest)[1]


def step_at_the_last_layer(img, net, content_layer, *rest):
    return step_that()(img, net, -1, *rest)


NO_TERM = "The {} has no influence on your step."

register(
    STEP,
    {
        "uphill": (
            "The loss grows: you follow the gradient instead of going against it.",
            step_that(step=lambda x, g, r: x + r * g),
        ),
        "without_rate": (
            "The learning rate has no influence on your step.",
            step_that(step=lambda x, g, r: x - g),
        ),
        "sign": (
            "You follow the sign of the gradient, so that all pixels move equally far.",
            step_that(step=lambda x, g, r: x - r * g.sign()),
        ),
        "unit_gradient": (
            "You divide the gradient by its length. Multiply it by the learning rate as it is.",
            step_that(step=lambda x, g, r: x - r * g / g.norm().clamp_min(1e-12)),
        ),
        "mean_gradient": (
            "You divide the gradient by a mean of it. Multiply it by the learning rate as it is.",
            step_that(step=lambda x, g, r: x - r * g / g.abs().mean().clamp_min(1e-12)),
        ),
        "half_step": (
            "Your steps are half as long as they should be.",
            step_that(step=lambda x, g, r: x - 0.5 * r * g),
        ),
        "two_steps": (
            "Your steps are twice as long as they should be.",
            step_that(step=lambda x, g, r: x - 2 * r * g),
        ),
        "without_record": (
            "No graph leads to the picture: the copy that goes into the net needs requires_grad.",
            step_that(begin=lambda img: img.detach().clone()),
        ),
        "no_clip": (
            "The new picture has pixels below 0 or above 1: clip it at the end.",
            step_that(end=lambda x: x),
        ),
        "clipped_at_0_only": (
            "Some pixels are above 1. Clip on both sides.",
            step_that(end=lambda x: x.clamp(min=0)),
        ),
        "clipped_to_255": ("A white pixel is 1 here, not 255.", step_that(end=lambda x: x.clamp(0, 255))),
        "stretched": (
            "You stretch the new picture so that it fills 0 to 1. Clipping changes only what is outside.",
            step_that(end=lambda x: (x - x.min()) / (x.max() - x.min())),
        ),
        "clips_the_gradient": (
            "You clip the gradient. Clip the picture, after the step.",
            step_that(step=lambda x, g, r: x - r * g.clamp(-0.1, 0.1)),
        ),
        "no_content": (
            NO_TERM.format("content loss"),
            step_that(lambda content, style, tv, **_: style + tv + 0 * content),
        ),
        "no_style": (
            NO_TERM.format("style loss"),
            step_that(lambda content, style, tv, **_: content + tv + 0 * style),
        ),
        "no_tv": (
            NO_TERM.format("total variation"),
            step_that(lambda content, style, tv, **_: content + style + 0 * tv),
        ),
        "content_subtracted": (
            "The content loss is subtracted: your step leads away from the content.",
            step_that(lambda content, style, tv, **_: style + tv - content),
        ),
        "style_subtracted": (
            "The style loss is subtracted: your step leads away from the style.",
            step_that(lambda content, style, tv, **_: content + tv - style),
        ),
        "tv_weighted_twice": (
            "The total variation is multiplied by its weight twice: tv_loss does it already.",
            step_that(lambda content, style, tv, tv_weight, **_: content + style + tv_weight * tv),
        ),
        "mean_of_losses": (
            "You take the mean of the three losses. Add them up.",
            step_that(lambda content, style, tv, **_: (content + style + tv) / 3),
        ),
        "gradient_only": (
            "You return the gradient. Asked for is the picture after the step.",
            step_that(step=lambda x, g, r: g, end=lambda x: x),
        ),
        "change_only": (
            "You return how the picture changes. Add that to the picture.",
            step_that(step=lambda x, g, r: -r * g, end=lambda x: x),
        ),
        "same_picture": (
            "The picture does not change. Do you return the new one?",
            step_that(step=lambda x, g, r: x),
        ),
        "picture_only": (
            "Two things are to be returned, the new picture and the loss.",
            step_that(out=lambda new, loss: new),
        ),
        "exchanged": (
            "The picture comes first, then the loss.",
            step_that(out=lambda new, loss: (loss, new)),
        ),
        "loss_after": ("This is the loss after the step. Asked for is the one before.", step_loss_after),
        "in_place": ("Your step changes the picture that it was given. Work on a copy.", step_in_place),
        "without_graph": (
            "The features are computed without a graph (no_grad or detach), so that content and style have "
            "no say in the gradient.",
            step_without_graph,
        ),
        "moves_the_net": (
            "The weights of the net have changed, too. Only the picture is to be moved.",
            step_moves_the_net,
        ),
        "accumulates": (
            "The second call goes another way than the first: a gradient is left over. Who clears it?",
            step_accumulates(),
        ),
        "on_what_is_given": (
            "backward() adds to what img.grad holds already, and img keeps that from call to call. Work on a "
            "copy: img.detach().clone().requires_grad_().",
            step_on_what_is_given,
        ),
        "wrong_layer": (
            "The content is compared at the last layer, whatever content_layer says.",
            step_at_the_last_layer,
        ),
        "single_precision": (
            "Your picture has been through float32 (or less) on the way. Leave its type as it is.",
            step_that(end=lambda x: x.clamp(0, 1).half().to(x.dtype)),
        ),
    },
    {
        "backward": step_backward,
        "sgd": step_by_sgd,
        "numpy_clip": step_that(end=lambda x: torch.from_numpy(np.clip(x.numpy(), 0, 1))),
    },
)


# --- the questions

catalogue.wrong_answer(
    "answer_numbers_in_gram",
    64 * 64,
    "Two of these are always equal: which filter comes first in a product makes no difference.",
)
catalogue.wrong_answer(
    "answer_numbers_in_gram",
    64 * 63 // 2,
    "The products of a filter with itself are on the diagonal: count them, too.",
)
catalogue.wrong_answer(
    "answer_numbers_in_gram", 64, "That is the diagonal. Each pair of two filters has an entry, too."
)
catalogue.wrong_answer(
    "answer_numbers_in_gram",
    64**3,
    "These are the layer's answers. Its Gram matrix has a row and a column for each filter.",
)
catalogue.wrong_answer(
    "answer_blind_to", "a", "A filter that answers to rising strokes: what does it say to falling ones?"
)
catalogue.wrong_answer("answer_blind_to", "b", "The answers of the filters change, and so do their products.")
catalogue.wrong_answer(
    "answer_blind_to", "d", "Strokes become twice as wide: will a filter of 3 x 3 pixels answer as before?"
)
