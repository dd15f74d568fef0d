"""`course collect`: parses, calls, prints what was taken into the class folder and what was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from autograder.collect import Summary
    from autograder.collect.reading import HandedIn
    from autograder.course import Assignment

console = Console()


def collect(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    export: Annotated[Path, typer.Argument(help="What the platform gave: a zip archive or a folder.")],
    class_folder: Annotated[
        Path, typer.Option("--class", help="The class folder, which keeps every attempt.")
    ] = Path(),
    platform: Annotated[
        str | None, typer.Option(help="canvas, gradescope, nbgrader or folder (default: recognised).")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Who takes part (default: roster.csv in the class folder).")
    ] = None,
    times: Annotated[
        list[Path] | None,
        typer.Option(help="When each was handed in: a table with student, timestamp, or Canvas's JSON."),
    ] = None,
    handed_in: Annotated[
        str | None, typer.Option(help="When all of it was, such as 2026-10-05T23:59: for what has no time.")
    ] = None,
    course: Annotated[
        Path | None, typer.Option("--course", help="The course's folder (default: around here).")
    ] = None,
) -> None:
    """Take in what was handed in, from Canvas, Gradescope, nbgrader or a folder STUDENT/files.

    Every attempt is kept, none is replaced, and to collect something again changes nothing. Ends with
    status 1 if something needs you.
    """
    from autograder import collect as collecting
    from autograder.course import find_course
    from autograder.term.folder import ClassFolder
    from autograder.term.records import read_class_roster
    from autograder.term.roster import read_roster
    from autograder.term.settings import read_term

    loaded = find_course(course, class_folder)
    chosen = loaded.assignment(assignment)
    every = [*(one for one in loaded.assignments.values() if one is not chosen), chosen]  # its own names win
    notebooks = {name: one.name for one in every for name in _names(one)}
    term = read_term(loaded)
    folder = ClassFolder(class_folder)
    listed = read_roster(roster, term.students_by) if roster else read_class_roster(folder, term)
    given = collecting.read_times(times or [], handed_in, listed, term.zone)
    mates = listed.groups() if term.assignments[assignment].group_work else {}
    summary = collecting.collect(
        assignment, export, folder, listed,
        platform=platform, times=given, mates=mates, notebooks=notebooks, track=_track,
    )  # fmt: skip
    _show(summary)
    raise typer.Exit(1 if summary.problems else 0)


def _names(assignment: Assignment) -> list[str]:
    """What students' files are called, without their endings."""
    return [f"submission-{assignment.name}", *(notebook.name for notebook in assignment.notebooks)]


def _track(attempts: Sequence[HandedIn]) -> Iterable[HandedIn]:
    from rich.progress import track

    return track(attempts, "Collecting", console=console, transient=True, disable=not console.is_terminal)


def _show(summary: Summary) -> None:
    """What was done, in the end; names in it are students' own, and are made harmless."""
    from autograder.collect.unpack import one_line

    students = len({attempt.student for attempt in summary.collected})
    lines = [
        f"Read as an export of {summary.platform}: collected {_of(len(summary.collected), 'attempt')} of"
        f" {_of(students, 'student')}, {summary.known} already known.",
        *summary.notes,
    ]
    if summary.problems:
        lines += [
            "",
            f"{_of(len(summary.problems), 'problem')}:",
            *(f"  {line}" for line in summary.problems),
        ]
    if summary.aside:
        lines += [
            "",
            f"{_of(len(summary.aside), 'attempt')} kept aside: put the cause right, and collect again.",
        ]
    console.print("\n".join(one_line(line) for line in lines), markup=False, highlight=False, soft_wrap=True)


def _of(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
