"""Begins a notebook: four files that work as they are, with a TODO at all that is to be written.

`course validate` lists the TODOs first, and then what else a notebook needs.
"""

from __future__ import annotations

import keyword
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

from autograder.authoring.findings import FILES
from autograder.course_file import CourseError, Table, read_course_file, statements
from autograder.course_keys import Keys, string, written
from autograder.templates import fill

SAMPLE = "double"  # the exercise of a notebook for which none is named
TAKEN = ("np", "check", "submit")  # names that the notebook's first cell imports
DEFAULTS = 'libraries = ["numpy"]\nprovided = ["data", "plots", "check"]\n'


def new_notebook(
    course_file: Path, assignment: str, name: str, title: str, functions: Sequence[str] = ()
) -> Path:
    """Write the files of a notebook and its table in course.toml; returns its folder.

    functions: what it asks for. Raises CourseError if a name cannot be used or is there already.
    """
    functions = list(dict.fromkeys(functions)) or [SAMPLE]
    for each in (name, *functions):
        if not each.isidentifier() or not each.isascii() or keyword.iskeyword(each) or each in TAKEN:
            raise CourseError(f"{each!r} cannot be used: choose a name such as softmax_loss")
        if each.startswith("answer_"):
            raise CourseError(f"{each!r} names an answer, not a function: choose another name")
    if not title.strip() or not title.isprintable():
        raise CourseError(f"{title!r} cannot be a title: write a few words in one line")
    file = read_course_file(course_file)
    text = with_notebook(file, assignment, name, title)
    folder = course_file.parent / assignment / name
    if folder.exists():
        raise CourseError(f"{folder}: is there already: choose another name, or remove it")
    folder.parent.mkdir(exist_ok=True)
    unfinished = folder.with_name(f".{name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    values = {"assignment": assignment, "title": title, "functions": functions}
    for each in FILES:
        (unfinished / each).write_text(fill(f"new_notebook/{each}.jinja", **values), encoding="utf-8")
    unfinished.replace(folder)
    partial = course_file.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(course_file)
    return folder


def with_notebook(file: Table, assignment: str, name: str, title: str) -> str:
    """The text of course.toml with one more notebook, right behind the assignment's others.

    Raises CourseError if there is no such assignment, or its notebook is there already.
    """
    listed = file.table("assignments")
    if assignment not in listed.entries:
        raise listed.error(
            f" has no {assignment!r}, but {', '.join(listed.entries)}: to begin one, write the table"
            f" [assignments.{written(assignment)}] with a title and a weight such as 0.1, and repeat this"
        )
    notebooks = listed.table(assignment).table("notebooks")
    if name in notebooks.entries:
        raise notebooks.error(f" has {name!r} already: choose another name", name)
    header = f"assignments.{written(assignment)}.notebooks.{name}"
    table = f"\n[{header}]\ntitle = {string(title)}\n{DEFAULTS}"
    text = _inserted(file.file.text, table, ("assignments", assignment))
    expected = tomllib.loads(file.file.text)
    entries = expected["assignments"][assignment].setdefault("notebooks", {})
    entries[name] = {"title": title} | tomllib.loads(DEFAULTS)
    try:
        if tomllib.loads(text) == expected:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise notebooks.error(f" takes no further table: give each notebook a table such as [{header}] first")


def _inserted(text: str, table: str, assignment: Keys) -> str:
    """The text with a table behind the assignment's last notebook or, if it has none, its last line."""
    listed = list(statements(text))
    mine = [i for i, s in enumerate(listed) if s.keys and s.path[:2] == assignment]
    behind = [i for i in mine if listed[i].path[2:3] == ("notebooks",)] or mine
    before, after = listed[: behind[-1] + 1], listed[behind[-1] + 1 :]
    head = "".join(s.text for s in before)
    return head + "\n" * (not head.endswith("\n")) + table + "".join(s.text for s in after)
