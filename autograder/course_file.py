"""Reads course.toml: tables whose values are asked for by kind, and errors that name line and remedy.

What the keys mean is said where they are used: `autograder.course`, `autograder.term.settings`.
"""

from __future__ import annotations

import difflib
import functools
import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

Keys = tuple[str, ...]

BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML reads without quotes
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
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return CourseError(f"{self.path}, line {self.lines.get(keys, 1)}: {text}")


def read_course_file(path: Path) -> Table:
    """The tables of course.toml. Raises CourseError if it cannot be read."""
    try:
        return parse_course_file(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CourseError(f"{path}, line {line}: not in UTF-8: save the file as UTF-8") from None


def parse_course_file(path: Path, text: str) -> Table:
    """The tables in the text of course.toml. Raises CourseError if it is not TOML."""
    try:
        return Table(File(path, text), (), tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = PLACE.search(said)
        line = place[1] if place and place[1] else text.count("\n") + 1
        raise CourseError(f"{path}, line {line}: not valid TOML: {PLACE.sub('', said)}: correct it") from None


class Table:
    """One table of course.toml; its values are asked for by kind, and CourseError says what is wrong.

    known: all the keys that it may have, if not any.
    """

    def __init__(self, file: File, keys: Keys, entries: Any, known: tuple[str, ...] = ()) -> None:
        self.file, self.keys, self.entries = file, keys, entries
        if not isinstance(entries, dict):
            raise self.error(f" is {entries!r}, expected a table [{self.where}]")
        for key in entries:
            if known and key not in known:
                close = difflib.get_close_matches(key, known, 1)
                remedy = f"did you mean {close[0]}?" if close else f"it may have {', '.join(known)}"
                raise self.error(f" has no key {key!r}: {remedy}", key)

    @property
    def where(self) -> str:
        """The table's name, as its header has it."""
        return ".".join(map(written, self.keys)) or "the file"

    def error(self, text: str, key: str | None = None) -> CourseError:
        """An error at one of its keys, or at the table itself; the text goes on after the table's name."""
        return self.file.error(self.keys if key is None else (*self.keys, key), f"{self.where}{text}")

    def wrong(self, key: str, expected: str) -> CourseError:
        """The error of a value that cannot be."""
        value = self.entries[key]
        shown = str(value) if isinstance(value, date | time) else repr(value)
        return self.error(f".{written(key)} is {shown}, expected {expected}", key)

    def table(self, key: str, known: tuple[str, ...] = ()) -> Table:
        """A table in it; an empty one if it is not there."""
        return Table(self.file, (*self.keys, key), self.entries.get(key, {}), known)

    def tables(self) -> dict[str, Table]:
        """All that it holds, each as a table."""
        return {key: self.table(key) for key in self.entries}

    def required(self, key: str, kind: type) -> Any:
        """A value that has to be there; `float` takes whole numbers, too."""
        if key not in self.entries:
            raise self.error(f" needs the key {key!r} ({kind.__name__})")
        value = self.entries[key]
        if type(value) not in ((float, int) if kind is float else (kind,)):
            raise self.wrong(key, kind.__name__)
        return float(value) if kind is float else value

    def names(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of names, which has to be there unless there is a default."""
        value = self.entries.get(key, default)
        if value is None:
            raise self.error(f" needs the key {key!r} (list)")
        if type(value) is not list or not all(type(name) is str for name in value):
            raise self.wrong(key, 'a list such as ["numpy"]')
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

    def refuse_misspelt(self, *wanted: str) -> None:
        """Refuse a key that is nearly one of these: it would change marks silently. Others may be there."""
        for key in self.entries:
            close = [] if key in wanted else difflib.get_close_matches(key, wanted, 1, cutoff=0.75)
            if close:
                raise self.error(f" has no key {key!r}: did you mean {close[0]}?", key)


def written(key: str) -> str:
    """A key as TOML writes it."""
    return key if BARE.fullmatch(key) else string(key)


def string(text: str) -> str:
    """Text as TOML writes it: with JSON's escapes, and one for a character that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
