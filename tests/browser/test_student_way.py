"""README's page for students, step by step: from the bundle to an archive that is worth its points."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from autograder.course import Assignment, Course
from autograder.grade import grade
from autograder.submission import read_submission
from tests.browser.lab import open_notebook

TWO_LOOPS = '''\
def compute_distances_two_loops(self, X):
    """Euclidean distance of every row of X from every row of self.X_train, one pair at a time."""
    dists = np.zeros((len(X), len(self.X_train)))
    for i, x in enumerate(X):
        for j, z in enumerate(self.X_train):
            dists[i, j] = np.linalg.norm(x - z)
    return dists


KNearestNeighbor.compute_distances_two_loops = compute_distances_two_loops'''
NO_LOOPS = """\
a, b = X, self.X_train
squares = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)
dists = np.sqrt(np.maximum(squares, 0))"""
FILLED = {"compute_distances_two_loops", "compute_distances_no_loops"}


@pytest.fixture
def assignment(course: Course) -> Assignment:
    return course.assignment("a1")


@pytest.mark.browser
@pytest.mark.bubblewrap
def test_a_learner_gets_from_the_bundle_to_an_archive_that_earns_the_points(
    bundle: Path, server: str, assignment: Assignment, tmp_path: Path
) -> None:
    with open_notebook(server, "knn.ipynb", tmp_path / "failure.png") as lab:
        # The beginning: the bundle's own library, and real pictures.
        lab.run("from cs_lib import data, plots")
        lab.run("images = data.load(DATASET")
        picture = lab.run("plots.images_by_class(").locator("img")
        assert picture.evaluate("image => image.naturalWidth") > 300
        lab.run("class KNearestNeighbor:")

        # What has not been filled in is not wrong yet, and is said to be expected.
        check = 'check("compute_distances_two_loops")'
        lab.run("def compute_distances_two_loops(")
        shown = lab.run(check)
        expect(shown).to_contain_text("compute_distances_two_loops to do: 0 of")
        expect(shown).to_contain_text("expected until you fill it in")

        # The first exercise, replaced as a whole: wrong at first, then right.
        stub = lab.cell("def compute_distances_two_loops(")
        for code, verdict in (
            (TWO_LOOPS.replace("x - z", "x + z"), "failed"),
            (TWO_LOOPS, "passed"),
        ):
            lab.edit(stub, "def compute_distances_two_loops(")
            lab.press("Control+a")
            lab.paste(code)
            lab.run_selected(stub)
            shown = lab.run(check)
            expect(shown.locator("section")).to_contain_text(f"compute_distances_two_loops {verdict}:")
            expect(shown.locator("table")).to_be_visible()

        # The second, typed in the place of the line that says that it is missing.
        stub = lab.cell("def compute_distances_no_loops(")
        lab.edit(stub, "raise NotImplementedError()")
        lab.press("End", "Shift+Home")
        lab.type(NO_LOOPS)
        lab.run_selected(stub)
        shown = lab.run('check("compute_distances_no_loops")')
        expect(shown).to_contain_text("compute_distances_no_loops passed:")

        # Everything at once, with the rest still to do.
        shown = lab.run_new("check()")
        for function in assignment.notebook("knn").points:
            expect(shown).to_contain_text(f"{function} {'passed' if function in FILLED else 'to do'}")
        where = lab.run_new("import cs_lib; cs_lib.__file__")
        expect(where).to_contain_text(str(bundle / "cs_lib"))

        # Hand in.
        cell = lab.cell('submit("a1")')
        cell.locator(".cm-line span", has_text="False").dblclick()
        lab.type("True")
        lab.save()
        receipt = lab.run_selected(cell)
        expect(receipt).to_contain_text("Packed a1")
        expect(receipt).to_contain_text(str(bundle / "submission-a1.zip"))
        for function in assignment.notebook("knn").points:
            row = receipt.get_by_role("row").filter(has_text=function)
            expect(row).to_contain_text("filled in" if function in FILLED else "still to do")

    with zipfile.ZipFile(bundle / "submission-a1.zip") as archive:
        handed_in = nbformat.reads(archive.read("knn.ipynb").decode(), as_version=4)
    sources = [cell.source for cell in handed_in.cells]
    assert TWO_LOOPS in sources
    assert "np.maximum(squares, 0)" in "".join(sources)
    assert_earns_exactly(FILLED, bundle / "submission-a1.zip", assignment)


def assert_earns_exactly(functions: set[str], archive: Path, assignment: Assignment) -> None:
    """Grade an archive as a class's work is graded: these functions have full marks, all others none."""
    submission = read_submission(archive, "ada", tuple(n.name for n in assignment.notebooks))
    assert not submission.problems
    report = grade(assignment, submission, sandbox="bubblewrap")
    points = {name: value for n in assignment.notebooks for name, value in n.points.items()}
    earned = dict.fromkeys(points, 0.0)
    for test in report.tests:
        earned[test.function] += test.score
    assert earned == {name: points[name] if name in functions else 0 for name in points}
    assert report.score == sum(points[name] for name in functions)


def test_the_same_commands_work_without_jupyter(
    bundle: Path, python: Path, environment: dict[str, str]
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [python, *arguments], cwd=bundle, env=environment, capture_output=True, text=True, timeout=60
        )

    checked = run("-m", "cs_lib.check", "knn.ipynb")
    assert checked.returncode == 1, checked.stderr
    assert "compute_distances_two_loops: to do" in checked.stdout
    packed = run("-c", "from cs_lib.check import submit; print(submit())")
    assert packed.returncode == 0, packed.stderr
    assert str(bundle / "submission-a1.zip") in packed.stdout
    receipt = json.loads((bundle / "submission-a1.receipt.json").read_text(encoding="utf-8"))
    handed_in = [file["name"] for file in receipt["files"]]
    assert handed_in == ["features.ipynb", "knn.ipynb", "linear.ipynb", "two_layer_net.ipynb"]
