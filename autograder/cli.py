"""The `course` command: parses, calls, prints. What it does is done elsewhere."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from autograder import author_cli, collect_cli, gradebook_cli, term_cli

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
    help="A course of graded notebooks: release, check, submit, grade.",
)  # fmt: skip
data_app = typer.Typer(no_args_is_help=True, help="What data there is, and how to get it.")
console = Console()

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course's folder (default: around here).")
]


def release(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    to: Annotated[
        Path | None, typer.Option(help="Folder for the bundle (default: release/ASSIGNMENT).")
    ] = None,
    class_folder: Annotated[
        Path | None, typer.Option("--class", help="nbgrader course folder that is to know the assignment.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Make the student bundle of an assignment."""
    from autograder import release as releasing

    loaded, chosen = _load(course, assignment, class_folder)
    to = to or (class_folder or Path()) / "release" / assignment
    with console.status("Releasing"):
        releasing.release(loaded, chosen, to, class_folder)
    console.print(f"Wrote the student bundle to {to}")
    if day := releasing.release_day(loaded, chosen):
        console.print(f"course.toml says that students get it {day}")


def worked(
    assignments: Annotated[list[str] | None, typer.Argument(help="Which (default: all).")] = None,
    to: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("worked"),
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks executed at once.")] = 1,
    course: CourseOption = None,
) -> None:
    """Execute the solved notebooks and write them as pages, with an index."""
    from rich.progress import Progress

    from autograder.course import find_course
    from autograder.worked import make_pages

    loaded = find_course(course)
    chosen = [loaded.assignment(name) for name in assignments or loaded.assignments]
    count = sum(len(assignment.notebooks) for assignment in chosen)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Executing the worked notebooks", total=count)

        def done(page: Any) -> None:
            progress.console.print(f"{page.assignment} {page.name:20} {page.seconds:6.0f} s")
            progress.advance(task)

        make_pages(loaded, chosen, to, jobs, done)
    console.print(f"Open {to / 'index.html'}")


def check(
    file: Annotated[Path, typer.Argument(help="A notebook or a .py module.")],
    function: Annotated[
        list[str] | None, typer.Option(help="Check only this function; may be repeated.")
    ] = None,
    notebook: Annotated[str | None, typer.Option(help="Whose tests (default: by the file's name).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    private: Annotated[
        bool, typer.Option("--private", help="The tests that grading adds, too, and why they fail.")
    ] = False,
    course: CourseOption = None,
) -> None:
    """Run the public tests on one's own work; with --private all tests."""
    from autograder.course import find_course
    from autograder.own_work import check_own_work, public_hints
    from cs_lib.check.command import print_report, run_file_check

    loaded = find_course(course)
    if private:
        raise typer.Exit(print_report(check_own_work(loaded, file, notebook), file, as_json))
    with Console(stderr=True).status("Fetching hints: the first time, they are recorded"):
        hints = public_hints(loaded, file, notebook)
    raise typer.Exit(run_file_check(file, tuple(function or ()), notebook, as_json, hints))


def submit(
    assignment: Annotated[str | None, typer.Argument(help="Name of the assignment.")] = None,
) -> None:
    """Pack the notebooks of this folder into an archive to hand in."""
    from cs_lib.check.packing import submit_folder

    print(submit_folder(assignment))


def grade(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    submitted: Annotated[
        Path | None, typer.Option("--from", help="Folder with STUDENT/ASSIGNMENT/ (default: submitted).")
    ] = None,
    graded: Annotated[
        Path | None, typer.Option("--to", help="Folder for reports, grades, feedback (default: graded).")
    ] = None,
    class_folder: Annotated[
        Path | None,
        typer.Option("--class", help="Class folder: grade every attempt that was collected in it."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions graded at once (default: one per core).")
    ] = None,
    sandbox: Annotated[str, typer.Option(help="bubblewrap, user or none.")] = "bubblewrap",
    trusted: Annotated[
        bool, typer.Option(help="Allow --sandbox none: the code runs as you. For your own work.")
    ] = False,
    gradebook: Annotated[bool, typer.Option(help="Write nbgrader's gradebook, for formgrader.")] = True,
    course: CourseOption = None,
) -> None:
    """Grade a class: reports, grades.csv, feedback, the class report and nbgrader's gradebook.

    With --class all attempts are graded, and those that count are written. Without it a plain folder is.
    """
    from autograder.class_run import grade_folder
    from autograder.term.folder import ClassFolder
    from autograder.term.run import grade_term

    loaded, chosen = _load(course, assignment, class_folder)
    if sandbox == "none" and not trusted:
        _fail("--sandbox none runs the submissions with all your rights: add --trusted if they are your own")
    if class_folder and (submitted or graded):
        _fail("--class grades what was collected there, and writes there: leave out --from and --to")
    options = (jobs or os.cpu_count() or 1, sandbox, gradebook, console)
    if class_folder:
        grade_term(loaded, chosen, ClassFolder(class_folder), *options)
    else:
        grade_folder(loaded, chosen, submitted or Path("submitted"), graded or Path("graded"), *options)


def style(
    content: Annotated[
        str, typer.Argument(help="A picture: a file, or a photograph at hand (cat, coffee, ...).")
    ],
    style: Annotated[str, typer.Argument(help="A picture: a file, or a style at hand (mosaic, ink, ...).")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write.")] = Path("styled.png"),
    size: Annotated[int, typer.Option(min=16, help="Pixels of its longer side.")] = 256,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the optimizer.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the net's random filters.")] = 0,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, mps (default: cuda where PyTorch finds a GPU).")
    ] = None,
    net: Annotated[
        str,
        typer.Option(
            help="What looks at the pictures: random filters, or trained ones, which are downloaded once: "
            "vgg16 (528 MB), vgg19 (548 MB), squeezenet (5 MB)."
        ),
    ] = "random",
) -> None:
    """Paint one picture in the style of another."""
    from autograder.style_command import run

    run(content, style, out, size, steps, seed, console, device, net)


def mistakes(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    course: CourseOption = None,
) -> None:
    """Measure the tests: known mistakes must be rejected, right variants must not."""
    from autograder.mistakes import measure, summary

    _, chosen = _load(course, assignment)
    measures = {notebook.name: measure(notebook, chosen.seed) for notebook in chosen.notebooks}
    total = summary(measures.values())
    if as_json:
        print(json.dumps(total))
    else:
        _print_measures(measures, total)
    raise typer.Exit(0 if all(m.good for m in measures.values()) else 1)


@data_app.command("list")
def data_list() -> None:
    """List the data sets with their size and licence."""
    from rich.table import Table

    from cs_lib import data

    table = Table("name", "what", "classes", "size", "licence", "here", box=None)
    for row in data.available():
        here = "yes" if row.cached else ("needs a network" if row.needs_network else "built on first use")
        table.add_row(row.name, row.title, str(row.classes), row.size, row.licence, here)
    console.print(table)


@data_app.command("get")
def data_get(name: Annotated[str, typer.Argument(help="A name from `course data list`.")]) -> None:
    """Build or download a data set into the cache."""
    from cs_lib import data

    console.print(f"{name} is at {data.fetch(name)}")


# Who needs what, in the order of the help page.
COMMANDS = {
    "To learn": (check, submit, worked, style),
    "To teach a class": (
        release, collect_cli.collect, grade, term_cli.late, term_cli.report, term_cli.similar,
    ),
    "To write a course": (author_cli.new, author_cli.add_notebook, author_cli.validate, mistakes),
}  # fmt: skip
GROUPS = {
    "To learn": {"data": data_app},
    "To teach a class": {"export": term_cli.export_app, "gradebook": gradebook_cli.app},
}
for panel, commands in COMMANDS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
for panel, groups in GROUPS.items():
    for name, group in groups.items():
        app.add_typer(group, name=name, rich_help_panel=panel)


INTERRUPTED = "interrupted: what was finished is kept, and the same command goes on from there"


def main() -> None:
    """Run the command; an expected error is one line on standard error and exit status 2."""
    try:
        app()
    except KeyboardInterrupt as interrupt:
        _fail(str(interrupt) or INTERRUPTED, 130)
    except SystemExit as end:  # typer makes a silent exit of what nobody else has caught
        interrupt = getattr(end.__context__, "__cause__", None)
        if isinstance(interrupt, KeyboardInterrupt):
            _fail(str(interrupt) or INTERRUPTED, 130)
        raise
    except Exception as error:
        remedy = _remedy(error)
        if not remedy and not _is_expected(error):
            raise
        _fail(f"{error}{remedy}")


def _load(course: Path | None, assignment: str, class_folder: Path | None = None):
    from autograder.course import find_course

    loaded = find_course(course, class_folder)
    return loaded, loaded.assignment(assignment)


def _remedy(error: Exception) -> str:
    """What to do about a package that only a part of the course needs, as the end of a sentence."""
    import autograder

    for cause in (error, error.__cause__):
        if isinstance(cause, ModuleNotFoundError) and cause.name in ("torch", "safetensors"):
            return f"; install it with `make torch` in {Path(autograder.__file__).parents[1]}"
    return ""


def _is_expected(error: Exception) -> bool:
    """Whether an error's message is meant for the person at the keyboard."""
    from autograder.course import CourseError
    from autograder.sandbox.process import SandboxError
    from cs_lib.check.cases import TestFileError
    from cs_lib.data import DataError

    return isinstance(error, CourseError | SandboxError | TestFileError | DataError | ValueError | OSError)


def _fail(message: str, status: int = 2) -> None:
    print(f"course: {message}", file=sys.stderr)
    raise SystemExit(status)


def _print_measures(measures: dict, total: dict) -> None:
    from rich.table import Table

    table = Table(
        "notebook", "mistakes", "right", "private kill", "public kill", "hinted", "right rejected", box=None
    )
    for name, m in measures.items():
        shares = [f"{share:.0%}" for share in (m.private_kill, m.public_kill, m.hinted)]
        table.add_row(name, str(m.mistakes), str(m.right_variants), *shares, str(m.right_rejected))
    console.print(table)
    notes = (
        ("no private test rejects", "survivors"),
        ("no public test rejects", "slip_through"),
        ("no hint of its own for", "without_hint"),
        ("rejected although right", "rejected"),
    )
    for text, field in notes:
        for name, m in measures.items():
            for variant in getattr(m, field):
                console.print(f"  {name}: {text}: {variant}", markup=False, highlight=False)
