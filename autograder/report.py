"""What grading says about one submission, to and from JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from typing import Any

from cs_lib.check.result import VERDICTS, TestResult

SCHEMA = 1
SUMMARY = ("student", "assignment", "score", "max_score", "manual")


@dataclass(frozen=True)
class Report:
    """The marks of one submission, with everything needed to understand and repeat them."""

    student: str
    assignment: str
    score: float
    max_score: float
    tests: tuple[TestResult, ...]
    notebooks: dict[str, tuple[str, ...]]  # notebook -> ids of its tests, in order
    manual: dict[str, float]  # questions that wait for a person, with their points
    repairs: tuple[str, ...]  # what was mended before grading
    problems: tuple[str, ...]  # what could not be read or run
    sandbox: str
    versions: dict[str, str]
    sha256: dict[str, str]  # file -> digest of what was graded
    seconds: float

    def to_json(self) -> str:
        """The report as a JSON document, which begins with what a term's grades are made of."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        data = {key: said.pop(key) for key in SUMMARY} | {"schema": SCHEMA} | said
        data["tests"] = [test.to_dict() for test in self.tests]
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The inverse of `to_json`. Raises ValueError for anything that is no valid report."""
        try:
            data: dict[str, Any] = json.loads(text)
            if data.pop("schema") != SCHEMA:
                raise ValueError("written by another version")
            tests = tuple(TestResult.from_dict(test) for test in data.pop("tests"))
            notebooks = {name: tuple(ids) for name, ids in data.pop("notebooks").items()}
            lists = {key: tuple(data.pop(key)) for key in ("repairs", "problems")}
            report = cls(tests=tests, notebooks=notebooks, **lists, **data)
            report.validate()
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a report: {type(error).__name__}: {error}") from None
        return report

    def validate(self) -> None:
        """Raise ValueError unless every score is finite, within its bounds, and they add up."""
        for test in self.tests:
            if not (math.isfinite(test.score) and 0 <= test.score <= test.max_score):
                raise ValueError(f"{test.id}: score {test.score} is not between 0 and {test.max_score}")
            if test.status not in VERDICTS:
                raise ValueError(f"{test.id}: unknown status {test.status!r}")
        if not math.isclose(self.score, sum(test.score for test in self.tests), abs_tol=1e-6):
            raise ValueError("the score is not the sum of the tests' scores")
