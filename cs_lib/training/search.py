"""Search for hyperparameters: ranges, random and grid search, coarse to fine, and a word about the edge.

    space = {"learning_rate": log_uniform(1e-6, 1e-3), "reg": log_uniform(1e-5, 1e5)}
    found = random_search(lambda learning_rate, reg: ..., space, tries=20, seed=0)
    found.best.config, found.best.score

What is searched is a function from a configuration to a score, usually the validation accuracy after a few
epochs; the larger the better, and NaN is the worst. Rates and strengths act by their factor, so they are
searched in log space.
Source: Bergstra and Bengio 2012, "Random search for hyper-parameter optimization": where only some of the
hyperparameters matter, random points try more values of those than a grid does.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cs_lib.validation import expect_positive

Config = dict[str, Any]
EDGE = 0.05  # this close to an end, as a share of the range, a best value is a warning


class EdgeWarning(UserWarning):
    """The best value lies at the edge of its range: better ones may lie beyond it."""


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, evenly spread over their values, or over their logarithms if `log`."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        lowest = 0 if self.log else -math.inf
        if not lowest < self.low < self.high < math.inf:
            kind = "0 < low < high" if self.log else "low < high"
            raise ValueError(f"the range goes from {self.low} to {self.high}, expected finite {kind}")

    def at(self, share: float) -> float:
        """The number that lies a share, from 0 to 1, of the way from low to high."""
        if not self.log:
            return self.low + share * (self.high - self.low)
        return self.low * (self.high / self.low) ** share

    def share(self, value: float) -> float:
        """The reverse of `at`."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        return math.log(value / self.low) / math.log(self.high / self.low)

    def around(self, value: float, width: float) -> Range:
        """A range of width times this one, around value but not beyond this one's ends."""
        start = min(max(self.share(value) - width / 2, 0), 1 - width)
        return Range(self.at(start), self.at(start + width), self.log)


Space = Mapping[str, Range | Sequence[Any]]  # a sequence is a choice between its members


def uniform(low: float, high: float) -> Range:
    """All numbers from low to high alike."""
    return Range(low, high)


def log_uniform(low: float, high: float) -> Range:
    """From low to high, each power of ten alike: 10^U(a, b) is log_uniform(10**a, 10**b)."""
    return Range(low, high, log=True)


# The lectures' example: first these for some 5 epochs, then the finer ones for longer.
COARSE: dict[str, Range] = {"learning_rate": log_uniform(1e-6, 1e-3), "reg": log_uniform(1e-5, 1e5)}
FINE: dict[str, Range] = {"learning_rate": log_uniform(1e-4, 1e-3), "reg": log_uniform(1e-4, 1e0)}


@dataclass(frozen=True)
class Trial:
    """One configuration and its score."""

    config: Config
    score: float


@dataclass(frozen=True)
class Search:
    """The trials in the order of their making, and the space that they came from."""

    trials: tuple[Trial, ...]
    space: Space

    @property
    def best(self) -> Trial:
        """The trial with the largest score."""
        return max(self.trials, key=_rank)

    def at_edge(self) -> dict[str, str]:
        """The hyperparameters whose best value lies at an end of their range, and which: "low" or "high"."""
        ends = {}
        for name, among in self.space.items():
            if isinstance(among, Range):
                share = among.share(self.best.config[name])
                if not EDGE < share < 1 - EDGE:
                    ends[name] = "low" if share <= EDGE else "high"
        return ends


def random_search(
    run: Callable[..., float], space: Space, tries: int = 20, *, seed: int | None = None
) -> Search:
    """Score `tries` random configurations: run(**config) -> score.

    space: by name a Range, or a sequence to choose from. Warns (EdgeWarning) if the best value of a range
    lies at its edge. Raises ValueError for an empty space.
    """
    expect_positive(tries=tries)
    _expect_space(space)
    rng = np.random.default_rng(seed)
    configs = [{name: _draw(among, rng) for name, among in space.items()} for _ in range(tries)]
    return _search(run, space, configs)


def grid_search(run: Callable[..., float], space: Space, points: int | Mapping[str, int] = 3) -> Search:
    """Score every combination of `points` values of each range, its ends included, and of all choices.

    points: one number for all ranges, or one by name. Errors and warning as `random_search`.
    """
    _expect_space(space)
    axes = {}
    for name, among in space.items():
        if isinstance(among, Range):
            count = points[name] if isinstance(points, Mapping) else points
            expect_positive(points=count)
            shares = np.linspace(0, 1, count) if count > 1 else [0.5]
            among = [among.at(float(share)) for share in shares]
        axes[name] = among
    configs = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return _search(run, space, configs)


def coarse_to_fine(
    run: Callable[..., float],
    space: Space,
    tries: Sequence[int] = (20, 20),
    *,
    width: float = 1 / 3,
    seed: int | None = None,
) -> list[Search]:
    """Random searches, each in a part of the last one's space, around the best that was found so far.

    tries: how many in each round; width: how much of each range the next round keeps. Returns the rounds;
    the last one need not hold the best of all. Errors and warnings as `random_search`.
    """
    expect_positive(rounds=len(tries), width=width, rest=1 - width)
    rng = np.random.default_rng(seed)
    rounds: list[Search] = []
    for count in tries:
        rounds.append(random_search(run, space, count, seed=int(rng.integers(2**32))))
        best = max((each.best for each in rounds), key=_rank).config
        space = {
            name: among.around(best[name], width) if isinstance(among, Range) else among
            for name, among in space.items()
        }
    return rounds


def _search(run: Callable[..., float], space: Space, configs: Sequence[Config]) -> Search:
    found = Search(tuple(Trial(config, float(run(**config))) for config in configs), space)
    for name, end in found.at_edge().items():
        message = (
            f"the best {name}, {found.best.config[name]:.3g}, lies at the {end} end of its range "
            f"({space[name].low:g} to {space[name].high:g}): better ones may lie beyond"
        )
        warnings.warn(message, EdgeWarning, stacklevel=3)
    return found


def _rank(trial: Trial) -> float:
    return -math.inf if math.isnan(trial.score) else trial.score


def _draw(among: Range | Sequence[Any], rng: np.random.Generator) -> Any:
    return among.at(rng.random()) if isinstance(among, Range) else among[rng.integers(len(among))]


def _expect_space(space: Space) -> None:
    if not space:
        raise ValueError("space is empty: there is nothing to search")
    for name, among in space.items():
        if not isinstance(among, Range) and len(among) == 0:
            raise ValueError(f"space offers nothing to choose from for {name}")
