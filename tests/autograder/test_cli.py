"""The `course` command: what goes wrong is said with the remedy."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.autograder.conftest import FILES, write_course

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
