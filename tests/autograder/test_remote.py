"""A session survives whatever the other side does: it ends tests, starts again, and keeps to its time."""

from __future__ import annotations

import contextlib
import dataclasses
import time

import numpy as np
import pytest
import torch

from autograder.remote import DefinitionError, Session
from autograder.sandbox.limits import Limits
from cs_lib.check.result import StudentError
from cs_lib.check.student import Student

LIMITS = Limits(test_seconds=0.5, definition_seconds=3.0, submission_seconds=20.0)


def session(code: str, *wanted: str, limits: Limits = LIMITS) -> Session:
    """A session of one cell of harmless code, in a process of this user."""
    return Session(
        {"cells": [["cell 1", code]], "modules": {}, "wanted": list(wanted), "given": {}, "helpers": {}},
        "none",
        limits,
        ("numpy",),
    )


@contextlib.contextmanager
def one_test(s: Session, seconds: float = 2.0):
    """A function that calls the submission's functions, as one test does."""
    remote = s.open_test(seconds)
    try:
        yield lambda name, *args: remote.call(None, name, args, {})
    finally:
        remote.finish()


def test_values_cross():
    with (
        session("def f(x, y):\n    return {'sum': x + y, 'parts': [x, (y, None)]}", "f") as s,
        one_test(s) as ask,
    ):
        answer = ask("f", np.arange(3.0), 1)
        assert answer["sum"].tolist() == [1.0, 2.0, 3.0]
        assert answer["parts"][1] == (1, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("raise SystemExit", "ended_process"),
        ("import os; os._exit(3)", "ended_process"),
        ("while True: pass", "time_limit"),
        ("raise NotImplementedError", "not_implemented"),
        ("raise MemoryError", "memory_limit"),
        ("return input()", "asked_for_input"),
        ("import not_there", "forbidden"),
        ("return 1 / 0", "raised"),
        ("return [0] * 250_000", "unusable_value"),
    ],
)
def test_no_value_has_a_verdict_and_the_next_test_works(body, status):
    with session(f"def f():\n    {body}\ndef g():\n    return 1\n", "f", "g") as s:
        with one_test(s, 1.0) as ask, pytest.raises(StudentError) as caught:
            ask("f")
        assert caught.value.status == status
        with one_test(s) as ask:
            assert ask("g") == 1


def test_a_test_that_goes_on_after_its_process_ended_gets_the_same_answer():
    with session("import os\ndef f():\n    os._exit(0)", "f") as s, one_test(s) as ask:
        for _ in range(3):
            with pytest.raises(StudentError, match="ended the Python process"):
                ask("f")


@pytest.mark.parametrize(
    "answer", ["7", "{}", "{'problems': 5, 'repairs': {}, 'missing': []}", "{'problems': 1}"]
)
def test_a_false_first_answer_is_a_verdict_not_a_crash(answer):
    """The first answer says what was defined; code that forges it can only spoil it."""
    forge = (
        "import gc, socket, struct, sys\n"
        "class F:\n"
        "    for o in gc.get_objects():\n"
        "        if type(o).__name__ == 'Channel':\n"
        f"            o.send({answer})\n"
        "def f():\n    F\n    return 1\n"
    )
    with session(forge, "f") as s:
        with contextlib.suppress(DefinitionError):  # with the verdict `protocol`, or it is just a lie
            s.start()
        assert all(type(text) is str for text in s.definitions.problems)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("class A:\n    while True: pass\ndef f(): A", "time_limit"),
        ("import os\nclass A:\n    os._exit(0)\ndef f(): A", "ended_process"),
    ],
)
def test_definitions_that_do_not_end_well_are_named(code, status):
    with session(code, "f", limits=dataclasses.replace(LIMITS, definition_seconds=0.6)) as s:
        with pytest.raises(DefinitionError) as caught:
            s.start()
        assert caught.value.status == status


def test_the_time_of_a_submission_bounds_that_of_its_tests():
    limits = dataclasses.replace(LIMITS, submission_seconds=0.8)
    with session("def f():\n    while True: pass", "f", limits=limits) as s:
        started = time.monotonic()
        with one_test(s, 100.0) as ask, pytest.raises(StudentError):
            ask("f")
        assert time.monotonic() - started < 10
        assert s.seconds_left() <= 0


def test_torch_work_is_answered_from_a_fork_without_importing_it_again():
    """Autograd, optimizers and convolution work after the fork; tensors cross the wire as tensors."""
    code = """
import torch

def steps(x, n):
    w = torch.nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.Adam([w], lr=0.1)
    for _ in range(n):
        loss = ((x @ w - 1) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.nn.functional.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3))
    return w.detach(), loss
"""
    content = {"cells": [["cell 1", code]], "modules": {}, "wanted": [], "given": {}, "helpers": {}}
    with Session(content, "none", Limits(), ("numpy", "torch")) as session:
        session.start()
        remote = session.open_test(2.0)
        w, loss = Student(remote).steps(torch.eye(3), 2)
        remote.finish()
    assert isinstance(loss, torch.Tensor)
    torch.testing.assert_close(w, torch.full((3,), 0.2), atol=0.02, rtol=0)
