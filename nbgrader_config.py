"""nbgrader with marks from the autograder: `nbgrader autograde a1 --course-dir=FOLDER`.

Student code never runs in a kernel: the classes below replace those of nbgrader that run and score. And
nothing that students wrote runs in a grader's browser, when formgrader shows it.
"""

from autograder.bridges.gradebook import find_alembic

find_alembic()

c = get_config()  # noqa: F821  (nbgrader provides it)

c.Autograde.exporter_class = "autograder.bridges.nbgrader.RepairingExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.bridges.nbgrader.RestoreCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.bridges.nbgrader.RestoreCells",
    "autograder.bridges.nbgrader.GradeInSandbox",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.AssignLatePenalties.plugin_class = "autograder.bridges.nbgrader.SettledPenalty"
c.HTMLExporter.filters = {"markdown2html": "autograder.bridges.inert.inert_markdown"}
c.HTMLExporter.raw_mimetypes = ["none"]  # raw cells are put into the page as they are, so they are left out
