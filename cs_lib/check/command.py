"""`python -m cs_lib.check FILE`: the public tests on a saved notebook or module, in a process of its own.

The learner's code runs in a child process, so that an endless loop or a crash costs one test and not the
command: the child says which test it begins and how it ended, one line of JSON each, and is started again
for the rest. This is no sandbox: the code has all the rights of whoever runs the command.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cs_lib.check.cases import Case, TestFileError
from cs_lib.check.files import UnreadableFile, define_file, outline, read_cells
from cs_lib.check.notebook import run_one, title_of
from cs_lib.check.result import TestResult
from cs_lib.check.runner import not_run
from cs_lib.check.show import CheckReport, Outcome
from cs_lib.check.suite import Suite, UnknownName, choose, find_suites, home

SECONDS = 60.0  # for everything
TEST_SECONDS = 10.0  # for one test, if its mark says nothing else
PASSED, FAILED, UNUSABLE = 0, 1, 2  # exit statuses
STARTING = "from cs_lib.check.command import serve; serve()"

Chosen = list[tuple[Suite, Case]]
Hints = Mapping[str, Mapping[str, list[dict[str, Any]]]]  # notebook -> case id -> fingerprints


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, check, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs_lib.check",
        description="Run the public tests on a saved notebook or module.",
        epilog="Exit status: 0 all tests passed, 1 some did not, 2 nothing could be checked.",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, help="a notebook or a .py module (default: the only notebook here)"
    )
    parser.add_argument(
        "--function", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument("--notebook", metavar="NAME", help="whose tests (default: by the file's name)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"limit for everything (default: {SECONDS:g})"
    )
    given = parser.parse_args(arguments)
    file = given.file or _only_notebook(parser)
    return run_file_check(file, given.function, given.notebook, given.json, seconds=given.seconds)


def run_file_check(
    path: str | Path,
    functions: Sequence[str] = (),
    notebook: str | None = None,
    as_json: bool = False,
    hints: Hints | None = None,
    *,
    seconds: float = SECONDS,
) -> int:
    """Check a file, print the report, and return the exit status: 0 passed, 1 failed, 2 unusable.

    hints: notebook -> case id -> fingerprints of known mistakes (default: those beside the tests).
    """
    try:
        report = check_file(Path(path), functions, notebook, hints, seconds=seconds)
    except (UnreadableFile, UnknownName, TestFileError) as error:
        print(
            json.dumps({"error": str(error)}) if as_json else error,
            file=sys.stdout if as_json else sys.stderr,
        )
        return UNUSABLE
    return print_report(report, path, as_json)


def print_report(report: CheckReport, path: str | Path, as_json: bool = False) -> int:
    """Print a report on a file, and return the exit status."""
    if as_json:
        print(json.dumps({"file": str(path)} | report.to_dict(), indent=1))
    else:
        _print(report.text())
    return PASSED if report.passed else FAILED


def check_file(
    path: Path,
    functions: Sequence[str] = (),
    notebook: str | None = None,
    hints: Hints | None = None,
    *,
    seconds: float = SECONDS,
    test_seconds: float = TEST_SECONDS,
) -> CheckReport:
    """The report on a file. Raises UnreadableFile, UnknownName or TestFileError if there can be none."""
    defined = outline(read_cells(path))
    chosen = choose(find_suites(), functions, notebook, current=path.stem, defined=defined)
    run = Run(path, chosen, hints, seconds, test_seconds)
    run.to_the_end()
    return CheckReport(title_of(chosen), tuple(run.outcomes), tuple(dict.fromkeys(run.notes)))


class Run:
    """The tests of one file, in as many child processes as it takes."""

    def __init__(
        self, path: Path, chosen: Chosen, hints: Hints | None, seconds: float, test_seconds: float
    ) -> None:
        self.path = path.resolve()
        self.chosen = chosen
        self.hints = hints
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.test_seconds = test_seconds
        self.outcomes: list[Outcome] = []
        self.notes: list[str] = []
        self.slow: set[str] = set()  # functions that reached a limit: their other tests are not tried

    def to_the_end(self) -> None:
        """Go on until every test has an outcome."""
        while len(self.outcomes) < len(self.chosen):
            case = self.case
            if time.monotonic() >= self.deadline:
                self._give(
                    not_run(
                        case, "not_run", f"Not tried: the {self.seconds:g} seconds for everything were over."
                    )
                )
            elif case.function in self.slow:
                self._give(
                    not_run(case, "time_limit", "Not tried: an earlier test of this function took too long.")
                )
            else:
                self._follow_a_child()

    @property
    def case(self) -> Case:
        """The test whose turn it is."""
        return self.chosen[len(self.outcomes)][1]

    def _follow_a_child(self) -> None:
        """Take what a child says until it has done all, ends by itself, or is out of time."""
        started = defined = False
        with _child(self._order()) as lines:
            while len(self.outcomes) < len(self.chosen) and self.case.function not in self.slow:
                limit = max(self.case.seconds or 0, self.test_seconds) if started else self.seconds
                try:
                    said = lines.get(timeout=max(0.0, min(limit, self.deadline - time.monotonic())))
                except queue.Empty:
                    self._out_of_time(limit, defined)
                    return
                if said is None:
                    self._ended(defined)
                    return
                started = True
                defined = defined or "notes" in said
                self.notes += said.get("notes", [])
                if "result" in said:
                    self._give(TestResult.from_dict(said["result"]), said["printed"])

    def _order(self) -> dict[str, Any]:
        """What a child is told: the file and the tests that are left."""
        return {
            "path": str(self.path),
            "tests": [
                [str(suite.folder), suite.notebook, case.id]
                for suite, case in self.chosen[len(self.outcomes) :]
            ],
            "hints": self.hints,
        }

    def _give(self, result: TestResult, printed: str = "") -> None:
        self.outcomes.append(Outcome(result, printed))

    def _out_of_time(self, limit: float, defined: bool) -> None:
        over = time.monotonic() >= self.deadline
        after = f"{self.seconds:g} seconds for everything" if over else f"{limit:g} seconds for one test"
        if not defined:
            self._nothing_ran("time_limit", f"Running the file's definitions did not end within the {after}.")
            return
        self.slow.add(self.case.function)
        self._give(
            not_run(self.case, "time_limit", f"It was still running after the {after}: an endless loop?")
        )

    def _ended(self, defined: bool) -> None:
        if not defined:
            self._nothing_ran("ended_process", "Running the file's definitions ended the Python process.")
        else:
            self._give(not_run(self.case, "ended_process"))

    def _nothing_ran(self, status: str, message: str) -> None:
        self.notes.append(message)
        while len(self.outcomes) < len(self.chosen):
            self._give(not_run(self.case, status, message))


@contextlib.contextmanager
def _child(order: dict[str, Any]) -> Iterator[queue.SimpleQueue]:
    """A child process that works on an order; the queue gets what it says, then None."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(home()), *_inherited_path()])}
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", STARTING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(order["path"]).parent,
        env=environment,
        start_new_session=os.name == "posix",  # so that what it starts can be ended with it
    )
    lines: queue.SimpleQueue = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(child, json.dumps(order).encode(), lines), daemon=True)
    listener.start()
    try:
        yield lines
    finally:
        _kill(child)
        listener.join(timeout=1)


def _listen(child: subprocess.Popen, order: bytes, lines: queue.SimpleQueue) -> None:
    with contextlib.suppress(OSError, ValueError), child.stdin:
        child.stdin.write(order)
    with contextlib.suppress(OSError, ValueError), child.stdout:
        for line in child.stdout:
            lines.put(json.loads(line))
    lines.put(None)


def _kill(child: subprocess.Popen) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(child.pid, 9)
        else:
            child.kill()
    child.wait()


def _inherited_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


def serve() -> None:
    """What a child does: read the order, define the file, run the tests, say how each went."""
    order = json.loads(sys.stdin.buffer.read())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing that is printed may come between the answers
    _say(answers)  # the limit for one step counts from here: starting up is not the learner's fault
    path = Path(order["path"])
    suites = {folder: Suite(notebook, Path(folder)) for folder, notebook, _ in order["tests"]}
    cases = {folder: {case.id: case for case in suite.cases} for folder, suite in suites.items()}
    definitions = define_file(path, {case.function for known in cases.values() for case in known.values()})
    sys.path.insert(0, str(path.parent))  # for imports inside functions
    _say(answers, notes=[f"{path.name}: {text}" for text in [*definitions.problems, *definitions.repairs]])
    for folder, notebook, case_id in order["tests"]:
        given = order["hints"]
        hints = suites[folder].hints if given is None else given.get(notebook, {})
        outcome = run_one(cases[folder][case_id], definitions.namespace, hints)
        _say(answers, result=outcome.result.to_dict(), printed=outcome.printed)
    answers.flush()
    os._exit(0)  # whatever threads are left


def _say(answers: Any, **what: Any) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _only_notebook(parser: argparse.ArgumentParser) -> Path:
    here = sorted(Path().glob("*.ipynb"))
    if len(here) != 1:
        found = ", ".join(file.name for file in here) or "none"
        parser.error(f"name the file to check: the notebooks here are {found}")  # exits with status 2
    return here[0]


def _print(text: str) -> None:
    """Print lines, in colour where rich is installed and the terminal has it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks the signs
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        print(text)
        return
    console = Console(highlight=False)
    for line in text.split("\n"):
        style = {"✓": "green", "✗": "red"}.get(line.lstrip()[:1], "")
        console.print(Text(line, style), soft_wrap=True)
