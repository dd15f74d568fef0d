"""Brings a submission to life: a notebook's definitions, or a folder of modules.

Modules of existing work import each other in many ways (`from .layers import *`, `from course.layers
import *`, `from past.builtins import xrange`). Such imports resolve to the submission's own modules,
whatever package they name, and what was resolved is reported.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

from definitions import Definitions, as_statement, define, is_main_guard, run_statement, strip_magics

PACKAGE = "submission.package.subpackage"  # so deep, for `from ..layers` and `from ...layers` in its modules
SHIMS = {"past.builtins": {"xrange": range, "basestring": str, "unicode": str, "long": int}}


def define_submission(submission: dict) -> Definitions:
    """Run what was handed in: {"cells": [[place, code]], "modules": {name: code}, "wanted": [names]}.

    "given" holds the course's own building blocks, {full module name: code}, and "helpers" modules that
    existing work expects beside its own, {name: code}.
    """
    sys.meta_path.append(Given(submission["given"]))
    if not submission["cells"]:
        return define_modules(submission["modules"], submission["helpers"])
    beside = Definitions()  # modules of the student's own, which the notebook may import
    sys.meta_path.append(Finder(submission["modules"], beside))
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    result = define(submission["cells"], submission["wanted"], vars(module))
    result.problems += beside.problems
    result.repairs += beside.repairs
    return result


def define_modules(sources: dict[str, str], helpers: dict[str, str]) -> Definitions:
    """Import every module of a folder; the namespace holds each name from the module that defines it."""
    result = Definitions()
    finder = Finder(sources, result, helpers)
    sys.meta_path.append(finder)
    borrowed: dict = {}
    for name in sources:
        module = importlib.import_module(f"{PACKAGE}.{name}")
        result.modules.append(module)
        for key, value in vars(module).items():
            home = getattr(value, "__module__", None) == module.__name__
            (result.namespace if home else borrowed).setdefault(key, value)
    result.namespace = borrowed | result.namespace
    return result


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the submission's modules under the package names that the submission uses for them."""

    def __init__(
        self, sources: dict[str, str], result: Definitions, helpers: dict[str, str] | None = None
    ) -> None:
        self.helpers = {name: code for name, code in (helpers or {}).items() if name not in sources}
        self.sources = sources | self.helpers
        self.result = result
        self.packages = {PACKAGE, *_parents(PACKAGE)} | _packages_named(self.sources)
        self.loaded: dict[str, types.ModuleType] = {}

    def find_spec(self, fullname: str, path=None, target=None):
        """A spec for a module of the submission, an alias of one, or a package around one."""
        last = fullname.rpartition(".")[2]
        parent = fullname.rpartition(".")[0]
        is_package = fullname in self.packages
        known = last in self.sources and (not parent or parent in self.packages)
        if not (is_package or known or fullname in SHIMS):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec):
        """The one module object that all names of a submission's module share."""
        name = spec.name.rpartition(".")[2]
        if spec.name in SHIMS or spec.name in self.packages:
            return None
        if not spec.name.startswith(f"{PACKAGE}."):
            whose = "the course's" if name in self.helpers else "the submission's"
            self.result.repairs.append(f"import of {spec.name} was taken from {whose} {name}.py")
            return importlib.import_module(f"{PACKAGE}.{name}")
        return None

    def exec_module(self, module) -> None:
        """Run a module once, statement by statement, so that one bad import does not cost the rest."""
        name = module.__name__.rpartition(".")[2]
        if module.__name__ in SHIMS:
            vars(module).update(SHIMS[module.__name__])
        elif module.__name__ not in self.packages and name not in self.loaded:
            self.loaded[name] = module
            self._run(name, module)

    def _run(self, name: str, module: types.ModuleType) -> None:
        place = f"{name}.py"
        code, _ = strip_magics(self.sources[name])
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.result.problems.append(f"{place}: not valid Python: {error}")
            return
        step = Definitions(vars(module), self.result.problems, self.result.missing, self.result.repairs)
        for node in tree.body:
            if not is_main_guard(node):
                run_statement(as_statement(node, place), step)


class Given(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the course's building blocks, under their own names."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources
        self.packages = {parent for name in sources for parent in _parents(name)}

    def find_spec(self, fullname: str, path=None, target=None):
        """A spec for a module that is given."""
        if fullname not in self.sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname in self.packages)

    def exec_module(self, module) -> None:
        """Run the module as it is in the library."""
        exec(compile(self.sources[module.__name__], f"<{module.__name__}>", "exec"), vars(module))


def _packages_named(sources: dict[str, str]) -> set[str]:
    """Every package that the sources name around one of their own modules (`course.classifiers.layers`)."""
    packages = {"past"}
    for code in sources.values():
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            packages |= {p for n in names if n.rpartition(".")[2] in sources for p in _parents(n)}
    return packages


def _parents(name: str) -> set[str]:
    parts = name.split(".")[:-1]
    return {".".join(parts[: i + 1]) for i in range(len(parts))}
