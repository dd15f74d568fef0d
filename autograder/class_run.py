"""`course grade`: grades a folder of submissions and writes everything that comes of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from autograder.batch import Task, find_tasks, grade_class, prepare, process_pool
from autograder.bridges.gradebook import nbgrader_api, update_class_folder
from autograder.class_report import class_report_html
from autograder.course import Assignment, Course, CourseError
from autograder.feedback import feedback_html
from autograder.files import write
from autograder.report import Report
from autograder.sandbox.process import LEVELS, SandboxError, needed_packages, warm_up, why_unavailable
from autograder.tables import causes, grades_csv, status_word
from autograder.templates import compile_all, harmless


def grade_folder(
    course: Course,
    assignment: Assignment,
    submitted: Path,
    graded: Path,
    jobs: int,
    sandbox: str,
    gradebook: bool,
    console: Console,
) -> list[Report]:
    """Grade `submitted/STUDENT/ASSIGNMENT/`; reports, grades and feedback go to `graded/ASSIGNMENT/`.

    Raises CourseError if there is nothing to grade, SandboxError if the sandbox cannot be used.
    """
    if not submitted.is_dir():
        raise CourseError(
            f"{submitted}: there is no such folder; submissions lie in FOLDER/STUDENT/{assignment.name}/"
        )
    folder = graded / assignment.name
    make_ready(assignment, sandbox, console)
    tasks = find_tasks(submitted, course.file, assignment, sandbox)
    if not tasks:
        raise CourseError(f"{submitted}: holds no STUDENT/{assignment.name}/ folder")
    reports = grade_tasks(tasks, folder / "log.jsonl", jobs, gradebook, console)
    write_outputs(assignment, reports, folder)
    if gradebook:
        with console.status("Writing nbgrader's gradebook"):
            update_class_folder(course, assignment, reports, submitted.resolve().parent, submitted)
    console.print(table(reports))
    console.print(f"Reports, grades.csv, feedback and class.html are in {folder}")
    return reports


def make_ready(assignment: Assignment, sandbox: str, console: Console) -> None:
    """Start what grading needs, and say what the sandbox leaves open.

    Raises SandboxError if the sandbox cannot be used, or lacks a library that the notebooks need.
    """
    reason = why_unavailable(sandbox)
    if reason:
        raise SandboxError(reason)
    for libraries in {notebook.libraries for notebook in assignment.notebooks}:
        needed_packages(libraries)  # nobody's work is at fault if one is missing
        warm_up(sandbox, assignment.limits, libraries)
    if LEVELS[sandbox].leaves_open:
        note = f"[bold]Sandbox level {sandbox}:[/bold] {LEVELS[sandbox].leaves_open}"
        console.print(note, highlight=False, soft_wrap=True)


def grade_tasks(tasks: list[Task], log: Path, jobs: int, gradebook: bool, console: Console) -> list[Report]:
    """Grade tasks of one assignment beside a bar that shows how far it is.

    gradebook: load what the gradebook needs meanwhile.
    """
    name = tasks[0].assignment
    prepare(tasks[0].course_file, name)  # before the workers are forked, so that they inherit it
    with _progress(console) as progress:
        bar = progress.add_task(f"Grading {name}", total=len(tasks))

        def meanwhile() -> None:  # what will be needed afterwards, while the workers begin
            if gradebook:
                nbgrader_api()
            compile_all()

        return grade_class(tasks, log, process_pool(jobs), lambda report: progress.advance(bar), meanwhile)


def write_outputs(
    assignment: Assignment,
    reports: list[Report],
    folder: Path,
    alone: bool = False,
    changed: Collection[str] | None = None,
) -> None:
    """Reports as JSON, grades.csv, a feedback page for each student and the class report.

    alone: what an earlier run wrote of other students is removed. changed: the students of whom anything is
    new, if not all of them.
    """
    for part in ("reports", "feedback"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        kept = {report.student for report in reports}
        for path in (folder / part).iterdir() if alone else ():
            if path.stem not in kept:
                path.unlink()
    for report in (r for r in reports if changed is None or r.student in changed):
        write(folder / "reports" / f"{report.student}.json", report.to_json())
        write(folder / "feedback" / f"{report.student}.html", feedback_html(report, assignment))
    write(folder / "grades.csv", grades_csv(reports))
    write(folder / "class.html", class_report_html(reports, assignment))


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def table(reports: list[Report]) -> Table:
    """A line for each report."""
    rows = Table("student", "score", "of", "what happened", box=None)
    for report in reports:
        texts = (report.student, f"{report.score:g}", f"{report.max_score:g}", what_happened(report))
        rows.add_row(*(Text(harmless(text)) for text in texts))
    return rows


def what_happened(report: Report) -> str:
    """The verdicts that cost points, most frequent first, and the first problem; or why there are none."""
    word = status_word(report)
    if word != "graded":
        return ", ".join([word, *causes(report)[:1]])
    counts: dict[str, int] = {}
    for test in report.tests:
        if not test.passed:
            counts[test.status] = counts.get(test.status, 0) + 1
    words = [
        f"{n} x {status.replace('_', ' ')}" for status, n in sorted(counts.items(), key=lambda item: -item[1])
    ]
    notes = [*words[:3], *report.problems[:1]] if report.problems and not words else words[:3]
    if report.repairs:
        notes.append("repaired")
    return ", ".join(notes) or "all right"
