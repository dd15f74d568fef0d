"""patches10: what a seed fixes, where patches come from, how hard the set is, and its cache."""

from __future__ import annotations

import dataclasses
import hashlib
import multiprocessing
from fractions import Fraction

import numpy as np
import pytest

from cs_lib import data
from cs_lib.data import manifest, patches10
from cs_lib.data.splits import stream

SIZES = {"train": 60, "val": 20, "test": 30}


@pytest.fixture
def cached(tmp_path):
    """The file in which the small set is kept."""

    def find():
        (path,) = (tmp_path / "cache" / "patches10").glob("*")
        return path

    return find


def arrays(loaded: data.Dataset) -> list[np.ndarray]:
    return [getattr(loaded, f"{kind}_{part}") for part in ("train", "val", "test") for kind in "xy"]


def same(one: data.Dataset, other: data.Dataset) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))


# What a seed fixes


def test_the_same_seed_gives_the_same_set_and_another_seed_another(tmp_path):
    one, again = (data.load("patches10", **SIZES, cache_dir=tmp_path / name) for name in "ab")
    other = data.load("patches10", **SIZES, seed=1)
    assert same(one, again)
    assert not np.array_equal(one.x_train, other.x_train)


def test_crops_of_seed_0_are_the_same_on_every_machine():
    """Numbers that were written down once: they change only together with patches10.VERSION."""
    loaded = data.load("patches10", **SIZES)
    assert loaded.y_train[:8].tolist() == [4, 7, 7, 5, 2, 8, 9, 5]
    means = [73.74, 137.97, 116.45, 3.26, 44.15, 77.61, 144.56, 25.77]
    np.testing.assert_allclose(loaded.x_train[:8].mean(axis=(1, 2, 3)), means, atol=1)  # a grey level


def test_size_of_one_part_changes_no_other_part():
    one, other = data.load("patches10", **SIZES), data.load("patches10", **SIZES | {"train": 70})
    np.testing.assert_array_equal(one.x_val, other.x_val)
    np.testing.assert_array_equal(one.x_test, other.x_test)


def test_more_patches_of_a_photograph_begin_with_the_same_ones():
    photo = np.random.default_rng(0).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    few, many = (patches10.cut(photo, count, stream(0)) for count in (5, 300))
    np.testing.assert_array_equal(few, many[:5])


# What is in it


def test_images_and_labels_have_the_promised_form():
    loaded = data.load("patches10", **SIZES)
    for part, size in SIZES.items():
        x, y = getattr(loaded, f"x_{part}"), getattr(loaded, f"y_{part}")
        assert (x.shape, x.dtype) == ((size, 32, 32, 3), np.uint8)
        assert (y.shape, y.dtype) == ((size,), np.int64)
        np.testing.assert_array_equal(np.bincount(y), size // 10)


def test_ten_classes_have_names_that_a_learner_understands():
    names = "astronaut cat coffee rocket retina galaxies tissue brick grass gravel"
    assert data.load("patches10", **SIZES).classes == tuple(names.split())


def test_sizes_that_ten_does_not_divide_leave_classes_at_most_one_apart():
    loaded = data.load("patches10", train=37, val=0, test=4)
    counts = np.bincount(loaded.y_train, minlength=10)
    assert (counts.min(), counts.max()) == (3, 4)
    assert loaded.x_val.shape == (0, 32, 32, 3)
    assert len(set(loaded.y_test.tolist())) == 4


def test_no_test_pixel_is_ever_seen_in_training():
    """Photographs that are 50 on the left 72 % and 200 on the right leave no doubt where a patch is from."""
    photo = np.full((100, 200, 3), 50, np.uint8)
    photo[:, 144:] = 200
    assert set(np.unique(patches10._region(photo, "train"))) == {50}
    assert set(np.unique(patches10._region(photo, "val"))) == {50}
    assert set(np.unique(patches10._region(photo, "test"))) == {200}


@pytest.mark.parametrize("scale", patches10.SCALES)
def test_resizing_is_the_mean_over_areas_without_any_rounding(scale):
    """Against fractions: each of `scale` pixels is cut into 32 strips, each new pixel is `scale` strips."""
    column = np.random.default_rng(scale).integers(0, 256, scale)
    strips = [Fraction(int(value)) for value in column for _ in range(32)]
    means = [sum(strips[i * scale : (i + 1) * scale]) / scale for i in range(32)]
    resized = patches10.area_weights(scale) @ column.astype(np.float32)
    assert [Fraction(float(value)) / 6 for value in resized] == means


def test_all_scales_and_both_directions_occur(monkeypatch):
    """On a ramp of grey levels the slope of a patch tells its scale, the sign whether it is mirrored."""
    for name in ("CONTRAST", "BRIGHTNESS", "TINT"):
        monkeypatch.setattr(patches10, name, 0)
    ramp = np.broadcast_to(np.arange(0, 250, 2, dtype=np.uint8)[None, :, None], (80, 125, 3))
    patches = patches10.cut(ramp, 60, stream(0)).astype(float)
    slopes = np.rint((patches[:, 0, -1, 0] - patches[:, 0, 0, 0]) / 31).astype(int)
    assert set(slopes.tolist()) == {-4, -3, -2, 2, 3, 4}


def test_nearly_flat_crops_are_drawn_again(monkeypatch):
    for name in ("CONTRAST", "BRIGHTNESS", "TINT"):
        monkeypatch.setattr(patches10, name, 0)
    photo = np.full((128, 256, 3), 128, np.uint8)
    photo[:, 128:] += np.random.default_rng(0).integers(0, 100, (128, 128, 1), dtype=np.uint8)
    deviations = patches10.cut(photo, 40, stream(0)).mean(axis=3).std(axis=(1, 2)) / 255
    assert deviations.min() > 0.049  # grey levels are rounded after the decision


def test_contrast_brightness_and_tint_change_within_their_bounds(monkeypatch):
    """On a patch of two greys: 100 and 140, mean 120."""
    monkeypatch.setattr(patches10, "SCALES", (32,))
    photo = np.full((32, 32, 3), 100, np.uint8)
    photo[:, 16:] = 140
    patches = patches10.cut(photo, 400, stream(0)).astype(float)
    low, high = patches.min(axis=(1, 2)), patches.max(axis=(1, 2))  # (N, 3)
    middle, spread = (low + high) / 2, (high - low) / 40
    assert 0.6 * 0.8 - 0.05 < spread.min() < 0.6
    assert 1.4 < spread.max() < 1.4 * 1.2 + 0.05
    assert (120 - 51) * 0.8 - 1 < middle.min() < 80
    assert 160 < middle.max() < (120 + 51) * 1.2 + 1


def test_knn_on_raw_pixels_is_right_for_about_42_percent():
    """The set teaches what it should: pixel distance is far above chance (10 %) and far from good."""
    from sklearn.neighbors import KNeighborsClassifier

    rows = data.load("patches10").flat(np.float32)
    knn = KNeighborsClassifier(5, algorithm="brute").fit(rows.x_train, rows.y_train)
    assert 0.41 <= knn.score(rows.x_test, rows.y_test) <= 0.45


# Source photographs


def test_another_photograph_is_refused_by_its_checksum(monkeypatch):
    entries = manifest.read()
    entry = entries["patches10"]
    first = dataclasses.replace(entry.photographs[0], sha256="0" * 64)
    entries["patches10"] = dataclasses.replace(entry, photographs=(first, *entry.photographs[1:]))
    monkeypatch.setattr(manifest, "read", lambda: entries)
    with pytest.raises(data.BrokenFileError, match=r"astronaut\.png is not the file.*Reinstall"):
        data.load("patches10", **SIZES)


def test_a_photograph_that_is_not_there_is_named():
    photograph = dataclasses.replace(manifest.read()["patches10"].photographs[0], file="nobody.png")
    with pytest.raises(data.BrokenFileError, match=r"nobody\.png is missing"):
        patches10.read_photograph(photograph)


# The cache


def test_second_load_reads_what_the_first_has_built(monkeypatch):
    one = data.load("patches10", **SIZES)
    monkeypatch.setattr(patches10, "_build", None)
    assert same(one, data.load("patches10", **SIZES))


def damage_cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def damage_flip(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def damage_empty(body: bytes) -> bytes:
    return b""


def damage_other(body: bytes) -> bytes:
    return b"something else"


@pytest.mark.parametrize("damage", [damage_cut, damage_flip, damage_empty, damage_other])
def test_broken_cache_file_is_built_anew_with_a_note(cached, damage):
    one = data.load("patches10", **SIZES)
    cached().write_bytes(damage(cached().read_bytes()))
    with pytest.warns(UserWarning, match="is broken .* built anew"):
        again = data.load("patches10", **SIZES)
    assert same(one, again)
    assert same(one, data.load("patches10", **SIZES))


def test_cache_file_with_arrays_of_another_size_is_built_anew(cached):
    one = data.load("patches10", **SIZES)
    with np.load(cached()) as kept:
        wrong = dict(kept)
    wrong["x_val"] = wrong["x_val"][:-1]
    np.savez(cached(), **wrong)
    with pytest.warns(UserWarning, match="x_val is uint8"):
        assert same(one, data.load("patches10", **SIZES))


def test_cache_file_never_runs_code(cached, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    one = data.load("patches10", **SIZES)
    with np.load(cached()) as kept:
        trapped = dict(kept)
    trapped["x_train"] = np.array([Trap()], dtype=object)
    np.savez(cached(), **trapped)
    with pytest.warns(UserWarning, match="is broken"):
        assert same(one, data.load("patches10", **SIZES))
    assert not (tmp_path / "sprung").exists()


def test_folder_that_cannot_be_written_costs_a_note_only(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="could not be written"):
        loaded = data.load("patches10", **SIZES, cache_dir=tmp_path / "file")
    assert len(loaded.x_train) == 60


def _checksum(cache_dir) -> str:
    loaded = data.load("patches10", **SIZES, cache_dir=cache_dir)
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays(loaded))).hexdigest()


def test_two_processes_may_build_at_the_same_time(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        checksums = pool.map(_checksum, [tmp_path / "shared"] * 2, chunksize=1)
    assert checksums == [_checksum(tmp_path / "shared")] * 2
    assert len(list((tmp_path / "shared" / "patches10").iterdir())) == 1


def test_progress_is_silent_where_nobody_looks(capfd):
    data.load("patches10", **SIZES)
    assert capfd.readouterr() == ("", "")
