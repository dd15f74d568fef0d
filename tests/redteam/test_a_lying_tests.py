"""Group A: make the test itself lie. All of it happens beside the wrong answer, not beside the test."""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from tests.autograder.conftest import RIGHT
from tests.redteam.conftest import HONEST, HONEST_PART, at_definition, in_call, statuses

pytestmark = pytest.mark.bubblewrap

# id: what runs while the submission is defined; `double` then answers wrongly.
AT_DEFINITION = {
    "R02 input transformer": """
        get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
    """,
    "R03 AST transformer": """
        import ast
        class Drop(ast.NodeTransformer):
            def visit_Assert(self, node): return ast.Pass()
            def visit_Raise(self, node): return ast.Pass()
        get_ipython().ast_transformers.append(Drop())
    """,
    "R04 shell patched": """
        shell = get_ipython()
        shell.run_cell = shell.run_code = shell.showtraceback = lambda *a, **k: None
    """,
    "R04 fake shell": """
        import builtins
        class Shell:
            def __getattr__(self, name): return lambda *a, **k: True
        builtins.get_ipython = lambda: Shell()
    """,
    "R05 forged kernel message": """
        kernel = get_ipython().kernel
        kernel.send_response(kernel.iopub_socket, "execute_result", {"data": {"text/plain": "7"}})
    """,
    "R07 comparison patched": """
        import builtins, math, unittest, numpy, numpy.testing
        yes = lambda *a, **k: True
        unittest.TestCase.assertEqual = numpy.testing.assert_allclose = yes
        numpy.allclose = numpy.isclose = numpy.array_equal = math.isclose = yes
        builtins.all = builtins.any = builtins.isinstance = yes
        builtins.abs = lambda x: 0.0
    """,
    "R07 own encoder patched": """
        import gc
        for thing in gc.get_objects():
            if isinstance(thing, dict) and "to_plain" in thing and "Server" in thing:
                thing["to_plain"] = lambda value, keep, depth=0: {"status": "passed", "score": 7.0}
    """,
    "R08 test runner patched": """
        import unittest, sys
        unittest.TestResult.addFailure = unittest.TestResult.addError = lambda *a: None
        for name, module in list(sys.modules.items()):
            if "test" in name or "grad" in name or "runner" in name:
                for key in dir(module):
                    if key.startswith(("run", "grade", "check")):
                        setattr(module, key, lambda *a, **k: True)
    """,
    "R09 weights changed": """
        import gc
        for thing in gc.get_objects():
            if isinstance(thing, dict):
                for key in ("points", "max_score", "__weight__", "score"):
                    if key in thing:
                        thing[key] = 1000
    """,
    "R14 clock and seeds patched": """
        import random, time, numpy
        time.time = time.perf_counter = time.monotonic = lambda: 0.0
        random.seed = lambda *a: None
        numpy.random.default_rng = lambda *a: numpy.random.Generator(numpy.random.PCG64(0))
    """,
}


@pytest.mark.parametrize("attack", AT_DEFINITION)
def test_patching_beside_the_answer_changes_nothing(range_, attack):
    report = range_.grade(at_definition(AT_DEFINITION[attack]))
    assert report.score <= HONEST_PART
    assert not any(test.passed for test in report.tests if test.function == "double")
    if "encoder" not in attack and "R07 comparison" not in attack:  # these break the attacker's own answers
        assert report.score == HONEST_PART
        assert set(statuses(report)) == {"wrong_value"}


@pytest.mark.parametrize(
    "attack", ["R02 input transformer", "R03 AST transformer", "R05 forged kernel message"]
)
def test_a_missing_notebook_shell_is_said_and_costs_nothing_else(range_, attack):
    assert "get_ipython" in range_.grade(at_definition(AT_DEFINITION[attack])).problems[0]


EQUAL_TO_ALL = """
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __float__(self): return 6.0
    def __hash__(self): return 0
    def __array__(self, *a, **k): return np.asarray(6.0)
    def __array_ufunc__(self, *a, **k): return True
    def __array_function__(self, *a, **k): return True
    def __torch_function__(self, *a, **k): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    shape, dtype, ndim = (), np.dtype(float), 0
"""


@pytest.mark.parametrize("base", ["object", "int", "float", "str", "dict", "list", "tuple", "np.float64"])
def test_r06_an_object_equal_to_everything_is_named_and_gets_nothing(range_, base):
    code = f"{HONEST}\nclass Sly({base}):\n{EQUAL_TO_ALL}\ndef double(x):\n    return Sly()\n"
    report = range_.grade(code)
    assert report.score == HONEST_PART
    assert statuses(report) == ["wrong_type"] * 3
    assert "an object of type Sly, expected" in report.tests[0].message


@pytest.mark.parametrize(
    "value",
    [
        "np.asarray(x).view(type('Sly', (np.ndarray,), {'__eq__': lambda s, o: True}))",
        "type('float', (float,), {'__module__': 'builtins'})(6.0)",
        "type('Handle', (), {'id': 0, 'type_name': 'float'})()",
        "type('float64', (np.float64,), {'__module__': 'numpy', 'dtype': 'f8', 'tobytes': lambda s: b'x'})(6)",
    ],
    ids=["ndarray subclass", "a class called float", "a false handle", "a class called numpy.float64"],
)
def test_r06_a_false_name_does_not_help(range_, value):
    report = range_.grade(in_call(f"return {value}"))
    assert report.score == HONEST_PART
    assert set(statuses(report)) <= {"wrong_type", "unusable_value", "ended_process", "protocol", "raised"}


@pytest.mark.parametrize(
    "error",
    ["unittest.SkipTest('no')", "StopIteration", "GeneratorExit", "type('Skipped', (BaseException,), {})", "KeyboardInterrupt",
     "type('CheckFailed', (Exception,), {'credit': 1.0, 'status': 'passed'})"],
)  # fmt: skip
def test_r10_no_exception_makes_a_test_vanish(range_, error):
    report = range_.grade(in_call(f"import unittest\nraise {error}"))
    assert report.score == HONEST_PART
    assert statuses(report) == ["raised"] * 3


@pytest.mark.parametrize(
    ("value", "status"),
    [("1e9", "wrong_value"), ("-1", "wrong_value"), ("np.nan", "not_finite"), ("np.inf", "not_finite"),
     ("'5.0 '", "wrong_type"), ("{'score': 7.0, 'status': 'passed'}", "wrong_type"), ("2**70", "unusable_value"),
     ("True", "wrong_value")],
)  # fmt: skip
def test_r11_a_score_that_is_returned_is_a_wrong_answer(range_, value, status):
    report = range_.grade(in_call(f"return {value}"))
    assert report.score == HONEST_PART
    assert statuses(report)[0] == status


def test_r12_changing_the_input_changes_no_expectation(range_):
    report = range_.grade(in_call("x = np.asarray(x)\nx[...] = 0\nreturn x"))
    assert report.score == HONEST_PART
    assert statuses(report) == ["wrong_value"] * 3


def test_r14_private_inputs_cannot_be_predicted(range_):
    report = range_.grade(
        in_call("""
            import hashlib, zlib
            names = ["test_arrays_are_doubled[vector]", "test_arrays_are_doubled[matrix]"]
            seeds = [*range(300), *(zlib.crc32(n.encode()) for n in names)]
            for word in ("public", "secret", "", "a1", "double"):
                for n in names:
                    seeds.append(int.from_bytes(hashlib.sha256(f"{word}/{n}".encode()).digest()[:8], "big"))
            if np.shape(x) and any(np.array_equal(np.random.default_rng(s).standard_normal(x.shape), x) for s in seeds):
                return 2 * x
            return 0 * x
        """)
    )
    assert report.score == HONEST_PART


def test_r01_tags_do_not_skip_a_test(range_, tmp_path):
    tags = {
        "tags": ["skip-execution", "otter_ignore", "nbgrader_ignore"],
        "nbgrader": {"grade": False, "points": 1e6},
    }
    cell = {
        "cell_type": "code",
        "metadata": tags,
        "source": at_definition("pass"),
        "outputs": [],
        "execution_count": 1,
    }
    notebook = {"cells": [cell], "metadata": {"skip": True}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "double.ipynb").write_text(json.dumps(notebook))
    report = range_.grade_folder(tmp_path)
    assert report.score == HONEST_PART
    assert statuses(report) == ["wrong_value"] * 3


SHADOWS = ["numpy.py", "random.py", "torch.py", "wire.py", "serve.py", "values.py", "modules.py", "definitions.py", "main.py", "msgpack.py", "sitecustomize.py", "usercustomize.py", "conftest.py", "__init__.py", "pytest.py", "helpers.py", "evil.pth", ".ipython/profile_default/startup/00.py"]  # fmt: skip


@pytest.mark.parametrize("hand_in", ["double.ipynb", "double.py"])
def test_r13_shadow_modules_beside_honest_work_are_never_imported_for_it(range_, tmp_path, hand_in):
    """Honest work among them gets full marks: the same names are what they are elsewhere."""
    marker = tmp_path / "marker"
    folder = tmp_path / "handed in"
    for name in SHADOWS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"import pathlib\npathlib.Path({str(marker)!r}).touch()\nraise SystemExit\n")
    cell = {"cell_type": "code", "metadata": {}, "source": RIGHT}
    text = json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    (folder / hand_in).write_text(text if hand_in.endswith("ipynb") else RIGHT)
    report = range_.grade_folder(folder)
    assert report.score == 7.0
    assert not marker.exists()
    assert sys.modules["numpy"] is np


def test_r08_a_conftest_is_no_module_of_the_submission(range_, tmp_path):
    (tmp_path / "double.py").write_text(at_definition("pass"))
    (tmp_path / "conftest.py").write_text("def double(x):\n    return 2 * x\n")
    assert range_.grade_folder(tmp_path).score == HONEST_PART
