"""Arithmetic on described networks: sizes, parameters, memory, multiply-adds, receptive fields.

A network here is data, a `Net` of layers that say what they would compute; nothing is trained or
run. `table(NETS["VGG-16"])` prints one.
"""

from cs_lib.architectures.arithmetic import Row, rows, table, totals
from cs_lib.architectures.describe import (
    Branches,
    Conv,
    GlobalPool,
    Linear,
    Net,
    Pool,
    transposed_output_size,
)
from cs_lib.architectures.nets import NETS, efficientnet_scaling, inception, resnet, vgg
from cs_lib.architectures.receptive_field import measured_receptive_field, nan_reach
from cs_lib.layers.convolution_geometry import output_size

__all__ = [
    "NETS",
    "Branches",
    "Conv",
    "GlobalPool",
    "Linear",
    "Net",
    "Pool",
    "Row",
    "efficientnet_scaling",
    "inception",
    "measured_receptive_field",
    "nan_reach",
    "output_size",
    "resnet",
    "rows",
    "table",
    "totals",
    "transposed_output_size",
    "vgg",
]
