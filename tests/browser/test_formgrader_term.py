"""An instructor's term in the browser: a mark is given in formgrader and counts; hostile work stays inert."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.autograder.whole_term import MARKUP, HandedIn, WholeTerm
from tests.browser.conftest import serving
from tests.browser.lab import SWITCHES, TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap]

NAMES = {"ada": "Lovelace, Ada", "uma": f"Uma {MARKUP}", "eve": f"{MARKUP} Eve"}
SHOWN = {"ada": "Lovelace, Ada", "uma": "Uma (script)", "eve": "Eve, (script)"}  # LAST, FIRST
WORK = {"ada": "most", "uma": "evil", "eve": "evil"}


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> WholeTerm:
    """A class of one honest and two hostile students, graded, with all pages."""
    term = WholeTerm(tmp_path_factory.mktemp("term"), NAMES, {})
    with contextlib.chdir(term.root):
        term.set_up("a1")
        handed_in = [
            HandedIn(who, "a1", 1, datetime(2024, 10, 18, 20), work, True) for who, work in WORK.items()
        ]
        folder = ("--class", str(term.folder))
        term.run("collect", "a1", *term.from_canvas("a1", handed_in), *folder)
        term.run("grade", "a1", *folder)
        term.run("similar", "a1", "-o", str(term.root / "similar.html"), *folder)
        term.report()
    return term


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which runs scripts where a page has them."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*SWITCHES]) as browser,
    ):
        yield browser


@pytest.fixture
def formgrader(
    term: WholeTerm, browser: Browser, environment: dict[str, str], tmp_path: Path
) -> Iterator[Page]:
    """Formgrader, started in the class folder as docs/instructor.md says."""
    command = [sys.executable, "-m", "jupyterlab"]
    with serving(command, term.folder, environment, tmp_path) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, base_url=address)
        page.goto(f"/lab?token={TOKEN}")
        page.goto("/formgrader/gradebook")
        yield page
        page.close()


def assert_inert(page: Page) -> None:
    """Nothing of a hostile text was run or made part of the page."""
    assert page.title() != "PWNED"
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.locator("img[src='x']").count() == 0


def open_submission(page: Page, student: str) -> None:
    """Choose a student's submission in the list, where students have numbers in the place of names."""
    page.goto("/formgrader/gradebook")
    page.get_by_role("link", name="a1", exact=True).click()
    page.get_by_role("link", name="lists", exact=True).click()
    name = page.locator("a", has_text=SHOWN[student])
    page.locator("tbody tr").filter(has=name).locator("a:visible").first.click()
    page.locator("#why").wait_for()


def give(page: Page, field: str, text: str) -> None:
    """Type into a field of formgrader, leave it, and wait until that is saved."""
    with page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
        page.locator(field).click()
        page.keyboard.type(text)
        page.keyboard.press("Tab")


def test_a_mark_given_in_formgrader_is_in_the_final_grades(term: WholeTerm, formgrader: Page) -> None:
    before = term.report()["ada"]
    assert (before["a1.score"], before["a1.status"]) == ("6.0", "waiting")
    open_submission(formgrader, "ada")
    give(formgrader, "#why", "1.5")
    give(formgrader, "#why-comment", f"Why so? {MARKUP}")
    after = term.report()["ada"]
    assert (after["a1.score"], after["a1.status"]) == ("7.5", "graded")
    formgrader.goto((term.folder / "term" / "students" / "ada.html").as_uri())
    expect(formgrader.locator("body")).to_contain_text("1.5 of 2")
    expect(formgrader.locator("body")).to_contain_text("Why so? <script>")
    assert_inert(formgrader)


def test_a_page_left_open_cannot_mark_the_attempt_that_took_the_place(
    term: WholeTerm, formgrader: Page
) -> None:
    open_submission(formgrader, "ada")
    better = HandedIn("ada", "a1", 2, datetime(2024, 10, 18, 21), "all", False)
    folder = ("--class", str(term.folder))
    with contextlib.chdir(term.root):
        term.run("collect", "a1", *term.from_canvas("a1", [better]), *folder)
        term.run("grade", "a1", *folder)
    with formgrader.expect_response(lambda answer: answer.request.method == "PUT") as answered:
        formgrader.locator("#why").click()
        formgrader.keyboard.type("0")
        formgrader.keyboard.press("Tab")
    assert answered.value.status == 404
    assert '"points": 0' not in (term.folder / "manual.jsonl").read_text()
    open_submission(formgrader, "ada")  # again, with what it shows now
    expect(formgrader.locator("#why")).not_to_have_value("0")


def test_hostile_answers_and_names_do_nothing_in_formgrader(formgrader: Page) -> None:
    for student in ("uma", "eve"):
        open_submission(formgrader, student)
        expect(formgrader.locator("body")).to_contain_text("<script>document.title")
        formgrader.wait_for_load_state("networkidle")
        assert_inert(formgrader)
    for page in ("gradebook/a1/lists", "manage_students", "manage_students/uma", "manage_submissions/a1"):
        formgrader.goto(f"/formgrader/{page}")
        formgrader.locator("tbody tr td").first.wait_for()
        assert_inert(formgrader)


def test_every_page_that_is_written_is_inert_in_a_browser_that_runs_scripts(
    term: WholeTerm, browser: Browser
) -> None:
    pages = [
        *term.folder.glob("graded/**/*.html"),
        *term.folder.glob("term/**/*.html"),
        term.root / "similar.html",
    ]
    assert {path.name for path in pages} >= {"uma.html", "class.html", "index.html", "similar.html"}
    with contextlib.closing(browser.new_page()) as page:
        for path in pages:
            page.goto(path.as_uri())
            assert_inert(page)
            assert page.evaluate("1 + 1") == 2
