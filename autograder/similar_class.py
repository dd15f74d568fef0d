"""Whose work is compared in a class: of everybody the latest attempt and the one that counts."""

from __future__ import annotations

from dataclasses import replace

from autograder.course import Assignment
from autograder.submission import Submission, read_submission
from autograder.term.late import counted_of
from autograder.term.records import Records


def submissions_of(records: Records, assignment: Assignment) -> list[Submission]:
    """The attempts that are compared. Where a student has several, the places in them name the attempt."""
    called, notebooks = _names(records), tuple(notebook.name for notebook in assignment.notebooks)
    attempts = [attempt for attempt in records.attempts if attempt.assignment == assignment.name]
    latest = {attempt.student: attempt.attempt for attempt in attempts}  # they are in the order of time
    chosen = {(owner, name) for owner, name in counted_of(records.settled(), assignment.name).values()}
    chosen |= latest.items()
    several = {student for student, name in chosen if name != latest.get(student)}
    found = []
    for attempt in attempts:
        student, name = attempt.student, attempt.attempt
        if (student, name) in chosen:
            read = read_submission(records.folder.files(attempt), called.get(student, student), notebooks)
            found.append(_of_attempt(read, name) if student in several else read)
    return found


def mates_of(records: Records, assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """In group work the group of each student, as they are called in submissions; else nobody has one."""
    if not records.term.assignments[assignment.name].group_work:
        return {}
    called = _names(records)
    return {called[student]: group for student, group in records.roster.groups().items()}


def _names(records: Records) -> dict[str, str]:
    """What each student on the roster is called on a page: the name with the id."""
    return {s.id: f"{s.name} ({s.id})" if s.name else s.id for s in records.roster}


def _of_attempt(read: Submission, attempt: str) -> Submission:
    notebooks = {f"attempt {attempt}, {name}": cells for name, cells in read.notebooks.items()}
    modules = {f"attempt {attempt}, {name}": code for name, code in read.modules.items()}
    return replace(read, notebooks=notebooks, modules=modules)
