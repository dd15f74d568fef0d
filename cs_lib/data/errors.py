"""What can go wrong with data on disk or on its way here; each error says what to do about it.

    DataError
    ├── ManifestError      datasets/manifest.toml is missing or unreadable
    ├── BrokenFileError    a file is there, but is not what it should be
    └── DownloadError      a file is not here and could not be fetched

Not for wrong arguments: those are ValueErrors, as everywhere in the library.
"""

from __future__ import annotations

from pathlib import Path


class DataError(RuntimeError):
    """Anything wrong with data; the parent of the others."""


class ManifestError(DataError):
    """The list of data is missing, or an entry in it is wrong."""


class BrokenFileError(DataError):
    """A file whose checksum or content is not what it should be."""

    def __init__(self, path: Path, fault: str, remedy: str) -> None:
        super().__init__(f"{path} {fault}. {remedy}")
        self.path = path


class DownloadError(DataError):
    """No server gave the file; `attempts` holds (url, what happened) pairs."""

    def __init__(self, path: Path, attempts: list[tuple[str, str]]) -> None:
        tried = "".join(f"\n  {url}: {reason}" for url, reason in attempts)
        super().__init__(
            f"could not download {path.name}:{tried}\n"
            f"Without a network, use load('patches10') or load('digits'), which need none; "
            f"or get the file on another machine and save it as {path}"
        )
        self.path = path
        self.attempts = attempts
