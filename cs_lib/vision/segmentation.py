"""From a saliency map to the object: the map says where to begin, the colours say where to stop."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cs_lib.validation import expect_between, expect_shapes


def segment(image: Tensor, saliency: Tensor, foreground: float = 0.95, background: float = 0.3) -> Tensor:
    """Cut out the object that the saliency points at.

    image: (1, 3, H, W) in 0..1; saliency: (H, W). The most salient pixels (above the quantile `foreground`)
    are certainly object, the least salient ones (below the quantile `background`) certainly not; between them
    the colours decide. Returns a mask (H, W) of bools. Seeds as in Simonyan et al. 2014, section 3.2, who
    then use GraphCut; here random walks from the seeds do that (Grady 2006). Raises ValueError for other
    shapes, and quantiles out of order.
    """
    from skimage.segmentation import random_walker

    expect_shapes(image=(image, "1 3 H W"), saliency=(saliency, "H W"))
    expect_between(0, foreground, background=background)
    expect_between(0, 1, foreground=foreground)
    values = saliency.detach().cpu().double().numpy()
    seeds = np.zeros(values.shape, dtype=int)
    seeds[values <= np.quantile(values, background)] = 2
    seeds[values >= np.quantile(values, foreground)] = 1
    picture = image[0].detach().cpu().double().numpy()
    labels = random_walker(picture, seeds, beta=100, mode="cg_j", channel_axis=0, tol=1e-7)
    return torch.from_numpy(labels == 1).to(image.device)
