"""The report says everything in words, escapes everything, and needs nothing but the page it stands in."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_lib.check import TestResult
from cs_lib.check.show import CheckReport, Message, Outcome, sentence

HOSTILE = "</code></td><script>alert(1)</script><img src=x onerror='x()'>\"'&"
VOID = {"br", "img"}


def result(status="passed", **more) -> TestResult:
    """A result of two points."""
    score = 2.0 if status == "passed" else 0.0
    values = {
        "id": "test_it_works",
        "function": "f",
        "visibility": "public",
        "status": status,
        "message": "m",
    }
    return TestResult(**values | {"score": score, "max_score": 2.0} | more)


def report(*outcomes, **more) -> CheckReport:
    """A report on results."""
    listed = tuple(o if isinstance(o, Outcome) else Outcome(o) for o in outcomes)
    return CheckReport("f", listed, **more)


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.words, self.open = set(), set(), [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        """What a reader sees."""
        return " ".join(self.words)


FAILED = result(
    "wrong_value", detail="f is 1, expected 2.", call="f(1)", got="1", expected="2",
    relative_error=1 / 3, hint="Add.", advice=("Look again.",),
)  # fmt: skip


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_failure_shows_call_values_error_hint_and_advice(form):
    shown = getattr(report(result(), FAILED), form)()
    text = Page(shown).text if form == "html" else shown
    for word in (
        "It works",
        "failed",
        "2 of 4 public points",
        "f is 1, expected 2.",
        "f(1)",
        "0.33",
        "Add.",
        "Look again.",
    ):
        assert word in text
    for label in ("Called:", "Came back:", "Expected:", "Relative error:", "Hint:", "Advice:"):
        assert label in text


@pytest.mark.parametrize("form", ["html", "text"])
def test_when_all_pass_it_says_what_is_still_to_come(form):
    assert "private tests will look at more" in getattr(report(result()), form)()
    assert "private tests" not in getattr(report(result(), FAILED), form)()


def test_a_function_that_is_not_there_yet_says_so_once():
    stub = "Not implemented yet. This is expected until you fill it in."
    shown = report(*[result("not_implemented", message=stub, id=f"test_{i}") for i in range(3)])
    for text in (shown.text(), Page(shown.html()).text):
        assert text.count(stub) == 1
        assert "to do" in text
        assert "failed" not in text


def test_the_page_holds_no_script_no_resource_and_no_heading():
    page = Page(
        report(
            result(), FAILED, Outcome(result("raised", detail="f raised.\nTraceback: here")), notes=("n",)
        ).html()
    )
    fold, grid = {"details", "summary"}, {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.tags <= {"section", "div", "p", "strong", "code"} | fold | grid
    assert page.attributes <= {"style", "aria-label", "scope", "open"}


def test_colours_are_never_the_only_sign():
    for kind, word in (("passed", "✓ passed"), ("wrong_value", "✗ failed"), ("not_answered", "○ to do")):
        shown = Page(report(result(kind), result(kind, id="test_b", message="b")).html()).text.replace(
            "\xa0", " "
        )
        assert word in shown


@pytest.mark.parametrize(
    "hostile",
    [
        result(
            "wrong_value",
            detail=HOSTILE,
            call=HOSTILE,
            got=HOSTILE,
            expected=HOSTILE,
            hint=HOSTILE,
            advice=(HOSTILE,),
        ),
        result("raised", detail="x\nTraceback" + HOSTILE, id=f"test_{HOSTILE}[{HOSTILE}]", function=HOSTILE),
        result("not_defined", message=HOSTILE),
        Outcome(result("wrong_value"), printed=HOSTILE + "\n\x1b[31mred"),
        result("a verdict of my own", message=HOSTILE),
    ],
)
def test_nothing_of_a_learners_code_becomes_markup(hostile):
    for shown in (report(hostile), report(result(), hostile, notes=(HOSTILE,)), Message((HOSTILE,))):
        page = Page(shown.html())
        assert not page.tags & {"script", "img"}
        assert "onerror" not in page.attributes
        assert "<script>alert(1)</script>" in page.text or "script>alert(1)" in page.text


@given(st.text(), st.text(), st.text())
@settings(max_examples=50)
def test_any_text_leaves_a_well_formed_page(name, got, printed):
    failed = result("wrong_value", id=name, function=name, detail=got, got=got, hint=printed)
    Page(report(Outcome(failed, printed), result()).html())


@pytest.mark.parametrize(
    ("case_id", "words"),
    [
        ("test_ties_go_to_the_smallest_label", "Ties go to the smallest label"),
        ("test_votes[k=1-n=3]", "Votes (k=1, n=3)"),
        ("test_votes[-1]", "Votes (-1)"),
        ("test_loss[one-sided]", "Loss (one-sided)"),
        ("test_", "test_"),
    ],
)
def test_a_tests_name_reads_as_a_sentence(case_id, words):
    assert sentence(case_id) == words


def test_several_functions_are_added_up():
    shown = report(result(), result("wrong_value", function="g", message="m"))
    assert "2 of 4 public points" in shown.text()
    assert "2 of 4 public points" in Page(shown.html()).text
    assert (shown.score, shown.max_score, shown.passed) == (2, 4, False)
    assert shown.to_dict()["tests"][1]["function"] == "g"


def test_an_array_of_several_lines_keeps_its_columns():
    shown = report(result("wrong_value", call="f()", got="[[1,\n  2]]")).text()
    assert "\n      Came back:\n        [[1,\n          2]]\n" in shown + "\n"


def test_a_test_without_points_is_not_counted_as_0_of_0():
    shown = report(result(score=0.0, max_score=0.0))
    assert "f: passed, no public points" in shown.text()
    assert "0 of 0" not in shown.text() + shown.html()


def test_outside_ipython_the_report_is_its_text():
    shown = report(result())
    assert repr(shown.show()) == shown.text()
    assert shown._repr_html_() == shown.html()
