"""A term of 1,000 students: seconds of `course report` and `course export canvas`, and of the class page.

The class has four assignments, two attempts at each with 120 tests, three of ten late, and a gradebook in
which people gave points for half of the answers. What is timed are whole commands, from the start of Python
to the last file. The pages are opened in headless Chromium until they are painted, less the time of an empty
page. The last line is `RESULT {...}`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.bridges.database import database
from autograder.bridges.gradebook import make_known, nbgrader_api, opened
from autograder.class_report import class_report_html
from autograder.course import Course, load_course
from autograder.report import Report
from autograder.term.attempts import Attempt, record_attempts
from autograder.term.folder import ClassFolder
from cs_lib.check.result import VERDICTS, TestResult

COURSE_COMMAND = Path(sysconfig.get_path("scripts")) / "course"
FUNCTIONS = tuple(f"function_{number}" for number in range(20))
TESTS_EACH = 6
LATE = 0.3  # share of the attempts
NAMES = ("a1", "a2", "a3", "a4")
DUE = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
HEAD = """
    [course]
    title = "Benchmark"
    seed = "benchmark"
"""
ASSIGNMENT = """
    [assignments.{name}]
    title = "Assignment {name}"
    weight = 0.25
    [assignments.{name}.dates]
    due = {due}
    [assignments.{name}.notebooks.double]
    title = "Doubling"
    libraries = ["numpy"]
    provided = []
"""
NOTEBOOK = {
    "notebook.py": """
        # %% solution="double"
        def double(x):
            ### BEGIN SOLUTION
            return 2 * x
            ### END SOLUTION

        # %% grades="double"
        check("double")

        # %% [markdown] manual="why" points=5
        # ### BEGIN SOLUTION
        # Because.
        # ### END SOLUTION
    """,
    "public_tests.py": """
        import pytest

        @pytest.mark.graded("double", points=1)
        def test_three(student):
            assert student.double(3.0) == 6.0
    """,
    "private_tests.py": """
        import pytest

        @pytest.mark.graded("double", points=1)
        def test_four(student):
            assert student.double(4.0) == 8.0
    """,
}


def main() -> None:
    """Make the class, time everything, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="make the class in this folder, and leave it there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="course-benchmark-") as temporary:
        root = options.keep or Path(temporary)
        course, folder = make_course(root), ClassFolder(root / "class")
        reports = make_class(course, folder, options.students)
        exported = root / "canvas.csv"
        exported.write_text(canvas_export(options.students), encoding="utf-8")
        commands = {
            "report": ["report"],
            "canvas": ["export", "canvas", "a1", exported, "-o", root / "upload.csv"],
        }
        result = {}
        for name, arguments in commands.items():
            command = [COURSE_COMMAND, *arguments, "--class", folder.root, "--course", root]
            timed(command)  # the first report writes feedback, which `course grade` would have done
            result[f"{name}_seconds"] = best(timed(command) for _ in range(options.repeats))
        page = root / "class.html"
        page.write_text(class_report_html(reports, course.assignment("a1")), encoding="utf-8")
        pages = {"class_page": page, "term_page": folder.term / "index.html"}
        empty = root / "empty.html"
        empty.write_text("<!doctype html><title>Nothing</title>", encoding="utf-8")
        if shutil.which("chromium"):
            nothing = best(opening(empty) for _ in range(options.repeats))
            for name, path in pages.items():
                seconds = best(opening(path) for _ in range(options.repeats))
                result[f"{name}_seconds"] = round(seconds - nothing, 2)
        else:
            print("Chromium is missing: the pages are not opened (apt-get install chromium)")
        for name, seconds in result.items():
            print(f"{name:24}{seconds:8.2f}")
        for name, path in pages.items():
            print(f"{name:24}{path.stat().st_size / 1e6:8.2f} MB")
        print("RESULT " + json.dumps(result))


def make_course(root: Path) -> Course:
    """A course of four small assignments, due two weeks from each other."""
    text = textwrap.dedent(HEAD)
    for number, name in enumerate(NAMES):
        due = DUE + number * timedelta(days=14)
        text += textwrap.dedent(ASSIGNMENT.format(name=name, due=due.isoformat()))
        for file, content in NOTEBOOK.items():
            path = root / "assignments" / name / "double" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content).lstrip(), encoding="utf-8")
    (root / "assignments" / "course.toml").write_text(text, encoding="utf-8")
    (root / "datasets").mkdir(exist_ok=True)
    return load_course(root / "assignments" / "course.toml")


def make_class(course: Course, folder: ClassFolder, students: int) -> list[Report]:
    """Everything that collecting, grading and formgrader leave behind; the reports that count for a1."""
    draw = random.Random(0)
    names = [f"s{number:04}" for number in range(students)]
    folder.root.mkdir(parents=True, exist_ok=True)
    people = "".join(f"{name},First{name} Last{name},{name}@example.org\n" for name in names)
    folder.roster.write_text(f"student,name,email\n{people}", encoding="utf-8")
    attempts, counted = [], []
    for place, assignment in enumerate(NAMES):
        make_known(course, course.assignment(assignment), folder.root)
        answers = {}
        for name in names:
            for number in ("1", "2"):
                days = draw.uniform(0, 3) if draw.random() < LATE else draw.uniform(-5, 0)
                when = DUE + timedelta(days=14 * place + days)
                attempt = Attempt(name, assignment, number, when, "canvas")
                path = folder.report(attempt)
                path.parent.mkdir(parents=True, exist_ok=True)
                report = make_report(name, assignment, draw)
                path.write_text(report.to_json(), encoding="utf-8")
                attempts.append(
                    Attempt(name, assignment, number, when, "canvas", str(path.relative_to(folder.root)))
                )
                answers.setdefault(name, {})[number] = {"why": f"{draw.random():.16f}"}
            counted += [report] if assignment == "a1" else []
        text = json.dumps({"released": "", "attempts": answers})
        folder.answers(assignment).write_text(text, encoding="utf-8")
        which = {name: [name, "2"] for name in names}
        folder.counted(assignment).write_text(json.dumps(which), encoding="utf-8")
        folder.shown(assignment).parent.mkdir(exist_ok=True)
        shown = {name: {"attempt": "2", "penalty": {}} for name in names}
        folder.shown(assignment).write_text(json.dumps(shown), encoding="utf-8")
    record_attempts(folder.attempts, attempts)
    fill_gradebook(folder, names, draw)
    return counted


def make_report(student: str, assignment: str, draw: random.Random) -> Report:
    """A report with as many tests as a notebook or four may have."""
    skill, tests = draw.betavariate(3, 1.4), []
    for function in FUNCTIONS:
        for number in range(TESTS_EACH):
            passed = draw.random() < skill + 0.2
            status = "passed" if passed else draw.choice(("wrong_value", "not_implemented", "raised"))
            tests.append(
                TestResult(
                    id=f"test_{function}[case={number}]", function=function,
                    visibility="public" if number < 3 else "private", status=status,
                    score=float(passed), max_score=1.0, message=VERDICTS[status],
                    call=f"{function}(array (2, 3) float64, k=1)", expected="[[ 5., 13.],\n [ 5.,  5.]]",
                    hint=None if passed else "The square root is missing: you return squared distances.",
                )
            )  # fmt: skip
    return Report(
        student=student, assignment=assignment, score=sum(t.score for t in tests),
        max_score=float(len(tests)), tests=tuple(tests), manual={"why": 5.0},
        notebooks={"double": tuple(t.id for t in tests)},
        repairs=(), problems=(), sandbox="bubblewrap", versions={"python": "3.11"},
        sha256={"double.ipynb": "0f" * 32}, seconds=1.0,
    )  # fmt: skip


def fill_gradebook(folder: ClassFolder, names: list[str], draw: random.Random) -> None:
    """Rows for everybody, with points of people for half of the answers."""
    api = nbgrader_api()
    with opened(database(folder.root)) as gradebook:
        gradebook.db.add_all([api.Student(id=name) for name in names])
        gradebook.db.commit()
        for assignment in NAMES:
            known = gradebook.find_assignment(assignment)
            (notebook,) = known.notebooks
            submitted, notebooks, grades, comments = [], [], [], []
            for name in names:
                one, two = f"{assignment}{name}", f"{assignment}{name}n"
                submitted.append({"id": one, "assignment_id": known.id, "student_id": name})
                notebooks.append({"id": two, "notebook_id": notebook.id, "assignment_id": one})
                for cell in notebook.grade_cells:
                    points = draw.choice((None, 2.5)) if cell.name == "why" else None
                    said = {"auto_score": None, "manual_score": points, "needs_manual_grade": points is None}
                    grades.append({"cell_id": cell.id, "notebook_id": two} | said)
                cells = notebook.solution_cells
                comments += [{"cell_id": cell.id, "notebook_id": two} for cell in cells]
            for table, rows in (
                (api.SubmittedAssignment, submitted),
                (api.SubmittedNotebook, notebooks),
                (api.Grade, grades),
                (api.Comment, comments),
            ):
                gradebook.db.execute(table.__table__.insert(), rows)
        gradebook.db.commit()


def canvas_export(students: int) -> str:
    """A gradebook as Canvas exports it."""
    lines = [f'"Last, First",{n + 1},s{n:04},s{n:04}@example.org,001,\n' for n in range(students)]
    head = "Student,ID,SIS User ID,SIS Login ID,Section,Assignment a1 (12)\n    Points Possible,,,,,125.00\n"
    return head + "".join(lines)


def timed(command: list) -> float:
    """Seconds of a whole command; its output is shown if it fails."""
    started = time.perf_counter()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{command[1]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return seconds


def opening(page: Path) -> float:
    """Seconds that Chromium takes from its start until a page is painted."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile")
        return timed(
            ["chromium", *options, "--window-size=1280,1000", f"--screenshot={picture}", page.as_uri()]
        )


def best(seconds: Iterator[float]) -> float:
    """The least of several: what else the machine does only adds to it."""
    return round(min(seconds), 2)


if __name__ == "__main__":
    main()
