"""The feature nets: shapes, published names and counts, and weights that are checked before they are used."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest
import torch
from torch import nn

from cs_lib import data
from cs_lib.architectures import NETS, rows, totals
from cs_lib.vision.features import features, layer_names
from cs_lib.vision.normalize import IMAGENET, Normalize
from cs_lib.vision.patches_net import WEIGHTS as WEIGHTS_FILE
from cs_lib.vision.patches_net import PatchesNet, fold_batch_norm, load_patches_net, with_batch_norm
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.squeezenet import SqueezeNet
from cs_lib.vision.vgg import vgg16, vgg19
from cs_lib.vision.weights import WEIGHTS, Published, WeightsError, load_published


def count(net: nn.Module) -> int:
    """Parameters of a net."""
    return sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize(
    ("make", "parameters"),
    [(vgg16, 138_357_544), (vgg19, 143_667_240), (SqueezeNet, 1_235_496)],
    ids=["VGG-16", "VGG-19", "SqueezeNet 1.1"],
)
def test_parameters_are_as_many_as_published(make, parameters):
    with torch.device("meta"):
        assert count(make()) == parameters


def test_names_are_those_of_the_published_checkpoints():
    with torch.device("meta"):
        vgg, squeeze = vgg16(), SqueezeNet()
    convolutions = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    expected = [f"features.{i}.{kind}" for i in convolutions for kind in ("weight", "bias")]
    expected += [f"classifier.{i}.{kind}" for i in (0, 3, 6) for kind in ("weight", "bias")]
    assert list(vgg.state_dict()) == expected
    assert {"features.3.squeeze.weight", "features.12.expand3x3.bias", "classifier.1.weight"} <= set(
        squeeze.state_dict()
    )


def test_vgg_agrees_with_the_librarys_arithmetic():
    with torch.device("meta"):
        assert totals(rows(NETS["VGG-16"])).parameters == count(vgg16())


@pytest.mark.parametrize("size", [(64, 64), (65, 80)])
def test_squeezenet_gives_a_score_for_each_class_whatever_the_size(size):
    assert SqueezeNet(num_classes=7)(torch.rand(2, 3, *size)).shape == (2, 7)


def test_images_are_normalised_channel_by_channel():
    x = torch.tensor(IMAGENET[0]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert torch.allclose(Normalize(*IMAGENET)(x), torch.zeros(1, 3, 2, 2), atol=1e-6)


def test_layers_have_the_literatures_names():
    with torch.device("meta"):
        names = layer_names(vgg16(num_classes=None))
    assert names[:5] == ["conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1"]
    assert names[-1] == "pool5"
    assert "conv5_3" in names
    assert layer_names(SqueezeNet())[3:5] == ["fire2", "fire3"]


def test_features_are_what_the_layers_give_one_after_the_other():
    net, x = PatchesNet(), torch.rand(2, 3, 32, 32)
    found = features(net, x, ["relu1_2", "conv1_1", "pool2"])
    assert [found[name].shape[1:] for name in ("conv1_1", "relu1_2", "pool2")] == [
        (32, 32, 32), (32, 32, 32), (64, 8, 8),
    ]  # fmt: skip
    torch.testing.assert_close(found["relu1_2"], net.features[:4](net.normalize(x)))
    with pytest.raises(ValueError, match="no layer 'conv9_9': it has conv1_1, relu1_1"):
        features(net, x, ["conv9_9"])


def test_random_filters_have_mean_0_and_deviation_1_on_the_images():
    images = torch.rand(2, 3, 40, 32)
    net = normalized_vgg(images, seed=1)
    for response in features(net, images, ["conv1_1", "conv2_2", "conv3_2"]).values():
        assert response.mean(dim=(0, 2, 3)).abs().max() < 1e-4
        assert (response.std(dim=(0, 2, 3)) - 1).abs().max() < 1e-3
    again = normalized_vgg(images, seed=1)
    assert torch.equal(net.features[0].weight, again.features[0].weight)


def test_the_shipped_net_names_over_nine_tenths_of_the_test_patches():
    patches = data.load("patches10", train=0, val=0, test=1000)
    images = torch.from_numpy(patches.x_test).permute(0, 3, 1, 2).float() / 255
    right = load_patches_net()(images).argmax(dim=1).numpy() == patches.y_test
    assert right.mean() > 0.9
    assert WEIGHTS_FILE.stat().st_size < 2e6


def test_folding_batch_norm_changes_nothing_in_evaluation():
    net = PatchesNet()
    trained = with_batch_norm(net)
    for _ in range(3):
        trained(torch.rand(8, 3, 32, 32))  # statistics that are not those of a new batch norm
    trained.eval()
    x = torch.rand(4, 3, 32, 32)
    before = trained(x)
    fold_batch_norm(trained)
    torch.testing.assert_close(net.features(x), before, rtol=1e-4, atol=1e-5)


# --- published weights, from a server of our own


class Small(nn.Module):
    """Stands in for a published net."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A function that publishes bytes under a name with their checksum; returns the server's address."""
    folder = tmp_path / "server"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *arguments):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def publish(content: bytes, digits: str | None = None) -> str:
        name = f"small-{digits or hashlib.sha256(content).hexdigest()[:8]}.pth"
        (folder / name).write_bytes(content)
        monkeypatch.setitem(WEIGHTS, "small", Published(Small, name, 1))
        return f"http://127.0.0.1:{server.server_port}/"

    yield publish
    server.shutdown()
    server.server_close()


def saved(state, path) -> bytes:
    """What torch.save writes."""
    torch.save(state, path)
    return path.read_bytes()


def test_published_weights_are_downloaded_once_and_loaded(published, tmp_path):
    right = Small()
    server = published(saved(right.state_dict(), tmp_path / "w.pth"))
    net = load_published("small", tmp_path / "cache", server)
    assert torch.equal(net.layer.weight, right.layer.weight)
    assert not net.training
    load_published("small", tmp_path / "cache", "http://127.0.0.1:1/")  # from the cache: nobody listens there


def test_a_damaged_file_is_refused_with_the_remedy(published, tmp_path):
    server = published(b"not what was published", digits="00000000")
    with pytest.raises(WeightsError, match="damaged or not the published file: remove it"):
        load_published("small", tmp_path / "cache", server)


def test_weights_of_another_net_are_refused(published, tmp_path):
    server = published(saved(nn.Linear(2, 2).state_dict(), tmp_path / "w.pth"))
    with pytest.raises(WeightsError, match="does not hold the weights of Small"):
        load_published("small", tmp_path / "cache", server)


def test_code_in_a_file_of_weights_is_not_run(published, tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    server = published(saved(Evil(), tmp_path / "w.pth"))
    with pytest.raises(WeightsError, match="does not hold the weights"):
        load_published("small", tmp_path / "cache", server)
    assert not (tmp_path / "ran").exists()


def test_without_a_network_the_error_says_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match=r"cannot be downloaded .*use load_patches_net\(\) instead"):
        load_published("squeezenet1_1", tmp_path, "http://127.0.0.1:1/")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="vgg16"):
        load_published("vgg99")
