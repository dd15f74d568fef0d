"""The lectures' networks: every number of theirs, and torch modules built from the same tables."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cs_lib.architectures import (
    NETS,
    Branches,
    Conv,
    GlobalPool,
    Linear,
    Net,
    Pool,
    efficientnet_scaling,
    inception,
    resnet,
    rows,
    table,
    totals,
    vgg,
)

# Parameters with biases, as published with the reference implementations of each.
PUBLISHED = {
    "LeNet-5": 61_706,
    "AlexNet": 62_378_344,
    "VGG-16": 138_357_544,
    "VGG-19": 143_667_240,
    "GoogLeNet": 6_998_552,
    "ResNet-18": 11_689_512,
    "ResNet-34": 21_797_672,
    "ResNet-50": 25_557_032,
    "ResNet-101": 44_549_160,
    "ResNet-152": 60_192_808,
}


def _rows(name: str) -> dict:
    return {row.name: row for row in rows(NETS[name])}


class _Joined(torch.nn.Module):
    def __init__(self, branches: Branches, shape):
        super().__init__()
        built = [_torch(path, shape) for path in branches.paths]
        self.paths = torch.nn.ModuleList(module for module, _ in built)
        self.join = branches.join

    def forward(self, x):
        outputs = [path(x) for path in self.paths]
        return sum(outputs) if self.join == "add" else torch.cat(outputs, dim=1)


def _torch(layers, shape):
    """The torch modules that a description stands for, without data, and their output's shape."""
    modules = []
    for layer in layers:
        if isinstance(layer, Branches):
            new = [_Joined(layer, shape)]
        elif isinstance(layer, Conv):
            sides = (layer.kernel, layer.stride, layer.pad, layer.dilation, layer.groups, layer.bias)
            new = [torch.nn.Conv2d(shape[0], layer.filters, *sides, device="meta")]
            new += [torch.nn.BatchNorm2d(layer.filters, device="meta")] * layer.batch_norm
        elif isinstance(layer, Pool):
            new = [torch.nn.MaxPool2d(layer.kernel, layer.stride, layer.pad, ceil_mode=layer.ceil)]
        elif isinstance(layer, GlobalPool):
            new = [torch.nn.AdaptiveAvgPool2d(1)]
        else:
            assert isinstance(layer, Linear)
            inputs = torch.Size(shape).numel()
            fully = torch.nn.Linear(inputs, layer.units, layer.bias, device="meta")
            new = [torch.nn.Flatten(), fully, torch.nn.Unflatten(1, (-1, 1, 1))]
        modules += new
        shape = torch.nn.Sequential(*new)(torch.empty(1, *shape, device="meta")).shape[1:]
    return torch.nn.Sequential(*modules), tuple(shape)


# The deeper ResNets repeat the blocks of these; their totals are tested below.
@pytest.mark.parametrize("name", [name for name in NETS if name[-3:] not in {"-34", "101", "152"}])
def test_shape_parameters_and_multiply_adds_are_those_of_the_torch_module(name):
    net = NETS[name]
    module, shape = _torch(net.layers, net.input)
    ours = totals(rows(net))
    assert ours.shape == shape
    assert ours.parameters == sum(p.numel() for p in module.parameters())
    with FlopCounterMode(display=False) as counter:
        module(torch.empty(1, *net.input, device="meta"))
    assert 2 * ours.multiply_adds == counter.get_total_flops()


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name):
    assert totals(rows(NETS[name])).parameters == PUBLISHED[name]


def test_lecture_lenet5_has_5x5_convolutions_of_stride_1_and_2x2_pooling_of_stride_2():
    shapes = [row.shape for row in rows(NETS["LeNet-5"])]
    assert shapes[:5] == [(1, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)]


def test_lecture_alexnets_sizes():
    row = _rows("AlexNet")
    assert row["CONV1"].shape == (96, 55, 55)
    assert row["POOL1"].shape == (96, 27, 27)
    assert row["POOL2"].shape == (256, 13, 13)
    assert row["CONV3"].shape == row["CONV4"].shape == (384, 13, 13)
    assert row["CONV5"].shape == (256, 13, 13)
    assert row["POOL3"].shape == (256, 6, 6)
    assert [row[f"FC{i}"].shape[0] for i in (6, 7, 8)] == [4096, 4096, 1000]


def test_lecture_alexnets_conv1_has_35k_weights_34944_with_biases_and_pool1_has_none():
    row = _rows("AlexNet")
    assert row["CONV1"].weights == 11 * 11 * 3 * 96 == 34_848
    assert row["CONV1"].parameters == 34_944
    assert row["POOL1"].parameters == 0


def test_alexnet_in_two_groups_as_it_was_trained_has_60965224_parameters():
    halves = {"CONV2": 2, "CONV4": 2, "CONV5": 2}
    layers = tuple(
        Conv(layer.name, layer.filters, layer.kernel, layer.stride, layer.pad, groups=halves[layer.name])
        if layer.name in halves
        else layer
        for layer in NETS["AlexNet"].layers
    )
    assert totals(rows(Net("two GPUs", (3, 227, 227), layers))).parameters == 60_965_224


def test_lecture_zfnet_begins_with_7x7_stride_2_and_widens_to_512_1024_512():
    row = _rows("ZFNet")
    assert row["CONV1"].receptive_field == (7, 7)
    assert row["CONV1"].shape == (96, 110, 110)
    assert [row[f"CONV{i}"].shape for i in (3, 4, 5)] == [(512, 13, 13), (1024, 13, 13), (512, 13, 13)]


# As in the lectures' table: numbers in memory, and weights without biases.
VGG16 = {
    "input": (224 * 224 * 3, 0),
    "CONV1-1": (224 * 224 * 64, 1_728),
    "CONV1-2": (224 * 224 * 64, 36_864),
    "POOL1": (112 * 112 * 64, 0),
    "CONV2-1": (112 * 112 * 128, 73_728),
    "CONV2-2": (112 * 112 * 128, 147_456),
    "POOL2": (56 * 56 * 128, 0),
    "CONV3-1": (56 * 56 * 256, 294_912),
    "CONV3-2": (56 * 56 * 256, 589_824),
    "CONV3-3": (56 * 56 * 256, 589_824),
    "POOL3": (28 * 28 * 256, 0),
    "CONV4-1": (28 * 28 * 512, 1_179_648),
    "CONV4-2": (28 * 28 * 512, 2_359_296),
    "CONV4-3": (28 * 28 * 512, 2_359_296),
    "POOL4": (14 * 14 * 512, 0),
    "CONV5-1": (14 * 14 * 512, 2_359_296),
    "CONV5-2": (14 * 14 * 512, 2_359_296),
    "CONV5-3": (14 * 14 * 512, 2_359_296),
    "POOL5": (7 * 7 * 512, 0),
    "FC6": (4096, 102_760_448),
    "FC7": (4096, 16_777_216),
    "FC8": (1000, 4_096_000),
}


def test_lecture_vgg16s_memory_and_weights_layer_by_layer():
    assert {row.name: (row.floats, row.weights) for row in rows(vgg(16))} == VGG16


def test_lecture_vgg16_has_138344128_weights_and_138357544_parameters_with_biases():
    total = totals(rows(vgg(16)))
    assert total.weights == 138_344_128
    assert total.parameters == 138_357_544


def test_lecture_vgg16s_rows_add_up_to_15_2m_floats_61_mb_where_the_slide_says_24m_96_mb():
    total = totals(rows(vgg(16)))
    assert total.floats == 15_237_608
    assert round(total.megabytes) == 61


def test_lecture_the_naive_inception_module_gives_28x28x672_with_854m_products():
    layers = (inception("naive", 128, 0, 192, 0, 96, 0),)
    total = totals(rows(Net("naive", (256, 28, 28), layers)))
    assert total.shape == (672, 28, 28)
    assert round(total.multiply_adds / 1e6) == 854


def test_lecture_inception_with_bottlenecks_gives_28x28x480_with_271m_products_where_the_slide_says_358m():
    layers = (inception("module", 128, 64, 192, 64, 96, 64),)
    total = totals(rows(Net("module", (256, 28, 28), layers)))
    assert total.shape == (480, 28, 28)
    products = (
        64 * 256,
        64 * 256,
        128 * 256,
        192 * 9 * 64,
        96 * 25 * 64,
        64 * 256,
    )  # as the slide lists them
    assert total.multiply_adds == 28 * 28 * sum(products)
    assert round(total.multiply_adds / 1e6) == 271


def test_lecture_googlenet_has_7m_parameters_where_the_slide_says_5m_a_ninth_of_alexnet():
    total = totals(rows(NETS["GoogLeNet"]))
    assert total.parameters == 6_998_552
    assert _rows("GoogLeNet")["5b (concat)"].shape == (1024, 7, 7)
    assert totals(rows(NETS["AlexNet"])).parameters / total.parameters == pytest.approx(8.9, abs=0.05)


@pytest.mark.parametrize(("depth", "billions"), [(18, 1.8), (34, 3.6), (50, 3.8), (101, 7.6), (152, 11.3)])
def test_resnets_multiply_adds_are_the_papers(depth, billions):
    assert totals(rows(resnet(depth))).multiply_adds / 1e9 == pytest.approx(billions, abs=0.1)


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_lecture_a_resnets_depth_counts_its_layers_with_batch_norm_after_every_convolution(depth):
    layers = [row for row in rows(resnet(depth)) if row.multiply_adds and "shortcut" not in row.name]
    assert len(layers) == depth
    assert all(row.biases == row.shape[0] for row in layers)


def test_lecture_alphagos_policy_net_has_192_5x5_eleven_3x3_and_one_1x1_on_19x19x48():
    layers = NETS["AlphaGo policy"].layers
    assert NETS["AlphaGo policy"].input == (48, 19, 19)
    assert [layer.kernel for layer in layers] == [5] + [3] * 11 + [1]
    assert {row.shape for row in rows(NETS["AlphaGo policy"])[1:-1]} == {(192, 19, 19)}
    assert totals(rows(NETS["AlphaGo policy"])).shape == (1, 19, 19)


def test_lecture_efficientnets_alpha_beta2_gamma2_is_about_2_multiply_adds_double_at_each_step():
    depth, width, resolution, products = efficientnet_scaling(1)
    assert products == pytest.approx(depth * width**2 * resolution**2)
    assert products == pytest.approx(2, abs=0.1)
    assert efficientnet_scaling(3)[3] == pytest.approx(products**3)


def test_the_table_has_a_line_for_each_layer_and_the_totals():
    lines = table(vgg(16)).splitlines()
    assert lines[0] == "VGG-16"
    assert lines[1].split() == [
        "layer",
        "output",
        "floats",
        "MB",
        "weights",
        "biases",
        "multiply-adds",
        "sees",
    ]
    assert len(lines) == 4 + len(VGG16) + 1
    assert len({len(line) for line in lines[1:]}) == 1
    assert "112x112x64" in lines[6]
    assert "138,344,128" in lines[-1]
    assert table(NETS["GoogLeNet"]).count("\n  3a ") == 7  # inside a branch: indented
