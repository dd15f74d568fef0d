"""Reads a test file once and lists its cases: what is graded, for how many points, how to call it.

Tests are pytest functions with a `student` argument and a mark that names the function they grade:

    @pytest.mark.graded("predict_labels", points=2)
    @pytest.mark.parametrize("k", [1, 3])
    def test_votes(student, k): ...

pytest runs such a file as it is (against the reference, or any file with `--student`); here the same
functions are called one by one, without a pytest session, which takes microseconds.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

FIXTURES = ("student", "rng")


class TestFileError(Exception):
    """A test file breaks the rules; the message names the file, the test and the remedy."""

    __test__ = False  # not a test class, whatever pytest makes of the name


@dataclass(frozen=True)
class Case:
    """One test with one set of parameters."""

    id: str  # unique in its file: `test_votes[k=1]`
    function: str  # what it grades
    visibility: str  # "public" or "private"
    points: float
    seconds: float | None  # its own time limit, if the usual one does not fit
    hint: str | None  # said when the test fails and no known mistake matches
    call: Callable[..., Any] = field(repr=False, compare=False)
    arguments: dict[str, Any] = field(repr=False, compare=False)
    fixtures: tuple[str, ...] = field(repr=False, compare=False)

    def rng(self, seed: str) -> np.random.Generator:
        """The case's own random numbers: the same for every submission, unknown without the seed."""
        digest = hashlib.sha256(f"{seed}/{self.id}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def load_cases(path: Path, visibility: str) -> tuple[Case, ...]:
    """The cases of a test file, in its order.

    Raises TestFileError if the file cannot be imported, or a test has no function, points or student.
    """
    module = import_file(path)
    tests = [f for name, f in vars(module).items() if name.startswith("test") and inspect.isfunction(f)]
    cases = [case for test in tests for case in _expand(test, path, visibility)]
    if not cases:
        raise TestFileError(f"{path}: holds no test (functions named test_... with a `student` argument)")
    repeated = {case.id for case in cases if sum(other.id == case.id for other in cases) > 1}
    if repeated:
        raise TestFileError(f"{path}: several cases share the id {sorted(repeated)[0]}: give them `ids`")
    return tuple(cases)


def import_file(path: Path) -> ModuleType:
    """Import a Python file under a name of its own. Raises TestFileError if that fails."""
    name = f"{path.stem}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    if not path.is_file():
        raise TestFileError(f"{path}: there is no such file")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise TestFileError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _expand(test: Callable, path: Path, visibility: str) -> Iterator[Case]:
    marks = getattr(test, "pytestmark", [])
    graded = [mark for mark in marks if mark.name == "graded"]
    if len(graded) != 1 or len(graded[0].args) != 1 or "points" not in graded[0].kwargs:
        raise TestFileError(
            f'{path}: {test.__name__} needs one mark: @pytest.mark.graded("function", points=1)'
        )
    options = graded[0].kwargs
    unknown = set(options) - {"points", "seconds", "hint"}
    if unknown or not options["points"] >= 0:
        raise TestFileError(
            f"{path}: {test.__name__}: bad argument of the mark: {unknown or options['points']}"
        )
    names = _arguments(test)
    for suffix, arguments in _parameters(marks, path, test.__name__):
        yield Case(
            id=test.__name__ + suffix,
            function=graded[0].args[0],
            visibility=visibility,
            points=float(options["points"]),
            seconds=options.get("seconds"),
            hint=options.get("hint"),
            call=test,
            arguments=arguments,
            fixtures=_fixtures(names, arguments, path, test.__name__),
        )


def _arguments(test: Callable) -> tuple[str, ...]:
    return tuple(inspect.signature(test).parameters)


def _fixtures(names: tuple[str, ...], arguments: dict, path: Path, test: str) -> tuple[str, ...]:
    left = [name for name in names if name not in arguments]
    unknown = [name for name in left if name not in FIXTURES]
    if "student" not in left or unknown:
        problem = f"has the unknown argument {unknown[0]}" if unknown else "has no `student` argument"
        raise TestFileError(f"{path}: {test} {problem}; known are {', '.join(FIXTURES)} and its parameters")
    return tuple(left)


def _parameters(marks: list, path: Path, test: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every combination of the parametrize marks, with the suffix of its id."""
    axes = []
    for mark in marks:
        if mark.name != "parametrize":
            continue
        names, rows = mark.args
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        ids = mark.kwargs.get("ids") or [None] * len(rows)
        if callable(ids) or len(ids) != len(rows):
            raise TestFileError(
                f"{path}: {test}: `ids` has to be a list with a name for each of the parameters"
            )
        axes.append([_row(names, row, label) for row, label in zip(rows, ids, strict=True)])
    for combination in itertools.product(*axes):
        label = "-".join(label for label, _ in combination)
        yield (f"[{label}]" if label else ""), {k: v for _, values in combination for k, v in values.items()}


def _row(names: list[str], row: Any, label: str | None) -> tuple[str, dict[str, Any]]:
    if type(row).__name__ == "ParameterSet":  # pytest.param(...)
        label, values = row.id or label, row.values
    else:
        values = (row,) if len(names) == 1 else tuple(row)
    arguments = dict(zip(names, values, strict=True))
    return label or "-".join(f"{name}={_word(value)}" for name, value in arguments.items()), arguments


def _word(value: Any) -> str:
    return getattr(value, "__name__", None) or str(value).replace(" ", "")
