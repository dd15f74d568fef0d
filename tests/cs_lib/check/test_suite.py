"""The public tests are found beside the library, and chosen by function and notebook."""

from __future__ import annotations

import json

import pytest

from cs_lib.check.cases import TestFileError as BrokenTestFile
from cs_lib.check.suite import UnknownName, choose, find_suites

TESTS = "import pytest\n" + "".join(
    f"@pytest.mark.graded({name!r}, points=1)\ndef test_{name}(student): ...\n" for name in ("shared", "{}")
)


@pytest.fixture
def course(tmp_path):
    """A checkout with two notebooks, each with a function of its own and one that both have."""
    for notebook in ("knn", "softmax"):
        folder = tmp_path / "assignments" / "a1" / notebook
        folder.mkdir(parents=True)
        (folder / "public_tests.py").write_text(
            TESTS.format(notebook, notebook).replace("test_{}", "test_own")
        )
    return tmp_path


def names(chosen):
    """Notebook and function of the chosen tests."""
    return [(suite.notebook, case.function) for suite, case in chosen]


def test_both_layouts_are_found(course, bundle):
    assert [suite.notebook for suite in find_suites(course)] == ["knn", "softmax"]
    assert [suite.notebook for suite in find_suites(bundle)] == ["knn"]
    assert find_suites(bundle)[0].functions == ("distances", "vote", "answer_metric")


def test_a_function_is_tested_by_the_notebook_that_has_it(course):
    assert names(choose(find_suites(course), ["softmax"])) == [("softmax", "softmax")]
    assert names(choose(find_suites(course), ["softmax", "knn", "knn"])) == [
        ("softmax", "softmax"),
        ("knn", "knn"),
    ]


@pytest.mark.parametrize(
    "context", [{"notebook": "softmax"}, {"current": "softmax"}, {"defined": {"softmax", "x"}}]
)
def test_where_several_come_into_question_the_context_decides(course, context):
    suites = find_suites(course)
    assert names(choose(suites, ["shared"], **context)) == [("softmax", "shared")]
    assert names(choose(suites, **context)) == [("softmax", "shared"), ("softmax", "softmax")]


def test_without_a_context_one_is_asked_which(course):
    with pytest.raises(UnknownName, match='notebook="knn", notebook="softmax"'):
        choose(find_suites(course), ["shared"])


@pytest.mark.parametrize(
    ("function", "near"),
    [("distance", "distances"), ("Voter.vote", "vote"), ("answer_metrik", "answer_metric")],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(bundle, function, near):
    with pytest.raises(UnknownName) as caught:
        choose(find_suites(bundle), [function])
    assert f"Did you mean '{near}'?" in str(caught.value)
    assert "Known: distances, vote, answer_metric." in str(caught.value)


def test_an_unknown_notebook_and_an_empty_folder_are_named(bundle, tmp_path):
    with pytest.raises(UnknownName, match=r"'svm'.*Known: knn"):
        choose(find_suites(bundle), notebook="svm")
    with pytest.raises(UnknownName, match="no tests here"):
        choose(find_suites(tmp_path / "empty"))


@pytest.mark.parametrize("content", [None, "{", "[1, 2]"])
def test_without_readable_hints_there_are_none(bundle, content):
    file = bundle / "checks" / "knn" / "hints.json"
    assert json.loads(file.read_text()) == find_suites(bundle)[0].hints
    file.unlink() if content is None else file.write_text(content)
    assert find_suites(bundle)[0].hints == {}


def test_a_broken_test_file_is_an_error_of_its_own(bundle):
    (bundle / "checks" / "knn" / "public_tests.py").write_text("1 / 0")
    with pytest.raises(BrokenTestFile, match="ZeroDivisionError"):
        choose(find_suites(bundle))
