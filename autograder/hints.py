"""The fingerprints of a notebook's known mistakes, recorded once and kept until tests or library change."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import platformdirs

import cs_lib
from autograder import mistakes
from autograder.course import Notebook

Recorded = dict[str, list[dict[str, Any]]]  # case id -> fingerprints with their hints


def hints_of(notebook: Notebook, seed: str) -> Recorded:
    """The hints of all tests of a notebook; the private tests' numbers come from `seed`."""
    if not (notebook.folder / "mistakes.py").is_file():
        return {}
    known = cache_folder() / f"hints-{notebook.name}-{_digest(notebook, seed)[:32]}.json"
    with contextlib.suppress(OSError, ValueError):
        return json.loads(known.read_text(encoding="utf-8"))
    hints = mistakes.record_hints(notebook, notebook.public_cases, "public")
    hints |= mistakes.record_hints(notebook, notebook.private_cases, seed)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs seconds, no more
        known.parent.mkdir(parents=True, exist_ok=True)
        partial = known.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(hints), encoding="utf-8")
        partial.replace(known)
    return hints


def public_hints_of(notebook: Notebook, seed: str) -> Recorded:
    """Those of the public tests, which students are given."""
    public = {case.id for case in notebook.public_cases}
    return {name: entries for name, entries in hints_of(notebook, seed).items() if name in public}


def cache_folder() -> Path:
    """Where recorded hints are kept between runs."""
    chosen = os.environ.get("CS_LIB_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("deep-learning-course")


def _digest(notebook: Notebook, seed: str) -> str:
    """Of all that the hints depend on: the tests and mistakes, the library, and the seed."""
    files = [notebook.folder, Path(cs_lib.__file__).parent, Path(mistakes.__file__)]
    return hashlib.sha256(f"{seed}\0{digest_of_files(files, '*.py')}".encode()).hexdigest()


def digest_of_files(paths: Iterable[Path], pattern: str = "*") -> str:
    """A digest of the names and contents of files and folders; links are named, not followed."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob(pattern)) if path.is_dir() and not path.is_symlink() else [path]
        for file in files:
            digest.update(f"{file.name}\0".encode(errors="surrogateescape"))
            if file.is_file() and not file.is_symlink():
                with contextlib.suppress(OSError), file.open("rb") as stream:  # the reader will say so
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
