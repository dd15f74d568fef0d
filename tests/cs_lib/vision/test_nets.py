"""The feature nets: shapes, published names and counts, and weights that are checked before they are used."""

from __future__ import annotations

import hashlib
import http.server
import io
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
from cs_lib.vision.weights import WEIGHTS, Published, WeightsError, load_published, load_weights


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


# The convolutions of the published checkpoints: place in `features`, filters, channels.
VGG16 = (
    (0, 64, 3), (2, 64, 64), (5, 128, 64), (7, 128, 128), (10, 256, 128), (12, 256, 256), (14, 256, 256),
    (17, 512, 256), (19, 512, 512), (21, 512, 512), (24, 512, 512), (26, 512, 512), (28, 512, 512),
)  # fmt: skip
VGG19 = (
    (0, 64, 3), (2, 64, 64), (5, 128, 64), (7, 128, 128), (10, 256, 128), (12, 256, 256), (14, 256, 256),
    (16, 256, 256), (19, 512, 256), (21, 512, 512), (23, 512, 512), (25, 512, 512), (28, 512, 512),
    (30, 512, 512), (32, 512, 512), (34, 512, 512),
)  # fmt: skip
# SqueezeNet's fire modules: place in `features`, channels, after the squeeze, after each expansion.
FIRES = (
    (3, 64, 16, 64), (4, 128, 16, 64), (6, 128, 32, 128), (7, 256, 32, 128), (9, 256, 48, 192),
    (10, 384, 48, 192), (11, 384, 64, 256), (12, 512, 64, 256),
)  # fmt: skip


def with_biases(weights: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The shapes of weights and biases, by parameter, from those of the weights, by layer."""
    pairs = [((f"{name}.weight", shape), (f"{name}.bias", shape[:1])) for name, shape in weights.items()]
    return dict(entry for pair in pairs for entry in pair)


def published_vgg(convolutions) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a published VGG."""
    return with_biases(
        {f"features.{place}": (filters, channels, 3, 3) for place, filters, channels in convolutions}
        | {"classifier.0": (4096, 25088), "classifier.3": (4096, 4096), "classifier.6": (1000, 4096)}
    )


def published_squeezenet() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published SqueezeNet 1.1."""
    weights = {"features.0": (64, 3, 3, 3)}
    for place, channels, squeezed, expanded in FIRES:
        weights |= {
            f"features.{place}.squeeze": (squeezed, channels, 1, 1),
            f"features.{place}.expand1x1": (expanded, squeezed, 1, 1),
            f"features.{place}.expand3x3": (expanded, squeezed, 3, 3),
        }
    return with_biases(weights | {"classifier.1": (1000, 512, 1, 1)})


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("vgg16", published_vgg(VGG16)),
        ("vgg19", published_vgg(VGG19)),
        ("squeezenet", published_squeezenet()),
    ],
)
def test_names_and_shapes_are_those_of_the_published_checkpoints(name, published):
    with torch.device("meta"):
        state = WEIGHTS[name].make().state_dict()
    assert [(key, tuple(tensor.shape)) for key, tensor in state.items()] == list(published.items())


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


# --- published weights, from a server of our own: zeros in SqueezeNet's names and shapes stand in for them

NOBODY = "http://127.0.0.1:1/"  # nothing listens there
STAND_IN = {name: torch.zeros(shape) for name, shape in published_squeezenet().items()}


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """A function that publishes bytes as SqueezeNet's, by default with their own checksum."""
    folder = tmp_path / "server"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *arguments):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("CS_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CS_LIB_WEIGHTS_URL", f"http://127.0.0.1:{server.server_port}")

    def publish(content: bytes, digits: str | None = None) -> str:
        name = f"squeezenet1_1-{digits or hashlib.sha256(content).hexdigest()[:8]}.pth"
        (folder / name).write_bytes(content)
        monkeypatch.setitem(WEIGHTS, "squeezenet", Published(SqueezeNet, name, 5))
        return name

    yield publish
    server.shutdown()
    server.server_close()


def saved(state) -> bytes:
    """What torch.save writes."""
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def test_published_weights_are_downloaded_once_and_loaded(publish, tmp_path):
    name = publish(saved(STAND_IN))
    net = load_published("squeezenet")
    assert all((parameter == 0).all() and not parameter.requires_grad for parameter in net.parameters())
    assert not net.training
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [name]
    load_published("squeezenet", server=NOBODY)  # from the cache


def test_a_bad_download_is_not_kept(publish, tmp_path):
    name = publish(b"a login page", digits="00000000")
    with pytest.raises(WeightsError, match=rf"{name} .*what the server sends is not the published file"):
        load_published("squeezenet")
    assert list((tmp_path / "cache").iterdir()) == []
    publish(saved(STAND_IN))
    load_published("squeezenet")  # and so the next attempt is a new one


def test_a_damaged_file_put_there_by_hand_is_refused_with_the_remedy(publish, tmp_path):
    name = publish(saved(STAND_IN))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / name).write_bytes(b"half of it")
    with pytest.raises(WeightsError, match=f"{name}: is damaged or not the published file: remove it"):
        load_published("squeezenet")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (dict(list(STAND_IN.items())[2:]), r"it lacks features.0.weight \(and 1 more like this\)"),
        (STAND_IN | {"head.weight": torch.zeros(2)}, "the net has no head.weight$"),
        (
            STAND_IN | {"features.0.weight": torch.zeros(96, 3, 7, 7)},
            r"features.0.weight has shape \(96, 3, 7, 7\), expected \(64, 3, 3, 3\)$",
        ),
        ([torch.zeros(2)], "it holds no tensors by name"),
        (STAND_IN | {"features.0.weight": "none"}, "it holds no tensors by name"),
    ],
    ids=["missing", "unknown", "other shape", "list", "no tensor"],
)
def test_weights_of_another_net_are_refused_by_name(tmp_path, state, said):
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"w.pth: does not hold the weights of SqueezeNet: {said}"):
        load_weights(SqueezeNet(), tmp_path / "w.pth")


def test_code_in_a_file_of_weights_is_not_run(publish, tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    publish(saved(Evil()))
    with pytest.raises(WeightsError, match="holds something else than tensors, and is therefore not opened"):
        load_published("squeezenet")
    assert not (tmp_path / "ran").exists()


def test_what_is_no_file_of_weights_is_named(tmp_path):
    (tmp_path / "text.pth").write_text("weights")
    (tmp_path / "empty.pth").touch()
    (tmp_path / "cut.pth").write_bytes(saved(STAND_IN)[:5000])
    for name in ("text.pth", "empty.pth", "cut.pth", "missing.pth"):
        with pytest.raises(WeightsError, match=f"{name}: (holds something else|cannot be read)") as caught:
            load_weights(SqueezeNet(), tmp_path / name)
        assert "\x1b" not in str(caught.value)


def test_without_a_network_the_error_says_what_to_do(tmp_path):
    said = r"5 MB\) cannot be downloaded: no connection .*by hand, or do without published weights"
    with pytest.raises(WeightsError, match=said):
        load_published("squeezenet", tmp_path, NOBODY)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match=r"file: the weights cannot be kept there .*CS_LIB_CACHE"):
        load_published("squeezenet", tmp_path / "file", NOBODY)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="vgg16"):
        load_published("vgg99")
