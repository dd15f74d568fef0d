from __future__ import annotations

import json

import numpy as np
import pytest

from cs_lib.models import ConvNet, TwoLayerNet
from cs_lib.schedules import cosine
from cs_lib.training import CheckpointError, Solver, get_state
from cs_lib.training.augmentation import horizontal_flip, mixup, pipeline
from cs_lib.training.checkpoint import read_checkpoint, write_checkpoint


def images():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((50, 2, 6, 6)).astype(np.float32), rng.integers(3, size=50)
    return {"X_train": X[:34], "y_train": y[:34], "X_val": X[34:], "y_val": y[34:]}


def solver(seed=0, **options):
    """A run in which all that can be random is: order, augmentation, dropout, weights."""
    table = [("conv", 4, 3), "batchnorm", "relu", ("pool", 2), ("dropout", 0.7), ("affine", 5), "relu"]
    model = ConvNet(table, (2, 6, 6), 3, seed=seed)

    def mix(X, y, rng):
        return mixup(X, y, rng, num_classes=3)

    options = {
        "update_rule": "adam", "schedule": lambda step: cosine(step, 0.01, 24), "num_epochs": 6,
        "batch_size": 8, "augment": pipeline(horizontal_flip, mix=mix), "average_decay": 0.9, "seed": seed,
    } | options  # fmt: skip
    return Solver(model, images(), **options)


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adamw"])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(rule, tmp_path):
    whole = solver(update_rule=rule)
    whole.train()

    first = solver(update_rule=rule, num_epochs=2, checkpoint=tmp_path / "run.npz")
    first.train()
    second = solver(seed=99, update_rule=rule)  # another seed: all of it must come from the file
    second.resume(tmp_path / "run.npz")
    assert second.epoch == 2
    second.train()

    assert second.history == whole.history
    assert second.best_epoch == whole.best_epoch
    for one, other in ((second.current, whole.current), (get_state(second.model), get_state(whole.model))):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], strict=True)


def test_a_run_can_be_saved_in_the_middle_of_an_epoch(tmp_path):
    whole = solver()
    whole.train()
    first = solver()
    for _ in range(6):  # an epoch has 4 steps
        first._take_step()
        if first.step == 4:
            first._end_epoch()
    first.save(tmp_path / "run")
    second = solver(seed=3)
    second.resume(tmp_path / "run")
    assert second.train() == whole.history


def test_saving_after_training_keeps_where_training_was_not_where_it_was_best(tmp_path):
    first = solver(num_epochs=4, average_decay=0.0)
    first.train()
    first.save(tmp_path / "run")
    second = solver(seed=1, average_decay=0.0)
    second.resume(tmp_path / "run")
    for name, values in get_state(second.model).items():
        np.testing.assert_array_equal(values, first.current[name])


def test_the_file_holds_no_pickle_and_a_header_that_anybody_can_read(tmp_path):
    run = solver(num_epochs=1, checkpoint=tmp_path / "run.npz")
    run.train()
    with np.load(tmp_path / "run.npz", allow_pickle=False) as archive:
        header = json.loads(archive["header.json"].tobytes())
        assert "current/params/W1" in archive.files
    assert header["step"] == run.step == 4
    assert header["history"]["loss"] == run.history.loss


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 9}, "the run had batch_size 8, this one has 9"),
        ({"update_rule": "sgd"}, "the run had update_rule adam, this one has sgd"),
    ],
)
def test_another_run_is_refused(change, words, tmp_path):
    solver().save(tmp_path / "run")
    with pytest.raises(ValueError, match=words):
        solver(**change).resume(tmp_path / "run")


def test_another_model_is_refused_and_left_as_it_is(tmp_path):
    solver().save(tmp_path / "run")
    other = TwoLayerNet(72, 5, 3, seed=0)
    before = get_state(other)
    with pytest.raises(ValueError, match="the state is of another model: it has W3"):
        Solver(other, images(), update_rule="adam", batch_size=8).resume(tmp_path / "run")
    for name, values in get_state(other).items():
        np.testing.assert_array_equal(values, before[name])


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    write_checkpoint(tmp_path / "other", {"a": np.zeros(3)}, {"what": "a table"})
    with pytest.raises(CheckpointError, match="is not of a Solver: it has no 'run'"):
        solver().resume(tmp_path / "other")


def test_a_broken_file_is_refused(tmp_path):
    solver().save(tmp_path / "run")
    content = (tmp_path / "run").read_bytes()
    (tmp_path / "run").write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="run is no checkpoint, or a damaged one"):
        solver().resume(tmp_path / "run")


def test_numbers_of_numpys_types_come_back(tmp_path):
    run = solver(schedule=None, optim_config={"learning_rate": np.float32(0.01)})
    run.save(tmp_path / "run")
    assert read_checkpoint(tmp_path / "run")[1]["optimizer"]["W1"]["learning_rate"] == pytest.approx(0.01)
