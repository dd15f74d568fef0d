"""Makes the pages of the worked notebooks: solved, executed, readable offline, with an index.

A notebook whose page was made from the same source and the same library is not executed again, so an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import cs_lib
from autograder.course import Assignment, Course, Notebook
from autograder.formulas import with_mathml
from autograder.source import worked_notebook
from autograder.templates import fill

CELL_SECONDS = 600


@dataclass(frozen=True)
class Page:
    """One worked notebook among the pages."""

    assignment: str
    name: str
    title: str
    question: str  # the first sentence in bold, which is what the notebook asks
    exercises: tuple[str, ...]
    seconds: float  # what executing it took

    @property
    def path(self) -> str:
        """The page's file, below the folder of all pages."""
        return f"{self.assignment}/{self.name}.html"


def make_pages(
    course: Course,
    assignments: Iterable[Assignment],
    to: Path,
    jobs: int = 1,
    on_page: Callable[[Page], None] = lambda page: None,
) -> list[Page]:
    """Write every notebook, executed, as .ipynb and as .html, and index.html beside them.

    jobs: notebooks executed at once. Raises nbclient's CellExecutionError if a worked notebook does not run.
    """
    work = [(a.name, notebook) for a in assignments for notebook in a.notebooks]
    pages = asyncio.run(_execute_all(work, to, jobs, on_page))
    _write_pages(course, pages, to)
    return pages


async def _execute_all(
    work: list[tuple[str, Notebook]], to: Path, jobs: int, on_page: Callable[[Page], None]
) -> list[Page]:
    """Execute notebooks, so many at once; their pages in the same order."""
    places = asyncio.Semaphore(jobs)

    async def one(assignment: str, notebook: Notebook) -> Page:
        async with places:
            page = await _executed(assignment, notebook, to, jobs)
        on_page(page)
        return page

    return await asyncio.gather(*(one(*item) for item in work))


async def execute(notebook: Notebook, folder: Path, jobs: int = 1) -> NotebookNode:
    """The worked notebook with the outputs of running it in `folder`."""
    from nbclient import NotebookClient

    built = worked_notebook(notebook)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        built, timeout=CELL_SECONDS, kernel_name="python3", resources=resources, coalesce_streams=True
    )
    threads = os.environ.get("OMP_NUM_THREADS") or str(max((os.cpu_count() or 1) // jobs, 1))
    session = f"{notebook.name}.ipynb"  # JupyterLab says so too; a check then knows whose tests are meant
    environment = os.environ | {"OMP_NUM_THREADS": threads, "JPY_SESSION_NAME": session}
    # What cells print has a channel of its own: stderr holds the kernel's remarks about its transport.
    await client.async_execute(env=environment, stderr=subprocess.DEVNULL)
    return built


async def _executed(assignment: str, notebook: Notebook, to: Path, jobs: int) -> Page:
    """Execute a notebook into to/ASSIGNMENT/NAME.ipynb, unless that is there and up to date."""
    path = to / assignment / f"{notebook.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = _digest(notebook)
    made = _made(path)
    if made.get("digest") != digest:
        started = time.perf_counter()
        executed = await execute(notebook, path.parent, jobs)
        made = {"digest": digest, "seconds": round(time.perf_counter() - started, 1)}
        executed.metadata["course"] = made
        unfinished = path.with_suffix(".part")
        unfinished.write_text(nbformat.writes(executed), encoding="utf-8")
        unfinished.replace(path)
    exercises = tuple(notebook.exercises)
    return Page(assignment, notebook.name, notebook.title, _question(notebook), exercises, made["seconds"])


def _made(path: Path) -> dict:
    """What an earlier run noted in a notebook; nothing if there is none, or it is damaged."""
    try:
        return nbformat.read(path, as_version=4).metadata.get("course", {})
    except Exception:  # whatever is wrong with it, it can be made again
        return {}


def _digest(notebook: Notebook) -> str:
    """Of all that an executed notebook depends on: its source, and the library."""
    digest = hashlib.sha256(notebook.source.read_bytes())
    for path in sorted(Path(cs_lib.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _question(notebook: Notebook) -> str:
    found = re.search(r"\*\*(.+?)\*\*", _first_text(notebook), re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _first_text(notebook: Notebook) -> str:
    return next(cell.source for cell in worked_notebook(notebook).cells if cell.cell_type == "markdown")


def _write_pages(course: Course, pages: list[Page], to: Path) -> None:
    from markupsafe import Markup
    from pygments.formatters import HtmlFormatter

    colours = Markup(HtmlFormatter(style="friendly").get_style_defs(".highlight"))
    for before, page, after in _with_neighbours(pages):
        body = Markup(_body(to / page.assignment / f"{page.name}.ipynb"))
        text = fill("worked_page.html", page=page, before=before, after=after, body=body, colours=colours)
        (to / page.path).write_text(text, encoding="utf-8")
    by_assignment = {
        name: [page for page in pages if page.assignment == name]
        for name in dict.fromkeys(page.assignment for page in pages)
    }
    titles = {name: course.assignment(name).title for name in by_assignment}
    index = fill("worked_index.html", title=course.title, titles=titles, pages=by_assignment)
    (to / "index.html").write_text(index, encoding="utf-8")


def _with_neighbours(pages: list[Page]) -> Iterator[tuple[Page | None, Page, Page | None]]:
    return zip([None, *pages[:-1]], pages, [*pages[1:], None], strict=True)


def _body(path: Path) -> str:
    """A notebook's cells as HTML, formulas as MathML."""
    from nbconvert import HTMLExporter

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source)
    body, _ = HTMLExporter(template_name="basic", anchor_link_text="").from_notebook_node(notebook)
    return body
