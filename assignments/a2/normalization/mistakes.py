"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Most are made by factories: the right function with one thing changed.
"""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from autograder.mistakes import Catalogue, Variant
from cs_lib.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from cs_lib.losses import softmax, softmax_loss
from cs_lib.models import FullyConnectedNet

STD, BN, BACK, SHORT = "weight_std", "batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt"
LN, LN_BACK, NET = "layernorm_forward", "layernorm_backward", "FullyConnectedNet"
SPATIAL, SPATIAL_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
GN, GN_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"


def fan_in(shape):
    """How many numbers one output sums up."""
    return shape[0] if len(shape) == 2 else shape[1] * shape[2] * shape[3]


def weight_std(shape, activation):
    """The deviation that keeps the signal's size."""
    return (gain(activation) / fan_in(shape)) ** 0.5


def gain(activation):
    """What the non-linearity throws away has to be made up for."""
    return 2 if activation == "relu" else 1


catalogue = Catalogue(
    {
        STD: weight_std,
        BN: batchnorm_forward,
        BACK: batchnorm_backward,
        SHORT: batchnorm_backward_alt,
        LN: layernorm_forward,
        LN_BACK: layernorm_backward,
        NET: FullyConnectedNet,
        SPATIAL: spatial_batchnorm_forward,
        SPATIAL_BACK: spatial_batchnorm_backward,
        GN: spatial_groupnorm_forward,
        GN_BACK: spatial_groupnorm_backward,
        "answer_growth": 4.096,
        "answer_warm_up_steps": 44,
        "answer_bias_gradient": "c",
    }
)


def wrong(function, name, implementation, hint):
    """Register a mistake that a factory has made."""
    namespace = catalogue.solution | {function: implementation}
    catalogue.mistakes.append(Variant(f"{function}: {name}", function, hint, namespace))


def right(function, name, **replaced):
    """Register a right variant, for which several functions may be replaced together."""
    namespace = catalogue.solution | replaced
    catalogue.right_variants.append(Variant(f"{function}: {name}", function, None, namespace))


# --- the deviation of weights

for name, implementation, hint in [
    (
        "fan out",
        lambda s, a: (gain(a) / (s[1] if len(s) == 2 else s[0])) ** 0.5,
        "You divide by the number of outputs. Which numbers does one output add up?",
    ),
    (
        "variance",
        lambda s, a: gain(a) / fan_in(s),
        "This is the variance of the weights. Asked for is their deviation.",
    ),
    (
        "relu without its two",
        lambda s, a: fan_in(s) ** -0.5,
        "Behind ReLU half of the signal's square is lost: the deviation has to make up for it.",
    ),
    (
        "two for all",
        lambda s, a: (2 / fan_in(s)) ** 0.5,
        "The factor of two makes up for what ReLU sets to zero. Do tanh and linear units need it?",
    ),
    (
        "two outside of the root",
        lambda s, a: gain(a) / fan_in(s) ** 0.5,
        "For ReLU the variance is doubled. What does that do to the deviation?",
    ),
    (
        "average of both fans",
        lambda s, a: (gain(a) * 2 / (s[0] + s[1] if len(s) == 2 else (s[0] + s[1]) * s[2] * s[3])) ** 0.5,
        "You average the numbers of inputs and outputs, as some papers do. Here only the inputs count.",
    ),
    (
        "first axis of filters",
        lambda s, a: (gain(a) / s[0]) ** 0.5,
        "You divide by the number of outputs. Which numbers does one output add up?",
    ),
    (
        "channels only",
        lambda s, a: (gain(a) / (s[0] if len(s) == 2 else s[1])) ** 0.5,
        "A filter looks at C channels of a whole window, not of one pixel.",
    ),
    (
        "window only",
        lambda s, a: (gain(a) / (s[0] if len(s) == 2 else s[2] * s[3])) ** 0.5,
        "A filter adds up the windows of all C channels, not of one.",
    ),
    (
        "filters times window",
        lambda s, a: (gain(a) / (s[0] if len(s) == 2 else s[0] * s[2] * s[3])) ** 0.5,
        "F is the number of outputs. What a single filter adds up doesn't depend on how many there are.",
    ),
    (
        "square windows",
        lambda s, a: (gain(a) / (s[0] if len(s) == 2 else s[1] * s[2] ** 2)) ** 0.5,
        "Windows need not be square: HH and WW are two numbers.",
    ),
    (
        "half for relu",
        lambda s, a: (1 / gain(a) / fan_in(s)) ** 0.5,
        "ReLU makes the signal smaller, so its weights have to be larger, not smaller.",
    ),
    (
        "always 0.01",
        lambda s, a: 0.01,
        "It is always the same number: what suits one width is wrong for another.",
    ),
    (
        "weights themselves",
        lambda s, a: weight_std(s, a) * np.random.default_rng(0).standard_normal(s),
        "These are weights. Asked for is one number, the deviation with which to draw them.",
    ),
]:
    wrong(STD, name, implementation, hint)

right(
    STD,
    "by prod",
    weight_std=lambda shape, activation: np.sqrt(
        {"relu": 2.0}.get(activation, 1.0) / np.prod(shape[1:] if len(shape) > 2 else shape[:1])
    ),
)
right(STD, "float32", weight_std=lambda shape, activation: np.float32(weight_std(shape, activation)))
right(
    STD,
    "an array without axes",
    weight_std=lambda shape, activation: np.asarray(weight_std(shape, activation)),
)


# --- batch norm, forward


def keep(p, m, running, batch):
    """Store the running averages as they should be."""
    for key, old, new in zip(("running_mean", "running_var"), running, batch, strict=True):
        p[key] = m * old + (1 - m) * new


def bn(
    store=keep,
    eps=None,
    momentum=None,
    ddof=0,
    inv=lambda v, e: 1 / np.sqrt(v + e),
    test_inv=None,
    scale=lambda hat, gamma, beta: gamma * hat + beta,
    test_scale=None,
    training=lambda p: p["mode"] == "train",
    statistics=None,
    before=lambda x, p: x,
    ignore_batch=False,
    result=lambda out: (out, None),
):
    """Batch norm of rows; each argument changes one thing."""

    def forward(x, gamma, beta, bn_param):
        with np.errstate(all="ignore"):
            p, is_training = bn_param, training(bn_param)
            x = before(x, p)
            e, m = eps or p.get("eps", 1e-5), momentum or p.get("momentum", 0.9)
            running = [p.get(key, np.zeros(x.shape[1])) for key in ("running_mean", "running_var")]
            batch = statistics(x) if statistics else (x.mean(0), x.var(0, ddof=min(ddof, len(x) - 1)))
            if is_training:
                store(p, m, running, batch)
            use_batch = is_training and not ignore_batch
            mean, var = batch if use_batch else running
            hat = (x - mean) * (inv if is_training else test_inv or inv)(var, e)
            return result((scale if is_training else test_scale or scale)(hat, gamma, beta))

    return forward


def swapped(p, m, running, batch):
    keep(p, 1 - m, running, batch)


def stores_with_eps(p, m, running, batch):
    keep(p, m, running, (batch[0], batch[1] + p.get("eps", 1e-5)))


def stores_deviation(p, m, running, batch):
    keep(p, m, running, (batch[0], np.sqrt(batch[1])))


def replaces(p, m, running, batch):
    keep(p, 0, running, batch)


def sums(p, m, running, batch):
    for key, old, new in zip(("running_mean", "running_var"), running, batch, strict=True):
        p[key] = old + (1 - m) * new


def stores_only_mean(p, m, running, batch):
    p["running_mean"] = m * running[0] + (1 - m) * batch[0]
    p["running_var"] = running[1]


def starts_at_the_first_batch(p, m, running, batch):
    keep(p, m, running if "running_mean" in p else batch, batch)


def starts_variance_at_one(p, m, running, batch):
    keep(p, m, running if "running_var" in p else (running[0], np.ones_like(batch[1])), batch)


def momentum_twice(p, m, running, batch):
    keep(p, m, [m * r for r in running], batch)


def unbiased_running(x, gamma, beta, bn_param):
    def store(p, m, running, batch):
        keep(p, m, running, (batch[0], batch[1] * len(x) / max(len(x) - 1, 1)))

    return bn(store)(x, gamma, beta, bn_param)


def updates_in_test_mode(x, gamma, beta, bn_param):
    out = bn()(x, gamma, beta, bn_param)
    if bn_param["mode"] == "test":
        keep(
            bn_param,
            bn_param.get("momentum", 0.9),
            (bn_param["running_mean"], bn_param["running_var"]),
            (x.mean(0), x.var(0)),
        )
    return out


def test_mode_in_place(x, gamma, beta, bn_param):
    if bn_param["mode"] == "train":
        return batchnorm_forward(x, gamma, beta, bn_param)
    x -= bn_param["running_mean"].astype(x.dtype)
    x /= np.sqrt(bn_param["running_var"] + bn_param.get("eps", 1e-5)).astype(x.dtype)
    return gamma * x + beta, None


def copies_the_parameters(x, gamma, beta, bn_param):
    return batchnorm_forward(x, gamma, beta, dict(bn_param))


def one_example_by_itself(x, gamma, beta, bn_param):
    if len(x) == 1 and bn_param["mode"] == "train":
        return gamma * x + beta, None
    return batchnorm_forward(x, gamma, beta, bn_param)


def by_mean_of_squares_in_float32(x):
    x = x.astype(np.float32)
    return x.mean(0), (x**2).mean(0) - x.mean(0) ** 2


NO_EPS = "eps is missing: a constant feature is divided by 0."
for name, implementation, hint in [
    (
        "test without gamma and beta",
        bn(test_scale=lambda h, g, b: h),
        "In test mode gamma and beta are missing: they are part of the layer in both modes.",
    ),
    ("test without gamma", bn(test_scale=lambda h, g, b: h + b), "In test mode the scale gamma is missing."),
    ("test without beta", bn(test_scale=lambda h, g, b: g * h), "In test mode the shift beta is missing."),
    (
        "never gamma and beta",
        bn(scale=lambda h, g, b: h),
        "The output is standardised, but not yet scaled by gamma and shifted by beta.",
    ),
    ("never beta", bn(scale=lambda h, g, b: g * h), "The shift beta is missing."),
    (
        "gamma and beta swapped",
        bn(scale=lambda h, g, b: b * h + g),
        "gamma and beta have changed places: which one multiplies?",
    ),
    (
        "beta before gamma",
        bn(scale=lambda h, g, b: g * (h + b)),
        "You shift before you scale, so that beta is multiplied as well.",
    ),
    (
        "eps outside of the root",
        bn(inv=lambda v, e: 1 / (np.sqrt(v) + e)),
        "eps belongs inside the root, beside the variance.",
    ),
    ("no eps", bn(inv=lambda v, e: 1 / np.sqrt(v)), NO_EPS),
    (
        "no eps in test mode",
        bn(test_inv=lambda v, e: 1 / np.sqrt(v)),
        "In test mode eps is missing under the root.",
    ),
    (
        "eps by maximum",
        bn(inv=lambda v, e: 1 / np.sqrt(np.maximum(v, e))),
        "eps is added to the variance, always, not only where the variance is smaller.",
    ),
    (
        "eps squared",
        bn(inv=lambda v, e: 1 / np.sqrt(v + e**2)),
        "Under the root stands eps itself, not its square.",
    ),
    (
        "by variance",
        bn(inv=lambda v, e: 1 / (v + e)),
        "You divide by the variance. The deviation is its root.",
    ),
    ("ddof 1", bn(ddof=1), "The variance is divided by N - 1 somewhere. Here it is N everywhere."),
    (
        "running ddof 1",
        unbiased_running,
        "The variance that goes into the running average is divided by N - 1: here it is N there, too.",
    ),
    ("eps in running_var", bn(stores_with_eps), "eps has got into running_var: store the variance as it is."),
    (
        "deviation in running_var",
        bn(stores_deviation),
        "running_var holds deviations. It should hold variances.",
    ),
    (
        "never stored",
        bn(lambda p, m, r, b: None),
        "The running averages never change: store both in bn_param in training mode, the caller's own, "
        "not a copy.",
    ),
    (
        "dictionary copied",
        copies_the_parameters,
        "The running averages never change: store both in bn_param in training mode, the caller's own, "
        "not a copy.",
    ),
    (
        "only the mean stored",
        bn(stores_only_mean),
        "running_var is not updated: it needs the same average as running_mean.",
    ),
    (
        "momentum swapped",
        bn(swapped),
        "momentum says how much of the old average is KEPT. The batch gets the rest.",
    ),
    (
        "replaced",
        bn(replaces),
        "The last batch replaces the running average: mix it with what was there before.",
    ),
    (
        "summed",
        bn(sums),
        "The old average is kept whole, so that the sum grows and grows: it keeps only its share, momentum.",
    ),
    (
        "first batch",
        bn(starts_at_the_first_batch),
        "Missing running averages begin at zeros, not at the first batch.",
    ),
    (
        "variance begins at one",
        bn(starts_variance_at_one),
        "A missing running_var begins at zeros, not at ones.",
    ),
    ("momentum twice", bn(momentum_twice), "The old average is multiplied by momentum twice."),
    ("momentum fixed", bn(momentum=0.9), "momentum is always 0.9: take what bn_param says."),
    ("eps fixed", bn(eps=1e-5), "eps is always 1e-5: take what bn_param says."),
    (
        "running averages in training",
        bn(ignore_batch=True),
        "In training mode the mini-batch's own mean and variance normalise it, not the running averages.",
    ),
    (
        "test mode by batch",
        bn(
            training=lambda p: True,
            store=lambda p, m, r, b: keep(p, m, r, b) if p["mode"] == "train" else None,
        ),
        "In test mode you use the mini-batch's statistics: an example's output must not depend on its "
        "neighbours.",
    ),
    (
        "updates in test mode",
        updates_in_test_mode,
        "The running averages change in test mode. Only training may do that.",
    ),
    (
        "keepdims",
        bn(lambda p, m, r, b: keep(p, m, r, [v[None] for v in b])),
        "Your running averages have the shape (1, D), asked for is (D,).",
    ),
    (
        "over the features",
        bn(
            statistics=lambda x: (x.mean(1, keepdims=True), x.var(1, keepdims=True)),
            store=lambda p, m, r, b: None,
        ),
        "The mean is taken over the features of an example. Batch norm's is over the examples: which "
        "axis is that?",
    ),
    (
        "over everything",
        bn(statistics=lambda x: (np.full(x.shape[1], x.mean()), np.full(x.shape[1], x.var()))),
        "One mean for the whole array: each feature has a mean of its own.",
    ),
    (
        "in place",
        test_mode_in_place,
        "You change the caller's x in test mode: x - mean makes a new array, x -= mean does not.",
    ),
    (
        "one example",
        one_example_by_itself,
        "A mini-batch of one is no special case: its variance is 0, and beta comes out.",
    ),
    (
        "variance not centred",
        bn(statistics=lambda x: (x.mean(0), (x**2).mean(0))),
        "The variance is the mean square of x minus its mean, not of x.",
    ),
    (
        "mean of squares in float32",
        bn(statistics=by_mean_of_squares_in_float32),
        "Far from zero, the mean of squares minus the square of the mean loses all its digits: "
        "subtract the mean first.",
    ),
    ("only out", bn(result=lambda out: out), "Return two things, out and a cache for the backward pass."),
]:
    wrong(BN, name, implementation, hint)


def bn_by_loops(x, gamma, beta, bn_param):
    out, eps, m = np.empty_like(x), bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = np.array(bn_param.get("running_mean", np.zeros(D)), dtype=float)
    running_var = np.array(bn_param.get("running_var", np.zeros(D)), dtype=float)
    for d in range(D):
        mean, var = running_mean[d], running_var[d]
        if bn_param["mode"] == "train":
            mean = sum(x[:, d]) / N
            var = sum((x[:, d] - mean) ** 2) / N
            running_mean[d] = m * running_mean[d] + (1 - m) * mean
            running_var[d] = m * running_var[d] + (1 - m) * var
        for n in range(N):
            out[n, d] = gamma[d] * (x[n, d] - mean) / np.sqrt(var + eps) + beta[d]
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, (x, gamma)


def bn_with_dict(x, gamma, beta, bn_param, axis=0):
    """With a dictionary as cache, running averages changed in place, and extra keys in bn_param."""
    mode, eps = bn_param["mode"], bn_param.setdefault("eps", 1e-5)
    momentum = bn_param.setdefault("momentum", 0.9)
    mean = bn_param.setdefault("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    var = bn_param.setdefault("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if mode == "test":
        return (x - mean) / np.sqrt(var + eps) * gamma + beta, {}
    mu, sigma2 = np.average(x, axis=axis), np.var(x, axis=axis)
    mean *= momentum
    mean += ((1 - momentum) * mu).astype(mean.dtype)
    var *= momentum
    var += ((1 - momentum) * sigma2).astype(var.dtype)
    bn_param["last_mean"] = mu
    cache = {"x": x, "mu": mu, "std": np.sqrt(sigma2 + eps), "gamma": gamma}
    return (x - mu) / cache["std"] * gamma + beta, cache


def bn_back_with_dict(dout, cache):
    x_hat = (cache["x"] - cache["mu"]) / cache["std"]
    N = dout.shape[0]
    g = dout * cache["gamma"]
    dx = (N * g - np.sum(g, axis=0) - x_hat * np.sum(g * x_hat, axis=0)) / (N * cache["std"])
    return dx, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)


def bn_with_list(x, gamma, beta, bn_param):
    """A list as cache, of padded and flattened things."""
    out, _ = batchnorm_forward(x, gamma, beta, bn_param)
    return out, [x, gamma, bn_param.get("eps", 1e-5), "train"]


def bn_back_with_list(dout, cache):
    """By the Jacobian of each feature: slow, and right."""
    x, gamma, eps, _ = cache
    N = len(x)
    mu, std = x.mean(0), np.sqrt(x.var(0) + eps)
    hat, dx = (x - mu) / std, np.zeros(x.shape)
    for d in range(x.shape[1]):
        jacobian = (np.eye(N) - 1 / N - np.outer(hat[:, d], hat[:, d]) / N) * gamma[d] / std[d]
        dx[:, d] = jacobian.T @ dout[:, d]
    return [dx, (dout * hat).sum(0), dout.sum(0)]


def bn_back_early_mean(dout, cache):
    """The mean path before the variance path, whose own mean is 0 anyway."""
    c = cache.x - cache.mean
    s, N = cache.inv_std, len(dout)
    g = dout * cache.gamma
    dmean = -np.sum(g * s, axis=0)
    dvar = np.sum(g * c, axis=0) * -0.5 * s**3
    return g * s + dvar * 2 * c / N + dmean / N, (dout * c * s).sum(0), np.ones(N, dout.dtype) @ dout


right(BN, "by loops", batchnorm_forward=bn_by_loops)
right(BN, "dictionary as cache", batchnorm_forward=bn_with_dict)
right(BN, "list as cache", batchnorm_forward=bn_with_list)
for function in (BACK, SHORT):
    right(function, "dictionary as cache", **{BN: bn_with_dict, function: bn_back_with_dict})
    right(function, "list as cache", **{BN: bn_with_list, function: bn_back_with_list})
    right(function, "mean path first", **{function: bn_back_early_mean})


# --- backward passes of all norms


def back(view, dx=None, dgamma=None, dbeta=None, order=(0, 1, 2)):
    """A backward pass with one part changed; view makes (names of) its parts from dout and cache."""

    def backward(dout, cache):
        with np.errstate(all="ignore"):
            p = view(dout, cache)
            results = (
                (dx or right_dx)(p),
                (dgamma or (lambda p: p.total(p.dout * p.hat)))(p),
                (dbeta or (lambda p: p.total(p.dout)))(p),
            )
            shaped = (p.like_x(results[0]), p.like_gamma(results[1]), p.like_gamma(results[2]))
            return tuple(shaped[i] for i in order)

    return backward


def right_dx(p):
    return p.s * (p.g - p.mean(p.g) - p.hat * p.mean(p.g * p.hat))


def same(values):
    return values


def rows_view(dout, cache):
    """Batch norm of rows: means over axis 0."""
    c, s = cache.x - cache.mean, cache.inv_std
    return SimpleNamespace(
        dout=dout, gamma=cache.gamma, g=dout * cache.gamma, c=c, s=s, hat=c * s, x=cache.x, n=len(dout),
        mean=lambda a: a.mean(0), total=lambda a: a.sum(0), like_x=same, like_gamma=same,
    )  # fmt: skip


def layer_view(dout, cache):
    """Layer norm: means over axis 1."""
    hat, s = cache.x_hat[:, 0], cache.inv_std[:, 0]
    return SimpleNamespace(
        dout=dout, gamma=cache.gamma, g=dout * cache.gamma, c=hat / s, s=s, hat=hat, n=dout.shape[1],
        mean=lambda a: a.mean(1, keepdims=True), total=lambda a: a.sum(0), like_x=same, like_gamma=same,
    )  # fmt: skip


def spatial_view(dout, cache):
    """Spatial batch norm: means over examples and places."""
    wide = [np.reshape(v, (-1, 1, 1)) for v in (cache.mean, cache.inv_std, cache.gamma)]
    c, s, axes = cache.x - wide[0], wide[1], (0, 2, 3)
    return SimpleNamespace(
        dout=dout, gamma=wide[2], g=dout * wide[2], c=c, s=s, hat=c * s, x=cache.x,
        n=dout[:, 0].size, mean=lambda a: a.mean(axes, keepdims=True), total=lambda a: a.sum(axes),
        like_x=same, like_gamma=same,
    )  # fmt: skip


def group_view(dout, cache):
    """Group norm: means within each group; everything as (N, C, H, W)."""
    N, G, size = cache.x_hat.shape
    hat = cache.x_hat.reshape(dout.shape)
    s = np.broadcast_to(cache.inv_std, cache.x_hat.shape).reshape(dout.shape)

    def mean(a):
        within = a.reshape(N, G, size).mean(2, keepdims=True)
        return np.broadcast_to(within, (N, G, size)).reshape(dout.shape)

    return SimpleNamespace(
        dout=dout, gamma=cache.gamma, g=dout * cache.gamma, c=hat / s, s=s, hat=hat, n=size, groups=G,
        mean=mean, total=lambda a: a.sum((0, 2, 3), keepdims=True), like_x=same, like_gamma=same,
    )  # fmt: skip


def corrected(p, count):
    """The right dx but with sums divided by another number."""
    factor = p.n / count
    return p.s * (p.g - factor * p.mean(p.g) - factor * p.hat * p.mean(p.g * p.hat))


WHAT = {
    BACK: "the batch",
    SHORT: "the batch",
    LN_BACK: "the features",
    SPATIAL_BACK: "the batch",
    GN_BACK: "the group",
}
VIEWS = {
    BACK: rows_view,
    SHORT: rows_view,
    LN_BACK: layer_view,
    SPATIAL_BACK: spatial_view,
    GN_BACK: group_view,
}
PARTS = [
    (
        "variance path dropped",
        {"dx": lambda p: p.s * (p.g - p.mean(p.g))},
        "In dx the part that comes through the variance is missing: x has an influence on the "
        "deviation, too.",
    ),
    (
        "mean path dropped",
        {"dx": lambda p: p.s * (p.g - p.hat * p.mean(p.g * p.hat))},
        "In dx the part that comes through the mean is missing: over {what}, dx has to add up to 0.",
    ),
    (
        "both paths dropped",
        {"dx": lambda p: p.s * p.g},
        "You take mean and deviation for constants. They are made of x, and hand gradients back to it.",
    ),
    (
        "gamma forgotten",
        {"dx": lambda p: p.s * (p.dout - p.mean(p.dout) - p.hat * p.mean(p.dout * p.hat))},
        "dx lacks gamma: what is the gradient of x_hat, if out = gamma * x_hat + beta?",
    ),
    (
        "by variance",
        {"dx": lambda p: p.s * right_dx(p)},
        "dx is divided by the variance. Where would a second deviation come from?",
    ),
    (
        "not by deviation",
        {"dx": lambda p: right_dx(p) / p.s},
        "dx is not divided by the deviation, although x_hat is.",
    ),
    (
        "sign of the variance path",
        {"dx": lambda p: p.s * (p.g - p.mean(p.g) + p.hat * p.mean(p.g * p.hat))},
        "The part that comes through the variance has the wrong sign: a larger deviation makes x_hat "
        "smaller.",
    ),
    (
        "sign of the mean path",
        {"dx": lambda p: p.s * (p.g + p.mean(p.g) - p.hat * p.mean(p.g * p.hat))},
        "The part that comes through the mean has the wrong sign: a larger mean makes x - mean smaller.",
    ),
    (
        "sums for means",
        {"dx": lambda p: corrected(p, 1 if p.n > 1 else 0.5)},
        "dx holds sums where means belong: what does a mean hand back to each of its numbers?",
    ),
    (
        "one less",
        {"dx": lambda p: corrected(p, max(p.n - 1, 1) if p.n > 1 else 0.5)},
        "A mean is divided by one less than the count of its numbers. Forward divides by all of them, "
        "so backward does.",
    ),
    (
        "variance path without its two",
        {"dx": lambda p: p.s * (p.g - p.mean(p.g) - p.hat * p.mean(p.g * p.hat) / 2)},
        "The part that comes through the variance is half of what it should be: the derivative of a square.",
    ),
    (
        "power of s",
        {"dx": lambda p: p.s * (p.g - p.mean(p.g) - p.c * p.mean(p.g * p.hat))},
        "Through the variance there is one deviation too few or too many: the derivative of (v + eps) "
        "** (-1/2) again.",
    ),
    (
        "eps lost",
        {"dx": lambda p: right_dx(p) / p.s / np.sqrt(1 / p.s**2 - lost_eps(p))},
        "The deviation in dx has lost its eps: it has to be the very one that forward divided by.",
    ),
    (
        "dgamma of the centred x",
        {"dgamma": lambda p: p.total(p.dout * p.c)},
        "dgamma is taken with x minus its mean. gamma multiplies x_hat, which is divided by the "
        "deviation as well.",
    ),
    (
        "dgamma like dbeta",
        {"dgamma": lambda p: p.total(p.dout)},
        "dgamma looks like dbeta: what does gamma multiply?",
    ),
    (
        "dgamma with gamma",
        {"dgamma": lambda p: p.total(p.dout * p.gamma * p.hat)},
        "dgamma contains gamma: differentiate gamma * x_hat with respect to gamma.",
    ),
    (
        "dbeta with gamma",
        {"dbeta": lambda p: p.total(p.g)},
        "dbeta contains gamma: beta is added after gamma has multiplied.",
    ),
    (
        "dbeta averaged",
        {"dbeta": lambda p: p.total(p.dout) / 3},
        "dbeta is a mean or another fraction of the sum. Every example hands its gradient to beta, so "
        "they add up.",
    ),
    (
        "dgamma and dbeta swapped",
        {"order": (0, 2, 1)},
        "dgamma and dbeta have changed places in what you return.",
    ),
    ("dx by parts", {"order": (1, 0, 2)}, "The order of what you return is dx, dgamma, dbeta."),
]


def lost_eps(p):
    """What stands beside the variance under the root."""
    return 1 / p.s**2 - p.mean(p.c**2)


def averaged(p):
    return p.total(p.dout) / (p.dout.size / np.size(p.total(p.dout)))


for function, view in VIEWS.items():
    for name, changes, hint in PARTS:
        changes = {"dbeta": averaged} if name == "dbeta averaged" else changes
        wrong(function, name, back(view, **changes), hint.format(what=WHAT[function]))


def changes_dout(function):
    """Backward that multiplies the caller's dout in place."""

    def backward(dout, cache):
        results = function(dout, cache)
        dout *= 2
        return results

    return backward


IN_PLACE = "You change the caller's dout: dout *= gamma writes into it, dout * gamma makes a new array."
for function in VIEWS:
    wrong(function, "changes dout", changes_dout(catalogue.solution[function]), IN_PLACE)
for function in (BACK, SHORT):
    wrong(
        function,
        "dgamma of x",
        back(rows_view, dgamma=lambda p: p.total(p.dout * p.x)),
        "dgamma is taken with x. What gamma multiplies is x_hat.",
    )
    wrong(
        function,
        "dgamma not summed",
        back(rows_view, dgamma=lambda p: p.dout * p.hat),
        "dgamma has a row for each example. gamma is shared by all of them: add up.",
    )
    wrong(
        function,
        "dbeta not summed",
        back(rows_view, dbeta=lambda p: p.dout),
        "dbeta has a row for each example. beta is shared by all of them: add up.",
    )
    wrong(
        function,
        "sums over the features",
        back(
            rows_view,
            dx=lambda p: (
                p.s * (p.g - p.g.mean(1, keepdims=True) - p.hat * (p.g * p.hat).mean(1, keepdims=True))
            ),
        ),
        "The means in dx run over the features. In batch norm it is the examples that share a mean.",
    )

for name, changes, hint in [
    (
        "by the number of examples",
        {"dx": lambda p: corrected(p, len(p.dout)) if len(p.dout) != p.n else right_dx(p)},
        "You divide by N, the number of examples. Here D features share a mean.",
    ),
    (
        "gamma outside",
        {"dx": lambda p: p.gamma * p.s * (p.dout - p.mean(p.dout) - p.hat * p.mean(p.dout * p.hat))},
        "gamma can't be taken out of the bracket: it differs from feature to feature, so it belongs "
        "into the means.",
    ),
    (
        "means over the batch",
        {"dx": lambda p: p.s * (p.g - p.g.mean(0) - p.hat * (p.g * p.hat).mean(0))},
        "The means in dx run over the batch. In layer norm it is the features of an example that share one.",
    ),
    (
        "dgamma along the features",
        {"dgamma": lambda p: (p.dout * p.hat).sum(1)},
        "dgamma has a number for each example. There is one gamma for each feature: over what do you sum?",
    ),
    (
        "dbeta along the features",
        {"dbeta": lambda p: p.dout.sum(1)},
        "dbeta has a number for each example. There is one beta for each feature: over what do you sum?",
    ),
    (
        "dgamma not summed",
        {"dgamma": lambda p: p.dout * p.hat},
        "dgamma has a row for each example: all examples share gamma, so add up.",
    ),
]:
    wrong(LN_BACK, name, back(layer_view, **changes), hint)

for name, changes, hint in [
    (
        "N for N H W",
        {"dx": lambda p: corrected(p, len(p.dout))},
        "The means in dx are divided by N alone. N * H * W numbers share one mean.",
    ),
    (
        "H W for N H W",
        {"dx": lambda p: corrected(p, p.dout[0, 0].size) if len(p.dout) > 1 else right_dx(p)},
        "The means in dx are divided by H * W. The examples share a mean as well: N * H * W numbers.",
    ),
    (
        "means of each picture",
        {
            "dx": lambda p: (
                p.s
                * (p.g - p.g.mean((2, 3), keepdims=True) - p.hat * (p.g * p.hat).mean((2, 3), keepdims=True))
            )
        },
        "The means in dx are taken for each picture by itself. All pictures share them.",
    ),
    (
        "means of each place",
        {"dx": lambda p: p.s * (p.g - p.g.mean(0) - p.hat * (p.g * p.hat).mean(0))},
        "The means in dx are taken for each place by itself. All places share them.",
    ),
    (
        "dgamma of one axis",
        {"dgamma": lambda p: (p.dout * p.hat).sum(0)},
        "dgamma is summed over the examples only. A channel's gamma is used at all places, too.",
    ),
    (
        "dbeta averaged over places",
        {"dbeta": lambda p: p.dout.mean((2, 3)).sum(0)},
        "dbeta is a mean over the places. They add up, as the examples do.",
    ),
    (
        "wide gradients",
        {"dgamma": lambda p: p.total(p.dout * p.hat).reshape(1, -1, 1, 1)},
        "dgamma has the shape (1, C, 1, 1), asked for is (C,).",
    ),
]:
    wrong(SPATIAL_BACK, name, back(spatial_view, **changes), hint)


def without_transpose(dout, cache):
    C = dout.shape[1]
    rows = cache._replace(x=cache.x.transpose(0, 2, 3, 1).reshape(-1, C), axes=(0,))
    dx, dgamma, dbeta = batchnorm_backward(dout.reshape(-1, C), rows)
    return dx.reshape(dout.shape), dgamma, dbeta


def without_way_back(dout, cache):
    dx, dgamma, dbeta = spatial_batchnorm_backward(dout, cache)
    return dx.transpose(0, 2, 3, 1).reshape(dout.shape), dgamma, dbeta


wrong(
    SPATIAL_BACK,
    "reshape for transpose",
    without_transpose,
    "dout is cut anew by reshape, but its axes are not moved: bring the channels to the end with "
    "transpose first.",
)
wrong(
    SPATIAL_BACK,
    "not moved back",
    without_way_back,
    "dx is reshaped to (N, C, H, W), but its channels are still last: first (N, H, W, C), then transpose.",
)

for name, changes, hint in [
    (
        "gamma outside",
        {"dx": lambda p: p.gamma * p.s * (p.dout - p.mean(p.dout) - p.hat * p.mean(p.dout * p.hat))},
        "gamma can't be taken out of the bracket: it differs within a group, so it belongs into the means.",
    ),
    (
        "count of the whole picture",
        {"dx": lambda p: corrected(p, p.dout[0].size) if p.groups > 1 else corrected(p, 2 * p.n)},
        "The means in dx are divided by too large a number: a group has C / G * H * W of them.",
    ),
    (
        "means of the whole picture",
        {
            "dx": lambda p: (
                p.s
                * (
                    p.g
                    - p.g.mean((1, 2, 3), keepdims=True)
                    - p.hat * (p.g * p.hat).mean((1, 2, 3), keepdims=True)
                )
            )
        },
        "The means in dx run over the whole picture: each group has its own.",
    ),
    (
        "means of each channel",
        {
            "dx": lambda p: (
                p.s
                * (p.g - p.g.mean((2, 3), keepdims=True) - p.hat * (p.g * p.hat).mean((2, 3), keepdims=True))
            )
        },
        "The means in dx run over one channel: all channels of a group share one.",
    ),
    (
        "means over the batch",
        {
            "dx": lambda p: (
                p.s
                * (
                    p.g
                    - p.g.mean((0, 2, 3), keepdims=True)
                    - p.hat * (p.g * p.hat).mean((0, 2, 3), keepdims=True)
                )
            )
        },
        "The means in dx run over the batch: in group norm each picture is by itself.",
    ),
    (
        "dgamma of each example",
        {"dgamma": lambda p: (p.dout * p.hat).sum((2, 3), keepdims=True)},
        "dgamma has a number for each picture. All pictures share gamma: add up over them, too.",
    ),
    (
        "dgamma flat",
        {"dgamma": lambda p: p.total(p.dout * p.hat).ravel(), "dbeta": lambda p: p.total(p.dout).ravel()},
        "dgamma and dbeta have the shape (C,), asked for is (1, C, 1, 1): keepdims.",
    ),
    (
        "one dgamma",
        {"dgamma": lambda p: np.full((1, p.dout.shape[1], 1, 1), (p.dout * p.hat).sum())},
        "dgamma is the same number for all channels: do you sum over the channels, too?",
    ),
]:
    wrong(GN_BACK, name, back(group_view, **changes), hint)


# --- layer norm, forward


def ln(
    axis=1,
    eps=None,
    inv=lambda v, e: 1 / np.sqrt(v + e),
    scale=lambda h, g, b: g * h + b,
    ddof=0,
    variance=None,
    needs=None,
    result=lambda out: (out, None),
    centre=True,
    inplace=False,
):
    """Layer norm with one thing changed."""

    def forward(x, gamma, beta, ln_param):
        with np.errstate(all="ignore"):
            e = eps or ln_param.get("eps", 1e-5)
            if needs:
                needs(ln_param)
            mean = x.mean(axis, keepdims=True)
            var = variance(x) if variance else x.var(axis, ddof=min(ddof, x.shape[1] - 1), keepdims=True)
            centred = x - mean if centre else x
            if inplace:
                x -= mean
            return result(scale(centred * inv(var, e), gamma, beta))

    return forward


def ln_running(x, gamma, beta, ln_param):
    if ln_param.get("mode") == "test":
        return gamma * x + beta, None
    return layernorm_forward(x, gamma, beta, ln_param)


for name, implementation, hint in [
    (
        "over the batch",
        ln(axis=0),
        "Mean and variance are taken over the batch, as in batch norm. Here each example is by itself.",
    ),
    ("over everything", ln(axis=None), "One mean for the whole array: each example has a mean of its own."),
    (
        "eps outside of the root",
        ln(inv=lambda v, e: 1 / (np.sqrt(v) + e)),
        "eps belongs inside the root, beside the variance.",
    ),
    (
        "no eps",
        ln(inv=lambda v, e: 1 / np.sqrt(v)),
        "eps is missing: an example with equal features is divided by 0.",
    ),
    ("eps fixed", ln(eps=1e-5), "eps is always 1e-5: take what ln_param says."),
    (
        "eps 1e-8",
        ln(inv=lambda v, e: 1 / np.sqrt(v + (e if e != 1e-5 else 1e-8))),
        "If ln_param holds no eps, it is 1e-5.",
    ),
    (
        "by variance",
        ln(inv=lambda v, e: 1 / (v + e)),
        "You divide by the variance. The deviation is its root.",
    ),
    ("ddof 1", ln(ddof=1), "The variance is divided by D - 1. Here it is D."),
    (
        "no gamma and beta",
        ln(scale=lambda h, g, b: h),
        "The output is standardised, but not yet scaled by gamma and shifted by beta.",
    ),
    ("no beta", ln(scale=lambda h, g, b: g * h), "The shift beta is missing."),
    (
        "beta before gamma",
        ln(scale=lambda h, g, b: g * (h + b)),
        "You shift before you scale, so that beta is multiplied as well.",
    ),
    (
        "gamma and beta swapped",
        ln(scale=lambda h, g, b: b * h + g),
        "gamma and beta have changed places: which one multiplies?",
    ),
    (
        "needs a mode",
        ln(needs=lambda p: p["mode"]),
        "ln_param may be empty: layer norm has no modes, so don't ask for one.",
    ),
    (
        "test mode",
        ln_running,
        "There is no test mode in layer norm: an example is normalised by its own numbers, always.",
    ),
    ("not centred", ln(centre=False), "The mean is not subtracted from x."),
    (
        "variance over the batch",
        ln(variance=lambda x: x.var(0)),
        "The mean is that of an example, but the variance is that of a feature: both along the same axis.",
    ),
    (
        "mean of squares",
        ln(variance=lambda x: (x**2).mean(1, keepdims=True)),
        "The variance is the mean square of x minus its mean, not of x.",
    ),
    ("only out", ln(result=lambda out: out), "Return two things, out and a cache for the backward pass."),
    ("transposed", ln(result=lambda out: (out.T, None)), "out is transposed: it should have the shape of x."),
    (
        "in place",
        ln(inplace=True),
        "You change the caller's x: x - mean makes a new array, x -= mean does not.",
    ),
]:
    wrong(LN, name, implementation, hint)


def ln_by_batchnorm(x, gamma, beta, ln_param):
    """Batch norm on its side."""
    D, N = x.T.shape
    eps = ln_param.get("eps", 1e-5)
    out, cache = batchnorm_forward(x.T, np.ones(N), np.zeros(N), {"mode": "train", "eps": eps})
    return gamma * out.T + beta, {"cache": cache, "x_hat": out.T, "gamma": gamma, "D": D}


def ln_back_by_batchnorm(dout, cache):
    dx, _, _ = batchnorm_backward((dout * cache["gamma"]).T, cache["cache"])
    return dx.T, np.einsum("nd,nd->d", dout, cache["x_hat"]), dout.sum(0)


def ln_by_loops(x, gamma, beta, ln_param):
    rows, stds, eps = [], [], ln_param.get("eps", 1e-5)
    for row in x:
        stds.append(np.sqrt(np.mean((row - np.mean(row)) ** 2) + eps))
        rows.append((row - np.mean(row)) / stds[-1])
    return np.array(rows) * gamma + beta, (np.array(rows), stds, gamma)


def ln_back_by_loops(dout, cache):
    hats, stds, gamma = cache
    D, dx = dout.shape[1], []
    for row, hat, std in zip(dout, hats, stds, strict=True):
        g = row * gamma
        dx.append((D * g - g.sum() - hat * (g * hat).sum()) / (D * std))
    return np.array(dx), (dout * hats).sum(axis=0), dout.sum(axis=0)


right(LN, "by batch norm", layernorm_forward=ln_by_batchnorm)
right(LN, "by loops", layernorm_forward=ln_by_loops)
right(
    LN,
    "as group norm",
    layernorm_forward=lambda x, gamma, beta, p: tuple(
        part.reshape(x.shape) if isinstance(part, np.ndarray) else part
        for part in spatial_groupnorm_forward(
            x[:, :, None, None], gamma[None, :, None, None], beta[None, :, None, None], 1, p
        )
    ),
)
right(LN_BACK, "by batch norm", layernorm_forward=ln_by_batchnorm, layernorm_backward=ln_back_by_batchnorm)
right(LN_BACK, "by loops", layernorm_forward=ln_by_loops, layernorm_backward=ln_back_by_loops)
right(LN_BACK, "by formula", layernorm_backward=back(layer_view))


# --- images, forward


def pixels(x):
    """Every pixel as a row of channels."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def picture(rows, shape):
    """The way back from `pixels`."""
    N, C, H, W = shape
    return rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)


def spatial(inner=batchnorm_forward, to_rows=pixels, to_picture=picture, change=lambda p: p):
    """Spatial batch norm by way of a function for rows."""

    def forward(x, gamma, beta, bn_param):
        out = inner(to_rows(x), gamma, beta, change(bn_param))[0]
        return to_picture(out, x.shape), None

    return forward


def shared_parameters(x, gamma, beta, bn_param):
    """Each channel is normalised by a call of its own, with one bn_param for all."""
    if bn_param["mode"] == "test":
        return spatial_batchnorm_forward(x, gamma, beta, bn_param)
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        param = {k: v for k, v in bn_param.items() if not k.startswith("running")} | {
            k: np.asarray(v)[c : c + 1] if k.startswith("running") and len(v) > c else np.asarray(v)[:1]
            for k, v in bn_param.items()
            if k.startswith("running")
        }
        rows, _ = batchnorm_forward(x[:, c].reshape(-1, 1), gamma[c : c + 1], beta[c : c + 1], param)
        out[:, c] = rows.reshape(x[:, c].shape)
    bn_param.update(param)
    return out, None


def by_axes(axes):
    """Statistics over other axes; the running averages as they should be."""

    def forward(x, gamma, beta, bn_param):
        if bn_param["mode"] == "test":
            return spatial_batchnorm_forward(x, gamma, beta, bn_param)
        spatial_batchnorm_forward(x, gamma, beta, bn_param)
        var = x.var(axes, keepdims=True)
        hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(var + bn_param.get("eps", 1e-5))
        return gamma[:, None, None] * hat + beta[:, None, None], None

    return forward


def wide_running(x, gamma, beta, bn_param):
    flat = {k: np.ravel(v) if k.startswith("running") else v for k, v in bn_param.items()}
    out, cache = spatial_batchnorm_forward(x, gamma, beta, flat)
    if flat["mode"] == "train":
        bn_param.update({k: v.reshape(1, -1, 1, 1) for k, v in flat.items() if k.startswith("running")})
    return out, cache


def x_in_place(function):
    """A forward function that changes the caller's x."""

    def forward(x, *arguments):
        results = function(x, *arguments)
        x *= 2
        return results

    return forward


for name, implementation, hint in [
    (
        "reshape for transpose",
        spatial(to_rows=lambda x: x.reshape(-1, x.shape[1]), to_picture=lambda r, s: r.reshape(s)),
        "reshape alone does not move the channels to the end: it cuts the numbers anew in the order in "
        "which they lie. Use transpose.",
    ),
    (
        "not moved back",
        spatial(to_picture=lambda r, s: r.reshape(s)),
        "out is reshaped to (N, C, H, W), but its channels are still last: first (N, H, W, C), then "
        "transpose.",
    ),
    (
        "channels still last",
        spatial(to_picture=lambda r, s: r.reshape(s[0], s[2], s[3], s[1])),
        "out has its channels at the end: move them back to where they were.",
    ),
    (
        "instance norm",
        by_axes((2, 3)),
        "Each picture is normalised by itself: that is instance norm. All pictures of the batch share "
        "a channel's mean.",
    ),
    ("each place", by_axes((0,)), "Each place has a mean of its own. All places of a channel share one."),
    (
        "layer norm",
        by_axes((1, 2, 3)),
        "Each picture has one mean for all channels. It should be one for each channel, over the "
        "whole batch.",
    ),
    (
        "one mean for all",
        by_axes((0, 1, 2, 3)),
        "There is one mean for all channels: each channel has its own.",
    ),
    (
        "one bn_param for all channels",
        shared_parameters,
        "The channels are normalised one by one and overwrite each other's running averages.",
    ),
    (
        "running averages lost",
        spatial(change=dict),
        "The running averages don't reach the caller's bn_param: hand on bn_param itself, not a copy.",
    ),
    (
        "no test mode",
        spatial(change=lambda p: p | {"mode": "train"} if p["mode"] == "test" else p),
        "In test mode the batch's own statistics are used: hand the mode on.",
    ),
    ("eps fixed", spatial(bn(eps=1e-5)), "eps is always 1e-5: take what bn_param says."),
    ("momentum fixed", spatial(bn(momentum=0.9)), "momentum is always 0.9: take what bn_param says."),
    (
        "running averages four-dimensional",
        wide_running,
        "Your running averages have the shape (1, C, 1, 1), asked for is (C,).",
    ),
    ("gamma ignored", spatial(bn(scale=lambda h, g, b: h + b)), "The scale gamma is missing."),
    (
        "ddof 1",
        spatial(bn(ddof=1)),
        "The variance is divided by one less than the count of its numbers. Here it is by all of them.",
    ),
    (
        "H and W exchanged",
        spatial(to_rows=lambda x: pixels(x.transpose(0, 1, 3, 2)), to_picture=lambda r, s: picture(r, s)),
        "Height and width are exchanged on the way there or back: both ways in the same order.",
    ),
    ("changes x", x_in_place(spatial_batchnorm_forward), "You change the caller's x."),
]:
    wrong(SPATIAL, name, implementation, hint)


def spatial_by_axes(x, gamma, beta, bn_param):
    """Without the function for rows."""
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    var = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "train":
        batch = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        bn_param["running_mean"], bn_param["running_var"] = (
            m * a + (1 - m) * b for a, b in zip((mean, var), batch, strict=True)
        )
        mean, var = batch
    wide = [v.reshape(1, -1, 1, 1) for v in (mean, var, gamma, beta)]
    hat = (x - wide[0]) / np.sqrt(wide[1] + eps)
    return wide[2] * hat + wide[3], {"hat": hat, "std": np.sqrt(wide[1] + eps), "gamma": wide[2]}


def spatial_back_by_axes(dout, cache):
    hat, axes, count = cache["hat"], (0, 2, 3), dout[:, 0].size
    dbeta, dgamma = dout.sum(axis=axes), (dout * hat).sum(axis=axes)
    means = [v.reshape(1, -1, 1, 1) / count for v in (dbeta, dgamma)]
    return cache["gamma"] / cache["std"] * (dout - means[0] - hat * means[1]), dgamma, dbeta


def spatial_by_rows(x, gamma, beta, bn_param):
    out, cache = bn_with_dict(pixels(x), gamma, beta, bn_param)
    return picture(out, x.shape), cache


def spatial_back_by_rows(dout, cache):
    dx, dgamma, dbeta = bn_back_with_dict(pixels(dout), cache)
    return picture(dx, dout.shape), dgamma, dbeta


def spatial_by_moveaxis(x, gamma, beta, bn_param):
    """Channels first, so that each is a row; then on its side."""
    rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1).T
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.moveaxis(out.T.reshape(x.shape[1], x.shape[0], *x.shape[2:]), 0, 1), (cache,)


def spatial_back_by_moveaxis(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.moveaxis(dout, 1, 0).reshape(C, -1).T, cache[0])
    return np.moveaxis(dx.T.reshape(C, N, H, W), 0, 1), dgamma, dbeta


for name, there, way_back in [
    ("by axes", spatial_by_axes, spatial_back_by_axes),
    ("by rows", spatial_by_rows, spatial_back_by_rows),
    ("by moveaxis", spatial_by_moveaxis, spatial_back_by_moveaxis),
]:
    right(SPATIAL, name, **{SPATIAL: there})
    right(SPATIAL_BACK, name, **{SPATIAL: there, SPATIAL_BACK: way_back})


# --- group norm, forward


def gn(
    count=lambda G, C: G,
    shape=None,
    axes=(2, 3, 4),
    eps=None,
    inv=lambda v, e: 1 / np.sqrt(v + e),
    ddof=0,
    scale=lambda h, g, b: g * h + b,
    result=lambda out: (out, None),
):
    """Group norm with one thing changed."""

    def forward(x, gamma, beta, G, gn_param):
        with np.errstate(all="ignore"):
            N, C, H, W = x.shape
            groups = count(G, C)
            a = x.reshape(shape(groups, *x.shape) if shape else (N, groups, C // groups, H, W))
            var = a.var(axes, ddof=ddof, keepdims=True)
            hat = (a - a.mean(axes, keepdims=True)) * inv(var, eps or gn_param.get("eps", 1e-5))
            return result(scale(hat.reshape(x.shape), gamma, beta))

    return forward


def gn_strided(x, gamma, beta, G, gn_param):
    C = x.shape[1]
    order = np.arange(C).reshape(-1, G).T.ravel()
    out = np.empty_like(x)
    ones, zeros = np.ones((1, C, 1, 1)), np.zeros((1, C, 1, 1))
    out[:, order] = spatial_groupnorm_forward(x[:, order], ones, zeros, G, gn_param)[0]
    return gamma * out + beta, None


def gn_mixing(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    mixed = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).reshape(x.shape)
    out = spatial_groupnorm_forward(mixed, np.ones_like(gamma), np.zeros_like(beta), G, gn_param)[0]
    return gamma * out.reshape(N, H, W, C).transpose(0, 3, 1, 2) + beta, None


def gn_through_newaxis(x, gamma, beta, G, gn_param):
    out, cache = spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    return out[np.newaxis, :, :, :, :, np.newaxis, np.newaxis], cache


for name, implementation, hint in [
    (
        "strided groups",
        gn_strided,
        "Your groups take every G-th channel. A group consists of neighbouring channels.",
    ),
    (
        "always two groups",
        gn(count=lambda G, C: 2 if C % 2 == 0 else 1),
        "There are always two groups: take the number that is asked for.",
    ),
    (
        "layer norm",
        gn(count=lambda G, C: 1),
        "There is one mean for each picture: each of its G groups has its own.",
    ),
    (
        "instance norm",
        gn(count=lambda G, C: C),
        "There is one mean for each channel: the channels of a group share one.",
    ),
    (
        "G as size",
        gn(count=lambda G, C: C // G),
        "You take G for the size of a group. It is the number of groups.",
    ),
    (
        "over the batch",
        gn(axes=(0, 2, 3, 4)),
        "The pictures share a mean. In group norm each picture is by itself.",
    ),
    ("each place", gn(axes=(2,)), "Each place has a mean of its own: all places of a group share one."),
    (
        "channels and places mixed",
        gn_mixing,
        "Channels and places are mixed up before the groups are cut: in (N, C, H, W) a group's numbers "
        "already lie together, without a transpose.",
    ),
    ("7-D", gn_through_newaxis, "out has too many axes: gamma is (1, C, 1, 1) already and fits x as it is."),
    (
        "groups left",
        lambda x, gamma, beta, G, p: (
            spatial_groupnorm_forward(x, gamma, beta, G, p)[0].reshape(len(x), G, -1, *x.shape[2:]),
            None,
        ),
        "out still has an axis for the groups: bring it back to the shape of x.",
    ),
    (
        "eps outside of the root",
        gn(inv=lambda v, e: 1 / (np.sqrt(v) + e)),
        "eps belongs inside the root, beside the variance.",
    ),
    ("no eps", gn(inv=lambda v, e: 1 / np.sqrt(v)), "eps is missing: a constant group is divided by 0."),
    ("eps fixed", gn(eps=1e-5), "eps is always 1e-5: take what gn_param says."),
    (
        "by variance",
        gn(inv=lambda v, e: 1 / (v + e)),
        "You divide by the variance. The deviation is its root.",
    ),
    (
        "ddof 1",
        gn(ddof=1),
        "The variance is divided by one less than the count of its numbers. Here it is by all of them.",
    ),
    ("no beta", gn(scale=lambda h, g, b: g * h), "The shift beta is missing."),
    ("no gamma", gn(scale=lambda h, g, b: h + b), "The scale gamma is missing."),
    (
        "gamma of the first channel",
        gn(scale=lambda h, g, b: g[:, :1] * h + b),
        "All channels are scaled by the same gamma: each has its own.",
    ),
    ("only out", gn(result=lambda out: out), "Return two things, out and a cache for the backward pass."),
    ("changes x", x_in_place(spatial_groupnorm_forward), "You change the caller's x."),
]:
    wrong(GN, name, implementation, hint)


def gn_by_slices(x, gamma, beta, G, gn_param):
    out, size, eps = np.zeros_like(x), x.shape[1] // G, gn_param.get("eps", 1e-5)
    hats, stds = np.zeros_like(x), []
    for n in range(len(x)):
        for k in range(G):
            part = x[n, k * size : (k + 1) * size]
            stds.append(np.sqrt(part.var() + eps))
            hats[n, k * size : (k + 1) * size] = (part - part.mean()) / stds[-1]
    out[:] = gamma * hats + beta
    return out, {"hats": hats, "stds": stds, "gamma": gamma, "G": G}


def gn_back_by_slices(dout, cache):
    hats, g, G = cache["hats"], dout * cache["gamma"], cache["G"]
    size, dx, stds = dout.shape[1] // G, np.zeros_like(dout), iter(cache["stds"])
    for n in range(len(dout)):
        for k in range(G):
            part = slice(k * size, (k + 1) * size)
            a, h = g[n, part], hats[n, part]
            dx[n, part] = (a - a.mean() - h * (a * h).mean()) / next(stds)
    axes = {"axis": (0, 2, 3), "keepdims": True}
    return dx, (dout * hats).sum(**axes), dout.sum(**axes)


def gn_by_layernorm(x, gamma, beta, G, gn_param):
    """Each group as a row of layer norm."""
    rows = x.reshape(len(x) * G, -1)
    out, cache = ln_by_loops(rows, np.ones(rows.shape[1]), np.zeros(rows.shape[1]), gn_param)
    return gamma * out.reshape(x.shape) + beta, (cache, gamma, rows.shape)


def gn_back_by_layernorm(dout, cache):
    inner, gamma, shape = cache
    dx = ln_back_by_loops((dout * gamma).reshape(shape), inner)[0].reshape(dout.shape)
    hats = inner[0].reshape(dout.shape)
    return (
        dx,
        np.sum(dout * hats, (0, 2, 3))[None, :, None, None],
        np.sum(dout, (0, 2, 3)).reshape(1, -1, 1, 1),
    )


right(GN, "by slices", **{GN: gn_by_slices})
right(GN, "by layer norm", **{GN: gn_by_layernorm})
right(GN, "by five axes", **{GN: gn()})
right(GN_BACK, "by slices", **{GN: gn_by_slices, GN_BACK: gn_back_by_slices})
right(GN_BACK, "by layer norm", **{GN: gn_by_layernorm, GN_BACK: gn_back_by_layernorm})
right(GN_BACK, "by formula", **{GN_BACK: back(group_view)})


# --- the net


def net_class(base=FullyConnectedNet, **members):
    """A net that differs from the right one in these members; hints know it by its usual name."""
    return type(NET, (base,), members)


def started(change):
    """An __init__ that goes on to change the net."""

    def init(self, *args, **kwargs):
        FullyConnectedNet.__init__(self, *args, **kwargs)
        change(self)

    return init


def started_with(**changes):
    """An __init__ with other settings than those asked for."""

    def init(self, hidden_dims, input_dim=3072, num_classes=10, **settings):
        FullyConnectedNet.__init__(self, hidden_dims, input_dim, num_classes, **(settings | changes))

    return init


def each(prefix, change):
    """Change all parameters whose names begin with prefix."""

    def change_all(self):
        for name in [name for name in self.params if name.startswith(prefix)]:
            self.params[name] = change(self.params[name])

    return change_all


def renamed(old, new):
    def change(self):
        self.params = {name.replace(old, new): values for name, values in self.params.items()}

    return change


def loss_with(change):
    """A loss that changes what the right one returns."""

    def loss(self, X, y=None):
        result = FullyConnectedNet.loss(self, X, y)
        return result if y is None else change(self, *result)

    return loss


def penalised(names, loss_factor=0.5, grad_factor=1.0):
    """A penalty on other parameters, or with other factors."""

    def change(self, loss, grads):
        last = f"W{self.num_layers}"
        for name, values in self.params.items():
            old = name.startswith("W")
            new = names(name, last)
            loss += self.reg * ((loss_factor if new else 0) - (0.5 if old else 0)) * np.sum(values**2)
            grads[name] = grads[name] + self.reg * ((grad_factor if new else 0) - float(old)) * values
        return loss, grads

    return net_class(loss=loss_with(change))


def weights(name, last):
    return name.startswith("W")


def without_keys(prefix):
    return net_class(
        loss=loss_with(
            lambda self, loss, grads: (loss, {k: v for k, v in grads.items() if not k.startswith(prefix)})
        )
    )


def swapped_gradients(self, loss, grads):
    for i in range(1, self.num_layers):
        grads[f"gamma{i}"], grads[f"beta{i}"] = grads[f"beta{i}"], grads[f"gamma{i}"]
    return loss, grads


def forward_with(order):
    """Hidden layers in another order or with other parts; order(net, x, i) returns (out, cache)."""
    return net_class(_hidden_forward=order)


def norm_of(self, x, i, param=None):
    p = self.params
    if self.normalization == "batchnorm":
        return batchnorm_forward(
            x, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1] if param is None else param
        )
    return layernorm_forward(x, p[f"gamma{i}"], p[f"beta{i}"], {})


def relu_before_norm(self, x, i):
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
    out, cache["relu"] = relu_forward(out)
    out, cache["norm"] = norm_of(self, out, i)
    return out, cache


def back_after_relu(self, dout, cache, i, grads):
    backward = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
    dout, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, cache["norm"])
    dout = relu_backward(dout, cache["relu"])
    dx, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, cache["affine"])
    return dx


def norm_not_passed_on(self, x, i):
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
    _, cache["norm"] = norm_of(self, out, i)
    out, cache["relu"] = relu_forward(out)
    return out, cache


def no_relu(self, x, i):
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
    out, cache["norm"] = norm_of(self, out, i)
    cache["relu"] = np.ones_like(out)
    return out, cache


def no_affine_bias(self, x, i):
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], 0 * self.params[f"b{i}"])
    out, cache["norm"] = norm_of(self, out, i)
    out, cache["relu"] = relu_forward(out)
    return out, cache


def fresh_parameters(self, x, i):
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
    out, cache["norm"] = norm_of(self, out, i, {"mode": self.bn_params[i - 1]["mode"]})
    out, cache["relu"] = relu_forward(out)
    return out, cache


def norm_ignored_backwards(self, dout, cache, i, grads):
    kept = dict(grads)
    FullyConnectedNet._hidden_backward(self, dout, cache, i, kept)
    grads[f"gamma{i}"], grads[f"beta{i}"] = kept[f"gamma{i}"], kept[f"beta{i}"]
    dout = relu_backward(dout, cache["relu"])
    dx, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, cache["affine"])
    return dx


def share_parameters(self):
    self.bn_params = [{"mode": "train"}] * len(self.bn_params)


def always(mode):
    def set_mode(self, _):
        for param in self.bn_params:
            param["mode"] = mode

    return set_mode


def quiet_loss(self, X, y=None):
    with np.errstate(all="ignore"):  # with the running averages of the start, activations overflow
        return FullyConnectedNet.loss(self, X, y)


def set_mode_of_the_first(self, mode):
    for k, param in enumerate(self.bn_params):
        param["mode"] = mode if k == 0 else "train"


def set_test_but_never_train(self, mode):
    for param in self.bn_params:
        if mode == "test" or "mode" not in param:
            param["mode"] = mode


def normalised_scores(self):
    outputs = self.params[f"b{self.num_layers}"]
    self.params[f"gamma{self.num_layers}"] = np.ones_like(outputs)
    self.params[f"beta{self.num_layers}"] = np.zeros_like(outputs)


def relu_on_scores(self, X):
    scores, cache = FullyConnectedNet.forward(self, X)
    return np.maximum(scores, 0), cache


def softmax_scores(self, X, y=None):
    result = FullyConnectedNet.loss(self, X, y)
    return softmax(result) if y is None else result


def other_norm(self, *args, **kwargs):
    FullyConnectedNet.__init__(self, *args, **kwargs)
    self.normalization = {"batchnorm": "layernorm", "layernorm": "batchnorm"}[self.normalization]


def only_batchnorm(self, *args, **kwargs):
    FullyConnectedNet.__init__(self, *args, **kwargs)
    if self.normalization == "layernorm":
        self.normalization = None


def only_layernorm(self, *args, **kwargs):
    FullyConnectedNet.__init__(self, *args, **kwargs)
    if self.normalization == "batchnorm":
        self.normalization = None


def unnormalised_forward(self, x, i):
    if self.normalization:
        return FullyConnectedNet._hidden_forward(self, x, i)
    cache = {}
    out, cache["affine"] = affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
    out, cache["relu"] = relu_forward(out)
    return out, cache


def unnormalised_backward(self, dout, cache, i, grads):
    dx = FullyConnectedNet._hidden_backward(self, dout, cache, i, grads)
    if not self.normalization:
        size = len(self.params[f"gamma{i}"])
        grads[f"gamma{i}"], grads[f"beta{i}"] = np.zeros(size), np.zeros(size)
    return dx


def half_off(init):
    return net_class(
        __init__=init, _hidden_forward=unnormalised_forward, _hidden_backward=unnormalised_backward
    )


def sum_of_losses(self, loss, grads):
    return loss * 2, grads


def stale_index(self, loss, grads):
    """All penalties, but the gradient of the last layer's only."""
    for i in range(1, self.num_layers):
        grads[f"W{i}"] = grads[f"W{i}"] - self.reg * self.params[f"W{i}"]
    return loss, grads


class RememberedParameters(FullyConnectedNet):
    """Holds on to the arrays that it began with."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._first = dict(self.params)

    def forward(self, X):
        now, self.params = self.params, self._first
        try:
            return super().forward(X)
        finally:
            self.params = now


for name, implementation, hint in [
    (
        "norm silently off",
        net_class(__init__=started_with(normalization=None)),
        "There is no gamma and no beta: is normalization looked at when the parameters are made? (Mind "
        "how its names are spelt.)",
    ),
    (
        "layer norm never used",
        half_off(only_batchnorm),
        'With normalization="layernorm" nothing is normalised: compare the name in your code letter by '
        "letter.",
    ),
    (
        "batch norm never used",
        half_off(only_layernorm),
        'With normalization="batchnorm" nothing is normalised: compare the name in your code letter by '
        "letter.",
    ),
    ("the other norm", net_class(__init__=other_norm), "The two norms have changed places."),
    (
        "norm not passed on",
        forward_with(norm_not_passed_on),
        "The norm is computed, but what goes on into ReLU is the value before it.",
    ),
    (
        "relu before norm",
        net_class(_hidden_forward=relu_before_norm, _hidden_backward=back_after_relu),
        "The order is affine, norm, ReLU: you take the norm after ReLU.",
    ),
    ("no relu", net_class(_hidden_forward=no_relu), "There is no ReLU behind the norm."),
    ("bias left out", net_class(_hidden_forward=no_affine_bias), "The hidden layers' biases b are not used."),
    (
        "norm ignored on the way back",
        net_class(_hidden_backward=norm_ignored_backwards),
        "On the way back dout does not go through the norm: it passes from ReLU straight to the "
        "affine layer.",
    ),
    (
        "scores normalised",
        net_class(__init__=started(normalised_scores)),
        "The last layer has a gamma and a beta: nothing is normalised after the scores.",
    ),
    (
        "relu on scores",
        net_class(forward=relu_on_scores),
        "The scores are never negative: the last layer has no ReLU.",
    ),
    (
        "scores after softmax",
        net_class(loss=softmax_scores),
        "loss(X) should return the scores themselves, not their softmax.",
    ),
    (
        "one bn_param for all",
        net_class(__init__=started(share_parameters)),
        "All layers share one bn_param and overwrite each other's running averages: [{...}] * n is n "
        "times the same dictionary.",
    ),
    (
        "always training",
        net_class(set_mode=always("train")),
        "Scores are computed in training mode: set the mode of every bn_param to test when there is no y.",
    ),
    (
        "always test",
        net_class(set_mode=always("test"), loss=quiet_loss),
        "The loss is computed in test mode: set the mode of every bn_param to train when there is a y.",
    ),
    (
        "mode of the first layer",
        net_class(set_mode=set_mode_of_the_first),
        "Only the first layer learns of the mode: set it in every dictionary of bn_params.",
    ),
    (
        "never back to training",
        net_class(set_mode=set_test_but_never_train),
        "After the first call without y the net stays in test mode: set the mode in every call, both ways.",
    ),
    (
        "running averages lost",
        net_class(_hidden_forward=fresh_parameters),
        "Each call starts with new dictionaries, so that the running averages are lost: keep them in "
        "self.bn_params.",
    ),
    (
        "gamma starts at 0",
        net_class(__init__=started(each("gamma", np.zeros_like))),
        "gamma starts at 0, and nothing comes through: it should start at 1.",
    ),
    (
        "beta starts at 1",
        net_class(__init__=started(each("beta", np.ones_like))),
        "beta starts at 1: it should start at 0.",
    ),
    (
        "gamma random",
        net_class(
            __init__=started(
                each("gamma", lambda v: np.random.default_rng(0).standard_normal(v.shape).astype(v.dtype))
            )
        ),
        "gamma starts at random numbers: it should start at 1.",
    ),
    (
        "biases random",
        net_class(__init__=started(each("b", lambda v: v + 0.5))),
        "The biases don't start at 0.",
    ),
    (
        "dtype ignored",
        net_class(__init__=started(each("", lambda v: v.astype(np.float64)))),
        "The parameters are float64 whatever dtype says.",
    ),
    (
        "dtype always float32",
        net_class(__init__=started(each("", lambda v: v.astype(np.float32)))),
        "The parameters are float32 whatever dtype says.",
    ),
    (
        "weight_scale ignored",
        net_class(__init__=started_with(weight_scale=0.01)),
        "The weights don't have the deviation weight_scale that is asked for.",
    ),
    (
        "scale as variance",
        net_class(__init__=started(each("W", lambda v: v / np.sqrt(v.std())))),
        "weight_scale is taken for the variance of the weights. It is their deviation.",
    ),
    (
        "Xavier",
        net_class(__init__=started(each("W", lambda v: v / v.std() / np.sqrt(len(v))))),
        "The weights are scaled by their fan-in. That is a good idea, but here weight_scale says how "
        "large they are.",
    ),
    (
        "typo",
        net_class(__init__=started(renamed("gamma", "gama"))),
        "Look at the spelling of the keys: gamma1, gamma2, ...",
    ),
    (
        "counted from 0",
        net_class(
            __init__=started(
                lambda self: setattr(
                    self, "params", {k[:-1] + str(int(k[-1]) - 1): v for k, v in self.params.items()}
                )
            )
        ),
        "The layers are counted from 0: the first is W1, b1, gamma1, beta1.",
    ),
    (
        "gradients of gamma missing",
        without_keys("gamma"),
        "grads has no gradients for gamma: they have to be learned, too.",
    ),
    (
        "gradients of beta missing",
        without_keys("beta"),
        "grads has no gradients for beta: they have to be learned, too.",
    ),
    (
        "gradients swapped",
        net_class(loss=loss_with(swapped_gradients)),
        "The gradients of gamma and beta have changed places: the backward pass returns dx, dgamma, dbeta.",
    ),
    (
        "gamma penalised",
        penalised(lambda n, last: n.startswith(("W", "gamma"))),
        "gamma is penalised. The penalty is on the weights W only.",
    ),
    (
        "gamma and beta penalised",
        penalised(lambda n, last: n.startswith(("W", "gamma", "beta"))),
        "gamma and beta are penalised. The penalty is on the weights W only.",
    ),
    (
        "all penalised",
        penalised(lambda n, last: True),
        "All parameters are penalised. The penalty is on the weights W only.",
    ),
    (
        "biases penalised",
        penalised(lambda n, last: n[0] == "W" or (n[0] == "b" and "beta" not in n)),
        "The biases are penalised. The penalty is on the weights W only.",
    ),
    (
        "last layer not penalised",
        penalised(lambda n, last: n[0] == "W" and n != last),
        "The last layer's weights are missing in the penalty.",
    ),
    (
        "only the last penalised",
        penalised(lambda n, last: n == last),
        "Only the last layer's weights are penalised: does your loop use the right index?",
    ),
    ("no penalty", penalised(lambda n, last: False), "The penalty is missing."),
    (
        "no penalty in the gradients",
        penalised(weights, 0.5, 0.0),
        "The penalty is in the loss but not in the gradients.",
    ),
    (
        "no penalty in the loss",
        penalised(weights, 0.0, 1.0),
        "The penalty is in the gradients but not in the loss.",
    ),
    (
        "penalty without a half",
        penalised(weights, 1.0, 2.0),
        "The penalty is twice as large as asked for: mind the factor 0.5.",
    ),
    (
        "penalty half without, gradient with",
        penalised(weights, 1.0, 1.0),
        "Penalty and gradient don't fit: in the loss the factor 0.5 is missing.",
    ),
    (
        "gradient of the penalty doubled",
        penalised(weights, 0.5, 2.0),
        "The penalty's gradient is twice what it should be: differentiate 0.5 * reg * W**2.",
    ),
    (
        "gradient of the last penalty only",
        net_class(loss=loss_with(stale_index)),
        "Only the last layer's gradient has its penalty: does your loop use the right index?",
    ),
    (
        "old parameters",
        type(NET, (RememberedParameters,), {}),
        "The net goes on with the arrays that it began with: read self.params in each call.",
    ),
]:
    wrong(NET, name, implementation, hint)


class PlainNet:
    """Written out, with older habits: global random numbers, dictionaries for caches, extra attributes."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3072,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        random = np.random.default_rng(seed).normal
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout, self.num_layers = dropout_keep_ratio != 1, 1 + len(hidden_dims)
        self.params = {}
        for i, (rows, columns) in enumerate(pairwise([input_dim, *hidden_dims, num_classes])):
            self.params["W" + str(i + 1)] = random(0, weight_scale, (rows, columns))
            self.params["b" + str(i + 1)] = np.zeros(columns)
        for i, columns in enumerate(hidden_dims if normalization else []):
            self.params["gamma" + str(i + 1)] = np.ones(columns)
            self.params["beta" + str(i + 1)] = np.zeros(columns)
        self.bn_params = []
        if normalization == "batchnorm":
            self.bn_params = [{"mode": "train"} for _ in hidden_dims]
        if normalization == "layernorm":
            self.bn_params = [{} for _ in hidden_dims]
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = "test" if y is None else "train"
        caches, out = {}, X
        for i in range(1, self.num_layers):
            out, caches[i, "a"] = affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            if self.normalization:
                f = bn_with_dict if self.normalization == "batchnorm" else ln_by_loops
                out, caches[i, "n"] = f(
                    out, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.bn_params[i - 1]
                )
            caches[i, "r"] = out
            out = out * (out > 0)
        n = self.num_layers
        scores, caches[n, "a"] = affine_forward(out, self.params[f"W{n}"], self.params[f"b{n}"])
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        for i in range(n, 0, -1):
            if i < n:
                dout = dout * (caches[i, "r"] > 0)
                if self.normalization:
                    b = bn_back_with_dict if self.normalization == "batchnorm" else ln_back_by_loops
                    dout, grads[f"gamma{i}"], grads[f"beta{i}"] = b(dout, caches[i, "n"])
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, caches[i, "a"])
            loss = loss + 0.5 * self.reg * (self.params[f"W{i}"] ** 2).sum()
            grads[f"W{i}"] += self.reg * self.params[f"W{i}"]
        return loss, grads


class ExtraSettings(FullyConnectedNet):
    """One more argument with a default, and an array without axes as the loss."""

    def __init__(self, *args, verbose=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.verbose = verbose

    def loss(self, X, y=None):
        result = super().loss(X, y)
        return result if y is None else [np.asarray(result[0]), result[1]]


class OneDictionaryForLayerNorm(PlainNet):
    """No bn_params for layer norm beyond one dictionary, and rows of a list."""

    def loss(self, X, y=None):
        if self.normalization == "layernorm":
            self.bn_params = [{"mode": "whatever"}] * (self.num_layers - 1)
        return super().loss(np.asarray(X).reshape(len(X), -1), y)


for cls in (PlainNet, ExtraSettings, OneDictionaryForLayerNorm):
    right(NET, cls.__name__, **{NET: cls})


# --- the questions

for value, hint in [
    (
        (0.05 * 1024) ** 3,
        "The variances of the terms add up, not their deviations: how does the deviation of a sum of n "
        "terms grow?",
    ),
    ((0.05**2 * 1024) ** 3, "This is the factor of the variance. Asked for is the deviation."),
    (1.6, "This is the factor of one layer. There are three."),
    (3 * 1.6, "From layer to layer the deviation is multiplied."),
    ((0.05 * 512**0.5) ** 3, "Nothing is lost to ReLU here: there is no non-linearity."),
]:
    catalogue.wrong_answer("answer_growth", value, hint)
for value, hint in [
    (43, "Check it: how much is missing after that many steps, 0.9 to the power of 43?"),
    (2, "What is missing shrinks by 0.9 at each step, not by 0.1."),
    (10, "That is how many steps it takes until about a third is missing. Asked for is a hundredth."),
    (1, "The first step brings it to a tenth of 7 only: the new batch has weight 1 - momentum."),
]:
    catalogue.wrong_answer("answer_warm_up_steps", value, hint)
for value, hint in [
    (
        "a",
        "What arrives at b is not batch norm's dout but its dx, summed over the batch. What do you "
        "know of that sum?",
    ),
    ("b", "b is added before the mean is subtracted: what is left of it?"),
    (
        "d",
        "A constant added to a feature changes its mean. Does it change its variance, with or without eps?",
    ),
]:
    catalogue.wrong_answer("answer_bias_gradient", value, hint)
