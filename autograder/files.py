"""Writes files so that nobody ever sees half of one, and reads tables that a spreadsheet has saved."""

from __future__ import annotations

import contextlib
import csv
import io
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
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not in UTF-8: save it as CSV UTF-8") from None
    if text.lstrip().startswith("<"):  # what a browser saves of whoever is not logged in
        raise CourseError(f"{path}: a web page, not the file itself: log in there, and download it again")
    return text


def table_rows(text: str, path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows that are not empty, with the numbers that a spreadsheet shows.

    Cells are set apart by commas, semicolons or tabs. Raises CourseError if it is no table.
    """
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CourseError(f"{path}: not a CSV file: {error}") from None
    if not rows:
        raise CourseError(f"{path}: the file is empty: export or save it again")
    return [name.strip() for name in rows[0]], [
        (number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)
    ]
