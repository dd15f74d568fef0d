"""A file of JSON objects, one a line, that only grows: what was written stays, and two who write take turns.

Part of a last line, from a writer that was interrupted, was never written: readers pass it over, and the next
writer takes it away. A whole one that lacks only its end, as some editors leave it, is as good as the others.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path


def read_lines(path: Path) -> list[bytes]:
    """Every whole line; none if there is no file."""
    try:
        return _whole(path.read_bytes()).splitlines()
    except FileNotFoundError:
        return []


def append_lines(path: Path, new: Callable[[list[bytes]], Iterable[str]]) -> int:
    """Append the lines that `new` gives for those that are there, and return how many.

    Nobody else writes meanwhile. If `new` raises, nothing is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        file.seek(0)
        content = file.read()
        whole = _whole(content)
        lines = list(new(whole.splitlines()))
        if lines:
            file.truncate(min(len(whole), len(content)))
            file.write(whole[len(content) :] + "".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
    return len(lines)


def _whole(content: bytes) -> bytes:
    """What was written, with an end for each line."""
    end = content.rfind(b"\n") + 1
    try:
        json.loads(content[end:])
    except ValueError:
        return content[:end]
    return content + b"\n"
