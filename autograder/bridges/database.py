"""Where the gradebook of a class is, SQLite or PostgreSQL, and a turn with it; what is in it, others know.

Without more being said it is gradebook.db in the class folder. Another one is named where nbgrader and its
formgrader look for it, in nbgrader_config.json of that folder:

    {"CourseDirectory": {"db_url": "postgresql://grader@db.example.edu/gradebook"}}

This file is only read, never executed, as nbgrader_config.py would be. The password belongs in ~/.pgpass.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import CourseError

if TYPE_CHECKING:
    from sqlalchemy import URL

CONFIG = "nbgrader_config.json"
DRIVERS = ("sqlite", "postgresql", "postgresql+psycopg")
NO_DRIVER = "the driver of PostgreSQL is not installed: pip install 'psycopg[binary]'"
SECONDS_TO_CONNECT = 10
LONGEST_TURN = "5min"
# An older copy would bring back marks that were changed since, as if they were new ones.
DAMAGED = (
    "it is damaged or no gradebook: move it away and grade each assignment again (what people gave until the"
    " last course grade or course report is in manual.jsonl), or put back a copy made since then"
)
# What the server, the driver or SQLite says -> what to do about it; the first that matches counts.
REMEDIES = (
    (r"password|no pg_hba.conf entry|authentication", "check the user and, in ~/.pgpass, the password"),
    (r'database ".*" does not exist', "create it: createdb --owner=USER DATABASE"),
    (r'role ".*" does not exist', "check the user in the URL, or create it: createuser --pwprompt USER"),
    (r"resolve|translate host name|No address|Name or service", "check the name of the host in the URL"),
    (r"refused|No such file|timeout expired|unreachable|no route", "check host and port, and that it runs"),
    (r"permission denied", "let the user own the database: ALTER DATABASE DATABASE OWNER TO USER"),
    (r"lock timeout", "another process has been writing it all the time: wait until it has ended"),
    (r"is locked", "another process is writing it: wait until it has ended"),
    (r"unable to open|readonly|read-only", "check that the folder exists and that you may write there"),
    (r"not a database|malformed", DAMAGED),
    (r'relation ".*" does not exist|no such table', "it holds no gradebook: course release makes one"),
    (r"column .* does not exist|no such column", "an older nbgrader made it: nbgrader db upgrade"),
)  # fmt: skip


def database(root: Path) -> str:
    """The URL of the gradebook of a class folder. Raises CourseError if what is said of it is wrong."""
    root = root.resolve()
    said = _said(root / CONFIG)
    if said is not None:
        return said
    script = root / "nbgrader_config.py"
    if script.is_file() and re.search(r"^[^#\n]*\bdb_url\s*=", script.read_text("utf-8", "replace"), re.M):
        example = json.dumps({"CourseDirectory": {"db_url": "postgresql://..."}})
        raise CourseError(
            f"{script}: sets db_url, but this file is not executed here: move it to {CONFIG}: {example}"
        )
    return f"sqlite:///{root / 'gradebook.db'}"


def _said(path: Path) -> str | None:
    """The URL that nbgrader_config.json names, if it names one."""
    if not path.is_file():
        return None
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        said = config.get("CourseDirectory", {}).get("db_url")
    except (ValueError, AttributeError, RecursionError) as error:
        raise CourseError(f"{path}: is not what nbgrader reads, an object of objects: {error}") from None
    if said is not None:
        parse(said, f"{path}: db_url")
    return said


def parse(url: str, place: str) -> URL:
    """The parts of a gradebook's URL. Raises CourseError, naming the place, if it is none."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    kinds = "sqlite:////FOLDER/gradebook.db or postgresql://USER@HOST/DATABASE"
    try:
        parts = make_url(url)
        if parts.drivername in DRIVERS and parts.database:
            return parts
    except (ArgumentError, ValueError):
        pass
    raise CourseError(f"{place}: is no URL of a gradebook: write {kinds}")  # the URL may hold a password


def shown(url: str) -> str:
    """A URL as it may be printed: without password."""
    from sqlalchemy.engine import URL, make_url

    parts = make_url(url)
    return URL.create(
        parts.drivername, parts.username, None, parts.host, parts.port, parts.database
    ).render_as_string()


@contextlib.contextmanager
def turn(url: str) -> Iterator[None]:
    """Have a gradebook to oneself: other processes that ask for their turn wait until this one ends.

    Raises CourseError, in one line without password, for what the database refuses meanwhile.
    """
    if url.startswith("postgresql"):
        waiting = _postgresql_turn(url)
    else:
        waiting = sqlite_turn(Path(parse(url, "the gradebook").database))
    with explained(url), waiting:
        yield


@contextlib.contextmanager
def explained(url: str) -> Iterator[None]:
    """What the database refuses becomes a CourseError: one line with a remedy, without password."""
    from sqlalchemy.exc import DatabaseError, InterfaceError

    try:
        yield
    except ImportError as error:
        if not re.search("psycopg|pq wrapper", str(error)):
            raise
        raise CourseError(f"the gradebook {shown(url)}: {NO_DRIVER}") from None
    except (DatabaseError, InterfaceError) as error:
        raise refused(shown(url), error.orig) from None


def refused(gradebook: str, error: BaseException | None) -> CourseError:
    """What the driver of a database said, as one line with a remedy."""
    said = str(error).strip().partition("\n")[0]
    remedies = (remedy for pattern, remedy in REMEDIES if re.search(pattern, said, re.IGNORECASE))
    remedy = next(remedies, "nothing of this step was stored: try it again")
    return CourseError(f"the gradebook {gradebook}: {said}: {remedy}")


@contextlib.contextmanager
def _postgresql_turn(url: str) -> Iterator[None]:
    from sqlalchemy import NullPool, create_engine, text

    wait = {} if "connect_timeout" in url else {"connect_timeout": SECONDS_TO_CONNECT}
    engine = create_engine(url, poolclass=NullPool, connect_args=wait)
    with engine.begin() as connection:  # its end gives the lock back, whatever happens
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_TURN}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('nbgrader gradebook'))"))
        yield


@contextlib.contextmanager
def sqlite_turn(path: Path) -> Iterator[None]:
    """The same with a gradebook that is a file."""
    try:
        file = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        raise CourseError(f"the gradebook {path}: {error.strerror}: check that you may write there") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        yield
