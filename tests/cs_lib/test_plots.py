"""Figures: what is drawn on them, what stands on them, and what they refuse."""

from __future__ import annotations

import ast
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import cs_lib.plots
from cs_lib import plots
from cs_lib.plots.barcharts import duration
from cs_lib.plots.images import as_pictures
from cs_lib.plots.style import CAPTION_SIZE, COLORS, GREEN, STYLE, VERMILION, new_figure

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 2] * 4)
NAMES = ["cat", "brick", "grass"]
QUERY_LABELS, NEIGHBOUR_LABELS = np.array([0, 1]), np.array([[0, 2, 0], [2, 1, 0]])
POINTS = RNG.normal(size=(30, 2))

FIGURES = {
    "image_grid": lambda: plots.image_grid(IMAGES, LABELS, NAMES, title="Images"),
    "images_by_class": lambda: plots.images_by_class(IMAGES, LABELS, NAMES, title="Images"),
    "neighbours": lambda: plots.neighbours(
        IMAGES[:2],
        IMAGES[:6].reshape(2, 3, 8, 8, 3),
        RNG.random((2, 3)),
        QUERY_LABELS,
        NEIGHBOUR_LABELS,
        NAMES,
    ),
    "distance_matrix": lambda: plots.distance_matrix(RNG.random((5, 9))),
    "cross_validation": lambda: plots.cross_validation([1, 3, 50], RNG.random((3, 5))),
    "weight_templates": lambda: plots.weight_templates(RNG.normal(size=(48, 3)), (4, 4, 3), NAMES),
    "filters": lambda: plots.filters(RNG.normal(size=(6, 3, 5, 5))),
    "learning_curves": lambda: plots.learning_curves(RNG.random(200), {"training": [0.1, 0.2]}),
    "activation_histograms": lambda: plots.activation_histograms({"layer 1": POINTS, "layer 2": POINTS}),
    "update_ratios": lambda: plots.update_ratios({"W1": RNG.random(20) + 0.1}),
    "decision_boundary": lambda: plots.decision_boundary(_above, POINTS, _above(POINTS), NAMES),
    "confusion_matrix": lambda: plots.confusion_matrix(LABELS, LABELS[::-1], NAMES),
    "bars": lambda: plots.bars({"kNN": 0.42, "linear": 0.37}, label="Accuracy (fraction)", title="Results"),
    "times": lambda: plots.times({"two loops": 20.0, "no loops": 0.1}),
}
TILES = {"image_grid", "images_by_class", "neighbours", "weight_templates", "filters"}
NUMBERS = {"moving_average"}  # the one public name that draws nothing


def _above(points: np.ndarray) -> np.ndarray:
    return (points[:, 0] > 0).astype(int)


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_public_plot_is_tested_here():
    assert set(plots.__all__) == set(FIGURES) | NUMBERS


@pytest.mark.parametrize("name", FIGURES)
def test_a_call_gives_one_titled_figure_that_a_notebook_shows_as_png(name):
    settings = {key: matplotlib.rcParams[key] for key in STYLE}
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    headings = [axes.get_title() for axes in figure.axes] + [figure.get_suptitle()]
    assert any(headings)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert {key: matplotlib.rcParams[key] for key in STYLE} == settings  # the reader's own stay


@pytest.mark.parametrize("name", sorted(set(FIGURES) - TILES))
def test_axes_are_labelled_and_no_letter_is_tiny(name):
    figure = FIGURES[name]()
    first = figure.axes[0]
    assert first.get_xlabel() or figure.get_supxlabel()
    assert first.get_ylabel() or figure.get_supylabel() or name in {"bars", "times"}  # bars carry names
    for axes in figure.axes:
        for text in [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *axes.get_xticklabels()]:
            assert text.get_fontsize() >= CAPTION_SIZE


def test_plots_depend_on_nothing_else_of_the_course():
    for path in Path(cs_lib.plots.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                ours = module.startswith("cs_lib")
                assert not ours or module.startswith("cs_lib.plots.") or module == "cs_lib.validation"


def test_image_grid_draws_each_image_with_its_class_under_it():
    figure = plots.image_grid(IMAGES, LABELS, NAMES, columns=5, title="Training images")
    assert len(figure.axes[0].images) == 12
    assert _texts(figure) == [NAMES[label] for label in LABELS]
    assert figure.axes[0].get_title() == "Training images"


def test_images_by_class_draws_one_row_for_each_class():
    figure = plots.images_by_class(IMAGES, LABELS, NAMES, per_class=6)
    assert _texts(figure) == NAMES
    assert len(figure.axes[0].images) == 18  # four images and two white tiles in each row


@pytest.mark.parametrize(
    ("images", "first"),
    [
        (np.full((1, 2, 2, 3), 51, np.uint8), 0.2),
        (np.full((1, 2, 2), 51.0), 0.2),
        (np.full((1, 2, 2, 1), 0.2, np.float32), 0.2),
        (np.ones((1, 2, 2, 1), np.uint8), 1 / 255),
    ],
)
def test_pictures_are_brought_to_the_range_0_to_1(images, first):
    assert as_pictures(images).shape[:3] == (1, 2, 2)
    assert as_pictures(images).ravel()[0] == pytest.approx(first)


def test_rescaling_stretches_every_image_by_itself():
    images = np.array([[[-5.0, 5.0]], [[0.0, 1000.0]], [[7.0, 7.0]]])
    assert as_pictures(images, rescale=True)[..., 0].tolist() == [[[0, 1]], [[0, 1]], [[0, 0]]]


def test_neighbours_are_marked_by_a_sign_as_well_as_by_a_colour():
    figure = FIGURES["neighbours"]()
    texts = _texts(figure)
    assert texts[0] == "query:\ncat"
    signs = ["".join(c for c in text if c in "✓✗") for text in texts]
    assert signs == ["", "✓", "✗", "✓", "", "✗", "✓", "✗"]
    edges = [matplotlib.colors.to_hex(patch.get_edgecolor()).upper() for patch in figure.axes[0].patches]
    assert edges == [GREEN if sign == "✓" else VERMILION for sign in signs if sign]
    assert len(figure.axes[0].images) == 8


def test_neighbours_without_labels_show_the_distances_alone():
    figure = plots.neighbours(IMAGES[:1], IMAGES[None, 1:3], np.array([[12.25, 13.0]]))
    assert _texts(figure) == ["query", "at 12.25", "at 13"]
    assert not figure.axes[0].patches


def test_distance_matrix_shows_the_matrix_with_test_examples_as_rows():
    dists = RNG.random((5, 9))
    axes, colours = plots.distance_matrix(dists).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), dists)
    assert "Training" in axes.get_xlabel()
    assert "Test" in axes.get_ylabel()
    assert "Distance" in colours.get_ylabel()


def test_distance_matrix_sorts_by_labels_and_names_the_classes():
    dists, test_labels, train_labels = np.arange(12.0).reshape(3, 4), [1, 0, 1], [2, 0, 2, 0]
    axes = plots.distance_matrix(dists, test_labels, train_labels, ["cat", "dog", "eel"]).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), dists[[1, 0, 2]][:, [1, 3, 0, 2]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "eel"]
    np.testing.assert_allclose(axes.get_xticks(), [0.5, 2.5])
    np.testing.assert_allclose(axes.get_xticks(minor=True), [1.5])


def test_cross_validation_shows_every_fold_the_mean_and_the_deviation():
    ks, accuracies = [5, 1, 3], RNG.random((3, 4))
    axes = plots.cross_validation(ks, accuracies).axes[0]
    points = axes.collections[0].get_offsets()
    assert sorted(map(tuple, points)) == sorted(
        (k, a) for k, row in zip(ks, accuracies, strict=True) for a in row
    )
    bars = axes.containers[0]
    np.testing.assert_allclose(
        bars[0].get_xydata(), [(k, accuracies[i].mean()) for i, k in ((1, 1), (2, 3), (0, 5))]
    )
    lowest = bars[2][0].get_segments()[0]
    assert np.ptp(lowest[:, 1]) == pytest.approx(2 * accuracies[1].std())
    best = ks[accuracies.mean(axis=1).argmax()]
    assert any(f"k = {best}," in text.get_text() for text in axes.get_legend().get_texts())


def test_weight_templates_show_a_weight_of_0_as_grey_and_the_largest_as_full():
    W = np.zeros((4, 2))
    W[:, 0] = [0, 3, -3, 1.5]
    figure = plots.weight_templates(W, (2, 2))
    first, second = (image.get_array()[..., 0] for image in figure.axes[0].images)
    np.testing.assert_allclose(first, [[0.5, 1], [0, 0.75]])
    np.testing.assert_allclose(second, 0.5)


def test_filters_are_drawn_with_channels_last():
    w = np.zeros((2, 3, 2, 2))
    w[0, 1] = 1
    image = plots.filters(w).axes[0].images[0].get_array()
    np.testing.assert_allclose(image, np.broadcast_to([0.5, 1, 0.5], (2, 2, 3)))


def test_moving_average_is_over_what_there_is_at_the_start():
    np.testing.assert_allclose(plots.moving_average([2, 4, 6, 8], 2), [2, 3, 5, 7])
    np.testing.assert_allclose(plots.moving_average([2, 4, 6, 8], 9), [2, 3, 4, 5])
    values = RNG.random(40)
    np.testing.assert_allclose(
        plots.moving_average(values, 5)[4:], np.convolve(values, np.ones(5) / 5, "valid")
    )


def test_learning_curves_draw_points_their_average_and_accuracies():
    losses = RNG.random(100)
    figure = plots.learning_curves(losses, {"training": [0.1, 0.3], "validation": [0.1, 0.2]}, window=10)
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), losses)
    np.testing.assert_allclose(left.lines[1].get_ydata(), plots.moving_average(losses, 10))
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["training", "validation"]
    assert right.lines[0].get_xdata().tolist() == [1, 2]
    assert right.lines[0].get_marker() != right.lines[1].get_marker()


def test_learning_curves_compare_runs_by_name_in_one_panel():
    figure = plots.learning_curves({"SGD": [3, 2, 1], "Adam": [3, 1, 0.5]}, log=True)
    assert len(figure.axes) == 1
    assert figure.axes[0].get_yscale() == "log"
    assert len({line.get_linestyle() for line in figure.axes[0].lines}) == 2


def test_activation_histograms_have_a_panel_for_each_layer_on_one_range():
    layers = {f"layer {i}": RNG.normal(0, 1 / i, (10, 20)) for i in range(1, 8)}
    figure = plots.activation_histograms(layers, bins=10)
    assert len(figure.axes) == 7
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert all(len(axes.patches) == 10 for axes in figure.axes)
    assert f"std {layers['layer 3'].std():.3g}" in figure.axes[2].get_title()


def test_update_ratios_show_the_rule_of_thumb():
    axes = plots.update_ratios({"W1": [1e-2, 1e-3], "W2": [1e-4, 1e-4]}).axes[0]
    assert axes.get_yscale() == "log"
    assert axes.lines[2].get_ydata() == [1e-3, 1e-3]


def test_decision_boundary_colours_the_plane_by_the_prediction():
    X, y = np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([4, 7])
    axes = plots.decision_boundary(lambda p: np.where(p[:, 1] > 0, 7, 4), X, y, resolution=4).axes[0]
    assert axes.images[0].get_array().tolist() == [[0] * 4] * 2 + [[1] * 4] * 2
    assert axes.images[0].origin == "lower"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["4", "7"]


def test_confusion_matrix_counts_true_classes_in_rows():
    figure = plots.confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), NAMES)
    assert _texts(figure) == ["1", "1", "0", "0", "1", "0", "1", "0", "0"]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == NAMES
    assert "0.500" in figure.axes[0].get_title()


def test_times_are_written_with_their_unit_and_their_multiple_of_the_fastest():
    assert _texts(plots.times({"slow": 3.0, "fast": 0.012})) == ["3 s  (250 x)", "12 ms  (1 x)"]
    assert duration(2.5e-6) == "2.5 µs"
    assert duration(4e-10) == "0.4 ns"


def test_bars_are_drawn_from_top_to_bottom_with_their_numbers():
    axes = plots.bars({"kNN": 0.42, "linear": 0.5}, label="Accuracy", form=".2f").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.42, 0.5]
    assert [text.get_text() for text in axes.texts] == ["0.42", "0.50"]
    assert axes.yaxis_inverted()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.image_grid(np.ones((2, 3))), r"images has shape \(2, 3\)"),
        (lambda: plots.image_grid(np.ones((2, 3, 3, 4))), "images has shape"),
        (lambda: plots.image_grid(np.ones((0, 3, 3, 3))), "images has shape"),
        (lambda: plots.image_grid(np.full((1, 2, 2), np.nan)), "images holds NaN"),
        (lambda: plots.image_grid(np.full((1, 2, 2), -1.0)), "rescale=True"),
        (lambda: plots.image_grid(IMAGES, LABELS[:3]), "labels has 3 entries, expected 12"),
        (lambda: plots.image_grid(IMAGES, columns=0), "columns is 0"),
        (lambda: plots.images_by_class(IMAGES, LABELS[:3]), "labels has shape"),
        (lambda: plots.weight_templates(np.ones((5, 2)), (2, 2)), r"W has shape \(5, 2\)"),
        (lambda: plots.weight_templates(np.ones((4, 2)), (2, 2), NAMES), "class_names has 3"),
        (lambda: plots.filters(np.ones((4, 2, 3, 3))), "images has shape"),
        (lambda: plots.neighbours(IMAGES[:2], IMAGES[None, :3]), "neighbours has shape"),
        (lambda: plots.neighbours(IMAGES[:1], IMAGES[None, :3], np.ones((1, 2))), "distances has shape"),
        (lambda: plots.distance_matrix(np.ones(3)), "dists has shape"),
        (lambda: plots.distance_matrix(np.ones((3, 4)), [0, 1]), "test_labels has shape"),
        (lambda: plots.distance_matrix(np.array([[np.nan]])), "dists is empty or holds NaN"),
        (lambda: plots.cross_validation([1, 2], np.ones((3, 5))), "accuracies has shape"),
        (lambda: plots.learning_curves([]), "losses is empty"),
        (lambda: plots.learning_curves([1.0, np.inf]), "losses holds NaN or inf"),
        (lambda: plots.learning_curves([1.0], window=0), "window is 0"),
        (lambda: plots.activation_histograms({}), "activations is empty"),
        (lambda: plots.update_ratios({"W": [0.0]}), "not above 0"),
        (lambda: plots.decision_boundary(_above, np.ones((3, 3)), np.ones(3)), "X has shape"),
        (lambda: plots.decision_boundary(lambda p: p, POINTS, _above(POINTS)), "predicted has shape"),
        (lambda: plots.confusion_matrix(np.array([0, 3]), np.array([0, 1]), NAMES), "y_true holds labels"),
        (lambda: plots.bars({}, label="x"), "values is"),
        (lambda: plots.bars({"a": 0.0}, label="x", log=True), "above 0"),
        (lambda: plots.times({}), "seconds is"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_times_within_a_decade_have_a_few_plain_numbers_on_their_axis():
    figure = plots.times({"loops": 0.41, "no loops": 0.033})
    figure.canvas.draw()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    shown = [
        t.get_text()
        for t, x in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
        if low <= x <= high
    ]
    assert shown == ["0.02", "0.05", "0.1", "0.2", "0.5"]
    assert not any(t.get_text() for t in axes.get_xticklabels(minor=True))


def test_a_figure_drawn_by_hand_has_the_look_of_all_figures():
    figure = new_figure(4, 3)
    for axes in (figure.add_subplot(1, 2, 1), *figure.subplots(1, 2)):
        assert not axes.spines["top"].get_visible()
        assert [axes.plot([0, 1])[0].get_color() for _ in COLORS] == list(COLORS)
