"""results.json fits the published format in every field, and tells students what they may know."""

from __future__ import annotations

import json
import re

import pytest

from autograder.bridges.gradescope.results import VISIBILITIES, handed_in_of, results_of, unfinished
from autograder.course import Assignment
from tests.autograder.sample_reports import HOSTILE, a_class, report, result

METADATA = {
    "id": 123456,
    "created_at": "2018-07-31T23:30:00.365935-07:00",
    "assignment": {
        "due_date": "2018-07-31T23:00:00.000000-07:00",
        "group_size": 4,
        "group_submission": True,
        "id": 25828,
        "course_id": 1234,
        "late_due_date": None,
        "release_date": "2018-07-02T00:00:00.000000-07:00",
        "title": "Programming Assignment 1",
        "total_points": "20.0",
    },
    "submission_method": "upload",
    "users": [{"email": "student@example.com", "id": 1234, "name": "Student User"}],
    "previous_submissions": [
        {"submission_time": "2017-04-06T14:24:48.087023-07:00", "score": 0.0, "results": {}}
    ],
}

# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
number, text = (int, float), (str,)
TOP = {
    "score": number, "execution_time": number, "output": text, "output_format": FORMATS,
    "test_output_format": FORMATS, "test_name_format": FORMATS, "visibility": set(VISIBILITIES),
    "stdout_visibility": set(VISIBILITIES), "extra_data": (dict,), "tests": (list,), "leaderboard": (list,),
}  # fmt: skip
TEST = {
    "score": number, "max_score": number, "status": {"passed", "failed"}, "name": text,
    "name_format": FORMATS, "number": text, "output": text, "output_format": FORMATS, "tags": (list,),
    "visibility": set(VISIBILITIES), "extra_data": (dict,),
}  # fmt: skip


def assert_fits(results: dict) -> None:
    """Every field is one of the format, and of its kind."""
    json.dumps(results, allow_nan=False).encode("utf-8")
    for entry, fields in [(results, TOP), *((test, TEST) for test in results["tests"])]:
        for name, value in entry.items():
            allowed = fields[name]
            assert value in allowed if isinstance(allowed, set) else type(value) in allowed, (name, value)
    for test in results["tests"]:
        assert re.fullmatch(r"\d+(\.\d+)*", test["number"])
        assert all(type(tag) is str for tag in test["tags"])
        assert 0 <= test["score"] <= test["max_score"]
    assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))


def test_reports_fit_the_format():
    for sample in a_class(5):
        assert_fits(results_of(sample, metadata=METADATA))


def test_public_tests_are_visible_and_private_ones_when_chosen():
    sample = report([result("a"), result("b", visibility="private")])
    shown = [test["visibility"] for test in results_of(sample)["tests"]]
    assert shown == ["visible", "after_published"]
    for chosen in VISIBILITIES:
        assert results_of(sample, private=chosen)["tests"][1]["visibility"] == chosen
    with pytest.raises(ValueError, match="choose from hidden, after_due_date"):
        results_of(sample, private="never")


def test_a_private_test_tells_its_verdict_and_its_hint_only():
    secret = {"call": "f(SECRET)", "expected": "SECRET", "got": "SECRET", "detail": "SECRET\nSECRET"}
    lost = result(
        "test_SECRET",
        visibility="private",
        status="wrong_value",
        hint="Divide by N.",
        advice=("SECRET",),
        **secret,
    )
    results = results_of(report([lost]))
    assert "SECRET" not in json.dumps(results)
    assert results["tests"][0]["name"] == "compute_distances_no_loops: private test 1"
    assert results["tests"][0]["output"] == "It returned a wrong value.\n\nHint: Divide by N."


def test_what_is_shown_above_the_tests_tells_nothing_of_private_ones():
    first = report([result("a"), result("b", visibility="private")])
    second = report([result("a"), result("b", visibility="private", status="wrong_value")])
    assert results_of(first)["output"] == results_of(second)["output"]
    assert results_of(first)["output"].startswith("1 of 1 public tests passed: 1 of 1 points.")


def test_a_public_test_tells_what_was_called_expected_and_returned():
    lost = result(
        status="wrong_value", call="f(x)", expected="2", got="3", relative_error=0.5,
        message="The result is 3.", advice=("Slow.",), detail="x\nFile a, line 1",
    )  # fmt: skip
    assert results_of(report([lost]))["tests"][0]["output"].split("\n\n") == [
        "The result is 3.", "Called: f(x)", "Expected: 2", "Got: 3", "Relative error: 0.5", "Advice: Slow.",
        "Where it happened:\nFile a, line 1",
    ]  # fmt: skip


def test_tests_are_numbered_by_function():
    tests = [
        result("a", function="f"), result("b", function="g"), result("c", function="f", visibility="private"),
        result("d", function="f", visibility="private"),
    ]  # fmt: skip
    results = results_of(report(tests))["tests"]
    assert [test["number"] for test in results] == ["1.1", "2.1", "1.2", "1.3"]
    assert [test["name"] for test in results] == ["f: a", "g: b", "f: private test 1", "f: private test 2"]
    assert results[0]["tags"] == ["knn", "f"]


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_students_stays_inert(evil):
    lost = result(status="wrong_value", message=evil, got=evil, detail=f"x\n{evil}", hint=evil, call=evil)
    results = results_of(report([lost], repairs=(evil,), problems=(evil,), sha256={evil: "0f"}))
    assert_fits(results)
    everything = json.dumps(results, ensure_ascii=False)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]", everything
    )
    assert len(everything) < 60_000
    assert {results["output_format"], *(test["output_format"] for test in results["tests"])} == {"text"}
    assert {test["name_format"] for test in results["tests"]} == {"text"}


def test_lateness_is_passed_on_and_said():
    results = results_of(report([result()], manual={"why": 2.0}), metadata=METADATA)
    assert results["extra_data"]["handed_in"] == {
        "submission": 123456,
        "students": ["student@example.com"],
        "created_at": "2018-07-31T23:30:00.365935-07:00",
        "due_date": "2018-07-31T23:00:00.000000-07:00",
        "late_due_date": None,
        "seconds_late": 1800.365935,
        "attempt": 2,
    }
    assert "Handed in after the due date (31 min late)" in results["output"]
    assert "A person grades: why (2)" in results["output"]
    assert results["score"] == 1.0  # the late policy is not applied here


@pytest.mark.parametrize(
    ("created", "due", "late"),
    [
        ("2018-07-31T22:00:00-07:00", "2018-07-31T23:00:00-07:00", 0),
        ("2018-08-01T06:00:01Z", "2018-07-31T23:00:00-07:00", 1),
        (
            "2026-11-01T00:30:00-08:00",
            "2026-11-01T01:30:00-07:00",
            0,
        ),  # one moment, around a change of clocks
        ("2018-08-01T06:00:01Z", None, 0),
    ],
)
def test_lateness_counts_from_the_due_date(created, due, late):
    metadata = METADATA | {"created_at": created, "assignment": {"due_date": due}}
    assert handed_in_of(metadata)["seconds_late"] == late


@pytest.mark.parametrize(
    "broken", [{}, {"assignment": None}, METADATA | {"created_at": 5}, METADATA | {"users": [1]}]
)
def test_metadata_that_cannot_be_read_costs_nothing(broken):
    results = results_of(report([result()]), metadata=broken)
    assert results["extra_data"]["handed_in"] is None
    assert_fits(results)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 min"),
        (60, "1 min"),
        (61, "2 min"),
        (3600, "1 h 0 min"),
        (90061, "1 day 1 h 2 min"),
        (172800, "2 days 0 min"),
    ],
)
def test_durations_in_words(seconds, words):
    from autograder.bridges.gradescope.results import _words

    assert _words(seconds) == words


def test_a_grading_that_did_not_finish_lists_every_test_with_no_points(assignment: Assignment):
    lost = unfinished(assignment, "The grader was ended.")
    lost.validate()
    results = results_of(lost, metadata=METADATA)
    assert_fits(results)
    assert (results["score"], sum(test["max_score"] for test in results["tests"])) == (0, 7)
    assert results["output"] == "The grader was ended."
    assert results["extra_data"]["handed_in"]["attempt"] == 2
