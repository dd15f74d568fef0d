"""What a picture has to be before a net changes it or learns from it."""

from __future__ import annotations

from torch import Tensor

from cs_lib.validation import expect_shapes

SMALLEST = 8  # pixels: halved twice they are two, and a border can't be reflected in fewer


def expect_pictures(**pictures: Tensor) -> None:
    """Check that every keyword is one picture (1, 3, H, W) of finite floats.

    Raises TypeError for what is no tensor, or one of whole numbers; ValueError for the rest.
    """
    for name, picture in pictures.items():
        expect_shapes(**{name: (picture, "1 3 H W")})
        if not picture.is_floating_point():
            raise TypeError(f"{name} holds {picture.dtype}, expected floats in 0..1")
        if not picture.isfinite().all():
            raise ValueError(f"{name} holds NaN or infinity, expected numbers in 0..1")


def expect_large_enough(**pictures: Tensor) -> None:
    """Check that every keyword's pictures (N, 3, H, W) have at least SMALLEST pixels each way.

    Raises ValueError that names the first for which that is not so.
    """
    for name, picture in pictures.items():
        height, width = picture.shape[-2:]
        if min(height, width) < SMALLEST:
            raise ValueError(
                f"{name} is {width} wide and {height} high (pixels, as the net gets it), "
                f"expected at least {SMALLEST} each way"
            )
