"""check() tests what is defined now, and nothing that the learner's code does breaks it."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.check import notebook
from cs_lib.check.notebook import check_live, check_namespace
from cs_lib.check.show import CheckReport, Message

from .conftest import RIGHT, SQUARED, SQUARED_HINT, STUBS, namespace

pytestmark = pytest.mark.usefixtures("bundle")


def check(code: str, *functions: str) -> CheckReport:
    """The report on some code."""
    report = check_namespace(namespace(code), functions)
    assert isinstance(report, CheckReport)
    return report


def test_right_work_passes_everything():
    report = check(RIGHT)
    assert report.passed
    assert (report.score, report.max_score, report.title) == (6, 6, "knn")


def test_one_function_can_be_checked_alone():
    report = check(RIGHT, "vote")
    assert [result.id for result in report.results] == [
        "test_ties_go_to_the_smallest_label[k=1]", "test_ties_go_to_the_smallest_label[k=3]",
    ]  # fmt: skip
    assert report.title == "vote"


def test_stubs_are_expected_until_they_are_filled_in():
    report = check(STUBS)
    assert [result.status for result in report.results] == [*["not_implemented"] * 4, "not_answered"]
    assert "This is expected until you fill it in." in report.text()
    assert report.score == 0


def test_a_known_mistake_is_answered_with_its_hint():
    first, second, *_ = check(SQUARED).results
    assert first.hint == SQUARED_HINT
    assert second.passed


def test_an_authored_hint_is_given_where_no_mistake_matches():
    result = check(RIGHT.replace('"L1"', '"L2"'), "answer_metric").results[0]
    assert (result.status, result.hint) == ("wrong_value", "Think of a city's blocks.")


def test_what_is_not_defined_comes_with_advice():
    result = check("x = 1", "distances").results[0]
    assert result.status == "not_defined"
    assert "Run the cell" in result.advice[0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("raise ValueError('<b>no</b>')", "raised"),
        ("exit()", "ended_process"),
        ("return distances(a, b)", "raised"),
        ("raise type('E', (BaseException,), {})", "raised"),
        ("import sys; sys.stdout.close(); sys.stdout = None; return a", "wrong_shape"),
        ("a[:] = np.nan; b[:] = 0; return a", "wrong_shape"),
        ("np.seterr(all='raise'); return np.exp(a * 1e4)", "raised"),
        ("return type('<script>', (), {})()", "wrong_type"),
        ("return 10**400", "wrong_type"),
        ("x = []; x.append(x); return x", "wrong_type"),
        ("raise KeyError(np.ones((1000, 1000)))", "raised"),
    ],
)
def test_whatever_the_code_does_the_other_tests_still_run(body, status):
    before = np.geterr()
    with np.errstate(**before):
        report = check(RIGHT.replace("return np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2))", body))
    first, _, *others = report.results
    assert first.status == status
    assert all(result.passed for result in others)
    assert "<script>" not in report.html()
    assert report.text()


def test_what_is_printed_is_shown_with_its_test_and_cut(capsys):
    report = check(SQUARED.replace("return (((", "print('looking at', a.shape, 'x' * 10**6)\n    return ((("))
    assert "looking at (2, 2)" in report.outcomes[0].printed
    assert len(report.outcomes[0].printed) <= 2000
    assert "looking at" in report.text()
    assert capsys.readouterr().out == ""


def test_an_interrupt_ends_the_check_with_what_is_known():
    report = check(RIGHT.replace("return int(", "raise KeyboardInterrupt\n        return int("))
    assert [result.status for result in report.results] == [
        "passed",
        "passed",
        "not_run",
        "not_run",
        "not_run",
    ]
    assert "You interrupted the check in this test." in report.text()


def test_the_learners_own_arrays_do_not_change():
    names = namespace(RIGHT + "\ndata = np.ones(3)\ndef distances(a, b):\n    a[:] = 0\n    return a")
    check_namespace(names)
    assert np.array_equal(names["data"], np.ones(3))


@pytest.mark.parametrize("name", ["distance", "Voter", "<script>"])
def test_an_unknown_function_is_answered_with_those_there_are(name):
    message = check_namespace({}, [name])
    assert isinstance(message, Message)
    assert "Known: distances, vote, answer_metric." in message.text()
    assert "<script>" not in message.html()


def test_a_function_may_be_given_itself():
    names = namespace(RIGHT)
    assert check_live([names["distances"]]).title == "distances"


def test_broken_tests_are_a_message(bundle):
    (bundle / "checks" / "knn" / "public_tests.py").write_text("import nothing_like_it")
    assert "nothing_like_it" in check_namespace({}).text()


def test_the_front_end_may_tell_the_notebooks_name(monkeypatch):
    assert notebook.notebook_name({"__vsc_ipynb_file__": "/home/me/knn.ipynb"}) == "knn"
    monkeypatch.setenv("JPY_SESSION_NAME", "work/svm.ipynb")
    assert notebook.notebook_name({}) == "svm"
    monkeypatch.setenv("JPY_SESSION_NAME", "console-1")
    assert notebook.notebook_name({}) is None


def test_names_are_those_of_the_namespace_and_of_its_classes():
    class Odd(type):
        __class__ = property(lambda cls: 1 / 0)

    names = notebook.defined_names(namespace(RIGHT) | {"odd": Odd("Odd", (), {})})
    assert {"distances", "Voter", "vote", "answer_metric"} <= names


def test_a_failure_that_comes_from_below_says_where_to_look_first():
    vote = "class Voter:\n    def vote(self, labels, k):\n        return [distances(x, x) for x in labels]"
    note = "vote calls distances, which does not pass its own check yet: look there first."
    assert check(f"{SQUARED}\n\n{vote}", "vote").notes == (note,)
    assert check(f"{RIGHT}\n\n{vote}", "vote").notes == ()
    assert check(SQUARED, "vote").notes == ()
