"""Says what is missing in a course: checks in a table, what is quick first, so many at once.

A check waits while one that it builds on finds something: what it would say follows from that.
"""

from __future__ import annotations

import functools
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import tried, written
from autograder.authoring.findings import Finding, Standard, Subject, shown
from autograder.course import Assignment, Course, CourseError, Notebook, load_course
from autograder.sandbox.process import SandboxError
from autograder.term.settings import read_term
from cs_lib.check.cases import TestFileError


@dataclass(frozen=True)
class Check:
    """One thing that has to hold for every notebook."""

    name: str
    find: Callable[[Subject], Iterable[Finding]]
    after: tuple[str, ...] = ()  # checks that it builds on
    sandboxed: bool = False
    runs_mistakes: bool = False


WRITTEN = ("files", "exercises", "tests")
CATALOGUED = (*WRITTEN, "known mistakes")
CHECKS = (
    Check("files", written.files),
    Check("nothing left to do", written.to_do, after=("files",)),
    Check("exercises", written.exercises, after=("files",)),
    Check("tests", written.tests, after=("files", "exercises")),
    Check("known mistakes", written.catalogue, after=WRITTEN),
    Check("released stubs", tried.stubs, after=WRITTEN, sandboxed=True),
    Check("worked solution", tried.solution, after=WRITTEN, sandboxed=True),
    Check("tests against mistakes", tried.mistakes, after=CATALOGUED, runs_mistakes=True),
)
EXAMPLE_SEED = "change-me"  # of the course as it is given out
BUNDLE = "bundle"  # of a whole assignment; it runs the mistakes, too, to record their hints


@dataclass(frozen=True)
class Step:
    """One check of one notebook or, without a notebook, the bundle of an assignment."""

    check: str
    assignment: str
    notebook: str = ""

    def __str__(self) -> str:
        return f"{self.check} of {self.assignment}{'/' * bool(self.notebook)}{self.notebook}"


@dataclass(frozen=True)
class Looked:
    """What a step has found; None if it waits for others to be clean."""

    step: Step
    findings: tuple[Finding, ...] | None


def choose(course: Course, names: Sequence[str]) -> list[tuple[Assignment, Notebook]]:
    """The notebooks that are meant by `a1` or `a1/knn`; all of them by nothing. Raises CourseError."""
    chosen = []
    for name in names or list(course.assignments):
        assignment, _, notebook = name.partition("/")
        found = course.assignment(assignment)
        chosen += [(found, n) for n in ([found.notebook(notebook)] if notebook else found.notebooks)]
    return list(dict.fromkeys(chosen))


def plan(chosen: Iterable[tuple[Assignment, Notebook]], quick: bool) -> list[list[Step]]:
    """The steps, by check. quick: without those that run mistakes."""
    notebooks = list(chosen)
    checks = [check for check in CHECKS if not (quick and check.runs_mistakes)]
    steps = [[Step(check.name, a.name, n.name) for a, n in notebooks] for check in checks]
    bundles = [Step(BUNDLE, name) for name in dict.fromkeys(a.name for a, _ in notebooks)]
    return steps if quick else [*steps, bundles]


def validate(course: Course, steps: Iterable[Iterable[Step]], jobs: int, sandbox: str) -> Iterator[Looked]:
    """Do the steps, those of one check after those of the checks before it; results as they come.

    jobs: steps done at once. Raises SandboxError if that level cannot be used here.
    """
    done: dict[Step, Looked] = {}
    arguments = (course.root / "assignments" / "course.toml", sandbox)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context, signal.signal, (signal.SIGINT, signal.SIG_DFL)) as pool:
        for group in steps:
            futures = {
                step: pool.submit(look, step, *arguments) if _may_begin(step, done) else None
                for step in group
            }
            for step, future in futures.items():
                try:
                    done[step] = Looked(step, future.result() if future else None)
                except BrokenExecutor:
                    raise CourseError(
                        f"{step}: the process died: is there enough memory? use --jobs 1"
                    ) from None
                yield done[step]


def _may_begin(step: Step, done: dict[Step, Looked]) -> bool:
    """Whether all that a step builds on is clean."""
    after = next((check.after for check in CHECKS if check.name == step.check), CATALOGUED)
    before = [looked for looked in done.values() if looked.step.check in after]
    mine = [
        looked
        for looked in before
        if looked.step.assignment == step.assignment and step.notebook in ("", looked.step.notebook)
    ]
    return all(looked.findings == () for looked in mine)


def look(step: Step, course_file: Path, sandbox: str) -> tuple[Finding, ...]:
    """Do one step; whatever the course's own files do is a finding."""
    course = _loaded(course_file)
    assignment = course.assignment(step.assignment)
    try:
        if step.check == BUNDLE:
            return tuple(tried.bundle(course, assignment))
        notebook = assignment.notebook(step.notebook)
        subject = Subject(course, assignment, notebook, _standard(course), sandbox)
        return tuple(next(check for check in CHECKS if check.name == step.check).find(subject))
    except SandboxError:
        raise
    except (CourseError, TestFileError) as error:
        return (_finding(error, course),)
    except Exception as error:
        where = shown(course_file.parent / step.assignment / step.notebook, course)
        return (
            Finding(
                where, f"the check of {step.check} stopped: {type(error).__name__}: {error}", "correct it"
            ),
        )


def course_findings(course: Course) -> list[Finding]:
    """What is wrong with the settings of the course as a whole, which cost nothing to read."""
    found = []
    for read in (_refuse_overweight, Standard.of):
        try:
            read(course)
        except CourseError as error:
            found.append(_finding(error, course))
    if not (course.root / "datasets").is_dir():
        remedy = "copy it from the course that this one was made from: it goes into every bundle"
        found.append(Finding("datasets", "there is no such folder", remedy))
    return found


def _refuse_overweight(course: Course) -> None:
    if problem := read_term(course).overweight:
        raise CourseError(problem)


def summary(findings: Sequence[Finding], waiting: Iterable[Step], notebooks: int) -> Iterator[str]:
    """What it comes to, in sentences."""
    if not findings:
        yield f"Nothing is missing in {notebooks} notebook{'s' * (notebooks != 1)}."
        return
    yield f"{len(findings)} finding{'s' * (len(findings) != 1)}."
    if names := list(dict.fromkeys(step.check for step in waiting)):
        yield f"What builds on that was not looked at yet: {', '.join(names)}."


def remarks(course: Course, quick: bool) -> Iterator[str]:
    """What is to be known besides."""
    if quick:
        yield "Not tried, for --quick: the tests against known mistakes, and the bundle."
    if any(assignment.seed == EXAMPLE_SEED for assignment in course.assignments.values()):
        yield f'The seed in course.toml is still "{EXAMPLE_SEED}": set your own before you grade a class.'


@functools.cache
def _loaded(course_file: Path) -> Course:
    """The course, once for each process: its tests are imported once."""
    return load_course(course_file)


def _standard(course: Course) -> Standard:
    try:
        return Standard.of(course)
    except CourseError:  # which is a finding of its own
        return Standard()


def _finding(error: Exception, course: Course) -> Finding:
    """From the errors of reading a course, which say where, what and the remedy."""
    where, _, what = str(error).removeprefix(f"{course.root}/").partition(": ")
    return Finding(where, what, "")
