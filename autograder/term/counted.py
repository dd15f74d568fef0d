"""The pages and tables of the attempts that count, as students and instructors are given them.

`course grade` writes them; `course report` writes them again where other attempts count since then, because a
person has given points.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from autograder.class_run import write_outputs
from autograder.course import Assignment
from autograder.files import write
from autograder.report import Report
from autograder.term.attempts import Attempt
from autograder.term.folder import ClassFolder
from autograder.term.late import Settlement, counted_of

Key = tuple[str, str, str]  # student, assignment, attempt
Settled = Mapping[str, Settlement]  # by student


def write_counted(
    assignment: Assignment,
    folder: ClassFolder,
    settled: Settled,
    reports: Mapping[Key, Report],
    changed: Collection[str] | None = None,
) -> list[Report]:
    """Write everything; returns the report for each student, of group work under the own name of each.

    changed: the students whose pages are to be written, if not all of them.
    """
    counted = []
    for student, settlement in settled.items():
        considered = settlement.decisions[assignment.name].counted
        if considered and considered.graded.key in reports:
            counted.append(replace(reports[considered.graded.key], student=student))
    write_outputs(assignment, counted, folder.graded(assignment.name), alone=True, changed=changed)
    which = json.dumps(counted_of(settled, assignment.name), ensure_ascii=False)
    write(folder.counted(assignment.name), which)
    return counted


def write_counted_again(
    assignment: Assignment,
    folder: ClassFolder,
    settled: Settled,
    attempts: Sequence[Attempt],
    changed: Collection[str],
) -> None:
    """The same from the reports that grading has left."""
    wanted = {tuple(name) for name in counted_of(settled, assignment.name).values()}
    reports = {
        attempt.key: Report.from_json((folder.root / attempt.report).read_text(encoding="utf-8"))
        for attempt in attempts
        if attempt.assignment == assignment.name
        and attempt.report
        and (attempt.student, attempt.attempt) in wanted
    }
    write_counted(assignment, folder, settled, reports, changed)
