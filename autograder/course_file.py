"""Reads course.toml: tables whose values are asked for by kind, and errors that name line and remedy.

Which keys there may be is said in `autograder.course_keys`, and what they mean where they are used:
`autograder.course`, `autograder.term.settings`.
"""

from __future__ import annotations

import functools
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

from autograder.course_keys import Keys, header, unknown, written

PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")  # ends tomllib's messages


class CourseError(Exception):
    """Something about the course's own files is wrong; the message says where, and what to do."""


@dataclass(frozen=True)
class Statement:
    """A header, a key with its value, a comment or an empty line of a TOML file."""

    line: int  # its first one, counted from 1
    text: str
    table: Keys = ()  # the table that it stands in or, if it is a header, that it begins
    keys: tuple[Keys, ...] = ()  # all that it sets, from the top of the file; none for a comment

    @property
    def is_header(self) -> bool:
        """Whether it begins a table."""
        return self.text.lstrip().startswith("[")

    @property
    def is_comment(self) -> bool:
        """Whether it only says something."""
        return self.text.lstrip().startswith("#")

    @property
    def path(self) -> Keys:
        """Where it belongs: its table or, if it sets a key, that key."""
        return self.keys[0] if self.keys and not self.is_header else self.table


def statements(text: str) -> Iterator[Statement]:
    """The statements of a valid TOML file in order; their texts together are the file's.

    No line inside a statement is the end of one, so a statement is over as soon as it can be read alone.
    """
    table: Keys = ()
    first, taken = 1, ""
    for number, line in enumerate(io.StringIO(text), 1):
        taken += line
        try:
            values = tomllib.loads(taken)
        except tomllib.TOMLDecodeError:
            continue
        keys = tuple(_paths(values))
        if taken.lstrip().startswith("["):
            table = keys[-1]
        else:
            keys = tuple(table + path for path in keys)
        yield Statement(first, taken, table, keys)
        first, taken = number + 1, ""


def _paths(values: Any, above: Keys = ()) -> Iterator[Keys]:
    """Every key in nested tables, a table before what is in it."""
    for key, value in values.items() if isinstance(values, dict) else ():
        yield (*above, key)
        yield from _paths(value, (*above, key))


@dataclass(frozen=True)
class File:
    """A TOML file whose errors name the line."""

    path: Path
    text: str = field(repr=False)

    @functools.cached_property
    def lines(self) -> dict[Keys, int]:
        """Where each key and each table is first named."""
        found: dict[Keys, int] = {}
        for statement in statements(self.text):
            for keys in statement.keys:
                found.setdefault(keys, statement.line)
            if statement.is_header:
                found[statement.table] = statement.line
        return found

    def error(self, keys: Keys, text: str) -> CourseError:
        """An error at a key or, where there is none, at the table that it is missing from."""
        return CourseError(f"{self.place(keys)}: {text}")

    def place(self, keys: Keys) -> str:
        """The file, and the line of a key or of what it would stand in."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return f"{self.path}, line {self.lines.get(keys, 1)}"


def read_course_file(path: Path) -> Table:
    """The tables of course.toml. Raises CourseError if it cannot be read, or has a key that nothing reads."""
    try:
        return parse_course_file(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CourseError(f"{path}, line {line}: not in UTF-8: save the file as UTF-8") from None


def parse_course_file(path: Path, text: str) -> Table:
    """The tables in the text of course.toml. Raises CourseError if it is not TOML, or has an unknown key."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = PLACE.search(said)
        line = place[1] if place and place[1] else text.count("\n") + 1
        raise CourseError(f"{path}, line {line}: not valid TOML: {PLACE.sub('', said)}: correct it") from None
    file = File(path, text)
    for keys, problem in unknown(values):
        raise file.error(keys, problem)
    return Table(file, (), values)


KINDS = {str: "text", float: "a number"}


class Table:
    """One table of course.toml; its values are asked for by kind, and CourseError says what is wrong."""

    def __init__(self, file: File, keys: Keys, entries: Any) -> None:
        self.file, self.keys, self.entries = file, keys, entries
        if not isinstance(entries, dict):
            raise self.error(f" is {entries!r}, expected a table [{self.where}]")

    @property
    def where(self) -> str:
        """The table's name, as its header has it."""
        return header(self.keys)

    def place(self, *below: str) -> str:
        """Something in it, as errors name it: the file, the line and the keys."""
        keys = (*self.keys, *below)
        return f"{self.file.place(keys)}: {header(keys)}"

    def error(self, text: str, key: str | None = None) -> CourseError:
        """An error at one of its keys, or at the table itself; the text goes on after the table's name."""
        return self.file.error(self.keys if key is None else (*self.keys, key), f"{self.where}{text}")

    def wrong(self, key: str, expected: str) -> CourseError:
        """The error of a value that cannot be."""
        value = self.entries[key]
        shown = str(value) if isinstance(value, date | time) else repr(value)
        return self.error(f".{written(key)} is {shown}, expected {expected}", key)

    def table(self, key: str) -> Table:
        """A table in it; an empty one if it is not there."""
        return Table(self.file, (*self.keys, key), self.entries.get(key, {}))

    def tables(self) -> dict[str, Table]:
        """All that it holds, each as a table."""
        return {key: self.table(key) for key in self.entries}

    def required(self, key: str, kind: type) -> Any:
        """A value that has to be there; `float` takes whole numbers, too."""
        if key not in self.entries:
            raise self.error(f" needs the key {key!r} ({KINDS[kind]})")
        value = self.entries[key]
        if type(value) not in ((float, int) if kind is float else (kind,)):
            raise self.wrong(key, KINDS[kind])
        return float(value) if kind is float else value

    def names(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of names, which has to be there unless there is a default."""
        value = self.entries.get(key, default)
        expected = 'a list such as ["numpy"]'
        if value is None:
            raise self.error(f" needs the key {key!r} ({expected})")
        if type(value) is not list or not all(type(name) is str for name in value):
            raise self.wrong(key, expected)
        return tuple(value)

    def flag(self, key: str) -> bool:
        """A boolean that is false where it is not given."""
        if type(self.entries.get(key, False)) is not bool:
            raise self.wrong(key, "true or false")
        return self.entries.get(key, False)

    def count(self, key: str, default: int, most: int, expected: str) -> int:
        """A whole number from 0 to `most`."""
        value = self.entries.get(key, default)
        if type(value) is not int or not 0 <= value <= most:
            raise self.wrong(key, expected)
        return value

    def number(self, key: str, default: float, most: float, expected: str) -> float:
        """A number from 0 to `most`."""
        value = self.entries.get(key, default)
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise self.wrong(key, expected)
        return float(value)
