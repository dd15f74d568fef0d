"""Group E: mangle what is handed in. It is repaired or refused, said so, and concerns nobody else."""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import io
import json
import os
import stat
import time
import zipfile

import pytest

from tests.autograder.conftest import RIGHT
from tests.redteam.conftest import HONEST, HONEST_PART, at_definition, statuses

pytestmark = pytest.mark.bubblewrap

DOUBLE = "def double(x):\n    return 2 * x\n"
STUB = "def double(x):\n    raise NotImplementedError\n"


def cell(source, grade_id=None, **more):
    nbgrader = {"nbgrader": {"grade_id": grade_id, "points": 1000, "grade": False}} if grade_id else {}
    return {"cell_type": "code", "metadata": nbgrader, "source": source} | more


def notebook(*cells, **more):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more)


CELLS = {
    "R42 copied, empty copy last": ([cell(HONEST), cell(DOUBLE, "double"), cell(STUB, "double")], 7.0, "copy"),
    "R42 copied, empty copy first": ([cell(HONEST), cell(STUB, "double"), cell(DOUBLE, "double")], 7.0, "copy"),
    "R42 copied, wrong copy last": (
        [cell(HONEST), cell(DOUBLE, "double"), cell("def double(x): return x", "double")], HONEST_PART, "occurs 2 times"),
    "R43 deleted": ([cell(HONEST)], HONEST_PART, None),
    "R43 deleted test cell": ([cell(HONEST), cell(DOUBLE)], 7.0, None),
    "R44 edited tests and points": (
        [cell(HONEST), cell("def double(x): return x", "double"), cell("assert True", "test_double", points=1000)], HONEST_PART, None),
    "R44 a test that defines the answers": (
        [cell(HONEST), cell("student = lambda *a: 7\ndef test_double(): pass\npoints = 1000", "test_double")], HONEST_PART, None),
    "R44 solution as markdown": ([cell(HONEST), cell(DOUBLE, "double", cell_type="markdown")], HONEST_PART, None),
    "R44 strange cells": ([cell(HONEST), 7, None, {}, {"cell_type": "code"}, cell(["a", 5]), cell(DOUBLE)], 7.0, "no readable source"),
    "R45 sources in lines": ([cell(HONEST.splitlines(keepends=True)), cell(DOUBLE)], 7.0, None),
    "R45 half a surrogate": ([cell(HONEST), cell("text = '\ud800'\n" + DOUBLE, "\udfff")], 7.0, None),
    "R45 NUL in the source": ([cell(HONEST), cell("\0" + DOUBLE)], 7.0, None),
    "R47 magics": (
        [cell("!rm -rf ~\n%pip install evil\n%load_ext evil\nlisting = !ls\n" + HONEST), cell("%%bash\nrm -rf /"),
         cell("%run evil.py"), cell(DOUBLE)], 7.0, "notebook commands"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_cells_are_repaired_and_the_repair_is_said(range_, tmp_path, case):
    cells, score, repair = CELLS[case]
    (tmp_path / "double.ipynb").write_text(notebook(*cells))
    report = range_.grade_folder(tmp_path)
    assert report.score == score
    assert repair is None or any(repair in text for text in report.repairs)


def test_r43_a_missing_solution_is_named(range_, tmp_path):
    (tmp_path / "double.ipynb").write_text(notebook(cell(HONEST)))
    assert statuses(range_.grade_folder(tmp_path)) == ["not_defined"] * 3


def test_r47_a_shell_reached_from_python_finds_no_shell_and_no_files(range_):
    report = range_.grade(
        at_definition(
            "import os, subprocess\nos.system('rm -rf /')\nsubprocess.run(['/bin/sh', '-c', 'rm -rf /'])"
        )
    )
    assert report.score == HONEST_PART
    assert range_.other.exists()
    assert "FileNotFoundError" in report.problems[0]


HOSTILE_FILES = {
    "R45 not JSON": b"this is not a notebook",
    "R45 empty": b"",
    "R45 NUL bytes": b"\0" * 10_000,
    "R45 a list": b"[1, 2]",
    "R45 deep": b"[" * 100_000,
    "R45 deep inside": b'{"cells": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "R45 cells of another kind": b'{"cells": {"a": 1}}',
    "R45 worksheets of another kind": b'{"worksheets": [5, {"cells": 7}, {"cells": "abc"}], "nbformat": [1]}',
    "R45 very many cells": b'{"cells": [' + b"0," * 200_000 + b"0]}",
    "R45 a number of many digits": b'{"cells": ' + b"9" * 10_000 + b"}",
    "R45 other encoding": '{"cells": []}'.encode("utf-16"),
    "R45 a picture": bytes(range(256)) * 50,
}


@pytest.mark.parametrize("case", HOSTILE_FILES)
def test_r45_a_file_that_is_no_notebook_is_a_problem_of_its_own(range_, tmp_path, case):
    (tmp_path / "double.ipynb").write_bytes(HOSTILE_FILES[case])
    report = range_.grade_folder(tmp_path)
    assert report.score == 0.0
    assert report.problems or report.repairs
    assert all(len(problem) < 500 for problem in report.problems)


def test_r45_notebooks_of_other_formats_and_kernels_are_graded(range_, tmp_path):
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": RIGHT}]}], "nbformat": 3, "metadata": {}}
    new = {
        "cells": [cell(RIGHT)],
        "nbformat": 99,
        "metadata": {"kernelspec": {"name": "evil", "argv": ["rm", "-rf", "/"]}},
    }
    for content in (old, new):
        (tmp_path / "double.ipynb").write_text(json.dumps(content))
        assert range_.grade_folder(tmp_path).score == 7.0


def test_r45_a_huge_file_is_refused_without_being_read(range_, tmp_path):
    with (tmp_path / "double.ipynb").open("wb") as stream:
        stream.truncate(500 << 20)
    report = range_.grade_folder(tmp_path)
    assert report.score == 0.0
    assert "too large" in report.problems[0]


def test_r45_a_name_of_digits_takes_no_time(range_, tmp_path):
    (tmp_path / f"{'1' * 200}x.ipynb").write_text(notebook(cell(RIGHT)))
    started = time.monotonic()
    assert range_.grade_folder(tmp_path).score == 0.0
    assert time.monotonic() - started < 20


def archive(path, *entries, **options):
    """A zip file of (name, content, mode) entries."""
    with zipfile.ZipFile(path, "w", **options) as bundle:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            bundle.writestr(info, content)


WORK = notebook(cell(RIGHT))
LINK = stat.S_IFLNK | 0o777


@pytest.mark.parametrize(
    ("entries", "score", "said"),
    [
        ([("double.ipynb", WORK)], 7.0, None),
        ([("../../../tmp/slip/double.ipynb", WORK)], 7.0, None),
        ([("/etc/evil/double.ipynb", WORK), ("C:\\evil\\x.py", "boom")], 7.0, None),
        ([("double.ipynb", "/etc/passwd", LINK)], 0.0, "is a link"),
        ([("double.ipynb", WORK), ("DOUBLE.ipynb", "junk"), ("Double.IPYNB", "junk")], 7.0, "second"),
        ([("a/double.ipynb", WORK), ("b/double.ipynb", "junk")], 7.0, "twice"),
        ([("double.ipynb", WORK), *((f"{i}.py", "x = 1") for i in range(2000))], 7.0, "2001 files"),
        ([("double.ipynb", bytes(5 << 20))], 0.0, "too large"),
        ([("inner.zip", "junk"), ("double.ipynb", WORK)], 7.0, None),
        ([("__MACOSX/._double.ipynb", "junk"), ("double.ipynb", WORK)], 7.0, None),
        ([("x" * 60_000 + ".ipynb", WORK)], 0.0, "not a notebook of this assignment"),
    ],
    ids=["plain", "slip", "absolute", "link", "case", "twice", "many", "bomb", "nested", "mac", "long name"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_r46_archives_are_read_in_memory_and_within_bounds(
    range_, tmp_path, monkeypatch, entries, score, said
):
    monkeypatch.setattr("autograder.submission.MAX_FILE", 4 << 20)
    archive(tmp_path / "work.zip", *entries)
    before = sorted(os.listdir("/tmp"))
    report = range_.grade_folder(tmp_path)
    assert report.score == score
    assert said is None or any(said in problem for problem in report.problems)
    assert all(len(problem) < 600 for problem in report.problems)
    assert "slip" not in set(os.listdir("/tmp")) - set(before)


def test_r46_many_bombs_share_one_budget(range_, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.submission.MAX_TOTAL", 4 << 20)
    for i in range(8):
        archive(tmp_path / f"{i}.zip", (f"m{i}.py", bytes(1 << 20)))
    report = range_.grade_folder(tmp_path)
    assert report.score == 0.0
    assert sum("too large" in problem for problem in report.problems) >= 3


def test_r46_broken_archives_are_said_to_be_broken(range_, tmp_path):
    stream = io.BytesIO()
    archive(stream, ("double.ipynb", WORK * 50))
    good = stream.getvalue()
    broken = [
        good[:-30],
        good[:200] + b"\xff" * 50 + good[250:],
        b"PK\x03\x04" + b"\0" * 100,
        b"",
        b"PK\1\2" * 60_000,
    ]
    for content in broken:
        (tmp_path / "work.zip").write_bytes(content)
        report = range_.grade_folder(tmp_path)
        assert report.score == 0.0
        assert "work.zip" in report.problems[0]


def test_r46_links_in_the_folder_are_refused(range_, tmp_path):
    (tmp_path / "double.ipynb").symlink_to(range_.other)
    (tmp_path / "folder").symlink_to(range_.root)
    (tmp_path / "more.zip").symlink_to("/dev/zero")
    report = range_.grade_folder(tmp_path)
    assert report.score == 0.0
    assert sum("links are not accepted" in problem for problem in report.problems) == 3


def test_r46_a_link_in_place_of_the_folder_is_refused(range_, tmp_path):
    (tmp_path / "a1").symlink_to(range_.other.parent)
    assert range_.grade_folder(tmp_path / "a1").score == 0.0


def test_special_files_are_not_opened(range_, tmp_path):
    os.mkfifo(tmp_path / "double.ipynb")
    assert range_.grade_folder(tmp_path).score == 0.0
