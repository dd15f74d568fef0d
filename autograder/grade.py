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
from functools import partial
from typing import Any

import numpy as np

from autograder import library
from autograder.course import Assignment, Notebook
from autograder.remote import DefinitionError, Session
from autograder.report import Report
from autograder.sandbox.limits import Limits
from autograder.submission import Submission
from cs_lib.check.cases import Case
from cs_lib.check.hints import find_hint, narrowed
from cs_lib.check.result import StudentError, TestResult
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
        results = narrowed(results, hints)
        results = _forgive(notebook, cases, results, session, assignment)
    # The sandbox is dead here, before any verdict is written.
    return Outcome(results, defined.repairs, defined.problems)


def _content(notebook: Notebook, cases: Iterable[Case], submission: Submission) -> dict[str, Any] | None:
    """What the sandbox is given: the notebook's cells, and the submitted modules."""
    cells = [list(cell) for cell in submission.notebooks.get(notebook.name, ())]
    if notebook.name not in submission.notebooks and not submission.modules:
        return None
    return {
        "cells": cells,
        "modules": submission.modules,
        "wanted": sorted({case.function for case in cases}),
        "given": library.sources(notebook.building_blocks),
        "helpers": library.helpers() if submission.modules else {},
    }


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


# Verdicts that do not come from what a function relies on.
OWN_FAULT = frozenset({"not_defined", "not_implemented", "not_answered"})


def _forgive(
    notebook: Notebook, cases: list[Case], results: list[TestResult], session: Session, assignment: Assignment
) -> list[TestResult]:
    """Try failed tests again with the course's own versions of the functions that come before theirs.

    So a mistake costs the points of its own function only. The order is a matter of safety: the worked
    solution of a function enters the sandbox after every test of this function has its last verdict.
    """
    from autograder.source import (
        code_cells,
    )  # jupytext takes a while to import, and most work has no use for it

    order = notebook.exercises
    lost = {result.function for result in results if not result.passed}
    final = list(results)
    in_order = [i for i, case in enumerate(cases) if case.function in order]
    for i in sorted(in_order, key=lambda i: order.index(cases[i].function)):
        earlier = order[: order.index(cases[i].function)]
        blamed = [name for name in earlier if name in lost]
        if results[i].passed or results[i].status in OWN_FAULT or not blamed or session.seconds_left() <= 0:
            continue
        put_in = ([list(cell) for cell in code_cells(notebook)], earlier)
        again = _run_one(cases[i], session, assignment.limits, assignment.seed, {}, put_in)
        if again.passed:
            said = f"Passed with the course's own {', '.join(blamed)} in place of yours."
            final[i] = dataclasses.replace(again, message=said)
    return final


def _run_one(
    case: Case,
    session: Session,
    limits: Limits,
    seed: str,
    hints: Mapping,
    put_in: tuple[list, list[str]] | None = None,
) -> TestResult:
    """Run one test in a fork of its own. put_in: cells, and the names in them that replace the student's."""
    try:
        remote = session.open_test(case.seconds or limits.test_seconds)
    except DefinitionError as error:
        return not_run(case, error.status, str(error))
    try:
        if put_in is not None:
            remote.put_in(*put_in)
        return run_case(
            case,
            Student(remote),
            seed="public" if case.visibility == "public" else seed,
            find_hint=partial(find_hint, hints),
        )
    except StudentError as error:
        return not_run(case, error.status)
    finally:
        remote.finish()
