"""What a test can say: one table of verdicts, and the result of one test.

Nothing here depends on how the student's code was reached, in the notebook or in a sandbox.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# What a learner is told about a verdict, whether or not they may see the test's inputs. A private
# test says this sentence and nothing else (besides an authored hint), so it cannot leak its inputs.
VERDICTS: dict[str, str] = {
    "passed": "Right.",
    "wrong_value": "It returned a wrong value.",
    "wrong_shape": "It returned an array of the wrong shape.",
    "values_right_shape_wrong": "The values are right, but the shape of the array is not.",
    "wrong_type": "It returned something of the wrong type.",
    "not_finite": "It returned NaN or infinity where finite numbers were expected.",
    "unusable_value": "It returned something that could not be used.",
    "input_changed": "It changed an array that it was given.",
    "raised": "It raised an error.",
    "not_implemented": "Not implemented yet. This is expected until you fill it in.",
    "not_defined": "It is not defined in the submission.",
    "not_answered": "Not answered yet. Replace the placeholder with your answer.",
    "forbidden": "It uses a library that is not available in this exercise.",
    "environment": "It uses something that the current version of a library no longer has.",
    "asked_for_input": "It asked for keyboard input, which nobody can give while grading.",
    "time_limit": "It reached the time limit.",
    "memory_limit": "It reached the memory limit.",
    "ended_process": "It ended the Python process.",
    "protocol": "Its answer could not be read.",
    "not_run": "This test did not run.",
}


class CheckFailed(Exception):
    """A test found the student's work wanting; carries what is known as data.

    `credit` is the share of the test's points that is earned all the same (0 in nearly all cases).
    """

    def __init__(
        self,
        status: str,
        message: str,
        *,
        expected: str | None = None,
        got: str | None = None,
        relative_error: float | None = None,
        credit: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.expected = expected
        self.got = got
        self.relative_error = relative_error
        self.credit = credit


class StudentError(CheckFailed):
    """Student code was called and did not answer with a value."""

    def __init__(self, status: str, message: str, *, error: str = "", traceback: str = "") -> None:
        super().__init__(status, message)
        self.error = error
        self.traceback = traceback


@dataclass(frozen=True)
class TestResult:
    """The outcome of one test.

    `message` may be shown to the student whatever the test's visibility; `detail`, `expected`, `got`
    and `call` quote the test's inputs and belong to public tests and to the instructor.
    """

    __test__ = False  # not a test class, whatever pytest makes of the name

    id: str
    function: str
    visibility: str  # "public" or "private"
    status: str
    score: float
    max_score: float
    message: str
    hint: str | None = None
    seconds: float = 0.0
    detail: str | None = None
    call: str | None = None
    expected: str | None = None
    got: str | None = None
    relative_error: float | None = None
    advice: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether full points were earned."""
        return self.status == "passed"

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data for JSON."""
        return asdict(self) | {"advice": list(self.advice)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TestResult:
        """The inverse of `to_dict`. Raises TypeError if a field is missing or unknown."""
        return cls(**(data | {"advice": tuple(data.get("advice", ()))}))
