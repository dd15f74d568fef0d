"""Canvas's "Download Submissions": who, which attempt, and that it says no time."""

from __future__ import annotations

import pytest

from autograder.collect.platforms import read_export
from autograder.collect.unpack import open_export
from tests.autograder.collect.exports import ROSTER, collected, files_in, make_folder, make_zip, roster
from tests.autograder.collect.exports import at as handed_in_at

EXPORT = {
    "lovelaceada_1001_55501_knn.ipynb": "ada knn",
    "lovelaceada_1001_55502_linear-2.ipynb": "ada linear",
    "noetheremmy_LATE_1002_55409_submission-a1-1.zip": "emmy",
}
TIME = handed_in_at("2026-10-05T23:59:00+00:00")


def read(path, people=None):
    """What is read from an export."""
    with open_export(path) as export:
        return read_export(export, "a1", people or roster())


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "unpacked"])
def test_the_files_of_a_student_are_one_attempt_named_after_the_last_file(tmp_path, make):
    reading = read(make(tmp_path / "export", EXPORT))
    ada, emmy = reading.handed_in
    assert reading.platform == "canvas"
    assert (ada.label, ada.attempt, ada.late) == ("lovelaceada_1001", "55502", False)
    assert (emmy.label, emmy.attempt, emmy.late) == ("noetheremmy_1002", "55409", True)
    assert [parts for parts, _ in ada.files] == [("knn.ipynb",), ("linear-2.ipynb",)]


def test_the_numbers_of_the_files_are_compared_as_numbers(tmp_path):
    export = make_zip(tmp_path / "x.zip", {"a_1001_999_knn.ipynb": "", "a_1001_1000_b.ipynb": ""})
    assert read(export).handed_in[0].attempt == "1000"


def test_a_module_loses_canvas_number_so_that_it_can_be_imported(tmp_path):
    names = ["layers-1.py", "optim-1.py", "optim.py", "week-1.ipynb"]
    export = make_zip(tmp_path / "x.zip", {f"a_1001_{n}_{name}": "" for n, name in enumerate(names, 10)})
    kept = sorted(parts[0] for parts, _ in read(export).handed_in[0].files)
    assert kept == ["layers.py", "optim-1.py", "optim.py", "week-1.ipynb"]


def test_a_number_is_canvas_number_and_no_other(tmp_path):
    people = roster(ROSTER.replace("1003,9003", "1003,1001"))  # Bob's SIS number is Ada's number in Canvas
    export = make_zip(tmp_path / "x.zip", {"lovelaceada_1001_5_knn.ipynb": "ada"})
    assert collected(tmp_path / "class", export, people, times=TIME).collected[0].student == "9001"


def test_a_plain_roster_may_call_students_by_canvas_number(tmp_path):
    export = make_zip(tmp_path / "x.zip", {"lovelaceada_1001_5_knn.ipynb": "ada"})
    people = roster("student,sid\n1001,7\n7,1001\n")
    assert collected(tmp_path / "class", export, people, times=TIME).collected[0].student == "1001"


def test_numbers_in_the_name_of_a_file_belong_to_the_name(tmp_path):
    export = make_zip(tmp_path / "x.zip", {"lovelaceada_1001_55_week_1002_77_knn.ipynb": "ada"})
    collected(tmp_path / "class", export, times=TIME)
    assert files_in(tmp_path / "class" / "attempts") == {"a1/9001/55/week_1002_77_knn.ipynb": "ada"}


def test_numbers_in_the_name_of_a_student_belong_to_the_name(tmp_path):
    people = roster(ROSTER.replace("Stone, Bob", "Stone_1001 _55 _"))  # Canvas takes out only _55_ and spaces
    export = make_zip(tmp_path / "x.zip", {"stone_1001_55__1003_77_knn.ipynb": "bob"})
    assert collected(tmp_path / "class", export, people, times=TIME).collected[0].student == "9003"


def test_a_name_that_may_be_of_two_students_is_given_to_nobody(tmp_path):
    export = make_zip(
        tmp_path / "x.zip", {"other_1001_55_1003_77_knn.ipynb": "?", "lovelaceada_1001_5_knn.ipynb": "ada"}
    )
    summary = collected(tmp_path / "class", export, times=TIME)
    assert [attempt.attempt for attempt in summary.collected] == ["5"]
    assert "other_1001_55_1003_77_knn.ipynb: may be of 1001 or 1003" in summary.problems[0]


def test_text_and_links_typed_into_canvas_and_other_files_are_named(tmp_path):
    files = {"stonebob_1003_text.html": "", "noetheremmy_LATE_1002_link.html": "", "notes.txt": ""}
    summary = collected(tmp_path / "class", make_zip(tmp_path / "x.zip", EXPORT | files), times=TIME)
    assert summary.problems[:3] == (
        "noetheremmy_LATE_1002_link.html: was typed into Canvas, or is a link: there is no file to grade",
        "notes.txt: belongs to no attempt, as its name shows",
        "stonebob_1003_text.html: was typed into Canvas, or is a link: there is no file to grade",
    )


@pytest.mark.parametrize("name", ["anon_x7Yz2_55_knn.ipynb", "LATE_anon_x7Yz2_55_knn.ipynb"])
def test_an_anonymous_export_is_nobody_s_and_kept_aside(tmp_path, name):
    summary = collected(tmp_path / "class", make_zip(tmp_path / "x.zip", {name: "who"}), times=TIME)
    assert summary.problems[0].startswith("anon_x7Yz2: is not on the roster; kept as ")
    place = "_aside/a1/not-on-roster/anon_x7Yz2/55/knn.ipynb"
    assert files_in(tmp_path / "class" / "attempts") == {place: "who"}


def test_what_canvas_calls_late_does_not_get_the_time_of_all(tmp_path):
    summary = collected(tmp_path / "class", make_zip(tmp_path / "x.zip", EXPORT), times=TIME)
    assert [attempt.student for attempt in summary.collected] == ["9001"]
    assert "noetheremmy_1002: was late, so --handed-in is not its time" in summary.problems[0]
