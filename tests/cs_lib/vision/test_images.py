import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from cs_lib.vision import images
from cs_lib.vision.images import (
    ImageNote,
    drawn_style,
    drawn_styles,
    photograph,
    photographs,
    read_image,
    resized,
    to_array,
    write_image,
)

RED = (255, 0, 0)


def test_written_and_read_again(tmp_path):
    picture = torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    write_image(tmp_path / "a.png", picture)
    read = read_image(tmp_path / "a.png")
    assert read.shape == (1, 3, 5, 7)
    assert read.dtype == torch.float32
    assert (read - picture).abs().max() <= 0.5 / 255 + 1e-6


# What is saved, and what is said about it.
KINDS = {
    "grey.png": (Image.new("L", (6, 4), 51), "grey", (0.2, 0.2, 0.2)),
    "cmyk.jpg": (Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "CMYK", (1, 0, 0)),
    "cmyk.tif": (Image.new("CMYK", (6, 4), (0, 255, 255, 0)), "CMYK", (1, 0, 0)),
    "deep.png": (Image.fromarray(np.full((4, 6), 13107, np.uint16)), "more than 8 bits", (0.2, 0.2, 0.2)),
    "deep.tif": (Image.fromarray(np.full((4, 6), 13107, np.uint16)), "more than 8 bits", (0.2, 0.2, 0.2)),
    "float.tif": (Image.fromarray(np.full((4, 6), 0.2, np.float32)), "more than 8 bits", (0.2, 0.2, 0.2)),
    "clear.png": (Image.new("RGBA", (6, 4), (255, 0, 0, 0)), "transparent", (1, 1, 1)),
    "half.png": (Image.new("LA", (6, 4), (0, 255)), "transparent", (0, 0, 0)),
    "two.png": (Image.new("1", (6, 4), 1), "grey", (1, 1, 1)),
}


@pytest.mark.parametrize("name", KINDS)
def test_other_kinds_are_converted_with_a_note(tmp_path, name):
    picture, said, colour = KINDS[name]
    picture.save(tmp_path / name)
    with pytest.warns(ImageNote, match=said) as notes:
        read = read_image(tmp_path / name)
    assert all(name in str(note.message) for note in notes)
    assert read.shape == (1, 3, picture.height, picture.width)
    np.testing.assert_allclose(read.mean(dim=(0, 2, 3)), colour, atol=0.02)


def test_palettes_are_pictures_like_others(tmp_path):
    Image.new("RGB", (6, 4), RED).convert("P").save(tmp_path / "p.gif")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_image(tmp_path / "p.gif")[0, :, 0, 0].tolist() == [1, 0, 0]


def test_of_an_animation_the_first_frame_is_taken(tmp_path):
    first, second = (Image.new("RGB", (6, 4), colour) for colour in (RED, "blue"))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    with pytest.warns(ImageNote, match="2 frames"):
        assert read_image(tmp_path / "a.gif")[0, :, 0, 0].tolist() == [1, 0, 0]


def test_a_turned_camera_is_turned_back(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.new("RGB", (8, 4), RED).save(tmp_path / "a.jpg", exif=exif)
    assert read_image(tmp_path / "a.jpg").shape == (1, 3, 8, 4)


def test_what_cannot_be_read_is_named(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    Image.effect_noise((64, 64), 50).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:900])
    for name, said in [
        ("missing.png", "no such file"),
        ("text.png", "no picture"),
        ("empty.jpg", "no picture"),
        ("cut.png", "broken or cut off"),
    ]:
        with pytest.raises(ValueError, match=f"{name}: .*{said}"):
            read_image(tmp_path / name)
    with pytest.raises(ValueError, match="no such file"):
        read_image(tmp_path)


def test_huge_pictures_are_refused_before_they_are_read(tmp_path, monkeypatch):
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    with pytest.raises(ValueError, match="megapixels"):
        read_image(tmp_path / "huge.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ValueError, match="megapixels"):
        read_image(tmp_path / "huge.png")


def test_size_is_the_longer_side(tmp_path):
    Image.new("RGB", (80, 40), RED).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", size=20).shape == (1, 3, 10, 20)
    picture = torch.rand(1, 3, 9, 6)
    assert resized(picture, (4, 5)).shape == (1, 3, 4, 5)
    assert resized(picture, 9) is picture
    with pytest.raises(ValueError, match="size is 0"):
        resized(picture, 0)


def test_names_without_a_kind_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"ends in .png or .jpg"):
        write_image(tmp_path / "picture", torch.zeros(3, 4, 4))


def test_arrays_for_matplotlib():
    picture = torch.tensor([-0.5, 0.25, 1.5]).view(1, 3, 1, 1).expand(1, 3, 2, 4)
    assert to_array(picture).shape == (2, 4, 3)
    assert to_array(picture)[0, 0].tolist() == [0, 0.25, 1]
    assert to_array(picture[0]).shape == (2, 4, 3)
    with pytest.raises(ValueError, match="image has shape"):
        to_array(torch.zeros(2, 3, 4, 4))


@pytest.mark.parametrize("name", photographs())
def test_photographs_at_hand(name):
    picture = photograph(name, size=32)
    assert picture.shape[:2] == (1, 3)
    assert max(picture.shape) == 32
    assert picture.std() > 0.01


def test_unknown_photographs_are_named():
    with pytest.raises(ValueError, match="expected one of 'astronaut'"):
        photograph("dog")


def test_drawn_styles_are_the_same_for_the_same_seed():
    first, again, other = (drawn_styles(24, seed) for seed in (0, 0, 1))
    assert list(first) == ["strokes", "mosaic", "ink", "waves"]
    for name, picture in first.items():
        assert picture.shape == (1, 3, 24, 24)
        assert 0 <= picture.min() < 0.3 < 0.6 < picture.max() <= 1
        assert torch.equal(picture, again[name])
        assert not torch.equal(picture, other[name])


def test_all_names_are_there():
    assert all(hasattr(images, name) for name in images.__all__)


def test_unknown_drawings_are_named():
    with pytest.raises(ValueError, match="'strokes', 'mosaic'"):
        drawn_style("oil")
