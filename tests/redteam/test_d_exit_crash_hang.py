"""Group D: exit, crash, hang. A limit is hit by the test that hits it, and named; everything else goes on.

The attacks are bounded in themselves, so that a machine survives them if a wall were missing.
"""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import ast
import os
import resource
import shutil
import time

import pytest

from tests.autograder.conftest import RIGHT
from tests.redteam.conftest import HONEST_PART, at_definition, in_call, seen, statuses

pytestmark = pytest.mark.bubblewrap
SEEN = "class Seen(Exception): pass\n"

ENDINGS = {
    "sys.exit": ("import sys; sys.exit(0)", "ended_process"),
    "os._exit": ("import os; os._exit(0)", "ended_process"),
    "SystemExit": ("raise SystemExit", "ended_process"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "ended_process"),
    "abort": ("import os; os.abort()", "ended_process"),
    "killed": ("import os; os.kill(os.getpid(), 9)", "ended_process"),
    "recursion": (
        "import sys; sys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) + 1\nreturn f(0)",
        "ended_process",
    ),
    "input": ("return float(input('x? '))", "asked_for_input"),
    "breakpoint": ("breakpoint()", "asked_for_input"),
    "getpass": ("import getpass; return getpass.getpass()", "asked_for_input"),
    "stdin": ("import sys; return 0 * x if sys.stdin.readline() == '' else 2 * x", "wrong_value"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_r31_r32_r41_an_ending_is_named_and_costs_only_its_tests(range_, ending):
    body, status = ENDINGS[ending]
    report = range_.grade(in_call(body), assignment=range_.with_limits(memory_mb=512))
    assert report.score == HONEST_PART
    bounds = {status, "memory_limit", "time_limit", "raised"}
    assert set(statuses(report)) <= bounds if ending == "recursion" else statuses(report) == [status] * 3


@pytest.mark.parametrize("ending", ["sys.exit", "SystemExit", "input", "breakpoint", "stdin"])
def test_r31_an_exit_at_definition_costs_no_more_than_its_statement(range_, ending):
    body = (
        ENDINGS[ending][0]
        .replace("return 0 * x if", "x = 1 if")
        .replace("return ", "")
        .replace("else 2 * x", "else 2")
    )
    report = range_.grade(at_definition(body))
    assert report.score == HONEST_PART
    assert ending == "stdin" or report.problems


@pytest.mark.parametrize("ending", ["os._exit", "segmentation fault", "killed"])
def test_r31_r32_the_end_of_the_process_at_definition_costs_all_and_is_named(range_, ending):
    report = range_.grade(at_definition(ENDINGS[ending][0]))
    assert report.score == 0.0
    assert {test.status for test in report.tests} == {"ended_process"}
    assert range_.grade(RIGHT).score == 7.0


HANGS = {
    "loop": "while True: pass",
    "hang in C": "return 3 ** (10 ** 9)",
    "regular expression": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "swallowed": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "signals ignored": "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nwhile True: pass",
    "sleep": "import time; time.sleep(1000)",
    "stopped": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); return x",
}


@pytest.mark.parametrize("hang", HANGS)
def test_r33_r34_a_hang_is_a_time_limit_by_the_graders_clock(range_, hang):
    started = time.monotonic()
    report = range_.grade(in_call(HANGS[hang]), assignment=range_.with_limits(test_seconds=0.4))
    assert report.score == HONEST_PART
    assert statuses(report) == ["time_limit"] * 3
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("hang", ["loop", "sleep"])
def test_r33_a_hang_at_definition_ends_at_its_limit(range_, hang):
    report = range_.grade(at_definition(HANGS[hang]), assignment=range_.with_limits(definition_seconds=0.8))
    assert report.score == 0.0
    assert {test.status for test in report.tests} == {"time_limit"}


def test_r35_many_small_delays_reach_the_limit_of_the_submission(range_):
    nap = "import time; time.sleep(0.5)"
    code = in_call(f"{nap}\nreturn 2 * x").replace("def mean(x):\n", f"def mean(x):\n    {nap}\n")
    report = range_.grade(code, assignment=range_.with_limits(submission_seconds=1.0))
    assert report.tests[-1].status == "time_limit"
    assert 0 < report.score < 7.0
    assert report.seconds < 20


MEMORY = {
    "list": "return len([0] * 10**10)",
    "array": "return np.ones(10**10)",
    "in steps": "kept = []\nfor _ in range(300): kept.append(np.ones(1 << 20))\nreturn len(kept)",
    "bytes": "return len(bytearray(10**10))",
    "mmap": "import mmap; return len(mmap.mmap(-1, 10**10))",
}


@pytest.mark.parametrize("bomb", MEMORY)
def test_r36_a_memory_bomb_is_named(range_, bomb):
    report = range_.grade(in_call(MEMORY[bomb]), assignment=range_.with_limits(test_seconds=5.0))
    assert report.score == HONEST_PART
    assert set(statuses(report)) == ({"raised"} if bomb == "mmap" else {"memory_limit"})


def test_r36_no_memory_is_to_be_had_that_no_limit_counts(range_):
    found = seen(
        range_.grade(
            SEEN
            + in_call("""
            import ctypes, os
            libc = ctypes.CDLL(None)
            got = [libc.shmget(0, 1 << 20, 0o1600), libc.memfd_create(b"x", 0), libc.unshare(0x10020000)]
            total = 0
            try:
                for i in range(60):
                    with open(f"/dev/shm/{i}", "wb") as stream:
                        total += stream.write(bytes(1 << 20))
            except OSError:
                pass
            raise Seen((got, total <= 17 << 20))
            """)
        )
    )
    assert found == "([-1, -1, -1], True)"


def test_r37_processes_are_limited(range_):
    found = seen(
        range_.grade(
            SEEN
            + in_call("""
            import os, time
            children = 0
            for _ in range(200):
                try:
                    if os.fork() == 0:
                        time.sleep(5)
                        os._exit(0)
                except OSError:
                    break
                children += 1
            raise Seen(children < 24)
            """)
        )
    )
    assert found == "True"
    assert range_.grade(RIGHT).score == 7.0


def test_r37_threads_are_limited(range_):
    body = """
        import threading, time
        threads = 0
        for _ in range(200):
            try:
                threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
            except RuntimeError:
                break
            threads += 1
        raise Seen(threads < 24)
    """
    assert seen(range_.grade(SEEN + in_call(body))) == "True"


@pytest.mark.root
def test_r37_processes_are_limited_at_the_user_level(range_):
    body = """
        import os, time
        for _ in range(200):
            try:
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(20)
                    os._exit(0)
            except OSError:
                return 0 * x
        return 2 * x
    """
    assert range_.grade(in_call(body), sandbox="user").score == HONEST_PART
    assert range_.grade(RIGHT, sandbox="user").score == 7.0


def test_r38_the_disk_cannot_be_filled(range_):
    free = shutil.disk_usage("/tmp").free
    found = seen(
        range_.grade(
            SEEN
            + in_call("""
            import os
            written, writable = {}, []
            for folder in ("/", "/tmp", "/dev", "/dev/shm", "/site", "/program", "/usr/lib", "/proc", "/home", "/var"):
                total = 0
                try:
                    for i in range(60):
                        with open(f"{folder}/fill{i}", "wb") as stream:
                            total += stream.write(bytes(1 << 20))
                except OSError:
                    pass
                if total:
                    writable.append(folder)
                written[folder] = total
            for i in range(60):
                try: os.unlink(f"/tmp/fill{i}")
                except OSError: pass
            try:
                with open("/tmp/one", "wb") as stream:
                    for _ in range(60):
                        stream.write(bytes(1 << 20))
                one = True
            except OSError:
                one = False
            raise Seen((writable, max(written.values()) <= 17 << 20, one))
            """),
            assignment=range_.with_limits(test_seconds=5.0),
        )
    )
    assert found == "(['/tmp', '/dev/shm'], True, False)"
    assert shutil.disk_usage("/tmp").free > free - (64 << 20)


FLOODS = {
    "print": "for _ in range(2000): print('x' * 10**5)\nreturn 0 * x",
    "standard error": "import sys\nfor _ in range(2000): sys.stderr.write('x' * 10**5)\nreturn 0 * x",
    "descriptors": "import os\nfor fd in (1, 2):\n    for _ in range(500): os.write(fd, b'x' * 10**5)\nreturn 0 * x",
    "control bytes": "print('\\x1b[2J\\x00\\x07' * 10**6)\nreturn 0 * x",
    "message": "raise ValueError('x' * 10**8)",
    "long text": "return 'x' * 10**8",
    "long list": "return [0] * 10**6",
    "nested lists": "return [[[0]] * 10**5] * 3",
    "large array": "return np.zeros(10**8, np.int8)",
    "deep": "d = []\nfor _ in range(10**4): d = [d]\nreturn d",
    "itself": "d = []\nd.append(d)\nreturn d",
    "many keys": "return {i: i for i in range(10**5)}",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_r39_a_flood_is_cut_and_the_grader_stays_small(range_, flood):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = range_.grade(in_call(FLOODS[flood]), assignment=range_.with_limits(test_seconds=4.0))
    assert report.score == HONEST_PART
    assert set(statuses(report)) <= {
        "wrong_value",
        "wrong_type",
        "wrong_shape",
        "unusable_value",
        "raised",
        "memory_limit",
    }
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 << 10  # KB
    assert os.path.isdir("/tmp")


def test_r40_there_is_no_device_but_those_that_every_sandbox_has(range_):
    found = seen(
        range_.grade(
            SEEN
            + in_call("""
            import glob, os
            raise Seen((sorted(os.listdir("/dev")), glob.glob("/proc/driver/nvidia*")))
            """)
        )
    )
    devices, drivers = ast.literal_eval(found)
    assert set(devices) <= {
        "console", "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
        "stdout", "tty", "urandom", "zero",
    }  # fmt: skip
    assert drivers == []
