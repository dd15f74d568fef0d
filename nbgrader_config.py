"""nbgrader, with marks from the course's own autograder: `nbgrader autograde a1 --course-dir=FOLDER`.

Student code never runs in a kernel: the classes below take the place of nbgrader's Execute and SaveAutoGrades.
"""

from autograder.bridges.nbgrader import find_alembic

find_alembic()

c = get_config()  # noqa: F821  (nbgrader provides it)

c.Autograde.exporter_class = "autograder.bridges.nbgrader.RepairingExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.OverwriteCells.add_missing_cells = True
c.Autograde.autograde_preprocessors = [
    "autograder.bridges.nbgrader.GradeInSandbox",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
