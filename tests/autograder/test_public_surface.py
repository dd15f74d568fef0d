"""What `import autograder` offers is enough to grade a submission."""

from __future__ import annotations

from pathlib import Path

import pytest

import autograder
from tests.autograder.conftest import RIGHT, write_course, write_submission


@pytest.mark.bubblewrap
def test_a_submission_is_graded_with_the_public_names_alone(tmp_path: Path) -> None:
    course = autograder.load_course(write_course(tmp_path))
    folder = write_submission(tmp_path, "ada", RIGHT).parent
    submission = autograder.read_submission(folder, "ada", ("double",))
    report = autograder.grade(course.assignment("a1"), submission)
    assert (report.score, report.max_score) == (7, 7)
    assert autograder.Report.from_json(report.to_json()) == report


def test_all_names_are_there() -> None:
    assert all(hasattr(autograder, name) for name in autograder.__all__)
