"""The training loop: mini-batches, an optimiser, a schedule, and what one wants to know afterwards.

    data = {"X_train": ..., "y_train": ..., "X_val": ..., "y_val": ...}
    solver = Solver(net, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, num_epochs=10)
    history = solver.train()        # the net then holds the best weights that it had

Not for: choosing such numbers, which is `search`.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cs_lib.optim import OPTIMIZERS, clip_by_norm, running_average
from cs_lib.training import run_file
from cs_lib.training.batches import Augment, Batches, expect_data
from cs_lib.training.history import History
from cs_lib.training.metrics import accuracy, predict
from cs_lib.training.progress import progress_bar
from cs_lib.training.state import Model, State, get_state, set_state
from cs_lib.validation import expect_between, expect_choice, expect_positive

Rule = Callable[..., tuple[np.ndarray, dict[str, Any]]]


class DivergenceWarning(UserWarning):
    """Training was stopped because the loss became too large, or NaN."""


class Solver:
    """Trains a model: anything with `params` and `loss(X, y=None)`, a learner's own net too.

    Attributes: history (see `History`), step and epoch (how many are complete), best_val_accuracy.
    """

    def __init__(
        self,
        model: Model,
        data: Mapping[str, np.ndarray],
        *,
        update_rule: str | Rule = "sgd",
        optim_config: Mapping[str, float] | None = None,
        schedule: Callable[[int], float] | None = None,
        num_epochs: int = 10,
        batch_size: int = 100,
        augment: Augment | None = None,
        clip_norm: float = math.inf,
        average_decay: float = 0.0,
        patience: float = math.inf,
        max_loss_ratio: float = 3.0,
        num_train_samples: int = 1000,
        checkpoint: str | os.PathLike | None = None,
        progress: bool = True,
        seed: int | None = None,
    ) -> None:
        """
        Args:
            data: X_train (N, ...) and y_train (N,); X_val and y_val, or neither.
            update_rule: a name in `cs_lib.optim.OPTIMIZERS`, or a function of that form.
            optim_config: its settings, such as learning_rate.
            schedule: from the step, counted from 0, to its learning rate, instead of a constant one.
            batch_size: examples a step; those that fill no batch are left out, others in each epoch.
            augment: (X, y, rng) -> (X, y), applied to each batch; see `augmentation.pipeline`.
            clip_norm: longest gradient, over all arrays together.
            average_decay: above 0, a running average of the weights is what is tested and kept.
            patience: stop after so many epochs without a better validation accuracy.
            max_loss_ratio: stop when the loss exceeds so many times the first one.
            num_train_samples: how many training examples the training accuracy is measured on.
            checkpoint: file to write after each epoch, for `resume`.
            progress: a bar, where somebody looks at one.
            seed: of the order of the examples and the augmentation.

        Raises TypeError or ValueError for data that does not fit or settings out of range.
        """
        expect_data(data)
        if isinstance(update_rule, str):
            expect_choice("update_rule", update_rule, tuple(OPTIMIZERS))
            update_rule = OPTIMIZERS[update_rule]
        expect_positive(num_epochs=num_epochs, num_train_samples=num_train_samples, patience=patience)
        expect_positive(clip_norm=clip_norm, max_loss_ratio=max_loss_ratio)
        expect_between(0, 1, average_decay=average_decay)
        self.model, self.data = model, dict(data)
        self.rule, self.schedule, self.num_epochs = update_rule, schedule, num_epochs
        self.clip_norm, self.average_decay = clip_norm, average_decay
        self.patience, self.max_loss_ratio = patience, max_loss_ratio
        self.num_train_samples, self.checkpoint, self.progress = num_train_samples, checkpoint, progress

        self.rng = np.random.default_rng(seed)
        self.batches = Batches(data["X_train"], data["y_train"], batch_size, augment, self.rng)
        self.configs = {name: dict(optim_config or {}) for name in model.params}
        self.history, self.step = History(), 0
        self.average: State | None = None  # of the weights
        self.best: State | None = None  # the model's state in the epoch with the best validation accuracy
        self.best_val_accuracy, self.best_epoch = 0.0, 0
        self.current: State | None = None  # where training left off, while the model holds the best state

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        return self.step // self.batches.per_epoch

    def train(self, more_epochs: int | None = None) -> History:
        """Train up to num_epochs, or so many more; then put the best weights into the model.

        A second call goes on where the first one ended. A loss that is NaN or too large ends the run with a
        DivergenceWarning. An interrupt (Ctrl-C, the stop button) is passed on, with history and best weights
        in place. Returns the history, of all calls. Raises ValueError for more_epochs below 1.
        """
        if more_epochs is not None:
            expect_positive(more_epochs=more_epochs)
            self.num_epochs = self.epoch + more_epochs
        if self.current is not None:
            set_state(self.model, self.current)
            self.current = None
        self.history.stopped = None
        try:
            with np.errstate(
                over="ignore", invalid="ignore", divide="ignore"
            ):  # the loss is looked at instead
                self._run()
        except KeyboardInterrupt:
            self.history.stopped = f"interrupted after {self.step} steps"
            raise
        finally:
            self.current = get_state(self.model)
            if self.best is not None:
                set_state(self.model, self.best)
        return self.history

    def save(self, path: str | os.PathLike) -> None:
        """Write all that `resume` needs to go on as if nothing had happened: a file without pickle."""
        run_file.save(self, path)

    def resume(self, path: str | os.PathLike) -> None:
        """Go back to where `save` was called; `train` then takes the steps that are left.

        Raises FileNotFoundError, CheckpointError for a damaged file, ValueError if it is of another run: with
        other arrays in the model, another optimiser, batch size or number of examples.
        """
        run_file.resume(self, path)

    def _run(self) -> None:
        total = self.num_epochs * self.batches.per_epoch
        with progress_bar(total, self.step, self.progress) as bar:
            while self.step < total and not self.history.stopped:
                self._take_step()
                if self._ends_epoch(self.step) and not self.history.stopped:
                    self._end_epoch()
                bar.update(self.history)

    def _take_step(self) -> None:
        """One mini-batch, and one update of every array, unless the loss says that this is pointless."""
        X, y = self.batches.at(self.step)
        loss, grads = self.model.loss(X, y)
        self.history.loss.append(float(loss))
        if self.schedule:
            rate = float(self.schedule(self.step))
            self.configs = {name: {**config, "learning_rate": rate} for name, config in self.configs.items()}
        if problem := self._divergence():
            self.history.stopped = problem
            warnings.warn(problem, DivergenceWarning, stacklevel=4)
            return
        if self.clip_norm < math.inf:
            grads, _ = clip_by_norm(grads, self.clip_norm)
        self._update(grads)
        self.step += 1

    def _divergence(self) -> str | None:
        """What is wrong with the last loss, or None."""
        first, loss = self.history.loss[0], self.history.loss[-1]
        if loss <= self.max_loss_ratio * first:  # never so for NaN
            return None
        limit = f", more than {self.max_loss_ratio:g} times the first, {first:.4g}" * math.isfinite(loss)
        rate = self._learning_rate()
        advice = f"; try a learning rate under {rate:g}" * math.isfinite(rate)
        return f"training stopped: the loss is {loss:.4g} after {self.step} steps{limit}{advice}"

    def _update(self, grads: Mapping[str, np.ndarray]) -> None:
        params = self.model.params
        if missing := params.keys() - grads.keys():
            raise ValueError(f"the model's loss gave no gradient for {', '.join(sorted(missing))}")
        # All are computed before any is put in place: an interrupt must not leave half a step.
        before = {name: w.copy() for name, w in params.items()} if self._ends_epoch(self.step + 1) else {}
        updates = {name: self.rule(w, grads[name], self.configs[name]) for name, w in params.items()}
        for name, (w, config) in updates.items():
            params[name], self.configs[name] = w, config
        self._note_update_ratios(before)
        self.history.learning_rate.append(self._learning_rate())
        if self.average_decay > 0:
            self.average = running_average(self.average, params, self.average_decay)

    def _learning_rate(self) -> float:
        """The last one, NaN if the rule did not say yet."""
        return float(next(iter(self.configs.values())).get("learning_rate", math.nan))

    def _ends_epoch(self, step: int) -> bool:
        return step % self.batches.per_epoch == 0

    def _note_update_ratios(self, before: Mapping[str, np.ndarray]) -> None:
        for name, w in before.items():
            if w.ndim > 1 and (size := np.linalg.norm(w)) > 0:
                ratio = float(np.linalg.norm(self.model.params[name] - w) / size)
                self.history.update_ratios.setdefault(name, []).append(ratio)

    def _end_epoch(self) -> None:
        """Accuracies, the best state so far, the decision to stop, the checkpoint file."""
        with self._averaged_weights():
            self._measure()
        if self.epoch - self.best_epoch >= self.patience:
            self.history.stopped = f"no better validation accuracy for {self.patience:g} epochs"
        if self.checkpoint is not None:
            self.save(self.checkpoint)

    def _measure(self) -> None:
        X, y = self.batches.sample(self.num_train_samples)
        self.history.train_accuracy.append(accuracy(predict(self.model, X), y))
        if "X_val" in self.data:
            val_accuracy = accuracy(predict(self.model, self.data["X_val"]), self.data["y_val"])
            self.history.val_accuracy.append(val_accuracy)
            if self.best is not None and val_accuracy <= self.best_val_accuracy:
                return
            self.best_val_accuracy = val_accuracy
        self.best, self.best_epoch = get_state(self.model), self.epoch

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """Inside, the model has the running average of its weights, if one is kept."""
        trained = dict(self.model.params)
        self.model.params.update(self.average or {})
        try:
            yield
        finally:
            self.model.params.update(trained)
