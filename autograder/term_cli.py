"""The commands about a term: late days, final grades, exports. They parse, call and print."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course's folder (default: around here).")
]
RosterOption = Annotated[
    Path, typer.Option("--roster", help="Canvas's or Gradescope's CSV of who takes part.")
]
AttemptsOption = Annotated[
    Path, typer.Option("--attempts", help="The record of what was handed in; reports lie below its folder.")
]


def late(
    student: Annotated[str, typer.Argument(help="A student on the roster: id, name or address.")],
    roster: RosterOption = Path("roster.csv"),
    attempts: AttemptsOption = Path("attempts.jsonl"),
    course: CourseOption = None,
) -> None:
    """Explain a student's late days: which attempt counts, what lateness costs, and why."""
    from autograder.term.explain import explain
    from autograder.term.late import settle_all

    term, listed, graded, _ = _term(course, roster, attempts)
    person = listed.find(student)
    settled = settle_all(term, graded, listed.groups())[person.id]
    print(explain(term, settled, person.name), end="")


def report(
    to: Annotated[Path, typer.Option("-o", "--to", help="A .csv or .parquet file.")] = Path("term.csv"),
    roster: RosterOption = Path("roster.csv"),
    attempts: AttemptsOption = Path("attempts.jsonl"),
    course: CourseOption = None,
) -> None:
    """Write the final grades of the term: weights, late days, extra credit, and what still waits."""
    from autograder.term.attempts import read_attempts
    from autograder.term.grades import final_grades, grades_csv, remarks, table, write_parquet

    term, listed, graded, waiting = _term(course, roster, attempts)
    rows = table(term, final_grades(term, listed, graded, waiting, datetime.now(UTC)))
    if to.suffix == ".parquet":
        write_parquet(rows, to)
    else:
        to.write_text(grades_csv(rows), encoding="utf-8")
    for remark in remarks(term, listed, read_attempts(attempts)):
        print(remark)
    print(f"Wrote the grades of {len(rows)} students to {to}")


def export(
    platform: Annotated[str, typer.Argument(help="gradescope")],
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    to: Annotated[Path | None, typer.Option("-o", "--to", help="The archive to write.")] = None,
    private: Annotated[
        str, typer.Option(help="When students see private tests: hidden, after_due_date, after_published.")
    ] = "after_published",
    course: CourseOption = None,
) -> None:
    """Write the archive by which a platform grades an assignment as `course grade` does."""
    from autograder.bridges.gradescope.bundle import export as export_gradescope
    from autograder.course import find_course

    if platform != "gradescope":
        raise ValueError(f"there is no export for {platform!r}: there is one for gradescope")
    loaded = find_course(course)
    chosen = loaded.assignment(assignment)
    path = to or Path(f"gradescope-{assignment}.zip")
    print(f"Wrote {export_gradescope(loaded, chosen, path, private=private)}")


def similar(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    submitted: Annotated[Path, typer.Option("--from", help="Folder with STUDENT/ASSIGNMENT/ inside.")] = Path(
        "submitted"
    ),
    to: Annotated[Path, typer.Option("-o", "--to", help="The page to write.")] = Path("similar.html"),
    course: CourseOption = None,
) -> None:
    """Show which submissions of a class are alike, side by side; what it means, a person decides."""
    from autograder.course import find_course
    from autograder.similar import released_code, similar_html
    from autograder.similar import similar as find_similar
    from autograder.submission import read_submission

    chosen = find_course(course).assignment(assignment)
    names = tuple(notebook.name for notebook in chosen.notebooks)
    folders = sorted(path for path in submitted.glob(f"*/{assignment}") if path.exists())
    handed_in = [read_submission(folder, folder.parent.name, names) for folder in folders]
    pairs = find_similar(handed_in, released_code(chosen))
    to.write_text(similar_html(pairs, chosen.title, len(handed_in)), encoding="utf-8")
    print(f"{len(pairs)} pairs among {len(handed_in)} submissions are alike: see {to}")


def _term(course: Path | None, roster: Path, attempts: Path) -> tuple:
    from autograder.course import find_course
    from autograder.term.attempts import read_attempts
    from autograder.term.marks import graded_attempts
    from autograder.term.roster import read_roster
    from autograder.term.settings import read_term

    graded, waiting = graded_attempts(read_attempts(attempts), attempts.parent)
    return read_term(find_course(course)), read_roster(roster), graded, waiting
