"""Only definitions are run, and one bad statement does not cost the others."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_lib.check.definitions import define, said, strip_magics


def defined(*cells: str, wanted: tuple[str, ...] = ()):
    """Define these cells, numbered from 1."""
    return define([(f"cell {i}", textwrap.dedent(code)) for i, code in enumerate(cells, 1)], wanted)


def test_functions_classes_imports_and_constants_are_defined():
    names = defined("import math\nEPS = 1e-8\nf = lambda x: x\ndef g(): return EPS\nclass C: pass").namespace
    assert names["g"]() == 1e-8
    assert {"math", "f", "C"} <= set(names)


def test_work_is_left_alone():
    result = defined("print(1 / 0)\nfor i in range(3): boom()\nx = load()\nassert False\nwhile True: pass")
    assert "x" not in result.namespace
    assert result.problems == []


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (("best = max(1, 2)", "def f(): return best"), "best"),
        (("a = int('1')", "b = abs(a)", "def f(): return b"), "a"),
        (("class C:\n    def m(self): return self.scale * table\ntable = dict(a=1)",), "table"),
        (
            ("def f(dists):\n    def inner(): return weights\n    return inner\nweights = list('ab')",),
            "weights",
        ),
    ],
)
def test_what_a_definition_refers_to_is_computed(cells, name):
    assert name in defined(*cells).namespace


def test_a_local_name_computes_no_global_one():
    assert (
        "dists" not in defined("dists = 1 / 0 if print() else load()", "def f(dists): return dists").namespace
    )


def test_an_answer_is_computed_when_asked_for():
    assert "answer" not in defined("answer = round(2.4)").namespace
    assert defined("answer = round(2.4)", wanted=("answer",)).namespace["answer"] == 2


def test_methods_can_be_attached_after_the_class():
    names = defined("class C: pass", "def f(self): return 3", "C.f = f").namespace
    assert names["C"]().f() == 3


def test_as_in_a_notebook_the_last_definition_wins():
    assert defined("def f(): return 1", "def f(): return 2").namespace["f"]() == 2


def test_conditional_definitions_count_and_the_main_part_does_not():
    result = defined(
        "try:\n    import nothing_like_it\nexcept ImportError:\n    nothing_like_it = None",
        "if __name__ == '__main__':\n    x = 1",
    )
    assert result.namespace["nothing_like_it"] is None
    assert "x" not in result.namespace


def test_a_bad_import_costs_only_itself():
    result = defined("import numpy as np\nimport nothing_like_it as n\ndef f(): return np.pi")
    assert result.missing == {"n": "nothing_like_it"}
    assert "cell 1, line 2: No module named 'nothing_like_it'" in result.problems
    assert result.namespace["f"]() > 3


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("def f(:\n", "not valid Python"),
        ("return 1", "not valid Python"),
        ("x = (" * 500, "cell 1"),
        ("class C:\n    x = 1 / 0", "ZeroDivisionError"),
        ("class C:\n    exit()", "SystemExit"),
        ("class E(BaseException): pass\nclass C:\n    raise E('so')", "E: so"),
        ("class E(Exception):\n    def __str__(self): 1 / 0\nclass C:\n    raise E", "cannot be shown"),
    ],
)
def test_a_broken_cell_is_reported_and_the_next_one_runs(cell, words):
    result = defined(cell, "def g(): return 4")
    assert any(words in problem for problem in result.problems)
    assert result.namespace["g"]() == 4


@pytest.mark.parametrize(
    ("cell", "survives"),
    [
        ("%matplotlib inline\nx = 1", True),
        ("!pip install numpy\nx = 1", True),
        ("y = !ls\nx = 1", True),
        ("np.dot?\nx = 1", True),
        ("%%time\nx = 1", True),
        ("%%bash\nx = 1", False),
        ("if True:\n    %timeit 1\nx = 1", True),
    ],
)
def test_notebook_commands_are_left_out_and_reported(cell, survives):
    result = defined(cell)
    assert result.problems == []
    assert ("x" in result.namespace) == survives
    assert "notebook commands" in result.repairs[0]


@pytest.mark.parametrize(
    "cell", ["from google.colab import drive\ndrive.mount('/d')\nx = 1", "import google.colab\nx = 1"]
)
def test_what_only_colab_has_is_no_matter(cell):
    result = defined(cell)
    assert (result.problems, result.repairs, result.namespace["x"]) == ([], [], 1)


@given(st.text(alphabet="%!?= \nax\"'#", max_size=40))
def test_valid_python_is_left_as_it_is_and_line_numbers_stay_right(code):
    try:
        ast.parse(code)
        assert strip_magics(code) == (code, 0)
    except SyntaxError:
        stripped, _ = strip_magics(code)
        cell_command = code.lstrip().startswith("%%")
        assert cell_command or len(stripped.splitlines()) == len(code.splitlines())


def test_an_error_without_a_message_is_still_named():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert "cannot be shown" in said(Mute())
