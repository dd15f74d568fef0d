"""Makes what students are given: a bundle without solutions, private tests or the reference.

The notebooks go through nbgrader's own converters, which clear the solutions, lock the checks and note
the cells in the gradebook. Everything else in the bundle is listed here, in `_write_extras`.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from packaging.requirements import Requirement

from autograder import library
from autograder.course import Assignment, Course, CourseError
from autograder.hints import public_hints_of
from autograder.source import build_notebook
from autograder.term.explain import on_the_clock, rule
from autograder.term.policy import Dates, Term
from autograder.term.settings import read_term

DISTRIBUTION = "deep-learning-course"
CONFIG = "nbgrader_config.py"
# What a learner's own machine needs, besides the libraries of the exercises.
STUDENT_PACKAGES = {
    "numpy", "matplotlib", "pooch", "tqdm", "rich", "pytest", "scikit-image", "scikit-learn", "jupyterlab",
    "ipykernel", "nbformat",
}  # fmt: skip


def release(course: Course, assignment: Assignment, to: Path, class_folder: Path | None = None) -> Path:
    """Write the student bundle of an assignment to the folder `to`, and return it.

    class_folder: an nbgrader course folder, which then keeps the source and the gradebook for grading.
    Raises CourseError if `to` holds something that is no earlier bundle.
    """
    _expect_room(to)
    with tempfile.TemporaryDirectory(prefix="course-release-") as temporary:
        released = _generate(course, assignment, class_folder or Path(temporary))
        if released.resolve() != to.resolve():
            shutil.rmtree(to, ignore_errors=True)
            shutil.copytree(released, to, dirs_exist_ok=True)
    return to


def release_day(course: Course, assignment: Assignment) -> str:
    """When students are to be given the assignment, as course.toml says; nothing if it does not."""
    term, dates = _dates(course, assignment)
    return on_the_clock(dates.release, term.zone) if dates and dates.release else ""


def register(course: Course, assignment: Assignment, class_folder: Path) -> None:
    """Make the assignment known to the gradebook of an nbgrader course folder."""
    _generate(course, assignment, class_folder)


def _generate(course: Course, assignment: Assignment, root: Path) -> Path:
    """Run nbgrader's `generate_assignment` in a course folder; returns the released folder."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    from autograder.bridges.gradebook import opened
    from autograder.bridges.nbgrader import release_config

    root = root.resolve()
    _write_config(course, root)
    source = root / "source" / assignment.name
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    notebooks = {notebook.name: build_notebook(notebook) for notebook in assignment.notebooks}
    for name, notebook in notebooks.items():
        nbformat.write(notebook, source / f"{name}.ipynb")
    _write_extras(course, assignment, source)
    config = release_config(root)
    logger = logging.getLogger("autograder.release")
    logger.setLevel(logging.ERROR)
    directory = CourseDirectory(config=config, assignment_id=assignment.name)
    converter = GenerateAssignment(coursedir=directory, config=config, log=logger, force=True)
    with opened(config.CourseDirectory.db_url) as gradebook:
        _expect_same_cells(gradebook, assignment, notebooks)
        converter.start()
    return root / "release" / assignment.name


def _expect_same_cells(gradebook: Any, assignment: Assignment, notebooks: dict[str, NotebookNode]) -> None:
    """Raise CourseError if cells of a notebook came or went since work came in, which nbgrader refuses."""
    from nbgrader.api import MissingEntry

    for name, notebook in notebooks.items():
        try:
            known = gradebook.find_notebook(name, assignment.name)
        except MissingEntry:
            continue
        before = {cell.name for cell in (*known.grade_cells, *known.solution_cells)}
        now = {
            cell.metadata["nbgrader"]["grade_id"] for cell in notebook.cells if "nbgrader" in cell.metadata
        }
        if known.submissions and before != now:
            raise CourseError(
                f"{assignment.name}, {name}: work was handed in, and nbgrader cannot add or remove cells then"
                f" ({', '.join(sorted(before ^ now))}): put them back (tests and points may change), or give"
                " the changed notebook another name"
            )


def _write_config(course: Course, root: Path) -> None:
    """Let nbgrader and formgrader, started in a class folder, run student code in the sandbox only."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / CONFIG).exists():
        own = course.root / CONFIG
        shutil.copy(own if own.is_file() else Path(__file__).resolve().parent.parent / CONFIG, root)


def _write_extras(course: Course, assignment: Assignment, folder: Path) -> None:
    """Everything in a bundle but the notebooks."""
    provided = {
        module for notebook in assignment.notebooks for module in notebook.provided + notebook.building_blocks
    }
    libraries = {name for notebook in assignment.notebooks for name in notebook.libraries}
    try:
        library.copy(provided, folder / "cs_lib")
    except LookupError as error:
        raise CourseError(f"course.toml: {error.args[0]}") from None
    shutil.copytree(
        course.root / "datasets", folder / "datasets", ignore=shutil.ignore_patterns("__pycache__")
    )
    for notebook in assignment.notebooks:
        checks = folder / "checks" / notebook.name
        checks.mkdir(parents=True)
        shutil.copy(notebook.folder / "public_tests.py", checks)
        hints = public_hints_of(notebook, assignment.seed)
        (checks / "hints.json").write_text(json.dumps(hints), encoding="utf-8")
    manifest = {
        "assignment": assignment.name,
        "title": assignment.title,
        "notebooks": [notebook.name for notebook in assignment.notebooks],
    }
    (folder / "bundle.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(libraries), encoding="utf-8")
    (folder / "README.md").write_text(_readme(course, assignment), encoding="utf-8")


def requirements(libraries: set[str]) -> str:
    """requirements.txt for a learner, with this distribution's own bounds."""
    bounds = {}
    for line in importlib.metadata.requires(DISTRIBUTION) or ():
        requirement = Requirement(line)
        bounds[requirement.name] = f"{requirement.name}{requirement.specifier}"
    weights = {"safetensors"} if "torch" in libraries else set()  # of the nets that are provided
    wanted = sorted(STUDENT_PACKAGES | libraries | weights)
    return "".join(f"{bounds.get(name, name)}\n" for name in wanted)


def _expect_room(to: Path) -> None:
    """Raise CourseError unless the folder is empty, or holds an earlier bundle, which will be replaced."""
    if to.exists() and any(to.iterdir()) and not (to / "bundle.json").is_file():
        raise CourseError(f"{to}: is not empty and holds no earlier bundle: choose another folder")


def _readme(course: Course, assignment: Assignment) -> str:
    notebooks = "\n".join(f"- `{n.name}.ipynb`: {n.title}" for n in assignment.notebooks)
    first = assignment.notebooks[0].name
    return f"""# {course.title}: {assignment.title}

{notebooks}

## Begin
    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/jupyter lab {first}.ipynb

On Windows write `.venv\\Scripts\\` for `.venv/bin/`. Start Jupyter in this folder: the notebooks use the
`cs_lib` that lies in it.

In Colab, put the folder into your Google Drive, open a notebook there, and run this before its first cell.
Colab has the libraries; if one should be missing, `%pip install` it by name.

    from google.colab import drive
    drive.mount("/content/drive")
    %cd /content/drive/MyDrive/{assignment.name}

## Work
Fill in the cells that say `YOUR CODE HERE`, and run the check below each of them. It tells you at once
what was called, what came back and what was expected. `check()` with nothing in the brackets runs
everything. The same from the command line:

    .venv/bin/python -m cs_lib.check {first}.ipynb

Grading runs these checks and further ones on other inputs: other shapes, other numbers, the edges that the
text names. It uses what your notebook *defines* (imports, functions, classes, answers); cells that train
or plot are not run again.

## Hand in
Save the notebook, then run its last cell as it says or, on the command line:

    .venv/bin/python -c "from cs_lib.check import submit; print(submit())"

Hand in the archive that it writes. The newest is always `submission-{assignment.name}.zip`.
{_due(course, assignment)}"""


def _dates(course: Course, assignment: Assignment) -> tuple[Term, Dates | None]:
    term = read_term(course)
    return term, term.assignments[assignment.name].dates


def _due(course: Course, assignment: Assignment) -> str:
    """Until when to hand in, and what lateness costs; nothing without a due date."""
    term, dates = _dates(course, assignment)
    if dates is None:
        return ""
    cutoff = f" Nothing counts after {on_the_clock(dates.cutoff, term.zone)}." if dates.cutoff else ""
    return f"""
It is due {on_the_clock(dates.due, term.zone)}, unless you have been told otherwise since.{cutoff}
{rule(term.policy)}
"""
