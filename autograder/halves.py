"""Work on many things, a half of it in another process.

The other process is forked from this one and so knows all that this one knows: nothing is sent to it, and
only its result comes back. A process with threads must not do this, since it may be forked while one of them
holds a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

MANY = 200  # things for which another process is worth its start
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Divide(Protocol):
    """How work on things is divided: into parts that come in order, with a result for each."""

    def __call__(
        self, work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]
    ) -> list[Result]: ...


def whole(work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]) -> list[Result]:
    """Not at all."""
    return [work(things)]


def halved(work: Callable[[Sequence[Thing]], Result], things: Sequence[Thing]) -> list[Result]:
    """In two halves, one of them in another process, where there are `MANY` things.

    Raises OSError if the other process failed, which has said why on standard error.
    """
    if len(things) < MANY:
        return whole(work, things)
    import multiprocessing  # not for commands that need no other process

    middle = len(things) // 2
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def elsewhere() -> None:
        receiver.close()  # or else it would wait for itself when this process has failed
        sender.send(work(things[middle:]))

    other = multiprocessing.get_context("fork").Process(target=elsewhere)
    other.start()
    sender.close()
    try:
        return [work(things[:middle]), receiver.recv()]
    except EOFError:
        raise OSError("half of the work failed in another process: what it said is above") from None
    finally:
        receiver.close()
        other.join()
