"""What docs/instructor.md says of a collection by mistake: it can be taken back, before grading and after."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from autograder.collect import Times, collect
from autograder.course import CourseError
from autograder.term.attempts import read_attempts
from autograder.term.records import read_class_roster
from autograder.term.report import report_term
from tests.autograder.classes import DUE, PART, RIGHT, WHY, Class
from tests.autograder.collect.exports import make_folder
from tests.autograder.term.test_run import give, gradebook, seen  # noqa: F401  (a fixture)

NOW = DUE + timedelta(days=10)
BEFORE, AFTER = DUE - timedelta(days=1), DUE + timedelta(days=1)


def collected(klass: Class, when: datetime, code: str = PART, why: str | None = WHY, who: str = "ada"):
    """Collect a notebook from a folder; the problems that are told."""
    notebook = klass.hand_in("nobody", f"{when:%d}", code, why)
    text = notebook.read_text()
    take_back(klass, "nobody", "a1", notebook.parent.name)
    export = make_folder(klass.folder.root.parent / "export", {f"{who}/double.ipynb": text})
    roster = read_class_roster(klass.folder, klass.records().term)
    return collect("a1", export, klass.folder, roster, times=Times(all=when)).problems


def take_back(klass: Class, student: str, assignment: str, attempt: str) -> None:
    """Remove the folder, and every line with that student, assignment and attempt."""
    shutil.rmtree(klass.folder.root / "attempts" / assignment / student / attempt)
    lines = klass.folder.attempts.read_text().splitlines(keepends=True)
    found = [json.loads(line) for line in lines]
    kept = [
        line
        for line, entry in zip(lines, found, strict=True)
        if (entry["student"], entry["assignment"], entry["attempt"]) != (student, assignment, attempt)
    ]
    klass.folder.attempts.write_text("".join(kept))


def report(klass: Class) -> tuple[dict[str, float], list[str]]:
    """The scores of a1 in the term's grades, and what is told."""
    said = report_term(klass.course, klass.folder, NOW)
    grades = klass.records().final_grades(NOW)
    return {grade.student.id: grade.lines[0].decision.score for grade in grades}, said


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def name_of(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H%M%SZ}"


def test_an_attempt_that_was_graded_counts_no_more_and_nothing_complains(klass):
    collected(klass, BEFORE, PART)
    collected(klass, BEFORE + timedelta(hours=1), RIGHT)
    collected(klass, BEFORE, RIGHT, who="bob")
    klass.grade()
    assert report(klass)[0] == {"ada": 7, "bob": 7, "cem": 0}
    take_back(klass, "ada", "a1", name_of(BEFORE + timedelta(hours=1)))
    take_back(klass, "bob", "a1", name_of(BEFORE))
    for _ in range(2):
        assert {who: one.score for who, one in klass.grade().items()} == {"ada": 3}
        assert "there is no such folder" not in klass.said.getvalue()
    scores, said = report(klass)
    assert scores == {"ada": 3, "bob": 0, "cem": 0}
    assert said[:-2] == []
    assert klass.records().final_grades(NOW)[1].standing("missing") == ["a1"]
    assert names(klass.folder.graded("a1") / "feedback") == ["ada.html"]
    assert names(klass.folder.graded("a1") / "reports") == ["ada.json"]


def test_a_wrong_time_is_corrected_and_points_of_people_stay(klass, gradebook):  # noqa: F811
    collected(klass, AFTER, RIGHT)
    klass.grade()
    give(gradebook, "ada", 1.5)
    klass.grade()
    late = report(klass)[0]["ada"]
    take_back(klass, "ada", "a1", name_of(AFTER))
    assert collected(klass, BEFORE, RIGHT) == ()
    klass.grade()
    assert [attempt.timestamp for attempt in read_attempts(klass.folder.attempts)] == [BEFORE]
    assert report(klass)[0]["ada"] == 8.5 >= late
    assert seen(gradebook, "ada") == (1.5, None, False)


def test_other_files_may_come_under_the_name_of_what_was_taken_back(klass, gradebook):  # noqa: F811
    collected(klass, BEFORE, PART, None)  # nothing written
    klass.grade()
    assert seen(gradebook, "ada") == (None, None, False)
    take_back(klass, "ada", "a1", name_of(BEFORE))
    assert collected(klass, BEFORE, RIGHT, WHY) == ()
    assert klass.grade()["ada"].score == 7
    assert seen(gradebook, "ada") == (None, None, True)
    assert klass.records().final_grades(NOW)[0].waiting == [("a1", "why", 2.0)]


def test_points_that_people_gave_go_to_what_gets_the_same_name(klass, gradebook):  # noqa: F811
    collected(klass, BEFORE, PART, "By mistake.")
    klass.grade()
    give(gradebook, "ada", 1.5)
    klass.grade()
    take_back(klass, "ada", "a1", name_of(BEFORE))
    collected(klass, BEFORE, RIGHT, WHY)
    klass.grade()
    assert seen(gradebook, "ada") == (1.5, None, False)
    give(gradebook, "ada", 2.0)
    assert report(klass)[0]["ada"] == 9


def test_when_everything_is_taken_back_there_is_nothing_to_grade_and_the_term_is_right(klass):
    collected(klass, BEFORE)
    klass.grade()
    take_back(klass, "ada", "a1", name_of(BEFORE))
    with pytest.raises(CourseError, match="nothing was handed in for a1"):
        klass.grade()
    assert report(klass)[0] == {"ada": 0, "bob": 0, "cem": 0}
    assert "href" not in (klass.folder.term / "students" / "ada.html").read_text()


def test_an_editor_that_leaves_out_the_end_of_the_last_line_loses_no_attempt(klass):
    collected(klass, BEFORE)
    collected(klass, BEFORE + timedelta(hours=1))
    klass.folder.attempts.write_text(klass.folder.attempts.read_text().rstrip("\n"))
    assert len(read_attempts(klass.folder.attempts)) == 2
    klass.grade()
    assert len(read_attempts(klass.folder.attempts)) == 2
