"""What this machine lacks is named, however the tests are run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "several"])
def test_what_is_left_out_is_named_with_the_remedy(processes: tuple[str, ...]) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "PYTEST_"))}
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *processes]
    done = subprocess.run(
        [*argv, "tests/autograder/test_sandbox.py", "-k", "dead"],
        cwd=ROOT, env=environment | {"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "NOT RUN: 3 tests (bubblewrap is missing: install it with: apt-get" in done.stdout
    assert done.returncode == 0
