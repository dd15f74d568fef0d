"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently.

Random masks differ from one generator to another, and hints are found by values: wrong forward passes of
dropout are therefore listed twice, once for each of NumPy's two kinds of generators, and wrong backward
passes once for each of the two usual caches.
"""

import numpy as np

from autograder.mistakes import Catalogue
from cs_lib.layers.activations import relu_backward, relu_forward
from cs_lib.layers.affine import affine_backward, affine_forward
from cs_lib.losses import softmax, softmax_loss
from cs_lib.models import FullyConnectedNet

FORWARD, BACKWARD, NET = "dropout_forward", "dropout_backward", "FullyConnectedNet"
DECAY, CROPS, STOP, ENSEMBLE = "weight_decay_step", "crop_and_flip", "early_stopping", "ensemble_predict"


# --- the solution, so that it can be varied


def modern(param):
    """A function shape -> numbers in [0, 1), by a generator of its own."""
    return np.random.default_rng(param.get("seed")).random


def legacy(param):
    """The same by NumPy's global generator, which is seeded if a seed is there."""
    if "seed" in param:
        np.random.seed(param["seed"])  # noqa: NPY002 - as older work does
    return lambda shape: np.random.rand(*shape)  # noqa: NPY002


def forward_that(
    change=lambda x, u, p: x * ((u < p) / p),
    at_test=lambda x, p: x,
    draw=modern,
    numbers=lambda draw, shape: draw(shape),
    train="train",
    classic=False,
):
    """A dropout_forward with other parts: what it makes of x and uniform "
    "numbers u, in training and in test."""

    def dropout_forward(x, dropout_param):
        p = dropout_param["p"]
        out, factor = at_test(x, p), None
        if train in (dropout_param["mode"], "always"):
            u = numbers(draw(dropout_param), x.shape)
            out, factor = change(x, u, p), change(np.ones_like(x), u, p)
        return out, ((dropout_param, factor) if classic else factor)

    return dropout_forward


def dropout_backward(dout, cache):
    factor = cache[1] if isinstance(cache, tuple) else cache
    return dout.copy() if factor is None else dout * factor


def step_that(
    weights=lambda w, g, a, d: w - a * (g + d * w), others=lambda w, g, a, d: w - a * g, decays=None
):
    """A weight_decay_step with other formulas for weights and for the "
    "rest, or another rule for which is which."""

    def weight_decay_step(params, grads, learning_rate, weight_decay):
        new = {}
        for name, w in params.items():
            rule = weights if (decays or (lambda n, w: n.startswith("W")))(name, w) else others
            new[name] = rule(w, grads[name], learning_rate, weight_decay)
        return new

    return weight_decay_step


def crops_that(
    window=lambda F, i, t, s, H, W: F[i, :, t[i] : t[i] + H, s[i] : s[i] + W],
    turn=lambda w: w[:, :, ::-1],
    frame=lambda X, pad: np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad))),
    mirrored=lambda mirror, i: mirror[i],
    first=lambda X, mirror: X,
):
    """A crop_and_flip with other parts: the frame, the window, how and when a picture is mirrored."""

    def crop_and_flip(X, top, left, mirror, pad):
        N, _, H, W = X.shape
        framed, out = frame(first(X, mirror), pad), np.zeros_like(X)
        for i in range(N):
            cut = window(framed, i, top, left, H, W)
            out[i] = turn(cut) if mirrored(mirror, i) else cut
        return out

    return crop_and_flip


def stopping_that(
    better=lambda score, best, last: score > best,
    enough=lambda waited, patience: waited == patience,
    answer=lambda best, last, scores: (best, last),
    start=None,
):
    """An early_stopping with other parts."""

    def early_stopping(scores, patience):
        best, best_epoch, waited = scores[0] if start is None else start, 0, 0
        for epoch, score in enumerate(scores):
            if (epoch and better(score, best, scores[epoch - 1])) or (
                not epoch and start is not None and score > best
            ):
                best, best_epoch, waited = score, epoch, 0
            elif epoch:
                waited += 1
            if enough(waited, patience):
                break
        return answer(best_epoch, epoch, scores)

    return early_stopping


def ensemble_that(probabilities, labels=lambda p: p.argmax(axis=1)):
    """An ensemble_predict that gets its probabilities, or its labels, in another way."""

    def ensemble_predict(scores):
        found = probabilities(np.asarray(scores))
        return labels(found), found

    return ensemble_predict


class Net:
    """A fully connected net whose parts can be replaced one by one in a subclass."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.reg, self.dtype, self.p, self.seed, self.mode = reg, dtype, dropout_keep_ratio, seed, "train"
        self.sizes = [input_dim, *hidden_dims, num_classes]
        self.L = len(self.sizes) - 1
        self.params = {}
        for i in range(1, self.L + 1):
            self.params[f"W{i}"] = self.weights(i, weight_scale).astype(dtype)
            self.params[f"b{i}"] = self.biases(i).astype(dtype)

    def weights(self, i, scale):
        return scale * np.random.default_rng(self.seed).standard_normal((self.sizes[i - 1], self.sizes[i]))

    def biases(self, i):
        return np.zeros(self.sizes[i])

    def param(self):
        return {"mode": self.mode, "p": self.p} | ({} if self.seed is None else {"seed": self.seed})

    def drop(self, out, i):
        return forward_that()(out, self.param())

    def drop_back(self, dout, cache, i):
        return dropout_backward(dout, cache)

    def hidden(self, out, i):
        out, relu_cache = relu_forward(out)
        out, drop_cache = self.drop(out, i)
        return out, (relu_cache, drop_cache)

    def hidden_back(self, dout, cache, i):
        return relu_backward(self.drop_back(dout, cache[1], i), cache[0])

    def set_mode(self, y):
        self.mode = "test" if y is None else "train"

    def scores(self, scores):
        return scores

    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(self.params[f"W{i}"] ** 2) for i in range(1, self.L + 1))

    def penalty_back(self, grads):
        for i in range(1, self.L + 1):
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return grads

    def enter(self, X):
        return X.astype(self.dtype)

    def loss(self, X, y=None):
        self.set_mode(y)
        out, caches = self.enter(X), []
        for i in range(1, self.L):
            out, affine_cache = affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            out, hidden_cache = self.hidden(out, i)
            caches.append((affine_cache, hidden_cache))
        scores, last_cache = affine_forward(out, self.params[f"W{self.L}"], self.params[f"b{self.L}"])
        scores = self.scores(scores)
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{self.L}"], grads[f"b{self.L}"] = affine_backward(dout, last_cache)
        for i in range(self.L - 1, 0, -1):
            dout = self.hidden_back(dout, caches[i - 1][1], i)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, caches[i - 1][0])
        return loss + self.penalty(), self.penalty_back(grads)


catalogue = Catalogue(
    {
        FORWARD: forward_that(),
        BACKWARD: dropout_backward,
        NET: FullyConnectedNet,
        DECAY: step_that(),
        CROPS: crops_that(),
        STOP: stopping_that(),
        ENSEMBLE: ensemble_that(lambda scores: softmax(scores).mean(axis=0)),
        "answer_dropout_variance": 12.0,
        "answer_half_life": 693,
        "answer_better_on_validation": "c",
    }
)
mistake, right, wrong_answer = catalogue.mistake, catalogue.right, catalogue.wrong_answer


def wrong(function, name, implementation, hint):
    """Register an implementation that a factory made under a name of its own."""
    implementation.__name__ = name
    mistake(function, hint)(implementation)


def fine(function, name, implementation):
    """Register a right one in the same way."""
    implementation.__name__ = name
    right(function)(implementation)


# --- dropout, forward


def in_place(x, u, p):
    x *= (u < p) / p
    return x


def one_for_all(along):
    """Uniform numbers that are the same along an axis."""
    return lambda draw, shape: np.broadcast_to(
        draw([1 if i == along else n for i, n in enumerate(shape)]), shape
    )


def fixed_count(draw, shape):
    """Evenly spread numbers in random order: always the same share of them is below p."""
    order = np.argsort(draw((int(np.prod(shape)),)))
    return ((order + 0.5) / order.size).reshape(shape)


def normal(draw, shape):
    """Normal numbers from uniform ones, as randn would give them."""
    return np.sqrt(-2 * np.log(1 - draw(shape))) * np.cos(2 * np.pi * draw(shape))


def of_two_axes(draw, shape):
    return draw((shape[0], shape[1]))


ONE_FOR_MANY = "One decision is made for many numbers at once. Does your mask have the whole shape of x?"
FORWARD_MISTAKES = [
    (
        "precedence",
        "Nothing is dropped at all. In Python, a < b / c means a < (b / c): where do you need brackets?",
        {"change": lambda x, u, p: x * (u < p / p)},
    ),
    (
        "normal_numbers",
        "The share that is kept isn't p: are your random numbers spread evenly between 0 and 1, or normal?",
        {"numbers": normal},
    ),
    (
        "p_drops",
        "The share p is dropped, but here p is the probability of keeping. "
        "Which way does your comparison point?",
        {"change": lambda x, u, p: x * (u >= p) / max(1 - p, 1e-9)},
    ),
    (
        "wrong_side",
        "The division is right, but the share p is dropped instead of kept. "
        "Which way does your comparison point?",
        {"change": lambda x, u, p: x * (u > p) / p},
    ),
    (
        "not_scaled",
        "What is kept comes out unscaled. What makes up for the units that are "
        "missing, so that the mean stays?",
        {"change": lambda x, u, p: x * (u < p)},
    ),
    (
        "vanilla",
        "This is vanilla dropout: it scales at test time. Asked for is the "
        "inverted form, which scales in training.",
        {"change": lambda x, u, p: x * (u < p), "at_test": lambda x, p: x * p},
    ),
    (
        "scaled_twice",
        "Training is right, but at test time out should be x itself: the scaling has been done already.",
        {"at_test": lambda x, p: x * p},
    ),
    (
        "scaled_at_test",
        "At test time nothing is divided: all units are there, and nothing is missing.",
        {"at_test": lambda x, p: x / p},
    ),
    (
        "divided_by_the_rest",
        "You divide by the probability of dropping. With p = 0.4 you keep 2 of 5: by what must they grow?",
        {"change": lambda x, u, p: x * (u < p) / max(1 - p, 1e-9)},
    ),
    (
        "multiplied",
        "What is kept becomes smaller, not larger: units are missing, so the "
        "others have to make up for them.",
        {"change": lambda x, u, p: x * (u < p) * p},
    ),
    ("one_for_a_column", ONE_FOR_MANY, {"numbers": one_for_all(0)}),
    ("one_for_a_row", ONE_FOR_MANY, {"numbers": one_for_all(1)}),
    (
        "two_axes_only",
        "It works for matrices only. x may have one axis or four: use x.shape as a whole.",
        {"numbers": of_two_axes},
    ),
    (
        "active_at_test",
        "Units are dropped at test time too. What does the mode say?",
        {"train": "always"},
    ),
    (
        "modes_swapped",
        "The modes are exchanged: you drop at test time and leave everything as it is in training.",
        {"train": "test"},
    ),
    (
        "in_place",
        "You change the caller's x. Make a new array: `x * mask` does, `x *= mask` doesn't.",
        {"change": in_place},
    ),
    (
        "the_mask_only",
        "What comes out does not depend on x: do you return the mask instead of what it lets through?",
        {"change": lambda x, u, p: (u < p) / p},
    ),
    (
        "always_one_half",
        "Half of the numbers are kept whatever p is: do you compare with 0.5, or throw a coin?",
        {"change": lambda x, u, p: x * (u < 0.5) / p},
    ),
    (
        "fixed_count",
        "The same number of units is kept each time. Decide about each unit on "
        "its own, and let the count vary.",
        {"numbers": fixed_count},
    ),
    (
        "noise_instead",
        "What is kept isn't divided by p but by another number for each: make the mask of 0 and 1 first.",
        {"change": lambda x, u, p: x * (u < p) * (1 + u) / p},
    ),
]
SEED_MISTAKES = [
    (
        "ignores_the_seed",
        "Two calls with the same seed draw different masks: look for the seed in dropout_param.",
        lambda draw: lambda param: draw({}),
    ),
    (
        "seed_0_is_none",
        "With the seed 0 the masks differ. `if seed` is false for 0: ask whether the seed is there.",
        lambda draw: lambda param: draw({"seed": param["seed"]} if param.get("seed") else {}),
    ),
    (
        "always_seeded",
        "Without a seed every call draws the same mask, so the same units stay silent for ever.",
        lambda draw: lambda param: draw({"seed": param.get("seed", 0)}),
    ),
    (
        "one_seed_for_all",
        "Every call draws the same mask, whatever the seed is. Take the seed "
        "from dropout_param, if there is one.",
        lambda draw: lambda param: draw({"seed": 0}),
    ),
]
for draw in (modern, legacy):
    for name, hint, parts in FORWARD_MISTAKES:
        wrong(FORWARD, f"forward_{name}_{draw.__name__}", forward_that(**{"draw": draw, **parts}), hint)
    for name, hint, seeded in SEED_MISTAKES:
        wrong(FORWARD, f"forward_{name}_{draw.__name__}", forward_that(draw=seeded(draw)), hint)


fine(FORWARD, "forward_by_the_global_generator", forward_that(draw=legacy, classic=True))
fine(FORWARD, "forward_by_the_upper_end", forward_that(change=lambda x, u, p: np.where(u >= 1 - p, x / p, 0)))


@right(FORWARD)
def forward_by_binomial(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, {"mask": None}
    rng = np.random.RandomState(dropout_param.get("seed", None))
    mask = rng.binomial(1, dropout_param["p"], size=x.shape).astype(x.dtype)
    mask /= dropout_param["p"]
    return (x * mask).astype(x.dtype), {"mask": mask}


# --- dropout, backward


def back_that(change, at_test=lambda dout: dout.copy()):
    def dropout_backward(dout, cache):
        factor = cache[1] if isinstance(cache, tuple) else cache
        return at_test(dout) if factor is None else change(dout, factor)

    return dropout_backward


def back_in_place(dout, factor):
    dout *= factor
    return dout


def broken_at_test(dout):
    raise TypeError("unsupported operand type(s) for *: 'float' and 'NoneType'")


BACKWARD_MISTAKES = [
    (
        "without_mask",
        "The gradient passes through units that were dropped. They had no part in the output.",
        back_that(lambda dout, f: dout.copy()),
    ),
    (
        "without_scale",
        "The right units are silent, but the others lack a factor: the forward pass divided them by p.",
        back_that(lambda dout, f: dout * (f > 0)),
    ),
    (
        "scaled_everywhere",
        "All is divided by p, also what was dropped in the forward pass and should get nothing.",
        back_that(lambda dout, f: dout * f.max()),
    ),
    (
        "scaled_twice",
        "You divide by p twice: is the division in your mask already?",
        back_that(lambda dout, f: dout * f * f.max()),
    ),
    (
        "unscaled_again",
        "The forward pass divides by p, and so does the backward pass: it is "
        "the same factor, not its inverse.",
        back_that(lambda dout, f: dout * (f > 0) / f.max()),
    ),
    (
        "new_mask",
        "A new mask is drawn on the way back. The gradient needs the one that the forward pass used.",
        back_that(lambda dout, f: dout * (np.random.default_rng(99).random(f.shape) < 0.5) * f.max()),
    ),
    (
        "the_other_mask",
        "The gradient goes to the units that were dropped and not to those that were kept.",
        back_that(lambda dout, f: dout * (f == 0) * f.max()),
    ),
    (
        "the_mask_only",
        "What comes back does not depend on dout: the mask has to be multiplied by it.",
        back_that(lambda dout, f: f.copy()),
    ),
    (
        "mask_of_the_first_example",
        "All examples get the mask of the first one. Each example has been through its own.",
        back_that(lambda dout, f: dout * f[:1]),
    ),
    (
        "in_place",
        "You change the caller's dout, so a second call gives something else: make a new array.",
        back_that(back_in_place),
    ),
    (
        "scaled_at_test",
        "After a forward pass in test mode nothing was scaled, so the gradient isn't either.",
        back_that(lambda dout, f: dout * f, lambda dout: dout * 0.4),
    ),
    (
        "fails_at_test",
        "In test mode there is no mask to multiply by. What is in your cache then, and who asks for it?",
        back_that(lambda dout, f: dout * f, broken_at_test),
    ),
    (
        "silent_at_test",
        "After a forward pass in test mode nothing was dropped: the gradient goes through unchanged.",
        back_that(lambda dout, f: dout * f, np.zeros_like),
    ),
    (
        "half_at_test",
        "After a forward pass in test mode nothing was dropped: the gradient goes through unchanged.",
        back_that(
            lambda dout, f: dout * f, lambda dout: dout * (np.arange(dout.size) % 2).reshape(dout.shape)
        ),
    ),
    (
        "returns_nothing",
        "Your function returns None: is the return missing?",
        back_that(lambda *_: None, lambda _: None),
    ),
]
plain_solution = catalogue.solution
for classic in (False, True):
    catalogue.solution = plain_solution | {FORWARD: forward_that(classic=classic)}
    for name, hint, implementation in BACKWARD_MISTAKES:
        wrong(BACKWARD, f"backward_{name}{'_classic' * classic}", implementation, hint)
    fine(
        BACKWARD,
        f"backward_by_where{'_classic' * classic}",
        back_that(lambda dout, f: np.where(f > 0, dout * f, 0)),
    )
    fine(
        BACKWARD,
        f"backward_in_float64{'_classic' * classic}",
        back_that(lambda dout, f: f.astype(float) * dout, np.array),
    )
catalogue.solution = plain_solution


# --- the net


def wrong_net(hint):
    """Register a subclass of Net as a mistake; learners' classes have the name that is given to it then."""

    def register(cls):
        mistake(NET, hint)(cls)
        cls.__name__ = NET
        return cls

    return register


@wrong_net("Nothing is dropped in training: call dropout_forward after each hidden layer's ReLU.")
class NetWithoutDropout(Net):
    def drop(self, out, i):
        return out, None


@wrong_net("Units are dropped when no labels are given: then the mode has to be test.")
class NetDropsInTest(Net):
    def set_mode(self, y):
        self.mode = "train"


@wrong_net(
    "After the first scores nothing is dropped any more: set the mode in both directions at each call."
)
class NetStaysInTest(Net):
    def set_mode(self, y):
        self.mode = "test" if y is None or self.mode == "test" else "train"


@wrong_net("Nothing is dropped in training: which mode do you set when labels are given?")
class NetModesSwapped(Net):
    def set_mode(self, y):
        self.mode = "train" if y is None else "test"


@wrong_net("The scores are dropped too. After the last affine layer comes the softmax and nothing else.")
class NetDropsScores(Net):
    def scores(self, scores):
        return forward_that()(scores, self.param())[0]


@wrong_net("The inputs are dropped too. Only what comes out of a hidden layer's ReLU is.")
class NetDropsInputs(Net):
    def enter(self, X):
        return forward_that()(X.astype(self.dtype), self.param())[0]


@wrong_net("With dropout there is no ReLU any more: dropout comes after it, not in its place.")
class NetDropoutInsteadOfRelu(Net):
    def hidden(self, out, i):
        if self.p == 1:
            return super().hidden(out, i)
        return self.drop(out, i)

    def hidden_back(self, dout, cache, i):
        if self.p == 1:
            return super().hidden_back(dout, cache, i)
        return self.drop_back(dout, cache, i)


@wrong_net("Only the first hidden layer drops units; the text asks for it after every hidden layer's ReLU.")
class NetDropsFirstOnly(Net):
    def drop(self, out, i):
        return super().drop(out, i) if i == 1 else (out, None)


@wrong_net("Only the last hidden layer drops units; the text asks for it after every hidden layer's ReLU.")
class NetDropsLastOnly(Net):
    def drop(self, out, i):
        return super().drop(out, i) if i == self.L - 1 else (out, None)


@wrong_net("The backward pass leaves dropout out: the gradient needs the masks as well.")
class NetBackwardWithoutDropout(Net):
    def drop_back(self, dout, cache, i):
        return dout


@wrong_net("The wrong share is kept: dropout_keep_ratio is the probability of keeping, as p is.")
class NetKeepsTheRest(Net):
    def param(self):
        return super().param() | {"p": 1 - self.p if self.p != 1 else 1}


@wrong_net("The seed doesn't reach dropout: with a seed, all calls have to draw the same masks.")
class NetLosesTheSeed(Net):
    def param(self):
        return {"mode": self.mode, "p": self.p}


@wrong_net("With the seed 0 the masks differ from call to call. `if seed` is false for 0: compare with None.")
class NetSeedZeroIsNone(Net):
    def param(self):
        return {"mode": self.mode, "p": self.p} | ({"seed": self.seed} if self.seed else {})


@wrong_net("Without a seed every call draws the same masks: then there must be no seed in dropout_param.")
class NetAlwaysSeeded(Net):
    def param(self):
        return {"mode": self.mode, "p": self.p, "seed": self.seed or 0}


@wrong_net("The masks never change between calls, though no seed was given: draw them at each call of loss.")
class NetMasksDrawnOnce(Net):
    def drop(self, out, i):
        self.masks = getattr(self, "masks", {})
        if self.mode == "test":
            return out, None
        if i not in self.masks or self.masks[i].shape != out.shape:
            self.masks[i] = forward_that()(np.ones_like(out), self.param())[1]
        return out * self.masks[i], self.masks[i]


@wrong_net("There is a ReLU after the last layer too. Scores may be negative.")
class NetReluOnScores(Net):
    def scores(self, scores):
        return np.maximum(scores, 0)


@wrong_net("You return probabilities. The scores are what the last affine layer gives.")
class NetReturnsProbabilities(Net):
    def scores(self, scores):
        return softmax(scores) if self.mode == "test" else scores


@wrong_net("The penalty lacks its half. Its gradient has none, because the square's 2 and the half cancel.")
class NetPenaltyWithoutHalf(Net):
    def penalty(self):
        return 2 * super().penalty()


@wrong_net("The loss is right, but the gradient of the penalty isn't: the half and the square's 2 cancel.")
class NetPenaltyGradientTwice(Net):
    def penalty_back(self, grads):
        return super().penalty_back(super().penalty_back(grads))


@wrong_net("reg is missing: the loss has half of reg times the sum of all squared weights in it.")
class NetWithoutPenalty(Net):
    def penalty(self):
        return 0

    def penalty_back(self, grads):
        return grads


@wrong_net("The penalty is in the loss, but not in the gradients of the weights.")
class NetPenaltyInLossOnly(Net):
    def penalty_back(self, grads):
        return grads


@wrong_net("The last layer's weights are missing in the penalty. Where does your loop over the layers end?")
class NetPenaltyWithoutLast(Net):
    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(self.params[f"W{i}"] ** 2) for i in range(1, self.L))

    def penalty_back(self, grads):
        for i in range(1, self.L):
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return grads


@wrong_net("Only the last layer's weights are in the penalty: does your sum start anew with each layer?")
class NetPenaltyOfLastOnly(Net):
    def penalty(self):
        return 0.5 * self.reg * np.sum(self.params[f"W{self.L}"] ** 2)

    def penalty_back(self, grads):
        grads[f"W{self.L}"] = grads[f"W{self.L}"] + self.reg * self.params[f"W{self.L}"]
        return grads


@wrong_net("The biases are in the penalty too. Only the weight matrices belong there.")
class NetPenaltyOnBiases(Net):
    def penalty(self):
        return super().penalty() + 0.5 * self.reg * sum(
            np.sum(self.params[f"b{i}"] ** 2) for i in range(1, self.L + 1)
        )

    def penalty_back(self, grads):
        for i in range(1, self.L + 1):
            grads[f"b{i}"] = grads[f"b{i}"] + self.reg * self.params[f"b{i}"]
        return super().penalty_back(grads)


@wrong_net("weight_scale has no effect on the weights: it is their standard deviation.")
class NetIgnoresWeightScale(Net):
    def weights(self, i, scale):
        return super().weights(i, 0.01)


@wrong_net("The weights' deviation is not weight_scale: is it taken as the variance, or divided by a width?")
class NetWeightScaleIsVariance(Net):
    def weights(self, i, scale):
        return super().weights(i, np.sqrt(scale))


@wrong_net("The arrays in params don't have the type dtype: convert them when you make them.")
class NetIgnoresDtype(Net):
    def __init__(self, *args, dtype=np.float32, **kwargs):
        super().__init__(*args, dtype=np.float64, **kwargs)


@wrong_net("The biases begin as random numbers. Let them be 0.")
class NetRandomBiases(Net):
    def biases(self, i):
        return 0.01 * np.random.default_rng(i).standard_normal(self.sizes[i])


@wrong_net("The biases don't have the shape (units,).")
class NetBiasesAsRows(Net):
    def biases(self, i):
        return np.zeros((1, self.sizes[i]))


@wrong_net("A hidden layer has the wrong width: take each from hidden_dims.")
class NetOneWidth(Net):
    def __init__(self, hidden_dims, *args, **kwargs):
        super().__init__([hidden_dims[0]] * len(hidden_dims), *args, **kwargs)


@wrong_net("A hidden layer is missing in the gradients: go back through all of them.")
class NetForgetsBiasGradients(Net):
    def penalty_back(self, grads):
        return {name: g for name, g in super().penalty_back(grads).items() if name[0] == "W"}


@wrong_net("Dropout's mask is scaled twice: dropout_forward divides by p already.")
class NetScalesAgain(Net):
    def drop(self, out, i):
        out, cache = super().drop(out, i)
        return (out, cache) if self.mode == "test" else (out / self.p, cache / self.p)


@wrong_net("The scores shrink at test time. With inverted dropout nothing is left to do then.")
class NetScalesAtTest(Net):
    def drop(self, out, i):
        out, cache = super().drop(out, i)
        return (out * self.p, cache) if self.mode == "test" else (out, cache)


@right(NET)
class NetAsIs(Net):
    pass


@right(NET)
class NetDropsBeforeRelu(Net):
    """Dropout before the ReLU gives the same, since no factor is negative."""

    def hidden(self, out, i):
        out, drop_cache = self.drop(out, i)
        out, relu_cache = relu_forward(out)
        return out, (relu_cache, drop_cache)

    def hidden_back(self, dout, cache, i):
        return self.drop_back(relu_backward(dout, cache[0]), cache[1], i)


@right(NET)
class NetByGlobalGenerator(Net):
    """Weights and masks by np.random; dropout only where there is any."""

    def weights(self, i, scale):
        return np.random.normal(0, scale, (self.sizes[i - 1], self.sizes[i]))  # noqa: NPY002

    def drop(self, out, i):
        if self.p == 1:
            return out, None
        out, cache = forward_that(draw=legacy)(out, self.param())
        return out.astype(self.dtype), cache


# --- weight decay


def decay_in_place(params, grads, learning_rate, weight_decay):
    for name, w in params.items():
        w -= learning_rate * (grads[name] + (weight_decay * w if name.startswith("W") else 0))
    return params


def decay_into_grads(params, grads, learning_rate, weight_decay):
    for name in params:
        if name.startswith("W"):
            grads[name] += weight_decay * params[name]
    return {name: w - learning_rate * grads[name] for name, w in params.items()}


for name, hint, implementation in [
    (
        "without_learning_rate",
        "The decay lacks the learning rate: in the formula it stands before both terms.",
        step_that(lambda w, g, a, d: w - a * g - d * w),
    ),
    (
        "grows",
        "The weights grow instead of shrinking: look at the sign before the decay.",
        step_that(lambda w, g, a, d: w - a * g + a * d * w),
    ),
    (
        "uphill",
        "The gradient is added: a step goes against it.",
        step_that(lambda w, g, a, d: w + a * g - a * d * w, lambda w, g, a, d: w + a * g),
    ),
    (
        "after_the_step",
        "What decays is the weight after the step. The formula has the old weight in both places.",
        step_that(lambda w, g, a, d: (w - a * g) * (1 - a * d)),
    ),
    (
        "before_the_step_twice",
        "The decay is twice as strong as asked for: lambda * W, not the gradient of lambda * W squared.",
        step_that(lambda w, g, a, d: w - a * (g + 2 * d * w)),
    ),
    (
        "half",
        "The decay is half as strong as asked for: there is no half in the step.",
        step_that(lambda w, g, a, d: w - a * (g + 0.5 * d * w)),
    ),
    ("none", "Nothing decays: where is weight_decay used?", step_that(lambda w, g, a, d: w - a * g)),
    (
        "everything",
        "Everything decays. Only weights should: the names that begin with a capital W.",
        step_that(decays=lambda name, w: True),
    ),
    (
        "all_but_b",
        "beta1 and its like decay too. Only names that begin with a capital W should.",
        step_that(decays=lambda name, w: name[0] != "b" or name.startswith("beta")),
    ),
    (
        "single_digit_names",
        "W12 is a weight as well: look at how a name begins, not at its length or its end.",
        step_that(decays=lambda name, w: name.startswith("W") and len(name) == 2),
    ),
    (
        "matrices_only",
        "You tell weights by their shape. What counts is the name: a weight may have one axis, or four.",
        step_that(decays=lambda name, w: w.ndim == 2),
    ),
    (
        "biases_only",
        "The wrong arrays decay: weights should, and all others should not.",
        step_that(decays=lambda name, w: not name.startswith("W")),
    ),
    (
        "of_the_gradient",
        "The gradient decays, not the weight: lambda stands before W.",
        step_that(lambda w, g, a, d: w - a * (g + d * g)),
    ),
    (
        "by_sign",
        "Every weight loses the same amount, as with an L1 penalty. It should lose a share of itself.",
        step_that(lambda w, g, a, d: w - a * (g + d * np.sign(w))),
    ),
    (
        "decay_without_a_gradient",
        "The weights decay, but they don't follow their gradient any more. Both terms belong to the step.",
        step_that(lambda w, g, a, d: w - a * d * w),
    ),
    (
        "learning_rate_squared",
        "The decay is too weak: the learning rate is in it twice.",
        step_that(lambda w, g, a, d: w - a * (g + a * d * w)),
    ),
    (
        "in_place",
        "You change the caller's own arrays. Make new ones: `w = w - step` does, `w -= step` doesn't.",
        decay_in_place,
    ),
    (
        "into_grads",
        "You change the caller's grads: `grads[name] += ...` writes into them.",
        decay_into_grads,
    ),
    (
        "weights_only",
        "Only weights are in the result. The others take a plain step, and are returned too.",
        lambda params, grads, a, d: {n: w - a * (grads[n] + d * w) for n, w in params.items() if n[0] == "W"},
    ),
    (
        "others_stand_still",
        "Biases and the like have not moved: they take a step without decay.",
        step_that(others=lambda w, g, a, d: w),
    ),
    (
        "in_another_order",
        "The gradients don't belong to the arrays: look them up by name, not by their place.",
        lambda params, grads, a, d: {
            n: w - a * (np.resize(g, w.shape) + (d * w if n[0] == "W" else 0))
            for (n, w), g in zip(params.items(), grads.values(), strict=True)
        },
    ),
]:
    wrong(DECAY, f"decay_{name}", implementation, hint)

fine(DECAY, "decay_as_a_factor", step_that(lambda w, g, a, d: (1 - a * d) * w - a * g))


@right(DECAY)
def decay_on_copies(params, grads, learning_rate, weight_decay):
    new = {name: w.copy() for name, w in params.items()}
    for name in new:
        if name[0] == "W":
            new[name] -= learning_rate * weight_decay * params[name]
        new[name] -= learning_rate * grads[name]
    return new


@right(DECAY)
def decay_in_float64(params, grads, learning_rate, weight_decay):
    lam = {name: weight_decay if name.startswith("W") else 0.0 for name in grads}
    return {
        n: params[n].astype(float) - learning_rate * grads[n] - learning_rate * lam[n] * params[n]
        for n in grads
    }


# --- crops and mirror images


def mirrored_first(X, mirror):
    return np.where(np.asarray(mirror)[:, None, None, None], X[..., ::-1], X)


def crops_in_place(X, top, left, mirror, pad):
    X[:] = crops_that()(X, top, left, mirror, pad)
    return X


def whole_frame(X, top, left, mirror, pad):
    framed = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return np.where(np.asarray(mirror)[:, None, None, None], framed[..., ::-1], framed)


def rolled(F, i, t, s, H, W, sign=1):
    """A picture that is rolled instead of moved; the frame of width 0 is the picture."""
    pad = rolled.pad
    return np.roll(F[i], (sign * (pad - t[i]), sign * (pad - s[i])), axis=(1, 2))


def rolling(X, pad):
    rolled.pad = pad
    return X


for name, hint, implementation in [
    (
        "first_window_for_all",
        "All pictures move like the first one. Picture i has top[i] and left[i].",
        crops_that(lambda F, i, t, s, H, W: F[i, :, t[0] : t[0] + H, s[0] : s[0] + W]),
    ),
    (
        "top_and_left_swapped",
        "Rows and columns are exchanged: top says where the rows of the window "
        "begin, left where its columns do.",
        crops_that(
            lambda F, i, t, s, H, W: np.pad(F[i], ((0, 0), (0, 9), (0, 9)))[
                :, s[i] : s[i] + H, t[i] : t[i] + W
            ]
        ),
    ),
    (
        "other_direction",
        "The pictures move in the opposite direction: a window further down shows the picture further up.",
        crops_that(lambda F, i, t, s, H, W: F[i][:, ::-1, ::-1][:, t[i] :, s[i] :][:, :H, :W][:, ::-1, ::-1]),
    ),
    (
        "not_moved",
        "The pictures have not moved: where are top and left used?",
        crops_that(lambda F, i, t, s, H, W: F[i], frame=lambda X, pad: X),
    ),
    (
        "rolled",
        "What leaves the picture on one side comes in on the other: zeros should come in.",
        crops_that(rolled, frame=rolling),
    ),
    (
        "edges_repeated",
        "The frame repeats the edge of the picture. It should hold zeros.",
        crops_that(frame=lambda X, pad: np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")),
    ),
    (
        "mirrored_frame",
        "The frame reflects the picture. It should hold zeros.",
        crops_that(
            frame=lambda X, pad: np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="symmetric")
        ),
    ),
    (
        "fixed_frame",
        "The frame has always the same width: how wide it is, pad says.",
        crops_that(
            lambda F, i, t, s, H, W: np.pad(F[i], ((0, 0), (0, 9), (0, 9)))[
                :, t[i] : t[i] + H, s[i] : s[i] + W
            ],
            frame=lambda X, pad: np.pad(X, ((0, 0), (0, 0), (4, 4), (4, 4))),
        ),
    ),
    (
        "frame_around_channels",
        "The frame goes around the channels too, so they move. It belongs around rows and columns only.",
        crops_that(
            lambda F, i, t, s, H, W: F[i, : rolled.channels, t[i] : t[i] + H, s[i] : s[i] + W],
            frame=lambda X, pad: (
                setattr(rolled, "channels", X.shape[1])
                or np.pad(X, ((0, 0), (pad, pad), (pad, pad), (pad, pad)))
            ),
        ),
    ),
    (
        "upside_down",
        "The pictures are turned upside down: left to right is the last axis.",
        crops_that(turn=lambda w: w[:, ::-1]),
    ),
    (
        "both_ways",
        "The pictures are turned by half a circle: mirror the columns, not the rows as well.",
        crops_that(turn=lambda w: w[:, ::-1, ::-1]),
    ),
    (
        "channels_turned",
        "It is the order of the channels that you turn around, not that of the columns.",
        crops_that(turn=lambda w: w[::-1]),
    ),
    (
        "frame_on_all_axes",
        "np.pad with one number pads all four axes, examples and channels too: give it a pair for each axis.",
        crops_that(frame=np.pad),
    ),
    ("never_mirrored", "No picture is mirrored.", crops_that(turn=lambda w: w)),
    (
        "all_mirrored",
        "All pictures are mirrored, or none. Picture i has mirror[i].",
        crops_that(mirrored=lambda mirror, i: np.any(mirror)),
    ),
    (
        "the_others_mirrored",
        "Those pictures are mirrored that should not be, and the others are not.",
        crops_that(mirrored=lambda mirror, i: not mirror[i]),
    ),
    (
        "mirrored_first",
        "You mirror the picture before you cut the window out, so it moves to the other side.",
        crops_that(first=mirrored_first, mirrored=lambda mirror, i: False),
    ),
    (
        "square_windows",
        "The window is as wide as it is high. A picture's H and W may differ.",
        crops_that(
            lambda F, i, t, s, H, W: (
                np.pad(F[i], ((0, 0), (0, 9), (0, 9)))[:, t[i] : t[i] + H, s[i] : s[i] + H][:, :, :W]
                if H >= W
                else np.pad(F[i, :, t[i] : t[i] + H, s[i] : s[i] + H], ((0, 0), (0, 0), (0, W - H)))
            )
        ),
    ),
    (
        "whole_frame",
        "You return the framed pictures. Cut a window of the picture's own size out of each.",
        whole_frame,
    ),
    (
        "one_short",
        "The windows are a row and a column too small: a slice ends before its second number.",
        crops_that(
            lambda F, i, t, s, H, W: np.pad(
                F[i, :, t[i] : t[i] + H - 1, s[i] : s[i] + W - 1], ((0, 0), (0, 1), (0, 1))
            )
        ),
    ),
    (
        "first_channel_only",
        "All channels are alike: each has to keep its own numbers.",
        crops_that(lambda F, i, t, s, H, W: F[i, :1, t[i] : t[i] + H, s[i] : s[i] + W]),
    ),
    (
        "first_picture_only",
        "Only the first picture is there: is your return inside the loop?",
        crops_that(
            lambda F, i, t, s, H, W: (
                F[i, :, t[i] : t[i] + H, s[i] : s[i] + W] if i == 0 else 0 * F[0, :, :H, :W]
            )
        ),
    ),
    (
        "in_place",
        "You write into the caller's X: fill a new array.",
        crops_in_place,
    ),
]:
    wrong(CROPS, f"crops_{name}", implementation, hint)


@right(CROPS)
def crops_by_index_arrays(X, top, left, mirror, pad):
    N, C, H, W = X.shape
    framed = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=X.dtype)
    framed[:, :, pad : pad + H, pad : pad + W] = X
    columns = np.where(mirror[:, None], np.arange(W)[::-1], np.arange(W)) + left[:, None]
    rows = np.arange(H) + top[:, None]
    picture = np.arange(N)[:, None, None, None]
    return framed[picture, np.arange(C)[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


@right(CROPS)
def crops_by_overlap(X, top, left, mirror, pad):
    out = np.zeros(X.shape)
    N, _, H, W = X.shape
    for i in range(N):
        for row in range(H):
            for column in range(W):
                r, c = row + top[i] - pad, column + left[i] - pad
                if 0 <= r < H and 0 <= c < W:
                    out[i, :, row, W - 1 - column if mirror[i] else column] = X[i, :, r, c]
    return out


@right(CROPS)
def crops_by_list(X, top, left, mirror, pad):
    pictures = []
    for x, t, s, m in zip(X, top, left, mirror, strict=True):
        cut = np.pad(x, [(0, 0), (pad, pad), (pad, pad)])[:, t:, s:][:, : x.shape[1], : x.shape[2]]
        pictures.append(np.flip(cut, axis=2) if m else cut)
    return np.stack(pictures)


# --- early stopping


def counts_all_bad_epochs(scores, patience):
    best, bad = 0, 0
    for epoch in range(len(scores)):
        if epoch and scores[epoch] > scores[best]:
            best = epoch
        elif epoch:
            bad += 1
        if bad == patience:
            break
    return best, epoch


def last_of_equal_bests(scores, patience):
    best, last = stopping_that()(scores, patience)
    return [e for e in range(last + 1) if scores[e] == scores[best]][-1], last


def beyond_the_list(scores, patience):
    best, _ = stopping_that()(scores, patience)
    return best, best + patience


WHOLE_HISTORY = "You look at epochs after the one where training has stopped. Nobody will ever know them."
for name, hint, implementation in [
    (
        "ties_are_better",
        "Being equal to the best is not better: only strictly larger is a new best.",
        stopping_that(better=lambda score, best, last: score >= best),
    ),
    (
        "compares_with_last",
        "You compare with the epoch before. A new best is larger than all that came before.",
        stopping_that(better=lambda score, best, last: score > last),
    ),
    (
        "never_forgives",
        "You count all bad epochs together. A new best starts the count anew: it is `patience` in a row.",
        counts_all_bad_epochs,
    ),
    (
        "one_too_late",
        "Training goes on for one epoch too many: stop at the patience-th epoch without a new best.",
        stopping_that(enough=lambda waited, patience: waited > patience),
    ),
    (
        "one_too_early",
        "Training stops one epoch too early: it is the patience-th epoch in a row without a new best.",
        stopping_that(enough=lambda waited, patience: waited >= max(patience - 1, 1)),
    ),
    (
        "impatient",
        "Training stops at the first epoch without a new best: where is patience used?",
        stopping_that(enough=lambda waited, patience: waited >= 1),
    ),
    ("never_stops", "Training never stops: what ends the loop?", stopping_that(enough=lambda *_: False)),
    (
        "sees_the_future",
        WHOLE_HISTORY,
        stopping_that(answer=lambda best, last, scores: (int(np.argmax(scores)), last)),
    ),
    (
        "swapped",
        "The two numbers are exchanged: first the best epoch, then the last.",
        stopping_that(answer=lambda best, last, scores: (last, best)),
    ),
    (
        "keeps_the_last",
        "You keep the last epoch. Keep the best one: the last are those that brought nothing new.",
        stopping_that(answer=lambda best, last, scores: (last, last)),
    ),
    (
        "counts_from_one",
        "Your epochs are counted from 1. Here the first one is epoch 0.",
        stopping_that(answer=lambda best, last, scores: (best + 1, last + 1)),
    ),
    (
        "returns_scores",
        "You return scores. Asked for are the numbers of epochs.",
        stopping_that(answer=lambda best, last, scores: (scores[best], scores[last])),
    ),
    (
        "smaller_is_better",
        "You look for the smallest number. Here larger is better.",
        stopping_that(better=lambda score, best, last: score < best),
    ),
    (
        "starts_at_zero",
        "Epoch 0 is a new best whatever its number is. Do you begin with a "
        "best of 0? Scores may be negative.",
        stopping_that(start=0.0),
    ),
    (
        "last_of_equal_bests",
        "Of several equal numbers you keep the last. The first of them was the new best.",
        last_of_equal_bests,
    ),
    (
        "beyond_the_list",
        "last_epoch lies where the list has ended already. If training is "
        "never stopped, it is the list's last.",
        beyond_the_list,
    ),
    (
        "length_of_training",
        "last_epoch is one too large: it is the number of an epoch, counted from 0, not how many there were.",
        stopping_that(answer=lambda best, last, scores: (best, last + 1)),
    ),
    (
        "none_if_not_stopped",
        "If training isn't stopped, last_epoch is the last one of the list.",
        stopping_that(answer=lambda best, last, scores: (best, -1 if last == len(scores) - 1 else last)),
    ),
    (
        "best_epoch_only",
        "Two numbers are asked for: the best epoch and the last.",
        stopping_that(answer=lambda best, last, scores: best),
    ),
]:
    wrong(STOP, f"stopping_{name}", implementation, hint)


@right(STOP)
def stopping_by_while(scores, patience):
    best_epoch = epoch = waited = 0
    while waited < patience and epoch + 1 < len(scores):
        epoch += 1
        if scores[epoch] > max(scores[:epoch]):
            best_epoch, waited = epoch, 0
        else:
            waited += 1
    return [best_epoch, epoch]


@right(STOP)
def stopping_by_running_maximum(scores, patience):
    first = np.array([int(np.argmax(scores[: e + 1])) for e in range(len(scores))])
    late = np.flatnonzero(np.arange(len(scores)) - first >= patience)
    last = late[0] if len(late) else len(scores) - 1
    return first[last], last


@right(STOP)
def stopping_from_minus_infinity(scores, patience):
    best, best_epoch, bad = -np.inf, None, 0
    for epoch, score in enumerate(scores):
        if score > best:
            best, best_epoch, bad = score, epoch, 0
        else:
            bad += 1
            if bad >= patience:
                return best_epoch, epoch
    return best_epoch, len(scores) - 1


# --- ensembles


def exp(scores):
    with np.errstate(all="ignore"):
        return np.exp(scores)


def overflowing(scores):
    with np.errstate(all="ignore"):
        return (exp(scores) / exp(scores).sum(axis=-1, keepdims=True)).mean(axis=0)


def of_sums(scores):
    with np.errstate(all="ignore"):
        total = exp(scores - scores.max()).sum(axis=0)
        return total / total.sum(axis=1, keepdims=True)


def along(axis):
    return lambda scores: np.apply_along_axis(softmax, axis, scores).mean(axis=0)


def votes(scores):
    return np.eye(scores.shape[-1])[scores.argmax(axis=-1)].mean(axis=0)


def ensemble_in_place(scores):
    for member in scores:
        member -= member.max(axis=1, keepdims=True)
        np.exp(member, out=member)
        member /= member.sum(axis=1, keepdims=True)
    mean = sum(scores) / len(scores)
    return mean.argmax(axis=1), mean


def mean_softmax(scores):
    return softmax(scores).mean(axis=0)


def arrays_only(scores):
    probabilities = softmax(scores.astype(float)).mean(axis=0)
    return probabilities.argmax(axis=1), probabilities


for name, hint, implementation in [
    (
        "mean_of_scores",
        "You average scores and then take the softmax. Take each member's softmax first, then the mean.",
        ensemble_that(lambda scores: softmax(scores.mean(axis=0))),
    ),
    (
        "raw_scores",
        "Your probabilities don't add up to 1: turn each member's scores into probabilities first.",
        ensemble_that(lambda scores: scores.mean(axis=0)),
    ),
    (
        "overflow",
        "exp overflows for large scores: subtract each row's largest score "
        "first, which changes no probability.",
        ensemble_that(overflowing),
    ),
    (
        "one_softmax_for_all",
        "Exponentials are added before they are divided, so the member with "
        "the largest scores decides alone.",
        ensemble_that(of_sums),
    ),
    (
        "over_pictures",
        "Your softmax runs over the pictures. Each picture's probabilities add up to 1 over the classes.",
        ensemble_that(along(1)),
    ),
    (
        "over_members",
        "Your softmax runs over the members. Each picture's probabilities add up to 1 over the classes.",
        ensemble_that(along(0)),
    ),
    (
        "a_vote",
        "You let the members vote. Take the mean of their probabilities: how sure they are counts too.",
        ensemble_that(votes),
    ),
    (
        "voted_labels",
        "The probabilities are right, but the labels come from a vote: take the class with the largest mean.",
        lambda scores: (votes(np.asarray(scores)).argmax(axis=1), mean_softmax(np.asarray(scores))),
    ),
    (
        "the_product",
        "You multiply the members' probabilities. Asked for is their mean.",
        ensemble_that(lambda scores: softmax(scores).prod(axis=0)),
    ),
    (
        "the_maximum",
        "You take the most certain member's probability for each class. Asked for is the mean of all.",
        ensemble_that(lambda scores: softmax(scores).max(axis=0)),
    ),
    (
        "the_median",
        "You take the median of the members. Asked for is their mean.",
        ensemble_that(lambda scores: np.median(softmax(scores), axis=0)),
    ),
    (
        "the_sum",
        "Your probabilities add up to the number of members: divide by it.",
        ensemble_that(lambda scores: softmax(scores).sum(axis=0)),
    ),
    (
        "the_first_member",
        "Only the first member is asked.",
        ensemble_that(lambda scores: softmax(scores[0])),
    ),
    (
        "the_last_member",
        "Only the last member is asked: does each replace the one before instead of being added?",
        ensemble_that(lambda scores: softmax(scores[-1])),
    ),
    (
        "divided_by_pictures",
        "You divide by the number of pictures. How many members are there?",
        ensemble_that(lambda scores: softmax(scores).sum(axis=0) / scores.shape[1]),
    ),
    (
        "labels_over_pictures",
        "Your labels are numbers of pictures: take the largest probability in each row, not in each column.",
        ensemble_that(mean_softmax, lambda p: p.argmax(axis=0)),
    ),
    (
        "one_label",
        "You return one label for all pictures: each row has its own.",
        ensemble_that(mean_softmax, lambda p: p.argmax()),
    ),
    (
        "labels_as_floats",
        "Your labels are floats, and names[2.0] is an error: give them a type of whole numbers.",
        ensemble_that(mean_softmax, lambda p: p.argmax(axis=1).astype(float)),
    ),
    (
        "largest_probability",
        "You return how large the largest probability is. Asked for is which class it belongs to.",
        ensemble_that(mean_softmax, lambda p: p.max(axis=1)),
    ),
    (
        "smallest_wins",
        "You take the class with the smallest probability.",
        ensemble_that(mean_softmax, lambda p: p.argmin(axis=1)),
    ),
    (
        "swapped",
        "The two results are exchanged: first the labels, then the probabilities.",
        lambda scores: (mean_softmax(np.asarray(scores)), mean_softmax(np.asarray(scores)).argmax(axis=1)),
    ),
    (
        "arrays_only",
        "It works for an array, but the members' scores may come as a list of arrays too.",
        arrays_only,
    ),
    (
        "in_place",
        "You change the caller's scores: work on a copy.",
        ensemble_in_place,
    ),
]:
    wrong(ENSEMBLE, f"ensemble_{name}", implementation, hint)


@right(ENSEMBLE)
def ensemble_by_stable_exponentials(scores):
    scores = np.asarray(scores)
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    probabilities = (e / e.sum(axis=2, keepdims=True)).mean(axis=0)
    return np.argmax(probabilities, axis=1), probabilities


@right(ENSEMBLE)
def ensemble_by_loop(scores):
    total = np.zeros(scores[0].shape)
    for member in scores:
        for n, row in enumerate(member):
            e = np.exp(row - np.max(row))
            total[n] += e / np.sum(e)
    total /= len(scores)
    return np.array([int(row.argmax()) for row in total]), total


@right(ENSEMBLE)
def ensemble_in_float64(scores):
    probabilities = sum(softmax(np.asarray(member, dtype=np.float64)) for member in scores) / len(scores)
    return [probabilities.argmax(axis=1), probabilities]


# --- the questions

for value, hint in [
    (
        9.0,
        "36 * (1 - p) is the variance of vanilla dropout divided by p. Which "
        "two values come out of the inverted one?",
    ),
    (
        6.75,
        "That is what vanilla dropout gives: 6 or 0. Inverted dropout gives a "
        "larger value when the unit is kept.",
    ),
    (48.0, "That is the mean of the squares. The variance subtracts the square of the mean."),
    (12**0.5, "That is the standard deviation. Asked for is its square."),
    (108.0, "The unit is kept with probability 0.75 and dropped with 0.25, not the other way round."),
]:
    wrong_answer("answer_dropout_variance", value, hint)
for value, hint in [
    (500, "Each step takes a thousandth of what is left, and that becomes less and less."),
    (69, "The learning rate is missing: a step takes alpha times lambda."),
    (1000, "After so many steps of a thousandth each, the weight is down to about 37 %."),
    (6931, "A step takes a thousandth of the weight: multiply alpha by lambda once more."),
    (7, "A step takes alpha times lambda, a thousandth of the weight, not a tenth of it."),
]:
    wrong_answer("answer_half_life", value, hint)
for value, hint in [
    (
        "a",
        "A net that overfits is better on its training pictures than on "
        "others. Here it is the other way round.",
    ),
    ("b", "Then the two numbers would come closer; but what is different in how they were measured?"),
    ("d", "It can look better, if the training pictures are made harder than the validation pictures."),
]:
    wrong_answer("answer_better_on_validation", value, hint)


@mistake(
    ENSEMBLE, "scores may be a list of arrays: take each member's softmax in turn, or make one array of them."
)
def ensemble_of_arrays_only(scores):
    probabilities = softmax(scores).mean(axis=0)
    return probabilities.argmax(axis=1), probabilities
