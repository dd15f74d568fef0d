"""The manifest: every image has a source, a licence and a checksum; a bad manifest is named."""

from __future__ import annotations

import pytest

from cs_lib import data
from cs_lib.data import manifest

ENTRIES = manifest.read()
PHOTOGRAPHS = ENTRIES["patches10"].photographs


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_set_says_where_it_is_from_and_who_may_use_it(entry):
    assert all((entry.title, entry.author, entry.source, entry.licence, entry.size))
    assert len(entry.classes) == len(set(entry.classes)) == 10


@pytest.mark.parametrize("photograph", PHOTOGRAPHS, ids=lambda photograph: photograph.label)
def test_every_photograph_says_where_it_is_from_and_who_may_use_it(photograph):
    assert all((photograph.title, photograph.author, photograph.source, photograph.licence))


def test_photographs_stand_in_the_order_of_their_classes():
    assert tuple(photograph.label for photograph in PHOTOGRAPHS) == ENTRIES["patches10"].classes


def test_every_file_has_a_checksum_of_its_own():
    checksums = [photograph.sha256 for photograph in PHOTOGRAPHS]
    checksums += [file.sha256 for entry in ENTRIES.values() for file in entry.files]
    checksums.append(ENTRIES["digits"].sha256)
    assert len(set(checksums)) == len(checksums) == 16
    assert all(len(bytes.fromhex(checksum)) == 32 for checksum in checksums)


def test_checksums_of_photographs_are_those_that_scikit_image_publishes():
    from skimage.data._registry import registry

    assert {photo.file: photo.sha256 for photo in PHOTOGRAPHS} == {
        photo.file: registry[f"data/{photo.file}"] for photo in PHOTOGRAPHS
    }


def test_missing_manifest_is_named(tmp_path):
    with pytest.raises(data.ManifestError, match=r"manifest\.toml is missing; it belongs beside"):
        manifest.read(tmp_path / "manifest.toml")


def test_load_names_a_missing_manifest_too(monkeypatch, tmp_path):
    monkeypatch.setattr(manifest, "PATH", tmp_path / "manifest.toml")
    with pytest.raises(data.ManifestError, match="is missing"):
        data.load("digits")


def test_load_names_a_set_that_the_manifest_lacks(monkeypatch, tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_text("")
    monkeypatch.setattr(manifest, "PATH", path)
    with pytest.raises(data.ManifestError, match=r"has no entry \[digits\]"):
        data.load("digits")


GOOD = {
    "title": '"Set"',
    "author": '"A"',
    "source": '"S"',
    "licence": '"L"',
    "size": '"10 images"',
    "classes": '["a", "b"]',
}
BAD = {
    "no TOML": ({"title": "Set"}, "cannot be read"),
    "a key is missing": ({"licence": None}, "licence missing"),
    "a key is unknown": ({"license": '"L"'}, "unknown license"),
    "a text is a number": ({"title": "3"}, "title is 3, expected str"),
    "a number is a text": ({"train": '"3"'}, "train is '3', expected int"),
    "a file is no table": ({"files": '["f"]'}, "expected a table, got 'f'"),
    "a file lacks its checksum": ({"files": '[{name = "f", bytes = 1}]'}, "files: sha256 missing"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_broken_manifest_says_what_is_wrong_where(tmp_path, changes, message):
    path = tmp_path / "manifest.toml"
    lines = [f"{key} = {value}" for key, value in (GOOD | changes).items() if value is not None]
    path.write_text("\n".join(["[set]", *lines]))
    with pytest.raises(data.ManifestError, match=message) as error:
        manifest.read(path)
    assert str(path) in str(error.value)


def test_manifest_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(data.ManifestError, match="cannot be read"):
        manifest.read(path)


def test_datasets_is_no_package_that_could_shadow_another():
    assert not list(manifest.PATH.parent.glob("*.py"))
