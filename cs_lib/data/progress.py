"""A progress bar where somebody can see it: in a terminal or a notebook, not in logs and pipes."""

from __future__ import annotations

import sys


def visible() -> bool:
    """Whether somebody is looking: standard error is a terminal, or a Jupyter kernel runs this."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return sys.stderr.isatty() or hasattr(shell, "kernel")


def bar(total: int, what: str, unit: str):
    """A tqdm bar on standard error, to be used in `with`; silent where nobody looks."""
    from tqdm import tqdm

    return tqdm(total=total, desc=what, unit=unit, disable=not visible(), leave=False)
