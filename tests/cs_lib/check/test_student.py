"""Student code is reached by name, with copies; whatever it raises becomes a verdict."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.check.result import StudentError
from cs_lib.check.student import InProcess, Object, Student

from .conftest import namespace


def student(code: str) -> Student:
    """The student who wrote this code."""
    return Student(InProcess(namespace(code)))


def verdict(code: str, *args) -> StudentError:
    """What calling f gives."""
    with pytest.raises(StudentError) as caught:
        student(code).f(*args)
    return caught.value


def test_functions_values_objects_and_their_attributes_are_reached_by_name():
    someone = student("""
        class Knn:
            def train(self, X): self.X_train = X
            def twice(self): return 2 * self.X_train
        def total(knn): return knn.X_train.sum()
        k = 3
    """)
    knn = someone.Knn()
    assert isinstance(knn, Object)
    knn.train(np.ones(2))
    assert np.array_equal(knn["X_train"], [1, 1])
    assert np.array_equal(knn.twice(), [2, 2])
    assert someone.total(knn) == 2
    assert someone["k"] == 3


def test_a_cache_is_passed_back_as_it_is():
    someone = student("""
        class Cache: pass
        def forward(x):
            cache = Cache(); cache.x = x
            return x * 2, (cache, 7)
        def backward(dout, cache): return dout * cache[0].x * cache[1]
    """)
    _, cache = someone.forward(np.array([1.0, 2.0]))
    assert np.array_equal(someone.backward(1.0, cache), [7, 14])


def test_attributes_are_set_with_a_copy():
    someone = student("""
        class Net:
            def total(self):
                self.w += 1
                return self.w.sum()
    """)
    net, w = someone.Net(), np.zeros(3)
    net["w"] = w
    assert net.total() == 3.0
    assert w.tolist() == [0.0, 0.0, 0.0]


def test_the_tests_own_arrays_are_safe_and_a_change_can_be_seen():
    someone = student("def f(x): x[:] = 0")
    mine = np.ones(2)
    someone.f(mine)
    assert np.array_equal(mine, [1, 1])
    assert np.array_equal(someone.arguments_()[0], [0, 0])


def test_calls_are_remembered_in_words_with_their_outcome():
    someone = student("def f(x, k=1): return k")
    someone.f(np.ones((2, 3)), k=5)
    assert someone.calls_[0].text == "f(array (2, 3) float64, k=5)"
    assert someone.calls_[0].outcome == 5


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("raise NotImplementedError", "not_implemented", ""),
        ("raise ValueError('no')", "raised", "f raised ValueError: no"),
        ("return f()", "raised", "RecursionError"),
        ("exit()", "ended_process", "exit()"),
        ("raise SystemExit(3)", "ended_process", "exit()"),
        ("raise MemoryError", "memory_limit", "memory"),
        ("raise GeneratorExit", "raised", "GeneratorExit"),
        ("return np.float(1)", "environment", "write float"),
        ("return np.zeros(4 / 2)", "environment", "use //"),
        ("return np.reshape([1], newshape=(1,))", "environment", "newshape"),
        ("return undefined_name", "raised", "undefined_name"),
    ],
)
def test_every_way_to_fail_has_its_verdict(body, status, words):
    found = verdict(f"import numpy as np\ndef f():\n    {body}")
    assert found.status == status
    assert words in found.message


def test_a_call_names_the_functions_that_it_was_given():
    someone = student("def f(g, x): return g(x)\ndef double(x): return 2 * x")
    assert someone.f(someone["double"], 3) == 6
    assert someone.calls_[-1].text == "f(double, 3)"


def test_a_call_shows_a_tensor_that_takes_part_in_a_graph():
    import torch

    someone = student("def f(x): return x")
    someone.f(torch.tensor(2.5, requires_grad=True))
    assert someone.calls_[-1].text == "f(2.5)"
    someone.f(torch.ones(2, 3))
    assert someone.calls_[-1].text == "f(tensor (2, 3) float32)"
    someone.f([torch.ones(2), torch.ones(1, 3).double()])
    assert someone.calls_[-1].text == "f([tensor (2,) float32, tensor (1, 3) float64])"


def test_an_error_is_shown_without_the_marks_of_a_terminal():
    error = verdict("def f(): raise ValueError('it is \\x1b[1mbold\\x1b[0m')")
    assert error.message == "f raised ValueError: it is bold"
    assert "\x1b" not in error.traceback


def test_what_is_not_there_is_not_defined():
    assert verdict("x = 1").status == "not_defined"
    someone = student("class C: pass")
    thing = someone.C()
    for read in (lambda: thing["weights"], lambda: thing.predict()):
        with pytest.raises(StudentError, match="C has no"):
            read()


def test_the_traceback_shows_the_learners_lines_only():
    shown = verdict("def f(): return g()\ndef g(): return 1 / 0").traceback
    assert "in g" in shown
    assert "student.py" not in shown
    deep = verdict("import json\ndef f(): return json.loads('no')").traceback
    assert "in f" in deep
    assert "decoder.py" not in deep
    assert deep.endswith("JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n")
    assert len(verdict("def f(): return f()").traceback) < 4000


@pytest.mark.parametrize(
    "code",
    [
        "class E(Exception):\n    def __str__(self): raise ValueError\ndef f(): raise E",
        "class C:\n    __class__ = property(lambda self: 1 / 0)\ndef f(): return C()",
        "class Odd(type):\n    __name__ = property(lambda cls: 1 / 0)\n"
        "class C(metaclass=Odd): pass\ndef f(): return C()",
        "class C:\n    def __getattr__(self, name): exit()\ndef f(): return getattr(C(), 'x')",
    ],
    ids=["message", "class", "metaclass", "attribute"],
)
def test_hostile_objects_are_verdicts_too(code):
    assert verdict(code).status in ("raised", "ended_process")


def test_an_attribute_that_fails_is_a_verdict():
    thing = student("import sys\nclass C:\n    @property\n    def x(self): sys.exit()").C()
    with pytest.raises(StudentError) as caught:
        thing["x"]
    assert caught.value.status == "ended_process"


def test_an_interrupt_is_not_swallowed():
    with pytest.raises(KeyboardInterrupt):
        student("def f(): raise KeyboardInterrupt").f()


def test_pythons_own_protocols_are_no_student_functions():
    for thing in (student("class C: pass"), student("class C: pass").C()):
        with pytest.raises(AttributeError):
            thing.__array__()
    with pytest.raises(TypeError, match="cannot be indexed"):
        student("class C: pass").C()[0]
