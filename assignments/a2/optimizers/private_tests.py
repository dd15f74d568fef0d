"""The tests that only grading runs: the same rules over several steps, on other numbers, shapes and settings.

The numbers come from `rng`, which is seeded by the course: the same for everybody, known to nobody.
Expected values come from the reference and are computed once for all submissions.
"""

import numpy as np
import pytest

from cs_lib import optim, schedules
from cs_lib.check import CheckFailed, expect, remembered

STATE = {
    "sgd": (),
    "sgd_momentum": ("velocity",),
    "nesterov_momentum": ("velocity",),
    "adagrad": ("cache",),
    "rmsprop": ("cache",),
    "adam": ("m", "v", "t"),
}


@remembered
def wanted_path(rule, w, gradients, rates, settings):
    """Where the reference stands after each step, and its config at the end."""
    config, path = dict(settings), []
    for dw, rate in zip(gradients, rates, strict=True):
        w, config = getattr(optim, rule)(w, dw, with_rate(config, rate))
        path.append(w)
    return path, config


def with_rate(config, rate):
    """The config with another learning rate, or as it is if the rate is None."""
    return config if rate is None else {**config, "learning_rate": rate}


def update(student, rule, w, dw, *config):
    """One step of a rule; the pair (next_w, config), once it is sure that it is one."""
    result = getattr(student, rule)(w, dw, *config)
    pair = isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], dict)
    expect.true(pair, f"{rule} has to return two things: next_w and the dict config.", status="wrong_type")
    return result


def gradient_like(rng, shape, dtype="float64"):
    """Numbers from 0.5 to 2 of either sign: far enough from 0 that the place of epsilon plays no part."""
    return (rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2.0, shape)).astype(dtype)


def expect_path(student, rule, w, gradients, rates, settings):
    """Several steps, the config passed on from each to the next, lead where the reference gets to."""
    path, last = wanted_path(rule, w, gradients, rates, settings)
    got, config = w, dict(settings)
    for number, (dw, rate, wanted) in enumerate(zip(gradients, rates, path, strict=True), start=1):
        config = with_rate(config, rate)
        got, config = update(student, rule, got, dw, *([config] if config else []))
        expect.close(got, wanted, f"next_w after step {number}", atol=1e-6)
    for name in STATE[rule]:
        expect.true(name in config, f"The config that came back has no {name!r}.")
        expect.close(config[name], last[name], name)


def expect_settings_matter(student, rng, rule, settings):
    """Five steps with settings other than the usual ones, and a learning rate that changes on the way."""
    w, gradients = gradient_like(rng, (4, 3)), [gradient_like(rng, (4, 3)) for _ in range(5)]
    expect_path(student, rule, w, gradients, [0.2, 0.2, 0.05, 0.01, 0.3], settings)


def expect_shapes(student, rng, rule, shape, dtype):
    """Four steps with all settings left alone; a whole layer's weights, its biases, filters."""
    w, gradients = (
        gradient_like(rng, shape, dtype),
        [gradient_like(rng, shape, dtype) for _ in range(4)],
    )
    if dtype == "float32":  # larger steps, that they can be seen in seven digits
        return expect_path(student, rule, w, gradients, [0.1] * 4, {})
    return expect_path(student, rule, w, gradients, [None] * 4, {})


def expect_two_trainings(student, rng, rule):
    """Two arrays of weights of one shape, each with its config, updated in turns from no config at all."""
    first, second = gradient_like(rng, 5), gradient_like(rng, 5)
    gradients = [[gradient_like(rng, 5) for _ in range(3)] for _ in range(2)]
    paths = [
        wanted_path(rule, w, each, [None] * 3, {})[0]
        for w, each in zip((first, second), gradients, strict=True)
    ]
    places, configs = [first, second], [(), ()]
    for step in range(3):
        for which in (0, 1):
            places[which], config = update(
                student, rule, places[which], gradients[which][step], *configs[which]
            )
            configs[which] = (config,)
            expect.close(places[which], paths[which][step], "next_w of one of two arrays", atol=1e-6)


def expect_arrival(student, rng, rule, rate, **settings):
    """A training in small: a bowl whose gradient is taken where the student's own steps have led."""
    curvature = rng.uniform(0.5, 2.0, (3, 2))
    wanted, reference_config = rng.uniform(6.0, 9.0, (3, 2)), {"learning_rate": rate, **settings}
    got, config = wanted, dict(reference_config)
    for _ in range(8):
        got, config = update(student, rule, np.asarray(got), curvature * np.asarray(got), config)
        wanted, reference_config = getattr(optim, rule)(wanted, curvature * wanted, reference_config)
    expect.close(got, wanted, "The weights after eight steps down a bowl", atol=1e-6)


def expect_rests_without_gradient(student, rng, rule, settings):
    """Weights whose gradient has been exactly 0 from the start stay where they are, and nothing is NaN."""
    w, dw = gradient_like(rng, 6), gradient_like(rng, 6)
    dw[[1, 4]] = 0
    expect_path(student, rule, w, [dw, 2 * dw], [0.1, 0.1], settings)


def expect_any(got, candidates, what):
    """One of several results that are all right."""
    failures = []
    for wanted in candidates:
        try:
            return expect.close(got, wanted, what, atol=1e-9)
        except CheckFailed as failure:
            failures.append(failure)
    raise failures[0]


SHAPES = pytest.mark.parametrize(
    ("shape", "dtype"),
    [((7,), "float64"), ((5, 3), "float32"), ((2, 3, 2, 2), "float64")],
    ids=["biases", "a layer in float32", "filters"],
)
NOTHING_KEPT = (
    "If this is the only test that fails: does your function keep something from one call to the next, other "
    "than in config? A default argument such as config={} is made only once, for all calls."
)
EPSILON = (
    "If the other tests pass: is epsilon taken from the config, and added to the root, so that nothing "
    "is ever divided by 0?"
)

# --- gradient descent


@pytest.mark.graded("sgd", points=0.25)
@SHAPES
def test_sgd(student, rng, shape, dtype):
    """Four steps with the default rate."""
    expect_shapes(student, rng, "sgd", shape, dtype)


@pytest.mark.graded("sgd", points=0.25)
def test_sgd_with_changing_rates(student, rng):
    """Five steps with rates that a schedule might give."""
    expect_settings_matter(student, rng, "sgd", {})


@pytest.mark.graded("sgd", points=0.25)
def test_sgd_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "sgd", 0.05)


# --- momentum and Nesterov's momentum


@pytest.mark.graded("sgd_momentum", points=0.25)
@SHAPES
def test_momentum(student, rng, shape, dtype):
    """Four steps from rest."""
    expect_shapes(student, rng, "sgd_momentum", shape, dtype)


@pytest.mark.graded("sgd_momentum", points=0.75)
def test_momentum_with_other_settings(student, rng):
    """Five steps with a momentum of 0.6, and rates that a schedule might give."""
    expect_settings_matter(student, rng, "sgd_momentum", {"momentum": 0.6})


@pytest.mark.graded("sgd_momentum", points=0.5)
def test_momentum_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "sgd_momentum", 0.03)


@pytest.mark.graded("sgd_momentum", points=0.5, hint=NOTHING_KEPT)
def test_momentum_of_two_arrays(student, rng):
    """Two arrays in turns."""
    expect_two_trainings(student, rng, "sgd_momentum")


@pytest.mark.graded("nesterov_momentum", points=0.25)
@SHAPES
def test_nesterov(student, rng, shape, dtype):
    """Four steps from rest."""
    expect_shapes(student, rng, "nesterov_momentum", shape, dtype)


@pytest.mark.graded("nesterov_momentum", points=0.75)
def test_nesterov_with_other_settings(student, rng):
    """Five steps with a momentum of 0.6, and rates that a schedule might give."""
    expect_settings_matter(student, rng, "nesterov_momentum", {"momentum": 0.6})


@pytest.mark.graded("nesterov_momentum", points=0.5)
def test_nesterov_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "nesterov_momentum", 0.03)


@pytest.mark.graded("nesterov_momentum", points=0.5, hint=NOTHING_KEPT)
def test_nesterov_of_two_arrays(student, rng):
    """Two arrays in turns."""
    expect_two_trainings(student, rng, "nesterov_momentum")


# --- AdaGrad and RMSProp


@pytest.mark.graded("adagrad", points=0.25)
@SHAPES
def test_adagrad(student, rng, shape, dtype):
    """Four steps from an empty cache."""
    expect_shapes(student, rng, "adagrad", shape, dtype)


@pytest.mark.graded("adagrad", points=0.25)
def test_adagrad_with_other_settings(student, rng):
    """Five steps from a cache that is given, with rates that a schedule might give."""
    expect_settings_matter(student, rng, "adagrad", {"cache": rng.uniform(1, 4, (4, 3))})


@pytest.mark.graded("adagrad", points=0.25, hint=EPSILON)
def test_adagrad_without_gradient(student, rng):
    """Two of six gradients are always 0."""
    expect_rests_without_gradient(student, rng, "adagrad", {})


@pytest.mark.graded("adagrad", points=0.25)
def test_adagrad_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "adagrad", 0.2)


@pytest.mark.graded("adagrad", points=0.25, hint=EPSILON)
def test_adagrad_with_a_large_epsilon(student, rng):
    """An epsilon of 0.25 counts, inside the root or outside."""
    w, dw = gradient_like(rng, (3, 4)), gradient_like(rng, (3, 4))
    cache = rng.uniform(0.5, 2.0, (3, 4))
    config = {"learning_rate": 0.3, "epsilon": 0.25, "cache": cache}
    got, _ = update(student, "adagrad", w, dw, config)
    after = cache + dw**2
    expect_any(got, [w - 0.3 * dw / (np.sqrt(after) + 0.25), w - 0.3 * dw / np.sqrt(after + 0.25)], "next_w")


@pytest.mark.graded("rmsprop", points=0.25)
@SHAPES
def test_rmsprop(student, rng, shape, dtype):
    """Four steps from an empty cache."""
    expect_shapes(student, rng, "rmsprop", shape, dtype)


@pytest.mark.graded("rmsprop", points=0.5)
def test_rmsprop_with_other_settings(student, rng):
    """Five steps with a decay rate of 0.7, and rates that a schedule might give."""
    expect_settings_matter(student, rng, "rmsprop", {"decay_rate": 0.7})


@pytest.mark.graded("rmsprop", points=0.25, hint=EPSILON)
def test_rmsprop_without_gradient(student, rng):
    """Two of six gradients are always 0."""
    expect_rests_without_gradient(student, rng, "rmsprop", {"decay_rate": 0.8})


@pytest.mark.graded("rmsprop", points=0.25)
def test_rmsprop_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "rmsprop", 0.1, decay_rate=0.9)


@pytest.mark.graded("rmsprop", points=0.5, hint=NOTHING_KEPT)
def test_rmsprop_of_two_arrays(student, rng):
    """Two arrays in turns."""
    expect_two_trainings(student, rng, "rmsprop")


@pytest.mark.graded("rmsprop", points=0.25, hint=EPSILON)
def test_rmsprop_with_a_large_epsilon(student, rng):
    """An epsilon of 0.25 counts, inside the root or outside."""
    w, dw = gradient_like(rng, (3, 4)), gradient_like(rng, (3, 4))
    cache = rng.uniform(0.5, 2.0, (3, 4))
    config = {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.25, "cache": cache}
    got, _ = update(student, "rmsprop", w, dw, config)
    after = 0.8 * cache + (1 - 0.8) * dw**2
    expect_any(got, [w - 0.3 * dw / (np.sqrt(after) + 0.25), w - 0.3 * dw / np.sqrt(after + 0.25)], "next_w")


# --- Adam


@pytest.mark.graded("adam", points=0.25)
@SHAPES
def test_adam(student, rng, shape, dtype):
    """Four steps from the start."""
    expect_shapes(student, rng, "adam", shape, dtype)


@pytest.mark.graded("adam", points=0.75)
def test_adam_with_other_settings(student, rng):
    """Five steps with betas of 0.6 and 0.8, and rates that a schedule might give."""
    expect_settings_matter(student, rng, "adam", {"beta1": 0.6, "beta2": 0.8})


@pytest.mark.graded("adam", points=0.5)
def test_adam_goes_on(student, rng):
    """Five steps after the first seven, whose averages are in the config."""
    past = {"m": gradient_like(rng, (4, 3)), "v": rng.uniform(0.5, 2.0, (4, 3)), "t": 7}
    expect_settings_matter(student, rng, "adam", past)


@pytest.mark.graded("adam", points=0.25, hint=EPSILON)
def test_adam_without_gradient(student, rng):
    """Two of six gradients are always 0."""
    expect_rests_without_gradient(student, rng, "adam", {"beta1": 0.8})


@pytest.mark.graded("adam", points=0.5)
def test_adam_down_a_bowl(student, rng):
    """Eight steps of a training."""
    expect_arrival(student, rng, "adam", 0.3)


@pytest.mark.graded("adam", points=0.5, hint=NOTHING_KEPT)
def test_adam_of_two_arrays(student, rng):
    """Two arrays in turns."""
    expect_two_trainings(student, rng, "adam")


@pytest.mark.graded("adam", points=0.25, hint=EPSILON)
def test_adam_with_a_large_epsilon(student, rng):
    """An epsilon of 0.25 counts: outside the root, inside it, or before the correction."""
    w, dw = gradient_like(rng, (3, 4)), gradient_like(rng, (3, 4))
    m, v = gradient_like(rng, (3, 4)), rng.uniform(0.5, 2.0, (3, 4))
    config = {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.9, "epsilon": 0.25, "m": m, "v": v, "t": 2}
    got, _ = update(student, "adam", w, dw, config)
    m_hat = (0.7 * m + 0.3 * dw) / (1 - 0.7**3)
    v_raw, correction = 0.9 * v + 0.1 * dw**2, 1 - 0.9**3
    v_hat = v_raw / correction
    roots = (
        np.sqrt(v_hat) + 0.25,
        np.sqrt(v_hat + 0.25),
        (np.sqrt(v_raw) + 0.25) / np.sqrt(correction),
        np.sqrt((v_raw + 0.25) / correction),
    )
    expect_any(got, [w - 0.3 * m_hat / root for root in roots], "next_w")


# --- schedules


def expect_rates(student, schedule, steps, *arguments, **settings):
    """The schedule gives the reference's learning rates at these steps."""
    got = [getattr(student, schedule)(step, *arguments, **settings) for step in steps]
    wanted = [getattr(schedules, schedule)(step, *arguments, **settings) for step in steps]
    expect.close(got, wanted, "The list of learning rates", atol=1e-12)


@pytest.mark.graded("step_decay", points=0.75)
def test_step_decay(student, rng):
    """Milestones of another number, at each of them, one before and one after."""
    milestones = np.cumsum(rng.integers(3, 20, 4)).tolist()
    steps = [0, *(milestone + k for milestone in milestones for k in (-1, 0, 1)), 1000]
    expect_rates(student, "step_decay", steps, 0.7, milestones=milestones, factor=0.3)


@pytest.mark.graded("step_decay", points=0.25)
@pytest.mark.parametrize("milestones", [(), (17,)], ids=["none", "one"])
def test_step_decay_with_few_milestones(student, milestones):
    """No milestone at all, or one."""
    expect_rates(student, "step_decay", [0, 16, 17, 31, 95], 2.0, milestones=milestones)


@pytest.mark.graded("cosine", points=0.75)
def test_cosine(student, rng):
    """At steps on the way, and long after the end."""
    total = int(rng.integers(50, 200))
    steps = [0, 1, *rng.integers(2, total, 5).tolist(), total - 1, total, total + 1, 3 * total]
    expect_rates(student, "cosine", steps, float(rng.uniform(0.1, 2)), total)


@pytest.mark.graded("cosine", points=0.5)
def test_cosine_of_one_step(student):
    """A total of 1: the initial rate, then 0."""
    expect_rates(student, "cosine", [0, 1, 2], 0.4, 1)


@pytest.mark.graded("linear_warmup", points=0.75)
def test_warmup(student, rng):
    """At steps on the way, at the end of the way and long after it."""
    warmup = int(rng.integers(50, 200))
    steps = [0, 1, *rng.integers(2, warmup, 5).tolist(), warmup - 1, warmup, warmup + 1, 5 * warmup]
    expect_rates(student, "linear_warmup", steps, float(rng.uniform(0.1, 2)), warmup=warmup)


@pytest.mark.graded("linear_warmup", points=0.5)
def test_warmup_of_a_rate_that_falls(student):
    """The rate comes from another schedule, and is another one at each step."""
    steps = [0, 2, 4, 5, 8, 10]
    rates = [schedules.cosine(step, 0.4, 10) for step in steps]
    got = [student.linear_warmup(step, rate, warmup=4) for step, rate in zip(steps, rates, strict=True)]
    wanted = [schedules.linear_warmup(step, rate, 4) for step, rate in zip(steps, rates, strict=True)]
    expect.close(got, wanted, "The list of learning rates", atol=1e-12)


# --- watching a run


@pytest.mark.graded("has_diverged", points=0.25)
@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        ([2.5], False),
        ([1.5, 9.0, 1.25], False),
        ([2.5, 2.0, np.inf], True),
        ([0.5, 0.25, 1.0, 1.625], True),
    ],
    ids=["one loss", "recovered", "infinity", "slowly"],
)
def test_has_diverged(student, losses, verdict):
    """A single loss, a spike that is over, infinity, and a climb in small steps."""
    expect.equal(student.has_diverged(losses), verdict, "The verdict")


@pytest.mark.graded("has_diverged", points=0.25)
def test_has_diverged_at_once(student):
    """The first loss is no finite number already; and a run that has just reached the limit."""
    expect.equal(student.has_diverged([np.nan]), True, "The verdict")
    expect.equal(student.has_diverged([np.inf, np.inf]), True, "The verdict")
    expect.equal(student.has_diverged([0.5, 5.0], factor=10), False, "The verdict")


# --- the search


def expect_evenly_spread(got, low, high):
    """The logarithms are as even as random numbers are: Kolmogorov and Smirnov's distance, p below 1e-7."""
    got = np.asarray(got)
    expect.true(low * 0.999 <= got.min() and got.max() <= high * 1.001, "A number lies outside the range.")
    place = np.sort(np.log(got / low) / np.log(high / low))
    gap = np.abs(place - (np.arange(len(got)) + 0.5) / len(got)).max()
    expect.true(gap < 3 / np.sqrt(len(got)), "The powers of ten don't get equal shares of the numbers.")


@pytest.mark.graded("log_uniform", points=0.5)
@pytest.mark.parametrize(
    ("low", "high"), [(1e-5, 1e5), (0.2, 0.9)], ids=["ten powers of ten", "less than one power of ten"]
)
def test_log_uniform(student, rng, low, high):
    """A wide range and a narrow one, whose ends are no powers of ten."""
    got = student.log_uniform(low, high, 4000, seed=int(rng.integers(1000)))
    expect.shape(got, (4000,), "The array of numbers")
    expect_evenly_spread(got, low, high)


@pytest.mark.graded("log_uniform", points=0.5)
def test_log_uniform_of_independent_numbers(student, rng):
    """In no order, and neither the same as with another seed nor near it."""
    seed = int(rng.integers(1000))
    one, other = (student.log_uniform(1e-3, 1e-1, 900, seed=s) for s in (seed, seed + 1))
    expect.shape(one, (900,), "The array of numbers")
    expect.true(np.min([one, other]) > 0, "Not all of the numbers are above 0.")
    one, other = np.log(one), np.log(other)
    expect.true(len(np.unique(one)) > 800, "Some numbers come again and again.")
    for a, b in ((one, np.arange(900)), (one, other), (one[1:], one[:-1])):
        expect.true(abs(np.corrcoef(a, b)[0, 1]) < 0.25, "The numbers are not independent.")
    again = student.log_uniform(1e-3, 1e-1, 900, seed=seed)
    expect.true(np.array_equal(np.log(again), one), "The same seed gave other numbers the second time.")


@pytest.mark.graded("log_uniform", points=0.25)
def test_log_uniform_of_one_number(student, rng):
    """A count of 1 gives an array of one number."""
    got = student.log_uniform(1.0, 100.0, 1, seed=int(rng.integers(1000)))
    expect.shape(got, (1,), "The array of numbers")
    expect.true(1 <= np.asarray(got)[0] <= 100, "The number lies outside the range.")


# --- the questions


@pytest.mark.graded("answer_largest_rate", points=1)
def test_largest_rate(student):
    """The curvature across is 80, and 2 / 80 is the limit."""
    expect.close(student["answer_largest_rate"], 2 / 80, "answer_largest_rate", rtol=1e-3)


@pytest.mark.graded("answer_first_step", points=1)
def test_first_step(student):
    """0.2 / sqrt(0.01)."""
    expect.close(student["answer_first_step"], 0.2 / np.sqrt(0.01), "answer_first_step", rtol=0.01)


@pytest.mark.graded("answer_first_loss", points=1)
def test_first_loss(student):
    """The regularisation never gets into the loss."""
    expect.answered(student["answer_first_loss"], "answer_first_loss")
    expect.equal(student["answer_first_loss"], "b", "answer_first_loss")


@pytest.mark.graded("answer_next_search", points=1)
def test_next_search(student):
    """Beyond the edge."""
    expect.answered(student["answer_next_search"], "answer_next_search")
    expect.equal(student["answer_next_search"], "c", "answer_next_search")
