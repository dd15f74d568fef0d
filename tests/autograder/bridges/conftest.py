"""A private PostgreSQL server: in a folder of its own, on a port of its own, gone after the tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy

from autograder.bridges.gradebook import nbgrader_api
from tests.conftest import postgresql_programs

# PostgreSQL refuses to run as root; Debian's package makes this user for it.
AS_SERVER = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups") if os.geteuid() == 0 else ()
PASSWORD = "geheim:100%@/?"


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL server, with a user `grader` who owns databases and has PASSWORD."""

    port: int

    def url(self, database: str, user: str = "grader") -> str:
        """The URL of a database, without password: that is in the file PGPASSFILE."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a new, empty database that `grader` owns."""
        name = f"class_{uuid.uuid4().hex[:8]}"
        self.execute(f"CREATE DATABASE {name} OWNER grader")
        return self.url(name)

    def execute(self, statement: str) -> list[tuple]:
        """Do what only the server's owner may; returns the rows that come of it."""
        import psycopg

        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server for these tests alone; the passwords are where PGPASSFILE says, as in ~/.pgpass."""
    programs = postgresql_programs()
    # Not in pytest's folder, which is closed to other users; and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="course-postgresql-") as temporary:
        folder = Path(temporary)
        password, passwords = folder / "password", folder / "pgpass"
        password.write_text(PASSWORD, encoding="utf-8")
        passwords.write_text("*:*:*:*:" + PASSWORD.replace(":", "\\:"), encoding="utf-8")
        passwords.chmod(0o600)
        if AS_SERVER:
            shutil.chown(folder, "postgres")
            shutil.chown(password, "postgres")
        owner = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}")
        _run(programs / "initdb", *owner, "--locale=C.UTF-8", "--no-sync", folder / "data")
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = (programs / "pg_ctl", "-D", folder / "data", "--wait")
        _run(*control, "start", "-l", folder / "log", "-o", options)
        try:
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("PGPASSFILE", str(passwords))
                running = Server(port)
                running.execute(f"CREATE ROLE grader LOGIN PASSWORD '{PASSWORD}'")
                yield running
        finally:
            _run(*control, "stop", "--mode=immediate")


def name_gradebook(root: Path, url: str) -> None:
    """Say where the gradebook of a class folder is."""
    text = json.dumps({"CourseDirectory": {"db_url": url}})
    (root / "nbgrader_config.json").write_text(text, encoding="utf-8")


def contents(url: str) -> dict[str, list[tuple]]:
    """Every row of every table of a gradebook, typed as nbgrader reads it."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    tables = nbgrader_api().Base.metadata.sorted_tables
    with engine.connect() as connection:
        version = connection.execute(sqlalchemy.text("SELECT * FROM alembic_version")).all()
        rows = {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}
    return rows | {"alembic_version": [tuple(row) for row in version]}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _run(*command: object) -> None:
    words = [*AS_SERVER, *map(str, command)]
    done = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
