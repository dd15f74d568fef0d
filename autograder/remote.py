"""Reaches a submission inside a sandbox: the transport behind `student` when work is graded."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.libraries import to_import
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import Sandbox
from autograder.sandbox.warm import START_SECONDS
from autograder.wire import Channel, Closed, TimeUp, WireError
from cs_lib.check.result import StudentError
from cs_lib.check.student import student_error
from cs_lib.check.values import Handle, shorten

MAX_NOTES = 50  # as many problems and repairs as a report repeats


@dataclass(frozen=True)
class Definitions:
    """What the sandbox said about the submission's definitions. It is text from the student's side."""

    problems: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


class DefinitionError(Exception):
    """The submission could not even be defined; `status` is a verdict."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Session:
    """One submission in its sandbox, started again whenever student code has ended it."""

    def __init__(
        self, submission: dict[str, Any], level: str, limits: Limits, libraries: tuple[str, ...]
    ) -> None:
        self._submission = submission
        self._level = level
        self._limits = limits
        self._libraries = libraries
        self._sandbox: Sandbox | None = None
        self._deadline = time.monotonic() + limits.submission_seconds
        self.definitions = Definitions()
        self.starts = 0

    def seconds_left(self) -> float:
        """What is left of the submission's time."""
        return self._deadline - time.monotonic()

    def start(self) -> None:
        """Start a sandbox and define the submission in it. Raises DefinitionError, SandboxError."""
        self.starts += 1
        self._sandbox = Sandbox(self._level, self._limits, self._libraries)
        control = self._sandbox.control
        order = {
            "uid": self._sandbox.uid,
            "limits": self._sandbox.rlimits,
            "filter": self._sandbox.filter,
            "preload": to_import(self._libraries),
            "submission": self._submission,
        }
        try:
            control.send(order, self._limits.definition_seconds)
            control.receive(
                START_SECONDS
            )  # the libraries are imported: from here on it is the student's time
            answer = control.receive(self._limits.definition_seconds)
            self.definitions = Definitions(
                _texts(answer["problems"]),
                _texts(answer["repairs"]),
                tuple(
                    (_text(name), _text(module))
                    for name, module in list(answer["missing"].items())[:MAX_NOTES]
                ),
            )
        except TimeUp:
            self.close()
            raise DefinitionError(
                "time_limit", "Defining the notebook's functions reached the time limit."
            ) from None
        except Closed:
            self.close()
            raise DefinitionError(
                "ended_process", "Defining the notebook's functions ended the process."
            ) from None
        except (WireError, TypeError, KeyError, AttributeError):
            self.close()
            raise DefinitionError("protocol", "The sandbox's first answer could not be read.") from None

    def open_test(self, seconds: float) -> Remote:
        """A transport for one test, in a fork of the defined state."""
        if self._sandbox is None:
            self.start()
        try:
            return Remote(self, self._sandbox.open_test(), min(seconds, self.seconds_left()))
        except BrokenPipeError:
            self.close()
            self.start()
            return Remote(self, self._sandbox.open_test(), min(seconds, self.seconds_left()))

    def how_it_ended(self) -> tuple[str, str]:
        """The verdict and the sentence for a fork that is gone; the whole sandbox may be gone with it."""
        try:
            status = self._sandbox.control.receive(2.0)["status"]
        except (WireError, TypeError, KeyError):
            self.close()
            return "ended_process", "It ended the Python process, and those around it."
        if type(status) is int and 0 <= status < 1 << 16 and os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
            if number == signal.SIGXCPU:
                return "time_limit", "It used up its processor time."
            return "ended_process", f"It crashed the Python process ({name})."
        return "ended_process", "It ended the Python process."

    def settle(self) -> None:
        """After a test: wait for its fork to end, and drop the sandbox if it does not."""
        try:
            self._sandbox.control.receive(2.0)
        except WireError:
            self.close()

    def close(self) -> None:
        """Kill the sandbox with everything in it."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Remote:
    """The transport of one test: requests go over its channel, values come back."""

    def __init__(self, session: Session, channel: Channel, seconds: float) -> None:
        self._session = session
        self._channel = channel
        self._seconds_left = seconds
        self._over: StudentError | None = None
        self.output = ""

    def call(self, owner: Handle | None, name: str, args: tuple, kwargs: dict) -> Any:
        """Call a function, class or method of the submission."""
        return self._ask(name, {"do": "call", "owner": owner, "name": name, "args": args, "kwargs": kwargs})

    def value(self, owner: Handle | None, name: str) -> Any:
        """Read a global of the submission or an attribute."""
        return self._ask(name, {"do": "value", "owner": owner, "name": name})

    def assign(self, owner: Handle, name: str, value: Any) -> None:
        """Set an attribute of one of the submission's objects."""
        self._ask(name, {"do": "assign", "owner": owner, "name": name, "value": value})

    def arguments(self) -> tuple:
        """The last call's positional arguments as they are now."""
        answer = self._ask("arguments", {"do": "arguments", "owner": None, "name": ""})
        return answer if type(answer) is tuple else ()

    def put_in(self, cells: list[list[str]], names: list[str]) -> None:
        """Have the course's own versions of these functions answer where the submission's would."""
        self._ask("put_in", {"do": "put_in", "owner": None, "name": "", "cells": cells, "names": names})

    def finish(self) -> None:
        """Hang up; the fork ends."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._session.settle()

    def _ask(self, name: str, request: dict[str, Any]) -> Any:
        if self._over is not None:  # a test that carries on after its process ended gets the same answer
            raise self._over
        started = time.monotonic()
        try:
            self._channel.send(request, self._seconds_left)
            answer = self._channel.receive(self._seconds_left)
        except TimeUp:
            self._end(StudentError("time_limit", f"{name} reached the time limit."), kill=True)
        except Closed:
            self._channel.close()
            self._channel = None
            status, text = self._session.how_it_ended()
            self._end(StudentError(status, f"{name}: {text}"), kill=False)
        except WireError as error:
            self._end(StudentError("protocol", f"{name}: its answer could not be read: {error}."), kill=True)
        finally:
            self._seconds_left -= time.monotonic() - started
        return self._value(name, answer)

    def _value(self, name: str, answer: Any) -> Any:
        """The value in an answer, or the error that it names. Nothing in an answer is trusted."""
        if type(answer) is not dict:
            self._end(StudentError("protocol", f"{name}: its answer could not be read."), kill=True)
        self.output = _text(answer.get("output"))
        if "value" in answer:
            return answer["value"]
        kind, text = _text(answer.get("error")), _text(answer.get("text"))
        if answer.get("undefined") is True:
            raise StudentError("not_defined", f"{text} is not defined.")
        if type(answer.get("missing")) is str:
            module = shorten(answer["missing"], 100)
            raise StudentError(
                "forbidden", f"{name} uses {module}, which is not available in this exercise.", error=kind
            )
        if answer.get("status") == "protocol":
            raise StudentError("unusable_value", f"{name} returned something that cannot be used: {text}.")
        raise student_error(kind, text, name, _text(answer.get("traceback")))

    def _end(self, error: StudentError, *, kill: bool) -> None:
        """This test is over: remember why, and end the sandbox if it may still be running."""
        self._over = error
        if kill:
            if self._channel is not None:
                self._channel.close()
                self._channel = None
            with contextlib.suppress(OSError):
                self._session.close()
        raise error


def _texts(value: Any) -> tuple[str, ...]:
    """The first texts of a list from the other side."""
    return tuple(map(_text, value[:MAX_NOTES])) if type(value) is list else ()


def _text(value: Any) -> str:
    """Text from the other side, cut; anything else is left out."""
    return shorten(value, 4000) if type(value) is str else ""
