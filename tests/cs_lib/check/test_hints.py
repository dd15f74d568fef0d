"""A known mistake is recognised by its values, and nothing else is."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from cs_lib.check.cases import Case
from cs_lib.check.hints import find_hint, fingerprint, same
from cs_lib.check.result import StudentError
from cs_lib.check.student import InProcess, Student

X = np.random.default_rng(0).standard_normal((4, 5))


def seen(function, *args, case_id="test_f"):
    """The fingerprint of calling a function."""
    student = Student(InProcess({"f": function}))
    with contextlib.suppress(StudentError):
        student.f(*args)
    return fingerprint(case_id, student)


def test_the_same_mistake_in_another_precision_is_recognised():
    assert same(seen(lambda x: x @ x.T, X), seen(lambda x: x.astype(np.float32) @ x.T.astype(np.float32), X))


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x * 1.01,
        lambda x: -x,
        lambda x: x.T,
        lambda x: x[::-1],
        lambda x: x.sum(),
        lambda x: 1 / 0,
        lambda x: x * np.nan,
    ],
)
def test_another_mistake_is_not(other):
    assert not same(seen(lambda x: x, X), seen(other, X))


def test_errors_match_by_their_kind_and_their_words():
    assert same(seen(lambda: 1 / 0), seen(lambda: 2 / 0))
    assert not same(seen(lambda: 1 / 0), seen(lambda: [][0]))
    assert not same(seen(lambda: int("a")), seen(lambda: np.ones(2) @ np.ones(3)))


@pytest.mark.parametrize(
    "value", [None, "text", [1, [2.0, "a"]], {"a": X}, 10**400, (), np.empty(0), [np.inf], {1}, 1j, True]
)
def test_any_value_has_a_fingerprint(value):
    assert same(seen(lambda: value), seen(lambda: value))


def test_a_right_answer_can_not_be_read_from_a_fingerprint():
    recorded = seen(lambda x: x, X)
    assert len(recorded[0]) == 5  # kind, shape, norm and two projections of twenty numbers


def test_the_hint_of_the_matching_mistake_is_found():
    case = Case("test_f", "f", "public", 1.0, None, None, lambda student: None, {}, ("student",))
    hints = {
        "test_f": [
            {"fingerprint": seen(lambda x: 2 * x, X), "hint": "You doubled it."},
            {"fingerprint": seen(lambda x: x**2, X), "hint": "You squared it."},
        ]
    }
    student = Student(InProcess({"f": lambda x: x * x}))
    student.f(X)
    assert find_hint(hints, case, student) == "You squared it."
    assert find_hint({}, case, student) is None
