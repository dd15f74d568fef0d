"""A gradebook comes to another database whole, or it stays where it is."""

from __future__ import annotations

import shutil
import sqlite3
import warnings
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy

from autograder.bridges.gradebook import opened
from autograder.bridges.gradebook_move import move
from autograder.course import CourseError
from tests.autograder.bridges.conftest import Server, contents

pytestmark = pytest.mark.postgresql
TEXT = "x = 'é\t€\U0001f600'\r\n\\N NULL %s :name\n" * 500


@pytest.fixture
def full(original: Path, tmp_path: Path) -> str:
    """A gradebook in SQLite with a value of every kind that nbgrader keeps."""
    return f"sqlite:///{shutil.copy(original, tmp_path / 'full.db')}"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file, which is made once."""
    path = tmp_path_factory.mktemp("original") / "full.db"
    with warnings.catch_warnings(), opened(f"sqlite:///{path}") as gradebook:
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on how nbgrader relates its tables
        gradebook.add_assignment("a1", duedate="2026-10-05 23:59:59.123456")
        gradebook.add_notebook("knn", "a1", kernelspec='{"name": "python3"}')
        gradebook.add_grade_cell("test_f", "knn", "a1", max_score=1 / 3, cell_type="code")
        gradebook.add_task_cell("essay", "knn", "a1", max_score=5, cell_type="markdown")
        gradebook.add_solution_cell("f", "knn", "a1")
        gradebook.add_source_cell("f", "knn", "a1", source=TEXT, cell_type="code", locked=True)
        gradebook.add_student("ada", first_name="Ada", last_name="O'Brien", email="a@b", lms_user_id="7")
        gradebook.add_student("Żaneta 1%", first_name=None, last_name="")
        gradebook.add_submission("a1", "Żaneta 1%")
        row = gradebook.add_submission("a1", "ada", timestamp=datetime(2026, 10, 6, 0, 0, 0, 1))
        row.extension = timedelta(days=3, hours=1, microseconds=7)
        notebook = row.notebooks[0]
        notebook.flagged, notebook.late_submission_penalty = True, 0.1
        grades = {grade.name: grade for grade in notebook.grades}
        grades["test_f"].auto_score, grades["test_f"].extra_credit = 1 / 3, -0.25
        grades["essay"].manual_score, grades["essay"].needs_manual_grade = 1e-17, False
        notebook.comments[0].manual_comment = TEXT
        gradebook.db.commit()
    return path


def change(url: str, *statements: str) -> None:
    """Do something to a SQLite gradebook that nbgrader would not do."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_gradebook_goes_to_postgresql_and_back_and_nothing_changes(
    full: str, server: Server, tmp_path: Path
) -> None:
    there, back = server.new_database(), f"sqlite:///{tmp_path / 'back.db'}"
    before = contents(full)
    assert sum(map(len, before.values())) == sum(move(full, there).values())
    assert contents(there) == before
    move(there, back)
    assert contents(back) == before == contents(full)


def test_values_keep_their_kinds(full: str, server: Server) -> None:
    url = server.new_database()
    move(full, url)
    with opened(url) as gradebook:
        row = gradebook.find_submission("a1", "ada")
        assert row.timestamp == datetime(2026, 10, 6, 0, 0, 0, 1)
        assert row.extension == timedelta(days=3, hours=1, microseconds=7)
        assert row.notebooks[0].flagged is True
        assert row.notebooks[0].comments[0].manual_comment == TEXT
        assert {g.name: g.score for g in row.notebooks[0].grades} == {"test_f": 1 / 3 - 0.25, "essay": 1e-17}


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # how nbgrader relates its tables
def test_nbgrader_works_on_where_the_gradebook_is_now(full: str, server: Server) -> None:
    url = server.new_database()
    move(full, url)
    with opened(url) as gradebook:
        gradebook.add_student("neu")
        gradebook.update_or_create_submission("a1", "neu")
        assert gradebook.submission_dicts("a1")
        assert {row["id"]: row["score"] for row in gradebook.student_dicts()} == {
            "ada": 1 / 3 - 0.25 + 1e-17, "neu": 0.0, "Żaneta 1%": 0.0,
        }  # fmt: skip
        gradebook.remove_assignment("a1")
        assert gradebook.assignments == []


def test_a_database_that_nbgrader_has_only_opened_is_empty(full: str, server: Server) -> None:
    url = server.new_database()
    with opened(url):
        pass
    move(full, url)
    assert contents(url) == contents(full)


def test_an_assignment_of_nbgraders_nameless_course_is_moved(full: str, server: Server) -> None:
    change(full, "UPDATE assignment SET course_id = ''", "DELETE FROM course WHERE id = ''")
    url = server.new_database()
    move(full, url)
    assert contents(url)["course"] == ["('',)", "('default_course',)"]
    assert contents(url)["assignment"] == contents(full)["assignment"]


# What the source holds -> what is said of it
UNFIT = {
    "a name that is too long": (f"UPDATE student SET first_name = '{129 * 'x'}'", "129 characters, of 128"),
    "a zero character": ("UPDATE comment SET manual_comment = 'a' || char(0)", "manual_comment of the row"),
    "a mark of nobody": ("UPDATE submitted_notebook SET id = substr(id, 2)", "not present in table"),
    "a date that is none": ("UPDATE submitted_assignment SET timestamp = 'soon'", "soon"),
    "a kind of cell that is none": ("UPDATE task_cells SET cell_type = 'video'", "video"),
    "a column of an older nbgrader": ("ALTER TABLE grade DROP COLUMN extra_credit", "nbgrader db upgrade"),
    "a column that nobody knows": ("ALTER TABLE grade ADD COLUMN mood TEXT", r"also holds grade\.mood"),
    "a table that nobody knows": ("CREATE TABLE mood (id TEXT)", r"also holds mood\.id"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_cannot_be_kept_stops_the_move_and_the_target_stays_empty(
    what: str, full: str, server: Server
) -> None:
    statement, said = UNFIT[what]
    change(full, statement)
    url = server.new_database()
    with pytest.raises(CourseError, match=said):
        move(full, url)
    assert tables(url) == []


def test_a_database_with_marks_is_not_written_to(full: str, server: Server, tmp_path: Path) -> None:
    url = server.new_database()
    move(full, url)
    before = contents(url)
    with pytest.raises(CourseError, match="already holds"):
        move(full, url)
    with pytest.raises(CourseError, match="already holds"):
        move(url, full)
    with pytest.raises(CourseError, match="already holds"):
        move(url, url)
    assert contents(url) == before


def test_a_database_of_something_else_is_not_written_to(full: str, server: Server) -> None:
    url = server.new_database()
    run_sql(url, "CREATE TABLE invoices (id TEXT)")
    with pytest.raises(CourseError, match=r"something else \(invoices\)"):
        move(full, url)
    assert tables(url) == ["invoices"]


def test_a_source_that_is_not_there_is_not_made(server: Server, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no such gradebook"):
        move(f"sqlite:///{tmp_path / 'nowhere.db'}", server.new_database())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CourseError, match="holds no gradebook"):
        move(server.new_database(), server.new_database())


def test_the_copy_is_of_one_moment(full: str, server: Server, tmp_path: Path) -> None:
    url, before = server.new_database(), contents(full)
    move(full, url)

    def grade_meanwhile(rows: int) -> None:
        run_sql(url, "UPDATE grade SET manual_score = 3")
        run_sql(url, "INSERT INTO student (id) VALUES ('late')")

    move(url, f"sqlite:///{tmp_path / 'copy.db'}", begin=grade_meanwhile)
    assert contents(f"sqlite:///{tmp_path / 'copy.db'}") == before


def test_progress_comes_to_its_end(full: str, tmp_path: Path) -> None:
    begun: list[int] = []
    done: list[int] = []
    move(full, f"sqlite:///{tmp_path / 'copy.db'}", begun.append, done.append)
    assert begun == [sum(done)]


def run_sql(url: str, statement: str) -> None:
    """Do something to a database."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def tables(url: str) -> list[str]:
    """The tables of a database."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return sqlalchemy.inspect(connection).get_table_names()
