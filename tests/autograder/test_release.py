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
from autograder import library
from autograder.course import Assignment, Course, CourseError, find_course
from autograder.release import release, requirements

ROOT = Path(cs_lib.__file__).parent.parent


@pytest.fixture(scope="module", params=sorted(find_course(ROOT).assignments))
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """Every assignment of the course."""
    return find_course(ROOT).assignment(request.param)


@pytest.fixture(scope="module")
def bundle(assignment: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle."""
    return release(find_course(ROOT), assignment, tmp_path_factory.mktemp("bundle") / assignment.name)


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


def given_lines(assignment: Assignment) -> set[str]:
    """What students are meant to have: provided modules, public tests, exercises without solutions."""
    texts = []
    for notebook in assignment.notebooks:
        source = notebook.source.read_text(encoding="utf-8")
        texts.append(re.sub(r"BEGIN SOLUTION.*?END SOLUTION", "", source, flags=re.DOTALL))
        texts.append((notebook.folder / "public_tests.py").read_text(encoding="utf-8"))
        texts += library.sources(notebook.provided + notebook.building_blocks).values()
    return {line.strip() for text in texts for line in text.splitlines()}


def secret_files(assignment: Assignment) -> list[Path]:
    """What students must not see: private tests, mistakes, and all of the library that is not provided."""
    given = {name for n in assignment.notebooks for name in library.sources(n.provided + n.building_blocks)}
    modules = [
        path
        for path in (ROOT / "cs_lib").rglob("*.py")
        if path.name != "__init__.py" and ".".join(path.relative_to(ROOT).with_suffix("").parts) not in given
    ]
    hidden = [n.folder / name for n in assignment.notebooks for name in ("private_tests.py", "mistakes.py")]
    return modules + hidden


def texts(folder: Path) -> dict[str, str]:
    """Every file of a folder as text; of notebooks, the sources of their cells."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            found[path.name] = "\n".join(cell.source for cell in cells)
        elif path.is_file() and path.suffix not in (".pyc", ".safetensors"):
            found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


def test_no_line_of_reference_private_tests_or_mistakes_is_in_the_bundle(bundle: Path, assignment) -> None:
    released = {line.strip() for text in texts(bundle).values() for line in text.splitlines()}
    given = given_lines(assignment)
    for path in secret_files(assignment):
        leaked = (body_lines(path) - given) & released
        assert not leaked, f"lines of {path.relative_to(ROOT)}"


def test_no_solution_region_is_in_the_bundle(bundle: Path) -> None:
    for name, text in texts(bundle).items():
        assert "BEGIN SOLUTION" not in text, name
        assert "MARK SCHEME" not in text, name


def test_no_solution_is_in_the_bundle(bundle: Path, assignment) -> None:
    released = "\n".join(line.strip() for text in texts(bundle).values() for line in text.splitlines())
    for notebook in assignment.notebooks:
        source = notebook.source.read_text(encoding="utf-8")
        regions = [part.split("### END SOLUTION")[0] for part in source.split("### BEGIN SOLUTION")[1:]]
        assert regions
        for region in regions:
            solution = [line.strip() for line in region.strip().splitlines()]
            if len(solution) > 1:  # one line such as `return self.layers(x)` may stand elsewhere, too
                assert "\n".join(solution) not in released, notebook.name


def test_only_the_provided_modules_of_the_library_are_in_the_bundle(bundle: Path, assignment) -> None:
    found = {
        ".".join(path.relative_to(bundle).with_suffix("").parts).removesuffix(".__init__")
        for path in (bundle / "cs_lib").rglob("*.py")
    }
    named = {name for n in assignment.notebooks for name in n.provided + n.building_blocks}
    assert found == set(library.sources(tuple(sorted(named))))


def test_the_bundle_names_its_assignment_and_notebooks(bundle: Path, assignment) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert manifest["assignment"] == assignment.name
    assert manifest["notebooks"] == [notebook.name for notebook in assignment.notebooks]


def test_released_cells_are_stubs_and_checks_are_locked_with_the_tests_points(
    bundle: Path, assignment
) -> None:
    for notebook in assignment.notebooks:
        cells = nbformat.read(bundle / f"{notebook.name}.ipynb", as_version=4).cells
        by_id = {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}
        for function, value in notebook.points.items():
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


def test_a_release_is_repeatable(course: Course, tmp_path: Path) -> None:
    first, again = (release(course, course.assignment("a1"), tmp_path / name) for name in ("first", "again"))
    assert texts(again) == texts(first)
    assert (again / "double.ipynb").read_bytes() == (first / "double.ipynb").read_bytes()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    course = find_course(ROOT)
    with pytest.raises(CourseError, match="not empty"):
        release(course, course.assignment("a1"), tmp_path)
    assert (tmp_path / "thesis.tex").exists()
