"""docs/instructor.md, from top to bottom: its commands run, and say what the page shows."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sysconfig
from datetime import datetime
from pathlib import Path

import pytest

from tests.autograder.authoring.complete import STANDARD
from tests.autograder.collect.exports import make_folder
from tests.autograder.conftest import write_course
from tests.autograder.whole_term import RIGHT_TEST, WRONG_TEST, HandedIn, WholeTerm, course_files

pytestmark = pytest.mark.bubblewrap

GUIDE = Path(__file__).parents[2] / "docs" / "instructor.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMES = {"ada": "Lovelace, Ada", "bob": "Stone, Bob", "cem": "Kaya, Cem", "dora": "Marsden, Dora"}
A1 = (
    ("ada", "2025-10-06T20:00", "all"),
    ("bob", "2025-10-07T12:00", "most"),
    ("cem", "2025-10-08T20:00", "all"),
    ("dora", "2025-10-05T12:00", "half"),
    ("zed", "2025-10-06T12:00", "none"),
)
A2 = (
    ("ada", "2025-11-01T23:00", "all"),
    ("bob", "2025-11-01T21:00", "abs"),
    ("cem", "2025-11-03T23:00", "all"),
)
MARKS = {"a1": {"ada": 2, "bob": 1.5, "cem": 2, "dora": 1}, "a2": {"ada": 2, "bob": 1, "cem": 1.5, "dora": 2}}


def small_course() -> dict[str, str]:
    """A complete course without dates, of which a test of a2 is too weak."""
    files = course_files(rules=STANDARD, dates="")
    name = "a2/lists/private_tests.py"
    weak = files[name].replace(WRONG_TEST, RIGHT_TEST).replace("-rng.uniform", "rng.uniform")
    return files | {name: weak}


class Reader:
    """Somebody who does what the page says, in a folder where downloads come when there is something."""

    def __init__(self, root: Path) -> None:
        self.root, self.at = root, root / "checkout"
        self.term = WholeTerm(root / "autumn", NAMES, {})
        self.downloads = root / "downloads"
        self.downloads.mkdir(parents=True)
        write_course(self.at, small_course())
        self.term.write_roster(self.downloads)
        (self.downloads / "roster.csv").rename(self.downloads / "gradebook.csv")

    def console(self, block: str) -> list[tuple[str, str, str]]:
        """Run the commands of a block: (command, what the page shows, what it says)."""
        found = []
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            if command.startswith("cd "):
                self.at = (self.at / command.removeprefix("cd ")).resolve()
                continue
            self.download()
            done = subprocess.run(
                command,
                shell=True,
                cwd=self.at,
                capture_output=True,
                text=True,
                check=False,
                env=self.environment,
            )
            assert done.returncode == ("problem:" in done.stdout), (command, done.stdout, done.stderr)
            found.append((command, shown, done.stdout))
        return found

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
        return os.environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}

    def toml(self, block: str) -> None:
        """Write tables into course.toml: those that are there get more lines."""
        path = self.at / "assignments" / "course.toml"
        text = path.read_text()
        for table in re.split(r"\n(?=\[)", block):
            header, _, lines = table.partition("\n")
            known = f"{header}\n" in text
            text = text.replace(f"{header}\n", f"{header}\n{lines}\n", 1) if known else f"{text}\n{table}\n"
        path.write_text(text)

    def diff(self, block: str) -> None:
        """Change a line of a file."""
        name, old, new = block.splitlines()
        path = self.at / name.removeprefix("--- ")
        assert old[1:] in path.read_text()
        path.write_text(path.read_text().replace(old[1:], new[1:]))

    def sh(self, block: str) -> None:
        """What a person does in formgrader; that it can be done there, the browser's test shows."""
        assert block == "cd class && jupyter lab\n"
        self.grade("a1")

    def grade(self, assignment: str) -> None:
        """Give the marks for an assignment."""
        self.term.mark((student, assignment, points) for student, points in MARKS[assignment].items())

    def download(self) -> None:
        """What the platforms hold by now."""
        if (self.term.folder / "release" / "a1").exists() and not (
            self.downloads / "submissions.zip"
        ).exists():
            self.term.from_canvas("submissions", self.handed_in("a1", A1))
            for name in ("submissions.zip", "submissions.json"):
                shutil.move(self.term.root / name, self.downloads / name)
        if (self.term.folder / "release" / "a2").exists() and not (self.downloads / "by-mail").exists():
            self.term.from_gradescope("export", self.handed_in("a2", A2))
            shutil.move(self.term.root / "export.zip", self.downloads / "assignment_8046_export.zip")
            (mail,) = self.handed_in("a2", (("dora", "2025-11-03T09:00", "most"),))
            make_folder(self.downloads / "by-mail", {"dora/lists.ipynb": self.term.notebook(mail)})

    def handed_in(self, name: str, listed: tuple[tuple[str, str, str], ...]) -> list[HandedIn]:
        return [
            HandedIn(who, name, 1, datetime.fromisoformat(when), work, work != "none")
            for who, when, work in listed
        ]


def says(shown: str, said: str) -> bool:
    """Whether a command says what the page shows, where ... stands for anything."""
    pieces = [
        re.escape(" ".join(piece.split())) for piece in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)
    ]
    return re.fullmatch(r"\s*.*\s*".join(pieces), " ".join(said.split())) is not None


def test_the_page_can_be_followed_from_top_to_bottom(tmp_path: Path) -> None:
    reader, known = Reader(tmp_path), set()
    for kind, block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        for command, shown, said in getattr(reader, kind)(block) or ():
            assert says(shown, said), (command, said)
            known.add(" ".join(command.split()[:2]))
        if "by-mail" in block:
            reader.grade("a2")  # in formgrader again
    assert {f"course {name}" for name in ("new", "validate", "release", "collect", "grade", "late")} <= known
    assert {f"course {name}" for name in ("report", "export", "similar")} <= known
    with (reader.term.folder / "term" / "term.csv").open(encoding="utf-8", newline="") as stream:
        percents = {row["id"]: float(row["percent"]) for row in csv.DictReader(stream)}
    # a1 + 2 * a2 of 30: 10 + 20; 7.5 + 16; 7.5 + 19; 5 + 16 (two days late, and two more to hand in)
    assert percents == pytest.approx({"ada": 100, "bob": 78.333333, "cem": 88.333333, "dora": 70})


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", GUIDE.read_text(encoding="utf-8"))
    assert len(links) > 2
    assert [link for link in links if not (GUIDE.parent / link).is_file()] == []
