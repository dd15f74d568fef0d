"""Styles that are drawn by code, so that they belong to nobody: strokes, mosaic, ink and waves."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cs_lib.validation import expect_between, expect_choice

# Colours as painters group them: a ground, and what is put on it.
STARS = [(20, 30, 80), (35, 70, 140), (60, 120, 180), (240, 200, 80), (250, 235, 160), (15, 20, 45)]
GLASS = [(200, 40, 40), (240, 170, 30), (30, 90, 160), (30, 140, 110), (245, 235, 210), (110, 40, 110)]


def drawn_styles(size: int = 256, seed: int = 0) -> dict[str, Tensor]:
    """All drawn styles by name, each (1, 3, size, size) in 0..1; the same seed gives the same drawings."""
    return {name: drawn_style(name, size, seed) for name in DRAWINGS}


def drawn_style(name: str, size: int = 256, seed: int = 0) -> Tensor:
    """One of DRAWINGS, (1, 3, size, size) in 0..1. Raises ValueError for another name, and a size below 2."""
    expect_choice("name", name, tuple(DRAWINGS))
    expect_between(2, size=size)
    drawing = DRAWINGS[name](size, np.random.default_rng(seed))
    return torch.from_numpy(np.ascontiguousarray(drawing.transpose(2, 0, 1), dtype=np.float32))[None]


def strokes(size: int, rng: np.random.Generator) -> np.ndarray:
    """Thick brush strokes that follow a swirling field, in blues and yellows; (size, size, 3) in 0..1."""
    angle = 2.2 * np.pi * smooth_noise(size, size / 3, rng)
    tone = smooth_noise(size, size / 5, rng)
    places = rng.uniform(0, size, (3500, 2))
    shades = len(STARS) * _at(tone, places) + rng.normal(0, 0.8, len(places))
    colours = np.array(STARS)[np.clip(shades, 0, len(STARS) - 1).astype(int)]
    colours = np.clip(colours + rng.normal(0, 14, (len(places), 3)), 0, 255).astype(int)
    canvas, draw = _canvas(size, STARS[0])
    for path, colour in zip(_paths(angle, places, size / 14), colours, strict=True):
        draw.line(path, fill=tuple(colour.tolist()), width=max(2, size // 40), joint="curve")
    return _finished(canvas, size)


def mosaic(size: int, rng: np.random.Generator) -> np.ndarray:
    """Tiles of coloured glass with dark joints; (size, size, 3) in 0..1."""
    from scipy.spatial import cKDTree

    side = 16  # tiles in a row
    grid = np.stack(np.mgrid[:side, :side], axis=-1).reshape(-1, 2) + 0.5
    centres = (grid + rng.uniform(-0.45, 0.45, grid.shape)) * size / side
    count = len(centres)
    places = np.stack(np.mgrid[:size, :size], axis=-1).reshape(-1, 2)
    distances, nearest = cKDTree(centres).query(places, k=2)
    colours = np.array(GLASS)[rng.integers(len(GLASS), size=count)] + rng.normal(0, 16, (count, 3))
    image = colours[nearest[:, 0]] / 255
    image *= 1.08 - 0.25 * distances[:, :1] / distances[:, :1].max()
    joint = np.clip((distances[:, 1] - distances[:, 0]) / (size / 90), 0, 1)[:, None]
    return np.clip(image * joint + 0.07 * (1 - joint), 0, 1).reshape(size, size, 3)


def ink(size: int, rng: np.random.Generator) -> np.ndarray:
    """Hatching with a pen on cream paper, crossed where it is dark; (size, size, 3) in 0..1."""
    tone = smooth_noise(size, size / 4, rng)
    canvas, draw = _canvas(size, (245, 238, 220))
    for direction, below in ((0.7, 1.0), (2.3, 0.55), (1.5, 0.3)):
        angle = direction + 0.9 * (smooth_noise(size, size / 2, rng) - 0.5)
        places = rng.uniform(0, size, (2200, 2))
        places = places[_at(tone, places) < below * rng.uniform(0.6, 1.0, len(places))]
        widths = rng.integers(1, 4, len(places)).tolist()
        for path, width in zip(_paths(angle, places, size / 11), widths, strict=True):
            draw.line(path, fill=(25, 22, 35), width=width)
    return _finished(canvas, size)


def waves(size: int, rng: np.random.Generator) -> np.ndarray:
    """Bands of colour with dark outlines, as in a woodcut; (size, size, 3) in 0..1."""
    height = 9 * smooth_noise(size, size / 3, rng) + 7 * np.linspace(0, 1, size)[:, None]
    band, within = np.divmod(height, 1.0)
    image = np.array(GLASS)[(band.astype(int) * 2) % len(GLASS)] / 255
    line = (
        np.clip(np.minimum(within, 1 - within) / np.maximum(np.hypot(*np.gradient(height)), 1e-6), 0, 2) / 2
    )
    grain = 0.85 + 0.15 * np.sin(40 * within)[..., None]
    return np.clip(image * grain, 0, 1) * line[..., None] + 0.06 * (1 - line[..., None])


DRAWINGS = {"strokes": strokes, "mosaic": mosaic, "ink": ink, "waves": waves}


def smooth_noise(size: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Random hills of about this width, (size, size), from 0 to 1."""
    from scipy.ndimage import gaussian_filter

    hills = gaussian_filter(rng.standard_normal((size, size)), scale / 3, mode="wrap")
    ranks = np.argsort(np.argsort(hills, axis=None))  # every height equally often
    return ranks.reshape(size, size) / (size * size - 1)


def _at(field: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The values of a field (size, size) at places (N, 2); beyond the border, those at the border."""
    rows, columns = np.clip(places, 0, len(field) - 1).astype(int).T
    return field[rows, columns]


def _paths(angle: np.ndarray, places: np.ndarray, length: float) -> list[list[tuple[float, float]]]:
    """From each of places (N, 2), points (x, y) along the directions, on the canvas of twice the size."""
    points = [places]
    for _ in range(6):
        direction = _at(angle, points[-1])
        points.append(points[-1] + length / 6 * np.stack([np.sin(direction), np.cos(direction)], axis=1))
    doubled = 2 * np.stack(points, axis=1)[..., ::-1]
    return [[tuple(point) for point in path] for path in doubled.tolist()]


def _canvas(size: int, colour: tuple[int, int, int]):
    """A canvas of twice the size, so that lines are smooth once it is reduced, and what draws on it."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (2 * size, 2 * size), colour)
    return canvas, ImageDraw.Draw(canvas)


def _finished(canvas, size: int) -> np.ndarray:
    from PIL import Image

    return np.asarray(canvas.resize((size, size), Image.Resampling.LANCZOS)) / 255.0
