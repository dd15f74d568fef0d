"""The small report: HTML in a notebook, text everywhere else. It shows results and decides nothing.

There is a word and a sign wherever there is a colour, and everything that comes from a learner's code is
escaped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from cs_lib.check.markup import GROUP, card, code, paragraph, table
from cs_lib.check.result import TestResult

DONE = (
    "Well done: every public test passes. The private tests will look at more: "
    "other shapes, other numbers, edge cases."
)
ACCEPTED = "This is an answer that can be graded. Whether it is the right one, grading will say."
TO_DO = frozenset(("not_implemented", "not_answered", "not_defined", "not_run"))  # not wrong, not there yet
SIGNS = {"passed": "✓", "to do": "○", "failed": "✗"}


class Shown:
    """Something that a notebook shows as HTML and everything else as text."""

    _shown_in: int | None = None

    def html(self) -> str:
        """The report for a notebook."""
        raise NotImplementedError

    def text(self) -> str:
        """The report for a terminal."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.text()

    def show(self) -> Shown:
        """In IPython, display it at once: of two checks in one cell, both are seen."""
        shell = running_shell()
        if shell is not None:
            self._ipython_display_()
            self._shown_in = shell.execution_count
        return self

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shell = running_shell()
        if shell is None or shell.execution_count != self._shown_in:  # as a cell's last value, not once more
            display({"text/html": self.html(), "text/plain": self.text()}, raw=True)


def running_shell() -> Any:
    """IPython's shell if this runs in one, else None. Does not import IPython."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


@dataclass(repr=False, eq=False)
class Message(Shown):
    """A few sentences in place of a report."""

    sentences: tuple[str, ...]
    passed: bool = False

    def html(self) -> str:
        """One paragraph a sentence."""
        return card("to do", "".join(paragraph(s) for s in self.sentences), "Message of the check")

    def text(self) -> str:
        """One line a sentence."""
        return "\n".join(self.sentences)


@dataclass(frozen=True)
class Outcome:
    """A test's result, and what the learner's code printed while it ran."""

    result: TestResult
    printed: str = ""


@dataclass(repr=False, eq=False)
class CheckReport(Shown):
    """How public tests went: what a check returns and shows."""

    title: str
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()
    done: str = DONE  # said when every test passed

    @property
    def results(self) -> tuple[TestResult, ...]:
        """The results in the tests' order."""
        return tuple(outcome.result for outcome in self.outcomes)

    @property
    def score(self) -> float:
        """Points earned, of the public ones."""
        return sum(result.score for result in self.results)

    @property
    def max_score(self) -> float:
        """Public points that can be earned."""
        return sum(result.max_score for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(result.passed for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data for JSON."""
        return {
            "title": self.title,
            "passed": self.passed,
            "score": self.score,
            "max_score": self.max_score,
            "tests": [o.result.to_dict() | {"printed": o.printed} for o in self.outcomes],
            "notes": list(self.notes),
        }

    def html(self) -> str:
        """The report as one card: a fold for each function, a row for each test."""
        groups = self._groups()
        parts = [_group_html(name, outcomes, len(groups) == 1) for name, outcomes in groups.items()]
        if len(groups) > 1:
            parts.insert(0, f"<div><strong>{escape(self.title)}</strong> {_points_of(self.outcomes)}</div>")
        parts += [paragraph(note) for note in self._last_words()]
        return card(_state_of(self.outcomes), "".join(parts), f"Check of {self.title}")

    def text(self) -> str:
        """The report as lines; those of a test begin with its sign."""
        groups = self._groups()
        lines = [line for name, outcomes in groups.items() for line in _group_lines(name, outcomes)]
        if len(groups) > 1:
            lines.append(f"{self.title}: {_points_of(self.outcomes)}")
        return "\n".join(lines + self._last_words())

    def _groups(self) -> dict[str, list[Outcome]]:
        groups: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            groups.setdefault(outcome.result.function, []).append(outcome)
        return groups

    def _last_words(self) -> list[str]:
        if not self.passed or not self.outcomes:
            return list(self.notes)
        return [*self.notes, self.done if self.max_score else ACCEPTED]


def sentence(case_id: str) -> str:
    """A test's id in words: `test_takes_the_smallest[k=2-n=3]` is `Takes the smallest (k=2, n=3)`."""
    name, _, parameters = case_id.removesuffix("]").partition("[")
    words = re.sub(r"^test_?", "", name).replace("_", " ").strip()
    listed = re.sub(r"-(?=\w+=)", ", ", parameters)
    return (words[:1].upper() + words[1:] or name) + (f" ({listed})" if listed else "")


def state(result: TestResult) -> str:
    """`passed`, `failed`, or `to do` for what is not there yet."""
    return "to do" if result.status in TO_DO else "passed" if result.passed else "failed"


def findings(outcome: Outcome) -> list[tuple[str, str]]:
    """What there is to say about a test that did not pass: pairs of a label and a text."""
    result = outcome.result
    if result.passed:
        return []
    what, _, where = (result.detail or result.message).partition("\nTraceback")
    said = [("", result.message if state(result) == "to do" else what)]
    if state(result) == "failed":
        error = None if result.relative_error is None else f"{result.relative_error:.2g}"
        said += [
            ("Called", result.call),
            ("Came back", result.got),
            ("Expected", result.expected),
            ("Relative error", error),
            ("Where", where and "Traceback" + where.rstrip()),
        ]
    said += [("Printed", outcome.printed.rstrip()), ("Hint", result.hint)]
    return [(label, text) for label, text in [*said, *(("Advice", text) for text in result.advice)] if text]


def points(score: float, of: float, which: str = "public ") -> str:
    """`2 of 3 public points`; a question's public test may be worth none, as it only looks at the form."""
    if not of:
        return f"no {which}points"
    return f"{score:g} of {of:g} {which}point{'' if of == 1 else 's'}"


def _earned(result: TestResult) -> str:
    return f"{result.score:g} of {result.max_score:g}" if result.max_score else "none"


def _state_of(outcomes: Iterable[Outcome]) -> str:
    states = {state(outcome.result) for outcome in outcomes}
    return next((kind for kind in ("failed", "to do") if kind in states), "passed")


def _points_of(outcomes: Iterable[Outcome]) -> str:
    results = [outcome.result for outcome in outcomes]
    which = "public " if all(r.visibility == "public" for r in results) else ""
    return points(sum(r.score for r in results), sum(r.max_score for r in results), which)


def _nothing_called(outcomes: list[Outcome]) -> bool:
    """Whether all tests of a function say the same, because there was nothing that they could call."""
    said = {tuple(findings(outcome)) for outcome in outcomes}
    first = outcomes[0].result
    return len(said) == 1 and (state(first) == "to do" or not (first.passed or first.call))


def _group_html(function: str, outcomes: list[Outcome], alone: bool) -> str:
    kind = _state_of(outcomes)
    head = f"{SIGNS[kind]} <strong>{escape(function)}</strong> {kind}: {_points_of(outcomes)}"
    if _nothing_called(outcomes):
        return f'<div style="{GROUP}">{head}</div>{_findings_html(outcomes[0])}'
    rows = [
        (
            f"{escape(sentence(o.result.id))}{_findings_html(o)}",
            f"{SIGNS[state(o.result)]}&nbsp;{state(o.result).replace(' ', '&nbsp;')}",
            _earned(o.result).replace(" ", "&nbsp;"),
        )
        for o in outcomes
    ]
    opened = " open" if alone or kind != "passed" else ""
    content = table(("Test", "Result", "Points"), rows, f"Tests of {function}", "6em")
    return f'<details{opened}><summary style="cursor:pointer;{GROUP}">{head}</summary>{content}</details>'


def _findings_html(outcome: Outcome) -> str:
    return "".join(_finding_html(label, text) for label, text in findings(outcome))


def _finding_html(label: str, text: str) -> str:
    if label == "Where":
        inner = f'<details><summary style="cursor:pointer">Where it happened</summary>{code(text)}</details>'
    elif label in ("Called", "Came back", "Expected", "Relative error", "Printed"):
        inner = f"{label}: {code(text)}"
    else:
        inner = f"<strong>{label}:</strong> {escape(text)}" if label else escape(text)
    return f'<div style="margin:.2em 0 .2em 1em;overflow-wrap:anywhere">{inner}</div>'


def _group_lines(function: str, outcomes: list[Outcome]) -> list[str]:
    kind = _state_of(outcomes)
    lines = [f"{SIGNS[kind]} {function}: {kind}, {_points_of(outcomes)}"]
    if _nothing_called(outcomes):
        return lines + _finding_lines(outcomes[0])
    for outcome in outcomes:
        result = outcome.result
        lines.append(f"  {SIGNS[state(result)]} {sentence(result.id)}: {state(result)}, {_earned(result)}")
        lines += _finding_lines(outcome)
    return lines


def _finding_lines(outcome: Outcome) -> list[str]:
    return [f"      {line}" for label, text in findings(outcome) for line in _labelled(label, text)]


def _labelled(label: str, text: str) -> list[str]:
    """Several lines stand below their label, so that an array's columns stay columns."""
    lines = text.split("\n")
    if label and len(lines) > 1:
        return [f"{label}:", *(f"  {line}" for line in lines)]
    return [f"{label}: {text}"] if label else lines
