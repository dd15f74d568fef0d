"""The tests that everybody sees: small pictures whose features can be worked out by hand.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect

ROUNDING = 2e-5  # of hues: a small number against a division by zero does no harm
RED, YELLOW, GREEN, CYAN, BLUE, MAGENTA = (
    [255, 0, 0],
    [255, 255, 0],
    [0, 255, 0],
    [0, 255, 255],
    [0, 0, 255],
    [255, 0, 255],
)
# Colours of 8 bits. Their hues are 7.5, 112.5, 217.5 and 307.5 degrees, all inside a bin of ten and of four.
BRICK, GRASS, SKY, PLUM = [200, 60, 40], [60, 200, 40], [40, 100, 200], [200, 40, 180]


@pytest.mark.graded("image_hue", points=0.4)
def test_hue_of_six_colours(student):
    """Red, yellow, green in one row; cyan, blue, magenta in the next: sixths of the circle."""
    im = np.array([[RED, YELLOW, GREEN], [CYAN, BLUE, MAGENTA]]) / 255
    expect.close(student.image_hue(im), np.array([[0, 1, 2], [3, 4, 5]]) / 6, "The hue", atol=ROUNDING)


@pytest.mark.graded("image_hue", points=0.4)
def test_hue_of_8_bits(student):
    """In 8 bits: the red wall, its shadow, a red on the other side of the seam; then six colours."""
    im = np.array([[[200, 60, 40], [100, 30, 20], [200, 40, 60]]], dtype=np.uint8)
    expect.close(student.image_hue(im), np.array([[0.125, 0.125, 5.875]]) / 6, "The hue")
    im = np.array([[GRASS, SKY], [PLUM, [40, 200, 180]], [[180, 40, 200], BRICK]], dtype=np.uint8)
    expect.close(
        student.image_hue(im), np.array([[112.5, 217.5], [307.5, 172.5], [292.5, 7.5]]) / 360, "The hue"
    )


@pytest.mark.graded("image_hue", points=0.4)
def test_hue_of_greys(student):
    """Black, grey and white have hue 0; a blue beside them has its own."""
    im = np.array([[[0, 0, 0], [90, 90, 90], [255, 255, 255], [0, 0, 80]]], dtype=np.uint8)
    expect.close(student.image_hue(im), [[0, 0, 0, 2 / 3]], "The hue")


def painted(*names):
    """A picture of two rows of the colours of these names."""
    colors = {"brick": BRICK, "grass": GRASS, "sky": SKY, "plum": PLUM, "grey": [90, 90, 90]}
    return np.array([colors[name] for name in names], dtype=np.uint8).reshape(2, -1, 3)


@pytest.mark.graded("color_histogram_hsv", points=0.4)
def test_shares_of_ten_hues(student):
    """Ten bins of 36 degrees: 4 pixels at 7.5, 1 at 112.5, 3 at 307.5 degrees."""
    got = student.color_histogram_hsv(
        painted("brick", "plum", "brick", "brick", "plum", "grass", "plum", "brick")
    )
    expect.close(got, [4 / 8, 0, 0, 1 / 8, 0, 0, 0, 0, 3 / 8, 0], "The histogram")


@pytest.mark.graded("color_histogram_hsv", points=0.4)
def test_counts_of_four_hues(student):
    """Four bins of 90 degrees, counted and not normalised; the grey is counted with the reds."""
    got = student.color_histogram_hsv(
        painted("sky", "brick", "grass", "sky", "grey", "sky"), nbin=4, normalized=False
    )
    expect.close(got, [2, 1, 3, 0], "The histogram")


@pytest.mark.graded("color_histogram_hsv", points=0.4)
def test_hues_from_100_to_360(student):
    """xmax=360, so hues are degrees: bins begin at 100, 165, 230, 295. Bricks and greys are not counted."""
    got = student.color_histogram_hsv(
        painted("brick", "plum", "sky", "plum", "grass", "plum", "brick", "grey"), nbin=4, xmin=100, xmax=360
    )
    expect.close(got, [1 / 5, 1 / 5, 0, 3 / 5], "The histogram")


@pytest.mark.graded("color_histogram_hsv", points=0.4)
def test_nothing_to_count(student):
    """Only hues above a half are asked about, and there is none: all shares are 0."""
    got = student.color_histogram_hsv(painted("brick", "grass") / 255, nbin=3, xmin=0.5, xmax=1)
    expect.close(got, [0, 0, 0], "The histogram")


@pytest.mark.graded("image_gradients", points=0.4)
def test_gradients_of_three_rows(student):
    """Three rows and four columns, by hand."""
    grey = np.array([[1.0, 2, 4, 8], [0, 5, 5, 0], [9, 2, 3, 1]])
    down, across = two(student.image_gradients(grey))
    expect.close(down, [[0, 0, 0, 0], [8, 0, -1, -7], [0, 0, 0, 0]], "The gradient down")
    expect.close(across, [[0, 3, 6, 0], [0, 5, -5, 0], [0, -6, -1, 0]], "The gradient across")


@pytest.mark.graded("image_gradients", points=0.4)
def test_gradients_of_8_bits(student):
    """Whole numbers of 8 bits: brighter towards the top and the left gives numbers below 0."""
    grey = np.array([[250, 100, 0], [200, 90, 10], [30, 20, 10], [5, 0, 0]], dtype=np.uint8)
    down, across = two(student.image_gradients(grey))
    expect.close(down, [[0, 0, 0], [-220, -80, 10], [-195, -90, -10], [0, 0, 0]], "The gradient down")
    expect.close(across, [[0, -250, 0], [0, -190, 0], [0, -20, 0], [0, -5, 0]], "The gradient across")


def two(got):
    """The two arrays that were returned."""
    expect.true(
        type(got) in (tuple, list) and len(got) == 2,
        "image_gradients has to return two arrays: return down, across.",
        status="wrong_type",
    )
    return got


@pytest.mark.graded("cell_histograms", points=0.5)
def test_arrows_of_the_table(student):
    """A slope in each direction of the table: in the middle cell of 12 x 12 pixels, all is in one bin."""
    y, x = np.mgrid[:12, :12]
    for across, down, which in [
        (2, 1, 1),
        (1, 0, 0),
        (0, 1, 4),
        (-1, 0, 0),
        (1, 1, 2),
        (1, -1, 6),
        (-3, -1, 0),
    ]:
        got = student.cell_histograms(100 + 3 * across * x + 3 * down * y, cell=4)
        expect.shape(got, (3, 3, 9), "The array of histograms")
        wanted = np.zeros(9)
        wanted[which] = 6 * np.hypot(across, down)
        expect.close(got[1, 1], wanted, f"The histogram of the slope across {across}, down {down}")


@pytest.mark.graded("cell_histograms", points=0.5)
def test_one_bright_pixel(student):
    """A single pixel of 16 in a black cell: 16 twice in bin 0 (left and right of it) and twice in bin 4."""
    grey = np.zeros((8, 8))
    grey[3, 4] = 16
    expect.close(
        student.cell_histograms(grey), [[[0.5, 0, 0, 0, 0.5, 0, 0, 0, 0]]], "The array of histograms"
    )


@pytest.mark.graded("cell_histograms", points=0.5)
def test_bright_pixels_at_the_rims_of_cells(student):
    """5 x 7 pixels in 8 bits, cells of 2 and 5 bins: two pixels, whose edges reach into other cells."""
    grey = np.zeros((5, 7), dtype=np.uint8)
    grey[1, 2], grey[2, 6] = 200, 100
    # Of 200: down in (0, 2) can't be, for that is the first row; in (2, 2) it is -200, across is 200 in
    # (1, 1) and -200 in (1, 3). Of 100: across is 100 in (2, 5), all else is in the last column, left out.
    wanted = np.zeros((2, 3, 5))
    wanted[0, 0, 0] = wanted[0, 1, 0] = wanted[1, 1, 2] = 50
    wanted[1, 2, 0] = 25
    expect.close(student.cell_histograms(grey, cell=2, bins=5), wanted, "The array of histograms")
    expect.unchanged(grey, student.arguments_()[0], "grey")


@pytest.mark.graded("cell_histograms", points=0.5)
def test_brightness_does_not_matter(student):
    """A brighter picture and its negative give the same, three times the contrast three times that."""
    y, x = np.mgrid[:16, :24]
    grey = 60 + 25 * np.sin(0.7 * x) * np.cos(0.9 * y + 0.31 * x) + 0.1 * x
    plain = student.cell_histograms(grey)
    expect.shape(plain, (2, 3, 9), "The array of histograms")
    expect.close(np.sum(plain), 128.58781469, "The sum of all numbers")
    expect.close(student.cell_histograms(grey + 40), plain, "The histograms of a brighter picture")
    expect.close(student.cell_histograms(200 - grey), plain, "The histograms of the negative")
    expect.close(
        student.cell_histograms(3 * grey), 3 * np.asarray(plain), "The histograms of three times the contrast"
    )


@pytest.mark.graded("hog_feature", points=0.3)
def test_hog_of_320_by_240(student):
    """240 rows and 320 columns of grey: 40 * 30 * 9 = 10,800 numbers."""
    expect.shape(student.hog_feature(np.ones((240, 320))), (10800,), "The feature")


@pytest.mark.graded("hog_feature", points=0.4)
def test_hog_of_a_dot(student):
    """16 x 26 pixels of grey and one bright one, in the lower row of cells, the second from the left."""
    im = np.zeros((16, 26))
    im[11, 12] = 64
    wanted = np.zeros((2, 3, 9))
    wanted[1, 1, [0, 4]] = 2
    expect.close(student.hog_feature(im), wanted.ravel(), "The feature")


@pytest.mark.graded("hog_feature", points=0.5)
def test_hog_of_colours(student):
    """Eight bits, 16 x 8: a red dot in the upper cell, a green one and a blue one in the lower cell."""
    im = np.zeros((16, 8, 3), dtype=np.uint8)
    im[2, 4, 0], im[11, 2, 1], im[14, 5, 2] = 250, 100, 200
    wanted = np.zeros((2, 9))
    wanted[0, [0, 4]] = 2 * 250 * 0.299 / 64
    wanted[1, 0] = (2 * 100 * 0.587 + 2 * 200 * 0.114) / 64
    wanted[1, 4] = (
        2 * 100 * 0.587 + 1 * 200 * 0.114
    ) / 64  # the blue dot's lower neighbour is in the last row
    got = student.hog_feature(im)
    expect.close(got, wanted.ravel(), "The feature")
    expect.unchanged(im, student.arguments_()[0], "im")


THREE = np.array(
    [
        [[[0, 10, 20], [200, 30, 40]], [[20, 40, 60], [20, 40, 120]]],
        [[[130, 140, 150], [160, 170, 181]], [[128, 128, 128], [127, 127, 127]]],
        [[[255, 0, 255], [1, 255, 0]], [[90, 90, 90], [0, 0, 3]]],
    ],
    dtype=np.uint8,
)
MEANS = [[60, 30, 60], [136.25, 141.25, 146.5], [86.5, 86.25, 87]]
BRIGHT = [[1], [9], [3]]


@pytest.mark.graded("extract_features", points=0.4)
def test_mean_color_and_bright_pixels(student):
    """Three pictures and two functions: 3 + 1 features for each picture."""
    functions = [student["mean_color"], student["bright_pixels"]]
    expect.close(student.extract_features(THREE, functions), np.hstack([MEANS, BRIGHT]), "The matrix")


@pytest.mark.graded("extract_features", points=0.4)
def test_bright_pixels_and_mean_color(student):
    """The other way round: the whole number comes first, and 136.25 is still a fraction."""
    functions = [student["bright_pixels"], student["mean_color"]]
    expect.close(student.extract_features(list(THREE), functions), np.hstack([BRIGHT, MEANS]), "The matrix")


@pytest.mark.graded("extract_features", points=0.4)
def test_one_picture_and_one_function(student):
    """A matrix of one row."""
    got = student.extract_features(THREE[1:2], [student["mean_color"]])
    expect.close(got, [MEANS[1]], "The matrix")


WORDS = np.array([[10.0, 0], [0, 0], [3, 4]])
POINTS = np.array([[3.0, 3], [7, 1], [-1, 2], [2, 1.4], [9, 9], [1, 1]])


@pytest.mark.graded("assign_words", points=0.4)
def test_points_in_the_plane(student):
    """Six points and three words in the plane."""
    got = student.assign_words(POINTS, WORDS)
    expect.equal(got, [2, 0, 1, 1, 2, 1], "The array of indices")
    expect.whole_numbers(got, "The array of indices")
    expect.unchanged(POINTS, student.arguments_()[0], "patches")


@pytest.mark.graded("assign_words", points=0.4)
def test_more_words_than_points(student):
    """Two points in space and four words. Straight (L2) and around the corner (L1) are different things."""
    words = np.array([[0.0, 0, 0], [4, 4, 4], [0, 0, 6.6], [6, 6, 11.2]])
    points = np.array([[-2.0, -2, 2.0], [6.0, 6, 6.6]])
    expect.equal(student.assign_words(points, words), [0, 1], "The array of indices")
    expect.equal(student.assign_words(points[:1] * 3, words), [2], "The array of indices")


@pytest.mark.graded("update_words", points=0.4)
def test_means_of_heaps(student):
    """Three words with three, one and two points."""
    got = student.update_words(POINTS, np.array([1, 0, 1, 0, 2, 0]), WORDS)
    expect.close(got, [[10 / 3, 3.4 / 3], [1, 2.5], [9, 9]], "The array of words")


@pytest.mark.graded("update_words", points=0.4)
def test_words_without_points(student):
    """The second and the last of four words have no points, and stay where they are."""
    words = np.array([[10.0, 0], [20, 3], [3, 4], [-7, -8]])
    got = student.update_words(POINTS, np.array([2, 0, 2, 2, 0, 2]), words)
    expect.close(got, [[8, 5], [20, 3], [1.25, 1.85], [-7, -8]], "The array of words")


@pytest.mark.graded("update_words", points=0.4)
def test_words_of_whole_numbers(student):
    """Words and points are stored as whole numbers, the means are not. The words that came in stay."""
    words, points = np.array([[0, 0, 0], [5, 5, 5]]), np.array([[1, 2, 3], [2, 2, 2], [9, 9, 9], [0, 1, 1]])
    got = student.update_words(points, np.array([0, 0, 1, 0]), words)
    expect.close(got, [[1, 5 / 3, 2], [9, 9, 9]], "The array of words")
    expect.unchanged(words, student.arguments_()[2], "words")


def block(left_top, right_top, left_bottom, right_bottom):
    """A grey picture of 2 x 2 pixels."""
    corners = np.array([[left_top, right_top], [left_bottom, right_bottom]])
    return np.repeat(corners[..., np.newaxis], 3, axis=-1)


# Four patterns as words: brighter to the right, to the left, to the bottom, and without contrast.
TO_THE_RIGHT, TO_THE_LEFT, TO_THE_BOTTOM, NEARLY_FLAT = (
    block(*corners).ravel() for corners in ([-1.0, 1, -1, 1], [1.0, -1, 1, -1], [-1.0, -1, 1, 1], [0.3] * 4)
)


@pytest.mark.graded("encode", points=0.4)
def test_five_blocks(student):
    """A picture of 2 x 10 pixels, made of five blocks, as dark, bright and faint as they may be."""
    blocks = [
        block(10, 240, 10, 240),
        block(180, 180, 220, 220),
        block(230, 200, 230, 200),
        block(90, 110, 90, 110),
        block(99, 101, 99, 101),  # hardly any contrast: after same_contrast it is nearest to the flat word
    ]
    im = np.concatenate(blocks, axis=1).astype(np.uint8)
    words = np.array([TO_THE_BOTTOM, TO_THE_RIGHT, NEARLY_FLAT, TO_THE_LEFT])
    expect.close(student.encode(im, words, size=2, stride=2), [0.2, 0.4, 0.2, 0.2], "The array of shares")
    expect.unchanged(im, student.arguments_()[0], "im")


@pytest.mark.graded("encode", points=0.4)
def test_overlapping_patches(student):
    """3 x 6 pixels, patches of 2 x 2 at every pixel: ten of them. The last word does not occur."""
    im = np.repeat(np.tile([0.0, 0, 200, 200, 0, 0], (3, 1))[..., np.newaxis], 3, axis=-1)
    words = np.array([TO_THE_LEFT, TO_THE_RIGHT, NEARLY_FLAT, TO_THE_BOTTOM])
    expect.close(student.encode(im, words, size=2, stride=1), [0.2, 0.2, 0.6, 0], "The array of shares")


@pytest.mark.graded("encode", points=0.4)
def test_unless_told_otherwise(student):
    """9 x 10 pixels without size and stride: six patches, all of them brighter to the right."""
    y, x = np.mgrid[:9, :10]
    im = np.repeat((20.0 * x + 3 * y)[..., np.newaxis], 3, axis=-1)
    im[8] = 255  # no patch of six rows that begins at row 0 or 2 gets there
    y, x = np.mgrid[:6, :6]
    words = [np.repeat(np.ravel(pattern), 3) / 1.75 for pattern in (y - 2.5, 2.5 - x, x - 2.5, 0.0 * x)]
    expect.close(student.encode(im, np.array(words)), [0, 0, 1, 0], "The array of shares")


@pytest.mark.graded("answer_feature_length", points=0)
def test_feature_length_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_feature_length"], "answer_feature_length")


@pytest.mark.graded("answer_half_the_light", points=0)
def test_half_the_light_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_half_the_light"], ("a", "b", "c", "d"), "answer_half_the_light")


@pytest.mark.graded("answer_shaken_pixels", points=0)
def test_shaken_pixels_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_shaken_pixels"], ("a", "b", "c", "d"), "answer_shaken_pixels")
