"""Points come from the reports of grading and from the marks that a person gave."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.term.attempts import Attempt
from autograder.term.marks import ManualMark, graded_attempts, read_summary
from tests.autograder.sample_reports import report, result

FIRST = Attempt("ada", "a1", "118", datetime(2026, 10, 5, 20, 14, tzinfo=UTC), "gradescope", "118.json")
SECOND = replace(FIRST, attempt="119", timestamp=datetime(2026, 10, 6, 9, 0, tzinfo=UTC), report="119.json")
TRICKY = '],\n "score": 99,\n "tests": [\n ],\n'
TESTS = (result(), result(status="wrong_value", message=TRICKY), result(points=2.0))


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A folder with the reports of both attempts: 3 and 4 of 4 points, and 2 for a question."""
    first = report(TESTS, manual={"why": 2.0})
    second = report((*TESTS[:1], result(), TESTS[2]), manual={"why": 2.0})
    for name, written in {"118": first, "119": second}.items():
        (tmp_path / f"{name}.json").write_text(written.to_json(), encoding="utf-8")
    return tmp_path


def test_points_wait_for_a_person(graded):
    found, ungraded = graded_attempts([FIRST, replace(SECOND, report=None)], graded)
    assert [(g.score, g.max_score, g.waiting) for g in found] == [(3, 6, (("why", 2.0),))]
    assert [a.attempt for a in ungraded] == ["119"]


def test_points_of_a_person_are_added_in_every_attempt(graded):
    found, _ = graded_attempts([FIRST, SECOND], graded, [ManualMark("ada", "a1", "why", 1.5)])
    assert [(g.score, g.max_score, g.waiting) for g in found] == [(4.5, 6, ()), (5.5, 6, ())]


def test_points_for_one_attempt_go_before_those_for_all(graded):
    marks = [ManualMark("ada", "a1", "why", 1.5), ManualMark("ada", "a1", "why", 0.0, attempt="119")]
    found, _ = graded_attempts([FIRST, SECOND], graded, marks)
    assert [g.score for g in found] == [4.5, 4]


def test_points_of_a_person_survive_a_regrade(graded):
    marks = [ManualMark("ada", "a1", "why", 1.5)]
    path = graded / "118.json"
    path.write_text(report((result(points=4.0),), manual={"why": 2.0}).to_json(), encoding="utf-8")
    assert [g.score for g in graded_attempts([FIRST], graded, marks)[0]] == [5.5]


def test_a_report_is_read_without_its_tests(graded):
    for tests in (TESTS, ()):
        written = report(tests, manual={"why": 2.0, "how": 1.0})
        (graded / "118.json").write_text(written.to_json(), encoding="utf-8")
        whole = json.loads(written.to_json())
        assert read_summary(graded / "118.json") == {
            key: whole[key] for key in ("student", "assignment", "score", "max_score", "manual")
        }


def test_a_report_that_is_not_there_or_none_is_an_error_with_its_remedy(graded):
    with pytest.raises(
        CourseError, match=r"none.json: cannot be read \(No such file.*: grade the attempt again"
    ):
        graded_attempts([replace(FIRST, report="none.json")], graded)
    for text in (
        "",
        "[]",
        "{}",
        '{"student": "ada"}',
        report(TESTS).to_json().replace('"score": 3.0', '"score": "3"', 1),
    ):
        (graded / "118.json").write_text(text, encoding="utf-8")
        with pytest.raises(CourseError, match=r"118.json: not a report \(.*\): grade the attempt again"):
            graded_attempts([FIRST], graded)


def test_the_report_of_somebody_else_is_refused(graded):
    with pytest.raises(
        CourseError, match=r"is of ada, a1, but the attempt 118 is of eve, a1: grade the attempt"
    ):
        graded_attempts([replace(FIRST, student="eve")], graded)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([ManualMark("ada", "a1", "how", 1)], "ada, a1: a mark for 'how', but a person grades why: correct"),
        ([ManualMark("ada", "a1", "why", 3)], "ada, a1, why: 3 points, expected 0 to 2: correct the mark"),
        ([ManualMark("ada", "a1", "why", float("nan"))], "ada, a1, why: nan points, expected 0 to 2"),
        (
            [ManualMark("ada", "a1", "why", 1), ManualMark("ada", "a1", "why", 2)],
            "ada, a1, why has two marks",
        ),
    ],
)
def test_a_mark_that_fits_nothing_is_an_error(graded, marks, message):
    with pytest.raises(CourseError, match=message):
        graded_attempts([FIRST], graded, marks)
