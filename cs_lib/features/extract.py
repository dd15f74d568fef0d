"""From images to a matrix of features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np


def extract_features(
    imgs: Iterable[np.ndarray],
    feature_fns: Sequence[Callable[[np.ndarray], np.ndarray]],
    verbose: bool = False,
) -> np.ndarray:
    """Every function's features of every image, side by side: (N, F).

    imgs: N images, such as an array (N, H, W, C). feature_fns: from an image to a flat array; F is
    the sum of their lengths. verbose: tell the progress every 1000 images. Raises ValueError for no
    images, no functions, or features that are not flat or not the same number for every image.
    """
    imgs = list(imgs)
    if not imgs or not feature_fns:
        raise ValueError(f"got {len(imgs)} images and {len(feature_fns)} functions, expected some of both")
    rows = []
    for done, image in enumerate(imgs, start=1):
        parts = [np.asarray(function(image)) for function in feature_fns]
        if any(part.ndim != 1 for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts)
            raise ValueError(f"the feature functions returned shapes {shapes}, expected flat arrays")
        rows.append(np.concatenate(parts))
        if len(rows[-1]) != len(rows[0]):
            raise ValueError(f"image {done - 1} gave {len(rows[-1])} features, the first one {len(rows[0])}")
        if verbose and done % 1000 == 0:
            print(f"Features of {done} of {len(imgs)} images extracted")
    return np.stack(rows)
