"""Moves a gradebook to another database, SQLite or PostgreSQL: all of it, compared afterwards, or nothing.

The rows go through nbgrader's own tables, so that each database keeps dates, spans of time and truth values
in its own way. The source is read as it stood at one moment, and never changed.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.bridges.database import explained, parse, shown, turn
from autograder.bridges.gradebook import nbgrader_api
from autograder.course import CourseError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

ROWS_AT_ONCE = 1000
MADE_WHEN_OPENED = {"course", "alembic_version"}  # what nbgrader writes into a gradebook that nobody has used
ALONE = "name an empty database, for this gradebook alone"
BEGIN = {  # -> how a transaction begins that reads (False) or writes (True)
    ("sqlite", False): "BEGIN",
    ("sqlite", True): "BEGIN IMMEDIATE",  # by itself it would begin after the tables have been made
    ("postgresql", False): "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    ("postgresql", True): "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
}


@dataclass(frozen=True)
class End:
    """One end of a move: a database, and the one transaction in which it is read or written."""

    url: str
    connection: Connection

    @contextlib.contextmanager
    def at(self, table: Table) -> Iterator[None]:
        """What goes wrong inside becomes a CourseError that names database and table."""
        from sqlalchemy.exc import DataError, IntegrityError

        with explained(self.url):
            try:
                yield
            except (DataError, IntegrityError, LookupError, ValueError) as error:
                said = " ".join(str(getattr(error, "orig", error)).split()).rstrip(".")
                raise _refused(self, table, said) from None

    def rows(self, table: Table) -> Iterator[list[dict[str, Any]]]:
        """A table's rows, some at a time."""
        from sqlalchemy import select

        with self.at(table):
            result = self.connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
            for rows in result.mappings().partitions():
                yield [dict(row) for row in rows]

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        from sqlalchemy import func, select

        with self.at(table):
            return self.connection.scalar(select(func.count()).select_from(table))


def move(
    source: str,
    target: str,
    begin: Callable[[int], None] = lambda rows: None,
    advance: Callable[[int], None] = lambda rows: None,
) -> dict[str, int]:
    """Copy a gradebook into a database that holds none; returns the number of rows by table.

    begin: called with the number of rows that there are; advance: with the number that has been copied since.
    Raises CourseError, and leaves the target as it was, if that is not empty or does not take everything.
    """
    _require_file(source)
    parse(target, "the second URL")
    tables = _tables()
    with turn(target), _transaction(source, False) as reading, _transaction(target, True) as writing:
        _require_gradebook(reading, tables)
        _make_room(writing, tables)
        counts = {table.name: reading.count(table) for table in tables}
        nameless = _courses_without_row(reading, tables)
        begin(sum(counts.values()))
        for table in tables:
            for rows in reading.rows(table):
                _insert(writing, table, rows)
                advance(len(rows))
            if table.name == "course":
                _insert(writing, table, nameless)
        for table in tables:
            _require_same(reading, writing, table, nameless if table.name == "course" else [])
    return counts


@contextlib.contextmanager
def _transaction(url: str, writes: bool) -> Iterator[End]:
    """One transaction of a database, which counts if its block comes to its end."""
    from sqlalchemy import NullPool, create_engine

    with contextlib.ExitStack() as stack:
        with explained(url):
            connection = stack.enter_context(create_engine(url, poolclass=NullPool).connect())
            connection.exec_driver_sql(BEGIN[connection.dialect.name, writes])
        yield End(url, connection)
        with explained(url):
            connection.commit()


def _tables() -> list[Table]:
    """nbgrader's tables, each after those that it refers to, and the one with the version of all."""
    from sqlalchemy import Column, MetaData, String, Table

    version = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))
    return [*nbgrader_api().Base.metadata.sorted_tables, version]


def _require_file(source: str) -> None:
    """SQLite would make a file that is not there."""
    parts = parse(source, "the first URL")
    if parts.get_backend_name() == "sqlite" and not Path(parts.database).is_file():
        raise CourseError(f"{parts.database}: there is no such gradebook")


def _require_gradebook(end: End, tables: list[Table]) -> None:
    """Every table and column of this nbgrader must be there, and no other, which would be lost."""
    found = _columns(end)
    if not found:
        raise CourseError(f"{shown(end.url)}: holds no gradebook")
    wanted = {f"{table.name}.{column.name}" for table in tables for column in table.columns}
    old = "an older nbgrader made it: run `nbgrader db upgrade` in its class folder"
    new = "a newer nbgrader made it, or it serves something else, too: only what is known here can be moved"
    for names, verb, remedy in ((wanted - found, "lacks", old), (found - wanted, "also holds", new)):
        if names:
            raise CourseError(f"{shown(end.url)}: {verb} {', '.join(sorted(names))}: {remedy}")


def _courses_without_row(end: End, tables: list[Table]) -> list[dict[str, str]]:
    """The rows that the course table lacks: nbgrader itself does not make the one of its nameless course."""
    by_name = {table.name: table for table in tables}
    known, used = (
        {row[key] for rows in end.rows(by_name[name]) for row in rows}
        for name, key in (("course", "id"), ("assignment", "course_id"))
    )
    return [{"id": name} for name in sorted(used - known)]


def _make_room(end: End, tables: list[Table]) -> None:
    """Make the tables; those that are there must hold nothing that a person or a grader wrote."""
    present = {name.partition(".")[0] for name in _columns(end)}
    others = sorted(present - {table.name for table in tables})
    if others:
        raise CourseError(f"{shown(end.url)}: holds tables of something else ({', '.join(others)}): {ALONE}")
    for table in tables:
        with end.at(table):
            table.create(end.connection, checkfirst=True)
        if table.name not in MADE_WHEN_OPENED and (rows := end.count(table)):
            raise CourseError(f"{shown(end.url)}: already holds {rows} rows in {table.name}: {ALONE}")
    for table in tables:
        if table.name in MADE_WHEN_OPENED:
            end.connection.execute(table.delete())


def _columns(end: End) -> set[str]:
    """TABLE.COLUMN of all that a database holds."""
    from sqlalchemy import inspect

    with explained(end.url):
        inspector = inspect(end.connection)
        names = inspector.get_table_names()
        return {f"{name}.{column['name']}" for name in names for column in inspector.get_columns(name)}


def _insert(end: End, table: Table, rows: list[dict[str, Any]]) -> None:
    """Write rows; what PostgreSQL would refuse and SQLite keeps is named with its place."""
    if end.connection.dialect.name == "postgresql":
        for row in rows:
            for column in table.columns:
                _require_fit(end, table, row, column.name, getattr(column.type, "length", None))
    if rows:
        with end.at(table):
            end.connection.execute(table.insert(), rows)


def _require_fit(end: End, table: Table, row: dict[str, Any], name: str, longest: int | None) -> None:
    text = row[name]
    if isinstance(text, str) and ("\0" in text or len(text) > (longest or len(text))):
        what = "a zero character" if "\0" in text else f"{len(text)} characters, of {longest} at most"
        raise _refused(end, table, f"{name} of the row {row.get('id')} has {what}")


def _require_same(source: End, target: End, table: Table, added: list[dict[str, Any]]) -> None:
    """Both ends must hold the same rows now, but for those that were added."""
    before, after = (
        Counter(tuple(row.values()) for rows in end.rows(table) for row in rows) for end in (source, target)
    )
    before.update(tuple(row.values()) for row in added)
    if before != after:
        raise _refused(target, table, f"not the same after copying: {next(iter((before - after) or after))}")


def _refused(end: End, table: Table, said: str) -> CourseError:
    return CourseError(
        f"{shown(end.url)}, table {table.name}: {said}: nothing was moved; correct it in the source"
    )
