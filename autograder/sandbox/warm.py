"""Starts `bubblewrap` sandboxes without starting Python: a process that has the libraries forks into them.

Only root may join namespaces like that; for others, and wherever it fails, Python is started anew.
What is inside is the same: the same files, namespaces, user and limits.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import bubblewrap
from autograder.sandbox.libraries import to_import
from autograder.sandbox.limits import Limits

# The PID namespace comes first, for the fork is made into it; the mount namespace last, for with it the
# paths of this machine are gone.
NAMESPACES = ("pid", "net", "ipc", "uts", "cgroup", "mnt")
START_SECONDS = 60.0


class ColdStart(Exception):
    """A sandbox cannot be started warm here."""


@dataclass(frozen=True)
class Held:
    """A started sandbox: bubblewrap's process, and the socket whose closing ends it."""

    process: subprocess.Popen
    fd: int


class Nursery:
    """A process beside this one that imports the libraries once; it ends with this process."""

    def __init__(
        self,
        packages: tuple[Path, ...],
        libraries: tuple[str, ...],
        limits: Limits,
        environment: Mapping[str, str],
    ) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.closing(theirs):
            self.process = subprocess.Popen(
                bubblewrap.nursery_command(packages, limits, theirs.fileno()),
                env=environment, cwd="/", pass_fds=[theirs.fileno()], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.owner = os.getpid()
        self._orders.send(" ".join(to_import(libraries)).encode() or b" ")

    def send(self, fds: list[int]) -> None:
        """Have a fork enter a sandbox: the control socket's descriptor, then those of its namespaces."""
        try:
            socket.send_fds(self._orders, [b"enter"], fds)
        except OSError as error:
            raise ColdStart(f"the nursery is gone: {error}") from None

    def close(self) -> None:
        """End the process and wait for it; for the process that started it."""
        self._orders.close()
        self.process.wait()


# By packages and libraries. Forked workers share those of the process that they come from.
_nurseries: dict[tuple[tuple[Path, ...], tuple[str, ...]], Nursery] = {}


@atexit.register
def _close_nurseries() -> None:
    for nursery in _nurseries.values():
        if nursery.owner == os.getpid():
            nursery.close()


def nursery_for(
    packages: tuple[Path, ...], libraries: tuple[str, ...], limits: Limits, environment: Mapping[str, str]
) -> Nursery:
    """The nursery with these libraries, which is started if there is none yet. Raises ColdStart."""
    if os.geteuid() != 0:
        raise ColdStart("only root may join namespaces")
    if (packages, libraries) not in _nurseries:
        _nurseries[packages, libraries] = Nursery(packages, libraries, limits, environment)
    return _nurseries[packages, libraries]


def start(
    packages: tuple[Path, ...],
    libraries: tuple[str, ...],
    limits: Limits,
    control_fd: int,
    environment: Mapping[str, str],
) -> Held:
    """Start a sandbox whose program answers on the socket `control_fd`.

    Raises ColdStart if that is not possible here.
    """
    nursery = nursery_for(packages, libraries, limits, environment)
    info, info_fd = os.pipe()
    ours, theirs = socket.socketpair()
    with ours, theirs, os.fdopen(info) as stream:
        try:
            process = subprocess.Popen(
                bubblewrap.holding_command(packages, limits, info_fd),
                env=environment, cwd="/", pass_fds=[info_fd], start_new_session=True,
                stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        finally:
            os.close(info_fd)
        try:
            _await_echo(ours)
            _enter(nursery, control_fd, json.load(stream)["child-pid"])
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        return Held(process, ours.detach())


def _await_echo(cat: socket.socket) -> None:
    """Wait until `cat` runs, that is, until bubblewrap has set everything up."""
    cat.settimeout(START_SECONDS)
    try:
        cat.send(b".")
        ready = cat.recv(1)
    except OSError:
        ready = b""
    if not ready:
        raise ColdStart("bubblewrap did not set up a sandbox")


def _enter(nursery: Nursery, control_fd: int, pid: int) -> None:
    fds: list[int] = []
    try:
        fds += [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
        nursery.send([control_fd, *fds])
    except OSError as error:
        raise ColdStart(f"namespaces cannot be opened: {error}") from None
    finally:
        for fd in fds:
            os.close(fd)
