"""The `student` of a test: reaches functions, classes and answers by name, and remembers the calls.

`student.f(x)` calls the function or class f; `student["answer"]` is a value. Instances work alike:
`knn.train(X, y)`, `knn["X_train"]`, and `net["params"] = {...}` sets an attribute. What a call returns is
plain data or, for anything else, an object that can be passed back. Here the code is in this process; a
grader puts a sandbox in between, with the same behaviour, by giving another `Transport`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from cs_lib.check.definitions import said
from cs_lib.check.result import StudentError
from cs_lib.check.values import (
    ATOMS,
    Handle,
    describe,
    from_plain,
    is_tensor,
    preview,
    shorten,
    to_plain,
    traceback_of,
)


class Transport(Protocol):
    """How student code is reached. Values that go in and come out are plain data and handles."""

    def call(self, owner: Handle | None, name: str, args: tuple, kwargs: dict) -> Any:
        """Call a function, class or method. Raises StudentError if no value comes back."""

    def value(self, owner: Handle | None, name: str) -> Any:
        """The value of a global name or of an attribute. Raises StudentError if there is none."""

    def assign(self, owner: Handle, name: str, value: Any) -> None:
        """Set an attribute of an object. Raises StudentError if that does not work."""

    def arguments(self) -> tuple:
        """The positional arguments of the last call as they are after it."""


@dataclass
class Call:
    """One call of student code, for messages and for the recognition of known mistakes."""

    text: str
    outcome: Any = None


class Student:
    """What a test is given as `student`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.calls_: list[Call] = []

    def __getattr__(self, name: str) -> Method:
        if name.startswith("__"):
            raise AttributeError(name)
        return Method(self, None, name)

    def __getitem__(self, name: str) -> Any:
        return self.fetch_(None, name)

    def arguments_(self) -> tuple:
        """The positional arguments of the last call as the call left them."""
        return self._transport.arguments()

    def fetch_(self, owner: Handle | None, name: str) -> Any:
        """Read a value of the submission (used by `[...]`)."""
        entry = Call(f"{owner.type_name}.{name}" if owner else name)
        self.calls_.append(entry)
        value = self._record(entry, lambda: self._transport.value(owner, name))
        return Object(self, value._handle, name) if type(value) is Object and not owner else value

    def assign_(self, owner: Handle, name: str, value: Any) -> None:
        """Set an attribute of one of the submission's objects (used by `[...] = `)."""
        self._transport.assign(owner, name, from_objects(value))

    def invoke_(self, owner: Handle | None, name: str, args: tuple, kwargs: dict) -> Any:
        """Call something of the submission (used by `(...)`)."""
        entry = Call(call_text(owner.type_name if owner else None, name, args, kwargs))
        self.calls_.append(entry)
        plain = from_objects(args), from_objects(kwargs)
        return self._record(entry, lambda: self._transport.call(owner, name, *plain))

    def _record(self, entry: Call, do: Any) -> Any:
        try:
            entry.outcome = do()
        except StudentError as error:
            entry.outcome = error
            raise
        return with_objects(self, entry.outcome)


@dataclass(frozen=True)
class Method:
    """A name of the submission that can be called."""

    student: Student
    owner: Handle | None
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student.invoke_(self.owner, self.name, args, kwargs)


class Object:
    """An object that stays with the student's code; its methods are called, its attributes read and set."""

    def __init__(self, student: Student, handle: Handle, name: str | None = None) -> None:
        self._student = student
        self._handle = handle
        self._name = name  # under which the submission knows it, such as a function's

    def __getattr__(self, name: str) -> Method:
        if name.startswith("__"):
            raise AttributeError(name)
        return Method(self._student, self._handle, name)

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"{describe(self._handle)} cannot be indexed")
        return self._student.fetch_(self._handle, name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._student.assign_(self._handle, name, value)

    def __repr__(self) -> str:
        return self._name or f"<{describe(self._handle)}>"


class InProcess(Transport):
    """Student code in this very process: the namespace of the learner's notebook."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._objects: dict[int, Any] = {}
        self._arguments: tuple = ()

    def call(self, owner: Handle | None, name: str, args: tuple, kwargs: dict) -> Any:
        def call() -> Any:
            target = self._find(owner, name)
            self._arguments = from_plain(copied(args), self._resolve)  # never the test's own arrays
            return target(*self._arguments, **from_plain(copied(kwargs), self._resolve))

        return self._answer(name, call)

    def value(self, owner: Handle | None, name: str) -> Any:
        return self._answer(name, lambda: self._find(owner, name))

    def assign(self, owner: Handle, name: str, value: Any) -> None:
        def assign() -> None:
            setattr(self._resolve(owner), name, from_plain(copied(value), self._resolve))

        self._answer(name, assign)

    def _answer(self, name: str, do: Callable[[], Any]) -> Any:
        """What student code gives, as plain data; whatever it raises (exit() too) is a StudentError."""
        try:
            return to_plain(do(), self._keep)
        except (StudentError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise as_student_error(error, name) from None

    def arguments(self) -> tuple:
        return to_plain(self._arguments, self._keep)

    def _find(self, owner: Handle | None, name: str) -> Any:
        if owner is None:
            if name not in self._namespace:
                raise StudentError("not_defined", f"{name} is not defined.")
            return self._namespace[name]
        target = self._resolve(owner)
        if not hasattr(target, name):
            raise StudentError("not_defined", f"{owner.type_name} has no {name}.")
        return getattr(target, name)

    def _keep(self, value: Any) -> Handle:
        self._objects[id(value)] = value
        return Handle(id(value), str(type(value).__name__)[:100])

    def _resolve(self, handle: Handle) -> Any:
        return self._objects[handle.id]


def as_student_error(error: BaseException, name: str) -> StudentError:
    """Sort an error that student code raised into a verdict with a sentence."""
    return student_error(type(error).__name__, said(error), name, traceback_of(error, [__file__]))


def student_error(kind: str, text: str, name: str, tail: str = "") -> StudentError:
    """The same from an exception's type name and text, which is all that leaves a sandbox."""
    text, tail = (TERMINAL.sub("", part) for part in (text, tail))
    status, sentence = classify_error(kind, text)
    message = sentence or f"{name} raised {kind}: {shorten(text)}"
    return StudentError(status, message, error=kind, traceback=shorten(tail, 4000))


# NumPy names that older work uses and that are gone; the remedy goes into the message.
REMOVED = {
    "np.float": "float", "np.int": "int", "np.bool": "bool", "np.object": "object", "np.float_": "np.float64",
    "np.Inf": "np.inf", "np.NaN": "np.nan", "np.product": "np.prod", "np.in1d": "np.isin",
    "np.row_stack": "np.vstack",
}  # fmt: skip


TERMINAL = re.compile(r"\x1b\[[\d;]*m")  # bold and coloured text, as torch.load has it in its errors

# What Python and NumPy say when a size is a float.
FLOAT_SIZE = re.compile(
    r"'float' object cannot be interpreted as an integer|a single integer, got '-?[\d.]+'"
)


def classify_error(kind: str, text: str) -> tuple[str, str | None]:
    """The verdict for an exception, and a sentence if the usual one does not say enough."""
    if kind == "NotImplementedError":
        return "not_implemented", None
    if kind in ("MemoryError", "_ArrayMemoryError"):
        return "memory_limit", "It asked for more memory than there is."
    if kind == "AskedForInput" or (kind == "EOFError" and "reading a line" in text):
        return "asked_for_input", "It asked for keyboard input, which nobody can give here."
    if kind == "SystemExit":
        return "ended_process", "It called exit()."
    if kind == "AttributeError" and "module 'numpy' has no attribute" in text:
        name = "np." + text.split("'")[3]
        remedy = f": write {REMOVED[name]}" if name in REMOVED else ""
        return "environment", f"{name} no longer exists in NumPy{remedy}."
    if kind == "TypeError" and FLOAT_SIZE.search(text):
        return (
            "environment",
            "A size or an index is a float: use // instead of / where whole numbers are needed.",
        )
    if kind == "TypeError" and "unexpected keyword argument 'newshape'" in text:
        return (
            "environment",
            "np.reshape has no argument newshape any more: pass the shape as the second argument.",
        )
    return "raised", None


def copied(value: Any) -> Any:
    """A deep copy of plain data (tensors are cloned, so that they stay leaves)."""
    if is_tensor(value):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return value if type(value) in ATOMS or type(value) is Handle else copy.deepcopy(value)


def from_objects(value: Any) -> Any:
    """Replace the test's `Object`s by their handles."""
    if type(value) is Object:
        return value._handle
    if type(value) in (list, tuple):
        return type(value)(from_objects(item) for item in value)
    if type(value) is dict:
        return {key: from_objects(item) for key, item in value.items()}
    return value


def with_objects(student: Student, value: Any) -> Any:
    """Replace handles by `Object`s that a test can use."""
    if type(value) is Handle:
        return Object(student, value)
    if type(value) in (list, tuple):
        return type(value)(with_objects(student, item) for item in value)
    if type(value) is dict:
        return {key: with_objects(student, item) for key, item in value.items()}
    return value


def call_text(owner: str | None, name: str, args: tuple, kwargs: dict) -> str:
    """The call as a sentence shows it: `KNearestNeighbor.predict(array (2, 3) float64, k=1)`."""
    shown = [_argument(a) for a in args] + [f"{key}={_argument(value)}" for key, value in kwargs.items()]
    return f"{owner + '.' if owner else ''}{name}({', '.join(shown)})"


def _argument(value: Any) -> str:
    if isinstance(value, type):
        return value.__name__
    if hasattr(value, "shape") and not isinstance(value, Object):
        return (
            f"{'tensor' if is_tensor(value) else 'array'} {tuple(value.shape)} "
            f"{str(value.dtype).removeprefix('torch.')}"
            if value.shape
            else preview(value)
        )
    if type(value) in (list, tuple) and any(hasattr(item, "shape") for item in value):
        return f"[{', '.join(map(_argument, value))}]"
    return repr(value) if isinstance(value, Object) else preview(value, 60)
