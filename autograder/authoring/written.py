"""What can be seen by reading a notebook's four files and importing its tests; none of it takes long."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.authoring.findings import FILES, MISTAKES, PRIVATE, PUBLIC, SOURCE, Finding, Subject
from autograder.course import CELL_ROLE
from autograder.library import sources
from autograder.mistakes import load_catalogue
from cs_lib.check.cases import Case

# In a string, `"TODO: ...")`, what is to be done ends where the string ends.
TO_DO = re.compile(r"""(?:(["'])[^"']*)?\bTODO\b[:,]?\s*(.*?)[.\s]*(?(1)\1\W*)$""")
ANSWER = "answer_"
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"


def files(subject: Subject) -> Iterator[Finding]:
    """The four files are there, and are Python."""
    for file in FILES:
        try:
            _tree(subject.text(file))
        except FileNotFoundError:
            yield Finding(subject.at(file), "there is no such file", "write it as other notebooks have it")
        except UnicodeDecodeError:
            yield Finding(subject.at(file), "not in UTF-8", "save the file as UTF-8")
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None)
            said = getattr(error, "msg", None) or str(error)
            yield Finding(subject.at(file, line), f"not valid Python: {said}", "correct it")


def to_do(subject: Subject) -> Iterator[Finding]:
    """Nothing is left to do."""
    for file in FILES:
        for number, line in enumerate(subject.text(file).splitlines(), 1):
            if found := TO_DO.search(line):
                yield Finding(subject.at(file, number), "still to do", found[2] or "finish it")


def exercises(subject: Subject) -> Iterator[Finding]:
    """Each exercise is a cell with something to fill in and a check after it; written ones have a rubric."""
    found = cells(subject.text(SOURCE))
    for name, count in Counter(cell.name for cell in found if cell.role in ("solution", "manual")).items():
        if count > 1:
            yield Finding(
                subject.at(SOURCE), f"{count} cells are called {name}", "give each a name of its own"
            )
    graded = [cell for cell in found if cell.role in ("solution", "grades")]
    if not graded:
        yield Finding(subject.at(SOURCE), "no exercise", f'write a cell `# %% solution="f"` with {BEGIN}')
    for cell, after in zip(graded, [*graded[1:], None], strict=True):
        if cell.role == "solution" and (after is None or (after.role, after.name) != ("grades", cell.name)):
            remedy = f'write a cell `# %% grades="{cell.name}"` with check("{cell.name}") below it'
            yield Finding(subject.at(SOURCE, cell.line), f"no check follows {cell.name}", remedy)
        elif cell.role == "grades" and cell.name not in [c.name for c in graded if c.role == "solution"]:
            remedy = f'write the cell `# %% solution="{cell.name}"` above it'
            yield Finding(subject.at(SOURCE, cell.line), f"{cell.name} is checked, but not asked for", remedy)
    for cell in found:
        for what, remedy in _wrong_in(cell):
            yield Finding(subject.at(SOURCE, cell.line), what, remedy)


def _wrong_in(cell: Cell) -> Iterator[tuple[str, str]]:
    """What is wrong in one cell: (what, remedy)."""
    opened, closed = cell.text.count(BEGIN), cell.text.count(END)
    if opened != closed:
        yield f"{opened} times {BEGIN}, {closed} times {END}", "let them come in pairs"
    elif cell.role in ("solution", "manual") and not opened:
        remedy = f"put ### {BEGIN} and ### {END} around what students are to write"
        yield f"nothing is taken out of {cell.name} for students", remedy
    elif cell.role not in ("solution", "manual") and opened:
        yield "a solution in a cell without a role", 'write `# %% solution="f"` in its first line'
    if cell.role == "manual" and not cell.points > 0:
        yield f"no points for {cell.name}", "write points=2 or the like in the cell's first line"
    if cell.role == "manual" and not re.search(
        r"BEGIN MARK SCHEME.*\w.*END MARK SCHEME", cell.text, re.DOTALL
    ):
        remedy = "say between ### BEGIN MARK SCHEME and ### END MARK SCHEME what each point is for"
        yield f"no rubric for {cell.name}", remedy
    if cell.role == "solution" and cell.name not in cell.defines:
        yield f"{cell.name} is not defined in its cell", f"define {cell.name} in it, or correct the name"
    if cell.role == "solution" and cell.name.startswith(ANSWER) and f"{cell.name} = ..." not in cell.text:
        yield f"nothing to replace in {cell.name}", f"begin the cell with {cell.name} = ..."


def tests(subject: Subject) -> Iterator[Finding]:
    """Every exercise has public and private tests, with points."""
    notebook = subject.notebook
    asked = [name for role, name, _ in notebook.roles if role == "solution"]
    for file, cases in ((PUBLIC, notebook.public_cases), (PRIVATE, notebook.private_cases)):
        for name in asked:
            if name not in {case.function for case in cases}:
                remedy = f'write a test with @pytest.mark.graded("{name}", points=1)'
                yield Finding(subject.at(file), f"no test of {name}", remedy)
        for case in _first_of_each(cases):
            if case.function not in asked:
                where = subject.at(file, f"def {_test(case)}(")
                yield Finding(
                    where, f"{case.function} is tested, but no exercise", "correct the name in the mark"
                )
    for name in asked:
        if name in notebook.points and not notebook.points[name] > 0:
            yield Finding(
                subject.at(PRIVATE), f"no points for {name}", "write points=1 in the mark of a test"
            )
    for name, count in Counter(case.id for case in notebook.cases).items():
        if count > 1:
            where = subject.at(PRIVATE, f"def {name.partition('[')[0]}(")
            yield Finding(where, f"{name} is in {PUBLIC}, too", "give one of them another name")
    yield from _share(subject)
    yield from _imports(subject)


def _share(subject: Subject) -> Iterator[Finding]:
    """Enough is public to learn by, and enough is private. Answers do not count: a check would tell them."""
    notebook, standard = subject.notebook, subject.standard
    public = sum(case.points for case in notebook.public_cases)
    total = sum(points for name, points in notebook.points.items() if not name.startswith(ANSWER))
    if total and not standard.least_public <= public / total <= standard.most_public:
        what = f"public tests give {public:g} of the functions' {total:g} points, {public / total:.0%}"
        range_ = f"{standard.least_public:.0%} to {standard.most_public:.0%}"
        yield Finding(subject.at(PUBLIC), what, f"make it {range_} by changing points here or in {PRIVATE}")


def _imports(subject: Subject) -> Iterator[Finding]:
    """Public tests need only what students have."""
    notebook = subject.notebook
    given = set(sources(notebook.provided + notebook.building_blocks))
    others = {"pytest", *notebook.libraries, *sys.stdlib_module_names}
    for node in ast.walk(_tree(subject.text(PUBLIC))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name not in given if name.split(".")[0] == "cs_lib" else name.split(".")[0] not in others:
                remedy = "do without it, or let course.toml give it to them (`provided`, `libraries`)"
                yield Finding(subject.at(PUBLIC, node.lineno), f"students do not have {name}", remedy)


def catalogue(subject: Subject) -> Iterator[Finding]:
    """Every function has its known mistakes, each with a hint, and right versions."""
    known, standard = load_catalogue(subject.notebook), subject.standard
    asked = [name for role, name, _ in subject.notebook.roles if role == "solution"]
    for name in asked:
        answer = name.startswith(ANSWER)
        wrong = sum(variant.function == name for variant in known.mistakes)
        right = sum(variant.function == name for variant in known.right_variants)
        if name not in known.solution and name not in known.methods:
            remedy = f"put {name} into the solution that Catalogue(...) is given"
            yield Finding(subject.at(MISTAKES, "Catalogue("), f"no solution of {name}", remedy)
        needed = min(standard.mistakes, 1) if answer else standard.mistakes
        if wrong < needed:
            kind = "known wrong answers to" if answer else "known mistakes in"
            how = (
                f'catalogue.wrong_answer("{name}", ...)'
                if answer
                else f'@catalogue.mistake("{name}", "a hint")'
            )
            remedy = f"write {needed - wrong} more with {how}: what do students get wrong?"
            yield Finding(subject.at(MISTAKES), f"{kind} {name}: {wrong}, and {needed} are asked for", remedy)
        if not answer and right < standard.right_variants:
            needed = standard.right_variants
            what = f"right versions of {name} besides the solution: {right}, and {needed} are asked for"
            remedy = f'write {needed - right} more with @catalogue.right("{name}"): how else can it be done?'
            yield Finding(subject.at(MISTAKES), what, remedy)
    for variant in known.mistakes:
        if not (variant.hint or "").strip():
            where = subject.at(MISTAKES, f"def {variant.name}(")
            yield Finding(where, f"no hint for {variant.name}", "say what to look at, without the solution")


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook's source."""

    line: int
    role: str  # "solution", "grades", "manual", or "" for none
    name: str
    points: float
    text: str

    @property
    def defines(self) -> set[str]:
        """The functions, classes and variables in it."""
        nodes = list(ast.walk(_tree(self.text)))
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return stored | {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def cells(source: str) -> list[Cell]:
    """The cells of a notebook's source."""
    starts = [match.start() for match in re.finditer(r"^# %%", source, re.MULTILINE)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(source)], strict=True):
        text, line = source[start:end], source.count("\n", 0, start) + 1
        role, name, points = found_role.groups() if (found_role := CELL_ROLE.match(text)) else ("", "", None)
        found.append(Cell(line, role, name, float(points or 0), text))
    return found


def _tree(code: str) -> ast.Module:
    """The code of a file, or of a notebook's cell, which may wait for something."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return compile(code, "<code>", "exec", flags, dont_inherit=True)


def _first_of_each(cases: tuple[Case, ...]) -> list[Case]:
    """One case of each test."""
    return list({case.call: case for case in reversed(cases)}.values())[::-1]


def _test(case: Case) -> str:
    return case.call.__name__
