"""The instructor's page: counts that can be checked by hand, and a size that a browser opens at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.class_report import (
    cell,
    class_report_html,
    count_functions,
    count_hints,
    count_tests,
    count_verdicts,
    histogram,
    ticks,
)
from autograder.tables import by_function
from tests.autograder.sample_reports import ASSIGNMENT, FUNCTIONS, HOSTILE, Page, a_class, report, result


def text(reports) -> str:
    """What the page shows, in one line."""
    page = Page(class_report_html(reports, ASSIGNMENT))
    page.assert_inert()
    return " ".join(page.text.split())


def two_functions(student, easy="passed", hard="wrong_value", **more):
    tests = [
        result("test_easy", function="easy", status=easy),
        result("test_hard", function="hard", status=hard, **more),
    ]
    return report(tests, student)


def test_the_histogram_counts_every_score_once_and_full_marks_in_the_last_bin():
    drawn = histogram([0, 0.9, 1, 5, 9.99, 10], 10)
    assert drawn.counts == (2, 1, 0, 0, 0, 1, 0, 0, 0, 2)
    assert drawn.edges == tuple(range(11))


def test_a_score_on_an_edge_belongs_to_the_bin_that_begins_there():
    for tenth in range(10):
        assert histogram([0.7 * tenth / 10], 0.7).counts[tenth] == 1


def test_an_assignment_without_points_has_a_histogram_too():
    assert histogram([0.0, 0.0], 0.0).counts[0] == 2


@pytest.mark.parametrize("top", [0, 1, 2, 6, 7, 12, 13, 60, 61, 99, 100, 101, 517, 999, 1000, 12345, 99999])
def test_ticks_are_few_round_and_reach_the_top(top):
    marks = ticks(top)
    assert 2 <= len(marks) <= 7
    assert marks[0] == 0
    assert marks[-1] >= max(top, 1)
    assert str(marks[1]).rstrip("0") in ("1", "2", "5")


def test_functions_are_counted_by_how_they_stand():
    reports = [
        two_functions("a"),
        two_functions("b", hard="passed"),
        two_functions("c", hard="not_implemented"),
    ]
    easy, hard = count_functions(map(by_function, reports))
    assert (easy.name, easy.rate, easy.students) == ("easy", 1.0, 3)
    assert hard.rate == pytest.approx(1 / 3)
    assert dict(hard.standings) == {"none": 1, "full": 1, "nothing": 1}


def test_tests_are_counted_with_their_usual_failure():
    reports = [
        two_functions(s, hard=h)
        for s, h in zip("abcd", ("raised", "raised", "time_limit", "passed"), strict=True)
    ]
    easy, hard = count_tests(reports)
    assert (easy.rate, easy.usual) == (1.0, None)
    assert (hard.rate, hard.usual) == (0.25, ("raised", 2))


def test_the_same_id_in_another_visibility_is_another_test():
    tests = [result("test_a"), result("test_a", visibility="private", status="raised")]
    assert [count.rate for count in count_tests([report(tests)])] == [1.0, 0.0]


def test_verdicts_are_counted_by_tests_and_by_students():
    reports = [two_functions("a", "time_limit", "time_limit"), two_functions("b", hard="ended_process")]
    counts = {count.name: (count.tests, count.students) for count in count_verdicts(reports)}
    assert counts == {"time_limit": (2, ["a"]), "passed": (1, ["b"]), "ended_process": (1, ["b"])}


def test_a_hint_counts_once_for_a_student():
    twice = report([result(i, status="wrong_value", hint="Divide by N.", function="f") for i in ("a", "b")])
    once = report([result("a", status="wrong_value", hint="Divide by N.", function="f")], "bo")
    other = report([result("a", status="wrong_value", hint="Take the root.", function="f")], "cy")
    counted = count_hints(map(by_function, [twice, once, other]))
    assert counted == [("f", "Divide by N.", 2), ("f", "Take the root.", 1)]


def test_a_cell_tells_all_from_some_from_none_from_nothing_there():
    assert cell([result(), result()]) == ("f", "●")
    assert cell([result(), result(status="raised"), result(status="raised")]) == ("s", "33")
    assert cell([result(points=1), result(status="raised", points=999)]) == ("s", "1")
    assert cell([result(points=999), result(status="raised", points=1)]) == ("s", "99")
    assert cell([result(status="raised")]) == ("n", "✗")
    assert cell([result(status="not_implemented")]) == ("o", "·")
    assert cell(None) == ("x", "")


def test_the_hardest_comes_first_and_the_weakest_student_too():
    html = class_report_html(
        [two_functions("zoe", hard="passed"), two_functions("bo"), two_functions("al")], ASSIGNMENT
    )
    functions, tests = html.index("Functions, the hardest"), html.index("Tests, the hardest")
    assert (
        functions
        < html.index(">hard<")
        < html.index(">easy<")
        < tests
        < html.index("test_hard")
        < html.index("test_easy")
    )
    matrix = html.index("Who is stuck")
    assert html.index(">al<", matrix) < html.index(">bo<", matrix) < html.index(">zoe<", matrix)


def test_the_page_says_what_was_counted():
    reports = [
        two_functions("al", hint="Divide by N."),
        two_functions("bo", hard="time_limit"),
        two_functions("cy", hard="passed"),
    ]
    reports.append(
        report(
            [],
            "dan",
            problems=("knn: cell 2: not valid Python",),
            repairs=("knn: cell 4 mended",),
            manual={"why": 2.0},
        )
    )
    shown = text(reports)
    for piece in (
        "submissions 4",
        "lowest and highest 0 and 2",
        "4 graded.",
        "33% 1 of 3",
        "Divide by N. hard 1",
        "time limit It reached the time limit. 1 1 bo",
        "dan knn: cell 2: not valid Python knn: cell 4 mended",
        "sandbox level bubblewrap: 4 submissions",
        "python 3.11.2, numpy 2.4.0: 4 submissions",
    ):
        assert piece in shown


def test_grading_without_a_sandbox_and_with_other_tests_is_said_loudly():
    mixed = [report([result()], sandbox="none"), report([result(), result("b")], "bo")]
    shown = text(mixed)
    assert "1 submission ran without a sandbox" in shown
    assert "the points to be had range from 1 to 2" in shown
    assert "without a sandbox" not in text([report([result()])])


def test_no_submissions_is_a_page_too():
    assert "There are no submissions yet." in text([])


def test_one_submission_without_tests_is_a_page_too():
    assert "No hints were given." in text([report()])


@pytest.mark.parametrize("bad", HOSTILE, ids=["html", "link", "template", "unseen", "long"])
def test_hostile_text_is_inert_wherever_it_stands(bad):
    test = result(bad, function=bad, status="raised", message=bad, hint=bad, detail=bad)
    reports = [
        report(
            [test],
            f"{bad[:50]}{i}{bad}",
            {bad: ("a",)},
            repairs=(bad,) * 50,
            problems=(bad,) * 50,
            sandbox=bad,
            versions={bad: bad},
            manual={bad: 1.0},
        )
        for i in range(5)
    ]
    html = class_report_html(reports, ASSIGNMENT)
    Page(html).assert_inert()
    assert len(html.encode("utf-8")) < 100_000
    assert not set(html) & set("\x00\x07\x08\x1b\u202e\u2066\u200b\ufeff\ud800\U000e0041")


def test_a_thousand_students_fit_into_half_a_megabyte():
    html = class_report_html(a_class(1000), ASSIGNMENT)
    assert len(html.encode("utf-8")) < 500_000
    assert html.count("student-") >= 1000


def test_a_large_assignment_of_a_thousand_students_stays_below_two_megabytes():
    names = [f"{name}_{i}" for name in FUNCTIONS for i in range(6)]
    tests = [result(name, function=name) for name in names]
    notes = [tuple(f"{number}-{i}" * 200 for i in range(50)) for number in range(1000)]
    reports = [report(tests, f"student-{i}", repairs=note, problems=note) for i, note in enumerate(notes)]
    assert len(class_report_html(reports, ASSIGNMENT).encode("utf-8")) < 2_000_000


def test_what_many_submissions_have_in_common_is_said_once():
    shared, own = "knn: cell 1: left out 1 line(s)", "knn: cell 7: not valid Python"
    reports = [report([result()], f"student-{i}", repairs=(shared,)) for i in range(50)]
    shown = text([*reports, report([result()], "zoe", problems=(own,), repairs=(shared,))])
    assert shown.count(shared) == 1
    assert f"{shared} (51 submissions)" in shown
    assert f"zoe {own}" in shown


def test_importing_the_pages_does_not_import_the_template_engine():
    code = "import sys, autograder.feedback, autograder.class_report; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
