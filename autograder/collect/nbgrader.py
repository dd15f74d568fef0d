"""Reads nbgrader's inbound/USER+a1+2026-10-05 20:14:09.123456 UTC+RANDOM/ or submitted/STUDENT/a1/.

When something was handed in is never taken from timestamp.txt or from the folder's name. The student's own
process writes both, the folder stays the student's, and so both can be edited afterwards; so can times of
modification. What the student cannot set is the time at which the file system last saw the folder or a file
in it change (ctime): it can only move on. It counts as long as the folder is the one that the student made,
which its owner tells (and that nobody else handed it in). A copy was changed when it was copied, so
`submitted/`, archives, and hubs where all students are one user give no time.
"""

from __future__ import annotations

import os
import pwd
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.collect.reading import Files, HandedIn, Reading, anybody, by_first, paths
from autograder.collect.unpack import Export, plain_name
from autograder.term.roster import Roster

EXPECTED = "the exchange's inbound/USER+ASSIGNMENT+TIME+RANDOM/, or submitted/STUDENT/ASSIGNMENT/"
FOLDER = re.compile(
    r"(?P<user>.+)\+(?P<assignment>[^+]+)\+"
    r"(?P<attempt>(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)? (?P<zone>[^+]+)(\+[^+]+)?)"
)
LAST = "timestamp.txt"  # nbgrader writes it when the files are there
TOLERANCE = timedelta(minutes=5)  # for copying the files into the exchange


def read(export: Export, assignment: str, roster: Roster) -> Reading | None:
    """The attempts in a folder of nbgrader, or in the course's folder that holds it; None if it is none."""
    files = paths(export.entries)
    for name, read_one in (("inbound", _inbound), ("submitted", _submitted)):
        inner = tuple((parts[1:], entry) for parts, entry in files if parts[0] == name and parts[1:])
        reading = read_one(export, inner or files, assignment)
        if reading is not None:
            return reading
    return None


def _inbound(export: Export, files: Files, assignment: str) -> Reading | None:
    folders = {name: (FOLDER.fullmatch(name), own) for name, own in by_first(files).items()}
    if not any(match for match, _ in folders.values()):
        return None
    problems = [
        f"{name}: is no attempt, as its name shows" for name, (match, _) in folders.items() if not match
    ]
    matches = [(match, own) for match, own in folders.values() if match]
    ours = [(match, own) for match, own in matches if match["assignment"] == assignment]
    handed_in = tuple(_attempt(export, match, own) for match, own in ours if _is_whole(own))
    problems += [
        f"{match.string}: is still being handed in, as it has no {LAST}: collect again later"
        for match, own in ours
        if not _is_whole(own)
    ]
    return Reading("nbgrader", handed_in, tuple(problems), _others(len(matches) - len(ours), assignment))


def _attempt(export: Export, match: re.Match[str], files: Files) -> HandedIn:
    parts, entry = files[0]
    where = (
        export.path.joinpath(*entry.key[: len(entry.parts) - len(parts)]) if export.path.is_dir() else None
    )
    when, why = _changed(where, match["user"])
    return HandedIn(
        label=match.string,
        people=(anybody(match["user"]),),
        files=files,
        attempt=plain_name(match["attempt"]),
        timestamp=when,
        no_time=why,
        note=_later_than_said(match, when),
    )


def _is_whole(files: Files) -> bool:
    return any(parts == (LAST,) for parts, _ in files)


def _changed(folder: Path | None, user: str) -> tuple[datetime | None, str]:
    """When the folder of an attempt last changed, or else why that says nothing."""
    if folder is None:
        return None, "an archive does not say when the exchange received it"
    try:
        status = folder.lstat()
        below = (os.path.join(at, name) for at, dirs, names in os.walk(folder) for name in dirs + names)
        latest = max([status.st_ctime, *(os.lstat(path).st_ctime for path in below)])
    except OSError as error:
        return None, f"its folder cannot be looked at: {error.strerror}"
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = f"user {status.st_uid}"
    if owner != user:
        return None, f"its folder belongs to {owner}: it is a copy, or was not handed in by {user}"
    return datetime.fromtimestamp(latest, UTC), ""


def _later_than_said(match: re.Match[str], when: datetime | None) -> str:
    """What to say of a folder that changed long after the time in its name."""
    if when is None or match["zone"] != "UTC":
        return ""
    said = datetime.fromisoformat(match["time"]).replace(tzinfo=UTC)
    later = f"was changed until {when:%Y-%m-%d %H:%M:%S} UTC, later than its name says: that counts"
    return later if when - said > TOLERANCE else ""


def _submitted(export: Export, files: Files, assignment: str) -> Reading | None:
    folders = {(parts[0], parts[1]) for parts, _ in files if len(parts) > 2}
    if any(len(parts) < 3 for parts, _ in files) or assignment not in {name for _, name in folders}:
        return None
    handed_in = []
    for student, own in by_first(files).items():
        ours = tuple((parts[1:], entry) for parts, entry in own if parts[0] == assignment)
        if ours:
            why = "nbgrader's copy does not say when it was handed in (timestamp.txt is the student's)"
            handed_in.append(HandedIn(student, (anybody(student),), ours, no_time=why))
    return Reading("nbgrader", tuple(handed_in), (), _others(len(folders) - len(handed_in), assignment))


def _others(count: int, assignment: str) -> tuple[str, ...]:
    return (f"Passed over, as they are of other assignments than {assignment}: {count}",) if count else ()
