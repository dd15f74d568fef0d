"""The course as data: course.toml, its assignments, their notebooks, tests and points.

    assignments/course.toml
    assignments/a1/knn/notebook.py, public_tests.py, private_tests.py, mistakes.py

Everything is validated when it is read, and an error names the file, the place and the remedy.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from autograder import library
from autograder.sandbox import Limits
from cs_lib.check.cases import Case, load_cases

# A cell's role stands in its header: `# %% solution="f"`, `# %% grades="f"` or
# `# %% [markdown] manual="q" points=2`.
CELL_ROLE = re.compile(r'^# %%.*?\b(solution|grades|manual)="(\w+)"(?:.*?\bpoints=([\d.]+))?', re.MULTILINE)


class CourseError(Exception):
    """Something about the course's own files is wrong; the message says where, and what to do."""


@dataclass(frozen=True)
class Notebook:
    """One graded notebook: a folder with its source, tests and catalogue of mistakes."""

    name: str
    title: str
    folder: Path
    libraries: tuple[str, ...]  # what student code may import in the sandbox
    provided: tuple[str, ...]  # modules of cs_lib that the student's bundle contains
    building_blocks: tuple[str, ...] = ()  # those that student code may call while it is graded, too

    @property
    def source(self) -> Path:
        """The notebook as jupytext percent script, its only source."""
        return self.folder / "notebook.py"

    @functools.cached_property
    def public_cases(self) -> tuple[Case, ...]:
        """The tests that a student sees and runs."""
        return load_cases(self.folder / "public_tests.py", "public")

    @functools.cached_property
    def private_cases(self) -> tuple[Case, ...]:
        """The tests that only grading runs."""
        return load_cases(self.folder / "private_tests.py", "private")

    @property
    def cases(self) -> tuple[Case, ...]:
        """All tests, public ones first."""
        return self.public_cases + self.private_cases

    @functools.cached_property
    def points(self) -> dict[str, float]:
        """The points of each graded function or answer, over all of its tests."""
        points: dict[str, float] = {}
        for case in self.cases:
            points[case.function] = round(points.get(case.function, 0.0) + case.points, 9)
        return points

    @functools.cached_property
    def roles(self) -> tuple[tuple[str, str, float], ...]:
        """What the source's marked cells are: (role, name, points of a manual question)."""
        text = self.source.read_text(encoding="utf-8")
        return tuple((role, name, float(points or 0)) for role, name, points in CELL_ROLE.findall(text))

    @property
    def exercises(self) -> list[str]:
        """The graded functions, in the order in which the notebook asks for them."""
        return [n for role, n, _ in self.roles if role == "grades" and not n.startswith("answer_")]

    @property
    def manual(self) -> dict[str, float]:
        """The questions that a person grades, with their points."""
        return {name: points for role, name, points in self.roles if role == "manual"}


@dataclass(frozen=True)
class Assignment:
    """An assignment: what is handed in and graded together."""

    name: str
    title: str
    weight: float  # share of the course grade
    notebooks: tuple[Notebook, ...]
    seed: str = field(repr=False)  # of the private tests' random numbers
    limits: Limits = field(default_factory=Limits)

    @property
    def max_score(self) -> float:
        """The points of all automatic tests."""
        return round(sum(case.points for notebook in self.notebooks for case in notebook.cases), 9)

    def notebook(self, name: str) -> Notebook:
        """The notebook of that name. Raises CourseError that lists the names there are."""
        for notebook in self.notebooks:
            if notebook.name == name:
                return notebook
        raise CourseError(
            f"{self.name} has no notebook {name!r}: it has {', '.join(n.name for n in self.notebooks)}"
        )


@dataclass(frozen=True)
class Course:
    """All assignments, by name."""

    title: str
    root: Path  # the folder that holds assignments/
    assignments: dict[str, Assignment]

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name. Raises CourseError that lists the names there are."""
        if name not in self.assignments:
            raise CourseError(
                f"there is no assignment {name!r}: course.toml has {', '.join(self.assignments)}"
            )
        return self.assignments[name]


def find_course(start: Path | None = None) -> Course:
    """The course around a folder: the nearest one above it that holds assignments/course.toml.

    Falls back on the course that this package was installed from. Raises CourseError.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, Path(__file__).resolve().parent.parent):
        if (folder / "assignments" / "course.toml").is_file():
            return load_course(folder / "assignments" / "course.toml")
    raise CourseError(
        f"{start}: no assignments/course.toml here or above: change to the course's folder, or use --course"
    )


def load_course(path: Path) -> Course:
    """Read and validate course.toml. Raises CourseError naming the file and the key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: not valid TOML: {error}") from None
    head = _table(path, data, "course", {"title": str, "seed": str})
    listed = data.get("assignments")
    if not isinstance(listed, dict) or not listed:
        raise CourseError(f"{path}: needs at least one table [assignments.NAME]")
    assignments = {name: _assignment(path, name, table, head["seed"]) for name, table in listed.items()}
    return Course(head["title"], path.parent.parent, assignments)


def _assignment(path: Path, name: str, table: Any, seed: str) -> Assignment:
    where = f"assignments.{name}"
    values = _table(path, {where: table}, where, {"title": str, "weight": float, "notebooks": dict})
    notebooks = tuple(_notebook(path, name, key, entry) for key, entry in values["notebooks"].items())
    if not 0 <= values["weight"] <= 1:
        raise CourseError(f"{path}: {where}.weight is {values['weight']}, expected a share between 0 and 1")
    return Assignment(name, values["title"], values["weight"], notebooks, seed, _limits(path, where, table))


def _notebook(path: Path, assignment: str, name: str, table: Any) -> Notebook:
    where = f"assignments.{assignment}.notebooks.{name}"
    values = _table(path, {where: table}, where, {"title": str, "libraries": list, "provided": list})
    folder = path.parent / assignment / name
    if not folder.is_dir():
        raise CourseError(f"{path}: {where} has no folder {folder}: create it or remove the entry")
    blocks = table.get("building_blocks", [])
    if type(blocks) is not list:
        raise CourseError(f"{path}: {where}.building_blocks is {blocks!r}, expected list")
    try:
        library.sources(tuple(blocks))
    except LookupError as error:
        raise CourseError(f"{path}: {where}.building_blocks: {error.args[0]}") from None
    lists = (tuple(values["libraries"]), tuple(values["provided"]), tuple(blocks))
    return Notebook(name, values["title"], folder, *lists)


def _limits(path: Path, where: str, table: dict[str, Any]) -> Limits:
    limits = table.get("limits", {})
    if not isinstance(limits, dict):
        raise CourseError(
            f"{path}: {where}.limits is {limits!r}, expected a table such as {{ test_seconds = 5.0 }}"
        )
    known = {item.name for item in fields(Limits)}
    for key, value in limits.items():
        if key not in known:
            raise CourseError(
                f"{path}: {where}.limits has no key {key!r}: it may have {', '.join(sorted(known))}"
            )
        if type(value) not in (int, float) or not value > 0:
            raise CourseError(f"{path}: {where}.limits.{key} is {value!r}, expected a number above 0")
    return Limits(**limits)


def _table(path: Path, data: dict[str, Any], where: str, keys: dict[str, type]) -> dict[str, Any]:
    """The values of a table's keys, each of the type that it must have."""
    table = data.get(where)
    if not isinstance(table, dict):
        raise CourseError(f"{path}: the table [{where}] is missing")
    for key, kind in keys.items():
        if key not in table:
            raise CourseError(f"{path}: {where} needs the key {key!r} ({kind.__name__})")
        if type(table[key]) not in ((float, int) if kind is float else (kind,)):
            raise CourseError(f"{path}: {where}.{key} is {table[key]!r}, expected {kind.__name__}")
    return {key: float(table[key]) if kind is float else table[key] for key, kind in keys.items()}
