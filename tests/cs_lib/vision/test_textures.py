import pytest
import torch

from cs_lib.vision.features import features
from cs_lib.vision.images import drawn_style
from cs_lib.vision.losses import gram_matrix
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.textures import ORDERS, by_gram, by_neighbours


@pytest.fixture(scope="module")
def stripes():
    return (torch.arange(12) % 4 < 2).float().expand(1, 3, 12, 12).contiguous()


@pytest.mark.parametrize("order", ORDERS)
def test_stripes_go_on_as_stripes(stripes, order):
    grown = by_neighbours(stripes, 10, 14, window=5, order=order)
    assert grown.shape == (1, 3, 10, 14)
    columns = grown[0, 0, 0]
    assert torch.equal(grown, columns.expand(1, 3, 10, 14))  # all rows alike
    assert torch.equal(columns[4:], columns[:-4])  # with a period of four
    assert torch.equal(columns[2:], 1 - columns[:-2])


@pytest.mark.parametrize("order", ORDERS)
def test_every_pixel_is_copied(order):
    texture = drawn_style("mosaic", 16)
    grown = by_neighbours(texture, 9, 8, window=5, order=order, seed=3)
    palette = {tuple(pixel) for pixel in texture[0].flatten(1).T.tolist()}
    assert {tuple(pixel) for pixel in grown[0].flatten(1).T.tolist()} <= palette
    assert torch.equal(grown, by_neighbours(texture, 9, 8, window=5, order=order, seed=3))


@pytest.mark.parametrize("window", [4, 1, 17])
def test_windows_that_do_not_fit(window):
    with pytest.raises(ValueError, match="window is"):
        by_neighbours(torch.zeros(1, 3, 16, 16), 4, 4, window=window)


def test_what_is_too_small_for_gram_matrices():
    texture = drawn_style("waves", 32)
    with pytest.raises(ValueError, match="result is 5 wide and 16 high"):
        by_gram(texture, 16, 5)
    with pytest.raises(ValueError, match="texture is 7 wide and 32 high"):
        by_gram(texture[..., :7], 16, 16)
    with pytest.raises(ValueError, match="number_of_layers is 0"):
        by_gram(texture, 16, 16, layers=[])
    with torch.no_grad():
        assert by_gram(texture, 8, 9, steps=1).shape == (1, 3, 8, 9)


def test_gram_matrices_become_the_textures():
    texture = drawn_style("waves", 32)
    net = normalized_vgg(texture, layers=(8, 8, 0, 12, 12))
    layers, losses = ["conv1_1", "conv2_1"], []
    made = by_gram(texture, 24, 40, net, steps=60, on_step=lambda p: losses.append(p.loss))
    assert made.shape == (1, 3, 24, 40)
    assert losses[-1] < 0.02 * losses[0]
    for layer in layers:
        wanted, got = (gram_matrix(features(net, x, [layer])[layer]) for x in (texture, made))
        assert (got - wanted).norm() < 0.3 * wanted.norm()
