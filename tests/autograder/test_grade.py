"""grade() is a pure function, gives the same marks at every level, and takes notebooks and modules alike."""

from __future__ import annotations

import dataclasses
import os
import tempfile

import numpy as np
import pytest

from autograder.grade import grade
from autograder.mistakes import record_hints
from autograder.remote import Session
from autograder.submission import Submission
from cs_lib.check.student import Student
from tests.autograder.conftest import RIGHT

LEVELS = [
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("user", marks=pytest.mark.root),
    "none",
]
HALF = RIGHT.replace("np.mean(x)", "x.sum()")


def without_seconds(report):
    """A report without the only thing that differs between runs."""
    tests = tuple(dataclasses.replace(test, seconds=0.0) for test in report.tests)
    return dataclasses.replace(report, seconds=0.0, tests=tests)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("code", "score"), [(RIGHT, 7.0), (HALF, 4.0), ("", 0.0)], ids=["right", "half", "empty"]
)
def test_honest_work_has_the_same_score_at_every_level(grade_code, level, code, score):
    report = grade_code(code, sandbox=level)
    assert (report.score, report.max_score, report.sandbox) == (score, 7.0, level)


@pytest.mark.bubblewrap
def test_grading_twice_gives_the_same_report_and_leaves_no_trace(grade_code, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where nobody else writes
    before = os.getcwd(), dict(os.environ)
    one, two = grade_code(HALF), grade_code(HALF)
    assert without_seconds(one) == without_seconds(two)
    assert (os.getcwd(), dict(os.environ)) == before
    assert os.listdir(tmp_path) == []


def test_a_submission_without_the_notebook_lists_every_test_with_0(assignment):
    report = grade(assignment, Submission("ada"), sandbox="none")
    assert [test.status for test in report.tests] == ["not_defined"] * 7
    assert report.score == 0.0
    assert report.max_score == 7.0
    assert "was not handed in" in report.problems[0]


def test_only_the_visibility_that_is_asked_for_is_graded(grade_code):
    report = grade_code(RIGHT, sandbox="none", visibility=("public",))
    assert {test.visibility for test in report.tests} == {"public"}
    assert report.score == report.max_score == 2.0


def test_questions_for_a_person_are_listed_and_not_counted(grade_code):
    assert grade_code(RIGHT, sandbox="none").manual == {"why": 2.0}


def test_a_hint_of_a_known_mistake_comes_with_the_verdict(assignment, grade_code):
    notebook = assignment.notebooks[0]
    hints = {"double": record_hints(notebook, notebook.cases, assignment.seed)}
    report = grade_code(HALF, sandbox="none", hints=hints)
    assert "divide by how many there are" in str(
        {test.hint for test in report.tests if test.function == "mean"}
    )


def test_after_two_time_limits_the_other_tests_of_a_function_are_not_tried(assignment):
    limits = dataclasses.replace(assignment.limits, test_seconds=0.2)
    code = RIGHT.replace("return 2 * x", "while True: pass")
    submission = Submission("ada", {"double": (("cell 1", code),)})
    report = grade(dataclasses.replace(assignment, limits=limits), submission, sandbox="none")
    assert report.score == 4.0
    messages = [test.message for test in report.tests if test.function == "double"]
    assert messages[-1].startswith("Not tried")


MODULES = {
    "relative import": {"knn": "from .helpers import double, mean\nanswer_half = 0.5", "helpers": RIGHT},
    "plain import": {"knn": "import helpers\ndouble, mean = helpers.double, helpers.mean", "helpers": RIGHT},
    "named package": {
        "knn": "from course.classifiers.layers import *\nimport course.classifiers.layers as L\nL.mean",
        "layers": RIGHT,
    },
    "xrange": {
        "knn": "from builtins import range\nfrom past.builtins import xrange\n"
        + RIGHT.replace("2 * x", "sum(x for _ in xrange(2))")
    },
    "names of the grader's own files": {
        "values": RIGHT,
        "wire": "from values import double",
        "modules": "import serve",
        "serve": "",
    },
    "main guard": {"knn": RIGHT + "\nif __name__ == '__main__':\n    raise SystemExit"},
    "one broken beside it": {"knn": RIGHT, "other": "def f(:"},
    "relative imports from packages above": {
        "layers": RIGHT,
        "fc_net": "from ..layers import *\nfrom ...layers import mean\nfrom ..layer_utils import *\n",
    },
    "a helper that is not there": {
        "layers": "def affine_forward(x, w, b):\n    return x * w, 0\ndef relu_forward(a):\n    return a, 0",
        "knn": "from course.layer_utils import affine_relu_forward\n"
        + RIGHT.replace("return 2 * x", "return affine_relu_forward(x, 2, 0)[0]"),
    },
    "circular": {"a": "from .b import *\n" + RIGHT, "b": "from .a import *\n"},
}


@pytest.mark.parametrize("modules", MODULES)
def test_modules_with_the_same_names_are_graded_like_a_notebook(assignment, modules):
    report = grade(assignment, Submission("ada", {}, MODULES[modules]), sandbox="none")
    assert report.score == 7.0


def test_a_notebook_may_import_the_modules_beside_it(assignment):
    cells = (("cell 1", "from helpers import double, mean, answer_half"),)
    report = grade(assignment, Submission("ada", {"double": cells}, {"helpers": RIGHT}), sandbox="none")
    assert report.score == 7.0


def test_text_that_cannot_be_encoded_costs_nothing(grade_code):
    code = RIGHT.replace("return 2 * x", "print('\\udcff')\n    return 2 * x")
    assert grade_code(code, sandbox="none").score == 7.0


def test_an_error_that_cannot_be_encoded_is_still_that_error(grade_code):
    report = grade_code("def double(x):\n    raise ValueError('\\udcff')", sandbox="none")
    assert report.tests[0].message.endswith("double raised ValueError: ?")


def test_state_is_kept_within_a_test_and_input_checks_see_the_arguments(assignment):
    """The student's objects stay on their side; a test holds a handle."""
    code = (
        "class Counter:\n    n = 0\n    def __init__(self):\n        self.n = 0\n"
        "    def add(self, x):\n        x += 1\n        self.n += 1\n"
    )
    content = {"cells": [["cell 1", code]], "modules": {}, "wanted": ["Counter"], "given": {}, "helpers": {}}
    with Session(content, "none", assignment.limits, ("numpy",)) as session:
        remote = session.open_test(2.0)
        student = Student(remote)
        counter = student.Counter()
        x = np.zeros(2)
        counter.add(x)
        assert counter["n"] == 1
        assert x.tolist() == [0.0, 0.0]
        assert student.arguments_()[0].tolist() == [1.0, 1.0]
        remote.finish()
        remote = session.open_test(2.0)
        assert Student(remote).Counter()["n"] == 0
        remote.finish()


RELIES_ON_DOUBLE = "\n\ndef mean(x):\n    return double(x).sum() / 2 / len(x)"
HUNG_IN = """
class Half:
    pass


def double(self, x):
    return x**2


Half.double = double
"""


def by_function(report):
    """The points of each function."""
    points = {}
    for result in report.tests:
        points[result.function] = points.get(result.function, 0) + result.score
    return points


@pytest.mark.parametrize("level", ["none", pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)])
def test_a_mistake_costs_the_points_of_its_own_function_only(grade_code, level):
    report = grade_code("def double(x):\n    return x**2" + RELIES_ON_DOUBLE, sandbox=level)
    assert by_function(report) == {"double": 0.0, "mean": 3.0, "answer_half": 0.0}
    (message,) = {result.message for result in report.tests if result.function == "mean"}
    assert message == "Passed with the course's own double in place of yours."


def test_the_same_holds_for_modules_that_import_each_other(assignment):
    modules = {
        "first": "def double(x):\n    return x**2",
        "second": "from .first import *" + RELIES_ON_DOUBLE,
    }
    report = grade(assignment, Submission("ada", {}, modules), sandbox="none")
    assert by_function(report)["mean"] == 3.0


def test_what_comes_later_is_not_put_in(grade_code):
    wrong = "def double(x):\n    return mean(x) * 2\n\ndef mean(x):\n    return x.sum()"
    assert by_function(grade_code(wrong, sandbox="none"))["double"] == 0.0


def test_a_function_that_is_wrong_itself_stays_wrong_and_keeps_its_own_message(grade_code):
    wrong = "def double(x):\n    return x**2\n\ndef mean(x):\n    return double(x).sum()"
    report = grade_code(wrong, sandbox="none")
    assert report.score == 0.0
    assert not [result for result in report.tests if "course's own" in result.message]


@pytest.mark.bubblewrap
def test_building_blocks_of_the_library_can_be_called_and_nothing_else_of_it(assignment):
    notebook = dataclasses.replace(assignment.notebooks[0], building_blocks=("layers.affine",))
    changed = dataclasses.replace(assignment, notebooks=(notebook,))
    code = (
        "from cs_lib.layers.affine import affine_forward\n"
        "from cs_lib.layers.convolution import convolve\n"
        "from cs_lib import plots\n"
        "def double(x):\n"
        "    column = np.reshape(x, (-1, 1))\n"
        "    return affine_forward(column, np.full((1, 1), 2.0), np.zeros(1))[0].reshape(np.shape(x))\n"
        "def mean(x):\n    return convolve(x)"
    )
    submission = Submission("ada", {"double": (("cell 1", "import numpy as np\n" + code),)})
    report = grade(changed, submission, sandbox="bubblewrap")
    assert by_function(report)["double"] == 3.0
    assert {r.status for r in report.tests if r.function == "mean"} == {"forbidden"}
