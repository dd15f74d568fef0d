"""The scores of a term for Canvas's gradebook: of one assignment, or the percentage of the whole course."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from autograder.bridges.canvas import Gradebook, read, title_of
from autograder.course import CourseError
from autograder.templates import harmless, points
from autograder.term.grades import FinalGrade, Line
from autograder.term.roster import Student

TERM = "term"
SHOWN = 5  # assignments in a note
# Canvas's columns, and what they hold of a student; the first that tells who it is counts.
COLUMNS = (
    ("ID", "canvas"), ("SIS User ID", "sid"), ("SIS Login ID", "login"), ("SIS Login ID", "email"),
    ("SIS User ID", "id"), ("SIS Login ID", "id"),
)  # fmt: skip


def with_term(
    book: Gradebook, grades: Sequence[FinalGrade], what: str, title: str = ""
) -> tuple[str, list[str]]:
    """The file for Canvas to import, and what an instructor should know of it.

    book: Canvas's own export. what: an assignment, or TERM. title: in Canvas, with or without
    its number there; otherwise that of the assignment. Raises CourseError if there is nothing to write.
    """
    possible = 100.0 if what == TERM else _possible(grades, what)
    known = _by_number(book, [grade.student for grade in grades])
    scores, notes = {}, []
    for grade in grades:
        score, said = _term(grade) if what == TERM else _assignment(_line(grade, what), possible)
        number = known.get(grade.student.id)
        who = f"{grade.student.name or grade.student.id} ({grade.student.id})"
        notes += [f"{who}: {said}"] if said else []
        if number is not None:
            scores[number] = score
        elif score is not None:
            notes.append(f"{who}: has a score and is not in Canvas")
    title = title or ("Term" if what == TERM else _line(grades[0], what).rules.title or what)
    added = [] if book.named(title) else [_added(title, book.assignments)]
    book, more = book.with_scores(title, possible, scores, key="ID")
    return book.to_csv(only=[book.named(title)]), added + notes + more


def _added(title: str, known: Collection[str]) -> str:
    """That a column will be an assignment of its own in Canvas, and which of those there may be meant."""

    def likeness(name: str) -> float:
        return difflib.SequenceMatcher(None, title.casefold(), title_of(name).casefold()).ratio()

    nearest = sorted(known, key=likeness, reverse=True)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    it_has = f"; it has {', '.join(nearest[:SHOWN])}{more}: give --title if one of these is meant"
    return harmless(f"Canvas has no assignment {title!r}, so the import adds one{it_has if known else ''}")


def read_export(path: Path) -> Gradebook:
    """Canvas's export. Raises CourseError naming the file."""
    try:
        return read(path.read_bytes().decode("utf-8-sig"))
    except CourseError as error:
        raise CourseError(f"{path}: {error}") from None
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not in UTF-8: export it from Canvas again, and do not edit it") from None


def _by_number(book: Gradebook, students: Iterable[Student]) -> dict[str, str]:
    """The id of each student -> Canvas's own number."""
    numbers = book.column("ID")
    places: dict[tuple[str, str], str] = {}
    for name in {column for column, _ in COLUMNS if column in book.header}:
        places |= {
            (name, cell.casefold()): n for cell, n in zip(book.column(name), numbers, strict=True) if cell
        }
    found = {}
    for student in students:
        keys = [(column, getattr(student, key).casefold()) for column, key in COLUMNS]
        number = next((places[key] for key in keys if key in places), None)
        if number is not None:
            found[student.id] = number
    return found


def _line(grade: FinalGrade, name: str) -> Line:
    return next(line for line in grade.lines if line.rules.name == name)


def _possible(grades: Sequence[FinalGrade], name: str) -> float:
    """What an assignment is worth, by the attempts that count."""
    counted = [_line(grade, name).decision.counted for grade in grades]
    worth = [c.graded.max_score for c in counted if c]
    if not worth:
        raise CourseError(f"nothing of {name} is graded, so there is nothing to export: course grade {name}")
    return max(worth)


def _assignment(line: Line, possible: float) -> tuple[float | None, str]:
    """(the score for Canvas, if there is one; what is to be said)"""
    waiting = sum(w.points for w in line.waiting)
    if line.status == "not graded":
        return None, "an attempt is not graded yet; the cell was left as it is"
    if line.decision.counted:
        said = f"{points(waiting)} more {'point waits' if waiting == 1 else 'points wait'} for a person"
        return line.share * possible, said if waiting else ""
    return (None if line.status == "open" or line.rules.extra_credit else 0.0), ""


def _term(grade: FinalGrade) -> tuple[float | None, str]:
    said = [f"{name} waits for a person" for name in grade.standing("waiting")]
    open_work = [line.rules.name for line in grade.lines if line.status == "not graded"]
    if open_work:  # a percentage without it says too little
        said += [f"{name} is not graded yet" for name in open_work]
        return None, f"{', '.join(said)}; the cell was left as it is"
    return grade.percent, ", ".join(said)
