"""What people gave is read from a gradebook, in whatever state that is."""

from __future__ import annotations

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


def test_a_damaged_gradebook_is_named(klass):
    (klass.folder.root / "gradebook.db").write_bytes(b"no database" * 500)
    with pytest.raises(CourseError, match=r"the gradebook .*gradebook.db: file is not a database: put back"):
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
