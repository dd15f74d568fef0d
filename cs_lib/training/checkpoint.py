"""A checkpoint file: arrays by name, and a header of plain data (JSON), in NumPy's .npz format.

No pickle: reading a file runs no code of whoever wrote it. It is written whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "cs_lib checkpoint, version 1"
HEADER = "header.json"


class CheckpointError(Exception):
    """A file that cannot be read as a checkpoint; `path` is the file, `reason` what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path, self.reason = path, reason


def write_checkpoint(
    path: str | os.PathLike, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]
) -> None:
    """Write arrays of any shape and a header; who reads at the same time finds the old file or the new one.

    Raises TypeError for a header that JSON does not know, or for an array of objects.
    """
    path = Path(path)
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds Python objects, expected numbers")
    text = json.dumps({"format": FORMAT, **header}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            np.savez(file, **{HEADER: np.frombuffer(text, np.uint8)}, **arrays)
            file.flush()
            os.fsync(file.fileno())  # the new name must not be on disk before the content
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def read_checkpoint(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(arrays, header) of a file that `write_checkpoint` wrote.

    Raises FileNotFoundError, or CheckpointError for a file that is damaged or something else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}  # reading checks zip's checksums
        header = json.loads(arrays.pop(HEADER).tobytes())
        written_as = header.pop("format")
    except (FileNotFoundError, IsADirectoryError):
        raise
    except Exception as error:  # a damaged file leads to errors of many kinds
        reason = f"is no checkpoint, or a damaged one ({type(error).__name__}: {error})"
        raise CheckpointError(path, reason) from error
    if written_as != FORMAT:
        raise CheckpointError(path, f"is a {written_as!r}, this program reads {FORMAT!r}")
    return arrays, header
