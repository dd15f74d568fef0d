"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Most mistakes are written as what they make of (w, dw), settings and state; `momentum_rule`, `cache_rule` and
`moment_rule` make functions of the notebook's form (w, dw, config) -> (next_w, config) of them.
"""

import functools
import math

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib import optim, schedules

SGD, MOMENTUM, NESTEROV = "sgd", "sgd_momentum", "nesterov_momentum"
ADAGRAD, RMSPROP, ADAM = "adagrad", "rmsprop", "adam"
STEPS, COSINE, WARMUP = "step_decay", "cosine", "linear_warmup"
DIVERGED, SAMPLE = "has_diverged", "log_uniform"


def has_diverged(losses, factor=3):
    return not losses[-1] <= factor * losses[0] or losses[-1] == np.inf


def log_uniform(low, high, count, seed=None):
    rng = np.random.default_rng(seed)
    return 10 ** rng.uniform(np.log10(low), np.log10(high), count)


catalogue = Catalogue(
    {rule: getattr(optim, rule) for rule in (SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM)}
    | {schedule: getattr(schedules, schedule) for schedule in (STEPS, COSINE, WARMUP)}
    | {
        DIVERGED: has_diverged,
        SAMPLE: log_uniform,
        "answer_largest_rate": 2 / 80,
        "answer_first_step": 2.0,
        "answer_first_loss": "b",
        "answer_next_search": "c",
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def quiet(function):
    """The function without NumPy's warnings: some mistakes divide by 0."""

    @functools.wraps(function)
    def without_warnings(*args, **kwargs):
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return without_warnings


def momentum_rule(step):
    """A rule from step(w, dw, learning_rate, momentum, velocity) -> (next_w, velocity)."""

    @functools.wraps(step)
    def rule(w, dw, config=None):
        config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
        v = config.get("velocity", np.zeros_like(w))
        next_w, config["velocity"] = step(w, dw, config["learning_rate"], config["momentum"], v)
        return next_w, config

    return rule


def cache_rule(step):
    """A rule from step(w, dw, learning_rate, epsilon, cache[, decay_rate]) -> (next_w, cache)."""
    decays = step.__code__.co_argcount == 6

    @functools.wraps(step)
    def rule(w, dw, config=None):
        defaults = {"learning_rate": 1e-2, **({"decay_rate": 0.99} if decays else {}), "epsilon": 1e-8}
        config = {**defaults, **(config or {})}
        cache = config.get("cache", np.zeros_like(w))
        decay = (config["decay_rate"],) if decays else ()
        next_w, config["cache"] = step(w, dw, config["learning_rate"], config["epsilon"], cache, *decay)
        return next_w, config

    return quiet(rule)


def moment_rule(step):
    """A rule from step(w, dw, learning_rate, beta1, beta2, epsilon, m, v, t) -> (next_w, m, v, t)."""

    @functools.wraps(step)
    def rule(w, dw, config=None):
        defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
        c = {**defaults, **(config or {})}
        for name, start in (("m", np.zeros_like(w)), ("v", np.zeros_like(w)), ("t", 0)):
            c.setdefault(name, start)
        settings = c["learning_rate"], c["beta1"], c["beta2"], c["epsilon"]
        next_w, c["m"], c["v"], c["t"] = step(w, dw, *settings, c["m"], c["v"], c["t"])
        return next_w, c

    return quiet(rule)


def without(name, rule):
    """A rule that is right, but for what it leaves out of the config that comes back."""

    def forgetful(w, dw, config=None):
        next_w, config = getattr(optim, rule)(w, dw, config)
        return next_w, {key: value for key, value in config.items() if key != name}

    forgetful.__name__ = f"{rule}_without_{name}"
    return forgetful


# --- gradient descent

CONFIG_LOST = "next_w alone comes back. The caller needs config too, to hand it in with the next gradient."


def settled(config, **defaults):
    return {**defaults, **(config or {})}


@mistake(SGD, "You walk uphill: the gradient points to where the loss grows.")
def sgd_uphill(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w + config["learning_rate"] * dw, config


@mistake(SGD, "The learning rate is always 0.01: take it from config.")
def sgd_ignores_the_rate(w, dw, config=None):
    return w - 1e-2 * dw, settled(config, learning_rate=1e-2)


@mistake(SGD, "Your step is the whole gradient. Where does the learning rate come in?")
def sgd_without_rate(w, dw, config=None):
    return w - dw, settled(config, learning_rate=1e-2)


@mistake(SGD, "Without a config the learning rate is 0.01 here.")
def sgd_with_another_default(w, dw, config=None):
    config = settled(config, learning_rate=1e-3)
    return w - config["learning_rate"] * dw, config


@mistake(SGD, "This is only the step. Asked for are the weights after it.")
def sgd_returns_the_step(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return -config["learning_rate"] * dw, config


@mistake(SGD, CONFIG_LOST)
def sgd_returns_w_only(w, dw, config=None):
    return w - settled(config, learning_rate=1e-2)["learning_rate"] * dw


@mistake(SGD, "You make the gradient 1 long before the step. A flat place calls for a short step: leave it.")
def sgd_of_the_direction(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw / np.linalg.norm(dw), config


@mistake(SGD, "You use the signs of the gradient only. Its size counts as well.")
def sgd_of_the_sign(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w - config["learning_rate"] * np.sign(dw), config


@mistake(SGD, "All weights make the same step: is the gradient averaged? Each weight has its own.")
def sgd_of_the_mean(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw.mean(), config


@mistake(SGD, "You divide by the length of w. The gradient is a mean over the batch already.")
def sgd_divided_by_length(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw / len(w), config


@mistake(SGD, "The step grows with the weight: the gradient is subtracted from w, not multiplied with it.")
def sgd_multiplied(w, dw, config=None):
    config = settled(config, learning_rate=1e-2)
    return w * (1 - config["learning_rate"] * dw), config


@right(SGD)
def sgd_by_setdefault(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


@right(SGD)
def sgd_by_loops(w, dw, config=None):
    config = {} if config is None else config
    flat = [a - config.get("learning_rate", 0.01) * b for a, b in zip(w.ravel(), dw.ravel(), strict=True)]
    return np.array(flat).reshape(w.shape), config


@right(SGD)
def sgd_with_more_arguments(w, dw, config=None, verbose=False):
    config = settled(config, learning_rate=1e-2, steps=0)
    config["steps"] += 1
    return np.subtract(w, np.multiply(config["learning_rate"], dw)), config


# --- momentum


@mistake(MOMENTUM, "You return the velocity where next_w should be: it still has to be added to w.")
@momentum_rule
def momentum_returns_the_velocity(w, dw, lr, mu, v):
    v = mu * v - lr * dw
    return v, v


@mistake(
    MOMENTUM, "The velocity is an average here: nothing multiplies the new gradient but the learning rate."
)
@momentum_rule
def momentum_as_average(w, dw, lr, mu, v):
    v = mu * v - (1 - mu) * lr * dw
    return w + v, v


@mistake(
    MOMENTUM,
    "You keep the learning rate outside of the velocity. That is the other common form; here "
    "it goes in, so that a velocity keeps the rate with which it was gained.",
)
@momentum_rule
def momentum_with_the_rate_outside(w, dw, lr, mu, v):
    v = mu * v + dw
    return w - lr * v, v


@mistake(MOMENTUM, "The velocity already points downhill: subtracting it from w goes up.")
@momentum_rule
def momentum_subtracted(w, dw, lr, mu, v):
    v = mu * v - lr * dw
    return w - v, v


@mistake(MOMENTUM, "The velocity is pushed uphill: with which sign does the gradient go into it?")
@momentum_rule
def momentum_uphill(w, dw, lr, mu, v):
    v = mu * v + lr * dw
    return w + v, v


@mistake(
    MOMENTUM,
    "Signs: your velocity is kept with the opposite sign, so a velocity that was given as "
    "downhill drives w up. The velocity is what is added to w.",
)
@momentum_rule
def momentum_of_the_other_sign(w, dw, lr, mu, v):
    v = mu * v + lr * dw
    return w - v, v


@mistake(MOMENTUM, "The config that comes back still holds the old velocity: the next step starts from rest.")
@momentum_rule
def momentum_not_stored(w, dw, lr, mu, v):
    return w + mu * v - lr * dw, v


@mistake(MOMENTUM, "You move by the old velocity, then update it. Update first, then move.")
@momentum_rule
def momentum_moves_first(w, dw, lr, mu, v):
    return w + v, mu * v - lr * dw


@mistake(MOMENTUM, "The momentum is always 0.9: take it from config.")
@momentum_rule
def momentum_always_the_same(w, dw, lr, mu, v):
    v = 0.9 * v - lr * dw
    return w + v, v


@mistake(MOMENTUM, "The learning rate is always 0.01: take it from config.")
@momentum_rule
def momentum_ignores_the_rate(w, dw, lr, mu, v):
    v = mu * v - 1e-2 * dw
    return w + v, v


@mistake(MOMENTUM, "This is Nesterov's step, which comes next. Here w simply moves by the new velocity.")
@momentum_rule
def momentum_by_nesterov(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return w - mu * v + (1 + mu) * v_next, v_next


@mistake(MOMENTUM, "The velocity never slows down: where does the factor of momentum go?")
@momentum_rule
def momentum_without_friction(w, dw, lr, mu, v):
    v = v - lr * dw
    return w + v, v


@mistake(MOMENTUM, "The momentum multiplies the whole new velocity. Only the old one is to shrink.")
@momentum_rule
def momentum_on_everything(w, dw, lr, mu, v):
    v = mu * (v - lr * dw)
    return w + v, v


@mistake(MOMENTUM, "The gradient moves w twice: once by itself, and once in the velocity.")
@momentum_rule
def momentum_and_gradient(w, dw, lr, mu, v):
    v = mu * v - lr * dw
    return w + v - lr * dw, v


@mistake(MOMENTUM, CONFIG_LOST)
def momentum_returns_w_only(w, dw, config=None):
    return optim.sgd_momentum(w, dw, config)[0]


@mistake(
    MOMENTUM,
    "The config that comes back holds the velocity only: the settings that were passed in are lost.",
)
def momentum_loses_the_settings(w, dw, config=None):
    next_w, config = optim.sgd_momentum(w, dw, config)
    return next_w, {"velocity": config["velocity"]}


NO_VELOCITY = "config comes back without the new velocity: put it in there, under the name velocity."
mistake(MOMENTUM, NO_VELOCITY)(without("velocity", MOMENTUM))
mistake(NESTEROV, NO_VELOCITY)(without("velocity", NESTEROV))


@mistake(
    MOMENTUM,
    "A velocity is kept outside of config, for all weights together: two layers would push each other.",
)
def momentum_in_a_global(w, dw, config=None):
    if not config:
        momentum_in_a_global.velocity = np.zeros_like(w)
    config = settled(config, learning_rate=1e-2, momentum=0.9)
    v = config["momentum"] * momentum_in_a_global.velocity - config["learning_rate"] * dw
    momentum_in_a_global.velocity = v
    return w + v, config | {"velocity": v}


momentum_in_a_global.velocity = 0.0


@right(MOMENTUM)
def momentum_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    config["velocity"] = v
    return w, config


@right(MOMENTUM)
def momentum_with_get(w, dw, config=None):
    config = dict(config) if config else {}
    lr, rho = config.get("learning_rate", 0.01), config.get("momentum", 0.9)
    step = -lr * dw
    if "velocity" in config:
        step = step + rho * config["velocity"]
    config.update(velocity=step, learning_rate=lr, momentum=rho)
    return [w + step, config]


@right(MOMENTUM)
def momentum_by_subtraction(w, dw, config=None):
    config = settled(config, momentum=0.9, learning_rate=1e-2)
    v = config.setdefault("velocity", np.zeros(w.shape))
    next_w = w - (config["learning_rate"] * dw - config["momentum"] * v)
    config["velocity"] = next_w - w
    return next_w, config


# --- Nesterov's momentum

PLAIN = (
    "This is the step of plain momentum. If you do use both velocities: is the old one overwritten too early?"
)


@mistake(NESTEROV, PLAIN)
@momentum_rule
def nesterov_as_plain_momentum(w, dw, lr, mu, v):
    v = mu * v - lr * dw
    return w + v, v


@mistake(NESTEROV, "The old velocity is added where it should be subtracted: w has already run ahead by it.")
@momentum_rule
def nesterov_adds_the_old(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return w + mu * v + (1 + mu) * v_next, v_next


@mistake(NESTEROV, "You never take back the old look ahead: which term with the old velocity is missing?")
@momentum_rule
def nesterov_without_the_old(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return w + (1 + mu) * v_next, v_next


@mistake(NESTEROV, "The new velocity counts 1 + momentum times: once for the step, and again to look ahead.")
@momentum_rule
def nesterov_with_mu_for_one_plus_mu(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return w - mu * v + mu * v_next, v_next


@mistake(NESTEROV, "The look ahead that you take back is momentum times the old velocity, not all of it.")
@momentum_rule
def nesterov_takes_back_too_much(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return w - v + (1 + mu) * v_next, v_next


@mistake(NESTEROV, PLAIN)
@momentum_rule
def nesterov_overwrites_too_early(w, dw, lr, mu, v):
    v = mu * v - lr * dw
    return w - mu * v + (1 + mu) * v, v


@mistake(NESTEROV, "The config that comes back still holds the old velocity.")
@momentum_rule
def nesterov_not_stored(w, dw, lr, mu, v):
    return w - mu * v + (1 + mu) * (mu * v - lr * dw), v


@mistake(NESTEROV, "You store the whole way that w went. Asked for is the velocity: momentum and gradient.")
@momentum_rule
def nesterov_stores_the_step(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    step = -mu * v + (1 + mu) * v_next
    return w + step, step


@mistake(NESTEROV, "The momentum is always 0.9: take it from config.")
@momentum_rule
def nesterov_always_the_same(w, dw, lr, mu, v):
    v_next = 0.9 * v - lr * dw
    return w - 0.9 * v + 1.9 * v_next, v_next


@mistake(NESTEROV, "The learning rate is always 0.01: take it from config.")
@momentum_rule
def nesterov_ignores_the_rate(w, dw, lr, mu, v):
    v_next = mu * v - 1e-2 * dw
    return w - mu * v + (1 + mu) * v_next, v_next


@mistake(NESTEROV, "The velocity is pushed uphill: with which sign does the gradient go into it?")
@momentum_rule
def nesterov_uphill(w, dw, lr, mu, v):
    v_next = mu * v + lr * dw
    return w - mu * v + (1 + mu) * v_next, v_next


@mistake(NESTEROV, "You return the step where next_w should be: it still has to be added to w.")
@momentum_rule
def nesterov_returns_the_step(w, dw, lr, mu, v):
    v_next = mu * v - lr * dw
    return -mu * v + (1 + mu) * v_next, v_next


@mistake(
    NESTEROV,
    "You keep the learning rate outside of the velocity. Here it goes in, as in plain momentum.",
)
@momentum_rule
def nesterov_with_the_rate_outside(w, dw, lr, mu, v):
    v = mu * v + dw
    return w - lr * (dw + mu * v), v


@mistake(NESTEROV, CONFIG_LOST)
def nesterov_returns_w_only(w, dw, config=None):
    return optim.nesterov_momentum(w, dw, config)[0]


@right(NESTEROV)
def nesterov_shorter(w, dw, config=None):
    config = settled(config, learning_rate=1e-2, momentum=0.9)
    mu, lr = config["momentum"], config["learning_rate"]
    config["velocity"] = mu * config.get("velocity", 0) - lr * dw
    return w + mu * config["velocity"] - lr * dw, config


@right(NESTEROV)
def nesterov_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.setdefault("velocity", np.zeros_like(w))
    before = v.copy()
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += -config["momentum"] * before + (1 + config["momentum"]) * v
    return w, config


@right(NESTEROV)
def nesterov_by_going_back(w, dw, config=None):
    config = settled(config, momentum=0.9, learning_rate=1e-2, velocity=np.zeros_like(w))
    behind = w - config["momentum"] * config["velocity"]
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    behind = behind + v
    config["velocity"] = v
    return behind + config["momentum"] * v, config


# --- AdaGrad

NO_ROOT = "You divide by the cache itself: it holds squares, so something has to be undone first."
NOT_SQUARED = "The cache adds up gradients, and those of opposite sign cancel. Squares can't."
NOT_STORED = "The config that comes back holds no new cache: the next step forgets this gradient."
CACHE_AFTER = "You divide by the old cache. Add the new square to it first."
NO_EPSILON = "Where all gradients were 0 you divide 0 by 0: that is what epsilon is for."
EPSILON_FIXED = "A change of epsilon in config changes nothing."
RATE_FIXED = "The learning rate is always 0.01: take it from config."
SIGN = "You walk uphill: with which sign does the step go to w?"
STEP_ONLY = "You return the step where next_w should be: it still has to be subtracted from w."


@mistake(ADAGRAD, NO_ROOT)
@cache_rule
def adagrad_without_root(w, dw, lr, eps, cache):
    cache = cache + dw**2
    return w - lr * dw / (cache + eps), cache


@mistake(ADAGRAD, NOT_SQUARED)
@cache_rule
def adagrad_of_sums(w, dw, lr, eps, cache):
    cache = cache + dw
    return w - lr * dw / (np.sqrt(cache) + eps), cache


@mistake(ADAGRAD, "The cache adds up sizes. Asked for are squares, and a root over their sum.")
@cache_rule
def adagrad_of_sizes(w, dw, lr, eps, cache):
    cache = cache + np.abs(dw)
    return w - lr * dw / (cache + eps), cache


@mistake(ADAGRAD, NOT_STORED)
@cache_rule
def adagrad_not_stored(w, dw, lr, eps, cache):
    return w - lr * dw / (np.sqrt(cache + dw**2) + eps), cache


@mistake(ADAGRAD, "Your cache holds the newest square only: AdaGrad forgets nothing, all are added up.")
@cache_rule
def adagrad_overwrites(w, dw, lr, eps, cache):
    return w - lr * dw / (np.sqrt(dw**2) + eps), dw**2


@mistake(ADAGRAD, "Your cache leaks. That is RMSProp, which comes next; AdaGrad forgets nothing.")
@cache_rule
def adagrad_leaks(w, dw, lr, eps, cache):
    cache = 0.99 * cache + 0.01 * dw**2
    return w - lr * dw / (np.sqrt(cache) + eps), cache


@mistake(ADAGRAD, CACHE_AFTER)
@cache_rule
def adagrad_divides_by_the_old(w, dw, lr, eps, cache):
    return w - lr * dw / (np.sqrt(cache) + eps), cache + dw**2


@mistake(ADAGRAD, NO_EPSILON)
@cache_rule
def adagrad_without_epsilon(w, dw, lr, eps, cache):
    cache = cache + dw**2
    return w - lr * dw / np.sqrt(cache), cache


@mistake(ADAGRAD, EPSILON_FIXED)
@cache_rule
def adagrad_with_fixed_epsilon(w, dw, lr, eps, cache):
    cache = cache + dw**2
    return w - lr * dw / (np.sqrt(cache) + 1e-8), cache


@mistake(ADAGRAD, RATE_FIXED)
@cache_rule
def adagrad_ignores_the_rate(w, dw, lr, eps, cache):
    cache = cache + dw**2
    return w - 1e-2 * dw / (np.sqrt(cache) + eps), cache


@mistake(ADAGRAD, SIGN)
@cache_rule
def adagrad_uphill(w, dw, lr, eps, cache):
    cache = cache + dw**2
    return w + lr * dw / (np.sqrt(cache) + eps), cache


@mistake(ADAGRAD, "All weights share one cache: is there a sum or a norm in it? Each weight has its own.")
@cache_rule
def adagrad_shares_the_cache(w, dw, lr, eps, cache):
    cache = cache + np.sum(dw**2)
    return w - lr * dw / (np.sqrt(cache) + eps), cache


@mistake(ADAGRAD, "The cache keeps roots: sqrt is taken of what is stored. Store the squares.")
@cache_rule
def adagrad_stores_the_root(w, dw, lr, eps, cache):
    cache = np.sqrt(cache + dw**2)
    return w - lr * dw / (cache + eps), cache


@mistake(ADAGRAD, CONFIG_LOST)
def adagrad_returns_w_only(w, dw, config=None):
    return optim.adagrad(w, dw, config)[0]


NO_CACHE = "config comes back without the new cache: put it in there, under the name cache."
mistake(ADAGRAD, NO_CACHE)(without("cache", ADAGRAD))
mistake(RMSPROP, NO_CACHE)(without("cache", RMSPROP))


@right(ADAGRAD)
def adagrad_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] += dw**2
    w -= config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return w, config


@right(ADAGRAD)
def adagrad_with_epsilon_inside(w, dw, config=None):
    config = settled(config, learning_rate=1e-2, epsilon=1e-8)
    config["cache"] = config.get("cache", 0) + dw * dw
    return w - config["learning_rate"] * dw / np.sqrt(config["cache"] + config["epsilon"]), config


@right(ADAGRAD)
def adagrad_by_rates(w, dw, config=None):
    config = settled(config, epsilon=1e-8, learning_rate=1e-2, cache=np.zeros(w.shape))
    cache = config.pop("cache") + np.square(dw)
    rates = config["learning_rate"] / (config["epsilon"] + cache**0.5)
    return w - rates * dw, {**config, "cache": cache}


# --- RMSProp


def rms_step(w, dw, lr, eps, cache):
    return w - lr * dw / (np.sqrt(cache) + eps)


@mistake(RMSPROP, "The learning rate stands where 1 - decay_rate belongs: the two have nothing in common.")
@cache_rule
def rmsprop_with_rate_for_decay(w, dw, lr, eps, cache, decay):
    cache = decay * cache + lr * dw**2
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, NO_ROOT)
@cache_rule
def rmsprop_without_root(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return w - lr * dw / (cache + eps), cache


@mistake(RMSPROP, NOT_STORED)
@cache_rule
def rmsprop_not_stored(w, dw, lr, eps, cache, decay):
    return rms_step(w, dw, lr, eps, decay * cache + (1 - decay) * dw**2), cache


@mistake(RMSPROP, "The cache averages gradients, and those of opposite sign cancel. Average their squares.")
@cache_rule
def rmsprop_not_squared(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, "The cache averages sizes. Asked for are squares, and a root over their mean.")
@cache_rule
def rmsprop_of_sizes(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * np.abs(dw)
    return w - lr * dw / (cache + eps), cache


@mistake(RMSPROP, "The old cache and the new square have each other's factor: decay_rate is what is kept.")
@cache_rule
def rmsprop_decay_swapped(w, dw, lr, eps, cache, decay):
    cache = (1 - decay) * cache + decay * dw**2
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, "The new square comes in whole: the two factors have to add up to 1.")
@cache_rule
def rmsprop_as_a_sum(w, dw, lr, eps, cache, decay):
    cache = decay * cache + dw**2
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, "Nothing is forgotten: that is AdaGrad. Where does decay_rate come in?")
@cache_rule
def rmsprop_as_adagrad(w, dw, lr, eps, cache, decay):
    cache = cache + dw**2
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, "The decay rate is always 0.99: take it from config.")
@cache_rule
def rmsprop_ignores_the_decay(w, dw, lr, eps, cache, decay):
    cache = 0.99 * cache + 0.01 * dw**2
    return rms_step(w, dw, lr, eps, cache), cache


@mistake(RMSPROP, "Without a config the decay rate is 0.99 here.")
def rmsprop_with_another_default(w, dw, config=None):
    return optim.rmsprop(w, dw, settled(config, learning_rate=1e-2, decay_rate=0.9))


@mistake(RMSPROP, RATE_FIXED)
@cache_rule
def rmsprop_ignores_the_rate(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return rms_step(w, dw, 1e-2, eps, cache), cache


@mistake(RMSPROP, CACHE_AFTER)
@cache_rule
def rmsprop_divides_by_the_old(w, dw, lr, eps, cache, decay):
    return rms_step(w, dw, lr, eps, cache), decay * cache + (1 - decay) * dw**2


@mistake(RMSPROP, NO_EPSILON)
@cache_rule
def rmsprop_without_epsilon(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return rms_step(w, dw, lr, 0, cache), cache


@mistake(RMSPROP, EPSILON_FIXED)
@cache_rule
def rmsprop_with_fixed_epsilon(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return rms_step(w, dw, lr, 1e-8, cache), cache


@mistake(RMSPROP, SIGN)
@cache_rule
def rmsprop_uphill(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return rms_step(w, dw, -lr, eps, cache), cache


@mistake(RMSPROP, "The cache is divided by 1 - decay_rate: a correction of the start belongs to Adam only.")
@cache_rule
def rmsprop_corrected(w, dw, lr, eps, cache, decay):
    cache = decay * cache + (1 - decay) * dw**2
    return rms_step(w, dw, lr, eps, cache / (1 - decay)), cache


@mistake(RMSPROP, CONFIG_LOST)
def rmsprop_returns_w_only(w, dw, config=None):
    return optim.rmsprop(w, dw, config)[0]


@right(RMSPROP)
def rmsprop_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    cache = config.setdefault("cache", np.zeros_like(w))
    cache *= config["decay_rate"]
    cache += (1 - config["decay_rate"]) * dw**2
    w -= config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    return w, config


@right(RMSPROP)
def rmsprop_with_epsilon_inside(w, dw, config=None):
    config = settled(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
    rho = config["decay_rate"]
    config["cache"] = rho * config.get("cache", 0.0) + (1 - rho) * dw * dw
    return w - config["learning_rate"] * dw * (config["cache"] + config["epsilon"]) ** -0.5, config


@right(RMSPROP)
def rmsprop_towards_the_square(w, dw, config=None):
    config = settled(config, decay_rate=0.99, epsilon=1e-8, learning_rate=1e-2, cache=np.zeros(w.shape))
    config["cache"] = config["cache"] + (1 - config["decay_rate"]) * (dw**2 - config["cache"])
    size = np.sqrt(config["cache"])
    return w - config["learning_rate"] * (dw / (size + config["epsilon"])), config


# --- Adam


def moments(dw, b1, b2, m, v):
    return b1 * m + (1 - b1) * dw, b2 * v + (1 - b2) * dw**2


@mistake(ADAM, "The averages are used as they are. They began at 0: what corrects them for that?")
@moment_rule
def adam_without_correction(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (np.sqrt(v) + eps), m, v, t + 1


@mistake(ADAM, "You correct by 1 - beta at every step. The bias fades: 1 - beta to the power of t.")
@moment_rule
def adam_corrected_without_t(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1) / (np.sqrt(v / (1 - b2)) + eps), m, v, t + 1


@mistake(
    ADAM,
    "In the config that comes back t is what it was: each step takes itself for the first. Store t.",
)
@moment_rule
def adam_does_not_store_t(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    m_hat, v_hat = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, t


@mistake(ADAM, "You use t before you count this step: at t = 0 the correction divides by 0. Count first.")
@moment_rule
def adam_counts_too_late(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, t + 1


@mistake(ADAM, "t is 1 in every step: count on from the t that is in the config.")
@moment_rule
def adam_resets_t(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    m_hat, v_hat = m / (1 - b1), v / (1 - b2)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, 1


@mistake(ADAM, "t grows by 2 with each step: is it counted in two places?")
@moment_rule
def adam_counts_twice(w, dw, lr, b1, b2, eps, m, v, t):
    t += 2
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "The corrected averages are stored, and corrected again next time. Store them as they were.")
@moment_rule
def adam_stores_the_corrected(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    m, v = m / (1 - b1**t), v / (1 - b2**t)
    return w - lr * m / (np.sqrt(v) + eps), m, v, t


@mistake(ADAM, "Only m is corrected. v began at 0 as well.")
@moment_rule
def adam_corrects_m_only(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1 ** (t + 1)) / (np.sqrt(v) + eps), m, v, t + 1


@mistake(ADAM, "Only v is corrected. m began at 0 as well.")
@moment_rule
def adam_corrects_v_only(w, dw, lr, b1, b2, eps, m, v, t):
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (np.sqrt(v / (1 - b2 ** (t + 1))) + eps), m, v, t + 1


@mistake(ADAM, "beta1 and beta2 have changed places: beta1 belongs to m, beta2 to v.")
@moment_rule
def adam_betas_swapped(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b2, b1, m, v)
    return w - lr * m / (1 - b2**t) / (np.sqrt(v / (1 - b1**t)) + eps), m, v, t


@mistake(ADAM, "The averages are right, but each is corrected with the other one's beta.")
@moment_rule
def adam_corrections_swapped(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b2**t) / (np.sqrt(v / (1 - b1**t)) + eps), m, v, t


@mistake(ADAM, EPSILON_FIXED)
@moment_rule
def adam_with_fixed_epsilon(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + 1e-8), m, v, t


@mistake(ADAM, NO_EPSILON)
@moment_rule
def adam_without_epsilon(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1**t) / np.sqrt(v / (1 - b2**t)), m, v, t


@mistake(ADAM, "v averages gradients, and those of opposite sign cancel. It is the average of their squares.")
@moment_rule
def adam_not_squared(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = b1 * m + (1 - b1) * dw, b2 * v + (1 - b2) * dw
    return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "v is the average of squared m. It takes the gradient itself, squared.")
@moment_rule
def adam_v_from_m(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * m**2
    return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "You divide by v itself: it holds squares, so something has to be undone first.")
@moment_rule
def adam_without_root(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * m / (1 - b1**t) / (v / (1 - b2**t) + eps), m, v, t


@mistake(ADAM, "The step follows the gradient, not m: the averaged gradient is Adam's momentum.")
@moment_rule
def adam_without_momentum(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * dw / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "The betas are always 0.9 and 0.999: take them from config.")
@moment_rule
def adam_ignores_the_betas(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, 0.9, 0.999, m, v)
    return w - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + eps), m, v, t


@mistake(ADAM, "The learning rate is always 0.001: take it from config.")
@moment_rule
def adam_ignores_the_rate(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w - 1e-3 * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "Without a config Adam's learning rate is 0.001 here, smaller than the other rules'.")
def adam_with_another_default(w, dw, config=None):
    return optim.adam(w, dw, settled(config, learning_rate=1e-2))


@mistake(ADAM, SIGN)
@moment_rule
def adam_uphill(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    return w + lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, "m and v in the config are those of before: the next step knows nothing of this one.")
@moment_rule
def adam_does_not_store_the_averages(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m_new, v_new = moments(dw, b1, b2, m, v)
    return w - lr * m_new / (1 - b1**t) / (np.sqrt(v_new / (1 - b2**t)) + eps), m, v, t


@mistake(ADAM, CONFIG_LOST)
def adam_returns_w_only(w, dw, config=None):
    return optim.adam(w, dw, config)[0]


mistake(ADAM, "config comes back without t: the next step takes itself for the first.")(without("t", ADAM))
mistake(ADAM, "config comes back without v: the next step has to begin its average anew.")(without("v", ADAM))


@right(ADAM)
def adam_in_place(w, dw, config=None):
    if config is None:
        config = {}
    for name, value in (("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8)):
        config.setdefault(name, value)
    m, v = config.setdefault("m", np.zeros_like(w)), config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    m *= config["beta1"]
    m += (1 - config["beta1"]) * dw
    v *= config["beta2"]
    v += (1 - config["beta2"]) * dw**2
    m_hat = m / (1 - config["beta1"] ** config["t"])
    v_hat = v / (1 - config["beta2"] ** config["t"])
    w -= config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return w, config


@right(ADAM)
@moment_rule
def adam_efficient(w, dw, lr, b1, b2, eps, m, v, t):
    t += 1
    m, v = moments(dw, b1, b2, m, v)
    rate = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
    return w - rate * m / (np.sqrt(v) + eps), m, v, t


@right(ADAM)
@moment_rule
def adam_with_epsilon_inside(w, dw, lr, b1, b2, eps, m, v, t):
    t = np.int64(t) + 1
    m, v = moments(dw, b1, b2, m, v)
    return w - lr * (m / (1 - b1**t)) / np.sqrt(v / (1 - b2**t) + eps), m, v, t


@right(ADAM)
@moment_rule
def adam_towards_the_gradient(w, dw, lr, b1, b2, eps, m, v, t):
    m = m + (1 - b1) * (dw - m)
    v = v + (1 - b2) * (np.square(dw) - v)
    fade1, fade2 = 1 - np.power(b1, t + 1), 1 - np.power(b2, t + 1)
    return w - lr * np.divide(m / fade1, np.sqrt(v / fade2) + eps), m, v, t + 1.0


# --- step decay


@mistake(STEPS, "At the milestone itself the new rate holds already: which comparison is that?")
def step_decay_one_late(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** sum(step > milestone for milestone in milestones)


@mistake(STEPS, "The rate falls once only: each milestone that has been passed counts.")
def step_decay_once(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** any(step >= milestone for milestone in milestones)


@mistake(STEPS, "The factor is always 0.1: another may be asked for.")
def step_decay_always_a_tenth(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * 0.1 ** sum(step >= milestone for milestone in milestones)


@mistake(STEPS, "You count periods of 30. The milestones may lie elsewhere, and end.")
def step_decay_every_30(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** (step // 30)


@mistake(STEPS, "The rate grows: you divide by the factor.")
def step_decay_grows(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial / factor ** sum(step >= milestone for milestone in milestones)


@mistake(STEPS, "You multiply by factor times the number of milestones passed. Each multiplies once more.")
def step_decay_times_the_number(step, initial, milestones=(30, 60, 90), factor=0.1):
    passed = sum(step >= milestone for milestone in milestones)
    return initial * factor * passed if passed else initial


@mistake(STEPS, "All milestones count, also those to come. Which ones has this step reached?")
def step_decay_all_at_once(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** len(milestones)


@mistake(STEPS, "You count the milestones that are still to come.")
def step_decay_of_those_to_come(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** sum(step < milestone for milestone in milestones)


@mistake(STEPS, "The factor alone comes back. Where is the initial rate?")
def step_decay_without_initial(step, initial, milestones=(30, 60, 90), factor=0.1):
    return factor ** sum(step >= milestone for milestone in milestones)


@mistake(STEPS, "You subtract a share of the initial rate at each milestone. Multiply instead.")
def step_decay_subtracts(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * (1 - (1 - factor) * sum(step >= milestone for milestone in milestones))


@mistake(STEPS, "The rate falls at the milestones only, and is back at the next step: it stays down.")
def step_decay_for_a_moment(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** sum(step == milestone for milestone in milestones)


@right(STEPS)
def step_decay_by_loop(step, initial, milestones=(30, 60, 90), factor=0.1):
    rate = initial
    for milestone in milestones:
        if step >= milestone:
            rate *= factor
    return rate


@right(STEPS)
def step_decay_by_search(step, initial, milestones=(30, 60, 90), factor=0.1):
    return initial * factor ** np.searchsorted(np.asarray(milestones, dtype=float), step, side="right")


@right(STEPS)
def step_decay_by_recursion(step, initial, milestones=(30, 60, 90), factor=0.1):
    if not len(milestones) or step < milestones[0]:
        return float(initial)
    return step_decay_by_recursion(step, initial * factor, milestones[1:], factor)


# --- cosine


def half_wave(initial, share):
    return initial / 2 * (1 + math.cos(math.pi * share))


@mistake(COSINE, "The rate begins at twice the initial one: the cosine plus 1 reaches from 0 to 2.")
def cosine_without_half(step, initial, total):
    return 2 * half_wave(initial, min(step / total, 1))


@mistake(COSINE, "After the end the rate rises again: it is to stay at 0.")
def cosine_rises_again(step, initial, total):
    return half_wave(initial, step / total)


@mistake(COSINE, "The rate grows from 0: you subtract the cosine from 1.")
def cosine_upside_down(step, initial, total):
    return half_wave(initial, 1 - min(step / total, 1))


@mistake(COSINE, "At the end half of the rate is left: the wave goes on to pi, not to pi / 2.")
def cosine_of_a_quarter(step, initial, total):
    return half_wave(initial, min(step / total, 1) / 2)


@mistake(COSINE, "The rate is down in the middle and back at the end: half a wave is pi, not 2 pi.")
def cosine_of_a_whole_wave(step, initial, total):
    return half_wave(initial, 2 * min(step / total, 1))


@mistake(COSINE, "The rate goes below 0: 1 is missing beside the cosine.")
def cosine_without_one(step, initial, total):
    return initial * math.cos(math.pi * min(step / total, 1))


@mistake(COSINE, "This is a quarter of a wave, without the plus 1: it begins flat and ends steep.")
def cosine_plain(step, initial, total):
    return initial * math.cos(math.pi / 2 * min(step / total, 1))


@mistake(COSINE, "You took the sine.")
def cosine_by_sine(step, initial, total):
    return initial / 2 * (1 + math.sin(math.pi * min(step / total, 1)))


@mistake(COSINE, "0 is reached a step too early: step / total is 1 at step total.")
def cosine_one_early(step, initial, total):
    return half_wave(initial, min(step / max(total - 1, 1), 1))


@mistake(COSINE, "Your angle is in degrees. np.cos wants it in radians.")
def cosine_of_degrees(step, initial, total):
    return initial / 2 * (1 + math.cos(180 * min(step / total, 1)))


@mistake(COSINE, "The share alone comes back. Where is the initial rate?")
def cosine_without_initial(step, initial, total):
    return half_wave(1, min(step / total, 1))


@mistake(COSINE, "This falls along a straight line. Where is the cosine?")
def cosine_as_a_line(step, initial, total):
    return initial * (1 - min(step / total, 1))


@mistake(COSINE, "The rate never falls on the way: is step / total cut to a whole number?")
def cosine_of_whole_numbers(step, initial, total):
    return half_wave(initial, min(step // total, 1))


@right(COSINE)
def cosine_by_square(step, initial, total):
    return initial * np.cos(np.pi / 2 * np.minimum(step / total, 1)) ** 2


@right(COSINE)
def cosine_with_if(step, initial, total):
    if step >= total:
        return 0
    return 0.5 * initial * (1 + np.cos(np.pi * step / total))


@right(COSINE)
def cosine_by_clip(step, initial, total):
    return np.float32(half_wave(initial, np.clip(step, 0, total) / total))


# --- warm-up


@mistake(WARMUP, "After the warm-up the rate goes on rising: it is to stay at `rate`.")
def warmup_without_end(step, rate, warmup=5000):
    return rate * step / warmup


@mistake(WARMUP, "At step 0 the rate is 0 here: you are one step ahead.")
def warmup_one_ahead(step, rate, warmup=5000):
    return rate * min((step + 1) / warmup, 1)


@mistake(WARMUP, "The full rate comes a step too late: at step `warmup` it is reached.")
def warmup_one_late(step, rate, warmup=5000):
    return rate * min(step / (warmup + 1), 1)


@mistake(WARMUP, "The warm-up always takes 5000 steps: another number may be asked for.")
def warmup_always_5000(step, rate, warmup=5000):
    return rate * min(step / 5000, 1)


@mistake(WARMUP, "During the warm-up the rate is far too large: divide by the number of its steps.")
def warmup_not_divided(step, rate, warmup=5000):
    return rate * step if step < warmup else rate


@mistake(WARMUP, "The rate jumps from 0 to its full size: is the share of steps cut to a whole number?")
def warmup_of_whole_numbers(step, rate, warmup=5000):
    return rate * min(step // warmup, 1)


@mistake(WARMUP, "The rate falls during the warm-up: it begins at 0.")
def warmup_downwards(step, rate, warmup=5000):
    return rate * max(1 - step / warmup, 0)


@mistake(WARMUP, "The share alone comes back. Where is the rate?")
def warmup_without_rate(step, rate, warmup=5000):
    return min(step / warmup, 1)


@mistake(WARMUP, "Minimum of what? The share of the warm-up is at most 1; the rate itself may be any number.")
def warmup_minimum_of_step_and_rate(step, rate, warmup=5000):
    return min(rate, step / warmup)


@mistake(WARMUP, "There is no warm-up: the rate is full from the beginning.")
def warmup_none(step, rate, warmup=5000):
    return rate


@mistake(WARMUP, "The rise is a curve. Asked for is a straight line.")
def warmup_by_cosine(step, rate, warmup=5000):
    return half_wave(rate, 1 - min(step / warmup, 1))


@mistake(WARMUP, "After the warm-up the rate is 0: then it is `rate`, whatever another schedule says.")
def warmup_then_nothing(step, rate, warmup=5000):
    return rate * step / warmup if step <= warmup else 0.0


@right(WARMUP)
def warmup_with_if(step, rate, warmup=5000):
    if step < warmup:
        return rate * step / warmup
    return rate


@right(WARMUP)
def warmup_by_interpolation(step, rate, warmup=5000):
    return np.interp(step, [0, warmup], [0, rate])


@right(WARMUP)
def warmup_by_minimum(step, rate, warmup=5000):
    return np.minimum(step, warmup) * (rate / warmup)


# --- watching a run

BLIND = "NaN slips through: every comparison with it is False, even == np.nan. Ask for it by np.isfinite."


@mistake(DIVERGED, BLIND)
def diverged_blind_to_nan(losses, factor=3):
    return losses[-1] > factor * losses[0] or losses[-1] == np.inf


@mistake(DIVERGED, "You only look for NaN. A loss of more than factor times the first is bad enough.")
def diverged_nan_only(losses, factor=3):
    return not np.isfinite(losses[-1])


@mistake(DIVERGED, "Exactly factor times the first is not yet more than that.")
def diverged_at_the_limit(losses, factor=3):
    return not losses[-1] < factor * losses[0]


@mistake(DIVERGED, "You compare with the loss before. Compare with the very first.")
def diverged_against_the_last_but_one(losses, factor=3):
    return not losses[-1] <= factor * losses[max(len(losses) - 2, 0)]


@mistake(DIVERGED, "You compare with the smallest loss. Compare with the very first.")
def diverged_against_the_best(losses, factor=3):
    return not losses[-1] <= factor * min(losses)


@mistake(DIVERGED, "A spike that is over still counts: look at the last loss only.")
def diverged_by_any_spike(losses, factor=3):
    return bool(np.isnan(losses[-1]) or max(losses) > factor * losses[0])


@mistake(DIVERGED, "The factor is always 3: another may be asked for.")
def diverged_always_three(losses, factor=3):
    return not losses[-1] <= 3 * losses[0] or losses[-1] == np.inf


@mistake(DIVERGED, "Good runs are called diverged and the other way round.")
def diverged_reversed(losses, factor=3):
    return not has_diverged(losses, factor)


@mistake(DIVERGED, "Any loss above the first counts as diverged. What is the factor for?")
def diverged_without_factor(losses, factor=3):
    return not losses[-1] <= losses[0]


@mistake(DIVERGED, "A loss above the factor itself counts as diverged. Compare with factor times the first.")
def diverged_above_the_factor(losses, factor=3):
    return not losses[-1] <= factor


@mistake(
    DIVERGED,
    "You look at the second loss. The last one is losses[-1], however long the run.",
)
def diverged_second_loss(losses, factor=3):
    return not losses[min(1, len(losses) - 1)] <= factor * losses[0]


@mistake(DIVERGED, BLIND)
def diverged_by_equality(losses, factor=3):
    return losses[-1] == np.nan or losses[-1] == float("inf") or losses[-1] / losses[0] > factor


@right(DIVERGED)
def diverged_step_by_step(losses, factor=3):
    last = losses[-1]
    if np.isnan(last) or np.isinf(last):
        return True
    return last > factor * losses[0]


@right(DIVERGED)
def diverged_by_numpy(losses, factor=3):
    losses = np.array(losses)
    return ~np.isfinite(losses[-1]) | (losses[-1] > factor * losses[0])


@right(DIVERGED)
def diverged_by_math(losses, factor=3):
    first, *_, last = (*losses, losses[-1])
    return not (math.isfinite(last) and last <= factor * first)


# --- the search

MIXED_BASES = "The logarithm has base 10 and the power base e, or the other way round: use the same twice."
SEED = "Hand the seed on to np.random.default_rng, and draw from what it returns."


@mistake(
    SAMPLE,
    "Nearly all numbers lie in the highest power of ten: draw the logarithms evenly, not the numbers.",
)
def sample_uniform(low, high, count, seed=None):
    return np.random.default_rng(seed).uniform(low, high, count)


@mistake(SAMPLE, "low and high are the numbers themselves, not exponents: take their logarithms first.")
@quiet
def sample_between_exponents(low, high, count, seed=None):
    return 10 ** np.random.default_rng(seed).uniform(low, high, count)


@mistake(SAMPLE, "These are the logarithms. What turns them into numbers again?")
def sample_returns_logarithms(low, high, count, seed=None):
    return np.log10(log_uniform(low, high, count, seed))


@mistake(SAMPLE, MIXED_BASES)
def sample_of_mixed_bases(low, high, count, seed=None):
    return np.exp(np.random.default_rng(seed).uniform(np.log10(low), np.log10(high), count))


@mistake(SAMPLE, MIXED_BASES)
def sample_of_mixed_bases_too(low, high, count, seed=None):
    return 10 ** np.random.default_rng(seed).uniform(np.log(low), np.log(high), count)


@mistake(SAMPLE, "This is a grid, not random numbers: every call gives the same.")
def sample_on_a_grid(low, high, count, seed=None):
    return np.logspace(np.log10(low), np.log10(high), count)


@mistake(SAMPLE, SEED)
def sample_without_seed(low, high, count, seed=None):
    return log_uniform(low, high, count)


@mistake(SAMPLE, SEED)
def sample_always_seed_0(low, high, count, seed=None):
    return log_uniform(low, high, count, 0)


@mistake(SAMPLE, "One number is repeated: ask for as many as count says.")
def sample_one_repeated(low, high, count, seed=None):
    return np.full(count, log_uniform(low, high, 1, seed)[0])


@mistake(SAMPLE, "One number comes back: ask for as many as count says.")
def sample_one(low, high, count, seed=None):
    return log_uniform(low, high, 1, seed)[0]


@mistake(SAMPLE, "Only whole powers of ten come up: the exponents may be fractions.")
def sample_whole_exponents(low, high, count, seed=None):
    ends = round(np.log10(low)), max(round(np.log10(high)), round(np.log10(low)) + 1)
    return 10.0 ** np.random.default_rng(seed).integers(*ends, count, endpoint=True)


@mistake(SAMPLE, "The numbers are sorted: paired with another setting's, small would always meet small.")
def sample_sorted(low, high, count, seed=None):
    return np.sort(log_uniform(low, high, count, seed))


@mistake(SAMPLE, "The middle of the range comes up far more often than its ends: a bell is not uniform.")
def sample_normal(low, high, count, seed=None):
    middle, width = (np.log10(low) + np.log10(high)) / 2, (np.log10(high) - np.log10(low)) / 2
    draws = middle + width / 3 * np.random.default_rng(seed).standard_normal(count)
    return 10 ** np.clip(draws, np.log10(low), np.log10(high))


@right(SAMPLE)
def sample_by_natural_logarithm(low, high, count, seed=None):
    rng = np.random.default_rng(seed)
    return np.exp(rng.uniform(np.log(low), np.log(high), size=count))


@right(SAMPLE)
def sample_by_ratio(low, high, count, seed=None):
    return low * (high / low) ** np.random.default_rng(seed).random(count)


@right(SAMPLE)
def sample_by_old_generator(low, high, count, seed=None):
    old = np.random.RandomState(seed)
    return np.array([10 ** old.uniform(np.log10(low), np.log10(high)) for _ in range(count)])


# --- the questions

wrong_answer(
    "answer_largest_rate",
    2 / 40,
    "40 is the factor of y squared. The curvature is the second derivative.",
)
wrong_answer("answer_largest_rate", 1 / 80, "That is the rate that reaches y = 0 in one step. Twice as far?")
wrong_answer("answer_largest_rate", 2 / 6, "That is the limit for x. The steeper direction gives way first.")
wrong_answer("answer_largest_rate", 2 / 86, "The directions don't add up: each has a limit of its own.")
wrong_answer("answer_first_step", 0.5, "Which of the two steps is the longer one?")
wrong_answer("answer_first_step", 20.0, "v stands under a root.")
wrong_answer("answer_first_step", 10.0, "m is too small at first, too.")
wrong_answer("answer_first_step", 0.2, "v is too small at first, too, and one divides by its root.")
wrong_answer(
    "answer_first_step", 0.1 / math.sqrt(0.001), "That is for the usual betas. Here they are others."
)
wrong_answer("answer_first_loss", "a", "Nothing has been learned yet at the first loss: no step was made.")
wrong_answer("answer_first_loss", "c", "Then the loss without regularisation would be larger too.")
wrong_answer("answer_first_loss", "d", "0.5 times 1000 times the sum of some 150 000 squares is no rounding.")
wrong_answer("answer_next_search", "a", "You don't know what lies beyond the end of the range.")
wrong_answer("answer_next_search", "b", "Then the range would end where the best ones were found.")
wrong_answer("answer_next_search", "d", "More of the same never looks beyond the end of the range.")


# --- as one writes it first


@mistake(ADAGRAD, 'There is no cache in the first config: config["cache"] begins as zeros in the shape of w.')
def adagrad_without_beginning(w, dw, config=None):
    config = {"learning_rate": 1e-2, "epsilon": 1e-8, **(config or {})}
    config["cache"] += dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


@mistake(RMSPROP, 'There is no cache in the first config: config["cache"] begins as zeros in the shape of w.')
def rmsprop_without_beginning(w, dw, config=None):
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, **(config or {})}
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


@mistake(
    RMSPROP, "The new square gets its share, but the old average is kept whole: it gets the share decay_rate."
)
def rmsprop_keeps_all(w, dw, config=None):
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, **(config or {})}
    config["cache"] = config.get("cache", 0) + (1 - config["decay_rate"]) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config
