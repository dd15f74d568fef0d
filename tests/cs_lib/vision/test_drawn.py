"""Drawn styles at the smallest size; what they look like is in test_images.py."""

from __future__ import annotations

import pytest

from cs_lib.vision.drawn import DRAWINGS, drawn_style


@pytest.mark.parametrize("name", DRAWINGS)
def test_two_pixels_can_be_drawn_on_and_one_can_not(name):
    drawing = drawn_style(name, 2)
    assert drawing.shape == (1, 3, 2, 2)
    assert 0 <= drawing.min() <= drawing.max() <= 1
    with pytest.raises(ValueError, match="size is 1, expected at least 2"):
        drawn_style(name, 1)
