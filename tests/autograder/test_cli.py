"""The `course` command: what goes wrong is said with the remedy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from autograder.batch import read_log
from tests.autograder.conftest import FILES, RIGHT, write_course, write_submission

COURSE = Path(sysconfig.get_path("scripts")) / "course"


@pytest.mark.parametrize("argv", [("style", "cat", "ink"), ("release", "a1")], ids=" ".join)
def test_without_pytorch_what_needs_it_says_how_to_get_it(tmp_path: Path, argv: tuple[str, ...]) -> None:
    tests = "a1/double/public_tests.py"
    write_course(tmp_path, FILES | {tests: f"        import torch\n{FILES[tests]}"})
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    environment = os.environ | {"PYTHONPATH": str(hidden)}
    done = subprocess.run([COURSE, *argv], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "No module named 'torch'; install it with `make torch` in " in done.stderr
    assert "Traceback" not in done.stderr


def test_who_interrupts_is_told_that_nothing_is_lost(tmp_path: Path) -> None:
    write_course(tmp_path)
    write_submission(tmp_path, "ada", RIGHT)
    for name in ("ben", "cleo", "dan", "eve", "fay"):
        write_submission(tmp_path, name, "def double(x):\n    while True:\n        pass")
    grade = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import autograder.cli; autograder.cli.main()"
    )
    options = ["--sandbox", "none", "--trusted", "--no-gradebook", "--jobs", "1"]
    argv = [sys.executable, "-c", grade, "grade", "a1", *options]
    process = subprocess.Popen(argv, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    log = tmp_path / "graded/a1/log.jsonl"
    while not (log.exists() and log.read_text()) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert "course: interrupted: what was finished is kept" in said
    assert process.returncode == 130
    assert {report.student for report in read_log(log).values()} < {"ada", "ben", "cleo"}
