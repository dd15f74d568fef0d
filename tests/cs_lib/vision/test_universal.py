"""A universal perturbation: it fools more than noise of the same size does."""

from __future__ import annotations

import pytest
import torch

from cs_lib.vision.hand_made import LinearNet
from cs_lib.vision.universal import universal_perturbation


def test_one_perturbation_changes_most_answers_of_a_linear_model():
    generator = torch.Generator().manual_seed(5)
    weights = torch.randn(4, 3, 8, 8, generator=generator)
    images = 0.4 + 0.2 * torch.rand(60, 3, 8, 8, generator=generator)
    model = LinearNet(weights)
    delta = universal_perturbation(model, images, radius=0.1, steps=40, batch=16)
    assert delta.shape == (1, 3, 8, 8)
    assert delta.abs().max() <= 0.1
    noise = 0.1 * torch.sign(torch.randn(delta.shape, generator=generator))
    before = model(images).argmax(dim=1)
    fooled, by_noise = (
        (model((images + change).clamp(0, 1)).argmax(dim=1) != before).float().mean()
        for change in (delta, noise)
    )
    assert fooled > 0.6
    assert fooled > by_noise
    assert torch.equal(delta, universal_perturbation(model, images, 0.1, steps=40, batch=16))
    with pytest.raises(ValueError, match="radius is 0"):
        universal_perturbation(model, images, radius=0)
    with pytest.raises(ValueError, match="N is 0"):
        universal_perturbation(model, images[:0])
    with pytest.raises(ValueError, match="X has shape"):
        universal_perturbation(model, images[0])
