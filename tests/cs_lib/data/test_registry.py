"""load, fetch and available: names, sizes and seeds; digits; what importing costs."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cs_lib
from cs_lib import data
from cs_lib.data import dataset, manifest, progress, registry

# Arguments


def test_unknown_name_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'imagenet', expected one of 'patches10', 'digits', 'cifar10'"):
        data.load("imagenet")


TOO_MANY = {
    "below 0": ({"train": -1}, "train is -1, expected 0 to 1297 images of digits"),
    "too many for training": ({"train": 1298}, "train is 1298"),
    "too many for testing": ({"test": 501}, "test is 501, expected 0 to 500"),
    "too many for both": ({"train": 1200, "val": 98}, r"train \+ val is 1298, but digits has 1297"),
    "seed below 0": ({"seed": -1}, "seed is -1"),
}


@pytest.mark.parametrize(("arguments", "message"), TOO_MANY.values(), ids=TOO_MANY)
def test_sizes_that_do_not_exist_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.load("digits", **arguments)


@pytest.mark.parametrize("arguments", [{"train": -1}, {"test": 50_001}])
def test_patches10_refuses_sizes_before_it_builds_anything(arguments):
    with pytest.raises(ValueError, match="expected 0 to 50000 images of patches10"):
        data.load("patches10", **arguments)


@pytest.mark.parametrize("arguments", [{"val": 2.5}, {"train": "100"}, {"seed": 0.0}])
def test_numbers_that_are_not_whole_are_refused(arguments):
    with pytest.raises(TypeError, match="expected a whole number"):
        data.load("digits", **arguments)


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ({}, (1097, 200, 500)),
        ({"val": 0}, (1297, 0, 500)),
        ({"train": 1297}, (1297, 0, 500)),
        ({"train": 1200}, (1200, 97, 500)),
        ({"train": 10, "val": 20, "test": 0}, (10, 20, 0)),
    ],
)
def test_what_is_not_asked_for_takes_its_default_or_what_is_left(asked, sizes):
    loaded = data.load("digits", **asked)
    assert (len(loaded.x_train), len(loaded.x_val), len(loaded.x_test)) == sizes


# digits


def test_digits_are_those_of_scikit_learn_each_once():
    from sklearn.datasets import load_digits

    loaded = data.load("digits")
    x = np.concatenate([loaded.x_train, loaded.x_val, loaded.x_test]).reshape(1797, 64)
    y = np.concatenate([loaded.y_train, loaded.y_val, loaded.y_test])
    original = load_digits()
    ours, theirs = (
        sorted(map(tuple, np.column_stack(pair))) for pair in ((x, y), (original.data, original.target))
    )
    assert ours == theirs


def test_other_digits_are_refused_by_their_checksum(monkeypatch):
    import sklearn.datasets

    original = sklearn.datasets.load_digits()
    original.images[5, 0, 0] += 1
    monkeypatch.setattr(sklearn.datasets, "load_digits", lambda: original)
    with pytest.raises(data.BrokenFileError, match="other digits"):
        data.load("digits")


def test_the_seed_decides_which_digits_are_drawn_but_not_validation_by_training():
    one, again, other = (data.load("digits", train=100, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.x_train, again.x_train)
    assert not np.array_equal(one.y_train, other.y_train)
    np.testing.assert_array_equal(one.x_val, data.load("digits", train=50).x_val)


# Dataset


def test_flat_gives_rows_of_floats_and_leaves_the_images_alone():
    images = data.load("digits")
    rows = images.flat()
    assert (rows.x_test.shape, rows.x_test.dtype) == ((500, 64), np.float64)
    np.testing.assert_array_equal(rows.x_test.reshape(500, 8, 8), images.x_test)
    assert images.x_test.dtype == np.uint8
    assert images.flat(np.float32).x_val.dtype == np.float32


def test_flat_of_an_empty_part_keeps_its_columns():
    assert data.load("digits", val=0).flat().x_val.shape == (0, 64)


def test_repr_says_sizes_and_classes():
    text = repr(data.load("digits"))
    assert text == (
        "Dataset digits: 1097 train, 200 val, 500 test; images 8x8 uint8; "
        "10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    )


@pytest.mark.parametrize("module", [registry, dataset])
def test_examples_in_docstrings_are_true(module):
    result = doctest.testmod(module, extraglobs={"load": data.load})
    assert result.attempted
    assert not result.failed


# The list


def test_list_says_what_needs_the_network_and_what_is_here():
    rows = {row.name: row for row in data.available()}
    assert list(rows) == ["patches10", "digits", "cifar10", "fashion_mnist"]
    assert [row.needs_network for row in rows.values()] == [False, False, True, True]
    assert [row.cached for row in rows.values()] == [False, True, False, False]
    assert all(row.classes == 10 and row.title and row.licence and row.size for row in rows.values())


def test_list_sees_downloaded_files(tmp_path):
    entry = manifest.read()["fashion_mnist"]
    folder = tmp_path / "cache" / "fashion_mnist"
    folder.mkdir(parents=True)
    for file in entry.files:
        with (folder / file.name).open("wb") as sparse:
            sparse.truncate(file.bytes)
    rows = {row.name: row.cached for row in data.available()}
    assert rows["fashion_mnist"]
    assert not rows["cifar10"]


def test_fetch_builds_patches10_and_says_where_it_is(monkeypatch):
    from cs_lib.data import patches10

    monkeypatch.setattr(patches10, "DEFAULTS", {"train": 10, "val": 10, "test": 10})
    path = data.fetch("patches10")
    assert path.is_file()
    assert data.available()[0].cached


def test_fetch_of_digits_has_nothing_to_do():
    assert data.fetch("digits").is_dir()


def test_names_of_modules_and_manifest_agree():
    assert set(registry.NAMES) == set(manifest.read())


def test_public_names_are_all_there():
    assert all(hasattr(data, name) for name in data.__all__)


# Surroundings


def test_cache_dir_argument_comes_before_the_variable(tmp_path):
    sizes = {"train": 10, "val": 0, "test": 0}
    data.load("patches10", **sizes, cache_dir=tmp_path / "argument")
    assert (tmp_path / "argument" / "patches10").is_dir()
    assert not (tmp_path / "cache").exists()


def test_bar_is_shown_in_a_terminal_and_in_a_notebook(monkeypatch):
    class Kernel:
        kernel = object()

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert progress.visible()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not progress.visible()
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(Kernel)}))
    assert progress.visible()


HEAVY = ("matplotlib", "torch", "scipy", "sklearn", "skimage", "pandas", "pooch", "requests", "tqdm", "PIL")


def test_import_brings_in_nothing_heavy():
    code = f"import sys, cs_lib.data; print([name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_works_in_a_bundle_with_nothing_else_of_the_library(tmp_path):
    """A bundle holds cs_lib/ beside datasets/, reduced to what an assignment provides."""
    sources = Path(cs_lib.__file__).parent
    (tmp_path / "cs_lib").mkdir()
    for name in ("__init__.py", "validation.py"):
        shutil.copy(sources / name, tmp_path / "cs_lib")
    shutil.copytree(sources / "data", tmp_path / "cs_lib" / "data")
    shutil.copytree(manifest.PATH.parent, tmp_path / "datasets")
    load = "data.load('patches10', train=20, val=0, test=0)"
    code = f"from cs_lib import data; print(data.__file__); print({load})"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    where, shown = run.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert shown.startswith("Dataset patches10: 20 train")
