"""Checks a learner's work: tests, comparisons, verdicts, hints, and the small report that is shown.

In a notebook: `from cs_lib.check import check`, then `check("name_of_the_function")`.
In a test file: `from cs_lib.check import expect`.
It depends on no other part of the library, so that it can be shipped with an assignment.
"""

from cs_lib.check.remembered import remembered
from cs_lib.check.result import CheckFailed, TestResult

__all__ = ["CheckFailed", "TestResult", "check", "remembered", "submit"]


def check(*functions: str, notebook: str | None = None) -> object:
    """Run the public tests of these functions (of all, if none is named) on the notebook's definitions.

    Shows what was called, what came back and what was expected; returns the report that is shown.
    """
    from cs_lib.check.notebook import check_live

    return check_live(functions, notebook)


def submit(assignment: str | None = None) -> object:
    """Pack the notebooks of this folder into one archive to hand in, and show the receipt."""
    from cs_lib.check.packing import submit_folder

    return submit_folder(assignment)
