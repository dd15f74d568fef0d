"""The commands about the gradebook as a whole. They parse, call and print."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Where the gradebook is kept.")
console = Console()

COUNTED = (
    ("assignment", "assignments"),
    ("student", "students"),
    ("submitted_assignment", "submissions"),
    ("grade", "grades"),
    ("comment", "comments"),
)
URLS = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"


@app.callback()
def gradebook() -> None:
    """Where the gradebook is kept."""


@app.command()
def move(
    source: Annotated[str, typer.Argument(metavar="FROM_URL", help=f"The gradebook that there is: {URLS}.")],
    target: Annotated[str, typer.Argument(metavar="TO_URL", help="An empty database that is to hold it.")],
) -> None:
    """Copy a gradebook into another database, and compare both; the one that there is stays as it is."""
    from rich.progress import Progress

    from autograder.bridges.database import CONFIG, shown
    from autograder.bridges.gradebook_move import move as move_gradebook

    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Moving the gradebook", total=None)
        rows = move_gradebook(
            source,
            target,
            lambda total: progress.update(bar, total=total),
            lambda done: progress.advance(bar, done),
        )
    said = ", ".join(f"{name}: {rows[table]}" for table, name in COUNTED)
    print(f"Moved {sum(rows.values())} rows ({said}) to {shown(target)}; both hold the same now.")
    print(f"To use it, write into {CONFIG} of the class folder:")
    print(json.dumps({"CourseDirectory": {"db_url": shown(target)}}))
