"""Every attempt is kept: the file only grows, and nothing in it changes."""

from __future__ import annotations

import fcntl
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.term.attempts import Attempt, read_attempts, record_attempts

FIRST = Attempt("ada", "a1", "118", datetime(2026, 10, 5, 20, 14, tzinfo=UTC), "gradescope")
LATE = Attempt("ada", "a1", "119", datetime(2026, 10, 7, 9, 0, tzinfo=UTC), "gradescope")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "term" / "attempts.jsonl"


def test_what_was_recorded_is_read(store):
    assert read_attempts(store) == []
    assert record_attempts(store, [LATE, FIRST]) == 2
    assert read_attempts(store) == [FIRST, LATE]


def test_a_late_attempt_stands_beside_the_earlier_one(store):
    record_attempts(store, [FIRST])
    record_attempts(store, [LATE])
    assert [a.attempt for a in read_attempts(store)] == ["118", "119"]


def test_recording_again_changes_nothing(store):
    record_attempts(store, [FIRST])
    before = store.read_bytes()
    assert record_attempts(store, [FIRST, FIRST]) == 0
    assert store.read_bytes() == before


def test_a_report_is_named_by_a_later_line_and_the_earlier_line_stays(store):
    record_attempts(store, [FIRST])
    before = store.read_bytes()
    assert record_attempts(store, [replace(FIRST, report="graded/118.json")]) == 1
    assert record_attempts(store, [FIRST]) == 0  # collected once more
    assert store.read_bytes().startswith(before)
    assert read_attempts(store) == [replace(FIRST, report="graded/118.json")]


@pytest.mark.parametrize("change", [{"timestamp": FIRST.timestamp - timedelta(days=1)}, {"source": "folder"}])
def test_a_known_attempt_cannot_get_another_time_or_source(store, change):
    record_attempts(store, [FIRST])
    before = store.read_bytes()
    with pytest.raises(
        CourseError, match=r"recorded as of 2026-10-05 20:14:00 UTC from gradescope: give another"
    ):
        record_attempts(store, [LATE, replace(FIRST, **change)])
    assert store.read_bytes() == before


def test_the_same_moment_in_another_time_zone_is_no_change(store):
    record_attempts(store, [FIRST])
    text = FIRST.to_json().replace("20:14:00+00:00", "13:14:00-07:00")
    assert text != FIRST.to_json()
    assert record_attempts(store, [Attempt.from_json(text)]) == 0


def test_half_a_last_line_was_never_recorded(store):
    record_attempts(store, [FIRST])
    with store.open("a") as file:
        file.write(LATE.to_json()[:40])
    assert read_attempts(store) == [FIRST]
    record_attempts(store, [LATE])
    assert read_attempts(store) == [FIRST, LATE]


def test_a_whole_last_line_that_an_editor_left_without_its_end_is_kept(store):
    record_attempts(store, [FIRST])
    store.write_bytes(store.read_bytes().rstrip(b"\n"))
    assert read_attempts(store) == [FIRST]
    record_attempts(store, [LATE])
    assert store.read_text() == f"{FIRST.to_json()}\n{LATE.to_json()}\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not an attempt: "),
        ("[]", "expected an object with student, assignment, attempt, timestamp, source and perhaps report"),
        ('{"student": "ada"}', "expected an object with student"),
        (FIRST.to_json().replace("+00:00", ""), "has no time zone: append its offset"),
        (FIRST.to_json().replace('"ada"', '""'), "student is '', expected printable text"),
        (FIRST.to_json().replace('"ada"', "7"), "student is 7, expected printable text"),
        (FIRST.to_json().replace('"118"', '"a\\u001b[0m"'), "attempt is 'a.x1b.0m', expected printable text"),
        (FIRST.to_json().replace("2026-10", "2026-13"), "line 2: not an attempt: "),
        (json.dumps({**json.loads(FIRST.to_json()), "timestamp": 5}), "timestamp is no text"),
        (json.dumps({**json.loads(FIRST.to_json()), "report": 5}), "report is no text"),
        (FIRST.to_json().replace("20:14", "20:15"), "line 2: ada, a1, attempt 118 is of 2026-10-05 20:15:00"),
        ("\udcff", "line 2: not an attempt: "),
    ],
)
def test_an_error_names_the_file_and_the_line(store, line, message):
    record_attempts(store, [FIRST])
    with store.open("ab") as file:
        file.write(line.encode(errors="surrogateescape") + b"\n")
    with pytest.raises(CourseError, match=message) as caught:
        read_attempts(store)
    assert str(caught.value).startswith(f"{store}, line 2: ")


def test_who_records_waits_until_another_has_recorded(store):
    record_attempts(store, [FIRST])
    writer = threading.Thread(target=record_attempts, args=(store, [LATE]))
    with store.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writer.start()
        writer.join(0.1)
        assert writer.is_alive()
        assert read_attempts(store) == [FIRST]
    writer.join()
    assert read_attempts(store) == [FIRST, LATE]
