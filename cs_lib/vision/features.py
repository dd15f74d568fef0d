"""The activations inside a net, by the names that the literature uses.

`conv3_1` is the first convolution after the second pooling, before its non-linearity; `relu3_1` is after it;
`pool2` is the second pooling. SqueezeNet's fire modules are `fire2` to `fire9`, as in its paper.
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

from cs_lib.vision.squeezenet import Fire

POOLINGS = (nn.MaxPool2d, nn.AvgPool2d)


def layer_names(net: nn.Module) -> list[str]:
    """A name for each part of `net.features`, in order."""
    names, block, within, fires = [], 1, 0, 1
    for part in net.features:
        if isinstance(part, nn.Conv2d):
            within += 1
            names.append(f"conv{block}_{within}")
        elif isinstance(part, POOLINGS):
            names.append(f"pool{block}")
            block, within = block + 1, 0
        elif isinstance(part, Fire):
            fires += 1
            names.append(f"fire{fires}")
        else:
            kind = (
                "relu" if isinstance(part, nn.ReLU) else "norm" if "Norm" in type(part).__name__ else "layer"
            )
            names.append(f"{kind}{block}_{within}")
    return names


def features(net: nn.Module, x: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    """The activations of images x (N, 3, H, W) at these layers, each (N, C, H', W'), by name.

    Nothing after the last of them is computed. Raises ValueError for a layer that the net does not have.
    """
    wanted, names = set(layers), layer_names(net)
    unknown = wanted - set(names)
    if unknown:
        raise ValueError(f"the net has no layer {sorted(unknown)[0]!r}: it has {', '.join(names)}")
    found: dict[str, Tensor] = {}
    x = net.normalize(x)
    for name, part in zip(names, net.features, strict=True):
        if len(found) == len(wanted):
            break
        # A ReLU that works in place would change what was found before it.
        x = part(x) if not getattr(part, "inplace", False) else type(part)()(x)
        if name in wanted:
            found[name] = x
    return found
