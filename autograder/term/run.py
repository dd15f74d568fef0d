"""`course grade --class`: grades every attempt, decides which count, and shows people what they are to grade.

What an earlier run graded is taken from its log, and everything but the records can be written again.
"""

from __future__ import annotations

import json
from dataclasses import replace

from rich.console import Console

from autograder.batch import make_tasks
from autograder.bridges import gradebook as nbgrader
from autograder.bridges.database import database
from autograder.bridges.given import asking, read_shown, record, record_gradebook
from autograder.bridges.shown import Shown, lock, show
from autograder.class_run import grade_tasks, make_ready, table
from autograder.course import Assignment, Course, CourseError
from autograder.files import write
from autograder.report import Report
from autograder.term.answers import note_answers
from autograder.term.attempts import Attempt, read_attempts, record_attempts
from autograder.term.counted import Key, Settled, write_counted
from autograder.term.folder import ClassFolder
from autograder.term.records import Records, read_manual, read_records


def grade_term(
    course: Course,
    assignment: Assignment,
    folder: ClassFolder,
    jobs: int,
    sandbox: str,
    gradebook: bool,
    console: Console,
) -> list[Report]:
    """Grade every attempt at an assignment; returns the reports of those that count, one for each student.

    Raises CourseError if there is nothing to grade, SandboxError if the sandbox cannot be used.
    """
    make_ready(assignment, sandbox, console)
    attempts, remarks = _with_files(assignment, folder)
    handed_in = [(attempt.student, attempt.attempt, folder.files(attempt)) for attempt in attempts]
    tasks = make_tasks(handed_in, course.file, assignment, sandbox)
    graded = grade_tasks(tasks, folder.graded(assignment.name) / "log.jsonl", jobs, gradebook, console)
    with console.status("Writing reports"):
        _write_reports(folder, attempts, graded)
        if gradebook:
            nbgrader.make_known(course, assignment, folder.root)
        if nbgrader.is_released(folder.root, assignment):
            released = nbgrader.released_notebooks(folder.root, assignment)
            answers = note_answers(folder, assignment.name, attempts, released)
            write(folder.answers(assignment.name), answers)
    if gradebook:
        with console.status("Reading nbgrader's gradebook"):
            record_gradebook([assignment], folder)
    records = read_records(course, folder)
    settled = records.settled()
    reports = {attempt.key: report for attempt, report in zip(attempts, graded, strict=True)}
    with console.status("Writing pages"):
        counted = write_counted(assignment, folder, settled, reports)
    if gradebook:
        with console.status("Writing nbgrader's gradebook"):
            _show(assignment, records, settled, reports)
    console.print(table(counted))
    for remark in (*remarks, *records.remarks):
        console.print(remark, markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(attempts)} attempts are graded; for {len(counted)} students one counts so far")
    console.print(f"Reports, grades.csv, feedback and class.html are in {folder.graded(assignment.name)}")
    return counted


def _with_files(assignment: Assignment, folder: ClassFolder) -> tuple[list[Attempt], list[str]]:
    """The attempts at an assignment, and what is to be said of those whose files are not there."""
    attempts = [a for a in read_attempts(folder.attempts) if a.assignment == assignment.name]
    if not attempts:
        raise CourseError(
            f"{folder.attempts}: nothing was handed in for {assignment.name}: take in what the platform has"
            f" with course collect {assignment.name} EXPORT --class {folder.root}"
        )
    there = [attempt for attempt in attempts if folder.files(attempt).is_dir()]
    if not there:
        raise CourseError(f"{folder.files(attempts[0])}: there is no such folder: put the files back")
    lost = [folder.files(attempt) for attempt in attempts if attempt not in there]
    return there, [f"{path}: there is no such folder, so nothing was graded: put it back" for path in lost]


def _write_reports(folder: ClassFolder, attempts: list[Attempt], reports: list[Report]) -> None:
    """Write the report of each attempt, and name it in the record of attempts."""
    named = []
    for attempt, report in zip(attempts, reports, strict=True):
        path = folder.report(attempt)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, report.to_json())
        named.append(replace(attempt, report=path.relative_to(folder.root).as_posix()))
    record_attempts(folder.attempts, named)


def _show(
    assignment: Assignment,
    records: Records,
    settled: Settled,
    reports: dict[Key, Report],
) -> None:
    """Make the gradebook and formgrader show of each student the attempt that may count best."""
    folder = records.folder
    path = folder.shown(assignment.name)
    path.parent.mkdir(exist_ok=True)
    released = nbgrader.released_notebooks(folder.root, assignment)
    rules = records.term.assignments[assignment.name]
    wanted = _to_show(assignment, records, settled, reports)
    for first in range(0, len(wanted), nbgrader.TOGETHER):
        some = wanted[first : first + nbgrader.TOGETHER]
        students = [one.attempt.student for one in some]
        for one in some:
            files = folder.files(one.attempt)
            nbgrader.write_shown(folder.root, assignment, one.attempt.student, files, released)
        with nbgrader.opened(database(folder.root)) as gradebook:
            lock(gradebook, assignment.name, students)
            record(asking(gradebook.db.connection()), [assignment], folder)  # what was given a moment ago
            manual = read_manual(folder, [assignment.name])
            before = read_shown(path)
            shown = show(gradebook, assignment, some, before, manual, rules.dates and rules.dates.due)
            partial = path.with_name(f"{path.name}.part")  # a full disk is met before the gradebook changes
            partial.write_text(json.dumps(before | shown, indent=1), encoding="utf-8")
            gradebook.db.commit()
            partial.replace(path)


def _to_show(
    assignment: Assignment,
    records: Records,
    settled: Settled,
    reports: dict[Key, Report],
) -> list[Shown]:
    """Of each student who handed in, the attempt that counts if people give all points that they still may.

    When people have graded what waits in these, no other attempt can come to count.
    """
    picked: dict[str, Key] = {}
    for student, settlement in records.settled(hoped=True).items():
        best = settlement.decisions[assignment.name].counted
        owner = best and best.graded.student  # somebody else of the group, perhaps
        if best and best.graded.key in reports and (owner == student or owner not in picked):
            picked[owner] = best.graded.key
    attempts = {attempt.key: attempt for attempt in records.attempts}
    people = {student.id: student for student in records.roster}
    found = []
    for student, key in picked.items():
        considered = settled[student].decisions[assignment.name].considered
        penalty = next(c.penalty for c in considered if c.graded.key == key)
        dates = records.term.dates(student, assignment.name)
        found.append(Shown(attempts[key], reports[key], penalty, dates, people.get(student)))
    return found
