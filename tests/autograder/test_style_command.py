import hashlib
import io
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image
from rich.console import Console

from autograder import style_command

pytest.importorskip("torch", reason="style transfer needs PyTorch")


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


def test_two_files_become_a_third(tmp_path, console):
    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.png")
    Image.effect_noise((30, 30), 60).save(tmp_path / "b.png")
    style_command.run(tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.jpg", 32, 2, 0, console)
    said = console.file.getvalue()
    assert "b.png: is grey" in said
    assert "32 x 16 pixels, 2 steps" in said
    assert " on c" in said  # the CPU, or CUDA
    with Image.open(tmp_path / "c.jpg") as image:
        assert image.size == (32, 16)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png", "c.jpg"]


def test_names_stand_for_the_pictures_at_hand(tmp_path, console, monkeypatch):
    monkeypatch.setattr(style_command, "PREVIEW_EVERY", 0.0)  # a preview after each step
    style_command.run("cat", "ink", tmp_path / "c.png", 24, 2, 0, console)
    with Image.open(tmp_path / "c.png") as image:
        assert max(image.size) == 24


@pytest.mark.parametrize("device", ["nowhere", "cuda:99", "meta"])
def test_a_device_that_is_not_there_is_named_with_a_remedy(tmp_path, console, device):
    with pytest.raises(ValueError, match=f"--device {device}: .*try --device cpu"):
        style_command.run("cat", "ink", tmp_path / "c.png", 16, 1, 0, console, device)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "out", "said"),
    [
        ("nothing.png", "c.png", "no such file, and none of the pictures"),
        ("", "c.png", "is a folder, not a picture"),
        ("cat", "none/c.png", r"none/c\.png: there is no folder"),
        ("cat", "c.picture", r"c\.picture: the name of a picture ends in \.png or \.jpg"),
        ("cat", "c.psd", r"c\.psd: the name of a picture ends in \.png or \.jpg"),
        ("cat", ".", "is a folder, not a name for a picture"),
    ],
)
def test_what_is_wrong_is_said_before_the_work(tmp_path, console, content, out, said):
    with pytest.raises(ValueError, match=said):
        style_command.run(content, "ink", tmp_path / out, 16, 1, 0, console)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pictures", [("a.png", "ink"), ("cat", "a.png")], ids=["content", "style"])
def test_no_picture_is_written_over_one_that_is_read(tmp_path, console, monkeypatch, pictures):
    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "same.png").symlink_to("a.png")
    for out in ("a.png", "same.png"):
        with pytest.raises(ValueError, match=f"{out}: is one of the two pictures that are read"):
            style_command.run(*pictures, out, 32, 1, 0, console)
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_note_is_printed_once(tmp_path, console):
    Image.effect_noise((30, 30), 60).save(tmp_path / "b.png")
    style_command.run(tmp_path / "b.png", tmp_path / "b.png", tmp_path / "c.png", 32, 1, 0, console)
    assert console.file.getvalue().count("is grey") == 1


def test_a_folder_does_not_hide_a_picture_at_hand(tmp_path, monkeypatch):
    (tmp_path / "ink").mkdir()
    monkeypatch.chdir(tmp_path)
    assert style_command.picture("ink", 24).shape == (1, 3, 24, 24)


def test_who_interrupts_is_told_where_the_picture_is(tmp_path):
    out = tmp_path / "c.png"
    command = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import autograder.cli; autograder.cli.main()"
    )
    argv = [
        sys.executable,
        "-c",
        command,
        "style",
        "cat",
        "ink",
        "-o",
        out,
        "--size",
        "32",
        "--steps",
        "100000",
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not out.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    said = " ".join(said.split())
    assert process.returncode == 130
    assert "interrupted after step " in said
    assert f"of 100000: {out} holds the picture so far" in said
    with Image.open(out) as image:
        assert max(image.size) == 32
    assert list(tmp_path.iterdir()) == [out]


def test_before_the_first_step_an_interrupt_leaves_nothing(tmp_path, console, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(style_command, "picture", interrupted)
    with pytest.raises(KeyboardInterrupt, match="before the first step: nothing was painted"):
        style_command.run("cat", "ink", tmp_path / "c.png", 16, 1, 0, console)
    assert not list(tmp_path.iterdir())


# --- nets with published weights


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache, in which a file stands in for SqueezeNet's published weights, and no network."""
    import torch

    from cs_lib.vision import weights

    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(weights.SqueezeNet().state_dict(), file)
    name = f"squeezenet1_1-{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.pth"
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / name).write_bytes(file.getvalue())
    monkeypatch.setitem(weights.WEIGHTS, "squeezenet", weights.Published(weights.SqueezeNet, name, 5))
    monkeypatch.setenv("CS_LIB_CACHE", str(folder))
    monkeypatch.setenv("CS_LIB_WEIGHTS_URL", "http://127.0.0.1:1/")  # nothing listens there
    return folder


def test_a_net_in_the_cache_looks_at_the_pictures(tmp_path, cache, console):
    painted = {}
    for net in ("squeezenet", "random"):
        out = tmp_path / f"{net}.png"
        style_command.run("cat", "ink", out, 48, 2, 0, console, net=net)
        painted[net] = out.read_bytes()
    assert painted["squeezenet"] != painted["random"]


def test_without_a_network_the_remedy_is_named(tmp_path, cache, console):
    said = r"^--net vgg19: .*vgg19-dcbb9e9d.pth \(548 MB\) cannot be downloaded: no connection .*"
    remedy = "Put the file into .*cache by hand, or do without published weights; --net random needs none$"
    with pytest.raises(ValueError, match=said + remedy):
        style_command.run("cat", "ink", tmp_path / "c.png", 32, 1, 0, console, net="vgg19")
    assert not (tmp_path / "c.png").exists()


def test_an_unknown_net_is_answered_with_those_there_are(tmp_path, console):
    said = "--net is 'alexnet', expected one of 'random', 'vgg16', 'vgg19', 'squeezenet'"
    with pytest.raises(ValueError, match=said):
        style_command.run("cat", "ink", tmp_path / "c.png", 32, 1, 0, console, net="alexnet")
