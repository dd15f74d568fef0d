"""Formulas become MathML; code, prices and everything else stay as they are."""

from __future__ import annotations

import pytest

from autograder.formulas import with_mathml


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the root $\\sqrt{x}$.", ('display="inline"', "<msqrt>")),
        ("$$\\sum_j a_j$$", ('display="block"', "<munder")),
        ("$$\\begin{aligned}a&=b\\\\\nc&=d\\end{aligned}$$", ("<mtable", "<mtr>")),
        ("| $a|b$ |", ("<math",)),
    ],
    ids=["inline", "display", "aligned", "in a table"],
)
def test_tex_between_dollars_becomes_mathml(text, words):
    converted = with_mathml(text)
    assert all(word in converted for word in words)
    assert "$" not in converted


@pytest.mark.parametrize(
    "text",
    [
        "`$x$` in code",
        "```\n$a$ and $b$\n```",
        "it costs 5 $ or \\$6, not $7",
        "a $ b $ c with spaces inside",
        "one $x\n\nanother paragraph$",
    ],
)
def test_what_is_no_formula_stays_as_it_is(text):
    assert with_mathml(text) == text


def test_broken_tex_is_quoted():
    with pytest.raises(ValueError, match=r"not valid TeX: '\\\\frac"):
        with_mathml("see $\\frac$")
