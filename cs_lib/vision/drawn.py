"""Styles that are drawn by code, so that they belong to nobody: strokes, mosaic, ink and waves."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# Colours as painters group them: a ground, and what is put on it.
STARS = [(20, 30, 80), (35, 70, 140), (60, 120, 180), (240, 200, 80), (250, 235, 160), (15, 20, 45)]
GLASS = [(200, 40, 40), (240, 170, 30), (30, 90, 160), (30, 140, 110), (245, 235, 210), (110, 40, 110)]


def drawn_styles(size: int = 256, seed: int = 0) -> dict[str, Tensor]:
    """Style images by name, each (1, 3, size, size) in 0..1; the same seed gives the same drawings."""
    drawings = {"strokes": strokes, "mosaic": mosaic, "ink": ink, "waves": waves}
    images = {name: draw(size, np.random.default_rng(seed)) for name, draw in drawings.items()}
    return {
        name: torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32))[None]
        for name, image in images.items()
    }


def strokes(size: int, rng: np.random.Generator) -> np.ndarray:
    """Thick brush strokes that follow a swirling field, in blues and yellows; (size, size, 3) in 0..1."""
    angle = 2.2 * np.pi * smooth_noise(size, size / 3, rng)
    tone = smooth_noise(size, size / 5, rng)
    canvas, draw = _canvas(size, STARS[0])
    for y, x in rng.uniform(0, 2 * size, (3500, 2)):
        row, column = min(int(y / 2), size - 1), min(int(x / 2), size - 1)
        shade = STARS[int(np.clip(len(STARS) * tone[row, column] + rng.normal(0, 0.8), 0, len(STARS) - 1))]
        colour = tuple(int(c) for c in np.clip(np.array(shade) + rng.normal(0, 14, 3), 0, 255))
        points = _path(angle, y / 2, x / 2, length=size / 14)
        draw.line([(2 * b, 2 * a) for a, b in points], fill=colour, width=max(2, size // 40), joint="curve")
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
        for y, x in rng.uniform(0, size, (2200, 2)):
            dark = tone[min(int(y), size - 1), min(int(x), size - 1)]
            if dark < below * rng.uniform(0.6, 1.0):
                points = [(2 * b, 2 * a) for a, b in _path(angle, y, x, length=size / 11)]
                draw.line(points, fill=(25, 22, 35), width=int(rng.integers(1, 4)))
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


def smooth_noise(size: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Random hills of about this width, (size, size), from 0 to 1."""
    from scipy.ndimage import gaussian_filter

    hills = gaussian_filter(rng.standard_normal((size, size)), scale / 3, mode="wrap")
    ranks = np.argsort(np.argsort(hills, axis=None))  # every height equally often
    return ranks.reshape(size, size) / (size * size - 1)


def _path(angle: np.ndarray, y: float, x: float, length: float) -> list[tuple[float, float]]:
    """Points along the field of directions, from (y, x)."""
    points = [(y, x)]
    limit = len(angle) - 1
    for _ in range(6):
        direction = angle[int(np.clip(y, 0, limit)), int(np.clip(x, 0, limit))]
        y, x = y + np.sin(direction) * length / 6, x + np.cos(direction) * length / 6
        points.append((y, x))
    return points


def _canvas(size: int, colour: tuple[int, int, int]):
    """A canvas of twice the size, so that lines are smooth once it is reduced, and what draws on it."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (2 * size, 2 * size), colour)
    return canvas, ImageDraw.Draw(canvas)


def _finished(canvas, size: int) -> np.ndarray:
    from PIL import Image

    return np.asarray(canvas.resize((size, size), Image.Resampling.LANCZOS)) / 255.0
