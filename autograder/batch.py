"""Grades a class: `grade` mapped over submissions, by any executor, with a log that survives a kill.

Results are appended to the log as they come; a later run takes from it what was graded with the same
files, tests and sandbox. A worker that dies costs its submissions a second try, never the batch.
"""

from __future__ import annotations

import functools
import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import autograder
import cs_lib
from autograder.course import Assignment, load_course
from autograder.grade import Hints, grade
from autograder.hints import digest_of_files, hints_of
from autograder.report import Report
from autograder.sandbox.process import SandboxError
from autograder.submission import Submission, read_submission

POOLED_TRIES = 2


@dataclass(frozen=True)
class Task:
    """One submission to grade, as data that any worker can be sent."""

    student: str
    path: str
    course_file: str
    assignment: str
    sandbox: str
    key: str  # what was graded with what
    attempt: str = ""  # which of the student's attempts it is, where there are several


def find_tasks(submitted: Path, course_file: Path, assignment: Assignment, sandbox: str) -> list[Task]:
    """The submissions in nbgrader's layout: submitted/STUDENT/ASSIGNMENT/."""
    folders = sorted(path for path in submitted.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = [(folder.name, "", folder / assignment.name) for folder in folders]
    return make_tasks([entry for entry in found if entry[2].exists()], course_file, assignment, sandbox)


def make_tasks(
    handed_in: Iterable[tuple[str, str, Path]], course_file: Path, assignment: Assignment, sandbox: str
) -> list[Task]:
    """A task for each (student, attempt, path of the files)."""
    tests = digest_of_tests(assignment)
    tasks = []
    for student, attempt, path in handed_in:
        # The name too: two students may hand in the same files.
        parts = f"{tests} {digest_of_files([path])} {sandbox} {student}"
        key = hashlib.sha256(parts.encode(errors="surrogateescape")).hexdigest()
        tasks.append(Task(student, str(path), str(course_file), assignment.name, sandbox, key, attempt))
    return tasks


def grade_class(
    tasks: list[Task],
    log: Path,
    make_executor: Callable[[], Executor],
    on_result: Callable[[Report], None] = lambda r: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Report]:
    """Grade all tasks, those already in the log excepted. Returns the reports in the tasks' order.

    on_result: called with each report as it comes. meanwhile: called when the tasks have been handed out.
    """
    done = read_log(log)
    reports = {task: done[task.key] for task in tasks if task.key in done}
    for report in reports.values():
        on_result(report)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as stream:
        new = [task for task in tasks if task not in reports]
        for task, report in _run(new, make_executor, meanwhile):
            line = json.dumps({"key": task.key, "report": report.to_json()})
            stream.write(f"\n{line}")  # the line before may have been cut off
            stream.flush()
            reports[task] = report
            on_result(report)
    return [reports[task] for task in tasks]


def process_pool(jobs: int) -> Callable[[], Executor]:
    """Worker processes on this machine; they inherit the loaded tests by fork."""
    return lambda: ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"))


def read_log(log: Path) -> dict[str, Report]:
    """What an earlier run has graded, by key; a line that was cut off is left out."""
    done: dict[str, Report] = {}
    if log.is_file():
        for line in log.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                done[entry["key"]] = Report.from_json(entry["report"])
            except (ValueError, KeyError, TypeError):
                continue
    return done


def work(task: Task) -> Report:
    """Grade one task: what a worker does. Whatever goes wrong is said in the report."""
    assignment, hints = prepare(task.course_file, task.assignment)
    submission = Submission(task.student)
    try:
        submission = read_submission(
            Path(task.path), task.student, tuple(n.name for n in assignment.notebooks)
        )
        return grade(assignment, submission, sandbox=task.sandbox, hints=hints)
    except SandboxError:
        raise
    except Exception as error:  # a fault of ours, which must not stop the batch
        problem = f"could not be graded: {type(error).__name__}: {error}"
        return failed(assignment, submission, task.sandbox, problem)


@functools.cache
def prepare(course_file: str, name: str) -> tuple[Assignment, Hints]:
    """The assignment with its tests imported and its hints recorded, once for each process."""
    assignment = load_course(Path(course_file)).assignment(name)
    return assignment, {n.name: hints_of(n, assignment.seed) for n in assignment.notebooks}


def failed(assignment: Assignment, submission: Submission, sandbox: str, problem: str) -> Report:
    """The report of a submission that could not be graded: every test listed, with 0."""
    empty = Submission(submission.student, problems=(problem,), sha256=submission.sha256)
    return grade(assignment, empty, sandbox=sandbox)


def digest_of_tests(assignment: Assignment) -> str:
    """A digest of everything that decides about marks: tests, reference, grader, the assignment's settings.

    Not of all of course.toml: to grant an extension grades nothing again.
    """
    folders = [notebook.folder for notebook in assignment.notebooks]
    packages = [Path(package.__file__).parent for package in (autograder, cs_lib)]
    files = digest_of_files([*folders, *packages], "*.py")
    return hashlib.sha256(f"{files} {assignment} {assignment.seed}".encode()).hexdigest()


def _run(
    tasks: list[Task], make_executor: Callable[[], Executor], meanwhile: Callable[[], None]
) -> Iterator[tuple[Task, Report]]:
    """Results as they come. What a dying worker took with it is tried again, then each task by itself."""
    waiting = tasks
    for _ in range(POOLED_TRIES):
        lost: list[Task] = []
        if waiting:
            yield from _run_pool(waiting, make_executor, lost, meanwhile)
        waiting = lost
    for task in waiting:
        lost = []
        yield from _run_pool([task], make_executor, lost)
        if lost:
            assignment, _ = prepare(task.course_file, task.assignment)
            problem = "could not be graded: every worker that tried it died"
            yield task, failed(assignment, Submission(task.student), task.sandbox, problem)


def _run_pool(
    tasks: list[Task],
    make_executor: Callable[[], Executor],
    lost: list[Task],
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Task, Report]]:
    with make_executor() as executor:
        futures: dict[Future, Task] = {}
        for task in tasks:
            try:
                futures[executor.submit(work, task)] = task
            except RuntimeError:  # a worker died while tasks were still being handed out
                lost.append(task)
        try:
            meanwhile()
            for future in as_completed(futures):
                try:
                    report = future.result()
                except SandboxError:  # nothing can be graded there
                    raise
                except Exception:  # each executor has an error of its own for a worker that died
                    lost.append(futures[future])
                else:
                    yield futures[future], report
        finally:  # who interrupts need not wait for those that have not begun
            for future in futures:
                future.cancel()
