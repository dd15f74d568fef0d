"""Sandboxes start, limit and end; what cannot be had here is said in one line."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import pytest

from autograder.sandbox import user as user_level
from autograder.sandbox.libraries import interpreter_paths, package_paths
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import LEVELS, Sandbox, SandboxError, available_levels, why_unavailable
from autograder.sandbox.syscalls import FORBIDDEN, filter_program


def test_an_unknown_level_is_refused_with_the_names_there_are():
    with pytest.raises(SandboxError, match="choose from bubblewrap, user, none"):
        Sandbox("magic", Limits(), ())


def test_the_level_without_walls_is_always_there_and_last():
    assert available_levels()[-1] == "none"
    assert why_unavailable("none") is None


# A user's namespace in which the kernel refuses what it refuses on some machines and in most containers.
REFUSALS = {
    "no namespaces": ("echo 1 > /proc/sys/user/max_user_namespaces", "Creating new namespace failed"),
    "no new proc": ("mount -t tmpfs none /proc/fs", "Can't mount proc"),
}


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("refuse", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_kernel_that_refuses_is_found_out_before_anything_is_graded(refuse, reason):
    ask = "from autograder.sandbox.process import why_unavailable as w; print(w('bubblewrap'), w('user'))"
    somebody = "unshare --user --map-user=1000 --map-group=1000"
    script = f'{refuse} && exec {somebody} {sys.executable} -c "{ask}"'
    argv = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"bubblewrap is installed but does not work here ({reason}")
    assert "docs/security.md" in said
    assert "--sandbox user" not in said  # for that needs root, as the second answer says
    assert "the `user` level needs root" in said


def test_limits_are_hard_ones_and_processes_are_counted_only_for_an_own_user():
    limits = Limits(memory_mb=100, processes=7, file_mb=3)
    assert limits.rlimits(own_user=True)["RLIMIT_NPROC"] == 7
    assert limits.rlimits(own_user=False).get("RLIMIT_NPROC") is None
    assert limits.rlimits(own_user=True)["RLIMIT_AS"] == 100 << 20
    assert limits.rlimits(own_user=True)["RLIMIT_CORE"] == 0


@pytest.mark.parametrize(
    "level",
    [
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
        pytest.param("user", marks=pytest.mark.root),
        "none",
    ],
)
def test_a_sandbox_is_dead_and_its_folder_gone_after_use(level):
    with Sandbox(level, Limits(), ("numpy",)) as sandbox:
        process, folder = sandbox._process, sandbox._folder
        assert process.poll() is None
    assert process.poll() is not None
    assert folder is None or not folder.exists()


def test_a_package_comes_with_what_it_requires_and_nothing_else():
    names = {path.name for path in package_paths(("numpy",))}
    assert {"numpy"} <= names <= {"numpy", "numpy.libs"}


def test_a_package_that_is_missing_is_named_with_the_remedy():
    with pytest.raises(LookupError, match="pip install no-such-package"):
        package_paths(("no-such-package",))
    with pytest.raises(SandboxError, match="pip install no-such-package"):
        Sandbox("none", Limits(), ("no-such-package",))


def test_the_interpreter_is_shown_without_its_packages():
    assert not any(path.name in ("site-packages", "dist-packages") for path in interpreter_paths())


@pytest.mark.root
def test_two_threads_or_processes_never_share_a_user():
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from multiprocessing import get_context

    uids = [user_level.throwaway_uid()]
    with (
        ThreadPoolExecutor(3) as threads,
        ProcessPoolExecutor(3, mp_context=get_context("spawn")) as processes,
    ):
        uids += [uid for pool in (threads, processes) for uid in pool.map(_uid_after_a_while, range(3))]
    assert len(set(uids)) == len(uids)
    assert set(uids) <= set(user_level.UIDS)


def _uid_after_a_while(_: int) -> int:
    import time

    time.sleep(0.3)  # so that each task has a thread or a process of its own
    return user_level.throwaway_uid()


@pytest.mark.parametrize("uid", [0, os.getuid(), 1000, 65_534])
def test_no_user_but_a_sandboxs_own_is_ever_killed(uid):
    with pytest.raises(ValueError, match="no user of a sandbox"):
        user_level.kill_all(uid)


def test_every_level_has_the_same_interface():
    assert list(LEVELS) == ["bubblewrap", "user", "none"]
    assert [level.own_user for level in LEVELS.values()] == [True, True, False]


def allowed(program: bytes, number: int, argument: int, arch: int) -> int:
    """What the kernel would make of a system call: the filter, interpreted."""
    data = struct.pack("=IIQQQQQQQ", number, arch, 0, argument, 0, 0, 0, 0, 0)
    steps = list(struct.iter_unpack("HBBI", program))
    accumulator = place = 0
    while True:
        code, yes, no, k = steps[place]
        place += 1
        if code == 0x06:
            return k
        if code == 0x20:
            accumulator = struct.unpack_from("=I", data, k)[0]
            continue
        test = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[code]
        place += yes if test else no


X86 = 0xC000003E
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


@pytest.mark.parametrize(
    ("number", "argument", "arch", "outcome"),
    [
        (0, 0, X86, ALLOW),  # read
        (57, 0, X86, ALLOW),  # fork
        (41, 1, X86, ALLOW),  # socket(AF_UNIX)
        (41, 2, X86, EPERM),  # socket(AF_INET)
        (41, 10, X86, EPERM),  # socket(AF_INET6)
        (41, 16, X86, EPERM),  # socket(AF_NETLINK)
        (56, 0x3D0F00, X86, ALLOW),  # clone of a thread
        (56, 0x10000000, X86, EPERM),  # clone(CLONE_NEWUSER)
        (435, 0, X86, ENOSYS),  # clone3
        (0x40000000 + 41, 2, X86, EPERM),  # x32
        (0, 0, 0x40000003, KILL),  # i386
        *((numbers[0], 0, X86, EPERM) for numbers in FORBIDDEN.values()),
    ],
)
def test_the_filter_decides(monkeypatch, number, argument, arch, outcome):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert allowed(filter_program(), number, argument, arch) == outcome


def test_an_unknown_machine_has_no_filter(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    assert filter_program() is None
