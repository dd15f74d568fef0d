"""Which keys course.toml may have, table by table, and where one belongs that stands elsewhere.

A key that nothing reads is refused, since it would change marks silently: `[late]` is not `[course.late]`.
What the keys mean is said where they are read; whoever reads another one adds it here.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

Keys = tuple[str, ...]

BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML reads without quotes

_TABLES = {  # a part in capitals stands for any name
    "": "course assignments extensions",
    "course": "title seed time_zone students_by late standard",
    "course.late": "free_days free_days_per_assignment penalty_per_day grace_minutes counts",
    "course.standard": "mistakes right_variants least_public most_public public_kill hinted",
    "assignments.ASSIGNMENT": "title weight extra_credit group_work dates limits notebooks",
    "assignments.ASSIGNMENT.dates": "release due cutoff",
    "assignments.ASSIGNMENT.limits": (
        "test_seconds definition_seconds submission_seconds cpu_seconds memory_mb file_mb processes"
    ),
    "assignments.ASSIGNMENT.notebooks.NOTEBOOK": "title libraries provided building_blocks",
    "extensions.STUDENT.ASSIGNMENT": "days due cutoff reason",
}
KNOWN: dict[Keys, Keys] = {
    tuple(filter(None, table.split("."))): tuple(keys.split()) for table, keys in _TABLES.items()
}
EVERY = tuple(dict.fromkeys(key for keys in KNOWN.values() for key in keys))
EXTENSION: Keys = ("extensions", "STUDENT", "ASSIGNMENT")


def unknown(values: dict[str, Any]) -> Iterator[tuple[Keys, str]]:
    """The keys of a course.toml that nothing reads: (where, what is wrong and the remedy)."""
    for pattern, known in KNOWN.items():
        for path, table in _tables(values, pattern):
            for key in (key for key in table if key not in known):
                remedy = _remedy(pattern, path, key, table[key])
                said = f"{header(path)} has no key {key!r}, but {', '.join(known)}: {remedy}"
                yield (*path, key), said


def _tables(values: Any, pattern: Keys, above: Keys = ()) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """The tables of one kind: (where, content)."""
    if not isinstance(values, dict):  # which whoever reads it says
        return
    if not pattern:
        yield above, values
        return
    for name in values if pattern[0].isupper() else values.keys() & pattern[:1]:
        yield from _tables(values[name], pattern[1:], (*above, name))


def _remedy(pattern: Keys, path: Keys, key: str, value: Any) -> str:
    """What to do about a key that its table cannot have."""
    if pattern == EXTENSION and isinstance(value, dict):
        *student, assignment = (*path[1:], *_names(key, value))
        return f"write a name with a dot in quotes: [{header(('extensions', '.'.join(student), assignment))}]"
    if key in EVERY:
        return _belongs(key, pattern, path)
    if close := difflib.get_close_matches(key, KNOWN[pattern], 1):
        return f"did you mean {close[0]}?"
    close = difflib.get_close_matches(key, EVERY, 1, cutoff=0.75)
    return _belongs(close[0], pattern, path) if close else "correct or remove it"


def _belongs(key: str, pattern: Keys, path: Keys) -> str:
    """The table, of those that have a key the nearest, in which it belongs."""

    def in_common(table: Keys) -> int:
        return sum(ours == theirs for ours, theirs in zip(pattern, table, strict=False))

    home = max((table for table, keys in KNOWN.items() if key in keys), key=in_common)
    here = dict(zip(pattern, path, strict=True))
    place = tuple(here.get(part, part) for part in home)
    is_table = any(table[: len(home) + 1] == (*home, key) for table in KNOWN)
    return f"write [{header((*place, key))}]" if is_table else f"{key} belongs to [{header(place)}]"


def _names(key: str, value: Any) -> Iterator[str]:
    """The keys of tables that stand in one another: of `b.a1.days`, `b` and `a1`."""
    while isinstance(value, dict):
        yield key
        key, value = next(iter(value.items()), ("", None))


def header(path: Keys) -> str:
    """A table's name, as its header has it."""
    return ".".join(map(written, path)) or "the file"


def written(key: str) -> str:
    """A key as TOML writes it."""
    return key if BARE.fullmatch(key) else string(key)


def string(text: str) -> str:
    """Text as TOML writes it: with JSON's escapes, and one for a character that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
