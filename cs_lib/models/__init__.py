"""Nets: parameters by name, scores by `loss(X)`, loss and gradients by `loss(X, y)`.

    net = FullyConnectedNet([100, 50], normalization="batchnorm", seed=0)
    loss, grads = net.loss(X, y)        # X: (N, ...), y: (N,); grads like net.params
    labels = net.loss(X).argmax(axis=1)

Training one: `cs_lib.training`.
"""

from cs_lib.models.blocks import BUILDERS
from cs_lib.models.conv_net import ConvNet
from cs_lib.models.fully_connected import FullyConnectedNet
from cs_lib.models.net import Net
from cs_lib.models.soft_labels import distillation_targets, one_hot, soft_label_loss
from cs_lib.models.three_layer_conv import ThreeLayerConvNet
from cs_lib.models.two_layer import TwoLayerNet

__all__ = [
    "BUILDERS",
    "ConvNet",
    "FullyConnectedNet",
    "Net",
    "ThreeLayerConvNet",
    "TwoLayerNet",
    "distillation_targets",
    "one_hot",
    "soft_label_loss",
]
