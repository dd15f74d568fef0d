"""Lets pytest run an assignment's test files as they are: `pytest assignments/a1/knn/public_tests.py`.

The `student` is the solution of the notebook's catalogue, or the file given with `--student FILE`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--student`."""
    parser.addoption(
        "--student", metavar="FILE", help="the notebook or module to test (default: the solution)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark that names a test's function and points."""
    config.addinivalue_line("markers", "graded(function, *, points, seconds, hint): what a test grades")


@pytest.fixture
def student(request: pytest.FixtureRequest):
    """The work under test: the catalogue's solution, or the file of `--student`."""
    from cs_lib.check.files import define_file
    from cs_lib.check.student import InProcess, Student

    given = request.config.getoption("--student")
    if given:
        return Student(InProcess(define_file(given).namespace))
    return Student(InProcess(_solution(request.path.parent / "mistakes.py")))


@functools.cache
def _solution(path: Path) -> dict[str, Any]:
    """What a catalogue of mistakes gives as the solution."""
    from cs_lib.check.cases import import_file

    return import_file(path).catalogue.solution


@pytest.fixture
def rng(request: pytest.FixtureRequest):
    """The test's own random numbers."""
    import zlib

    import numpy as np

    return np.random.default_rng(zlib.crc32(request.node.name.encode()))
