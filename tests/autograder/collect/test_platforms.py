"""An export is recognised, or the error says what is there and what should be."""

from __future__ import annotations

import pytest

from autograder.collect import PLATFORMS
from autograder.collect.platforms import read_export
from autograder.collect.unpack import open_export
from autograder.course import CourseError
from tests.autograder.collect.exports import ADA, gradescope, make_folder, make_zip, roster, submission

FOLDER = "lovelaceada+a1+2026-10-05 20:14:09.123456 UTC+aB_c-9"
EXPORTS = {
    "gradescope": {
        "assignment_1_export/submission_metadata.yml": submission(7, ADA),
        "assignment_1_export/submission_7/knn.ipynb": "",
    },
    "nbgrader": {f"{FOLDER}/knn.ipynb": "", f"{FOLDER}/timestamp.txt": ""},
    "canvas": {"lovelaceada_1001_55501_knn.ipynb": ""},
    "folder": {"9001/knn.ipynb": ""},
}


def read(path, platform=None):
    """What is read from an export."""
    with open_export(path) as export:
        return read_export(export, "a1", roster(), platform)


@pytest.mark.parametrize("platform", EXPORTS)
def test_each_platform_is_recognised(tmp_path, platform):
    assert set(EXPORTS) == set(PLATFORMS)
    reading = read(make_zip(tmp_path / "x.zip", EXPORTS[platform]))
    assert (reading.platform, len(reading.handed_in)) == (platform, 1)


def test_a_student_cannot_make_a_class_look_like_another_platform(tmp_path):
    forged = {"9002/submission_metadata.yml": "", f"9002/inbound/{FOLDER}/knn.ipynb": "", "9002/a1/a.py": ""}
    canvas = {"9002/lovelaceada_1001_55501_knn.ipynb": ""}
    export = make_folder(tmp_path / "export", EXPORTS["folder"] | forged | canvas)
    reading = read(export)
    assert reading.platform == "folder"
    assert [one.label for one in reading.handed_in] == ["9001", "9002"]


def test_the_platform_that_is_said_counts(tmp_path):
    files = {"9001/knn.ipynb": "", "submission_metadata.yml": "{}"}
    assert read(make_zip(tmp_path / "both.zip", files)).platform == "gradescope"
    assert read(tmp_path / "both.zip", "folder").platform == "folder"
    export = make_zip(tmp_path / "x.zip", EXPORTS["gradescope"])
    with pytest.raises(CourseError, match=r"canvas: .Download Submissions.") as caught:
        read(export, "canvas")
    assert "gradescope" not in str(caught.value).split("should be")[1]
    with pytest.raises(
        CourseError, match="there is no platform 'moodle': choose gradescope, nbgrader, canvas, folder"
    ):
        read(export, "moodle")


def test_what_is_no_export_is_shown_with_what_is_expected(tmp_path):
    files = {f"{n}.ipynb": "" for n in range(7)} | {"0\x1b[31m.ipynb": ""}
    with pytest.raises(CourseError) as caught:
        read(make_folder(tmp_path / "export", files))
    assert str(caught.value).splitlines()[1:] == [
        "    0\\x1b[31m.ipynb",
        *(f"    {n}.ipynb" for n in range(4)),
        "    and 3 files more",
        "but there should be",
        *(f"    {name}: {expected}" for name, (_, expected) in PLATFORMS.items()),
    ]


def test_an_empty_export_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="There is\n    no file\nbut there should be\n    gradescope"):
        read(tmp_path / "empty")
    with pytest.raises(CourseError, match="no file"):
        read(make_zip(tmp_path / "x.zip", {}))


def test_an_export_without_anything_of_a_student_is_read(tmp_path):
    assert read(gradescope(tmp_path / "x.zip", [submission(7)], {})).handed_in == ()
