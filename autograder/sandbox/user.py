"""The `user` level: an unprivileged user, for containers that already run as root.

It keeps student code from writing results and from reading what that user may not read; it does not
take the network away, and processes see each other's names. The docs list what each level stops.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from autograder.sandbox.limits import Limits

LEAVES_OPEN = (
    "the submissions can read whatever every user of this machine may read, leave files in /tmp, "
    "and see the command lines of other processes. It is for a container that holds one submission."
)
UIDS = range(61_184, 65_520)  # what systemd sets aside for users that exist for a moment


_claimed: dict[tuple[int, int], int] = {}  # (process, thread) -> user id
_spent: set[int] = set()


def throwaway_uid() -> int:
    """A user id for this thread's sandboxes, which no other grading thread or process on the machine has."""
    me = os.getpid(), threading.get_native_id()
    if me not in _claimed:
        _claimed[me] = _claim(me)
    return _claimed[me]


def _claim(me: tuple[int, int]) -> int:
    """Take a user id by locking a byte of a file, which the kernel unlocks when this process ends."""
    own = _spent | {uid for (pid, _), uid in _claimed.items() if pid == me[0]}
    for uid in (*UIDS[me[1] % len(UIDS) :], *UIDS):
        with contextlib.suppress(OSError):
            if uid not in own:
                fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, uid)
                return uid
    raise RuntimeError("all user ids for sandboxes are in use")


@functools.cache
def _locks() -> int:
    """The file that is locked; it stays open, and locks in it are each process's own."""
    folder = "/run" if os.path.isdir("/run") else tempfile.gettempdir()
    return os.open(f"{folder}/course-sandbox.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


@functools.cache
def why_unavailable() -> str | None:
    """None if another user can be taken on here, or one line that says what to do."""
    if os.geteuid() != 0:
        return "the `user` level needs root (it is for containers): install bubblewrap instead"
    if _interpreter() is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"the `user` level needs a Python {version} that all may read, and {sys.executable} is not: "
            "make its folders readable (chmod o+rx)"
        )
    return None


def command(
    folder: Path, packages: tuple[Path, ...], fd: int, limits: Limits
) -> tuple[list[str], int | None]:
    """The command that runs the program as a user that nothing else runs as."""
    uid = throwaway_uid()
    main = folder / "program" / "main.py"
    drop = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", "--"]
    return [*drop, _interpreter(), "-I", "-S", "-B", str(main), str(fd), str(folder / "site")], uid


def kill_all(uid: int) -> None:
    """Kill every process of a sandbox's user, and wait until none is left.

    A process of that user sends the signal to all that it may reach, which the kernel does in one go: by
    going through a list, one would never catch those that fork faster.
    """
    if uid not in UIDS:
        raise ValueError(f"{uid} is no user of a sandbox")
    states = "R"
    while states.strip("ZX"):
        subprocess.run(
            ["/bin/sh", "-c", "kill -s KILL -- -1"], user=uid, group=uid, extra_groups=[],
            cwd="/", stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        states = _states(uid)
    if states:  # the dead count until somebody has taken note of each: use another user next
        _spent.add(uid)
        _claimed.pop((os.getpid(), threading.get_native_id()), None)


def _states(uid: int) -> str:
    """The state of each process of a user, a letter each; Z and X are dead."""
    states = ""
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit():
                status = Path(f"/proc/{entry}/status").read_text(errors="replace")
                if f"\nUid:\t{uid}\t" in status:
                    states += status.partition("\nState:\t")[2][:1]
    return states


@functools.cache
def _interpreter() -> str | None:
    """A Python of this version that an unprivileged user can run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (
        str(Path(sys.executable).resolve()),
        shutil.which(version, path="/usr/bin:/usr/local/bin"),
    ):
        if candidate and _runs_unprivileged(candidate):
            return candidate
    return None


def _runs_unprivileged(python: str) -> bool:
    try:
        trial = subprocess.run(
            [python, "-I", "-S", "-c", "import json"], user=UIDS[0], group=UIDS[0], extra_groups=[],
            cwd="/", capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        return False
    return trial.returncode == 0
