"""What is done to data before training: centring, scaling, PCA and whitening.

Every function looks at the training data only and returns something to call on any data, because
means and directions that are taken from test data would let the test leak into the training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.validation import expect_positive, expect_shapes


@dataclass(frozen=True)
class Standardization:
    """(x - mean) / std for data whose trailing axes fit mean and std; float32 stays float32."""

    mean: np.ndarray
    std: np.ndarray

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """X: (N, ...), centred and scaled, as a new array."""
        dtype = np.result_type(X, np.float32)
        return ((X - self.mean) / self.std).astype(dtype, copy=False)


def subtract_mean_image(X: np.ndarray) -> Standardization:
    """Centre by the mean of the examples X: (N, ...) in every pixel (as AlexNet did).

    Raises ValueError for no examples.
    """
    X = _examples(X)
    mean = X.mean(axis=0, dtype=np.float64)
    return Standardization(mean, np.ones_like(mean))


def subtract_channel_mean(X: np.ndarray, channel_axis: int = -1) -> Standardization:
    """Centre by one mean for each channel of X: (N, H, W, C), or (N, C, H, W) with channel_axis=1
    (as VGG did). Raises ValueError for no examples.
    """
    scaling = standardize_channels(X, channel_axis)
    return Standardization(scaling.mean, np.ones_like(scaling.mean))


def standardize_channels(X: np.ndarray, channel_axis: int = -1) -> Standardization:
    """Centre and divide by one mean and one standard deviation for each channel of X: (N, H, W, C), or
    (N, C, H, W) with channel_axis=1 (as ResNet did). A constant channel is only centred.

    Raises ValueError for no examples.
    """
    X = _examples(X)
    others = tuple(axis for axis in range(X.ndim) if axis != channel_axis % X.ndim)
    mean = X.mean(axis=others, keepdims=True, dtype=np.float64)[0]
    std = X.std(axis=others, keepdims=True, dtype=np.float64)[0]
    return Standardization(mean, np.where(std > 0, std, 1))


@dataclass(frozen=True)
class PCA:
    """The directions in which data varies most, and how much it varies along them.

    mean: (D,); components: (K, D), orthonormal rows, the largest variance first; variances: (K,).
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray

    def project(self, X: np.ndarray) -> np.ndarray:
        """Coordinates (N, K) of X: (N, D) along the components; they are not correlated.

        Raises ValueError for another D.
        """
        expect_shapes(X=(X, "N D"), mean=(self.mean, "D"))
        return (X - self.mean) @ self.components.T

    def reconstruct(self, coordinates: np.ndarray) -> np.ndarray:
        """The points (N, D) that have these coordinates (N, K): X again, but for what K leaves out.

        Raises ValueError for another K.
        """
        expect_shapes(coordinates=(coordinates, "N K"), components=(self.components, "K D"))
        return coordinates @ self.components + self.mean

    def whiten(self, X: np.ndarray, epsilon: float = 1e-5) -> np.ndarray:
        """Coordinates (N, K) of X: (N, D), each divided by its deviation: the covariance is the identity.

        epsilon is added to the variances, so that directions of mere noise are not blown up.
        """
        return self.project(X) / np.sqrt(self.variances + epsilon)

    def zca(self, X: np.ndarray, epsilon: float = 1e-5) -> np.ndarray:
        """Whitened X: (N, D), turned back into the space of X (N, D): images still look like images.

        Source: A. Bell, T. Sejnowski, "Edges are the 'Independent Components' of Natural Scenes" (1996).
        """
        return self.whiten(X, epsilon) @ self.components


def pca(X: np.ndarray, num_components: int | None = None) -> PCA:
    """Principal components of X: (N, D), all min(N, D) of them or the first num_components.

    From the singular values of the centred data, X - mean = U S V^T: the rows of V^T are the
    eigenvectors of the covariance (X - mean)^T (X - mean) / (N - 1), and S^2 / (N - 1) its
    eigenvalues. The largest entry of each component is made positive, as its sign means nothing.
    Costs O(N D min(N, D)): some 20 s for 2000 images of 32x32x3 on one core; patches take far less.
    Source: K. Pearson (1901); H. Hotelling (1933). Raises ValueError for fewer than two examples or
    more components than there are.
    """
    num_examples = expect_shapes(X=(X, "N D"))["N"]
    most = min(X.shape)
    num_components = num_components if num_components is not None else most
    expect_positive(num_components=num_components)
    if num_examples < 2 or num_components > most:
        raise ValueError(
            f"num_components is {num_components} for X of shape {X.shape}, "
            f"expected at most {most} and two examples"
        )
    mean = X.mean(axis=0)
    _, singular_values, components = np.linalg.svd(X - mean, full_matrices=False)
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1, keepdims=True), axis=1)
    components = components * np.sign(largest)
    variances = singular_values**2 / (num_examples - 1)
    return PCA(mean, components[:num_components], variances[:num_components])


def _examples(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X)
    if X.ndim < 2 or len(X) == 0:
        raise ValueError(f"X has shape {X.shape}, expected (N, ...) with at least one example")
    return X
