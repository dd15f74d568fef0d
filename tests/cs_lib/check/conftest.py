"""A small bundle as a learner gets it: two functions, a class, a question, a hint for a known mistake."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path

import pytest

import cs_lib
from cs_lib.check import suite
from cs_lib.check.cases import load_cases
from cs_lib.check.hints import evidence
from cs_lib.check.runner import run_case
from cs_lib.check.student import InProcess, Student

PUBLIC_TESTS = """
import numpy as np
import pytest

from cs_lib.check import expect

A, B = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [6.0, 8.0], [3.0, 0.0]])


@pytest.mark.graded("distances", points=2)
def test_distances_are_euclidean(student):
    expect.close(student.distances(A, B), [[0, 10, 3], [5, 5, 4]], "The distance")


@pytest.mark.graded("distances", points=1)
def test_a_point_is_zero_from_itself(student):
    expect.close(student.distances(A, A)[1, 1], 0.0, "The distance of a point from itself")


@pytest.mark.graded("vote", points=1)
@pytest.mark.parametrize("k", [1, 3])
def test_ties_go_to_the_smallest_label(student, k):
    expect.equal(student.Voter().vote([2, 1, 1], k=k), 2 if k == 1 else 1, "The label")


@pytest.mark.graded("answer_metric", points=1, hint="Think of a city's blocks.")
def test_the_metric_is_named(student):
    expect.one_of(student["answer_metric"], ("L1", "L2"))
    expect.equal(student["answer_metric"], "L1", "The answer")
"""

RIGHT = """
import numpy as np

def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2))

class Voter:
    def vote(self, labels, k=1):
        return int(np.bincount(labels[:k]).argmax())

answer_metric = "L1"
"""

STUBS = """
def distances(a, b):
    raise NotImplementedError("distances")

class Voter:
    def vote(self, labels, k=1):
        '''The most frequent of the first k labels.'''
        raise NotImplementedError

answer_metric = ...
"""

SQUARED = RIGHT.replace("np.sqrt(", "(")
SQUARED_HINT = "Take the root of the sum."


def namespace(code: str) -> dict:
    """What some code defines."""
    names: dict = {"__name__": "__main__"}
    exec(textwrap.dedent(code), names)
    return names


def notebook_json(*cells: str) -> str:
    """A notebook file with these code cells, after a cell of text."""
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n"], "id": "text"}
    code = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": c,
            "outputs": [],
            "execution_count": None,
            "id": f"c{i}",
        }
        for i, c in enumerate(cells)
    ]
    return json.dumps({"cells": [text, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write_bundle(folder: Path) -> Path:
    """A bundle without the library: checks, hints, bundle.json and the notebook with its stubs."""
    checks = folder / "checks" / "knn"
    checks.mkdir(parents=True)
    (checks / "public_tests.py").write_text(PUBLIC_TESTS)
    (checks / "hints.json").write_text(json.dumps(recorded_hints(checks / "public_tests.py")))
    (folder / "bundle.json").write_text(
        json.dumps({"assignment": "a1", "title": "kNN", "notebooks": ["knn"]})
    )
    (folder / "knn.ipynb").write_text(notebook_json(STUBS))
    return folder


def recorded_hints(tests: Path) -> dict:
    """What a release records of the known mistake: values, as fingerprints."""
    case = load_cases(tests, "public")[0]
    seen = []
    run_case(
        case, Student(InProcess(namespace(SQUARED))), find_hint=lambda *failed: seen.append(evidence(*failed))
    )
    return {case.id: [seen[0] | {"hints": [SQUARED_HINT]}]}


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The bundle's folder, taken for the place that the library came in."""
    folder = write_bundle(tmp_path / "a1")
    monkeypatch.setattr(suite, "home", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """A bundle with its own copy of the library, as it is handed out."""
    folder = write_bundle(tmp_path_factory.mktemp("shipped") / "a1")
    source = Path(cs_lib.__file__).parent
    (folder / "cs_lib").mkdir()
    for name in ("__init__.py", "validation.py"):
        shutil.copy(source / name, folder / "cs_lib")
    shutil.copytree(
        source / "check", folder / "cs_lib" / "check", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder
