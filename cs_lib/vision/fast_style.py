"""Fast style transfer: a small net that holds a style, or several, and paints any picture in one pass.

Johnson, Alahi and Fei-Fei 2016, "Perceptual losses for real-time style transfer"; with instance norm (Ulyanov
et al. 2016), whose scale and shift are the style (Dumoulin et al. 2017). How it is trained: `fast_training`.

Deviations: a half of Johnson's widths and 5 x 5 windows for his 9 x 9; upsampling repeats pixels before a
convolution, which leaves no checkerboard (Odena et al. 2016); a little noise is an input too (Ulyanov et al.
2016, "Texture networks"), for a flat sky gives a net nothing to paint with; and what is painted is added
to the image's logits, so that the net begins near the image and short training is enough.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib.validation import expect_positive, expect_shapes
from cs_lib.vision.instance_norm import ConditionalInstanceNorm

NOISE = 2  # channels of noise beside the three colours
KEPT, PAINT = 0.5, 0.5  # how much the image itself and the last layer weigh


class Layer(nn.Module):
    """Reflect, convolve, normalise; first repeat each pixel `up` times in both directions."""

    def __init__(
        self, inputs: int, outputs: int, size: int, num_styles: int, stride: int = 1, up: int = 1
    ) -> None:
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, padding_mode="reflect", bias=False)
        self.norm = ConditionalInstanceNorm(outputs, num_styles)

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        """x (N, inputs, H, W) to (N, outputs, H', W'), for mix: (N, S)."""
        x = F.interpolate(x, scale_factor=self.up, mode="nearest") if self.up > 1 else x
        return self.norm(self.conv(x), mix)


class ConditionalTransformNet(nn.Module):
    """Images (N, 3, H, W) in 0..1 to images of that size in `num_styles` styles, and in all their blends.

    Two layers halve the picture, `blocks` residual blocks work on the small one, two layers bring it back.
    Height and width are at least 12; what is no multiple of 4 is padded on the way.
    """

    def __init__(self, num_styles: int, width: int = 16, blocks: int = 3) -> None:
        super().__init__()
        expect_positive(num_styles=num_styles, width=width)
        self.num_styles = num_styles
        a, b, c = width, 2 * width, 4 * width
        self.down = nn.ModuleList(
            [
                Layer(3 + NOISE, a, 5, num_styles),
                Layer(a, b, 3, num_styles, stride=2),
                Layer(b, c, 3, num_styles, stride=2),
            ]
        )
        self.blocks = nn.ModuleList(
            nn.ModuleList([Layer(c, c, 3, num_styles), Layer(c, c, 3, num_styles)]) for _ in range(blocks)
        )
        self.up = nn.ModuleList([Layer(c, b, 3, num_styles, up=2), Layer(b, a, 3, num_styles, up=2)])
        self.paint = nn.Conv2d(a, 3, 5, padding=2, padding_mode="reflect")
        nn.init.zeros_(self.paint.bias)

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        """x (N, 3, H, W) painted, in 0..1; mix: (N, S) or (S,), the share of each style.

        Raises ValueError for other shapes.
        """
        sizes = expect_shapes(x=(x, "N 3 H W"), mix=(mix, f"... {self.num_styles}"))
        height, width = sizes["H"], sizes["W"]
        h = F.pad(x, (0, -width % 4, 0, -height % 4), mode="replicate")
        noise = torch.randn(h[:1, :NOISE].shape, generator=torch.Generator().manual_seed(0)).to(h)
        h = torch.cat([4 * h - 2, noise.expand(len(h), -1, -1, -1)], dim=1)
        for layer in self.down:
            h = F.relu(layer(h, mix))
        for first, second in self.blocks:
            h = h + second(F.relu(first(h, mix)), mix)
        for layer in self.up:
            h = F.relu(layer(h, mix))
        paint = self.paint(h)[..., :height, :width]
        return torch.sigmoid(KEPT * torch.logit(x, eps=0.02) + PAINT * paint)


class TransformNet(ConditionalTransformNet):
    """The same net for one style: images (N, 3, H, W) in 0..1 to images of that size."""

    def __init__(self, width: int = 16, blocks: int = 3) -> None:
        super().__init__(1, width, blocks)

    def forward(self, x: Tensor, mix: Tensor | None = None) -> Tensor:
        """x (N, 3, H, W) painted, in 0..1."""
        return super().forward(x, x.new_ones(1) if mix is None else mix)


def blend(num_styles: int, shares: dict[int, float]) -> Tensor:
    """A mix (num_styles,) in which the styles named by number have these shares, brought to a sum of 1.

    Raises ValueError if the shares do not add up to more than 0.
    """
    expect_positive(shares=sum(shares.values()))
    mix = torch.zeros(num_styles)
    for style, share in shares.items():
        mix[style] = share
    return mix / mix.sum()


@torch.no_grad()
def stylise(net: ConditionalTransformNet, image: Tensor, mix: Tensor | None = None) -> Tensor:
    """image (N, 3, H, W) in 0..1 painted by net, in 0..1, without a graph.

    mix: (S,) or (N, S). Raises ValueError if it is missing and the net has several styles.
    """
    if mix is None and net.num_styles > 1:
        raise ValueError(f"mix is None, expected the shares of the net's {net.num_styles} styles")
    return net(image, image.new_ones(1) if mix is None else mix.to(image))
