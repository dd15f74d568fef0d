"""Begins a course of one's own: a folder with chosen assignments of another course, and a seed of its own."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.course import Course, CourseError, load_course
from autograder.course_file import Statement, statements
from autograder.course_keys import string
from autograder.templates import fill

COPIED = ("datasets", "nbgrader_config.py", "LICENSE")  # besides the assignments
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*")
WRITTEN = {"README.md": "README.md", ".gitignore": "gitignore", "pytest.ini": "pytest.ini"}


def new_course(course: Course, to: Path, title: str | None, names: Iterable[str]) -> Course:
    """Write a new course to the folder `to`: all of it, or nothing.

    names: the assignments of `course` to begin with. Raises CourseError if `to` is not empty.
    """
    to = to.resolve()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise CourseError(f"{to}: is there already, and not empty: choose another folder")
    chosen = [course.assignment(name).name for name in dict.fromkeys(names)]
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}-", dir=to.parent) as temporary:
        made = Path(temporary) / "course"
        _write(course, made, title or course.title, chosen)
        to.mkdir(exist_ok=True)
        for path in made.iterdir():
            path.replace(to / path.name)
    return load_course(to / "assignments" / "course.toml")


def _write(course: Course, folder: Path, title: str, chosen: list[str]) -> None:
    assignments = folder / "assignments"
    assignments.mkdir(parents=True)
    for name in chosen:
        for notebook in course.assignment(name).notebooks:
            shutil.copytree(notebook.folder, assignments / name / notebook.name, ignore=NOT_COPIED)
    for name in COPIED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=NOT_COPIED)
        elif source.is_file():
            shutil.copy(source, folder)
    old = (course.root / "assignments" / "course.toml").read_text(encoding="utf-8")
    new = settings(old, chosen, {"title": title, "seed": secrets.token_hex(16)})
    (assignments / "course.toml").write_text(new, encoding="utf-8")
    listed = [course.assignment(name) for name in chosen]
    torch = any("torch" in notebook.libraries for assignment in listed for notebook in assignment.notebooks)
    values = {"title": title, "assignments": listed, "first": chosen[0], "extras": "[torch]" if torch else ""}
    for name, template in WRITTEN.items():
        text = fill(f"new_course/{template}.jinja", **values)
        (folder / name).write_text(text, encoding="utf-8")


def settings(text: str, chosen: list[str], head: dict[str, str]) -> str:
    """course.toml with the chosen assignments only, other values in [course], and nobody's dates.

    Everything else stays as it is written. Raises CourseError if that cannot be had by leaving lines out.
    """
    new = "".join(_lines(text, chosen, head))
    expected = tomllib.loads(text)
    expected["course"] |= head
    expected["assignments"] = {name: expected["assignments"][name] for name in chosen}
    expected.pop("extensions", None)
    for assignment in expected["assignments"].values():
        assignment.pop("dates", None)
    if tomllib.loads(new) != expected:
        raise CourseError(
            "course.toml: give each assignment a table [assignments.NAME] with lines of its own"
        )
    return new


def _lines(text: str, chosen: list[str], head: dict[str, str]) -> Iterator[str]:
    """The statements that stay. A comment stays with what is right below it, or else with its table."""
    comments: list[Statement] = []
    for statement in statements(text):
        if statement.is_comment:
            comments.append(statement)
            continue
        stays, empty = _stays(statement, chosen), not statement.keys
        yield from (c.text for c in comments if (_stays(c, chosen) if empty else stays))
        comments = []
        if statement.path[:-1] == ("course",) and statement.path[-1] in head:
            yield f"{statement.path[-1]} = {string(head[statement.path[-1]])}\n"
        elif stays:
            yield statement.text
    yield from (c.text for c in comments if _stays(c, chosen))


def _stays(statement: Statement, chosen: list[str]) -> bool:
    top, *below = statement.path or ("",)
    if top != "assignments" or not below:
        return top != "extensions"
    return below[0] in chosen and below[1:2] != ["dates"]
