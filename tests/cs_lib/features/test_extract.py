"""The feature matrix of a set of images."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib import data
from cs_lib.features import color_histogram_hsv, extract_features, hog_feature
from cs_lib.linear import Softmax

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)


def test_features_stand_side_by_side_in_the_order_of_the_functions():
    features = extract_features(IMAGES, [hog_feature, color_histogram_hsv])
    assert features.shape == (5, 154)
    np.testing.assert_array_equal(features[3, :144], hog_feature(IMAGES[3]))
    np.testing.assert_array_equal(features[3, 144:], color_histogram_hsv(IMAGES[3]))


def test_verbose_tells_the_progress_every_1000_images(capsys):
    extract_features(np.zeros((2500, 1)), [np.ravel], verbose=True)
    assert capsys.readouterr().out.splitlines() == [
        "Features of 1000 of 2500 images extracted",
        "Features of 2000 of 2500 images extracted",
    ]
    extract_features(np.zeros((2500, 1)), [np.ravel])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("imgs", "functions", "message"),
    [
        ([], [np.ravel], "got 0 images"),
        (IMAGES, [], "0 functions"),
        (IMAGES, [np.ravel, np.mean], r"returned shapes \(3072,\), \(\), expected flat"),
        ([np.ones(2), np.ones(3)], [np.ravel], "image 1 gave 3 features, the first one 2"),
    ],
)
def test_bad_arguments_are_named(imgs, functions, message):
    with pytest.raises(ValueError, match=message):
        extract_features(imgs, functions)


def accuracy_of_a_linear_classifier(X, y, X_val, y_val, learning_rate):
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-8
    X, X_val = (np.c_[(x - mean) / deviation, np.ones(len(x))] for x in (X, X_val))
    classifier = Softmax()
    classifier.train(X, y, learning_rate, reg=1e-3, num_iters=600, batch_size=100, seed=0)
    return np.mean(classifier.predict(X_val) == y_val)


def test_lecture_features_in_a_linear_classifier_beat_raw_pixels():
    photos = data.load("patches10", train=1000, val=200, test=0)
    parts = (photos.x_train, photos.x_val)
    pixels, pixels_val = (images.reshape(len(images), -1) / 255 for images in parts)
    features, features_val = (extract_features(x, [hog_feature, color_histogram_hsv]) for x in parts)
    labels, labels_val = photos.y_train, photos.y_val
    raw = max(
        accuracy_of_a_linear_classifier(pixels, labels, pixels_val, labels_val, rate) for rate in (1e-4, 1e-3)
    )
    made = accuracy_of_a_linear_classifier(features, labels, features_val, labels_val, 0.1)
    assert made > raw + 0.05
