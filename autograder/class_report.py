"""The page for the instructor: how the class did, what was hardest, who is stuck where. Not for students.

It counts and adds up what the reports say; nothing is graded or judged here. The page draws its charts
with inline SVG and CSS, and stays small for a thousand submissions.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from autograder.course import Assignment
from autograder.report import Report
from autograder.tables import Function, by_function, by_notebook, standing, status_word, total, total_possible
from autograder.templates import fill
from cs_lib.check.result import VERDICTS, TestResult

BINS = 10
SHARED_BY = 20  # a repair or problem of so many, or of half the class, is listed once, not for each


@dataclass
class FunctionCount:
    """How a class stands with one function."""

    notebook: str
    name: str
    standings: Counter[str] = field(default_factory=Counter)

    @property
    def students(self) -> int:
        """In how many submissions it was graded."""
        return self.standings.total()

    @property
    def rate(self) -> float:
        """The share of submissions with all of its tests passed."""
        return self.standings["full"] / self.students


@dataclass
class TestCount:
    """How a class stands with one test."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    notebook: str
    id: str
    function: str
    visibility: str
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def students(self) -> int:
        """In how many submissions it was to run."""
        return self.verdicts.total()

    @property
    def rate(self) -> float:
        """The share of submissions that passed it."""
        return self.verdicts["passed"] / self.students

    @property
    def usual(self) -> tuple[str, int] | None:
        """The most frequent verdict of those that did not pass."""
        return next(((v, n) for v, n in self.verdicts.most_common() if v != "passed"), None)


@dataclass
class VerdictCount:
    """How often something went a certain way, and for whom."""

    name: str
    meaning: str
    tests: int = 0
    students: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Histogram:
    """Scores in bins of equal width."""

    edges: tuple[float, ...]  # BINS + 1 of them, in points
    counts: tuple[int, ...]
    ticks: tuple[int, ...]  # of the axis of counts; the last is not below any count


def class_report_html(reports: Iterable[Report], assignment: Assignment) -> str:
    """A page for the instructor that needs nothing else and runs nothing. Every submission counts once."""
    reports = sorted(reports, key=lambda report: (report.score, report.student))
    tables = [by_function(report) for report in reports]
    titles = {notebook.name: notebook.title for notebook in assignment.notebooks}
    columns = list(dict.fromkeys(function for table in tables for function in table))
    scores = [report.score for report in reports]
    return fill(
        "class_report.html",
        title=assignment.title,
        name=assignment.name,
        titles=titles,
        reports=reports,
        statuses=Counter(map(status_word, reports)).most_common(),
        max_scores=sorted({report.max_score for report in reports}),
        histogram=histogram(scores, max((report.max_score for report in reports), default=0.0)),
        quartiles=_quartiles(scores),
        manual=reports[0].manual if reports else {},
        functions=sorted(count_functions(tables), key=lambda count: count.rate),
        tests=sorted(count_tests(reports), key=lambda count: count.rate),
        verdicts=count_verdicts(reports),
        hints=count_hints(tables),
        columns=columns,
        rows=[(r, [cell(table.get(c)) for c in columns]) for r, table in zip(reports, tables, strict=True)],
        shared=(shared := shared_notes(reports)),
        notes=own_notes(reports, dict(shared)),
        sandboxes=Counter(report.sandbox for report in reports).most_common(),
        versions=Counter(", ".join(f"{k} {v}" for k, v in r.versions.items()) for r in reports).most_common(),
    )


def histogram(scores: Sequence[float], max_score: float) -> Histogram:
    """Scores from 0 to max_score in BINS bins; the last one holds full marks too."""
    counts = [0] * BINS
    for score in scores:
        share = score / max_score if max_score else 0.0
        counts[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    edges = tuple(max_score * i / BINS for i in range(BINS + 1))
    return Histogram(edges, tuple(counts), ticks(max(counts)))


def ticks(top: int) -> tuple[int, ...]:
    """Round numbers from 0 to at least `top`, at most seven of them."""
    scale = 10 ** max(len(str(top)) - 2, 0)
    step = next(s for s in (m * scale for m in (1, 2, 5, 10, 20, 50)) if s * 6 >= top)
    return tuple(range(0, step * max(math.ceil(top / step), 1) + 1, step))


def count_functions(tables: Iterable[dict[Function, list[TestResult]]]) -> list[FunctionCount]:
    """Every function with the number of submissions in which it stands how."""
    counts: dict[Function, FunctionCount] = {}
    for table in tables:
        for function, tests in table.items():
            counts.setdefault(function, FunctionCount(*function)).standings[standing(tests)] += 1
    return list(counts.values())


def count_tests(reports: Iterable[Report]) -> list[TestCount]:
    """Every test with the number of submissions that got each verdict."""
    counts: dict[tuple[str, str, str], TestCount] = {}
    for report in reports:
        for notebook, tests in by_notebook(report).items():
            for test in tests:
                key = (notebook, test.visibility, test.id)
                if key not in counts:
                    counts[key] = TestCount(notebook, test.id, test.function, test.visibility)
                counts[key].verdicts[test.status] += 1
    return list(counts.values())


def count_verdicts(reports: Iterable[Report]) -> list[VerdictCount]:
    """Every verdict that was given, the most frequent first, with the students that got it."""
    counts: dict[str, VerdictCount] = {}
    for report in reports:
        for status, tests in Counter(test.status for test in report.tests).items():
            count = counts.setdefault(status, VerdictCount(status, VERDICTS.get(status, "")))
            count.tests += tests
            count.students.append(report.student)
    return sorted(counts.values(), key=lambda count: -count.tests)


def count_hints(tables: Iterable[dict[Function, list[TestResult]]]) -> list[tuple[str, str, int]]:
    """(function, hint, number of submissions), the most frequent first."""
    seen: Counter[tuple[str, str]] = Counter()
    for table in tables:
        seen.update({(f, test.hint) for (_, f), tests in table.items() for test in tests if test.hint})
    return [
        (function, hint, count)
        for (function, hint), count in sorted(seen.items(), key=lambda i: (-i[1], i[0]))
    ]


def shared_notes(reports: Sequence[Report]) -> list[tuple[str, int]]:
    """Repairs and problems that many submissions have in common, with how many have them."""
    counts = Counter(text for report in reports for text in {*report.repairs, *report.problems})
    many = min(SHARED_BY, max(3, len(reports) / 2))
    return sorted(((text, n) for text, n in counts.items() if n >= many), key=lambda i: (-i[1], i[0]))


def own_notes(reports: Iterable[Report], shared: Container[str]) -> list[tuple[str, list[str], list[str]]]:
    """(student, problems, repairs) where there are others than the shared ones; problems come first."""
    notes = [
        (r.student, [t for t in r.problems if t not in shared], [t for t in r.repairs if t not in shared])
        for r in reports
    ]
    return sorted((note for note in notes if note[1] or note[2]), key=lambda note: not note[1])


def cell(tests: Sequence[TestResult] | None) -> tuple[str, str]:
    """One cell of the matrix: the class that colours it, and its sign or percentage."""
    if not tests:
        return "x", ""
    mark = standing(tests)
    if mark == "some":
        share = total(tests) / total_possible(tests)
        return "s", str(min(max(int(100 * share), 1), 99))
    return {"full": ("f", "●"), "none": ("n", "✗"), "nothing": ("o", "·")}[mark]


def _quartiles(scores: Sequence[float]) -> tuple[float, ...]:
    """(lower quartile, median, upper quartile), each a score that can be met or lies between two."""
    if len(scores) < 2:
        return tuple(scores) * 3
    return tuple(statistics.quantiles(scores, n=4, method="inclusive"))
