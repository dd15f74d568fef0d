"""A known mistake is recognised by its values, and nothing else is."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from cs_lib.check.cases import Case
from cs_lib.check.hints import alike, evidence, find_hint, fingerprint, narrowed, same
from cs_lib.check.result import CheckFailed, StudentError
from cs_lib.check.runner import not_run
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


def test_of_several_values_each_is_compared_by_itself():
    """A loss of 3 or 5 makes a difference beside a gradient of a million."""
    assert not same(seen(lambda: (3.0, 1e6 * X)), seen(lambda: (5.0, 1e6 * X)))


def test_what_a_forward_pass_keeps_makes_no_difference():
    """One keeps a tuple, another a dict; but another result is another mistake."""
    assert same(seen(lambda: (2 * X, (X, 1))), seen(lambda: (2 * X, {"x": X, "out": 2 * X})))
    assert same(seen(lambda: (2 * X, (X, 1))), seen(lambda: (2 * X, None)))
    assert not same(seen(lambda: (2 * X, (X, 1))), seen(lambda: (3 * X, {"x": X})))
    assert not same(seen(lambda: (1.0, {"w": X})), seen(lambda: (1.0, {"w": 2 * X})))  # gradients


def test_folders_in_messages_make_no_difference():
    """A temporary folder has another name each time."""
    no_file = [CheckFailed("raised", f"It raised: no '{folder}/7.npy'") for folder in ("/tmp/a1", "/tmp/b2")]
    assert alike(*(evidence(*failed(np.copy, failure)) for failure in no_file))
    assert same(seen(lambda: np.load("/tmp/a1/7.npy")), seen(lambda: np.load("/tmp/b2/7.npy")))
    assert not same(seen(lambda: np.load("/tmp/a1/7.npy")), seen(lambda: np.load("/tmp/a1/8.npy")))


CASE = Case("test_f", "f", "public", 1.0, None, None, lambda student: None, {}, ("student",))
OFF = CheckFailed("wrong_value", "It is 7 at [0], expected 2.5.")


def failed(function, failure=OFF):
    """A test that failed after calling a function, as the search for a hint gets it."""
    student = Student(InProcess({"f": function}))
    student.f(X)
    return CASE, student, failure


def test_the_hint_of_the_matching_mistake_is_found():
    hints = {
        "test_f": [
            evidence(*failed(lambda x: 2 * x)) | {"hints": ["You doubled it."]},
            evidence(*failed(lambda x: x**2)) | {"hints": ["You squared it."]},
        ]
    }
    assert find_hint(hints, *failed(lambda x: x * x)) == "You squared it."
    assert find_hint(hints, *failed(lambda x: x * x * x)) is None
    assert find_hint({}, *failed(lambda x: x * x)) is None


def test_a_hint_on_right_values_of_a_wrong_type_is_not_given_for_a_changed_argument():
    wrong_type = CheckFailed("wrong_type", "It is of type ndarray, expected a tensor.")
    hints = {"test_f": [evidence(*failed(np.copy, wrong_type)) | {"hints": ["Make a tensor of it."]}]}
    assert find_hint(hints, *failed(np.copy, wrong_type)) == "Make a tensor of it."
    assert find_hint(hints, *failed(np.copy, CheckFailed("input_changed", "It changed x."))) is None


def test_of_mistakes_that_look_alike_all_hints_are_given():
    known = {"test_f": [evidence(*failed(np.copy)) | {"hints": ["A.", "B."]}]}
    assert find_hint(known, *failed(np.copy)) == "A. Or: B."


def test_a_failure_is_recognised_whatever_numbers_it_names():
    hints = {"test_f": [evidence(*failed(np.copy)) | {"hints": ["Nothing is done."]}]}
    for message in ("It is 7.0000001 at [0], expected 2.5.", "It is -7e-05 at [12], expected 2.5."):
        assert find_hint(hints, *failed(np.copy, CheckFailed("wrong_value", message))) == "Nothing is done."


# Three mistakes and the tests that each fails; those that stand in one list give a test the same values.
KNOWN = {
    "test_sum": [{"hints": ["A mean.", "A half.", "Without weight."], "mistakes": [[0], [1], [2, 3]]}],
    "test_weight": [
        {"hints": ["Without weight."], "mistakes": [[2, 3]]},
        {"hints": ["A mean."], "mistakes": [[0]]},
    ],
    "test_ones": [{"hints": ["Without weight."], "mistakes": [[3]]}],
}


def hints_after(**hints):
    """The hints that are left where these tests failed with these hints, and the others passed."""
    results = [
        not_run(replace(CASE, id=name), "wrong_value" if name in hints else "passed") for name in KNOWN
    ]
    results = [replace(result, hint=hints.get(result.id)) for result in results]
    return {result.id: result.hint for result in narrowed(results, KNOWN) if not result.passed}


ALIKE = "A mean. Or: A half. Or: Without weight."


def test_a_mistake_that_a_passed_test_would_have_shown_was_not_made():
    assert hints_after(test_sum=ALIKE) == {"test_sum": "A half."}
    assert hints_after(test_weight="A mean.", test_ones=None) == {"test_weight": None, "test_ones": None}


def test_of_mistakes_that_look_alike_the_one_that_explains_most_is_named():
    assert hints_after(test_sum=ALIKE, test_weight="A mean.") == {
        "test_sum": "A mean.",
        "test_weight": "A mean.",
    }


def test_one_mistake_of_several_with_the_same_hint_is_enough():
    """Of the two without weight only one fails test_ones."""
    hint = "Without weight."
    assert hints_after(test_sum=ALIKE, test_weight=hint) == {"test_sum": hint, "test_weight": hint}


def test_what_is_no_recorded_hint_stays():
    assert hints_after(test_sum="Think.") == {"test_sum": "Think."}
    old = {"test_f": [evidence(*failed(np.copy)) | {"hints": ["A.", "B."]}]}
    (result,) = narrowed([replace(not_run(CASE, "wrong_value"), hint="A. Or: B.")], old)
    assert result.hint == "A. Or: B."


def test_at_most_three_hints_are_given():
    known = {"test_f": [{"hints": list("ABCD"), "mistakes": [[0], [1], [2], [3]]}]}
    (result,) = narrowed([replace(not_run(CASE, "wrong_value"), hint="A Or: B Or: C Or: D")], known)
    assert result.hint == "A Or: B Or: C"
