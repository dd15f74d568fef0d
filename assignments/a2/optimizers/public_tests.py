"""The tests that everybody sees: one step or a few, with numbers that can be followed on paper.

They run in the notebook by `check("...")`, and once more when the notebook is graded.
"""

import numpy as np
import pytest

from cs_lib.check import expect


def update(student, rule, w, dw, config=None):
    """One step of a rule; the pair (next_w, config), once it is sure that it is one."""
    arguments = (np.array(w), np.array(dw)) + (() if config is None else (config,))
    result = getattr(student, rule)(*arguments)
    pair = isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], dict)
    expect.true(pair, f"{rule} has to return two things: next_w and the dict config.", status="wrong_type")
    return result


def state(config, name):
    """What the rule has noted in config for its next step."""
    expect.true(name in config, f"The config that came back has no {name!r}: the next step needs it.")
    return config[name]


W = [[1.0, -2.0, 0.5], [4.0, 0.25, -3.0]]
DW = [[2.0, 1.0, -4.0], [0.5, -1.0, 8.0]]
V = [[-0.5, 1.5, 0.25], [-2.0, 0.75, 3.0]]

# --- gradient descent


@pytest.mark.graded("sgd", points=0.375)
def test_sgd_step(student):
    """Against the gradient, a tenth of its length."""
    got, _ = update(student, "sgd", W, DW, {"learning_rate": 0.1})
    expect.close(got, [[0.8, -2.1, 0.9], [3.95, 0.35, -3.8]], "next_w")


@pytest.mark.graded("sgd", points=0.375)
def test_sgd_by_default(student):
    """No config: the learning rate is 0.01. What comes back can be passed on to the next step."""
    got, config = update(student, "sgd", [3.0, -1.0], [5.0, -20.0])
    expect.close(got, [2.95, -0.8], "next_w")
    got, _ = update(student, "sgd", got, [5.0, 10.0], config)
    expect.close(got, [2.9, -0.9], "next_w after the second step")


# --- momentum


@pytest.mark.graded("sgd_momentum", points=0.5)
def test_momentum_on_the_move(student):
    """The step from a velocity that is given, with a learning rate of 0.1 and a momentum of 0.8."""
    config = {"learning_rate": 0.1, "momentum": 0.8, "velocity": np.array(V)}
    got, config = update(student, "sgd_momentum", W, DW, config)
    expect.close(got, [[0.4, -0.9, 1.1], [2.35, 0.95, -1.4]], "next_w")
    expect.close(state(config, "velocity"), [[-0.6, 1.1, 0.6], [-1.65, 0.7, 1.6]], "The velocity")


@pytest.mark.graded("sgd_momentum", points=0.5)
def test_momentum_from_rest(student):
    """No config, and the gradient is 10 three times: the velocity is -0.1, -0.19, -0.271."""
    got, config = update(student, "sgd_momentum", [1.0], [10.0])
    for wanted in (0.9, 0.71, 0.439):
        expect.close(got, [wanted], "next_w")
        got, config = update(student, "sgd_momentum", got, [10.0], config)
    expect.close(state(config, "velocity"), [-0.3439], "The velocity after a fourth step")


@pytest.mark.graded("sgd_momentum", points=0.5)
def test_momentum_when_the_rate_changes(student):
    """The gradient is 1, then 0: the velocity keeps the learning rate with which it was gained."""
    got, config = update(student, "sgd_momentum", [0.0], [1.0], {"learning_rate": 0.5, "momentum": 0.5})
    got, config = update(student, "sgd_momentum", got, [0.0], {**config, "learning_rate": 0.1})
    expect.close(got, [-0.75], "next_w after the second step")


# --- Nesterov's momentum


@pytest.mark.graded("nesterov_momentum", points=0.5)
def test_nesterov_on_the_move(student):
    """The step from a velocity that is given, with a learning rate of 0.1 and a momentum of 0.8."""
    config = {"learning_rate": 0.1, "momentum": 0.8, "velocity": np.array(V)}
    got, config = update(student, "nesterov_momentum", W, DW, config)
    expect.close(got, [[0.32, -1.22, 1.38], [2.63, 0.91, -2.52]], "next_w")
    expect.close(state(config, "velocity"), [[-0.6, 1.1, 0.6], [-1.65, 0.7, 1.6]], "The velocity")


@pytest.mark.graded("nesterov_momentum", points=0.5)
def test_nesterov_from_rest(student):
    """No config, and the gradient is 10 twice: the first step is 1.9 times that of plain descent."""
    got, config = update(student, "nesterov_momentum", [1.0], [10.0])
    expect.close(got, [0.81], "next_w")
    got, config = update(student, "nesterov_momentum", got, [10.0], config)
    expect.close(got, [0.539], "next_w after the second step")
    expect.close(state(config, "velocity"), [-0.19], "The velocity after the second step")


@pytest.mark.graded("nesterov_momentum", points=0.5)
def test_nesterov_is_the_look_ahead(student):
    """On the bowl (x^2 + 10 y^2) / 2: after each step it stands where the look-ahead form looks."""
    curvature, rate, momentum = np.array([1.0, 10.0]), 0.05, 0.7
    ahead, config = np.array([3.0, -1.0]), {"learning_rate": rate, "momentum": momentum}
    w, velocity = ahead, np.zeros(2)
    for number in ("first", "second", "third", "fourth"):
        ahead, config = update(student, "nesterov_momentum", ahead, curvature * ahead, config)
        velocity = momentum * velocity - rate * curvature * (w + momentum * velocity)
        w = w + velocity
        expect.close(ahead, w + momentum * velocity, f"next_w after the {number} step")


# --- AdaGrad


@pytest.mark.graded("adagrad", points=0.5)
def test_adagrad_with_3_and_4(student):
    """Gradients of 3, then 4: the cache is 9, then 25; the steps are 1, then 4/5 of the learning rate."""
    got, config = update(student, "adagrad", [2.0, 2.0], [3.0, -3.0], {"learning_rate": 0.5})
    expect.close(got, [1.5, 2.5], "next_w")
    expect.close(state(config, "cache"), [9.0, 9.0], "The cache")
    got, config = update(student, "adagrad", got, [4.0, -4.0], config)
    expect.close(got, [1.1, 2.9], "next_w after the second step")
    expect.close(state(config, "cache"), [25.0, 25.0], "The cache after the second step")


@pytest.mark.graded("adagrad", points=0.375)
def test_adagrad_by_default(student):
    """No config: 0.01 to begin with, whatever the size of the gradient. Where it is 0, w stays."""
    got, _ = update(student, "adagrad", [1.0, 1.0, 1.0, 1.0, 1.0], [0.7, -0.05, 0.0, 2.0, 0.0])
    expect.close(got, [0.99, 1.01, 1.0, 0.99, 1.0], "next_w")


@pytest.mark.graded("adagrad", points=0.375)
def test_adagrad_grows_tired(student):
    """The same gradient 16 times: the last step is a quarter of the first."""
    got, config = np.array([0.0]), {"learning_rate": 1.0}
    for _ in range(16):
        before = got
        got, config = update(student, "adagrad", before, [2.0], config)
    expect.close(np.asarray(got) - before, [-0.25], "The step number 16")


# --- RMSProp


@pytest.mark.graded("rmsprop", points=0.5)
def test_rmsprop_with_a_cache(student):
    """The decay rate is 0.75: a cache of 8 becomes 6 + 3 = 9, one of 4 becomes 3 + 1 = 4."""
    config = {"learning_rate": 0.5, "decay_rate": 0.75, "cache": np.array([8.0, 4.0])}
    got, config = update(student, "rmsprop", [1.0, 1.0], [np.sqrt(12.0), -2.0], config)
    expect.close(state(config, "cache"), [9.0, 4.0], "The cache")
    expect.close(got, [1 - 0.5 * np.sqrt(12.0) / 3, 1.5], "next_w")


@pytest.mark.graded("rmsprop", points=0.5)
def test_rmsprop_by_default(student):
    """No config: the first step is 0.01 / sqrt(1 - 0.99) = 0.1 long. Where the gradient is 0, w stays."""
    got, config = update(student, "rmsprop", [1.0, 1.0, 1.0, 1.0], [6.0, -0.5, 0.0, 0.0])
    expect.close(got, [0.9, 1.1, 1.0, 1.0], "next_w", rtol=2e-6)
    expect.close(state(config, "cache"), [0.36, 0.0025, 0.0, 0.0], "The cache")


@pytest.mark.graded("rmsprop", points=0.5)
def test_rmsprop_forgets(student):
    """A gradient of 1000, then of 1 for 40 steps: the steps are nearly the learning rate again."""
    got, config = update(student, "rmsprop", [0.0], [1000.0], {"learning_rate": 0.25, "decay_rate": 0.5})
    for _ in range(40):
        before = got
        got, config = update(student, "rmsprop", before, [1.0], config)
    expect.close(np.asarray(got) - before, [-0.25], "The last step", rtol=1e-5)


# --- Adam


@pytest.mark.graded("adam", points=0.5)
def test_adam_first_step(student):
    """No config: the first step is 0.001 for each weight, whatever the size of its gradient."""
    got, config = update(student, "adam", [1.0, 1.0, 1.0, 1.0], [0.6, -0.05, 0.0, 4.0])
    expect.close(got, [0.999, 1.001, 1.0, 0.999], "next_w", rtol=1e-7)
    expect.equal(state(config, "t"), 1, "t")


@pytest.mark.graded("adam", points=0.75)
def test_adam_in_three_steps(student):
    """Gradients of 2, -4 and 1 with beta1 = 0.5 and beta2 = 0.75: the averages, and where it gets to."""
    config = {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.75}
    moments = [(1.0, 1.0), (-1.5, 4.75), (-0.25, 3.8125)]
    corrected = [(2.0, 4.0), (-2.0, 4.75 / 0.4375), (-0.25 / 0.875, 3.8125 / 0.578125)]
    got, wanted = np.array([3.0]), 3.0
    for t, (gradient, (m, v), (m_hat, v_hat)) in enumerate(
        zip((2.0, -4.0, 1.0), moments, corrected, strict=True), start=1
    ):
        wanted -= 0.5 * m_hat / np.sqrt(v_hat)
        got, config = update(student, "adam", got, [gradient], config)
        expect.close(got, [wanted], f"next_w after step {t}")
        expect.close(state(config, "m"), [m], f"m after step {t}")
        expect.close(state(config, "v"), [v], f"v after step {t}")
        expect.equal(state(config, "t"), t, "t")


@pytest.mark.graded("adam", points=0.75)
def test_adam_after_ten_steps(student):
    """Ten steps have been taken already: m, v and t are in the config, the betas are not."""
    config = {"learning_rate": 0.1, "m": np.array([[0.5], [-1.0]]), "v": np.array([[4.0], [0.25]]), "t": 10}
    got, config = update(student, "adam", [[1.0], [2.0]], [[3.0], [4.0]], config)
    m = np.array([[0.75], [-0.5]])
    v = np.array([[4.005], [0.26575]])
    step = 0.1 * (m / (1 - 0.9**11)) / np.sqrt(v / (1 - 0.999**11))
    expect.close(got, np.array([[1.0], [2.0]]) - step, "next_w")
    expect.close(state(config, "m"), m, "m")
    expect.close(state(config, "v"), v, "v")
    expect.equal(state(config, "t"), 11, "t")


@pytest.mark.graded("adam", points=0.5)
def test_adam_walks_evenly(student):
    """The same gradient five times: with the correction every step is as long as the learning rate."""
    got, config = np.array([8.0, 8.0]), {"learning_rate": 0.25}
    for t in range(1, 6):
        got, config = update(student, "adam", got, [5.0, -30.0], config)
        expect.close(got, [8 - 0.25 * t, 8 + 0.25 * t], f"next_w after step {t}")


# --- schedules


def expect_rates(schedule, steps, wanted):
    """A schedule gives these learning rates at these steps."""
    got = [schedule(step) for step in steps]
    expect.close(got, wanted, f"The list of learning rates at steps {steps}", atol=1e-12)


@pytest.mark.graded("step_decay", points=0.375)
def test_step_decay_by_default(student):
    """A tenth of it from epoch 30 on, a tenth of that from 60 on, and again from 90 on."""
    expect_rates(
        lambda step: student.step_decay(step, 0.5), [0, 29, 30, 75, 100], [0.5, 0.5, 0.05, 0.005, 0.0005]
    )


@pytest.mark.graded("step_decay", points=0.375)
def test_step_decay_as_told(student):
    """A quarter of it from step 4 on, a quarter of that from step 11 on."""
    expect_rates(
        lambda step: student.step_decay(step, 8.0, milestones=[4, 11], factor=0.25), [3, 10, 11], [8, 2, 0.5]
    )


@pytest.mark.graded("cosine", points=0.375)
def test_cosine_on_the_way(student):
    """Thirty steps from 0.8: at a third of the way three quarters are left, at half of it a half."""
    expect_rates(lambda step: student.cosine(step, 0.8, 30), [0, 10, 15, 20], [0.8, 0.6, 0.4, 0.2])


@pytest.mark.graded("cosine", points=0.375)
def test_cosine_at_the_end(student):
    """Thirty steps from 0.8: at step 30 nothing is left, and it stays so."""
    expect_rates(lambda step: student.cosine(step, 0.8, 30), [30, 40, 60], [0, 0, 0])


@pytest.mark.graded("linear_warmup", points=0.375)
def test_warmup_by_default(student):
    """From 0 to 0.4 in 5000 steps, and no further."""
    expect_rates(lambda step: student.linear_warmup(step, 0.4), [0, 1250, 5000, 6000], [0, 0.1, 0.4, 0.4])


@pytest.mark.graded("linear_warmup", points=0.375)
def test_warmup_as_told(student):
    """From 0 to 1 in 8 steps."""
    expect_rates(lambda step: student.linear_warmup(step, 1.0, warmup=8), [1, 7, 9], [0.125, 0.875, 1])


# --- watching a run


@pytest.mark.graded("has_diverged", points=0.5)
def test_has_diverged(student):
    """A good run; more than three times the first loss; exactly that; a spike; far above the best; NaN."""
    runs = {
        (2.0, 1.5, 1.75, 1.25): False,
        (2.0, 2.5, 6.5): True,
        (2.0, 4.0, 6.0): False,
        (2.0, 7.0, 1.5): False,
        (2.0, 1.5, 4.75): False,
        (2.0, 2.5, np.nan): True,
    }
    verdicts = [student.has_diverged(list(losses)) for losses in runs]
    for verdict, (losses, wanted) in zip(verdicts, runs.items(), strict=True):
        expect.equal(verdict, wanted, f"The verdict on the losses {list(losses)}")


@pytest.mark.graded("has_diverged", points=0.25)
def test_has_diverged_with_another_factor(student):
    """1.75 times the first loss with a factor of 1.5, 7.5 times with a factor of 10."""
    verdicts = [
        student.has_diverged([2.0, 1.0, 3.5], factor=1.5),
        student.has_diverged([2.0, 15.0], factor=10),
    ]
    expect.equal(verdicts[0], True, "The verdict on 1.75 times the first loss with a factor of 1.5")
    expect.equal(verdicts[1], False, "The verdict on 7.5 times the first loss with a factor of 10")


# --- the search


def shares(values, edges):
    """Which share of the values lies between each two edges."""
    return np.histogram(np.asarray(values), bins=edges)[0] / len(values)


@pytest.mark.graded("log_uniform", points=0.75)
def test_log_uniform_by_decade(student):
    """3000 numbers from 10^-6 to 10^-3: about a third of them in each power of ten."""
    got = student.log_uniform(1e-6, 1e-3, 3000, seed=1)
    expect.shape(got, (3000,), "The array of numbers")
    expect.true(
        np.min(got) >= 0.999e-6 and np.max(got) <= 1.001e-3,
        f"The numbers go from {np.min(got):.3g} to {np.max(got):.3g}, expected 1e-06 to 0.001.",
    )
    expect.close(
        shares(got, [0, 1e-5, 1e-4, 1]), [1 / 3] * 3, "The share of each power of ten", rtol=0, atol=0.05
    )


@pytest.mark.graded(
    "log_uniform",
    points=0.25,
    hint="Hand the seed on to np.random.default_rng, and draw from what it returns.",
)
def test_log_uniform_by_seed(student):
    """The same seed gives the same numbers, another seed gives others."""
    one, again, other = (student.log_uniform(0.01, 10.0, 40, seed=seed) for seed in (5, 5, 6))
    expect.shape(one, (40,), "The array of numbers")
    expect.true(np.array_equal(one, again), "The same seed gave other numbers the second time.")
    expect.true(not np.array_equal(one, other), "Another seed gave the same numbers.")


@pytest.mark.graded("log_uniform", points=0.25)
def test_log_uniform_in_no_order(student):
    """400 numbers, none of which knows of its neighbours."""
    got = student.log_uniform(0.01, 10.0, 400, seed=7)
    expect.shape(got, (400,), "The array of numbers")
    expect.true(np.min(got) > 0, "Not all of the numbers are above 0.")
    order = np.corrcoef(np.arange(400), np.log(got) + 1e-9 * np.arange(400))[0, 1]
    expect.true(
        abs(order) < 0.4, "The numbers come in order. Beside another setting's, they would go together."
    )


# --- the questions


@pytest.mark.graded("answer_largest_rate", points=0)
def test_largest_rate_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_largest_rate"], "answer_largest_rate")


@pytest.mark.graded("answer_first_step", points=0)
def test_first_step_is_a_number(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.a_number(student["answer_first_step"], "answer_first_step")


@pytest.mark.graded("answer_first_loss", points=0)
def test_first_loss_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_first_loss"], ("a", "b", "c", "d"), "answer_first_loss")


@pytest.mark.graded("answer_next_search", points=0)
def test_next_search_is_a_choice(student):
    """The answer can be read. Whether it is right, the grade says."""
    expect.one_of(student["answer_next_search"], ("a", "b", "c", "d"), "answer_next_search")
