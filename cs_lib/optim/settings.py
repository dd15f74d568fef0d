"""The config of an optimiser: settings with their defaults and ranges, and the state that it carries along.

Not for: any update rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs_lib.validation import as_floats, expect_between

# Setting: (lowest, strict upper bound). Learning rates may be 0: schedules end there.
RANGES: dict[str, tuple[float, float]] = {
    "learning_rate": (0, np.inf),
    "momentum": (0, 1),
    "decay_rate": (0, 1),
    "beta1": (0, 1),
    "beta2": (0, 1),
    "epsilon": (0, np.inf),
    "weight_decay": (0, np.inf),
    "t": (0, np.inf),
    "history_size": (1, np.inf),
}


def prepare(
    w: np.ndarray,
    dw: np.ndarray,
    config: dict[str, Any] | None,
    /,
    state: tuple[str, ...] = (),
    **defaults: Any,
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Check an optimiser's arguments; give w and dw as floats of w's dtype, and a complete config.

    w: weights, any shape; dw: their gradient, the same shape. `state` names arrays of w's shape that start
    at zero; `defaults` are the other entries. The config that came in is not modified.
    Raises TypeError or ValueError for arrays that do not fit, entries that the optimiser does not know,
    and settings out of their range.
    """
    w = as_floats("w", w)
    dw = _like(w, "dw", dw)
    config = dict(config or {})
    if unknown := set(config) - set(defaults) - set(state):
        known = ", ".join((*defaults, *state))
        raise ValueError(f"config has {', '.join(map(repr, sorted(unknown)))}; this optimiser knows {known}")
    settings = {name: config.get(name, default) for name, default in defaults.items()}
    for name, value in settings.items():
        if name in RANGES:
            expect_between(*RANGES[name], **{name: value})
            # A NumPy float64 would make float32 weights float64.
            settings[name] = value.item() if isinstance(value, np.generic) else value
    arrays = {name: _like(w, name, config[name]) if name in config else np.zeros_like(w) for name in state}
    return w, dw, settings | arrays


def _like(w: np.ndarray, name: str, array: np.ndarray) -> np.ndarray:
    array = as_floats(name, array)
    if array.shape != w.shape:
        raise ValueError(f"{name} has shape {array.shape}, expected w's {w.shape}")
    return array.astype(w.dtype, copy=False)
