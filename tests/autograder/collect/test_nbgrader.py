"""nbgrader's exchange and submitted/: whose it is, and a time that the student's side cannot write."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta

import pytest

from autograder.course import CourseError
from tests.autograder.collect.exports import at, collected, files_in, make_folder, make_zip, roster

ME = pwd.getpwuid(os.getuid()).pw_name
TIME = at("2026-10-05T23:59:00+00:00")


def people():
    """The user that the tests run as, and Ada."""
    return roster(f"student,login\n1,{ME}\n2,ada\n")


def name(
    user: str = ME, assignment: str = "a1", when: datetime | None = None, random: str = "+aB_c-9"
) -> str:
    """A folder's name in the exchange."""
    return f"{user}+{assignment}+{when or datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC{random}"


def exchange(tmp_path, *names: str):
    """An exchange with these attempts; the kernel dates them now."""
    files = {"knn.ipynb": "{}", "timestamp.txt": "2020-01-01 00:00:00.000000 UTC"}
    content = {f"{folder}/{file}": text for folder in names for file, text in files.items()}
    return make_folder(tmp_path / "course101" / "inbound", content)


@pytest.mark.parametrize("random", ["+aB_c-9", ""], ids=["with a random part", "as nbgrader 0.5 named it"])
def test_the_time_is_when_the_file_system_saw_the_last_change(tmp_path, random):
    before = datetime.now(UTC) - timedelta(seconds=1)
    inbound = exchange(tmp_path, name(random=random))
    (attempt,) = collected(tmp_path / "class", inbound, people()).collected
    assert (attempt.student, attempt.source) == ("1", "nbgrader")
    assert before <= attempt.timestamp <= datetime.now(UTC)


def test_a_student_who_sets_all_dates_back_is_as_late_as_ever(tmp_path):
    inbound = exchange(tmp_path, name(when=datetime(2026, 1, 1, tzinfo=UTC)))
    for path in inbound.rglob("*"):
        os.utime(path, (0, 0))
    summary = collected(tmp_path / "class", inbound, people())
    assert datetime.now(UTC) - summary.collected[0].timestamp < timedelta(minutes=1)
    assert "later than its name says: that counts" in summary.notes[0]


def test_the_course_s_folder_may_be_given_too(tmp_path):
    folder = name()
    exchange(tmp_path, folder)
    make_folder(tmp_path / "course101", {"outbound/a1/knn.ipynb": "", "feedback/x.html": ""})
    assert len(collected(tmp_path / "class", tmp_path / "course101", people()).collected) == 1


def test_every_attempt_of_a_student_is_one_and_those_at_other_assignments_are_passed_over(tmp_path):
    inbound = exchange(tmp_path, name(), name(), name(assignment="a2"))
    summary = collected(tmp_path / "class", inbound, people())
    assert len({attempt.attempt for attempt in summary.collected}) == 2
    assert summary.notes == ("Passed over, as they are of other assignments than a1: 1",)


def test_what_belongs_to_somebody_else_gives_no_time(tmp_path):
    inbound = exchange(tmp_path, name("ada"), name())
    summary = collected(tmp_path / "class", inbound, people())
    assert [attempt.student for attempt in summary.collected] == ["1"]
    assert (
        f"its folder belongs to {ME}: it is a copy, or was not handed in by ada; kept as"
        in summary.problems[0]
    )


def test_an_archive_of_the_exchange_gives_no_time(tmp_path):
    files = {f"inbound/{name()}/{file}": "" for file in ("knn.ipynb", "timestamp.txt")}
    export = make_zip(tmp_path / "x.zip", files)
    with pytest.raises(
        CourseError, match="does not say when the exchange received it: give the times with --times"
    ):
        collected(tmp_path / "class", export, people())
    assert len(collected(tmp_path / "class", export, people(), times=TIME).collected) == 1


def test_a_folder_of_another_name_in_the_exchange_is_named_and_hinders_nobody(tmp_path):
    inbound = exchange(tmp_path, name(), "junk")
    summary = collected(tmp_path / "class", inbound, people())
    assert summary.problems == ("junk: is no attempt, as its name shows",)
    assert len(summary.collected) == 1


def test_what_is_still_being_copied_is_left_for_later(tmp_path):
    inbound = exchange(tmp_path, name(random="+half"), name(random="+whole"))
    next(inbound.glob("*half/timestamp.txt")).unlink()
    summary = collected(tmp_path / "class", inbound, people())
    assert [attempt.attempt[-5:] for attempt in summary.collected] == ["whole"]
    assert "+half: is still being handed in, as it has no timestamp.txt: collect again" in summary.problems[0]


def test_a_folder_that_was_touched_but_not_changed_keeps_its_recorded_time(tmp_path):
    inbound = exchange(tmp_path, name())
    first = collected(tmp_path / "class", inbound, people())
    next(inbound.iterdir()).chmod(0o700)
    second = collected(tmp_path / "class", inbound, people())
    assert (len(first.collected), second.collected, second.known, second.problems) == (1, (), 1, ())


def test_work_that_was_changed_after_it_was_collected_differs(tmp_path):
    inbound = exchange(tmp_path, name())
    (attempt,) = collected(tmp_path / "class", inbound, people()).collected
    next(inbound.glob("*/knn.ipynb")).write_text("better")
    summary = collected(tmp_path / "class", inbound, people())
    assert " UTC, and differs from " in summary.problems[0]
    kept = files_in(tmp_path / "class" / "attempts")
    assert kept[f"a1/1/{attempt.attempt}/knn.ipynb"] == "{}"
    assert kept[f"_aside/a1/differs/1/{attempt.attempt}/knn.ipynb"] == "better"


@pytest.mark.parametrize("above", ["", "submitted/"])
def test_submitted_says_no_time_and_is_read_by_assignment(tmp_path, above):
    files = {
        "ada/a1/knn.ipynb": "ada",
        "ada/a1/timestamp.txt": "2020-01-01 00:00:00 UTC",
        "ada/a2/x.ipynb": "",
    }
    export = make_folder(tmp_path / "export", {f"{above}{path}": text for path, text in files.items()})
    with pytest.raises(CourseError, match=r"timestamp\.txt is the student's"):
        collected(tmp_path / "class", export, people())
    summary = collected(tmp_path / "class", export, people(), times=TIME)
    assert (summary.platform, summary.notes) == (
        "nbgrader",
        ("Passed over, as they are of other assignments than a1: 1",),
    )
    assert files_in(tmp_path / "class" / "attempts" / "a1") == {
        "2/2026-10-05T235900Z/knn.ipynb": "ada",
        "2/2026-10-05T235900Z/timestamp.txt": "2020-01-01 00:00:00 UTC",
    }


def test_an_exchange_with_nothing_of_the_assignment_says_what_it_has(tmp_path):
    with pytest.raises(CourseError, match="holds no attempt at a1\n    Passed over"):
        collected(tmp_path / "class", exchange(tmp_path, name(assignment="a2")), people())
