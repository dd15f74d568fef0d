"""Which files of `cs_lib` an assignment hands out: the modules that it names, and what these import.

A name is a module (`gradients`), a package (`plots`), or a module of a package (`layers.affine`): of such a
package only that module is given, under an `__init__` that holds nothing but its docstring.
"""

from __future__ import annotations

import ast
import functools
import shutil
from collections.abc import Iterable
from pathlib import Path

import cs_lib

ROOT = Path(cs_lib.__file__).parent
PACKAGE = cs_lib.__name__


@functools.cache
def sources(names: tuple[str, ...]) -> dict[str, str]:
    """The code of the named modules and of all that they import of the library, by full module name.

    Raises LookupError if the library has no such module.
    """
    pending, found = [f"{PACKAGE}.{name}" for name in names], {}
    while pending:
        name = pending.pop()
        if name in found or name == PACKAGE:
            continue
        path = _path(name)
        package = path.name == "__init__.py"
        found[name] = path.read_text(encoding="utf-8")
        if package:
            pending += [f"{name}.{file.stem}" for file in path.parent.glob("*.py") if file != path]
        pending += _imported(found[name])
    for name in list(found):
        for parent in _parents(name):
            found.setdefault(parent, _bare(parent))
    return found


def require(names: Iterable[str]) -> None:
    """Raise LookupError if the library lacks one of these modules."""
    for name in names:
        _path(f"{PACKAGE}.{name}")


def copy(names: Iterable[str], to: Path) -> None:
    """Write these modules to the folder `to`, as a `cs_lib` that holds nothing else.

    Raises LookupError if the library has no such module.
    """
    given = sources(tuple(sorted(names)))
    for name, code in given.items():
        parts = name.split(".")[1:]
        is_package = not parts or _path(name).name == "__init__.py"
        path = to.joinpath(*parts, "__init__.py") if is_package else to.joinpath(*parts).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
        for file in _data_of(name):
            shutil.copy(file, path.parent)


@functools.cache
def helpers() -> dict[str, str]:
    """Modules that existing work in files expects beside its own (`layer_utils`), by name."""
    folder = Path(__file__).parent / "student" / "helpers"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def _path(name: str) -> Path:
    """The file of a module, or the `__init__.py` of a package."""
    place = ROOT.joinpath(*name.split(".")[1:])
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    raise LookupError(f"{PACKAGE} has no module {name.removeprefix(PACKAGE + '.')!r} to provide")


def _data_of(name: str) -> list[Path]:
    """The files that belong to a module and are called like it (`patches_net.safetensors`)."""
    path = _path(name)
    return [] if path.name == "__init__.py" else [f for f in path.parent.glob(f"{path.stem}.*") if f != path]


def _imported(code: str) -> list[str]:
    """The modules of the library that some code imports."""
    names = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [name for name in within if _is_module(name)] or [node.module]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE]
    return names


def _is_module(name: str) -> bool:
    try:
        _path(name)
    except LookupError:
        return False
    return True


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _bare(package: str) -> str:
    """An `__init__.py` that imports nothing: the package's docstring."""
    docstring = ast.get_docstring(ast.parse(_path(package).read_text(encoding="utf-8")), clean=False)
    return f'"""{docstring}"""\n'
