import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_loss(x, y):
    s = x - x.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    N = x.shape[0]
    d = np.exp(logp)
    d[np.arange(N), y] -= 1
    return -logp[np.arange(N), y].mean(), d / N


def max_pool_2x2_forward(x):
    out, cache = max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    return out, cache


def max_pool_2x2_backward(dout, cache):
    return max_pool_backward_naive(dout, cache)



def multiply_backward(dout, out, x, y):
    """(dx, dy) of out = x * y, given the gradient dout of out. All are numbers, or arrays of one shape."""
    return dout * y, dout * x


def divide_backward(dout, out, x, y):
    """(dx, dy) of out = x / y, given the gradient dout of out. All are numbers, or arrays of one shape."""
    return dout / y, -dout * x / y**2


def maximum_backward(dout, out, x, y):
    """(dx, dy) of out = max(x, y), given the gradient dout of out. All are numbers, or arrays of one shape."""
    mask = x > y
    return dout * mask, dout * (1 - mask)


def sum_to_shape(gradient, shape):
    """The gradient of an array of the given shape that was broadcast to gradient.shape. `shape` is a tuple."""
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


def matmul_backward(dout, out, x, w):
    """(dx, dw) of out = x @ w. x: (N, D), w: (D, M), out and dout: (N, M)."""
    return dout @ w.T, x.T @ dout


def softsign_forward(x):
    """(out, cache) with out = x / (1 + |x|) in the shape of x."""
    return x / (1 + np.abs(x)), x


def softsign_backward(dout, cache):
    """dx in the shape of x, given the gradient dout of out and the cache of softsign_forward."""
    x = cache
    return dout / (1 + np.abs(x)) ** 2


def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalise each feature over the mini-batch (training) or by running averages (test).

    x has shape (N, D), gamma and beta have shape (D,); bn_param is described above.
    Returns (out, cache), out of shape (N, D).
    """
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if mode == "train":
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mu, var = running_mean, running_var
    c = x - mu
    s = 1 / np.sqrt(var + eps)
    x_hat = c * s
    out = gamma * x_hat + beta
    cache = (x_hat, c, s, gamma)
    return out, cache


def batchnorm_backward(dout, cache):
    """The gradients of batch norm in training mode, box by box through the graph.

    dout has shape (N, D). Returns (dx, dgamma, dbeta) of shapes (N, D), (D,) and (D,).
    """
    x_hat, c, s, gamma = cache
    N = dout.shape[0]
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx_hat = dout * gamma
    ds = np.sum(dx_hat * c, axis=0)
    dv = -0.5 * s**3 * ds
    dc = dx_hat * s + 2 / N * c * dv
    dmu = -np.sum(dc, axis=0)
    dx = dc + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    """The same gradients as batchnorm_backward by the short formula."""
    x_hat, c, s, gamma = cache
    N = dout.shape[0]
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = gamma * s * (dout - dbeta / N - x_hat * dgamma / N)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    """Normalise each example over its features, then scale and shift each feature.

    x has shape (N, D), gamma and beta have shape (D,). Returns (out, cache), out of shape (N, D).
    """
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    s = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - mu) * s
    out = gamma * x_hat + beta
    cache = (x_hat, s, gamma)
    return out, cache


def layernorm_backward(dout, cache):
    """The gradients of layer norm. dout has shape (N, D); returns (dx, dgamma, dbeta)."""
    x_hat, s, gamma = cache
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    g = dout * gamma
    dx = s * (g - g.mean(axis=1, keepdims=True) - x_hat * (g * x_hat).mean(axis=1, keepdims=True))
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Batch norm of images: statistics of each channel over examples and places.

    x has shape (N, C, H, W), gamma and beta have shape (C,). Returns (out, cache), out in the shape of x.
    """
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    """The gradients of spatial batch norm: dout (N, C, H, W) to (dx, dgamma, dbeta)."""
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Group norm of images: statistics of each picture's G groups of channels.

    x has shape (N, C, H, W), gamma and beta have shape (1, C, 1, 1). Returns (out, cache).
    """
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    xg = x.reshape(N, G, C // G, H, W)
    mu = xg.mean(axis=(2, 3, 4), keepdims=True)
    s = 1 / np.sqrt(xg.var(axis=(2, 3, 4), keepdims=True) + eps)
    x_hat = ((xg - mu) * s).reshape(x.shape)
    out = gamma * x_hat + beta
    cache = (x_hat, s, gamma, G)
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    """The gradients of group norm: dout (N, C, H, W) to dx like it, dgamma and dbeta (1, C, 1, 1)."""
    x_hat, s, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(N, G, C // G, H, W)
    xh = x_hat.reshape(g.shape)
    ax = dict(axis=(2, 3, 4), keepdims=True)
    dx = (s * (g - g.mean(**ax) - xh * (g * xh).mean(**ax))).reshape(N, C, H, W)
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    """Inverted dropout: in training mode each number of x is kept with probability p and divided by p.

    x: any shape. dropout_param: a dictionary with "mode", "p", and perhaps "seed".
    Returns (out, cache), out shaped like x.
    """
    mode, p = dropout_param["mode"], dropout_param["p"]
    if mode == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = (rng.random(x.shape) < p) / p
    out = (x * mask).astype(x.dtype)
    cache = mask
    return out, cache


def dropout_backward(dout, cache):
    """The gradient of dropout's input, from that of its output: the forward pass's own mask decides."""
    dx = dout if cache is None else dout * cache
    return dx


def conv_forward_naive(x, w, b, conv_param):
    """Convolve pictures with filters, one window at a time.

    x has shape (N, C, H, W), w has shape (F, C, HH, WW), b has shape (F,);
    conv_param["stride"] and conv_param["pad"] are whole numbers.
    Returns out, shape (N, F, OH, OW), and a cache for conv_backward_naive.
    """
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    OH = (H + 2 * p - HH) // s + 1
    OW = (W + 2 * p - WW) // s + 1
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    window = xp[n, :, i * s : i * s + HH, j * s : j * s + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    """The gradients of a convolution, one window at a time.

    dout has shape (N, F, OH, OW), cache comes from conv_forward_naive.
    Returns dx, shape (N, C, H, W), dw, shape (F, C, HH, WW), and db, shape (F,).
    """
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    _, _, OH, OW = dout.shape
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    d = dout[n, f, i, j]
                    dw[f] += d * xp[n, :, i * s : i * s + HH, j * s : j * s + WW]
                    dxp[n, :, i * s : i * s + HH, j * s : j * s + WW] += d * w[f]
                    db[f] += d
    dx = dxp[:, :, p : p + H, p : p + W]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    """The largest number of each window of each channel.

    x has shape (N, C, H, W); pool_param holds "pool_height", "pool_width" and "stride".
    Returns out, shape (N, C, OH, OW), and a cache for max_pool_backward_naive.
    """
    N, C, H, W = x.shape
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    OH, OW = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            out[:, :, i, j] = x[:, :, i * s : i * s + ph, j * s : j * s + pw].max(axis=(2, 3))
    cache = (x, pool_param)
    return out, cache


def max_pool_backward_naive(dout, cache):
    """Send each gradient to the pixel that was the maximum of its window.

    dout has shape (N, C, OH, OW), cache comes from max_pool_forward_naive.
    Returns dx, shape (N, C, H, W).
    """
    x, pool_param = cache
    dx = np.zeros_like(x)
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, OH, OW = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(OH):
                for j in range(OW):
                    window = x[n, c, i * s : i * s + ph, j * s : j * s + pw]
                    a, b = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * s + a, j * s + b] += dout[n, c, i, j]
    return dx


def im2col(x, kernel_height, kernel_width, stride, pad):
    """Each window of each picture as a column.

    x has shape (N, C, H, W). Returns an array of shape (N, C * kernel_height * kernel_width, OH * OW).
    """
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH = (H + 2 * pad - kernel_height) // stride + 1
    OW = (W + 2 * pad - kernel_width) // stride + 1
    columns = np.zeros((N, C, kernel_height, kernel_width, OH, OW), dtype=x.dtype)
    for i in range(kernel_height):
        for j in range(kernel_width):
            columns[:, :, i, j] = xp[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
    columns = columns.reshape(N, C * kernel_height * kernel_width, OH * OW)
    return columns


def conv_forward_im2col(x, w, b, conv_param):
    """The same as conv_forward_naive, by a matrix product.

    x has shape (N, C, H, W), w has shape (F, C, HH, WW), b has shape (F,).
    Returns out, shape (N, F, OH, OW), and a cache for conv_backward_im2col.
    """
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    OH = (H + 2 * p - HH) // s + 1
    OW = (W + 2 * p - WW) // s + 1
    out = w.reshape(F, -1) @ im2col(x, HH, WW, s, p) + b[:, None]
    out = out.reshape(N, F, OH, OW)
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_im2col(dout, cache):
    """The same as conv_backward_naive, by matrix products.

    dout has shape (N, F, OH, OW), cache comes from conv_forward_im2col.
    Returns dx, shape (N, C, H, W), dw, shape (F, C, HH, WW), and db, shape (F,).
    """
    x, w, _, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    _, _, OH, OW = dout.shape
    d = dout.reshape(N, F, OH * OW)
    columns = im2col(x, HH, WW, s, p)
    dw = (d @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    db = dout.sum(axis=(0, 2, 3))
    dcols = (w.reshape(F, -1).T @ d).reshape(N, C, HH, WW, OH, OW)
    dxp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
    for i in range(HH):
        for j in range(WW):
            dxp[:, :, i : i + s * OH : s, j : j + s * OW : s] += dcols[:, :, i, j]
    dx = dxp[:, :, p : p + H, p : p + W]
    return dx, dw, db
