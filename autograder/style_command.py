"""`course style CONTENT STYLE -o OUT`: paint one picture in the style of another.

The picture so far is written to OUT on the way, so that a viewer can be left open on it.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from rich.console import Console
    from torch import Tensor, nn

    from cs_lib.vision.style_transfer import Progress

PREVIEW_EVERY = 2.0  # seconds
RANDOM = "random"


def run(
    content: Path | str,
    style: Path | str,
    out: Path | str,
    size: int,
    steps: int,
    seed: int,
    console: Console,
    device: str | None = None,
    net: str = RANDOM,
) -> None:
    """Read two pictures, transfer the style, write out.

    style: a file, or the name of a style that is drawn by code, or of a photograph at hand.
    size: pixels of the result's longer side. device: where PyTorch computes, by default on a GPU where there
    is one. net: "random", whose filters are drawn with the seed, or the name of published weights.

    Raises ValueError that says what is wrong with a picture, the device or the net, KeyboardInterrupt that
    says what OUT holds.
    """
    painting = Painting(Path(out), steps)
    try:
        _expect_place(painting.out, (content, style))
        pictures = _moved(_read((content, style), size, console), device)
        looking = _net(net, pictures[0])
        _paint(painting, pictures, looking, seed, console)
    except KeyboardInterrupt:
        raise painting.interrupted() from None


@dataclass
class Painting:
    """A picture that grows, and the file that it is in."""

    out: Path
    steps: int
    step: int = 0
    image: Tensor | None = None
    written: float = -math.inf  # when

    def grow(self, progress: Progress) -> None:
        """Take over what a step has made; write it, if that was not just done."""
        self.step, self.image = progress.step, progress.image
        if time.monotonic() - self.written > PREVIEW_EVERY:
            self.write()

    def write(self) -> None:
        """Write the picture so far."""
        _write(self.out, self.image)
        self.written = time.monotonic()

    def interrupted(self) -> KeyboardInterrupt:
        """Write the picture so far; returns what says so."""
        if self.image is None:
            return KeyboardInterrupt("interrupted before the first step: nothing was painted")
        self.write()
        return KeyboardInterrupt(
            f"interrupted after step {self.step} of {self.steps}: {self.out} holds the picture so far"
        )


def _paint(
    painting: Painting, pictures: list[Tensor], net: nn.Module | None, seed: int, console: Console
) -> None:
    from cs_lib.vision.style_transfer import style_transfer

    columns = (TextColumn("Painting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    start = time.monotonic()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=painting.steps)

        def on_step(progress: Progress) -> None:
            bar.advance(task)
            painting.grow(progress)

        painting.image = style_transfer(*pictures, net, steps=painting.steps, seed=seed, on_step=on_step)
    painting.write()
    height, width = painting.image.shape[-2:]
    console.print(
        f"Wrote {painting.out}, {width} x {height} pixels, {painting.steps} steps"
        f" in {time.monotonic() - start:.0f} s on {painting.image.device}",
        highlight=False,
    )


def _expect_place(out: Path, sources: tuple[Path | str, ...]) -> None:
    """Raise ValueError if the picture cannot be written there, or would replace one that is read."""
    from cs_lib.vision.images import expect_picture_name

    expect_picture_name(out)
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}")
    for source in map(Path, sources):
        if out.exists() and source.exists() and out.samefile(source):
            raise ValueError(f"{out}: is one of the two pictures that are read; choose another name with -o")


def _read(sources: tuple[Path | str, ...], size: int, console: Console) -> list[Tensor]:
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        pictures = [picture(source, size) for source in sources]
    for message in dict.fromkeys(str(note.message) for note in notes):  # once, if both are the same file
        console.print(f"Note: {message}", highlight=False)
    return pictures


def picture(source: Path | str, size: int) -> Tensor:
    """A picture by its file, or by its name if there is no such file; the longer side has size pixels."""
    from cs_lib.vision.drawn import DRAWINGS, drawn_style
    from cs_lib.vision.images import PHOTOGRAPHS, photograph, read_image

    name, is_file = str(source), Path(source).is_file()
    if name in PHOTOGRAPHS and not is_file:
        return photograph(name, size)
    if name in DRAWINGS and not is_file:
        return drawn_style(name, size)
    if Path(source).exists():
        return read_image(source, size)
    names = ", ".join([*PHOTOGRAPHS, *DRAWINGS])
    raise ValueError(
        f"{source}: there is no such file, and none of the pictures at hand is called so: {names}"
    )


def _net(name: str, like: Tensor) -> nn.Module | None:
    """The net that looks at the pictures, where they are; None stands for random filters."""
    from cs_lib.validation import expect_choice
    from cs_lib.vision.weights import WEIGHTS, WeightsError, load_published

    expect_choice("--net", name, (RANDOM, *WEIGHTS))
    if name == RANDOM:
        return None
    try:
        return load_published(name).to(like)
    except WeightsError as error:
        raise ValueError(f"--net {name}: {error}; --net {RANDOM} needs none") from None


def _moved(pictures: list[Tensor], device: str | None) -> list[Tensor]:
    import torch

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        moved = [picture.to(device) for picture in pictures]
        moved[0].cpu()  # and back, as the result has to come
        return moved
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"--device {device}: PyTorch cannot compute there ({reason}); try --device cpu"
        ) from None


def _write(out: Path, image: Tensor) -> None:
    """Write beside the place and move there: a viewer never sees half a picture."""
    from cs_lib.vision.images import write_image

    handle, beside = tempfile.mkstemp(suffix=out.suffix, dir=out.parent)
    os.close(handle)
    try:
        write_image(beside, image)
        os.chmod(beside, 0o644)
        os.replace(beside, out)
    except BaseException:
        os.unlink(beside)
        raise
