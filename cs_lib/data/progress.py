"""A progress bar where somebody can see it: in a terminal or a notebook, not in logs and pipes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm


def visible() -> bool:
    """Whether somebody is looking: standard error is a terminal, or a Jupyter kernel runs this."""
    return sys.stderr.isatty() or in_notebook()


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return hasattr(shell, "kernel")


def bar(total: int, what: str, unit: str) -> tqdm:
    """A tqdm bar, to be used in `with`; silent where nobody looks.

    In a notebook it goes to standard output, because there standard error looks like an error.
    """
    from tqdm import tqdm

    stream = sys.stdout if in_notebook() else sys.stderr
    return tqdm(total=total, desc=what, unit=unit, file=stream, disable=not visible(), leave=False)
