"""`course report`: records what people gave, and writes the final grades and the pages of the term."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from autograder.bridges.given import record_gradebook
from autograder.course import Course
from autograder.files import write
from autograder.halves import halved
from autograder.templates import link
from autograder.term.explain import plural
from autograder.term.folder import ClassFolder
from autograder.term.grades import FinalGrade, grades_csv, table, write_parquet
from autograder.term.late import Settlement, counted_of
from autograder.term.pages import index_html, student_html
from autograder.term.records import Records, read_records

SHOWN = 5  # names in a remark
Counted = Mapping[str, Sequence[str]]  # student -> (who handed in the attempt that counts, its name)


def report_term(course: Course, folder: ClassFolder, now: datetime, parquet: bool = False) -> list[str]:
    """Write everything to CLASS/term; what an instructor should know of it, as lines.

    Raises CourseError naming file, place and remedy.
    """
    _record(course, folder)
    records = read_records(course, folder, halved)
    term, grades = records.term, records.final_grades(now, halved)
    settled = {grade.student.id: grade.settlement for grade in grades}
    counted = {name: counted_of(settled, name) for name in term.assignments}
    written = {name: _written(folder, name) for name in term.assignments}
    others = _others(counted, written)
    for name in others:
        _write_again(course, records, settled, name, others[name])
        written[name] = counted[name]
    changed = [_remark(name, students) for name, students in others.items()]
    remarks = [*records.remarks, *_not_graded(grades), *changed]
    worth = {
        name: {question: points for n in assignment.notebooks for question, points in n.manual.items()}
        for name, assignment in course.assignments.items()
    }
    index, pages = folder.term / "index.html", folder.term / "students"
    pages.mkdir(parents=True, exist_ok=True)

    def write_page(grade: FinalGrade) -> None:
        feedback = _feedback(grade.student.id, counted, written)
        page = student_html(course.title, term, grade, records.manual, worth, feedback)
        write(pages / f"{grade.student.id}.html", page)

    def write_index() -> None:
        write(index, index_html(course.title, term, grades, remarks, now))

    def write_table() -> None:
        rows, columns = table(grades), folder.term / "term.parquet"
        write(folder.term / "term.csv", grades_csv(rows))
        if parquet or columns.exists():  # one that is there is not left behind
            write_parquet(rows, columns)

    halved(_do_all, [write_table, *(partial(write_page, grade) for grade in grades), write_index])
    kept = {grade.student.id for grade in grades}
    for path in pages.iterdir():  # of whoever is not on the roster any more
        if path.stem not in kept:
            path.unlink()
    waiting = sum(len(line.waiting) for grade in grades for line in grade.lines)
    return [
        *remarks,
        f"{plural(waiting, 'answer')} to be graded by a person",
        f"Wrote the grades of {plural(len(grades), 'student')} to {folder.term / 'term.csv'}; open {index}",
    ]


def _do_all(writing: Sequence[Callable[[], None]]) -> None:
    for work in writing:
        work()


def _record(course: Course, folder: ClassFolder) -> None:
    """Record what people gave since `course grade`; without a gradebook there is nothing."""
    shown = [a for a in course.assignments.values() if folder.shown(a.name).is_file()]
    if shown:
        record_gradebook(shown, folder)


def _written(folder: ClassFolder, assignment: str) -> Counted:
    """The attempts for which `course grade` has written feedback."""
    try:
        return json.loads(folder.counted(assignment).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # it is written anew with the next grading
        return {}


def _not_graded(grades: Iterable[FinalGrade]) -> list[str]:
    """What is to be graded first, since grades without it say too little."""
    students = Counter(name for grade in grades for name in grade.standing("not graded"))
    return [
        f"{name}: {plural(n, 'student')} handed in what is not graded yet: course grade {name} first"
        for name, n in students.items()
    ]


def _others(counted: Mapping[str, Counted], written: Mapping[str, Counted]) -> dict[str, list[str]]:
    """The students for whom other attempts count than their feedback is of, by assignment."""
    found = {
        name: [student for student, attempt in now.items() if written[name].get(student) != attempt]
        for name, now in counted.items()
        if written[name]
    }
    return {name: students for name, students in found.items() if students}


def _write_again(
    course: Course, records: Records, settled: Mapping[str, Settlement], name: str, students: Sequence[str]
) -> None:
    from autograder.term.counted import write_counted_again  # NumPy, for the rare case

    write_counted_again(course.assignments[name], records.folder, settled, records.attempts, students)


def _remark(name: str, students: Sequence[str]) -> str:
    who = ", ".join(students[:SHOWN])
    who += f" and {len(students) - SHOWN} more" if len(students) > SHOWN else ""
    return (
        f"{name}: other attempts than before count for {who} (by marks of people, extensions, dates or"
        " groups): their feedback and the class page are written anew"
    )


def _feedback(student: str, counted: Mapping[str, Counted], written: Mapping[str, Counted]) -> dict[str, str]:
    """The feedback page of each attempt that counts, as a link from the student's page."""
    return {
        name: "../../" + link("graded", name, "feedback", f"{student}.html")
        for name, now in counted.items()
        if student in now and written[name].get(student) == now[student]
    }
