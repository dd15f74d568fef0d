"""What formgrader shows of a student is what the roster says, and can do nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.bridges.gradebook import nbgrader_api
from autograder.bridges.shown import _name
from autograder.term.roster import parse_roster

GRADESCOPE = "First Name,Last Name,SID,Email,Role\n{},a1,ada@example.org,Student\n"
PLAIN = 'student,name\na1,"{}"\n'


@pytest.mark.parametrize(
    ("roster", "name", "last", "first"),
    [
        (PLAIN, "Ada Lovelace", "Lovelace", "Ada"),
        (PLAIN, "van Gogh, Vincent", "van Gogh", "Vincent"),
        (PLAIN, "Plato", "Plato", ""),
        (PLAIN, "Eve <b>", "(b)", "Eve"),
        (GRADESCOPE, "Ana María,García López", "García López", "Ana María"),
    ],
)
def test_the_parts_of_a_name_are_the_rosters_or_else_split_before_the_last_word(roster, name, last, first):
    (student,) = parse_roster(roster.format(name), Path("roster.csv"))
    row = nbgrader_api().Student(id="a1")
    _name(row, student)
    assert (row.last_name, row.first_name) == (last, first)
