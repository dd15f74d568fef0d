from __future__ import annotations

import os

import numpy as np
import pytest

from cs_lib.training.checkpoint import CheckpointError, read_checkpoint, write_checkpoint

ARRAYS = {
    "params/W1": np.arange(6, dtype=np.float32).reshape(2, 3),
    "order": np.array([2, 0, 1]),
    "empty": np.empty((0, 4)),
}
HEADER = {"step": 3, "losses": [2.3, float("nan")], "big": 2**100}


def test_arrays_and_header_come_back_as_they_were(tmp_path):
    write_checkpoint(tmp_path / "folder" / "run.npz", ARRAYS, HEADER)
    arrays, header = read_checkpoint(tmp_path / "folder" / "run.npz")
    assert arrays.keys() == ARRAYS.keys()
    for name in arrays:
        np.testing.assert_array_equal(arrays[name], ARRAYS[name], strict=True)
    assert header["step"] == 3
    assert header["big"] == 2**100
    assert np.isnan(header["losses"][1])


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    write_checkpoint(path, ARRAYS, HEADER)

    def full(file):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_checkpoint(path, {}, {"step": 4})
    assert read_checkpoint(path)[1]["step"] == 3
    assert [each.name for each in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("keep", [0, 1, 30, 200, -1, -30])
def test_a_file_cut_short_is_a_checkpoint_error(keep, tmp_path):
    path = tmp_path / "run.npz"
    write_checkpoint(path, ARRAYS, HEADER)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="no checkpoint, or a damaged one") as caught:
        read_checkpoint(path)
    assert caught.value.path == path


def test_a_flipped_bit_in_an_array_is_a_checkpoint_error(tmp_path):
    path = tmp_path / "run.npz"
    write_checkpoint(path, {"a": np.zeros(1000)}, {})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_a_pickle_is_never_read(tmp_path):
    path = tmp_path / "run.npz"
    with path.open("wb") as file:
        np.savez(file, a=np.array([{"run": "me"}], dtype=object))
    with pytest.raises(CheckpointError, match="pickle"):
        read_checkpoint(path)


def test_objects_are_not_written(tmp_path):
    with pytest.raises(TypeError, match="a holds Python objects"):
        write_checkpoint(tmp_path / "run", {"a": np.array([None])}, {})
    assert not (tmp_path / "run").exists()


def test_another_version_is_named(tmp_path):
    write_checkpoint(tmp_path / "run", {}, {"format": "cs_lib checkpoint, version 2"})
    with pytest.raises(
        CheckpointError, match="version 2', this program reads 'cs_lib checkpoint, version 1'"
    ):
        read_checkpoint(tmp_path / "run")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_checkpoint(tmp_path / "none")
