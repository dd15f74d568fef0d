"""What a submission defines, without running the rest of it.

To check or grade most work only definitions are needed: imports, functions, classes, constants.
Cells that load data, train or plot are left alone, which is why grading takes milliseconds. The rule:

- imports, `def` and `class` run;
- an assignment runs if it binds a name that is asked for (an answer such as `np.log(10)`), or one that a
  class or a function asked for refers to, directly or through others (`EPS = 1e-8`,
  `vote = np.vectorize(winner)`), or if it adds to such a class (`KNearestNeighbor.predict = predict`);
- if nothing is asked for by name, all that is defined counts, and so do assignments without calls;
- each statement on its own: one bad import must not cost the whole file.

Standard library only: this module runs beside student code in the sandbox, and in `course check`.
"""

from __future__ import annotations

import ast
import linecache
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType

# A line of IPython's own syntax: a magic, a shell command, a question.
MAGIC = re.compile(r"^\s*(%|!|\?)|^\s*[\w.]+\?{1,2}\s*$")
ASSIGNED_MAGIC = re.compile(r"^(\s*[\w., ]+=\s*)(%|!)")
GIVEN = "cs_lib"  # the course's own helpers are not there where work is graded, which is no fault of the work
FOR_SHOWING = ("matplotlib", "IPython", "tqdm")  # nor are these: what only shows something is not graded


@dataclass
class Definitions:
    """The namespace that a submission defines, and what went wrong on the way."""

    namespace: dict = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    # name -> module, for imports that failed and for what was to be made with them; a function that needs
    # one gets the verdict `forbidden`.
    missing: dict[str, str] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)
    modules: list[ModuleType] = field(default_factory=list)  # of a submission that consists of modules


@dataclass(frozen=True)
class Statement:
    """A top-level statement: where it stands, what it binds and what it may refer to."""

    node: ast.stmt
    where: str
    binds: frozenset[str]
    refers: frozenset[str]
    is_definition: bool


def define(
    sources: Iterable[tuple[str, str]], wanted: Iterable[str] = (), namespace: dict | None = None
) -> Definitions:
    """Run the definitions of a notebook's cells.

    sources: (place, code) pairs, such as ("cell 3", "def f(): ..."). wanted: names that are asked for.
    Never raises for what the code does, except KeyboardInterrupt.
    """
    result = Definitions(namespace if namespace is not None else {"__name__": "__main__"})
    statements = [s for place, code in sources for s in parse(place, code, result)]
    wanted = set(wanted)
    needed = _needed(statements, wanted)
    for statement in statements:
        assigns = isinstance(statement.node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        if statement.binds & needed or (statement.is_definition and not (assigns and wanted)):
            run_statement(statement, result)
    return result


def parse(place: str, code: str, result: Definitions) -> list[Statement]:
    """The top-level statements of one cell; a cell that is no Python is reported and left out."""
    source, dropped = strip_magics(code)
    if dropped:
        result.repairs.append(f"{place}: left out {dropped} line(s) of notebook commands (%, ! or ?)")
    filename = f"<{place}>"
    try:
        tree = ast.parse(source, filename)
        compile(tree, filename, "exec", dont_inherit=True)  # some errors come only here (a stray `return`)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        result.problems.append(_syntax_problem(place, error))
        return []
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return [as_statement(node, place) for node in tree.body if not _mounts_a_drive(node)]


def _mounts_a_drive(node: ast.stmt) -> bool:
    """Whether it imports what only Colab has, and only Colab needs."""
    names = [node.module] if isinstance(node, ast.ImportFrom) else []
    names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(name and name.startswith("google.colab") for name in names)


def strip_magics(code: str) -> tuple[str, int]:
    """Comment out IPython's own syntax; returns the code and the number of lines changed."""
    lines = code.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith("%%"):
        keeps_python = re.match(r"\s*%%(time|timeit|capture|prun)\b", first)
        return ("\n".join(["", *lines[lines.index(first) + 1 :]]), 1) if keeps_python else ("", len(lines))
    if not any(MAGIC.match(line) or ASSIGNED_MAGIC.match(line) for line in lines):
        return code, 0
    try:
        ast.parse(code)
        return code, 0  # such as a % inside a long string
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    kept = [_without_magic(line) for line in lines]
    return "\n".join(kept), sum(a != b for a, b in zip(lines, kept, strict=True))


def _without_magic(line: str) -> str:
    if MAGIC.match(line):
        indent = line[: len(line) - len(line.lstrip())]
        return f"{indent}pass  # {line.strip()}"
    return ASSIGNED_MAGIC.sub(r"\1None  # \2", line)


def _syntax_problem(place: str, error: Exception) -> str:
    if isinstance(error, SyntaxError):
        line = (error.text or "").strip()
        return f"{place}, line {error.lineno}: not valid Python: {error.msg}" + (
            f" ({line[:80]})" if line else ""
        )
    return f"{place}: cannot be read as Python ({type(error).__name__})"


def as_statement(node: ast.stmt, place: str) -> Statement:
    """What there is to know about a statement before it runs."""
    targets = _targets(node)
    definition = isinstance(
        node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        definition = not _calls(node.value)
    if isinstance(node, ast.If | ast.Try) and not is_main_guard(node):
        definition = all(
            as_statement(child, place).is_definition or isinstance(child, ast.Pass)
            for child in _children(node)
        )
    return Statement(node, place, frozenset(targets), frozenset(_globals_of(node)), definition)


def _globals_of(node: ast.stmt) -> set[str]:
    """The module-level names that a statement reads, also from inside its functions' bodies.

    The symbol table tells a global `dists` from a local one, which the syntax tree does not.
    """

    def walk(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        own = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        return own.union(*(walk(child) for child in table.get_children()))

    return walk(symtable.symtable(ast.unparse(node), "<statement>", "exec"))


def _targets(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        stored = [n for n in ast.walk(node) if isinstance(getattr(n, "ctx", None), ast.Store)]
        owners = [n.value if isinstance(n, ast.Attribute) else n for n in stored]  # `C.f = f` changes C
        return {owner.id for owner in owners if isinstance(owner, ast.Name)}
    return set()


def _calls(value: ast.expr) -> bool:
    """Whether evaluating this runs a call; the body of a lambda does not run yet."""
    if isinstance(value, ast.Lambda):
        return False
    if isinstance(value, ast.Call | ast.Await | ast.Yield | ast.YieldFrom):
        return True
    return any(
        _calls(child)
        for child in ast.iter_child_nodes(value)
        if isinstance(child, ast.expr | ast.comprehension)
    )


def _children(node: ast.If | ast.Try) -> list[ast.stmt]:
    nested = [node.body, node.orelse, getattr(node, "finalbody", [])]
    nested += [handler.body for handler in getattr(node, "handlers", [])]
    return [child for body in nested for child in body]


def is_main_guard(node: ast.stmt) -> bool:
    """Whether this is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and "__name__" in {
        n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)
    }


def _needed(statements: list[Statement], wanted: set[str]) -> set[str]:
    """The names to compute: those asked for, classes (methods are asked for by name), and what these need."""
    needed = set(wanted)
    for statement in statements:
        if isinstance(statement.node, ast.ClassDef) or (statement.is_definition and not wanted):
            needed |= statement.binds
    grown = True
    while grown:
        more = {name for s in statements if s.binds & needed for name in s.refers} - needed
        needed |= more
        grown = bool(more)
    return needed


def run_statement(statement: Statement, result: Definitions) -> None:
    """Run one statement in the namespace; what it raises is noted, not raised."""
    where = f"{statement.where}, line {statement.node.lineno}"
    code = compile(ast.Module([statement.node], []), f"<{statement.where}>", "exec", dont_inherit=True)
    try:
        exec(code, result.namespace)
    except ImportError as error:
        module = error.name or "a module"
        result.missing |= dict.fromkeys(statement.binds, module)
        if module.split(".")[0] not in (GIVEN, *FOR_SHOWING):
            result.problems.append(f"{where}: {said(error)}")
    except NameError as error:
        if error.name in result.missing:  # data loaded by a missing module, and all that is made of them
            result.missing |= dict.fromkeys(statement.binds, result.missing[error.name])
        else:
            result.problems.append(f"{where}: NameError: {said(error)[:200]}")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: an exit() here must not cost the rest
        result.problems.append(f"{where}: {type(error).__name__}: {said(error)[:200]}")


def said(error: BaseException) -> str:
    """str(error), also for exceptions whose own __str__ fails."""
    try:
        return str(error)
    except Exception:
        return "(its message cannot be shown)"
