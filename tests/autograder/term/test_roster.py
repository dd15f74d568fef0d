"""Rosters as Canvas and Gradescope write them; an error names the file, the row and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.term.roster import Student, parse_roster, read_roster, with_groups

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Nearest neighbours (2201),Current Score,Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,100.00,(read only),(read only)
"Lovelace, Ada",1001,9001,ada@example.org,DL-01,97.5,97.5,97.5
"Noether, Emmy",1002,9002,emmy@example.org,DL-01 and DL-02,,,
"Student, Test",1099,,5f2b77,DL-01,,,
"""
GROUPS = """\
name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id
"Noether, Emmy",1002,9002,emmy@example.org,DL-01,Rings,55,
"Lovelace, Ada",1001,9001,ada@example.org,DL-01,Rings,55,
"""
GRADESCOPE = """\
First Name,Last Name,SID,Email,Role,Section
Ada,Lovelace,9001,ada@example.org,Student,DL-01
Emmy,Noether,9002,emmy@example.org,Student,
Alan,Turing,,alan@example.org,Instructor,
"""
PATH = Path("roster.csv")


def read(text: str, key: str = "sid"):
    return parse_roster(text, PATH, key)


def test_canvas_gradebook_export():
    roster = read(CANVAS)
    assert [student.id for student in roster] == ["9001", "9002"]
    assert roster.students[0] == Student(
        id="9001", name="Lovelace, Ada", sid="9001", login="ada@example.org", email="ada@example.org",
        canvas="1001", section="DL-01",
    )  # fmt: skip


def test_canvas_gradebook_with_more_columns_and_muted_assignments():
    text = CANVAS.replace("SIS Login ID,", "SIS Login ID,Integration ID,Root Account,").replace(
        ".org,DL", ".org,x,school.example.org,DL"
    )
    assert [s.section for s in read(text.replace("Manual Posting", "Muted"))] == ["DL-01", "DL-01 and DL-02"]


SPLIT = """\
LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,First (7001),Current Score,Final Grade
,,,,,,Manual Posting,(read only),(read only)
    Points Possible,,,,,,10.00,(read only),(read only)
Lovelace,Ada,1001,9001,ada@example.org,DL-01,,,
Plato,,1002,9002,plato@example.org,DL-02 and DL-01,EX,,
Student,Test,1099,,abcdef0123456789,DL-01,,,
"""


def test_canvas_gradebook_with_the_names_in_two_columns():
    ada, plato = read(SPLIT)
    assert ada == Student(
        id="9001", name="Lovelace, Ada", sid="9001", login="ada@example.org", email="ada@example.org",
        canvas="1001", section="DL-01", first="Ada", last="Lovelace",
    )  # fmt: skip
    assert (plato.id, plato.name) == ("9002", "Plato")


def test_gradescope_roster_without_its_staff():
    roster = read(GRADESCOPE)
    assert [(s.id, s.name, s.email) for s in roster] == [
        ("9001", "Ada Lovelace", "ada@example.org"),
        ("9002", "Emmy Noether", "emmy@example.org"),
    ]


def test_gradescope_roster_with_whole_names_and_sections():
    roster = read("Name,SID,Email,Sections\nAda Lovelace,9001,ada@example.org,DL-01\n")
    assert (roster.students[0].name, roster.students[0].section) == ("Ada Lovelace", "DL-01")


def test_both_platforms_give_the_same_ids():
    assert [s.id for s in read(CANVAS)] == [s.id for s in read(GRADESCOPE)]


def test_a_plain_roster_may_be_written_with_capitals():
    (ada,) = read("Student,Name,Email\nada,Ada,ada@example.org\n")
    assert (ada.id, ada.name, ada.email) == ("ada", "Ada", "ada@example.org")
    with pytest.raises(CourseError, match="the columns are of no roster that is known"):
        read("Student,ID,SIS User ID\nAda,1001,9001\n")  # Canvas's, with a column removed


def test_a_plain_roster_with_a_group():
    roster = read("student,name,group\nada,Ada,rings\nemmy,Emmy,rings\neve,Eve,\n")
    assert roster.groups() == {"ada": ("ada", "emmy"), "emmy": ("ada", "emmy"), "eve": ("eve",)}


def test_canvas_groups_join_a_roster():
    roster = with_groups(read(GRADESCOPE, "email"), read(GROUPS))
    assert roster.groups()["ada@example.org"] == ("ada@example.org", "emmy@example.org")


def test_a_group_of_somebody_who_is_not_on_the_roster():
    only_ada = GRADESCOPE.replace("Emmy,Noether,9002,emmy@example.org,Student,\n", "")
    with pytest.raises(CourseError, match=r"Noether, Emmy \(9002\) has a group, but is not on the roster"):
        with_groups(read(only_ada), read(GROUPS))


@pytest.mark.parametrize(
    ("key", "first"), [("sid", "9001"), ("login", "ada@example.org"), ("email", "ada@example.org")]
)
def test_the_key_says_what_students_are_called(key, first):
    assert read(CANVAS, key).students[0].id == first


@pytest.mark.parametrize("text", ["9001", "1001", "ada@example.org", "ADA@Example.org"])
def test_a_student_is_found_by_any_name(text):
    assert read(CANVAS).find(text).name == "Lovelace, Ada"


def test_nobody_and_two_are_found_with_a_remedy():
    with pytest.raises(CourseError, match="there is no student 'eve' on the roster: use an id"):
        read(CANVAS).find("eve")
    both = read(CANVAS.replace("1002", "9001"))
    with pytest.raises(CourseError, match="'9001' may be 9001, 9002: use what only one of them is called"):
        both.find("9001")


def test_a_name_is_found_where_it_is_asked_for_and_otherwise_told_with_the_id():
    roster = read(CANVAS)
    assert roster.find("lovelace, ada", ("id", "name")).id == "9001"
    for name in ("ada", "Ada Lovelace", "lovelace@example.edu"):
        with pytest.raises(CourseError, match=r"on the roster: did you mean 9001 \(Lovelace, Ada\)\?"):
            roster.find(name)
    with pytest.raises(CourseError, match="use an id"):
        roster.find("", ("id", "name", "group"))


def test_a_slip_of_the_keys_is_told_with_the_id_that_is_near():
    with pytest.raises(CourseError, match=r"on the roster: did you mean 9001 \(Lovelace, Ada\)\?"):
        read(CANVAS).find("adda@example.org")
    with pytest.raises(CourseError, match="no student '90001' on the roster: use an id"):
        read(CANVAS).find("90001")  # may be anybody's


def test_a_number_of_one_kind_is_not_looked_for_among_another():
    roster = read(CANVAS.replace("1002,9002", "9001,9002"))
    assert roster.find("9001", ("canvas",)).name == "Noether, Emmy"
    assert roster.find("9001", ("sid",)).name == "Lovelace, Ada"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n,,\n",
    ],
    ids=["semicolons", "tabs", "Windows", "empty rows"],
)
def test_what_spreadsheets_make_of_a_file_is_read(change):
    assert len(read(change(GRADESCOPE))) == 2


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "student,name\nzoë,Zoë\n".encode())
    assert read_roster(path).students[0].id == "zoë"


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("", "sid", "the file is empty: export or save it again"),
        ("a,b\n1,2\n", "sid", "row 1: the columns are of no roster that is known: Canvas's gradebook has"),
        ("student\n", "sid", "no student in it: export the roster again"),
        ('student\n"ada\n', "sid", "not a CSV file: unexpected end of data"),
        (CANVAS.replace(",9002,", ",,"), "sid",
         'row 5: Noether, Emmy has no SIS User ID or SID: fill it in, or write students_by = "login" in'),
        (CANVAS.replace("SIS User ID", "Other"), "sid",
         'row 4: Lovelace, Ada has no SIS User ID or SID: fill it in, or write students_by = "login" in'),
        (GRADESCOPE, "login", "row 2: Ada Lovelace has no SIS Login ID or login_id: fill it in, or"),
        (CANVAS.replace("9002", "9001"), "sid", "row 5: '9001' is in row 4 too: remove or correct"),
        (GRADESCOPE.replace("emmy@", "Ada@"), "sid", "row 3: 'Ada@example.org' is in row 2 too"),
        ("student\nzoe\u0301\nzo\u00e9\n", "sid", "row 3: 'zoé' is in row 2 too"),
        ("student\nada\nADA\n", "sid", "row 3: 'ADA' is in row 2 too"),
        ("student,name\n,Ada\n", "sid", "row 2: Ada has no student: fill it in"),
        ("student\n9.00123E+08\n", "sid", r"row 2: a spreadsheet has shortened a number to 9.00123E\+08"),
        ("student\n../ada\n", "sid", "row 2: '../ada' is to name a folder and a page, and cannot"),
        ("student\nada<b>\n", "sid", "row 2: 'ada<b>' is to name a folder and a page, and cannot"),
        ("student\na\x1b[31m\n", "sid", "has characters that do not show: remove them"),
        (CANVAS, "name", "students cannot be called by 'name': choose sid, login, email"),
    ],
)  # fmt: skip
def test_an_error_names_the_row_and_the_remedy(text, key, message):
    with pytest.raises(CourseError, match=message) as caught:
        read(text, key)
    assert key == "name" or str(caught.value).startswith("roster.csv")


def test_a_file_that_cannot_be_read_is_an_error_with_its_remedy(tmp_path):
    with pytest.raises(CourseError, match="there is no such file"):
        read_roster(tmp_path / "none.csv")
    path = tmp_path / "roster.csv"
    path.write_text("\n<!DOCTYPE html>\n<title>Log in</title>\n")
    with pytest.raises(CourseError, match=r"roster\.csv: a web page, not the file itself: log in there"):
        read_roster(path)
    path.write_bytes("student\nzoë\n".encode("latin-1"))
    with pytest.raises(CourseError, match="not in UTF-8: save it as CSV UTF-8"):
        read_roster(path)
