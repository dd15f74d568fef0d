"""One thing that is missing in a course: where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Assignment, Course, Notebook
from autograder.course_file import Table, read_course_file

SOURCE, PUBLIC, PRIVATE, MISTAKES = FILES = (
    "notebook.py",
    "public_tests.py",
    "private_tests.py",
    "mistakes.py",
)


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is missing or wrong."""

    where: str  # a file, and the line where there is one
    what: str
    remedy: str  # what to write; empty where `what` says it


@dataclass(frozen=True)
class Standard:
    """What a course asks of its notebooks; `[course.standard]` in course.toml changes it."""

    mistakes: int = 8  # known wrong versions of each function
    right_variants: int = 3  # known right versions of each function, besides the solution
    least_public: float = 0.35  # share of the functions' points that public tests give
    most_public: float = 0.45
    public_kill: float = 0.6  # share of the mistakes that a public test rejects
    hinted: float = 0.8  # share of the mistakes that `check` answers with their own hint

    @classmethod
    def of(cls, course: Course) -> Standard:
        """That of a course. Raises CourseError that names the line."""
        table = read_course_file(course.root / "assignments" / "course.toml").table("course")
        return cls(**dict(cls._values(table.table("standard"))))

    @classmethod
    def _values(cls, table: Table) -> Iterator[tuple[str, float]]:
        for key in table.entries:
            if type(getattr(cls, key)) is int:
                yield key, table.count(key, 0, 100, "a whole number, 0 or more")
            else:
                yield key, table.number(key, 0, 1, "a share between 0 and 1")


@dataclass(frozen=True)
class Subject:
    """One notebook, and what is asked of it."""

    course: Course
    assignment: Assignment
    notebook: Notebook
    standard: Standard
    sandbox: str = "bubblewrap"

    def path(self, file: str) -> Path:
        """One of the notebook's files."""
        return self.notebook.folder / file

    def text(self, file: str) -> str:
        """What is in one of the notebook's files."""
        return self.path(file).read_text(encoding="utf-8")

    def at(self, file: str, text: str | int | None = None) -> str:
        """A place as findings name it: the file, and the line of that number or the first with that text."""
        place = shown(self.path(file), self.course)
        if isinstance(text, str):
            lines = enumerate(self.text(file).splitlines(), 1)
            text = next((number for number, line in lines if text in line), None)
        return f"{place}, line {text}" if text else place


def shown(path: Path, course: Course) -> str:
    """A path as findings name it: from the course's folder on."""
    return path.relative_to(course.root).as_posix() if path.is_relative_to(course.root) else str(path)
