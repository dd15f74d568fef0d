"""The course as data: course.toml, its assignments, their notebooks, tests and points.

    assignments/course.toml
    assignments/a1/knn/notebook.py, public_tests.py, private_tests.py, mistakes.py

Everything is validated when it is read, and an error names the file, the line and the remedy.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import library
from autograder.course_file import CourseError, Table, read_course_file
from autograder.sandbox.limits import Limits

if TYPE_CHECKING:
    from cs_lib.check.cases import Case

# A cell's role stands in its header: `# %% solution="f"`, `# %% grades="f"` or
# `# %% [markdown] manual="q" points=2`.
CELL_ROLE = re.compile(r'^# %%.*?\b(solution|grades|manual)="(\w+)"(?:.*?\bpoints=([\d.]+))?', re.MULTILINE)


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
        return _cases(self.folder / "public_tests.py", "public")

    @functools.cached_property
    def private_cases(self) -> tuple[Case, ...]:
        """The tests that only grading runs."""
        return _cases(self.folder / "private_tests.py", "private")

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

    @property
    def file(self) -> Path:
        """course.toml."""
        return self.root / "assignments" / "course.toml"

    def assignment(self, name: str) -> Assignment:
        """The assignment of that name. Raises CourseError that lists the names there are."""
        if name not in self.assignments:
            raise CourseError(
                f"there is no assignment {name!r}: course.toml has {', '.join(self.assignments)}"
            )
        return self.assignments[name]


def find_course(start: Path | None = None, class_folder: Path | None = None) -> Course:
    """The nearest course above a folder: `start` if it is given, or else the class folder, or this one.

    A class that lies in a course belongs to it, wherever a command is started: another course has another
    seed and other dates. With nothing given, the course that this package was installed from is the last to
    be tried. Raises CourseError.
    """
    return load_course(find_course_file(start, class_folder))


def find_course_file(start: Path | None = None, class_folder: Path | None = None) -> Path:
    """The course.toml that `find_course` loads."""
    places = [start] if start else [class_folder or Path(), Path()]
    above = [folder for place in places for folder in (place.resolve(), *place.resolve().parents)]
    for folder in above if start else [*above, Path(__file__).resolve().parent.parent]:
        if (folder / "assignments" / "course.toml").is_file():
            return folder / "assignments" / "course.toml"
    raise CourseError(
        f"{places[0].resolve()}: no assignments/course.toml here or above: change to the course's folder, or"
        f" {'correct' if start else 'use'} --course"
        + ("" if start else " (this installation holds no course, as a checkout does)")
    )


def load_course(path: Path) -> Course:
    """Read and validate course.toml. Raises CourseError naming the file, the line and the key."""
    file = read_course_file(path)
    if "course" not in file.entries:
        raise file.error(": the table [course] is missing: write it, with title and seed")
    head = file.table("course")
    title, seed = head.required("title", str), head.required("seed", str)
    listed = file.table("assignments")
    if not listed.entries:
        raise file.error(" needs at least one table [assignments.NAME]", "assignments")
    assignments = {
        name: _assignment(path.parent / name, table, seed) for name, table in listed.tables().items()
    }
    return Course(title, path.parent.parent, assignments)


def _assignment(folder: Path, table: Table, seed: str) -> Assignment:
    title, weight = table.required("title", str), table.required("weight", float)
    if "notebooks" not in table.entries:
        begin = f'course add-notebook {folder.name} NAME --title "..."'
        raise table.error(f" has no notebook: begin one with {begin}")
    entries = table.table("notebooks").tables()
    notebooks = tuple(_notebook(folder / name, entry) for name, entry in entries.items())
    if not 0 <= weight <= 1:
        raise table.error(f".weight is {weight}, expected a share between 0 and 1", "weight")
    return Assignment(folder.name, title, weight, notebooks, seed, _limits(table.table("limits")))


def _notebook(folder: Path, table: Table) -> Notebook:
    if not folder.is_dir():
        raise table.error(f" has no folder {folder}: create it or remove the entry")
    title = table.required("title", str)
    libraries, provided = table.names("libraries"), table.names("provided")
    blocks = table.names("building_blocks", [])
    for key, names in (("provided", provided), ("building_blocks", blocks)):
        try:
            library.require(names)
        except LookupError as error:
            raise table.error(f".{key}: {error.args[0]}", key) from None
    return Notebook(folder.name, title, folder, libraries, provided, blocks)


def _cases(file: Path, visibility: str) -> tuple[Case, ...]:
    from cs_lib.check.cases import load_cases  # NumPy, which no other command than a grading one needs

    return load_cases(file, visibility)


def _limits(table: Table) -> Limits:
    for key, value in table.entries.items():
        if type(value) not in (int, float) or not value > 0:
            raise table.wrong(key, "a number above 0")
    return Limits(**table.entries)
