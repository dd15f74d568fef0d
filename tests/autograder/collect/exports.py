"""Makes exports as the platforms make them: the same names, the same metadata."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from autograder.collect import Summary, Times, collect
from autograder.term.folder import ClassFolder
from autograder.term.roster import Roster, parse_roster

ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section
"Lovelace, Ada",1001,9001,ada@example.org,DL-01
"Noether, Emmy",1002,9002,emmy@example.org,DL-01
"Stone, Bob",1003,9003,bob@example.org,DL-02
"""
# As Gradescope's Ruby writes it, with all that is of no interest here.
SUBMISSION = """\
submission_{id}:
  :submitters:{people}
  :created_at: {when}
  :score: 0.0
  :status: processed
  :results:
    score: 0.0
    tests: []
    output: "50%: \\e[31mred\\e[0m"
    extra_data: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
      handed_in: x
    visibility:
    leaderboard: []
  :history:{history}
"""
OLD = """
  - :submitters: []
    :created_at: {when}
    :score: 0.0
    :status: processed
    :results:
      score: 0.0
    :id: {id}"""
PERSON = "\n  - :name: {name}\n    :sid: '{sid}'\n    :email: {email}"
ADA, EMMY, BOB, EVE = (
    {"name": "Ada Lovelace", "sid": "9001", "email": "ada@example.org"},
    {"name": "Emmy Noether", "sid": "9002", "email": "emmy@example.org"},
    {"name": "Bob Stone", "sid": "9003", "email": "bob@example.org"},
    {"name": "Eve", "sid": "6666", "email": "eve@example.org"},
)


def roster(text: str = ROSTER) -> Roster:
    """Ada, Emmy and Bob."""
    return parse_roster(text, Path("roster.csv"))


def make_zip(path: Path, files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_folder(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def submission(
    number: int,
    *people: Mapping[str, str],
    when: str = "2026-10-05 18:20:04.122325000 Z",
    history: Mapping[int, str] | None = None,
) -> str:
    """What Gradescope's metadata say of one submission."""
    old = "".join(OLD.format(id=old, when=time) for old, time in (history or {}).items())
    listed = "".join(PERSON.format(**person) for person in people) or " []"
    return SUBMISSION.format(id=number, people=listed, when=when, history=old or " []")


def gradescope(
    path: Path, metadata: list[str], files: Mapping[str, str | bytes], root: str = "assignment_8046_export/"
) -> Path:
    """Gradescope's archive."""
    content = {f"{root}submission_metadata.yml": "---\n" + "".join(metadata)}
    return make_zip(path, content | {f"{root}{name}": text for name, text in files.items()})


def collected(folder: Path, export: Path, people: Roster | None = None, **options) -> Summary:
    """Collect a1 from an export into a class folder."""
    return collect("a1", export, ClassFolder(folder), people or roster(), **options)


def files_in(folder: Path) -> dict[str, str]:
    """What lies in a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def at(text: str) -> Times:
    """One time for all."""
    return Times(all=datetime.fromisoformat(text))
