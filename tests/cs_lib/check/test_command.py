"""The command line checks a saved file in a process of its own; loops and crashes cost one test."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cs_lib.check import command
from cs_lib.check.command import check_file, run_file_check

from .conftest import RIGHT, SQUARED, SQUARED_HINT, notebook_json


@pytest.fixture
def write(bundle):
    """Write a notebook into the bundle."""

    def write(*cells: str, name: str = "knn.ipynb"):
        (bundle / name).write_text(notebook_json(*cells) if name.endswith(".ipynb") else cells[0])
        return bundle / name

    return write


def test_right_work_ends_with_status_0_and_a_friendly_line(write, capsys):
    assert run_file_check(write(RIGHT)) == 0
    out = capsys.readouterr().out
    assert "knn: 6 of 6 public points" in out
    assert "private tests will look at more" in out


def test_json_holds_results_and_totals_and_nothing_that_was_printed(write, capsys):
    path = write(
        SQUARED.replace("return (((", "print('loud'); import os; os.system('echo loud')\n    return (((")
    )
    assert run_file_check(path, ["distances"], as_json=True) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["score"], data["max_score"], data["passed"]) == (1, 3, False)
    assert data["tests"][0]["hint"] == SQUARED_HINT
    assert data["tests"][0]["printed"] == "loud\n"


def test_hints_can_be_given(write):
    report = check_file(write(SQUARED), ["distances"], hints={"knn": {}})
    assert report.results[0].hint is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.ipynb"], "no such file"),
        (["knn.ipynb", "--function", "distance"], "Did you mean 'distances'"),
        (["knn.ipynb", "--notebook", "svm"], "Known: knn"),
        (["broken.ipynb"], "damaged"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_can_not_be_checked_ends_with_status_2_and_the_reason(
    write, monkeypatch, capsys, arguments, words, as_json
):
    folder = write(RIGHT).parent
    (folder / "broken.ipynb").write_text("{")
    monkeypatch.chdir(folder)
    assert command.main([*arguments, *(["--json"] if as_json else [])]) == 2
    out, err = capsys.readouterr()
    assert words in (json.loads(out)["error"] if as_json else err)


def test_bad_usage_is_status_2(write, monkeypatch, capsys):
    monkeypatch.chdir(write(RIGHT).parent)
    write(RIGHT, name="other.ipynb")
    for arguments in (["--no-such-option"], []):
        with pytest.raises(SystemExit) as ended:
            command.main(arguments)
        assert ended.value.code == 2
    assert "knn.ipynb, other.ipynb" in capsys.readouterr().err


def test_a_module_is_checked_too_and_its_problems_are_named(write):
    report = check_file(write("import nothing_like_it\n" + RIGHT, name="k_nearest_neighbor.py"))
    assert report.passed
    assert report.notes == (
        "k_nearest_neighbor.py: k_nearest_neighbor.py, line 1: No module named 'nothing_like_it'",
    )


def test_an_endless_loop_costs_its_function_and_is_named(write):
    path = write(RIGHT.replace("return np.sqrt(", "while True: pass\n    return np.sqrt("))
    report = check_file(path, test_seconds=1.5)
    first, second, *others = report.results
    assert first.status == second.status == "time_limit"
    assert "still running after the 1.5 seconds for one test" in first.message
    assert "Not tried" in second.message
    assert all(result.passed for result in others)


def test_when_the_time_for_everything_is_up_the_running_test_is_named(write):
    path = write(RIGHT.replace("return int(", "while True: pass\n        return int("))
    report = check_file(path, ["vote", "answer_metric"], seconds=2.5)
    first, *_, last = report.results
    assert first.status == "time_limit"
    assert "2.5 seconds for everything" in first.message
    assert last.status in ("not_run", "time_limit")  # the latter on a machine that is slow to start Python


def test_a_crash_costs_one_test(write):
    path = write(RIGHT.replace("return int(", "import os; os.kill(os.getpid(), 11)\n        return int("))
    report = check_file(path, ["vote", "answer_metric"])
    assert [result.status for result in report.results] == ["ended_process", "ended_process", "passed"]


@pytest.mark.parametrize(
    ("cell", "status", "words"),
    [
        ("class C:\n    while True: pass", "time_limit", "did not end within"),
        ("class C:\n    import os; os._exit(0)", "ended_process", "definitions ended the Python process"),
    ],
)
def test_definitions_that_never_end_or_end_everything_are_named(write, cell, status, words):
    report = check_file(write(cell, RIGHT), test_seconds=1.5)
    assert {result.status for result in report.results} == {status}
    assert words in report.notes[0]


def test_a_bundle_checks_itself_with_nothing_installed(shipped, tmp_path):
    (shipped / "knn.ipynb").write_text(notebook_json(SQUARED))
    done = subprocess.run(
        [sys.executable, "-m", "cs_lib.check", "knn.ipynb", "--json"],
        cwd=shipped,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    data = json.loads(done.stdout)
    assert data["tests"][0]["hint"] == SQUARED_HINT
    assert data["score"] == 4
