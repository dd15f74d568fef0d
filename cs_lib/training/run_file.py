"""A training run as a file: everything that changes while a Solver trains, out and in again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cs_lib.training.checkpoint import CheckpointError, read_checkpoint, write_checkpoint
from cs_lib.training.history import History
from cs_lib.training.state import State, get_state, join, set_state, split

if TYPE_CHECKING:
    from cs_lib.training.solver import Solver


def save(solver: Solver, path: str | os.PathLike) -> None:
    """See `Solver.save`."""
    optimizer, settings = _arrays_and_numbers(solver.configs)
    arrays = join(
        current=solver.current if solver.current is not None else get_state(solver.model),
        best=solver.best or {},
        average=solver.average or {},
        optimizer=optimizer,
        batches={"order": solver.batches.order},
    )
    header = {
        "run": _identity(solver),
        "step": solver.step,
        "best_epoch": solver.best_epoch,
        "best_val_accuracy": solver.best_val_accuracy,
        "optimizer": settings,
        "generators": [rng.bit_generator.state for rng in _generators(solver)],
        "history": solver.history.as_dict(),
    }
    write_checkpoint(path, arrays, header)


def resume(solver: Solver, path: str | os.PathLike) -> None:
    """See `Solver.resume`, which says what is raised."""
    arrays, header = read_checkpoint(path)
    try:
        _put_in(solver, arrays, header)
    except KeyError as error:
        raise CheckpointError(Path(path), f"is not of a Solver: it has no {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _put_in(solver: Solver, arrays: State, header: dict[str, Any]) -> None:
    for name, value in _identity(solver).items():
        if header["run"][name] != value:
            raise ValueError(f"the run had {name} {header['run'][name]}, this one has {value}")
    set_state(solver.model, split(arrays, "current"))
    solver.current = None
    solver.best, solver.average = split(arrays, "best") or None, split(arrays, "average") or None
    solver.batches.order, solver.step = arrays["batches/order"], header["step"]
    solver.best_epoch, solver.best_val_accuracy = header["best_epoch"], header["best_val_accuracy"]
    for name, numbers in header["optimizer"].items():
        solver.configs[name] = numbers | split(arrays, f"optimizer/{name}")
    for rng, state in zip(_generators(solver), header["generators"], strict=True):
        rng.bit_generator.state = state
    solver.history = History(**header["history"])


def _identity(solver: Solver) -> dict[str, Any]:
    """What must be the same for a run to be resumed."""
    return {
        "update_rule": getattr(solver.rule, "__name__", "?"),
        "batch_size": solver.batches.batch_size,
        "examples": len(solver.batches.X),
    }


def _generators(solver: Solver) -> list[np.random.Generator]:
    """All sources of chance: the solver's, and the model's if it has one."""
    of_model = getattr(solver.model, "rng", None)
    return [solver.rng, of_model] if isinstance(of_model, np.random.Generator) else [solver.rng]


def _arrays_and_numbers(configs: Mapping[str, Mapping[str, Any]]) -> tuple[State, dict[str, Any]]:
    """The optimiser's state: arrays "W1/velocity", ..., and the numbers by the name of the weights."""
    arrays, numbers = {}, {}
    for name, config in configs.items():
        arrays |= {f"{name}/{key}": value for key, value in config.items() if isinstance(value, np.ndarray)}
        numbers[name] = {
            key: value.item() if isinstance(value, np.generic) else value
            for key, value in config.items()
            if not isinstance(value, np.ndarray)
        }
    return arrays, numbers
