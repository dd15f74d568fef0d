"""Builds a notebook from its source: jupytext's percent format, with roles in the cells' headers.

    # %% solution="f"                       a cell to fill in, with BEGIN SOLUTION ... END SOLUTION
    # %% grades="f"                         the locked cell that checks it, worth all points of f's tests
    # %% [markdown] manual="q" points=3     an answer that a person grades

The roles become nbgrader's metadata here, and points come from the tests' marks, nowhere else.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import jupytext
from nbformat import NotebookNode

from autograder.course import CourseError, Notebook

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SCHEMA_VERSION = 3
PLACEHOLDER = re.compile(r"^answer_\w+ = \.\.\.[^\n]*\n(?=[^\n]*BEGIN SOLUTION)", re.MULTILINE)
REGION = re.compile(r"^[^\n]*BEGIN SOLUTION[^\n]*\n|^[^\n]*END SOLUTION[^\n]*(\n|\Z)", re.MULTILINE)


def build_notebook(notebook: Notebook) -> NotebookNode:
    """The notebook with solutions and nbgrader's metadata. Raises CourseError for a wrong role."""
    built = jupytext.read(notebook.source)
    built.metadata = NotebookNode({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    seen: set[str] = set()
    for number, cell in enumerate(built.cells, 1):
        cell.id = f"{notebook.name}-{number}"  # jupytext draws ids at random; a release is to be repeatable
        role = next((r for r in ("solution", "grades", "manual") if r in cell.metadata), None)
        metadata = cell.metadata
        cell.metadata = NotebookNode()
        if role:
            nbgrader = _metadata(notebook, role, metadata)
            if nbgrader["grade_id"] in seen:
                raise CourseError(f"{notebook.source}: the cell {role}={nbgrader['grade_id']!r} occurs twice")
            seen.add(nbgrader["grade_id"])
            cell.metadata = NotebookNode({"nbgrader": nbgrader})
    missing = {f"test_{name}" for name in notebook.points} - seen
    if missing:
        name = sorted(missing)[0].removeprefix("test_")
        raise CourseError(f'{notebook.source}: {name} has tests but no cell `# %% grades="{name}"`')
    return built


def worked_notebook(notebook: Notebook) -> NotebookNode:
    """The notebook with its solutions, without the markers around them and the dots that they replace."""
    built = build_notebook(notebook)
    for cell in built.cells:
        cell.source = REGION.sub("", PLACEHOLDER.sub("", cell.source))
        cell.source = re.sub(
            r"### BEGIN MARK SCHEME.*?### END MARK SCHEME\n?", "", cell.source, flags=re.DOTALL
        ).rstrip()
        cell.metadata = NotebookNode()
    return built


@functools.cache
def code_cells(notebook: Notebook) -> tuple[tuple[str, str], ...]:
    """The worked notebook's code cells, as a submission has them."""
    cells = worked_notebook(notebook).cells
    return tuple((f"cell {i}", cell.source) for i, cell in enumerate(cells, 1) if cell.cell_type == "code")


def grade_id(function: str) -> str:
    """The id of the cell that holds the points of a graded function or answer."""
    return f"test_{function}"


def _metadata(notebook: Notebook, role: str, cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata for a cell's role."""
    name = cell[role]
    base = {
        "schema_version": SCHEMA_VERSION,
        "task": False,
        "locked": False,
        "grade": False,
        "solution": False,
    }
    if role == "solution":
        return base | {"grade_id": name, "solution": True}
    if role == "manual":
        return base | {"grade_id": name, "solution": True, "grade": True, "points": float(cell["points"])}
    if name not in notebook.points:
        raise CourseError(f"{notebook.source}: the cell grades={name!r} has no test with that function")
    return base | {"grade_id": grade_id(name), "grade": True, "locked": True, "points": notebook.points[name]}
