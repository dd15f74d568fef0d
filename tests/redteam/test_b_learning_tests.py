"""Group B: learn the private tests. What must stay hidden is not there: no file, no object, no network."""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import socket
import threading

import pytest

from autograder.feedback import feedback_html, feedback_text
from cs_lib.check.result import VERDICTS
from tests.redteam.conftest import HONEST_PART, in_call, seen, statuses

pytestmark = pytest.mark.bubblewrap

SEEN = "class Seen(Exception): pass\n"
# The word that is searched for, spelt so that no attack holds it itself.
WORD = "bytes([67, 65, 78, 65, 82, 89, 45])"


def looking(range_, body, **limits):
    """What an attack finds, run inside a call."""
    return seen(range_.grade(SEEN + in_call(body), assignment=range_.with_limits(**limits)))


def test_r15_r17_r18_files_of_the_course_and_of_others_do_not_exist(range_):
    """ENOENT, not EACCES: they are not forbidden, they are not there."""
    paths = [str(path) for path in (*range_.secrets, range_.root, *range_.root.parents)]
    found = looking(
        range_,
        f"""
        import errno, os
        answers = set()
        for path in {[p for p in paths if p not in ("/", "/tmp")]!r}:
            try:
                os.stat(path)
                answers.add(path)
            except OSError as error:
                answers.add(errno.errorcode[error.errno])
        raise Seen(sorted(answers))
        """,
    )
    assert found == "['ENOENT']"


def test_r15_a_search_of_the_whole_visible_file_system_finds_no_canary(range_):
    """Names everywhere, contents of all that is newer than the course (or was not installed with Python)."""
    newest = range_.secrets[0].stat().st_mtime - 3600
    found = looking(
        range_,
        f"""
        import os, stat
        bad, count = [], 0
        for folder, folders, files in os.walk("/", onerror=lambda e: None):
            if folder == "/":
                folders[:] = [f for f in folders if f != "proc" and not f.startswith("lib")]  # usr/lib is walked
            for name in files:
                path = os.path.join(folder, name)
                count += 1
                if name in ("private_tests.py", "mistakes.py", "course.toml", "gradebook.db", "grade.py", "affine.py"):
                    bad.append(path)
                if folder.startswith("/usr/lib") and not name.endswith((".py", ".toml", ".db", ".json", ".txt")):
                    continue  # shared objects of the system: their names are enough
                try:
                    state = os.lstat(path)
                except OSError:
                    continue
                fresh = state.st_mtime > {newest} or path.startswith(("/program", "/tmp", "/etc", "/home", "/root"))
                if stat.S_ISREG(state.st_mode) and fresh and state.st_size < 1 << 22:
                    try:
                        with open(path, "rb") as stream:
                            if {WORD} in stream.read():
                                bad.append(path)
                    except OSError:
                        pass
        raise Seen((bad, count > 1000))
        """,
        test_seconds=20.0,
        submission_seconds=30.0,
    )
    assert found == "([], True)"


def test_r16_no_canary_is_anywhere_in_the_memory_of_the_process(range_):
    """Frames, garbage collector, line cache and history are all in it; the word is compared byte by byte."""
    found = looking(
        range_,
        """
        letters = [67, 65, 78, 65, 82, 89, 45]
        hits = regions = 0
        import ctypes
        with open("/proc/self/maps") as maps:
            for line in maps.read().splitlines():
                span, rights = line.split()[:2]
                start, end = (int(n, 16) for n in span.split("-"))
                if not rights.startswith("rw") or end - start > 1 << 28:
                    continue
                chunk = np.frombuffer(ctypes.string_at(start, end - start), np.uint8)
                regions += 1
                at = np.flatnonzero(chunk[:-7] == letters[0])
                for i, letter in enumerate(letters):
                    at = at[chunk[at + i] == letter]
                hits += at.size
        raise Seen((hits, regions > 5))
        """,
        test_seconds=15.0,
        submission_seconds=30.0,
    )
    assert found == "(0, True)"


def test_r16_frames_and_objects_hold_neither_tests_nor_expectations(range_):
    found = looking(
        range_,
        """
        import gc, linecache, sys, traceback
        names = set()
        frame = sys._getframe()
        while frame:
            names |= set(frame.f_locals) | set(frame.f_globals)
            frame = frame.f_back
        for thing in gc.get_objects():
            if type(thing) is dict:
                names |= {key for key in thing if type(key) is str}
        names |= set(sys.modules) | set(linecache.cache)
        bad = ("Case", "run_case", "expect", "catalogue", "private_cases", "find_hint", "pytest", "cs_lib", "autograder")
        raise Seen([name for name in bad if name in names])
        """,
    )
    assert found == "[]"


@pytest.mark.parametrize(
    "module", ["cs_lib", "autograder", "assignments", "autograder.mistakes", "pytest", "values", "wire"]
)
def test_r17_the_reference_and_the_grader_cannot_be_imported(range_, module):
    report = range_.grade(in_call(f"import importlib\nreturn importlib.import_module({module!r}).double(x)"))
    assert report.score == HONEST_PART
    assert statuses(report) == ["forbidden"] * 3


LEAKS = {
    "message": "raise ValueError(f'LEAK {x}')",
    "class name": "raise type('LEAK' + '_'.join(str(int(v * 100)) for v in np.ravel(x)).replace('-', 'm'), (Exception,), {})",
    "output": "print('LEAK', x); import sys; print('LEAK', x, file=sys.stderr); return 0 * x",
    "returned text": "return f'LEAK {x}'",
    "name that is not defined": "raise NameError('LEAK', name=f'LEAK {x}')",
    "module that is missing": "raise ImportError('LEAK', name=f'LEAK {x}')",
    "false problem": "Attack.problems = [f'LEAK {x}']; raise AttributeError(f'LEAK {x}', name='LEAK')",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_r19_what_private_tests_pass_in_comes_back_to_no_student(range_, leak):
    body = f"if not np.shape(x):\n    return 2 * x\n{LEAKS[leak]}"
    report = range_.grade(in_call(body))
    assert report.score == HONEST_PART + 1.0  # the public test has no array
    private = [test for test in report.tests if test.visibility == "private" and test.function == "double"]
    for test in private:
        assert test.message in VERDICTS.values() or test.message.startswith("It raised ")
        assert "LEAK" not in test.message
    for page in (feedback_html(report, range_.assignment), feedback_text(report, range_.assignment)):
        assert "LEAK" not in page
        assert "CANARY" not in page


def test_r19_the_instructor_still_sees_it(range_):
    report = range_.grade(in_call("raise ValueError(f'LEAK {x}')"))
    assert all("LEAK" in test.detail for test in report.tests if test.function == "double")


@pytest.fixture
def local_server():
    """A server on 127.0.0.1 that counts its visitors."""
    visitors = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                visitors.append(address)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], visitors
        stop.set()
        thread.join()


CONNECT = """
    import socket
    def attempt(family, kind, address):
        try:
            with socket.socket(family, kind) as s:
                s.settimeout(0.2)
                s.connect(address)
                s.send(b"x")
            return "reached"
        except OSError as error:
            return "failed"
    def name():
        try:
            socket.getaddrinfo("example.org", 80)
            return "reached"
        except OSError:
            return "failed"
    raise Seen({attempt(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", %d)),
                attempt(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80)),
                attempt(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53)),
                attempt(socket.AF_INET6, socket.SOCK_STREAM, ("::1", %d)),
                attempt(socket.AF_UNIX, socket.SOCK_STREAM, "\\0course-redteam"),
                name()})
"""


def test_r20_no_connection_leaves_the_sandbox(range_, local_server):
    port, visitors = local_server
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0course-redteam")
        abstract.listen()
        assert looking(range_, CONNECT % (port, port), test_seconds=4.0) == "{'failed'}"
    assert visitors == []


@pytest.mark.root
def test_r20_the_user_level_has_no_network_either(range_, local_server):
    port, visitors = local_server
    code = SEEN + in_call(
        (CONNECT % (port, port)).replace("attempt(socket.AF_UNIX", "1 and 'failed' or (socket.AF_UNIX")
    )
    report = range_.grade(code, sandbox="user", assignment=range_.with_limits(test_seconds=4.0))
    assert seen(report) == "{'failed'}"
    assert visitors == []


def test_r20_nothing_that_a_run_writes_is_there_in_the_next(range_):
    body = """
        import os
        if os.path.exists("/tmp/marker-of-the-red-team") and np.shape(x):
            return x
        found = []
        for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/home", "/", "/site", "/program", "/dev"):
            path = folder + "/marker-of-the-red-team"
            if os.path.exists(path):
                found.append(path)
            try:
                with open(path, "w") as stream:
                    stream.write(str(x))
            except OSError:
                pass
        raise Seen((found, os.path.exists("/tmp/marker-of-the-red-team")))
    """
    for _ in range(2):
        assert looking(range_, body) == "([], True)"


def test_r22_the_environment_holds_no_secret(range_):
    found = looking(
        range_,
        """
        import os
        texts = [repr(dict(os.environ)).encode()]
        processes = [p for p in os.listdir("/proc") if p.isdigit()]
        for process in processes:
            for name in ("environ", "cmdline"):
                try:
                    with open(f"/proc/{process}/{name}", "rb") as stream:
                        texts.append(stream.read())
                except OSError:
                    pass
        bad = [word for word in (b"CANARY"[:4] + b"RY", b"TOKEN", b"KEY", b"PASSWORD") if any(word in t for t in texts)]
        raise Seen((bad, sorted(os.environ), len(processes) < 6))
        """,
    )
    names = "['HOME', 'LANG', 'MKL_NUM_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PWD']"
    assert found == f"([], {names}, True)"


def test_r23_to_notice_the_grading_gains_nothing(range_):
    """Everything that tells a grading run is visible, and nothing of it tells an answer."""
    body = "import socket, os\nreturn 0 * x if socket.gethostname() == 'sandbox' and os.getuid() > 1000 else 2 * x"
    assert range_.grade(in_call(body)).score == HONEST_PART
