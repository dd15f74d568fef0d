"""Wrong solutions of this notebook, each with a hint for the learner, and right ones written differently."""

import torch
import torch.nn.functional as F

from autograder.mistakes import Catalogue

NORM, MOMENTS, MIXED = "instance_norm", "moments_loss", "conditional_instance_norm"


def variance(x):
    return x.var((2, 3), unbiased=False, keepdim=True)


def channelwise(v):
    return v.view(1, -1, 1, 1)


def norm_that(
    centre=lambda x: x.mean((2, 3), keepdim=True),
    var=variance,
    root=lambda v, eps: torch.sqrt(v + eps),
    finish=lambda z, gamma, beta: channelwise(gamma) * z + channelwise(beta),
):
    """instance_norm, but for one thing."""

    def instance_norm(x, gamma, beta, eps=1e-5):
        return finish((x - centre(x)) / root(var(x), eps), gamma, beta)

    return instance_norm


def moments_that(
    mean=lambda a: a.mean((2, 3)),
    spread=lambda a, eps: torch.sqrt(a.var((2, 3), unbiased=False) + eps),
    distance=lambda m, s: m**2 + s**2,
    channels=lambda d: d.sum(1),
    images=lambda d: d.mean(),
):
    """moments_loss, but for one thing."""

    def moments_loss(current, style, eps=1e-5):
        m, s = mean(current) - mean(style), spread(current, eps) - spread(style, eps)
        return images(channels(distance(m, s)))

    return moments_loss


def mixed_that(
    gamma=lambda mix, gammas: mix @ gammas,
    beta=lambda mix, betas: mix @ betas,
    share=lambda mix: mix,
    normed=lambda x, eps: norm_that(finish=lambda z, g, b: z)(x, None, None, eps),
):
    """conditional_instance_norm, but for one thing."""

    def conditional_instance_norm(x, gammas, betas, mix, eps=1e-5):
        shares = share(mix)
        scale, shift = gamma(shares, gammas), beta(shares, betas)
        return scale[..., None, None] * normed(x, eps) + shift[..., None, None]

    return conditional_instance_norm


def gradient_of(function, weights, x, *arguments):
    x = x.detach().clone().requires_grad_()
    result = function(x, *arguments)
    if not (isinstance(result, torch.Tensor) and result.requires_grad):
        raise ValueError("the result is not connected with x: PyTorch can't find a gradient")
    return torch.autograd.grad((weights * result).sum(), x)[0]


CUT = "PyTorch finds no way from the result back to x: NumPy, item, detach and no_grad cut it."
HALF_CUT = "A part of x's influence is cut off: mean and deviation depend on x too, so detach neither."

catalogue = Catalogue(
    {
        "gradient_of": gradient_of,
        NORM: norm_that(),
        MOMENTS: moments_that(),
        MIXED: mixed_that(),
        "answer_means": 4,
        "answer_one_more_style": "b",
    }
)


def mistakes(function, table):
    """Register (name, hint, implementation) for each row."""
    for name, hint, implementation in table:
        implementation.__name__ = name
        catalogue.mistake(function, hint)(implementation)


def rights(function, table):
    """Register implementations that are right."""
    for name, implementation in table:
        implementation.__name__ = name
        catalogue.right(function)(implementation)


# --- instance norm


def norm_in_place(x, gamma, beta, eps=1e-5):
    deviation = torch.sqrt(variance(x) + eps)
    x -= x.mean((2, 3), keepdim=True)
    return channelwise(gamma) * (x / deviation) + channelwise(beta)


def norm_with_its_own_eps(x, gamma, beta, eps=1e-5):
    return norm_that()(x, gamma, beta, 1e-5)


mistakes(
    NORM,
    [
        (
            "batch_norm",
            "Images of a batch see each other: this is batch norm. Leave the first axis out of the means.",
            norm_that(
                centre=lambda x: x.mean((0, 2, 3), keepdim=True),
                var=lambda x: x.var((0, 2, 3), unbiased=False, keepdim=True),
            ),
        ),
        (
            "layer_norm",
            "All channels of an image share one mean: this is layer norm. Each channel has its own.",
            norm_that(
                centre=lambda x: x.mean((1, 2, 3), keepdim=True),
                var=lambda x: x.var((1, 2, 3), unbiased=False, keepdim=True),
            ),
        ),
        (
            "over_rows",
            "Every row of pixels gets a mean of its own: take it over both axes of the image.",
            norm_that(
                centre=lambda x: x.mean(3, keepdim=True), var=lambda x: x.var(3, unbiased=False, keepdim=True)
            ),
        ),
        (
            "over_channels",
            "The mean goes over the channels at each pixel: it should go over the pixels of each channel.",
            norm_that(
                centre=lambda x: x.mean(1, keepdim=True), var=lambda x: x.var(1, unbiased=False, keepdim=True)
            ),
        ),
        (
            "divides_by_one_less",
            "The variance is divided by one pixel less than there are: "
            "torch does so unless it is told otherwise.",
            norm_that(var=lambda x: x.var((2, 3), keepdim=True)),
        ),
        (
            "without_root",
            "You divide by the variance; the deviation is its square root.",
            norm_that(root=lambda v, eps: v + eps),
        ),
        (
            "eps_outside_the_root",
            "eps stands under the root, with the variance, and not beside the deviation.",
            norm_that(root=lambda v, eps: torch.sqrt(v) + eps),
        ),
        (
            "without_eps",
            "A channel without contrast gives 0 / 0: where is eps?",
            norm_that(root=lambda v, eps: torch.sqrt(v)),
        ),
        (
            "eps_of_its_own",
            "The eps that the caller passes has no influence: a number is written into the formula.",
            norm_with_its_own_eps,
        ),
        (
            "without_mean",
            "The mean is still there: subtract it before you divide.",
            norm_that(centre=lambda x: 0),
        ),
        (
            "without_gamma",
            "gamma has no influence on the result.",
            norm_that(finish=lambda z, g, b: z + channelwise(b)),
        ),
        (
            "without_beta",
            "beta has no influence on the result.",
            norm_that(finish=lambda z, g, b: channelwise(g) * z),
        ),
        (
            "beta_scaled_too",
            "beta is multiplied by gamma: first scale, then shift.",
            norm_that(finish=lambda z, g, b: channelwise(g) * (z + channelwise(b))),
        ),
        (
            "swapped",
            "gamma and beta have changed places: gamma is multiplied, beta is added.",
            norm_that(finish=lambda z, g, b: channelwise(b) * z + channelwise(g)),
        ),
        (
            "along_the_last_axis",
            "gamma and beta are laid along the width. They belong to "
            "the channels, axis 1: give them that shape.",
            norm_that(finish=lambda z, g, b: g * z + b),
        ),
        ("in_place", "x has changed: `-=` writes into the caller's tensor.", norm_in_place),
        (
            "as_an_array",
            "The result is a NumPy array, which knows nothing of gradients: stay in PyTorch.",
            lambda *inputs, **eps: norm_that()(*inputs, **eps).detach().numpy(),
        ),
        ("detached", CUT, lambda *inputs, **eps: norm_that()(*inputs, **eps).detach()),
        ("mean_detached", HALF_CUT, norm_that(centre=lambda x: x.detach().mean((2, 3), keepdim=True))),
        ("deviation_detached", HALF_CUT, norm_that(var=lambda x: variance(x.detach()))),
        (
            "both_detached",
            HALF_CUT,
            norm_that(
                centre=lambda x: x.detach().mean((2, 3), keepdim=True), var=lambda x: variance(x.detach())
            ),
        ),
        (
            "without_gamma_and_beta",
            "Neither gamma nor beta has an influence on the result.",
            norm_that(finish=lambda z, g, b: z),
        ),
        (
            "in_float32",
            "The result is float32, whatever x is: keep the dtype of x.",
            lambda *inputs, **eps: norm_that()(
                *(part.float() if torch.is_tensor(part) else part for part in inputs), **eps
            ),
        ),
        (
            "mean_without_its_axes",
            "Without keepdim the means lie along the wrong axes of x: keep the two axes, one long.",
            norm_that(centre=lambda x: x.mean((2, 3))),
        ),
        (
            "moments_without_their_axes",
            "Without keepdim the means lie along the wrong axes of x: keep the two axes, one long.",
            norm_that(centre=lambda x: x.mean((2, 3)), var=lambda x: x.var((2, 3), unbiased=False)),
        ),
        (
            "gamma_along_the_last_axis",
            "gamma is laid along the width. It belongs to the channels, axis 1: give it that shape.",
            norm_that(finish=lambda z, g, b: g * z + channelwise(b)),
        ),
    ],
)


def norm_by_loops(x, gamma, beta, eps=1e-5):
    out = torch.empty_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            pixels = x[n, c]
            out[n, c] = (
                gamma[c] * (pixels - pixels.mean()) * (pixels.var(correction=0) + eps) ** -0.5 + beta[c]
            )
    return out


def norm_by_batch_norm(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    flat = x.reshape(n * c, h * w)
    centred = flat - flat.mean(dim=1, keepdim=True)
    z = (centred / (centred.pow(2).mean(dim=1, keepdim=True) + eps).sqrt()).reshape(n, c, h, w)
    return torch.einsum("nchw,c->nchw", z, gamma) + beta[None, :, None, None]


def norm_by_moments(x, gamma, beta, eps=1e-5):
    x64 = x.double()
    mean = x64.mean((2, 3), keepdim=True)
    var = torch.clamp((x64**2).mean((2, 3), keepdim=True) - mean**2, min=0)
    return ((x64 - mean) * torch.rsqrt(var + eps) * channelwise(gamma) + channelwise(beta)).to(x.dtype)


rights(
    NORM, [("by_loops", norm_by_loops), ("flattened", norm_by_batch_norm), ("by_moments", norm_by_moments)]
)

# --- moments


def moments_with_eps_in_one(current, style, eps=1e-5):
    m = current.mean((2, 3)) - style.mean((2, 3))
    s = torch.sqrt(current.var((2, 3), unbiased=False) + eps) - style.std((2, 3), unbiased=False)
    return (m**2 + s**2).sum(1).mean()


def moments_in_place(current, style, eps=1e-5):
    loss = moments_that()(current, style, eps)
    current -= current.mean((2, 3), keepdim=True)
    return loss


mistakes(
    MOMENTS,
    [
        ("without_means", "The means have no influence.", moments_that(distance=lambda m, s: s**2)),
        ("without_deviations", "The deviations have no influence.", moments_that(distance=lambda m, s: m**2)),
        (
            "variances",
            "You compare variances; a deviation is the square root of the variance.",
            moments_that(spread=lambda a, eps: a.var((2, 3), unbiased=False) + eps),
        ),
        (
            "divides_by_one_less",
            "The variance is divided by one pixel less than there are: "
            "torch does so unless it is told otherwise.",
            moments_that(spread=lambda a, eps: torch.sqrt(a.var((2, 3)) + eps)),
        ),
        (
            "not_squared",
            "The differences are not squared: their absolute values are added up.",
            moments_that(distance=lambda m, s: m.abs() + s.abs()),
        ),
        (
            "squared_together",
            "Mean and deviation are added before they are squared, so that one can make up for the other.",
            moments_that(distance=lambda m, s: (m + s) ** 2),
        ),
        (
            "mean_over_channels",
            "You take the mean over the channels; they are summed. Only the images are averaged.",
            moments_that(channels=lambda d: d.mean(1)),
        ),
        (
            "sum_over_images",
            "The loss grows with the number of images: average over them.",
            moments_that(images=lambda d: d.sum()),
        ),
        (
            "over_the_batch",
            "The images' moments are taken together. Each image has means and deviations of its own.",
            moments_that(
                mean=lambda a: a.mean((0, 2, 3))[None],
                spread=lambda a, eps: torch.sqrt(a.var((0, 2, 3), unbiased=False) + eps)[None],
            ),
        ),
        (
            "over_all_channels",
            "One mean is taken for all channels. Each channel has its own.",
            moments_that(
                mean=lambda a: a.mean((1, 2, 3))[:, None],
                spread=lambda a, eps: torch.sqrt(a.var((1, 2, 3), unbiased=False) + eps)[:, None],
            ),
        ),
        (
            "root_of_the_loss",
            "A root is taken at the end: the loss is the sum of the squares itself.",
            moments_that(channels=lambda d: d.sum(1).sqrt()),
        ),
        (
            "only_the_first_image",
            "Only the first image counts.",
            moments_that(images=lambda d: d[0]),
        ),
        (
            "one_for_each_image",
            "One number for each image comes back; average them to one.",
            moments_that(images=lambda d: d),
        ),
        (
            "negative",
            "The loss is negative: it should grow with the distance.",
            moments_that(images=lambda d: -d.mean()),
        ),
        (
            "half",
            "The loss is half of what it should be: the formula has no factor in front.",
            moments_that(images=lambda d: d.mean() / 2),
        ),
        (
            "eps_outside_the_root",
            "eps stands under the root, with the variance.",
            moments_that(spread=lambda a, eps: torch.sqrt(a.var((2, 3), unbiased=False)) + eps),
        ),
        (
            "eps_in_one_only",
            "eps belongs to both deviations, that of the style, too.",
            moments_with_eps_in_one,
        ),
        (
            "pixel_by_pixel",
            "You compare pixel by pixel. Asked for are the mean and the deviation of each channel, "
            "wherever its pixels are.",
            lambda current, style, eps=1e-5: ((current - style) ** 2).sum((1, 2, 3)).mean(),
        ),
        ("in_place", "The activations have changed: `-=` writes into the caller's tensor.", moments_in_place),
        ("a_number", CUT, moments_that(images=lambda d: d.mean().item())),
        ("detached", CUT, lambda current, style, eps=1e-5: moments_that()(current.detach(), style, eps)),
        ("means_detached", HALF_CUT, moments_that(mean=lambda a: a.detach().mean((2, 3)))),
        (
            "mean_of_all",
            "You take the mean over the channels; they are summed. Only the images are averaged.",
            moments_that(channels=lambda d: d, images=lambda d: d.mean()),
        ),
    ],
)


def moments_by_numpy_like_loops(current, style, eps=1e-5):
    total = 0.0
    for image in current:
        for a, b in zip(image, style[0], strict=True):
            total = total + (a.mean() - b.mean()) ** 2
            total = total + ((a.var(correction=0) + eps) ** 0.5 - (b.var(correction=0) + eps) ** 0.5) ** 2
    return total / len(current)


def moments_by_mse(current, style, eps=1e-5):
    goal = style.expand(len(current), -1, -1, -1)
    pairs = [(a.mean((-2, -1)), (a.var((-2, -1), unbiased=False) + eps).sqrt()) for a in (current, goal)]
    return sum(F.mse_loss(*pair, reduction="sum") for pair in zip(*pairs, strict=True)) / len(current)


def moments_stacked(current, style, eps=1e-5):
    def describe(a):
        flat = a.flatten(2)
        centred = flat - flat.mean(2, keepdim=True)
        return torch.cat([flat.mean(2), torch.sqrt(centred.square().mean(2) + eps)], dim=1)

    return (describe(current) - describe(style)).square().sum() / current.shape[0]


rights(
    MOMENTS,
    [("by_loops", moments_by_numpy_like_loops), ("by_mse", moments_by_mse), ("stacked", moments_stacked)],
)

# --- conditional instance norm


def mixed_by_the_strongest(mix):
    return F.one_hot(mix.argmax(-1), mix.shape[-1]).to(mix)


def mixed_in_place(x, gammas, betas, mix, eps=1e-5):
    out = mixed_that()(x, gammas, betas, mix, eps)
    x.copy_(out)
    return x


def mixed_last_style(x, gammas, betas, mix, eps=1e-5):
    rows = mix.expand(len(x), -1) if mix.dim() == 1 else mix
    for s in range(len(gammas)):
        z = rows[:, s].view(-1, 1, 1, 1) * norm_that()(x, gammas[s], betas[s], eps)
    return z


def mixed_swapped(x, gammas, betas, mix, eps=1e-5):
    return mixed_that()(x, betas, gammas, mix, eps)


def mixed_ignores_eps(x, gammas, betas, mix, eps=1e-5):
    return mixed_that()(x, gammas, betas, mix)


mistakes(
    MIXED,
    [
        (
            "strongest_style_only",
            "Only the style with the largest share counts: mix the rows instead of choosing one.",
            mixed_that(share=mixed_by_the_strongest),
        ),
        (
            "first_mix_for_all",
            "All images get the mix of the first. Each has a row of its own.",
            mixed_that(share=lambda mix: mix[:1] if mix.ndim == 2 else mix),
        ),
        (
            "mean_mix_for_all",
            "All images get the average of the mixes. Each has a row of its own.",
            mixed_that(share=lambda mix: mix.mean(0) if mix.ndim == 2 else mix),
        ),
        (
            "shares_brought_to_one",
            "The shares are divided by their sum: use them as they are.",
            mixed_that(share=lambda mix: mix / mix.sum(-1, keepdim=True)),
        ),
        (
            "softmax_of_shares",
            "A softmax is applied to mix: its numbers are the shares already.",
            mixed_that(share=lambda mix: mix.softmax(-1)),
        ),
        (
            "without_negative_shares",
            "Negative shares are cut off: use them as they are.",
            mixed_that(share=lambda mix: mix.clamp_min(0)),
        ),
        (
            "shares_between_0_and_1",
            "The shares are cut off at 0 and 1: use them as they are.",
            mixed_that(share=lambda mix: mix.clamp(0, 1)),
        ),
        (
            "last_style_only",
            "Only the last style is left: the results of all styles have to be added up.",
            mixed_last_style,
        ),
        (
            "betas_not_mixed",
            "The shifts are not mixed: they are the plain sum of the rows of betas.",
            mixed_that(beta=lambda mix, betas: betas.sum(0)),
        ),
        (
            "gammas_not_mixed",
            "The scales are not mixed: they are the plain mean of the rows of gammas.",
            mixed_that(gamma=lambda mix, gammas: gammas.mean(0)),
        ),
        (
            "without_betas",
            "betas have no influence.",
            mixed_that(beta=lambda mix, betas: 0 * (mix @ betas)),
        ),
        (
            "without_gammas",
            "gammas have no influence.",
            mixed_that(gamma=lambda mix, gammas: 0 * (mix @ gammas) + 1),
        ),
        (
            "batch_norm",
            "Images of a batch see each other: mean and variance belong to one channel of one image.",
            mixed_that(
                normed=lambda x, eps: (
                    (x - x.mean((0, 2, 3), keepdim=True))
                    / torch.sqrt(x.var((0, 2, 3), unbiased=False, keepdim=True) + eps)
                )
            ),
        ),
        (
            "not_normalised",
            "x is scaled and shifted, but not normalised before.",
            mixed_that(normed=lambda x, eps: x),
        ),
        (
            "divides_by_one_less",
            "The variance is divided by one pixel less than there are.",
            mixed_that(
                normed=lambda x, eps: (
                    (x - x.mean((2, 3), keepdim=True)) / torch.sqrt(x.var((2, 3), keepdim=True) + eps)
                )
            ),
        ),
        ("ignores_eps", "eps does not get to the root: do you pass it on?", mixed_ignores_eps),
        (
            "one_mix_only_by_rows",
            "A mix of shape (S,) fails or is misread: it holds for all images.",
            mixed_that(share=lambda mix: mix if mix.ndim == 2 else mix[:, None]),
        ),
        (
            "rows_transposed",
            "The shares belong to the rows of gammas and betas: (N, S) times (S, C), nothing is transposed.",
            mixed_that(gamma=lambda mix, gammas: mix @ gammas.T),
        ),
        (
            "mix_always_by_rows",
            "A mix of shape (S,) fails or is misread: it holds for all images.",
            mixed_that(share=lambda mix: mix[:, :]),
        ),
        (
            "scale_of_the_first_style",
            "All images get the gammas of the first style: mix the rows.",
            mixed_that(gamma=lambda mix, gammas: gammas[0]),
        ),
        (
            "scale_of_the_strongest",
            "Only the style with the largest share counts: mix the rows instead of choosing one.",
            mixed_that(gamma=lambda mix, gammas: gammas[mix.argmax(-1)]),
        ),
        (
            "deviation_detached",
            HALF_CUT,
            mixed_that(
                normed=lambda x, eps: norm_that(var=lambda x: variance(x.detach()), finish=lambda z, g, b: z)(
                    x, None, None, eps
                )
            ),
        ),
        ("swapped", "gammas and betas have changed places.", mixed_swapped),
        ("in_place", "x has changed: the result is written into the caller's tensor.", mixed_in_place),
    ],
)


def mixed_by_loops(x, gammas, betas, mix, eps=1e-5):
    rows = mix.expand(len(x), -1) if mix.dim() == 1 else mix
    images = []
    for image, row in zip(x, rows, strict=True):
        gamma = sum(share * gamma for share, gamma in zip(row, gammas, strict=True))
        beta = sum(share * beta for share, beta in zip(row, betas, strict=True))
        images.append(norm_by_loops(image[None], gamma, beta, eps))
    return torch.cat(images)


def mixed_results(x, gammas, betas, mix, eps=1e-5):
    rows = mix.reshape(-1, gammas.shape[0])
    out = torch.zeros_like(x)
    for s in range(gammas.shape[0]):
        out = out + rows[:, s].view(-1, 1, 1, 1) * norm_that()(x, gammas[s], betas[s], eps)
    return out


def mixed_by_einsum(x, gammas, betas, mix, eps=1e-5):
    scale, shift = (torch.einsum("ns,sc->nc", torch.atleast_2d(mix), rows) for rows in (gammas, betas))
    centred = x - x.mean((2, 3))[:, :, None, None]
    deviation = (centred.pow(2).mean((2, 3)) + eps).sqrt()
    return centred * (scale / deviation)[:, :, None, None] + shift[:, :, None, None]


rights(
    MIXED, [("by_loops", mixed_by_loops), ("mixed_results", mixed_results), ("by_einsum", mixed_by_einsum)]
)

for number, hint in [
    (64, "That is how many means instance norm computes. How many are they for batch norm?"),
    (16, "That is how many means batch norm computes: one for each channel."),
    (0.25, "The other way round: instance norm computes more of them."),
    (4 * 64 * 64, "A mean is taken over all pixels of a channel: not one for each pixel."),
]:
    catalogue.wrong_answer("answer_means", number, hint)
for choice, hint in [
    ("a", "All the styles share the convolutions, and the new one can use what they have learned."),
    ("c", "mix says how much of a style is wanted. Where is kept what the style is?"),
    ("d", "Blends lie between the first two styles; a third style is in general not there."),
]:
    catalogue.wrong_answer("answer_one_more_style", choice, hint)
