"""Packs what there is to hand in, and shows a receipt. It looks at saved files only and runs nothing.

The newest archive is always `submission-a1.zip`, with `submission-a1.receipt.json` beside it. An earlier
one is kept: it is renamed to the first free of `submission-a1-1.zip`, `submission-a1-2.zip`, ..., so that
a higher number is a later archive.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import itertools
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from cs_lib.check.cases import TestFileError
from cs_lib.check.files import UnreadableFile, outline, read_cells
from cs_lib.check.markup import card, paragraph, table
from cs_lib.check.show import Message, Shown
from cs_lib.check.suite import find_suites, home

BUNDLE = "bundle.json"
RECEIPT = "receipt.json"  # its name inside the archive
LARGE = 20 << 20
SAVE_FIRST = (
    "Packed is what was saved. If you changed something since, save (Ctrl+S or Cmd+S) and pack again."
)


@dataclass(repr=False, eq=False)
class Submission(Shown):
    """What was packed: the receipt, and what the saved files hold of each graded function."""

    receipt: dict[str, Any]
    archive: Path
    functions: dict[str, str]  # graded name -> "filled in", "still to do" or "missing"
    warnings: tuple[str, ...]
    passed: bool = True

    def html(self) -> str:
        """The receipt as a card."""
        files = [
            [f"<code>{escape(f['name'])}</code>", _size(f["bytes"]), _ago(f["saved"])] for f in self._files()
        ]
        names = [
            [f"<code>{escape(name)}</code>", f"{SIGNS[how]}&nbsp;{how}"]
            for name, how in self.functions.items()
        ]
        kind = "to do" if self.warnings or set(self.functions.values()) - {"filled in"} else "passed"
        parts = [
            f"<div><strong>{escape(self._title())}</strong></div>",
            *(f"<p><strong>Look at this:</strong> {escape(warning)}</p>" for warning in self.warnings),
            table(("File", "Size", "Last saved"), files, "Files in the archive"),
            table(("Graded", "In the saved file"), names, "Graded functions") if names else "",
            *map(paragraph, self._last_words()),
        ]
        return card(kind, "".join(parts), "Receipt of the submission")

    def text(self) -> str:
        """The receipt as lines."""
        lines = [self._title()]
        lines += [f"  Look at this: {warning}" for warning in self.warnings]
        lines += [f"  {f['name']}, {_size(f['bytes'])}, last saved {_ago(f['saved'])}" for f in self._files()]
        lines += [f"  {SIGNS[how]} {name}: {how}" for name, how in self.functions.items()]
        return "\n".join(lines + self._last_words())

    def _title(self) -> str:
        return f"Packed {self.receipt['assignment']} at {_clock(self.receipt['packed'])}"

    def _files(self) -> list[dict[str, Any]]:
        return self.receipt["files"]

    def _last_words(self) -> list[str]:
        return [SAVE_FIRST, f"Hand in this file: {self.archive}"]


SIGNS = {"filled in": "✓", "still to do": "○", "missing": "✗"}


def submit_folder(assignment: str | None = None, folder: str | Path | None = None) -> Shown:
    """Pack the notebooks and modules of a folder, show the receipt and return it.

    folder: by default this one, or the one that `cs_lib` came in; its bundle.json says what belongs to it.
    """
    return pack(_folder(folder), assignment).show()


def pack(folder: Path, assignment: str | None = None) -> Submission | Message:
    """Write the archive and the receipt of a folder; a Message says why nothing was packed."""
    warnings: list[str] = []
    bundle = _bundle(folder, warnings)
    name = assignment or bundle.get("assignment") or re.sub(r"[^\w.-]+", "-", folder.name)
    if bundle.get("assignment") not in (None, name):
        return Message(
            (f"{folder} holds the assignment {bundle['assignment']}, not {name}. Nothing was packed.",)
        )
    if not re.fullmatch(r"[\w][\w.-]*", name):
        return Message((f"{name!r} cannot be the name of a file. Nothing was packed.",))
    notebooks = _notebooks(folder, bundle, warnings)
    files = {file.name: file for file in sorted([*notebooks, *folder.glob("*.py")]) if file.is_file()}
    if not files:
        return Message((*warnings, f"There is no notebook in {folder}. Nothing was packed."))
    contents = {key: file.read_bytes() for key, file in files.items()}
    now = datetime.now(UTC)
    receipt = {
        "assignment": name,
        "packed": now.isoformat(timespec="seconds"),
        "files": [_entry(key, content, files[key]) for key, content in contents.items()],
    }
    archive = _archive(contents | {RECEIPT: _json(receipt)})
    target = folder / f"submission-{name}.zip"
    described = {"name": target.name, "bytes": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    receipt |= {"archive": described}
    beside = folder / f"submission-{name}.receipt.json"
    _keep_earlier(target, beside)
    _write(target, archive)
    _write(beside, _json(receipt))
    functions = _functions(folder, files, warnings)
    return Submission(receipt, target, functions, tuple(warnings))


def _folder(folder: str | Path | None) -> Path:
    if folder is not None:
        return Path(folder).resolve()
    here = Path.cwd()
    return home() if not (here / BUNDLE).is_file() and (home() / BUNDLE).is_file() else here


def _bundle(folder: Path, warnings: list[str]) -> dict[str, Any]:
    try:
        data = json.loads((folder / BUNDLE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        data = None
    if (
        isinstance(data, dict)
        and isinstance(data.get("assignment"), str)
        and isinstance(data.get("notebooks"), list)
    ):
        return data
    warnings.append(f"{BUNDLE} is damaged: every notebook of the folder was packed.")
    return {}


def _notebooks(folder: Path, bundle: dict[str, Any], warnings: list[str]) -> list[Path]:
    """The notebooks to pack; one that is missing or unreadable is worth a warning."""
    here = sorted(file for file in folder.glob("*.ipynb") if not file.name.startswith("."))
    wanted = [folder / f"{name}.ipynb" for name in bundle.get("notebooks", [])]
    for file in wanted or here:
        if not file.is_file():
            near = difflib.get_close_matches(file.name, [other.name for other in here], n=1)
            hint = f" Is it {near[0]!r}? Then rename that to {file.name} and pack again." if near else ""
            warnings.append(f"{file.name} is missing.{hint}")
        else:
            _look_at(file, warnings)
    return wanted or here


def _look_at(file: Path, warnings: list[str]) -> None:
    try:
        read_cells(file)
    except UnreadableFile as error:
        warnings.append(f"{error}. It was packed as it is.")
    if file.stat().st_size > LARGE:
        warnings.append(
            f"{file.name} is large ({_size(file.stat().st_size)}): clear its outputs and pack again."
        )


def _functions(folder: Path, files: dict[str, Path], warnings: list[str]) -> dict[str, str]:
    """For each graded name, what the saved notebook (or else the modules) says of it. Nothing is run."""
    modules = [file for name, file in files.items() if name.endswith(".py")]
    suites = find_suites(folder) or find_suites()
    packed = [suite for suite in suites if f"{suite.notebook}.ipynb" in files]
    found: dict[str, str] = {}
    for suite in packed or suites:
        notebook = files.get(f"{suite.notebook}.ipynb")
        defined = _outline([notebook] if notebook else modules)
        try:
            names = suite.functions
        except TestFileError as error:
            warnings.append(f"The public tests cannot be read: {error}")
            continue
        words = {True: "filled in", False: "still to do", None: "missing"}
        found |= {name: words[defined.get(name)] for name in names}
    return found


def _outline(files: Iterable[Path]) -> dict[str, bool]:
    defined: dict[str, bool] = {}
    for file in files:
        try:
            defined |= outline(read_cells(file))
        except UnreadableFile:
            continue
    return defined


def _entry(name: str, content: bytes, file: Path) -> dict[str, Any]:
    saved = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    digest = hashlib.sha256(content).hexdigest()
    return {
        "name": name,
        "bytes": len(content),
        "sha256": digest,
        "saved": saved.isoformat(timespec="seconds"),
    }


def _archive(contents: dict[str, bytes]) -> bytes:
    """A zip archive that depends on the contents only: no times, no owners, names in order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _keep_earlier(archive: Path, receipt: Path) -> None:
    """Move an earlier archive and its receipt to the first free number."""
    if not (archive.exists() or receipt.exists()):
        return
    stem = archive.name.removesuffix(".zip")
    for number in itertools.count(1):
        kept = [archive.with_name(f"{stem}-{number}.zip"), archive.with_name(f"{stem}-{number}.receipt.json")]
        if not any(file.exists() for file in kept):
            break
    for file, name in zip((archive, receipt), kept, strict=True):
        if file.exists():
            file.rename(name)


def _write(target: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, indent=1).encode()


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count / 1e3, 0.1):.1f} kB"


def _clock(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


def _ago(moment: str) -> str:
    minutes = int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()) // 60
    steps = (
        (1, "less than a minute", 1),
        (60, "{} min", 1),
        (60 * 48, "{} h", 60),
        (10**9, "{} days", 60 * 24),
    )
    words = next(text.format(minutes // unit) for limit, text, unit in steps if minutes < limit)
    return f"{words} ago ({_clock(moment)})"
