"""patches10: small colour images in ten classes, cut from ten photographs that scikit-image carries.

A class is a photograph. Training and validation patches come from the left 72 % of it, test patches from
the right, so that no test pixel is ever seen in training. Patches of 32, 48 and 64 pixels are brought to
32x32, mirrored at random, and changed in contrast, brightness and tint; nearly flat ones are drawn again.

The same seed gives the same crops on every machine: positions come from the raw numbers of PCG64, and the
decision what is flat is made in whole numbers. Colours are computed in float64 and rounded once at the end.
Not for drawing many different sets fast: a set is built once and kept.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np

from cs_lib.data import cache as store
from cs_lib.data import progress
from cs_lib.data.dataset import PARTS, Dataset
from cs_lib.data.errors import BrokenFileError
from cs_lib.data.manifest import Entry, Photograph, expect_checksum
from cs_lib.data.splits import expect_size, permutation, stream, uniforms

DEFAULTS = {"train": 5000, "val": 500, "test": 1000}
LIMIT = 50_000  # images a part: 150 MB

VERSION = 1  # to be raised when this file changes a pixel: sets that were kept are then built anew
SIDE = 32
SCALES = (32, 48, 64)
TRAIN_PERCENT = 72  # of a photograph's width
FLAT = 0.05  # deviation of the grey levels, on a scale of 0 to 1, under which a crop is drawn again
CONTRAST, BRIGHTNESS, TINT = 0.4, 0.2, 0.2  # strongest change in each direction
DRAWS = 9  # random numbers a crop: scale, top, left, mirrored, contrast, brightness, three tints
CHUNK = 250  # crops at a time


def load(
    entry: Entry, cache: Path, train: int | None, val: int | None, test: int | None, seed: int
) -> Dataset:
    """Images (N, 32, 32, 3) uint8, classes as even as the sizes allow; by default 5000, 500 and 1000.

    Raises TypeError or ValueError for sizes that there are not.
    """
    asked = dict(zip(PARTS, (train, val, test), strict=True))
    sizes = {
        part: expect_size("patches10", part, DEFAULTS[part] if size is None else size, LIMIT)
        for part, size in asked.items()
    }
    path = _path(entry, cache, sizes, seed)
    layout = {f"x_{part}": ((n, SIDE, SIDE, 3), np.uint8) for part, n in sizes.items()}
    layout |= {f"y_{part}": ((n,), np.int64) for part, n in sizes.items()}
    arrays = store.read_arrays(path, layout)
    if arrays is None:
        arrays = _build(entry, sizes, seed)
        store.write_arrays(path, arrays)
    return Dataset("patches10", entry.classes, **arrays)


def fetch(entry: Entry, cache: Path) -> Path:
    """Build the default set; returns its file."""
    load(entry, cache, None, None, None, seed=0)
    return _path(entry, cache, DEFAULTS, seed=0)


def is_cached(entry: Entry, cache: Path) -> bool:
    """Whether the default set has been built."""
    return _path(entry, cache, DEFAULTS, seed=0).is_file()


def read_photograph(photograph: Photograph) -> np.ndarray:
    """A photograph as (H, W, 3) uint8; grey ones get three equal channels. Raises BrokenFileError."""
    from PIL import Image

    remedy = "Reinstall it: pip install --force-reinstall scikit-image"
    package = importlib.util.find_spec("skimage")
    if package is None:
        raise ModuleNotFoundError(
            "patches10 is cut from scikit-image's photographs: pip install scikit-image"
        )
    path = Path(package.submodule_search_locations[0]) / "data" / photograph.file
    if not path.is_file():
        raise BrokenFileError(path, "is missing from the scikit-image package", remedy)
    expect_checksum(path, photograph.sha256, remedy)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _build(entry: Entry, sizes: dict[str, int], seed: int) -> dict[str, np.ndarray]:
    """All arrays of the set, by name."""
    photographs = [read_photograph(photograph) for photograph in entry.photographs]
    arrays = {}
    with progress.bar(sum(sizes.values()), "building patches10", "patches") as bar:
        for p, (part, size) in enumerate(sizes.items()):
            counts = [len(range(c, size, len(photographs))) for c in range(len(photographs))]
            images = []
            for c, (photo, count) in enumerate(zip(photographs, counts, strict=True)):
                images.append(cut(_region(photo, part), count, stream(seed, p, c)))
                bar.update(count)
            order = permutation(stream(seed, p, len(photographs)), size)
            arrays[f"x_{part}"] = np.concatenate(images)[order]
            arrays[f"y_{part}"] = np.repeat(np.arange(len(photographs), dtype=np.int64), counts)[order]
    return arrays


def _region(photo: np.ndarray, part: str) -> np.ndarray:
    """The columns of a photograph that a part may see."""
    border = photo.shape[1] * TRAIN_PERCENT // 100
    return photo[:, border:] if part == "test" else photo[:, :border]


def cut(photo: np.ndarray, count: int, bits: np.random.PCG64) -> np.ndarray:
    """Draw crops of photo: (H, W, 3) until `count` are not flat; returns (count, 32, 32, 3) uint8."""
    found = [np.empty((0, SIDE, SIDE, 3), np.uint8)]
    while (missing := count - sum(map(len, found))) > 0:
        draws = uniforms(bits, min(2 * missing + 8, CHUNK), DRAWS)  # how many at a time changes no crop
        patches = np.empty((len(draws), SIDE, SIDE, 3))
        for s, scale in enumerate(SCALES):
            of_scale = np.floor(draws[:, 0] * len(SCALES)) == s
            patches[of_scale] = _resized_crops(photo, scale, draws[of_scale])
        keep = ~_is_flat(patches)
        found.append(_recolour(patches[keep], draws[keep]))
    return np.concatenate(found)[:count]


def _resized_crops(photo: np.ndarray, scale: int, draws: np.ndarray) -> np.ndarray:
    """Crops of one scale at the drawn places, brought to 32x32 by averaging areas and mirrored if drawn.

    Returns (M, 32, 32, 3) float32 holding 36 times the grey levels: whole numbers at every scale.
    """
    top, left = (
        np.floor(draws[:, 1 + axis] * (photo.shape[axis] - scale + 1)).astype(int) for axis in (0, 1)
    )
    windows = np.lib.stride_tricks.sliding_window_view(photo, (scale, scale), axis=(0, 1))
    crops = windows[top, left].astype(np.float32)  # (M, 3, scale, scale); exact up to 2**24, 36 * 255 is less
    weights = area_weights(scale)
    small = (weights @ crops @ weights.T).transpose(0, 2, 3, 1)
    mirrored = draws[:, 3] < 0.5
    small[mirrored] = small[mirrored, :, ::-1]
    return small


def area_weights(scale: int) -> np.ndarray:
    """W: (32, scale) float32; W @ column is 6 times the mean over the area that each new pixel covers.

    Row i covers old pixels from i * scale / 32 to (i + 1) * scale / 32; the overlaps are multiples of a sixth
    of a new pixel for all of SCALES, so all weights are whole numbers and nothing is rounded.
    """
    new, old = np.arange(SIDE)[:, None], np.arange(scale)
    overlap = np.minimum((new + 1) * scale, (old + 1) * SIDE) - np.maximum(new * scale, old * SIDE)
    return (np.maximum(overlap, 0) * 6 / scale).astype(np.float32)


def _is_flat(patches: np.ndarray) -> np.ndarray:
    """Whether the grey levels of each of (M, 32, 32, 3) patches hardly differ, computed in whole numbers."""
    grey = patches.sum(axis=3).reshape(len(patches), -1).astype(np.int64)  # 36 * 3 times the grey level
    n = grey.shape[1]
    variance = n * (grey**2).sum(axis=1) - grey.sum(axis=1) ** 2  # n * n times
    return variance < (FLAT * 255 * 36 * 3 * n) ** 2


def _recolour(patches: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Change contrast around the patch's mean, then brightness, then each channel; uint8 at the end."""
    change = 2 * draws[:, 4:, None, None] - 1  # -1 to 1
    contrast = 1 + CONTRAST * change[:, 0, :, :, None]
    brightness = 255 * BRIGHTNESS * change[:, 1, :, :, None]
    tint = 1 + TINT * change[:, 2:].transpose(0, 2, 3, 1)
    levels = patches / 36
    mean = levels.mean(axis=(1, 2, 3), keepdims=True)
    levels = ((levels - mean) * contrast + mean + brightness) * tint
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _path(entry: Entry, cache: Path, sizes: dict[str, int], seed: int) -> Path:
    """The file of a set; its name changes with everything that the pixels depend on."""
    checksums = [photograph.sha256 for photograph in entry.photographs]
    recipe = (VERSION, SCALES, TRAIN_PERCENT, FLAT, CONTRAST, BRIGHTNESS, TINT, checksums)
    key = hashlib.sha256(repr(recipe).encode()).hexdigest()[:8]
    counts = "-".join(str(sizes[part]) for part in PARTS)
    return cache / "patches10" / f"{counts}-seed{seed}-{key}.npz"
