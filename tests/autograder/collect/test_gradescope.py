"""Gradescope's "Export Submissions": its metadata, groups, and the attempts without files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from autograder.course import CourseError
from tests.autograder.collect.exports import (
    ADA,
    BOB,
    EMMY,
    EVE,
    at,
    collected,
    files_in,
    gradescope,
    make_folder,
    make_zip,
    roster,
    submission,
)

TIME = at("2026-10-05T23:59:00+00:00")


def test_a_submission_is_an_attempt_with_the_time_of_the_platform(tmp_path):
    files = {"submission_7/knn.ipynb": "ada", "submission_7/work/layers.py": "x = 1"}
    export = gradescope(tmp_path / "x.zip", [submission(7, ADA)], files)
    summary = collected(tmp_path / "class", export)
    (attempt,) = summary.collected
    assert (attempt.student, attempt.attempt, attempt.source) == ("9001", "7", "gradescope")
    assert attempt.timestamp == datetime(2026, 10, 5, 18, 20, 4, 122325, UTC)
    assert summary.problems == ()
    assert files_in(tmp_path / "class" / "attempts") == {
        "a1/9001/7/knn.ipynb": "ada",
        "a1/9001/7/work/layers.py": "x = 1",
    }


def test_an_unpacked_export_is_read_too_also_from_within(tmp_path):
    content = "---\n" + submission(7, ADA)
    files = {"submission_metadata.yml": content, "submission_7/knn.ipynb": "ada"}
    folder = make_folder(tmp_path / "out" / "assignment_1_export", files)
    assert (
        collected(tmp_path / "one", folder).collected == collected(tmp_path / "two", folder.parent).collected
    )
    assert files_in(tmp_path / "one" / "attempts") == {"a1/9001/7/knn.ipynb": "ada"}


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-10-05 18:20:04.122325000 Z", 18),
        ("2026-10-05 18:20:04 -07:00", 25),
        ("2026-10-05T18:20:04Z", 18),
    ],
)
def test_the_times_that_ruby_writes_are_read(tmp_path, text, hour):
    export = gradescope(tmp_path / "x.zip", [submission(7, ADA, when=text)], {"submission_7/knn.ipynb": ""})
    (attempt,) = collected(tmp_path / "class", export).collected
    assert attempt.timestamp.replace(microsecond=0) == datetime(
        2026, 10, 5 + hour // 24, hour % 24, 20, 4, 0, UTC
    )


@pytest.mark.parametrize("text", ["", "yesterday", "2026-10-05 18:20:04"])
def test_a_submission_without_a_time_is_put_aside_and_the_rest_goes_on(tmp_path, text):
    metadata = [submission(7, ADA, when=text), submission(8, BOB)]
    files = {"submission_7/knn.ipynb": "ada", "submission_8/knn.ipynb": "bob"}
    summary = collected(tmp_path / "class", gradescope(tmp_path / "x.zip", metadata, files))
    assert [attempt.student for attempt in summary.collected] == ["9003"]
    assert "does not say when it was handed in; kept as" in summary.problems[0]
    assert files_in(tmp_path / "class" / "attempts")["_aside/a1/no-time/9001/7/knn.ipynb"] == "ada"


def test_the_number_of_a_student_keeps_its_zeros(tmp_path):
    people = roster("Name,SID,Email\nAda,00901,\n")
    ada = ADA | {"sid": "00901"}
    metadata = submission(7, ada).replace(
        "'00901'", "00901"
    )  # without the quotes it could be an octal number
    export = gradescope(tmp_path / "x.zip", [metadata], {"submission_7/knn.ipynb": ""})
    assert collected(tmp_path / "class", export, people).collected[0].student == "00901"


def test_a_student_is_found_by_email_where_there_is_no_number(tmp_path):
    export = gradescope(
        tmp_path / "x.zip", [submission(7, BOB | {"sid": ""})], {"submission_7/knn.ipynb": "bob"}
    )
    assert collected(tmp_path / "class", export).collected[0].student == "9003"


def test_a_number_and_an_address_of_two_students_are_nobody_s(tmp_path):
    export = gradescope(
        tmp_path / "x.zip", [submission(7, ADA | {"email": BOB["email"]})], {"submission_7/knn.ipynb": "?"}
    )
    summary = collected(tmp_path / "class", export)
    assert summary.collected == ()
    assert "may be 9001 or 9003 on the roster; kept as" in summary.problems[0]


def test_attempts_without_files_are_counted_and_those_with_files_are_taken(tmp_path):
    history = {5: "2026-10-02 10:00:00.0 Z", 6: "2026-10-03 10:00:00.0 Z", 9: "2026-10-06 10:00:00.0 Z"}
    export = gradescope(
        tmp_path / "x.zip",
        [submission(7, ADA, history=history), submission(8, BOB)],
        {"submission_7/knn.ipynb": "active", "submission_5/knn.ipynb": "first"},
    )
    summary = collected(tmp_path / "class", export)
    assert [(attempt.attempt, attempt.timestamp.day) for attempt in summary.collected] == [("5", 2), ("7", 5)]
    assert summary.notes == (
        "Listed without files, since Gradescope exports those of the active attempts only: 2",
    )
    assert summary.problems == ("submission_8: is listed, but the export holds no file of it",)


def test_a_folder_that_the_metadata_do_not_list_is_named(tmp_path):
    files = {"submission_7/knn.ipynb": "", "submission_66/knn.ipynb": "", "readme.txt": ""}
    summary = collected(tmp_path / "class", gradescope(tmp_path / "x.zip", [submission(7, ADA)], files))
    assert [problem.split(":")[0] for problem in summary.problems] == ["readme.txt", "submission_66"]


def test_group_work_is_recorded_once_under_the_first_on_the_roster(tmp_path):
    export = gradescope(tmp_path / "x.zip", [submission(7, ADA, BOB)], {"submission_7/knn.ipynb": "both"})
    summary = collected(tmp_path / "class", export, mates={"9001": ("9001", "9003")})
    assert [attempt.student for attempt in summary.collected] == ["9001"]
    assert summary.problems == ()


def test_who_would_go_without_a_mark_is_named(tmp_path):
    metadata = [submission(7, EVE, ADA, BOB)]
    export = gradescope(tmp_path / "x.zip", metadata, {"submission_7/knn.ipynb": "three"})
    summary = collected(tmp_path / "class", export)
    assert [attempt.student for attempt in summary.collected] == ["9001"]
    assert "counts for 9001, but not for 9003, who handed it in too" in summary.problems[0]
    assert summary.problems[1].endswith("Eve, eve@example.org, 6666 is not on the roster: it counts for 9001")


def test_group_work_stays_with_whom_it_was_recorded_under(tmp_path):
    files = {"submission_7/knn.ipynb": "both"}
    first = gradescope(tmp_path / "1.zip", [submission(7, BOB, ADA)], files)
    second = gradescope(tmp_path / "2.zip", [submission(7, EMMY, ADA, BOB)], files)
    collected(tmp_path / "class", first)
    summary = collected(tmp_path / "class", second)
    assert (summary.collected, summary.known) == ((), 1)


@pytest.mark.parametrize(
    "text", ["", "- 7", "a: [", "a: {b: *c}", "\0", "[" * 5000, "%YAML 9.9\n---\n", "just words"]
)
def test_metadata_that_cannot_be_read_are_one_error_with_a_remedy(tmp_path, text):
    files = {"submission_metadata.yml": text, "submission_7/knn.ipynb": ""}
    with pytest.raises(CourseError, match=r"submission_metadata\.yml .*export again"):
        collected(tmp_path / "class", make_zip(tmp_path / "x.zip", files))
    assert not (tmp_path / "class").exists()


def test_metadata_make_no_objects(tmp_path):
    evil = "submission_7:\n  :submitters: !!python/object/apply:os.system ['touch /tmp/evil']\n"
    files = {"submission_metadata.yml": evil, "submission_7/knn.ipynb": "x"}
    summary = collected(
        tmp_path / "class", make_zip(tmp_path / "x.zip", files), platform="gradescope", times=TIME
    )
    assert "is not on the roster" in summary.problems[0]


def test_a_student_cannot_pass_a_folder_off_as_an_export_of_gradescope(tmp_path):
    forged = "---\n" + submission(7, ADA, when="2020-01-01 00:00:00 Z")
    files = {"9001/submission_metadata.yml": forged, "9001/submission_7/knn.ipynb": "late"}
    summary = collected(tmp_path / "class", make_folder(tmp_path / "late", files), times=TIME)
    assert summary.platform == "folder"
    assert [attempt.timestamp.year for attempt in summary.collected] == [2026]
