"""A bag of visual words: an image as counts of typical small patches, wherever they are.

Source: G. Csurka et al., "Visual Categorization with Bags of Keypoints" (2004); random patches of
normalised contrast as in A. Coates, H. Lee, A. Ng, "An Analysis of Single-Layer Networks in
Unsupervised Feature Learning" (2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.features.clustering import kmeans
from cs_lib.knn import l2_distances
from cs_lib.validation import expect_positive, expect_shapes

CONTRAST = 10.0  # added to a patch's variance (pixels in 0..255), so that noise is not blown up


@dataclass(frozen=True)
class VisualWords:
    """A codebook: words (k, patch * patch * C), the typical patches of size patch x patch."""

    words: np.ndarray
    patch: int

    def encode(self, image: np.ndarray, stride: int = 2) -> np.ndarray:
        """The share (k,) of the patches of an image (H, W, C) that are nearest to each word.

        Patches are taken every stride pixels. Raises ValueError if image is smaller than a patch or
        has another number of channels than the codebook.
        """
        image = np.asarray(image)
        sizes = expect_shapes(image=(image, "H W C"))
        expect_positive(stride=stride)
        if min(sizes["H"], sizes["W"]) < self.patch:
            raise ValueError(f"image has shape {image.shape}, expected at least {self.patch} x {self.patch}")
        size = (self.patch, self.patch)
        windows = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))[::stride, ::stride]
        patches = windows.transpose(0, 1, 3, 4, 2).reshape(-1, self.patch**2 * sizes["C"])
        nearest = l2_distances(same_contrast(patches), self.words).argmin(axis=1)
        return np.bincount(nearest, minlength=len(self.words)) / len(nearest)


def learn_visual_words(
    images: np.ndarray,
    num_words: int = 100,
    *,
    patch: int = 6,
    num_patches: int = 10_000,
    num_iters: int = 30,
    rng: np.random.Generator | None = None,
) -> VisualWords:
    """A codebook of num_words from images (N, H, W, C): k-means on random patches of equal contrast.

    Raises ValueError for shapes that do not fit or fewer patches than words.
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    patches = random_patches(images, num_patches, patch, rng)
    words, _ = kmeans(same_contrast(patches), num_words, num_iters=num_iters, rng=rng)
    return VisualWords(words, patch)


def random_patches(images: np.ndarray, num_patches: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Patches of size x size from random places of random images (N, H, W, C), as (num_patches, size^2 * C).

    Raises ValueError for images smaller than a patch.
    """
    images = np.asarray(images)
    sizes = expect_shapes(images=(images, "N H W C"))
    expect_positive(num_patches=num_patches, size=size)
    if min(sizes["H"], sizes["W"]) < size:
        raise ValueError(f"images has shape {images.shape}, expected images of at least {size} x {size}")
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    image, row, column = (rng.integers(0, limit, num_patches) for limit in windows.shape[:3])
    return windows[image, row, column].transpose(0, 2, 3, 1).reshape(num_patches, -1)


def same_contrast(patches: np.ndarray) -> np.ndarray:
    """Patches (N, D) minus each one's mean, over each one's standard deviation."""
    patches = np.asarray(patches, dtype=np.result_type(patches, np.float32))
    centered = patches - patches.mean(axis=1, keepdims=True)
    return centered / np.sqrt(patches.var(axis=1, keepdims=True) + CONTRAST)
