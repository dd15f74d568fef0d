"""Recognises the platform that an export comes from; how each is read is said in its own module."""

from __future__ import annotations

from collections.abc import Callable

from autograder.collect import canvas, folder, gradescope, nbgrader
from autograder.collect.reading import Reading
from autograder.collect.unpack import Export, one_line
from autograder.course import CourseError
from autograder.term.roster import Roster

Reader = Callable[[Export, str, Roster], Reading | None]

# In the order in which they are tried: from what is unmistakable to what may be anything.
PLATFORMS: dict[str, tuple[Reader, str]] = {
    "gradescope": (gradescope.read, gradescope.EXPECTED),
    "nbgrader": (nbgrader.read, nbgrader.EXPECTED),
    "canvas": (canvas.read, canvas.EXPECTED),
    "folder": (folder.read, folder.EXPECTED),
}
SHOWN = 5  # names in an error


def read_export(export: Export, assignment: str, roster: Roster, platform: str | None = None) -> Reading:
    """Who handed in what for an assignment.

    platform: one of PLATFORMS, if it is not to be recognised.
    Raises CourseError, with what was expected and what is there, for an export of no platform.
    """
    if platform is not None and platform not in PLATFORMS:
        raise CourseError(f"there is no platform {platform!r}: choose {', '.join(PLATFORMS)}")
    tried = [platform] if platform else list(PLATFORMS)
    for name in tried:
        reading = PLATFORMS[name][0](export, assignment, roster)
        if reading is not None:
            return reading
    names = [one_line("/".join(entry.parts)) for entry in export.entries]
    rest = [f"and {len(names) - SHOWN:,} files more"] if len(names) > SHOWN else []
    expected = [f"{name}: {PLATFORMS[name][1]}" for name in tried]
    raise CourseError(
        f"{export.path}: cannot be read as {assignment} handed in. There is"
        + "".join(f"\n    {line}" for line in names[:SHOWN] + rest or ["no file"])
        + "\nbut there should be"
        + "".join(f"\n    {line}" for line in expected)
    )
