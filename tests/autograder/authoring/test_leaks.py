"""Whatever is secret is found in a bundle, wherever it has come to lie."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from autograder.authoring.leaks import leaks
from autograder.course import Assignment, load_course
from autograder.release import release
from tests.autograder.conftest import FILES, write_course

SEED = "a-seed-that-nobody-knows"
CHANGES = {
    "course.toml": [('"secret"', f'"{SEED}"')],
    "a1/double/notebook.py": [("return 2 * x", "doubled = x + x\n            return doubled")],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Assignment, Path]:
    """The small course's assignment, and its bundle."""
    files = dict(FILES)
    for name, changes in CHANGES.items():
        for old, new in changes:
            assert old in files[name]
            files[name] = files[name].replace(old, new)
    root = tmp_path_factory.mktemp("course")
    course = load_course(write_course(root, files))
    return course.assignment("a1"), release(course, course.assignment("a1"), root / "bundle")


def test_a_bundle_as_it_is_made_holds_nothing_secret(made):
    assert list(leaks(*made)) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"# drawn from {SEED}", "the seed"),
        ("doubled = x + x\n  return doubled", "the solution `doubled = x + x ...`"),
        (
            "expect.close(student.mean(x), np.mean(x))",
            "`expect.close(student.mean(x), np.mean(x))` of private_tests.py",
        ),
        ("    ### BEGIN SOLUTION", "a cell with BEGIN SOLUTION"),
        ("### BEGIN MARK SCHEME", "a cell with BEGIN MARK SCHEME"),
        ("distances = (a * -2) @ b.T", "`distances = (a * -2) @ b.T` of knn.py"),
    ],
    ids=["seed", "solution", "private test", "marker", "rubric", "reference"],
)
def test_what_is_secret_is_found(made, line, found):
    assignment, bundle = made
    for path in (bundle / "README.md", bundle / "cs_lib" / "new.py", bundle / "double.ipynb"):
        before = path.read_bytes() if path.exists() else None
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            notebook.cells[0].source += f"\n{line}"
            nbformat.write(notebook, path)
        else:
            path.write_text((before or b"").decode() + f"\n{line}\n", encoding="utf-8")
        try:
            assert (path.relative_to(bundle).as_posix(), found) in list(leaks(assignment, bundle))
        finally:
            path.unlink()
            if before is not None:
                path.write_bytes(before)
