"""Update rules: torch.optim's path step for step, and what all of them have in common."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cs_lib.optim import OPTIMIZERS, lbfgs, nesterov_lookahead, nesterov_momentum, sgd_momentum
from cs_lib.optim.landscapes import follow, saddle, valley
from cs_lib.regularization import l2

ALL_RULES = OPTIMIZERS | {"lbfgs": lbfgs}
STEPS = 100

X = np.random.default_rng(0).standard_normal((20, 5))
TARGET = np.random.default_rng(1).standard_normal((20, 3))
START = np.random.default_rng(2).standard_normal((5, 3))


def gradient(w):
    """Of mean tanh(X w - target)^2, which is not convex."""
    t = np.tanh(X @ w - TARGET)
    return X.T @ (2 * t * (1 - t * t)) / len(X)


def torch_loss(w):
    return (torch.tanh(torch.tensor(X) @ w - torch.tensor(TARGET)) ** 2).sum() / len(X)


optim = torch.optim
PATHS = [
    # rule, our settings, torch's optimiser, its settings
    ("sgd", {"learning_rate": 0.1}, optim.SGD, {"lr": 0.1}),
    ("sgd", {}, optim.SGD, {"lr": 1e-2}),
    ("sgd_momentum", {}, optim.SGD, {"lr": 1e-2, "momentum": 0.9}),
    ("sgd_momentum", {"learning_rate": 0.05, "momentum": 0.99}, optim.SGD, {"lr": 0.05, "momentum": 0.99}),
    ("heavy_ball", {}, optim.SGD, {"lr": 1e-2, "momentum": 0.9}),
    ("nesterov_momentum", {}, optim.SGD, {"lr": 1e-2, "momentum": 0.9, "nesterov": True}),
    ("nesterov_momentum", {"momentum": 0.5}, optim.SGD, {"lr": 1e-2, "momentum": 0.5, "nesterov": True}),
    ("adagrad", {}, optim.Adagrad, {"lr": 1e-2, "eps": 1e-8}),
    ("adagrad", {"learning_rate": 0.5, "epsilon": 0.1}, optim.Adagrad, {"lr": 0.5, "eps": 0.1}),
    ("rmsprop", {}, optim.RMSprop, {"lr": 1e-2}),
    ("rmsprop", {"decay_rate": 0.9, "epsilon": 0.1}, optim.RMSprop, {"lr": 1e-2, "alpha": 0.9, "eps": 0.1}),
    ("adam", {}, optim.Adam, {}),
    ("adam", {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.01},
     optim.Adam, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.01}),
    ("adamw", {}, optim.AdamW, {}),
    ("adamw", {"learning_rate": 0.05, "weight_decay": 0.3}, optim.AdamW, {"lr": 0.05, "weight_decay": 0.3}),
    ("lbfgs", {"learning_rate": 0.1}, optim.LBFGS, {"lr": 0.1, "history_size": 10}),
    ("lbfgs", {"learning_rate": 0.3, "history_size": 3}, optim.LBFGS, {"lr": 0.3, "history_size": 3}),
]  # fmt: skip


def torch_path(Optimizer, settings, rates=None):
    w = torch.tensor(START.copy(), requires_grad=True)
    if Optimizer is optim.LBFGS:
        settings = settings | {"max_iter": 1, "tolerance_grad": 0, "tolerance_change": 0}
    optimizer = Optimizer([w], **settings)

    def closure():
        optimizer.zero_grad()
        loss = torch_loss(w)
        loss.backward()
        return loss

    for step in range(STEPS):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.step(closure)
        yield w.detach().numpy().copy()


@pytest.mark.parametrize(("rule", "config", "Optimizer", "settings"), PATHS)
def test_the_path_is_that_of_torch_for_100_steps(rule, config, Optimizer, settings):
    w = START
    for step, expected in enumerate(torch_path(Optimizer, settings)):
        w, config = ALL_RULES[rule](w, gradient(w), config)
        # Where gradients are almost 0, adaptive rules and L-BFGS make much of their rounding.
        np.testing.assert_allclose(w, expected, rtol=1e-6, atol=1e-7, err_msg=f"step {step}")


@pytest.mark.parametrize(
    ("rule", "Optimizer", "settings"),
    [
        ("sgd", optim.SGD, {}),
        ("heavy_ball", optim.SGD, {"momentum": 0.9}),
        ("adagrad", optim.Adagrad, {"eps": 1e-8}),
        ("rmsprop", optim.RMSprop, {}),
        ("adam", optim.Adam, {}),
        ("adamw", optim.AdamW, {}),
    ],
)
def test_the_path_is_that_of_torch_when_the_learning_rate_changes(rule, Optimizer, settings):
    rates = [0.05 * (1 - step / STEPS) for step in range(STEPS)]
    w, config = START, None
    for rate, expected in zip(rates, torch_path(Optimizer, settings, rates), strict=True):
        w, config = ALL_RULES[rule](w, gradient(w), (config or {}) | {"learning_rate": rate})
        np.testing.assert_allclose(w, expected, rtol=1e-6, atol=1e-7)


def test_every_rule_with_a_counterpart_in_torch_is_compared_with_it():
    assert set(ALL_RULES) - {path[0] for path in PATHS} == {"adam_without_correction"}


@pytest.mark.parametrize("name", ALL_RULES)
def test_float32_stays_float32_and_nothing_is_modified(name):
    rule = ALL_RULES[name]
    w, dw = START.astype(np.float32), gradient(START).astype(np.float32)
    config = {"learning_rate": np.float64(0.1)}
    for _ in range(3):
        before = w.copy(), dw.copy(), {key: np.copy(value) for key, value in config.items()}
        next_w, next_config = rule(w, dw, config)
        assert next_w.dtype == np.float32
        assert all(v.dtype == np.float32 for v in next_config.values() if isinstance(v, np.ndarray))
        np.testing.assert_array_equal(w, before[0])
        np.testing.assert_array_equal(dw, before[1])
        for key, value in before[2].items():
            np.testing.assert_array_equal(config[key], value)
        w, config = next_w, next_config


@pytest.mark.parametrize("name", ALL_RULES)
def test_a_config_of_none_means_the_defaults_and_comes_back_complete(name):
    w, config = ALL_RULES[name](START, gradient(START))
    again, _ = ALL_RULES[name](START, gradient(START), {})
    np.testing.assert_array_equal(w, again)
    assert config["learning_rate"] == {"adam": 1e-3, "lbfgs": 1.0}.get(name[:5].rstrip("w_"), 1e-2)


@pytest.mark.parametrize("name", ALL_RULES)
def test_a_number_is_an_array_too(name):
    w, _ = ALL_RULES[name](np.array(2.0), np.array(1.0))
    assert w.shape == ()
    assert w < 2


@pytest.mark.parametrize("name", ALL_RULES)
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"dw": np.ones(3)}, ValueError, r"dw has shape \(3,\), expected w's \(2,\)"),
        ({"w": [1.0, 2.0]}, TypeError, "w is a list"),
        ({"dw": np.array(["a", "b"])}, TypeError, "dw holds <U1"),
        ({"config": {"learning_rate": -1}}, ValueError, "learning_rate is -1, expected at least 0"),
        ({"config": {"learning_rate": np.nan}}, ValueError, "learning_rate is nan"),
        ({"config": {"lr": 1}}, ValueError, "config has 'lr'; this optimiser knows learning_rate"),
    ],
)
def test_bad_arguments_are_refused_with_a_reason(name, changes, error, message):
    arguments = {"w": np.ones(2), "dw": np.ones(2), "config": None} | changes
    with pytest.raises(error, match=message):
        ALL_RULES[name](**arguments)


@pytest.mark.parametrize(
    ("rule", "setting", "value"),
    [
        ("sgd_momentum", "momentum", 1.0),
        ("rmsprop", "decay_rate", -0.1),
        ("adam", "beta1", 1),
        ("adam", "beta2", 1.5),
        ("adam", "epsilon", -1e-8),
        ("adam", "t", -1),
        ("adamw", "weight_decay", -1),
        ("lbfgs", "history_size", 0),
    ],
)
def test_settings_out_of_range_are_refused(rule, setting, value):
    with pytest.raises(ValueError, match=f"{setting} is {value}, expected"):
        ALL_RULES[rule](np.ones(2), np.ones(2), {setting: value})


def test_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"velocity has shape \(3,\), expected w's \(2,\)"):
        sgd_momentum(np.ones(2), np.ones(2), {"velocity": np.ones(3)})


def test_the_two_forms_of_momentum_walk_together_while_the_rate_is_constant():
    here = follow(OPTIMIZERS["sgd_momentum"], valley(10), [1.0, 1.0], 50, learning_rate=0.02)
    there = follow(OPTIMIZERS["heavy_ball"], valley(10), [1.0, 1.0], 50, learning_rate=0.02)
    np.testing.assert_allclose(here, there, atol=1e-12)


def test_nesterovs_rewrite_stands_where_the_first_form_looks_ahead():
    first, rewritten = START, START  # the velocity is 0 at first: both are at the same point
    config = other = None
    for _ in range(STEPS):
        first, config = nesterov_lookahead(first, gradient, config)
        rewritten, other = nesterov_momentum(rewritten, gradient(rewritten), other)
        ahead = first + config["momentum"] * config["velocity"]
        np.testing.assert_allclose(rewritten, ahead, rtol=1e-10, atol=1e-12)


def test_nesterovs_lookahead_checks_the_gradient_it_is_given():
    with pytest.raises(ValueError, match=r"dw has shape \(3,\)"):
        nesterov_lookahead(np.ones(2), lambda w: np.ones(3))


def test_lecture_defaults_are_rho_0_9_betas_0_9_and_0_999_rate_1e_3_and_epsilon_1e_8():
    adam = OPTIMIZERS["adam"](START, gradient(START))[1]
    assert [adam[name] for name in ("learning_rate", "beta1", "beta2")] == [1e-3, 0.9, 0.999]
    assert {OPTIMIZERS[name](START, gradient(START))[1]["epsilon"] for name in ("adam", "rmsprop")} == {1e-8}
    for name in ("sgd_momentum", "heavy_ball", "nesterov_momentum"):
        assert OPTIMIZERS[name](START, gradient(START))[1]["momentum"] == 0.9


def test_lecture_weight_decay_is_w_minus_alpha_lambda_w_which_is_l2_for_sgd_but_not_for_adam():
    rate, decay = 0.1, 0.3
    dw = gradient(START)
    with_l2 = dw + l2(START, decay / 2)[1]  # of lambda / 2 * sum w^2
    config = {"learning_rate": rate}
    decayed = OPTIMIZERS["sgd"](START, dw, config)[0] - rate * decay * START
    np.testing.assert_allclose(OPTIMIZERS["sgd"](START, with_l2, config)[0], decayed)
    decayed = OPTIMIZERS["adam"](START, dw, config)[0] - rate * decay * START
    adamw, _ = OPTIMIZERS["adamw"](START, dw, config | {"weight_decay": decay})
    np.testing.assert_allclose(adamw, decayed)
    assert np.abs(OPTIMIZERS["adam"](START, with_l2, config)[0] - decayed).max() > 0.01


def sign_changes(path):
    return int((np.diff(np.sign(path[:, 1])) != 0).sum())


def test_lecture_a_high_condition_number_makes_sgd_zig_zag_and_crawl():
    steep = follow(OPTIMIZERS["sgd"], valley(100), [1.0, 1.0], 50, learning_rate=0.019)
    round_ = follow(OPTIMIZERS["sgd"], valley(1), [1.0, 1.0], 50, learning_rate=0.5)
    assert sign_changes(steep) == 50  # across the valley at every step
    assert steep[-1, 0] > 0.3  # and still far away along it
    assert np.abs(round_[-1]).max() < 1e-12


def test_lecture_momentum_is_faster_along_the_valley():
    plain = follow(OPTIMIZERS["sgd"], valley(100), [1.0, 1.0], 100, learning_rate=0.01)
    momentum = follow(OPTIMIZERS["sgd_momentum"], valley(100), [1.0, 1.0], 100, learning_rate=0.01)
    assert np.linalg.norm(momentum[-1]) < np.linalg.norm(plain[-1]) / 10


def test_lecture_at_a_saddle_point_gradient_descent_stands_still_and_noise_gets_it_off():
    np.testing.assert_array_equal(follow(OPTIMIZERS["sgd"], saddle, [0.0, 0.0], 100)[-1], [0, 0])
    stuck = follow(OPTIMIZERS["sgd"], saddle, [1.0, 0.0], 200, learning_rate=0.1)
    assert np.abs(stuck[-1]).max() < 1e-12
    noisy = follow(OPTIMIZERS["sgd"], saddle, [1.0, 0.0], 200, noise=0.01, seed=0, learning_rate=0.1)
    assert abs(noisy[-1, 1]) > 1


def test_lecture_gradient_noise_keeps_sgd_from_settling():
    quiet = follow(OPTIMIZERS["sgd"], valley(1), [1.0, 1.0], 500, learning_rate=0.1)
    noisy = follow(OPTIMIZERS["sgd"], valley(1), [1.0, 1.0], 500, noise=1, seed=0, learning_rate=0.1)
    assert np.abs(quiet[-1]).max() < 1e-12
    assert noisy[-100:].std() > 0.1


def test_lecture_adagrads_steps_decay_to_zero_and_rmsprops_do_not():
    def step_sizes(name):
        w, config, sizes = np.array(0.0), {"learning_rate": 0.1}, []
        for _ in range(1000):
            next_w, config = OPTIMIZERS[name](w, np.array(1.0), config)
            sizes.append(float(w - next_w))
            w = next_w
        return sizes

    adagrad, rmsprop = step_sizes("adagrad"), step_sizes("rmsprop")
    assert adagrad[-1] == pytest.approx(0.1 / np.sqrt(1000))
    assert rmsprop[-1] == pytest.approx(0.1, rel=1e-3)


def test_lecture_without_bias_correction_adams_first_step_is_too_large():
    corrected, _ = OPTIMIZERS["adam"](np.zeros(1), np.full(1, 5.0))
    plain, _ = OPTIMIZERS["adam_without_correction"](np.zeros(1), np.full(1, 5.0))
    assert corrected == pytest.approx(-1e-3)
    assert plain == pytest.approx(-1e-3 * (1 - 0.9) / np.sqrt(1 - 0.999))  # 3.2 times that


def test_adam_without_correction_becomes_adam_when_the_start_is_forgotten():
    config = {"m": np.zeros(2), "v": np.full(2, 1e-3)} | {"t": 10**6}
    w, dw = np.ones(2), np.array([0.1, -0.2])
    np.testing.assert_allclose(
        OPTIMIZERS["adam"](w, dw, config)[0], OPTIMIZERS["adam_without_correction"](w, dw, config)[0]
    )


def test_lecture_adam_is_a_good_default_and_tuned_momentum_can_win():
    loss, start, root = valley(1000), [1.0, 1.0], np.sqrt(1000)
    sgd = follow(OPTIMIZERS["sgd"], loss, start, 100)
    adam = follow(OPTIMIZERS["adam"], loss, start, 3000)
    tuned = {"learning_rate": (2 / (root + 1)) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2}
    momentum = follow(OPTIMIZERS["sgd_momentum"], loss, start, 1000, **tuned)
    assert loss(sgd[-1])[0] > 1e100  # SGD's default rate is too large here
    assert loss(momentum[-1])[0] < loss(adam[-1])[0] < 1e-3
