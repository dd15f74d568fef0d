"""The tests that only grading runs: the same functions on other numbers and at the edges that the text names.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions. A hue, an orientation or
a patch that lies just between two bins or words could fall to either side by rounding: pictures are
drawn so that none does.
"""

import numpy as np
import pytest

from cs_lib import features as reference
from cs_lib.check import expect, remembered
from cs_lib.knn import l2_distances

GREY = np.array([0.299, 0.587, 0.114])
ROUNDING = 2e-5  # of hues; work in float32 is as good as any

histogram = remembered(reference.color_histogram_hsv)
cells = remembered(reference.cell_histograms)
hog = remembered(reference.hog_feature)
kmeans = remembered(reference.kmeans)


def picture(rng, shape, dtype, top=255):
    """Random numbers from 0 to top, whole ones for 8 bits."""
    return (
        rng.integers(0, 256, shape, dtype="uint8")
        if dtype == "uint8"
        else (top * rng.random(shape)).astype(dtype)
    )


@remembered
def hues(im, top):
    """The hues that are expected of colours from 0 to top."""
    return reference.rgb_to_hsv(im.astype(np.float64) / top)[..., 0]


def colors(rng, height, width, dtype, top=255, bins=1, start=0.0):
    """A picture without greys whose hues stay clear of 0, 1 and the edges of the bins from start to 1."""
    im = picture(rng, (height, width, 3), dtype, top)
    while True:
        h = reference.rgb_to_hsv(im.astype(np.float64) / top)[..., 0]
        place = (h - start) / (1 - start) * bins
        spread = np.ptp(im.astype(np.float64), axis=-1) / top
        bad = (np.abs(place - np.rint(place)) < 2e-3) | (np.minimum(h, 1 - h) < 2e-3) | (spread < 0.02)
        if not bad.any():
            return im
        im[bad] = picture(rng, (np.count_nonzero(bad), 3), dtype, top)


def brightness(rng, height, width, dtype, bins=9, color=False):
    """A picture, grey or in colour, whose gradients point well into their bins."""
    shape = (height, width, 3) if color else (height, width)
    while True:
        im = picture(rng, shape, dtype)
        grey = im.astype(np.float64) @ GREY if color else im.astype(np.float64)
        down, across = grey[2:, 1:-1] - grey[:-2, 1:-1], grey[1:-1, 2:] - grey[1:-1, :-2]
        place = np.arctan2(down, across) / np.pi * bins
        if np.abs(place - np.rint(place)).min(initial=1) > 1e-3:
            return im


SIZES = pytest.mark.parametrize(
    ("height", "width", "dtype", "top"),
    [(5, 9, "uint8", 255), (8, 3, "float64", 1), (1, 6, "float32", 255), (7, 1, "float64", 40)],
    ids=["8 bits", "floats up to 1", "one row in float32", "one column up to 40"],
)


@pytest.mark.graded("image_hue", points=0.2)
@SIZES
def test_hue(student, rng, height, width, dtype, top):
    """Pictures of other sizes, types and ranges."""
    im = colors(rng, height, width, dtype, top)
    expect.close(student.image_hue(im), hues(im, top), "The hue", atol=ROUNDING)


@pytest.mark.graded("image_hue", points=0.4)
def test_hue_of_greys_among_colours(student, rng):
    """Every third pixel is grey, and black and white are among them. The picture stays as it is."""
    im = colors(rng, 6, 6, "uint8")
    flat = im.reshape(-1, 3)
    flat[::3] = rng.integers(0, 256, (12, 1))
    flat[[0, 3]] = [[0, 0, 0], [255, 255, 255]]
    expect.close(student.image_hue(im), hues(im, 255), "The hue")
    expect.unchanged(im, student.arguments_()[0], "im")


@pytest.mark.graded("image_hue", points=0.3)
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_hue_where_two_are_the_largest(student, rng, dtype):
    """Two of red, green and blue share the largest value, in each way; then two share the smallest."""
    low, high = rng.integers(5, 100, 6), rng.integers(120, 250, 6)
    im = np.empty((6, 3))
    for i, pattern in enumerate([(1, 1, 0), (1, 0, 1), (0, 1, 1), (0, 1, 0), (0, 0, 1), (1, 0, 0)]):
        im[i] = np.where(pattern, high[i], low[i])
    im = im.reshape(2, 3, 3).astype(dtype)
    expect.close(student.image_hue(im), hues(im, 255), "The hue")


@pytest.mark.graded("color_histogram_hsv", points=0.4)
@pytest.mark.parametrize(
    ("height", "width", "dtype"),
    [(11, 7, "uint8"), (4, 13, "float32")],
    ids=["8 bits", "float32"],
)
def test_histogram(student, rng, height, width, dtype):
    """All arguments but the picture as they are by default."""
    im = colors(rng, height, width, dtype, bins=10)
    expect.close(student.color_histogram_hsv(im), histogram(im), "The histogram")
    expect.unchanged(im, student.arguments_()[0], "im")


@pytest.mark.graded("color_histogram_hsv", points=0.4)
def test_histogram_of_nothing(student, rng):
    """All pixels have hues below xmin: shares of 0."""
    im = colors(rng, 3, 5, "uint8")
    im[..., 1], im[..., 2] = np.maximum(im[..., 1], im[..., 2]), 0  # from red to yellow to green
    expect.close(student.color_histogram_hsv(im, nbin=4, xmin=120), np.zeros(4), "The histogram")


@pytest.mark.graded("color_histogram_hsv", points=0.3)
@pytest.mark.parametrize(
    ("nbin", "xmin", "xmax", "normalized"),
    [(7, 0, 255, True), (1, 0, 255, False), (6, 80, 255, True), (5, 0.25, 1, False)],
    ids=["seven bins", "one bin, counts", "from 80", "from a quarter to 1, counts"],
)
def test_histogram_with_arguments(student, rng, nbin, xmin, xmax, normalized):
    """Other numbers of bins, other ranges, shares and counts; a few greys are among the pixels."""
    im = colors(rng, 9, 8, "float64", top=xmax, bins=nbin, start=xmin / xmax)
    im[2:4, 5] = im[2:4, 5, :1]
    got = student.color_histogram_hsv(im, nbin=nbin, xmin=xmin, xmax=xmax, normalized=normalized)
    expect.close(got, histogram(im, nbin, xmin, xmax, normalized), "The histogram")


@pytest.mark.graded("image_gradients", points=0.2)
@pytest.mark.parametrize(
    ("height", "width", "dtype"),
    [(6, 9, "float64"), (8, 5, "uint8"), (4, 4, "float32")],
    ids=["wide", "high, in 8 bits", "float32"],
)
def test_gradients(student, rng, height, width, dtype):
    """The reference's gradient is inside its histograms, so these are the definition's own differences."""
    expect_gradients(student, picture(rng, (height, width), dtype))


@pytest.mark.graded("image_gradients", points=0.2)
@pytest.mark.parametrize(
    ("height", "width"), [(1, 6), (7, 1), (2, 2)], ids=["one row", "one column", "2 x 2"]
)
def test_gradients_of_thin_pictures(student, rng, height, width):
    """Where no pixel has both neighbours, the gradient is 0."""
    expect_gradients(student, picture(rng, (height, width), "float64"))


def expect_gradients(student, grey):
    """The gradients of grey, pixel by pixel; grey stays as it is."""
    height, width = grey.shape
    g = grey.astype(np.float64)
    down, across = np.zeros_like(g), np.zeros_like(g)
    for i, j in np.ndindex(height, width):
        if 0 < i < height - 1:
            down[i, j] = g[i + 1, j] - g[i - 1, j]
        if 0 < j < width - 1:
            across[i, j] = g[i, j + 1] - g[i, j - 1]
    got = student.image_gradients(grey)
    expect.true(
        type(got) in (tuple, list) and len(got) == 2,
        "image_gradients has to return two arrays: return down, across.",
        status="wrong_type",
    )
    expect.close(got[0], down, "The gradient down", atol=1e-4)
    expect.close(got[1], across, "The gradient across", atol=1e-4)
    expect.unchanged(grey, student.arguments_()[0], "grey")


@pytest.mark.graded("cell_histograms", points=0.5)
@pytest.mark.parametrize(
    ("height", "width", "dtype", "cell", "bins"),
    [
        (16, 24, "float64", 8, 9),
        (21, 13, "uint8", 8, 9),
        (8, 8, "float32", 8, 9),
        (14, 11, "float64", 3, 9),
        (10, 17, "float64", 5, 7),
    ],
    ids=["wide", "not whole cells, in 8 bits", "one cell in float32", "cells of 3", "cells of 5, 7 bins"],
)
def test_cells(student, rng, height, width, dtype, cell, bins):
    """Other sizes of pictures and cells, other numbers of bins."""
    grey = brightness(rng, height, width, dtype, bins)
    got = student.cell_histograms(grey, cell=cell, bins=bins)
    expect.close(got, cells(grey, cell, bins), "The array of histograms", atol=10 * ROUNDING)


@pytest.mark.graded("cell_histograms", points=0.5)
def test_cells_change_no_input(student, rng):
    """All arguments but the picture as they are by default. The picture stays as it is."""
    grey = brightness(rng, 17, 16, "float64")
    expect.close(student.cell_histograms(grey), cells(grey), "The array of histograms", atol=10 * ROUNDING)
    expect.unchanged(grey, student.arguments_()[0], "grey")


@pytest.mark.graded("hog_feature", points=0.45)
@pytest.mark.parametrize(
    ("height", "width", "dtype", "color"),
    [
        (16, 24, "uint8", True),
        (19, 15, "float64", True),
        (9, 20, "float32", True),
        (25, 16, "uint8", False),
    ],
    ids=["8 bits", "not whole cells", "float32", "grey in 8 bits"],
)
def test_hog(student, rng, height, width, dtype, color):
    """Colour and grey, other sizes and types."""
    im = brightness(rng, height, width, dtype, color=color)
    expect.close(student.hog_feature(im), hog(im), "The feature", atol=50 * ROUNDING)
    expect.unchanged(im, student.arguments_()[0], "im")


def mean_color(im):
    """What the notebook's function of this name does."""
    return im.astype(float).mean(axis=(0, 1))


def bright_pixels(im):
    """What the notebook's function of this name does."""
    return np.array([np.count_nonzero(im > 127)])


EXPECTED = {
    "color_histogram_hsv": reference.color_histogram_hsv,
    "hog_feature": reference.hog_feature,
    "mean_color": mean_color,
    "bright_pixels": bright_pixels,
}


@pytest.mark.graded("extract_features", points=0.45)
@pytest.mark.parametrize(
    ("count", "names"),
    [
        (5, ["bright_pixels", "mean_color"]),
        (1, ["mean_color", "bright_pixels", "mean_color"]),
        (4, ["bright_pixels"]),
        (3, ["hog_feature", "color_histogram_hsv", "bright_pixels"]),
    ],
    ids=["whole numbers first", "one picture", "one function", "HOG and colour"],
)
def test_features(student, rng, count, names):
    """Other numbers of pictures and functions."""
    imgs = []
    while len(imgs) < count:
        im = colors(rng, 16, 16, "uint8", bins=10)
        imgs += [im] if clear(im) else []
    imgs = np.array(imgs)
    wanted = reference.extract_features(imgs, [EXPECTED[name] for name in names])
    got = student.extract_features(imgs, [student[name] for name in names], verbose=count == 5)
    expect.close(got, wanted, "The matrix")


def clear(im):
    """Whether no gradient of im lies between two bins."""
    grey = im @ GREY
    down, across = grey[2:, 1:-1] - grey[:-2, 1:-1], grey[1:-1, 2:] - grey[1:-1, :-2]
    place = np.arctan2(down, across) / np.pi * 9
    return np.abs(place - np.rint(place)).min() > 1e-4


def clear_points(rng, num_points, num_words, size, dtype):
    """Points and words, each point clearly nearest to one word."""
    words = (2 * rng.standard_normal((num_words, size))).astype(dtype)
    points = np.empty((num_points, size), dtype=dtype)
    for row in points:
        while True:
            row[:] = 2 * rng.standard_normal(size) + 0.5
            distances = np.sort(l2_distances(row[np.newaxis].astype(float), words.astype(float))[0])
            if len(distances) == 1 or distances[1] - distances[0] > 1e-2:
                break
    return points, words


@pytest.mark.graded("assign_words", points=0.24)
@pytest.mark.parametrize(
    ("num_points", "num_words", "size", "dtype"),
    [
        (60, 7, 5, "float64"),
        (4, 9, 3, "float32"),
        (1, 6, 4, "float64"),
        (12, 1, 4, "float64"),
        (20, 5, 1, "float32"),
    ],
    ids=[
        "many patches",
        "more words than patches in float32",
        "one patch",
        "one word",
        "D is 1 in float32",
    ],
)
def test_assign(student, rng, num_points, num_words, size, dtype):
    """Other numbers of patches, words and numbers to a patch."""
    points, words = clear_points(rng, num_points, num_words, size, dtype)
    got = student.assign_words(points, words)
    expect.equal(got, kmeans_indices(points, words), "The array of indices")
    expect.whole_numbers(got, "The array of indices")
    for before, after, name in zip((points, words), student.arguments_(), ("patches", "words"), strict=True):
        expect.unchanged(before, after, name)


@remembered
def kmeans_indices(points, words):
    """The index of each point's nearest word."""
    return l2_distances(points.astype(np.float64), words.astype(np.float64)).argmin(axis=1)


@remembered
def means(points, words):
    """The words after one round of k-means; those without points stay."""
    centers, _ = reference.kmeans(points, len(words), num_iters=1, centers=words)
    unused = np.setdiff1d(np.arange(len(words)), kmeans_indices(points, words))
    centers = centers.copy()
    centers[unused] = words[unused]
    return centers


@pytest.mark.graded("update_words", points=0.3)
@pytest.mark.parametrize(
    ("num_points", "num_words", "size", "far", "dtype"),
    [
        (50, 6, 4, [], "float64"),
        (30, 8, 3, [0, 7], "float64"),
        (9, 5, 1, [2], "float32"),
        (3, 1, 6, [], "float64"),
    ],
    ids=[
        "every word has patches",
        "the first and the last have none",
        "D is 1, one has none, float32",
        "one word",
    ],
)
def test_update(student, rng, num_points, num_words, size, far, dtype):
    """Other numbers of patches, words and numbers to a patch; words that have no patches."""
    points, words = clear_points(rng, num_points, num_words, size, dtype)
    words[far] += 100
    nearest = kmeans_indices(points, words)
    got = student.update_words(points, nearest, words)
    expect.close(got, means(points, words), "The array of words", atol=1e-5 if dtype == "float32" else 1e-8)
    names = ("patches", "nearest", "words")
    for before, after, name in zip((points, nearest, words), student.arguments_(), names, strict=True):
        expect.unchanged(before, after, name)


@pytest.mark.graded("update_words", points=0.3)
def test_update_of_whole_numbers(student, rng):
    """Patches and words are whole numbers, one word has no patches."""
    points, words = rng.integers(0, 256, (20, 3)), rng.integers(0, 256, (4, 3))
    nearest = rng.permutation(np.arange(20) % 3) + 1
    wanted = [words[0], *(points[nearest == j].mean(axis=0) for j in (1, 2, 3))]
    expect.close(student.update_words(points, nearest, words), wanted, "The array of words")


@pytest.mark.graded("update_words", points=0.3)
def test_three_rounds(student, rng):
    """Assign and update three times in turn: k-means."""
    heaps = 8 * rng.permutation(np.eye(5))[:, :4]
    points = np.repeat(heaps, 8, axis=0) + rng.standard_normal((40, 4))
    words = points[3::8].copy()
    wanted, _ = kmeans(points, 5, num_iters=3, centers=words)
    for _ in range(3):
        words = student.update_words(points, student.assign_words(points, words), words)
    expect.close(words, wanted, "The array of words after three rounds")


@pytest.mark.graded("encode", points=0.36)
@pytest.mark.parametrize(
    ("height", "width", "dtype", "num_words", "options"),
    [
        (11, 16, "uint8", 6, {}),
        (9, 7, "float64", 9, {"size": 3, "stride": 3}),
        (8, 12, "float32", 5, {"size": 4, "stride": 1}),
        (6, 6, "uint8", 4, {}),
        (10, 8, "uint8", 40, {"size": 2}),
    ],
    ids=[
        "8 bits",
        "patches of 3, every 3 pixels",
        "patches of 4, every pixel, float32",
        "one patch",
        "more words than patches",
    ],
)
def test_encode(student, rng, height, width, dtype, num_words, options):
    """Other pictures, words, sizes and strides; the last word never occurs."""
    im = picture(rng, (height, width, 3), dtype)
    im[: height // 2] = 100 + im[: height // 2] // 16  # little contrast in the upper half
    size, stride = options.get("size", 6), options.get("stride", 2)
    words = 0.7 * rng.standard_normal((num_words, size * size * 3))
    words[-1] += 50
    wanted = encoded(words, size, im.astype(np.float64), stride)
    expect.close(student.encode(im, words, **options), wanted, "The array of shares")
    expect.unchanged(im, student.arguments_()[0], "im")


@remembered
def encoded(words, size, im, stride):
    """The shares that are expected."""
    return reference.VisualWords(words, size).encode(im, stride)


@pytest.mark.graded("answer_feature_length", points=1)
def test_feature_length(student):
    """12 hues, 12 x 8 whole cells of 9 bins, 50 words."""
    expect.close(student["answer_feature_length"], 12 + 12 * 8 * 9 + 50, "answer_feature_length")


@pytest.mark.graded("answer_half_the_light", points=1)
def test_half_the_light(student):
    """Hue is a ratio, a gradient is a difference."""
    expect.answered(student["answer_half_the_light"], "answer_half_the_light")
    expect.equal(student["answer_half_the_light"], "b", "answer_half_the_light")


@pytest.mark.graded("answer_shaken_pixels", points=1)
def test_shaken_pixels(student):
    """Neither counting hues nor a weight for each pixel knows which pixels are neighbours."""
    expect.answered(student["answer_shaken_pixels"], "answer_shaken_pixels")
    expect.equal(student["answer_shaken_pixels"], "c", "answer_shaken_pixels")
