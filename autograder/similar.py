"""Shows which submissions have code in common, side by side; what that means, a person judges.

Names, comments, texts and spaces do not count, nor does the order (winnowing's fingerprints, Schleimer,
Wilkerson and Aiken 2003, as copydetect computes them; all are kept, so that the result is always the same).
What was released with the notebook does not count, nor what a good part of the class wrote alike.
"""

from __future__ import annotations

import io
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from autograder.course import Assignment, CourseError
from autograder.source import build_notebook
from autograder.submission import Submission
from autograder.templates import fill

LENGTH = 25  # characters of a fingerprint, a name counted as one: about two lines
LEAST_SHARE = 0.4  # of one's own code, for a pair to be shown
LEAST_COMMON = 60  # fingerprints, for a pair to be shown: a function or two
COMMONPLACE = (10, 0.25)  # what more submissions have, and more than this share of all, is nobody's own
MAX_CODE = 300_000  # characters of one submission that are looked at
MAX_SHOWN = 50  # pairs on a page
CONTEXT = 2  # lines around what is shared
SOLUTION = re.compile(r"^[ \t]*### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Line:
    """A line of code in pieces: (text, number of the passage that is shared or 0)."""

    number: int  # 0 stands for lines that are left out
    pieces: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell or a module in which something is shared."""

    place: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Side:
    """One submission of a pair."""

    student: str
    share: float  # of its own fingerprints, those that the other has too
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Pair:
    """Two submissions with code in common."""

    first: Side
    second: Side
    common: int  # fingerprints
    mates: bool = False  # two of one group, whose work it is together; nothing of it is shown

    @property
    def share(self) -> float:
        """The larger of the two shares."""
        return max(self.first.share, self.second.share)


def similar(
    submissions: Sequence[Submission],
    boilerplate: Iterable[str],
    *,
    mates: Mapping[str, Hashable] = MappingProxyType({}),
    least_share: float = LEAST_SHARE,
    least_common: int = LEAST_COMMON,
) -> list[Pair]:
    """The pairs of students with much code in common, the most first, and those of one group last.

    submissions: those of one student are one work. boilerplate: code that everybody was given
    (`released_code`). mates: the group of each student, where they work in groups. Raises CourseError without
    copydetect.
    """
    try:
        import copydetect  # noqa: F401 - for the error alone
        from scipy.sparse import csr_array
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        raise CourseError(f"{package} is not installed: pip install {package}") from None
    released = {text.strip() for text in boilerplate}
    given = set().union(*(_fingerprints(text).hashes for text in released))
    by_student: dict[str, list[tuple[str, str]]] = {}
    for submission in submissions:
        work = by_student.setdefault(submission.student, [])
        known = released | {code.strip() for _, code in work}  # what is in an earlier attempt, too
        work += [(place, code) for place, code in cells_of(submission) if code.strip() not in known]
    students, works = list(by_student), list(by_student.values())
    groups = [mates.get(student, (student,)) for student in students]
    found_in = [set().union(*(_fingerprints(code).hashes for _, code in work)) - given for work in works]
    own = [np.array(sorted(hashes), dtype=np.int64) for hashes in found_in]
    hashes, columns, counts = np.unique(
        np.concatenate([*own, []]).astype(np.int64), return_inverse=True, return_counts=True
    )
    limit = max(COMMONPLACE[0], COMMONPLACE[1] * len(works))
    rows = np.repeat(np.arange(len(own)), [len(each) for each in own])
    kept = counts[columns] <= limit
    table = csr_array(
        (np.ones(kept.sum(), dtype=np.int32), (rows[kept], columns[kept])),
        shape=(len(own), max(len(hashes), 1)),
    )
    sizes = table.sum(axis=1)
    both = (table @ table.T).tocoo()
    ignored = given | set(hashes[counts > limit].tolist())
    found = [
        (int(i), int(j), int(common))
        for i, j, common in zip(both.row, both.col, both.data, strict=True)
        if i < j and common >= least_common and common >= least_share * min(sizes[i], sizes[j])
    ]
    found.sort(key=lambda pair: (-pair[2] / min(sizes[pair[0]], sizes[pair[1]]), -pair[2], pair))
    found.sort(key=lambda pair: groups[pair[0]] == groups[pair[1]])
    pairs = []
    for i, j, common in found:
        together = groups[i] == groups[j]
        is_shown = len(pairs) < MAX_SHOWN and not together
        left, right = _side_by_side(works[i], works[j], ignored) if is_shown else ((), ())
        first = Side(students[i], common / int(sizes[i]), left)
        pairs.append(Pair(first, Side(students[j], common / int(sizes[j]), right), common, together))
    return pairs


def cells_of(submission: Submission) -> list[tuple[str, str]]:
    """The code of a submission: (place, code) of each cell and module."""
    cells = [
        (f"{name}, {place}", code) for name, cells in submission.notebooks.items() for place, code in cells
    ]
    cells += [(f"{name}.py", code) for name, code in submission.modules.items()]
    room, kept = MAX_CODE, []
    for place, code in cells:
        kept.append((place, code.replace("\r\n", "\n").replace("\r", "\n")[:room]))
        room -= len(kept[-1][1])
    return kept


def released_code(assignment: Assignment) -> list[str]:
    """The code that every student of an assignment was given."""
    return [
        SOLUTION.sub("raise NotImplementedError", cell.source)
        for notebook in assignment.notebooks
        for cell in build_notebook(notebook).cells
        if cell.cell_type == "code"
    ]


def similar_html(pairs: Sequence[Pair], title: str, submissions: int) -> str:
    """A page for instructors, which needs nothing else and runs nothing."""
    apart = [pair for pair in pairs if not pair.mates]
    return fill("similar.html", pairs=apart[:MAX_SHOWN], more=max(0, len(apart) - MAX_SHOWN), title=title,
                submissions=submissions, mates=len(pairs) - len(apart))  # fmt: skip


def _fingerprints(code: str) -> Any:
    """What copydetect makes of some code: its fingerprints, where they are, and the code without names."""
    from copydetect import CodeFingerprint

    return CodeFingerprint("code", LENGTH, 1, language="python", fp=io.StringIO(code))


def _side_by_side(
    left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]], ignored: set[int]
) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Both works, with numbers for the passages that they share: the same for the same passage."""
    works = [[_fingerprints(code) for _, code in work] for work in (left, right)]
    ours, theirs = (set().union(*(cell.hashes for cell in work)) for work in works)
    shared = (ours & theirs) - ignored
    numbers: dict[int, int] = {}  # fingerprint -> number of the first passage on the left with it
    count, sides = 0, []
    for work, cells in zip((left, right), works, strict=True):
        side = []
        for (place, code), cell in zip(work, cells, strict=True):
            where = {i: h for h in shared & cell.hashes for i in cell.hash_idx[h]}
            marks = []
            for start, stop in _passages(where):
                within = [where[i] for i in range(start, stop) if i in where]
                known = [numbers[h] for h in within if h in numbers]
                if len(known) < len(
                    within
                ):  # only on the left: there is nothing on the right that is not there
                    count += 1
                    known += [count] * (len(within) - len(known))
                    numbers |= {h: count for h in within if h not in numbers}
                marks.append((*_in_code(cell, code, start, stop), max(set(known), key=known.count)))
            if marks:
                side.append(Cell(place, _lines(code, marks)))
        sides.append(tuple(side))
    return sides[0], sides[1]


def _passages(places: Iterable[int]) -> list[tuple[int, int]]:
    """Where fingerprints touch or overlap they are one passage: (start, stop) without names."""
    passages: list[tuple[int, int]] = []
    for place in sorted(places):
        if passages and place <= passages[-1][1]:
            passages[-1] = passages[-1][0], place + LENGTH
        else:
            passages.append((place, place + LENGTH))
    return passages


def _in_code(fingerprint: Any, code: str, start: int, stop: int) -> tuple[int, int]:
    """A passage's place in the code as it was written."""
    where, removed = _offsets(fingerprint)
    last = len(where) - 1
    begin, end = (place + int(removed[min(np.searchsorted(where, place), last)]) for place in (start, stop))
    end = len(code) if stop >= len(fingerprint.filtered_code) else end
    return begin, begin + len(code[begin:end].rstrip())


def _offsets(fingerprint: Any) -> tuple[np.ndarray, np.ndarray]:
    """How much was left out before each place. copydetect 0.5 notes less for the names of classes."""
    where, removed = fingerprint.offsets[:, 0], fingerprint.offsets[:, 1].copy()
    for i in reversed(range(1, len(where) - 1)):
        if fingerprint.filtered_code[where[i]] == "O" and where[i] != where[i - 1]:
            removed[i] = removed[i + 1] - removed[i]
    return where, removed


def _lines(code: str, marks: Sequence[tuple[int, int, int]]) -> tuple[Line, ...]:
    """The lines with marked passages and a few around them, and gaps for the rest."""
    lines, start, pending = [], 0, list(marks)
    for number, text in enumerate(code.split("\n"), 1):
        stop = start + len(text)
        while pending and pending[0][1] <= start:
            pending.pop(0)
        pieces, at = [], start
        for begin, end, passage in pending:
            if begin >= stop:
                break
            begin, end = max(begin, start), min(end, stop)
            blank = code[begin:end].strip() == ""
            pieces += [(code[at:begin], 0), (code[begin:end], 0 if blank else passage)]
            at = end
        pieces.append((code[at:stop], 0))
        lines.append(Line(number, tuple(piece for piece in pieces if piece[0])))
        start = stop + 1
    marked = [i for i, line in enumerate(lines) if any(passage for _, passage in line.pieces)]
    near = {i + d for i in marked for d in range(-CONTEXT, CONTEXT + 1)}
    shown: list[Line] = []
    for i, line in enumerate(lines):
        if i in near:
            shown.append(line)
        elif shown and shown[-1].number:
            shown.append(Line(0))
    return tuple(shown)
