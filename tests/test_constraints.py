"""The pinned versions, which `make demo` installs on whatever Python of the promised series it finds."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]


def test_every_pinned_version_installs_on_the_oldest_python_that_is_promised():
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    oldest = f"{promised.removeprefix('>=')}.0"
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    needs = {d.name: d.metadata.get("Requires-Python") or "" for d in importlib.metadata.distributions()}
    here = sorted(set(pinned) & set(needs))
    assert len(here) > 100
    assert {name: needs[name] for name in here if oldest not in SpecifierSet(needs[name])} == {}
