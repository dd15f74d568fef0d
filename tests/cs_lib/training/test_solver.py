from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cs_lib.models import ConvNet, FullyConnectedNet, TwoLayerNet
from cs_lib.optim import OPTIMIZERS, sgd
from cs_lib.schedules import cosine
from cs_lib.training import DivergenceWarning, Solver, accuracy, get_state, predict
from cs_lib.training.augmentation import noise


def net(seed=0, **options):
    return TwoLayerNet(6, 8, 3, weight_scale=0.5, seed=seed, **options)


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_every_rule_learns(rule, data):
    model = net()
    rate = {"sgd": 0.1, "adagrad": 0.1, "adam_without_correction": 0.003}.get(rule, 0.02)
    config = {"learning_rate": rate}
    history = Solver(
        model, data, update_rule=rule, optim_config=config, num_epochs=15, batch_size=20, seed=0
    ).train()
    assert history.val_accuracy[-1] > 0.9
    assert history.loss[-1] < history.loss[0]
    assert accuracy(predict(model, data["X_val"]), data["y_val"]) == max(history.val_accuracy)


def test_full_batches_follow_torchs_path(data):
    model = net(reg=0.1)
    p = {name: torch.tensor(values, requires_grad=True) for name, values in model.params.items()}
    velocity = {name: torch.zeros_like(values) for name, values in p.items()}
    X, y = torch.tensor(data["X_train"]), torch.tensor(data["y_train"])
    losses = []
    for _ in range(30):
        scores = torch.relu(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        loss = torch.nn.functional.cross_entropy(scores, y)
        loss = loss + 0.05 * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
        gradients = torch.autograd.grad(loss, list(p.values()))
        with torch.no_grad():
            for (name, values), gradient in zip(p.items(), gradients, strict=True):
                velocity[name] = 0.9 * velocity[name] + gradient
                values -= 0.05 * velocity[name]
        losses.append(loss.item())
    only_train = {name: data[name] for name in ("X_train", "y_train")}
    solver = Solver(
        model, only_train, update_rule="sgd_momentum", optim_config={"learning_rate": 0.05}, num_epochs=30,
        batch_size=1000,
    )  # fmt: skip
    np.testing.assert_allclose(solver.train().loss, losses, rtol=1e-9)
    for name in p:
        np.testing.assert_allclose(model.params[name], p[name].detach().numpy(), rtol=1e-7, atol=1e-10)


def test_history_has_a_number_a_step_and_a_number_an_epoch(data):
    history = Solver(net(), data, num_epochs=4, batch_size=50, seed=0).train()
    assert len(history.loss) == len(history.learning_rate) == 4 * 2  # 20 of the 120 examples are left out
    assert len(history.train_accuracy) == len(history.val_accuracy) == 4
    assert {name: len(ratios) for name, ratios in history.update_ratios.items()} == {"W1": 4, "W2": 4}
    assert history.stopped is None


def test_update_ratios_are_the_size_of_the_last_step_over_that_of_the_weights(data):
    model = net()
    before = {name: values.copy() for name, values in model.params.items()}
    history = Solver(model, data, num_epochs=1, batch_size=120).train()
    for name in ("W1", "W2"):
        update = np.linalg.norm(model.params[name] - before[name])
        assert history.update_ratios[name] == [pytest.approx(update / np.linalg.norm(before[name]))]


def test_the_schedule_is_asked_at_every_step(data):
    def schedule(step):
        return cosine(step, 0.1, 12)

    history = Solver(net(), data, schedule=schedule, num_epochs=6, batch_size=60).train()
    np.testing.assert_allclose(history.learning_rate, [schedule(step) for step in range(12)])


def test_a_rules_own_learning_rate_is_used_when_none_is_given(data):
    assert set(Solver(net(), data, num_epochs=1).train().learning_rate) == {1e-2}
    assert set(Solver(net(), data, update_rule="adam", num_epochs=1).train().learning_rate) == {1e-3}


def test_a_learners_own_model_and_rule_will_do(data):
    class Own:
        def __init__(self):
            self.params = {"W": np.zeros((6, 3))}

        def loss(self, X, y=None):
            scores = X @ self.params["W"]
            if y is None:
                return scores
            p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            onehot = np.eye(3)[y]
            return -np.log((p * onehot).sum(axis=1)).mean(), {"W": X.T @ (p - onehot) / len(y)}

    def own_rule(w, dw, config=None):
        w -= config["learning_rate"] * dw  # in place, as learners do
        return w, config

    history = Solver(
        Own(), data, update_rule=own_rule, optim_config={"learning_rate": 0.1}, num_epochs=8
    ).train()
    assert history.val_accuracy[-1] > 0.9
    assert min(history.update_ratios["W"]) > 0


def test_a_gradient_that_is_missing_is_named(data):
    class Forgetful(TwoLayerNet):
        def loss(self, X, y=None):
            loss, grads = super().loss(X, y)
            return loss, {"W1": grads["W1"]}

    with pytest.raises(ValueError, match="no gradient for W2, b1, b2"):
        Solver(Forgetful(6, 8, 3), data).train()


def test_the_best_weights_are_in_the_model_at_the_end(data):
    def schedule(step):  # learns, then walks away
        return 0.05 if step < 40 else -0.3

    model = net()
    solver = Solver(
        model, data, update_rule=lambda w, dw, c: sgd_any_rate(w, dw, c), schedule=schedule, num_epochs=16,
        batch_size=30, max_loss_ratio=math.inf, seed=0,
    )  # fmt: skip
    history = solver.train()
    assert history.val_accuracy[-1] < max(history.val_accuracy) == solver.best_val_accuracy
    assert accuracy(predict(model, data["X_val"]), data["y_val"]) == solver.best_val_accuracy
    assert solver.best_epoch == 1 + int(np.argmax(history.val_accuracy))


def sgd_any_rate(w, dw, config):
    return w - config["learning_rate"] * dw, config


def test_training_stops_early_when_validation_no_longer_improves(data):
    solver = Solver(net(), data, optim_config={"learning_rate": 0.0}, num_epochs=50, patience=3, seed=0)
    history = solver.train()
    assert len(history.val_accuracy) == 4  # the first is the best, and three do not improve
    assert history.stopped == "no better validation accuracy for 3 epochs"


def test_training_stops_when_the_loss_exceeds_3_times_the_first(data):
    solver = Solver(net(), data, optim_config={"learning_rate": 30.0}, seed=0)
    message = "training stopped: the loss is .* more than 3 times the first, .*; try a learning rate under 30"
    with pytest.warns(DivergenceWarning, match=message):
        history = solver.train()
    assert history.loss[-1] > 3 * history.loss[0]
    assert all(loss <= 3 * history.loss[0] for loss in history.loss[:-1])
    assert history.stopped.startswith("training stopped")


def test_a_loss_of_nan_is_caught_at_once(data):
    model = net()
    model.params["W1"][0, 0] = np.nan
    with pytest.warns(DivergenceWarning, match="training stopped: the loss is nan after 0 steps$"):
        Solver(model, data).train()


def test_the_same_seed_gives_the_same_run(data):
    runs = [Solver(net(), data, num_epochs=3, batch_size=16, seed=seed).train().loss for seed in (5, 5, 6)]
    assert runs[0] == runs[1] != runs[2]


def test_a_second_call_goes_on_where_the_first_one_ended(data):
    options = {"update_rule": "adam", "batch_size": 16, "seed": 0}
    at_once = Solver(net(), data, num_epochs=6, **options)
    at_once.train()
    in_two = Solver(net(), data, num_epochs=2, **options)
    in_two.train()
    in_two.train(more_epochs=4)
    assert in_two.history == at_once.history
    for name, values in get_state(at_once.model).items():
        np.testing.assert_array_equal(get_state(in_two.model)[name], values)


def test_an_interrupt_keeps_history_and_best_weights_and_training_can_go_on(data):
    class Interrupted(TwoLayerNet):
        calls = 0

        def loss(self, X, y=None):
            self.calls += y is not None
            if self.calls == 15 and y is not None:
                raise KeyboardInterrupt
            return super().loss(X, y)

    model = Interrupted(6, 8, 3, weight_scale=0.5, seed=0)
    solver = Solver(model, data, num_epochs=5, batch_size=20, seed=0)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert solver.history.stopped == "interrupted after 14 steps"
    assert len(solver.history.loss) == 14
    assert len(solver.history.val_accuracy) == 2
    assert accuracy(predict(model, data["X_val"]), data["y_val"]) == solver.best_val_accuracy
    solver.train()
    assert len(solver.history.loss) == 30
    assert solver.history.stopped is None


def test_a_running_average_of_the_weights_is_what_is_tested_and_kept(data):
    model = net()
    solver = Solver(model, data, optim_config={"learning_rate": 0.1}, average_decay=0.9, num_epochs=3, seed=0)
    solver.train()
    assert (solver.average["W1"] != solver.current["params/W1"]).any()
    np.testing.assert_array_equal(solver.best["params/W1"], model.params["W1"])


def test_gradients_are_clipped_together(data):
    lengths = []

    def note(w, dw, config):
        lengths.append(np.sum(dw**2))
        return sgd(w, dw, config)

    Solver(net(), data, update_rule=note, clip_norm=0.01, num_epochs=1, batch_size=120).train()
    assert math.sqrt(sum(lengths)) == pytest.approx(0.01)


def test_augmentation_sees_each_batch(data):
    sizes = []

    def augment(X, y, rng):
        sizes.append(len(X))
        return X + 0.01 * rng.standard_normal(X.shape), y

    Solver(net(), data, augment=augment, num_epochs=2, batch_size=40).train()
    assert sizes == [40] * 6


def test_a_convolutional_net_with_batch_norm_learns_images():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=80)
    X = rng.standard_normal((80, 1, 6, 6)).astype(np.float32)
    X[y == 1, :, 2:4] += 2
    model = ConvNet([("conv", 4, 3), "batchnorm", "relu", "global_avg_pool"], (1, 6, 6), 2, seed=0)
    data = {"X_train": X[:60], "y_train": y[:60], "X_val": X[60:], "y_val": y[60:]}
    Solver(
        model, data, update_rule="adam", optim_config={"learning_rate": 0.02}, num_epochs=10, batch_size=20,
        augment=lambda X, y, rng: (noise(X, rng, 0.1), y), seed=0,
    ).train()  # fmt: skip
    assert accuracy(predict(model, X[60:]), y[60:]) > 0.9


def test_float32_stays_float32(data):
    model = FullyConnectedNet([8], 6, 3, normalization="batchnorm", seed=0)
    for rule in OPTIMIZERS:
        Solver(
            model, data, update_rule=rule, average_decay=0.9, num_epochs=1, schedule=lambda step: 1e-3
        ).train()
    assert {values.dtype for values in get_state(model).values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"update_rule": "adams"}, "update_rule is 'adams', expected one of 'sgd'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"num_epochs": 0}, "num_epochs is 0"),
        ({"patience": 0}, "patience is 0"),
        ({"average_decay": 1.0}, "average_decay is 1.0"),
        ({"X_tets": np.zeros(3)}, "a name in data is 'X_tets', expected one of 'X_train'"),
        ({"y_train": np.zeros(3, int)}, "X_train has 120 examples, y_train 3 labels: expected as many"),
        ({"y_val": None}, "data has no y_val"),
    ],
)
def test_bad_arguments_are_refused(data, options, words):
    changes = {name: options.pop(name) for name in list(options) if name[:2] in ("X_", "y_")}
    data = {name: values for name, values in (data | changes).items() if values is not None}
    with pytest.raises(ValueError, match=words):
        Solver(net(), data, **options)
