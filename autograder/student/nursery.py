"""A process that has imported the libraries, and is forked into a sandbox for each submission.

Starting Python and importing NumPy is most of what grading a small notebook costs. This process does it once,
before any student code is there, and never runs any: for each submission a fork joins the namespaces that
bubblewrap made for it, and becomes the program inside. It holds nothing but the libraries.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket

MAX_FDS = 8
LARGE_PAGE, MADV_COLLAPSE = 2 << 20, 25


def wait_for_sandbox(orders: socket.socket) -> socket.socket:
    """Fork for each order; returns in the fork, inside its sandbox, with the control socket.

    An order is the name of a library to import, or descriptors: the control socket, the PID namespace, and
    the other namespaces.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks here
    while True:
        message, fds, _, _ = socket.recv_fds(orders, 4096, MAX_FDS)
        if not message:
            os._exit(0)
        if not fds:
            import_libraries(message.decode())
            gc.freeze()  # so that the forks' collections leave the shared pages alone
            use_large_pages(libc)
        elif fork_into(libc, fds[1]) == 0:
            orders.close()
            return enter(libc, *fds)
        for fd in fds:
            os.close(fd)


def fork_into(libc: ctypes.CDLL, pid_namespace: int) -> int:
    """Fork with the child as a process of another PID namespace; like fork, but -1 if that fails."""
    if libc.setns(pid_namespace, 0):
        return -1
    try:
        return os.fork()
    except OSError:  # the namespace has ended already
        return -1


def import_libraries(names: str) -> None:
    """Import the libraries that an assignment allows; one that is not there is no matter here."""
    for name in names.split():
        try:
            __import__(name)
        except ImportError:
            continue


def use_large_pages(libc: ctypes.CDLL) -> None:
    """Gather this process's own memory in pages of 2 MB, as far as the kernel does that (Linux 6.1).

    A fork copies the table of pages: with PyTorch's 200 MB in small ones, two thirds of what a fork costs.
    """
    with open("/proc/self/maps") as maps:
        ranges = [line.split()[0].split("-") for line in maps if line.split()[1] == "rw-p"]
    for start, end in ranges:
        first = -(-int(start, 16) // LARGE_PAGE) * LARGE_PAGE
        for page in range(first, int(end, 16) - LARGE_PAGE + 1, LARGE_PAGE):
            libc.madvise(ctypes.c_void_p(page), ctypes.c_size_t(LARGE_PAGE), MADV_COLLAPSE)


def enter(libc: ctypes.CDLL, control: int, pid_namespace: int, *namespaces: int) -> socket.socket:
    """Join the other namespaces of the sandbox, in the fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(pid_namespace)
    for fd in namespaces:
        if libc.setns(fd, 0):
            os._exit(1)
        os.close(fd)
    os.setsid()
    os.chdir("/tmp")
    return socket.socket(fileno=control)
