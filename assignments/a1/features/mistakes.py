"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently."""

import colorsys
import math

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib import features as reference
from cs_lib.features.words import same_contrast
from cs_lib.knn import l2_distances

HUE, COLOR, GRADIENTS, CELLS = "image_hue", "color_histogram_hsv", "image_gradients", "cell_histograms"
HOG, EXTRACT, ASSIGN, UPDATE, ENCODE = (
    "hog_feature",
    "extract_features",
    "assign_words",
    "update_words",
    "encode",
)
GREY = np.array([0.299, 0.587, 0.114])


# --- the solution


def image_hue(im):
    im = np.asarray(im, dtype=float)
    return reference.rgb_to_hsv(im / max(im.max(), 1e-300))[..., 0]


def image_gradients(grey):
    grey = np.asarray(grey, dtype=float)
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[1:-1] = grey[2:] - grey[:-2]
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    return down, across


def mean_color(im):
    return np.asarray(im, dtype=float).mean(axis=(0, 1))


def bright_pixels(im):
    return np.array([np.count_nonzero(np.asarray(im) > 127)])


def assign_words(patches, words):
    return l2_distances(patches, words).argmin(axis=1)


def update_words(patches, nearest, words):
    return np.array(
        [patches[nearest == j].mean(axis=0) if np.any(nearest == j) else words[j] for j in range(len(words))]
    )


def encode(im, words, size=6, stride=2):
    return reference.VisualWords(words, size).encode(np.asarray(im, dtype=float), stride)


catalogue = Catalogue(
    {
        HUE: image_hue,
        COLOR: reference.color_histogram_hsv,
        GRADIENTS: image_gradients,
        CELLS: reference.cell_histograms,
        HOG: reference.hog_feature,
        EXTRACT: reference.extract_features,
        ASSIGN: assign_words,
        UPDATE: update_words,
        ENCODE: encode,
        "mean_color": mean_color,
        "bright_pixels": bright_pixels,
        "answer_feature_length": 926,
        "answer_half_the_light": "b",
        "answer_shaken_pixels": "c",
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def wrong(function, name, hint, implementation):
    """Register a mistake that is no decorated function."""
    implementation.__name__ = name
    mistake(function, hint)(implementation)


# --- hue


def hue_by(
    offsets=(0, 2, 4),
    differences=((1, 2), (2, 0), (0, 1)),
    wrap=6.0,
    grey=0.0,
    unit=6.0,
    dtype=float,
    over=lambda value, spread: spread,
    largest=np.max,
):
    """An image_hue with parts that can be replaced."""

    def image_hue(im):
        im = np.asarray(im).astype(dtype)
        value = largest(im, axis=-1)
        spread = np.ptp(im, axis=-1)
        below = np.where(spread > 0, over(value, spread), 1)
        sixths = np.zeros(value.shape)
        for channel in (2, 1, 0):
            first, second = differences[channel]
            place = offsets[channel] + (im[..., first] - im[..., second]) / below
            sixths = np.where(im[..., channel] == value, place, sixths)
        if wrap == "clip":
            sixths = np.maximum(sixths, 0)
        elif wrap == "abs":
            sixths = np.abs(sixths)
        elif wrap:
            sixths = sixths % wrap
        return np.where(spread > 0, sixths / unit, grey)

    return image_hue


NEGATIVE = (
    "Reds that lean towards magenta are off: the circle has no place below 0. What does -0.25 % 6 give?"
)

wrong(HUE, "hue_below_zero", NEGATIVE, hue_by(wrap=None))
wrong(
    HUE,
    "hue_clipped_at_zero",
    "Reds that lean towards magenta all become 0: going below red you come round to magenta, not to a stop.",
    hue_by(wrap="clip"),
)
wrong(
    HUE,
    "hue_without_sign",
    "Dropping the sign makes a red that leans towards magenta one that leans towards yellow.",
    hue_by(wrap="abs"),
)
wrong(
    HUE,
    "hue_in_sixths",
    "These are sixths of the circle, from 0 to 6. Asked for is h, from 0 to 1.",
    hue_by(unit=1.0),
)
wrong(HUE, "hue_in_degrees", "These are degrees. Asked for is a number from 0 to 1.", hue_by(unit=1 / 60))
wrong(
    HUE,
    "hue_of_half_circle",
    "All hues are twice as large as they should be: the whole circle has six sixths, and goes to 1.",
    hue_by(unit=3.0),
)
wrong(
    HUE,
    "hue_in_8_bits",
    "In 8 bits a difference below 0 becomes one near 255: make floats of the picture before you subtract.",
    lambda im: hue_in_the_type_given(im),
)
wrong(
    HUE,
    "hue_of_blue_green_red",
    "Red and blue have changed places: the last axis holds red, green, blue, in this order.",
    lambda im: hue_by()(np.asarray(im)[..., ::-1]),
)
wrong(
    HUE,
    "hue_divided_by_value",
    "You divide by the largest number. The spread is the largest minus the smallest.",
    hue_by(over=lambda value, spread: value),
)
wrong(
    HUE,
    "hue_around_green_reversed",
    "Around green the circle runs backwards: is it blue minus red, or red minus blue?",
    hue_by(differences=((1, 2), (0, 2), (0, 1))),
)
wrong(
    HUE,
    "hue_all_reversed",
    "The circle runs backwards: yellow comes after red, not before. Check the order of each difference.",
    hue_by(differences=((2, 1), (0, 2), (1, 0))),
)
wrong(
    HUE,
    "hue_offsets_swapped",
    "Greens get the places of blues, and blues those of greens: which of them begins at 2?",
    hue_by(offsets=(0, 4, 2)),
)
wrong(
    HUE,
    "hue_without_offsets",
    "All colours end up around red: where do the 2 and the 4 of the other two cases come in?",
    hue_by(offsets=(0, 0, 0)),
)
wrong(
    HUE,
    "hue_of_grey_is_nan",
    "A grey pixel has spread 0, and 0 / 0 is NaN. Its hue is to be 0.",
    hue_by(grey=np.nan),
)
wrong(
    HUE,
    "hue_of_grey_is_last_case",
    "Greys don't come out as 0: with R = G = B, which case do you end up in?",
    hue_by(grey=4 / 6),
)


def hue_in_the_type_given(im):
    value, spread = im.max(axis=-1), im.max(axis=-1) - im.min(axis=-1)
    red, green, blue = im[..., 0], im[..., 1], im[..., 2]
    safe = np.where(spread > 0, spread, 1)
    sixths = np.where(
        value == red,
        (green - blue) / safe % 6,
        np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return sixths / 6


@mistake(HUE, "Where two colours share the largest value you add up both cases: each pixel belongs to one.")
def hue_adds_tied_cases(im):
    im = np.asarray(im, dtype=float)
    red, green, blue = np.moveaxis(im, -1, 0)
    value, spread = im.max(axis=-1), np.ptp(im, axis=-1)
    safe = np.where(spread > 0, spread, 1)
    cases = (
        ((green - blue) / safe % 6) * (value == red)
        + (2 + (blue - red) / safe) * (value == green)
        + (4 + (red - green) / safe) * (value == blue)
    )
    return np.where(spread > 0, cases, 0) / 6


@mistake(HUE, "This is the saturation (or the value), not the hue.")
def hue_is_saturation(im):
    im = np.asarray(im, dtype=float)
    return reference.rgb_to_hsv(im / max(im.max(), 1))[..., 1]


@mistake(HUE, "Rows and columns have changed places: the result has the picture's own (H, W).")
def hue_transposed(im):
    return image_hue(im).T


@right(HUE)
def hue_by_colorsys(im):
    return np.array([[colorsys.rgb_to_hsv(*map(float, pixel))[0] for pixel in row] for row in im])


@right(HUE)
def hue_by_masks_in_float32(im):
    im = im.astype(np.float32)
    red, green, blue = im[:, :, 0], im[:, :, 1], im[:, :, 2]
    top, low = im.max(axis=2), im.min(axis=2)
    hue = np.zeros(im.shape[:2], dtype=np.float32)
    s = top - low
    for other, case in enumerate([(green, blue), (blue, red), (red, green)]):
        mask = (s > 0) & (top == im[:, :, other])
        hue[mask] = 2 * other + (case[0][mask] - case[1][mask]) / s[mask]
    hue[hue < 0] += 6
    return hue / 6


@right(HUE)
def hue_by_loops(im):
    hue = np.zeros(im.shape[:2])
    for i in range(im.shape[0]):
        for j in range(im.shape[1]):
            r, g, b = (float(c) for c in im[i, j])
            spread = max(r, g, b) - min(r, g, b)
            if spread == 0:
                continue
            if b == max(r, g, b):
                hue[i, j] = (4 + (r - g) / spread) / 6
            elif g == max(r, g, b):
                hue[i, j] = (2 + (b - r) / spread) / 6
            else:
                hue[i, j] = ((g - b) / spread / 6) % 1
    return hue


@right(HUE)
def hue_by_select(im):
    with np.errstate(all="ignore"):
        r, g, b = (np.float64(im[..., c]) for c in range(3))
        v, s = np.float64(np.max(im, axis=-1)), np.float64(np.max(im, axis=-1)) - np.min(im, axis=-1)
        h = np.select(
            [s == 0, v == r, v == g], [0 * s, (g - b) / s % 6, (b - r) / s + 2], default=(r - g) / s + 4
        )
    return h / 6.0


# --- histogram of hues


def histogram_by(
    scale=lambda h, xmin, xmax: h * xmax,
    bins=lambda nbin: nbin,
    limits=lambda xmin, xmax: (xmin, xmax),
    finish=lambda counts, normalized, h, width: counts / max(counts.sum(), 1) if normalized else counts,
    channel=0,
):
    """A color_histogram_hsv with parts that can be replaced."""

    def color_histogram_hsv(im, nbin=10, xmin=0, xmax=255, normalized=True):
        im = np.asarray(im, dtype=float)
        hsv = reference.rgb_to_hsv(im / max(im.max(), 1e-300))
        values = scale(hsv[..., channel] if channel is not None else hsv, xmin, xmax)
        counts, edges = np.histogram(values, bins=bins(nbin), range=limits(xmin, xmax))
        with np.errstate(all="ignore"):
            return finish(counts.astype(float), normalized, values, edges[1] - edges[0])

    return color_histogram_hsv


def divided(by):
    """A last step that divides by something else than the number of counted pixels."""
    return lambda counts, normalized, h, width: counts / by(counts, h, width) if normalized else counts


wrong(
    COLOR,
    "histogram_density",
    "This is a density: np.histogram(density=True) divides by the width of the bins too. Shares add up to 1.",
    histogram_by(finish=divided(lambda counts, h, width: max(counts.sum(), 1) * width)),
)
wrong(
    COLOR,
    "histogram_of_nothing_is_nan",
    "If no pixel is counted you divide 0 by 0. All shares are to be 0 then.",
    histogram_by(finish=divided(lambda counts, h, width: counts.sum())),
)
wrong(
    COLOR,
    "histogram_shares_of_all_pixels",
    "The shares don't add up to 1: divide by the number of pixels that were counted, not of all pixels.",
    histogram_by(finish=divided(lambda counts, h, width: h.size)),
)
wrong(
    COLOR,
    "histogram_by_largest",
    "The largest bin comes out as 1. Shares add up to 1: divide by the sum.",
    histogram_by(finish=divided(lambda counts, h, width: max(counts.max(), 1))),
)
wrong(
    COLOR,
    "histogram_by_length",
    "You divide by the root of the sum of squares. Shares are parts of the sum.",
    histogram_by(finish=divided(lambda counts, h, width: max(np.linalg.norm(counts), 1))),
)
wrong(
    COLOR,
    "histogram_never_normalized",
    "These are counts, although normalized=True asks for shares.",
    histogram_by(finish=lambda counts, normalized, h, width: counts),
)
wrong(
    COLOR,
    "histogram_always_normalized",
    "These are shares, although normalized=False asks for counts.",
    histogram_by(finish=lambda counts, normalized, h, width: counts / max(counts.sum(), 1)),
)
wrong(
    COLOR,
    "histogram_normalized_the_wrong_way_round",
    "normalized does the opposite of what it says.",
    histogram_by(
        finish=lambda counts, normalized, h, width: counts if normalized else counts / max(counts.sum(), 1)
    ),
)
wrong(
    COLOR,
    "histogram_unscaled",
    "Everything is in the first bin: hues run from 0 to 1, but the bins go up to xmax. Scale the hues.",
    histogram_by(scale=lambda h, xmin, xmax: h),
)
wrong(
    COLOR,
    "histogram_always_255",
    "The hues are always scaled by 255, and the bins go up to xmax.",
    histogram_by(scale=lambda h, xmin, xmax: h * 255),
)
wrong(
    COLOR,
    "histogram_squeezed_into_the_range",
    "All hues are squeezed between xmin and xmax. Scale by xmax only, and leave out what is below xmin.",
    histogram_by(scale=lambda h, xmin, xmax: xmin + h * (xmax - xmin)),
)
wrong(
    COLOR,
    "histogram_clipped",
    "Hues below xmin land in the first bin. They are not to be counted at all.",
    histogram_by(scale=lambda h, xmin, xmax: np.maximum(h * xmax, xmin)),
)
wrong(
    COLOR,
    "histogram_ignores_xmin",
    "Your bins begin at 0, whatever xmin is.",
    histogram_by(limits=lambda xmin, xmax: (0, xmax)),
)
wrong(
    COLOR,
    "histogram_ten_bins",
    "There are always ten bins. How many are asked for, nbin says.",
    histogram_by(bins=lambda nbin: 10),
)
wrong(
    COLOR,
    "histogram_one_bin_too_few",
    "One bin is missing: nbin bins have nbin + 1 edges.",
    histogram_by(bins=lambda nbin: max(nbin - 1, 1)),
)
wrong(
    COLOR,
    "histogram_one_bin_too_many",
    "One bin too many: np.histogram's whole number counts bins, not edges.",
    histogram_by(bins=lambda nbin: nbin + 1),
)
wrong(
    COLOR,
    "histogram_of_saturation",
    "You count another number than the hue: saturation, perhaps?",
    histogram_by(channel=1),
)
wrong(
    COLOR,
    "histogram_of_value",
    "You count another number than the hue: value, perhaps?",
    histogram_by(channel=2),
)
wrong(
    COLOR,
    "histogram_of_all_three",
    "More numbers than pixels are counted: is there a hue, and nothing else, for each pixel?",
    histogram_by(channel=None),
)


@mistake(
    COLOR, "np.histogram returns two things, the counts and the edges of the bins. Return one array only."
)
def histogram_with_edges(im, nbin=10, xmin=0, xmax=255, normalized=True):
    return reference.color_histogram_hsv(im, nbin, xmin, xmax, normalized), np.linspace(xmin, xmax, nbin + 1)


@mistake(
    COLOR,
    "The bins depend on the picture: np.histogram needs a range, or it ends at the largest value.",
)
def histogram_from_smallest_to_largest(im, nbin=10, xmin=0, xmax=255, normalized=True):
    counts, _ = np.histogram(image_hue(im) * xmax, bins=nbin)
    return counts / counts.sum() if normalized else counts


@mistake(COLOR, "This counts the hues of a whole number only: is a fraction dropped before the counting?")
def histogram_of_whole_hues(im, nbin=10, xmin=0, xmax=255, normalized=True):
    counts, _ = np.histogram((image_hue(im) * xmax).astype(int), bins=nbin, range=(xmin, xmax))
    return counts / max(counts.sum(), 1) if normalized else counts


@right(COLOR)
def histogram_by_bincount(im, nbin=10, xmin=0, xmax=255, normalized=True):
    h = image_hue(im).ravel() * xmax
    which = np.floor((h[h >= xmin] - xmin) / (xmax - xmin) * nbin).astype(int)
    counts = np.bincount(np.minimum(which, nbin - 1), minlength=nbin)
    return counts / counts.sum() if normalized and counts.sum() else 1.0 * counts


@right(COLOR)
def histogram_by_edges(im, nbin=10, xmin=0, xmax=255, normalized=True, mask=None):
    edges = np.linspace(xmin, xmax, num=nbin + 1)
    counts, _ = np.histogram(image_hue(im) * xmax, bins=edges)
    if normalized and counts.any():
        counts = (counts / np.sum(counts)).astype(np.float32)
    return counts


@right(COLOR)
def histogram_by_density(im, nbin=10, xmin=0, xmax=255, normalized=True):
    h = image_hue(im).flatten() * xmax
    if normalized and not np.any(h >= xmin):
        return np.zeros(nbin)
    counts, edges = np.histogram(h, bins=nbin, range=(xmin, xmax), density=normalized)
    return counts * np.diff(edges) if normalized else counts


# --- gradients


def with_border(edges):
    """Gradients whose first and last rows and columns are made of neighbours that np.pad invents."""

    def image_gradients(grey):
        padded = np.pad(np.asarray(grey, dtype=float), 1, mode=edges)
        return padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]

    return image_gradients


wrong(
    GRADIENTS,
    "gradients_wrap_around",
    "The first row takes the last one for its neighbour (np.roll?). Without a neighbour the gradient is 0.",
    with_border("wrap"),
)
wrong(
    GRADIENTS,
    "gradients_repeat_the_border",
    "At the border you take differences of the pixels that are there. Asked for is 0.",
    with_border("edge"),
)
wrong(
    GRADIENTS,
    "gradients_with_black_around",
    "There seems to be black outside the picture. Without a neighbour the gradient is 0.",
    with_border("constant"),
)


@mistake(GRADIENTS, "The two have changed places: down first, then across.")
def gradients_swapped(grey):
    return image_gradients(grey)[::-1]


@mistake(GRADIENTS, "Both signs are the wrong way round: below minus above, right minus left.")
def gradients_with_wrong_sign(grey):
    down, across = image_gradients(grey)
    return -down, -across


@mistake(GRADIENTS, "The gradient down has the wrong sign: rows are counted from the top. Below minus above.")
def gradients_upwards(grey):
    down, across = image_gradients(grey)
    return -down, across


@mistake(
    GRADIENTS, "All numbers are half as large as they should be. Here the difference is not divided by 2."
)
def gradients_halved(grey):
    down, across = image_gradients(grey)
    return down / 2, across / 2


@mistake(
    GRADIENTS, "np.gradient halves the differences and takes others at the border. Read the rules once more."
)
def gradients_by_numpy(grey):
    grey = np.asarray(grey, dtype=float)
    if min(grey.shape) < 2:
        return np.zeros(grey.shape), np.zeros(grey.shape)
    return tuple(np.gradient(grey))


@mistake(
    GRADIENTS,
    "You subtract the pixel itself from its neighbour. The difference goes from neighbour to neighbour.",
)
def gradients_of_next_pixel(grey):
    grey = np.asarray(grey, dtype=float)
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[1:-1] = grey[2:] - grey[1:-1]
    across[:, 1:-1] = grey[:, 2:] - grey[:, 1:-1]
    return down, across


@mistake(
    GRADIENTS,
    "The differences are right but one pixel away from where they belong: the first row is 0 as well.",
)
def gradients_shifted(grey):
    grey = np.asarray(grey, dtype=float)
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[: max(len(grey) - 2, 0)] = grey[2:] - grey[:-2]
    across[:, : max(grey.shape[1] - 2, 0)] = grey[:, 2:] - grey[:, :-2]
    return down, across


@mistake(GRADIENTS, "In 8 bits 3 - 5 is 254: make floats of the picture before you subtract.")
def gradients_in_8_bits(grey):
    down, across = np.zeros(grey.shape), np.zeros(grey.shape)
    down[1:-1] = grey[2:] - grey[:-2]
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    return down, across


@mistake(GRADIENTS, "The result can't hold numbers below 0: make the two arrays of floats.")
def gradients_into_8_bits(grey):
    exact = image_gradients(grey)
    return tuple((g.astype(np.int64) % 256).astype(float) if grey.dtype == np.uint8 else g for g in exact)


@mistake(GRADIENTS, "The signs are gone. They say which way it gets brighter.")
def gradients_without_sign(grey):
    return tuple(np.abs(g) for g in image_gradients(grey))


@mistake(
    GRADIENTS,
    "The whole border is 0. But a pixel of the first row has neighbours to its right and left.",
)
def gradients_zero_all_around(grey):
    down, across = image_gradients(grey)
    for g in (down, across):
        g[[0, -1]] = g[:, [0, -1]] = 0
    return down, across


@mistake(
    GRADIENTS,
    "The results are smaller than the picture. Keep its shape, with 0 where a neighbour is missing.",
)
def gradients_cut_off(grey):
    grey = np.asarray(grey, dtype=float)
    return grey[2:] - grey[:-2], grey[:, 2:] - grey[:, :-2]


@mistake(GRADIENTS, "These are magnitude and orientation, the topic of 3.2. Here return the two differences.")
def gradients_as_magnitude_and_angle(grey):
    down, across = image_gradients(grey)
    return np.hypot(down, across), np.arctan2(down, across)


@right(GRADIENTS)
def gradients_by_loops(grey):
    height, width = grey.shape
    down, across = [[0.0] * width for _ in range(height)], [[0.0] * width for _ in range(height)]
    for i in range(height):
        for j in range(width):
            if 0 < i < height - 1:
                down[i][j] = float(grey[i + 1, j]) - float(grey[i - 1, j])
            if 0 < j < width - 1:
                across[i][j] = float(grey[i, j + 1]) - float(grey[i, j - 1])
    return np.array(down), np.array(across)


@right(GRADIENTS)
def gradients_by_roll(grey):
    g = grey.astype(np.float32)
    down, across = (
        np.roll(g, -1, axis=0) - np.roll(g, 1, axis=0),
        np.roll(g, -1, axis=1) - np.roll(g, 1, axis=1),
    )
    down[0] = down[-1] = 0
    across[:, 0] = across[:, -1] = 0
    return [down, across]


@right(GRADIENTS)
def gradients_by_transposing(grey):
    def downwards(g):
        inner = g[2:].astype(np.float64) - g[:-2]
        return np.concatenate([g[:1] * 0.0, inner, g[:1] * 0.0])[: len(g)]

    return downwards(grey), downwards(grey.T).T


# --- cells


def cells_by(
    gradients=image_gradients,
    angle=lambda down, across: np.rad2deg(np.arctan2(down, across)) % 180,
    weight=np.hypot,
    which=lambda degrees, bins: (degrees * bins / 180).astype(int) % bins,
    finish=lambda sums, cell: sums / cell**2,
    sizes=lambda cell, bins: (cell, bins),
    crop=False,
):
    """A cell_histograms with parts that can be replaced."""

    def cell_histograms(grey, cell=8, bins=9):
        cell, bins = sizes(cell, bins)
        grey = np.asarray(grey)
        rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
        if crop:
            grey = grey[: rows * cell, : columns * cell]
        down, across = gradients(grey)
        orientation = which(angle(down, across), bins)
        magnitude = weight(down, across)
        result = np.zeros((rows, columns, bins))
        for r, c, i, j in np.ndindex(rows, columns, cell, cell):
            where = r * cell + i, c * cell + j
            if 0 <= orientation[where] < bins:
                result[r, c, orientation[where]] += magnitude[where]
        return finish(result, cell)

    return cell_histograms


def gradients_within_cells(cell):
    """The gradients of each cell for itself."""

    def image_gradients_of_cells(grey):
        down, across = np.zeros(grey.shape), np.zeros(grey.shape)
        for r in range(0, grey.shape[0], cell):
            for c in range(0, grey.shape[1], cell):
                here = np.s_[r : r + cell, c : c + cell]
                down[here], across[here] = image_gradients(grey[here])
        return down, across

    return image_gradients_of_cells


def bins_of_360(degrees, bins):
    return (degrees * bins / 360).astype(int) % bins


SIGNED = (
    "Opposite arrows are in different bins: edges from dark to light and from light to dark count alike here."
)

wrong(
    CELLS,
    "cells_signed",
    SIGNED,
    cells_by(angle=lambda d, a: np.rad2deg(np.arctan2(d, a)) % 360, which=bins_of_360),
)
wrong(
    CELLS,
    "cells_lose_negative_angles",
    "Arrows with an angle below 0 are counted nowhere: turn them round, by 180 degrees.",
    cells_by(
        angle=lambda d, a: np.rad2deg(np.arctan2(d, a)),
        which=lambda t, bins: np.floor(t * bins / 180).astype(int),
    ),
)
wrong(
    CELLS,
    "cells_negative_angles_mirrored",
    "An angle of -45 degrees counts as 45. Turned by 180 degrees it is 135: don't drop the sign.",
    cells_by(angle=lambda d, a: np.abs(np.rad2deg(np.arctan2(d, a))) % 180),
)
wrong(
    CELLS,
    "cells_in_radians",
    "All is in the first bin or the second: np.arctan2 answers in radians, the bins are in degrees.",
    cells_by(angle=lambda d, a: np.arctan2(d, a) % np.pi),
)
wrong(
    CELLS,
    "cells_arctan2_swapped",
    "Down and across have changed places inside np.arctan2: an arrow to the bottom is at 90 degrees.",
    cells_by(angle=lambda d, a: np.rad2deg(np.arctan2(a, d)) % 180),
)
wrong(
    CELLS,
    "cells_along_the_edge",
    "Your orientations are those of the edges, at a right angle to the gradient's.",
    cells_by(angle=lambda d, a: (np.rad2deg(np.arctan2(d, a)) + 90) % 180),
)
wrong(
    CELLS,
    "cells_upside_down",
    "Angles run the other way round: an arrow to the lower right is at 45 degrees, since down is positive.",
    cells_by(angle=lambda d, a: np.rad2deg(np.arctan2(-d, a)) % 180),
)
wrong(
    CELLS,
    "cells_180_is_the_last_bin",
    "An arrow to the left is at 180 degrees, which count as 0: it belongs in the first bin.",
    cells_by(
        angle=lambda d, a: np.where((t := np.rad2deg(np.arctan2(d, a))) < 0, t + 180, t),
        which=lambda t, bins: np.minimum((t * bins / 180).astype(int), bins - 1),
    ),
)
wrong(
    CELLS,
    "cells_count_pixels",
    "Every pixel counts the same. It should count as much as its magnitude.",
    cells_by(weight=lambda d, a: (np.hypot(d, a) > 0) * 1.0),
)
wrong(
    CELLS,
    "cells_of_squares",
    "Pixels count with the square of their magnitude: a root is missing.",
    cells_by(weight=lambda d, a: d**2 + a**2),
)
wrong(
    CELLS,
    "cells_of_l1_magnitude",
    "You add up the two differences without their signs. The magnitude is the length of the arrow.",
    cells_by(weight=lambda d, a: np.abs(d) + np.abs(a)),
)
wrong(
    CELLS,
    "cells_halved",
    "All numbers are half as large as they should be: use the differences of 3.1, which are not halved.",
    cells_by(weight=lambda d, a: np.hypot(d, a) / 2),
)
wrong(
    CELLS,
    "cells_sums",
    "These are sums. Divide by the number of pixels in a cell.",
    cells_by(finish=lambda sums, cell: sums),
)
wrong(
    CELLS,
    "cells_divided_by_the_side",
    "Divide by the number of all pixels in a cell, not by the length of its side.",
    cells_by(finish=lambda sums, cell: sums / cell),
)
wrong(
    CELLS,
    "cells_always_over_64",
    "You always divide by 64, but a cell is not always 8 x 8.",
    cells_by(finish=lambda sums, cell: sums / 64),
)
wrong(
    CELLS,
    "cells_as_shares",
    "Each cell's numbers add up to 1, which hides how strong its edges are. Divide by the number of pixels.",
    cells_by(finish=lambda sums, cell: sums / np.maximum(sums.sum(axis=-1, keepdims=True), 1e-12)),
)
wrong(
    CELLS,
    "cells_normalized",
    "Each cell is divided by its own length. Other HOGs do that; here nothing else is normalised.",
    cells_by(
        finish=lambda sums, cell: sums / np.maximum(np.linalg.norm(sums, axis=-1, keepdims=True), 1e-12)
    ),
)
wrong(
    CELLS,
    "cells_rounded_to_bins",
    "Your first bin reaches from -10 to 10 degrees (rounded?). It should begin at 0.",
    cells_by(which=lambda t, bins: np.rint(t * bins / 180).astype(int) % bins),
)
wrong(
    CELLS,
    "cells_one_bin_too_far",
    "All is one bin too far: np.digitize counts from 1.",
    cells_by(which=lambda t, bins: ((t * bins / 180).astype(int) + 1) % bins),
)
wrong(
    CELLS,
    "cells_reversed_bins",
    "The bins are in reverse order: bin 0 begins at 0 degrees.",
    cells_by(finish=lambda sums, cell: sums[..., ::-1] / cell**2),
)
wrong(
    CELLS,
    "cells_always_of_8",
    "Your cells always have 8 x 8 pixels: how many they have, cell says.",
    cells_by(sizes=lambda cell, bins: (8, bins)),
)
wrong(
    CELLS,
    "cells_always_nine_bins",
    "There are always nine bins: how many are asked for, bins says.",
    cells_by(sizes=lambda cell, bins: (cell, 9)),
)
wrong(
    CELLS,
    "cells_always_20_degrees",
    "Your bins are always 20 degrees wide, but there are not always nine of them.",
    cells_by(which=lambda t, bins: (t / 20).astype(int)),
)
wrong(
    CELLS,
    "cells_cropped_first",
    "The last cells are wrong where the picture goes on: take the gradients of the whole picture, then cut.",
    cells_by(crop=True),
)
wrong(
    CELLS,
    "cells_transposed",
    "Rows and columns of cells have changed places.",
    cells_by(finish=lambda sums, cell: sums.transpose(1, 0, 2) / cell**2),
)
wrong(
    CELLS,
    "cells_bins_first",
    "The bins come first in your result. They are the last axis: (rows, columns, bins).",
    cells_by(finish=lambda sums, cell: sums.transpose(2, 0, 1) / cell**2),
)
wrong(
    CELLS,
    "cells_flat",
    "The numbers are right, but put into one row. Here the result has three axes; hog_feature makes it flat.",
    cells_by(finish=lambda sums, cell: sums.ravel() / cell**2),
)
wrong(
    CELLS,
    "cells_only_the_first",
    "Only the first cell is filled: does your return stand inside a loop?",
    cells_by(finish=lambda sums, cell: sums * (np.indices(sums.shape)[:2].sum(axis=0) == 0) / cell**2),
)
wrong(
    CELLS,
    "cells_with_border_gradients",
    "At the rim of the picture there are gradients that should be 0. Use your image_gradients.",
    cells_by(gradients=with_border("edge")),
)


@mistake(
    CELLS,
    "Pixels at the rim of a cell have lost their neighbours in the next cell: gradients first, then cells.",
)
def cells_cut_first(grey, cell=8, bins=9):
    return cells_by(gradients=gradients_within_cells(cell))(grey, cell, bins)


@mistake(
    CELLS, "Arrows that point upwards have negative angles, and yours are lost: turn them by 180 degrees."
)
def cells_drop_negative_angles(grey, cell=8, bins=9):
    down, across = image_gradients(grey)
    angles, magnitudes = np.rad2deg(np.arctan2(down, across)), np.hypot(down, across)
    rows, columns = len(grey) // cell, len(grey[0]) // cell
    result = np.zeros((rows, columns, bins))
    for r, c in np.ndindex(rows, columns):
        here = slice(r * cell, (r + 1) * cell), slice(c * cell, (c + 1) * cell)
        result[r, c], _ = np.histogram(angles[here], bins, (0, 180), weights=magnitudes[here])
    return result / cell**2


@mistake(CELLS, "The last row and column of cells are missing: how many whole cells fit in?")
def cells_lose_the_last(grey, cell=8, bins=9):
    result = reference.cell_histograms(grey, cell, bins).copy()
    result[-1], result[:, -1] = 0, 0
    return result


@mistake(
    CELLS,
    "Your result has a cell for the remainder, too. Pixels beyond the last whole cell are left out.",
)
def cells_keep_the_remainder(grey, cell=8, bins=9):
    rows, columns = -(-grey.shape[0] // cell), -(-grey.shape[1] // cell)
    result = np.zeros((rows, columns, bins))
    whole = reference.cell_histograms(grey, cell, bins)
    result[: whole.shape[0], : whole.shape[1]] = whole
    return result


@mistake(CELLS, "The number of columns is taken from the number of rows: H and W may differ.")
def cells_of_square_pictures(grey, cell=8, bins=9):
    side = grey.shape[0] // cell
    whole = reference.cell_histograms(grey, cell, bins)
    result = np.zeros((side, side, bins))
    columns = min(side, whole.shape[1])
    result[:, :columns] = whole[:, :columns]
    return result


@mistake(CELLS, "Each magnitude is shared out between two bins. Here all of it goes into one.")
def cells_interpolated(grey, cell=8, bins=9):
    down, across = image_gradients(grey)
    place = np.arctan2(down, across) % np.pi / np.pi * bins - 0.5
    low = np.floor(place)
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    result = np.zeros((rows, columns, bins))
    for i, j in np.ndindex(rows * cell, columns * cell):
        share, m = place[i, j] - low[i, j], np.hypot(down, across)[i, j]
        result[i // cell, j // cell, int(low[i, j]) % bins] += (1 - share) * m / cell**2
        result[i // cell, j // cell, (int(low[i, j]) + 1) % bins] += share * m / cell**2
    return result


@mistake(CELLS, "The picture is in 8 bits, where 3 - 5 is 254: image_gradients takes care of that.")
def cells_in_8_bits(grey, cell=8, bins=9):
    return cells_by(gradients=gradients_in_8_bits)(grey, cell, bins)


@mistake(CELLS, "You write into the picture, which belongs to the caller.")
def cells_change_the_picture(grey, cell=8, bins=9):
    result = reference.cell_histograms(grey, cell, bins)
    grey //= 2
    return result


@right(CELLS)
def cells_by_histogram(grey, cell=8, bins=9):
    down, across = image_gradients(grey)
    angle, magnitude = np.arctan2(down, across) % np.pi, np.sqrt(down**2 + across**2)
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    result = np.zeros((rows, columns, bins), dtype=np.float32)
    for r in range(rows):
        for c in range(columns):
            here = (slice(r * cell, r * cell + cell), slice(c * cell, c * cell + cell))
            result[r, c] = np.histogram(angle[here], bins, range=(0, np.pi), weights=magnitude[here])[0]
    return result / cell**2


@right(CELLS)
def cells_by_masks(grey, cell=8, bins=9):
    down, across = image_gradients(grey)
    degrees = np.rad2deg(np.arctan2(down, across))
    degrees = np.where(degrees < 0, degrees + 180, degrees)
    degrees = np.where(degrees >= 180, degrees - 180, degrees)
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    result = np.empty((rows, columns, bins))
    for b in range(bins):
        low, high = b * 180 / bins, (b + 1) * 180 / bins
        votes = np.hypot(down, across) * ((degrees >= low) & (degrees < high))
        votes = votes[: rows * cell, : columns * cell]
        result[:, :, b] = votes.reshape(rows, cell, columns, cell).mean(axis=(1, 3))
    return result


@right(CELLS)
def cells_in_plain_python(grey, cell=8, bins=9, eps=0.0):
    down, across = image_gradients(grey)
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    result = np.zeros((rows, columns, bins))
    for y in range(rows * cell):
        for x in range(columns * cell):
            theta = math.degrees(math.atan2(down[y, x], across[y, x])) % 180.0
            result[y // cell, x // cell, int(theta // (180 / bins)) % bins] += math.hypot(
                down[y, x], across[y, x]
            )
    return result / (cell * cell)


@right(CELLS)
def cells_by_arctan(grey, cell=8, bins=9):
    down, across = image_gradients(grey)
    angle = np.rad2deg(np.arctan(down / (across + 1e-12 * (across == 0)))) % 180
    return cells_by(angle=lambda d, a: angle)(grey, cell, bins)


# --- HOG


def hog_by(to_grey=lambda im: im @ GREY, cell=8, bins=9, order=(0, 1, 2), finish=lambda f: f, both=True):
    """A hog_feature with parts that can be replaced. both: grey pictures are taken as they are."""

    def hog_feature(im):
        im = np.asarray(im)
        grey = to_grey(im) if im.ndim == 3 or not both else im
        return finish(reference.cell_histograms(grey, cell, bins).transpose(order)).ravel()

    return hog_feature


wrong(
    HOG,
    "hog_of_plain_mean",
    "Red, green and blue count the same in your grey. Our eyes give them different weights.",
    hog_by(lambda im: im.mean(axis=-1)),
)
wrong(
    HOG,
    "hog_of_blue_green_red",
    "The weights of red and blue have changed places.",
    hog_by(lambda im: im @ GREY[::-1]),
)
wrong(
    HOG,
    "hog_of_sum",
    "Your grey is three times too bright: do you add up red, green and blue without weights?",
    hog_by(lambda im: im.astype(float).sum(axis=-1)),
)
wrong(
    HOG,
    "hog_of_red",
    "Only the red numbers reach your gradients. Grey is a mixture of all three.",
    hog_by(lambda im: im[..., 0]),
)
wrong(
    HOG,
    "hog_of_largest",
    "Your grey is the largest of the three numbers. Asked for is their weighted sum.",
    hog_by(lambda im: im.max(axis=-1)),
)
wrong(
    HOG,
    "hog_of_steepest_channel",
    "You take the steepest of the three gradients. Here colour becomes grey first.",
    hog_by(lambda im: im),
)
wrong(
    HOG,
    "hog_of_rounded_grey",
    "Your grey is rounded to whole numbers. Keep the fractions.",
    hog_by(lambda im: (im @ GREY).astype(int)),
)
wrong(
    HOG,
    "hog_of_range_0_to_1",
    "All numbers are 255 times too small: the picture is not to be divided by 255.",
    hog_by(finish=lambda f: f / 255),
)
wrong(
    HOG,
    "hog_as_sums",
    "All numbers are 64 times too large: the numbers of cell_histograms are means already, and stay so.",
    hog_by(finish=lambda f: f * 64),
)
wrong(
    HOG,
    "hog_of_unit_length",
    "The whole feature is divided by its own length. Here nothing is normalised.",
    hog_by(finish=lambda f: f / max(np.linalg.norm(f), 1e-12)),
)
wrong(
    HOG,
    "hog_columns_first",
    "The cells run column by column. Asked for is row by row.",
    hog_by(order=(1, 0, 2)),
)
wrong(
    HOG,
    "hog_bins_first",
    "All cells' bin 0 come first, then all cells' bin 1. Asked for are the nine bins of a cell side by side.",
    hog_by(order=(2, 0, 1)),
)
wrong(HOG, "hog_cells_of_4", "Your cells are too small: 8 x 8 pixels each.", hog_by(cell=4))
wrong(HOG, "hog_eight_bins", "HOG as it is asked for here has 9 bins.", hog_by(bins=8))
wrong(
    HOG,
    "hog_of_first_row_of_cells",
    "Only the first row of cells is in the feature.",
    hog_by(finish=lambda f: f[:1]),
)
wrong(
    HOG,
    "hog_summed_over_cells",
    "All cells are added up to one histogram. Where an edge is should remain in the feature.",
    hog_by(finish=lambda f: f.sum(axis=(0, 1))),
)
wrong(
    HOG,
    "hog_of_colour_only",
    "A picture may be grey already: with two axes there are no colours to be weighted.",
    lambda im: reference.hog_feature(im) if np.ndim(im) == 3 else reference.hog_feature(im[:, :, 3]),
)
wrong(
    HOG,
    "hog_not_flat",
    "The feature is to be one flat array: what does .ravel() do?",
    lambda im: reference.hog_feature(im).reshape(im.shape[0] // 8, im.shape[1] // 8, 9),
)
wrong(
    HOG,
    "hog_in_blocks",
    "Your feature has blocks of cells, normalised. Ours is simpler: the cells as they are.",
    lambda im: reference.hog(im @ GREY if np.ndim(im) == 3 else im),
)
wrong(
    HOG,
    "hog_cut_to_a_square",
    "The picture is cut to a square. Its width and height may differ.",
    lambda im: reference.hog_feature(im[: min(im.shape[:2]), : min(im.shape[:2])]),
)


@mistake(HOG, "The caller's picture is changed. Make a grey one of your own.")
def hog_changes_the_picture(im):
    feature = reference.hog_feature(im)
    im //= 2
    return feature


@right(HOG)
def hog_by_weights_in_sum(im):
    im = im.astype(np.float64)
    if len(im.shape) > 2:
        im = 0.299 * im[:, :, 0] + 0.587 * im[:, :, 1] + 0.114 * im[:, :, 2]
    return cells_by_histogram(im).flatten()


@right(HOG)
def hog_by_reshape(im):
    grey = np.dot(im[..., :3], [0.299, 0.587, 0.114]) if im.ndim == 3 else np.atleast_2d(im)
    return cells_by_masks(grey, 8, 9).reshape(-1)


@right(HOG)
def hog_in_float32(im):
    grey = np.einsum("hwc,c->hw", im.astype(np.float32), GREY.astype(np.float32)) if im.ndim == 3 else im
    return np.concatenate([cell for row in reference.cell_histograms(grey) for cell in row]).astype(
        np.float32
    )


# --- the matrix of features


def parts_of(imgs, feature_fns):
    """The features of each image, function by function."""
    return [[np.asarray(function(im)) for function in feature_fns] for im in imgs]


@mistake(
    EXTRACT, "The functions' arrays differ in length: np.concatenate joins those of a picture to one row."
)
def extract_nested_lists(imgs, feature_fns, verbose=False):
    return np.array([[function(im) for function in feature_fns] for im in imgs])


@mistake(EXTRACT, "Rows and columns have changed places: a row for each picture.")
def extract_transposed(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns).T


@mistake(EXTRACT, "Only the last function's features are kept: does each one overwrite those before?")
def extract_last_function(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns[-1:])


@mistake(EXTRACT, "Only the first function's features are there.")
def extract_first_function(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns[:1])


@mistake(EXTRACT, "The functions' features are in reverse order: the first function comes first.")
def extract_reversed(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns[::-1])


@mistake(
    EXTRACT, "The first picture is in the matrix twice: did you use it to find out the number of features?"
)
def extract_first_image_twice(imgs, feature_fns, verbose=False):
    return reference.extract_features([imgs[0], *imgs], feature_fns)


@mistake(EXTRACT, "Every row is that of the first picture.")
def extract_first_image_again_and_again(imgs, feature_fns, verbose=False):
    return reference.extract_features([imgs[0]] * len(imgs), feature_fns)


@mistake(EXTRACT, "The first picture's row is empty: does your loop begin with the second one?")
def extract_skips_the_first(imgs, feature_fns, verbose=False):
    features = reference.extract_features(imgs, feature_fns).astype(float)
    features[0] = 0
    return features


@mistake(EXTRACT, "The last picture's row is missing or empty: where does your loop end?")
def extract_skips_the_last(imgs, feature_fns, verbose=False):
    features = reference.extract_features(imgs, feature_fns).astype(float)
    features[-1] = 0
    return features


@mistake(
    EXTRACT,
    "Fractions are lost: your matrix has the type of the first function's numbers, which may be whole ones.",
)
def extract_into_whole_numbers(imgs, feature_fns, verbose=False):
    features = reference.extract_features(imgs, feature_fns)
    return features.astype(np.asarray(feature_fns[0](imgs[0])).dtype)


@mistake(EXTRACT, "All is in one long row: a row for each picture, please.")
def extract_flat(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns).ravel()


@mistake(EXTRACT, "This is the mean over all pictures. Each picture has a row of its own.")
def extract_mean(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns).mean(axis=0, keepdims=True)


@mistake(EXTRACT, "You return a list of rows, not a matrix of (pictures, features).")
def extract_list_of_lists(imgs, feature_fns, verbose=False):
    return parts_of(imgs, feature_fns)


@mistake(EXTRACT, "The features are standardised here already. Return them as they are.")
def extract_standardised(imgs, feature_fns, verbose=False):
    features = reference.extract_features(imgs, feature_fns).astype(float)
    return (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)


@mistake(
    EXTRACT, "Functions of different lengths don't fit into one array: np.concatenate puts them in a row."
)
def extract_by_stacking(imgs, feature_fns, verbose=False):
    return np.array([np.stack(parts).ravel() for parts in parts_of(imgs, feature_fns)])


@mistake(EXTRACT, "For a single picture, too, the result is a matrix, of one row.")
def extract_squeezed(imgs, feature_fns, verbose=False):
    return reference.extract_features(imgs, feature_fns).squeeze()


@mistake(EXTRACT, "The result has to be returned, not only printed.")
def extract_returns_nothing(imgs, feature_fns, verbose=False):
    reference.extract_features(imgs, feature_fns)


@right(EXTRACT)
def extract_by_columns(imgs, feature_fns, verbose=False):
    return np.concatenate([np.array([function(im) for im in imgs]) for function in feature_fns], axis=1)


@right(EXTRACT)
def extract_into_a_matrix(imgs, feature_fns, verbose=False):
    first = np.concatenate([function(imgs[0].squeeze()) for function in feature_fns])
    features = np.zeros((len(imgs), len(first)))
    features[0] = first
    for i in range(1, len(imgs)):
        start = 0
        for function in feature_fns:
            part = function(imgs[i])
            features[i, start : start + len(part)] = part
            start += len(part)
    return features


@right(EXTRACT)
def extract_in_float32(imgs, feature_fns, verbose=False, dtype=np.float32):
    return np.vstack([np.hstack(parts).astype(dtype) for parts in parts_of(imgs, feature_fns)])


# --- assign

NO_NORMS = "The length of the words is left out: without it, a word far out can look nearest."


@mistake(ASSIGN, "You take the farthest word. Which one is nearest?")
def assign_farthest(patches, words):
    return l2_distances(patches, words).argmax(axis=1)


@mistake(ASSIGN, "These are L1 distances, sums of absolute differences. L2 squares the differences.")
def assign_by_l1(patches, words):
    return np.abs(patches[:, np.newaxis] - words).sum(axis=2).argmin(axis=1)


@mistake(ASSIGN, NO_NORMS)
def assign_by_product(patches, words):
    return (patches @ words.T).argmax(axis=1)


@mistake(ASSIGN, "The product has the wrong sign: |p - w|^2 subtracts it.")
def assign_adds_product(patches, words):
    return (np.sum(words**2, axis=1) + 2 * patches @ words.T).argmin(axis=1)


@mistake(ASSIGN, "The product of p and w occurs twice when the square is multiplied out.")
def assign_subtracts_product_once(patches, words):
    return (np.sum(words**2, axis=1) - patches @ words.T).argmin(axis=1)


@mistake(
    ASSIGN, "You compare directions (by the angle). The nearest word is the one at the smallest distance."
)
def assign_by_angle(patches, words):
    lengths = np.maximum(np.linalg.norm(words, axis=1), 1e-12)
    return (patches @ words.T / lengths).argmax(axis=1)


@mistake(ASSIGN, "The answer has a number for each word. Asked for is one for each patch.")
def assign_patches_to_words(patches, words):
    return l2_distances(patches, words).argmin(axis=0)


@mistake(ASSIGN, "You return the distances. Which word is it?")
def assign_returns_distances(patches, words):
    return l2_distances(patches, words).min(axis=1)


@mistake(ASSIGN, "You return the whole table of distances. Which word is nearest to each patch?")
def assign_returns_table(patches, words):
    return l2_distances(patches, words)


@mistake(ASSIGN, "Words are counted from 0.")
def assign_from_one(patches, words):
    return l2_distances(patches, words).argmin(axis=1) + 1


@mistake(ASSIGN, "You return the words themselves. Asked for is the index of each.")
def assign_returns_words(patches, words):
    return words[l2_distances(patches, words).argmin(axis=1)]


@mistake(ASSIGN, "These indices are floats and can't index an array: make them whole numbers.")
def assign_as_floats(patches, words):
    return l2_distances(patches, words).argmin(axis=1).astype(float)


@mistake(ASSIGN, "You return a list. Make it a NumPy array of whole numbers.")
def assign_as_list(patches, words):
    return l2_distances(patches, words).argmin(axis=1).tolist()


@mistake(ASSIGN, "The last word is never taken: where does your loop over the words end?")
def assign_skips_last_word(patches, words):
    return l2_distances(patches, words[:-1] if len(words) > 1 else words).argmin(axis=1)


@mistake(ASSIGN, "Differences of opposite sign cancel: square each of them before you add up.")
def assign_square_of_sum(patches, words):
    return np.abs((patches[:, np.newaxis] - words).sum(axis=2)).argmin(axis=1)


@mistake(ASSIGN, "One number for all patches comes back: argmin without an axis looks at the whole table.")
def assign_without_axis(patches, words):
    return l2_distances(patches, words).argmin()


@mistake(ASSIGN, "The patches are changed by the call. They belong to the caller.")
def assign_changes_patches(patches, words):
    nearest = l2_distances(patches, words).argmin(axis=1)
    patches -= patches.mean(axis=0) + 1
    return nearest


@right(ASSIGN)
def assign_by_broadcasting(patches, words):
    return np.argmin(np.linalg.norm(patches[:, None, :] - words[None, :, :], axis=-1), axis=1)


@right(ASSIGN)
def assign_by_loop_over_words(patches, words):
    best, nearest = np.full(len(patches), np.inf), np.zeros(len(patches), dtype=np.int32)
    for j, word in enumerate(words):
        distance = ((patches - word) ** 2).sum(axis=1)
        nearest[distance < best] = j
        best = np.minimum(best, distance)
    return nearest


@right(ASSIGN)
def assign_by_all_three_terms(patches, words):
    squares = (patches**2).sum(1, keepdims=True) - 2 * patches.dot(words.T) + (words**2).sum(1)
    return np.sqrt(np.maximum(squares, 0)).argsort(axis=1, kind="stable")[:, 0]


@right(ASSIGN)
def assign_in_plain_python(patches, words):
    return np.array([min(range(len(words)), key=lambda j: math.dist(p, words[j])) for p in patches])


# --- update


def update_by(mean=lambda heap, word: heap.mean(axis=0), empty=lambda words, j, patches: words[j]):
    """An update_words with parts that can be replaced."""

    def update_words(patches, nearest, words):
        with np.errstate(all="ignore"):
            rows = [
                mean(patches[nearest == j], words[j]) if np.any(nearest == j) else empty(words, j, patches)
                for j in range(len(words))
            ]
        return np.array(rows, dtype=float)

    return update_words


wrong(
    UPDATE,
    "update_by_median",
    "This is the median. The word that makes the squared distances smallest is the mean.",
    update_by(lambda heap, word: np.median(heap, axis=0)),
)
wrong(
    UPDATE,
    "update_by_sum",
    "These are sums. Divide by the number of patches of each word.",
    update_by(lambda heap, word: heap.sum(axis=0)),
)
wrong(
    UPDATE,
    "update_half_way",
    "Your words go half of the way only. They move to the mean of their patches.",
    update_by(lambda heap, word: (heap.mean(axis=0) + word) / 2),
)
wrong(
    UPDATE,
    "update_with_the_old_word",
    "The old word counts as one of its patches. It is the mean of the patches only.",
    update_by(lambda heap, word: (heap.sum(axis=0) + word) / (len(heap) + 1)),
)
wrong(
    UPDATE,
    "update_takes_first_patch",
    "A word becomes one of its patches. It should become the mean of all of them.",
    update_by(lambda heap, word: heap[0]),
)
wrong(
    UPDATE,
    "update_mean_over_numbers",
    "You take one mean over all numbers. Each of the D numbers has a mean of its own (which axis?).",
    update_by(lambda heap, word: np.full_like(word, heap.mean(), dtype=float)),
)
wrong(
    UPDATE,
    "update_empty_is_nan",
    "A word without patches becomes NaN: the mean of nothing. It should stay where it is.",
    update_by(empty=lambda words, j, patches: words[j] * np.nan),
)
wrong(
    UPDATE,
    "update_empty_is_zero",
    "A word without patches becomes 0. It should stay where it is.",
    update_by(empty=lambda words, j, patches: words[j] * 0),
)
wrong(
    UPDATE,
    "update_empty_starts_again",
    "A word without patches starts again elsewhere. A good idea for a long run, but here it should stay.",
    update_by(empty=lambda words, j, patches: patches[0]),
)


@mistake(UPDATE, "You divide by the number of all patches, not of those that belong to the word.")
def update_divided_by_all(patches, nearest, words):
    return np.array(
        [
            patches[nearest == j].sum(axis=0) / len(patches) if np.any(nearest == j) else words[j]
            for j in range(len(words))
        ]
    )


@mistake(UPDATE, "Words without patches are missing from the result: it has a row for each of the k words.")
def update_drops_empty_words(patches, nearest, words):
    return np.array([patches[nearest == j].mean(axis=0) for j in np.unique(nearest)])


@mistake(UPDATE, "The number of words is taken from the largest index that occurs. It is len(words).")
def update_counts_occurring_words(patches, nearest, words):
    return update_words(patches, nearest, words)[: np.max(nearest) + 1]


OLD_TYPE = "Your new words lose their fractions: words may hold whole numbers. Return a new array, of floats."


@mistake(UPDATE, OLD_TYPE)
def update_into_the_old_type(patches, nearest, words):
    return update_words(patches, nearest, words).astype(words.dtype)


@mistake(UPDATE, OLD_TYPE)
def update_in_place(patches, nearest, words):
    words[:] = update_words(patches, nearest, words)
    return words


@mistake(UPDATE, "The last word never moves: where does your loop end?")
def update_skips_last_word(patches, nearest, words):
    result = np.array(update_words(patches, nearest, words), dtype=float)
    result[-1] = words[-1]
    return result


@mistake(UPDATE, "The words don't move at all.")
def update_does_nothing(patches, nearest, words):
    return np.array(words, dtype=float)


@mistake(UPDATE, "Rows and columns have changed places: a row for each word.")
def update_transposed(patches, nearest, words):
    return update_words(patches, nearest, words).T


@mistake(UPDATE, "Every word is the mean of all patches: which of them belong to word j?")
def update_mean_of_all(patches, nearest, words):
    return np.tile(patches.mean(axis=0), (len(words), 1))


@mistake(
    UPDATE,
    "Only one patch of each word is added: with repeated indices, `a[i] += b` adds once. See np.add.at.",
)
def update_adds_once(patches, nearest, words):
    sums, counts = np.zeros(words.shape), np.bincount(nearest, minlength=len(words))[:, np.newaxis]
    sums[nearest] += patches
    return np.where(counts > 0, sums / np.maximum(counts, 1), words)


@right(UPDATE)
def update_by_one_hot(patches, nearest, words):
    belongs = (nearest == np.arange(len(words))[:, np.newaxis]).astype(float)
    counts = belongs.sum(axis=1, keepdims=True)
    return np.where(counts > 0, belongs @ patches / np.maximum(counts, 1), words)


@right(UPDATE)
def update_by_add_at(patches, nearest, words):
    sums = np.zeros(words.shape, dtype=np.float32)
    np.add.at(sums, nearest, patches)
    counts = np.bincount(nearest, minlength=words.shape[0])
    new = words.astype(np.float32)
    new[counts > 0] = sums[counts > 0] / counts[counts > 0, None]
    return new


@right(UPDATE)
def update_by_lists(patches, nearest, words):
    heaps = [[] for _ in words]
    for patch, j in zip(patches, nearest, strict=True):
        heaps[j].append(patch)
    return [
        list(map(float, np.mean(heap, axis=0) if heap else word))
        for heap, word in zip(heaps, words, strict=True)
    ]


# --- encode


def patches_of(im, size, stride, same=same_contrast):
    """The patches of a picture, of equal contrast."""
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(im, dtype=float), (size, size), axis=(0, 1))
    windows = windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)
    return same(windows.reshape(-1, size * size * im.shape[2]))


def encode_by(
    same=same_contrast,
    sizes=lambda size, stride: (size, stride),
    nearest=assign_words,
    finish=lambda counts, patches: counts / len(patches),
    defaults=(6, 2),
):
    """An encode with parts that can be replaced."""

    def encode(im, words, size=defaults[0], stride=defaults[1]):
        patches = patches_of(im, *sizes(size, stride), same)
        counts = np.bincount(nearest(patches, words), minlength=len(words))
        return finish(counts.astype(float), patches)

    return encode


wrong(
    ENCODE,
    "encode_counts",
    "These are counts. Asked for are shares, which add up to 1.",
    encode_by(finish=lambda c, p: c),
)
wrong(
    ENCODE,
    "encode_by_number_of_words",
    "The shares don't add up to 1: divide by the number of patches, not of words.",
    encode_by(finish=lambda c, p: c / len(c)),
)
wrong(
    ENCODE,
    "encode_by_largest",
    "The most frequent word comes out as 1. Shares add up to 1.",
    encode_by(finish=lambda c, p: c / c.max()),
)
wrong(
    ENCODE,
    "encode_by_length",
    "You divide by the root of the sum of squares. Shares are parts of the sum.",
    encode_by(finish=lambda c, p: c / np.linalg.norm(c)),
)
wrong(
    ENCODE,
    "encode_occurs_or_not",
    "Only whether a word occurs is kept, not how often.",
    encode_by(finish=lambda c, p: (c > 0) * 1.0),
)
wrong(
    ENCODE,
    "encode_without_last_words",
    "The result is too short if the last words don't occur: np.bincount has an argument for that.",
    encode_by(finish=lambda c, p: c[: np.flatnonzero(c)[-1] + 1] / len(p)),
)
wrong(
    ENCODE,
    "encode_only_words_that_occur",
    "Words that don't occur are missing from the result. They get 0, in their place.",
    encode_by(finish=lambda c, p: c[c > 0] / len(p)),
)
wrong(
    ENCODE,
    "encode_sorted",
    "The shares are sorted. They belong in the order of the words.",
    encode_by(finish=lambda c, p: np.sort(c)[::-1] / len(p)),
)
wrong(
    ENCODE,
    "encode_without_contrast",
    "The patches are compared as they are, with all their brightness. Bring them to equal contrast first.",
    encode_by(same=lambda patches: patches),
)
wrong(
    ENCODE,
    "encode_only_centred",
    "The patches' mean is taken away, but their contrast differs: use same_contrast.",
    encode_by(same=lambda patches: patches - patches.mean(axis=1, keepdims=True)),
)
wrong(
    ENCODE,
    "encode_contrast_of_the_whole_picture",
    "All patches of the picture are brought to one contrast together. Each one gets its own.",
    encode_by(same=lambda patches: (patches - patches.mean()) / np.sqrt(patches.var() + 10)),
)
wrong(
    ENCODE,
    "encode_ignores_stride",
    "stride is not used: patches are taken at every second pixel, or at every one, whatever it says.",
    encode_by(sizes=lambda size, stride: (size, 2)),
)
wrong(
    ENCODE,
    "encode_every_pixel",
    "You take a patch at every pixel. There is one every stride pixels.",
    encode_by(sizes=lambda size, stride: (size, 1)),
)
wrong(
    ENCODE,
    "encode_patches_side_by_side",
    "Your patches lie side by side: is stride what you use, or size?",
    encode_by(sizes=lambda size, stride: (size, size)),
)
wrong(
    ENCODE,
    "encode_always_six",
    "size is not always 6.",
    lambda im, words, size=6, stride=2: encode_always(im, words, stride),
)
wrong(
    ENCODE,
    "encode_farthest",
    "You count the farthest word of each patch.",
    encode_by(nearest=assign_farthest),
)
wrong(
    ENCODE,
    "encode_returns_indices",
    "You return the words of the patches one by one. Count how often each of them occurs.",
    lambda im, words, size=6, stride=2: assign_words(patches_of(im, size, stride), words),
)
wrong(
    ENCODE,
    "encode_mean_distance",
    "These are mean distances from the words. Count the patches that are nearest to each.",
    lambda im, words, size=6, stride=2: l2_distances(patches_of(im, size, stride), words).mean(axis=0),
)
wrong(
    ENCODE,
    "encode_words_choose_patches",
    "For each word you look for its nearest patch. Look for the nearest word of each patch.",
    encode_by(nearest=lambda patches, words: assign_words(words, patches) % len(words)),
)


def encode_always(im, words, stride):
    """encode for patches of 6 x 6, whatever the words are."""
    return encode(im, words, 6, stride)


@mistake(ENCODE, "You write into the picture, which belongs to the caller.")
def encode_changes_the_picture(im, words, size=6, stride=2):
    shares = encode(im, words, size, stride)
    im //= 2
    return shares


@right(ENCODE)
def encode_by_loops(im, words, size=6, stride=2):
    shares, count = np.zeros(len(words)), 0
    for i in range(0, im.shape[0] - size + 1, stride):
        for j in range(0, im.shape[1] - size + 1, stride):
            patch = same_contrast(im[i : i + size, j : j + size].reshape(1, -1).astype(float))
            shares[assign_words(patch, words)[0]] += 1
            count += 1
    return shares / count


@right(ENCODE)
def encode_by_histogram(im, words, size=6, stride=2):
    nearest = assign_words(patches_of(im, size, stride), words)
    return np.histogram(nearest, bins=np.arange(len(words) + 1))[0] / nearest.size


@right(ENCODE)
def encode_by_mean(im, words, size=6, stride=2):
    nearest = assign_by_broadcasting(patches_of(im, size, stride), words)
    return np.array([np.mean(nearest == j) for j in range(len(words))], dtype=np.float32)


# --- the questions

wrong_answer(
    "answer_feature_length", 12 * 8 * 9, "That is HOG alone. The hues and the words stand beside it."
)
wrong_answer(
    "answer_feature_length",
    12 + 13 * 9 * 9 + 50,
    "HOG leaves out what is beyond the last whole cell: how many cells of 8 fit into 100 and into 70?",
)
wrong_answer(
    "answer_feature_length",
    12 + 12 * 8 + 50,
    "A cell has more than one number: how many orientations are there?",
)
wrong_answer("answer_feature_length", 12 * 12 * 8 * 9 * 50, "Side by side, the features' lengths add up.")
wrong_answer(
    "answer_half_the_light", "a", "Hue doesn't change, right. But what becomes of a difference of two pixels?"
)
wrong_answer("answer_half_the_light", "c", "The hue is (G - B) / S: what becomes of a ratio?")
wrong_answer("answer_half_the_light", "d", "Shares of pixels add up to 1, before and after.")
wrong_answer("answer_shaken_pixels", "a", "Does a histogram of hues know where a pixel stands?")
wrong_answer(
    "answer_shaken_pixels",
    "b",
    "A linear classifier has a weight for each pixel. Would it notice if they were numbered otherwise?",
)
wrong_answer(
    "answer_shaken_pixels",
    "d",
    "A word is a patch of pixels that are neighbours. What is left of it after shaking?",
)
