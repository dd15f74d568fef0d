"""What a learner imports stays what it is, however often and in whatever order it is used."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import cs_lib.check


def test_no_module_has_the_name_of_a_function():
    """Importing a module of that name would put it in the function's place."""
    modules = {module.name for module in pkgutil.iter_modules(cs_lib.check.__path__)}
    functions = {name for name in cs_lib.check.__all__ if callable(getattr(cs_lib.check, name))}
    assert modules & functions <= {"remembered"}  # imported before the function takes its name


def test_the_import_takes_along_nothing_heavy():
    heavy = "pytest matplotlib torch scipy sklearn skimage pandas IPython rich nbformat"
    code = f"import sys, cs_lib.check; print(*set(sys.modules) & set({heavy.split()}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
