"""A class whose gradebook is a PostgreSQL database: the whole way, on a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.bridges.database import database, turn
from autograder.bridges.gradebook import opened, store
from autograder.bridges.gradebook_move import move
from autograder.course import CourseError, load_course
from autograder.demo.samples import Pages
from autograder.report import Report
from autograder.source import build_notebook
from tests.autograder.bridges.conftest import Server, contents, name_gradebook
from tests.autograder.conftest import RIGHT, write_course, write_submission
from tests.browser.conftest import serving
from tests.browser.lab import TOKEN, wait_for

pytestmark = pytest.mark.postgresql
SCRIPTS = Path(sysconfig.get_path("scripts"))
REPOSITORY = Path(__file__).parents[3]


def run(*argv: object, cwd: Path, status: int = 0) -> str:
    """Run a command of the environment and return what it printed."""
    done = subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def waiting(server: Server, script: str, *argv: object) -> list[subprocess.Popen]:
    """Two processes that run a script and wait for their turn by now."""
    command = [sys.executable, "-c", script, *map(str, argv)]
    two = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY) for _ in range(2)]
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    wait_for(lambda: server.execute(locks) == [(2,)], "two processes to wait for their turn", 120)
    return two


def complaints(processes: list[subprocess.Popen]) -> list[str]:
    """What processes had to complain about, when they have ended."""
    return [process.communicate(timeout=120)[1] for process in processes]


def grade(root: Path) -> str:
    """Grade everything, whatever has been graded before."""
    shutil.rmtree(root / "graded", ignore_errors=True)
    return run(SCRIPTS / "course", "grade", "a1", "--jobs", 2, cwd=root)


def auto_scores(gradebook: Any, student: str) -> dict[str, float | None]:
    """Cell -> what the tests gave."""
    return {g.name: g.auto_score for g in gradebook.find_submission("a1", student).notebooks[0].grades}


def give(root: Path, points: float) -> None:
    """Do what a person does in formgrader: grade ada's written answer."""
    with opened(database(root)) as gradebook:
        given = gradebook.find_grade("why", "double", "a1", "ada")
        given.manual_score, given.needs_manual_grade = points, False
        gradebook.db.commit()


def given(root: Path) -> tuple[float | None, bool]:
    """The points of ada's written answer, and whether it waits for a person."""
    with opened(database(root)) as gradebook:
        grade = gradebook.find_grade("why", "double", "a1", "ada")
        return grade.manual_score, grade.needs_manual_grade


@pytest.fixture(scope="module")
def graded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class folder whose gradebook is on the server, after `course release` and `course grade`."""
    root = tmp_path_factory.mktemp("class")
    course = load_course(write_course(root))
    name_gradebook(root, server.new_database())
    run(SCRIPTS / "course", "release", "a1", "--class", root, cwd=root)
    released = nbformat.read(root / "release" / "a1" / "double.ipynb", as_version=4)
    pages = Pages(released, build_notebook(course.assignment("a1").notebook("double")))
    nbformat.write(pages.with_solutions(), write_submission(root, "ada", ""))
    write_submission(root, "cleo", RIGHT.replace("2 * x", "x * x"))
    grade(root)
    return root


@pytest.mark.bubblewrap
def test_grading_writes_scores_to_the_server_and_no_sqlite_file(graded: Path) -> None:
    with opened(database(graded)) as gradebook:
        assert gradebook.engine.dialect.name == "postgresql"
        assert auto_scores(gradebook, "ada") == {
            "test_double": 3, "test_mean": 3, "test_answer_half": 1, "why": None,
        }  # fmt: skip
        assert gradebook.find_grade("why", "double", "a1", "ada").needs_manual_grade
    assert not list(graded.glob("gradebook.db*"))


@pytest.mark.bubblewrap
def test_a_manual_grade_survives_grading_again(graded: Path) -> None:
    give(graded, 1.5)
    grade(graded)
    assert given(graded) == (1.5, False)


@pytest.mark.bubblewrap
def test_nbgrader_autograde_writes_to_the_same_database(graded: Path) -> None:
    write_submission(graded, "dan", RIGHT)
    try:
        run(
            SCRIPTS / "nbgrader", "autograde", "a1", f"--course-dir={graded}", "--student=dan", cwd=REPOSITORY
        )
        with opened(database(graded)) as gradebook:
            assert sum(score or 0 for score in auto_scores(gradebook, "dan").values()) == 7
            gradebook.remove_student("dan")
    finally:
        (graded / "submitted/dan/a1/double.ipynb").unlink()
        (graded / "submitted/dan/a1").rmdir()


@pytest.mark.bubblewrap
def test_points_that_are_changed_after_grading_come_into_the_database(graded: Path) -> None:
    give(graded, 1.25)
    source = graded / "assignments/a1/double/notebook.py"
    before = source.read_text()
    source.write_text(before.replace("points=2", "points=3"))
    grade(graded)
    with opened(database(graded)) as gradebook:
        assert gradebook.find_grade_cell("why", "double", "a1").max_score == 3
    assert given(graded) == (1.25, False)
    source.write_text(before)


GRADER = """
import sys
from pathlib import Path
from autograder.bridges.gradebook import opened, store
from autograder.report import Report

report = Report.from_json(Path(sys.argv[2]).read_text())
with opened(sys.argv[1]) as gradebook:
    store(gradebook, [report], {})
"""


@pytest.mark.bubblewrap
def test_graders_who_write_at_once_lose_nothing(graded: Path, server: Server) -> None:
    target = server.new_database()
    move(database(graded), target)
    file = graded / "graded/a1/reports/ada.json"
    with opened(target) as gradebook:
        two = waiting(server, GRADER, target, file)
        gradebook.remove_student("ada")  # whom all of them want to add
        store(gradebook, [Report.from_json(file.read_text())], {})
        gradebook.find_grade("why", "double", "a1", "ada").manual_score = 2
        gradebook.db.commit()
    assert complaints(two) == ["", ""]
    with opened(target) as gradebook:
        assert gradebook.find_grade("why", "double", "a1", "ada").manual_score == 2
        assert sum(score or 0 for score in auto_scores(gradebook, "ada").values()) == 7


def test_a_new_database_may_be_opened_by_many_at_once(server: Server) -> None:
    target = server.new_database()
    script = "import sys\nfrom autograder.bridges.gradebook import opened\nwith opened(sys.argv[1]): pass"
    with turn(target):
        two = waiting(server, script, target)
    assert complaints(two) == ["", ""]
    assert len(contents(target)["alembic_version"]) == 1


@pytest.mark.bubblewrap
def test_formgrader_shows_the_database_and_writes_marks_into_it(graded: Path, tmp_path: Path) -> None:
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | places
    with serving([sys.executable, "-m", "jupyterlab"], graded, environment, tmp_path) as address:

        def ask(path: str, data: dict | None = None) -> Any:
            body = None if data is None else json.dumps(data).encode()
            headers = {"Authorization": f"token {TOKEN}"}
            url = f"{address}/formgrader/api/{path}"
            request = urllib.request.Request(url, body, headers, method="PUT" if body else "GET")
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)

        rows = {row["student"]: row for row in ask("submitted_notebooks/a1/double")}
        assert {student: row["code_score"] for student, row in rows.items()} == {"ada": 7, "cleo": 4}
        grade_of_why = next(g for g in ask(f"grades?submission_id={rows['ada']['id']}") if g["name"] == "why")
        assert ask(f"grade/{grade_of_why['id']}", {"manual_score": 0.5})["manual_score"] == 0.5
    assert given(graded) == (0.5, False)


@pytest.mark.bubblewrap
def test_a_class_goes_on_in_sqlite_with_the_marks_of_both(graded: Path, tmp_path: Path) -> None:
    root = tmp_path / "class"
    shutil.copytree(graded, root)
    give(graded, 0.75)
    source = database(graded)
    before = contents(source)
    (root / "nbgrader_config.json").unlink()
    said = run(SCRIPTS / "course", "gradebook", "move", source, database(root), cwd=tmp_path)
    assert "students: 2" in said
    assert contents(database(root)) == before == contents(source)
    grade(root)
    with opened(database(root)) as gradebook:
        assert gradebook.engine.dialect.name == "sqlite"
    assert given(root) == (0.75, False)


# What is wrong -> the URL, and the remedy that is told
ERRORS = {
    "password": ("postgresql://grader:falsch@127.0.0.1:{port}/{name}", "in ~/.pgpass, the password"),
    "user": ("postgresql://nobody:falsch@127.0.0.1:{port}/{name}", "check the user"),
    "database": ("postgresql://grader@127.0.0.1:{port}/class_nowhere", "create it: createdb"),
    "port": ("postgresql://grader:falsch@127.0.0.1:1/{name}", "check host and port"),
    "host": ("postgresql://grader:falsch@db.invalid/{name}", "check the name of the host"),
    "kind": (
        "mysql://grader:falsch@127.0.0.1/{name}",
        "write sqlite:////FOLDER/gradebook.db or postgresql://",
    ),
    "spelling": ("postgres://grader:falsch@127.0.0.1:{port}/{name}", "or postgresql://USER@HOST/DATABASE"),
    "no database": ("postgresql://grader:falsch@127.0.0.1:{port}", "or postgresql://USER@HOST/DATABASE"),
    "no URL": ("falsch", "or postgresql://USER@HOST/DATABASE"),
    "folder": ("sqlite:////nowhere/at/all/gradebook.db", "check that you may write there"),
}


@pytest.mark.parametrize("wrong", ERRORS)
def test_a_database_that_cannot_be_had_is_one_line_with_a_remedy_and_no_password(
    wrong: str, server: Server, tmp_path: Path
) -> None:
    url, remedy = ERRORS[wrong]
    name_gradebook(tmp_path, url.format(port=server.port, name=server.new_database().rpartition("/")[2]))
    with pytest.raises(CourseError, match=re.escape(remedy)) as error, opened(database(tmp_path)):
        pass
    assert "falsch" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_password_that_nobody_said_is_asked_for_where_it_belongs(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new_database()
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    with pytest.raises(CourseError, match=r"~/\.pgpass"), opened(url):
        pass


def test_a_missing_driver_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = re.escape("pip install 'psycopg[binary]'")
    with pytest.raises(CourseError, match=said), opened(server.url("x")):
        pass


def test_a_command_tells_it_in_one_line(server: Server, tmp_path: Path) -> None:
    write_course(tmp_path)
    name_gradebook(tmp_path, server.url("postgres"))  # which is not theirs
    said = run(SCRIPTS / "course", "release", "a1", "--class", ".", cwd=tmp_path, status=2)
    assert re.fullmatch(r"course: the gradebook postgresql://.*let the user own the database.*\n", said)
