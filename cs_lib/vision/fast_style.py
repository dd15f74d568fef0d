"""Fast style transfer: a small net that holds a style, or several, and paints any picture in one pass.

Johnson, Alahi and Fei-Fei 2016, "Perceptual losses for real-time style transfer"; with instance norm (Ulyanov
et al. 2016), whose scale and shift are the style (Dumoulin et al. 2017). How it is trained: `fast_training`.

As in Dumoulin's net the last layer is normed, too, so that each style has colours of its own, and a sigmoid
makes them a picture. Deviations: a half of Johnson's widths and 5 x 5 windows for his 9 x 9; before a
convolution pictures are enlarged smoothly, which leaves neither checkerboard (Odena et al. 2016) nor weave;
the way up sees what the way down saw in the same size (Ronneberger et al. 2015, "U-Net"), so that short
training is enough for sharp lines; and some noise is an input too (Ulyanov et al. 2016, "Texture
networks"), for a flat sky gives a net nothing to paint with. It is coarse: fine noise ends as grain.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cs_lib.validation import expect_between, expect_positive, expect_shapes
from cs_lib.vision.instance_norm import ConditionalInstanceNorm

SMALLEST = 12  # pixels, of height and of width
NOISE = (4, 8)  # beside the three colours: pixels from one bump to the next in each channel of noise


class Layer(nn.Module):
    """Reflect, convolve, normalise; first enlarge `up` times."""

    def __init__(
        self, inputs: int, outputs: int, size: int, num_styles: int, stride: int = 1, up: int = 1
    ) -> None:
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, padding_mode="reflect", bias=False)
        self.norm = ConditionalInstanceNorm(outputs, num_styles)

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        """x (N, inputs, H, W) to (N, outputs, H', W'), for mix: (N, S)."""
        if self.up > 1:
            x = F.interpolate(x, scale_factor=self.up, mode="bilinear", align_corners=False)
        return self.norm(self.conv(x), mix)


class ConditionalTransformNet(nn.Module):
    """Images (N, 3, H, W) in 0..1 to images of that size in `num_styles` styles, and in all their blends.

    Two layers halve the picture, `blocks` residual blocks work on the small one, two layers bring it back.
    Before their ReLU these add what the layers on the way down found in the same size. Height and width are
    at least `SMALLEST`; what is no multiple of 4 is padded on the way.
    """

    def __init__(self, num_styles: int, width: int = 16, blocks: int = 3) -> None:
        super().__init__()
        expect_positive(num_styles=num_styles, width=width)
        expect_between(0, blocks=blocks)
        self.num_styles = num_styles
        a, b, c = width, 2 * width, 4 * width
        self.down = nn.ModuleList(
            [
                Layer(3 + len(NOISE), a, 5, num_styles),
                Layer(a, b, 3, num_styles, stride=2),
                Layer(b, c, 3, num_styles, stride=2),
            ]
        )
        self.blocks = nn.ModuleList(
            nn.ModuleList([Layer(c, c, 3, num_styles), Layer(c, c, 3, num_styles)]) for _ in range(blocks)
        )
        self.up = nn.ModuleList([Layer(c, b, 3, num_styles, up=2), Layer(b, a, 3, num_styles, up=2)])
        self.paint = Layer(a, 3, 5, num_styles)

    def forward(self, x: Tensor, mix: Tensor, seed: int = 0) -> Tensor:
        """x (N, 3, H, W) painted, in 0..1; mix: (N, S) or (S,), the share of each style.

        seed: of the noise, the same for all images of the batch. Raises ValueError for other shapes and for
        smaller images.
        """
        shares = f"{self.num_styles}" if mix.ndim == 1 else f"N {self.num_styles}"
        sizes = expect_shapes(x=(x, "N 3 H W"), mix=(mix, shares))
        height, width = sizes["H"], sizes["W"]
        expect_between(SMALLEST, height=height, width=width)
        h = F.pad(x, (0, -width % 4, 0, -height % 4), mode="replicate")
        noise = coarse_noise(h.shape[2], h.shape[3], seed).to(h)
        h = torch.cat([4 * h - 2, noise.expand(len(h), -1, -1, -1)], dim=1)
        found = []
        for layer in self.down:
            h = F.relu(layer(h, mix))
            found.append(h)
        for first, second in self.blocks:
            h = h + second(F.relu(first(h, mix)), mix)
        for layer, same_size in zip(self.up, found[1::-1], strict=True):
            h = F.relu(layer(h, mix) + same_size)
        return torch.sigmoid(self.paint(h, mix)[..., :height, :width])


class TransformNet(ConditionalTransformNet):
    """The same net for one style: images (N, 3, H, W) in 0..1 to images of that size."""

    def __init__(self, width: int = 16, blocks: int = 3) -> None:
        super().__init__(1, width, blocks)

    def forward(self, x: Tensor, mix: Tensor | None = None, seed: int = 0) -> Tensor:
        """x (N, 3, H, W) painted, in 0..1; seed: of the noise."""
        return super().forward(x, x.new_ones(1) if mix is None else mix, seed)


def coarse_noise(height: int, width: int, seed: int) -> Tensor:
    """Smooth noise (1, C, height, width), in each channel with bumps of another size: see `NOISE`."""
    generator = torch.Generator().manual_seed(seed)
    channels = []
    for size in NOISE:
        bumps = torch.randn(1, 1, height // size + 1, width // size + 1, generator=generator)
        smooth = F.interpolate(bumps, scale_factor=size, mode="bicubic", align_corners=False)
        channels.append(smooth[..., :height, :width])
    return torch.cat(channels, dim=1)


def blend(num_styles: int, shares: dict[int, float]) -> Tensor:
    """A mix (num_styles,) in which the styles named by number have these shares, brought to a sum of 1.

    Raises ValueError for a style that there is not, a share below 0, and if all are 0.
    """
    for style, share in shares.items():
        expect_between(0, num_styles, style=style)
        expect_between(0, **{f"shares[{style}]": share})
    expect_positive(sum_of_shares=sum(shares.values()))
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
