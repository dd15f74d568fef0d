"""Cutting out by saliency: a disc on a plain ground."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision import segmentation


def test_a_bright_disc_is_cut_out_by_a_salient_spot_in_it():
    rows, cols = torch.meshgrid(torch.arange(24.0), torch.arange(20.0), indexing="ij")
    distance = ((rows - 11) ** 2 + (cols - 9) ** 2).sqrt()
    disc = distance < 6
    image = torch.where(disc, 0.9, 0.1).expand(1, 3, -1, -1)
    mask = segmentation.segment(image, torch.exp(-distance), foreground=0.97, background=0.4)
    assert mask.shape == (24, 20)
    assert (mask == disc).float().mean() > 0.98


def test_quantiles_out_of_order_are_refused():
    with pytest.raises(ValueError, match=r"background is 0\.9"):
        segmentation.segment(torch.rand(1, 3, 8, 8), torch.rand(8, 8), foreground=0.5, background=0.9)


def test_an_image_and_a_map_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match=r"saliency has shape \(8, 9\), expected .* W=8 as in image"):
        segmentation.segment(torch.rand(1, 3, 8, 8), torch.rand(8, 9))
    with pytest.raises(ValueError, match="image has shape"):
        segmentation.segment(torch.rand(3, 8, 8), torch.rand(8, 8))
