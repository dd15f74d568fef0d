"""Instance norm against torch's, against numbers worked out by hand, and mixed."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from cs_lib.vision.instance_norm import ConditionalInstanceNorm, conditional_instance_norm, instance_norm


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_four_pixels_by_hand():
    x = torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]], dtype=torch.float64)  # mean 4, variance 5
    got = instance_norm(x, torch.tensor([2.0]).double(), torch.tensor([1.0]).double(), eps=4.0)
    assert got.flatten().tolist() == pytest.approx([-1.0, 1 - 2 / 3, 1 + 2 / 3, 3.0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_torch(dtype):
    x, gamma, beta = random(3, 4, 5, 7, dtype=dtype), random(4, dtype=dtype), random(4, seed=1, dtype=dtype)
    got = instance_norm(x, gamma, beta)
    assert got.dtype == dtype
    torch.testing.assert_close(got, F.instance_norm(x, weight=gamma, bias=beta, eps=1e-5))


def test_a_mix_of_one_style_is_that_style_and_each_image_may_have_its_own():
    x, gammas, betas = random(2, 3, 4, 5), random(4, 3, seed=1), random(4, 3, seed=2)
    got = conditional_instance_norm(x, gammas, betas, torch.eye(4, dtype=x.dtype)[[2, 0]])
    torch.testing.assert_close(got[:1], F.instance_norm(x[:1], weight=gammas[2], bias=betas[2], eps=1e-5))
    torch.testing.assert_close(got[1:], F.instance_norm(x[1:], weight=gammas[0], bias=betas[0], eps=1e-5))


def test_half_of_each_style_is_the_mean_of_both_results():
    x, gammas, betas = random(2, 3, 4, 5), random(2, 3, seed=1), random(2, 3, seed=2)
    one, two, both = (
        conditional_instance_norm(x, gammas, betas, torch.tensor(mix, dtype=x.dtype))
        for mix in ([1, 0], [0, 1], [0.5, 0.5])
    )
    torch.testing.assert_close(both, (one + two) / 2)


def test_gradients_agree_with_finite_differences():
    x, gammas, betas = (
        tensor.requires_grad_() for tensor in (random(2, 2, 3, 2), random(3, 2, seed=1), random(3, 2, seed=2))
    )
    assert torch.autograd.gradcheck(conditional_instance_norm, (x, gammas, betas, random(2, 3, seed=3)))


def test_the_layer_begins_with_scale_one_and_shift_zero():
    x, layer = random(2, 3, 6, 6, dtype=torch.float32), ConditionalInstanceNorm(3, num_styles=5)
    got = layer(x, torch.tensor([[1.0, 0, 0, 0, 0], [0, 0.25, 0, 0.75, 0]]))
    torch.testing.assert_close(got, F.instance_norm(x))


def test_a_mix_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="mix has shape"):
        conditional_instance_norm(random(1, 3, 4, 4), random(2, 3), random(2, 3), random(3))


def test_scales_and_mixes_for_another_number_of_images_are_refused():
    x, scales = random(1, 3, 4, 4), random(5, 3)
    with pytest.raises(ValueError, match=r"gamma has shape \(5, 3\), expected \(N, C\) with N=1 as in x"):
        instance_norm(x, scales, scales)
    with pytest.raises(ValueError, match=r"mix has shape \(5, 2\), expected \(N, S\) with N=1 as in x"):
        conditional_instance_norm(x, scales[:2], scales[:2], random(5, 2))
