"""Writes files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a text file as a whole, or leave what was there; one that says the same is not touched."""
    content = text.encode()
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    partial.replace(path)
