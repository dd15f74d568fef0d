"""The notebook that formgrader shows: the student's cells, with what belongs to the assignment put back.

Notebooks are plain dictionaries here, as JSON has them: a submission need not be a valid notebook, and
nbformat's validation of every cell is most of the time that a class takes.
"""

from __future__ import annotations

import copy
import json
from typing import Any

Cell = dict[str, Any]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
EMPTY_OUTPUT = {"outputs": [], "execution_count": None}
MAX_SOURCE = 200_000


def notebook(cells: list[Cell]) -> dict[str, Any]:
    """A notebook of the current format; cells are numbered anew."""
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)]
    return {"cells": numbered, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}


def read_any_notebook(content: bytes) -> dict[str, Any]:
    """What is usable of a submitted file, without outputs; an empty notebook from a file that is none."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        data = None
    cells = data.get("cells") if isinstance(data, dict) else None
    if isinstance(data, dict) and not isinstance(cells, list):  # formats before the fourth
        sheets = data.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        cells = [c for sheet in sheets if isinstance(sheet, dict) for c in sheet.get("cells") or ()]
    return notebook([tidy for tidy in map(_tidy, cells or ()) if tidy])


def restore(submitted: dict[str, Any], released: dict[str, Any]) -> dict[str, Any]:
    """The submitted notebook with the released cells' metadata.

    Checks are as released whatever was done to them; what was deleted is at the end.
    """
    known = {grade_id(cell): _tidy(cell, keep=True) for cell in released["cells"] if grade_id(cell)}
    cells = []
    for cell in submitted["cells"]:
        original = known.pop(grade_id(cell), None)
        if original and (original["cell_type"] != cell["cell_type"] or is_locked(original)):
            cells.append(original)
        else:
            cells.append({**_tidy(cell), "metadata": original["metadata"] if original else {}})
    return notebook(cells + list(known.values()))


def grade_id(cell: Cell) -> str | None:
    """nbgrader's id of a cell, if it has one."""
    metadata = cell.get("metadata")
    entry = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = entry.get("grade_id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


def is_locked(cell: Cell) -> bool:
    """Whether a released cell is one that students do not change."""
    entry = cell["metadata"]["nbgrader"]
    return not entry.get("solution") and bool(entry.get("grade") or entry.get("locked"))


def is_written_answer(cell: Cell) -> bool:
    """Whether a released cell holds an answer that a person grades."""
    entry = cell["metadata"].get("nbgrader", {})
    return bool(entry.get("solution") and entry.get("grade"))


def written_answers(shown: dict[str, Any], released: dict[str, Any]) -> dict[str, str]:
    """What is written for each question that a person grades; "" where it is as released, or blank."""
    texts = {grade_id(cell): _text(cell) for cell in shown["cells"]}
    given = {grade_id(cell): _text(cell) for cell in released["cells"] if is_written_answer(cell)}
    return {name: "" if texts.get(name, text) == text else texts[name] for name, text in given.items()}


def _text(cell: Cell) -> str:
    source = cell["source"]
    return ("".join(source) if isinstance(source, list) else source).strip()


def _tidy(cell: Any, keep: bool = False) -> Cell | None:
    """A cell with what is usable of it; its metadata are kept whole only if they can be trusted."""
    kinds = ("code", "markdown", "raw")
    if not isinstance(cell, dict) or cell.get("cell_type") not in kinds:
        return None
    source = cell.get("source", cell.get("input", ""))
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = {"nbgrader": {"grade_id": grade_id(cell)}} if grade_id(cell) else {}
    tidy = {
        "cell_type": cell["cell_type"],
        "source": source[:MAX_SOURCE],
        "metadata": copy.deepcopy(cell["metadata"]) if keep else metadata,
    }
    return tidy | (EMPTY_OUTPUT if cell["cell_type"] == "code" else {})
