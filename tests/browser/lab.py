"""What a learner does in JupyterLab, with mouse and keyboard, in headless Chromium."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect, sync_playwright

TOKEN = "a-token-for-one-test"
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
)  # fmt: skip
START, STEP = 60_000, 30_000  # milliseconds; a busy machine is no failure
expect.set_options(timeout=STEP)


def wait_for(happened: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Look again and again until something happened; AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds:g} seconds for {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def open_notebook(address: str, name: str, screenshot: Path) -> Iterator[Notebook]:
    """A notebook in a browser that talks to nobody but this server.

    What goes wrong inside is raised with a screenshot of the moment.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*SWITCHES], timeout=START
        )
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(STEP)
            asked: set[str] = set()
            page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or "127.0.0.1"))
            try:
                page.goto(f"{address}/lab/tree/{name}?token={TOKEN}", timeout=START)
                yield Notebook(page)
            except (Exception, AssertionError) as error:
                page.screenshot(path=screenshot)
                error.add_note(f"What the learner saw: {screenshot}")
                raise
            assert asked == {"127.0.0.1"}
        finally:
            browser.close()


class Notebook:
    """The open notebook: its cells, found by their code, as somebody who scrolls finds them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.runs = 0  # what the kernel has counted
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=START)

    def cell(self, code: str) -> Locator:
        """The code cell that holds this piece of code."""
        found = self.page.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea", has_text=code)
        )
        expect(found).to_have_count(1)
        return found

    def edit(self, cell: Locator, line: str) -> None:
        """Click into a cell, at a line."""
        cell.locator(".cm-line", has_text=line).click()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type as fingers do, key by key: the editor indents and closes brackets by itself."""
        self.page.keyboard.type(text)

    def paste(self, text: str) -> None:
        """Put text in at once."""
        self.page.keyboard.insert_text(text)

    def run(self, code: str) -> Locator:
        """Run the cell that holds this code, wait until it is done, and return its output."""
        cell = self.cell(code)
        cell.locator(".jp-InputPrompt").click()
        return self.run_selected(cell)

    def run_selected(self, cell: Locator) -> Locator:
        """Run the cell in which the learner is."""
        self.press("Control+Enter")
        self.runs += 1
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(rf"\[{self.runs}\]"), timeout=START)
        return cell.locator(".jp-OutputArea").first

    def run_new(self, code: str) -> Locator:
        """Add a cell at the end and run it."""
        self.page.locator(".jp-CodeCell .jp-InputPrompt").last.click()
        self.press("b", "Enter")
        self.type(code)
        return self.run_selected(self.page.locator(".jp-CodeCell").last)

    def save(self) -> None:
        """Save, and wait until JupyterLab has."""
        self.press("Control+s")
        expect(self.page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
