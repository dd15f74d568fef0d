"""nbgrader's own command, in a class folder whose term the course has settled."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from datetime import UTC
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.autograder.classes import DAY, DUE, PART, RIGHT, WHY, Class

pytestmark = pytest.mark.bubblewrap
REPOSITORY = Path(__file__).parents[3]


def autograde(klass: Class, status: int = 0, started_in: Path = REPOSITORY) -> str:
    """What `nbgrader autograde` prints, started in this checkout or somewhere else."""
    command = Path(sysconfig.get_path("scripts")) / "nbgrader"
    done = subprocess.run(
        [command, "autograde", "a1", f"--course-dir={klass.folder.root}", "--force"],
        cwd=started_in, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return done.stderr


def submit(klass: Class, student: str, path: Path, days: float) -> None:
    """Lay a notebook where `nbgrader collect` would, with its time."""
    folder = klass.folder.root / "submitted" / student / "a1"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(path, folder)
    when = (DUE + days * DAY).astimezone(UTC)
    (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S} UTC\n")


def test_lateness_costs_in_nbgrader_what_was_settled_and_points_of_people_stay(klass: Class) -> None:
    with klass.course.file.open("a") as file:
        file.write("\n[course.late]\nfree_days = 1\n")
    klass.reload()
    for student, days in (("ada", 1.5), ("bob", 0.5), ("cem", -1)):
        submit(klass, student, klass.hand_in(student, "1", RIGHT, WHY, days=days), days)
    klass.grade()
    url = f"sqlite:///{klass.folder.root / 'gradebook.db'}"
    with Gradebook(url) as book:
        grade = book.find_grade("why", "double", "a1", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        for student in ("ada", "bob", "cem"):
            book.find_submission("a1", student).notebooks[0].late_submission_penalty = None
        book.db.commit()
    autograde(klass)
    with Gradebook(url) as book:
        found = {
            s.student.id: (s.score, s.late_submission_penalty) for s in book.assignment_submissions("a1")
        }
    # ada is two days late with one free day: 25 % of 9 points; bob has a free day; cem is on time
    assert found == {"ada": (8.5, 2.25), "bob": (7, 0), "cem": (7, 0)}


def test_what_was_never_collected_does_not_take_the_place_of_an_attempt(klass: Class) -> None:
    submit(klass, "ada", klass.hand_in("ada", "1", PART, WHY), -1)
    submit(klass, "bob", klass.hand_in("bob", "1", PART, WHY), -1)
    klass.grade()
    newer = klass.hand_in("cem", "1", RIGHT, "Another answer.")
    submit(klass, "ada", newer, -0.5)
    said = autograde(klass, status=1)
    assert "submitted/ada/a1: is not ada's attempt 1, which the gradebook shows: take it" in said
    with Gradebook(f"sqlite:///{klass.folder.root / 'gradebook.db'}") as book:
        assert book.find_submission("a1", "ada").score == 3
        assert book.find_submission("a1", "bob").score == 3


def test_started_in_the_class_folder_it_runs_student_code_in_the_sandbox_too(klass: Class) -> None:
    """There formgrader is started, and its button does the same."""
    left = klass.folder.root / "left"
    attack = f"double(1)\nopen({str(left)!r}, 'w').write('x')\n"
    path = klass.hand_in("ada", "1", f"{RIGHT}\n{attack}")
    submit(klass, "ada", path, -1)
    klass.grade()
    autograde(klass, started_in=klass.folder.root)
    assert not left.exists()
    with Gradebook(f"sqlite:///{klass.folder.root / 'gradebook.db'}") as book:
        assert book.find_submission("a1", "ada").score == 7
