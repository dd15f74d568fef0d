import io

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


def test_what_is_wrong_is_said_before_the_work(tmp_path, console):
    for content, out, said in [
        ("nothing.png", "c.png", "no such file, and none of the pictures"),
        ("cat", "none/c.png", "there is no folder"),
        ("cat", "c.picture", "ends in .png or .jpg"),
    ]:
        with pytest.raises(ValueError, match=said):
            style_command.run(content, "ink", tmp_path / out, 16, 1, 0, console)
    assert not list(tmp_path.iterdir())
