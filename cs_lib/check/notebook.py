"""`check(...)` in a notebook: runs public tests on what the notebook has defined by now.

The learner's code runs in this very process: whatever it raises, prints or exits with is part of the
report. Only an endless loop has to be interrupted by hand (the kernel's stop button).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

from cs_lib.check.cases import Case, TestFileError
from cs_lib.check.hints import find_hint, narrowed
from cs_lib.check.relies import notes_on_what_fails_below
from cs_lib.check.runner import not_run, run_case
from cs_lib.check.show import CheckReport, Message, Outcome, Shown, running_shell
from cs_lib.check.student import InProcess, Student
from cs_lib.check.suite import Suite, UnknownName, choose, find_suites

MAX_PRINTED = 2000
ADVICE = {
    "not_defined": "Run the cell that defines it, then this check again.",
    "environment": "The code was written for an older version of the library; the change is a small one.",
}
STOPPED = "You interrupted the check in this test."


def check_live(functions: Sequence[Any], notebook: str | None = None) -> Shown:
    """Check these functions (all of the notebook if none is named), show the report and return it."""
    names = [f if isinstance(f, str) else getattr(f, "__name__", repr(f)) for f in functions]
    return check_namespace(live_namespace(), names, notebook).show()


def check_namespace(
    namespace: dict[str, Any], functions: Sequence[str] = (), notebook: str | None = None
) -> Shown:
    """Check what a namespace defines: a report, or a message that says why there is none."""
    try:
        current = notebook_name(namespace)
        chosen = choose(find_suites(), functions, notebook, current=current, defined=defined_names(namespace))
    except UnknownName as error:
        return Message((str(error),))
    except TestFileError as error:
        return Message(("The public tests cannot be read.", str(error)))
    outcomes: list[Outcome] = []
    try:
        for suite, case in chosen:
            outcomes.append(_with_advice(run_one(case, namespace, suite.hints)))
    except KeyboardInterrupt:
        for i, (_, case) in enumerate(chosen[len(outcomes) :]):
            outcomes.append(Outcome(not_run(case, "not_run", STOPPED if i == 0 else None)))
        return CheckReport(title_of(chosen), tuple(outcomes))
    outcomes = with_narrowed_hints(chosen, outcomes)
    failed = dict.fromkeys(o.result.function for o in outcomes if not o.result.passed)
    cases = [case for suite in dict.fromkeys(suite for suite, _ in chosen) for case in suite.cases]
    notes = notes_on_what_fails_below(failed, cases, namespace) if functions else ()
    return CheckReport(title_of(chosen), tuple(outcomes), tuple(notes))


def run_one(case: Case, namespace: dict[str, Any], hints: Mapping[str, list[dict[str, Any]]]) -> Outcome:
    """Run one test on a namespace. Only KeyboardInterrupt passes."""
    printed = Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        student = Student(InProcess(namespace))
        result = run_case(case, student, find_hint=partial(find_hint, hints))
    return Outcome(result, printed.text)


def with_narrowed_hints(
    chosen: Sequence[tuple[Suite, Case]],
    outcomes: Sequence[Outcome],
    hints: Mapping[str, Mapping[str, list[dict[str, Any]]]] | None = None,
) -> list[Outcome]:
    """The outcomes of all chosen tests, with the hints that fit them all.

    hints: notebook -> case id -> fingerprints (default: those beside the tests).
    """
    results = [outcome.result for outcome in outcomes]
    for suite in dict.fromkeys(suite for suite, _ in chosen):
        own = [i for i, (of, _) in enumerate(chosen) if of == suite]
        known = suite.hints if hints is None else hints.get(suite.notebook, {})
        for i, result in zip(own, narrowed([results[i] for i in own], known), strict=True):
            results[i] = result
    return [replace(outcome, result=result) for outcome, result in zip(outcomes, results, strict=True)]


def title_of(chosen: Sequence[tuple[Suite, Case]]) -> str:
    """What a report on these tests is about: one function, or a notebook."""
    functions = list(dict.fromkeys(case.function for _, case in chosen))
    notebooks = dict.fromkeys(suite.notebook for suite, _ in chosen)
    return functions[0] if len(functions) == 1 else " and ".join(notebooks)


class Printed(io.TextIOBase):
    """Keeps the first characters that are printed and forgets the rest."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep what still fits."""
        self.text += text[: MAX_PRINTED - len(self.text)]
        return len(text)


def live_namespace() -> dict[str, Any]:
    """What the notebook has defined; outside IPython, what the program has."""
    shell = running_shell()
    return shell.user_ns if shell is not None else vars(sys.modules["__main__"])


def notebook_name(namespace: Mapping[str, Any]) -> str | None:
    """The name of the running notebook, where the front end tells (JupyterLab, VS Code)."""
    path = os.environ.get("JPY_SESSION_NAME") or namespace.get("__vsc_ipynb_file__")
    return PurePath(path).stem if isinstance(path, str) and path.endswith(".ipynb") else None


def defined_names(namespace: Mapping[str, Any]) -> set[str]:
    """The names of a namespace and of its classes' attributes."""
    classes = [value for value in list(namespace.values()) if issubclass(type(value), type)]
    return set(namespace).union(*(vars(cls) for cls in classes))


def _with_advice(outcome: Outcome) -> Outcome:
    advice = ADVICE.get(outcome.result.status)
    if advice is None:
        return outcome
    return replace(outcome, result=replace(outcome.result, advice=(*outcome.result.advice, advice)))
