"""The commands about a term, from files to what they print and write."""

from __future__ import annotations

import csv
import inspect
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.bridges.canvas import read
from autograder.bridges.gradescope.results import VISIBILITIES
from autograder.cli import app
from autograder.course import CourseError
from tests.autograder.classes import PART, RIGHT, WHY, Class

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework (12),Essay (13)
    Points Possible,,,,,9.00,10.00
"Lovelace, Ada",1,ada,a@example.org,001,,9.50
"Stone, Bob",2,bob,b@example.org,001,,
"Student, Test",9,,f00d,001,,
"""


@pytest.fixture
def term(klass: Class, monkeypatch: pytest.MonkeyPatch) -> Class:
    """A class in which Ada was late with the better of two attempts, and Bob's answer waits."""
    klass.hand_in("ada", "1", PART)
    klass.hand_in("ada", "2", RIGHT, days=1.5)
    klass.hand_in("bob", "1", PART, WHY)
    klass.grade(gradebook=False)
    (klass.folder.root / "canvas.csv").write_text(CANVAS)
    monkeypatch.chdir(klass.folder.root)
    return klass


def run(*arguments: str, status: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_late_explains_which_attempt_counts_and_what_it_costs(term):
    said = run("late", "ada")
    assert "Ada Lovelace (ada)" in said
    assert "Free days used: 2, left: 2." in said


def test_late_takes_a_name_and_says_which_extension_is_of_nobody(term):
    toml = term.course.root / "assignments/course.toml"
    toml.write_text(toml.read_text() + "\n[extensions.adda.a1]\ndays = 1\n")
    said = run("late", "ada lovelace")
    assert "Ada Lovelace (ada)" in said
    place = f"{toml}, line {toml.read_text().splitlines().index('[extensions.adda.a1]') + 1}"
    assert f"{place}: extensions.adda.a1: nobody on the roster is adda: did you mean ada?" in said


def test_what_is_not_graded_yet_is_listed_and_remarks_about_others_stay_apart(term):
    term.hand_in("ada", "3", RIGHT, days=-1)
    term.folder.roster.write_text("student,name\nada,Ada Lovelace\n")
    result = CliRunner().invoke(app, ["late", "ada"])
    assert re.search(r"^     3: .*, not graded yet$", result.stdout, re.MULTILINE)
    assert "1 attempt (3) is not graded yet." in result.stdout
    assert "bob" not in result.stdout
    assert "bob handed in a1 (attempt 1), and is no longer on the roster" in result.stderr


def test_an_extension_may_name_a_student_by_another_name(term):
    toml = term.course.root / "assignments/course.toml"
    toml.write_text(toml.read_text() + "\n[extensions.ADA.a1]\ndays = 2\n")
    assert "Free days used: 0" in run("late", "ada")
    toml.write_text(toml.read_text() + "\n[extensions.ada.a1]\ndays = 3\n")
    result = CliRunner().invoke(app, ["late", "ada"])
    line = len(toml.read_text().splitlines()) - 1
    expected = f"{toml}, line {line}: extensions.ada.a1: ada has another: remove one"
    assert str(result.exception) == expected


def test_a_roster_that_is_missing_or_does_not_fit_its_groups_is_named_with_the_remedy(term):
    Path("groups.csv").write_text("student,name,group\nzoe,Zoe,rings\n")
    result = CliRunner().invoke(app, ["report"])
    assert re.search(r"groups\.csv: Zoe \(zoe\) has a group, .*: remove the row, or", str(result.exception))
    Path("roster.csv").unlink()
    result = CliRunner().invoke(app, ["report"])
    assert "roster.csv: there is no such file: save there who takes part" in str(result.exception)


def test_a_class_folder_elsewhere_is_named(term, monkeypatch):
    monkeypatch.chdir("/")
    where = ("--class", str(term.folder.root), "--course", str(term.course.root))
    assert "Ada Lovelace (ada)" in run("late", "ada", *where)
    assert "Wrote the grades of 3 students" in run("report", *where)
    assert "Ada Lovelace (ada)" in run("late", "ada", *where[:2])  # the course that it lies in


def test_report_writes_a_row_and_a_page_for_everybody(term):
    said = run("report", "--parquet")
    assert "1 answer to be graded by a person" in said
    rows = list(csv.DictReader(Path("term/term.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == ["Ada Lovelace", "Bob Stone", "Cem Kaya"]
    assert {path.name for path in Path("term/students").iterdir()} == {"ada.html", "bob.html", "cem.html"}
    assert Path("term/term.parquet").stat().st_size > 1000
    assert 'href="students/ada.html"' in Path("term/index.html").read_text()


def test_a_parquet_file_that_is_there_is_kept_up_to_date(term):
    run("report", "--parquet")
    before = Path("term/term.parquet").read_bytes()
    Path("roster.csv").write_text("student,name\nada,Ada Lovelace\n")
    run("report")
    assert Path("term/term.parquet").read_bytes() != before


def test_canvas_gets_one_column_and_what_it_says_is_read_again(term):
    said = run("export", "canvas", "a1", "canvas.csv", "--title", "Homework", "-o", "upload.csv")
    assert "Bob Stone (bob): 2 more points wait for a person" in said
    assert "Cem Kaya (cem): has a score and is not in Canvas" in said
    book = read(Path("upload.csv").read_text())
    assert book.assignments == ("Homework (12)",)
    assert book.column("Homework (12)") == ("7.00", "3.00", "")
    again = run("export", "canvas", "a1", "upload.csv", "--title", "Homework (12)", "-o", "again.csv")
    assert Path("again.csv").read_bytes() == Path("upload.csv").read_bytes()
    assert "Wrote again.csv" in again


def test_canvas_gets_the_percentage_of_the_term(term):
    run("export", "canvas", "term", "canvas.csv", "-o", "upload.csv")
    book = read(Path("upload.csv").read_text().replace("Term", "Term (14)"))
    assert book.possible("Term (14)") == "100.00"
    rows = list(csv.DictReader(Path("upload.csv").read_text().splitlines()))
    run("report")
    percents = [float(r["percent"]) for r in csv.DictReader(Path("term/term.csv").read_text().splitlines())]
    assert [float(row["Term"]) for row in rows[1:3]] == [round(percent, 2) for percent in percents[:2]]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a9", "canvas.csv"], "there is nothing called 'a9': choose a1, a2, term"),
        (["a1", "roster.csv"], "roster.csv: not a gradebook of Canvas"),
        (["a1", "nowhere.csv"], "nowhere.csv: cannot be read: No such file"),
        (["a2", "canvas.csv"], "nothing of a2 is graded, so there is nothing to export: course grade a2"),
    ],
)
def test_what_is_asked_wrongly_is_answered(term, arguments, complaint):
    result = CliRunner().invoke(app, ["export", "canvas", *arguments, "-o", "out.csv"])
    assert complaint in str(result.exception)
    assert not Path("out.csv").exists()


def test_grading_a_class_folder_leaves_no_room_for_a_plain_one(term):
    result = CliRunner().invoke(app, ["grade", "a1", "--class", ".", "--from", "submitted"])
    assert result.exit_code == 2


def test_submissions_that_are_alike_are_shown_with_names(term):
    alike = inspect.getsource(csv.Sniffer)
    for student in ("ada", "bob"):
        term.hand_in(student, "3", alike, days=2)
    assert "1 pair is alike among 2 submissions" in run("similar", "a1", "--class", ".")
    assert "Ada Lovelace (ada)</span>" in Path("similar.html").read_text()


def test_mates_of_a_group_are_no_pair_where_the_assignment_is_group_work(term):
    toml = term.course.root / "assignments/course.toml"
    toml.write_text(toml.read_text().replace("[assignments.a1]", "[assignments.a1]\ngroup_work = true", 1))
    Path("groups.csv").write_text("student,group\nada,rings\nbob,rings\n")
    for student in ("ada", "bob", "cem"):
        term.hand_in(student, "3", inspect.getsource(csv.Sniffer), days=2)
    said = run("similar", "a1", "--class", ".")
    assert "2 pairs are alike among 3 submissions" in said
    assert "Left out, since a1 is group work: 1 pair of one group" in said
    Path("groups.csv").unlink()
    said = run("similar", "a1", "--class", ".")
    assert "3 pairs are alike among 3 submissions" in said
    assert "Left out" not in said


@pytest.mark.parametrize(
    "command",
    [
        ("export", "canvas", "a1", "canvas.csv"),
        ("similar", "a1", "--class", "."),
        ("export", "gradescope", "a1"),
    ],
)
def test_the_folder_of_what_is_written_is_made(term, command):
    run(*command, "-o", "new/folder/out")
    assert Path("new/folder/out").stat().st_size > 0


@pytest.mark.parametrize(
    "command", [("export", "canvas", "a1", "canvas.csv"), ("similar", "a1", "--class", ".")]
)
@pytest.mark.parametrize(
    ("to", "why"), [("canvas.csv/out", "File exists|Not a directory"), ("term", "Is a d")]
)
def test_what_cannot_be_written_is_named(term, command, to, why):
    Path("term").mkdir()
    result = CliRunner().invoke(app, [*command, "-o", to])
    assert isinstance(result.exception, CourseError)
    assert re.match(f"{to}: cannot be written: ({why})", str(result.exception))


def test_the_help_names_every_visibility():
    said = CliRunner().invoke(app, ["export", "gradescope", "--help"], env={"COLUMNS": "200"}).output
    assert [word for word in VISIBILITIES if word not in said] == []


@pytest.mark.parametrize("folder", [("--class", "."), ("--from", "here")])
def test_where_nothing_was_handed_in_nothing_is_called_alike(term, folder):
    result = CliRunner().invoke(app, ["similar", "a2", *folder])
    assert f"{folder[1]}: nothing is there of a2: course collect" in str(result.exception)
    assert not Path("similar.html").exists()


def test_export_writes_the_gradescope_archive(term):
    assert "Wrote a1.zip" in run("export", "gradescope", "a1", "-o", "a1.zip")
    assert os.path.getsize("a1.zip") > 1000
