"""Reads Gradescope's "Export Submissions": submission_metadata.yml beside a folder for each submission.

    submission_216688425:
      :submitters:
      - :name: Ada Lovelace
        :sid: '9001'
        :email: ada@example.org
      :created_at: 2026-10-05 18:20:04.122325000 Z
      :score: 12.0
      :history:
      - :submitters: []
        :created_at: 2026-10-02 10:00:31.000412000 Z
        :id: 216255674

Submitters are several in group work. The export holds the files of the attempt that is active, which need not
be the last; of the others, its history gives no more than the time. Their files are taken if they are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from autograder.collect.reading import Files, HandedIn, Person, Reading, by_first, paths, unwrapped
from autograder.collect.unpack import Export, plain_name
from autograder.course import CourseError
from autograder.term.roster import Roster

METADATA = "submission_metadata.yml"
EXPECTED = f'"Export Submissions": {METADATA} beside folders called submission_216688425'
WRAPPER = re.compile(r"assignment_\d+_export")
KINDS = {"sid": ("sid", "id"), "email": ("email", "login", "id")}


def read(export: Export, assignment: str, roster: Roster) -> Reading | None:
    """The submissions of an export of Gradescope; None if it is none. Raises CourseError."""
    files = paths(export.entries)
    if all(WRAPPER.fullmatch(parts[0]) for parts, _ in files):  # no other folder: it could be a student's
        files = unwrapped(files)
    listed = _metadata(export, files)
    if listed is None:
        return None
    folders = by_first(tuple(file for file in files if file[0] != (METADATA,)))
    handed_in: list[HandedIn] = []
    problems: list[str] = []
    without_files = 0
    for name, table in listed.items():
        active = _symbols(table)
        history = {f"submission_{old.get('id')}": old for old in map(_symbols, _list(active.get("history")))}
        for submission, entry in (history | {name: active}).items():
            people = _list(entry.get("submitters")) or _list(active.get("submitters"))
            if submission in folders:
                handed_in.append(_attempt(submission, entry, people, folders.pop(submission)))
            elif submission == name:
                problems.append(f"{name}: is listed, but the export holds no file of it")
            else:
                without_files += 1
    problems += [f"{name}: belongs to no submission in {METADATA}" for name in folders]
    note = (
        f"Listed without files, since Gradescope exports those of the active attempts only: {without_files}"
    )
    return Reading("gradescope", tuple(handed_in), tuple(problems), (note,) if without_files else ())


def _metadata(export: Export, files: Files) -> dict[str, Any] | None:
    entry = dict(files).get((METADATA,))
    if entry is None:
        return None
    try:
        # All becomes text, lists and mappings: no type is made, whatever Ruby's tags say, and a student's
        # number keeps its zeros.
        listed = yaml.load(export.read(entry), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise CourseError(f"{export.path}: {METADATA} cannot be read ({reason}): export again") from None
    if not isinstance(listed, dict):
        raise CourseError(f"{export.path}: {METADATA} lists no submissions: export again")
    return {str(name): table for name, table in listed.items()}


def _attempt(name: str, entry: Mapping[str, Any], people: list[Any], files: Files) -> HandedIn:
    when = _time(entry.get("created_at"))
    return HandedIn(
        label=name,
        people=tuple(_person(_symbols(person), name) for person in people),
        files=files,
        attempt=plain_name(name.removeprefix("submission_")),
        timestamp=when,
        no_time="" if when else f"{METADATA} does not say when it was handed in",
    )


def _person(said: Mapping[str, Any], submission: str) -> Person:
    known = {key: value for key, value in said.items() if isinstance(value, str) and value}
    label = ", ".join(known[key] for key in ("name", "email", "sid") if key in known)
    return Person(label or submission, tuple((known[key], KINDS[key]) for key in KINDS if key in known))


def _time(text: Any) -> datetime | None:
    """A time as Ruby writes it: `2026-10-05 18:20:04.122325000 Z`."""
    try:
        when = datetime.fromisoformat(re.sub(r" (?=Z$|[+-]\d\d:?\d\d$)", "", str(text)))
    except ValueError:
        return None
    return when if when.tzinfo else None


def _symbols(table: Any) -> dict[str, Any]:
    """A mapping by keys such as `:score`, which are Ruby's symbols, without their colons."""
    return (
        {str(key).removeprefix(":"): value for key, value in table.items()} if isinstance(table, dict) else {}
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
