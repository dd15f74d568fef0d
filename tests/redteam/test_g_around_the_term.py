"""Group G: around the term. Forged times and names, free days spent twice, many tries, copies."""

from __future__ import annotations

import itertools
import json
import os
import pwd
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collect import Summary, Times, collect
from autograder.feedback import feedback_html, feedback_text
from autograder.report import Report
from autograder.term.attempts import read_attempts
from autograder.term.grades import final_grades
from autograder.term.late import Graded, settle_all
from autograder.term.policy import Dates, LatePolicy, Rules, Term
from autograder.term.roster import Roster, Student
from autograder.term.run import grade_term
from tests.autograder.classes import DAY, DUE, PART, RIGHT, Class, copy_of, new_class
from tests.autograder.collect.exports import gradescope, make_folder, make_zip, submission
from tests.autograder.sample_reports import Page
from tests.autograder.test_similar import ONE, OTHER, renamed
from tests.redteam.conftest import HONEST, in_call

pytestmark = pytest.mark.bubblewrap

OTHER_USER = pwd.getpwnam("nobody")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """A class of ada, bob and cem, with both assignments released."""
    return new_class(tmp_path_factory.mktemp("class"))


@pytest.fixture
def klass(prepared: Class, tmp_path: Path) -> Class:
    """A class of one's own, of Grace and Eve."""
    klass = copy_of(prepared, tmp_path)
    klass.folder.roster.write_text("student,name\ngrace,Grace Hopper\nnobody,Eve\n")
    return klass


def grade(klass: Class) -> dict[str, Report]:
    """`course grade a1 --class`, in the sandbox."""
    chosen = klass.course.assignment("a1")
    return {
        r.student: r
        for r in grade_term(klass.course, chosen, klass.folder, 2, "bubblewrap", False, Console(quiet=True))
    }


def take(klass: Class, export: Path, times: Times | None = None) -> Summary:
    """`course collect a1 EXPORT`."""
    return collect("a1", export, klass.folder, klass.records().roster, times=times)


def in_exchange(klass: Class, name: str, owner: pwd.struct_passwd, said: str) -> Path:
    """A folder of nbgrader's exchange in which everything that a student can write says another time."""
    inbound = klass.folder.root.parent / "inbound"
    folder = inbound / f"{name}+a1+{said}.000000 UTC+AbCdEf"
    files = {"double.ipynb": notebook(RIGHT), "timestamp.txt": f"{said}.000000 UTC"}
    make_folder(folder, files)
    long_ago = datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp()
    for path in (*folder.iterdir(), folder):
        os.chown(path, owner.pw_uid, owner.pw_gid)
        os.utime(path, (long_ago, long_ago))
    return inbound


def notebook(code: str, **metadata: object) -> str:
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.root
def test_r53_an_edited_timestamp_and_clock_do_not_make_work_on_time(klass):
    """Name of the folder, timestamp.txt and times of modification are the student's; ctime is not."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    inbound = in_exchange(klass, "nobody", OTHER_USER, "2026-10-01 12:00:00")
    summary = take(klass, inbound)
    (attempt,) = read_attempts(klass.folder.attempts)
    assert attempt.student == "nobody"
    assert before <= attempt.timestamp <= datetime.now(UTC) + timedelta(seconds=2)
    assert "later than its name says: that counts" in " ".join(summary.notes)


@pytest.mark.root
def test_r53_what_is_handed_in_under_anothers_name_is_not_that_persons(klass):
    summary = take(
        klass,
        in_exchange(klass, "grace", OTHER_USER, "2026-10-01 12:00:00"),
        Times(each={("nobody", ""): DUE}),
    )
    assert read_attempts(klass.folder.attempts) == []
    assert "belongs to nobody" in " ".join(summary.problems)


IDENTITIES = {
    "metadata": notebook(
        PART, student="grace", authors=[{"name": "Grace Hopper"}], nbgrader={"student": "grace"}
    ),
    "code": notebook(f"student = user = __author__ = 'grace'\n{PART}"),
}


@pytest.mark.parametrize("way", IDENTITIES)
def test_r53_names_inside_a_notebook_are_nobodys(klass, way):
    take(
        klass,
        make_zip(Path(klass.folder.root / "x.zip"), {"nobody/double.ipynb": IDENTITIES[way]}),
        Times(all=DUE),
    )
    assert set(grade(klass)) == {"nobody"}


PATHS = (
    "nobody/../grace/double.ipynb",
    "../attempts/a1/grace/1/double.ipynb",
    "/grace/double.ipynb",
    "nobody\\..\\grace\\double.ipynb",
)


@pytest.mark.parametrize("path", PATHS)
def test_r53_a_path_that_leads_into_anothers_folder_leads_nowhere(klass, path):
    export = make_zip(
        klass.folder.root / "x.zip", {"nobody/double.ipynb": notebook(PART), path: notebook("")}
    )
    take(klass, export, Times(all=DUE))
    assert {attempt.student for attempt in read_attempts(klass.folder.attempts)} <= {"nobody"}
    assert not (klass.folder.root / "attempts" / "a1" / "grace").exists()


def test_r53_a_files_name_that_imitates_canvas_takes_nobodys_place(klass):
    klass.folder.roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"Hopper, Grace",1001,grace,grace@example.org,1\n"Eve",1002,nobody,eve@example.org,1\n'
    )
    names = ("eve_1002_52_hoppergrace_1001_99_double.ipynb", "hoppergrace_1001_51_double.ipynb")
    export = make_zip(klass.folder.root / "x.zip", {names[0]: notebook(""), names[1]: notebook(RIGHT)})
    take(klass, export, Times(all=DUE))
    (attempt,) = [attempt for attempt in read_attempts(klass.folder.attempts) if attempt.student == "grace"]
    assert [path.name for path in klass.folder.files(attempt).iterdir()] == ["double.ipynb"]
    assert grade(klass)["grace"].score == 7


def test_r53_a_worse_resubmission_after_the_deadline_leaves_the_work_on_time(klass):
    klass.hand_in("grace", "1", RIGHT)
    klass.hand_in("grace", "2", "", days=2)
    klass.hand_in("grace", "3", PART, days=30)
    assert grade(klass)["grace"].score == 7
    line = klass.records().final_grades()[0].lines[0]
    assert (line.decision.counted.graded.attempt, line.decision.penalty, line.decision.free_days) == (
        "1",
        0,
        0,
    )


def test_r53_an_attempt_is_never_replaced_under_its_own_number(klass):
    people = {"name": "Grace", "sid": "grace", "email": "grace@example.org"}
    for code, when in (
        (PART, "2026-10-05 20:00:00.0 Z"),
        (RIGHT, "2026-10-20 20:00:00.0 Z"),
        (RIGHT, "2026-10-05 20:00:00.0 Z"),
    ):
        export = gradescope(
            klass.folder.root / "x.zip",
            [submission(7, people, when=when)],
            {"submission_7/double.ipynb": notebook(code)},
        )
        summary = take(klass, export)
    assert "and differs from" in " ".join(summary.problems)
    assert grade(klass)["grace"].score == 3


# Five students, three of them a group; two assignments are due at the same moment.
TERM = Term(
    LatePolicy(free_days=3, free_days_per_assignment=2),
    {
        name: Rules(
            name,
            weight=weight,
            dates=Dates(DUE + days * DAY, cutoff=DUE + (days + 5) * DAY),
            group_work=together,
        )
        for name, weight, days, together in (
            ("a1", 0.2, 0, False),
            ("a2", 0.2, 0, True),
            ("a3", 0.1, 9, True),
        )
    },
)
STUDENTS = Roster(tuple(Student(name, group="g" if name in "abc" else "") for name in "abcde"))


def history(seed: int) -> list[Graded]:
    """Attempts at all assignments, many of them late."""
    draw = random.Random(seed)
    return [
        Graded(
            student,
            name,
            str(number),
            TERM.assignments[name].dates.due + draw.uniform(-1, 6) * DAY,
            draw.randint(0, 10),
            10,
        )
        for student, name in itertools.product("abcde", TERM.assignments)
        for number in range(draw.randint(0, 3))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_r54_no_free_day_is_spent_twice_by_groups_or_on_the_same_day(seed):
    attempts = history(seed)
    for settlement in settle_all(TERM, attempts, STUDENTS.groups()).values():
        spent = {name: decision.free_days for name, decision in settlement.decisions.items()}
        assert 0 <= settlement.days_left == 3 - sum(spent.values())
        assert max(spent.values()) <= 2
        for decision in settlement.decisions.values():
            for one in decision.considered:
                paid = max(0, one.days_late - decision.free_days)
                assert one.score == (0 if one.too_late else max(0, one.graded.score - 2.5 * paid))


@pytest.mark.parametrize("seed", range(10))
def test_r54_the_order_of_grading_and_grading_again_give_no_day_back(seed):
    attempts = history(seed)
    expected = final_grades(TERM, STUDENTS, attempts)
    for turn in range(5):
        random.Random(turn).shuffle(attempts)
        assert final_grades(TERM, STUDENTS, [*attempts, *attempts[:turn]]) == expected


def test_r54_a_partner_cannot_spend_anothers_free_days(klass):
    toml = klass.course.file
    text = toml.read_text().replace("weight = 0.5", "weight = 0.5\ngroup_work = true", 1)
    toml.write_text(f"{text}\n[course.late]\nfree_days = 2\n")
    klass.reload()
    klass.folder.roster.write_text("student,name,group\ngrace,Grace,one\nnobody,Eve,one\n")
    klass.hand_in("nobody", "1", RIGHT, days=1.5)
    klass.hand_in("nobody", "1", RIGHT, days=1.5, assignment="a2")
    for _ in range(2):
        grade(klass)
        settled = klass.records().settled()
        assert [settled[who].decisions["a1"].free_days for who in ("grace", "nobody")] == [2, 2]
        assert [settled[who].days_left for who in ("grace", "nobody")] == [0, 0]


def test_r21_twenty_attempts_are_all_recorded_and_tell_nothing_of_private_inputs(klass):
    """Each asks something else of the private input, and tells it in every way there is."""
    for number in range(20):
        leak = "raise ValueError(f'LEAK {x.tolist()}')" if number % 2 else f"return {number / 10} * x"
        body = f"""
            if np.shape(x) == ():
                return 2 * x
            if np.ravel(x)[{number % 4}] > {number / 10 - 1}:
                return 0 * x
            print('LEAK', x)
            {leak}
        """
        klass.hand_in("nobody", str(number), in_call(body), days=-1 + number / 100)
    grade(klass)
    attempts = read_attempts(klass.folder.attempts)
    assert [attempt.attempt for attempt in sorted(attempts, key=lambda a: a.timestamp)] == [
        str(n) for n in range(20)
    ]
    secrets, pages = set(), []
    for attempt in attempts:
        report = Report.from_json((klass.folder.root / attempt.report).read_text())
        secrets |= set(re.findall(r"\d\.\d{4,}", " ".join(test.detail or "" for test in report.tests)))
        pages += [
            feedback_html(report, klass.course.assignment("a1")),
            feedback_text(report, klass.course.assignment("a1")),
        ]
    pages += [path.read_text() for path in klass.folder.graded("a1").glob("feedback/*")]
    assert len(secrets) >= 6  # the instructor sees them
    assert len(pages) == 41
    for page in pages:
        assert "LEAK" not in page
        assert "CANARY" not in page
        assert not [secret for secret in secrets if secret[:6] in page]


def test_r58_a_renamed_and_reordered_copy_is_shown_side_by_side_and_nobody_is_accused(klass, monkeypatch):
    """Grace and Eve have code in common; Ada solved the same in another way."""
    klass.folder.roster.write_text("student\nada\nbob\ngrace\nnobody\n")
    work = {"grace": ONE, "nobody": renamed(ONE), "ada": OTHER, "bob": []}
    for student, cells in work.items():
        path = klass.hand_in(student, "1", HONEST)
        data = json.loads(path.read_text())
        data["cells"] += json.loads(notebook(""))["cells"] + [
            c for code in cells for c in json.loads(notebook(code))["cells"]
        ]
        path.write_text(json.dumps(data))
    page = klass.folder.root.parent / "similar.html"
    arguments = ["similar", "a1", "--class", klass.folder.root, "-o", page, "--course", klass.course.root]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "1 pair is alike among 4 submissions" in result.output
    shown = " ".join(Page(page.read_text()).text.split())
    assert "Pair 1: grace and nobody" in shown
    assert "winners.append" in shown
    assert "sieger.append" in shown
    assert not re.search("plagiar|cheat|copied|misconduct|suspect|guilt", shown, re.IGNORECASE)
