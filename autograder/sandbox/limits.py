"""What student code may use, as data."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one submission's sandbox. Times are in seconds of the grader's clock."""

    test_seconds: float = 5.0
    definition_seconds: float = 10.0
    submission_seconds: float = 60.0
    memory_mb: int = 2048  # address space of each process
    processes: int = 32
    file_mb: int = 32  # one file, and all of /tmp and /dev/shm each
    cpu_seconds: int = 120

    def rlimits(self, own_user: bool) -> dict[str, int]:
        """The limits that the kernel holds for each process.

        The number of processes is counted by user, so it is set only where the sandbox has one to itself.
        """
        limits = {
            "RLIMIT_AS": self.memory_mb * MB,
            "RLIMIT_FSIZE": self.file_mb * MB,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 256,
        }
        return limits | ({"RLIMIT_NPROC": self.processes} if own_user else {})
