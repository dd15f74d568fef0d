"""The `bubblewrap` level: a view of the machine that holds Python, the allowed packages and nothing else.

No network, no other processes, no files of the course or of other students: they are not hidden by
permissions, they are not there. https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.sandbox import user as another_user
from autograder.sandbox.libraries import PROGRAM, interpreter_paths
from autograder.sandbox.limits import MB, Limits

INSTALL = "install it with: apt-get install bubblewrap (or dnf install bubblewrap)"


@functools.cache
def why_unavailable() -> str | None:
    """None if bwrap works here, or one line that says what to do.

    It is tried with all that a sandbox is made of: many a container allows namespaces, but no new /proc.
    """
    if shutil.which("bwrap") is None:
        return f"bubblewrap is missing: {INSTALL}"
    become = f"import os; os.setgroups([]); os.setuid({another_user.UIDS[0]})" if os.geteuid() == 0 else ""
    trial = subprocess.run(
        [*_walls((), Limits()), "--", _interpreter(), "-I", "-S", "-c", become],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if trial.returncode:
        reason = (trial.stderr.strip().splitlines() or ["no reason given"])[-1].removeprefix("bwrap: ")
        remedy = "docs/security.md says how to allow it"
        if another_user.why_unavailable() is None:
            remedy += ", or use --sandbox user"
        return f"bubblewrap is installed but does not work here ({reason}): {remedy}"
    return None


def command(
    folder: Path, packages: tuple[Path, ...], fd: int, limits: Limits
) -> tuple[list[str], int | None]:
    """The command that runs the program in its own namespaces, and the user that it becomes."""
    argv = [*_walls(packages, limits), "--", *program(fd)]
    return argv, another_user.throwaway_uid() if os.geteuid() == 0 else None


def holding_command(packages: tuple[Path, ...], limits: Limits, info_fd: int) -> list[str]:
    """Namespaces like those of `command` with nothing in them but `cat`, for a process that joins them."""
    cat = Path(shutil.which("cat", path="/usr/bin:/bin"))
    view = _view(packages, limits, (cat,))  # whoever joins has the program in memory
    return ["bwrap", *_isolation(), "--info-fd", str(info_fd), *view, "--", f"/program/{cat.name}"]


def nursery_command(packages: tuple[Path, ...], limits: Limits, fd: int) -> list[str]:
    """The program with the same view of files, but with root's rights: it joins others' namespaces."""
    argv = ["bwrap", "--die-with-parent", "--new-session", "--cap-add", "ALL", *_view(packages, limits)]
    return [*argv, "--", *program(fd), "--nursery"]


def program(fd: int) -> list[str]:
    """The program that runs beside student code, as it is called inside."""
    return [_interpreter(), "-I", "-S", "-B", "/program/main.py", str(fd), "/site"]


def _interpreter() -> str:
    return str(Path(sys.executable).resolve())


def _walls(packages: tuple[Path, ...], limits: Limits) -> list[str]:
    """bwrap with all that it takes away, for a program that may yet become another user."""
    as_root = os.geteuid() == 0
    # As root, the program itself becomes a user of its own, for the kernel counts processes by user
    # and does not count root's. Otherwise the user namespace has its own count.
    user = (
        ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        if as_root
        else ["--uid", "65534", "--gid", "65534"]
    )
    # Not as root, bwrap's own process is of the student's user and has no limits: nobody writes there.
    memory = [] if as_root else ["/proc/1/mem", "/proc/1/task/1/mem"]
    hidden = [word for path in memory for word in ("--ro-bind", "/dev/null", path)]
    return ["bwrap", *_isolation(), *user, *_view(packages, limits), *hidden]


def _view(packages: tuple[Path, ...], limits: Limits, files: tuple[Path, ...] = PROGRAM) -> list[str]:
    """All files that there are inside; `files` are those of the program."""
    size = str(limits.file_mb * MB)
    argv = []
    for parent in _parents():  # bwrap would make them for root's eyes only
        argv += ["--perms", "0755", "--dir", str(parent)]
    for path in _system_paths():
        if path.is_symlink():  # /lib is /usr/lib on most systems
            argv += ["--symlink", os.readlink(path), str(path)]
        else:
            argv += ["--ro-bind", str(path), str(path)]
    for path in _packages_of_the_system():
        argv += ["--tmpfs", str(path), "--remount-ro", str(path)]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for writable in ("/tmp", "/dev/shm"):
        argv += ["--perms", "1777", "--size", size, "--tmpfs", writable]
    for file in files:
        argv += ["--ro-bind", str(file), f"/program/{file.name}"]
    for path in packages:
        argv += ["--ro-bind", str(path), f"/site/{path.name}"]
    return [*argv, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


def _isolation() -> list[str]:
    namespaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    own_user = [] if os.geteuid() == 0 else ["--unshare-user"]
    return [*own_user, *namespaces, "--hostname", "sandbox", "--die-with-parent", "--new-session"]


@functools.cache
def _system_paths() -> tuple[Path, ...]:
    """Shared libraries of the system, and the interpreter with its standard library."""
    system = [
        Path(p) for p in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache") if Path(p).exists()
    ]
    return (*system, *(p for p in interpreter_paths() if not any(p.is_relative_to(s) for s in system)))


@functools.cache
def _parents() -> tuple[Path, ...]:
    """The folders above everything that is shown, outermost first."""
    shown = (*_system_paths(), Path("/program/x"), Path("/site/x"))
    return tuple(sorted({parent for path in shown for parent in path.parents if parent != Path("/")}))


@functools.cache
def _packages_of_the_system() -> tuple[Path, ...]:
    """Folders of packages inside what is shown, to be covered: only allowed packages may be found."""
    inside = [path / name for path in interpreter_paths() for name in ("site-packages", "dist-packages")]
    return tuple(p for p in (*inside, Path("/usr/lib/python3")) if p.is_dir())
