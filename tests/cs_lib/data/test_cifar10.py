"""CIFAR-10's loader against small archives in the published binary format, from a server on this machine."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from cs_lib import data

ARCHIVE = "cifar-10-binary.tar.gz"


def numbered(count: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 32, 32, 3) of which no two are alike, the first pixel's red is their number; labels."""
    rng = np.random.default_rng(first)
    images = rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    images[:, 0, 0, 0] = first + np.arange(count)
    return images, (first + np.arange(count)) % 10


def batch(images: np.ndarray, labels: np.ndarray) -> bytes:
    """Records of the format: label, red plane, green plane, blue plane."""
    planes = [bytes([label]) + b"".join(image[:, :, c].tobytes() for c in range(3))
              for image, label in zip(images, labels, strict=True)]  # fmt: skip
    return b"".join(planes)


def members() -> dict[str, bytes]:
    """The files of the archive: five training batches of 20 images, a test batch of 20."""
    images, labels = numbered(100, first=0)
    parts = [slice(20 * i, 20 * (i + 1)) for i in range(5)]
    batches = {f"data_batch_{i + 1}.bin": batch(images[part], labels[part]) for i, part in enumerate(parts)}
    return {"batches.meta.txt": b"airplane\n", **batches, "test_batch.bin": batch(*numbered(20, first=100))}


def pack(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return packed.getvalue()


def test_every_image_arrives_once_with_its_own_label_and_pixels(publish):
    publish("cifar10", {ARCHIVE: pack(members())})
    loaded = data.load("cifar10", val=30)
    images, labels = numbered(100, first=0)
    x, y = np.concatenate([loaded.x_train, loaded.x_val]), np.concatenate([loaded.y_train, loaded.y_val])
    numbers = x[:, 0, 0, 0]
    assert (len(loaded.x_train), len(loaded.x_val), len(loaded.x_test)) == (70, 30, 20)
    assert sorted(numbers) == list(range(100))
    np.testing.assert_array_equal(x, images[numbers])
    np.testing.assert_array_equal(y, labels[numbers])


def test_test_images_come_from_the_test_batch_alone(publish):
    publish("cifar10", {ARCHIVE: pack(members())})
    loaded = data.load("cifar10")
    images, labels = numbered(20, first=100)
    numbers = loaded.x_test[:, 0, 0, 0] - 100
    assert sorted(numbers) == list(range(20))
    np.testing.assert_array_equal(loaded.x_test, images[numbers])
    np.testing.assert_array_equal(loaded.y_test, labels[numbers])


def test_class_names_are_those_of_the_published_set(publish):
    publish("cifar10", {ARCHIVE: pack(members())})
    classes = data.load("cifar10").classes
    assert classes[:3] == ("airplane", "automobile", "bird")
    assert len(classes) == 10


def test_second_load_needs_no_network(publish, server):
    publish("cifar10", {ARCHIVE: pack(members())})
    data.load("cifar10")
    data.load("cifar10", seed=1)
    assert server.asked == [ARCHIVE]


WRONG = {
    "a batch is missing": ({"data_batch_3.bin": None}, "data_batch_3.bin"),
    "a batch is too short": ({"test_batch.bin": b"\0" * 3073 * 19}, "test_batch.bin"),
    "a batch is too long": ({"data_batch_1.bin": b"\0" * (3073 * 20 + 1)}, "data_batch_1.bin"),
    "a label is out of range": ({"test_batch.bin": b"\x0a" * 3073 * 20}, "label 10, expected 0 to 9"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_archive_with_other_content_is_refused_though_its_checksum_is_right(publish, changes, message):
    files = {name: body for name, body in (members() | changes).items() if body is not None}
    publish("cifar10", {ARCHIVE: pack(files)})
    with pytest.raises(data.BrokenFileError, match=message):
        data.load("cifar10")


@pytest.mark.parametrize(
    "body", [b"<html>moved</html>", pack(members())[:9000]], ids=["a web page", "cut off"]
)
def test_file_that_cannot_be_unpacked_is_named_with_a_remedy(publish, body):
    publish("cifar10", {ARCHIVE: body})
    with pytest.raises(data.BrokenFileError, match=r"cannot be unpacked.*Delete it") as error:
        data.load("cifar10")
    assert error.value.path.name == ARCHIVE


def test_a_folder_in_place_of_a_batch_is_refused(publish):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    publish("cifar10", {ARCHIVE: packed.getvalue()})
    with pytest.raises(data.BrokenFileError, match=r"data_batch_1\.bin"):
        data.load("cifar10")
