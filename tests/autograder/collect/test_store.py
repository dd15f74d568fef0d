"""What was handed in gets to its place once, whatever happens, and nothing is ever lost or replaced."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import stat
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.collect import store
from autograder.course import CourseError
from autograder.term.attempts import read_attempts
from tests.autograder.collect.exports import (
    ADA,
    BOB,
    EMMY,
    EVE,
    ROSTER,
    at,
    collected,
    files_in,
    gradescope,
    make_folder,
    make_zip,
    roster,
    submission,
)
from tests.autograder.collect.test_unpack import NAMES, zip_of

TIME = at("2026-10-05T23:59:00+00:00")
LATER = at("2026-10-06T23:59:00+00:00")


@pytest.fixture
def export(tmp_path):
    """One submission each of Ada and Bob."""
    files = {"submission_7/knn.ipynb": "ada", "submission_8/knn.ipynb": "bob"}
    return gradescope(tmp_path / "export.zip", [submission(7, ADA), submission(8, BOB)], files)


def records(folder: Path) -> str:
    return (folder / "attempts.jsonl").read_text()


def test_to_collect_again_changes_nothing(tmp_path, export):
    first = collected(tmp_path / "class", export)
    before = files_in(tmp_path / "class")
    second = collected(tmp_path / "class", export)
    assert (len(first.collected), first.known) == (2, 0)
    assert (len(second.collected), second.known, second.problems) == (0, 2, ())
    assert files_in(tmp_path / "class") == before


def test_a_later_export_adds_what_is_new(tmp_path, export):
    collected(tmp_path / "class", export)
    files = {"submission_9/knn.ipynb": "ada, better", "submission_8/knn.ipynb": "bob"}
    again = gradescope(tmp_path / "2.zip", [submission(9, ADA), submission(8, BOB)], files)
    summary = collected(tmp_path / "class", again)
    assert ([attempt.attempt for attempt in summary.collected], summary.known) == (["9"], 1)
    assert files_in(tmp_path / "class" / "attempts") == {
        "a1/9001/7/knn.ipynb": "ada",
        "a1/9001/9/knn.ipynb": "ada, better",
        "a1/9003/8/knn.ipynb": "bob",
    }


def test_an_attempt_with_other_files_is_kept_beside_and_named_and_the_rest_goes_on(tmp_path, export):
    collected(tmp_path / "class", export)
    files = {"submission_7/knn.ipynb": "other", "submission_8/knn.ipynb": "bob", "submission_9/a.py": ""}
    metadata = [submission(7, ADA), submission(8, BOB), submission(9, EMMY)]
    changed = gradescope(tmp_path / "2.zip", metadata, files)
    record = records(tmp_path / "class")
    for _ in range(2):
        summary = collected(tmp_path / "class", changed)
        assert summary.known + len(summary.collected) == 2
        assert len(summary.problems) == 1
        assert "submission_7: is of 2026-10-05 18:20:04 UTC, and differs from " in summary.problems[0]
    kept = files_in(tmp_path / "class" / "attempts")
    assert kept["a1/9001/7/knn.ipynb"] == "ada"
    assert kept["_aside/a1/differs/9001/7/knn.ipynb"] == "other"
    assert len(kept) == 4
    assert records(tmp_path / "class").startswith(record)


def test_what_differs_is_told_with_both_times_and_what_puts_it_right(tmp_path, export):
    collected(tmp_path / "class", export)
    time = "2026-10-06 01:00:00.0 Z"
    files = {"submission_7/knn.ipynb": "other"}
    changed = gradescope(tmp_path / "2.zip", [submission(7, ADA, when=time)], files)
    (said,) = collected(tmp_path / "class", changed).problems
    assert said.startswith("submission_7: is of 2026-10-06 01:00:00 UTC, and differs from ")
    assert "attempts/a1/9001/7, which is recorded as of 2026-10-05 18:20:04 UTC: take back what is" in said
    shutil.rmtree(tmp_path / "class" / "attempts" / "a1" / "9001")
    record = tmp_path / "class" / "attempts.jsonl"
    record.write_text("".join(line for line in record.read_text().splitlines(True) if '"9001"' not in line))
    assert collected(tmp_path / "class", changed).problems == ()
    assert files_in(tmp_path / "class" / "attempts") == {
        "a1/9001/7/knn.ipynb": "other",
        "a1/9003/8/knn.ipynb": "bob",
    }


def test_two_attempts_of_one_time_are_two_as_soon_as_each_has_its_own(tmp_path):
    first = make_folder(tmp_path / "1", {"9001/knn.ipynb": "first"})
    second = make_folder(tmp_path / "2", {"9001/knn.ipynb": "second"})
    collected(tmp_path / "class", first, times=TIME)
    (said,) = collected(tmp_path / "class", second, times=TIME).problems
    assert "it is called by its time: give it its own time with --times, or take back" in said
    assert collected(tmp_path / "class", second, times=LATER).problems == ()
    assert sorted(files_in(tmp_path / "class" / "attempts").items()) == [
        ("a1/9001/2026-10-05T235900Z/knn.ipynb", "first"),
        ("a1/9001/2026-10-06T235900Z/knn.ipynb", "second"),
    ]


def test_files_of_an_interrupted_run_are_no_attempt_and_are_told(tmp_path, export):
    make_folder(tmp_path / "class" / "attempts" / "a1" / "9001" / "7", {"knn.ipynb": "hal"})
    summary = collected(tmp_path / "class", export)
    assert "9001/7, which is not recorded: move that folder away, and collect again" in summary.problems[0]
    assert [attempt.student for attempt in summary.collected] == ["9003"]


def test_a_third_version_is_kept_too(tmp_path, export):
    collected(tmp_path / "class", export)
    for text in ("second", "third"):
        changed = gradescope(tmp_path / "2.zip", [submission(7, ADA)], {"submission_7/knn.ipynb": text})
        collected(tmp_path / "class", changed)
    kept = [text for name, text in files_in(tmp_path / "class").items() if "9001" in name]
    assert sorted(kept) == ["ada", "second", "third"]


def test_who_is_not_on_the_roster_is_kept_aside_until_they_are(tmp_path, export):
    files = {"submission_7/knn.ipynb": "eve", "submission_8/knn.ipynb": "bob"}
    export = gradescope(tmp_path / "2.zip", [submission(7, EVE), submission(8, BOB)], files)
    for _ in range(2):
        summary = collected(tmp_path / "class", export)
        assert (
            "submission_7: Eve, eve@example.org, 6666 is not on the roster; kept as " in summary.problems[0]
        )
        assert len(summary.aside) == 1
        assert files_in(summary.aside[0]) == {"knn.ipynb": "eve"}
    assert [a.student for a in read_attempts(tmp_path / "class" / "attempts.jsonl")] == ["9003"]
    known = roster(ROSTER + "Eve,1004,6666,eve@example.org,DL-01\n")
    summary = collected(tmp_path / "class", export, known)
    assert ([attempt.student for attempt in summary.collected], summary.known) == (["6666"], 1)
    assert list(files_in(tmp_path / "class" / "attempts")) == ["a1/6666/7/knn.ipynb", "a1/9003/8/knn.ipynb"]


def test_what_has_no_time_is_kept_aside_until_it_is_given(tmp_path):
    export = make_zip(tmp_path / "x.zip", {"a_LATE_1001_5_knn.ipynb": "ada", "b_1003_6_knn.ipynb": "bob"})
    summary = collected(tmp_path / "class", export, times=TIME)
    assert [files_in(place) for place in summary.aside] == [{"knn.ipynb": "ada"}]
    given = store.Times({("9001", ""): datetime(2026, 10, 6, tzinfo=UTC)}, TIME.all)
    summary = collected(tmp_path / "class", export, times=given)
    assert ([attempt.student for attempt in summary.collected], summary.known) == (["9001"], 1)
    assert list(files_in(tmp_path / "class" / "attempts")) == ["a1/9001/5/knn.ipynb", "a1/9003/6/knn.ipynb"]


def test_a_time_that_is_recorded_stays_and_another_one_is_named(tmp_path):
    export = make_zip(tmp_path / "x.zip", {"a_1001_5_knn.ipynb": "ada"})
    collected(tmp_path / "class", export, times=TIME)
    record = records(tmp_path / "class")
    summary = collected(tmp_path / "class", export, times=LATER)
    assert "recorded as of 2026-10-05 23:59:00 UTC from canvas, which stays" in summary.problems[0]
    assert (summary.known, records(tmp_path / "class")) == (1, record)


class Stopped(BaseException):
    """Somebody pressed Ctrl-C."""


@pytest.mark.parametrize(("step", "call"), [("unpack", 2), ("_move", 2), ("record_attempts", 1)])
def test_an_interrupted_run_is_repeated_and_nothing_is_missing(tmp_path, export, monkeypatch, step, call):
    collected(tmp_path / "whole", export)
    real, calls = getattr(store, step), itertools.count(1)

    def interrupted(*arguments):
        if next(calls) == call:
            raise Stopped
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(store, step, interrupted)
        with pytest.raises(Stopped):
            collected(tmp_path / "class", export)
    assert not (tmp_path / "class" / "attempts.jsonl").exists()
    assert len(collected(tmp_path / "class", export).collected) == 2
    assert files_in(tmp_path / "class") == files_in(tmp_path / "whole")


def test_what_a_killed_run_left_behind_is_taken_away(tmp_path, export):
    make_folder(tmp_path / "class" / "attempts" / "_collecting", {"half.ipynb": "hal"})
    collected(tmp_path / "class", export)
    assert list(files_in(tmp_path / "class" / "attempts")) == ["a1/9001/7/knn.ipynb", "a1/9003/8/knn.ipynb"]


def test_files_that_went_missing_come_back(tmp_path, export):
    collected(tmp_path / "class", export)
    shutil.rmtree(tmp_path / "class" / "attempts" / "a1" / "9001")
    assert collected(tmp_path / "class", export).known == 2
    assert "a1/9001/7/knn.ipynb" in files_in(tmp_path / "class" / "attempts")


def test_two_runs_at_once_are_refused(tmp_path, export):
    root = tmp_path / "class" / "attempts"
    root.mkdir(parents=True)
    lock = os.open(root, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(CourseError, match="another course collect is at work"):
        collected(tmp_path / "class", export)
    os.close(lock)
    assert len(collected(tmp_path / "class", export).collected) == 2


def test_a_damaged_submission_is_not_taken_and_the_rest_is(tmp_path):
    files = {"submission_7/knn.ipynb": "x = 1" * 100, "submission_8/knn.ipynb": "bob"}
    metadata = [submission(7, ADA), submission(8, BOB)]
    export = gradescope(tmp_path / "x.zip", metadata, files)
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(export) as packed:
        make_zip(whole, {name: packed.read(name) for name in packed.namelist()}, zipfile.ZIP_STORED)
    export.write_bytes(whole.read_bytes().replace(b"x = 1", b"x = 2", 1))
    summary = collected(tmp_path / "class", export)
    assert [attempt.student for attempt in summary.collected] == ["9003"]
    assert "submission_7: cannot be read: Bad CRC-32" in summary.problems[0]
    assert [attempt.student for attempt in collected(tmp_path / "class", whole).collected] == ["9001"]


def test_what_is_unsafe_is_left_out_of_its_attempt_alone(tmp_path):
    entries = [
        ("9001/../../evil.ipynb", 0, b"evil"),
        ("9001/knn.ipynb", 0, b"ada"),
        ("9002/link", stat.S_IFLNK | 0o777, b"/etc/passwd"),
        ("9003/knn.ipynb", 0, b"bob"),
    ]
    export = zip_of(tmp_path / "x.zip", *entries)
    summary = collected(tmp_path / "class", export, times=TIME)
    assert summary.problems == (
        "9001: ../../evil.ipynb: not kept: its path leads out of its folder",
        "9002: link: not kept: it is a link, not the file itself",
        "9002: there is nothing in it to keep",
    )
    assert [attempt.student for attempt in summary.collected] == ["9001", "9003"]


def test_of_many_problems_of_an_attempt_a_few_are_shown(tmp_path):
    names = [f"9001/{n}/../x" for n in range(9)]
    export = zip_of(tmp_path / "x.zip", *((name, 0, b"") for name in [*names, "9001/knn.ipynb"]))
    summary = collected(tmp_path / "class", export, times=TIME)
    assert len(summary.problems) == 6
    assert summary.problems[-1] == "9001: and 4 more like these"


def test_progress_is_shown_by_whoever_wants_to(tmp_path, export):
    seen = []

    def track(attempts):
        for attempt in attempts:
            seen.append(attempt.label)
            yield attempt

    collected(tmp_path / "class", export, track=track)
    assert seen == ["submission_7", "submission_8"]


WHO = st.sampled_from(["9001", "..", "", "_aside", "ada@example.org", "../9003", "C:", "a\\..\\b", "con"])


@settings(max_examples=60)
@given(st.lists(st.tuples(WHO, NAMES), max_size=6), st.sampled_from(["folder", "canvas", "nbgrader"]))
@example([("..", "x"), ("9001", "../../../evil"), ("/", "etc/x")], "folder")
@example([("9001", "..")], "canvas")
def test_whatever_an_export_is_called_inside_nothing_is_written_outside_attempts(names, platform):
    shapes = {
        "folder": "{who}/{name}",
        "canvas": "x_1001_{n}_{name}",
        "nbgrader": "{who}+a1+2026-10-05 20:14:09 UTC+{n}/{name}",
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        inside = [shapes[platform].format(who=who, name=name, n=n) for n, (who, name) in enumerate(names)]
        try:
            export = zip_of(root / "export.zip", *((name, 0, b"x") for name in inside))
            collected(root / "above" / "class", export, times=TIME)
        except (UnicodeEncodeError, ValueError, CourseError):
            pass
        assert {path.name for path in root.iterdir()} <= {"export.zip", "above"}
        assert {path.relative_to(root).as_posix() for path in root.glob("above/*")} <= {"above/class"}
        assert {path.name for path in root.glob("above/class/*")} <= {"attempts", "attempts.jsonl"}
        for attempt in read_attempts(root / "above" / "class" / "attempts.jsonl"):
            assert (root / "above" / "class" / "attempts" / "a1" / attempt.student / attempt.attempt).is_dir()
