"""Puts what was handed in into the class folder: the files first, then the record of attempts.

    CLASS/attempts/a1/STUDENT/ATTEMPT/                   what was handed in, never replaced
    CLASS/attempts/_aside/a1/not-on-roster/WHO/ATTEMPT/  until the roster has the student: then collect again
    CLASS/attempts/_aside/a1/no-time/STUDENT/ATTEMPT/    until somebody says when it was handed in
    CLASS/attempts/_aside/a1/differs/STUDENT/ATTEMPT/    other files for an attempt that is there already
    CLASS/attempts.jsonl                                 the record

An attempt is unpacked elsewhere and moved to its place as a whole, so there is never half of one; nothing
that is in its place is touched; and the record comes last. So an interrupted run is simply repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.collect.platforms import read_export
from autograder.collect.reading import HandedIn, Person, Reading
from autograder.collect.times import Times
from autograder.collect.unpack import Export, one_line, open_export, plain_name, unpack
from autograder.course import CourseError
from autograder.submission import Unreadable, named_notebook
from autograder.term.attempts import Attempt, read_attempts, record_attempts
from autograder.term.folder import ClassFolder
from autograder.term.policy import utc
from autograder.term.roster import Roster, Student

HANDED_IN = (".ipynb", ".zip")
NOT_ON_ROSTER, NO_TIME, DIFFERS = "not-on-roster", "no-time", "differs"
HOW_TO_TIME = (
    "give the times with --times FILE (a table with the columns student and timestamp, or Canvas's JSON), or"
    " one time for all of it with --handed-in 2026-10-05T23:59"
)


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    platform: str
    collected: tuple[Attempt, ...]
    known: int  # attempts that were there already
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    aside: tuple[Path, ...]  # where everything lies that is in no attempt


def collect(
    assignment: str,
    path: Path,
    folder: ClassFolder,
    roster: Roster,
    *,
    platform: str | None = None,
    times: Times | None = None,
    mates: Mapping[str, Iterable[str]] | None = None,
    notebooks: Mapping[str, str] | None = None,
    track: Callable[[Sequence[HandedIn]], Iterable[HandedIn]] = iter,
) -> Summary:
    """Take the attempts of an export into the class folder and its record.

    platform: of autograder.collect.platforms.PLATFORMS, if it is not to be recognised. times: what the
    instructor says. mates: with whom each student's attempts count too. notebooks: all of the course, and
    of which assignment each is. track: shows progress.
    Raises CourseError if the export cannot be read at all; what is wrong with one attempt is in the summary,
    and the rest goes on.
    """
    times = Times() if times is None else times
    with open_export(path) as export:
        reading = read_export(export, assignment, roster, platform)
        _refuse_without_times(path, assignment, reading, times)
        _refuse_another(path, assignment, reading, notebooks or {})
        with _staging(folder) as staging:
            run = _Run(assignment, reading.platform, export, folder, staging, roster, times, mates or {})
            for handed_in in track(reading.handed_in):
                run.take(handed_in)
            record_attempts(folder.attempts, run.collected)
    return Summary(
        platform=reading.platform,
        collected=tuple(run.collected),
        known=run.known,
        problems=(*few(times.unused), *few(reading.problems), *run.problems),
        notes=(*reading.notes, *run.notes),
        aside=tuple(run.aside),
    )


def _refuse_without_times(path: Path, assignment: str, reading: Reading, times: Times) -> None:
    """Raise CourseError if an export holds nothing of the assignment, or nobody says any time."""
    if not reading.handed_in:
        more = "".join(f"\n    {line}" for line in [*reading.notes, *few(reading.problems)])
        raise CourseError(f"{path}: holds no attempt at {assignment}{more}")
    if not times and all(one.timestamp is None for one in reading.handed_in):
        reasons = dict.fromkeys(one.no_time for one in reading.handed_in)
        more = "".join(f"\n    {line}" for line in few(times.unused))
        raise CourseError(f"{path}: {'; '.join(few([*reasons], 5))}: {HOW_TO_TIME}{more}")


def _refuse_another(path: Path, assignment: str, reading: Reading, notebooks: Mapping[str, str]) -> None:
    """Raise CourseError for what is plainly of another assignment: it would be kept as worthless attempts."""
    files = {Path(parts[-1]) for one in reading.handed_in for parts, _ in one.files}
    known = {file: named_notebook(file.stem, tuple(notebooks)) for file in sorted(files)}
    of = {file.name: notebooks[name] for file, name in known.items() if name and file.suffix in HANDED_IN}
    if of and assignment not in of.values():
        name, other = next(iter(of.items()))
        raise CourseError(
            f"{path}: holds {one_line(name)}, which is of {other}, and nothing of {assignment}: collect it as"
            f" {other}, or correct the files"
        )


def few(lines: Sequence[str], most: int = 50) -> list[str]:
    """The first of many lines, and how many there are more."""
    rest = len(lines) - most
    return [*lines[:most], *([f"and {rest:,} more like these"] if rest > 0 else [])]


@contextlib.contextmanager
def _staging(folder: ClassFolder) -> Iterator[Path]:
    """An empty place to unpack to, which only one run has. Raises CourseError if another one is at work."""
    root = folder.root / "attempts"
    root.mkdir(parents=True, exist_ok=True)
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise CourseError(f"{root}: another course collect is at work: wait until it has ended") from None
    place = root / "_collecting"
    shutil.rmtree(place, ignore_errors=True)  # of a run that was interrupted
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


@dataclass
class _Run:
    """One export being collected."""

    assignment: str
    platform: str
    export: Export
    folder: ClassFolder
    staging: Path
    roster: Roster
    times: Times
    mates: Mapping[str, Iterable[str]]
    collected: list[Attempt] = field(default_factory=list)
    known: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorded = {attempt.key: attempt for attempt in read_attempts(self.folder.attempts)}

    def take(self, handed_in: HandedIn) -> None:
        """Take one attempt, or put it aside and say why."""
        student, reason = self._student(handed_in)
        if student is None:
            who = plain_name(handed_in.people[0].label if handed_in.people else handed_in.label)
            self._put_aside(handed_in, NOT_ON_ROSTER, who, reason)
            return
        when = handed_in.timestamp or self._given_time(handed_in, student)
        if when is None:
            self._put_aside(handed_in, NO_TIME, student.id, self._why_no_time(handed_in))
            return
        name = handed_in.attempt or f"{utc(when):%Y-%m-%dT%H%M%SZ}"
        self._keep(handed_in, Attempt(student.id, self.assignment, name, when, self.platform))
        if handed_in.note:
            self.notes.append(f"{handed_in.label}: {handed_in.note}")

    def _keep(self, handed_in: HandedIn, attempt: Attempt) -> None:
        """Put the files of an attempt to their place, and the attempt among those to record."""
        if not self._unpack(handed_in):
            return
        place = self.folder.files(attempt)
        if not _move(self.staging, place):
            aside = self._set_aside(self._aside_root / DIFFERS / attempt.student / attempt.attempt)
            self._say(handed_in, f"{self._how_it_differs(handed_in, attempt, place)}; kept as {aside}")
            return
        self._clear(place, handed_in, attempt)
        recorded = self.recorded.setdefault(attempt.key, attempt)
        if recorded is attempt:
            self.collected.append(attempt)
            return
        self.known += 1
        same = recorded.source == attempt.source and recorded.timestamp == attempt.timestamp
        touched = handed_in.timestamp and attempt.timestamp > recorded.timestamp  # the files are the same
        if not (same or touched):
            self._say(
                handed_in,
                f"is of {attempt.timestamp:%F %T} UTC from {attempt.source}, but recorded as of"
                f" {recorded.timestamp:%F %T} UTC from {recorded.source}, which stays",
            )

    def _how_it_differs(self, handed_in: HandedIn, attempt: Attempt, place: Path) -> str:
        """What is wrong with other files for an attempt that is there, and what would put it right."""
        recorded = self.recorded.get(attempt.key)
        if recorded is None:  # by a run that was interrupted
            return f"differs from {place}, which is not recorded: move that folder away, and collect again"
        own_time = "it is called by its time: give it its own time with --times, or "
        return (
            f"is of {attempt.timestamp:%F %T} UTC, and differs from {place}, which is recorded as of"
            f" {recorded.timestamp:%F %T} UTC: {'' if handed_in.attempt else own_time}take back what is"
            " recorded if that is the mistake (docs/instructor.md, Collect)"
        )

    def _put_aside(self, handed_in: HandedIn, reason: str, who: str, why: str) -> None:
        if self._unpack(handed_in):
            place = self._set_aside(self._aside_root / reason / who / (handed_in.attempt or "attempt"))
            self._say(handed_in, f"{why}; kept as {place}")

    @property
    def _aside_root(self) -> Path:
        return self.folder.root / "attempts" / "_aside" / self.assignment

    def _set_aside(self, place: Path) -> Path:
        """Move what was unpacked to a place, or if it is taken beside it. Returns where it is."""
        if not _move(self.staging, place):
            digest = hashlib.sha256(repr(_contents(self.staging)).encode()).hexdigest()
            place = place.with_name(f"{place.name}-{digest[:12]}")
            _move(self.staging, place)
        self.aside.append(place)
        return place

    def _clear(self, place: Path, handed_in: HandedIn, attempt: Attempt) -> None:
        """Remove what was put aside and now has its place."""
        name = handed_in.attempt or "attempt"
        who = [plain_name(person.label) for person in handed_in.people]
        olds = [self._aside_root / NOT_ON_ROSTER / label / name for label in who]
        olds += [self._aside_root / NO_TIME / attempt.student / name]
        olds += (self._aside_root / DIFFERS / attempt.student).glob("*")
        for old in olds:
            if old.is_dir() and _contents(old) == _contents(place):
                shutil.rmtree(old)
                with contextlib.suppress(OSError):
                    os.removedirs(old.parent)

    def _unpack(self, handed_in: HandedIn) -> bool:
        """Unpack an attempt; whether there is anything that can be kept."""
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir()
        try:
            problems = unpack(self.export, handed_in.files, self.staging)
        except Unreadable as error:
            self._say(handed_in, f"{error}: export it again, and collect it then")
            return False
        for problem in few(problems, 5):
            self._say(handed_in, problem)
        if not _contents(self.staging):
            self._say(handed_in, "there is nothing in it to keep")
            return False
        return True

    def _student(self, handed_in: HandedIn) -> tuple[Student | None, str]:
        """Whose attempt it is, or why it is nobody's.

        Of several submitters it is the first on the roster, but for ever the one under whom it is recorded.
        """
        found: list[Student] = []
        reasons = []
        for person in handed_in.people:
            student, reason = _find(self.roster, person)
            found += [student] if student else []
            reasons += [reason if person.label == handed_in.label else f"{person.label} {reason}"] * (
                not student
            )
        if not found:
            return None, "; ".join(reasons) or "says of nobody who handed it in"
        first = next(
            (s for s in found if (s.id, self.assignment, handed_in.attempt) in self.recorded), found[0]
        )
        mates = {*self.mates.get(first.id, ()), first.id}
        without = [student.id for student in found if student.id not in mates]
        if without:
            self._say(
                handed_in,
                f"counts for {first.id}, but not for {', '.join(without)}, who handed it in too: let the"
                " assignment have group_work = true, and give them one group on the roster",
            )
        for reason in reasons:
            self._say(handed_in, f"{reason}: it counts for {first.id}")
        return first, ""

    def _given_time(self, handed_in: HandedIn, student: Student) -> datetime | None:
        """What the instructor says. The one time for all cannot be that of what the platform calls late."""
        given = self.times.of(student.id, handed_in.attempt)
        return given or (None if handed_in.late else self.times.all)

    def _why_no_time(self, handed_in: HandedIn) -> str:
        if handed_in.late and self.times.all:
            return "was late, so --handed-in is not its time: say when with --times"
        return f"{handed_in.no_time}, and neither does --times" if self.times else handed_in.no_time

    def _say(self, handed_in: HandedIn, problem: str) -> None:
        self.problems.append(f"{handed_in.label}: {problem}")


def _find(roster: Roster, person: Person) -> tuple[Student | None, str]:
    """Who on the roster somebody is, or why nobody is it."""
    found: dict[str, Student] = {}
    for text, kinds in person.names:
        called = roster.called(text, kinds)
        if len(called) == 1:
            found[called[0].id] = called[0]
    if len(found) == 1:
        return next(iter(found.values())), ""
    which = f"may be {' or '.join(found)} on the roster" if found else "is not on the roster"
    return None, which


def _move(staged: Path, place: Path) -> bool:
    """Move a folder to its place, unless it is there already; False, and nothing moved, if others are."""
    if place.exists():
        return _contents(place) == _contents(staged)
    place.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(place)
    return True


def _contents(folder: Path) -> dict[str, str]:
    """The digest of each file in a folder."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                contents[path.relative_to(folder).as_posix()] = hashlib.file_digest(
                    file, "sha256"
                ).hexdigest()
    return contents
