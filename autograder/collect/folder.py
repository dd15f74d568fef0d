"""Reads a plain folder, or a zip archive of it, with a folder for each student: STUDENT/files.

It says nothing of times, and names no attempts: each is called by the time that the instructor gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograder.collect.reading import Files, HandedIn, Reading, anybody, by_first, paths, unwrapped
from autograder.collect.unpack import Export
from autograder.term.roster import Roster

EXPECTED = "a folder for each student, with a name that is on the roster: STUDENT/files"


def read(export: Export, assignment: str, roster: Roster) -> Reading | None:
    """An attempt for each student's folder; None if there is none of anybody on the roster."""
    files = _students(paths(export.entries), roster)
    students = by_first(tuple(file for file in files if file[0][1:]))
    if not _on_roster(students, roster):
        return None
    loose = tuple(f"{parts[0]}: lies in no student's folder" for parts, _ in files if not parts[1:])
    why = "a plain folder does not say when it was handed in"
    handed_in = tuple(HandedIn(name, (anybody(name),), own, no_time=why) for name, own in students.items())
    return Reading("folder", handed_in, loose)


def _students(files: Files, roster: Roster) -> Files:
    """The paths from the students' folders on: the roster tells whether one folder is around them all."""
    inner = unwrapped(files)
    return files if _on_roster(by_first(files), roster) else inner


def _on_roster(names: Iterable[str], roster: Roster) -> bool:
    return any(len(roster.called(name)) == 1 for name in names)
