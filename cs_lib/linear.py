"""Linear classifiers: scores X W, a loss on them, and training by stochastic gradient descent.

Each loss stands here twice: with loops, as one reads the formula, and vectorised, as one runs it.
A bias is the weight of an extra column of ones in X. Not for: the losses on scores alone
(`cs_lib.losses`), or nets of several layers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cs_lib.losses import softmax_loss, squared_hinge_loss, svm_loss
from cs_lib.regularization import l2
from cs_lib.validation import as_floats, expect_between, expect_labels, expect_positive, expect_shapes

LossAndGradient = tuple[float, np.ndarray]


def svm_loss_naive(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> LossAndGradient:
    """Multiclass hinge loss with margin 1, in loops.

    W: weights (D, C); X: examples (N, D); y: labels (N,); reg: strength of reg * sum(W^2).
    Returns (loss, dW), dW: (D, C). Raises TypeError or ValueError for wrong shapes, dtypes or labels,
    and for an X that holds NaN; weights that have diverged make a loss of NaN.
    """
    W, X, reg = _checked(W, X, y, reg)
    loss, dW = 0.0, np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        for j in range(W.shape[1]):
            if j == label:
                continue
            margin = scores[j] - scores[label] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += x
                dW[:, label] -= x
    loss, dW = loss / len(X), dW / len(X)
    return float(loss + reg * np.sum(W * W)), dW + 2 * reg * W


def svm_loss_vectorized(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> LossAndGradient:
    """The same as `svm_loss_naive`, shapes and errors included, without loops."""
    return _loss_of_scores(svm_loss, W, X, y, reg)


def softmax_loss_naive(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> LossAndGradient:
    """Cross-entropy of the softmax, in loops. Shapes, results and errors as `svm_loss_naive`."""
    W, X, reg = _checked(W, X, y, reg)
    loss, dW = 0.0, np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        scores = x @ W
        scores = scores - scores.max()  # the same probabilities, and exp can't overflow
        log_sum = np.log(np.exp(scores).sum())
        loss += log_sum - scores[label]
        for j in range(W.shape[1]):
            p = np.exp(scores[j] - log_sum)
            dW[:, j] += (p - (j == label)) * x
    loss, dW = loss / len(X), dW / len(X)
    return float(loss + reg * np.sum(W * W)), dW + 2 * reg * W


def softmax_loss_vectorized(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> LossAndGradient:
    """The same as `softmax_loss_naive`, shapes and errors included, without loops."""
    return _loss_of_scores(softmax_loss, W, X, y, reg)


def squared_hinge_loss_vectorized(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> LossAndGradient:
    """`svm_loss_vectorized` with each margin squared; the same shapes and errors."""
    return _loss_of_scores(squared_hinge_loss, W, X, y, reg)


def _loss_of_scores(loss_on_scores, W, X, y, reg) -> LossAndGradient:
    """Chain rule: scores = X W, so dW = X^T dscores."""
    W, X, reg = _checked(W, X, y, reg)
    loss, dscores = loss_on_scores(X @ W, y)
    penalty, dpenalty = l2(W, reg)
    return loss + penalty, X.T @ dscores + dpenalty


class LinearClassifier:
    """Scores X W, trained with mini-batch gradient descent; subclasses choose the loss.

    Attribute W: (D, C), None before training.
    """

    loss_function: Callable[..., LossAndGradient]

    def __init__(self) -> None:
        self.W: np.ndarray | None = None

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
        seed: int | None = None,
    ) -> list[float]:
        """Take num_iters steps of gradient descent on random mini-batches; returns the loss of each.

        X: (N, D); y: (N,). Batches are drawn with replacement, so batch_size may exceed N.
        A second call goes on from the weights of the first. `seed` makes the run repeatable.
        Raises TypeError or ValueError for arrays that do not fit, NaN, and settings out of range.
        """
        expect_shapes(X=(X, "N D"), y=(y, "N"))
        expect_positive(learning_rate=learning_rate, batch_size=batch_size)
        X = as_floats("X", X, finite=True)
        rng = np.random.default_rng(seed)
        if self.W is None:
            self.W = _small_random(rng, X, y)
        losses = []
        for iteration in range(num_iters):
            batch = rng.integers(len(X), size=batch_size)
            loss, dW = self.loss(X[batch], y[batch], reg)
            losses.append(loss)
            self.W = self.W - float(learning_rate) * dW
            if verbose and iteration % 100 == 0:
                print(f"iteration {iteration} / {num_iters}: loss {loss:.6f}")
        return losses

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class of the largest score of each example; X: (N, D), result (N,). Needs trained weights.

        Raises RuntimeError without them, ValueError for another D.
        """
        W = self._trained()
        expect_shapes(X=(X, "N D"), W=(W, "D C"))
        return (as_floats("X", X) @ W).argmax(axis=1)

    def loss(self, X_batch: np.ndarray, y_batch: np.ndarray, reg: float) -> LossAndGradient:
        """(loss, dW) of the present weights on a batch; X_batch: (N, D), y_batch: (N,), dW: (D, C)."""
        return type(self).loss_function(self._trained(), X_batch, y_batch, reg)

    def _trained(self) -> np.ndarray:
        if self.W is None:
            raise RuntimeError("this classifier has no weights yet: call train(X, y) first")
        return self.W


class LinearSVM(LinearClassifier):
    """A linear classifier with the multiclass hinge loss."""

    loss_function = staticmethod(svm_loss_vectorized)


class LinearSquaredSVM(LinearClassifier):
    """A linear classifier with the squared hinge loss."""

    loss_function = staticmethod(squared_hinge_loss_vectorized)


class Softmax(LinearClassifier):
    """A linear classifier with the cross-entropy loss (multinomial logistic regression)."""

    loss_function = staticmethod(softmax_loss_vectorized)


def random_search(
    X: np.ndarray,
    y: np.ndarray,
    tries: int = 1000,
    loss: Callable[..., LossAndGradient] = svm_loss_vectorized,
    seed: int | None = None,
) -> tuple[np.ndarray, float]:
    """The best of `tries` random W, a poor way to learn that shows what a gradient is worth.

    X: (N, D); y: (N,). Returns (W, loss), W: (D, C) with the smallest loss on X.
    Errors as in `LinearClassifier.train`.
    """
    expect_shapes(X=(X, "N D"), y=(y, "N"))
    expect_positive(tries=tries)
    rng = np.random.default_rng(seed)
    X = as_floats("X", X, finite=True)
    candidates = (_small_random(rng, X, y) for _ in range(tries))
    best, value = min(((W, loss(W, X, y, 0.0)[0]) for W in candidates), key=lambda pair: pair[1])
    return best, value


def _small_random(rng: np.random.Generator, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """First weights 0.001 * randn: (D, C) in X's dtype; the labels say how many classes there are."""
    if len(y) == 0:
        raise ValueError("y is empty: there are no examples to learn from")
    num_classes = int(y.max()) + 1 if y.dtype.kind in "iu" else 0
    expect_labels(y, num_classes)
    W = 0.001 * rng.standard_normal((X.shape[1], num_classes))
    return W.astype(X.dtype)


def _checked(W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Check the arguments of a loss; give W and X as floats, both in W's dtype, and reg as a float."""
    sizes = expect_shapes(W=(W, "D C"), X=(X, "N D"), y=(y, "N"))
    expect_labels(y, sizes["C"])
    expect_between(0, reg=reg)
    W, X = as_floats("W", W), as_floats("X", X, finite=True)
    if sizes["N"] == 0:
        raise ValueError(f"X has shape {X.shape}: there are no examples to average over")
    return W, X.astype(W.dtype, copy=False), float(reg)
