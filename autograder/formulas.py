"""Turns the TeX in a notebook's text into MathML, which a browser shows without a script or a network."""

from __future__ import annotations

import re

# Code is left alone; what stands between dollars is TeX. An escaped dollar is a dollar.
PIECES = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)"
    r"|(?<!\\)\$\$(?P<display>.+?)(?<!\\)\$\$"
    r"|(?<![\\$])\$(?!\s)(?P<inline>(?:[^$\n\\]|\\.|\n(?!\n))+?)(?<!\s)\$(?!\d)",
    re.DOTALL,
)
# latex2mathml knows the environments by their older names.
RENAMED = {"aligned": "align*", "gathered": "align*"}


def with_mathml(markdown: str) -> str:
    """The text with every formula as MathML. Raises ValueError that quotes what is not valid TeX."""
    return PIECES.sub(_converted, markdown)


def _converted(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"]
    from latex2mathml.converter import convert

    tex = match["display"] or match["inline"]
    for name, known in RENAMED.items():
        tex = tex.replace(f"{{{name}}}", f"{{{known}}}")
    try:
        return convert(tex.strip(), display="block" if match["display"] else "inline")
    except Exception as error:  # latex2mathml raises many kinds, and IndexError for an open brace
        raise ValueError(f"not valid TeX: {tex!r} ({type(error).__name__})") from None
