"""`make demo`: releases a1, grades the sample class in a sandbox, and says where to look."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nbformat
from rich.console import Console

from autograder.class_run import grade_folder
from autograder.course import Assignment, find_course
from autograder.demo.samples import SAMPLES, Pages
from autograder.release import release
from autograder.report import Report
from autograder.sandbox.process import available_levels, why_unavailable
from autograder.source import build_notebook, worked_notebook

ASSIGNMENT, NOTEBOOK = "a1", "knn"


def main() -> int:
    """Run the demo in the folder `demo`; returns the exit status."""
    console = Console()
    course = find_course()
    assignment = course.assignment(ASSIGNMENT)
    root = course.root / "demo"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    with console.status("Releasing the assignment through nbgrader"):
        release(course, assignment, root / "release" / ASSIGNMENT, root)
    write_class(assignment, root)
    level = available_levels()[0]
    if level != "bubblewrap":
        console.print(
            f"{why_unavailable('bubblewrap')}. These samples are our own: the level `{level}` will do.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    reports = grade_folder(course, assignment, root / "submitted", root / "graded", 2, level, True, console)
    surprises = compare(assignment, reports, console)
    show_where(root, console)
    return 1 if surprises else 0


def write_class(assignment: Assignment, root: Path) -> None:
    """Write the sample class to root/submitted, in nbgrader's layout.

    The samples differ in one notebook; the others are worked ones.
    """
    released = nbformat.read(root / "release" / assignment.name / f"{NOTEBOOK}.ipynb", as_version=4)
    pages = Pages(released, build_notebook(assignment.notebook(NOTEBOOK)))
    others = {n.name: nbformat.writes(worked_notebook(n)) for n in assignment.notebooks if n.name != NOTEBOOK}
    for sample in SAMPLES:
        folder = root / "submitted" / sample.student / assignment.name
        folder.mkdir(parents=True)
        made = sample.make(pages)
        text = made if isinstance(made, str) else nbformat.writes(made)
        (folder / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8")
        for name, content in others.items():
            (folder / f"{name}.ipynb").write_text(content, encoding="utf-8")
        for name, content in sample.extra_files.items():
            (folder / name).write_text(content, encoding="utf-8")


def compare(assignment: Assignment, reports: list[Report], console: Console) -> int:
    """Hold the scores against what each sample deserves; returns the number of differences."""
    points = assignment.notebook(NOTEBOOK).points
    others = assignment.max_score - sum(points.values())
    expected = {sample.student: sample.expected_score(points) + others for sample in SAMPLES}
    wrong = [report for report in reports if abs(report.score - expected[report.student]) > 1e-9]
    for report in wrong:
        console.print(f"{report.student} got {report.score:g}, deserved {expected[report.student]:g}")
    if not wrong:
        console.print(f"All {len(reports)} submissions got what their honest part is worth.")
    return len(wrong)


def show_where(root: Path, console: Console) -> None:
    """Say which files to open."""
    here = root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root
    rows = (
        ("the class report", f"graded/{ASSIGNMENT}/class.html"),
        ("a student's feedback", f"graded/{ASSIGNMENT}/feedback/chen.html"),
        ("a full report", f"graded/{ASSIGNMENT}/reports/mallory-r06.json"),
        ("the grades", f"graded/{ASSIGNMENT}/grades.csv"),
        ("what students are given", f"release/{ASSIGNMENT}/{NOTEBOOK}.ipynb"),
    )
    for what, path in rows:
        console.print(f"  {what:24} {here / path}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
