"""From files to final grades: course.toml, a roster, the record of attempts and the reports of grading."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from autograder.course_file import parse_course_file
from autograder.term.attempts import Attempt, read_attempts, record_attempts
from autograder.term.explain import explain
from autograder.term.grades import FinalGrade, final_grades
from autograder.term.manual import Given, Manual
from autograder.term.marks import points_of
from autograder.term.roster import read_roster
from autograder.term.settings import term_from
from tests.autograder.sample_reports import report, result

COURSE = """
[course]
time_zone = "Europe/Berlin"

[course.late]
grace_minutes = 10

[assignments.a1]
title = "First"
weight = 1.0

[assignments.a1.dates]
due = 2026-10-24T23:59:00
cutoff = 2026-10-27T23:59:00
"""
EXTENSION = "[extensions.bob.a1]\ndays = 1\n"
POINTS = {"on time": 6, "better": 9, "worse": 3, "too late": 10}
HANDED_IN = [  # the clocks go back in the night to 25 October
    ("ada", "on time", "2026-10-24T23:00:00+02:00"),
    ("ada", "better", "2026-10-25T23:30:00+01:00"),
    ("ada", "too late", "2026-10-28T00:10:00+01:00"),
    ("bob", "on time", "2026-10-25T00:08:00+02:00"),
    ("bob", "worse", "2026-10-25T20:00:00+01:00"),
    ("cem", "better", "2026-10-27T12:00:00+01:00"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_text("student,name\nada,Ada\nbob,Bob\ncem,Cem\ndan,Dan\n")
    for student, name, when in HANDED_IN:
        path = f"reports/{student}-{name}.json"
        (tmp_path / path).parent.mkdir(exist_ok=True)
        tests = [result(points=POINTS[name]), result(points=10 - POINTS[name], status="wrong_value")]
        (tmp_path / path).write_text(report(tests, student=student, manual={"why": 10.0}).to_json())
        attempt = Attempt(student, "a1", name, datetime.fromisoformat(when), "canvas", path)
        assert record_attempts(tmp_path / "attempts.jsonl", [attempt]) == 1
    return tmp_path


def grades(folder: Path, toml: str = COURSE, marks: tuple[Given, ...] = ()) -> dict[str, FinalGrade]:
    term = term_from(parse_course_file(Path("course.toml"), toml))
    points = points_of(read_attempts(folder / "attempts.jsonl"), folder, Manual(marks))
    found = final_grades(term, read_roster(folder / "roster.csv"), points.graded, points.ungraded)
    return {grade.student.id: grade for grade in found}


def counted(grade: FinalGrade) -> tuple[str | None, float, int]:
    """(the attempt that counts, its score after lateness, free days)"""
    decision = grade.lines[0].decision
    return (decision.counted and decision.counted.graded.attempt, decision.score, decision.free_days)


def test_from_files_to_final_grades(folder):
    found = grades(folder)
    assert counted(found["ada"]) == ("better", 9, 1)
    assert counted(found["bob"]) == ("on time", 6, 0)  # in the minutes of grace
    assert counted(found["cem"]) == ("better", 4, 2)  # 9 points, and one of three days at 25 % of 20
    assert counted(found["dan"]) == (None, 0, 0)
    assert [grade.percent for grade in found.values()] == [45, 30, 20, 0]
    assert [grade.lines[0].status for grade in found.values()] == ["waiting", "waiting", "waiting", "missing"]


def test_an_extension_and_a_persons_marks_come_afterwards(folder):
    marks = (Given("ada", "a1", "why", 8), Given("bob", "a1", "why", 5, attempt="worse"))
    found = grades(folder, COURSE + EXTENSION, marks)
    assert counted(found["ada"]) == ("better", 17, 1)
    assert counted(found["bob"]) == ("worse", 8, 0)
    assert [found[name].lines[0].status for name in ("ada", "bob")] == ["graded", "waiting"]
    assert [w.attempt.attempt for w in found["bob"].lines[0].waiting] == ["on time"]  # it may give 16


def test_a_regrade_after_a_corrected_test_changes_what_it_must(folder):
    before = grades(folder)
    (folder / "reports" / "bob-worse.json").write_text(
        report([result(points=10)], student="bob", manual={"why": 10.0}).to_json()
    )
    after = grades(folder)
    assert counted(after["bob"]) == ("worse", 10, 1)
    assert {name: grade for name, grade in after.items() if name != "bob"} == {
        name: grade for name, grade in before.items() if name != "bob"
    }


def test_the_words_say_what_the_numbers_say(folder):
    term = term_from(parse_course_file(Path("course.toml"), COURSE))
    text = explain(term, grades(folder)["cem"].settlement, "Cem")
    assert (
        "  -> better: Tue 27 Oct 2026, 12:00 CET, 3 days late, 9 of 20, after lateness 4, 10 more wait"
        in text
    )
    assert "It was 3 days late: 2 free days, and 1 day at 25 % of 20, which took 5 points off." in text
