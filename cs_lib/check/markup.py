"""Pieces of HTML that work wherever notebooks are shown.

Inline styles only (front ends drop style sheets and scripts), the page's own text colour, so that it reads
on light and on dark, and no headings, which would end up in the notebook's table of contents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from html import escape

BARS = {"passed": "#2e9e5b", "to do": "#8a8f98", "failed": "#d64545"}

GREY = "rgba(127,127,127,{})"  # translucent: it suits any background
CARD = (
    f"border:1px solid {GREY.format(0.45)};border-left:6px solid {{}};border-radius:4px;"
    "padding:.5em .9em;margin:.5em 0;max-width:62em;line-height:1.45"
)
GROUP = "margin:.5em 0"
TABLE = "border-collapse:collapse;border:0;margin:.5em 0;width:100%;font-size:inherit;table-layout:auto"
CELL = (
    "text-align:left;vertical-align:top;white-space:normal;padding:.3em .6em;"
    f"border-top:1px solid {GREY.format(0.3)}"
)
CODE = (
    f"white-space:pre-wrap;overflow-wrap:anywhere;background:{GREY.format(0.15)};color:inherit;"
    "border-radius:3px;padding:0 .25em"
)


def card(kind: str, content: str, label: str) -> str:
    """A box with a bar in the colour of a state; the content says that state in words."""
    return f'<section aria-label="{escape(label)}" style="{CARD.format(BARS[kind])}">{content}</section>'


def paragraph(text: str) -> str:
    """A paragraph of escaped text."""
    return f'<p style="margin:.4em 0">{escape(text)}</p>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]], label: str, width: str = "auto") -> str:
    """A table of ready-made HTML cells; the first of a row is its head.

    width: of every column but the first, so that tables below each other are aligned.
    """
    widths = itertools.chain(["auto"], itertools.repeat(width))
    top = "".join(
        f'<th scope="col" style="{CELL};width:{width}">{escape(text)}</th>'
        for text, width in zip(head, widths, strict=False)
    )
    body = "".join(_row(list(row)) for row in rows)
    return (
        f'<table aria-label="{escape(label)}" style="{TABLE}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def code(text: str) -> str:
    """Escaped text in the typeface of code, on lines of its own if it has several."""
    block = ";display:block;padding:.25em .5em" if "\n" in text else ""
    return f'<code style="{CODE}{block}">{escape(text)}</code>'


def _row(cells: list[str]) -> str:
    head = f'<th scope="row" style="{CELL};font-weight:normal">{cells[0]}</th>'
    rest = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells[1:])
    return f"<tr>{head}{rest}</tr>"
