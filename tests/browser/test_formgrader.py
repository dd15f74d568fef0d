"""What grading stored is what an instructor finds in nbgrader's formgrader."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from autograder.class_run import grade_folder
from autograder.course import load_course
from autograder.release import release
from tests.autograder.conftest import RIGHT, write_course, write_submission
from tests.browser.conftest import serving
from tests.browser.lab import SWITCHES, TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap]


@pytest.fixture
def page(environment: dict[str, str], tmp_path: Path) -> Iterator[Page]:
    """A browser at formgrader, started in the folder of a class that `course grade` has graded."""
    root = tmp_path / "class"
    course = load_course(write_course(root))
    release(course, course.assignment("a1"), root / "release" / "a1", root)
    write_submission(root, "ada", RIGHT)
    write_submission(root, "bob", "def double(x):\n    return x + x  # how bob does it")
    folders = root / "submitted", root / "graded"
    grade_folder(course, course.assignment("a1"), *folders, 2, "bubblewrap", True, Console(quiet=True))
    with (
        serving([sys.executable, "-m", "jupyterlab"], root, environment, tmp_path) as address,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*SWITCHES]) as browser,
    ):
        page = browser.new_page()
        page.goto(f"{address}/lab?token={TOKEN}")
        page.goto(f"{address}/formgrader/gradebook/a1/double")
        yield page


def test_formgrader_opens_the_gradebook_with_the_scores_and_the_submissions(page: Page) -> None:
    rows = page.locator("tbody tr")
    rows.nth(1).wait_for()
    assert sorted(float(row.locator("td").nth(2).inner_text().split("/")[0]) for row in rows.all()) == [3, 7]
    low = next(row for row in rows.all() if row.locator("td").nth(2).inner_text().startswith("3"))
    low.locator("a").first.click()
    page.get_by_text("how bob does it").first.wait_for()
    page.locator(
        'input.score[placeholder="3"]'
    ).first.wait_for()  # what the tests gave, where a person may differ
