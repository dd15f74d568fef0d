"""An export as files, from a folder or a zip archive, of which no name and no size is believed.

What cannot be kept safely (a path that leads elsewhere, a link, a device, a bomb) is left out of its attempt
and named. What cannot be read at all (a damaged archive, a missing permission) says nothing about the
student's work: then the attempt is not taken, so that a better export can bring it.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from autograder.course import CourseError
from autograder.submission import MAX_FILE, MAX_FILES, MAX_TOTAL, Unreadable, encodable
from autograder.templates import UNSEEN, harmless

Parts = tuple[str, ...]  # a path below something: no part is empty, `.` or holds a separator

MAX_ENTRIES = 200_000  # of a whole export
MAX_RATIO = 200  # of what is unpacked to what was packed, once it is more than CHUNK
MAX_PART = 255  # bytes, what file systems allow
MAX_PATH = 1000  # bytes
CHUNK = 1 << 20

SEPARATOR = re.compile(r"[/\\]")  # archives made on Windows may hold either
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE | re.DOTALL)
NOISE = ("__MACOSX", "__pycache__")

UNSAFE: tuple[tuple[Callable[[str], Any], str], ...] = (
    (lambda part: part == "..", "its path leads out of its folder"),
    (lambda part: UNSEEN.search(part) or "\n" in part or "\t" in part, "its name has unseen characters"),
    (lambda part: len(part.encode("utf-8", "replace")) > MAX_PART, "its name is too long"),
    (RESERVED.fullmatch, "its name is one that Windows reserves"),
    (lambda part: part.endswith((" ", ".")), "its name ends in a space or a full stop"),
)


@dataclass(frozen=True)
class Entry:
    """A file of an export."""

    parts: Parts  # its path there
    packed: int  # the bytes that it takes there
    key: Any  # by which the export finds it again
    refused: str = ""  # why it is not to be read


@dataclass(frozen=True)
class Export:
    """What a platform gave: its files, in the order of their paths."""

    path: Path
    entries: tuple[Entry, ...]
    open: Callable[[Entry], AbstractContextManager[BinaryIO]]

    def read(self, entry: Entry) -> bytes:
        """The content of one file. Raises CourseError."""
        try:
            content = b"".join(_chunks(self, entry, MAX_FILE))
        except (Refused, Unreadable) as error:
            raise CourseError(f"{self.path}: {'/'.join(entry.parts)}: {error}") from None
        return content


class Refused(Exception):
    """A file is not to be kept; the message says why."""


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The files of a folder or a zip archive. Raises CourseError."""
    if path.is_dir():
        yield Export(path, _sorted(path, _listed(path)), lambda entry: _open_below(path, entry.key))
        return
    if not path.is_file():
        raise CourseError(f"{path}: there is no such file or folder")
    archive = _opened(path)
    with archive:
        yield Export(path, _sorted(path, _in_archive(archive)), lambda entry: archive.open(entry.key))


def unpack(export: Export, files: Iterable[tuple[Parts, Entry]], to: Path) -> list[str]:
    """Write the files of one attempt below the folder `to`, and say what was left out or kept elsewhere.

    files: the path that each is to have, and where it comes from. Of names that some system takes for one
    (other case, other Unicode form) the later ones go into a folder of their own.
    Raises Unreadable if the export is damaged.
    """
    problems: list[str] = []
    names = _Names()
    room, count = MAX_TOTAL, 0
    for parts, entry in sorted(files, key=lambda file: (len(file[0]), file[0])):  # folders of data come last
        name = "/".join(parts)
        try:
            _check(parts, entry)
            if count == MAX_FILES:
                problems.append(f"{name}: not kept, nor what comes after it: more than {MAX_FILES} files")
                break
            place = names.free(parts)
            room -= _write(_chunks(export, entry, min(MAX_FILE, room)), to.joinpath(*place))
        except Refused as error:
            problems.append(f"{name}: not kept: {error}")
            continue
        names.add(place)
        count += 1
        if place != parts:
            problems.append(f"{name}: another file has this name, or nearly: kept as {'/'.join(place)}")
    return problems


def one_line(text: str) -> str:
    """Text that holds names of others', for a line of a message."""
    return harmless(text, 500).replace("\n", "\\n").replace("\t", "\\t")


def plain_name(text: str) -> str:
    """A folder's name that means nothing to any system, from text that may be hostile."""
    return re.sub(r"[^\w@.-]+", "-", text, flags=re.ASCII)[:100].strip(".-") or "unnamed"


class _Names:
    """The names that are taken in a folder, as the most forgetful of file systems compares them."""

    def __init__(self) -> None:
        self.files: set[Parts] = set()
        self.folders: set[Parts] = set()

    def free(self, parts: Parts) -> Parts:
        """The path, or if it is taken one in a folder of its own."""
        place, number = parts, 2
        while self._taken(_folded(place)):
            place, number = (f"same-name-{number}", *parts), number + 1
        return place

    def add(self, parts: Parts) -> None:
        """Take a path."""
        folded = _folded(parts)
        self.files.add(folded)
        self.folders.update(_above(folded))

    def _taken(self, folded: Parts) -> bool:
        return folded in self.files or folded in self.folders or not self.files.isdisjoint(_above(folded))


def _folded(parts: Parts) -> Parts:
    return tuple(unicodedata.normalize("NFKC", part).casefold() for part in parts)


def _above(parts: Parts) -> list[Parts]:
    return [parts[:n] for n in range(1, len(parts))]


def _check(parts: Parts, entry: Entry) -> None:
    if entry.refused:
        raise Refused(entry.refused)
    for part in parts:
        for is_so, reason in UNSAFE:
            if is_so(part):
                raise Refused(reason)
    if len("/".join(parts).encode()) > MAX_PATH:
        raise Refused("its path is too long")


def _chunks(export: Export, entry: Entry, most: int) -> Iterator[bytes]:
    """The content, as far as it is allowed; what the headers say of its size is not looked at."""
    size = 0
    try:
        with export.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise Refused(
                        f"too large: a file may have {MAX_FILE >> 20} MiB, an attempt {MAX_TOTAL >> 20} MiB"
                    )
                if size > CHUNK and size > MAX_RATIO * entry.packed:
                    raise Refused(f"it unpacks to more than {MAX_RATIO} times its size")
                yield chunk
    except Refused:
        raise
    except Exception as error:  # each decoder has errors of its own
        raise Unreadable(f"cannot be read: {error}") from None


def _write(chunks: Iterator[bytes], path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            size = sum(map(file.write, chunks))
            file.flush()
            os.fsync(file.fileno())
    except (Refused, Unreadable):
        path.unlink()
        raise
    return size


def _sorted(path: Path, entries: Iterator[Entry]) -> tuple[Entry, ...]:
    found = list(
        islice((entry for entry in entries if entry.parts and not _is_noise(entry)), MAX_ENTRIES + 1)
    )
    if len(found) > MAX_ENTRIES:
        raise CourseError(f"{path}: holds more than {MAX_ENTRIES} files: is this the right folder?")
    return tuple(sorted(found, key=lambda entry: entry.parts))


def _is_noise(entry: Entry) -> bool:
    """Whether it is one of the files that systems leave behind, which grading passes over too."""
    return any(part in NOISE or (part.startswith(".") and part != "..") for part in entry.parts)


def _entry(name: str, packed: int, key: Any, refused: str) -> Entry:
    if ABSOLUTE.match(name):
        refused = "its path is absolute"
    parts = SEPARATOR.split(unicodedata.normalize("NFC", encodable(name)))
    if ".." in parts:
        refused = UNSAFE[0][1]
    return Entry(tuple(part for part in parts if part not in ("", ".")), packed, key, refused)


def _listed(folder: Path) -> Iterator[Entry]:
    """What lies in a folder; links are named, not followed. A folder that cannot be read counts as a file."""
    closed: list[OSError] = []
    for at, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not (name in NOISE or name.startswith("."))]
        below = Path(at).relative_to(folder).parts
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]
        for name in files + links:
            status = os.lstat(os.path.join(at, name))
            yield _entry("/".join((*below, name)), status.st_size, (*below, name), _kind(status.st_mode))
    for error in closed:
        below = Path(error.filename).relative_to(folder).parts
        yield _entry("/".join(below), 0, below, "")


def _in_archive(archive: zipfile.ZipFile) -> Iterator[Entry]:
    for info in archive.infolist():
        if not info.filename.endswith("/"):
            yield _entry(info.filename, info.compress_size, info, _kind(info.external_attr >> 16))


def _kind(mode: int) -> str:
    """What is wrong with a file of that mode; archives often give none."""
    if stat.S_ISLNK(mode):
        return "it is a link, not the file itself"
    return "" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "it is no plain file"


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        entries = _count_entries(path)
        archive = zipfile.ZipFile(path) if entries < 10 * MAX_ENTRIES else None
    except Exception as error:  # each kind of damage has an error of its own
        raise CourseError(
            f"{path}: neither a folder nor a readable zip archive ({error}): give what the platform wrote, or"
            " export it again"
        ) from None
    if archive is None:
        raise CourseError(f"{path}: holds too many files: is this the right archive?")
    return archive


def _count_entries(path: Path) -> int:
    """How many entries an archive has at most: to list millions would take gigabytes."""
    count, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            count += (last + chunk).count(b"PK\x01\x02")  # one for each entry, and those of archives in it
            last = chunk[-3:]
    return count


@contextmanager
def _open_below(folder: Path, parts: Parts) -> Iterator[BinaryIO]:
    """Open a file, following no link on the way: an exchange is students' to change while it is read."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    with open(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError("it is no plain file any more")
        yield stream
