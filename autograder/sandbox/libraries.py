"""Which files the sandbox needs: an interpreter, the standard library, and the allowed packages.

An allowed package is given with the folders that its wheel installed (`numpy`, `numpy.libs`) and those
of the packages that it requires, and nothing else of the environment: what is not there cannot be used.
"""

from __future__ import annotations

import functools
import importlib.metadata
import sys
import sysconfig
from pathlib import Path

from packaging.requirements import Requirement

import autograder
import cs_lib

# The few files that the program inside the sandbox consists of.
PROGRAM = (
    *sorted((Path(autograder.__file__).parent / "student").glob("[!_]*.py")),
    Path(autograder.__file__).parent / "wire.py",
    *(Path(cs_lib.__file__).parent / "check" / name for name in ("values.py", "definitions.py")),
)
TRANSPORT = "msgpack"  # what wire.py needs besides NumPy
# What a library imports when it is first used: seconds in every test's fork, unless it is there before.
IMPORTED_LATER = {"numpy": ("numpy.random", "numpy.fft"), "torch": ("torch._dynamo",)}


def to_import(libraries: tuple[str, ...]) -> list[str]:
    """The modules to import before student code is there."""
    return [module for name in libraries for module in (name, *IMPORTED_LATER.get(name, ()))]


@functools.cache
def package_paths(names: tuple[str, ...]) -> tuple[Path, ...]:
    """The top-level files and folders of the named packages and of what they require.

    Raises LookupError if a package is not installed.
    """
    pending, seen, paths = [*names], set(), {}
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise LookupError(f"the package {name} is not installed: pip install {name}") from None
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not top.endswith((".dist-info", ".pth")):
                paths[top] = Path(distribution.locate_file(top))
        pending += [
            r.name
            for r in map(Requirement, distribution.requires or ())
            if not r.marker or r.marker.evaluate()
        ]
    return tuple(path for _, path in sorted(paths.items()) if path.exists())


@functools.cache
def interpreter_paths() -> tuple[Path, ...]:
    """The folders that Python itself needs: its standard library and shared objects, no site-packages."""
    base = {
        "installed_base": sys.base_prefix,
        "platbase": sys.base_exec_prefix,
    }  # of Python, not of the environment
    paths = {Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")}
    paths.add(Path(sys.executable).resolve())
    library = sysconfig.get_config_var("LDLIBRARY") or ""
    shared = Path(sysconfig.get_config_var("LIBDIR") or "/nonexistent") / library
    if ".so" in library and shared.exists():
        paths |= {shared, shared.resolve()}
    return tuple(sorted(paths))
