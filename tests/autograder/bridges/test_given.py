"""What people gave is read from a gradebook, in whatever state that is."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from autograder.bridges.given import read_shown, record_gradebook
from autograder.course import CourseError
from autograder.term.manual import read_given
from tests.autograder.classes import PART, WHY


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty one"])
def test_in_a_gradebook_that_nobody_has_used_nobody_gave_anything(klass, content):
    path = klass.folder.root / "gradebook.db"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    record_gradebook(klass.course.assignments.values(), klass.folder)
    assert read_given(klass.folder.manual) == []
    assert path.exists() is (content is not None)


@pytest.mark.parametrize("kept", [0.001, 0.5], ids=["no header", "half of it"])
def test_of_a_damaged_gradebook_grading_says_what_reading_does(klass, kept):
    path = klass.folder.root / "gradebook.db"
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    klass.hand_in("ada", "1", PART, WHY)
    said = r"the gradebook .*gradebook\.db: .*: move it away and grade each assignment again"
    with pytest.raises(CourseError, match=said):
        record_gradebook(klass.course.assignments.values(), klass.folder)
    with pytest.raises(CourseError, match=said):
        klass.grade()


def test_without_a_damaged_gradebook_what_people_gave_is_there_again_after_grading(klass):
    path = klass.folder.root / "gradebook.db"
    why = "auto_score IS NULL"  # the question's row, of ada alone
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE grade SET manual_score = 1.5, extra_credit = 0.5 WHERE {why}")
        database.execute("UPDATE comment SET manual_comment = 'Why a half?'")
    klass.grade()
    before = [vars(grade) for grade in klass.records().points.graded]
    path.write_bytes(b"junk")
    with pytest.raises(CourseError, match="move it away"):
        klass.grade()
    path.rename(path.with_name("damaged.db"))
    klass.grade()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute(f"SELECT manual_score, extra_credit FROM grade WHERE {why}").fetchall() == [
            (1.5, 0.5)
        ]
        comments = database.execute("SELECT DISTINCT manual_comment FROM comment").fetchall()
    assert ("Why a half?",) in comments
    assert [vars(grade) for grade in klass.records().points.graded] == before


def test_a_gradebook_that_is_being_written_is_not_called_damaged(klass, monkeypatch):
    monkeypatch.setattr("autograder.bridges.given.SECONDS_TO_WAIT", 0.1)
    with contextlib.closing(sqlite3.connect(klass.folder.root / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match="is locked: another process is writing it: wait until"):
            record_gradebook(klass.course.assignments.values(), klass.folder)


def test_a_second_reading_records_nothing_more(klass):
    klass.hand_in("ada", "1", PART, WHY)
    klass.grade()
    with sqlite3.connect(klass.folder.root / "gradebook.db") as database:
        database.execute(
            "UPDATE grade SET manual_score = 1.5 WHERE auto_score IS NULL"  # the question's row, of ada alone
        )
        database.execute("UPDATE comment SET manual_comment = ' '")
    for _ in range(2):
        record_gradebook(klass.course.assignments.values(), klass.folder)
        given = read_given(klass.folder.manual)
        assert [g.points for g in given if g.question == "why"] == [1.5]


@pytest.mark.parametrize("text", ["{", "[]", '{"ada": 1}', '{"ada": {"attempt": 1, "penalty": {}}}'])
def test_a_damaged_note_of_what_is_shown_is_named(tmp_path, text):
    path = tmp_path / "a1.json"
    path.write_text(text)
    with pytest.raises(CourseError, match=r"a1.json: is damaged: put back a copy of it"):
        read_shown(path)
