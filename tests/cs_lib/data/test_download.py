"""Downloads that fail: what the learner is told, and that no bad file stays behind."""

from __future__ import annotations

import hashlib

import pytest

from cs_lib import data
from cs_lib.data import manifest
from cs_lib.data.download import fetch_files, have_files

GOOD = b"a good file" * 1000


def entry(*mirrors: str, body: bytes = GOOD) -> manifest.Entry:
    file = manifest.RemoteFile("set.bin", len(body), hashlib.sha256(body).hexdigest())
    return manifest.Entry("Set", "", "", "", "", ("a",), mirrors=mirrors, files=(file,))


def test_good_file_is_kept_and_readable_by_everybody(server, tmp_path):
    server.files["set.bin"] = GOOD
    (path,) = fetch_files(entry(), tmp_path)
    assert path.read_bytes() == GOOD
    assert path.stat().st_mode & 0o444 == 0o444
    assert have_files(entry(), tmp_path)


def test_file_in_place_is_used_without_asking_the_server(server, tmp_path):
    (tmp_path / "set.bin").write_bytes(GOOD)
    fetch_files(entry(), tmp_path)
    assert server.asked == []


def fail_missing(server):
    return "the server answers 404"


def fail_cut(server):
    server.files["set.bin"] = GOOD
    server.cut.add("set.bin")
    return "broke off"


def fail_short(server):
    server.files["set.bin"] = GOOD[:-1]
    return "another checksum"


def fail_damaged(server):
    server.files["set.bin"] = GOOD[:-1] + b"?"
    return "another checksum"


@pytest.mark.parametrize("prepare", [fail_missing, fail_cut, fail_short, fail_damaged])
def test_bad_answer_says_what_happened_and_leaves_nothing_behind(server, tmp_path, prepare):
    reason = prepare(server)
    with pytest.raises(data.DownloadError, match=reason) as error:
        fetch_files(entry(), tmp_path / "cache")
    assert error.value.attempts[0][0] == f"{server.url}set.bin"
    assert list((tmp_path / "cache").glob("*")) == []


def test_offline_error_says_url_remedy_and_where_to_put_the_file(closed_port_url, tmp_path):
    with pytest.raises(data.DownloadError) as error:
        fetch_files(entry(closed_port_url), tmp_path)
    message = str(error.value)
    assert f"{closed_port_url}set.bin: no connection to the server" in message
    assert "load('patches10')" in message
    assert f"save it as {tmp_path / 'set.bin'}" in message


def test_second_mirror_is_tried_when_the_first_is_away(server, closed_port_url, tmp_path, monkeypatch):
    monkeypatch.delenv("CS_LIB_DATA_URL")
    server.files["set.bin"] = GOOD
    (path,) = fetch_files(entry(closed_port_url, server.url), tmp_path)
    assert path.read_bytes() == GOOD


def test_variable_takes_the_place_of_all_mirrors(server, tmp_path):
    server.files["set.bin"] = GOOD
    fetch_files(entry("http://mirror.invalid/"), tmp_path)
    assert server.asked == ["set.bin"]


def test_address_that_is_none_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("CS_LIB_DATA_URL", "files.example.edu")
    with pytest.raises(data.DownloadError, match=r"files\.example\.edu/set\.bin"):
        fetch_files(entry(), tmp_path)


@pytest.mark.parametrize("body", [GOOD[:100], b"?" + GOOD[1:]], ids=["truncated", "damaged"])
def test_broken_file_in_place_is_named_with_a_remedy(server, tmp_path, body):
    path = tmp_path / "set.bin"
    path.write_bytes(body)
    with pytest.raises(data.BrokenFileError, match=f"{len(body)} bytes.*Delete it") as error:
        fetch_files(entry(), tmp_path)
    assert error.value.path == path
    assert path.exists()


def test_progress_is_silent_where_nobody_looks(server, tmp_path, capfd):
    server.files["set.bin"] = GOOD
    fetch_files(entry(), tmp_path)
    assert "%" not in capfd.readouterr().err
