"""Catalogues of known mistakes: they measure the tests, and they give the hints.

A notebook's mistakes.py builds a `Catalogue`: wrong implementations, each with a hint for the learner, and
right ones written differently. Private tests must reject every mistake and no right variant; the values that
mistakes give on the tests are recorded as fingerprints, by which a learner's wrong value finds its hint.

    solution = {"KNearestNeighbor": KNearestNeighbor}
    catalogue = Catalogue(solution, methods={"predict_labels": "KNearestNeighbor"})

    @catalogue.mistake("predict_labels", hint="Of tied labels the smallest wins: ...")
    def first_seen_label_wins(self, dists, k=1): ...

    @catalogue.right("predict_labels")
    def votes_by_bincount(self, dists, k=1): ...
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autograder.course import CourseError, Notebook
from cs_lib.check.cases import Case, import_file
from cs_lib.check.hints import alike, evidence, find_hint, narrowed
from cs_lib.check.result import TestResult
from cs_lib.check.runner import run_case
from cs_lib.check.student import InProcess, Student


@dataclass(frozen=True)
class Variant:
    """One implementation of one function, wrong (with a hint) or right (without)."""

    name: str
    function: str
    hint: str | None
    namespace: dict[str, Any] = field(repr=False)


class Catalogue:
    """The known implementations of a notebook's graded functions.

    solution: the names that a complete right submission defines, answers to questions included.
    methods: graded methods and the class that each belongs to.
    """

    def __init__(self, solution: dict[str, Any], methods: dict[str, str] | None = None) -> None:
        self.solution = solution
        self.methods = methods or {}
        self.mistakes: list[Variant] = []
        self.right_variants: list[Variant] = []

    def mistake(self, function: str, hint: str, replaces: str | None = None) -> Callable[[Any], Any]:
        """Register the decorated function (or class) as a wrong version of `function`.

        replaces: the name in the submission that it takes the place of, if that is not `function` itself.
        """
        return self._register(self.mistakes, function, hint, replaces)

    def right(self, function: str, replaces: str | None = None) -> Callable[[Any], Any]:
        """Register the decorated function (or class) as a right version of `function`."""
        return self._register(self.right_variants, function, None, replaces)

    def wrong_answer(self, question: str, value: Any, hint: str) -> None:
        """Register a wrong answer to a question."""
        self.mistakes.append(
            Variant(f"{question} = {value!r}", question, hint, self.solution | {question: value})
        )

    def _register(
        self, variants: list[Variant], function: str, hint: str | None, replaces: str | None
    ) -> Callable:
        def register(implementation: Any) -> Any:
            name, target = implementation.__name__, replaces or function
            if isinstance(implementation, type):  # a learner's object is called as the exercise says
                implementation.__name__ = target
            variants.append(Variant(name, function, hint, self._with(target, implementation)))
            return implementation

        return register

    def _with(self, name: str, implementation: Any) -> dict[str, Any]:
        """The solution with one function, method or class replaced."""
        owner = self.methods.get(name)
        if owner is None:
            return self.solution | {name: implementation}
        original = self.solution[owner]
        return self.solution | {owner: type(original.__name__, (original,), {name: implementation})}


@dataclass(frozen=True)
class Measure:
    """How well a notebook's tests and hints deal with the catalogue."""

    mistakes: int
    right_variants: int
    private_kill: float  # share of mistakes that a private test of the function rejects
    public_kill: float
    hinted: float  # share of mistakes that `check` answers with their own hint
    right_rejected: int
    survivors: tuple[str, ...]  # mistakes that no private test rejects
    slip_through: tuple[str, ...]  # mistakes that no public test rejects
    without_hint: tuple[str, ...]
    rejected: tuple[str, ...]  # right variants that lost points, and where

    @property
    def good(self) -> bool:
        """Whether every mistake is rejected by the private tests, and no right variant is."""
        return self.private_kill == 1.0 and self.right_rejected == 0


def load_catalogue(notebook: Notebook) -> Catalogue:
    """The catalogue of a notebook's mistakes.py. Raises CourseError if it holds none."""
    path = notebook.folder / "mistakes.py"
    catalogue = getattr(import_file(path), "catalogue", None)
    if "torch" in sys.modules:  # tensors are so small here that threads would only wait for each other
        sys.modules["torch"].set_num_threads(1)
    if not isinstance(catalogue, Catalogue):
        raise CourseError(f"{path}: needs a Catalogue named `catalogue`")
    unknown = {v.function for v in catalogue.mistakes + catalogue.right_variants} - set(notebook.points)
    if unknown:
        raise CourseError(f"{path}: {sorted(unknown)[0]} is graded by no test: its points would be 0")
    return catalogue


@contextlib.contextmanager
def _own_temporary_files() -> Iterator[None]:
    """What is made with tempfile meanwhile is gone afterwards: no sandbox takes it away here."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="course-variants-") as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


@_own_temporary_files()
def record_hints(notebook: Notebook, cases: Iterable[Case], seed: str) -> dict[str, list[dict[str, Any]]]:
    """For each test, by what the mistakes that fail it are recognised, with their hints.

    Mistakes that give the same values and fail alike stand together, those first that fail few tests: where
    more is wrong, other tests say what. Right values may be among them, for a mistake can lie in a type, or
    in what a function does to its arguments.
    """
    catalogue = load_catalogue(notebook)
    table: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        entries: list[dict[str, Any]] = []
        for variant in catalogue.mistakes:
            if variant.function == case.function:
                _run(case, variant.namespace, seed, partial(_note, entries, variant))
        if entries:
            table[case.id] = entries
    every = [entry for entries in table.values() for entry in entries]
    failed = Counter(id(variant) for entry in every for variant in entry["mistakes"])
    numbers = {id(variant): number for number, variant in enumerate(catalogue.mistakes)}
    for entry in every:
        ordered = sorted(entry.pop("mistakes"), key=lambda variant: failed[id(variant)])
        behind: dict[str, list[int]] = {}
        for variant in ordered:
            behind.setdefault(variant.hint, []).append(numbers[id(variant)])
        entry |= {"hints": list(behind), "mistakes": list(behind.values())}
    return table


def _note(entries: list[dict[str, Any]], variant: Variant, *failed: Any) -> None:
    """Add what a failed test shows of a mistake to what others have shown."""
    seen = evidence(*failed)
    for entry in entries:
        if alike(seen, entry):
            entry["mistakes"].append(variant)
            return
    entries.append(seen | {"mistakes": [variant]})


@_own_temporary_files()
def measure(notebook: Notebook, seed: str) -> Measure:
    """Run every variant against every test of its function, and count."""
    catalogue = load_catalogue(notebook)
    hints = record_hints(notebook, notebook.public_cases, seed)
    survivors, slip_through, without_hint = [], [], []
    for variant in catalogue.mistakes:
        public = _results(notebook.public_cases, variant, seed, hints)
        private = _results(notebook.private_cases, variant, seed)
        if all(result.passed for result in private):
            survivors.append(variant.name)
        if all(result.passed for result in public):
            slip_through.append(variant.name)
        if not any(variant.hint in (result.hint or "") for result in public):
            without_hint.append(variant.name)
    rejected = [
        f"{variant.name}: {result.id}: {result.detail}"
        for variant in [*catalogue.right_variants, Variant("the solution", "", None, catalogue.solution)]
        for result in _results(notebook.cases, variant, seed)
        if not result.passed
    ]
    count = max(len(catalogue.mistakes), 1)
    return Measure(
        mistakes=len(catalogue.mistakes),
        right_variants=len(catalogue.right_variants),
        private_kill=1 - len(survivors) / count,
        public_kill=1 - len(slip_through) / count,
        hinted=1 - len(without_hint) / count,
        right_rejected=len({text.split(":")[0] for text in rejected}),
        survivors=tuple(survivors),
        slip_through=tuple(slip_through),
        without_hint=tuple(without_hint),
        rejected=tuple(rejected),
    )


def _results(
    cases: Iterable[Case], variant: Variant, seed: str, hints: dict | None = None
) -> list[TestResult]:
    """The results of a variant on the tests of its function (of all functions, if it has none)."""
    hints = hints or {}
    chosen = [case for case in cases if variant.function in ("", case.function)]
    results = [_run(case, variant.namespace, seed, partial(find_hint, hints)) for case in chosen]
    return narrowed(results, hints)


def _run(case: Case, namespace: dict[str, Any], seed: str, when_failed: Callable) -> TestResult:
    return run_case(case, Student(InProcess(namespace)), seed=seed, find_hint=when_failed)


def summary(measures: Iterable[Measure]) -> dict[str, float]:
    """The figures of several notebooks together; shares are weighted by the number of mistakes."""
    listed = list(measures)
    mistakes = sum(m.mistakes for m in listed)
    shares = {
        name: sum(getattr(m, name) * m.mistakes for m in listed) / max(mistakes, 1)
        for name in ("private_kill", "public_kill", "hinted")
    }
    return {
        "mistakes": mistakes,
        "right_variants": sum(m.right_variants for m in listed),
        **shares,
        "right_rejected": sum(m.right_rejected for m in listed),
    }
