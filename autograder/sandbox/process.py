"""Starts and ends the process that holds one submission's code."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import bubblewrap, none, user, warm
from autograder.sandbox.libraries import PROGRAM, TRANSPORT, package_paths
from autograder.sandbox.limits import Limits
from autograder.sandbox.syscalls import filter_program
from autograder.sandbox.user import throwaway_uid
from autograder.wire import Channel, WireError


class SandboxError(Exception):
    """A sandbox cannot be had here; the message says why and what to do."""


@dataclass(frozen=True)
class Level:
    """A sandbox level: whether it works here, and the command that starts a program in it."""

    why_unavailable: Callable[[], str | None]
    command: Callable[..., tuple[list[str], int | None]]  # (program, paths, fd, limits) -> argv, uid
    own_user: bool
    leaves_open: str | None = None  # what whoever grades must know of it, as a sentence


LEVELS = {
    "bubblewrap": Level(bubblewrap.why_unavailable, bubblewrap.command, own_user=True),
    "user": Level(user.why_unavailable, user.command, own_user=True, leaves_open=user.LEAVES_OPEN),
    "none": Level(none.why_unavailable, none.command, own_user=False, leaves_open=none.LEAVES_OPEN),
}

# What the process may know of the world outside: one thread each, and a language for its text.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@functools.cache
def why_unavailable(level: str) -> str | None:
    """Why a level cannot be used on this machine, with the remedy; None if it can."""
    if level not in LEVELS:
        return f"there is no sandbox level {level!r}: choose from {', '.join(LEVELS)}"
    return LEVELS[level].why_unavailable()


def available_levels() -> list[str]:
    """The levels that work on this machine, the strongest first."""
    return [level for level in LEVELS if why_unavailable(level) is None]


def needed_packages(libraries: tuple[str, ...]) -> tuple[Path, ...]:
    """The files of the libraries, for a sandbox. Raises SandboxError if one is not installed."""
    try:
        return package_paths((TRANSPORT, *libraries))
    except LookupError as error:
        raise SandboxError(str(error)) from None


def warm_up(level: str, limits: Limits, libraries: tuple[str, ...]) -> None:
    """Begin to import the libraries for sandboxes to come, in a process beside this one and its forks."""
    if level == "bubblewrap" and why_unavailable(level) is None:
        with contextlib.suppress(warm.ColdStart):
            warm.nursery_for(needed_packages(libraries), libraries, limits, ENVIRONMENT)


class Sandbox:
    """A running process that holds student code. Use as a context manager: it is dead afterwards."""

    def __init__(self, level: str, limits: Limits, libraries: tuple[str, ...]) -> None:
        reason = why_unavailable(level)
        if reason:
            raise SandboxError(reason)
        self._level = level
        self.rlimits = limits.rlimits(LEVELS[level].own_user)
        self.filter = filter_program() if LEVELS[level].own_user else None
        packages = needed_packages(libraries)
        try:
            self._start_warm(packages, limits, libraries)
        except warm.ColdStart:
            self._start(packages, limits)

    def _start_warm(self, packages: tuple[Path, ...], limits: Limits, libraries: tuple[str, ...]) -> None:
        """Have a process that has imported the libraries fork into the sandbox. Raises warm.ColdStart."""
        if self._level != "bubblewrap":
            raise warm.ColdStart("only bubblewrap has namespaces to join")
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                held = warm.start(packages, libraries, limits, theirs.fileno(), ENVIRONMENT)
            except warm.ColdStart:
                ours.close()
                raise
        self._folder, self.uid = None, throwaway_uid()
        self._process, self._held = held.process, held.fd
        self.control = Channel(ours)
        try:
            self.control.receive(warm.START_SECONDS)
        except WireError:
            self.close()
            raise warm.ColdStart("the fork did not enter the sandbox") from None

    def _start(self, packages: tuple[Path, ...], limits: Limits) -> None:
        """Start Python in the sandbox. Raises SandboxError if it does not come up."""
        ours, theirs = socket.socketpair()
        self.control, self._held = Channel(ours), None
        self._folder = Path(tempfile.mkdtemp(prefix="course-sandbox-"))
        try:
            _link_program(self._folder, packages)
            argv, self.uid = LEVELS[self._level].command(self._folder, packages, theirs.fileno(), limits)
            self._process = subprocess.Popen(
                argv,
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            theirs.close()
        try:
            self.control.receive(warm.START_SECONDS)
        except WireError:
            self.close()
            raise SandboxError(f"a sandbox of level {self._level} did not start: {argv[0]} ended") from None

    def open_test(self) -> Channel:
        """A fresh channel to a fork of the defined state. Raises wire.Closed if the process is gone."""
        ours, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            try:
                socket.send_fds(self.control.sock, [b"t"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise BrokenPipeError("the sandbox is gone") from None
        return Channel(ours)

    def close(self) -> None:
        """Kill everything inside and wait until it is gone."""
        self.control.close()
        inside = _children(self._process.pid)
        for pid in (*inside, self._process.pid):  # a test's fork has a process group of its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._process.wait()
        for child in inside.values():  # the first process of a PID namespace ends after all others in it
            select.select([child], [], [])
            os.close(child)
        if self._held is not None:
            os.close(self._held)
        if self._level == "user":  # here no namespace takes its processes with it
            user.kill_all(self.uid)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _children(pid: int) -> dict[int, int]:
    """A process's children, each with a descriptor that becomes readable when it ends."""
    children = {}
    with contextlib.suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            with contextlib.suppress(ProcessLookupError):
                children[child] = os.pidfd_open(child)
    return children


def _link_program(folder: Path, packages: tuple[Path, ...]) -> None:
    """Lay out links to the program and the packages in a folder that holds nothing else."""
    folder.chmod(0o755)
    for part in ("program", "site"):
        (folder / part).mkdir()
    for file in PROGRAM:
        (folder / "program" / file.name).symlink_to(file)
    for path in packages:
        (folder / "site" / path.name).symlink_to(path)
