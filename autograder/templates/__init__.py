"""Fills in the page templates. Whatever comes from outside is made harmless here, in one place.

Every string that a template prints passes through `harmless` and is then escaped by Jinja's autoescape, so
a page cannot forget it. The pages hold no script and nothing from another place, which their content security
policy forbids once more. Links lead to other pages beside them, and nowhere else.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

LIMIT = 4000  # characters of one text on a page

# What can hide, reorder or command: control characters (ANSI escapes begin with one), marks of the writing
# direction, invisible characters, and halves of characters, which no file can be written with.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def harmless(value: Any, limit: int = LIMIT) -> str:
    """The value as text, cut, with unseen characters written out (`\\x1b`); HTML is not escaped here."""
    text = value if isinstance(value, str) else str(value)
    over = len(text) - limit
    if over <= 0 and text.isprintable():  # nothing of it can be unseen
        return text
    text = UNSEEN.sub(_written_out, text[:limit].replace("\r\n", "\n"))
    return f"{text}… ({over:,} more characters)" if over > 0 else text


def points(value: float) -> str:
    """Points as a person writes them: `2`, `2.5`, `0.333`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share in percent; only all is 100 % and only none is 0 %."""
    return f"{share:.0%}" if share in (0, 1) else f"{min(max(round(100 * share), 1), 99)}%"


def link(*names: str) -> str:
    """A path of these names, as a link to a page has it: it cannot lead anywhere else."""
    return "/".join(quote(name, safe="", errors="replace") for name in names)


def fill(template: str, **values: Any) -> str:
    """The page that a template of this folder gives with these values."""
    return _environment().get_template(template).render(**values)


def compile_all() -> None:
    """Compile every template now, rather than when the first page is made."""
    for name in _environment().list_templates(extensions=("html", "txt")):
        _environment().get_template(name)


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name is None or name.endswith(".html"),
        finalize=lambda value: (
            harmless(value) if type(value) is str else value
        ),  # Markup is the templates' own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters |= {"cut": harmless, "points": points, "percent": percent}
    return environment


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
