import struct
import warnings
import zlib

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


# Grey with more than 8 bits: two numbers in the file, what they become, and what is said of it.
DEEP = {
    "a mask": (np.uint16, (0, 1), (0, 1), "0 is taken as black and 1 as white"),
    "8 bits in 16": (np.uint16, (0, 51), (0, 0.2), "0 is taken as black and 255 as white"),
    "12 bits": (np.uint16, (0, 819), (0, 0.2), "0 is taken as black and 4095 as white"),
    "16 bits": (np.uint16, (0, 13107), (0, 0.2), "0 is taken as black and 65535 as white"),
    "8 bits in 32": (np.int32, (0, 51), (0, 0.2), "0 is taken as black and 255 as white"),
    "16 bits in 32": (np.int32, (0, 13107), (0, 0.2), "0 is taken as black and 65535 as white"),
    "32 bits": (np.int32, (25_000, 100_000), (0.25, 1), r"0 is taken as black and 100000 as white"),
    "negative": (np.int32, (-100, 100), (0, 1), "-100 is taken as black and 100 as white"),
    "floats": (np.float32, (0, 0.2), (0, 0.2), "0 is taken as black and 1 as white"),
    "large floats": (np.float32, (0.5, 2), (0.25, 1), "0 is taken as black and 2 as white"),
}


@pytest.mark.parametrize("kind", DEEP)
def test_deep_grey_is_said_to_have_the_white_that_it_is_given(tmp_path, kind):
    dtype, numbers, wanted, said = DEEP[kind]
    Image.fromarray(np.array([numbers], dtype)).save(tmp_path / "deep.tif")
    with pytest.warns(ImageNote, match=said):
        read = read_image(tmp_path / "deep.tif")
    np.testing.assert_allclose(read[0, :, 0], [wanted] * 3, atol=1e-4)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(tmp_path, wrong):
    Image.fromarray(np.array([[0.5, wrong]], np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(ValueError, match=r"float.tif: holds NaN or infinity"):
        read_image(tmp_path / "float.tif")


def png(channels: int, color_type: int) -> bytes:
    """A PNG file of one pixel with 16 bits for each channel, all 0x33ff: Pillow writes no such files."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 16, color_type, 0, 0, 0)
    pixel = zlib.compress(b"\0" + channels * b"\x33\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("channels", "color_type"), [(3, 2), (4, 6)], ids=["RGB", "RGBA"])
def test_of_16_bits_for_each_colour_the_upper_8_are_taken_with_a_note(tmp_path, channels, color_type):
    (tmp_path / "deep.png").write_bytes(png(channels, color_type))
    with pytest.warns(ImageNote, match="16 bits for each colour; the upper 8 are taken"):
        read = read_image(tmp_path / "deep.png")
    wanted = 0.2 if channels == 3 else 0.2 * 0.2 + 0.8  # the rest is white
    np.testing.assert_allclose(read[0, :, 0, 0], [wanted] * 3, atol=3 / 255)


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
    for folder in (tmp_path, ""):
        with pytest.raises(ValueError, match="is a folder"):
            read_image(folder)


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
    with pytest.raises(ValueError, match="height is 0"):
        resized(picture, (0, 4))
    assert torch.equal(resized(picture, np.int64(5)), resized(picture, 5))


@pytest.mark.parametrize("name", ["picture", "a.xyz", "a.psd", "a.mpg", "a.cur", "a.h5", "a.wmf", "a.xbm"])
def test_names_that_no_picture_can_be_written_under_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=rf"{name}: .* ends in .png or .jpg, this one in"):
        write_image(tmp_path / name, torch.zeros(3, 4, 4))
    assert not (tmp_path / name).exists()


def test_a_folder_is_no_name_for_a_picture(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(ValueError, match=r"a.png: is a folder"):
        write_image(tmp_path / "a.png", torch.zeros(3, 4, 4))


@pytest.mark.parametrize("name", ["a.PNG", "a.jpeg", "a.gif", "a.tif", "a.webp", "a.bmp"])
def test_the_usual_kinds_are_written(tmp_path, name):
    write_image(tmp_path / name, torch.full((3, 8, 8), 0.6))
    with Image.open(tmp_path / name) as image:
        assert abs(image.convert("RGB").getpixel((4, 4))[0] - 153) <= 2


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
