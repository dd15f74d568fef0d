"""The system calls that student code may not make, as a filter for the kernel (seccomp).

It takes away what a calculation never needs and what the other walls do not cover: namespaces and mounts of
its own (in which memory limits end), shared memory that no limit counts, sockets to a network, and the parts
of the kernel where most holes have been found. What is forbidden fails with EPERM, the process goes on.
https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import errno
import platform
import socket
import struct

# name: number on x86_64, number on aarch64
FORBIDDEN = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "shmget": (29, 194), "msgget": (68, 186), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
}  # fmt: skip
SOCKET, CLONE, CLONE3 = (41, 198), (56, 220), (435, 435)
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH
X32 = 0x40000000  # x86_64 has a second numbering from here on

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000


def filter_program() -> bytes | None:
    """The filter as an array of struct sock_filter; None on a machine whose numbers are not known here."""
    if platform.machine() not in MACHINES:
        return None
    column, arch = MACHINES[platform.machine()]
    refuse = (RETURN, 0, 0, ERROR | errno.EPERM)
    steps = [
        (LOAD, 0, 0, ARCH), (EQUAL, 1, 0, arch), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), refuse,
        # Its arguments are in memory, where no filter can look: the C library falls back on clone.
        (EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERROR | errno.ENOSYS),
    ]  # fmt: skip
    for numbers in FORBIDDEN.values():
        steps += [(EQUAL, 0, 1, numbers[column]), refuse]
    allow = (RETURN, 0, 0, ALLOW)
    steps += [
        (EQUAL, 0, 4, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NEW_NAMESPACES),
        refuse,
        allow,
    ]
    steps += [
        (EQUAL, 0, 4, SOCKET[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 1, 0, socket.AF_UNIX),
        refuse,
        allow,
    ]
    return b"".join(struct.pack("HBBI", *step) for step in [*steps, allow])
