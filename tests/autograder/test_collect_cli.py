"""`course collect`, from an export to the class folder and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.term.attempts import read_attempts
from tests.autograder.collect.exports import ADA, BOB, ROSTER, gradescope, make_folder, make_zip, submission
from tests.autograder.conftest import FILES, write_course


@pytest.fixture
def class_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class folder with a roster, beside the small course in the zone of Los Angeles."""
    toml = FILES["course.toml"].replace("[course]", '[course]\n        time_zone = "America/Los_Angeles"')
    write_course(tmp_path, FILES | {"course.toml": toml})
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "roster.csv").write_text(ROSTER)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "class"


def run(*arguments: str, status: int = 0) -> str:
    """What the command prints; it must end with that status."""
    result = CliRunner().invoke(app, ["collect", "a1", *arguments])
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_attempts_are_collected_and_counted(class_folder):
    export = gradescope(Path("x.zip"), [submission(7, ADA)], {"submission_7/double.ipynb": "{}"})
    said = run(str(export), "--class", "class")
    assert "Read as an export of gradescope: collected 1 attempt of 1 student, 0 already known." in said
    assert "collected 0 attempts of 0 students, 1 already known." in run(str(export), "--class", "class")
    (attempt,) = read_attempts(class_folder / "attempts.jsonl")
    assert (class_folder / "attempts" / "a1" / attempt.student / attempt.attempt / "double.ipynb").is_file()


def test_the_class_folder_is_where_one_is(class_folder, monkeypatch):
    export = make_folder(class_folder.parent / "export", {"9001/double.ipynb": "{}"})
    monkeypatch.chdir(class_folder)
    assert "collected 1 attempt" in run(str(export), "--handed-in", "2026-10-05T23:59")
    (attempt,) = read_attempts(class_folder / "attempts.jsonl")
    assert f"{attempt.timestamp:%F %T}" == "2026-10-06 06:59:00"


def test_times_rosters_and_platforms_are_options(class_folder):
    Path("people.csv").write_text("student\nzoe\n")
    Path("times.csv").write_text("student,timestamp\nzoe,2026-10-05T12:00:00Z\n")
    export = make_zip(Path("x.zip"), {"zoe/x_1001_5_double.ipynb": "{}"})
    options = ("--class", "class", "--roster", "people.csv", "--times", "times.csv", "--platform", "folder")
    assert "Read as an export of folder: collected 1 attempt" in run(str(export), *options)
    assert [attempt.student for attempt in read_attempts(class_folder / "attempts.jsonl")] == ["zoe"]


def test_a_table_of_times_is_told_with_the_row_of_nobody_on_the_roster(class_folder):
    export = make_folder(Path("export"), {"9001/double.ipynb": "{}", "9003/double.ipynb": "{}"})
    table = Path("t.csv")
    nobody = "2026-10-05T12:00\nbob@exmaple.org;2026-10-05T13:00\n"
    table.write_text(f"student;timestamp\nnobody;{nobody}")
    times = str(export), "--times", "t.csv"
    result = CliRunner().invoke(app, ["collect", "a1", *times, "--class", "class"])
    said = str(result.exception)
    assert "export: a plain folder does not say when it was handed in: give the times with --times" in said
    assert "\n    t.csv, row 2: there is no student 'nobody' on the roster: use an id" in said
    assert (
        "\n    t.csv, row 3: there is no student 'bob@exmaple.org' on the roster: did you mean 9003" in said
    )

    table.write_text(f"student;timestamp\n9001;{nobody}")
    result = CliRunner().invoke(
        app, ["collect", "a1", *times, "--handed-in", "2026-10-06T12:00", "--class", "class"]
    )
    assert "did you mean 9003 (Stone, Bob)?\n    Nothing is collected" in str(result.exception)
    assert not (class_folder / "attempts.jsonl").exists()

    said = run(*times, "--class", "class", status=1)
    assert "collected 1 attempt of 1 student" in said
    assert "2 problems:\n  t.csv, row 3: there is no student 'bob@exmaple.org' on the roster: did" in said
    assert "and neither does --times; kept as" in said


def test_what_needs_somebody_is_listed_and_makes_the_status_1(class_folder):
    eve = {"name": "Eve\\e[31m", "sid": "6", "email": "eve@example.org"}
    metadata = [submission(7, eve).replace("Eve\\e[31m", '"Eve\\e[31m"'), submission(8, BOB)]
    files = {"submission_7/a.ipynb": "{}", "submission_8/double.ipynb": "{}"}
    said = run(str(gradescope(Path("x.zip"), metadata, files)), "--class", "class", status=1)
    assert "collected 1 attempt" in said
    assert (
        "1 problem:\n  submission_7: Eve\\x1b[31m, eve@example.org, 6 is not on the roster; kept as" in said
    )
    assert "1 attempt kept aside: put the cause right, and collect again." in said
    assert "\x1b" not in said


def test_group_work_of_the_course_is_no_problem(class_folder):
    toml = Path("assignments/course.toml")
    toml.write_text(toml.read_text().replace("weight = 1.0", "weight = 1.0\ngroup_work = true"))
    Path("groups.csv").write_text("student,sid,group\nada,9001,x\nbob,9003,x\n")
    export = gradescope(Path("x.zip"), [submission(7, ADA, BOB)], {"submission_7/double.ipynb": "{}"})
    assert "problem" not in run(str(export), "--class", "class", "--roster", "groups.csv")
    assert "counts for 9001, but not for 9003" in run(
        str(export), "--class", "other", "--roster", "class/roster.csv", status=1
    )


def test_groups_and_what_students_are_called_are_those_of_the_whole_term(class_folder):
    toml = Path("assignments/course.toml")
    toml.write_text(
        toml.read_text()
        .replace("weight = 1.0", "weight = 1.0\ngroup_work = true")
        .replace("[course]", '[course]\nstudents_by = "login"', 1)
    )
    groups = "name,canvas_user_id,user_id,login_id,sections,group_name\n"
    groups += "Ada,1001,9001,ada@example.org,DL,x\nBob,1003,9003,bob@example.org,DL,x\n"
    (class_folder / "groups.csv").write_text(groups)
    export = gradescope(Path("x.zip"), [submission(7, ADA, BOB)], {"submission_7/double.ipynb": "{}"})
    assert "problem" not in run(str(export), "--class", "class")
    (attempt,) = read_attempts(class_folder / "attempts.jsonl")
    assert attempt.student == "ada@example.org"


def test_an_export_that_cannot_be_read_is_an_error(class_folder):
    result = CliRunner().invoke(app, ["collect", "a1", "nothing.zip", "--class", "class"])
    assert "nothing.zip: there is no such file or folder" in str(result.exception)
    result = CliRunner().invoke(app, ["collect", "a1", "class/roster.csv", "--class", "class"])
    assert "class/roster.csv: neither a folder nor a readable zip archive" in str(result.exception)


@pytest.mark.parametrize("name", ["single.ipynb", "single (1).ipynb", "submission-a2-1.zip"])
def test_what_is_of_another_assignment_is_not_taken(class_folder, name):
    toml = class_folder.parent / "assignments" / "course.toml"
    second = toml.read_text().split("[assignments.a1]")[1].replace("assignments.a1", "assignments.a2")
    toml.write_text(
        f"{toml.read_text()}\n[assignments.a2]{second}".replace("a2.notebooks.double", "a2.notebooks.single")
    )
    (toml.parent / "a2" / "single").mkdir(parents=True)
    export = make_folder(Path("export"), {f"9001/{name}": "{}", "9002/notes.txt": ""})
    assert run(str(export), "--handed-in", "2026-10-05T12:00", "--class", "class", status=1) == ""
    assert not (class_folder / "attempts").exists()
    make_folder(Path("export"), {"9002/double.ipynb": "{}"})
    assert "collected 2 attempts" in run(str(export), "--handed-in", "2026-10-05T12:00", "--class", "class")
