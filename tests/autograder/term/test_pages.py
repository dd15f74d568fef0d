"""What the pages of a term say, to instructors and to each student, whatever names and answers hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from autograder.term.grades import final_grades
from autograder.term.late import Graded
from autograder.term.manual import Given, Manual
from autograder.term.pages import index_html, student_html
from autograder.term.policy import Dates, Extension, LatePolicy, Rules, Term
from autograder.term.roster import Roster, Student
from tests.autograder.sample_reports import HOSTILE, Page

DUE = datetime(2026, 10, 5, 12, tzinfo=UTC)
NOW = DUE + timedelta(days=30)
TERM = Term(
    LatePolicy(free_days=1, free_days_per_assignment=1),
    {
        "a1": Rules("a1", "First", 0.5, Dates(DUE, cutoff=DUE + timedelta(days=5))),
        "a2": Rules("a2", "Second", 0.5, Dates(DUE + timedelta(days=60))),
        "more": Rules("more", "More", 0.1, extra_credit=True),
    },
    {("bob", "a1"): Extension(days=2, reason="illness")},
)
ROSTER = Roster(
    tuple(Student(i, name=n) for i, n in {"ada": "Ada Lovelace", "bob": "Bob", "cem": ""}.items())
)
WORTH = {"a1": {"why": 2.0, "how": 1.0}}


def graded(student, days, score, attempt="1", waiting=(), assignment="a1"):
    return Graded(student, assignment, attempt, DUE + timedelta(days=days), score, 10, waiting)


HISTORY = [
    graded("ada", -1, 4, "first"), graded("ada", 1.5, 9, "second"),  # two days late, one of them free: 6.5
    graded("bob", 1.5, 7, waiting=(("why", 2.0),)),
    graded("cem", 6, 10),
]  # fmt: skip


def grades(history=HISTORY, term=TERM, roster=ROSTER):
    return {g.student.id: g for g in final_grades(term, roster, history, now=NOW)}


def shown(html: str) -> str:
    """What a page shows, in one line."""
    page = Page(html)
    page.assert_inert(links=True)
    return " ".join(page.text.split())


def index(found=None, remarks=()):
    return index_html("Course", TERM, list((found or grades()).values()), remarks, NOW)


def student(name, manual=None, feedback=None):
    return student_html("Course", TERM, grades()[name], manual or Manual(), WORTH, feedback or {})


def test_the_index_says_how_everybody_stands():
    text = shown(index())
    for piece in (
        "As of Wed 4 Nov 2026, 12:00 UTC",
        "students 3",
        "lowest and highest 0.0 and 70.0",
        "a1: First 50 Mon 5 Oct 2026, 12:00 UTC 68% 1 1 1",
        "more: More 10, extra no due date 3 Everybody",
        "Ada Lovelace 65.0 6.5 -2.5 · · 0",
        "Bob 70.0 7… · · 1",
        "cem 0.0 late · · 1",
    ):
        assert piece in text, piece


def test_the_index_says_what_waits_and_for_whom():
    text = shown(index())
    assert "a1 why 2 1 Bob" in text
    assert "Nothing." in shown(index(grades(HISTORY[:2])))


def test_many_who_wait_are_counted():
    roster = Roster(tuple(Student(f"s{n}", name=f"Student {n}") for n in range(40)))
    history = [graded(s.id, 0, 5, waiting=(("why", 2.0),)) for s in roster]
    text = shown(index(grades(history, roster=roster)))
    assert "a1 why 2 40 Student 0; Student 1;" in text
    assert "Student 11; and 28 more" in text


def test_two_of_one_name_are_told_apart_and_names_with_a_comma_from_each_other():
    people = {"s1": "Smith, John", "s2": "Smith, John", "s3": "van Gogh, Vincent", "s4": "", "s5": ""}
    roster = Roster(tuple(Student(i, name=n) for i, n in people.items()))
    text = shown(index(grades([graded(s.id, 0, 5, waiting=(("why", 2.0),)) for s in roster], roster=roster)))
    assert "a1 why 2 5 Smith, John (s1); Smith, John (s2); van Gogh, Vincent; s4; s5 " in text
    assert "Smith, John (s2) 50.0 5…" in text


def test_the_index_leads_to_the_page_of_each_student():
    roster = Roster((Student("a b/../ü", name="Ada"),))  # an id that no roster would let pass
    assert 'href="students/a%20b%2F..%2F%C3%BC.html"' in index(grades([], roster=roster))


def test_remarks_are_shown():
    assert "a1: other attempts count now" in shown(index(remarks=["a1: other attempts count now for ada"]))


def test_before_anything_counts_there_is_a_page_too():
    early = final_grades(TERM, ROSTER, [], now=DUE - timedelta(days=9))
    page = Page(index_html("Course", TERM, early, [], DUE - timedelta(days=9)))
    page.assert_inert(links=True)
    assert "Distribution" not in page.text
    assert "Nothing counts yet." in shown(student_html("Course", TERM, early[0], Manual(), WORTH, {}))


def test_a_student_is_told_what_counts_and_why():
    text = shown(student("ada"))
    for piece in (
        "Grades of Ada Lovelace ( ada)",
        "65.0 % of what was possible so far",
        "32.5 of 50 percent of the course.",
        "1 free day used, 0 left.",
        "a1: First 6.5 of 10 graded 50 percent of the course; due Mon 5 Oct 2026, 12:00 UTC, cut off Sat",
        "Attempt second counts: it gives 6.5 points, attempt first 4.",
        "1 day at 25 % of 10, which took 2.5 points off.",
        "first Sun 4 Oct 2026, 12:00 UTC on time 4 of 10 4",
        "second Wed 7 Oct 2026, 00:00 UTC 2 days late 9 of 10 6.5",
        "a2: Second open",
    ):  # fmt: skip
        assert piece in text, piece
    assert "Bob" not in text


def test_a_student_is_told_what_waits_and_of_an_extension():
    text = shown(student("bob"))
    assert "2 more points may come: a person grades why of a1." in text
    assert "With an extension (illness); for the others it is Mon 5 Oct 2026, 12:00 UTC." in text
    assert "why 2 may be given" in text


def test_a_student_is_told_what_people_gave():
    answers = {("ada", "a1", "second"): {"why": "d1", "how": ""}}
    manual = Manual(
        [
            Given("ada", "a1", "why", 1.5, "second", extra=0.5, comment="Why so?"),
            Given("ada", "a1", "knn.test_f", 2.0, "second"),
            Given("ada", "a1", "knn.test_g", 2.0, "first"),
        ],
        answers,
    )
    text = shown(student("ada", manual))
    assert "why 1.5 of 2, and 0.5 as extra credit Why so?" in text
    assert "how 0 of 1 nothing was written" in text
    assert "knn.test_f 2" in text
    assert "knn.test_g" not in text


def test_a_page_leads_to_the_feedback_of_the_attempt_that_counts():
    link = "../../graded/a1/feedback/ada.html"
    assert f'href="{link}"' in student("ada", feedback={"a1": link})
    assert "href" not in student("ada")


@pytest.mark.parametrize("bad", HOSTILE, ids=["html", "link", "template", "unseen", "long"])
def test_hostile_text_is_inert_wherever_it_stands(bad):
    short = bad[:300]
    roster = Roster((Student("ada", name=short), Student(short, group="g"), Student("mate", group="g")))
    history = [
        Graded(who, "a1", f"{who[:5]} {attempt}", DUE, 5, 10, ((short, 2.0),))
        for who in ("ada", short) for attempt in ("1", short)
    ]  # fmt: skip
    rules = {"a1": replace(TERM.assignments["a1"], title=short, group_work=True)}
    term = replace(TERM, assignments=rules, extensions={("ada", "a1"): Extension(days=1, reason=short)})
    found = final_grades(term, roster, history, now=NOW)
    manual = Manual(
        [Given("ada", "a1", short, 1.0, comment=bad), Given("ada", "a1", f"x.{short}", comment=bad)]
    )
    pages = [index_html(bad, term, found, [bad] * 60, NOW)]
    pages += [student_html(bad, term, grade, manual, {"a1": {short: 2.0}}, {}) for grade in found]
    for html in pages:
        Page(html).assert_inert(links=True)
        assert not set(html) & set("\x00\x07\x08\x1b\u202e\u2066\u200b\ufeff\ud800\U000e0041")
        assert len(html.encode()) < 100_000


def test_the_index_of_a_thousand_students_is_small():
    roster = Roster(tuple(Student(f"s{n}", name=f"Student {n}") for n in range(1000)))
    history = [graded(s.id, n % 9 - 6, n % 11, waiting=(("why", 2.0),)) for n, s in enumerate(roster)]
    assert len(index(grades(history, roster=roster)).encode()) < 500_000
