"""One full pass of every worked notebook: it runs top to bottom, and all that it shows means something."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from autograder.course import find_course
from autograder.worked import make_pages

COURSE = find_course()
NAMES = [f"{a.name}/{n.name}" for a in COURSE.assignments.values() for n in a.notebooks]
LONGEST = 180  # seconds on two cores
LEFT_OVERS = re.compile(r"<Figure size|object at 0x|Warning: |Traceback")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, made two at a time."""
    folder = tmp_path_factory.mktemp("worked")
    make_pages(COURSE, COURSE.assignments.values(), folder, jobs=2)
    return folder


@pytest.mark.timeout(3000)
def test_every_notebook_runs_and_the_index_leads_to_it(pages: Path):
    index = (pages / "index.html").read_text(encoding="utf-8")
    for name in NAMES:
        assert f'href="{name}.html"' in index


@pytest.mark.parametrize("name", NAMES)
def test_worked_notebook_shows_pictures_passed_checks_and_nothing_left_over(pages: Path, name: str):
    notebook = nbformat.read(pages / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [o.get("data", {}) for o in outputs]
    texts = ["".join(o.get("text", "")) for o in outputs]
    texts += [data.get("text/plain", "") for data in shown if not data.keys() & {"image/png", "text/html"}]
    assert not [text for text in texts if LEFT_OVERS.search(text)]
    assert not [cell.source for cell in notebook.cells if "# replace the dots" in cell.source]
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert sum("image/png" in data for data in shown) >= 3
    checks = [data["text/html"] for data in shown if "Check of" in data.get("text/html", "")]
    assert checks
    assert not [check for check in checks if "✗" in check or "○" in check]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_worked_notebook_takes_under_three_minutes(pages: Path, name: str):
    notebook = nbformat.read(pages / f"{name}.ipynb", as_version=4)
    assert notebook.metadata["course"]["seconds"] < LONGEST
