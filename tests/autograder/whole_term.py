"""A whole term through the commands: a course of four small assignments, a class, what platforms export."""

from __future__ import annotations

import csv
import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.batch import prepare
from autograder.cli import app
from tests.autograder.collect.exports import gradescope, make_folder, make_zip, submission
from tests.autograder.conftest import write_course

ZONE = ZoneInfo("America/Los_Angeles")
HEAD = """
    [course]
    title = "A small term"
    seed = "of this test only"
"""
RULES = """
    time_zone = "America/Los_Angeles"

    [course.late]
    free_days = 3
    free_days_per_assignment = 2
    penalty_per_day = 0.25
    grace_minutes = 15

    [extensions.nia.a1]
    days = 3
    reason = "illness"
"""
ASSIGNMENT = """
    [assignments.{name}]
    title = "{title}"
    weight = {weight}
    {flags}
    limits = {{ test_seconds = 2.0, submission_seconds = 30.0 }}

    [assignments.{name}.notebooks.lists]
    title = "Lists"
    libraries = ["numpy"]
    provided = ["check"]
"""
DATES = """
    [assignments.{name}.dates]
    due = {due}T23:59:00
    {cutoff}
"""
# name -> title, weight, due, cutoff, flags; the clocks go back in the night to 3 November.
ASSIGNMENTS = {
    "a1": ("First", 0.10, "2024-10-18", "2024-10-22", ""),
    "a2": ("Second", 0.20, "2024-11-01", "2024-11-05", "group_work = true"),
    "a3": ("Third", 0.15, "2024-11-15", "2024-11-19", ""),
    "x": ("Extra", 0.05, "2024-11-22", "", "extra_credit = true"),
}
SOURCE = '''
    # %% [markdown]
    # # Lists of numbers

    # %%
    import numpy as np
    from cs_lib.check import check

    # %% solution="double"
    def double(x):
        """Twice x."""
        ### BEGIN SOLUTION
        return 2 * x
        ### END SOLUTION

    # %% grades="double"
    check("double")

    # %% solution="total"
    def total(x):
        """The sum of x: (N,)."""
        ### BEGIN SOLUTION
        return np.sum(x)
        ### END SOLUTION

    # %% grades="total"
    check("total")

    # %% [markdown]
    # The sum of no numbers is `"a"`: an error, `"b"`: 0, `"c"`: 1.

    # %% solution="answer_empty"
    answer_empty = ...  # replace the dots by "a", "b" or "c"
    ### BEGIN SOLUTION
    answer_empty = "b"
    ### END SOLUTION

    # %% grades="answer_empty"
    check("answer_empty")

    # %% [markdown] manual="why" points=2
    # ### BEGIN SOLUTION
    # A sum of two parts is the sum of their sums, and nothing is one of two parts of anything.
    # ### END SOLUTION
    # ### BEGIN MARK SCHEME
    # 1 point: sums of parts add up. 1 point: so nothing must add nothing.
    # ### END MARK SCHEME
'''
PUBLIC = """
    import numpy as np
    import pytest

    from cs_lib.check import expect


    @pytest.mark.graded("double", points=2)
    def test_three_doubled_is_six(student):
        expect.close(student.double(3.0), 6.0)


    @pytest.mark.graded("total", points=1)
    def test_one_and_three_are_four(student):
        expect.close(student.total(np.array([1.0, 3.0])), 4.0)


    @pytest.mark.graded("answer_empty", points=0)
    def test_the_answer_is_one_of_the_letters(student):
        expect.one_of(student["answer_empty"], ("a", "b", "c"))
"""
PRIVATE = """
    import numpy as np
    import pytest

    from cs_lib.check import expect


    @pytest.mark.graded("double", points=2)
    def test_arrays_are_doubled(student, rng):
        x = rng.standard_normal(7)
        expect.close(student.double(x), x + x)


    @pytest.mark.graded("total", points=1)
    def test_numbers_below_zero_count(student, rng):
        x = -rng.uniform(1, 2, 7)
        expect.close(student.total(x), {total})


    @pytest.mark.graded("answer_empty", points=2)
    def test_the_answer_is_right(student):
        expect.equal(student["answer_empty"], "b")
"""
MISTAKES = """
    import numpy as np

    from autograder.mistakes import Catalogue


    def double(x):
        return 2 * x


    def total(x):
        return np.sum(x)


    catalogue = Catalogue({"double": double, "total": total, "answer_empty": "b"})


    @catalogue.mistake("double", hint="You square x: multiply it by two.")
    def squares(x):
        return x**2


    @catalogue.mistake("total", hint="You stop too early: the last number counts, too.")
    def all_but_the_last(x):
        return np.sum(x[:-1])


    @catalogue.right("double")
    def added(x):
        return x + x


    @catalogue.right("total")
    def one_by_one(x):
        total = 0.0
        for number in x:
            total += number
        return total


    catalogue.wrong_answer("answer_empty", "c", hint="That is the product of no numbers.")
"""
RIGHT_TEST, WRONG_TEST = (
    "np.sum(x)",
    "np.sum(np.abs(x))",
)  # of numbers below zero; a2 begins with the wrong one

DOUBLE, TOTAL = "def double(x):\n    return x + x", "def total(x):\n    return x.sum()"
ATTACK = '''
def double(x):
    import os
    for place in ("{root}/class", "/tmp", ".", "/program", "/"):
        for name in ("gradebook.db", "manual.jsonl", "attempts.jsonl", "graded/a1/reports/uma.json", "PWNED"):
            try:
                with open(os.path.join(place, name), "a") as stream:
                    stream.write('{"student": "uma", "assignment": "a1", "question": "why", "points": 2}')
            except OSError:
                pass
    raise ValueError("""{markup}""")
'''
MARKUP = (
    "<script>document.title = window.pwned = 'PWNED'</script><img src=x onerror=\"document.title='PWNED'\">"
)
# What is handed in -> the cells that are filled in; beside it what the tests give of 8 points.
RIGHT = {"double": DOUBLE, "total": TOTAL, "answer_empty": 'answer_empty = "b"'}
WORK: dict[str, dict[str, str]] = {
    "all": RIGHT,  # 8
    "most": RIGHT | {"total": "def total(x):\n    return x[0]"},  # 6
    "abs": RIGHT | {"total": "def total(x):\n    return abs(x).sum()"},  # 7
    "half": {"double": DOUBLE},  # 4
    "evil": RIGHT | {"double": ATTACK},  # 4
    "none": {},  # 0
}
BROKEN = '{"cells": [{"cell_type": "code", "source": ["def double(x):\\n"'  # 0: cut off, as by a full disk


def course_files(rules: str = RULES, dates: str = DATES) -> dict[str, str]:
    """The course, of which a test of a2 is wrong at first."""
    toml, files = textwrap.dedent(HEAD) + textwrap.dedent(rules), {}
    for name, (title, weight, due, cutoff, flags) in ASSIGNMENTS.items():
        cutoff = cutoff and f"cutoff = {cutoff}T23:59:00"
        toml += textwrap.dedent(ASSIGNMENT + dates).format(
            name=name, title=title, weight=weight, due=due, cutoff=cutoff, flags=flags
        )
        total = WRONG_TEST if name == "a2" else RIGHT_TEST
        files |= {
            f"{name}/lists/notebook.py": SOURCE,
            f"{name}/lists/public_tests.py": PUBLIC,
            f"{name}/lists/private_tests.py": PRIVATE.replace("{total}", total),
            f"{name}/lists/mistakes.py": MISTAKES,
        }
    return {"course.toml": toml} | files


@dataclass(frozen=True)
class HandedIn:
    """One attempt: whose, the how manyeth of them, when by the clock on the wall, and what."""

    student: str
    assignment: str
    number: int
    when: datetime
    work: str
    answered: bool
    mates: tuple[str, ...] = ()

    @property
    def utc(self) -> datetime:
        """When, in universal time."""
        return self.when.replace(tzinfo=ZONE).astimezone(ZoneInfo("UTC"))


@dataclass
class WholeTerm:
    """A folder with a course and a class, and the commands started there."""

    root: Path
    names: Mapping[str, str]  # student -> name
    groups: Mapping[str, tuple[str, ...]]  # group -> students

    @property
    def folder(self) -> Path:
        """The class folder."""
        return self.root / "class"

    def set_up(self, *released: str) -> None:
        """Write the course, and the roster as Canvas exports it; release some assignments, or all."""
        write_course(self.root, course_files())
        self.folder.mkdir()
        self.write_roster(self.folder)
        for name in released or ASSIGNMENTS:
            self.run("release", name, "--class", str(self.folder))

    def write_roster(self, folder: Path) -> None:
        """Canvas's exports of the gradebook, whose first assignment is there already, and of groups."""
        gradebook = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "First (7001)"]]
        gradebook.append(["    Points Possible", "", "", "", "", "10"])
        people = {
            student: [name, self.canvas(student), student, f"{student}@example.org", "DL-01"]
            for student, name in self.names.items()
        }
        gradebook += [[*person, ""] for person in people.values()]
        groups = [["name", "canvas_user_id", "user_id", "login_id", "sections", "group_name"]]
        groups += [[*people[student], group] for group, own in self.groups.items() for student in own]
        tables = {"roster.csv": gradebook} | ({"groups.csv": groups} if self.groups else {})
        for name, rows in tables.items():
            with (folder / name).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows)

    def canvas(self, student: str) -> int:
        """Canvas's own number of a student."""
        return 1001 + [*self.names, "zed"].index(student)  # zed is in Canvas, and not on the roster

    def number(self, one: HandedIn) -> int:
        """What a platform calls an attempt: larger for what comes later."""
        return 10_000 * one.number + self.canvas(one.student)

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command prints; it must end with that status."""
        prepare.cache_clear()  # a command reads the course anew
        result = CliRunner().invoke(app, [*arguments, *self._course(arguments)])
        assert result.exit_code == status, (arguments, result.output, result.exception)
        return result.output

    def _course(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        return () if arguments[0] == "gradebook" else ("--course", str(self.root))

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the course."""
        path = self.root / "assignments" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def notebook(self, one: HandedIn) -> str:
        """What is handed in: the released notebook, filled in."""
        if one.work == "broken":
            return BROKEN
        released = self.folder / "release" / one.assignment / "lists.ipynb"
        notebook = json.loads(released.read_text())
        filled = dict(WORK[one.work])
        if one.answered:
            filled["why"] = MARKUP if one.work == "evil" else f"Sums of parts add up, says {one.student}."
        for cell in notebook["cells"]:
            code = filled.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
            if code:
                cell["source"] = code.replace("{root}", str(self.root)).replace("{markup}", MARKUP)
        if one.work == "evil":
            notebook["cells"] += [
                {"cell_type": kind, "metadata": {}, "source": MARKUP} for kind in ("raw", "markdown")
            ]
        return json.dumps(notebook)

    def from_canvas(self, name: str, handed_in: Iterable[HandedIn]) -> tuple[str, ...]:
        """Canvas's "Download Submissions", and what its interface for programs says of times."""
        files, listed = {}, []
        for one in handed_in:
            number = self.canvas(one.student)
            late = "LATE_" if f"{one.when:%F %T}" > f"{ASSIGNMENTS[one.assignment][2]} 23:59:00" else ""
            files[f"{one.student}_{late}{number}_{self.number(one)}_lists.ipynb"] = self.notebook(one)
            listed.append({
                "user_id": number, "submitted_at": one.utc.isoformat().replace("+00:00", "Z"),
                "attachments": [{"id": self.number(one)}],
            })  # fmt: skip
        times = self.root / f"{name}.json"
        times.write_text(json.dumps(listed))
        return str(make_zip(self.root / f"{name}.zip", files)), "--times", str(times)

    def from_gradescope(self, name: str, handed_in: Iterable[HandedIn]) -> tuple[str, ...]:
        """Gradescope's "Export Submissions"."""
        metadata, files = [], {}
        for one in handed_in:
            people = [
                {"name": f'"{who}"', "sid": who, "email": f"{who}@example.org"}
                for who in (one.student, *one.mates)
            ]
            metadata.append(submission(self.number(one), *people, when=f"{one.utc:%Y-%m-%d %H:%M:%S.0} Z"))
            files[f"submission_{self.number(one)}/lists.ipynb"] = self.notebook(one)
        return (str(gradescope(self.root / f"{name}.zip", metadata, files)),)

    def from_folder(self, name: str, handed_in: Iterable[HandedIn]) -> tuple[str, ...]:
        """A plain folder, and a table of times by the clock on the wall."""
        handed_in = list(handed_in)
        times = self.root / f"{name}.csv"
        rows = [f"{one.student},{one.when.isoformat()}\n" for one in handed_in]
        times.write_text("student,timestamp\n" + "".join(rows))
        files = {f"{one.student}/lists.ipynb": self.notebook(one) for one in handed_in}
        return str(make_folder(self.root / name, files)), "--times", str(times)

    def attempt_name(self, one: HandedIn) -> str:
        """What the class folder calls an attempt."""
        by_time = one.assignment in ("a3", "x")
        return f"{one.utc:%Y-%m-%dT%H%M%SZ}" if by_time else str(self.number(one))

    def gradebook(self) -> Gradebook:
        """nbgrader's own view of the class."""
        return Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}")

    def mark(self, marks: Iterable[tuple[str, str, float]]) -> None:
        """What a person does in formgrader: points for what students wrote in assignments."""
        with self.gradebook() as book:
            for student, assignment, points in marks:
                grade = book.find_grade("why", "lists", assignment, student)
                assert grade.needs_manual_grade, (student, assignment)
                grade.manual_score, grade.needs_manual_grade = points, False
            book.db.commit()

    def report(self) -> dict[str, dict[str, str]]:
        """The final grades that `course report` writes, by student."""
        self.run("report", "--class", str(self.folder))
        with (self.folder / "term" / "term.csv").open(encoding="utf-8", newline="") as stream:
            return {row["id"]: row for row in csv.DictReader(stream)}

    def written(self) -> dict[str, bytes]:
        """Everything that lies in the class folder, but for the database and what tells of the time."""
        left_out = ("gradebook.db", "log.jsonl", "index.html")
        files = [p for p in self.folder.rglob("*") if p.is_file() and p.name not in left_out]
        seconds = re.compile(rb'"seconds": [\d.e-]+')
        return {p.relative_to(self.folder).as_posix(): seconds.sub(b"", p.read_bytes()) for p in files}
