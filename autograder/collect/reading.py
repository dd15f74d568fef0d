"""What is read from an export, whatever the platform: who handed in which files, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from autograder.collect.unpack import Entry, Parts
from autograder.term.roster import DISTINCT

Files = tuple[tuple[Parts, Entry], ...]  # the path that each is to have, and where it comes from


@dataclass(frozen=True)
class Person:
    """Somebody as an export calls them."""

    label: str
    names: tuple[tuple[str, tuple[str, ...]], ...]  # names, each with the kinds of the roster that it may be


@dataclass(frozen=True)
class HandedIn:
    """An attempt in an export."""

    label: str  # what to call it in messages
    people: tuple[Person, ...]  # several in group work
    files: Files
    attempt: str = ""  # the platform's name for it, if it has one
    timestamp: datetime | None = None  # the platform's
    no_time: str = ""  # why there is none
    late: bool = False  # the platform says that it was
    note: str = ""


@dataclass(frozen=True)
class Reading:
    """What an export holds of an assignment."""

    platform: str
    handed_in: tuple[HandedIn, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def anybody(name: str) -> Person:
    """Somebody of whom only a name is known, of whatever kind."""
    return Person(name, ((name, DISTINCT),))


def paths(entries: Iterable[Entry]) -> Files:
    """The files with the paths that they have in the export."""
    return tuple((entry.parts, entry) for entry in entries)


def unwrapped(files: Files) -> Files:
    """The paths below the one folder that an archive often holds everything in."""
    alone = len({parts[0] for parts, _ in files}) == 1 and all(len(parts) > 1 for parts, _ in files)
    return tuple((parts[1:], entry) for parts, entry in files) if alone else files


def by_first(files: Files) -> dict[str, Files]:
    """The files of each folder, with their paths in it; a file beside the folders stands for itself."""
    folders: dict[str, list[tuple[Parts, Entry]]] = {}
    for parts, entry in files:
        folders.setdefault(parts[0], []).append((parts[1:] or parts, entry))
    return {name: tuple(found) for name, found in folders.items()}
