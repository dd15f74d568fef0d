"""Reads `datasets/manifest.toml`: where data comes from, who may use it, and its checksums.

The file lies beside the folder `cs_lib`, in a checkout as in a student's bundle. It is the only place
where the code finds checksums, addresses and class names.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

import cs_lib
from cs_lib.data.errors import BrokenFileError, ManifestError

PATH = Path(cs_lib.__file__).resolve().parent.parent / "datasets" / "manifest.toml"


@dataclass(frozen=True)
class RemoteFile:
    """A file that is downloaded; bytes is its size."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Photograph:
    """A photograph inside the scikit-image package; label is the class that its patches get."""

    label: str
    file: str
    title: str
    author: str
    source: str
    licence: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A data set. What it has no use for is empty: only some are downloaded, only one has photographs."""

    title: str
    author: str
    source: str
    licence: str
    size: str
    classes: tuple[str, ...]
    sha256: str = ""
    train: int = 0
    test: int = 0
    mirrors: tuple[str, ...] = ()
    files: tuple[RemoteFile, ...] = ()
    photographs: tuple[Photograph, ...] = ()


def read(path: Path | None = None) -> dict[str, Entry]:
    """All data sets by name. Raises ManifestError, which says what is wrong with the file."""
    path = PATH if path is None else path
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(
            f"{path} is missing; it belongs beside the folder cs_lib: get it from where you got the course"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path} cannot be read: {error}") from None
    return {name: _entry(table, f"{path}, [{name}]") for name, table in tables.items()}


def expect_checksum(path: Path, sha256: str, remedy: str) -> None:
    """Check that the file's SHA-256 is the given one; raises BrokenFileError."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        fault = (
            f"is not the file that it should be ({path.stat().st_size} bytes, "
            f"SHA-256 {found[:12]}..., expected {sha256[:12]}...)"
        )
        raise BrokenFileError(path, fault, remedy)


def _entry(table: dict, where: str) -> Entry:
    entry = _build(Entry, table, where)
    nested = {
        "files": tuple(_build(RemoteFile, row, f"{where} files") for row in entry.files),
        "photographs": tuple(_build(Photograph, row, f"{where} photographs") for row in entry.photographs),
    }
    return Entry(**{**vars(entry), **nested})


def _build(kind: type, table: object, where: str):
    """Make a `kind` of a table after checking that it has the keys and types that the fields ask for."""
    if not isinstance(table, dict):
        raise ManifestError(f"{where}: expected a table, got {table!r}")
    known = {field.name: field for field in fields(kind)}
    required = {name for name, field in known.items() if field.default is MISSING}
    if missing := sorted(required - table.keys()):
        raise ManifestError(f"{where}: {', '.join(missing)} missing")
    if unknown := sorted(table.keys() - known.keys()):
        raise ManifestError(f"{where}: unknown {', '.join(unknown)}")
    for name, value in table.items():
        wanted = {"str": str, "int": int}.get(known[name].type, list)
        if type(value) is not wanted:
            raise ManifestError(f"{where}: {name} is {value!r}, expected {known[name].type}")
    return kind(**{name: tuple(value) if type(value) is list else value for name, value in table.items()})
