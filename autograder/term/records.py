"""Reads everything that a class folder says of a term, at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.course import Course, CourseError
from autograder.halves import Divide, whole
from autograder.term import grades
from autograder.term.answers import read_answers
from autograder.term.attempts import Attempt, read_attempts
from autograder.term.folder import ClassFolder
from autograder.term.late import Settlement, settle_all
from autograder.term.manual import Manual, read_given, unknown_names
from autograder.term.marks import Points, points_of
from autograder.term.policy import Term
from autograder.term.roster import Roster, read_roster, with_groups
from autograder.term.settings import read_term


@dataclass(frozen=True)
class Records:
    """A term as far as it is known."""

    folder: ClassFolder
    term: Term
    roster: Roster
    attempts: tuple[Attempt, ...]
    manual: Manual
    points: Points

    def settled(self, hoped: bool = False) -> dict[str, Settlement]:
        """What is decided for each student; hoped: if people gave all points that they still may."""
        graded = [g.hoped for g in self.points.graded] if hoped else self.points.graded
        return settle_all(self.term, graded, self.roster.groups())

    def final_grades(self, now: datetime | None = None, divide: Divide = whole) -> list[grades.FinalGrade]:
        """The grades of everybody on the roster. now: what is not due yet is not missing."""
        known = self.points
        return grades.final_grades(self.term, self.roster, known.graded, known.ungraded, now, divide)

    @property
    def remarks(self) -> list[str]:
        """What an instructor should know, and nothing else would say."""
        known = {one.id for one in self.roster} | {attempt.student for attempt in self.attempts}
        given = unknown_names(self.folder.manual, self.manual, known, self.term.assignments)
        of_names = grades.remarks(self.term, self.roster, self.attempts)
        return [*self.points.remarks, *given, *of_names]


def read_records(course: Course, folder: ClassFolder, divide: Divide = whole) -> Records:
    """Read the term of a class folder. Raises CourseError naming file, place and remedy."""
    term = read_term(course)
    roster = read_class_roster(folder, term)
    attempts = read_attempts(folder.attempts)
    _refuse_unknown(folder, term, attempts)
    manual = read_manual(folder, term.assignments)
    points = points_of(attempts, folder.root, manual, divide)
    return Records(folder, _by_id(term, roster), roster, tuple(attempts), manual, points)


def read_class_roster(folder: ClassFolder, term: Term) -> Roster:
    """Who takes part, with the groups of groups.csv where there is one."""
    if not folder.roster.exists():
        raise CourseError(
            f"{folder.roster}: there is no such file: save there who takes part (Canvas's gradebook export,"
            " Gradescope's roster, or a table with the columns student and name)"
        )
    roster = read_roster(folder.roster, term.students_by)
    if not folder.groups.is_file():
        return roster
    groups = read_roster(folder.groups, term.students_by)
    try:
        return with_groups(roster, groups)
    except CourseError as error:
        raise CourseError(f"{folder.groups}: {error}") from None


def read_manual(folder: ClassFolder, assignments: Iterable[str]) -> Manual:
    """What people gave, by answer."""
    return Manual(read_given(folder.manual), read_answers(folder, assignments))


def _by_id(term: Term, roster: Roster) -> Term:
    """The term with extensions by id, which may name students by login or address, too."""
    extensions = {}
    for (who, assignment), extension in term.extensions.items():
        student = who
        with contextlib.suppress(CourseError):  # who is nobody is said in the remarks
            student = roster.find(who).id
        if (student, assignment) in extensions:
            place = term.place("extensions", who, assignment)
            raise CourseError(f"{place}: {student} has another: remove one")
        extensions[student, assignment] = extension
    return replace(term, extensions=extensions)


def _refuse_unknown(folder: ClassFolder, term: Term, attempts: Iterable[Attempt]) -> None:
    for attempt in attempts:
        if attempt.assignment not in term.assignments:
            raise CourseError(
                f"{folder.attempts}: {attempt.student} handed in {attempt.assignment!r} (attempt"
                f" {attempt.attempt}), which course.toml does not have: add it there"
            )
