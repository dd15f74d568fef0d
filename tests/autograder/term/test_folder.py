"""Everything of an attempt lies in a place of its own, whatever it is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.term.attempts import Attempt
from autograder.term.folder import ClassFolder

FIRST = Attempt("ada", "a1", "118.2", datetime(2026, 10, 5, tzinfo=UTC), "gradescope")
FOLDER = ClassFolder(Path("class"))


def test_every_attempt_has_files_and_a_report_of_its_own():
    assert FOLDER.files(FIRST) == Path("class/attempts/a1/ada/118.2")
    assert FOLDER.report(FIRST) == Path("class/graded/a1/attempts/ada/118.2.json")
    assert FOLDER.report(replace(FIRST, attempt="118.3")) == Path("class/graded/a1/attempts/ada/118.3.json")


@pytest.mark.parametrize("name", ["..", "../../etc", "a/b", "a\\b", ".hidden", "/root"])
@pytest.mark.parametrize("field", ["student", "assignment", "attempt"])
def test_a_name_that_leads_elsewhere_is_refused(field, name):
    attempt = replace(FIRST, **{field: name})
    for place in (FOLDER.files, FOLDER.report):
        with pytest.raises(CourseError, match="is to name a folder, and cannot: give it a plain name"):
            place(attempt)
