"""Scores into Canvas: reads its gradebook export as the roster, and writes the CSV that it imports.

    gradebook = read(export.read_text("utf-8-sig"))
    gradebook, notes = gradebook.with_scores("Assignment 1", 108, {"ada@example.org": 97.5})
    upload.write_text(gradebook.to_csv(), "utf-8", newline="")

Canvas knows students by the column ID and assignments by the number in `Title (123)`, and leaves alone what a
file does not mention. So the columns that it computes and instructors' own columns of text are not written
back, and text that a spreadsheet could take for a formula can be written with an apostrophe before it.
Its side: lib/gradebook_exporter.rb and lib/gradebook_importer.rb of https://github.com/instructure/canvas-lms
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from autograder.course import CourseError
from autograder.tables import FORMULA

PERSON = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
    "Section",
)  # fmt: skip
TEST_STUDENT = ("Student, Test", "Test Student")  # Canvas's own
KEYS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
COMPUTED = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s*\((?P<id>\d+)\)\s*", re.DOTALL)
POSSIBLE = "Points Possible"
NOTE = re.compile(r"\s*(muted|manual posting.*)?\s*", re.IGNORECASE)
NO_SCORE_OF_OURS = {"EX": "is excused", "N/A": "is not assigned this"}  # Canvas's own words in a cell
WRAPPED = re.compile(r'="(.*)"', re.DOTALL)  # how Canvas writes a name that begins like a formula
NUMBER = re.compile(r"[-+]?[\d.,]*\d[.,]?%?")


@dataclass(frozen=True)
class Gradebook:
    """A gradebook as Canvas exports it. Cells are text as Canvas holds it, without guards."""

    header: tuple[str, ...]
    notes: tuple[
        tuple[str, ...], ...
    ]  # the rows before the students: what is posted by hand, points possible
    students: tuple[tuple[str, ...], ...]
    delimiter: str = ","
    added: frozenset[str] = frozenset()  # assignments that Canvas does not have yet

    @property
    def assignments(self) -> tuple[str, ...]:
        """The columns that hold scores, by their full names."""
        return tuple(name for name in self.header if is_assignment(name) or name in self.added)

    def column(self, name: str) -> tuple[str, ...]:
        """A column's cells, a student each. Raises CourseError that lists the names there are."""
        if name not in self.header:
            raise CourseError(f"the Canvas gradebook has no column {name!r}: it has {', '.join(self.header)}")
        place = self.header.index(name)
        return tuple(row[place] for row in self.students)

    def possible(self, name: str) -> str:
        """What the row `Points Possible` says of a column."""
        row = next((row for row in self.notes if POSSIBLE in row[0]), ())
        return row[self.header.index(name)].strip() if row else ""

    def with_scores(
        self, title: str, possible: float, scores: Mapping[str, float | None], key: str = "SIS Login ID"
    ) -> tuple[Gradebook, list[str]]:
        """The gradebook with the scores of one assignment, and what an instructor should know of it.

        title: of the assignment, with or without Canvas's number; one that is not there is added. scores: by
        `key`, one of KEYS; None for no score that nobody need be told of. Whoever has none keeps the cell as
        it is, and so does whoever is excused.
        Raises CourseError if a title or a key means several.
        """
        if key not in KEYS:
            raise CourseError(f"students are not known by {key!r}: choose from {', '.join(KEYS)}")
        name = self.named(title)
        book = self if name else self._with_column(title, possible)
        name = name or title
        place, people = book.header.index(name), book.column(key)
        repeated = [who for who, count in Counter(people).items() if count > 1 and who in scores]
        if repeated:
            raise CourseError(
                f"several students have the {key} {repeated[0]!r}: use another of {', '.join(KEYS)}"
            )
        there, rows, notes = set(people), [], []
        for row, who in zip(book.students, people, strict=True):
            label = f"{book.name_of(row)} ({who})"
            said = NO_SCORE_OF_OURS.get(row[place].strip().upper())
            score = scores.get(who)
            if said and score is not None:
                notes.append(f"{label}: {said} in Canvas, so the cell was left as it is")
            elif score is not None:
                row = (*row[:place], f"{score:.2f}", *row[place + 1 :])
            elif who and who not in scores and book.name_of(row) not in TEST_STUDENT:
                notes.append(f"{label}: has no score; the cell was left as it is")
            rows.append(row)
        notes += [f"{who}: has a score and is not in Canvas" for who in scores if who not in there]
        worth = book.possible(name)
        if not NUMBER.fullmatch(worth) or _number(worth) != round(possible, 2):
            said = f"{worth or 'no'} points are possible in Canvas"
            notes.append(f"{name}: {said}, and {possible:g} here: correct it there")
        return dataclasses.replace(book, students=tuple(rows)), notes

    def to_csv(self, only: Collection[str] | None = None) -> str:
        """The file to import. only: the assignments to write, all of them if not given."""
        kept = set(self.assignments if only is None else only)
        places = [i for i, name in enumerate(self.header) if name in PERSON or name in kept]
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=self.delimiter, lineterminator="\r\n")  # so both are quoted
        for row in itertools.chain([self.header], self.notes, self.students):
            writer.writerow([_guarded(row[place]) for place in places])
        return stream.getvalue()

    def name_of(self, row: tuple[str, ...]) -> str:
        """A student's name: `Lovelace, Ada`."""
        names = [
            row[i] for i, title in enumerate(self.header) if title in ("Student", "LastName", "FirstName")
        ]
        return ", ".join(names)

    def named(self, title: str) -> str | None:
        """The full name of the assignment that a title means, or None if there is none."""
        if title in self.assignments:
            return title
        named = [name for name in self.assignments if title_of(name) == title]
        if len(named) > 1:
            raise CourseError(f"{title!r} means several in Canvas: say which of {', '.join(named)}")
        return named[0] if named else None

    def _with_column(self, title: str, possible: float) -> Gradebook:
        """With an empty column for a new assignment, where Canvas expects it: after the others."""
        if title in self.header or COMPUTED.search(title):
            raise CourseError(f"{title!r} is a column of another kind in Canvas: choose another title")
        known = [i for i, name in enumerate(self.header) if name in PERSON or name in self.assignments]
        place = max(known) + 1

        def insert(row: tuple[str, ...], cell: str) -> tuple[str, ...]:
            return (*row[:place], cell, *row[place:])

        return dataclasses.replace(
            self,
            header=insert(self.header, title),
            notes=tuple(insert(r, f"{possible:.2f}" if POSSIBLE in r[0] else "") for r in self.notes),
            students=tuple(insert(row, "") for row in self.students),
            added=self.added | {title},
        )


def read(text: str) -> Gradebook:
    """A gradebook that Canvas exported. Raises CourseError if the text is none."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise CourseError(f"not a CSV file: {error}") from None
    header = tuple(map(_plain, rows[0])) if rows else ()
    if not {"ID", "Section"} <= set(header) or header[0] not in PERSON:
        raise CourseError(
            "not a gradebook of Canvas (its first row needs Student, ID and Section): export it there with "
            "Grades, Export, Export Entire Gradebook"
        )
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise CourseError(
            f"the Canvas gradebook has two columns {repeated[0]!r}: rename one of them in Canvas"
        )
    full = [tuple(map(_plain, (row + [""] * len(header))[: len(header)])) for row in rows[1:]]
    is_note = [POSSIBLE in row[0] or all(NOTE.fullmatch(cell) for cell in row) for row in full]
    notes = tuple(row for row, note in zip(full, is_note, strict=True) if note)
    students = tuple(row for row, note in zip(full, is_note, strict=True) if not note)
    return Gradebook(header, notes, students, delimiter)


def is_assignment(name: str) -> bool:
    """Whether a column's name is that of an assignment that Canvas has."""
    return bool(ASSIGNMENT.fullmatch(name)) and not COMPUTED.search(name)


def title_of(name: str) -> str:
    """What an assignment is called in Canvas, without the number."""
    match = ASSIGNMENT.fullmatch(name)
    return match["title"] if match else name


def _number(text: str) -> float:
    """A number as Canvas writes it: with a decimal comma in some languages."""
    *whole, last = re.split("[.,]", text.rstrip("%"))
    return float(f"{''.join(whole)}.{last}") if whole else float(last)


def _guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers are left alone."""
    dangerous = cell.lstrip(" \xa0").startswith(FORMULA) and not NUMBER.fullmatch(cell.strip())
    return f"'{cell}" if dangerous else cell


def _plain(cell: str) -> str:
    """The inverse of `_guarded`, and of Canvas's own way."""
    wrapped = WRAPPED.fullmatch(cell.strip())
    if wrapped:
        return wrapped[1]
    return cell[1:] if cell.startswith("'") and _guarded(cell[1:]) == cell else cell
