"""`course report`: what people gave is recorded, and everything is written, however many they are."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from autograder import halves
from autograder.term import report
from autograder.term.manual import read_given
from tests.autograder.classes import DUE, PART, RIGHT, WHY, Class
from tests.autograder.term.test_run import give, gradebook  # noqa: F401  (a fixture)

NOW = DUE + timedelta(days=10)


@pytest.fixture
def graded(klass: Class) -> Class:
    """A class in which an answer of Ada waits, and Bob wrote none."""
    klass.hand_in("ada", "1", PART, WHY)
    klass.hand_in("bob", "1", RIGHT)
    klass.grade()
    return klass


def run(klass: Class) -> list[str]:
    return report.report_term(klass.course, klass.folder, NOW)


def pages(klass: Class) -> dict[str, str]:
    return {path.name: path.read_text() for path in (klass.folder.term / "students").iterdir()}


def test_what_people_gave_since_is_in_the_report(graded, gradebook):  # noqa: F811
    assert "1 answer to be graded by a person" in run(graded)
    give(gradebook, "ada", 1.5, comment="Why so?")
    assert "no answers to be graded by a person" in run(graded)
    rows = list(csv.DictReader((graded.folder.term / "term.csv").read_text().splitlines()))
    assert [(row["id"], row["a1.score"], row["a1.status"]) for row in rows] == [
        ("ada", "4.5", "graded"), ("bob", "7.0", "graded"), ("cem", "0.0", "missing"),
    ]  # fmt: skip
    assert "Why so?" in pages(graded)["ada.html"]
    assert [(g.attempt, g.points) for g in read_given(graded.folder.manual)] == [("1", 1.5)]


def test_pages_lead_to_the_feedback_that_is_there(graded):
    run(graded)
    students = graded.folder.term / "students"
    (link,) = (text.split('href="')[1].split('"')[0] for text in [pages(graded)["ada.html"]])
    assert (students / link).resolve() == (graded.folder.graded("a1") / "feedback/ada.html").resolve()
    assert "Feedback for" in (students / link).read_text()
    assert "href" not in pages(graded)["cem.html"]


def test_when_another_attempt_counts_by_what_people_gave_its_feedback_is_written(graded, gradebook):  # noqa: F811
    graded.hand_in("bob", "2", RIGHT.replace("1 / 2", "2"), "Hm.")  # 6, and perhaps 8
    graded.grade()
    feedback = graded.folder.graded("a1") / "feedback" / "bob.html"
    before = feedback.read_text()
    give(gradebook, "bob", 2.0)
    assert any(
        "other attempts than before count for bob (by marks of people, extensions, dates or groups)" in line
        for line in run(graded)
    )
    assert "href" in pages(graded)["bob.html"]
    after = feedback.read_text()
    assert after != before
    assert not [line for line in run(graded) if "other attempts" in line]
    graded.grade()
    assert feedback.read_text() == after


def test_a_second_run_changes_nothing(graded):
    run(graded)
    before = {p: p.read_bytes() for p in graded.folder.root.rglob("*") if p.is_file()}
    run(graded)
    assert {p: p.read_bytes() for p in graded.folder.root.rglob("*") if p.is_file()} == before


def test_what_was_collected_since_is_to_be_graded_first(graded):
    assert "not graded yet" not in " ".join(run(graded))
    graded.hand_in("bob", "2")
    assert "a1: 1 student handed in what is not graded yet: course grade a1 first" in run(graded)
    assert "1 student handed in what is not graded yet" in (graded.folder.term / "index.html").read_text()


def test_whoever_left_the_course_has_no_page(graded):
    run(graded)
    graded.folder.roster.write_text("student,name\nada,Ada\n")
    assert run(graded)[-1].startswith("Wrote the grades of 1 student to ")
    assert any(
        line.startswith("bob handed in a1 (attempt 1), and is no longer on the roster")
        for line in run(graded)
    )
    assert list(pages(graded)) == ["ada.html"]


def test_points_for_whom_or_what_nobody_knows_are_told_with_their_line(graded):
    given = [
        {"student": "bob", "assignment": "a1", "question": "why", "points": 0.5},
        {"student": "adda", "assignment": "a1", "question": "why", "points": 2},
        {"student": "adda", "assignment": "a1", "question": "why", "points": 1.5},
        {"student": "ada", "assignment": "a9\x1b", "question": "why", "points": 2},
        {"student": "eve", "assignment": "zz", "question": "why", "comment": "Why so?"},
    ]
    graded.folder.manual.write_text("".join(f"{json.dumps(line)}\n" for line in given))
    path, lost = graded.folder.manual, "so what is given there counts for nobody"
    either = "or remove each such line"
    assert [line for line in run(graded) if "manual.jsonl" in line] == [
        f"{path}, line 2: the roster has no student adda, {lost}: did you mean ada? Correct {either}",
        f"{path}, line 4: course.toml has no assignment a9\\x1b, {lost}: correct {either}",
        f"{path}, line 5: the roster has no student eve, {lost}: correct {either}",
        f"{path}, line 5: course.toml has no assignment zz, {lost}: correct {either}",
    ]
    assert "line 2: the roster has no student adda" in (graded.folder.term / "index.html").read_text()


def test_points_of_whoever_left_the_course_are_no_mistake(graded, gradebook):  # noqa: F811
    give(gradebook, "ada", 1.5)
    run(graded)
    graded.folder.roster.write_text("student,name\nbob,Bob\n")
    said = run(graded)
    assert any(line.startswith("ada handed in a1") for line in said)
    assert not any("manual.jsonl" in line for line in said)


def test_two_processes_write_what_one_does(graded, monkeypatch):
    run(graded)
    before = pages(graded)
    shutil.rmtree(graded.folder.term)
    monkeypatch.setattr(halves, "MANY", 1)
    run(graded)
    assert pages(graded) == before


def test_a_process_that_cannot_write_is_not_passed_over(graded, monkeypatch, capfd):
    monkeypatch.setattr(halves, "MANY", 1)
    run(graded)
    page = graded.folder.term / "students" / "cem.html"  # the last: the other process's
    page.unlink()
    page.mkdir()
    with pytest.raises(OSError, match="half of the work failed"):
        run(graded)
    assert "cem.html" in capfd.readouterr().err


def test_without_a_gradebook_there_is_a_report_too(klass: Class):
    klass.hand_in("ada", "1", RIGHT)
    klass.grade(gradebook=False)
    Path(klass.folder.root / "gradebook.db").unlink()
    assert any("Wrote the grades of 3 students" in line for line in run(klass))
    assert not (klass.folder.root / "gradebook.db").exists()


def test_a_term_in_which_nothing_was_handed_in_has_a_report(klass: Class):
    assert any("Wrote the grades of 3 students" in line for line in run(klass))
