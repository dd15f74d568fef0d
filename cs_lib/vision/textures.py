"""More of a texture than there is: pixel by pixel from like neighbourhoods, or by Gram matrices.

The first copies pixels and is true to small patterns; the second (Gatys, Ecker and Bethge 2015) is style
transfer without content, and needs a net.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib.validation import expect_choice, expect_positive, expect_shapes
from cs_lib.vision.features import layer_names
from cs_lib.vision.pictures import expect_large_enough, expect_pictures
from cs_lib.vision.random_net import normalized_vgg
from cs_lib.vision.style_transfer import STYLE_LAYERS, Descent, Objective, Progress, noise_like

ORDERS = ("rings", "rows")
TOLERANCE = 0.1  # a neighbourhood may be so much less alike than the best (Efros and Leung's epsilon)


def by_neighbours(
    texture: Tensor,
    height: int,
    width: int,
    *,
    window: int = 9,
    order: str = "rings",
    seed: int = 0,
) -> Tensor:
    """Grow (1, 3, height, width) from texture (1, 3, H, W), every pixel copied from a like neighbourhood.

    For the next pixel, the neighbours in a window that are known already are compared with every window of
    the texture, nearer neighbours counting more, and one of the best is drawn.

    order: "rings" around a 3 x 3 piece of the texture (Efros and Leung 1999), or "rows" from the top left
    (Wei and Levoy 2000, without their tree and pyramid). Time grows with both numbers of pixels and window^2.
    Raises ValueError for a window that is even or does not fit into the texture.
    """
    sizes = expect_shapes(texture=(texture, "1 3 H W"))
    expect_choice("order", order, ORDERS)
    expect_positive(height=height, width=width)
    if window % 2 == 0 or not 3 <= window <= min(sizes["H"], sizes["W"]):
        raise ValueError(f"window is {window}, expected an odd number from 3 to the texture's size")
    generator = torch.Generator().manual_seed(seed)
    half = window // 2

    windows = F.unfold(texture, window)[0].T  # (P, 3 * window^2), in the order channel, row, column
    squares = windows.square()
    centres = windows.view(-1, 3, window, window)[:, :, half, half]
    near = _gaussian(window).to(texture).expand(3, -1, -1)

    canvas = texture.new_zeros(3, height + 2 * half, width + 2 * half)
    known = texture.new_zeros(height + 2 * half, width + 2 * half)
    todo = _places(height, width, order)
    for count, (y, x) in enumerate(todo):
        if count == 0:
            first = int(torch.randint(len(centres), (), generator=generator))
            canvas[:, y + half, x + half] = centres[first]
        else:
            weight = (near * known[y : y + window, x : x + window]).reshape(-1)
            around = canvas[:, y : y + window, x : x + window].reshape(-1)
            # The sum of weight * (window - around)^2, multiplied out; what is alike for all is left out.
            distance = squares @ weight - 2 * (windows @ (weight * around))
            distance = (distance + (weight * around.square()).sum()).clamp_min(0) / weight.sum()
            best = torch.nonzero(distance <= distance.min() * (1 + TOLERANCE) + 1e-9)[:, 0]
            pick = int(torch.randint(len(best), (), generator=generator))
            canvas[:, y + half, x + half] = centres[best[pick]]
        known[y + half, x + half] = 1
    return canvas[None, :, half : half + height, half : half + width].clone()


def by_gram(
    texture: Tensor,
    height: int,
    width: int,
    net: nn.Module | None = None,
    *,
    steps: int = 200,
    layers: Sequence[str] | None = None,
    seed: int = 0,
    on_step: Callable[[Progress], None] | None = None,
) -> Tensor:
    """An image (1, 3, height, width) in 0..1 with the Gram matrices of texture (1, 3, H, W), out of noise.

    net: by default one with random weights, fitted to the texture. layers: whose Gram matrices count.
    The loss of each is divided by the norm of its gradient at the start, instead of by the paper's 4 N^2 M^2.
    Raises ValueError for sizes below `pictures.SMALLEST`, steps or layers that are not above 0 in number, and
    a texture with NaN or infinity; TypeError for one of whole numbers.
    """
    expect_pictures(texture=texture)
    expect_positive(height=height, width=width, steps=steps)
    start = noise_like(texture.new_zeros(1, 3, height, width), seed)
    expect_large_enough(texture=texture, result=start)
    net = normalized_vgg(texture, seed=seed) if net is None else net
    if layers is None:
        layers = [layer for layer in STYLE_LAYERS if layer in layer_names(net)]
    expect_positive(number_of_layers=len(layers))
    objective = Objective(net, start, None, [texture], [1.0], layers, [1.0] * len(layers))
    return Descent(objective, start).run(steps, on_step).clamp(0, 1)


def _gaussian(window: int) -> Tensor:
    """Weights (window, window) that fall off from the middle."""
    place = torch.arange(window) - window // 2
    bell = torch.exp(-0.5 * (place / (window / 6.4)) ** 2)
    return bell[:, None] * bell[None, :]


def _places(height: int, width: int, order: str) -> list[tuple[int, int]]:
    """All pixels in the order in which they are filled: each but the first has a known neighbour."""
    places = [(y, x) for y in range(height) for x in range(width)]
    if order == "rows":
        return places
    middle = height // 2, width // 2
    return sorted(places, key=lambda place: _ring(place[0] - middle[0], place[1] - middle[1]))


def _ring(dy: int, dx: int) -> tuple[int, float]:
    """Which ring around the middle, and how far along it, clockwise from its upper left corner."""
    r = max(abs(dy), abs(dx))
    if dy == -r:
        along = dx + r
    elif dx == r:
        along = 2 * r + dy + r
    elif dy == r:
        along = 4 * r + r - dx
    else:
        along = 6 * r + r - dy
    return r, along
