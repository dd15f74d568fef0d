"""Packing takes the saved files, says what is in them, and loses no earlier archive."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest

from cs_lib.check import packing
from cs_lib.check.packing import Submission, pack, submit_folder
from cs_lib.check.show import Message

from .conftest import RIGHT, notebook_json


def names(archive) -> list[str]:
    """What is in an archive."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def packed(folder, assignment=None) -> Submission:
    """Pack a folder."""
    submission = pack(folder, assignment)
    assert isinstance(submission, Submission)
    return submission


def test_the_bundles_notebooks_and_the_modules_beside_them_are_packed(bundle):
    (bundle / "helpers.py").write_text("x = 1")
    (bundle / "scratch.ipynb").write_text(notebook_json("x = 1"))
    (bundle / "notes.txt").write_text("mine")
    submission = packed(bundle)
    assert submission.archive == bundle / "submission-a1.zip"
    assert names(submission.archive) == ["helpers.py", "knn.ipynb", "receipt.json"]


def test_the_receipt_holds_what_can_be_compared_later(bundle):
    submission = packed(bundle)
    receipt = json.loads((bundle / "submission-a1.receipt.json").read_text())
    content = (bundle / "knn.ipynb").read_bytes()
    assert receipt == submission.receipt
    assert receipt["assignment"] == "a1"
    assert receipt["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert receipt["files"][0]["bytes"] == len(content)
    assert {"saved", "name"} <= set(receipt["files"][0])
    assert receipt["archive"]["sha256"] == hashlib.sha256(submission.archive.read_bytes()).hexdigest()
    with zipfile.ZipFile(submission.archive) as opened:
        inside = json.loads(opened.read("receipt.json"))
    assert inside == {key: value for key, value in receipt.items() if key != "archive"}


def test_the_same_files_make_the_same_archive_but_for_the_time_of_packing(bundle):
    def content(archive):
        with zipfile.ZipFile(archive) as opened:
            return [
                (i.filename, i.date_time, i.CRC) for i in opened.infolist() if i.filename != "receipt.json"
            ]

    first = content(packed(bundle).archive)
    assert first == content(packed(bundle).archive)
    assert first[0][1] == (1980, 1, 1, 0, 0, 0)


def test_an_earlier_archive_is_kept_under_a_number(bundle):
    first = packed(bundle).archive.read_bytes()
    (bundle / "knn.ipynb").write_text(notebook_json(RIGHT))
    second = packed(bundle).archive.read_bytes()
    third = packed(bundle).archive.read_bytes()
    assert (bundle / "submission-a1-1.zip").read_bytes() == first
    assert (bundle / "submission-a1-2.zip").read_bytes() == second
    assert (bundle / "submission-a1.zip").read_bytes() == third
    receipt = json.loads((bundle / "submission-a1-1.receipt.json").read_text())
    assert receipt["archive"]["sha256"] == hashlib.sha256(first).hexdigest()
    assert not list(bundle.glob(".*.part"))


def test_it_says_of_each_graded_function_what_the_saved_file_holds(bundle):
    assert set(packed(bundle).functions.items()) == {
        ("distances", "still to do"), ("vote", "still to do"), ("answer_metric", "still to do"),
    }  # fmt: skip
    (bundle / "knn.ipynb").write_text(notebook_json(RIGHT.replace("answer_metric", "answer"), "1 / 0"))
    submission = packed(bundle)
    assert submission.functions == {"distances": "filled in", "vote": "filled in", "answer_metric": "missing"}
    for shown in (submission.text(), submission.html().replace("&nbsp;", " ")):
        for words in ("filled in", "missing", "less than a minute ago", "save (Ctrl+S", "submission-a1.zip"):
            assert words in shown


def test_modules_count_where_the_notebook_is_missing(bundle):
    (bundle / "knn.ipynb").unlink()
    (bundle / "k_nearest_neighbor.py").write_text(RIGHT)
    submission = packed(bundle)
    assert submission.functions["vote"] == "filled in"
    assert submission.warnings == ("knn.ipynb is missing.",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "knn.ipynb").write_text("{"), "damaged"),
        (lambda folder: (folder / "knn.ipynb").rename(folder / "knn (1).ipynb"), "Is it 'knn (1).ipynb'?"),
        (lambda folder: (folder / "bundle.json").write_text("{"), "bundle.json is damaged"),
        (lambda folder: (folder / "bundle.json").write_text('{"assignment": 3}'), "bundle.json is damaged"),
        (
            lambda folder: (folder / "knn.ipynb").write_text(notebook_json("#" * 5000)),
            "clear its outputs",
        ),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_packed(bundle, monkeypatch, change, words):
    monkeypatch.setattr(packing, "LARGE", 5000)
    (bundle / "helpers.py").write_text("x = 1")
    change(bundle)
    submission = packed(bundle)
    assert words in submission.warnings[0]
    assert words in submission.text()
    assert "helpers.py" in names(submission.archive)


def test_without_bundle_json_the_folder_is_the_assignment(bundle):
    (bundle / "bundle.json").unlink()
    (bundle / "other.ipynb").write_text(notebook_json("x = 1"))
    assert names(packed(bundle, "hw3").archive) == ["knn.ipynb", "other.ipynb", "receipt.json"]
    assert packed(bundle).archive.name == "submission-a1.zip"


def test_nothing_is_packed_where_there_is_nothing(bundle, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for message in (pack(empty), pack(bundle, "a2"), pack(empty, "../x")):
        assert isinstance(message, Message)
        assert "Nothing was packed." in message.text()
    assert not list(tmp_path.rglob("submission-*"))


def test_hostile_names_are_shown_as_text(bundle):
    (bundle / "<img src=x>.py").write_text("x = 1")
    assert "<img" not in packed(bundle).html()


def test_the_folder_is_this_one_or_the_one_given(bundle, monkeypatch):
    monkeypatch.chdir(bundle)
    assert submit_folder().archive == bundle / "submission-a1.zip"
    monkeypatch.chdir("/")
    assert submit_folder(folder=bundle).archive == bundle / "submission-a1.zip"


def test_a_broken_test_file_does_not_stop_the_packing(bundle):
    (bundle / "checks" / "knn" / "public_tests.py").write_text("1 / 0")
    submission = packed(bundle)
    assert submission.functions == {}
    assert "cannot be read" in submission.warnings[0]
