"""`course style CONTENT STYLE -o OUT`: paint one picture in the style of another.

The picture so far is written to OUT on the way, so that a viewer can be left open on it.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from rich.console import Console
    from torch import Tensor

PREVIEW_EVERY = 2.0  # seconds


def run(
    content: Path | str,
    style: Path | str,
    out: Path | str,
    size: int,
    steps: int,
    seed: int,
    console: Console,
    device: str | None = None,
) -> None:
    """Read two pictures, transfer the style, write out.

    style: a file, or the name of a style that is drawn by code, or of a photograph at hand.
    size: pixels of the result's longer side. device: where PyTorch computes, by default on a GPU where there
    is one. Raises ValueError that says what is wrong with a picture or the device.
    """
    from cs_lib.vision.images import write_image
    from cs_lib.vision.style_transfer import Progress, style_transfer

    out = Path(out)
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        pictures = _moved([picture(content, size), picture(style, size)], device)
    for note in notes:
        console.print(f"Note: {note.message}", highlight=False)
    _write(write_image, out, pictures[0])  # an ending that can't be written is found out now

    columns = (TextColumn("Painting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    start = last = time.monotonic()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=steps)

        def on_step(progress: Progress) -> None:
            nonlocal last
            bar.advance(task)
            if time.monotonic() - last > PREVIEW_EVERY:
                last = time.monotonic()
                _write(write_image, out, progress.image)

        image = style_transfer(*pictures, steps=steps, seed=seed, on_step=on_step)
    _write(write_image, out, image)
    height, width = image.shape[-2:]
    console.print(
        f"Wrote {out}, {width} x {height} pixels, {steps} steps in {time.monotonic() - start:.0f} s"
        f" on {image.device}",
        highlight=False,
    )


def picture(source: Path | str, size: int) -> Tensor:
    """A picture by its file, or by its name if there is no such file; the longer side has size pixels."""
    from cs_lib.vision.drawn import DRAWINGS, drawn_style
    from cs_lib.vision.images import PHOTOGRAPHS, photograph, read_image

    if Path(source).exists():
        return read_image(source, size)
    if (name := str(source)) in PHOTOGRAPHS:
        return photograph(name, size)
    if name in DRAWINGS:
        return drawn_style(name, size)
    names = ", ".join([*PHOTOGRAPHS, *DRAWINGS])
    raise ValueError(
        f"{source}: there is no such file, and none of the pictures at hand is called so: {names}"
    )


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


def _write(write: object, out: Path, image: Tensor) -> None:
    """Write beside the place and move there: a viewer never sees half a picture."""
    handle, beside = tempfile.mkstemp(suffix=out.suffix, dir=out.parent)
    os.close(handle)
    try:
        write(beside, image)
        os.chmod(beside, 0o644)
        os.replace(beside, out)
    except BaseException:
        os.unlink(beside)
        raise
