"""The program inside the sandbox: defines what was handed in, then answers calls with values.

Started as `python -I -S main.py CONTROL_FD`. Over the control socket it is told its limits and given the
submission, and for every test it gets a fresh socket: a fork serves that test's calls and ends with it,
so that tests cannot influence each other. It knows no tests, no expected values and no verdicts.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *sys.argv[2:]]  # then the libraries that the assignment allows

from modules import define_submission  # noqa: E402
from serve import serve  # noqa: E402
from wire import Channel, Closed  # noqa: E402


def main() -> None:
    """Receive, define, report, then fork for every test until the grader hangs up."""
    control = Channel(socket.socket(fileno=int(sys.argv[1])))
    order = control.receive()
    become_unprivileged(order["uid"])
    limit_resources(order["limits"])
    import_allowed(order["preload"])
    silence_standard_streams()
    definitions = define_submission(order["submission"])
    control.send(
        {
            "problems": [str(p)[:500] for p in definitions.problems[:50]],
            "repairs": [str(r)[:500] for r in definitions.repairs[:50]],
            "missing": {str(name): str(module) for name, module in list(definitions.missing.items())[:50]},
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


def import_allowed(names: list[str]) -> None:
    """Import the allowed libraries once, before the forks; one that is not there is no matter here."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            continue


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
