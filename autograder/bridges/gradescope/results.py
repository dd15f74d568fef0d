"""A report as Gradescope's results.json: what a student sees at once, what after publication, what never.

Pure translation. The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
"""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.course import Assignment
from autograder.report import Report
from autograder.tables import NOTHING_THERE, by_notebook, total, total_possible
from autograder.templates import harmless, points
from cs_lib.check.result import TestResult
from cs_lib.check.runner import not_run

VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
TEXT = "text"  # shown as it is: neither HTML nor Markdown nor colours of a terminal
MAX_TEST, MAX_SUBMISSION = 20_000, 10_000  # characters of an output


def results_of(
    report: Report, *, private: str = "after_published", metadata: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The content of results.json.

    private: when students see the private tests, one of VISIBILITIES. As long as any test is hidden from
    students Gradescope shows them no total, and nothing here tells it. metadata: submission_metadata.json.
    """
    if private not in VISIBILITIES:
        raise ValueError(f"there is no visibility {private!r}: choose from {', '.join(VISIBILITIES)}")
    handed_in = handed_in_of(metadata or {})
    return {
        "score": report.score,
        "execution_time": report.seconds,
        "output": harmless(_summary(report, handed_in), MAX_SUBMISSION),
        "output_format": TEXT,
        "test_output_format": TEXT,
        "test_name_format": TEXT,
        "visibility": "visible",  # of what does not say it itself; each test does
        "stdout_visibility": "hidden",  # the names of private tests are there, for instructors
        "tests": list(_tests(report, private)),
        "extra_data": {
            "assignment": report.assignment,
            "handed_in": handed_in,
            "open_manual_points": dict(report.manual),
            "sandbox": report.sandbox,
            "versions": dict(report.versions),
            "sha256": {harmless(name, 200): digest for name, digest in report.sha256.items()},
        },
    }


def unfinished(assignment: Assignment, why: str) -> Report:
    """The report of a grading that did not finish: every test is listed, with 0 points."""
    tests = {n.name: tuple(not_run(case, "not_run") for case in n.cases) for n in assignment.notebooks}
    return Report(
        student="",
        assignment=assignment.name,
        score=0.0,
        max_score=assignment.max_score,
        tests=tuple(itertools.chain.from_iterable(tests.values())),
        notebooks={name: tuple(test.id for test in of) for name, of in tests.items()},
        manual={name: worth for notebook in assignment.notebooks for name, worth in notebook.manual.items()},
        repairs=(),
        problems=(why,),
        sandbox="user",
        versions={},
        sha256={},
        seconds=0.0,
    )


def handed_in_of(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who handed in when, and what was due when, as the platform says; None where it does not say.

    The times are passed on as they are. `seconds_late` counts from the due date, whatever the late policy.
    """
    try:
        assignment, users = metadata["assignment"], metadata["users"]
        created, due = metadata["created_at"], assignment["due_date"]
        late = (_time(created) - _time(due)).total_seconds() if due else 0.0
        return {
            "submission": metadata.get("id"),
            "students": [user["email"] for user in users],
            "created_at": created,
            "due_date": due,
            "late_due_date": assignment.get("late_due_date"),
            "seconds_late": max(0.0, late),
            "attempt": len(metadata.get("previous_submissions") or ()) + 1,
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _tests(report: Report, private: str) -> Iterator[dict[str, Any]]:
    """One entry a test. A private one has a number for a name: its own tells something of its inputs."""
    functions: dict[tuple[str, str], int] = {}
    counted: Counter[tuple[str, str, str]] = Counter()
    for notebook, tests in by_notebook(report).items():
        for test in tests:
            function = functions.setdefault((notebook, test.function), len(functions) + 1)
            counted[notebook, test.function, test.visibility] += 1
            counted[notebook, test.function, "all"] += 1
            public = test.visibility == "public"
            label = test.id if public else f"private test {counted[notebook, test.function, 'private']}"
            yield {
                "score": test.score,
                "max_score": test.max_score,
                "status": "passed" if test.passed else "failed",
                "name": harmless(f"{test.function}: {label}", 200),
                "name_format": TEXT,
                "number": f"{function}.{counted[notebook, test.function, 'all']}",
                "output": harmless("\n\n".join(_told(test)), MAX_TEST),
                "output_format": TEXT,
                "tags": [notebook, test.function],
                "visibility": "visible" if public else private,
                "extra_data": {"verdict": test.status},
            }


def _told(test: TestResult) -> Iterator[str]:
    """What a student may know of a test: of a private one its verdict and an authored hint."""
    yield harmless(test.message, 2000)
    if test.visibility == "public" and test.status not in NOTHING_THERE:
        error = None if test.relative_error is None else f"{test.relative_error:.2g}"
        call = test.call if test.call and test.call not in test.message else None
        known = {"Called": call, "Expected": test.expected, "Got": test.got, "Relative error": error}
        yield from (f"{name}: {harmless(text, 600)}" for name, text in known.items() if text)
        yield from (f"Advice: {harmless(text, 600)}" for text in test.advice)
    if test.hint:
        yield f"Hint: {harmless(test.hint, 1000)}"
    traceback = (test.detail or "").partition("\n")[2]
    if traceback and test.visibility == "public" and test.status not in NOTHING_THERE:
        yield f"Where it happened:\n{harmless(traceback)}"


def _summary(report: Report, handed_in: Mapping[str, Any] | None) -> str:
    """What is shown above the tests, at once and to all: nothing that a private test has a part in."""
    if all(test.status == "not_run" for test in report.tests):  # nothing is known of the work
        return "\n\n".join(harmless(text, 1000) for text in report.problems)
    public = [test for test in report.tests if test.visibility == "public"]
    passed = sum(test.passed for test in public)
    said = [
        f"{passed} of {len(public)} public tests passed: {points(total(public))} of "
        f"{points(total_possible(public))} points. The private tests look at the same functions with other "
        "inputs and are worth the rest."
    ]
    if handed_in and handed_in["seconds_late"]:
        said.append(
            f"Handed in after the due date ({_words(handed_in['seconds_late'])} late). The scores here are "
            "before any late policy, which your instructor applies."
        )
    if report.manual:
        waiting = ", ".join(f"{name} ({points(worth)})" for name, worth in report.manual.items())
        said.append(f"A person grades: {waiting}. These points are not in the score.")
    said += _listed("What could not be read or run", report.problems)
    said += _listed("What was mended before grading; nothing was taken off for it", report.repairs)
    return "\n\n".join(said)


def _listed(title: str, texts: tuple[str, ...], limit: int = 20) -> list[str]:
    more = [f"and {len(texts) - limit} more"] if len(texts) > limit else []
    lines = [f"- {line}" for line in [*(harmless(text, 300) for text in texts[:limit]), *more]]
    return ["\n".join([f"{title}:", *lines])] if lines else []


def _words(seconds: float) -> str:
    """A duration as a person says it, rounded up to minutes: `1 day 2 h 5 min`."""
    minutes = -(-int(-(-seconds // 1)) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = (f"{days} day{'s' * (days > 1)}" * bool(days), f"{hours} h" * bool(hours))
    return " ".join([*filter(None, parts), f"{minutes} min"])
