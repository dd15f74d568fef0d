"""The final grades of a small term, with every number worked out by hand."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.term.attempts import Attempt
from autograder.term.explain import explain
from autograder.term.grades import FinalGrade, final_grades, grades_csv, remarks, table, write_parquet
from autograder.term.late import Graded, settle_all
from autograder.term.policy import Dates, Extension, LatePolicy, Rules, Term
from autograder.term.roster import Roster, Student, parse_roster

DUE = {
    "a1": datetime(2026, 10, 5, tzinfo=UTC),
    "a2": datetime(2026, 11, 2, tzinfo=UTC),
    "a3": datetime(2026, 12, 1, tzinfo=UTC),
}
DAY = timedelta(days=1)
TERM = Term(
    LatePolicy(),
    {
        "a1": Rules("a1", "First", 0.10, Dates(DUE["a1"])),
        "a2": Rules("a2", "Second", 0.20, Dates(DUE["a2"], cutoff=DUE["a2"] + 5 * DAY)),
        "a3": Rules("a3", "Third", 0.15, Dates(DUE["a3"]), group_work=True),
        "bonus": Rules("bonus", "More", 0.05, extra_credit=True),
    },
    {("bob", "a1"): Extension(days=2, reason="illness")},
)  # fmt: skip
ROSTER = parse_roster("student,name,group\nada,Ada,rings\nbob,Bob,rings\ncem,Cem,\n", Path("roster.csv"))


def graded(student: str, assignment: str, days: float, score: float, attempt: str = "1", **more) -> Graded:
    """An attempt so many days after the due date, of 50 points."""
    when = DUE.get(assignment, DUE["a3"]) + timedelta(days=days)
    return Graded(student, assignment, attempt, when, score, 50, **more)


HISTORY = [
    graded("ada", "a1", -1, 40), graded("ada", "a1", 1, 45, "2"),     # a free day gains 5 points
    graded("ada", "a2", 2.5, 50),                                     # three days late
    graded("ada", "a3", 0.5, 30),                                     # one day late, for both of the group
    graded("ada", "bonus", 0, 25),
    graded("bob", "a1", 2, 50),                                       # on time by the extension
    graded("bob", "a2", 6, 50),                                       # after the cut-off
    graded("cem", "a1", 0, 20), graded("cem", "a2", 0, 25, waiting=(("why", 10.0),)),
]  # fmt: skip


def grades_of(history=HISTORY, **more) -> dict[str, FinalGrade]:
    return {grade.student.id: grade for grade in final_grades(TERM, ROSTER, history, **more)}


def test_ada_spends_her_days_where_they_help_most():
    ada = grades_of()["ada"]
    # a2: 2 of 3 days are free, one costs 25 % of 50; a1 and a3 have a free day each.
    assert {line.rules.name: line.decision.score for line in ada.lines} == {
        "a1": 45,
        "a2": 37.5,
        "a3": 30,
        "bonus": 25,
    }
    assert {line.rules.name: line.decision.free_days for line in ada.lines} == {
        "a1": 1,
        "a2": 2,
        "a3": 1,
        "bonus": 0,
    }
    # 10 * 45/50 + 20 * 37.5/50 + 15 * 30/50 + 5 * 25/50 of 10 + 20 + 15
    assert (ada.reached, ada.possible) == (9 + 15 + 9 + 2.5, 45)
    assert ada.percent == pytest.approx(100 * 35.5 / 45)


def test_bob_has_an_extension_a_group_and_a_cut_off():
    bob = grades_of()["bob"]
    assert (bob.reached, bob.settlement.days_used) == (10 + 0 + 9, 1)
    assert [line.status for line in bob.lines] == ["graded", "too late", "graded", "missing"]
    assert bob.standing("missing", "too late") == ["a2"]  # extra credit is missed by nobody


def test_cem_waits_for_a_person_and_lacks_the_third():
    cem = grades_of()["cem"]
    assert (cem.reached, cem.possible) == (4 + 10, 45)
    assert cem.waiting == [("a2", "why", 10.0)]
    assert (cem.standing("waiting"), cem.standing("missing")) == (["a2"], ["a3"])


def test_before_the_due_date_nothing_is_missing():
    cem = grades_of(now=DUE["a3"] - DAY)["cem"]
    assert (cem.standing("missing"), cem.standing("open"), cem.possible) == ([], [], 30)
    assert [line.status for line in cem.lines] == ["graded", "waiting", "open", "open"]
    assert grades_of(now=DUE["a3"])["cem"].standing("missing") == []
    assert grades_of(now=DUE["a3"] + DAY)["cem"].standing("missing") == ["a3"]


def test_at_the_beginning_there_is_no_percentage():
    cem = grades_of([], now=DUE["a1"] - DAY)["cem"]
    assert (cem.percent, cem.possible) == (None, 0)


def test_an_attempt_without_a_report_is_told_for_the_whole_group():
    grades = grades_of(ungraded=[Attempt("ada", "a3", "2", DUE["a3"], "canvas")])
    assert [grades[name].standing("not graded") for name in ("ada", "bob", "cem")] == [["a3"], ["a3"], []]


def test_what_is_not_graded_yet_is_not_called_missing_in_words():
    new = Attempt("ada", "a3", "2", DUE["a3"], "canvas")
    grades = grades_of(ungraded=[new])
    ada, bob, cem = ({line.rules.name: line for line in grades[n].lines}["a3"] for n in ("ada", "bob", "cem"))
    assert ada.reason.endswith(" 1 attempt (2) is not graded yet.")
    assert (ada.ungraded, bob.ungraded, cem.ungraded) == ((new,), (new,), ())
    only = grades_of([], ungraded=[new, replace(new, attempt="3")])["ada"].lines[2]
    cem = grades_of([graded("cem", "a3", 0, 5)], ungraded=[replace(new, student="cem")])["cem"].lines[2]
    assert cem.reason.startswith("Attempt 1 counts: it is the only one that is graded.")
    assert grades_of([], ungraded=[new])["ada"].possible == 30  # of 45: what is handed in is not lost either
    assert (only.status, only.reason) == ("not graded", "2 attempts (2, 3) are not graded yet.")
    assert table([grades["ada"]])[0]["a3.attempts"] == len(ada.decision.considered) + 1


def test_what_has_no_due_date_is_not_missed_while_the_term_goes_on():
    term = replace(TERM, assignments={**TERM.assignments, "a3": Rules("a3", "Third", 0.15)})
    cem = {g.student.id: g for g in final_grades(term, ROSTER, HISTORY, now=DUE["a3"] + DAY)}["cem"]
    assert (cem.standing("missing"), cem.standing("open"), cem.possible) == ([], [], 30)
    assert remarks(term, ROSTER, []) == [
        "a3: no due date in course.toml, so what is not handed in does not count as missing"
    ]
    over = {g.student.id: g for g in final_grades(term, ROSTER, HISTORY)}["cem"]
    assert (over.standing("missing"), over.possible) == (["a3"], 45)


def test_weights_of_more_than_the_course_are_remarked_and_extra_credit_is_no_part_of_them():
    dates = Dates(DUE["a1"])
    rules = {n: Rules(n, n, w, dates) for n, w in {"a1": 0.1, "a2": 0.2, "a3": 0.7}.items()}
    rules["x"] = Rules("x", "x", 0.25, dates, extra_credit=True)
    assert remarks(replace(TERM, assignments=rules), ROSTER, []) == []
    rules["x"] = replace(rules["x"], extra_credit=False)
    (remark,) = remarks(replace(TERM, assignments=rules), ROSTER, [])
    assert remark.startswith("course.toml: assignments: the weights add up to 1.25, more than")


def test_grades_are_the_same_in_whatever_order_attempts_come():
    assert grades_of(HISTORY[::-1]) == grades_of()


def test_names_that_are_not_on_the_roster_are_told_and_change_nothing():
    attempts = [Attempt(name, "a1", "1", DUE["a1"], "canvas") for name in ("ada", "zoe")]
    term = replace(TERM, extensions={**TERM.extensions, ("adda", "a2"): Extension(days=1)})
    assert remarks(term, ROSTER, attempts) == [
        "course.toml: extensions.adda.a2: nobody on the roster is adda: did you mean ada?",
        "zoe handed in a1 (attempt 1), and is no longer on the roster: add whoever has not left the course",
    ]
    assert grades_of([*HISTORY, graded("zoe", "a1", 0, 10)]) == grades_of()


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_holds_everything_that_a_grade_comes_from():
    ada, bob, cem = read_csv(grades_csv(table(final_grades(TERM, ROSTER, HISTORY))))
    assert (ada["id"], ada["reached"], ada["possible"], ada["percent"]) == (
        "ada",
        "35.5",
        "45.0",
        "78.888889",
    )
    assert (ada["a2.score"], ada["a2.before_lateness"], ada["a2.penalty"]) == ("37.5", "50.0", "12.5")
    assert (ada["a2.days_late"], ada["a2.free_days"], ada["free_days_left"]) == ("3", "2", "0")
    assert (ada["a1.attempt"], ada["a1.attempts"]) == ("2", "2")
    assert ada["a1.reason"].startswith("Attempt 2 counts: it gives 45 points, attempt 1 40.")
    assert (bob["missing"], bob["a2.status"], bob["a2.max_score"]) == ("a2", "too late", "")
    assert (cem["missing"], cem["waiting_points"], cem["a3.status"]) == ("a3", "10.0", "missing")


def test_names_are_no_formulas_in_a_spreadsheet():
    roster = Roster((Student("ada", name="=HYPERLINK(1)"),))
    row = read_csv(grades_csv(table(final_grades(TERM, roster, []))))[0]
    assert row["name"] == "'=HYPERLINK(1)"


def test_parquet_holds_the_table_or_says_what_it_needs(tmp_path, monkeypatch):
    rows = table(final_grades(TERM, ROSTER, HISTORY, now=DUE["a1"]))
    path = tmp_path / "grades.parquet"
    try:
        from pyarrow import parquet
    except ImportError:
        pass  # then the rest is what there is to see
    else:
        write_parquet(rows, path)
        assert parquet.read_table(path).to_pylist() == rows
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CourseError, match="Parquet needs pyarrow: pip install pyarrow, or write CSV"):
        write_parquet(rows, path)


def test_late_days_are_explained_in_words():
    settled = settle_all(TERM, HISTORY, ROSTER.groups())
    assert (
        explain(TERM, settled["bob"], "Bob")
        == """\
Late days of Bob (bob)

4 free days for the course, at most 2 on one assignment; then 25 % of the maximum off for each day late. \
They are given where they help the course grade most, so they can still move. \
The attempt counts that gives the most points.
Free days used: 1, left: 3.

a1: First
  due Wed 7 Oct 2026, 00:00 UTC
  with an extension (illness); for the others Mon 5 Oct 2026, 00:00 UTC
  -> 1: Wed 7 Oct 2026, 00:00 UTC, on time, 50 of 50
  Attempt 1 counts: it is the only one. It was on time.

a2: Second
  due Mon 2 Nov 2026, 00:00 UTC, cut off Sat 7 Nov 2026, 00:00 UTC
     1: Sun 8 Nov 2026, 00:00 UTC, after the cut-off
  Everything came after the cut-off, so nothing counts.

a3: Third
  due Tue 1 Dec 2026, 00:00 UTC
  -> 1 (handed in by ada): Tue 1 Dec 2026, 12:00 UTC, 1 day late, 30 of 50
  Attempt 1 counts: it is the only one. It was 1 day late: 1 free day, so it costs nothing.

bonus: More
  no due date
  Nothing was handed in.
"""
    )


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (
            LatePolicy(free_days=0, free_days_per_assignment=0),
            "25 % of the maximum off for each day late. The att",
        ),
        (
            LatePolicy(grace=timedelta(minutes=15)),
            "so they can still move. 15 minutes of grace. The attempt counts",
        ),
        (LatePolicy(counts="latest"), "The last attempt before the cut-off counts."),
    ],
)
def test_the_rule_is_said_as_it_is_set(policy, words):
    term = replace(TERM, policy=policy)
    assert words in explain(term, settle_all(term, [], ROSTER.groups())["ada"])


def test_what_a_platform_calls_an_attempt_commands_no_terminal():
    attempt = replace(HISTORY[0], attempt="1\x1b[2J")
    assert "\x1b" not in explain(TERM, settle_all(TERM, [attempt], ROSTER.groups())["ada"], "Ada\x1b[0m")
