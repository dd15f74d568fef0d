"""Writes files so that nobody ever sees half of one, and reads tables that a spreadsheet has saved."""

from __future__ import annotations

import contextlib
from pathlib import Path

from autograder.course_file import CourseError


def write(path: Path, text: str) -> None:
    """Write a text file as a whole, or leave what was there; one that says the same is not touched."""
    content = text.encode()
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    partial.replace(path)


def read_table(path: Path) -> str:
    """The text of a CSV file, with or without a mark of its encoding. Raises CourseError with the remedy."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not in UTF-8: save it as CSV UTF-8") from None
