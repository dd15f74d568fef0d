"""What `import autograder` promises in its docstring."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import autograder
from tests.autograder.conftest import RIGHT, write_course, write_submission


@pytest.mark.bubblewrap
def test_the_lines_in_its_docstring_grade_a_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_course(tmp_path)
    write_submission(tmp_path, "ada", RIGHT)
    monkeypatch.chdir(tmp_path)
    lines = autograder.__doc__.split("\n\n")[1:3]
    code = "from pathlib import Path\n" + "\n".join(map(textwrap.dedent, lines)).replace("knn", "double")
    names: dict = {}
    exec(code, names)
    assert (names["report"].score, names["report"].max_score) == (7, 7)


@pytest.mark.parametrize("module", ["cli", "term.report", "course", "report"])
def test_what_grades_nothing_does_not_wait_for_numpy(module: str) -> None:
    code = f"import sys, autograder.{module}; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
