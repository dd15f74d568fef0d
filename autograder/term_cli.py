"""The commands about a term: late days, final grades, exports. They parse, call and print."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.halves import Divide, halved, whole

if TYPE_CHECKING:
    from autograder.term.records import Records

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course's folder (default: around here).")
]
ClassOption = Annotated[Path, typer.Option("--class", help="The class folder (default: this one).")]
export_app = typer.Typer(no_args_is_help=True, help="Write what another platform takes in.")


def late(
    student: Annotated[str, typer.Argument(help="A student on the roster: id, name or address.")],
    class_folder: ClassOption = Path(),
    course: CourseOption = None,
) -> None:
    """Explain a student's late days: which attempt counts, what lateness costs, and why."""
    from autograder.term.explain import explain
    from autograder.term.roster import DISTINCT

    records = _records(course, class_folder)
    person = records.roster.find(student, (*DISTINCT, "name"))
    grade = next(grade for grade in records.final_grades() if grade.student == person)
    ungraded = {line.rules.name: line.ungraded for line in grade.lines}
    print(explain(records.term, grade.settlement, person.name, ungraded), end="")
    for remark in records.remarks:  # of others, too: what is printed above may be passed on
        print(remark, file=sys.stderr)


def report(
    class_folder: ClassOption = Path(),
    parquet: Annotated[bool, typer.Option(help="Write term.parquet beside term.csv.")] = False,
    term: Annotated[bool, typer.Option("--term", help="Of the whole term, as it is without this.")] = True,
    course: CourseOption = None,
) -> None:
    """Write the final grades of the term, and pages for instructors and for each student, to CLASS/term."""
    from autograder.course import find_course
    from autograder.term.folder import ClassFolder
    from autograder.term.report import report_term

    folder = ClassFolder(class_folder)
    with _all_is_kept():
        said = report_term(find_course(course, class_folder), folder, datetime.now(UTC), parquet)
    for line in said:
        print(line)


@export_app.command("gradescope")
def export_gradescope(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    to: Annotated[Path | None, typer.Option("-o", "--to", help="The archive to write.")] = None,
    private: Annotated[
        str,
        typer.Option(
            help="When students see private tests: hidden, after_due_date, after_published or visible."
        ),
    ] = "after_published",
    course: CourseOption = None,
) -> None:
    """Write the archive by which Gradescope grades an assignment as `course grade` does."""
    from autograder.bridges.gradescope.bundle import export
    from autograder.course import find_course

    loaded = find_course(course)
    chosen = loaded.assignment(assignment)
    path = to or Path(f"gradescope-{assignment}.zip")
    print(f"Wrote {export(loaded, chosen, path, private=private)}")


@export_app.command("canvas")
def export_canvas(
    what: Annotated[str, typer.Argument(help="An assignment, such as a1, or term: the final percentage.")],
    gradebook: Annotated[Path, typer.Argument(help="The gradebook as Canvas exports it (CSV).")],
    to: Annotated[Path, typer.Option("-o", "--to", help="The file for Canvas to import.")],
    title: Annotated[
        str, typer.Option(help="What it is called in Canvas, such as 'Homework 1' (default: as here).")
    ] = "",
    class_folder: ClassOption = Path(),
    course: CourseOption = None,
) -> None:
    """Write scores into Canvas's gradebook: a file with one column, which Canvas imports."""
    from autograder.bridges.canvas_scores import TERM, read_export, with_term

    with _all_is_kept():
        records = _records(course, class_folder, halved)
        if what != TERM and what not in records.term.assignments:
            raise ValueError(
                f"there is nothing called {what!r}: choose {', '.join(records.term.assignments)}, {TERM}"
            )
        grades = records.final_grades(datetime.now(UTC), halved)
        text, notes = with_term(read_export(gradebook), grades, what, title)
    _write(to, text)
    for note in (*records.remarks, *notes):
        print(note)
    print(f"Wrote {to}: import it in Canvas with Grades, Import")


def similar(
    assignment: Annotated[str, typer.Argument(help="Name in course.toml, such as a1.")],
    class_folder: Annotated[
        Path | None,
        typer.Option(
            "--class", help="Class folder: of everybody the latest attempt and the one that counts."
        ),
    ] = None,
    submitted: Annotated[
        Path, typer.Option("--from", help="Without a class folder: one with STUDENT/ASSIGNMENT/ inside.")
    ] = Path("submitted"),
    to: Annotated[Path, typer.Option("-o", "--to", help="The page to write.")] = Path("similar.html"),
    course: CourseOption = None,
) -> None:
    """Show which submissions of a class are alike, side by side; what it means, a person decides."""
    from autograder.course import find_course
    from autograder.similar import released_code, similar_html
    from autograder.similar import similar as find_similar
    from autograder.similar_class import mates_of, submissions_of
    from autograder.submission import read_submission
    from autograder.term.explain import plural

    loaded = find_course(course, class_folder)
    chosen = loaded.assignment(assignment)
    if class_folder:
        records = _records(course, class_folder)
        handed_in, mates = submissions_of(records, chosen), mates_of(records, chosen)
    else:
        names = tuple(notebook.name for notebook in chosen.notebooks)
        folders = _submitted(submitted, assignment)
        handed_in, mates = [read_submission(path, who, names) for who, path in folders.items()], {}
    if not handed_in:
        raise ValueError(
            f"{class_folder or submitted}: nothing is there of {assignment}: course collect takes it in"
        )
    pairs = find_similar(handed_in, released_code(chosen), mates=mates)
    students = len({one.student for one in handed_in})
    _write(to, similar_html(pairs, chosen.title, students))
    left_out = sum(pair.mates for pair in pairs)
    number = len(pairs) - left_out
    are = "pair is" if number == 1 else "pairs are"
    print(f"{number} {are} alike among {students} submissions: see {to}")
    if left_out:
        print(f"Left out, since {assignment} is group work: {plural(left_out, 'pair')} of one group")


def _write(to: Path, text: str) -> None:
    """Write a file as it is, in a folder that is made if need be. Raises CourseError naming it."""
    from autograder.course import CourseError

    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise CourseError(
            f"{to}: cannot be written: {error.strerror}: choose another place with -o"
        ) from None


def _submitted(submitted: Path, assignment: str) -> dict[str, Path]:
    """The folders submitted/STUDENT/ASSIGNMENT, as nbgrader keeps them."""
    found = sorted(path for path in submitted.glob(f"*/{assignment}") if path.exists())
    return {path.parent.name: path for path in found}


@contextlib.contextmanager
def _all_is_kept() -> Iterator[None]:
    """Look for no garbage in what a short command makes, since it needs all of it, nor when it ends."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _records(course: Path | None, class_folder: Path, divide: Divide = whole) -> Records:
    from autograder.course import find_course
    from autograder.term.folder import ClassFolder
    from autograder.term.records import read_records

    return read_records(find_course(course, class_folder), ClassFolder(class_folder), divide)
