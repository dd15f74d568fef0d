"""The lectures' networks as tables. "Single column" means: all filters on one device, no groups."""

from __future__ import annotations

from cs_lib.architectures.describe import Branches, Conv, GlobalPool, Layer, Linear, Net, Pool

LENET5 = Net(
    "LeNet-5",
    (1, 32, 32),
    (
        Conv("CONV1", 6, 5),
        Pool("POOL1", 2, 2),
        Conv("CONV2", 16, 5),
        Pool("POOL2", 2, 2),
        Linear("FC3", 120),
        Linear("FC4", 84),
        Linear("FC5", 10),
    ),
    "Y. LeCun et al., 'Gradient-Based Learning Applied to Document Recognition' (1998); without "
    "trained pooling, and CONV2 sees all channels",
)

ALEXNET = Net(
    "AlexNet",
    (3, 227, 227),
    (
        Conv("CONV1", 96, 11, stride=4),
        Pool("POOL1", 3, 2),
        Conv("CONV2", 256, 5, pad=2),
        Pool("POOL2", 3, 2),
        Conv("CONV3", 384, 3, pad=1),
        Conv("CONV4", 384, 3, pad=1),
        Conv("CONV5", 256, 3, pad=1),
        Pool("POOL3", 3, 2),
        Linear("FC6", 4096),
        Linear("FC7", 4096),
        Linear("FC8", 1000),
    ),
    "A. Krizhevsky, I. Sutskever, G. Hinton, 'ImageNet Classification with Deep Convolutional "
    "Neural Networks' (2012); single column",
)

ZFNET = Net(
    "ZFNet",
    (3, 224, 224),
    (
        Conv("CONV1", 96, 7, stride=2, pad=1),
        Pool("POOL1", 3, 2, ceil=True),
        Conv("CONV2", 256, 5, stride=2),
        Pool("POOL2", 3, 2, ceil=True),
        Conv("CONV3", 512, 3, pad=1),
        Conv("CONV4", 1024, 3, pad=1),
        Conv("CONV5", 512, 3, pad=1),
        Pool("POOL3", 3, 2),
        Linear("FC6", 4096),
        Linear("FC7", 4096),
        Linear("FC8", 1000),
    ),
    "M. Zeiler, R. Fergus, 'Visualizing and Understanding Convolutional Networks' (2014), with the "
    "wider layers 3 to 5",
)

# Convolutions in each of the five stages, which have these widths.
VGG_STAGES = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
VGG_WIDTHS = (64, 128, 256, 512, 512)

# Filters of an inception module: 1x1; 1x1 before 3x3, 3x3; 1x1 before 5x5, 5x5; 1x1 after pooling.
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}

# Blocks in each of the four stages, and whether they are bottlenecks.
RESNET_STAGES = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}

ALPHAGO_POLICY = Net(
    "AlphaGo policy",
    (48, 19, 19),
    (
        Conv("CONV1", 192, 5, pad=2),
        *(Conv(f"CONV{i}", 192, 3, pad=1) for i in range(2, 13)),
        Conv("CONV13", 1, 1),
    ),
    "D. Silver et al., 'Mastering the Game of Go with Deep Neural Networks and Tree Search' (2016); "
    "the last layer's bias is one number, not one for each point of the board",
)


def vgg(depth: int) -> Net:
    """VGG-16 or VGG-19: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks" (2015)."""
    layers: list[Layer] = []
    for stage, (count, width) in enumerate(zip(VGG_STAGES[depth], VGG_WIDTHS, strict=True), start=1):
        layers += [Conv(f"CONV{stage}-{i}", width, 3, pad=1) for i in range(1, count + 1)]
        layers.append(Pool(f"POOL{stage}", 2, 2))
    layers += [Linear("FC6", 4096), Linear("FC7", 4096), Linear("FC8", 1000)]
    return Net(f"VGG-{depth}", (3, 224, 224), tuple(layers), vgg.__doc__)


def inception(
    name: str, one: int, before_three: int, three: int, before_five: int, five: int, after_pool: int
) -> Branches:
    """Four views of the same input side by side; a 1x1 convolution with 0 filters is left out.

    Without the three 1x1 reductions it is the naive module, whose pooling path keeps all channels.
    """

    def pointwise(label: str, filters: int) -> tuple[Layer, ...]:
        return (Conv(f"{name} {label}", filters, 1),) if filters else ()

    return Branches(
        name,
        (
            (Conv(f"{name} 1x1", one, 1),),
            (*pointwise("3x3 reduce", before_three), Conv(f"{name} 3x3", three, 3, pad=1)),
            (*pointwise("5x5 reduce", before_five), Conv(f"{name} 5x5", five, 5, pad=2)),
            (Pool(f"{name} pool", 3, 1, pad=1), *pointwise("pool project", after_pool)),
        ),
    )


def googlenet() -> Net:
    """C. Szegedy et al., "Going Deeper with Convolutions" (2015), without the auxiliary classifiers."""
    module = {name: inception(name, *filters) for name, filters in INCEPTION.items()}
    layers = (
        Conv("CONV1", 64, 7, stride=2, pad=3),
        Pool("POOL1", 3, 2, ceil=True),
        Conv("CONV2 reduce", 64, 1),
        Conv("CONV2", 192, 3, pad=1),
        Pool("POOL2", 3, 2, ceil=True),
        module["3a"],
        module["3b"],
        Pool("POOL3", 3, 2, ceil=True),
        *(module[f"4{letter}"] for letter in "abcde"),
        Pool("POOL4", 3, 2, ceil=True),
        module["5a"],
        module["5b"],
        GlobalPool("POOL5"),
        Linear("FC", 1000),
    )
    return Net("GoogLeNet", (3, 224, 224), layers, googlenet.__doc__)


def resnet(depth: int) -> Net:
    """ResNet-18 to -152: K. He et al., "Deep Residual Learning for Image Recognition" (2016).

    As in the paper a bottleneck halves the image in its first 1x1 convolution; many libraries do it
    in the 3x3 one, which has the same parameters and more multiply-adds.
    """
    counts, bottleneck = RESNET_STAGES[depth]
    layers: list[Layer] = [_conv("CONV1", 64, 7, stride=2), Pool("POOL1", 3, 2, pad=1)]
    channels = 64
    for stage, (count, width) in enumerate(zip(counts, (64, 128, 256, 512), strict=True), start=2):
        for block in range(1, count + 1):
            stride = 2 if stage > 2 and block == 1 else 1
            layers.append(_residual(f"BLOCK{stage}-{block}", channels, width, stride, bottleneck))
            channels = 4 * width if bottleneck else width
    layers += [GlobalPool("POOL5"), Linear("FC", 1000)]
    return Net(f"ResNet-{depth}", (3, 224, 224), tuple(layers), resnet.__doc__)


def _residual(name: str, channels: int, width: int, stride: int, bottleneck: bool) -> Branches:
    """A path and its shortcut, which is a 1x1 convolution where the shape changes."""
    if bottleneck:
        outputs = 4 * width
        path = (
            _conv(f"{name} 1x1", width, 1, stride),
            _conv(f"{name} 3x3", width, 3),
            _conv(f"{name} 1x1 up", outputs, 1),
        )
    else:
        outputs = width
        path = (_conv(f"{name} a", width, 3, stride), _conv(f"{name} b", width, 3))
    changes = stride != 1 or channels != outputs
    shortcut = (_conv(f"{name} shortcut", outputs, 1, stride),) if changes else ()
    return Branches(name, (path, shortcut), join="add")


def _conv(name: str, filters: int, kernel: int, stride: int = 1) -> Conv:
    """ResNet's convolution: the size is kept but for the stride, and batch norm stands for the bias."""
    return Conv(name, filters, kernel, stride, pad=kernel // 2, bias=False, batch_norm=True)


def efficientnet_scaling(
    phi: float, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15
) -> tuple[float, float, float, float]:
    """How EfficientNet grows a net: depth, width and resolution times alpha, beta, gamma to the phi.

    The fourth number is the growth of the multiply-adds, (alpha beta^2 gamma^2)^phi, about 2^phi.
    Source: M. Tan, Q. Le, "EfficientNet" (2019), equation 3.
    """
    return alpha**phi, beta**phi, gamma**phi, (alpha * beta**2 * gamma**2) ** phi


NETS = {
    net.name: net
    for net in (
        LENET5,
        ALEXNET,
        ZFNET,
        *map(vgg, VGG_STAGES),
        googlenet(),
        *map(resnet, RESNET_STAGES),
        ALPHAGO_POLICY,
    )
}
