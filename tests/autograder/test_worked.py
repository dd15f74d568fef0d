"""Worked notebooks become pages that need no network, and are made again only when something has changed."""

from __future__ import annotations

import nbformat
import pytest

from autograder.course import load_course
from autograder.worked import make_pages
from tests.autograder.conftest import FILES, write_course

NOTEBOOK = (
    FILES["a1/double/notebook.py"]
    .replace("# # Doubling", "# # Doubling\n        # **How much is\n        # twice $x^2$?** See.")
    .replace('check("double")', 'print("outcome", double(21))')
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The small course, whose notebook asks a question with a formula."""
    root = tmp_path_factory.mktemp("course")
    return load_course(write_course(root, FILES | {"a1/double/notebook.py": NOTEBOOK}))


@pytest.fixture(scope="module")
def pages(course, tmp_path_factory):
    """The folder of its pages."""
    folder = tmp_path_factory.mktemp("pages")
    make_pages(course, course.assignments.values(), folder)
    return folder


def test_a_page_shows_formulas_solutions_and_outputs(pages):
    page = (pages / "a1" / "double.html").read_text(encoding="utf-8")
    assert "<msup>" in page
    assert "BEGIN SOLUTION" not in page
    assert "outcome 42" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_index_leads_to_every_page_and_asks_its_question(pages):
    index = (pages / "index.html").read_text(encoding="utf-8")
    assert 'href="a1/double.html"' in index
    assert "How much is twice" in index


def test_what_is_up_to_date_is_not_executed_again_and_what_is_damaged_is(course, pages):
    path = pages / "a1" / "double.ipynb"
    before = path.read_bytes()
    make_pages(course, course.assignments.values(), pages)
    assert path.read_bytes() == before
    path.write_text("{", encoding="utf-8")
    make_pages(course, course.assignments.values(), pages)
    assert nbformat.read(path, as_version=4).metadata["course"]["seconds"] > 0
