from __future__ import annotations

import numpy as np

from cs_lib.training.batches import Batches


def numbered(count, batch_size, augment=None, seed=0):
    X = np.arange(count)
    return Batches(X[:, None], X, batch_size, augment, np.random.default_rng(seed))


def test_an_epoch_shows_every_example_once_in_an_order_of_its_own():
    batches = numbered(12, 4)
    epochs = [np.concatenate([batches.at(3 * epoch + place)[1] for place in range(3)]) for epoch in range(2)]
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), np.arange(12))
    assert (epochs[0] != epochs[1]).any()


def test_examples_and_labels_stay_together():
    X, y = numbered(10, 5).at(0)
    np.testing.assert_array_equal(X[:, 0], y)


def test_what_fills_no_batch_is_left_out_and_a_batch_is_at_most_everything():
    assert numbered(11, 4).per_epoch == 2
    assert numbered(3, 100).batch_size == 3


def test_a_sample_is_spread_evenly_and_always_the_same():
    _, y = numbered(100, 10).sample(5)
    np.testing.assert_array_equal(y, [0, 24, 49, 74, 99])
    assert len(numbered(3, 1).sample(10)[0]) == 3
