"""A plain folder or archive, STUDENT/files."""

from __future__ import annotations

import pytest

from autograder.course import CourseError
from tests.autograder.collect.exports import at, collected, files_in, make_folder, make_zip

TIME = at("2026-10-05T23:59:00-07:00")
FILES = {"9001/knn.ipynb": "ada", "emmy@example.org/a/b.py": "emmy", "BOB@example.org/knn.ipynb": "bob"}
KEPT = {
    "a1/9001/2026-10-06T065900Z/knn.ipynb": "ada",
    "a1/9002/2026-10-06T065900Z/a/b.py": "emmy",
    "a1/9003/2026-10-06T065900Z/knn.ipynb": "bob",
}


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "folder"])
@pytest.mark.parametrize("around", ["", "hand-ins/"])
def test_a_folder_is_that_of_a_student_by_any_name_and_named_by_the_time(tmp_path, make, around):
    export = make(tmp_path / "export", {around + name: text for name, text in FILES.items()})
    summary = collected(tmp_path / "class", export, times=TIME)
    assert (summary.platform, summary.problems) == ("folder", ())
    assert files_in(tmp_path / "class" / "attempts") == KEPT


def test_the_roster_tells_a_student_s_folder_from_one_around_all(tmp_path):
    one = make_folder(tmp_path / "one", {"9001/work/knn.ipynb": "ada"})
    summary = collected(tmp_path / "class", one, times=TIME)
    assert [attempt.student for attempt in summary.collected] == ["9001"]
    assert list(files_in(tmp_path / "class" / "attempts" / "a1" / "9001")) == [
        "2026-10-06T065900Z/work/knn.ipynb"
    ]


def test_files_beside_the_students_folders_are_named(tmp_path):
    export = make_folder(tmp_path / "export", FILES | {"readme.txt": ""})
    assert collected(tmp_path / "class", export, times=TIME).problems == (
        "readme.txt: lies in no student's folder",
    )


def test_folders_of_nobody_on_the_roster_are_another_folder(tmp_path):
    export = make_folder(tmp_path / "release", {"checks/test.py": "", "cs_lib/knn.py": "", "knn.ipynb": ""})
    with pytest.raises(CourseError, match="a folder for each student, with a name that is on the roster"):
        collected(tmp_path / "class", export, times=TIME)
    assert not (tmp_path / "class").exists()


def test_without_a_time_nothing_is_collected(tmp_path):
    with pytest.raises(
        CourseError, match="does not say when it was handed in: give the times with --times FILE"
    ):
        collected(tmp_path / "class", make_folder(tmp_path / "export", FILES))
    assert not (tmp_path / "class").exists()


def test_one_folder_under_two_names_of_a_student_with_other_files_differs(tmp_path):
    export = make_folder(tmp_path / "export", {"9001/knn.ipynb": "1", "ada@example.org/knn.ipynb": "2"})
    summary = collected(tmp_path / "class", export, times=TIME)
    assert len(summary.collected) == 1
    assert "ada@example.org: is of 2026-10-06 06:59:00 UTC, and differs from " in summary.problems[0]
    assert sorted(files_in(tmp_path / "class" / "attempts").values()) == ["1", "2"]
