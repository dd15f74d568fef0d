"""Trains the small net that the library ships, and writes its weights.

    python scripts/train_patches_net.py [--epochs 16] [--to cs_lib/vision/patches_net.safetensors]

Prints the accuracy on the test patches; the same seed gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from cs_lib import data
from cs_lib.vision.patches_net import WEIGHTS, PatchesNet, fold_batch_norm, with_batch_norm

BATCH, RATE, DECAY = 100, 3e-3, 1e-2


def main() -> None:
    """Train, fold, test, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    patches = data.load("patches10", train=10_000, val=0, test=1000)
    net = PatchesNet()
    train(net, as_tensor(patches.x_train), torch.from_numpy(patches.y_train).long(), options.epochs)
    net.eval()
    with torch.no_grad():
        right = net(as_tensor(patches.x_test)).argmax(dim=1) == torch.from_numpy(patches.y_test)
    save_file(net.state_dict(), options.to)
    print(
        f"test accuracy {right.float().mean():.3f}, {options.to.stat().st_size / 1e6:.2f} MB in {options.to}"
    )


def train(net: PatchesNet, x: Tensor, y: Tensor, epochs: int) -> None:
    """AdamW with one cosine from warm-up to 0, with batch norm; afterwards it is folded away."""
    plain, net.features = net.features, with_batch_norm(net)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=DECAY)
    steps = epochs * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=RATE, total_steps=steps)
    net.train()
    for _ in track(range(epochs), description="Epochs"):
        for rows in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            loss = F.cross_entropy(net(augmented(x[rows])), y[rows], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    fold_batch_norm(net.features)
    net.features = plain


def augmented(x: Tensor) -> Tensor:
    """The images mirrored at random, moved by up to 4 pixels, and lightened or darkened."""
    x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    down, right = torch.randint(0, 9, (2,)).tolist()
    x = F.pad(x, (4, 4, 4, 4), mode="reflect")[:, :, down : down + 32, right : right + 32]
    return (x * (0.8 + 0.4 * torch.rand(len(x), 1, 1, 1))).clamp(0, 1)


def as_tensor(images) -> Tensor:
    """uint8 images (N, H, W, 3) as floats (N, 3, H, W) in 0..1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


if __name__ == "__main__":
    main()
