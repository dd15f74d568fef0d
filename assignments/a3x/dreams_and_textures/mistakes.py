"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.mistakes import Catalogue

STEP, SIZES, DISTANCES = "dream_step", "octave_sizes", "neighbour_distances"


def small_layer(filters):
    return lambda image: torch.relu(F.conv2d(image, filters.to(image.dtype)))


def strength(a):
    return 0.5 * (a**2).sum()


def by_mean(g):
    return g / g.abs().mean() if g.abs().max() > 0 else g


def step_that(
    objective=strength,
    normalise=by_mean,
    finish=lambda x: x.clamp(0, 1),
    sign=1,
):
    """dream_step, but for one thing."""

    def dream_step(image, activations, step_size):
        pixels = image.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(objective(activations(pixels)), pixels)
        return finish(image.detach() + sign * step_size * normalise(gradient))

    return dream_step


def sizes_that(
    exponents=lambda n: reversed(range(n)), side=lambda s, f: max(8, round(s / f)), pair=lambda *p: p
):
    """octave_sizes, but for one thing."""

    def octave_sizes(height, width, octaves, scale):
        factors = [scale**k for k in exponents(octaves)]
        return [pair(side(height, f), side(width, f)) for f in factors]

    return octave_sizes


def distances_that(
    gap=lambda w, a: (w - a) ** 2,
    colours=lambda d: d.sum(1),
    weigh=lambda d, w: d * w,
    places=lambda d: d.sum((1, 2)),
    divide=lambda d, w: d / w.sum(),
):
    """neighbour_distances, but for one thing."""

    def neighbour_distances(windows, around, weights):
        return divide(places(weigh(colours(gap(windows, around)), weights)), weights)

    return neighbour_distances


catalogue = Catalogue(
    {
        "small_layer": small_layer,
        "hangs_on_a_graph": lambda function, *arguments: function(*arguments).requires_grad,
        STEP: step_that(),
        SIZES: sizes_that(),
        DISTANCES: distances_that(),
        "answer_window_in_pixels": 31.5,
        "answer_large_window": "b",
    }
)


def mistakes(function, table):
    """Register (name, hint, implementation) for each row."""
    for name, hint, implementation in table:
        implementation.__name__ = name
        catalogue.mistake(function, hint)(implementation)


def rights(function, table):
    """Register implementations that are right."""
    for name, implementation in table:
        implementation.__name__ = name
        catalogue.right(function)(implementation)


# --- a step of a dream


def step_in_place(image, activations, step_size):
    pixels = image.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(strength(activations(pixels)), pixels)
    return image.add_(step_size * by_mean(gradient)).clamp_(0, 1)


def step_in_place_and_detached(image, activations, step_size):
    new = step_that()(image, activations, step_size)
    with torch.no_grad():
        image.copy_(new)
    return image.detach()


def step_still_on_a_graph(image, activations, step_size):
    pixels = image.clone()
    if not pixels.requires_grad:
        pixels.requires_grad_()
    (gradient,) = torch.autograd.grad(strength(activations(pixels)), pixels)
    return (pixels + step_size * by_mean(gradient)).clamp(0, 1)


def step_without_record(image, activations, step_size):
    pixels = image.detach().clone()
    (gradient,) = torch.autograd.grad(strength(activations(pixels)), pixels)
    return (pixels + step_size * by_mean(gradient)).clamp(0, 1)


def step_on_the_leaf(image, activations, step_size):
    pixels = image.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(strength(activations(pixels)), pixels)
    pixels += step_size * by_mean(gradient)
    return pixels.clamp(0, 1).detach()


def step_in_float64(image, activations, step_size):
    return step_that()(image.double(), activations, step_size)


NOT_MEAN = "The step has the wrong length. By what is the gradient divided: the mean of its absolute values?"

mistakes(
    STEP,
    [
        (
            "goes_down",
            "The picture has less of the layer after the step: do you climb or descend?",
            step_that(sign=-1),
        ),
        (
            "without_normalising",
            "The step's length depends on the layer: the gradient has "
            "to be brought to a mean size of 1 first.",
            step_that(normalise=lambda g: g),
        ),
        (
            "by_the_mean_itself",
            "The gradient's mean can be 0 or negative, as its signs cancel. Which mean measures its size?",
            step_that(normalise=lambda g: g / g.mean() if g.abs().max() > 0 else g),
        ),
        (
            "by_the_mean_and_guarded",
            "The gradient's mean can be 0 or negative, as its signs cancel. Which mean measures its size?",
            step_that(normalise=lambda g: g / g.mean() if g.mean() > 0 else 0 * g),
        ),
        (
            "still_on_a_graph",
            "The result is not detached, so that the next step hangs on this one: a chain of old graphs.",
            step_still_on_a_graph,
        ),
        (
            "without_record",
            "No graph leads to the picture: the copy that goes into the layer needs requires_grad.",
            step_without_record,
        ),
        (
            "on_the_leaf",
            "PyTorch lets nobody change a leaf in place while graphs are recorded: make a new tensor.",
            step_on_the_leaf,
        ),
        (
            "clips_the_step",
            "You clip the step, not the picture: a step may well lead downwards.",
            step_that(normalise=lambda g: by_mean(g).clamp(min=0)),
        ),
        (
            "by_the_largest",
            "The largest number of the gradient moves by step_size; the average one should. " + NOT_MEAN,
            step_that(normalise=lambda g: g / g.abs().max().clamp_min(1e-300)),
        ),
        (
            "by_the_norm",
            "You divide by the Euclidean norm, which grows with the number of pixels. " + NOT_MEAN,
            step_that(normalise=lambda g: g / g.norm() if g.norm() > 0 else g),
        ),
        (
            "by_the_deviation",
            "You divide by the standard deviation. " + NOT_MEAN,
            step_that(normalise=lambda g: g / g.std() if g.std() > 0 else g),
        ),
        (
            "by_the_sum",
            "You divide by the sum of the absolute values, so the "
            "steps get shorter the more pixels there are.",
            step_that(normalise=lambda g: g / g.abs().sum() if g.abs().sum() > 0 else g),
        ),
        (
            "by_the_root_of_the_mean_square",
            "You divide by the root of the mean square, which large numbers dominate. " + NOT_MEAN,
            step_that(normalise=lambda g: g / g.square().mean().sqrt() if g.abs().max() > 0 else g),
        ),
        (
            "each_colour_alone",
            "Each colour is divided by a mean of its own: the mean goes over the whole gradient at once.",
            step_that(normalise=lambda g: g / g.abs().mean((2, 3), keepdim=True).clamp_min(1e-300)),
        ),
        (
            "by_the_sign",
            "Every pixel moves by the same amount: that is the "
            "gradient's sign. Strong places should move more.",
            step_that(normalise=torch.sign),
        ),
        (
            "sum_of_activations",
            "The objective is the plain sum of the activations: strong ones "
            "should count more. Which power do they get?",
            step_that(objective=lambda a: a.sum()),
        ),
        (
            "without_clipping",
            "The result leaves the range from 0 to 1: clip it at the end.",
            step_that(finish=lambda x: x),
        ),
        (
            "clips_the_gradient",
            "You clip the gradient, not the picture: the gradient may well be negative or above 1.",
            step_that(normalise=lambda g: by_mean(g).clamp(-1, 1)),
        ),
        (
            "stretches_instead_of_clipping",
            "The whole picture is stretched or squeezed to 0..1: clip "
            "what lies outside, and leave the rest alone.",
            step_that(finish=lambda x: (x - x.min()) / (x.max() - x.min())),
        ),
        (
            "nan_where_nothing_is_active",
            "If nothing is active the gradient is 0, and 0 / 0 is NaN: "
            "what should happen to the picture then?",
            step_that(normalise=lambda g: g / g.abs().mean()),
        ),
        (
            "a_large_epsilon",
            "Something is added to the mean before you divide, and weak "
            "layers hardly move. Only a 0 needs care.",
            step_that(normalise=lambda g: g / (g.abs().mean() + 0.1)),
        ),
        (
            "a_small_epsilon",
            "Something is added to the mean before you divide, and weak "
            "layers hardly move. Only a 0 needs care.",
            step_that(normalise=lambda g: g / (g.abs().mean() + 0.01)),
        ),
        ("in_place", "The caller's image has changed: `add_` and the like work in place.", step_in_place),
        (
            "in_place_and_detached",
            "The caller's image has changed: `+=`, `clamp_` and the like work in place.",
            step_in_place_and_detached,
        ),
        (
            "in_double_precision",
            "The result is float64 for a float32 image: keep the image's own dtype.",
            step_in_float64,
        ),
    ],
)


def step_by_backward(image, activations, step_size):
    x = image.clone().detach()
    x.requires_grad = True
    (activations(x).pow(2).sum() / 2).backward()
    with torch.no_grad():
        g = x.grad / torch.clamp(torch.mean(torch.abs(x.grad)), min=1e-30)
        x += step_size * g
        x.clamp_(0.0, 1.0)
    return x.detach()


def step_by_the_gradient_of_activations(image, activations, step_size):
    x = torch.tensor(image.detach().numpy().copy(), requires_grad=True)
    a = activations(x)
    a.backward(gradient=a.detach())
    g = x.grad
    return torch.clip(x.detach() + step_size * g / max(float(g.abs().sum()) / g.numel(), 1e-200), 0, 1)


def step_without_the_half(image, activations, step_size):
    x = image.detach().requires_grad_(True)
    x = x.clone().detach().requires_grad_(True)
    g = torch.autograd.grad(torch.linalg.vector_norm(activations(x)) ** 2, x)[0]
    return (
        torch.where(g.abs().mean() > 0, image + step_size * torch.nan_to_num(g / g.abs().mean()), image)
        .detach()
        .clamp(0, 1)
    )


rights(
    STEP,
    [
        ("by_backward", step_by_backward),
        ("gradient_given_to_backward", step_by_the_gradient_of_activations),
        ("without_the_half", step_without_the_half),
    ],
)

# --- sizes of octaves


def sizes_rounded_again_and_again(height, width, octaves, scale):
    sizes = [(height, width)]
    for _ in range(octaves - 1):
        h, w = sizes[0]
        sizes.insert(0, (max(8, round(h / scale)), max(8, round(w / scale))))
    return sizes


def sizes_without_small_ones(height, width, octaves, scale):
    sizes = sizes_that(side=lambda s, f: round(s / f))(height, width, octaves, scale)
    return [size for size in sizes if min(size) >= 8]


def sizes_as_an_iterator(height, width, octaves, scale):
    return reversed(sizes_that(exponents=range)(height, width, octaves, scale))


def sizes_divided_by_multiples(height, width, octaves, scale):
    factors = [max(1, scale * k) for k in reversed(range(octaves))]
    return [(max(8, round(height / f)), max(8, round(width / f))) for f in factors]


mistakes(
    SIZES,
    [
        (
            "largest_first",
            "The order is the other way round: the smallest comes first.",
            sizes_that(exponents=range),
        ),
        (
            "rounded_down",
            "Some sides are 1 too small: they are cut off (int or //) "
            "where they should be rounded to the nearest.",
            sizes_that(side=lambda s, f: max(8, int(s / f))),
        ),
        (
            "rounded_up",
            "Some sides are 1 too large: they are rounded up, not to the nearest whole number.",
            sizes_that(side=lambda s, f: max(8, math.ceil(s / f))),
        ),
        (
            "rounded_again_and_again",
            "Each size is computed from the rounded one before it, and "
            "the errors add up: start from the picture.",
            sizes_rounded_again_and_again,
        ),
        (
            "without_the_least_side",
            "Sides get smaller than 8 pixels.",
            sizes_that(side=lambda s, f: round(s / f)),
        ),
        (
            "least_side_for_the_pair",
            "When one side would be too small only that side is set to "
            "8; you leave out or change the whole pair.",
            sizes_that(pair=lambda h, w: (8, 8) if min(h, w) <= 8 else (h, w)),
        ),
        (
            "one_octave_too_many",
            "The first entry is too small: the picture's own size is one of the octaves.",
            sizes_that(exponents=lambda n: reversed(range(n + 1))),
        ),
        (
            "without_the_picture_itself",
            "The last entry is not the picture's own size: with which power of the scale do you end?",
            sizes_that(exponents=lambda n: reversed(range(1, n + 1))),
        ),
        (
            "gets_larger",
            "The sizes grow beyond the picture: do you multiply by the scale instead of dividing?",
            sizes_that(side=lambda s, f: max(8, round(s * f)), exponents=range),
        ),
        (
            "gets_larger_backwards",
            "The sizes grow beyond the picture: do you multiply by the scale instead of dividing?",
            sizes_that(side=lambda s, f: max(8, round(s * f))),
        ),
        (
            "width_first",
            "Height and width have changed places.",
            sizes_that(pair=lambda h, w: (w, h)),
        ),
        (
            "multiples_instead_of_powers",
            "From octave to octave the factor is multiplied by the scale: a power, not a multiple.",
            sizes_divided_by_multiples,
        ),
        (
            "halves_always",
            "The scale is taken for 2, whatever it is.",
            lambda height, width, octaves, scale: sizes_that()(height, width, octaves, 2),
        ),
        (
            "at_most_eight",
            "min(8, side) is at most 8, max(8, side) at least.",
            sizes_that(side=lambda s, f: min(8, round(s / f))),
        ),
        (
            "leaves_out_small_sizes",
            "Sizes that would be too small are left out. There are always `octaves` entries: "
            "such a side is 8.",
            sizes_without_small_ones,
        ),
        (
            "reversed_in_place",
            "sizes.reverse() turns the list round in place, and returns None: return the list itself.",
            lambda *arguments: sizes_that()(*arguments).reverse(),
        ),
        (
            "an_iterator",
            "reversed(...) is no list yet: list(reversed(...)) or sizes[::-1] is.",
            sizes_as_an_iterator,
        ),
        (
            "fractions",
            "The sides are no whole numbers: round them.",
            sizes_that(side=lambda s, f: max(8.0, s / f)),
        ),
        (
            "eight_is_added",
            "Every side is 8 too large: 8 is the least that a side may have, not something to add.",
            sizes_that(side=lambda s, f: round(s / f) + 8),
        ),
    ],
)


def sizes_as_an_array(height, width, octaves, scale):
    factors = np.power(float(scale), np.arange(octaves))[::-1]
    return np.rint(np.maximum(np.outer(1 / factors, (height, width)), 8)).astype(int)


def sizes_as_lists(height, width, octaves, scale):
    sizes = []
    for k in range(octaves):
        sizes = [[max(8, int(side / scale**k + 0.5)) for side in (height, width)], *sizes]
    return sizes


def sizes_by_a_running_factor(height, width, octaves, scale):
    sizes, h, w = [], float(height), float(width)
    for _ in range(octaves):
        sizes.append((int(max(round(h), 8)), int(max(round(w), 8))))
        h, w = h / scale, w / scale
    return tuple(sizes[::-1])


rights(
    SIZES,
    [
        ("as_an_array", sizes_as_an_array),
        ("as_lists", sizes_as_lists),
        ("by_a_running_factor", sizes_by_a_running_factor),
    ],
)

# --- neighbourhoods with holes


def distances_in_place(windows, around, weights):
    windows -= around
    return (windows**2 * weights).sum((1, 2, 3)) / weights.sum()


mistakes(
    DISTANCES,
    [
        (
            "without_weights",
            "Unknown pixels count too. What stands there is no neighbour yet: where do the weights come in?",
            distances_that(weigh=lambda d, w: d, divide=lambda d, w: d / w.numel()),
        ),
        (
            "weights_below_only",
            "Unknown pixels count too. What stands there is no neighbour yet: weigh the differences.",
            distances_that(weigh=lambda d, w: d),
        ),
        (
            "holes_as_nan",
            "NaN times 0 is NaN: a hole that is filled with NaN spoils every sum.",
            lambda windows, around, weights: distances_that()(
                windows, torch.where(weights > 0, around, float("nan")), weights
            ),
        ),
        (
            "not_divided",
            "The distances are too large by one factor for all: a weighted "
            "mean is divided by the sum of its weights.",
            distances_that(divide=lambda d, w: d),
        ),
        (
            "divided_by_all_places",
            "You divide by the number of places, known or not. In a "
            "weighted mean it is the sum of the weights.",
            distances_that(divide=lambda d, w: d / w.numel()),
        ),
        (
            "divided_by_known_places",
            "You divide by how many places are known; they don't weigh the "
            "same, so divide by the sum of their weights.",
            distances_that(divide=lambda d, w: d / (w > 0).sum()),
        ),
        (
            "known_or_not",
            "Every known pixel counts the same here. The weights say more than whether a pixel is known.",
            distances_that(weigh=lambda d, w: d * (w > 0), divide=lambda d, w: d / (w > 0).sum()),
        ),
        (
            "mean_of_colours",
            "You take the mean over the colours; their squared differences are added up.",
            distances_that(colours=lambda d: d.mean(1)),
        ),
        (
            "absolute",
            "The differences are not squared: their absolute values are taken.",
            distances_that(gap=lambda w, a: (w - a).abs()),
        ),
        (
            "root",
            "A root is taken at the end; the distance is the weighted mean of the squares itself.",
            distances_that(divide=lambda d, w: (d / w.sum()).sqrt()),
        ),
        (
            "square_of_the_sum",
            "Colours are added up before they are squared, so that more red makes up for less blue.",
            distances_that(gap=lambda w, a: w - a, colours=lambda d: d.sum(1) ** 2),
        ),
        (
            "weights_squared",
            "The weights are squared as well: weigh the squared differences, not the differences.",
            distances_that(weigh=lambda d, w: d * w**2),
        ),
        (
            "weights_transposed",
            "The weights lie across: rows and columns have changed places.",
            distances_that(weigh=lambda d, w: d * w.T),
        ),
        (
            "only_the_first_colour",
            "Only the first colour is compared.",
            distances_that(colours=lambda d: d[:, 0]),
        ),
        (
            "one_number_for_all",
            "One number comes out for all windows together. Each window has "
            "a distance of its own: which axes do you add?",
            distances_that(places=lambda d: d.sum()),
        ),
        (
            "squeezed",
            "squeeze takes away the axis of the windows where there is only one: the result is (P,).",
            lambda *inputs: distances_that()(*inputs).squeeze(),
        ),
        (
            "a_column",
            "The distances stand in a column: the result has one axis, (P,).",
            lambda *inputs: distances_that()(*inputs)[:, None],
        ),
        (
            "unknown_as_zero_in_one_only",
            "The windows keep their pixels where nothing is known, and are "
            "compared with 0 there. Weigh the difference.",
            lambda windows, around, weights: (
                ((windows - around * (weights > 0)) ** 2 * weights.clamp_min(1e-3)).sum((1, 2, 3))
                / weights.sum()
            ),
        ),
        (
            "in_place",
            "The windows have changed: `-=` writes into the caller's tensor.",
            distances_in_place,
        ),
    ],
)


def distances_multiplied_out(windows, around, weights):
    flat, near = windows.flatten(1).double(), weights.expand_as(around).flatten().double()
    near_around = near * around.flatten()
    squares = flat**2 @ near - 2 * flat @ near_around + near_around @ around.flatten().double()
    return squares.clamp(min=0) / weights.double().sum()


def distances_by_einsum(windows, around, weights):
    gaps = windows - around[None]
    return torch.einsum("pcyx,pcyx,yx->p", gaps, gaps, weights / weights.sum())


def distances_in_a_loop(windows, around, weights):
    found = torch.zeros(len(windows), dtype=windows.dtype)
    for p in range(len(windows)):
        for y, x in torch.nonzero(weights).tolist():
            found[p] += weights[y, x] * ((windows[p, :, y, x] - around[:, y, x]) ** 2).sum()
    return found / weights.sum()


def distances_of_known_pixels(windows, around, weights):
    known = weights > 0
    return (((windows - around)[..., known] ** 2).sum(1) * weights[known]).sum(-1) / weights[known].sum()


rights(
    DISTANCES,
    [
        ("multiplied_out", distances_multiplied_out),
        ("by_einsum", distances_by_einsum),
        ("in_a_loop", distances_in_a_loop),
        ("of_known_pixels", distances_of_known_pixels),
    ],
)

catalogue.wrong_answer(
    "answer_window_in_pixels",
    14,
    "The window has 14 pixels of the small picture, which is enlarged afterwards.",
)
catalogue.wrong_answer(
    "answer_window_in_pixels", 21.0, "Of three octaves the first is two steps smaller than the picture."
)
catalogue.wrong_answer(
    "answer_window_in_pixels",
    14 * 1.5**3,
    "The last octave is the picture's own size: count the steps again.",
)
for choice, hint in [
    (
        "a",
        "The best of few windows is taken, however badly it fits: "
        "what is copied is always a pixel of the piece.",
    ),
    ("c", "Nothing is averaged: one window is drawn, and its middle is copied."),
    ("d", "The bell grows with the window, so far pixels do count. How many windows of 27 are there in 32?"),
]:
    catalogue.wrong_answer("answer_large_window", choice, hint)
