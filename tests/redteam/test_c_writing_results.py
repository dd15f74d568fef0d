"""Group C: write the result directly. What leaves the sandbox are values, and the grader writes last."""
# ruff: noqa: E501 - an attack is read in one line

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import psutil
import pytest

from tests.autograder.conftest import RIGHT
from tests.redteam.conftest import HONEST_PART, at_definition, in_call, seen, statuses

pytestmark = pytest.mark.bubblewrap
SEEN = "class Seen(Exception): pass\n"


def digests(root: Path) -> dict[str, str]:
    """What every file below a folder is now."""
    files = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_r24_r27_results_and_the_gradebook_cannot_be_reached_to_be_written(range_):
    before = digests(range_.root)
    found = seen(
        range_.grade(
            SEEN
            + in_call(f"""
            import os, sqlite3
            outcome = set()
            for path in ("/autograder/results/results.json", "/results.json", "/program/main.py", "/site/x",
                         {str(range_.root / "graded" / "eve.json")!r}, {str(range_.gradebook)!r}):
                try:
                    with open(path, "w") as stream:
                        stream.write('{{"score": 7}}')
                    outcome.add(path)
                except OSError as error:
                    outcome.add(type(error).__name__)
            try:
                sqlite3.connect({str(range_.gradebook)!r}).execute("update grade set score = 100")
                outcome.add("written")
            except sqlite3.Error as error:
                outcome.add("sqlite")
            raise Seen(sorted(outcome))
            """)
        )
    )
    assert set(eval(found)) <= {"FileNotFoundError", "OSError", "PermissionError", "sqlite"}
    assert digests(range_.root) == before


@pytest.mark.parametrize(
    "hook",
    [
        "import atexit; atexit.register(lambda: open('/tmp/results.json', 'w').write('7'))",
        "import weakref; weakref.finalize(Seen, print, 7)",
        "class Last:\n    def __del__(self): print(7)\nlast = Last()",
        "import signal; signal.signal(signal.SIGALRM, lambda *a: print(7)); signal.alarm(1)",
        "import threading; threading.Timer(0.01, print, (7,)).start()",
        "import os; os._exit = lambda *a: None",
        "import sys; sys.exit = sys.excepthook = sys.settrace = lambda *a: None",
    ],
    ids=["atexit", "finalize", "__del__", "alarm", "timer", "no _exit", "no exit"],
)
def test_r25_a_hook_changes_nothing(range_, hook):
    with_hook, without = range_.grade(SEEN + at_definition(hook)), range_.grade(SEEN + at_definition("pass"))
    assert with_hook.score == without.score == HONEST_PART
    assert statuses(with_hook) == statuses(without)


def named(name: str) -> list[psutil.Process]:
    """The living processes on this machine that call themselves so."""
    return [
        p
        for p in psutil.process_iter(["name", "status"])
        if p.info["name"] == name and p.info["status"] != "zombie"
    ]


DAEMON = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open("/proc/self/comm", "w") as comm:
                comm.write("NAME")
            for fd in range(3, 100):
                try: os.close(fd)
                except OSError: pass
            time.sleep(60)
        os._exit(0)
    time.sleep(0.05)
"""


@pytest.mark.parametrize("level", ["bubblewrap", pytest.param("user", marks=pytest.mark.root)])
def test_r26_no_process_outlives_the_grading(range_, level):
    name = f"red-{level[:4]}-{os.getpid() % 1000}"
    report = range_.grade(at_definition(DAEMON.replace("NAME", name)), sandbox=level)
    assert named(name) == []
    assert report.score == HONEST_PART


@pytest.mark.root
def test_r26_the_user_level_catches_what_hops_from_process_to_process(range_):
    """A chain of forks is never in a list of processes when the list is read."""
    name = f"hop-{os.getpid() % 1000}"
    hops = f"""
        import os, time
        if os.fork() == 0:
            os.setsid()
            with open("/proc/self/comm", "w") as comm:
                comm.write({name!r})
            end = time.monotonic() + 20
            while time.monotonic() < end:
                try:
                    if os.fork():
                        os._exit(0)
                except OSError:
                    pass
        time.sleep(0.05)
    """
    limits = range_.with_limits(test_seconds=0.3, submission_seconds=1.5)
    report = range_.grade(at_definition(hops), sandbox="user", assignment=limits)
    assert named(name) == []
    assert report.score <= HONEST_PART  # it takes processor time and processes from itself


# Everything that a process can write into the sockets that it has: bytes in place of answers.
FIND_SOCKETS = """
    import os, socket, struct
    fds = [int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
    def write(data, *, many=1):
        for fd in fds:
            for _ in range(many):
                try: os.write(fd, data)
                except OSError: pass
"""
FRAMES = {
    "garbage": "write(b'\\xff' * 999)",
    "huge header": "write(struct.pack('!IQ', 2**32 - 1, 2**63))",
    "largest allowed header": "write(struct.pack('!IQ', 4 << 20, 256 << 20))",
    "array bytes that never come": "write(struct.pack('!IQ', 4, 100) + bytes([0x94, 3, 0xa1, 0x78]))",
    "a pass": "import json; write(json.dumps({'status': 'passed', 'score': 7}).encode())",
    "frame of a false verdict": "write(frame({'status': 'passed', 'score': 7.0, 'value': None}))",
    "many frames": "write(frame({'value': 1.0}), many=200)",
    "no map": "write(frame(7.0))",
    "wrong kinds": "write(frame({'value': 1.0, 'output': 5, 'missing': 3, 'error': [], 'undefined': 'yes'}))",
    "deep": "write(struct.pack('!IQ', 1000, 0) + bytes([0x91]) * 999 + bytes([0]))",
    "out of band": "[socket.socket(fileno=fd).send(b'x', socket.MSG_OOB) for fd in fds[:1]]",
    "shut down": "[socket.socket(fileno=fd).shutdown(socket.SHUT_RDWR) for fd in fds[:1]]",
    "status frames": "write(frame({'status': 2**80})); write(frame({'status': 9}))",
    "closed": "[os.close(fd) for fd in fds]",
}
FRAME = """
    def frame(value):
        import msgpack
        def encode(v):
            if type(v) is dict:
                return [2] + [p for k, w in v.items() for p in (k, encode(w))]
            return [0] + [encode(w) for w in v] if type(v) is list else v if v != 2**80 else 2**63
        tree = msgpack.packb(encode(value))
        return struct.pack("!IQ", len(tree), 0) + tree
"""


def lines(*parts: str) -> str:
    """Pieces of code of different indentation, as one."""
    import textwrap

    return "\n".join(textwrap.dedent(part).strip("\n") for part in parts)


@pytest.mark.parametrize("forged", FRAMES)
def test_r28_forged_frames_in_a_call_are_at_best_wrong_answers(range_, forged):
    code = in_call(lines(FIND_SOCKETS, FRAME, FRAMES[forged], "return 0 * x"))
    report = range_.grade(code, assignment=range_.with_limits(test_seconds=0.5))
    assert report.score == HONEST_PART
    allowed = {
        "protocol",
        "wrong_value",
        "wrong_type",
        "wrong_shape",
        "unusable_value",
        "ended_process",
        "time_limit",
        "raised",
    }
    assert set(statuses(report)) <= allowed


@pytest.mark.parametrize("forged", [name for name in FRAMES if name not in ("largest allowed header",)])
def test_r28_forged_frames_at_definition_forge_no_marks(range_, forged):
    """Here they go to the socket by which the sandbox is controlled, and may cost the attacker everything."""
    attack = f"exec({lines(FIND_SOCKETS, FRAME, FRAMES[forged])!r}, {{}})"
    limits = range_.with_limits(definition_seconds=2.0)
    report = range_.grade(at_definition(attack), assignment=limits)
    assert report.score <= HONEST_PART
    assert not any(test.passed for test in report.tests if test.function == "double")


def test_r28_right_values_in_forged_frames_are_still_only_values(range_):
    """An answer is an answer, whoever wrote it: a frame can't say more than a return value could."""
    code = in_call(lines(FIND_SOCKETS, FRAME, "write(frame({'value': 6.0, 'output': ''}))", "os._exit(0)"))
    report = range_.grade(code)
    assert report.score == HONEST_PART + 1.0  # double(3.0) is 6.0; the private arrays are not
    assert statuses(report)[0] == "passed"


PICKLES = {
    "object that reduces to code": "class Evil:\n    def __reduce__(self): return (open, (MARKER, 'w'))\nreturn Evil()",
    "a pickle as bytes": "import pickle\nclass E:\n    def __reduce__(self): return (open, (MARKER, 'w'))\n"
    "try: return pickle.dumps(E())\nexcept Exception: return b'cos\\nsystem\\n'",
    "object array": "class Evil:\n    def __reduce__(self): return (open, (MARKER, 'w'))\nreturn np.array([Evil()], dtype=object)",
    "structured array with objects": "return np.zeros(2, dtype=[('a', object), ('b', 'f8')])",
    "array of text": "return np.array(['a', 'b'])",
    "dates": "return np.array(['2020-01-01'], dtype='M8[D]')",
    "nested objects": "class Evil: pass\nreturn [[Evil()], {'a': Evil()}]",
    "keys that are objects": "class Evil:\n    __hash__ = None\nreturn {(1, 2): 3, None: 4}",
    "npz bytes": "import io\nb = io.BytesIO()\nnp.savez(b, a=np.array([None]))\nreturn b.getvalue()",
}


@pytest.mark.parametrize("attack", PICKLES)
def test_r29_nothing_is_unpickled(range_, tmp_path, attack):
    marker = tmp_path / "marker"
    report = range_.grade(in_call(f"MARKER = {str(marker)!r}\n{PICKLES[attack]}"))
    assert report.score == HONEST_PART
    assert statuses(report) == ["wrong_type"] * 3
    assert not marker.exists()


def test_r30_the_parent_cannot_be_reached(range_):
    """Only inside a PID space of its own does this try to kill: otherwise it says so, and the test fails."""
    found = seen(
        range_.grade(
            SEEN
            + in_call(f"""
            import ctypes, os, resource, signal
            if os.getpid() > 1000:
                raise Seen("no PID space of its own")
            outcome = []
            try:
                os.kill({os.getpid()}, 9)
            except ProcessLookupError:
                outcome.append("not there")
            libc = ctypes.CDLL(None, use_errno=True)
            outcome.append(libc.ptrace(16, os.getppid(), 0, 0))
            for path in ("/proc/1/mem", "/proc/1/task/1/mem", "/dev/tty"):
                try:
                    open(path, "r+b").close()
                    outcome.append(path)
                except OSError:
                    pass
            try:
                resource.prlimit({os.getpid()}, resource.RLIMIT_CPU, (1, 1))
                outcome.append("prlimit")
            except (PermissionError, ProcessLookupError):
                pass
            fds = [os.readlink(f"/proc/self/fd/{{fd}}").split(":")[0] for fd in os.listdir("/proc/self/fd")
                   if os.path.lexists(f"/proc/self/fd/{{fd}}")]
            raise Seen((outcome, sorted(fds)))
            """)
        )
    )
    assert found == "(['not there', -1], ['/dev/null', '/dev/null', '/dev/null', 'socket'])"


@pytest.mark.parametrize("target", ["os.getppid()", "1", "0", "-1"])
def test_r30_killing_around_oneself_ends_the_sandbox_and_nothing_else(range_, target):
    body = f"import os, signal\nif os.getpid() < 1000:\n    os.kill({target}, signal.SIGKILL)\nreturn 0 * x"
    started = time.monotonic()
    report = range_.grade(in_call(body))
    assert report.score == HONEST_PART
    assert set(statuses(report)) <= {"ended_process", "raised", "wrong_value"}
    assert range_.grade(RIGHT).score == 7.0
    assert time.monotonic() - started < 60


def test_privileges_are_gone_for_good(range_):
    found = seen(
        range_.grade(
            SEEN
            + in_call("""
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            status = dict(l.split(":", 1) for l in open("/proc/self/status").read().splitlines())
            tries = [libc.setuid(0), libc.unshare(0x10000000), libc.unshare(0x20000), libc.mount(b"x", b"/tmp", b"tmpfs", 0, None),
                     libc.shmget(0, 4096, 0o1600), libc.memfd_create(b"x", 0), libc.chroot(b"/tmp")]
            raise Seen((os.getuid() > 1000, int(status["CapEff"], 16), status["NoNewPrivs"].strip(), status["Seccomp"].strip(), set(tries)))
            """)
        )
    )
    assert found == "(True, 0, '1', '2', {-1})"
