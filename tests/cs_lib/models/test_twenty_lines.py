from __future__ import annotations

import inspect

import pytest

from cs_lib.models.twenty_lines import train


def test_n_64_d_1000_h_100_c_10_is_learned_in_2000_steps():
    defaults = {name: p.default for name, p in inspect.signature(train).parameters.items()}
    assert [defaults[name] for name in ("N", "D", "H", "C", "steps")] == [64, 1000, 100, 10, 2000]
    losses = train(steps=200)
    assert losses[0] == pytest.approx(2.3, abs=1.5)
    assert losses[-1] < 0.02
    assert losses[-1] < losses[100] < losses[0]


def test_it_is_about_twenty_lines():
    lines = inspect.getsource(train).splitlines()
    start = next(i for i, line in enumerate(lines) if "rng =" in line)
    assert len([line for line in lines[start:] if line.strip()]) <= 20
