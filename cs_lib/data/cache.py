"""Where data is kept between runs; arrays are written there whole or not at all, and read without pickle."""

from __future__ import annotations

import contextlib
import os
import secrets
import warnings
from pathlib import Path

import numpy as np

VARIABLE = "CS_LIB_CACHE"


def directory(cache_dir: str | os.PathLike | None = None) -> Path:
    """The folder for data: the argument, else the variable CS_LIB_CACHE, else the system's own place."""
    chosen = cache_dir or os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("cs_lib"))


def read_arrays(path: Path, layout: dict[str, tuple[tuple[int, ...], type]]) -> dict[str, np.ndarray] | None:
    """Arrays of an .npz file if it holds those that `layout` names, with that shape and dtype.

    None when there is no such file; None with a warning when it is broken.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in layout}  # reading checks zip's checksums
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # whatever a damaged file leads to: it can always be built anew
        return _broken(path, str(error) or type(error).__name__)
    for name, (shape, dtype) in layout.items():
        if arrays[name].shape != shape or arrays[name].dtype != dtype:
            return _broken(path, f"{name} is {arrays[name].dtype} {arrays[name].shape}")
    return arrays


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Keep arrays of any shape as an .npz file; who reads at the same time sees the old file or the new one.

    Where nothing can be written a warning says so: the data itself is fine.
    """
    temporary = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    except OSError as error:
        warnings.warn(f"{path} could not be written ({error}): it will be built anew next time", stacklevel=2)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _broken(path: Path, reason: str) -> None:
    warnings.warn(f"{path} is broken ({reason}): it is built anew", stacklevel=3)
