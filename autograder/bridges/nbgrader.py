"""nbgrader keeps the gradebook, the manual grading and the released cells; marks come from `grade`.

`GradeInSandbox` takes the place of nbgrader's `Execute` and `SaveAutoGrades`, so that `nbgrader autograde`
runs no student code in a kernel. `SettledPenalty` looks up what lateness costs. The project's
nbgrader_config.py names the classes below.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from traitlets.config import Config

from autograder.bridges.database import database
from autograder.bridges.display import read_any_notebook, restore, written_answers
from autograder.bridges.given import read_shown
from autograder.bridges.gradebook import opened, store
from autograder.course import CourseError, find_course
from autograder.grade import grade
from autograder.submission import notebook_files, read_submission
from autograder.term.folder import ClassFolder

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
        notebook = nbformat.from_dict(read_any_notebook(Path(filename).read_bytes()))
        return self.from_notebook_node(notebook, resources=resources, **kw)


class RestoreCells(NbGraderPreprocessor):
    """Puts back what belongs to the assignment: metadata, checks, deleted cells."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Restore one notebook of one student."""
        return nbformat.from_dict(restore(nb, released_notebook(self, resources))), resources


class GradeInSandbox(NbGraderPreprocessor):
    """Grades the submitted file in a sandbox and stores the scores in nbgrader's gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade one notebook of one student."""
        names = resources["nbgrader"]
        course = find_course()
        assignment = course.assignment(names["assignment"])
        assignment = dataclasses.replace(assignment, notebooks=(assignment.notebook(names["notebook"]),))
        directory = self.parent.parent.coursedir
        submitted = Path(
            directory.format_path(directory.submitted_directory, names["student"], names["assignment"])
        )
        refuse_unknown(Path(directory.root), submitted, names)
        submission = read_submission(submitted, names["student"], (names["notebook"],))
        answers = written_answers(nb, released_notebook(self, resources))
        left = {question for question, text in answers.items() if not text}
        report = grade(assignment, submission)
        with opened(names["db_url"]) as gradebook:
            store(gradebook, [report], {(names["student"], names["notebook"]): left})
        return nb, resources


class SettledPenalty(LateSubmissionPlugin):
    """What lateness costs, as it was settled from everything handed in during the term; decides nothing."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """The points that the attempt which the gradebook shows loses in the notebook at hand."""
        asking = self.parent  # nbgrader's AssignLatePenalties, which knows the notebook
        root = Path(asking.parent.parent.coursedir.root)
        shown = read_shown(ClassFolder(root).shown(asking.assignment_id))
        return shown.get(student_id, {}).get("penalty", {}).get(asking.notebook_id)


def refuse_unknown(root: Path, submitted: Path, names: Mapping[str, str]) -> None:
    """Raise CourseError if something else was submitted than the attempt that the gradebook shows.

    What people give in the gradebook is recorded for that attempt. Without a term, anything goes.
    """
    folder, assignment, student = ClassFolder(root), names["assignment"], names["student"]
    shown = read_shown(folder.shown(assignment)).get(student)
    if shown is None:
        return
    attempt = folder.handed_in(assignment, student, shown["attempt"])
    wanted = (names["notebook"],)
    if notebook_files(submitted, wanted) != notebook_files(attempt, wanted):
        raise CourseError(
            f"{submitted}: is not {student}'s attempt {shown['attempt']}, which the gradebook shows: take it"
            f" in with course collect {assignment}, and grade it with course grade {assignment} --class"
        )


def released_notebook(preprocessor: NbGraderPreprocessor, resources: Any) -> dict[str, Any]:
    """The notebook that students were given, from nbgrader's release folder."""
    names = resources["nbgrader"]
    directory = preprocessor.parent.parent.coursedir
    folder = directory.format_path(directory.release_directory, ".", names["assignment"])
    return json.loads((Path(folder) / f"{names['notebook']}.ipynb").read_text(encoding="utf-8"))


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
