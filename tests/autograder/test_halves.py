"""Work in two halves gives what it gives as a whole, and fails as a whole."""

from __future__ import annotations

import os

import pytest

from autograder.halves import MANY, halved, whole


def squares(numbers):
    return [number**2 for number in numbers], os.getpid()


def test_the_results_come_in_order_and_one_is_another_process_s():
    (first, here), (second, elsewhere) = halved(squares, range(MANY))
    assert first + second == squares(range(MANY))[0]
    assert here == os.getpid() != elsewhere


def test_few_things_are_not_worth_a_process():
    few = range(MANY - 1)
    assert halved(squares, few) == whole(squares, few) == [squares(few)]


def test_a_half_that_fails_elsewhere_is_not_passed_over(capfd):
    def fails_with_the_last(numbers):
        if MANY - 1 in numbers:
            raise ValueError("the last one is missing")

    with pytest.raises(OSError, match="half of the work failed in another process"):
        halved(fails_with_the_last, range(MANY))
    assert "the last one is missing" in capfd.readouterr().err


@pytest.mark.timeout(60)
def test_a_half_that_fails_here_does_not_wait_for_a_result_that_nobody_takes():
    def fails_with_the_first(numbers):
        if 0 in numbers:
            raise ValueError("the first one is missing")
        return b"x" * 10_000_000  # more than a pipe holds

    with pytest.raises(ValueError, match="the first one is missing"):
        halved(fails_with_the_first, range(MANY))
