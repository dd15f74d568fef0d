"""Submissions graded a minute: `course grade` beside `nbgrader autograde` in its default configuration.

Both grade the same files, in one run, on the same machine, and both write the gradebook:

- knn: copies of the worked kNN notebook, as handed in. nbgrader runs all of it, training and plots included.
- minimal: notebooks with NumPy, one function and two tests, where a kernel's start is all that nbgrader pays.
- a2: copies of the whole of assignment a2, every notebook worked. nbgrader is given one of them.

nbgrader works through its submissions one by one, so for knn it is given a few of them and its start-up is
taken off, in its favour; `--full` gives it all of them. The last line is `RESULT {...}`.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from pathlib import Path

import nbformat

import autograder
import cs_lib
from autograder.course import Assignment, Course, find_course, load_course
from autograder.demo.samples import Pages
from autograder.release import CONFIG, release
from autograder.source import build_notebook

SCRIPTS = Path(sysconfig.get_path("scripts"))
MINIMAL = {
    "course.toml": """
        [course]
        title = "Minimal"
        seed = "benchmark"
        [assignments.a1]
        title = "Minimal"
        weight = 1.0
        [assignments.a1.notebooks.double]
        title = "Doubling"
        libraries = ["numpy"]
        provided = []
    """,
    "a1/double/notebook.py": """
        # %%
        import numpy as np

        # %% solution="double"
        def double(x):
            ### BEGIN SOLUTION
            return 2 * np.asarray(x)
            ### END SOLUTION

        # %% grades="double"
        assert np.allclose(double(3.0), 6.0)
        assert np.allclose(double(np.arange(4)), [0, 2, 4, 6])
    """,
    "a1/double/public_tests.py": """
        import pytest
        from cs_lib.check import expect

        @pytest.mark.graded("double", points=1)
        def test_three(student):
            expect.close(student.double(3.0), 6.0)
    """,
    "a1/double/private_tests.py": """
        import numpy as np
        import pytest
        from cs_lib.check import expect

        @pytest.mark.graded("double", points=1)
        def test_array(student):
            expect.close(student.double(np.arange(4)), [0, 2, 4, 6])
    """,
    "a1/double/mistakes.py": """
        from autograder.mistakes import Catalogue
        catalogue = Catalogue({"double": lambda x: 2 * x})
    """,
}


def main() -> None:
    """Run both settings and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=40, help="submissions in each setting")
    parser.add_argument("--sample", type=int, default=3, help="how many of the kNN copies nbgrader is given")
    parser.add_argument("--only", choices=("minimal", "knn", "a2"), help="one setting only")
    parser.add_argument("--full", action="store_true", help="give nbgrader all of them (many minutes)")
    options = parser.parse_args()
    result = {}
    for package in (autograder, cs_lib):  # as pip does for what it installs
        compileall.compile_dir(Path(package.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory(prefix="course-benchmark-") as folder:
        here = find_course(Path(__file__).parent)
        startup = time_nbgrader_startup(Path(folder))
        settings = (
            ("minimal", write_minimal(Path(folder) / "minimal"), options.copies, options.copies),
            (
                "knn",
                write_part(here, "a1", ("knn",), Path(folder) / "knn"),
                options.copies,
                options.copies if options.full else options.sample,
            ),
            ("a2", write_part(here, "a2", None, Path(folder) / "a2"), max(options.copies // 4, 1), 1),
        )
        print(f"{'setting':10}{'grader':12}{'submissions':>12}{'seconds':>10}{'a minute':>10}")
        for name, course, copies, sample in settings:
            if options.only not in (None, name):
                continue
            ours, theirs = Path(folder) / f"{name}-course", Path(folder) / f"{name}-nbgrader"
            prepare(course, ours, copies)
            prepare(course, theirs, sample)
            (theirs / CONFIG).unlink()  # which puts the sandbox in the place of nbgrader's kernel
            seconds = time_course(course, ours)
            rate = show(name, "course", copies, seconds)
            seconds = time_nbgrader(course, theirs) - (startup if sample < copies else 0)
            result[f"speedup_{name}"] = round(rate / show(name, "nbgrader", sample, seconds), 1)
            result.setdefault("submissions_per_minute", round(rate))
            print_phases(course, ours)
    print("RESULT " + json.dumps(result))


def only_assignment(course: Course) -> Assignment:
    """The assignment of a course that has one."""
    (assignment,) = course.assignments.values()
    return assignment


def write_minimal(folder: Path) -> Course:
    """The course of the minimal setting."""
    for name, text in MINIMAL.items():
        path = folder / "assignments" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    (folder / "datasets").mkdir()
    return load_course(folder / "assignments" / "course.toml")


def write_part(course: Course, name: str, notebooks: tuple[str, ...] | None, folder: Path) -> Course:
    """A course that has one assignment of the given one, with these notebooks (default: all)."""
    assignment = course.assignment(name)
    tables = [
        f'[course]\ntitle = "Part"\nseed = "benchmark"\n[assignments.{name}]\ntitle = "Part"\nweight = 1.0'
    ]
    (folder / "assignments" / name).mkdir(parents=True)
    (folder / "datasets").symlink_to(course.root / "datasets")
    for notebook in assignment.notebooks:
        if notebooks is None or notebook.name in notebooks:
            (folder / "assignments" / name / notebook.name).symlink_to(notebook.folder)
            keys = {key: list(getattr(notebook, key)) for key in ("libraries", "provided", "building_blocks")}
            listed = "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
            tables.append(
                f'[assignments.{name}.notebooks.{notebook.name}]\ntitle = "{notebook.title}"\n{listed}'
            )
    (folder / "assignments" / "course.toml").write_text("\n".join(tables), encoding="utf-8")
    return load_course(folder / "assignments" / "course.toml")


def prepare(course: Course, root: Path, copies: int) -> None:
    """Release the assignment and hand in copies of its solution."""
    assignment = only_assignment(course)
    bundle = release(course, assignment, root / "release" / assignment.name, root)
    texts = {}
    for notebook in assignment.notebooks:
        released = nbformat.read(bundle / f"{notebook.name}.ipynb", as_version=4)
        texts[notebook.name] = nbformat.writes(Pages(released, build_notebook(notebook)).with_solutions())
    for number in range(copies):
        folder = root / "submitted" / f"student{number:03}" / assignment.name
        folder.mkdir(parents=True)
        for name, text in texts.items():
            (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")


def time_course(course: Course, root: Path) -> float:
    """Seconds of `course grade`, as a whole process."""
    arguments = [
        "grade",
        only_assignment(course).name,
        "--from",
        root / "submitted",
        "--to",
        root / "graded",
        "--course",
        course.root,
    ]
    return time_command([SCRIPTS / "course", *arguments], root)


def time_nbgrader(course: Course, root: Path) -> float:
    """Seconds of `nbgrader autograde`, as a whole process, in its default configuration."""
    return time_command(
        [SCRIPTS / "nbgrader", "autograde", only_assignment(course).name, f"--course-dir={root}"], root
    )


def time_nbgrader_startup(folder: Path) -> float:
    """Seconds that nbgrader needs to say that there is nothing to grade."""
    (folder / "empty").mkdir()
    return time_command([SCRIPTS / "nbgrader", "autograde", "a1"], folder / "empty", expect=None)


def time_command(argv: list, cwd: Path, expect: int | None = 0) -> float:
    """Seconds of a whole command; its output is shown if it fails."""
    environment = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run(
        list(map(str, argv)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if expect is not None and done.returncode != expect:
        sys.exit(f"{argv[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return seconds


def show(setting: str, grader: str, count: int, seconds: float) -> float:
    """Print a row; returns the submissions graded a minute."""
    rate = 60 * count / seconds
    print(f"{setting:10}{grader:12}{count:12}{seconds:10.1f}{rate:10.3g}", flush=True)
    return rate


def print_phases(course: Course, root: Path) -> None:
    """Where the time of `course grade` goes, phase by phase in this process, one submission at a time."""
    from autograder.batch import find_tasks, prepare, work
    from autograder.remote import Session
    from autograder.sandbox.limits import Limits

    assignment = only_assignment(course)
    phases = {}
    started = time.perf_counter()
    prepare.cache_clear()
    course_file = course.root / "assignments" / "course.toml"
    prepare(str(course_file), assignment.name)
    phases["tests and hints, once"] = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(5):
        with Session(
            {"cells": [], "modules": {}, "wanted": [], "given": {}, "helpers": {}},
            "bubblewrap",
            Limits(),
            ("numpy",),
        ) as session:
            session.start()
    phases["bubblewrap, Python, NumPy: each"] = (time.perf_counter() - started) / 5
    tasks = find_tasks(root / "submitted", course_file, assignment, "bubblewrap")[:5]
    started = time.perf_counter()
    reports = [work(task) for task in tasks]
    phases["a submission in all: each"] = (time.perf_counter() - started) / len(tasks)
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import autograder.cli, autograder.class_run"], check=True)
    phases["start of the command, once"] = time.perf_counter() - started
    started = time.perf_counter()
    shutil.copytree(root, root.with_suffix(".copy"))
    from autograder.bridges.gradebook import update_class_folder

    phases["import of nbgrader's gradebook, once"] = time.perf_counter() - started
    started = time.perf_counter()
    copy = root.with_suffix(".copy")
    update_class_folder(course, assignment, reports, copy, copy / "submitted")
    phases["gradebook: each"] = (time.perf_counter() - started) / len(reports)
    for phase, seconds in phases.items():
        print(f"    {phase:40}{1000 * seconds:8.0f} ms")


if __name__ == "__main__":
    main()
