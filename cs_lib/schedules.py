"""Learning rates as plain functions of the step (or epoch), which is counted from 0.

    rate = cosine(step, initial=0.1, total=10_000)
    rate = linear_warmup(step, cosine(step, 0.1, 10_000), warmup=500)

After `total` steps a rate stays where it ended. All raise ValueError for a negative step or settings out of
range. Not for: the rule that uses the rate (`cs_lib.optim`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cs_lib.validation import expect_between, expect_positive


def constant(step: int, initial: float) -> float:
    """The same rate throughout."""
    expect_between(0, step=step, initial=initial)
    return initial


def step_decay(
    step: int, initial: float, milestones: Sequence[int] = (30, 60, 90), factor: float = 0.1
) -> float:
    """Times `factor` at each milestone: by default a tenth at epochs 30, 60 and 90 (He et al. 2016)."""
    expect_between(0, step=step, initial=initial, factor=factor)
    return initial * factor ** sum(step >= milestone for milestone in milestones)


def epoch_decay(step: int, initial: float, factor: float = 0.97, steps_per_epoch: int = 1) -> float:
    """Times `factor` after every epoch."""
    expect_between(0, step=step, initial=initial, factor=factor)
    expect_positive(steps_per_epoch=steps_per_epoch)
    return initial * factor ** (step // steps_per_epoch)


def cosine(step: int, initial: float, total: int) -> float:
    """initial / 2 * (1 + cos(pi * step / total)), down to 0 (Loshchilov and Hutter 2017)."""
    return initial / 2 * (1 + math.cos(math.pi * _progress(step, initial, total)))


def linear(step: int, initial: float, total: int) -> float:
    """initial * (1 - step / total), down to 0."""
    return initial * (1 - _progress(step, initial, total))


def square_root(step: int, initial: float, total: int) -> float:
    """initial * sqrt(1 - step / total), down to 0: slowly at first, steeply at the end."""
    return initial * math.sqrt(1 - _progress(step, initial, total))


def inverse_sqrt(step: int, initial: float) -> float:
    """initial / sqrt(step), from step 1 on; step 0, where there is no value, gets that of step 1."""
    expect_between(0, step=step, initial=initial)
    return initial / math.sqrt(max(step, 1))


def exponential(step: int, initial: float, k: float) -> float:
    """initial * exp(-k * step)."""
    expect_between(0, step=step, initial=initial, k=k)
    return initial * math.exp(-k * step)


def inverse(step: int, initial: float, k: float) -> float:
    """initial / (1 + k * step), often called 1/t decay."""
    expect_between(0, step=step, initial=initial, k=k)
    return initial / (1 + k * step)


def cyclical(step: int, low: float, high: float, half_cycle: int) -> float:
    """A triangle: from low to high in half_cycle steps, back in as many, and again (Smith 2017)."""
    expect_between(0, step=step, low=low)
    expect_between(low, high=high)
    expect_positive(half_cycle=half_cycle)
    distance_from_peak = abs(step % (2 * half_cycle) - half_cycle)
    return low + (high - low) * (1 - distance_from_peak / half_cycle)


def linear_warmup(step: int, rate: float, warmup: int = 5000) -> float:
    """rate * step / warmup during the first steps, from 0, then rate: whatever another schedule says."""
    expect_between(0, step=step, rate=rate)
    expect_positive(warmup=warmup)
    return rate * min(step / warmup, 1)


def scale_with_batch_size(rate: float, batch_size: int, base_batch_size: int = 256) -> float:
    """N times the batch size, N times the rate (Goyal et al. 2017); warm up when N is large."""
    expect_between(0, rate=rate)
    expect_positive(batch_size=batch_size, base_batch_size=base_batch_size)
    return rate * batch_size / base_batch_size


# Schedules (step, initial, ...) -> rate, by name.
SCHEDULES: dict[str, Callable[..., float]] = {
    schedule.__name__: schedule
    for schedule in (
        constant, step_decay, epoch_decay, cosine, linear, square_root, inverse_sqrt, exponential, inverse,
    )
}  # fmt: skip


def _progress(step: int, initial: float, total: int) -> float:
    """How much of the way is done, from 0 to 1."""
    expect_between(0, step=step, initial=initial)
    expect_positive(total=total)
    return min(step / total, 1)
