"""What students get that they must not see: solutions, private tests, mistakes, the reference, the seed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

import cs_lib
from autograder import library
from autograder.course import Assignment

LIBRARY = Path(cs_lib.__file__).parent
REGION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
MARKERS = ("BEGIN SOLUTION", "BEGIN MARK SCHEME", "BEGIN HIDDEN TESTS")
NOT_TEXT = (".pyc", ".safetensors", ".npz", ".png")
TELLING = 15  # characters; a shorter line may stand anywhere


def leaks(assignment: Assignment, bundle: Path) -> Iterator[tuple[str, str]]:
    """What a bundle holds that is secret: (file in the bundle, what)."""
    given = _given(assignment)
    secret = {path: _body_lines(path) - given for path in _secret_files(assignment)}
    solutions = [text for notebook in assignment.notebooks for text in _solutions(notebook.source)]
    for name, text in texts(bundle).items():
        lines = [line.strip() for line in text.splitlines()]
        together = "\n".join(lines)
        yield from ((name, f"a cell with {marker}") for marker in MARKERS if marker in text)
        yield from ((name, f"the solution `{s.splitlines()[0]} ...`") for s in solutions if s in together)
        for path, theirs in secret.items():
            yield from ((name, f"`{line}` of {path.name}") for line in sorted(theirs.intersection(lines)))
        if len(assignment.seed) >= TELLING and assignment.seed in text:
            yield name, "the seed"


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder as text, by its path in it; of notebooks, the sources of their cells."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".ipynb":
            found[name] = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        elif path.is_file() and path.suffix not in NOT_TEXT:
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


def _secret_files(assignment: Assignment) -> list[Path]:
    """Private tests, mistakes, and all of the library that is not provided."""
    given = library.sources(_provided(assignment))
    modules = [
        path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py" and _module(path) not in given
    ]
    hidden = [n.folder / name for n in assignment.notebooks for name in ("private_tests.py", "mistakes.py")]
    return hidden + modules


def _given(assignment: Assignment) -> set[str]:
    """The lines that students are meant to have: modules, public tests, exercises without solutions."""
    found = list(library.sources(_provided(assignment)).values())
    for notebook in assignment.notebooks:
        found.append(re.sub(r"BEGIN SOLUTION.*?END SOLUTION", "", _read(notebook.source), flags=re.DOTALL))
        found.append(_read(notebook.folder / "public_tests.py"))
    return {line.strip() for text in found for line in text.splitlines()}


def _solutions(source: Path) -> list[str]:
    """The solutions of more than one line: one such as `return self.layers(x)` may stand elsewhere, too."""
    found = [[line.strip() for line in text.strip().splitlines()] for text in REGION.findall(_read(source))]
    return ["\n".join(lines) for lines in found if len(lines) > 1]


def _body_lines(path: Path) -> set[str]:
    """The telling lines inside a module's functions, docstrings left out."""
    source = _read(path)
    lines = source.splitlines()
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            for statement in node.body[1:] if ast.get_docstring(node) is not None else node.body:
                found |= {line.strip() for line in lines[statement.lineno - 1 : statement.end_lineno]}
    return {s for s in found if len(s) > TELLING and not s.startswith(("#", "def ", "raise NotImpl"))}


def _provided(assignment: Assignment) -> tuple[str, ...]:
    return tuple(sorted({name for n in assignment.notebooks for name in n.provided + n.building_blocks}))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
