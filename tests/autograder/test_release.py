"""What students are given holds everything that they need, and nothing that they must not see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import cs_lib
from autograder import library
from autograder.authoring.leaks import leaks, texts
from autograder.course import Assignment, Course, CourseError, find_course, load_course
from autograder.release import release, release_day, requirements
from tests.autograder.classes import new_class

ROOT = Path(cs_lib.__file__).parent.parent


@pytest.fixture(scope="module", params=sorted(find_course(ROOT).assignments))
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """Every assignment of the course."""
    return find_course(ROOT).assignment(request.param)


@pytest.fixture(scope="module")
def bundle(assignment: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle."""
    return release(find_course(ROOT), assignment, tmp_path_factory.mktemp("bundle") / assignment.name)


def test_nothing_secret_is_in_the_bundle(bundle: Path, assignment) -> None:
    assert list(leaks(assignment, bundle)) == []


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


def test_a_kernel_that_began_elsewhere_works_after_cd_as_in_colab(course: Course, tmp_path: Path) -> None:
    folder = release(course, course.assignment("a1"), tmp_path / "a1")
    cells = [f"%cd {folder}", "from cs_lib.check import check, submit", "check('double')", "submit('a1')"]
    opened = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(opened, timeout=120, kernel_name="python3", resources=resources).execute()
    assert "double" in opened.cells[2].outputs[0].data["text/plain"]
    assert (folder / "submission-a1.zip").is_file()


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


def test_cells_that_come_after_work_was_handed_in_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    group = new_class(tmp_path)
    group.hand_in("ada", "1")
    group.grade()
    source = group.course.assignment("a1").notebook("double").source
    source.write_text(source.read_text() + '\n# %% [markdown] manual="how" points=1\n# How?\n')
    bundle = group.folder.root / "release" / "a1"
    before = texts(bundle)
    with pytest.raises(CourseError, match=r"a1, double: .*\(how\): put them back"):
        release(group.course, group.course.assignment("a1"), bundle, group.folder.root)
    assert texts(bundle) == before


def test_the_bundle_says_when_it_is_due_and_the_command_when_it_is_given_out(tmp_path: Path) -> None:
    klass = new_class(tmp_path)
    file = klass.course.file
    file.write_text(
        file.read_text().replace("due = 2026-10-05", "release = 2026-09-21T09:00:00\ndue = 2026-10-05")
    )
    course = load_course(file)
    first, second = course.assignments.values()
    text = (release(course, first, tmp_path / "bundle") / "README.md").read_text(encoding="utf-8")
    assert "It is due Mon 5 Oct 2026, 23:59 UTC, unless you have been told otherwise since." in text
    assert "Nothing counts after Sat 10 Oct 2026, 23:59 UTC.\n4 free days for the course" in text
    assert (release_day(course, first), release_day(course, second)) == ("Mon 21 Sep 2026, 09:00 UTC", "")
