"""What students are given holds everything that they need, and nothing that they must not see."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import cs_lib
from autograder.course import CourseError, find_course
from autograder.release import release, requirements

ROOT = Path(cs_lib.__file__).parent.parent


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the course's first assignment."""
    course = find_course(ROOT)
    return release(course, course.assignment("a1"), tmp_path_factory.mktemp("bundle") / "a1")


def body_lines(path: Path) -> set[str]:
    """The lines inside a module's functions, docstrings and trivial lines left out."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            for statement in body:
                found |= {line.strip() for line in lines[statement.lineno - 1 : statement.end_lineno]}
    return {line for line in found if len(line) > 15 and not line.startswith(("#", "def ", "raise NotImpl"))}


def given_lines() -> set[str]:
    """What students are meant to have: provided modules, public tests, exercises without solutions."""
    notebook = (ROOT / "assignments/a1/knn/notebook.py").read_text(encoding="utf-8")
    exercises = re.sub(r"BEGIN SOLUTION.*?END SOLUTION", "", notebook, flags=re.DOTALL)
    public = (ROOT / "assignments/a1/knn/public_tests.py").read_text(encoding="utf-8")
    provided = [line for path in ("check", "plots", "data") for line in _lines(ROOT / "cs_lib" / path)]
    validation = (ROOT / "cs_lib/validation.py").read_text(encoding="utf-8")
    lines = [*provided, *exercises.splitlines(), *public.splitlines(), *validation.splitlines()]
    return {line.strip() for line in lines}


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder as text; of notebooks, the sources of their cells."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            found[path.name] = "\n".join(cell.source for cell in cells)
        elif path.is_file() and path.suffix != ".pyc":
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize(
    "secret", ["cs_lib/knn.py", "assignments/a1/knn/private_tests.py", "assignments/a1/knn/mistakes.py"]
)
def test_no_line_of_reference_private_tests_or_mistakes_is_in_the_bundle(bundle: Path, secret: str) -> None:
    secrets = body_lines(ROOT / secret) - given_lines()
    assert secrets
    for name, text in texts(bundle).items():
        lines = {line.strip() for line in text.splitlines()}
        assert not secrets & lines, f"{name} holds lines of {secret}"


def test_no_solution_region_is_in_the_bundle(bundle: Path) -> None:
    for name, text in texts(bundle).items():
        assert "BEGIN SOLUTION" not in text, name
        assert "MARK SCHEME" not in text, name


def test_the_solution_itself_is_not_in_the_bundle(bundle: Path) -> None:
    source = (ROOT / "assignments/a1/knn/notebook.py").read_text(encoding="utf-8")
    regions = [part.split("### END SOLUTION")[0] for part in source.split("### BEGIN SOLUTION")[1:]]
    solution = {line.strip() for region in regions for line in region.splitlines() if len(line.strip()) > 15}
    released = {line.strip() for text in texts(bundle).values() for line in text.splitlines()}
    assert solution
    assert not {line for line in solution & released if not line.startswith("for ")}


def test_only_the_provided_modules_of_the_library_are_in_the_bundle(bundle: Path) -> None:
    names = {path.name for path in (bundle / "cs_lib").iterdir()}
    assert names == {"__init__.py", "validation.py", "data", "plots", "check"}


def test_the_bundle_names_its_assignment_and_notebooks(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert manifest["assignment"] == "a1"
    assert "knn" in manifest["notebooks"]


def test_released_cells_are_stubs_and_checks_are_locked_with_the_tests_points(bundle: Path) -> None:
    course = find_course(ROOT)
    points = course.assignment("a1").notebook("knn").points
    cells = nbformat.read(bundle / "knn.ipynb", as_version=4).cells
    by_id = {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}
    for function, value in points.items():
        check = by_id[f"test_{function}"]
        assert check.metadata.nbgrader.points == value
        assert check.metadata.nbgrader.locked
        stub = by_id[function].source
        assert ("..." if function.startswith("answer_") else "raise NotImplementedError()") in stub


def test_the_library_in_the_bundle_works_by_itself(bundle: Path) -> None:
    code = "import cs_lib, cs_lib.check, cs_lib.plots, cs_lib.data; print(cs_lib.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(bundle)!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(bundle / "cs_lib" / "__init__.py")


def test_requirements_carry_the_bounds_of_this_distribution() -> None:
    lines = requirements({"torch"}).splitlines()
    assert "numpy>=2.0" in lines
    assert any(line.startswith("torch>=") for line in lines)


def test_a_release_is_repeatable(bundle: Path, tmp_path: Path) -> None:
    course = find_course(ROOT)
    again = release(course, course.assignment("a1"), tmp_path / "again")
    assert texts(again) == texts(bundle)
    assert (again / "knn.ipynb").read_bytes() == (bundle / "knn.ipynb").read_bytes()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    course = find_course(ROOT)
    with pytest.raises(CourseError, match="not empty"):
        release(course, course.assignment("a1"), tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def _lines(folder: Path) -> list[str]:
    return [line for path in folder.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()]
