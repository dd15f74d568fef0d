"""Where a gradebook is, is said in one place, which nbgrader reads, too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.bridges.database import database, shown, turn
from autograder.course import CourseError

URL = "postgresql://grader@db.example.edu/gradebook"


def test_without_more_being_said_it_lies_in_the_class_folder(tmp_path: Path) -> None:
    assert database(tmp_path) == f"sqlite:///{tmp_path}/gradebook.db"


def test_nbgraders_own_configuration_names_another(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.json").write_text(json.dumps({"CourseDirectory": {"db_url": URL}}))
    assert database(tmp_path) == URL


def test_a_configuration_of_other_things_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.json").write_text(json.dumps({"CourseDirectory": {"course_id": "cs"}}))
    (tmp_path / "nbgrader_config.py").write_text("# c.CourseDirectory.db_url = ''\n")
    assert database(tmp_path) == f"sqlite:///{tmp_path}/gradebook.db"


def test_a_script_is_not_executed_but_its_database_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.db_url = {URL!r}\n")
    with pytest.raises(CourseError, match=r"move it to nbgrader_config\.json"):
        database(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"CourseDirectory": []}', '{"CourseDirectory": {"db_url": 7}}', "\ud800", "[" * 100_000],
)
def test_a_broken_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "nbgrader_config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(CourseError, match=r"nbgrader_config\.json"):
        database(tmp_path)


def test_a_url_is_shown_without_its_password() -> None:
    assert shown("postgresql://a:geheim@h:5/d?password=geheim") == "postgresql://a@h:5/d"


def test_another_process_waits_for_its_turn_with_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    script = "import sys\nfrom autograder.bridges.database import turn\nwith turn(sys.argv[1]): print('here')"
    with turn(url):
        other = subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=3)
    assert other.communicate(timeout=60)[0] == "here\n"
