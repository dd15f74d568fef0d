"""Which attempt of each student nbgrader's gradebook shows, and what people gave for it there.

The gradebook holds one submission for each student and assignment, so attempts take turns in it. What people
gave is read into the record of the class folder before another attempt takes the place, and is put back when
the attempt, or one with the same answer, is shown again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from autograder.bridges.gradebook import nbgrader_api, submission_of, write_scores
from autograder.course import Assignment, CourseError
from autograder.report import Report
from autograder.term.attempts import Attempt
from autograder.term.manual import Given, Manual
from autograder.term.policy import Dates

Penalties = dict[str, dict[str, Any]]  # student -> {"attempt": ..., "penalty": {notebook: points}}


@dataclass(frozen=True)
class Shown:
    """An attempt as the gradebook is to show it."""

    attempt: Attempt
    report: Report
    penalty: float  # the points that lateness costs
    dates: Dates | None  # with the student's extension


def read_shown(path: Path) -> Penalties:
    """What the gradebook shows, by student; nothing if there is no file. Raises CourseError."""
    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(e["attempt"], str) and isinstance(e["penalty"], dict) for e in shown.values()):
            raise TypeError
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, LookupError, AttributeError):
        raise CourseError(f"{path}: is damaged: put back a copy of it") from None
    return shown


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


def read_given(gradebook: Any, assignment: Assignment, shown: Penalties) -> Iterator[Given]:
    """Everything that people gave in the gradebook, for the attempts that it shows.

    What was there before attempts were recorded is of all attempts of the student.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for student, notebook, cell, points, extra in _grades(gradebook, assignment.name):
        found[student, notebook, cell] = {"points": points, "extra": extra}
    for student, notebook, cell, comment in _comments(gradebook, assignment.name):
        found.setdefault((student, notebook, cell), {})["comment"] = comment
    for (student, notebook, cell), said in found.items():
        question = question_of(assignment, notebook, cell)
        attempt = shown[student]["attempt"] if student in shown else None
        yield Given(student, assignment.name, question, attempt=attempt, **said)


def show(
    gradebook: Any, assignment: Assignment, shown: Iterable[Shown], manual: Manual, due: datetime | None
) -> Penalties:
    """Make the gradebook show attempts, with what people gave for them; the caller commits."""
    gradebook.find_assignment(assignment.name).duedate = _naive(due)
    written: Penalties = {}
    for one in shown:
        write_scores(gradebook, [one.report], _unanswered(assignment, one, manual))
        submission = submission_of(gradebook, one.report)
        submission.timestamp = _naive(one.attempt.timestamp)
        submission.extension = one.dates.due - due if one.dates and due else timedelta(0)
        for notebook in submission.notebooks:
            _put_back(assignment, one, notebook, manual)
        penalty = _shared_out(one.penalty, {n.name: _score(n) for n in submission.notebooks})
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = penalty[notebook.name]
        written[one.attempt.student] = {"attempt": one.attempt.attempt, "penalty": penalty}
    return written


def question_of(assignment: Assignment, notebook: str, cell: str) -> str:
    """What a cell is called in the record: a written question by its name, another with its notebook's."""
    return cell if any(cell in n.manual for n in assignment.notebooks) else f"{notebook}.{cell}"


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


def _grades(gradebook: Any, assignment: str) -> Iterable[tuple[str, str, str, float | None, float | None]]:
    grade = nbgrader_api().Grade
    query = _of_cells(gradebook, grade, assignment, grade.manual_score, grade.extra_credit)
    return query.filter(grade.manual_score.isnot(None) | grade.extra_credit.isnot(None))


def _comments(gradebook: Any, assignment: str) -> Iterable[tuple[str, str, str, str]]:
    comment = nbgrader_api().Comment
    query = _of_cells(gradebook, comment, assignment, comment.manual_comment)
    return query.filter(comment.manual_comment.isnot(None), comment.manual_comment != "")


def _of_cells(gradebook: Any, table: Any, assignment: str, *columns: Any) -> Any:
    """(student, notebook, cell, columns) of every row of a table that is about cells, in one query."""
    api = nbgrader_api()
    return (
        gradebook.db.query(api.SubmittedAssignment.student_id, api.Notebook.name, api.BaseCell.name, *columns)
        .select_from(table)
        .join(api.BaseCell, table.cell_id == api.BaseCell.id)
        .join(api.SubmittedNotebook, table.notebook_id == api.SubmittedNotebook.id)
        .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
        .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
        .join(api.Assignment, api.SubmittedAssignment.assignment_id == api.Assignment.id)
        .filter(api.Assignment.name == assignment)
    )
