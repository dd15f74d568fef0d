"""Recognises known mistakes by the values they give, so that a wrong value can be answered with a hint.

For every known mistake and every test, what its calls return is recorded as a few numbers: the shape,
the norm and two random projections. Nothing of the mistake's code, and nothing from which a right answer
could be read, has to be shipped. A failed test's calls are fingerprinted alike and looked up. Different
mistakes can give one test the same values: what the other tests say tells them apart.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cs_lib.check.cases import Case
from cs_lib.check.result import CheckFailed, StudentError, TestResult
from cs_lib.check.student import Student
from cs_lib.check.values import as_array, is_tensor, type_name

MAX_NUMBERS = 5_000_000
TOLERANCE = 1e-4  # of the norm: float32 work still matches, another formula does not

MAX_HINTS = 3  # where more mistakes look alike, a longer list would be of no use
OR = " Or: "
MAX_PARTS = 8
HUGE = 1e100
NUMBER = re.compile(r"[-+]?(?:\d[\d.,_]*(?:e[-+]?\d+)?|\binf\b|\bnan\b)", re.ASCII)
FOLDER = re.compile(r"/[^\s'\"]*/")

Fingerprint = list[list[Any]]


def fingerprint(case_id: str, student: Student) -> Fingerprint:
    """What the calls of a test gave so far, each as a short list of plain data."""
    return [_outcome(f"{case_id}/{i}", call.outcome) for i, call in enumerate(student.calls_)]


def evidence(case: Case, student: Student, failure: CheckFailed) -> dict[str, Any]:
    """By what a mistake is recognised: its values, and what is wrong with them, whatever the numbers.

    The second tells mistakes apart that give the same values, such as right ones of a wrong type.
    """
    words = NUMBER.sub("#", FOLDER.sub("/", f"{failure.status} {failure.message}"))
    return {
        "fingerprint": fingerprint(case.id, student),
        "words": zlib.crc32(words.encode(errors="replace")),
    }


def alike(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two pieces of evidence are of the same mistake."""
    return a["words"] == b["words"] and same(a["fingerprint"], b["fingerprint"])


def find_hint(
    hints: Mapping[str, list[dict[str, Any]]], case: Case, student: Student, failure: CheckFailed
) -> str | None:
    """The hint of the known mistake whose calls gave the same values and failed alike, if there is one.

    hints: case id -> evidence of known mistakes, with the "hints" of those that it fits, and for each hint
    the numbers of its "mistakes".
    """
    if not hints.get(case.id):
        return None
    seen = evidence(case, student, failure)
    fitting = next((entry["hints"] for entry in hints[case.id] if alike(seen, entry)), ())
    return OR.join(fitting) or None


def narrowed(results: Sequence[TestResult], hints: Mapping[str, list[dict[str, Any]]]) -> list[TestResult]:
    """The results of a notebook's tests, each hint without the mistakes that other tests speak against.

    A mistake was not made if a test passed that it fails. Of the others, those are named that explain most of
    the failed tests.
    """
    fitting = {result.id: _mistakes(hints, result) for result in results if result.hint}
    refuted = {
        mistake
        for result in results
        if result.passed
        for entry in hints.get(result.id, ())
        for several in entry.get("mistakes", ())
        for mistake in several
    }
    explained = Counter(mistake for named in fitting.values() for mistake in set().union(*named.values()))
    return [
        replace(result, hint=_likeliest(fitting[result.id], refuted, explained))
        if fitting.get(result.id)
        else result
        for result in results
    ]


def _mistakes(hints: Mapping[str, list[dict[str, Any]]], result: TestResult) -> dict[str, set[int]]:
    """The mistakes behind each hint of a result; empty if the hint is none of the recorded ones."""
    named: dict[str, set[int]] = {}
    for entry in hints.get(result.id, ()):
        if OR.join(entry["hints"]) == result.hint:
            for hint, mistakes in zip(entry["hints"], entry.get("mistakes", ()), strict=False):
                named.setdefault(hint, set()).update(mistakes)
    return named


def _likeliest(
    named: Mapping[str, Iterable[int]], refuted: set[int], explained: Mapping[int, int]
) -> str | None:
    """The hints for the mistakes that explain most, of those that are not refuted."""
    weight = {hint: max((explained[m] for m in set(ms) - refuted), default=0) for hint, ms in named.items()}
    best = max(weight.values())
    return OR.join([hint for hint in named if weight[hint] == best][:MAX_HINTS]) if best else None


def same(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two fingerprints agree within the tolerance."""
    return len(a) == len(b) and all(_same_outcome(x, y) for x, y in zip(a, b, strict=True))


def _same_outcome(a: list[Any], b: list[Any]) -> bool:
    if a[0] != b[0] or len(a) != len(b):
        return False
    if a[0] == "parts":
        return all(_same_outcome(x, y) or _caches(x, y) for x, y in zip(a[1:], b[1:], strict=True))
    slack = TOLERANCE * max(a[2], b[2], 1e-6) if len(a) > 2 else 0  # the norm comes first
    return a[1] == b[1] and all(abs(x - y) <= slack for x, y in zip(a[2:], b[2:], strict=True))


def _caches(a: list[Any], b: list[Any]) -> bool:
    """Whether these are containers or objects of different make, such as what a forward pass keeps."""
    return a[1] != b[1] and not a[1].startswith("(") and not b[1].startswith("(")


def _outcome(key: str, outcome: Any) -> list[Any]:
    if isinstance(outcome, StudentError):
        message = FOLDER.sub("/", outcome.message[:200])  # temporary folders have other names each time
        return ["error", f"{outcome.status} {outcome.error} {message}"]
    if (
        type(outcome) in (list, tuple) and 1 < len(outcome) <= MAX_PARTS
    ):  # each by itself: one may be far larger
        return ["parts", *(_values(f"{key}/{i}", part) for i, part in enumerate(outcome))]
    return _values(key, outcome)


def _values(key: str, value: Any) -> list[Any]:
    """The layout of a value, the norm of its numbers and two random projections."""
    numbers, layout = _flatten(value)
    if numbers.size > MAX_NUMBERS:  # far beyond any test's values: not worth the memory
        return ["values", f"{numbers.size} numbers"]
    if not np.isfinite(numbers).all():
        return ["values", layout + f" {int((~np.isfinite(numbers)).sum())} not finite"]
    numbers = numbers / max(np.abs(numbers).max(initial=0.0), HUGE) * HUGE  # so that the norm is finite
    directions = np.random.default_rng(zlib.crc32(key.encode())).standard_normal((2, numbers.size))
    with np.errstate(all="ignore"):
        summary = [np.linalg.norm(numbers), *(directions @ numbers)]
    return ["values", layout, *(float(f"{x:.9g}") for x in summary)]


def _flatten(value: Any) -> tuple[np.ndarray, str]:
    """All numbers of a returned value in one vector, and the layout they came in."""
    if is_tensor(value):
        value = as_array(value)
    if isinstance(value, np.ndarray | np.generic | int | float) and np.asarray(value).dtype.kind in "biuf":
        array = np.asarray(value)
        flat = array.reshape(-1) if array.size > MAX_NUMBERS else array.astype(np.float64).reshape(-1)
        return flat, f"{array.shape}"
    if type(value) in (list, tuple, dict):
        items = [value[key] for key in sorted(value, key=repr)] if type(value) is dict else value
        parts = [_flatten(item) for item in items]  # of a dict in a fixed order: work fills it in any
        numbers = [part for part, _ in parts]
        return np.concatenate([np.empty(0), *numbers]), f"[{' '.join(layout for _, layout in parts)}]"
    return np.empty(0), value if type(value) is str else type_name(value)
