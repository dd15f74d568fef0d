"""What students write is formatted for formgrader, and can do nothing there."""

from __future__ import annotations

import pytest

from autograder.bridges.inert import TAGS, inert_markdown
from tests.autograder.sample_reports import HOSTILE, Page


def test_formatting_and_formulas_stay():
    html = inert_markdown(
        "# One\n\n**two** `a < b` and $x < y$\n\n- [three](https://example.org)\n\n| 4 |\n|---|\n| 5 |"
    )
    for piece in (
        "<h1>One", "<strong>two</strong>", "<code>a &lt; b</code>", "$x &lt; y$",
        '<a href="https://example.org">three</a>', "<td>5</td>",
    ):  # fmt: skip
        assert piece in html


@pytest.mark.parametrize(
    "evil",
    [
        *HOSTILE[:3],
        "<svg/onload=alert(1)>",
        "<form action=x><input id=why value=2></form>",
        "<p id=why onclick=alert(1) style=position:fixed>text</p>",
        "[text](javascript:alert(1)) <a href=' java\nscript:alert(1)'>text</a>",
        "$\\href{javascript:alert(1)}{text}$",
        "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
        "[text]: data:text/html,<script>alert(1)</script>\n\n[text]",
        "```\n<script>alert(1)</script>\n```",
    ],
)
def test_nothing_that_could_act_is_left(evil):
    html = inert_markdown(evil)
    tags = Page(html).tags
    assert {tag for tag, _ in tags} <= TAGS - {"script", "svg", "img", "form", "input", "iframe", "style"}
    assert {name for _, attributes in tags for name in attributes} <= {"href", "title"}
    links = [attributes["href"] for _, attributes in tags if "href" in attributes]
    assert not [link for link in links if not link.startswith(("https:", "#"))]
    assert "\\href" not in html
