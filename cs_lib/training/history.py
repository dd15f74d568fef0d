"""What happened in a training run, as plain numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class History:
    """One number a step (loss, learning_rate) and one an epoch (the rest).

    update_ratios: by the name of each weight array, |update| / |weight| in the epoch's last step; about 1e-3
    is usual. stopped: why training ended before its last epoch, or None.
    """

    loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    update_ratios: dict[str, list[float]] = field(default_factory=dict)
    stopped: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)
