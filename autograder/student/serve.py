"""Answers the calls of one test with values."""

from __future__ import annotations

import builtins
import contextlib
import getpass
import io
import sys

from definitions import define
from values import Handle, from_plain, to_plain, traceback_of
from wire import Channel, Closed, WireError

MAX_OUTPUT = 2000


class AskedForInput(Exception):
    """Student code called input(), breakpoint() or the like."""


class Output(io.TextIOBase):
    """Keeps the first characters that student code prints and forgets the rest."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep what still fits."""
        room = MAX_OUTPUT - len(self.text)
        if room > 0:
            self.text += sendable(str(text[:room]))
        return len(text)


class Server:
    """One test's conversation: requests in, values or the reason for none out."""

    def __init__(self, channel: Channel, definitions) -> None:
        self.channel = channel
        self.namespace = definitions.namespace
        self.missing = definitions.missing
        self.modules = [vars(module) for module in definitions.modules]
        self.objects: dict[int, object] = {}
        self.arguments: tuple = ()
        self.output = Output()

    def run(self) -> None:
        """Answer until the grader hangs up."""
        while True:
            try:
                request = self.channel.receive()
            except Closed:
                return
            self.answer(request)

    def answer(self, request: dict) -> None:
        """Do what a request asks and send the outcome."""
        try:
            outcome = {"value": to_plain(self.do(request), self.keep)}
        except SystemExit:
            outcome = {"status": "ended_process", "error": "SystemExit", "text": "It called exit()."}
        except BaseException as error:
            outcome = self.failure(error)
        outcome["output"] = self.output.text
        try:
            self.channel.send(outcome)
        except WireError as error:  # not Closed: the value itself does not fit
            if isinstance(error, Closed):
                return
            self.channel.send({"status": "protocol", "error": "", "text": str(error)})

    def do(self, request: dict):
        """Call, read, set, or return the last call's arguments."""
        operation, owner, name = request["do"], request["owner"], request["name"]
        if operation == "arguments":
            return self.arguments
        if operation == "put_in":
            return self.put_in(request["cells"], request["names"])
        if operation == "assign":
            return setattr(self.resolve(owner), name, from_plain(request["value"], self.resolve))
        target = self.find(owner, name)
        if operation == "value":
            return target
        self.arguments = from_plain(request["args"], self.resolve)
        kwargs = from_plain(request["kwargs"], self.resolve)
        with contextlib.redirect_stdout(self.output), contextlib.redirect_stderr(self.output):
            return target(*self.arguments, **kwargs)

    def put_in(self, cells: list, names: list[str]) -> None:
        """Put the course's own versions of some functions in the place of the submission's."""
        namespace = define(cells, names, {"__name__": "course"}).namespace
        classes = {n: v for n, v in namespace.items() if isinstance(v, type) and v.__module__ == "course"}
        for name in names:
            for place in (self.namespace, *self.modules):
                if name in namespace and (place is self.namespace or name in place):
                    place[name] = namespace[name]
            for owner in classes:  # a method, hung into a class or defined in it
                if name in vars(classes[owner]) and isinstance(self.namespace.get(owner), type):
                    setattr(self.namespace[owner], name, vars(classes[owner])[name])

    def find(self, owner: Handle | None, name: str):
        """A global of the submission, or an attribute of one of its objects."""
        if owner is None:
            if name not in self.namespace:
                raise Undefined(name)
            return self.namespace[name]
        target = self.resolve(owner)
        if not hasattr(target, name):
            raise Undefined(f"{type(target).__name__}.{name}")
        return getattr(target, name)

    def keep(self, value) -> Handle:
        """Hold an object that is no plain data, and give its handle."""
        self.objects[id(value)] = value
        kind = type(value)
        name = f"{kind.__name__} of objects" if kind.__name__ == "ndarray" else kind.__name__
        return Handle(id(value), str(name)[:100])

    def resolve(self, handle: Handle):
        """The object behind a handle."""
        return self.objects[handle.id]

    def failure(self, error: BaseException) -> dict:
        """The reason why no value comes, as text for the grader to sort."""
        missing = (
            self.missing.get(getattr(error, "name", None) or "") if isinstance(error, NameError) else None
        )
        if isinstance(error, ImportError):
            missing = error.name
        text = f"Asked for {error}" if isinstance(error, AskedForInput) else safe_str(error)
        return {
            "error": type(error).__name__[:100],
            "undefined": isinstance(error, Undefined),
            "missing": str(missing)[:100] if missing else None,
            "text": sendable(text[:1000]),
            "traceback": sendable(traceback_of(error, [__file__])[-4000:]),
        }


class Undefined(Exception):
    """The submission does not define a name."""


def serve(channel: Channel, definitions) -> None:
    """Answer one test's calls; whatever happens, the process ends afterwards."""
    server = Server(channel, definitions)
    try:
        server.run()
    except MemoryError:
        server.objects.clear()
        channel.send({"error": "MemoryError", "text": "", "undefined": False, "missing": None})


def refuse_input() -> None:
    """Make every way of asking a person fail at once, with an error that says so."""

    def ask(*args, **kwargs):
        raise AskedForInput("keyboard input")

    builtins.input = ask
    sys.breakpointhook = ask
    getpass.getpass = ask


def sendable(text: str) -> str:
    """Text that can be encoded: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def safe_str(error: BaseException) -> str:
    """str(error), for exceptions whose own __str__ fails."""
    try:
        return str(error)
    except BaseException:
        return "(no message)"
