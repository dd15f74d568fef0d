"""Fashion-MNIST's loader against small files in the published IDX format, from a server on this machine."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from cs_lib import data

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def numbered(count: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 28, 28) of which no two are alike, the first pixel is their number; labels."""
    images = np.random.default_rng(first).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    images[:, 0, 0] = first + np.arange(count)
    return images, ((first + np.arange(count)) % 10).astype(np.uint8)


def idx(array: np.ndarray, magic: str | None = None) -> bytes:
    """An array of unsigned bytes in IDX format, packed."""
    head = bytes.fromhex(magic) if magic else bytes([0, 0, 8, array.ndim])
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(head + sizes + array.tobytes())


def files() -> dict[str, bytes]:
    arrays = (*numbered(100, first=0), *numbered(20, first=100))
    return dict(zip(NAMES, map(idx, arrays), strict=True))


def test_every_image_arrives_once_with_its_own_label_and_pixels(publish):
    publish("fashion_mnist", files())
    loaded = data.load("fashion_mnist", val=30)
    images, labels = numbered(100, first=0)
    x, y = np.concatenate([loaded.x_train, loaded.x_val]), np.concatenate([loaded.y_train, loaded.y_val])
    numbers = x[:, 0, 0]
    assert (len(loaded.x_train), len(loaded.x_val)) == (70, 30)
    assert sorted(numbers) == list(range(100))
    np.testing.assert_array_equal(x, images[numbers])
    np.testing.assert_array_equal(y, labels[numbers])


def test_test_images_come_from_the_test_files_alone(publish):
    publish("fashion_mnist", files())
    loaded = data.load("fashion_mnist", test=15)
    images, labels = numbered(20, first=100)
    numbers = loaded.x_test[:, 0, 0] - 100
    assert len(set(numbers)) == 15
    np.testing.assert_array_equal(loaded.x_test, images[numbers])
    np.testing.assert_array_equal(loaded.y_test, labels[numbers])


def test_all_four_files_are_asked_for_once(publish, server):
    publish("fashion_mnist", files())
    data.load("fashion_mnist")
    data.load("fashion_mnist")
    assert server.asked == list(NAMES)


IMAGES, LABELS = numbered(100, first=0)
UNPACKED = gzip.decompress(idx(LABELS))
WRONG = {
    "labels where images belong": (NAMES[0], idx(LABELS), "starts with 00000801, expected 00000803"),
    "magic number of another type": (NAMES[1], idx(LABELS, "00000901"), "starts with 00000901"),
    "fewer images than published": (NAMES[0], idx(IMAGES[:99]), r"shape \(99, 28, 28\)"),
    "a header that stops early": (NAMES[0], gzip.compress(bytes([0, 0, 8, 3, 0])), "shape"),
    "fewer values than the header says": (NAMES[1], gzip.compress(UNPACKED[:-1]), "100"),
    "more values than the header says": (
        NAMES[1],
        gzip.compress(UNPACKED + b"\0"),
        "100",
    ),
    "a label out of range": (NAMES[1], idx(LABELS + 1), "label 10, expected 0 to 9"),
    "no gzip file": (NAMES[0], b"not packed", "cannot be unpacked"),
    "a file cut off": (NAMES[0], idx(IMAGES)[:5000], "cannot be unpacked"),
    "a flipped bit": (NAMES[1], idx(LABELS)[:-8] + b"\0" * 8, "cannot be unpacked"),
}


@pytest.mark.parametrize(("name", "body", "message"), WRONG.values(), ids=WRONG)
def test_file_with_other_content_is_refused_though_its_checksum_is_right(publish, name, body, message):
    publish("fashion_mnist", files() | {name: body})
    with pytest.raises(data.BrokenFileError, match=rf"{name} .*{message}") as error:
        data.load("fashion_mnist")
    assert error.value.path.name == name
    assert "Delete it" in str(error.value)
