"""Reads what a student handed in: notebooks, modules and archives. Nothing of it is run here.

Whatever is broken is repaired where the intention is plain, and every repair is reported; what cannot
be read becomes a problem of this submission and of no other. Metadata that a student could have edited
(points, tags, kernels, cell ids) is not looked at, except to find copies of a cell.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from cs_lib.check.values import shorten

MAX_FILE = 64 << 20
MAX_TOTAL = 256 << 20
MAX_FILES = 500
MODULE_NAME = re.compile(r"[A-Za-z_]\w*\.py")
MAX_CELLS = 5000
MAX_NAME = 200
STUB = re.compile(r"^[ \t]*raise NotImplementedError\b|^\w+ = \.\.\.[^\n]*\s*\Z", re.MULTILINE)
# What systems and people put behind a name, one at a time: `knn (1)`, `KNN-copy2`. Possessive, so that a long
# name of digits takes no long time.
COPY = re.compile(r"[-_ ]*+(?:copy|final|submission|solution|v?\d++|\(\d++\))$")

Cells = tuple[tuple[str, str], ...]  # (place, code)


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment, as plain text."""

    student: str
    notebooks: dict[str, Cells] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Unreadable(Exception):
    """A file cannot be used; the message names it and says why."""


def read_submission(path: Path, student: str, notebooks: tuple[str, ...]) -> Submission:
    """Read a folder, a notebook, a module or a zip archive.

    notebooks: the names that the assignment expects; files called alike are found in spite of small
    differences. Never raises for what is in the files.
    """
    problems: list[str] = []
    repairs: list[str] = []
    files = _unpacked(path, notebooks, problems)
    cells, modules = {}, {}
    for name, content in files.items():
        base = PurePosixPath(name).name
        if base.endswith(".ipynb"):
            _take_notebook(name, content, notebooks, cells, repairs, problems)
        elif MODULE_NAME.fullmatch(base) and base not in ("__init__.py", "conftest.py", "sitecustomize.py"):
            modules[base.removesuffix(".py")] = content.decode("utf-8", errors="replace")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    return Submission(student, cells, modules, digests, tuple(repairs), tuple(problems))


def notebook_files(path: Path, notebooks: tuple[str, ...]) -> dict[str, bytes]:
    """The file that is graded for each notebook, as it was handed in; those that are missing are left out."""
    found: dict[str, bytes] = {}
    for name, content in _unpacked(path, notebooks, []).items():
        target = named_notebook(PurePosixPath(name).stem, notebooks) if name.endswith(".ipynb") else None
        if target and not (target in found and _is_readable(name, found[target])):
            found[target] = content
    return found


def named_notebook(stem: str, wanted: tuple[str, ...]) -> str | None:
    """The expected name that a file's name means: `knn (1)`, `KNN-copy`, `knn_final` mean knn."""
    if stem in wanted:
        return stem
    names = {name.lower(): name for name in reversed(wanted)}
    plain, longer = stem[:MAX_NAME].lower().strip(), ""
    while plain not in names and plain != longer:
        plain, longer = COPY.sub("", plain), plain
    return names.get(plain)


def read_cells(name: str, content: bytes, repairs: list[str]) -> Cells:
    """The code cells of a notebook file, numbered as a reader counts all cells.

    Raises Unreadable if there is no notebook in it.
    """
    data = _json(name, content)
    listed = data.get("cells")
    if listed is None and isinstance(data.get("worksheets"), list):
        repairs.append(
            f"{name}: converted from the old notebook format {shorten(repr(data.get('nbformat')), 20)}"
        )
        sheets = [sheet.get("cells") for sheet in data["worksheets"] if isinstance(sheet, dict)]
        listed = [cell for cells in sheets if isinstance(cells, list) for cell in cells]
    if not isinstance(listed, list):
        raise Unreadable(f"{name}: has no list of cells: is this a notebook? Save it again and hand that in")
    if len(listed) > MAX_CELLS:
        raise Unreadable(f"{name}: has {len(listed)} cells, more than {MAX_CELLS}: is this the right file?")
    code: list[tuple[str, str, str | None]] = []
    for number, cell in enumerate(listed, 1):
        source = _source(cell)
        if source is None:
            repairs.append(f"{name}: cell {number} has no readable source and was left out")
        elif cell.get("cell_type") == "code":
            code.append((f"cell {number}", source, _grade_id(cell)))
    return _without_copied_stubs(name, code, repairs)


def _unpacked(path: Path, notebooks: tuple[str, ...], problems: list[str]) -> dict[str, bytes]:
    """All files, those in archives too, in the order in which they count: exact names first."""
    files: dict[str, bytes] = {}
    for name, content in _files(path, problems):
        if name.endswith(".zip"):
            room = MAX_TOTAL - sum(map(len, files.values()))
            files = (
                _archive(name, content, room, problems) | files
            )  # a loose file counts before an archived one
        else:
            files[name] = content
    return dict(sorted(files.items(), key=lambda file: PurePosixPath(file[0]).stem not in notebooks))


def _is_readable(name: str, content: bytes) -> bool:
    try:
        read_cells(name, content, [])
    except Unreadable:
        return False
    return True


def _files(path: Path, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """The regular files of a folder, or the one file; links are refused, sizes are limited."""
    paths = [path]
    if path.is_dir() and not path.is_symlink():  # files before folders: a backup in a folder counts last
        paths = sorted(path.rglob("*"), key=lambda file: (len(file.parts), file))
    total = count = 0
    for file in paths:
        name = encodable(file.relative_to(path).as_posix() if path.is_dir() else file.name)
        if any(part.startswith(".") or part == "__pycache__" for part in PurePosixPath(name).parts):
            continue
        if file.is_symlink():
            problems.append(f"{name}: links are not accepted: hand in the file itself")
        elif file.is_file() and name.endswith((".ipynb", ".py", ".zip")):
            size = file.stat().st_size
            total, count = total + size, count + 1
            if size > MAX_FILE or total > MAX_TOTAL or count > MAX_FILES:
                problems.append(
                    f"{name}: too large or too many files: clear the outputs and hand it in again"
                )
                continue
            try:
                yield name, file.read_bytes()
            except OSError as error:
                problems.append(f"{name}: cannot be read: {error.strerror}")
        elif not file.exists():
            problems.append(f"{name}: there is no such file")


def _archive(archive: str, content: bytes, room: int, problems: list[str]) -> dict[str, bytes]:
    """The notebooks and modules in a zip archive, read in memory: no path of it is ever used.

    room: the bytes that they may take unpacked.
    """
    files: dict[str, bytes] = {}
    if content.count(b"PK\1\2") > 100 * MAX_FILES:  # one for each entry; listing a million takes gigabytes
        problems.append(f"{archive}: holds too many files: hand in only the notebooks and modules")
        return files
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            entries = bundle.infolist()
            if len(entries) > MAX_FILES:
                problems.append(
                    f"{archive}: holds {len(entries)} files; only the first {MAX_FILES} were looked at"
                )
            for entry in entries[:MAX_FILES]:
                name = encodable(PurePosixPath(entry.filename).name)[-MAX_NAME:]
                if entry.is_dir() or not name.endswith((".ipynb", ".py")) or name.startswith("."):
                    continue
                if stat.S_ISLNK(entry.external_attr >> 16):
                    problems.append(f"{archive}: {name} is a link, which is not accepted")
                    continue
                with bundle.open(entry) as stream:  # the size in the header may lie
                    data = stream.read(min(MAX_FILE, max(room, 0)) + 1)
                room -= len(data)
                if len(data) > MAX_FILE or room < 0:
                    problems.append(f"{archive}: {name} is too large")
                    break
                if name in files:
                    problems.append(f"{archive}: holds {name} twice; the first one counts")
                files.setdefault(name, data)
    except Exception as error:  # a broken archive raises whatever the decoder at hand raises
        problems.append(f"{archive}: not a readable zip archive: {error}")
    return files


def _take_notebook(
    name: str, content: bytes, wanted: tuple[str, ...], cells: dict, repairs: list[str], problems: list[str]
) -> None:
    stem = PurePosixPath(name).stem
    target = named_notebook(stem, wanted)
    if target is None:
        problems.append(
            f"{name}: not a notebook of this assignment (expected {', '.join(f'{n}.ipynb' for n in wanted)})"
        )
        return
    if target in cells:
        problems.append(f"{name}: a second {target}.ipynb; the first one was graded")
        return
    if stem != target:
        repairs.append(f"{name}: taken as {target}.ipynb")
    try:
        cells[target] = read_cells(name, content, repairs)
    except Unreadable as error:
        problems.append(str(error))


def _json(name: str, content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = str(error)[:120]
        raise Unreadable(
            f"{name}: not a notebook file ({reason}): save it again in Jupyter and hand that in"
        ) from None
    if not isinstance(data, dict):
        raise Unreadable(f"{name}: not a notebook file: save it again in Jupyter and hand that in")
    return data


def _source(cell: Any) -> str | None:
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return encodable(source.replace("\0", "")) if isinstance(source, str) else None


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return encodable(grade_id) if isinstance(grade_id, str) else None


def encodable(text: str) -> str:
    """Text that can be written as UTF-8: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _without_copied_stubs(name: str, code: list[tuple[str, str, str | None]], repairs: list[str]) -> Cells:
    """Of several copies of a cell, those that are still the empty stub must not undo the others.

    Otherwise cells count as Python runs them: the last definition wins.
    """
    copies: dict[str, int] = {}
    for _, _, grade_id in code:
        if grade_id:
            copies[grade_id] = copies.get(grade_id, 0) + 1
    filled = {grade_id for _, source, grade_id in code if grade_id and not STUB.search(source)}
    kept = []
    for place, source, grade_id in code:
        if grade_id and copies[grade_id] > 1 and grade_id in filled and STUB.search(source):
            repairs.append(
                f"{name}: {place} is an empty copy of a cell that was filled in elsewhere; it was left out"
            )
            continue
        kept.append((place, source))
    for grade_id in (g for g, n in copies.items() if n > 1 and g in filled):
        repairs.append(
            f"{name}: the cell {grade_id[:60]} occurs {copies[grade_id]} times; the last filled one counts"
        )
    return tuple(kept)
