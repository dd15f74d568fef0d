"""Whatever an export holds, only plain files come out of it, below the folder that is said."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.collect.unpack import open_export, plain_name, unpack
from autograder.course import CourseError
from autograder.submission import Unreadable
from tests.autograder.collect.exports import files_in, make_folder, make_zip


def unpacked(export: Path, to: Path) -> list[str]:
    """Unpack all of an export as one attempt, and return the problems."""
    to.mkdir()
    with open_export(export) as opened:
        return unpack(opened, [(entry.parts, entry) for entry in opened.entries], to)


def zip_of(path: Path, *entries: tuple[str, int, bytes]) -> Path:
    """An archive of entries with names and modes of any kind: (name, mode, content)."""
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names given twice
        for name, mode, content in entries:
            info = zipfile.ZipInfo("x")
            info.filename, info.create_system, info.external_attr = name, 3, mode << 16
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "folder"])
def test_files_come_out_as_they_went_in(tmp_path, make):
    files = {"knn.ipynb": "{}", "work/layers.py": "x = 1\n", "two words é.png": "picture"}
    assert unpacked(make(tmp_path / "export", files), tmp_path / "to") == []
    assert files_in(tmp_path / "to") == files


@pytest.mark.parametrize("make", [make_zip, make_folder], ids=["zip", "folder"])
def test_what_systems_leave_behind_is_passed_over(tmp_path, make):
    noise = ["__MACOSX/._knn.ipynb", ".DS_Store", "a/.ipynb_checkpoints/knn.ipynb", "a/__pycache__/b.pyc"]
    export = make(tmp_path / "export", dict.fromkeys([*noise, "knn.ipynb"], "x"))
    assert unpacked(export, tmp_path / "to") == []
    assert list(files_in(tmp_path / "to")) == ["knn.ipynb"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../knn.ipynb", "leads out of its folder"),
        ("a/../../knn.ipynb", "leads out of its folder"),
        ("..\\knn.ipynb", "leads out of its folder"),
        ("/etc/knn.ipynb", "absolute"),
        ("\\\\server\\share\\knn.ipynb", "absolute"),
        ("C:\\knn.ipynb", "absolute"),
        ("c:knn.ipynb", "absolute"),
        ("knn\x1b[31m.ipynb", "unseen characters"),
        ("knn\n.ipynb", "unseen characters"),
        ("knn\u202egpj.ipynb", "unseen characters"),
        ("k\u200bnn.ipynb", "unseen characters"),
        ("k" * 252 + ".py", ""),
        ("k" * 253 + ".py", "too long"),
        ("é" * 130 + ".py", "too long"),
        ("/".join(["deep" * 50] * 5), "too long"),
        ("con", "Windows reserves"),
        ("a/NUL.ipynb", "Windows reserves"),
        ("Com1.tar.gz", "Windows reserves"),
        ("knn.ipynb ", "ends in a space"),
        ("knn.", "ends in a space or a full stop"),
    ],
)
def test_a_name_that_could_do_harm_is_left_out_and_the_rest_is_kept(tmp_path, name, reason):
    export = zip_of(tmp_path / "export.zip", (name, 0o100644, b"evil"), ("knn.ipynb", 0o100644, b"{}"))
    problems = unpacked(export, tmp_path / "to")
    assert [reason in problem for problem in problems] == [True] * bool(reason)
    kept = files_in(tmp_path / "to")
    assert len(kept) == 2 - bool(reason)
    assert kept["knn.ipynb"] == "{}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.zip", "to"]


def test_a_path_with_the_separators_of_windows_is_a_path(tmp_path):
    assert unpacked(make_zip(tmp_path / "export.zip", {"work\\knn.ipynb": "{}"}), tmp_path / "to") == []
    assert files_in(tmp_path / "to") == {"work/knn.ipynb": "{}"}


def test_links_and_devices_in_an_archive_are_not_made(tmp_path):
    export = zip_of(
        tmp_path / "export.zip",
        ("passwd", stat.S_IFLNK | 0o777, b"/etc/passwd"),
        ("disk", stat.S_IFBLK | 0o600, b""),
        ("pipe", stat.S_IFIFO | 0o600, b""),
        ("knn.ipynb", 0, b"{}"),
    )
    assert unpacked(export, tmp_path / "to") == [
        "disk: not kept: it is no plain file",
        "passwd: not kept: it is a link, not the file itself",
        "pipe: not kept: it is no plain file",
    ]
    assert files_in(tmp_path / "to") == {"knn.ipynb": "{}"}


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path):
    export = make_folder(tmp_path / "export", {"knn.ipynb": "{}"})
    secret = make_folder(tmp_path / "secret", {"answers.ipynb": "secret"})
    (export / "file").symlink_to(secret / "answers.ipynb")
    (export / "folder").symlink_to(secret)
    (export / "nowhere").symlink_to("nothing")
    os.mkfifo(export / "pipe")
    problems = unpacked(export, tmp_path / "to")
    assert [problem.split(":")[0] for problem in problems] == ["file", "folder", "nowhere", "pipe"]
    assert files_in(tmp_path / "to") == {"knn.ipynb": "{}"}


def test_a_folder_that_becomes_a_link_while_it_is_read_is_not_followed(tmp_path):
    export = make_folder(tmp_path / "export", {"work/knn.ipynb": "own"})
    secret = make_folder(tmp_path / "secret", {"knn.ipynb": "secret"})
    with open_export(export) as opened:
        (export / "work").rename(export / "was")
        (export / "work").symlink_to(secret)
        (tmp_path / "to").mkdir()
        with pytest.raises(Unreadable, match="cannot be read"):
            unpack(opened, [(entry.parts, entry) for entry in opened.entries], tmp_path / "to")
    assert files_in(tmp_path / "to") == {}


def test_a_file_that_unpacks_to_far_more_than_it_was_is_left_out(tmp_path):
    bomb = {"bomb.ipynb": b" " * (8 << 20), "knn.ipynb": os.urandom(2 << 20)}
    problems = unpacked(make_zip(tmp_path / "export.zip", bomb), tmp_path / "to")
    assert problems == ["bomb.ipynb: not kept: it unpacks to more than 200 times its size"]
    assert list(files_in(tmp_path / "to")) == ["knn.ipynb"]


def test_an_archive_in_an_attempt_stays_packed(tmp_path):
    inner = make_zip(tmp_path / "bomb.zip", {"x": b" " * (8 << 20)}).read_bytes()
    assert unpacked(make_zip(tmp_path / "export.zip", {"submission.zip": inner}), tmp_path / "to") == []
    assert (tmp_path / "to" / "submission.zip").read_bytes() == inner


def test_a_size_that_an_archive_understates_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collect.unpack.MAX_FILE", 1000)
    export = make_zip(tmp_path / "export.zip", {"knn.ipynb": "x" * 5000}, zipfile.ZIP_STORED)
    lie = export.read_bytes().replace((5000).to_bytes(4, "little"), (900).to_bytes(4, "little"))
    export.write_bytes(lie)
    with pytest.raises(Unreadable, match=r"knn\.ipynb|CRC"):  # what it holds is not what it says
        unpacked(export, tmp_path / "to")
    assert files_in(tmp_path / "to") == {}


def test_too_large_files_and_too_much_in_all_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collect.unpack.MAX_FILE", 1000)
    monkeypatch.setattr("autograder.collect.unpack.MAX_TOTAL", 2500)
    sizes = {"a": 1001, "b": 1000, "c": 1000, "d": 501, "e": 500}
    export = make_zip(tmp_path / "export.zip", {name: "x" * size for name, size in sizes.items()})
    problems = unpacked(export, tmp_path / "to")
    assert [problem[:21] for problem in problems] == ["a: not kept: too larg", "d: not kept: too larg"]
    assert list(files_in(tmp_path / "to")) == ["b", "c", "e"]


def test_of_too_many_files_those_in_folders_are_left_out_first(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collect.unpack.MAX_FILES", 3)
    names = [*(f"data/{n}.png" for n in range(9)), "knn.ipynb", "softmax.ipynb"]
    problems = unpacked(make_zip(tmp_path / "export.zip", dict.fromkeys(names, "x")), tmp_path / "to")
    assert problems == ["data/1.png: not kept, nor what comes after it: more than 3 files"]
    assert list(files_in(tmp_path / "to")) == ["data/0.png", "knn.ipynb", "softmax.ipynb"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("KNN.ipynb", "knn.ipynb"),
        ("Work/knn.ipynb", "work/knn.ipynb"),
        ("knn.ipynb", "ｋnn.ipynb"),  # noqa: RUF001
        ("Straße.ipynb", "strasse.ipynb"),
        ("work", "work/knn.ipynb"),
        ("WORK", "work/knn.ipynb"),
    ],
)
def test_of_two_names_that_some_system_takes_for_one_both_files_are_kept(tmp_path, first, second):
    export = make_zip(tmp_path / "export.zip", {first: "1", second: "2"})
    problems = unpacked(export, tmp_path / "to")
    assert len(problems) == 1
    assert sorted(files_in(tmp_path / "to").values()) == ["1", "2"]
    assert sum(name.startswith("same-name-2/") for name in files_in(tmp_path / "to")) == 1


def test_the_two_unicode_forms_of_a_name_and_a_name_given_twice_are_kept_apart(tmp_path):
    names = ["re\u0301seau.ipynb", "r\u00e9seau.ipynb", "r\u00e9seau.ipynb"]
    export = zip_of(tmp_path / "export.zip", *((name, 0o100644, name.encode()) for name in names))
    assert len(unpacked(export, tmp_path / "to")) == 2
    folders = ["", "same-name-2/", "same-name-3/"]
    assert list(files_in(tmp_path / "to")) == [f"{folder}r\u00e9seau.ipynb" for folder in folders]


def test_a_damaged_file_makes_the_attempt_unreadable_rather_than_smaller(tmp_path):
    export = make_zip(tmp_path / "export.zip", {"knn.ipynb": "x = 1" * 500}, zipfile.ZIP_STORED)
    export.write_bytes(export.read_bytes().replace(b"x = 1", b"x = 2", 1))
    with pytest.raises(Unreadable, match="cannot be read: Bad CRC-32"):
        unpacked(export, tmp_path / "to")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", b"PK\5\6" + b"\xff" * 18])
def test_a_file_that_is_no_archive_is_an_error_with_a_remedy(tmp_path, content):
    (tmp_path / "export.zip").write_bytes(content)
    with pytest.raises(CourseError, match=r"export\.zip: .*export"), open_export(tmp_path / "export.zip"):
        pass


def test_no_file_at_all_is_an_error(tmp_path):
    with pytest.raises(CourseError, match="no such file or folder"), open_export(tmp_path / "nothing"):
        pass


def test_an_archive_of_endless_entries_is_refused_before_it_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collect.unpack.MAX_ENTRIES", 20)
    few = make_zip(tmp_path / "few.zip", {f"ada/{n}": "" for n in range(21)})
    many = make_zip(tmp_path / "many.zip", {f"ada/{n}": "" for n in range(200)})
    with pytest.raises(CourseError, match="more than 20 files"), open_export(few):
        pass
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(CourseError, match="too many files"), open_export(many):
        pass


NAMES = st.one_of(
    st.text(max_size=20),
    st.lists(
        st.sampled_from(
            [
                "..",
                ".",
                "",
                "/",
                "\\",
                "a",
                "A",
                "b",
                "C:",
                "con",
                "\0",
                "é",
                "e\u0301",
                "\ud800",
                "x" * 300,
                " ",
            ]
        ),
        max_size=6,
    ).map("/".join),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(NAMES, st.sampled_from([0, 0o100644, 0o120777, 0o060600])), max_size=8))
@example([("../../../../tmp/evil", 0), ("a", 0o120777), ("a/evil", 0)])
@example([("a\\..\\..\\evil", 0)])
def test_whatever_names_an_archive_holds_plain_files_are_written_below_one_folder(names):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        content = b"/tmp/evil"
        try:
            export = zip_of(root / "export.zip", *((name, mode, content) for name, mode in names))
        except (UnicodeEncodeError, ValueError):  # zipfile cannot write such a name
            return
        unpacked(export, root / "to")
        assert sorted(path.name for path in root.iterdir()) == ["export.zip", "to"]
        for at, folders, files in os.walk(root / "to"):
            for name in folders + files:
                path = Path(at, name)
                assert path.resolve() == path.absolute()
                assert path.is_dir() or path.read_bytes() == content
                assert stat.S_IFMT(path.lstat().st_mode) in (stat.S_IFDIR, stat.S_IFREG)


@given(st.text())
@example("..")
@example("ada/../../etc")
@example("")
def test_a_plain_name_names_a_folder_and_nothing_else(text):
    name = plain_name(text)
    assert re.fullmatch(r"[\w@][\w@.-]{0,99}", name, re.ASCII)
