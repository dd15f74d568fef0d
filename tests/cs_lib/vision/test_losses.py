import numpy as np
import pytest
import torch

from cs_lib.vision.losses import content_loss, gram_matrix, style_loss, tv_loss


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_content_loss_by_hand():
    a = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    b = torch.tensor([[[[0.0, 4.0], [3.0, 1.0]]]])
    assert content_loss(0.5, a, b).item() == 0.5 * (1 + 4 + 9)


def test_content_loss_of_the_content_itself_is_0():
    a = random(1, 3, 4, 5)
    assert content_loss(7.0, a, a).item() == 0


def test_gram_by_hand():
    # Two channels at two places: (1, 2) and (3, -1).
    f = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])
    assert gram_matrix(f, normalize=False).tolist() == [[[5.0, 1.0], [1.0, 10.0]]]
    assert gram_matrix(f).tolist() == [[[1.25, 0.25], [0.25, 2.5]]]


@pytest.mark.parametrize("shape", [(1, 3, 4, 7), (4, 5, 2, 3), (2, 1, 6, 1)])
@pytest.mark.parametrize("normalize", [True, False])
def test_gram_agrees_with_einsum(shape, normalize):
    f = random(*shape)
    wanted = np.einsum("nchw,ndhw->ncd", f.numpy(), f.numpy()) / (np.prod(shape[1:]) if normalize else 1)
    np.testing.assert_allclose(gram_matrix(f, normalize), wanted)


def test_gram_does_not_know_where():
    f = random(1, 4, 3, 5)
    moved = f.flatten(2)[:, :, torch.arange(14, -1, -1)].view_as(f)
    torch.testing.assert_close(gram_matrix(f), gram_matrix(moved))


def test_gram_of_features_that_are_not_contiguous():
    f = random(2, 5, 3, 4).transpose(2, 3)
    torch.testing.assert_close(gram_matrix(f), gram_matrix(f.contiguous()))


def test_style_loss_counts_the_chosen_layers_with_their_own_weights():
    feats = [random(1, 2, 3, 3, seed=i) for i in range(4)]
    targets = [torch.zeros(1, 2, 2, dtype=torch.float64)] * 2
    wanted = 2 * gram_matrix(feats[3]).square().sum() + 5 * gram_matrix(feats[1]).square().sum()
    torch.testing.assert_close(style_loss(feats, [3, 1], targets, [2.0, 5.0]), wanted)


def test_style_loss_of_no_layer_is_0():
    assert style_loss([random(1, 2, 3, 3)], [], [], []).item() == 0


def test_tv_loss_by_hand():
    img = torch.tensor([[[[1.0, 2.0, 4.0], [0.0, 3.0, 3.0]]]])
    # right: 1, 4, 9, 0; down: 1, 1, 1
    assert tv_loss(img, 2.0).item() == 2 * 17


def test_tv_loss_of_an_even_picture_is_0():
    assert tv_loss(torch.full((2, 3, 4, 5), 0.3), 10.0).item() == 0


def test_gradients_agree_with_finite_differences():
    f, other = random(2, 3, 4, 3).requires_grad_(), random(2, 3, 4, 3, seed=1)
    target = gram_matrix(other)
    assert torch.autograd.gradcheck(lambda x: content_loss(0.3, x, other), f)
    assert torch.autograd.gradcheck(gram_matrix, f)
    assert torch.autograd.gradcheck(lambda x: style_loss([x], [0], [target], [4.0]), f)
    assert torch.autograd.gradcheck(lambda x: tv_loss(x, 0.7), f)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_keep_the_dtype(dtype):
    f = random(1, 3, 4, 4).to(dtype)
    losses = content_loss(1.0, f, 2 * f), tv_loss(f, 1.0), style_loss([f], [0], [gram_matrix(2 * f)], [1.0])
    assert all(loss.dtype == dtype and loss.shape == () for loss in losses)


def test_wrong_shapes_and_lengths_are_named():
    f = random(1, 2, 3, 3)
    with pytest.raises(ValueError, match=r"features has shape .* expected \(N, C, H, W\)"):
        gram_matrix(f[0])
    with pytest.raises(ValueError, match="content_original"):
        content_loss(1.0, f, random(1, 2, 3, 4))
    with pytest.raises(ValueError, match="one of each for a layer"):
        style_loss([f], [0], [gram_matrix(f)], [])
    with pytest.raises(ValueError, match=r"style_targets\[1\] has shape .* expected \(N, C, C\) with C=2"):
        style_loss([f], [0, 0], [gram_matrix(f), torch.zeros(1, 1, 1)], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"style_layers\[0\] is 1"):
        style_loss([f], [1], [gram_matrix(f)], [1.0])
    with pytest.raises(ValueError, match="number_of_feats is 0"):
        style_loss([], [], [], [])


def test_features_of_no_place_have_no_gram_matrix():
    with pytest.raises(ValueError, match="H is 0"):
        gram_matrix(torch.ones(1, 2, 0, 3))
