"""The `none` level: a process of your own. For checking one's own work, never for grading others'.

Time, memory and file sizes are limited, and a crash is survived; files and network are as yours.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.sandbox.limits import Limits

LEAVES_OPEN = (
    "the submissions run with your rights: they can read and change your files and use the network. "
    "Never do this with others' work."
)


def why_unavailable() -> str | None:
    """Always available."""
    return None


def command(
    folder: Path, packages: tuple[Path, ...], fd: int, limits: Limits
) -> tuple[list[str], int | None]:
    """The plain command, with only the allowed packages on the import path."""
    main = folder / "program" / "main.py"
    return [
        str(Path(sys.executable).resolve()),
        "-I",
        "-S",
        "-B",
        str(main),
        str(fd),
        str(folder / "site"),
    ], None
