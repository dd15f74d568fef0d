"""The program inside the sandbox: defines what was handed in, then answers calls with values.

Started as `python -I -S main.py CONTROL_FD`. Over the control socket it is told its limits and given the
submission, and for every test it gets a fresh socket: a fork serves that test's calls and ends with it,
so that tests cannot influence each other. It knows no tests, no expected values and no verdicts.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, sys.argv[2]]  # then the libraries that the assignment allows

from modules import define_submission  # noqa: E402
from serve import refuse_input, sendable, serve  # noqa: E402
from wire import Channel, Closed  # noqa: E402

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
OWN_MODULES = ("modules", "serve", "wire", "values", "definitions")


def main() -> None:
    """Serve one submission, or fork into a sandbox for each of many."""
    control = socket.socket(fileno=int(sys.argv[1]))
    if "--nursery" in sys.argv:
        import nursery

        control = nursery.wait_for_sandbox(control)
    serve_submission(Channel(control))


def serve_submission(control: Channel) -> None:
    """Receive, define, report, then fork for every test until the grader hangs up."""
    control.send("ready")
    order = control.receive()
    become_unprivileged(order["uid"])
    limit_resources(order["limits"])
    restrict_system_calls(order["filter"])
    import_allowed(order["preload"])
    control.send("imported")
    silence_standard_streams()
    refuse_input()
    forget_own_modules()
    definitions = define_submission(order["submission"])
    gc.freeze()  # so that the tests' collections leave the shared pages alone
    control.send(
        {
            "problems": [sendable(str(p)[:500]) for p in definitions.problems[:50]],
            "repairs": [sendable(str(r)[:500]) for r in definitions.repairs[:50]],
            "missing": {
                sendable(str(name)): sendable(str(module))
                for name, module in list(definitions.missing.items())[:50]
            },
        }
    )
    while True:
        try:
            sock = receive_socket(control)
        except Closed:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            control.close()
            os.setpgid(0, 0)
            serve(Channel(sock), definitions)
            os._exit(0)
        sock.close()
        _, status = os.waitpid(pid, 0)
        kill_group(pid)
        control.send({"status": status})


def receive_socket(control: Channel) -> socket.socket:
    """The socket of the next test, sent by the grader."""
    _, fds, _, _ = socket.recv_fds(control.sock, 1, 1)
    if not fds:
        raise Closed("the grader hung up")
    return socket.socket(fileno=fds[0])


def become_unprivileged(uid: int | None) -> None:
    """Give up root for good, where the sandbox was started by root."""
    if uid is not None and os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def limit_resources(limits: dict[str, int]) -> None:
    """Set hard limits, which student code cannot raise again."""
    for name, value in limits.items():
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def restrict_system_calls(program: bytes | None) -> None:
    """Install the kernel's filter for this process and all that come of it; there is no way back."""
    if program is None:
        return
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))  # struct sock_fprog
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for step in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0)):
        if prctl(*(arg if type(arg) is bytes else ctypes.c_ulong(arg) for arg in step)):
            raise OSError(ctypes.get_errno(), "the filter for system calls cannot be set")


def import_allowed(names: list[str]) -> None:
    """Import the allowed libraries once, before the forks; one that is not there is no matter here."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue


def forget_own_modules() -> None:
    """Leave the names of these files to the submission, which may have a values.py of its own."""
    sys.path.remove(HERE)
    for name in OWN_MODULES:
        sys.modules.pop(name, None)


def silence_standard_streams() -> None:
    """Nothing that student code prints goes anywhere by these: the answers have a socket of their own."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def kill_group(pid: int) -> None:
    """End what a test's process left running in its group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    main()
