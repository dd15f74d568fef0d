"""A notebook that computes on a GPU where there is one runs on another device, from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import find_course
from autograder.source import worked_notebook
from tests.cs_lib.another_device import ANOTHER, AnotherDevice

CHOICE = 'DEVICE = "cuda" if torch.cuda.is_available() else "cpu"'
FOUND = [
    pytest.param(notebook, id=f"{assignment.name}-{notebook.name}")
    for assignment in find_course(Path(__file__)).assignments.values()
    for notebook in assignment.notebooks
    if CHOICE in notebook.source.read_text(encoding="utf-8")
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # PyTorch's, in imshow
@pytest.mark.parametrize("notebook", FOUND)
def test_a_worked_notebook_stays_on_the_device_of_its_pictures(notebook, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    cells = [cell.source for cell in worked_notebook(notebook).cells if cell.cell_type == "code"]
    names = {"ANOTHER": ANOTHER, "check": lambda *functions: None}
    with AnotherDevice():
        for source in cells:
            if "from cs_lib.check" in source:
                source = source.replace(CHOICE, "DEVICE = ANOTHER").replace("SIZE = 128", "SIZE = 32")
                source = source.replace("from cs_lib.check import check, submit\n", "")
            if "submit(" not in source:
                exec(compile(source, str(notebook.source), "exec"), names)
    assert names["DEVICE"] == ANOTHER
