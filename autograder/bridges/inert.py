"""What students wrote, for formgrader's pages: formatted text that can do nothing in the grader's browser.

nbgrader shows Markdown with the HTML in it, scripts too, and a script there could give marks: it would run in
the browser of somebody who may. nbgrader_config.py puts this filter in the place of nbconvert's.
"""

from __future__ import annotations

import bleach
from nbconvert.filters import markdown2html

TAGS = {
    *bleach.ALLOWED_TAGS, "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "del", "sub", "sup",
    "div", "span", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": ["href", "title"]}  # no names, ids or classes: the page's own scripts find things by them


def inert_markdown(source: str) -> str:
    """Markdown as HTML; tags that are not for formatting are shown as text, as is a link in a formula."""
    clean = bleach.clean(markdown2html(source), TAGS, ATTRIBUTES, protocols={"http", "https", "mailto"})
    return clean.replace("\\href", "\\text")
