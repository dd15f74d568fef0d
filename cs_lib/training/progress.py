"""A bar that shows how training goes, where somebody looks at one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cs_lib.data.progress import visible
from cs_lib.training.history import History

if TYPE_CHECKING:
    from tqdm import tqdm


class Bar:
    """Shows the step, the loss and, once there is one, the last validation accuracy."""

    def __init__(self, bar: tqdm) -> None:
        self.bar = bar

    def update(self, history: History) -> None:
        """One more step is done."""
        shown = {"loss": f"{history.loss[-1]:.3f}"}
        if history.val_accuracy:
            shown["val"] = f"{history.val_accuracy[-1]:.3f}"
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update()


@contextmanager
def progress_bar(total: int, done: int, wanted: bool) -> Iterator[Bar]:
    """A bar on standard error, to be used in `with`; silent if not wanted, and in logs and pipes."""
    from tqdm import tqdm

    silent = not (wanted and visible())
    with tqdm(total=total, initial=done, desc="training", unit="step", disable=silent) as bar:
        yield Bar(bar)
