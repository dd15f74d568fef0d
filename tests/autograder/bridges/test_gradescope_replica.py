"""The archive at work in a replica of the platform: its folders, its two scripts, its metadata.

The replica lies in a temporary folder, and its packages are those of this environment.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.bridges.gradescope.bundle import export, requirements
from autograder.course import Assignment, Course, CourseError, load_course
from tests.autograder.bridges.test_gradescope_results import METADATA, assert_fits
from tests.autograder.conftest import RIGHT, write_course

WRONG = RIGHT.replace("2 * x", "x * x")
CRASHING = RIGHT.replace("return 2 * x", "import os; os.abort()")


class Replica:
    """The folder /autograder, somewhere else."""

    def __init__(self, root: Path, archive: Path) -> None:
        self.root = root
        with zipfile.ZipFile(archive) as bundle:
            for entry in bundle.infolist():
                path = Path(bundle.extract(entry, root / "source"))
                path.chmod(entry.external_attr >> 16 & 0o777)
        compileall.compile_dir(root / "source" / "course", quiet=1)  # as setup.sh does
        shutil.copy(root / "source" / "run_autograder", root)
        self.put_metadata(METADATA)

    def put_metadata(self, metadata: object) -> None:
        (self.root / "submission_metadata.json").write_text(json.dumps(metadata))

    def run(self, code: str, **environment: str) -> dict:
        """Hand in a notebook of one cell, and read results.json."""
        folder = self.root / "submission"
        folder.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=[new_code_cell(code)]), folder / "double.ipynb")
        return self.grade(**environment)

    def grade(self, **environment: str) -> dict:
        """Run the script as the platform does, and read results.json."""
        known = {"COURSE_ROOT": str(self.root), "COURSE_VENV": sys.prefix, "PATH": os.environ["PATH"]}
        ended = subprocess.run(
            [self.root / "run_autograder"], env=known | environment, cwd=self.root, check=False,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        self.stdout = ended.stdout + ended.stderr
        assert ended.returncode == 0
        results = json.loads((self.root / "results" / "results.json").read_text())
        assert_fits(results)
        assert sum(test["max_score"] for test in results["tests"]) == 7
        assert [path.name for path in (self.root / "results").iterdir()] == ["results.json"]
        return results


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive for the small course."""
    course = load_course(write_course(tmp_path_factory.mktemp("course")))
    return export(course, course.assignment("a1"), tmp_path_factory.mktemp("export") / "a1.zip")


@pytest.fixture(scope="module")
def replica(archive: Path) -> Iterator[Replica]:
    """A replica that another user can reach, unlike pytest's own temporary folders."""
    with tempfile.TemporaryDirectory(prefix="course-replica-") as folder:
        Path(folder).chmod(0o755)
        yield Replica(Path(folder), archive)


def verdicts(results: dict, function: str) -> list[str]:
    return [t["extra_data"]["verdict"] for t in results["tests"] if t["tags"][1] == function]


@pytest.mark.root
def test_right_work_gets_all_points(replica):
    results = replica.run(RIGHT)
    assert results["score"] == 7
    assert {test["status"] for test in results["tests"]} == {"passed"}
    assert results["execution_time"] > 0
    assert results["extra_data"]["sandbox"] == "user"
    assert results["extra_data"]["handed_in"]["seconds_late"] == 1800.365935
    assert [t["visibility"] for t in results["tests"]].count("visible") == 3
    assert "test_mean_of_random_numbers" in replica.stdout  # instructors see the real names
    assert "test_mean_of_random_numbers" not in json.dumps(results)


@pytest.mark.root
def test_wrong_work_gets_its_points_and_a_hint(replica):
    results = replica.run(WRONG)
    assert results["score"] == 4
    assert verdicts(results, "double") == ["wrong_value"] * 3
    assert "Hint: You square x: multiply it by two." in results["tests"][0]["output"]


@pytest.mark.root
def test_crashing_work_costs_its_own_tests(replica):
    results = replica.run(CRASHING)
    assert results["score"] == 4
    assert set(verdicts(results, "double")) == {"ended_process"}
    assert set(verdicts(results, "mean")) == {"passed"}


FORGED = '{"score": 999}'
ATTACKS = {
    "R24 writes the results and ends": """
        import os, glob
        for path in ("ROOT/results/results.json", "/autograder/results/results.json", "results.json"):
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                open(path, "w").write('FORGED')
            except OSError:
                pass
        os._exit(0)
    """,
    "R25 writes them at the end": """
        import atexit, signal, threading, weakref
        def write(*rest):
            open("ROOT/results/results.json", "w").write('FORGED')
        class Last:
            def __del__(self): write()
        last = Last()
        atexit.register(write)
        weakref.finalize(last, write)
        signal.signal(signal.SIGALRM, write)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        threading.Timer(0.05, write).start()
        return 0 * x
    """,
    "R26 outlives the run": """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                end = time.monotonic() + 20
                while time.monotonic() < end:
                    try:
                        open("ROOT/results/results.json", "w").write('FORGED')
                    except OSError:
                        time.sleep(0.05)
            os._exit(0)
        return 0 * x
    """,
    "R28 talks on every channel": """
        import os
        for fd in range(0, 64):
            try:
                os.write(fd, b'FORGED')
            except OSError:
                pass
        return 0 * x
    """,
    "R29 returns what runs when it is unpickled": """
        class Evil:
            def __reduce__(self):
                return (exec, ("open('ROOT/results/results.json', 'w').write('FORGED')",))
        return Evil()
    """,
}


@pytest.mark.root
@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_work_gets_what_its_honest_part_is_worth(replica, name):
    body = textwrap.indent(textwrap.dedent(ATTACKS[name]).strip(), "    ")
    body = body.replace("ROOT", str(replica.root)).replace("FORGED", FORGED.replace('"', '\\"'))
    results = replica.run(RIGHT.replace("    return 2 * x", body))
    assert results["score"] == 4
    assert not {"passed"} & set(verdicts(results, "double"))
    time.sleep(0.3)
    assert json.loads((replica.root / "results" / "results.json").read_text()) == results
    if name.startswith("R26"):
        assert replica.run(RIGHT)["score"] == 7


@pytest.mark.root
def test_student_code_reaches_nothing_of_the_course_and_no_network(replica):
    spy = f"""
    import os
    class Seen(Exception): pass
    found = []
    for folder, folders, files in os.walk({str(replica.root)!r}):
        found += [os.path.join(folder, name) for name in files]
    source = {str(replica.root / "source")!r}
    for path in ("grading.json", "course/assignments/a1/double/private_tests.py", "course/cs_lib/knn.py",
                 "course/assignments/a1/double/notebook.py", "../submission_metadata.json",
                 "../results/results.json", "../submission/double.ipynb", "course/autograder/grade.py"):
        try:
            open(os.path.join(source, path)).close()
            found.append(path)
        except PermissionError:
            pass
    import socket
    try:
        socket.create_connection(("1.1.1.1", 53), timeout=1)
        found.append("network")
    except PermissionError:
        pass
    raise Seen(found)
    """
    results = replica.run(RIGHT.replace("return 2 * x", textwrap.dedent(spy).strip().replace("\n", "\n    ")))
    assert "double raised Seen: []" in results["tests"][0]["output"]


@pytest.mark.root
def test_markup_and_escapes_in_hostile_work_stay_text(replica):
    results = replica.run(
        RIGHT.replace("return 2 * x", "raise ValueError('<script>alert(1)</script>\\x1b[31m **red**')")
    )
    shown = results["tests"][0]["output"]
    assert "<script>alert(1)</script>\\x1b[31m **red**" in shown
    assert results["tests"][0]["output_format"] == "text"


@pytest.mark.root
def test_a_grading_that_is_ended_by_time_leaves_a_result(replica):
    slow = RIGHT.replace("return 2 * x", "import time; time.sleep(60)")
    results = replica.run(slow, COURSE_SECONDS="3")
    assert results["score"] == 0
    assert results["output"].startswith("Grading did not finish: it ran out of time or memory.")


@pytest.mark.root
@pytest.mark.parametrize(
    ("end", "said"),
    [("kill -9 $$", "it ran out of time or memory"), ("exit 1", "the grader itself was ended")],
)
def test_a_grader_that_is_killed_leaves_a_result(replica, tmp_path, end, said):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\n{end}\n")
    python.chmod(0o755)
    results = replica.run(RIGHT, COURSE_VENV=str(tmp_path))
    assert results["score"] == 0
    assert results["output"].startswith(f"Grading did not finish: {said}.")


@pytest.mark.root
def test_a_fault_of_the_grader_leaves_a_result_that_says_so(replica):
    settings = replica.root / "source" / "grading.json"
    kept = settings.read_text()
    broken = json.loads(kept)
    broken["notebooks"][0]["libraries"] = ["no-such-library"]
    settings.write_text(json.dumps(broken))
    try:
        results = replica.run(RIGHT)
    finally:
        settings.write_text(kept)
    assert results["score"] == 0
    assert results["output"].startswith(
        "Grading did not finish, for a reason that does not lie in your work."
    )
    assert results["extra_data"]["handed_in"]["attempt"] == 2
    assert "no-such-library" in replica.stdout


@pytest.mark.root
def test_results_that_are_there_already_do_not_count(replica):
    results = replica.root / "results" / "results.json"
    results.unlink(missing_ok=True)
    results.mkdir()
    (results / "inside").touch()
    assert replica.run(WRONG)["score"] == 4
    outside = replica.root / "outside.json"
    outside.write_text("kept")
    results.unlink()
    results.symlink_to(outside)
    assert replica.run(WRONG)["score"] == 4
    assert outside.read_text() == "kept"


@pytest.mark.root
def test_no_python_and_no_metadata_still_leave_a_result(replica):
    results = replica.run(RIGHT, COURSE_VENV="/nonexistent")
    assert results["output"].startswith("Grading did not finish")
    replica.put_metadata([])
    try:
        results = replica.run(RIGHT)
    finally:
        replica.put_metadata(METADATA)
    assert results["score"] == 7
    assert results["extra_data"]["handed_in"] is None


@pytest.mark.root
def test_the_archive_grades_with_the_code_that_it_carries(replica):
    marked = replica.root / "source" / "course" / "autograder" / "bridges" / "gradescope" / "run.py"
    kept = marked.read_text()
    marked.write_text(
        kept.replace("def main(root: Path) -> None:", "def main(root: Path) -> None:\n    print(__file__)")
    )
    try:
        replica.run(RIGHT)
    finally:
        marked.write_text(kept)
    assert str(marked) in replica.stdout


@pytest.mark.slow
def test_setup_makes_an_environment_and_seals_the_course(archive: Path, tmp_path: Path):
    """Without the packages, which would need a network."""
    replica = Replica(tmp_path / "autograder", archive)
    (replica.root / "source" / "requirements.txt").write_text("")
    environment = {
        "COURSE_ROOT": str(replica.root),
        "COURSE_VENV": str(tmp_path / "venv"),
        "PATH": os.environ["PATH"],
    }
    subprocess.run(["bash", replica.root / "source" / "setup.sh"], env=environment, check=True, timeout=300)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-c", "import sys; assert sys.version_info >= (3, 11)"], check=True)
    course = replica.root / "source" / "course"
    assert list(course.rglob("grade.*.pyc"))
    assert not [path for path in course.rglob("*") if path.stat().st_mode & 0o007]


def test_the_archive_holds_one_assignment_and_no_more(archive: Path):
    with zipfile.ZipFile(archive) as bundle:
        names = bundle.namelist()
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in bundle.infolist()}
        assert bundle.read("setup.sh").startswith(b"#!")
    assert {"setup.sh", "run_autograder", "requirements.txt", "unfinished.json", "out_of_time.json"} <= set(
        names
    )
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert [name for name in names if "assignments/" in name] == [
        f"course/assignments/a1/double/{name}.py" for name in ("notebook", "public_tests", "private_tests")
    ]
    assert not [name for name in names if "__pycache__" in name or name.endswith("course.toml")]


def test_the_same_course_gives_the_same_archive(course: Course, tmp_path: Path):
    archives = [export(course, course.assignment("a1"), tmp_path / f"{n}.zip").read_bytes() for n in "ab"]
    assert archives[0] == archives[1]


def test_versions_are_pinned_with_all_that_they_require(assignment: Assignment):
    import numpy

    lines = requirements(assignment).splitlines()
    assert f"numpy=={numpy.__version__}" in lines
    assert any(line.startswith("markdown-it-py==") for line in lines)  # of jupytext
    assert not any(line.startswith(("torch", "jupyterlab", "nbgrader")) for line in lines)


def test_an_unknown_visibility_is_refused(course: Course, tmp_path: Path):
    with pytest.raises(CourseError, match="choose from hidden, after_due_date, after_published, visible"):
        export(course, course.assignment("a1"), tmp_path / "a1.zip", private="never")
    assert not list(tmp_path.iterdir())
