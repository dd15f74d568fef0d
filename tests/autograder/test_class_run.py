"""A class is graded from submitted notebooks to reports, grades, feedback and nbgrader's gradebook."""

from __future__ import annotations

import csv
import dataclasses
import json
import subprocess
import sysconfig
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.class_run import make_ready, table, what_happened
from autograder.course import Assignment
from autograder.demo.samples import Pages
from autograder.release import release
from autograder.report import Report
from autograder.sandbox.process import LEVELS, SandboxError
from autograder.source import build_notebook
from tests.autograder.conftest import RIGHT, write_course, write_submission
from tests.autograder.sample_reports import report, result

pytestmark = pytest.mark.bubblewrap
SCRIPTS = Path(sysconfig.get_path("scripts"))
REPOSITORY = Path(__file__).parents[2]


def run(*argv: object, cwd: Path, status: int = 0) -> str:
    """Run a command of the environment and return what it printed."""
    done = subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class folder after `course release` and `course grade`."""
    root = tmp_path_factory.mktemp("class")
    course_file = write_course(root)
    from autograder.course import load_course

    course = load_course(course_file)
    release(course, course.assignment("a1"), root / "release" / "a1", root)
    released = nbformat.read(root / "release" / "a1" / "double.ipynb", as_version=4)
    pages = Pages(released, build_notebook(course.assignment("a1").notebook("double")))
    for student, notebook in (("ada", pages.with_solutions()), ("ben", released)):
        path = write_submission(root, student, "")
        nbformat.write(notebook, path)
    write_submission(root, "cleo", RIGHT.replace("2 * x", "x * x"))
    write_submission(root, "dan", "")
    (root / "submitted/dan/a1/double.ipynb").write_text("{")
    write_submission(root, "<b>eve", "def double(x):\n    raise ValueError('<script>alert(1)</script>')")
    run(SCRIPTS / "course", "grade", "a1", cwd=root)
    return root


def reports(root: Path) -> dict[str, Report]:
    """The reports that grading wrote."""
    written = (root / "graded" / "a1" / "reports").glob("*.json")
    return {path.stem: Report.from_json(path.read_text()) for path in written}


def test_every_student_has_the_score_that_the_work_is_worth(graded: Path) -> None:
    scores = {name: report.score for name, report in reports(graded).items()}
    assert scores == {"ada": 7, "ben": 0, "cleo": 4, "dan": 0, "<b>eve": 0}


def test_a_file_that_is_no_notebook_is_a_problem_of_that_report_only(graded: Path) -> None:
    broken = reports(graded)["dan"]
    assert "not a notebook file" in broken.problems[0]
    assert len(broken.tests) == 7


def test_grades_csv_lists_everybody(graded: Path) -> None:
    rows = list(csv.DictReader((graded / "graded" / "a1" / "grades.csv").read_text().splitlines()))
    assert {row["student"].strip("'") for row in rows} >= {"ada", "ben", "cleo", "dan"}


def test_the_table_and_the_csv_and_the_feedback_say_the_same_of_a_file_that_is_no_notebook(
    graded: Path,
) -> None:
    rows = list(csv.DictReader((graded / "graded" / "a1" / "grades.csv").read_text().splitlines()))
    assert {row["status"] for row in rows if row["student"] == "dan"} == {"not readable"}
    assert what_happened(reports(graded)["dan"]).startswith("not readable, double.ipynb: not a notebook file")
    assert "Nothing that was handed in could be read" in (graded / "graded/a1/feedback/dan.html").read_text()


def test_names_in_the_table_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    name = "[/b][red]x\x1b[2J"
    Console(width=200).print(table([report([result(status="raised")], name, problems=(name,))]))
    assert "[/b][red]x\\x1b[2J" in capsys.readouterr().out


def test_feedback_does_not_show_private_tests(graded: Path) -> None:
    page = (graded / "graded" / "a1" / "feedback" / "cleo.html").read_text()
    assert "CANARY-EXPECTATION" not in page
    assert "You square x" in page


def test_the_gradebook_holds_the_scores_and_what_waits_for_a_person(graded: Path) -> None:
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        ada = gradebook.find_submission("a1", "ada")
        by_cell = {grade.name: grade for grade in ada.notebooks[0].grades}
        assert by_cell["test_double"].auto_score == 3
        assert by_cell["test_mean"].auto_score == 3
        assert by_cell["why"].needs_manual_grade
        unanswered = gradebook.find_submission("a1", "ben").notebooks[0].grades
        assert all(g.auto_score == 0 and not g.needs_manual_grade for g in unanswered if g.name == "why")


def test_a_manual_grade_survives_grading_again(graded: Path) -> None:
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("why", "double", "a1", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    (graded / "graded" / "a1" / "log.jsonl").unlink()
    run(SCRIPTS / "course", "grade", "a1", cwd=graded)
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("why", "double", "a1", "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, False)


def test_grading_again_takes_what_has_not_changed_from_the_log(graded: Path) -> None:
    before = (graded / "graded" / "a1" / "log.jsonl").read_text()
    run(SCRIPTS / "course", "grade", "a1", cwd=graded)
    assert (graded / "graded" / "a1" / "log.jsonl").read_text() == before


def test_nbgrader_autograde_gives_the_same_scores(graded: Path) -> None:
    expected = {name: report.score for name, report in reports(graded).items()}
    run(SCRIPTS / "nbgrader", "autograde", "a1", f"--course-dir={graded}", "--force", cwd=REPOSITORY)
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        for student, score in expected.items():
            grades = gradebook.find_submission("a1", student).notebooks[0].grades
            assert sum(g.auto_score or 0 for g in grades if g.name != "why") == score, student


def test_where_bubblewrap_is_missing_nothing_is_graded_and_the_remedy_is_named(graded: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(graded))
    said = run(SCRIPTS / "course", "grade", "a1", "--to", "lower", cwd=graded, status=2)
    assert "bubblewrap is missing" in said
    assert "apt-get install bubblewrap" in said
    assert not (graded / "lower").exists()


@pytest.mark.parametrize("level", [pytest.param("user", marks=pytest.mark.root), "none"])
def test_what_a_lower_level_leaves_open_is_said_before_it_is_used(assignment: Assignment, level: str) -> None:
    console = Console(record=True, width=80)
    make_ready(assignment, level, console)
    said = console.export_text()
    assert said.startswith(f"Sandbox level {level}: the submissions ")
    assert LEVELS[level].leaves_open in said


def test_a_library_that_is_missing_is_named_before_anybody_is_graded(assignment: Assignment) -> None:
    notebook = dataclasses.replace(assignment.notebooks[0], libraries=("numpy", "no-such-package"))
    needy = dataclasses.replace(assignment, notebooks=(notebook,))
    with pytest.raises(SandboxError, match="no-such-package is not installed: pip install no-such-package"):
        make_ready(needy, "none", Console(quiet=True))


def test_without_a_flag_the_class_is_not_graded_without_a_sandbox(graded: Path) -> None:
    said = run(SCRIPTS / "course", "grade", "a1", "--sandbox", "none", cwd=graded, status=2)
    assert "--trusted" in said


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["grade", "a9"], "there is no assignment 'a9'"),
        (["grade", "a1", "--from", "nowhere"], "there is no such folder"),
        (["grade", "a1", "--sandbox", "chroot"], "choose from bubblewrap, user, none"),
    ],
    ids=["unknown assignment", "no submissions", "unknown sandbox"],
)
def test_what_is_asked_wrongly_is_answered_in_one_line(graded: Path, argv: list[str], complaint: str) -> None:
    said = run(SCRIPTS / "course", *argv, cwd=graded, status=2)
    assert complaint in said
    assert "Traceback" not in said


def test_mistakes_as_json(graded: Path) -> None:
    data = json.loads(run(SCRIPTS / "course", "mistakes", "a1", "--json", cwd=graded))
    assert data["private_kill"] == 1.0
    assert data["right_rejected"] == 0
