"""Runs one case against a student's work and says how it went, whatever happens inside."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from cs_lib.check.cases import Case
from cs_lib.check.remedies import remedy
from cs_lib.check.result import VERDICTS, CheckFailed, StudentError, TestResult
from cs_lib.check.student import Student
from cs_lib.check.values import shorten

# Exceptions from the standard library may be named to a student even for private tests: the name
# of such a type says nothing about the inputs. A student's own exception class could.
KNOWN_ERRORS = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "FloatingPointError", "ImportError", "IndexError",
    "KeyError", "LinAlgError", "LookupError", "ModuleNotFoundError", "NameError", "OSError", "OverflowError",
    "RecursionError", "RuntimeError", "StopIteration", "TypeError", "UnboundLocalError", "UnicodeError",
    "ValueError", "ZeroDivisionError",
})  # fmt: skip


def run_case(
    case: Case,
    student: Student,
    *,
    seed: str = "public",
    find_hint: Callable[[Case, Student, CheckFailed], str | None] = lambda case, student, failure: None,
) -> TestResult:
    """Run one test. Never raises for anything that student code does; KeyboardInterrupt passes."""
    started = time.perf_counter()
    fixtures = {"student": student, "rng": case.rng(seed)}
    try:
        case.call(**{name: fixtures[name] for name in case.fixtures}, **case.arguments)
        failure = None
    except CheckFailed as error:
        failure = error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the test stumbled over what came back (pytest.fail is no Exception)
        failure = _unusable(error)
    seconds = time.perf_counter() - started
    if failure is None:
        return _result(case, "passed", case.points, VERDICTS["passed"], seconds)
    return _failed(case, student, failure, seconds, find_hint)


def not_run(case: Case, status: str, message: str | None = None) -> TestResult:
    """The result of a case that could not be run: listed, with 0 points."""
    return _result(case, status, 0.0, message or VERDICTS[status], 0.0)


def _failed(
    case: Case, student: Student, failure: CheckFailed, seconds: float, find_hint: Callable
) -> TestResult:
    call = student.calls_[-1].text if student.calls_ else None
    detail = failure.message
    if isinstance(failure, StudentError) and failure.traceback:
        detail += "\n" + failure.traceback
    public = case.visibility == "public"
    message = _sentence(call, failure) if public else _category(failure)
    hint = None
    if failure.status not in SELF_EXPLAINING:
        hint = find_hint(case, student, failure) or case.hint
    if public and failure.status == "raised":
        hint = hint or remedy(failure.message)
    return _result(
        case,
        failure.status,
        case.points * min(max(failure.credit, 0.0), 1.0),
        message,
        seconds,
        hint=hint,
        detail=detail,
        call=call,
        expected=failure.expected,
        got=failure.got,
        relative_error=failure.relative_error,
    )


# Verdicts that need no hint about the formula.
SELF_EXPLAINING = frozenset({
    "not_implemented", "not_defined", "not_answered", "not_run", "forbidden", "environment",
})  # fmt: skip


def _sentence(call: str | None, failure: CheckFailed) -> str:
    """What a learner reads about a public test: the call, what came back, what was expected."""
    if failure.status in ("not_implemented", "not_answered", "not_defined"):
        return failure.message if failure.status != "not_implemented" else VERDICTS["not_implemented"]
    return f"Called {call}. {failure.message}" if call else failure.message


def _category(failure: CheckFailed) -> str:
    """What a student may read about a private test: the kind of failure and nothing of the inputs."""
    sentence = VERDICTS[failure.status]
    error = getattr(failure, "error", "")
    return f"It raised {error}." if failure.status == "raised" and error in KNOWN_ERRORS else sentence


def _unusable(error: BaseException) -> CheckFailed:
    text = f"The test could not use what it returned: {type(error).__name__}: {shorten(str(error))}"
    failure = StudentError("unusable_value", text, traceback=shorten(traceback.format_exc(limit=-3), 4000))
    return failure


def _result(case: Case, status: str, score: float, message: str, seconds: float, **more: Any) -> TestResult:
    return TestResult(
        id=case.id,
        function=case.function,
        visibility=case.visibility,
        status=status,
        score=score,
        max_score=case.points,
        message=message,
        seconds=round(seconds, 4),
        **more,
    )
