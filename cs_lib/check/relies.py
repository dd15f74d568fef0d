"""What a learner's function calls: a failure may come from below, and the report says where to look first."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cs_lib.check.cases import Case
from cs_lib.check.runner import run_case
from cs_lib.check.student import InProcess, Student

NOTE = "{function} calls {below}, which does not pass its own check yet: look there first."


def notes_on_what_fails_below(
    failed: Iterable[str], cases: Iterable[Case], namespace: Mapping[str, Any]
) -> Iterator[str]:
    """A note for each graded function that a failed one calls and that fails its own public tests.

    cases: all tests of the notebook.
    """
    tests: dict[str, list[Case]] = {}
    for case in cases:
        tests.setdefault(case.function, []).append(case)
    for function in failed:
        for below in sorted(names_called(function, namespace) & set(tests) - {function}):
            if not all(run_case(case, Student(InProcess(dict(namespace)))).passed for case in tests[below]):
                yield NOTE.format(function=function, below=below)


def names_called(function: str, namespace: Mapping[str, Any]) -> set[str]:
    """The names in the code of a function, a method or a class, inner functions included."""
    classes = [value for value in namespace.values() if isinstance(value, type)]
    values = [namespace.get(function), *(vars(cls).get(function) for cls in classes)]
    if isinstance(namespace.get(function), type):
        values += vars(namespace[function]).values()
    pending = [v.__code__ for v in values if isinstance(v, types.FunctionType)]
    names: set[str] = set()
    while pending:
        code = pending.pop()
        names |= set(code.co_names)
        pending += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names
