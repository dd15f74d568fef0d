"""A case gives a result whatever the student's code does, and a private one leaks nothing."""

from __future__ import annotations

import pytest

from cs_lib.check import CheckFailed, TestResult, expect
from cs_lib.check.cases import Case
from cs_lib.check.result import VERDICTS
from cs_lib.check.runner import not_run, run_case
from cs_lib.check.student import InProcess, Student

from .conftest import namespace

SECRET = 31415


def case(test, visibility="public", hint=None) -> Case:
    """A case of two points about f."""
    return Case("test_f", "f", visibility, 2.0, None, hint, test, {}, ("student",))


def asks_for_secret(student):
    expect.equal(student.f(SECRET), SECRET, "The number")


def run(code: str, test=asks_for_secret, visibility="public", hint=None, **kwargs) -> TestResult:
    """Run a case on code."""
    return run_case(case(test, visibility, hint), Student(InProcess(namespace(code))), **kwargs)


def test_a_right_answer_earns_all_points():
    result = run("def f(x): return x")
    assert result.passed
    assert (result.score, result.max_score, result.message) == (2, 2, "Right.")


def test_a_public_failure_quotes_the_call_and_both_values():
    result = run("def f(x): return 1")
    assert result.message == f"Called f({SECRET}). The number is 1, expected {SECRET}."
    assert (result.score, result.call, result.expected, result.got) == (0, f"f({SECRET})", str(SECRET), "1")


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return 1",
        "def f(x): raise ValueError(x)",
        "def f(x): return [x, x]",
        "def f(x): raise type(f'E{x}', (Exception,), {})",
        "def f(x): return f'{x}'",
        "def f(x): exit(x)",
    ],
)
def test_the_message_of_a_private_failure_tells_nothing_of_its_inputs(code):
    result = run(code, visibility="private")
    assert not result.passed
    assert str(SECRET) not in result.message
    assert result.message in VERDICTS.values() or result.message == "It raised ValueError."


def test_partial_credit_is_a_share_of_the_points():
    def half(student):
        raise CheckFailed("values_right_shape_wrong", "almost", credit=0.5)

    assert run("", half).score == 1.0


def test_a_test_that_stumbles_over_a_value_blames_the_value():
    def careless(student):
        return student.f().shape[0]

    result = run("def f(): return None", careless)
    assert result.status == "unusable_value"
    assert "NoneType" in result.detail


def test_an_authored_hint_is_said_unless_a_known_mistake_says_more():
    assert run("def f(x): return 1", hint="Think.").hint == "Think."
    assert (
        run("def f(x): return 1", hint="Think.", find_hint=lambda *failed: "You doubled it.").hint
        == "You doubled it."
    )
    assert run("def f(x): raise NotImplementedError", hint="Think.").hint is None
    assert run("def f(x): return x", hint="Think.").hint is None


def test_an_error_of_which_nothing_else_is_known_has_a_remedy_in_public_tests():
    code = "def f(x): return None + x"
    assert "Something is None" in run(code).hint
    assert run(code, hint="Think.").hint == "Think."
    assert run(code, visibility="private").hint is None
    assert run("def f(x): return None").hint is None


def test_a_stub_is_expected_to_fail_until_it_is_filled_in():
    result = run("def f(x): raise NotImplementedError")
    assert result.message == "Not implemented yet. This is expected until you fill it in."


def test_a_case_that_is_not_run_is_listed_with_nothing():
    result = not_run(case(asks_for_secret), "time_limit")
    assert (result.score, result.max_score, result.status) == (0, 2, "time_limit")


def test_an_interrupt_ends_the_run():
    with pytest.raises(KeyboardInterrupt):
        run("def f(x): raise KeyboardInterrupt")


def test_results_survive_json():
    result = run("def f(x): return 1", hint="Think.")
    assert TestResult.from_dict(result.to_dict()) == result
