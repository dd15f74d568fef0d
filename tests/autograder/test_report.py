"""A report survives its JSON, and is refused when its scores cannot be."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.report import Report
from cs_lib.check.result import VERDICTS, TestResult

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
RESULTS = st.builds(
    TestResult,
    id=TEXT,
    function=TEXT,
    visibility=st.sampled_from(["public", "private"]),
    status=st.sampled_from(sorted(VERDICTS)),
    score=st.floats(0, 5),
    max_score=st.just(5.0),
    message=TEXT,
    hint=st.none() | TEXT,
    seconds=st.floats(0, 9),
    detail=st.none() | TEXT,
    relative_error=st.none() | st.floats(0, 1),
)


def report(*tests: TestResult, **changes) -> Report:
    """A report of these tests."""
    values = {
        "student": "ada",
        "assignment": "a1",
        "score": sum(test.score for test in tests),
        "max_score": sum(test.max_score for test in tests),
        "tests": tests,
        "notebooks": {"knn": tuple(test.id for test in tests)},
        "manual": {"why": 2.0},
        "repairs": ("mended",),
        "problems": (),
        "sandbox": "bubblewrap",
        "versions": {"python": "3"},
        "sha256": {"knn.ipynb": "0"},
        "seconds": 0.1,
    }
    return Report(**(values | changes))


ONE = TestResult("t", "f", "public", "passed", 1.0, 1.0, "Right.")


@settings(max_examples=50)
@given(st.lists(RESULTS, max_size=4))
def test_a_report_survives_its_json(tests):
    whole = report(*tests)
    assert Report.from_json(whole.to_json()) == whole


@pytest.mark.parametrize(
    "score",
    [-0.5, 1.5, math.nan, math.inf, "1", None],
    ids=["negative", "too high", "NaN", "infinite", "text", "none"],
)
def test_impossible_scores_are_refused(score):
    data = json.loads(report(ONE).to_json())
    data["tests"][0]["score"] = score
    with pytest.raises(ValueError, match=r"t: score|not a report"):
        Report.from_json(json.dumps(data))


@pytest.mark.parametrize("total", [0.0, 2.0, math.nan])
def test_a_total_that_is_no_sum_is_refused(total):
    with pytest.raises(ValueError, match="not the sum"):
        report(ONE, score=total).validate()


def test_an_unknown_verdict_is_refused():
    with pytest.raises(ValueError, match="unknown status 'excellent'"):
        report(dataclasses.replace(ONE, status="excellent")).validate()


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"schema": 99}', '{"schema": 1, "tests": 5}'])
def test_what_is_no_report_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"not a report|another version"):
        Report.from_json(text)


def test_unknown_and_missing_fields_are_refused():
    data = json.loads(report(ONE).to_json())
    for changed in (data | {"extra": 1}, {k: v for k, v in data.items() if k != "sandbox"}):
        with pytest.raises(ValueError, match="not a report"):
            Report.from_json(json.dumps(changed))
