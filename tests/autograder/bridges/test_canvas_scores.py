"""Which score of a term goes to Canvas for whom, and what an instructor is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autograder.bridges.canvas import read
from autograder.bridges.canvas_scores import TERM, read_export, with_term
from autograder.course import CourseError
from autograder.term import grades as term_grades
from autograder.term.attempts import Attempt
from autograder.term.late import Graded
from autograder.term.policy import Dates, LatePolicy, Rules, Term
from autograder.term.roster import Roster, Student

EXPORT = """\
Student,ID,SIS User ID,SIS Login ID,Section,First (12),Final Score
    Points Possible,,,,,10.00,(read only)
"Lovelace, Ada",1,s1,ADA@example.org,001,,
"Stone, Bob",2,s2,bob,001,3.00,
"Kaya, Cem",3,s3,cem,001,EX,
"Diaz, Dee",4,,dee@example.org,001,,
"Student, Test",9,,f00d,001,,
"""
DUE = datetime(2026, 10, 5, 12, tzinfo=UTC)
NOW = DUE + timedelta(days=30)
RULES = {
    "a1": Rules("a1", "First", 0.5, Dates(DUE, cutoff=DUE + timedelta(days=5))),
    "a2": Rules("a2", "Second", 0.5, Dates(NOW + timedelta(days=5))),
    "more": Rules("more", "More", 0.1, extra_credit=True),
}
ROSTER = Roster((
    Student("ada", name="Ada Lovelace", login="ada@example.org"),
    Student("bob", name="Bob Stone", sid="s2"),
    Student("cem", name="Cem Kaya", canvas="3"),
    Student("dee@example.org"),
    Student("eve", name="Eve"),
))  # fmt: skip


def graded(student, score, days=-1, waiting=(), assignment="a1"):
    return Graded(student, assignment, "1", DUE + timedelta(days=days), score, 10, waiting)


HISTORY = [
    graded("ada", 9.125), graded("cem", 5), graded("dee@example.org", 8, waiting=(("why", 1.0),)),
    graded("eve", 2), graded("ada", 5, assignment="more"),
]  # fmt: skip


def written(what, history=HISTORY, title="", ungraded=(), book=EXPORT, term=None):
    """(the cells of the column that is written, by name; the notes)"""
    term = term or Term(LatePolicy(), RULES)
    found = term_grades.final_grades(term, ROSTER, history, ungraded, NOW)
    text, notes = with_term(read(book), found, what, title)
    rows = [line.rsplit(",", 1) for line in text.splitlines()]
    return {who.split(",")[0].strip('"'): cell for who, cell in rows}, notes


def test_everybody_is_found_by_what_canvas_knows_of_them():
    cells, notes = written("a1")
    assert cells == {
        "Student": "", "    Points Possible": "10.00", "Lovelace": "9.12", "Stone": "0.00", "Kaya": "EX",
        "Diaz": "8.00",
    } | {"Student": ""}  # fmt: skip
    assert notes == [
        "dee@example.org (dee@example.org): 1 more point waits for a person",
        "Eve (eve): has a score and is not in Canvas",
        "Kaya, Cem (3): is excused in Canvas, so the cell was left as it is",
    ]


def test_only_the_column_that_is_meant_is_written():
    found = term_grades.final_grades(Term(LatePolicy(), RULES), ROSTER, HISTORY, now=NOW)
    text, _ = with_term(read(EXPORT.replace("First (12)", "Essay (11),First (12)")), found, "a1")
    assert text.splitlines()[0] == "Student,ID,SIS User ID,SIS Login ID,Section,First (12)"


def test_what_is_not_due_or_not_graded_or_extra_is_left_as_it_is():
    cells, notes = written("more", title="First")
    assert (cells["Lovelace"], cells["Stone"]) == ("5.00", "3.00")
    assert not [note for note in notes if "Bob" in note]
    cells, notes = written("a1", ungraded=[Attempt("bob", "a1", "1", DUE, "canvas")])
    assert cells["Stone"] == "3.00"
    assert "Bob Stone (bob): an attempt is not graded yet; the cell was left as it is" in notes


def test_what_was_worth_other_points_counts_in_proportion():
    history = [*HISTORY[1:], Graded("ada", "a1", "1", DUE, 4, 8)]
    assert written("a1", history)[0]["Lovelace"] == "5.00"


def test_the_percentage_is_of_what_was_possible():
    cells, notes = written(TERM)
    assert cells["    Points Possible"] == "100.00"
    assert cells["Lovelace"] == "101.25"  # 50 * 0.9125 + 10 * 0.5 of 50
    assert "dee@example.org (dee@example.org): a1 waits for a person" in notes


@pytest.mark.parametrize("name", ["a1", "more"])  # extra credit, too
def test_the_percentage_of_who_handed_in_what_is_not_graded_is_left_as_it_is(name):
    export = EXPORT.replace("First (12)", "Term (12)")
    cells, notes = written(TERM, ungraded=[Attempt("bob", name, "2", DUE, "canvas")], book=export)
    assert (cells["Lovelace"], cells["Stone"]) == ("101.25", "3.00")
    assert [n for n in notes if "Bob" in n] == [
        f"Bob Stone (bob): {name} is not graded yet; the cell was left as it is"
    ]


def test_a_title_that_canvas_does_not_have_is_said_with_those_that_may_be_meant():
    export = EXPORT.replace("First (12)", "Zeroth (11),Frame (14),First (12)")
    cells, notes = written("a1", title="Frist", book=export)
    assert cells["Lovelace"] == "9.12"
    assert notes[0] == (
        "Canvas has no assignment 'Frist', so the import adds one; it has First (12), Frame (14),"
        " Zeroth (11): give --title if one of these is meant"
    )


def test_the_title_in_the_course_is_looked_for_in_canvas_too():
    book = EXPORT.replace("First (12)", "Homework 1 (12)")
    assert written("a1", book=book)[1][0].startswith(
        "Canvas has no assignment 'First', so the import adds one; it has Homework 1 (12): give --title"
    )
    assert not [note for note in written("a1")[1] if "adds one" in note]
    assert not [note for note in written("a1", book=book, title="Homework 1")[1] if "adds one" in note]


def test_of_many_assignments_the_nearest_are_named():
    columns = ",".join(f"Lab {n} ({n})" for n in range(20, 60))
    _, notes = written("a1", title="LAB 47 ", book=EXPORT.replace("First (12)", columns))
    assert "it has Lab 47 (47), " in notes[0]
    assert " and 35 more: give --title" in notes[0]


def test_in_a_gradebook_without_assignments_a_new_one_is_just_said():
    _, notes = written("a1", book=EXPORT.replace(",First (12)", "").replace("10.00,", ""))
    assert notes[0] == "Canvas has no assignment 'First', so the import adds one"


def test_without_anything_graded_there_is_nothing_to_write():
    with pytest.raises(CourseError, match="nothing of a2 is graded, so there is nothing to export"):
        written("a2")


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match=r"canvas.csv: not in UTF-8: export it from Canvas again"):
        read_export(path)
