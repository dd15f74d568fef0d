"""A saved file is read however it is broken, outlined without running it, and defined in parts."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from cs_lib.check.files import UnreadableFile, define_file, outline, read_cells

from .conftest import RIGHT, STUBS, notebook_json

PERCENT = """# ---
# jupyter: {}
# ---

# %% [markdown]
# # Title

# %%
import numpy as np

# %% tags=["graded"]
def area(r):
    return np.pi * r**2

# %% [raw]
# nothing
"""


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def write(content, name="knn.ipynb"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_the_cells_of_a_notebook_are_numbered_as_a_reader_counts(write):
    assert read_cells(write(notebook_json("x = 1", "y = 2"))) == [("cell 2", "x = 1"), ("cell 3", "y = 2")]


def test_a_percent_script_is_a_notebook_and_another_module_is_one_cell(write):
    cells = read_cells(write(PERCENT, "knn.py"))
    assert [place for place, _ in cells] == ["cell 0", "cell 2", "cell 3"]
    assert "area" in cells[2][1]
    assert read_cells(write("x = 1", "layers.py")) == [("layers.py", "x = 1")]


@pytest.mark.parametrize("source", [["x = 1\n", "y = 2"], "x = 1\ny = 2"])
def test_a_cells_source_may_be_a_string_or_lines(write, source):
    path = write(json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    assert read_cells(path) == [("cell 1", "x = 1\ny = 2")]


def test_what_is_damaged_in_a_cell_costs_only_that_cell(write):
    cells = [
        7,
        None,
        {"cell_type": "code"},
        {"cell_type": "code", "source": [1]},
        {"cell_type": "code", "source": "x\0 = 1"},
    ]
    repairs: list[str] = []
    assert read_cells(write(json.dumps({"cells": cells})), repairs) == [("cell 5", "x = 1")]
    assert len(repairs) == 4
    assert "knn.ipynb: cell 1 has no readable source" in repairs[0]


def test_the_old_format_with_worksheets_is_read(write):
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}, {"cells": 3}, 4],
    }
    repairs: list[str] = []
    assert read_cells(write(json.dumps(old)), repairs) == [("cell 1", "x = 1")]
    assert "old notebook format 3" in repairs[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("{", "damaged"),
        ('{"cells": [', "damaged"),
        ("[" * 100_000, "damaged"),
        ("[]", "no list of cells"),
        ("3", "no list of cells"),
        ('{"cells": {}}', "no list of cells"),
        ('{"worksheets": 1}', "no list of cells"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"PK\x03\x04\xff", "not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_notebook_is_named_with_the_reason(write, content, words):
    with pytest.raises(UnreadableFile, match=r"knn\.ipynb") as caught:
        define_file(write(content))
    assert words in str(caught.value)


def test_missing_files_folders_and_other_kinds_are_named(tmp_path, write):
    for path, words in (
        (tmp_path / "none.ipynb", "no such file"),
        (tmp_path, "is a folder"),
        (write("x", "a.txt"), "neither a notebook"),
    ):
        with pytest.raises(UnreadableFile, match=words):
            read_cells(path)


def test_a_byte_order_mark_does_no_harm(write):
    assert read_cells(write(b"\xef\xbb\xbf" + notebook_json("x = 1").encode()))


def test_a_notebook_gives_its_definitions_and_answers_but_runs_nothing_else(write):
    result = define_file(write(notebook_json(RIGHT, "1 / 0", "answer_size = len('abc')", "data = load()")))
    assert result.problems == []
    assert result.namespace["answer_size"] == 3
    assert "data" not in result.namespace
    assert result.namespace["distances"] is not None


def test_a_percent_script_is_defined_like_a_notebook(write):
    assert define_file(write(PERCENT + "\n# %%\n1 / 0\n", "knn.py")).namespace["area"](1) > 3


def test_a_module_is_run_statement_by_statement_without_its_main_part(write):
    lines = [
        "from . import layers",
        "TABLE = {}",
        "TABLE['a'] = 1",
        "1 / 0",
        "exit()",
        "def f(): return TABLE",
    ]
    result = define_file(write("\n".join([*lines, "if __name__ == '__main__': f = 3"]), "layer_utils.py"))
    assert result.namespace["f"]() == {"a": 1}
    assert [problem.split(":")[0] for problem in result.problems] == [
        f"layer_utils.py, line {n}" for n in (1, 4, 5)
    ]


def test_modules_beside_a_file_can_be_imported_and_nothing_stays_behind(write):
    write("def one(): return 1", "my_helpers_for_this_test.py")
    before = list(sys.path)
    result = define_file(write(notebook_json("from my_helpers_for_this_test import one")))
    assert result.namespace["one"]() == 1
    assert sys.path == before
    del sys.modules["my_helpers_for_this_test"]


def test_the_courses_helpers_are_missing_as_in_grading(write):
    cells = ("from cs_lib import data, plots\nimport cs_lib.check", "images = data.load('patches10')")
    result = define_file(write(notebook_json(*cells, RIGHT, "def show(): return images, plots")))
    assert result.problems == []
    assert result.missing["images"] == "cs_lib.data"
    assert result.namespace["distances"] is not None
    assert sys.modules["cs_lib.check"] is not None


def test_building_blocks_of_the_library_are_there(write):
    result = define_file(write(notebook_json("from cs_lib.layers.affine import affine_forward", RIGHT)))
    assert result.namespace["affine_forward"](np.ones((1, 2)), np.ones((2, 1)), np.zeros(1))[0] == 2
    assert sys.modules["cs_lib"].check


def outlined(*cells: str) -> dict[str, bool]:
    """The outline of cells."""
    return outline([("cell", code) for code in cells])


def test_the_outline_tells_stubs_from_work_without_running_anything():
    assert outlined(STUBS, "1 / 0") == {
        "distances": False,
        "Voter": False,
        "vote": False,
        "answer_metric": False,
    }
    found = outlined(RIGHT)
    assert all(found[name] for name in ("distances", "Voter", "vote", "answer_metric"))


@pytest.mark.parametrize(("body", "filled"), [("raise NotImplementedError()", False), ("return 1", True)])
def test_a_function_that_is_hung_into_a_class_is_as_far_as_the_function_itself(body, filled):
    code = f"def f(self):\n    {body}\n\nC.f = f"
    assert outlined("class C: pass", code)["f"] is filled


@pytest.mark.parametrize(
    ("code", "filled"),
    [
        ("def f(): raise NotImplementedError('later')", False),
        ("def f():\n    '''Doc.'''", False),
        ("def f():\n    pass", False),
        ("def f(): ...", False),
        ("def f():\n    x = 1\n    raise NotImplementedError", False),
        ("def f(a):\n    if a: raise NotImplementedError\n    return 1", True),
        ("def f(): return 1", True),
        ("async def f(): raise NotImplementedError()", False),
        ("from work import f", True),
        ("f = lambda: 1", True),
        ("f: int = 3", True),
        ("f = None", False),
        ("class f:\n    X = None\n    def m(self): return 1", True),
        ("class f:\n    def m(self): raise NotImplementedError", False),
        ("try:\n    f = 1\nexcept E: pass", True),
        ("C.f = g", True),
        ("%time x = 1\ndef f(): return 1", True),
    ],
)
def test_what_counts_as_a_stub(code, filled):
    assert outlined(code)["f"] is filled


def test_the_last_binding_counts_and_broken_cells_bind_nothing():
    assert outlined("def f(): return 1", "def f(): pass")["f"] is False
    assert outlined("def f(: return 1") == {}
