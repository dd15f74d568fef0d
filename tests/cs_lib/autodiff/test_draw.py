"""The graph as a table of steps and as a picture."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from cs_lib.autodiff import Value, maximum
from cs_lib.autodiff.draw import draw, table

matplotlib.use("Agg")
import matplotlib.pyplot as plt


@pytest.fixture
def lecture():
    f = (Value(-2, "x") + Value(5, "y")) * Value(-4, "z")
    f.name = "f"
    return f


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax):
    return {text.get_text().strip() for text in ax.texts}


def test_the_table_lists_each_step_with_its_value_and_gradient(lecture):
    lecture.backward()
    rows = [line.split("  ") for line in table(lecture).splitlines()]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["name", "computed as", "value", "gradient"],
        ["x", "-2", "-4"],
        ["y", "5", "-4"],
        ["t1", "x + y", "3", "-4"],
        ["z", "-4", "3"],
        ["f", "t1 * z", "-12", "1"],
    ]


def test_constants_stand_in_the_steps_that_use_them():
    assert [line.split() for line in table(1 / (2 + Value(3, "x"))).splitlines()[-2:]] == [
        ["t1", "2", "+", "x", "5"],
        ["t2", "1", "/", "t1", "0.2"],
    ]


def test_before_the_backward_pass_there_are_no_gradients(lecture):
    assert table(lecture).splitlines()[-1].split() == ["f", "t1", "*", "z", "-12"]


def test_large_arrays_are_shown_by_their_shape():
    x = Value(np.arange(6.0).reshape(2, 3), "x")
    assert "array (2, 3)" in table(x.T.sum())
    assert "[1 2.5]" in table(Value(np.array([1, 2.5]), "y"))


def test_the_picture_shows_names_values_and_gradients(lecture):
    lecture.backward()
    ax = draw(lecture)
    assert {"x", "y", "z", "t1 = x + y", "f = t1 * z", "-12", "3"} <= texts(ax)
    arrows = [text for text in ax.texts if text.get_text() == ""]
    assert len(arrows) == 4


def test_results_stand_right_of_their_inputs_and_nothing_on_top_of_another():
    x = Value(2, "x")
    y = maximum(x * x + 1, x) * x
    ax = draw(y)
    places = {text.get_text().strip(): text.get_position() for text in ax.texts if "=" in text.get_text()}
    columns = [places[name][0] for name in ("t1 = x * x", "t2 = t1 + 1", "t3 = max(t2, x)", "t4 = t3 * x")]
    assert columns == sorted(columns)
    boxes = [text.get_position() for text in ax.texts if text.get_bbox_patch()]
    assert len(boxes) == len(set(boxes)) == 6


def test_it_draws_where_it_is_told(lecture):
    _, ax = plt.subplots()
    assert draw(lecture, ax) is ax
