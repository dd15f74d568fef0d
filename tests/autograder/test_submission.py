"""Reading what was handed in: repairs, refusals, and never an exception."""

from __future__ import annotations

import json
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.submission import Unreadable, notebook_files, read_cells, read_submission

WANTED = ("knn", "softmax")


def notebook(*sources, **more) -> bytes:
    """A notebook file with these code cells."""
    cells = [
        s if isinstance(s, dict) else {"cell_type": "code", "metadata": {}, "source": s} for s in sources
    ]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}} | more).encode()


def graded(source: str, grade_id: str) -> dict:
    """A cell with an nbgrader id."""
    return {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": grade_id}}, "source": source}


def read(folder):
    """What is read from a folder of knn and softmax."""
    return read_submission(folder, "ada", WANTED)


def codes(submission, name="knn") -> list[str]:
    """The sources of a notebook's cells."""
    return [code for _, code in submission.notebooks[name]]


def test_cells_are_numbered_as_a_reader_counts_them(tmp_path):
    text = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
    (tmp_path / "knn.ipynb").write_bytes(notebook(text, "x = 1", text, "y = 2"))
    assert read(tmp_path).notebooks["knn"] == (("cell 2", "x = 1"), ("cell 4", "y = 2"))


@pytest.mark.parametrize(
    "name", ["knn (1)", "KNN", "knn-Copy1", "knn_final", "knn v2", "knn_submission (3)", "knn copy"]
)
def test_a_name_that_means_the_notebook_is_taken_and_said(tmp_path, name):
    (tmp_path / f"{name}.ipynb").write_bytes(notebook("x = 1"))
    submission = read(tmp_path)
    assert codes(submission) == ["x = 1"]
    assert submission.repairs == (f"{name}.ipynb: taken as knn.ipynb",)


@pytest.mark.parametrize("name", ["hw1-1", "HW1 (2)", "hw1_final-2"])
def test_a_name_that_ends_in_a_number_keeps_it(tmp_path, name):
    (tmp_path / f"{name}.ipynb").write_bytes(notebook("x = 1"))
    assert list(read_submission(tmp_path, "ada", ("hw", "hw1")).notebooks) == ["hw1"]


@pytest.mark.parametrize("copy", ["knn (1).ipynb", "A/knn.ipynb", "KNN.ipynb", "knn-Copy1.ipynb"])
def test_the_notebook_of_the_exact_name_counts_before_its_copies(tmp_path, copy):
    (tmp_path / "A").mkdir()
    (tmp_path / copy).write_bytes(notebook("copy = 1"))
    (tmp_path / "knn.ipynb").write_bytes(notebook("x = 1"))
    submission = read(tmp_path)
    assert codes(submission) == ["x = 1"]
    assert submission.problems == (f"{copy}: a second knn.ipynb; the first one was graded",)


def test_a_notebook_of_another_name_is_a_problem(tmp_path):
    (tmp_path / "holiday.ipynb").write_bytes(notebook("x = 1"))
    submission = read(tmp_path)
    assert submission.notebooks == {}
    assert "not a notebook of this assignment (expected knn.ipynb, softmax.ipynb)" in submission.problems[0]


STUB = "def f():\n    # your code\n    raise NotImplementedError\n"


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ([graded(STUB, "f"), graded("f = 1", "f")], ["f = 1"]),
        ([graded("f = 1", "f"), graded(STUB, "f")], ["f = 1"]),
        ([graded("f = 1", "f"), graded("f = 2", "f")], ["f = 1", "f = 2"]),
        ([graded(STUB, "f"), graded(STUB, "f")], [STUB, STUB]),
        ([graded(STUB, "f"), graded("g = 1", "g")], [STUB, "g = 1"]),
    ],
    ids=["stub first", "stub last", "both filled", "both stubs", "different cells"],
)
def test_of_copied_cells_an_empty_stub_undoes_nothing(tmp_path, cells, kept):
    (tmp_path / "knn.ipynb").write_bytes(notebook(*cells))
    submission = read(tmp_path)
    assert codes(submission) == kept
    assert bool(submission.repairs) == (cells[0]["metadata"] == cells[1]["metadata"] and kept != [STUB, STUB])


def test_format_3_is_converted(tmp_path):
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}], "nbformat": 3}
    (tmp_path / "knn.ipynb").write_text(json.dumps(old))
    submission = read(tmp_path)
    assert codes(submission) == ["x = 1\ny = 2"]
    assert "old notebook format 3" in submission.repairs[0]


def test_nul_bytes_and_half_surrogates_are_taken_out(tmp_path):
    (tmp_path / "knn.ipynb").write_bytes(notebook("x = '\0'\ny = '\ud83d'"))
    assert codes(read(tmp_path)) == ["x = ''\ny = '?'"]


def test_a_byte_order_mark_is_no_matter(tmp_path):
    (tmp_path / "knn.ipynb").write_bytes(b"\xef\xbb\xbf" + notebook("x = 1"))
    assert codes(read(tmp_path)) == ["x = 1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"[]",
        b"7",
        b'{"cells": 7}',
        b"{}",
        b"[" * 99_999,
        b"\xff",
        b'{"cells": ' + b"[" * 99_999,
    ],
)
def test_a_file_that_is_no_notebook_is_unreadable_with_a_remedy(content):
    with pytest.raises(Unreadable, match=r"knn\.ipynb: .*(again|right file)"):
        read_cells("knn.ipynb", content, [])


WORDS = ["cells", "source", "cell_type", "metadata", "nbgrader", "grade_id", "worksheets", "input"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["cells", "worksheets", "nbformat"]), JSON))
def test_any_json_is_cells_or_unreadable(data):
    try:
        cells = read_cells("knn.ipynb", json.dumps(data).encode(), [])
    except Unreadable:
        return
    assert all(type(place) is str and type(code) is str for place, code in cells)


def test_huge_files_and_too_many_are_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.submission.MAX_FILE", 1000)
    monkeypatch.setattr("autograder.submission.MAX_FILES", 3)
    (tmp_path / "knn.ipynb").write_bytes(notebook("x" * 2000))
    for i in range(4):
        (tmp_path / f"m{i}.py").write_text("")
    submission = read(tmp_path)
    assert submission.notebooks == {}
    assert len(submission.modules) == 2
    assert all("too large or too many" in problem for problem in submission.problems)


def test_modules_are_taken_and_those_that_python_or_pytest_would_run_are_not(tmp_path):
    names = [
        "layers.py",
        "__init__.py",
        "conftest.py",
        "sitecustomize.py",
        "my module.py",
        "x.pyc",
        "evil.pth",
        ".hidden.py",
    ]
    for name in names:
        (tmp_path / name).write_text("x = 1")
    assert set(read(tmp_path).modules) == {"layers"}


def test_a_zip_archive_is_read_like_a_folder_and_loose_files_count_first(tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as bundle:
        bundle.writestr("deep/down/knn.ipynb", notebook("archived = 1"))
        bundle.writestr("../softmax.ipynb", notebook("x = 1"))
        bundle.writestr("layers.py", "x = 1")
        bundle.writestr("data.bin", "x")
    (tmp_path / "knn.ipynb").write_bytes(notebook("loose = 1"))
    submission = read(tmp_path)
    assert codes(submission) == ["loose = 1"]
    assert codes(submission, "softmax") == ["x = 1"]
    assert set(submission.modules) == {"layers"}


def test_a_damaged_archive_is_a_problem_whatever_the_decoder_raises(tmp_path):
    path = tmp_path / "work.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("knn.ipynb", notebook("x = 1" * 5000))
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        assert all("work.zip" in problem or "knn.ipynb" in problem for problem in read(tmp_path).problems)


def test_names_that_are_no_text_become_text(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"knn\xff.ipynb")
    with open(path, "wb") as stream:
        stream.write(notebook("x = 1"))
    submission = read(tmp_path)
    assert submission.problems[0].startswith("knn?.ipynb: not a notebook of this assignment")


def test_a_single_file_and_a_missing_one(tmp_path):
    (tmp_path / "knn.ipynb").write_bytes(notebook("x = 1"))
    assert codes(read(tmp_path / "knn.ipynb")) == ["x = 1"]
    assert read(tmp_path / "nothing.ipynb").problems == ("nothing.ipynb: there is no such file",)


def test_the_digests_are_of_what_was_graded(tmp_path):
    (tmp_path / "knn.ipynb").write_bytes(b"abc")
    assert read(tmp_path).sha256 == {
        "knn.ipynb": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }


def test_the_file_of_a_notebook_is_the_one_that_is_graded(tmp_path):
    with zipfile.ZipFile(tmp_path / "submission-a1.zip", "w") as archive:
        archive.writestr("softmax.ipynb", notebook("y = 1"))
        archive.writestr("knn.ipynb", notebook("x = 1"))
    (tmp_path / "knn (1).ipynb").write_bytes(notebook("x = 2"))
    (tmp_path / "layers.py").write_text("z = 3")
    assert notebook_files(tmp_path, WANTED) == {"softmax": notebook("y = 1"), "knn": notebook("x = 1")}
    (tmp_path / "knn.ipynb").write_text("{")
    assert notebook_files(tmp_path, WANTED)["knn"] == notebook("x = 2")
    assert codes(read(tmp_path)) == ["x = 2"]
    assert notebook_files(tmp_path / "nowhere", WANTED) == {}
