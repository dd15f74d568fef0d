"""From an assignment and a submission to a report: the heart of the autograder.

The tests, the expected answers and the verdicts are in this process; the student's code is in another,
inside a sandbox, and only answers calls with values. No database, no global state, no current directory:
whatever grades (the command line, nbgrader, Gradescope) calls `grade` and stores what it says.
"""

from __future__ import annotations

import dataclasses
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograder.course import Assignment, Notebook
from autograder.remote import DefinitionError, Session
from autograder.report import Report
from autograder.sandbox import Limits
from autograder.submission import Submission
from cs_lib.check.cases import Case
from cs_lib.check.hints import find_hint
from cs_lib.check.result import TestResult
from cs_lib.check.runner import not_run, run_case
from cs_lib.check.student import Student

GIVE_UP_AFTER = 2  # time limits of one function, after which its other tests are not tried
Hints = Mapping[str, Mapping[str, list[dict[str, Any]]]]  # notebook -> case id -> fingerprints


def grade(
    assignment: Assignment,
    submission: Submission,
    *,
    sandbox: str = "bubblewrap",
    hints: Hints | None = None,
    visibility: tuple[str, ...] = ("public", "private"),
) -> Report:
    """Grade one submission.

    sandbox: a level of `autograder.sandbox.LEVELS`. hints: fingerprints of known mistakes, by notebook.
    Raises SandboxError if that level cannot be used here; nothing that a student handed in raises.
    """
    started = time.perf_counter()
    results: list[TestResult] = []
    notebooks, repairs, problems = {}, list(submission.repairs), list(submission.problems)
    for notebook in assignment.notebooks:
        cases = [case for case in notebook.cases if case.visibility in visibility]
        outcome = _grade_notebook(
            notebook, cases, submission, sandbox, assignment, (hints or {}).get(notebook.name, {})
        )
        results += outcome.results
        notebooks[notebook.name] = tuple(result.id for result in outcome.results)
        repairs += [f"{notebook.name}: {text}" for text in outcome.repairs]
        problems += [f"{notebook.name}: {text}" for text in outcome.problems]
    report = Report(
        student=submission.student,
        assignment=assignment.name,
        score=round(sum(result.score for result in results), 9),
        max_score=round(sum(result.max_score for result in results), 9),
        tests=tuple(results),
        notebooks=notebooks,
        manual={
            name: points for notebook in assignment.notebooks for name, points in notebook.manual.items()
        },
        repairs=tuple(repairs),
        problems=tuple(problems),
        sandbox=sandbox,
        versions={"python": platform.python_version(), "numpy": np.__version__, "platform": sys.platform},
        sha256=submission.sha256,
        seconds=round(time.perf_counter() - started, 4),
    )
    report.validate()
    return report


@dataclasses.dataclass
class Outcome:
    """What grading one notebook gave."""

    results: list[TestResult]
    repairs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def _grade_notebook(
    notebook: Notebook,
    cases: list[Case],
    submission: Submission,
    level: str,
    assignment: Assignment,
    hints: Mapping,
) -> Outcome:
    content = _content(notebook, cases, submission)
    if content is None:
        text = f"{notebook.name}.ipynb was not handed in, or could not be read."
        return Outcome([not_run(case, "not_defined", text) for case in cases], problems=(text,))
    with Session(content, level, assignment.limits, notebook.libraries) as session:
        try:
            session.start()
        except DefinitionError as error:
            return Outcome(
                [not_run(case, error.status, str(error)) for case in cases], problems=(str(error),)
            )
        defined = session.definitions
        results = list(_run_all(cases, session, assignment.limits, assignment.seed, hints))
    # The sandbox is dead here, before any verdict is written.
    return Outcome(results, defined.repairs, defined.problems)


def _content(notebook: Notebook, cases: Iterable[Case], submission: Submission) -> dict[str, Any] | None:
    """What the sandbox is given: the notebook's cells, and the submitted modules."""
    wanted = sorted({case.function for case in cases})
    if notebook.name in submission.notebooks:
        cells = [list(cell) for cell in submission.notebooks[notebook.name]]
        return {"cells": cells, "modules": submission.modules, "wanted": wanted}
    return {"cells": [], "modules": submission.modules, "wanted": wanted} if submission.modules else None


def _run_all(
    cases: list[Case], session: Session, limits: Limits, seed: str, hints: Mapping
) -> Iterator[TestResult]:
    timeouts: Counter[str] = Counter()
    for case in cases:
        if session.seconds_left() <= 0:
            yield not_run(case, "time_limit", "The submission as a whole reached the time limit.")
        elif timeouts[case.function] >= GIVE_UP_AFTER:
            yield not_run(
                case, "time_limit", "Not tried: earlier tests of this function reached the time limit."
            )
        else:
            result = _run_one(case, session, limits, seed, hints)
            timeouts[case.function] += result.status == "time_limit"
            yield result


def _run_one(case: Case, session: Session, limits: Limits, seed: str, hints: Mapping) -> TestResult:
    try:
        remote = session.open_test(case.seconds or limits.test_seconds)
    except DefinitionError as error:
        return not_run(case, error.status, str(error))
    try:
        return run_case(
            case,
            Student(remote),
            seed="public" if case.visibility == "public" else seed,
            find_hint=lambda case, student: find_hint(hints, case, student),
        )
    finally:
        remote.finish()
