"""A term of thirty students from the release to the final grades: every number is one that was worked out by hand.

Each assignment gives 10 points: 4 for `double`, 2 for `total`, 2 for the answer, and 2 by a person. A day late
costs 2.5 of them. Three days are free, two of them at most on one assignment. The fifteen minutes of grace are
added to the end of each day. What the course gives is a1 + 2 * a2 + 1.5 * a3 percent of 45, and x / 2 as extra
credit. So a free day is worth most on a2 (5 percent), then on a3 (3.75), a1 (2.5) and x (1.25).
"""
# ruff: noqa: E501 - the table is read in lines

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from autograder.term.attempts import read_attempts
from autograder.term.folder import ClassFolder
from tests.autograder.whole_term import (
    ASSIGNMENTS,
    BROKEN,
    MARKUP,
    RIGHT_TEST,
    WRONG_TEST,
    HandedIn,
    WholeTerm,
)

pytestmark = pytest.mark.bubblewrap

# What was handed in, when by the clock on the wall in 2024, and the person's mark (- where nothing was written).
# Then, worked out by hand: which attempt counts, its points before lateness, days late, free days, and what is
# left; for a2 also what it gave before lateness while a test was wrong: the test wanted a sum of magnitudes.
# Due: a1 Fri 18 Oct, a2 Fri 1 Nov, a3 Fri 15 Nov, x Fri 22 Nov, 23:59; cut off four days later (x never).
TABLE = """
ada  a1 | 10-18T20:00 all                                     | 2   | 1 10  0 0 10   |
ada  a2 | 11-01T20:00 all                                     | 2   | 1 10  0 0 10   | 9
ada  a3 | 11-15T20:00 all                                     | 2   | 1 10  0 0 10   |
ben  a1 | 10-18T21:00 all                                     | 1   | 1 9   0 0 9    |
ben  a2 | 10-30T12:00 half, 11-01T20:00 all                   | 1.5 | 2 9.5 0 0 9.5  | 8.5
ben  a3 | 11-15T21:00 most                                    | 1   | 1 7   0 0 7    |
cem  a1 | 10-17T12:00 most                                    | 0.5 | 1 6.5 0 0 6.5  |
cem  a2 | 11-01T12:00 half                                    | 1   | 1 5   0 0 5    | 5
cem  a3 | 11-15T12:00 half                                    | 0   | 1 4   0 0 4    |
dan  a1 | 10-18T09:00 all                                     | -   | 1 8   0 0 8    | he never writes an answer
dan  a2 | 11-01T09:00 all                                     | -   | 1 8   0 0 8    | 7
dan  a3 | 11-15T09:00 all                                     | -   | 1 8   0 0 8    |
ena  a1 | 10-18T10:00 none                                    | 2   | 1 2   0 0 2    | only words
ena  a2 | 11-01T10:00 none                                    | -   | 1 0   0 0 0    | 0: the empty notebook
ena  a3 | 11-15T10:00 half                                    | 2   | 1 6   0 0 6    |
fay  a1 | 10-19T00:14:00 all                                  | 2   | 1 10  0 0 10   | the last second of grace
fay  a2 | 11-01T20:10 all                                     | 2   | 1 10  0 0 10   | 9
fay  a3 | 11-16T00:13:59 all                                  | 2   | 1 10  0 0 10   |
gus  a1 | 10-19T00:14:01 all                                  | 2   | 1 10  1 1 10   | a second after it
gus  a2 | 11-01T20:20 most                                    | 2   | 1 8   0 0 8    | 8
gus  a3 | 11-15T20:20 most                                    | 2   | 1 8   0 0 8    |
hal  a1 | 10-18T20:30 all                                     | 2   | 1 10  0 0 10   |
hal  a2 | 11-03T23:50 all                                     | 2   | 1 10  2 2 10   | 9: after 49 hours, of which the clocks show 48
hal  a3 | 11-15T20:30 all                                     | 0   | 1 8   0 0 8    |
ida  a1 | 10-18T20:40 half                                    | 1.5 | 1 5.5 0 0 5.5  |
ida  a2 | 11-04T00:14:00 most                                 | 1   | 1 7   2 2 7    | 7: the grace of the second day
ida  a3 | 11-15T20:40 all                                     | 1   | 1 9   0 0 9    |
jan  a1 | 10-18T20:50 all                                     | 2   | 1 10  0 0 10   |
jan  a2 | 11-04T00:14:01 all                                  | 2   | 1 10  3 2 7.5  | 9: the third day, for which no free one may be taken
jan  a3 | 11-15T20:50 all                                     | 2   | 1 10  0 0 10   |
kim  a1 | 10-18T21:10 all                                     | 0.5 | 1 8.5 0 0 8.5  |
kim  a2 | 11-06T00:14:00 all                                  | 2   | 1 10  4 2 5    | 9: the last second before the cut-off
kim  a3 | 11-15T21:10 all                                     | 0.5 | 1 8.5 0 0 8.5  |
leo  a1 | 10-18T21:20 all                                     | 2   | 1 10  0 0 10   |
leo  a2 | 11-06T00:14:01 all                                  | -   | - 0   0 0 0    | 0: too late
leo  a3 | 11-15T21:20 all                                     | 2   | 1 10  0 0 10   |
mia  a1 | 10-20T20:00 all                                     | 2   | 1 10  2 0 5    | two days late three times:
mia  a2 | 11-03T20:00 all                                     | 2   | 1 10  2 2 10   | 9: the free days go here first
mia  a3 | 11-17T20:00 all                                     | 2   | 1 10  2 1 7.5  | and the last one here
nia  a1 | 10-21T20:00 all                                     | 2   | 1 10  0 0 10   | three days more from the beginning
nia  a2 | 11-01T21:30 all                                     | 1   | 1 9   0 0 9    | 8
nia  a3 | 11-15T21:30 most                                    | 2   | 1 8   0 0 8    |
oto  a1 | 10-19T20:00 all                                     | 2   | 1 10  0 0 10   | an extension of a day, granted afterwards
oto  a2 | 11-03T12:00 all                                     | 2   | 1 10  2 2 10   | 9
oto  a3 | 11-16T12:00 all                                     | 2   | 1 10  1 1 10   |
pia  a1 | 10-18T21:40 all                                     | 2   | 1 10  0 0 10   |
pia  a2 | 11-03T20:10 all with quin                           | 2   | 1 10  2 2 10   | 9: with her own free days
pia  a3 | 11-15T21:40 half                                    | 2   | 1 6   0 0 6    |
quin a1 | 10-20T20:10 all                                     | 2   | 1 10  2 0 5    | as mia, with free days of his own
quin a2 | 11-01T12:10 half                                    | -   | pia 10 2 2 10  | 9: what pia handed in for both gives more than his own
quin a3 | 11-17T20:10 all                                     | 2   | 1 10  2 1 7.5  |
sam  a1 | 10-18T12:00 broken, 10-18T22:00 all                 | 2   | 2 10  0 0 10   | a cut-off file, and then a whole one
sam  a2 | 11-01T22:00 all                                     | 2   | 1 10  0 0 10   | 9
sam  a3 | 11-15T22:00 all                                     | 2   | 1 10  0 0 10   |
tess a1 | 10-18T22:10 broken                                  | -   | 1 0   0 0 0    |
tess a2 | 11-01T22:10 most                                    | 2   | 1 8   0 0 8    | 8
tess a3 | 11-15T22:10 all                                     | 2   | 1 10  0 0 10   |
uma  a1 | 10-18T22:20 evil                                    | 0   | 1 4   0 0 4    | the honest part of an attack
uma  a2 | 11-01T22:20 evil                                    | 2   | 1 6   0 0 6    | 5
uma  a3 | 11-15T22:20 evil                                    | 1   | 1 5   0 0 5    |
vic  a1 | 10-18T22:30 all                                     | 2   | 1 10  0 0 10   |
vic  a2 | 11-01T22:30 most                                    | 2   | 1 8   0 0 8    | 8
vic  a3 | 11-15T12:10 all, 11-15T22:30 half, 11-17T12:00 none | 2   | 1 10  0 0 10   | worse ones afterwards, on time and late
wes  a1 | 10-18T22:40 all                                     | 2   | 1 10  0 0 10   | and nothing else
xia  a1 | 10-18T22:50 most                                    | 2   | 1 8   0 0 8    |
xia  a2 | 11-01T22:50 most                                    | 2   | 1 8   0 0 8    | 8
xia  a3 | 11-15T22:50 most                                    | 2   | 1 8   0 0 8    |
xia  x  | 11-22T20:00 all                                     | 2   | 1 10  0 0 10   |
yan  a1 | 10-18T23:00 all                                     | 2   | 1 10  0 0 10   |
yan  a2 | 11-01T23:00 all                                     | 2   | 1 10  0 0 10   | 9
yan  a3 | 11-15T23:00 all                                     | 2   | 1 10  0 0 10   |
yan  x  | 11-23T20:00 all                                     | 2   | 1 10  1 1 10   | a free day for extra credit: nothing else needs it
zoe  a1 | 10-18T12:10 half, 10-19T12:00 all                   | 2   | 2 10  1 1 10   | better a day late
zoe  a2 | 11-01T23:10 all                                     | 2   | 1 10  0 0 10   | 9
zoe  a3 | 11-15T23:10 all                                     | 2   | 1 10  0 0 10   |
abe  a1 | 10-18T12:20 half, 10-20T12:00 all                   | 2   | 1 6   0 0 6    | 10 - 5 is less than 6, as no free day is left
abe  a2 | 11-03T12:10 all                                     | 2   | 1 10  2 2 10   | 9
abe  a3 | 11-16T12:10 all                                     | 2   | 1 10  1 1 10   |
bea  a1 | 10-18T23:20 all                                     | 2   | 1 10  0 0 10   |
bea  a2 | 11-01T23:20 abs                                     | 2   | 1 9   0 0 9    | 10: she did as the wrong test did
bea  a3 | 11-15T23:20 all                                     | 2   | 1 10  0 0 10   |
cal  a1 | 10-22T20:00 half                                    | -   | 1 4   4 0 0    | 4 - 4 * 2.5 is below 0, also with two free days: none is spent
cal  a2 | 11-01T23:30 all                                     | 2   | 1 10  0 0 10   | 9
cal  a3 | 11-15T23:30 most                                    | -   | 1 6   0 0 6    |
dov  a1 | 10-18T10:10 most, 10-18T20:10 most, 10-19T20:10 most | 2  | 2 8   0 0 8    | of equal ones on time the last
dov  a2 | 11-01T23:40 all                                     | 2   | 1 10  0 0 10   | 9
dov  a3 | 11-15T23:40 all                                     | 2   | 1 10  0 0 10   |
"""
# student: a1 + 2 * a2 + 1.5 * a3 + x / 2, that as percent of 45, free days left
COURSE = {
    "ada": (45.0, 100.0, 3),  # 10 + 20 + 15
    "ben": (38.5, 85.56, 3),  # 9 + 19 + 10.5
    "cem": (22.5, 50.0, 3),  # 6.5 + 10 + 6
    "dan": (36.0, 80.0, 3),  # 8 + 16 + 12
    "ena": (11.0, 24.44, 3),  # 2 + 0 + 9
    "fay": (45.0, 100.0, 3),  # 10 + 20 + 15
    "gus": (38.0, 84.44, 2),  # 10 + 16 + 12
    "hal": (42.0, 93.33, 1),  # 10 + 20 + 12
    "ida": (33.0, 73.33, 1),  # 5.5 + 14 + 13.5
    "jan": (40.0, 88.89, 1),  # 10 + 15 + 15
    "kim": (31.25, 69.44, 1),  # 8.5 + 10 + 12.75
    "leo": (25.0, 55.56, 3),  # 10 + 0 + 15
    "mia": (36.25, 80.56, 0),  # 5 + 20 + 11.25
    "nia": (40.0, 88.89, 3),  # 10 + 18 + 12
    "oto": (45.0, 100.0, 0),  # 10 + 20 + 15
    "pia": (39.0, 86.67, 1),  # 10 + 20 + 9
    "quin": (36.25, 80.56, 0),  # 5 + 20 + 11.25
    "rex": (0.0, 0.0, 3),  # hands in nothing
    "sam": (45.0, 100.0, 3),  # 10 + 20 + 15
    "tess": (31.0, 68.89, 3),  # 0 + 16 + 15
    "uma": (23.5, 52.22, 3),  # 4 + 12 + 7.5
    "vic": (41.0, 91.11, 3),  # 10 + 16 + 15
    "wes": (10.0, 22.22, 3),  # 10 + 0 + 0
    "xia": (41.0, 91.11, 3),  # 8 + 16 + 12 + 5
    "yan": (50.0, 111.11, 2),  # 10 + 20 + 15 + 5
    "zoe": (45.0, 100.0, 2),  # 10 + 20 + 15
    "abe": (41.0, 91.11, 0),  # 6 + 20 + 15
    "bea": (43.0, 95.56, 3),  # 10 + 18 + 15
    "cal": (29.0, 64.44, 3),  # 0 + 20 + 9
    "dov": (43.0, 95.56, 3),  # 8 + 20 + 15
}
NAMES = {student: f"{student.title()}, The" for student in COURSE} | {"uma": f"Uma {MARKUP}"}
GROUPS = {"Group 1": ("pia", "quin")}


class Row(NamedTuple):
    """One assignment of one student, as the table has it."""

    student: str
    assignment: str
    attempts: tuple[HandedIn, ...]
    mark: float | None
    counts: str
    before: float
    late: int
    free: int
    score: float
    note: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.student, self.assignment)


def parsed(line: str) -> Row:
    """A line of the table."""
    head, handed_in, mark, result, note = (part.strip() for part in line.split("|"))
    student, assignment = head.split()
    answered = mark != "-"
    attempts = []
    for number, one in enumerate(handed_in.split(", "), 1):
        when, work, *mates = one.split()
        moment = datetime.fromisoformat(f"2024-{when}")
        attempts.append(HandedIn(student, assignment, number, moment, work, answered, tuple(mates[1:])))
    counts, before, late, free, score = result.split()
    points = float(mark) if answered else None
    numbers = (float(before), int(late), int(free), float(score))
    return Row(student, assignment, tuple(attempts), points, counts, *numbers, note)


ROWS = [parsed(line) for line in TABLE.strip().splitlines()]
BY_KEY = {row.key: row for row in ROWS}


class Story(NamedTuple):
    """The term, and what `course report` wrote at its stations."""

    term: WholeTerm
    said: dict[str, str]  # by command
    ungraded: dict[str, dict[str, str]]
    marked: dict[str, dict[str, str]]
    corrected: dict[str, dict[str, str]]
    final: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole term."""
    term = WholeTerm(tmp_path_factory.mktemp("term"), NAMES, GROUPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(term.root)
        term.set_up()
        said = {}
        for name, arguments, status in exports(term):
            said[f"collect {name}"] = term.run(
                "collect", name[:-2], *arguments, "--class", str(term.folder), status=status
            )
        for name in ASSIGNMENTS:
            said[f"grade {name}"] = grade(term, name)
        ungraded = term.report()
        term.mark((row.student, row.assignment, row.mark) for row in ROWS if row.mark is not None)
        marked = term.report()
        term.edit("a2/lists/private_tests.py", WRONG_TEST, RIGHT_TEST)
        grade(term, "a2")
        corrected = term.report()
        granted = '[extensions.oto.a1]\ndays = 1\nreason = "a train that stood still"\n\n[extensions.nia.a1]'
        term.edit("course.toml", "[extensions.nia.a1]", granted)
        yield Story(term, said, ungraded, marked, corrected, term.report())


def exports(term: WholeTerm) -> list[tuple[str, tuple[str, ...], int]]:
    """What is downloaded, in three rounds, each with the latest attempt of everybody; and how collecting it ends.

    In each platform's first round somebody hands in who is not on the roster, which needs the instructor.
    """
    makers = {
        "a1": term.from_canvas,
        "a2": term.from_gradescope,
        "a3": term.from_folder,
        "x": term.from_folder,
    }
    found = []
    for name, make in makers.items():
        rows = [row for row in ROWS if row.assignment == name]
        for number in range(1, max(len(row.attempts) for row in rows) + 1):
            latest = [row.attempts[min(number, len(row.attempts)) - 1] for row in rows]
            stranger = name != "x" and number == 1
            if stranger:
                latest.append(HandedIn("zed", name, 1, datetime(2024, 10, 1), "all", True))
            label = f"{name}-{number}"
            found.append((label, make(label, latest), 1 if stranger else 0))
    return found


def grade(term: WholeTerm, name: str) -> str:
    return term.run("grade", name, "--class", str(term.folder), "--jobs", "2")


FIGURES = ("attempts", "before_lateness", "max_score", "days_late", "free_days", "penalty", "score")


def numbers(term: WholeTerm, row: Row) -> dict[str, object]:
    """What the final grades are to say of a line of the table."""
    attempt = ""
    if row.counts.isdigit():
        attempt = term.attempt_name(row.attempts[int(row.counts) - 1])
    elif row.counts != "-":
        attempt = term.attempt_name(BY_KEY[row.counts, row.assignment].attempts[-1])
    mates = (
        GROUPS["Group 1"] if row.student in GROUPS["Group 1"] and row.assignment == "a2" else (row.student,)
    )
    return {
        "attempt": attempt,
        "attempts": sum(len(BY_KEY[mate, row.assignment].attempts) for mate in mates),
        "before_lateness": row.before if attempt else None,
        "max_score": 10.0 if attempt else None,
        "days_late": row.late,
        "free_days": row.free,
        "penalty": row.before - row.score,
        "score": row.score,
        "status": "graded" if attempt else "too late",
    }


def said_of(table: dict[str, dict[str, str]], row: Row) -> dict[str, object]:
    """What the final grades say of it."""
    cells = {key: table[row.student][f"{row.assignment}.{key}"] for key in (*FIGURES, "attempt", "status")}
    return cells | {key: float(cells[key]) if cells[key] else None for key in FIGURES}


@pytest.mark.parametrize("student", COURSE)
def test_every_number_of_the_final_grades_is_as_worked_out_by_hand(story: Story, student: str):
    for row in ROWS:
        if row.student == student:
            assert said_of(story.final, row) == numbers(story.term, row), row.key
    own = story.final[student]
    assert (float(own["reached"]), round(float(own["percent"]), 2), int(own["free_days_left"])) == COURSE[
        student
    ]
    assert (float(own["possible"]), float(own["waiting_points"]), own["not_graded"]) == (45, 0, "")


def test_what_nobody_handed_in_is_missing_and_worth_nothing(story: Story):
    assert len(story.final) == len(COURSE) == 30
    missing = {s: own["missing"] for s, own in story.final.items() if own["missing"]}
    assert missing == {"rex": "a1, a2, a3", "wes": "a2, a3", "leo": "a2"}  # extra credit is missed by nobody
    for student in COURSE:
        for name in ASSIGNMENTS:
            if (student, name) not in BY_KEY:
                own = story.final[student]
                assert (own[f"{name}.score"], own[f"{name}.attempts"], own[f"{name}.status"]) == (
                    "0.0",
                    "0",
                    "missing",
                )


def test_until_a_person_has_graded_exactly_the_written_answers_wait(story: Story):
    waiting = {s: float(own["waiting_points"]) for s, own in story.ungraded.items()}
    written = {s: 2.0 * sum(row.mark is not None for row in ROWS if row.student == s) for s in COURSE}
    assert waiting == written | {"quin": 6.0}  # what pia wrote for both waits for both
    assert {float(own["waiting_points"]) for own in story.marked.values()} == {0}


def test_a_corrected_test_changes_the_scores_that_it_must_and_no_mark_of_a_person(story: Story):
    for row in ROWS:
        then, now = said_of(story.marked, row), said_of(story.corrected, row)
        if row.assignment != "a2":
            assert then == now, row.key
            continue
        was = float(row.note.split(":")[0])
        before = (
            {"before_lateness": was, "score": was - (row.before - row.score)} if row.counts != "-" else {}
        )
        assert then == now | before, row.key
        assert now == numbers(story.term, row), row.key
    with story.term.gradebook() as book:
        for row in ROWS:
            if row.mark is not None:
                kept = book.find_grade("why", "lists", row.assignment, row.student)
                assert (kept.manual_score, kept.needs_manual_grade) == (row.mark, False), row.key


def test_an_extension_granted_afterwards_changes_one_students_grade(story: Story):
    changed = {s for s in COURSE if story.corrected[s] != story.final[s]}
    assert changed == {"oto"}
    before = story.corrected["oto"]
    # Four days late, three of them free, and those where they save more.
    assert [float(before[f"{name}.score"]) for name in ("a1", "a2", "a3")] == [7.5, 10, 10]
    said = story.term.run("late", "oto", "--class", str(story.term.folder))
    assert "with an extension (a train that stood still); for the others Fri 18 Oct 2024, 23:59 PDT" in said
    assert "Free days used: 3, left: 0." in said


def test_late_days_are_explained_in_words(story: Story):
    said = story.term.run("late", "mia", "--class", str(story.term.folder))
    assert "Free days used: 3, left: 0." in said
    assert "It was 2 days late: no free days, and 2 days at 25 % of 10, which took 5 points off." in said
    assert "It was 2 days late: 2 free days, so it costs nothing." in said
    assert "due Fri 1 Nov 2024, 23:59 PDT, cut off Tue 5 Nov 2024, 23:59 PST" in said


def test_who_is_not_on_the_roster_is_told_and_kept_aside(story: Story):
    for name in ("a1", "a2", "a3"):
        said = story.said[f"collect {name}-1"]
        assert f"{1 + (name == 'a3')} problem" in said
        assert "zed" in said
        assert "is not on the roster; kept as" in said
        assert ("there is no student 'zed' on the roster" in said) == (name == "a3")  # in a table by hand
        aside = list(
            (story.term.folder / "attempts" / "_aside" / name / "not-on-roster").rglob("lists.ipynb")
        )
        assert len(aside) == 1
    assert "zed" not in story.final


def test_a_broken_file_is_graded_as_nothing_and_kept_as_it_was(story: Story):
    (path,) = (story.term.folder / "attempts" / "a1" / "tess").rglob("lists.ipynb")
    assert path.read_text() == BROKEN
    page = (story.term.folder / "graded" / "a1" / "feedback" / "tess.html").read_text()
    assert "lists.ipynb: not a notebook file" in page


def test_an_attack_wrote_nothing_and_its_text_stays_text(story: Story):
    assert not list(story.term.root.rglob("PWNED"))
    pages = [*story.term.folder.rglob("graded/**/*.html"), *story.term.folder.rglob("term/**/*.html")]
    assert len(pages) > 100
    for page in pages:
        text = page.read_text()
        assert "<script>document" not in text, page
        assert "<img src=x" not in text, page
    assert "&lt;script&gt;document" in (story.term.folder / "term" / "students" / "uma.html").read_text()


def test_nbgrader_shows_the_attempt_that_counts_with_what_lateness_costs(story: Story):
    grade(story.term, "a1")
    with story.term.gradebook() as book:
        for row in ROWS:
            if row.assignment in ("a1", "a2") and row.student != "quin" and row.counts != "-":
                shown = book.find_submission(row.assignment, row.student)
                assert (shown.score, shown.late_submission_penalty) == (row.before, row.before - row.score), (
                    row.key
                )


def test_canvas_gets_the_scores_after_lateness(story: Story):
    roster, folder = str(story.term.folder / "roster.csv"), str(story.term.folder)
    story.term.run("export", "canvas", "a1", roster, "-o", "a1.csv", "--class", folder)
    story.term.run("export", "canvas", "term", roster, "-o", "all.csv", "--class", folder)
    first, whole = (
        {row["SIS User ID"]: row for row in csv.DictReader(Path(name).read_text().splitlines())}
        for name in ("a1.csv", "all.csv")
    )
    for student, (_, percent, _) in COURSE.items():
        score = BY_KEY[student, "a1"].score if (student, "a1") in BY_KEY else 0
        assert float(first[student]["First (7001)"]) == score
        assert float(whole[student]["Term"]) == percent


def test_the_commands_again_in_another_order_change_nothing(story: Story):
    term = story.term
    for name in ASSIGNMENTS:
        grade(term, name)
    grades, files = term.report(), term.written()
    for name, arguments, status in reversed(exports(term)):
        said = term.run("collect", name[:-2], *arguments, "--class", str(term.folder), status=status)
        assert "collected 0 attempts of 0 students" in said
    for name in reversed(ASSIGNMENTS):
        grade(term, name)
    for student in ("mia", "quin"):
        term.run("late", student, "--class", str(term.folder))
    assert term.report() == grades
    now = term.written()
    assert {name for name in files | now if files.get(name) != now.get(name)} == set()


def test_collected_in_another_order_the_record_is_the_same(story: Story, tmp_path: Path):
    other = ClassFolder(tmp_path)
    story.term.write_roster(other.root)
    for name, arguments, status in reversed(exports(story.term)):
        story.term.run("collect", name[:-2], *arguments, "--class", str(tmp_path), status=status)
    keys = [
        [(a.key, a.timestamp, a.source) for a in read_attempts(folder.attempts)]
        for folder in (other, ClassFolder(story.term.folder))
    ]
    assert keys[0] == keys[1]
    assert len(keys[0]) == sum(len(row.attempts) for row in ROWS)
