"""The student's page: says what helps, keeps what is private, runs nothing."""

from __future__ import annotations

import dataclasses

import pytest

from autograder.feedback import feedback_html, feedback_text
from autograder.report import Report
from cs_lib.check.result import VERDICTS
from tests.autograder.sample_reports import ASSIGNMENT, HOSTILE, Page, a_class, report, result

PAGES = {
    "html": lambda r: Page(feedback_html(r, ASSIGNMENT)).text,
    "text": lambda r: feedback_text(r, ASSIGNMENT),
}


def text(graded: Report) -> str:
    """What the page shows, in one line."""
    page = Page(feedback_html(graded, ASSIGNMENT))
    page.assert_inert()
    return " ".join(page.text.split())


def wrong(name="test_values", **more):
    fields = {"status": "wrong_value", "message": f"Called f({name}). The result is 2, expected 1."}
    return result(name, **(fields | more))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_public_test_says_everything(page):
    test = wrong(
        call="f(7)",
        expected="[[1.5]]",
        got="[[2.5]]",
        relative_error=0.25,
        hint="Divide by N.",
        detail="x\nline 3",
    )
    shown = page(report([test]))
    for piece in (test.id, test.message, "f(7)", "[[1.5]]", "[[2.5]]", "0.25", "Divide by N.", "line 3"):
        assert piece in shown


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("status", VERDICTS)
def test_a_private_test_says_its_verdict_function_and_hint_only(page, status):
    canaries = {name: f"CANARY-{name}" for name in ("detail", "call", "expected", "got")}
    test = result(
        "test_CANARY[N=3]",
        visibility="private",
        status=status,
        hint="Divide by N.",
        relative_error=0.123456,
        seconds=98.7654,
        advice=("CANARY-advice",),
        **canaries,
    )
    other = dataclasses.replace(test, id="test_CANARY_2", hint=None)
    shown = page(report([result(), test, other], seconds=98.7654))
    assert VERDICTS[status] in shown
    assert "private test 1 of compute_distances_no_loops" in shown
    assert "Divide by N." in shown
    for secret in ("CANARY", "N=3", "0.12", "98.7"):
        assert secret not in shown


def test_whatever_is_not_public_is_private():
    shown = text(
        report([wrong("test_CANARY", visibility="hidden", message="Wrong.", got="CANARY"), result()])
    )
    assert "CANARY" not in shown


def test_private_tests_are_numbered_within_their_function_and_listed_by_outcome():
    statuses = ("wrong_value", "passed", "raised", "wrong_value", "passed", "wrong_value")
    tests = [result(f"test_{i}", visibility="private", status=status) for i, status in enumerate(statuses)]
    shown = text(report([result(), *tests, result(function="g", visibility="private")]))
    name = "of compute_distances_no_loops"
    assert f"private tests 1, 4 and 6 {name}: It returned a wrong value. 0/3" in shown
    assert f"private tests 2 and 5 {name}: Right. 2/2" in shown
    assert f"private test 3 {name}: It raised an error. 0/1" in shown
    assert "private test 1 of g: Right. 1/1" in shown


def test_a_hint_is_said_once_in_a_function():
    shown = text(report([wrong("a", hint="Divide by N."), wrong("b", hint="Divide by N.")]))
    assert shown.count("Divide by N.") == 1
    assert "The hint for a fits here too." in shown


def test_tests_that_all_say_the_same_say_it_once():
    tests = [result(f"t{i}", status="not_implemented", call=f"f({i})", detail="\nhere") for i in range(8)]
    shown = text(report(tests))
    assert f"All 8 tests: {VERDICTS['not_implemented']}" in shown
    assert shown.count(VERDICTS["not_implemented"]) == 1
    assert "f(3)" not in shown


def test_problems_come_before_the_tests_only_where_something_is_missing():
    problem = "knn: cell 9: not valid Python"
    for status, first in {"not_defined": True, "wrong_value": False}.items():
        shown = text(report([result(status=status), result("b", function="g")], problems=(problem,)))
        assert (shown.index(problem) < shown.index("compute_distances_no_loops 0 of 1")) == first


def test_points_are_shown_for_the_whole_the_notebooks_and_the_functions():
    tests = [
        result("a", function="f", points=2.5),
        result("b", function="g", status="raised", points=1.0),
        result("c", function="h"),
    ]
    shown = text(report(tests, notebooks={"knn": ("a", "b"), "linear": ("c",)}))
    assert "3.5 of 4.5 points from the automatic tests" in shown
    assert "Nearest neighbours 2.5 of 3.5" in shown
    assert "Linear classifiers 1 of 1" in shown
    assert "✗ g 0 of 1" in shown


def test_the_first_open_function_is_a_good_place_to_go_on():
    tests = [result(function="f"), wrong("b", function="g"), wrong("c", function="h")]
    assert "1 of 3 tests passed. A good place to go on is g." in text(report(tests))
    assert "All 2 tests passed. Well done!" in text(report([result("a"), result("b")]))


def test_what_a_person_grades_is_named_and_not_counted():
    shown = text(report([result()], manual={"why_pixels": 2.0, "limits": 1.0}))
    assert "1 of 1 points" in shown
    assert (
        "A person grades why_pixels (2 points), limits (1 point). These points are not in the score" in shown
    )
    assert "A person" not in text(report([result()]))


def test_repairs_problems_versions_and_checksums_are_named():
    graded = report(
        [result()], repairs=("knn: cell 4 was mended",), problems=("knn: cell 9: not valid Python",)
    )
    for piece in (
        "cell 4 was mended",
        "cell 9: not valid Python",
        "python 3.11.2",
        "numpy 2.4.0",
        "knn.ipynb",
        "0f" * 32,
    ):
        assert piece in text(graded)
    assert "mended" not in text(report([result()]))


def test_nothing_handed_in_is_said_gently():
    nothing = report(
        [result(status="not_defined")],
        sha256={},
        problems=("knn: knn.ipynb was not handed in, or could not be read.",),
    )
    assert "No file to grade was found. If you did hand something in, tell your instructor." in text(nothing)


@pytest.mark.parametrize("bad", HOSTILE, ids=["html", "link", "template", "unseen", "long"])
def test_hostile_text_is_inert_wherever_it_stands(bad):
    fields = dict.fromkeys(("function", "message", "hint", "call", "expected", "got"), bad)
    public = result(bad, status="raised", detail=f"a\n{bad}", **fields)
    private = dataclasses.replace(public, visibility="private", message=VERDICTS["raised"])
    graded = report(
        [public, private],
        bad,
        {bad: ("a", "b")},
        repairs=(bad,) * 1000,
        problems=(bad,),
        manual={bad: 1.0},
        versions={bad: bad},
        sha256={bad: bad} | {f"f{i}": "0" for i in range(500)},
    )
    html = feedback_html(graded, ASSIGNMENT)
    page = Page(html)
    page.assert_inert()
    assert len(html.encode("utf-8")) < 300_000
    for written in (html, feedback_text(graded, ASSIGNMENT)):
        assert not set(written) & set("\x00\x07\x08\x1b\u202e\u2066\u200b\ufeff\ud800\U000e0041")
        assert "and 950 more" in written
        assert len(written) < 300_000


def test_hidden_characters_are_written_out():
    shown = text(report([wrong(message="\x1b[31mred \u202egnp.exe")]))
    assert r"\x1b[31mred \u202egnp.exe" in shown


def test_other_scripts_and_emoji_stay_as_they_are():
    assert "علی 王小明 👩‍💻" in text(report([result()], student="علی 王小明 👩‍💻"))


def test_a_page_has_the_same_answer_every_time():
    graded = a_class(1)[0]
    assert feedback_html(graded, ASSIGNMENT) == feedback_html(graded, ASSIGNMENT)


def test_a_report_that_came_back_from_json_gives_the_same_page():
    for graded in a_class(5):
        assert feedback_html(Report.from_json(graded.to_json()), ASSIGNMENT) == feedback_html(
            graded, ASSIGNMENT
        )
