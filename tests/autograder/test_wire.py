"""Whatever is sent arrives as it was; whatever else arrives is a WireError, quickly and in little memory."""

from __future__ import annotations

import socket
import struct
import threading
import time

import hypothesis.extra.numpy as arrays
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import wire
from autograder.wire import HEADER, Channel, Closed, TimeUp, WireError, pack, unpack
from cs_lib.check.values import DTYPES, Handle

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
NUMBERS = st.sampled_from(sorted(DTYPES))
ARRAYS = arrays.arrays(NUMBERS, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
SCALARS = NUMBERS.flatmap(lambda name: arrays.from_dtype(np.dtype(name)))
HANDLES = st.builds(Handle, st.integers(0, 2**62), st.text(max_size=20))
KEYS = st.text(max_size=5) | st.integers(-(2**63), 2**63 - 1)
PLAIN = st.recursive(
    ATOMS | ARRAYS | SCALARS | HANDLES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
quick = settings(max_examples=150)


def opened(frame: bytes):
    """The value in a frame."""
    structure, size = HEADER.unpack(frame[: HEADER.size])
    assert len(frame) == HEADER.size + structure + size
    return unpack(frame[HEADER.size :][:structure], bytearray(frame[HEADER.size + structure :]))


def alike(a, b) -> bool:
    """Equality of type, shape, dtype and value, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if type(a) is dict:
        return list(a) == list(b) and all(alike(a[key], b[key]) for key in a)
    return struct.pack("d", a) == struct.pack("d", b) if type(a) is float else a == b


@quick
@given(PLAIN)
def test_plain_data_arrives_as_it_was_sent(value):
    assert alike(opened(pack(value)), value)


@quick
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_random_bytes_are_a_wire_error_or_plain_data(structure, data):
    try:
        value = unpack(structure, bytearray(data))
    except WireError:
        return
    assert alike(opened(pack(value)), value)


@quick
@given(PLAIN, st.data())
def test_a_frame_with_changed_bytes_is_a_wire_error_or_plain_data(value, data):
    frame = bytearray(pack(value))
    size = HEADER.unpack(frame[: HEADER.size])[0]
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(HEADER.size, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(frame[HEADER.size :][:size]), frame[HEADER.size + size :])
    except WireError:
        return


def test_a_bool_is_0_or_1_whatever_the_byte():
    array = unpack(msgpack.packb([wire.ARRAY, "|b1", 3]), bytearray([0, 1, 255]))
    assert array.view(np.uint8).tolist() == [0, 1, 1]
    scalar = unpack(msgpack.packb([wire.SCALAR, "|b1", b"\xff"]), bytearray())
    assert scalar.tobytes() == b"\x01"


def test_arrays_are_aligned_writable_copies_of_any_order():
    value = [
        np.arange(3, dtype=np.int8),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10.0)[::-3],
    ]
    for got, sent in zip(opened(pack(value)), value, strict=True):
        np.testing.assert_array_equal(got, sent)
        assert got.flags.aligned
        assert got.flags.writeable
        assert got.flags.c_contiguous


def test_an_array_may_have_no_elements():
    assert opened(pack(np.empty((0, 3, 2), np.float32))).shape == (0, 3, 2)


REFUSED = {
    "set": {1, 2},
    "object array": np.array([None]),
    "text array": np.array(["a"]),
    "big-endian array": np.arange(3, dtype=">f8"),
    "record": np.zeros(2, [("a", "f8")]),
    "long double": np.longdouble(1),
    "large integer": 2**63,
    "large key": {2**70: 1},
    "half a surrogate pair": "\ud800",
    "subclass of int": type("I", (int,), {})(3),
    "subclass of array": np.zeros(2).view(type("A", (np.ndarray,), {})),
    "function": len,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_plain_is_not_sent(name):
    with pytest.raises(WireError):
        pack(REFUSED[name])


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_has_a_limit_on_both_sides():
    assert opened(pack(nested(wire.MAX_DEPTH))) == nested(wire.MAX_DEPTH)
    with pytest.raises(WireError, match="deeply"):
        pack(nested(wire.MAX_DEPTH + 1))
    with pytest.raises(WireError):
        unpack(b"\x92\x00" * 500 + b"\x91\x00", bytearray())
    with pytest.raises(WireError):
        unpack(b"\x91" * 10_000 + b"\x00", bytearray())


def test_the_number_of_parts_has_a_limit_on_both_sides():
    with pytest.raises(WireError, match="parts"):
        pack([0] * (wire.MAX_ITEMS + 1))
    with pytest.raises(WireError, match="parts"):
        unpack(msgpack.packb([wire.LIST, *[[wire.LIST]] * wire.MAX_ITEMS]), bytearray())


def test_the_number_of_bytes_has_a_limit():
    with pytest.raises(WireError, match="too large"):
        pack("x" * (wire.MAX_STRUCTURE + 1))


MALFORMED = {
    "extension type": b"\xc7\x00\x05",
    "timestamp": b"\xd6\xff\0\0\0\0",
    "map": b"\x80",
    "bad UTF-8": b"\xa1\xff",
    "nothing": b"",
    "two values": b"\x00\x00",
    "unknown tag": msgpack.packb([99]),
    "tag that is a bool": msgpack.packb([True]),
    "no tag": msgpack.packb([]),
    "dtype of objects": msgpack.packb([wire.ARRAY, "|O", 1]),
    "dtype that is a list": msgpack.packb([wire.ARRAY, ["<f8"], 1]),
    "negative shape": msgpack.packb([wire.ARRAY, "<f8", -1]),
    "shape that is a float": msgpack.packb([wire.ARRAY, "<f8", 1.0]),
    "seventeen axes": msgpack.packb([wire.ARRAY, "<f8", *[1] * 17]),
    "huge shape": msgpack.packb([wire.ARRAY, "<f8", *[2**28] * 8]),
    "huge shape without elements": msgpack.packb([wire.ARRAY, "<f8", 0, 2**28, 2**28]),
    "missing bytes": msgpack.packb([wire.ARRAY, "<f8", 1]),
    "scalar of wrong size": msgpack.packb([wire.SCALAR, "<f8", b"1234"]),
    "scalar of text": msgpack.packb([wire.SCALAR, "<f8", "12345678"]),
    "key that is a list": msgpack.packb([wire.DICT, [0], 1]),
    "key without value": msgpack.packb([wire.DICT, "a"]),
    "handle without name": msgpack.packb([wire.HANDLE, 1]),
    "handle of text": msgpack.packb([wire.HANDLE, "1", "x"]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_frame_is_refused(name):
    with pytest.raises(WireError):
        unpack(MALFORMED[name], bytearray())


def test_left_over_array_bytes_are_refused():
    with pytest.raises(WireError, match="left over"):
        unpack(msgpack.packb(1), bytearray(8))


@pytest.fixture
def ends():
    """Two ends of a channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_a_large_value_goes_through_a_channel(ends):
    channel, theirs = ends
    value = {"x": np.arange(300_000.0), "y": ["text", (1, None)]}
    sender = threading.Thread(target=Channel(theirs).send, args=(value,))
    sender.start()
    assert alike(channel.receive(10.0), value)
    sender.join()


@pytest.mark.parametrize(
    "sizes", [(2**32 - 1, 0), (0, 2**64 - 1), (wire.MAX_STRUCTURE + 1, 0), (0, wire.MAX_ARRAYS + 1)]
)
def test_a_header_of_too_large_a_frame_is_refused_at_once(ends, sizes):
    channel, theirs = ends
    theirs.send(HEADER.pack(*sizes))
    with pytest.raises(WireError, match="too large"):
        channel.receive(10.0)


def test_no_answer_in_time_is_time_up(ends):
    channel, _ = ends
    with pytest.raises(TimeUp):
        channel.receive(0.01)


def test_an_answer_in_drops_is_time_up_too(ends):
    channel, theirs = ends
    frame = pack("x" * 10_000)
    stop = threading.Event()

    def drip() -> None:
        for byte in frame:
            if stop.is_set():
                return
            theirs.send(bytes([byte]))
            time.sleep(0.001)

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(TimeUp):
        channel.receive(0.1)
    stop.set()
    thread.join()


def test_a_reader_that_never_reads_is_time_up(ends):
    channel, _ = ends
    with pytest.raises(TimeUp):
        channel.send(np.zeros(1 << 20), 0.05)


@pytest.mark.parametrize("how", ["before", "within", "while sending"])
def test_a_closed_end_is_closed(ends, how):
    channel, theirs = ends
    if how == "within":
        theirs.send(HEADER.pack(100, 0) + b"abc")
    theirs.close()
    with pytest.raises(Closed):
        channel.send(np.zeros(1 << 20), 1.0) if how == "while sending" else channel.receive(1.0)
