"""Reads what people gave in nbgrader's gradebook into the record of the class folder.

The gradebook is asked in SQL: to import nbgrader's own classes takes longer than everything else here.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.bridges.database import database, refused, sqlite_turn, turn
from autograder.course import Assignment, CourseError
from autograder.term.answers import read_answers
from autograder.term.folder import ClassFolder
from autograder.term.manual import Given, record_given

if TYPE_CHECKING:
    from sqlalchemy import Connection

Ask = Callable[[str, Mapping[str, str]], Iterable[Any]]  # a query with its values -> rows
FILE = re.compile(r"sqlite:///[^?]+")  # a gradebook that is a file, and nothing more said of it
SECONDS_TO_WAIT = 5.0  # until another process has written what it is writing
Penalties = dict[str, dict[str, Any]]  # student -> {"attempt": ..., "penalty": {notebook: points}}

# The rows of a table that is about cells, with whose they are.
OF_CELLS = """
    SELECT submitted_assignment.student_id, notebook.name, base_cell.name, {columns}
    FROM {table} AS said
    JOIN base_cell ON said.cell_id = base_cell.id
    JOIN submitted_notebook ON said.notebook_id = submitted_notebook.id
    JOIN notebook ON submitted_notebook.notebook_id = notebook.id
    JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
    JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    WHERE assignment.name = :assignment AND {given}
"""
GRADES = OF_CELLS.format(
    table="grade",
    columns="said.manual_score, said.extra_credit",
    given="(said.manual_score IS NOT NULL OR said.extra_credit IS NOT NULL)",
)
COMMENTS = OF_CELLS.format(table="comment", columns="said.manual_comment", given="said.manual_comment <> ''")


def record_gradebook(assignments: Iterable[Assignment], folder: ClassFolder) -> None:
    """Record what people gave in the gradebook of a class folder; nothing if there is no gradebook."""
    url = database(folder.root)
    with _asking_file(url) if FILE.fullmatch(url) else _asking(url) as ask:
        record(ask, assignments, folder)


def record(ask: Ask, assignments: Iterable[Assignment], folder: ClassFolder) -> None:
    """The same with a gradebook that is open."""
    given: list[Given] = []
    for assignment in assignments:
        given += read_given(ask, assignment, read_shown(folder.shown(assignment.name)))
    if given:
        answers = read_answers(folder, {line.assignment for line in given})
        record_given(folder.manual, given, answers)


def read_given(ask: Ask, assignment: Assignment, shown: Penalties) -> Iterator[Given]:
    """Everything that people gave in the gradebook, for the attempts that it shows.

    What was there before attempts were recorded is of all attempts of the student.
    """
    name = {"assignment": assignment.name}
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for student, notebook, cell, points, extra in ask(GRADES, name):
        found[student, notebook, cell] = {"points": points, "extra": extra}
    for student, notebook, cell, comment in ask(COMMENTS, name):
        found.setdefault((student, notebook, cell), {})["comment"] = comment
    for (student, notebook, cell), said in found.items():
        question = question_of(assignment, notebook, cell)
        attempt = shown[student]["attempt"] if student in shown else None
        yield Given(student, assignment.name, question, attempt=attempt, **said)


def asking(connection: Connection) -> Ask:
    """Asks an open gradebook."""
    from sqlalchemy import text

    return lambda query, values: connection.execute(text(query), values)


@contextlib.contextmanager
def _asking(url: str) -> Iterator[Ask]:
    from sqlalchemy import NullPool, create_engine, inspect

    with turn(url), create_engine(url, poolclass=NullPool).connect() as connection:
        yield asking(connection) if inspect(connection).has_table("grade") else _nothing


@contextlib.contextmanager
def _asking_file(url: str) -> Iterator[Ask]:
    """Without SQLAlchemy, whose import alone takes a third of `course report`."""
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        yield _nothing
        return
    with sqlite_turn(path), contextlib.closing(sqlite3.connect(path, SECONDS_TO_WAIT)) as connection:
        try:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            yield connection.execute if ("grade",) in tables else _nothing
        except sqlite3.Error as error:
            raise refused(f"{path}", error) from None


def _nothing(query: str, values: Mapping[str, str]) -> Iterable[Any]:
    """What a gradebook says that nobody has used."""
    return ()


def question_of(assignment: Assignment, notebook: str, cell: str) -> str:
    """What a cell is called in the record: a written question by its name, another with its notebook's."""
    return cell if any(cell in n.manual for n in assignment.notebooks) else f"{notebook}.{cell}"


def read_shown(path: Path) -> Penalties:
    """What the gradebook shows, by student; nothing if there is no file. Raises CourseError."""
    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(e["attempt"], str) and isinstance(e["penalty"], dict) for e in shown.values()):
            raise TypeError
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, LookupError, AttributeError):
        raise CourseError(f"{path}: is damaged: put back a copy of it") from None
    return shown
