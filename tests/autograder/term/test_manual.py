"""What a person gave is given to an answer, and is never lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from autograder.course import CourseError
from autograder.term.manual import Given, Manual, read_given, record_given

FIRST = Given("ada", "a1", "why", 1.5, "1")
ANSWERS = {
    ("ada", "a1", "1"): {"why": "d1", "how": ""},
    ("ada", "a1", "2"): {"why": "d2", "how": "d3"},
    ("ada", "a1", "3"): {"why": "d1", "how": "d3"},
    ("bob", "a1", "1"): {"why": "d1"},
}


def points(manual, attempt, question="why", student="ada"):
    found = manual.of(student, "a1", attempt, question)
    return found and found.points


def test_attempts_with_the_same_answer_have_the_same_points():
    manual = Manual([FIRST], ANSWERS)
    assert [points(manual, attempt) for attempt in "123"] == [1.5, None, 1.5]


def test_the_last_word_about_an_answer_counts_whichever_attempt_it_was_said_of():
    manual = Manual([FIRST, replace(FIRST, attempt="3", points=0.5)], ANSWERS)
    assert [points(manual, attempt) for attempt in "123"] == [0.5, None, 0.5]


def test_an_equal_answer_of_somebody_else_is_graded_by_itself():
    assert points(Manual([FIRST], ANSWERS), "1", student="bob") is None


def test_where_nothing_is_written_nobody_need_look_but_may():
    assert [points(Manual((), ANSWERS), attempt, "how") for attempt in "123"] == [0, None, None]
    given = Given("ada", "a1", "how", 1.0, "1")
    assert [points(Manual([given], ANSWERS), attempt, "how") for attempt in "123"] == [1, None, None]
    assert points(Manual([replace(given, points=None, comment="Empty?")], ANSWERS), "1", "how") == 0


def test_of_an_attempt_whose_answers_are_not_known_only_its_own_points_count():
    manual = Manual([FIRST, replace(FIRST, attempt="9", points=2.0)])
    assert [points(manual, attempt) for attempt in "139"] == [1.5, None, 2]


def test_a_later_line_says_only_what_it_says():
    manual = Manual(
        [FIRST, replace(FIRST, points=None, comment="Good."), replace(FIRST, points=None, extra=1.0)]
    )
    found = manual.of("ada", "a1", "1", "why")
    assert (found.points, found.extra, found.comment) == (1.5, 1.0, "Good.")


def test_what_was_withdrawn_waits_again_until_a_person_gives_something_else():
    back = replace(FIRST, points=None, withdrawn=True)
    assert points(Manual([FIRST, back], ANSWERS), "1") is None
    assert points(Manual([FIRST, back, replace(FIRST, points=1.0)], ANSWERS), "3") == 1


def test_the_record_grows_by_what_is_new(tmp_path):
    path = tmp_path / "manual.jsonl"
    assert read_given(path) == []
    assert record_given(path, [FIRST], ANSWERS) == 1
    before = path.read_bytes()
    assert record_given(path, [FIRST, replace(FIRST, attempt="3")], ANSWERS) == 0
    assert path.read_bytes() == before
    assert record_given(path, [replace(FIRST, points=0.0), replace(FIRST, attempt="2")], ANSWERS) == 2
    assert path.read_bytes().startswith(before)
    assert [(g.attempt, g.points) for g in read_given(path)] == [("1", 1.5), ("1", 0.0), ("2", 1.5)]


@pytest.mark.parametrize("given", [FIRST, Given("ada", "a1", "why", attempt="1", comment="Why?"),
                                   Given("zoë", "a1", "why", 0.0, extra=0.0, withdrawn=True)])  # fmt: skip
def test_a_line_reads_as_what_was_written(given):
    assert Given.from_json(given.to_json()) == given


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not what a person gave: "),
        ("[]", "expected an object with student, assignment, question"),
        ('{"student": "ada"}', "expected an object with student"),
        (json.dumps(json.loads(FIRST.to_json()) | {"point": 1}), "expected an object with student"),
        (FIRST.to_json().replace("1.5", '"1.5"'), "points is '1.5', expected a number"),
        (FIRST.to_json().replace("1.5", "NaN"), "points is nan, expected a number"),
        (FIRST.to_json().replace("1.5", "true"), "points is True, expected a number"),
        (FIRST.to_json().replace('"ada"', "7"), "student is 7, expected text"),
        (FIRST.to_json().replace('"1"', "1"), "attempt is 1, expected text"),
        (FIRST.to_json().replace('"points": 1.5', '"withdrawn": 1'), "withdrawn is 1, expected true"),
    ],
)
def test_an_error_names_the_file_and_the_line(tmp_path, line, message):
    path = tmp_path / "manual.jsonl"
    path.write_text(f"{FIRST.to_json()}\n{line}\n")
    with pytest.raises(CourseError, match=message) as caught:
        read_given(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")
