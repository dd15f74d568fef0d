"""Where everything of a term lies in a class folder, which is nbgrader's course folder too.

    roster.csv                                  who takes part
    groups.csv                                  who works with whom, if the roster does not say it
    attempts.jsonl                              the record of everything handed in
    attempts/a1/STUDENT/ATTEMPT/                its files, as they were handed in
    manual.jsonl                                the record of what people gave
    shown/a1.json                               which attempt of each student nbgrader's gradebook shows
    graded/a1/attempts/STUDENT/ATTEMPT.json     the report of each attempt
    graded/a1/                                  reports, feedback and pages of the attempts that count
    term/                                       final grades and pages

The rest is nbgrader's own: gradebook, source, release, submitted, autograded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.term.attempts import Attempt


@dataclass(frozen=True)
class ClassFolder:
    """A class folder; nothing of it need exist yet."""

    root: Path

    @property
    def roster(self) -> Path:
        """Who takes part, as Canvas or Gradescope writes it."""
        return self.root / "roster.csv"

    @property
    def groups(self) -> Path:
        """Canvas's groups export, if there is group work."""
        return self.root / "groups.csv"

    @property
    def attempts(self) -> Path:
        """The record of everything that was handed in."""
        return self.root / "attempts.jsonl"

    @property
    def manual(self) -> Path:
        """The record of points, extra credit and comments that people gave."""
        return self.root / "manual.jsonl"

    @property
    def term(self) -> Path:
        """Final grades and pages."""
        return self.root / "term"

    def graded(self, assignment: str) -> Path:
        """Everything that grading an assignment writes."""
        return self.root / "graded" / assignment

    def answers(self, assignment: str) -> Path:
        """What is written in each attempt for the questions that a person grades, as digests."""
        return self.graded(assignment) / "answers.json"

    def counted(self, assignment: str) -> Path:
        """The attempt of each student that counted when the assignment was graded last."""
        return self.graded(assignment) / "counted.json"

    def shown(self, assignment: str) -> Path:
        """Which attempt of each student nbgrader's gradebook shows, and what lateness costs it."""
        return self.root / "shown" / f"{assignment}.json"

    def files(self, attempt: Attempt) -> Path:
        """The folder of what was handed in. Raises CourseError for a name that is none of a folder."""
        return self.handed_in(attempt.assignment, attempt.student, attempt.attempt)

    def handed_in(self, assignment: str, student: str, attempt: str) -> Path:
        """The same, of an attempt by its names."""
        return self.root / "attempts" / _below(assignment, student, attempt)

    def report(self, attempt: Attempt) -> Path:
        """The report of an attempt. Raises CourseError as `files` does."""
        assignment, *names = _below(attempt.assignment, attempt.student, attempt.attempt).parts
        path = self.graded(assignment).joinpath("attempts", *names)
        return path.with_name(f"{path.name}.json")


def _below(*names: str) -> Path:
    """ASSIGNMENT/STUDENT/ATTEMPT, which cannot lead anywhere else."""
    for name in names:
        if "/" in name or "\\" in name or name.startswith("."):
            raise CourseError(
                f"{name!r} (of {', '.join(names)}) is to name a folder, and cannot: give it a plain name"
            )
    return Path(*names)
