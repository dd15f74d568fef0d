"""The door between the grader and student code: frames of plain data, and nothing else.

A frame is two lengths, a msgpack structure, and the raw bytes of its arrays:

    | u32 size of the structure | u64 size of the arrays | structure | arrays |

Only the types listed in `DECODERS` come through: None, bool, int, float, str, bytes, list, tuple, dict,
NumPy arrays and scalars of ordinary number types, torch tensors as such arrays, and handles. There is
no pickle, no code, no subclass: what arrives was rebuilt here from bytes. Sizes, nesting and time are
limited, and whatever does not fit raises `WireError`. Both sides import this module.
"""

from __future__ import annotations

import math
import select
import socket
import struct
import sys
import time
from typing import Any

import msgpack
import numpy as np

try:
    from cs_lib.check.values import ATOMS, DTYPES, MAX_DEPTH, Handle, is_tensor
except ImportError:  # inside the sandbox there is no cs_lib, only this file and values.py
    from values import ATOMS, DTYPES, MAX_DEPTH, Handle, is_tensor

HEADER = struct.Struct("!IQ")
MAX_STRUCTURE = 4 << 20
MAX_ARRAYS = 256 << 20
MAX_ITEMS = 200_000
LIST, TUPLE, DICT, ARRAY, TENSOR, SCALAR, HANDLE = range(7)


class WireError(Exception):
    """The other side sent something that is not a valid frame."""


class Closed(WireError):
    """The other side is gone."""


class TimeUp(WireError):
    """No answer came in time."""


def pack(value: Any) -> bytes:
    """Encode plain data as one frame. Raises WireError if it is not plain, or too large."""
    buffers: list[np.ndarray] = []
    try:
        tree = _encode(value, buffers, 0)
        structure = msgpack.packb(tree)
    except (OverflowError, UnicodeError) as error:  # a dict key of more than 64 bits, half a surrogate pair
        raise WireError(f"the value cannot be encoded ({type(error).__name__})") from None
    arrays = b"".join(memoryview(b).cast("B") if b.size else b"" for b in buffers)
    if _count(tree) > MAX_ITEMS:
        raise WireError(f"the value has more than {MAX_ITEMS} parts: an array would be smaller")
    if len(structure) > MAX_STRUCTURE or len(arrays) > MAX_ARRAYS:
        raise WireError(f"the value is too large ({len(structure) + len(arrays)} bytes)")
    return HEADER.pack(len(structure), len(arrays)) + structure + arrays


def unpack(structure: bytes, arrays: bytearray) -> Any:
    """Decode a frame's two parts. Raises WireError if anything about them is not as it should be."""
    try:
        tree = msgpack.unpackb(structure, strict_map_key=True, max_ext_len=0, max_map_len=0)
        if _count(tree) > MAX_ITEMS:
            raise WireError("the value has too many parts")
        value, end = _decode(tree, arrays, 0, 0)
    except WireError:
        raise
    except Exception as error:  # broken msgpack, invalid UTF-8, wrong arity: all the same to the grader
        raise WireError(f"unreadable frame ({type(error).__name__})") from None
    if end != len(arrays):
        raise WireError("array bytes are left over")
    return value


def _encode(value: Any, buffers: list[np.ndarray], depth: int) -> Any:
    kind = type(value)
    if kind is int and not -(2**63) <= value < 2**63:
        raise WireError("the value holds a whole number of more than 64 bits")
    if kind in ATOMS:
        return value
    if depth > MAX_DEPTH:
        raise WireError("the value is nested too deeply")
    if kind is list or kind is tuple:
        return [LIST if kind is list else TUPLE, *(_encode(item, buffers, depth + 1) for item in value)]
    if kind is dict:
        flat = [part for key, item in value.items() for part in (key, _encode(item, buffers, depth + 1))]
        return [DICT, *flat]
    if kind is Handle:
        return [HANDLE, value.id, value.type_name[:100]]
    if kind is np.ndarray and value.dtype.str in DTYPES:
        buffers.append(np.ascontiguousarray(value))
        return [ARRAY, value.dtype.str, *value.shape]
    if is_tensor(value):
        array = value.detach().cpu().numpy()
        buffers.append(np.ascontiguousarray(array))
        return [TENSOR, array.dtype.str, bool(value.requires_grad), *array.shape]
    if isinstance(value, np.generic) and value.dtype.str in DTYPES:
        return [SCALAR, value.dtype.str, value.tobytes()]
    raise WireError(f"{kind.__name__} is no plain data")


def _count(tree: Any) -> int:
    """How many values there are in a tree of lists; counting is much cheaper than decoding."""
    count, pending = 0, [tree]
    while pending and count <= MAX_ITEMS:
        lists = [item for item in pending if type(item) is list]
        count += len(pending)
        pending = [item for items in lists for item in items]
    return count


def _decode(tree: Any, arrays: bytearray, start: int, depth: int) -> tuple[Any, int]:
    """The value of a subtree whose array bytes begin at `start`, and where they end."""
    if type(tree) in ATOMS:
        return tree, start
    if type(tree) is not list:  # such as msgpack's own extension types
        raise WireError("not plain data")
    if depth > MAX_DEPTH or not tree or type(tree[0]) is not int or tree[0] not in DECODERS:
        raise WireError("unknown structure")
    return DECODERS[tree[0]](tree[1:], arrays, start, depth)


def _decode_list(items: list, arrays: bytearray, start: int, depth: int) -> tuple[list, int]:
    values = []
    for item in items:
        value, start = _decode(item, arrays, start, depth + 1)
        values.append(value)
    return values, start


def _decode_tuple(items: list, arrays: bytearray, start: int, depth: int) -> tuple[tuple, int]:
    values, start = _decode_list(items, arrays, start, depth)
    return tuple(values), start


def _decode_dict(items: list, arrays: bytearray, start: int, depth: int) -> tuple[dict, int]:
    keys = items[::2]
    if len(items) % 2 or len(keys) > 10_000 or not all(type(key) in (str, int) for key in keys):
        raise WireError("not a dict of plain keys")
    values, start = _decode_list(items[1::2], arrays, start, depth)
    return dict(zip(keys, values, strict=True)), start


def _decode_array(items: list, arrays: bytearray, start: int, depth: int) -> tuple[np.ndarray, int]:
    dtype, *shape = items
    if (
        dtype not in DTYPES
        or len(shape) > 16
        or not all(type(n) is int and 0 <= n <= MAX_ARRAYS for n in shape)
    ):
        raise WireError("not an array of plain numbers")
    if math.prod(max(n, 1) for n in shape) > MAX_ARRAYS:  # no bytes, but a sum over an axis would be huge
        raise WireError("the array is too large")
    count = math.prod(shape)
    end = start + count * np.dtype(dtype).itemsize
    if end > len(arrays):
        raise WireError("array bytes are missing")
    flat = np.frombuffer(arrays, dtype=dtype, count=count, offset=start)
    if dtype == "|b1":
        flat = flat.view(np.uint8) != 0  # a byte that is neither 0 nor 1 is no bool
    # A copy aligns the data: array bytes may begin anywhere in the frame.
    return flat.reshape(shape).copy(), end


def _decode_tensor(items: list, arrays: bytearray, start: int, depth: int) -> tuple[Any, int]:
    dtype, requires_grad, *shape = items
    array, end = _decode_array([dtype, *shape], arrays, start, depth)
    torch = sys.modules.get("torch")
    if torch is None:
        return array, end
    return torch.from_numpy(array).requires_grad_(bool(requires_grad) and array.dtype.kind == "f"), end


def _decode_scalar(items: list, arrays: bytearray, start: int, depth: int) -> tuple[np.generic, int]:
    dtype, raw = items
    if dtype not in DTYPES or type(raw) is not bytes or len(raw) != np.dtype(dtype).itemsize:
        raise WireError("not a plain number")
    return np.frombuffer(raw, dtype=dtype)[0], start


def _decode_handle(items: list, arrays: bytearray, start: int, depth: int) -> tuple[Handle, int]:
    number, name = items
    if type(number) is not int or type(name) is not str:
        raise WireError("not a handle")
    return Handle(number, name[:100]), start


DECODERS = {
    LIST: _decode_list,
    TUPLE: _decode_tuple,
    DICT: _decode_dict,
    ARRAY: _decode_array,
    TENSOR: _decode_tensor,
    SCALAR: _decode_scalar,
    HANDLE: _decode_handle,
}


class Channel:
    """Sends and receives frames over a stream socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, value: Any, seconds: float | None = None) -> None:
        """Send one value. Raises Closed, TimeUp, or WireError if it is no plain data."""
        data = memoryview(pack(value))
        deadline = _deadline(seconds)
        while data:
            self._wait(deadline, write=True)
            try:
                data = data[self.sock.send(data[: 1 << 20], socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Closed("the other side is gone") from None

    def receive(self, seconds: float | None = None) -> Any:
        """Receive one value. Raises Closed, TimeUp, or WireError if it is no valid frame."""
        deadline = _deadline(seconds)
        structure_size, arrays_size = HEADER.unpack(self._read(HEADER.size, deadline))
        if structure_size > MAX_STRUCTURE or arrays_size > MAX_ARRAYS:
            raise WireError("the frame is too large")
        structure = self._read(structure_size, deadline)
        return unpack(bytes(structure), self._read(arrays_size, deadline))

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def _read(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._wait(deadline)
            try:
                count = self.sock.recv_into(view, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError:
                count = 0
            if count == 0:
                raise Closed("the other side is gone")
            view = view[count:]
        return data

    def _wait(self, deadline: float | None, write: bool = False) -> None:
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:  # even if there is data: it could come in drops for ever
            raise TimeUp("no answer in time")
        poll = select.poll()
        poll.register(self.sock, select.POLLOUT if write else select.POLLIN)
        if not poll.poll(None if seconds is None else seconds * 1000):
            raise TimeUp("no answer in time")


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
