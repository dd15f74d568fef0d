"""The times that an instructor gives: tables, Canvas's JSON, one time for all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograder.collect import read_times
from autograder.collect.times import moment
from autograder.course import CourseError
from tests.autograder.collect.exports import collected, make_zip, roster

ZONE = ZoneInfo("America/Los_Angeles")


def read(tmp_path, *texts: str, handed_in: str | None = None):
    """The times in files."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"times{number}")
        paths[-1].write_text(text)
    return read_times(paths, handed_in, roster(), ZONE)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


def test_a_table_gives_the_time_of_a_student_or_of_an_attempt(tmp_path):
    times = read(
        tmp_path,
        "\ufeffstudent,timestamp,attempt\nada@example.org,2026-10-05T20:00,\n9002,2026-10-05 20:00Z,7\n",
    )
    assert times.of("9001", "whatever") == utc(2026, 10, 6, 3)
    assert times.of("9002", "7") == utc(2026, 10, 5, 20)
    assert times.of("9002", "8") is None


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_is_read_however_a_spreadsheet_has_saved_it(tmp_path, delimiter):
    text = "Student,Timestamp,Attempt\n9001,2026-10-05T20:00Z,\n\n9002,2026-10-05T20:00Z,7\n"
    times = read(tmp_path, text.replace(",", delimiter))
    assert (times.of("9001", ""), times.of("9002", "7")) == (utc(2026, 10, 5, 20),) * 2


def test_rows_without_a_time_say_nothing_and_those_of_nobody_on_the_roster_are_told(tmp_path):
    times = read(tmp_path, "student,timestamp\n9001,\n,\neve,2026-10-05T20:00:00\n")
    assert not times
    (said,) = times.unused
    assert said.endswith("times0, row 4: there is no student 'eve' on the roster: use an id, login or email"
                         " address of it")  # fmt: skip


def test_files_that_give_nobody_a_time_are_told(tmp_path):
    times = read(tmp_path, "student,timestamp\n9001,\n", "[]", json.dumps(CANVAS[2:]))
    for number, said in enumerate(["gives nobody a time: fill it in", "gives nobody a time"]):
        assert f"times{number}: {said}" in times.unused[number]
    assert "times2, user 4711: there is no student '4711'" in times.unused[2]
    with pytest.raises(
        CourseError, match=r"(?s)times0: gives nobody .* time of --handed-in would be recorded"
    ):
        read(tmp_path, "[]", handed_in="2026-10-05T20:00")


def test_canvas_may_tell_of_those_who_have_left(tmp_path):
    assert read(tmp_path, json.dumps(CANVAS), "[]", json.dumps(CANVAS[2:])).unused == ()


CANVAS = [
    {
        "user_id": 1001,
        "submitted_at": "2026-10-05T20:00:00Z",
        "attachments": [{"id": 55501}, {"id": 55502}],
        "submission_history": [
            {"user_id": 1001, "submitted_at": "2026-10-01T08:00:00Z", "attachments": [{"id": 55}]},
            {
                "user_id": 1001,
                "submitted_at": "2026-10-05T20:00:00Z",
                "attachments": [{"id": 55501}, {"id": 55502}],
            },
        ],
    },
    {"user_id": 1002, "submitted_at": None, "attachments": None},
    {"user_id": 4711, "submitted_at": "2026-10-05T20:00:00Z", "attachments": [{"id": 1}]},
]


def test_canvas_gives_the_time_of_each_attempt_by_its_files(tmp_path):
    times = read(tmp_path, json.dumps(CANVAS))
    assert times.of("9001", "55502") == utc(2026, 10, 5, 20)
    assert times.of("9001", "55") == utc(2026, 10, 1, 8)
    assert times.of("9001", "60000") is None  # handed in after the times were asked for


def test_what_a_browser_saves_of_canvas_is_read_although_it_begins_with_a_guard(tmp_path):
    times = read(tmp_path, f"while(1);{json.dumps(CANVAS)}")
    assert times.of("9001", "55502") == utc(2026, 10, 5, 20)


def test_an_archive_of_canvas_and_its_times_belong_together(tmp_path):
    names = [
        "lovelaceada_1001_55501_knn.ipynb",
        "lovelaceada_1001_55502_linear.ipynb",
        "stonebob_LATE_1003_9_knn.ipynb",
    ]
    export = make_zip(tmp_path / "x.zip", dict.fromkeys(names, ""))
    summary = collected(tmp_path / "class", export, times=read(tmp_path, json.dumps(CANVAS)))
    assert [(a.attempt, a.timestamp) for a in summary.collected] == [("55502", utc(2026, 10, 5, 20))]
    assert (
        "stonebob_1003: Canvas's archive does not say when it was handed in, and neither does --times"
        in (summary.problems[0])
    )


def test_several_files_are_taken_together(tmp_path):
    one, two = "student,timestamp\n9001,2026-10-05T20:00Z\n", "student,timestamp\n9002,2026-10-05T21:00Z\n"
    times = read(tmp_path, one, two)
    assert (times.of("9001", ""), times.of("9002", "")) == (utc(2026, 10, 5, 20), utc(2026, 10, 5, 21))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("student,time\n", "times0, row 1: needs the columns student and timestamp"),
        ("", "times0: the file is empty: export or save it again"),
        ("\n<!DOCTYPE html>\n", "times0: a web page, not the file itself: log in there"),
        (
            "student,timestamp\n9001,2026-10-05\n",
            "times0, row 2: '2026-10-05' has no time of day: write it like 2026-10-05T23:59:00",
        ),
        ("student,timestamp\n9001,monday\n", "times0, row 2: 'monday' is no time: write it like 2026"),
        (
            "student,timestamp\n9001,2026-11-01T01:30:00\n",
            "row 2: the clocks of America/Los_Angeles show .* twice",
        ),
        ("student,timestamp\n9001,2026-03-08T02:30:00\n", "twice or never: append the offset"),
        (
            "student,timestamp\n9001,2026-10-05T20\n9001,2026-10-06T20\n",
            "row 3: 9001 has another time in another line",
        ),
        ('student,timestamp\n"9001,2026-10-05T20\n', "not a CSV file"),
        ("[7]", "not what Canvas says of submissions"),
        ('{"errors": "no"}', """'{"errors": "no"}', which is not what Canvas says .* logged in to Canvas"""),
        ('[{"user_id": 1001, "submitted_at": "x", "attachments": [{"id": 1}]}]', "user 1001: 'x' is no time"),
        ('[{"submitted_at": "x", "attachments": [{"id": 1}]}]', "not what Canvas says"),
        ("[" * 100_000, "not what Canvas says"),
    ],
)
def test_an_error_names_the_place_and_the_remedy(tmp_path, text, message):
    with pytest.raises(CourseError, match=message):
        read(tmp_path, text)


def test_files_that_are_not_there_or_no_text_are_errors(tmp_path):
    with pytest.raises(CourseError, match="there is no such file"):
        read_times([tmp_path / "none.csv"], None, roster(), ZONE)
    (tmp_path / "x.csv").write_bytes(b"student,timestamp\n\xff")
    with pytest.raises(CourseError, match="not in UTF-8"):
        read_times([tmp_path / "x.csv"], None, roster(), ZONE)


def test_one_time_for_all_is_of_the_course_s_zone(tmp_path):
    assert read(tmp_path, handed_in="2026-10-05T23:59").all == utc(2026, 10, 6, 6, 59)
    assert not read(tmp_path)


@pytest.mark.parametrize("day", ["2026-10-05", "20261005", " 2026-W41-1 "])
def test_a_day_is_no_time_for_its_first_second_would_be_recorded(day):
    with pytest.raises(
        CourseError, match=r"--handed-in: .* has no time of day: write it like 2026-10-05T23:59"
    ):
        moment(day, ZONE, "--handed-in")
    assert moment("2026-10-05T00:00", ZONE, "--handed-in") == utc(2026, 10, 5, 7)


def test_the_future_is_refused_for_it_would_be_recorded_for_ever(tmp_path):
    later = datetime.now(UTC) + timedelta(days=2)
    with pytest.raises(CourseError, match=r"--handed-in: .* is in the future: correct it"):
        moment(later.isoformat(), ZONE, "--handed-in")
