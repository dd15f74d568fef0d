"""nbgrader keeps the gradebook, the manual grading and the released cells; marks come from `grade`.

`GradeInSandbox` takes the place of nbgrader's `Execute` and `SaveAutoGrades`, so that `nbgrader autograde`
runs no student code in a kernel. The project's nbgrader_config.py names the classes below.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook
from nbgrader import utils
from nbgrader.api import Grade, Gradebook
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from traitlets.config import Config

from autograder.course import find_course
from autograder.grade import grade
from autograder.report import Report
from autograder.source import grade_id
from autograder.submission import read_submission

ANSWER = "answer_"  # cells of auto-graded questions: their region is taken out, `answer_x = ...` stays


class ClearSolutionsAndAnswers(ClearSolutions):
    """nbgrader's ClearSolutions, which leaves a question's placeholder as the cell's only line."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Clear one cell."""
        stubs = self.code_stub
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name.startswith(ANSWER):
            self.code_stub = stubs | {"python": "# drop"}
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        self.code_stub = stubs
        cell.source = "\n".join(line for line in cell.source.split("\n") if line != "# drop").rstrip()
        return cell, resources


class RepairingExporter(NotebookExporter):
    """Reads any submission: one that is no notebook becomes an empty one, and the batch goes on."""

    def from_filename(self, filename: str, resources: dict | None = None, **kw: Any) -> tuple[str, dict]:
        """Read, repair and convert a notebook file."""
        return self.from_notebook_node(
            read_any_notebook(Path(filename).read_bytes()), resources=resources, **kw
        )


class RestoreCells(NbGraderPreprocessor):
    """Puts back what belongs to the assignment: metadata, checks, deleted cells."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Restore one notebook of one student."""
        names = resources["nbgrader"]
        directory = self.parent.parent.coursedir
        folder = directory.format_path(directory.release_directory, ".", names["assignment"])
        released = nbformat.read(Path(folder) / f"{names['notebook']}.ipynb", as_version=4)
        return restore(nb, released), resources


class GradeInSandbox(NbGraderPreprocessor):
    """Grades the submitted file in a sandbox and stores the scores in nbgrader's gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade one notebook of one student."""
        names = resources["nbgrader"]
        course = find_course()
        assignment = course.assignment(names["assignment"])
        assignment = dataclasses.replace(assignment, notebooks=(assignment.notebook(names["notebook"]),))
        directory = self.parent.parent.coursedir
        submitted = directory.format_path(
            directory.submitted_directory, names["student"], names["assignment"]
        )
        submission = read_submission(Path(submitted), names["student"], (names["notebook"],))
        report = grade(assignment, submission)
        with Gradebook(names["db_url"]) as gradebook:
            store(gradebook, [report], {(names["student"], names["notebook"]): nb})
        return nb, resources


def release_config(root: Path) -> Config:
    """The configuration under which nbgrader releases an assignment in a course folder."""
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = database(root)
    config.ClearMarkScheme.enforce_metadata = False  # ours stand in written questions, for whoever grades
    config.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.LockCells",
        "autograder.bridges.nbgrader.ClearSolutionsAndAnswers",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    return config


def find_alembic() -> None:
    """nbgrader calls the command `alembic`, which lies beside Python: make sure that it is found."""
    if shutil.which("alembic") is None:
        os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])


def database(root: Path) -> str:
    """The gradebook of a course folder: nbgrader's own default."""
    return f"sqlite:///{root.resolve() / 'gradebook.db'}"


def scores_by_cell(report: Report) -> dict[tuple[str, str], float]:
    """(notebook, grade id) -> score, from the tests of the function that the cell checks."""
    tests = iter(report.tests)
    scores: dict[tuple[str, str], float] = {}
    for notebook, ids in report.notebooks.items():
        for _ in ids:
            test = next(tests)
            key = (notebook, grade_id(test.function))
            scores[key] = scores.get(key, 0.0) + test.score
    return scores


def store(gradebook: Gradebook, reports: Iterable[Report], notebooks: dict[tuple[str, str], Any]) -> None:
    """Write reports into nbgrader's gradebook. What a person has graded there is left alone.

    notebooks: (student, notebook) -> the notebook as shown to the person who grades; it tells whether
    a written answer was changed at all.
    """
    for report in reports:
        gradebook.update_or_create_student(report.student)
        submission = gradebook.update_or_create_submission(report.assignment, report.student)
        scores = scores_by_cell(report)
        for notebook in submission.notebooks:
            if notebook.name in report.notebooks:
                answers = _unchanged_answers(notebooks.get((report.student, notebook.name)))
                for entry in notebook.grades:
                    _store_grade(entry, scores.get((notebook.name, entry.name)), answers)
    gradebook.db.commit()


def _store_grade(entry: Grade, score: float | None, unchanged: set[str]) -> None:
    """Set the automatic score of one cell, and whether a person has to look."""
    if score is None and entry.name in unchanged:
        score = 0.0  # nothing was written
    entry.auto_score = score
    entry.needs_manual_grade = score is None and entry.manual_score is None


def _unchanged_answers(notebook: Any) -> set[str]:
    """The written answers that are still as released, or missing."""
    if notebook is None:
        return set()
    return {
        cell.metadata.nbgrader["grade_id"]
        for cell in notebook.cells
        if utils.is_grade(cell)
        and utils.is_solution(cell)
        and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    }


def read_any_notebook(content: bytes) -> Any:
    """A tidy notebook from a submitted file; an empty one from a file that is none."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        data = None
    return tidy(data if isinstance(data, dict) else {})


def restore(submitted: Any, released: Any) -> Any:
    """The notebook that formgrader shows: the student's cells with the released cells' metadata.

    Checks are as released whatever was done to them; what was deleted is at the end.
    """
    known = {c.metadata.nbgrader["grade_id"]: c for c in released.cells if "nbgrader" in c.metadata}
    cells = []
    for cell in submitted.cells:
        original = known.pop(cell.metadata.get("nbgrader", {}).get("grade_id"), None)
        cell.metadata = original.metadata if original else nbformat.NotebookNode()
        if original and (original.cell_type != cell.cell_type or utils.is_locked(original)):
            cell = original
        cells.append(cell)
    return new_notebook(cells=cells + list(known.values()), metadata=released.metadata)


def tidy(notebook: Any) -> Any:
    """A valid notebook of the current format with what is usable of any other; outputs are dropped."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        cells = [c for s in sheets for c in s.get("cells", [])] if isinstance(sheets, list) else []
    makers = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    kept = []
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") not in makers:
            continue
        source = cell.get("source", cell.get("input", ""))
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
        nbgrader = metadata.get("nbgrader")
        kept_metadata = (
            {"nbgrader": nbgrader}
            if isinstance(nbgrader, dict) and isinstance(nbgrader.get("grade_id"), str)
            else {}
        )
        kept.append(makers[cell["cell_type"]](source, metadata=kept_metadata))
    return new_notebook(
        cells=kept,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
