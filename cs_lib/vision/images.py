"""Pictures from files and to files, as float tensors (1, 3, H, W) in 0..1, and pictures that are at hand.

Whatever kind a file is of (grey, CMYK, 16 bit, transparent, animated), it becomes RGB; what was changed on
the way is said in a warning, an `ImageNote`.
"""

from __future__ import annotations

import importlib.util
import io
import os
import warnings
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cs_lib.validation import expect_choice, expect_positive, expect_shapes
from cs_lib.vision.drawn import drawn_style, drawn_styles

__all__ = [
    "PHOTOGRAPHS", "ImageNote", "drawn_style", "drawn_styles", "expect_picture_name", "photograph",
    "photographs", "read_image", "resized", "to_array", "write_image",
]  # fmt: skip

MEGAPIXELS = (
    64  # larger files are refused: in float32 they take 12 bytes a pixel, and several copies are made
)
QUALITY = 92  # of those kinds of files that lose something
# The largest values of grey pictures in whole numbers: of a mask, and of 8, 12 and 16 bits.
WHITES = (1, 255, 4095, 65535)
# Photographs that come with scikit-image and scikit-learn, all free to use.
SKIMAGE, SKLEARN = ("skimage", "data"), ("sklearn", "datasets", "images")
PHOTOGRAPHS = {
    "astronaut": (*SKIMAGE, "astronaut.png"), "brick": (*SKIMAGE, "brick.png"),
    "camera": (*SKIMAGE, "camera.png"), "cat": (*SKIMAGE, "chelsea.png"),
    "china": (*SKLEARN, "china.jpg"), "coffee": (*SKIMAGE, "coffee.png"),
    "flower": (*SKLEARN, "flower.jpg"), "galaxies": (*SKIMAGE, "hubble_deep_field.jpg"),
    "grass": (*SKIMAGE, "grass.png"), "gravel": (*SKIMAGE, "gravel.png"),
    "motorcycle": (*SKIMAGE, "motorcycle_left.png"), "retina": (*SKIMAGE, "retina.jpg"),
    "rocket": (*SKIMAGE, "rocket.jpg"), "tissue": (*SKIMAGE, "ihc.png"),
}  # fmt: skip


class ImageNote(UserWarning):
    """A picture was read, but not quite as it is in the file."""


def read_image(path: str | os.PathLike, size: int | None = None) -> Tensor:
    """A picture file as (1, 3, H, W) in 0..1; with size, its longer side has so many pixels.

    Warns with ImageNote about what was converted. Raises ValueError, with the file's name in it, for a file
    that is missing, broken, no picture, larger than MEGAPIXELS, or not finite.
    """
    from PIL import Image, ImageOps

    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder, not a picture")
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _expect_not_huge(image, path)
                notes = _notes(image)
                upright = ImageOps.exif_transpose(image)
                if image.mode.startswith("I") or image.mode == "F":
                    rgb, note = _from_deep_grey(np.asarray(upright), path)
                    notes.append(note)
                else:
                    rgb = _rgb(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(f"{path}: is larger than {MEGAPIXELS} megapixels; make it smaller first") from None
    except Image.UnidentifiedImageError:
        raise ValueError(f"{path}: is no picture that can be read here (PNG, JPEG, TIFF, GIF, ...)") from None
    except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for some broken PNGs
        raise ValueError(f"{path}: is broken or cut off ({error})") from None
    if notes:
        warnings.warn(f"{path}: {'; '.join(notes)}", ImageNote, stacklevel=2)
    picture = torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None].contiguous()
    return picture if size is None else resized(picture, size)


def write_image(path: str | os.PathLike, image: Tensor) -> None:
    """Write a picture (1, 3, H, W) or (3, H, W) in 0..1; the ending of path says which kind of file.

    Raises ValueError for an ending that stands for no kind of picture, and for more than one picture.
    """
    from PIL import Image

    expect_picture_name(path)
    picture = Image.fromarray((to_array(image) * 255).round().astype(np.uint8))
    picture.save(path, quality=QUALITY)


def expect_picture_name(path: str | os.PathLike) -> None:
    """Raise ValueError unless a picture can be written under this name: its ending stands for a kind."""
    from PIL import Image

    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder, not a name for a picture")
    kind = Image.registered_extensions().get(path.suffix.lower())
    try:
        Image.new("RGB", (16, 16)).save(io.BytesIO(), kind, quality=QUALITY)  # many kinds can only be read
    except (ValueError, KeyError, OSError):
        raise ValueError(
            f"{path}: the name of a picture ends in .png or .jpg, this one in {path.suffix!r}"
        ) from None


def to_array(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) or (3, H, W) as an array (H, W, 3), its values brought to 0..1, as matplotlib shows it.

    Raises ValueError for another shape.
    """
    expect_shapes(image=(image if image.ndim == 4 else image[None], "1 3 H W"))
    picture = image.detach().squeeze(0) if image.ndim == 4 else image.detach()
    return picture.clamp(0, 1).permute(1, 2, 0).cpu().float().numpy()


def resized(image: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Images (N, 3, H, W) so that the longer side has size pixels, or with size=(height, width).

    Raises ValueError for a size that is not above 0.
    """
    height, width = image.shape[-2:]
    if isinstance(size, Integral):
        expect_positive(size=size)
        scale = size / max(height, width)
        size = max(1, round(height * scale)), max(1, round(width * scale))
    expect_positive(height=size[0], width=size[1])
    if size == (height, width):
        return image
    return F.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)


def photographs() -> list[str]:
    """The names that `photograph` knows."""
    return list(PHOTOGRAPHS)


def photograph(name: str, size: int | None = None) -> Tensor:
    """A photograph that comes with scikit-image or scikit-learn, (1, 3, H, W) in 0..1.

    Raises ValueError for a name that is not in PHOTOGRAPHS.
    """
    expect_choice("name", name, tuple(PHOTOGRAPHS))
    package, *parts = PHOTOGRAPHS[name]
    found = importlib.util.find_spec(package)
    if found is None:
        raise ModuleNotFoundError(f"the photograph {name!r} comes with {package}, which is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageNote)
        return read_image(Path(found.submodule_search_locations[0]).joinpath(*parts), size)


def _expect_not_huge(image: Any, path: Path) -> None:
    if image.width * image.height > MEGAPIXELS * 10**6:
        raise ValueError(
            f"{path}: has {image.width} x {image.height} pixels, more than {MEGAPIXELS} megapixels; "
            "make it smaller first"
        )


def _notes(image: Any) -> list[str]:
    """What will be changed."""
    notes = []
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"has {image.n_frames} frames or pages; the first is taken")
    if image.mode in ("L", "1", "LA"):
        notes.append("is grey; its three colours will be equal")
    elif image.mode not in ("RGB", "RGBA", "P", "PA", "F") and not image.mode.startswith("I"):
        notes.append(f"is {image.mode}; converted to RGB, colours may shift a little")
    if not image.mode.startswith("I") and ";16" in _raw_mode(image):
        notes.append("has 16 bits for each colour; the upper 8 are taken")
    if _transparent(image):
        notes.append("is transparent in places; laid on white")
    return notes


def _raw_mode(image: Any) -> str:
    """How the numbers lie in the file, in Pillow's words: its mode does not tell 16 bits from 8."""
    arguments = image.tile[0].args if image.tile else ""
    return str(arguments if isinstance(arguments, str) or not arguments else arguments[0])


def _transparent(image: Any) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _rgb(image: Any) -> np.ndarray:
    """(H, W, 3) in 0..1."""
    from PIL import Image

    if _transparent(image):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB")) / 255.0


def _from_deep_grey(grey: np.ndarray, path: Path) -> tuple[np.ndarray, str]:
    """(H, W, 3) in 0..1 of grey (H, W) with more than 8 bits, and what was taken for black and white.

    0 is black, and white the first of WHITES that is not exceeded, or 1 for floating-point numbers. Where
    there are numbers outside of that, the smallest (or 0) is black and the largest white.
    """
    if not np.isfinite(grey).all():
        raise ValueError(f"{path}: holds NaN or infinity in place of a brightness; replace these first")
    low, high = float(grey.min()), float(grey.max())
    usual = (1,) if grey.dtype.kind == "f" else WHITES
    black = min(low, 0.0)
    white = next((white for white in usual if low >= 0 and high <= white), high)
    scaled = (grey.astype(np.float64) - black) / max(white - black, 1e-12)
    note = f"is grey with more than 8 bits; {black:g} is taken as black and {white:g} as white"
    return np.repeat(scaled[..., None], 3, axis=2), note
