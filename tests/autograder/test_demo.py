"""The sample class gets the same marks on every machine."""

from __future__ import annotations

import os

from autograder.demo.samples import READ_TESTS


def test_the_search_for_tests_ends_even_where_the_disk_does_not(monkeypatch):
    def endless_disk(top):
        for _ in range(100_000):
            yield top, [], ["notes.txt"]
        raise AssertionError("the search goes on and on")

    monkeypatch.setattr(os, "walk", endless_disk)
    attack: dict = {}
    exec(READ_TESTS, attack)
    assert attack["stolen"]() == []
