"""Finds the public tests that came with this library, and chooses those that are asked for.

Two layouts, both beside the folder `cs_lib`:

    checks/knn/public_tests.py, hints.json        what a learner was given
    assignments/a1/knn/public_tests.py            the course's own checkout
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cs_lib
from cs_lib.check.cases import Case, load_cases

TESTS = "public_tests.py"
HINTS = "hints.json"


class UnknownName(Exception):
    """No test fits what was asked for; the message says what there is."""


@dataclass(frozen=True)
class Suite:
    """The public tests of one notebook."""

    notebook: str
    folder: Path

    @functools.cached_property
    def cases(self) -> tuple[Case, ...]:
        """The tests in their order. Raises TestFileError."""
        return load_cases(self.folder / TESTS, "public")

    @functools.cached_property
    def functions(self) -> tuple[str, ...]:
        """What is graded, functions and answers, in the tests' order."""
        return tuple(dict.fromkeys(case.function for case in self.cases))

    @functools.cached_property
    def hints(self) -> dict[str, list[dict[str, Any]]]:
        """Case id -> fingerprints of known mistakes; none if the file is missing or damaged."""
        try:
            table = json.loads((self.folder / HINTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return table if isinstance(table, dict) else {}


def home() -> Path:
    """The folder that holds this copy of `cs_lib`: a learner's bundle, or the course's checkout."""
    return Path(cs_lib.__file__).resolve().parent.parent


def find_suites(root: Path | None = None) -> tuple[Suite, ...]:
    """The tests of every notebook, sorted by place."""
    root = root or home()
    files = sorted(root.glob(f"checks/*/{TESTS}")) or sorted(root.glob(f"assignments/*/*/{TESTS}"))
    return tuple(Suite(file.parent.name, file.parent) for file in files)


def choose(
    suites: Sequence[Suite],
    functions: Iterable[str] = (),
    notebook: str | None = None,
    *,
    current: str | None = None,
    defined: Collection[str] = (),
) -> list[tuple[Suite, Case]]:
    """The tests of these functions, or all of a notebook's if none is named.

    notebook: only this one's. Without it, and where several notebooks come into question, it is the one
    called `current`, or the one most of whose graded names are `defined`.
    Raises UnknownName for a name that no test grades, TestFileError for a broken test file.
    """
    if notebook is not None:
        known = [suite.notebook for suite in suites]
        suites = [suite for suite in suites if suite.notebook == notebook]
        if not suites:
            raise UnknownName(
                _unknown(f"There are no tests for a notebook called {notebook!r}.", notebook, known)
            )
    if not suites:
        raise UnknownName(f"There are no tests here: no checks/NOTEBOOK/{TESTS} in {home()}.")
    if not functions:
        suite = _pick(suites, current, defined)
        return [(suite, case) for case in suite.cases]
    chosen = []
    for function in dict.fromkeys(functions):
        own = [suite for suite in suites if suite.notebook == current and function in suite.functions]
        holders = own or [suite for suite in suites if function in suite.functions]  # reads every test file
        if not holders:
            known = [name for suite in suites for name in suite.functions]
            raise UnknownName(_unknown(f"No public test is about {function!r}.", function, known))
        suite = _pick(holders, current, defined)
        chosen += [(suite, case) for case in suite.cases if case.function == function]
    return chosen


def _pick(suites: Sequence[Suite], current: str | None, defined: Collection[str]) -> Suite:
    named = [suite for suite in suites if suite.notebook == current]
    if len(suites) == 1 or len(named) == 1:
        return (named or suites)[0]
    count = {suite: len(set(suite.functions) & set(defined)) for suite in suites}
    best = [suite for suite in suites if count[suite] == max(count.values())]
    if len(best) > 1:
        names = ", ".join(f'notebook="{suite.notebook}"' for suite in suites)
        raise UnknownName(f"Several notebooks come into question. Say which one: {names}.")
    return best[0]


def _unknown(sentence: str, name: str, known: list[str]) -> str:
    # `KNearestNeighbor.predict` means predict; otherwise the nearest spelling.
    last = name.rpartition(".")[2]
    near = [last] if last in known else difflib.get_close_matches(last, known, n=1, cutoff=0.5)
    question = f" Did you mean {near[0]!r}?" if near else ""
    return f"{sentence}{question} Known: {', '.join(dict.fromkeys(known))}."
