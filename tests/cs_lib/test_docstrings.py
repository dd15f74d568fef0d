"""Whatever the library offers says what it does: found by walking through it, so that nothing is left out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import cs_lib

NAMES = [m.name for m in pkgutil.walk_packages(cs_lib.__path__, "cs_lib.") if not m.name.endswith("__main__")]
each_module = pytest.mark.parametrize("module", [importlib.import_module(name) for name in NAMES], ids=NAMES)

SHAPE = re.compile(r"\([\w .]+,[\w ., ]*\)|\b[Ss]hape|every element|element by element")
ERRORS = re.compile(r"[Rr]aise|[Ee]rrors? ")
CHECKS = re.compile(r"\braise (?!NotImplementedError)\w|\bexpect_\w+\(|\bas_floats\(")


def public(module: ModuleType) -> Iterator[tuple[str, Any, str]]:
    """(name, function or class, what is written above it) of all that is defined in module."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield name, value, module.__doc__ or ""
        if inspect.isclass(value):
            above = f"{module.__doc__}\n{inspect.getdoc(value)}"
            for method in vars(value):
                found = inspect.getattr_static(value, method)
                found = getattr(found, "__func__", getattr(found, "fget", found))  # class methods, properties
                if not method.startswith("_") and inspect.isfunction(found):
                    yield f"{name}.{method}", getattr(value, method), above


def functions(module: ModuleType) -> Iterator[tuple[str, Any, str]]:
    """The same without classes and properties, and with all documentation that there is on each."""
    for name, value, above in public(module):
        if inspect.isroutine(value):
            yield name, value, f"{inspect.getdoc(value)}\n{above}"


@each_module
def test_modules_functions_classes_and_methods_have_a_docstring(module):
    assert module.__doc__
    silent = [name for name, value, _ in public(module) if not inspect.getdoc(value)]
    generated = [name for name, value, _ in public(module) if (value.__doc__ or "").startswith(f"{name}(")]
    assert silent + generated == []


@each_module
def test_functions_have_type_hints_on_arguments_and_result(module):
    bare = []
    for name, function, _ in functions(module):
        signature = inspect.signature(function)
        hints = [p.annotation for p in signature.parameters.values() if p.name not in {"self", "cls"}]
        if inspect.Signature.empty in (*hints, signature.return_annotation):
            bare.append(name)
    assert bare == []


@each_module
def test_functions_of_arrays_say_which_shapes(module):
    vague = []
    for name, function, documentation in functions(module):
        hints = [str(p.annotation) for p in inspect.signature(function).parameters.values()]
        if any("ndarray" in hint for hint in hints) and not SHAPE.search(documentation):
            vague.append(name)
    assert vague == []


@each_module
def test_functions_that_check_their_arguments_say_what_they_raise(module):
    surprising = []
    for name, function, documentation in functions(module):
        code = inspect.getsource(function).replace(function.__doc__ or "", "")
        if CHECKS.search(code) and not ERRORS.search(documentation):
            surprising.append(name)
    assert surprising == []
