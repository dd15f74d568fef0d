"""`python -m cs_lib.check FILE`: the public tests on a saved notebook or module, in a process of its own.

The learner's code runs in a child process, so that an endless loop or a crash costs one test and not the
command: the child says how each test ended, as JSON, and another is started for the rest. This is
no sandbox: the code has all the rights of whoever runs the command.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from cs_lib.check.cases import Case, TestFileError
from cs_lib.check.files import UnreadableFile, define_file, outline, read_cells
from cs_lib.check.notebook import run_one, title_of, with_narrowed_hints
from cs_lib.check.result import TestResult
from cs_lib.check.runner import not_run
from cs_lib.check.show import CheckReport, Outcome
from cs_lib.check.suite import Suite, UnknownName, choose, find_suites

SECONDS = 60.0  # for everything
TEST_SECONDS = 10.0  # for one test, if its mark says nothing else
PASSED, FAILED, UNUSABLE = 0, 1, 2  # exit statuses

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
    outcomes = with_narrowed_hints(chosen, run.outcomes, hints)
    return CheckReport(title_of(chosen), tuple(outcomes), tuple(dict.fromkeys(run.notes)))


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
        with _child(self._order()) as child:
            while len(self.outcomes) < len(self.chosen) and self.case.function not in self.slow:
                limit = max(self.case.seconds or 0, self.test_seconds) if started else self.seconds
                if not child.poll(max(0.0, min(limit, self.deadline - time.monotonic()))):
                    self._out_of_time(limit, defined)
                    return
                try:
                    said = json.loads(child.recv_bytes())
                except EOFError:
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
def _child(order: dict[str, Any]) -> Iterator[Connection]:
    """A child process that works on an order; what it says comes over the connection."""
    # A fork has all that was imported here: that is half of the time which one function's check takes. Only
    # Linux does it safely, whatever libraries have been used.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    hears, says = context.Pipe(duplex=False)
    child = context.Process(target=serve, args=(order, says))
    child.start()
    says.close()
    try:
        yield hears
    finally:
        _kill(child)
        hears.close()


def _kill(child: BaseProcess) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(child.pid, 9)
    child.kill()
    child.join()


def serve(order: dict[str, Any], says: Connection) -> None:
    """What a child does: define the file, run the tests, say how each went."""
    if os.name == "posix":
        os.setsid()  # so that what it starts can be ended with it
    os.dup2(2, 1)  # what is printed is no part of the report
    path = Path(order["path"])
    os.chdir(path.parent)
    _say(says)  # the limit for one step counts from here: starting up is not the learner's fault
    suites = {folder: Suite(notebook, Path(folder)) for folder, notebook, _ in order["tests"]}
    cases = {folder: {case.id: case for case in suite.cases} for folder, suite in suites.items()}
    definitions = define_file(path, {case.function for known in cases.values() for case in known.values()})
    sys.path.insert(0, str(path.parent))  # for imports inside functions
    _say(says, notes=[f"{path.name}: {text}" for text in [*definitions.problems, *definitions.repairs]])
    for folder, notebook, case_id in order["tests"]:
        given = order["hints"]
        hints = suites[folder].hints if given is None else given.get(notebook, {})
        outcome = run_one(cases[folder][case_id], definitions.namespace, hints)
        _say(says, result=outcome.result.to_dict(), printed=outcome.printed)
    os._exit(0)  # whatever threads are left


def _say(says: Connection, **what: Any) -> None:
    says.send_bytes(json.dumps(what).encode())


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
