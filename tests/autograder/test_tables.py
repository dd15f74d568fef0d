"""Grades as tables and as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from autograder.tables import by_function, by_notebook, grades_csv, standing, status_word
from tests.autograder.sample_reports import HOSTILE, a_class, report, result


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_tests_of_the_same_name_stay_with_their_notebook():
    one, two = result("test_a", function="f"), result("test_a", function="f", status="raised")
    graded = report([one, two], notebooks={"knn": ("test_a",), "linear": ("test_a",)})
    assert by_notebook(graded) == {"knn": (one,), "linear": (two,)}
    assert by_function(graded) == {("knn", "f"): [one], ("linear", "f"): [two]}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("passed", "passed"), "full"),
        (("passed", "raised"), "some"),
        (("raised", "not_implemented"), "none"),
        (("time_limit",), "none"),
        (("not_run", "not_run"), "none"),
        (("not_implemented", "not_defined"), "nothing"),
    ],
)
def test_a_function_stands_as_its_tests_say(statuses, expected):
    assert standing([result(status=status) for status in statuses]) == expected


def test_part_of_the_points_is_some():
    assert standing([result(status="values_right_shape_wrong", score=0.5)]) == "some"


OWN = "knn: knn.ipynb was not handed in, or could not be read."


@pytest.mark.parametrize(
    ("more", "status", "word"),
    [
        ({"sha256": {}, "problems": (OWN,)}, "not_defined", "nothing to grade"),
        (
            {"sha256": {}, "problems": ("knn.ipynb: links are not accepted", OWN)},
            "not_defined",
            "not readable",
        ),
        ({"problems": (OWN,)}, "not_defined", "nothing defined"),
        ({"problems": ("knn.ipynb: not a notebook file (...)", OWN)}, "not_defined", "not readable"),
        ({"problems": ("k.ipynb: not a notebook of this assignment", OWN)}, "not_defined", "nothing defined"),
        ({"problems": ("knn: cell 3: left out",)}, "not_defined", "nothing defined"),
        ({"problems": ("knn: cell 3: not valid Python",)}, "passed", "graded"),
        ({}, "raised", "graded"),
    ],
)
def test_the_status_says_no_more_than_is_known(more, status, word):
    assert status_word(report([result(status=status)], **more)) == word


def test_a_line_holds_the_scores_of_notebooks_and_functions():
    tests = [
        result("a", function="f", points=2.0),
        result("b", function="g", status="raised"),
        result("c", function="f"),
    ]
    graded = report(tests, notebooks={"knn": ("a", "b"), "linear": ("c",)}, repairs=("r",), manual={"q": 2.0})
    (line,) = rows(grades_csv([graded]))
    assert line == {
        "student": "ada", "assignment": "a1", "status": "graded", "score": "3.0", "max_score": "4.0",
        "manual_points_open": "2.0", "repairs": "1", "problems": "0",
        "knn": "2.0", "linear": "1.0", "knn.f": "2.0", "knn.g": "0.0", "linear.f": "1.0",
    }  # fmt: skip


def test_what_was_not_tested_is_empty_and_students_are_sorted():
    table = rows(grades_csv([report([result(function="g")], "bo"), report([result(function="f")], "al")]))
    assert [(line["student"], line["knn.f"], line["knn.g"]) for line in table] == [
        ("al", "1.0", ""),
        ("bo", "", "1.0"),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "\xa0+"])  # noqa: RUF001
def test_no_cell_is_a_formula(start):
    (line,) = rows(
        grades_csv([report([result(function=start + "f")], f'{start}HYPERLINK("http://evil.example")')])
    )
    assert line["student"].startswith("'")
    assert all(not name.startswith(start) for name in line)


def test_no_text_breaks_out_of_its_cell():
    for number, text in enumerate((*HOSTILE, 'a",=1+1,"b', "a\n=1+1", "a\r\n=1+1;=2")):
        written = grades_csv([report([result()], text), report([result()], "bo")])
        written.encode("utf-8")
        assert len(written.splitlines()) == 3, number
        assert len(written) < 2000
        assert {line["score"] for line in rows(written)} == {"1.0"}
        assert not set(written) & set("\x00\x07\x08\x1b\r\u202e")


def test_a_class_fits_and_no_class_is_a_header():
    assert len(rows(grades_csv(a_class(50)))) == 50
    assert rows(grades_csv([])) == []
    assert grades_csv([]).startswith('"student","assignment","status","score"')
