"""Numeric, symbolic and automatic differentiation of one program."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.autodiff.compare import LOGISTIC_NEURON, compare, formulas

number = st.integers(-30, 30).map(lambda tenths: tenths / 10)


def test_lecture_the_squared_error_of_a_logistic_neuron_takes_7_primitive_operations():
    assert len(LOGISTIC_NEURON) == 7


@settings(max_examples=10)
@given(w=number, x=number, b=number, t=number)
def test_lecture_the_three_methods_agree_on_the_logistic_neuron(w, x, b, t):
    results = compare({"w": w, "x": x, "b": b, "t": t})
    y = 1 / (1 + np.exp(-(w * x + b)))
    dz = (y - t) * y * (1 - y)
    by_hand = {"w": dz * x, "x": dz * w, "b": dz, "t": t - y}
    for variable, derivative in by_hand.items():
        assert results["symbolic"][variable] == pytest.approx(derivative, rel=1e-10, abs=1e-14)
        assert results["automatic"][variable] == pytest.approx(derivative, rel=1e-10, abs=1e-14)
        assert results["numeric"][variable] == pytest.approx(derivative, rel=1e-6, abs=1e-9)


def test_symbolic_derivatives_repeat_themselves_and_grow_with_the_depth():
    assert formulas(LOGISTIC_NEURON, ["w", "x", "b", "t"])["w"].count_ops() > 2 * len(LOGISTIC_NEURON)
    chain = [("y1", "tanh", ("x",)), *((f"y{i + 1}", "tanh", (f"y{i}",)) for i in range(1, 6))]
    two, four, six = (formulas(tuple(chain[:depth]), ["x"])["x"].count_ops() for depth in (2, 4, 6))
    assert six - four > four - two > 0
