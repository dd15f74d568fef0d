"""The check and the submission inside a running notebook, in a bundle with its own library."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from .conftest import SQUARED, SQUARED_HINT, STUBS

CELLS = [
    "from cs_lib.check import check, submit\nimport cs_lib; print(cs_lib.__file__)",
    STUBS,
    "check('distances')",
    SQUARED,
    "check('distances'); check('vote')",
    "report = check()",
    "check('distanses')",
    "submit()",
    "from cs_lib.check import submit  # as when the first cell is run again\nsubmit();",
    "print('still alive')",
]


@pytest.fixture(scope="module")
def outputs(shipped):
    """The outputs of each cell, by one run of the notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    (shipped / "knn.ipynb").write_text(nbformat.writes(notebook))
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(shipped)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def pages(cell) -> list[str]:
    """The HTML that a cell shows."""
    return [
        output["data"]["text/html"] for output in cell if "data" in output and "text/html" in output["data"]
    ]


def test_the_bundle_uses_its_own_library(outputs, shipped):
    assert str(shipped / "cs_lib") in outputs[0][0]["text"]


def test_an_unfilled_stub_is_shown_once_as_expected(outputs):
    (page,) = pages(outputs[2])
    assert "This is expected until you fill it in." in page
    assert "to do" in page


def test_two_checks_in_one_cell_are_both_shown_and_none_twice(outputs):
    distances, vote = pages(outputs[4])
    assert SQUARED_HINT in distances
    assert "Came back" in distances
    assert "vote" in vote
    assert "passed" in vote
    assert len(outputs[4]) == 2


def test_every_report_has_a_text_form_too(outputs):
    (shown,) = outputs[5]
    assert "knn: 4 of 6 public points" in shown["data"]["text/plain"]


def test_an_unknown_name_is_answered(outputs):
    assert "Did you mean &#x27;distances&#x27;?" in pages(outputs[6])[0]


def test_the_submission_tells_what_is_saved(outputs, shipped):
    (page,) = pages(outputs[7])
    assert (shipped / "submission-a1.zip").is_file()
    assert "submission-a1.zip" in page
    assert "Last saved" in page


def test_it_can_be_repeated_and_keeps_the_earlier_archive(outputs, shipped):
    assert len(pages(outputs[8])) == 1
    assert (shipped / "submission-a1-1.zip").is_file()


def test_the_kernel_is_still_alive(outputs):
    assert outputs[9][0]["text"] == "still alive\n"
