"""The commands of a course's author: what is missing, a course of one's own, a new notebook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from autograder.authoring.findings import Finding

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course's folder (default: around here).")
]
console = Console()


def validate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which: a1, or one notebook, a1/knn (default: all).")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Notebooks looked at at once (default: one per core).")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Run no known mistakes and make no bundle.")] = False,
    course: CourseOption = None,
) -> None:
    """Build everything and say what is missing; exit status 0 if nothing is."""
    from rich.progress import Progress

    from autograder.authoring import validate as validating
    from autograder.course import find_course
    from autograder.sandbox.process import available_levels

    loaded = find_course(course)
    chosen = validating.choose(loaded, names or ())
    steps = validating.plan(chosen, quick)
    findings = validating.course_findings(loaded)
    order, waiting = [step for group in steps for step in group], []
    with Progress(console=console, transient=True) as progress:
        for finding in findings:
            _print(finding)
        task = progress.add_task(str(order[0]), total=len(order))
        try:
            found = validating.validate(loaded, steps, jobs or os.cpu_count() or 1, available_levels()[0])
            for looked, after in zip(found, [*order[1:], "done"], strict=True):
                progress.update(task, advance=1, description=str(after))
                new = [one for one in looked.findings or () if one not in findings]  # a bundle says it, too
                for finding in new:
                    _print(finding)
                findings += new
                waiting += [looked.step] if looked.findings is None else []
        except KeyboardInterrupt:
            console.print("Interrupted: what is above was found until then.")
            raise typer.Exit(130) from None
    for line in validating.summary(findings, waiting, len(chosen)):
        console.print(line, highlight=False, soft_wrap=True)
    for remark in validating.remarks(loaded, quick):
        console.print(remark, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if findings else 0)


def new(
    to: Annotated[Path, typer.Argument(help="A folder that is empty, or not there yet.")],
    title: Annotated[str | None, typer.Option(help="Of the new course (default: as here).")] = None,
    assignments: Annotated[
        str | None, typer.Option(help="Which to begin with, such as a1,a2 (default: all).")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Begin a course of your own, with assignments of this one and a seed of its own."""
    from autograder.authoring.new_course import new_course
    from autograder.course import find_course

    loaded = find_course(course)
    chosen = [name.strip() for name in assignments.split(",")] if assignments else loaded.assignments
    made = new_course(loaded, to, title, chosen)
    console.print(f"{to} holds {made.title}: {', '.join(made.assignments)}", highlight=False, soft_wrap=True)
    console.print("Its README.md goes on from here.")


def add_notebook(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    name: Annotated[str, typer.Argument(help="Of its folder and its file, such as two_layer_net.")],
    title: Annotated[str, typer.Option(help="Its heading.")],
    function: Annotated[
        list[str] | None, typer.Option(help="What it asks for; may be repeated (default: a sample).")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Begin a notebook: its files, with a TODO at all that is to be written, and its table in course.toml."""
    from autograder.authoring.new_notebook import new_notebook
    from autograder.course import find_course_file

    folder = new_notebook(find_course_file(course), assignment, name, title, function or ())
    console.print(f"Wrote {folder}", highlight=False, soft_wrap=True)
    console.print(f"What is to be written says: course validate {assignment}/{name}", highlight=False)


def _print(finding: Finding) -> None:
    """A finding in two lines: where and what, then what to do."""
    console.print(f"{finding.where}: {finding.what}", markup=False, highlight=False, soft_wrap=True)
    if finding.remedy:
        console.print(f"    {finding.remedy}", markup=False, highlight=False, soft_wrap=True, style="dim")
