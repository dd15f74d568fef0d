"""The `user` level: an unprivileged user, for containers that already run as root.

It keeps student code from writing results and from reading what that user may not read; it does not
take the network away, and processes see each other's names. The docs list what each level stops.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from autograder.sandbox.limits import Limits

UIDS = range(61_184, 65_520)  # what systemd sets aside for users that exist for a moment


def throwaway_uid() -> int:
    """A user id for this thread's sandbox. Threads started one after the other never share one."""
    return UIDS[threading.get_native_id() % len(UIDS)]


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
    """Kill every process of a sandbox's user, until none is left."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                os.kill(int(entry.name), signal.SIGKILL)


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
