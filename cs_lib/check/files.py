"""Reads a learner's file, a notebook or a module: its cells, its outline, and what it defines.

Reading and outlining run nothing; `define_file` runs the definitions in this very process.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cs_lib.check.definitions import (
    GIVEN,
    Definitions,
    define,
    is_main_guard,
    parse,
    run_statement,
    strip_magics,
)

Cells = list[tuple[str, str]]  # (place, code)
CELL_MARK = re.compile(r"^# ?%%(?P<kind>.*)$")  # a cell's first line in the percent format
HELPERS = ("data", "plots", "check", "gradients")  # what cells use that are not graded
NOT_CODE = re.compile(r"\[(markdown|md|raw)\]")
SAVE_AGAIN = "open it in Jupyter, save it, and try again"


class UnreadableFile(Exception):
    """A file cannot be used at all; the message names it, says why and what to do."""


def define_file(path: str | Path, wanted: Iterable[str] = ()) -> Definitions:
    """What a notebook (.ipynb, or .py with `# %%` cells) or a module (any other .py) defines.

    wanted: names that are asked for, besides those that begin with `answer_` (default: all functions). A
    notebook's definitions are run, a module is run from top to bottom without its `__main__` part. As in
    grading, the course's own helpers cannot be imported, so that no data are loaded and nothing is trained.
    Raises UnreadableFile; what the code raises becomes one of the problems.
    """
    path = Path(path)
    repairs: list[str] = []
    cells = read_cells(path, repairs)
    with importing_from(path.parent), without_helpers():
        if is_module(path, cells):
            result = _run_module(*cells[0])
        else:
            answers = {name for name in outline(cells) if name.startswith("answer_")}
            result = define(cells, {*(wanted or _functions(cells)), *answers})
    result.repairs[:0] = repairs
    return result


def read_cells(path: str | Path, repairs: list[str] | None = None) -> Cells:
    """The code of a notebook's cells, numbered as a reader counts all cells; a module is one cell.

    repairs: takes a sentence for each thing that was mended. Raises UnreadableFile.
    """
    path = Path(path)
    content = _text(path)
    if path.suffix == ".py":
        marked = any(CELL_MARK.match(line) for line in content.splitlines())
        return _percent_cells(content) if marked else [(path.name, content)]
    return _notebook_cells(path.name, content, repairs if repairs is not None else [])


def is_module(path: Path, cells: Cells) -> bool:
    """Whether these cells are a plain module, as `read_cells` gives it."""
    return len(cells) == 1 and cells[0][0] == path.name


@contextlib.contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let imports find the modules beside a file, as they do in a notebook."""
    before = list(sys.path)
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path[:] = before


@contextlib.contextmanager
def without_helpers() -> Iterator[None]:
    """Let imports of the course's helpers fail, as they do in grading; building blocks are there."""
    hidden = [f"{GIVEN}.{name}" for name in HELPERS]
    loaded = {name: sys.modules[name] for name in (GIVEN, *hidden) if name in sys.modules}
    bare = ModuleType(GIVEN)  # the package itself would know its helpers by attribute
    bare.__path__ = list(loaded[GIVEN].__path__)
    sys.modules.update({GIVEN: bare} | dict.fromkeys(hidden))  # None: Python's way to say that there is none
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(loaded)


def outline(cells: Cells) -> dict[str, bool]:
    """Every function, class, method and variable that is bound -> whether it is more than a stub.

    Nothing is run. As in a notebook that is run from the top, the last binding of a name counts;
    cells that are no Python bind nothing.
    """
    found: dict[str, bool] = {}
    for _, code in cells:
        tree = _parsed(code)
        for node in tree.body if tree else ():
            found |= _bound(node, found)
    return found


def _functions(cells: Cells) -> set[str]:
    """The names of all functions that stand by themselves."""
    trees = [tree for _, code in cells if (tree := _parsed(code))]
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def _parsed(code: str) -> ast.Module | None:
    """The syntax tree of a cell; None if it is no Python."""
    try:
        return ast.parse(strip_magics(code)[0])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bound(node: ast.stmt, before: Mapping[str, bool]) -> dict[str, bool]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name: not _is_stub(node)}
    if isinstance(node, ast.ClassDef):
        inner = {name: filled for child in node.body for name, filled in _bound(child, before).items()}
        methods = [s.name for s in node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
        return inner | {node.name: all(inner[name] for name in methods)}
    if isinstance(node, ast.If | ast.Try) and not is_main_guard(node):
        return {name: filled for child in node.body for name, filled in _bound(child, before).items()}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0]: True for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if isinstance(node.value, ast.Name):  # `C.f = f` is as far as f is
            filled = before.get(node.value.id, True)
        else:
            filled = not (isinstance(node.value, ast.Constant) and node.value.value in (None, ...))
        stored = [n for t in targets for n in ast.walk(t) if isinstance(getattr(n, "ctx", None), ast.Store)]
        names = [
            n.id if isinstance(n, ast.Name) else getattr(n, "attr", None) for n in stored
        ]  # `C.f = f` binds f
        return {name: filled for name in names if name}
    return {}


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function only says that it is not written yet."""
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return all(isinstance(s, ast.Pass) for s in body) or any(_says_not_implemented(s) for s in body)


def _says_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    error = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def _run_module(place: str, code: str) -> Definitions:
    """Run a module's statements one by one: a bad import must not cost the whole file."""
    result = Definitions({"__name__": "__main__"})
    for statement in parse(place, code, result):
        if not is_main_guard(statement.node):
            run_statement(statement, result)
    return result


def _text(path: Path) -> str:
    if path.is_dir():
        raise UnreadableFile(f"{path}: is a folder: name one notebook (.ipynb) or module (.py) in it")
    if path.suffix not in (".ipynb", ".py"):
        raise UnreadableFile(f"{path}: is neither a notebook (.ipynb) nor a module (.py)")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(f"{path}: there is no such file") from None
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read: {error.strerror}") from None
    if not content.strip():
        raise UnreadableFile(f"{path}: is empty")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: is not text in UTF-8 (byte {error.start}): {SAVE_AGAIN}") from None


def _percent_cells(content: str) -> Cells:
    groups: list[tuple[str, list[str]]] = [("", [])]  # what stands before the first mark
    for line in content.splitlines():
        mark = CELL_MARK.match(line)
        if mark:
            groups.append((mark["kind"], []))
        else:
            groups[-1][1].append(line)
    cells = [(f"cell {i}", kind, "\n".join(lines)) for i, (kind, lines) in enumerate(groups)]
    return [(place, code) for place, kind, code in cells if code.strip() and not NOT_CODE.search(kind)]


def _notebook_cells(name: str, content: str, repairs: list[str]) -> Cells:
    try:
        data: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = str(error)[:120]
        raise UnreadableFile(f"{name}: is no notebook, or a damaged one ({reason}): {SAVE_AGAIN}") from None
    listed = data.get("cells") if isinstance(data, dict) else None
    if listed is None and isinstance(data, dict) and isinstance(data.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in data["worksheets"] if isinstance(sheet, dict)]
        listed = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
        repairs.append(f"{name}: read in the old notebook format {data.get('nbformat', '')}".rstrip())
    if not isinstance(listed, list):
        raise UnreadableFile(f"{name}: has no list of cells, so it is no notebook: {SAVE_AGAIN}")
    cells = []
    for number, cell in enumerate(listed, 1):
        source = _source(cell)
        if source is None:
            repairs.append(f"{name}: cell {number} has no readable source and was left out")
        elif cell.get("cell_type") == "code":
            cells.append((f"cell {number}", source))
    return cells


def _source(cell: Any) -> str | None:
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\0", "") if isinstance(source, str) else None
