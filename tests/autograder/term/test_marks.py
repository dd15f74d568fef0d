"""Points come from the reports of grading and from the marks that a person gave."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.term.attempts import Attempt
from autograder.term.manual import Given, Manual
from autograder.term.marks import points_of, read_summary
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


def scores(folder, attempts, *lines, answers=None):
    return [g.score for g in points_of(attempts, folder, Manual(lines, answers)).graded]


def test_points_wait_for_a_person(graded):
    found = points_of([FIRST, replace(SECOND, report=None)], graded)
    assert [(g.score, g.max_score, g.waiting) for g in found.graded] == [(3, 6, (("why", 2.0),))]
    assert [a.attempt for a in found.ungraded] == ["119"]


def test_points_of_a_person_are_added_in_every_attempt(graded):
    found = points_of([FIRST, SECOND], graded, Manual([Given("ada", "a1", "why", 1.5)])).graded
    assert [(g.score, g.max_score, g.waiting) for g in found] == [(4.5, 6, ()), (5.5, 6, ())]


def test_points_for_one_attempt_go_before_those_for_all(graded):
    lines = [Given("ada", "a1", "why", 1.5), Given("ada", "a1", "why", 0.0, attempt="119")]
    assert scores(graded, [FIRST, SECOND], *lines) == [4.5, 4]


def test_points_of_a_person_survive_a_regrade(graded):
    path = graded / "118.json"
    path.write_text(report((result(points=4.0),), manual={"why": 2.0}).to_json(), encoding="utf-8")
    assert scores(graded, [FIRST], Given("ada", "a1", "why", 1.5)) == [5.5]


def test_extra_credit_counts_up_to_what_the_assignment_is_worth(graded):
    some = Given("ada", "a1", "why", 2.0, "119", extra=0.5)
    assert scores(graded, [FIRST, SECOND], some) == [3, 6]
    assert scores(graded, [FIRST], replace(some, attempt="118")) == [5.5]


def test_a_person_may_change_what_automatic_tests_gave_to_one_attempt(graded):
    # the function has 3 of 4 points in the first attempt, and all of them in the second
    changed = Given("ada", "a1", "knn.test_compute_distances_no_loops", 3.5, "118")
    assert scores(graded, [FIRST, SECOND], changed) == [3.5, 4]
    assert scores(graded, [FIRST, SECOND], replace(changed, points=0.0)) == [0, 4]
    assert scores(graded, [FIRST, SECOND], replace(changed, points=None, comment="Nice.")) == [3, 4]


def test_a_report_is_read_without_its_tests(graded):
    for tests in (TESTS, ()):
        written = report(tests, manual={"why": 2.0, "how": 1.0})
        (graded / "118.json").write_text(written.to_json(), encoding="utf-8")
        whole = json.loads(written.to_json())
        assert read_summary(graded / "118.json") == {
            key: whole[key] for key in ("student", "assignment", "score", "max_score", "manual")
        }


def test_a_report_that_is_not_there_or_none_leaves_its_attempt_ungraded_and_is_told(graded):
    found = points_of([replace(FIRST, report="none.json"), SECOND], graded)
    assert ([a.attempt for a in found.ungraded], [g.attempt for g in found.graded]) == (["118"], ["119"])
    assert re.search(r"none.json: cannot be read \(No such file.*: grade the attempt again", found.remarks[0])
    for text in (
        "",
        "[]",
        "{}",
        '{"student": "ada"}',
        report(TESTS).to_json().replace('"score": 3.0', '"score": "3"', 1),
        report(TESTS).to_json().replace('"score": 3.0', '"score": NaN', 1),
    ):
        (graded / "118.json").write_text(text, encoding="utf-8")
        found = points_of([FIRST, SECOND], graded)
        assert [a.attempt for a in found.ungraded] == ["118"]
        assert re.search(r"118.json: not a report \(.*\): grade the attempt again", found.remarks[0])


def test_the_report_of_somebody_else_is_refused(graded):
    found = points_of([replace(FIRST, student="eve")], graded)
    assert "is of ada, a1, but the attempt 118 is of eve, a1: grade the attempt" in found.remarks[0]
    assert not found.graded


@pytest.mark.parametrize(
    ("given", "remark", "score"),
    [
        (Given("ada", "a1", "how", 1), "ada, a1, how: 1 points were given, but a person grades why", 3),
        (Given("ada", "a1", "knn.test_none", 1, "118"), "knn.test_none: 1 points were given, but", 3),
        (Given("ada", "a1", "why", 3), "a1, why: 3 of 2 points were given, which count as 2: correct", 5),
        (Given("ada", "a1", "why", -1, "118"), "why: -1 of 2 points were given, which count as 0", 3),
    ],
)  # fmt: skip
def test_points_that_fit_nothing_are_told_and_the_rest_goes_on(graded, given, remark, score):
    found = points_of([FIRST, SECOND], graded, Manual([given]))
    assert any(remark in said for said in found.remarks)
    assert found.graded[0].score == score
    assert len(found.graded) == 2
