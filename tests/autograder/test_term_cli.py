"""The commands about a term, from files to what they print and write."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import load_course
from autograder.grade import grade
from autograder.submission import Submission
from autograder.term.attempts import Attempt, record_attempts
from tests.autograder.conftest import FILES, RIGHT, write_course

DATES = """
[course.late]
free_days = 4

[assignments.a1.dates]
due = 2026-10-05T23:59:00Z
"""
ROSTER = "Name,SID,Email\nAda Lovelace,1,ada@example.org\nBob Stone,2,bob@example.org\n"
ON_TIME, LATE = datetime(2026, 10, 5, 12, tzinfo=UTC), datetime(2026, 10, 7, 12, tzinfo=UTC)


@pytest.fixture
def term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small course, a roster, and Ada's two attempts: half on time, all of it late."""
    toml = FILES["course.toml"].replace("        ", "") + DATES
    course = load_course(write_course(tmp_path, FILES | {"course.toml": toml}))
    (tmp_path / "roster.csv").write_text(ROSTER)
    attempts = []
    for name, code, when in (("1", "def double(x):\n    return 2 * x", ON_TIME), ("2", RIGHT, LATE)):
        submission = Submission("1", {"double": (("cell 1", code),)})
        report = grade(course.assignment("a1"), submission, sandbox="none")
        (tmp_path / f"{name}.json").write_text(report.to_json())
        attempts.append(Attempt("1", "a1", name, when, "gradescope", f"{name}.json"))
    record_attempts(tmp_path / "attempts.jsonl", attempts)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> str:
    """What a command prints; it must end well."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_late_explains_which_attempt_counts_and_what_it_costs(term):
    said = run("late", "1")
    assert "Ada Lovelace (1)" in said
    assert "Free days used: 2, left: 2." in said


def test_report_writes_a_row_for_everybody(term):
    assert "Wrote the grades of 2 students to term.csv" in run("report")
    rows = list(csv.DictReader((term / "term.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == ["Ada Lovelace", "Bob Stone"]


def test_export_writes_the_gradescope_archive(term):
    assert "Wrote a1.zip" in run("export", "gradescope", "a1", "-o", "a1.zip")
    assert os.path.getsize(term / "a1.zip") > 1000
