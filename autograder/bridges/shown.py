"""Which attempt of each student nbgrader's gradebook shows, with what people gave for it.

The gradebook holds one submission for each student and assignment, so attempts take turns in it. What people
gave is read into the record of the class folder before another attempt takes the place, and is put back when
the attempt, or one with the same answer, is shown again. Its rows get new numbers when another attempt is
shown: a page of formgrader that was open all the while cannot save a mark for what it does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from autograder.bridges.given import Penalties, question_of
from autograder.bridges.gradebook import nbgrader_api, write_scores
from autograder.course import Assignment
from autograder.report import Report
from autograder.templates import harmless
from autograder.term.attempts import Attempt
from autograder.term.manual import Given, Manual
from autograder.term.policy import Dates
from autograder.term.roster import Student

NO_TAGS = str.maketrans("<>", "()")  # formgrader shows a name as text on one page and as HTML on another


@dataclass(frozen=True)
class Shown:
    """An attempt as the gradebook is to show it."""

    attempt: Attempt
    report: Report
    penalty: float  # the points that lateness costs
    dates: Dates | None  # with the student's extension
    student: Student | None  # as the roster has it


def lock(gradebook: Any, assignment: str, students: Iterable[str]) -> None:
    """Let nobody else change what the gradebook shows of students until the end of the transaction."""
    api = nbgrader_api()
    notebooks = (
        select(api.SubmittedNotebook.id)
        .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
        .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
        .where(api.Assignment.name == assignment, api.SubmittedAssignment.student_id.in_(list(students)))
    )
    for table, column in ((api.Grade, "extra_credit"), (api.Comment, "manual_comment")):
        same = {column: getattr(table, column)}
        of_them = update(table).where(table.notebook_id.in_(notebooks)).values(same)
        gradebook.db.execute(of_them, execution_options={"synchronize_session": False})


def show(
    gradebook: Any,
    assignment: Assignment,
    shown: Sequence[Shown],
    before: Penalties,
    manual: Manual,
    due: datetime | None,
) -> Penalties:
    """Make the gradebook show attempts, with what people gave for them; the caller commits.

    before: what it showed until now.
    """
    unanswered: dict[tuple[str, str], set[str]] = {}
    for one in shown:
        unanswered |= _unanswered(assignment, one, manual)
    submissions = write_scores(gradebook, [one.report for one in shown], unanswered)
    gradebook.find_assignment(assignment.name).duedate = _naive(due)
    written: Penalties = {}
    with gradebook.db.no_autoflush:
        for one in shown:
            submission = submissions[one.attempt.student]
            submission.timestamp = _naive(one.attempt.timestamp)
            _name(submission.student, one.student)
            submission.extension = one.dates.due - due if one.dates and due else timedelta(0)
            is_another = before.get(one.attempt.student, {}).get("attempt") != one.attempt.attempt
            for notebook in submission.notebooks:
                if is_another:
                    _renumber(notebook)
                _put_back(assignment, one, notebook, manual)
            penalty = _shared_out(one.penalty, {n.name: _score(n) for n in submission.notebooks})
            for notebook in submission.notebooks:
                notebook.late_submission_penalty = penalty[notebook.name]
            written[one.attempt.student] = {"attempt": one.attempt.attempt, "penalty": penalty}
    return written


def _name(row: Any, student: Student | None) -> None:
    """Write a name as formgrader shows it, LAST, FIRST; where it is in one piece, its last word is taken."""
    if student and student.name:
        last, comma, first = student.name.partition(", ")
        if not comma:
            first, _, last = student.name.rpartition(" ")
        if student.last:
            first, last = student.first, student.last
        row.first_name, row.last_name = (harmless(part).translate(NO_TAGS) for part in (first, last))
        row.email = student.email or row.email


def _renumber(notebook: Any) -> None:
    for row in (*notebook.grades, *notebook.comments):
        row.id = uuid4().hex


def _put_back(assignment: Assignment, one: Shown, notebook: Any, manual: Manual) -> None:
    """Write what people gave for the attempt, and nothing that they gave for another."""

    def given(cell: str) -> Given | None:
        return manual.given(*one.attempt.key, question_of(assignment, notebook.name, cell))

    for grade in notebook.grades:
        said = given(grade.cell.name)
        grade.manual_score, grade.extra_credit = (said.points, said.extra) if said else (None, None)
        grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
    for comment in notebook.comments:
        said = given(comment.cell.name)
        comment.manual_comment = said.comment if said else None


def _unanswered(assignment: Assignment, one: Shown, manual: Manual) -> dict[tuple[str, str], set[str]]:
    return {
        (one.attempt.student, notebook.name): {
            q for q in notebook.manual if manual.is_blank(*one.attempt.key, q)
        }
        for notebook in assignment.notebooks
    }


def _score(notebook: Any) -> float:
    """A notebook's score as nbgrader adds it up."""
    return sum(
        (g.auto_score or 0.0 if g.manual_score is None else g.manual_score) + (g.extra_credit or 0.0)
        for g in notebook.grades
    )


def _shared_out(penalty: float, scores: Mapping[str, float]) -> dict[str, float]:
    """A penalty by notebook, in proportion to what each has to lose."""
    whole = sum(scores.values())
    return {name: penalty * score / whole if whole else 0.0 for name, score in scores.items()}


def _naive(moment: datetime | None) -> datetime | None:
    """Universal time without saying so, as nbgrader keeps it."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
