"""Real attacks, graded for real: hostile submissions for a course with canaries in all that must stay hidden.

An attack never runs in this process, and never in the sandbox level `none`. `double` (3 points) is hostile and
`mean` and `answer_half` (4 points) are honest, so that an attack is worth exactly 4 of 7 points.
"""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import dataclasses
import sqlite3
import textwrap
from pathlib import Path

import pytest

from autograder.course import Assignment, load_course
from autograder.grade import grade
from autograder.report import Report
from autograder.sandbox.limits import Limits
from autograder.submission import Submission, read_submission
from tests.autograder.conftest import FILES, RIGHT, write_course, write_submission

LIMITS = Limits(
    test_seconds=1.0,
    definition_seconds=4.0,
    submission_seconds=12.0,
    memory_mb=1024,
    processes=24,
    file_mb=16,
)
HONEST_PART = 4.0

HONEST = """
import numpy as np

def mean(x):
    return np.mean(x)

answer_half = 0.5
"""


def in_call(body: str) -> str:
    """A submission whose `double(x)` has this body."""
    return f"{HONEST}\ndef double(x):\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"


def at_definition(body: str) -> str:
    """A submission that runs this while it is defined, and whose `double` is wrong."""
    attack = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"{HONEST}\nclass Attack:\n{attack}\n\ndef double(x):\n    lambda: Attack  # only what is needed is defined\n    return 0 * x\n"


class Range:
    """A course with canaries, a class around it, and the means to grade an attack there."""

    def __init__(self, root: Path) -> None:
        files = dict(FILES)
        files["course.toml"] = files["course.toml"].replace('"secret"', '"CANARY-SEED"')
        files["a1/double/mistakes.py"] = files["a1/double/mistakes.py"].replace(
            "You square", "CANARY-HINT: you square"
        )
        self.root = root
        self.assignment = load_course(write_course(root, files)).assignment("a1")
        self.assignment = dataclasses.replace(self.assignment, limits=LIMITS)
        self.other = write_submission(root, "grace", f"# CANARY-OTHER-STUDENT\n{RIGHT}")
        self.gradebook = root / "gradebook.db"
        with sqlite3.connect(self.gradebook) as database:
            database.execute("create table grade (student text, score real)")
            database.execute("insert into grade values ('CANARY-GRADEBOOK', 1.0)")
        database.close()
        self.secrets = [
            root / "assignments" / "course.toml",
            *(
                self.assignment.notebooks[0].folder / f"{name}.py"
                for name in ("private_tests", "mistakes", "notebook")
            ),
            self.gradebook,
            self.other,
        ]

    def grade(self, code: str, sandbox: str = "bubblewrap", assignment: Assignment | None = None) -> Report:
        """Grade one cell of code, and check what holds for every attack."""
        cells = (("cell 1", code),)
        return self.check(
            grade(assignment or self.assignment, Submission("eve", {"double": cells}), sandbox=sandbox)
        )

    def grade_folder(self, folder: Path, sandbox: str = "bubblewrap") -> Report:
        """Grade what lies in a folder or file."""
        return self.check(
            grade(self.assignment, read_submission(folder, "eve", ("double",)), sandbox=sandbox)
        )

    def check(self, report: Report) -> Report:
        """Every planned test is listed, and no score is beyond its bounds."""
        assert [test.id for test in report.tests] == [case.id for case in self.assignment.notebooks[0].cases]
        report.validate()
        assert report.max_score == self.assignment.max_score == 7.0
        assert Report.from_json(report.to_json()) == report
        assert len(report.to_json()) < 200_000
        return report

    def with_limits(self, **limits: float) -> Assignment:
        """The assignment with other limits."""
        return dataclasses.replace(self.assignment, limits=dataclasses.replace(LIMITS, **limits))


def statuses(report: Report, function: str = "double") -> list[str]:
    """The verdicts of a function's tests."""
    return [test.status for test in report.tests if test.function == function]


def seen(report: Report) -> str:
    """What an attack raised as its findings in the first test of `double`."""
    detail = next(test.detail for test in report.tests if test.function == "double")
    assert detail.startswith("double raised Seen: "), detail
    return detail.removeprefix("double raised Seen: ").partition("\n")[0]


@pytest.fixture(scope="session")
def range_(tmp_path_factory: pytest.TempPathFactory) -> Range:
    """The course with canaries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANARY_NAME", "CANARY-ENVIRONMENT")
        yield Range(tmp_path_factory.mktemp("range"))
